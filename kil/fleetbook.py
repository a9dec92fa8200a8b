"""fordon.xlsx and upphandling.csv: words for codes, labels from the contracts, text that can never become a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd

from data.layers_fleet import PLAN, PROCUREMENT, REPLACEMENTS, SHARES
from data.texts import text
from kil.excel import Sheet

if TYPE_CHECKING:
    from data.errors import Fault
    from data.tables import Table
    from maps.fleetview import View

WORDS = {
    "class": "class",
    "company": "company",
    "tenure": "tenure",
    "verdict": "verdict",
    "kind": "kind",
    "state": "state",
    "exemption": "exemption",
    "order_basis": "basis",
    "due_basis": "basis",
    "km_basis": "basis",
    "date_basis": "basis",
    "fuel": "fuel",
    "group": "group",
    "scope": "class",
    "reading": "reading",
}
"""Columns of codes: the group of texts that gives their words."""
PERCENT = ("share", "share_low", "share_high", "confidence", "base", "latest", "required", "gap", "minimum")
FORMATS = {"date": "date", "int": "0", "float": "0"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First signs that a spreadsheet takes for a formula (OWASP, CSV injection)."""


def sheets(view: View, mark: str) -> list[Sheet]:
    """Return the workbook's sheets: share, readings, ledger, plan, procurement, minimum; and charging and faults where given.

    mark: "EXEMPELDATA. " or nothing, before the note above each sheet.
    """
    named = view.names
    found = [
        _sheet("share", _worded(view.shares, named), SHARES, _note(view, mark, "share")),
        _plain("readings", _worded(view.readings.assign(state=_states(view.readings)), named), _note(view, mark, "readings")),
        _sheet("ledger", _worded(view.judged, named), REPLACEMENTS, _note(view, mark, "ledger")),
        _sheet("plan", _worded(view.planned, named), PLAN, _note(view, mark, "plan")),
        _sheet("procurement", _worded(view.procured, named), PROCUREMENT, _note(view, mark, "procurement")),
        _plain("minimum", _worded(view.law_summary, named), _note(view, mark, "minimum")),
    ]
    if view.depots is not None:
        found.append(_plain("charging", view.depots, _note(view, mark, "charging")))
    if view.faults:
        found.append(_plain("faults", fault_frame(view.faults), _note(view, mark, "faults")))
    return found


def _states(readings: pd.DataFrame) -> pd.Series:
    return readings["state"].map(lambda code: text(f"fleet.reading_state.{code}"))


def _worded(frame: pd.DataFrame, definitions: dict[str, str]) -> pd.DataFrame:
    """Return the frame with words for codes, and definitions by name."""
    made = {name: frame[name].map(lambda code, group=group: word(group, code)) for name, group in WORDS.items() if name in frame}
    if "fossil_free" in frame and frame["fossil_free"].dtype == "boolean":
        made["fossil_free"] = frame["fossil_free"].astype(object).where(frame["fossil_free"].notna(), None)
    if "state" in frame and not frame["state"].isin(["inferred", "confirmed", "rejected"]).all():
        made.pop("state", None)  # already words
    if "definition" in frame:
        made["definition"] = frame["definition"].map(lambda code: definitions.get(code, code))
    return frame.assign(**made)


def word(group: str, code: object) -> object:
    """Return a code's word in the language in force; what is no code stays as it is."""
    from data.texts import catalogue

    key = f"fleet.{group}.{code}"
    return text(key) if key in catalogue() else (None if pd.isna(code) else code)


def _sheet(name: str, frame: pd.DataFrame, table: Table, note: str) -> Sheet:
    columns = {column.name: column for column in table.columns if column.name in frame}
    labels = {key: column.label for key, column in columns.items()}
    formats = {
        key: "%" if key in PERCENT else FORMATS[column.dtype] for key, column in columns.items() if column.dtype in FORMATS
    }
    return Sheet(text(f"fleet.sheet.{name}"), frame[list(columns)], labels, formats, (note,))


def _plain(name: str, frame: pd.DataFrame, note: str) -> Sheet:
    labels = {key: text(f"fleet.head.{key}") for key in frame.columns}
    numbers = [key for key in frame.columns if pd.api.types.is_numeric_dtype(frame[key]) and frame[key].dtype != bool]
    formats = {key: "%" if key in PERCENT else "0" for key in numbers}
    return Sheet(text(f"fleet.sheet.{name}"), frame, labels, formats, (note,))


def _note(view: View, mark: str, name: str) -> str:
    return text("fleet.sheet.note", mark=mark, name=view.municipality, date=view.date, what=text(f"fleet.sheet_note.{name}"))


def fault_frame(faults: tuple[Fault, ...]) -> pd.DataFrame:
    """Return faults as a table: file, sheet, row, column, what is wrong, what to do."""
    rows = [(f.file, f.sheet, f.row, f.column, f.got, f.fix) for f in faults]
    return pd.DataFrame(rows, columns=["file", "sheet", "row", "column", "got", "fix"]).astype({"row": "Int64"})


def procurement_csv(view: View) -> str:
    """Return the procured vehicles as csv for the report by the act 2011:846: semicolons, decimal commas, a mark for Excel."""
    frame = _worded(view.procured, view.names)
    columns = [column for column in PROCUREMENT.columns if column.name in frame]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["\ufeff" + columns[0].label, *(column.label for column in columns[1:])])
    for row in frame[[column.name for column in columns]].itertuples(index=False):
        writer.writerow([csv_cell(value) for value in row])
    return out.getvalue()


def csv_cell(value: object) -> str:
    """Return a value as csv text; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool):
        return text("fleet.yes" if value else "fleet.no")
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    said = str(value)
    return "'" + said if said.startswith(FORMULA) else said
