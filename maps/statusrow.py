"""A goal's row and what it opens to: chart, readings, own assessment, what is missing, values and rows behind, other scales, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from climate.outcome import day, num
from climate.readings import Merged
from climate.series import Series
from climate.status import depends_words, ranges
from climate.verdict import Verdict
from data.goals import Goal
from data.observations import Observation
from data.rules import Event, Rank, leaves
from data.sources import Source
from data.texts import catalogue, language, text
from maps import statuscharts, style
from maps.page import Cell, Column, html, join, table

if TYPE_CHECKING:
    from maps.statuspage import View

DRILL = {
    "pv_capacity_mw": ("solcellskarta", "solcellskarta.html"),
    "pv_measures": ("plan", "plan.html"),
    "fossil_free_vehicle_share": ("fordon", "fordon.html#andel"),
    "replacement_fossil_free_share": ("fordon", "fordon.html#byten"),
    "group_emissions": ("utslapp", "utslapp.html"),
}
"""Indicator -> page and place where each vehicle, roof or invoice row behind the number stands."""
MANY_READINGS = 12
"""Merged readings above which the table is folded away under its own heading."""


MOST_CONTEXT = 60
"""Series shown beside a goal."""


@dataclass(frozen=True)
class Row:
    """One goal of the page."""

    view: View
    verdict: Verdict
    pages: Sequence[str] = ()

    @property
    def goal(self) -> Goal:
        """The goal."""
        return self.verdict.goal


def symbol(verdict: Verdict, size: int = 18) -> Markup:
    """Return the verdict's symbol; a plain dash in a box for a withdrawn goal."""
    if verdict.state == "withdrawn":
        return html(
            '<svg class="status status-withdrawn" width="{0}" height="{0}" viewBox="0 0 18 18" aria-hidden="true" focusable="false">'
            '<rect x="1.2" y="1.2" width="15.6" height="15.6" rx="3" fill="none" stroke="currentColor" stroke-width="1"/>'
            '<path d="M5 9h8" stroke="currentColor" stroke-width="1.6"/></svg>',
            size,
        )
    return Markup(style.status_symbol(verdict.verdict, size=size))


def word(view: View, verdict: Verdict) -> str:
    """Return the verdict's word, or "utgår"."""
    return text("status.change.withdrawn") if verdict.state == "withdrawn" else view.status.word(verdict.verdict)


def row(item: Row) -> Markup:
    """Return the goal as a line that opens."""
    verdict, view = item.verdict, item.view
    return html(
        '<details class="goal{css}" id="{id}" data-verdict="{state}"><summary>'
        '<span class="g-verdict">{symbol}<span>{word}</span></span>'
        '<span class="g-text"><b><span class="g-id">{id}</span> {text}</b><span class="g-because">{because}</span>{more}</span>'
        '<span class="g-level">{level}</span><span class="g-spark">{spark}</span><span class="g-who">{who}</span>'
        '</summary><div class="g-body">{body}</div></details>',
        id=item.goal.id,
        state="withdrawn" if verdict.state == "withdrawn" else verdict.verdict,
        symbol=symbol(verdict, 24),
        word=word(view, verdict),
        text=item.goal.text,
        because=_because(verdict),
        more=_more(view, verdict),
        css="" if verdict.outcome.value is not None else " no-value",
        level=_levels(verdict),
        spark=statuscharts.spark(verdict),
        who=_who(verdict),
        body=join(_body(item)),
    )


def _because(verdict: Verdict) -> str:
    if verdict.state == "withdrawn":
        return text("maps.statuspage.withdrawn", date=style.date(verdict.goal.withdrawn))
    return verdict.outcome.because


def _more(view: View, verdict: Verdict) -> Markup:
    """Return, for a goal without data, what is nearest to it and who has what is missing."""
    if verdict.verdict != "no_data" or verdict.state == "withdrawn":
        return Markup()
    nearest = _nearest(verdict)
    lines = [text("maps.statuspage.nearest", **_said(nearest))] if nearest else []
    holders = dict.fromkeys(item.who for item in view.status.missing_of(verdict))
    lines += [text("maps.statuspage.held_by", who="; ".join(holders))] if holders else []
    return join(html('<span class="g-because">{}</span>', line) for line in lines)


