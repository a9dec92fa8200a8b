"""The plan (docs/metod/plan.md, M1-M7). Small cases are proved by trying every plan there is; nothing here calls the solver's code."""

import itertools
import time

import numpy as np
import pandas as pd
import pytest

from data.texts import use_language
from solar import exchange, portfolio
from solar.portfolio import Infeasible, Limits, solve

RATE = 0.03


def options(rows):
    frame = pd.DataFrame(rows, columns=["candidate_id", "kwp", "capex_sek", "npv_sek"])
    return frame.assign(owner="K", connection_id=frame["candidate_id"], limit_kwp=np.nan, earliest_year=2026.0)


def drawn(seed, candidates=4, sizes=2):
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(candidates):
        full = rng.uniform(20, 200)
        for s in range(1, sizes + 1):
            kwp = round(full * s / sizes, 1)
            rows.append((f"c{c}", kwp, round(kwp * rng.uniform(8000, 14000)), round(kwp * rng.uniform(-4000, 5000))))
    table = options(rows)
    return table.assign(
        owner=rng.choice(["K", "B"], len(table)),
        connection_id=rng.choice(["n1", "n2"], candidates).repeat(sizes),
        limit_kwp=np.where(rng.random() < 0.5, 250.0, np.nan),
        earliest_year=rng.choice([2026, 2027], candidates).repeat(sizes),
    )


def every_plan(table, limits, objective):
    """Return the least cost over every combination of option and year that keeps every limit, or None."""
    years, rows = sorted(limits.years), table.to_dict("records")
    ids = list(table["candidate_id"].unique())
    choices = [
        [None, *((row, y) for row in rows if row["candidate_id"] == c for y in years if y >= row["earliest_year"])] for c in ids
    ]
    best = None
    for plan in itertools.product(*choices):
        picked = [p for p in plan if p is not None]
        if keeps(plan, picked, ids, limits):
            cost = sum(
                (row["capex_sek"] if objective == "capex" else -row["npv_sek"]) * (1 + RATE) ** -(y - years[0])
                for row, y in picked
            )
            best = cost if best is None else min(best, cost)
    return best


def keeps(plan, picked, ids, limits):
    if any(one is None and c in limits.must for one, c in zip(plan, ids, strict=True)):
        return False
    kw = sum(row["kwp"] for row, _ in picked)
    if limits.target_kw is not None and kw < limits.target_kw - 1e-6:
        return False
    for year in limits.years:
        built = [row for row, y in picked if y == year]
        if sum(row["kwp"] for row in built) > (limits.max_kw_per_year or np.inf) or (
            sum(row["capex_sek"] for row in built) > (limits.budget_per_year or np.inf)
        ):
            return False
    for owner, most in limits.max_kw_per_owner.items():
        if sum(row["kwp"] for row, _ in picked if row["owner"] == owner) > most:
            return False
    for connection in ("n1", "n2"):
        own = [row for row, _ in picked if row["connection_id"] == connection]
        if (
            own
            and sum(row["kwp"] for row in own) > min(row["limit_kwp"] if row["limit_kwp"] > 0 else np.inf for row in own) + 1e-9
        ):
            return False
    return True


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("objective", ["net_cost", "capex", "npv"])
def test_m1_the_best_of_every_plan_there_is(seed, objective):
    table = drawn(seed)
    total = table.groupby("candidate_id")["kwp"].max().sum()
    limits = Limits(
        (2026, 2027),
        None if objective == "npv" else 0.5 * total,
        max_kw_per_year=0.6 * total if seed % 2 else None,
        budget_per_year=0.6 * table.groupby("candidate_id")["capex_sek"].max().sum()
        if seed % 3 == 0 or objective == "npv"
        else None,
        max_kw_per_owner={"B": 0.5 * total} if seed % 4 == 1 else {},
        must=("c0",) if seed % 5 == 2 else (),
    )
    best = every_plan(table, limits, objective)
    if best is None:
        with pytest.raises(Infeasible):
            solve(table, limits, objective=objective, rate=RATE, gap=1e-9)
        return
    found = solve(table, limits, objective=objective, rate=RATE, gap=1e-9)
    assert found.objective == pytest.approx(best, rel=1e-7, abs=1e-3)
    assert found.optimal and found.gap <= 1e-9
    sign, money = (1, "capex_sek") if objective == "capex" else (-1, "npv_sek")
    recounted = (sign * found.rows[money] * (1 + RATE) ** -(found.rows["year"] - 2026.0)).sum()
    assert recounted == pytest.approx(found.objective, rel=1e-9, abs=1e-3)
    assert found.rows["candidate_id"].is_unique


