"""The plan (docs/metod/plan.md, M1-M10). Small cases are proved by trying every plan there is."""

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from data.texts import use_language
from solar import exchange, mip, portfolio
from solar.patterns import NOTHING, Units
from solar.portfolio import Infeasible, Limits, solve
from solar.relaxation import Relaxation

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
    with (
        use_language("sv"),
        pytest.raises(Infeasible, match=r"Lättas de tillsammans.*byggtakt per år 100 kW, budget per år 1,00 mnkr") as caught,
    ):
        solve(table, Limits((2026,), 300.0, max_kw_per_year=200.0, budget_per_year=2e6))
    assert caught.value.relief == pytest.approx({"year_kw": 100.0, "budget": 1e6}, rel=1e-3)  # neither alone


def test_m4_time_that_is_up_is_not_called_impossible(monkeypatch):
    """Three roofs of 100 kW under a cap only two fit: a plan of 200 kW is there, but neither exchanges nor HiGHS come to it."""
    table = options([(c, 100, 1e6, 1e5) for c in "abc"])
    monkeypatch.setattr(mip.exchange, "improve", lambda *_, **__: None)
    monkeypatch.setattr(mip.Relaxation, "whole", lambda *_, **__: (None, np.inf, -np.inf))
    with use_language("sv"), pytest.raises(Infeasible, match=r"på 7 s, men det är inte visat att ingen finns") as caught:
        solve(table, Limits((2026, 2027), 200.0, max_kw_per_year=120.0), time_limit_s=7.0)
    assert "Målet nås inte" not in str(caught.value)


def test_m4_where_candidates_fall_short_too_the_limit_is_told_against_what_they_hold():
    table = options([(c, 100, 1e6, 1e5) for c in "abc"])
    with use_language("sv"), pytest.raises(Infeasible, match="100 kW till nås det kandidaterna rymmer") as caught:
        solve(table, Limits((2026,), 400.0, max_kw_per_owner={"K": 200.0}))
    assert "0,10 MW saknas" in str(caught.value) and caught.value.relief == pytest.approx({"owner": 100.0}, rel=1e-3)


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


SINGLE = [(1, 1, 2.0, limit, "net_cost") for limit in ("year", "owner", "connection")]
YEARS = [
    (5, 5, 10.0, limit, objective)
    for limit in ("year", "budget", "owner", "connection", "all")
    for objective in ("net_cost", "capex")
]


@pytest.mark.parametrize("case", [*SINGLE, *YEARS], ids=str)
def test_m7_two_thousand_roofs_within_the_gap_and_the_time(case):
    sizes, years, seconds, limit, objective = case
    table = large(sizes)
    number = table["candidate_id"].str[1:].astype(int)
    table["owner"] = np.where(number % 3 == 0, "B", "K")
    total, capex = table.groupby("candidate_id")[["kwp", "capex_sek"]].max().sum()
    stated = {
        "year": {"max_kw_per_year": 0.8 * total / years},
        "budget": {"budget_per_year": 0.8 * capex / years},
        "owner": {"max_kw_per_owner": {"B": 0.12 * total}},
        "connection": {},
    }
    stated["all"] = {name: value for each in stated.values() for name, value in each.items()}
    if limit in ("connection", "all"):  # three roofs a connection, which takes 70 % of what they hold
        full = table.groupby("candidate_id")["kwp"].transform("max").where(~table.duplicated("candidate_id"), 0.0)
        table["connection_id"] = number // 3
        table["limit_kwp"] = 0.7 * full.groupby(table["connection_id"]).transform("sum")
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
    held = found.rows.groupby("connection_id").agg({"kwp": "sum", "limit_kwp": "min"})
    assert (held["kwp"] <= held["limit_kwp"].fillna(np.inf) + 1e-3).all()


