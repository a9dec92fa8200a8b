"""The replacement ledger: old and new in pairs, kept with what the fleet manager has confirmed. `fleet.judging` judges them.

P9   a confirmed row never changes: its vehicles, dates, confidence and exemption stay as in the file.
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
from data.layers_fleet import LEDGER
from data.settings.fleet import FleetSettings, MatchSettings
from data.texts import text
from fleet.judging import empty_ledger, exemption_state
from fleet.linkage import DATES, FEATURES, Belief, Edges, Side, candidates, edges, learn, prune, sides
from fleet.matching import assign

STATED_CONFIDENCE = 0.99
"""A pair the list itself states ("Ersätter"): as sure as a row someone typed."""


_USED = ["vehicle_id", "arrival", "outside", "in_basis", "replaces", "company", "vehicle_class", *FEATURES, *DATES]


@dataclass(frozen=True)
class Pairing:
    """Rows old-new with confidence and state (ids of VEHICLES, empty where there is none), what was learnt, and faults."""

    pairs: pd.DataFrame
    belief: Belief
    faults: tuple[Fault, ...]


def pair(
    vehicles: pd.DataFrame, settings: FleetSettings, ledger: pd.DataFrame | None = None, *, file: str = "ersattningar.xlsx"
) -> Pairing:
    """Return old and new vehicles in pairs, with what is left on either side.

    vehicles: VEHICLES. ledger: LEDGER as edited (index = row in the file), or None. Confirmed rows hold; rejected pairs are not made
    again. A vehicle that moved within the group is neither old nor new; neither is one known only to have been there when the first
    list was made.
    """
    ledger, vehicles = empty_ledger() if ledger is None else ledger, vehicles[_USED]
    faults = list(ledger_faults(ledger, vehicles, file))
    ledger = ledger.reset_index(drop=True)
    old, new = _since(_left(vehicles), _came(vehicles), settings)
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
    belief, link, sure = learn(link, side_old, side_new, settings.match)
    sure = np.where(link.forced, STATED_CONFIDENCE, sure)
    chosen = assign(link.out, link.new, _gain(link, sure, settings.match))
    rows = _rows(old, new, (link.out[chosen], link.new[chosen], sure[chosen]))
    return Pairing(_keep_confirmed(rows, confirmed, ledger), belief, tuple(faults))


def _gain(link: Edges, sure: np.ndarray, settings: MatchSettings) -> np.ndarray:
    """Return what each pair adds to what is right: the pair itself, and that its new vehicle came for any of the old ones.

    sure: probabilities [0..1]. A new vehicle that surely replaced one of several gets the likeliest; a doubtful one stays an addition.
    """
    came_for_any = np.minimum(np.bincount(link.new, sure), 1.0)[link.new] if len(link) else sure
    return np.where(sure >= settings.min_confidence, sure + came_for_any - 0.5, 0.0)


def _left(vehicles: pd.DataFrame) -> pd.DataFrame:
    """Return vehicles that left the group: not those that moved on within it."""
    leaves = vehicles["out_date"].notna() & vehicles["outside"].isna()
    base = pd.Series([name.partition("#")[0] for name in vehicles["vehicle_id"].to_numpy(object)], vehicles.index, dtype=object)
    several = base.isin(base[vehicles["arrival"] == "moved"])
    order = vehicles[several].assign(_base=base[several]).sort_values(["_base", "in_date"], kind="stable")
    moved_on = (order["arrival"].shift(-1) == "moved") & (order["_base"] == order["_base"].shift(-1))
    return vehicles[leaves & ~moved_on.reindex(vehicles.index, fill_value=False)].reset_index(drop=True)


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


def ledger_faults(ledger: pd.DataFrame, vehicles: pd.DataFrame, file: str) -> Iterator[Fault]:
    """Yield what is wrong in an edited ledger: a vehicle confirmed twice, one that is not in the list, an exemption not whole."""
    if ledger.empty:
        return
    confirmed = ledger[ledger["state"] == "confirmed"]
    known = set(vehicles["vehicle_id"])
    for column in ("out_reg", "in_reg"):
        for index, name in confirmed.loc[_again(confirmed[column]), column].items():
            yield _fault(file, index, column, "twice", registration=name)
        strange = confirmed[column].notna() & ~confirmed[column].isin(known)
        for index, name in confirmed.loc[strange, column].items():
            yield _fault(file, index, column, "stranger", registration=name)
    for index in ledger.index[exemption_state(ledger, dt.date.max) == "incomplete"]:
        yield _fault(file, index, "exemption_reason", "incomplete")


def _fault(file: str, index: object, column: str, kind: str, **values: object) -> Fault:
    got = text(f"fleet.ledger.{kind}", **values)
    return Fault(file, got, text(f"fleet.ledger.{kind}_fix"), row=int(str(index)), column=LEDGER[column].label)
