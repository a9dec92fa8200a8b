"""Faults of a real invoice file, found by comparing rows of one series: the same organisation, carrier, activity and place.

Nothing is mended in silence: each fault names its row and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Fault
from data.layers_emissions import ACTIVITIES
from data.readers import emissionfacts
from data.readers.spreadsheet import Place
from data.texts import text

PLACED = ("start", "end", "organisation", "carrier", "activity")
"""What says which series a row belongs to, and when."""
SERIES = ("organisation", "carrier", "activity", "site", "net")
GAP_DAYS = 25
"""A hole shorter than this inside a year is a reading taken late, not a missing invoice (assumption)."""
LARGEST_M3_A_YEAR = 2000.0
"""Cubic metres a year of one liquid fuel above which a row of a municipal group is a slip: the whole territory of Kil, 12 000
inhabitants, burns some 9 000 m3 in all its traffic (24 000 t CO2e / 2.7 t a m3)."""
THOUSAND = 1000.0
SLIPS = {"m3": "l", "l": "m3", "MWh": "kWh", "kWh": "MWh", "GWh": "MWh", "ton": "kg", "kg": "ton"}
"""The unit a factor of a thousand points to."""


@dataclass(frozen=True)
class _Context:
    place: Place
    slip_ratio: float
    strays: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
    """Periods of rows whose series is not known."""

    def fault(self, row: int, column: str, got: str, fix: str) -> Fault:
        label = ACTIVITIES[column].label
        return Fault(self.place.file, got, fix, sheet=self.place.sheet, row=row, column=label)


def faults(rows: pd.DataFrame, place: Place, *, slip_ratio: float) -> list[Fault]:
    """Return the faults of rows indexed by row number, ordered by row; carrier is an id, or None where it was not understood.

    A row that is faulty in itself still fills its period: it is told once, not as a hole too.
    """
    placed = rows[list(PLACED)].notna().all(axis=1)
    strays = rows.loc[~placed & rows[["start", "end"]].notna().all(axis=1), ["start", "end"]]
    context = _Context(place, slip_ratio, tuple(strays.itertuples(index=False, name=None)))
    known = rows[placed]
    keys = [known[name].fillna("") if name in known.columns else pd.Series("", known.index) for name in SERIES]
    found: list[Fault] = []
    for _, series in known.groupby([key.astype(str) for key in keys], sort=False):
        ordered = series.assign(number=series.index).sort_values(["start", "end"], kind="stable")
        counted = ordered[ordered[["amount", "quantity"]].notna().all(axis=1)]
        twice = list(_duplicates(counted, context))
        found += [*twice, *_credits(counted, context), *_slips(counted, context)]
        told = {fault.row for fault in twice}
        clean = ordered[~ordered["number"].isin(told) & ~(ordered["amount"] < 0)]
        found += [*_overlaps(clean, context), *_gaps(clean, context)]
    return sorted(found, key=lambda fault: fault.row or 0)


def _column(series: pd.DataFrame, name: str) -> pd.Series:
    return series[name] if name in series.columns else pd.Series(None, series.index, dtype=object)


def _duplicates(series: pd.DataFrame, context: _Context) -> Iterator[Fault]:
    """Yield the later of two rows of the same period and amount that no invoice number tells apart."""
    invoice = _column(series, "invoice").fillna("").astype(str)
    seen: dict[tuple, list[tuple[int, str]]] = {}
    for row, number in zip(series.itertuples(), invoice, strict=True):
        earlier = seen.setdefault((row.start, row.end, row.amount), [])
        twin = next((other for other, its in earlier if not number or not its or number == its), None)
        if twin is not None and row.amount:
            period = _period(row.start, row.end)
            got = text("emissions.duplicate", period=period, amount=_shown(row.amount), other=min(twin, row.number))
            yield context.fault(max(twin, row.number), "amount", got, text("emissions.duplicate_fix"))
        earlier.append((row.number, number))


def _credits(series: pd.DataFrame, context: _Context) -> Iterator[Fault]:
    """Yield negative rows that name no invoice, or one that is not there, or more than it was."""
    credited = _column(series, "credits").fillna("").astype(str)
    invoice = _column(series, "invoice").fillna("").astype(str)
    for row, of in zip(series.itertuples(), credited, strict=True):
        if row.amount >= 0:
            continue
        taken_back = series.loc[invoice == of, "amount"].clip(lower=0).sum() if of else 0.0
        if not of:
            twin = series[(series["amount"] == -row.amount)]
            hint = text("emissions.credit_guess", row=int(twin["number"].iloc[0])) if len(twin) else ""
            yield context.fault(
                row.number,
                "amount",
                text("emissions.credit", amount=_shown(row.amount)),
                text("emissions.credit_fix") + hint,
            )
        elif not taken_back:
            got = text("emissions.credit_lost", invoice=of)
            yield context.fault(row.number, "credits", got, text("emissions.credit_lost_fix"))
        elif -row.amount > taken_back * (1 + 1e-9):
            got = text("emissions.credit_more", amount=_shown(row.amount), was=_shown(taken_back))
            yield context.fault(row.number, "amount", got, text("emissions.credit_more_fix"))


def _slips(series: pd.DataFrame, context: _Context) -> Iterator[Fault]:
    """Yield rows whose amount a day is far from the middle of the others, or larger than a municipality can use."""
    used = series[series["amount"] > 0]
    if used.empty:
        return
    carrier = emissionfacts.carriers()[str(used["carrier"].iloc[0])]
    days = ((used["end"] - used["start"]).dt.days + 1).to_numpy(float)
    rates = used["quantity"].to_numpy(float) / days
    middles = _middles_of_others(rates)
    rows = zip(used["number"], used["amount"], _column(used, "unit_name"), rates, middles, strict=True)
    for number, amount, unit, rate, middle in rows:
        ratio = rate / middle if middle > 0 else 1.0
        large = _litres_a_year(carrier.id, rate) > LARGEST_M3_A_YEAR * THOUSAND
        if 1 / context.slip_ratio <= ratio <= context.slip_ratio and not large:
            continue
        shown = f"{_shown(amount)} {unit}"
        times = f"{max(ratio, 1 / ratio):.0f}"
        alone = ratio == 1.0
        got = (
            text("emissions.large", shown=shown) if alone else text("emissions.slip", shown=shown, times=times, more=_more(ratio))
        )
        fix = text("emissions.slip_fix", guess=SLIPS.get(unit, carrier.unit), unit=unit)
        yield context.fault(int(number), "unit", got, fix)


def _middles_of_others(values: np.ndarray) -> np.ndarray:
    """Return for each value the median of the others; NaN with fewer than two others."""
    n = len(values)
    if n < 3:
        return np.full(n, np.nan)
    order = np.argsort(values, kind="stable")
    rank = np.empty(n, int)
    rank[order] = np.arange(n)
    ranked = values[order]
    low, high = (n - 2) // 2, (n - 1) // 2  # the middle places of the n - 1 others, counted without the value itself
    return (ranked[low + (rank <= low)] + ranked[high + (rank <= high)]) / 2


def _more(ratio: float) -> str:
    return text("emissions.more" if ratio > 1 else "emissions.less")


def _litres_a_year(carrier: str, mj_a_day: float) -> float:
    unit, mj = emissionfacts.heating_values().get(carrier, ("", 1.0))
    return mj_a_day * 365.25 / mj if unit == "l" else 0.0


def _overlaps(series: pd.DataFrame, context: _Context) -> Iterator[Fault]:
    """Yield rows whose period lies over an earlier row's without being the same: a year's total beside its months."""
    last: tuple[pd.Timestamp, pd.Timestamp, int] | None = None
    for row in series.itertuples():
        if last is not None and row.start <= last[1] and (row.start, row.end) != last[:2]:
            got = text("emissions.overlap", period=_period(row.start, row.end), other=last[2], its=_period(last[0], last[1]))
            yield context.fault(row.number, "start", got, text("emissions.overlap_fix"))
        if last is None or row.end > last[1]:
            last = (row.start, row.end, row.number)


def _gaps(series: pd.DataFrame, context: _Context) -> Iterator[Fault]:
    """Yield the row before each hole inside a year that is partly covered; whole years without rows are no fault."""
    before = None
    for after in series.itertuples():
        if before is not None:
            hole = (before.end + pd.Timedelta(days=1), after.start - pd.Timedelta(days=1))
            if _is_gap(hole, context.strays):
                got = text("emissions.gap", period=_quarter(hole), carrier=emissionfacts.carriers()[str(after.carrier)].name)
                fix = text("emissions.gap_fix", row=before.number, next=after.number)
                yield context.fault(before.number, "end", got, fix)
        if before is None or after.end > before.end:
            before = after


def _is_gap(hole: tuple[pd.Timestamp, pd.Timestamp], strays: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]) -> bool:
    if (hole[1] - hole[0]).days + 1 < GAP_DAYS or not _cuts_a_year(hole):
        return False
    return not any(start <= hole[1] and hole[0] <= end for start, end in strays)


def _cuts_a_year(hole: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    """Return whether the hole starts or ends inside a year: one of whole years is a year nobody counted."""
    return (hole[0].month, hole[0].day) != (1, 1) or (hole[1].month, hole[1].day) != (12, 31)


def _quarter(hole: tuple[pd.Timestamp, pd.Timestamp]) -> str:
    """Return the hole as a quarter where it is one, else as its days."""
    first, last = hole
    whole = first.day == 1 and first.month % 3 == 1 and last == first + pd.offsets.QuarterEnd(0)
    return f"{first.year} kvartal {(first.month + 2) // 3}" if whole else _period(first, last)


def _period(start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return a period as a year, a month, or its first and last day."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return f"{start.year}"
    if start.day == 1 and end == start + pd.offsets.MonthEnd(0):
        return f"{start:%Y-%m}"
    return f"{start:%Y-%m-%d}–{end:%Y-%m-%d}"


def _shown(amount: float) -> str:
    """Return an amount as it is typed in Sweden."""
    return f"{amount:.10g}".replace(".", ",")
