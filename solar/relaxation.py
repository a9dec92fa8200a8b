"""The relaxation of a choice: fractions of patterns (solar/patterns.py) under the limits over many, exact without writing all of them down.

Only patterns that may lower its value are brought in: those that are cheaper than their unit's dual under the limits' (column generation,
Dantzig & Wolfe 1960). The bound is that of whole choices in every unit, far above that of fractions of columns. HiGHS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solar import highs
from solar.highs import Row
from solar.patterns import NOTHING, STEPS, Units

COARSE = 500
"""Steps of weight and price at first, when prices are sought."""
SEEDS = 15
"""Patterns a unit of several groups begins with, at most."""
LEAST_GAIN = 1e-9
"""Share of its price by which a pattern is cheaper than another, at least."""
EXACT = 0.02
"""Share of the gap by which the value may be over the bound."""
DOUBLINGS = 30
"""Times the room for patterns is doubled, from a thousandth of a column's cost."""


@dataclass(frozen=True)
class Relaxed:
    """A solution with fractions. value; bound: no plan costs less; shares (p,) of the patterns; duals, sums (r,): of the limits."""

    value: float
    bound: float
    shares: np.ndarray
    duals: np.ndarray
    sums: np.ndarray


class Relaxation:
    """The patterns brought in so far, and the solver that holds them.

    unit (p,): of a pattern; columns (p, k): what it chooses, NOTHING where there are fewer; low, high (r,): the limits over many.
    """

    def __init__(self, cost: np.ndarray, own: Sequence[Row], shared: Sequence[Row], *, gap: float) -> None:
        """Take the columns' cost (n,), the limits of their own (Units.of) and the limits over many."""
        self._units, self._gap, self._cost = Units.of(len(cost), own), gap, np.append(cost, 0.0)
        self._use = np.zeros((len(cost) + 1, len(shared)))
        for r, (_, columns, weights, *_) in enumerate(shared):
            self._use[columns, r] = weights
        self.limits = len(shared)
        self.low, self.high = (np.array([row[end] for row in shared], float) for end in (3, 4))
        self.unit, self.columns = np.empty(0, np.int64), np.empty((0, np.diff(self._units.first).max()), np.int64)
        ones = np.ones(len(self._units.limit))
        self._solver = highs.holding(highs.empty(np.append(ones, self.low), np.append(ones, self.high)))
        self._begin(own, shared)

    def _begin(self, own: Sequence[Row], shared: Sequence[Row]) -> None:
        """Bring in every choice of the groups alone; of the others, what is cheapest under the duals of fractions of columns."""
        alone, cost = self._units.alone, self._cost[:-1]
        found = self._units.near(cost, np.where(alone, np.inf, -np.inf), len(cost) + len(alone))
        self._add(*found[:2])
        if not alone.all():
            solver = highs.holding(highs.problem(cost, [*shared, *own]))
            solver.run()
            self._add(*self.closest(np.array(solver.getSolution().row_dual)[: len(shared)], SEEDS * int((~alone).sum())))

    def cost(self, columns: np.ndarray) -> np.ndarray:
        """(p,) of patterns."""
        return self._cost[columns].sum(axis=1)

    def use(self, columns: np.ndarray) -> np.ndarray:
        """(p, r) of patterns."""
        return self._use[columns].sum(axis=1)

    def _prices(self, duals: np.ndarray, cost: float = 1.0) -> np.ndarray:
        return cost * self._cost[:-1] - self._use[:-1, : len(duals)] @ duals

    def within(self, duals: np.ndarray, room: float, most: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return unit and columns of the patterns that cost at most `room` more than their unit's best; None above `most`."""
        found = self._units.near(self._prices(duals), np.full(len(self._units.limit), room), most)
        return None if found is None else found[:2]

    def closest(self, duals: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Return unit and columns of at most `most` patterns of units of several groups, those that cost least under duals."""
        price, several = self._prices(duals), ~self._units.alone
        found = self.unit[:0], self.columns[:0]
        room = 1e-3 * np.abs(self._cost).mean()
        for _ in range(DOUBLINGS if several.any() else 0):
            more = self._units.near(price, np.where(several, room, -np.inf), most)
            if more is None:
                break
            found, room = more[:2], 2 * room
        return found

    def count(self, sets: Sequence[np.ndarray]) -> None:
        """Add limits, open for now, on how many columns of each set (of columns) are chosen."""
        for columns in sets:
            self._use = np.column_stack([self._use, np.isin(np.arange(len(self._use)), columns)])
            held = np.flatnonzero(counted := self.use(self.columns)[:, -1])
            self._solver.addRow(-np.inf, np.inf, len(held), held.astype(np.int32), counted[held])
        free = np.full(len(sets), np.inf)
        self.low, self.high = np.append(self.low, -free), np.append(self.high, free)

    def bounded(self, low: np.ndarray, high: np.ndarray) -> Relaxed | None:
        """Solve it with other ends (r,) of the limits; None when nothing keeps them."""
        import highspy

        units, r = len(self._units.limit), len(low)
        self._solver.changeRowsBounds(r, np.arange(units, units + r, dtype=np.int32), low, high)
        while True:
            self._solver.run()
            solved = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
            found, value = self._solver.getSolution(), self._solver.getInfo().objective_function_value
            # where nothing keeps the limits, only patterns that break the proof of it are of use: those of negative price under its ray
            duals = np.array(found.row_dual if solved else self._solver.getDualRay()[2])[units:]
            better, gain = self._better(self._prices(duals, 1.0 if solved else 0.0))
            if solved and (better is None or -gain <= EXACT * self._gap * max(abs(value), 1.0)):
                return Relaxed(value, value + gain, np.array(found.col_value), duals, np.array(found.row_value)[units:])
            if better is None:
                return None
            self._add(*better)

    def _better(self, price: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray] | None, float]:
        """Return unit and columns of patterns cheaper than those that are there, None when there are none, and by how much."""
        held = np.full(len(self._units.limit), np.inf)
        np.minimum.at(held, self.unit, _sum(price, self.columns))
        gain = -np.inf
        for steps in (COARSE, STEPS):
            unit, columns, least = self._units.near(price, np.zeros(len(held)), len(held), steps)
            new, able = _sum(price, columns), np.isfinite(least)
            better = new < held[unit] - LEAST_GAIN * np.maximum(np.abs(new), 1.0)
            gain = max(gain, float((least[able] - held[able]).sum()))
            if better.any():
                return (unit[better], columns[better]), gain
        return None, gain

    def whole(self, unit: np.ndarray, columns: np.ndarray, **options: float) -> tuple[np.ndarray | None, float, float]:
        """Return (columns chosen, cost, bound) of the best plan of some patterns; (None, inf, bound) when none is found. options: HiGHS'.

        The bound is inf where no plan of these patterns keeps the limits, -inf where the time was up before anything was known.
        """
        import highspy

        ones = np.ones(len(self._units.limit))
        solver = highs.holding(highs.empty(np.append(ones, self.low), np.append(ones, self.high)), **options)
        highs.add(solver, self.cost(columns), self._weights(unit, columns), whole=True)
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != highs.FEASIBLE:
            none = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
            return None, np.inf, np.inf if none else -np.inf
        chosen = columns[np.array(solver.getSolution().col_value) > 0.5]
        return chosen[chosen != NOTHING], info.objective_function_value, info.mip_dual_bound

    def _add(self, unit: np.ndarray, columns: np.ndarray) -> None:
        self.unit, self.columns = np.append(self.unit, unit), np.concatenate([self.columns, columns])
        highs.add(self._solver, self.cost(columns), self._weights(unit, columns))

    def _weights(self, unit: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and values (p, 1 + r) of patterns: the units first, then the limits."""
        n, r = len(unit), self._use.shape[1]
        limits = np.broadcast_to(len(self._units.limit) + np.arange(r), (n, r))
        return np.column_stack([unit, limits]), np.column_stack([np.ones(n), self.use(columns)])


def _sum(of: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the sum (p,) over the columns of each pattern; NOTHING counts nothing."""
    return np.append(of, 0.0)[columns].sum(axis=1)
