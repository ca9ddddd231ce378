"""Epiplexity smoothing: what a student learns little of is said with less certainty."""

import numpy as np

from outlearn.labels import LabelSet, smoothed_by_rank
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.out_of_fold import fold_answers
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, ask, fit, fresh
from outlearn.training import CROSS_ENTROPY

MOST_CONVEXITY = 100.0
SMALLEST = 1e-12


@method
def epiplexity_smoothing(
    *, frac: float = 0.4, convexity: float = 2.0, folds: int = 2, blend: float = 1.0
) -> Method:
    """Relabel out of fold, then move the `frac` of labels that a probe run learns least towards uniform.

    With q the out-of-fold labels, a probe run trains a fresh student on q. What it learnt of example i is the
    fall of its cross-entropy from before the run to after it. Of the m least-learnt examples the one in place
    r = 0, 1, ... gets (1 - s) q + s / C, with s = (1 - r / m)^convexity. A fresh student is trained on that.

    Args:
        frac: Share of the labels that is moved, in [0, 1].
        convexity: In [0.01, 100].
        folds: At least 2; each costs a training run, and the probe run another.
        blend: Share of the out-of-fold labels in q, in [0, 1]; the rest is the teacher's. With `frac` 0 and
            `blend` 0, naive to the bit.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are fewer examples than folds.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", epiplexity (bottom 40 %, convexity 2, 2
        folds). Deviations: they record each example's first and last loss as training goes by; we ask before
        and after. How much each of the bottom 40 % is smoothed is our reading of their convexity. No swap
        augmentation.
    """
    check_range(frac, name="epiplexity_smoothing: frac", low=0.0, high=1.0)
    check_range(convexity, name="epiplexity_smoothing: convexity", low=0.01, high=MOST_CONVEXITY)
    check_count(folds, name="epiplexity_smoothing: folds", least=2)
    check_range(blend, name="epiplexity_smoothing: blend", low=0.0, high=1.0)

    def transfer(student: Student, labels: LabelSet) -> Student:
        better = labels
        if blend > 0:
            said = fold_answers(student, labels, num_folds=folds, turn=0)
            better = blended(labels, said, blend=blend)
        if frac > 0:
            before = _surprise(student, better)
            probe = fit(fresh(student, again=folds + 1), better, loss=CROSS_ENTROPY)
            smoothed = smoothed_by_rank(
                better.probabilities,
                scores=before - _surprise(probe, better),
                ids=better.ids,
                frac=frac,
                convexity=convexity,
            )
            better = better.relabelled(smoothed, source="smoothed labels")
        return fit(student, better, loss=CROSS_ENTROPY)

    return Method(
        transfer=transfer, reference="wen2026automated, sec. on epiplexity", zero={"frac": 0.0, "blend": 0.0}
    )


def _surprise(student: Student, labels: LabelSet) -> np.ndarray:
    """Return each example's cross-entropy, in nats."""
    said = ask(student, labels).probabilities.clip(min=SMALLEST)
    surprise: np.ndarray = -(labels.probabilities * np.log(said)).sum(axis=1)
    return surprise
