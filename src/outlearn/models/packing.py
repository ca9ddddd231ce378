"""Texts read end to end, as one row without padding, by a body that reads each as if it stood alone.

Everything in a body but its attention treats tokens one by one, so it runs over the real tokens of a batch
and over nothing else. Attention is block-diagonal, exactly, and worked out by texts of similar length (see
`block_attention`). What is wasted is then a part of attention's own small share.

It is done where transformers lets attention be chosen by name; families that count positions by themselves
are read side by side, padded on the right. A body that is given no layout works as transformers has it, with
its masks and its cache, so that a model that writes reads its lessons end to end too.

Shapes: b texts, t tokens of the longest, n tokens of all texts, a heads (k of keys and values), d units of a
head. Without a layout r rows of n tokens, and m keys. Importing this module imports torch.
"""

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64, Shaped
from torch import Tensor, nn

from outlearn.models.block_attention import Block, attention_after, attention_within

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

    shared: int = 0
    """Tokens that all texts begin with, whose keys and values come before those of the batch."""

    read: tuple[Int[Tensor, " b"], ...] = ()
    """Which of the real tokens are read of the last block (see `read_out`); empty for all."""

    def given(self, ids: Int[Tensor, "b t"], *, first_position: int = 0) -> dict[str, Any]:
        """Return what a body is called with to read the texts end to end.

        Args:
            ids: The padded batch.
            first_position: What the body calls the place of a text's first token.
        """
        return {
            "input_ids": self.end_to_end(ids)[None],
            "position_ids": (self.positions + (first_position + self.shared))[None],
            "layout": self,
            # One of four dimensions is taken for finished; a mask of all tokens by all would fill memory.
            "attention_mask": ids.new_zeros(1, 1, 1, 1),
        }

    def end_to_end(self, values: Shaped[Tensor, "b t ..."]) -> Shaped[Tensor, "n ..."]:
        """Return the values of the real tokens alone."""
        return values.flatten(0, 1).index_select(0, self.places)


def layout(ids: Int[Tensor, "b t"], lengths: Int[Tensor, " b"], *, causal: bool, shared: int = 0) -> Layout:
    """Return where the real tokens of a padded batch stand, in blocks for `end_to_end_attention`.

    Args:
        ids: Padded on the right.
        lengths: Number of real tokens.
        causal: Whether no token looks ahead.
        shared: Tokens read before, which all texts begin with; of causal bodies alone.
    """
    own = lengths.cpu().numpy()
    cuts = [0, *_cuts(own, 0, len(own)), len(own)]
    blocks = tuple(_block(own[one:other], causal, ids.device) for one, other in pairwise(cuts))
    return replace(places_of(ids, lengths), blocks=blocks, causal=causal, shared=shared)


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
    module: nn.Module,
    query: Float[Tensor, "r a n d"],
    key: Float[Tensor, "r k m d"],
    value: Float[Tensor, "r k m d"],
    mask: Tensor | None,
    *,
    layout: Layout | None = None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[Float[Tensor, "r n a d"], None]:
    """Return what every token takes from the tokens of its own text; called by the layers of transformers.

    Args:
        module: The layer's attention.
        query: Of one row where there is a layout.
        key: As the queries; what texts share comes before what they have of their own.
        value: As the keys.
        mask: From transformers; not read where there is a layout.
        layout: Where tokens stand; None for rows as transformers lays them out.
        scaling: What scores are multiplied by; None for the usual.
        more: What else transformers' own kernel is told.
    """
    if layout is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        rows, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **more)
        return rows, None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    sizes = [len(block.places) for block in layout.blocks]
    own = (query[0], key[0, :, layout.shared :], value[0, :, layout.shared :])
    parts = zip(*(torch.split(one, sizes, dim=1) for one in own), strict=True)
    if layout.shared:
        before = (key[0, :, : layout.shared], value[0, :, : layout.shared])
        within = partial(attention_after, before=before, scale=scale)
    else:
        within = partial(attention_within, causal=layout.causal, scale=scale)
    found = [within(*part, block=block) for part, block in zip(parts, layout.blocks, strict=True)]
    return torch.cat(found)[None], None


def reads_end_to_end(config: Any) -> bool:
    """Return whether bodies of this config can read texts end to end."""
    text = config.get_text_config()
    windowed = any(kind != "full_attention" for kind in getattr(text, "layer_types", None) or ())
    return text.model_type in FAMILIES and not windowed and not getattr(text, "is_decoder", False)


def end_to_end(body: Any) -> Any:
    """Return the same body, or model around one, which from now on can read end to end if its family can."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    if reads_end_to_end(body.config):
        AttentionInterface.register(END_TO_END, end_to_end_attention)
        AttentionMaskInterface.register(END_TO_END, sdpa_mask)
        body.set_attn_implementation(END_TO_END)
    return body


def packs(config: Any) -> bool:
    """Return whether a body of this config reads end to end when it is given a layout."""
    return bool(config._attn_implementation == END_TO_END)
