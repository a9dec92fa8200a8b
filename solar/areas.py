"""Carports and ground as candidates: their power, their light with what shades them, and the meter they feed. docs/metod/plan.md.

areas = Areas.of(sites, surroundings, plan=plan, settings=settings)     # receivers and their light
for connection in of_sites(sites, roofs, plan, settings, quantile=1.28): ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from solar import candidates, load
from solar.load import Load
from solar.planelight import PlaneLight, plane_light
from solar.sizing import OWN_TOGETHER, Connection
from solar.uncertainty import COMMON

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import PlanSettings, SolarSettings
    from solar.assessment import Surroundings
    from solar.candidates import Roofs

SOUTH_DEG = 180.0
ALONE = 1000.0
"""Pitch of a carport's roof in its own depths: no row stands behind it."""
BEST_SHARE = 0.1
"""The best tenth of the roofs stands for an open place where the surface model does not reach an area."""


@dataclass(frozen=True)
class Areas:
    """Receivers on areas, one each, columns as of `modules.arrays` with site_id as array_id and plane_id; and the light on them.

    Areas with less than half of their points on the surface model have no light.
    """

    arrays: gpd.GeoDataFrame
    light: PlaneLight

    @classmethod
    def of(cls, sites: gpd.GeoDataFrame, surroundings: Surroundings, *, plan: PlanSettings, settings: SolarSettings) -> Areas:
        """Return the light on areas (layers_economy.SITES): points on the surface, behind the horizons of surface, crowns and far terrain.

        The modules face south. Those of a carport lie as one roof; on ground the next row stands where `ground_cover` puts it and
        shades. What stands on an area (a crown over a parking place) counts as if it stayed.
        """
        around, shade = surroundings, settings.shade
        sites = sites.to_crs(around.dsm.rio.crs)
        arrays = receivers(sites, plan, settings)
        light = plane_light(
            around.dsm,
            around.weather,
            arrays[["plane_id", "tilt_deg", "azimuth_deg", "geometry"]],
            **around.shading(shade),
            spacing_m=shade.point_spacing_m,
        )
        return cls(arrays, light)

    @property
    def measured(self) -> frozenset[str]:
        """Ids of the areas that have light of their own."""
        annual = self.light.annual
        return frozenset(annual.index[annual["points"] > 0])


def receivers(sites: gpd.GeoDataFrame, plan: PlanSettings, settings: SolarSettings) -> gpd.GeoDataFrame:
    """Return a receiver an area: plane_id, array_id, tilt_deg, azimuth_deg, share, is_rack, pitch_m, slant_m, geometry."""
    tilt = sites["mount"].map({"carport": plan.carport_tilt_deg, "ground": plan.ground_tilt_deg}).to_numpy(float)
    slant = settings.module.height_m
    pitch = np.where(sites["mount"] == "ground", slant / max(plan.ground_cover, 1.0 / ALONE), slant * ALONE)
    columns = {"array_id": sites["site_id"], "plane_id": sites["site_id"], "tilt_deg": tilt, "azimuth_deg": SOUTH_DEG}
    rack = {"share": 1.0, "is_rack": True, "pitch_m": pitch, "slant_m": slant}
    return sites[["geometry"]].assign(**columns, **rack).reset_index(drop=True)


