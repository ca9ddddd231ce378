"""Robust losses against their formulas in float64 and against the losses they lie between."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from outlearn.training import cross_entropy
from outlearn.training.robust import generalized_cross_entropy, symmetric_cross_entropy
from tests.training import loss_batches
from tests.training.loss_batches import (
    assert_classes_have_no_names,
    assert_finite_at_extremes,
    assert_gradient_is_the_slope,
    batches,
    gradient,
    relaxed,
)

torch.set_num_threads(1)
LOSSES = {
    "generalized": partial(generalized_cross_entropy, q=0.7),
    "generalized, q = 1": partial(generalized_cross_entropy, q=1.0),
    "generalized, small q": partial(generalized_cross_entropy, q=1e-3),
    "symmetric": partial(symmetric_cross_entropy, alpha=0.1, beta=1.0, floor=-4.0),
}


@relaxed
@given(batches, st.floats(0.01, 1))
def test_generalized_cross_entropy_is_its_formula_in_float64(batch: tuple[Tensor, Tensor], q: float) -> None:
    logits, weak = batch
    expected = (weak.double().numpy() * (1 - loss_batches.softmax(logits) ** q) / q).sum(axis=1)
    assert_close(
        generalized_cross_entropy(logits, weak, q=q).double(), torch.tensor(expected), atol=1e-5, rtol=1e-4
    )


@relaxed
@given(batches)
def test_generalized_cross_entropy_goes_to_cross_entropy_as_q_goes_to_nought(
    batch: tuple[Tensor, Tensor],
) -> None:
    expected = cross_entropy(*batch)
    assert torch.equal(generalized_cross_entropy(*batch, q=0.0), expected)
    far, near = (generalized_cross_entropy(*batch, q=q) for q in (1e-2, 1e-5))
    assert_close(near, expected, atol=1e-5, rtol=1e-3)
    assert bool(((near - expected).abs() <= (far - expected).abs() + 1e-5).all())


@relaxed
@given(batches)
def test_generalized_cross_entropy_at_one_is_half_the_mean_absolute_error(
    batch: tuple[Tensor, Tensor],
) -> None:
    """For a hard label y: sum |f - y| / 2 = 1 - f_y. A soft label is the mean over hard ones."""
    logits, weak = batch
    hard = np.eye(weak.shape[1])
    to_each = np.abs(loss_batches.softmax(logits)[:, None, :] - hard[None]).sum(axis=2) / 2
    expected = torch.tensor((weak.double().numpy() * to_each).sum(axis=1))
    assert_close(generalized_cross_entropy(logits, weak, q=1.0).double(), expected, atol=1e-6, rtol=1e-5)


@relaxed
@given(batches, st.floats(0.05, 1))
def test_a_hard_label_teaches_by_cross_entropy_times_a_power_of_its_probability(
    batch: tuple[Tensor, Tensor], q: float
) -> None:
    logits, weak = batch
    hard = torch.eye(weak.shape[1])[weak.argmax(-1)]
    share = (logits.softmax(-1) * hard).sum(-1, keepdim=True) ** q
    found = gradient(partial(generalized_cross_entropy, q=q), logits, hard)
    assert_close(found, share * gradient(cross_entropy, logits, hard), atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("q", [0.3, 0.7])
def test_the_best_answer_to_a_soft_label_is_a_sharper_one(q: float) -> None:
    weak = torch.tensor([[0.3, 0.7], [0.45, 0.55]])
    best = weak ** (1 / (1 - q))
    pull = gradient(partial(generalized_cross_entropy, q=q), best.log(), weak)
    assert_close(pull, torch.zeros(2, 2), atol=1e-6, rtol=0)


@relaxed
@given(batches, st.floats(0, 5), st.floats(0, 5), st.floats(-10, -1))
def test_symmetric_cross_entropy_is_its_formula_in_float64(
    batch: tuple[Tensor, Tensor], alpha: float, beta: float, floor: float
) -> None:
    logits, weak = batch
    student, labels = loss_batches.softmax(logits), weak.double().numpy()
    logs = np.log(np.maximum(labels, np.exp(floor)))
    expected = (-alpha * labels * np.log(student) - beta * student * logs).sum(axis=1)
    got = symmetric_cross_entropy(logits, weak, alpha=alpha, beta=beta, floor=floor)
    assert_close(got.double(), torch.tensor(expected), atol=1e-4, rtol=1e-4)


def test_the_reverse_part_for_a_hard_label_is_an_absolute_error() -> None:
    logits = torch.tensor([[0.0, float(np.log(3))]])
    got = symmetric_cross_entropy(logits, torch.tensor([[0.0, 1.0]]), alpha=0.0, beta=1.0, floor=-4.0)
    assert_close(got, torch.tensor([1.0]))  # 4 * (1 - 3/4)


@relaxed
@given(batches)
def test_symmetric_cross_entropy_without_its_reverse_part_is_cross_entropy_bit_for_bit(
    batch: tuple[Tensor, Tensor],
) -> None:
    loss = partial(symmetric_cross_entropy, alpha=1.0, beta=0.0, floor=-4.0)
    assert torch.equal(loss(*batch), cross_entropy(*batch))
    assert torch.equal(gradient(loss, *batch), gradient(cross_entropy, *batch))


@pytest.mark.parametrize("name", LOSSES)
@relaxed
@given(batch=batches)
def test_the_names_of_the_classes_do_not_matter_and_no_loss_is_negative(
    name: str, batch: tuple[Tensor, Tensor]
) -> None:
    assert_classes_have_no_names(LOSSES[name], *batch)
    assert bool((LOSSES[name](*batch) >= 0).all())


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_are_finite_at_saturated_logits_and_hard_labels(name: str) -> None:
    assert_finite_at_extremes(LOSSES[name])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("num_classes", [2, 4])
def test_the_gradient_is_the_slope(name: str, num_classes: int) -> None:
    logits, weak = loss_batches.batch(num_examples=8, num_classes=num_classes, seed=3)
    assert_gradient_is_the_slope(LOSSES[name], logits, weak)


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_power_outside_its_range_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match=r"q must be in \[0, 1\], got"):
        generalized_cross_entropy(torch.zeros(1, 2), torch.full((1, 2), 0.5), q=q)
