"""Which plants, how large and when: the cheapest set that reaches the target, as a mixed-integer program. docs/metod/plan.md.

options: one row a size of a candidate: candidate_id, kwp [kW], capex_sek, npv_sek, owner, connection_id, limit_kwp (of the connection;
NaN none), earliest_year. Solved with HiGHS; the gap it stopped at is part of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.errors import KilError
from data.texts import text
from solar import mip
from solar.mip import Model
from solar.words import number

Objective = Literal["net_cost", "capex", "npv"]
SHARED = ("target", "year_kw", "budget", "owner")
"""Limits over many plants."""
KW_SLACK = 1e-6
"""kW. A target is met when no more than this is missing."""


@dataclass(frozen=True)
class Limits:
    """What the plan must keep. Power in kW, money in SEK; None or an empty mapping: no limit. must: candidate ids that are built."""

    years: tuple[int, ...]
    target_kw: float | None = None
    max_kw_per_year: float | None = None
    budget_per_year: float | None = None
    max_kw_per_owner: Mapping[str, float] = field(default_factory=dict)
    must: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The answer. rows: the chosen options with `year`; objective [SEK]; gap: relative to what is bounded; seconds used."""

    rows: pd.DataFrame
    objective: float
    gap: float
    seconds: float
    optimal: bool

    @property
    def kw(self) -> float:
        """Module power chosen [kW]."""
        return float(self.rows["kwp"].sum())


class Infeasible(KilError):
    """No plan keeps every limit, or none was found in time, which the message says. `reach_kw`: the most that can be built; `relief`:
    limit -> how much more of it would do, by itself or, when none does, of all of them together."""  # noqa: D205, D209

    def __init__(self, message: str, *, reach_kw: float, relief: Mapping[str, float]) -> None:
        self.reach_kw, self.relief = reach_kw, dict(relief)
        super().__init__(message)


def solve(
    options: pd.DataFrame,
    limits: Limits,
    *,
    objective: Objective = "net_cost",
    rate: float = 0.0,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
) -> Chosen:
    """Return the best plan; raise Infeasible, saying which limit stands in the way and by how much.

    net_cost: least -NPV (in the first year's money, `rate` a year) that reaches the target; what pays for itself is built also beyond it.
    capex: least investment that reaches the target. npv: highest NPV under the limits, target or not. Raises ValueError without options.
    """
    _check(options, limits)
    model = _model(options, limits, objective=objective, rate=rate)
    how = {"gap": gap, "time_limit_s": time_limit_s}
    try:
        found = mip.solve(model, **how)
    except mip.Undecided:
        raise _explained(options, limits, proved=False, **how) from None
    if found is None:
        raise _explained(options, limits, proved=True, **how)
    chosen, value, reached, seconds = found
    rows = options.iloc[model.option[chosen]].assign(year=model.year[chosen])
    return Chosen(rows.sort_values(["year", "npv_sek"], ascending=[True, False]), value, reached, seconds, reached <= gap + 1e-12)


def _check(options: pd.DataFrame, limits: Limits) -> None:
    if options.empty:
        raise EmptyCandidates(text("plan.empty"))
    strangers = sorted(set(limits.must) - set(options["candidate_id"]))
    if strangers:
        raise EmptyCandidates(text("plan.must_unknown", ids=", ".join(strangers)))
    late = options.groupby("candidate_id")["earliest_year"].min() if "earliest_year" in options else None
    waiting = [] if late is None else [c for c in limits.must if late[c] > max(limits.years)]
    if waiting:
        raise EmptyCandidates(text("plan.must_waits", ids=", ".join(waiting), year=max(limits.years)))


class EmptyCandidates(KilError):
    """There is nothing to choose among, or something that must be built is not among it."""


