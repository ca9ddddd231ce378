"""Accuracy of predictions, per example, with ties given no side."""

import numpy as np
from jaxtyping import Float64, Int64

# n: examples, c: classes


def fraction_correct(
    probabilities: Float64[np.ndarray, "n c"], *, gold: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """Return 1 where the most probable class is the gold one, 0 where it is not, and a fraction in a tie.

    A maximum shared by k classes, the gold one among them, counts 1/k: what guessing among them would score.
    So an untrained head, whose classes all tie, scores chance, and the order of the classes never matters.
    """
    of_gold = np.take_along_axis(choices(probabilities), gold[:, None], axis=1)[:, 0]
    return np.asarray(of_gold, dtype=np.float64)


def choices(probabilities: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, "n c"]:
    """Return how often each class would be chosen: 1 for the most probable, 1/k each for k that tie."""
    tied = probabilities == probabilities.max(axis=1, keepdims=True)
    return np.asarray(tied / tied.sum(axis=1, keepdims=True), dtype=np.float64)
