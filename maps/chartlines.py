"""Lines over time: actual values, target, paths, forecasts and older editions on one chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from data.texts import text
from maps import style
from maps.chartkit import (
    BAND_OPACITY,
    LINE,
    Frame,
    Scale,
    Tone,
    Words,
    figure,
    keep_apart,
    label,
    rect,
    svg,
    swatches,
    ticks,
    wrap,
    y_axis,
)
from maps.page import Cell, Column, html, join

Kind = Literal["actual", "second", "target", "path", "path2", "forecast", "forecast2", "trend", "vintage"]
FEW_LINES = 2
"""More lines than this, and each name at their ends gets a sample of its stroke."""
SAMPLE_PX = 28
WIDE_LETTER = 8.4
"""Width of a letter [px] beside the drawing, where nothing may be cut: fonts of Linux are wider than those of Windows."""
DOTTED = ("actual", "second")
"""Kinds whose points are drawn as dots; a preliminary one is hollow."""


@dataclass(frozen=True)
class Point:
    """A value at x (a year), with an optional range; preliminary = hollow dot; note goes to the table."""

    x: float
    y: float | None
    low: float | None = None
    high: float | None = None
    preliminary: bool = False
    note: str = ""


@dataclass(frozen=True)
class Series:
    """A line. points: Point or (x, y). kind decides its stroke: no two kinds differ by colour alone. A gap (y None) breaks it."""

    label: str
    points: Sequence[Point | tuple[float, float | None]]
    kind: Kind = "actual"
    named: bool = True
    """Whether its name stands at its end (else in the table only)."""
    cut: bool = True
    """Whether a break cuts it: False for a series that the change does not touch."""

    @property
    def dots(self) -> list[Point]:
        """The points, all as Point."""
        return [p if isinstance(p, Point) else Point(*p) for p in self.points]


@dataclass(frozen=True)
class Revision:
    """A value that a newer edition changed: drawn as a vertical tick, never as a step of the line."""

    x: float
    old: float
    new: float
    label: str


@dataclass(frozen=True)
class Span:
    """A piece of a column at x from low to high: measures drawn as bars in the gap."""

    x: float
    low: float
    high: float
    label: str
    tone: Tone


def lines(
    words: Words,
    series: Sequence[Series],
    *,
    unit: str = "",
    digits: int = 0,
    zero: bool = True,
    breaks: Sequence[tuple[float, str]] = (),
    revisions: Sequence[Revision] = (),
    spans: Sequence[Span] = (),
    x_ticks: Sequence[float] = (),
    x_heading: str = "",
    height: int = 340,
    id_: str = "",
) -> Markup:
    """Return a line chart. x is a number, by default a year; breaks are (x, words): a change of definition.

    Lines never run across a break; `revisions` and `breaks` are also written in the table's last column. Series without any point
    give a figure that says so.
    """
    if not spans and not any(s.dots for s in series):
        return html(
            '<figure class="chart chart-lines"{}><figcaption><p class="chart-title">{}</p><p class="chart-sub">{}: {}</p></figcaption>'
            "</figure>",
            html(' id="{}"', id_) if id_ else "",
            words.title,
            words.sub,
            text("maps.charts.no_data"),
        )
    values = _values(series, revisions, spans)
    grid = ticks(min([*values, 0.0]) if zero else min(values), max([*values, 0.0]) if zero else max(values), unit)

    def draw(width: int) -> Markup:
        return _draw(
            words,
            series,
            grid,
            width=width,
            height=height,
            unit=unit,
            breaks=breaks,
            revisions=revisions,
            spans=spans,
            x_ticks=x_ticks,
        )

    tones = list({span.label: (span.tone, span.label) for span in spans}.values())
    return figure(
        words,
        draw,
        columns=_columns(series, spans, unit, x_heading),
        rows=_rows(series, spans, digits, _remarks(series, breaks, revisions, digits)),
        legend=swatches(tones),
        id_=id_,
        css="chart-lines",
    )


def _values(series: Sequence[Series], revisions: Sequence[Revision], spans: Sequence[Span]) -> list[float]:
    points = [v for s in series for p in s.dots for v in (p.y, p.low, p.high)]
    others = [*(v for r in revisions for v in (r.old, r.new)), *(v for s in spans for v in (s.low, s.high))]
    return [v for v in (*points, *others) if v is not None and math.isfinite(v)] or [0.0, 1.0]


def _draw(
    words: Words,
    series: Sequence[Series],
    grid: list[float],
    *,
    width: int,
    height: int,
    unit: str,
    breaks: Sequence[tuple[float, str]],
    revisions: Sequence[Revision],
    spans: Sequence[Span],
    x_ticks: Sequence[float],
) -> Markup:
    xs = [p.x for s in series for p in s.dots] + [s.x for s in spans]
    named = [s for s in series if s.named and any(p.y is not None for p in s.dots)]
    letters = 20 if width > 500 else 13
    sample = SAMPLE_PX if len(named) > FEW_LINES else 0
    margin = 14 + sample + WIDE_LETTER * max((len(line) for s in named for line in wrap(s.label, letters)), default=0)
    frame = Frame(width, height, 0, min(margin, width * 0.36), 22, 28)
    x = Scale(min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1, 12, width - frame.right - 8)
    y = Scale(grid[0], grid[-1], height - frame.bottom, frame.top)
    return svg(
        frame,
        words,
        join(
            [
                y_axis(frame, y, grid, unit),
                _x_axis(frame, x, x_ticks or year_ticks(min(xs), max(xs), 7 if frame.wide else 4)),
                join(_break(at, said, x, frame) for at, said in breaks),
                join(_span(span, x, y, spans) for span in spans),
                join(_band(s, x, y) for s in series),
                join(_line(s, x, y, [at for at, _ in breaks]) for s in sorted(series, key=lambda s: s.kind in DOTTED)),
                join(_revision(r, x, y) for r in revisions),
                _end_labels(named, x, y, frame, letters=letters, sample=sample),
            ]
        ),
    )


def year_ticks(first: float, last: float, most: int) -> list[float]:
    """Return at most `most` + 1 round years between first and last, both ends among them where they do not collide."""
    span = last - first
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50, 100, 1000, math.inf) if span / s <= most)
    if math.isinf(step):
        return [first, last]
    inner = (math.ceil(first / step) * step + n * step for n in range(most + 2))
    return [first, *(v for v in inner if first + 0.6 * step < v < last - 0.6 * step), last]


def _x_axis(frame: Frame, x: Scale, values: Sequence[float]) -> Markup:
    bottom = frame.height - frame.bottom
    marks = (html('<line class="axis" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', x(v), bottom, bottom + 4) for v in values)
    # years carry no thousands mark
    numbers = (label(x(v), bottom + 18, [f"{v:g}"], anchor="start" if x(v) < 16 else "middle") for v in values)
    return join([*marks, *numbers])


def segments(dots: Sequence[Point], breaks: Sequence[float]) -> list[list[Point]]:
    """Return the runs of points that one stroke may join: no gap and no break inside."""
    runs: list[list[Point]] = [[]]
    for before, point in zip([None, *dots], dots, strict=False):
        broken = before is not None and any(before.x < at <= point.x for at in breaks)
        if point.y is None or broken:
            runs.append([])
        if point.y is not None:
            runs[-1].append(point)
    return [run for run in runs if run]


def _line(series: Series, x: Scale, y: Scale, breaks: Sequence[float]) -> Markup:
    cut = breaks if series.cut and series.kind in (*DOTTED, "vintage") else ()
    runs = segments(series.dots, cut)
    strokes = (
        html('<polyline class="line-{}" points="{}"/>', series.kind, " ".join(f"{x(p.x)},{y(p.y or 0.0)}" for p in run))
        for run in runs
        if len(run) > 1
    )
    if series.kind not in DOTTED:
        return join(strokes)
    dots = (
        html('<circle class="{}" cx="{}" cy="{}" r="3.5"/>', "dot-hollow" if p.preliminary else "dot", x(p.x), y(p.y))
        for run in runs
        for p in run
        if p.y is not None
    )
    return join([*strokes, *dots])


def _band(series: Series, x: Scale, y: Scale) -> Markup:
    dots = [p for p in series.dots if p.low is not None and p.high is not None]
    if len(dots) < 2:
        return join(
            html('<path class="whisker" d="M{0} {1}V{2}"/>', x(p.x), y(p.low), y(p.high))
            for p in dots
            if p.low is not None and p.high is not None
        )
    upper = [f"{x(p.x)},{y(p.high)}" for p in dots if p.high is not None]
    lower = [f"{x(p.x)},{y(p.low)}" for p in reversed(dots) if p.low is not None]
    return html('<polygon class="band" fill-opacity="{}" points="{}"/>', BAND_OPACITY, " ".join(upper + lower))


def _span(span: Span, x: Scale, y: Scale, spans: Sequence[Span]) -> Markup:
    at = sorted({s.x for s in spans})
    step = min((x(b) - x(a) for a, b in pairwise(at)), default=24.0)
    width = min(24.0, step * 0.7)
    low, high = y(span.low), y(span.high)
    return rect(x(span.x) - width / 2, min(low, high), width, abs(high - low), tone=span.tone)


def _revision(revision: Revision, x: Scale, y: Scale) -> Markup:
    at, old, new = x(revision.x), y(revision.old), y(revision.new)
    return html(
        '<g class="revision"><title>{5}</title><path d="M{0} {1}V{2}M{3} {1}H{4}M{3} {2}H{4}"/></g>',
        at,
        old,
        new,
        round(at - 5, 1),
        round(at + 5, 1),
        revision.label,
    )


def _break(at: float, said: str, x: Scale, frame: Frame) -> Markup:
    place = x(at - 0.5)
    return join(
        [
            html('<path class="break" d="M{} {}V{}"/>', place, frame.top - 8, frame.height - frame.bottom),
            label(place + 4, frame.top - 10, wrap(said, 40, 1)),
        ]
    )


def _end_labels(named: Sequence[Series], x: Scale, y: Scale, frame: Frame, *, letters: int, sample: int) -> Markup:
    """Return the names at the lines' ends; among more than a few lines each with a sample of its stroke."""
    ends = [next(p for p in reversed(s.dots) if p.y is not None) for s in named]
    said = [wrap(s.label, letters) for s in named]
    heights = [len(lines_) * LINE + 2 for lines_ in said]
    wanted = [y(p.y or 0.0) - height / 2 for p, height in zip(ends, heights, strict=True)]
    tops = keep_apart(wanted, heights, 0, frame.height - frame.bottom + 8)
    at = frame.width - frame.right + 8
    parts = []
    for s, point, text_lines, top, height in zip(named, ends, said, tops, heights, strict=True):
        middle = top + height / 2
        if abs(middle - y(point.y or 0.0)) > 4 or x(point.x) < at - 24:
            parts.append(
                html(
                    '<path class="leader" d="M{} {}L{} {}"/>',
                    round(x(point.x) + 5, 1),
                    y(point.y or 0.0),
                    round(at - 3, 1),
                    round(middle, 1),
                )
            )
        if sample:
            stroke = f"{at},{round(top + 8, 1)} {at + sample - 6},{round(top + 8, 1)}"
            parts.append(html('<polyline class="line-{}" points="{}"/>', s.kind, stroke))
        parts.append(label(at + sample, top + 12, text_lines, strong=s.kind == "actual"))
    return join(parts)


