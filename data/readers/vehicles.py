"""The fleet manager's list: any headings in any order, several sheets or files, one list with dates or one list a year.

    reading = read(path)            # a workbook, a csv, or a folder of yearly lists
    reading.data.rows               # VEHICLE_ROWS
    reading.data.faults             # every fault with file, sheet, row, column and what to do; none of them stops the run
    reading.data.dropped            # headings that were not read (never those that name a person)

A cell that cannot be understood becomes unknown and a fault; only a file that holds no list of vehicles at all is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.layers_fleet import VEHICLE_LIST, VEHICLE_ROWS
from data.readers import fleetaggregate, plates
from data.readers.cells import as_text, fold
from data.readers.columns import Cells, Distinct, Place, combined, empty
from data.readers.fleetcells import day, exact_day, flag, ordinary_plates, plate, quantity
from data.readers.fleetwords import codes, eu_class, fuels, guess, names_person, vehicle_class, words
from data.readers.reading import Reading
from data.readers.spreadsheet import Headings, Sheet, Synonyms, match_headings, read_table
from data.readers.tablefile import TEXTS, WORKBOOKS, collector_paused
from data.sources import of_file
from data.tables import validate
from data.texts import text

MIN_HEADINGS = 3
"""A sheet with fewer recognised headings than this is no list of vehicles."""
_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d{2})(?:[-_. ]?(\d{2})[-_. ]?(\d{2}))?(?!\d)")
_FLAGS = ("leasing", "plug_in", "hvo100", "emergency", "other_authority", "private")
_NUMBERS = ("weight_kg", "co2_g_km", "rde_percent", "odometer_km", "annual_km")
_DAYS = ("first_registered", "ordered", "in_date", "out_date", "lease_end", "snapshot")
FUEL_CELLS = ("fuel", "fuel_1", "fuel_2", "fuel_3")
_TEXTS = ("company", "unit", "use", "depot", "make", "model")


@dataclass(frozen=True)
class VehicleList:
    """A list as read: rows (VEHICLE_ROWS), faults, headings not read, and totals where the file holds those instead (else None)."""

    rows: pd.DataFrame
    faults: tuple[Fault, ...] = ()
    dropped: tuple[str, ...] = ()
    totals: pd.DataFrame | None = None


def read(path: Path) -> Reading[VehicleList]:
    """Return the list in a file, or in every file of a folder; raise InputError if none of it is a list of vehicles."""
    with collector_paused():
        return _read(path)


def _read(path: Path) -> Reading[VehicleList]:
    files = _files(path)
    sheets = [(file, sheet) for file in files for sheet in read_table(file, known=_known_headings())]
    totals = [table for _, sheet in sheets if (table := fleetaggregate.table(sheet.frame)) is not None]
    lists = [_Sheet.of(file, sheet) for file, sheet in sheets if not fleetaggregate.is_aggregate(sheet.frame)]
    lists = [each for each in lists if len(each.found.matched) >= MIN_HEADINGS and "registration" in each.found.matched]
    if not lists and not totals:
        expected = ", ".join(VEHICLE_LIST[name].label for name in ("registration", "class", "fuel", "in_date"))
        raise InputError(Fault(path.name, text("fleet.list.none"), text("fleet.list.none_fix"), expected=expected))
    read_sheets = [_rows(each, snapshot) for each, snapshot in zip(lists, _snapshots(lists), strict=True)]
    frame = pd.concat([rows for rows, _ in read_sheets], ignore_index=True) if read_sheets else _no_rows()
    faults = tuple(fault for _, found in read_sheets for fault in found)
    dropped = tuple(line for each in lists for line in each.dropped())
    data = VehicleList(
        validate(frame, VEHICLE_ROWS, file=path.name, rows=frame["row"]),
        faults,
        dropped,
        pd.concat(totals, ignore_index=True) if totals else None,
    )
    return Reading(data, of_file(files[0], "own_file"), (*map(str, faults), *dropped))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(
        file for file in path.iterdir() if file.suffix.lower() in WORKBOOKS | TEXTS and not file.name.startswith(("~", "."))
    )
    if not files:
        raise InputError(Fault(path.name, text("fleet.list.empty_folder"), text("fleet.list.none_fix")))
    return files


def _synonyms() -> Synonyms:
    return Synonyms(columns=words()["columns"])


def _known_headings() -> list[str]:
    known = [word for spelled in words()["columns"].values() for word in spelled]
    factors = [word for spelled in words()["factors"].values() for word in spelled]
    return [*known, *factors, *(name for c in VEHICLE_LIST.columns for name in (c.label, c.name)), *fleetaggregate.HEADINGS]


@dataclass(frozen=True)
class _Sheet:
    """One sheet with its headings recognised."""

    file: str
    sheet: Sheet
    found: Headings

    @classmethod
    def of(cls, file: Path, sheet: Sheet) -> _Sheet:
        renamed = {}
        for column, spelled in words()["factors"].items():
            for heading in sheet.frame.columns:
                if fold(str(heading)) in map(fold, spelled):
                    renamed[heading] = f"{VEHICLE_LIST[column].label.split(' (')[0]} (mil)"
        frame = sheet.frame.rename(columns=renamed)
        return cls(file.name, sheet, match_headings(frame, VEHICLE_LIST, _synonyms()))

    def dropped(self) -> Iterator[str]:
        """Return one line a heading that was not read."""
        for heading, near in self.found.unknown.items():
            kind = "person" if names_person(heading) else "guess" if near else "plain"
            place = self.file if self.sheet.name is None else f"{self.file}, {self.sheet.name}"
            yield text(f"fleet.list.dropped_{kind}", file=place, column=heading, guess=near)


def _name_date(name: str) -> pd.Timestamp | None:
    """Return the day a sheet's or file's name tells: 2022-12-31, 20221231, or the last day of a year."""
    found = _DATE_IN_NAME.search(name)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        return pd.Timestamp(int(year), int(month or 12), int(day or 31))
    except ValueError:
        return pd.Timestamp(int(year), 12, 31)


def _snapshots(lists: Sequence[_Sheet]) -> list[pd.Timestamp | None]:
    """Return the day each sheet describes, where the names of the sheets or files tell several."""
    days = [_name_date(each.sheet.name or "") or _name_date(Path(each.file).stem) for each in lists]
    several = len({day for day in days if day is not None}) > 1
    return [day if several and "snapshot" not in each.found.matched else None for each, day in zip(lists, days, strict=True)]


def _rows(source: _Sheet, snapshot: pd.Timestamp | None) -> tuple[pd.DataFrame, list[Fault]]:
    """Return one sheet as VEHICLE_ROWS (not validated yet) and its faults."""
    place = Place(source.file, source.sheet.name)
    cells = Cells(_without_sums(source.found.frame), VEHICLE_LIST, place, prefix="fleet.list")
    flags = {name: cells.distinct(name, flag, "flag") for name in _FLAGS}
    numbers = {name: pd.Series(cells.column(name, quantity, "number", "float64")) for name in _NUMBERS}
    days = {
        name: pd.Series(cells.column(name, exact_day if name == "ordered" else day, "date", "datetime64[ns]")) for name in _DAYS
    }
    texts = {name: cells.distinct(name, as_text, "text") for name in _TEXTS}
    for name, factor in source.found.factors.items():
        numbers[name] = numbers[name] * factor
    registration, plate_kind = _plates(cells)
    kinds = _kinds(cells, numbers["weight_kg"], texts["use"])
    fuel = _fuels(cells, flags)
    frame = pd.DataFrame(
        {
            "registration": registration,
            "plate": plate_kind,
            **{name: values.series() for name, values in texts.items()},
            **kinds,
            **_tenure(cells, flags, days["lease_end"]),
            **fuel,
            "co2_g_km": _bounded(cells, "co2_g_km", numbers["co2_g_km"]),
            "rde_percent": _bounded(cells, "rde_percent", numbers["rde_percent"]),
            "status": _coded(cells, "status", "status", "unknown").series(),
            **_distances(cells, numbers),
            "emergency": _any(kinds["emergency"], flags["emergency"].array()),
            "other_authority": _any(flags["other_authority"].array()),
            "replaces": cells.distinct("replaces", plate, "text", quick=ordinary_plates).series(),
            **days,
        }
    )
    frame["snapshot"] = _snapshot_column(frame, snapshot)
    frame["company"] = frame["company"].fillna(_company_of(source)) if _company_of(source) else frame["company"]
    place = {
        "file": source.file,
        "sheet": pd.Series(source.sheet.name, frame.index, dtype="string"),
        "row": cells.index,
    }
    _tell_missing(cells, frame)
    return frame.assign(**place), cells.faults


def _without_sums(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those that sum the list: a word for a sum instead of a number, and no class or fuel."""
    told = [empty(frame[name]) for name in ("class", "eu_class", *FUEL_CELLS) if name in frame.columns]
    bare = frame.loc[np.logical_and.reduce(told) if told else np.ones(len(frame), bool), "registration"]
    sums = bare.map(lambda cell: fold(as_text(cell) or "").startswith(tuple(words()["sums"]["words"])))
    return frame.drop(index=sums.index[sums.astype(bool)]) if sums.any() else frame


