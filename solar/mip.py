"""A mixed-integer program of yes and no, solved within a gap that is proved: relaxation, exchanges, and the rest if needed. HiGHS.

Nothing here knows of plants or money.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from solar import exchange
from solar.exchange import Row

Best = tuple[np.ndarray, float]
"""Chosen columns and what they cost."""
CORE_COLUMNS = 1500
"""Columns the core holds beside those the relaxation uses."""
NODES = 150
"""Most relaxations of the search over counts."""
SHARES = (0.0, 0.15, 0.35, 0.6, 0.85)
"""Of the size of a broken plant, from which plants are counted."""
MANY = 60
"""With more broken plants than this it is limits of single plants that break them: counting the others does not help."""
WHOLE = 1e-6
"""How near a whole number a value is one."""
FEASIBLE = 2
"""HiGHS' word for a solution that keeps every constraint (kSolutionStatusFeasible)."""


@dataclass(frozen=True)
class Model:
    """Yes or no for each column. option, year: what it stands for; cost of a yes; constraints (name, columns, weights, low, high).

    counts: positions of the constraints over many columns, of which it is settled how many each holds.
    """

    option: np.ndarray
    year: np.ndarray
    cost: np.ndarray
    constraints: list[Row]
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Relaxed:
    """A solution with fractions allowed: its value, the columns' reduced costs and values, the duals and sums of the rows."""

    value: float
    reduced: np.ndarray
    values: np.ndarray
    duals: np.ndarray
    sums: np.ndarray


def solve(model: Model, *, gap: float, time_limit_s: float) -> tuple[np.ndarray, float, float, float] | None:
    """Return (chosen columns, objective, relative gap, seconds), or None when nothing keeps every constraint.

    The relaxation bounds the answer; rounded and mended by exchanges it is nearly always within the gap. If not, the search over
    counts; if not, a core of the columns of least reduced cost; if not, every column that may still be in a better plan (reduced cost
    below what is left of the gap), which loses nothing.
    """
    started = time.perf_counter()
    solver = _solver(_fractions(model))
    root = _run(solver)
    if root is None:
        return None
    best, bound = _search(model, solver, root, gap=gap)
    if not _within(best, bound, gap):
        left = max(time_limit_s - (time.perf_counter() - started), 1.0)
        best, bound = _wider(model, root, best, bound=bound, gap=gap, time_limit_s=left)
    if best is None:
        return None
    reached = max(0.0, best[1] - max(bound, -np.inf)) / max(abs(best[1]), 1.0)
    return *best, reached, time.perf_counter() - started


def _within(best: Best | None, bound: float, gap: float) -> bool:
    return best is not None and best[1] - bound <= gap * max(abs(best[1]), 1.0)


def _search(model: Model, solver: Any, root: Relaxed, *, gap: float) -> tuple[Best | None, float]:
    """Return the best (choice, objective) and the bound after the search over counts, the least bound first.

    Where large plants are cheaper a kW, plans with one plant more or less under a limit differ far more than plans of the same number:
    the relaxation then mixes a large plant and a small one to what no plant is. Settling how many plants of each size a limit holds
    raises the bound, and shows what to round.
    """
    broken = int(((root.values > WHOLE) & (root.values < 1 - WHOLE)).sum())
    best = _better(None, model, root, gap=gap, widest=1 if broken > MANY else len(exchange.MOVES))
    if _within(best, root.value, gap) or broken > MANY:
        return best, root.value
    counts, first = _counts(model, root), len(model.constraints)
    for columns in counts:
        solver.addRow(-np.inf, np.inf, len(columns), columns.astype(np.int32), np.ones(len(columns)))
    low, high = np.full(len(counts), -np.inf), np.full(len(counts), np.inf)
    waiting, done, bound = [(root.value, 0, low, high)], np.inf, root.value
    for node in range(1, NODES):
        if not waiting or _within(best, min(waiting[0][0], done), gap):
            break
        _, _, low, high = heapq.heappop(waiting)
        for g in range(len(counts)):
            solver.changeRowBounds(first + g, low[g], high[g])
        at = _run(solver)
        if at is None:
            continue
        best = _better(best, model, at, gap=gap)
        sums = at.sums[first:]
        apart = np.abs(sums - np.round(sums))
        if not len(counts) or apart.max() <= WHOLE:
            done = min(done, at.value)
            continue
        g = int(apart.argmax())
        below, above = high.copy(), low.copy()
        below[g], above[g] = np.floor(sums[g]), np.ceil(sums[g])
        heapq.heappush(waiting, (at.value, 2 * node, low, below))
        heapq.heappush(waiting, (at.value, 2 * node + 1, above, high))
    ends = [entry[0] for entry in waiting[:1]] + [done]
    return best, max(bound, min(*ends, np.inf if best is None else best[1]))


def _counts(model: Model, root: Relaxed) -> list[np.ndarray]:
    """Return the sets of columns that are counted: of each limit the relaxation breaks a plant for all, and those from shares of that
    plant's size."""  # noqa: D205, D209
    between = (root.values > WHOLE) & (root.values < 1 - WHOLE)
    sets = []
    for row in model.counts:
        _, columns, weights, *_ = model.constraints[row]
        broken = weights[between[columns]].max(initial=0.0)
        if broken > 0:
            sets += [columns[weights >= share * broken] for share in SHARES]
    return sets


