"""One sheet's columns as values: each distinct cell is converted once, and what cannot be is told, a fault a row.

For lists that must be read whatever is wrong in them: a cell that cannot be understood becomes empty, and its fault goes beside the
result instead of stopping the run. Lists that must be whole are read with `spreadsheet.read_contract`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.errors import Fault
from data.readers.cells import as_text, is_empty
from data.readers.tablefile import Broken
from data.tables import Table
from data.texts import text

MAX_FAULTS = 20
"""Faults of one kind told one by one in a column of a sheet; the rest are counted."""
_ALIKE = frozenset({"string", "datetime", "date", "floating", "integer", "boolean"})


@dataclass(frozen=True)
class Place:
    """Where a sheet is: the file's name and the sheet's (None for a text file)."""

    file: str
    sheet: str | None = None


class Distinct(NamedTuple):
    """A column as its distinct values, the first None, and the number among them of each row's value."""

    position: np.ndarray
    values: list[Any]

    def array(self, dtype: str = "object") -> np.ndarray:
        """Return the value of every row."""
        table = np.empty(len(self.values), object)
        table[:] = self.values
        return (table if dtype == "object" else pd.Series(table).astype(dtype).to_numpy())[self.position]

    def series(self, dtype: str = "string") -> pd.Series:
        """Return the value of every row as a column of the contracts' type for text: each distinct value is converted once."""
        return pd.Series(pd.array(self.values, dtype=dtype).take(self.position))

    def map(self, function: Callable[[Any], Any]) -> Distinct:
        """Return function of every value, None too."""
        return Distinct(self.position, [function(value) for value in self.values])

    def where(self, values: Collection[Any]) -> np.ndarray:
        """Return the rows that hold one of `values`."""
        return (
            np.flatnonzero(np.array([value in values for value in self.values], bool)[self.position])
            if values
            else np.empty(0, int)
        )


def combined(columns: Sequence[Distinct], function: Callable[..., Any]) -> Distinct:
    """Return function of each row's values, called once for every combination that stands in the columns."""
    key = np.zeros(len(columns[0].position), np.int64)
    for column in columns:
        _, key = np.unique(key * len(column.values) + column.position, return_inverse=True)
    _, first, position = np.unique(key, return_index=True, return_inverse=True)
    return Distinct(position, [function(*(column.values[column.position[row]] for column in columns)) for row in first])


class Cells:
    """The columns of one sheet (a frame with contract names, row numbers as index) as values; `faults` grows as they are read.

    The texts of faults are `<prefix>.<kind>` and `<prefix>.<kind>_fix`, the latter with {hint}.
    """

    def __init__(self, frame: pd.DataFrame, table: Table, place: Place, *, prefix: str) -> None:
        self.frame, self.table, self.place, self.prefix = frame, table, place, prefix
        self.index = frame.index
        self.faults: list[Fault] = []

    def column(self, name: str, convert: Callable[[Any], Any], kind: str, dtype: str = "object") -> np.ndarray:
        """Return a column's values as an array of `dtype`; all empty if the sheet lacks it. kind: of the fault's text."""
        return self.distinct(name, convert, kind).array(dtype)

    def distinct(
        self, name: str, convert: Callable[[Any], Any], kind: str, *, quick: Callable[[list[Any]], list[Any]] | None = None
    ) -> Distinct:
        """Return a column's distinct values and where each stands; none if the sheet lacks it. kind: of the fault's text.

        quick: reads all cells at once and gives None for those it leaves to `convert`.
        """
        if name not in self.frame.columns:
            return Distinct(np.zeros(len(self.index), np.int64), [None])
        position, cells = _distinct(self.frame[name])
        values = quick(cells) if quick else [None] * len(cells)
        bad: dict[int, Any] = {}
        for number, cell in enumerate(cells):
            if values[number] is not None:
                continue
            try:
                if isinstance(cell, Broken):
                    raise ValueError(cell)
                values[number] = convert(cell)
            except ValueError:
                bad[number] = cell
        if bad:
            rows = np.flatnonzero(np.isin(position, list(bad)))
            self.tell(name, kind, [(int(self.index[row]), bad[int(position[row])]) for row in rows])
        return Distinct(position + 1, [None, *values])

    def tell(self, name: str, kind: str, cells: Sequence[tuple[int, Any]], hint: Callable[[Any], str] = lambda _: "") -> None:
        """Add a fault for each (row, cell): at most MAX_FAULTS one by one, then how many more."""
        for row, cell in cells[:MAX_FAULTS]:
            got = text(f"{self.prefix}.{kind}", value=as_text(cell) or "")
            self._add(name, got, text(f"{self.prefix}.{kind}_fix", hint=hint(cell)), row)
        if len(cells) > MAX_FAULTS:
            said = text(f"{self.prefix}.{kind}", value="…")
            more = text("fleet.list.more", n=len(cells) - MAX_FAULTS, kind=said)
            self._add(name, more, text(f"{self.prefix}.{kind}_fix", hint=""), None)

    def _add(self, name: str, got: str, fix: str, row: int | None) -> None:
        label = self.table[name].label
        self.faults.append(Fault(self.place.file, got, fix, sheet=self.place.sheet, row=row, column=label))


def empty(cells: pd.Series) -> np.ndarray:
    """Return which cells hold nothing."""
    position, distinct = _distinct(cells)
    return np.array([*map(is_empty, distinct), True], bool)[position]


def _distinct(cells: pd.Series) -> tuple[np.ndarray, list]:
    """Return each cell's position among the distinct ones (-1 = empty), and those. 1, 1.0 and True are told apart."""
    if pd.api.types.infer_dtype(cells, skipna=True) in _ALIKE:
        position, distinct = pd.factorize(cells)
        return position, list(distinct)
    seen: dict[tuple[type, Any], int] = {}
    position = [-1 if is_empty(cell) else seen.setdefault((type(cell), cell), len(seen)) for cell in cells]
    return np.array(position, np.int64), [cell for _, cell in seen]
