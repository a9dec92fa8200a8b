"""One year of hourly weather, whatever file it comes in: UTC interval middles, ghi, dhi, dni [W/m2], and what else there is.

Formats: plain (docs/data.md), epw, pvgis, smhi, strang, umep. Each format's function says, with its origin, what a stamp means.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from data import sources
from data.errors import Fault, InputError
from data.opening import require_file
from data.readers.reading import Reading
from data.readers.tablefile import decode
from data.readers.weather import formats, swedish
from data.readers.weather.raw import COLUMNS, Convention, Raw
from data.readers.weather.sun import close, slip_minutes, split, sun
from data.readers.weather.year import one_year
from data.sources import Source
from data.texts import text

__all__ = ["FORMATS", "Convention", "read"]

FORMATS = {
    "plain": swedish.plain,
    "epw": formats.epw,
    "pvgis": formats.pvgis,
    "smhi": swedish.metobs,
    "strang": swedish.strang,
    "umep": formats.umep,
}
FAR_KM = 50.0  # hourly irradiance of places further apart is another weather; the municipality should know
KM_PER_DEGREE = 111.2
MIN_PER_DEGREE = 4.0  # the earth turns a degree in four minutes
SMALLEST_MOVE_MIN = 1.0
SLIP_TO_TELL_MIN = 5.0
FIRST_LINE_SHOWN = 60
UNBALANCE_TO_TELL = 0.02  # ghi against dhi + dni cos(zenith) over the year


class Site(Protocol):
    """Anything with a place: data.settings.Site or pvlib's Location."""

    latitude: float
    longitude: float


def read(
    path: Path,
    *,
    site: Site,
    format: str = "auto",
    convention: Convention | None = None,
    source: Source | str = "own_file",
) -> Reading[pd.DataFrame]:
    """Return one year on tz-aware UTC interval middles: ghi, dhi, dni [W/m2] and what else the file has.

    That is temp_air [deg C], wind_speed [m/s] and snow_depth [cm], each only where every hour has it.
    path: a file, or a folder of SMHI or STRÅNG files of one place. format: auto or a key of FORMATS. convention: what a stamp means,
    where the file's own rule is known to be wrong. Without DHI it is split from GHI by Erbs; without DNI it is computed so that
    the sum is kept; both are said. Raises InputError with every fault.
    """
    raw = _raw(path, format)
    if convention is not None:
        raw = _with_convention(raw, convention)
    place = (raw.latitude, raw.longitude) if raw.latitude is not None and raw.longitude is not None else _place(site)
    year = one_year(raw, path.name, place)
    frame, said = _completed(year.frame, place)
    frame, moved = _moved(frame, place, site)
    told = [*raw.warnings, *year.said, *said, *moved]
    warnings = tuple(text(key, file=path.name, **values) for key, values in told)
    return Reading(frame[[name for name in COLUMNS if name in frame]], _source(path, source), warnings)


def _place(site: Site) -> tuple[float, float]:
    return float(site.latitude), float(site.longitude)


def _source(path: Path, source: Source | str) -> Source:
    if path.is_dir():
        path = sorted(each for each in path.iterdir() if each.is_file())[0]
    return sources.of_file(path, source)


def _raw(path: Path, wanted: str) -> Raw:
    require_file(path, folder=True)
    if not path.is_dir():
        return _parsed(path, wanted)
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in (".csv", ".txt", ".json"))
    if not files:
        raise InputError(Fault(path.name, text("readers.no_rows"), text("weather.form_fix")))
    return swedish.joined([_parsed(each, wanted) for each in files], path.name)


def _parsed(path: Path, wanted: str) -> Raw:
    content = decode(path)
    if not content.strip():
        raise InputError(Fault(path.name, text("readers.empty"), text("weather.form_fix")))
    name = _format_of(content, path) if wanted == "auto" else wanted
    if name not in FORMATS:
        first = content.strip().splitlines()[0][:FIRST_LINE_SHOWN]
        got = text("weather.format", line=first) if wanted == "auto" else text("weather.format_unknown", name=wanted)
        raise InputError(Fault(path.name, got, text("weather.format_fix"), expected=", ".join(FORMATS)))
    try:
        return FORMATS[name](content, path.name)
    except csv.Error:  # a cell longer than any cell is, or a line that is none
        raise InputError(Fault(path.name, text("readers.unreadable"), text("weather.form_fix"))) from None


