"""Measured points of one roof become planes: local fits, region growing, and a search for the labelling that explains the points
with the fewest planes.

All works in a local frame (metres, origin near the building) and is free of chance: the same points give the same planes, in
whatever order they come. What is lowered (in nats: minus the logarithm of a likelihood) is

    sum over points   min(r^2 / 2 s^2, OUTLIER)          r perpendicular distance to the point's plane, s noise
  + NEIGHBOUR * pairs of neighbouring points with different labels
  + PLANE * number of planes

after Isack & Boykov (2012), Energy-based geometric multi-model fitting, doi:10.1007/s11263-011-0474-7.
"""  # noqa: D205

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import Delaunay, cKDTree

from solar.planekernels import MOMENTS, across, add, cosine, distance, local_planes, solve, vertical_squares

NEIGHBOURS = 20
"""Points in a local fit: three rings around a point (20 also closes a ring of a square grid, so ties do not matter)."""
GRAPH = 8
"""Neighbours that labels and regions spread to; also the ones that make trial planes."""
OUTLIER = 5.0
"""Nats a point costs that fits no plane (3.2 standard deviations)."""
NEIGHBOUR = 0.3
"""Nats for each pair of neighbouring points with different labels."""
PLANE = 12.0
"""Nats a plane costs: three or more points must be explained by it that fit no other."""
GAP_TIMES = 3.0
"""Triangles this many times longer than the middling one span no measured place."""
OWN, OWN_SPACINGS = 1.0, 0.15
"""A point is a plane's own when others explain it this much worse (nats); these must spread across by this (standard deviation in
point spacings) or the plane is not theirs to tell: two rows spread by 0.5, one row of a grid not at all."""
CUT, CUT_ANGLES = 3.0, 8
"""Nats asked for beyond a plane's cost before one is cut in two (many cuts are tried), and directions tried."""
SAME_COSINE, SAME_M = float(np.cos(np.radians(2.5))), 0.06
"""Neighbouring planes within 2.5 degrees that fit together this well are one: a roof sags that much [m rms]."""
AGREE_COSINE = float(np.cos(np.radians(20.0)))
"""A region takes in points whose own local plane turns away less than this."""
REACH = 3.0
"""Standard deviations from a plane within which a point belongs to it while regions grow."""
NOISE_M = (0.03, 0.15)
"""Least and greatest noise assumed [m]: tiles are uneven at the first, trees and clutter begin at the second."""
NOISE_POINTS = 150
"""Points that tell the noise of a roof: their median is known within 10 %."""
FIRST_REACH_M = 0.225
"""Reach of the first local fits, before the noise is known [m]: 3 x 0.075."""
GROWTHS, ROUNDS, RELABELS = 3, 8, 5


@dataclass(frozen=True)
class Segments:
    """Planes z = a x + b y + c of one building.

    planes: (p, 3) coefficients; labels: (n,) plane of each point, -1 for none; pairs: (m, 2) indices of neighbouring points;
    noise_m: perpendicular noise of the points; spacing_m: how far apart they are.
    """

    planes: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray
    noise_m: float
    spacing_m: float


