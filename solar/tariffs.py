"""What a kWh is worth, bought and sold, and what a kW costs: prices in force made into hourly arrays. docs/metod/ekonomi.md, *Price*."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from solar.load import CLOCK, on_clock

if TYPE_CHECKING:
    from data.settings import EconomySettings

USED = (
    "spot_level",
    "solar_capture",
    "own_capture",
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
    """Hourly spot [SEK/kWh] on the weather's clock, or None: months."""
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


def spot(prices: Prices, index: pd.DatetimeIndex) -> np.ndarray:
    """Return the spot price [SEK/kWh] at price level 1 in every hour of the weather year (h,): hourly where given, else by month."""
    if prices.spot is not None:
        return prices.spot
    month = np.asarray(index.tz_convert(CLOCK).month) - 1
    return np.array([prices[f"spot_{m:02d}"] for m in range(1, 13)])[month]


def capture(prices: Prices) -> float:
    """Return what solar power gets of the spot price: the listed share of a month's mean; 1 with hourly prices, that speak themselves."""
    return prices["solar_capture"] if prices.spot is None else 1.0


def own_capture(prices: Prices) -> float:
    """Return what a kWh used at once saves of the spot price: the listed share of a month's mean (1: the contract follows the month);
    1 with hourly prices."""  # noqa: D205, D209
    return prices["own_capture"] if prices.spot is None else 1.0


def bought_adder(prices: Prices) -> float:
    """Return what an own kWh saves beside spot and energy tax [SEK/kWh]: mark-up and variable grid fee."""
    return prices["electricity_markup"] + prices["grid_variable_fee"]


def sold_adder(prices: Prices) -> float:
    """Return what a fed-in kWh gets beside spot [SEK/kWh]: grid benefit - feed-in fee + tax reduction (0 since 2026)."""
    return prices["grid_benefit"] - prices["feed_in_fee"] + prices["tax_reduction"]


def sold_price(prices: Prices, index: pd.DatetimeIndex) -> np.ndarray:
    """Return what a fed-in kWh gets in every hour [SEK/kWh] (h,); may be negative."""
    return prices["spot_level"] * capture(prices) * spot(prices, index) + sold_adder(prices)


def spot_on_clock(series: pd.Series, index: pd.DatetimeIndex) -> np.ndarray:
    """Return hourly spot [SEK/kWh] on the weather's hours: same clock hour of the nearest day of the same weekday."""
    return on_clock(series, index)


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
