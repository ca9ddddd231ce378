"""Rows of scores made distributions: shared as the softmax does, or given to the largest alone.

Letters in shapes: n examples, c classes.
"""

import numpy as np
from jaxtyping import Float


def softmax(scores: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    """Return each row's exponentials, normalised; no row overflows."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shared: Float[np.ndarray, "n c"] = powers / powers.sum(axis=1, keepdims=True)
    return shared


def hardened(probabilities: Float[np.ndarray, "*any c"]) -> Float[np.ndarray, "*any c"]:
    """Return 1 for the likeliest class and 0 for others; classes that tie share."""
    top = (probabilities == probabilities.max(axis=-1, keepdims=True)).astype(np.float64)
    shared: Float[np.ndarray, "*any c"] = top / top.sum(axis=-1, keepdims=True)
    return shared
