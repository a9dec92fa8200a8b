# ruff: noqa: ANN001, ANN202, PLR0917
# numba infers the types; arrays go one by one, since a tuple of them would be counted at every step
"""What every cell of a grid loses to its horizon: scan lines with a convex hull each, all cells in linear time. Compiled by numba.

For one direction the grid is cut into lines along it. A line is walked from the side the cells look towards; a stack holds the upper
convex hull of the heights passed, and a cell's horizon is the hull's tangent from it (Timonen & Westerholm 2010). Heights are
interpolated across onto the line for what stands in the way; the cell that looks keeps its own. docs/metod/skuggning.md.

A strip of neighbouring lines is read once (`_read`), walked in lock-step from both ends (`_look`) and charged once (`_take`). The
hulls' newest vertices lie side by side, so that a step is decided for all lines without a branch; only the few lines that leave
more than one vertex behind walk down their hull (`_settle`).

A function called for single lines uses each of its arrays whatever happens, and calls none that is not inlined: else numba counts
references to the arrays at every call, in atomic steps that cost more than the call does.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from solar import vector
from solar.vector import LINES

WALK = 8
"""Vertices a tangent is looked for among one by one; further down the hull it is looked for by halves."""
BLOCK = 8
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
START, END, COLUMN, WANTED = range(4)
"""Where a row of the grid lies in a strip: its first lane, the one after its last, the first lane's column; how many of its cells count."""
HEIGHT, AWAY = 0, 3
"""First of three rows: heights of the newest vertex of every hull and of the two under it; first of two: steps back to these two."""
TOP, DEEP, FOUND = range(3)
"""By line: the hull's newest vertex; the one before the step where that needs a walk down the hull, else 0; the step where `_within` last
found the steepest slope."""
BASE, RISE, RUN = range(3)
"""Slope below which nothing counts; rise and run to the tangent, whose quotient ends in RISE."""
PLACE, EYE, SLOPE, UNTIL = range(4)
"""By line, where it was last looked along within reach: step; height looked from; the slope nothing rises above; up to which step."""
BITS, LOW = np.int32(16), np.int32(0xFFFF)
"""Two bins in one number: the upper one above BITS, the lower one under the mask LOW."""
ONE, TWO, FOUR = np.uint64(1), np.uint64(2), np.uint64(4)
"""A hull is flat: height, step, height, step. Unsigned, or every index would first be tested for a sign."""
LINE = np.uint64(16)
"""Numbers in a line of cache."""


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
        if row + 1 < m:
            below = np.uint64((row + 1) * n + max(part[0] + shift[row + 1], 0))
            for k in range(below, below + np.uint64(LINES), LINE):
                vector.fetch(z, k)
                vector.fetch(over, k)
                vector.fetch(east, k)
                vector.fetch(north, k)
        span[row, START], span[row, END], span[row, COLUMN] = q0, q0 + count, i0
        if count < LINES:
            level[row] = BOTTOM
        moved, side = rest[row], 1 if rest[row] > np.float32(0.0) else -1
        i, p = np.uint64(i0), np.uint64(q0)
        for q in range(np.uint64(count)):
            sideways = east[row, i + q] * ax + north[row, i + q] * ay
            lean[row, p + q] = east[row, i + q] * tx + north[row, i + q] * ty
            own[row, p + q] = z[row, i + q] + moved * min(max(sideways, -steepest), steepest)
        if crowned:
            for q in range(np.uint64(count)):
                overhead[row, p + q] = (over[row, i + q] - z[row, i + q]) * twice
        edge = 0 if side < 0 else n - 1  # nothing beside it
        if i0 <= edge < i1:
            at = q0 + edge - i0
            level[row, at] = own[row, at] if over[row, edge] == z[row, edge] else over[row, edge]  # as its own plane goes on
        skip, within = max(0, -side - i0), min(count, n - side - i0)
        i, beside, p = np.uint64(i0 + skip), np.uint64(i0 + skip + side), np.uint64(q0 + skip)
        for q in range(np.uint64(max(within - skip, 0))):
            level[row, p + q] = over[row, i + q] + abs(moved) * (over[row, beside + q] - over[row, i + q])
        span[row, WANTED] = count
        if wanted.shape[0] == m:
            for q in range(count):
                if not wanted[row, i0 + q]:  # it only stands in the way
                    own[row, q0 + q] = level[row, q0 + q]
                    span[row, WANTED] -= 1


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
def _tangent(hull, newest, lowest, here, own, level):
    """Return rise and run [steps] to the vertex of a hull a cell's horizon touches, that vertex, and the place of the next one to come.

    Vertices the line's own height hides are left behind. The tangent from below touches no later vertex than the one from above: one walk
    down from the newest vertex serves the cell and the line.
    """
    low, high = min(own, level), max(own, level)
    v, rise, run = _touched(hull, newest, here, low)
    w, above = v, v + TWO
    last = v - TWO * np.uint64(WALK)
    while above - lowest > TWO:
        if (hull[w - TWO] - high) * (here - hull[w + ONE]) < (hull[w] - high) * (here - hull[w - ONE]):
            lowest = w
        else:
            above = w
        w = w - TWO if w > last else lowest + ((above - lowest) >> TWO) * TWO
    if own > level:
        return hull[lowest] - high, here - hull[lowest + ONE], lowest, v + TWO
    return rise, run, v, lowest + TWO


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
def _advance(own_, level_, row, lanes, far, step, newest, vertex, cells) -> None:
    """One step of all lines, without a branch: what a hull's newest three vertices settle is settled, the other lines are marked DEEP.

    own_, level_ (m, lines) heights; far: steps beyond which a vertex is out of reach.
    """
    begin, end = lanes
    one = np.float32(1.0)
    for q in range(begin, end):
        own, level = own_[row, q], level_[row, q]
        low, high = min(own, level), max(own, level)
        h0, h1, h2 = newest[HEIGHT, q], newest[HEIGHT + 1, q], newest[HEIGHT + 2, q]
        run1, run2 = newest[AWAY, q] + one, newest[AWAY + 1, q] + one
        first = h1 - low < (h0 - low) * run1  # the newest vertex stays
        second = (h2 - low) * run1 < (h1 - low) * run2
        touched, run = (h0, one) if first else (h1, run1)
        under, longer = (h1, run1) if first else (h2, run2)
        alike = (under - high) * run < (touched - high) * longer  # and for the higher of the two heights
        rise = touched - own
        near = (run <= far) | (rise <= cells[BASE, q] * run * step)
        before = vertex[TOP, q]
        vertex[DEEP, q] = np.int32(0) if (first | second) & alike & near else before
        vertex[TOP, q] = before + (np.int32(TWO) if first else np.int32(0))
        cells[RISE, q], cells[RUN, q] = rise, run
        newest[HEIGHT, q], newest[HEIGHT + 1, q], newest[HEIGHT + 2, q] = level, touched, under
        newest[AWAY, q], newest[AWAY + 1, q] = run, longer


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _bin(slope, bins):
    """Return the bin of a slope: equal steps of slope / (1 + slope)."""
    return np.int32(slope / (np.float32(1.0) + slope) * bins + np.float32(0.5))


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _maxima(heights, size, out) -> None:
    """Fill out with the lines' highest of every `size` rows; past the last row, that row."""
    last = heights.shape[0] - 1
    for part in range(out.shape[0]):
        first = part * size
        for q in range(LINES):
            high = heights[min(first, last), q]
            for k in range(1, size):
                high = max(high, heights[min(first + k, last), q])
            out[part, q] = high


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _highest(level, tops, peaks) -> None:
    """Fill tops and peaks with the lines' highest points of every BLOCK rows and of every PEAK blocks."""
    _maxima(level, BLOCK, tops)
    _maxima(tops, PEAK, peaks)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _settle(hull, newest, vertex, cells, place, heights):
    """Settle a line's step by a walk down its hull; return the vertex the tangent touches. place: line, step; heights: of cell and line."""
    q, here = place
    own, level = heights
    lowest = q * np.uint64(hull.shape[0] // LINES) + FOUR
    rise, run, touched, keep = _tangent(hull, np.uint64(vertex[DEEP, q]), lowest, here, own, level)
    cells[RISE, q], cells[RUN, q], vertex[TOP, q] = rise, run, np.int32(keep)
    newest[HEIGHT + 1, q], newest[AWAY, q] = hull[keep - TWO], here - hull[keep - ONE]
    newest[HEIGHT + 2, q], newest[AWAY + 1, q] = hull[keep - FOUR], here - hull[keep - FOUR + ONE]
    return touched


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _shorten(hull, vertex, cells, proof, level, place, own, ranges):
    """Set RISE to the steepest slope within reach that is known without a search, for a line whose tangent ends out of reach.

    Returns the steps back (first, last) where something may stand that lifts it to a higher bin, first > last if nothing may, and the
    slope that takes [rise per step]. place: line, step, row, way's turn, touched vertex.
    """
    q, walked, row, turn, touched = place
    reach, far, step, per_step, bins = ranges
    here, one = np.float32(walked), np.float32(1.0)
    v = touched + TWO
    while here - hull[v + ONE] > far:  # the oldest vertex within reach
        v += TWO
    run = here - hull[v + ONE]
    likely = min(max(walked - np.int64(vertex[FOUND, q]), np.int64(1)), reach)  # where it was last, or as far as it may be
    rise, other = hull[v] - own, level[np.uint64(row + turn * likely), q] - own
    known = rise / run if rise * np.float32(likely) > other * run else other / np.float32(likely)
    known = max(known, (cells[BASE, q] + np.float32(MARGIN)) * step)
    edge = (np.float32(_bin(known * per_step - np.float32(MARGIN), bins)) + np.float32(0.5)) / bins
    least = (edge / (one - edge) + np.float32(MARGIN)) * step
    cells[RISE, q], cells[RUN, q] = known, one
    longer, higher = here - hull[v - ONE], hull[v - TWO]
    if (rise - least * far) * (longer - run) + (higher - hull[v]) * (far - run) <= 0:
        return 1, 0, least  # what stands beyond the vertex is under the hull's edge, and that too low
    # what was looked along before is under the slope found then: where that is under this one, only what came since may matter
    since, over = here - proof[UNTIL, q], proof[SLOPE, q] - least
    lower = proof[EYE, q] - own - proof[SLOPE, q] * (here - proof[PLACE, q])
    under = (lower + over * since <= 0) & (lower + over * far <= 0)
    last = min(np.int64(since) - 1, reach) if under else reach
    proof[PLACE, q], proof[EYE, q], proof[SLOPE, q], proof[UNTIL, q] = here, own, least, hull[v + ONE]
    return np.int64(run) + 1, last, least


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _within(level, tops, peaks, vertex, cells, proof, place, own, between) -> None:
    """Set RISE to the steepest slope seen within reach if it is in a higher bin, and FOUND to where. between: as `_shorten` returns it.

    level (m, lines) heights; tops, peaks as of `_highest`. place: line, step, row, way's turn.
    """
    q, walked, row, turn = place
    away, last, least = between
    while away <= last:
        other = row + turn * away
        enough = own + least * np.float32(away)  # the height that would matter at the nearest step
        block, peak = other % BLOCK, other % (BLOCK * PEAK)
        end = away + (peak if turn < 0 else BLOCK * PEAK - 1 - peak)
        if peaks[np.uint64(other // (BLOCK * PEAK)), q] > enough:
            end = away + (block if turn < 0 else BLOCK - 1 - block)
            if tops[np.uint64(other // BLOCK), q] > enough:
                for k in range(away, min(end, last) + 1):
                    rise, run = level[np.uint64(row + turn * k), q] - own, np.float32(k)
                    if rise > least * run:
                        least = rise / run
                        cells[RISE, q], proof[SLOPE, q], vertex[FOUND, q] = least, least, np.int32(walked - k)
        away = end + 1


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _note(overhead, crowned, row, lanes, scale, cells, seen) -> None:
    """Note the bins of BASE and of the slope seen. scale: length of a step [m], steps a metre, bins."""
    step, per_step, bins = scale
    zero, half, margin = np.float32(0.0), np.float32(0.5), np.float32(MARGIN)
    if crowned:
        for q in range(lanes[0], lanes[1]):
            cells[RISE, q] = max(cells[RISE, q], overhead[row, q] * step * cells[RUN, q])
    for q in range(lanes[0], lanes[1]):
        base, run = _bin(cells[BASE, q], bins), cells[RUN, q]
        rise = max(cells[RISE, q] * per_step - margin * run, zero)
        seen[row, q] = base | (max(np.int32(rise / (run + rise) * bins + half), base) << BITS)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _begin(hull, newest, vertex) -> None:
    """Lay under every hull three vertices that stay, and one that the first step takes the place of."""
    room = np.uint64(hull.shape[0] // LINES)
    deepest, half, one = BOTTOM * np.float32(0.1), np.float32(0.5), np.float32(1.0)
    for q in range(np.uint64(LINES)):
        for k in range(4):
            at = q * room + TWO * np.uint64(k)
            hull[at], hull[at + ONE] = (deepest, -half) if k == 2 else (BOTTOM, -one)
        vertex[TOP, q] = q * room + TWO * np.uint64(3)
    newest[HEIGHT], newest[HEIGHT + 1], newest[HEIGHT + 2] = BOTTOM, deepest, BOTTOM
    newest[AWAY], newest[AWAY + 1] = half, one
    vertex[FOUND] = -1


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _look(strip, span, way, ground, near, hull, highest, seen) -> None:
    """Walk a strip from one end. Into seen (m, lines) go the bins of the horizon a cell has without, and of the one it has with the strip.

    ground: floor, as in `lines`; wanted; crowned, whether something may be overhead. near: reach [steps], length of a step [m], bins.
    hull: memory for the hulls.
    """
    floor, wanted, crowned = ground
    reach, step_m, bins = near
    tops, peaks = highest
    own, level, lean, overhead = strip[OWN], strip[LEVEL], strip[LEAN], strip[HEAD]
    m = own.shape[0]
    step, per_step, far = np.float32(step_m), np.float32(1.0 / step_m), np.float32(reach)
    sign = np.float32(1.0) if way == 0 else np.float32(-1.0)
    newest, vertex, cells = np.empty((5, LINES), np.float32), np.empty((3, LINES), np.int32), np.empty((3, LINES), np.float32)
    turn = 1 if way == 0 else -1
    proof = np.full((4, LINES), np.float32(0), np.float32)
    proof[EYE] = -BOTTOM
    _begin(hull, newest, vertex)
    for walked in range(m):
        row = m - 1 - walked if way == 0 else walked
        here, lanes = np.float32(walked), (np.uint64(span[row, START]), np.uint64(span[row, END]))
        column, some = np.uint64(span[row, COLUMN]), span[row, WANTED] > 0
        if some:
            _know(lean, floor, wanted, (way, row, column), lanes, sign, cells)
        else:
            cells[BASE] = -BOTTOM
        _advance(own, level, row, lanes, far, step, newest, vertex, cells)
        deep = vector.marked(vertex, DEEP, lanes)
        while deep != 0:
            q = vector.lowest(deep)
            deep &= deep - ONE
            touched = _settle(hull, newest, vertex, cells, (q, here), (own[row, q], level[row, q]))
            if cells[RUN, q] > far and cells[RISE, q] > cells[BASE, q] * step * cells[RUN, q]:
                spot, ranges = (q, walked, row, turn), (reach, far, step, per_step, bins)
                between = _shorten(hull, vertex, cells, proof, level, (*spot, touched), own[row, q], ranges)
                if between[0] <= between[1]:
                    _within(level, tops, peaks, vertex, cells, proof, spot, own[row, q], between)
        vector.push(hull, vertex, TOP, level, row, here)
        if not some:
            continue
        _note(overhead, crowned, row, lanes, (step, per_step, bins), cells, seen)
        if floor.shape[1] == m:
            for q in range(lanes[0], lanes[1]):
                slope = cells[RISE, q] * per_step / cells[RUN, q] - np.float32(MARGIN)
                floor[way, row, column + q - lanes[0]] = max(slope, cells[BASE, q])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose(out, tables, place, bins, lean, width) -> None:
    """Add to out, from the cause's column and the months' on, what lies between the bins of two horizons.

    place: where they stand in out's memory. bins: of way 0 and of way 1, as in `_note`. lean: rise of the surface towards way 0.
    width: columns of a table.
    """
    way1 = np.uint64(tables.shape[1]) * width
    rows = (
        np.uint64(bins[0] & LOW) * width,
        np.uint64(bins[0] >> BITS) * width,
        np.uint64(bins[1] & LOW) * width + way1,
        np.uint64(bins[1] >> BITS) * width + way1,
    )
    vector.lose_four(out, tables, (place[0], np.uint64(0), FOUR), rows, (lean, np.float32(0.0)))
    if width > COLUMNS:
        for c in range(np.uint64(0), np.uint64(12), FOUR):
            along = np.uint64(COLUMNS) + c
            vector.lose_four(out, tables, (place[1] + c, along, along + np.uint64(12)), rows, (lean, BOTTOM))


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _take(lean, span, seen, tables, column, width, out) -> None:
    """Add to out what the cells of a strip lose between the bins in seen (2, m, lines). width: columns of a table."""
    columns = np.uint64(out.shape[2])
    for row in range(span.shape[0]):
        if span[row, WANTED] == 0:
            continue
        begin, end = np.uint64(span[row, START]), np.uint64(span[row, END])
        first = (np.uint64(row * out.shape[1]) + np.uint64(span[row, COLUMN]) - begin) * columns
        if row + 1 < span.shape[0]:
            below = np.uint64((row + 1) * out.shape[1] + span[row + 1, COLUMN]) * columns
            for k in range(below, below + (end - begin) * columns, LINE):
                vector.fetch(out, k)
        for q in range(begin, end):
            at = first + q * columns
            place = (at + np.uint64(column), at + np.uint64(MONTHS))
            _lose(out, tables, place, (seen[0, row, q], seen[1, row, q]), lean[row, q], width)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def lines(field, floor, course, tables, part, out) -> None:
    """Add to out what one cause takes from the cells in one direction and in the opposite one.

    field: z (m, n) heights the cells look from [m]; over (m, n) heights in their way [m]; east, north (m, n) rise of the cells' own
    planes [m/m]; wanted (m, n) bool, of shape (1, 1) when all are. Lines run along axis 0; way 0 looks towards its end, way 1 back.
    floor (2, m, n) float32: horizon [m/m] known before by way; raised to what is seen here. Of shape (2, 1, 1): none, and not kept.
    course: shift (m,) whole cells and rest (m,) the part of a cell (-0.5 to 0.5) lines have moved across at each row; turn (east, north)
    of way 0; aside (east, north) a cell's side across the lines [m]; length of a step [m]; reach [steps], at least one is taken.
    tables (2, bins + 1, columns): what lies above a slope, by way. part: first and last line, the cause's column.
    out (m, n, columns): NEAR [TREES] [FAR] [MONTHS], less the factor "up" of the normal.
    """
    m, column = field[0].shape[0], part[2]
    room = m // 16 * 32 + 80  # heights and steps; an odd times 64 bytes: the tops of the lines' hulls must not share a cache set
    hull = np.empty(LINES * room, np.float32)
    strip, span = np.empty((4, m, LINES), np.float32), np.empty((m, 4), np.int64)
    seen = np.empty((2, m, LINES), np.int32)
    near = (max(course[5], 1), course[4], np.float32(tables.shape[1] - 1))
    highest = (np.empty((m // BLOCK + 1, LINES), np.float32), np.empty((m // (BLOCK * PEAK) + 1, LINES), np.float32))
    for first in range(part[0], part[1], LINES):
        _read(field, course, (first, min(first + LINES, part[1])), strip, span, column == TREES)
        _highest(strip[LEVEL], highest[0], highest[1])
        for way in range(2):
            _look(strip, span, way, (floor, field[4], column == TREES), near, hull, highest, seen[way])
        if tables.shape[2] == COLUMNS:
            _take(strip[LEAN], span, seen, tables, column, np.uint64(COLUMNS), out)
        else:
            _take(strip[LEAN], span, seen, tables, column, np.uint64(tables.shape[2]), out)


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
    everywhere = wanted.shape[0] != z.shape[0]
    bins = np.float32(tables.shape[1] - 1)
    zero = np.float32(0.0)
    highest = np.float32(slopes.shape[1]) - np.float32(1.001)
    tx, ty = np.float32(turn[0]), np.float32(turn[1])
    for row in range(part[0], part[1]):
        for i in range(z.shape[1]):
            if not (everywhere or wanted[row, i]):
                continue
            lean = east[row, i] * tx + north[row, i] * ty
            up = min(max((z[row, i] - levels[0]) / levels[1], zero), highest)
            k = int(up)
            shares = (up - np.float32(k), in_row[row], in_col[i])
            base0, base1 = max(lean, zero), max(-lean, zero)
            seen0 = max(_between_nodes(slopes, (0, k, at_row[row], at_col[i]), shares), base0)
            seen1 = max(_between_nodes(slopes, (1, k, at_row[row], at_col[i]), shares), base1)
            floor[0, row, i], floor[1, row, i] = seen0, seen1
            noted = (_bin(base0, bins) | (_bin(seen0, bins) << BITS), _bin(base1, bins) | (_bin(seen1, bins) << BITS))
            at = (np.uint64(row * out.shape[1]) + np.uint64(i)) * np.uint64(out.shape[2])
            _lose(out, tables, (at + np.uint64(FAR), at + np.uint64(MONTHS)), noted, lean, np.uint64(tables.shape[2]))
