"""A term that pushes the student away from "I do not know", beside cross-entropy towards the weak labels.

The loss is (1 - a) * CE(g, f) + a * term(f). The paper adds the term; mixing differs from adding a / (1 - a)
times the term by the size of the loss alone. Nothing balances the classes here, which the paper found to cost
these losses their gain where one class is rare.
"""

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import closeness_to_uniform, entropy, with_term

REFERENCE = "burns2023weak, app. B"


@method
def entropy_confidence(*, max_weight: float = 0.5, ramp_frac: float = 0.2) -> Method:
    """Minimise (1 - a) * CE(g, f) + a * H(f), where H(f) is the entropy of the student's answer.

    Args:
        max_weight: The largest a, in [0, 1]; 0 is naive to the bit.
        ramp_frac: Share of training over which a rises linearly from 0, in [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. The formula printed there has the other sign and would
        make the student unsure; this is the sign of its text. Weight and ramp are not in the paper.
    """
    _check("entropy_confidence", max_weight, ramp_frac)
    return one_fit(
        loss=with_term(entropy, max_weight=max_weight, ramp_frac=ramp_frac),
        reference=REFERENCE,
        zero={"max_weight": 0.0},
    )


@method
def l2_confidence(*, max_weight: float = 0.5, ramp_frac: float = 0.2) -> Method:
    """Minimise (1 - a) * CE(g, f) - a * sum (f - 1/c)^2 / 2; with two classes the term is -(p - 1/2)^2.

    The term is at most 1/4 for two classes, so at the same a it pushes less than `entropy_confidence`.

    Args:
        max_weight: The largest a, in [0, 1]; 0 is naive to the bit.
        ramp_frac: Share of training over which a rises linearly from 0, in [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. More than two classes, weight and ramp are ours.
    """
    _check("l2_confidence", max_weight, ramp_frac)
    return one_fit(
        loss=with_term(closeness_to_uniform, max_weight=max_weight, ramp_frac=ramp_frac),
        reference=REFERENCE,
        zero={"max_weight": 0.0},
    )


def _check(name: str, max_weight: float, ramp_frac: float) -> None:
    check_range(max_weight, name=f"{name}: max_weight", low=0.0, high=1.0)
    check_range(ramp_frac, name=f"{name}: ramp_frac", low=0.0, high=1.0)
