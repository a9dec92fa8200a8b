"""The slope of every cell of a surface model, not smeared over edges. Compiled by numba. docs/metod/skuggning.md, *Slopes*.

Where the surface does not bend, the plane fitted to the cell and its eight neighbours. At an eaves, a ridge or a corner that would mix
two surfaces: there planes through the cell and two neighbours are tried, the one that most of the 24 cells around lie on wins, and it is
fitted to those.
"""

from __future__ import annotations

import numpy as np
from numba import njit

STRAIGHT_M = 0.2
"""Bends below this [m] are noise of the measurement: the plane fitted to the cell and its eight neighbours is taken."""
LIES_ON_M = 0.15
"""A cell this near a plane [m] lies on it."""
UNKNOWN = np.float32(-9.0e5)
"""Heights below this are cells without data."""
TOGETHER = 32
"""Bent cells whose planes are tried side by side."""
RING_X = np.array([1, 1, 0, -1, -1, -1, 0, 1])
RING_Y = np.array([0, 1, 1, 1, 0, -1, -1, -1])


def gradients(z: np.ndarray, cell_m: float, wanted: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return rise towards east and towards north [m/m], (ny, nx) float32, of north-up heights z (ny, nx) [m]; 0 where not wanted."""
    from solar.horizon import in_threads

    out = np.zeros((2, *z.shape), np.float32)
    mask = np.ones((1, 1), bool) if wanted is None else wanted
    in_threads(lambda part: _gradients(z, mask, (part.start, part.stop, np.float32(1.0 / cell_m)), out), len(z), 64)
    return out[0], out[1]


@njit(nogil=True, cache=True)
def _gradients(z, wanted, part, out) -> None:  # noqa: ANN001 - numba infers the types
    ny, nx = z.shape
    first, last, per_m = part
    everywhere = wanted.shape[0] != ny
    sixth, straight = np.float32(1.0 / 6.0), np.float32(STRAIGHT_M)
    bent, found, around = np.empty(nx, np.int64), np.empty((2, TOGETHER), np.float32), np.empty((5, 5, TOGETHER), np.float32)
    for j in range(first, last):
        count = 0
        for i in range(nx):
            c = z[j, i]
            if c <= UNKNOWN or not (everywhere or wanted[j, i]):
                continue
            if 0 < i < nx - 1 and 0 < j < ny - 1:
                west, east, south, north = z[j, i - 1], z[j, i + 1], z[j + 1, i], z[j - 1, i]
                sw, se, nw, ne = z[j + 1, i - 1], z[j + 1, i + 1], z[j - 1, i - 1], z[j - 1, i + 1]
                bend = max(abs(west + east - c - c), abs(south + north - c - c))
                if max(bend, abs(sw + ne - c - c), abs(nw + se - c - c)) <= straight:
                    out[0, j, i] = sixth * (ne + east + se - nw - west - sw) * per_m
                    out[1, j, i] = sixth * (nw + north + ne - sw - south - se) * per_m
                    continue
            bent[count] = i
            count += 1
        for start in range(0, count, TOGETHER):
            cells = bent[start : min(start + TOGETHER, count)]
            _look_around(z, j, cells, around)
            _best_planes(around, found)
            for k in range(len(cells)):
                a, b = _fitted(around[:, :, k], found[0, k], found[1, k])
                out[0, j, cells[k]], out[1, j, cells[k]] = a * per_m, b * per_m


@njit(nogil=True, cache=True)
def _look_around(z, j, cells, around) -> None:  # noqa: ANN001 - numba infers the types
    """Fill around (5, 5, cells) with heights above cells of row j, south and west first."""
    for v in range(-2, 3):
        for u in range(-2, 3):
            for k in range(len(cells)):
                row, col = j - v, cells[k] + u
                inside = 0 <= row < z.shape[0] and 0 <= col < z.shape[1]
                around[v + 2, u + 2, k] = z[row, col] - z[j, cells[k]] if inside else UNKNOWN


@njit(nogil=True, cache=True)
def _best_planes(around, found) -> None:  # noqa: ANN001 - numba infers the types
    """Set found (2, cells) to the rise per cell east and north of the plane most of `around` (5, 5, cells) lie on."""
    most, least = np.full(TOGETHER, -1, np.int32), np.full(TOGETHER, 1.0e9, np.float32)
    tried, count, off = np.empty((2, TOGETHER), np.float32), np.empty(TOGETHER, np.int32), np.empty(TOGETHER, np.float32)
    found[:] = np.float32(0.0)
    for turn in range(12):
        first, second = (turn, (turn + 1) % 8) if turn < 8 else ((turn - 8) * 2, ((turn - 8) * 2 + 2) % 8)
        u1, v1, u2, v2 = RING_X[first], RING_Y[first], RING_X[second], RING_Y[second]
        one, two, turned = around[v1 + 2, u1 + 2], around[v2 + 2, u2 + 2], np.float32(u1 * v2 - u2 * v1)
        for k in range(TOGETHER):
            tried[0, k], tried[1, k] = (one[k] * v2 - two[k] * v1) / turned, (two[k] * u1 - one[k] * u2) / turned
        _lying_on(around, tried, count, off)
        for k in range(TOGETHER):
            better = (count[k] > most[k]) | ((count[k] == most[k]) & (off[k] < least[k]))
            if (min(one[k], two[k]) > UNKNOWN) & better:
                most[k], least[k], found[0, k], found[1, k] = count[k], off[k], tried[0, k], tried[1, k]


@njit(nogil=True, cache=True)
def _lying_on(around, planes, count, off) -> None:  # noqa: ANN001 - numba infers the types
    """Set count and off (cells,) to how many of the cells around lie on planes (2, cells), and how far off they are in all [m]."""
    count[:], off[:] = 0, np.float32(0.0)
    for v in range(-2, 3):
        for u in range(-2, 3):
            heights, east, north = around[v + 2, u + 2], np.float32(u), np.float32(v)
            for k in range(TOGETHER):
                error = abs(heights[k] - planes[0, k] * east - planes[1, k] * north)
                lies = error <= np.float32(LIES_ON_M)
                count[k] += np.int32(1) if lies else np.int32(0)
                off[k] += error if lies else np.float32(0.0)


@njit(nogil=True, cache=True)
def _fitted(around, a, b):  # noqa: ANN001, ANN202 - numba infers the types
    """Return the plane through the cells that lie on the one given, by least squares; the one given where they are in a row."""
    n = su = sv = suu = svv = suv = 0.0
    sh = shu = shv = 0.0
    for v in range(-2, 3):
        for u in range(-2, 3):
            h = around[v + 2, u + 2]
            if abs(h - a * np.float32(u) - b * np.float32(v)) <= np.float32(LIES_ON_M):
                n, su, sv, suu, svv, suv = n + 1, su + u, sv + v, suu + u * u, svv + v * v, suv + u * v
                sh, shu, shv = sh + h, shu + h * u, shv + h * v
    if n < 4:
        return a, b
    uu, vv, uv = suu - su * su / n, svv - sv * sv / n, suv - su * sv / n
    hu, hv = shu - sh * su / n, shv - sh * sv / n
    turned = uu * vv - uv * uv
    if turned < 1.0e-6:
        return a, b
    return np.float32((hu * vv - hv * uv) / turned), np.float32((hv * uu - hu * uv) / turned)
