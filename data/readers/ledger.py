"""ersattningar.xlsx: old and new vehicles in pairs, as the fleet manager edited them. Other columns of the file are for reading only."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import Fault, InputError
from data.layers_fleet import LEDGER, STATES
from data.readers.cells import as_text, fold
from data.readers.columns import Cells, Place
from data.readers.fleetcells import exact_day, quantity, vehicle_id
from data.readers.reading import Reading
from data.readers.spreadsheet import match_headings, read_table
from data.readers.vehicles import VehicleList
from data.sources import of_file
from data.tables import validate
from data.texts import catalogue, text

_DATES = ("out_date", "in_date", "ordered", "exemption_date", "exemption_until")
_TEXTS = ("exemption_reason", "exemption_delegate", "exemption_reference", "note")


def read(path: Path) -> Reading[VehicleList]:
    """Return the rows (LEDGER, index = row in the file) and faults; raise InputError if the file has no such columns."""
    sheets = read_table(path, known=[column.label for column in LEDGER.columns])
    pairs = [(sheet, match_headings(sheet.frame, LEDGER)) for sheet in sheets]
    sheet, found = max(pairs, key=lambda pair: len(pair[1].matched))
    for name in ("state", "out_reg", "in_reg"):
        if name not in found.matched:
            label = LEDGER[name].label
            fix = text("table.missing_column_fix", column=label)
            raise InputError(Fault(path.name, text("table.missing_column"), fix, sheet=sheet.name, column=label))
    cells = Cells(found.frame, LEDGER, Place(path.name, sheet.name), prefix="fleet.ledger")
    frame = pd.DataFrame(
        {
            "state": pd.Series(cells.column("state", _state, "state"), dtype="str").fillna("inferred"),
            **{name: pd.Series(cells.column(name, vehicle_id, "text"), dtype="str") for name in ("out_reg", "in_reg")},
            **{name: pd.Series(cells.column(name, exact_day, "date", "datetime64[ns]")) for name in _DATES},
            "confidence": pd.Series(cells.column("confidence", _share, "number", "float64")).clip(0, 1),
            **{name: pd.Series(cells.column(name, as_text, "text"), dtype="str") for name in _TEXTS},
        }
    ).set_index(cells.index)
    named = frame[frame["out_reg"].notna() | frame["in_reg"].notna()]
    table = validate(named, LEDGER, file=path.name, sheet=sheet.name, rows=pd.Series(named.index, named.index))
    return Reading(VehicleList(table, tuple(cells.faults)), of_file(path, "own_file"), tuple(map(str, cells.faults)))


def _state(cell: object) -> str | None:
    said = fold(as_text(cell) or "")
    for state in STATES:
        if said in {fold(word) for word in (state, *catalogue()[f"fleet.state.{state}"].values())}:
            return state
    if not said:
        return None
    raise ValueError(cell)


def _share(cell: object) -> float | None:
    """Return a probability, whether written 0,93, 93 % or 93."""
    value = quantity(cell)
    return None if value is None else value / 100 if value > 1 else value
