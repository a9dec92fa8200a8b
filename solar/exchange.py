"""A plan rounded from its relaxation and mended by exchanges of one or two plants until none helps. docs/metod/plan.md, *Choice*.

The price of a change is its cost less what the relaxation's duals say its use of the limits is worth. What a plan costs over the bound
is the prices it pays plus the worth of limits it leaves unused, so an exchange dearer than what is left cannot help and is not tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

Row = tuple[str, np.ndarray, np.ndarray, float, float]
"""A constraint: name, columns, weights, low, high."""
MOVES = (300, 1000, 2500)
"""Changes of one plant among which pairs are tried, the cheapest; more of them when fewer do not help."""
ROUNDS = 600
"""Most exchanges."""
TOLERANCE = 1e-7
"""How far a limit may be passed, of its own unit."""
SEVERITY = 3.0
"""Passing a limit costs this many times what more of it is worth; ten times more, and again, while a plan stays outside."""
LEAST_GAIN = 1e-6
"""An exchange gains at least this, of the cost's unit."""
SEVERER = 3
"""Times that is done."""


@dataclass(frozen=True)
class Problem:
    """Columns in groups, of which each has one at most, under limits over many columns and one more of their own.

    cost (n,); group (n,): position of the column's group; must (g,): groups that need a column. use (n, r): of the limits low <= sum <=
    high (r,); duals (r,): of the relaxation. own (g,): the further limit a group is under, -1 none; weight (n,): use of it;
    most, own_duals: of each such limit.
    """

    cost: np.ndarray
    group: np.ndarray
    must: np.ndarray
    use: np.ndarray
    low: np.ndarray
    high: np.ndarray
    duals: np.ndarray
    own: np.ndarray
    weight: np.ndarray
    most: np.ndarray
    own_duals: np.ndarray

    @classmethod
    def of(cls, cost: np.ndarray, rows: Sequence[Row], shared: Sequence[int], duals: np.ndarray) -> Problem:
        """Return the problem of constraints: at `shared` the limits over many columns; one of ones up to 1 is a group, the others are
        a group's own."""  # noqa: D205, D209
        n, many = len(cost), set(shared)
        group, weight, of_column = np.zeros(n, np.int64), np.zeros(n), np.full(n, -1)
        must, most, worth = [], [], []
        use = np.zeros((n, len(many)))
        for position, row in enumerate(shared):
            use[rows[row][1], position] = rows[row][2]
        for row, (_, columns, weights, low, high) in enumerate(rows):
            if row in many:
                continue
            if high == 1.0 and (weights == 1.0).all():
                group[columns] = len(must)
                must.append(low > 0)
            else:
                of_column[columns], weight[columns] = len(most), weights
                most.append(high)
                worth.append(duals[row])
        own = np.full(len(must), -1)
        own[group] = of_column
        low, high = (np.array([rows[row][end] for row in shared]) for end in (3, 4))
        return cls(
            cost, group, np.array(must, bool), use, low, high, duals[list(shared)], own, weight, np.array(most), np.array(worth)
        )

    @property
    def price(self) -> np.ndarray:
        """(n,) cost of each column less the worth of what it uses of the limits."""
        own = np.append(self.own_duals, 0.0)[self.own[self.group]] * self.weight
        return self.cost - self.use @ self.duals - own

    def room(self, chosen: np.ndarray) -> np.ndarray:
        """Return what is left of the groups' own limits."""
        there, room = chosen[chosen >= 0], self.most.copy()
        held = self.own[self.group[there]]
        np.subtract.at(room, held[held >= 0], self.weight[there[held >= 0]])
        return room

    def unused(self, sums: np.ndarray, room: np.ndarray) -> float:
        """Return what the limits that are left unused are worth (negative where passed): what exchanges can gain at most."""
        ends = np.where(self.duals > 0, self.low, self.high)
        shared = np.where(self.duals != 0, self.duals * (sums - np.where(self.duals != 0, ends, 0.0)), 0.0)
        return float(shared.sum() - (self.own_duals * room).sum())

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Return the column of each group that a relaxation gives most, -1 where that is less than half or the own limit is full."""
        chosen, room = np.full(len(self.must), -1), self.most.copy()
        for column in np.argsort(-values, kind="stable"):
            group = self.group[column]
            if values[column] < (1e-9 if self.must[group] else 0.5):
                if values[column] < 1e-9:
                    break
                continue
            own = self.own[group]
            if chosen[group] < 0 and (own < 0 or self.weight[column] <= room[own] + TOLERANCE):
                chosen[group] = column
                if own >= 0:
                    room[own] -= self.weight[column]
        return chosen


def improve(problem: Problem, chosen: np.ndarray, *, goal: float, widest: int = len(MOVES)) -> tuple[np.ndarray, float] | None:
    """Return (chosen columns, cost) of the plan that exchanges lead to from `chosen` (g,): column of each group, -1 none; None when it
    keeps not every limit. Stops at a cost of `goal`. widest: how many of MOVES are tried."""  # noqa: D205, D209
    chosen = chosen.copy()
    scale = np.abs(problem.cost).sum() / np.maximum(np.abs(problem.use).sum(axis=0), 1e-9)
    severity = SEVERITY * np.maximum(np.abs(problem.duals), scale)
    price = problem.price
    level, harder = 0, 0
    for _ in range(ROUNDS):
        there, room = chosen[chosen >= 0], problem.room(chosen)
        sums, cost = problem.use[there].sum(axis=0), float(problem.cost[there].sum())
        passed = np.maximum(problem.low - sums, 0) + np.maximum(sums - problem.high, 0)
        kept = bool((passed <= TOLERANCE).all())
        if cost <= goal and kept:
            break
        moves = _moves(problem, chosen, price, MOVES[level])
        limits = np.stack([sums, problem.low, problem.high, severity])
        most = problem.unused(sums, room) + float(severity @ passed)
        first, second = _best(*moves[2:], limits, np.append(room, np.inf), most)
        if first >= 0:
            for move in (first, second):
                if move >= 0:
                    chosen[moves[0][move]] = moves[1][move]
        elif level + 1 < widest:
            level += 1
        elif kept or harder == SEVERER:
            break
        else:
            level, harder, severity = 0, harder + 1, severity * 10
    there = chosen[chosen >= 0]
    sums = problem.use[there].sum(axis=0)
    kept = (sums >= problem.low - TOLERANCE).all() and (sums <= problem.high + TOLERANCE).all()
    return (there, float(problem.cost[there].sum())) if kept and (chosen[problem.must] >= 0).all() else None


def _moves(problem: Problem, chosen: np.ndarray, price: np.ndarray, most: int) -> tuple[np.ndarray, ...]:
    """Return the cheapest changes of one group, cheapest first: group, new column (-1 none), whole (group, own limit), parts (price,
    cost, use of the own limit) and use of the shared ones."""  # noqa: D205, D209
    groups = np.arange(len(chosen))
    group = np.concatenate([problem.group, groups[(chosen >= 0) & ~problem.must]])
    new = np.concatenate([np.arange(len(price)), np.full(len(group) - len(price), -1)])
    old = chosen[group]
    change = _value(price, new) - _value(price, old)
    able = np.flatnonzero(new != old)
    kept = able[np.argpartition(change[able], most)[:most]] if len(able) > most else able
    kept = kept[np.argsort(change[kept], kind="stable")]
    group, new, old = group[kept], new[kept], old[kept]
    parts = [change[kept], *(_value(of, new) - _value(of, old) for of in (problem.cost, problem.weight))]
    use = np.ascontiguousarray(_value(problem.use, new) - _value(problem.use, old))
    return group, new, np.stack([group, problem.own[group]]), np.stack(parts), use


def _value(of: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return of[column], 0 where there is no column."""
    found = of[column]
    found[column < 0] = 0.0
    return found


