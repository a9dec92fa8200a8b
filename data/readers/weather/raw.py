"""What a weather file says, before it is judged: values, stamps as written, and what its source means by a stamp."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from data.errors import Fault
from data.readers.cells import number
from data.texts import text

Stamp = Literal["start", "middle", "end", "instant"]
COLUMNS = ("ghi", "dhi", "dni", "temp_air", "wind_speed", "snow_depth")
"""Names in our tables, pvlib's: irradiances [W/m2], temp_air [deg C], wind_speed [m/s], snow_depth [cm]."""
HALF_HOUR = pd.Timedelta(minutes=30)
FAULTS_TOLD = 20
_TO_MIDDLE = {"start": HALF_HOUR, "middle": 0 * HALF_HOUR, "instant": 0 * HALF_HOUR, "end": -HALF_HOUR}


@dataclass(frozen=True)
class Convention:
    """What a stamp means. stamp: which moment of its hour it names (an instant stands for the hour around it).

    utc_offset_h: hours the file's clock is ahead of UTC. offset_min: minutes the values lie after the moment the stamp names
    (PVGIS: when the satellite saw the place).
    """

    stamp: Stamp
    utc_offset_h: float = 0.0
    offset_min: float = 0.0

    def middle(self, stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return interval middles in the file's own clock."""
        return stamps + _TO_MIDDLE[self.stamp] + pd.Timedelta(minutes=self.offset_min)

    def utc(self, middles: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return moments of the file's clock as tz-aware UTC."""
        return (middles - pd.Timedelta(hours=self.utc_offset_h)).tz_localize("UTC")


@dataclass(frozen=True)
class Raw:
    """One file's content.

    values: frame of COLUMNS that the file has, NaN where it says nothing. stamps: naive, the file's clock (NaT where unreadable).
    rows: line of the file (from 1) of each value. typical: months of different years, put together to one. latitude, longitude: the
    place the weather is of, where the file says. warnings: (text key, values) of what the format itself tells. faults: cells that
    could not be read; they are told together with what is wrong with the year.
    """

    format: str
    values: pd.DataFrame
    stamps: pd.DatetimeIndex
    rows: np.ndarray
    convention: Convention
    typical: bool = False
    latitude: float | None = None
    longitude: float | None = None
    guess_offset: bool = False
    naive_rows: tuple[int, ...] = ()
    warnings: tuple[tuple[str, dict[str, object]], ...] = field(default=())
    faults: tuple[Fault, ...] = ()


def numbers(table: pd.DataFrame, rows: np.ndarray, file: str) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
    """Return a table's cells as numbers, NaN where they are empty, and a fault for each that is neither. rows: line of each."""
    values = table.apply(pd.to_numeric, errors="coerce").astype(float)
    faults = []
    for i, j in np.argwhere((values.isna() & table.notna()).to_numpy()):
        cell = table.iat[i, j]
        try:
            found = number(cell)
        except ValueError:
            got = text("table.bad_type", value=cell, dtype=text("dtype.float"))
            faults.append(Fault(file, got, text("weather.number_fix"), row=int(rows[i]), column=str(table.columns[j])))
            continue
        values.iat[i, j] = np.nan if found is None else found
    return values, tuple(faults[:FAULTS_TOLD])
