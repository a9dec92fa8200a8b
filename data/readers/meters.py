"""Electricity meters: hourly or quarterly use of one or many meters, from files as grid companies send them.

Long form (Mätar-id, Start, kWh) or wide form (time, then a column a meter). Times without zone are Swedish clock time: the hour that
comes twice in autumn is told apart by its order, and a file that has the hour that never was in spring and no doubled one in autumn is
taken to keep normal time all year.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data import sources
from data.errors import Fault, FaultCollector, InputError
from data.layers_economy import METERS
from data.readers.cells import as_text, fold, number
from data.readers.reading import Reading
from data.readers.tablefile import TEXTS, WORKBOOKS, Sheet, read_table
from data.sources import Source
from data.texts import text

CLOCK, NORMAL_TIME = "Europe/Stockholm", "Etc/GMT-1"
STEPS_MIN = (15, 60)
LEAST_SHARE = 0.9
"""A meter with less than this share of a year is refused: a profile says more than half a year does."""
MOST_TOLD = 10
METER_WORDS = ("mataridanlaggningsid", "matarid", "matare", "anlaggningsid", "meterid", "meter")
TIME_WORDS = ("start", "tid", "datum", "tidpunkt", "time", "timestamp", "fran", "datumtid")
VALUE_WORDS = ("kwh", "varde", "value", "forbrukning", "energi", "energikwh")


def read(path: Path, *, source: Source | str = "own_file") -> Reading[dict[str, pd.Series]]:
    """Return kWh per interval by meter id, each on a UTC index of interval starts with one step (an hour or a quarter), gaps filled.

    path: a file, or a folder whose files are read together. `series.attrs["filled"]` is the number of values that were missing. Raises
    InputError with every fault: times and values that are none, negative use, doubled times, other steps, too short a period.
    """
    files = sorted(f for f in path.iterdir() if f.suffix.lower() in TEXTS | WORKBOOKS) if path.is_dir() else [path]
    if not files:
        raise InputError(Fault(path.name, text("readers.no_rows"), text("readers.no_rows_fix")))
    series: dict[str, pd.Series] = {}
    warnings: list[str] = []
    with FaultCollector() as faults:
        for file in files:
            for sheet in _sheets(file, faults):
                found, told, wrong = _sheet(file.name, sheet)
                for fault in wrong:
                    faults.add(fault)
                series |= found
                warnings += told
    return Reading(series, _source(files, source), tuple(warnings))


def _sheets(file: Path, faults: FaultCollector) -> list[Sheet]:
    try:
        return read_table(file, known=(*METER_WORDS, *TIME_WORDS, *VALUE_WORDS))
    except InputError as error:
        faults.absorb(error)
        return []


def _sheet(file: str, sheet: Sheet) -> tuple[dict[str, pd.Series], list[str], list[Fault]]:
    frame = sheet.frame.dropna(axis=1, how="all")
    names = {fold(str(name)): str(name) for name in frame.columns}
    time = next((names[word] for word in TIME_WORDS if word in names), None)
    meter = next((names[word] for word in METER_WORDS if word in names), None)
    value = next((names[word] for word in VALUE_WORDS if word in names), None)
    if time is None or len(frame.columns) < 2 or (meter is not None and value is None):
        return {}, [], [Fault(file, text("readers.meters.no_meter"), text("readers.meters.no_meter_fix"), sheet=sheet.name)]
    place = (file, sheet.name)
    stamps, faults = stamps_of(frame[time], place)
    pieces = {}
    if meter is not None:
        ids = frame[meter].map(as_text).fillna("")
        pieces = {str(key): frame.loc[rows, value] for key, rows in ids.groupby(ids).groups.items() if key}
    else:
        pieces = {str(name): frame[name] for name in frame.columns if name != time}
    series, warnings = {}, []
    for key, cells in pieces.items():
        values, wrong = _values(cells, key, place)
        faults += wrong
        if not faults:
            one, told, wrong = _one(stamps.reindex(cells.index), values, key, place)
            faults += wrong
            warnings += told
            series[key] = one
    return ({} if faults else series), warnings, faults


def stamps_of(cells: pd.Series, place: tuple[str, str | None]) -> tuple[pd.Series, list[Fault]]:
    """Return the times of cells, with a zone only if each has one, and a fault for each that is none. place: file, sheet."""
    texts = cells.map(lambda cell: cell.isoformat(" ") if hasattr(cell, "isoformat") else as_text(cell) or "")
    zoned = bool(texts.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).all()) and len(texts) > 0
    stamps = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=zoned)
    if not zoned and stamps.isna().any():
        stamps = stamps.fillna(pd.to_datetime(texts, errors="coerce", format="mixed", dayfirst=True))
    bad = cells[stamps.isna()]
    return stamps, faults_of(bad, "bad_time", METERS["start"].label, place)


def _values(cells: pd.Series, meter: str, place: tuple[str, str | None]) -> tuple[pd.Series, list[Fault]]:
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    asked = values.isna() & cells.notna()
    bad = {}
    for row, cell in cells[asked].items():
        try:
            read_value = number(cell)
            values[row] = np.nan if read_value is None else read_value
        except ValueError:
            bad[row] = cell
    faults = faults_of(pd.Series(bad, dtype=object), "bad_value", meter, place)
    return values, [*faults, *faults_of(values[values < 0], "negative", meter, place)]


def _one(
    stamps: pd.Series, values: pd.Series, meter: str, place: tuple[str, str | None]
) -> tuple[pd.Series, list[str], list[Fault]]:
    """One meter's series in UTC, whole steps, gaps filled."""
    index, doubled = in_utc(stamps)
    if len(doubled):
        return values, [], faults_of(pd.Series(doubled.astype(str), index=doubled.index), "duplicate", meter, place)
    series = pd.Series(values.to_numpy(), index=index).sort_index()
    step = series.index.to_series().diff().median() / pd.Timedelta(minutes=1)
    if step not in STEPS_MIN:
        return values, [], [_fault("step", f"{step:g} min", meter, place)]
    whole = series.reindex(pd.date_range(series.index[0], series.index[-1], freq=f"{int(step)}min", name="start"))
    known = int(whole.notna().sum())
    if known < LEAST_SHARE * 8760 * 60 / step:
        return values, [], [_fault("short", meter, meter, place)]
    lacking = int(whole.isna().sum())
    told = [text("readers.meters.gap", file=place[0], meter=meter, n=lacking, of=len(whole))] if lacking else []
    filled = _filled(whole)
    filled.attrs["filled"] = lacking
    return filled, told, []


