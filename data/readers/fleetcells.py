"""Cells of fleet lists as values. Raise ValueError for what is none."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import Any

import pandas as pd

from data.readers import plates
from data.readers.cells import as_text, boolean, date, fold, number

SERIAL_DAY = dt.date(1899, 12, 30)
SERIALS = range(20_000, 60_000)
"""Day numbers of Excel (1954-2064) that stand for dates in columns that lost their format."""
YEARS = range(1950, 2101)
_UNIT = re.compile(r"(?<=\d)\s*(g/km|km|mil|kg|kwh|liter|l|nm3|%|g)\s*$", re.IGNORECASE)
_NOT_TOLD = frozenset({"ejaktuellt", "ejtillampligt", "okant", "vetej", "saknas"})


def flag(cell: Any) -> bool | None:
    """Return yes or no; None where the cell says that it is not known or does not apply."""
    return None if fold(as_text(cell) or "") in _NOT_TOLD else boolean(cell)


def quantity(cell: Any) -> float | None:
    """Return a number, with or without its unit after it ("120 g/km")."""
    return number(_UNIT.sub("", cell.strip())) if isinstance(cell, str) else number(cell)


def exact_day(cell: Any) -> pd.Timestamp | None:
    """Return the day; an Excel day number too. Raises ValueError outside 1950-2100."""
    if isinstance(cell, str) and len(cell) == 10 and cell[:4].isdigit() and int(cell[:4]) in YEARS:
        with suppress(ValueError):  # as most are written; ten thousand of them need no more
            return pd.Timestamp(dt.date.fromisoformat(cell))
    typed = as_text(cell) or ""
    if re.fullmatch(r"\d{5}", typed) and int(typed) in SERIALS:
        return pd.Timestamp(SERIAL_DAY + dt.timedelta(days=int(typed)))
    found = date(cell)
    if found is not None and found.year not in YEARS:
        raise ValueError(typed)
    return None if found is None else pd.Timestamp(found)


def day(cell: Any) -> pd.Timestamp | None:
    """Return the day; of a bare year its last day, so that shares at the end of years come out right."""
    if isinstance(cell, str) and len(cell) > 7:  # longer than a bare year with spaces about it
        return exact_day(cell)
    typed = as_text(cell) or ""
    if re.fullmatch(r"\d{4}", typed) and int(typed) in YEARS:
        return pd.Timestamp(int(typed), 12, 31)
    return exact_day(cell)


def plate(cell: Any) -> str | None:
    """Return a registration number, normalised."""
    if isinstance(cell, str) and cell.isascii() and cell.isalnum():
        return cell.upper()  # as most are written; a hundred thousand of them need no more
    return plates.normalise(as_text(cell) or "") or None


def ordinary_plates(cells: list[Any]) -> list[str | None]:
    """Return the registration number of each cell that holds an ordinary one; None for the others: `plate` reads them."""
    numbers, kinds = plates.ordinaries(cells)
    return [number_ if kind else None for number_, kind in zip(numbers, kinds, strict=True)]


def vehicle_id(cell: Any) -> str | None:
    """Return a vehicle's identity as this program writes it: a number, a number with #2, or `rad ...` for one without number."""
    said = as_text(cell)
    if said is None or said.startswith("rad "):
        return said
    number_, mark, stay = said.partition("#")
    return (plates.normalise(number_) or None) if not mark else f"{plates.normalise(number_)}#{stay.strip()}"
