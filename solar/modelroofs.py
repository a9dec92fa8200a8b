"""Roofs of a 3D city model: its surfaces seen from above become planes, pieces of one plane become one.

The truth is the surfaces' geometry; attributes are not looked at. A building that names its roofs is believed; in one that does not,
every surface that is no wall counts, and what lies under another (the ground surface, storeys, a balcony under an eave) is not seen
from above and falls away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import MultiPolygon, Polygon

from solar import planefit
from solar.building import PRECISION_M, RoofPlane
from solar.planekernels import STEEPEST
from solar.roofedge import polygons

if TYPE_CHECKING:
    from data.readers.citymodel import CityModel

SAME_COSINE = float(np.cos(np.radians(1.0)))
"""Neighbouring surfaces within 1 degree ..."""
SAME_M = 0.05
"""... and this near each other's plane [m] are one: triangulated and cut surfaces."""
TOUCH_M = 0.01
TIE_M = 1e-3
"""Of surfaces this near in height the first is seen [m]."""
SLIVER_M2 = 0.05
FAR_M = 1e5
FLAT_GAP = 1e-7
"""Slopes differing less than this never cross within a building."""
OUT_OF_PLANE_M = 0.1
"""Surfaces bent more than this [m rms] are not planes: confidence falls."""


def model_roofs(model: CityModel, *, min_plane_m2: float) -> Iterator[tuple[str, list[RoofPlane], float]]:
    """Hand out each building's id, its planes (largest first) and the height of the ground under it [m]."""
    order = np.argsort(model.of, kind="stable")
    bounds = np.searchsorted(model.of[order], np.arange(len(model.buildings) + 1))
    for n, building_id in enumerate(model.buildings):
        mine = order[bounds[n] : bounds[n + 1]]
        rings = [model.rings[i] for i in mine]
        kinds = model.kinds[mine]
        planes = _planes([rings[i] for i in _candidates(kinds)])
        kept = [plane for plane in planes if plane.area_m2 >= min_plane_m2]
        kept.sort(key=lambda p: (-round(p.area_m2, 6), p.polygon.centroid.x, p.polygon.centroid.y))
        yield building_id, kept, _ground(rings, kinds)


def _candidates(kinds: np.ndarray) -> np.ndarray:
    named = kinds == "roof"
    return np.flatnonzero(named if named.any() else kinds == "unknown")


def _ground(rings: list, kinds: np.ndarray) -> float:
    named = [rings[i][0][:, 2].mean() for i in np.flatnonzero(kinds == "ground")]
    return float(min(named) if named else min(ring[:, 2].min() for surface in rings for ring in surface))


def _planes(surfaces: list) -> list[RoofPlane]:
    if not surfaces:
        return []
    origin = np.floor(surfaces[0][0][0, :2])
    shapes, planes, ends = [], [], []
    for surface in surfaces:
        local = [ring - [*origin, 0.0] for ring in surface]
        plane = fitted(np.concatenate(local))
        shape = outline(local)
        if plane is not None and shape.area > SLIVER_M2:
            shapes.append(shape)
            planes.append(plane)
            ends.append(np.concatenate(local))
    if not shapes:
        return []
    seen = _seen(shapes, np.array(planes))
    return [
        plane
        for group in _groups(seen, np.array(planes), ends)
        for plane in _joined([seen[i] for i in group], np.concatenate([ends[i] for i in group]), origin)
    ]


def fitted(points: np.ndarray) -> np.ndarray | None:
    """Return the least-squares plane (a, b, c) of (n, 3) corners; None for a wall or for corners in line."""
    middle = points.mean(axis=0)
    centred = points - middle
    normal = np.linalg.svd(centred, full_matrices=False)[2][-1]
    if np.hypot(normal[0], normal[1]) > STEEPEST * abs(normal[2]):
        return None
    a, b = -normal[:2] / normal[2]
    return np.array([a, b, middle[2] - a * middle[0] - b * middle[1]])