def _nearest(verdict: Verdict) -> Series | None:
    """Return the series that says most of the goal: a good direction, this municipality's own, dims as in the chosen reading."""
    chosen = dict(verdict.chosen.reading.dims)
    found = [s for s in verdict.context if s.indicator.better != "none" and "municipality" not in s.points[-1].dimensions]
    alike = [s for s in found if all(chosen.get(key) == value for key, value in s.points[-1].dims)]
    return next(iter(alike), None)


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


def _said(series: Series) -> dict[str, str]:
    point = series.points[-1]
    when = day(point.date)
    return {"title": series.indicator.title, "value": num(point.value, series.indicator.unit), "when": when}


def _levels(verdict: Verdict) -> Markup:
    """Return level and trend, each with its own word; nothing where there is no value."""
    outcome, found = verdict.outcome, verdict.trend
    if outcome.value is None:
        return Markup()
    lines = [
        html("<span><i>{}</i> {}</span>", text("maps.statuspage.level"), text(f"status.level.{outcome.level}")),
        html('<span class="g-more">{}</span>', _signed(outcome.gap, outcome.unit)) if _has_gap(verdict) else "",
        html("<span><i>{}</i> {}</span>", text("maps.statuspage.trend"), text(f"status.trend.{found.direction}")),
        html('<span class="g-more">{}</span>', text("maps.statuspage.trend_n", n=found.n)) if found.n > 1 else "",
    ]
    return join(lines)


def _has_gap(verdict: Verdict) -> bool:
    counted = isinstance(verdict.outcome.rule, (Event, Rank))
    return verdict.outcome.gap is not None and not counted


def _signed(value: float | None, unit: str) -> str:
    value = value or 0.0
    points = text("maps.statuspage.points") if unit == "%" else unit
    return ("+" if value > 0 else "") + num(value, points)


def _who(verdict: Verdict) -> Markup:
    upcoming = verdict.next_outcome
    due = text("maps.statuspage.next", date=style.date(upcoming, short=True)) if upcoming else ""
    return html("<span>{}</span><span>{}</span>", verdict.goal.responsible or text("maps.statuspage.no_body"), due)


def _body(item: Row) -> Iterator[Markup]:
    verdict, view = item.verdict, item.view
    yield _own(view, verdict)
    yield statuscharts.chart(verdict)
    yield _forecast(verdict)
    yield _missing(view, verdict)
    yield _readings(view, verdict)
    yield _values(item)
    yield _context(view, verdict)
    yield _corrections(view, verdict)
    yield _comparison(verdict)
    yield _about(view, verdict)


def _block(title: str, *parts: object) -> Markup:
    return html('<section class="g-part"><h4>{}</h4>{}</section>', title, join(part for part in parts if part))


def _own(view: View, verdict: Verdict) -> Markup:
    own = verdict.assessment
    if own is None:
        return Markup()
    said = text("maps.statuspage.disagrees" if verdict.disagrees else "maps.statuspage.agrees", word=word(view, verdict))
    about = ", ".join(filter(None, (own.body, style.date(own.date), own.recorded_by)))
    return _block(
        text("maps.statuspage.own"),
        html(
            '<p class="g-own"><span class="verdict">{}{}</span> {} <span class="note">{}</span></p><p>{}</p>',
            Markup(style.status_symbol(own.verdict)),
            view.status.word(own.verdict),
            own.reason,
            about,
            said,
        ),
    )


def _forecast(verdict: Verdict) -> Markup:
    found, outcome = verdict.trend, verdict.outcome
    if found.at_due is None or outcome.due is None:
        return Markup()
    key = "unknown" if verdict.reaches is None else "reaches" if verdict.reaches else "falls_short"
    values = {
        "value": num(found.at_due, outcome.unit),
        "due": style.date(outcome.due),
        "n": found.n,
        "first": found.first,
        "last": found.last,
        "slope": _signed(found.slope, outcome.unit),
    }
    return html("<p>{} {}</p>", text("maps.statuspage.forecast", **values), text(f"maps.statuspage.{key}"))


