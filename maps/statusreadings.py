"""A goal's readings on the page: what the verdict depends on, the judged ones with equal outcomes merged, and the refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from climate.outcome import num
from climate.readings import Merged
from climate.status import depends_words
from climate.verdict import Verdict
from data.texts import text
from maps import style
from maps.page import Cell, Column, html, join, table
from maps.statusvalues import block

if TYPE_CHECKING:
    from maps.statuspage import View

MANY_READINGS = 12
"""Merged readings above which the table is folded away under its own heading."""


def readings(view: View, verdict: Verdict) -> Markup:
    """Return what the verdict depends on and every reading; nothing for a goal with one."""
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
    return block(text("maps.statuspage.readings"), *parts, html('<p class="note">{}</p>', n))


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


def _order(ids: Sequence[str]) -> Callable[[str], int]:
    return lambda id_: ids.index(id_) if id_ in ids else len(ids)