def _format_of(content: str, path: Path) -> str:
    start = content[:4000].lstrip("\ufeff \n\r").casefold()
    first = start.partition("\n")[0]
    marks = {
        "epw": path.suffix.lower() == ".epw" or first.startswith("location,"),
        "pvgis": first.startswith("latitude (decimal degrees)") or (start.startswith("{") and '"inputs"' in start),
        "smhi": first.startswith("stationsnamn"),
        "strang": first.startswith("date_time") or '"date_time"' in first or _is_old_strang(first),
        "umep": first.lstrip("%").split()[:3] == ["iy", "id", "it"] or first.replace(",", " ").split()[:3] == ["iy", "id", "it"],
        "plain": "tidsst" in first or any(line.startswith("tid") and "ghi" in line for line in start.splitlines()),
    }
    return next((name for name, found in marks.items() if found), "")


def _is_old_strang(first: str) -> bool:
    words = first.split()
    return len(words) == 5 and all(word.isdigit() for word in words[:4]) and len(words[0]) == 4


def _with_convention(raw: Raw, convention: Convention) -> Raw:
    from dataclasses import replace

    return replace(raw, convention=convention, naive_rows=(), guess_offset=False)


def _completed(frame: pd.DataFrame, place: tuple[float, float]) -> tuple[pd.DataFrame, list[tuple[str, dict[str, Any]]]]:
    """Return the frame with dhi and dni, and what was computed or looks wrong. Other columns stay only if every hour has them."""
    track = sun(pd.DatetimeIndex(frame.index), *place)
    ghi = frame["ghi"].to_numpy(dtype=float)
    said: list[tuple[str, dict[str, Any]]] = []
    if "dhi" in frame and "dni" in frame:
        said += _consistency(frame, track, place)
    elif "dhi" in frame:
        dhi, dni = close(ghi, np.minimum(frame["dhi"].to_numpy(dtype=float), ghi), track)
        frame = frame.assign(dhi=dhi, dni=dni)
        said.append(("weather.closed", {}))
    elif "dni" in frame:
        _, height = track.hourly()
        frame = frame.assign(dhi=np.clip(ghi - frame["dni"].to_numpy(dtype=float) * height, 0, ghi))
        said.append(("weather.closed_diffuse", {}))
    else:
        dhi, dni = split(ghi, track)
        frame = frame.assign(dhi=dhi, dni=dni)
        said.append(("weather.split", {"percent": f"{100 * dhi.sum() / max(ghi.sum(), 1e-9):.0f}"}))
    for name in ("temp_air", "wind_speed", "snow_depth"):
        if name in frame and frame[name].isna().any():
            if frame[name].notna().any():
                said.append(("weather.incomplete", {"column": name, "n": int(frame[name].isna().sum())}))
            frame = frame.drop(columns=name)
    return frame, said


def _consistency(frame: pd.DataFrame, track: Any, place: tuple[float, float]) -> list[tuple[str, dict[str, Any]]]:
    said: list[tuple[str, dict[str, Any]]] = []
    slip = slip_minutes(frame, *place)
    if slip is not None and abs(slip) > SLIP_TO_TELL_MIN:
        said.append(
            ("weather.slip", {"minutes": f"{abs(slip):.0f}", "way": text("weather.late" if slip > 0 else "weather.early")})
        )
    _, height = track.hourly()
    total = float(frame["ghi"].sum())
    away = float((frame["dhi"] + frame["dni"] * height).sum()) / max(total, 1e-9) - 1
    if abs(away) > UNBALANCE_TO_TELL:
        said.append(("weather.unbalanced", {"percent": f"{100 * away:+.1f}".replace(".", ",")}))
    return said


def _moved(frame: pd.DataFrame, place: tuple[float, float], site: Site) -> tuple[pd.DataFrame, list[tuple[str, dict[str, Any]]]]:
    """Return weather of another place so that the sun stands the same: moved by four minutes a degree of longitude."""
    latitude, longitude = _place(site)
    east = longitude - place[1]
    km = KM_PER_DEGREE * float(np.hypot(latitude - place[0], east * np.cos(np.radians(latitude))))
    said: list[tuple[str, dict[str, Any]]] = [("weather.far", {"km": f"{km:.0f}"})] if km > FAR_KM else []
    minutes = -MIN_PER_DEGREE * east
    if abs(minutes) < SMALLEST_MOVE_MIN:
        return frame, said
    index = pd.DatetimeIndex(frame.index) + pd.Timedelta(minutes=round(minutes, 1))
    return frame.set_axis(index, axis=0), [*said, ("weather.moved", {"minutes": f"{minutes:+.0f}"})]
