"""Confidence weighting: every label counts, the surer the more."""

from outlearn.labels import LabelSet, confidence_weights
from outlearn.methods.method import Calibration, Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.methods.student import Student
from outlearn.training import CROSS_ENTROPY


@method
def confidence_weighted(*, strength: float = 1.0, calibration: Calibration = "temperature") -> Method:
    """Weigh each example's cross-entropy by (1 - s) + s * (max_c g_c - 1/C) / (1 - 1/C), s being `strength`.

    For two classes the confidence is 2 |g - 1/2|. Weights are divided by their mean, so that the size of a
    step stays what it was.

    Args:
        strength: In [0, 1]; 0, with calibration "none", is naive to the bit.
        calibration: How labels are calibrated first, on gold of the validation part.

    Raises:
        SpecError: If `strength` is out of its range.
        UsageError: While training, if every label is undecided and `strength` is 1.

    Reference:
        Afzali, Jeon and Brbic 2026, arXiv:2603.04968 (CW-PO), who weigh preference pairs by the same
        confidence; here it weighs cross-entropy. The part that `strength` plays is ours.
    """
    check_range(strength, name="confidence_weighted: strength", low=0.0, high=1.0)

    def prepare(_: Student, labels: LabelSet) -> LabelSet:
        weights = confidence_weights(labels.probabilities, strength=strength)
        return labels.weighed(weights, source="confidence_weighted")

    return one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        calibration=calibration,
        reference="afzali2026when, sec. on CW-PO",
        zero={"strength": 0.0, "calibration": "none"},
    )
