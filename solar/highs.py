"""HiGHS with this project's settings: one thread, one seed, nothing written to stdout. Problems of rows low <= sum <= high."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Row = tuple[str, np.ndarray, np.ndarray, float, float]
"""A constraint: name, columns, weights, low, high."""
FEASIBLE = 2
"""HiGHS' word for a solution that keeps every constraint (kSolutionStatusFeasible)."""


def holding(lp: Any, **options: Any) -> Any:
    """Return a solver that holds a problem. options: of HiGHS."""
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


def problem(cost: np.ndarray, rows: Sequence[Row], upper: np.ndarray | float = 1.0) -> Any:
    """Return the problem of columns from 0 to `upper`, of which rows name those they weigh; fractions are allowed."""
    import highspy

    n, lp = len(cost), highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, len(rows)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(n), np.broadcast_to(upper, n).astype(float)
    lp.row_lower_, lp.row_upper_ = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(row[1]) for row in rows])]).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate([row[1] for row in rows] or [[]]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([row[2] for row in rows] or [[]]).astype(float)
    return lp


def empty(low: np.ndarray, high: np.ndarray) -> Any:
    """Return a problem of rows without columns."""
    return problem(np.empty(0), [("", np.empty(0), np.empty(0), *ends) for ends in zip(low, high, strict=True)])


def add(solver: Any, cost: np.ndarray, weights: tuple[np.ndarray, np.ndarray], *, whole: bool = False) -> None:
    """Add columns from 0. cost (n,); weights: rows (n, k) and values (n, k), of which zeros are left out; whole: yes or no."""
    import highspy

    (rows, values), n = weights, len(cost)
    there = values != 0
    start = np.concatenate([[0], np.cumsum(there.sum(axis=1))])[:-1]
    first = solver.getNumCol()
    upper = np.ones(n)
    solver.addCols(
        n, cost, np.zeros(n), upper, int(there.sum()), start.astype(np.int32), rows[there].astype(np.int32), values[there]
    )
    if whole:
        kinds = np.full(n, highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(n, np.arange(first, first + n, dtype=np.int32), kinds)
