"""Smoothing by rank: the lowest become uniform, the highest keep their bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import SpecError
from outlearn.labels.smoothing import smoothed_by_rank

LABELS = np.array([[0.1, 0.9], [1.0, 0.0], [0.3, 0.7], [0.8, 0.2]])
IDS = ["a", "b", "c", "d"]


def test_the_lowest_becomes_uniform_and_the_next_goes_a_quarter_of_the_way() -> None:
    scores = np.array([3.0, 1.0, 2.0, 4.0])
    found = smoothed_by_rank(LABELS, scores=scores, ids=IDS, frac=0.5, convexity=2.0)
    assert found == pytest.approx(np.array([[0.1, 0.9], [0.5, 0.5], [0.35, 0.65], [0.8, 0.2]]))


def test_a_share_of_none_changes_no_bit() -> None:
    found = smoothed_by_rank(LABELS, scores=np.zeros(4), ids=IDS, frac=0.0, convexity=2.0)
    assert np.array_equal(found, LABELS)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4), frac=st.floats(0, 1))
def test_rows_stay_distributions_and_go_by_id(seed: int, num_classes: int, frac: float) -> None:
    drawn = np.random.default_rng(seed)
    labels, names = drawn.dirichlet(np.ones(num_classes), 30), [f"example {row}" for row in range(30)]
    scores, order = drawn.integers(0, 5, 30) * 1.0, drawn.permutation(30)
    found = smoothed_by_rank(labels, scores=scores, ids=names, frac=frac, convexity=2.0)
    assert np.allclose(found.sum(axis=1), 1)
    shuffled = [names[row] for row in order]
    again = smoothed_by_rank(labels[order], scores=scores[order], ids=shuffled, frac=frac, convexity=2.0)
    assert np.array_equal(again, found[order])


@pytest.mark.parametrize(("frac", "convexity"), [(-0.1, 2.0), (1.1, 2.0), (0.5, 0.0), (0.5, float("inf"))])
def test_parameters_out_of_range_are_refused(frac: float, convexity: float) -> None:
    with pytest.raises(SpecError, match=r"frac must be in \[0, 1\] and convexity above 0"):
        smoothed_by_rank(LABELS, scores=np.zeros(4), ids=IDS, frac=frac, convexity=convexity)
