"""The replacement ledger: old and new in pairs, kept with what the fleet manager has confirmed, and judged.

P9   a confirmed row never changes: its vehicles, dates, confidence and exemption are as in the file.
P10  a vehicle stands in at most one pair that is not rejected; a rejected pair does not come back.
P11  every vehicle that left or came inside the goal stands in the ledger: in a pair, as decommissioned or as added.
Method: docs/metod/fordon.md, 4 and 5.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import Fault
from data.layers_fleet import LEDGER, REPLACEMENTS, VERDICTS
from data.settings.fleet import FleetSettings, MatchSettings
from data.texts import text
from fleet.definitions import NO, NOT_COVERED, UNKNOWN, YES
from fleet.linkage import Belief, Side, candidates, edges, learn, prune, sides
from fleet.matching import assign

EXEMPTION = ("exemption_reason", "exemption_delegate", "exemption_date", "exemption_reference", "exemption_until")
HEAVY = ("heavy_lorry", "bus", "machine")
STATED_CONFIDENCE = 0.99
"""A pair the list itself states ("Ersätter"): as sure as a row someone typed."""
_KEPT = ("out_date", "in_date", "ordered", "confidence")


@dataclass(frozen=True)
class Pairing:
    """Rows old-new with confidence and state (ids of VEHICLES, empty where there is none), what was learnt, and faults."""

    pairs: pd.DataFrame
    belief: Belief
    faults: tuple[Fault, ...]


def empty_ledger() -> pd.DataFrame:
    """Return a LEDGER without rows."""
    kinds = {"str": "str", "date": "datetime64[ns]", "float": "float64"}
    return pd.DataFrame({column.name: pd.Series(dtype=kinds[column.dtype]) for column in LEDGER.columns})


def pair(
    vehicles: pd.DataFrame, settings: FleetSettings, ledger: pd.DataFrame | None = None, *, file: str = "ersattningar.xlsx"
) -> Pairing:
    """Return old and new vehicles in pairs, with what is left on either side.

    vehicles: VEHICLES. ledger: LEDGER as edited, or None. Confirmed rows hold; rejected pairs are not made again. A vehicle that
    moved within the group is neither old nor new; neither is one known only to have been there when the first list was made.
    """
    ledger = empty_ledger() if ledger is None else ledger.reset_index(drop=True)
    old, new = _since(_left(vehicles), _came(vehicles), settings)
    faults = list(_ledger_faults(ledger, vehicles, file))
    confirmed = _confirmed(ledger)
    inside = _with_confirmed(old, new, vehicles, confirmed)
    old, new = inside
    side_old, side_new = sides(old, new)
    number_old, number_new = (pd.Series(np.arange(len(frame)), frame["vehicle_id"]) for frame in inside)
    fixed = _fixed(confirmed, number_old, number_new)
    stated = _stated(new, number_old, fixed)
    held = (np.concatenate([fixed[0], stated[0]]), np.concatenate([fixed[1], stated[1]]))
    found = _candidates(side_old, side_new, settings.match, held)
    out, came, forced = _without_rejected(found, ledger, number_old, number_new)
    link = prune(edges(side_old, side_new, (out, came), forced), side_old, side_new, settings.match)
    belief, _, sure = learn(link, side_old, side_new, settings.match)
    sure = np.where(link.forced, STATED_CONFIDENCE, sure)
    chosen = assign(link.out, link.new, sure - settings.match.min_confidence)
    rows = _rows(old, new, (link.out[chosen], link.new[chosen], sure[chosen]))
    return Pairing(_keep_confirmed(rows, confirmed, ledger), belief, tuple(faults))


def _left(vehicles: pd.DataFrame) -> pd.DataFrame:
    """Return vehicles that left the group: not those that moved on within it."""
    base = vehicles["vehicle_id"].str.split("#").str[0]
    order = vehicles.assign(_base=base).sort_values(["_base", "in_date"], kind="stable")
    moved_on = (order["arrival"].shift(-1) == "moved") & (order["_base"] == order["_base"].shift(-1))
    leaves = vehicles["out_date"].notna() & vehicles["outside"].isna() & ~moved_on.reindex(vehicles.index)
    return vehicles[leaves].reset_index(drop=True)


def _came(vehicles: pd.DataFrame) -> pd.DataFrame:
    dated = vehicles["in_date"].notna() & (vehicles["in_basis"] != "unknown")
    return vehicles[dated & vehicles["outside"].isna() & (vehicles["arrival"] != "moved")].reset_index(drop=True)


def _since(old: pd.DataFrame, new: pd.DataFrame, settings: FleetSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both sides from `years_back` years before the base year."""
    start = pd.Timestamp(settings.goal.base_year - settings.match.years_back, 1, 1)
    return old[old["out_date"] >= start].reset_index(drop=True), new[new["in_date"] >= start].reset_index(drop=True)


