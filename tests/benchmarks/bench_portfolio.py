"""Seconds and gap of the plan on made roofs, every objective x limit. `python tests/benchmarks/bench_portfolio.py [roofs]`."""

import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from solar.portfolio import Limits, solve

RATE = 0.025
SHAPES = ((1, 1), (5, 1), (5, 5))
"""(sizes, years)."""


def roofs(n: int, sizes: int, seed: int = 1) -> pd.DataFrame:
    """Return options of n roofs: log-normal sizes, drawn yields and own use; cost by size as in data/reference/capex.csv.

    Two owners; three roofs a connection in file order, limited (where `limited` picks the limits) to 70 % of what they hold.
    """
    rng = np.random.default_rng(seed)
    full, yields, own = np.exp(rng.normal(3.5, 0.9, n)), rng.normal(850, 70, n).clip(500), rng.uniform(0.2, 1, n)
    parts = []
    for step in range(1, sizes + 1):
        kwp = full * step / sizes
        capex = kwp * np.interp(np.log(kwp), np.log([10, 50, 100, 500, 1000]), [14400, 11500, 10500, 9000, 8500])
        used = np.clip(own * (1.3 - 0.6 * step / sizes), 0, 1)
        npv = kwp * yields * (used * 0.9 + (1 - used) * 0.45) * 17 - capex - kwp * 2500
        ids = [f"c{i}" for i in range(n)]
        parts.append(pd.DataFrame({"candidate_id": ids, "kwp": kwp, "capex_sek": capex, "npv_sek": npv}))
    table = pd.concat(parts, ignore_index=True)
    number = table["candidate_id"].str[1:].astype(int)
    owner = np.where(number % 3 == 0, "B", "K")
    return table.assign(owner=owner, connection_id="n" + (number // 3).astype(str), limit_kwp=np.nan, earliest_year=2026.0)


def limited(table: pd.DataFrame, years: int) -> dict[str, tuple[pd.DataFrame, Limits]]:
    """Return name -> (options, limits): none, each limit by itself, all together."""
    most = table.groupby("candidate_id")[["kwp", "capex_sek"]].max().sum()
    kw, capex = float(most["kwp"]), float(most["capex_sek"])
    free = Limits(tuple(range(2026, 2026 + years)), 0.5 * kw)
    a_year = {"max_kw_per_year": 0.8 * kw / years, "budget_per_year": 0.8 * capex / years, "max_kw_per_owner": {"B": 0.12 * kw}}
    full = table.groupby("candidate_id")["kwp"].transform("max").where(~table.duplicated("candidate_id"), 0.0)
    limit = 0.7 * full.groupby(table["connection_id"]).transform("sum")
    wired = table.assign(limit_kwp=limit)
    found = {"none": (table, free)}
    found |= {name: (table, replace(free, **{name: value})) for name, value in a_year.items()}
    found |= {"connection": (wired, free), "all": (wired, replace(free, **a_year))}
    return found


def main(n: int) -> None:
    """Print CPU seconds and the gap reached of every shape, objective and limit, and the worst of each shape."""
    for sizes, years in SHAPES:
        table, worst = roofs(n, sizes), 0.0
        for name, (options, limits) in limited(table, years).items():
            for objective in ("net_cost", "capex", "npv"):
                own = replace(limits, target_kw=None) if objective == "npv" else limits
                cpu = time.process_time()
                found = solve(options, own, objective=objective, rate=RATE)
                cpu = time.process_time() - cpu
                worst = max(worst, cpu)
                sys.stdout.write(
                    f"{n} roofs {sizes} sizes {years} years {objective:8} {name:16} {cpu:5.1f} s CPU gap {100 * found.gap:.4f} %"
                    f"{'' if found.optimal else '  NOT PROVED'}\n"
                )
                sys.stdout.flush()
        sys.stdout.write(f"{sizes} sizes {years} years: worst {worst:.1f} s CPU\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
