# ruff: noqa: ANN001, ANN202, PLR0917
# numba infers the types; arrays go one by one, since a tuple of them would be counted at every step
"""What every cell of a grid loses to its horizon: scan lines with a convex hull each, all cells in linear time. Compiled by numba.

For one direction the grid is cut into lines along it. A line is walked from the side the cells look towards; a stack holds the upper
convex hull of the heights passed, and a cell's horizon is the hull's tangent from it (Timonen & Westerholm 2010). Heights are
interpolated across onto the line for what stands in the way; the cell that looks keeps its own. docs/metod/skuggning.md.

A strip of neighbouring lines is read once (`_read`), walked in lock-step from both ends (`_look`) and charged once (`_take`). The
hulls' newest vertices lie side by side, so that a step is decided for all lines without a branch; only the few lines that leave
more than one vertex behind walk down their hull (`_tangent`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

LINES = 64
"""Lines in lock-step: their grids of 2 000 steps still fit a core's cache."""
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
STEEPEST = 2.0
"""Slope [m/m] up to which a cell is moved along its own plane onto its line; steeper ones are walls."""
COLUMNS = 8
"""Columns of a table before the months: the four along the sector, the four upwards."""
OWN, LEVEL, LEAN, HEAD = range(4)
"""Grids of a strip: the cells' heights [m], the lines' [m], rise of the cells' planes towards way 0 [m/m], slope to what is overhead."""
START, END, COLUMN = range(3)
"""Where a row of the grid lies in a strip: its first lane, the one after its last, the first lane's column."""
HEIGHT, STEP = 0, 3
"""First of three rows: height and step of the newest vertex of every hull and of the two under it."""
TOP, NEWEST, DEEP = range(3)
"""A hull's newest vertex after a step and before it, and whether the step needs a walk down the hull."""
BASE, RISE, RUN = range(3)
"""Slope below which nothing counts; rise and run to the tangent, whose quotient ends in RISE."""
BITS, LOW = np.int32(16), np.int32(0xFFFF)
"""Two bins in one number: the upper one above BITS, the lower one under the mask LOW."""
ONE, TWO, FOUR = np.uint64(1), np.uint64(2), np.uint64(4)
"""A hull is flat: height, step, height, step. Unsigned, or every index would first be tested for a sign."""


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _read(field, course, part, strip, span, crowned) -> None:
    """Read a strip of lines, part = (first, after the last), from the grids; field and course as in `lines`."""
    z, over, east, north, wanted = field
    shift, rest, turn, aside, step_m, _ = course
    own, level, lean, overhead = strip[OWN], strip[LEVEL], strip[LEAN], strip[HEAD]
    m, n = z.shape
    twice = np.float32(2.0 / step_m)
    tx, ty, ax, ay = np.float32(turn[0]), np.float32(turn[1]), np.float32(aside[0]), np.float32(aside[1])
    steepest = np.float32(STEEPEST * max(abs(aside[0]), abs(aside[1])))
    for row in range(m):
        i0, i1 = max(part[0] + shift[row], 0), min(part[1] + shift[row], n)
        q0, count = i0 - shift[row] - part[0], max(i1 - i0, 0)
        span[row, START], span[row, END], span[row, COLUMN] = q0, q0 + count, i0
        level[row, : min(q0, LINES)] = BOTTOM
        level[row, min(q0 + count, LINES) :] = BOTTOM
        moved, side = rest[row], 1 if rest[row] > np.float32(0.0) else -1
        i, p = np.uint64(i0), np.uint64(q0)
        for q in range(np.uint64(count)):
            sideways = east[row, i + q] * ax + north[row, i + q] * ay
            lean[row, p + q] = east[row, i + q] * tx + north[row, i + q] * ty
            own[row, p + q] = z[row, i + q] + moved * min(max(sideways, -steepest), steepest)
            level[row, p + q] = over[row, i + q]
        if crowned:
            for q in range(np.uint64(count)):
                overhead[row, p + q] = (over[row, i + q] - z[row, i + q]) * twice
        skip, within = max(0, -side - i0), min(count, n - side - i0)
        i, beside, p = np.uint64(i0 + skip), np.uint64(i0 + skip + side), np.uint64(q0 + skip)
        for q in range(np.uint64(max(within - skip, 0))):
            level[row, p + q] += abs(moved) * (over[row, beside + q] - over[row, i + q])
        edge = 0 if side < 0 else n - 1
        if i0 <= edge < i1 and over[row, edge] == z[row, edge]:
            level[row, q0 + edge - i0] = own[row, q0 + edge - i0]  # nothing beside it: as its own plane goes on
        if wanted.shape[0] == m:
            for q in range(count):
                if not wanted[row, i0 + q]:  # it only stands in the way
                    own[row, q0 + q] = level[row, q0 + q]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _within(path, tops, peaks, here, from_):
    """Return the steepest slope (rise per step) seen from (height, at least) on the steps first to until of a line, exactly.

    path (steps, lines) heights, in the order of way 1; tops (blocks, lines) the maxima of BLOCK steps walked; peaks those of PEAK
    blocks. here: line, step, first, until, way.
    """
    line, step, first, until, way = here
    height, best = from_
    end, turn = (path.shape[0] - 1, -1) if way == 0 else (0, 1)
    other = until - 1
    while other >= first:
        block, last = other // BLOCK, other % BLOCK == BLOCK - 1
        if last or other == until - 1:
            enough = best * np.float32(step - other)  # rise at the block's nearest step that would matter
            if last and block % PEAK == PEAK - 1 and peaks[block // PEAK, line] - height <= enough:
                other -= PEAK * BLOCK
                continue
            if tops[block, line] - height <= enough:
                other = block * BLOCK - 1
                continue
        best = max(best, (path[end + turn * other, line] - height) / np.float32(step - other))
        other -= 1
    return best


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _touched(hull, vertex, here, height):
    """Walk down a hull from a vertex. Return the one the tangent from a height touches, and rise and run [steps] to it."""
    rise, run = hull[vertex] - height, here - hull[vertex + ONE]
    while True:
        higher, longer = hull[vertex - TWO] - height, here - hull[vertex - ONE]
        if higher * run < rise * longer:
            return vertex, rise, run
        rise, run = higher, longer
        vertex -= TWO


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _tangent(hull, newest, here, own, level):
    """Return rise and run [steps] to the vertex of a hull a cell's horizon touches, that vertex, and the place of the next one to come.

    Vertices the line's own height hides are left behind. The tangent from below touches no later vertex than the one from above: one walk
    down from the newest vertex serves the cell and the line.
    """
    low, high = min(own, level), max(own, level)
    v, rise, run = _touched(hull, newest, here, low)
    w, rise_high, run_high = _touched(hull, v, here, high)
    if own > level:
        return rise_high, run_high, w, v + TWO
    return rise, run, v, w + TWO


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _know(lean, floor, wanted, place, lanes, sign, cells) -> None:
    """Set BASE: the cell's own plane, and the horizon known before. place: way, row, column of the first lane."""
    way, row, column = place
    for q in range(lanes[0], lanes[1]):
        cells[BASE, q] = max(sign * lean[row, q], np.float32(0.0))
    if floor.shape[1] == lean.shape[0]:
        for q in range(lanes[0], lanes[1]):
            cells[BASE, q] = max(cells[BASE, q], floor[way, row, column + q - lanes[0]])
    if wanted.shape[0] == lean.shape[0]:
        for q in range(lanes[0], lanes[1]):
            if not wanted[row, column + q - lanes[0]]:
                cells[BASE, q] = -BOTTOM


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _advance(own_, level_, row, here, lanes, far, step, newest, vertex, cells) -> None:
    """One step of all lines, without a branch: what a hull's newest three vertices settle is settled, the other lines are marked DEEP.

    own_, level_ (m, lines) heights; far: steps beyond which a vertex is out of reach.
    """
    begin, end = lanes
    for q in range(begin, end):
        own, level = own_[row, q], level_[row, q]
        low, high = min(own, level), max(own, level)
        h0, h1, h2 = newest[HEIGHT, q], newest[HEIGHT + 1, q], newest[HEIGHT + 2, q]
        x0, x1, x2 = newest[STEP, q], newest[STEP + 1, q], newest[STEP + 2, q]
        run0, run1, run2 = here - x0, here - x1, here - x2
        first = (h1 - low) * run0 < (h0 - low) * run1  # the newest vertex stays
        second = (h2 - low) * run1 < (h1 - low) * run2
        touched, run = (h0, run0) if first else (h1, run1)
        under, longer = (h1, run1) if first else (h2, run2)
        alike = (under - high) * run < (touched - high) * longer  # and for the higher of the two heights
        rise = touched - own
        near = (run <= far) | (rise <= cells[BASE, q] * run * step)
        vertex[DEEP, q] = np.int32(0) if (first | second) & alike & near else np.int32(1)
        vertex[NEWEST, q] = vertex[TOP, q]
        vertex[TOP, q] += np.int32(1) if first else np.int32(0)
        cells[RISE, q], cells[RUN, q] = rise, run
        newest[HEIGHT + 2, q], newest[STEP + 2, q] = (h1, x1) if first else (h2, x2)
        newest[HEIGHT + 1, q], newest[STEP + 1, q] = (h0, x0) if first else (h1, x1)
        newest[HEIGHT, q], newest[STEP, q] = level, here


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _bin(slope, bins):
    """Return the bin of a slope: equal steps of slope / (1 + slope)."""
    return np.int32(slope / (np.float32(1.0) + slope) * bins + np.float32(0.5))


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _highest(level, row, walked, lanes, tops, peaks) -> None:
    """Keep the highest point of every BLOCK of steps and of every PEAK of blocks."""
    block = walked // BLOCK
    for q in range(lanes[0], lanes[1]):
        tops[block, q] = max(tops[block, q], level[row, q])
    if walked % BLOCK == BLOCK - 1:
        for q in range(LINES):
            peaks[block // PEAK, q] = max(peaks[block // PEAK, q], tops[block, q])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _settle(hull, newest, vertex, cells, level_, tops, peaks, place, heights, ranges) -> None:
    """Settle a line's step by a walk down its hull. place: line, step, way, length of a hull; heights: of the cell and of the line."""
    q, walked, way, room = place
    own, level = heights
    reach, far, step, per_step, bins = ranges
    margin, here = np.float32(MARGIN), np.float32(walked)
    top, least = TWO * np.uint64(vertex[NEWEST, q]) + q * room, cells[BASE, q] * step
    rise, run, touched, keep = _tangent(hull, top, here, own, level)
    if run > far and rise > least * run:
        anywhere = rise / run
        beyond, touched = touched, top
        while touched - beyond > TWO:  # the oldest vertex within reach
            middle = beyond + ((touched - beyond) >> TWO) * TWO
            if here - hull[middle + ONE] > far:
                beyond = middle
            else:
                touched = middle
        rise, run = max(least, (hull[touched] - own) / (here - hull[touched + ONE])), np.float32(1.0)
        if _bin(anywhere * per_step - margin, bins) > _bin(
            rise * per_step - margin, bins
        ):  # else what stands between cannot matter
            until = np.int64(hull[touched + ONE])
            rise = _within(level_, tops, peaks, (q, walked, walked - reach, until, way), (own, rise))
    cells[RISE, q], cells[RUN, q], vertex[TOP, q] = rise, run, np.int32((keep - q * room) >> ONE)
    newest[HEIGHT + 1, q], newest[STEP + 1, q] = hull[keep - TWO], hull[keep - ONE]
    newest[HEIGHT + 2, q], newest[STEP + 2, q] = hull[keep - FOUR], hull[keep - FOUR + ONE]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _note(overhead, crowned, row, lanes, scale, cells, seen) -> None:
    """Turn RISE into the slope seen [m/m] and note its bin and BASE's. scale: length of a step, steps a metre, bins."""
    step, per_step, bins = scale
    if crowned:
        for q in range(lanes[0], lanes[1]):
            cells[RISE, q] = max(cells[RISE, q], overhead[row, q] * step * cells[RUN, q])
    for q in range(lanes[0], lanes[1]):
        base = cells[BASE, q]
        slope = max(cells[RISE, q] * per_step / cells[RUN, q] - np.float32(MARGIN), base)
        cells[RISE, q] = slope
        seen[row, q] = _bin(base, bins) | (_bin(slope, bins) << BITS)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _begin(hull, newest, vertex):
    """Lay under every hull vertices that stay. Return the length of a hull."""
    room = np.uint64(hull.shape[0] // LINES)
    deepest, half, one = BOTTOM * np.float32(0.1), np.float32(0.5), np.float32(1.0)
    for q in range(np.uint64(LINES)):
        for k in range(2):
            hull[q * room + TWO * np.uint64(k)], hull[q * room + TWO * np.uint64(k) + ONE] = BOTTOM, -one
        hull[q * room + FOUR], hull[q * room + FOUR + ONE] = deepest, -half
    newest[HEIGHT], newest[STEP] = deepest, -half
    newest[HEIGHT + 1 : STEP], newest[STEP + 1 :] = BOTTOM, -one
    vertex[TOP] = 2
    return room


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _look(strip, span, way, ground, near, hull, seen) -> None:
    """Walk a strip from one end. Into seen (m, lines) go the bins of the horizon a cell has without, and of the one it has with the strip.

    ground: floor, as in `lines`; wanted; crowned, whether something may be overhead. near: reach [steps], length of a step [m], bins.
    hull: memory for the hulls.
    """
    floor, wanted, crowned = ground
    reach, step_m, bins = near
    own, level, lean, overhead = strip[OWN], strip[LEVEL], strip[LEAN], strip[HEAD]
    m = own.shape[0]
    step, per_step, far = np.float32(step_m), np.float32(1.0 / step_m), np.float32(reach)
    sign = np.float32(1.0) if way == 0 else np.float32(-1.0)
    newest, vertex, cells = np.empty((6, LINES), np.float32), np.empty((3, LINES), np.int32), np.empty((3, LINES), np.float32)
    tops = np.full((m // BLOCK + 1, LINES), BOTTOM, np.float32)
    peaks = np.full((m // (BLOCK * PEAK) + 1, LINES), BOTTOM, np.float32)
    room = _begin(hull, newest, vertex)
    for walked in range(m):
        row = m - 1 - walked if way == 0 else walked
        here, lanes = np.float32(walked), (np.uint64(span[row, START]), np.uint64(span[row, END]))
        column = np.uint64(span[row, COLUMN])
        _highest(level, row, walked, lanes, tops, peaks)
        _know(lean, floor, wanted, (way, row, column), lanes, sign, cells)
        _advance(own, level, row, here, lanes, far, step, newest, vertex, cells)
        for q in range(lanes[0], lanes[1]):
            if vertex[DEEP, q] != 0:
                place, heights, ranges = (q, walked, way, room), (own[row, q], level[row, q]), (reach, far, step, per_step, bins)
                _settle(hull, newest, vertex, cells, level, tops, peaks, place, heights, ranges)
            keep = TWO * np.uint64(vertex[TOP, q]) + q * room
            hull[keep], hull[keep + ONE] = level[row, q], here
        _note(overhead, crowned, row, lanes, (step, per_step, bins), cells, seen)
        if floor.shape[1] == m:
            for q in range(lanes[0], lanes[1]):
                floor[way, row, column + q - lanes[0]] = cells[RISE, q]


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose(out, table, place, between) -> None:
    """Add to out at a place what lies between the bins of two horizons, where the surface rises by `lean` towards them."""
    j, i, c = place
    low, high, lean = between
    along, away = -lean, max(-lean, np.float32(0.0))
    beam = out[j, i, c] + along * (table[low, 0] - table[high, 0]) + (table[low, 4] - table[high, 4])
    circumsolar = out[j, i, c + ONE] + along * (table[low, 1] - table[high, 1]) + (table[low, 5] - table[high, 5])
    dome = out[j, i, c + TWO] + along * (table[low, 2] - table[high, 2]) + (table[low, 6] - table[high, 6])
    band = out[j, i, c + TWO + ONE] + away * (table[low, 3] - table[high, 3])
    out[j, i, c], out[j, i, c + ONE], out[j, i, c + TWO], out[j, i, c + TWO + ONE] = beam, circumsolar, dome, band


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose_months(out, table, place, between) -> None:
    """Add the months' direct light likewise."""
    j, i, _ = place
    low, high, lean = between
    for c in range(12):
        gone = -lean * (table[low, COLUMNS + c] - table[high, COLUMNS + c])
        out[j, i, MONTHS + c] += gone + (table[low, COLUMNS + 12 + c] - table[high, COLUMNS + 12 + c])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _take(lean, span, seen, tables, column, out) -> None:
    """Add to out what the cells of a strip lose between the bins in seen (2, m, lines)."""
    to_end, to_start = tables[0], tables[1]
    monthly, cause = out.shape[2] > MONTHS, np.uint64(column)
    for row in range(span.shape[0]):
        first, column_ = np.uint64(span[row, START]), np.uint64(span[row, COLUMN])
        for q in range(first, np.uint64(span[row, END])):
            bins0, bins1, place = seen[0, row, q], seen[1, row, q], (row, column_ + q - first, cause)
            low, high = np.uint64(bins0 & LOW), np.uint64(bins0 >> BITS)
            if high > low:
                _lose(out, to_end, place, (low, high, lean[row, q]))
                if monthly:
                    _lose_months(out, to_end, place, (low, high, lean[row, q]))
            low, high = np.uint64(bins1 & LOW), np.uint64(bins1 >> BITS)
            if high > low:
                _lose(out, to_start, place, (low, high, -lean[row, q]))
                if monthly:
                    _lose_months(out, to_start, place, (low, high, -lean[row, q]))


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
    m, column = field[0].shape[0], part[2]
    room = m // 16 * 32 + 80  # heights and steps; an odd times 64 bytes: the tops of the lines' hulls must not share a cache set
    hull = np.empty(LINES * room, np.float32)
    strip, span = np.empty((4, m, LINES), np.float32), np.empty((m, 3), np.int64)
    seen = np.empty((2, m, LINES), np.int32)
    near = (course[5], course[4], np.float32(tables.shape[1] - 1))
    for first in range(part[0], part[1], LINES):
        _read(field, course, (first, min(first + LINES, part[1])), strip, span, column == TREES)
        for way in range(2):
            _look(strip, span, way, (floor, field[4], column == TREES), near, hull, seen[way])
        _take(strip[LEAN], span, seen, tables, column, out)


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
    zero, one = np.float32(0.0), np.float32(1.0)
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
                low, high, place = np.uint64(_bin(base, bins)), np.uint64(_bin(seen, bins)), (row, np.uint64(i), np.uint64(FAR))
                if high > low:
                    _lose(out, tables[way], place, (low, high, lean))
                    if monthly:
                        _lose_months(out, tables[way], place, (low, high, lean))
