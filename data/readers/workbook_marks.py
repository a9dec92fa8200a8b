"""What a workbook hides from a plain reader of values: hidden rows, formulas never calculated, cells in error (xlsx, xlsm)."""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

MAX_UNPACKED_BYTES = 1 << 30  # a workbook that unpacks to more than this is no list of buildings or cars
_SHEET = re.compile(r"\{.*\}")
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Marks:
    """Of one sheet: rows not shown (1-based), and cells whose value cannot be trusted, by (row, column), both 0-based."""

    hidden: tuple[int, ...] = ()
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


def marks(path: Path) -> dict[str, Marks]:
    """Return the marks of every sheet by name; empty for other kinds of workbook. Raises zipfile.BadZipFile, ValueError if too big."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("too big")
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


def _sheet(xml: bytes) -> Marks:
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
