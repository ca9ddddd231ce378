"""The first number on the page, and what must be said with it.

Over several tasks it is the median of per-task PGR, method by method; on one task it is the cell that
recovered most, said to be the best of several where it is. What is cheating is never the headline.
"""

from dataclasses import dataclass, replace

from outlearn.analysis import CellSummary, MedianPgr, Summary, median_pgr
from outlearn.report.console import pgr_note
from outlearn.report.numbers import count, estimate, interval, percent, points
from outlearn.report.scene import pair, tasks_of


@dataclass(frozen=True, slots=True)
class Headline:
    """A number with its interval, what it is a number of, and what qualifies it."""

    number: str
    interval: str
    title: str
    sentences: tuple[str, ...]
    medians: tuple[MedianPgr, ...]
    """One a teacher, student and method over several tasks; empty for one task."""


def headline(summary: Summary) -> Headline:
    """Return the headline of a summary with at least one cell."""
    honest = replace(summary, cells=tuple(cell for cell in summary.cells if not cell.cheating))
    if not honest.cells:
        return Headline(
            "none", "", "No method to report", ("Every finished cell looked at gold labels.",), ()
        )
    if len(tasks_of(honest)) > 1:
        return _over_tasks(honest)
    return _best_cell(honest)


def _over_tasks(summary: Summary) -> Headline:
    medians = median_pgr(summary)
    known = [median for median in medians if median.value is not None]
    num_tasks = len(tasks_of(summary))
    if not known:
        return Headline("undefined", "", f"Median PGR over {num_tasks} tasks", (), medians)
    best = max(known, key=lambda median: median.value or 0.0)
    ends = interval(best.low, best.high) if best.low is not None and best.high is not None else ""
    sentences = [
        f"{best.method}, {pair(best.teacher, best.student)}: median over {count(best.num_tasks, 'task')}.",
        *_shaky(best),
        *_among(len(medians), "medians"),
    ]
    if not ends:
        sentences.append("A median over fewer than six tasks has no 95 % interval.")
    return Headline(
        percent(best.value or 0.0), ends, "Highest median PGR over tasks, %", tuple(sentences), medians
    )


def _shaky(median: MedianPgr) -> tuple[str, ...]:
    if not median.num_undefined:
        return ()
    where = f"on {median.num_undefined} of {count(median.num_tasks, 'task')}"
    return (f"PGR by itself is undefined {where}: the gap there cannot be told from 0.",)


def _best_cell(summary: Summary) -> Headline:
    known = [cell for cell in summary.cells if cell.pgr.value is not None and not cell.inverted]
    if not known:
        best = max(summary.cells, key=lambda cell: cell.student_accuracy.value)
        why = (_reached(best), f"No PGR to report: {pgr_note(best)}.")
        own = best.student_accuracy
        return Headline(
            percent(own.value), interval(own.low, own.high), "Highest student accuracy, %", why, ()
        )
    best = max(known, key=lambda cell: cell.pgr.value or 0.0)
    sentences = (_reached(best), *_over_naive(best), *_among(len(summary.cells), "cells"))
    low, high = best.pgr.low, best.pgr.high
    title = "Highest PGR, %" if len(summary.cells) > 1 else "PGR, %"
    shown = interval(low, high) if low is not None and high is not None else ""
    return Headline(percent(best.pgr.value or 0.0), shown, title, sentences, ())


def _reached(cell: CellSummary) -> str:
    return (
        f"On {cell.task}, {cell.student} taught by {cell.teacher} with {cell.method} reaches an accuracy of"
        f" {estimate(cell.student_accuracy)} %; its teacher {estimate(cell.weak)} %, its ceiling"
        f" {estimate(cell.ceiling)} %, over {count(cell.num_seeds, 'seed')}."
    )


def _over_naive(cell: CellSummary) -> tuple[str, ...]:
    gain = cell.against_naive
    return (f"Against naive fine-tuning: {points(gain)} percentage points.",) if gain else ()


def _among(number: int, what: str) -> tuple[str, ...]:
    if number == 1:
        return ()
    return (f"It is the highest of {number} {what}, chosen after the fact: chance favours it.",)
