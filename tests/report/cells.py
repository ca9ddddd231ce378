"""Made-up summaries with known numbers, for tests of what is written and drawn."""

from outlearn.analysis import (
    CellSummary,
    Comparison,
    ComparisonRow,
    Estimate,
    MethodComparison,
    PgrEstimate,
    Summary,
)

AXES = {
    "world/s": {"parameters": 6e4, "pretraining_flops": 1e11},
    "world/m": {"parameters": 2.5e5, "pretraining_flops": 1e12},
    "world/l": {"parameters": 1e6, "pretraining_flops": 1e13},
}
REASON = "the 95 % interval of the gap (ceiling minus teacher), -0.010 to 0.020, contains 0: add seeds"
HALF = PgrEstimate(0.5, 0.4, 0.6, "Fieller", 0.41, 0.59, "")
UNDEFINED = PgrEstimate(None, None, None, "Fieller", None, None, REASON)


def cell(
    task: str = "world",
    *,
    teacher: str = "world/s",
    student: str = "world/l",
    method: str = "naive",
    accuracy: float = 0.8,
    pgr: PgrEstimate = HALF,
    cheating: bool = False,
) -> CellSummary:
    return CellSummary(
        task=task,
        teacher=teacher,
        student=student,
        method=method,
        num_seeds=4,
        num_examples=1000.0,
        weak=Estimate(0.7, 0.69, 0.71),
        student_accuracy=Estimate(accuracy, accuracy - 0.015, accuracy + 0.015),
        ceiling=Estimate(0.9, 0.89, 0.91),
        gap=Estimate(0.2, 0.18, 0.22),
        pgr=pgr,
        against_naive=None if method == "naive" else Estimate(0.03, 0.01, 0.05),
        cheating=cheating,
    )


def summary(*cells: CellSummary, missing: int = 0) -> Summary:
    return Summary("pilot", cells or (cell(), cell(method="confidence", accuracy=0.83)), missing)


def against(
    method: str = "confidence",
    *,
    task: str = "world",
    gain: float = 0.031,
    p_holm: float | None = 0.012,
    pgr: PgrEstimate = HALF,
    inverted: bool = False,
    student: str = "world/l",
) -> ComparisonRow:
    return ComparisonRow(
        task=task,
        teacher="world/s",
        student=student,
        method=method,
        cheating=p_holm is None,
        num_seeds=4,
        accuracy=Estimate(gain, gain - 0.02, gain + 0.02),
        pgr=pgr,
        inverted=inverted,
        p_value=0.003,
        p_holm=p_holm,
    )


def comparison(*rows: ComparisonRow) -> Comparison:
    """Return a comparison whose methods' means are those of their rows."""
    means = []
    for name in sorted({row.method for row in rows}):
        own = [row for row in rows if row.method == name]
        mean = sum(row.accuracy.value for row in own) / len(own)
        counts = [sum(row.verdict == which for row in own) for which in ("better", "worse")]
        p_holm = None if own[0].cheating else 0.04
        means.append(
            MethodComparison(
                name,
                own[0].cheating,
                len(own),
                4,
                Estimate(mean, mean - 0.01, mean + 0.01),
                0.02,
                p_holm,
                *counts,
            )
        )
    return Comparison("pilot", rows, tuple(means))
