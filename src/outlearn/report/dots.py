"""Panels of one row a teacher and student, for runs with one student: dots on the gap from weak to ceiling.

A band runs from the teacher's accuracy to the ceiling, so PGR is how far along the band a dot lies. This
module imports Altair; import it only where a chart is drawn.
"""

import altair as alt

from outlearn.report.drawing import INK, Drawing, Panel

WIDTH = 250
ROW = 26
"""Height of one dot's own lane, in pixels."""


def accuracy_dots(drawing: Drawing) -> Panel:
    """Return accuracy by row: a band from weak (dashed end) to ceiling (solid end), a dot a method."""
    domain = drawing.accuracy_domain
    x = alt.X(
        "accuracy:Q",
        title="Test accuracy",
        scale=alt.Scale(domain=[domain.low, domain.high], nice=False, zero=False),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    once = drawing.chart.transform_aggregate(weak="mean(weak)", ceiling="mean(ceiling)", groupby=["pair"])
    height = ROW * _lanes(drawing) * 0.86
    band = once.mark_bar(color=INK, opacity=0.09, height=height).encode(
        x="weak:Q", x2="ceiling:Q", y=_y(drawing)
    )
    ends = [
        once.mark_tick(color=INK, thickness=2, size=height, orient="vertical").encode(
            x=alt.X("ceiling:Q"), y=_y(drawing)
        ),
        once.mark_tick(color=INK, thickness=2, size=height, orient="vertical", opacity=0.45).encode(
            x=alt.X("weak:Q"), y=_y(drawing)
        ),
    ]
    return _sized(alt.layer(band, *ends, *_dots(drawing, "accuracy", x)), drawing)


def pgr_dots(drawing: Drawing) -> Panel:
    """Return PGR by row, 0 at the teacher and 1 at the ceiling; where it is undefined the row says so."""
    domain = drawing.pgr_domain
    x = alt.X(
        "pgr:Q",
        title="Performance gap recovered (PGR)",
        scale=alt.Scale(domain=[domain.low, domain.high], nice=False),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    ends = [
        alt.Chart(alt.InlineData(values=[{"pgr": value}]))
        .mark_rule(color=INK, opacity=opacity, strokeWidth=2)
        .encode(x="pgr:Q")
        for value, opacity in ((0.0, 0.45), (1.0, 1.0))
    ]
    unknown = (
        drawing.chart.transform_filter("datum.undefined != ''")
        .mark_text(align="left", dx=6, fontSize=11, fontStyle="italic", color=INK)
        .encode(
            x=alt.XDatum(0),
            y=_y(drawing),
            yOffset=_lane(drawing),
            text="undefined:N",
        )
    )
    return _sized(alt.layer(*ends, *_dots(drawing, "pgr", x), unknown), drawing)


def _dots(drawing: Drawing, field: str, x: alt.X) -> list[alt.Chart]:
    known = drawing.chart.transform_filter(f"isValid(datum.{field})")
    y, lane = _y(drawing), _lane(drawing)
    return [
        known.mark_rule(strokeWidth=1.6, clip=True).encode(
            x=f"{field}_low:Q", x2=f"{field}_high:Q", y=y, yOffset=lane, color=drawing.colour
        ),
        *drawing.points(known, size=64, x=x, y=y, yOffset=lane),
    ]


def _y(drawing: Drawing) -> alt.Y:
    names = list(dict.fromkeys(row["pair"] for row in drawing.rows))
    # Teacher above, student below: long hub ids leave room for the plot.
    shown = alt.Axis(
        labelExpr="split(datum.label, ' → ').length == 2"
        " ? [split(datum.label, ' → ')[0], '→ ' + split(datum.label, ' → ')[1]] : datum.label",
        labelLimit=150,
        ticks=False,
        domain=False,
        grid=False,
    )
    return alt.Y(
        "pair:N", title=None, sort=names, axis=shown, scale=alt.Scale(paddingInner=0.12, paddingOuter=0.06)
    )


def _lane(drawing: Drawing) -> alt.YOffset:
    return alt.YOffset("method:N", sort=list(drawing.scene.methods), scale=alt.Scale(paddingOuter=0.3))


def _lanes(drawing: Drawing) -> int:
    return len(drawing.scene.methods)


def _sized(chart: Panel, drawing: Drawing) -> Panel:
    pairs = len({row["pair"] for row in drawing.rows})
    return chart.properties(width=WIDTH, height=ROW * max(2, _lanes(drawing)) * pairs)
