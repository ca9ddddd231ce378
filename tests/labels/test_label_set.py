"""What a label set is, and what is refused."""

import dataclasses

import numpy as np
import pytest

from outlearn.core import DataError
from outlearn.labels import LabelSet, label_set, with_votes

GOOD = np.array([[0.25, 0.75], [1.0, 0.0]])


def _made(
    probabilities: np.ndarray = GOOD,
    *,
    ids: tuple[str, ...] = ("a", "b"),
    classes: tuple[str, ...] = ("no", "yes"),
) -> LabelSet:
    return label_set(list(ids), probabilities, classes=classes, source="weak.tsv")


def test_a_label_set_has_no_field_that_could_hold_gold() -> None:
    names = [field.name for field in dataclasses.fields(LabelSet)]
    assert names == ["ids", "probabilities", "classes", "weights", "votes"]
    with pytest.raises((AttributeError, TypeError)):
        _made().gold = np.zeros(2)  # type: ignore[attr-defined]


def test_probabilities_cannot_be_written_to() -> None:
    given = GOOD.copy()
    for labels in (_made(given), _made(given).only(["b"])):
        with pytest.raises(ValueError, match="read-only"):
            labels.probabilities[0, 0] = 0.5
    given[0, 0] = 0.5
    assert _made(GOOD).probabilities[0, 0] == 0.25


def test_rows_rounded_to_four_digits_are_normalised() -> None:
    labels = _made(np.array([[0.3333, 0.6666], [0.12345, 0.87655]]))
    assert np.allclose(labels.probabilities.sum(axis=1), 1, atol=1e-15)
    assert labels.probabilities[0] == pytest.approx([0.3333 / 0.9999, 0.6666 / 0.9999])


def test_labels_checked_twice_keep_their_bits() -> None:
    drawn = np.random.default_rng(0).dirichlet(np.ones(4), size=500)
    ids = tuple(map(str, range(500)))
    once = _made(drawn * 1.00005, ids=ids, classes=("a", "b", "c", "d"))
    twice = _made(once.probabilities, ids=ids, classes=once.classes)
    assert np.array_equal(once.probabilities, twice.probabilities)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ([0.4, 0.4], r"\[0\.4, 0\.4\]"),
        ([float("nan"), 1.0], "nan"),
        ([float("inf"), 0.0], "inf"),
        ([-0.1, 1.1], r"-0\.1"),
        ([0.0, 0.0], r"\[0\.0, 0\.0\]"),
    ],
)
def test_a_row_that_is_no_distribution_is_refused_with_its_example(row: list[float], shown: str) -> None:
    with pytest.raises(DataError, match=rf"weak\.tsv: the label of example 'b' is .*{shown}.* sum to 1"):
        _made(np.array([[0.5, 0.5], row]))


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 2)])
def test_a_shape_that_disagrees_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=r"2 ids and 2 classes need probabilities of shape \(2, 2\), got"):
        _made(np.full(shape, 1 / shape[1]))


@pytest.mark.parametrize("classes", [(), ("yes",), ("yes", "yes"), ("", "yes")])
def test_classes_that_are_not_different_names_are_refused(classes: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="classes must be two or more different names, got"):
        _made(np.full((2, len(classes)), 0.5), classes=classes)


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(DataError, match="example 'a' is labelled twice"):
        _made(ids=("a", "a"))


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(DataError, match="a label has an empty id"):
        _made(ids=("a", ""))


def test_no_labels_are_refused() -> None:
    with pytest.raises(DataError, match=r"weak\.tsv holds no labels"):
        _made(np.zeros((0, 2)), ids=())


def test_hard_labels_are_one_hot_and_ties_are_shared() -> None:
    labels = _made(np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]), classes=("a", "b", "c"))
    assert labels.hard().tolist() == [[0, 1, 0], [0.5, 0.5, 0]]


def test_only_gives_the_labels_asked_for_in_the_order_asked() -> None:
    labels = _made().only(["b", "a"])
    assert labels.ids == ("b", "a")
    assert labels.probabilities.tolist() == [[1.0, 0.0], [0.25, 0.75]]
    assert labels.classes == ("no", "yes")


def test_asking_for_an_example_without_a_label_is_refused() -> None:
    with pytest.raises(DataError, match="1 of 2 examples have no label in this set, first 'c'"):
        _made().only(["a", "c"])


# --- weights and votes --------------------------------------------------------------------------------------

VOTES = np.array([[[0.2, 0.8], [0.3, 0.7], [0.5, 0.5]], [[1.0, 0.0], [0.9, 0.1], [0.6, 0.4]]])


def _with_all() -> LabelSet:
    return with_votes(_made().weighed(np.array([0.5, 2.0]), source="weak.tsv"), VOTES)


def test_examples_count_alike_and_have_no_votes_unless_something_says_so() -> None:
    assert _made().weights.tolist() == [1, 1]
    assert _made().votes.shape == (2, 0, 2)


def test_a_choice_of_examples_takes_its_weights_and_votes_along() -> None:
    for chosen in (_with_all().only(["b", "a"]), _with_all().at([1, 0])):
        assert chosen.ids == ("b", "a")
        assert chosen.weights.tolist() == [2.0, 0.5]
        assert np.array_equal(chosen.votes, VOTES[::-1])


def test_other_probabilities_keep_weights_and_votes_and_are_checked() -> None:
    changed = _with_all().relabelled(np.array([[0.5, 0.5], [0.4, 0.6]]), source="smoothed")
    assert changed.probabilities.tolist() == [[0.5, 0.5], [0.4, 0.6]]
    assert changed.weights.tolist() == [0.5, 2.0]
    assert np.array_equal(changed.votes, VOTES)
    with pytest.raises(DataError, match="smoothed: the label of example 'b'"):
        _with_all().relabelled(np.array([[0.5, 0.5], [0.4, 0.5]]), source="smoothed")


def test_weights_and_votes_cannot_be_written_to() -> None:
    for values in (_with_all().weights, _with_all().votes):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.5


@pytest.mark.parametrize(
    "weights", [[-0.1, 1.0], [float("nan"), 1.0], [float("inf"), 1.0], [1.0], [1.0, 1.0, 1.0]]
)
def test_weights_that_are_not_one_number_an_example_are_refused(weights: list[float]) -> None:
    with pytest.raises(DataError, match="by margin: weights must be one finite number of at least 0"):
        _made().weighed(np.array(weights), source="by margin")


def test_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(DataError, match="by margin: every weight is 0, so there is nothing to train on"):
        _made().weighed(np.zeros(2), source="by margin")
