"""The municipality's workbooks: facilities and plants, with Swedish headings, gaps, and the ways a real list fails to match."""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from data.example.town import Building, Town
from data.layers import FACILITIES, PLANTS
from data.tables import Table

MADE = dt.datetime(2026, 3, 1, 8, 0, 0)
WORDS = {"ok": "ok", "no": "hinder", "unknown": "okänt", True: "ja", False: "nej"}
SCORED = ("asbestos", "structure", "heritage", "defence", "grid_limit", "rented", "to_be_sold")


def load() -> dict[str, Any]:
    """Return lists.toml."""
    return tomllib.loads((files("data") / "example" / "lists.toml").read_text(encoding="utf-8"))


def facility_rows(town: Town) -> list[dict[str, Any]]:
    """Return the facility list by contract column: what each row knows of itself, and no more."""
    lists, by_key = load(), {b.key: b for b in town.buildings}
    return [_facility(entry, [by_key[key] for key in entry["on"]], lists["owners"], town) for entry in lists["facility"]]


def _facility(entry: dict[str, Any], on: list[Building], owners: dict[str, str], town: Town) -> dict[str, Any]:
    row = {key: value for key, value in entry.items() if key not in ("on", "known_by")} | {"owner": owners[entry["owner"]]}
    row |= {key: WORDS[row[key]] for key in SCORED if key in row}
    how = entry["known_by"]
    if how == "ids":
        row["building_ids"] = ";".join(b.identity for b in on)
    if how in ("ids", "property"):
        row["property_designation"] = on[0].property_designation
    if how == "coordinates":
        middle = on[0].facade.representative_point()
        row |= {"x": round(town.corner[0] + middle.x, 1), "y": round(town.corner[1] + middle.y, 1)}
    return row


def plant_rows(town: Town) -> list[dict[str, Any]]:
    """Return the plants already built or decided by contract column."""
    lists, by_key = load(), {b.key: b for b in town.buildings}
    rows = []
    for entry in lists["plant"]:
        row = {key: value for key, value in entry.items() if key != "on"} | {"owner": lists["owners"][entry["owner"]]}
        if "on" in entry:
            row["building_id"] = by_key[entry["on"]].identity
        rows.append(row)
    return rows


def write(town: Town, folder: Path) -> None:
    """Write fastigheter.xlsx and anlaggningar.xlsx."""
    _workbook(folder / "fastigheter.xlsx", "Fastigheter", FACILITIES, facility_rows(town))
    _workbook(folder / "anlaggningar.xlsx", "Solceller", PLANTS, plant_rows(town))


def _workbook(path: Path, sheet: str, table: Table, rows: list[dict[str, Any]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "EXEMPELDATA", "comments": "Påhittad kommun", "created": MADE})
        page = book.add_worksheet(sheet)
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 2)
        for column, contract in enumerate(table.columns):
            page.write_string(0, column, contract.label, bold)
            page.set_column(column, column, max(len(contract.label) + 2, 12))
            for number, row in enumerate(rows, start=1):
                value = row.get(contract.name)
                if isinstance(value, dt.date):
                    page.write_datetime(number, column, value, day)
                elif value is not None:
                    page.write(number, column, value)
