"""The noisy channel: it finds a channel that is known, and EM never goes downhill."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.labels.channel import channel_features, em_posterior
from outlearn.labels.logistic import cross_fitted
from outlearn.labels.noisy_channel import SHARPNESSES, noisy_channel


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def _binary(positive: np.ndarray) -> np.ndarray:
    return np.stack([1 - positive, positive], axis=1)


def _simulated(seed: int, *, num_examples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gold, labels and a prior: a teacher that errs less where it is sure, and calls too much a 1."""
    drawn = np.random.default_rng(seed)
    gold = drawn.integers(0, 2, num_examples)
    sure = drawn.random(num_examples)
    says_one = np.where(gold == 1, _sigmoid(1 + 3 * sure), _sigmoid(0.5 - 3 * sure))
    said = drawn.random(num_examples) < says_one
    labels = _binary(np.where(said, 0.5 + sure / 2, 0.5 - sure / 2))
    # Log-odds of gold, for someone who sees gold through noise of variance 1: a belief that is calibrated.
    believed = _sigmoid(2 * (drawn.normal(size=num_examples) + 2 * gold - 1))
    return gold, labels, _binary(believed)


def _accuracy(probabilities: np.ndarray, gold: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == gold).mean())


def _fitted(labels: np.ndarray, prior: np.ndarray) -> np.ndarray:
    return em_posterior(labels, prior=prior, features=channel_features(labels, prior=prior)).posterior


def test_the_posterior_beats_the_labels_and_the_prior_and_comes_near_the_truth() -> None:
    gold, labels, prior = _simulated(0, num_examples=4000)
    posterior = _fitted(labels, prior)
    sure = np.abs(2 * labels[:, 1] - 1)
    said = labels[:, 1] > 0.5
    hit, false_alarm = _sigmoid(1 + 3 * sure), _sigmoid(0.5 - 3 * sure)
    likelihood = np.where(said, [false_alarm, hit], [1 - false_alarm, 1 - hit]).T
    best = prior * likelihood
    best /= best.sum(axis=1, keepdims=True)
    assert _accuracy(posterior, gold) > max(_accuracy(labels, gold), _accuracy(prior, gold)) + 0.03
    assert _accuracy(posterior, gold) > _accuracy(best, gold) - 0.01
    assert np.abs(posterior - best).mean() < 0.05


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_em_never_goes_downhill_and_gives_distributions(seed: int) -> None:
    _, labels, prior = _simulated(seed, num_examples=120)
    found = em_posterior(labels, prior=prior, features=channel_features(labels, prior=prior))
    assert (np.diff(found.objectives) >= -1e-7).all()
    assert np.allclose(found.posterior.sum(axis=1), 1)
    assert ((found.posterior >= 0) & (found.posterior <= 1)).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_rows_and_classes_may_come_in_any_order(seed: int) -> None:
    _, labels, prior = _simulated(seed, num_examples=120)
    order = np.random.default_rng(seed).permutation(120)
    found = _fitted(labels, prior)
    assert np.allclose(_fitted(labels[order], prior[order]), found[order], atol=1e-4)
    assert np.allclose(_fitted(labels[:, ::-1], prior[:, ::-1])[:, ::-1], found, atol=1e-4)


def test_a_student_without_an_opinion_believes_the_teacher_as_far_as_anyone_at_first() -> None:
    drawn = np.random.default_rng(0)
    labels = _binary(np.tile([0.9, 0.1], 50) + 0 * drawn.random(100))
    posterior = _fitted(labels, np.full((100, 2), 0.5))
    assert posterior == pytest.approx(_binary(np.tile([0.8, 0.2], 50)), abs=0.02)


@pytest.mark.parametrize("labels", [np.tile([1.0, 0.0], (20, 1)), np.full((20, 2), 0.5)])
@pytest.mark.parametrize("prior", [np.tile([0.0, 1.0], (20, 1)), np.full((20, 2), 0.5)])
def test_labels_and_priors_at_the_edge_give_finite_answers(labels: np.ndarray, prior: np.ndarray) -> None:
    posterior = _fitted(labels, prior)
    assert np.isfinite(posterior).all()
    assert np.allclose(posterior.sum(axis=1), 1)


def test_the_channel_may_not_depend_on_which_class_the_teacher_named() -> None:
    _, labels, prior = _simulated(0, num_examples=50)
    turned = labels[:, ::-1]
    assert np.array_equal(channel_features(labels, prior=prior), channel_features(turned, prior=prior))


# --- a belief whose sureness is not to be trusted -----------------------------------------------------------


def _power(belief: np.ndarray, power: float) -> np.ndarray:
    powers = belief**power
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("distortion", [0.25, 1.0, 4.0])
def test_a_belief_that_is_too_sure_or_not_sure_enough_is_put_right(distortion: float) -> None:
    gold, labels, prior = _simulated(0, num_examples=3000)
    found = noisy_channel(labels, belief=_power(prior, distortion))
    assert found.sharpness == 1 / distortion
    assert _accuracy(found.probabilities, gold) > _accuracy(prior, gold) + 0.02


def test_a_probe_fitted_to_weak_labels_is_not_taken_at_its_word() -> None:
    """Taken so, it leaves the channel nothing to explain, and the weak labels come back."""
    drawn = np.random.default_rng(0)
    gold = drawn.integers(0, 2, 1000)
    features = drawn.normal(size=(1000, 5)) + 2 * (2 * gold - 1)[:, None] * np.eye(5)[0]
    sure = drawn.random(1000)
    said = np.where(drawn.random(1000) < (1 - sure) / 2, 1 - gold, gold)
    labels = _binary(np.where(said == 1, 0.5 + sure / 2, 0.5 - sure / 2))
    belief = cross_fitted(features, labels=labels, ids=[f"example {row}" for row in range(1000)])
    found = noisy_channel(labels, belief=belief)
    assert found.sharpness > 1
    assert _accuracy(_fitted(labels, belief), gold) < _accuracy(labels, gold) + 0.03
    assert _accuracy(found.probabilities, gold) > _accuracy(labels, gold) + 0.2


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4))
def test_the_likeliest_power_is_taken_whatever_the_order_of_rows_and_classes(
    seed: int, num_classes: int
) -> None:
    drawn = np.random.default_rng(seed)
    labels, belief = (drawn.dirichlet(np.ones(num_classes), size=60) for _ in range(2))
    rows, classes = drawn.permutation(60), drawn.permutation(num_classes)
    found = noisy_channel(labels, belief=belief)
    assert found.sharpness in SHARPNESSES
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    shuffled = noisy_channel(labels[rows], belief=belief[rows])
    assert np.allclose(shuffled.probabilities, found.probabilities[rows], atol=1e-3)
    renamed = noisy_channel(labels[:, classes], belief=belief[:, classes])
    assert np.allclose(renamed.probabilities, found.probabilities[:, classes], atol=1e-3)
