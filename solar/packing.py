"""Packing of module rows in polygons of the roof's own plane. Nothing here knows of roofs, tilt or power.

Compiled kernels: they take no keyword-only arguments, hence some long signatures.

A *row unit* is what stands on one strip: its depth [m] up the slope, its step [m] to the next row, the length [m] of one slot along
the row and the gap [m] between slots. A slot holds one module, or two on an east-west pair.

The number packed never falls when the polygon grows (docs/metod/effekt.md, P1). Three choices make it so: rows start on a lattice
fixed in space, not on the polygon's own corner; the best set of rows is found exactly, by dynamic programming over that lattice;
lanes are tried at every offset of a lattice fixed in space.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

LATTICE_M = 0.005
"""Metres between possible row starts: at most this much of each row's step is lost."""
LANE_LATTICE_M = 0.5
"""Least step between the offsets of lanes that are tried. A lane may come this much, or a lane's width, before a field is full."""
EPS_M = 1e-6
"""Metres of slack that keeps an exact fit from falling to rounding."""


class RowUnit(NamedTuple):
    """What stands on one strip: metres, and modules a slot."""

    depth_m: float
    step_m: float
    slot_m: float
    gap_m: float


class Lanes(NamedTuple):
    """Free lanes between fields: metres. `field_m` infinite, or `lane_m` 0: no lanes."""

    field_m: float
    lane_m: float


NO_LANES = Lanes(np.inf, 0.0)


@njit(cache=True, nogil=True)
def _sorted_pairs(start: np.ndarray, end: np.ndarray, n: int) -> None:
    for i in range(1, n):
        s, e = start[i], end[i]
        j = i - 1
        while j >= 0 and start[j] > s:
            start[j + 1], end[j + 1] = start[j], end[j]
            j -= 1
        start[j + 1], end[j + 1] = s, e


