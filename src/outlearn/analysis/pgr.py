"""Performance gap recovered, and its interval over paired seeds.

PGR is a ratio of two noisy differences that share the teacher's accuracy. Averaging per-seed ratios lets one
seed with a small gap decide the result, and the ratio of averages has no symmetric interval. The interval of
Fieller's theorem is exact when the pairs (numerator, gap) are jointly normal. It is bounded exactly when the
gap's own t-interval excludes 0; where it does not, ratios of any size remain possible, and PGR is undefined.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float64

from outlearn.analysis.crossed import half_width
from outlearn.analysis.estimates import CONFIDENCE, Estimate
from outlearn.core import DataError

# n: seeds, a: angles

NOTHING_SHARED = np.zeros((2, 2))
NUM_ANGLES = 721


@dataclass(frozen=True, slots=True)
class Fieller:
    """The ratios that the pairs do not rule out."""

    value: float
    """Mean numerator over mean gap; not a number if the mean gap is 0."""

    low: float
    """Lower end if bounded; if disjoint, the end of the lower half line; else minus infinity."""

    high: float
    """Upper end if bounded; if disjoint, the start of the upper half line; else infinity."""

    shape: Literal["bounded", "disjoint", "unbounded"]
    """Bounded: [low, high]. Disjoint: all but what lies between low and high. Unbounded: every ratio."""


def pgr(*, weak: float, student: float, ceiling: float) -> float | None:
    """Return (student - weak) / (ceiling - weak), or None, for undefined, if the gap is exactly 0.

    0 is no better than the teacher, 1 as good as the ceiling. It is never clipped, so it may lie outside.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 3.
    """
    gap = ceiling - weak
    return (student - weak) / gap if gap != 0 else None


def t_interval(values: Float64[np.ndarray, " n"], *, shared: float = 0.0) -> Estimate:
    """Return the mean over seeds and its 95 % interval: Student's, widened by what the seeds share.

    Args:
        values: One a seed.
        shared: Covariance between two seeds, from `crossed.shared_covariance`; 0 for independent values.

    Raises:
        DataError: If there are fewer than two values.
    """
    num_values = len(values)
    if num_values < 2:
        raise DataError(f"an interval over seeds takes two seeds or more, got {num_values}; add seeds")
    mean = float(values.mean())
    own = float(values.var(ddof=1)) / num_values
    half = float(half_width(own, shared, num_seeds=num_values, level=CONFIDENCE))
    return Estimate(mean, mean - half, mean + half)


def fieller(
    numerators: Float64[np.ndarray, " n"],
    *,
    gaps: Float64[np.ndarray, " n"],
    shared: Float64[np.ndarray, "2 2"] = NOTHING_SHARED,
) -> Fieller:
    """Return the ratio of means of paired values and its 95 % interval.

    Args:
        numerators: Student minus teacher, one a seed.
        gaps: Ceiling minus teacher, of the same seeds in the same order.
        shared: Covariance between two seeds of numerator and gap; zeros for independent seeds.

    Raises:
        DataError: If there are fewer than two seeds, or the two do not pair.

    Reference:
        Fieller 1954, "Some problems in interval estimation", J. R. Stat. Soc. B 16(2), with the t quantile of
        n - 1 degrees of freedom for n pairs. Deviation: where seeds share test examples, what they share is
        added, with the degrees of freedom of `crossed`, and the ends are found by search.
    """
    num_seeds = len(gaps)
    if num_seeds < 2 or len(numerators) != num_seeds:
        raise DataError(
            f"Fieller's interval takes two or more paired seeds, got {len(numerators)} numerators and"
            f" {num_seeds} gaps; add seeds"
        )
    top, bottom = float(numerators.mean()), float(gaps.mean())
    covariance = np.cov(numerators, gaps) / num_seeds
    if shared.any():
        return _searched(top, bottom, covariance, shared, num_seeds=num_seeds)
    t2 = _t_quantile(num_seeds) ** 2
    # The ratios r not ruled out: (top - r bottom)^2 <= t^2 var(top - r bottom), or a r^2 - 2 b r + c <= 0.
    a = bottom**2 - t2 * float(covariance[1, 1])
    b = top * bottom - t2 * float(covariance[0, 1])
    c = top**2 - t2 * float(covariance[0, 0])
    value = top / bottom if bottom != 0 else math.nan
    inside = b**2 - a * c
    if a > 0:
        # Cannot be negative in exact arithmetic: the quadratic is not positive at r = value.
        root = math.sqrt(max(inside, 0.0))
        return Fieller(value, (b - root) / a, (b + root) / a, "bounded")
    if a < 0 and inside > 0:
        root = math.sqrt(inside)
        return Fieller(value, (b + root) / a, (b - root) / a, "disjoint")
    return Fieller(value, -math.inf, math.inf, "unbounded")


def _searched(
    top: float,
    bottom: float,
    covariance: Float64[np.ndarray, "2 2"],
    shared: Float64[np.ndarray, "2 2"],
    *,
    num_seeds: int,
) -> Fieller:
    """Return the ratios r = tan(angle) at which cos(angle) top - sin(angle) bottom may be 0."""

    def spare(angles: Float64[np.ndarray, " a"]) -> Float64[np.ndarray, " a"]:
        """Return by how much 0 lies inside the interval; negative where the ratio is ruled out."""
        along = np.stack([np.cos(angles), -np.sin(angles)])
        own, common = (np.einsum("ia,ij,ja->a", along, one, along) for one in (covariance, shared))
        half = half_width(np.maximum(own, 0), np.maximum(common, 0), num_seeds=num_seeds, level=CONFIDENCE)
        return np.asarray(half - np.abs(along[0] * top + along[1] * bottom), dtype=np.float64)

    value = top / bottom if bottom != 0 else math.nan
    best = math.atan(value) if bottom != 0 else math.pi / 2
    # Half a turn holds every ratio once; it is gone through from the estimate, both ways.
    steps = np.linspace(-math.pi, math.pi, NUM_ANGLES)
    outside = spare(best + steps) < 0
    if not outside.any():
        return Fieller(value, -math.inf, math.inf, "unbounded")
    half = NUM_ANGLES // 2
    first_below = int(np.flatnonzero(outside[:half])[-1])
    first_above = half + int(np.flatnonzero(outside[half:])[0])
    ends = [
        _border(lambda at: float(spare(np.array([best + at]))[0]), float(steps[inside]), float(steps[out]))
        for inside, out in ((first_below + 1, first_below), (first_above - 1, first_above))
    ]
    low, high = best + ends[0], best + ends[1]
    shape: Literal["bounded", "disjoint"]
    shape = "bounded" if -math.pi / 2 < low and high < math.pi / 2 else "disjoint"
    if shape == "bounded":
        return Fieller(value, math.tan(low), math.tan(high), shape)
    return Fieller(value, min(map(math.tan, (low, high))), max(map(math.tan, (low, high))), shape)


def _border(spare: Callable[[float], float], inside: float, outside: float) -> float:
    """Return where between two angles the sign changes."""
    for _ in range(40):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if spare(middle) >= 0 else (inside, middle)
    return (inside + outside) / 2


@lru_cache
def _t_quantile(num_values: int) -> float:
    from scipy import special  # a fraction of the time that importing scipy.stats takes

    return float(special.stdtrit(num_values - 1, (1 + CONFIDENCE) / 2))
