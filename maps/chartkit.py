"""What the charts share: scales, grid, labels that keep apart, tones with patterns, and the figure around the drawing.

A drawing is made twice, for a wide and for a narrow column; the page shows the one that fits (templates/base.css), so that letters are
never scaled down on a phone. All lengths are pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from data.texts import text
from maps import style
from maps.page import Cell, Column, html, join, table

WIDE, NARROW = 720, 340
LETTER = 7.3
"""Mean width of a letter at 12 px in the page's typefaces."""
LINE = 15
"""Height of a line of text at 12 px."""
BAND_OPACITY = 0.12
GRID_LINES = 3
NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
WHOLE_PERCENT = 100.0
PERCENT_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)
"""Steps down from 100 per cent that end at 0."""

Tone = Literal["ink", "built", "planned", "top", "good", "fair", "poor", "secondary", "missing", "excluded"]
TONES: dict[str, tuple[str, str]] = {
    "ink": ("var(--ink)", ""),
    "built": ("var(--built)", ""),
    "planned": ("var(--white)", 'stroke="var(--built)" stroke-width="3"'),
    "top": ("var(--class-top)", ""),
    "good": ("var(--class-good)", ""),
    "fair": ("var(--class-fair)", ""),
    "poor": ("var(--class-poor)", f'stroke="{style.ROOF_OUTLINE}" stroke-width="1"'),
    "secondary": ("var(--secondary)", ""),
    "missing": ("var(--white)", 'stroke="var(--secondary)" stroke-width="1.5" stroke-dasharray="4 3"'),
    "excluded": ("#c9cdd1", 'stroke="var(--secondary)" stroke-width="1" stroke-dasharray="1 2"'),
}
"""Fill and outline per tone. Neighbours differ in lightness or outline, never in hue alone."""


