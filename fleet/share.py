"""Share of fossil-free vehicles on a day, its series, and the share goal under every reading.

P1  0 <= share <= 1 and fossil_free + unknown <= n.
P2  an unknown vehicle counts neither way: share = fossil_free / (n - unknown), with the bounds share_low and share_high.
P3  groups add up: `all` is the sum of its classes, companies and tenures.
Method: docs/metod/fordon.md, 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from data.layers_fleet import CLASSES, TENURES
from data.settings.fleet import FleetGoalSettings
from fleet.definitions import NOT_COVERED, UNKNOWN, YES, Definition, Facts, facts, judge

ALL = "all"
SCOPES: dict[str, tuple[str, ...]] = {
    "cars": ("car",),
    "light": ("car", "light_lorry"),
    "all": ("car", "light_lorry", "heavy_lorry", "bus", "machine", "other", "unknown"),
}
HEADROOM_RELATIVE = 1.0
"""A share cannot pass one: above 1/1.15 (86.96 %) in the base year the relative reading asks for more."""


def scopes(goal: FleetGoalSettings) -> dict[str, tuple[str, ...]]:
    """Return scope -> classes; machines leave `all` when the settings say so."""
    if goal.machines_in_all:
        return SCOPES
    return SCOPES | {"all": tuple(name for name in SCOPES["all"] if name != "machine")}


def in_service(vehicles: pd.DataFrame, day: dt.date) -> np.ndarray:
    """Return which vehicles are in service at the end of `day` and inside the goal (bool). Undated ones are not: see `undated`."""
    when = pd.Timestamp(day)
    came = vehicles["in_date"].to_numpy("datetime64[ns]") <= when.to_datetime64()
    gone = vehicles["out_date"].to_numpy("datetime64[ns]") <= when.to_datetime64()  # NaT compares false: still there
    return came & ~gone & vehicles["outside"].isna().to_numpy()


def undated(vehicles: pd.DataFrame) -> int:
    """Return how many vehicles inside the goal have no first day and so stand in no share."""
    return int((vehicles["in_date"].isna() & vehicles["outside"].isna()).sum())


@dataclass(frozen=True)
class Cube:
    """Counts of one day and one definition by class, company and tenure: axis 3 is yes, unknown, no."""

    counts: np.ndarray
    companies: tuple[str, ...]


def shares(
    vehicles: pd.DataFrame,
    definitions: Sequence[Definition],
    days: Iterable[dt.date],
    *,
    goal: FleetGoalSettings,
    fuelled: Mapping[dt.date, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Return the shares (SHARES) on each of `days` under each definition.

    vehicles: VEHICLES. fuelled: day -> share of fossil-free energy bought in the year before [0..1, NaN], one a vehicle.
    A definition that needs fuel cards has no rows on a day without any. Groups: every class and scope with every company, and every
    tenure; a group without vehicles has no row.
    """
    known = facts(vehicles)
    company, companies = pd.factorize(vehicles["company"].fillna(""), sort=True)
    companies = companies if len(companies) else [""]
    tenure = pd.Categorical(vehicles["tenure"], categories=TENURES).codes
    groups = (known.classes, company, tenure)
    found: list[pd.DataFrame] = []
    for day in days:
        here = in_service(vehicles, day)
        told = known.with_fuelled(fuelled[day]) if fuelled and day in fuelled else known
        for definition in definitions:
            if definition.needs_cards and told is known:
                continue
            cube = Cube(_counts(judge(definition, told), here, groups, len(companies)), tuple(companies))
            head = {"date": pd.Timestamp(day), "definition": definition.id, "in_force": definition.in_force(day)}
            found.append(_frame(cube, scopes(goal)).assign(**head))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_COLUMNS)
    return table[_COLUMNS].astype(_TYPES)


_COLUMNS = [
    *("date", "definition", "class", "company", "tenure", "n", "fossil_free", "unknown", "share", "share_low", "share_high"),
    "in_force",
]
_TYPES = {"date": "datetime64[ns]", "class": "str", "company": "str", "tenure": "str", "definition": "str"}


