"""Other divergences instead of cross-entropy: how much of the teacher's doubt and error to take over.

Every method here minimises (1 - weight) * cross-entropy + weight * divergence, example by example; `weight`
0 is naive fine-tuning to the bit. Labels are clipped at `gamma` for the divergence alone. What each does to a
student that is sure is told beside the formulas, in `outlearn.training`.
"""

from collections.abc import Callable
from functools import partial

from torch import Tensor

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import (
    Loss,
    jeffreys_divergence,
    jensen_shannon_divergence,
    mixed,
    reverse_cross_entropy,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation_distance,
)

LEAST_GAMMA = 1e-6
"""Where the literature stops; below it the logarithm of a hard label only grows."""


@method
def reverse_kl(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise KL(f || g) = sum f log(f / g): the student need not cover what the teacher is unsure of.

    Args:
        gamma: Least probability of a class in a label, in [1e-6, 0.1].
        weight: Share of the divergence in the loss, in [0, 1]; 0 is naive.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Yao et al. 2025, arXiv:2502.11107, secs. 3 and 5. See `reverse_kl_divergence` for deviations.
    """
    return _fit("reverse_kl", reverse_kl_divergence, gamma, weight, reference="yao2025revisiting, sec. 3")


@method
def reverse_ce(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise CE(f, g) = -sum f log g: as `reverse_kl`, and the student is rewarded for being sure.

    Arguments and errors are those of `reverse_kl`.

    Reference:
        Yao et al. 2025, arXiv:2502.11107, secs. 3 and 5.
    """
    return _fit("reverse_ce", reverse_cross_entropy, gamma, weight, reference="yao2025revisiting, sec. 3")


@method
def jensen_shannon(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise (KL(g || m) + KL(f || m)) / 2 with m = (f + g) / 2: bounded, so no label counts for too much.

    Arguments and errors are those of `reverse_kl`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    return _fit("jensen_shannon", jensen_shannon_divergence, gamma, weight, reference="yao2025on, sec. 3")


@method
def jeffreys(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise KL(g || f) + KL(f || g), which is both ways at once.

    Arguments and errors are those of `reverse_kl`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    return _fit("jeffreys", jeffreys_divergence, gamma, weight, reference="yao2025on, sec. 3")


@method
def hellinger(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise sum (sqrt f - sqrt g)^2 / 2, the squared Hellinger distance: bounded and smooth.

    Arguments and errors are those of `reverse_kl`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    return _fit("hellinger", squared_hellinger, gamma, weight, reference="yao2025on, sec. 3")


@method
def total_variation(*, gamma: float = 1e-3, weight: float = 1.0) -> Method:
    """Minimise sum |f - g| / 2: every example pulls by its side of the label, not by its distance from it.

    Arguments and errors are those of `reverse_kl`.

    Reference:
        Yao et al. 2025, arXiv:2506.03109, sec. 3.
    """
    return _fit("total_variation", total_variation_distance, gamma, weight, reference="yao2025on, sec. 3")


def _fit(
    name: str, divergence: Callable[..., Tensor], gamma: float, weight: float, *, reference: str
) -> Method:
    check_range(gamma, name=f"{name}: gamma", low=LEAST_GAMMA, high=0.1)
    check_range(weight, name=f"{name}: weight", low=0.0, high=1.0)
    per_example = mixed(partial(divergence, gamma=gamma), weight=weight)
    return one_fit(loss=Loss(per_example=per_example), reference=reference, zero={"weight": 0.0})
