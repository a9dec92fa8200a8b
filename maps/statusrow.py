"""A goal's row and what it opens to: chart, own assessment, forecast, what is missing, other scales, versions.

Readings: maps.statusreadings. Values: maps.statusvalues.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from climate.outcome import day, num
from climate.series import Series
from climate.verdict import Verdict
from data.goals import Goal
from data.rules import Event, Rank
from data.texts import language, text
from maps import statuscharts, style
from maps.page import Column, html, join, table
from maps.statusreadings import readings
from maps.statusvalues import block, context, corrections, value_words, values

if TYPE_CHECKING:
    from maps.statuspage import View


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


def doubt(verdict: Verdict) -> Markup:
    """Return the word for a value whose range lies on both sides of the requirement; nothing for others."""
    shown = verdict.outcome.uncertain and verdict.state != "withdrawn"
    return html("<small>{}</small>", text("maps.statuspage.uncertain")) if shown else Markup()


def row(item: Row) -> Markup:
    """Return the goal as a line that opens."""
    verdict, view = item.verdict, item.view
    return html(
        '<details class="goal{css}" id="{id}" data-verdict="{state}"><summary>'
        '<span class="g-verdict">{symbol}<span>{word}{doubt}</span></span>'
        '<span class="g-text"><b><span class="g-id">{id}</span> {text}</b><span class="g-because">{because}</span>{more}</span>'
        '<span class="g-level">{level}</span><span class="g-spark">{spark}</span><span class="g-who">{who}</span>'
        '</summary><div class="g-body">{body}</div></details>',
        id=item.goal.id,
        state="withdrawn" if verdict.state == "withdrawn" else verdict.verdict,
        symbol=symbol(verdict, 24),
        word=word(view, verdict),
        doubt=doubt(verdict),
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


def _said(series: Series) -> dict[str, str]:
    point = series.points[-1]
    when = day(point.date)
    return {"title": series.indicator.title, "value": value_words(series), "when": when}


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
    yield readings(view, verdict)
    yield values(item)
    yield context(view, verdict)
    yield corrections(view, verdict)
    yield _comparison(verdict)
    yield _about(view, verdict)


def _own(view: View, verdict: Verdict) -> Markup:
    own = verdict.assessment
    if own is None:
        return Markup()
    said = text("maps.statuspage.disagrees" if verdict.disagrees else "maps.statuspage.agrees", word=word(view, verdict))
    about = ", ".join(filter(None, (own.body, style.date(own.date), own.recorded_by)))
    return block(
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
    return block(
        text("maps.statuspage.missing"),
        table(text("maps.statuspage.missing"), columns, rows, sortable=False, caption_hidden=True),
    )


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
    return block(text("maps.statuspage.compare_title"), said)


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
    holder = str(goal.supplier) or _holder(view, verdict)
    lines += [text("maps.statuspage.supplier", who=holder)] if holder else []
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
    return block(
        text("maps.statuspage.about"),
        join(html("<p>{}</p>", line) for line in lines),
        html("<ul>{}</ul>", join(versions)) if versions else "",
    )


def _holder(view: View, verdict: Verdict) -> str:
    """Return who has the values of the chosen reading."""
    indicator = view.status.book.indicators.get(verdict.chosen.reading.indicator)
    return str(indicator.holder) if indicator is not None else ""
