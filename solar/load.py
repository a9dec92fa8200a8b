"""Electricity used and what solar power replaces of it, hour by hour. docs/metod/ekonomi.md, *Use*.

A load is kWh per hour on the weather's clock. From a meter: the same weekday and hour of the meter's year. From a profile: a shape by
building type times the year's use. Nothing known: no load, so everything is sold, and it is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numba import njit

CLOCK = "Europe/Stockholm"
QUARTERS = 4
Origin = Literal["measured", "assumed", "unknown"]


@dataclass(frozen=True)
class Load:
    """kWh per hour of the weather year (h,), and where it is from: a meter, a profile (its id) or nothing."""

    kwh: np.ndarray
    origin: Origin
    profile: str = ""

    @property
    def year_kwh(self) -> float:
        """The year's use [kWh]."""
        return float(self.kwh.sum())


def of_meters(series: Sequence[pd.Series], index: pd.DatetimeIndex) -> Load:
    """Return the sum of meters (kWh on UTC starts, an hour or a quarter each) on the weather's clock.

    Each weather hour takes the meter's hour with the same local clock on the nearest day of the same weekday, so that working days meet
    working days though the years differ. index: middles (or starts) of the weather's hours.
    """
    return Load(np.sum([_aligned(one, index) for one in series], axis=0), "measured")


def _aligned(series: pd.Series, index: pd.DatetimeIndex) -> np.ndarray:
    return on_clock(series.groupby(series.index.floor("h")).sum(), index)


def on_clock(hourly: pd.Series, index: pd.DatetimeIndex) -> np.ndarray:
    """Return an hourly series of one year on the hours of another: same local hour of the nearest day of the same weekday."""
    local = hourly.index.tz_convert(CLOCK)
    table = pd.DataFrame({"day": local.normalize().tz_localize(None), "hour": local.hour, "v": hourly.to_numpy()})
    days = table.pivot_table(index="day", columns="hour", values="v", aggfunc="mean")
    days = days.reindex(columns=range(24)).interpolate(axis=1, limit_direction="both").dropna()
    wanted = index.tz_convert(CLOCK)
    own = pd.DatetimeIndex(wanted.normalize().tz_localize(None))
    unique = own.unique()
    rows = days.to_numpy()[_same_weekday(unique, pd.DatetimeIndex(days.index))]
    return rows[unique.get_indexer(own), np.asarray(wanted.hour)]


def _same_weekday(wanted: pd.DatetimeIndex, known: pd.DatetimeIndex) -> np.ndarray:
    """Return for each wanted day the position of the known day of the same weekday nearest in the year's circle."""
    gap = np.abs(np.asarray(wanted.day_of_year)[:, None] - np.asarray(known.day_of_year)[None, :])
    gap = np.minimum(gap, 365 - np.minimum(gap, 365)).astype(float)
    gap[np.asarray(wanted.day_of_week)[:, None] != np.asarray(known.day_of_week)[None, :]] = 1e6
    return gap.argmin(axis=1)


