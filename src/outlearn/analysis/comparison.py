"""Every method against naive: differences in accuracy and PGR, tested, and corrected for their number.

A comparison is one task, teacher, student and method other than naive, over the seeds and test examples that
both have. Method and naive share teacher and ceiling, so the difference in PGR is the difference in accuracy
over their common gap: a ratio of paired means, with Fieller's interval.

*The family.* One run is one family: all its comparisons, over every task, pair and method, are adjusted
together by Holm's procedure. So the chance that a run declares any method better or worse where it is neither
is at most 5 %. What is cheating is no method, so it is shown and stays outside. Intervals are not adjusted:
each holds its own difference 19 times in 20.

Reference:
    Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6(2).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from outlearn.analysis.bootstrap import Measured, percentile_interval, replicate_means
from outlearn.analysis.estimates import CONFIDENCE, Estimate, PgrEstimate
from outlearn.analysis.pairing import (
    CEILING,
    GAIN,
    NAIVE,
    WEAK,
    PairedSeed,
    gains,
    mean_gain,
    paired_seeds,
)
from outlearn.analysis.pgr import t_interval
from outlearn.analysis.recovered import estimate_pgr
from outlearn.analysis.scores import Cell, Grid
from outlearn.analysis.significance import examples_p_value, holm, seeds_p_value

# s: seeds, b: replicates

LEVEL = 1 - CONFIDENCE


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One method minus naive, on one task with one pair of models."""

    task: str
    teacher: str
    student: str
    method: str
    cheating: bool
    num_seeds: int
    accuracy: Estimate
    """Difference in student accuracy, a fraction, paired by seed and example."""

    pgr: PgrEstimate
    """Difference in PGR, of the same seeds and examples."""

    inverted: bool
    """Whether the ceiling is clearly below the teacher, so that a gain in PGR is a loss in accuracy."""

    p_value: float
    """Two-sided, of no difference: Student's over seeds, or with one seed by flipping signs of groups."""

    p_holm: float | None
    """Adjusted over all comparisons of the run; None for what is cheating, which is outside the family."""

    @property
    def verdict(self) -> Literal["better", "worse", "not told apart", "not a method"]:
        """What the adjusted p-value says at a level of 5 %."""
        if self.p_holm is None:
            return "not a method"
        if self.p_holm > LEVEL + 1e-12:
            return "not told apart"
        return "better" if self.accuracy.value > 0 else "worse"


@dataclass(frozen=True, slots=True)
class MethodComparison:
    """One method minus naive, over all tasks and pairs of models."""

    method: str
    cheating: bool
    num_cells: int
    num_seeds: int
    """Seeds that all its cells have."""

    mean: Estimate | None
    """Mean over cells of the difference in accuracy; None if no seed is in all cells. Its interval is for
    these tasks and pairs: Student's over seeds, each averaged over cells first, since the cells of a seed
    share teachers and examples. With one seed it is the bootstrap's, over examples."""

    num_better: int
    """Cells where it is better after Holm's adjustment, at a level of 5 %; 0 for what is cheating."""

    num_worse: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All methods of a run against naive."""

    name: str
    rows: tuple[ComparisonRow, ...]
    """In order of task, teacher, student and method; without what cannot be paired with naive."""

    methods: tuple[MethodComparison, ...]
    """In order of name."""

    @property
    def num_tests(self) -> int:
        """Size of the family that p-values are adjusted for."""
        return sum(row.p_holm is not None for row in self.rows)


def compare(grid: Grid) -> Comparison:
    """Return every method's difference to naive, cell by cell and over all cells."""
    by_key = {cell.key: cell for cell in grid.cells}
    paired = []
    for cell in grid.cells:
        naive = by_key.get((cell.task, cell.teacher, cell.student, NAIVE))
        if naive is None or cell.method == NAIVE:
            continue
        pairs = paired_seeds(cell, naive=naive)
        if pairs:
            paired.append(_Paired(cell, pairs))
    p_values = [_p_value(one.pairs) for one in paired]
    tested = [index for index, one in enumerate(paired) if not one.cell.cheating]
    adjusted = dict(zip(tested, holm(np.array([p_values[index] for index in tested])).tolist(), strict=True))
    rows = tuple(
        _row(one, p_value=p_values[index], p_holm=adjusted.get(index)) for index, one in enumerate(paired)
    )
    names = sorted({row.method for row in rows})
    return Comparison(grid.name, rows, tuple(_method(name, paired, rows) for name in names))


