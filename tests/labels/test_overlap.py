"""Overlap density and its composite: split where one sees the split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import UsageError
from outlearn.labels.neighbours import Neighbours
from outlearn.labels.overlap import change_point, composite_scores, overlap


def _squared_error(ordered: np.ndarray, split: int) -> float:
    return float(sum(((part - part.mean()) ** 2).sum() for part in (ordered[:split], ordered[split:])))


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.integers(0, 8), min_size=2, max_size=25).filter(lambda values: len(set(values)) > 1)
)
def test_the_change_point_is_the_split_with_the_least_squared_error(values: list[int]) -> None:
    ordered = np.sort(np.array(values) / 8)
    splits = [place for place in range(1, len(ordered)) if ordered[place] > ordered[place - 1]]
    least = min(_squared_error(ordered, split) for split in splits)
    found = change_point(np.array(values) / 8)
    assert _squared_error(ordered, int((ordered < found).sum())) == pytest.approx(least, abs=1e-12)


def test_a_jump_is_found_and_levels_have_none() -> None:
    assert change_point(np.array([0.9, 0.1, 0.2, 1.0, 0.15])) == 0.9
    with pytest.raises(UsageError, match=r"4 values that are all alike \(0\.3\) have no change point"):
        change_point(np.full(4, 0.3))


def test_sure_examples_near_unsure_ones_overlap_and_the_others_are_easy() -> None:
    positive = np.array([0.5, 0.55, 0.95, 0.05, 0.9, 0.1])
    features = np.array([[1.0, 0, 0], [1, 0.1, 0], [1, 0, 0.1], [-1, 0, 0.1], [0, 0.1, 1], [0, 1, 0.1]])
    found = overlap(features, probabilities=np.stack([1 - positive, positive], axis=1))
    assert found.hard.tolist() == [True, True, False, False, False, False]
    assert found.overlap.tolist() == [False, False, True, True, False, False]
    assert found.easy.tolist() == [False, False, False, False, True, True]
    assert found.density() == pytest.approx(2 / 6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_every_example_is_in_one_part_and_parts_go_with_their_rows(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    labels, features, order = drawn.dirichlet([1, 1], 40), drawn.normal(size=(40, 3)), drawn.permutation(40)
    found = overlap(features, probabilities=labels)
    assert (found.hard.astype(int) + found.overlap + found.easy == 1).all()
    again = overlap(features[order], probabilities=labels[order])
    assert np.array_equal(again.hard, found.hard[order])
    assert np.array_equal(again.overlap, found.overlap[order])


def test_the_composite_is_a_sum_of_standardised_signs() -> None:
    """Three signs are constant and add nothing; the one that is left is standardised."""
    labels = np.tile([0.3, 0.7], (4, 1))
    density = np.array([1.0, 2.0, 3.0, 4.0])
    alike = np.tile([0.5, 0.5], (4, 1))
    scores = composite_scores(labels, judged=alike, near=Neighbours(labels=alike, density=density))
    assert scores == pytest.approx((density - 2.5) / density.std())
    judged = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]])
    more = composite_scores(labels, judged=judged, near=Neighbours(labels=alike, density=density))
    assert more - scores == pytest.approx([-1, 1, -1, 1])


def test_labels_half_way_between_certain_and_uninformative_are_preferred() -> None:
    """H(0.11) is half of ln 2, to three digits."""
    positive = np.array([0.5, 0.11, 1.0])
    alike, flat = np.full((3, 2), 0.5), np.zeros(3)
    labels = np.stack([1 - positive, positive], axis=1)
    scores = composite_scores(labels, judged=alike, near=Neighbours(labels=alike, density=flat))
    assert scores.argmax() == 1
    assert scores[0] == pytest.approx(scores[2])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4))
def test_scores_go_with_rows_and_not_with_the_names_of_classes(seed: int, num_classes: int) -> None:
    drawn = np.random.default_rng(seed)
    labels, judged, said = (drawn.dirichlet(np.ones(num_classes), 20) for _ in range(3))
    density, order = drawn.random(20), drawn.permutation(20)
    scores = composite_scores(labels, judged=judged, near=Neighbours(labels=said, density=density))
    moved = Neighbours(labels=said[order], density=density[order])
    assert np.allclose(composite_scores(labels[order], judged=judged[order], near=moved), scores[order])
    renamed = Neighbours(labels=said[:, ::-1], density=density)
    assert np.allclose(composite_scores(labels[:, ::-1], judged=judged[:, ::-1], near=renamed), scores)
