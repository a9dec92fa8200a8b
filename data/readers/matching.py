"""koppling.xlsx: facilities that found no building, with three candidates each, for a person to settle; written, edited, read back.

The joining itself is `data.matching.match`, reachable from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from data import sources
from data.errors import Fault, FaultCollector
from data.layers_register import CORRECTIONS
from data.matching import NO_BUILDING, Matching, match
from data.readers.cells import as_text, fold
from data.readers.facilities import joined_ids
from data.readers.reading import Reading
from data.readers.spreadsheet import Synonyms, known_headings, match_headings, read_table
from data.sources import Source
from data.tables import validate
from data.texts import text

__all__ = ["Matching", "match", "read_corrections", "write_corrections"]

TO_SETTLE, SETTLED = "Koppling", "Kopplade"
CANDIDATE, CANDIDATE_ID = "Kandidat {n}", "Kandidat {n} id"
NO_WORDS = tuple(map(fold, (NO_BUILDING, "inga", "saknas", "ingen byggnad", "none")))
NOTES = ("matching.note_1", "matching.note_2")


def read_corrections(path: Path, *, source: Source | str = "own_file") -> Reading[pd.DataFrame]:
    """Return what a person has chosen, satisfying CORRECTIONS: facilities whose column Val is filled in; index = row in `sheet`.

    Val is building ids joined by ;, the number of a candidate, or `ingen`. Every sheet is read. Raises InputError with every fault.
    """
    table = _WithRows()
    with FaultCollector() as faults:
        for sheet in read_table(path, known=known_headings(CORRECTIONS, Synonyms.of("koppling"))):
            frame = match_headings(sheet.frame, CORRECTIONS, Synonyms.of("koppling")).frame
            if {"facility_id", "choice"} <= set(frame.columns):
                for row in frame.index:
                    choice, wrong = _choice(frame["choice"][row], sheet.frame.loc[row])
                    if wrong:
                        place = {"sheet": sheet.name, "row": int(row), "column": CORRECTIONS["choice"].label}
                        faults.add(Fault(path.name, wrong, text("matching.unknown_building_fix"), **place))
                    elif choice is not None:
                        table.add((int(row), sheet.name), as_text(frame["facility_id"][row]), choice or None)
    result = validate(table.frame(), CORRECTIONS, file=path.name, rows=table.rows())
    result = result.assign(sheet=table.sheets).set_axis(table.numbers, axis=0)
    result.attrs["file"] = path.name
    return Reading(result, sources.of_file(path, source))


class _WithRows:
    """Rows from several sheets, each with its number."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.sheets: list[str | None] = []
        self._rows: list[tuple[str | None, str | None]] = []

    def add(self, place: tuple[int, str | None], facility: str | None, choice: str | None) -> None:
        """Keep one row and where it stood: row and sheet."""
        self.numbers.append(place[0])
        self.sheets.append(place[1])
        self._rows.append((facility, choice))

    def frame(self) -> pd.DataFrame:
        """Return the rows in order."""
        return pd.DataFrame(self._rows, columns=CORRECTIONS.names, dtype=object)

    def rows(self) -> pd.Series:
        """Return position -> number of the row in its sheet."""
        return pd.Series(self.numbers, dtype="int64")


def _choice(cell: Any, row: pd.Series) -> tuple[str | None, str]:
    """Return the ids a cell chooses ("" for none at all, None for an empty cell), and what is wrong with it."""
    said = as_text(cell)
    if said is None:
        return None, ""
    if fold(said) in NO_WORDS:
        return "", ""
    chosen = []
    for each in (joined_ids(said) or "").split(";"):
        if each.isdigit() and len(each) == 1:
            candidate = as_text(row.get(CANDIDATE_ID.format(n=each)))
            if candidate is None:
                return None, text("matching.no_choice", n=each, name=as_text(row.iloc[1]) or "")
            each = candidate  # noqa: PLW2901
        chosen.append(each)
    return ";".join(dict.fromkeys(chosen)), ""


