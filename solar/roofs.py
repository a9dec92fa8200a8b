"""Roof planes from a surface model, laser points or a city model: the three ways in, one table out (`data.layers.ROOF_PLANES`).

Method, accuracy and properties: docs/metod/takytor.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from data.layers import ROOF_PLANES
from data.tables import require_metres, validate
from solar import planefit
from solar.building import RoofPlane, roof_planes
from solar.heights import Cloud, Grid, Heights

ROOF_ABOVE_GROUND_M = 1.5
"""Lower than this above the ground nothing is a roof [m]."""
RING_M = 6.0
"""Ground is looked for this far outside a footprint when there is no ground model [m]."""
GROUND_PERCENTILE = 5.0
NO_ROOF_CLASSES = (2, 3, 4, 5, 7, 9, 18)
"""ASPRS classes that are no roof: ground, vegetation, low noise, water, high noise."""
GROUND_CLASS = 2


@dataclass(frozen=True)
class _Scene:
    """What every building needs: heights, ground, date and limits."""

    heights: Heights
    ground: Grid | Cloud | None
    survey_date: dt.date | None
    min_plane_m2: float
    overhang_m: float


def planes_from_dsm(
    dsm: xr.DataArray,
    footprints: gpd.GeoDataFrame,
    *,
    dtm: xr.DataArray | None = None,
    survey_date: dt.date | None = None,
    min_plane_m2: float = 8.0,
    overhang_m: float = 0.4,
) -> gpd.GeoDataFrame:
    """Return the roof planes of each footprint that a surface model shows.

    dsm: heights [m] on (y, x), north up, NaN where unknown, with a CRS in metres; footprints: GeoDataFrame in the same CRS with
    building_id and optionally footprint_position (a façade is grown to the roof edge); dtm: ground heights [m] in the same
    CRS, any grid; survey_date: when the model was measured; min_plane_m2: smaller planes are left out [m2]; overhang_m: how far
    a roof reaches over a façade where the model does not tell [m].
    Returns a GeoDataFrame after `data.layers.ROOF_PLANES`; a building without heights has no row. Raises InputError for a frame
    without CRS or in degrees.
    """
    ground = None if dtm is None else Grid.of(dtm)
    return _planes(_Scene(Grid.of(dsm), ground, survey_date, min_plane_m2, overhang_m), footprints)


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
) -> gpd.GeoDataFrame:
    """Return the roof planes of each footprint that laser points show.

    xyz: (n, 3) [m] in the footprints' CRS; classification: (n,) ASPRS classes; return_number: (n,) from 1; the rest as in
    `planes_from_dsm`. Without `dtm` the ground is the points of class 2 around the building, or the lowest points there.
    """
    keep = np.isfinite(xyz).all(axis=1)
    ground: Grid | Cloud | None = None if dtm is None else Grid.of(dtm)
    if classification is not None:
        if ground is None and (classification == GROUND_CLASS).any():
            ground = Cloud(xyz[keep & (classification == GROUND_CLASS)])
        keep &= ~np.isin(classification, NO_ROOF_CLASSES)
    return _planes(_Scene(Cloud(xyz[keep]), ground, survey_date, min_plane_m2, overhang_m), footprints)


def _planes(scene: _Scene, footprints: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    require_metres(footprints, "byggnader")
    footprints = footprints.sort_values("building_id", key=lambda ids: ids.astype(str), kind="stable")
    records: list[dict[str, object]] = []
    for building_id, shape in zip(footprints["building_id"], _roof_shapes(scene, footprints), strict=True):
        records += _building_records(scene, str(building_id), shape)
    return _table(records, footprints.crs)


def _roof_shapes(scene: _Scene, footprints: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    shapes = shapely.make_valid(footprints.geometry.to_numpy())
    if "footprint_position" in footprints:
        facade = (footprints["footprint_position"] == "facade").to_numpy()
        shapes[facade] = shapely.buffer(shapes[facade], scene.overhang_m, join_style="mitre")
    return [_areas(shape) for shape in shapes]


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _building_records(scene: _Scene, building_id: str, shape: shapely.Geometry) -> list[dict[str, object]]:
    if shape.is_empty:
        return []
    points = scene.heights.near(shape.bounds)
    shapely.prepare(shape)
    points = points[shapely.contains_xy(shape, points[:, :2])]
    ground = _ground(scene, shape, points)
    points = points[~(points[:, 2] < ground(points) + ROOF_ABOVE_GROUND_M)]
    planes = roof_planes(points, shape, min_plane_m2=scene.min_plane_m2)
    return [
        _record(plane, ground) | {"plane_id": f"{building_id}-{n}", "building_id": building_id, "survey_date": scene.survey_date}
        for n, plane in enumerate(planes, start=1)
    ]


def _ground(scene: _Scene, shape: shapely.Geometry, points: np.ndarray):
    if isinstance(scene.ground, Grid):
        grid = scene.ground
        return lambda xy: grid.at(xy[:, :2])
    bounds = np.array(shape.bounds) + [-RING_M, -RING_M, RING_M, RING_M]
    around = (scene.ground or scene.heights).near(tuple(bounds))
    around = around[~shapely.contains_xy(shape, around[:, :2])]
    level = np.percentile(around[:, 2], GROUND_PERCENTILE) if len(around) else np.nan
    return lambda xy: np.full(len(xy), level)


def _record(plane: RoofPlane, ground) -> dict[str, object]:
    centre = np.array(plane.polygon.centroid.coords)
    tilt = float(planefit.tilt_deg(plane.plane))
    return {
        "tilt_deg": tilt,
        "grid_azimuth_deg": float(planefit.grid_azimuth_deg(plane.plane)),
        "is_flat": tilt < planefit.FLAT_DEG,
        "area_m2": plane.area_m2,
        "z_m": plane.z_m,
        "ground_z_m": float(ground(centre)[0]),
        "fit_rmse_m": plane.fit_rmse_m,
        "points_per_m2": plane.points_per_m2,
        "coverage": plane.coverage,
        "confidence": plane.confidence,
        "geometry": plane.polygon,
    }


def _table(records: list[dict[str, object]], crs) -> gpd.GeoDataFrame:
    columns = [*ROOF_PLANES.names, "grid_azimuth_deg"]
    frame = gpd.GeoDataFrame(pd.DataFrame.from_records(records, columns=columns), geometry="geometry", crs=crs)
    centre = frame.geometry.centroid
    if len(frame):
        true = (frame["grid_azimuth_deg"] + planefit.convergence_deg(centre.x, centre.y, crs)) % 360.0
        frame["azimuth_deg"] = true.where(~frame["is_flat"], 180.0)
    return validate(frame.drop(columns="grid_azimuth_deg"), ROOF_PLANES, file="takytor")
