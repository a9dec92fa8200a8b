"""The best anyone can do on a simulated fleet: exact Bayes with the simulator's own numbers known. Shares no code with the packages.

It knows what no reader of a register knows: that successors keep unit and use without exception, that the days between are even over
-60..+120, how many additions came, and every share of fleet_simulator.py. The chance of each pair is summed over all matchings, and
the pairs kept are those with the greatest expected number right. What it gets wrong, the list does not tell.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
from fleet_simulator import CLASS_MIX, COMPANIES, USES, Truth
from scipy.optimize import linear_sum_assignment

GAPS = range(-60, 121)
REPLACED, KEPT_CLASS, KEPT_TENURE, LEASED = 0.9, 0.95, 0.8, 0.55
FIRST, DAYS = dt.date(2020, 12, 31), (dt.date(2026, 9, 30) - dt.date(2021, 3, 1)).days - 130


def best_pairs(rows: list[dict], truth: Truth) -> set[tuple[str, str]]:
    """Return the pairs (old, new) an all-knowing reader of the list would make."""
    old = [row for row in rows if row["out_date"]]
    new = [row for row in rows if row["in_date"] >= FIRST]
    additions = (len(new) - len(truth.pairs)) / DAYS
    groups: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
    for side, found in enumerate((old, new)):
        for row in found:
            groups[row["company"], row["unit"], row["use"]][side].append(row)
    made: set[tuple[str, str]] = set()
    for (company, *_), (left, came) in groups.items():
        share, units = COMPANIES[company]
        rate = additions * share / units / len(USES)
        if left and came:
            weight = np.array([[_odds(a, b, rate) for b in came] for a in left])
            sure = chances(weight)
            chosen = zip(*linear_sum_assignment(-sure), strict=True)
            made |= {(left[a]["registration"], came[b]["registration"]) for a, b in chosen if sure[a, b] > 0}
    return made


def _odds(old: dict, new: dict, additions: float) -> float:
    """The odds that `new` succeeded `old` rather than being one of `additions` a day of its unit and use."""
    if (new["in_date"] - old["out_date"]).days not in GAPS:
        return 0.0
    changed = (1 - KEPT_CLASS) / (len(CLASS_MIX) - 1)
    kind = KEPT_CLASS if new["vehicle_class"] == old["vehicle_class"] else changed
    common = LEASED if new["tenure"] == "leased" else 1 - LEASED
    tenure = (1 - KEPT_TENURE) * common + KEPT_TENURE * (new["tenure"] == old["tenure"])
    return REPLACED / (1 - REPLACED) / len(GAPS) * kind * tenure / (additions * CLASS_MIX[new["vehicle_class"]] * common)


def chances(weight: np.ndarray) -> np.ndarray:
    """Return each pair's chance over all matchings, exactly: sums over which new vehicles are taken, forwards and backwards."""
    olds, news = weight.shape
    ahead = [{0: 1.0}]
    for row in weight:
        step: dict[int, float] = defaultdict(float)
        for taken, value in ahead[-1].items():
            step[taken] += value
            for new in range(news):
                if row[new] and not taken >> new & 1:
                    step[taken | 1 << new] += value * row[new]
        ahead.append(step)
    back = dict.fromkeys(ahead[-1], 1.0)
    hit = np.zeros_like(weight)
    for old in range(olds - 1, -1, -1):
        step = {}
        for taken, value in ahead[old].items():
            total = back[taken]
            for new in range(news):
                if weight[old, new] and not taken >> new & 1:
                    worth = weight[old, new] * back[taken | 1 << new]
                    total += worth
                    hit[old, new] += value * worth
            step[taken] = total
        back = step
    return hit / back[0]
