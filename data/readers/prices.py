"""Prices and fees: the shipped dated rows, the project's own before them, and hourly spot prices."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from data import sources
from data.errors import Fault, FaultCollector, InputError
from data.layers_economy import MOUNTS, PRICES
from data.readers import meters
from data.readers.cells import as_text, number
from data.readers.reading import Reading
from data.readers.spreadsheet import Synonyms, read_contract
from data.readers.tablefile import read_table
from data.sources import Source
from data.texts import language, text

MAY_BE_NEGATIVE = ("price_change",)
RATES = ("internal_rate", "degradation", "price_change", "vat")
MOST_RATE = 0.25
MOST_SEK_KWH = 10.0
"""A price of a kWh above this is in öre."""
UNIT_WORDS = (("kronor", "sek"), ("kr", "sek"), ("andel", "share"), ("månad", "month"), ("mån", "month"), ("år", "year"))
"""Swedish words of units, folded, and what they stand for in the price list."""
TARIFF_IDS = {
    "grid_variable_fee": ("variable_fee", "SEK/kWh"),
    "grid_capacity_fee": ("capacity_fee", "SEK/kW/month"),
    "feed_in_fee": ("feed_in_fee", "SEK/kWh"),
    "grid_benefit": ("grid_benefit", "SEK/kWh"),
}
_CAPEX = re.compile(rf"capex_({'|'.join(MOUNTS)})_(\d+(?:\.\d+)?)")
_HOURS = (8760, 8784)
MOST_MEAN_SPOT = 8.0
"""SEK/kWh. A year's mean above this is öre or EUR/MWh: Sweden's dearest year, 2022, had 1.4 in SE3."""


@cache
def profiles() -> tuple[dict[str, Any], ...]:
    """Return the load profiles of data/reference/profiles.toml, in the order they are tried."""
    return tuple(tomllib.loads((files("data") / "reference" / "profiles.toml").read_text(encoding="utf-8"))["profile"])


def _reference(name: str) -> pd.DataFrame:
    with (files("data") / "reference" / name).open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def shipped(grid_company: str) -> pd.DataFrame:
    """Return the shipped rows (PRICES) with the fees of one grid company; raise InputError for a company not in the list."""
    rows = _reference("prices.csv")
    rows["meaning"] = rows.pop("meaning_sv") if language() == "sv" else rows.pop("meaning_en")
    capex = _reference("capex.csv")
    capex["id"] = [f"capex_{mount}_{kw:g}" for mount, kw in zip(capex["mount"], capex["kw"], strict=True)]
    capex["meaning"] = [text(f"plan.price.capex_{m}", kw=f"{kw:g}") for m, kw in zip(capex["mount"], capex["kw"], strict=True)]
    table = pd.concat([rows, _tariff(grid_company), capex.drop(columns=["mount", "kw"])], ignore_index=True)
    table = table.assign(low=table["low"].fillna(table["value"]), high=table["high"].fillna(table["value"]))
    for name in ("valid_from", "valid_to"):
        table[name] = pd.to_datetime(table[name])
    return table[[c for c in PRICES.names if c in table]]


def _tariff(company: str) -> pd.DataFrame:
    tariffs = _reference("grid_tariffs.csv").set_index("company")
    if company not in tariffs.index:
        known = ", ".join(tariffs.index)
        fix = text("readers.prices.company_fix", known=known)
        raise InputError(Fault("kil.toml", text("readers.prices.company", value=company), fix, column="economy.grid_company"))
    row = tariffs.loc[company]
    return pd.DataFrame(
        [
            {"id": id_, "value": row[column], "low": row[column], "high": row.get(f"{column}_high"), "unit": unit}
            | {"valid_from": row["valid_from"], "kind": row["kind"], "source": row["source"]}
            | {"meaning": text(f"plan.price.{id_}", company=company)}
            for id_, (column, unit) in TARIFF_IDS.items()
        ]
    )


def spans() -> pd.DataFrame:
    """Return the spans of the settings that are assumptions (data/reference/spans.csv): setting, low, high, unit, kind, source, meaning.

    Without a span: why the setting is not moved stands as its source.
    """
    rows, own, other = _reference("spans.csv"), language(), "en" if language() == "sv" else "sv"
    rows = rows.rename(columns={f"{name}_{own}": name for name in ("source", "meaning")})
    return rows.drop(columns=[f"{name}_{other}" for name in ("source", "meaning")])


def directive() -> pd.DataFrame:
    """Return the EU building directive's days for existing public buildings: above_m2 (useful floor area), deadline, source."""
    return _reference("building_directive.csv")


def read(path: Path, *, source: Source | str = "own_file") -> Reading[pd.DataFrame]:
    """Return the project's own rows (PRICES); index = row in the file. Raises InputError with every fault of it.

    A row without a kind is a fact when it names a source, else an assumption. An id that is unknown, another unit, a kWh above 10 SEK, a
    negative price, a rate over 25 per cent and bounds that do not hold the value between them are refused.
    """
    rows = read_contract(path, PRICES, Synonyms.of("priser"))
    frame = rows.frame
    listed = shipped("okänt")
    known = dict(zip(listed["id"], listed["unit"], strict=True))
    with FaultCollector() as faults:
        for row in frame.itertuples():
            for fault in _wrong(row, known, (path.name, rows.sheet)):
                faults.add(fault)
    said = frame["source"].notna()
    frame = frame.assign(
        kind=frame["kind"].fillna(pd.Series("assumption", index=frame.index).mask(said, "fact")),
        source=frame["source"].fillna(path.name),
        low=frame["low"].fillna(frame["value"]),
        high=frame["high"].fillna(frame["value"]),
    )
    return Reading(frame, sources.of_file(path, source), rows.warnings)


