"""Which rows a step sees, and how a batch is cut to fit."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from outlearn.training import batches, micro_batches, num_steps, pad
from tests.training.fitting import texts

counts = st.integers(1, 70)
sizes = st.integers(1, 40)
lengths_of_rows = st.lists(st.integers(1, 50), min_size=1, max_size=60)


def _epochs(num_examples: int, batch_size: int, epochs: int, seed: int) -> list[list[np.ndarray]]:
    found = list(batches(num_examples, batch_size=batch_size, epochs=epochs, seed=seed))
    each = len(found) // epochs
    return [found[start : start + each] for start in range(0, len(found), each)]


@given(counts, sizes, st.integers(1, 3), st.integers(0, 99))
def test_every_example_comes_once_an_epoch(
    num_examples: int, batch_size: int, epochs: int, seed: int
) -> None:
    for epoch in _epochs(num_examples, batch_size, epochs, seed):
        assert sorted(np.concatenate(epoch).tolist()) == list(range(num_examples))


@given(counts, sizes, st.integers(1, 3))
def test_only_the_last_batch_of_an_epoch_is_short_and_it_counts(
    num_examples: int, batch_size: int, epochs: int
) -> None:
    made = _epochs(num_examples, batch_size, epochs, 0)
    for epoch in made:
        assert [len(batch) for batch in epoch[:-1]] == [batch_size] * (len(epoch) - 1)
        assert len(epoch[-1]) == num_examples - batch_size * (len(epoch) - 1)
    assert num_steps(num_examples, batch_size=batch_size, epochs=epochs) == sum(map(len, made))


def test_each_epoch_has_a_new_order() -> None:
    first, second = (np.concatenate(epoch).tolist() for epoch in _epochs(50, 8, 2, 0))
    assert first != second


def test_the_order_follows_from_the_seed_alone() -> None:
    one, same, other = (np.concatenate(_epochs(50, 8, 1, seed)[0]).tolist() for seed in (3, 3, 4))
    assert one == same != other


def test_the_size_of_a_batch_does_not_change_the_order() -> None:
    assert np.array_equal(np.concatenate(_epochs(50, 8, 1, 0)[0]), np.concatenate(_epochs(50, 11, 1, 0)[0]))


@given(counts, sizes, st.integers(0, 40))
def test_skipping_goes_on_with_the_same_sequence(num_examples: int, batch_size: int, skip: int) -> None:
    whole = list(batches(num_examples, batch_size=batch_size, epochs=2, seed=1))
    rest = list(batches(num_examples, batch_size=batch_size, epochs=2, seed=1, skip=skip))
    assert [batch.tolist() for batch in rest] == [batch.tolist() for batch in whole[skip:]]


@given(lengths_of_rows, st.integers(1, 200))
def test_micro_batches_hold_every_row_once_within_the_budget(lengths: list[int], max_tokens: int) -> None:
    rows = np.random.default_rng(len(lengths)).permutation(len(lengths))
    array = np.array(lengths)
    pieces = micro_batches(rows, lengths=array, max_tokens=max_tokens)
    assert sorted(np.concatenate(pieces).tolist()) == list(range(len(rows)))
    for piece in pieces:
        assert len(piece) == 1 or len(piece) * array[rows[piece]].max() <= max_tokens
    in_order = array[rows[np.concatenate(pieces)]]
    assert bool((np.diff(in_order) >= 0).all())


@given(lengths_of_rows, st.integers(1, 200))
def test_no_two_neighbouring_micro_batches_would_have_fitted_into_one(
    lengths: list[int], max_tokens: int
) -> None:
    array = np.array(lengths)
    pieces = micro_batches(np.arange(len(array)), lengths=array, max_tokens=max_tokens)
    for piece, following in pairwise(pieces):
        assert (len(piece) + 1) * array[following[0]] > max_tokens


def test_no_rows_make_no_micro_batches() -> None:
    assert micro_batches(np.arange(0), lengths=np.array([3]), max_tokens=8) == []


def test_texts_stand_side_by_side_padded_on_the_right() -> None:
    tokens = texts()
    rows = np.array([8, 0, 4])
    padded = pad(tokens, rows, device=torch.device("cpu"))
    assert padded.lengths.tolist() == tokens.lengths[rows].tolist()
    assert padded.ids.shape == (3, int(tokens.lengths[rows].max()))
    for place, row in enumerate(rows):
        assert padded.ids[place, : tokens.lengths[row]].tolist() == tokens.row(int(row)).tolist()


def test_rows_of_a_selection_are_those_selected() -> None:
    """`fit` selects texts by their starts and lengths alone."""
    tokens = texts()
    chosen = np.array([5, 2])
    selection = replace(tokens, lengths=tokens.lengths[chosen], starts=tokens.starts[chosen])
    padded = pad(selection, np.array([1]), device=torch.device("cpu"))
    assert padded.ids[0].tolist() == tokens.row(2).tolist()
