"""The whole chain in one call: roof planes -> modules -> light -> electricity -> class -> facilities -> MW.

Each step is a public function of its own module and can be called alone from a notebook; this file only ties them together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.settings import SolarSettings
from data.texts import text
from solar import modules, planelight, power, suitability

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

    from data.settings.solar import ShadeSettings
    from solar.planelight import PlaneLight

MOSTLY_HOLE = 0.5
"""Share of an outline without height from which the hole, not the building, is why no roof was found."""
Stage = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Surroundings:
    """What light meets: surface model [m], ground, canopy heights above ground, far terrain; the weather year; the place."""

    dsm: xr.DataArray
    weather: pd.DataFrame
    site: Any
    dtm: xr.DataArray | None = None
    trees: xr.DataArray | None = None
    far: xr.DataArray | None = None

    def shading(self, shade: ShadeSettings) -> dict[str, Any]:
        """Return the place, what stands in the way and how it is reckoned, as `plane_light` and `annual_map` take them."""
        return {
            "site": self.site,
            "dtm": self.dtm,
            "trees": self.trees,
            "far": self.far,
            "tree_transmittance": shade.tree_transmittance,
            "directions": shade.directions,
            "near_m": shade.near_m,
            "model": shade.model,
            "albedo": shade.albedo,
        }


@dataclass(frozen=True)
class Register:
    """What the municipality knows.

    buildings: layers.BUILDINGS. facilities: layers.FACILITIES. matches: building_id, facility_id. plants: layers.PLANTS, None where
    there is no list. owners: of the municipal group, empty where not stated.
    """

    buildings: gpd.GeoDataFrame
    facilities: pd.DataFrame
    matches: pd.DataFrame
    plants: pd.DataFrame | None = None
    owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """Everything the solar map and the plan rest on. Tables by plane are indexed by plane_id.

    tak, byggnader, anlaggningar: layers of data.layers. moduler: a rectangle a module. arrays: the receivers (`modules.arrays`).
    totals: the keys of solar.json that are computed. chain: footprint -> plane -> usable -> packed -> kWp per building.
    best_kwh_m2: irradiation of the best unshaded plane at the site.
    """

    tak: gpd.GeoDataFrame
    byggnader: gpd.GeoDataFrame
    anlaggningar: gpd.GeoDataFrame
    moduler: gpd.GeoDataFrame
    arrays: gpd.GeoDataFrame
    totals: dict[str, Any]
    light: PlaneLight
    energy: power.EnergyResult
    chain: pd.DataFrame
    best_kwh_m2: float


def assess(
    planes: gpd.GeoDataFrame,
    surroundings: Surroundings,
    register: Register,
    settings: SolarSettings,
    *,
    today: dt.date,
    origins: pd.DataFrame | None = None,
    stage: Stage = lambda _: nullcontext(),
) -> Assessment:
    """Return light, power, class and verdicts for roof planes (layers.ROOF_PLANES).

    origins: building_id, source, reason from `solar.roofchoice`. `stage(name)` wraps each step that takes time. Pure: the same input
    gives the same answer.
    """
    with stage(text("solar.stage.modules")):
        planes = modules.usable(planes, settings)
        moduler = modules.pack(planes, settings)
        planes = modules.with_capacity(planes, moduler, settings, without_lanes=modules.pack(planes, settings, lanes=False))
        arrays = modules.arrays(planes, settings)
    with stage(text("solar.stage.light")):
        light = light_on(planes, arrays, surroundings, settings)
    with stage(text("solar.stage.power")):
        weather, site = surroundings.weather, surroundings.site
        packed = arrays.loc[arrays["kwp"] > 0, "array_id"]
        chunks = planelight.hourly_poa(light, list(packed))
        energy = power.energy(chunks, weather, arrays, settings, site=site)
        best = suitability.best_unshaded(weather, site, settings)
    with stage(text("solar.stage.judging")):
        annual = light.annual.loc[planes["plane_id"]]
        known = {"matches": register.matches, "register": register.facilities, "plants": register.plants}
        known |= {"owners": register.owners, "today": today, "buildings": register.buildings}
        tak = suitability.tak(planes, annual=annual, energy=energy, best_kwh_m2=best, settings=settings, **known)
        facilities = known.pop("register")
        anlaggningar = suitability.facilities(tak, facilities, settings, **known)
        totals = suitability.totals(tak, anlaggningar, register.plants, settings, today=today, owners=register.owners)
    totals["warnings"] = [*energy.warnings, *totals["warnings"]]
    return Assessment(
        tak=tak,
        byggnader=buildings(register, tak, surroundings.dsm, origins),
        anlaggningar=anlaggningar,
        moduler=moduler,
        arrays=arrays,
        totals=totals,
        light=light,
        energy=energy,
        chain=modules.chain(planes, register.buildings),
        best_kwh_m2=best,
    )


def light_on(
    planes: gpd.GeoDataFrame, arrays: gpd.GeoDataFrame, surroundings: Surroundings, settings: SolarSettings
) -> PlaneLight:
    """Return the light on every roof plane and on every rack: a flat roof is classed by its plane, its energy is its racks'."""
    racks = arrays[arrays["is_rack"]]
    racks = racks.assign(plane_id=racks["array_id"])
    columns = ["plane_id", "tilt_deg", "azimuth_deg", "z_m", "roof_tilt_deg", "roof_azimuth_deg", "geometry"]
    own = planes.assign(roof_tilt_deg=planes["tilt_deg"], roof_azimuth_deg=planes["azimuth_deg"])
    receivers = pd.concat([own[columns], racks[columns]], ignore_index=True) if len(racks) else own[columns]
    shade, around = settings.shade, surroundings
    return planelight.plane_light(
        around.dsm,
        around.weather,
        receivers,
        **around.shading(shade),
        spacing_m=shade.point_spacing_m,
    )