def _model(options: pd.DataFrame, limits: Limits, *, objective: Objective, rate: float) -> Model:
    years = np.array(sorted(limits.years))
    earliest = options["earliest_year"].to_numpy(float) if "earliest_year" in options else np.full(len(options), -np.inf)
    option, slot = np.nonzero(years[None, :] >= np.nan_to_num(earliest, nan=-np.inf)[:, None])
    worth = (1 + rate) ** -(years[slot] - years[0]).astype(float)
    money = options["capex_sek"] if objective == "capex" else -options["npv_sek"]
    cost = money.to_numpy(float)[option] * worth
    rows = list(_constraints(options, limits, option, years[slot]))
    shared = tuple(n for n, row in enumerate(rows) if row[0].split(":")[0] in SHARED)
    return Model(option, years[slot], cost, rows, shared)


def _constraints(
    options: pd.DataFrame, limits: Limits, option: np.ndarray, year: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, float, float]]:
    everything = np.arange(len(option))
    kw, capex = options["kwp"].to_numpy(float)[option], options["capex_sek"].to_numpy(float)[option]
    ids = options["candidate_id"].to_numpy()[option]
    for candidate, columns in _groups(ids, everything):
        low = 1.0 if candidate in limits.must else 0.0
        yield f"candidate:{candidate}", columns, np.ones(len(columns)), low, 1.0
    if limits.target_kw is not None:
        yield "target", everything, kw, limits.target_kw - KW_SLACK, np.inf
    for name, most, weight in (("year_kw", limits.max_kw_per_year, kw), ("budget", limits.budget_per_year, capex)):
        for each, columns in _groups(year, everything) if most is not None else ():
            yield f"{name}:{each}", columns, weight[columns], -np.inf, float(most or 0)
    owner = options["owner"].to_numpy(object)[option] if limits.max_kw_per_owner else option
    for name, most in limits.max_kw_per_owner.items():
        columns = np.flatnonzero(owner == name)
        yield f"owner:{name}", columns, kw[columns], -np.inf, most
    yield from _connections(options, option, kw, everything)


def _connections(
    options: pd.DataFrame, option: np.ndarray, kw: np.ndarray, everything: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, float, float]]:
    if "limit_kwp" not in options or options["limit_kwp"].isna().all():
        return
    most = options["limit_kwp"].to_numpy(float)
    limited = everything[np.isfinite(most[option])]
    for connection, columns in _groups(options["connection_id"].to_numpy()[option[limited]], limited):
        yield f"connection:{connection}", columns, kw[columns], -np.inf, float(most[option[columns]].min())


