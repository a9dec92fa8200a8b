"""What every cell of a grid loses to its horizon: scan lines with a convex hull each, all cells in linear time. Compiled by numba.

For one direction the grid is cut into lines along it. A line is walked from the side the cells look towards; a stack holds the upper
convex hull of the heights passed, and a cell's horizon is the hull's tangent from it (Timonen & Westerholm 2010). Heights are
interpolated across onto the line for what stands in the way; the cell that looks keeps its own. Neighbouring lines advance in
lock-step, so that memory is read along its contiguous axis. docs/metod/skuggning.md.
"""

# ruff: noqa: ANN001, ANN202, PLR0912, PLR0917
# numba infers the types, and a tuple of arrays handed to an inner function is counted at every call: so arguments are many
from __future__ import annotations

import numpy as np
from numba import njit

LINES = 32
"""Lines in lock-step: 128 bytes of heights a step."""
BLOCK = 16
"""Cells whose maximum is kept, for looking back along a line within the near range."""
BOTTOM = np.float32(-1.0e12)
"""Height under every hull [m]."""
NEAR, TREES, FAR, MONTHS = 0, 4, 8, 12
"""First column of what each cause takes: beam, circumsolar, dome, horizon band; then the twelve months' direct light, all causes."""
COLUMNS = 8
"""Columns of a table before the months: the four along the sector, the four upwards."""

_compiled = njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
_inlined = njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")


