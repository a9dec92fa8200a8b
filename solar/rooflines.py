"""The lines that may bound a roof plane: where two planes meet (ridge, hip, valley), and where they do not (a step) lines along
the footprint's own directions that part the points of one from those of the other.

Step lines are found by stabbing: every edge of the triangulation whose ends lie on different planes must be cut by the border, so
the line that cuts most of them the same way is the border (or a side of it), and the free play it has is the error of its place.
"""  # noqa: D205

from __future__ import annotations

import numba
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import MultiPolygon, Polygon

from solar.segmentation import Segments

MIN_EDGE_M = 2.0
"""Footprint edges shorter than this give no direction [m]."""
SAME_DIRECTION_DEG = 8.0
"""Footprint edges closer than this in direction count as one."""
MAX_DIRECTIONS = 2
"""Directions of the footprint that step lines may take, each with its perpendicular."""
SAME_LINE_M = 0.25
"""Lines closer than this all along are one [m]."""
MEETING_SLOPE = 0.03
"""Planes whose slopes differ less than this (2 degrees) do not tell where they meet."""
NEAR_SPACINGS, NEAR_M = 0.8, 0.1
"""A border runs along a meeting line when its edges' middles lie this near (point spacings, plus metres)."""
STEP_LINES, MIN_CUT = 4, 2
"""Most step lines between two planes (the sides of a box), and how many edges each must cut."""
BOX_POINTS = 3
"""Fewest points of no plane side by side that are something on the roof and not noise."""
MARGIN_SPACINGS, MARGIN_M = 5.0, 5.0
"""Lines are drawn this much longer than the border seen, to meet other lines or the footprint's edge."""
FEW_LINES = 24
"""Up to this many lines are drawn right through the footprint: it costs little and leaves no gap."""

Frame = tuple[np.ndarray, float, np.ndarray]


def border_lines(footprint: Polygon | MultiPolygon, points: np.ndarray, segments: Segments) -> np.ndarray:
    """Return (k, 2, 2) line segments [m] that may bound a plane.

    points: (n, 3) [m] in the footprint's frame.
    """
    labels = segments.labels
    one, other = segments.pairs.T
    swap = labels[one] > labels[other]
    one, other = np.where(swap, other, one), np.where(swap, one, other)
    cross = labels[one] != labels[other]
    one, other = one[cross], other[cross]
    key = labels[one] * (len(segments.planes) + 1) + labels[other]
    spacing, part = float(np.sqrt(footprint.area / len(points))), _parts(segments)
    frame = (main_directions(footprint), spacing, part)
    lines: list[np.ndarray] = []
    for pair in np.unique(key):
        mine = key == pair
        lines += _between(points, segments, (one[mine], other[mine]), frame)
    boxes = _boxes(points[:, :2], segments, part, frame[:2])
    return np.concatenate([_through(footprint, _distinct(lines)), *boxes])


def edge_directions(footprint: Polygon | MultiPolygon) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of the footprint's edges [rad, counter-clockwise from x, 0..pi) and their lengths [m], longest first."""
    rings = shapely.get_rings(shapely.get_parts(footprint))
    steps = np.concatenate([np.diff(shapely.get_coordinates(ring), axis=0) for ring in rings])
    length = np.hypot(steps[:, 0], steps[:, 1])
    steps, length = steps[length > MIN_EDGE_M], length[length > MIN_EDGE_M]
    order = np.argsort(-np.round(length, 6), kind="stable")
    return np.arctan2(steps[order, 1], steps[order, 0]) % np.pi, length[order]


def main_directions(footprint: Polygon | MultiPolygon) -> np.ndarray:
    """Return the directions [rad] that most of the footprint's edges follow, each with its perpendicular."""
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
    best = np.argsort(-np.array(total), kind="stable")[:MAX_DIRECTIONS]
    base = np.array(found)[best] if found else np.zeros(1)
    return np.concatenate([base, base + np.pi / 2])


def _between(points: np.ndarray, segments: Segments, cross: tuple, frame: Frame) -> list[np.ndarray]:
    """Return the lines between two labels; cross = indices of the points of one and of the other that are neighbours.

    Dormers that lie in one plane have each its own step lines, so no line runs along several of them and nothing between them is
    theirs.
    """
    directions, spacing, part = frame
    i, j = segments.labels[cross[0][0]], segments.labels[cross[1][0]]
    start, stop = points[cross[0], :2], points[cross[1], :2]
    if i < 0:
        return _steps(start, stop, (directions, spacing))
    lines: list[np.ndarray] = []
    left = np.ones(len(start), bool)
    crease = _crease(segments.planes[i] - segments.planes[j], start, stop, spacing)
    if crease is not None:
        lines.append(crease[0])
        left = ~crease[1]
    sides = part[cross[0]] * len(part) + part[cross[1]]
    for side in np.unique(sides[left]):
        mine = left & (sides == side)
        lines += _steps(start[mine], stop[mine], (directions, spacing))
    return lines


def _steps(start: np.ndarray, stop: np.ndarray, frame: tuple) -> list[np.ndarray]:
    """Return the lines that part the edges start-stop of a border, frame = (directions, spacing)."""
    lines: list[np.ndarray] = []
    while len(start) >= MIN_CUT and len(lines) <= STEP_LINES:
        step = _step(start, stop, frame)
        if step is None:
            break
        lines.append(step[0])
        start, stop = start[~step[1]], stop[~step[1]]
    return lines


