"""Which source a roof is taken from: laser points where enough of them lie on it, else the surface model, else the city model.

    chosen = best_planes(buildings, scan=reading.data.batches(buildings), dsm=dsm, dtm=dtm, model=None, ...)
    chosen.planes      # after data.layers.ROOF_PLANES, every building from one source
    chosen.origins     # building_id, source, reason: every building, also those without a plane

Laser points come first because they say where they are: how many, how well they fit, when they were measured. A surface model has been
smoothed and filled by somebody, and shows a roof without returns as a surface that was never measured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from solar.roofedge import MOST_M
from solar.roofs import GROUND_CLASS, planes_from_citymodel, planes_from_dsm, planes_from_points

if TYPE_CHECKING:
    import xarray as xr

    from data.readers.citymodel import CityModel

LASER, DSM, CITYMODEL, NOTHING = "laser", "dsm", "citymodel", "none"
ENOUGH, NO_SCAN, OUTSIDE = "enough_returns", "no_scan", "outside_scan"
NO_RETURNS, FEW_RETURNS, NO_PLANES = "no_returns", "few_returns", "no_planes"
"""Why laser was taken, or was not."""
LEAST_PER_M2 = 0.4
"""Fewer returns than this from a roof do not show its planes [1/m2]: an 8 m2 plane would have three."""
NONE_PER_M2 = 0.05
"""Fewer than this is a roof that does not answer (dark sheet metal, water on it, built since)."""
LEAST_COVER = 0.5
"""Planes must cover this share of the footprint, else another source is asked."""


class Points(Protocol):
    """Laser points: xyz (n, 3) [m], classification (n,), return_number (n,)."""

    xyz: np.ndarray
    classification: np.ndarray
    return_number: np.ndarray


class Batch(Protocol):
    """Buildings and the points near them, as `data.readers.laser.Scan.batches` hands them out."""

    @property
    def footprints(self) -> gpd.GeoDataFrame:
        """Buildings whose points are all here."""
        ...

    @property
    def points(self) -> Points:
        """Points near them, in the buildings' CRS."""
        ...

    @property
    def survey_date(self) -> dt.date | None:
        """Day they were measured."""
        ...


@dataclass(frozen=True)
class Rules:
    """min_plane_m2: smaller planes are left out [m2]; overhang_m: assumed where a façade's roof edge is not seen [m]."""

    min_plane_m2: float = 8.0
    overhang_m: float = 0.4


@dataclass(frozen=True)
class Chosen:
    """planes: after ROOF_PLANES; origins: building_id, source (laser, dsm, citymodel, none), reason; one row a building."""

    planes: gpd.GeoDataFrame
    origins: pd.DataFrame

    def ids(self, source: str, *reasons: str) -> list[str]:
        """Return the buildings taken from a source, for one of the reasons when any is named."""
        mine = self.origins["source"] == source
        return self.origins.loc[mine & (self.origins["reason"].isin(reasons) if reasons else True), "building_id"].tolist()


def best_planes(
    buildings: gpd.GeoDataFrame,
    *,
    scan: Iterable[Batch] | None = None,
    dsm: xr.DataArray | None = None,
    dtm: xr.DataArray | None = None,
    model: CityModel | None = None,
    rules: Rules = Rules(),
) -> Chosen:
    """Return the roof planes of all buildings, each from the best source that shows it.

    buildings: after `data.layers.BUILDINGS`, in the CRS of dsm and dtm; scan: batches of buildings with laser points, each building
    in at most one; model: a city model, matched to the footprints by place. Raises InputError as the functions in `solar.roofs`.
    """
    ids = buildings["building_id"].astype(str)
    reasons = pd.Series(NO_SCAN if scan is None else OUTSIDE, index=ids.to_numpy())
    parts: dict[str, list[gpd.GeoDataFrame]] = {LASER: [], DSM: [], CITYMODEL: []}
    for batch in scan or ():
        found, why = _from_batch(batch, buildings, dtm, rules)
        reasons.update(why)
        parts[LASER].append(found)
    left = reasons.index[reasons != ENOUGH]
    common = {"min_plane_m2": rules.min_plane_m2, "overhang_m": rules.overhang_m}
    if dsm is not None and len(left):
        parts[DSM].append(planes_from_dsm(dsm, buildings, dtm=dtm, only=set(left), **common))
    if model is not None and len(left):
        parts[CITYMODEL].append(_from_model(model, buildings, rules))
    return _chosen(parts, reasons, buildings)