def _missing(view: View, verdict: Verdict) -> Markup:
    found = view.status.missing_of(verdict)
    if not found or verdict.state == "withdrawn":
        return Markup()
    columns = [Column(text(f"status.book.{name}")) for name in ("what", "who", "how")]
    rows = [(item.what, item.who, item.how) for item in found]
    return _block(
        text("maps.statuspage.missing"),
        table(text("maps.statuspage.missing"), columns, rows, sortable=False, caption_hidden=True),
    )


def _readings(view: View, verdict: Verdict) -> Markup:
    if len(verdict.readings) == 1:
        return Markup()
    judged = [row for row in verdict.merged if row.judged.outcome.verdict is not None]
    refused = [row for row in verdict.merged if row.judged.outcome.verdict is None]
    parts: list[Markup] = [html("<p>{}</p>", depends_words(verdict))]
    if judged:
        parts.append(_folded(_reading_table(view, verdict, judged), len(judged), "readings_table"))
    if refused:
        parts.append(_folded(_refused_table(verdict, refused), len(refused) if judged else 0, "refused_table"))
    n = text("maps.statuspage.readings_n", n=len(verdict.readings), judged=len(verdict.judged))
    return _block(text("maps.statuspage.readings"), *parts, html('<p class="note">{}</p>', n))


def _folded(content: Markup, n: int, key: str) -> Markup:
    if n <= MANY_READINGS:
        return content
    return html("<details><summary>{}</summary>{}</details>", text(f"maps.statuspage.{key}", n=n), content)


def _reading_table(view: View, verdict: Verdict, rows: Sequence[Merged]) -> Markup:
    columns = [
        Column(text("status.book.reading"), heads_row=True),
        Column(text("status.book.verdict")),
        Column(text("status.book.value"), "number"),
        Column(text("status.book.required"), "number"),
    ]
    return table(
        text("maps.statuspage.readings_table", n=len(rows)),
        columns,
        [
            (
                _covers(verdict, item),
                html(
                    '<span class="verdict">{}{}</span>',
                    Markup(style.status_symbol(item.judged.outcome.verdict or "")),
                    view.status.word(item.judged.outcome.verdict or ""),
                ),
                Cell(num(item.judged.outcome.value, item.judged.outcome.unit), item.judged.outcome.value),
                Cell(num(item.judged.outcome.required, item.judged.outcome.unit), item.judged.outcome.required),
            )
            for item in rows
        ],
        sortable=len(rows) > 3,
    )


def _refused_table(verdict: Verdict, rows: Sequence[Merged]) -> Markup:
    columns = [Column(text("status.book.reading"), heads_row=True), Column(text("maps.statuspage.why"))]
    said = [
        (
            _covers(verdict, item),
            html("<b>{}</b> {}", text(f"status.refusal.{item.judged.outcome.refused}"), item.judged.outcome.because),
        )
        for item in rows
    ]
    return table(text("maps.statuspage.refused_table", n=len(rows)), columns, said, sortable=False)


def _covers(verdict: Verdict, item: Merged) -> Markup:
    """Return the options a merged row covers: an axis it covers whole is left out, one of several options is listed."""
    covers = dict(item.covers)
    chosen = verdict.chosen.reading.options
    parts = []
    for axis in verdict.goal.axes:
        ids = covers.get(axis.id)
        if ids is None or set(axis.ids) <= set(ids):
            continue
        words = {option.id: option.words for option in axis.options}
        parts.append(" / ".join(words.get(id_, id_) for id_ in sorted(ids, key=_order(axis.ids))))
    named = "; ".join(parts) or text("maps.statuspage.every_reading")
    mark = all(chosen.get(axis) in ids for axis, ids in covers.items()) and set(chosen) == set(covers)
    tags = [text("maps.statuspage.chosen")] if mark else []
    tags += [text("maps.statuspage.proxy")] if item.judged.reading.proxy else []
    tags += [text("maps.statuspage.n_readings", n=item.n)] if item.n > 1 else []
    return html("{}{}", named, join(html(' <span class="tag">{}</span>', tag) for tag in tags))


