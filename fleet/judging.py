"""Pairs of old and new vehicles judged by the rule that replaced vehicles go fossil-free, under one reading or all of them.

A pair is judged by its order date; where that is not known by first registration, flagged. Exemptions need reason, delegate, date,
reference and last day. P18  the verdict under the goal's own reading is one of the readings of `replacement_readings`.
Method: docs/metod/fordon.md, 5.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from data.layers_fleet import LEDGER, REPLACEMENTS, VERDICTS
from data.settings.fleet import FleetGoalSettings, FleetSettings
from fleet.definitions import NO, NOT_COVERED, UNKNOWN, YES, Definition
from fleet.share import status_on

EXEMPTION = ("exemption_reason", "exemption_delegate", "exemption_date", "exemption_reference", "exemption_until")
HEAVY = ("heavy_lorry", "bus", "machine")
READING_DIMS = ("judged_by", "leased", "used", "heavy", "exemptions")
_USED = ["vehicle_id", "company", "vehicle_class", "tenure", "in_date", "out_date", "ordered", "first_registered"]
_KEPT = ("out_date", "in_date", "ordered", "confidence")


def empty_ledger() -> pd.DataFrame:
    """Return a LEDGER without rows."""
    kinds = {"str": "str", "date": "datetime64[ns]", "float": "float64"}
    return pd.DataFrame({column.name: pd.Series(dtype=kinds[column.dtype]) for column in LEDGER.columns})


def exemption_state(rows: pd.DataFrame, today: dt.date) -> np.ndarray:
    """Return none, valid, expired or incomplete for each row: all five facts are needed, and the last day not before the first."""
    given = rows[list(EXEMPTION)].notna()
    whole = given.all(axis=1) & ~(rows["exemption_until"] < rows["exemption_date"])
    late = rows["exemption_until"] < pd.Timestamp(min(today, dt.date(2262, 1, 1)))
    return np.select([~given.any(axis=1), ~whole, late], ["none", "incomplete", "expired"], "valid")


@dataclass(frozen=True)
class Terms:
    """What a verdict rests on, one row a pair: the ledger's columns, and arrays of what the new vehicle is.

    place: its row in the register (-1 = none). judged: order or delivery -> (day, basis, maybe before the decision).
    """

    rows: pd.DataFrame
    place: np.ndarray
    leased: np.ndarray
    heavy: np.ndarray
    used: np.ndarray
    judged: dict[str, tuple[pd.Series, np.ndarray, np.ndarray]]

    @property
    def made(self) -> np.ndarray:
        """Whether the row is a pair that is not rejected."""
        return ((self.rows["kind"] == "replacement") & (self.rows["state"] != "rejected")).to_numpy()


def terms(
    pairs: pd.DataFrame, vehicles: pd.DataFrame, settings: FleetSettings, *, today: dt.date, ledger: pd.DataFrame | None = None
) -> Terms:
    """Return the terms of every pair (`fleet.replacements.Pairing.pairs`) with the dates and exemptions of the edited ledger."""
    ledger = empty_ledger() if ledger is None else ledger
    pairs = pairs.assign(pair_id=pairs["out_reg"].fillna("-") + ">" + pairs["in_reg"].fillna("-"))
    pairs = pairs[~pairs["pair_id"].duplicated()].reset_index(drop=True)
    by_id = vehicles[_USED].assign(_place=np.arange(len(vehicles))).set_index("vehicle_id")
    old, new = (by_id.reindex(pairs[side]).reset_index(drop=True) for side in ("out_reg", "in_reg"))
    rows = pairs.assign(
        kind=np.select([pairs["in_reg"].isna(), pairs["out_reg"].isna()], ["decommissioning", "addition"], "replacement"),
        out_date=old["out_date"],
        in_date=new["in_date"],
        ordered=new["ordered"],
        company=new["company"].fillna(old["company"]),
        **{"class": new["vehicle_class"].fillna(old["vehicle_class"])},
    )
    rows = _kept_dates(rows, ledger).assign(**_from_ledger(rows, ledger))
    rows = rows.assign(exemption=exemption_state(rows, today))
    used = ((new["in_date"] - new["first_registered"]).dt.days > settings.vehicles.used_after_days).to_numpy()
    return Terms(
        rows,
        new["_place"].fillna(-1).to_numpy(np.int64),
        new["tenure"].isin(["leased", "rental"]).to_numpy(),
        new["vehicle_class"].isin(HEAVY).to_numpy(),
        used,
        {how: _when(rows, new["first_registered"].mask(used), settings, how) for how in ("order", "delivery")},
    )


def _kept_dates(rows: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with what confirmed rows of the file state; where the file is empty the register speaks."""
    held = ledger[ledger["state"] == "confirmed"].set_index(["out_reg", "in_reg"])
    held = held[~held.index.duplicated()]
    if held.empty:
        return rows
    file = held.reindex(pd.MultiIndex.from_frame(rows[["out_reg", "in_reg"]]))
    use = (rows["state"] == "confirmed").to_numpy()
    kept = {name: file[name].reset_index(drop=True).where(use).fillna(rows[name]) for name in _KEPT}
    return rows.assign(**kept)


