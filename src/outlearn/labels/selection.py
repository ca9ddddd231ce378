"""Which labels to keep, and how much each counts: by the teacher's confidence or by any other score.

Ties are broken by a hash of the example's id, so that neither the order of the examples nor the names of the
classes decide.

Letters in shapes: n examples, c classes, m of them kept.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from outlearn.core import SpecError, UsageError, unit_hash

ROUNDING = 1e-9
"""0.1 of 30 examples is 3 examples, though 0.1 * 30 is a little more than 3."""


def confidences(probabilities: Float[np.ndarray, "n c"]) -> Float[np.ndarray, " n"]:
    """Return (max p - 1/c) / (1 - 1/c): 0 for a uniform label and 1 for a hard one; 2|p - 1/2| for two."""
    chance = 1 / probabilities.shape[1]
    found: Float[np.ndarray, " n"] = (probabilities.max(axis=1) - chance) / (1 - chance)
    return found


def confidence_weights(
    probabilities: Float[np.ndarray, "n c"], *, strength: float
) -> Float[np.ndarray, " n"]:
    """Return the weights 1 - strength + strength * confidence; all exactly 1 when `strength` is 0.

    Args:
        probabilities: The labels.
        strength: In [0, 1].

    Raises:
        SpecError: If `strength` is out of its range.
        UsageError: If no label is left with any weight.
    """
    if not 0 <= strength <= 1:
        raise SpecError(f"strength must be in [0, 1], got {strength}")
    weights = (1 - strength) + strength * confidences(probabilities)
    if not weights.any():
        raise UsageError(
            "every label is undecided, so that none would count; use strength below 1, or another method"
        )
    return weights


def disagreement(
    probabilities: Float[np.ndarray, "n c"], *, others: Float[np.ndarray, "n c"]
) -> Float[np.ndarray, " n"]:
    """Return half the sum of absolute differences, in [0, 1]: the total variation distance of each label."""
    distance: Float[np.ndarray, " n"] = np.abs(probabilities - others).sum(axis=1) / 2
    return distance


def top_overall(scores: Float[np.ndarray, " n"], *, ids: Sequence[str], frac: float) -> Int[np.ndarray, " m"]:
    """Return the rows, in order, of the `frac` of all examples with the highest scores.

    Args:
        scores: One for each example.
        ids: The examples' ids.
        frac: In (0, 1]; a fraction of an example counts as one.

    Raises:
        SpecError: If `frac` is out of its range.
    """
    return np.sort(_best(np.arange(len(scores)), scores, ids, frac))


def top_per_class(
    scores: Float[np.ndarray, " n"],
    *,
    probabilities: Float[np.ndarray, "n c"],
    classes: Sequence[str],
    ids: Sequence[str],
    frac: float,
) -> Int[np.ndarray, " m"]:
    """Return the rows, in order, of the `frac` of each class's examples with the highest scores.

    An example belongs to the class that its label finds likeliest. One whose label ties for that belongs to
    no class and is not kept, unless everything is.

    Args:
        scores: One for each example.
        probabilities: The labels.
        classes: Their names.
        ids: The examples' ids.
        frac: In (0, 1]; a fraction of an example counts as one. 1 keeps every row.

    Raises:
        SpecError: If `frac` is out of its range.
        UsageError: If a class has no example, so that the student would not learn that it exists.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B, "confidence thresholding", with scores = confidences and
        frac from 0.05 to 0.2.
    """
    _check(frac)
    if frac == 1:
        return np.arange(len(scores))
    top = probabilities == probabilities.max(axis=1, keepdims=True)
    alone = top & (top.sum(axis=1, keepdims=True) == 1)
    kept = []
    for place, name in enumerate(classes):
        members = np.flatnonzero(alone[:, place])
        if len(members) == 0:
            raise UsageError(
                f"no example is labelled {name!r} rather than anything else, so no share of that class can be"
                " kept; use labels of every class, or keep all with frac = 1"
            )
        kept.append(_best(members, scores, ids, frac))
    return np.sort(np.concatenate(kept))


def _best(
    rows: Int[np.ndarray, " r"], scores: Float[np.ndarray, " n"], ids: Sequence[str], frac: float
) -> Int[np.ndarray, " m"]:
    _check(frac)
    hashes = np.array([unit_hash("selection", ids[row]) for row in rows])
    order = np.lexsort((hashes, -scores[rows]))
    return rows[order[: math.ceil(frac * len(rows) - ROUNDING)]]


def _check(frac: float) -> None:
    if not 0 < frac <= 1:
        raise SpecError(f"frac must be above 0 and at most 1, got {frac}")
