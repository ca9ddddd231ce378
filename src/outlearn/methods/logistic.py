"""Labels held against a logistic regression on the student's frozen features, fitted out of fold.

A regression that is scored on the examples it was fitted to repeats their labels, mistakes and all.
"""

import numpy as np

from outlearn.labels import LabelSet, cross_fitted, disagreement, top_overall
from outlearn.methods.blending import blended
from outlearn.methods.knn import MOST_DROPPED, REFERENCE
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, read_features
from outlearn.training import CROSS_ENTROPY

MOST_L2 = 1e6


@method
def relabel_logistic(*, blend: float = 1.0, l2: float = 1e-2, folds: int = 5) -> Method:
    """Fine-tune on (1 - blend) * g + blend * the answer of a regression that has not seen the example.

    Args:
        blend: In [0, 1]; 0 is naive to the bit.
        l2: Penalty on the regression's weights over standardised features, in [0, 1e6].
        folds: At least 2.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are fewer examples than folds.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", logistic probe as a relabeller
        (l2 1e-2). Deviations: out of fold; features are those of the untrained student's read-out.
    """
    check_range(blend, name="relabel_logistic: blend", low=0.0, high=1.0)
    _check(l2, folds, name="relabel_logistic")

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        return labels if blend == 0 else blended(labels, _judged(student, labels, l2, folds), blend=blend)

    return one_fit(loss=CROSS_ENTROPY, prepare=prepare, reference=REFERENCE, zero={"blend": 0.0})


@method
def filter_logistic(*, frac: float = 0.1, l2: float = 1e-2, folds: int = 5) -> Method:
    """Fine-tune without the `frac` of examples whose label is farthest from what a regression answers.

    The regression has not seen the example. The distance is half the sum of absolute differences of the
    probabilities.

    Args:
        frac: Share that is dropped, in [0, 0.99]; 0 is naive to the bit.
        l2: Penalty on the regression's weights over standardised features, in [0, 1e6].
        folds: At least 2.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are fewer examples than folds.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", logistic probe as a filter (top
        10 % of disagreement). Deviations: see `relabel_logistic`.
    """
    check_range(frac, name="filter_logistic: frac", low=0.0, high=MOST_DROPPED)
    _check(l2, folds, name="filter_logistic")

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if frac == 0:
            return labels
        distance = disagreement(labels.probabilities, others=_judged(student, labels, l2, folds))
        return labels.at(top_overall(-distance, ids=labels.ids, frac=1 - frac))

    return one_fit(loss=CROSS_ENTROPY, prepare=prepare, reference=REFERENCE, zero={"frac": 0.0})


def _judged(student: Student, labels: LabelSet, l2: float, folds: int) -> np.ndarray:
    return cross_fitted(
        read_features(student, labels),
        labels=labels.probabilities,
        ids=labels.ids,
        num_folds=folds,
        seed=student.seed,
        l2=l2,
    )


def _check(l2: float, folds: int, *, name: str) -> None:
    check_range(l2, name=f"{name}: l2", low=0.0, high=MOST_L2)
    check_count(folds, name=f"{name}: folds", least=2)
