"""The whole chain in one call: list -> register -> share -> pairs -> verdicts -> plan -> procurement -> what is said of it.

Each step is a public function of its own module and can be called alone; this file only ties them together. Pure: no file, no clock.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Fault
from data.observations import Observation
from data.settings.fleet import FleetSettings
from data.texts import text
from fleet import charging, fuelled, judging, observations, plan, procurement, share
from fleet.definitions import NOT_COVERED, UNKNOWN, YES, Break, Definition, breaks
from fleet.judging import Terms
from fleet.procurement import Period
from fleet.register import register
from fleet.replacements import pair

BROKEN = ("violation", "exemption_expired")
"""Verdicts that break the rule that replaced vehicles go fossil-free."""


@dataclass(frozen=True)
class Given:
    """What is known. rows: VEHICLE_ROWS. ledger: LEDGER as edited. cards: FUEL_ROWS. totals: lists that give sums (fleetaggregate).

    owners: organisations of the group (empty = not stated). source: id of the list's source. ledger_file: its name in faults.
    """

    rows: pd.DataFrame
    definitions: tuple[Definition, ...]
    law: tuple[Period, ...]
    ledger: pd.DataFrame | None = None
    cards: pd.DataFrame | None = None
    totals: pd.DataFrame | None = None
    owners: tuple[str, ...] = ()
    source: str = "own_file"
    ledger_file: str = "ersattningar.xlsx"


@dataclass(frozen=True)
class Fleet:
    """Everything the pages and files rest on; tables as their modules give them.

    status: YES/UNKNOWN/NO/NOT_COVERED of every row of `vehicles` today under the goal's definition. readings: of the share goal;
    rule_readings: of the replacement rule. demand: vehicles that charge (`charging.demand`). fuel_years: by year, empty without cards.
    """

    vehicles: pd.DataFrame
    status: np.ndarray
    definitions: tuple[Definition, ...]
    breaks: tuple[Break, ...]
    shares: pd.DataFrame
    readings: pd.DataFrame
    judged: pd.DataFrame
    rule_readings: pd.DataFrame
    planned: pd.DataFrame
    outlook: tuple[plan.Outlook, ...]
    demand: pd.DataFrame
    procured: pd.DataFrame
    law_summary: pd.DataFrame
    fuel_years: pd.DataFrame
    observations: tuple[Observation, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]

    @property
    def violations(self) -> pd.DataFrame:
        """The pairs that break the rule."""
        return self.judged[self.judged["verdict"].isin(BROKEN)]

    @property
    def chosen(self) -> pd.Series:
        """The share goal under the goal's own reading."""
        return self.readings[self.readings["chosen"]].iloc[0]

    def outside(self) -> dict[str, int]:
        """Return how many vehicles still there stand outside the goal, by reason."""
        here = self.vehicles[self.vehicles["out_date"].isna() & self.vehicles["outside"].notna()]
        return {str(reason): int(n) for reason, n in here["outside"].value_counts().items()}


def assess(given: Given, settings: FleetSettings, *, today: dt.date) -> Fleet:
    """Return the fleet as it stands on `today`. Rows dated after `today` count from their day."""
    made = register(given.rows, settings.vehicles, today=today, owners=given.owners)
    vehicles, goal = made.vehicles, settings.goal
    days = share.year_ends(goal, today)
    fuel = fuelled.fuelled_share(vehicles, given.cards, days) if given.cards is not None else {}
    shares = share.shares(vehicles, given.definitions, days, goal=goal, fuelled=fuel)
    readings = share.readings(shares, given.definitions, goal)
    chosen = next(each for each in given.definitions if each.id == goal.definition)
    status = share.status_on(vehicles, chosen, fuel.get(today))
    found = pair(vehicles, settings, given.ledger, file=given.ledger_file)
    terms = judging.terms(found.pairs, vehicles, settings, today=today, ledger=given.ledger)
    judged = judging.judge_pairs(terms, status, goal)
    rule_readings = judging.replacement_readings(terms, vehicles, given.definitions, goal=goal, fuelled=fuel.get(today))
    planned = plan.plan(vehicles, status, settings, today=today)
    required = float(readings.loc[readings["chosen"], "required"].iloc[0])
    procured = procurement.procured(vehicles, given.law, given.definitions)
    fuel_years = fuelled.fuel_by_year(given.cards) if given.cards is not None else pd.DataFrame()
    tables = _Tables(vehicles, shares, rule_readings, judged, fuel_years)
    return Fleet(
        vehicles=vehicles,
        status=status,
        definitions=given.definitions,
        breaks=breaks(given.definitions),
        shares=shares,
        readings=readings,
        judged=judged,
        rule_readings=rule_readings,
        planned=planned,
        outlook=plan.outlook(vehicles, status, planned, required, settings=settings, today=today),
        demand=charging.demand(vehicles, planned, status, settings, today=today),
        procured=procured,
        law_summary=procurement.summary(procured, given.law),
        fuel_years=fuel_years,
        observations=_observations(tables, given, settings, today),
        faults=(*made.faults, *found.faults),
        warnings=tuple(_warnings(vehicles, (status, terms), given, today)),
    )


@dataclass(frozen=True)
class _Tables:
    vehicles: pd.DataFrame
    shares: pd.DataFrame
    rule_readings: pd.DataFrame
    judged: pd.DataFrame
    fuel_years: pd.DataFrame


def _observations(tables: _Tables, given: Given, settings: FleetSettings, today: dt.date) -> tuple[Observation, ...]:
    found = observations.share_observations(tables.shares, tables.vehicles, given.definitions, settings, source=given.source)
    found += observations.replacement_observations(
        tables.rule_readings, tables.judged, tables.vehicles, today=today, source=given.source
    )
    if len(tables.fuel_years):
        found += observations.fuel_observations(tables.fuel_years, today=today, source=given.source)
    if given.totals is not None:
        found += observations.aggregate_observations(given.totals, source=given.source)
    return tuple(found)


def _warnings(vehicles: pd.DataFrame, judged: tuple[np.ndarray, Terms], given: Given, today: dt.date) -> list[str]:
    """Return what a reader must know before trusting the numbers: counts only, so that they may be public."""
    (status, terms), here = judged, share.in_service(vehicles, today)
    numbers = {
        "undated": share.undated(vehicles),
        "unknown": int((here & (status == UNKNOWN)).sum()),
        "not_covered": int((here & (status == NOT_COVERED)).sum()),
        "unordered": int((terms.judged["order"][2] & terms.made).sum()),
        "no_cards": int(given.cards is None and any("fuelled_share" in str(d.rule) for d in given.definitions)),
    }
    said = [text(f"fleet.warning.{name}", n=number) for name, number in numbers.items() if number]
    return [*said, text("fleet.warning.assumptions")]


def counts(fleet: Fleet, today: dt.date) -> dict[str, int]:
    """Return vehicles in service inside the goal: all, fossil-free and unknown under the goal's definition."""
    here = share.in_service(fleet.vehicles, today)
    return {"n": int(here.sum()), "fossil_free": int((here & (fleet.status == YES)).sum())} | {
        "unknown": int((here & (fleet.status == UNKNOWN)).sum())
    }
