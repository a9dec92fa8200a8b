"""The inventory: amount x factor = emissions, one row a piece of an activity row within one year and one factor.

Every gas, both bases of electricity and both bases of fuel are computed side by side (data.layers_emissions.INVENTORY); `totals` sums the
rows of one reading. Tailpipe: what leaves the pipe in the row's scope, the fuel's way to the tank in scope 3. Well-to-wheel: all of it in
the row's scope. So scopes 1+2+3 are the same CO2e either way.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from climate.factors import Factor, FactorTable, least_direct
from data.layers_emissions import BOUNDARIES, ELECTRICITY, FUEL_BASES, GASES, HEAT, INVENTORY, SCOPE_SETS
from data.readers.emissionfacts import Carrier
from data.readers.organisations import Organisation
from data.settings.emissions import EmissionSettings, GradeSettings
from data.tables import validate

UPSTREAM = "upstream"
"""Activity of the fuel's way to the tank (GHG Protocol scope 3, category 3)."""
HEAT_CARRIER = "district_heating"
GRAMS_PER_TONNE = 1e6
KG_PER_TONNE = 1e3
PARTIAL_BEFORE_MONTH = 12
"""A year whose last day with data lies before this month is not whole."""


@dataclass(frozen=True)
class Reading:
    """One reading of "the group's emissions": gas, scopes, bases of electricity and fuel, heat in or out, boundary."""

    gas: str = "co2"
    scope: str = "1+2"
    electricity: str = "location"
    fuel_basis: str = "tailpipe"
    heat: str = "in"
    boundary: str = "share"

    def __post_init__(self) -> None:
        allowed = {
            "gas": GASES,
            "scope": SCOPE_SETS,
            "electricity": ELECTRICITY,
            "fuel_basis": FUEL_BASES,
            "heat": HEAT,
            "boundary": BOUNDARIES,
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} {getattr(self, name)!r}: one of {values}")

    @classmethod
    def of(cls, settings: EmissionSettings) -> Reading:
        """Return the reading the settings have chosen."""
        goal = settings.goal
        return cls(goal.gas, goal.scope, goal.electricity, settings.fuel_basis, goal.heat, goal.boundary)


