"""Rays over a height grid: the steepest slope a point sees in one direction. Compiled by numba; nothing here knows of the sun.

A ray crosses the grid whose corners are the cells' middles; between them heights are bilinear, so along a corner line they are
linear and the two ends of a crossing give them exactly. A pyramid of maxima over 4 x 4, 8 x 8 ... squares lets the ray leap over
everything that cannot rise above the slope already seen. docs/metod/skuggning.md.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NODATA_M = np.float32(-1.0e6)
"""Height given to cells without data [m]: so low that they never shade."""
FIRST_SHIFT = 2
"""The pyramid's finest level spans 2**2 squares a side; finer levels cost more steps than they save."""
_NUDGE = 1.0e-7  # cells; carries a ray over the line it has just reached
_AXIS = 1.0e-6  # a heading closer to an axis than this runs along it; else a ray on a corner line would never leave its square
_NEAREST = 0.25  # cells; heights nearer than this to the receiver are the receiver's own


@njit(nogil=True, cache=True)
def pyramid(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (maxima, offsets, widths): per level the maximum over blocks of squares, all levels in one float32 array.

    z: (ny, nx) float32 [m]. Level n spans 2**(FIRST_SHIFT + n) squares a side; a square has its four corners in it.
    """
    ny, nx = z.shape
    levels = 1
    while max(nx, ny) >> (FIRST_SHIFT + levels - 1) > 0:
        levels += 1
    offsets = np.zeros(levels + 1, np.int64)
    widths = np.zeros(levels, np.int64)
    for level in range(levels):
        shift = FIRST_SHIFT + level
        widths[level] = ((nx - 1) >> shift) + 1
        offsets[level + 1] = offsets[level] + widths[level] * (((ny - 1) >> shift) + 1)
    top = np.full(offsets[levels], NODATA_M, np.float32)
    side = 1 << FIRST_SHIFT
    for row in range(ny):
        last = row // side
        first = last - 1 if row % side == 0 and row > 0 else last
        for col in range(nx):
            right = col // side
            left = right - 1 if col % side == 0 and col > 0 else right
            for block_row in range(first, last + 1):
                for block_col in range(left, right + 1):
                    at = block_row * widths[0] + block_col
                    top[at] = max(top[at], z[row, col])
    for level in range(1, levels):
        width, below = widths[level], widths[level - 1]
        rows = (offsets[level] - offsets[level - 1]) // below
        for row in range(rows):
            for col in range(below):
                at = offsets[level] + (row >> 1) * width + (col >> 1)
                top[at] = max(top[at], top[offsets[level - 1] + row * below + col])
    return top, offsets, widths


@njit(nogil=True, cache=True, inline="always")
def _over_square(square, receiver, heading, span):  # noqa: ANN001, ANN202 - numba infers the types
    """Steepest slope over one square, exactly: along a ray a bilinear surface is c + a t + b t2 above the receiver."""
    z, col, row = square
    u, v, z0 = receiver
    du, dv = heading
    first, last, drop = span
    if last < first:
        return 0.0
    corner = float(z[row, col])
    east, south = z[row, col + 1] - corner, z[row + 1, col] - corner
    twist = z[row + 1, col + 1] - corner - east - south
    x, y = u - col, v - row
    c = corner - z0 + east * x + south * y + twist * x * y
    a = east * du + south * dv + twist * (x * dv + y * du)
    b = twist * du * dv - drop
    best = max(c / first + b * first, c / last + b * last)
    if c < 0.0 and b < 0.0 and c > b * last * last and c < b * first * first:
        best = max(best, -2.0 * np.sqrt(c * b))
    return a + best


@njit(nogil=True, cache=True)
def _steepest(z, tower, receiver, heading, limits):  # noqa: ANN001, ANN202, PLR0917 - numba infers the types
    """Steepest slope (rise over cells) along one ray, at least `limits[0]`. See `steepest`."""
    top, offsets, widths = tower
    u, v, z0 = receiver
    du, dv = heading
    slope, start, reach, drop = limits
    ny, nx = z.shape
    du = 0.0 if abs(du) < _AXIS else du
    dv = 0.0 if abs(dv) < _AXIS else dv
    iu = 1.0 / du if du != 0.0 else 1.0e30
    iv = 1.0 / dv if dv != 0.0 else 1.0e30
    east, south = (1 if du > 0.0 else 0), (1 if dv > 0.0 else 0)
    highest = len(widths)
    level, d = 1, start
    while d < reach:
        col, row = int(np.floor(u + d * du)), int(np.floor(v + d * dv))
        if col < 0 or row < 0 or col >= nx - 1 or row >= ny - 1:
            break
        if level > 0:
            shift = FIRST_SHIFT + level - 1
            block_col, block_row = col >> shift, row >> shift
            rise = top[offsets[level - 1] + block_row * widths[level - 1] + block_col] - z0
            if rise > slope * d:
                level -= 1
                continue
            edge_u, edge_v = (block_col + east) << shift, (block_row + south) << shift
            level = min(level + 1, highest)
        else:
            edge_u, edge_v = col + east, row + south
        to_u = (edge_u - u) * iu if du != 0.0 else 1.0e30
        to_v = (edge_v - v) * iv if dv != 0.0 else 1.0e30
        step = min(to_u, to_v)
        if level == 0:
            slope = max(slope, _over_square((z, col, row), receiver, (du, dv), (max(d, _NEAREST), min(step, reach), drop)))
            if (edge_u if to_u < to_v else edge_v) & ((1 << FIRST_SHIFT) - 1) == 0:
                level = 1
        d = max(step, d) + _NUDGE
    return slope


@njit(nogil=True, cache=True)
def steepest(z, tower, points, headings, limits, least, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    """Fill out[i, k] with the steepest slope from points[i] along headings[k], at least least[i, k].

    z (ny, nx) float32 [m]; tower from `pyramid`; points (n, 3): column and row (in cells, 0 = middle of the first cell), height [m];
    headings (K, 2): unit vectors (columns, rows); limits: nearest and farthest distance [cells], cell size [m], drop of a height with
    distance [m per cell squared]; least, out: (n, K) slopes [m/m].
    """
    start, reach, cell, drop = limits
    for i in range(points.shape[0]):
        receiver = (points[i, 0], points[i, 1], points[i, 2])
        for k in range(headings.shape[0]):
            heading = (headings[k, 0], headings[k, 1])
            seen = _steepest(z, tower, receiver, heading, (least[i, k] * cell, start, reach, drop))
            out[i, k] = seen / cell
