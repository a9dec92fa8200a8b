"""A made year of clear and cloudy weather whose light at every minute is known, and files of it in each format. For tests only.

Shares nothing with data.readers.weather: the sun is NOAA's low-accuracy formula (Spencer 1971 Fourier series; within 0.3 deg and a
minute of time), the sky a simple clear-sky law under made clouds. Hourly means are sums of minutes over whatever hour a format
says that its stamp means; the conventions are quoted from the sources, each where its writer stands.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True)
class Place:
    latitude: float = 59.50
    longitude: float = 13.32
    altitude: float = 65.0


KIL = Place()
GOTEBORG = Place(57.7079, 11.9659, 10.0)


def sin_elevation(utc: np.ndarray, place: Place) -> np.ndarray:
    """Sine of the sun's elevation at instants (datetime64, UTC): NOAA's general solar position calculations (Spencer 1971)."""
    day = (utc - utc.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    g = 2 * np.pi * (day - 0.5) / 365
    equation = 229.18 * (
        0.000075 + 0.001868 * np.cos(g) - 0.032077 * np.sin(g) - 0.014615 * np.cos(2 * g) - 0.040849 * np.sin(2 * g)
    )
    declination = 0.006918 - 0.399912 * np.cos(g) + 0.070257 * np.sin(g) - 0.006758 * np.cos(2 * g) + 0.000907 * np.sin(2 * g)
    declination += -0.002697 * np.cos(3 * g) + 0.00148 * np.sin(3 * g)
    clock = (utc - utc.astype("datetime64[D]")) / MINUTE
    hour_angle = np.radians((clock + equation + 4 * place.longitude) / 4 - 180)
    phi = np.radians(place.latitude)
    return np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)


class Light:
    """Light of one calendar year and a day on either side, by the minute: ghi, dhi, dni [W/m2], temp_air [deg C]."""

    def __init__(self, year: int, place: Place, seed: int = 7, *, cloudy: bool = True) -> None:
        self.start = np.datetime64(f"{year}-01-01", "m") - np.timedelta64(1440, "m")
        end = np.datetime64(f"{year + 1}-01-01", "m") + np.timedelta64(1440, "m")
        minutes = np.arange(self.start, end)
        height = np.maximum(sin_elevation(minutes + np.timedelta64(30, "s"), place), 0.0)
        up = height > 0.01
        air = 1 / np.maximum(height, 0.01)
        rng = np.random.default_rng(seed)
        hours = np.repeat(rng.random(len(minutes) // 60 + 1), 60)[: len(minutes)]
        open_sky = np.where(hours < 0.5, 1.0, np.clip(1.6 - 1.6 * hours, 0.0, 1.0))  # half the hours clear, the others by cloud
        if not cloudy:
            open_sky = np.ones(len(minutes))
        self.dni = np.where(up, 1100 * 0.7 ** (air**0.678), 0.0) * open_sky
        self.dhi = np.where(up, (60 + 250 * (1 - open_sky)) * height**0.6, 0.0)
        self.ghi = self.dhi + self.dni * height
        day = (minutes - self.start) / np.timedelta64(1440, "m")
        self.temp_air = 6 - 11 * np.cos(2 * np.pi * (day - 20) / 365) - 4 * np.cos(2 * np.pi * (day % 1) - 0.6)
        names = ("ghi", "dhi", "dni", "temp_air")
        self._summed = {name: np.concatenate([[0.0], np.cumsum(getattr(self, name))]) for name in names}

    def mean(self, name: str, middles: np.ndarray, minutes: int = 60) -> np.ndarray:
        """Mean of a quantity over the `minutes` around each instant (datetime64, UTC; to the minute)."""
        summed = self._summed[name]
        first = ((middles - self.start) / MINUTE).astype(int) - minutes // 2
        return (summed[first + minutes] - summed[first]) / minutes

    def slip(self, middles: np.ndarray, ghi: np.ndarray, minutes: int = 60) -> float:
        """How many minutes the light read as of `middles` really is after them: the shift at which it fits what was there best."""
        rough = min(
            range(-40, 41, 5), key=lambda shift: np.mean((self.mean("ghi", middles + shift * MINUTE, minutes) - ghi) ** 2)
        )
        shifts = np.arange(rough - 6, rough + 7)
        misfit = [np.mean((self.mean("ghi", middles + shift * MINUTE, minutes) - ghi) ** 2) for shift in shifts]
        best = int(np.argmin(misfit))
        if best in (0, len(shifts) - 1):
            return float(shifts[best])
        low, here, high = misfit[best - 1 : best + 2]
        return float(shifts[best] + 0.5 * (low - high) / (low - 2 * here + high))


@lru_cache(maxsize=4)
def light(year: int = 2023, place: Place = KIL) -> Light:
    return Light(year, place)


def written(stamps: np.ndarray, pattern: str) -> list[str]:
    return list(pd.DatetimeIndex(stamps).strftime(pattern))


def hours(year: int, *, first: str = "01-01T00:00") -> np.ndarray:
    """The whole hours of a year as datetime64[m]."""
    start = np.datetime64(f"{year}-{first}", "m")
    return start + np.arange(8784 if dt.date(year, 12, 31).timetuple().tm_yday == 366 else 8760) * np.timedelta64(60, "m")


HALF = 30 * MINUTE


def epw(truth: Light, year: int = 2023, place: Place = KIL, offset_h: int = 1) -> str:
    """EnergyPlus: "Hour ... hour 1 is 00:01 to 01:00", local standard time; irradiation "received during the 60-minute period
    ending at the time indicated" (Auxiliary Programs, EPW data dictionary, fields 3 and 13-15)."""
    ends = hours(year) + 2 * HALF  # local
    middles = ends - HALF - offset_h * 60 * MINUTE
    columns = {name: truth.mean(name, middles) for name in ("ghi", "dni", "dhi", "temp_air")}
    head = [f"LOCATION,Prov,-,SWE,TMYx,000000,{place.latitude},{place.longitude},{offset_h}.0,{place.altitude}"]
    lines = head + [f"RAD {i}" for i in range(7)]
    for i, day in enumerate(pd.DatetimeIndex(ends - MINUTE)):
        row = ["0"] * 35
        row[:5] = [str(day.year), str(day.month), str(day.day), str(day.hour + 1), "0"]
        row[6] = f"{columns['temp_air'][i]:.1f}"
        row[13], row[14], row[15] = (f"{columns[name][i]:.0f}" for name in ("ghi", "dni", "dhi"))
        row[21], row[30] = "3.1", "0"
        lines.append(",".join(row))
    return "\n".join(lines) + "\n"


