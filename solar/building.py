"""The roof of one building: points and a footprint in, measured planes with outlines, errors and confidence out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon

from solar import planefit, roofconfidence
from solar.outlines import MEET_M, Outline, partition
from solar.roofconfidence import Evidence
from solar.roofedge import polygons
from solar.rooflines import edge_directions
from solar.segmentation import Segments, segment

COVER_SPACINGS = 1.6
"""A place is measured when a point of its plane lies within this many point spacings (an even random scan leaves 0.03 % out)."""
COVER_MOST_M = 2.5
"""... and never when none lies within this [m]: a handful of points on a roof that does not answer measures nothing."""
CUT_M2 = 10.0
"""Unmeasured parts of a plane larger than this are cut off its outline [m2]."""
ENOUGH_PER_M2, THIN_M = 3.0, 0.4
"""Denser scans [1/m2] are thinned to one point in a square of this side [m]."""
HOLE_M2 = 2.0
"""... each hole at least this large [m2]."""
MIN_POINTS = 4
"""Fewest points of a plane: one more than define it."""
ON_EDGE_M = 0.02
"""A plane's border this near the roof's edge is the roof's edge [m]."""
FAR_SPACINGS = 4.0
"""Points farther apart than this are no neighbours (point spacings)."""
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


def roof_planes(
    points: np.ndarray, footprint: Polygon | MultiPolygon, *, min_plane_m2: float, edge_error_m: float = 0.0
) -> list[RoofPlane]:
    """Return the planes of one roof, largest first.

    points: (n, 3) roof points [m] inside the footprint; footprint: where the roof is, to its edge; edge_error_m: standard error of
    that edge's place [m].
    """
    origin = np.array(footprint.centroid.coords[0])
    measured = points - [*origin, 0.0]
    local = _thinned(measured, footprint.area)
    shape = shapely.transform(footprint, lambda xy: xy - origin)
    segments = segment(local)
    if len(segments.planes) == 0:
        return []
    segments = _snapped(local, segments, edge_directions(shape)[0])
    roof = _Roof.of((local, measured), segments, shape, edge_error_m)
    planes = [_plane(part, roof) for part in partition(shape, local, segments)]
    kept = [_moved(plane, origin) for plane in planes if plane is not None and plane.area_m2 >= min_plane_m2]
    return sorted(kept, key=lambda p: (-round(p.area_m2, 6), p.polygon.centroid.x, p.polygon.centroid.y))


@dataclass(frozen=True)
class _Roof:
    """One roof in its own frame: the points used (n, 3), all that were measured, the planes of those used, and the roof's edge.

    beside: (m, 2) pairs of near neighbours, the first on a plane and the second on none.
    """

    points: np.ndarray
    measured: np.ndarray
    segments: Segments
    edge: shapely.Geometry
    edge_error_m: float
    beside: np.ndarray

    @classmethod
    def of(cls, points: tuple[np.ndarray, np.ndarray], segments: Segments, shape: shapely.Geometry, edge_error_m: float) -> _Roof:
        edge = shape.boundary.buffer(ON_EDGE_M)
        shapely.prepare(edge)
        pairs, labels = segments.pairs, segments.labels
        pairs = np.where((labels[pairs[:, 0]] == -1)[:, None], pairs[:, ::-1], pairs)
        pairs = pairs[(labels[pairs[:, 0]] >= 0) & (labels[pairs[:, 1]] == -1)]
        length = np.hypot(*(points[0][pairs[:, 0], :2] - points[0][pairs[:, 1], :2]).T)
        return cls(*points, segments, edge, edge_error_m, pairs[length < FAR_SPACINGS * segments.spacing_m])

    def unexplained(self, plane: int, inside: np.ndarray) -> int:
        """Return how many pairs of neighbours have one point on the plane, the other on none, and at least one inside."""
        mine = self.beside[self.segments.labels[self.beside[:, 0]] == plane]
        return int(inside[mine].any(axis=1).sum())


def _moved(plane: RoofPlane, origin: np.ndarray) -> RoofPlane:
    placed = shapely.make_valid(shapely.transform(plane.polygon, lambda xy: xy + origin))
    polygon = polygons(shapely.set_precision(placed, PRECISION_M))
    return RoofPlane(polygon, plane.plane, origin, plane.fit_rmse_m, plane.points_per_m2, plane.coverage, plane.confidence)


def _thinned(points: np.ndarray, area_m2: float) -> np.ndarray:
    """Return the first point of each small square where the scan is denser than planes need: dense lines look like walls."""
    if len(points) <= ENOUGH_PER_M2 * area_m2:
        return points
    cell = np.floor(points[:, :2] / THIN_M).astype(np.int64)
    return points[np.sort(np.unique(cell, axis=0, return_index=True)[1])]