def _plates(cells: Cells) -> tuple[pd.Series, pd.Series]:
    ordinary: dict[str, str] = {}

    def quick(typed: list[Any]) -> list[str | None]:
        numbers, kinds = plates.ordinaries(typed)
        ordinary.update(zip(numbers, kinds, strict=True))
        return [number if kind else None for number, kind in zip(numbers, kinds, strict=True)]

    found = cells.distinct("registration", plate, "text", quick=quick)
    kinds = found.map(lambda each: ordinary.get(each) or plates.kind(each or ""))
    bad = {plate for plate, kind in zip(found.values, kinds.values, strict=True) if kind == "invalid"}
    cells.tell("registration", "plate", _rows_of(cells, found, bad), _plate_hint)
    return found.series(), kinds.series()


def _rows_of(cells: Cells, column: Distinct, values: Collection[Any]) -> list[tuple[int, Any]]:
    """Return (row in the file, value) of the rows that hold one of `values`."""
    return [(int(cells.index[row]), column.values[column.position[row]]) for row in column.where(values)]


def _plate_hint(plate: str) -> str:
    other = plates.suggestion(plate)
    return text("fleet.hint", guess=other) if other else ""


def _coded(cells: Cells, name: str, table: str, default: str | None) -> Distinct:
    """Return a column's words as codes of `table`; an unknown word is told, with the nearest known one."""
    known = codes(table)
    said = cells.distinct(name, as_text, "text")
    strange = {word for word in said.values if word and known.get(fold(word)) is None}
    cells.tell(name, "word", _rows_of(cells, said, strange), lambda word: _hint(word, table))
    return said.map(lambda word: (known.get(fold(word)) if word else None) or default)


