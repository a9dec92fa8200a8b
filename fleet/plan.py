"""The plan: when each vehicle that is not fossil-free is due, the last day to order, and the share that gives at the goal date.

P13  order_by + lead time = due, and earliest = today + lead time.
P14  the share if all that are due go fossil-free is never below the share of those already there.
Money and charging rest on the settings' assumptions. Method: docs/metod/fordon.md, 6.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.layers_fleet import PLAN
from data.settings.fleet import ClassPlanSettings, FleetSettings, PlanSettings
from data.texts import text
from fleet.definitions import NO, NOT_COVERED, UNKNOWN, YES
from fleet.share import in_service, scopes

DAYS_A_YEAR = 365.25
MIN_ODOMETER_YEARS = 0.5
"""Years a vehicle must have run before its odometer tells a yearly distance."""
GAS_KG_PER_LITRE = 0.75
"""Kilograms of methane that carry a vehicle as far as a litre of petrol: 36 MJ/l over 48 MJ/kg (SFS 2011:847, annex)."""


def plan(vehicles: pd.DataFrame, status: np.ndarray, settings: FleetSettings, *, today: dt.date) -> pd.DataFrame:
    """Return the plan (PLAN) of every vehicle in service today that is not, or not known to be, fossil-free, the first to order first.

    vehicles: VEHICLES. status: YES/UNKNOWN/NO/NOT_COVERED under the goal's definition, in the order of `vehicles`.
    """
    rows = vehicles[in_service(vehicles, today) & np.isin(status, (NO, UNKNOWN))].reset_index(drop=True)
    numbers = _class_numbers(rows["vehicle_class"], settings.plan)
    due, basis = _due(rows, numbers)
    lead = pd.to_timedelta(numbers["lead_days"], unit="D")
    order_by, earliest = due - lead, pd.Timestamp(today) + lead
    goal = pd.Timestamp(settings.goal.date)
    km, km_basis = _distance(rows, numbers, today)
    fuel = _burnt(rows)
    amount = km * numbers["fuel_per_km"] * np.where(fuel == "gas", GAS_KG_PER_LITRE, 1.0)
    charging = km * numbers["kwh_per_km"] / settings.plan.charging_efficiency
    table = rows[["vehicle_id", "registration", "company", "unit", "depot"]].assign(
        **{"class": rows["vehicle_class"]},
        due=due,
        due_basis=basis,
        order_by=order_by,
        earliest=earliest,
        counts=(due <= goal) & (earliest <= goal),
        sentence=[_sentence(*dates, goal) for dates in zip(due, order_by, earliest, strict=True)],
        annual_km=km,
        km_basis=km_basis,
        fuel=fuel,
        fuel_amount=amount,
        charging_kwh=charging,
        cost_now_sek=_yearly_cost(numbers, "fossil", km * numbers["fuel_per_km"] * settings.plan.fuel_sek_litre, settings.plan),
        cost_new_sek=_yearly_cost(numbers, "electric", charging * settings.plan.electricity_sek_kwh, settings.plan),
    )
    return table.sort_values(["order_by", "vehicle_id"], ignore_index=True)[PLAN.names]


def _class_numbers(classes: pd.Series, settings: PlanSettings) -> pd.DataFrame:
    """Return the assumptions of each vehicle's class, one column a field of ClassPlanSettings."""
    table = {name: settings.of(name).model_dump() for name in classes.unique()}
    return pd.DataFrame([table[name] for name in classes], columns=list(ClassPlanSettings.model_fields), index=classes.index)


def _due(rows: pd.DataFrame, numbers: pd.DataFrame) -> tuple[pd.Series, np.ndarray]:
    """Return the day each vehicle is due and why: the end of its lease, or its age where it is owned."""
    leased = rows["tenure"].isin(["leased", "rental"]) & rows["lease_end"].notna()
    born = rows[["first_registered", "in_date"]].min(axis=1)
    old = born + pd.to_timedelta((numbers["life_years"] * DAYS_A_YEAR).round(), unit="D")
    owned = ~leased & old.notna() & (rows["tenure"] != "leased")
    due = rows["lease_end"].where(leased, old.where(owned)).astype("datetime64[ns]")
    return due, np.select([leased, owned], ["lease_end", "age"], "unknown")


def _distance(rows: pd.DataFrame, numbers: pd.DataFrame, today: dt.date) -> tuple[pd.Series, np.ndarray]:
    years = (pd.Timestamp(today) - rows["first_registered"]).dt.days / DAYS_A_YEAR
    driven = (rows["odometer_km"] / years).where(years >= MIN_ODOMETER_YEARS)
    km = rows["annual_km"].fillna(driven).fillna(numbers["annual_km"]).astype(float)
    return km, np.select([rows["annual_km"].notna(), driven.notna()], ["stated", "odometer"], "assumed")


def _burnt(rows: pd.DataFrame) -> pd.Series:
    """Return the fuel a vehicle burns: its first that is not electricity."""
    fuels = rows[["fuel_1", "fuel_2", "fuel_3"]]
    return fuels.mask(fuels == "electric").bfill(axis=1)["fuel_1"].astype("str")


def _yearly_cost(numbers: pd.DataFrame, kind: str, energy: pd.Series, settings: PlanSettings) -> pd.Series:
    """Return the yearly cost of owning and running, SEK: annuity of price less residual, service and energy."""
    years, rate = numbers["life_years"], settings.discount_rate
    annuity = rate / (1 - (1 + rate) ** -years) if rate else 1 / years
    worth = 1 - settings.residual_share * (1 + rate) ** -years
    return numbers[f"price_{kind}_sek"] * worth * annuity + numbers[f"service_{kind}_sek"] + energy


