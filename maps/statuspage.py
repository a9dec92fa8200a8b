"""status.html: one sentence of counts, a strip of squares in the perspectives' groups, and every goal as a line that opens.

No ring, gauge or percentage: the goals are counted, never averaged. Rows: maps.statusrow. Charts: maps.statuscharts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from climate.status import Status
from climate.verdict import Verdict
from data.goals import Perspective
from data.sources import Source
from data.texts import text
from maps import style
from maps.page import Column, Shell, document, html, join, table, template
from maps.statusrow import Row, row, symbol, word
from maps.statusvalues import context_table

if TYPE_CHECKING:
    from climate.followup import Change
    from data.history import Kept


@dataclass(frozen=True)
class View:
    """What the page shows. What an audience may not see is already left out; internal: with the rows of the files behind."""

    status: Status
    corrections: Sequence[Sequence[Kept]] = ()
    changes: Sequence[Change] = ()
    compared_with: str = ""
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    internal: bool = False

    def source(self, id_: str) -> Source | None:
        """Return the source with this id, if the page lists it."""
        return next((source for source in self.sources if source.id == id_), None)

    def of(self, perspective: Perspective) -> list[Verdict]:
        """Return the goals of a perspective."""
        return [verdict for verdict in self.status.verdicts if verdict.goal.perspective == perspective.id]


def page(view: View, shell: Shell) -> str:
    """Return the page as one HTML document."""
    body = html(
        '<div class="wrap status-page">{}{}{}{}{}{}</div>',
        _head(view),
        _changes(view),
        join(_perspective(view, shell, item) for item in view.status.book.perspectives if view.of(item)),
        _calendar(view),
        _context(view),
        _files(),
    )
    return document(
        shell,
        page="status",
        title=text("maps.statuspage.title"),
        description=view.status.sentence,
        body=body,
        skips=[("kalender", text("maps.statuspage.skip_calendar"))],
        styles=[template("status.css")],
        scripts=[template("status.js")],
        texts=("maps.statuspage.js.",),
        sources=view.sources,
        method=[text(f"maps.statuspage.method_{n}") for n in range(1, 6)],
        warnings=view.warnings,
    )


def _head(view: View) -> Markup:
    status = view.status
    titles = ", ".join(item.title for item in status.book.sets)
    period = status.book.sets[0]
    about = text(
        "maps.statuspage.period", first=style.date(period.first), last=style.date(period.last), date=style.date(status.date)
    )
    return html(
        '<header class="s-head"><h1>{}</h1><p class="note">{}</p><p class="lead">{}</p></header>{}{}',
        titles,
        ". ".join(filter(None, (about, period.decision))) + ".",
        status.sentence,
        _strip(view),
        _legend(view),
    )


def _strip(view: View) -> Markup:
    """Return a square for every goal, in the perspectives' groups; each leads to its goal."""
    groups = []
    for perspective in view.status.book.perspectives:
        found = view.of(perspective)
        squares = join(
            html(
                '<li><a href="#{id}" class="square" data-verdict="{state}" title="{title}">{symbol}<span>{id}</span>'
                '<span class="visually-hidden">: {word}</span></a></li>',
                id=verdict.goal.id,
                state="withdrawn" if verdict.state == "withdrawn" else verdict.verdict,
                title=f"{verdict.goal.id} {word(view, verdict)}: {verdict.goal.text}",
                symbol=symbol(verdict, 36),
                word=word(view, verdict),
            )
            for verdict in found
        )
        if found:
            groups.append(html("<li><h2>{}</h2><ul>{}</ul></li>", perspective.words, squares))
    return html('<nav aria-label="{}"><ul class="strip">{}</ul></nav>', text("maps.statuspage.strip"), join(groups))


def _legend(view: View) -> Markup:
    """Return symbol, word and number of every verdict; a press shows only those goals."""
    rows = [
        html(
            '<li><button type="button" class="s-filter" data-filter="{}" aria-pressed="false" disabled>{}'
            "<span>{}</span><b>{}</b></button></li>",
            verdict,
            Markup(style.status_symbol(verdict)),
            view.status.word(verdict),
            n,
        )
        for verdict, n in view.status.counts.items()
    ]
    return html('<ul class="s-legend" aria-label="{}">{}</ul>', text("maps.statuspage.legend"), join(rows))


def _changes(view: View) -> Markup:
    if not view.compared_with:
        return Markup()
    if not view.changes:
        return _section(
            "andringar",
            text("maps.statuspage.changes", ref=view.compared_with),
            html("<p>{}</p>", text("maps.statuspage.no_changes")),
        )
    items = join(html('<li><a href="#{0}">{0}</a> {1}</li>', change.goal, change.words) for change in view.changes)
    return _section("andringar", text("maps.statuspage.changes", ref=view.compared_with), html("<ul>{}</ul>", items))


def _section(id_: str, title: str, content: Markup) -> Markup:
    return html('<section class="section" id="{}"><h2>{}</h2>{}</section>', id_, title, content)


def _perspective(view: View, shell: Shell, perspective: Perspective) -> Markup:
    rows = join(row(Row(view, verdict, shell.pages)) for verdict in view.of(perspective))
    heads = join(
        html('<span class="{}">{}</span>', name, text(f"maps.statuspage.head_{name[2:]}"))
        for name in ("g-verdict", "g-text", "g-level", "g-spark", "g-who")
    )
    return html(
        '<section class="section perspective" aria-labelledby="p-{0}"><h2 id="p-{0}">{1}</h2>'
        '<div class="g-heads" aria-hidden="true">{2}</div>{3}</section>',
        perspective.id,
        perspective.words,
        heads,
        rows,
    )


def _calendar(view: View) -> Markup:
    status = view.status
    columns = [Column(text(f"status.book.{name}")) for name in ("final", "what", "goal", "who")]
    rows = [
        (
            style.date(item.date, short=True),
            f"{status.book.indicators[item.indicator].title} {item.year}",
            join((html('<a href="#{0}">{0}</a>', id_) for id_ in item.goals), ", "),
            str(status.book.indicators[item.indicator].holder),
        )
        for item in status.calendar()
    ]
    note = html('<p class="note">{}</p>', text("maps.statuspage.calendar_note"))
    shown = table(text("maps.statuspage.calendar"), columns, rows, sortable=False, caption_hidden=True) if rows else ""
    return _section("kalender", text("maps.statuspage.calendar"), html("{}{}", note, shown))


def _context(view: View) -> Markup:
    """Return what is told of the municipality beside all goals."""
    if not view.status.context:
        return Markup()
    goal = view.status.verdicts[0].goal
    return _section("kommunen", text("maps.statuspage.municipality"), context_table(view, goal, view.status.context))


def _files() -> Markup:
    links = join((html('<a href="{0}">{0}</a>', name) for name in ("status.xlsx", "status.json", "status.yaml")), ", ")
    return html('<p class="note">{} {}. {}</p>', text("maps.statuspage.files"), links, text("maps.statuspage.verify"))
