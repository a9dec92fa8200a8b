"""Who may be built on, from when, and behind which meter: the candidates of the plan. docs/metod/plan.md, *Candidates*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.settings import PlanSettings, SolarSettings
from solar import load, modules, power
from solar.load import Load
from solar.planelight import hourly_poa
from solar.sizing import OWN_TOGETHER, Connection
from solar.uncertainty import COMMON, OWN
from solar.verdicts import ANSWERS, EXCLUSIONS, GOOD_ENOUGH, in_group

if TYPE_CHECKING:
    import geopandas as gpd

    from solar.areas import Areas
    from solar.planelight import PlaneLight

REFUSED = (
    "never",
    "foreign",
    "unknown",
    "unsuitable",
    "answer_no",
    "to_be_sold",
    "no_roof",
    "open_answer",
    "roof_change_later",
)
"""Why a facility is no candidate, the first that fits. Words: texter/economy.toml, `plan.refused.*`."""


@dataclass(frozen=True)
class Roofs:
    """What the map knows: layer tak and anlaggningar, the register, light, weather and site; carports and ground and their light."""

    tak: gpd.GeoDataFrame
    anlaggningar: pd.DataFrame
    register: pd.DataFrame
    light: PlaneLight
    weather: pd.DataFrame
    site: Any
    areas: Areas | None = None


def eligible(roofs: Roofs, plan: PlanSettings, *, years: Sequence[int], owners: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return every facility with `refused` (code of REFUSED, empty: a candidate), `earliest_year` and `open` (unanswered questions; ;).

    A facility in `must` is a candidate whatever its verdict, if it has a roof to build on. A planned roof change before the plan's end
    makes the facility wait for it.
    """
    known = roofs.anlaggningar.set_index("facility_id")
    register = roofs.register.set_index("facility_id").reindex(known.index)
    answers = known[[name for name in ANSWERS if name in known]]
    change = pd.to_numeric(column(register, "roof_change_year"), errors="coerce")
    opened = [";".join(name for name in EXCLUSIONS if name in answers and answers.at[i, name] == "unknown") for i in known.index]
    flags = pd.DataFrame(
        {
            "never": known.index.isin(plan.never),
            "foreign": ~in_group(column(register, "owner"), owners),
            "unknown": known["suitability"] == "unknown",
            "unsuitable": known["suitability"] == "unsuitable",
            "answer_no": (answers == "no").any(axis=1),
            "to_be_sold": column(register, "to_be_sold").fillna(False).astype(bool),
            "no_roof": free_planes(roofs.tak).groupby("facility_id")["free_kwp"].sum().reindex(known.index).fillna(0) <= 0,
            "open_answer": (np.array(opened, dtype=object) != "") & (not plan.include_unknown),
            "roof_change_later": change > max(years),
        },
        index=known.index,
    )[list(REFUSED)]
    must = known.index.isin(plan.must)
    flags.loc[must, [name for name in REFUSED if name not in ("never", "no_roof", "roof_change_later")]] = False
    first = flags.idxmax(axis=1).where(flags.any(axis=1), "")
    waits = change.where(change > min(years))
    return pd.DataFrame({"refused": first, "earliest_year": waits, "open": opened}, index=known.index)


def free_planes(tak: pd.DataFrame) -> pd.DataFrame:
    """Return planes of facilities in class top, good or fair with power left to build: + free_kwp [kW]."""
    free = tak.assign(free_kwp=(tak["kwp"] - tak["built_kwp"]).clip(lower=0))
    return free[free["facility_id"].notna() & free["class"].isin(GOOD_ENOUGH) & (free["free_kwp"] > 0)]


def profiles(roofs: Roofs, plane_ids: Sequence[str], settings: SolarSettings) -> np.ndarray:
    """Return (h, n) AC kW per kWp of planes on every hour of the weather, float32; the idle draw where it is dark."""
    planes = roofs.tak[roofs.tak["plane_id"].isin(plane_ids)]
    return hours(roofs, roofs.light, modules.arrays(planes, settings), pd.Index(plane_ids), settings=settings)


def hours(roofs: Roofs, light: PlaneLight, arrays: pd.DataFrame, order: pd.Index, *, settings: SolarSettings) -> np.ndarray:
    """Return (h, n) AC kW per kWp of the planes `order`: their receivers' hours, each by its share of the modules."""
    losses = settings.losses
    idle = -losses.standby_w_per_kw / losses.dc_ac_ratio * (1 - losses.availability) / 1000
    out = np.full((len(roofs.weather), len(order)), idle, dtype=np.float32)
    owner = order.get_indexer(arrays["plane_id"])
    share = dict(zip(arrays["array_id"], zip(owner, arrays["share"], strict=True), strict=True))
    for poa in hourly_poa(light, list(arrays["array_id"])):
        ac = power.hourly_ac(poa, roofs.weather, settings, arrays=arrays, site=roofs.site)["ac_w_per_kwp"].to_numpy()
        rows = roofs.weather.index.get_indexer(pd.DatetimeIndex(poa["time"].to_numpy()).tz_localize("UTC"))
        for position, array_id in enumerate(poa["plane"].to_numpy()):
            column, part = share[array_id]
            out[rows, column] += part * (ac[:, position] / np.float32(1000) - np.float32(idle))
    return out


