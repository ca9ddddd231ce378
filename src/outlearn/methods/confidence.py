"""The auxiliary confidence loss: the student may overrule its teacher, more as training goes on."""

from typing import Literal

from torch import Tensor

from outlearn.core import SpecError
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss, confidence_targets, cross_entropy, linear_ramp


@method
def confidence(
    *, max_weight: float = 0.5, ramp_frac: float = 0.2, quota: Literal["half", "prior"] = "prior"
) -> Method:
    """Cross-entropy towards (1 - a) * weak label + a * the student's own hardened guess.

    The guess is hardened by a threshold over the whole batch, so that each class gets its quota of the
    batch: an equal share ("half", as in the paper's text) or the mean of the batch's weak labels ("prior",
    the paper's footnote 7; the two agree on balanced labels). The weight a rises linearly from 0 to
    `max_weight` over the first `ramp_frac` of training and stays there.

    Args:
        max_weight: The largest a, in [0, 1]; the paper uses 0.75 for its largest students and 0.5 otherwise.
        ramp_frac: Share of training over which a rises, in [0, 1]; the paper uses 0.2.
        quota: How many examples of a batch each class gets.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 4.3.2 and app. A.4. Deviations: see `balanced_guess`.
    """
    check_range(max_weight, name="confidence: max_weight", low=0.0, high=1.0)
    check_range(ramp_frac, name="confidence: ramp_frac", low=0.0, high=1.0)
    if quota not in ("half", "prior"):
        raise SpecError(f"confidence: quota must be 'half' or 'prior', got {quota!r}")

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        quotas = (
            weak.sum(0) if quota == "prior" else weak.new_full((weak.shape[1],), len(weak) / weak.shape[1])
        )
        weight = max_weight * linear_ramp(progress, frac=ramp_frac)
        return confidence_targets(logits, weak, quotas=quotas, weight=weight)

    return one_fit(
        loss=Loss(per_example=cross_entropy, retarget=retarget),
        reference="burns2023weak, sec. 4.3.2 and app. A.4",
        zero={"max_weight": 0.0},
    )
