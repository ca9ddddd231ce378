"""Divergences against values worked out in float64 by other means, and against what makes a divergence."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from torch import Tensor
from torch.testing import assert_close

from outlearn.training import cross_entropy
from outlearn.training.divergences import (
    clipped_log,
    forward_kl_divergence,
    jeffreys_divergence,
    jensen_shannon_divergence,
    mixed,
    reverse_cross_entropy,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation_distance,
)
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
GAMMA = 1e-3

# Name: the loss, and the same from f and the clipped g in float64.
Reference = Callable[[np.ndarray, np.ndarray], np.ndarray]
LOSSES: dict[str, tuple[Callable[..., Tensor], Reference]] = {
    "forward KL": (forward_kl_divergence, lambda f, g: rel_entr(g, f).sum(axis=1)),
    "reverse KL": (reverse_kl_divergence, lambda f, g: rel_entr(f, g).sum(axis=1)),
    "Jensen-Shannon": (jensen_shannon_divergence, lambda f, g: jensenshannon(f, g, axis=1) ** 2),
    "Jeffreys": (jeffreys_divergence, lambda f, g: (rel_entr(f, g) + rel_entr(g, f)).sum(axis=1)),
    "Hellinger": (squared_hellinger, lambda f, g: 1 - np.sqrt(f * g).sum(axis=1)),
    "total variation": (total_variation_distance, lambda f, g: np.maximum(f - g, 0).sum(axis=1)),
    "reverse CE": (reverse_cross_entropy, lambda f, g: -(f * np.log(g)).sum(axis=1)),
}
DIVERGENCES = [name for name in LOSSES if name != "reverse CE"]


def _loss(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    return partial(LOSSES[name][0], gamma=GAMMA)


def _clipped(weak: Tensor) -> np.ndarray:
    raised = np.maximum(weak.double().numpy(), GAMMA)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("name", LOSSES)
@relaxed
@given(batch=batches)
def test_the_value_is_that_of_the_formula_in_float64(name: str, batch: tuple[Tensor, Tensor]) -> None:
    logits, weak = batch
    expected = LOSSES[name][1](loss_batches.softmax(logits), _clipped(weak))
    got = _loss(name)(logits, weak)
    assert got.dtype == torch.float32
    assert_close(got.double(), torch.tensor(expected), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forward KL", 0.143841),  # ln(4/3) / 2
        ("reverse KL", 0.130812),  # (ln(1/2) + 3 ln(3/2)) / 4
        ("Jeffreys", 0.274653),  # ln(3) / 4
        ("Hellinger", 0.034074),  # 1 - (sqrt(1/8) + sqrt(3/8))
        ("total variation", 0.25),
        ("reverse CE", 0.693147),  # ln 2
    ],
)
def test_the_value_is_what_one_works_out_by_hand(name: str, value: float) -> None:
    logits = torch.tensor([[0.0, math.log(3)]])  # f = (1/4, 3/4)
    assert_close(_loss(name)(logits, torch.tensor([[0.5, 0.5]])), torch.tensor([value]), atol=2e-6, rtol=0)


@pytest.mark.parametrize("name", DIVERGENCES)
@relaxed
@given(batch=batches)
def test_a_divergence_is_never_negative(name: str, batch: tuple[Tensor, Tensor]) -> None:
    assert bool((_loss(name)(*batch) >= -1e-6).all())


@pytest.mark.parametrize("name", DIVERGENCES)
@relaxed
@given(batch=batches)
def test_a_divergence_is_nought_with_no_slope_where_student_and_clipped_label_agree(
    name: str, batch: tuple[Tensor, Tensor]
) -> None:
    _, weak = batch
    logits = clipped_log(weak, gamma=GAMMA)
    assert_close(_loss(name)(logits, weak), torch.zeros(len(weak)), atol=1e-6, rtol=0)
    if name != "total variation":  # it has an edge there
        assert_close(gradient(_loss(name), logits, weak), torch.zeros_like(weak), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", LOSSES)
@relaxed
@given(batch=batches)
def test_the_names_of_the_classes_do_not_matter(name: str, batch: tuple[Tensor, Tensor]) -> None:
    assert_classes_have_no_names(_loss(name), *batch)


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_are_finite_at_saturated_logits_and_hard_labels(name: str) -> None:
    assert_finite_at_extremes(_loss(name))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("num_classes", [2, 4])
def test_the_gradient_is_the_slope(name: str, num_classes: int) -> None:
    logits, weak = loss_batches.batch(num_examples=8, num_classes=num_classes, seed=3)
    assert_gradient_is_the_slope(_loss(name), logits, weak)


@relaxed
@given(batches)
def test_jeffreys_is_both_directions_together(batch: tuple[Tensor, Tensor]) -> None:
    both = _loss("forward KL")(*batch) + _loss("reverse KL")(*batch)
    assert_close(_loss("Jeffreys")(*batch), both, atol=1e-5, rtol=1e-5)


@relaxed
@given(batches)
def test_reverse_cross_entropy_is_the_reverse_divergence_and_the_students_entropy(
    batch: tuple[Tensor, Tensor],
) -> None:
    student = loss_batches.softmax(batch[0])
    entropy = torch.tensor(-(student * np.log(student)).sum(axis=1), dtype=torch.float32)
    assert_close(_loss("reverse CE")(*batch) - entropy, _loss("reverse KL")(*batch), atol=1e-5, rtol=1e-5)


@relaxed
@given(batches)
def test_forward_divergence_has_the_gradient_of_cross_entropy_towards_the_clipped_label(
    batch: tuple[Tensor, Tensor],
) -> None:
    logits, weak = batch
    expected = gradient(cross_entropy, logits, clipped_log(weak, gamma=GAMMA).exp())
    assert_close(gradient(_loss("forward KL"), logits, weak), expected, atol=1e-6, rtol=1e-5)


@relaxed
@given(batches)
def test_bounded_divergences_keep_their_bounds(batch: tuple[Tensor, Tensor]) -> None:
    assert bool((_loss("Jensen-Shannon")(*batch) <= math.log(2) + 1e-6).all())
    assert bool((_loss("Hellinger")(*batch) <= 1).all())
    assert bool((_loss("total variation")(*batch) <= 1 + 1e-6).all())
    # Le Cam: H^2 <= TV <= H sqrt(2 - H^2); Pinsker: TV^2 <= KL / 2.
    squared, distance = _loss("Hellinger")(*batch), _loss("total variation")(*batch)
    assert bool((squared <= distance + 1e-5).all())
    assert bool((distance <= (squared * (2 - squared)).sqrt() + 1e-4).all())
    assert bool((distance.square() <= _loss("reverse KL")(*batch) / 2 + 1e-5).all())


@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("forward KL", True),
        ("Jeffreys", True),
        ("reverse KL", False),
        ("reverse CE", False),
        ("Jensen-Shannon", False),
        ("Hellinger", False),
        ("total variation", False),
    ],
)
def test_only_forward_and_jeffreys_move_a_student_that_is_sure_of_the_wrong_class(
    name: str, moves: bool
) -> None:
    pull = gradient(_loss(name), torch.tensor([[20.0, -20.0]]), torch.tensor([[0.1, 0.9]]))
    assert (float(pull.abs().max()) > 0.5) == moves
    assert moves or float(pull.abs().max()) < 1e-6


def test_the_reverse_divergence_lets_the_student_leave_out_a_class_and_the_forward_one_does_not() -> None:
    weak = torch.tensor([[0.45, 0.45, 0.1]])
    leaves_out = torch.tensor([[0.0, 0.0, -12.0]])
    assert float(_loss("reverse KL")(leaves_out, weak)) < 0.12
    assert float(_loss("forward KL")(leaves_out, weak)) > 0.9


@relaxed
@given(batches, st.floats(0, 1))
def test_a_mixture_is_the_mixture(batch: tuple[Tensor, Tensor], weight: float) -> None:
    loss = mixed(_loss("reverse KL"), weight=weight)
    expected = (1 - weight) * cross_entropy(*batch) + weight * _loss("reverse KL")(*batch)
    assert_close(loss(*batch), expected, atol=1e-6, rtol=1e-6)


def test_a_mixture_of_nought_is_cross_entropy_itself() -> None:
    assert mixed(_loss("reverse KL"), weight=0.0) is cross_entropy


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_that_is_no_share_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"weight must be in \[0, 1\], got"):
        mixed(_loss("reverse KL"), weight=weight)


@pytest.mark.parametrize("gamma", [0.0, -1.0, float("nan")])
def test_labels_are_never_left_unclipped(gamma: float) -> None:
    with pytest.raises(ValueError, match="gamma must be above 0, got"):
        reverse_kl_divergence(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]), gamma=gamma)
