"""L-BFGS for smooth convex functions, for the few parameters of a probe.

SciPy's own spends its time waking threads where there are few parameters and many cores: a hundred times as
long as the arithmetic takes, and more on a machine that is busy.

Letters in shapes: p parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

MEMORY = 10
"""Steps that the curvature is estimated from."""

LEAST_DECREASE = 1e-4
"""Share of the decrease that the slope promises which a step must keep."""

MOST_HALVINGS = 30
FLAT = 1e-12
"""Cosine between a step and the gradient's change below which the step teaches nothing of the curvature."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A function at a point."""

    value: float
    gradient: Float[np.ndarray, " p"]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step that was taken, and what it did to the gradient."""

    moved: Float[np.ndarray, " p"]
    turned: Float[np.ndarray, " p"]


def minimise(
    function: Callable[[Float[np.ndarray, " p"]], Evaluation],
    *,
    start: Float[np.ndarray, " p"],
    gradient_tolerance: float,
    most_iterations: int,
) -> Float[np.ndarray, " p"]:
    """Return where the function is least, as far as the tolerance or the iterations allow.

    Args:
        function: Smooth and convex.
        start: Where to begin.
        gradient_tolerance: No entry of the gradient is larger where it stops, unless the iterations run out
            or rounding lets no step go downhill.
        most_iterations: Steps at most.

    Reference:
        Nocedal and Wright 2006, "Numerical Optimization", algorithms 7.4 and 3.1 (steps are halved until they
        go far enough downhill).
    """
    place, here = start, function(start)
    steps: list[_Step] = []
    for _ in range(most_iterations):
        if np.abs(here.gradient).max() <= gradient_tolerance:
            break
        direction = -_estimated(here.gradient, steps)
        promised = float(direction @ here.gradient)
        length = 1.0 if steps else min(1.0, 1 / float(np.abs(here.gradient).sum()))
        for _ in range(MOST_HALVINGS):
            there = function(place + length * direction)
            if there.value <= here.value + LEAST_DECREASE * length * promised:
                break
            length /= 2
        else:
            break
        step = _Step(moved=length * direction, turned=there.gradient - here.gradient)
        curvature = step.moved @ step.turned
        if curvature > FLAT * np.linalg.norm(step.moved) * np.linalg.norm(step.turned):
            steps = [*steps[-(MEMORY - 1) :], step]
        place, here = place + step.moved, there
    return place


def _estimated(gradient: Float[np.ndarray, " p"], steps: list[_Step]) -> Float[np.ndarray, " p"]:
    """Return the inverse of the Hessian, as the last steps show it, times the gradient (algorithm 7.4)."""
    left = gradient
    shares = []
    for step in reversed(steps):
        share = (step.moved @ left) / (step.moved @ step.turned)
        left = left - share * step.turned
        shares.append(share)
    if steps:
        left = left * (steps[-1].moved @ steps[-1].turned) / (steps[-1].turned @ steps[-1].turned)
    for step, share in zip(steps, reversed(shares), strict=True):
        left = left + (share - (step.turned @ left) / (step.moved @ step.turned)) * step.moved
    return left
