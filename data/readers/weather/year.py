"""From what a file says to one year of hours: stamps to interval middles, one calendar year, and every fault at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Fault, InputError
from data.readers.spreadsheet import row_list
from data.readers.weather.raw import Raw
from data.readers.weather.sun import limits, slip_minutes, sun
from data.texts import text

TYPICAL_YEAR = 2018
"""Year typical months are put in: no leap day, and midway between two, so the sun stands as it does on average."""
HOUR = pd.Timedelta(hours=1)
YEAR_HOURS = (8760, 8784)
DARK_NOISE_W_M2 = 5.0  # pyranometers show a few watts below zero at night (thermal offset); more is a fault
YEAR_KWH_M2 = (300, 2800)
"""Global horizontal irradiation of a year: from the cloudiest polar coasts to the high deserts (Global Solar Atlas: 700 to 2 700)."""
KWH_PER_WH = 1e-3
SMALLEST_OFFSET_MIN = 1.0
GAPS_TOLD = 8

Said = list[tuple[str, dict[str, object]]]


@dataclass(frozen=True)
class Year:
    """One year: frame on tz-aware UTC interval middles, and what was done to get it."""

    frame: pd.DataFrame
    said: Said


def one_year(raw: Raw, file: str, place: tuple[float, float]) -> Year:
    """Return the year in `raw`; raise InputError with every fault. place: latitude, longitude [deg] the weather is of."""
    table = raw.values.assign(row=raw.rows).reset_index(drop=True)
    table["local"] = raw.convention.middle(raw.stamps).round("1s")
    faults = [*raw.faults, *_stamp_faults(raw, table, file)]
    table = table.dropna(subset=["local"])
    table, said = _one_calendar(table, raw)
    faults += _clock_faults(table, file)
    table = table.drop_duplicates("local").sort_values("local").set_index("local")
    table, more = _complete_year(table)
    table, leap = _without_leap_gap(table)
    said += more + leap
    faults += _gap_faults(table, file)
    table.index = raw.convention.utc(pd.DatetimeIndex(table.index)).rename("time")
    table, faults_of_values, more = _values(table, file, place, raw.faults)
    if not (faults or faults_of_values):
        faults += _sum_faults(table, file)
    if faults or faults_of_values:
        raise InputError([*faults, *faults_of_values])
    frame, offset = _with_found_offset(table.drop(columns="row"), raw, place)
    return Year(frame, [*said, *more, *offset])


def _stamp_faults(raw: Raw, table: pd.DataFrame, file: str) -> Iterator[Fault]:
    if raw.naive_rows:
        rows = raw.naive_rows
        yield Fault(file, text("weather.naive", n=len(rows)), text("weather.naive_fix"), row=rows[0])
    bad = table.loc[table["local"].isna(), "row"]
    if len(bad):
        yield Fault(file, text("weather.bad_stamp", n=len(bad)), text("weather.bad_stamp_fix"), row=int(bad.iloc[0]))


def _one_calendar(table: pd.DataFrame, raw: Raw) -> tuple[pd.DataFrame, Said]:
    """Return a typical year's hours moved to one calendar year, its leap day left out; other files as they are."""
    local = table["local"]
    if not (raw.typical or _is_typical(local)):
        return table, []
    leap = (local.dt.month == 2) & (local.dt.day == 29)
    kept = table[~leap]
    clock = kept["local"].dt
    moved = pd.to_datetime({"year": TYPICAL_YEAR, "month": clock.month, "day": clock.day}) + (kept["local"] - clock.normalize())
    said: Said = [("weather.leap_dropped", {"n": int(leap.sum())})] if leap.any() else []
    return kept.assign(local=moved), said


def _is_typical(local: pd.Series) -> bool:
    """Return whether months of different years stand after one another, each hour of the year at most once."""
    if local.is_monotonic_increasing or len(local) > YEAR_HOURS[1]:
        return False
    clock = local.dt
    return not pd.DataFrame({"m": clock.month, "d": clock.day, "h": clock.hour, "min": clock.minute}).duplicated().any()


