"""The small line of a table row: 160 x 40, no axis, target dashed, base year a square."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from maps.chartkit import Frame, Scale
from maps.chartlines import Point, Series, segments
from maps.page import html, join

SPARK = Frame(160, 40, 4, 5, 5, 5)


def sparkline(
    points: Sequence[Point | tuple[float, float | None]],
    *,
    description: str,
    target: float | None = None,
    base: float | None = None,
    breaks: Sequence[float] = (),
) -> Markup:
    """Return a line of 160 x 40: target dashed, base year a square, preliminary hollow, a short bar where the definition changed.

    description: what a screen reader hears. One known point is a dot; none gives an empty frame that says so.
    """
    dots = Series("", points).dots
    known = [p.y for p in dots if p.y is not None] + ([target] if target is not None else [])
    if not known:
        return html(
            '<svg class="spark" width="160" height="40" viewBox="0 0 160 40" role="img" aria-label="{}"></svg>', description
        )
    xs = [p.x for p in dots] + ([base] if base is not None else [])
    x = Scale(min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1, SPARK.left, SPARK.width - SPARK.right)
    room = (max(known) - min(known)) or abs(known[0]) or 1.0
    y = Scale(min(known) - 0.05 * room, max(known) + 0.05 * room, SPARK.height - SPARK.bottom, SPARK.top)
    return html(
        '<svg class="spark chart-spark" width="160" height="40" viewBox="0 0 160 40" role="img" aria-label="{}">{}</svg>',
        description,
        join([_spark_marks(target, breaks, x, y), _spark_line(dots, breaks, x, y), _spark_dots(dots, base, x, y)]),
    )


def _spark_marks(target: float | None, breaks: Sequence[float], x: Scale, y: Scale) -> Markup:
    goal = html('<line class="target" x1="0" x2="160" y1="{0}" y2="{0}"/>', y(target)) if target is not None else Markup()
    return join([goal, *(html('<path class="break" d="M{} 3V37"/>', x(at - 0.5)) for at in breaks)])


def _spark_line(dots: Sequence[Point], breaks: Sequence[float], x: Scale, y: Scale) -> Markup:
    return join(
        html('<polyline class="line-actual" points="{}"/>', " ".join(f"{x(p.x)},{y(p.y or 0.0)}" for p in run))
        for run in segments(dots, breaks)
        if len(run) > 1
    )


def _spark_dots(dots: Sequence[Point], base: float | None, x: Scale, y: Scale) -> Markup:
    known = [p for p in dots if p.y is not None]
    parts = []
    for p in known:
        if p.x == base:
            parts.append(html('<rect class="dot" x="{}" y="{}" width="6" height="6"/>', x(p.x) - 3, y(p.y or 0.0) - 3))
        elif p.preliminary or p is known[-1]:
            kind = "dot-hollow" if p.preliminary else "dot"
            parts.append(html('<circle class="{}" cx="{}" cy="{}" r="3"/>', kind, x(p.x), y(p.y or 0.0)))
    return join(parts)
