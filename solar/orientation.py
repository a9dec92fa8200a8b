"""The open year of any orientation, read off a net of orientations, and what is left of it behind a horizon. docs/metod/instralning.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from solar import exposure, horizon, sky, sweep, vector
from solar.sky import SkyYear, Tables
from solar.sweep import FAR, NEAR, TREES

TILT_DEG, AZIMUTH_DEG = 2.5, 6.0
"""Steps of the net [deg]; cubic in between (Keys 1981), which is within 0.01 % of pvlib's year."""
TILTS, AZIMUTHS = round(90 / TILT_DEG) + 1, round(360 / AZIMUTH_DEG)
MONTHS = 9
"""Columns of the net: 0-4 the open year's components (`sky.COMPONENTS`); 5-8 beam, circumsolar, dome and band by the tables, with the
plane's own horizon only; from here on the months' open direct light, then the same by the tables."""
YEAR = 8
"""Columns of the answer before the months."""


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
    net = np.pad(net, ((0, 0), (0, 0), (0, -net.shape[2] % 4)))  # read four at a time
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
    monthly = kinds.net.shape[2] >= MONTHS + 24
    out = np.empty((YEAR + (12 if monthly else 0), *east.shape), np.float32)

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


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _angle(y, x):  # noqa: ANN001, ANN202 - numba infers the types
    """Return the angle of (x, y) [deg], within 2e-5 (Abramowitz & Stegun 1964, 4.4.49)."""
    ninety = np.float32(90.0)
    small, large = min(abs(x), abs(y)), max(abs(x), abs(y))
    t = small / max(large, np.float32(1.0e-30))
    u = t * t
    series = np.float32(0.0028662257) * u - np.float32(0.0161657367)
    series = series * u + np.float32(0.0429096138)
    series = series * u - np.float32(0.0752896400)
    series = series * u + np.float32(0.1065626393)
    series = series * u - np.float32(0.1420889944)
    series = series * u + np.float32(0.1999355085)
    series = series * u - np.float32(0.3333314528)
    angle = (t + t * u * series) * np.float32(180.0 / np.pi)
    angle = ninety - angle if abs(y) > abs(x) else angle
    angle = ninety + ninety - angle if x < 0 else angle
    return -angle if y < 0 else angle


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def _read(net, rise, convergence, value):  # noqa: ANN001, ANN202 - numba infers the types
    """Fill value (columns,) with the net's at a cell that rises (east, north) [m/m]; return its normal's up."""
    east, north = rise
    whole, one = np.float32(360.0), np.float32(1.0)
    steep = np.sqrt(east * east + north * north)
    azimuth = _angle(-east, -north) + convergence
    azimuth -= whole * np.floor(azimuth / whole)
    a, b = _angle(steep, one) / np.float32(TILT_DEG), azimuth / np.float32(AZIMUTH_DEG)
    p, q = min(int(a), TILTS - 2), min(int(b), AZIMUTHS - 1)
    wa, wb = _cubic(a - np.float32(p)), _cubic(b - np.float32(q))
    width = net.shape[1] * net.shape[2]
    for c in range(0, value.size, 4):
        vector.blend_four(value, net, (c, p * width + q * net.shape[2], width, net.shape[2]), wa, wb)
    return one / np.sqrt(one + steep * steep)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _finish(east, north, lost, how, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    """Fill out with what `finish` returns, on the rows part = (first, last)."""
    net, months, convergence, part = how
    zero, half, one, least = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1.0e-6)
    held = lost.shape[2]
    value, energy = np.empty(net.shape[2], np.float32), np.empty(4, np.float32)
    ground_all, band_all = months[2].sum(), months[1].sum()
    # the share of a year's isotropic, band and ground light that falls on what crowns hold back
    iso_held = (months[0] * months[3]).sum() / max(months[0].sum(), least)
    band_held = (months[1] * months[3]).sum() / (band_all if abs(band_all) > least else one)
    ground_held = (months[2] * months[3]).sum() / max(ground_all, least)
    for j in range(part[0], part[1]):
        for i in range(east.shape[1]):
            up = _read(net, (east[j, i], north[j, i]), convergence, value)
            seen = half * (one + up)
            beam, around, dome, band, crowned = zero, zero, zero, zero, zero
            view, view_ground, band_left = one, one, one
            energy[0] = value[0] + value[1] + value[2] + value[3] + value[4]
            for state, column in ((1, FAR), (2, NEAR), (3, TREES)):
                if column < held:
                    beam += lost[j, i, column] * up
                    around += lost[j, i, column + 1] * up
                    hidden, low = lost[j, i, column + 2] * up, lost[j, i, column + 3] * up
                    crowned = hidden if column == TREES else zero
                    dome += hidden - crowned
                    view, view_ground = _left(value[7], dome + crowned * iso_held), _left(value[7], dome + crowned * ground_held)
                    band += low * band_held if column == TREES else low
                    band_left = _left(value[8], band)
                direct = value[0] * _left(value[5], beam) + value[1] * _left(value[6], around)
                ground = value[4] + ground_all * seen * (one - view_ground)
                energy[state] = direct + value[2] * view + value[3] * band_left + ground
            out[0, j, i] = value[0] * _left(value[5], beam)
            out[2, j, i] = value[4] + ground_all * seen * (one - view_ground)
            out[3, j, i] = energy[3]
            out[1, j, i] = energy[3] - out[0, j, i] - out[2, j, i]
            out[4, j, i] = seen * view
            for cause in range(3):
                out[5 + cause, j, i] = (energy[2 - cause] - energy[3 - cause]) / energy[0]
            if out.shape[0] > YEAR:
                _share_out(lost, months, (j, i, up), (value, dome, crowned, band_left), out)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _share_out(lost, months, cell, left, out) -> None:  # noqa: ANN001, PLR0917 - numba infers the types
    """Divide a cell's year over the months."""
    j, i, up = cell
    value, dome, crowned, band_left = left
    one, total = np.float32(1.0), np.float32(0.0)
    seen, lean = np.float32(0.5) * (one + up), np.sqrt(max(one - up * up, np.float32(0.0)))
    for m in range(12):
        view = seen * _left(value[7], dome + crowned * months[3, m])
        direct = value[MONTHS + m] * _left(value[MONTHS + 12 + m], lost[j, i, sweep.MONTHS + m] * up)
        sky_light = months[0, m] * view + months[1, m] * lean * band_left
        out[YEAR + m, j, i] = direct + sky_light + months[2, m] * (one - view)
        total += out[YEAR + m, j, i]
    for m in range(12):
        out[YEAR + m, j, i] *= out[3, j, i] / total
