"""Coordinates typed in lists: x and y the right way round, in metres, both or none. The mistakes people make are mended or told."""

from __future__ import annotations

import pandas as pd

from data.errors import Fault
from data.readers.spreadsheet import Place
from data.tables import Table
from data.texts import text

SWEDISH_NORTHING_M = (6_100_000.0, 7_700_000.0)
"""Northings of Sweden in SWEREF 99 (TM and zones): Smygehuk 6.13, Treriksröset 7.67 million metres."""
SWEDISH_EASTING_M = (0.0, 1_000_000.0)
DEGREES = (180.0, 90.0)


def settled(frame: pd.DataFrame, table: Table, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    """Return the frame with x = east and y = north, faults of degrees and of one without the other, and remarks.

    Older Swedish lists call the northing X. It is turned where every pair shows it, which Swedish numbers always do.
    """
    if not {"x", "y"} <= set(frame.columns):
        alone = [name for name in ("x", "y") if name in frame.columns and frame[name].notna().any()]
        return frame, [_fault(table, place, alone[0], None, key="coordinates.other_missing")] if alone else [], []
    x, y = (pd.to_numeric(frame[name], errors="coerce") for name in ("x", "y"))
    faults = [
        _fault(table, place, "y" if pd.isna(y[row]) else "x", int(row), key="coordinates.other_missing")
        for row in frame.index[x.notna() != y.notna()]
    ]
    both = x.notna() & y.notna()
    degrees = both & (x.abs() <= DEGREES[0]) & (y.abs() <= DEGREES[0])
    faults += [_fault(table, place, "x", int(row), key="coordinates.degrees", x=x[row], y=y[row]) for row in frame.index[degrees]]
    turned = both & x.between(*SWEDISH_NORTHING_M) & y.between(*SWEDISH_EASTING_M)
    if not turned.any():
        return frame, faults, []
    if turned.sum() < (both & ~degrees).sum():  # a list that does both cannot be trusted
        rows = frame.index[turned]
        return frame, [*faults, *(_fault(table, place, "x", int(row), key="coordinates.turned") for row in rows)], []
    return frame.assign(x=frame["y"], y=frame["x"]), faults, [text("coordinates.were_turned", file=place.file)]


def _fault(table: Table, place: Place, column: str, row: int | None, *, key: str, **values: object) -> Fault:
    got, fix = text(key, **values), text(key + "_fix")
    return Fault(place.file, got, fix, sheet=place.sheet, row=row, column=table[column].label, expected=text("table.metres"))
