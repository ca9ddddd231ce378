"""EM posterior: labels are what gold probably was, given what the teacher said and the student believed."""

from typing import Literal

import numpy as np

from outlearn.core import SpecError, UsageError
from outlearn.labels import LabelSet, cross_fitted
from outlearn.labels.noisy_channel import noisy_channel
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, ask, fit, fresh, read_features
from outlearn.training import CROSS_ENTROPY

NUM_FOLDS = 5


@method
def em_posterior(
    *, rounds: int = 2, prior: Literal["features", "prompt"] = "features", blend: float = 1.0
) -> Method:
    """Fine-tune on P(gold | weak label), proportional to P(weak label | gold) * P(gold | text).

    P(gold | text) is the student's belief. P(weak label | gold) is a noisy channel, which is learnt without
    gold, by EM. For two classes it depends on the teacher's confidence and on the student's log-odds; for
    more it is one confusion matrix. The belief is first sharpened or blunted by the power that makes the
    teacher's labels likeliest: one fitted to weak labels is as unsure as they are wrong. In each round a
    fresh student is trained on the posterior, its answers replace the belief, and the channel is fitted anew;
    the student that is returned sees the last posterior.

    Those answers are on texts that the round's student was trained on, so they have the teacher's word in
    them, which then counts twice. `out_of_fold` avoids that.

    Args:
        rounds: At least 0; each costs a training run.
        prior: The belief at first: "features", an out-of-fold logistic regression from the untrained
            student's features to the weak labels; "prompt", what the student answers when asked.
        blend: Share of the posterior in the labels, in [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are fewer than 5 examples for "features", or for "prompt" a
            student that cannot be asked.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", EM posterior; Dawid and Skene 1979, sec. 3.
        Deviations: see `noisy_channel` and `em_posterior` of `outlearn.labels`; their belief is always from
        prompts.
    """
    check_count(rounds, name="em_posterior: rounds", least=0)
    check_range(blend, name="em_posterior: blend", low=0.0, high=1.0)
    if prior not in ("features", "prompt"):
        raise SpecError(f"em_posterior: prior must be 'features' or 'prompt', got {prior!r}")
    first_belief = _belief_by_prompt if prior == "prompt" else _belief_by_features

    def transfer(student: Student, labels: LabelSet) -> Student:
        if blend == 0:
            return fit(student, labels, loss=CROSS_ENTROPY)
        belief = first_belief(student, labels)
        for turn in range(rounds):
            better = _improved(labels, belief, blend)
            trained = fit(fresh(student, again=turn + 1), better, loss=CROSS_ENTROPY)
            belief = ask(trained, labels).probabilities
        return fit(student, _improved(labels, belief, blend), loss=CROSS_ENTROPY)

    return Method(
        transfer=transfer,
        reference="wen2026automated, sec. on EM posterior; dawid1979maximum, sec. 3",
        needs_prior=prior == "prompt",
        zero={"blend": 0.0},
    )


def _improved(labels: LabelSet, belief: np.ndarray, blend: float) -> LabelSet:
    posterior = noisy_channel(labels.probabilities, belief=belief)
    return blended(labels, posterior.probabilities, blend=blend)


def _belief_by_features(student: Student, labels: LabelSet) -> np.ndarray:
    return cross_fitted(
        read_features(student, labels),
        labels=labels.probabilities,
        ids=labels.ids,
        num_folds=NUM_FOLDS,
        seed=student.seed,
    )


def _belief_by_prompt(student: Student, labels: LabelSet) -> np.ndarray:
    if not student.prior:
        raise UsageError(
            "em_posterior with prior = 'prompt' needs a student that can be asked; use prior = 'features'"
        )
    return student.prior[0].only(labels.ids).probabilities