def _parts(segments: Segments) -> np.ndarray:
    """Return a number (n,) that a point shares with those of its label that it hangs together with."""
    labels, pairs = segments.labels, segments.pairs
    one, other = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]].T
    n = len(labels)
    return connected_components(coo_array((np.ones(len(one), bool), (one, other)), shape=(n, n)), directed=False)[1]


def _boxes(xy: np.ndarray, segments: Segments, part: np.ndarray, frame: tuple) -> list[np.ndarray]:
    """Return the sides (4, 2, 2) of a box around each group of points of no plane, frame = (directions, spacing)."""
    groups = np.flatnonzero(np.bincount(part[segments.labels == -1], minlength=1) >= BOX_POINTS)
    directions, spacing = frame
    return [_box(xy[part == group], directions, spacing) for group in groups]


def _box(inside: np.ndarray, directions: np.ndarray, spacing: float) -> np.ndarray:
    """Return the sides (4, 2, 2) of the least box around points, half a spacing beyond the last of them."""
    best: tuple[float, np.ndarray] | None = None
    for angle in directions[: len(directions) // 2]:
        axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        at = inside @ axes.T
        low, high = at.min(axis=0) - spacing / 2, at.max(axis=0) + spacing / 2
        if best is None or np.prod(high - low) < best[0]:
            corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]]) @ axes
            best = float(np.prod(high - low)), np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    return best[1]


def _crease(gap: np.ndarray, start: np.ndarray, stop: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the line where two planes meet along the border, and which edges start-stop it explains; None where they do not.

    gap: difference of the planes' coefficients (3,).
    """
    size = float(np.hypot(gap[0], gap[1]))
    if size < MEETING_SLOPE:
        return None
    normal, at = gap[:2] / size, -gap[2] / size
    middles = (start + stop) / 2
    near = np.abs(middles @ normal - at) < NEAR_SPACINGS * spacing + NEAR_M
    if near.sum() < MIN_CUT:
        return None
    parted = (start @ normal < at) != (stop @ normal < at)
    return _drawn(normal, at, middles[near], spacing), near | parted


def _step(start: np.ndarray, stop: np.ndarray, frame: tuple) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the line along a main direction that parts most edges start-stop the same way, and which it parts; or None."""
    angles, spacing = frame
    normals = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    normals = np.stack([normals, -normals], axis=1).reshape(-1, 2)
    low, high = np.ascontiguousarray(normals @ start.T), np.ascontiguousarray(normals @ stop.T)
    which, count, at = _stab(low, high)
    if count < MIN_CUT:
        return None
    cut = (low[which] <= at) & (high[which] >= at)
    return _drawn(normals[which], at, ((start + stop) / 2)[cut], spacing), cut


@numba.njit(cache=True, nogil=True)
def _stab(low: np.ndarray, high: np.ndarray) -> tuple[int, int, float]:
    """Return which row of intervals low..high (k, n) has a number that lies in most of them, in how many, and the number.

    Of equals the one with most free play, and the middle of its play. An interval with high <= low is none.
    """
    best, count, play, number = 0, 0, 0.0, 0.0
    for k in range(low.shape[0]):
        valid = high[k] > low[k]
        begins, ends = np.sort(low[k][valid]), np.sort(high[k][valid])
        j = 0
        for i in range(len(begins)):
            while ends[j] < begins[i]:
                j += 1
            depth = i + 1 - j
            if depth >= count:
                right = ends[j]
                if i + 1 < len(begins):
                    right = min(right, begins[i + 1])
                if depth > count or right - begins[i] > play:
                    best, count, play, number = k, depth, right - begins[i], 0.5 * (begins[i] + right)
    return best, count, number


def _drawn(normal: np.ndarray, at: float, middles: np.ndarray, spacing: float) -> np.ndarray:
    along = np.array([-normal[1], normal[0]])
    t = middles @ along
    margin = max(MARGIN_SPACINGS * spacing, MARGIN_M)
    return normal * at + np.array([t.min() - margin, t.max() + margin])[:, None] * along


def _distinct(lines: list[np.ndarray]) -> list[np.ndarray]:
    """Leave out lines that repeat an earlier one."""
    kept: list[np.ndarray] = []
    ends = np.zeros((len(lines), 2, 2))
    for line in lines:
        if not _repeats(line, ends[: len(kept)]):
            ends[len(kept)] = line
            kept.append(line)
    return kept


def _repeats(line: np.ndarray, others: np.ndarray) -> bool:
    """Return whether a line lies within one of the (n, 2, 2) others."""
    length = np.hypot(*(line[1] - line[0]))
    along = (line[1] - line[0]) / length
    offset = (others - line[0]) @ np.array([-along[1], along[0]])
    t = np.sort((others - line[0]) @ along, axis=1)
    return bool(((np.abs(offset).max(axis=1) < SAME_LINE_M) & (t[:, 0] <= 0.5) & (t[:, 1] >= length - 0.5)).any())


def _through(footprint: Polygon | MultiPolygon, lines: list[np.ndarray]) -> np.ndarray:
    drawn = np.array(lines).reshape(-1, 2, 2)
    if len(drawn) > FEW_LINES:
        return drawn
    x0, y0, x1, y1 = footprint.bounds
    step = drawn[:, 1] - drawn[:, 0]
    reach = step / np.hypot(step[:, :1], step[:, 1:]) * np.hypot(x1 - x0, y1 - y0)
    return np.stack([drawn[:, 0] - reach, drawn[:, 1] + reach], axis=1)