@njit(cache=True, nogil=True)
def _penalty(limits: np.ndarray, one: np.ndarray, other: np.ndarray, worst: float) -> float:
    """Return what passing the limits (rows sums, low, high, severity) costs after two changes; cut short above `worst`."""
    total = 0.0
    for r in range(limits.shape[1]):
        at = limits[0, r] + one[r] + other[r]
        if at < limits[1, r]:
            total += limits[3, r] * (limits[1, r] - at)
        elif at > limits[2, r]:
            total += limits[3, r] * (at - limits[2, r])
        if total > worst:
            break
    return total


@njit(cache=True, nogil=True)
def _best(  # noqa: PLR0917 - compiled
    whole: np.ndarray, parts: np.ndarray, use: np.ndarray, limits: np.ndarray, room: np.ndarray, most: float
) -> tuple[int, int]:
    """Return the positions of the one or two changes that lower cost and penalty most, -1 for none. room: -1 is the last, infinite."""
    group, own = whole
    price, cost, weight = parts
    nothing = np.zeros(limits.shape[1])
    now = _penalty(limits, nothing, nothing, np.inf)
    best, first, second = -LEAST_GAIN, -1, -1
    n = len(price)
    fits = np.empty(n, np.bool_)
    for i in range(n):
        fits[i] = weight[i] <= 0 or weight[i] <= room[own[i]] + TOLERANCE
        value = cost[i] - now
        if fits[i] and price[i] < most:
            value += _penalty(limits, use[i], nothing, best - value)
            if value < best:
                best, first, second = value, i, -1
    for i in range(n):
        for j in range(i + 1, n):
            if price[i] + price[j] >= most:
                break
            if group[i] == group[j]:
                continue
            if own[i] >= 0 and own[i] == own[j]:
                if weight[i] + weight[j] > max(room[own[i]], 0.0) + TOLERANCE:
                    continue
            elif not (fits[i] and fits[j]):
                continue
            value = cost[i] + cost[j] - now
            if value >= best:
                continue
            value += _penalty(limits, use[i], use[j], best - value)
            if value < best:
                best, first, second = value, i, j
    return first, second