def _counts(verdict: np.ndarray, here: np.ndarray, groups: tuple[np.ndarray, ...], companies: int) -> np.ndarray:
    shape = (len(CLASSES), max(companies, 1), len(TENURES), 3)
    use = here & (verdict != NOT_COVERED)
    answer = np.where(verdict == YES, 0, np.where(verdict == UNKNOWN, 1, 2))
    flat = np.ravel_multi_index([*(group[use] for group in groups), answer[use]], shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def _frame(cube: Cube, scope: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return the groups of a cube that hold vehicles: class or scope by company, and by tenure over all companies."""
    by_class = [(name, (name,)) for name in CLASSES if name != "trailer"] + [(s, scope[s]) for s in ("light", ALL)]
    stack = np.stack([cube.counts[[CLASSES.index(name) for name in names]].sum(axis=0) for _, names in by_class])
    companies = np.concatenate([stack.sum(axis=(1, 2))[:, None], stack.sum(axis=2)], axis=1)
    tenures = stack.sum(axis=1)
    parts = [
        _part([name for name, _ in by_class], companies, "company", [ALL, *cube.companies]),
        _part([name for name, _ in by_class], tenures, "tenure", list(TENURES)),
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame[(frame["n"] > 0) & (frame["company"] != "")]


def _part(classes: list[str], counts: np.ndarray, axis: str, names: list[str]) -> pd.DataFrame:
    yes, unknown, no = counts.reshape(-1, 3).T
    n, known = yes + unknown + no, yes + no
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {"n": n, "fossil_free": yes, "unknown": unknown, "share": yes / known}
        columns |= {"share_low": yes / n, "share_high": (yes + unknown) / n}
    groups = {"class": np.repeat(np.array(classes, object), len(names)), axis: np.tile(np.array(names, object), len(classes))}
    return pd.DataFrame({"company": ALL, "tenure": ALL} | groups | columns)


def year_ends(goal: FleetGoalSettings, today: dt.date) -> list[dt.date]:
    """Return the last day of every year from the base year up to `today`, and `today` itself."""
    last = today.year if (today.month, today.day) == (12, 31) else today.year - 1
    ends = [dt.date(year, 12, 31) for year in range(goal.base_year, last + 1)]
    return ends if ends and ends[-1] == today else [*ends, today]


def total(table: pd.DataFrame, definition: str, scope: str) -> pd.DataFrame:
    """Return the rows of one definition and scope over all companies and tenures, by date."""
    label = "car" if scope == "cars" else scope
    keep = (table["definition"] == definition) & (table["class"] == label)
    return table[keep & (table["company"] == ALL) & (table["tenure"] == ALL)].sort_values("date")


def unjudged(table: pd.DataFrame, definition: str, scope: str) -> tuple[int, int]:
    """Return (vehicles nobody can judge, all vehicles) on the latest day of one definition and scope; (0, 0) without any."""
    rows = total(table, definition, scope)
    return (int(rows["unknown"].iloc[-1]), int(rows["n"].iloc[-1])) if len(rows) else (0, 0)


def straddles(table: pd.DataFrame, definition: str, scope: str, required: float) -> bool:
    """Return whether the vehicles nobody can judge decide: the bounds of the latest share lie on both sides of `required` (0..1)."""
    rows = total(table, definition, scope)
    if not len(rows) or np.isnan(required):
        return False
    return bool(rows["share_low"].iloc[-1] < required - 1e-12 and rows["share_high"].iloc[-1] >= required - 1e-12)


def readings(table: pd.DataFrame, definitions: Sequence[Definition], goal: FleetGoalSettings) -> pd.DataFrame:
    """Return the share goal under each definition, scope and reading: base, latest, required and how it stands.

    state: reached, short (not reached at the latest day), unreachable (more than every vehicle is asked for), undefined
    (relative to a base of zero) or no_data. Shares are 0..1; gap = required - latest.
    """
    rows = []
    for definition, scope, how in product(definitions, SCOPES, ("relative", "points")):
        series = total(table, definition.id, scope)
        base = _at(series, dt.date(goal.base_year, 12, 31))
        until = series[series["date"] <= pd.Timestamp(goal.date)]
        latest = float(until["share"].iloc[-1]) if len(until) else np.nan
        required = base * (1 + goal.increase_percent / 100) if how == "relative" else base + goal.increase_percent / 100
        state = _state(base, latest, required, how)
        if state in ("undefined", "no_data"):
            required = np.nan
        rows.append(
            {"definition": definition.id, "scope": scope, "reading": how, "base": base, "latest": latest}
            | {"required": required, "gap": required - latest, "state": state}
            | {"chosen": (definition.id, scope, how) == (goal.definition, goal.scope, goal.reading)}
        )
    return pd.DataFrame(rows)


def _at(series: pd.DataFrame, day: dt.date) -> float:
    found = series.loc[series["date"] == pd.Timestamp(day), "share"]
    return float(found.iloc[0]) if len(found) else np.nan


def _state(base: float, latest: float, required: float, how: str) -> str:
    if np.isnan(base) or np.isnan(latest):
        return "no_data"
    if how == "relative" and base == 0:
        return "undefined"
    if required > HEADROOM_RELATIVE + 1e-12:
        return "unreachable"
    return "reached" if latest >= required - 1e-12 else "short"


def status_on(vehicles: pd.DataFrame, definition: Definition, fuelled: np.ndarray | None = None) -> np.ndarray:
    """Return YES, UNKNOWN, NO or NOT_COVERED for each vehicle under one definition (`fuelled` as in `shares`, one day)."""
    known: Facts = facts(vehicles)
    return judge(definition, known if fuelled is None else known.with_fuelled(fuelled))
