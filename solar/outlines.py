"""Planes of one building become polygons: lines cut the footprint into faces, and every face gets the plane its points lie on. So
planes never overlap, and together cover what was measured.

The faces are labelled by lowering (in nats)

    sum over points min(r^2 / 2 s^2, OUTLIER)  +  sum over borders length * (CREASE where the planes meet, else STEP)

an arrangement of lines with an area and a border term after Zebedin et al. (2008), doi:10.1007/978-3-540-88693-8_64.
"""  # noqa: D205

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from solar.rooflines import border_lines
from solar.segmentation import OUTLIER, Segments

CREASE, STEP = 0.3, 1.2
"""Nats per metre of border where planes meet, and where they do not."""
MEET_M = 0.35
"""Planes closer than this in height at a border meet there [m]."""
NO_PLANE = 3.0
"""Nats it costs to leave a point of a plane in a face without one."""
LONE = 1.0
"""Nats it costs to leave a point of no plane in a face without one: one or two outliers make no hole, three side by side do."""
OTHER_PLANE = 0.5
"""Nats it costs to put a point of a plane on another: of dormers in one plane each keeps its own."""
NODE_M = 1e-4
"""Grid the lines are noded on [m]."""
SLIVER_M2 = 1e-3
SWEEPS = 20


@dataclass(frozen=True)
class Outline:
    """A part of a plane: which plane, and its polygon in the local frame."""

    plane: int
    polygon: Polygon


def partition(footprint: Polygon | MultiPolygon, points: np.ndarray, segments: Segments) -> list[Outline]:
    """Return the parts of the footprint that lie on a plane.

    points: (n, 3) [m] in the footprint's frame, labelled by `segments`. A face
    where points without a plane are the most belongs to none.
    """
    if len(segments.planes) == 0:
        return []
    faces = _faces(footprint, border_lines(footprint, points, segments))
    labels = _face_labels(faces, points, segments)
    return [
        Outline(int(plane), part)
        for plane in np.unique(labels[labels < len(segments.planes)])
        for part in _polygons(shapely.coverage_union_all(faces[labels == plane]))
    ]


def _polygons(geometry: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and part.area > SLIVER_M2]


def _faces(footprint: Polygon | MultiPolygon, lines: np.ndarray) -> np.ndarray:
    """Return the polygons that the lines cut the footprint into."""
    if len(lines) == 0:
        return np.array(_polygons(footprint), dtype=object)
    net = shapely.union_all([footprint.boundary, *shapely.linestrings(lines)], grid_size=NODE_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.contains_xy(footprint, shapely.get_coordinates(shapely.point_on_surface(faces)))
    return faces[inside & (shapely.area(faces) > SLIVER_M2)]


def _face_labels(faces: np.ndarray, points: np.ndarray, segments: Segments) -> np.ndarray:
    """Return the plane of each face, or the number of planes for none."""
    at, face = shapely.STRtree(faces).query(shapely.points(points[:, :2]), predicate="intersects")
    at, first = np.unique(at, return_index=True)
    face = face[first]
    data = np.zeros((len(faces), len(segments.planes) + 1))
    np.add.at(data, face, _point_costs(points[at], segments.labels[at], segments))
    labels = np.argmin(data, axis=1)
    empty = np.bincount(face, minlength=len(faces)) == 0
    if empty.any():
        middle = shapely.get_coordinates(shapely.centroid(faces[empty]))
        gap = ((middle[:, None] - points[:, :2]) ** 2).sum(axis=2)
        labels[empty] = segments.labels[np.argmin(gap, axis=1)] % (len(segments.planes) + 1)
    if len(faces) == 1:
        return labels
    pairs, ends = _shared_edges(faces)
    return _lower(data, labels, _around(pairs, len(faces)), _border_costs(segments.planes, ends))


def _around(pairs: np.ndarray, faces: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each face where its edges begin (f + 1,), and of each of these the edge (2m,) and the face beyond it (2m,)."""
    mine, beyond = pairs.T.ravel(), pairs[:, ::-1].T.ravel()
    order = np.argsort(mine, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(mine, minlength=faces))])
    return start, order % len(pairs), beyond[order]


def _point_costs(points: np.ndarray, labels: np.ndarray, segments: Segments) -> np.ndarray:
    """Return what each point costs on each plane, and last on none (n, p + 1) [nats]."""
    planes = segments.planes
    gap = points[:, 2:3] - points[:, :2] @ planes[:, :2].T - planes[:, 2]
    r = gap / np.sqrt(1 + (planes[:, :2] ** 2).sum(axis=1)) / segments.noise_m
    none = np.where(labels == -1, LONE, NO_PLANE)
    other = np.where(labels[:, None] == np.arange(len(planes)), 0.0, OTHER_PLANE)
    return np.column_stack([np.minimum(0.5 * r * r, OUTLIER) + other, none])


def _shared_edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of faces (m, 2) that share an edge and the ends (m, 2, 2) of each edge."""
    rings, of_face = shapely.get_rings(faces, return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    ends = np.stack([coords[:-1][same], coords[1:][same]], axis=1)
    owner = of_face[ring[1:][same]]
    flip = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[flip] = ends[flip][:, ::-1]
    keys = np.round(ends.reshape(-1, 4), 5)
    order = np.lexsort(keys.T)
    twin = (keys[order][1:] == keys[order][:-1]).all(axis=1)
    first, second = order[:-1][twin], order[1:][twin]
    return np.stack([owner[first], owner[second]], axis=1), ends[first]


def _border_costs(planes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return what a border between two planes costs at each edge (m, p + 1, p + 1) [nats]."""
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    z = ends @ planes[:, :2].T + planes[:, 2]
    apart = np.abs(z[:, :, :, None] - z[:, :, None, :]).max(axis=1)
    count = len(planes)
    cost = np.full((len(ends), count + 1, count + 1), STEP)
    cost[:, :count, :count] = np.where(apart < MEET_M, CREASE, STEP)
    cost[:, np.arange(count + 1), np.arange(count + 1)] = 0.0
    return cost * length[:, None, None]


@numba.njit(cache=True, nogil=True)
def _lower(data: np.ndarray, labels: np.ndarray, around: tuple, border: np.ndarray) -> np.ndarray:
    """Change one face at a time to its cheapest label until none gains; return the labels."""
    start, edge, beyond = around
    labels, count = labels.copy(), data.shape[1]
    for _ in range(SWEEPS):
        changed = False
        for face in range(data.shape[0]):
            cost = data[face].copy()
            for m in range(start[face], start[face + 1]):
                for k in range(count):
                    cost[k] += border[edge[m], k, labels[beyond[m]]]
            best = np.argmin(cost)
            if cost[best] < cost[labels[face]] - 1e-9:
                labels[face] = best
                changed = True
        if not changed:
            break
    return labels