@dataclass(frozen=True)
class Missing:
    """Amounts that no factor was found for: not counted, and said."""

    carrier: str
    gas: str
    basis: str
    net: str
    first: dt.date
    last: dt.date
    quantity: float
    unit: str
    rows: tuple[int, ...]
    years: tuple[int, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """rows: INVENTORY with in_group and share_percent; missing: what could not be counted; partial: years that are not whole."""

    rows: pd.DataFrame
    missing: tuple[Missing, ...]
    partial: tuple[int, ...]


@dataclass(frozen=True)
class _Piece:
    start: dt.date
    end: dt.date
    quantity: float
    low: float
    high: float
    row: dict

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class _Emission:
    """Tonnes of one part: scope, activity, gas, for one or both bases of electricity and fuel."""

    scope: str
    activity: str
    gas: str
    electricity: Sequence[str]
    fuel_basis: Sequence[str]
    grams_per_unit: float
    status: str
    uncertainty: float


def compute(
    activities: pd.DataFrame,
    table: FactorTable,
    carriers: dict[str, Carrier],
    *,
    organisations: Sequence[Organisation] = (),
    settings: EmissionSettings,
) -> Inventory:
    """Return the inventory of activities (data.readers.activity), each cut where a year, a factor or a membership changes.

    organisations: those of organisationer.toml; a name that is not among them counts whole.
    """
    lacking: dict[tuple[str, str, str, str], list[_Piece]] = {}
    records = []
    members = {o.name: o for o in organisations}
    for row in activities.to_dict("records"):
        row["net"] = "" if _nothing(row.get("net")) else str(row["net"])
        member = members.get(row["organisation"])
        for piece in _pieces(row, table, member, settings.grades):
            records += _records(piece, _emissions(piece, carriers[row["carrier"]], table, lacking), member)
    extra = ["in_group", "share_percent"]
    frame = pd.DataFrame(records, columns=[*INVENTORY.names, *extra])
    rows = validate(frame, INVENTORY, file="inventering") if len(frame) else frame
    return Inventory(rows, tuple(_missing(key, pieces) for key, pieces in lacking.items()), _partial_years(activities))


def _nothing(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124  (NaN)


def _pieces(row: dict, table: FactorTable, member: Organisation | None, grades: GradeSettings) -> Iterator[_Piece]:
    """Yield the row cut at new years, factor changes and changes of membership; its amount spread evenly over its days."""
    start, end = row["start"].date(), row["end"].date()
    changes = table.cuts(row["carrier"], start, end, net=row["net"])
    for day in (member.from_, member.to + dt.timedelta(days=1) if member.to else None) if member else ():
        if day is not None and start < day <= end:
            changes.append(day)
    firsts = [start, *sorted(set(changes))]
    lasts = [*(day - dt.timedelta(days=1) for day in firsts[1:]), end]
    whole = (end - start).days + 1
    spread = grades.share(row["grade"])
    below = spread if _nothing(row.get("relative_low")) else row["relative_low"]
    above = spread if _nothing(row.get("relative_high")) else row["relative_high"]
    for first, last in zip(firsts, lasts, strict=True):
        quantity = row["quantity"] * ((last - first).days + 1) / whole
        yield _Piece(first, last, quantity, below, above, row)


def _emissions(
    piece: _Piece, carrier: Carrier, table: FactorTable, lacking: dict[tuple[str, str, str, str], list[_Piece]]
) -> Iterator[_Emission]:
    row = piece.row
    if carrier.kind == "fuel":
        yield from _fuel(piece, carrier, table, lacking)
    elif carrier.kind == "refrigerant":
        kg = table.gwp.get(carrier.id, math.nan)
        yield _Emission(row["scope"], row["activity"], "co2e", ELECTRICITY, FUEL_BASES, kg * 1000, "published", 0.0)
    elif carrier.kind == "electricity":
        for gas in GASES:
            for basis in ELECTRICITY:
                factor = _electricity(piece, table, gas, basis)
                yield from _single(piece, factor, (gas, basis), lacking, electricity=(basis,))
    else:
        basis = "supplier" if carrier.kind == "heat" else "wtw"
        for gas in GASES:
            factor = table.at(carrier.id, gas, basis, piece.start, net=row["net"])
            yield from _single(piece, factor, (gas, basis), lacking)


def _electricity(piece: _Piece, table: FactorTable, gas: str, basis: str) -> Factor | None:
    contract = piece.row.get("contract_g_kwh")
    if basis == "market" and not _nothing(contract):
        return Factor(float(contract), "g/kWh", "own", 0.05)  # type: ignore[arg-type]
    return table.at("electricity", gas, basis, piece.start)


def _single(
    piece: _Piece,
    factor: Factor | None,
    what: tuple[str, str],
    lacking: dict[tuple[str, str, str, str], list[_Piece]],
    *,
    electricity: Sequence[str] = ELECTRICITY,
) -> Iterator[_Emission]:
    gas, basis = what
    row = piece.row
    if factor is None:
        lacking.setdefault((row["carrier"], gas, basis, row["net"]), []).append(piece)
        return
    yield _Emission(row["scope"], row["activity"], gas, electricity, FUEL_BASES, factor.value, factor.status, factor.uncertainty)


def _fuel(
    piece: _Piece, carrier: Carrier, table: FactorTable, lacking: dict[tuple[str, str, str, str], list[_Piece]]
) -> Iterator[_Emission]:
    row, day = piece.row, piece.start
    pipe = {gas: table.at(carrier.id, gas, "tailpipe", day) for gas in GASES}
    whole = table.at(carrier.id, "co2e", "wtw", day)
    own = (row["scope"], row["activity"])
    for gas in GASES:
        factor = pipe[gas]
        if factor is None:
            lacking.setdefault((carrier.id, gas, "tailpipe", ""), []).append(piece)
            continue
        bases = ("tailpipe",) if gas == "co2e" and whole is not None else FUEL_BASES
        yield _Emission(*own, gas, ELECTRICITY, bases, factor.value, factor.status, factor.uncertainty)
    if whole is None:
        lacking.setdefault((carrier.id, "co2e", "wtw", ""), []).append(piece)
        return
    yield _Emission(*own, "co2e", ELECTRICITY, ("wtw",), whole.value, whole.status, whole.uncertainty)
    if pipe["co2e"] is not None:
        rest = whole.value - pipe["co2e"].value
        status = least_direct(whole.status, pipe["co2e"].status)
        yield _Emission("3", UPSTREAM, "co2e", ELECTRICITY, ("tailpipe",), rest, status, whole.uncertainty)


def _records(piece: _Piece, emissions: Iterator[_Emission], member: Organisation | None) -> list[dict]:
    row = piece.row
    inside = member is None or (
        (member.from_ is None or piece.start >= member.from_) and (member.to is None or piece.end <= member.to)
    )
    common = {
        "year": piece.start.year,
        "organisation": row["organisation"],
        "carrier": row["carrier"],
        "grade": row["grade"],
        "days": piece.days,
        "row": int(row["row"]),
        "file": row["file"],
        "in_group": "no" if not inside else "yes" if member is None else member.in_group,
        "share_percent": 100.0 if member is None else member.share_percent,
    }
    return [
        common
        | {"scope": e.scope, "activity": e.activity, "gas": e.gas, "factor_status": e.status}
        | {"electricity": electricity, "fuel_basis": fuel_basis}
        | _range(piece, e)
        for e in emissions
        for electricity in e.electricity
        for fuel_basis in e.fuel_basis
    ]


def _range(piece: _Piece, emission: _Emission) -> dict[str, float]:
    """Return tonnes with their likely range: spread of the amount and of the factor, independent of each other."""
    tonnes = piece.quantity * emission.grams_per_unit / GRAMS_PER_TONNE
    below = min(1.0, math.hypot(piece.low, emission.uncertainty)) * abs(tonnes)
    above = math.hypot(piece.high, emission.uncertainty) * abs(tonnes)
    return {"tonnes": tonnes, "low": tonnes - below, "high": tonnes + above}


def _missing(key: tuple[str, str, str, str], pieces: list[_Piece]) -> Missing:
    carrier, gas, basis, net = key
    return Missing(
        carrier,
        gas,
        basis,
        net,
        min(p.start for p in pieces),
        max(p.end for p in pieces),
        sum(p.quantity for p in pieces),
        pieces[0].row["quantity_unit"],
        tuple(sorted({int(p.row["row"]) for p in pieces})),
        tuple(sorted({p.start.year for p in pieces})),
        tuple(sorted({str(p.row["scope"]) for p in pieces})),
    )


def uncounted(missing: Sequence[Missing], reading: Reading, year: int) -> tuple[str, ...]:
    """Return the carriers whose amounts in a year belong to the reading but have no factor: its total would be too low.

    A fuel that is counted from the pipe and lacks only its way to the tank is no such carrier.
    """
    bases = {"tailpipe", "supplier", reading.electricity}
    scopes = set(reading.scope.split("+"))
    found = [
        m.carrier
        for m in missing
        if m.gas == reading.gas
        and year in m.years
        and scopes & set(m.scopes)
        and (m.basis in bases or m.unit == "km")
        and not (m.carrier == HEAT_CARRIER and reading.heat == "out")
    ]
    return tuple(dict.fromkeys(found))


SHORT_DAYS = 330
"""A series with fewer days than this in a year, and more the year before, has probably lost an invoice."""


@dataclass(frozen=True)
class Short:
    """A series that covers fewer days of a year than the year before: something may be missing."""

    organisation: str
    activity: str
    carrier: str
    site: str
    year: int
    days: int


def shortened(activities: pd.DataFrame, year: int) -> list[Short]:
    """Return the series that covered the year before `year` and cover less than SHORT_DAYS of it."""
    keys = ["organisation", "activity", "carrier", "site"]
    rows = activities.assign(site=activities["site"].fillna("") if "site" in activities else "")
    days = {y: _covered(rows, keys, y) for y in (year - 1, year)}
    return [
        Short(*key, year, days[year].get(key, 0))
        for key, before in sorted(days[year - 1].items())
        if before >= SHORT_DAYS > days[year].get(key, 0)
    ]


def _covered(rows: pd.DataFrame, keys: list[str], year: int) -> dict[tuple[str, str, str, str], int]:
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    inside = rows[(rows["start"] <= last) & (rows["end"] >= first) & (rows["amount"] >= 0)]
    found: dict[tuple[str, str, str, str], set[int]] = {}
    for row in inside[[*keys, "start", "end"]].itertuples(index=False):
        span = range((max(row.start, first) - first).days, (min(row.end, last) - first).days + 1)
        found.setdefault(tuple(row[:4]), set()).update(span)  # type: ignore[arg-type]
    return {key: len(days) for key, days in found.items()}


def _partial_years(activities: pd.DataFrame) -> tuple[int, ...]:
    """Return the years whose data stops before December: part of a year, never compared with a whole one."""
    if activities.empty:
        return ()
    last = activities["end"].max()
    return (int(last.year),) if last.month < PARTIAL_BEFORE_MONTH else ()


def chosen(rows: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """Return the rows of one reading with tonnes, low and high weighted by the boundary; rows outside it are left out."""
    keep = (
        (rows["gas"] == reading.gas)
        & (rows["electricity"] == reading.electricity)
        & (rows["fuel_basis"] == reading.fuel_basis)
        & rows["scope"].isin(reading.scope.split("+"))
    )
    if reading.heat == "out":
        keep &= rows["carrier"] != HEAT_CARRIER
    picked = rows[keep]
    part = {"share": picked["share_percent"] / 100, "whole": 1.0, "without": 0.0}[reading.boundary]
    weight = pd.Series(part, picked.index).where(picked["in_group"] == "share", 1.0).where(picked["in_group"] != "no", 0.0)
    weighted = {name: picked[name] * weight for name in ("tonnes", "low", "high")}
    return picked.assign(**weighted)[weight > 0]


def totals(rows: pd.DataFrame, reading: Reading, by: Sequence[str] = (), *, worst_case: bool = False) -> pd.DataFrame:
    """Return year, `by`, tonnes, low, high, derived_share (of tonnes by derived or carried factors) of one reading.

    Rows of one carrier err together (the same meter, the same factor), carriers independently of each other: ranges add within a
    carrier and as the root of squares between them. worst_case: everything errs the same way.
    """
    picked = chosen(rows, reading)
    keys = ["year", *by]
    parts = picked.assign(
        below=picked["tonnes"] - picked["low"],
        above=picked["high"] - picked["tonnes"],
        indirect=picked["tonnes"].where(picked["factor_status"].isin(("derived", "carried")), 0.0),
    )
    carriers = parts.groupby([*keys, "carrier"], as_index=False)[["tonnes", "below", "above", "indirect"]].sum()
    power = 1.0 if worst_case else 2.0
    spread = carriers.assign(below=carriers["below"].abs() ** power, above=carriers["above"].abs() ** power)
    summed = spread.groupby(keys, as_index=False)[["tonnes", "below", "above", "indirect"]].sum()
    low = summed["tonnes"] - summed["below"] ** (1 / power)
    return summed[keys].assign(
        tonnes=summed["tonnes"],
        low=low.where((low > 0) | (summed["tonnes"] < 0), 0.0),
        high=summed["tonnes"] + summed["above"] ** (1 / power),
        derived_share=(summed["indirect"] / summed["tonnes"]).where(summed["tonnes"] > 0, 0.0),
    )