def buildings(
    register: Register, tak: gpd.GeoDataFrame, dsm: xr.DataArray, origins: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return layer `byggnader`: every footprint with its facility, the number of its roof planes, kWp and state.

    state: assessed, partly_outside (some of it is outside the surface model), outside (all of it), no_heights (inside, but the model
    has no heights there), no_roof (inside, but nothing measured there is a roof: demolished, newer than the survey, too small, or
    without returns). hole_share: share (0-1) of the outline without height in the model. None is dropped.
    """
    import shapely

    from data.readers.elevation import hole_shares

    frame = register.buildings
    planes = tak.groupby("building_id").agg(planes=("plane_id", "size"), kwp=("kwp", "sum"))
    planes = planes.reindex(frame["building_id"])
    counts = planes["planes"].fillna(0).to_numpy(int)
    inside = _known_share(frame, dsm)
    holes = frame["building_id"].astype(str).map(hole_shares(dsm, frame)).fillna(0.0).to_numpy()
    known = [inside <= 0, inside < 1, counts > 0, holes >= MOSTLY_HOLE]
    state = np.select(known, ["outside", "partly_outside", "assessed", "no_heights"], "no_roof")
    facility = frame["building_id"].map(register.matches.set_index("building_id")["facility_id"])
    source = None if origins is None else frame["building_id"].astype(str).map(origins.set_index("building_id")["source"])
    return frame.assign(
        facility_id=facility.astype(object).where(facility.notna(), None),
        planes=counts,
        kwp=planes["kwp"].fillna(0.0).to_numpy(),
        footprint_m2=shapely.area(frame.geometry.to_numpy()),
        state=state,
        hole_share=holes,
        roof_source=source,
    )


def _known_share(frame: gpd.GeoDataFrame, dsm: xr.DataArray) -> np.ndarray:
    """Return (n,) 1 where a footprint's box lies in the model's, 0 where it lies outside or on nothing known, else 0.5."""
    x, y = dsm["x"].to_numpy(), dsm["y"].to_numpy()
    step = abs(float(x[1] - x[0])) / 2
    west, east, south, north = x.min() - step, x.max() + step, y.min() - step, y.max() + step
    bounds = frame.geometry.bounds.to_numpy()
    within = (bounds[:, 0] >= west) & (bounds[:, 2] <= east) & (bounds[:, 1] >= south) & (bounds[:, 3] <= north)
    apart = (bounds[:, 2] < west) | (bounds[:, 0] > east) | (bounds[:, 3] < south) | (bounds[:, 1] > north)
    return np.select([apart, within], [0.0, 1.0], 0.5)
