"""Losses by which a student believes itself: their formulas, their signs, and what they do to an example."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr
from torch import Tensor
from torch.testing import assert_close

from outlearn.training import cross_entropy
from outlearn.training.self_confidence import (
    adaptive_targets,
    closeness_to_uniform,
    entropy,
    product_targets,
    soft_targets,
    unsure_targets,
    with_term,
)
from tests.training import loss_batches
from tests.training.loss_batches import (
    assert_finite_at_extremes,
    assert_gradient_is_the_slope,
    batches,
    gradient,
    relaxed,
)

torch.set_num_threads(1)
TERMS = {"entropy": entropy, "closeness to uniform": closeness_to_uniform}


# --- terms --------------------------------------------------------------------------------------------------


@relaxed
@given(batches)
def test_the_entropy_is_that_of_float64(batch: tuple[Tensor, Tensor]) -> None:
    expected = torch.tensor(entr(loss_batches.softmax(batch[0])).sum(axis=1))
    assert_close(entropy(batch[0]).double(), expected, atol=1e-5, rtol=1e-5)


@relaxed
@given(st.floats(-5, 5))
def test_for_two_classes_the_l2_term_is_the_papers(score: float) -> None:
    logits = torch.tensor([[0.0, score]])
    p = 1 / (1 + np.exp(-score))
    assert_close(closeness_to_uniform(logits), torch.tensor([-((p - 0.5) ** 2)], dtype=torch.float32))


@pytest.mark.parametrize("name", TERMS)
@relaxed
@given(batch=batches)
def test_minimising_a_term_makes_the_student_surer(name: str, batch: tuple[Tensor, Tensor]) -> None:
    """The formula printed in the paper would do the opposite."""
    logits, weak = batch
    pull = gradient(lambda scores, _: TERMS[name](scores), logits, weak)
    after = logits - 0.1 * pull
    assert bool((after.softmax(-1).amax(-1) >= logits.softmax(-1).amax(-1) - 1e-6).all())
    assert bool((TERMS[name](after) <= TERMS[name](logits) + 1e-6).all())


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("num_classes", [2, 3, 5])
def test_a_term_is_largest_and_flat_where_the_student_knows_nothing(name: str, num_classes: int) -> None:
    unsure = torch.zeros(1, num_classes)
    largest = float(np.log(num_classes)) if name == "entropy" else 0.0
    assert_close(TERMS[name](unsure), torch.tensor([largest]))
    pull = gradient(lambda scores, _: TERMS[name](scores), unsure, unsure)
    assert_close(pull, torch.zeros(1, num_classes), atol=1e-7, rtol=0)


@pytest.mark.parametrize("name", TERMS)
def test_a_loss_with_a_term_is_the_mixture_and_its_gradient_the_slope(name: str) -> None:
    logits, weak = loss_batches.batch(num_examples=8, num_classes=3, seed=5)
    loss = with_term(TERMS[name], max_weight=0.4, ramp_frac=0.2)
    assert loss.retarget is not None
    targets = loss.retarget(logits, weak, 0.1)  # half way up the ramp
    expected = 0.8 * cross_entropy(logits, weak) + 0.2 * TERMS[name](logits)
    assert_close(loss.per_example(logits, targets), expected, atol=1e-5, rtol=1e-5)
    assert_gradient_is_the_slope(loss.per_example, logits, targets)


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("progress", [0.0, 0.5])
def test_a_loss_with_a_term_is_finite_at_saturated_logits_and_hard_labels(name: str, progress: float) -> None:
    loss = with_term(TERMS[name], max_weight=0.5, ramp_frac=0.2)

    def at_once(logits: Tensor, weak: Tensor) -> Tensor:
        assert loss.retarget is not None
        return loss.per_example(logits, loss.retarget(logits.detach(), weak, progress))

    assert_finite_at_extremes(at_once)


def test_a_weight_of_nought_leaves_cross_entropy_alone() -> None:
    loss = with_term(entropy, max_weight=0.0, ramp_frac=0.2)
    assert loss.per_example is cross_entropy
    assert loss.retarget is None


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_that_is_no_share_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"max_weight must be in \[0, 1\], got"):
        with_term(entropy, max_weight=weight, ramp_frac=0.2)


# --- targets ------------------------------------------------------------------------------------------------


@relaxed
@given(batches, st.floats(0, 1), st.floats(0, 1))
def test_targets_are_distributions_without_gradient_and_classes_have_no_names(
    batch: tuple[Tensor, Tensor], one: float, other: float
) -> None:
    logits, weak = batch
    for make in (
        lambda z, g: product_targets(z, g, weak_power=one, student_power=other),
        lambda z, g: soft_targets(z, g, weight=one),
        lambda z, g: adaptive_targets(z, g, temperature=0.05 + other, weight=one),
    ):
        targets = make(logits.clone().requires_grad_(), weak)
        assert not targets.requires_grad
        assert bool((targets >= 0).all())
        assert_close(targets.sum(-1), torch.ones(len(weak)))
        assert_close(make(logits.flip(1), weak.flip(1)).flip(1), targets, atol=1e-5, rtol=1e-4)


@relaxed
@given(batches)
def test_targets_without_trust_in_the_student_are_the_labels_bit_for_bit(
    batch: tuple[Tensor, Tensor],
) -> None:
    logits, weak = batch
    assert torch.equal(product_targets(logits, weak, weak_power=1.0, student_power=0.0), weak)
    assert torch.equal(soft_targets(logits, weak, weight=0.0), weak)
    assert torch.equal(adaptive_targets(logits, weak, temperature=0.5, weight=0.0), weak)
    assert torch.equal(unsure_targets(logits, weak, most=torch.tensor(1.5)), weak)


@relaxed
@given(batches, st.floats(0, 2), st.floats(0, 2))
def test_product_targets_are_powers_multiplied(
    batch: tuple[Tensor, Tensor], weak_power: float, student_power: float
) -> None:
    logits, weak = batch
    labels = np.maximum(weak.double().numpy(), np.finfo(np.float32).tiny)
    powers = labels**weak_power * loss_batches.softmax(logits) ** student_power
    expected = torch.tensor(powers / powers.sum(axis=1, keepdims=True))
    got = product_targets(logits, weak, weak_power=weak_power, student_power=student_power)
    assert_close(got.double(), expected, atol=1e-5, rtol=1e-3)


def test_a_hard_label_stays_hard_in_a_product() -> None:
    targets = product_targets(
        torch.tensor([[5.0, -5.0]]), torch.tensor([[0.0, 1.0]]), weak_power=1.0, student_power=1.0
    )
    assert_close(targets, torch.tensor([[0.0, 1.0]]))


@relaxed
@given(batches)
def test_the_geometric_mean_rests_at_the_label_and_the_product_goes_beyond_it(
    batch: tuple[Tensor, Tensor],
) -> None:
    _, weak = batch
    weak = 0.98 * weak + 0.02 / weak.shape[1]
    mean = product_targets(weak.log(), weak, weak_power=0.5, student_power=0.5)
    assert_close(mean, weak, atol=1e-6, rtol=1e-4)
    product = product_targets(weak.log(), weak, weak_power=1.0, student_power=1.0)
    assert bool((product.amax(-1) >= weak.amax(-1) - 1e-6).all())


@relaxed
@given(batches, st.floats(0, 1))
def test_a_soft_answer_held_fixed_only_scales_the_gradient_of_the_label(
    batch: tuple[Tensor, Tensor], weight: float
) -> None:
    """So such a loss cannot make a student surer, whatever its weight."""
    logits, weak = batch
    found = gradient(cross_entropy, logits, soft_targets(logits, weak, weight=weight))
    assert_close(found, (1 - weight) * gradient(cross_entropy, logits, weak), atol=1e-6, rtol=1e-5)


def test_an_example_outside_the_window_has_neither_loss_nor_gradient() -> None:
    logits = torch.tensor([[0.0, 0.2], [0.0, 3.0]])  # largest probabilities 0.55 and 0.95
    weak = torch.tensor([[0.9, 0.1], [0.9, 0.1]])
    targets = unsure_targets(logits, weak, most=torch.tensor(0.65))
    assert_close(targets, torch.tensor([[0.9, 0.1], [0.0, 0.0]]))
    assert float(cross_entropy(logits, targets)[1]) == 0
    assert gradient(cross_entropy, logits, targets)[1].tolist() == [0, 0]
    assert_close(gradient(cross_entropy, logits, targets)[0], gradient(cross_entropy, logits, weak)[0])


@relaxed
@given(batches, st.floats(0.05, 5), st.floats(0, 1))
def test_adaptive_targets_are_the_papers_formula(
    batch: tuple[Tensor, Tensor], temperature: float, weight: float
) -> None:
    logits, weak = batch
    student = loss_batches.softmax(logits)
    own, taught = student.argmax(axis=1), weak.numpy().argmax(axis=1)
    rows = np.arange(len(weak))
    to_own = -np.log(student[rows, own]) / temperature
    to_taught = -np.log(student[rows, taught]) / temperature
    beta = weight * np.exp(to_own - np.logaddexp(to_own, to_taught))[:, None]
    expected = (1 - beta) * weak.double().numpy() + beta * np.eye(weak.shape[1])[own]
    got = adaptive_targets(logits, weak, temperature=temperature, weight=weight)
    assert_close(got.double(), torch.tensor(expected), atol=1e-4, rtol=1e-3)


def test_adaptive_trust_is_a_half_in_agreement_and_falls_as_the_student_disagrees_more_surely() -> None:
    weak = torch.tensor([[0.4, 0.6]]).expand(4, -1)
    logits = torch.tensor([[0.0, 2.0], [0.1, 0.0], [1.0, 0.0], [8.0, 0.0]])
    targets = adaptive_targets(logits, weak, temperature=0.5, weight=1.0)
    assert_close(targets[0], torch.tensor([0.2, 0.8]))  # half of (0, 1), half of the label
    trust = ((targets - weak)[1:, 0] / (1 - weak)[1:, 0]).tolist()
    assert 0.5 > trust[0] > trust[1] > trust[2] >= 0
    assert trust[2] < 1e-6


def test_classes_that_tie_share_the_students_answer() -> None:
    weak = torch.tensor([[0.2, 0.8]])
    targets = adaptive_targets(torch.zeros(1, 2), weak, temperature=0.5, weight=1.0)
    assert_close(targets, torch.tensor([[0.35, 0.65]]))  # half of the label, half of (1/2, 1/2)


def test_targets_are_finite_at_saturated_logits_and_hard_labels() -> None:
    for loss in (
        lambda z, g: cross_entropy(z, product_targets(z.detach(), g, weak_power=1.0, student_power=1.0)),
        lambda z, g: cross_entropy(z, product_targets(z.detach(), g, weak_power=0.0, student_power=1.0)),
        lambda z, g: cross_entropy(z, product_targets(z.detach(), g, weak_power=0.5, student_power=0.5)),
        lambda z, g: cross_entropy(z, soft_targets(z.detach(), g, weight=0.5)),
        lambda z, g: cross_entropy(z, unsure_targets(z.detach(), g, most=torch.tensor(0.65))),
        lambda z, g: cross_entropy(z, adaptive_targets(z.detach(), g, temperature=0.01, weight=1.0)),
    ):
        assert_finite_at_extremes(loss)
