"""Files with tables in them: xlsx, xlsm, xlsb, xls, ods, csv and txt. Finds encoding, delimiter and heading row; fills merged cells.

Use it through `data.readers.spreadsheet`.
"""

from __future__ import annotations

import csv
import gc
import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.opening import require_file
from data.readers.cells import as_text, fold, is_empty
from data.readers.workbook_marks import Marks, TooBigError, marks
from data.texts import text

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
TEXTS = frozenset({".csv", ".txt", ".tsv"})
WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of a zip file (xlsx, xlsb, ods) and of an OLE file (xls)."""
SNIFFED = 512
"""Bytes read to tell what kind of file it is."""
MOSTLY = 0.5
HEADING_SEARCH_ROWS = 30  # notes and titles above the headings are never longer than this
MIN_HEADING_SHARE = 0.6  # of the widest row: how much of it a heading row fills
MAX_ROWS = 1_048_576  # Excel's own limit


class Broken(str):
    """A cell whose value cannot be trusted: an error (#N/A) or a formula nobody calculated. Its text is what stands there."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or the whole of a text file (name None).

    frame: cells as Python values (None where empty), columns = headings as written, index = row in the file, from 1.
    rows: the same row numbers as a Series. hidden: rows of the frame that are not shown in the workbook (they are read all the same).
    """

    name: str | None
    frame: pd.DataFrame
    rows: pd.Series
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Grid:
    """Cells as they stand, row by row (None where empty), each row's number in the file, and what the workbook hides."""

    cells: np.ndarray
    numbers: np.ndarray
    marks: Marks


def read_table(path: Path, sheet: str | None = None, *, known: Collection[str] = ()) -> list[Sheet]:
    """Return every visible sheet of a workbook (or only `sheet`), or the one table of a text file.

    known: headings to look for (any spelling), which finds the heading row below titles and notes, also a heading in two rows.
    Merged cells give their value to every cell they cover. Text files: UTF-8 (with or without mark), UTF-16 or cp1252; a first line
    `sep=;` is obeyed. Raises InputError when the file cannot be read, has no such sheet or no rows.
    """
    with collector_paused():
        return _read_table(path, sheet, frozenset(map(fold, known)))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a million new cells again and again: half the time of a large file."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _read_table(path: Path, sheet: str | None, folded: frozenset[str]) -> list[Sheet]:
    require_file(path)
    _tell_wrong_kind(path)
    if path.suffix.lower() in TEXTS:
        return [_sheet(None, _text_grid(path), folded)]
    if path.suffix.lower() not in WORKBOOKS:
        wanted = ", ".join(sorted(WORKBOOKS | TEXTS))
        raise InputError(Fault(path.name, text("readers.suffix"), text("readers.suffix_fix"), expected=wanted))
    grids = _workbook(path, sheet)
    read = [_sheet(name, grid, folded) for name, grid in grids.items() if len(grid.cells)]
    if not read:
        raise InputError(Fault(path.name, text("readers.no_rows"), text("readers.no_rows_fix"), sheet=sheet))
    return read


def _tell_wrong_kind(path: Path) -> None:
    """Raise InputError where a file is empty or its name says another kind than its content."""
    with path.open("rb") as file:
        head = file.read(SNIFFED)
    suffix, packed = path.suffix.lower(), head.startswith(WORKBOOK_STARTS)
    kind = fix = None
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        kind = fix = "empty"
    elif suffix in TEXTS and packed:
        kind, fix = "is_workbook", "rename"
    elif suffix in WORKBOOKS and not packed and b"\0" not in head:
        web = head.lstrip().startswith(b"<")
        kind, fix = ("is_page", "is_page") if web else ("is_text", "rename")
    if kind and fix:
        wanted = ".xlsx" if packed else ".csv"
        raise InputError(
            Fault(path.name, text(f"readers.{kind}", suffix=suffix), text(f"readers.{fix}_fix", name=path.stem + wanted))
        )


def _workbook(path: Path, wanted: str | None) -> dict[str, _Grid]:
    import python_calamine as calamine

    try:
        found = marks(path)
        with calamine.load_workbook(path) as book:
            shown = [m.name for m in book.sheets_metadata if m.visible == calamine.SheetVisibleEnum.Visible]
            if wanted is not None and wanted not in book.sheet_names:
                fault = Fault(path.name, text("readers.no_sheet", sheet=wanted), text("readers.no_sheet_fix"))
                raise InputError(Fault(fault.file, fault.got, fault.fix, expected=", ".join(book.sheet_names)))
            names = shown if wanted is None else [wanted]
            return {name: _grid(book.get_sheet_by_name(name), found.get(name, Marks())) for name in names}
    except TooBigError:
        raise InputError(Fault(path.name, text("readers.too_big"), text("readers.too_big_fix"))) from None
    except calamine.PasswordError:
        raise InputError(Fault(path.name, text("readers.password"), text("readers.password_fix"))) from None
    except (calamine.CalamineError, zipfile.BadZipFile, SyntaxError, KeyError, ValueError, OSError):
        raise InputError(Fault(path.name, text("readers.unreadable"), text("readers.unreadable_fix"))) from None


def _grid(sheet: Any, found: Marks) -> _Grid:
    cells = _array(sheet.to_python(skip_empty_area=False))
    for (row, column), said in found.broken.items():
        if row < cells.shape[0] and column < cells.shape[1]:
            cells[row, column] = Broken(said)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        cells[top : bottom + 1, left : right + 1] = cells[top, left] if top < cells.shape[0] and left < cells.shape[1] else None
    return _Grid(cells, np.arange(1, len(cells) + 1), found)


def _array(rows: list[list]) -> np.ndarray:
    """Return rows of cells as one array, short rows filled; None where a cell is empty."""
    widths = set(map(len, rows))
    width = max(widths, default=0)
    if len(widths) > 1:
        rows = [row if len(row) == width else row + [None] * (width - len(row)) for row in rows]
    cells = np.empty((len(rows), width), object)
    if rows:
        cells[:] = rows
        cells[cells == ""] = None
    return cells


def _text_grid(path: Path) -> _Grid:
    try:
        return _csv_grid(path, decode(path))
    except csv.Error:
        raise InputError(Fault(path.name, text("readers.unreadable"), text("readers.unreadable_fix"))) from None


def _csv_grid(path: Path, content: str) -> _Grid:
    first, _, rest = content.partition("\n")
    skipped = 0
    if first.strip().strip('"').lower().startswith("sep="):
        delimiter, content, skipped = first.strip().strip('"')[4:5] or "\t", rest, 1
    else:
        delimiter = _delimiter(content)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    rows, ends = [], [0]
    try:
        for cells in reader:
            rows.append(cells)
            ends.append(reader.line_num)
    except csv.Error:
        fault = Fault(path.name, text("readers.unreadable"), text("readers.unreadable_fix"), row=ends[-1] + 1 + skipped)
        raise InputError(fault) from None
    grid = _array(rows)
    for column in grid.T:
        if blank := [cell for cell in set(column) if cell is not None and cell.isspace()]:
            column[pd.Series(column).isin(blank).to_numpy()] = None
    return _Grid(grid, np.array(ends[:-1]) + 1 + skipped, Marks())


def decode(path: Path) -> str:
    """Return a text file's content: UTF-8 with or without mark, UTF-16, else cp1252 (what Swedish Excel writes)."""
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if raw[1:SNIFFED:2].count(0) > MOSTLY * len(
        raw[1:SNIFFED:2]
    ):  # UTF-16 without mark: every other byte of plain letters is nothing
        return raw.decode("utf-16-le", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _delimiter(content: str) -> str:
    lines = [line for line in content.splitlines()[:HEADING_SEARCH_ROWS] if line.strip()]
    fields = {mark: [len(row) for row in csv.reader(lines, delimiter=mark)] for mark in ";\t,"}
    # the mark that cuts most lines alike; a decimal comma cuts only some
    alike = {mark: max(Counter(n for n in counts if n > 1).values(), default=0) for mark, counts in fields.items()}
    return max(alike, key=lambda mark: alike[mark]) if any(alike.values()) else ";"


def _sheet(name: str | None, grid: _Grid, known: frozenset[str]) -> Sheet:
    cells = grid.cells
    top, depth = _heading_rows(cells[:HEADING_SEARCH_ROWS].tolist(), known)
    names = _headings(cells[top : top + depth].tolist(), cells.shape[1])
    body = cells[top + depth :]
    full = np.flatnonzero(~_blank(body))[:MAX_ROWS]
    numbers = grid.numbers[top + depth :][full]
    index = pd.Index(numbers, dtype="int64", name="row")
    used = [i for i, heading in enumerate(names) if heading or any(not is_empty(cell) for cell in body[full, i])]
    columns = np.ascontiguousarray(body.T[used]) if len(full) == len(body) else body.T[np.ix_(used, full)]
    frame = pd.DataFrame(columns.T, index=index, columns=_unique([names[i] for i in used]), dtype=object, copy=False)
    hidden = tuple(sorted(set(grid.marks.hidden) & set(numbers.tolist()))) if grid.marks.hidden else ()
    return Sheet(name, frame, pd.Series(index, index=index), hidden)


def _blank(rows: np.ndarray) -> np.ndarray:
    """Return which rows hold nothing: no cell, or only cells of spaces."""
    if not rows.shape[1]:
        return np.ones(len(rows), bool)
    told = np.fromiter((isinstance(cell, str) and cell[:1].isalnum() for cell in rows[:, 0]), bool, len(rows))
    blank = ~told
    for row in np.flatnonzero(blank):
        blank[row] = all(map(is_empty, rows[row]))
    return blank


def _heading_rows(rows: list[list], known: frozenset[str]) -> tuple[int, int]:
    if known:
        width = max(map(len, rows), default=0)
        scores = {
            (i, depth): len(known & {fold(heading) for heading in _headings(rows[i : i + depth], width)})
            for i in range(len(rows))
            for depth in (1, 2)
            if depth == 1 or (i + 1 < len(rows) and _all_text(rows[i]) and _all_text(rows[i + 1]))
        }
        best = max(scores, key=lambda place: (scores[place], -place[1], -place[0]), default=(0, 1))
        if scores.get(best):
            return best
    widest = max((sum(not is_empty(cell) for cell in row) for row in rows), default=0)
    for i, row in enumerate(rows):
        if _all_text(row) and _distinct(row) >= max(1, MIN_HEADING_SHARE * widest):
            return i, 1
        below = rows[i + 1] if i + 1 < len(rows) else []
        if 1 < _distinct(row) < sum(not is_empty(cell) for cell in row) and _all_text(row + below):
            return i, 2  # groups merged over several columns, their parts in the row below
    return 0, 1


def _all_text(row: list) -> bool:
    return all(is_empty(cell) or isinstance(cell, str) for cell in row)


def _distinct(row: list) -> int:
    return len({fold(cell) for cell in row if isinstance(cell, str) and not is_empty(cell)})


def _headings(rows: list[list], width: int) -> list[str]:
    lower = [as_text(cell) or "" for cell in rows[-1]] if rows else [""] * width
    if len(rows) < 2:
        return lower
    upper = [as_text(cell) or "" for cell in rows[0]]
    often = Counter(lower)
    return [
        up if not low or low == up else f"{up} {low}".strip() if often[low] > 1 else low
        for up, low in zip(upper, lower, strict=True)
    ]


def _unique(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for position, name in enumerate(names, start=1):
        base = name or text("readers.nameless", n=position)
        seen[base] += 1
        result.append(base if seen[base] == 1 else f"{base}{REPEATED}{seen[base]}")
    return result


REPEATED = " #"
"""A heading that stands twice gets this and its number, so that both columns are kept and the fault can be told."""
