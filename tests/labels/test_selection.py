"""Selection by confidence, label noise and folds: who is chosen is known, whatever the order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import SpecError, UsageError
from outlearn.labels.folds import fold_of
from outlearn.labels.noise import flip_labels
from outlearn.labels.selection import confidence_weights, confidences, top_overall, top_per_class

CLASSES = ("no", "yes")


def _binary(*positive: float) -> np.ndarray:
    return np.stack([1 - np.array(positive), np.array(positive)], axis=1)


def _names(count: int) -> list[str]:
    return [f"example {row}" for row in range(count)]


# --- confidence ---------------------------------------------------------------------------------------------


def test_confidence_is_twice_the_distance_from_one_half_and_goes_from_zero_to_one() -> None:
    assert confidences(_binary(0.5, 0.75, 0.1, 1.0)) == pytest.approx([0, 0.5, 0.8, 1])
    three = np.array([[1 / 3, 1 / 3, 1 / 3], [0, 0, 1], [0.5, 0.5, 0]])
    assert confidences(three) == pytest.approx([0, 1, 0.25])


def test_weights_go_from_all_one_to_the_confidence() -> None:
    labels = _binary(0.5, 0.75, 1.0)
    assert (confidence_weights(labels, strength=0.0) == 1.0).all()
    assert confidence_weights(labels, strength=0.5) == pytest.approx([0.5, 0.75, 1])
    assert confidence_weights(labels, strength=1.0) == pytest.approx([0, 0.5, 1])
    with pytest.raises(UsageError, match="every label is undecided"):
        confidence_weights(_binary(0.5, 0.5), strength=1.0)


# --- selection ----------------------------------------------------------------------------------------------


def test_the_surest_of_each_class_are_kept() -> None:
    labels = _binary(0.9, 0.6, 0.8, 0.7, 0.1, 0.4)
    kept = top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=_names(6), frac=0.5)
    assert kept.tolist() == [0, 2, 4]
    assert top_overall(confidences(labels), ids=_names(6), frac=0.5).tolist() == [0, 2, 4]
    assert top_overall(confidences(labels), ids=_names(6), frac=1 / 3).tolist() == [0, 4]


def test_a_tenth_of_thirty_is_three_and_of_five_is_one() -> None:
    labels = _binary(*[0.9] * 30, *[0.2] * 5)
    kept = top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=_names(35), frac=0.1)
    assert [(kept < 30).sum(), (kept >= 30).sum()] == [3, 1]


def test_everything_is_kept_at_one_even_what_is_undecided_or_of_one_class() -> None:
    labels = _binary(0.5, 0.5, 0.9)
    kept = top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=_names(3), frac=1.0)
    assert kept.tolist() == [0, 1, 2]


def test_a_class_that_would_be_left_without_an_example_is_named() -> None:
    labels = _binary(0.5, 0.8, 0.9)
    with pytest.raises(UsageError, match=r"no example is labelled 'no' .* frac = 1"):
        top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=_names(3), frac=0.5)


@pytest.mark.parametrize("frac", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_out_of_its_range_is_refused(frac: float) -> None:
    labels = _binary(0.2, 0.8)
    with pytest.raises(SpecError, match="frac must be above 0 and at most 1, got"):
        top_overall(confidences(labels), ids=_names(2), frac=frac)
    with pytest.raises(SpecError, match="frac must be above 0 and at most 1, got"):
        top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=_names(2), frac=frac)
    with pytest.raises(SpecError, match=r"strength must be in \[0, 1\]"):
        confidence_weights(labels, strength=frac - 1 if frac == 0 else frac)


@settings(max_examples=30, deadline=None)
@given(
    positive=st.lists(st.sampled_from([0.1, 0.3, 0.45, 0.6, 0.9]), min_size=12, max_size=40),
    frac=st.floats(0.01, 1.0),
    seed=st.integers(0, 100),
)
def test_neither_the_order_of_rows_nor_the_names_of_classes_decide_who_is_kept(
    positive: list[float], frac: float, seed: int
) -> None:
    labels = _binary(0.2, 0.8, *positive)
    names = _names(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))

    def kept(labels: np.ndarray, names: list[str]) -> set[str]:
        rows = top_per_class(confidences(labels), probabilities=labels, classes=CLASSES, ids=names, frac=frac)
        return {names[row] for row in rows}

    assert kept(labels, names) == kept(labels[order], [names[row] for row in order])
    assert kept(labels, names) == kept(labels[:, ::-1], names)


# --- noise --------------------------------------------------------------------------------------------------


def test_of_two_classes_exactly_the_share_asked_for_is_turned_round() -> None:
    labels = np.random.default_rng(0).dirichlet([1, 1], size=50)
    noisy = flip_labels(labels, ids=_names(50), frac=0.3, seed=0)
    turned = (noisy == labels[:, ::-1]).all(axis=1)
    assert turned.sum() == 15
    assert np.array_equal(noisy[~turned], labels[~turned])


def test_without_noise_no_bit_changes_and_more_noise_flips_the_same_and_more() -> None:
    labels = np.random.default_rng(0).dirichlet([1, 1, 1], size=50)
    assert np.array_equal(flip_labels(labels, ids=_names(50), frac=0.0, seed=0), labels)
    little = flip_labels(labels, ids=_names(50), frac=0.2, seed=0)
    much = flip_labels(labels, ids=_names(50), frac=0.6, seed=0)
    flipped = (little != labels).any(axis=1)
    assert np.array_equal(much[flipped], little[flipped])


def test_of_many_classes_the_likeliest_trades_with_any_other_alike() -> None:
    labels = np.tile([0.7, 0.1, 0.1, 0.1], (3000, 1))
    noisy = flip_labels(labels, ids=_names(3000), frac=1.0, seed=0)
    assert np.bincount(noisy.argmax(axis=1), minlength=4) == pytest.approx([0, 1000, 1000, 1000], abs=100)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4), frac=st.floats(0, 1))
def test_noise_goes_by_id_and_keeps_rows_distributions(seed: int, num_classes: int, frac: float) -> None:
    drawn = np.random.default_rng(seed)
    labels, names = drawn.dirichlet(np.ones(num_classes), size=30), _names(30)
    order = drawn.permutation(30)
    noisy = flip_labels(labels, ids=names, frac=frac, seed=seed)
    again = flip_labels(labels[order], ids=[names[row] for row in order], frac=frac, seed=seed)
    assert np.array_equal(again, noisy[order])
    assert np.array_equal(np.sort(noisy, axis=1), np.sort(labels, axis=1))


def test_other_seeds_flip_others() -> None:
    labels = np.random.default_rng(0).dirichlet([1, 1], size=50)
    first, second = (flip_labels(labels, ids=_names(50), frac=0.5, seed=seed) for seed in (0, 1))
    assert not np.array_equal(first, second)
    with pytest.raises(SpecError, match=r"frac must be in \[0, 1\], got 1.5"):
        flip_labels(labels, ids=_names(50), frac=1.5, seed=0)


# --- folds --------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(count=st.integers(5, 60), num_folds=st.integers(2, 5), seed=st.integers(0, 100))
def test_folds_are_of_equal_size_and_go_by_id(count: int, num_folds: int, seed: int) -> None:
    names = _names(count)
    folds = fold_of(names, num_folds=num_folds, seed=seed)
    sizes = np.bincount(folds, minlength=num_folds)
    assert sizes.max() - sizes.min() <= 1
    order = np.random.default_rng(seed).permutation(count)
    again = fold_of([names[row] for row in order], num_folds=num_folds, seed=seed)
    assert np.array_equal(again, folds[order])


def test_folds_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(SpecError, match="folds must be at least 2, got 1"):
        fold_of(_names(4), num_folds=1, seed=0)
    with pytest.raises(UsageError, match="4 examples cannot be parted into 5 folds"):
        fold_of(_names(4), num_folds=5, seed=0)
