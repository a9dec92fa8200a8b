"""Measured heights, looked up by place: a grid (surface or ground model) or a cloud of points. Both answer `near(bounds)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr

BIN_M = 8.0
"""Side of the squares points are sorted into [m]."""

Bounds = tuple[float, float, float, float]


class Heights(Protocol):
    """Anything that knows the measured points near a place."""

    def near(self, bounds: Bounds) -> np.ndarray:
        """Return the (n, 3) points [m] inside bounds (x0, y0, x1, y1), ordered by x, y, z."""
        ...


@dataclass(frozen=True)
class Grid:
    """A grid of heights z (ny, nx) [m], NaN where unknown, at cell middles x (nx,) rising and y (ny,) falling [m]."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    @classmethod
    def of(cls, model: xr.DataArray) -> Grid:
        """Return the grid of a (y, x) DataArray, turned north up, nodata as NaN."""
        model = model.squeeze(drop=True).transpose("y", "x").sortby("x").sortby("y", ascending=False)
        z = model.to_numpy()
        nodata = model.rio.nodata
        z = z.astype(np.float32) if not np.issubdtype(z.dtype, np.floating) else z
        if nodata is not None and np.isfinite(nodata):
            z = np.where(z == nodata, np.nan, z)
        return cls(model["x"].to_numpy().astype(float), model["y"].to_numpy().astype(float), z)

    @property
    def step(self) -> float:
        """Side of a cell [m]."""
        return float(abs(self.x[1] - self.x[0])) if len(self.x) > 1 else float(abs(self.y[1] - self.y[0]))

    def near(self, bounds: Bounds) -> np.ndarray:
        """Return the (n, 3) known cell middles [m] inside bounds, ordered by x, y."""
        columns = slice(*np.searchsorted(self.x, [bounds[0], bounds[2]]))
        rows = slice(*np.searchsorted(-self.y, [-bounds[3], -bounds[1]]))
        z = self.z[rows, columns][::-1].T  # x first, y rising
        x, y = np.meshgrid(self.x[columns], self.y[rows][::-1], indexing="ij")
        known = np.isfinite(z)
        return np.column_stack([x[known], y[known], z[known].astype(float)])

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the height of the cell each of (n, 2) points falls in [m], NaN outside or unknown."""
        step = self.step
        column = np.round((xy[:, 0] - self.x[0]) / step).astype(int)
        row = np.round((self.y[0] - xy[:, 1]) / step).astype(int)
        inside = (column >= 0) & (column < len(self.x)) & (row >= 0) & (row < len(self.y))
        out = np.full(len(xy), np.nan)
        out[inside] = self.z[row[inside], column[inside]]
        return out


class Cloud:
    """A cloud of points (n, 3) [m], sorted into squares once."""

    def __init__(self, xyz: np.ndarray) -> None:
        self._origin = np.floor(xyz[:, :2].min(axis=0) / BIN_M) if len(xyz) else np.zeros(2)
        cell = np.floor(xyz[:, :2] / BIN_M).astype(np.int64) - self._origin.astype(np.int64)
        self._columns = int(cell[:, 0].max()) + 1 if len(xyz) else 1
        key = cell[:, 1] * self._columns + cell[:, 0]
        order = np.argsort(key, kind="stable")
        self._key, self._xyz = key[order], xyz[order]

    def near(self, bounds: Bounds) -> np.ndarray:
        """Return the (n, 3) points [m] inside bounds, ordered by x, y, z."""
        first = np.floor(np.array(bounds[:2]) / BIN_M).astype(np.int64) - self._origin.astype(np.int64)
        last = np.floor(np.array(bounds[2:]) / BIN_M).astype(np.int64) - self._origin.astype(np.int64)
        rows = np.arange(max(first[1], 0), last[1] + 1)
        left, right = max(first[0], 0), min(last[0], self._columns - 1)
        if left > right or len(rows) == 0:
            return np.zeros((0, 3))
        starts = np.searchsorted(self._key, rows * self._columns + left, side="left")
        stops = np.searchsorted(self._key, rows * self._columns + right, side="right")
        found = np.concatenate([self._xyz[a:b] for a, b in zip(starts, stops, strict=True)])
        x, y = found[:, 0], found[:, 1]
        found = found[(x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3])]
        return found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]
