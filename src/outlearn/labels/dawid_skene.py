"""Dawid and Skene's model: each teacher has a confusion matrix, and nobody knows gold.

    gold y  --(row y of teacher k's confusion matrix)-->  vote of teacher k, independently for each teacher

EM turns votes into probabilities of gold, from a start that depends on nothing but the votes.

Letters in shapes: n examples, k teachers, c classes, r rounds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from outlearn.labels.distributions import hardened

MOST_ROUNDS = 500
ENOUGH = 1e-8
"""EM stops when a round adds less than this to the mean log-likelihood of an example."""

SMALLEST = 1e-12
SMOOTHING = 1.0
"""Votes of each kind that every teacher is given beforehand; without them a matrix may hold zeros."""

LogPrior = Callable[[Float[np.ndarray, "n c"]], Float[np.ndarray, "n c"]]


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """What came of EM."""

    probabilities: Float[np.ndarray, "n c"]
    """Of gold."""

    confusions: Float[np.ndarray, "k c c"]
    """Each teacher's P(vote = column | gold = row)."""

    prior: Float[np.ndarray, " c"]
    """Share of each class."""

    objectives: Float[np.ndarray, " r"]
    """Log-likelihood, plus the smoothing's share, after each round, in nats; never falls."""


def dawid_skene(votes: Float[np.ndarray, "n k c"], *, smoothing: float = SMOOTHING) -> DawidSkene:
    """Return the classes' probabilities under teachers that err independently given gold.

    Votes are hardened, as in the model; what ties is shared. Starts from the majority.

    Args:
        votes: Each teacher's probabilities.
        smoothing: Votes that each cell of each confusion matrix holds beforehand, above 0.

    Reference:
        Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm",
        sec. 3. The smoothing is ours.
    """
    hard = hardened(votes)
    return _em(hard, start=hard.mean(axis=1), log_prior=_shares_of, smoothing=smoothing)


def confusion_channel(
    probabilities: Float[np.ndarray, "n c"],
    *,
    prior: Float[np.ndarray, "n c"],
    smoothing: float = SMOOTHING,
) -> DawidSkene:
    """Return the probabilities of gold, given one teacher's labels and a belief about each example.

    The channel for more than two classes: one confusion matrix for all examples. A soft label counts as
    fractions of votes.

    Args:
        probabilities: The teacher's labels.
        prior: The student's belief before, from anything but these labels' own example.
        smoothing: See `dawid_skene`.

    Reference:
        Dawid and Skene 1979, sec. 3, with a prior for each example, as in Wen et al. 2026 (automated
        alignment researchers), "EM posterior", who treat two classes only.
    """
    believed = np.log(prior.clip(min=SMALLEST))
    start = (prior + probabilities) / 2
    return _em(probabilities[:, None, :], start=start, log_prior=lambda _: believed, smoothing=smoothing)


def _shares_of(posterior: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    shares = np.log(posterior.mean(axis=0).clip(min=SMALLEST))
    return np.broadcast_to(shares, posterior.shape)


def _em(
    votes: Float[np.ndarray, "n k c"],
    *,
    start: Float[np.ndarray, "n c"],
    log_prior: LogPrior,
    smoothing: float,
) -> DawidSkene:
    posterior = start
    objectives: list[float] = []
    while True:
        counts = np.einsum("ni,nkj->kij", posterior, votes) + smoothing
        confusions = counts / counts.sum(axis=-1, keepdims=True)
        logs = np.log(confusions)
        joint = log_prior(posterior) + np.einsum("nkj,kij->ni", votes, logs)
        highest = joint.max(axis=1, keepdims=True)
        marginal = highest[:, 0] + np.log(np.exp(joint - highest).sum(axis=1))
        posterior = np.exp(joint - marginal[:, None])
        objectives.append(float(marginal.sum() + smoothing * logs.sum()))
        gained = objectives[-1] - objectives[-2] if len(objectives) > 1 else np.inf
        if gained < ENOUGH * len(votes) or len(objectives) == MOST_ROUNDS:
            return DawidSkene(
                probabilities=posterior / posterior.sum(axis=1, keepdims=True),
                confusions=confusions,
                prior=posterior.mean(axis=0),
                objectives=np.array(objectives),
            )