def profiles(roofs: Roofs, site_ids: Sequence[str], settings: SolarSettings) -> np.ndarray:
    """Return (h, n) AC kW per kWp as `candidates.profiles` does of roofs, of areas with light of their own."""
    assert roofs.areas is not None
    arrays = roofs.areas.arrays
    return candidates.hours(
        roofs, roofs.areas.light, arrays[arrays["plane_id"].isin(site_ids)], pd.Index(site_ids), settings=settings
    )


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
    """Yield carports and ground: power by area and cover; light of their own where the surface model reaches them (`roofs.areas`).

    Elsewhere they are estimates without shade of their own: the best tenth of the roofs times `site_yield_share`; without such roofs they
    are left out. An area with a facility_id feeds that facility's meter, after its roofs: it meets what a full roof leaves of the load,
    and the roof counts before it towards the tax limit. Others sell everything.
    """
    area = sites.geometry.area
    lights = _site_lights(sites, roofs, plan, settings)
    module = settings.module
    density = module.power_w / 1000 / (module.width_m * module.height_m)
    unsure = settings.uncertainty
    own = np.sqrt(unsure.rating**2 + unsure.soiling**2 + unsure.other**2 + unsure.geometry**2)
    terms = {name: getattr(unsure, name) for name in COMMON} | {OWN_TOGETHER: float(own)}
    cover = {"carport": plan.carport_cover, "ground": plan.ground_cover}
    groups = [] if beside is None else candidates.connection_groups(roofs.register)
    meters = {facility: (id_, rows) for id_, rows in groups for facility in rows["facility_id"]}
    for row, m2 in zip(sites.itertuples(), area, strict=True):
        if row.site_id in plan.never or row.site_id not in lights:
            continue
        meter = meters.get(getattr(row, "facility_id", None))
        yield Connection(
            id=row.site_id,
            name=row.name,
            facility_ids=(),
            owner=None if pd.isna(row.owner) else row.owner,
            plane_ids=(),
            kwp=np.array([float(m2) * cover[row.mount] * density]),
            **lights[row.site_id],
            terms=terms,
            quantile=quantile,
            mount=row.mount,
            **(_behind(roofs, meter, beside) if meter and beside else {"load": load.nothing(roofs.weather.index)}),
        )


def _site_lights(sites: pd.DataFrame, roofs: Roofs, plan: PlanSettings, settings: SolarSettings) -> dict[str, dict[str, Any]]:
    """Return profile, light_ids and light_share of every area whose light is known or can be estimated."""
    measured = [] if roofs.areas is None else [id_ for id_ in sites["site_id"] if id_ in roofs.areas.measured]
    found: dict[str, dict[str, Any]] = {}
    if measured:
        table = profiles(roofs, measured, settings)
        found = {id_: {"profile": table[:, [n]], "light_ids": (id_,)} for n, id_ in enumerate(measured)}
    known = roofs.tak[roofs.tak["kwh_per_kwp"].notna() & (roofs.tak["kwp"] > 0)]
    others = [id_ for id_ in sites["site_id"] if id_ not in found]
    if known.empty or not others:
        return found
    best = list(known.nlargest(max(1, round(BEST_SHARE * len(known))), "kwh_per_kwp")["plane_id"].head(50))
    light = candidates.profiles(roofs, best, settings).mean(axis=1, keepdims=True) * np.float32(plan.site_yield_share)
    guess = {"profile": light, "light_ids": tuple(best), "light_share": plan.site_yield_share}
    return found | dict.fromkeys(others, guess)


def _behind(roofs: Roofs, meter: tuple[str, pd.DataFrame], beside: Beside) -> dict[str, Any]:
    """Return what an area meets behind a facility's meter: what the full roofs leave of the load, and what counts before it."""
    id_, rows = meter
    used, above = beside.loads[id_], beside.roofs.get(id_)
    known: dict[str, Any] = {"built_kwp": candidates.built_kwp(roofs.anlaggningar, rows)}
    if above is None:
        return known | {"load": used}
    own = load.own_use(used.kwh, above.production(np.array([above.kwp.sum()]))[:, 0])
    left = Load(used.kwh - own, used.origin, used.profile)
    return known | {"load": left, "roofs_kwp": float(above.kwp.sum()), "roofs_own_kwh": float(own.sum())}


def shared_connections(options: pd.DataFrame, sites: pd.DataFrame, register: pd.DataFrame, *, dc_ac: float) -> pd.DataFrame:
    """Return options of areas with the connection and its limit [kW of modules] of the facility they would feed into, if named."""
    of_facility = {f: (id_, rows) for id_, rows in candidates.connection_groups(register) for f in rows["facility_id"]}
    named = sites.set_index("site_id")["facility_id"].dropna() if "facility_id" in sites else pd.Series(dtype=object)
    known = {site: of_facility[f] for site, f in named.items() if f in of_facility}
    limits = {
        s: pd.to_numeric(candidates.column(rows, "grid_limit_kw"), errors="coerce").min() * dc_ac
        for s, (_, rows) in known.items()
    }
    ids = options["candidate_id"]
    connection = ids.map({site: id_ for site, (id_, _) in known.items()}).astype(object).fillna(options["connection_id"])
    return options.assign(connection_id=connection, limit_kwp=ids.map(limits).astype(float).fillna(options["limit_kwp"]))
