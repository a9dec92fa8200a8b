"""Roof planes from a surface model, laser points or a city model: the three ways in, one table out (`data.layers.ROOF_PLANES`).

Method, accuracy and properties: docs/metod/takytor.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from data.layers import ROOF_PLANES
from data.tables import require_metres, validate
from solar import planefit, roofconfidence, roofedge
from solar.building import RoofPlane, roof_planes
from solar.heights import Cloud, Grid
from solar.modelroofs import model_roofs
from solar.surroundings import Scene

if TYPE_CHECKING:
    from data.readers.citymodel import CityModel

_About = tuple[dt.date | None, Collection[str] | None]

NO_ROOF_CLASSES = (2, 3, 4, 5, 7, 9, 18)
"""ASPRS classes that are no roof: ground, vegetation, low noise, water, high noise."""
NOISE_CLASSES = (7, 18)
GROUND_CLASS = 2
LAST_RETURN = 2
"""Third and later returns of a pulse come from inside crowns, not from roofs."""


def planes_from_dsm(
    dsm: xr.DataArray,
    footprints: gpd.GeoDataFrame,
    *,
    dtm: xr.DataArray | None = None,
    survey_date: dt.date | None = None,
    min_plane_m2: float = 8.0,
    overhang_m: float = 0.4,
    only: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Return the roof planes of each footprint that a surface model shows.

    dsm: heights [m] on (y, x), north up, NaN where unknown, with a CRS in metres; footprints: GeoDataFrame in the same CRS with
    building_id and optionally footprint_position (a façade is grown to the roof edge); dtm: ground heights [m] in the same
    CRS, any grid; survey_date: when the model was measured; min_plane_m2: smaller planes are left out [m2]; overhang_m: how far
    a roof reaches over a façade where the model does not tell [m]; only: building_id of those wanted, the others are neighbours.
    Returns a GeoDataFrame after `data.layers.ROOF_PLANES`; a building without heights has no row. Raises InputError for a frame
    without CRS or in degrees.
    """
    buildings = _buildings(footprints)
    surface = Grid.of(dsm)
    scene = Scene.of((surface, surface), None if dtm is None else Grid.of(dtm), buildings, overhang_m)
    return _planes(scene, buildings, min_plane_m2, (survey_date, only))


