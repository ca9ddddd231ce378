"""Over several tasks: the median of per-task PGR, as in the paper.

No task is dropped from the headline, not even one whose gap is too small to be told from 0 or is negative:
dropping them would keep the tasks on which the models differ most. What dropping them would give stands
beside it. A cell that is cheating has no median: medians are there to choose methods by, and it is none.

Reference:
    Burns et al. 2023, arXiv:2312.09390, sec. 4.2, figures 3d and 5b: the median over tasks of per-task PGR.
    Deviation: the paper gives no interval; this one is for the median of a wider set of tasks, of which the
    given ones are a random sample, and needs six tasks or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outlearn.analysis.estimates import CONFIDENCE
from outlearn.analysis.pgr import pgr
from outlearn.analysis.summary import CellSummary, Summary


@dataclass(frozen=True, slots=True)
class MedianPgr:
    """One method with one pair of models, over tasks."""

    teacher: str
    student: str
    method: str
    num_tasks: int
    num_undefined: int
    """Tasks whose own PGR is undefined, since the gap's interval contains 0."""

    num_negative: int
    """Tasks whose measured gap is 0 or less: the ceiling is no better than the teacher."""

    value: float | None
    """Median over every task whose measured gap is not exactly 0; None if there is none."""

    low: float | None
    """Ends of the 95 % interval of the median, from order statistics; None with fewer than six tasks."""

    high: float | None
    value_defined: float | None
    """Median over the tasks whose own PGR is defined; None if there is none."""


def median_pgr(summary: Summary) -> tuple[MedianPgr, ...]:
    """Return the median over tasks of PGR for each teacher, student and honest method, in this order."""
    cells: dict[tuple[str, str, str], list[CellSummary]] = {}
    for cell in summary.cells:
        if cell.cheating:
            continue
        cells.setdefault((cell.teacher, cell.student, cell.method), []).append(cell)
    return tuple(_median(key, of_tasks) for key, of_tasks in sorted(cells.items()))


def _median(key: tuple[str, str, str], cells: Sequence[CellSummary]) -> MedianPgr:
    from scipy import stats

    teacher, student, method = key
    ratios = sorted(ratio for ratio in map(_ratio, cells) if ratio is not None)
    defined = [cell.pgr.value for cell in cells if cell.pgr.value is not None]
    # The k-th smallest and k-th largest hold the median unless fewer than k values fall on one side of it.
    k = int(stats.binom.ppf((1 - CONFIDENCE) / 2, len(ratios), 0.5)) if ratios else 0
    return MedianPgr(
        teacher=teacher,
        student=student,
        method=method,
        num_tasks=len(cells),
        num_undefined=len(cells) - len(defined),
        num_negative=sum(cell.gap.value <= 0 for cell in cells),
        value=float(np.median(ratios)) if ratios else None,
        low=ratios[k - 1] if k > 0 else None,
        high=ratios[-k] if k > 0 else None,
        value_defined=float(np.median(defined)) if defined else None,
    )


def _ratio(cell: CellSummary) -> float | None:
    return pgr(weak=cell.weak.value, student=cell.student_accuracy.value, ceiling=cell.ceiling.value)
