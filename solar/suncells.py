"""Cells of the sky the sun passes through, and how many of a plane's points each of them lights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from solar.sky import SkyYear

BINS = 160
"""Steps of a horizon's slope s, even in s / (1 + s): 0.36 deg at the horizon, 0.7 deg at 45 deg."""
FULL = 255
"""Number that stands for every point in the sun."""


@dataclass(frozen=True)
class SunCells:
    """The (sector, step) pairs the sun meets in the year, and each interval's weights on them.

    sector, step: (count,). weights: (hours, count), rows sum to 1 where the sun is up at all and else to 0.
    """

    sector: np.ndarray
    step: np.ndarray
    weights: csr_array
    directions: int

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.sector)

    def lit(self, slopes: np.ndarray, first: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Return (planes, count) uint8: share of a plane's points whose horizon is below the cell, FULL = all.

        slopes: (n, K) horizons of points [m/m]; first, count: (planes,) where each plane's points begin and how many they are.
        """
        out = np.empty((len(first), self.count), np.uint8)
        _count_lit(slopes, first, count, (self.sector, self.step), out)
        return out

    def over_time(self, lit: np.ndarray) -> np.ndarray:
        """Return (hours, planes) float32 share in the sun, from `lit` (planes, count)."""
        return (self.weights @ lit.T.astype(np.float32)) / np.float32(FULL)


def sun_cells(sky: SkyYear, directions: int) -> SunCells:
    """Return the cells of a year's sun positions (six an hour), each split over two sectors and two steps."""
    from scipy.sparse import csr_array

    hour, sub = np.nonzero(sky.sub_up)
    sun = sky.sub[hour, sub]
    place = np.arctan2(sun[:, 0], sun[:, 1]) / (2.0 * np.pi) * directions
    slope = sun[:, 2] / np.maximum(np.hypot(sun[:, 0], sun[:, 1]), 1.0e-9)
    height = slope / (1.0 + slope) * BINS
    sector, step = np.floor(place).astype(int), np.floor(height).astype(int)
    aside, up = place - sector, height - step
    share = 1.0 / sky.sub_up.sum(axis=1)[hour]
    rows, columns, values = [], [], []
    for turn, part in ((0, 1.0 - aside), (1, aside)):
        for lift, level in ((0, 1.0 - up), (1, up)):
            rows.append(hour)
            columns.append((sector + turn) % directions * (BINS + 2) + step + lift)
            values.append(share * part * level)
    met, column = np.unique(np.concatenate(columns), return_inverse=True)
    shape = (len(sky.times), len(met))
    weights = csr_array((np.concatenate(values).astype(np.float32), (np.concatenate(rows), column)), shape=shape)
    weights.sum_duplicates()
    return SunCells((met // (BINS + 2)).astype(np.int64), (met % (BINS + 2)).astype(np.int64), weights, directions)


@njit(nogil=True, cache=True)
def _count_lit(slopes, first, count, cells, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    sectors, steps = cells
    below = np.zeros((slopes.shape[1], BINS + 3), np.int64)
    for p in range(len(first)):
        below[:] = 0
        for i in range(first[p], first[p] + count[p]):
            for k in range(slopes.shape[1]):
                s = slopes[i, k]
                place = int(np.ceil(s / (np.float32(1.0) + s) * np.float32(BINS)))
                below[k, min(place, BINS + 2)] += 1
        for k in range(slopes.shape[1]):
            for step in range(1, BINS + 3):
                below[k, step] += below[k, step - 1]
        for c in range(len(sectors)):
            out[p, c] = np.uint8((below[sectors[c], steps[c]] * FULL + count[p] // 2) // count[p])
