"""Weather of SMHI (metobs, STRÅNG), and the plain csv a person can make. Each function's docstring says what a stamp means there."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.readers.cells import fold, is_empty, number
from data.readers.weather.formats import bad_file
from data.readers.weather.raw import Convention, Raw, Stamp, numbers
from data.texts import text

PLAIN_COLUMNS = {
    "ghi_w_m2": "ghi",
    "dhi_w_m2": "dhi",
    "dni_w_m2": "dni",
    "lufttemperatur_c": "temp_air",
    "vind_m_s": "wind_speed",
    "snodjup_m": "snow_depth",
}
PLAIN_STAMPS: dict[str, Stamp] = {"mitt": "middle", "start": "start", "slut": "end"}
METOBS_NAMES = {"globalirradians": "ghi", "lufttemperatur": "temp_air", "vindhastighet": "wind_speed", "snodjup": "snow_depth"}
CM_PER_M = 100.0
STRANG_PARAMETERS = {"117": "ghi", "118": "dni", "122": "dhi"}  # opendata.smhi.se, STRÅNG, parameters
STRANG_MISSING = -900.0
MAX_HOURS_BETWEEN = {"temp_air": 3, "wind_speed": 3, "snow_depth": 48}
"""Longest gap in observations that is bridged; a longer one leaves the value unknown."""
_ZONED = re.compile(r"(?:[zZ]|[+-]\d{2}:?\d{2})$")


def plain(content: str, file: str) -> Raw:
    """Read the csv of docs/data.md: `# tidsstampel: mitt|start|slut`, then tid (ISO 8601 with offset or Z), ghi_w_m2, ..."""
    lines = content.splitlines()
    first = next((i for i, line in enumerate(lines) if fold(line).startswith("tid") and not line.startswith("#")), None)
    if first is None:
        raise bad_file(file, "csv")
    said = [word for line in lines[:first] if "tidsst" in fold(line) for word in PLAIN_STAMPS if word in line.casefold()]
    delimiter = max(";\t,", key=lines[first].count)
    rows = list(csv.reader(lines[first:], delimiter=delimiter))
    names = [fold(name) for name in rows[0]]
    places = {ours: names.index(fold(name)) for name, ours in PLAIN_COLUMNS.items() if fold(name) in names}
    body = [(first + 1 + i, row) for i, row in enumerate(rows[1:], start=1) if any(not is_empty(cell) for cell in row)]
    values, faults = _numbers(body, places, [file, *rows[0]])
    if not said:
        faults.insert(0, Fault(file, text("weather.no_stamp"), text("weather.no_stamp_fix"), row=1))
        raise InputError(faults)
    written = [row[0].strip() for _, row in body]
    stamps = pd.DatetimeIndex(pd.to_datetime(written, utc=True, format="ISO8601", errors="coerce")).tz_localize(None)
    naive = tuple(line for (line, _), stamp in zip(body, written, strict=True) if not _ZONED.search(stamp))
    lines_of = np.array([line for line, _ in body], dtype=int)
    if "snow_depth" in values:
        values["snow_depth"] *= CM_PER_M
    return Raw("plain", values, stamps, lines_of, Convention(PLAIN_STAMPS[said[0]]), naive_rows=naive, faults=tuple(faults))


def _numbers(
    body: Iterable[tuple[int, list[str]]], places: dict[str, int], heading: list[str]
) -> tuple[pd.DataFrame, list[Fault]]:
    file, *names = heading
    faults: list[Fault] = []
    columns: dict[str, list[float]] = {ours: [] for ours in places}
    for line, row in body:
        for ours, place in places.items():
            cell = row[place] if place < len(row) else None
            try:
                value = number(cell)
            except ValueError:
                got = text("table.bad_type", value=cell, dtype=text("dtype.float"))
                faults.append(Fault(file, got, text("weather.number_fix"), row=line, column=names[place]))
                value = None
            columns[ours].append(np.nan if value is None else value)
    return pd.DataFrame(columns), faults[:20]


def metobs(content: str, file: str) -> Raw:
    """Read one csv of SMHI's open data, meteorological observations; the parameter is named in its heading. UTC.

    Global irradians is "medelvärde 1 timme": the mean of the hour that ends at the stamp. Temperature, wind and snow depth are
    of the moment.
    """
    rows = list(csv.reader(content.splitlines(), delimiter=";"))
    top = next((i for i, row in enumerate(rows) if row and row[0] == "Datum"), None)
    if top is None or len(rows[top]) < 3:
        raise bad_file(file, "SMHI metobs")
    ours = next((name for word, name in METOBS_NAMES.items() if fold(rows[top][2]).startswith(word)), None)
    if ours is None:
        raise InputError(Fault(file, text("weather.parameter", name=rows[top][2]), text("weather.parameter_fix")))
    body = [(top + 2 + i, row) for i, row in enumerate(rows[top + 1 :]) if len(row) > 2 and row[0].strip()]
    stamps = pd.to_datetime([f"{row[0]} {row[1]}" for _, row in body], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    lines_of = np.array([line for line, _ in body], dtype=int)
    values, faults = numbers(pd.DataFrame({ours: [row[2] for _, row in body]}), lines_of, file)
    if ours == "snow_depth":
        values *= CM_PER_M
    convention = Convention("end" if ours == "ghi" else "instant")
    place = _metobs_place(rows[:top])
    return Raw("smhi", values, pd.DatetimeIndex(stamps), lines_of, convention, False, *place, faults=faults)


def _metobs_place(head: list[list[str]]) -> tuple[float | None, float | None]:
    for i, row in enumerate(head):
        if any(cell.startswith("Latitud") for cell in row):
            at = [next(j for j, cell in enumerate(row) if cell.startswith(word)) for word in ("Latitud", "Longitud")]
            places = [place for place in head[i + 1 :] if len(place) > max(at) and place[at[0]].strip()]
            return (float(places[-1][at[0]]), float(places[-1][at[1]])) if places else (None, None)
    return None, None


def strang(content: str, file: str) -> Raw:
    """Read SMHI's STRÅNG: csv or json of date_time and value, or the older text of year, month, day, hour and value. UTC, W/m2.

    "The values are instantaneous and refer to the full hour (UTC)" (strang.smhi.se/extraction). Which quantity a file holds is
    not in it: its parameter number in the file's name (117 global, 118 direct normal, 122 diffuse), else global.
    """
    named = re.search(r"(?<!\d)(117|118|122)(?!\d)", file)
    ours = STRANG_PARAMETERS[named[1]] if named else "ghi"
    try:
        stamps, values, top = _strang_rows(content)
    except (ValueError, KeyError, IndexError, TypeError):
        raise bad_file(file, "STRÅNG") from None
    rows = np.arange(len(values)) + top
    table, faults = numbers(pd.DataFrame({ours: values}), rows, file)
    said = () if named else (("weather.strang_parameter", {}),)
    known = table.where(table > STRANG_MISSING)
    return Raw("strang", known, stamps, rows, Convention("instant"), warnings=said, faults=faults)


def _strang_rows(content: str) -> tuple[pd.DatetimeIndex, list[object], int]:
    start = content.lstrip()
    if start.startswith("["):
        answer = json.loads(start)
        written, values, top = [entry["date_time"] for entry in answer], [entry["value"] for entry in answer], 1
    elif start.casefold().startswith("date_time"):
        rows = [line.replace(";", ",").split(",") for line in start.splitlines()[1:] if line.strip()]
        written, values, top = [row[0] for row in rows], [row[1] for row in rows], 2
    else:
        rows = [line.split() for line in start.splitlines() if line.strip()]
        written = ["{}-{:0>2}-{:0>2} {:0>2}:00".format(*row[:4]) for row in rows]
        values, top = [row[4] for row in rows], 1
    stamps = pd.DatetimeIndex(pd.to_datetime(written, utc=True, format="ISO8601", errors="coerce")).tz_localize(None)
    return stamps, values, top


def joined(parts: list[Raw], file: str) -> Raw:
    """Return several files of one station or point as one: irradiances on the hours of the global, moments brought to their middles."""
    main = next((part for part in parts if "ghi" in part.values), None)
    if main is None:
        raise InputError(Fault(file, text("weather.no_ghi"), text("weather.no_ghi_fix")))
    middles = main.convention.middle(main.stamps)
    values = main.values.reset_index(drop=True)
    for part in (part for part in parts if part is not main):
        for name, series in part.values.items():
            values[name] = _at(middles, pd.Series(series.to_numpy(), part.convention.middle(part.stamps)), str(name))
    warnings = tuple(dict.fromkeys(warning for part in parts for warning in _hashable(part)))
    convention = Convention("middle", main.convention.utc_offset_h)
    said = tuple((key, dict(entries)) for key, entries in warnings)
    place = main.latitude, main.longitude
    faults = tuple(fault for part in parts for fault in part.faults)
    return Raw(main.format, values, middles, main.rows, convention, False, *place, warnings=said, faults=faults)


def _hashable(part: Raw) -> list[tuple[str, tuple]]:
    return [(key, tuple(values.items())) for key, values in part.warnings]


def _at(middles: pd.DatetimeIndex, series: pd.Series, name: str) -> np.ndarray:
    """Return a series' values at other moments: as they are for irradiances, else between neighbours that are near enough."""
    series = series[series.index.notna() & series.notna()].sort_index()
    series = series[~series.index.duplicated()]
    if name not in MAX_HOURS_BETWEEN:
        return series.reindex(middles).to_numpy()
    if series.empty:
        return np.full(len(middles), np.nan)
    seconds = series.index.to_numpy().astype("datetime64[s]").astype(float)
    wanted = middles.to_numpy().astype("datetime64[s]").astype(float)
    after = (
        np.clip(np.searchsorted(seconds, wanted), 1, max(len(seconds) - 1, 1)) if len(seconds) > 1 else np.zeros(len(wanted), int)
    )
    gap = seconds[after] - seconds[np.maximum(after - 1, 0)]
    near = np.minimum(np.abs(seconds[after] - wanted), np.abs(seconds[np.maximum(after - 1, 0)] - wanted))
    limit = 3600 * MAX_HOURS_BETWEEN[name]
    return np.where((gap <= limit) & (near <= limit), np.interp(wanted, seconds, series.to_numpy(dtype=float)), np.nan)