@dataclass(frozen=True, slots=True)
class _Paired:
    cell: Cell
    pairs: tuple[PairedSeed, ...]


def _p_value(pairs: tuple[PairedSeed, ...]) -> float:
    if len(pairs) > 1:
        return seeds_p_value(gains(pairs))
    only = pairs[0].measured
    return examples_p_value(only.columns[:, GAIN], groups=only.groups)


def _row(one: _Paired, *, p_value: float, p_holm: float | None) -> ComparisonRow:
    cell, pairs = one.cell, one.pairs
    of_seeds = _levels(np.stack([pair.measured.columns.mean(axis=0) for pair in pairs]))
    gap_of_seeds = of_seeds[:, 2] - of_seeds[:, 0]
    if len(pairs) > 1:
        replicates, gap = np.empty((0, 3)), t_interval(gap_of_seeds)
    else:
        replicates = _levels(replicate_means([pairs[0].measured]))
        drawn = percentile_interval(replicates[:, 2] - replicates[:, 0])
        gap = Estimate(float(gap_of_seeds[0]), drawn.low, drawn.high)
    num_groups = len({group for pair in pairs for group in pair.measured.groups})
    pgr = estimate_pgr(of_seeds, replicates=replicates, gap=gap, num_groups=num_groups)
    return ComparisonRow(
        task=cell.task,
        teacher=cell.teacher,
        student=cell.student,
        method=cell.method,
        cheating=cell.cheating,
        num_seeds=len(pairs),
        accuracy=mean_gain(pairs),
        pgr=pgr,
        inverted=pgr.value is not None and gap.value < 0,
        p_value=p_value,
        p_holm=p_holm,
    )


def _levels(columns: Float64[np.ndarray, "s 3"]) -> Float64[np.ndarray, "s 3"]:
    """Return teacher, teacher plus gain, ceiling: the three whose PGR is the difference between two PGRs."""
    weak = columns[:, WEAK]
    return np.column_stack([weak, weak + columns[:, GAIN], columns[:, CEILING]])


def _method(name: str, paired: Sequence[_Paired], rows: Sequence[ComparisonRow]) -> MethodComparison:
    own = [one for one in paired if one.cell.method == name]
    counts = Counter(row.verdict for row in rows if row.method == name)
    seeds = sorted(set.intersection(*({pair.seed for pair in one.pairs} for one in own)))
    return MethodComparison(
        method=name,
        cheating=any(one.cell.cheating for one in own),
        num_cells=len(own),
        num_seeds=len(seeds),
        mean=_mean_over_cells(own, seeds) if seeds else None,
        num_better=counts["better"],
        num_worse=counts["worse"],
    )


def _mean_over_cells(own: Sequence[_Paired], seeds: Sequence[int]) -> Estimate:
    of_cells = [{pair.seed: pair for pair in one.pairs} for one in own]
    means = np.array([np.mean([pairs[seed].gain for pairs in of_cells]) for seed in seeds])
    if len(seeds) > 1:
        return t_interval(means)
    by_task: dict[str, list[Measured]] = {}
    for one, pairs in zip(own, of_cells, strict=True):
        by_task.setdefault(one.cell.task, []).append(pairs[seeds[0]].measured)
    # Tasks are drawn apart from each other; the pairs of one task share its test examples.
    drawn = sum(
        len(cells) / len(own) * replicate_means([_pooled(cells)], seed=place)[:, 0]
        for place, cells in enumerate(by_task.values())
    )
    interval = percentile_interval(np.asarray(drawn))
    return Estimate(float(means[0]), interval.low, interval.high)


def _pooled(cells: Sequence[Measured]) -> Measured:
    """Return all cells' examples together, so weighed that their mean is the mean over cells."""
    total = sum(len(one.groups) for one in cells)
    weighed = [one.columns[:, [GAIN]] * (total / (len(cells) * len(one.groups))) for one in cells]
    return Measured(tuple(group for one in cells for group in one.groups), np.concatenate(weighed))
