"""Several teachers into one: rules that turn votes into one label an example. For `dawid_skene`, see there.

The order of the teachers never matters, and neither do the classes' names.

Letters in shapes: n examples, k teachers, c classes.
"""

import numpy as np
from jaxtyping import Float

from outlearn.labels.distributions import hardened, softmax

SMALLEST = 1e-12
"""Probabilities are kept from below by this before their logarithm is taken, or one teacher would veto."""


def mean_vote(votes: Float[np.ndarray, "n k c"]) -> Float[np.ndarray, "n c"]:
    """Return the teachers' mean probabilities."""
    mean = votes.mean(axis=1)
    normalised: Float[np.ndarray, "n c"] = mean / mean.sum(axis=1, keepdims=True)
    return normalised


def logit_mean_vote(votes: Float[np.ndarray, "n k c"]) -> Float[np.ndarray, "n c"]:
    """Return the softmax of the teachers' mean logits: the geometric mean of probabilities, normalised."""
    return softmax(np.log(votes.clip(min=SMALLEST)).mean(axis=1))


def majority_vote(votes: Float[np.ndarray, "n k c"]) -> Float[np.ndarray, "n c"]:
    """Return one for the class that most teachers find likeliest; classes that tie share.

    A teacher that is undecided between classes gives each an equal part of its vote.
    """
    # Thirds and sixths do not add up exactly; without rounding they would break ties.
    return hardened(hardened(votes).sum(axis=1).round(9))
