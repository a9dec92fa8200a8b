"""Base year, editions, readings and observations (docs/metod/utslapp.md, P17-P22).

Kil's 1990 was revised 78 665 -> 77 222 -> 77 238 t CO2e between editions of the national emissions database; the rise of 6 614 t from 2023
to 2024 lies inside the edition of 2026 and is a change.
"""

import datetime as dt
from itertools import product

import pandas as pd
import pytest
from emission_rows import AR5, inventory, row
from hypothesis import given
from hypothesis import strategies as st

from climate.baseyear import base, judge, of_editions, structural, verdicts
from climate.emissions import AXES, Given, answers, assess, depends_on
from climate.inventory import Reading, shortened
from climate.observations import GROUP, of_group, of_territory
from climate.territory import assess as assess_territory
from climate.vintages import by_edition, changes, newest, order, revisions
from data.readers import emissionfacts
from data.readers.organisations import Group, Organisation, net_factors
from data.settings.emissions import EmissionGoalSettings, EmissionSettings

GOAL = EmissionGoalSettings()
NO_GROUP = Group((), net_factors(()), ())


def years(*amounts, carrier="heating_oil", **more):
    return [row(carrier, mj, f"{y}-01-01", f"{y}-12-31", **more) for y, mj in amounts]


@pytest.fixture(scope="module")
def two_years():
    oil = years((1990, 2e7), grade="reconstructed", relative_low=0.5, relative_high=0.25)
    return inventory(*oil, *years((2025, 1.15e7)), *years((2025, 1e6), carrier="electricity", quantity_unit="kWh"))


def test_p17_low_mid_and_high_are_ordered_and_everything_errs_together(two_years):
    ends = base(two_years.rows, Reading("co2", "1"), 1990)
    assert ends.mid == pytest.approx(2e7 * 74.1 / 1e6)
    assert ends.low < ends.mid < ends.high
    assert ends.low == pytest.approx(ends.mid * (1 - (0.5**2 + 0.03**2) ** 0.5))
    assert base(two_years.rows, Reading("co2", "1"), 1991) is None


def test_p18_the_verdict_depends_on_the_end_of_the_base(two_years):
    found = {(v.base, v.shape): v for v in verdicts(two_years.rows, Reading("co2", "1"), GOAL, year=2025) if v.heat == "in"}
    assert {key: v.verdict for key, v in found.items()} == {
        ("low", "linear"): "off_track",
        ("mid", "linear"): "off_track",
        ("high", "linear"): "on_track",
        ("low", "exponential"): "off_track",
        ("mid", "exponential"): "off_track",
        ("high", "exponential"): "on_track",
    }
    assert found["mid", "linear"].allowed == pytest.approx(2e7 * 74.1 / 1e6 * (1 - 0.5 * 35 / 40))


@given(base_t=st.floats(1, 1e5), moved=st.floats(-1e5, 1e5), threshold=st.floats(0.1, 50))
def test_p19_the_policy_recalculates_at_the_threshold_and_above(base_t, moved, threshold):
    found = judge("method", "x", year=1990, tonnes=moved, base_tonnes=base_t, threshold_percent=threshold)
    assert found.recalculates == (abs(100 * moved / base_t) >= threshold and moved != 0)


def test_p19_a_company_that_joined_recalculates_unless_it_is_in_the_base():
    rows = inventory(
        *years((1990, 2e7)),
        *years((2009, 1e6), (2010, 4e6), organisation="Nya bolaget"),
        organisations=[Organisation(name="Nya bolaget", **{"from": dt.date(2009, 3, 1)})],
    ).rows
    joined = [Organisation(name="Nya bolaget", **{"from": dt.date(2009, 3, 1)})]
    limits = {"base_tonnes": 2e7 * 74.1 / 1e6, "base_year": 1990, "threshold_percent": 5.0}
    (found,) = structural(rows, Reading("co2", "1"), joined, **limits)
    assert found.recalculates
    assert found.tonnes == pytest.approx(4e6 * 74.1 / 1e6)  # its first whole year
    always = [Organisation(name="Kommunen")]
    assert structural(rows, Reading("co2", "1"), always, **limits) == []


def test_of_editions_compares_the_base_with_what_was_said_before():
    (small, large) = of_editions(100.0, {"2023-04": {1990: 98.0}, "2024-04": {1990: 80.0}}, base_year=1990, threshold_percent=5)
    assert (small.recalculates, large.recalculates) == (False, True)


