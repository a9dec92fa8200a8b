"""Tables of the emissions page: readings, organisations, measures, base year, trend, editions, factors, territory."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from climate.emissions import Emissions, Outcome
from climate.inventory import Reading, totals
from climate.path import SHAPES
from data.readers.emissionfacts import carriers
from data.settings.emissions import EmissionSettings
from data.texts import text
from maps import style
from maps.emissioncharts import activity_words, over_under, reading_words, scope_words, unit
from maps.page import Cell, Column, html, table


def columns(*keys: str, numbers: Sequence[str] = (), head: str = "") -> list[Column]:
    """Return columns by the keys of their headings."""
    return [
        Column(text(f"emissions.column.{key}"), "number" if key in numbers else "text", heads_row=key == head) for key in keys
    ]


def tonnes(value: float | None, digits: int = 3) -> Cell:
    """Return tonnes with as many digits as an inventory can carry; sorted by the value itself."""
    return Cell(style.rounded(value, digits), value)


def signed(value: float | None, digits: int = 2) -> Cell:
    """Return a difference with its sign."""
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
    heads = columns("reading", head="reading")
    heads += [Column(text(f"emissions.column.gap_{shape}")) for shape in SHAPES]
    heads += columns("tonnes", numbers=("tonnes",))
    return table(
        text("emissions.caption.readings", year=settings.goal.target_year),
        heads,
        [_reading_row(group, chosen) for group in groups],
        id_="tabell-lasningar",
        stack=True,
    )


def _reading_row(group: list[Outcome], chosen: Reading) -> list[object]:
    outcome = group[0]
    own, latest = outcome.reading, outcome.latest
    # in scope 1 neither the basis of electricity nor bought heat is counted: four readings are one
    words = reading_words(own) if len(group) == 1 else f"{text(f'emissions.gas.{own.gas}')}, scope {scope_words(own.scope)}"
    return [
        text("emissions.chosen", reading=words) if any(o.reading == chosen for o in group) else words[:1].upper() + words[1:],
        *(_answer(outcome.on_path[shape].gap.tonnes) for shape in SHAPES),
        tonnes(latest.tonnes if latest else None),
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
        columns(
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
                tonnes(r.tonnes),
                tonnes(r.low, 2),
                tonnes(r.high, 2),
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
            tonnes(m.tonnes.get(min(m.tonnes, default=target)), 2),
            tonnes(m.tonnes.get(target), 2),
        ]
        for m in result.plan.measures
    ]
    if not rows:
        return html("<p>{}</p>", text("emissions.no_measures"))
    first = min((min(m.tonnes, default=target) for m in result.plan.measures), default=target)
    heads = columns("measure", "group", "certainty", "activity", head="measure")
    heads += [Column(text("emissions.column.saved", year=year), "number") for year in (first, target)]
    return table(text("emissions.caption.measures"), heads, rows)


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
            tonnes(r.low),
            tonnes(r.tonnes),
            tonnes(r.high),
        ]
        for r in rows.itertuples()
    ]
    body.append([text("emissions.sum"), "", "", "", tonnes(ends.low), tonnes(ends.mid), tonnes(ends.high)])
    year = result.base_verdicts[0].year if result.base_verdicts else ""
    return table(
        text("emissions.caption.base", unit=unit(result.outcome.reading.gas), year=year),
        columns(
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
    heads = columns("base", head="base")
    heads += [Column(text(f"emissions.column.gap_{shape}")) for shape in SHAPES]
    heads += columns("base_tonnes", "tonnes", numbers=("base_tonnes", "tonnes"))
    return table(
        text("emissions.caption.base_verdicts", year=result.base_verdicts[0].year),
        heads,
        [
            [
                f"{text(f'emissions.base.{base}')}, {text(f'emissions.heat_word.{heat}')}",
                *(_answer(found[base, heat, shape].gap) for shape in SHAPES),
                tonnes(found[base, heat, "linear"].base_tonnes),
                tonnes(found[base, heat, "linear"].tonnes),
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
        columns("kind", "what", "year", "effect", "percent", "decision", numbers=("effect", "percent"), head="kind"),
        [
            [
                text(f"emissions.change.{r.kind}"),
                r.what,
                str(r.year),
                signed(r.tonnes),
                Cell(style.MISSING) if r.percent is None else signed(r.percent),
                text("emissions.recalculate" if r.recalculates else "emissions.keep"),
            ]
            for r in result.recalculations
        ],
        sortable=False,
    )
