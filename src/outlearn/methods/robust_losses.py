"""Losses from the literature on noisy labels, as references for what is made for weak teachers."""

from functools import partial

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import Loss
from outlearn.training import generalized_cross_entropy as generalized
from outlearn.training import symmetric_cross_entropy as symmetric


@method
def generalized_cross_entropy(*, q: float = 0.7) -> Method:
    """Minimise sum g (1 - f^q) / q: labels that the student finds unlikely teach it less.

    Args:
        q: In [0, 1], from cross-entropy at 0, naive to the bit, to half the mean absolute error at 1.

    Raises:
        SpecError: If q is out of its range.

    Reference:
        Zhang and Sabuncu 2018, arXiv:1805.07836, sec. 3.2; q = 0.7 is theirs. Burns et al. 2023,
        arXiv:2312.09390, app. B, who saw no gain. For soft labels see the function of the same name in
        `outlearn.training`.
    """
    check_range(q, name="generalized_cross_entropy: q", low=0.0, high=1.0)
    loss = Loss(per_example=partial(generalized, q=q))
    return one_fit(
        loss=loss, reference="zhang2018generalized, sec. 3.2; burns2023weak, app. B", zero={"q": 0.0}
    )


@method
def symmetric_cross_entropy(*, alpha: float = 0.1, beta: float = 1.0, floor: float = -4.0) -> Method:
    """Minimise alpha * CE(g, f) + beta * CE(f, g), where log g is never below `floor`.

    Args:
        alpha: Weight of cross-entropy, in [0, 100].
        beta: Weight of reverse cross-entropy, in [0, 100]; 0 with alpha = 1 is naive to the bit.
        floor: The paper's A, what stands for log 0, in [-20, -0.1].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Wang et al. 2019, arXiv:1908.06112, sec. 4; the defaults are its values for CIFAR-10. For soft labels
        see the function of the same name in `outlearn.training`.
    """
    check_range(alpha, name="symmetric_cross_entropy: alpha", low=0.0, high=100.0)
    check_range(beta, name="symmetric_cross_entropy: beta", low=0.0, high=100.0)
    check_range(floor, name="symmetric_cross_entropy: floor", low=-20.0, high=-0.1)
    loss = Loss(per_example=partial(symmetric, alpha=alpha, beta=beta, floor=floor))
    return one_fit(loss=loss, reference="wang2019symmetric, sec. 4", zero={"alpha": 1.0, "beta": 0.0})
