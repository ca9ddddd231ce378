"""Forecasts against what came of it: errors, ranks, and whether intervals keep their word.

Each pair of models is forecast as if it were new: a score becomes a forecast by a line fitted to all other
pairs, and every forecast's interval is as wide as the errors on other pairs were, their 95th percentile. A
forecast is worth something where it errs less than the mean of the other pairs does, its baseline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from outlearn.analysis.estimates import CONFIDENCE
from outlearn.analysis.forecasts.cases import Case
from outlearn.analysis.forecasts.signs import Sign
from outlearn.analysis.pgr import t_interval

# n: cases

MIN_PAIRS = 3
"""Fewest other pairs of models that a score's line is fitted to."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One forecast, and what came of it."""

    sign: str
    task: str
    teacher: str
    student: str
    method: str
    seed: int
    sign_value: float
    forecast: float
    low: float
    """95 % interval; infinite where there are too few other pairs to tell."""

    high: float
    observed: float


@dataclass(frozen=True, slots=True)
class Judged:
    """How one sign fared over all cases that it could forecast."""

    sign: Sign
    method: str
    """The method whose students were forecast; "" for all."""

    forecasts: tuple[Forecast, ...]
    num_pairs: int
    error: float
    """Mean absolute error, as all below not a number where there is no forecast."""

    baseline: float
    """The same of the mean of the other pairs."""

    bias: float
    """Mean of forecast minus observed."""

    rank: float
    """Spearman's correlation, over cells, of the sign with what came of it."""

    rank_pgr: float
    """The same with PGR over seeds, of the cells whose gap is told from 0."""

    coverage: float
    """Share of the outcomes inside their 95 % intervals; not a number where no interval is finite."""


def judge(sign: Sign, cases: Sequence[Case], *, method: str = "") -> Judged:
    """Return how a sign forecasts some cases."""
    values = np.array(sign.values(cases), dtype=np.float64)
    known = np.isfinite(values)
    kept = [case for case, has in zip(cases, known, strict=True) if has]
    values = values[known]
    observed = np.array([getattr(case, sign.target) for case in kept], dtype=np.float64)
    pairs = [case.pair for case in kept]
    said, baseline = _forecast(sign, values, observed, pairs), _others_mean(observed, pairs)
    half = _half_widths(np.abs(said - observed), pairs)
    forecasts = tuple(
        Forecast(
            sign.name,
            *case.cell,
            case.seed,
            float(values[place]),
            float(said[place]),
            float(said[place] - half[place]),
            float(said[place] + half[place]),
            float(observed[place]),
        )
        for place, case in enumerate(kept)
        if np.isfinite(said[place])
    )
    made = np.isfinite(said)
    bounded = made & np.isfinite(half)
    return Judged(
        sign=sign,
        method=method,
        forecasts=forecasts,
        num_pairs=len({pair for pair, has in zip(pairs, made, strict=True) if has}),
        error=_mean(np.abs(said - observed)[made]),
        baseline=_mean(np.abs(baseline - observed)[made & np.isfinite(baseline)]),
        bias=_mean((said - observed)[made]),
        rank=_rank(kept, values, observed),
        rank_pgr=_rank_pgr(kept, values),
        coverage=_mean((np.abs(said - observed) <= half)[bounded].astype(np.float64)),
    )


def _forecast(
    sign: Sign,
    values: Float64[np.ndarray, " n"],
    observed: Float64[np.ndarray, " n"],
    pairs: Sequence[tuple[str, ...]],
) -> Float64[np.ndarray, " n"]:
    if sign.kind == "direct":
        return values
    said = np.full(len(values), np.nan)
    for pair in set(pairs):
        own = _is(pairs, pair)
        others = {other for other in pairs if other != pair}
        x, y = values[~own], observed[~own]
        if len(others) < MIN_PAIRS or float(x.std()) < 1e-12:
            continue
        slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
        said[own] = y.mean() + slope * (values[own] - x.mean())
    return said


def _others_mean(
    observed: Float64[np.ndarray, " n"], pairs: Sequence[tuple[str, ...]]
) -> Float64[np.ndarray, " n"]:
    said = np.full(len(observed), np.nan)
    for pair in set(pairs):
        own = _is(pairs, pair)
        if not own.all():
            said[own] = observed[~own].mean()
    return said


def _half_widths(
    errors: Float64[np.ndarray, " n"], pairs: Sequence[tuple[str, ...]]
) -> Float64[np.ndarray, " n"]:
    """Return half the width of each forecast's interval: a high quantile of the errors on other pairs."""
    half = np.full(len(errors), np.inf)
    for pair in set(pairs):
        own = _is(pairs, pair)
        others = errors[~own & np.isfinite(errors)]
        # The quantile of conformal prediction, which exists from 19 errors on.
        rank = int(np.ceil((len(others) + 1) * CONFIDENCE))
        if 0 < rank <= len(others):
            half[own] = np.sort(others)[rank - 1]
    return half


def _is(pairs: Sequence[tuple[str, ...]], pair: tuple[str, ...]) -> Bool[np.ndarray, " n"]:
    return np.array([one == pair for one in pairs], dtype=bool)


def _rank(
    cases: Sequence[Case], values: Float64[np.ndarray, " n"], observed: Float64[np.ndarray, " n"]
) -> float:
    """Return the rank correlation of cells' means."""
    places = _by_cell(cases)
    x = [float(values[own].mean()) for own in places]
    return _spearman(x, [float(observed[own].mean()) for own in places])


def _rank_pgr(cases: Sequence[Case], values: Float64[np.ndarray, " n"]) -> float:
    """Return the rank correlation of cells' means with PGR, leaving out cells without a clear gap."""
    weak = np.array([case.test.weak.correct.mean() for case in cases])
    student = np.array([case.test.student.correct.mean() for case in cases])
    gap = np.array([case.test.ceiling.correct.mean() for case in cases]) - weak
    clear = [own for own in _by_cell(cases) if len(own) > 1 and t_interval(gap[own]).low > 0]
    x = [float(values[own].mean()) for own in clear]
    return _spearman(x, [float((student - weak)[own].mean() / gap[own].mean()) for own in clear])


def _by_cell(cases: Sequence[Case]) -> list[list[int]]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place, case in enumerate(cases):
        places.setdefault(case.cell, []).append(place)
    return list(places.values())


def _spearman(x: Sequence[float], y: Sequence[float]) -> float:
    if len(x) < 3 or np.std(x) < 1e-12 or np.std(y) < 1e-12:
        return float("nan")
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def _mean(values: Float64[np.ndarray, " n"]) -> float:
    return float(values.mean()) if len(values) else float("nan")
