"""Where the sun is in each hour of a weather file, what the hour's irradiances can be, and how far its clock seems to be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SOLAR_CONSTANT = 1361.0  # W/m2, Kopp & Lean 2011, doi:10.1029/2010GL045777
STEPS = np.arange(60) - 29.5  # minutes from the middle at which an hour's sun is looked at
MAX_ZENITH_DEG = 87.0  # above this DNI is not computed from GHI: the cosine is too small (pvlib's limit for Erbs)
SLIP_MIN_DNI, SLIP_MIN_GHI = 100.0, 50.0  # W/m2: hours that say something about the clock
SLIP_SEARCH_MIN = 120.0
SLIP_MIN_HOURS = 50


@dataclass(frozen=True)
class Sun:
    """The sun of each hour: its path, so that any minute of the hour can be asked for. Angles true, without refraction."""

    latitude_rad: float
    declination_rad: np.ndarray
    hour_angle_rad: np.ndarray
    extra: np.ndarray

    def cos_zenith(self, minutes: float | np.ndarray = 0.0) -> np.ndarray:
        """Return the cosine of the zenith angle `minutes` after each interval's middle."""
        hour_angle = self.hour_angle_rad + np.radians(0.25 * np.asarray(minutes))
        across = np.cos(self.latitude_rad) * np.cos(self.declination_rad) * np.cos(hour_angle)
        return np.sin(self.latitude_rad) * np.sin(self.declination_rad) + across

    def hourly(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the hour's mean of the cosine above the horizon, and the cosine at the middle of the hour's sunlit part (else 0)."""
        total, lit, moment = (np.zeros_like(self.hour_angle_rad) for _ in range(3))
        for minutes in STEPS:
            height = self.cos_zenith(minutes)
            up = height > 0
            total += np.where(up, height, 0.0)
            lit += up
            moment += np.where(up, minutes, 0.0)
        middle = self.cos_zenith(moment / np.maximum(lit, 1))
        return total / len(STEPS), np.where(lit > 0, np.maximum(middle, 0.0), 0.0)


def sun(middles: pd.DatetimeIndex, latitude: float, longitude: float) -> Sun:
    """Return the sun over a place [deg] in hours given by their middles (tz-aware); positions by pvlib's SPA."""
    import pvlib

    place = pvlib.solarposition.get_solarposition(middles, latitude, longitude, method="nrel_numpy")
    zenith, azimuth = np.radians(place["zenith"].to_numpy()), np.radians(place["azimuth"].to_numpy())
    phi = np.radians(latitude)
    declination = np.arcsin(np.sin(phi) * np.cos(zenith) + np.cos(phi) * np.sin(zenith) * np.cos(azimuth))
    hour_angle = np.arctan2(-np.sin(azimuth) * np.sin(zenith), (np.cos(zenith) - np.sin(phi) * np.sin(declination)) / np.cos(phi))
    extra = pvlib.irradiance.get_extra_radiation(middles, solar_constant=SOLAR_CONSTANT).to_numpy()
    return Sun(float(phi), declination, hour_angle, extra)


def split(ghi: np.ndarray, track: Sun) -> tuple[np.ndarray, np.ndarray]:
    """Return (dhi, dni) [W/m2] of hourly GHI by Erbs, Klein & Duffie 1982 (doi:10.1016/0038-092X(82)90302-4).

    The clearness index is of the whole hour, so hours when the sun rises or sets get theirs right; the sum is kept:
    ghi = dhi + dni * cos(zenith) at the middle of the sunlit part.
    """
    mean_cos, _ = track.hourly()
    clearness = np.clip(ghi / np.maximum(track.extra * mean_cos, 1e-6), 0, 1)
    return close(ghi, erbs_diffuse_share(clearness) * ghi, track)


def erbs_diffuse_share(clearness: np.ndarray) -> np.ndarray:
    """Return the diffuse share of GHI at a clearness index (0-1), Erbs et al. 1982, eq. 1."""
    k = np.asarray(clearness, dtype=float)
    middle = 0.9511 - 0.1604 * k + 4.388 * k**2 - 16.638 * k**3 + 12.336 * k**4
    return np.where(k <= 0.22, 1 - 0.09 * k, np.where(k <= 0.80, middle, 0.165))


def close(ghi: np.ndarray, dhi: np.ndarray, track: Sun) -> tuple[np.ndarray, np.ndarray]:
    """Return (dhi, dni) so that ghi = dhi + dni cos(zenith), at the middle of the sunlit part of each hour.

    DNI is held under BSRN's limit for what is ever seen (Long & Dutton 2002: 0.95 S mu^0.2 + 10 W/m2); what is over is diffuse.
    """
    _, height = track.hourly()
    usable = height > np.cos(np.radians(MAX_ZENITH_DEG))
    limit = 0.95 * track.extra * np.maximum(height, 0) ** 0.2 + 10
    beam = np.maximum(ghi - dhi, 0.0)
    dni = np.where(usable, np.minimum(beam / np.where(usable, height, 1.0), limit), 0.0)
    return ghi - dni * height, dni


def limits(track: Sun) -> dict[str, np.ndarray]:
    """Return the largest possible hourly values [W/m2], BSRN's physical limits (Long & Dutton 2002), over the hour's highest sun."""
    height = np.maximum(np.max([track.cos_zenith(m) for m in (-30.0, 0.0, 30.0)], axis=0), 0.0)
    return {
        "ghi": 1.5 * track.extra * height**1.2 + 100,
        "dhi": 0.95 * track.extra * height**1.2 + 50,
        "dni": track.extra,
    }


def slip_minutes(frame: pd.DataFrame, latitude: float, longitude: float) -> float | None:
    """Return how many minutes the file's sun comes after the true one, from ghi = dhi + dni cos(zenith); None with too few hours.

    `frame`: ghi, dhi, dni of independent origin on interval middles. 0 when the stamps mean what they are said to mean.
    """
    from scipy.optimize import minimize_scalar

    useful = frame[(frame["dni"] > SLIP_MIN_DNI) & (frame["ghi"] > SLIP_MIN_GHI)]
    if len(useful) < SLIP_MIN_HOURS:
        return None
    seen = ((useful["ghi"] - useful["dhi"]) / useful["dni"]).to_numpy()
    track = sun(pd.DatetimeIndex(useful.index), latitude, longitude)

    def misfit(minutes: float) -> float:
        return float(np.mean((seen - track.cos_zenith(minutes)) ** 2))

    found = minimize_scalar(misfit, bounds=(-SLIP_SEARCH_MIN, SLIP_SEARCH_MIN), method="bounded")
    return -float(found.x)