# ---- editions --------------------------------------------------------------------------------------------------------------------


def test_p20_kils_revisions_are_not_changes():
    (found,) = [s for s in assess_territory(emissionfacts.territory("1715"), GOAL) if s.gas == "co2e"]
    steps = [(r.old, r.new) for r in found.revisions]
    assert [(round(a), round(b)) for a, b in steps] == [(78665, 77222), (77222, 77238)]
    last = found.changes[-1]
    assert (last.first, last.last, round(last.tonnes - 0.261)) == (2023, 2024, 6613)
    assert round(last.tonnes) in (6613, 6614)
    assert {c.edition for c in found.changes} == {"2026-06"}
    assert found.edition == "2026-06"


edition_values = st.dictionaries(st.integers(1990, 2000), st.floats(1, 1e5), min_size=2, max_size=8)


@given(old=edition_values, new=edition_values)
def test_p20_a_revision_never_looks_like_a_change(old, new):
    newest_changes = changes("2026", new)
    assert {(c.first, c.last): c.tonnes for c in newest_changes} == {
        (c.first, c.last): c.tonnes for c in changes("2026", dict(new))
    }
    found = revisions({"2024": old, "2026": new})
    assert all(r.old == old[r.year] and r.new == new[r.year] for r in found)
    # the same series moved as a whole: revisions only, and not one change is different
    moved = {year: value + 500 for year, value in new.items()}
    assert [c.tonnes for c in changes("a", moved)] == pytest.approx([c.tonnes for c in newest_changes], abs=1e-6)
    assert len(revisions({"a": new, "b": moved})) == len(new)


def test_the_newest_edition_is_a_series_not_a_single_year():
    frame = pd.DataFrame({"year": [1990, 2000, 1990], "tonnes": [1.0, 2.0, 3.0], "edition": ["2024-06", "2024-06", "2026-01"]})
    assert set(newest(frame)["edition"]) == {"2024-06"}
    assert list(by_edition(frame)) == ["2024-06", "2026-01"]
    assert order(["2026-06", "tidigare 1", "2024-12"]) == ["tidigare 1", "2024-12", "2026-06"]


def test_gases_of_the_territory_are_judged_apart_in_their_own_editions():
    found = {s.gas: s for s in assess_territory(emissionfacts.territory("1715"), GOAL)}
    assert {gas: (s.edition, s.latest) for gas, s in found.items()} == {"co2": ("2024-12", 2022), "co2e": ("2026-06", 2024)}
    assert found["co2e"].trend.fits[0].slope == pytest.approx(-599.079, abs=5e-4)
    assert found["co2e"].budget == pytest.approx(-3330, abs=0.5)
    assert {(o.dimensions["gas"], o.vintage) for o in of_territory(emissionfacts.territory("1715"))} == {
        ("co2", "2024-12"),
        ("co2e", "2026-06"),
        ("co2e", "tidigare 1"),
        ("co2e", "tidigare 2"),
    }


# ---- readings and observations ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assessed():
    rows = [
        *years((1990, 2e7), grade="reconstructed"),
        *years((1990, 3e6), (2020, 4e6), (2025, 3e6), carrier="electricity", activity="El", quantity_unit="kWh"),
        *years((2020, 1.3e7), (2025, 1.05e7)),
        *years((2025, 4.2e5), carrier="diesel"),
    ]
    given_ = Given(pd.DataFrame(rows), emissionfacts.factors(), emissionfacts.carriers(), AR5, NO_GROUP)
    return assess(given_, EmissionSettings())


def test_p21_every_reading_of_h4_is_observed(assessed):
    found = of_group(assessed.inventory, Reading(), base_year=1990, source="own_file")
    of_1990 = {tuple(sorted(o.dimensions.items())) for o in found if o.date.year == 1990}
    axes = [("co2", "co2e"), ("1", "1+2", "1+2+3"), ("location", "market"), ("in", "out"), ("low", "mid", "high")]
    assert len(of_1990) == len(list(product(*axes))) == 72
    assert {o.indicator for o in found} == {GROUP}
    assert {o.unit for o in found} == {"t"}
    later = [o for o in found if o.date.year == 2025]
    assert len(later) == 24
    assert all(o.rows for o in later)
    with_paths = answers(assessed.outcomes, GOAL)
    assert len(with_paths) == 144


