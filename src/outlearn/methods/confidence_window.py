"""The confidence window: the teacher is heard only where the student is unsure."""

from typing import Literal

from torch import Tensor

from outlearn.core import SpecError
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss, cross_entropy, unsure_targets


@method
def confidence_window(*, radius: float | Literal["median"] = "median") -> Method:
    """Cross-entropy on the examples whose largest student probability is within the window, 0 on the others.

    The window reaches from 1/c, where the student knows nothing of the c classes, up to 1/c + radius; with
    two classes, |f - 1/2| <= radius. "median" takes the median over the batch of the largest probability in
    the weak labels instead, so the student stops listening where it is surer than the teacher commonly is.

    Args:
        radius: In [0, 1], or "median"; 1 leaves nothing out and is naive to the bit. The public code's
            fixed value is 0.15.

    Raises:
        SpecError: If the radius is out of its range.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", modified loss functions. There
        the median is over all weak labels, here over a batch; more than two classes are ours.
    """
    if not isinstance(radius, str):
        check_range(radius, name="confidence_window: radius", low=0.0, high=1.0)
    elif radius != "median":
        raise SpecError(f"confidence_window: radius must be a number in [0, 1] or 'median', got {radius!r}")

    def retarget(logits: Tensor, weak: Tensor, _: float) -> Tensor:
        if isinstance(radius, str):
            most = weak.amax(-1).quantile(0.5)
        else:
            most = weak.new_tensor(1 / weak.shape[1] + radius)
        return unsure_targets(logits, weak, most=most)

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget),
        reference="scherlis2024experiments, sec. on modified loss functions",
        zero={"radius": 1.0},
    )
