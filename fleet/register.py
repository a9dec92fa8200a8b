"""From rows of lists to a register of stays: one row a vehicle in one organisation, from a first to a last day.

Handles one list with dates and yearly lists alike; duplicates, leases bought out, vehicles moved between companies, sold and back.
P4  every row of the list ends in exactly one stay, or in a fault that names it.
P5  stays of one vehicle never overlap.
P6  yearly lists of a register give the same year-end shares as the register with dates.
Method: docs/metod/fordon.md, 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Fault
from data.layers_fleet import VEHICLES
from data.settings.fleet import RegisterSettings
from data.texts import text

DAY = pd.Timedelta(days=1)
_DATES = ("in_date", "out_date", "in_earliest", "out_earliest")


@dataclass(frozen=True)
class Register:
    """The register (VEHICLES) and what could not be taken as it stood."""

    vehicles: pd.DataFrame
    faults: tuple[Fault, ...]


def register(rows: pd.DataFrame, settings: RegisterSettings, *, today: dt.date, owners: Sequence[str] = ()) -> Register:
    """Return the register of a list of rows (VEHICLE_ROWS).

    owners: organisations of the municipal group; others in the list are told, not left out. Rows dated after `today` are kept.
    """
    rows = rows.reset_index(drop=True)
    dated = rows["snapshot"].isna()
    stays = pd.concat([_dated(rows[dated]), _from_lists(rows[~dated])], ignore_index=True)
    faults = list(_date_faults(stays, today))
    stays = _mend_dates(stays)
    stays, joined = _join(stays, settings.same_stay_days)
    stays = stays.assign(outside=_outside(stays, settings, today))
    known = [*settings.other_authorities, *owners]
    faults += [*joined, *(_stranger_faults(stays, known) if owners else ())]
    names = [*VEHICLES.names, *(name for name in stays.columns if name not in (*VEHICLES.names, "snapshot", "key"))]
    return Register(stays[names], tuple(sorted(faults, key=lambda f: (f.file, f.sheet or "", f.row or 0))))


def _key(rows: pd.DataFrame) -> pd.Series:
    places = rows["sheet"].fillna(rows["file"]) + "-" + rows["row"].astype(str)
    return rows["registration"].where(rows["registration"].notna(), "rad " + places)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with dates of their own as stays; a missing first day falls back on first registration."""
    stated = rows["in_date"].notna()
    from_register = ~stated & rows["first_registered"].notna()
    return rows.assign(
        key=_key(rows),
        in_date=rows["in_date"].where(stated, rows["first_registered"]),
        in_basis=np.select([stated, from_register], ["stated", "first_registered"], "unknown"),
        in_earliest=pd.NaT,
        out_basis=np.where(rows["out_date"].notna(), "stated", "unknown"),
        out_earliest=pd.NaT,
    ).astype({"in_earliest": "datetime64[ns]", "out_earliest": "datetime64[ns]"})


def _from_lists(rows: pd.DataFrame) -> pd.DataFrame:
    """Return yearly lists as stays: an unbroken run of lists a vehicle stands in is one stay.

    The first day lies after the list before and the last day before the list after; a stated date or the first registration
    is taken where it lies there, else the day of the list, with the earliest possible day beside it.
    """
    if rows.empty:
        return _dated(rows)
    rows = rows.assign(key=_key(rows), company=rows["company"].fillna("")).sort_values(
        ["company", "key", "snapshot"], kind="stable"
    )
    lists = rows.groupby("company")["snapshot"].unique().map(np.sort)
    rank = np.concatenate([np.searchsorted(lists[company], group) for company, group in rows.groupby("company")["snapshot"]])
    new = (rows["key"] != rows["key"].shift()) | (rows["company"] != rows["company"].shift())
    run = (new | (pd.Series(rank, rows.index).diff() > 1)).cumsum()
    groups = rows.groupby(run.to_numpy(), sort=False)
    last = groups.last()  # the latest word on every fact that any of the lists states
    first_rank, last_rank = (
        pd.Series(rank).groupby(run.to_numpy()).agg(["min", "max"])[how].to_numpy() for how in ("min", "max")
    )
    dates = [lists[company] for company in last["company"]]
    before = _dates(d[i - 1] if i else None for d, i in zip(dates, first_rank, strict=True))
    after = _dates(d[i + 1] if i + 1 < len(d) else None for d, i in zip(dates, last_rank, strict=True))
    seen_first, seen_last = (pd.to_datetime(groups["snapshot"].agg(how)).reset_index(drop=True) for how in ("min", "max"))
    last = last.reset_index(drop=True).assign(company=lambda frame: frame["company"].replace("", pd.NA))
    return _list_dates(last, (before, seen_first), (seen_last, after))


