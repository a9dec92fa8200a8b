"""What the chosen plants are worth together: ways to pay, how sure, and what moves the value. docs/metod/plan.md, *Outlook*."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from solar import economy, tariffs
from solar.economy import Terms
from solar.sizing import OWN_TOGETHER, Market, best_size, net_value, vat_factors, with_money
from solar.uncertainty import COMMON

LEAST_SWING = 1.0
"""SEK. A lever that moves the plan less than this does not act."""


def ways(rows: pd.DataFrame, market: Market, *, company_rate: float, ppa_years: int) -> pd.DataFrame:
    """Return sums of chosen plants under each way [SEK]: columns way, plants, kwp, capex_sek, debt_sek, npv_sek, year_one_sek.

    own: as an investment of one's own. company: the same plant with the company's rate. ppa: as `as_service`. from_price: the least PPA
    price [SEK/kWh] at which a supplier would build one of them; NaN for the other ways, and where there is none.
    """
    rows = with_money(rows, market)
    company = Terms.of(market.prices, market.settings, rate=company_rate)
    kwp, income, capex = (rows[name].to_numpy(float) for name in ("kwp", "income_sek", "capex_sek"))
    flows = economy.cash_flows(capex, income, kwp, company, vat=vat_factors(rows, market))
    bought = as_service(rows, market, company_rate=company_rate, ppa_years=ppa_years)
    least = service_prices(rows, market, company_rate=company_rate, ppa_years=ppa_years)
    own = {"plants": len(rows), "kwp": kwp.sum(), "capex_sek": capex.sum(), "year_one_sek": rows["year_one_sek"].sum()}
    own["from_price"] = np.nan
    service = {name: bought[name].sum() for name in ("kwp", "capex_sek", "npv_sek", "year_one_sek")}
    table = [
        {"way": "own", **own, "npv_sek": rows["npv_sek"].sum(), "debt_sek": capex.sum()},
        {"way": "ppa", "plants": len(bought), **service, "debt_sek": 0.0, "from_price": least[np.isfinite(least)].min()},
        {"way": "company", **own, "npv_sek": economy.npv(flows, company).sum(), "debt_sek": capex.sum()},
    ]
    return pd.DataFrame(table)


def as_service(rows: pd.DataFrame, market: Market, *, company_rate: float, ppa_years: int) -> pd.DataFrame:
    """Return the plants as a bought solar service, where a supplier would build: capex_sek 0, values of the buyer, no LCOE.

    For `ppa_years` own use is paid with the PPA price and the surplus is the supplier's; then the plant is the municipality's, with its
    costs. A supplier builds where PPA and surplus income covers the investment within those years at `company_rate`.
    """
    prices, terms, vat = market.prices, market.terms, vat_factors(rows, market)
    kwp, income, capex = (rows[name].to_numpy(float) for name in ("kwp", "income_sek", "capex_sek"))
    service = (rows["saved_sek"] + rows["tax_sek"] - vat * prices["ppa_price"] * rows["own_kwh"]).to_numpy(float)
    rented = np.arange(1, terms.years + 1) <= ppa_years
    costs = (kwp * vat)[:, None] * terms.costs()

    def worth(share: float | np.ndarray) -> np.ndarray:
        after = (share * income)[:, None] * terms.income_factor - costs
        return np.where(rented, (share * service)[:, None] * terms.income_factor, after) @ terms.discount

    sold = (prices["ppa_price"] * rows["own_kwh"] + rows["sold_sek"]).to_numpy(float)
    company = Terms.of(prices, market.settings, rate=company_rate)
    supplier = economy.cash_flows(capex / vat, sold, kwp, company)
    built = supplier[:, 0] + (supplier[:, 1:] * rented) @ company.discount >= 0
    low = worth(1 - rows["below_p50"].to_numpy(float))
    money = {"capex_sek": 0.0, "npv_sek": worth(1.0), "npv_p90_sek": low, "year_one_sek": service}
    none = dict.fromkeys(("irr", "payback_years", "payback_discounted_years", "lcoe_sek_kwh"), np.nan)
    return rows.assign(**money, **none)[built]


def service_prices(rows: pd.DataFrame, market: Market, *, company_rate: float, ppa_years: int) -> pd.Series:
    """Return the PPA price [SEK/kWh] from which a supplier would build each plant; infinite where no price is enough: all is sold."""
    terms, vat = Terms.of(market.prices, market.settings, rate=company_rate), vat_factors(rows, market)
    rented = np.arange(1, terms.years + 1) <= ppa_years
    income, cost = ((values * rented) @ terms.discount for values in (terms.income_factor, terms.costs()))
    kwp, capex, sold, own = (rows[name].to_numpy(float) for name in ("kwp", "capex_sek", "sold_sek", "own_kwh"))
    missing = capex / vat + kwp * cost - sold * income
    with np.errstate(divide="ignore", invalid="ignore"):
        price = missing / (own * income)
    return pd.Series(np.where(own > 0, price, np.where(missing > 0, np.inf, -np.inf)), index=rows.index)


def without_supplier(rows: pd.DataFrame, market: Market, *, company_rate: float, ppa_years: int) -> pd.DataFrame:
    """Return the candidates none of whose sizes a supplier would build: candidate_id, name, from_price [SEK/kWh], the nearest first."""
    terms = {"company_rate": company_rate, "ppa_years": ppa_years}
    least = rows.assign(from_price=service_prices(rows, market, **terms)).groupby("candidate_id", as_index=False, sort=False)
    found = least.agg(name=("name", "first"), from_price=("from_price", "min")).sort_values("from_price", kind="stable")
    return found[~found["candidate_id"].isin(as_service(rows, market, **terms)["candidate_id"])].reset_index(drop=True)


def best_under(options: pd.DataFrame, market: Market) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the best size of every candidate under each rate (low, base, high of the price list) and horizon (short, base, long)."""
    prices, settings = market.prices, market.settings
    base = prices.rate(settings)
    rates = {
        "low": float(prices.rows.at["internal_rate", "low"]),
        "base": base,
        "high": float(prices.rows.at["internal_rate", "high"]),
    }
    years = {"short": settings.years_short, "base": settings.years, "long": settings.years_long}
    found = {}
    for rate, horizon in product(rates, years):
        own = settings.model_copy(update={"discount_rate": rates[rate], "years": years[horizon]})
        there = prices if rate == "base" else prices.changed("internal_rate", rates[rate])
        found[rate, horizon] = best_size(with_money(options, replace(market, prices=there, settings=own)))
    return found


