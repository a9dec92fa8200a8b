"""A typical year of weather for the example, made of published monthly sums: docs/metod/exempelvader.md.

Daily clearness is an autoregressive Gaussian series mapped to Hollands and Huget's (1983) distribution around each month's mean
(Graham, Hollands and Huget 1988); hourly clearness is Aguiar and Collares-Pereira's TAG model (1992) around the day's; the split
is Erbs, Klein and Duffie (1982). Air temperature and wind are invented around Arlanda's monthly means,
snow by a degree-day model. Seeded: always the same year.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import beta, norm, weibull_min

Floats = npt.NDArray[np.float64]

LATITUDE, LONGITUDE, ALTITUDE_M = 59.50, 13.32, 65.0
YEAR, SEED, STEPS = 2025, 19, 12
GHI_KWH_M2 = (9, 23, 73, 117, 154, 179, 175, 136, 88, 37, 11, 5)
"""Kil, by month: MERRA-2 2011-2015 (sources.toml: gsee_climate)."""
TEMPERATURE_C = (-2.1, -1.2, 0.8, 6.4, 11.7, 15.2, 17.9, 16.6, 12.0, 6.9, 3.8, 0.6)
WIND_M_S = (3.0, 3.3, 3.1, 4.3, 3.5, 3.2, 3.3, 2.9, 3.3, 3.9, 3.5, 2.5)
"""Monthly means of Arlanda's typical year 2007-2021 (sources.toml: arlanda_tmyx): same latitude, inland."""
DAY_PERSISTENCE = 0.29  # Graham, Hollands and Huget 1988
LOWEST_DAILY_KT = 0.05  # Hollands and Huget 1983
DAILY_SPREAD = 0.15  # standard deviation of the daily index within a month: Arlanda 0.155, Göteborg 0.138
SNOW_BELOW_KT, SNOW_BELOW_C, SNOW_CHANCE, SNOWFALL_CM = 0.35, 0.5, 0.55, 4.0
SETTLING_PER_DAY, MELT_CM_PER_DEGREE_DAY = 0.06, 1.2
"""Invented, chosen so that about as many days have snow cover as in Karlstad: 79 in a mean winter 1904-2014 (SMHI)."""
CLEAREST_KT = 0.88  # TAG's ceiling at solar noon
ERBS_MAX_ZENITH = 87.0


@dataclass(frozen=True)
class Sun:
    """The sun over each hour: mean irradiance on the level above the air [W/m2], sine of its height, zenith [deg], solar hour."""

    extraterrestrial: Floats
    sin_height: Floats
    zenith: Floats
    solar_hour: Floats

    @property
    def ceiling(self) -> Floats:
        """The brightest hour [W/m2]: TAG's clear-sky clearness, highest at noon."""
        kt = CLEAREST_KT * np.cos(np.pi * (self.solar_hour - 12) / 30)
        return np.maximum(kt, 0.01) * self.extraterrestrial


def hours() -> pd.DatetimeIndex:
    """Return the middles of the year's hours, UTC."""
    return pd.date_range(f"{YEAR}-01-01 00:30", periods=8760, freq="h", tz="UTC")


def sun(times: pd.DatetimeIndex) -> Sun:
    """Return hourly means over `STEPS` positions an hour; zenith at the middle of the sunlit part."""
    import pvlib

    offsets = (np.arange(STEPS) + 0.5) / STEPS * 60 - 30
    fine = times.repeat(STEPS) + pd.to_timedelta(np.tile(offsets, len(times)), unit="min")
    position = pvlib.solarposition.get_solarposition(fine, LATITUDE, LONGITUDE, ALTITUDE_M)
    zenith = position["zenith"].to_numpy().reshape(-1, STEPS)
    cosine = np.maximum(np.cos(np.radians(zenith)), 0)
    beam = pvlib.irradiance.get_extra_radiation(times).to_numpy()
    up = cosine > 0
    middle = (offsets * up).sum(1) / np.maximum(up.sum(1), 1)
    at = pvlib.solarposition.get_solarposition(times + pd.to_timedelta(middle, unit="min"), LATITUDE, LONGITUDE, ALTITUDE_M)
    clock = (times.hour + times.minute / 60).to_numpy()
    return Sun(
        extraterrestrial=beam * cosine.mean(1),
        sin_height=cosine.mean(1),
        zenith=at["zenith"].to_numpy(),
        solar_hour=(clock + LONGITUDE / 15 + at["equation_of_time"].to_numpy() / 60) % 24,
    )