def outline(rings: list[np.ndarray]) -> shapely.Geometry:
    """Return the polygon of rings (outer, holes), mended, seen from above; empty for a wall."""
    if len(rings[0]) < 3:
        return Polygon()
    holes = [ring[:, :2] for ring in rings[1:] if len(ring) >= 3]
    return polygons(shapely.make_valid(Polygon(rings[0][:, :2], holes)))


def _seen(shapes: list, planes: np.ndarray) -> list:
    """Return what of each shape no higher one hides."""
    tree = shapely.STRtree(shapes)
    out = list(shapes)
    for i, shape in enumerate(shapes):
        for j in np.sort(tree.query(shape, predicate="intersects")):
            if i != j and not out[i].is_empty and shapes[j].intersection(out[i]).area > SLIVER_M2 / 10:
                over = _over(shapes[j], planes[j] - planes[i], first=j < i)
                out[i] = polygons(shapely.difference(out[i], over)) if not over.is_empty else out[i]
    return out


def _over(shape: shapely.Geometry, gap: np.ndarray, *, first: bool) -> shapely.Geometry:
    """Return where a shape lies higher, gap = (a, b, c) its plane less the other's; all of it on a tie when it comes first."""
    x, y = shape.centroid.coords[0]
    above, slope = float(gap @ [x, y, 1.0]), float(np.hypot(*gap[:2]))
    if slope < FLAT_GAP:
        return shape if above > TIE_M or (first and above >= -TIE_M) else Polygon()
    up = gap[:2] / slope
    foot = np.array([x, y]) - up * (above / slope)
    along = np.array([-up[1], up[0]]) * FAR_M
    return shape.intersection(Polygon([foot - along, foot + along, foot + along + up * FAR_M, foot - along + up * FAR_M]))


def _groups(shapes: list, planes: np.ndarray, ends: list[np.ndarray]) -> list[np.ndarray]:
    """Return groups of indices that are one plane: touching, turned alike, level."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH_M)
    pairs = [(i, j) for i, j in zip(one, other, strict=True) if i < j and _same(planes[[i, j]], (ends[i], ends[j]))]
    links = np.array(pairs, int).reshape(-1, 2)
    graph = coo_array((np.ones(len(links)), links.T), shape=(len(shapes), len(shapes)))
    label = connected_components(graph, directed=False)[1]
    return [np.flatnonzero(label == n) for n in range(label.max() + 1)]


def _same(pair: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> bool:
    one, other = planefit.normal(pair)
    if one @ other < SAME_COSINE:
        return False
    small, plane = (ends[0], pair[1]) if np.ptp(ends[0][:, 0]) < np.ptp(ends[1][:, 0]) else (ends[1], pair[0])
    return bool(np.abs(planefit.residuals(plane, small)).max() < SAME_M)


def _joined(shapes: list, points: np.ndarray, origin: np.ndarray) -> list[RoofPlane]:
    """Return the plane of several pieces, once for each of its separate parts."""
    plane = fitted(points)
    if plane is None:
        return []
    rmse = float(np.sqrt(np.mean(planefit.residuals(plane, points) ** 2)))
    whole = shapely.union_all([shapely.set_precision(shape, PRECISION_M) for shape in shapes])
    parts = [part for part in shapely.get_parts(polygons(whole)) if part.area > SLIVER_M2]
    return [_roof_plane(part, plane, origin, rmse) for part in parts]


def _roof_plane(part: Polygon | MultiPolygon, plane: np.ndarray, origin: np.ndarray, rmse: float) -> RoofPlane:
    return RoofPlane(
        polygon=polygons(shapely.transform(part, lambda xy: xy + origin)),
        plane=plane,
        origin=origin,
        fit_rmse_m=rmse,
        points_per_m2=np.nan,
        coverage=np.nan,
        confidence=float(np.exp(-((rmse / OUT_OF_PLANE_M) ** 2))),
    )
