"""aktiviteter.xlsx and basar.xlsx: what the group used, any Swedish headings, amounts in any usual unit, to one unit a carrier.

Fuels become MJ by heating_values.csv, electricity and heat kWh, refrigerants kg, distance km. Faults of real invoice files (wrong unit,
litres written as cubic metres, a month twice, a credit without its invoice, a missing quarter) are told all at once with row and advice:
data.readers.invoices.
"""

from __future__ import annotations

import calendar
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import Fault
from data.layers_emissions import ACTIVITIES, BASE_YEAR
from data.readers import emissionfacts, invoices
from data.readers.cells import fold
from data.readers.emissionfacts import Carrier, Unit
from data.readers.organisations import Group, unknown_name
from data.readers.reading import Reading
from data.readers.spreadsheet import Place, Synonyms, read_contract
from data.sources import of_file
from data.tables import Table
from data.texts import text

CANONICAL = {"fuel": "MJ", "electricity": "kWh", "heat": "kWh", "refrigerant": "kg", "distance": "km"}
"""Unit of `quantity` by kind of carrier."""
MJ_PER_KWH = 3.6
GUESS_LIKENESS = 0.7


@dataclass(frozen=True)
class _Row:
    """One row's cells by contract name, and where it stood."""

    cells: Mapping[str, Any]
    number: int
    place: Place

    def fault(self, column: str, got: str, fix: str, *, expected: str | None = None) -> Fault:
        label = ACTIVITIES[column].label
        return Fault(self.place.file, got, fix, sheet=self.place.sheet, row=self.number, column=label, expected=expected)


def synonyms() -> Synonyms:
    """Return the words of the activity lists."""
    words = emissionfacts.synonyms()["aktiviteter"]
    return Synonyms(words["columns"], words["values"], ("okänt", "saknas", "?", "-"))


