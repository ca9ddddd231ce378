"""Logistic regression on features: at its optimum, in closed form where there is one, and out of fold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad, minimize

from outlearn.labels.logistic import cross_fitted, fit_logistic


def _names(count: int) -> list[str]:
    return [f"example {row}" for row in range(count)]


def _drawn(seed: int, *, num_examples: int, width: int, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(seed)
    features = drawn.normal(size=(num_examples, width)) * 3 + 1
    logits = features @ drawn.normal(size=(width, num_classes))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return features, powers / powers.sum(axis=1, keepdims=True)


def test_the_optimum_is_that_of_a_binary_regression_worked_out_another_way() -> None:
    """Two columns of weights w0, w1 with penalty l2 / 2 each are one difference d with penalty l2 / 4."""
    features, targets = _drawn(0, num_examples=60, width=3, num_classes=2)
    standardised = (features - features.mean(axis=0)) / features.std(axis=0)

    def objective(flat: np.ndarray) -> float:
        scores = standardised @ flat[:3] + flat[3]
        return float(
            np.mean(np.logaddexp(0, scores) - targets[:, 1] * scores) + 0.05 / 4 * (flat[:3] ** 2).sum()
        )

    found = minimize(objective, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    expected = 1 / (1 + np.exp(-(standardised @ found[:3] + found[3])))
    fitted = fit_logistic(features, targets=targets, l2=0.05)
    assert fitted.predict(features)[:, 1] == pytest.approx(expected, abs=1e-4)


def test_without_features_that_vary_the_answer_is_the_mean_label() -> None:
    _, targets = _drawn(1, num_examples=40, width=2, num_classes=3)
    fitted = fit_logistic(np.ones((40, 5), dtype=np.float32), targets=targets, l2=0.1)
    assert fitted.predict(np.ones((1, 5), dtype=np.float32))[0] == pytest.approx(
        targets.mean(axis=0), abs=1e-4
    )


def test_single_precision_gives_the_same_answers() -> None:
    features, targets = _drawn(2, num_examples=200, width=20, num_classes=3)
    exact = fit_logistic(features, targets=targets, l2=1e-2).predict(features)
    single = features.astype(np.float32)
    assert np.allclose(fit_logistic(single, targets=targets, l2=1e-2).predict(single), exact, atol=2e-3)


def test_no_example_is_judged_by_a_probe_that_saw_its_label() -> None:
    """With more features than examples a probe repeats any label it is fitted to; out of fold it cannot."""
    features, targets = _drawn(3, num_examples=40, width=60, num_classes=2)
    before = cross_fitted(features, labels=targets, ids=_names(40), num_folds=4, seed=0)
    for row in (0, 7):
        changed = targets.copy()
        changed[row] = changed[row, ::-1]
        after = cross_fitted(features, labels=changed, ids=_names(40), num_folds=4, seed=0)
        assert np.array_equal(after[row], before[row])
        assert not np.array_equal(after, before)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 3))
def test_rows_are_distributions_and_neither_their_order_nor_the_classes_matter(
    seed: int, num_classes: int
) -> None:
    features, targets = _drawn(seed, num_examples=30, width=4, num_classes=num_classes)
    names, order = _names(30), np.random.default_rng(seed).permutation(30)
    found = cross_fitted(features, labels=targets, ids=names, num_folds=3, seed=seed)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-12)
    shuffled = [names[row] for row in order]
    again = cross_fitted(features[order], labels=targets[order], ids=shuffled, num_folds=3, seed=seed)
    assert np.allclose(again, found[order], atol=1e-12)
    swapped = cross_fitted(features, labels=targets[:, ::-1], ids=names, num_folds=3, seed=seed)
    assert np.allclose(swapped[:, ::-1], found, atol=1e-4)


def test_at_the_optimum_of_three_classes_the_objective_has_no_slope() -> None:
    """The optimum has no slope: moving any weight a little does not lower the objective."""
    features, targets = _drawn(5, num_examples=50, width=3, num_classes=3)
    fitted = fit_logistic(features, targets=targets, l2=0.1)
    standardised = (features - fitted.centre) / fitted.scale

    def objective(flat: np.ndarray) -> float:
        scores = standardised @ flat[:9].reshape(3, 3) + flat[9:]
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return float(-(targets * logs).sum() / 50 + 0.05 * (flat[:9] ** 2).sum())

    flat = np.concatenate([fitted.weight.ravel(), fitted.bias])
    assert check_grad(objective, lambda _: np.zeros(12), flat) < 1e-4
