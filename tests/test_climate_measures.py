"""Measures (docs/metod/utslapp.md, P23-P25): tonnes by year, none counted twice."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from climate.measures import Measure, combine, in_years, of_file, of_plan, undecided
from climate.path import Path

YEARS = range(2026, 2031)


def measure(name, tonnes, group="other", *, certainty="decided", activity=""):
    return Measure(name, group, dict.fromkeys(YEARS, tonnes), certainty, activity)


def test_the_effect_counts_by_days():
    found = in_years(365.0, dt.date(2026, 10, 1), dt.date(2027, 1, 31), [2025, 2026, 2027, 2028])
    assert found == pytest.approx({2025: 0, 2026: 92, 2027: 31, 2028: 0})


def test_what_a_measure_saved_already_is_not_saved_again():
    rows = pd.DataFrame(
        {
            "measure": ["Gammal", "Ny"],
            "kind": ["other", "other"],
            "start": pd.to_datetime(["2020-01-01", "2027-01-01"]),
            "end": pd.to_datetime([None, None]),
            "tonnes_a_year": [50.0, 20.0],
            "certainty": ["done", "decided"],
            "activity": ["El", None],
            "organisation": [None, None],
        }
    )
    old, new = of_file(rows, list(YEARS), latest=2025)
    assert set(old.tonnes.values()) == {0.0}
    assert [new.tonnes[y] for y in YEARS] == [0, 20, 20, 20, 20]


def test_p23_what_the_plans_say_is_not_counted_from_the_list_too():
    plans = [measure("Fordonsplanen", 40.0, "fleet")]
    listed = [measure("Elbilar", 30.0, "fleet"), measure("Solceller", 5.0, "solar"), measure("LED", 3.0)]
    plan = combine(plans, listed, {}, years=YEARS)
    assert [m.name for m in plan.measures] == ["Fordonsplanen", "Solceller", "LED"]
    assert [(m.name, why) for m, why in plan.left_out] == [("Elbilar", "in_plan")]
    assert plan.saved(2026) == 48.0
    assert combine([], listed, {}, years=YEARS).saved(2026) == 38.0


@given(sizes=st.lists(st.floats(0, 500), min_size=1, max_size=5), emitted=st.floats(0, 1000))
def test_p24_an_activity_never_saves_more_than_it_emits(sizes, emitted):
    listed = [measure(f"m{n}", size, activity="El") for n, size in enumerate(sizes)]
    plan = combine([], listed, {"El": emitted}, years=YEARS)
    for year in YEARS:
        assert plan.saved(year) <= max(emitted, 0) * (1 + 1e-9) + 1e-9
        assert plan.saved(year) == pytest.approx(min(sum(sizes), emitted), rel=1e-9, abs=1e-9)
    assert bool(plan.capped) == (sum(sizes) > emitted * (1 + 1e-9))


def test_p24_a_plan_never_saves_more_than_what_it_replaces_emits():
    plan = combine([measure("Solplanen", 300.0, "solar")], [], {}, years=YEARS, limits={"solar": 120.0})
    assert plan.saved(2030) == 120.0
    assert plan.capped == (("Solplanen", 180.0),)


def test_ideas_and_plans_do_not_count_as_decided():
    plan = combine([], [measure("Idé", 9.0, certainty="idea"), measure("Beslutad", 4.0)], {}, years=YEARS)
    assert plan.saved(2030) == 4.0
    assert plan.by_group(2030) == {"other": 4.0}


def test_p25_saved_and_undecided_bridge_latest_and_path():
    path = Path("linear", 1000.0, 1990, 2030, 0.5)
    plan = combine([], [measure("x", 30.0)], {}, years=YEARS)
    for year, left in undecided(path, 700.0, plan, list(YEARS)).items():
        assert 700.0 - plan.saved(year) - left == pytest.approx(path.at(year))
    assert undecided(path, 100.0, plan, [2030]) == {2030: 0.0}


def test_a_plan_in_kilowatt_hours_is_weighed_by_the_factor_of_the_year():
    frame = pd.DataFrame({"year": [2026, 2027], "kwh": [1e6, 2e6], "certainty": "planned"})
    found = of_plan(frame, "solar", "Sol", years=YEARS, grams_per_kwh={2026: 59.0, 2027: 50.0})
    assert (found.tonnes[2026], found.tonnes[2027], found.certainty) == (pytest.approx(59), pytest.approx(100), "planned")
    assert of_plan(None, "solar", "Sol", years=YEARS, grams_per_kwh={}) is None
