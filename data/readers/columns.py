"""One sheet's columns as values: each distinct cell is converted once, and what cannot be is told, a fault a row.

For lists that must be read whatever is wrong in them: a cell that cannot be understood becomes empty, and its fault goes beside the
result instead of stopping the run. Lists that must be whole are read with `spreadsheet.read_contract`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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
        if name not in self.frame.columns:
            return np.full(len(self.index), None if dtype == "object" else np.nan).astype(dtype)
        position, distinct = _distinct(self.frame[name])
        values: list[Any] = [None]
        bad: dict[int, Any] = {}
        for number, cell in enumerate(distinct):
            try:
                if isinstance(cell, Broken):
                    raise ValueError(cell)
                values.append(convert(cell))
            except ValueError:
                values.append(None)
                bad[number] = cell
        if bad:
            rows = np.flatnonzero(np.isin(position, list(bad)))
            self.tell(name, kind, [(int(self.index[row]), bad[int(position[row])]) for row in rows])
        table = np.empty(len(values), object)
        table[:] = values
        return (table if dtype == "object" else pd.Series(table).astype(dtype).to_numpy())[position + 1]

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


def _distinct(cells: pd.Series) -> tuple[np.ndarray, list]:
    """Return each cell's position among the distinct ones (-1 = empty), and those. 1, 1.0 and True are told apart."""
    if pd.api.types.infer_dtype(cells, skipna=True) in _ALIKE:
        position, distinct = pd.factorize(cells)
        return position, list(distinct)
    seen: dict[tuple[type, Any], int] = {}
    position = [-1 if is_empty(cell) else seen.setdefault((type(cell), cell), len(seen)) for cell in cells]
    return np.array(position, np.int64), [cell for _, cell in seen]
