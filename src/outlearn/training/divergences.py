"""Divergences between weak labels and student: what may stand where cross-entropy stands, example by example.

Cross-entropy is the forward Kullback-Leibler divergence but for a constant: it covers every class that the
teacher thinks possible, errors included. The others here weigh the two sides differently. Each is 0 where
student and clipped label agree and positive elsewhere; only reverse cross-entropy is no divergence.

Labels g are clipped at `gamma` from below and normalised again, because a hard label has an infinite reverse
divergence from any student. The student f stays in log-space, so every gradient is finite however sure either
side is. Finite is not large: a student that is sure of the wrong class is moved by the forward and the
Jeffreys divergence alone. Under the others its gradient vanishes with its probability of the right class.

Letters in shapes: b examples, c classes.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from outlearn.training.losses import PerExample, cross_entropy


def clipped_log(labels: Float[Tensor, "b c"], *, gamma: float) -> Float[Tensor, "b c"]:
    """Return the logarithm of the labels after no class is left with less than gamma and rows sum to 1 again.

    Raises:
        ValueError: If gamma is not above 0.
    """
    if not gamma > 0:
        raise ValueError(f"gamma must be above 0, got {gamma}")
    clipped = labels.float().clamp_min(gamma)
    return (clipped / clipped.sum(-1, keepdim=True)).log()


def forward_kl_divergence(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return KL(g || f) = sum g log(g / f), in nats: cross-entropy less the entropy of the label.

    Args:
        logits: The student's scores before the softmax.
        targets: Weak labels g; each row sums to 1.
        gamma: Least probability of a class in a label.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 4.2, up to the constant; Yao et al. 2025, arXiv:2502.11107,
        sec. 3.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    return (weak.exp() * (weak - student)).sum(-1)


def reverse_kl_divergence(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return KL(f || g) = sum f log(f / g), in nats.

    The student may leave out what the teacher thinks possible. Arguments are those of
    `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2502.11107, sec. 3; the paper clips at 1e-3. That clipped rows are normalised
        again is ours; the paper does not say.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    return (student.exp() * (student - weak)).sum(-1)


def reverse_cross_entropy(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return CE(f, g) = -sum f log g, in nats: the reverse divergence plus the entropy of the student.

    It is linear in f, so its least value is where the student is certain of the label's likeliest class.
    Arguments are those of `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2502.11107, sec. 3.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    return -(student.exp() * weak).sum(-1)


def jensen_shannon_divergence(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return (KL(g || m) + KL(f || m)) / 2 with m = (f + g) / 2, in nats; never more than log 2.

    Arguments are those of `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    middle = torch.logaddexp(student, weak) - math.log(2)
    return (weak.exp() * (weak - middle) + student.exp() * (student - middle)).sum(-1) / 2


def jeffreys_divergence(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return KL(g || f) + KL(f || g) = sum (f - g) log(f / g), in nats.

    Arguments are those of `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    return ((student.exp() - weak.exp()) * (student - weak)).sum(-1)


def squared_hellinger(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return sum (sqrt f - sqrt g)^2 / 2, in [0, 1].

    Arguments are those of `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3. The factor 1/2 is the common one; some leave it out.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    # Half the logarithm instead of a root, whose slope at 0 is infinite.
    return ((student / 2).exp() - (weak / 2).exp()).square().sum(-1) / 2


def total_variation_distance(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, gamma: float
) -> Float[Tensor, " b"]:
    """Return sum |f - g| / 2, in [0, 1]; where a class agrees exactly its slope is taken to be 0.

    Arguments are those of `forward_kl_divergence`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    student, weak = logits.float().log_softmax(-1), clipped_log(targets, gamma=gamma)
    return (student.exp() - weak.exp()).abs().sum(-1) / 2


def mixed(divergence: PerExample, *, weight: float) -> PerExample:
    """Return (1 - weight) * cross-entropy + weight * divergence; 0 and 1 are either alone, to the bit.

    Raises:
        ValueError: If the weight is outside [0, 1].
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be in [0, 1], got {weight}")
    if weight in (0, 1):
        return divergence if weight else cross_entropy

    def per_example(logits: Tensor, targets: Tensor) -> Tensor:
        return (1 - weight) * cross_entropy(logits, targets) + weight * divergence(logits, targets)

    return per_example
