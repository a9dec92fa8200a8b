"""The values behind a goal: each with its source and rows, the way to vehicle, roof or invoice, what stands near, and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from climate.outcome import day, num
from climate.series import Series
from climate.status import ranges
from climate.verdict import Verdict
from data.goals import Goal
from data.observations import Observation
from data.rules import leaves
from data.sources import Source
from data.texts import catalogue, text
from maps import statuscharts, style
from maps.page import Cell, Column, html, join, table

if TYPE_CHECKING:
    from maps.statuspage import View
    from maps.statusrow import Row

DRILL = {
    "pv_capacity_mw": ("solcellskarta", "solcellskarta.html"),
    "pv_measures": ("plan", "plan.html"),
    "fossil_free_vehicle_share": ("fordon", "fordon.html#andel"),
    "replacement_fossil_free_share": ("fordon", "fordon.html#byten"),
    "group_emissions": ("utslapp", "utslapp.html"),
}
"""Indicator -> page and place where each vehicle, roof or invoice row behind the number stands."""
MOST_CONTEXT = 60
"""Series shown beside a goal."""


def block(title: str, *parts: object) -> Markup:
    """Return a part of an opened row with its heading; empty parts are left out."""
    return html('<section class="g-part"><h4>{}</h4>{}</section>', title, join(part for part in parts if part))


def dims_words(goal: Goal, dims: Sequence[tuple[str, str]]) -> str:
    """Return dims in words: a municipality's name, the words of the goal's own options, else the catalogue's."""
    names = {code: name for part in leaves(goal.rule) for code, name in getattr(part, "names", {}).items()}
    options = {
        pair: option.words
        for axis in goal.axes
        for option in axis.options
        if len(option.dims) == 1
        for pair in option.dims.items()
    }
    words = [names.get(value) or options.get((key, value)) or _dim_word(value) for key, value in dims]
    return ", ".join(dict.fromkeys(words))


def _dim_word(value: str) -> str:
    key = f"status.dim.{value}"
    return text(key) if key in catalogue() else value


def values(item: Row) -> Markup:
    """Return the values behind the chosen reading, with their sources and rows, and the way to each vehicle, roof or invoice."""
    verdict, view = item.verdict, item.view
    found = statuscharts.value_rows(verdict)
    names = ["date", "what", "value", "kind", "vintage", "source", *(["rows"] if view.internal else [])]
    columns = [Column(text(f"status.book.{name}"), "number" if name == "value" else "text") for name in names]
    replaced = {id(o) for part in (verdict.outcome, *verdict.outcome.parts) if part.series for o in part.series.superseded}
    shared = set.intersection(*(set(o.dims) for o in found)) if found else set()
    rows = [_value_row(view, (verdict.goal, shared), o, replaced=id(o) in replaced) for o in found]
    used = [
        name
        for name in (verdict.chosen.reading.indicator, verdict.outcome.series and verdict.outcome.series.indicator.id)
        if name
    ]
    links = [
        html('<p><a href="{}">{}</a></p>', DRILL[name][1], text(f"maps.statuspage.drill_{DRILL[name][0]}"))
        for name in dict.fromkeys(used)
        if name in DRILL and DRILL[name][0] in item.pages
    ]
    if not rows and not links:
        return Markup()
    shown = table(text("maps.statuspage.values"), columns, rows, sortable=len(rows) > 5, caption_hidden=True) if rows else ""
    return block(text("maps.statuspage.values"), *links, shown)


def _value_row(view: View, about: tuple[Goal, set], o: Observation, *, replaced: bool) -> list:
    """Return one value; of its dims only those that not every value of the table shares."""
    goal, shared = about
    indicator = view.status.book.indicators[o.indicator]
    dims = dims_words(goal, [pair for pair in o.dims if pair not in shared])
    status = text("maps.statuspage.replaced") if replaced else text(f"status.kind.{o.kind}")
    quality = f" ({o.quality})" if o.quality and o.quality != "year" else ""
    cells: list = [
        Cell(day(o.date), o.date.toordinal()),
        html('{} <span class="note">{}</span>', indicator.title, dims) if dims else indicator.title,
        Cell(num(o.value, indicator.unit), o.value),
        status + quality,
        o.vintage,
        _source(view.source(o.source), o.source),
    ]
    if view.internal:
        cells.append("; ".join(f"{link.file} {link.sheet or ''} {ranges(link.rows)}".strip() for link in o.rows))
    return cells


def _source(source: Source | None, fallback: str) -> Markup | str:
    if source is None:
        return fallback
    if source.url.startswith(("https://", "http://")):
        return html('<a href="{}" rel="noreferrer">{}</a>', source.url, source.title)
    return source.title


def context(view: View, verdict: Verdict) -> Markup:
    """Return what stands near the goal without being it: the newest value of each series."""
    if not verdict.context:
        return Markup()
    note = html('<p class="note">{}</p>', text("maps.statuspage.context_note"))
    return block(text("maps.statuspage.context"), note, context_table(view, verdict.goal, verdict.context))


def context_table(view: View, goal: Goal, series: Sequence[Series]) -> Markup:
    """Return the newest value of each series with its date and source."""
    columns = [
        Column(text("status.book.what"), heads_row=True),
        Column(text("status.book.value"), "number"),
        Column(text("status.book.date")),
        Column(text("status.book.source")),
    ]
    rows = [_context_row(view, goal, item) for item in series[:MOST_CONTEXT]]
    return table(text("maps.statuspage.context"), columns, rows, sortable=False, caption_hidden=True)


def value_words(series: Series) -> str:
    """Return the newest value with its unit, and what is said of its quality (about, derived, 75 of 125)."""
    point = series.points[-1]
    shown = num(point.value, series.indicator.unit)
    return f"{shown} ({point.quality})" if point.quality and point.quality != "year" else shown


def _context_row(view: View, goal: Goal, series: Series) -> tuple:
    point = series.points[-1]
    named = ", ".join(filter(None, (dims_words(goal, point.dims), series.vintage)))
    title = html('{} <span class="note">{}</span>', series.indicator.title, named) if named else series.indicator.title
    when = day(point.date)
    return (
        title,
        Cell(value_words(series), point.value),
        when,
        _source(view.source(point.source), point.source),
    )


def corrections(view: View, verdict: Verdict) -> Markup:
    """Return the values of the goal that have been written more than once, each with who and when."""
    ids = {o.indicator for o in statuscharts.value_rows(verdict)}
    lines = [_correction(entries) for entries in view.corrections if entries[0].indicator in ids]
    return block(text("maps.statuspage.corrections"), html("<ul>{}</ul>", join(lines))) if lines else Markup()


def _correction(entries: Sequence) -> Markup:
    steps = [
        text(
            "maps.statuspage.correction_step",
            value=text("history.taken_out") if entry.value is None else num(entry.value, entry.unit),
            date=style.date(entry.recorded, short=True),
            who=", ".join(filter(None, (entry.recorded_by, entry.note))) or "–",
        )
        for entry in entries
    ]
    first = entries[0]
    return html("<li>{} {}: {}</li>", first.indicator, day(first.date), " → ".join(steps))
