"""A table's columns against one another on two logarithmic axes, as SVG, drawn as the report draws."""

import math
from collections.abc import Sequence

from benchmarks.measured import Measured

from outlearn.report.drawing import Axis, Dot, Key, Line, Panel, sheet

WIDTH, HEIGHT = 640.0, 280.0
# As the report's own, in the order in which they differ most.
COLOURS = ("#5f5be0", "#d6512d", "#0b8a8f", "#a87400", "#cc3f86", "#55870f", "#9b4dca", "#76808f")
MARKERS = ("circle", "triangle-up", "square", "diamond", "triangle-down", "cross")
MAX_LABELS = 7


def plot(found: Measured) -> str:
    """Return the plot that a table asks for: its first column of the plot along x, the others as lines."""
    across, *lines = found.plot
    xs = _column(found, across)
    drawn = {name: _points(xs, _column(found, name)) for name in lines}
    values = [value for points in drawn.values() for _, value in points]
    marks = [mark for place, points in enumerate(drawn.values()) for mark in _marks(points, place)]
    units = {name.rsplit(", ", 1)[-1] for name in lines if ", " in name}
    unit = units.pop() if len(units) == 1 else ""
    keys = [
        Key(name.removesuffix(f", {unit}"), _colour(place), line="1 0", marker=MARKERS[place % len(MARKERS)])
        for place, name in enumerate(drawn)
    ]
    panel = Panel(
        label=f"{found.title}: the table holds every number",
        x=_axis([x for x in xs if x > 0], title=across),
        y=_axis(values, title={"s": "seconds", "ms": "milliseconds"}.get(unit, unit)),
        marks=tuple(marks),
        title=found.title,
        height=HEIGHT,
    )
    return sheet([panel], keys=keys, width=WIDTH, label=found.title)


def _column(found: Measured, name: str) -> list[float]:
    place = found.columns.index(name)
    return [float(row[place]) for row in found.rows]


def _points(xs: Sequence[float], ys: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the points that a logarithmic plot can show."""
    return tuple((x, y) for x, y in zip(xs, ys, strict=True) if x > 0 and y > 0)


def _marks(points: tuple[tuple[float, float], ...], place: int) -> list[Line | Dot]:
    colour, shape = _colour(place), MARKERS[place % len(MARKERS)]
    return [Line(points, colour), *(Dot(x, y, colour, shape, told=f"{x:g}: {y:.3g}") for x, y in points)]


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _axis(values: Sequence[float], *, title: str) -> Axis:
    """Return a logarithmic axis with room at both ends, labelled at round numbers."""
    first, last = math.log10(min(values)), math.log10(max(values))
    room = 0.06 * max(last - first, 0.5)
    low, high = first - room, last + room
    powers = range(math.floor(low), math.ceil(high) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [digit * 10.0**power for power in powers for digit in digits]
        shown = [tick for tick in ticks if low <= math.log10(tick) <= high]
        if len(shown) <= MAX_LABELS:
            break
    shown = shown[:: math.ceil(len(shown) / MAX_LABELS)]
    return Axis(
        title, 10**low, 10**high, tuple((tick, f"{tick:,.10g}") for tick in shown), log=True, grid=True
    )
