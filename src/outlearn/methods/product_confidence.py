"""Targets that multiply the teacher's answer by the student's own, example by example."""

from torch import Tensor

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss, cross_entropy, linear_ramp, product_targets

REFERENCE = "burns2023weak, app. B"


@method
def product_confidence(*, max_power: float = 1.0, ramp_frac: float = 0.2) -> Method:
    """Cross-entropy towards targets proportional to g * f^b, through which no gradient passes.

    Args:
        max_power: The largest b, in [0, 1]; 1 is the paper's product, 0 is naive to the bit.
        ramp_frac: Share of training over which b rises linearly from 0, in [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. The power and the ramp are ours; 1 and 0 leave them out.
    """
    check_range(max_power, name="product_confidence: max_power", low=0.0, high=1.0)
    check_range(ramp_frac, name="product_confidence: ramp_frac", low=0.0, high=1.0)

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        power = max_power * linear_ramp(progress, frac=ramp_frac)
        return product_targets(logits, weak, weak_power=1.0, student_power=power)

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget), reference=REFERENCE, zero={"max_power": 0.0}
    )


@method
def geometric_confidence(*, max_weight: float = 0.5, ramp_frac: float = 0.2) -> Method:
    """Cross-entropy towards targets proportional to g^(1 - a) * f^a, through which no gradient passes.

    Where `product_confidence` sharpens what both sides believe, this has its rest at the label itself: an
    example alone pulls the student as naive does, only more slowly.

    Args:
        max_weight: The largest a, in [0, 1]; 1/2 is the paper's geometric mean, 0 is naive to the bit.
        ramp_frac: Share of training over which a rises linearly from 0, in [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B, who saw no gain. Weight and ramp are ours.
    """
    check_range(max_weight, name="geometric_confidence: max_weight", low=0.0, high=1.0)
    check_range(ramp_frac, name="geometric_confidence: ramp_frac", low=0.0, high=1.0)

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        weight = max_weight * linear_ramp(progress, frac=ramp_frac)
        return product_targets(logits, weak, weak_power=1 - weight, student_power=weight)

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget), reference=REFERENCE, zero={"max_weight": 0.0}
    )
