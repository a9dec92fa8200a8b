"""Lists people keep, read to a contract: headings to columns, cells to types, every fault at once with its row.

    rows = read_contract(path, TABLE, Synonyms.of("fastigheter"))
    rows.frame       # validated; index = row in the file, as a person sees it
    rows.warnings    # columns not used, hidden rows, units converted

Or in parts: `read_table` (cells as they stand), `match_headings`, `typed`, and `number`, `date`, `boolean`, `as_text` for one cell.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from data.errors import Fault, InputError
from data.readers import sumrows
from data.readers.cells import as_text, boolean, date, fold, is_empty, number, tidy
from data.readers.tablefile import REPEATED, Broken, Sheet, decode, read_table
from data.tables import Column, Table, validate
from data.texts import text

__all__ = [
    "Broken",
    "Headings",
    "Place",
    "Rows",
    "Sheet",
    "Synonyms",
    "as_text",
    "boolean",
    "date",
    "decode",
    "fold",
    "is_empty",
    "match_headings",
    "number",
    "read_contract",
    "read_table",
    "row_list",
    "tidy",
    "typed",
]

EXPLAINING_SHEETS = frozenset({"forklaringar", "lasmig"})
"""Folded names of sheets that explain a list: nobody needs to hear that they were not read."""
GUESS_LIKENESS = 0.75  # difflib ratio from which "Menade du ...?" helps more than it misleads
_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_FACTORS = {
    ("mwh", "kWh"): 1000.0,
    ("gwh", "kWh"): 1e6,
    ("mw", "kW"): 1000.0,
    ("w", "kW"): 0.001,
    ("kwp", "kW"): 1.0,
    ("mwp", "kW"): 1000.0,
    ("mil", "km"): 10.0,
    ("ha", "m²"): 10_000.0,
}
"""Factor from a unit stated in a heading to the contract's unit."""


@dataclass(frozen=True)
class Synonyms:
    """Other words for a table's headings and values, and the words that mean "not known".

    columns: column -> headings. values: column -> {value: words}; the first word is the one shown to users.
    """

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    unknown: Sequence[str] = ()

    @classmethod
    def of(cls, table: str) -> Synonyms:
        """Return the synonyms of a table in data/reference/synonymer.toml (none if it has no entry there)."""
        entries = _shipped()
        own = entries.get(table, {})
        return cls(own.get("columns", {}), own.get("values", {}), entries["unknown"]["words"])


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads((files("data") / "reference" / "synonymer.toml").read_text(encoding="utf-8"))


NO_SYNONYMS = Synonyms()


@dataclass(frozen=True)
class Headings:
    """A frame with contract names where a heading was recognised.

    frame: only the recognised columns, renamed. matched: column -> heading. factors: column -> factor from the heading's unit.
    unknown: heading -> label it may have meant, or None. doubled: column -> the several headings that mean it.
    """

    frame: pd.DataFrame
    matched: dict[str, str]
    factors: dict[str, float]
    unknown: dict[str, str | None]
    doubled: dict[str, list[str]]


@dataclass(frozen=True)
class Rows:
    """A validated list: `frame` indexed by row number in the file, the sheet it stood on, and what a person should know."""

    frame: pd.DataFrame
    sheet: str | None
    warnings: tuple[str, ...]


def known_headings(table: Table, synonyms: Synonyms = NO_SYNONYMS) -> list[str]:
    """Return every heading that means a column of the table: its label, its name and the synonyms."""
    return [word for column in table.columns for word in _words(column, synonyms)]


def _words(column: Column, synonyms: Synonyms) -> list[str]:
    return [column.label, column.name, *synonyms.columns.get(column.name, ())]