def in_utc(stamps: pd.Series) -> tuple[pd.DatetimeIndex, pd.Series]:
    """Return times in UTC, those without zone read as this module's head says, and the rows doubled without being the autumn hour."""
    index = pd.DatetimeIndex(stamps)
    if index.tz is not None:
        return index.tz_convert("UTC"), stamps[stamps.duplicated()]
    order = stamps.groupby(stamps.to_numpy()).cumcount().to_numpy()
    if not order.any() and _has_absent_hour(index):
        return index.tz_localize(NORMAL_TIME).tz_convert("UTC"), stamps[:0]
    # the hour comes twice: with quarters its four starts do; the first round is summer time
    local = index.tz_localize(CLOCK, ambiguous=order == 0, nonexistent="shift_forward").tz_convert("UTC")
    doubled = pd.Series(local).duplicated().to_numpy() | (order > 1)
    return local, stamps[doubled]


def _has_absent_hour(index: pd.DatetimeIndex) -> bool:
    try:
        index.tz_localize(CLOCK, ambiguous=np.ones(len(index), bool), nonexistent="raise")
    except Exception as error:  # pytz and zoneinfo raise different classes
        return "nonexistent" in str(error).lower() or "NonExistent" in type(error).__name__
    return False


def _filled(series: pd.Series) -> pd.Series:
    """Fill gaps with the mean of the same hour and weekday up to four weeks away, then of the hour of day in all."""
    if not series.isna().any():
        return series
    week = round(pd.Timedelta(days=7) / (series.index[1] - series.index[0]))
    near = pd.concat([series.shift(k * week) for k in (-4, -3, -2, -1, 1, 2, 3, 4)], axis=1).mean(axis=1)
    series = series.fillna(near)
    clock = series.index.hour * 60 + series.index.minute
    return series.fillna(series.groupby(clock).transform("mean")).fillna(0.0)


def faults_of(cells: pd.Series, kind: str, column: str, place: tuple[str, str | None]) -> list[Fault]:
    """Return a fault of a kind (texts `readers.meters.*`) for each of the first cells; their index is the rows' numbers."""
    return [_fault(kind, cell, column, place, row=int(row)) for row, cell in list(cells.items())[:MOST_TOLD]]


def _fault(kind: str, value: Any, column: str, place: tuple[str, str | None], *, row: int | None = None) -> Fault:
    got = text(f"readers.meters.{kind}", value=value)
    return Fault(place[0], got, text(f"readers.meters.{kind}_fix"), sheet=place[1], row=row, column=column)


def _source(files: list[Path], source: Source | str) -> Source:
    each = [sources.of_file(file, source) for file in files]
    if len(each) == 1:
        return each[0]
    digest = hashlib.sha256("".join(s.sha256 for s in each).encode()).hexdigest()
    return replace(each[0], file=f"{files[0].parent.name}/ ({len(files)})", sha256=digest)
