"""EXEMPELDATA: nyckeltal.xlsx and goals.toml of the invented municipality, from metrics.toml, goals_own.toml and the nineteen wordings."""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from data.example.lists import MADE
from data.layers_status import ASSESSMENTS, KIND_WORDS, METRICS
from data.tables import Table

CHOICE = (
    'who = "kil-klimat", date = 2026-11-24,',
    'who = "Kommunstyrelsen", date = 2024-03-05, decision = "Kommunstyrelsen 5 mars 2024 § 31 (påhittat)",',
)
RANKED = (
    'who = "1715"\namong = ["1715", "1780", "1761", "1763", "1764"]\n'
    'names = { "1715" = "Kil", "1780" = "Karlstad", "1761" = "Hammarö", "1763" = "Forshaga", "1764" = "Grums" }',
    'who = "9901"\namong = ["9901", "9902", "9903", "9904", "9905"]\n'
    'names = { "9901" = "Ljusåsa", "9902" = "Norrbygd", "9903" = "Västvik", "9904" = "Södermark", "9905" = "Mellansjö" }',
)
AMENDED = (
    'text = "Antalet digitala tjänster ska år 2026 vara fler jämfört med år 2022."\nindicator = "digital_services"\n'
    'rule = { kind = "change", op = ">", base_year = 2022, year = 2026 }\n',
    'text = "Antalet digitala tjänster ska år 2026 vara minst 25 procent fler jämfört med år 2022."\nindicator = "digital_services"\n'
    'rule = { kind = "change", op = ">=", base_year = 2022, by = 25, how = "relative", year = 2026 }\n'
    "version = 2\nvalid_from = 2025-06-17\n"
    'amended = { sv = "Fler blev minst 25 procent fler.", en = "More became at least 25 per cent more." }\n',
)
UNION = ('chosen = "organic"', 'chosen = "union"')
NAMES = (
    ("# Kils kommuns 19 strategiska mål 2024-2026 as decided on 19 December 2023,", "# EXEMPELDATA: Ljusåsa finns inte. Goals"),
    ("Karlstadsregionens bästa", "Mellanskogsregionens bästa"),
    (
        "Karlstadsregionen är Kil, Karlstad, Hammarö, Forshaga och Grums (Koladas grupp G166468).",
        "Regionens kommuner är påhittade.",
    ),
    ("The Karlstad region is Kil, Karlstad, Hammarö, Forshaga and Grums (Kolada's group G166468).", "The region is invented."),
    ("Kils kommuns", "Ljusåsa kommuns"),
    ("Kils kommun", "Ljusåsa kommun"),
    ("centrala Kil", "centrala Ljusåsa"),
    ("central Kil", "central Ljusåsa"),
    (" (antaget)", ""),
    ('"Kommunfullmäktige 19 december 2023"', '"Kommunfullmäktige 19 december 2023 (påhittat)"'),
)
"""What is said otherwise in the invented municipality's goals than in the shipped ones."""


def load() -> dict[str, Any]:
    """Return metrics.toml: values, assessments and the truth."""
    return tomllib.loads((files("data") / "example" / "metrics.toml").read_text(encoding="utf-8"))


def write(indata: Path) -> None:
    """Write nyckeltal.xlsx and goals.toml into `indata`."""
    told = load()
    sheets = [
        ("Nyckeltal", METRICS, [_value(row) for row in told["value"]]),
        ("Bedömningar", ASSESSMENTS, [_assessment(row) for row in told["assessment"]]),
    ]
    _workbook(indata / "nyckeltal.xlsx", sheets)
    (indata / "goals.toml").write_text(goals_text(), encoding="utf-8", newline="\n")


def goals_text() -> str:
    """Return the goals: the nineteen wordings with the invented names, M1 in two versions, and Ljusåsa's own."""
    reference = (files("data") / "reference" / "goals.toml").read_text(encoding="utf-8")
    own = (files("data") / "example" / "goals_own.toml").read_text(encoding="utf-8")
    before, after = AMENDED
    start = reference.index('[[goals]]\nid = "M1"')
    first = reference[start : reference.index("[[goals]]", start + 1)]
    both = first + first.replace(before, after)
    text = reference.replace(first, both)
    for old, new in (CHOICE, RANKED, UNION, *NAMES):
        assert old in text, old
        text = text.replace(old, new)
    return text + own


def _value(row: list) -> dict[str, Any]:
    goal, indicator, date, value, *more = row
    extra = more[0] if more else {}
    return {
        "goal": goal,
        "indicator": indicator,
        "date": date,
        "value": value,
        "dims": extra.get("dims"),
        "kind": KIND_WORDS[extra.get("kind", "measured")],
        "vintage": extra.get("vintage"),
        "source": extra.get("source", f"Påhittad uppgift, {goal}"),
        "recorded_by": extra.get("by", "D. Sund"),
        "recorded": extra.get("written", dt.date(2026, 11, 16)),
        "note": extra.get("note"),
    }


def _assessment(row: list) -> dict[str, Any]:
    names = ("goal", "date", "verdict", "reason", "body", "recorded_by", "recorded")
    return dict(zip(names, row, strict=True))


def _workbook(path: Path, sheets: list[tuple[str, Table, list[dict[str, Any]]]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "EXEMPELDATA", "comments": "Påhittad kommun", "created": MADE})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table, rows in sheets:
            page = book.add_worksheet(name)
            page.write_string(0, 0, "EXEMPELDATA: påhittade tal för en påhittad kommun.")
            columns = [column for column in table.columns if column.name not in ("title", "holder", "unit")]
            for number, column in enumerate(columns):
                page.write_string(2, number, column.label, bold)
                page.set_column(number, number, max(len(column.label) + 2, 14))
                for line, row in enumerate(rows, start=3):
                    _cell(page, (line, number), row.get(column.name), day)
            page.freeze_panes(3, 2)


def _cell(page: Any, place: tuple[int, int], value: Any, day: Any) -> None:
    if isinstance(value, dt.date):
        page.write_datetime(*place, dt.datetime.combine(value, dt.time()), day)
    elif value is not None:
        page.write(*place, value)
