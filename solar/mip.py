"""A mixed-integer program of yes and no, solved within a gap that is proved: relaxation, exchanges, and the rest if needed. HiGHS.

Nothing here knows of plants or money.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

import numpy as np

from solar import exchange, highs
from solar.highs import Row
from solar.patterns import NOTHING
from solar.relaxation import Relaxation, Relaxed

Best = tuple[np.ndarray, float]
"""Chosen columns and what they cost."""
POOL = 20_000
"""Patterns beside those of the relaxation among which exchanges are sought."""
INWARD = (0.0, 0.5)
"""Shares of the gap by which the limits are moved inward before a plan is rounded, one after the other."""
MOST_INWARD = 0.02
"""Of what a limit holds, the most it is moved."""
SHAKES = 30
"""Times a plan is shaken and mended."""
FEW = 3
"""Limits that bind at once for which pairs suffice; what is then missing is the bound's."""
ENOUGH = 0.9
"""Share of the gap a plan may be over the bound when it is no longer mended."""
RISEN = 0.1
"""Share of the gap by which a relaxation's bound is above the last rounded one's when it is rounded."""
EVERY = 8
"""Of how many relaxations one is rounded all the same."""
MOST = 400_000
"""Patterns written down at once."""
FEW_LEFT = 2000
"""Patterns that may still be in a better plan, so few that they are settled before anything is counted."""
NODES = 150
"""Most relaxations of the search over counts."""
SHARES = (0.0, 0.15, 0.35, 0.6, 0.85)
"""Of the size of a broken plant, from which plants are counted."""
WHOLE = 1e-6
"""How near a whole number a value is one."""


@dataclass(frozen=True)
class Model:
    """Yes or no for each column. option, year: what it stands for; cost of a yes; constraints.

    shared: positions of the constraints over many columns; the others are of one candidate or a few that share a limit (Units.of).
    """

    option: np.ndarray
    year: np.ndarray
    cost: np.ndarray
    constraints: list[Row]
    shared: tuple[int, ...] = ()


class Undecided(Exception):
    """The time was up before a plan was found, or shown not to exist."""


def solve(model: Model, *, gap: float, time_limit_s: float) -> tuple[np.ndarray, float, float, float] | None:
    """Return (chosen columns, objective, relative gap, seconds), or None when nothing keeps every constraint. Raises Undecided.

    The relaxation bounds the answer; rounded and mended by exchanges it is mostly within the gap. If not, the search over counts;
    if not, every pattern that may still be in a better plan (dearer by less than what is left of the gap), which loses nothing.
    """
    started = time.perf_counter()
    shared = set(model.shared)
    own = [row for n, row in enumerate(model.constraints) if n not in shared]
    relaxation = Relaxation(model.cost, own, [model.constraints[n] for n in model.shared], gap=gap)
    root = relaxation.bounded(relaxation.low, relaxation.high)
    if root is None:
        return None
    best, bound = _search(model, relaxation, root, gap=gap, until=started + time_limit_s / 2)
    if not _within(best, bound, gap):
        left = max(time_limit_s - (time.perf_counter() - started), 1.0)
        best, bound = _whole(relaxation, root, best, bound=bound, gap=gap, time_limit_s=left)
    if best is None and bound < np.inf:
        raise Undecided
    if best is None:
        return None
    reached = max(0.0, best[1] - max(bound, -np.inf)) / max(abs(best[1]), 1.0)
    return *best, reached, time.perf_counter() - started


def _within(best: Best | None, bound: float, gap: float) -> bool:
    return best is not None and best[1] - bound <= gap * max(abs(best[1]), 1.0)


