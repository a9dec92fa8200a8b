"""What stands around a place: horizons of surface, trees and far terrain, in K directions from true north. docs/metod/skuggning.md.

scene = Scene.of(dsm, site=site, dtm=dtm, trees=trees, far=far)
horizons = scene.horizons(points, directions=64, near_m=500)     # points: x, y, z, tilt_deg, azimuth_deg
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from solar import rays, sky

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from pyproj import CRS

EARTH_RADIUS_M = 6_371_000.0
REFRACTION = 0.13
"""Light bends with this share of the Earth's curvature (Gauss 1826), so far hills sink by (1 - 0.13) d2 / 2R."""
DROP_PER_M = (1.0 - REFRACTION) / (2.0 * EARTH_RADIUS_M)
SMALLEST_CROWN_M = 0.5
"""Canopy lower than this [m] is grass and noise, not a tree."""
CHUNK_POINTS = 2048
"""Points a thread takes at a time."""


@dataclass(frozen=True)
class Heights:
    """A north-up grid of heights for rays: z (ny, nx) float32 [m] with a rim of cells without data; x0, y0 the middle of z[0, 0]."""

    z: np.ndarray
    x0: float
    y0: float
    cell_m: float

    @cached_property
    def tower(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Maxima over ever larger squares (`rays.pyramid`)."""
        return rays.pyramid(self.z)

    def place(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return columns and rows, in cells from the middle of z[0, 0]."""
        return (np.asarray(x, float) - self.x0) / self.cell_m, (self.y0 - np.asarray(y, float)) / self.cell_m

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return heights [m]: bilinear where all four corners are known, else the cell's own; NaN off the grid or without data."""
        col, row = self.place(x, y)
        ny, nx = self.z.shape
        inside = (col >= 0) & (row >= 0) & (col <= nx - 1) & (row <= ny - 1)
        col, row = np.where(inside, col, 0.0), np.where(inside, row, 0.0)
        i, j = np.minimum(col.astype(int), nx - 2), np.minimum(row.astype(int), ny - 2)
        f, g = col - i, row - j
        corners = np.stack([self.z[j, i], self.z[j, i + 1], self.z[j + 1, i], self.z[j + 1, i + 1]]).astype(float)
        weights = np.stack([(1 - f) * (1 - g), f * (1 - g), (1 - f) * g, f * g])
        own = self.z[np.rint(row).astype(int), np.rint(col).astype(int)].astype(float)
        known = ((corners > rays.NODATA_M) | (weights == 0)).all(axis=0)
        height = np.where(known, (np.where(weights == 0, 0.0, corners) * weights).sum(axis=0), own)
        return np.where(inside & (own > rays.NODATA_M), height, np.nan)

    def steepest(self, points: np.ndarray, turn: np.ndarray, least: np.ndarray, limits: tuple[float, float, float]) -> np.ndarray:
        """Return (n, K) slopes [m/m] from points (n, 3) x, y, z along grid directions turn (K, 2) east, north.

        least (n, K): slopes below which nothing matters. limits: nearest and farthest [m], drop with distance [1/m].
        """
        col, row = self.place(points[:, 0], points[:, 1])
        where = np.column_stack([col, row, points[:, 2]])
        headings = np.ascontiguousarray(np.column_stack([turn[:, 0], -turn[:, 1]]))
        out = np.empty((len(points), len(turn)), np.float32)
        nearest, farthest, drop = limits
        scaled = (nearest / self.cell_m, farthest / self.cell_m, self.cell_m, drop * self.cell_m**2)
        tower = self.tower

        def some(part: slice) -> None:
            rays.steepest(self.z, tower, where[part], headings, scaled, least[part], out[part])

        in_threads(some, len(points), CHUNK_POINTS)
        return out


@dataclass(frozen=True)
class Horizons:
    """Slopes [m/m], (n, K) float32, K directions clockwise from true north.

    own: the plane's own tilt, at least 0. far, near, trees: of each cause, at least `own`; None where there is no such model.
    """

    own: np.ndarray
    near: np.ndarray
    far: np.ndarray | None = None
    trees: np.ndarray | None = None

    @property
    def beyond(self) -> np.ndarray:
        """The far terrain's horizon."""
        return self.own if self.far is None else self.far

    @property
    def solid(self) -> np.ndarray:
        """Everything light does not pass through."""
        return self.near if self.far is None else np.maximum(self.near, self.far)

    @property
    def top(self) -> np.ndarray:
        """Everything, crowns included."""
        return self.solid if self.trees is None else np.maximum(self.solid, self.trees)


@dataclass(frozen=True)
class Scene:
    """The models around the receivers, in one grid; convergence_deg: true azimuth = grid azimuth + convergence."""

    surface: Heights
    crowns: Heights | None
    far: Heights | None
    convergence_deg: float

    @classmethod
    def of(
        cls,
        dsm: xr.DataArray,
        *,
        site: Any,
        dtm: xr.DataArray | None = None,
        trees: xr.DataArray | None = None,
        far: xr.DataArray | None = None,
    ) -> Scene:
        """Return the scene of a surface model (y, x) [m] with CRS, canopy heights above `dtm` [m], and a coarser far model in any CRS.

        Raises ValueError for a model without a metric CRS or square cells, and for trees without dtm.
        """
        surface, crs = grid(dsm, "dsm")
        crowns = _crowns(dsm, dtm, trees, surface) if trees is not None else None
        beyond = grid(_in_crs(far, crs), "far")[0] if far is not None else None
        return cls(surface, crowns, beyond, convergence_deg(crs, site))

    def headings(self, directions: int) -> np.ndarray:
        """Return (K, 2) unit vectors east, north **of the grid** for K directions clockwise from true north."""
        angle = 2.0 * np.pi * np.arange(directions) / directions - np.radians(self.convergence_deg)
        return np.column_stack([np.sin(angle), np.cos(angle)])

    def horizons(self, points: pd.DataFrame, *, directions: int, near_m: float) -> Horizons:
        """Return the horizons of points (x, y, z [m] in the dsm's CRS, tilt_deg, azimuth_deg from true north)."""
        where = points[["x", "y", "z"]].to_numpy(float)
        turn = self.headings(directions)
        own = own_slopes(sky.normals(points["tilt_deg"], points["azimuth_deg"]), directions)
        near = self.surface.steepest(where, turn, own, (0.0, near_m, 0.0))
        far = None if self.far is None else self.far_slopes(where, turn, own, near_m)
        if self.crowns is None:
            return Horizons(own, near, far)
        solid = near if far is None else np.maximum(near, far)
        return Horizons(own, near, far, self.crowns.steepest(where, turn, solid, (0.0, near_m, 0.0)))

    def far_slopes(self, where: np.ndarray, turn: np.ndarray, least: np.ndarray, near_m: float) -> np.ndarray:
        """Return (n, K) slopes of the far model beyond near_m, the Earth's curvature taken."""
        ny, nx = self.far.z.shape
        return self.far.steepest(where, turn, least, (near_m, self.far.cell_m * (nx + ny), DROP_PER_M))


def own_slopes(facing: np.ndarray, directions: int) -> np.ndarray:
    """Return (n, K) float32 slope [m/m] at which a plane cuts off its own view; 0 where it looks down to the horizon."""
    along = facing[:, :2] @ sky.sectors(directions).T
    up = np.maximum(facing[:, 2:], 1.0 / sky.STEEPEST)
    return np.clip(-along / up, 0.0, sky.STEEPEST).astype(np.float32)


def convergence_deg(crs: CRS, site: Any) -> float:
    """Return the meridian convergence [deg] at the site: true azimuth = grid azimuth + convergence (pyproj)."""
    from pyproj import Proj

    return float(Proj(crs).get_factors(site.longitude, site.latitude).meridian_convergence)


def grid(model: xr.DataArray, name: str) -> tuple[Heights, CRS]:
    """Return a (y, x) DataArray as Heights, north up, with its CRS; nodata, NaN and infinities shade nothing."""
    import rioxarray  # noqa: F401 - gives .rio
    from pyproj import CRS

    if model.rio.crs is None:
        raise ValueError(f"{name}: the model has no CRS")
    crs = CRS.from_user_input(model.rio.crs)
    if not crs.is_projected:
        raise ValueError(f"{name}: the CRS {crs.to_string()} is in degrees; metres are needed")
    model = model.squeeze([name for name in model.dims if name not in {"y", "x"}], drop=True).transpose("y", "x")
    if model.sizes["x"] < 2 or model.sizes["y"] < 2:
        raise ValueError(f"{name}: the model is a single row or column of cells")
    x, y, z = model["x"].to_numpy().astype(float), model["y"].to_numpy().astype(float), model.to_numpy()
    if x[0] > x[-1]:
        x, z = x[::-1], z[:, ::-1]
    if y[0] < y[-1]:
        y, z = y[::-1], z[::-1]
    cell = (x[-1] - x[0]) / (len(x) - 1)
    if abs((y[0] - y[-1]) / (len(y) - 1) - cell) > 1.0e-3 * cell:
        raise ValueError(f"{name}: cells must be square")
    padded = np.full((z.shape[0] + 2, z.shape[1] + 2), rays.NODATA_M, np.float32)
    padded[1:-1, 1:-1] = z
    padded[_without_data(padded, model.rio.nodata)] = rays.NODATA_M
    return Heights(padded, float(x[0] - cell), float(y[0] + cell), float(cell)), crs


LIKELY_M = 9000.0
"""No ground or roof lies farther than this above or below zero [m]; -9999 and -3.4e38 are marks of missing data."""


def _without_data(z: np.ndarray, nodata: float | None) -> np.ndarray:
    missing = ~(np.abs(z) <= LIKELY_M)
    if nodata is not None and np.isfinite(nodata):
        missing |= z == np.float32(nodata)
    return missing


def _crowns(dsm: xr.DataArray, dtm: xr.DataArray | None, trees: xr.DataArray, surface: Heights) -> Heights:
    """Return crown tops above sea level; where there is no tree the ground, but nothing above the surface: that shades on its own."""
    if dtm is None:
        raise ValueError("trees are heights above ground: dtm is needed")
    canopy, ground = (grid(_on_grid(model, dsm), name)[0] for model, name in ((trees, "trees"), (dtm, "dtm")))
    tree = (canopy.z >= SMALLEST_CROWN_M) & (ground.z > rays.NODATA_M)
    top = np.where(tree, canopy.z + ground.z, np.minimum(ground.z, surface.z)).astype(np.float32)
    return Heights(top, canopy.x0, canopy.y0, canopy.cell_m)


def _on_grid(model: xr.DataArray, like: xr.DataArray) -> xr.DataArray:
    """Return the model on another's grid: as it is where they agree, else the nearest cells."""
    import rioxarray  # noqa: F401 - gives .rio

    model = model.squeeze(drop=True)
    same = model.rio.crs == like.rio.crs and model.sizes["x"] == like.sizes["x"] and model.sizes["y"] == like.sizes["y"]
    if same and np.allclose(model["x"], like["x"]) and np.allclose(model["y"], like["y"]):
        return model
    return model.rio.reproject_match(like.squeeze(drop=True), resampling=0)


def _in_crs(model: xr.DataArray, crs: CRS) -> xr.DataArray:
    import rioxarray  # noqa: F401 - gives .rio
    from pyproj import CRS

    if model.rio.crs is None:
        raise ValueError("far: the model has no CRS")
    if CRS.from_user_input(model.rio.crs) == crs:
        return model
    return model.squeeze(drop=True).astype("float32").rio.reproject(crs, resampling=1, nodata=np.nan)


def workers() -> int:
    """Return how many threads may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[slice], None], count: int, size: int) -> None:
    """Call work(slice) for chunks of `size` of `count` things, in as many threads as there are processors."""
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    if len(parts) <= 1 or workers() == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(workers()) as pool:
        list(pool.map(work, parts))
