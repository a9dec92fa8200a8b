"""The facility list to fill in (fastigheter.xlsx): headings with comments, drop-downs, and a sheet that explains every column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.layers import FACILITIES
from data.readers.spreadsheet import Synonyms
from data.tables import Column
from data.texts import text

SHEET, EXPLANATIONS = "Fastigheter", "Förklaringar"
ROWS = 2000
"""Rows the drop-downs reach: more facilities than any municipality of this size has."""
NEEDED = ("facility_id", "name")
WIDE = {"name": 32, "property_designation": 24, "building_ids": 40, "remark": 40, "owner": 24}
YES_NO = ("ja", "nej")


def write(path: Path) -> None:
    """Write the empty list."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        _list(book, book.add_worksheet(SHEET))
        _explanations(book, book.add_worksheet(EXPLANATIONS))


def choices(column: Column) -> tuple[str, ...]:
    """Return the words the drop-down of a column offers, as the reader understands them; none where anything may be typed."""
    if column.dtype == "bool":
        return YES_NO
    words = Synonyms.of(FACILITIES.name).values.get(column.name, {})
    return tuple(spelled[0] for spelled in words.values()) or column.values


def _list(book: Any, page: Any) -> None:
    plain = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
    head, needed = book.add_format({**plain, "bg_color": "#f4f2ec"}), book.add_format({**plain, "bg_color": "#ffe9a8"})
    as_text = book.add_format({"num_format": "@"})
    for number, column in enumerate(FACILITIES.columns):
        style = as_text if column.dtype == "str" and not column.values else None
        page.set_column(number, number, WIDE.get(column.name, max(len(column.label) + 2, 14)), style)
        page.write_string(0, number, column.label, needed if column.name in NEEDED else head)
        page.write_comment(0, number, text(f"facility.{column.name}"), {"x_scale": 2.2, "font_size": 9})
        if rule := _rule(column):
            page.data_validation(1, number, ROWS, number, rule)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, ROWS, len(FACILITIES.columns) - 1)


def _rule(column: Column) -> dict[str, Any] | None:
    said = {"error_title": column.label, "input_title": column.label[:32], "input_message": text(f"facility.{column.name}")[:255]}
    if words := choices(column):
        return {"validate": "list", "source": list(words), "error_message": ", ".join(words), **said}
    if column.dtype not in ("int", "float"):
        return None
    low = 0 if column.minimum is None else column.minimum
    if column.maximum is None:
        limits = {"criteria": ">=", "value": low}
    else:
        limits = {"criteria": "between", "minimum": low, "maximum": column.maximum}
    kind = "integer" if column.dtype == "int" else "decimal"
    return {"validate": kind, **limits, "error_message": text("facility.number", unit=column.unit).strip(), **said}


def _explanations(book: Any, page: Any) -> None:
    wrap, head = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True, "bottom": 1})
    for number, (key, width) in enumerate((("column", 24), ("meaning", 80), ("allowed", 30), ("public", 20))):
        page.set_column(number, number, width)
        page.write_string(0, number, text(f"facility.head_{key}"), head)
    for row, column in enumerate(FACILITIES.columns, start=1):
        page.write_string(row, 0, column.label, wrap)
        page.write_string(row, 1, text(f"facility.{column.name}"), wrap)
        page.write_string(row, 2, _allowed(column), wrap)
        page.write_string(row, 3, text("facility.is_public" if column.name in PUBLIC else "facility.is_internal"), wrap)
    page.freeze_panes(1, 1)


PUBLIC = ("facility_id", "name", "owner", "building_ids", "heritage")
"""Columns that reach public output of facilities that may be published (data/reference/publicering.toml)."""


def _allowed(column: Column) -> str:
    if words := choices(column):
        return ", ".join(words)
    return {"int": text("dtype.int"), "float": f"{text('dtype.float')} {column.unit}".strip()}.get(
        column.dtype, text("dtype.str")
    )