def _search(model: Model, relaxation: Relaxation, root: Relaxed, *, gap: float, until: float) -> tuple[Best | None, float]:
    """Return the best (choice, objective) and the bound after exchanges and the search over counts, which ends at a time `until`.

    Where large plants are cheaper a kW, plans with one plant more or less under a limit differ far more than plans of the same number:
    the relaxation then mixes a large plant and a small one to what no plant is. Settling how many plants of each size a limit holds
    raises the bound, and shows what to round; first the count whose broken share of a plant is worth most.
    """
    best: Best | None = None
    crowded = int(_binding(root).sum()) > FEW
    goal = root.bound + ENOUGH * gap * max(abs(root.bound), 1.0)
    for share in INWARD if crowded else (0.0,):
        at = relaxation.bounded(*_inward(relaxation, root, share * gap)) if share else root
        best = _better(best, relaxation, at, goal=goal, shakes=SHAKES if crowded else 0) if at else best
        if _within(best, root.bound, gap):
            return best, root.bound
    bound = root.bound
    if best is not None and relaxation.within(root.duals, _room(best, root), FEW_LEFT) is not None:
        best, bound = _whole(relaxation, root, best, bound=bound, gap=gap, time_limit_s=max(until - time.perf_counter(), 1.0))
        if _within(best, bound, gap):
            return best, bound
    first = len(model.shared)
    sets, worth = _counts(model, relaxation, root)
    relaxation.count(sets)
    waiting, done = [(root.bound, 0, relaxation.low, relaxation.high)], np.inf
    rounded = root.bound
    for node in range(1, NODES):
        if not waiting or _within(best, min(waiting[0][0], done), gap) or time.perf_counter() > until:
            break
        _, _, low, high = heapq.heappop(waiting)
        at = relaxation.bounded(low, high)
        if at is None:
            continue
        sums = at.sums[first:]
        apart = np.abs(sums - np.round(sums))
        whole = not len(sums) or apart.max() <= WHOLE
        if whole or at.bound > rounded + RISEN * gap * abs(root.bound) or node % EVERY == 0:
            rounded = max(rounded, at.bound)
            goal = at.bound + ENOUGH * gap * max(abs(at.bound), 1.0)
            best = _better(best, relaxation, at, goal=goal, shakes=SHAKES // 8 if crowded else 0)
        if whole:
            done = min(done, at.bound)
            continue
        g = int(np.where(apart > WHOLE, apart * worth, -1.0).argmax())
        below, above = high.copy(), low.copy()
        below[first + g], above[first + g] = np.floor(sums[g]), np.ceil(sums[g])
        heapq.heappush(waiting, (at.bound, 2 * node, low, below))
        heapq.heappush(waiting, (at.bound, 2 * node + 1, above, high))
    ends = [entry[0] for entry in waiting[:1]] + [done]
    return best, max(bound, min(*ends, np.inf if best is None else best[1]))


def _binding(root: Relaxed) -> np.ndarray:
    """Return whether each limit binds (r,)."""
    return np.abs(root.duals) > WHOLE * np.abs(root.duals).max(initial=0.0)


def _inward(relaxation: Relaxation, root: Relaxed, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits' ends, those that bind moved inward by what together costs a share of the value: plans rounded keep them better."""
    binding = _binding(root)
    each = share * abs(root.value) / max(int(binding.sum()), 1)
    moved = np.divide(each, np.abs(root.duals), out=np.zeros(len(root.duals)), where=binding)
    moved = np.minimum(moved, MOST_INWARD * np.abs(root.sums))
    return relaxation.low + moved, relaxation.high - moved


def _counts(model: Model, relaxation: Relaxation, root: Relaxed) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the sets of columns that are counted, and what a plant of each is worth: of each limit that binds and a plant of which is
    broken, all under it and those from shares of that plant's size. A plant parted between columns of one option is whole."""  # noqa: D205, D209
    share = np.zeros(len(model.cost) + 1)  # the last is of NOTHING
    np.add.at(share, relaxation.columns, root.shares[:, None])
    sets, worth = [], []
    for row, dual, binding in zip(model.shared, root.duals, _binding(root), strict=True):
        _, columns, weights, *_ = model.constraints[row]
        held = np.bincount(model.option[columns], share[columns])[model.option[columns]]
        broken = weights[(held > WHOLE) & (held < 1 - WHOLE)].max(initial=0.0)
        if binding and broken > 0:
            sets += [columns[weights >= part * broken] for part in SHARES]
            worth += [abs(dual) * broken] * len(SHARES)
    return sets, np.array(worth)


def _better(best: Best | None, relaxation: Relaxation, at: Relaxed, *, goal: float, shakes: int) -> Best | None:
    """Return the better of `best` and the plan that exchanges lead to from a relaxation."""
    more, r = relaxation.closest(at.duals, POOL), relaxation.limits
    unit, columns = np.append(relaxation.unit, more[0]), np.concatenate([relaxation.columns, more[1]])
    use, ends = relaxation.use(columns)[:, :r], (relaxation.low[:r], relaxation.high[:r])
    problem = exchange.Problem(unit, relaxation.cost(columns), use, *ends, at.duals[:r])
    order = np.argsort(at.shares, kind="stable")
    chosen = np.empty(unit.max() + 1, np.int64)
    chosen[relaxation.unit[order]] = order  # the largest share of each unit comes last
    found = exchange.improve(problem, chosen, goal=goal)
    if found is not None:
        found = exchange.shaken(problem, found, goal=goal, times=shakes)
    if found is None or (best is not None and best[1] <= found[1]):
        return best
    held = columns[found[0]]
    return held[held != NOTHING], found[1]


def _whole(
    relaxation: Relaxation, root: Relaxed, best: Best | None, *, bound: float, gap: float, time_limit_s: float
) -> tuple[Best | None, float]:
    """Return the best (choice, objective) and the bound after all patterns that may be in a better plan. HiGHS."""
    every = relaxation.within(root.duals, _room(best, root), MOST)
    patterns = every or (relaxation.unit, relaxation.columns)
    chosen, cost, least = relaxation.whole(*patterns, time_limit=time_limit_s, mip_rel_gap=ENOUGH * gap)
    if chosen is not None and (best is None or cost <= best[1]):
        best = chosen, cost
    if every is not None:
        bound = max(bound, min(least, np.inf if best is None else best[1]))
    return best, bound


def _room(best: Best | None, root: Relaxed) -> float:
    """Return how much dearer than its unit's best a pattern of a better plan can be."""
    return np.inf if best is None else (best[1] - root.bound) * (1 + 1e-9) + 1e-6


def least_slack(model: Model, binaries: int, *, gap: float, time_limit_s: float) -> np.ndarray | None:
    """Return the columns after the first `binaries`, continuous and unbounded above, where the objective is least; None when nothing is."""
    import highspy

    upper = np.ones(len(model.cost))
    upper[binaries:] = np.inf
    lp = highs.problem(model.cost, model.constraints, upper)
    kinds = [highspy.HighsVarType.kInteger] * binaries
    lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (len(model.cost) - binaries)
    solver = highs.holding(lp, mip_rel_gap=max(gap, 1e-3), time_limit=time_limit_s)
    solver.run()
    if solver.getInfo().primal_solution_status != highs.FEASIBLE:
        return None
    return np.array(solver.getSolution().col_value)[binaries:]
