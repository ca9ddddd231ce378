"""Attention within a block: texts of similar length that stand next to each other, end to end.

Queries, keys and values are put side by side, one text a row, the usual mask hides what is not of the text,
and the outcome is put end to end again. Its gradient is written out as well: what autograd keeps and adds up
for each of these small steps costs more than the arithmetic.

Shapes: n tokens of all texts of the block, b texts, t tokens of the longest, p tokens that all texts begin
with, a heads (k of keys and values), d units of a head, x = a x b. Importing this module imports torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn

BY_HAND = 512
"""Longest text whose attention on a CPU is two products of matrices and a softmax: up to there that is
faster than torch's blockwise kernel, most of all in bfloat16, and its scores are small."""

SLAB = 64
"""Queries that are worked out together in long causal texts: keys that none of them may look at are left
out, which are almost half of all."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Texts of similar length, next to each other, whose attention is worked out side by side."""

    num_texts: int
    longest: int
    places: Int[Tensor, " n"]
    """Where each of their tokens stands among the rows, one text a row of the longest's length."""

    sources: Int[Tensor, " bt"]
    """Which of their tokens stands at each place; after a text's end one of its own, which the mask hides."""

    mask: Float32[Tensor, "*b t t"]
    """What is added to the scores of queries (rows) and keys: minus infinity where a query may not look."""


def attention_within(
    query: Float[Tensor, "a n d"],
    key: Float[Tensor, "k n d"],
    value: Float[Tensor, "k n d"],
    *,
    block: Block,
    causal: bool,
    scale: float,
) -> Float[Tensor, "n a d"]:
    """Return what every token of a block takes from the tokens of its own text.

    Args:
        query: Of the block's tokens, end to end.
        key: As the queries; a head of keys may serve several of queries.
        value: As the keys, in the type that everything is worked out in.
        block: Where the tokens stand.
        causal: Whether no token looks ahead.
        scale: What scores are multiplied by.
    """
    rows = [one.to(value.dtype) for one in (query, *_for_each_head((key, value), len(query)))]
    by_hand = query.device.type == "cpu" and block.longest <= BY_HAND
    if by_hand:
        found: Tensor = _ByHand.apply(*rows, block, causal, scale)  # type: ignore[no-untyped-call]
        return found
    return _by_kernel(*rows, block=block, causal=causal, scale=scale)


def attention_after(
    query: Float[Tensor, "a n d"],
    key: Float[Tensor, "k n d"],
    value: Float[Tensor, "k n d"],
    *,
    before: tuple[Float[Tensor, "k p d"], Float[Tensor, "k p d"]],
    block: Block,
    scale: float,
) -> Float[Tensor, "n a d"]:
    """Return what every token takes from what all texts begin with, and from what its own text has so far.

    Args:
        query: Of the block's tokens, end to end.
        key: As for `attention_within`.
        value: As for `attention_within`.
        before: Keys and values of what all texts begin with.
        block: Where the tokens stand; causal.
        scale: What scores are multiplied by.
    """
    rows = [one.to(value.dtype) for one in (query, *_for_each_head((key, value), len(query)))]
    q, k, v = (_by_text(one, block).transpose(0, 1) for one in rows)
    shared = (one.to(value.dtype).expand(len(q), -1, -1, -1) for one in _for_each_head(before, len(query)))
    k, v = (torch.cat(both, dim=2) for both in zip(shared, (k, v), strict=True))
    mask = nn.functional.pad(block.mask, (before[0].shape[1], 0)).to(q.dtype)
    found = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)
    return found.transpose(1, 2).flatten(0, 1).index_select(0, block.places)


def _for_each_head(values: Sequence[Float[Tensor, "k n d"]], num_heads: int) -> list[Float[Tensor, "a n d"]]:
    """Return values of heads of keys, one for each head of queries."""
    sharers = num_heads // len(values[0])
    return [one.repeat_interleave(sharers, dim=0) if sharers > 1 else one for one in values]