@pytest.mark.parametrize("seed", range(8))
def test_m8_exchanges_find_the_best_pair_and_never_pass_a_limit(seed):
    """Two of six plants are to be chosen under a target and a limit: tried against every pair there is."""
    rng = np.random.default_rng(seed)
    cost, kw = np.append(rng.uniform(5, 20, 12), np.zeros(6)), np.append(rng.uniform(10, 60, 12), np.zeros(6))
    unit = np.append(np.arange(12) // 2, np.arange(6))  # two sizes of each plant, and none of it
    duals = np.array([cost[:12].mean() / kw[:12].mean()])
    problem = exchange.Problem(unit, cost, kw[:, None], np.array([80.0]), np.array([110.0]), duals)
    found = exchange.improve(problem, np.arange(12, 18), goal=-np.inf)
    pairs = [pair for pair in itertools.combinations(range(12), 2) if unit[pair[0]] != unit[pair[1]]]
    kept = [pair for pair in pairs if 80 <= kw[list(pair)].sum() <= 110]
    assert found is not None and 80 <= kw[found[0]].sum() <= 110
    assert (unit[found[0]] == np.arange(6)).all() and found[1] == pytest.approx(cost[found[0]].sum())
    if kept:
        assert found[1] <= min(cost[list(pair)].sum() for pair in kept) + 1e-9


def drawn_units(seed):
    """Return cost (18,), weights (18,) and the own limits of three roofs of three sizes at one connection and three alone."""
    rng = np.random.default_rng(seed)
    cost, weight = rng.normal(0, 10, 18), rng.uniform(1, 10, 18)
    groups = [("candidate", np.arange(n, n + 3), np.ones(3), float(n == 3), 1.0) for n in range(0, 18, 3)]
    return cost, weight, [*groups, ("connection", np.arange(9), weight[:9], -np.inf, 14.0)]


def every_pattern(weight):
    """Yield the columns of every choice the connection of `drawn_units` takes; its second roof must be built."""
    for pattern in itertools.product(*((-1, *range(n, n + 3)) for n in (0, 3, 6))):
        chosen = [c for c in pattern if c >= 0]
        if pattern[1] >= 0 and weight[chosen].sum() <= 14.0:
            yield tuple(chosen)


@pytest.mark.parametrize("seed", range(6))
def test_m9_the_patterns_near_the_cheapest_are_those_of_trying_all(seed):
    cost, weight, own = drawn_units(seed)
    units = Units.of(18, own)
    price = {pattern: cost[list(pattern)].sum() for pattern in every_pattern(weight)}
    unit, columns, least = units.near(cost, np.full(4, 8.0), 1000)
    shared = int(np.flatnonzero(~units.alone)[0])
    found = {tuple(sorted(c for c in row if c >= 0)) for row in columns[unit == shared]}
    assert found == {tuple(sorted(p)) for p, value in price.items() if value <= min(price.values()) + 8.0}
    assert least[shared] == pytest.approx(min(price.values()))
    assert units.near(cost, np.full(4, 8.0), len(unit)) is not None and units.near(cost, np.full(4, 8.0), len(unit) - 1) is None
    coarse = units.near(cost, np.zeros(4), 4, 2)
    assert coarse[2][shared] <= least[shared] + 1e-9  # with few steps the least is a bound, the pattern still one that fits
    assert tuple(c for c in coarse[1][coarse[0] == shared][0] if c >= 0) in price


@pytest.mark.parametrize("seed", range(6))
def test_m10_the_relaxation_is_that_of_all_patterns(seed):
    """The same linear program with every pattern written down, solved by scipy."""
    cost, weight, own = drawn_units(seed)
    target = ("target", np.arange(18), weight, 25.0, np.inf)
    patterns = [*every_pattern(weight), *((c,) for c in range(9, 18)), (), (), ()]
    unit = np.array([3 if p and p[0] < 9 else (p[0] - 9) // 3 if p else -1 for p in patterns])
    unit[-3:] = range(3)
    held = np.array([[u == g for u in unit] for g in range(4)], float)
    costs, power = (np.array([of[list(p)].sum() for p in patterns]) for of in (cost, weight))
    expected = linprog(costs, A_ub=-power[None, :], b_ub=[-25.0], A_eq=held, b_eq=np.ones(4))
    relaxation = Relaxation(cost, own, [target], gap=1e-9)
    found = relaxation.bounded(relaxation.low, relaxation.high)
    if expected.status == 2:
        assert found is None
        return
    assert found.value == pytest.approx(expected.fun) and found.bound == pytest.approx(expected.fun)
    assert relaxation.bounded(np.array([1e3]), np.array([np.inf])) is None


def test_m7_a_plant_parted_between_years_is_whole_under_the_target():
    """100 kW half in each of two years, 20 kW half built: under the target the plant of 20 kW is the broken one, in a year that of 100."""
    kw, everything = np.array([100.0, 100.0, 20.0, 20.0]), np.arange(4)
    rows = [("target", everything, kw, 110.0, np.inf), ("year_kw:2026", everything[::2], kw[::2], -np.inf, 60.0)]
    model = mip.Model(np.array([0, 0, 1, 1]), np.array([2026, 2027] * 2), kw, rows, shared=(0, 1))
    shares, duals = np.full(4, 0.5), np.array([2.0, -0.5])
    columns = np.array([[0], [1], [2], [NOTHING]])
    sets, worth = mip._counts(model, SimpleNamespace(columns=columns), SimpleNamespace(shares=shares, duals=duals))
    n = len(mip.SHARES)
    assert [set(held) for held in sets[:n]] == [{0, 1, 2, 3}] * n and set(sets[-1]) == {0}
    assert worth == pytest.approx([40.0] * n + [50.0] * n)


def test_m7_a_search_that_ends_without_a_plan_proves_nothing():
    best, root = (np.array([0]), 10.0), SimpleNamespace(bound=5.0, duals=np.zeros(1))
    patterns = (np.array([0]), np.array([[0]]))
    relaxation = SimpleNamespace(within=lambda *_: patterns, whole=lambda *_, **__: (None, np.inf, -np.inf))
    assert mip._whole(relaxation, root, best, bound=5.0, gap=1e-4, time_limit_s=1.0) == (best, 5.0)