def read(path: Path, *, slip_ratio: float, group: Group | None = None, table: Table = ACTIVITIES) -> Reading[pd.DataFrame]:
    """Return the rows with start, end, carrier id, scope, `quantity` and `quantity_unit`; raise InputError with every fault.

    slip_ratio: settings.emissions.unit_slip_ratio. group: organisationer.toml, where names must stand; None: any name goes.
    `relative_low`, `relative_high` are the row's own range as shares of the amount (NaN where it gives none); `row`, `file` say where
    it stands.
    """

    def prepare(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
        return _prepare(frame, place, slip_ratio=slip_ratio, group=group, whole=table is ACTIVITIES)

    rows = read_contract(path, table, synonyms(), prepare=prepare)
    frame = rows.frame.assign(row=rows.frame.index.astype(int), file=path.name).reset_index(drop=True)
    return Reading(frame, of_file(path, "own_file"), rows.warnings)


def read_base_year(path: Path, *, slip_ratio: float, group: Group | None = None) -> Reading[pd.DataFrame]:
    """Return the base year's reconstruction, read as `read` reads activities; its rows need no invoice."""
    return read(path, slip_ratio=slip_ratio, group=group, table=BASE_YEAR)


def _prepare(
    frame: pd.DataFrame, place: Place, *, slip_ratio: float, group: Group | None, whole: bool
) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    faults: list[Fault] = []
    records = []
    for number, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        row = _Row({name: None if _empty(value) else value for name, value in cells.items()}, int(number), place)
        records.append(
            dict(row.cells) | _names(row, group, faults) | _period(row, faults) | _quantity(row, faults) | _range(row, faults)
        )
    result = pd.DataFrame.from_records(records, index=frame.index) if records else frame
    if whole and len(result):
        faults += invoices.faults(_with_columns(result), place, slip_ratio=slip_ratio)
    return result, faults, []


def _with_columns(result: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with every column the comparison reads, dates as dates, and no carrier that is not known."""
    wanted = dict.fromkeys((*invoices.PLACED, "amount", "quantity", "unit_name"))
    full = result.assign(**{name: None for name in wanted if name not in result})
    known = full["carrier"].where(full["carrier"].isin(list(emissionfacts.carriers())), None)
    dates = {name: pd.to_datetime(full[name]) for name in ("start", "end")}
    numbers = {name: pd.to_numeric(full[name], errors="coerce") for name in ("amount", "quantity")}
    return full.assign(carrier=known, **dates, **numbers)


def _empty(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)  # noqa: PLR0124


def _names(row: _Row, group: Group | None, faults: list[Fault]) -> dict[str, Any]:
    """Return organisation and net, emptied where organisationer.toml does not know them."""
    names: dict[str, Any] = {}
    for column in ("organisation", "net") if group is not None else ():
        said = row.cells.get(column)
        place = (row.place.file, row.place.sheet, row.number)
        fault = None if said is None else unknown_name(group, column, said, place)  # type: ignore[arg-type]
        if fault is not None:
            faults.append(fault)
            names[column] = None
    return names


def _period(row: _Row, faults: list[Fault]) -> dict[str, Any]:
    """Return start and end of a row: as given, or of its month or year."""
    start, end, year, month = (row.cells.get(name) for name in ("start", "end", "year", "month"))
    if start is None and end is None and year is not None:
        if month is not None and not 1 <= month <= 12:
            faults.append(row.fault("month", text("emissions.month", value=month), text("emissions.month_fix"), expected="1–12"))
            return {"start": None, "end": None}
        first, last = (month, month) if month else (1, 12)
        days = calendar.monthrange(int(year), int(last))[1]
        return {"start": pd.Timestamp(int(year), int(first), 1), "end": pd.Timestamp(int(year), int(last), days)}
    if start is None or end is None:
        faults.append(
            row.fault("start" if start is None else "end", text("emissions.no_period"), text("emissions.no_period_fix"))
        )
        return {"start": None, "end": None}
    if end < start:
        got = text("emissions.backwards", start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")
        faults.append(row.fault("end", got, text("emissions.backwards_fix")))
        return {"start": None, "end": None}
    return {"start": start, "end": end}


def _quantity(row: _Row, faults: list[Fault]) -> dict[str, Any]:
    """Return carrier id, scope, quantity and its unit; a fault where carrier or unit is not understood."""
    said, amount = row.cells.get("carrier"), row.cells.get("amount")
    nothing = {"quantity": None, "quantity_unit": None, "unit_name": None}
    if said is None:
        return nothing
    carrier_id = emissionfacts.carrier_words().get(fold(said))
    if carrier_id is None:
        faults.append(row.fault("carrier", text("emissions.carrier", value=said), _carrier_hint(said)))
        return nothing
    carrier = emissionfacts.carriers()[carrier_id]
    known = {"carrier": carrier_id, "scope": row.cells.get("scope") or carrier.scope}
    word = row.cells.get("unit")
    if word is None or amount is None:
        return known | nothing
    unit = emissionfacts.units().get(fold(word))
    worth = None if unit is None else _worth(carrier, unit)
    if unit is None or worth is None:
        faults.append(_unit_fault(row, carrier, word))
        return known | nothing
    return known | {"quantity": amount * worth, "quantity_unit": CANONICAL[carrier.kind], "unit_name": unit.name}


def _worth(carrier: Carrier, unit: Unit) -> float | None:
    """Return how much of the carrier's canonical unit one `unit` of it is; None where they do not go together."""
    if carrier.kind == "fuel":
        sold, mj = emissionfacts.heating_values()[carrier.id]
        if unit.of == "MJ":
            return unit.worth
        if sold == "Nm3" and unit.name == "m3":  # a gas bill's m3 is the normal cubic metre
            return mj
        return unit.worth * mj if unit.of == sold else None
    if carrier.kind in ("electricity", "heat"):
        return unit.worth / MJ_PER_KWH if unit.of == "MJ" else None
    return unit.worth if unit.of == CANONICAL[carrier.kind] else None


def allowed_units(carrier: Carrier) -> list[str]:
    """Return the units a carrier may be written in, the usual one first."""
    usable = dict.fromkeys(u.name for u in emissionfacts.units().values() if _worth(carrier, u) is not None)
    return [carrier.unit, *(name for name in usable if name != carrier.unit)]


def _unit_fault(row: _Row, carrier: Carrier, word: str) -> Fault:
    allowed = allowed_units(carrier)
    got = text("emissions.unit", unit=word, carrier=carrier.name)
    near = difflib.get_close_matches(word, allowed, n=1, cutoff=GUESS_LIKENESS)
    fix = text("emissions.unit_fix", guess=near[0] if near else carrier.unit)
    return row.fault("unit", got, fix, expected=", ".join(allowed))


def _carrier_hint(said: str) -> str:
    words = emissionfacts.carrier_words()
    near = difflib.get_close_matches(fold(said), words, n=1, cutoff=GUESS_LIKENESS)
    names = [carrier.name for carrier in emissionfacts.carriers().values()]
    if near:
        return text("emissions.carrier_guess", guess=emissionfacts.carriers()[words[near[0]]].name)
    return text("emissions.carrier_fix", names=", ".join(names))


def _range(row: _Row, faults: list[Fault]) -> dict[str, Any]:
    """Return the row's own range as shares below and above its amount."""
    low, high, amount = (row.cells.get(name) for name in ("low", "high", "amount"))
    shares: dict[str, Any] = {"relative_low": None, "relative_high": None}
    if amount is None or (low is None and high is None):
        return shares
    if (low is not None and low > amount) or (high is not None and high < amount) or amount <= 0:
        faults.append(row.fault("low", text("emissions.range", low=low, amount=amount, high=high), text("emissions.range_fix")))
        return shares
    return {
        "relative_low": None if low is None else 1 - low / amount,
        "relative_high": None if high is None else high / amount - 1,
    }
