"""Compiled arithmetic of planes z = a x + b y + c: distances, fits from sums, and the best plane around each point.

`moments` are the ten sums over points that every fit needs: n, x, y, z, xx, xy, xz, yy, yz, zz; adding or taking away a point,
or joining two sets, costs ten additions. Frames are local (metres, origin near the building), so the sums stay exact.
"""

from __future__ import annotations

import numba
import numpy as np

MOMENTS = 10
STEEPEST = 4.0
"""Largest slope of a roof plane (76 degrees); steeper is a wall."""
LINE_SHARE = 1e-6
"""Points are in line, seen from above, when they spread less than this share across as along (squared)."""
MIN_SINE = 0.3
"""Trial triangles with a sharper corner than this (17 degrees) are not used."""


@numba.njit(cache=True, nogil=True)
def distance(plane: np.ndarray, point: np.ndarray) -> float:
    """Return the perpendicular distance [m] of a point from a plane."""
    gap = point[2] - plane[0] * point[0] - plane[1] * point[1] - plane[2]
    return abs(gap) / np.sqrt(1.0 + plane[0] ** 2 + plane[1] ** 2)


@numba.njit(cache=True, nogil=True)
def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Return the cosine of the angle between two planes' normals."""
    dot = 1.0 + one[0] * other[0] + one[1] * other[1]
    return dot / np.sqrt((1 + one[0] ** 2 + one[1] ** 2) * (1 + other[0] ** 2 + other[1] ** 2))


@numba.njit(cache=True, nogil=True)
def add(moments: np.ndarray, point: np.ndarray) -> None:
    """Add a point to `moments`, in place."""
    x, y, z = point[0], point[1], point[2]
    moments[0] += 1.0
    moments[1] += x
    moments[2] += y
    moments[3] += z
    moments[4] += x * x
    moments[5] += x * y
    moments[6] += x * z
    moments[7] += y * y
    moments[8] += y * z
    moments[9] += z * z


@numba.njit(cache=True, nogil=True)
def _scatter(moments: np.ndarray) -> np.ndarray:
    n = moments[0]
    mx, my, mz = moments[1] / n, moments[2] / n, moments[3] / n
    out = np.empty((3, 3))
    out[0, 0] = moments[4] - n * mx * mx
    out[1, 1] = moments[7] - n * my * my
    out[2, 2] = moments[9] - n * mz * mz
    out[0, 1] = out[1, 0] = moments[5] - n * mx * my
    out[0, 2] = out[2, 0] = moments[6] - n * mx * mz
    out[1, 2] = out[2, 1] = moments[8] - n * my * mz
    return out


@numba.njit(cache=True, nogil=True)
def solve(moments: np.ndarray, plane: np.ndarray) -> float:
    """Put the total-least-squares plane into `plane`; return its sum of squared distances [m2], or -1 where there is none."""
    n = moments[0]
    if n < 3:
        return -1.0
    c = _scatter(moments)
    if c[0, 0] * c[1, 1] - c[0, 1] ** 2 <= LINE_SHARE * (c[0, 0] + c[1, 1]) ** 2:
        return -1.0
    values, vectors = np.linalg.eigh(c)
    nx, ny, nz = vectors[0, 0], vectors[1, 0], vectors[2, 0]
    if nx * nx + ny * ny > (STEEPEST * nz) ** 2:
        return -1.0
    plane[0], plane[1] = -nx / nz, -ny / nz
    plane[2] = (moments[3] - plane[0] * moments[1] - plane[1] * moments[2]) / n
    return max(values[0], 0.0)


@numba.njit(cache=True, nogil=True)
def vertical_squares(moments: np.ndarray) -> float:
    """Return the sum of squared vertical distances [m2] from the least-squares plane, or -1 for points in line."""
    c = _scatter(moments)
    xx, xy, yy, xz, yz = c[0, 0], c[0, 1], c[1, 1], c[0, 2], c[1, 2]
    det = xx * yy - xy * xy
    if det <= LINE_SHARE * (xx + yy) ** 2:
        return -1.0
    return max(c[2, 2] - ((yy * xz - xy * yz) * xz + (xx * yz - xy * xz) * yz) / det, 0.0)


@numba.njit(cache=True, nogil=True)
def across(moments: np.ndarray) -> float:
    """Return the standard deviation [m] of points across their longest direction, seen from above."""
    n = moments[0]
    if n < 2:
        return 0.0
    xx = moments[4] / n - (moments[1] / n) ** 2
    yy = moments[7] / n - (moments[2] / n) ** 2
    xy = moments[5] / n - moments[1] * moments[2] / n**2
    least = 0.5 * (xx + yy) - np.sqrt((0.5 * (xx - yy)) ** 2 + xy * xy)
    return np.sqrt(max(least, 0.0))


@numba.njit(cache=True, nogil=True)
def _through(corners: tuple, plane: np.ndarray) -> bool:
    """Put the plane through three points into `plane`; False when they are nearly in line or it is too steep."""
    p, q, r = corners
    ux, uy, uz = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    vx, vy, vz = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    det = ux * vy - uy * vx
    if det == 0.0 or abs(det) < MIN_SINE * np.sqrt((ux * ux + uy * uy) * (vx * vx + vy * vy)):
        return False
    a = (uz * vy - vz * uy) / det
    b = (ux * vz - vx * uz) / det
    plane[0], plane[1], plane[2] = a, b, p[2] - a * p[0] - b * p[1]
    return a * a + b * b < STEEPEST * STEEPEST


@numba.njit(cache=True, nogil=True)
def _support(points: np.ndarray, members: np.ndarray, plane: np.ndarray, reach: float) -> float:
    total = 0.0
    a, b, c = plane[0], plane[1], plane[2]
    scale = 1.0 / (reach * reach * (1.0 + a * a + b * b))
    for q in members:
        gap = points[q, 2] - a * points[q, 0] - b * points[q, 1] - c
        square = gap * gap * scale
        if square < 1.0:
            total += 1.0 - square
    return total


@numba.njit(cache=True, nogil=True)
def local_planes(points: np.ndarray, at: np.ndarray, near: np.ndarray, rule: tuple) -> tuple:
    """Return the plane (m, 3) around each point `at` that most of its neighbours support, the support (m,) and the rmse (m,) [m].

    points: (n, 3) [m]; at: (m,) indices; near: (m, k) indices of their neighbours, nearest first; rule: (reach [m] of support, number
    of nearest neighbours of which pairs make trial planes with the point).
    """
    reach, first = rule
    n = at.shape[0]
    planes, support, rmse = np.zeros((n, 3)), np.zeros(n), np.full(n, np.inf)
    trial, moments = np.zeros(3), np.zeros(MOMENTS)
    for p in range(n):
        for i in range(first):
            for j in range(i + 1, first):
                if _through((points[at[p]], points[near[p, i]], points[near[p, j]]), trial):
                    value = _support(points, near[p], trial, reach)
                    if value > support[p]:
                        support[p] = value
                        planes[p] = trial
        moments[:] = 0.0
        add(moments, points[at[p]])
        for q in near[p]:
            if distance(planes[p], points[q]) < reach:
                add(moments, points[q])
        squares = solve(moments, trial)
        if squares >= 0.0 and moments[0] > 4:
            planes[p] = trial
            rmse[p] = np.sqrt(squares / (moments[0] - 3))
    return planes, support, rmse
