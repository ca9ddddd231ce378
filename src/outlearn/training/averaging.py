"""The exponential moving average of the weights during training, which replaces them at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """A running average of a model's trainable weights; with a decay of 0 there is none.

    The first average is the weights before the first step, as in Burns et al. 2023, app. B, where no detail
    is given; no correction for that start is made.

    Args:
        model: Whose weights are averaged.
        decay: Share of the average that a step keeps, in [0, 1).
    """

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.weights = [value for value in model.parameters() if value.requires_grad] if decay else []
        self.average: list[Tensor] = [value.detach().clone() for value in self.weights]

    def update(self) -> None:
        """Take in the weights after a step."""
        if self.average:
            torch._foreach_lerp_(self.average, [w.detach() for w in self.weights], 1 - self.decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have the model hold the average for a while."""
        self._swap()
        yield
        self._swap()

    def apply(self) -> None:
        """Have the model hold the average from now on."""
        with torch.no_grad():
            for value, mean in zip(self.weights, self.average, strict=True):
                value.copy_(mean)

    def _swap(self) -> None:
        """Have weights and average change places, a tensor at a time: there is no memory for more."""
        with torch.no_grad():
            for value, mean in zip(self.weights, self.average, strict=True):
                kept = value.clone()
                value.copy_(mean)
                mean.copy_(kept)
