"""Fuel-card rows: registration number, date, product, amount; energy and its fossil-free part by fordon_synonymer.toml.

Card holders' names are never read. A row whose product is not known has no energy and is told.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.layers_fleet import FUEL_CARDS, FUEL_ROWS
from data.readers import plates
from data.readers.cells import as_text, fold
from data.readers.columns import Cells, Place
from data.readers.fleetcells import exact_day, plate, quantity
from data.readers.fleetwords import guess, names_person, words
from data.readers.reading import Reading
from data.readers.spreadsheet import Synonyms, match_headings, read_table
from data.readers.vehicles import VehicleList
from data.sources import of_file
from data.tables import validate
from data.texts import text

MJ_PER_NM3 = 35.0
"""Megajoules per normal cubic metre of vehicle gas (SFS 2011:847, annex: 33-38)."""
_CUBIC = frozenset({"nm3", "m3", "normalkubikmeter"})
NEEDED = ("registration", "date", "product", "amount")


def read(path: Path) -> Reading[VehicleList]:
    """Return the rows of a fuel-card file (FUEL_ROWS) with faults and dropped headings; raise InputError if it is none."""
    synonyms = Synonyms(columns=words()["cards"])
    known = [word for spelled in words()["cards"].values() for word in spelled]
    sheets = read_table(path, known=[*known, *(column.label for column in FUEL_CARDS.columns)])
    pairs = [(sheet, match_headings(sheet.frame, FUEL_CARDS, synonyms)) for sheet in sheets]
    sheet, found = max(pairs, key=lambda pair: len(pair[1].matched))
    missing = [FUEL_CARDS[name].label for name in NEEDED if name not in found.matched]
    if missing:
        fixes = (text("table.missing_column_fix", column=label) for label in missing)
        raise InputError(
            Fault(path.name, text("table.missing_column"), fix, column=label) for label, fix in zip(missing, fixes, strict=True)
        )
    cells = Cells(found.frame, FUEL_CARDS, Place(path.name, sheet.name), prefix="fleet.card")
    rows = _rows(cells)
    dropped = [
        text(f"fleet.list.dropped_{'person' if names_person(h) else 'plain'}", file=path.name, column=h) for h in found.unknown
    ]
    data = VehicleList(validate(rows, FUEL_ROWS, file=path.name, rows=rows["row"]), tuple(cells.faults), tuple(dropped))
    return Reading(data, of_file(path, "own_file"), (*map(str, cells.faults), *dropped))


def _rows(cells: Cells) -> pd.DataFrame:
    numbers = pd.Series(cells.column("registration", plate, "plate"), dtype="str")
    amount = pd.Series(cells.column("amount", quantity, "number", "float64"))
    frame = pd.DataFrame(
        {
            "registration": numbers,
            "date": pd.Series(cells.column("date", exact_day, "date", "datetime64[ns]")),
            "product": pd.Series(cells.column("product", as_text, "product"), dtype="str"),
            "amount": amount,
            "row": cells.index.to_numpy(),
        }
    )
    kinds = numbers.map({number: plates.kind(number) for number in numbers.dropna().unique()})
    _tell(cells, "registration", "plate", numbers.where(kinds == "invalid"))
    _tell(cells, "registration", "no_plate", pd.Series("", frame.index).where(numbers.isna()))
    _tell(cells, "amount", "credit", amount.where(amount < 0))
    whole = frame[["registration", "date", "product", "amount"]].notna().all(axis=1) & (amount >= 0)
    frame = frame.assign(**_energy(cells, frame))
    return frame[whole].reset_index(drop=True)


def _tell(cells: Cells, name: str, kind: str, values: pd.Series) -> None:
    cells.tell(name, kind, [(int(cells.index[row]), values.iloc[row]) for row in np.flatnonzero(values.notna())])


def _energy(cells: Cells, frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return fuel, energy_mj and fossil_free_mj of each row; empty for a product nobody knows."""
    said = frame["product"].fillna("")
    entries = {word: products().get(fold(word)) for word in said.unique()}
    strange = said.where([bool(word) and entries[word] is None for word in said])
    rows = [(int(cells.index[row]), strange.iloc[row]) for row in np.flatnonzero(strange.notna())]
    cells.tell("product", "product", rows, _hint)
    unit = pd.Series(cells.column("unit", lambda cell: fold(as_text(cell) or ""), "product"), dtype="object")
    per_unit = said.map({word: entry["mj"] for word, entry in entries.items() if entry})
    per_unit = per_unit.mask(
        unit.isin(_CUBIC) & said.map({w: bool(e) and e["unit"] == "kg" for w, e in entries.items()}), MJ_PER_NM3
    )
    energy = (frame["amount"] * per_unit).astype(float)
    share = said.map({word: entry["fossil_free"] for word, entry in entries.items() if entry}).astype(float)
    fuel = said.map({word: entry["fuel"] for word, entry in entries.items() if entry})
    return {"fuel": fuel.astype("str"), "energy_mj": energy, "fossil_free_mj": energy * share}


def _hint(word: str) -> str:
    near = guess(word, "fuel")
    return text("fleet.hint", guess=near) if near else ""


@cache
def products() -> dict[str, dict]:
    """Return folded product word -> {fuel, unit, mj, fossil_free}."""
    return {
        fold(word): {"fuel": entry.get("fuel", name), **{key: entry[key] for key in ("unit", "mj", "fossil_free")}}
        for name, entry in words()["product"].items()
        for word in entry["words"]
    }