def pvgis_hourly_csv(truth: Light, year: int = 2023, place: Place = KIL, minute: int = 10) -> str:
    """PVGIS hourly: "the values are instantaneous ... at the time of the satellite image", stamps HHMM in UTC (PVGIS 5 user manual).

    `mean` over two minutes is the instant as nearly as this year knows it."""
    stamps = hours(year) + minute * MINUTE
    beam = truth.mean("ghi", stamps, 2) - truth.mean("dhi", stamps, 2)
    diffuse, warmth = truth.mean("dhi", stamps, 2), truth.mean("temp_air", stamps, 2)
    head = [
        f"Latitude (decimal degrees):\t{place.latitude:.3f}",
        f"Longitude (decimal degrees):\t{place.longitude:.3f}",
        "Elevation (m):\t65",
        "Radiation database:\tPVGIS-SARAH2",
        "",
        "",
        "Slope: 0 deg. ",
        "Azimuth: 0 deg. ",
        "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]
    rows = [
        f"{stamp},{b:.2f},{d:.2f},0.0,0.0,{t:.2f},2.0,0.0"
        for stamp, b, d, t in zip(written(stamps, "%Y%m%d:%H%M"), beam, diffuse, warmth, strict=True)
    ]
    return "\n".join([*head, *rows, "", "Gb(i): Beam (direct) irradiance on the inclined plane (W/m2)", "PVGIS (c) EU"]) + "\n"


def pvgis_hourly_json(truth: Light, year: int = 2023, place: Place = KIL, *, minute: int = 10, slope: float = 0) -> str:
    stamps = hours(year) + minute * MINUTE
    dhi, ghi = truth.mean("dhi", stamps, 2), truth.mean("ghi", stamps, 2)
    records = [
        {"time": s, "Gb(i)": round(g - d, 2), "Gd(i)": round(d, 2), "Gr(i)": 0.0, "T2m": 5.0}
        for s, g, d in zip(written(stamps, "%Y%m%d:%H%M"), ghi, dhi, strict=True)
    ]
    place_said = {"latitude": place.latitude, "longitude": place.longitude, "elevation": 65.0}
    mounting = {"fixed": {"slope": {"value": slope, "optimal": False}, "azimuth": {"value": 0, "optimal": False}}}
    return json.dumps({"inputs": {"location": place_said, "mounting_system": mounting}, "outputs": {"hourly": records}})


def _tmy(truths: dict[int, Light], place: Place, offset_h: float) -> list[dict]:
    """PVGIS typical year: hours of UTC; radiation is of `time + irradiance_time_offset`; each month from a year of its own."""
    records = []
    for month in range(1, 13):
        year = sorted(truths)[month % len(truths)]
        stamps = hours(year)
        when = pd.DatetimeIndex(stamps)
        mine = stamps[(when.month == month) & ~((when.month == 2) & (when.day == 29))]
        moments = mine + round(60 * offset_h) * MINUTE
        truth = truths[year]
        columns = [truth.mean(name, moments, 2) for name in ("temp_air", "ghi", "dni", "dhi")]
        records += [
            {
                "time(UTC)": s,
                "T2m": round(t, 2),
                "G(h)": round(g, 2),
                "Gb(n)": round(b, 2),
                "Gd(h)": round(d, 2),
                "WS10m": 2.0,
            }
            for s, t, g, b, d in zip(written(mine, "%Y%m%d:%H%M"), *columns, strict=True)
        ]
    return records


def pvgis_tmy_json(truths: dict[int, Light], place: Place = KIL, offset_h: float = 0.1833, *, stated: bool = True) -> str:
    location = {"latitude": place.latitude, "longitude": place.longitude, "elevation": 65.0}
    if stated:
        location["irradiance_time_offset"] = offset_h
    answer = {"inputs": {"location": location}, "outputs": {"tmy_hourly": _tmy(truths, place, offset_h)}}
    return json.dumps(answer)


def pvgis_tmy_csv(truths: dict[int, Light], place: Place = KIL, offset_h: float = 0.1833) -> str:
    records = _tmy(truths, place, offset_h)
    head = [
        f"Latitude (decimal degrees): {place.latitude}",
        f"Longitude (decimal degrees): {place.longitude}",
        "Elevation (m): 65.0",
        f"Irradiance Time Offset (h): {offset_h}",
        "month,year",
        *(f"{month},2019" for month in range(1, 13)),
        ",".join(records[0]),
    ]
    return "\n".join(
        [*head, *(",".join(map(str, record.values())) for record in records), "T2m: 2-m air temperature (degree Celsius)"]
    )


def metobs(truth: Light, parameter: str, year: int = 2023, place: Place = KIL) -> str:
    """SMHI metobs: parameter 11 Global irradians, "medelvärde 1 timme, 1 gång/tim"; the stamp is the hour's end, UTC. Others are
    moments ("momentanvärde")."""
    stamps = hours(year) + 2 * HALF
    if parameter == "Global Irradians (svenska stationer)":
        summary, values = "medelvärde 1 timme, 1 gång/tim;watt per kvadratmeter", truth.mean("ghi", stamps - HALF)
    else:
        summary, values = "momentanvärde, 1 gång/tim;celsius", truth.mean("temp_air", stamps, 2)
    head = [
        "Stationsnamn;Stationsnummer;Stationsnät;Mäthöjd (meter över marken)",
        "Påhittad Sol;1;SMHIs stationsnät;2.0",
        "",
        "Parameternamn;Beskrivning;Enhet",
        f"{parameter};{summary}",
        "",
        "Tidsperiod (fr.o.m);Tidsperiod (t.o.m);Höjd (meter över havet);Latitud (decimalgrader);Longitud (decimalgrader)",
        f"{year}-01-01 00:00:00;{year}-12-31 23:59:59;65.0;{place.latitude};{place.longitude}",
        "",
        f"Datum;Tid (UTC);{parameter};Kvalitet;;Tidsutsnitt:",
    ]
    rows = [f"{s};{v:.2f};G;;" for s, v in zip(written(stamps, "%Y-%m-%d;%H:%M:%S"), values, strict=True)]
    return "\ufeff" + "\n".join([*head, *rows]) + "\n"


def strang(truth: Light, name: str, kind: str, year: int = 2023) -> str:
    """STRÅNG: "the values are instantaneous and refer to the full hour (UTC)" (strang.smhi.se/extraction)."""
    stamps = hours(year)
    values = truth.mean(name, stamps, 2)
    if kind == "json":
        zipped = zip(written(stamps, "%Y-%m-%dT%H:%M:%SZ"), values, strict=True)
        return json.dumps([{"date_time": s, "value": round(float(v), 1)} for s, v in zipped])
    if kind == "csv":
        rows = [f"{s}+00:00,{v:.1f}" for s, v in zip(written(stamps, "%Y-%m-%d %H:%M:%S"), values, strict=True)]
        return "\n".join(["date_time,value", *rows]) + "\n"
    return "".join(f"{s} {v:.1f}\n" for s, v in zip(written(stamps, "%Y %m %d %H"), values, strict=True))


def umep(truth: Light, year: int = 2023) -> str:
    """UMEP / SUEWS: "time stamps are the end of the averaging period" (SUEWS manual); Göteborg's published year is UTC+1."""
    ends = hours(year)
    middles = ends - HALF - 60 * MINUTE
    names = "iy id it imin qn qh qe qs qf U RH Tair pres rain kdown snow ldown fcld wuh xsmd lai kdiff kdir wdir"
    values = [truth.mean(name, middles) for name in ("temp_air", "ghi", "dhi", "dni")]
    lines = []
    for day, t, g, d, b in zip(written(ends, "%Y %-j %-H 0"), *values, strict=True):
        row = ["-999.00"] * 24
        row[:4] = day.split()
        row[11], row[14], row[21], row[22] = f"{t:.2f}", f"{g:.2f}", f"{d:.2f}", f"{b:.2f}"
        lines.append(" ".join(row))
    return "\n".join([names, *lines]) + "\n"


def plain(truth: Light, stamp: str, year: int = 2023, offset_h: int = 0, *, columns: tuple[str, ...] = ("ghi",)) -> str:
    """The project's own csv (docs/data.md): the first line says what a stamp is; times carry their offset."""
    stamps = hours(year) if stamp != "mitt" else hours(year) + HALF
    middles = stamps + {"mitt": 0, "start": 30, "slut": -30}[stamp] * MINUTE - offset_h * 60 * MINUTE
    zone = "Z" if offset_h == 0 else f"{offset_h:+03d}:00"
    values = [truth.mean(name, middles) for name in columns]
    heads = {"ghi": "ghi_w_m2", "dhi": "dhi_w_m2", "dni": "dni_w_m2", "temp_air": "lufttemperatur_c"}
    rows = [
        ";".join([s + zone, *(f"{v:.2f}".replace(".", ",") for v in row)])
        for s, row in zip(written(stamps, "%Y-%m-%dT%H:%M"), zip(*values, strict=True), strict=True)
    ]
    return "\n".join([f"# tidsstampel: {stamp}", ";".join(["tid", *(heads[name] for name in columns)]), *rows]) + "\n"
