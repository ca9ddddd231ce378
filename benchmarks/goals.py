"""The goals that Outlearn set itself for speed, each with the cell that its figure is read from."""

from collections.abc import Mapping
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

    where: tuple[tuple[str, str], ...]
    """Columns, each with how its cell begins, of the rows that hold it; of several the worst counts."""

    column: str
    most: bool = False
    """Whether the figure is to be at most that large; else at least."""

    unit: str = ""

    @property
    def wanted_text(self) -> str:
        """Return the goal in words."""
        return f"{'at most' if self.most else 'at least'} {self.wanted:g}{self.unit}"


SCIQ, BOOLQ, GRID = "peer-shape-sciq", "peer-shape-boolq", "peer-shape-grid"
OAI, EAI = (("loop", "OAI, 1 row a forward pass"),), (("loop", "EAI"),)
BEST, FASTER = "x Outlearn bfloat16", "times faster"
FLOAT, BFLOAT = (("precision", "float32"),), (("precision", "bfloat16"),)


def _grid(task: str) -> tuple[tuple[str, str], ...]:
    return ("task", task), ("peer", "OAI, its sweep")


def _started(what: str) -> tuple[tuple[str, str], ...]:
    return (("what", what),)


GOALS = (
    Goal("A whole experiment on SciQ against OAI's defaults", 7, SCIQ, OAI, BEST, unit="x"),
    Goal("A whole experiment on BoolQ against OAI's defaults", 3, BOOLQ, OAI, BEST, unit="x"),
    Goal("A whole experiment on SciQ against EAI's defaults", 11, SCIQ, EAI, BEST, unit="x"),
    Goal("A whole experiment on BoolQ against EAI's defaults", 4, BOOLQ, EAI, BEST, unit="x"),
    Goal("A grid of 120 cells on the world against OAI's sweep", 20, GRID, _grid("world"), FASTER, unit="x"),
    Goal("A grid of 120 cells on SciQ against OAI's sweep", 10, GRID, _grid("sciq"), FASTER, unit="x"),
    Goal("A grid of 120 cells on BoolQ against OAI's sweep", 4, GRID, _grid("boolq"), FASTER, unit="x"),
    Goal("Padding, of all tokens", 3, "utilisation", (), "padding, %", most=True, unit=" %"),
    Goal(
        "Padding where language models are tuned and asked",
        3,
        "padding-language-float32",
        (("what is done", "reads"),),
        "padding, %",
        most=True,
        unit=" %",
    ),
    Goal("Utilisation in training, float32", 75, "utilisation", FLOAT, "training, %", unit=" %"),
    Goal("Utilisation in training, bfloat16", 60, "utilisation", BFLOAT, "training, %", unit=" %"),
    Goal("Utilisation in training, one GPU", 45, "utilisation-cuda", BFLOAT, "training, %", unit=" %"),
    Goal("Utilisation in prediction", 55, "utilisation", (), "prediction, %", unit=" %"),
    Goal(
        "Peak memory over planned memory, where it is short",
        1.15,
        "memory-cpu",
        (("memory", "short"),),
        "peak / planned",
        most=True,
        unit="x",
    ),
    Goal(
        "Help on the screen",
        0.4,
        "start-up",
        _started("outlearn --help"),
        "seconds (median)",
        most=True,
        unit=" s",
    ),
    Goal(
        "The first step of training",
        3,
        "start-up",
        _started("first optimiser step, 1 worker"),
        "seconds (median)",
        most=True,
        unit=" s",
    ),
    Goal("Planning 10,000 steps", 2, "growth-planning", (("steps", "10"),), "graph, s", most=True, unit=" s"),
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
    places = {name: place for place, name in enumerate(table.columns)}
    found = [
        row[places[goal.column]]
        for row in table.rows
        if all(name in places and str(row[places[name]]).startswith(start) for name, start in goal.where)
    ]
    figures = [float(one) for one in found if isinstance(one, int | float)]
    worst = max if goal.most else min
    return worst(figures) if figures else None
