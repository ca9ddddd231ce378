"""Boosting: what a member of a committee is worth, and which examples the next one should mind.

Reference:
    Freund and Schapire 1997, "A decision-theoretic generalization of on-line learning and an application to
    boosting"; with more than two classes, Zhu et al. 2009, "Multi-class AdaBoost" (SAMME).
"""

import math

import numpy as np
from jaxtyping import Bool, Float

from outlearn.labels.distributions import hardened

SMALLEST_ERROR = 1e-6
"""A member without errors would silence all others."""


def member_weight(error: float, *, num_classes: int) -> float:
    """Return a member's share of the vote, at least 0: none if it does no better than guessing.

    Args:
        error: Its weighted share of errors where it was trained, in [0, 1].
        num_classes: At least 2.
    """
    bounded = min(max(error, SMALLEST_ERROR), 1 - SMALLEST_ERROR)
    return max(0.0, math.log((1 - bounded) / bounded) + math.log(num_classes - 1))


def reweighed(
    weights: Float[np.ndarray, " n"], wrong: Bool[np.ndarray, " n"], *, share: float
) -> Float[np.ndarray, " n"]:
    """Return the examples' weights for the next member, of mean 1: those it got wrong count for more."""
    raised = weights * np.exp(share * wrong)
    mean_one: Float[np.ndarray, " n"] = raised / raised.mean()
    return mean_one


def weighted_vote(
    votes: Float[np.ndarray, "n k c"], *, shares: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "n c"]:
    """Return the share of the vote that each class gets; members vote for their likeliest class."""
    said: Float[np.ndarray, "n c"] = np.einsum("nkc,k->nc", hardened(votes), shares / shares.sum())
    return said
