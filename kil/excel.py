"""Workbooks people open: filters, frozen heads, Swedish formats, and text that can never become a formula.

write(path, [Sheet("Tak", frame, labels={"kwp": "Toppeffekt (kW)"}, formats={"kwp": "0.0"})])
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MAX_WIDTH = 60
HEADER = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4f2ec", "bottom": 1}
NUMBER_FORMATS = {"0": "#,##0", "0.0": "#,##0.0", "0.00": "#,##0.00", "%": "0.0%", "date": "yyyy-mm-dd", "year": "0"}
"""Short names of number formats. Excel shows them with the reader's own separators (1 234,5 in Swedish)."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a frame with a heading row; `notes` are lines of text above it.

    labels: column -> heading (default: the column's name). formats: column -> a key of NUMBER_FORMATS or an Excel format.
    """

    name: str
    frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def write(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the workbook. Text is always written as text: a leading = + - @ stays what it is and is never evaluated."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
        formats = _Formats(book)
        for sheet in sheets:
            _sheet(book.add_worksheet(sheet.name[:31]), sheet, formats)


class _Formats:
    """Workbook formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, {}

    def __call__(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _sheet(target: Any, sheet: Sheet, formats: _Formats) -> None:
    for row, note in enumerate(sheet.notes):
        target.write_string(row, 0, note)
    top = len(sheet.notes) + (1 if sheet.notes else 0)
    for number, name in enumerate(sheet.frame.columns):
        heading = sheet.labels.get(name, str(name))
        target.write_string(top, number, heading, formats(**HEADER))
        cells = sheet.frame[name].tolist()
        wanted = sheet.formats.get(name, "")
        _column(target, (top + 1, number), cells, formats(num_format=NUMBER_FORMATS.get(wanted, wanted)) if wanted else None)
        target.set_column(number, number, _width(heading, cells, bool(wanted)))
    if len(sheet.frame.columns):
        target.autofilter(top, 0, top + max(len(sheet.frame), 1), len(sheet.frame.columns) - 1)
    target.freeze_panes(top + 1, 1)


def _column(target: Any, corner: tuple[int, int], cells: list, style: Any) -> None:
    import pandas as pd

    top, column = corner
    for row, value in enumerate(cells, start=top):
        if value is None or value is pd.NaT or (not isinstance(value, (list, tuple)) and pd.isna(value)):
            continue
        if isinstance(value, bool):
            target.write_string(row, column, "ja" if value else "nej")
        elif isinstance(value, (dt.date, dt.datetime)):
            moment = dt.datetime.combine(value, dt.time()) if not isinstance(value, dt.datetime) else value
            target.write_datetime(row, column, moment.replace(tzinfo=None), style)
        elif isinstance(value, (int, float)):
            target.write_number(row, column, value, style)
        else:
            target.write_string(row, column, str(value)[:32767], style)


def _width(heading: str, cells: list, numeric: bool) -> float:
    longest = max((len(str(value)) for value in cells[:500] if value is not None), default=0)
    return min(MAX_WIDTH, max(9, min(len(heading), 18) + 3, 13 if numeric else longest + 1))
