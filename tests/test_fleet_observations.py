"""Observations for the goals on vehicles: one for every definition, scope, day and reading that has data; none made up."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import pytest
from fleet_simulator import as_rows, simulate
from fleet_world import TODAY, rows_of, settings, vehicle

from fleet.assessment import Given, assess, counts
from kil.fleetinputs import law, shipped


@pytest.fixture(scope="module")
def fleet():
    return assess(Given(as_rows(simulate(7, 200)[0]), shipped(), law()), settings(), today=TODAY)


def test_the_share_goal_has_every_definition_and_scope_on_every_year_end(fleet):
    found = {
        (o.dimensions["definition"], o.dimensions["scope"], o.date)
        for o in fleet.observations
        if o.indicator == "fossil_free_vehicle_share"
    }
    names = [each.id for each in shipped() if not each.needs_cards]  # no cards here: nothing is said of what was bought
    days = [dt.date(year, 12, 31) for year in range(2022, 2026)] + [TODAY]
    assert found == set(itertools.product(names, ["cars", "light", "all"], days))
    now = counts(fleet, TODAY)
    chosen = fleet.chosen
    assert chosen["latest"] == pytest.approx(now["fossil_free"] / (now["n"] - now["unknown"]))


def test_the_rule_has_every_reading_once(fleet):
    seen = Counter(o.dims for o in fleet.observations if o.indicator == "replacement_violations")
    assert set(seen.values()) == {1}
    names = len([each for each in shipped() if not each.needs_cards])
    assert len(seen) == names * 2**5
    axes = {"definition", "judged_by", "leased", "used", "heavy", "exemptions"}
    assert all({name for name, _ in dims} == axes for dims in seen)


def test_an_observation_leads_to_the_rows_behind_it(fleet):
    last = next(
        o for o in fleet.observations
        if o.indicator == "fossil_free_vehicle_share" and o.date == TODAY and o.dimensions == {"definition": "nollutsläpp", "scope": "all"}
    )  # fmt: skip
    (link,) = last.rows
    assert link.file == "fordon.xlsx"
    assert len(link.rows) == counts(fleet, TODAY)["n"]
    broken = next(o for o in fleet.observations if o.indicator == "replacement_violations" and o.value > 0)
    assert sum(len(each.rows) for each in broken.rows) > 0


def test_nothing_is_said_of_a_fleet_nobody_listed():
    empty = assess(Given(rows_of(vehicle("AAA111")).head(0), shipped(), law()), settings(), today=TODAY)
    assert empty.observations == ()
    assert set(empty.readings["state"]) == {"no_data"}
    assert empty.judged.empty
    assert empty.planned.empty
