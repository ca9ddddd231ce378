"""Adaptive confidence: each example has its own trust in the student."""

from torch import Tensor

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss, adaptive_targets, cross_entropy


@method
def adaptive_confidence(*, temperature: float = 0.5, weight: float = 1.0) -> Method:
    """Cross-entropy towards (1 - beta) * g + beta * the student's hard answer, beta set by each example.

    beta = weight * e(f) / (e(f) + e(g)) with e(h) = exp(CE(argmax h, f) / temperature). It is half of
    `weight` where student and teacher choose the same class, and falls towards 0 the more surely the student
    chooses another. So the method sharpens what both believe and leaves the teacher's word alone where they
    differ: it does not let the student overrule its teacher, though its name suggests it.

    Args:
        temperature: In [0.01, 100]; the smaller, the sooner disagreement counts. The paper uses 0.5.
        weight: Factor of beta, in [0, 1]; 1 is the paper's, 0 is naive to the bit.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Guo et al. 2024, arXiv:2402.03749, adaptive confidence distillation, without its term on true labels.
        The weight is ours. There is no ramp, as in the paper.
    """
    check_range(temperature, name="adaptive_confidence: temperature", low=0.01, high=100.0)
    check_range(weight, name="adaptive_confidence: weight", low=0.0, high=1.0)

    def retarget(logits: Tensor, weak: Tensor, _: float) -> Tensor:
        return adaptive_targets(logits, weak, temperature=temperature, weight=weight)

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget),
        reference="guo2024vision, sec. on adaptive confidence distillation",
        zero={"weight": 0.0},
    )
