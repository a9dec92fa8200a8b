"""What the solar map shows: one frozen object that kil/ fills and maps.solcellskarta draws.

Everything in it may be shown: the publishing filter has run before. A part that is None is named as missing on the page;
a column that is not in a frame is not mentioned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.sources import Source

CAUSES = ("near", "trees", "far")
"""Columns of a horizon: buildings and ground within near_m, trees, terrain beyond."""


@dataclass(frozen=True)
class Hillshade:
    """A relief picture: PNG bytes and its edges (south, west, north, east) in WGS 84 degrees."""

    png: bytes
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class OnlineBase:
    """A background from the network, only when the page's maker asks: then its server sees who looks, and where.

    name: as the reader knows it. tiles: address with {z}, {x}, {y}, https. attribution: plain text.
    """

    name: str
    tiles: str
    attribution: str


@dataclass(frozen=True)
class SolarMap:
    """The solar map of a municipality.

    tak, anlaggningar: data.layers.TAK and ANLAGGNINGAR, or the public part of their columns (plane_id, facility_id, class,
    suitability, kwp, kwh, reasons and geometry are needed). totals: solar.json's keys; `decided_mw` and `ground_mw` (MW of
    decided plants, and of carports and ground) are optional. site: (latitude, longitude) in degrees.

    monthly_kwh [kWh]: index plane_id, columns 1..12. month_hour: plane_id -> array (12, 24) of kWh
    per month and hour of the local standard time. horizon: plane_id -> array (K, 3) of horizon angles [deg] in K directions
    clockwise from true north, columns CAUSES. waterfall: index plane_id, columns step codes in order; the first is the
    energy at the nameplate without shade [kWh], the others are changes; a row's sum is its kwh.

    cuts: lowest per cent of the best place for the classes top, good and fair. best_kwh_m2: irradiation of the best
    unshaded plane here. moduler: plane_id and a rectangle a module. plants: built and decided plants as
    data.layers.PLANTS with geometry; in_use empty or after `date` = decided. background: vagar (class, name), jarnvag, vatten, skog,
    namn (name, kind). addresses: address, x, y (the CRS of tak) and building_id (may be empty), for the search.
    """

    municipality: str
    date: dt.date
    tak: gpd.GeoDataFrame
    anlaggningar: gpd.GeoDataFrame
    totals: Mapping[str, Any]
    site: tuple[float, float]
    example: bool = False
    audience: Literal["publik", "intern"] = "publik"
    cuts: Mapping[str, float] = field(default_factory=dict)
    best_kwh_m2: float | None = None
    monthly_kwh: pd.DataFrame | None = None
    month_hour: Mapping[str, npt.NDArray[np.floating]] | None = None
    horizon: Mapping[str, npt.NDArray[np.floating]] | None = None
    waterfall: pd.DataFrame | None = None
    moduler: gpd.GeoDataFrame | None = None
    plants: gpd.GeoDataFrame | None = None
    background: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    boundary: gpd.GeoDataFrame | None = None
    addresses: pd.DataFrame | None = None
    hillshade: Hillshade | None = None
    sources: Sequence[Source] = ()
    attribution: str = ""
    warnings: Sequence[str] = ()
    settings: Sequence[tuple[str, str]] = ()
    contact: str = ""
    pages: tuple[str, ...] = ()
    command: str = ""
    online: OnlineBase | None = None