def _from_ledger(rows: pd.DataFrame, ledger: pd.DataFrame) -> dict[str, pd.Series]:
    """Return exemption columns by new vehicle, and the note by pair."""
    empty = empty_ledger()
    if ledger.empty:
        return {name: empty[name].reindex(rows.index) for name in (*EXEMPTION, "note")}
    told = ledger[ledger[list(EXEMPTION)].notna().any(axis=1) & ledger["in_reg"].notna()]
    told = told.sort_values("state", key=lambda s: s != "confirmed", kind="stable").drop_duplicates("in_reg").set_index("in_reg")
    columns: dict[str, pd.Series] = {}
    for name in EXEMPTION:
        values = told[name].reindex(rows["in_reg"].where(rows["in_reg"].notna(), "")).reset_index(drop=True)
        columns[name] = values.where(rows["state"] != "rejected").astype(empty[name].dtype)
    notes = ledger.drop_duplicates(["out_reg", "in_reg"]).set_index(["out_reg", "in_reg"])["note"]
    pairs = pd.MultiIndex.from_frame(rows[["out_reg", "in_reg"]])
    return columns | {"note": notes.reindex(pairs).reset_index(drop=True).astype("str")}


def _when(
    rows: pd.DataFrame, registered: pd.Series, settings: FleetSettings, how: str
) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Return the day each pair is judged by, what that rests on, and whether the order may be older than the decision.

    registered: first registration, empty for vehicles bought used (their own order is later).
    """
    if how == "delivery":
        return rows["in_date"], np.where(rows["in_date"].notna(), "delivery", "none"), np.zeros(len(rows), bool)
    stated = rows["ordered"].notna()
    day = rows["ordered"].where(stated, registered.where(registered.notna(), rows["in_date"]))
    late = (day - pd.Timestamp(settings.goal.decision)).dt.days
    maybe = ~stated & (late >= 0) & (late <= settings.vehicles.longest_lead_days)
    return day, np.select([stated, day.notna()], ["order", "first_registered"], "none"), maybe.to_numpy(bool)


def verdicts(given: Terms, status: np.ndarray, goal: FleetGoalSettings) -> np.ndarray:
    """Return the verdict (VERDICTS) of every pair. status: YES/UNKNOWN/NO/NOT_COVERED of every vehicle in the register."""
    codes = _codes(given, status)
    day = given.judged[goal.judged_by][0]
    excluded = (given.leased & (not goal.leased)) | (given.heavy & (not goal.heavy)) | (given.used & (not goal.used))
    tests = {
        "not_replacement": ~given.made,
        "outside": excluded | (codes == NOT_COVERED),
        "before_decision": (day < pd.Timestamp(goal.decision)).to_numpy(),
        "compliant": codes == YES,
        "unknown": (codes == UNKNOWN) | day.isna().to_numpy(),
        "exempt": (given.rows["exemption"] == "valid").to_numpy(),
        "exemption_expired": (given.rows["exemption"] == "expired").to_numpy(),
    }
    return np.select(list(tests.values()), list(tests), "violation")


def _codes(given: Terms, status: np.ndarray) -> np.ndarray:
    return np.where(given.place >= 0, np.append(status, UNKNOWN)[given.place], UNKNOWN)


def judge_pairs(given: Terms, status: np.ndarray, goal: FleetGoalSettings) -> pd.DataFrame:
    """Return the judged ledger (REPLACEMENTS) under the goal's own reading, what needs attention first."""
    codes = _codes(given, status)
    day, basis, maybe = given.judged[goal.judged_by]
    rows = given.rows.assign(
        verdict=verdicts(given, status, goal),
        judged_on=day,
        order_basis=basis,
        maybe_before=maybe & given.made,
        fossil_free=pd.array(np.where(codes == YES, True, np.where(codes == NO, False, None)), "boolean"),
        definition=goal.definition,
    )
    order = rows["verdict"].map({name: rank for rank, name in enumerate(VERDICTS)})
    ranked = rows.assign(_order=order).sort_values(["_order", "in_date", "pair_id"], kind="stable", ignore_index=True)
    return ranked[REPLACEMENTS.names]


def replacement_readings(
    given: Terms,
    vehicles: pd.DataFrame,
    definitions: Sequence[Definition],
    *,
    goal: FleetGoalSettings,
    fuelled: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the rule under every reading: definition, READING_DIMS, n, compliant, violation, exempt, unknown, share, chosen.

    share = compliant / (compliant + violation), 0..1, NaN without data. With exemptions "excused" a valid one is left out; "counted"
    it is a violation. An expired or incomplete one is a violation in both. A definition that needs fuel cards has no rows without them.
    """
    rows = []
    for definition in definitions:
        if definition.needs_cards and fuelled is None:
            continue
        status = status_on(vehicles, definition, fuelled)
        for judged_by, *flags in product(("order", "delivery"), *[(True, False)] * 3):
            named = dict(zip(("leased", "used", "heavy"), flags, strict=True))
            reading = goal.model_copy(update={"definition": definition.id, "judged_by": judged_by, **named})
            found, numbers = np.unique(verdicts(given, status, reading), return_counts=True)
            head = {"definition": definition.id, "judged_by": judged_by} | {n: "in" if on else "out" for n, on in named.items()}
            for row in _counts(dict(zip(found.tolist(), numbers.tolist(), strict=True))):
                chosen = reading == goal and row["exemptions"] == "excused"
                rows.append(head | row | {"chosen": chosen})
    return pd.DataFrame(rows)


def _counts(number: dict[str, int]) -> Iterator[dict]:
    exempt, compliant = number.get("exempt", 0), number.get("compliant", 0)
    for exemptions, more in (("excused", 0), ("counted", exempt)):
        broken = number.get("violation", 0) + number.get("exemption_expired", 0) + more
        judged = compliant + broken
        facts = {"n": judged, "compliant": compliant, "violation": broken, "exempt": exempt, "unknown": number.get("unknown", 0)}
        yield {"exemptions": exemptions} | facts | {"share": compliant / judged if judged else np.nan}
