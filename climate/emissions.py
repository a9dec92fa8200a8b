"""Everything the emissions module computes of one project, from tables to results. Pure: files are read and written by kil/.

result = assess(given, settings)
result.outcome            # the chosen reading: series, base, paths, gap, forecasts, trend
result.outcomes           # every reading of gas x scope x electricity x heat
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from climate.baseyear import Base, BaseVerdict, Recalculation, base, of_editions, sheet, structural, verdicts
from climate.factors import FactorTable
from climate.inventory import Inventory, Reading, Short, compute, shortened, totals, uncounted
from climate.measures import Measure, Plan, combine, of_file, undecided
from climate.observations import readings
from climate.path import (
    SHAPES,
    CumulativeGap,
    Gap,
    Path,
    budget_forecast,
    cumulative_gap,
    decided_forecast,
    gap,
    needed_change,
)
from climate.trend import Trend, trend
from climate.vintages import Revised, by_edition, revisions
from data.layers_emissions import BASES
from data.readers.emissionfacts import Carrier
from data.readers.organisations import Group
from data.settings.emissions import EmissionGoalSettings, EmissionSettings

NOW = "nu"
"""Edition of the inventory just computed, beside those published earlier."""


REPLACED = {
    "fleet": ("petrol", "diesel", "e85", "ed95", "fame", "hvo100", "vehicle_gas", "biogas"),
    "solar": ("electricity",),
}
"""Carriers a plan replaces: it cannot save more than they emit."""


@dataclass(frozen=True)
class Given:
    """What the files hold. activities: with the base year's rows among them. plans: measures of the fleet and solar plans."""

    activities: pd.DataFrame
    factors: pd.DataFrame
    carriers: dict[str, Carrier]
    gwp: Mapping[str, float]
    group: Group
    plans: Sequence[Measure] = ()
    measures: pd.DataFrame | None = None
    editions: pd.DataFrame | None = None
    edition: str = NOW


@dataclass(frozen=True)
class Year:
    """A year's emissions [t] with their likely range. partial: not a whole year. lacks: carriers without a factor, not counted."""

    year: int
    tonnes: float
    low: float
    high: float
    derived_share: float
    partial: bool
    lacks: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether the year is whole and everything in it is counted."""
        return not self.partial and not self.lacks


@dataclass(frozen=True)
class OnPath:
    """One path's answer: the path, the gap of the latest year, the cumulative gap, what is needed a year."""

    path: Path
    gap: Gap
    cumulative: CumulativeGap | None
    needed: tuple[float, float | None] | None

    @property
    def on_track(self) -> bool:
        """Whether the latest year is at or under the path."""
        return self.gap.tonnes <= 1e-9 * max(1.0, self.path.base)


@dataclass(frozen=True)
class Outcome:
    """One reading's answer. base None: nothing is known of the base year, so no path and no gap."""

    reading: Reading
    years: tuple[Year, ...]
    base: Base | None
    on_path: Mapping[str, OnPath] = field(default_factory=dict)
    trend: Trend | None = None
    budget: tuple[tuple[int, float], ...] = ()
    decided: tuple[tuple[int, float], ...] = ()
    undecided: Mapping[int, float] = field(default_factory=dict)
    editions: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    revisions: tuple[Revised, ...] = ()

    @property
    def observed(self) -> dict[int, float]:
        """Year -> tonnes of years that can be compared."""
        return {y.year: y.tonnes for y in self.years if y.comparable}

    @property
    def latest(self) -> Year | None:
        """The latest year that can be compared."""
        whole = [y for y in self.years if y.comparable]
        return whole[-1] if whole else None

    @property
    def lacking(self) -> Year | None:
        """The newest whole year, where it lies after the latest comparable one because something in it has no factor."""
        whole = [y for y in self.years if not y.partial]
        return whole[-1] if whole and whole[-1].lacks else None


