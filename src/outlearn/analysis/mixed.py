"""What a method does on tasks in general: a mixed-effects model of its differences to naive, over tasks.

The mean over cells speaks of the tasks at hand. Here tasks and pairs of models are random: the difference of
one task, pair and seed is

    mean + (how the method does on this task) + (how it does for this pair) + rest

which is the model of all accuracies with an intercept for each task and pair and a slope of the method for
each, once naive, which shares the intercepts, is taken off. Variances are fitted by restricted maximum
likelihood. The interval is for a new task: the standard error times Student's quantile with one degree of
freedom fewer than tasks, since the usual normal one is far too narrow for a handful of tasks. Beside it
stands the plain mean over tasks with its own interval, which assumes less.

A fit that ends at the edge (a variance of 0) or does not end at all says so, and then the plain mean is the
one to quote.

Reference:
    Laird & Ware 1982, "Random-effects models for longitudinal data", Biometrics 38(4); Barr et al. 2013,
    "Random effects structure for confirmatory hypothesis testing", J. Mem. Lang. 68(3) (slopes belong in).
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from outlearn.analysis.estimates import CONFIDENCE, Estimate
from outlearn.analysis.pairing import PairedCell
from outlearn.analysis.pgr import t_interval

# n: differences

FEWEST_TASKS = 3
FEW_TASKS = 10
POINTS = 100.0
EDGE = 1e-3
"""Share of the rest's variance below which a variance counts as 0."""


@dataclass(frozen=True, slots=True)
class MixedSummary:
    """One method's difference to naive in accuracy, over tasks."""

    method: str
    cheating: bool
    num_tasks: int
    num_pairs: int
    num_differences: int
    """One a task, pair and seed."""

    mean: Estimate | None
    """Of the mixed model; None where it could not be fitted."""

    plain: Estimate
    """Mean of the tasks' own means, with Student's interval over tasks."""

    task_sd: float | None
    """How the effect differs from task to task, a fraction; None where it could not be fitted."""

    pair_sd: float | None
    """The same from pair to pair; None also where there is one pair."""

    state: Literal["fitted", "singular", "not converged"]
    """Singular: a variance is 0, so the interval leaves it out."""


@dataclass(frozen=True, slots=True)
class _Differences:
    values: Float64[np.ndarray, " n"]
    tasks: tuple[str, ...]
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    mean: float
    error: float
    task_sd: float
    pair_sd: float | None
    state: Literal["fitted", "singular", "not converged"]


def mixed(method: str, *, own: Sequence[PairedCell]) -> MixedSummary | None:
    """Return the summary of a method over tasks; None where it was tried on fewer than three."""
    found = _differences(own)
    tasks = sorted(set(found.tasks))
    if len(tasks) < FEWEST_TASKS:
        return None
    places = np.array(found.tasks)
    fitted = _fit(found)
    ok = fitted is not None and fitted.state != "not converged"
    return MixedSummary(
        method=method,
        cheating=any(one.cell.cheating for one in own),
        num_tasks=len(tasks),
        num_pairs=len(set(found.pairs)),
        num_differences=len(found.values),
        mean=_interval(fitted, num_tasks=len(tasks)) if fitted is not None and ok else None,
        plain=t_interval(np.array([found.values[places == task].mean() for task in tasks])),
        task_sd=fitted.task_sd if fitted is not None and ok else None,
        pair_sd=fitted.pair_sd if fitted is not None and ok else None,
        state=fitted.state if fitted is not None else "not converged",
    )


def _differences(own: Sequence[PairedCell]) -> _Differences:
    rows = [
        (pair.gain, one.cell.task, f"{one.cell.teacher}\t{one.cell.student}")
        for one in own
        for pair in one.pairs
    ]
    values, tasks, pairs = zip(*rows, strict=True)
    return _Differences(np.array(values), tasks, pairs)


def _interval(fitted: _Fit, *, num_tasks: int) -> Estimate:
    from scipy import special

    half = float(special.stdtrit(num_tasks - 1, (1 + CONFIDENCE) / 2)) * fitted.error
    return Estimate(fitted.mean, fitted.mean - half, fitted.mean + half)


def _fit(found: _Differences) -> _Fit | None:
    """Return what the model says, in fractions; None where there is nothing to fit or it cannot be solved."""
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    if np.ptp(found.values) < 1e-12:
        return None
    # In points: the fit's own tolerances are absolute.
    frame = pd.DataFrame({"gain": POINTS * found.values, "task": found.tasks, "pair": found.pairs, "all": 1})
    parts = {"task": "0 + C(task)"} | ({"pair": "0 + C(pair)"} if len(set(found.pairs)) > 1 else {})
    model = MixedLM.from_formula("gain ~ 1", groups="all", vc_formula=parts, re_formula="0", data=frame)
    with warnings.catch_warnings():
        # What these would say is read from the result and told in `state`.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            done = model.fit(reml=True, method=["bfgs", "lbfgs", "cg", "powell", "nm"])
        except np.linalg.LinAlgError:
            return None
    variances = dict(zip(model.exog_vc.names, np.asarray(done.vcomp, dtype=np.float64).tolist(), strict=True))
    error = float(done.bse_fe.iloc[0])
    if not done.converged or not math.isfinite(error):
        state: Literal["fitted", "singular", "not converged"] = "not converged"
    else:
        state = "singular" if min(variances.values()) < EDGE * float(done.scale) else "fitted"
    pair = math.sqrt(max(variances["pair"], 0.0)) / POINTS if "pair" in variances else None
    task = math.sqrt(max(variances["task"], 0.0)) / POINTS
    return _Fit(float(done.fe_params.iloc[0]) / POINTS, error / POINTS, task, pair, state)
