"""Light above horizons: look-ups in the sky's tables, summed over the sectors. Compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, fastmath=True)
def light(slopes, facing, sectors, table, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    """Add to out (n, C) what planes get above the horizons `slopes` (n, K) [m/m].

    facing (n, 3) unit normals; sectors (K, 2); table (K, bins + 2, 2, C) float32: along the sector and up.
    """
    bins = np.float32(table.shape[1] - 2)
    one = np.float32(1.0)
    for i in range(slopes.shape[0]):
        x, y, up = np.float32(facing[i, 0]), np.float32(facing[i, 1]), np.float32(facing[i, 2])
        for k in range(slopes.shape[1]):
            along = x * np.float32(sectors[k, 0]) + y * np.float32(sectors[k, 1])
            s = slopes[i, k]
            place = s / (one + s) * bins
            low = int(place)
            part = place - np.float32(low)
            rest = one - part
            for c in range(out.shape[1]):
                out[i, c] += along * (table[k, low, 0, c] * rest + table[k, low + 1, 0, c] * part) + up * (
                    table[k, low, 1, c] * rest + table[k, low + 1, 1, c] * part
                )


@njit(nogil=True, cache=True, fastmath=True)
def dome(slopes, facing, sectors, table, band, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    """Add to out (n, 2) the view factor of the sky and of the horizon band (1 = a vertical plane's whole band) above `slopes`."""
    bins = np.float32(table.shape[0] - 2)
    one = np.float32(1.0)
    for i in range(slopes.shape[0]):
        x, y, up = np.float32(facing[i, 0]), np.float32(facing[i, 1]), np.float32(facing[i, 2])
        for k in range(slopes.shape[1]):
            along = x * np.float32(sectors[k, 0]) + y * np.float32(sectors[k, 1])
            s = slopes[i, k]
            place = s / (one + s) * bins
            low = int(place)
            part = place - np.float32(low)
            rest = one - part
            out[i, 0] += along * (table[low, 0] * rest + table[low + 1, 0] * part) + up * (
                table[low, 1] * rest + table[low + 1, 1] * part
            )
            out[i, 1] += max(along, np.float32(0.0)) * (band[low] * rest + band[low + 1] * part)
