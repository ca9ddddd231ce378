"""The auxiliary confidence loss with the student's soft answer as its own target."""

from torch import Tensor

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss, cross_entropy, linear_ramp, soft_targets


@method
def soft_confidence(*, max_weight: float = 0.5, ramp_frac: float = 0.2) -> Method:
    """Cross-entropy towards (1 - a) * g + a * f, the student's answer not hardened and held fixed.

    A control, not a remedy: cross-entropy towards the student's own answer has its least value where the
    student is, so its gradient is 0, and what is left is (1 - a) times naive's gradient. The public code of
    the reference holds the answer fixed in this way and calls it the entropy variant; a student that is to
    gain from its entropy needs `entropy_confidence`, whose gradient passes through both sides.

    Args:
        max_weight: The largest a, in [0, 1]; 0 is naive to the bit.
        ramp_frac: Share of training over which a rises linearly from 0, in [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", modified loss functions.
    """
    check_range(max_weight, name="soft_confidence: max_weight", low=0.0, high=1.0)
    check_range(ramp_frac, name="soft_confidence: ramp_frac", low=0.0, high=1.0)

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        return soft_targets(logits, weak, weight=max_weight * linear_ramp(progress, frac=ramp_frac))

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget),
        reference="scherlis2024experiments, sec. on modified loss functions",
        zero={"max_weight": 0.0},
    )
