"""Panels over student compute, for runs with several students: the paper's figures 3 and 5, with error bars.

This module imports Altair; import it only where a chart is drawn.

Reference:
    Burns et al. 2023, arXiv:2312.09390, figs. 3 and 5: hue is the teacher, black the ceiling. Deviations:
    error bars, which the paper does not draw; the teacher's accuracy as a dashed level from its own place on.
"""

import altair as alt

from outlearn.report.drawing import INK, Drawing, Panel
from outlearn.report.ticks import Domain, Ticks, compute_ticks, places_apart

WIDTH = 272
HEIGHT = 224
NAMED = 6
# A hub id loses its organisation where there is no room for it.
SHORT = (
    "length(datum.student) > 12 ? slice(datum.student, lastindexof(datum.student, '/') + 1) : datum.student"
)
TITLES = {
    "pretraining_flops": "Student's pretraining compute (FLOPs)",
    "parameters": "Student's parameters",
}


def accuracy_curves(drawing: Drawing) -> Panel:
    """Return accuracy against student compute: students in colour, ceiling black, teachers dashed."""
    ticks = _ticks(drawing)
    y = _y("accuracy", drawing.accuracy_domain, title="Test accuracy")
    rules = drawing.chart.mark_rule(strokeDash=[3, 3], strokeWidth=1.2, opacity=0.85).encode(
        x=_x("start", ticks, drawing),
        x2=alt.X2Datum(ticks.high),
        y="weak:Q",
        color=drawing.colour,
    )
    once = drawing.chart.transform_aggregate(
        ceiling="mean(ceiling)",
        low="min(ceiling_low)",
        high="max(ceiling_high)",
        groupby=["place", "student"],
    )
    ceiling = [
        once.mark_line(color=INK, strokeWidth=1.8).encode(x=_x("place", ticks, drawing), y="ceiling:Q"),
        once.mark_rule(color=INK, strokeWidth=1.2).encode(
            x=_x("place", ticks, drawing), y="low:Q", y2="high:Q"
        ),
        once.mark_point(filled=True, opacity=1, color=INK, size=30).encode(
            x=_x("place", ticks, drawing), y="ceiling:Q"
        ),
    ]
    layers = [rules, *ceiling, *_series(drawing, ticks, "accuracy", y), _names(drawing, ticks, once)]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def pgr_curves(drawing: Drawing) -> Panel:
    """Return PGR against student compute; cells where it is undefined are not drawn."""
    ticks = _ticks(drawing)
    y = _y("pgr", drawing.pgr_domain, title="Performance gap recovered (PGR)")
    ends = [
        alt.Chart(alt.InlineData(values=[{"pgr": value}]))
        .mark_rule(color=INK, opacity=0.55, strokeWidth=1)
        .encode(y="pgr:Q")
        for value in (0.0, 1.0)
    ]
    return alt.layer(*ends, *_series(drawing, ticks, "pgr", y)).properties(width=WIDTH, height=HEIGHT)


def _series(drawing: Drawing, ticks: Ticks, field: str, y: alt.Y) -> list[alt.Chart]:
    known = drawing.chart.transform_filter(f"isValid(datum.{field})")
    x = _x("aside", ticks, drawing)
    return [
        known.mark_line(strokeWidth=1.8, clip=True).encode(
            x=x, y=y, color=drawing.colour, strokeDash=drawing.dash, detail="method:N"
        ),
        known.mark_rule(strokeWidth=1.3, clip=True).encode(
            x=x, y=f"{field}_low:Q", y2=f"{field}_high:Q", color=drawing.colour
        ),
        *drawing.points(known, size=52, x=x, y=y),
    ]


def _names(drawing: Drawing, ticks: Ticks, once: alt.Chart) -> alt.Chart:
    kept = places_apart([row["place"] for row in drawing.rows], ticks=ticks, share=1 / NAMED)
    named: alt.Chart = (
        once.transform_filter(alt.FieldOneOfPredicate(field="place", oneOf=kept))
        .transform_calculate(short=SHORT)
        .mark_text(align="right", dx=-3, dy=-9, fontSize=10, color=INK, limit=WIDTH / NAMED * 1.6)
        .encode(x=_x("place", ticks, drawing), y="ceiling:Q", text="short:N")
    )
    return named


def _ticks(drawing: Drawing) -> Ticks:
    scene = drawing.scene
    return compute_ticks(list(scene.places.values()), flops=scene.quantity == "pretraining_flops")


def _x(field: str, ticks: Ticks, drawing: Drawing) -> alt.X:
    # Vega has no format for powers of ten, so the labels are ours: numbers only, never a user's text.
    cases = [f"abs(datum.value/{value!r}-1)<1e-6?'{label}':" for value, label in ticks.labels.items()]
    return alt.X(
        f"{field}:Q",
        title=TITLES[drawing.scene.quantity],
        scale=alt.Scale(type="log", domain=[ticks.low, ticks.high], nice=False),
        axis=alt.Axis(values=list(ticks.labels), labelExpr="".join(cases) + "''", grid=False),
    )


def _y(field: str, domain: Domain, *, title: str) -> alt.Y:
    scale = alt.Scale(domain=[domain.low, domain.high], nice=False, zero=False)
    return alt.Y(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format=".0%", tickCount=6))
