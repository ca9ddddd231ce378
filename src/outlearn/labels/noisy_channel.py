"""What gold probably was, for any number of classes and a belief whose sureness is not to be trusted.

A belief may be too sure (a prompted model) or not sure enough. A probe fitted to weak labels is the second:
it says how often the *teacher* names a class, noise and all. Taken at its word, such a belief leaves nothing
for a channel to explain, EM finds a teacher without fault, and its labels come back. So the belief is
sharpened or blunted first, by whichever power makes what the teacher said likeliest.

Letters in shapes: n examples, c classes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from outlearn.labels.channel import channel_features, em_posterior
from outlearn.labels.dawid_skene import confusion_channel
from outlearn.labels.distributions import softmax

SHARPNESSES = (1.0, 2.0, 4.0, 8.0, 16.0, 0.5, 0.25)
"""Powers that are tried; of those that do equally well the first is taken."""

SMALLEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Probabilities of gold and how they came about."""

    probabilities: Float[np.ndarray, "n c"]

    sharpness: float
    """The power to which the belief was raised; above 1, it was not sure enough."""

    objective: float
    """Penalised marginal log-likelihood of what the teacher said, in nats."""


def noisy_channel(probabilities: Float[np.ndarray, "n c"], *, belief: Float[np.ndarray, "n c"]) -> Posterior:
    """Return the probabilities of gold, given what the teacher said and what the student believed before.

    For two classes the channel depends on the teacher's confidence and the belief's log-odds
    (`em_posterior`); for more it is one confusion matrix (`confusion_channel`).

    Args:
        probabilities: The teacher's labels.
        belief: The student's, of each example; best from anything but these labels' own example.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", EM posterior, where it is the posterior that
        is tempered, by a rule that is not stated. Tempering the belief by likelihood is ours.
    """
    found = [_with_sharpness(probabilities, belief, sharpness) for sharpness in SHARPNESSES]
    return max(found, key=lambda posterior: posterior.objective)


def _with_sharpness(
    probabilities: Float[np.ndarray, "n c"], belief: Float[np.ndarray, "n c"], sharpness: float
) -> Posterior:
    prior = softmax(sharpness * np.log(belief.clip(min=SMALLEST)))
    if probabilities.shape[1] == 2:
        fitted = em_posterior(
            probabilities, prior=prior, features=channel_features(probabilities, prior=prior)
        )
        return Posterior(fitted.posterior, sharpness, float(fitted.objectives[-1]))
    matrix = confusion_channel(probabilities, prior=prior)
    return Posterior(matrix.probabilities, sharpness, float(matrix.objectives[-1]))
