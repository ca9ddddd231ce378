"""Losses: pure functions of logits and soft targets, all in float32 and in nats.

A loss has two parts, so that it means the same whatever the micro-batch:

* `retarget` looks at the *whole* batch, without gradient, and turns the labels into targets (a threshold
  over the batch belongs here);
* `per_example` compares each row of logits with its target, with gradient.

Letters in shapes: b examples, c classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Retarget = Callable[[Tensor, Tensor, float], Tensor]
PerExample = Callable[[Tensor, Tensor], Tensor]

NEGLIGIBLE = 1e-9
"""Share of an example below which a quota counts as filled: rounding, not a share."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a student minimises: the mean over the batch of `per_example(logits, targets)`."""

    per_example: PerExample
    """(logits [b c], targets [b c]) to losses [b], in nats."""

    retarget: Retarget | None = None
    """(logits [b c] without gradient, labels [b c], progress in [0, 1]) to targets [b c]; None keeps the
    labels. It is called once a batch, on the whole batch."""

    state: tuple[Tensor, ...] = ()
    """What the loss itself learns as it goes: `retarget` changes it in place, checkpoints keep it."""

    reads: Literal["probabilities", "votes"] = "probabilities"
    """Which labels `retarget` is given: the combined ones [b c], or what each teacher said [b k c]."""


def cross_entropy(logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"]) -> Float[Tensor, " b"]:
    """Return each example's cross-entropy towards its soft target, in nats.

    Args:
        logits: Scores before the softmax.
        targets: Probabilities; each row sums to 1.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 4.2 (naive fine-tuning with soft labels).
    """
    return -(targets * logits.float().log_softmax(-1)).sum(-1)


CROSS_ENTROPY = Loss(per_example=cross_entropy)
"""What naive fine-tuning minimises, on gold and on weak labels alike."""


def linear_ramp(progress: float, *, frac: float) -> float:
    """Return the share, in [0, 1], that a linear ramp over the first `frac` of training has reached.

    It is continuous: at `progress == frac` it reaches 1 exactly once, without a jump. `frac` 0 means no ramp.
    """
    return min(1.0, progress / frac) if frac > 0 else 1.0


def balanced_guess(logits: Float[Tensor, "b c"], *, quotas: Float[Tensor, " c"]) -> Float[Tensor, "b c"]:
    """Return the model's own hardened guesses with a fixed number of examples per class.

    With two classes this is the adaptive threshold: the `quotas[1]` examples with the largest P(class 1) are
    called class 1. Examples tied at the threshold, and the fraction of an example that a quota leaves over,
    share what is left of the quota equally, so neither the order of the batch nor the names of the classes
    decide (an untrained head, whose scores are all equal, guesses the quotas themselves). With more classes,
    (example, class) pairs are filled in order of probability while the example is not yet guessed and the
    class has quota left; pairs tied in probability fill side by side. For two classes both rules agree.

    Args:
        logits: The model's scores; no gradient passes through the guess.
        quotas: Number of examples for each class; they sum to b.

    Returns:
        Guesses whose rows sum to 1 and whose columns sum to the quotas: one-hot but for ties and fractions.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. A.4 and footnote 7. The fractional share of ties and the
        rule for more than two classes are ours; the paper treats two classes only.
    """
    scores = logits.detach().float()
    if scores.shape[1] == 2:
        positive = _share_of_top(scores[:, 1] - scores[:, 0], quota=quotas[1])
        return torch.stack([1 - positive, positive], dim=-1)
    return _filled_in_order(scores, quotas=quotas)


def _share_of_top(scores: Float[Tensor, " b"], *, quota: Float[Tensor, ""]) -> Float[Tensor, " b"]:
    """Return 1 for scores above the threshold that `quota` sets, 0 below, an equal share at the threshold."""
    ordered = scores.sort(descending=True).values
    # The example that the quota's last part falls on sets the threshold.
    threshold = ordered[(quota.ceil().long() - 1).clamp(0, len(scores) - 1)]
    above = (scores > threshold).float()
    tied = (scores == threshold).float()
    return above + tied * ((quota - above.sum()) / tied.sum()).clamp(0, 1)


def _filled_in_order(scores: Float[Tensor, "b c"], *, quotas: Float[Tensor, " c"]) -> Float[Tensor, "b c"]:
    """Fill (example, class) pairs from the most probable down; tied pairs fill at the same rate."""
    # Log-odds rank as probabilities do, but do not run out of digits near 1. They are worked out in float64
    # and rounded to float32, so that the order in which classes are added up breaks no tie.
    itself = torch.eye(scores.shape[1], dtype=torch.bool)
    exact = scores.double().cpu()
    others = exact[:, None, :].masked_fill(itself, -torch.inf).logsumexp(-1)
    ranks = (exact - others).float().numpy()
    guess = np.zeros(ranks.shape)
    example_left = np.ones(len(ranks))
    class_left = quotas.double().cpu().numpy()
    class_left = class_left * (len(ranks) / class_left.sum())
    for rank in np.unique(ranks)[::-1]:
        pairs = ranks == rank
        while True:
            pairs &= (example_left > NEGLIGIBLE)[:, None] & (class_left > NEGLIGIBLE)
            if not pairs.any():
                break
            examples, classes = pairs.sum(axis=1), pairs.sum(axis=0)
            # As far as the first example or class that this fills up.
            share = min(
                (example_left[examples > 0] / examples[examples > 0]).min(),
                (class_left[classes > 0] / classes[classes > 0]).min(),
            )
            guess += share * pairs
            example_left -= share * examples
            class_left -= share * classes
    return torch.from_numpy(guess).to(scores)


def confidence_targets(
    logits: Float[Tensor, "b c"], weak: Float[Tensor, "b c"], *, quotas: Float[Tensor, " c"], weight: float
) -> Float[Tensor, "b c"]:
    """Return the weak labels mixed with the student's own balanced guesses.

    The cross-entropy towards these targets is the auxiliary confidence loss, because cross-entropy is linear
    in its target.

    Args:
        logits: The student's scores.
        weak: Weak probabilities; each row sums to 1.
        quotas: Number of examples for each class among the guesses; they sum to b.
        weight: Trust in the student, in [0, 1]; 0 gives the weak labels back, bit for bit.

    Raises:
        ValueError: If `weight` is outside [0, 1].

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 4.3.2 and app. A.4.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be in [0, 1], got {weight}")
    return (1 - weight) * weak + weight * balanced_guess(logits, quotas=quotas)
