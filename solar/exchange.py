"""A plan rounded from its relaxation and mended by exchanges of one or two choices until none helps. docs/metod/plan.md, *Choice*.

The price of a choice is its cost less what the relaxation's duals say its use of the limits is worth. What a plan costs over the bound
is the prices it pays plus the worth of limits it leaves unused, so an exchange dearer than what is left cannot help and is not tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from solar.patterns import TOLERANCE

MOVES = (300, 1000, 2500)
"""Exchanges of one choice among which pairs are tried: the cheapest, and half as many that mend most; more when fewer do not help."""
DRAWN = 8
"""Exchanges drawn to shake a plan."""
ROUNDS = 600
"""Most exchanges."""
SEVERITY = 3.0
"""Passing a limit costs this many times what more of it is worth; ten times more, and again, while a plan stays outside."""
LEAST_GAIN = 1e-6
"""An exchange gains at least this, of the cost's unit."""
SEVERER = 3
"""Times that is done."""


@dataclass(frozen=True)
class Problem:
    """Choices in units, of which each has exactly one, under limits over many.

    unit (p,): the choice's unit; cost (p,); use (p, r): of the limits low <= sum <= high (r,); duals (r,): of the relaxation.
    """

    unit: np.ndarray
    cost: np.ndarray
    use: np.ndarray
    low: np.ndarray
    high: np.ndarray
    duals: np.ndarray

    def unused(self, sums: np.ndarray) -> float:
        """Return what the limits that are left unused are worth (negative where passed): what exchanges can gain at most."""
        ends = np.where(self.duals > 0, self.low, self.high)
        return float(np.where(self.duals != 0, self.duals * (sums - np.where(self.duals != 0, ends, 0.0)), 0.0).sum())


def improve(
    problem: Problem, chosen: np.ndarray, *, goal: float, moves: Sequence[int] = MOVES
) -> tuple[np.ndarray, float] | None:
    """Return (choice of each unit, cost) of the plan that exchanges lead to from `chosen` (u,); None when it keeps not every limit.

    Stops at a cost of `goal`. moves: as MOVES.
    """
    chosen = chosen.copy()
    scale = np.abs(problem.cost).sum() / np.maximum(np.abs(problem.use).sum(axis=0), 1e-9)
    severity = SEVERITY * np.maximum(np.abs(problem.duals), scale)
    price = problem.cost - problem.use @ problem.duals
    level, harder = 0, 0
    for _ in range(ROUNDS):
        sums, cost = problem.use[chosen].sum(axis=0), float(problem.cost[chosen].sum())
        passed = np.maximum(problem.low - sums, 0) + np.maximum(sums - problem.high, 0)
        kept = bool((passed <= TOLERANCE).all())
        if cost <= goal and kept:
            break
        old = chosen[problem.unit]
        change, spent = price - price[old], problem.cost - problem.cost[old]
        limits = np.stack([sums, problem.low, problem.high, severity])
        values = np.empty(len(change))
        _values(
            spent, np.ascontiguousarray((problem.use - problem.use[old]).T), limits, np.zeros(len(sums)), (0, len(values)), values
        )
        able = np.flatnonzero(old != np.arange(len(old)))
        tried = np.union1d(_least(able, change, moves[level]), _least(able, values, moves[level] // 2))
        tried = tried[np.argsort(change[tried], kind="stable")]
        use = np.ascontiguousarray((problem.use[tried] - problem.use[old[tried]]).T)
        unit = problem.unit[tried]
        most = problem.unused(sums) + float(severity @ passed)
        found = [move for move in _best(unit, change[tried], spent[tried], use, limits, most) if move >= 0]
        if found:
            chosen[unit[found]] = tried[found]
        elif level + 1 < len(moves):
            level += 1
        elif kept or harder == SEVERER:
            break
        else:
            level, harder, severity = 0, harder + 1, severity * 10
    sums = problem.use[chosen].sum(axis=0)
    kept = (sums >= problem.low - TOLERANCE).all() and (sums <= problem.high + TOLERANCE).all()
    return (chosen, float(problem.cost[chosen].sum())) if kept else None


def shaken(problem: Problem, best: tuple[np.ndarray, float], *, goal: float, times: int) -> tuple[np.ndarray, float]:
    """Return the best (choice of each unit, cost) met when a few cheap exchanges are drawn and the plan is mended, `times` over."""
    rng = np.random.default_rng(0)
    price = problem.cost - problem.use @ problem.duals
    for _ in range(times):
        if best[1] <= goal:
            break
        chosen = best[0].copy()
        able = np.flatnonzero(chosen[problem.unit] != np.arange(len(price)))
        cheap = _least(able, price - price[chosen][problem.unit], MOVES[0])
        drawn = rng.choice(cheap, min(DRAWN, len(cheap)), replace=False)
        chosen[problem.unit[drawn]] = drawn
        found = improve(problem, chosen, goal=goal, moves=MOVES[:2])
        if found is not None and found[1] < best[1]:
            best = found
    return best


def _least(able: np.ndarray, of: np.ndarray, most: int) -> np.ndarray:
    """Return those `able` choices of which something is least."""
    return able[np.argpartition(of[able], most)[:most]] if len(able) > most else able


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "contract"})
def _values(cost, use, limits, used, part, values):  # noqa: ANN001, ANN202, PLR0917 - compiled
    """Set values[first:last] of a part of the changes to what they cost and what passing limits costs when `used` (r,) is used besides."""
    first, last = part
    there = values[first:last]
    there[:] = cost[first:last]
    for r in range(len(used)):
        low, high, severity = limits[1, r] - limits[0, r] - used[r], limits[2, r] - limits[0, r] - used[r], limits[3, r]
        row = use[r][first:last]
        for j in range(len(there)):
            there[j] += severity * max(low - row[j], row[j] - high, 0.0)


@njit(cache=True, nogil=True)
def _best(unit, price, cost, use, limits, most):  # noqa: ANN001, ANN202, PLR0917 - compiled
    """Return the positions of the one or two changes that lower cost and penalty most, -1 for none. price (n,) rising; use (r, n)."""
    n, nothing = np.searchsorted(price, most), np.zeros(len(use))
    values, now = np.empty(len(price)), np.empty(1)
    _values(np.zeros(1), np.zeros((len(use), 1)), limits, nothing, (0, 1), now)
    _values(cost, use, limits, nothing, (0, n), values)
    best, first, second = now[0] - LEAST_GAIN, -1, -1
    for i in range(n):
        if values[i] < best:
            best, first = values[i], i
    for i in range(n):
        last = np.searchsorted(price, most - price[i])
        if last <= i + 1:
            break
        _values(cost, use, limits, use[:, i].copy(), (i + 1, last), values)
        least = best - cost[i]
        for j in range(i + 1, last):
            if values[j] < least and unit[j] != unit[i]:
                least, best, first, second = values[j], values[j] + cost[i], i, j
    return first, second
