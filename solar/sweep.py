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
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LINES = 64
"""Lines in lock-step: their grids of 2 000 steps still fit a core's cache."""
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
START, END, COLUMN = range(3)
"""Where a row of the grid lies in a strip: its first lane, the one after its last, the first lane's column."""
HEIGHT, STEP = 0, 3
"""First of three rows: height and step of the newest vertex of every hull and of the two under it."""
TOP, NEWEST, DEEP, FOUND = range(4)
"""By line: the hull's newest vertex after a step and before it; whether the step needs a walk down the hull; the step where `_within` last
found the steepest slope."""
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
        vertex[TOP, q] += np.int32(TWO) if first else np.int32(0)
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


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _settle(hull, newest, vertex, cells, place, heights):
    """Settle a line's step by a walk down its hull; return the vertex the tangent touches. place: line, step; heights: of cell and line."""
    q, here = place
    own, level = heights
    rise, run, touched, keep = _tangent(hull, np.uint64(vertex[NEWEST, q]), here, own, level)
    cells[RISE, q], cells[RUN, q], vertex[TOP, q] = rise, run, np.int32(keep)
    newest[HEIGHT + 1, q], newest[STEP + 1, q] = hull[keep - TWO], hull[keep - ONE]
    newest[HEIGHT + 2, q], newest[STEP + 2, q] = hull[keep - FOUR], hull[keep - FOUR + ONE]
    return touched


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _shorten(hull, vertex, cells, level_, place, own, ranges):
    """Return the steps, first and until, where what a line sees within reach may be steeper than the slope [rise per step] also returned.

    For a line whose tangent ends out of reach. place: line, step, way, touched vertex.
    """
    q, walked, way, beyond = place
    reach, far, step, per_step, bins = ranges
    margin, here, touched = np.float32(MARGIN), np.float32(walked), np.uint64(vertex[NEWEST, q])
    while touched - beyond > TWO:  # the oldest vertex within reach
        middle = beyond + ((touched - beyond) >> TWO) * TWO
        if here - hull[middle + ONE] > far:
            beyond = middle
        else:
            touched = middle
    first, until = walked - reach, np.int64(hull[touched + ONE])
    likely = max(np.int64(vertex[FOUND, q]), first)  # where it was last, or as far as it may be
    row = level_.shape[0] - 1 - likely if way == 0 else likely
    known = max((hull[touched] - own) / (here - hull[touched + ONE]), (level_[row, q] - own) / (here - np.float32(likely)))
    least = max(cells[BASE, q] * step, known)
    anywhere = cells[RISE, q] / cells[RUN, q]
    if _bin(anywhere * per_step - margin, bins) <= _bin(least * per_step - margin, bins):
        first = until  # what stands between cannot matter
    return first, until, least


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _within(path, tops, peaks, vertex, cells, place, own, between) -> None:
    """Set RISE to the steepest slope seen within reach, exactly, and FOUND to where. between: as `_shorten` returns it.

    path (steps, lines) heights, in the order of way 1; tops (blocks, lines) the maxima of BLOCK steps walked; peaks those of PEAK
    blocks. place: line, step, way.
    """
    q, walked, way = place
    first, until, best = between
    end, turn = (path.shape[0] - 1, -1) if way == 0 else (0, 1)
    block, found = (until - 1) // BLOCK, np.int64(vertex[FOUND, q])
    while (block + 1) * BLOCK > first:
        nearest = min(until, (block + 1) * BLOCK) - 1
        enough = best * np.float32(walked - nearest)  # rise at the nearest step that would matter
        if nearest % (BLOCK * PEAK) == BLOCK * PEAK - 1 and peaks[np.uint64(block // PEAK), q] - own <= enough:
            block -= PEAK
            continue
        if tops[np.uint64(block), q] - own > enough:
            for other in range(nearest, max(block * BLOCK, first) - 1, -1):
                rise, run = path[np.uint64(end + turn * other), q] - own, np.float32(walked - other)
                if rise > best * run:
                    best, found = rise / run, other
        block -= 1
    cells[RISE, q], cells[RUN, q], vertex[FOUND, q] = best, np.float32(1.0), np.int32(found)


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
def _begin(hull, newest, vertex) -> None:
    """Lay under every hull vertices that stay."""
    room = np.uint64(hull.shape[0] // LINES)
    deepest, half, one = BOTTOM * np.float32(0.1), np.float32(0.5), np.float32(1.0)
    for q in range(np.uint64(LINES)):
        for k in range(2):
            hull[q * room + TWO * np.uint64(k)], hull[q * room + TWO * np.uint64(k) + ONE] = BOTTOM, -one
        hull[q * room + FOUR], hull[q * room + FOUR + ONE] = deepest, -half
        vertex[TOP, q] = q * room + FOUR
    newest[HEIGHT], newest[STEP] = deepest, -half
    newest[HEIGHT + 1 : STEP], newest[STEP + 1 :] = BOTTOM, -one
    vertex[FOUND] = -1


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
    newest, vertex, cells = np.empty((6, LINES), np.float32), np.empty((4, LINES), np.int32), np.empty((3, LINES), np.float32)
    tops = np.full((m // BLOCK + 1, LINES), BOTTOM, np.float32)
    peaks = np.full((m // (BLOCK * PEAK) + 1, LINES), BOTTOM, np.float32)
    _begin(hull, newest, vertex)
    for walked in range(m):
        row = m - 1 - walked if way == 0 else walked
        here, lanes = np.float32(walked), (np.uint64(span[row, START]), np.uint64(span[row, END]))
        column = np.uint64(span[row, COLUMN])
        _highest(level, row, walked, lanes, tops, peaks)
        _know(lean, floor, wanted, (way, row, column), lanes, sign, cells)
        _advance(own, level, row, here, lanes, far, step, newest, vertex, cells)
        for q in range(lanes[0], lanes[1]):
            if vertex[DEEP, q] != 0:
                touched = _settle(hull, newest, vertex, cells, (q, here), (own[row, q], level[row, q]))
                if cells[RUN, q] > far and cells[RISE, q] > cells[BASE, q] * step * cells[RUN, q]:
                    ranges = (reach, far, step, per_step, bins)
                    between = _shorten(hull, vertex, cells, level, (q, walked, way, touched), own[row, q], ranges)
                    _within(level, tops, peaks, vertex, cells, (q, walked, way), own[row, q], between)
            keep = np.uint64(vertex[TOP, q])
            hull[keep], hull[keep + ONE] = level[row, q], here
        _note(overhead, crowned, row, lanes, (step, per_step, bins), cells, seen)
        if floor.shape[1] == m:
            for q in range(lanes[0], lanes[1]):
                floor[way, row, column + q - lanes[0]] = cells[RISE, q]


@intrinsic
def _lose_four(_, out, table, place, between, lean):
    """Add to four columns of out what lies between two rows of a table, lean x along + up, in one vector operation each.

    place: where the four begin in out, and along and up in a row of the table; between: where the rows begin. All counted in the memory of
    arrays without gaps. lean: of the first three, of the fourth.
    """
    four, fast = ir.VectorType(ir.FloatType(), 4), ("fast",)

    def code(context, builder, signature, arguments):
        def at(array: int, *offsets: ir.Value) -> ir.Value:
            data = context.make_array(signature.args[array])(context, builder, arguments[array]).data
            for offset in offsets:
                data = builder.gep(data, [offset])
            return builder.bitcast(data, four.as_pointer())

        def difference(column: ir.Value) -> ir.Value:
            return builder.fsub(*(builder.load(at(1, row, column), align=4) for row in (low, high)), flags=fast)

        (target, along, up), (low, high), leans = (cgutils.unpack_tuple(builder, arguments[k]) for k in (2, 3, 4))
        lean_ = ir.Constant(four, ir.Undefined)
        for k in range(4):
            lean_ = builder.insert_element(lean_, leans[k == 3], ir.Constant(ir.IntType(32), k))
        lost = builder.fadd(builder.fmul(lean_, difference(along), flags=fast), difference(up), flags=fast)
        target = at(0, target)
        builder.store(builder.fadd(builder.load(target, align=4), lost, flags=fast), target, align=4)
        return context.get_dummy_value()

    return (types.void(out, table, place, between, lean), code) if out.layout == table.layout == "C" else None


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _lose(out, table, place, between) -> None:
    """Add to out, from the cause's column and the months' on, what lies between the bins of two horizons.

    place: where they stand in out's memory. between: bins, rise of the surface towards them.
    """
    low, high, lean = between
    width = np.uint64(table.shape[1])
    rows = (low * width, high * width)
    _lose_four(out, table, (place[0], np.uint64(0), FOUR), rows, (-lean, max(-lean, np.float32(0.0))))
    if table.shape[1] > COLUMNS:
        for c in range(np.uint64(0), np.uint64(12), FOUR):
            along = np.uint64(COLUMNS) + c
            _lose_four(out, table, (place[1] + c, along, along + np.uint64(12)), rows, (-lean, -lean))


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _take(lean, span, seen, tables, column, out) -> None:
    """Add to out what the cells of a strip lose between the bins in seen (2, m, lines)."""
    to_end, to_start, columns = tables[0], tables[1], np.uint64(out.shape[2])
    for row in range(span.shape[0]):
        begin, end = np.uint64(span[row, START]), np.uint64(span[row, END])
        first = (np.uint64(row * out.shape[1]) + np.uint64(span[row, COLUMN]) - begin) * columns
        for q in range(begin, end):
            bins0, bins1, at = seen[0, row, q], seen[1, row, q], first + q * columns
            place = (at + np.uint64(column), at + np.uint64(MONTHS))
            low, high = np.uint64(bins0 & LOW), np.uint64(bins0 >> BITS)
            if high > low:
                _lose(out, to_end, place, (low, high, lean[row, q]))
            low, high = np.uint64(bins1 & LOW), np.uint64(bins1 >> BITS)
            if high > low:
                _lose(out, to_start, place, (low, high, -lean[row, q]))


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
    everywhere = wanted.shape[0] != z.shape[0]
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
                low, high = np.uint64(_bin(base, bins)), np.uint64(_bin(seen, bins))
                if high > low:
                    at = (np.uint64(row * out.shape[1]) + np.uint64(i)) * np.uint64(out.shape[2])
                    _lose(out, tables[way], (at + np.uint64(FAR), at + np.uint64(MONTHS)), (low, high, lean))
