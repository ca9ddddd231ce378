"""Every method trains whole models, adapters and probes, or says why it cannot."""

import numpy as np
import pytest
import torch

from outlearn.core import UsageError
from outlearn.methods import Method, methods, trial
from outlearn.methods.trial import run_trial, soft_labels
from outlearn.training import Placement

torch.set_num_threads(1)
TRAINING = [name for name in methods.names() if isinstance(methods[name](), Method)]
NOT_FOR_PROBES = {"consistency", "lp_ft"}


@pytest.mark.parametrize("name", TRAINING)
def test_a_method_trains_adapters(name: str) -> None:
    method = methods[name]()
    assert isinstance(method, Method)
    labels = soft_labels(2)
    outcome = run_trial(method, labels, placement=Placement(), track="adapters")
    assert np.isfinite(outcome.probabilities).all()
    assert outcome.weights != trial._digest(trial._model("adapters", num_classes=2))


@pytest.mark.parametrize("name", TRAINING)
def test_a_method_trains_probes_or_says_why_not(name: str) -> None:
    method = methods[name]()
    assert isinstance(method, Method)
    if name in NOT_FOR_PROBES:
        with pytest.raises(UsageError, match="probe"):
            run_trial(method, soft_labels(2), placement=Placement(), track="features")
    else:
        outcome = run_trial(method, soft_labels(2), placement=Placement(), track="features")
        assert np.isfinite(outcome.probabilities).all()
