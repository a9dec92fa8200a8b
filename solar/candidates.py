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
BEST_SHARE = 0.1
"""The best tenth of the roofs stands for an open place when carports and ground are estimated."""


@dataclass(frozen=True)
class Roofs:
    """What the map knows: layer tak and anlaggningar, the register, light, weather and site."""

    tak: gpd.GeoDataFrame
    anlaggningar: pd.DataFrame
    register: pd.DataFrame
    light: PlaneLight
    weather: pd.DataFrame
    site: Any


def eligible(roofs: Roofs, plan: PlanSettings, *, years: Sequence[int], owners: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return every facility with `refused` (code of REFUSED, empty: a candidate), `earliest_year` and `open` (unanswered questions; ;).

    A facility in `must` is a candidate whatever its verdict, if it has a roof to build on. A planned roof change before the plan's end
    makes the facility wait for it.
    """
    known = roofs.anlaggningar.set_index("facility_id")
    register = roofs.register.set_index("facility_id").reindex(known.index)
    answers = known[[name for name in ANSWERS if name in known]]
    change = pd.to_numeric(_column(register, "roof_change_year"), errors="coerce")
    opened = [";".join(name for name in EXCLUSIONS if name in answers and answers.at[i, name] == "unknown") for i in known.index]
    flags = pd.DataFrame(
        {
            "never": known.index.isin(plan.never),
            "foreign": ~in_group(_column(register, "owner"), owners),
            "unknown": known["suitability"] == "unknown",
            "unsuitable": known["suitability"] == "unsuitable",
            "answer_no": (answers == "no").any(axis=1),
            "to_be_sold": _column(register, "to_be_sold").fillna(False).astype(bool),
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
    order = pd.Index(plane_ids)
    planes = roofs.tak[roofs.tak["plane_id"].isin(order)]
    arrays = modules.arrays(planes, settings)
    losses = settings.losses
    idle = -losses.standby_w_per_kw / losses.dc_ac_ratio * (1 - losses.availability) / 1000
    out = np.full((len(roofs.weather), len(order)), idle, dtype=np.float32)
    owner = order.get_indexer(arrays["plane_id"])
    share = dict(zip(arrays["array_id"], zip(owner, arrays["share"], strict=True), strict=True))
    for poa in hourly_poa(roofs.light, list(arrays["array_id"])):
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
    meter = _column(register, "meter_id")
    key = meter.where(meter.notna(), register["facility_id"])
    for _, rows in register.groupby(key, sort=False):
        yield str(rows["facility_id"].iloc[0]), rows


def _meter_ids(rows: pd.DataFrame) -> list[str]:
    said = _column(rows, "meter_id").dropna()
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
            known = {"terms": _terms(own, terms), "quantile": quantile, "built_kwp": _built(roofs.anlaggningar, rows)}
            yield _connection(id_, rows, own, allowed, profile=profile, load=used[id_], **known)


def _connection(id_: str, rows: pd.DataFrame, own: pd.DataFrame, allowed: pd.DataFrame, **known: Any) -> Connection:
    """Return a connection: its facilities' rows, its planes best first, and what is known of light, use and built power."""
    there = rows[rows["facility_id"].isin(set(own["facility_id"]))]
    limit = pd.to_numeric(_column(rows, "grid_limit_kw"), errors="coerce").min()
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


def _built(anlaggningar: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Return the module power [kW] already in use at the facilities of a connection."""
    if "built_kwp" not in anlaggningar:
        return 0.0
    here = anlaggningar["facility_id"].isin(rows["facility_id"])
    return float(anlaggningar.loc[here, "built_kwp"].fillna(0.0).sum())


def shared_connections(options: pd.DataFrame, sites: pd.DataFrame, register: pd.DataFrame, *, dc_ac: float) -> pd.DataFrame:
    """Return options of areas with the connection and its limit [kW of modules] of the facility they would feed into, if named."""
    of_facility = {f: (id_, rows) for id_, rows in connection_groups(register) for f in rows["facility_id"]}
    named = sites.set_index("site_id")["facility_id"].dropna() if "facility_id" in sites else pd.Series(dtype=object)
    known = {site: of_facility[f] for site, f in named.items() if f in of_facility}
    limits = {s: pd.to_numeric(_column(rows, "grid_limit_kw"), errors="coerce").min() * dc_ac for s, (_, rows) in known.items()}
    ids = options["candidate_id"]
    connection = ids.map({site: id_ for site, (id_, _) in known.items()}).astype(object).fillna(options["connection_id"])
    return options.assign(connection_id=connection, limit_kwp=ids.map(limits).astype(float).fillna(options["limit_kwp"]))


def _terms(own: pd.DataFrame, terms: pd.DataFrame) -> dict[str, float]:
    """Return the uncertainty of the planes' energy together, shares of it: the common terms, and their own as one."""
    weight = own["kwh_per_kwp"] * own["free_kwp"]
    table, whole = terms.loc[own.index], float(weight.sum())
    each = float(((weight.to_numpy()[:, None] * table[list(OWN)].to_numpy()) ** 2).sum())
    return {name: float((weight * table[name]).sum()) / whole for name in COMMON} | {OWN_TOGETHER: float(np.sqrt(each)) / whole}


@dataclass(frozen=True)
class Beside:
    """What stands behind the meters areas may feed into: loads by connection, connections of roofs that are candidates."""

    loads: Mapping[str, Load]
    roofs: Mapping[str, Connection]


def of_sites(
    sites: gpd.GeoDataFrame,
    roofs: Roofs,
    plan: PlanSettings,
    settings: SolarSettings,
    *,
    quantile: float,
    beside: Beside | None = None,
) -> Iterator[Connection]:
    """Yield carports and ground: power by area and cover; light as the best tenth of the roofs times `site_yield_share`.

    Estimates until they are measured: no shade of their own. An area with a facility_id feeds that facility's meter, after its roofs:
    it meets what a full roof leaves of the load, and the roof counts before it towards the tax limit. Others sell everything.
    """
    area = sites.geometry.area
    known = roofs.tak[roofs.tak["kwh_per_kwp"].notna() & (roofs.tak["kwp"] > 0)]
    if known.empty or sites.empty:
        return
    best = known.nlargest(max(1, round(BEST_SHARE * len(known))), "kwh_per_kwp")["plane_id"].head(50)
    light = profiles(roofs, list(best), settings).mean(axis=1, keepdims=True) * np.float32(plan.site_yield_share)
    module = settings.module
    density = module.power_w / 1000 / (module.width_m * module.height_m)
    unsure = settings.uncertainty
    own = np.sqrt(unsure.rating**2 + unsure.soiling**2 + unsure.other**2 + unsure.geometry**2)
    terms = {name: getattr(unsure, name) for name in COMMON} | {OWN_TOGETHER: float(own)}
    cover = {"carport": plan.carport_cover, "ground": plan.ground_cover}
    groups = [] if beside is None else connection_groups(roofs.register)
    meters = {facility: (id_, rows) for id_, rows in groups for facility in rows["facility_id"]}
    for row, m2 in zip(sites.itertuples(), area, strict=True):
        if row.site_id in plan.never:
            continue
        meter = meters.get(getattr(row, "facility_id", None))
        yield Connection(
            id=row.site_id,
            name=row.name,
            facility_ids=(),
            owner=None if pd.isna(row.owner) else row.owner,
            plane_ids=(),
            kwp=np.array([float(m2) * cover[row.mount] * density]),
            profile=light,
            light_ids=tuple(best),
            light_share=plan.site_yield_share,
            terms=terms,
            quantile=quantile,
            mount=row.mount,
            **(_behind(roofs, meter, beside) if meter and beside else {"load": load.nothing(roofs.weather.index)}),
        )


def _behind(roofs: Roofs, meter: tuple[str, pd.DataFrame], beside: Beside) -> dict[str, Any]:
    """Return what an area meets behind a facility's meter: what the full roofs leave of the load, and what counts before it."""
    id_, rows = meter
    used, above = beside.loads[id_], beside.roofs.get(id_)
    known: dict[str, Any] = {"built_kwp": _built(roofs.anlaggningar, rows)}
    if above is None:
        return known | {"load": used}
    own = load.own_use(used.kwh, above.production(np.array([above.kwp.sum()]))[:, 0])
    left = Load(used.kwh - own, used.origin, used.profile)
    return known | {"load": left, "roofs_kwp": float(above.kwp.sum()), "roofs_own_kwh": float(own.sum())}


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)
