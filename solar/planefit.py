"""One plane z = a x + b y + c: its errors, its tilt and azimuth, and snapping its direction to the building's edges."""

from __future__ import annotations

import numpy as np
import pyproj

FLAT_DEG = 2.0
"""Below this tilt a plane is flat and faces south by convention [deg]."""
SNAP_ERRORS = 2.0
"""A direction is snapped when it differs from an edge by less than this many standard errors."""
SNAP_MOST_DEG = 12.0
"""... and never by more than this [deg]."""


def normal(plane: np.ndarray) -> np.ndarray:
    """Return the upward unit normal of plane coefficients (..., 3)."""
    up = np.stack([-plane[..., 0], -plane[..., 1], np.ones(plane.shape[:-1])], axis=-1)
    return up / np.linalg.norm(up, axis=-1, keepdims=True)


def tilt_deg(plane: np.ndarray) -> np.ndarray:
    """Return the tilt from horizontal [deg] of plane coefficients (..., 3)."""
    return np.degrees(np.arctan(np.hypot(plane[..., 0], plane[..., 1])))


def grid_azimuth_deg(plane: np.ndarray) -> np.ndarray:
    """Return the direction of fall, clockwise from grid north [deg], of plane coefficients (..., 3)."""
    return np.degrees(np.arctan2(-plane[..., 0], -plane[..., 1])) % 360.0


def residuals(plane: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the signed perpendicular distances [m] of (n, 3) points from the plane; above is positive."""
    return (points[:, 2] - points[:, :2] @ plane[:2] - plane[2]) / np.sqrt(1 + plane[0] ** 2 + plane[1] ** 2)


def covariance(points: np.ndarray, noise_m: float) -> np.ndarray:
    """Return the (3, 3) covariance of least-squares coefficients through (n, 3) points with vertical noise [m]."""
    design = np.column_stack([points[:, :2], np.ones(len(points))])
    return noise_m**2 * np.linalg.pinv(design.T @ design)


def angle_errors_deg(plane: np.ndarray, cov: np.ndarray) -> tuple[float, float, float]:
    """Return the standard errors [deg] of the tilt, of the azimuth (180 when flat) and of the normal."""
    slope = float(np.hypot(plane[0], plane[1]))
    gradient = cov[:2, :2]
    cos2 = 1.0 / (1.0 + slope**2)
    if slope < 1e-9:
        return float(np.degrees(np.sqrt(gradient.trace() / 2))), 180.0, float(np.degrees(np.sqrt(gradient.trace())))
    fall = plane[:2] / slope
    across = np.array([-fall[1], fall[0]])
    down = np.sqrt(fall @ gradient @ fall) * cos2
    side = np.sqrt(across @ gradient @ across)
    azimuth = min(180.0, float(np.degrees(side / slope)))
    return float(np.degrees(down)), azimuth, float(np.degrees(np.hypot(down, side * np.sqrt(cos2))))


def snapped(plane: np.ndarray, points: np.ndarray, cov: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the plane, falling at a right angle to the nearest of `directions` [rad] when that lies within its error.

    points: (n, 3) the plane was fitted to; the slope is fitted again with the direction held.
    """
    if tilt_deg(plane) < FLAT_DEG or len(directions) == 0:
        return plane
    limit = np.radians(min(SNAP_ERRORS * angle_errors_deg(plane, cov)[1], SNAP_MOST_DEG))
    fall = np.arctan2(plane[1], plane[0])
    gaps = (directions + np.pi / 2 - fall + np.pi / 2) % np.pi - np.pi / 2
    nearest = gaps[np.argmin(np.abs(gaps))]
    if abs(nearest) > limit:
        return plane
    along = np.array([np.cos(fall + nearest), np.sin(fall + nearest)])
    t = points[:, :2] @ along
    spread = ((t - t.mean()) ** 2).sum()
    if spread <= 0:
        return plane
    slope = ((t - t.mean()) * (points[:, 2] - points[:, 2].mean())).sum() / spread
    return np.array([*(slope * along), points[:, 2].mean() - slope * t.mean()])


def convergence_deg(x: np.ndarray, y: np.ndarray, crs: object) -> np.ndarray:
    """Return the meridian convergence [deg] at points of a projected CRS: true azimuth = grid azimuth + convergence.

    A compound CRS counts by its horizontal part.
    """
    horizontal = horizontal_crs(crs)
    lon, lat = pyproj.Transformer.from_crs(horizontal, horizontal.geodetic_crs, always_xy=True).transform(x, y)
    return np.asarray(pyproj.Proj(horizontal).get_factors(lon, lat).meridian_convergence, float)


def horizontal_crs(crs: object) -> pyproj.CRS:
    """Return the horizontal part of a CRS, itself when it is not compound."""
    given = pyproj.CRS.from_user_input(crs)
    return given.sub_crs_list[0] if given.is_compound else given
