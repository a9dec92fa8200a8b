"""The slope of every cell of a surface model, not smeared over edges. Compiled by numba. docs/metod/skuggning.md, *Slopes*.

At an eaves or a ridge a central difference mixes two surfaces. Along each axis the stencil that bends least is taken: the cell with the
two behind it, with one on either side, or with the two before it (essentially non-oscillatory differences, Harten et al. 1987).
"""

from __future__ import annotations

import numpy as np
from numba import njit

STRAIGHT_M = 0.10
"""Bends below this [m] are noise of the measurement: the central difference, whose noise is least, is taken."""
UNKNOWN = np.float32(-9.0e5)
"""Heights below this are cells without data."""


def gradients(z: np.ndarray, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rise towards east and towards north [m/m], (ny, nx) float32, of north-up heights z (ny, nx) [m]."""
    from solar.horizon import in_threads

    out = np.zeros((2, *z.shape), np.float32)
    in_threads(lambda part: _gradients(z, np.float32(1.0 / cell_m), (part.start, part.stop), out), len(z), 128)
    return out[0], out[1]


@njit(nogil=True, cache=True, inline="always")
def _difference(values):  # noqa: ANN001, ANN202 - numba infers the types
    a2, a1, c, b1, b2 = values
    left, right = a1 > UNKNOWN, b1 > UNKNOWN
    if not (left and right):
        return c - a1 if left else (b1 - c if right else np.float32(0.0))
    back, fore = c - a1, b1 - c
    middle = abs(fore - back)
    if middle <= np.float32(STRAIGHT_M):
        return np.float32(0.5) * (fore + back)
    before = abs(back - (a1 - a2)) if a2 > UNKNOWN else np.float32(1.0e6)
    after = abs((b2 - b1) - fore) if b2 > UNKNOWN else np.float32(1.0e6)
    if middle <= min(before, after):
        return np.float32(0.5) * (fore + back)
    return back if before <= after else fore


@njit(nogil=True, cache=True)
def _gradients(z, per_m, part, out) -> None:  # noqa: ANN001 - numba infers the types
    ny, nx = z.shape
    none = np.float32(-1.0e6)
    for j in range(part[0], part[1]):
        for i in range(nx):
            c = z[j, i]
            if c <= UNKNOWN:
                continue
            west2, west = z[j, i - 2] if i > 1 else none, z[j, i - 1] if i > 0 else none
            east, east2 = z[j, i + 1] if i + 1 < nx else none, z[j, i + 2] if i + 2 < nx else none
            south2, south = z[j + 2, i] if j + 2 < ny else none, z[j + 1, i] if j + 1 < ny else none
            north, north2 = z[j - 1, i] if j > 0 else none, z[j - 2, i] if j > 1 else none
            out[0, j, i] = _difference((west2, west, c, east, east2)) * per_m
            out[1, j, i] = _difference((south2, south, c, north, north2)) * per_m