def _sentence(due: pd.Timestamp, order_by: pd.Timestamp, earliest: pd.Timestamp, goal: pd.Timestamp) -> str:
    if pd.isna(due):
        return text("fleet.plan.undated")
    days = {"due": due, "order_by": order_by, "earliest": earliest, "goal": goal}
    words = {name: f"{day:%Y-%m-%d}" for name, day in days.items()}
    if due > goal:
        if earliest > goal:
            return text("fleet.plan.after_late", **words)
        return text("fleet.plan.after", **words, advance=f"{goal - (due - order_by):%Y-%m-%d}")
    if earliest > goal:
        return text("fleet.plan.late", **words)
    return text("fleet.plan.now" if earliest > due else "fleet.plan.on_time", **words)


@dataclass(frozen=True)
class Outlook:
    """The share at the goal date: as it is, if all due go fossil-free, if all that can arrive in time do; and what is required."""

    scenario: str
    n: int
    fossil_free: int
    unknown: int
    share: float
    required: float
    reached: bool | None
    more: int | None


def outlook(
    vehicles: pd.DataFrame, status: np.ndarray, planned: pd.DataFrame, required: float, *, settings: FleetSettings, today: dt.date
) -> tuple[Outlook, ...]:
    """Return the three scenarios for the goal's scope; each vehicle is replaced by one. required: 0..1, NaN if undefined.

    `more` is how many further vehicles must go fossil-free to reach what is required.
    """
    classes = scopes(settings.goal)[settings.goal.scope]
    inside = in_service(vehicles, today) & vehicles["vehicle_class"].isin(classes).to_numpy() & (status != NOT_COVERED)
    n, yes, unknown = int(inside.sum()), int((inside & (status == YES)).sum()), int((inside & (status == UNKNOWN)).sum())
    known = pd.Series(status == NO, vehicles["vehicle_id"]).reindex(planned["vehicle_id"]).to_numpy(bool)
    mine = planned["class"].isin(classes).to_numpy()
    changed = {
        "today": np.zeros(len(planned), bool),
        "due": mine & planned["counts"].to_numpy(bool),
        "possible": mine & (planned["earliest"] <= pd.Timestamp(settings.goal.date)).to_numpy(),
    }
    return tuple(
        _outlook(name, (n, yes + int(which.sum()), unknown - int((which & ~known).sum())), required)
        for name, which in changed.items()
    )


def _outlook(name: str, counts: tuple[int, int, int], required: float) -> Outlook:
    n, yes, unknown = counts
    known = n - unknown
    share = yes / known if known else float("nan")
    if np.isnan(required) or not known:
        return Outlook(name, n, yes, unknown, share, required, None, None)
    more = max(0, int(np.ceil(required * known - 1e-9)) - yes)
    return Outlook(name, n, yes, unknown, share, required, share >= required - 1e-12, more)


def saved_tonnes(planned: pd.DataFrame, factors: pd.DataFrame, years: range) -> pd.DataFrame:
    """Return tonnes saved each year when every planned vehicle is replaced by an electric one at `max(due, earliest)`.

    factors: one row a carrier and interval: carrier (a fuel, or "electricity"), valid_from, valid_to (both days in; empty = open),
    kg_per_unit (kg CO2e per litre, kg of gas or kWh). Each day counts by the factor of that day. A carrier without a factor on a
    day adds nothing and is named: column `missing` (names joined by ;). Returns year, tonnes, vehicles (replaced by its end), missing.
    """
    days = pd.date_range(f"{years[0]}-01-01", f"{years[-1]}-12-31", freq="D")
    when = planned[["due", "earliest"]].max(axis=1).where(planned["due"].notna())
    saved, missing = np.zeros(len(days)), {}
    for carrier, amount, sign in [*_burnt_amounts(planned), ("electricity", planned["charging_kwh"], -1)]:
        rate = _daily_factor(factors, carrier, days)
        flow = _cumulative(when, amount / DAYS_A_YEAR, days)
        gone = np.isnan(rate) & (flow > 0)
        for year in set(days.year[gone]):
            missing.setdefault(year, set()).add(carrier)
        saved += sign * flow * np.nan_to_num(rate) / 1000
    table = pd.DataFrame({"year": days.year, "tonnes": saved}).groupby("year", as_index=False)["tonnes"].sum()
    ends = pd.to_datetime(table["year"].astype(str) + "-12-31")
    names = [";".join(sorted(missing.get(year, ()))) for year in table["year"]]
    return table.assign(vehicles=[int((when <= end).sum()) for end in ends], missing=names)


def _burnt_amounts(planned: pd.DataFrame) -> list[tuple[str, pd.Series, int]]:
    return [(fuel, planned["fuel_amount"].where(planned["fuel"] == fuel, 0.0), 1) for fuel in planned["fuel"].dropna().unique()]


def _daily_factor(factors: pd.DataFrame, carrier: str, days: pd.DatetimeIndex) -> np.ndarray:
    rate = np.full(len(days), np.nan)
    for row in factors[factors["carrier"] == carrier].itertuples():
        start, end = pd.Timestamp(row.valid_from), pd.Timestamp(row.valid_to)
        inside = (pd.isna(start) | (days >= start)) & (pd.isna(end) | (days <= end))
        rate[inside] = row.kg_per_unit
    return rate


def _cumulative(when: pd.Series, amount: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """Return the amount a day of all vehicles replaced on or before each of `days`."""
    known = when.notna().to_numpy()
    position = np.maximum(days.searchsorted(when[known]), 0)
    steps = np.zeros(len(days) + 1)
    np.add.at(steps, position, amount[known].to_numpy(float))
    return np.cumsum(steps)[: len(days)]
