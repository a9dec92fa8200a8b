"""The fleet manager's list: any headings in any order, several sheets or files, one list with dates or one list a year.

    reading = read(path)            # a workbook, a csv, or a folder of yearly lists
    reading.data.rows               # VEHICLE_ROWS
    reading.data.faults             # every fault with file, sheet, row, column and what to do; none of them stops the run
    reading.data.dropped            # headings that were not read (never those that name a person)

A cell that cannot be understood becomes unknown and a fault; only a file that holds no list of vehicles at all is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.layers_fleet import VEHICLE_LIST, VEHICLE_ROWS
from data.readers import fleetaggregate, plates
from data.readers.cells import as_text, fold, is_empty
from data.readers.columns import Cells, Place
from data.readers.fleetcells import day, exact_day, flag, plate, quantity
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
    flags = {name: cells.column(name, flag, "flag") for name in _FLAGS}
    numbers = {name: pd.Series(cells.column(name, quantity, "number", "float64")) for name in _NUMBERS}
    days = {
        name: pd.Series(cells.column(name, exact_day if name == "ordered" else day, "date", "datetime64[ns]")) for name in _DAYS
    }
    texts = {name: cells.column(name, as_text, "text") for name in _TEXTS}
    for name, factor in source.found.factors.items():
        numbers[name] = numbers[name] * factor
    numbers_of, plate_kind = _plates(cells)
    kinds = _kinds(cells, numbers["weight_kg"], texts["use"])
    fuel = _fuels(cells, flags)
    frame = pd.DataFrame(
        {
            "registration": pd.Series(numbers_of, dtype="str"),
            "plate": plate_kind,
            **{name: pd.Series(values, dtype="str") for name, values in texts.items()},
            **kinds,
            **_tenure(cells, flags, days["lease_end"]),
            **fuel,
            "co2_g_km": _bounded(cells, "co2_g_km", numbers["co2_g_km"]),
            "rde_percent": _bounded(cells, "rde_percent", numbers["rde_percent"]),
            "status": _coded(cells, "status", "status", "unknown"),
            **_distances(cells, numbers),
            "emergency": _any(kinds["emergency"], flags["emergency"]),
            "other_authority": _any(flags["other_authority"]),
            "replaces": pd.Series(cells.column("replaces", plate, "text"), dtype="str"),
            **days,
        }
    )
    frame["snapshot"] = _snapshot_column(frame, snapshot)
    frame["company"] = frame["company"].fillna(_company_of(source)) if _company_of(source) else frame["company"]
    place = {
        "file": source.file,
        "sheet": pd.Series([source.sheet.name] * len(frame), dtype="str"),
        "row": cells.index,
    }
    _tell_missing(cells, frame)
    return frame.assign(**place), cells.faults


def _without_sums(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those that sum the list: a word for a sum instead of a number, and no class or fuel."""
    told = frame[[name for name in ("class", "eu_class", *FUEL_CELLS) if name in frame.columns]]
    bare = told.map(is_empty).all(axis=1)
    sums = frame.loc[bare, "registration"].map(lambda cell: fold(as_text(cell) or "").startswith(tuple(words()["sums"]["words"])))
    return frame.drop(index=sums.index[sums.astype(bool)])


def _plates(cells: Cells) -> tuple[list[str | None], list[str]]:
    found = cells.column("registration", plate, "text")
    told: dict[str | None, str] = {each: plates.kind(each or "") for each in set(found)}
    kinds = [told[each] for each in found]
    bad = [(int(row), each) for row, each, kind in zip(cells.index, found, kinds, strict=True) if kind == "invalid"]
    cells.tell("registration", "plate", bad, _plate_hint)
    return found, kinds


def _plate_hint(plate: str) -> str:
    other = plates.suggestion(plate)
    return text("fleet.hint", guess=other) if other else ""


def _coded(cells: Cells, name: str, table: str, default: str | None) -> pd.Series:
    """Return a column's words as codes of `table`; an unknown word is told, with the nearest known one."""
    known = codes(table)
    said = cells.column(name, as_text, "text")
    memo = {word: known.get(fold(word)) if word else None for word in set(said)}
    strange = {word for word, code in memo.items() if word and code is None}
    bad = [(int(row), word) for row, word in zip(cells.index, said, strict=True) if word in strange] if strange else []
    cells.tell(name, "word", bad, lambda word: _hint(word, table))
    return pd.Series([memo[word] or default for word in said], dtype="str")