def test_m2_what_pays_for_itself_is_built_first_and_beyond_the_target():
    table = options([("a", 100, 900e3, 200e3), ("b", 100, 900e3, -50e3), ("c", 100, 900e3, -90e3), ("d", 30, 300e3, 10e3)])
    assert set(solve(table, Limits((2026,), 50.0)).rows["candidate_id"]) == {"a", "d"}
    assert set(solve(table, Limits((2026,), 200.0)).rows["candidate_id"]) == {"a", "b", "d"}
    assert solve(table, Limits((2026,), 50.0), objective="capex").rows["capex_sek"].sum() == 900e3
    assert solve(table, Limits((2026,), 30.0), objective="capex").rows["candidate_id"].tolist() == ["d"]


def test_m3_twelve_plants_of_490_beat_six_of_980():
    """Energy tax from 500 kW: full plants lose it on their own use, plants of 490 kW do not (METHODS: twelve against six)."""
    small = [(f"s{i}", 490, 490 * 9000, 490 * 1500) for i in range(12)]
    large = [(f"l{i}", 980, 980 * 8500, 980 * 200) for i in range(6)]
    found = solve(options([*small, *large]), Limits((2026,), 5880.0, max_kw_per_year=5880.0))
    assert found.rows["candidate_id"].str.startswith("s").all() and len(found.rows) == 12


INFEASIBLE = [
    (Limits((2026, 2027), 400.0), "saknas", {}),
    (Limits((2026, 2027), 300.0, max_kw_per_year=120.0), "max_kw_per_year", {"year_kw": 80.0}),
    (Limits((2026, 2027), 300.0, budget_per_year=1.2e6), "budget_sek_per_year", {"budget": 0.8e6}),
    (Limits((2026, 2027), 300.0, max_kw_per_owner={"K": 250.0}), "max_kw_per_owner", {"owner": 50.0}),
]


@pytest.mark.parametrize(("limits", "word", "relief"), INFEASIBLE)
def test_m4_a_plan_that_cannot_be_says_which_limit_and_by_how_much(limits, word, relief):
    table = options([(c, 100, 1e6, 1e5) for c in "abc"])
    table = pd.concat([table, table.assign(kwp=50.0, capex_sek=0.5e6)])  # a smaller size of each: 300 kW needs all three whole
    with use_language("sv"), pytest.raises(Infeasible, match=word) as caught:
        solve(table, limits)
    assert caught.value.relief == pytest.approx(relief, rel=1e-3)


def test_m4_reach_is_what_the_limits_let_through():
    table = options([(c, 100, 1e6, 1e5) for c in "abc"])
    with pytest.raises(Infeasible) as caught:
        solve(table, Limits((2026, 2027), 300.0, max_kw_per_year=120.0))
    assert caught.value.reach_kw == pytest.approx(200.0)
    assert caught.value.relief == pytest.approx({"year_kw": 80.0}, rel=1e-3)  # 200 in one of the years
    with pytest.raises(Infeasible) as caught:
        solve(table, Limits((2026,), 300.0, max_kw_per_year=200.0, budget_per_year=2e6))
    assert caught.value.relief == {}  # neither alone


def test_empty_and_unknown_candidates_are_named():
    with pytest.raises(portfolio.EmptyCandidates):
        solve(options([]), Limits((2026,), 10.0))
    table = options([("a", 100, 1e6, 1e5)])
    with use_language("sv"), pytest.raises(portfolio.EmptyCandidates, match="F-99"):
        solve(table, Limits((2026,), 10.0, must=("F-99",)))
    with use_language("sv"), pytest.raises(portfolio.EmptyCandidates, match="takbyte"):
        solve(table.assign(earliest_year=2031.0), Limits((2026,), 10.0, must=("a",)))


def test_m5_a_roof_that_waits_is_built_no_earlier():
    table = options([("a", 100, 1e6, 1e5), ("b", 100, 1e6, 9e4)])
    table.loc[0, "earliest_year"] = 2028
    found = solve(table, Limits((2026, 2027, 2028, 2029), 200.0), rate=RATE).rows.set_index("candidate_id")["year"]
    assert found.to_dict() == {"a": 2028, "b": 2026}


def test_m6_the_curve_never_falls_and_ends_where_the_roofs_do():
    table = drawn(3, candidates=12, sizes=3)
    table["limit_kwp"] = np.nan
    total = table.groupby("candidate_id")["kwp"].max().sum()
    curve = portfolio.curve(table, Limits((2026, 2027)), np.linspace(0.1, 1.2, 8) * total, rate=RATE, gap=1e-9)
    assert (np.diff(curve["objective_sek"]) >= -1e-6).all()
    assert curve["kw"].max() <= total < 1.2 * total
    for row in curve.itertuples():
        assert row.objective_sek == pytest.approx(solve(table, Limits((2026, 2027), row.kw), rate=RATE, gap=1e-9).objective)