def portfolio_drop(rows: pd.DataFrame, weight: pd.Series) -> float:
    """Return how far the P90 of a sum over plants lies under its P50, in the weight's unit (kWh a year, or SEK that follow the energy).

    Common terms add, own terms even out (docs/metod/osakerhet.md): less than the sum of the plants' own drops.
    """
    if rows.empty:
        return 0.0
    common = sum(float((weight * rows[f"u_{name}"]).sum()) ** 2 for name in COMMON)
    own = float(((weight * rows[f"u_{OWN_TOGETHER}"]) ** 2).sum())
    return float(rows["quantile"].max() * np.sqrt(common + own))


def npv_p90(rows: pd.DataFrame) -> float:
    """Return the NPV [SEK] the plants together exceed with the stated probability, prices as they are."""
    if rows.empty:
        return 0.0
    income = ((rows["npv_sek"] - rows["npv_p90_sek"]) / rows["below_p50"].where(rows["below_p50"] > 0)).fillna(0.0)
    return float(rows["npv_sek"].sum()) - portfolio_drop(rows, income)


def tornado(rows: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Return the portfolio's NPV [SEK] with each number at its low and high, widest first.

    Columns id, low, high, npv_low, npv_high, kind, unit, swing.

    rows: chosen plants as from `evaluate`. Investment is moved as a whole, by the widest share its listed points have; energy by the P90.
    Prices that do not act here (a bought service's, a battery's where there is none) are left out. Settings: `levers.of_settings`.
    """
    base = market.prices.rows
    found = []
    for id_ in (*tariffs.USED, "battery", "ancillary_sek_kw"):
        if id_ not in base.index or not base.at[id_, "low"] < base.at[id_, "high"]:
            continue
        low, high = float(base.at[id_, "low"]), float(base.at[id_, "high"])
        ends = [net_value(rows, market.moved(id_, value)) for value in (low, high)]
        known = {"kind": base.at[id_, "kind"], "unit": base.at[id_, "unit"]}
        found.append({"id": id_, "low": low, "high": high, "npv_low": ends[0], "npv_high": ends[1], **known})
    found += [_capex_lever(rows, market), _energy_lever(rows, market)]
    table = pd.DataFrame(found, columns=["id", "low", "high", "npv_low", "npv_high", "kind", "unit"])
    return ranked(table.assign(swing=(table["npv_high"] - table["npv_low"]).abs()))


def ranked(levers: pd.DataFrame) -> pd.DataFrame:
    """Return the levers that move the value, the widest first."""
    return levers[levers["swing"] >= LEAST_SWING].sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def _capex_lever(rows: pd.DataFrame, market: Market) -> dict[str, Any]:
    points = market.prices.rows[market.prices.rows.index.str.startswith("capex_")]
    ends = [float((points[end] / points["value"]).mean()) for end in ("low", "high")]
    markets = [replace(market, prices=replace(market.prices, capex_factor=end)) for end in ends]
    worth = [net_value(rows, m) for m in markets]
    known = {"kind": "assumption", "unit": "x"}
    return {"id": "capex", "low": ends[0], "high": ends[1], "npv_low": worth[0], "npv_high": worth[1], **known}


def _energy_lever(rows: pd.DataFrame, market: Market) -> dict[str, Any]:
    below = float((rows["below_p50"] * rows["kwh"]).sum() / rows["kwh"].sum()) if rows["kwh"].sum() > 0 else 0.0
    named = ("kwh", "own_kwh", "sold_kwh", "own_spot_sek", "sold_spot_sek")
    worth = [net_value(rows.assign(**{name: rows[name] * (1 + sign * below) for name in named}), market) for sign in (-1, 1)]
    known = {"kind": "assumption", "unit": "x"}
    return {"id": "energy", "low": 1 - below, "high": 1 + below, "npv_low": worth[0], "npv_high": worth[1], **known}