def _better(best: Best | None, model: Model, at: Relaxed, *, gap: float, widest: int = len(exchange.MOVES)) -> Best | None:
    """Return the better of `best` and the plan that exchanges lead to from a relaxation."""
    problem = exchange.Problem.of(model.cost, model.constraints, model.counts, at.duals)
    goal = at.value + gap / 2 * max(abs(at.value), 1.0)
    found = exchange.improve(problem, problem.rounded(at.values), goal=goal, widest=widest)
    if found is None or (best is not None and best[1] <= found[1]):
        return best
    chosen = np.zeros(len(model.cost), bool)
    chosen[found[0]] = True
    return chosen, found[1]


def _wider(
    model: Model, root: Relaxed, best: Best | None, *, bound: float, gap: float, time_limit_s: float
) -> tuple[Best | None, float]:
    """Return the best (choice, objective) and the bound after the core and, if needed, all that may be in a better plan. HiGHS."""
    started = time.perf_counter()

    def take(columns: np.ndarray, left: float, **options: float) -> float:
        nonlocal best
        found = _solved(_part(model, columns), time_limit=max(left, 1.0), **options)
        if found is not None and (best is None or found[1] <= best[1]):
            chosen = np.zeros(len(model.cost), bool)
            chosen[columns[found[0]]] = True
            best = chosen, found[1]
        return -np.inf if found is None else found[2]

    core = _core(root.reduced, root.values)
    if len(core) < len(model.cost):
        take(core, time_limit_s, mip_rel_gap=gap / 2, objective_target=bound + 0.99 * gap * max(abs(bound), 1.0))
    if not _within(best, bound, gap):
        room = np.inf if best is None else best[1] - root.value
        kept = np.flatnonzero((np.abs(root.reduced) <= room * (1 + 1e-9) + 1e-6) | (root.values > 1e-9))
        proved = take(kept, time_limit_s - (time.perf_counter() - started), mip_rel_gap=gap)
        bound = max(bound, min(proved, np.inf if best is None else best[1]))
    return best, bound


def _core(reduced: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the columns of the core: all the relaxation uses, and those that cost least to add."""
    ranked = np.argsort(np.abs(reduced), kind="stable")[:CORE_COLUMNS]
    return np.union1d(ranked, np.flatnonzero(values > 1e-9))


def _part(model: Model, columns: np.ndarray) -> Model:
    """Return the model of some of its columns; constraints that lose all their columns and hold without them are left out."""
    place = np.full(len(model.cost), -1)
    place[columns] = np.arange(len(columns))
    rows = []
    for name, own, weights, low, high in model.constraints:
        there = place[own] >= 0
        if there.any() or low > 0:
            rows.append((name, place[own][there], weights[there], low, high))
    return Model(model.option[columns], model.year[columns], model.cost[columns], rows)


def _fractions(model: Model) -> Any:
    lp = _lp(model)
    lp.integrality_ = []
    return lp


def _run(solver: Any) -> Relaxed | None:
    """Solve what the solver holds; None when it has no solution."""
    import highspy

    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = solver.getSolution()
    sides = (np.array(side) for side in (found.col_dual, found.col_value, found.row_dual, found.row_value))
    return Relaxed(solver.getInfo().objective_function_value, *sides)


def _solved(model: Model, **options: float) -> tuple[np.ndarray, float, float] | None:
    """Return (chosen columns, objective, bound) of the whole-number problem; None when nothing was found. options: of HiGHS."""
    solver = _solver(_lp(model), **options)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != FEASIBLE:
        return None
    return np.array(solver.getSolution().col_value) > 0.5, info.objective_function_value, info.mip_dual_bound


def _solver(lp: Any, **options: float) -> Any:
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS without callbacks: turning them on writes a banner to stdout, where data goes."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS' own name
            """Leave callbacks off."""

    solver = Quiet()
    for name, value in ({"output_flag": False, "threads": 1, "random_seed": 0} | options).items():
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    return solver


def _lp(model: Model) -> Any:
    import highspy

    n, rows = len(model.cost), model.constraints
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, len(rows)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, np.zeros(n), np.ones(n)
    lp.row_lower_, lp.row_upper_ = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(row[1]) for row in rows])]).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate([row[1] for row in rows]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([row[2] for row in rows]).astype(float)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * n
    return lp


def least_slack(model: Model, binaries: int, *, gap: float, time_limit_s: float) -> float | None:
    """Return the least objective when the columns after the first `binaries` are continuous and unbounded above."""
    import highspy

    lp = _lp(model)
    upper = np.ones(len(model.cost))
    upper[binaries:] = np.inf
    lp.col_upper_ = upper
    kinds = [highspy.HighsVarType.kInteger] * binaries
    lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (len(model.cost) - binaries)
    solver = _solver(lp, mip_rel_gap=max(gap, 1e-3), time_limit=time_limit_s)
    solver.run()
    return solver.getInfo().objective_function_value if solver.getInfo().primal_solution_status == FEASIBLE else None
