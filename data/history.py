"""The history of metrics: who wrote which value, when, and from where. Append-only: nothing is changed or removed, in an SQLite file.

    with History(path) as history:          # or ":memory:"
        history.record(entries, today)      # what is new or differs from the last entry for the same value
        history.corrections()               # values that have been written more than once

A value taken out of the file gets an entry of its own, without number. The database itself refuses UPDATE and DELETE.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from data.errors import Fault, InputError
from data.observations import Observation
from data.readers.metrics import Entry
from data.texts import text

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT, indicator TEXT NOT NULL, date TEXT NOT NULL, dims TEXT NOT NULL, vintage TEXT NOT NULL,
    value REAL, unit TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL,
    recorded_by TEXT NOT NULL, recorded TEXT NOT NULL, seen TEXT NOT NULL, place TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""
_COLUMNS = "indicator, date, dims, vintage, value, unit, kind, source, note, recorded_by, recorded, seen, place"
_SAME = ("value", "unit", "kind", "source")
"""Fields that make an entry another than the one before it."""


@dataclass(frozen=True)
class Kept:
    """One entry of the history. value None: taken out of the file. recorded: by the writer; seen: the day the program read it."""

    indicator: str
    date: dt.date
    dims: str
    vintage: str
    value: float | None
    unit: str
    kind: str
    source: str
    note: str
    recorded_by: str
    recorded: dt.date
    seen: dt.date
    place: str

    @property
    def key(self) -> tuple[str, dt.date, str]:
        """What the entry is a value of: indicator, date and dims."""
        return self.indicator, self.date, self.dims

    def same(self, other: Kept) -> bool:
        """Return whether the other says the same."""
        return all(getattr(self, name) == getattr(other, name) for name in _SAME)


class History:
    """An open history. path: a file that is made if absent, or ":memory:"."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path)
            self._db.executescript(SCHEMA)
        except sqlite3.DatabaseError:
            name = Path(path).name
            raise InputError(Fault(name, text("history.broken"), text("history.broken_fix"))) from None

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def record(self, entries: Iterable[Entry], today: dt.date) -> int:
        """Add what is new, changed or taken out since the last time; return how many entries were added."""
        before: dict[tuple[str, dt.date, str], list[Kept]] = {}
        for old in self.entries():
            before.setdefault(old.key, []).append(old)
        written: dict[tuple[str, dt.date, str], list[Kept]] = {}
        for entry in entries:
            kept = _kept(entry, today)
            written.setdefault(kept.key, []).append(kept)
        added = 0
        with self._db:
            for key, news in written.items():
                added += self._add_new(before.get(key, []), news)
            for key in sorted(set(before) - set(written)):
                if before[key][-1].value is not None:
                    self._add(_taken_out(before[key][-1], today))
                    added += 1
        return added

    def _add_new(self, before: list[Kept], news: list[Kept]) -> int:
        """Add the entries of one value that the history lacks: an earlier one if it never stood there, the last if it differs."""
        fresh = [kept for kept in news[:-1] if not any(map(kept.same, before))]
        if fresh or not before or not before[-1].same(news[-1]):
            fresh.append(news[-1])
        for kept in fresh:
            self._add(kept)
        return len(fresh)

    def entries(self, indicator: str | None = None) -> list[Kept]:
        """Return every entry (of one indicator), oldest first."""
        where, values = ("WHERE indicator = ?", (indicator,)) if indicator else ("", ())
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM entry {where} ORDER BY id", values)
        return [_from_row(row) for row in rows]

    def corrections(self) -> dict[tuple[str, dt.date, str], list[Kept]]:
        """Return indicator, date and dims -> its entries, for values written more than once."""
        grouped: dict[tuple[str, dt.date, str], list[Kept]] = {}
        for entry in self.entries():
            grouped.setdefault(entry.key, []).append(entry)
        return {key: entries for key, entries in grouped.items() if len(entries) > 1}

    def _add(self, kept: Kept) -> None:
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        values = [value.isoformat() if isinstance(value, dt.date) else value for value in vars(kept).values()]
        self._db.execute(f"INSERT INTO entry ({_COLUMNS}) VALUES ({marks})", values)


def _from_row(row: tuple) -> Kept:
    fields = dict(zip(Kept.__dataclass_fields__, row, strict=True))
    return Kept(**{**fields, **{name: dt.date.fromisoformat(fields[name]) for name in ("date", "recorded", "seen")}})


def _kept(entry: Entry, today: dt.date) -> Kept:
    o = entry.observation
    return Kept(
        o.indicator,
        o.date,
        dims_text(o),
        o.vintage,
        float(o.value),
        o.unit,
        o.kind,
        o.source,
        entry.note,
        entry.recorded_by,
        entry.recorded or today,
        today,
        "; ".join(f"{link.file} {link.sheet or ''}:{','.join(map(str, link.rows))}" for link in o.rows),
    )


def dims_text(o: Observation) -> str:
    """Return the dims as key=value joined by ;."""
    return ";".join(f"{key}={value}" for key, value in o.dims)


def _taken_out(last: Kept, today: dt.date) -> Kept:
    return Kept(
        **{**vars(last), "value": None, "note": text("history.taken_out"), "recorded_by": "", "recorded": today, "seen": today}
    )