def _confirmed(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return confirmed rows, the first of each vehicle."""
    rows = ledger[ledger["state"] == "confirmed"]
    again = _again(rows["out_reg"]) | _again(rows["in_reg"])
    return rows[~again & (rows["out_reg"].notna() | rows["in_reg"].notna())]


def _again(column: pd.Series) -> pd.Series:
    return column.duplicated() & column.notna()


def _with_confirmed(
    old: pd.DataFrame, new: pd.DataFrame, vehicles: pd.DataFrame, confirmed: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both sides without vehicles confirmed to stand alone, and with those confirmed in a pair whatever their dates."""
    both = confirmed[confirmed["out_reg"].notna() & confirmed["in_reg"].notna()]
    frames = []
    for frame, column, date in ((old, "out_reg", "out_date"), (new, "in_reg", "in_date")):
        alone = confirmed.loc[~confirmed.index.isin(both.index), column]
        known = vehicles["vehicle_id"].isin(both[column]) & ~vehicles["vehicle_id"].isin(frame["vehicle_id"])
        extra = vehicles[known & vehicles[date].notna()]
        frames.append(pd.concat([frame[~frame["vehicle_id"].isin(alone)], extra], ignore_index=True))
    return frames[0], frames[1]


def _fixed(confirmed: pd.DataFrame, old: pd.Series, new: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    out, came = confirmed["out_reg"].map(old), confirmed["in_reg"].map(new)
    both = out.notna() & came.notna()
    return out[both].to_numpy(np.int64), came[both].to_numpy(np.int64)


def _stated(new: pd.DataFrame, old: pd.Series, fixed: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs the list itself states, less those of vehicles already confirmed and all but the first of each old one."""
    out = new["replaces"].map(old) if len(old) else pd.Series(np.nan, new.index)
    came = np.arange(len(new))
    use = out.notna() & ~out.duplicated() & ~out.isin(fixed[0]) & ~np.isin(came, fixed[1])
    return out[use].to_numpy(np.int64), came[use.to_numpy()].astype(np.int64)


def _candidates(
    old: Side, new: Side, settings: MatchSettings, held: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return candidate pairs and which of them hold whatever they weigh; a vehicle in such a pair has no other candidate."""
    out, came = candidates(old, new, settings)
    held_out, held_new = held
    free = ~np.isin(out, held_out) & ~np.isin(came, held_new)
    forced = np.concatenate([np.zeros(int(free.sum()), bool), np.ones(len(held_out), bool)])
    return np.concatenate([out[free], held_out]), np.concatenate([came[free], held_new]), forced


def _without_rejected(
    found: tuple[np.ndarray, np.ndarray, np.ndarray], ledger: pd.DataFrame, old: pd.Series, new: pd.Series
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    out, came, forced = found
    rejected = ledger[(ledger["state"] == "rejected") & ledger["out_reg"].notna() & ledger["in_reg"].notna()]
    pairs = set(zip(rejected["out_reg"].map(old), rejected["in_reg"].map(new), strict=True))
    if not pairs:
        return found
    keep = np.array([pair not in pairs for pair in zip(out.tolist(), came.tolist(), strict=True)], bool)
    return out[keep], came[keep], forced[keep]


def _rows(old: pd.DataFrame, new: pd.DataFrame, made: tuple[np.ndarray, np.ndarray, np.ndarray]) -> pd.DataFrame:
    out, came, sure = made
    ids_old, ids_new = old["vehicle_id"].to_numpy(object), new["vehicle_id"].to_numpy(object)
    alone_old, alone_new = np.setdiff1d(np.arange(len(old)), out), np.setdiff1d(np.arange(len(new)), came)
    best = np.ones(len(alone_old) + len(alone_new))
    frame = pd.DataFrame(
        {
            "out_reg": np.concatenate([ids_old[out], ids_old[alone_old], np.full(len(alone_new), None)]),
            "in_reg": np.concatenate([ids_new[came], np.full(len(alone_old), None), ids_new[alone_new]]),
            "confidence": np.concatenate([sure, best]),
        }
    )
    return frame.astype({"out_reg": "str", "in_reg": "str"}).assign(state="inferred")


def _keep_confirmed(rows: pd.DataFrame, confirmed: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with confirmed ones as the file has them, and rejected ones after them."""
    settled = rows["out_reg"].isin(confirmed["out_reg"].dropna()) | rows["in_reg"].isin(confirmed["in_reg"].dropna())
    rejected = ledger[ledger["state"] == "rejected"]
    names = ["out_reg", "in_reg", "confidence", "state"]
    return pd.concat([rows[~settled][names], confirmed[names], rejected[names]], ignore_index=True)


def _ledger_faults(ledger: pd.DataFrame, vehicles: pd.DataFrame, file: str) -> Iterator[Fault]:
    confirmed = ledger[ledger["state"] == "confirmed"]
    known = set(vehicles["vehicle_id"])
    for column in ("out_reg", "in_reg"):
        for index, name in confirmed.loc[_again(confirmed[column]), column].items():
            yield _fault(file, index, column, "twice", registration=name)
        strange = confirmed[column].notna() & ~confirmed[column].isin(known)
        for index, name in confirmed.loc[strange, column].items():
            yield _fault(file, index, column, "stranger", registration=name)
    for index in ledger.index[_exemption_state(ledger, dt.date.max) == "incomplete"]:
        yield _fault(file, index, "exemption_reason", "incomplete")


def _fault(file: str, index: object, column: str, kind: str, **values: object) -> Fault:
    got = text(f"fleet.ledger.{kind}", **values)
    return Fault(file, got, text(f"fleet.ledger.{kind}_fix"), row=int(str(index)) + 2, column=LEDGER[column].label)


def _exemption_state(rows: pd.DataFrame, today: dt.date) -> np.ndarray:
    """Return none, valid, expired or incomplete for each row: all five facts are needed, and the last day not before the first."""
    given = rows[list(EXEMPTION)].notna()
    whole = given.all(axis=1) & ~(rows["exemption_until"] < rows["exemption_date"])
    late = rows["exemption_until"] < _timestamp(today)
    return np.select([~given.any(axis=1), ~whole, late], ["none", "incomplete", "expired"], "valid")


def _timestamp(day: dt.date) -> pd.Timestamp:
    return pd.Timestamp(min(day, dt.date(2262, 1, 1)))


def judge_pairs(
    pairs: pd.DataFrame,
    vehicles: pd.DataFrame,
    status: np.ndarray,
    settings: FleetSettings,
    *,
    today: dt.date,
    ledger: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the judged ledger (REPLACEMENTS), what needs attention first.

    pairs: `Pairing.pairs`. status: YES/UNKNOWN/NO/NOT_COVERED of every vehicle under the goal's definition, in the order of
    `vehicles`. ledger: LEDGER as edited; gives exemptions (by new vehicle), notes, and the dates of confirmed rows.
    """
    ledger = empty_ledger() if ledger is None else ledger
    by_id = vehicles.assign(status=status).set_index("vehicle_id")
    old, new = by_id.reindex(pairs["out_reg"]), by_id.reindex(pairs["in_reg"])
    rows = pairs.reset_index(drop=True).assign(
        out_date=old["out_date"].to_numpy(),
        in_date=new["in_date"].to_numpy(),
        ordered=new["ordered"].to_numpy(),
        company=new["company"].fillna(pd.Series(old["company"].to_numpy(), new.index)).to_numpy(),
        **{"class": new["vehicle_class"].to_numpy()},
    )
    rows = _kept_dates(rows, ledger).assign(**_from_ledger(rows, ledger))
    rows = rows.assign(**_when(rows, new, settings), exemption=_exemption_state(rows, today), kind=_kind(rows))
    codes = new["status"].fillna(UNKNOWN).to_numpy(np.int8)
    rows = rows.assign(
        fossil_free=pd.array(np.where(codes == YES, True, np.where(codes == NO, False, None)), "boolean"),
        verdict=_verdict(rows, codes, _excluded(new, settings), settings),
        definition=settings.goal.definition,
        pair_id=rows["out_reg"].fillna("-") + ">" + rows["in_reg"].fillna("-"),
    )
    rows = rows[~rows["pair_id"].duplicated()]
    order = rows["verdict"].map({name: rank for rank, name in enumerate(VERDICTS)})
    ranked = rows.assign(_order=order).sort_values(["_order", "in_date", "pair_id"], kind="stable", ignore_index=True)
    return ranked[REPLACEMENTS.names]


def _kind(rows: pd.DataFrame) -> np.ndarray:
    return np.select([rows["in_reg"].isna(), rows["out_reg"].isna()], ["decommissioning", "addition"], "replacement")


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
    told = ledger[ledger[list(EXEMPTION)].notna().any(axis=1) & ledger["in_reg"].notna()]
    told = told.sort_values("state", key=lambda s: s != "confirmed", kind="stable").drop_duplicates("in_reg").set_index("in_reg")
    columns: dict[str, pd.Series] = {}
    for name in EXEMPTION:
        values = told[name].reindex(rows["in_reg"].where(rows["in_reg"].notna(), "")).reset_index(drop=True)
        columns[name] = values.where(rows["state"] != "rejected").astype(empty[name].dtype)
    notes = ledger.drop_duplicates(["out_reg", "in_reg"]).set_index(["out_reg", "in_reg"])["note"]
    pairs = pd.MultiIndex.from_frame(rows[["out_reg", "in_reg"]])
    return columns | {"note": notes.reindex(pairs).reset_index(drop=True).astype("str")}


def _when(rows: pd.DataFrame, new: pd.DataFrame, settings: FleetSettings) -> dict[str, object]:
    """Return the day each pair is judged by, what that rests on, and whether the order may be older than the decision."""
    registered = pd.Series(new["first_registered"].to_numpy(), rows.index)
    fallback = registered.where(registered.notna() & ~_used(new, settings), rows["in_date"])
    if settings.goal.judged_by == "delivery":
        basis = np.where(rows["in_date"].notna(), "delivery", "none")
        return {"judged_on": rows["in_date"], "order_basis": basis, "maybe_before": False}
    stated = rows["ordered"].notna()
    day = rows["ordered"].where(stated, fallback)
    decision = pd.Timestamp(settings.goal.decision)
    late = (day - decision).dt.days
    maybe = ~stated & (late >= 0) & (late <= settings.vehicles.longest_lead_days)
    return {
        "judged_on": day,
        "order_basis": np.select([stated, day.notna()], ["order", "first_registered"], "none"),
        "maybe_before": maybe.to_numpy(bool),
    }


def _used(new: pd.DataFrame, settings: FleetSettings) -> np.ndarray:
    """Return whether each new vehicle was bought used: registered long before it came."""
    age = (new["in_date"] - new["first_registered"]).dt.days.to_numpy()
    return age > settings.vehicles.used_after_days


def _excluded(new: pd.DataFrame, settings: FleetSettings) -> np.ndarray:
    """Return whether the goal's reading leaves the new vehicle out."""
    goal = settings.goal
    leased = new["tenure"].isin(["leased", "rental"]).to_numpy() & (not goal.leased)
    heavy = new["vehicle_class"].isin(HEAVY).to_numpy() & (not goal.heavy)
    return leased | heavy | (_used(new, settings) & (not goal.used))


def _verdict(rows: pd.DataFrame, codes: np.ndarray, excluded: np.ndarray, settings: FleetSettings) -> np.ndarray:
    pair_made = (rows["kind"] == "replacement") & (rows["state"] != "rejected")
    tests = {
        "not_replacement": ~pair_made,
        "outside": excluded | (codes == NOT_COVERED),
        "before_decision": rows["judged_on"] < pd.Timestamp(settings.goal.decision),
        "compliant": codes == YES,
        "unknown": (codes == UNKNOWN) | rows["judged_on"].isna(),
        "exempt": rows["exemption"] == "valid",
        "exemption_expired": rows["exemption"] == "expired",
    }
    return np.select([np.asarray(test, bool) for test in tests.values()], list(tests), "violation")


def to_ledger(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the file the fleet manager edits (LEDGER), in the order of the judged ledger."""
    return judged[LEDGER.names].reset_index(drop=True)
