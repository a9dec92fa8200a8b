"""Measured points of one roof become planes: local fits, region growing, and a search for the labelling that explains the points
with the fewest planes.

All kernels work in a local frame (metres, origin near the building) and are free of chance: the same points give the same
planes, in whatever order they come. The energy that is lowered (in nats) is

    sum over points   min(r^2 / 2 s^2, OUTLIER)          r perpendicular distance to the point's plane, s noise
  + NEIGHBOUR * pairs of neighbouring points with different labels
  + PLANE * number of planes

after Isack & Boykov (2012), Energy-based geometric multi-model fitting, doi:10.1007/s11263-011-0474-7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import cKDTree

NEIGHBOURS = 16
"""Points in a local fit: two rings around a point at even spacing."""
GRAPH = 6
"""Neighbours in the graph that labels and regions spread along: one ring."""
SEED_PAIRS = 8
"""Nearest points of which pairs, with the point itself, make trial planes."""
OUTLIER = 5.0
"""Nats a point costs that fits no plane (3.2 standard deviations)."""
NEIGHBOUR = 0.35
"""Nats for each pair of neighbouring points with different labels."""
PLANE = 12.0
"""Nats a plane costs: about six points must be explained by it that fit no other."""
STEEPEST = 4.0
"""Largest slope of a roof plane (76 degrees); steeper is a wall."""
NOISE_M = (0.03, 0.15)
"""Least and greatest noise assumed [m]: tiles are uneven at the first, trees and clutter begin at the second."""
GROWTHS, ROUNDS = 3, 8
MOMENTS = 10


@dataclass(frozen=True)
class Segments:
    """Planes z = a x + b y + c of one building.

    planes: (p, 3) coefficients; labels: (n,) plane of each point, -1 for none; noise_m: perpendicular noise of the points.
    """

    planes: np.ndarray
    labels: np.ndarray
    noise_m: float


def segment(points: np.ndarray, *, min_points: int = 4) -> Segments:
    """Return the planes of the (n, 3) local `points` [m]; none when fewer than `min_points` points."""
    n = len(points)
    if n < max(min_points, 4):
        return Segments(np.zeros((0, 3)), np.full(n, -1), NOISE_M[0])
    near = neighbours(points[:, :2], min(NEIGHBOURS, n - 1))
    local, score, rmse = _local_planes(points, near, NOISE_M[0] * 2.5)
    noise = _noise(rmse, score)
    local, score, rmse = _local_planes(points, near, noise)
    graph = near[:, : min(GRAPH, near.shape[1])]
    order = np.lexsort((np.arange(n), -score))
    labels, planes = _fit(points, graph, local, (order, min_points), noise)
    return Segments(planes, labels, noise)


def neighbours(xy: np.ndarray, k: int) -> np.ndarray:
    """Return the (n, k) indices of each point's nearest points, itself left out."""
    _, index = cKDTree(xy).query(xy, k + 1)
    own = index == np.arange(len(xy))[:, None]
    own[~own.any(axis=1), -1] = True  # twins at one place may push the point itself out
    return np.ascontiguousarray(index[~own].reshape(len(xy), k)).astype(np.int64)


def _noise(rmse: np.ndarray, score: np.ndarray) -> float:
    good = rmse[score >= np.median(score)]
    return float(np.clip(np.median(good), *NOISE_M)) if len(good) else NOISE_M[0]


@numba.njit(cache=True, nogil=True)
def _distance(plane, x, y, z):
    return abs(z - plane[0] * x - plane[1] * y - plane[2]) / np.sqrt(1.0 + plane[0] ** 2 + plane[1] ** 2)