def _hint(word: str, table: str) -> str:
    near = guess(word, table)
    return text("fleet.hint", guess=near) if near else ""


def _kinds(cells: Cells, weight: pd.Series, use: Distinct) -> dict[str, Any]:
    """Return vehicle_class, eu_class and whether the words for class or use tell of an emergency vehicle."""
    said = _coded(cells, "class", "class", None)
    stated = cells.distinct("eu_class", as_text, "text")
    position, kilograms = pd.factorize(weight)
    weights = Distinct(position + 1, [None, *kilograms.tolist()])
    eu = combined([stated, said, weights], eu_class)
    classes = combined([said, eu, weights], vehicle_class)
    urgent = codes("use")
    called = use.map(lambda word: bool(word) and fold(word) in urgent).array("bool")
    emergency = said.map(lambda code: code == "emergency").array("bool") | called
    return {"vehicle_class": classes.series(), "eu_class": eu.series(), "emergency": emergency}


def _tenure(cells: Cells, flags: dict[str, Distinct], lease_end: pd.Series) -> dict[str, Any]:
    """Return tenure and private: the word, else the yes or no of `leasing`, else leased where a lease ends."""
    said = _coded(cells, "tenure", "tenure", "unknown")
    private = _any(said.map(lambda code: code == "private").array(), flags["private"].array())
    told = combined([said, flags["leasing"]], _owned_or_leased).series()
    return {"tenure": told.mask((told == "unknown") & lease_end.notna(), "leased"), "private": private}


def _owned_or_leased(said: str, leasing: bool | None) -> str:
    if said == "unknown" and leasing is not None:
        return "leased" if leasing else "owned"
    return "leased" if said == "private" else said


def _any(*flags: Iterable) -> pd.Series:
    parts = [np.asarray(flag, object) == True for flag in flags]  # noqa: E712 - None is no
    return pd.Series(np.logical_or.reduce(parts), dtype="boolean")


def _fuels(cells: Cells, flags: dict[str, Distinct]) -> dict[str, Any]:
    """Return fuel_1..3, plug_in and hvo100 from the columns for fuel, for electric vehicles, and their yes and no."""
    said = [cells.distinct(name, as_text, "text") for name in FUEL_CELLS]
    electric = _coded(cells, "electric", "electric", None)
    found = combined([*said, electric, flags["plug_in"], flags["hvo100"]], _one_fuel)
    _tell_fuels(cells, said)
    columns = {f"fuel_{n + 1}": found.map(lambda each, n=n: each[0][n]).series() for n in range(3)}
    return columns | {
        "plug_in": found.map(lambda each: each[1]).series("boolean"),
        "hvo100": found.map(lambda each: each[2]).series("boolean"),
    }


