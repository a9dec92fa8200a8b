"""Charts of the emissions: one reading on its paths, what it is made of, and the territory. Built from climate's results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from climate.emissions import Outcome, Year
from climate.inventory import UPSTREAM, Reading, totals
from climate.measures import COUNTED, Plan
from climate.territory import Series as TerritorySeries
from data.texts import text
from maps import style
from maps.chartkit import Tone
from maps.charts import Bar, Part, Point, Revision, Series, Span, Words, bars, lines

GROUP_TONES: dict[str, Tone] = {"fleet": "built", "solar": "fair", "other": "good"}
ACTIVITY_TONES: tuple[Tone, ...] = ("top", "good", "fair", "poor", "built", "secondary", "planned", "excluded")
CLOSE_YEARS = 6
"""Years before the latest in the chart of measures."""
RECENT = 8
"""Years of the chart of activities."""


def unit(gas: str) -> str:
    """Return the unit of a gas."""
    return "t CO2e" if gas == "co2e" else "t CO2"


def over_under(gap: float) -> str:
    """Return "30 ton över" or "30 ton under", in the language in force."""
    tonnes = style.rounded(abs(gap), 2) if abs(gap) >= 10 else style.number(abs(gap))
    return text("emissions.over" if gap > 0 else "emissions.under", tonnes=tonnes)


def scope_words(scope: str) -> str:
    """Return the scopes of a total: 1, 1–2 or 1–3."""
    return {"1": "1", "1+2": "1–2", "1+2+3": "1–3"}[scope]


def reading_words(reading: Reading) -> str:
    """Return a reading in words: gas, scopes, basis of electricity, heat where it is out."""
    parts = [
        text(f"emissions.gas.{reading.gas}"),
        text("emissions.scope", scope=scope_words(reading.scope)),
        text(f"emissions.electricity.{reading.electricity}"),
    ]
    if reading.heat == "out":
        parts.append(text("emissions.heat.out"))
    return ", ".join(parts)


def main(outcome: Outcome, shape: str, *, source: str, id_: str = "") -> Markup:
    """Return the chart of one reading: actual values with their range, both paths, forecasts, earlier editions faded."""
    words = Words(_finding(outcome, shape), _sub(outcome), _sentence(outcome, shape), source)
    series = [Series(text("emissions.actual"), [_point(y) for y in outcome.years]), *_ways(outcome)]
    for edition, values in outcome.editions.items():
        series.append(Series(text("emissions.edition", edition=edition), sorted(values.items()), "vintage", named=False))
    return lines(words, series, unit=unit(outcome.reading.gas), revisions=_revisions(outcome), height=400, id_=id_)


def _ways(outcome: Outcome, first: int = 0) -> list[Series]:
    """Return both paths and both forecasts, from the year `first` on."""
    series = []
    for name, kind in (("linear", "path"), ("exponential", "path2")):
        if name in outcome.on_path:
            path = outcome.on_path[name].path
            years = range(max(path.base_year, first), path.target_year + 1)
            series.append(Series(text(f"emissions.path.{name}"), path.series(list(years)), kind))  # type: ignore[arg-type]
    if outcome.budget:
        series.append(Series(text("emissions.forecast.budget"), outcome.budget, "forecast"))
    if outcome.decided:
        series.append(Series(text("emissions.forecast.decided"), outcome.decided, "forecast2"))
    return series


def measures(outcome: Outcome, plan: Plan, shape: str, *, source: str) -> Markup:
    """Return the years around now: what decided measures take from the latest value, as bars in the gap, and what is undecided."""
    latest, on = outcome.latest, outcome.on_path.get(shape)
    if latest is None or on is None or not outcome.undecided:
        return Markup()
    first = latest.year - CLOSE_YEARS
    target = on.path.target_year
    left = outcome.undecided[target]
    title = text(
        "emissions.left" if left > 0 else "emissions.left_none",
        year=target,
        tonnes=style.rounded(left, 2),
        path=text(f"emissions.path_the.{shape}"),
    )
    saved = text("emissions.saved", year=target, tonnes=style.rounded(plan.saved(target), 2))
    words = Words(title, text("emissions.measures_sub", reading=reading_words(outcome.reading)), saved, source)
    actual = Series(text("emissions.actual"), [_point(y) for y in outcome.years if y.year >= first])
    return lines(words, [actual, *_ways(outcome, first)], unit=unit(outcome.reading.gas), spans=_spans(outcome, plan), height=340)


def _point(year: Year) -> Point:
    note = text("emissions.partial_year") if year.partial else text("emissions.lacking_year") if year.lacks else ""
    return Point(year.year, year.tonnes, year.low, year.high, preliminary=not year.comparable, note=note)


def _finding(outcome: Outcome, shape: str) -> str:
    latest, on = outcome.latest, outcome.on_path.get(shape)
    if outcome.lacking is not None:
        return text("emissions.lacking_title", year=outcome.lacking.year)
    if latest is None:
        return text("emissions.no_whole_year")
    if on is None:
        return text("emissions.no_base", year=latest.year, tonnes=style.rounded(latest.tonnes, 3))
    return text("emissions.finding", year=latest.year, gap=over_under(on.gap.tonnes), path=text(f"emissions.path_the.{shape}"))


def _sub(outcome: Outcome) -> str:
    words = reading_words(outcome.reading)
    return text("emissions.sub", reading=words[:1].upper() + words[1:])


def _sentence(outcome: Outcome, shape: str) -> str:
    latest, on = outcome.latest, outcome.on_path.get(shape)
    if latest is None or on is None or outcome.base is None:
        return _finding(outcome, shape)
    return text(
        "emissions.sentence",
        base_year=on.path.base_year,
        base=style.rounded(outcome.base.mid, 3),
        year=latest.year,
        tonnes=style.rounded(latest.tonnes, 3),
        allowed=style.rounded(on.path.at(latest.year), 3),
        target_year=on.path.target_year,
        target=style.rounded(on.path.target, 3),
    )


def _revisions(outcome: Outcome) -> list[Revision]:
    return [
        Revision(r.year, r.old, r.new, text("emissions.revised", old=r.old_edition, new=text("emissions.now")))
        for r in outcome.revisions
    ]


def _spans(outcome: Outcome, plan: Plan) -> list[Span]:
    """Return what each coming year's decided measures take from the latest value, and what is left to decide down to the path."""
    latest = outcome.latest
    spans = []
    for year, left in outcome.undecided.items():
        top = latest.tonnes if latest else 0.0
        saved = plan.by_group(year, counted=COUNTED)
        for group in ("fleet", "solar", "other"):
            size = min(saved.get(group, 0.0), top)
            if size > 0:
                spans.append(Span(year, top - size, top, text(f"emissions.group.{group}"), GROUP_TONES[group]))
                top -= size
        planned = min(left, plan.saved(year, counted=("planned",)))
        for size, key, tone in ((planned, "planned", "planned"), (left - planned, "undecided", "missing")):
            if size > 0:
                spans.append(Span(year, top - size, top, text(f"emissions.{key}"), tone))  # type: ignore[arg-type]
                top -= size
    return spans