def profile_of(use: str | None, profiles: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first profile one of whose words stands in `use`; the last (use not known) if none does."""
    said = (use or "").casefold() if isinstance(use, str) else ""
    return next((p for p in profiles if any(word in said for word in p["words"])), profiles[-1])


def of_profile(annual_kwh: float, profile: Mapping[str, Any], index: pd.DatetimeIndex) -> Load:
    """Return the year's use spread by a profile (data/reference/profiles.toml): month x day type x hour, holidays as weekend days."""
    local = index.tz_convert(CLOCK)
    weekend = np.asarray(local.day_of_week >= 5)
    closed = np.isin(np.asarray(local.isocalendar().week), profile["closed_weeks"])
    day, rest = np.array(profile["weekday"], float), np.array(profile["weekend"], float)
    hour = np.asarray(local.hour)
    shape = np.where(weekend, rest[hour], day[hour])
    shape = np.where(closed, rest[hour] * profile["closed_share"], shape)
    month = np.asarray(local.month) - 1
    sums = np.bincount(month, shape, minlength=12)
    weights = np.array(profile["months"], float)
    share = np.where(sums > 0, weights, 0.0)
    shape = shape * (share / np.where(sums > 0, sums, 1.0))[month]
    return Load(annual_kwh * shape / shape.sum(), "assumed", str(profile["id"]))


def nothing(index: pd.DatetimeIndex) -> Load:
    """Return the load of a connection nobody knows anything about: none, so that everything is sold."""
    return Load(np.zeros(len(index)), "unknown")


def together(loads: Sequence[Load]) -> Load:
    """Return several buildings behind one meter as one: assumed if any part is; unknown only if all are."""
    known = [one for one in loads if one.origin != "unknown"]
    if not known:
        return loads[0]
    kwh = np.sum([one.kwh for one in known], axis=0)
    origin: Origin = "measured" if all(one.origin == "measured" for one in known) and len(known) == len(loads) else "assumed"
    return Load(kwh, origin, ";".join(dict.fromkeys(one.profile for one in known if one.profile)))


def own_use(load_kwh: np.ndarray, solar_kwh: np.ndarray) -> np.ndarray:
    """Return what of the solar power is used at once [kWh per hour]; shapes (h,) and (h,) or (h, n)."""
    load = load_kwh if solar_kwh.ndim == 1 else load_kwh[:, None]
    return np.clip(np.minimum(load, solar_kwh), 0, None)


def with_battery(
    load_kwh: np.ndarray, solar_kwh: np.ndarray, *, capacity_kwh: float, efficiency: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return own use and feed-in [kWh per hour] with a battery that stores surplus and gives it back at the first need.

    efficiency: share of what is stored that comes back. Power is as large as the capacity in an hour (a full charge an hour).
    """
    load, solar = np.ascontiguousarray(load_kwh, np.float64), np.ascontiguousarray(np.maximum(solar_kwh, 0), np.float64)
    return _battery(load, solar, float(capacity_kwh), float(efficiency))


@njit(cache=True, nogil=True)
def _battery(load: np.ndarray, solar: np.ndarray, capacity: float, efficiency: float) -> tuple[np.ndarray, np.ndarray]:
    own, out = np.minimum(load, solar), np.zeros_like(load)
    stored = 0.0
    for t in range(len(load)):
        surplus = solar[t] - own[t]
        taken = min(surplus, (capacity - stored) / efficiency if efficiency > 0 else 0.0)
        stored += taken * efficiency
        out[t] = surplus - taken
        given = min(load[t] - own[t], stored)
        stored -= given
        own[t] += given
    return own, out


def peaks(load_kwh: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Return the highest hour of each month [kW], shape (12,) or (12, n); months (h,) 0-11. An hour's kWh is its mean kW."""
    out = np.zeros((12, *load_kwh.shape[1:]))
    for month in range(12):
        rows = months == month
        if rows.any():
            out[month] = load_kwh[rows].max(axis=0)
    return out


def hourly_overstatement(quarters_kwh: np.ndarray, solar_kwh: np.ndarray, *, ramp: bool = True) -> tuple[float, float]:
    """Return own use [kWh] matched by the hour and by the quarter: the first is never the smaller.

    quarters_kwh: (4h,) use; solar_kwh: (h,) solar power by the hour, spread within the hour by a straight line between the neighbouring
    hours (ramp) or evenly. What clouds do within an hour is not in it: the true overstatement is somewhat larger.
    """
    solar = np.maximum(solar_kwh, 0)
    hourly = float(np.minimum(quarters_kwh.reshape(-1, QUARTERS).sum(axis=1), solar).sum())
    parts = _quarters(solar) if ramp else np.repeat(solar / QUARTERS, QUARTERS)
    return hourly, float(np.minimum(quarters_kwh, parts).sum())


def _quarters(solar: np.ndarray) -> np.ndarray:
    """Spread hours over quarters along the line between the hours beside, the hour's sum kept."""
    before, after = np.concatenate([[0.0], solar[:-1]]), np.concatenate([solar[1:], [0.0]])
    slope = (after - before) / 2
    weights = np.array([-3, -1, 1, 3]) / 8
    parts = np.maximum(solar[:, None] + slope[:, None] * weights, 0) / QUARTERS
    sums = parts.sum(axis=1)
    return (parts * (solar / np.where(sums > 0, sums, 1.0))[:, None]).ravel()
