"""How large a plant each grid connection should have: sizes, their energy, own use, money and climate. docs/metod/ekonomi.md, *Size*.

A connection is one or several facilities behind one meter. Its roofs are filled from the best kWh per kWp downwards, so every size is
the start of the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from data.settings import EconomySettings
from solar import economy, load, tariffs
from solar.economy import Terms
from solar.load import CLOCK, Load
from solar.tariffs import Prices
from solar.uncertainty import COMMON

STEPS = 20
"""Even steps up to the full roof at which a size is tried; best value and self-use are found among them and the two limits."""
JUST_UNDER = 1.0
"""kW. A plant kept under the tax limit is this much smaller than it."""
OWN_TOGETHER = "own"
"""What is each plant's own in the uncertainty of its energy, its planes taken together."""
MONEY_FROM = (
    "kwp",
    "before_kwp",
    "older_own_kwh",
    "own_kwh",
    "idle_kwh",
    "own_spot_sek",
    "sold_spot_sek",
    "sold_kwh",
    "peak_kw",
)
"""Columns money is a formula of, beside owner and mount."""
LABELS = ("step", "best", "self_use", "under_tax", "grid", "full")


@dataclass(frozen=True)
class Connection:
    """One grid connection and the roofs behind it.

    kwp (n,): free module power of each plane [kW], best first; profile (h, n): kW per kWp of each, negative when idle; load; terms:
    uncertainty of its energy, COMMON and `own`, shares; quantile: of the stated P90; grid_kw: most the grid takes [kW AC], NaN unknown;
    built_kwp: what stands behind the meter already: it takes of the grid's limit and counts towards the tax limit. light_ids,
    light_share: of an area, itself where its light is known, else the planes whose mean light it takes, times this share. roofs_kwp,
    roofs_own_kwh: of an area at a facility, the roofs counted as built before it: their power counts towards the tax limit, and their own
    use is taxed when it is passed.
    """

    id: str
    name: str
    facility_ids: tuple[str, ...]
    owner: str | None
    plane_ids: tuple[str, ...]
    kwp: np.ndarray
    profile: np.ndarray
    load: Load
    terms: Mapping[str, float] = field(default_factory=dict)
    quantile: float = 1.2816
    grid_kw: float = np.nan
    earliest_year: int | None = None
    mount: str = "roof"
    built_kwp: float = 0.0
    light_ids: tuple[str, ...] = ()
    light_share: float = 1.0
    roofs_kwp: float = 0.0
    roofs_own_kwh: float = 0.0

    @property
    def estimated(self) -> bool:
        """Whether it is an area whose light is taken from roofs."""
        return self.light_ids not in ((), (self.id,))

    @property
    def before_kwp(self) -> float:
        """Power [kW] that counts towards the tax limit before this plant does."""
        return self.built_kwp + self.roofs_kwp

    @property
    def older_own_kwh(self) -> float:
        """Own use a year [kWh] of what is before this plant. What is built is not metered: it is counted as if it met the same use, with
        the light of the best roof."""  # noqa: D205, D209
        if not self.built_kwp or not self.profile.shape[1]:
            return self.roofs_own_kwh
        return float(load.own_use(self.load.kwh, self.built_kwp * self.profile[:, 0]).sum()) + self.roofs_own_kwh

    @property
    def below_p50(self) -> float:
        """Share by which the P90 of the energy lies under the P50: quantile x root-sum-square of the terms."""
        return self.quantile * float(np.sqrt(sum(term**2 for term in self.terms.values())))

    def production(self, sizes: np.ndarray) -> np.ndarray:
        """Return (h, m) kWh per hour of plants of `sizes` [kW]: whole planes from the best down, a part of the last."""
        edges = np.concatenate([[0.0], np.cumsum(self.kwp)])
        part = np.clip(np.asarray(sizes)[None, :] - edges[:-1, None], 0.0, self.kwp[:, None])
        return self.profile @ part.astype(self.profile.dtype)