def daily_clearness(mean: Floats, rng: np.random.Generator) -> Floats:
    """Return a year's daily clearness: beta-distributed about each day's `mean`, between the darkest day and the clearest."""
    noise = rng.normal(0, np.sqrt(1 - DAY_PERSISTENCE**2), len(mean))
    rank = norm.cdf(lfilter([1], [1, -DAY_PERSISTENCE], noise))
    width = 0.6313 + 0.267 * mean - 11.9 * (mean - 0.75) ** 8 - LOWEST_DAILY_KT  # Hollands and Huget 1983
    centre = (mean - LOWEST_DAILY_KT) / width
    spread = np.minimum((DAILY_SPREAD / width) ** 2, 0.9 * centre * (1 - centre))
    size = centre * (1 - centre) / spread - 1
    return LOWEST_DAILY_KT + width * beta.ppf(rank, centre * size, (1 - centre) * size)


def hourly_clearness(daily: Floats, sky: Sun, rng: np.random.Generator) -> Floats:
    """Return hourly clearness by TAG around each hour's daily index: a trend by the sun's height and an autoregressive part."""
    s = np.maximum(sky.sin_height, 1e-3)
    trend = -0.19 + 1.12 * daily + 0.24 * np.exp(-8 * daily)
    trend += (0.32 - 1.6 * (daily - 0.5) ** 2) * np.exp(-(0.19 + 2.27 * daily**2 - 2.51 * daily**3) / s)
    spread = 0.14 * np.exp(-20 * (daily - 0.35) ** 2) * np.exp((3 * (daily - 0.45) ** 2 + 16 * daily**5) * (1 - s))
    phi = 0.38 + 0.06 * np.cos(7.4 * daily - 2.5)
    y = np.zeros(len(daily))
    shocks = rng.normal(0, 1, len(daily))
    for i in range(1, len(daily)):
        y[i] = phi[i] * y[i - 1] + np.sqrt(1 - phi[i] ** 2) * shocks[i]
    ceiling = sky.ceiling / np.maximum(sky.extraterrestrial, 1e-6)
    return np.clip(trend + spread * y, 0.01, np.maximum(ceiling, 0.01)) * (sky.extraterrestrial > 0)


def scaled(ghi: Floats, wanted: Floats, group: npt.NDArray[np.int64], ceiling: Floats) -> Floats:
    """Return `ghi` scaled so that each group sums to `wanted`, no hour above its ceiling."""
    for _ in range(40):
        total = np.bincount(group, ghi, len(wanted))
        ghi = np.minimum(ghi * (wanted / np.maximum(total, 1e-9))[group], ceiling)
    return ghi


def global_irradiance(times: pd.DatetimeIndex, sky: Sun, *, seed: int = SEED) -> Floats:
    """Return hourly global irradiance [W/m2]; every month sums to the published value."""
    rng = np.random.default_rng(seed)
    month, day = (times.month - 1).to_numpy(), (times.day_of_year - 1).to_numpy()
    wanted = np.array(GHI_KWH_M2) * 1000.0
    above = np.bincount(month, sky.extraterrestrial)
    top = np.bincount(day, sky.extraterrestrial)
    month_of_day = month[::24]
    daily = daily_clearness((wanted / above)[month_of_day], rng)
    kt = hourly_clearness(daily[day], sky, rng)
    ceiling = sky.ceiling
    ghi = scaled(kt * sky.extraterrestrial, daily * top, day, ceiling)
    ghi = scaled(ghi, wanted, month, ceiling)
    return _rounded(ghi, wanted, month)


def _rounded(ghi: Floats, wanted: Floats, month: npt.NDArray[np.int64]) -> Floats:
    """Return whole tenths whose months still sum exactly: what rounding left over goes a tenth each to the largest hours."""
    tenths = np.round(ghi * 10).astype(np.int64)
    for m, target in enumerate(wanted):
        rows = np.flatnonzero(month == m)
        left = round(target * 10) - int(tenths[rows].sum())
        largest = rows[np.argsort(-tenths[rows], kind="stable")[: abs(left)]]
        tenths[largest] += int(np.sign(left))
    return tenths / 10