@numba.njit(cache=True, nogil=True)
def _through(p, q, r, plane):
    """Put the plane through three points into `plane`; False when they are nearly in line or it is too steep."""
    ux, uy, uz = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    vx, vy, vz = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    det = ux * vy - uy * vx
    if abs(det) < 0.3 * np.sqrt((ux * ux + uy * uy) * (vx * vx + vy * vy)) or det == 0.0:
        return False
    a = (uz * vy - vz * uy) / det
    b = (ux * vz - vx * uz) / det
    plane[0], plane[1], plane[2] = a, b, p[2] - a * p[0] - b * p[1]
    return a * a + b * b < STEEPEST * STEEPEST


@numba.njit(cache=True, nogil=True)
def _add(moments, point, sign):
    x, y, z = point[0], point[1], point[2]
    moments[0] += sign
    moments[1] += sign * x
    moments[2] += sign * y
    moments[3] += sign * z
    moments[4] += sign * x * x
    moments[5] += sign * x * y
    moments[6] += sign * x * z
    moments[7] += sign * y * y
    moments[8] += sign * y * z
    moments[9] += sign * z * z


@numba.njit(cache=True, nogil=True)
def _solve(moments, plane):
    """Put the total-least-squares plane of `moments` into `plane`; return the sum of squared distances, or -1 for none."""
    n = moments[0]
    if n < 3:
        return -1.0
    mx, my, mz = moments[1] / n, moments[2] / n, moments[3] / n
    c = np.empty((3, 3))
    c[0, 0] = moments[4] - n * mx * mx
    c[1, 1] = moments[7] - n * my * my
    c[2, 2] = moments[9] - n * mz * mz
    c[0, 1] = c[1, 0] = moments[5] - n * mx * my
    c[0, 2] = c[2, 0] = moments[6] - n * mx * mz
    c[1, 2] = c[2, 1] = moments[8] - n * my * mz
    if c[0, 0] * c[1, 1] - c[0, 1] ** 2 < 1e-9 * (c[0, 0] + c[1, 1]) ** 2:
        return -1.0  # in line seen from above
    values, vectors = np.linalg.eigh(c)
    nx, ny, nz = vectors[0, 0], vectors[1, 0], vectors[2, 0]
    if nx * nx + ny * ny > (STEEPEST * nz) ** 2:
        return -1.0
    plane[0], plane[1] = -nx / nz, -ny / nz
    plane[2] = mz - plane[0] * mx - plane[1] * my
    return max(values[0], 0.0)


@numba.njit(cache=True, nogil=True)
def _score(points, members, plane, reach):
    total = 0.0
    for q in members:
        d = _distance(plane, points[q, 0], points[q, 1], points[q, 2])
        if d < reach:
            total += 1.0 - (d / reach) ** 2
    return total


@numba.njit(cache=True, nogil=True)
def _local_planes(points, near, noise):
    """Return each point's best local plane (n, 3), how many neighbours support it, and their rmse [m]."""
    n = points.shape[0]
    planes, score, rmse = np.zeros((n, 3)), np.zeros(n), np.full(n, np.inf)
    trial, moments = np.zeros(3), np.zeros(MOMENTS)
    reach = 3.0 * noise
    first = min(SEED_PAIRS, near.shape[1])
    for p in range(n):
        for i in range(first):
            for j in range(i + 1, first):
                if _through(points[p], points[near[p, i]], points[near[p, j]], trial):
                    value = _score(points, near[p], trial, reach)
                    if value > score[p]:
                        score[p] = value
                        planes[p] = trial
        moments[:] = 0.0
        _add(moments, points[p], 1.0)
        for q in near[p]:
            if _distance(planes[p], points[q, 0], points[q, 1], points[q, 2]) < reach:
                _add(moments, points[q], 1.0)
        squares = _solve(moments, trial)
        if squares >= 0.0 and moments[0] > 4:
            planes[p] = trial
            rmse[p] = np.sqrt(squares / (moments[0] - 3))
    return planes, score, rmse


@numba.njit(cache=True, nogil=True)
def _agrees(one, other):
    dot = 1.0 + one[0] * other[0] + one[1] * other[1]
    size = np.sqrt((1 + one[0] ** 2 + one[1] ** 2) * (1 + other[0] ** 2 + other[1] ** 2))
    return dot > 0.94 * size  # 20 degrees


