"""A corner of the example with every list, as a project of its own, and planting what must never be public in all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import small_project

from kil.project import example_folder

LISTS = (
    "fordon.xlsx",
    "ersattningar.xlsx",
    "tankningar.csv",
    "aktiviteter.xlsx",
    "organisationer.toml",
    "basar.xlsx",
    "faktorer.csv",
    "atgarder.xlsx",
    "utgavor.csv",
    "territoriet.csv",
    "goals.toml",
    "nyckeltal.xlsx",
    "priser.csv",
)
METER = "735999888777666555"
SECRETS = {
    "facility remark": "HEMLIG-ANMARKNING-7",
    "meter id": METER,
    "fuse": "4321.5",
    "subscribed power": "7654.5",
    "property": "HEMLIG FASTIGHET 1:77",
    "yearly use": "613579",
    "hidden facility": "HEMLIG-RESERVKRAFT-9",
    "hidden facility id": "F-HEMLIG-8",
    "meter value": "31415.9",
    "price contract": "0.0444777",
    "price source": "HEMLIG-AVTAL-3",
    "private plant": "HEMLIG-PRIVATANLAGGNING",
    "private owner": "Hemlig Husagare",
    "private lease": "PRK11B",
    "personal plate": "LJUSAS",
    "driver": "Hemlig Forarsson",
    "depot": "HEMLIG-DEPA-5",
    "cost centre": "HEMLIG-KST-6",
    "vehicle remark": "HEMLIG-FORDONSNOT-1",
    "card holder": "Hemlig Kortsson",
    "exemption reason": "HEMLIG-SKAL-1",
    "delegate": "Hemlig Delegatsson",
    "docket": "HEMLIG-DNR-2",
    "pair note": "HEMLIG-PARNOT-3",
    "activity place": "HEMLIG-PLATS-4",
    "invoice": "HEMLIG-FAKTURA-5",
    "base year basis": "HEMLIG-UNDERLAG-6",
    "measure basis": "HEMLIG-BESLUT-7",
    "metric author": "Hemlig Controllersson",
    "metric comment": "HEMLIG-KOMMENTAR-8",
    "assessment author": "Hemlig Bedomarsson",
}
UNREPEATED = {
    "driver",
    "card holder",
    "vehicle remark",
    "private owner",
    "private plant",
    "facility remark",
    "property",
    "fuse",
    "subscribed power",
    "yearly use",
    "meter value",
    "activity place",
    "invoice",
    "base year basis",
    "measure basis",
}
"""What not even the internal files repeat: never read (persons), or used in sums and checks alone."""


def make(folder: Path) -> Path:
    """Write a project with every list of the example on the corner of tests/small_project.py."""
    small_project.make(folder)
    for name in LISTS:
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    shutil.copytree(example_folder() / "indata" / "matvarden", folder / "indata" / "matvarden")
    return folder


def plant(folder: Path) -> str:
    """Put SECRETS where they belong in the lists, show private roofs; return the id of a private building whose owner objects."""
    indata = folder / "indata"
    _facilities(indata)
    _buildings(indata)
    _replace(indata / "matvarden" / "timvarden_2025.csv", ("735999100000001005", METER), (";158,6;", ";31415,9;"))
    _replace(
        indata / "priser.csv",
        ("electricity_markup;0,04;", "electricity_markup;0,0444777;"),
        ("påhittat elavtal", "HEMLIG-AVTAL-3"),
    )
    _replace(indata / "tankningar.csv", ("Prov Provsson", "Hemlig Kortsson"))
    _vehicles(indata / "fordon.xlsx")
    exemption = {"skäl": "HEMLIG-SKAL-1", "delegat": "Hemlig Delegatsson", "diarienummer": "HEMLIG-DNR-2"}
    _cells(indata / "ersattningar.xlsx", {"Anteckning": "HEMLIG-PARNOT-3"})
    _cells(indata / "ersattningar.xlsx", {f"Undantag: {name}": value for name, value in exemption.items()}, rows=slice(-2, None))
    _cells(
        indata / "aktiviteter.xlsx",
        {"Plats eller mätare": "HEMLIG-PLATS-4", "Fakturanummer": "HEMLIG-FAKTURA-5"},
        rows=slice(-3, None),
    )
    _cells(indata / "basar.xlsx", {"Underlag": "HEMLIG-UNDERLAG-6"})
    _cells(indata / "atgarder.xlsx", {"Underlag": "HEMLIG-BESLUT-7"})
    _cells(indata / "nyckeltal.xlsx", {"Inlagt av": "Hemlig Controllersson", "Kommentar": "HEMLIG-KOMMENTAR-8"})
    _cells(indata / "nyckeltal.xlsx", {"Inlagt av": "Hemlig Bedomarsson"}, sheet="Bedömningar")
    return _private(folder)


def _facilities(indata: Path) -> None:
    path = indata / "fastigheter.xlsx"
    frame = pd.read_excel(path, engine="calamine", dtype=str)
    frame["Anmärkning"], frame["Säkring (A)"], frame["Abonnerad effekt (kW)"] = "HEMLIG-ANMARKNING-7", "4321.5", "7654.5"
    frame["Fastighetsbeteckning"] = "HEMLIG FASTIGHET 1:77"
    school = frame["Anläggnings-id"] == "F-001"
    frame.loc[school, ["Mätar-id", "Elanvändning (kWh/år)"]] = METER, "613579"
    hidden = frame["Anläggnings-id"] == "F-005"
    frame.loc[hidden, ["Anläggnings-id", "Namn", "Publicera"]] = "F-HEMLIG-8", "HEMLIG-RESERVKRAFT-9", "nej"
    frame.to_excel(path, sheet_name="Fastigheter", index=False)


def _buildings(indata: Path) -> None:
    frame = gpd.read_file(indata / "byggnader.gpkg")
    for column in ("agare", "owner", "lagfaren_agare"):
        frame[column] = "Hemlig Husagare"
    frame.to_file(indata / "byggnader.gpkg", layer="byggnad")


def _private(folder: Path) -> str:
    """Show private roofs but one; put a private plant on another."""
    indata = folder / "indata"
    facilities = pd.read_excel(indata / "fastigheter.xlsx", engine="calamine", dtype=str)
    ours = {id_ for cell in facilities["Byggnads-id"].dropna() for id_ in cell.split(";")}
    private = [id_ for id_ in gpd.read_file(indata / "byggnader.gpkg")["objektidentitet"] if id_ not in ours]
    plants = pd.read_excel(indata / "anlaggningar.xlsx", engine="calamine", dtype=str)
    row = {"Id": "S-99", "Namn": "HEMLIG-PRIVATANLAGGNING", "Byggnads-id": private[1], "Ägare": "Hemlig Husagare"}
    row |= {"Toppeffekt (kW)": "7", "I drift": "2024-01-01", "Form": "own"}
    pd.concat([plants, pd.DataFrame([row])]).to_excel(indata / "anlaggningar.xlsx", sheet_name="Solceller", index=False)
    config = folder / "kil.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}\n[solar]\npublish_private = true\nprivate_objections = ["{private[0]}"]\n', encoding="utf-8")
    return private[0]


def _vehicles(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    wanted = {
        "Förare": "Hemlig Forarsson",
        "Driver": "Hemlig Forarsson",
        "Depå/plats": "HEMLIG-DEPA-5",
        "Kostnadsställe": "HEMLIG-KST-6",
        "Anmärkning": "HEMLIG-FORDONSNOT-1",
    }
    for sheet in book.worksheets:
        _fill(sheet, wanted, slice(None))
    book.save(path)


def _cells(path: Path, wanted: dict[str, str], *, sheet: str | None = None, rows: slice = slice(None)) -> None:
    book = openpyxl.load_workbook(path)
    _fill(book[sheet] if sheet else book.worksheets[0], wanted, rows)
    book.save(path)


def _fill(sheet, wanted: dict[str, str], rows: slice) -> None:
    """Write `wanted` (heading: value) in the rows under the sheet's row of headings."""
    columns, start = {}, 0
    for row in sheet.iter_rows(max_row=4):
        found = {cell.value: cell.column for cell in row if cell.value in wanted}
        if found:
            columns, start = found, row[0].row
    for number in range(start + 1, sheet.max_row + 1)[rows]:
        for heading, column in columns.items():
            sheet.cell(number, column).value = wanted[heading]


def _replace(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8-sig")
    for old, new in pairs:
        assert old in text, (path.name, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
