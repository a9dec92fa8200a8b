"""nyckeltal.xlsx: values of indicators and own assessments, as a clerk wrote them. Every fault is told at once, with its row.

Sheet Nyckeltal (layers_status.METRICS): a row without value is skipped. A value that stands twice for the same day is a correction: the
later one is in force, and both are kept. Sheet Bedömningar (ASSESSMENTS) may be absent.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.assessments import Assessment
from data.errors import Fault, FaultCollector
from data.goals import VERDICTS, GoalBook
from data.indicators import Indicator, same_unit
from data.layers_status import ASSESSMENTS, KIND_WORDS, METRICS
from data.observations import KINDS, Observation, RowLink
from data.opening import require_file
from data.readers import cells
from data.readers.reading import Reading
from data.readers.spreadsheet import Broken, Sheet, fold, match_headings, read_table
from data.sources import Source, of_file, registry
from data.tables import Table
from data.texts import catalogue, language, text

PER_CENT = "%"
EXCEL_ZERO = dt.date(1899, 12, 30)
"""Day 0 of Excel's count, as it counts from March 1900 on."""
EXCEL_DAYS = range(25_569, 73_051)
"""1970 to 2099 as Excel counts days: a date whose cell lost its format."""
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True)
class Entry:
    """One value with who wrote it, when and why."""

    observation: Observation
    recorded_by: str = ""
    recorded: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class Metrics:
    """What the file holds: entries in the order they were written, assessments, and a source for each place named in Källa."""

    entries: tuple[Entry, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def observations(self) -> tuple[Observation, ...]:
        """The entries' observations."""
        return tuple(entry.observation for entry in self.entries)


def read(path: Path, book: GoalBook, *, example: bool = False) -> Reading[Metrics]:
    """Return the values and assessments in `path`; raise InputError with every fault. book: whose indicators and goals are known."""
    require_file(path)
    own = of_file(path, "example" if example else "metrics_file")
    sheets = read_table(path, known=[column.label for table in (METRICS, ASSESSMENTS) for column in table.columns])
    with FaultCollector() as faults:
        values, unknown = _values(sheets, path.name, faults)
        entries = tuple(_entries(values, book, own, faults)) if values else ()
        judged = tuple(_assessments(_rows_of(sheets, ASSESSMENTS, path.name), book, faults))
    ordered = tuple(sorted(entries, key=lambda entry: entry.recorded or dt.date.min))
    named = {entry.observation.source for entry in ordered} - {own.id} - set(registry())
    sources = (own, *(Source(name, name, own.publisher, file=path.name, licence=own.licence) for name in sorted(named)))
    warnings = tuple(text("metrics.unused", file=path.name, column=column) for column in unknown)
    return Reading(Metrics(ordered, judged, sources), own, (*warnings, *_small_shares(ordered)))


@dataclass(frozen=True)
class _Row:
    """One row: its cells by column name, and where it stands."""

    table: Table
    cells: Mapping[str, Any]
    file: str
    sheet: str | None
    number: int

    def fault(self, name: str, got: str, fix: str, expected: str | None = None) -> Fault:
        return Fault(self.file, got, fix, sheet=self.sheet, row=self.number, column=self.table[name].label, expected=expected)

    def read(self, name: str, convert: Callable[[Any], Any], kind: str, faults: FaultCollector) -> Any:
        """Return the converted cell; None where it is empty or cannot be understood, which is told."""
        cell = self.cells.get(name)
        try:
            if isinstance(cell, Broken):
                raise ValueError(cell)
            return convert(cell)
        except ValueError:
            got = text(f"metrics.{kind}", value=cells.as_text(cell) or "")
            faults.add(self.fault(name, got, text(f"metrics.{kind}_fix")))
            return None

    def said(self, name: str) -> str:
        return cells.as_text(self.cells.get(name)) or ""


def _values(sheets: list[Sheet], file: str, faults: FaultCollector) -> tuple[list[_Row], list[str]]:
    """Return the rows of the sheet of values, and headings nobody uses; a file without one is a fault unless it has assessments."""
    best = _best(sheets, METRICS)
    if best is None:
        if _best(sheets, ASSESSMENTS) is None:
            label = METRICS["indicator"].label
            faults.add(Fault(file, text("table.missing_column"), text("metrics.columns_fix"), column=label))
        return [], []
    return _rows(best, METRICS, file), [name for name, guess in match_headings(best.frame, METRICS).unknown.items() if guess]


def _best(sheets: list[Sheet], table: Table) -> Sheet | None:
    """Return the first sheet that has every column the table cannot do without."""
    wanted = {column.name for column in table.columns if column.required}
    return next((sheet for sheet in sheets if wanted <= set(match_headings(sheet.frame, table).matched)), None)


def _rows_of(sheets: list[Sheet], table: Table, file: str) -> list[_Row]:
    best = _best(sheets, table)
    return [] if best is None else _rows(best, table, file)


def _rows(sheet: Sheet, table: Table, file: str) -> list[_Row]:
    frame = match_headings(sheet.frame, table).frame
    return [_Row(table, row, file, sheet.name, int(number)) for number, row in frame.to_dict("index").items()]


def _entries(rows: list[_Row], book: GoalBook, own: Source, faults: FaultCollector) -> Iterator[Entry]:
    titles = {fold(word): item.id for item in book.indicators.values() for word in (item.id, item.sv, item.en)}
    for row in rows:
        if cells.is_empty(row.cells.get("value")):
            continue
        indicator = book.indicators.get(titles.get(fold(row.said("indicator")), ""))
        if indicator is None:
            faults.add(_unknown_indicator(row, titles))
            continue
        value = row.read("value", _share if same_unit(PER_CENT, indicator.unit) else cells.number, "number", faults)
        date = row.read("date", _day, "date", faults)
        kind = row.read("kind", _kind, "kind", faults)
        recorded = row.read("recorded", cells.date, "date", faults)
        dims = _dims(row, indicator, faults)
        _check_unit(row, indicator, faults)
        if date is None and not cells.is_empty(row.cells.get("date")):
            continue
        if date is None:
            faults.add(row.fault("date", text("metrics.no_date"), text("metrics.date_fix")))
        if value is None or date is None or kind is None:
            continue
        link = RowLink(row.file, (row.number,), row.sheet)
        observation = Observation(
            indicator.id,
            date,
            value,
            indicator.unit,
            row.said("source") or own.id,
            row.said("vintage"),
            kind=kind,
            dims=tuple(dims.items()),
            rows=(link,),
        )
        yield Entry(observation, row.said("recorded_by"), recorded, row.said("note"))


def _share(cell: Any) -> float | None:
    """Return a number of per cent, with or without its sign."""
    return cells.number(cell.strip().removesuffix(PER_CENT) if isinstance(cell, str) else cell)


def _small_shares(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield values of per cent under one: what Excel keeps of 27,9 % in a cell formatted as per cent is 0,279."""
    for entry in entries:
        seen = entry.observation
        if same_unit(PER_CENT, seen.unit) and 0 < abs(seen.value) < 1:
            link = seen.rows[0]
            got, fix = text("metrics.small", value=_plain(seen.value)), text("metrics.small_fix", value=_plain(100 * seen.value))
            yield str(Fault(link.file, got, fix, sheet=link.sheet, row=link.rows[0], column=METRICS["value"].label))


def _plain(value: float) -> str:
    shown = f"{value:g}"
    return shown.replace(".", ",") if language() == "sv" else shown


def _unknown_indicator(row: _Row, titles: Mapping[str, str]) -> Fault:
    said = row.said("indicator")
    guess = difflib.get_close_matches(fold(said), titles, n=1, cutoff=0.7)
    fix = text("metrics.indicator_guess", guess=titles[guess[0]]) if guess else text("metrics.indicator_fix")
    return row.fault("indicator", text("metrics.indicator", value=said), fix)


def _check_unit(row: _Row, indicator: Indicator, faults: FaultCollector) -> None:
    unit = row.said("unit")
    if unit and not same_unit(unit, indicator.unit):
        fix = text("metrics.unit_fix", unit=indicator.unit)
        faults.add(row.fault("unit", text("metrics.unit", value=unit), fix, expected=indicator.unit))


def _day(cell: Any) -> dt.date | None:
    """Return the day of a cell; a year alone means its last day, and a number is Excel's own count of days."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell in EXCEL_DAYS:
        return EXCEL_ZERO + dt.timedelta(days=int(cell))
    if _YEAR.fullmatch(cells.as_text(cell) or ""):
        return dt.date(int(cells.as_text(cell) or ""), 12, 31)
    return cells.date(cell)


def _kind(cell: Any) -> str:
    """Return the kind of observation a word means; an empty cell is a final value."""
    said = fold(cells.as_text(cell) or "")
    if not said:
        return "measured"
    for kind in KINDS:
        if said in {fold(word) for word in (kind, KIND_WORDS[kind], *catalogue()[f"metrics.kind_words.{kind}"]["sv"].split())}:
            return kind
    raise ValueError(cell)


def _dims(row: _Row, indicator: Indicator, faults: FaultCollector) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in row.said("dims").split(";"))):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        known = indicator.dims.get(key)
        if not sign or known is None or ("*" not in known.values and value not in known.values):
            allowed = "; ".join(f"{name}={'|'.join(dim.values)}" for name, dim in indicator.dims.items()) or "–"
            faults.add(row.fault("dims", text("metrics.dims", value=part), text("metrics.dims_fix"), expected=allowed))
        found[key] = value
    lacking = [name for name, dim in indicator.dims.items() if not dim.default and name not in found]
    if lacking:
        said = text("metrics.dims_missing", names=", ".join(lacking))
        allowed = "; ".join(f"{name}={'|'.join(indicator.dims[name].values)}" for name in lacking)
        faults.add(row.fault("dims", said, text("metrics.dims_fix"), expected=allowed))
    return found


