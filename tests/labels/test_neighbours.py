"""Nearest neighbours: the right ones, never the point itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import SpecError, UsageError
from outlearn.labels import neighbours as package
from outlearn.labels.neighbours import neighbours

ANGLES = np.radians([0, 10, 25, 180, 190, 205])
CIRCLE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
"""Two clusters opposite each other: the centre is the origin, and cosines are those of the angles between."""


def test_neighbours_on_a_circle_are_those_one_sees() -> None:
    labels = np.eye(6)
    found = neighbours(CIRCLE, labels=labels, num_neighbours=1)
    assert found.labels.argmax(axis=1).tolist() == [1, 0, 1, 4, 3, 4]
    expected = np.cos(np.radians([10, 10, 15, 10, 10, 15]))
    assert found.density == pytest.approx(expected)
    both = neighbours(CIRCLE, labels=labels, num_neighbours=2)
    assert both.labels[0] == pytest.approx([0, 0.5, 0.5, 0, 0, 0])
    assert both.density[0] == pytest.approx(np.cos(np.radians([10, 25])).mean())


def test_the_last_place_is_shared_by_all_that_tie_for_it() -> None:
    features = np.array([[1.0, 0], [0, 1], [0, 1], [0, -1], [0, -1], [-1, 0]])
    found = neighbours(features, labels=np.eye(6), num_neighbours=1)
    assert found.labels[0] == pytest.approx([0, 0.25, 0.25, 0.25, 0.25, 0])
    assert found.labels[1] == pytest.approx([0, 0, 1, 0, 0, 0])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), taken=st.integers(1, 12), row=st.integers(0, 19))
def test_a_flipped_label_changes_what_is_said_of_others_only(seed: int, taken: int, row: int) -> None:
    drawn = np.random.default_rng(seed)
    features, labels = drawn.normal(size=(20, 4)), drawn.dirichlet([1, 1], size=20)
    changed = labels.copy()
    changed[row] = 1 - changed[row]
    before = neighbours(features, labels=labels, num_neighbours=taken)
    after = neighbours(features, labels=changed, num_neighbours=taken)
    assert np.array_equal(after.labels[row], before.labels[row])
    assert np.array_equal(after.density, before.density)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4), taken=st.integers(1, 40))
def test_rows_are_distributions_and_their_order_does_not_matter(
    seed: int, num_classes: int, taken: int
) -> None:
    drawn = np.random.default_rng(seed)
    features, labels = (
        drawn.integers(-2, 3, size=(25, 3)) * 1.0,
        drawn.dirichlet(np.ones(num_classes), size=25),
    )
    features = np.concatenate([features, -features])  # so that the centre is exactly zero in any order
    labels = np.concatenate([labels, labels])
    order = drawn.permutation(50)
    found = neighbours(features, labels=labels, num_neighbours=taken)
    again = neighbours(features[order], labels=labels[order], num_neighbours=taken)
    assert np.allclose(found.labels.sum(axis=1), 1)
    assert np.allclose(again.density, found.density[order])
    assert (np.abs(found.density) <= 1 + 1e-12).all()


def test_distinct_points_in_another_order_have_the_same_neighbours() -> None:
    drawn = np.random.default_rng(0)
    features, labels, order = drawn.normal(size=(60, 5)), drawn.dirichlet([1, 1], 60), drawn.permutation(60)
    found = neighbours(features, labels=labels, num_neighbours=7)
    again = neighbours(features[order], labels=labels[order], num_neighbours=7)
    assert np.allclose(again.labels, found.labels[order], atol=1e-12)


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(0)
    features, labels = drawn.normal(size=(50, 4)), drawn.dirichlet([1, 1], 50)
    whole = neighbours(features, labels=labels, num_neighbours=5)
    monkeypatch.setattr(package, "ROWS_AT_ONCE", 7)
    pieces = neighbours(features, labels=labels, num_neighbours=5)
    assert np.allclose(pieces.labels, whole.labels, atol=1e-12)
    assert np.allclose(pieces.density, whole.density, atol=1e-12)


def test_where_all_points_are_alike_or_few_all_others_are_neighbours() -> None:
    labels = np.random.default_rng(0).dirichlet([1, 1], 6)
    others = (labels.sum(axis=0) - labels) / 5
    assert neighbours(np.ones((6, 3)), labels=labels, num_neighbours=2).labels == pytest.approx(others)
    assert neighbours(CIRCLE, labels=labels, num_neighbours=50).labels == pytest.approx(others)


def test_what_has_no_neighbours_is_refused() -> None:
    with pytest.raises(UsageError, match="one example alone has no neighbours"):
        neighbours(np.ones((1, 2)), labels=np.ones((1, 2)) / 2)
    with pytest.raises(SpecError, match="k must be at least 1, got 0"):
        neighbours(CIRCLE, labels=np.eye(6), num_neighbours=0)
