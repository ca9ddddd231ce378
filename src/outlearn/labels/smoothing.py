"""Labels made less certain, the more so the less their examples are worth by some score.

Letters in shapes: n examples, c classes.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from outlearn.core import SpecError, unit_hash


def smoothed_by_rank(
    probabilities: Float[np.ndarray, "n c"],
    *,
    scores: Float[np.ndarray, " n"],
    ids: Sequence[str],
    frac: float,
    convexity: float,
) -> Float[np.ndarray, "n c"]:
    """Return the labels with the lowest-scored `frac` of them moved towards the uniform distribution.

    Of m labels that are moved, the one in place r from the bottom (0, 1, ...) goes (1 - r / m)^convexity of
    the way: the lowest becomes uniform, and those near the top of the m hardly change. Ties are broken by a
    hash of the id.

    Args:
        probabilities: The labels.
        scores: One for each example.
        ids: The examples' ids.
        frac: Share of the labels that is moved, in [0, 1]; rounded to whole examples, and 0 moves none.
        convexity: Above 0; the larger, the faster the way there shrinks.

    Raises:
        SpecError: If a parameter is out of its range.
    """
    if not (0 <= frac <= 1 and 0 < convexity < np.inf):
        raise SpecError(
            f"frac must be in [0, 1] and convexity above 0 and finite, got {frac} and {convexity}"
        )
    moved = round(frac * len(ids))
    hashes = np.array([unit_hash("smoothing", name) for name in ids])
    lowest = np.lexsort((hashes, scores))[:moved]
    way = ((1 - np.arange(moved) / max(moved, 1)) ** convexity)[:, None]
    smoothed = probabilities.copy()
    smoothed[lowest] = (1 - way) * probabilities[lowest] + way / probabilities.shape[1]
    return smoothed