def _dates(values: Iterator[object]) -> pd.Series:
    return pd.Series(pd.to_datetime(list(values)), dtype="datetime64[ns]")


def _list_dates(stays: pd.DataFrame, came: tuple[pd.Series, pd.Series], went: tuple[pd.Series, pd.Series]) -> pd.DataFrame:
    (before, first), (last, after) = came, went
    stated = stays["in_date"].notna() & (stays["in_date"] <= first) & ~(stays["in_date"] <= before)
    registered = ~stated & (stays["first_registered"] <= first) & ~(stays["first_registered"] <= before)
    told = stays["out_date"].notna() & (stays["out_date"] > last) & ~(stays["out_date"] > after)
    gone = after.notna() | told
    return stays.assign(
        in_date=stays["in_date"].where(stated, stays["first_registered"].where(registered, first)),
        in_basis=np.select([stated, registered, before.notna()], ["stated", "first_registered", "snapshot"], "unknown"),
        in_earliest=(before + DAY).where(~stated & ~registered),
        out_date=stays["out_date"].where(told, after),
        out_basis=np.select([told, gone], ["stated", "snapshot"], "unknown"),
        out_earliest=(last + DAY).where(gone & ~told),
    )


def _date_faults(stays: pd.DataFrame, today: dt.date) -> Iterator[Fault]:
    backwards = stays["out_date"] < stays["in_date"]
    yield from (_fault(row, "backwards", "out_date", got=f"{row.out_date:%Y-%m-%d}") for row in stays[backwards].itertuples())
    yield from (_fault(row, "undated", "in_date") for row in stays[stays["in_date"].isna()].itertuples())
    overdue = stays["out_date"].isna() & (stays["lease_end"] < pd.Timestamp(today)) & (stays["tenure"] == "leased")
    yield from (_fault(row, "overdue", "lease_end", got=f"{row.lease_end:%Y-%m-%d}") for row in stays[overdue].itertuples())
    late = stays["ordered"] > stays["in_date"]
    yield from (_fault(row, "late_order", "ordered", got=f"{row.ordered:%Y-%m-%d}") for row in stays[late].itertuples())
    dropped = stays["out_date"].isna() & (stays["status"] == "deregistered")
    yield from (_fault(row, "deregistered", "status") for row in stays[dropped].itertuples())


def _fault(row: object, kind: str, column: str, **values: object) -> Fault:
    name = row.registration if isinstance(row.registration, str) else row.key  # type: ignore[attr-defined]
    return Fault(
        str(row.file),  # type: ignore[attr-defined]
        text(f"fleet.register.{kind}", registration=name, **values),
        text(f"fleet.register.{kind}_fix"),
        sheet=row.sheet if isinstance(row.sheet, str) else None,  # type: ignore[attr-defined]
        row=int(row.row),  # type: ignore[attr-defined]
        column=VEHICLES[column].label,
    )


def _mend_dates(stays: pd.DataFrame) -> pd.DataFrame:
    """Return stays without impossible dates: a last day before the first, or an order after the arrival, is not known."""
    backwards = stays["out_date"] < stays["in_date"]
    return stays.assign(
        in_date=stays["in_date"].mask(backwards),
        in_basis=stays["in_basis"].mask(backwards, "unknown"),
        ordered=stays["ordered"].mask(stays["ordered"] > stays["in_date"]),
    )


def _join(stays: pd.DataFrame, slack: int) -> tuple[pd.DataFrame, list[Fault]]:
    """Return stays with those of one vehicle put together, ended or told apart; and what was done, as faults."""
    many = stays["key"].duplicated(keep=False)
    single = stays[~many]
    single = single.assign(vehicle_id=single["key"], arrival="new").reset_index(drop=True)
    if not many.any():
        return single, []
    stays = stays[many].sort_values(["key", "in_date", "out_date"], kind="stable", na_position="last", ignore_index=True)
    faults: list[Fault] = []
    records: list[dict] = []
    for _, group in stays.groupby("key", sort=False):
        records += _one_vehicle(group.to_dict("records"), slack, faults)
    joined = pd.DataFrame.from_records(records, columns=[*stays.columns, "vehicle_id", "arrival"])
    joined = joined.astype({name: stays[name].dtype for name in stays.columns})
    return pd.concat([single, joined], ignore_index=True), faults