def _from_batch(
    batch: Batch, buildings: gpd.GeoDataFrame, dtm: xr.DataArray | None, rules: Rules
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return the planes of a batch and for each of its buildings whether laser is enough, or why not."""
    points, mine = batch.points, batch.footprints
    near = buildings.sindex.query(mine.geometry.to_numpy(), predicate="dwithin", distance=2 * MOST_M)[1]
    ids = mine["building_id"].astype(str)
    planes = planes_from_points(
        points.xyz,
        buildings.iloc[np.union1d(near, np.flatnonzero(buildings["building_id"].astype(str).isin(ids)))],
        classification=points.classification,
        return_number=points.return_number,
        dtm=dtm,
        survey_date=batch.survey_date,
        min_plane_m2=rules.min_plane_m2,
        overhang_m=rules.overhang_m,
        only=set(ids),
    )
    density = _returns_per_m2(points, mine)
    cover = planes["geometry"].area * planes["coverage"].astype(float)
    share = cover.groupby(planes["building_id"]).sum().reindex(ids).fillna(0.0).to_numpy() / mine.area.to_numpy()
    why = np.select(
        [density < NONE_PER_M2, density < LEAST_PER_M2, share < LEAST_COVER], [NO_RETURNS, FEW_RETURNS, NO_PLANES], ENOUGH
    )
    return planes, pd.Series(why, index=ids.to_numpy())


def _returns_per_m2(points: Points, footprints: gpd.GeoDataFrame) -> np.ndarray:
    above = points.xyz[points.classification != GROUND_CLASS, :2]
    hit = shapely.STRtree(footprints.geometry.to_numpy()).query(shapely.points(above), predicate="intersects")[1]
    return np.bincount(hit, minlength=len(footprints)) / footprints.area.to_numpy()


def _from_model(model: CityModel, buildings: gpd.GeoDataFrame, rules: Rules) -> gpd.GeoDataFrame:
    """Return the model's planes under the footprints' ids, numbered anew; those on no footprint are left out."""
    planes = planes_from_citymodel(model, crs=buildings.crs, min_plane_m2=rules.min_plane_m2)
    planes = planes.to_crs(buildings.crs)
    inside, building = shapely.STRtree(buildings.geometry.to_numpy()).query(
        planes.geometry.representative_point().to_numpy(), predicate="intersects"
    )
    inside, first = np.unique(inside, return_index=True)
    ids = buildings["building_id"].astype(str).to_numpy()[building[first]]
    mine = planes.iloc[inside].assign(building_id=ids).sort_values(["building_id", "area_m2"], ascending=[True, False])
    number = (mine.groupby("building_id").cumcount() + 1).astype(str)
    return mine.assign(plane_id=mine["building_id"] + "-" + number)


def _chosen(parts: dict[str, list[gpd.GeoDataFrame]], reasons: pd.Series, buildings: gpd.GeoDataFrame) -> Chosen:
    """Return each building's planes from the first source in order that has some; poor laser comes last."""
    source = pd.Series(NOTHING, index=reasons.index)
    by_source = {name: pd.concat(frames) if frames else None for name, frames in parts.items()}
    for name in (DSM, CITYMODEL, LASER):
        frame = by_source[name]
        if frame is not None:
            has = source.index.isin(frame["building_id"])
            source[has & (source == NOTHING) & (reasons != ENOUGH)] = name
    source[reasons == ENOUGH] = LASER
    kept = [f[f["building_id"].isin(source.index[source == name])] for name, f in by_source.items() if f is not None]
    empty = gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=buildings.crs)
    planes = pd.concat(kept).sort_values("building_id", kind="stable") if kept else empty
    origins = pd.DataFrame({"building_id": source.index, "source": source.to_numpy(), "reason": reasons.to_numpy()})
    return Chosen(gpd.GeoDataFrame(planes, geometry="geometry", crs=buildings.crs).reset_index(drop=True), origins)
