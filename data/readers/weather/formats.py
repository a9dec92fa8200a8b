"""Weather files of the world: EPW, PVGIS (hourly and typical year, csv and json), and UMEP's text form.

Each function takes the file's text and returns Raw; the convention each source has is written, with its origin, in its docstring.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.readers.weather.raw import Convention, Raw, numbers
from data.texts import text

EPW_HEAD_LINES = 8
EPW_COLUMNS = {6: "temp_air", 13: "ghi", 14: "dni", 15: "dhi", 21: "wind_speed", 30: "snow_depth"}
EPW_MISSING = {"temp_air": 99.9, "ghi": 9999, "dni": 9999, "dhi": 9999, "wind_speed": 999, "snow_depth": 999}
PVGIS_NAMES = {"G(h)": "ghi", "Gb(n)": "dni", "Gd(h)": "dhi", "T2m": "temp_air", "WS10m": "wind_speed"}
UMEP_NAMES = {"kdown": "ghi", "kdiff": "dhi", "kdir": "dni", "tair": "temp_air", "u": "wind_speed"}
UMEP_MISSING = -900.0  # UMEP writes -999 for what was not measured


def bad_file(file: str, what: str) -> InputError:
    """Return the fault of a file that is not of the form its beginning promised."""
    return InputError(Fault(file, text("weather.form", what=what), text("weather.form_fix")))


def epw(content: str, file: str) -> Raw:
    """Read EnergyPlus weather: hour 1-24 is the hour that ends then, local standard time (EnergyPlus Auxiliary Programs, Weather Data).

    Always a typical year or one year written as 365 days; months may be of different years.
    """
    lines = content.splitlines()
    head = lines[0].split(",") if lines else []
    rows = [line.split(",") for line in lines[EPW_HEAD_LINES:] if line.strip()]
    try:
        latitude, longitude, offset = (float(value) for value in head[6:9])
        table = pd.DataFrame([[row[i] for i in (0, 1, 2, 3, *(c for c in EPW_COLUMNS if c < len(row)))] for row in rows])
        when = table[[0, 1, 2, 3]].astype(int)
    except (ValueError, IndexError, KeyError):
        raise bad_file(file, "EPW") from None
    lines_of = np.arange(len(table)) + EPW_HEAD_LINES + 1
    cells = table.iloc[:, 4:].set_axis(list(EPW_COLUMNS.values())[: table.shape[1] - 4], axis=1)
    values, faults = numbers(cells, lines_of, file)
    for name, missing in EPW_MISSING.items():
        if name in values:
            values[name] = values[name].where(values[name] < missing)
    days = pd.to_datetime({"year": when[0], "month": when[1], "day": when[2]}, errors="coerce")
    stamps = pd.DatetimeIndex(days + pd.to_timedelta(when[3], unit="h"))
    return Raw("epw", values, stamps, lines_of, Convention("end", offset), True, latitude, longitude, faults=faults)


def pvgis(content: str, file: str) -> Raw:
    """Read PVGIS hourly and typical-year answers, csv or json. Stamps are UTC instants: when the satellite saw the place.

    Hourly stamps hold the minute (20160101:0810). Typical-year stamps are whole hours; the minutes to add are the file's
    "irradiance time offset" (hours), which versions before 5.3 leave out: then they are found from the geometry of the values.
    """
    try:
        found = _pvgis_json(content) if content.lstrip().startswith("{") else _pvgis_csv(content)
        head, table, rows = found
        column = next(name for name in table if name.startswith("time"))
        stamps = pd.DatetimeIndex(pd.to_datetime(table[column], format="%Y%m%d:%H%M", errors="coerce"))
        latitude, longitude = float(head["latitude"]), float(head["longitude"])
    except (ValueError, KeyError, StopIteration, TypeError, csv.Error):
        raise bad_file(file, "PVGIS") from None
    typical = "(UTC)" in column or "G(h)" in table
    values, faults = numbers(table.drop(columns=column), rows, file)
    if not typical:
        values = _horizontal(values, head.get("slope"), file)
    offset = head.get("offset")
    convention = Convention("instant", 0.0, 60 * float(offset or 0))
    values = values.rename(columns=PVGIS_NAMES)
    kept = values[[name for name in values if name in (*PVGIS_NAMES.values(), "beam")]]
    raw = Raw("pvgis", kept, stamps, rows, convention, typical, latitude, longitude, typical and offset is None, faults=faults)
    return raw


def _pvgis_json(content: str) -> tuple[dict[str, Any], pd.DataFrame, np.ndarray]:
    answer = json.loads(content)
    place = answer["inputs"]["location"]
    fixed = answer["inputs"].get("mounting_system", {}).get("fixed", {})
    outputs = answer["outputs"]
    records = outputs.get("tmy_hourly") or outputs["hourly"]
    head = {"latitude": place["latitude"], "longitude": place["longitude"], "offset": place.get("irradiance_time_offset")}
    tracking = "mounting_system" in answer["inputs"] and not fixed
    slope = "tracking" if tracking else fixed.get("slope", {}).get("value", 0)
    return {**head, "slope": slope}, pd.DataFrame(records), np.arange(len(records)) + 1


def _pvgis_csv(content: str) -> tuple[dict[str, Any], pd.DataFrame, np.ndarray]:
    lines = content.splitlines()
    top = next(i for i, line in enumerate(lines) if line.startswith("time"))
    head: dict[str, Any] = {"slope": 0}
    for line in lines[:top]:
        name, _, value = line.partition(":")
        key = next((k for k in ("latitude", "longitude", "irradiance time offset", "slope") if name.casefold().startswith(k)), "")
        if key:
            number = re.search(r"-?\d+(?:\.\d+)?", value)
            head["offset" if key.startswith("irr") else key] = number[0] if number else "tracking"
    end = next((i for i in range(top + 1, len(lines)) if not re.match(r"\d{8}:\d{4},", lines[i])), len(lines))
    table = pd.DataFrame(list(csv.reader(lines[top + 1 : end])), columns=next(csv.reader([lines[top]])))
    return head, table, np.arange(len(table)) + top + 2


def _horizontal(values: pd.DataFrame, slope: object, file: str) -> pd.DataFrame:
    """Return the irradiances of a horizontal plane as ghi and, with components, dhi; refuse a tilted or tracking plane."""
    if slope is None or str(slope) == "tracking" or float(str(slope)) != 0:
        raise InputError(Fault(file, text("weather.tilted", slope=slope), text("weather.tilted_fix")))
    if {"Gb(i)", "Gd(i)"} <= set(values):
        return values.assign(ghi=values["Gb(i)"] + values["Gd(i)"] + values.get("Gr(i)", 0.0), dhi=values["Gd(i)"])
    return values.assign(ghi=values["G(i)"])


def umep(content: str, file: str) -> Raw:
    """Read UMEP / SUEWS text: year, day of year, hour, minute; a stamp ends its hour (SUEWS manual, meteorological input file).

    The file does not say which clock it follows: Swedish standard time (UTC+1), as in Göteborg's published year, and said.
    """
    table = pd.read_csv(io.StringIO(content), sep=r"[\s,;]+", engine="python")
    table.columns = [str(name).strip("%").casefold() for name in table.columns]
    try:
        clock = table[["iy", "id", "it", "imin"]].astype(float)
        names = {name: ours for name, ours in UMEP_NAMES.items() if name in table}
    except (KeyError, ValueError):
        raise bad_file(file, "UMEP") from None
    years = pd.to_datetime(clock["iy"].astype(int).astype(str) + "-01-01", errors="coerce")
    minutes = (clock["id"] - 1) * 1440 + clock["it"] * 60 + clock["imin"]
    stamps = pd.DatetimeIndex(years + pd.to_timedelta(minutes, unit="min"))
    lines_of = np.arange(len(table)) + 2
    values, faults = numbers(table[list(names)].rename(columns=names), lines_of, file)
    known = values.where(values > UMEP_MISSING).dropna(axis=1, how="all")
    said = (("weather.umep_clock", {}),)
    return Raw("umep", known, stamps, lines_of, Convention("end", 1.0), warnings=said, faults=faults)
