"""Shares (docs/metod/fordon.md, 3): counted by hand on small fleets, and P1-P3 on generated ones."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from fleet_simulator import as_rows, simulate
from fleet_world import TODAY, definition, settings, vehicle, world
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from fleet.register import register
from fleet.share import SCOPES, readings, shares, straddles, total, year_ends
from kil.fleetinputs import shipped

ZERO = [definition("nollutsläpp")]
END = dt.date(2022, 12, 31)


def table_of(*made, days=(END, TODAY), definitions=ZERO, **goal):
    return shares(world(*made), definitions, days, goal=settings(**goal).goal)


def test_a_share_counted_by_hand():
    """Four in service at the end of 2022: two electric, one petrol, one of unknown fuel; others came later or left that day."""
    table = table_of(
        vehicle("AAA001", fuel="electric"),
        vehicle("AAA002", "2022-12-31", fuel="electric", tenure="leased"),
        vehicle("AAA003", fuel="petrol", kind="light_lorry"),
        vehicle("AAA004", fuel=None),
        vehicle("AAA005", left="2022-12-31", fuel="petrol"),
        vehicle("AAA006", "2023-01-01", fuel="petrol"),
        vehicle("AAA007", fuel="petrol", emergency=True),
    )
    row = total(table, "nollutsläpp", "all").iloc[0]
    assert row[["n", "fossil_free", "unknown"]].tolist() == [4, 2, 1]
    assert row[["share", "share_low", "share_high"]].tolist() == pytest.approx([2 / 3, 2 / 4, 3 / 4])
    then = table[table["date"] == pd.Timestamp(END)]
    straddled = [straddles(then, "nollutsläpp", "all", required) for required in (0.5, 0.51, 0.75, 0.76, np.nan)]
    assert straddled == [False, True, True, False, False]
    cars = total(table, "nollutsläpp", "cars").iloc[0]
    assert cars[["n", "fossil_free", "unknown", "share"]].tolist() == [3, 2, 1, 1.0]
    leased = table[(table["tenure"] == "leased") & (table["class"] == "all") & (table["date"] == pd.Timestamp(END))]
    assert leased["n"].tolist() == [1]


@pytest.mark.parametrize(
    ("base", "now", "how_read", "expected"),
    [
        ((20, 4), (20, 5), "relative", ("reached", 0.23)),  # 20 % x 1.15 = 23 %, 25 % reached
        ((20, 4), (20, 5), "points", ("short", 0.35)),
        ((20, 0), (20, 5), "relative", ("undefined", np.nan)),  # no per cent of nothing
        ((20, 0), (20, 3), "points", ("reached", 0.15)),
        ((20, 18), (20, 20), "relative", ("unreachable", 1.035)),  # above 86.96 % in the base year
        ((20, 17), (20, 20), "points", ("reached", 1.0)),  # 85 % + 15 = every vehicle
        ((20, 18), (20, 20), "points", ("unreachable", 1.05)),
        ((0, 0), (20, 3), "points", ("no_data", np.nan)),
    ],
)
def test_readings_of_the_share_goal(base, now, how_read, expected):
    """H6: "ökat med minst 15 procent", as times 1.15 or plus 15 points."""
    fleet = [vehicle(f"BAS{n:03d}", left="2023-06-01", fuel="electric" if n < base[1] else "petrol") for n in range(base[0])]
    fleet += [vehicle(f"NUW{n:03d}", "2024-01-01", fuel="electric" if n < now[1] else "petrol") for n in range(now[0])]
    found = readings(table_of(*fleet), ZERO, settings().goal)
    row = found[(found["scope"] == "all") & (found["reading"] == how_read)].iloc[0]
    assert row["state"] == expected[0]
    assert row["required"] == pytest.approx(expected[1], nan_ok=True)


def test_every_reading_is_there_and_one_is_chosen():
    found = readings(table_of(vehicle("AAA001", fuel="electric"), definitions=shipped()), shipped(), settings().goal)
    assert len(found) == 2 * len(shipped()) * len(SCOPES)
    assert found["chosen"].sum() == 1
    assert set(found.loc[found["definition"] == "tankat", "state"]) == {"no_data"}  # no cards: nothing is known


def test_year_ends_run_from_the_base_year():
    assert year_ends(settings().goal, dt.date(2024, 5, 6)) == [dt.date(2022, 12, 31), dt.date(2023, 12, 31), dt.date(2024, 5, 6)]
    assert year_ends(settings().goal, dt.date(2023, 12, 31)) == [dt.date(2022, 12, 31), dt.date(2023, 12, 31)]


def test_machines_leave_the_scope_of_all_when_the_settings_say_so():
    fleet = [vehicle("AAA001", fuel="electric"), vehicle("AAA002", fuel="diesel", kind="machine")]
    assert total(table_of(*fleet), "nollutsläpp", "all")["n"].iloc[0] == 2
    assert total(table_of(*fleet, machines_in_all=False), "nollutsläpp", "all")["n"].iloc[0] == 1


rows = st.lists(
    st.tuples(
        st.sampled_from(["car", "light_lorry", "heavy_lorry", "bus", "machine"]),
        st.sampled_from(["petrol", "diesel", "electric", "gas", "electric+petrol", None]),
        st.sampled_from(["K", "B", "T"]),
        st.sampled_from(["owned", "leased", "rental"]),
        st.integers(2018, 2024),
        st.one_of(st.none(), st.integers(2021, 2026)),
        flags := st.sampled_from([True, False, None]),
        flags,
    ),
    min_size=1,
    max_size=25,
)


@how(max_examples=15, deadline=None)
@given(rows)
def test_shares_keep_their_bounds_and_add_up(made):
    """P1: 0 <= share_low <= share <= share_high <= 1. P3: `all` is the sum of its companies, of its tenures and of its classes."""
    fleet = [
        vehicle(f"QQ{n:04d}", f"{came}-06-01", f"{max(left, came + 1)}-03-01" if left else None, fuel=fuel, kind=kind, company=company,
                tenure=tenure, plug=plug, hvo=hvo)
        for n, (kind, fuel, company, tenure, came, left, plug, hvo) in enumerate(made)
    ]  # fmt: skip
    table = table_of(*fleet, definitions=shipped(), days=year_ends(settings().goal, TODAY))
    known = table[table["share"].notna()]
    assert ((known["share_low"] <= known["share"] + 1e-12) & (known["share"] <= known["share_high"] + 1e-12)).all()
    assert ((table["fossil_free"] + table["unknown"]) <= table["n"]).all()
    counts = ["n", "fossil_free", "unknown"]
    by = ["date", "definition"]
    whole = table[(table["class"] == "all") & (table["company"] == "all") & (table["tenure"] == "all")].set_index(by)[counts]
    parts = {
        "company": table[(table["class"] == "all") & (table["company"] != "all")],
        "tenure": table[(table["class"] == "all") & (table["tenure"] != "all")],
        "class": table[~table["class"].isin(["all", "light"]) & (table["company"] == "all") & (table["tenure"] == "all")],
    }
    for part in parts.values():
        pd.testing.assert_frame_equal(part.groupby(by)[counts].sum().reindex(whole.index), whole, check_dtype=False)


def test_yearly_lists_give_the_same_shares_as_one_list_with_dates():
    """P6: the same simulated fleet as one list with dates, and as what stood there at the end of each year."""
    rows_, _ = simulate(3, 120)
    dated = as_rows(rows_)
    days = [dt.date(year, 12, 31) for year in range(2021, 2026)]
    lists = []
    for day in days:
        when = pd.Timestamp(day)
        here = dated[(dated["in_date"] <= when) & ~(dated["out_date"] <= when)]
        empty = pd.Series(pd.NaT, here.index, dtype="datetime64[ns]")
        lists.append(here.assign(snapshot=when, in_date=empty, out_date=empty, first_registered=empty))
    given_lists = pd.concat(lists, ignore_index=True).astype({"snapshot": "datetime64[ns]"})
    one, many = (
        shares(register(frame, settings().vehicles, today=days[-1]).vehicles, shipped(), days[1:], goal=settings().goal)
        for frame in (dated, given_lists)
    )
    keys = ["date", "definition", "class", "company", "tenure"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True).drop(columns="in_force"),
        many.sort_values(keys, ignore_index=True).drop(columns="in_force"),
    )
