"""Charts as static SVG: they work without JavaScript, print, and are also a sentence and a table.

    bars(words, [Bar("Norrskolan", 41.0), Bar("Ishallen", 88.0, low=80, high=95)], unit="kWp")
    bars(words, [Bar("2025", parts=(Part("Värme", 120, "top"), Part("Fordon", 80, "good")))], unit="t")
    lines(words, [Series("Utfall", points, "actual"), Series("Linjär bana", path, "path")], unit="t", revisions=[...], spans=[...])
    stacked_bar(words, [Part("byggt", 1.2, "built"), Part("saknas", 2.1, "missing")], unit="MW", tick=Tick(6, "mål 6 MW"))
    sparkline([(2022, 31.0), (2023, 33.5)], description="Andel fossilfria fordon", target=46.0, base=2022)

`words` is a `Words(title, sub, sentence, source)`: title = the finding, sub = measure and unit, sentence = what a screen reader hears.
Everything is escaped. Numbers follow the language in force. A y axis starts at 0 unless `zero=False` (not for stocks or sums).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from data.texts import text
from maps import style
from maps.chartkit import (
    LETTER,
    LINE,
    TONES,
    Frame,
    Scale,
    Tone,
    Words,
    decimals,
    figure,
    label,
    rect,
    svg,
    swatches,
    ticks,
    wrap,
)
from maps.chartlines import Point, Revision, Series, Span, lines
from maps.page import Cell, Column, html, join
from maps.sparkline import sparkline

__all__ = [
    "TONES",
    "Bar",
    "Part",
    "Point",
    "Revision",
    "Series",
    "Span",
    "Tick",
    "Words",
    "bars",
    "lines",
    "sparkline",
    "stacked_bar",
]


@dataclass(frozen=True)
class Part:
    """A part of a bar: words, value in the bar's unit, tone, and the text shown instead of the number (optional)."""

    label: str
    value: float
    tone: Tone = "secondary"
    shown: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar: one value (with an optional range) or stacked parts. preliminary: outlined, not filled."""

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    parts: tuple[Part, ...] = ()
    tone: Tone = "built"
    preliminary: bool = False
    shown: str = ""

    @property
    def total(self) -> float | None:
        """The bar's length: its value, or the sum of its parts."""
        return sum(part.value for part in self.parts) if self.parts else self.value


@dataclass(frozen=True)
class Tick:
    """A mark across a bar: value and words."""

    value: float
    label: str


BAR_PX, GAP_PX = 22, 10


def bars(
    words: Words,
    rows: Sequence[Bar],
    *,
    unit: str,
    digits: int = 0,
    target: Tick | None = None,
    row_heading: str = "",
    id_: str = "",
) -> Markup:
    """Return horizontal bars in the order given. Values may be negative; None is drawn as "data saknas"."""
    totals = [bar.total for bar in rows if bar.total is not None]
    ends = [0.0, *totals, *(v for bar in rows for v in (bar.low, bar.high) if v is not None), *([target.value] if target else [])]
    values = ticks(min(ends), max(ends) or 1.0, unit)

    def draw(width: int) -> Markup:
        return _draw_bars(words, rows, values, width=width, unit=unit, digits=digits, target=target)

    legend = _part_tones(rows)
    return figure(
        words,
        draw,
        columns=_bar_columns(rows, unit, row_heading),
        rows=[_bar_row(bar, rows, digits) for bar in rows],
        legend=swatches(legend),
        id_=id_,
        css="chart-bars",
    )


def _part_tones(rows: Sequence[Bar]) -> list[tuple[str, str]]:
    return list({part.label: (part.tone, part.label) for bar in rows for part in bar.parts}.values())


def _draw_bars(
    words: Words, rows: Sequence[Bar], values: list[float], *, width: int, unit: str, digits: int, target: Tick | None
) -> Markup:
    letters = 26 if width > 500 else 0
    side = min(200, 8 + LETTER * max((len(bar.label) for bar in rows), default=0)) if letters else 0
    step = BAR_PX + GAP_PX + (0 if letters else LINE + 2)
    top = 26 if target else 8
    tail = 12 + LETTER * max((len(_shown(bar, unit, digits)) for bar in rows), default=0)
    frame = Frame(width, round(top + step * len(rows) + 22), side, tail, top, 22)
    scale = Scale(values[0], values[-1], side, width - tail)
    parts = [_value_grid(frame, scale, values)]
    for number, bar in enumerate(rows):
        y = top + number * step + (0 if letters else LINE + 2)
        parts.append(_bar(bar, y, scale, _shown(bar, unit, digits)))
        if letters:
            said = wrap(bar.label, letters, 2)
            parts.append(label(side - 8, y + BAR_PX / 2 + 4 - (len(said) - 1) * LINE / 2, said, anchor="end"))
        else:
            parts.append(label(4, y - 5, wrap(bar.label, int(width / LETTER), 1)))
    if target:
        x = scale(target.value)
        parts.append(html('<line class="target" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', x, 18, frame.height - 22))
        anchor = "end" if x > width / 2 else "start"
        parts.append(label(x, 13, [target.label], anchor=anchor, strong=True))
    return svg(frame, words, join(parts))


