"""The roof of one building: points and a footprint in, measured planes with outlines, errors and confidence out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon

from solar import planefit
from solar.outlines import Outline, partition
from solar.roofedge import polygons
from solar.rooflines import edge_directions
from solar.segmentation import GRAPH, Segments, edges, segment

COVER_SPACINGS = 1.6
"""A place is measured when a point of its plane lies within this many point spacings (an even random scan leaves 0.03 % out)."""
CUT_M2 = 10.0
"""Unmeasured parts of a plane larger than this are cut off its outline [m2]."""


PRECISION_M = 1e-3
"""Grid of the outlines' corners [m]: finer than any measurement, coarse enough to leave no slivers."""


@dataclass(frozen=True)
class RoofPlane:
    """A measured roof plane. plane: coefficients (a, b, c) of z = a x + b y + c in map coordinates shifted by `origin`."""

    polygon: Polygon | MultiPolygon
    plane: np.ndarray
    origin: np.ndarray
    fit_rmse_m: float
    points_per_m2: float
    coverage: float
    confidence: float

    @property
    def area_m2(self) -> float:
        """True (inclined) area [m2]."""
        return float(self.polygon.area * np.sqrt(1 + self.plane[0] ** 2 + self.plane[1] ** 2))

    @property
    def z_m(self) -> float:
        """Height at the centroid [m]."""
        centre = self.polygon.centroid
        return float(self.plane @ [centre.x - self.origin[0], centre.y - self.origin[1], 1.0])


def roof_planes(points: np.ndarray, footprint: Polygon | MultiPolygon, *, min_plane_m2: float) -> list[RoofPlane]:
    """Return the planes of one roof, largest first.

    points: (n, 3) roof points [m] inside the footprint; footprint: where the roof is, to its edge.
    """
    origin = np.array(footprint.centroid.coords[0])
    local = points - [*origin, 0.0]
    shape = shapely.transform(footprint, lambda xy: xy - origin)
    segments = segment(local)
    if len(segments.planes) == 0:
        return []
    segments = _snapped(local, segments, edge_directions(shape)[0])
    pairs = edges(local[:, :2])
    parts = partition(shape, local, segments, pairs)
    spacing = _spacing(local)
    planes = [_plane(part, local, segments, spacing) for part in parts]
    kept = [_moved(plane, origin) for plane in planes if plane is not None and plane.area_m2 >= min_plane_m2]
    return sorted(kept, key=lambda p: (-round(p.area_m2, 6), p.polygon.centroid.x, p.polygon.centroid.y))


def _moved(plane: RoofPlane, origin: np.ndarray) -> RoofPlane:
    polygon = polygons(shapely.set_precision(shapely.transform(plane.polygon, lambda xy: xy + origin), PRECISION_M))
    return RoofPlane(polygon, plane.plane, origin, plane.fit_rmse_m, plane.points_per_m2, plane.coverage, plane.confidence)


def _spacing(points: np.ndarray) -> float:
    """Return the side of the square each point has for itself, where there are points [m]."""
    k = min(GRAPH, len(points) - 1)
    distance = cKDTree(points[:, :2]).query(points[:, :2], k + 1)[0][:, -1]
    return float(np.median(distance) * np.sqrt(np.pi / k))


def _snapped(points: np.ndarray, segments: Segments, directions: np.ndarray) -> Segments:
    planes = segments.planes.copy()
    for label, plane in enumerate(planes):
        mine = points[segments.labels == label]
        cov = planefit.covariance(mine, segments.noise_m)
        planes[label] = planefit.snapped(plane, mine, cov, directions)
    return Segments(planes, segments.labels, segments.noise_m)


def _plane(part: Outline, points: np.ndarray, segments: Segments, spacing: float) -> RoofPlane | None:
    inside = shapely.contains_xy(part.polygon, points[:, :2])
    mine = points[inside & (segments.labels == part.plane)]
    if len(mine) < 4:
        return None
    plane = segments.planes[part.plane]
    rmse = float(np.sqrt(np.mean(planefit.residuals(plane, mine) ** 2)))
    polygon, coverage = _measured(part.polygon, mine[:, :2], spacing)
    cov = planefit.covariance(mine, max(rmse, segments.noise_m))
    return RoofPlane(
        polygon=polygon,
        plane=plane,
        origin=np.zeros(2),
        fit_rmse_m=rmse,
        points_per_m2=float(inside.sum() / part.polygon.area),
        coverage=coverage,
        confidence=_confidence(plane, cov, coverage, len(mine) / max(inside.sum(), 1)),
    )


def _confidence(plane: np.ndarray, cov: np.ndarray, coverage: float, share: float) -> float:
    error = planefit.angle_errors_deg(plane, cov)[2]
    return float(np.clip(np.exp(-((error / 3.0) ** 2)) * coverage * share, 0.0, 1.0))


def _measured(polygon: Polygon, xy: np.ndarray, spacing: float) -> tuple[Polygon | MultiPolygon, float]:
    """Return the part of the polygon that points cover, and the share they cover."""
    step = max(spacing / 2, np.sqrt(polygon.area / 2000))
    x0, y0, x1, y1 = polygon.bounds
    gx, gy = np.meshgrid(np.arange(x0 + step / 2, x1, step), np.arange(y0 + step / 2, y1, step))
    samples = np.column_stack([gx.ravel(), gy.ravel()])
    samples = samples[shapely.contains_xy(polygon, samples)]
    if len(samples) == 0:
        return polygon, 1.0
    covered = cKDTree(xy).query(samples)[0] <= COVER_SPACINGS * spacing
    coverage = float(covered.mean())
    if (1 - coverage) * polygon.area <= CUT_M2:
        return polygon, coverage
    half = step / 2 + 1e-6
    boxes = shapely.box(*(samples[covered] - half).T, *(samples[covered] + half).T)
    seen = shapely.union_all(boxes).buffer(2 * step, join_style="mitre").buffer(-step, join_style="mitre")
    return seen.intersection(polygon), coverage