@_compiled
def _within(path, tops, line, here, height, best):
    """Return the steepest slope (rise per step) from step here[0] and a height among the last here[1] heights of a line, exactly.

    path, tops: of `_walk`; best: a slope known to be there.
    """
    step, reach = here
    first, newest = max(step - reach, 0), (step - 1) // BLOCK
    bound = best
    for block in range(first // BLOCK, newest):
        bound = max(bound, (tops[block, line] - height) / np.float32(step + 1 - (block + 1) * BLOCK))
    if bound > best:
        for block in range(newest - 1, first // BLOCK - 1, -1):
            if tops[block, line] - height > best * np.float32(step + 1 - (block + 1) * BLOCK):
                for other in range(max(block * BLOCK, first), (block + 1) * BLOCK):
                    best = max(best, (path[other, line] - height) / np.float32(step - other))
    for other in range(max(newest * BLOCK, first), step):
        best = max(best, (path[other, line] - height) / np.float32(step - other))
    return best


@_compiled
def _walk(steps):
    """Return the memory of LINES walks: the hulls' heights and steps, their tops, the paths and the maxima of the paths' blocks."""
    room = (steps // 16 * 2 + 5) * 8  # odd times 32 bytes: the lines' tops must not share a cache set
    return (
        np.empty((LINES, room), np.float32),
        np.empty((LINES, room), np.float32),
        np.empty(LINES, np.int64),
        np.empty((steps, LINES), np.float32),
        np.empty((steps // BLOCK + 1, LINES), np.float32),
    )


@_compiled
def _restart(heights, steps, top, tops) -> None:
    heights[:, 0], steps[:, 0] = BOTTOM, np.float32(-1.0)
    heights[:, 1], steps[:, 1] = BOTTOM * np.float32(0.1), np.float32(-0.5)
    top[:] = 1
    tops[:] = BOTTOM


@_inlined
def _step(heights, steps, top, path, tops, line, walked, reach, own, level, least):
    """Look back from a cell along its line, then add the line's height there; return the tangent's rise and run.

    at: step, reach [steps]; levels: the cell's own height, the line's; least: slope (rise per step) below which nothing matters.
    The tangent from the lower of the two touches no later vertex than the one from the higher: one walk down the hull serves both.
    """
    here = np.float32(walked)
    low, high = min(own, level), max(own, level)
    last = top[line]
    v = last
    rise, run = heights[line, v] - low, here - steps[line, v]
    while True:
        higher, longer = heights[line, v - 1] - low, here - steps[line, v - 1]
        if higher * run < rise * longer:
            break
        rise, run = higher, longer
        v -= 1
    w = v
    rise2, run2 = rise + low - high, run
    while True:
        higher, longer = heights[line, w - 1] - high, here - steps[line, w - 1]
        if higher * run2 < rise2 * longer:
            break
        rise2, run2 = higher, longer
        w -= 1
    seen, keep = v, w + 1
    if own > level:
        rise, run = rise2, run2
        seen, keep = w, v + 1
    if run > np.float32(reach) and rise > least * run:
        best = least
        while seen < last:
            seen += 1
            if here - steps[line, seen] <= np.float32(reach):
                best = max(best, (heights[line, seen] - own) / (here - steps[line, seen]))
                break
        rise, run = _within(path, tops, line, (walked, reach), own, best), np.float32(1.0)
    heights[line, keep], steps[line, keep] = level, here
    top[line] = keep
    return rise, run


@_inlined
def _cross(z, path, tops, row, walked, i0, q0, count, course, across) -> None:
    """Fill across with the heights of the lines where they cross a row, interpolated between its cells, and remember them."""
    side = 1 if course > np.float32(0.0) else -1
    share, end = abs(course), z.shape[1] - 1
    for q in range(count):
        own = z[row, i0 + q]
        across[q] = own + share * (z[row, min(max(i0 + q + side, 0), end)] - own)
    block = walked // BLOCK
    for q in range(count):
        path[walked, q0 + q] = across[q]
        tops[block, q0 + q] = max(tops[block, q0 + q], across[q])


@_inlined
def _beyond(slopes, at_row, in_row, at_col, in_col, levels, way, row, col, height):
    """Return the far terrain's slope at a cell: linear between nodes east, north and up."""
    up = (height - levels[0]) / levels[1]
    up = min(max(up, np.float32(0.0)), np.float32(slopes.shape[1] - 1.001))
    k = int(up)
    c, j, i = up - np.float32(k), at_row[row], at_col[col]
    a, b = in_row[row], in_col[col]
    one = np.float32(1.0)
    lower = (slopes[way, k, j, i] * (one - b) + slopes[way, k, j, i + 1] * b) * (one - a) + (
        slopes[way, k, j + 1, i] * (one - b) + slopes[way, k, j + 1, i + 1] * b
    ) * a
    upper = (slopes[way, k + 1, j, i] * (one - b) + slopes[way, k + 1, j, i + 1] * b) * (one - a) + (
        slopes[way, k + 1, j + 1, i] * (one - b) + slopes[way, k + 1, j + 1, i + 1] * b
    ) * a
    return lower * (one - c) + upper * c


@_inlined
def _lose(out, tables, j, i, way, kind, low, high, lean, column) -> None:
    """Add to out at a place what lies between the bins of two horizons, where the surface rises by `lean` towards them."""
    along, away = -lean, max(-lean, np.float32(0.0))
    for c in range(3):
        out[j, i, column + c] += along * (tables[way, kind, low, c] - tables[way, kind, high, c]) + (
            tables[way, kind, low, c + 4] - tables[way, kind, high, c + 4]
        )
    out[j, i, column + 3] += away * (tables[way, kind, low, 3] - tables[way, kind, high, 3])
    for c in range(out.shape[2] - MONTHS):
        out[j, i, MONTHS + c] += along * (tables[way, kind, low, COLUMNS + c] - tables[way, kind, high, COLUMNS + c]) + (
            tables[way, kind, low, COLUMNS + 12 + c] - tables[way, kind, high, COLUMNS + 12 + c]
        )


@_inlined
def _bin(slope, bins):
    return np.int32(slope / (np.float32(1.0) + slope) * bins + np.float32(0.5))


@_compiled
def lines(field, beyond, course, tables, part, out) -> None:
    """Add to out what cells lose in one direction and in the opposite one, on the lines part = (first, last).

    field: z (m, n) heights [m]; crowns (m, n) crown tops [m]; east, north (m, n) rise of the cell's own plane [m/m]; wanted (m, n).
    crowns and wanted of shape (1, 1): none, everywhere. Lines run along axis 0, way 0 looks towards its end, way 1 towards its start.
    beyond: the far terrain's slopes (2, levels, nodes, nodes), a row's and a column's node and share, lowest level and step [m]; empty
    slopes: none. course: shift (m,) whole cells and rest (m,) the part of a cell (-0.5 to 0.5) lines have moved across at each row,
    turn (east, north) of way 0, length of a step [m], reach [steps].
    tables (2, 2, bins + 1, columns): by way, and by kind (all light; what crowns hold back), what lies above a slope.
    out (m, n, columns): NEAR [TREES] [FAR] [MONTHS], less the factor "up" of the cell's normal.
    """
    z, crowns, east, north, wanted = field
    shift, rest, turn, step_m, reach = course
    m, n = z.shape
    wooded, everywhere, walled = crowns.shape[0] == m, wanted.shape[0] != m, beyond[0].shape[2] > 1
    bins, zero = np.float32(tables.shape[2] - 1), np.float32(0.0)
    slopes, at_row, in_row, at_col, in_col, levels = beyond
    heights, steps, tip, path, tops = _walk(m)
    cheights, csteps, ctip, cpath, ctops = _walk(m if wooded else 1)
    across, over, lean, base, near, top = (
        np.empty(LINES, np.float32),
        np.empty(LINES, np.float32),
        np.empty(LINES, np.float32),
        np.empty(LINES, np.float32),
        np.empty(LINES, np.float32),
        np.empty(LINES, np.float32),
    )
    step = np.float32(step_m)
    per_step = np.float32(1.0) / step
    for first in range(part[0], part[1], LINES):
        last = min(first + LINES, part[1])
        for way in range(2):
            _restart(heights, steps, tip, tops)
            _restart(cheights, csteps, ctip, ctops)
            sign = np.float32(1.0) if way == 0 else np.float32(-1.0)
            tx, ty = sign * np.float32(turn[0]), sign * np.float32(turn[1])
            for walked in range(m):
                row = m - 1 - walked if way == 0 else walked
                i0, i1 = max(first + shift[row], 0), min(last + shift[row], n)
                count, q0 = i1 - i0, i0 - shift[row] - first
                if count <= 0:
                    continue
                for q in range(count):
                    lean[q] = east[row, i0 + q] * tx + north[row, i0 + q] * ty
                    base[q] = max(lean[q], zero)
                _cross(z, path, tops, row, walked, i0, q0, count, rest[row], across)
                for q in range(count):
                    rise, run = _step(
                        heights, steps, tip, path, tops, q0 + q, walked, reach, z[row, i0 + q], across[q], base[q] * step
                    )
                    near[q] = rise / run
                if wooded:
                    _cross(crowns, cpath, ctops, row, walked, i0, q0, count, rest[row], over)
                    for q in range(count):
                        rise, run = _step(
                            cheights, csteps, ctip, cpath, ctops, q0 + q, walked, reach, z[row, i0 + q], over[q], base[q] * step
                        )
                        top[q] = rise / run
                for q in range(count):
                    if not (everywhere or wanted[row, i0 + q]):
                        continue
                    low = _bin(base[q], bins)
                    if walled:
                        far = _bin(
                            max(
                                _beyond(slopes, at_row, in_row, at_col, in_col, levels, way, row, i0 + q, z[row, i0 + q]), base[q]
                            ),
                            bins,
                        )
                        if far > low:
                            _lose(out, tables, row, i0 + q, way, 0, low, far, lean[q], FAR)
                            low = far
                    high = _bin(max(near[q] * per_step, zero), bins)
                    if high > low:
                        _lose(out, tables, row, i0 + q, way, 0, low, high, lean[q], NEAR)
                        low = high
                    if wooded:
                        high = _bin(max(top[q] * per_step, zero), bins)
                        if high > low:
                            _lose(out, tables, row, i0 + q, way, 1, low, high, lean[q], TREES)