def activity_words(activity: str) -> str:
    """Return the activity as written in the list; the fuel's way to the tank has words of its own."""
    return text("emissions.upstream") if activity == UPSTREAM else activity


def activities(rows: pd.DataFrame, reading: Reading, *, source: str) -> Markup:
    """Return stacked bars: the latest years, and the base year, by activity."""
    sums = totals(rows, reading, by=("activity",))
    years = sorted(sums["year"].unique())
    shown = [*years[:1], *years[1:][-(RECENT - 1) :]]
    order = sums[sums["year"].isin(shown)].groupby("activity")["tonnes"].sum().sort_values(ascending=False).index
    tones = dict(zip(order, ACTIVITY_TONES, strict=False))
    chart = [_year_bar(int(year), sums[sums["year"] == year], list(order), (tones, unit(reading.gas))) for year in shown]
    largest = sums[sums["year"] == years[-1]].sort_values("tonnes").iloc[-1]
    share = largest["tonnes"] / max(sums.loc[sums["year"] == years[-1], "tonnes"].sum(), 1e-9)
    title = text("emissions.largest", activity=activity_words(largest["activity"]), share=style.percent(share), year=years[-1])
    words = Words(title, text("emissions.by_activity_sub", reading=reading_words(reading)), title, source)
    return bars(words, chart, unit=unit(reading.gas), row_heading=text("emissions.year"))


