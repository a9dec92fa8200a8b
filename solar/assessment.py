"""The whole chain in one call: roof planes -> modules -> light -> electricity -> class -> facilities -> MW.

Each step is a public function of its own module and can be called alone from a notebook; this file only ties them together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.settings import SolarSettings
from data.texts import text
from solar import irradiance, modules, power, suitability

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

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


@dataclass(frozen=True)
class Register:
    """What the municipality knows: facilities (layers.FACILITIES), which building is whose, plants built (layers.PLANTS)."""

    facilities: pd.DataFrame
    matches: pd.DataFrame
    plants: pd.DataFrame


@dataclass(frozen=True)
class Assessment:
    """Everything the solar map shows. Frames by plane are indexed by plane_id."""

    tak: gpd.GeoDataFrame
    anlaggningar: gpd.GeoDataFrame
    moduler: gpd.GeoDataFrame
    totals: dict[str, Any]
    light: irradiance.PlaneLight
    energy: power.EnergyResult
    chain: pd.DataFrame


def assess(
    planes: gpd.GeoDataFrame,
    surroundings: Surroundings,
    register: Register,
    settings: SolarSettings,
    *,
    today: dt.date,
    stage: Stage = lambda _: nullcontext(),
) -> Assessment:
    """Return light, power, class and verdicts for roof planes (layers.ROOF_PLANES).

    `stage(name)` wraps each step that takes time. Pure: the same input gives the same answer.
    """
    with stage(text("solar.stage.modules")):
        planes = modules.usable(planes, settings)
        moduler = modules.pack(planes, settings)
        planes = modules.with_capacity(planes, moduler, settings, without_lanes=modules.pack(planes, settings, lanes=False))
        arrays = modules.arrays(planes, settings)
    with stage(text("solar.stage.light")):
        light = plane_light(planes, arrays, surroundings, settings)
    return light, arrays
