"""The small line of a goal's row, and the chart of its opened row: values, base, requirement on the way, target, forecast."""

from __future__ import annotations

import datetime as dt

from markupsafe import Markup

from climate.judging import path_value
from climate.outcome import Outcome, day, decimal_year, num
from climate.verdict import Verdict
from data.observations import Observation
from data.rules import Event, Mean, Path, Rank
from data.texts import text
from maps import charts
from maps.charts import Point, Series, Words

YEARS_SHOWN = 12
"""Years of a row's small line: enough for a decade and the base."""


def deciding(outcome: Outcome) -> Outcome:
    """Return the part whose series the outcome shows."""
    return next((part for part in outcome.parts if part.series is outcome.series), outcome)


def _x(date: dt.date) -> float:
    """Return where a date stands on an axis whose year marks are the years' ends."""
    return decimal_year(date) - 1


def points(outcome: Outcome) -> list[Point]:
    """Return one point a year: hollow where preliminary; the note tells of a corrected value."""
    series = outcome.series
    if series is None:
        return []
    replaced = {o.date for o in series.superseded}
    return [
        Point(
            _x(o.date),
            o.value,
            preliminary=o.kind == "preliminary",
            note=text("maps.statuspage.corrected") if o.date in replaced else "",
        )
        for o in series.yearly()
    ]


def breaks(outcome: Outcome) -> list[float]:
    """Return the years from which the series means something else (quality starts with "brott")."""
    series = outcome.series
    return [] if series is None else [_x(o.date) for o in series.points if o.quality.startswith("brott")]


def spark(verdict: Verdict) -> Markup:
    """Return the small line of the row; nothing where the goal has no series of values."""
    outcome = deciding(verdict.outcome)
    found = [] if isinstance(outcome.rule, Event) else points(outcome)
    if not found:
        return Markup()
    base = _x(outcome.base_date) if outcome.base_date else None
    shown = [p for p in found if p.x > found[-1].x - YEARS_SHOWN or p.x == base]
    said = "; ".join(f"{int(p.x)} {num(p.y, outcome.unit)}" for p in shown[-4:])
    target = None if isinstance(outcome.rule, Rank) else outcome.target
    described = text("maps.statuspage.spark", title=outcome.series.indicator.title if outcome.series else "", values=said)
    return charts.sparkline(shown, description=described, target=target, base=base, breaks=breaks(outcome))


def chart(verdict: Verdict) -> Markup:
    """Return the chart of the opened row; nothing with fewer than two values to draw."""
    outcome = deciding(verdict.outcome)
    found = [] if isinstance(outcome.rule, Event) else points(outcome)
    if outcome.series is None or not found or (len(found) < 2 and outcome.target is None):
        return Markup()
    indicator = outcome.series.indicator
    unit = "" if indicator.unit in ("plats", "index") else indicator.unit
    series = [Series(text("maps.statuspage.actual"), found), *_target(outcome, found), *_forecast(verdict, found)]
    words = Words(
        f"{verdict.goal.id}: {_finding(verdict, outcome)}",
        ", ".join(filter(None, (indicator.title, unit))),
        verdict.outcome.because,
        "",
    )
    zero = indicator.unit not in ("plats", "index")
    values = [p.y for p in found if p.y is not None]
    low = min(values)
    return charts.lines(
        words,
        series,
        unit=unit,
        digits=0 if max(map(abs, values)) >= 1000 else 1 if max(map(abs, values)) >= 10 else 2,
        zero=zero and low >= 0 and (indicator.unit != "%" or low < 30),
        breaks=[(x, text("maps.statuspage.break")) for x in breaks(outcome)],
        height=260,
        id_=f"diagram-{verdict.goal.id}",
    )


def _finding(verdict: Verdict, outcome: Outcome) -> str:
    if outcome.value is None or outcome.date is None:
        return text(f"maps.status.{verdict.verdict}")
    key = "finding_mean" if isinstance(outcome.rule, Mean) else "finding"
    return text(f"maps.statuspage.{key}", value=num(outcome.value, outcome.unit), when=day(outcome.date))


def _target(outcome: Outcome, found: list[Point]) -> list[Series]:
    """Return the line of the requirement: the path, or from the base to the target on the due day."""
    rule = outcome.rule
    if isinstance(rule, Path) and outcome.base is not None:
        years = range(rule.base_year, rule.year + 1)
        label = text(f"maps.statuspage.path_{rule.shape}")
        return [Series(label, [(float(year), path_value(rule, outcome.base, year)) for year in years], "path")]
    if outcome.target is None or outcome.due is None or isinstance(rule, Rank):
        return []  # a rank's target is a place among a few, its values are of another scale
    first = _x(outcome.base_date) if outcome.base_date else float(min(rule.years)) if isinstance(rule, Mean) else found[0].x
    last = max(_x(outcome.due), found[-1].x)
    label = text("maps.statuspage.target", value=num(outcome.target, outcome.unit))
    flat = Series(label, [(first, outcome.target), (last, outcome.target)], "target")
    if outcome.base is None or outcome.base_date is None or outcome.base == outcome.target:
        return [flat]
    way = [(first, outcome.base), (_x(outcome.due), outcome.target)]
    return [flat, Series(text("maps.statuspage.way"), way, "path")]


def _forecast(verdict: Verdict, found: list[Point]) -> list[Series]:
    at_due, due = verdict.trend.at_due, verdict.outcome.due
    if at_due is None or due is None:
        return []
    label = text("maps.statuspage.trend_line", n=verdict.trend.n)
    return [Series(label, [(found[-1].x, found[-1].y), (_x(due), at_due)], "forecast")]


def value_rows(verdict: Verdict) -> tuple[Observation, ...]:
    """Return every value behind the chosen reading, newest first, replaced ones last."""
    series = [part.series for part in (verdict.outcome, *verdict.outcome.parts) if part.series is not None]
    found = [o for item in series for o in reversed(item.points)]
    planned = [o for item in series for o in item.planned]
    replaced = [o for item in series for o in reversed(item.superseded)]
    return tuple(dict.fromkeys((*found, *planned, *verdict.outcome.used, *replaced)))