class _ByHand(torch.autograd.Function):
    """Products of matrices and a softmax."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Float[Tensor, "a n d"],
        key: Float[Tensor, "a n d"],
        value: Float[Tensor, "a n d"],
        block: Block,
        causal: bool,
        scale: float,
    ) -> Float[Tensor, "n a d"]:
        q, k, v = (_by_text(one, block).flatten(0, 1) for one in (query, key, value))
        mask = block.mask.to(q.dtype)
        if not causal:
            mask = mask.repeat(len(query), 1, 1)
        shares, taken = [], []
        for first, last in (slabs := _slabs(block.longest, causal)):
            end = last if causal else block.longest
            # Everything has its type by now; autocast would give some of it another.
            with torch.autocast(q.device.type, enabled=False):
                scores = torch.baddbmm(
                    mask[..., first:last, :end], q[:, first:last], k[:, :end].mT, alpha=scale
                )
                # Summed up in float32 whatever its type.
                shares.append(scores.softmax(-1))
                taken.append(shares[-1].bmm(v[:, :end]))
        ctx.save_for_backward(q, k, v, *shares)
        ctx.block, ctx.scale, ctx.slabs = block, scale, slabs
        found = taken[0] if len(taken) == 1 else torch.cat(taken, dim=1)
        return _end_to_end(found, block, num_heads=len(query)).transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, *grads: Float[Tensor, "n a d"]) -> tuple[Any, ...]:
        (grad,), (q, k, v, *shares), block = grads, ctx.saved_tensors, ctx.block
        num_heads = grad.shape[1]
        zeros = grad.new_zeros(num_heads, block.num_texts * block.longest, grad.shape[2])
        g = zeros.index_copy_(1, block.places, grad.transpose(0, 1)).view_as(q)
        for_q, for_k, for_v = [], torch.empty(0), torch.empty(0)
        # The last slab looks at all keys: what the others give is added to it.
        for (first, last), share in zip(reversed(ctx.slabs), reversed(shares), strict=True):
            end = share.shape[2]
            own_q, own_g = q[:, first:last], g[:, first:last]
            through = own_g.bmm(v[:, :end].mT)
            scores = torch._softmax_backward_data(through, share, -1, share.dtype)
            for_q.append(scores.bmm(k[:, :end]))
            # In the order of autograd's own product, which decides how it rounds.
            own_k, own_v = own_q.mT.bmm(scores).mT, share.mT.bmm(own_g)
            if len(for_q) == 1:
                for_k, for_v = own_k, own_v
            else:
                for_k[:, :end] += own_k
                for_v[:, :end] += own_v
        whole = for_q[0] if len(for_q) == 1 else torch.cat(for_q[::-1], dim=1)
        found = (whole.mul_(ctx.scale), for_k.mul_(ctx.scale), for_v)
        return (*(_end_to_end(one, block, num_heads=num_heads) for one in found), None, None, None)


def _slabs(longest: int, causal: bool) -> Sequence[tuple[int, int]]:
    """Return the first query of each slab, and where the next begins."""
    if not causal or longest < 2 * SLAB:
        return [(0, longest)]
    return [(first, min(first + SLAB, longest)) for first in range(0, longest, SLAB)]


def _by_text(values: Float[Tensor, "a n d"], block: Block) -> Float[Tensor, "a b t d"]:
    """Return values of tokens end to end side by side, one text a row."""
    size = (len(values), block.num_texts, block.longest, values.shape[2])
    return values.index_select(1, block.sources).view(size)


def _end_to_end(values: Float[Tensor, "x t d"], block: Block, *, num_heads: int) -> Float[Tensor, "a n d"]:
    """Return values of tokens side by side end to end again."""
    return values.reshape(num_heads, -1, values.shape[-1]).index_select(1, block.places)


def _by_kernel(
    query: Float[Tensor, "a n d"],
    key: Float[Tensor, "a n d"],
    value: Float[Tensor, "a n d"],
    *,
    block: Block,
    causal: bool,
    scale: float,
) -> Float[Tensor, "n a d"]:
    # Heads and texts are alike to the kernel, which takes batches first.
    q, k, v = (_by_text(one, block).transpose(0, 1) for one in (query, key, value))
    found = nn.functional.scaled_dot_product_attention(
        q,
        k,
        v,
        attn_mask=None if causal else block.mask[:, None].to(q.dtype),
        is_causal=causal,
        scale=scale,
    )
    return found.transpose(1, 2).flatten(0, 1).index_select(0, block.places)
