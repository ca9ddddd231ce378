"""Methods that differ from naive fine-tuning by their loss or settings alone: promises, parameters, zero."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch

from outlearn.core import SpecError
from outlearn.labels import LabelSet
from outlearn.methods import Method, Prompting, check_method
from outlearn.methods.adaptive_confidence import adaptive_confidence
from outlearn.methods.confidence_terms import entropy_confidence, l2_confidence
from outlearn.methods.confidence_window import confidence_window
from outlearn.methods.divergences import (
    hellinger,
    jeffreys,
    jensen_shannon,
    reverse_ce,
    reverse_kl,
    total_variation,
)
from outlearn.methods.naive import naive
from outlearn.methods.product_confidence import geometric_confidence, product_confidence
from outlearn.methods.regularized import averaged_weights, weight_regularized
from outlearn.methods.robust_losses import generalized_cross_entropy, symmetric_cross_entropy
from outlearn.methods.soft_confidence import soft_confidence
from outlearn.methods.trial import Outcome, labels_of, run_trial, soft_labels
from outlearn.training import Placement

torch.set_num_threads(1)
Factory = Callable[..., Method]
Params = dict[str, float]

DIVERGENCES: tuple[Factory, ...] = (
    reverse_kl,
    reverse_ce,
    jensen_shannon,
    jeffreys,
    hellinger,
    total_variation,
)
# What makes each method naive.
ZERO: dict[Factory, Params] = {
    **{factory: {"weight": 0.0} for factory in DIVERGENCES},
    generalized_cross_entropy: {"q": 0.0},
    symmetric_cross_entropy: {"alpha": 1.0, "beta": 0.0},
    entropy_confidence: {"max_weight": 0.0},
    l2_confidence: {"max_weight": 0.0},
    product_confidence: {"max_power": 0.0},
    geometric_confidence: {"max_weight": 0.0},
    soft_confidence: {"max_weight": 0.0},
    confidence_window: {"radius": 1.0},
    adaptive_confidence: {"weight": 0.0},
    weight_regularized: {"weight_decay": 0.0, "dropout": 0.0},
    averaged_weights: {"decay": 0.0},
}
# Beside the defaults, which every registered method is tried with elsewhere.
OTHERS: dict[Factory, Params] = {
    reverse_kl: {"gamma": 1e-6, "weight": 0.5},
    symmetric_cross_entropy: {"alpha": 6.0, "beta": 0.1, "floor": -9.2},
    entropy_confidence: {"max_weight": 1.0, "ramp_frac": 0.0},
    product_confidence: {"ramp_frac": 0.0},
    confidence_window: {"radius": 0.15},
    adaptive_confidence: {"temperature": 0.05},
    weight_regularized: {"weight_decay": 10.0, "dropout": 0.5},
}


def _trial(method: Method | Prompting, labels: LabelSet) -> Outcome:
    assert isinstance(method, Method)
    return run_trial(method, labels, placement=Placement())


@cache
def _naive(num_classes: int) -> Outcome:
    return _trial(naive(), soft_labels(num_classes))


@pytest.mark.parametrize("factory", OTHERS, ids=lambda factory: factory.__name__)
def test_a_method_keeps_every_promise_with_other_parameters(factory: Factory) -> None:
    check_method(factory(**OTHERS[factory]))


@pytest.mark.parametrize("factory", ZERO, ids=lambda factory: factory.__name__)
@pytest.mark.parametrize("num_classes", [2, 3])
def test_a_strength_of_nought_is_naive_to_the_bit(factory: Factory, num_classes: int) -> None:
    nought = _trial(factory(**ZERO[factory]), soft_labels(num_classes))
    assert nought.weights == _naive(num_classes).weights
    assert np.array_equal(nought.losses, _naive(num_classes).losses)


@pytest.mark.parametrize("factory", ZERO, ids=lambda factory: factory.__name__)
def test_the_defaults_are_not_naive(factory: Factory) -> None:
    assert _trial(factory(), soft_labels(2)).weights != _naive(2).weights


@pytest.mark.parametrize("factory", ZERO, ids=lambda factory: factory.__name__)
def test_a_method_can_be_named_in_a_reference_list(factory: Factory) -> None:
    key, _, section = factory().reference.partition(", ")
    assert key.isidentifier()
    assert section


@pytest.mark.parametrize("factory", [entropy_confidence, l2_confidence, product_confidence])
def test_a_student_that_believes_itself_ends_surer(factory: Factory) -> None:
    outcome = _trial(factory(ramp_frac=0.0), soft_labels(2))
    assert outcome.probabilities.max(axis=1).mean() > _naive(2).probabilities.max(axis=1).mean() + 0.005


def test_a_window_that_is_never_open_after_the_first_step_stops_the_training() -> None:
    """An untrained head knows nothing, so it listens once; nobody is unsure within 0 after that."""
    labels = labels_of(soft_labels(2).hard())
    outcome = _trial(confidence_window(radius=0.0), labels)
    assert outcome.losses[0] > 0
    assert (outcome.losses[1:] == 0).all()


@pytest.mark.parametrize(
    ("factory", "params", "says"),
    [
        (reverse_kl, {"gamma": 0.0}, r"reverse_kl: gamma must be in \[1e-06, 0\.1\], got 0\.0"),
        (jeffreys, {"weight": 1.5}, r"jeffreys: weight must be in \[0, 1\], got 1\.5"),
        (generalized_cross_entropy, {"q": float("nan")}, r"q must be in \[0, 1\], got nan"),
        (symmetric_cross_entropy, {"floor": 0.0}, r"floor must be in \[-20, -0\.1\], got 0\.0"),
        (symmetric_cross_entropy, {"alpha": -1.0}, "alpha must be in"),
        (symmetric_cross_entropy, {"beta": -1.0}, "beta must be in"),
        (entropy_confidence, {"max_weight": 2.0}, "entropy_confidence: max_weight must be in"),
        (l2_confidence, {"ramp_frac": -0.1}, "l2_confidence: ramp_frac must be in"),
        (product_confidence, {"max_power": 1.5}, "product_confidence: max_power must be in"),
        (geometric_confidence, {"max_weight": -1.0}, "geometric_confidence: max_weight must be in"),
        (soft_confidence, {"max_weight": 1.1}, "soft_confidence: max_weight must be in"),
        (confidence_window, {"radius": -0.1}, "confidence_window: radius must be in"),
        (adaptive_confidence, {"temperature": 0.0}, "adaptive_confidence: temperature must be in"),
        (weight_regularized, {"dropout": 1.0}, "weight_regularized: dropout must be in"),
        (averaged_weights, {"decay": 1.0}, "averaged_weights: decay must be in"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(factory: Factory, params: Params, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        factory(**params)
