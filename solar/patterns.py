# ruff: noqa: ANN001, ANN202 - numba infers the types of compiled functions
"""What may be chosen together under a limit of its own: columns in groups of which each has one at most, groups in units with a limit.

A pattern is one allowed choice of a unit's columns. They are too many to write down (26 choices a roof: 17 576 for three roofs), so one
asks for those whose price is near the least of their unit. docs/metod/plan.md, *Choice*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from solar.highs import Row

TOLERANCE = 1e-7
"""How far a limit may be passed, of its own unit."""
STEPS = 20_000
"""Steps of weight and price that are told apart; with more of them the least price is a bound somewhat below the true one."""
VISITS = 100
"""Most choices tried for each pattern."""
NOTHING = -1
"""The column of a group of which nothing is chosen: costs and weighs nothing."""


@dataclass(frozen=True)
class Units:
    """Choices ordered by unit and group. column (n,): what is chosen, NOTHING where a group may be left out; weight (n,): its use of the
    unit's limit.

    begin (g + 1,): first choice of each group; first (u + 1,): first group of each unit; limit (u,).
    """  # noqa: D205

    column: np.ndarray
    weight: np.ndarray
    begin: np.ndarray
    first: np.ndarray
    limit: np.ndarray

    @classmethod
    def of(cls, n: int, rows: Sequence[Row]) -> Units:
        """Return the units of n columns: a constraint of ones up to 1 is a group, the others are each the limit of some groups."""
        group, of_column, weight = np.zeros(n, np.int64), np.full(n, -1), np.zeros(n)
        free, limit = [], []
        for _, columns, weights, low, high in rows:
            if high == 1.0 and (weights == 1.0).all():
                group[columns] = len(free)
                free.append(low <= 0)
            else:
                of_column[columns], weight[columns] = len(limit), weights
                limit.append(high)
        unit = len(limit) + np.arange(len(free))
        unit[group[of_column >= 0]] = of_column[of_column >= 0]
        left_out = np.flatnonzero(free)
        column = np.append(np.arange(n), np.full(len(left_out), NOTHING))
        group = np.append(group, left_out)
        order = np.lexsort((group, unit[group]))
        group, unit = group[order], unit[group[order]]
        begin = np.flatnonzero(np.diff(group, prepend=-1))
        first = np.flatnonzero(np.diff(unit[begin], prepend=-1))
        most = np.append(limit, np.full(len(free), np.inf))[unit[begin[first]]]
        return cls(
            column[order], np.append(weight, 0.0)[column[order]], np.append(begin, len(order)), np.append(first, len(begin)), most
        )

    @property
    def alone(self) -> np.ndarray:
        """(u,) whether a unit is one group."""
        return np.diff(self.first) == 1

    def near(
        self, price: np.ndarray, room: np.ndarray, most: int, steps: int = STEPS
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return unit (p,) and columns (p, k) of the patterns whose price is at most `room` (u,) over their unit's least, and that (u,).

        price (n,): of the columns; a unit of which nothing can be chosen has the least price infinite. None: they are more than `most`.
        """
        unit = np.empty(most, np.int64)
        choice = np.full((most, np.diff(self.first).max()), NOTHING)
        least = np.empty(len(self.limit))
        found = _near(
            np.append(price, 0.0)[self.column], self.weight, self.begin, self.first, self.limit, room, steps, unit, choice, least
        )
        if found > most:
            return None
        columns = np.where(choice[:found] == NOTHING, NOTHING, self.column[choice[:found]])
        return unit[:found], columns, least


