"""Texts read end to end, as one row without padding, by a body that reads each as if it stood alone.

Everything in a body but its attention treats tokens one by one, so it runs over the real tokens of a batch
and over nothing else. Attention is block-diagonal, exactly: queries, keys and values are put side by side,
one text a row, the usual mask hides what is not of the text, and the outcome is put end to end again. What is
wasted is then a part of attention's own small share.

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
from jaxtyping import Float, Float32, Int, Int64, Shaped
from torch import Tensor, nn

END_TO_END = "outlearn_end_to_end"
"""The name of this attention among those of transformers."""

FAMILIES = frozenset({"bert", "gemma", "gpt2", "gpt_neox", "llama", "qwen2", "qwen3", "roberta"})
"""Model types whose bodies pass our arguments on to their attention, and take positions as they are given."""

BY_HAND = 512
"""Longest text whose attention on a CPU is two products of matrices and a softmax: up to there that is
faster than torch's blockwise kernel, most of all in bfloat16, and its scores are small."""

WORTH = 0.25
"""Share of the scores of queries and keys that must be saved for texts to be parted by length."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Texts of similar length, next to each other, whose attention is worked out side by side."""

    num_texts: int
    longest: int
    places: Int[Tensor, " n"]
    """Where each of their tokens stands among the rows, one text a row of the longest's length."""

    mask: Float32[Tensor, "*b t t"]
    """What is added to the scores of queries (rows) and keys: minus infinity where a query may not look."""


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
    places = torch.from_numpy(np.flatnonzero(inside))
    return Block(
        len(lengths),
        longest,
        places.to(device, non_blocking=True),
        mask.to(device, non_blocking=True),
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
        _within(*part, block=block, causal=layout.causal, scale=scale)
        for part, block in zip(parts, layout.blocks, strict=True)
    ]
    return torch.cat(found)[None], None


def _within(
    query: Float[Tensor, "a n d"],
    key: Float[Tensor, "k n d"],
    value: Float[Tensor, "k n d"],
    *,
    block: Block,
    causal: bool,
    scale: float,
) -> Float[Tensor, "n a d"]:
    shared = len(query) // len(key)
    rows = [_by_text(one, block) for one in (query, key, value)]
    rows[1:] = [one.repeat_interleave(shared, dim=0) if shared > 1 else one for one in rows[1:]]
    by_hand = query.device.type == "cpu" and block.longest <= BY_HAND
    found = (_by_hand if by_hand else _by_kernel)(*rows, block=block, causal=causal, scale=scale)
    return found.flatten(1, 2).index_select(1, block.places).transpose(0, 1)


def _by_text(values: Float[Tensor, "a n d"], block: Block) -> Float[Tensor, "a b t d"]:
    """Return values of tokens end to end side by side, one text a row, with zeros after each."""
    rows = values.new_zeros(len(values), block.num_texts * block.longest, values.shape[2])
    size = (len(values), block.num_texts, block.longest, values.shape[2])
    return rows.index_copy(1, block.places, values).view(size)


def _by_hand(
    query: Float[Tensor, "a b t d"],
    key: Float[Tensor, "a b t d"],
    value: Float[Tensor, "a b t d"],
    *,
    block: Block,
    causal: bool,
    scale: float,
) -> Float[Tensor, "a b t d"]:
    mask = block.mask.to(query.dtype)
    if not causal:
        mask = mask.repeat(len(query), 1, 1)
    scores = torch.baddbmm(mask, query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2), alpha=scale)
    # Summed up in float32 whatever its dtype.
    return (scores.softmax(-1) @ value.flatten(0, 1)).view_as(query)


def _by_kernel(
    query: Float[Tensor, "a b t d"],
    key: Float[Tensor, "a b t d"],
    value: Float[Tensor, "a b t d"],
    *,
    block: Block,
    causal: bool,
    scale: float,
) -> Float[Tensor, "a b t d"]:
    # Heads and texts are alike to the kernel, which takes batches first.
    return nn.functional.scaled_dot_product_attention(
        query.transpose(0, 1),
        key.transpose(0, 1),
        value.transpose(0, 1),
        attn_mask=None if causal else block.mask[:, None].to(query.dtype),
        is_causal=causal,
        scale=scale,
    ).transpose(0, 1)


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
