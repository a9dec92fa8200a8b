"""What a reading needs: which values, for which years, when each can be final, and which should be there but are not. P20."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from climate.outcome import Case, Need
from climate.readings import Reading, case_of
from climate.series import Series, Store
from data.goals import Goal, GoalSet
from data.indicators import Publication
from data.rules import Change, Event, Mean, Narrative, Path, Rank, Rule, Share100, Threshold, leaves, year_end

Wanted = tuple[str, dict[str, str], int]
"""Indicator, dims and year of a value."""


def needs_of(goal: Goal, period: GoalSet, reading: Reading, store: Store) -> tuple[Need, ...]:
    """Return every value the reading needs and does not have yet: lacking (it should be there) or still to be published."""
    case = case_of(reading, store)
    found = [need for part in leaves(reading.rule) for need in _needs(part, case, period, goal.publication)]
    return tuple(dict.fromkeys(found))


def _needs(rule: Rule, case: Case, period: GoalSet, publication: Publication | None) -> Iterator[Need]:
    if isinstance(rule, Event):
        yield from _event(rule, case)
    elif isinstance(rule, (Share100, Narrative)):
        yield from _kept(rule, case)
    else:
        for indicator_id, dims, year in _wanted(rule, case, period):
            yield from _of_year(case, (indicator_id, dims), year, publication)


def _wanted(rule: Rule, case: Case, period: GoalSet) -> Iterator[Wanted]:
    """Yield the values of a rule about years: the base year's, and every year's of the period up to the rule's own."""
    name, dims = case.name(rule), {**case.dims, **rule.dims}
    if isinstance(rule, Mean):
        names = (rule.numerator, rule.denominator) if rule.over == "sums" else (name,)
        yield from ((item, dims, year) for year in rule.years for item in names)
    elif isinstance(rule, Rank):
        years = range(rule.from_year or rule.year, rule.year + 1)
        yield from ((name, {**dims, "municipality": code}, year) for year in years for code in rule.among)
    elif isinstance(rule, (Threshold, Change, Path)):
        base = rule.base_year
        if base is not None:
            yield name, {**dims, **case.base_dims}, base
        last = min(rule.year or period.last.year, max(case.today.year, period.first.year))
        first = getattr(rule, "from_year", None) or max(period.first.year - 1, (base or 0) + 1)
        yield from ((name, dims, year) for year in range(min(first, last), last + 1))


def _of_year(case: Case, what: tuple[str, Mapping[str, str]], year: int, publication: Publication | None) -> Iterator[Need]:
    indicator_id, dims = what
    indicator = case.store.indicators[indicator_id]
    series = case.store.select(indicator_id, dims, vintage=case.vintage)
    point = series.in_year(year) if isinstance(series, Series) else None
    if point is not None and point.kind != "preliminary" and series.outcome(year) is not None:
        return
    final = publication.of_year(year) if publication else indicator.final(year)
    if point is not None and final <= case.today and point.kind != "preliminary":
        return
    written = tuple(sorted(indicator.full(dims).items()))
    yield Need(indicator_id, written, year_end(year), final, final <= case.today, point is not None)


def _event(rule: Event, case: Case) -> Iterator[Need]:
    series = case.series(rule)
    due = rule.deadline or case.today
    if isinstance(series, Series) and any(o.value >= rule.count and o.kind == "measured" for o in series.points):
        return
    silent = isinstance(series, Series) and not series.points and not series.planned
    written = tuple(sorted({**case.store.indicators[case.name(rule)].full({**case.dims, **rule.dims})}.items()))
    yield Need(case.name(rule), written, due, due + dt.timedelta(days=1), silent or case.today > due)


def _kept(rule: Share100 | Narrative, case: Case) -> Iterator[Need]:
    """Yield what is kept up by a part of this program (a ledger, a plan) and is not there at all."""
    wanted = (
        [(item.indicator, item.dims) for item in rule.evidence] if isinstance(rule, Narrative) else [(case.name(rule), rule.dims)]
    )
    for indicator_id, dims in wanted:
        series = case.of(indicator_id, dims)
        if isinstance(series, Series) and series.latest is None:
            written = tuple(sorted(case.store.indicators[indicator_id].full({**case.dims, **dims}).items()))
            yield Need(indicator_id, written, rule.deadline or case.today, case.today, True)