@numba.njit(cache=True, nogil=True)
def _region(points, graph, local, seed_plane, state):
    """Grow from state = (seed, label, labels, queue, noise); return the moments of the region, its points labelled."""
    seed, label, labels, queue, noise = state
    plane, moments = seed_plane.copy(), np.zeros(MOMENTS)
    queue[0], head, tail, refit_at = seed, 0, 1, 6
    labels[seed] = label
    _add(moments, points[seed], 1.0)
    while head < tail:
        p = queue[head]
        head += 1
        for q in graph[p]:
            if labels[q] == -1 and _agrees(plane, local[q]):
                if _distance(plane, points[q, 0], points[q, 1], points[q, 2]) < 3.0 * noise:
                    labels[q] = label
                    _add(moments, points[q], 1.0)
                    queue[tail] = q
                    tail += 1
        if tail >= refit_at:
            _solve(moments, plane)
            refit_at = int(1.5 * tail) + 1
    return moments, tail


@numba.njit(cache=True, nogil=True)
def _grow(points, graph, local, order, rest):
    """Label every point by growing from the best supported ones; rest = (labels, planes, count, min_points, noise)."""
    labels, planes, count, min_points, noise = rest
    queue = np.empty(points.shape[0], np.int64)
    for seed in order:
        if labels[seed] == -1 and count < planes.shape[0]:
            moments, size = _region(points, graph, local, local[seed], (seed, count, labels, queue, noise))
            if size >= min_points and _solve(moments, planes[count]) >= 0.0:
                count += 1
            else:
                for i in range(size):
                    labels[queue[i]] = -2 if i == 0 else -1
    for p in range(labels.shape[0]):
        labels[p] = max(labels[p], -1)
    return count


@numba.njit(cache=True, nogil=True)
def _cost(plane, point, noise):
    d = _distance(plane, point[0], point[1], point[2]) / noise
    return min(0.5 * d * d, OUTLIER)


@numba.njit(cache=True, nogil=True)
def _relabel(points, graph, labels, planes, noise):
    """Give each point the cheapest of its neighbours' labels, or none; return how many changed."""
    changed = 0
    for p in range(points.shape[0]):
        best, best_cost = -1, OUTLIER + NEIGHBOUR * 0.5 * graph.shape[1]
        for q in graph[p]:
            label = labels[q]
            if label < 0 or label == best:
                continue
            cost = _cost(planes[label], points[p], noise)
            for r in graph[p]:
                if labels[r] != label:
                    cost += NEIGHBOUR
            if cost < best_cost - 1e-12:
                best, best_cost = label, cost
        if best >= 0 and _cost(planes[best], points[p], noise) >= OUTLIER:
            best = -1
        if best != labels[p]:
            labels[p] = best
            changed += 1
    return changed


@numba.njit(cache=True, nogil=True)
def _refit(points, labels, planes, moments):
    moments[:] = 0.0
    for p in range(points.shape[0]):
        if labels[p] >= 0:
            _add(moments[labels[p]], points[p], 1.0)
    for label in range(planes.shape[0]):
        if moments[label, 0] > 0 and _solve(moments[label], planes[label]) < 0.0:
            for p in range(points.shape[0]):
                if labels[p] == label:
                    labels[p] = -1
            moments[label] = 0.0


@numba.njit(cache=True, nogil=True)
def _borders(graph, labels, count):
    """Return how many neighbour pairs join each pair of labels (count, count)."""
    pairs = np.zeros((count, count))
    for p in range(graph.shape[0]):
        for q in graph[p]:
            if labels[p] >= 0 and labels[q] >= 0 and labels[p] != labels[q]:
                pairs[labels[p], labels[q]] += 0.5
                pairs[labels[q], labels[p]] += 0.5
    return pairs