@dataclass(frozen=True)
class Frame:
    """The drawing area: whole width and height, and the margins inside which the data is drawn."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float

    @property
    def wide(self) -> bool:
        """Whether this is the wide drawing."""
        return self.width >= WIDE


@dataclass(frozen=True)
class Scale:
    """A linear map from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, rounded to a tenth."""
        span = self.high - self.low or 1.0
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)


@dataclass(frozen=True)
class Words:
    """What a figure says in words: headline (the finding), subline (measure and unit), sentence for screen readers, source line."""

    title: str
    sub: str
    sentence: str
    source: str = ""


def ticks(low: float, high: float, unit: str = "") -> list[float]:
    """Return the values of the grid: at most three steps of a round number above the lowest, covering low..high.

    An axis of per cent stops at 100 where nothing drawn lies above.
    """
    found = _round_steps(low, high)
    if unit == "%" and low >= 0 and high <= WHOLE_PERCENT < found[-1]:
        step = next(step for step in PERCENT_STEPS if WHOLE_PERCENT - GRID_LINES * step <= low)
        count = max(1, math.ceil((WHOLE_PERCENT - low) / step))
        return [WHOLE_PERCENT - n * step for n in range(count, -1, -1)]
    return found


def _round_steps(low: float, high: float) -> list[float]:
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low, low + 1]
    power = 10 ** math.floor(math.log10(span / GRID_LINES))
    slack = 1e-9 * span + 1e-15 * max(abs(low), abs(high))  # a rounding error is no reason for another line
    for step in (n * power for scale in (1, 10) for n in (m * scale for m in NICE)):
        first = math.floor((low + slack) / step) * step
        if first + GRID_LINES * step >= high - slack:
            count = min(GRID_LINES, max(1, math.ceil((high - slack - first) / step)))
            return [first + n * step for n in range(count + 1)]
    raise AssertionError((low, high))


def decimals(values: Sequence[float]) -> int:
    """Return how many decimals tell these values apart, at most three."""
    for digits in range(3):
        if all(math.isclose(v, round(v, digits), abs_tol=1e-9) for v in values):
            return digits
    return 3


LONGEST_WORD = 30
"""Letters of one word that are shown in a drawing; the table beside it has the whole."""


def wrap(label: str, letters: int, most: int = 3) -> list[str]:
    """Return the label in lines of about `letters` letters, at most `most` lines; what does not fit ends with an ellipsis."""
    lines: list[str] = []
    for whole in label.split():
        word = whole if len(whole) <= LONGEST_WORD else whole[: LONGEST_WORD - 1] + "…"
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " …"]


def label(x: float, y: float, lines: Sequence[str], *, anchor: str = "start", strong: bool = False) -> Markup:
    """Return lines of text whose first baseline is at y."""
    spans = join(html('<tspan x="{}" dy="{}">{}</tspan>', x, 0 if i == 0 else LINE, line) for i, line in enumerate(lines))
    return html(
        '<text x="{}" y="{}" text-anchor="{}"{}>{}</text>',
        x,
        round(y, 1),
        anchor,
        Markup(' class="strong"') if strong else "",
        spans,
    )


def keep_apart(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return tops near the wanted ones so that blocks of the given heights neither overlap nor leave low..high.

    Blocks that would overlap are merged and stand together around their common middle, as far as the room allows.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, float, list[int]]] = []  # top, height, members
    for i in order:
        top, height, members = min(max(wanted[i], low), high - heights[i]), heights[i], [i]
        while groups and groups[-1][0] + groups[-1][1] > top:
            other_top, other_height, others = groups.pop()
            middle = (other_top * other_height + top * height) / (other_height + height)
            members, height = others + members, other_height + height
            top = max(low, min(middle, high - height))
        groups.append((top, height, members))
    tops = [0.0] * len(wanted)
    for top, _, members in groups:
        at = top
        for i in members:
            tops[i], at = at, at + heights[i]
    return tops


def rect(x: float, y: float, width: float, height: float, *, tone: str) -> Markup:
    """Return a filled rectangle of a tone; an outlined one is drawn inside its edges."""
    fill, outline = TONES[tone]
    inset = 1.5 if "3" in outline.split("stroke-width=")[-1][:3] else 0.5 if outline else 0.0
    return html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" {}/>',
        round(x + inset, 1),
        round(y + inset, 1),
        round(max(0.0, width - 2 * inset), 1),
        round(max(0.0, height - 2 * inset), 1),
        fill,
        Markup(outline),
    )


def swatches(items: Sequence[tuple[str, str]]) -> Markup:
    """Return the legend row of (tone, words): a list that wraps."""
    entries = (
        html(
            '<li><svg class="swatch" width="16" height="12" viewBox="0 0 16 12" aria-hidden="true">{}</svg>{}</li>',
            rect(0, 0, 16, 12, tone=tone),
            words,
        )
        for tone, words in items
    )
    return html('<ul class="chart-legend">{}</ul>', join(entries)) if items else Markup()


def y_axis(frame: Frame, scale: Scale, values: Sequence[float], unit: str = "") -> Markup:
    """Return the grid lines with their numbers; the unit stands at the highest. The zero line is darker."""
    digits = decimals(values)
    parts = []
    for value in values:
        y = scale(value)
        kind = "axis" if value == 0 else "grid"
        parts.append(
            html('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', kind, frame.left, frame.width - frame.right, y, y)
        )
        shown = style.number(value, digits) + (f"{style.NBSP}{unit}" if unit and value == values[-1] else "")
        parts.append(label(frame.left, y - 4, [shown]))
    return join(parts)


def figure(
    words: Words,
    draw: Callable[[int], Markup],
    *,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | float | Cell | None]],
    legend: Markup | str = "",
    id_: str = "",
    css: str = "",
) -> Markup:
    """Return the figure: headline, subline, drawing (wide and narrow), legend, source, and the table behind it.

    draw(width) returns an <svg>. Without JavaScript the table stands in <details>; with it, Diagram | Tabell | Ladda ner
    (templates/charts.js) switches between them.
    """
    return html(
        '<figure class="chart {}"{}><figcaption><p class="chart-title">{}</p><p class="chart-sub">{}</p></figcaption>'
        '<div class="chart-switch no-print" role="group" aria-label="{}" hidden data-needs-js></div>'
        '<div class="chart-drawing"><div class="chart-wide">{}</div><div class="chart-narrow">{}</div>{}</div>'
        '<details class="chart-table"><summary>{}</summary>{}</details>{}</figure>',
        css,
        html(' id="{}"', id_) if id_ else "",
        words.title,
        words.sub,
        text("maps.charts.view"),
        draw(WIDE),
        draw(NARROW),
        legend,
        text("maps.charts.as_table"),
        table(words.title, columns, rows, sortable=False, caption_hidden=True),
        html('<p class="note chart-source">{}</p>', text("maps.charts.source", source=words.source)) if words.source else "",
    )


def svg(frame: Frame, words: Words, body: Markup) -> Markup:
    """Return the <svg> of a drawing with its title and sentence for screen readers."""
    return html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        frame.width,
        frame.height,
        f"{words.title}. {words.sentence}".replace("..", "."),
        body,
    )