def _value_grid(frame: Frame, scale: Scale, values: Sequence[float]) -> Markup:
    bottom = frame.height - frame.bottom
    lines_ = [
        html('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', "axis" if v == 0 else "grid", x, x, frame.top - 4, bottom)
        for v in values
        for x in [scale(v)]
    ]
    numbers = [label(scale(v), bottom + 16, [style.number(v, decimals(values))], anchor="middle") for v in values]
    return join([*lines_, *numbers])


def _shown(bar: Bar, unit: str, digits: int) -> str:
    if bar.shown:
        return bar.shown
    return text("maps.charts.no_data") if bar.total is None else f"{style.number(bar.total, digits)}{style.NBSP}{unit}"


def _bar(bar: Bar, y: float, scale: Scale, shown: str) -> Markup:
    zero = scale(max(scale.low, min(0.0, scale.high)))
    if bar.total is None:
        return label(zero + 6, y + BAR_PX / 2 + 4, [shown])
    drawn, at = [], 0.0
    for part in bar.parts or (Part(bar.label, bar.total, "missing" if bar.preliminary else bar.tone),):
        start, end = sorted((scale(at), scale(at + part.value)))
        drawn.append(rect(start, y, end - start, BAR_PX, tone=part.tone))
        at += part.value
    tip = max(zero, scale(at), *(scale(v) for v in (bar.high,) if v is not None))
    if bar.low is not None and bar.high is not None:
        middle = y + BAR_PX / 2
        drawn.append(
            html(
                '<path class="whisker" d="M{0} {1}V{2}M{0} {3}H{4}M{4} {1}V{2}"/>',
                scale(bar.low),
                y + 6,
                y + BAR_PX - 6,
                middle,
                scale(bar.high),
            )
        )
    return join([*drawn, label(tip + 6, y + BAR_PX / 2 + 4, [shown], strong=True)])


def _bar_columns(rows: Sequence[Bar], unit: str, heading: str) -> list[Column]:
    named = [Column(heading or text("maps.charts.what"), heads_row=True)]
    named += [Column(f"{part} ({unit})", "number") for _, part in _part_tones(rows)]
    named.append(Column(text("maps.charts.value", unit=unit), "number"))
    if any(bar.low is not None for bar in rows):
        named += [Column(text("maps.charts.low"), "number"), Column(text("maps.charts.high"), "number")]
    return named


def _bar_row(bar: Bar, rows: Sequence[Bar], digits: int) -> list[str | Cell]:
    values = {part.label: part.value for part in bar.parts}
    cells = [_number(values.get(part), digits) for _, part in _part_tones(rows)]
    cells.append(_number(bar.total, digits, preliminary=bar.preliminary))
    if any(other.low is not None for other in rows):
        cells += [_number(bar.low, digits), _number(bar.high, digits)]
    return [bar.label, *cells]


def _number(value: float | None, digits: int, *, preliminary: bool = False) -> Cell:
    shown = style.number(value, digits)
    return Cell(text("maps.charts.preliminary", value=shown) if preliminary else shown, value)


def stacked_bar(
    words: Words, parts: Sequence[Part], *, unit: str, digits: int = 1, tick: Tick | None = None, id_: str = ""
) -> Markup:
    """Return one horizontal bar of parts in order, with a tick; every part's words and value stand under the bar.

    Parts of zero are kept in the table and left out of the bar and its legend.
    """
    total = max(sum(part.value for part in parts), tick.value if tick else 0.0) or 1.0

    def draw(width: int) -> Markup:
        frame = Frame(width, 66 if tick else 40, 1, 1, 24 if tick else 2, 2)
        scale = Scale(0.0, total, 1, width - 1)
        drawn, at = [], 0.0
        for part in parts:
            drawn.append(rect(scale(at), frame.top, scale(at + part.value) - scale(at), 36, tone=part.tone))
            at += part.value
        if tick:
            x = scale(tick.value)
            drawn.append(html('<line class="tick" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', x, 18, 66))
            drawn.append(label(x, 13, [tick.label], anchor="end" if x > width / 2 else "start", strong=True))
        return svg(frame, words, join(drawn))

    def shown(part: Part) -> str:
        return part.shown or f"{style.number(part.value, digits)}{style.NBSP}{unit}"

    return figure(
        words,
        draw,
        columns=[Column(text("maps.charts.what"), heads_row=True), Column(text("maps.charts.value", unit=unit), "number")],
        rows=[
            *([part.label, Cell(shown(part), part.value)] for part in parts),
            *([[tick.label, _number(tick.value, digits)]] if tick else []),
        ],
        legend=swatches([(part.tone, f"{part.label} {shown(part)}") for part in parts if part.value]),
        id_=id_,
        css="chart-stacked",
    )
