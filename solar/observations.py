"""What solar says of the goals, as observations. docs/metod/plan.md, *Observations*.

H8, `pv_capacity_mw` [MW] at every year's end and today; dims:
    boundary   group (plants the group owns) | municipal_property (on its facilities) | municipality (every plant listed)
    counted    total | added_since_2022 (in use from 1 January of the base year on; the year stands in the name)
    dc_ac      dc (module power) | ac (inverter power)
    ownership  own | any (leased and bought service too)
    state      built (in use on the date) | decided (built, and listed without a date of use)
Before 2026 or through 2026 is the date: 2025-12-31 or 2026-12-31.

H5, of the plan: `pv_measures` [st] and `pv_measures_mw` [MW]; dims reading (npv: worth more than it costs | year_one: result of the
first whole year not negative | any), state (found | decided | done), rate (low | base | high), horizon (short | base | long).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from data.observations import Observation, RowLink
from solar.verdicts import in_group

if TYPE_CHECKING:
    import numpy as np

CAPACITY, MEASURES, MEASURES_MW = "pv_capacity_mw", "pv_measures", "pv_measures_mw"
BOUNDARIES = ("group", "municipal_property", "municipality")
DC_AC = ("dc", "ac")
OWNERSHIPS = ("own", "any")
STATES = ("built", "decided")
READINGS = ("npv", "year_one")


def capacity_observations(
    plants: pd.DataFrame,
    *,
    today: dt.date,
    base_year: int,
    source: str,
    owners: tuple[str, ...] = (),
    facility_ids: Iterable[str] = (),
    building_ids: Iterable[str] = (),
    file: str = "",
) -> list[Observation]:
    """Return `pv_capacity_mw` under every reading of H8: 24 of what is built at every year's end and today, 24 of what is decided.

    plants: layers.PLANTS, index = row in the file. owners: of the municipal group (empty: a plant's owner is not asked).
    facility_ids, building_ids: the group's. base_year: added since is counted from its 1 January. A plant with no inverter power
    is left out of `ac`, and one of unknown ownership out of `own`: the observation's quality says how many.
    """
    places = _places(plants, owners, set(facility_ids), set(building_ids))
    days = [dt.date(year, 12, 31) for year in range(base_year - 1, today.year)] + [today]
    counts = ("total", f"added_since_{base_year}")
    found = []
    for boundary, counted, dc_ac, ownership in product(BOUNDARIES, counts, DC_AC, OWNERSHIPS):
        dims = {"boundary": boundary, "counted": counted, "dc_ac": dc_ac, "ownership": ownership}
        chosen = places[boundary] & _of_ownership(plants, ownership)
        if counted != "total":
            chosen &= ~(_in_use(plants) < pd.Timestamp(base_year, 1, 1))
        for day, state in [*((day, "built") for day in days), (today, "decided")]:
            rows = chosen & _counts(plants, day, state)
            found.append(_capacity(plants[rows], day, dims | {"state": state}, (source, file)))
    return found


def measure_observations(
    measures: Mapping[tuple[str, str], pd.DataFrame],
    *,
    date: dt.date,
    source: str,
    plants: pd.DataFrame | None = None,
    today: dt.date | None = None,
) -> list[Observation]:
    """Return H5's evidence: how many measures, and how many MW, pay under each reading, and how many are decided and done.

    measures: (rate, horizon) -> kwp, npv_sek and year_one_sek, one row a facility's best size. plants: layers.PLANTS; without a list what
    is decided or done is unknown and not told.
    """
    found = []
    for (rate, horizon), table in measures.items():
        pays = {"npv": table["npv_sek"] > 0, "year_one": table["year_one_sek"] >= 0}
        for reading, flag in pays.items():
            dims = {"reading": reading, "state": "found", "rate": rate, "horizon": horizon}
            found += _measure(table[flag], dims, date=date, source=source)
    if plants is not None:
        done = _in_use(plants) <= pd.Timestamp(today or date)
        for state, flag in (("done", done), ("decided", ~done)):
            dims = {"reading": "any", "state": state, "rate": "base", "horizon": "base"}
            found += _measure(plants[flag], dims, date=date, source=source)
    return found


def _measure(rows: pd.DataFrame, dims: Mapping[str, str], *, date: dt.date, source: str) -> Iterator[Observation]:
    kind = "estimated" if dims["state"] == "found" else "measured"
    same = {"kind": kind, "dims": tuple(dims.items())}
    yield Observation(MEASURES, date, float(len(rows)), "st", source, **same)
    yield Observation(MEASURES_MW, date, float(rows["kwp"].sum()) / 1000, "MW", source, **same)


def _capacity(plants: pd.DataFrame, day: dt.date, dims: dict[str, str], origin: tuple[str, str]) -> Observation:
    source, file = origin
    power = (
        plants["kwp" if dims["dc_ac"] == "dc" else "ac_kw"] if "ac_kw" in plants else plants["kwp"].where(dims["dc_ac"] == "dc")
    )
    power = pd.to_numeric(power, errors="coerce").astype(float)
    lacking = int(power.isna().sum())
    quality = f"without_inverter_power={lacking}" if lacking else ""
    links = (RowLink(file, tuple(int(row) for row in plants.index)),) if file and len(plants) else ()
    kind = "declared" if dims["state"] == "decided" else "measured"
    return Observation(
        CAPACITY, day, float(power.sum()) / 1000, "MW", source, kind=kind, quality=quality, dims=tuple(dims.items()), rows=links
    )


def _in_use(plants: pd.DataFrame) -> pd.Series:
    dates = plants["in_use"] if "in_use" in plants else pd.Series(pd.NaT, index=plants.index)
    return pd.to_datetime(dates)


def _counts(plants: pd.DataFrame, day: dt.date, state: str) -> np.ndarray | pd.Series:
    when = _in_use(plants)
    running = when <= pd.Timestamp(day)
    return running if state == "built" else running | when.isna() | (when > pd.Timestamp(day))


def _of_ownership(plants: pd.DataFrame, ownership: str) -> pd.Series:
    if ownership == "any":
        return pd.Series(True, index=plants.index)
    return _column(plants, "ownership") == "own"


def _places(
    plants: pd.DataFrame, owners: tuple[str, ...], facility_ids: set[str], building_ids: set[str]
) -> dict[str, pd.Series]:
    owner = _column(plants, "owner")
    return {
        "group": in_group(owner, owners) & (owner.notna() if owners else True),
        "municipal_property": _column(plants, "building_id").isin(building_ids)
        | _column(plants, "facility_id").isin(facility_ids),
        "municipality": pd.Series(True, index=plants.index),
    }


def _column(plants: pd.DataFrame, name: str) -> pd.Series:
    return plants[name] if name in plants else pd.Series(None, index=plants.index, dtype=object)