def match_headings(frame: pd.DataFrame, table: Table, synonyms: Synonyms = NO_SYNONYMS) -> Headings:
    """Return the frame with its headings as the contract's column names.

    Case, spaces, accents and signs do not matter. A unit in brackets may be left out; another unit is converted where the factor
    is known (MWh to kWh), else the column is not taken for the one it resembles.
    """
    meant: dict[str, list[tuple[str, float]]] = {}
    unknown: dict[str, str | None] = {}
    for heading in map(str, frame.columns):
        found = _meaning(heading.split(REPEATED)[0], table, synonyms)
        if found is None:
            unknown[heading] = _guess(heading, [c.label for c in table.columns])
        else:
            meant.setdefault(found[0], []).append((heading, found[1]))
    first = {column: headings[0] for column, headings in meant.items()}
    matched = {column: heading for column, (heading, _) in first.items()}
    renamed = frame[list(matched.values())].set_axis(list(matched), axis=1)
    return Headings(
        renamed,
        matched,
        {column: factor for column, (_, factor) in first.items() if factor != 1},
        unknown,
        {column: [h for h, _ in headings] for column, headings in meant.items() if len(headings) > 1},
    )


def _meaning(heading: str, table: Table, synonyms: Synonyms) -> tuple[str, float] | None:
    whole = {fold(word): column.name for column in table.columns for word in _words(column, synonyms)}
    if fold(heading) in whole:
        return whole[fold(heading)], 1.0
    bracket = _UNIT.search(heading)
    bare = {fold(_UNIT.sub("", word)): column for column in table.columns for word in _words(column, synonyms)}
    column = bare.get(fold(_UNIT.sub("", heading)))
    if column is None:
        return None
    factor = 1.0 if bracket is None else _factor(bracket[1], column.unit)
    return None if factor is None else (column.name, factor)


def _factor(stated: str, unit: str) -> float | None:
    said = stated.casefold().split("/")[0].strip()
    if fold(said) == fold(unit.split("/", maxsplit=1)[0]):
        return 1.0
    return _FACTORS.get((said, unit))


def _guess(word: str, candidates: Iterable[str]) -> str | None:
    by_fold = {fold(candidate): candidate for candidate in candidates}
    close = difflib.get_close_matches(fold(word), by_fold, n=1, cutoff=GUESS_LIKENESS)
    return by_fold[close[0]] if close else None