def test_p26_a_year_with_an_amount_that_has_no_factor_is_no_outcome():
    activities = pd.DataFrame(
        [
            *years((1990, 2e7)),
            *years((2024, 1e7), (2025, 1e7)),
            *years((2025, 5e6), carrier="district_heating", net="Nätet", quantity_unit="kWh", row=9),
        ]
    )
    result = assess(Given(activities, emissionfacts.factors(), emissionfacts.carriers(), AR5, NO_GROUP), EmissionSettings())
    assert result.outcome.latest.year == 2024
    assert result.outcome.lacking.lacks == ("district_heating",)
    found = of_group(result.inventory, Reading(), base_year=1990, source="own_file")
    of_2025 = {(o.dimensions["scope"], o.dimensions["heat"]) for o in found if o.date.year == 2025}
    assert of_2025 == {("1", "in"), ("1", "out"), ("1+2", "out"), ("1+2+3", "out")}


def test_a_series_that_stops_before_the_year_does_is_told():
    rows = [row("diesel", 10.0, "2024-01-01", "2024-12-31", site="A"), row("diesel", 10.0, "2025-01-01", "2025-09-30", site="A")]
    rows += years((2024, 1.0), (2025, 1.0), site="B")
    (found,) = shortened(pd.DataFrame(rows), 2025)
    assert (found.site, found.carrier, found.days) == ("A", "diesel", 273)


def test_p22_what_the_answer_depends_on_is_what_turns_it(assessed):
    found = answers(assessed.outcomes, GOAL)
    chosen = Reading()
    axes = depends_on(found, chosen, "linear")
    now = next(a for a in found if a.reading == chosen and a.path == "linear" and a.base == "mid")
    for axis in AXES:
        others = [a for a in found if all((a.choice(x) == now.choice(x)) or x == axis for x in AXES) and a is not now]
        assert (axis in axes) == any(a.on_track != now.on_track for a in others)
    assert "heat" not in axes  # no district heating in these rows


def test_every_goal_setting_changes_the_result(assessed):
    rows = assessed.inventory.rows

    def outcome(**goal):
        settings = EmissionSettings(goal=goal)
        activities = pd.DataFrame([*years((1990, 2e7)), *years((2020, 1.3e7), (2025, 1.05e7))])
        result = assess(Given(activities, emissionfacts.factors(), emissionfacts.carriers(), AR5, NO_GROUP), settings)
        on = result.outcome.on_path.get(settings.goal.path)
        return on and (on.gap.tonnes, on.path.target, on.cumulative.tonnes if on.cumulative else None, result.outcome.reading)

    plain = outcome()
    changes_ = {
        "base_year": 2020,
        "target_year": 2035,
        "factor": 0.4,
        "path": "exponential",
        "gas": "co2e",
        "scope": "1",
        "electricity": "market",
        "heat": "out",
        "boundary": "whole",
        "decision_year": 2021,
    }
    assert set(changes_) == set(EmissionGoalSettings.model_fields)
    assert len(rows)
    for name, value in changes_.items():
        assert outcome(**{name: value}) != plain, name


def test_other_settings_change_the_result():
    activities = pd.DataFrame(
        [
            *years((1990, 2e7)),
            *years(*((y, 2e7 - (y - 1990) * 3e5) for y in range(2012, 2026))),
            *years((1990, 1e6), (2025, 1e6), carrier="diesel"),
        ]
    )

    def run(editions=None, **settings):
        given_ = Given(activities, emissionfacts.factors(), emissionfacts.carriers(), AR5, NO_GROUP, editions=editions)
        return assess(given_, EmissionSettings(**settings))

    assert run(fuel_basis="wtw", goal={"gas": "co2e"}).outcome.latest != run(goal={"gas": "co2e"}).outcome.latest
    assert run(trend_years=5).outcome.trend.n == 5
    assert run().outcome.trend.n == 10
    editions = pd.DataFrame(
        {"year": [1990], "gas": "co2", "scope": "1+2", "tonnes": [1460.0], "edition": "2024-04", "electricity": None}
    )
    assert [r.recalculates for r in run(editions).recalculations] == [True]
    assert [r.recalculates for r in run(editions, recalculate_percent=20.0).recalculations] == [False]