def _unit(said: str) -> str:
    folded = said.casefold().replace(" ", "")
    for word, meant in UNIT_WORDS:
        folded = folded.replace(word, meant)
    return folded


def _wrong(row: Any, known: Mapping[str, str], place: tuple[str, str | None]) -> list[Fault]:
    file, sheet = place

    def fault(kind: str, column: str, fix: dict[str, str] | None = None, **got: object) -> Fault:
        said, mend = text(f"readers.prices.{kind}", **got), text(f"readers.prices.{kind}_fix", **(fix or {}))
        return Fault(file, said, mend, sheet=sheet, row=int(row.Index), column=PRICES[column].label)

    found = []
    if row.id not in known and not _CAPEX.fullmatch(str(row.id)):
        guesses = difflib.get_close_matches(str(row.id), known, n=1)
        hint = text("readers.prices.hint", guess=guesses[0]) if guesses else ""
        found.append(fault("unknown_id", "id", {"hint": hint}, value=row.id))
    values = [v for v in (row.value, row.low, row.high) if not pd.isna(v)]
    if row.id not in MAY_BE_NEGATIVE and min(values) < 0:
        found.append(fault("negative", "value", id=row.id, value=f"{min(values):g}"))
    unit = known.get(row.id, "SEK/kW")
    if not pd.isna(row.unit) and _unit(row.unit) != _unit(unit):
        found.append(fault("unit", "unit", {"unit": unit}, id=row.id, unit=row.unit))
    elif unit == "SEK/kWh" and row.id != "battery" and max(values) > MOST_SEK_KWH:
        found.append(fault("dear", "value", id=row.id, value=f"{max(values):g}"))
    if row.id in RATES and max(map(abs, values)) > MOST_RATE:
        worst = max(values, key=abs)
        found.append(fault("rate", "value", id=row.id, value=f"{worst:g}", percent=f"{100 * worst:g}"))
    low, high = (row.value if pd.isna(v) else v for v in (row.low, row.high))
    if not low <= row.value <= high:
        found.append(fault("bounds", "low", id=row.id, low=f"{low:g}", value=f"{row.value:g}", high=f"{high:g}"))
    return found


def in_force(today: dt.date, grid_company: str, own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows that hold on `today`, indexed by id: the project's own before the shipped, the newest before the older.

    Where no row of an id holds that day the nearest in time is taken. Columns as PRICES, and `own`: whether it is the project's.
    """
    table = shipped(grid_company).assign(own=False)
    if own is not None:
        words = table.drop_duplicates("id", keep="last").set_index("id")
        mine = own[[c for c in PRICES.names if c in own]].assign(own=True)
        for name in ("unit", "meaning"):
            said = mine[name].astype(object) if name in mine else pd.Series(None, index=mine.index, dtype=object)
            mine[name] = said.where(said.notna(), mine["id"].map(words[name]))
        table = pd.concat([table, mine], ignore_index=True)
    day = pd.Timestamp(today)
    begun = table["valid_from"].isna() | (table["valid_from"] <= day)
    ended = table["valid_to"].notna() & (table["valid_to"] < day)
    table = table.assign(holds=begun & ~ended, near=-(table["valid_from"].fillna(pd.Timestamp(0)) - day).abs())
    chosen = table.sort_values(["holds", "own", "near"], kind="stable").groupby("id", sort=False).tail(1)
    return chosen.set_index("id").drop(columns=["holds", "near"]).reindex(pd.unique(table["id"]))


def read_spot(path: Path, *, source: Source | str = "own_file") -> Reading[pd.Series]:
    """Return hourly spot prices [SEK/kWh] of one year, UTC index of interval starts; quarters are averaged. May be negative.

    Times without zone are Swedish clock time, as in meter files. Raises InputError for times and prices that are none or doubled, for
    less or more than a year, and for a mean that is no price in SEK/kWh.
    """
    sheet = read_table(path)[0]
    frame, place = sheet.frame.dropna(axis=1, how="all"), (path.name, sheet.name)
    if len(frame.columns) < 2:
        raise InputError(Fault(path.name, text("readers.spot.columns"), text("readers.spot.columns_fix")))
    time, value = frame.columns[:2]
    stamps, faults = meters.stamps_of(frame[time], place)
    values = pd.Series(float("nan"), index=frame.index)
    for row, cell in frame[value].items():
        try:
            known = number(cell)
            values[row] = float("nan") if known is None else known
        except ValueError:
            got = text("readers.meters.bad_value", value=as_text(cell))
            faults.append(Fault(path.name, got, text("readers.spot.columns_fix"), row=int(row), column=str(value)))
    if faults:
        raise InputError(faults[:20])
    index, doubled = meters.in_utc(stamps)
    if len(doubled):
        raise InputError(meters.faults_of(doubled.astype(str), "duplicate", str(time), place))
    hourly = pd.Series(values.to_numpy(), index=index).sort_index().resample("1h").mean()
    if len(hourly) not in _HOURS or hourly.isna().any():
        got = text("readers.spot.hours", n=int(hourly.notna().sum()))
        raise InputError(Fault(path.name, got, text("readers.spot.hours_fix")))
    if abs(hourly.mean()) > MOST_MEAN_SPOT:
        got = text("readers.spot.unit", mean=f"{hourly.mean():.1f}")
        raise InputError(Fault(path.name, got, text("readers.spot.unit_fix"), column=str(value)))
    return Reading(hourly, sources.of_file(path, source))