def _snapped(points: np.ndarray, segments: Segments, directions: np.ndarray) -> Segments:
    planes = segments.planes.copy()
    for label, plane in enumerate(planes):
        mine = points[segments.labels == label]
        cov = planefit.covariance(mine, segments.noise_m)
        planes[label] = planefit.snapped(plane, mine, cov, directions)
    return replace(segments, planes=planes)


def _plane(part: Outline, roof: _Roof) -> RoofPlane | None:
    shapely.prepare(part.polygon)
    inside = shapely.contains_xy(part.polygon, roof.points[:, :2])
    on_plane = inside & (roof.segments.labels == part.plane)
    mine = roof.points[on_plane]
    if len(mine) < MIN_POINTS:
        return None
    plane = roof.segments.planes[part.plane]
    rmse = float(np.sqrt(np.mean(planefit.residuals(plane, mine) ** 2)))
    polygon, coverage = _measured(part.polygon, mine[:, :2], roof.segments.spacing_m)
    seen = inside if roof.measured is roof.points else shapely.contains_xy(part.polygon, roof.measured[:, :2])
    return RoofPlane(
        polygon=polygon,
        plane=plane,
        origin=np.zeros(2),
        fit_rmse_m=rmse,
        points_per_m2=float(seen.sum() / part.polygon.area),
        coverage=coverage,
        confidence=coverage * roofconfidence.probability(_evidence(part, roof, (inside, on_plane), rmse)),
    )


def _evidence(part: Outline, roof: _Roof, chosen: tuple[np.ndarray, np.ndarray], rmse: float) -> Evidence:
    inside, on_plane = chosen
    count, outline, area = int(on_plane.sum()), part.polygon.boundary, part.polygon.area
    within = shapely.difference(outline, roof.edge).length
    segments = roof.segments
    return Evidence(
        points=count,
        unexplained=roof.unexplained(part.plane, inside) / count,
        foreign=1.0 - count / int(inside.sum()),
        roughness=rmse / segments.noise_m,
        planes=len(segments.planes),
        border=outline.length * segments.spacing_m / area,
        inner=within / outline.length,
        step=_steps(part, roof) / outline.length,
        clean=bool((segments.labels >= 0).all()),
        noise_m=segments.noise_m,
        sloped=bool(planefit.tilt_deg(segments.planes[part.plane]) >= planefit.FLAT_DEG),
        edge=(outline.length - within) * roof.edge_error_m / area,
    )


def _steps(part: Outline, roof: _Roof) -> float:
    """Return the length [m] of an outline inside the roof where its plane meets no other."""
    coords, ring = shapely.get_coordinates(shapely.get_rings(part.polygon), return_index=True)
    same = ring[1:] == ring[:-1]
    start, stop = coords[:-1][same], coords[1:][same]
    middle, length = (start + stop) / 2, np.hypot(*(stop - start).T)
    z = middle @ roof.segments.planes[:, :2].T + roof.segments.planes[:, 2]
    apart = np.abs(z - z[:, [part.plane]])
    apart[:, part.plane] = np.inf
    return float(length[(apart.min(axis=1) > MEET_M) & ~shapely.contains_xy(roof.edge, middle)].sum())


def _measured(polygon: Polygon, xy: np.ndarray, spacing: float) -> tuple[Polygon | MultiPolygon, float]:
    """Return the part of the polygon that points cover, and the share they cover."""
    step = max(spacing / 2, np.sqrt(polygon.area / 2000))
    x0, y0, x1, y1 = polygon.bounds
    gx, gy = np.meshgrid(np.arange(x0 + step / 2, x1, step), np.arange(y0 + step / 2, y1, step))
    samples = np.column_stack([gx.ravel(), gy.ravel()])
    samples = samples[shapely.contains_xy(polygon, samples)]
    if len(samples) == 0:
        return polygon, 1.0
    reach = np.minimum(COVER_SPACINGS * spacing, COVER_MOST_M)
    covered = cKDTree(xy).query(samples)[0] <= reach
    coverage = float(covered.mean())
    if (1 - coverage) * polygon.area <= CUT_M2:
        return polygon, coverage
    half = step / 2 + 1e-6
    boxes = shapely.box(*(samples[covered] - half).T, *(samples[covered] + half).T)
    seen = shapely.union_all(boxes).buffer(2 * step, join_style="mitre").buffer(-step, join_style="mitre")
    parts = shapely.get_parts(polygon.difference(seen))
    unseen = shapely.union_all(parts[shapely.area(parts) >= HOLE_M2])
    # a roof ends half a spacing beyond its last points, not where their reach ends
    grown = unseen.buffer((reach - spacing / 2).clip(0), join_style="mitre")
    return polygons(polygon.difference(grown)), coverage
