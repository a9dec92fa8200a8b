"""ersattningar.xlsx: old and new vehicles in pairs, written, edited by the fleet manager and read back.

Columns after the contract's (LEDGER) are for reading only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def write(path: Path, judged: pd.DataFrame, vehicles: pd.DataFrame) -> None:
    """Write the ledger to edit: the judged pairs (REPLACEMENTS) with the columns of LEDGER, then verdict, company and what was replaced.

    The state is chosen from a list; text stays text, whatever sign it begins with.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    frame = _shown(judged, vehicles)
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": pd.Timestamp(2000, 1, 1).to_pydatetime()})
        page = book.add_worksheet(text("fleet.sheet.edit"))
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4f2ec", "bottom": 1})
        styles = {"date": book.add_format({"num_format": "yyyy-mm-dd"}), "float": book.add_format({"num_format": "0%"})}
        page.write_string(0, 0, text("fleet.ledger_file.note"))
        for column, name in enumerate(frame.columns):
            page.write_string(2, column, name, head)
            kind = next((c.dtype for c in LEDGER.columns if c.label == name), "str")
            for row, value in enumerate(frame[name], start=3):
                _cell(page, (row, column), value, styles.get(kind))
            page.set_column(column, column, 24 if kind == "str" and column > 2 else 14)
        words = [text(f"fleet.state.{state}") for state in STATES]
        page.data_validation(3, 0, max(len(frame), 1) + 500, 0, {"validate": "list", "source": words})
        page.autofilter(2, 0, 2 + max(len(frame), 1), len(frame.columns) - 1)
        page.freeze_panes(3, 3)


def _shown(judged: pd.DataFrame, vehicles: pd.DataFrame) -> pd.DataFrame:
    """Return LEDGER's columns under their labels, then what helps to judge: verdict, company, class and make of both vehicles."""
    known = vehicles.drop_duplicates("vehicle_id").set_index("vehicle_id")
    state = judged["state"].map(lambda code: text(f"fleet.state.{code}"))
    frame = judged[LEDGER.names].assign(state=state).rename(columns={c.name: c.label for c in LEDGER.columns})
    frame[text("fleet.edit.verdict")] = judged["verdict"].map(lambda code: text(f"fleet.verdict.{code}"))
    frame[text("fleet.edit.company")] = judged["company"]
    for side in ("out_reg", "in_reg"):
        which = judged[side].where(judged[side].notna(), "")
        facts = known[["make", "model", "unit", "use"]].reindex(which).reset_index(drop=True)
        frame[text(f"fleet.edit.{side}")] = facts.apply(lambda row: ", ".join(row.dropna().astype(str)), axis=1).to_numpy()
    return frame


def _cell(page: Any, place: tuple[int, int], value: Any, style: Any) -> None:
    if value is None or pd.isna(value):
        return
    if isinstance(value, pd.Timestamp):
        page.write_datetime(*place, value.to_pydatetime(), style)
    elif isinstance(value, float):
        page.write_number(*place, value, style)
    else:
        page.write_string(*place, str(value), style)
