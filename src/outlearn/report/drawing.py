"""What every layer of a panel draws from: the rows of one task's cells and the run's colours and markers.

Text and the ceiling are drawn in `currentColor`, so a panel inside the page follows its light or dark theme;
on its own it is black. This module imports Altair; import it only where a chart is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import altair as alt

from outlearn.analysis import CellSummary
from outlearn.report.scene import Scene, pair
from outlearn.report.ticks import Domain, pgr_domain

INK = "currentColor"

Panel: TypeAlias = alt.LayerChart | alt.FacetChart
"""A layered chart; Altair's own types leave open whether it has facets."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rows behind one task's panels and how they are told apart."""

    scene: Scene
    rows: list[dict[str, Any]]

    legend: bool
    """Whether the chart carries its own key; the page writes one itself."""

    @property
    def chart(self) -> alt.Chart:
        """Return a chart of the rows, without marks."""
        return alt.Chart(alt.InlineData(values=self.rows))

    @property
    def colour(self) -> alt.Color:
        """Return the hue: the teacher of curves, the method of rows."""
        names = list(self.scene.hues)
        field = "teacher" if self.scene.layout == "curves" else "method"
        return alt.Color(
            f"{field}:N",
            scale=alt.Scale(domain=names, range=[self.scene.colour(name) for name in names]),
            legend=alt.Legend(title=field.capitalize()) if self.legend and len(names) > 1 else None,
        )

    def points(self, known: alt.Chart, *, size: int, **channels: Any) -> list[alt.Chart]:
        """Return the markers of what is known: filled, or hollow for what is cheating."""
        made = [
            known.transform_filter("!datum.cheating").mark_point(filled=True, size=size, opacity=1, clip=True)
        ]
        if any(row["cheating"] for row in self.rows):
            hollow = known.transform_filter("datum.cheating")
            made.append(hollow.mark_point(filled=False, strokeWidth=1.6, size=size, opacity=1, clip=True))
        return [one.encode(color=self.colour, shape=self.shape, **channels) for one in made]

    @property
    def shape(self) -> alt.Shape:
        """Return the marker of each method."""
        names = list(self.scene.methods)
        scale = alt.Scale(domain=names, range=[self.scene.shape(name) for name in names])
        return alt.Shape("method:N", scale=scale, legend=self._method_legend)

    @property
    def dash(self) -> alt.StrokeDash:
        """Return the dash pattern of each method's line."""
        names = list(self.scene.methods)
        scale = alt.Scale(domain=names, range=[list(self.scene.dash(name)) for name in names])
        # The same title as the marker's key, so that Vega-Lite draws the two as one.
        return alt.StrokeDash("method:N", scale=scale, legend=self._method_legend)

    @property
    def _method_legend(self) -> alt.Legend | None:
        shown = self.legend and len(self.scene.methods) > 1
        return alt.Legend(title="Method", symbolFillColor=INK) if shown else None

    @property
    def accuracy_domain(self) -> Domain:
        """Return the ends of the accuracy axis: all levels and intervals, with a little room."""
        fields = ("weak", "ceiling_low", "ceiling_high", "accuracy_low", "accuracy_high")
        values = [row[field] for row in self.rows for field in fields]
        room = 0.05 * max(max(values) - min(values), 0.02)
        return Domain(low=max(0.0, min(values) - room), high=min(1.0, max(values) + room))

    @property
    def pgr_domain(self) -> Domain:
        """Return the ends of the PGR axis."""
        known = [row for row in self.rows if row["pgr"] is not None]
        return pgr_domain(
            [row["pgr"] for row in known],
            lows=[row["pgr_low"] for row in known if row["pgr_low"] is not None],
            highs=[row["pgr_high"] for row in known if row["pgr_high"] is not None],
        )


def drawing(cells: Sequence[CellSummary], *, scene: Scene, legend: bool) -> Drawing:
    """Return what the panels of one task's cells are drawn from."""
    return Drawing(scene=scene, rows=[_row(cell, scene) for cell in cells], legend=legend)


def _row(cell: CellSummary, scene: Scene) -> dict[str, Any]:
    series = [(teacher, method) for teacher in scene.teachers for method in scene.methods]
    # Neighbours at the same compute step aside a little, so that their error bars stay apart.
    aside = series.index((cell.teacher, cell.method)) - (len(series) - 1) / 2
    ends = sorted(scene.places.values()) or [1.0]
    place = scene.places.get(cell.student, 1.0)
    shown = cell.pgr.value is not None
    return {
        "teacher": cell.teacher,
        "student": cell.student,
        "method": cell.method,
        "cheating": cell.cheating,
        "pair": pair(cell.teacher, cell.student),
        "place": place,
        "aside": place * (ends[-1] / ends[0]) ** (min(0.01, 0.1 / len(series)) * aside),
        "start": scene.places.get(cell.teacher, ends[0]),
        "weak": cell.weak.value,
        "ceiling": cell.ceiling.value,
        "ceiling_low": cell.ceiling.low,
        "ceiling_high": cell.ceiling.high,
        "accuracy": cell.student_accuracy.value,
        "accuracy_low": cell.student_accuracy.low,
        "accuracy_high": cell.student_accuracy.high,
        "pgr": cell.pgr.value,
        "pgr_low": _end(cell.pgr.low, shown),
        "pgr_high": _end(cell.pgr.high, shown),
        "undefined": "" if shown else "undefined",
    }


def _end(value: float | None, shown: bool) -> float | None:
    # JSON has no infinity; an end this far out is cut off by the axis anyway.
    return max(-1e3, min(1e3, value)) if shown and value is not None else None