def split(ghi: Floats, sky: Sun, times: pd.DatetimeIndex) -> tuple[Floats, Floats]:
    """Return (diffuse, direct normal) by Erbs at the middle of the sunlit part of each hour."""
    import pvlib

    parts = pvlib.irradiance.erbs(ghi, sky.zenith, times, max_zenith=ERBS_MAX_ZENITH)
    return np.nan_to_num(np.asarray(parts["dhi"])), np.nan_to_num(np.asarray(parts["dni"]))


def air(times: pd.DatetimeIndex, ghi: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return invented air temperature [C] and wind speed [m/s] around the monthly means."""
    middle = pd.Timestamp(f"{YEAR}-01-01", tz="UTC")
    hour = ((times - middle) / pd.Timedelta(hours=1)).to_numpy()
    season = np.interp(hour, (np.arange(-1, 13) + 0.5) * 730, np.take(TEMPERATURE_C, np.arange(-1, 13), mode="wrap"))
    spells = np.repeat(lfilter([1], [1, -0.75], rng.normal(0, 2.0, len(times) // 24)), 24)
    spells = np.convolve(np.pad(spells, 12, mode="edge"), np.ones(25) / 25, mode="valid")
    warmth = lfilter([0.25], [1, -0.75], ghi / 1361) * 14
    day = (times.day_of_year - 1).to_numpy()
    warmth -= (np.bincount(day, warmth) / 24)[day]
    temperature = season + spells + warmth
    gusts = norm.cdf(lfilter([np.sqrt(1 - 0.93**2)], [1, -0.93], rng.normal(0, 1, len(times))))
    wind = weibull_min.ppf(np.clip(gusts, 1e-6, 1 - 1e-6), 2.0) / 0.8862 * np.array(WIND_M_S)[times.month - 1]
    return temperature, wind


def snow_depth(temperature: Floats, clearness: Floats, rng: np.random.Generator) -> Floats:
    """Return an invented depth of snow [cm], hour by hour: it falls on dark cold days, settles, and melts by degree-days.

    temperature [C] hourly; clearness: daily index. A day darker than `SNOW_BELOW_KT` has precipitation; below `SNOW_BELOW_C` it is snow.
    """
    daily = temperature.reshape(-1, 24).mean(1)
    falls = (clearness < SNOW_BELOW_KT) & (rng.random(len(daily)) < SNOW_CHANCE)
    fresh = np.where(falls & (daily < SNOW_BELOW_C), rng.exponential(SNOWFALL_CM, len(daily)), 0.0)
    depth, out = 0.0, np.zeros(len(temperature))
    for hour, warmth in enumerate(temperature):
        day = hour // 24
        depth += fresh[day] / 24 - depth * SETTLING_PER_DAY / 24 - max(warmth, 0.0) * MELT_CM_PER_DEGREE_DAY / 24
        depth = out[hour] = max(depth, 0.0)
    return out


def year(*, seed: int = SEED) -> pd.DataFrame:
    """Return the year: ghi, dhi, dni [W/m2], temp_air [C], wind_speed [m/s], snow_depth [cm] on UTC interval middles."""
    times = hours()
    sky = sun(times)
    ghi = global_irradiance(times, sky, seed=seed)
    dhi, dni = split(ghi, sky, times)
    temperature, wind = air(times, ghi, np.random.default_rng(seed + 1))
    clearness = ghi.reshape(-1, 24).sum(1) / sky.extraterrestrial.reshape(-1, 24).sum(1)
    snow = snow_depth(temperature, clearness, np.random.default_rng(seed + 2))
    columns = {"ghi": ghi, "dhi": dhi, "dni": dni, "temp_air": temperature, "wind_speed": wind, "snow_depth": snow}
    return pd.DataFrame(columns, index=times).round(1)


COLUMNS = {
    "ghi": "ghi_w_m2",
    "dhi": "dhi_w_m2",
    "dni": "dni_w_m2",
    "temp_air": "lufttemperatur_c",
    "wind_speed": "vind_m_s",
    "snow_depth": "snodjup_m",
}


def write(path: Path) -> None:
    """Write the year as the plain csv of docs/data.md."""
    table = year().rename(columns=COLUMNS)
    table["snodjup_m"] = (table["snodjup_m"] / 100).round(3)
    table.insert(0, "tid", table.index.strftime("%Y-%m-%dT%H:%MZ"))
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("# tidsstampel: mitt\n")
        table.to_csv(out, index=False, lineterminator="\n")