@dataclass(frozen=True)
class Market:
    """What all connections share. spot (h,): at level 1; dear (h,): selling costs money; month (h,) 0-11; dc_ac: module over AC power."""

    prices: Prices
    settings: EconomySettings
    spot: np.ndarray
    dear: np.ndarray
    month: np.ndarray
    dc_ac: float

    @classmethod
    def of(cls, prices: Prices, settings: EconomySettings, index: pd.DatetimeIndex, *, dc_ac: float) -> Market:
        """Return the market on the hours of `index`; dc_ac: module over inverter power."""
        month = np.asarray(index.tz_convert(CLOCK).month) - 1
        dear = (tariffs.sold_price(prices, index) < 0) & settings.curtail_negative
        return cls(prices, settings, tariffs.spot(prices, index), dear, month, dc_ac)

    @property
    def terms(self) -> Terms:
        """Terms of the lifetime under these prices and settings."""
        return Terms.of(self.prices, self.settings)

    def moved(self, id_: str, value: float) -> Market:
        """Return the market with one price of another value; the hours when the plant is turned down stay."""
        return replace(self, prices=self.prices.changed(id_, value))


def options(connections: Iterable[Connection], market: Market, *, progress: Callable[[], Any] = lambda: None) -> pd.DataFrame:
    """Return one row a size of every connection: candidate_id, label, kwp, kwh, own_kwh, sold_kwh, curtailed_kwh, taxed, and money.

    label: `step` (even sizes), `best` (highest NPV), `self_use` (largest with the settings' share of own use), `under_tax` (just under the
    energy tax limit), `grid` (what the grid takes), `full`. A size that has several keeps the first and names all in `labels`.
    """
    parts = []
    for connection in connections:
        if connection.kwp.sum() > 0 and _grid_kwp(connection, market) > 0:
            parts.append(_sizes(connection, market))
        progress()
    columns = [
        "candidate_id",
        "label",
        "kwp",
        "kwh",
        "capex_sek",
        "npv_sek",
        "owner",
        "connection_id",
        "limit_kwp",
        "earliest_year",
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _sizes(connection: Connection, market: Market) -> pd.DataFrame:
    full, most = float(connection.kwp.sum()), _grid_kwp(connection, market)
    limit = market.settings.energy_tax_limit_kw - JUST_UNDER - connection.before_kwp
    tried = np.append(full * np.arange(1, STEPS + 1) / STEPS, [size for size in (limit, most) if 0 < size < full])
    tried = np.unique(np.minimum(tried, most if np.isfinite(most) else full))
    table = evaluate(connection, tried, market)
    marks: dict[int, list[str]] = {}
    for position, label in _marked(table, market.settings, limit, most):
        marks.setdefault(position, []).append(label)
    chosen = table.iloc[sorted(marks)].copy()
    chosen["labels"] = [";".join(sorted(marks[p], key=LABELS.index, reverse=True)) for p in sorted(marks)]
    chosen["label"] = chosen["labels"].str.split(";").str[0]
    return chosen


def _grid_kwp(connection: Connection, market: Market) -> float:
    """Return the new module power whose inverters the grid still takes [kW]; infinite where nothing is stated."""
    if np.isnan(connection.grid_kw):
        return np.inf
    return max(0.0, connection.grid_kw * market.dc_ac - connection.built_kwp)


def _marked(table: pd.DataFrame, settings: EconomySettings, limit: float, most: float) -> Iterable[tuple[int, str]]:
    kwp, full = table["kwp"].to_numpy(), float(table["kwp"].max())
    for step in range(1, settings.sizes + 1):
        yield int(np.abs(kwp - full * step / settings.sizes).argmin()), "step"
    if table["npv_sek"].max() > 0:  # where nothing pays the best is the smallest, which is no plant
        yield int(table["npv_sek"].to_numpy().argmax()), "best"
    enough = np.flatnonzero(table["self_use"].to_numpy() >= settings.self_use_share)
    if len(enough):
        yield int(enough[-1]), "self_use"
    if full > limit > 0:
        yield int(np.abs(kwp - limit).argmin()), "under_tax"
    yield len(table) - 1, "grid" if np.isfinite(most) and full >= most - 1e-6 else "full"


def evaluate(connection: Connection, sizes: Sequence[float] | np.ndarray, market: Market) -> pd.DataFrame:
    """Return energy and money of plants of `sizes` [kW] on a connection, one row a size."""
    sizes = np.asarray(sizes, float)
    solar = connection.production(sizes)
    table = pd.DataFrame({"kwp": sizes, "kwh": solar.sum(axis=0, dtype=float)} | flows(connection.load.kwh, solar, sizes, market))
    made = table["own_kwh"] + table["sold_kwh"] + table["curtailed_kwh"]
    table["self_use"] = table["own_kwh"] / made.where(made > 0)
    year, most = connection.load.year_kwh, _grid_kwp(connection, market)
    identity = {
        "candidate_id": connection.id,
        "connection_id": connection.id,
        "name": connection.name,
        "facility_ids": ";".join(connection.facility_ids),
        "owner": connection.owner,
        "mount": connection.mount,
        "light_estimated": connection.estimated,
        "load_origin": connection.load.origin,
        "load_profile": connection.load.profile,
        "load_kwh": year if year > 0 else np.nan,
        "cover": table["own_kwh"] / year if year > 0 else np.nan,
        "below_p50": connection.below_p50,
        "quantile": connection.quantile,
        "built_kwp": connection.built_kwp,
        "before_kwp": connection.before_kwp,
        "older_own_kwh": connection.older_own_kwh,
        **{f"u_{name}": connection.terms.get(name, 0.0) for name in (*COMMON, OWN_TOGETHER)},
        "limit_kwp": np.nan if np.isinf(most) else most,
        "earliest_year": np.nan if connection.earliest_year is None else float(connection.earliest_year),
    }
    return with_money(table.assign(**identity), market)


def flows(used: np.ndarray, solar: np.ndarray, sizes: np.ndarray, market: Market) -> dict[str, np.ndarray]:
    """Return energy by use [kWh], its worth at spot of level 1 [SEK] and the peaks it lowers [kW, months added], of the first year.

    used: (h,) kWh an hour, of one connection, or (h, m) of one a plant. solar: (h, m) of plants of `sizes` [kW].
    """
    settings = market.settings
    used = used[:, None] if used.ndim == 1 else used
    own, surplus = np.clip(np.minimum(used, solar), 0, None), None
    if settings.battery_kwh_per_kwp > 0:
        store, each = {"efficiency": settings.battery_efficiency}, np.broadcast_to(used, solar.shape)
        pairs = [
            load.with_battery(each[:, n], solar[:, n], capacity_kwh=size * settings.battery_kwh_per_kwp, **store)
            for n, size in enumerate(sizes)
        ]
        own, surplus = (np.stack([pair[k] for pair in pairs], axis=1) for k in (0, 1))
    surplus = np.maximum(solar, 0) - own if surplus is None else surplus
    sold = np.where(market.dear[:, None], 0.0, surplus)
    idle = np.minimum(solar, 0)
    lowered = load.peaks(used, market.month) - load.peaks(used - own, market.month)
    return {
        "own_kwh": own.sum(axis=0, dtype=float),
        "sold_kwh": sold.sum(axis=0, dtype=float),
        "curtailed_kwh": (surplus - sold).sum(axis=0, dtype=float),
        "idle_kwh": idle.sum(axis=0, dtype=float),
        "own_spot_sek": market.spot @ (own + idle),
        "sold_spot_sek": market.spot @ sold,
        "peak_kw": lowered.sum(axis=0),
    }


def with_money(table: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Return the plants with taxed, older_taxed_kwh, saved_sek, tax_sek, sold_sek, income_sek (first year), capex_sek, npv_sek,
    npv_p90_sek, p90_kwh, irr, payback_years, payback_discounted_years, lcoe_sek_kwh, year_one_sek and kg_co2_*.

    table: kwp, kwh, own_kwh, sold_kwh, idle_kwh, own_spot_sek, sold_spot_sek, peak_kw, owner, mount, before_kwp (behind the meter before
    the plant), older_own_kwh (its own use), below_p50 (share by which the P90 of the energy lies under the P50). Everything is a formula
    of these and the prices, so other prices need no hours anew.
    """  # noqa: D205 - the list of columns is the summary
    prices, terms = market.prices, market.terms
    parts, kwp, vat = _money(table, market), table["kwp"].to_numpy(float), vat_factors(table, market)
    capex, income = parts["capex_sek"], parts["income_sek"]
    flows = economy.cash_flows(capex, income, kwp, terms, vat=vat)
    low = economy.cash_flows(capex, income * (1 - table["below_p50"].to_numpy(float)), kwp, terms, vat=vat)
    first = {"settings": market.settings, "internal_rate": prices["internal_rate"], "vat": vat}
    return table.assign(
        **parts,
        npv_sek=economy.npv(flows, terms),
        npv_p90_sek=economy.npv(low, terms),
        p90_kwh=table["kwh"] * (1 - table["below_p50"]),
        irr=economy.irr(flows),
        payback_years=economy.payback_years(flows),
        payback_discounted_years=economy.payback_years(flows, terms.rate),
        lcoe_sek_kwh=economy.lcoe(capex, table["kwh"].to_numpy(float), kwp, terms, vat=vat),
        year_one_sek=economy.year_one(capex, income, kwp, terms, **first),
        **co2(table["kwh"], prices),
    )


def net_value(table: pd.DataFrame, market: Market) -> float:
    """Return the plants' NPV together [SEK], as `with_money` has it, without the rest."""
    parts, terms = _money(table, market), market.terms
    flows = economy.cash_flows(
        parts["capex_sek"], parts["income_sek"], table["kwp"].to_numpy(float), terms, vat=vat_factors(table, market)
    )
    return float(economy.npv(flows, terms).sum())


def _money(table: pd.DataFrame, market: Market) -> dict[str, np.ndarray]:
    """Return the first year's money and the investment of every plant, and whether it is taxed.

    A plant that takes a connection to the tax limit makes what stood there before it pay too: that tax is its cost.
    """
    prices, settings, vat = market.prices, market.settings, vat_factors(table, market)
    number = {name: table[name].to_numpy(float) for name in MONEY_FROM}
    kwp, before = number["kwp"], number["before_kwp"]
    taxed = tariffs.pays_energy_tax(kwp + before, settings)
    older = np.where(taxed & ~tariffs.pays_energy_tax(before, settings), number["older_own_kwh"], 0.0)
    own, level = number["own_kwh"] + number["idle_kwh"], prices["spot_level"]
    saved = (
        level * tariffs.own_capture(prices) * number["own_spot_sek"]
        + tariffs.bought_adder(prices) * own
        + prices["grid_capacity_fee"] * number["peak_kw"]
    )
    tax = prices["energy_tax"] * (np.where(taxed, 0.0, number["own_kwh"]) - older)
    sold = level * tariffs.capture(prices) * number["sold_spot_sek"] + tariffs.sold_adder(prices) * number["sold_kwh"]
    battery = settings.battery_kwh_per_kwp * kwp
    ancillary = prices["ancillary_sek_kw"] * battery if settings.ancillary_services else 0.0
    each = {mount: tariffs.capex(prices, kwp, mount) for mount in table["mount"].unique()}
    capex = np.array([each[m][n] for n, m in enumerate(table["mount"])])
    return {
        "taxed": taxed,
        "older_taxed_kwh": older,
        "saved_sek": vat * saved,
        "tax_sek": vat * tax,
        "sold_sek": sold,
        "income_sek": vat * (saved + tax) + sold + ancillary,
        "capex_sek": vat * (capex + prices["battery"] * battery),
    }


def co2(kwh: pd.Series, prices: Prices) -> dict[str, pd.Series]:
    """Return kg CO2e a year that the energy replaces under every electricity factor of the price list: columns kg_<factor>."""
    factors = [id_ for id_ in prices.rows.index if str(id_).startswith("co2_")]
    return {f"kg_{id_}": kwh * prices[id_] / 1000 for id_ in factors}


def vat_factors(rows: pd.DataFrame, market: Market) -> np.ndarray:
    """Return (n,) what amounts are multiplied by for each plant's owner."""
    return np.array([tariffs.vat_factor(market.prices, owner, market.settings) for owner in rows["owner"]])


def best_size(table: pd.DataFrame) -> pd.DataFrame:
    """Return the row with the highest NPV of every candidate, indexed by candidate_id."""
    return table.loc[table.groupby("candidate_id")["npv_sek"].idxmax()].set_index("candidate_id", drop=False)