def _one_fuel(  # noqa: PLR0917 - the seven cells of one vehicle that tell of fuel
    one: str | None,
    first: str | None,
    second: str | None,
    third: str | None,
    electric: str | None,
    plug: bool | None,
    hvo: bool | None,
) -> tuple[tuple[str | None, ...], bool | None, bool | None]:
    parts = [fuels(word) for word in (one, first, second, third) if word]
    known = [code for part in parts for code in part.codes]
    said_plug = next((part.plug_in for part in parts if part.plug_in is not None), None)
    said_hvo = True if any(part.hvo100 for part in parts) else None
    if electric == "battery" and not known:
        known = ["electric"]
    elif electric in ("plug_in", "hybrid"):
        known = [*known, "electric"]
        said_plug = electric == "plug_in"
    known = list(dict.fromkeys(known))
    combustion = [code for code in known if code not in ("electric", "unspecified")]
    if combustion:
        known = [code for code in known if code != "unspecified"]
    elif known == ["electric"] and (said_plug is not None or plug is False):
        known = ["electric", "unspecified"]
    if known == ["electric"]:
        said_plug = True
    chosen_plug = said_plug if said_plug is not None else plug
    return tuple([*known[:3], None, None, None][:3]), chosen_plug, hvo if hvo is not None else said_hvo


def _tell_fuels(cells: Cells, said: Sequence[Distinct]) -> None:
    for name, column in zip(FUEL_CELLS, said, strict=True):
        strange = column.map(lambda word: next(iter(fuels(word).unknown), None) if word else None)
        bad = {word for word in strange.values if word is not None}
        cells.tell(name, "fuel", _rows_of(cells, strange, bad), lambda word: _hint(word, "fuel"))


def _bounded(cells: Cells, name: str, values: pd.Series) -> pd.Series:
    """Return numbers inside the contract's range; the others are told and left out."""
    column = VEHICLE_ROWS[name]
    outside = (values < column.minimum) | (values > column.maximum)
    cells.tell(name, "range", [(int(cells.index[row]), values.iloc[row]) for row in np.flatnonzero(outside)])
    return values.mask(outside)


def _distances(cells: Cells, numbers: dict[str, pd.Series]) -> dict[str, pd.Series]:
    miles = cells.column("odometer_unit", lambda cell: fold(as_text(cell) or "") == "mil", "text") == True  # noqa: E712
    odometer = numbers["odometer_km"] * np.where(miles, 10.0, 1.0)
    return {
        "odometer_km": _bounded(cells, "odometer_km", odometer),
        "annual_km": _bounded(cells, "annual_km", numbers["annual_km"]),
    }


def _snapshot_column(frame: pd.DataFrame, day: pd.Timestamp | None) -> pd.Series:
    """Return the day each row describes: the sheet's, else the column's where a vehicle stands under several days."""
    if day is not None:
        return pd.Series(day, frame.index, dtype="datetime64[ns]")
    days = frame["snapshot"]
    named = frame[days.notna() & frame["registration"].notna()]
    several = named.groupby("registration")["snapshot"].nunique()
    return days if (several > 1).any() else days.mask(days.notna())  # a column "År" with one row a vehicle is its model year


def _company_of(source: _Sheet) -> str | None:
    """Return the company a sheet is named after, where its name tells nothing else."""
    name = source.sheet.name
    if name is None or "company" in source.found.matched:
        return None
    bare = re.sub(r"[\d\W_]+", "", name).casefold()
    return (
        None
        if not bare or any(bare == fold(word) or bare.startswith("blad") for word in words()["sheets"]["plain"])
        else name.strip()
    )


def _tell_missing(cells: Cells, frame: pd.DataFrame) -> None:
    """Tell vehicles without number (other than machines and trailers), class or fuel."""
    tests = {
        "registration": frame["registration"].isna() & ~frame["vehicle_class"].isin(["machine", "trailer", "other"]),
        "class": frame["vehicle_class"] == "unknown",
        "fuel": frame["fuel_1"].isna() & (frame["vehicle_class"] != "trailer"),
    }
    for name, missing in tests.items():
        said = {(fault.row, fault.column) for fault in cells.faults}
        rows = [int(cells.index[row]) for row in np.flatnonzero(missing)]
        labels = [VEHICLE_LIST[each].label for each in (("fuel", "fuel_1") if name == "fuel" else (name,))]
        cells.tell(name, f"no_{name}", [(row, "") for row in rows if not any((row, label) in said for label in labels)])


def _no_rows() -> pd.DataFrame:
    kinds = {"str": "str", "float": "float64", "int": "Int64", "bool": "boolean", "date": "datetime64[ns]"}
    return pd.DataFrame({column.name: pd.Series(dtype=kinds[column.dtype]) for column in VEHICLE_ROWS.columns})