def loads(
    register: pd.DataFrame, meters: Mapping[str, pd.Series], shapes: Sequence[Mapping[str, Any]], index: pd.DatetimeIndex
) -> dict[str, Load]:
    """Return the load of every connection: of its meters where all have a series, else of the facilities' profiles.

    A facility's meter_id may name several meters joined by ;. Facilities with the same meter_id are one connection.
    """
    found = {}
    for connection, rows in connection_groups(register):
        ids = _meter_ids(rows)
        series = [meters[id_] for id_ in ids if id_ in meters]
        if ids and len(series) == len(ids):
            found[connection] = load.of_meters(series, index)
        else:
            found[connection] = load.together([_assumed(row, shapes, index) for _, row in rows.iterrows()])
    return found


def _assumed(row: pd.Series, shapes: Sequence[Mapping[str, Any]], index: pd.DatetimeIndex) -> Load:
    used = pd.to_numeric(row.get("annual_kwh"), errors="coerce")
    if pd.isna(used) or used <= 0:
        return load.nothing(index)
    return load.of_profile(float(used), load.profile_of(row.get("use"), shapes), index)


def connection_groups(register: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (connection id, its facilities): facilities of one meter together, each other alone; the id is the first facility's."""
    meter = column(register, "meter_id")
    key = meter.where(meter.notna(), register["facility_id"])
    for _, rows in register.groupby(key, sort=False):
        yield str(rows["facility_id"].iloc[0]), rows


def _meter_ids(rows: pd.DataFrame) -> list[str]:
    said = column(rows, "meter_id").dropna()
    return list(dict.fromkeys(part.strip() for cell in said for part in str(cell).split(";") if part.strip()))


def connections(
    roofs: Roofs,
    allowed: pd.DataFrame,
    used: Mapping[str, Load],
    *,
    settings: SolarSettings,
    terms: pd.DataFrame,
    quantile: float,
    chunk: int = 200,
) -> Iterator[Connection]:
    """Yield every connection with a candidate behind it; light is computed for `chunk` connections at a time.

    allowed: from `eligible`. used: from `loads`. terms: `uncertainty.terms` on the index of tak. quantile: of the stated P90 (1.28).
    """
    free = free_planes(roofs.tak)
    free = free[free["facility_id"].map(allowed["refused"]).eq("")]
    groups = [(id_, rows) for id_, rows in connection_groups(roofs.register)]
    of_facility = {facility: id_ for id_, rows in groups for facility in rows["facility_id"]}
    free = free.assign(connection=free["facility_id"].map(of_facility)).sort_values("kwh_per_kwp", ascending=False)
    planes = dict(list(free.groupby("connection", sort=False)))
    waiting = [(id_, rows) for id_, rows in groups if id_ in planes]
    for start in range(0, len(waiting), chunk):
        some = waiting[start : start + chunk]
        ids = [plane for id_, _ in some for plane in planes[id_]["plane_id"]]
        light = pd.Series(range(len(ids)), index=ids)
        table = profiles(roofs, ids, settings)
        for id_, rows in some:
            own = planes[id_]
            profile = table[:, light[own["plane_id"]].to_numpy()]
            known = {"terms": _terms(own, terms), "quantile": quantile, "built_kwp": built_kwp(roofs.anlaggningar, rows)}
            yield _connection(id_, rows, own, allowed, profile=profile, load=used[id_], **known)


def _connection(id_: str, rows: pd.DataFrame, own: pd.DataFrame, allowed: pd.DataFrame, **known: Any) -> Connection:
    """Return a connection: its facilities' rows, its planes best first, and what is known of light, use and built power."""
    there = rows[rows["facility_id"].isin(set(own["facility_id"]))]
    limit = pd.to_numeric(column(rows, "grid_limit_kw"), errors="coerce").min()
    years = allowed.loc[there["facility_id"], "earliest_year"].dropna()
    owner = there["owner"].dropna() if "owner" in there else pd.Series(dtype=object)
    return Connection(
        id=id_,
        name=" + ".join(there["name"]),
        facility_ids=tuple(there["facility_id"]),
        owner=owner.iloc[0] if len(owner) else None,
        plane_ids=tuple(own["plane_id"]),
        kwp=own["free_kwp"].to_numpy(float),
        grid_kw=float(limit),
        earliest_year=int(years.max()) if len(years) else None,
        **known,
    )


def built_kwp(anlaggningar: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Return the module power [kW] already in use at the facilities of a connection."""
    if "built_kwp" not in anlaggningar:
        return 0.0
    here = anlaggningar["facility_id"].isin(rows["facility_id"])
    return float(anlaggningar.loc[here, "built_kwp"].fillna(0.0).sum())


def _terms(own: pd.DataFrame, terms: pd.DataFrame) -> dict[str, float]:
    """Return the uncertainty of the planes' energy together, shares of it: the common terms, and their own as one."""
    weight = own["kwh_per_kwp"] * own["free_kwp"]
    table, whole = terms.loc[own.index], float(weight.sum())
    each = float(((weight.to_numpy()[:, None] * table[list(OWN)].to_numpy()) ** 2).sum())
    return {name: float((weight * table[name]).sum()) / whole for name in COMMON} | {OWN_TOGETHER: float(np.sqrt(each)) / whole}


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column, empty where the frame lacks it."""
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)