def _assessments(rows: list[_Row], book: GoalBook, faults: FaultCollector) -> Iterator[Assessment]:
    ids = {goal.id for goal in book.goals}
    for row in rows:
        if cells.is_empty(row.cells.get("verdict")):
            continue
        verdict = row.read("verdict", lambda cell: _verdict(cell, book), "verdict", faults)
        date = row.read("date", _day, "date", faults)
        recorded = row.read("recorded", cells.date, "date", faults)
        goal = row.said("goal")
        if goal not in ids:
            faults.add(
                row.fault("goal", text("metrics.goal", value=goal), text("metrics.goal_fix"), expected=", ".join(sorted(ids)))
            )
        elif verdict is not None and date is not None:
            link = RowLink(row.file, (row.number,), row.sheet)
            words = (row.said(name) for name in ("reason", "body", "recorded_by"))
            yield Assessment(goal, date, verdict, *words, recorded=recorded, rows=(link,))


def _verdict(cell: Any, book: GoalBook) -> str:
    said = fold(cells.as_text(cell) or "")
    for verdict in VERDICTS:
        words = {verdict, book.scale.get(verdict, verdict), *catalogue()[f"maps.status.{verdict}"].values()}
        if said in {fold(word) for word in words}:
            return verdict
    raise ValueError(cell)
