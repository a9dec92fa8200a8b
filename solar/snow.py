"""Snow on modules: the NREL coverage model for many planes at once. docs/metod/sno.md.

Marion et al. (2013, Solar Energy 97, 112-121) with Ryberg & Freeman's (2017, NREL/TP-6A20-68705) ground-snow rule, as in pvlib's
`snow.coverage_nrel`, to which it is equal when new snow is summed over one hour. What differs: planes side by side, and new snow
summed over a day, since ordinary Nordic snowfall seldom reaches 1 cm in one hour.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit

CAN_SLIDE_W_M2_K = -80.0
"""Snow slides when air temperature [C] > irradiance / this (Marion et al. 2013, m)."""
SLIDE_PER_HOUR = 0.197
"""Share of the slant height that slides in an hour on a vertical plane (Marion et al. 2013: 1.97 tenths)."""
GROUND_CM = 1.0
"""With less snow than this on the ground modules are bare (Ryberg & Freeman 2017)."""
BARE, SLIDING, COVERED = 0, 1, 2


def new_snow(snow_depth_cm: pd.Series) -> pd.Series:
    """Return the snow [cm] that fell before each time: the rise of the depth, never negative (settling and melt are not snowfall)."""
    return snow_depth_cm.diff().clip(lower=0).fillna(0.0)


def events(snowfall_cm: np.ndarray, snow_depth_cm: np.ndarray | None, *, threshold_cm: float, window: int = 1) -> np.ndarray:
    """Return (time,) True where modules are covered anew: it snows, and more than `threshold_cm` fell in the last `window` steps."""
    total = np.concatenate([[0.0], np.cumsum(snowfall_cm)])
    start = np.maximum(np.arange(1, len(total)) - window, 0)
    covered = (snowfall_cm > 0) & (total[1:] - total[start] > threshold_cm)
    return covered if snow_depth_cm is None else covered & (snow_depth_cm >= GROUND_CM)


def coverage(
    poa_w_m2: np.ndarray,
    temp_air_c: np.ndarray,
    tilt_deg: np.ndarray,
    *,
    covered: np.ndarray,
    snow_depth_cm: np.ndarray | None = None,
    step_h: float = 1.0,
) -> np.ndarray:
    """Return (time, plane) share 0-1 of the slant height under snow, float32; bare at the first time unless it snows then.

    poa_w_m2 (time, plane) global irradiance in the plane before snow; temp_air_c, snow_depth_cm, covered (from `events`) (time,);
    tilt_deg (plane,). Every hour of the period, nights too: snow also slides at night.
    """
    poa = np.ascontiguousarray(poa_w_m2, dtype=np.float32)
    amount = (SLIDE_PER_HOUR * np.sin(np.radians(tilt_deg)) * step_h).astype(np.float32)
    state = np.where(np.asarray(covered), COVERED, SLIDING).astype(np.int8)
    if snow_depth_cm is not None:
        state[(np.asarray(snow_depth_cm) < GROUND_CM) & (state == SLIDING)] = BARE
    return _coverage(poa, np.asarray(temp_air_c, dtype=np.float32), amount, state)


@njit(cache=True, nogil=True)
def _coverage(poa: np.ndarray, temp_air: np.ndarray, amount: np.ndarray, state: np.ndarray) -> np.ndarray:
    times, planes = poa.shape
    out = np.zeros((times, planes), dtype=np.float32)
    for t in range(times):
        if state[t] == COVERED:
            out[t, :] = np.float32(1.0)
        elif t > 0 and state[t] == SLIDING:
            limit = np.float32(CAN_SLIDE_W_M2_K) * temp_air[t]
            for p in range(planes):
                before = out[t - 1, p]
                if before > 0 and poa[t, p] > limit:
                    before = max(before - amount[p], np.float32(0.0))
                out[t, p] = before
    return out


def loss(snow_coverage: np.ndarray, strings: int) -> np.ndarray:
    """Return the share of DC power lost: a string touched by snow gives nothing (Gilman et al. 2018, eq. 11.8; pvlib dc_loss_nrel)."""
    rounded = np.ceil(snow_coverage * np.float32(strings) - np.float32(1e-5))
    return rounded / np.float32(strings)
