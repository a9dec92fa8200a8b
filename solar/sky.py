"""The year's sun and sky, and tables of how much of its light comes from above a horizon. docs/metod/instralning.md.

sky = year(weather, site, model="perez-driesse", albedo=0.2)
open_ = open_year(sky, tilt_deg, azimuth_deg)          # pvlib's year, nothing in the way
table = tables(sky, directions=64)                     # what a horizon leaves of it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import pandas as pd

Model = Literal["perez-driesse", "perez", "haydavies"]
MODELS = ("perez-driesse", "perez", "haydavies")
SUB_POSITIONS = 6
"""Sun positions an hour of the shaded shares: every ten minutes the sun moves 2.5 deg, less than half a sector of 64."""
FEW = 2000
"""Sun positions that are not worth another thread."""
SLOPE_BINS = 512
"""Bins of the horizon's slope s, even in s / (1 + s): 0.11 deg at the horizon, 0.22 deg at 45 deg."""
STEEPEST = 1.0e4
"""A vertical plane's own horizon [m/m], kept finite."""
BEAM, CIRCUMSOLAR, ISOTROPIC, HORIZON_BAND, GROUND = range(5)
COMPONENTS = ("beam", "circumsolar", "isotropic", "horizon", "ground")
_LOWEST_COSINE = {"perez-driesse": np.cos(np.radians(85.0)), "perez": np.cos(np.radians(85.0)), "haydavies": 0.01745}  # pvlib's


@dataclass(frozen=True)
class Moments:
    """Where the sun stands in each interval and what its light does to a plane. Arrays (hours,), power in W/m2.

    zenith: apparent [deg]. sun: (hours, 3) unit vectors east, north, up. circumsolar: factor of max(cos incidence, 0). isotropic: sky
    on a horizontal plane. band: factor of sin(tilt).
    """

    zenith: np.ndarray
    sun: np.ndarray
    circumsolar: np.ndarray
    isotropic: np.ndarray
    band: np.ndarray


@dataclass(frozen=True)
class SkyYear:
    """The intervals with light. Arrays (hours,), power in W/m2; energy is power x `hours`.

    times: the weather's index there. month: 0-11 (UTC). beam: DNI. ground: light from a ground that fills the view (albedo x GHI).
    middle: the sun at the interval's middle, pvlib's way. sunlit: at the middle of the part with the sun up, for hourly power.
    sub: (hours, SUB_POSITIONS, 3) the sun within the interval, sub_up: whether it is above the horizon. hours: length of an interval.
    """

    times: pd.DatetimeIndex
    month: np.ndarray
    beam: np.ndarray
    ground: np.ndarray
    middle: Moments
    sunlit: Moments
    sub: np.ndarray
    sub_up: np.ndarray
    hours: float


def year(weather: pd.DataFrame, site: Any, *, model: Model = "perez-driesse", albedo: float = 0.2) -> SkyYear:
    """Return the sky of a weather year.

    weather: ghi, dhi, dni [W/m2] on a tz-aware index of interval middles, evenly spaced within a day. site: has latitude, longitude
    [deg] and altitude [m]. model: how pvlib divides the sky's light. albedo: of everything that is not sky.
    """
    if model not in MODELS:
        raise ValueError(f"model {model!r}: one of {MODELS}")
    _check(weather)
    lit = (weather[["ghi", "dhi", "dni"]] > 0).any(axis=1).to_numpy()
    part, hours = weather[lit], _interval_hours(weather.index)
    zenith, azimuth = positions(part.index, site)
    sub, up, shift = _within(part.index, site, hours)
    return SkyYear(
        times=part.index,
        month=part.index.tz_convert("UTC").month.to_numpy() - 1,
        beam=part["dni"].to_numpy(float),
        ground=albedo * part["ghi"].to_numpy(float),
        middle=_moments(part, (zenith, azimuth), model),
        sunlit=_moments(part, _shifted(part.index, site, shift, (zenith, azimuth)), model),
        sub=sub,
        sub_up=up,
        hours=hours,
    )


