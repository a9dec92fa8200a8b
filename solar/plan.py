"""The way to the target: candidates, sizes, the chosen plants by year, the curve, what remains and why. docs/metod/plan.md.

result = make(table, ...)       # table: sizing.options of roofs; sites likewise
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from data.settings import PlanSettings
from data.texts import text
from solar import outlook, portfolio, sizing
from solar.portfolio import Chosen, EmptyCandidates, Infeasible, Limits
from solar.sizing import Market
from solar.words import number

PLAN_YEARS = 5
NAMED = 10
"""Candidates a sentence names at most."""


class NoSupplier(EmptyCandidates):
    """Bought as a service, and no supplier would build anything, or not what must be built. needed: what it would take."""

    def __init__(self, said: str, needed: str) -> None:
        self.needed = needed
        super().__init__(said)


@dataclass(frozen=True)
class Target:
    """MW to reach in all, what is built under the chosen reading (None: unknown), and that reading."""

    mw: float
    built_mw: float | None
    reading: str

    @property
    def remaining_kw(self) -> float:
        """What the plan must add [kW]; unknown built power counts as none, and it is said."""
        return max(0.0, self.mw - (self.built_mw or 0.0)) * 1000


@dataclass(frozen=True)
class Plan:
    """The plan and what it rests on.

    options: every size of every candidate. chosen: the plants with `year`. curve: cost by target. best: highest NPV of every candidate.
    tornado, ways: of the chosen. why: sentences when the target is not reached, `short_kw` what is missing then. used_sites: whether
    carports and ground were let in. service_years: of a bought service; 0 = own investment. no_supplier: candidates no supplier would
    build then (`outlook.without_supplier`).
    """

    target: Target
    options: pd.DataFrame
    chosen: pd.DataFrame
    solved: Chosen | None
    curve: pd.DataFrame
    best: pd.DataFrame
    tornado: pd.DataFrame
    ways: pd.DataFrame
    limits: Limits
    why: tuple[str, ...] = ()
    short_kw: float = 0.0
    used_sites: bool = False
    service_years: int = 0
    no_supplier: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def kw(self) -> float:
        """Module power chosen [kW]."""
        return float(self.chosen["kwp"].sum())

    def by_year(self) -> pd.DataFrame:
        """Return plants, kwp, capex_sek, npv_sek and kwh by year, and cumulative kwp, every year of the plan."""
        sums = self.chosen.groupby("year").agg(
            plants=("candidate_id", "size"),
            kwp=("kwp", "sum"),
            capex_sek=("capex_sek", "sum"),
            npv_sek=("npv_sek", "sum"),
            kwh=("kwh", "sum"),
        )
        sums = sums.reindex(sorted(self.limits.years)).fillna(0.0)
        return sums.assign(cumulative_kwp=sums["kwp"].cumsum()).rename_axis("year")


def plan_years(plan: PlanSettings, first: int) -> tuple[int, ...]:
    """Return the years in which may be built."""
    return tuple(sorted(plan.years)) or tuple(range(first, first + PLAN_YEARS))


def make(
    roofs: pd.DataFrame, sites: pd.DataFrame | None, target: Target, market: Market, *, plan: PlanSettings, years: tuple[int, ...]
) -> Plan:
    """Return the plan. roofs, sites: `sizing.options`. Where the target cannot be reached: the most that can, and why.

    plan.way: own investment as counted; ppa: as a bought service, where a supplier would build; company: own investment by a market made
    with the company's rate. Raises portfolio.EmptyCandidates when there is nothing to choose among, NoSupplier where that is because
    nobody would offer the service.
    """
    table, used_sites = _candidates(roofs, sites, target, plan)
    terms = {"company_rate": plan.ways.company_rate, "ppa_years": plan.ways.ppa_years}
    fallen = pd.DataFrame()
    if plan.way == "ppa":
        fallen = outlook.without_supplier(table, market, **terms)
        _offered(table, fallen, market, plan)
        table = outlook.as_service(table, market, **terms)
    table = table.reset_index(drop=True)
    wanted = Limits(
        years,
        None if plan.objective == "npv" else target.remaining_kw,
        plan.max_kw_per_year,
        plan.budget_sek_per_year,
        dict(plan.max_kw_per_owner),
        must_candidates(plan.must, table),
    )
    how = {"rate": market.terms.rate, "gap": plan.gap, "time_limit_s": plan.time_limit_s}
    solved, why, short = _solved(table, wanted, plan, how)
    chosen = solved.rows if solved is not None else table.iloc[:0].assign(year=pd.Series(dtype=float))
    if plan.objective == "npv":
        short = max(0.0, target.remaining_kw - float(chosen["kwp"].sum()))
    targets = _targets(table, target, plan)
    curve = portfolio.curve(table, wanted, targets, objective="capex" if plan.objective == "capex" else "net_cost", **how)
    return Plan(
        target=target,
        options=table,
        chosen=chosen,
        solved=solved,
        curve=curve,
        best=sizing.best_size(table),
        tornado=outlook.tornado(chosen, market) if len(chosen) else pd.DataFrame(),
        ways=outlook.ways(chosen, market, **terms),
        limits=wanted,
        why=why,
        short_kw=short,
        used_sites=used_sites,
        service_years=plan.ways.ppa_years if plan.way == "ppa" else 0,
        no_supplier=fallen,
    )


def _offered(table: pd.DataFrame, fallen: pd.DataFrame, market: Market, plan: PlanSettings) -> None:
    """Raise NoSupplier, with what each would take, where no candidate is offered or one that must be built is not."""
    must = set(must_candidates(plan.must, table))
    asked = fallen[fallen["candidate_id"].isin(must)]
    if asked.empty and (table.empty or len(fallen) < table["candidate_id"].nunique()):
        return
    shown = fallen if asked.empty else asked
    at_all = shown[np.isfinite(shown["from_price"])]
    values = {
        "n": len(shown),
        "price": number(market.prices["ppa_price"], 2),
        "years": plan.ways.ppa_years,
        "rate": number(100 * plan.ways.company_rate, 1),
    }
    needed = []
    if len(at_all):
        least = [f"{row.name} {number(np.ceil(100 * row.from_price) / 100, 2)}" for row in at_all.itertuples(index=False)]
        needed.append(text("plan.no_supplier.from_price", named=named(least)))
    if len(sold := shown["name"][~np.isfinite(shown["from_price"])]):
        needed.append(text("plan.no_supplier.all_sold", named=named(list(sold))))
    raise NoSupplier(text("plan.no_supplier.none" if asked.empty else "plan.no_supplier.must", **values), " ".join(needed))


def named(names: list[str]) -> str:
    """Return the first of the names, as they may stand on a line of a screen, and how many more there are."""
    more = len(names) - NAMED
    plain = ["".join(sign if sign.isprintable() else " " for sign in name) for name in names[:NAMED]]
    return "; ".join(plain) + (text("plan.no_supplier.more", n=more) if more > 0 else "")


def _candidates(roofs: pd.DataFrame, sites: pd.DataFrame | None, target: Target, plan: PlanSettings) -> tuple[pd.DataFrame, bool]:
    """Join roofs with carports and ground: when roofs do not reach the target, always, never; or when one of them must be built."""
    if sites is None or sites.empty or plan.sites == "never":
        return roofs, False
    most = roofs.groupby("candidate_id")["kwp"].max().sum() if len(roofs) else 0.0
    wanted = set(plan.must) & set(sites["candidate_id"])
    if plan.sites == "when_needed" and most >= target.remaining_kw and not wanted:
        return roofs, False
    return pd.concat([roofs, sites], ignore_index=True), True


def must_candidates(must: tuple[str, ...], table: pd.DataFrame) -> tuple[str, ...]:
    """Return candidate ids of facilities or sites that must be built; an id that is none is kept, so that it is refused by name."""
    of_facility = {
        facility: row.candidate_id
        for row in table.drop_duplicates("candidate_id").itertuples()
        for facility in str(row.facility_ids).split(";")
    }
    return tuple(dict.fromkeys(of_facility.get(id_, id_) for id_ in must))


def _solved(
    table: pd.DataFrame, wanted: Limits, plan: PlanSettings, how: Mapping[str, Any]
) -> tuple[Chosen | None, tuple[str, ...], float]:
    try:
        return portfolio.solve(table, wanted, objective=plan.objective, **how), (), 0.0
    except Infeasible as error:
        why, reach = tuple(str(error).splitlines()), error.reach_kw
    if reach <= 0:
        return None, why, wanted.target_kw or 0.0
    lower = replace(wanted, target_kw=reach * (1 - 1e-4))
    try:
        solved = portfolio.solve(table, lower, objective=plan.objective, **how)
    except Infeasible as error:  # the time was up
        return None, tuple(str(error).splitlines()), wanted.target_kw or 0.0
    return solved, why, (wanted.target_kw or 0.0) - reach


def _targets(table: pd.DataFrame, target: Target, plan: PlanSettings) -> np.ndarray:
    """Return the targets of the curve [kW]: even steps up to what all candidates hold, and the target itself when it is among them."""
    most = float(table.groupby("candidate_id")["kwp"].max().sum())
    steps = most * np.arange(1, plan.curve_points + 1) / plan.curve_points
    own = [target.remaining_kw] if 0 < target.remaining_kw <= most else []
    return np.unique(np.append(steps, own))
