"""The losses of many students at once: targets student by student, then all that share a loss together.

Letters in shapes: k students, n examples of each, b of a batch, c classes, s steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from outlearn.core import TrainingError
from outlearn.training.losses import Loss, PerExample


@runtime_checkable
class Taught(Protocol):
    """What a student learns from."""

    @property
    def labels(self) -> Float[np.ndarray, "n c"]:
        """Return its soft labels."""

    @property
    def weights(self) -> Float[np.ndarray, " n"]:
        """Return how much each example counts."""

    @property
    def loss(self) -> Loss:
        """Return what it minimises."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What the students minimise; those that share a loss lie next to each other here."""

    place: Int64[Tensor, " k"]
    """Each student's place in the stack."""

    back: Int64[Tensor, " k"]
    """Each of the stack's places here."""

    losses: tuple[Loss, ...]
    kinds: tuple[tuple[PerExample, int], ...]
    """What is minimised, and by how many students in a row."""

    starts: Int64[Tensor, " k"]
    """Row of each student's first example in the two below, where one student follows the other."""

    labels: Float32[Tensor, "kn c"]
    weights: Float32[Tensor, " kn"]


def lessons_of(students: Sequence[Taught], device: torch.device) -> Lessons:
    """Return what these students minimise, who learn from the same number of examples."""
    kinds: dict[PerExample, list[int]] = {}
    for number, student in enumerate(students):
        kinds.setdefault(student.loss.per_example, []).append(number)
    place = np.array([number for same in kinds.values() for number in same])
    labels = np.concatenate([students[number].labels.astype(np.float32) for number in place])
    weights = np.concatenate([students[number].weights / students[number].weights.mean() for number in place])
    return Lessons(
        place=torch.from_numpy(place).to(device),
        back=torch.from_numpy(np.argsort(place)).to(device),
        losses=tuple(students[number].loss for number in place),
        kinds=tuple((per_example, len(same)) for per_example, same in kinds.items()),
        starts=torch.arange(len(students), device=device) * len(students[0].labels),
        labels=torch.from_numpy(labels).to(device),
        weights=torch.from_numpy(weights.astype(np.float32)).to(device),
    )


def batch_losses(
    lessons: Lessons, chosen: Int64[Tensor, "k b"], scores: Float32[Tensor, "k b c"], *, progress: float
) -> Float32[Tensor, " k"]:
    """Return each student's mean loss over its batch; all is in the order of the lessons.

    Args:
        lessons: From `lessons_of`.
        chosen: Each student's examples.
        scores: Its logits for them.
        progress: Share of the training that is done.
    """
    rows = (chosen + lessons.starts[:, None]).flatten()
    targets = lessons.labels.index_select(0, rows).view_as(scores)
    weights = lessons.weights.index_select(0, rows).view(scores.shape[:2])
    for loss, own, target in zip(lessons.losses, scores.detach(), targets, strict=True):
        if loss.retarget is not None:
            target.copy_(loss.retarget(own, target, progress))
    numbers = [number for _, number in lessons.kinds]
    own_scores, own_targets = torch.split(scores, numbers), torch.split(targets, numbers)
    each = [
        per_example(own.flatten(0, 1), target.flatten(0, 1)).view(number, -1)
        for (per_example, number), own, target in zip(lessons.kinds, own_scores, own_targets, strict=True)
    ]
    return (weights * torch.cat(each)).sum(1) / weights.shape[1]


def check_finite(losses: Float[Tensor, "s k"], names: Sequence[str]) -> None:
    """Raise a `TrainingError` that names the first student whose loss is not finite, if there is one."""
    finite = torch.isfinite(losses)
    if not bool(finite.all()):
        step, number = (~finite).nonzero()[0].tolist()
        raise TrainingError(
            f"{names[number]}: the loss of step {step}, or its gradient, is not finite"
            f" ({float(losses[step, number])}); lower the learning rate"
        )
