"""Seconds and gap of the plan on 2 000 made roofs. `python tests/benchmarks/bench_portfolio.py [roofs]`."""

import sys
import time

import numpy as np
import pandas as pd

from solar.portfolio import Limits, solve


def roofs(n: int, sizes: int, seed: int = 1) -> pd.DataFrame:
    """Return options of n roofs: log-normal sizes, drawn yields and own use; cost by size as in data/reference/capex.csv."""
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
    return table.assign(owner="K", connection_id=table["candidate_id"], limit_kwp=np.nan, earliest_year=2026.0)


def main(n: int) -> None:
    """Print seconds and gap for one year and five, with and without yearly limits, for each objective."""
    for sizes, years in ((1, 1), (5, 1), (5, 5)):
        table = roofs(n, sizes)
        total = float(table.groupby("candidate_id")["kwp"].max().sum())
        for objective in ("net_cost", "capex", "npv"):
            for most in (None, 0.8 * total / years):
                limits = Limits(tuple(range(2026, 2026 + years)), 0.5 * total, max_kw_per_year=most)
                wall, cpu = time.perf_counter(), time.process_time()
                found = solve(table, limits, objective=objective, rate=0.025)
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                limit = "yearly limit" if most else "free"
                sys.stdout.write(
                    f"{n} roofs {sizes} sizes {years} years {objective:8} {limit:12} "
                    f"{wall:5.1f} s wall {cpu:5.1f} s CPU gap {100 * found.gap:.4f} %\n"
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
