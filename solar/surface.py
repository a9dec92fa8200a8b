"""A surface model from laser points, where the municipality has no other: ground, buildings and crowns apart. docs/metod/ytmodell.md.

    grids = PointGrids(bounds, footprints)
    for points in ...: grids.add(xyz, classification)      # a piece at a time: memory is the grid's, not the scan's
    dsm, dtm, trees = grids.models()

A laser scan has no class for buildings or trees. What stands above the ground inside a footprint is building, outside it crown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

GROUND_CLASS = 2
NOT_SOLID = (7, 9, 18)
"""ASPRS classes that neither stand nor grow: low noise, water, high noise."""
ROOF_ABOVE_M = 1.5
"""Lower than this above the ground nothing is a roof [m]."""
CROWN_ABOVE_M = 2.0
"""Lower than this above the ground nothing is a crown: bushes, cars, people [m]."""
CROWN_AT_MOST_M = 60.0
"""Higher than this is a crane, a bird or a cloud: Sweden's tallest measured tree is under 50 m."""
EAVES_M = 1.0
"""A roof reaches this far over a façade outline: points there are roof, not crown [m]."""
COVERED_M = 30.0
"""Farther than this from every point nothing is known [m]: a scan's edge, not a hole in it."""
GROUND_SEARCH = 200
ROOF_SEARCH = 8
"""How many cells away a hole in the ground and in a roof is filled from."""
CROWN_CELLS = 3
"""Gaps in a crown up to this many cells are closed; wires and poles thinner than it are left out."""


class PointGrids:
    """Sums of point heights in square cells over an area.

    bounds: (x0, y0, x1, y1) [m]; footprints: GeoDataFrame in the points' CRS (metres); step_m: side of a cell [m].
    """

    def __init__(self, bounds: tuple[float, float, float, float], footprints: gpd.GeoDataFrame, *, step_m: float = 1.0) -> None:
        from rasterio.features import rasterize
        from rasterio.transform import from_origin

        west, south, east, north = bounds
        self._west, self._north = np.floor(west / step_m) * step_m, np.ceil(north / step_m) * step_m
        self._step = step_m
        self.shape = (int(np.ceil((self._north - south) / step_m)), int(np.ceil((east - self._west) / step_m)))
        self._crs = footprints.crs
        grown = footprints.geometry.buffer(EAVES_M)
        shapes = [shape for shape in grown if not shape.is_empty]
        transform = from_origin(self._west, self._north, step_m, step_m)
        inside = rasterize(shapes, self.shape, transform=transform, dtype=np.uint8) if shapes else np.zeros(self.shape, np.uint8)
        self._inside = inside.astype(bool)
        cells = self.shape[0] * self.shape[1]
        self._ground, self._grounds = np.zeros(cells, np.float64), np.zeros(cells, np.int32)
        self._highest = np.full(cells, -np.inf, np.float32)

    def add(self, xyz: np.ndarray, classification: np.ndarray) -> None:
        """Add points (n, 3) [m] with ASPRS classes (n,); those outside the area are left out."""
        column = np.floor((xyz[:, 0] - self._west) / self._step).astype(np.int64)
        row = np.floor((self._north - xyz[:, 1]) / self._step).astype(np.int64)
        here = (column >= 0) & (column < self.shape[1]) & (row >= 0) & (row < self.shape[0]) & ~np.isin(classification, NOT_SOLID)
        cell, z, ground = (row * self.shape[1] + column)[here], xyz[here, 2], classification[here] == GROUND_CLASS
        size = len(self._ground)
        self._ground += np.bincount(cell[ground], z[ground], minlength=size)
        self._grounds += np.bincount(cell[ground], minlength=size).astype(np.int32)
        np.maximum.at(self._highest, cell[~ground], z[~ground].astype(np.float32))

    def models(self) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
        """Return (surface of ground and buildings, ground, canopy height above the ground), all (y, x) float32 [m].

        Holes in the ground (under roofs, in water) are filled from around by inverse distance (GDAL's fillnodata), holes in a roof
        from the roof itself. Raises ValueError when no point is ground.
        """
        from scipy.ndimage import distance_transform_edt, grey_closing, grey_opening

        if not self._grounds.any():
            raise ValueError("no point of class 2 (ground)")
        mean = np.divide(self._ground, self._grounds, out=np.full(len(self._ground), np.nan), where=self._grounds > 0)
        measured = ((self._grounds > 0) | np.isfinite(self._highest)).reshape(self.shape)
        covered = distance_transform_edt(~measured) * self._step <= COVERED_M
        ground = np.where(covered, _filled(mean.reshape(self.shape).astype(np.float32), GROUND_SEARCH), np.nan).astype(np.float32)
        above = self._highest.reshape(self.shape) - ground
        roof = np.where(self._inside & (above >= ROOF_ABOVE_M), above, np.nan).astype(np.float32)
        roof = np.where(self._inside, _filled(roof, ROOF_SEARCH), np.nan)
        crown = np.where(~self._inside & (above >= CROWN_ABOVE_M) & (above <= CROWN_AT_MOST_M), above, 0).astype(np.float32)
        crown = grey_opening(grey_closing(crown, CROWN_CELLS), CROWN_CELLS)
        surface = ground + np.where(np.isfinite(roof), roof, 0).astype(np.float32)
        crown = np.where(self._inside, 0, crown).astype(np.float32)
        return self._grid(surface), self._grid(ground), self._grid(crown)

    def _grid(self, values: np.ndarray) -> Any:
        import rioxarray  # noqa: F401 - gives .rio
        import xarray as xr

        x = self._west + (np.arange(self.shape[1]) + 0.5) * self._step
        y = self._north - (np.arange(self.shape[0]) + 0.5) * self._step
        return xr.DataArray(values, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(self._crs)


def _filled(values: np.ndarray, search: int) -> np.ndarray:
    """Return (y, x) with NaN filled from cells within `search`; what has none near stays NaN."""
    from rasterio.fill import fillnodata

    return fillnodata(values.copy(), mask=np.isfinite(values).astype(np.uint8), max_search_distance=search)
