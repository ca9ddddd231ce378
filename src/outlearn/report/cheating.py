"""What is said wherever a cell appears that looked at gold: it is there to measure by, never to choose."""

from collections.abc import Sequence

from outlearn.analysis import STOPS, CellSummary, ComparisonRow

STOPPED = tuple(stop.suffix for stop in STOPS if stop.cheating)


def cheating_notes(cells: Sequence[CellSummary | ComparisonRow]) -> tuple[str, ...]:
    """Return what the mark "(cheating)" means for these cells, a line for each kind there is."""
    names = {cell.method for cell in cells if cell.cheating}
    stopped = sorted({suffix for suffix in STOPPED for name in names if name.endswith(suffix)})
    lines = [f"{suffix}, chosen by looking at gold test labels: not a method." for suffix in stopped]
    if any(not name.endswith(STOPPED) for name in names):
        lines.append("(cheating), made with gold labels that a method never sees: not a method.")
    return tuple(lines)
