"""Tables of what the emissions page rests on: trend, editions, factors, rows, and the territory."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from climate.emissions import Emissions, Outcome
from climate.territory import Series as TerritorySeries
from climate.trend import Trend
from data.readers.emissionfacts import carriers
from data.sources import registry
from data.texts import text
from maps import style
from maps.emissioncharts import activity_words
from maps.emissiontables import columns as _columns
from maps.emissiontables import signed as _signed
from maps.emissiontables import tonnes as _tonnes
from maps.emissiontables import verdict
from maps.page import Cell, html, join, table


def trend(found: Trend | None) -> Markup:
    """Return the three fits: slope, interval, year the target is reached, and what they say together."""
    if found is None:
        return Markup()
    rows = []
    for fit in found.fits:
        reached = found.reach_year(fit.method)
        words = text("emissions.never") if reached is None else f"{reached:.0f}" if reached < 2300 else text("emissions.never")
        rows.append([text(f"emissions.trend.{fit.method}"), _signed(fit.slope), _signed(fit.low), _signed(fit.high), words])
    span = f"{found.years[0]}–{found.years[-1]}"
    return join(
        [
            html(
                "<p>{}</p>",
                text(f"emissions.trend_verdict.{found.verdict}", n=found.n, years=span, target_year=found.target_year),
            ),
            table(
                text("emissions.caption.trend", years=span, n=found.n),
                _columns("method", "slope", "low", "high", "reached", numbers=("slope", "low", "high"), head="method"),
                rows,
                sortable=False,
            ),
        ]
    )


def revisions(outcome: Outcome) -> Markup:
    """Return what the present edition changed in earlier ones."""
    return table(
        text("emissions.caption.revisions"),
        _columns("year", "edition_old", "edition_new", "old", "new", "revision", numbers=("old", "new", "revision"), head="year"),
        [
            [
                str(r.year),
                r.old_edition,
                text("emissions.now") if r.new_edition == "nu" else r.new_edition,
                _tonnes(r.old),
                _tonnes(r.new),
                _signed(r.tonnes),
            ]
            for r in outcome.revisions
        ],
        sortable=False,
    )


def missing(result: Emissions) -> Markup:
    """Return the amounts that no factor was found for."""
    named = carriers()
    return table(
        text("emissions.caption.missing"),
        _columns("carrier", "gas", "basis", "amount", "rows", head="carrier"),
        [
            [
                named[m.carrier].name + (f" ({m.net})" if m.net else ""),
                text(f"emissions.gas.{m.gas}"),
                text(f"emissions.basis.{m.basis}"),
                f"{style.rounded(m.quantity)}{style.NBSP}{m.unit}",
                ", ".join(map(str, m.rows[:12])) + (" …" if len(m.rows) > 12 else ""),
            ]
            for m in result.inventory.missing
        ],
        sortable=False,
    )


def factors(frame: pd.DataFrame) -> Markup:
    """Return the factors of the carriers in use: value, days, status, source, note."""
    named, cited = carriers(), registry()
    return table(
        text("emissions.caption.factors"),
        _columns(
            "carrier",
            "gas",
            "basis",
            "from",
            "to",
            "value",
            "unit",
            "status",
            "source",
            "note",
            numbers=("value",),
            head="carrier",
        ),
        [
            [
                named[r["carrier"]].name + (f" ({r['net']})" if isinstance(r["net"], str) else ""),
                text(f"emissions.gas.{r['gas']}"),
                text(f"emissions.basis.{r['basis']}"),
                f"{r['valid_from']:%Y-%m-%d}",
                "" if pd.isna(r["valid_to"]) else f"{r['valid_to']:%Y-%m-%d}",
                Cell(style.rounded(r["value"], 4), r["value"]),
                r["unit"],
                text(f"emissions.status.{r['status']}"),
                cited[r["source"]].title if r["source"] in cited else r["source"],
                r["note"] if isinstance(r["note"], str) else "",
            ]
            for r in frame.to_dict("records")
        ],
    )


def rows(frame: pd.DataFrame) -> Markup:
    """Return the rows behind the latest year: file, row, organisation, activity, carrier, tonnes."""
    named = carriers()
    return table(
        text("emissions.caption.rows"),
        _columns(
            "file", "row", "year", "organisation", "activity", "carrier", "tonnes", "grade", "status", numbers=("row", "tonnes")
        ),
        [
            [
                r.file,
                Cell(str(r.row), r.row),
                str(r.year),
                r.organisation,
                activity_words(r.activity),
                named[r.carrier].name,
                _tonnes(r.tonnes),
                text(f"emissions.grade.{r.grade}"),
                text(f"emissions.status.{r.factor_status}"),
            ]
            for r in frame.itertuples()
        ],
    )


def territory_gaps(found: Sequence[TerritorySeries]) -> Markup:
    """Return the latest years of each gas on both paths: the same territory, different answers."""
    body = [
        [
            text(f"emissions.gas.{s.gas}"),
            s.edition,
            text(f"emissions.path.{shape}"),
            str(g.year),
            Cell(style.number(s.values[g.year]), s.values[g.year]),
            Cell(("+" if g.tonnes > 0 else "") + style.number(g.tonnes), g.tonnes),
            verdict(g.tonnes <= 0),
        ]
        for s in found
        for shape in s.paths
        for g in s.gaps[shape][-3:]
    ]
    return table(
        text("emissions.caption.territory"),
        _columns("gas", "edition", "path", "year", "tonnes", "gap", "verdict", numbers=("tonnes", "gap"), head="gas"),
        body,
        id_="tabell-territoriet",
    )


def territory_more(found: Sequence[TerritorySeries]) -> Markup:
    """Return, in words and a table each: trend, needed cut, revisions and changes of each gas."""
    parts = []
    for s in found:
        name = text(f"emissions.gas.{s.gas}")
        lines = []
        if s.budget is not None:
            lines.append(text("emissions.territory.budget", gas=name, tonnes=style.rounded(s.budget, 3), year=s.latest))
        lines += [
            text(
                "emissions.territory.revised",
                year=r.year,
                old=style.number(r.old),
                new=style.number(r.new),
                new_edition=r.new_edition,
            )
            for r in s.revisions
        ]
        if s.changes:
            last = s.changes[-1]
            lines.append(
                text(
                    "emissions.territory.change",
                    first=last.first,
                    last=last.last,
                    tonnes=("+" if last.tonnes > 0 else "") + style.number(last.tonnes),
                    edition=s.edition,
                )
            )
        parts.append(
            html(
                "<details><summary>{}</summary><ul>{}</ul>{}</details>",
                text("emissions.territory.more", gas=name),
                join(html("<li>{}</li>", line) for line in lines),
                trend(s.trend),
            )
        )
    return join(parts)
