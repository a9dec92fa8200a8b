"""What a kWh is worth, bought and sold, and what a kW costs: prices in force made into hourly arrays. docs/metod/ekonomi.md, *Price*."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from solar.load import CLOCK, HOUR, _same_weekday

if TYPE_CHECKING:
    from data.settings import EconomySettings

USED = (
    "spot_level",
    "solar_capture",
    "price_change",
    "electricity_markup",
    "energy_tax",
    "grid_variable_fee",
    "grid_capacity_fee",
    "feed_in_fee",
    "grid_benefit",
    "internal_rate",
    "operation",
    "inverter",
    "degradation",
    "ppa_price",
)
"""Rows the calculation rests on besides months and investment: each is varied in the tornado."""


@dataclass(frozen=True)
class Prices:
    """The rows in force by id (columns value, low, high, kind, unit, source ...), and hourly spot on the weather's clock, or None.

    factor: multiplies the investment per kW, for the tornado.
    """

    rows: pd.DataFrame
    spot: np.ndarray | None = None
    capex_factor: float = 1.0
    _cache: dict = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, id_: str) -> float:
        if id_ not in self._cache:
            self._cache[id_] = float(self.rows.at[id_, "value"])
        return self._cache[id_]

    def changed(self, id_: str, value: float) -> Prices:
        """Return the same prices with one of another value."""
        rows = self.rows.copy()
        rows.loc[id_, "value"] = value
        return replace(self, rows=rows, _cache={})

    @property
    def assumptions(self) -> pd.DataFrame:
        """Rows that are assumptions, not facts."""
        return self.rows[self.rows["kind"] == "assumption"]

    def rate(self, settings: EconomySettings) -> float:
        """Return the yearly rate of the calculation: the settings', else the internal rate of the list."""
        return self["internal_rate"] if settings.discount_rate is None else settings.discount_rate


@dataclass(frozen=True)
class KwhValue:
    """SEK per kWh without VAT: `saved` (h,) what an own kWh replaces but energy tax; `tax` that tax; `sold` (h,) what a fed-in kWh gets."""

    saved: np.ndarray
    tax: float
    sold: np.ndarray


def kwh_value(prices: Prices, index: pd.DatetimeIndex) -> KwhValue:
    """Return the worth of a kWh in every hour of the weather year.

    saved = spot + mark-up + variable grid fee; sold = spot x capture - feed-in fee + grid benefit + tax reduction (0 since 2026). With
    hourly spot the capture share is 1: the hours speak for themselves.
    """
    month = np.asarray(index.tz_convert(CLOCK).month) - 1
    level = prices["spot_level"]
    if prices.spot is None:
        spot = level * np.array([prices[f"spot_{m:02d}"] for m in range(1, 13)])[month]
        caught = spot * prices["solar_capture"]
    else:
        spot = caught = level * prices.spot
    saved = spot + prices["electricity_markup"] + prices["grid_variable_fee"]
    sold = caught - prices["feed_in_fee"] + prices["grid_benefit"] + prices["tax_reduction"]
    return KwhValue(saved, prices["energy_tax"], sold)


def spot_on_clock(spot: pd.Series, index: pd.DatetimeIndex) -> np.ndarray:
    """Return hourly spot [SEK/kWh] on the weather's hours: same clock hour of the nearest day of the same weekday."""
    local = spot.index.tz_convert(CLOCK)
    table = pd.DataFrame({"day": local.normalize().tz_localize(None), "hour": local.hour, "v": spot.to_numpy()})
    days = table.pivot_table(index="day", columns="hour", values="v", aggfunc="mean")
    days = days.reindex(columns=range(24)).interpolate(axis=1, limit_direction="both").dropna()
    wanted = index.tz_convert(CLOCK)
    own = pd.DatetimeIndex(wanted.normalize().tz_localize(None))
    unique = own.unique()
    source = _same_weekday(unique, pd.DatetimeIndex(days.index))
    return days.to_numpy()[source][unique.get_indexer(own), np.asarray(wanted.hour)]


def capex(prices: Prices, kwp: np.ndarray, mount: str = "roof") -> np.ndarray:
    """Return the investment [SEK, without VAT] of plants of `kwp` [kW]: SEK/kW by size, straight over the logarithm of size.

    Outside the listed sizes the nearest holds. Raises KeyError for a mount no price is listed for.
    """
    points = prices.rows.index[prices.rows.index.str.startswith(f"capex_{mount}_")]
    if not len(points):
        raise KeyError(f"no investment listed for {mount}")
    sizes = np.array([float(id_.rsplit("_", 1)[1]) for id_ in points])
    order = np.argsort(sizes)
    values = prices.rows.loc[points, "value"].to_numpy(float)[order]
    kwp = np.asarray(kwp, float)
    each = np.interp(np.log(np.maximum(kwp, 1e-6)), np.log(sizes[order]), values)
    return prices.capex_factor * each * kwp


def vat_factor(prices: Prices, owner: str | None, settings: EconomySettings) -> float:
    """Return what amounts are multiplied by for an owner: 1, or 1 + VAT where it cannot be deducted."""
    return 1.0 + prices["vat"] if owner in settings.owners_without_vat_deduction else 1.0


def pays_energy_tax(kwp: np.ndarray, settings: EconomySettings) -> np.ndarray:
    """Return which plants pay full energy tax on their own use: those of the limit (500 kW) or more (prop. 2020/21:113).

    Plants below are relieved in full, also when their holder has 500 kW or more in all: then the holder registers and declares.
    """
    return np.asarray(kwp, float) >= settings.energy_tax_limit_kw - 1e-9


__all__ = ["HOUR", "USED", "KwhValue", "Prices", "capex", "kwh_value", "pays_energy_tax", "spot_on_clock", "vat_factor"]
