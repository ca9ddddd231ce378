"""Texts read end to end, as one row without padding, by a body that reads each as if it stood alone.

Everything in a body but its attention treats tokens one by one, so it runs over the real tokens of a batch
and over nothing else. Attention is block-diagonal, exactly, and worked out by texts of similar length (see
`block_attention`). What is wasted is then a part of attention's own small share.

It is done where transformers lets attention be chosen by name; families that count positions by themselves
are read side by side, padded on the right.

Shapes: b texts, t tokens of the longest, n tokens of all texts, a heads, d units of a head. Importing this
module imports torch.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64, Shaped
from torch import Tensor, nn

from outlearn.models.block_attention import Block, attention_within

END_TO_END = "outlearn_end_to_end"
"""The name of this attention among those of transformers."""

FAMILIES = frozenset({"bert", "gemma", "gpt2", "gpt_neox", "llama", "qwen2", "qwen3", "roberta"})
"""Model types whose bodies pass our arguments on to their attention, and take positions as they are given."""

WORTH = 0.25
"""Share of the scores of queries and keys that must be saved for texts to be parted by length."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each token of a batch stands."""

    places: Int[Tensor, " n"]
    """Of each real token in the padded batch, row after row."""

    positions: Int[Tensor, " n"]
    """Of each real token in its text."""

    blocks: tuple[Block, ...] = ()
    causal: bool = False

    def end_to_end(self, values: Shaped[Tensor, "b t ..."]) -> Shaped[Tensor, "n ..."]:
        """Return the values of the real tokens alone."""
        return values.flatten(0, 1).index_select(0, self.places)


def layout(ids: Int[Tensor, "b t"], lengths: Int[Tensor, " b"], *, causal: bool) -> Layout:
    """Return where the real tokens of a padded batch stand, in blocks for `end_to_end_attention`."""
    own = lengths.cpu().numpy()
    cuts = [0, *_cuts(own, 0, len(own)), len(own)]
    blocks = tuple(_block(own[one:other], causal, ids.device) for one, other in pairwise(cuts))
    return replace(places_of(ids, lengths), blocks=blocks, causal=causal)


def places_of(ids: Int[Tensor, "b t"], lengths: Int[Tensor, " b"]) -> Layout:
    """Return where the real tokens of a padded batch stand, for a body that is given the padding as well."""
    own = lengths.cpu().numpy()
    rows, positions = np.nonzero(np.arange(ids.shape[1]) < own[:, None])
    places = torch.from_numpy(rows * ids.shape[1] + positions).to(ids.device, non_blocking=True)
    along = torch.from_numpy(positions).to(ids.device, non_blocking=True)
    return Layout(places, along)


def _block(lengths: Int64[np.ndarray, " b"], causal: bool, device: torch.device) -> Block:
    longest = int(lengths.max())
    inside = np.arange(longest) < lengths[:, None]
    seen = np.tri(longest, dtype=bool) if causal else np.repeat(inside[:, None], longest, axis=1)
    mask = torch.from_numpy(np.where(seen, np.float32(0), -np.inf).astype(np.float32))
    starts = np.cumsum(lengths) - lengths
    sources = starts[:, None] + np.minimum(np.arange(longest), lengths[:, None] - 1)
    return Block(
        len(lengths),
        longest,
        places=torch.from_numpy(np.flatnonzero(inside)).to(device, non_blocking=True),
        sources=torch.from_numpy(sources.ravel()).to(device, non_blocking=True),
        mask=mask.to(device, non_blocking=True),
    )


def _cuts(lengths: Int64[np.ndarray, " b"], first: int, last: int) -> list[int]:
    """Return where to cut the texts first, ..., last - 1, so that few scores are of padding."""
    own = lengths[first:last].astype(np.float64)
    before = np.maximum.accumulate(own)[:-1] ** 2 * np.arange(1, len(own))
    after = np.maximum.accumulate(own[::-1])[::-1][1:] ** 2 * np.arange(len(own) - 1, 0, -1)
    whole = own.max() ** 2 * len(own)
    scores = before + after
    if not len(scores) or scores.min() > (1 - WORTH) * whole:
        return []
    cut = first + 1 + int(scores.argmin())
    return [*_cuts(lengths, first, cut), cut, *_cuts(lengths, cut, last)]


def end_to_end_attention(
    _module: nn.Module,
    query: Float[Tensor, "1 a n d"],
    key: Float[Tensor, "1 k n d"],
    value: Float[Tensor, "1 k n d"],
    _mask: None,
    *,
    layout: Layout,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Float[Tensor, "1 n a d"], None]:
    """Return what every token takes from the tokens of its own text; called by the layers of transformers."""
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    sizes = [len(block.places) for block in layout.blocks]
    parts = zip(*(torch.split(one[0], sizes, dim=1) for one in (query, key, value)), strict=True)
    found = [
        attention_within(*part, block=block, causal=layout.causal, scale=scale)
        for part, block in zip(parts, layout.blocks, strict=True)
    ]
    return torch.cat(found)[None], None


def reads_end_to_end(config: Any) -> bool:
    """Return whether bodies of this config can read texts end to end."""
    text = config.get_text_config()
    windowed = any(kind != "full_attention" for kind in getattr(text, "layer_types", None) or ())
    return text.model_type in FAMILIES and not windowed and not getattr(text, "is_decoder", False)


def end_to_end(body: Any) -> nn.Module:
    """Return the same body, which from now on reads texts end to end if its family can."""
    from transformers import AttentionInterface

    if reads_end_to_end(body.config):
        AttentionInterface.register(END_TO_END, end_to_end_attention)
        body.set_attn_implementation(END_TO_END)
    same: nn.Module = body
    return same
