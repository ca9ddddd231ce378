"""Losses that let the student believe itself, beside the auxiliary confidence loss of `losses`.

They come in three forms:

* a *term* of the student alone that is least where it is sure, mixed into the loss by `with_term`;
* *targets* between the label and the student's own answer, for cross-entropy; no gradient passes through
  them, so they are worked out in `Loss.retarget`;
* a *choice* of the examples that count: a row of zeros as target has cross-entropy 0 and gradient 0.

Letters in shapes: b examples, c classes.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from outlearn.training.losses import CROSS_ENTROPY, Loss, cross_entropy, linear_ramp


def entropy(logits: Float[Tensor, "b c"]) -> Float[Tensor, " b"]:
    """Return the entropy of the student's answer, in nats; minimising it makes the student sure.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. The paper prints p log p + (1 - p) log(1 - p), which is
        largest where the student is sure; we take the sign that its text means.
    """
    logs = logits.float().log_softmax(-1)
    return -(logs.exp() * logs).sum(-1)


def closeness_to_uniform(logits: Float[Tensor, "b c"]) -> Float[Tensor, " b"]:
    """Return -sum (f - 1/c)^2 / 2; minimising it makes the student sure. For two classes, -(p - 1/2)^2.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. More than two classes are ours; the half makes the two
        agree.
    """
    share = 1 / logits.shape[-1]
    return -(logits.float().softmax(-1) - share).square().sum(-1) / 2


def with_term(term: Callable[[Tensor], Tensor], *, max_weight: float, ramp_frac: float) -> Loss:
    """Return the loss (1 - a) * CE(g, f) + a * term(f), with a rising linearly from 0 to `max_weight`.

    The weight follows training, which `Loss.per_example` does not see; targets carry it there. They are
    (1 - a) * g, so what a row lacks to sum to 1 is a.

    Args:
        term: (logits [b c]) to the term of each example [b].
        max_weight: The largest a, in [0, 1]; 0 is cross-entropy to the bit.
        ramp_frac: Share of training over which a rises.

    Raises:
        ValueError: If the largest weight is outside [0, 1].
    """
    if not 0 <= max_weight <= 1:
        raise ValueError(f"max_weight must be in [0, 1], got {max_weight}")
    if max_weight == 0:
        return CROSS_ENTROPY

    def retarget(_: Tensor, weak: Tensor, progress: float) -> Tensor:
        return (1 - max_weight * linear_ramp(progress, frac=ramp_frac)) * weak

    def per_example(logits: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(logits, targets) + (1 - targets.sum(-1)) * term(logits)

    return Loss(per_example=per_example, retarget=retarget)


def product_targets(
    logits: Float[Tensor, "b c"], weak: Float[Tensor, "b c"], *, weak_power: float, student_power: float
) -> Float[Tensor, "b c"]:
    """Return targets proportional to g^weak_power * f^student_power, normalised over the classes.

    A label that is hard stays hard, unless the student is surer than any float32 probability can say.

    Args:
        logits: The student's scores; no gradient passes through the targets.
        weak: Weak labels g; each row sums to 1.
        weak_power: Exponent of the labels.
        student_power: Exponent of the student's answer; with 0 here and 1 for the labels, they come back bit
            for bit.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B: powers 1 and 1; 1/2 and 1/2 for the geometric mean.
    """
    if weak_power == 1 and student_power == 0:
        return weak
    # The least normal number stands for 0: its logarithm is finite, and times 0 is 0.
    labels = weak.clamp_min(torch.finfo(weak.dtype).tiny).log()
    return (weak_power * labels + student_power * logits.detach().float().log_softmax(-1)).softmax(-1)


def soft_targets(
    logits: Float[Tensor, "b c"], weak: Float[Tensor, "b c"], *, weight: float
) -> Float[Tensor, "b c"]:
    """Return (1 - weight) * g + weight * f, the student's answer taken as it is.

    Args:
        logits: The student's scores; no gradient passes through the targets.
        weak: Weak labels g; each row sums to 1.
        weight: Trust in the student, in [0, 1]; 0 gives the labels back bit for bit.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", modified loss functions.
    """
    return (1 - weight) * weak + weight * logits.detach().float().softmax(-1)


def unsure_targets(
    logits: Float[Tensor, "b c"], weak: Float[Tensor, "b c"], *, most: Float[Tensor, ""]
) -> Float[Tensor, "b c"]:
    """Return the labels where the student's largest probability is at most `most`, rows of zeros elsewhere.

    A row of zeros takes its example out of the batch's gradient. The batch's mean still counts it, as in the
    source: a batch that the student is sure of moves it less.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", modified loss functions.
    """
    unsure = logits.detach().float().softmax(-1).amax(-1, keepdim=True) <= most
    return weak * unsure


def adaptive_targets(
    logits: Float[Tensor, "b c"], weak: Float[Tensor, "b c"], *, temperature: float, weight: float
) -> Float[Tensor, "b c"]:
    """Return (1 - beta) * g + beta * the student's hard answer, with a beta for each example.

    beta = weight * e(f) / (e(f) + e(g)), where e(h) = exp(CE(argmax h, f) / temperature). The student's own
    answer is its likeliest, so e(f) <= e(g) and beta is never above weight / 2. It is weight / 2 where the
    two agree, which makes the label sharper, and falls to 0 where the student is sure of another class, which
    leaves the label alone. So beta trusts the student *less* the more surely it disagrees.

    Args:
        logits: The student's scores; no gradient passes through the targets.
        weak: Weak labels g; each row sums to 1.
        temperature: Above 0; the smaller, the sooner disagreement counts.
        weight: Factor of beta, in [0, 1]; 0 gives the labels back bit for bit.

    Reference:
        Guo et al. 2024, arXiv:2402.03749, adaptive confidence distillation; the formula is that of the
        paper's code as well. That classes tied for the largest share it is ours.
    """
    logs = logits.detach().float().log_softmax(-1)
    own, taught = _likeliest(logs), _likeliest(weak)
    # Cross-entropy towards a class is -log f of it; the ratio of the exponentials is a sigmoid.
    lead = ((taught - own) * logs).sum(-1, keepdim=True) / temperature
    beta = weight * lead.sigmoid()
    return (1 - beta) * weak + beta * own


def _likeliest(scores: Float[Tensor, "b c"]) -> Float[Tensor, "b c"]:
    """Return rows that are 1 at the largest score; classes that tie for it share it."""
    top = (scores == scores.amax(-1, keepdim=True)).float()
    return top / top.sum(-1, keepdim=True)