def _clock_faults(table: pd.DataFrame, file: str) -> Iterator[Fault]:
    """Yield faults of hours that come twice, and the hour that summer time takes away."""
    local = table["local"]
    twice = local.duplicated(keep="first")
    if not twice.any():
        return
    first = table[twice].iloc[0]
    if all(_summer_time_ends(day) for day in local[twice].dt.date.unique()):
        got, fix = text("weather.summer_time", day=first["local"].date()), text("weather.summer_time_fix")
    else:
        got, fix = text("weather.twice", n=int(twice.sum()), time=_said(first["local"])), text("weather.twice_fix")
        got += _rows(table.loc[twice, "row"])
    yield Fault(file, got, fix, row=int(first["row"]))


def _summer_time_ends(day: dt.date) -> bool:
    return day.month == 10 and day.weekday() == 6 and day.day > 24


def _summer_time_begins(day: dt.date) -> bool:
    return day.month == 3 and day.weekday() == 6 and day.day > 24


def _complete_year(table: pd.DataFrame) -> tuple[pd.DataFrame, Said]:
    """Return the hours of one year: of several, the complete one whose sum of GHI is nearest their mean."""
    if len(table) <= YEAR_HOURS[1]:
        return table, []
    years = {int(year): hours for year, hours in table.groupby(table.index.year)}
    full = {year: hours for year, hours in years.items() if len(hours) in YEAR_HOURS and _hours_missing(hours) == 0}
    full = {year: hours for year, hours in full.items() if hours["ghi"].notna().all()} or full
    if not full:
        best = max(years, key=lambda year: years[year]["ghi"].notna().sum())
        return years[best], [("weather.year_of_none", {"year": best})]
    sums = {year: float(hours["ghi"].sum()) for year, hours in full.items()}
    mean = float(np.mean(list(sums.values())))
    chosen = min(sums, key=lambda year: (abs(sums[year] - mean), -year))
    return full[chosen], [("weather.year_chosen", {"year": chosen, "n": len(full), "first": min(full), "last": max(full)})]


def _hours_missing(table: pd.DataFrame) -> int:
    steps = np.diff(table.index.to_numpy()) // np.timedelta64(1, "h")
    return int((steps - 1).clip(min=0).sum())


def _gap_faults(table: pd.DataFrame, file: str) -> Iterator[Fault]:
    if table.empty:
        yield Fault(file, text("readers.no_rows"), text("weather.form_fix"))
        return
    times = pd.DatetimeIndex(table.index)
    steps = np.diff(times.to_numpy())
    uneven = np.flatnonzero(steps != np.timedelta64(1, "h"))
    missing = _hours_missing(table)
    told = uneven[:GAPS_TOLD] if missing else uneven[:1]
    for before in told:
        yield _gap_fault(table, int(before), file)
    if missing and len(uneven) > len(told):
        yield Fault(file, text("weather.more_gaps", n=len(uneven) - len(told)), text("weather.gap_fix"))
    if len(uneven) and not missing:
        return  # not hours at all: how many there are says nothing
    wanted = len(table) + missing
    if wanted not in YEAR_HOURS or (wanted == 8784 and not _has_leap_day(times)):
        yield Fault(
            file, text("weather.length", n=len(table)), text("weather.length_fix"), expected=text("weather.length_expected")
        )


def _sum_faults(table: pd.DataFrame, file: str) -> Iterator[Fault]:
    """Yield a fault of a year's sum that no place on earth has: another unit than W/m2."""
    total = float(table["ghi"].sum()) * KWH_PER_WH
    if not YEAR_KWH_M2[0] <= total <= YEAR_KWH_M2[1]:
        expected = text("weather.sum_expected", least=YEAR_KWH_M2[0], most=YEAR_KWH_M2[1])
        yield Fault(file, text("weather.sum", total=f"{total:.0f}"), text("weather.sum_fix"), column="ghi", expected=expected)


def _gap_fault(table: pd.DataFrame, before: int, file: str) -> Fault:
    """Return the fault of the step after the row `before`: hours that are missing, or a step that is no whole hours."""
    last = table.index[before]
    row = int(table["row"].iloc[before])
    missing = _hours_missing(table.iloc[before : before + 2])
    if missing == 0:
        return Fault(file, text("weather.uneven", time=_said(table.index[before + 1])), text("weather.uneven_fix"), row=row)
    if missing == 1 and _summer_time_begins((last + HOUR).date()):
        return Fault(file, text("weather.summer_time", day=(last + HOUR).date()), text("weather.summer_time_fix"), row=row)
    return Fault(file, text("weather.gap", n=missing, time=_said(last + HOUR)), text("weather.gap_fix"), row=row)


