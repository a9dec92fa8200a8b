"""Charging at each depot, hour by hour, and how much of it a roof's own power meets in the same hour.

P15  the hours of a year sum to the year's energy.  P16  matched <= min(load, PV) every hour, so never more than either.
Method: docs/metod/fordon.md, 6.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.settings.fleet import FleetSettings, PlanSettings
from fleet.definitions import YES
from fleet.share import in_service

LOCAL = "Europe/Stockholm"
NO_DEPOT = ""
"""Vehicles whose depot the list does not state."""


def demand(
    vehicles: pd.DataFrame, planned: pd.DataFrame, status: np.ndarray, settings: FleetSettings, *, today: dt.date
) -> pd.DataFrame:
    """Return each vehicle that charges now or will: depot, kwh (a year, from the socket), charger_kw, planned (bool).

    Now: battery vehicles in service today. Planned: every row of the plan that has a day (PLAN).
    """
    electric = vehicles["fuel_1"].eq("electric") & vehicles["fuel_2"].isna() & (status == YES) & in_service(vehicles, today)
    now = vehicles[electric]
    rows = pd.DataFrame({"depot": now["depot"], "class": now["vehicle_class"], "km": now["annual_km"], "planned": False})
    coming = planned[planned["due"].notna()]
    more = pd.DataFrame({"depot": coming["depot"], "class": coming["class"], "km": coming["annual_km"], "planned": True})
    both = pd.concat([rows, more], ignore_index=True)
    classes = {name: settings.plan.of(name) for name in both["class"].unique()}
    km = both["km"].fillna(both["class"].map({name: numbers.annual_km for name, numbers in classes.items()}))
    per_km = both["class"].map({name: numbers.kwh_per_km for name, numbers in classes.items()})
    return both.assign(
        depot=both["depot"].fillna(NO_DEPOT),
        kwh=(km * per_km / settings.plan.charging_efficiency).astype(float),
        charger_kw=both["class"].map({name: numbers.charger_kw for name, numbers in classes.items()}).astype(float),
    )[["depot", "kwh", "charger_kw", "planned"]]


def hourly_shape(settings: PlanSettings, year: int) -> pd.Series:
    """Return each hour's share of a year's charging (UTC index of hour starts; sums to 1)."""
    hours = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", inclusive="left", tz=LOCAL)
    night = _between(hours.hour, settings.night_from, settings.night_to)
    day = _between(hours.hour, settings.day_from, settings.day_to)
    by_hour = _spread(night, hours, 1 - settings.day_share) + _spread(day, hours, settings.day_share)
    weekend = hours.day_of_week >= 5
    share = np.where(weekend, settings.weekend_share / 2, (1 - settings.weekend_share) / 5)
    weight = by_hour * share
    return pd.Series(weight / weight.sum(), hours.tz_convert("UTC"))


def _between(hour: pd.Index, start: int, end: int) -> np.ndarray:
    """Return whether each hour lies from `start` up to `end`, over midnight where start > end; equal means all day."""
    value = hour.to_numpy()
    if start == end:
        return np.ones(len(value), bool)
    return (value >= start) & (value < end) if start < end else (value >= start) | (value < end)


def _spread(inside: np.ndarray, hours: pd.DatetimeIndex, share: float) -> np.ndarray:
    """Return a day's share put evenly over its hours that lie inside."""
    per_day = pd.Series(inside).groupby(hours.date).transform("sum").to_numpy()
    return np.where(inside, share / np.maximum(per_day, 1), 0.0)


def profile(charging: pd.DataFrame, settings: PlanSettings, year: int) -> pd.DataFrame:
    """Return kWh charged each hour of `year`, one column a depot (UTC index). charging: as `demand` gives it."""
    shape = hourly_shape(settings, year)
    energy = charging.groupby("depot")["kwh"].sum()
    return pd.DataFrame(np.outer(shape.to_numpy(), energy.to_numpy()), index=shape.index, columns=energy.index)


def depots(charging: pd.DataFrame, settings: PlanSettings, year: int, pv: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row a depot: vehicles and kWh now and planned, kW spread over the hours and kW if all charge at once.

    pv: kWh each hour of that depot's roof, one column a depot; any year (matched by month, day and hour UTC). Adds pv_kwh and
    matched_kwh: what the roof gives in the hours of charging; empty for a depot without a roof of its own.
    """
    load = profile(charging, settings, year)
    grouped = charging.groupby(["depot", "planned"])["kwh"].agg(["size", "sum"]).unstack(fill_value=0)
    grouped = grouped.reindex(columns=pd.MultiIndex.from_product([["size", "sum"], [False, True]]), fill_value=0)
    table = pd.DataFrame(
        {
            "vehicles_now": grouped["size", False].astype(int),
            "vehicles_planned": grouped["size", True].astype(int),
            "kwh_now": grouped["sum", False],
            "kwh_planned": grouped["sum", True],
            "kw_spread": load.max(),
            "kw_chargers": charging.groupby("depot")["charger_kw"].sum(),
        }
    )
    table = table.join(matched(load, pv)) if pv is not None else table.assign(pv_kwh=np.nan, matched_kwh=np.nan)
    return table.rename_axis("depot").reset_index()


def matched(load: pd.DataFrame, pv: pd.DataFrame) -> pd.DataFrame:
    """Return pv_kwh and matched_kwh of every depot in both; hours of `pv` are matched by month, day and hour (UTC).

    29 February of a leap year takes the day before where the solar year lacks it.
    """
    names = [name for name in load.columns if name in pv.columns]
    lookup = pd.Series(np.arange(len(pv)), _calendar(pv.index.tz_convert("UTC")))
    wanted = _calendar(load.index)
    position = lookup.reindex(wanted).fillna(
        lookup.reindex(np.where(wanted // 100 == 229, wanted - 100, wanted)).set_axis(wanted)
    )
    if position.isna().any():
        raise ValueError("pv: one value for every hour of a year")
    sun = pv[names].to_numpy(float)[position.to_numpy(int)]
    met = np.minimum(load[names].to_numpy(), np.maximum(sun, 0))
    return pd.DataFrame({"pv_kwh": sun.sum(axis=0), "matched_kwh": met.sum(axis=0)}, index=names)


def _calendar(index: pd.DatetimeIndex) -> np.ndarray:
    return (index.month * 10000 + index.day * 100 + index.hour).to_numpy()
