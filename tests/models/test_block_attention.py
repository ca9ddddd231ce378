"""Attention within a block: what it gives, and its gradient, are those of each text alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from outlearn.models.block_attention import SLAB, attention_within
from outlearn.models.packing import layout

torch.set_num_threads(1)
WIDTH, SCALE = 4, 0.3


def _drawn(lengths: list[int], *, heads: int, shared: int) -> list[Tensor]:
    drawn = torch.Generator().manual_seed(sum(lengths))
    return [
        torch.randn(own, sum(lengths), WIDTH, generator=drawn, dtype=torch.float64).requires_grad_()
        for own in (heads * shared, heads, heads)
    ]


def _together(given: list[Tensor], lengths: list[int], *, causal: bool) -> Tensor:
    ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    where = layout(ids, torch.tensor(lengths), causal=causal)
    sizes = [len(block.places) for block in where.blocks]
    parts = zip(*(one.split(sizes, dim=1) for one in given), where.blocks, strict=True)
    return torch.cat(
        [attention_within(*own, block=block, causal=causal, scale=SCALE) for *own, block in parts]
    )


def _alone(given: list[Tensor], lengths: list[int], *, causal: bool) -> Tensor:
    found = []
    for query, key, value in zip(*(one.split(lengths, dim=1) for one in given), strict=True):
        keys, values = (one.repeat_interleave(len(query) // len(one), dim=0) for one in (key, value))
        scores = query @ keys.mT * SCALE
        if causal:
            ahead = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(ahead, -torch.inf)
        found.append((scores.softmax(-1) @ values).transpose(0, 1))
    return torch.cat(found)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 3 * SLAB), min_size=1, max_size=5),
    st.integers(1, 2),
    st.integers(1, 2),
    st.booleans(),
)
def test_values_and_gradients_are_those_of_each_text_alone(
    lengths: list[int], heads: int, shared: int, causal: bool
) -> None:
    found = {}
    for read in (_together, _alone):
        given = _drawn(lengths, heads=heads, shared=shared)
        out = read(given, lengths, causal=causal)
        (out * torch.linspace(-1, 1, out.numel()).view_as(out)).sum().backward()
        found[read] = [out, *(one.grad for one in given)]
    for own, other in zip(found[_together], found[_alone], strict=True):
        assert_close(own, other, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("causal", [True, False])
def test_what_stands_in_one_text_reaches_no_other(causal: bool) -> None:
    lengths, given = [9, 2 * SLAB + 5, 30], _drawn([9, 2 * SLAB + 5, 30], heads=1, shared=1)
    before = _together(given, lengths, causal=causal)
    with torch.no_grad():
        for one in given:
            one[:, :9] += 100.0
    after = _together(given, lengths, causal=causal)
    assert torch.equal(after[9:], before[9:])
    assert not torch.equal(after[:9], before[:9])