def _without_leap_gap(table: pd.DataFrame) -> tuple[pd.DataFrame, Said]:
    """Return a leap year that lacks just its leap day as an ordinary year."""
    uneven = np.flatnonzero(np.diff(table.index.to_numpy()) != np.timedelta64(1, "h"))
    if len(uneven) != 1 or _hours_missing(table) != 24:
        return table, []
    last = table.index[uneven[0]]
    if not (last.is_leap_year and (last.month, last.day) == (2, 28)):
        return table, []
    moved = table.index + pd.DateOffset(years=TYPICAL_YEAR - last.year)
    return table.set_axis(moved.rename("local"), axis=0), [("weather.leap_missing", {})]


def _has_leap_day(times: pd.DatetimeIndex) -> bool:
    return bool(((times.month == 2) & (times.day == 29)).any())


def _said(moment: pd.Timestamp) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _values(
    table: pd.DataFrame, file: str, place: tuple[float, float], raw_faults: Sequence[Fault]
) -> tuple[pd.DataFrame, list[Fault], Said]:
    """Return the table with night's blanks and noise as 0, and faults for what cannot be."""
    if "ghi" not in table:
        return table, [Fault(file, text("weather.no_ghi"), text("weather.no_ghi_fix"), column="ghi_w_m2")], []
    track = sun(pd.DatetimeIndex(table.index), *place)
    dark = np.max([track.cos_zenith(m) for m in (-30.0, 0.0, 30.0)], axis=0) < 0
    faults: list[Fault] = []
    said: Said = []
    cleaned = table.copy()
    for name, most in limits(track).items():
        if name not in table:
            continue
        values = table[name].to_numpy(dtype=float)
        unread = table["row"].isin({fault.row for fault in raw_faults}).to_numpy()
        faults += _value_faults(table, name, values, (most, dark | unread, file))
        noise = (values < 0) & (values >= -DARK_NOISE_W_M2)
        if noise.any():
            said.append(("weather.noise", {"n": int(noise.sum()), "column": name}))
        cleaned[name] = np.where(dark & np.isnan(values), 0.0, np.maximum(values, 0.0))
    return cleaned, faults, said


def _value_faults(
    table: pd.DataFrame, name: str, values: np.ndarray, bounds: tuple[np.ndarray, np.ndarray, str]
) -> Iterator[Fault]:
    most, dark, file = bounds
    kinds = {
        "weather.missing": np.isnan(values) & ~dark,
        "weather.negative": values < -DARK_NOISE_W_M2,
        "weather.impossible": values > most,
    }
    for key, wrong in kinds.items():
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            got = text(
                key, n=int(wrong.sum()), time=_said(table.index[first]), value=f"{values[first]:.0f}", most=f"{most[first]:.0f}"
            )
            rows = table.loc[wrong, "row"]
            yield Fault(file, got + _rows(rows), text(key + "_fix"), row=int(rows.iloc[0]), column=name)


def _rows(rows: pd.Series) -> str:
    """Return the rows for the end of a sentence, where the one that the fault names is not all."""
    return text("weather.rows", rows=row_list([int(row) for row in rows])) if len(rows) > 1 else ""


def _with_found_offset(frame: pd.DataFrame, raw: Raw, place: tuple[float, float]) -> tuple[pd.DataFrame, Said]:
    """Return the frame moved by the offset its own geometry shows, for sources that leave it out."""
    if not raw.guess_offset or not {"ghi", "dhi", "dni"} <= set(frame):
        return frame, []
    slip = slip_minutes(frame, *place)
    if slip is None or abs(slip) < SMALLEST_OFFSET_MIN:
        return frame, []
    moved = frame.set_axis(pd.DatetimeIndex(frame.index) - pd.Timedelta(minutes=round(slip, 1)), axis=0)
    return moved, [("weather.offset_found", {"minutes": f"{-slip:.1f}".replace(".", ",")})]
