"""What an example's nearest neighbours are labelled, by the cosine between features; never counting itself.

A point that is its own neighbour votes for its own label, so that nothing is ever found wrong with it.

Letters in shapes: n examples, h features, c classes, m examples looked at together.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from outlearn.core import SpecError, UsageError

ROWS_AT_ONCE = 1024
"""Similarities of this many examples to all others are held at once: 40 MB for 10,000 in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What the neighbours of n examples say."""

    labels: Float[np.ndarray, "n c"]
    """Mean label of the neighbours."""

    density: Float[np.ndarray, " n"]
    """Mean cosine to the neighbours, in [-1, 1]."""


def neighbours(
    features: Float[np.ndarray, "n h"], *, labels: Float[np.ndarray, "n c"], num_neighbours: int = 50
) -> Neighbours:
    """Return the mean label of, and mean cosine to, the nearest other examples.

    Features are centred first: hidden states share a large common part, beside which all cosines look alike.
    Examples tied for the last place share it, so the order of the examples does not decide. Where there are
    fewer other examples than asked for, all of them are the neighbours.

    Args:
        features: One row an example.
        labels: Soft labels of the same examples.
        num_neighbours: At least 1.

    Raises:
        SpecError: If `num_neighbours` is less than 1.
        UsageError: If there is but one example.

    Reference:
        EleutherAI 2024, "Experiments in weak-to-strong generalization" (k = 50), where a point was its own
        neighbour; here it is left out. Centring is ours.
    """
    if num_neighbours < 1:
        raise SpecError(f"k must be at least 1, got {num_neighbours}")
    if len(features) < 2:
        raise UsageError("one example alone has no neighbours; give two or more")
    taken = min(num_neighbours, len(features) - 1)
    directions = unit_rows(features)
    found, density = np.empty(labels.shape), np.empty(len(labels))
    for start in range(0, len(features), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        cosines = directions[rows] @ directions.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -np.inf
        shares = _shares(cosines, taken)
        found[rows] = shares @ labels / taken
        cosines[shares == 0] = 0
        density[rows] = (shares * cosines).sum(axis=1) / taken
    return Neighbours(labels=found, density=density)


def unit_rows(features: Float[np.ndarray, "n h"]) -> Float[np.ndarray, "n h"]:
    """Return the features centred and of length 1; one at the centre stays there."""
    centred = features - features.mean(axis=0, dtype=np.float64).astype(features.dtype)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    directions: Float[np.ndarray, "n h"] = centred / np.where(lengths > 0, lengths, np.ones_like(lengths))
    return directions


def _shares(cosines: Float[np.ndarray, "m n"], taken: int) -> Float[np.ndarray, "m n"]:
    """Return how much of each example is among the `taken` nearest: 1, 0, or a share of the last place."""
    last = np.partition(cosines, -taken, axis=1)[:, -taken][:, None]
    nearer, tied = cosines > last, cosines == last
    left = taken - nearer.sum(axis=1, keepdims=True)
    shares: Float[np.ndarray, "m n"] = nearer + tied * (left / tied.sum(axis=1, keepdims=True))
    return shares
