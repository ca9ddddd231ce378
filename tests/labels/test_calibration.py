"""Calibration: what it finds is known in advance, and it never makes matters worse where it was fitted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.core import DataError
from outlearn.labels.calibration import Temperature, fit_isotonic, fit_temperature


def _drawn(seed: int, *, num_classes: int, num_examples: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of a teacher that is somewhat right, and gold of every class."""
    drawn = np.random.default_rng(seed)
    gold = np.concatenate(
        [np.arange(num_classes), drawn.integers(0, num_classes, num_examples - num_classes)]
    )
    logits = drawn.normal(size=(num_examples, num_classes)) * 3 + 2 * np.eye(num_classes)[gold]
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), gold


def _nll(probabilities: np.ndarray, gold: np.ndarray) -> float:
    with np.errstate(divide="ignore"):
        return float(-np.log(probabilities[np.arange(len(gold)), gold]).mean())


def test_a_teacher_that_says_nine_in_ten_and_is_right_three_in_four_is_cooled_to_three_in_four() -> None:
    probabilities = np.tile([0.1, 0.9], (40, 1))
    gold = np.array([1] * 30 + [0] * 10)
    fitted = fit_temperature(probabilities, gold=gold)
    assert fitted.apply(probabilities)[0, 1] == pytest.approx(0.75, abs=1e-8)
    assert fitted.temperature == pytest.approx(np.log(9) / np.log(3), abs=1e-8)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("num_classes", [2, 4])
def test_the_temperature_that_labels_were_drawn_with_is_found_again(truth: float, num_classes: int) -> None:
    drawn = np.random.default_rng(0)
    logits = drawn.normal(size=(40_000, num_classes)) * 2
    powers, cooled = np.exp(logits), np.exp(logits / truth)
    chances = (cooled / cooled.sum(axis=1, keepdims=True)).cumsum(axis=1)
    gold = (drawn.random((40_000, 1)) > chances).sum(axis=1).clip(max=num_classes - 1)
    fitted = fit_temperature(powers / powers.sum(axis=1, keepdims=True), gold=gold)
    assert fitted.temperature == pytest.approx(truth, rel=0.05)


def test_a_teacher_that_is_always_right_or_no_better_than_chance_ends_at_a_bound() -> None:
    probabilities = np.tile([[0.3, 0.7], [0.7, 0.3]], (10, 1))
    right = np.tile([1, 0], 10)
    assert fit_temperature(probabilities, gold=right).temperature == 0.05
    assert fit_temperature(probabilities, gold=1 - right).temperature == 20.0


def test_temperature_one_changes_no_bit() -> None:
    probabilities, _ = _drawn(0, num_classes=3)
    assert Temperature(1.0).apply(probabilities) is probabilities


def test_isotonic_steps_are_those_of_a_hand_worked_example() -> None:
    """Of the three sorted groups, the middle one is right less often than the first: the two are pooled."""
    positive = np.array([0.2] * 4 + [0.4] * 4 + [0.8] * 4)
    gold = np.array([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0])
    fitted = fit_isotonic(np.stack([1 - positive, positive], axis=1), gold=gold)
    asked = np.array([0.0, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0])
    found = fitted.apply(np.stack([1 - asked, asked], axis=1))[:, 1]
    assert found == pytest.approx([0.375, 0.375, 0.375, 0.375, 0.5625, 0.75, 0.75])


def test_a_row_that_no_class_wants_is_shared_equally() -> None:
    gold = np.tile([0, 1, 2], 4)
    fitted = fit_isotonic(np.eye(3)[gold], gold=gold)
    assert fitted.apply(np.zeros((1, 3))).tolist() == [[1 / 3, 1 / 3, 1 / 3]]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), num_classes=st.integers(2, 4))
def test_calibration_never_hurts_the_likelihood_where_it_was_fitted(seed: int, num_classes: int) -> None:
    probabilities, gold = _drawn(seed, num_classes=num_classes)
    before = _nll(probabilities, gold)
    assert _nll(fit_temperature(probabilities, gold=gold).apply(probabilities), gold) <= before + 1e-9
    if num_classes == 2:  # one against the rest, normalised, makes no such promise
        assert _nll(fit_isotonic(probabilities, gold=gold).apply(probabilities), gold) <= before + 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), num_classes=st.integers(2, 4))
def test_rows_sum_to_one_curves_never_fall_and_the_order_of_rows_and_classes_is_immaterial(
    seed: int, num_classes: int
) -> None:
    probabilities, gold = _drawn(seed, num_classes=num_classes)
    shuffled = np.random.default_rng(seed).permutation(len(gold))
    for fit in (fit_temperature, fit_isotonic):
        fitted = fit(probabilities, gold=gold)
        found = fitted.apply(probabilities)
        assert np.allclose(found.sum(axis=1), 1, atol=1e-12)
        again = fit(probabilities[shuffled], gold=gold[shuffled]).apply(probabilities)
        assert np.allclose(again, found, atol=1e-7)
        swapped = fit(probabilities[:, ::-1], gold=num_classes - 1 - gold).apply(probabilities[:, ::-1])
        assert np.allclose(swapped[:, ::-1], found, atol=1e-7)
    for curve in fit_isotonic(probabilities, gold=gold).curves:
        assert (np.diff(curve.given) > 0).all()
        assert (np.diff(curve.calibrated) >= 0).all()


@pytest.mark.parametrize("fit", [fit_temperature, fit_isotonic])
@pytest.mark.parametrize(
    ("gold", "says"), [([0, 1] * 4, "got 8 of 2"), ([1] * 20, "got 20 of 1"), ([], "got 0 of 0")]
)
def test_too_little_gold_to_calibrate_on_is_refused(fit: object, gold: list[int], says: str) -> None:
    assert callable(fit)
    with pytest.raises(DataError, match=rf"at least 10 examples of at least 2 classes with gold, {says}"):
        fit(np.full((len(gold), 2), 0.5), gold=np.array(gold, dtype=np.int64))
