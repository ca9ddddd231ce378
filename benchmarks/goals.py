"""The goals that Outlearn set itself for speed, each with the cell that its figure is read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measured import Cell, Measured

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is wanted."""

    what: str
    wanted: float
    table: str
    """Name of the table that holds the figure."""

    row: tuple[str, ...]
    """How the row's first cells begin; of several such rows the last counts, and none names the last row."""

    column: str
    most: bool = False
    """Whether the figure is to be at most that large; else at least."""

    unit: str = ""

    @property
    def wanted_text(self) -> str:
        """Return the goal in words."""
        return f"{'at most' if self.most else 'at least'} {self.wanted:g}{self.unit}"


OAI, EAI = "OAI, 1 row a forward pass", "EAI"
BEST = "x Outlearn bfloat16"
FASTER = "times faster"

GOALS = (
    Goal("A whole experiment on SciQ against OAI's defaults", 7, "peer-shape-sciq", (OAI,), BEST, unit="x"),
    Goal("A whole experiment on BoolQ against OAI's defaults", 3, "peer-shape-boolq", (OAI,), BEST, unit="x"),
    Goal("A whole experiment on SciQ against EAI's defaults", 11, "peer-shape-sciq", (EAI,), BEST, unit="x"),
    Goal("A whole experiment on BoolQ against EAI's defaults", 4, "peer-shape-boolq", (EAI,), BEST, unit="x"),
    Goal(
        "A grid of 120 cells on the world's ladder", 20, "peer-shape-grid", ("world", "OAI"), FASTER, unit="x"
    ),
    Goal("A grid of 120 cells on SciQ", 10, "peer-shape-grid", ("sciq", "OAI"), FASTER, unit="x"),
    Goal("A grid of 120 cells on BoolQ", 4, "peer-shape-grid", ("boolq", "OAI"), FASTER, unit="x"),
    Goal("Padding, of all tokens", 3, "utilisation", (), "padding, %", most=True, unit=" %"),
    Goal("Utilisation in training, float32", 75, "utilisation", ("float32",), "training, %", unit=" %"),
    Goal("Utilisation in training, bfloat16", 60, "utilisation", ("bfloat16",), "training, %", unit=" %"),
    Goal(
        "Utilisation in training, one GPU",
        45,
        "utilisation-gpu",
        ("bfloat16",),
        "training, %",
        unit=" %",
    ),
    Goal("Utilisation in prediction", 55, "utilisation", ("bfloat16",), "prediction, %", unit=" %"),
    Goal("Peak memory over what was planned", 1.15, "memory", (), "peak / planned", most=True, unit="x"),
    Goal("Help on the screen", 0.4, "start-up", ("help",), "seconds", most=True, unit=" s"),
    Goal("The first step of training", 3, "start-up", ("first step",), "seconds", most=True, unit=" s"),
    Goal("Planning 10,000 steps", 2, "growth-planning", ("10",), "graph, s", most=True, unit=" s"),
)

COLUMNS = ("goal", "wanted", "measured", "reached")


def judged(tables: Mapping[str, Measured]) -> list[tuple[Cell, ...]]:
    """Return one row a goal: what was wanted, what was measured, and whether that will do."""
    return [_judged(goal, tables) for goal in GOALS]


def _judged(goal: Goal, tables: Mapping[str, Measured]) -> tuple[Cell, ...]:
    found = figure(goal, tables)
    if found is None:
        return goal.what, goal.wanted_text, NOT_MEASURED, ""
    reached = found <= goal.wanted if goal.most else found >= goal.wanted
    return goal.what, goal.wanted_text, f"{found:.3g}{goal.unit}", "yes" if reached else "**no**"


def figure(goal: Goal, tables: Mapping[str, Measured]) -> float | None:
    """Return the figure of a goal; None where no table holds it."""
    table = tables.get(goal.table)
    if table is None or goal.column not in table.columns:
        return None
    rows = [row for row in table.rows if _begins(row, goal.row)]
    found = rows[-1][table.columns.index(goal.column)] if rows else None
    return float(found) if isinstance(found, int | float) else None


def _begins(row: Sequence[Cell], starts: Sequence[str]) -> bool:
    return all(str(cell).startswith(start) for cell, start in zip(row, starts, strict=False))
