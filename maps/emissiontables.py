"""Tables of the emissions page: readings, organisations, measures, base year, trend, editions, factors, territory."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from climate.emissions import Emissions, Outcome
from climate.inventory import Reading, totals
from climate.path import SHAPES
from climate.territory import Series as TerritorySeries
from climate.trend import Trend
from data.readers.emissionfacts import carriers
from data.settings.emissions import EmissionSettings
from data.sources import registry
from data.texts import text
from maps import style
from maps.emissioncharts import activity_words, over_under, reading_words, scope_words, unit
from maps.page import Cell, Column, html, join, table


def _columns(*keys: str, numbers: Sequence[str] = (), head: str = "") -> list[Column]:
    return [
        Column(text(f"emissions.column.{key}"), "number" if key in numbers else "text", heads_row=key == head) for key in keys
    ]


def _tonnes(value: float | None, digits: int = 3) -> Cell:
    return Cell(style.rounded(value, digits), value)


def _signed(value: float | None, digits: int = 2) -> Cell:
    if value is None:
        return Cell(style.MISSING)
    return Cell(("+" if value > 0 else "") + style.rounded(value, digits), value)


def verdict(on_track: bool) -> Markup:
    """Return symbol and word of on track or off track."""
    code = "on_track" if on_track else "off_track"
    return html('<span class="verdict">{}{}</span>', Markup(style.status_symbol(code)), style.status_word(code))


def readings(result: Emissions, settings: EmissionSettings) -> Markup:
    """Return every reading, the chosen one first: emissions, and the gap to both paths. Readings that cannot differ stand once."""
    chosen = result.outcome.reading
    merged: dict[tuple, list[Outcome]] = {}
    for o in result.outcomes:
        if o.on_path:
            own = o.reading
            key = (own.gas, own.scope) if own.scope == "1" else (own.gas, own.scope, own.electricity, own.heat)
            merged.setdefault(key, []).append(o)
    groups = sorted(merged.values(), key=lambda group: not any(o.reading == chosen for o in group))
    columns = _columns("reading", head="reading")
    columns += [Column(text(f"emissions.column.gap_{shape}")) for shape in SHAPES]
    columns += _columns("tonnes", numbers=("tonnes",))
    return table(
        text("emissions.caption.readings", year=settings.goal.target_year),
        columns,
        [_reading_row(group, chosen) for group in groups],
        id_="tabell-lasningar",
    )


def _reading_row(group: list[Outcome], chosen: Reading) -> list[object]:
    outcome = group[0]
    own, latest = outcome.reading, outcome.latest
    # in scope 1 neither the basis of electricity nor bought heat is counted: four readings are one
    words = reading_words(own) if len(group) == 1 else f"{text(f'emissions.gas.{own.gas}')}, scope {scope_words(own.scope)}"
    return [
        text("emissions.chosen", reading=words) if any(o.reading == chosen for o in group) else words[:1].upper() + words[1:],
        *(_answer(outcome.on_path[shape].gap.tonnes) for shape in SHAPES),
        _tonnes(latest.tonnes if latest else None),
    ]


def _answer(gap: float) -> Cell:
    """Return symbol, gap in words and verdict as one cell, sorted by the gap."""
    code = "on_track" if gap <= 0 else "off_track"
    shown = html(
        '<span class="verdict">{}{}</span><br><span class="nowrap">{}</span>',
        Markup(style.status_symbol(code)),
        style.status_word(code),
        over_under(gap),
    )
    return Cell(shown, gap)


def organisations(result: Emissions) -> Markup:
    """Return the latest year by organisation and scope, with range."""
    reading, latest = result.outcome.reading, result.outcome.latest
    if latest is None:
        return Markup()
    sums = totals(result.inventory.rows, reading, by=("organisation", "scope"))
    rows = sums[sums["year"] == latest.year].sort_values("tonnes", ascending=False)
    return table(
        text("emissions.caption.organisations", year=latest.year, unit=unit(reading.gas)),
        _columns(
            "organisation",
            "scope",
            "tonnes",
            "low",
            "high",
            "derived",
            numbers=("tonnes", "low", "high", "derived"),
            head="organisation",
        ),
        [
            [
                r.organisation,
                r.scope,
                _tonnes(r.tonnes),
                _tonnes(r.low, 2),
                _tonnes(r.high, 2),
                Cell(style.percent(r.derived_share), r.derived_share),
            ]
            for r in rows.itertuples()
        ],
    )


def boundaries(result: Emissions) -> Markup:
    """Return a sentence: the latest year with organisations owned in part by share, whole and without, where they differ."""
    found = result.boundaries
    if not found or len({round(v, 3) for v in found.values()}) == 1:
        return Markup()
    return html('<p class="note">{}</p>', text("emissions.boundaries", **{k: style.rounded(v, 3) for k, v in found.items()}))


def measures(result: Emissions, settings: EmissionSettings) -> Markup:
    """Return the measures that count, with tonnes in the first year to come and in the target year."""
    target = settings.goal.target_year
    rows = [
        [
            m.name,
            text(f"emissions.plan.{m.group}"),
            text(f"emissions.certainty.{m.certainty}"),
            activity_words(m.activity),
            _tonnes(m.tonnes.get(min(m.tonnes, default=target)), 2),
            _tonnes(m.tonnes.get(target), 2),
        ]
        for m in result.plan.measures
    ]
    if not rows:
        return html("<p>{}</p>", text("emissions.no_measures"))
    first = min((min(m.tonnes, default=target) for m in result.plan.measures), default=target)
    columns = _columns("measure", "group", "certainty", "activity", head="measure")
    columns += [Column(text("emissions.column.saved", year=year), "number") for year in (first, target)]
    return table(text("emissions.caption.measures"), columns, rows)


def measure_notes(result: Emissions) -> list[str]:
    """Return what was left out or capped, so that no tonne is counted twice."""
    left = [
        text("emissions.left_out", measure=m.name, group=text(f"emissions.in_plan.{m.group}")) for m, _ in result.plan.left_out
    ]
    capped = [text("emissions.capped", activity=activity, tonnes=style.rounded(off, 2)) for activity, off in result.plan.capped]
    return [*left, *capped]


def base_sheet(result: Emissions) -> Markup:
    """Return the reconstruction by organisation, activity and carrier with low, mid and high."""
    ends, rows = result.outcome.base, result.base_sheet
    if ends is None or rows.empty:
        return html("<p>{}</p>", text("emissions.no_base_sheet"))
    named = carriers()
    body = [
        [
            r.organisation,
            activity_words(r.activity),
            named[r.carrier].name,
            text(f"emissions.grade.{r.grade}"),
            _tonnes(r.low),
            _tonnes(r.tonnes),
            _tonnes(r.high),
        ]
        for r in rows.itertuples()
    ]
    body.append([text("emissions.sum"), "", "", "", _tonnes(ends.low), _tonnes(ends.mid), _tonnes(ends.high)])
    year = result.base_verdicts[0].year if result.base_verdicts else ""
    return table(
        text("emissions.caption.base", unit=unit(result.outcome.reading.gas), year=year),
        _columns(
            "organisation",
            "activity",
            "carrier",
            "grade",
            "low",
            "mid",
            "high",
            numbers=("low", "mid", "high"),
            head="organisation",
        ),
        body,
        sortable=False,
    )


def base_verdicts(result: Emissions) -> Markup:
    """Return the verdict under low, mid and high, with district heating in and out, on both paths."""
    found = {(v.base, v.heat, v.shape): v for v in result.base_verdicts}
    pairs = list(dict.fromkeys((v.base, v.heat) for v in result.base_verdicts))
    columns = _columns("base", head="base")
    columns += [Column(text(f"emissions.column.gap_{shape}")) for shape in SHAPES]
    columns += _columns("base_tonnes", "tonnes", numbers=("base_tonnes", "tonnes"))
    return table(
        text("emissions.caption.base_verdicts", year=result.base_verdicts[0].year),
        columns,
        [
            [
                f"{text(f'emissions.base.{base}')}, {text(f'emissions.heat_word.{heat}')}",
                *(_answer(found[base, heat, shape].gap) for shape in SHAPES),
                _tonnes(found[base, heat, "linear"].base_tonnes),
                _tonnes(found[base, heat, "linear"].tonnes),
            ]
            for base, heat in pairs
        ],
    )


def recalculations(result: Emissions) -> Markup:
    """Return the changes since the base year and whether the policy recalculates it."""
    if not result.recalculations:
        return html("<p>{}</p>", text("emissions.no_recalculations"))
    return table(
        text("emissions.caption.recalculations"),
        _columns("kind", "what", "year", "effect", "percent", "decision", numbers=("effect", "percent"), head="kind"),
        [
            [
                text(f"emissions.change.{r.kind}"),
                r.what,
                str(r.year),
                _signed(r.tonnes),
                Cell(style.MISSING) if r.percent is None else _signed(r.percent),
                text("emissions.recalculate" if r.recalculates else "emissions.keep"),
            ]
            for r in result.recalculations
        ],
        sortable=False,
    )


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