def planes_from_points(
    xyz: np.ndarray,
    footprints: gpd.GeoDataFrame,
    *,
    classification: np.ndarray | None = None,
    return_number: np.ndarray | None = None,
    dtm: xr.DataArray | None = None,
    survey_date: dt.date | None = None,
    min_plane_m2: float = 8.0,
    overhang_m: float = 0.4,
    only: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Return the roof planes of each footprint that laser points show.

    xyz: (n, 3) [m] in the footprints' CRS; classification: (n,) ASPRS classes; return_number: (n,) from 1; the rest as in
    `planes_from_dsm`. Without `dtm` the ground is the points of class 2 around the building, or the lowest points there.
    """
    buildings = _buildings(footprints)
    seen = keep = np.isfinite(xyz).all(axis=1)
    ground: Grid | Cloud | None = None if dtm is None else Grid.of(dtm)
    if classification is not None:
        on_ground = keep & (classification == GROUND_CLASS)
        if ground is None and on_ground.any():
            ground = Cloud(xyz[on_ground])
        seen = keep & ~np.isin(classification, NOISE_CLASSES)
        keep = keep & ~np.isin(classification, NO_ROOF_CLASSES)
    if return_number is not None:
        keep = keep & (return_number <= LAST_RETURN)
    scene = Scene.of((Cloud(xyz[keep]), Cloud(xyz[seen])), ground, buildings, overhang_m)
    return _planes(scene, buildings, min_plane_m2, (survey_date, only))


def planes_from_citymodel(model: CityModel, *, crs: object = None, min_plane_m2: float = 8.0) -> gpd.GeoDataFrame:
    """Return the roof planes of a city model as its own surfaces draw them.

    model: from `data.readers.citymodel`; crs: its system where the model states none, the horizontal part counts; min_plane_m2:
    smaller planes are left out [m2]. Nothing was measured here: points_per_m2, coverage and survey_date are unknown, fit_rmse_m
    is how far the surfaces' corners lie from their plane, and confidence says only that they lie in one.
    Raises InputError for a model without CRS or in degrees.
    """
    known = model.crs if model.crs is not None or crs is None else planefit.horizontal_crs(crs)
    require_metres(gpd.GeoDataFrame(geometry=[], crs=known), "citymodel")
    records: list[dict[str, object]] = []
    for building_id, planes, ground_z in model_roofs(model, min_plane_m2=min_plane_m2):
        common = {"building_id": building_id, "survey_date": None, "roof_edge": roofedge.GIVEN}
        for n, plane in enumerate(planes, start=1):
            records.append({"plane_id": f"{building_id}-{n}"} | common | _record(plane, ground_z))
    return _table(records, known)


def _buildings(footprints: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    require_metres(footprints, "byggnader")
    return footprints.sort_values("building_id", key=lambda ids: ids.astype(str), kind="stable")


def _planes(scene: Scene, buildings: gpd.GeoDataFrame, min_plane_m2: float, about: _About) -> gpd.GeoDataFrame:
    survey_date, only = about
    ids = buildings["building_id"].astype(str)
    chosen = np.arange(len(ids)) if only is None else np.flatnonzero(ids.isin(list(only)))
    records: list[dict[str, object]] = []
    for building_id, roof in zip(ids.iloc[chosen], scene.roof_shapes(chosen), strict=True):
        if roof.shape.is_empty:
            continue
        ground = scene.ground_of(roof.shape)
        error = roofconfidence.ASSUMED_EDGE_M if roof.edge == roofedge.ASSUMED else 0.0
        points = scene.roof_points(roof.shape, ground)
        planes = roof_planes(points, roof.shape, min_plane_m2=min_plane_m2, edge_error_m=error)
        common = {"building_id": building_id, "survey_date": survey_date, "roof_edge": roof.edge}
        for n, plane in enumerate(planes, start=1):
            level = float(ground(np.array(plane.polygon.centroid.coords))[0])
            records.append({"plane_id": f"{building_id}-{n}"} | common | _record(plane, level))
    return _table(records, buildings.crs)


def _record(plane: RoofPlane, ground_z_m: float) -> dict[str, object]:
    tilt = float(planefit.tilt_deg(plane.plane))
    return {
        "tilt_deg": tilt,
        "grid_azimuth_deg": float(planefit.grid_azimuth_deg(plane.plane)),
        "is_flat": tilt < planefit.FLAT_DEG,
        "area_m2": plane.area_m2,
        "z_m": plane.z_m,
        "ground_z_m": ground_z_m,
        "fit_rmse_m": plane.fit_rmse_m,
        "points_per_m2": plane.points_per_m2,
        "coverage": plane.coverage,
        "confidence": plane.confidence,
        "geometry": plane.polygon,
    }


def _table(records: list[dict[str, object]], crs: object) -> gpd.GeoDataFrame:
    """Return the records as the contract has them, azimuths turned from grid to true north."""
    columns = [*ROOF_PLANES.names, "grid_azimuth_deg"]
    frame = gpd.GeoDataFrame(pd.DataFrame.from_records(records, columns=columns), geometry="geometry", crs=crs)
    if len(frame):
        centre = frame.geometry.centroid
        true = (frame["grid_azimuth_deg"] + planefit.convergence_deg(centre.x, centre.y, crs)) % 360.0
        frame["azimuth_deg"] = true.where(~frame["is_flat"], 180.0)
    return validate(frame.drop(columns="grid_azimuth_deg"), ROOF_PLANES, file="takytor")
