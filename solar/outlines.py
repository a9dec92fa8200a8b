"""Planes of one building become polygons: lines along ridges, valleys and steps cut the footprint into faces, and every face gets
the plane its points lie on. So planes never overlap and together cover what was measured.

Lines come from two places: where two neighbouring planes meet (ridge, hip, valley), and, where they do not meet (a step), lines
along the directions of the footprint's own edges between the points of one and of the other. The faces are labelled by lowering

    sum over points min(r^2 / 2 s^2, OUTLIER)  +  sum over borders length * (CREASE where the planes meet, else STEP)

an arrangement of lines with an area and a border term after Zebedin et al. (2008), doi:10.1007/978-3-540-88693-8_64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from solar.segmentation import OUTLIER, Segments

CREASE, STEP = 0.3, 1.2
"""Nats per metre of border where planes meet, and where they do not."""
MEET_M = 0.35
"""Planes closer than this in height at a border meet there [m]."""
MIN_EDGE_M = 2.0
"""Footprint edges shorter than this give no direction [m]."""
SAME_DIRECTION_DEG = 8.0
SAME_LINE_M = 0.25
"""Parallel lines closer than this are one [m]."""
MAX_DIRECTIONS = 4
MARGIN_SPACINGS, MARGIN_M = 5.0, 5.0
"""Lines are drawn this much longer than the border seen, to meet other lines or the footprint's edge."""
STEP_LINES = 4
"""Most step lines between two planes: the sides of a box."""


@dataclass(frozen=True)
class Outline:
    """A part of a plane: which plane, and its polygon in the local frame."""

    plane: int
    polygon: Polygon


def partition(footprint: Polygon | MultiPolygon, points: np.ndarray, segments: Segments, graph: np.ndarray) -> list[Outline]:
    """Return the parts of the footprint that lie on a plane.

    points: (n, 3) [m] in the footprint's frame, labelled by `segments`; graph: (n, k) indices of neighbours. Points labelled
    -1 hold back every plane: a face where they are the most belongs to none.
    """
    if len(segments.planes) == 0:
        return []
    lines = _lines(footprint, points, segments, graph)
    faces = _faces(footprint, lines)
    labels = _label_faces(faces, points, segments, lines)
    outlines = []
    for plane in range(len(segments.planes)):
        mine = faces[labels == plane]
        if len(mine):
            outlines += [Outline(plane, part) for part in _parts(shapely.union_all(mine))]
    return outlines


def _parts(geometry: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and part.area > 0]


def edge_directions(footprint: Polygon | MultiPolygon) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of the footprint's edges [rad, counter-clockwise from x, 0..pi) and their lengths [m], longest first."""
    rings = shapely.get_rings(shapely.get_parts(footprint))
    steps = np.concatenate([np.diff(shapely.get_coordinates(ring), axis=0) for ring in rings])
    length = np.hypot(steps[:, 0], steps[:, 1])
    steps, length = steps[length > MIN_EDGE_M], length[length > MIN_EDGE_M]
    order = np.lexsort((steps[:, 1], steps[:, 0], -np.round(length, 6)))
    return np.arctan2(steps[order, 1], steps[order, 0]) % np.pi, length[order]