def _remarks(
    series: Sequence[Series], breaks: Sequence[tuple[float, str]], revisions: Sequence[Revision], digits: int
) -> dict[float, str]:
    said: dict[float, list[str]] = {}
    for at, words in breaks:
        said.setdefault(at, []).append(text("maps.charts.break", what=words))
    for r in revisions:
        change = text("maps.charts.revised", what=r.label, old=style.number(r.old, digits), new=style.number(r.new, digits))
        said.setdefault(r.x, []).append(change)
    for point in (p for s in series for p in s.dots if p.note):
        said.setdefault(point.x, []).append(point.note)
    return {at: " ".join(words) for at, words in said.items()}


def _columns(series: Sequence[Series], spans: Sequence[Span], unit: str, x_heading: str) -> list[Column]:
    named = [s.label for s in series] + list(dict.fromkeys(span.label for span in spans))
    unit_ = f" ({unit})" if unit else ""
    return [
        Column(x_heading or text("maps.charts.year"), heads_row=True),
        *(Column(name + unit_, "number") for name in named),
        Column(text("maps.charts.note")),
    ]


def _rows(
    series: Sequence[Series], spans: Sequence[Span], digits: int, remarks: dict[float, str]
) -> list[list[str | float | Cell | None]]:
    by_x = [{p.x: p for p in s.dots} for s in series]
    measures = list(dict.fromkeys(span.label for span in spans))
    at = {(span.x, span.label): span.high - span.low for span in spans}
    xs = sorted({*(x for points in by_x for x in points), *(span.x for span in spans), *remarks})
    return [
        [
            f"{x:g}",
            *(_cell(points.get(x), digits) for points in by_x),
            *(Cell(style.number(at.get((x, name)), digits), at.get((x, name))) for name in measures),
            remarks.get(x, ""),
        ]
        for x in xs
    ]


def _cell(point: Point | None, digits: int) -> Cell:
    if point is None or point.y is None:
        return Cell(style.MISSING)
    shown = style.number(point.y, digits)
    return Cell(text("maps.charts.preliminary", value=shown) if point.preliminary else shown, point.y)
