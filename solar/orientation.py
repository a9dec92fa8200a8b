"""The open year of any orientation, read off a net of orientations, and what is left of it behind a horizon. docs/metod/instralning.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from solar import exposure, horizon, sky
from solar.sky import SkyYear, Tables

TILT_DEG, AZIMUTH_DEG = 2.5, 6.0
"""Steps of the net [deg]; cubic in between (Keys 1981), which is within 0.01 % of pvlib's year."""
TILTS, AZIMUTHS = round(90 / TILT_DEG) + 1, round(360 / AZIMUTH_DEG)
OPEN, BARE, MONTHS = 0, 5, 9
"""Columns: the open year's five components; beam, circumsolar, dome and band by the tables, with the plane's own horizon only; the
months' open direct light, and the same by the tables."""


@dataclass(frozen=True)
class Orientations:
    """net (tilts + 2, azimuths + 3, columns): from -TILT_DEG and -AZIMUTH_DEG on, so that every cell has its four by four nodes."""

    net: np.ndarray

    @classmethod
    def of(cls, year_sky: SkyYear, tables: Tables, *, monthly: bool) -> Orientations:
        """Return the net of a sky."""
        tilt, azimuth = np.meshgrid(np.arange(TILTS) * TILT_DEG, np.arange(AZIMUTHS) * AZIMUTH_DEG, indexing="ij")
        tilt, azimuth = tilt.ravel(), azimuth.ravel()
        open_ = np.empty((len(tilt), 12, 5))

        def some(part: slice) -> None:
            open_[part] = sky.open_year(year_sky, tilt[part], azimuth[part])

        horizon.in_threads(some, len(tilt), 128)
        direct, view, band = exposure.bare_light(tilt, azimuth, tables)
        columns = [open_.sum(axis=1), direct.sum(axis=1), view, band]
        if monthly:
            columns += [open_[:, :, :2].sum(axis=2), direct.sum(axis=2)]
        return cls(_framed(np.column_stack(columns).reshape(TILTS, AZIMUTHS, -1)))