def main_directions(footprint: Polygon | MultiPolygon) -> np.ndarray:
    """Return up to MAX_DIRECTIONS directions [rad] that edges follow, each with its perpendicular."""
    angles, lengths = edge_directions(footprint)
    found: list[float] = []
    total: list[float] = []
    for angle, length in zip(angles % (np.pi / 2), lengths, strict=True):
        gaps = [abs((angle - other + np.pi / 4) % (np.pi / 2) - np.pi / 4) for other in found]
        if gaps and min(gaps) < np.radians(SAME_DIRECTION_DEG):
            total[int(np.argmin(gaps))] += length
        else:
            found.append(float(angle))
            total.append(float(length))
    best = np.argsort(-np.array(total), kind="stable")[: MAX_DIRECTIONS // 2]
    base = np.array(found)[best] if len(found) else np.zeros(1)
    return np.concatenate([base, base + np.pi / 2])


def _lines(footprint, points, segments, graph) -> list[np.ndarray]:
    """Return segments (2, 2) [m] that may bound a plane."""
    labels = segments.labels
    one, other = np.repeat(np.arange(len(points)), graph.shape[1]), graph.ravel()
    cross = (labels[one] >= 0) & (labels[other] > labels[one])
    cross |= (labels[one] == -1) & (labels[other] >= 0)
    cross &= labels[one] != labels[other]
    one, other = one[cross], other[cross]
    key = labels[one] * (len(segments.planes) + 1) + labels[other]
    directions = main_directions(footprint)
    spacing = np.sqrt(footprint.area / len(points))
    lines: list[np.ndarray] = []
    for pair in np.unique(key):
        mine = key == pair
        if mine.sum() >= 2:
            lines += _pair_lines(points, segments, (one[mine], other[mine]), (directions, spacing))
    return _distinct(lines)


def _pair_lines(points, segments, cross, frame) -> list[np.ndarray]:
    one, other = cross
    directions, spacing = frame
    i, j = segments.labels[one[0]], segments.labels[other[0]]
    middles = (points[one, :2] + points[other, :2]) / 2
    lines: list[np.ndarray] = []
    if i >= 0:
        line = _crease(segments.planes[i], segments.planes[j], middles, spacing)
        if line is not None:
            lines.append(line[0])
            rest = ~line[1]
            middles, one, other = middles[rest], one[rest], other[rest]
    for _ in range(STEP_LINES):
        if len(middles) < 3:
            break
        step = _step(points, (one, other), middles, frame)
        if step is None:
            break
        lines.append(step[0])
        rest = ~step[1]
        middles, one, other = middles[rest], one[rest], other[rest]
    return lines


def _crease(plane, other, middles, spacing):
    """Return where two planes meet, as long as the border between their points, and which middles it explains; or None."""
    a, b, c = plane - other
    size = np.hypot(a, b)
    if size < 0.03:  # 2 degrees: where they meet is not known
        return None
    offset = (middles[:, 0] * a + middles[:, 1] * b + c) / size
    near = np.abs(offset) < 0.8 * spacing + 0.1
    if near.sum() < 2:
        return None
    normal = np.array([a, b]) / size
    return _segment(normal, -c / size, middles[near], spacing), near


def _segment(normal, distance, middles, spacing) -> np.ndarray:
    along = np.array([-normal[1], normal[0]])
    t = middles @ along
    margin = max(MARGIN_SPACINGS * spacing, MARGIN_M)
    ends = np.array([t.min() - margin, t.max() + margin])
    return normal * distance + ends[:, None] * along


def _step(points, cross, middles, frame):
    """Return the line along a main direction that most border middles lie on, set between the two sets of points; or None."""
    directions, spacing = frame
    best = (2, None, None)
    for angle in directions:
        normal = np.array([-np.sin(angle), np.cos(angle)])
        d = middles @ normal
        order = np.sort(d)
        inside = np.searchsorted(order, order + 0.9 * spacing, side="right") - np.arange(len(order))
        k = int(np.argmax(inside))
        if inside[k] > best[0]:
            on = (d >= order[k]) & (d <= order[k] + 0.9 * spacing)
            best = (inside[k], normal, on)
    if best[1] is None:
        return None
    _, normal, on = best
    distance = _gap(points[cross[0][on], :2] @ normal, points[cross[1][on], :2] @ normal)
    return _segment(normal, distance, middles[on], spacing), on


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the offset that best parts two sets of numbers, in the middle of the gap."""
    if np.median(one) > np.median(other):
        one, other = other, one
    values = np.unique(np.concatenate([one, other]))
    if len(values) < 2:
        return float(values[0])
    cuts = (values[1:] + values[:-1]) / 2
    wrong = np.array([(one > cut).sum() + (other < cut).sum() for cut in cuts])
    best = cuts[wrong == wrong.min()]
    return float(np.mean(best))


def _distinct(lines: list[np.ndarray]) -> list[np.ndarray]:
    """Drop lines that repeat an earlier one."""
    kept: list[np.ndarray] = []
    for line in lines:
        along = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
        for other in kept:
            d = (other - line[0]) @ np.array([-along[1], along[0]])
            if np.abs(d).max() < SAME_LINE_M:
                t = np.sort((other - line[0]) @ along)
                if t[0] <= 0.5 and t[1] >= np.hypot(*(line[1] - line[0])) - 0.5:
                    break
        else:
            kept.append(line)
    return kept


def _faces(footprint, lines: list[np.ndarray]) -> np.ndarray:
    """Return the polygons that the lines cut the footprint into."""
    if not lines:
        return np.array(_parts(footprint), dtype=object)
    net = shapely.union_all([footprint.boundary, *shapely.linestrings(np.array(lines))], grid_size=1e-4)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.contains_xy(footprint, *shapely.get_coordinates(shapely.point_on_surface(faces)).T)
    return faces[inside & (shapely.area(faces) > 1e-3)]


def _label_faces(faces, points, segments, lines) -> np.ndarray:
    """Return the plane of each face, or the number of planes for none."""
    planes, noise = segments.planes, segments.noise_m
    count = len(planes)
    tree = shapely.STRtree(faces)
    at, face = tree.query(shapely.points(points[:, :2]), predicate="intersects")
    at, first = np.unique(at, return_index=True)
    face = face[first]
    z = points[at, :2] @ planes[:, :2].T + planes[:, 2]
    r = (points[at, 2:3] - z) / np.sqrt(1 + (planes[:, :2] ** 2).sum(axis=1)) / noise
    cost = np.concatenate([np.minimum(0.5 * r * r, OUTLIER), np.full((len(at), 1), 0.6 * OUTLIER)], axis=1)
    cost[segments.labels[at] == -1, count] = 0.0
    data = np.zeros((len(faces), count + 1))
    np.add.at(data, face, cost)
    labels = np.argmin(data, axis=1)
    empty = np.bincount(face, minlength=len(faces)) == 0
    known = segments.labels >= 0
    if empty.any() and known.any():
        middle = shapely.get_coordinates(shapely.centroid(faces[empty]))
        gap = ((middle[:, None] - points[known, :2]) ** 2).sum(axis=2)
        labels[empty] = segments.labels[known][np.argmin(gap, axis=1)]
    if len(faces) == 1:
        return labels
    pairs, ends = _shared(faces, tree)
    return _lower(data, labels, (pairs, *_border_costs(planes, ends)))


def _shared(faces, tree) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of faces (m, 2) that share an edge and the ends (m, 2, 2) of each edge."""
    coords, ring = shapely.get_coordinates(shapely.get_rings(faces), return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.stack([coords[:-1][same], coords[1:][same]], axis=1)
    _, owner = shapely.get_rings(faces, return_index=True)
    owner = owner[ring[1:][same]]
    flip = (edges[:, 0, 0] > edges[:, 1, 0]) | ((edges[:, 0, 0] == edges[:, 1, 0]) & (edges[:, 0, 1] > edges[:, 1, 1]))
    edges[flip] = edges[flip][:, ::-1]
    keys = np.round(edges.reshape(len(edges), 4), 5)
    order = np.lexsort(keys.T)
    twin = (keys[order][1:] == keys[order][:-1]).all(axis=1)
    first, second = order[:-1][twin], order[1:][twin]
    return np.stack([owner[first], owner[second]], axis=1), edges[first]


def _border_costs(planes, ends) -> tuple[np.ndarray, np.ndarray]:
    """Return edge lengths (m) and the cost per metre (m, p + 1, p + 1) of a border between two planes there."""
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    z = ends @ planes[:, :2].T + planes[:, 2]
    apart = np.abs(z[:, :, :, None] - z[:, :, None, :]).max(axis=1)
    count = len(planes)
    rate = np.full((len(ends), count + 1, count + 1), STEP)
    rate[:, :count, :count] = np.where(apart < MEET_M, CREASE, STEP)
    return length, rate


@numba.njit(cache=True, nogil=True)
def _lower(data, labels, borders):
    """Change one face at a time to its cheapest label until none gains; return the labels."""
    pairs, length, rate = borders
    labels = labels.copy()
    count = data.shape[1]
    for _ in range(20):
        changed = False
        for face in range(data.shape[0]):
            cost = data[face].copy()
            for m in range(pairs.shape[0]):
                if pairs[m, 0] == face or pairs[m, 1] == face:
                    other = labels[pairs[m, 1] if pairs[m, 0] == face else pairs[m, 0]]
                    for label in range(count):
                        if label != other:
                            cost[label] += length[m] * rate[m, label, other]
            best = np.argmin(cost)
            if cost[best] < cost[labels[face]] - 1e-9:
                labels[face] = best
                changed = True
        if not changed:
            break
    return labels
