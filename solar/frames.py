"""A roof plane's own frame: u along the eaves, v up the slope, in true metres, and back to the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    pass

CELL_M = 1000.0
"""Metres. Outlines in the same map square of this size share origin and convergence (which differs by 0.008 deg within it), so that a
spot of a slope has the same u and v whatever outline it belongs to."""


class PlaneFrames:
    """The frames of n planes and their outlines in them.

    polygons: (n,) projected outlines; azimuth_deg: (n,) direction faced, from **grid** north; tilt_deg: (n,); origin: (n, 2) map
    coordinates where u = v = 0 (default: `origins`), the same for outlines that are to be compared.
    """

    def __init__(
        self, polygons: np.ndarray, azimuth_deg: np.ndarray, tilt_deg: np.ndarray, *, origin: np.ndarray | None = None
    ) -> None:
        self.tilt_deg = np.asarray(tilt_deg, dtype=float)
        azimuth = np.radians(np.asarray(azimuth_deg, dtype=float))
        self._sin, self._cos, self._flatten = np.sin(azimuth), np.cos(azimuth), np.cos(np.radians(self.tilt_deg))
        self._origin = origins(polygons) if origin is None else origin
        coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
        self.polygons = shapely.set_coordinates(np.array(polygons, dtype=object), self.to_plane(coordinates, owner))

    def to_plane(self, xy: np.ndarray, owner: np.ndarray) -> np.ndarray:
        """Return (m, 2) u, v [m] of map coordinates (m, 2), each on the plane `owner` (m,) names."""
        sin, cos = self._sin[owner], self._cos[owner]
        x, y = (xy - self._origin[owner]).T
        return np.column_stack([-x * cos + y * sin, -(x * sin + y * cos) / self._flatten[owner]])

    def to_map(self, u: np.ndarray, v: np.ndarray, owner: np.ndarray) -> np.ndarray:
        """Return (m, k, 2) map coordinates of (m, k) u and v [m] on the planes `owner` (m,)."""
        sin, cos = self._sin[owner][:, None], self._cos[owner][:, None]
        down = -v * self._flatten[owner][:, None]
        return np.stack([-u * cos + down * sin, u * sin + down * cos], axis=-1) + self._origin[owner][:, None, :]


def origins(polygons: np.ndarray) -> np.ndarray:
    """Return (n, 2) the middle of the map square of CELL_M that holds each outline's centre: fixed in space, and near."""
    return (np.floor(centres(polygons) / CELL_M) + 0.5) * CELL_M


def convergence_deg(points: np.ndarray, crs: Any) -> np.ndarray:
    """Return (n,) meridian convergence [deg] at map points (n, 2): true azimuth = grid azimuth + convergence (pyproj)."""
    from pyproj import CRS, Proj, Transformer

    if len(points) == 0:
        return np.empty(0)
    crs = CRS(crs)
    to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    return np.asarray(Proj(crs).get_factors(*to_degrees.transform(*np.asarray(points).T)).meridian_convergence)


def centres(polygons: np.ndarray) -> np.ndarray:
    """Return (n, 2) centroids."""
    middle = shapely.centroid(polygons)
    return np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])


def main_direction(polygons: np.ndarray) -> np.ndarray:
    """Return (n,) the direction [deg from grid north, 0-90) most of an outline's length follows, a right angle counting as same.

    Mean of the edges' angles on the quarter circle, each weighted with its length squared, so that one long wall outweighs a bay.
    """
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    step = np.diff(coordinates, axis=0)
    step[owner[1:] != owner[:-1]] = 0
    length2 = (step**2).sum(axis=1)
    angle = 4 * np.arctan2(step[:, 0], step[:, 1])
    east = np.bincount(owner[:-1], length2 * np.sin(angle), minlength=len(polygons))
    north = np.bincount(owner[:-1], length2 * np.cos(angle), minlength=len(polygons))
    return np.degrees(np.arctan2(east, north)) / 4 % 90
