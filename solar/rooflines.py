"""The lines that may bound a roof plane: where two planes meet (ridge, hip, valley), and where they do not (a step) lines along
the footprint's own directions that part the points of one from those of the other.

Step lines are found by stabbing: every edge of the triangulation whose ends lie on different planes must be cut by the border, so
the line that cuts most of them the same way is the border (or a side of it), and the free play it has is the error of its place.
"""  # noqa: D205

from __future__ import annotations

import numpy as np
import shapely
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
MARGIN_SPACINGS, MARGIN_M = 5.0, 5.0
"""Lines are drawn this much longer than the border seen, to meet other lines or the footprint's edge."""
FEW_LINES = 24
"""Up to this many lines are drawn right through the footprint: it costs little and leaves no gap."""

Frame = tuple[np.ndarray, float]


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
    frame = (main_directions(footprint), float(np.sqrt(footprint.area / len(points))))
    lines: list[np.ndarray] = []
    for pair in np.unique(key):
        mine = key == pair
        lines += _between(points, segments, (one[mine], other[mine]), frame)
    return _through(footprint, _distinct(lines))


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
    """Return the lines between two labels; cross = indices of the points of one and of the other that are neighbours."""
    i, j = segments.labels[cross[0][0]], segments.labels[cross[1][0]]
    start, stop = points[cross[0], :2], points[cross[1], :2]
    lines: list[np.ndarray] = []
    if i >= 0:
        crease = _crease(segments.planes[i] - segments.planes[j], start, stop, frame[1])
        if crease is not None:
            lines.append(crease[0])
            start, stop = start[~crease[1]], stop[~crease[1]]
    while len(start) >= MIN_CUT and len(lines) <= STEP_LINES:
        step = _step(start, stop, frame)
        if step is None:
            break
        lines.append(step[0])
        start, stop = start[~step[1]], stop[~step[1]]
    return lines


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


def _step(start: np.ndarray, stop: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the line along a main direction that parts most edges start-stop the same way, and which it parts; or None."""
    best: tuple[int, float, np.ndarray, float] | None = None
    for angle in frame[0]:
        for sign in (1.0, -1.0):
            normal = sign * np.array([-np.sin(angle), np.cos(angle)])
            count, play, at = _stab(start @ normal, stop @ normal)
            if best is None or (count, play) > best[:2]:
                best = (count, play, normal, at)
    if best is None or best[0] < MIN_CUT:
        return None
    _, _, normal, at = best
    cut = (start @ normal <= at) & (stop @ normal >= at)
    return _drawn(normal, at, ((start + stop) / 2)[cut], frame[1]), cut


def _stab(low: np.ndarray, high: np.ndarray) -> tuple[int, float, float]:
    """Return in how many intervals low..high the number that is in most of them lies, its free play, and the number."""
    valid = high > low
    if not valid.any():
        return 0, 0.0, 0.0
    ends = np.concatenate([low[valid], high[valid]])
    change = np.repeat([1, -1], valid.sum())
    order = np.lexsort((-change, ends))
    depth = np.cumsum(change[order])
    best = int(np.argmax(depth))
    left, right = ends[order[best]], ends[order[best + 1]]
    return int(depth[best]), float(right - left), float((left + right) / 2)


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