def write_corrections(path: Path, matching: Matching) -> None:
    """Write koppling.xlsx: sheet Koppling (without a building, or corrected before) and sheet Kopplade (what was joined, and how)."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        _sheet(book, TO_SETTLE, _to_settle(matching))
        _sheet(book, SETTLED, _settled(matching))


def _to_settle(matching: Matching) -> pd.DataFrame:
    known = matching.facilities.set_index("facility_id")
    why = dict(zip(matching.unmatched["facility_id"], matching.unmatched["why"], strict=True))
    chosen = dict(zip(matching.corrections["facility_id"], matching.corrections["choice"], strict=True))
    rows = []
    for facility in [each for each in known.index if each in why or each in chosen]:
        choice = (chosen[facility] if isinstance(chosen[facility], str) else NO_BUILDING) if facility in chosen else None
        row = {
            "Anläggnings-id": facility,
            "Namn": known["name"][facility],
            "Fastighetsbeteckning": known["property_designation"][facility],
            "Varför": why.get(facility, text("matching.how.correction")),
            "Val": choice,
        }
        mine = matching.candidates[matching.candidates["facility_id"] == facility]
        for candidate in mine.itertuples():
            row[CANDIDATE.format(n=candidate.rank)] = _described(candidate, matching.about)
            row[CANDIDATE_ID.format(n=candidate.rank)] = candidate.building_id
        rows.append(row)
    columns = ["Anläggnings-id", "Namn", "Fastighetsbeteckning", "Varför", "Val"]
    return pd.DataFrame(rows, columns=[*columns, *(name.format(n=n) for n in (1, 2, 3) for name in (CANDIDATE, CANDIDATE_ID))])


def _described(candidate: Any, about: pd.DataFrame) -> str:
    building = about.loc[candidate.building_id]
    words = [building["name"], building["purpose"], building["property_designation"], f"{building['area_m2']:.0f} m²"]
    if pd.notna(candidate.distance_m):
        words.append(text("matching.away", m=f"{candidate.distance_m:.0f}"))
    if candidate.how:
        words += [_how(candidate.how), text("matching.score", score=f"{candidate.score:.2f}".replace(".", ","))]
    return ", ".join(str(word) for word in words if isinstance(word, str) and word)


def _how(how: str) -> str:
    return " + ".join(text(f"matching.how.{each}") for each in how.split("+"))


def _settled(matching: Matching) -> pd.DataFrame:
    names = matching.facilities.set_index("facility_id")["name"]
    named = matching.about["name"]
    rows = [
        {
            "Anläggnings-id": facility,
            "Namn": names[facility],
            "Byggnads-id": "; ".join(pairs["building_id"]),
            "Byggnadens namn": "; ".join(dict.fromkeys(named.reindex(pairs["building_id"]).dropna())),
            "Grund": "; ".join(dict.fromkeys(pairs["how"].map(_how))),
            "Poäng": round(float(pairs["score"].min()), 2),
            "Val": None,
        }
        for facility, pairs in matching.matches.groupby("facility_id", sort=False)
    ]
    return pd.DataFrame(rows, columns=["Anläggnings-id", "Namn", "Byggnads-id", "Byggnadens namn", "Grund", "Poäng", "Val"])


def _sheet(book: Any, name: str, frame: pd.DataFrame) -> None:
    page = book.add_worksheet(name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4f2ec", "bottom": 1})
    choice, score = book.add_format({"bg_color": "#fff6d6", "border": 1}), book.add_format({"num_format": "0.00"})
    for number, key in enumerate(NOTES):
        page.write_string(number, 0, text(key))
    top = len(NOTES) + 1
    for column, heading in enumerate(frame.columns):
        page.write_string(top, column, heading, head)
        page.set_column(column, column, {"Varför": 44, "Namn": 28}.get(heading, 44 if heading[:-2] == "Kandidat" else 22))
        for row, value in enumerate(frame[heading], start=top + 1):
            style = choice if heading == "Val" else None
            if isinstance(value, float) and pd.notna(value):
                page.write_number(row, column, value, score)
            elif isinstance(value, str):
                page.write_string(row, column, value[:32767], style)
            else:
                page.write_blank(row, column, None, style)
    page.freeze_panes(top + 1, 2)
    page.autofilter(top, 0, top + max(len(frame), 1), len(frame.columns) - 1)