@dataclass(frozen=True)
class Emissions:
    """The whole result: inventory, the chosen outcome, all others, the base year, measures."""

    inventory: Inventory
    outcome: Outcome
    outcomes: tuple[Outcome, ...]
    base_sheet: pd.DataFrame
    base_verdicts: tuple[BaseVerdict, ...]
    recalculations: tuple[Recalculation, ...]
    plan: Plan
    boundaries: Mapping[str, float]
    short: tuple[Short, ...] = ()


def assess(given: Given, settings: EmissionSettings) -> Emissions:
    """Return the emissions of a project under every reading."""
    table = FactorTable(given.factors, given.gwp)
    inventory = compute(given.activities, table, given.carriers, organisations=given.group.organisations, settings=settings)
    reading = Reading.of(settings)
    plan = _plan(given, inventory, reading, settings)
    outcomes = tuple(_outcome(inventory, one, plan, given, settings) for one in readings(reading))
    chosen = _with_trend(next(o for o in outcomes if o.reading == reading), settings)
    goal = settings.goal
    latest = chosen.latest
    return Emissions(
        inventory,
        chosen,
        outcomes,
        sheet(inventory.rows, reading, goal.base_year),
        tuple(verdicts(inventory.rows, reading, goal, year=latest.year)) if latest else (),
        _recalculations(inventory, chosen, given, settings),
        plan,
        _boundaries(inventory, reading, latest.year if latest else 0),
        tuple(shortened(given.activities, latest.year)) if latest else (),
    )


def _plan(given: Given, inventory: Inventory, reading: Reading, settings: EmissionSettings) -> Plan:
    """Return the measures together, capped by what each activity emits: all scopes, CO2e, for that is what measures are said in."""
    whole = replace(reading, gas="co2e", scope="1+2+3")
    sums = totals(inventory.rows, whole, by=("activity", "carrier"))
    years = [year for year in sums["year"].unique() if year not in inventory.partial]
    latest = int(max(years, default=settings.goal.target_year - 1))
    ahead = range(latest + 1, settings.goal.target_year + 1)
    now = sums[sums["year"] == latest]
    emitted = {str(a): float(t) for a, t in now.groupby("activity")["tonnes"].sum().items()}
    limits = {group: float(now.loc[now["carrier"].isin(carriers), "tonnes"].sum()) for group, carriers in REPLACED.items()}
    listed = [] if given.measures is None else of_file(given.measures, ahead, latest=latest)
    return combine(given.plans, listed, emitted, years=ahead, limits=limits)


def _outcome(inventory: Inventory, reading: Reading, plan: Plan, given: Given, settings: EmissionSettings) -> Outcome:  # noqa: PLR0917
    goal = settings.goal
    years = tuple(
        Year(
            int(r.year),
            float(r.tonnes),
            float(r.low),
            float(r.high),
            float(r.derived_share),
            int(r.year) in inventory.partial,
            uncounted(inventory.missing, reading, int(r.year)),
        )
        for r in totals(inventory.rows, reading).itertuples()
    )
    known = not uncounted(inventory.missing, reading, goal.base_year)
    plain = Outcome(reading, years, base(inventory.rows, reading, goal.base_year) if known else None)
    latest = plain.latest
    if plain.base is None or plain.base.mid <= 0 or latest is None or latest.year <= goal.base_year:
        return plain
    paths = {shape: Path(shape, plain.base.mid, goal.base_year, goal.target_year, goal.factor) for shape in SHAPES}
    ahead = range(latest.year + 1, goal.target_year + 1)
    saved = {year: plan.saved(year) for year in ahead}
    editions = _editions(given.editions, reading)
    return replace(
        plain,
        on_path={shape: _on_path(path, plain, latest, settings) for shape, path in paths.items()},
        budget=tuple(budget_forecast(paths["linear"], latest.year, latest.tonnes)),
        decided=tuple(decided_forecast(latest.year, latest.tonnes, saved, goal.target_year)),
        undecided=undecided(paths[goal.path], latest.tonnes, plan, list(ahead)),
        editions=editions,
        revisions=tuple(revisions({**editions, given.edition: plain.observed})) if editions else (),
    )