def segment(points: np.ndarray, *, min_points: int = 4) -> Segments:
    """Return the planes of the (n, 3) local `points` [m]; none when fewer than `min_points` (at least 4) points."""
    n = len(points)
    if n < max(min_points, 4):
        return Segments(np.zeros((0, 3)), np.full(n, -1), np.zeros((0, 2), int), NOISE_M[0], np.inf)
    near = neighbours(points[:, :2], min(NEIGHBOURS, n - 1))
    first = min(GRAPH, near.shape[1])
    some, every = np.arange(0, n, max(1, n // NOISE_POINTS)), np.arange(n)
    _, support, rmse = local_planes(points, some, near[some], (FIRST_REACH_M, first))
    noise = _noise(rmse, support)
    local, support, _ = local_planes(points, every, near, (REACH * noise, first))
    order = np.lexsort((np.arange(n), -support))
    graphs = (np.ascontiguousarray(near[:, :first]), near)
    corners = triangles(points[:, :2])
    apart = spacing(points[:, :2], corners)
    labels, planes = _fit(points, graphs, (local, order, min_points), (noise, apart))
    return Segments(planes, labels, edges(corners), noise, apart)


def neighbours(xy: np.ndarray, k: int) -> np.ndarray:
    """Return the (n, k) indices of each point's nearest points, nearest first, itself left out."""
    _, index = cKDTree(xy).query(xy, k + 1)
    own = index == np.arange(len(xy))[:, None]
    own[~own.any(axis=1), -1] = True  # twins at one place may push the point itself out
    return np.ascontiguousarray(index[~own].reshape(len(xy), k)).astype(np.int64)


def triangles(xy: np.ndarray) -> np.ndarray:
    """Return the (t, 3) corners of the Delaunay triangulation of (n, 2) points."""
    return Delaunay(xy, qhull_options="QJ Pp").simplices


def edges(corners: np.ndarray) -> np.ndarray:
    """Return the (m, 2) index pairs of points joined by (t, 3) triangles."""
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    return np.unique(pairs, axis=0)


def spacing(xy: np.ndarray, corners: np.ndarray) -> float:
    """Return how far apart (n, 2) points are at the middling place [m]: the side of a square grid with triangles as long.

    Half the area lies in triangles longer than this, so dense scan lines with gaps between them count by the gaps; those far
    longer than most span a courtyard and say nothing.
    """
    ends = xy[corners]
    steps = ends - np.roll(ends, 1, axis=1)
    longest = np.hypot(steps[..., 0], steps[..., 1]).max(axis=1)
    area = np.abs(steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0])
    area[longest > GAP_TIMES * np.median(longest)] = 0.0
    order = np.argsort(longest, kind="stable")
    share = np.cumsum(area[order])
    return float(longest[order[np.searchsorted(share, 0.5 * share[-1])]]) / np.sqrt(2)


def _noise(rmse: np.ndarray, support: np.ndarray) -> float:
    good = rmse[(support >= np.median(support)) & np.isfinite(rmse)]
    return float(np.clip(np.median(good), *NOISE_M)) if len(good) else NOISE_M[0]


@numba.njit(cache=True, nogil=True)
def _fit(points: np.ndarray, graphs: tuple, seeds: tuple, scale: tuple) -> tuple:
    """Return labels (n,) and planes (p, 3): grow and cut, then relabel, refit, merge and drop until nothing changes.

    scale: (noise, spacing of points) [m].
    """
    noise, spacing = scale
    graph, near = graphs
    local, order, least = seeds
    n = points.shape[0]
    labels, planes = np.full(n, -1), np.zeros((0, 3))
    for round_ in range(ROUNDS):
        if round_ < GROWTHS:
            planes = _grow(points, graph, (local, order, least), (labels, planes, noise))
            planes = _split(points, labels, planes, (noise, least))
        changed = 0
        for _ in range(RELABELS):
            moments = _refit(points, labels, planes)
            changed = _relabel(points, graph, labels, (planes, noise))
            if changed == 0:
                break
        moments = _refit(points, labels, planes)
        merged = _merge(near, labels, (planes, moments), noise)
        gone = _drop(points, graph, labels, (planes, noise, spacing))
        planes = _compact(labels, planes)
        if round_ >= GROWTHS and merged + gone + changed == 0:
            break
    for _ in range(2):
        _relabel(points, graph, labels, (planes, noise))
        _refit(points, labels, planes)
    return labels, _compact(labels, planes)


@numba.njit(cache=True, nogil=True)
def _grow(points: np.ndarray, graph: np.ndarray, seeds: tuple, state: tuple) -> np.ndarray:
    """Label free points by growing from the best supported ones; return the planes, the new ones last."""
    local, order, least = seeds
    labels, planes, noise = state
    count = planes.shape[0]
    out = np.zeros((count + len(order) // least + 1, 3))
    out[:count] = planes
    queue = np.empty(len(order), np.int64)
    for seed in order:
        if labels[seed] == -1 and count < out.shape[0]:
            moments, size = _region(points, graph, local, (seed, count, labels, queue, noise))
            if size >= least and solve(moments, out[count]) >= 0.0:
                count += 1
            else:
                for i in range(size):
                    labels[queue[i]] = -1 if i > 0 else -2  # not a seed again
    for p in range(len(labels)):
        labels[p] = max(labels[p], -1)
    return out[:count].copy()


@numba.njit(cache=True, nogil=True)
def _region(points: np.ndarray, graph: np.ndarray, local: np.ndarray, state: tuple) -> tuple:
    """Grow one region from state = (seed, label, labels, queue, noise); return its moments and size, its points labelled."""
    seed, label, labels, queue, noise = state
    plane, moments = local[seed].copy(), np.zeros(MOMENTS)
    queue[0], head, tail, refit_at = seed, 0, 1, 6
    labels[seed] = label
    add(moments, points[seed])
    while head < tail:
        p = queue[head]
        head += 1
        for q in graph[p]:
            agrees = labels[q] == -1 and cosine(plane, local[q]) > AGREE_COSINE
            if agrees and distance(plane, points[q]) < REACH * noise:
                labels[q] = label
                add(moments, points[q])
                queue[tail] = q
                tail += 1
        if tail >= refit_at:
            solve(moments, plane)
            refit_at = int(1.5 * tail) + 1
    return moments, tail


@numba.njit(cache=True, nogil=True)
def _best_cut(points: np.ndarray, mine: np.ndarray, plane: np.ndarray, least: int) -> tuple:
    """Return how much two planes on either side of a line would lower the squares [m2], and the line (cos, sin, offset)."""
    best, cut = 0.0, (0.0, 0.0, 0.0)
    whole, first = np.zeros(MOMENTS), np.zeros(MOMENTS)
    for p in mine:
        add(whole, points[p])
    start, together = np.arctan2(plane[1], plane[0]), vertical_squares(whole)
    for k in range(CUT_ANGLES):
        u, v = np.cos(start + np.pi * k / CUT_ANGLES), np.sin(start + np.pi * k / CUT_ANGLES)
        t = points[mine, 0] * u + points[mine, 1] * v
        order = np.argsort(t)
        first[:] = 0.0
        for i in range(len(order) - least):
            add(first, points[mine[order[i]]])
            if i + 1 >= least:
                one, other = vertical_squares(first), vertical_squares(whole - first)
                if one >= 0.0 and other >= 0.0 and together - one - other > best:
                    best, cut = together - one - other, (u, v, 0.5 * (t[order[i]] + t[order[i + 1]]))
    return best / (1.0 + plane[0] ** 2 + plane[1] ** 2), cut


@numba.njit(cache=True, nogil=True)
def _split(points: np.ndarray, labels: np.ndarray, planes: np.ndarray, rule: tuple) -> np.ndarray:
    """Cut planes that two explain better; rule = (noise, least points); return the planes, the new ones last."""
    noise, least = rule
    count = planes.shape[0]
    out = np.zeros((2 * count, 3))
    out[:count] = planes
    used = count
    for label in range(count):
        mine = np.flatnonzero(labels == label)
        if len(mine) < 2 * least:
            continue
        gain, cut = _best_cut(points, mine, planes[label], least)
        if gain / (2.0 * noise * noise) > PLANE + CUT:
            for p in mine:
                if points[p, 0] * cut[0] + points[p, 1] * cut[1] > cut[2]:
                    labels[p] = used
            used += 1
    return out[:used].copy()


@numba.njit(cache=True, nogil=True)
def _cost(plane: np.ndarray, point: np.ndarray, noise: float) -> float:
    d = distance(plane, point) / noise
    return min(0.5 * d * d, OUTLIER)


@numba.njit(cache=True, nogil=True)
def _relabel(points: np.ndarray, graph: np.ndarray, labels: np.ndarray, model: tuple) -> int:
    """Give each point the cheapest of its neighbours' labels, or none; model = (planes, noise); return how many changed."""
    planes, noise = model
    changed = 0
    for p in range(len(labels)):
        best, least = -1, np.inf
        for q in graph[p]:
            label = labels[q]
            if label >= 0 and label != best:
                cost = _cost(planes[label], points[p], noise)
                for r in graph[p]:
                    if labels[r] != label:
                        cost += NEIGHBOUR
                if cost < least - 1e-12:
                    best, least = label, cost
        if best >= 0 and _cost(planes[best], points[p], noise) >= OUTLIER:
            best = -1
        if best != labels[p]:
            labels[p] = best
            changed += 1
    return changed


@numba.njit(cache=True, nogil=True)
def _refit(points: np.ndarray, labels: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Fit every plane to its points, in place; unlabel points in line; return the moments (p, MOMENTS)."""
    moments = np.zeros((planes.shape[0], MOMENTS))
    for p in range(len(labels)):
        if labels[p] >= 0:
            add(moments[labels[p]], points[p])
    for label in range(planes.shape[0]):
        if moments[label, 0] > 0 and solve(moments[label], planes[label]) < 0.0:
            for p in range(len(labels)):
                if labels[p] == label:
                    labels[p] = -1
            moments[label] = 0.0
    return moments


@numba.njit(cache=True, nogil=True)
def _borders(graph: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return how many neighbour pairs join each pair of labels (count, count)."""
    pairs = np.zeros((count, count))
    for p in range(graph.shape[0]):
        for q in graph[p]:
            if labels[p] >= 0 and labels[q] >= 0 and labels[p] != labels[q]:
                pairs[labels[p], labels[q]] += 0.5
                pairs[labels[q], labels[p]] += 0.5
    return pairs


@numba.njit(cache=True, nogil=True)
def _gain(one: tuple, other: tuple, border: float, noise: float) -> float:
    """Return the nats won by making one plane of two, each (plane, moments)."""
    trial = np.zeros(3)
    both = one[1] + other[1]
    together = solve(both, trial)
    if together < 0.0:
        return 0.0
    apart = solve(one[1], trial) + solve(other[1], trial)
    gain = PLANE + NEIGHBOUR * border - (together - apart) / (2.0 * noise * noise)
    if gain <= 0.0 and together < SAME_M**2 * both[0] and cosine(one[0], other[0]) > SAME_COSINE:
        return 1e-6
    return gain


@numba.njit(cache=True, nogil=True)
def _merge(graph: np.ndarray, labels: np.ndarray, model: tuple, noise: float) -> int:
    """Merge neighbouring planes, the most gainful pair first, while it gains; model = (planes, moments), in place."""
    planes, moments = model
    count, merged = planes.shape[0], 0
    borders = _borders(graph, labels, count)
    gains = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            if borders[i, j] > 0:
                gains[i, j] = _gain((planes[i], moments[i]), (planes[j], moments[j]), borders[i, j], noise)
    while True:
        best = np.argmax(gains) if count else 0
        i, j = best // max(count, 1), best % max(count, 1)
        if count == 0 or gains[i, j] <= 0.0:
            return merged
        moments[j] += moments[i]
        moments[i] = 0.0
        solve(moments[j], planes[j])
        labels[labels == i] = j
        borders[j] += borders[i]
        borders[:, j] = borders[j]
        borders[j, j] = borders[i] = borders[:, i] = gains[i] = gains[:, i] = 0.0
        for k in range(count):
            if k != j and borders[j, k] > 0:
                gains[max(j, k), min(j, k)] = _gain((planes[j], moments[j]), (planes[k], moments[k]), borders[j, k], noise)
        merged += 1


@numba.njit(cache=True, nogil=True)
def _drop(points: np.ndarray, graph: np.ndarray, labels: np.ndarray, model: tuple) -> int:
    """Unlabel planes whose points other planes (or none) explain almost as well, or whose own points lie in line; return how many.

    A plane laid through the front of a dormer and the eave beside it has few points that no other plane explains, in one row.
    """
    planes, noise, spacing = model
    won, size = np.zeros(planes.shape[0]), np.zeros(planes.shape[0])
    own = np.zeros((planes.shape[0], MOMENTS))
    for p in range(len(labels)):
        label = labels[p]
        if label >= 0:
            best = OUTLIER
            for q in graph[p]:
                if labels[q] >= 0 and labels[q] != label:
                    best = min(best, _cost(planes[labels[q]], points[p], noise))
            gain = best - _cost(planes[label], points[p], noise)
            won[label] += gain
            size[label] += 1
            if gain > OWN:
                add(own[label], points[p])
    gone = 0
    for label in range(planes.shape[0]):
        if size[label] > 0 and (won[label] < PLANE or across(own[label]) < OWN_SPACINGS * spacing):
            gone += 1
            labels[labels == label] = -1
    return gone


@numba.njit(cache=True, nogil=True)
def _compact(labels: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Renumber the labels in use from 0, in place; return their planes."""
    new = np.full(planes.shape[0], -1)
    kept = np.zeros_like(planes)
    used = 0
    for p in range(len(labels)):
        if labels[p] >= 0:
            if new[labels[p]] < 0:
                new[labels[p]] = used
                kept[used] = planes[labels[p]]
                used += 1
            labels[p] = new[labels[p]]
    return kept[:used].copy()