def _year_bar(year: int, sums: pd.DataFrame, order: Sequence[str], looks: tuple[Mapping[str, Tone], str]) -> Bar:
    tones, gas = looks
    shown = f"{style.rounded(float(sums['tonnes'].sum()), 3)}{style.NBSP}{gas}"
    return Bar(str(year), parts=_parts(sums, order, tones), shown=shown)


def _parts(sums: pd.DataFrame, order: Sequence[str], tones: Mapping[str, Tone]) -> tuple[Part, ...]:
    values = dict(zip(sums["activity"], sums["tonnes"], strict=True))
    return tuple(Part(activity_words(a), float(values[a]), tones.get(a, "excluded")) for a in order if values.get(a, 0) > 0)


def territory(series: TerritorySeries, shape: str, *, source: str) -> Markup:
    """Return the territory's chart of one gas: its newest edition, both paths, earlier editions faded, revisions as ticks."""
    latest = series.gaps[shape][-1]
    title = text(
        "emissions.territory.finding", year=latest.year, gap=over_under(latest.tonnes), path=text(f"emissions.path_the.{shape}")
    )
    drawn = [Series(text("emissions.territory.edition", edition=series.edition), sorted(series.values.items()))]
    for name, kind in (("linear", "path"), ("exponential", "path2")):
        path = series.paths[name]
        points = path.series(list(range(path.base_year, path.target_year + 1)))
        drawn.append(Series(text(f"emissions.path.{name}"), points, kind))  # type: ignore[arg-type]
    drawn += [
        Series(text("emissions.edition", edition=edition), sorted(values.items()), "vintage", named=False)
        for edition, values in series.editions.items()
        if edition != series.edition and len(values) > 1
    ]
    if series.trend:
        fit = series.trend.fits[0]
        ends = [(float(y), fit.at(y)) for y in (series.trend.years[0], series.trend.target_year)]
        drawn.append(Series(text("emissions.trend_line"), ends, "trend"))
    marks = [
        Revision(r.year, r.old, r.new, text("emissions.revised", old=r.old_edition, new=r.new_edition)) for r in series.revisions
    ]
    sub = text("emissions.territory.sub", gas=text(f"emissions.gas.{series.gas}"), edition=series.edition)
    return lines(Words(title, sub, title, source), drawn, unit=unit(series.gas), revisions=marks)


def territory_sectors(series: TerritorySeries, *, source: str) -> Markup:
    """Return the territory's sectors in the latest year of the edition, largest first; nothing where none are known."""
    rows = series.sectors[series.sectors["year"] == series.latest].sort_values("tonnes", ascending=False)
    rows = rows[rows["tonnes"] > 0]
    if rows.empty:
        return Markup()
    largest = rows.iloc[0]
    share = style.percent(float(largest["tonnes"]) / series.values[series.latest])
    title = text("emissions.largest", activity=largest["sector"], share=share, year=series.latest)
    sub = text("emissions.territory.sector_sub", gas=text(f"emissions.gas.{series.gas}"), edition=series.edition)
    chart = [Bar(r.sector, float(r.tonnes), shown=style.rounded(float(r.tonnes), 3)) for r in rows.itertuples()]
    return bars(Words(title, sub, title, source), chart, unit=unit(series.gas), row_heading=text("emissions.sector"))