def _or_none(words: pd.Series) -> list[str | None]:
    """Return words as a list, None where there is none (never NaN, which is true and unequal to itself)."""
    return [word if isinstance(word, str) else None for word in words.to_numpy(object)]


def _hint(word: str, table: str) -> str:
    near = guess(word, table)
    return text("fleet.hint", guess=near) if near else ""


def _kinds(cells: Cells, weight: pd.Series, use: Sequence[str | None]) -> dict[str, Any]:
    """Return vehicle_class, eu_class and whether the words for class or use tell of an emergency vehicle."""
    said = _coded(cells, "class", "class", None)
    stated = cells.column("eu_class", as_text, "text")
    weights = [None if np.isnan(kg) else float(kg) for kg in weight]
    memo: dict[tuple, tuple[str, str | None]] = {}
    both = []
    for key in zip(_or_none(said), stated, weights, strict=True):
        if key not in memo:
            eu = eu_class(key[1], key[0], key[2])
            memo[key] = (vehicle_class(key[0], eu, key[2]), eu)
        both.append(memo[key])
    urgent = codes("use")
    called = {word: bool(word) and fold(word) in urgent for word in set(use)}
    emergency = said.eq("emergency").to_numpy() | np.array([called[word] for word in use], bool)
    classes = pd.Series([each for each, _ in both], dtype="str")
    return {"vehicle_class": classes, "eu_class": pd.Series([each for _, each in both], dtype="str"), "emergency": emergency}


def _tenure(cells: Cells, flags: dict[str, np.ndarray], lease_end: pd.Series) -> dict[str, Any]:
    """Return tenure and private: the word, else the yes or no of `leasing`, else leased where a lease ends."""
    said = _coded(cells, "tenure", "tenure", "unknown")
    private = _any(said.eq("private"), flags["private"])
    leased = pd.Series(flags["leasing"], dtype="boolean")
    tenure = said.replace("private", "leased")
    tenure = tenure.mask((tenure == "unknown") & leased.fillna(False), "leased")
    tenure = tenure.mask((tenure == "unknown") & ~leased.fillna(True), "owned")
    return {"tenure": tenure.mask((tenure == "unknown") & lease_end.notna(), "leased"), "private": private}


def _any(*flags: Iterable) -> pd.Series:
    parts = [pd.Series(flag).astype("boolean").fillna(False).to_numpy(bool) for flag in flags]
    return pd.Series(np.logical_or.reduce(parts), dtype="boolean")


def _fuels(cells: Cells, flags: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return fuel_1..3, plug_in and hvo100 from the columns for fuel, for electric vehicles, and their yes and no."""
    said = [cells.column(name, as_text, "text") for name in FUEL_CELLS]
    electric = _or_none(_coded(cells, "electric", "electric", None))
    memo: dict[tuple, tuple[tuple, bool | None, bool | None]] = {}
    found = []
    for key in zip(*said, electric, flags["plug_in"], flags["hvo100"], strict=True):
        if key not in memo:
            memo[key] = _one_fuel(*key)
        found.append(memo[key])
    _tell_fuels(cells, said)
    columns = {f"fuel_{n + 1}": pd.Series([each[0][n] for each in found], dtype="str") for n in range(3)}
    return columns | {
        "plug_in": pd.Series([each[1] for each in found], dtype="boolean"),
        "hvo100": pd.Series([each[2] for each in found], dtype="boolean"),
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


def _tell_fuels(cells: Cells, said: Sequence[Sequence[str | None]]) -> None:
    for name, column in zip(FUEL_CELLS, said, strict=True):
        strange = {word: fuels(word).unknown for word in set(column) if word and fuels(word).unknown}
        bad = [(int(row), strange[word][0]) for row, word in zip(cells.index, column, strict=True) if strange and word in strange]
        cells.tell(name, "fuel", bad, lambda word: _hint(word, "fuel"))


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
