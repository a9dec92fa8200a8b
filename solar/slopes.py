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
    around = np.empty((5, 5), np.float32)
    sixth, straight = np.float32(1.0 / 6.0), np.float32(STRAIGHT_M)
    for j in range(first, last):
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
            for v in range(-2, 3):
                for u in range(-2, 3):
                    row, col = j - v, i + u
                    inside = 0 <= row < ny and 0 <= col < nx
                    around[v + 2, u + 2] = z[row, col] - c if inside else UNKNOWN
            east_rise, north_rise = _best_plane(around)
            out[0, j, i], out[1, j, i] = east_rise * per_m, north_rise * per_m


@njit(nogil=True, cache=True)
def _best_plane(around):  # noqa: ANN001, ANN202 - numba infers the types
    """Return the rise per cell east and north of the plane most of `around` (5 x 5 heights above the middle, south first) lie on."""
    most, least, a, b = -1, np.float32(1.0e9), np.float32(0.0), np.float32(0.0)
    for turn in range(12):
        first, second = (turn, (turn + 1) % 8) if turn < 8 else ((turn - 8) * 2, ((turn - 8) * 2 + 2) % 8)
        u1, v1, u2, v2 = RING_X[first], RING_Y[first], RING_X[second], RING_Y[second]
        h1, h2 = around[v1 + 2, u1 + 2], around[v2 + 2, u2 + 2]
        if h1 <= UNKNOWN or h2 <= UNKNOWN:
            continue
        turned = np.float32(u1 * v2 - u2 * v1)
        rise_u, rise_v = (h1 * v2 - h2 * v1) / turned, (h2 * u1 - h1 * u2) / turned
        count, off = _lying_on(around, rise_u, rise_v)
        if count > most or (count == most and off < least):
            most, least, a, b = count, off, rise_u, rise_v
    return _fitted(around, a, b)


@njit(nogil=True, cache=True, inline="always")
def _lying_on(around, a, b):  # noqa: ANN001, ANN202 - numba infers the types
    """Return how many cells lie on a plane, and how far off they are in all [m]."""
    count, off = 0, np.float32(0.0)
    for v in range(-2, 3):
        for u in range(-2, 3):
            error = abs(around[v + 2, u + 2] - a * np.float32(u) - b * np.float32(v))
            if error <= np.float32(LIES_ON_M):
                count += 1
                off += error
    return count, off


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