def _one_vehicle(rows: list[dict], slack: int, faults: list[Fault]) -> list[dict]:
    """Return the stays of one vehicle, in order; adds to `faults`."""
    kept = [rows[0] | {"arrival": "new"}]
    for row in rows[1:]:
        last = kept[-1]
        same = pd.isna(last["company"]) or pd.isna(row["company"]) or last["company"] == row["company"]
        overlap = _overlaps(last, row)
        gap = np.inf if pd.isna(last["out_date"]) or pd.isna(row["in_date"]) else (row["in_date"] - last["out_date"]).days
        if same and (overlap or gap <= slack):
            if overlap:
                faults.append(_row_fault(row, "duplicate", other=last["row"]))
            kept[-1] = _merged(last, row)
        elif overlap and (pd.isna(row["in_date"]) or row["in_date"] == last["in_date"]):
            faults.append(_row_fault(row, "conflict", company=last["company"], other=last["row"]))
        else:
            if overlap:
                faults.append(_row_fault(last, "moved", company=row["company"], other=row["row"]))
                last |= {"out_date": row["in_date"], "out_basis": row["in_basis"]}
            kept.append(row | {"arrival": "moved" if overlap or gap <= slack else "back"})
    return [row | {"vehicle_id": row["key"] + (f"#{n}" if n > 1 else "")} for n, row in enumerate(kept, start=1)]


def _overlaps(last: dict, row: dict) -> bool:
    return pd.isna(last["out_date"]) or pd.isna(row["in_date"]) or row["in_date"] < last["out_date"]


def _merged(last: dict, row: dict) -> dict:
    """Return two rows of one stay as one: the later row's word where it has one, first and last day of both."""
    ended = last["out_date"] if pd.notna(last["out_date"]) and pd.notna(row["out_date"]) else pd.NaT
    facts = {name: value for name, value in row.items() if not _blank(value)}
    ends = row if pd.isna(ended) or row["out_date"] >= ended else last
    open_end = _duplicate_end(last, row)
    keep = {name: last[name] for name in ("in_date", "in_basis", "in_earliest", "file", "sheet", "row", "arrival", "ordered")}
    if pd.isna(keep["in_date"]):
        keep |= {name: row[name] for name in ("in_date", "in_basis", "in_earliest")}
    out = {name: ends[name] for name in ("out_date", "out_basis", "out_earliest")}
    return last | facts | keep | (open_end or out)


def _duplicate_end(last: dict, row: dict) -> dict | None:
    """Return the one last day stated when two rows of the very same stay differ in that one lacks it."""
    if row["in_date"] == last["in_date"] or pd.isna(row["in_date"]):
        for one, other in ((last, row), (row, last)):
            if pd.isna(one["out_date"]) and pd.notna(other["out_date"]):
                return {name: other[name] for name in ("out_date", "out_basis", "out_earliest")}
    return None


def _blank(value: object) -> bool:
    return value is None or value in ("unknown", False) or (not isinstance(value, str) and bool(pd.isna(value)))


def _row_fault(row: dict, kind: str, **values: object) -> Fault:
    sheet = row["sheet"] if isinstance(row["sheet"], str) else None
    got = text(f"fleet.register.{kind}", registration=row["key"], **values)
    return Fault(str(row["file"]), got, text(f"fleet.register.{kind}_fix"), sheet=sheet, row=int(row["row"]))


def _outside(stays: pd.DataFrame, settings: RegisterSettings, today: dt.date) -> pd.Series:
    """Return why each stay stands outside the goal (OUTSIDE, in order), or empty."""
    end = stays["out_date"].fillna(stays["lease_end"]).fillna(pd.Timestamp(today))
    short = (stays["tenure"] == "rental") & ((end - stays["in_date"]).dt.days < settings.min_rental_days)
    still = stays["out_date"].isna()
    reasons = {
        "emergency": stays["emergency"],
        "other_authority": stays["other_authority"] | stays["company"].isin(settings.other_authorities),
        "short_rental": short,
        "deregistered": still & (stays["status"] == "deregistered"),
        "off_road": still & (stays["status"] == "off_road"),
        "trailer": stays["vehicle_class"] == "trailer",
    }
    chosen = np.select([flag.fillna(False).to_numpy(bool) for flag in reasons.values()], list(reasons), "")
    return pd.Series(chosen, stays.index, dtype="str").mask(lambda why: why == "")


def _stranger_faults(stays: pd.DataFrame, known: Sequence[str]) -> Iterator[Fault]:
    strange = stays[stays["company"].notna() & ~stays["company"].isin(known)]
    for company, group in strange.groupby("company"):
        first = group.sort_values("row").iloc[0]
        got = text("fleet.register.stranger", company=company, n=len(group))
        sheet = first["sheet"] if isinstance(first["sheet"], str) else None
        yield Fault(str(first["file"]), got, text("fleet.register.stranger_fix"), sheet=sheet, row=int(first["row"]))
