"""Overlap density: examples that teacher and student can both use count for more."""

import numpy as np

from outlearn.labels import LabelSet
from outlearn.labels.overlap import overlap
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.methods.student import Student, read_features
from outlearn.training import CROSS_ENTROPY


@method
def overlap_density(*, boost: float = 4.0) -> Method:
    """Fine-tune with overlap examples counted `boost` times: the teacher is sure, but not of some like them.

    Likeness is the cosine of the untrained student's features; see `outlearn.labels.overlap`.

    Args:
        boost: At least 1, where the method is naive to the bit.

    Raises:
        SpecError: If the boost is out of its range.
        UsageError: While training, if the teacher is as sure of every example as of any other.

    Reference:
        Shin, Cooper and Sala 2024, arXiv:2412.03881, sec. 3. Deviation: they choose between sources of data
        by their overlap density; within one data set we raise that density by weights.
    """
    check_range(boost, name="overlap_density: boost", low=1.0, high=1e6)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if boost == 1:
            return labels
        parts = overlap(read_features(student, labels), probabilities=labels.probabilities)
        counted = np.where(parts.overlap, boost, 1.0)
        return labels.weighed(labels.weights * counted, source="overlap_density")

    return one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        reference="shin2024weak, sec. 3",
        zero={"boost": 1.0},
    )