def _groups(keys: np.ndarray, columns: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    codes, names = pd.factorize(keys)
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    for n, name in enumerate(names):
        yield name, columns[order[edges[n] : edges[n + 1]]]


def reach_kw(options: pd.DataFrame, limits: Limits, *, gap: float = 1e-4, time_limit_s: float = 60.0) -> float | None:
    """Return the most kW every limit but the target lets be built; None when not even the musts can be kept, or the time is up."""
    free = replace(limits, target_kw=None)
    model = _model(options.assign(npv_sek=options["kwp"]), free, objective="npv", rate=0.0)
    try:
        found = mip.solve(model, gap=gap, time_limit_s=time_limit_s)
    except mip.Undecided:
        return None
    return None if found is None else -found[1]


def _explained(options: pd.DataFrame, limits: Limits, *, proved: bool, **how: float) -> Infeasible:
    """Say how far the limits reach, and how much more of which limit would reach the target, or what the candidates hold if less.

    First each kind of limit by itself; if none is enough alone, all of them together.
    """
    reach = reach_kw(options, limits, **how)
    most = float(options.groupby("candidate_id")["kwp"].max().sum())
    short = limits.target_kw is not None and most < limits.target_kw - KW_SLACK
    wanted = replace(limits, target_kw=most) if short else limits
    kinds = _kinds(limits, options)
    alone = {kind: slack[kind] for kind in kinds if (slack := _slack(options, wanted, [kind], **how))}
    together = {} if alone or len(kinds) < 2 else _slack(options, wanted, kinds, **how)
    goal = text("plan.infeasible.goal.roofs" if short else "plan.infeasible.goal.target")
    lines = [] if proved else [text("plan.infeasible.undecided", seconds=number(how["time_limit_s"], 0))]
    if proved and reach is not None and limits.target_kw is not None:
        lines.append(text("plan.infeasible.reach", target=_mw(limits.target_kw), reach=_mw(reach)))
    if short:
        lines.append(text("plan.infeasible.roofs", most=_mw(most), missing=_mw((limits.target_kw or 0.0) - most)))
    lines += [
        text(f"plan.infeasible.{kind}", more=_more(kind, slack), goal=goal) for kind, slack in alone.items() if slack > KW_SLACK
    ]
    if together:
        named = ", ".join(
            f"{text(f'plan.limit.{kind}')} {_more(kind, slack)}" for kind, slack in together.items() if slack > KW_SLACK
        )
        lines.append(text("plan.infeasible.several", limits=named, goal=goal))
    relief = {kind: slack for kind, slack in alone.items() if slack > KW_SLACK}
    return Infeasible("\n".join(lines or [text("plan.infeasible.must")]), reach_kw=reach or 0.0, relief=relief or together)


def _more(kind: str, slack: float) -> str:
    return text("plan.infeasible.sek", more=number(slack / 1e6, 2)) if kind == "budget" else f"{number(slack, 0)} kW"


def _mw(kw: float) -> str:
    return number(kw / 1000, 2)


def _kinds(limits: Limits, options: pd.DataFrame) -> list[str]:
    stated = {
        "year_kw": limits.max_kw_per_year is not None,
        "budget": limits.budget_per_year is not None,
        "owner": bool(limits.max_kw_per_owner),
        "connection": "limit_kwp" in options and bool(options["limit_kwp"].notna().any()),
    }
    return [kind for kind, there in stated.items() if there]


def _slack(options: pd.DataFrame, limits: Limits, kinds: list[str], *, gap: float, time_limit_s: float) -> dict[str, float]:
    """Return kind -> the sum by which its limits must be passed for a plan to exist, the least; of several kinds the least share of each.

    Empty when even that is not enough.
    """
    model = _model(options, limits, objective="net_cost", rate=0.0)
    soft = [n for n, row in enumerate(model.constraints) if row[0].split(":")[0] in kinds]
    n, rows = len(model.cost), list(model.constraints)
    for position, row in enumerate(soft):
        name, columns, weights, low, high = rows[row]
        rows[row] = (name, np.append(columns, n + position), np.append(weights, -1.0), low, high)
    share = [1.0 / max(rows[row][4], 1.0) if len(kinds) > 1 else 1.0 for row in soft]
    cost = np.concatenate([np.zeros(n), share])
    found = mip.least_slack(Model(model.option, model.year, cost, rows), n, gap=gap, time_limit_s=time_limit_s)
    if found is None:
        return {}
    of = [rows[row][0].split(":")[0] for row in soft]
    return {kind: float(sum(value for value, own in zip(found, of, strict=True) if own == kind)) for kind in kinds}


def curve(
    options: pd.DataFrame,
    limits: Limits,
    targets_kw: np.ndarray,
    *,
    objective: Objective = "net_cost",
    rate: float = 0.0,
    **how: float,
) -> pd.DataFrame:
    """Return the cost of every target, each solved anew: kw (target), built_kw, net_cost_sek, capex_sek, candidates, marginal_sek_per_kw.

    The marginal cost of a step is what the objective rises per kW from the target before. Targets that cannot be reached are left out.
    """
    rows = []
    for target in targets_kw:
        own = replace(limits, target_kw=float(target))
        try:
            found = solve(options, own, objective=objective, rate=rate, **how)
        except Infeasible:
            break
        rows.append(
            {
                "kw": float(target),
                "built_kw": found.kw,
                "net_cost_sek": -float(found.rows["npv_sek"].sum()),
                "capex_sek": float(found.rows["capex_sek"].sum()),
                "candidates": len(found.rows),
                "objective_sek": found.objective,
            }
        )
    table = pd.DataFrame(rows, columns=["kw", "built_kw", "net_cost_sek", "capex_sek", "candidates", "objective_sek"])
    return table.assign(marginal_sek_per_kw=table["objective_sek"].diff() / table["kw"].diff())