def _with_trend(outcome: Outcome, settings: EmissionSettings) -> Outcome:
    """Return the chosen outcome with its trend, which no other reading needs."""
    if not outcome.on_path or outcome.latest is None:
        return outcome
    target = outcome.on_path["linear"].path
    since = outcome.latest.year - settings.trend_years + 1
    found = trend(outcome.observed, since=since, target=target.target, target_year=target.target_year)
    return replace(outcome, trend=found)


def _on_path(path: Path, outcome: Outcome, latest: Year, settings: EmissionSettings) -> OnPath:
    goal = settings.goal
    return OnPath(
        path,
        gap(path, latest.year, latest.tonnes),
        cumulative_gap(path, outcome.observed, goal.decision_year),
        needed_change(latest.year, latest.tonnes, path.target, goal.target_year),
    )


def _editions(frame: pd.DataFrame | None, reading: Reading) -> dict[str, dict[int, float]]:
    """Return the earlier editions that speak of this reading; one without a basis of electricity speaks of the Nordic mix."""
    if frame is None or reading.heat == "out":
        return {}
    basis = frame["electricity"].fillna("location")
    mine = frame[(frame["gas"] == reading.gas) & (frame["scope"] == reading.scope) & (basis == reading.electricity)]
    return by_edition(mine)


def _recalculations(inventory: Inventory, chosen: Outcome, given: Given, settings: EmissionSettings) -> tuple[Recalculation, ...]:
    if chosen.base is None:
        return ()
    limits = {"base_year": settings.goal.base_year, "threshold_percent": settings.recalculate_percent}
    joined = structural(inventory.rows, chosen.reading, given.group.organisations, base_tonnes=chosen.base.mid, **limits)
    return (*joined, *of_editions(chosen.base.mid, chosen.editions, **limits))


def _boundaries(inventory: Inventory, reading: Reading, year: int) -> dict[str, float]:
    """Return boundary -> tonnes in a year: organisations owned in part by share, whole, or without."""
    found = {}
    for boundary in ("share", "whole", "without"):
        sums = totals(inventory.rows, replace(reading, boundary=boundary))
        found[boundary] = float(sums.loc[sums["year"] == year, "tonnes"].sum())
    return found


AXES = ("gas", "scope", "electricity", "heat", "path", "base")
"""What a reading of the goal chooses."""


@dataclass(frozen=True)
class Answer:
    """One reading of all six choices, and whether the latest whole year is at or under its path."""

    reading: Reading
    path: str
    base: str
    allowed: float
    tonnes: float

    @property
    def gap(self) -> float:
        """Tonnes over the path (under is negative)."""
        return self.tonnes - self.allowed

    @property
    def on_track(self) -> bool:
        """At or under the path."""
        return self.gap <= 1e-9 * max(1.0, self.allowed)

    def choice(self, axis: str) -> str:
        """Return what this reading chooses on an axis."""
        return self.path if axis == "path" else self.base if axis == "base" else str(getattr(self.reading, axis))


def answers(outcomes: Sequence[Outcome], goal: EmissionGoalSettings) -> list[Answer]:
    """Return every reading of gas x scope x electricity x heat x path x base that has a base and a whole year."""
    return [
        Answer(
            o.reading,
            shape,
            which,
            Path(shape, o.base.at(which), goal.base_year, goal.target_year, goal.factor).at(o.latest.year),
            o.latest.tonnes,
        )
        for o in outcomes
        if o.on_path and o.base is not None and o.latest is not None
        for shape in SHAPES
        for which in BASES
    ]


def depends_on(found: Sequence[Answer], chosen: Reading, path: str) -> list[str]:
    """Return the axes on which another choice alone turns the chosen reading's answer, in the order of AXES."""
    now = next((a for a in found if a.reading == chosen and a.path == path and a.base == "mid"), None)
    if now is None:
        return []
    return [axis for axis in AXES if any(_differs_only(a, now, axis) and a.on_track != now.on_track for a in found)]


def _differs_only(one: Answer, other: Answer, axis: str) -> bool:
    return all((one.choice(a) != other.choice(a)) == (a == axis) for a in AXES)
