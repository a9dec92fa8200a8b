"""A mixed-integer program of yes and no, solved within a gap that is proved: relaxation, core, and the rest if needed. HiGHS.

Nothing here knows of plants or money.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

CORE_COLUMNS = 1500
"""Columns the core holds beside those the relaxation uses."""
FEASIBLE = 2
"""HiGHS' word for a solution that keeps every constraint (kSolutionStatusFeasible)."""


@dataclass(frozen=True)
class Model:
    """Yes or no for each column. option, year: what it stands for; cost of a yes; constraints (name, columns, weights, low, high)."""

    option: np.ndarray
    year: np.ndarray
    cost: np.ndarray
    constraints: list[tuple[str, np.ndarray, np.ndarray, float, float]]


def solve(model: Model, *, gap: float, time_limit_s: float) -> tuple[np.ndarray, float, float, float] | None:
    """Return (chosen columns, objective, relative gap, seconds), or None when nothing keeps every constraint.

    First the relaxation, whose value bounds the answer. Then the core: the columns whose reduced cost is smallest. The core's best is
    within the gap of the bound nearly always with many candidates; if not, every column that may still be in a better plan is let in
    (reduced cost below what is left of the gap), which loses nothing.
    """
    started = time.perf_counter()
    relaxed = _relaxed(model)
    if relaxed is None:
        return None
    bound, reduced, values = relaxed
    everything = np.arange(len(model.cost))
    core = _core(reduced, values)
    enough = {"mip_rel_gap": gap / 2, "objective_target": bound + 0.99 * gap * max(abs(bound), 1.0)}
    best = _solved(_part(model, core), time_limit=time_limit_s, **enough) if len(core) < len(everything) else None
    if best is None or best[1] - bound > gap * max(abs(best[1]), 1.0):
        room = np.inf if best is None else best[1] - bound
        kept = np.flatnonzero((np.abs(reduced) <= room * (1 + 1e-9) + 1e-6) | (values > 1e-9))
        left = max(time_limit_s - (time.perf_counter() - started), 1.0)
        wider = _solved(_part(model, kept), time_limit=left, mip_rel_gap=gap)
        if wider is not None and (best is None or wider[1] <= best[1]):
            best, core, bound = wider, kept, max(bound, wider[2])
    if best is None:
        return None
    chosen = np.zeros(len(everything), bool)
    chosen[core[best[0]]] = True
    reached = max(0.0, best[1] - max(bound, -np.inf)) / max(abs(best[1]), 1.0)
    return chosen, best[1], reached, time.perf_counter() - started


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


def _relaxed(model: Model) -> tuple[float, np.ndarray, np.ndarray] | None:
    """Return (value, reduced costs, column values) of the problem with fractions allowed; None when even that cannot be."""
    import highspy

    lp = _lp(model)
    lp.integrality_ = []
    solver = _solver(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    return solver.getInfo().objective_function_value, np.array(solution.col_dual), np.array(solution.col_value)


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
