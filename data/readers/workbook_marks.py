"""What a workbook hides from a plain reader of values: hidden rows, formulas never calculated, cells in error (xlsx, xlsm)."""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

MAX_UNPACKED_BYTES = 1 << 30  # a workbook that unpacks to more than this is no list of buildings or cars
MOST_CELLS = 50_000_000
"""Cells in the box of all that is filled: a million rows of fifty columns. A reader makes room for each, filled or not."""
NARROW = 26
"""Columns whose names have one letter."""
_WIDE = re.compile(rb' r="[A-Z]{2,3}\d')
_FILLED = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*[^/]>')
_LAST_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d+)"')
_SHEET = re.compile(r"\{.*\}")
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]+)(\d+)")


class TooBigError(ValueError):
    """A workbook that would fill the memory."""


@dataclass(frozen=True)
class Marks:
    """Of one sheet: rows not shown (1-based), and cells whose value cannot be trusted, by (row, column), both 0-based."""

    hidden: tuple[int, ...] = ()
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


def marks(path: Path) -> dict[str, Marks]:
    """Return the marks of every sheet by name; empty for other kinds of workbook. Raises zipfile.BadZipFile, TooBigError."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise TooBigError
        names = set(archive.namelist())
        return {name: _sheet(archive.read(part)) for name, part in _parts(archive).items() if part in names}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    rels = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {rel.get("Id"): rel.get("Target", "") for rel in rels}
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    sheets = (node for node in book.iter() if _tag(node) == "sheet")
    return {
        sheet.get("name", ""): posixpath.normpath(posixpath.join("/xl", targets.get(sheet.get(_REL_ID), ""))).lstrip("/")
        for sheet in sheets
    }


def _require_room(xml: bytes) -> None:
    """Raise TooBigError where a cell stands so far away that the box of all cells would fill the memory."""
    at = xml.rfind(b"row ")
    last = _LAST_ROW.search(xml, max(0, at - 20)) if at >= 0 else None
    narrow = _WIDE.search(xml) is None
    if narrow and last is not None and int(last[1]) * NARROW <= MOST_CELLS:
        return
    places = [_place(f"{column.decode()}{row.decode()}") for column, row in set(_FILLED.findall(xml))]
    if places and (max(row for row, _ in places) + 1) * (max(column for _, column in places) + 1) > MOST_CELLS:
        raise TooBigError


def _sheet(xml: bytes) -> Marks:
    _require_room(xml)
    if not any(mark in xml for mark in (b"hidden=", b't="e"', b"<f")):
        return Marks()
    hidden, broken = [], {}
    for row in (node for node in ET.fromstring(xml).iter() if _tag(node) == "row"):
        if row.get("hidden") in ("1", "true"):
            hidden.append(int(row.get("r", "0")))
        for cell in row:
            if said := _broken(cell):
                broken[_place(cell.get("r", "A1"))] = said
    return Marks(tuple(hidden), broken)


def _broken(cell: ET.Element) -> str:
    parts = {_tag(part): part for part in cell}
    value = parts["v"].text if "v" in parts else None
    if cell.get("t") == "e":
        return value or "#ERROR"
    if "f" in parts and value is None and "is" not in parts and cell.get("t") != "str":
        return f"={parts['f'].text or ''}"
    return ""


def _place(reference: str) -> tuple[int, int]:
    found = _CELL.fullmatch(reference)
    if found is None:
        return (0, 0)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _tag(node: ET.Element) -> str:
    return _SHEET.sub("", node.tag)
