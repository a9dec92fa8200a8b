"""How far the roof reaches: a footprint drawn along the façade is grown to the roof's edge as the points show it, else by the stated
overhang. A footprint drawn along the roof's edge stays.
"""  # noqa: D205

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from solar.planekernels import local_planes
from solar.segmentation import FIRST_REACH_M, GRAPH, NEIGHBOURS, neighbours

MOST_M = 1.5
"""Farthest a roof is taken to reach over a façade [m]."""
ON_ROOF_M = 0.3
"""A point outside the façade belongs to the roof when it lies this near the plane of the nearest points inside [m]."""
BELOW_M = 1.0
"""... and not to it when it lies this much below; between the two, and above, it says nothing [m]."""
FEWEST = 6
"""Points beyond the façade that must speak before the roof's edge counts as measured."""
PLAY_M = 0.5
"""The edge counts as measured when the points leave it no more play than this [m]."""
MITRE = 2.0
GIVEN, MEASURED, ASSUMED = "given", "measured", "overhang"


@dataclass(frozen=True)
class RoofShape:
    """Where a roof is: its outline seen from above, and whether its edge is given, measured or assumed (overhang)."""

    shape: shapely.Polygon | shapely.MultiPolygon
    edge: str


def overhang(points: np.ndarray, outside: np.ndarray, footprint: shapely.Geometry, assumed_m: float) -> tuple[float, bool]:
    """Return how far the roof reaches beyond the footprint [m], and whether the points tell.

    points: (n, 3) roof points inside the footprint [m]; outside: (m, 3) points of any kind beyond it, none in other footprints.
    Where the points leave play, the reach nearest `assumed_m` is taken.
    """
    if len(points) < GRAPH + 1 or len(outside) < FEWEST:
        return assumed_m, False
    reach = shapely.distance(footprint, shapely.points(outside[:, :2]))
    outside, reach = outside[reach <= MOST_M], reach[reach <= MOST_M]
    if len(outside) < FEWEST:
        return assumed_m, False
    gap = outside[:, 2] - _extended(points, outside[:, :2])
    roof, ground = np.sort(reach[np.abs(gap) < ON_ROOF_M]), np.sort(reach[gap < -BELOW_M])
    if len(roof) + len(ground) < FEWEST:
        return assumed_m, False
    trials = np.arange(0.0, MOST_M + 0.01, 0.02)
    wrong = len(roof) - np.searchsorted(roof, trials) + np.searchsorted(ground, trials)
    best = trials[wrong == wrong.min()]
    nearest = best[np.argmin(np.abs(best - assumed_m))]
    return float(nearest), bool(np.ptp(best) <= PLAY_M)


def _extended(points: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Return the height [m] at (m, 2) places of the local plane of the nearest of the (n, 3) points."""
    origin = points.mean(axis=0)
    local = points - origin
    near = neighbours(local[:, :2], min(NEIGHBOURS, len(points) - 1))
    asked, which = np.unique(cKDTree(local[:, :2]).query(xy - origin[:2])[1], return_inverse=True)
    planes, _, _ = local_planes(local, asked, near[asked], (FIRST_REACH_M, min(GRAPH, near.shape[1])))
    plane = planes[which]
    return ((xy - origin[:2]) * plane[:, :2]).sum(axis=1) + plane[:, 2] + origin[2]


def grown(footprint: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Return the footprint grown on all sides by `reach_m`, its corners kept."""
    return shapely.buffer(footprint, reach_m, join_style="mitre", mitre_limit=MITRE) if reach_m > 0 else footprint


def apart(shapes: list[shapely.Geometry], footprints: np.ndarray) -> list[shapely.Geometry]:
    """Return the grown `shapes` without what lies on another's footprint or, in order, on an earlier shape."""
    out = list(shapes)
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    neighbours_of: dict[int, list[int]] = {}
    for i, j in zip(one[one != other], other[one != other], strict=True):
        neighbours_of.setdefault(int(i), []).append(int(j))
    for i, others in sorted(neighbours_of.items()):
        taken = [footprints[j] if j > i else out[j] for j in others]
        out[i] = polygons(shapely.difference(out[i], shapely.union_all(taken)))
    return out


def polygons(shape: shapely.Geometry) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the polygons of a geometry; an empty polygon where it has none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return shapely.Polygon()
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