@numba.njit(cache=True, nogil=True)
def _merge(graph, labels, planes, moments, noise):
    """Merge neighbouring planes, the most gainful pair first, while the energy falls; return how many merged."""
    merged = 0
    trial = np.zeros(3)
    while True:
        borders = _borders(graph, labels, planes.shape[0])
        best_gain, best_i, best_j = 0.0, -1, -1
        for i in range(planes.shape[0]):
            for j in range(i):
                if borders[i, j] > 0:
                    together = _solve(moments[i] + moments[j], trial)
                    apart = _solve(moments[i], trial) + _solve(moments[j], trial)
                    if together >= 0.0:
                        gain = PLANE + NEIGHBOUR * borders[i, j] - (together - apart) / (2.0 * noise * noise)
                        if gain > best_gain:
                            best_gain, best_i, best_j = gain, i, j
        if best_i < 0:
            return merged
        moments[best_j] += moments[best_i]
        moments[best_i] = 0.0
        _solve(moments[best_j], planes[best_j])
        for p in range(labels.shape[0]):
            if labels[p] == best_i:
                labels[p] = best_j
        merged += 1


@numba.njit(cache=True, nogil=True)
def _drop(points, graph, labels, planes, noise):
    """Remove the planes whose points other planes (or none) explain almost as well; return how many went."""
    count = planes.shape[0]
    own, other, size = np.zeros(count), np.zeros(count), np.zeros(count)
    for p in range(points.shape[0]):
        label = labels[p]
        if label >= 0:
            cost, best = _cost(planes[label], points[p], noise), OUTLIER
            for q in graph[p]:
                if labels[q] >= 0 and labels[q] != label:
                    best = min(best, _cost(planes[labels[q]], points[p], noise))
            own[label] += cost
            other[label] += best
            size[label] += 1
    gone = 0
    for label in range(count):
        if size[label] > 0 and other[label] - own[label] < PLANE:
            gone += 1
            for p in range(points.shape[0]):
                if labels[p] == label:
                    labels[p] = -1
    return gone


@numba.njit(cache=True, nogil=True)
def _compact(labels, planes, count):
    """Number the labels in use from 0; return their planes."""
    new = np.full(count, -1)
    used = 0
    for p in range(labels.shape[0]):
        if labels[p] >= 0 and new[labels[p]] < 0:
            new[labels[p]] = used
            used += 1
    kept = np.zeros((used, 3))
    for label in range(count):
        if new[label] >= 0:
            kept[new[label]] = planes[label]
    for p in range(labels.shape[0]):
        if labels[p] >= 0:
            labels[p] = new[labels[p]]
    return kept


@numba.njit(cache=True, nogil=True)
def _fit(points, graph, local, seeds, noise):
    """Return labels (n,) and planes (p, 3): grow, then relabel, refit, merge and drop until nothing changes."""
    order, min_points = seeds
    n = points.shape[0]
    labels = np.full(n, -1)
    planes = np.zeros((0, 3))
    for round_ in range(ROUNDS):
        room = np.zeros((planes.shape[0] + n // min_points + 1, 3))
        room[: planes.shape[0]] = planes
        count = planes.shape[0]
        if round_ < GROWTHS:
            count = _grow(points, graph, local, order, (labels, room, count, min_points, noise))
        planes = room[:count].copy()
        moments = np.zeros((count, MOMENTS))
        changed = 0
        for _ in range(5):
            _refit(points, labels, planes, moments)
            changed = _relabel(points, graph, labels, planes, noise)
            if changed == 0:
                break
        _refit(points, labels, planes, moments)
        merged = _merge(graph, labels, planes, moments, noise)
        gone = _drop(points, graph, labels, planes, noise)
        planes = _compact(labels, planes, count)
        if round_ >= GROWTHS and merged + gone + changed == 0:
            break
    for _ in range(2):
        moments = np.zeros((planes.shape[0], MOMENTS))
        _relabel(points, graph, labels, planes, noise)
        _refit(points, labels, planes, moments)
    planes = _compact(labels, planes, planes.shape[0])
    return labels, planes