def positions(times: pd.DatetimeIndex, site: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return apparent zenith and azimuth [deg] of the sun (pvlib, NREL SPA with refraction)."""
    from pvlib import solarposition

    from solar import horizon

    altitude, out = getattr(site, "altitude", 0.0) or 0.0, np.empty((2, len(times)))

    def some(part: slice) -> None:
        sun = solarposition.get_solarposition(times[part], site.latitude, site.longitude, altitude=altitude)
        out[:, part] = sun["apparent_zenith"], sun["azimuth"]

    horizon.in_threads(some, len(times), max(-(-len(times) // horizon.workers()), FEW))
    return out[0], out[1]


def towards(zenith_deg: np.ndarray, azimuth_deg: np.ndarray) -> np.ndarray:
    """Return (..., 3) unit vectors east, north, up."""
    zenith, azimuth = np.radians(zenith_deg), np.radians(azimuth_deg)
    return np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)], axis=-1)


def normals(tilt_deg: np.ndarray, azimuth_deg: np.ndarray) -> np.ndarray:
    """Return (n, 3) unit normals east, north, up of planes."""
    return towards(np.asarray(tilt_deg, float), np.asarray(azimuth_deg, float))


def _check(weather: pd.DataFrame) -> None:
    if getattr(weather.index, "tz", None) is None:
        raise ValueError("weather: the index must be tz-aware (UTC), at the middle of each interval")
    missing = [name for name in ("ghi", "dhi", "dni") if name not in weather]
    if missing:
        raise ValueError(f"weather lacks {', '.join(missing)}; with GHI alone divide it first (Erbs)")
    if weather[["ghi", "dhi", "dni"]].isna().to_numpy().any():
        raise ValueError("weather has gaps in ghi, dhi or dni")


def _interval_hours(index: pd.DatetimeIndex) -> float:
    step = np.median(np.diff(index.as_unit("ns").asi8)) if len(index) > 1 else 3.6e12
    return float(step) / 3.6e12


def _moments(part: pd.DataFrame, sun: tuple[np.ndarray, np.ndarray], model: Model) -> Moments:
    """Divide the diffuse light as pvlib does, read off one tilted plane; what a model has no answer for gives nothing."""
    from pvlib import atmosphere, irradiance

    tilt = 30.0  # any tilt will do; a steep plane can meet pvlib's cut at zero
    zenith, azimuth = sun
    extra = irradiance.get_extra_radiation(part.index).to_numpy()
    dhi, dni = part["dhi"].to_numpy(float), part["dni"].to_numpy(float)
    common = (tilt, 180.0, dhi, dni, extra, zenith, azimuth)
    if model == "haydavies":
        parts = irradiance.haydavies(*common, return_components=True)
    else:
        divide = irradiance.perez if model == "perez" else irradiance.perez_driesse
        parts = divide(*common, airmass=atmosphere.get_relative_airmass(zenith), return_components=True)
    known = np.nan_to_num(parts["poa_sky_diffuse"]) > 0
    isotropic = np.where(known, parts["poa_isotropic"] / (0.5 * (1.0 + np.cos(np.radians(tilt)))), 0.0)
    around_sun = np.where(known, dhi - isotropic, 0.0)
    cosine = np.maximum(np.cos(np.radians(zenith)), _LOWEST_COSINE[model])
    band = np.where(known, parts["poa_horizon"] / np.sin(np.radians(tilt)), 0.0) if "poa_horizon" in parts else np.zeros(len(dhi))
    return Moments(zenith, towards(zenith, azimuth), around_sun / cosine, isotropic, band)


def _within(times: pd.DatetimeIndex, site: Any, hours: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sun within each interval, whether it is up there, and how far [s] the sunlit part's middle lies from the interval's."""
    import pandas as pd

    offsets = ((np.arange(SUB_POSITIONS) + 0.5) / SUB_POSITIONS - 0.5) * hours * 3600.0
    moments = pd.to_datetime((times.as_unit("ns").asi8[:, None] + np.int64(offsets * 1e9)).ravel(), utc=True)
    zenith, azimuth = (a.reshape(len(times), SUB_POSITIONS) for a in positions(moments, site))
    up = zenith < 90.0
    some = up.any(axis=1) & ~up.all(axis=1)
    shift = np.where(some, (up * offsets).sum(axis=1) / np.maximum(up.sum(axis=1), 1), 0.0)
    return towards(zenith, azimuth), up, shift


def _shifted(
    times: pd.DatetimeIndex, site: Any, shift_s: np.ndarray, sun: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    zenith, azimuth = sun[0].copy(), sun[1].copy()
    moved = np.flatnonzero(shift_s)
    if len(moved):
        zenith[moved], azimuth[moved] = positions(times[moved] + pd.to_timedelta(shift_s[moved], unit="s"), site)
    return zenith, azimuth


def open_year(sky: SkyYear, tilt_deg: np.ndarray, azimuth_deg: np.ndarray) -> np.ndarray:
    """Return (n, 12, 5) kWh/m2 per month and component of planes with nothing in the way: pvlib at the interval's middle."""
    facing = normals(tilt_deg, azimuth_deg)
    at = sky.middle
    sums = _open_sums(facing, at.sun, sky.month, (sky.beam, at.circumsolar, at.isotropic, at.band, sky.ground))
    return sums * (sky.hours / 1000.0)


@njit(nogil=True, cache=True)
def _open_sums(facing, sun, month, parts):  # noqa: ANN001, ANN202 - numba infers the types
    beam, circumsolar, isotropic, band, ground = parts
    out = np.zeros((facing.shape[0], 12, 5))
    for i in range(facing.shape[0]):
        x, y, up = facing[i]
        seen, unseen = 0.5 * (1.0 + up), 0.5 * (1.0 - up)
        lean = np.sqrt(max(1.0 - up * up, 0.0))
        for t in range(sun.shape[0]):
            cosine = max(x * sun[t, 0] + y * sun[t, 1] + up * sun[t, 2], 0.0)
            m = month[t]
            around, dome, low = circumsolar[t] * cosine, isotropic[t] * seen, band[t] * lean
            out[i, m, 0] += beam[t] * cosine
            out[i, m, 4] += ground[t] * unseen
            if around + dome + low > 0.0:
                out[i, m, 1] += around
                out[i, m, 2] += dome
                out[i, m, 3] += low
    return out


@dataclass(frozen=True)
class Tables:
    """How much light comes from above a horizon of slope s in each of K sectors.

    direct: (K, SLOPE_BINS + 2, 2, 24) float32, kWh/m2: along the sector and up; January's beam and circumsolar, February's ... A plane
    with normal n gets (n . sector) x along + n_up x up. dome: (SLOPE_BINS + 2, 2) float32, view factor of the sky above s in one sector,
    along and up. band: (SLOPE_BINS + 2,) float32, share of the horizon band left. sectors: (K, 2) east, north.
    """

    direct: np.ndarray
    dome: np.ndarray
    band: np.ndarray
    sectors: np.ndarray


def sectors(directions: int) -> np.ndarray:
    """Return (K, 2) unit vectors east, north of K directions clockwise from true north."""
    angle = 2.0 * np.pi * np.arange(directions) / directions
    return np.column_stack([np.sin(angle), np.cos(angle)])


def tables(sky: SkyYear, *, directions: int) -> Tables:
    """Return the tables of a sky for `directions` sectors."""
    return Tables(_direct(sky, directions), _dome(directions), _band(), sectors(directions))


def bin_slopes() -> np.ndarray:
    """Return (SLOPE_BINS + 2,) slopes [m/m] at the bins' edges; the last two stand for straight up."""
    share = np.minimum(np.arange(SLOPE_BINS + 2) / SLOPE_BINS, 1.0)
    return share / np.maximum(1.0 - share, 1.0e-9)


def _direct(sky: SkyYear, directions: int) -> np.ndarray:
    lit, sub = np.nonzero(sky.sub_up)
    sun = sky.sub[lit, sub]
    flat = np.hypot(sun[:, 0], sun[:, 1])
    slope = sun[:, 2] / np.maximum(flat, 1.0e-9)
    edge = np.minimum((slope / (1.0 + slope) * SLOPE_BINS).astype(int), SLOPE_BINS - 1)
    place = np.arctan2(sun[:, 0], sun[:, 1]) / (2.0 * np.pi) * directions
    first = np.floor(place).astype(int)
    width, part = 2.0 * np.pi / directions, place - first
    share = sky.hours / 1000.0 / sky.sub_up.sum(axis=1)[lit]
    power = np.column_stack([sky.beam[lit], sky.middle.circumsolar[lit]]) * share[:, None]
    shape = (directions, SLOPE_BINS + 2, 12)
    out = np.zeros((directions, SLOPE_BINS + 2, 2, 12, 2))
    # the sun's vector is split exactly over the two sectors it stands between: along them by sines, upwards in proportion
    for sector, along, up in (
        (first % directions, np.sin((1.0 - part) * width) / np.sin(width), 1.0 - part),
        ((first + 1) % directions, np.sin(part * width) / np.sin(width), part),
    ):
        cell = np.ravel_multi_index((sector, edge, sky.month[lit]), shape)
        for column, weight in enumerate((flat * along, sun[:, 2] * up)):
            for kind in range(2):
                sums = np.bincount(cell, weights=weight * power[:, kind], minlength=int(np.prod(shape)))
                out[:, :, column, :, kind] += sums.reshape(shape)
    above = np.cumsum(out[:, ::-1], axis=1)[:, ::-1]
    return np.ascontiguousarray(above.reshape(directions, SLOPE_BINS + 2, 2, 24), dtype=np.float32)


def _dome(directions: int) -> np.ndarray:
    """View factor (1/pi) of the sky between slope s and the zenith over one sector: integrals of cos2(e) and sin(e) cos(e)."""
    height = np.arctan(bin_slopes())
    along = ((np.pi / 2 - height) / 2 - np.sin(2 * height) / 4) * 2 * np.sin(np.pi / directions)
    up = np.cos(height) ** 2 / 2 * 2 * np.pi / directions
    return np.ascontiguousarray(np.column_stack([along, up]) / np.pi, dtype=np.float32)


BAND_DEG = 6.5
"""Height of the horizon band [deg] whose hidden part is taken away (Perez et al. 1987)."""


def _band() -> np.ndarray:
    height = np.degrees(np.arctan(bin_slopes()))
    return np.clip(1.0 - height / BAND_DEG, 0.0, 1.0).astype(np.float32)
