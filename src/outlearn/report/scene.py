"""What a figure shows, before any chart exists: which layout, order, colours and places.

The whole run decides, so a teacher has the same colour and a compute the same place in every task's panels.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from outlearn.analysis import CellSummary, ComparisonRow, MedianPgr, Summary

Axes = Mapping[str, Mapping[str, float]]
"""Model to its "parameters" and "pretraining_flops", as the run's manifest holds them."""

# Ordered like the paper's hues, from blue to yellow; each has a contrast of 3 on white and on near-black.
PALETTE = ("#5f5be0", "#9b4dca", "#cc3f86", "#d6512d", "#a87400", "#55870f", "#0b8a8f", "#76808f")
RAMP = 6
NAIVE = "naive"
SHAPES = ("circle", "triangle-up", "square", "diamond", "triangle-down", "cross")
DASHES = ((1, 0), (6, 3), (1, 3), (8, 3, 1, 3), (3, 3), (10, 4))


@dataclass(frozen=True, slots=True)
class Scene:
    """Layout, order and places of a run's figures."""

    layout: Literal["curves", "rows"]
    """Curves over size where all students' is known and two differ; else one row a teacher and student."""

    quantity: Literal["pretraining_flops", "parameters"]
    teachers: tuple[str, ...]
    students: tuple[str, ...]
    methods: tuple[str, ...]

    places: Mapping[str, float]
    """Model to its place on the compute axis; models of unknown size are absent."""

    @property
    def hues(self) -> tuple[str, ...]:
        """Return the names that colour tells apart: teachers of curves, methods of rows."""
        return self.teachers if self.layout == "curves" else self.methods

    def colour(self, name: str) -> str:
        """Return the colour of a hue's name."""
        place, num_hues = self.hues.index(name), len(self.hues)
        # Few names take tones far apart; beyond the ramp's six, all tones in turn.
        return PALETTE[place * RAMP // num_hues if num_hues <= RAMP else place % len(PALETTE)]

    def shape(self, method: str) -> str:
        """Return the marker of a method."""
        return SHAPES[self.methods.index(method) % len(SHAPES)]

    def dash(self, method: str) -> tuple[int, ...]:
        """Return the dash pattern of a method's line."""
        return DASHES[self.methods.index(method) % len(DASHES)]


def scene(summary: Summary, *, axes: Axes) -> Scene:
    """Return the layout that suits a run's cells."""
    teachers = _once(cell.teacher for cell in summary.cells)
    students = _once(cell.student for cell in summary.cells)
    quantity: Literal["pretraining_flops", "parameters"] = "pretraining_flops"
    if not all(_size(axes, name, quantity) for name in students):
        quantity = "parameters"
    sizes = {name: _size(axes, name, quantity) for name in (*teachers, *students)}
    places = {name: size for name, size in sizes.items() if size > 0}
    spread = len({places[name] for name in students if name in places}) > 1
    known = all(name in places for name in students)
    return Scene(
        layout="curves" if spread and known else "rows",
        quantity=quantity,
        teachers=tuple(sorted(teachers, key=lambda name: places.get(name, math.inf))),
        students=tuple(sorted(students, key=lambda name: places.get(name, math.inf))),
        # The baseline first, so that it has the plain marker and line.
        methods=tuple(sorted(_once(cell.method for cell in summary.cells), key=lambda name: name != NAIVE)),
        places=places,
    )


Placed = TypeVar("Placed", CellSummary, ComparisonRow, MedianPgr)


def in_order(cells: Iterable[Placed], *, scene: Scene) -> list[Placed]:
    """Return cells, or medians of them, by teacher from weak to strong, then student, then method."""
    return sorted(
        cells,
        key=lambda cell: (
            scene.teachers.index(cell.teacher),
            scene.students.index(cell.student),
            scene.methods.index(cell.method),
        ),
    )


def pair(teacher: str, student: str) -> str:
    """Return how a teacher and its student are written together."""
    return f"{teacher} → {student}"


def tasks_of(summary: Summary) -> tuple[str, ...]:
    """Return a run's tasks, in the order of its cells."""
    return _once(cell.task for cell in summary.cells)


def _size(axes: Axes, name: str, quantity: str) -> float:
    size = float(axes.get(name, {}).get(quantity) or 0.0)
    return size if math.isfinite(size) and size > 0 else 0.0


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
