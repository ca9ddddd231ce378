"""Batches that the tests of losses share, and what a loss must never do with them."""

from collections.abc import Callable

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

PerExample = Callable[[Tensor, Tensor], Tensor]
relaxed = settings(deadline=None, max_examples=40)


def batch(*, num_examples: int, num_classes: int, seed: int, hard: bool = False) -> tuple[Tensor, Tensor]:
    """Return logits and labels, in float32."""
    drawn = np.random.default_rng(seed)
    logits = 3 * drawn.normal(size=(num_examples, num_classes))
    weak = drawn.dirichlet(np.ones(num_classes), size=num_examples)
    if hard:
        weak = np.eye(num_classes)[weak.argmax(axis=1)]
    return torch.tensor(logits, dtype=torch.float32), torch.tensor(weak, dtype=torch.float32)


batches = st.builds(
    batch,
    num_examples=st.integers(1, 9),
    num_classes=st.integers(2, 5),
    seed=st.integers(0, 10_000),
    hard=st.booleans(),
)


def softmax(logits: Tensor) -> np.ndarray:
    """Return the student's probabilities in float64."""
    exact = logits.double().numpy()
    powers = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def extremes(*, num_classes: int) -> tuple[Tensor, Tensor]:
    """Return every saturated student beside every hard label, and beside a soft one."""
    sure = 160 * torch.eye(num_classes) - 80
    labels = torch.cat([torch.eye(num_classes), torch.full((1, num_classes), 1 / num_classes)])
    pairs = [(logits, label) for logits in [*sure, torch.zeros(num_classes)] for label in labels]
    return torch.stack([logits for logits, _ in pairs]), torch.stack([label for _, label in pairs])


def gradient(loss: PerExample, logits: Tensor, targets: Tensor) -> Tensor:
    """Return the gradient of the batch's summed loss with respect to the logits."""
    leaf = logits.clone().requires_grad_()
    (found,) = torch.autograd.grad(loss(leaf, targets).sum(), leaf)
    return found


def assert_finite_at_extremes(loss: PerExample) -> None:
    """Fail unless values and gradients are finite where student and label are as sure as can be."""
    for num_classes in (2, 3):
        logits, labels = extremes(num_classes=num_classes)
        assert bool(loss(logits, labels).isfinite().all())
        assert bool(gradient(loss, logits, labels).isfinite().all())


def assert_gradient_is_the_slope(loss: PerExample, logits: Tensor, targets: Tensor) -> None:
    """Fail unless the gradient is what small steps in every direction find, in float32."""
    found = gradient(loss, logits, targets)
    step = 2e-2
    for place in range(logits.shape[1]):
        aside = torch.zeros(logits.shape[1])
        aside[place] = step
        slope = (loss(logits + aside, targets) - loss(logits - aside, targets)) / (2 * step)
        assert_close(found[:, place], slope, atol=2e-3, rtol=1e-2)


def assert_classes_have_no_names(loss: PerExample, logits: Tensor, targets: Tensor) -> None:
    """Fail unless turning the classes of both sides leaves every example's loss as it was."""
    turned = loss(logits.roll(1, dims=1), targets.roll(1, dims=1))
    assert_close(turned, loss(logits, targets), atol=1e-5, rtol=1e-5)
