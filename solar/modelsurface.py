"""A surface model for shading made from a 3D city model, where no measured one exists: the highest surface in each cell, and the ground
the model draws, or that its buildings stand on. It knows no trees.
"""  # noqa: D205

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import shapely

from data.tables import require_metres
from solar import planefit
from solar.modelroofs import fitted, outline

if TYPE_CHECKING:
    import xarray as xr

    from data.readers.citymodel import CityModel

MARGIN_M = 50.0
"""Ground around the outermost building that comes along [m]."""
NEAREST_CELLS = 4
"""Cells without ground take the mean of this many nearest known ones, weighted by inverse squared distance."""


def surface_from_citymodel(
    model: CityModel, *, crs: object = None, step_m: float = 1.0, margin_m: float = MARGIN_M
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return (surface, ground) models (y, x) float32 [m], north up, with CRS and transform, cells anchored to whole steps.

    model: from `data.readers.citymodel`; crs: its system where the model states none; step_m: side of a cell [m]; margin_m: how far
    beyond the buildings the grid reaches [m]. Ground is the model's terrain where it has one, else interpolated between the
    buildings' ground surfaces. A cell's height is that at its middle. Raises InputError for a model without CRS or in degrees.
    """
    import geopandas as gpd

    known = model.crs if model.crs is not None or crs is None else planefit.horizontal_crs(crs)
    require_metres(gpd.GeoDataFrame(geometry=[], crs=known), "citymodel")
    x, y = _axes(model, step_m, margin_m)
    ground = np.full((len(y), len(x)), np.nan)
    lying = [rings for rings, kind in zip(model.rings, model.kinds, strict=True) if kind != "wall"]
    if len(model.terrain):
        _raise(ground, (x, y), [(triangle,) for triangle in model.terrain])
    else:
        _stand(ground, (x, y), model)
    ground = _spread(ground)
    surface = ground.copy()
    _raise(surface, (x, y), lying)
    return _grid(surface, (x, y), known), _grid(ground, (x, y), known)


def _axes(model: CityModel, step_m: float, margin_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell middles x rising and y falling [m]."""
    xy = np.concatenate([rings[0][:, :2] for rings in model.rings])
    first = np.floor((xy.min(axis=0) - margin_m) / step_m)
    last = np.ceil((xy.max(axis=0) + margin_m) / step_m)
    x = (np.arange(first[0], last[0]) + 0.5) * step_m
    return x, ((np.arange(first[1], last[1]) + 0.5) * step_m)[::-1]


def _raise(grid: np.ndarray, axes: tuple[np.ndarray, np.ndarray], surfaces: Iterable) -> None:
    """Raise the cells under each surface to it, in place; walls are left out."""
    x, y = axes
    for rings in surfaces:
        plane = fitted(np.concatenate(rings))
        shape = outline(list(rings))
        if plane is None or shape.is_empty:
            continue
        x0, y0, x1, y1 = shape.bounds
        columns = slice(*np.searchsorted(x, [x0, x1]))
        rows = slice(*np.searchsorted(-y, [-y1, -y0]))
        across, up = np.meshgrid(x[columns], y[rows])
        inside = shapely.contains_xy(shape, across, up)
        z = plane[0] * across + plane[1] * up + plane[2]
        grid[rows, columns] = np.where(inside, np.fmax(grid[rows, columns], z), grid[rows, columns])


def _stand(ground: np.ndarray, axes: tuple[np.ndarray, np.ndarray], model: CityModel) -> None:
    """Put the lowest height of each building into the cell of its middle, in place."""
    x, y = axes
    for building in range(len(model.buildings)):
        corners = np.concatenate([model.rings[i][0] for i in model.surfaces(building)])
        middle = corners[:, :2].mean(axis=0)
        column, row = np.searchsorted(x, middle[0]) - 1, np.searchsorted(-y, -middle[1]) - 1
        ground[max(row, 0), max(column, 0)] = corners[:, 2].min()


def _spread(ground: np.ndarray) -> np.ndarray:
    """Return the grid with unknown cells filled from the nearest known ones."""
    from scipy.spatial import cKDTree

    unknown = np.isnan(ground)
    if not unknown.any():
        return ground
    known = np.argwhere(~unknown)
    k = min(NEAREST_CELLS, len(known))
    gap, index = cKDTree(known).query(np.argwhere(unknown), k)
    weight = 1.0 / np.maximum(gap.reshape(-1, k), 1e-9) ** 2
    heights = ground[~unknown][index.reshape(-1, k)]
    out = ground.copy()
    out[unknown] = (weight * heights).sum(axis=1) / weight.sum(axis=1)
    return out


def _grid(values: np.ndarray, axes: tuple[np.ndarray, np.ndarray], crs: object) -> xr.DataArray:
    import rioxarray  # noqa: F401 - gives .rio
    import xarray as xr

    x, y = axes
    array = xr.DataArray(values.astype(np.float32), coords={"y": y, "x": x}, dims=("y", "x"))
    return array.rio.write_crs(crs).rio.write_transform().rio.write_nodata(np.nan)
