"""Money formulas: net present value, internal rate, payback, cost of a kWh, and the municipal view. docs/metod/ekonomi.md, *Formulas*.

Arrays over plants (n,). Amounts in SEK of today's money; year 0 is the investment, years 1..N run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.settings import EconomySettings
from solar.tariffs import Prices

MOST_RATE, LEAST_RATE = 1.0, -0.99
BISECTIONS = 60


@dataclass(frozen=True)
class Terms:
    """What turns a first year into a lifetime. rate, ageing, price_change: share a year; operation, inverter: SEK per kWp."""

    rate: float
    years: int
    ageing: float
    price_change: float
    operation: float
    inverter: float
    inverter_years: int

    @classmethod
    def of(cls, prices: Prices, settings: EconomySettings, *, rate: float | None = None) -> Terms:
        """Return the terms of prices and settings; `rate` goes before both."""
        return cls(
            prices.rate(settings) if rate is None else rate,
            settings.years,
            prices["degradation"],
            prices["price_change"],
            prices["operation"],
            prices["inverter"],
            settings.inverter_years,
        )

    @property
    def fading(self) -> np.ndarray:
        """(N,) energy of year t over the first year's: (1 - a)^(t - 1)."""
        return (1 - self.ageing) ** np.arange(self.years)

    @property
    def income_factor(self) -> np.ndarray:
        """(N,) income of year t over the first year's: fading times prices."""
        return self.fading * (1 + self.price_change) ** np.arange(self.years)

    @property
    def discount(self) -> np.ndarray:
        """(N,) worth today of one SEK in year t: (1 + r)^-t."""
        return (1 + self.rate) ** -np.arange(1.0, self.years + 1)

    @property
    def inverter_changes(self) -> np.ndarray:
        """(N,) number of inverter changes in year t: every `inverter_years` years while the plant has years left."""
        year = np.arange(1, self.years + 1)
        return ((year % self.inverter_years == 0) & (year < self.years)).astype(float)

    def costs(self) -> np.ndarray:
        """(N,) SEK per kWp and year: operation and inverter changes."""
        return self.operation + self.inverter * self.inverter_changes


def cash_flows(
    capex: np.ndarray, income: np.ndarray, kwp: np.ndarray, terms: Terms, *, vat: float | np.ndarray = 1.0
) -> np.ndarray:
    """Return (n, N + 1): -capex in year 0, then income x factor - costs. income: of the first year [SEK]."""
    capex, income, kwp = (np.atleast_1d(np.asarray(values, float)) for values in (capex, income, kwp))
    running = income[:, None] * terms.income_factor - (kwp * vat)[:, None] * terms.costs()
    return np.column_stack([-capex, running])


def npv(flows: np.ndarray, terms: Terms) -> np.ndarray:
    """Return (n,) net present value [SEK]: -capex + sum CF_t (1 + r)^-t."""
    return flows[:, 0] + flows[:, 1:] @ terms.discount


def irr(flows: np.ndarray) -> np.ndarray:
    """Return (n,) the rate at which NPV is 0, by bisection between -99 % and 100 %; NaN where no rate makes it 0."""
    t = np.arange(flows.shape[1])
    low, high = np.full(len(flows), LEAST_RATE), np.full(len(flows), MOST_RATE)

    def value(rate: np.ndarray) -> np.ndarray:
        return (flows * (1 + rate)[:, None] ** -t).sum(axis=1)

    with np.errstate(over="ignore"):
        crosses = (value(low) > 0) & (value(high) < 0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = value(middle) > 0
            low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(crosses & (flows[:, 0] < 0), (low + high) / 2, np.nan)


def payback_years(flows: np.ndarray, rate: float = 0.0) -> np.ndarray:
    """Return (n,) years until the sum of flows (discounted with `rate`; 0 = simple) reaches 0, within the year straight; NaN if never."""
    worth = flows * (1 + rate) ** -np.arange(flows.shape[1])
    total = worth.cumsum(axis=1)
    reached = total >= 0
    year = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    rows = np.arange(len(flows))
    before = total[rows, np.maximum(year - 1, 0)]
    step = worth[rows, np.maximum(year, 0)]
    part = np.where(step > 0, -before / np.where(step > 0, step, 1.0), 0.0)
    return np.where(year < 0, np.nan, np.where(year == 0, 0.0, year - 1 + part))


def lcoe(capex: np.ndarray, kwh: np.ndarray, kwp: np.ndarray, terms: Terms, *, vat: float | np.ndarray = 1.0) -> np.ndarray:
    """Return (n,) levelised cost [SEK/kWh]: (capex + discounted costs) over discounted energy (Short et al. 1995, NREL/TP-462-5173)."""
    capex, kwh, kwp = (np.atleast_1d(np.asarray(values, float)) for values in (capex, kwh, kwp))
    cost = capex + kwp * vat * (terms.costs() @ terms.discount)
    energy = kwh * (terms.fading @ terms.discount)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(energy > 0, cost / energy, np.nan)


def municipal(
    capex: float, income: float, kwp: float, terms: Terms, *, settings: EconomySettings, internal_rate: float, vat: float = 1.0
) -> pd.DataFrame:
    """Return years 1-3 as an investment request shows them, SEK: columns year, depreciation, interest, capital_cost, net_operation, result.

    Straight depreciation by component (modules with mounting, inverters); interest on the book value at the year's beginning with the
    internal rate; net_operation = income - operation; result = net_operation - capital_cost.
    """
    inverter = capex * settings.inverter_share
    parts = ((capex - inverter, settings.depreciation_years_modules), (inverter, settings.depreciation_years_inverter))
    yearly = sum(amount / years for amount, years in parts)
    rows = []
    for year in (1, 2, 3):
        book = capex - yearly * (year - 1)
        interest = internal_rate * book
        net = income * terms.income_factor[year - 1] - terms.operation * kwp * vat
        rows.append(
            {
                "year": year,
                "depreciation": yearly,
                "interest": interest,
                "capital_cost": yearly + interest,
                "net_operation": net,
                "result": net - yearly - interest,
            }
        )
    return pd.DataFrame(rows)


def year_one(
    capex: np.ndarray,
    income: np.ndarray,
    kwp: np.ndarray,
    terms: Terms,
    *,
    settings: EconomySettings,
    internal_rate: float,
    vat: float | np.ndarray = 1.0,
) -> np.ndarray:
    """Return (n,) result of the first year [SEK], as in `municipal`."""
    share = settings.inverter_share
    yearly = capex * ((1 - share) / settings.depreciation_years_modules + share / settings.depreciation_years_inverter)
    return income - terms.operation * kwp * vat - yearly - internal_rate * np.asarray(capex, float)
