"""Labels held against those of the nearest neighbours among the student's frozen features.

A point is never its own neighbour: were it one, its own label would vote for itself.
"""

import numpy as np

from outlearn.labels import LabelSet, disagreement, top_overall
from outlearn.labels.neighbours import neighbours
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, read_features
from outlearn.training import CROSS_ENTROPY

REFERENCE = "scherlis2024experiments, sec. on kNN and logistic probes"
MOST_DROPPED = 0.99


@method
def relabel_knn(*, k: int = 50, blend: float = 1.0) -> Method:
    """Fine-tune on (1 - blend) * g + blend * the mean label of the k nearest others, by cosine.

    Args:
        k: Number of neighbours, at least 1; all others where there are no more.
        blend: In [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", kNN probe as a relabeller.
        Deviations: leave-one-out; features are those of the untrained student's read-out, centred.
    """
    check_count(k, name="relabel_knn: k", least=1)
    check_range(blend, name="relabel_knn: blend", low=0.0, high=1.0)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        return labels if blend == 0 else blended(labels, _said_nearby(student, labels, k), blend=blend)

    return one_fit(loss=CROSS_ENTROPY, prepare=prepare, reference=REFERENCE, zero={"blend": 0.0})


@method
def filter_knn(*, frac: float = 0.1, k: int = 50) -> Method:
    """Fine-tune without the `frac` of examples whose label is farthest from their neighbours' mean label.

    The distance is half the sum of absolute differences of the probabilities.

    Args:
        frac: Share that is dropped, in [0, 0.99]; 0 is naive to the bit.
        k: Number of neighbours, at least 1; all others where there are no more.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", kNN probe as a filter (top 10 %
        of disagreement). Deviations: see `relabel_knn`.
    """
    check_range(frac, name="filter_knn: frac", low=0.0, high=MOST_DROPPED)
    check_count(k, name="filter_knn: k", least=1)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if frac == 0:
            return labels
        distance = disagreement(labels.probabilities, others=_said_nearby(student, labels, k))
        return labels.at(top_overall(-distance, ids=labels.ids, frac=1 - frac))

    return one_fit(loss=CROSS_ENTROPY, prepare=prepare, reference=REFERENCE, zero={"frac": 0.0})


def _said_nearby(student: Student, labels: LabelSet, k: int) -> np.ndarray:
    features = read_features(student, labels)
    return neighbours(features, labels=labels.probabilities, num_neighbours=k).labels