@njit(cache=True, nogil=True)
def _free(edges: np.ndarray, bottom: float, depth: float, work: np.ndarray) -> int:
    """Write to work[0], work[1] the intervals of u where [bottom, bottom + depth] lies inside the polygon; return how many.

    Inside at mid height by even-odd crossings, less the shadow on u of every piece of outline that enters the open strip.
    """
    low, high, middle = bottom + EPS_M, bottom + depth - EPS_M, bottom + 0.5 * depth
    inside_n, blocked_n = 0, 0
    crossing, spare, block_start, block_end = work[2], work[3], work[4], work[5]
    for k in range(edges.shape[0]):
        u1, v1, u2, v2 = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        if v1 > v2:
            u1, v1, u2, v2 = u2, v2, u1, v1
        if v2 <= low or v1 >= high:
            continue
        slope = 0.0 if v2 == v1 else (u2 - u1) / (v2 - v1)
        if v1 <= middle < v2:
            crossing[inside_n] = u1 + slope * (middle - v1)
            inside_n += 1
        a = u1 if v1 >= low else u1 + slope * (low - v1)
        b = u2 if v2 <= high else u1 + slope * (high - v1)
        block_start[blocked_n], block_end[blocked_n] = min(a, b), max(a, b)
        blocked_n += 1
    spare[:inside_n] = 0.0
    _sorted_pairs(crossing, spare, inside_n)
    _sorted_pairs(block_start, block_end, blocked_n)
    return _subtract(work, inside_n // 2, blocked_n)


@njit(cache=True, nogil=True)
def _subtract(work: np.ndarray, inside_n: int, blocked_n: int) -> int:
    free_start, free_end, crossing, block_start, block_end = work[0], work[1], work[2], work[4], work[5]
    n = 0
    for i in range(inside_n):
        at, stop = crossing[2 * i], crossing[2 * i + 1]
        for j in range(blocked_n):
            if block_end[j] <= at:
                continue
            if block_start[j] >= stop:
                break
            if block_start[j] > at:
                free_start[n], free_end[n] = at, block_start[j]
                n += 1
            at = max(at, block_end[j])
        if at < stop:
            free_start[n], free_end[n] = at, stop
            n += 1
    return n


@njit(cache=True, nogil=True)
def _slots(length: float, slot: float, gap: float) -> int:
    return max(0, int(np.floor((length + gap + EPS_M) / (slot + gap))))


@njit(cache=True, nogil=True)
def _count(work: np.ndarray, n: int, unit: RowUnit, lanes: Lanes, offset: float) -> int:  # noqa: PLR0917
    total = 0
    for i in range(n):
        start, stop = work[0, i], work[1, i]
        if not np.isfinite(lanes.field_m):
            total += _slots(stop - start, unit.slot_m, unit.gap_m)
            continue
        period = lanes.field_m + lanes.lane_m
        field = np.floor((start - offset) / period)
        while offset + field * period < stop:
            a = max(start, offset + field * period)
            b = min(stop, offset + field * period + lanes.field_m)
            total += _slots(b - a, unit.slot_m, unit.gap_m)
            field += 1.0
    return total


@njit(cache=True, nogil=True)
def _in_lane(bottom: float, depth: float, lanes: Lanes, offset: float) -> bool:
    if not np.isfinite(lanes.field_m):
        return False
    period = lanes.field_m + lanes.lane_m
    into = (bottom - offset) - np.floor((bottom - offset) / period) * period
    return into + depth > lanes.field_m + EPS_M


@njit(cache=True, nogil=True)
def _best_rows(counts: np.ndarray, step: int, best: np.ndarray) -> int:
    """Fill best[i] = most slots in rows that end at or before lattice point i; return best at the end."""
    n = counts.shape[0]
    best[0] = 0
    for i in range(1, n + step):
        most = best[i - 1]
        if i >= step and best[i - step] + counts[i - step] > most:
            most = best[i - step] + counts[i - step]
        best[i] = most
    return best[n + step - 1]


@njit(cache=True, nogil=True)
def _lane_step(lanes: Lanes) -> float:
    return max(lanes.lane_m, LANE_LATTICE_M)


@njit(cache=True, nogil=True)
def _lane_offsets(extent: float, lanes: Lanes) -> int:
    """Return how many offsets of the lanes to try; 0 when some offset surely leaves the whole extent in one field."""
    if not np.isfinite(lanes.field_m) or lanes.lane_m <= 0.0 or extent <= lanes.field_m - _lane_step(lanes):
        return 0
    return int(np.ceil((lanes.field_m + lanes.lane_m) / _lane_step(lanes)))


@njit(cache=True, nogil=True)
def _bounds(edges: np.ndarray) -> tuple[float, float, float, float]:
    return (
        min(edges[:, 0].min(), edges[:, 2].min()),
        max(edges[:, 0].max(), edges[:, 2].max()),
        min(edges[:, 1].min(), edges[:, 3].min()),
        max(edges[:, 1].max(), edges[:, 3].max()),
    )


@njit(cache=True, nogil=True)
def _strip_counts(edges: np.ndarray, unit: RowUnit, lanes: Lanes, first: int, n: int, tries: int) -> np.ndarray:  # noqa: PLR0917
    """Return (tries or 1, n): slots on the strip starting at each lattice point, for each offset of the lanes along the row."""
    work = np.empty((6, 2 * edges.shape[0] + 4))
    counts = np.zeros((max(tries, 1), n), dtype=np.int64)
    whole = Lanes(np.inf, 0.0)
    for i in range(n):
        found = _free(edges, (first + i) * LATTICE_M, unit.depth_m, work)
        if tries == 0:
            counts[0, i] = _count(work, found, unit, whole, 0.0)
        for t in range(tries):
            counts[t, i] = _count(work, found, unit, lanes, t * _lane_step(lanes))
    return counts


@njit(cache=True, nogil=True)
def _without_lanes(counts: np.ndarray, unit: RowUnit, lanes: Lanes, first: int, offset: float) -> np.ndarray:  # noqa: PLR0917
    kept = counts.copy()
    for i in range(counts.shape[0]):
        if kept[i] > 0 and _in_lane((first + i) * LATTICE_M, unit.depth_m, lanes, offset):
            kept[i] = 0
    return kept


@njit(cache=True, nogil=True)
def layout(edges: np.ndarray, unit: RowUnit, lanes: Lanes) -> tuple[int, np.ndarray, np.ndarray]:
    """Return (slots, row bottoms [m], slots as (k, 3): u, v, row number) of the fullest layout of one polygon.

    `edges` is (n, 4): u1, v1, u2, v2 [m] of every edge of every ring, in any order.
    """
    u_low, u_high, v_low, v_high = _bounds(edges)
    first = int(np.floor(v_low / LATTICE_M))
    n = int(np.ceil((v_high - unit.depth_m) / LATTICE_M)) - first + 1
    if n <= 0:
        return 0, np.empty(0), np.empty((0, 3))
    step = int(np.ceil(unit.step_m / LATTICE_M - 1e-6))
    along, up = _lane_offsets(u_high - u_low, lanes), _lane_offsets(v_high - v_low, lanes)
    counts = _strip_counts(edges, unit, lanes, first, n, along)
    best = np.zeros(n + step, dtype=np.int64)
    most, t_best, s_best = -1, 0, 0
    for t in range(max(along, 1)):
        for s in range(max(up, 1)):
            kept = counts[t] if up == 0 else _without_lanes(counts[t], unit, lanes, first, s * _lane_step(lanes))
            total = _best_rows(kept, step, best)
            if total > most:
                most, t_best, s_best = total, t, s
    kept = counts[t_best] if up == 0 else _without_lanes(counts[t_best], unit, lanes, first, s_best * _lane_step(lanes))
    _best_rows(kept, step, best)
    rows = _trace(best, step, first)
    chosen = lanes if along else Lanes(np.inf, 0.0)
    return most, rows, _place(edges, unit, chosen, rows, t_best * _lane_step(lanes), most)


@njit(cache=True, nogil=True)
def _trace(best: np.ndarray, step: int, first: int) -> np.ndarray:
    """Follow the dynamic programme back: bottoms of the chosen rows from the eaves up, each as low as it can lie."""
    bottoms = np.empty(best.shape[0] // step + 1)
    n, i = 0, best.shape[0] - 1
    while i > 0 and best[i] > 0:
        if best[i] == best[i - 1]:
            i -= 1
        else:
            i -= step
            bottoms[n] = (first + i) * LATTICE_M
            n += 1
    return bottoms[:n][::-1].copy()


@njit(cache=True, nogil=True)
def _place(edges: np.ndarray, unit: RowUnit, lanes: Lanes, rows: np.ndarray, offset: float, total: int) -> np.ndarray:  # noqa: PLR0917
    work = np.empty((6, 2 * edges.shape[0] + 4))
    slots = np.empty((total, 3))
    n = 0
    for r in range(rows.shape[0]):
        for i in range(_free(edges, rows[r], unit.depth_m, work)):
            start, stop = work[0, i], work[1, i]
            period = lanes.field_m + lanes.lane_m
            bounded = np.isfinite(lanes.field_m)
            field = np.floor((start - offset) / period) if bounded else 0.0
            while True:
                a = max(start, offset + field * period) if bounded else start
                b = min(stop, offset + field * period + lanes.field_m) if bounded else stop
                k = _slots(b - a, unit.slot_m, unit.gap_m)
                at = a + 0.5 * (b - a - k * unit.slot_m - (k - 1) * unit.gap_m)
                for j in range(k):
                    slots[n, 0], slots[n, 1], slots[n, 2] = at + j * (unit.slot_m + unit.gap_m), rows[r], r + 1
                    n += 1
                field += 1.0
                if not bounded or offset + field * period >= stop:
                    break
    return slots[:n]
