"""How much of the gap was recovered: a PGR with its intervals, or the reason why there is none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from outlearn.analysis.bootstrap import percentile_interval
from outlearn.analysis.estimates import Estimate, PgrEstimate
from outlearn.analysis.pgr import fieller, pgr

# s: seeds, b: replicates; the three columns are teacher, student and ceiling accuracy


def estimate_pgr(
    of_seeds: Float64[np.ndarray, "s 3"],
    *,
    replicates: Float64[np.ndarray, "b 3"],
    gap: Estimate,
    num_groups: int,
) -> PgrEstimate:
    """Return the ratio of the mean numerator to the mean gap, undefined where the gap's interval holds 0.

    Args:
        of_seeds: Each seed's accuracies.
        replicates: The same, of each bootstrap replicate; there may be none where there are several seeds.
        gap: Ceiling minus teacher, with the interval that decides.
        num_groups: Number of independent groups of test examples, over all seeds.
    """
    weak, student, ceiling = of_seeds.T
    drawn = _bootstrap_ratio(replicates)
    if len(of_seeds) == 1:
        how: Literal["Fieller", "bootstrap, examples only"] = "bootstrap, examples only"
        low, high = drawn.low, drawn.high
        reason = _why_undefined(gap, bounded=low is not None, remedy="test examples")
        if not reason and num_groups == 1:
            reason = (
                "one seed and one group of test examples say nothing of noise: add seeds or test examples"
            )
    else:
        how = "Fieller"
        exact = fieller(student - weak, gaps=ceiling - weak)
        low, high = exact.low, exact.high
        reason = _why_undefined(gap, bounded=exact.shape == "bounded", remedy="seeds")
    if reason:
        return PgrEstimate(None, None, None, how, None, None, reason)
    value = pgr(weak=float(weak.mean()), student=float(student.mean()), ceiling=float(ceiling.mean()))
    return PgrEstimate(value, low, high, how, drawn.low, drawn.high, "")


def _why_undefined(gap: Estimate, *, bounded: bool, remedy: str) -> str:
    """Return the reason why the ratio has no bounded interval, or an empty string if it has one."""
    if gap.value == gap.low == gap.high == 0:
        return "the ceiling is exactly as good as the teacher: there is no gap to recover"
    # The two agree but for rounding, where an end of the gap's interval is 0 itself.
    if gap.low <= 0 <= gap.high or not bounded:
        return (
            f"the 95 % interval of the gap (ceiling minus teacher), {gap.low:.3f} to {gap.high:.3f},"
            f" contains 0: add {remedy}, or take models further apart"
        )
    return ""


@dataclass(frozen=True, slots=True)
class _Ends:
    low: float | None
    high: float | None


def _bootstrap_ratio(replicates: Float64[np.ndarray, "b 3"]) -> _Ends:
    if len(replicates) == 0:
        return _Ends(None, None)
    gaps = replicates[:, 2] - replicates[:, 0]
    of_gap = percentile_interval(gaps)
    if of_gap.low <= 0 <= of_gap.high:
        return _Ends(None, None)
    # The few replicates whose gap is 0 lie beyond every finite ratio; on which side hardly matters.
    numerators = replicates[:, 1] - replicates[:, 0]
    beyond = np.where(numerators < 0, -np.inf, np.inf)
    interval = percentile_interval(np.divide(numerators, gaps, out=beyond, where=gaps != 0))
    if not (np.isfinite(interval.low) and np.isfinite(interval.high)):
        return _Ends(None, None)
    return _Ends(interval.low, interval.high)
