# ruff: noqa: ANN001, ANN202, PLR0912, PLR0915, PLR0917
# numba infers the types; one long function, because arrays handed to an inner one would be counted at every call
"""What every cell of a grid loses to its horizon: scan lines with a convex hull each, all cells in linear time. Compiled by numba.

For one direction the grid is cut into lines along it. A line is walked from the side the cells look towards; a stack holds the upper
convex hull of the heights passed, and a cell's horizon is the hull's tangent from it (Timonen & Westerholm 2010). Heights are
interpolated across onto the line for what stands in the way; the cell that looks keeps its own. Neighbouring lines advance in
lock-step, so that memory is read along its contiguous axis. docs/metod/skuggning.md.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LINES = 32
"""Lines in lock-step: 128 bytes of heights a step."""
BLOCK = 16
"""Steps whose highest point is kept, for looking back along a line within the near range."""
PEAK = 8
"""Blocks whose highest point is kept."""
BOTTOM = np.float32(-1.0e12)
"""Height under every hull [m]."""
NEAR, TREES, FAR, MONTHS = 0, 4, 8, 12
"""First column of what each cause takes: beam, circumsolar, dome, horizon band; then the twelve months' direct light, all causes."""
MARGIN = 2.0e-4
"""Slope [m/m] something must rise above a cell's own plane to count, so that rounding does not make a plane shade itself: 0.01 deg."""
LEAN, BASE, OWN, HEAD, LEVEL, RISE, RUN, SEEN, LOW, HIGH = range(10)
"""Rows of a step's memory: rise of the cell's plane towards what it looks at, the horizon below which nothing counts, the cell's height,
the slope to what is overhead, the line's height, rise and run to the tangent, the slope seen, the bins (whole part) of BASE and SEEN."""
STEEPEST = 2.0
"""Slope [m/m] up to which a cell is moved along its own plane onto its line; steeper ones are walls."""
COLUMNS = 8
"""Columns of a table before the months: the four along the sector, the four upwards."""


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _within(path, tops, peaks, here, from_):
    """Return the steepest slope (rise per step) seen from (height, at least) among a line's last steps, exactly.

    path (steps, lines) heights; tops (blocks, lines) the maxima of BLOCK steps; peaks those of PEAK blocks. here: line, step, reach.
    """
    line, step, reach = here
    height, best = from_
    first, block = max(step - reach, 0), (step - 1) // BLOCK
    for other in range(max(block * BLOCK, first), step):
        best = max(best, (path[other, line] - height) / np.float32(step - other))
    block -= 1
    while block >= first // BLOCK:
        enough = best * np.float32(step + 1 - (block + 1) * BLOCK)  # rise at the block's nearest step that would matter
        if block % PEAK == PEAK - 1 and peaks[block // PEAK, line] - height <= enough:
            block -= PEAK
            continue
        if tops[block, line] - height > enough:
            for other in range(max(block * BLOCK, first), (block + 1) * BLOCK):
                best = max(best, (path[other, line] - height) / np.float32(step - other))
        block -= 1
    return best


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose(out, tables, place, between):
    """Add to out at a place what lies between the bins of two horizons, where the surface rises by `lean` towards them."""
    j, i, way, column = place
    low, high, lean = between
    along, away = -lean, max(-lean, np.float32(0.0))
    out[j, i, column] += along * (tables[way, low, 0] - tables[way, high, 0]) + (tables[way, low, 4] - tables[way, high, 4])
    out[j, i, column + 1] += along * (tables[way, low, 1] - tables[way, high, 1]) + (tables[way, low, 5] - tables[way, high, 5])
    out[j, i, column + 2] += along * (tables[way, low, 2] - tables[way, high, 2]) + (tables[way, low, 6] - tables[way, high, 6])
    out[j, i, column + 3] += away * (tables[way, low, 3] - tables[way, high, 3])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose_months(out, tables, place, between):
    """Add the months' direct light likewise."""
    j, i, way, _ = place
    low, high, lean = between
    for c in range(12):
        gone = -lean * (tables[way, low, COLUMNS + c] - tables[way, high, COLUMNS + c])
        out[j, i, MONTHS + c] += gone + (tables[way, low, COLUMNS + 12 + c] - tables[way, high, COLUMNS + 12 + c])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def lines(field, floor, course, tables, part, out) -> None:
    """Add to out what one cause takes from the cells in one direction and in the opposite one.

    field: z (m, n) heights the cells look from [m]; over (m, n) heights in their way [m]; east, north (m, n) rise of the cells' own
    planes [m/m]; wanted (m, n) bool, of shape (1, 1) when all are. Lines run along axis 0; way 0 looks towards its end, way 1 back.
    floor (2, m, n) float32: horizon [m/m] known before by way; raised to what is seen here. Of shape (2, 1, 1): none, and not kept.
    course: shift (m,) whole cells and rest (m,) the part of a cell (-0.5 to 0.5) lines have moved across at each row; turn (east, north)
    of way 0; aside (east, north) a cell's side across the lines [m]; length of a step [m]; reach [steps].
    tables (2, bins + 1, columns): what lies above a slope, by way. part: first and last line, the cause's column.
    out (m, n, columns): NEAR [TREES] [FAR] [MONTHS], less the factor "up" of the normal.
    """
    z, over, east, north, wanted = field
    shift, rest, turn, aside, step_m, reach = course
    m, n = z.shape
    everywhere, kept, monthly = wanted.shape[0] != m, floor.shape[1] == m, out.shape[2] > MONTHS
    bins = np.float32(tables.shape[1] - 1)
    one, zero, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    step = np.float32(step_m)
    per_step, margin = one / step, np.float32(MARGIN)
    twice = np.float32(2.0) * per_step
    room = (m // 16 * 2 + 5) * 8  # odd times 32 bytes: the tops of the lines' hulls must not share a cache set
    hull = np.empty((LINES, room, 2), np.float32)
    top = np.empty(LINES, np.uint64)
    path, tops = np.empty((m, LINES), np.float32), np.empty((m // BLOCK + 1, LINES), np.float32)
    peaks = np.empty((m // (BLOCK * PEAK) + 1, LINES), np.float32)
    cells = np.empty((10, LINES), np.float32)  # one array: the compiler then sees that its rows do not overlap
    ax, ay, steepest = np.float32(aside[0]), np.float32(aside[1]), np.float32(STEEPEST * max(abs(aside[0]), abs(aside[1])))
    back = np.uint64(1)
    far = np.float32(reach)
    for first in range(part[0], part[1], LINES):
        last = min(first + LINES, part[1])
        for way in range(2):
            sign = one if way == 0 else -one
            tx, ty = sign * np.float32(turn[0]), sign * np.float32(turn[1])
            hull[:, 0, 0] = BOTTOM
            hull[:, 0, 1] = -one
            hull[:, 1, 0] = BOTTOM * np.float32(0.1)
            hull[:, 1, 1] = -half
            top[:] = 1
            tops[:] = BOTTOM
            peaks[:] = BOTTOM
            for walked in range(m):
                row = m - 1 - walked if way == 0 else walked
                here = np.float32(walked)
                i0, i1 = max(first + shift[row], 0), min(last + shift[row], n)
                count, q0 = i1 - i0, i0 - shift[row] - first
                if count <= 0:
                    continue
                share = abs(rest[row])
                side = 1 if rest[row] > zero else -1
                for q in range(count):
                    own, lean = z[row, i0 + q], east[row, i0 + q] * tx + north[row, i0 + q] * ty
                    sideways = east[row, i0 + q] * ax + north[row, i0 + q] * ay
                    cells[LEAN, q] = lean
                    cells[BASE, q] = max(lean, zero)
                    cells[OWN, q] = own + rest[row] * min(max(sideways, -steepest), steepest)
                    cells[HEAD, q] = (over[row, i0 + q] - own) * twice  # a crown above the cell itself
                    cells[LEVEL, q] = over[row, i0 + q]
                within = max(0, -side - i0), min(count, n - side - i0)
                beside = max(i0 + within[0] + side, 0)
                for q in range(within[1] - within[0]):
                    cells[LEVEL, within[0] + q] += share * (over[row, beside + q] - cells[LEVEL, within[0] + q])
                edge = 0 if side < 0 else n - 1
                if i0 <= edge < i1 and over[row, edge] == z[row, edge]:
                    cells[LEVEL, edge - i0] = cells[OWN, edge - i0]  # nothing beside it: as its own plane goes on
                block = walked // BLOCK
                for q in range(count):
                    path[walked, q0 + q] = cells[LEVEL, q]
                    tops[block, q0 + q] = max(tops[block, q0 + q], cells[LEVEL, q])
                if walked % BLOCK == BLOCK - 1:
                    for q in range(LINES):
                        peaks[block // PEAK, q] = max(peaks[block // PEAK, q], tops[block, q])
                if kept:
                    for q in range(count):
                        cells[BASE, q] = max(cells[BASE, q], floor[way, row, i0 + q])
                if not everywhere:
                    for q in range(count):
                        if not wanted[row, i0 + q]:  # it only stands in the way
                            cells[BASE, q], cells[OWN, q] = -BOTTOM, cells[LEVEL, q]
                for q in range(count):
                    line = np.uint64(q0 + q)
                    own, level = cells[OWN, q], cells[LEVEL, q]
                    low, high = min(own, level), max(own, level)
                    # the tangent from below touches no later vertex than the one from above: one walk down the hull serves both
                    newest = top[line]
                    v = newest
                    rise, run = hull[line, v, 0] - low, here - hull[line, v, 1]
                    while True:
                        higher, longer = hull[line, v - back, 0] - low, here - hull[line, v - back, 1]
                        if higher * run < rise * longer:
                            break
                        rise, run = higher, longer
                        v -= back
                    w = v
                    rise_high, run_high = rise + low - high, run
                    while high > low:
                        higher, longer = hull[line, w - back, 0] - high, here - hull[line, w - back, 1]
                        if higher * run_high < rise_high * longer:
                            break
                        rise_high, run_high = higher, longer
                        w -= back
                    touched, keep = v, w + back
                    if own > level:
                        rise, run = rise_high, run_high
                        touched, keep = w, v + back
                    if run > far and rise > cells[BASE, q] * run * step:
                        best = cells[BASE, q] * step
                        while touched < newest:
                            touched += back
                            if here - hull[line, touched, 1] <= far:
                                best = max(best, (hull[line, touched, 0] - own) / (here - hull[line, touched, 1]))
                                break
                        rise, run = _within(path, tops, peaks, (line, walked, reach), (own, best)), one
                    hull[line, keep, 0] = level
                    hull[line, keep, 1] = here
                    top[line] = keep
                    cells[RISE, q], cells[RUN, q] = rise, run
                for q in range(count):
                    base, slope = cells[BASE, q], cells[RISE, q] * per_step / cells[RUN, q]
                    slope = max(max(slope, cells[HEAD, q]) - margin, base)
                    cells[SEEN, q] = slope
                    cells[LOW, q] = base / (one + base) * bins + half
                    cells[HIGH, q] = slope / (one + slope) * bins + half
                if kept:
                    for q in range(count):
                        floor[way, row, i0 + q] = cells[SEEN, q]
                for q in range(count):
                    low_bin, high_bin = np.int64(cells[LOW, q]), np.int64(cells[HIGH, q])
                    if high_bin > low_bin:
                        _lose(out, tables, (row, i0 + q, way, part[2]), (low_bin, high_bin, cells[LEAN, q]))
                        if monthly:
                            _lose_months(out, tables, (row, i0 + q, way, part[2]), (low_bin, high_bin, cells[LEAN, q]))


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _between_nodes(slopes, at, shares):
    """Return a value of slopes (ways, levels, rows, columns), linear between eight nodes."""
    way, k, j, i = at
    up, down, aside = shares
    one = np.float32(1.0)
    a, b = slopes[way, k, j, i], slopes[way, k, j, i + 1]
    c, d = slopes[way, k, j + 1, i], slopes[way, k, j + 1, i + 1]
    e, f = slopes[way, k + 1, j, i], slopes[way, k + 1, j, i + 1]
    g, h = slopes[way, k + 1, j + 1, i], slopes[way, k + 1, j + 1, i + 1]
    lower = (a * (one - aside) + b * aside) * (one - down) + (c * (one - aside) + d * aside) * down
    upper = (e * (one - aside) + f * aside) * (one - down) + (g * (one - aside) + h * aside) * down
    return lower * (one - up) + upper * up


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def terrain(field, floor, beyond, tables, part, out) -> None:
    """Add to out (column FAR) what far terrain takes on the rows part = (first, last), and set floor to its horizon.

    field, floor, tables, out as in `lines`, and turn. beyond: the terrain's slopes (2, levels, rows, columns) at nodes, each row's node
    and share of the way to the next, each column's, and the lowest level and the step between levels [m].
    """
    z, east, north, wanted, turn = field
    slopes, at_row, in_row, at_col, in_col, levels = beyond
    everywhere, monthly = wanted.shape[0] != z.shape[0], out.shape[2] > MONTHS
    bins = np.float32(tables.shape[1] - 1)
    one, zero, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    highest = np.float32(slopes.shape[1]) - np.float32(1.001)
    for way in range(2):
        sign = one if way == 0 else -one
        tx, ty = sign * np.float32(turn[0]), sign * np.float32(turn[1])
        for row in range(part[0], part[1]):
            for i in range(z.shape[1]):
                if not (everywhere or wanted[row, i]):
                    continue
                lean = east[row, i] * tx + north[row, i] * ty
                base = max(lean, zero)
                up = min(max((z[row, i] - levels[0]) / levels[1], zero), highest)
                k = int(up)
                at, shares = (way, k, at_row[row], at_col[i]), (up - np.float32(k), in_row[row], in_col[i])
                seen = max(_between_nodes(slopes, at, shares), base)
                floor[way, row, i] = seen
                low, high = np.int32(base / (one + base) * bins + half), np.int32(seen / (one + seen) * bins + half)
                if high > low:
                    _lose(out, tables, (row, i, way, FAR), (low, high, lean))
                    if monthly:
                        _lose_months(out, tables, (row, i, way, FAR), (low, high, lean))