@njit(cache=True, nogil=True)
def _steps(weight, price, most):
    """Return the steps (weights rising, prices falling) of which nothing lighter is as cheap; beyond `most`, some below the true ones."""
    order, kept = np.argsort(price, kind="mergesort"), 0
    steps = np.empty((2, len(price)))
    for k in order[np.argsort(weight[order], kind="mergesort")]:
        if kept == 0 or price[k] < steps[1, kept - 1]:
            steps[0, kept], steps[1, kept] = weight[k], price[k]
            kept += 1
    if kept <= most:
        return steps[:, :kept].copy()
    few = np.empty((2, most))
    for k in range(most):  # as light as the first and as cheap as the last of those that become one
        few[0, k], few[1, k] = steps[0, k * kept // most], steps[1, (k + 1) * kept // most - 1]
    return few


@njit(cache=True, nogil=True)
def _together(one, other, limit, steps):
    """Return the steps of a choice from both that weighs at most `limit`."""
    most = one.shape[1] * other.shape[1]
    weight, price, n = np.empty(most), np.empty(most), 0
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            if one[0, i] + other[0, j] > limit + TOLERANCE:
                break
            weight[n], price[n] = one[0, i] + other[0, j], one[1, i] + other[1, j]
            n += 1
    return _steps(weight[:n], price[:n], steps)


@njit(cache=True, nogil=True)
def _rest(steps, left):
    """Return the least price that weighs at most `left`, or somewhat less; infinite when there is none."""
    k = np.searchsorted(steps[0], left + TOLERANCE, side="right")
    return steps[1, k - 1] if k > 0 else np.inf


@njit(cache=True, nogil=True)
def _cheapest(begin, tails, price, weight, limit, choice):  # noqa: PLR0917 - compiled
    """Write the pattern the tails lead to, the cheapest or nearly so, into choice (k,); return its price, infinite when there is none."""
    spent, left = 0.0, limit
    for g in range(len(tails)):
        best, at = np.inf, -1
        for j in range(begin[g], begin[g + 1]):
            if weight[j] <= left + TOLERANCE and price[j] + _rest(tails[g], left - weight[j]) < best:
                best, at = price[j] + _rest(tails[g], left - weight[j]), j
        if at < 0:
            return np.inf
        choice[g], spent, left = at, spent + price[at], left - weight[at]
    return spent


@njit(cache=True, nogil=True)
def _walk(begin, tails, price, weight, limit, most, choice):  # noqa: PLR0917 - compiled
    """Write the patterns that cost at most `most` to the rows of choice (p, k); return how many, p + 1 when there are more.

    begin: of each group, its first choice; tails: the steps of the groups after each.
    """
    groups, found, visits, depth = len(tails), 0, 0, 0
    left, spent, at = np.empty(groups + 1), np.empty(groups + 1), begin[:groups] - 1
    left[0], spent[0] = limit, 0.0
    while depth >= 0:
        at[depth] += 1
        j = at[depth]
        if j == begin[depth + 1]:
            depth -= 1
            continue
        visits += 1
        if visits > VISITS * len(choice):
            return len(choice) + 1
        left[depth + 1], spent[depth + 1] = left[depth] - weight[j], spent[depth] + price[j]
        if left[depth + 1] < -TOLERANCE or not spent[depth + 1] + _rest(tails[depth], left[depth + 1]) <= most:
            continue
        if depth < groups - 1:
            depth += 1
            at[depth] = begin[depth] - 1
            continue
        if found == len(choice):
            return found + 1
        choice[found, :groups] = at
        found += 1
    return found


@njit(cache=True, nogil=True)
def _near(price, weight, begin, first, limit, room, steps, unit, choice, least):  # noqa: PLR0917 - compiled
    """Fill unit, choice and least as Units.near returns them; return how many patterns, more than there are rows when they do not fit."""
    found = 0
    for u in range(len(limit)):
        own, tails = begin[first[u] : first[u + 1] + 1], [np.zeros((2, 1))]
        for g in range(len(own) - 2, -1, -1):
            group = _steps(weight[own[g] : own[g + 1]], price[own[g] : own[g + 1]], steps)
            tails.append(_together(group, tails[-1], limit[u], steps))
        least[u] = _rest(tails[-1], limit[u])
        if room[u] < 0 or least[u] == np.inf:
            continue
        if found == len(unit):
            return found + 1
        cheapest = _cheapest(own, tails[-2::-1], price, weight, limit[u], choice[found])
        if cheapest == np.inf:
            continue
        here = 1
        if room[u] > 0:
            here = _walk(own, tails[-2::-1], price, weight, limit[u], cheapest + room[u], choice[found:])
        if found + here > len(unit):
            return len(unit) + 1
        unit[found : found + here] = u
        found += here
    return found
