"""A noisy channel: gold passes through the teacher, who gets some of it wrong; what was gold, probably?

    gold y  --(TPR or FPR of this example)-->  weak label w
    P(y | w) is proportional to P(w | y) * prior(y), the prior being the student's own belief

The channel differs from example to example (a teacher that is sure is wrong less often) and is learnt without
gold, by making what the teacher said as likely as possible (EM). This is the channel of two classes, for a
belief as it is; `noisy_channel` is for any number, and finds out how far the belief can be trusted.

Letters in shapes: n examples, c classes, f channel features, p = f + 1 parameters, r rounds.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from outlearn.labels.distributions import hardened
from outlearn.labels.selection import confidences

SMALLEST = 1e-6
"""Nobody, the student included, is ever surer than this."""

START = float(np.log(0.8 / 0.2))
"""Before anything is learnt, the teacher is right on 80 % of either class."""

PENALTY = 1.0
"""Of a parameter's squared distance from its start, halved: a normal prior of standard deviation 1."""

MOST_HALVINGS = 30
MOST_ROUNDS = 200
ENOUGH = 1e-5
"""EM stops when a round adds less than this to the mean log-likelihood of an example."""


@dataclass(frozen=True, slots=True, eq=False)
class ChannelFit:
    """What came of EM."""

    posterior: Float[np.ndarray, "n c"]
    """Probabilities of gold."""

    objectives: Float[np.ndarray, " r"]
    """Penalised marginal log-likelihood after each round, in nats; never falls."""


def channel_features(
    probabilities: Float[np.ndarray, "n 2"], *, prior: Float[np.ndarray, "n 2"]
) -> Float[np.ndarray, "n f"]:
    """Return what the channel may depend on: the teacher's confidence and the prior's log-odds.

    Nothing here may depend on *which* class the teacher named, or the channel would predict it from itself.
    """
    margin = np.log(prior[:, 1].clip(SMALLEST)) - np.log(prior[:, 0].clip(SMALLEST))
    return np.stack([confidences(probabilities), margin], axis=1)


def em_posterior(
    probabilities: Float[np.ndarray, "n 2"],
    *,
    prior: Float[np.ndarray, "n 2"],
    features: Float[np.ndarray, "n f"],
) -> ChannelFit:
    """Return the probabilities of gold, given what the teacher said and what the student believed before.

    The channel is P(w = 1 | y = 1) = sigmoid(a . phi + a0) and P(w = 1 | y = 0) = sigmoid(b . phi + b0), with
    w the teacher's hard label (half of each where it ties) and phi the standardised features. Swapping the
    names of the classes swaps the posterior.

    Args:
        probabilities: The teacher's labels.
        prior: The student's belief, from anything but these labels' own example.
        features: What the channel may depend on, from `channel_features`.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", EM posterior. Deviations: the prior is from
        one prompt or probe, so the features lack the spread and the agreement of signs over several prompts;
        a normal prior holds the parameters near a teacher that is right on 80 %; the posterior is not
        tempered, for want of a stated rule.
    """
    said = hardened(probabilities)[:, 1]
    phi = _with_bias(features)
    believed = np.log(prior.clip(SMALLEST, 1 - SMALLEST))
    towards = np.zeros(phi.shape[1])
    towards[0] = START
    hit, false_alarm = towards.copy(), -towards
    objectives: list[float] = []
    while True:
        joint = believed + np.stack(
            [_log_likelihood(phi @ false_alarm, said), _log_likelihood(phi @ hit, said)], axis=1
        )
        marginal = np.logaddexp(joint[:, 0], joint[:, 1])
        distance = ((hit - towards) ** 2).sum() + ((false_alarm + towards) ** 2).sum()
        objectives.append(float(marginal.sum() - PENALTY / 2 * distance))
        posterior = np.exp(joint - marginal[:, None])
        gained = objectives[-1] - objectives[-2] if len(objectives) > 1 else np.inf
        if gained < ENOUGH * len(said) or len(objectives) == MOST_ROUNDS:
            return ChannelFit(posterior=posterior, objectives=np.array(objectives))
        hit = _improved(phi, said, weights=posterior[:, 1], towards=towards, start=hit)
        false_alarm = _improved(phi, said, weights=posterior[:, 0], towards=-towards, start=false_alarm)


def _improved(
    phi: Float[np.ndarray, "n p"],
    said: Float[np.ndarray, " n"],
    *,
    weights: Float[np.ndarray, " n"],
    towards: Float[np.ndarray, " p"],
    start: Float[np.ndarray, " p"],
) -> Float[np.ndarray, " p"]:
    """Return parameters that predict better what was said of the examples that have weight.

    One Newton step, halved until it goes uphill: EM needs no more of a maximisation than that.
    """

    def objective(parameters: Float[np.ndarray, " p"]) -> float:
        fits = (weights * _log_likelihood(phi @ parameters, said)).sum()
        return float(fits - PENALTY / 2 * ((parameters - towards) ** 2).sum())

    chance = _sigmoid(phi @ start)
    slope = phi.T @ (weights * (said - chance)) - PENALTY * (start - towards)
    curvature = (phi * (weights * chance * (1 - chance))[:, None]).T @ phi + PENALTY * np.eye(len(start))
    step, reached = np.linalg.solve(curvature, slope), objective(start)
    for _ in range(MOST_HALVINGS):
        if objective(start + step) >= reached:
            better: Float[np.ndarray, " p"] = start + step
            return better
        step = step / 2
    return start


def _sigmoid(scores: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    chances: Float[np.ndarray, " n"] = np.exp(-np.logaddexp(0, -scores))
    return chances


def _log_likelihood(
    scores: Float[np.ndarray, " n"], said: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    logs: Float[np.ndarray, " n"] = said * scores - np.logaddexp(0, scores)
    return logs


def _with_bias(features: Float[np.ndarray, "n f"]) -> Float[np.ndarray, "n p"]:
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    standardised = centred / np.where(spread > 1e-12, spread, 1.0)
    return np.concatenate([np.ones((len(features), 1)), standardised], axis=1)