def typed(
    frame: pd.DataFrame,
    table: Table,
    synonyms: Synonyms = NO_SYNONYMS,
    *,
    file: str,
    sheet: str | None = None,
    own: Mapping[str, Callable[[Any], Any]] = MappingProxyType({}),
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the frame with every contract column's cells as values of its type, and a fault for each cell that is none.

    `frame` has contract names as columns and row numbers as index. Words for "not known" become an empty cell, or `unknown`
    where the column has such a value. own: column -> how its cells are read instead of by type.
    """
    faults: list[Fault] = []
    columns = {}
    for name in frame.columns:
        convert = _Converter(table[name], synonyms, own.get(str(name)))
        values, bad = convert.values_of(frame[name].tolist())
        faults += [convert.fault(cell, (file, sheet, int(frame.index[i]))) for i, cell in bad]
        columns[name] = pd.Series(values, index=frame.index, dtype=object)
    return pd.DataFrame(columns, index=frame.index), faults


def _spelled(column: Column, synonyms: Synonyms) -> dict[str, list[str]]:
    """Return the words a list may hold for each value of a column, the one to show first."""
    others = synonyms.values.get(column.name, {})
    return {value: [*others.get(value, ()), value] for value in dict.fromkeys((*column.values, *others))}


LONGEST_WORD = 40
"""Signs: a longer text is no word for a value or for "not known"."""
_NONE = object()


class _Converter:
    """Turns the cells of one column into values; says what is wrong with one that is none."""

    def __init__(self, column: Column, synonyms: Synonyms, own: Callable[[Any], Any] | None = None) -> None:
        self.column = column
        self.read = own or _CELL_TYPES[column.dtype]
        self.unknown = {fold(word) for word in synonyms.unknown} | set(synonyms.unknown)
        words = _spelled(column, synonyms)
        self.values = {fold(word): value for value, spelled in words.items() for word in spelled}
        self.shown = [spelled[0] for spelled in words.values()]

    def values_of(self, cells: list[Any]) -> tuple[list[Any], list[tuple[int, Any]]]:
        """Return the values of a column's cells, and the position and cell of each that is none. Like cells are converted once."""
        known: dict[tuple[type, Any], Any] = {}
        values, bad = [], []
        for i, cell in enumerate(cells):
            key = (type(cell), cell)
            if key not in known:
                try:
                    known[key] = self(cell)
                except ValueError:
                    known[key] = _NONE
            value = known[key]
            if value is _NONE:
                bad.append((i, cell))
                value = None
            values.append(value)
        return values, bad

    def __call__(self, cell: Any) -> Any:
        if cell is None:
            return None
        if isinstance(cell, Broken):
            raise ValueError(cell)
        said = as_text(cell)
        if said is None:
            return None
        word = fold(said) if len(said) <= LONGEST_WORD else said
        if word in self.values:
            return self._boolean(self.values[word])
        if (word or said) in self.unknown:
            return "unknown" if "unknown" in self.column.values else None
        if self.column.values:
            raise ValueError(said)
        return self.read(cell)

    def _boolean(self, value: str) -> Any:
        return value == "true" if self.column.dtype == "bool" else value

    def fault(self, cell: Any, place: tuple[str, str | None, int]) -> Fault:
        file, sheet, row = place
        column = self.column
        if isinstance(cell, Broken):
            kind = "readers.formula" if cell.startswith("=") else "readers.cell_error"
            got, fix, expected = text(kind, cell=cell[:60]), text(kind + "_fix"), None
        elif self.shown:
            got, fix, expected = text("table.not_allowed", value=as_text(cell)), self._hint(cell), ", ".join(self.shown)
        else:
            got = text("table.bad_type", value=as_text(cell), dtype=text(f"dtype.{column.dtype}"))
            fix, expected = (
                text("table.fix_value", meaning=column.meaning),
                " ".join([text(f"dtype.{column.dtype}"), column.unit]),
            )
        return Fault(file, got, fix, sheet=sheet, row=row, column=column.label, expected=expected and expected.strip())

    def _hint(self, cell: Any) -> str:
        guess = _guess(as_text(cell) or "", list(self.values))
        shown = next((word for word in self.shown if guess and self.values[fold(word)] == self.values[guess]), None)
        if shown:
            return text("readers.did_you_mean", guess=shown)
        return text("table.fix_value", meaning=self.column.meaning)


def _whole(cell: Any) -> int | None:
    value = number(cell)
    if value is not None and value != int(value):
        raise ValueError(f"{cell!r} is not a whole number")
    return None if value is None else int(value)


def _stamp(cell: Any) -> pd.Timestamp | None:
    day = date(cell)
    return None if day is None else pd.Timestamp(day)


_CELL_TYPES = {"str": as_text, "float": number, "int": _whole, "bool": boolean, "date": _stamp}


Prepare = Callable[[pd.DataFrame, "Place"], tuple[pd.DataFrame, list[Fault], list[str]]]
"""Rows with typed cells and where they stood -> the rows to validate, faults of its own and remarks."""


@dataclass(frozen=True)
class Place:
    """Where rows stood: the file's name and the sheet's (None for a text file)."""

    file: str
    sheet: str | None


def read_contract(
    path: Path,
    table: Table,
    synonyms: Synonyms = NO_SYNONYMS,
    *,
    sheet: str | None = None,
    prepare: Prepare = lambda frame, _: (frame, [], []),
    cells: Mapping[str, Callable[[Any], Any]] = MappingProxyType({}),
    may_be_empty: bool = False,
    sums: bool = True,
) -> Rows:
    """Return a list read to its contract, from the sheet whose headings fit best; raise InputError with every fault of it.

    prepare: what a table needs beyond its columns (ids made, coordinates turned the right way) before it is validated.
    cells: column -> how a cell is read, where the type's own way is not enough; raises ValueError. may_be_empty: headings without
    rows are a template nobody has filled in yet, which is said, and no fault. sums: rows that add up the others are left out, and said.
    """
    sheets = read_table(path, sheet, known=known_headings(table, synonyms))
    chosen, found = max(
        ((each, match_headings(each.frame, table, synonyms)) for each in sheets), key=lambda pair: len(pair[1].matched)
    )
    place = {"file": path.name, "sheet": chosen.name}
    found, added = _without_sums(chosen, found, table, path.name) if sums else (found, [])
    typed_rows, faults = typed(found.frame, table, synonyms, own=cells, **place)
    for column, factor in found.factors.items():
        typed_rows[column] = typed_rows[column].map(lambda value, factor=factor: None if value is None else value * factor)
    faults = [*_doubled(found, table, place), *faults]
    unfilled = may_be_empty and typed_rows.empty and bool(found.matched)
    if typed_rows.empty and not found.frame.columns.empty and not unfilled:
        faults.append(Fault(path.name, text("readers.no_rows"), text("readers.no_rows_fix"), sheet=chosen.name))
    typed_rows, more, said = prepare(typed_rows, Place(path.name, chosen.name))
    said = [*said, text("readers.unfilled", file=path.name)] if unfilled else said
    frame = _validated(typed_rows, (table, synonyms), [*faults, *more], {**place, "rows": chosen.rows})
    others = [each.name for each in sheets if each is not chosen and each.name and fold(each.name) not in EXPLAINING_SHEETS]
    return Rows(frame, chosen.name, (*added, *said, *_warnings(path.name, chosen, found, others)))


def _without_sums(sheet: Sheet, found: Headings, table: Table, file: str) -> tuple[Headings, list[str]]:
    rows = sumrows.sums(sheet.frame, found.frame, table)
    if rows.empty:
        return found, []
    told = text("readers.sums", file=file, n=len(rows), rows=row_list([int(row) for row in rows]))
    return replace(found, frame=found.frame.drop(index=rows)), [told]


def _validated(cells: pd.DataFrame, means: tuple[Table, Synonyms], faults: list[Fault], place: dict[str, Any]) -> pd.DataFrame:
    table, synonyms = means
    told = {(fault.row, fault.column) for fault in faults}
    try:
        frame = validate(cells, table, **place)
    except InputError as error:
        more = [fault for fault in error.faults if (fault.row, fault.column) not in told or fault.row is None]
        words = {column.label: _spelled(column, synonyms) for column in table.columns if column.values}
        more = [
            replace(fault, expected=", ".join(each[0] for each in words[fault.column].values()))
            if fault.column in words
            else fault
            for fault in more
        ]
        raise InputError([*faults, *more]) from None
    if faults:
        raise InputError(faults)
    return frame


def _doubled(found: Headings, table: Table, place: dict[str, Any]) -> list[Fault]:
    return [
        Fault(
            place["file"],
            text("readers.doubled", headings=" + ".join(h.split(REPEATED)[0] for h in headings)),
            text("readers.doubled_fix"),
            sheet=place["sheet"],
            column=table[column].label,
        )
        for column, headings in found.doubled.items()
    ]


def _warnings(file: str, sheet: Sheet, found: Headings, others: list[str]) -> Iterable[str]:
    for heading, guess in found.unknown.items():
        key = "readers.unused_guess" if guess else "readers.unused"
        yield text(key, file=file, column=heading, guess=guess)
    for column in found.factors:
        yield text("readers.converted", file=file, column=found.matched[column])
    if sheet.hidden:
        yield text("readers.hidden", file=file, rows=row_list(sheet.hidden))
    if others:
        yield text("readers.other_sheets", file=file, sheet=sheet.name, others=", ".join(others))


def row_list(rows: Sequence[int], most: int = 8) -> str:
    """Return row numbers for a sentence: '3, 4, 5, 6, 7, 8, 9, 10 …'."""
    return ", ".join(map(str, rows[:most])) + (" …" if len(rows) > most else "")