def large(sizes, seed=1, n=2000):
    rng = np.random.default_rng(seed)
    full, yields, own = np.exp(rng.normal(3.5, 0.9, n)), rng.normal(850, 70, n).clip(500), rng.uniform(0.2, 1, n)
    parts = []
    for s in range(1, sizes + 1):
        kwp = full * s / sizes
        capex = kwp * np.interp(np.log(kwp), np.log([10, 50, 100, 500, 1000]), [14400, 11500, 10500, 9000, 8500])
        used = np.clip(own * (1.3 - 0.6 * s / sizes), 0, 1)
        npv = kwp * yields * (used * 0.9 + (1 - used) * 0.45) * 17 - capex - kwp * 2500
        ids = [f"c{i}" for i in range(n)]
        parts.append(pd.DataFrame({"candidate_id": ids, "kwp": kwp, "capex_sek": capex, "npv_sek": npv}))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(owner="K", connection_id=table["candidate_id"], limit_kwp=np.nan, earliest_year=2026.0)


LARGE = [(1, 1, 2.0, limit, "net_cost") for limit in ("year", "owner")] + [
    (5, 5, 10.0, limit, objective) for limit in ("year", "budget", "owner") for objective in ("net_cost", "capex")
]


@pytest.mark.parametrize("case", LARGE, ids=str)
def test_m7_two_thousand_roofs_within_the_gap_and_the_time(case):
    sizes, years, seconds, limit, objective = case
    table = large(sizes)
    table["owner"] = np.where(table["candidate_id"].str[1:].astype(int) % 3 == 0, "B", "K")
    total, capex = table.groupby("candidate_id")[["kwp", "capex_sek"]].max().sum()
    stated = {
        "year": {"max_kw_per_year": 0.8 * total / years},
        "budget": {"budget_per_year": 0.8 * capex / years},
        "owner": {"max_kw_per_owner": {"B": 0.12 * total}},
    }
    limits = Limits(tuple(range(2026, 2026 + years)), 0.5 * total, **stated[limit])
    start = time.process_time()
    found = solve(table, limits, objective=objective, rate=RATE)
    assert time.process_time() - start < seconds
    assert found.gap <= 1e-4 and found.optimal
    assert found.kw >= 0.5 * total - 1e-3 and found.rows["candidate_id"].is_unique
    spent = found.rows.groupby("year")[["kwp", "capex_sek"]].sum()
    assert (spent["kwp"] <= (limits.max_kw_per_year or np.inf) + 1e-3).all()
    assert (spent["capex_sek"] <= (limits.budget_per_year or np.inf) + 1).all()
    assert found.rows.loc[found.rows["owner"] == "B", "kwp"].sum() <= limits.max_kw_per_owner.get("B", np.inf) + 1e-3


@pytest.mark.parametrize("seed", range(8))
def test_m8_exchanges_find_the_best_pair_and_never_pass_a_limit(seed):
    """Two of six plants are to be chosen under a target, a limit and a connection: tried against every pair there is."""
    rng = np.random.default_rng(seed)
    cost, kw = rng.uniform(5, 20, 12), rng.uniform(10, 60, 12)
    groups = [("candidate", np.arange(n, n + 2), np.ones(2), 0.0, 1.0) for n in range(0, 12, 2)]
    rows = [*groups, ("connection", np.arange(4), kw[:4], -np.inf, 70.0), ("target", np.arange(12), kw, 80.0, 110.0)]
    duals = np.zeros(len(rows))
    duals[-1] = cost.mean() / kw.mean()
    problem = exchange.Problem.of(cost, rows, [len(rows) - 1], duals)
    found = exchange.improve(problem, np.full(6, -1), goal=-np.inf)

    def kept(chosen):
        power = kw[list(chosen)].sum()
        once = len({c // 2 for c in chosen}) == len(chosen)
        return once and 80 <= power <= 110 and kw[[c for c in chosen if c < 4]].sum() <= 70

    pairs = [pair for pair in itertools.combinations(range(12), 2) if kept(pair)]
    assert found is not None and kept(tuple(found[0]))
    assert found[1] == pytest.approx(cost[found[0]].sum())
    if pairs:
        assert found[1] <= min(cost[list(pair)].sum() for pair in pairs) + 1e-9