def _framed(net: np.ndarray) -> np.ndarray:
    """Return the net with a row before level (the same orientations from the other side), one past vertical, and around the circle."""
    below = np.roll(net[1], AZIMUTHS // 2, axis=0)
    net = np.concatenate([below[None], net, (2.0 * net[-1] - net[-2])[None]])
    return np.ascontiguousarray(np.concatenate([net[:, -1:], net, net[:, :2]], axis=1), dtype=np.float32)


def finish(
    cells: tuple[np.ndarray, np.ndarray, np.ndarray],
    kinds: Orientations,
    light: tuple[SkyYear, np.ndarray],
    convergence_deg: float,
) -> np.ndarray:
    """Return (columns, ny, nx) float32: `exposure.columns`, and the twelve months where the net has them.

    cells: rise east and north (ny, nx) [m/m] on the grid, what each loses (ny, nx, columns; `sweep`). light: sky, transmittance (12,).
    """
    east, north, lost = cells
    year_sky, through = light
    months = np.stack(
        [exposure.monthly_sum(year_sky, power) for power in (year_sky.middle.isotropic, year_sky.middle.band, year_sky.ground)]
        + [1.0 - through]
    ).astype(np.float32)
    monthly = kinds.net.shape[2] > MONTHS
    out = np.empty((8 + (12 if monthly else 0), *east.shape), np.float32)

    def some(part: slice) -> None:
        _finish(east, north, lost, (kinds.net, months, np.float32(convergence_deg), (part.start, part.stop)), out)

    horizon.in_threads(some, len(east), 64)
    return out


@njit(nogil=True, cache=True, inline="always")
def _cubic(t):  # noqa: ANN001, ANN202 - numba infers the types
    """Weights of four nodes at the share t between the middle two (Keys 1981, a = -1/2)."""
    half, one = np.float32(0.5), np.float32(1.0)
    return (
        half * t * ((np.float32(2.0) - t) * t - one),
        half * (t * t * (np.float32(3.0) * t - np.float32(5.0)) + np.float32(2.0)),
        half * t * ((np.float32(4.0) - np.float32(3.0) * t) * t + one),
        half * (t - one) * t * t,
    )


@njit(nogil=True, cache=True, inline="always")
def _left(part, lost):  # noqa: ANN001, ANN202 - numba infers the types
    """Share left of a component; 1 where there is nothing to lose."""
    zero, one = np.float32(0.0), np.float32(1.0)
    return min(max(one - lost / part, zero), one) if part > np.float32(1.0e-6) else one


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _finish(east, north, lost, how, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    net, months, convergence, part = how
    zero, half, one, whole = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(360.0)
    columns, held = net.shape[2], lost.shape[2]
    value = np.empty(columns, np.float32)
    iso_all, band_all, ground_all = months[0].sum(), months[1].sum(), months[2].sum()
    iso_held = (months[0] * months[3]).sum() / max(iso_all, np.float32(1.0e-6))
    band_held = (months[1] * months[3]).sum() / (band_all if abs(band_all) > np.float32(1.0e-6) else one)
    ground_held = (months[2] * months[3]).sum() / max(ground_all, np.float32(1.0e-6))
    energy = np.empty(4, np.float32)
    for j in range(part[0], part[1]):
        for i in range(east.shape[1]):
            e, n = east[j, i], north[j, i]
            up = one / np.sqrt(one + e * e + n * n)
            azimuth = np.degrees(np.arctan2(-e, -n)) + convergence
            azimuth = azimuth - whole * np.floor(azimuth / whole)
            a, b = np.degrees(np.arccos(up)) / np.float32(TILT_DEG), azimuth / np.float32(AZIMUTH_DEG)
            p, q = min(int(a), TILTS - 2), min(int(b), AZIMUTHS - 1)
            wa, wb = _cubic(a - np.float32(p)), _cubic(b - np.float32(q))
            value[:] = zero
            for r in range(4):
                for s in range(4):
                    weight = wa[r] * wb[s]
                    for c in range(columns):
                        value[c] += weight * net[p + r, q + s, c]
            seen = half * (one + up)
            # the states in the order far, near, trees
            beam, circumsolar, dome, band, dome_held, band_left = zero, zero, zero, zero, zero, one
            energy[0] = value[0] + value[1] + value[2] + value[3] + value[4]
            view, view_iso, view_ground = one, one, one
            for state in range(1, 4):
                column = (8, 0, 4)[state - 1]
                if column < held:
                    beam += lost[j, i, column] * up
                    circumsolar += lost[j, i, column + 1] * up
                    d, h = lost[j, i, column + 2] * up, lost[j, i, column + 3] * up
                    if state == 3:
                        view_iso = _left(value[7], dome + d * iso_held)
                        view_ground = _left(value[7], dome + d * ground_held)
                        band_left = _left(value[8], band + h * band_held)
                        dome_held = d
                    else:
                        dome += d
                        band += h
                        view_iso = _left(value[7], dome)
                        view_ground = view_iso
                        band_left = _left(value[8], band)
                direct = value[0] * _left(value[5], beam) + value[1] * _left(value[6], circumsolar)
                ground = value[4] + ground_all * seen * (one - view_ground)
                energy[state] = direct + value[2] * view_iso + value[3] * band_left + ground
            out[0, j, i] = value[0] * _left(value[5], beam)
            out[2, j, i] = value[4] + ground_all * seen * (one - view_ground)
            out[3, j, i] = energy[3]
            out[1, j, i] = energy[3] - out[0, j, i] - out[2, j, i]
            out[4, j, i] = seen * view_iso
            out[5, j, i] = (energy[2] - energy[3]) / energy[0]
            out[6, j, i] = (energy[1] - energy[2]) / energy[0]
            out[7, j, i] = (energy[0] - energy[1]) / energy[0]
            if out.shape[0] > 8:
                total = zero
                lean = np.sqrt(max(one - up * up, zero))
                for m in range(12):
                    view = _left(value[7], dome + dome_held * months[3, m])
                    sky = months[0, m] * seen * view + months[1, m] * lean * band_left
                    ground = months[2, m] * (one - seen * view)
                    month = value[9 + m] * _left(value[21 + m], lost[j, i, 12 + m] * up) + sky + ground
                    out[8 + m, j, i] = month
                    total += month
                for m in range(12):
                    out[8 + m, j, i] *= energy[3] / total