def _order(ids: Sequence[str]):  # noqa: ANN202 - a sort key
    return lambda id_: ids.index(id_) if id_ in ids else len(ids)


def _values(item: Row) -> Markup:
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
    return _block(text("maps.statuspage.values"), *links, shown)


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


def _context(view: View, verdict: Verdict) -> Markup:
    """Return what stands near the goal without being it: the newest value of each series."""
    if not verdict.context:
        return Markup()
    note = html('<p class="note">{}</p>', text("maps.statuspage.context_note"))
    return _block(text("maps.statuspage.context"), note, context_table(view, verdict.goal, verdict.context))


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


def _context_row(view: View, goal: Goal, series: Series) -> tuple:
    point = series.points[-1]
    named = ", ".join(filter(None, (dims_words(goal, point.dims), series.vintage)))
    title = html('{} <span class="note">{}</span>', series.indicator.title, named) if named else series.indicator.title
    when = day(point.date)
    return (
        title,
        Cell(num(point.value, series.indicator.unit), point.value),
        when,
        _source(view.source(point.source), point.source),
    )


def _corrections(view: View, verdict: Verdict) -> Markup:
    ids = {o.indicator for o in statuscharts.value_rows(verdict)}
    lines = [_correction(entries) for entries in view.corrections if entries[0].indicator in ids]
    return _block(text("maps.statuspage.corrections"), html("<ul>{}</ul>", join(lines))) if lines else Markup()


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


def _comparison(verdict: Verdict) -> Markup:
    found = verdict.comparison
    if found.refused:
        said = html('<p class="note">{}</p>', text("maps.statuspage.compare_refused", reason=found.refused))
    else:
        values = {
            "ratio": num(found.ratio),
            "open_sdg": text(f"status.open_sdg.{found.open_sdg}"),
            "eurostat": text(f"status.eurostat.{found.eurostat}"),
        }
        said = html("<p>{}</p>", text("maps.statuspage.compare", **values))
    return _block(text("maps.statuspage.compare_title"), said)


def _about(view: View, verdict: Verdict) -> Markup:
    """Return the reading that was chosen and by whom, assumptions, decision and earlier versions."""
    goal, choice = verdict.goal, verdict.goal.choice
    words = verdict.chosen.reading.words
    lines = []
    if words:
        lines.append(text("maps.statuspage.reading_is", words=words))
    motive = (choice.en if language() == "en" else choice.sv) or choice.sv
    lines += [motive] if motive else []
    if choice.decision:
        lines.append(text("maps.statuspage.reading_decided", decision=choice.decision))
    else:
        when = style.date(choice.date, short=True) if choice.date else "–"
        lines.append(text("maps.statuspage.not_decided", who=choice.who or "–", date=when))
    lines += [text("maps.statuspage.late_choice")] if verdict.late_choice else []
    lines += [str(note) for note in goal.notes]
    if goal.decision:
        lines.append(text("maps.statuspage.decided", decision=goal.decision, version=goal.version))
    preliminary = str(goal.preliminary)
    lines += [text("maps.statuspage.preliminary", words=preliminary)] if preliminary else []
    earlier = [item for item in view.status.book.versions(goal.id) if item.version != goal.version]
    versions = [
        html(
            "<li>{}</li>",
            text("maps.statuspage.version", version=item.version, text=item.text, date=style.date(item.decided, short=True)),
        )
        for item in earlier
    ]
    amended = str(goal.amended)
    if amended:
        lines.append(text("maps.statuspage.amended", words=amended))
    return _block(
        text("maps.statuspage.about"),
        join(html("<p>{}</p>", line) for line in lines),
        html("<ul>{}</ul>", join(versions)) if versions else "",
    )
