"""Losses made for labels that are partly wrong: bounded, or bounded in part.

Both were written for hard labels. A soft label g is read as chances: the loss of a soft label is the mean of
the losses of its classes, weighted by g.

Letters in shapes: b examples, c classes.
"""

from jaxtyping import Float
from torch import Tensor

from outlearn.training.losses import cross_entropy


def generalized_cross_entropy(
    logits: Float[Tensor, "b c"], targets: Float[Tensor, "b c"], *, q: float
) -> Float[Tensor, " b"]:
    """Return sum g (1 - f^q) / q: cross-entropy as q goes to 0, half the mean absolute error at q = 1.

    An example's gradient is its gradient under cross-entropy times f^q, so labels that the student finds
    unlikely teach it less. A soft label is not its own best answer: the least loss is at f proportional to
    g^(1 / (1 - q)), which is sharper than g, and hard at q = 1.

    Args:
        logits: The student's scores before the softmax.
        targets: Weak labels g; each row sums to 1.
        q: In [0, 1]; 0 is cross-entropy itself, to the bit.

    Raises:
        ValueError: If q is outside [0, 1].

    Reference:
        Zhang and Sabuncu 2018, arXiv:1805.07836, sec. 3.2. Their truncated form is left out. The mean over a
        soft label is ours.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"q must be in [0, 1], got {q}")
    if q == 0:
        return cross_entropy(logits, targets)
    # 1 - f^q loses its digits near f = 1 and small q; expm1 keeps them.
    return -(targets * (q * logits.float().log_softmax(-1)).expm1()).sum(-1) / q


def symmetric_cross_entropy(
    logits: Float[Tensor, "b c"],
    targets: Float[Tensor, "b c"],
    *,
    alpha: float,
    beta: float,
    floor: float,
) -> Float[Tensor, " b"]:
    """Return alpha * CE(g, f) + beta * CE(f, g), where log g is never below `floor`.

    The second part is what is robust: for a hard label it is -floor * (1 - f), the mean absolute error but
    for a factor. Unlike `reverse_cross_entropy`, clipped labels are not normalised again, as in the paper.

    Args:
        logits: The student's scores before the softmax.
        targets: Weak labels g; each row sums to 1.
        alpha: Weight of cross-entropy.
        beta: Weight of reverse cross-entropy.
        floor: Least value of log g, below 0; the paper's A.

    Reference:
        Wang et al. 2019, arXiv:1908.06112, sec. 4. The paper treats hard labels, where log 0 is the only
        value that is floored.
    """
    weak = targets.float().log().clamp_min(floor)
    reverse = -(logits.float().softmax(-1) * weak).sum(-1)
    return alpha * cross_entropy(logits, targets) + beta * reverse
