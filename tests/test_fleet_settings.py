"""Every field of [fleet] changes something: each is changed alone and the result of its step compared."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from fleet_simulator import as_rows, simulate
from fleet_world import definition, rows_of, vehicle

from data.settings.fleet import CLASS_PLANS, FleetSettings
from fleet.charging import demand, hourly_shape
from fleet.judging import judge_pairs, terms
from fleet.plan import plan
from fleet.register import register
from fleet.replacements import pair
from fleet.share import readings, shares, status_on, year_ends
from kil.fleetinputs import shipped
from kil.fleetjoin import depot_roofs

TODAY = dt.date(2026, 6, 1)


def changed(path, value):
    tree = FleetSettings().model_dump()
    branch = tree
    *parents, last = path.split(".")
    for part in parents:
        branch = branch[part]
    branch[last] = value
    return FleetSettings.model_validate(tree)


@pytest.fixture(scope="module")
def simulated():
    return as_rows(simulate(5, 150)[0])


def of_goal(settings, rows):
    vehicles = register(rows, settings.vehicles, today=TODAY).vehicles
    found = pair(vehicles, settings)
    rule = definition(settings.goal.definition)
    judged = judge_pairs(terms(found.pairs, vehicles, settings, today=TODAY), status_on(vehicles, rule), settings.goal)
    table = shares(vehicles, [rule], year_ends(settings.goal, TODAY), goal=settings.goal)
    due = plan(vehicles, status_on(vehicles, rule), settings, today=TODAY)
    return [judged, table, readings(table, [rule], settings.goal), due]


GOAL = {
    "definition": "nollutsläpp", "base_year": 2023, "date": dt.date(2027, 12, 31), "increase_percent": 10.0, "reading": "points",
    "scope": "cars", "machines_in_all": False, "decision": dt.date(2022, 12, 19), "judged_by": "delivery",
    "leased": False, "used": False, "heavy": False,
}  # fmt: skip
REGISTER = {
    "other_authorities": ("Energi AB",), "min_rental_days": 100, "same_stay_days": 5, "used_after_days": 3000, "longest_lead_days": 10,
}  # fmt: skip
MATCH = {
    "years_back": 0, "days_before": 20, "days_after": 60, "typical_days": 5.0, "replaced_share": 0.2, "same_unit": 0.3, "same_use": 0.3,
    "same_depot": 0.3, "same_tenure": 0.3, "class_change": 0.6, "prior_pairs": 2000.0, "learn": False,
    "min_confidence": 0.9, "candidates": 2,
}  # fmt: skip
PLAN = {
    "electricity_sek_kwh": 3.0, "fuel_sek_litre": 30.0, "residual_share": 0.5, "discount_rate": 0.1, "charging_efficiency": 0.7,
    "night_from": 20, "night_to": 3, "day_from": 11, "day_to": 12, "day_share": 0.9, "weekend_share": 0.3,
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(simulated):
    """The simulated list with rows that the settings speak of: a rental, a gap in a stay, a used car."""
    more = rows_of(
        vehicle("HYR001", "2022-02-01", "2022-09-01", tenure="rental", company="Kommunen"),
        vehicle("GAP001", "2019-01-01", "2022-03-01", company="Kommunen"),
        vehicle("GAP001", "2022-03-20", company="Kommunen"),
        vehicle(
            "BEG001", "2024-09-01", first_registered="2019-01-01", company="Kommunen", unit="Komm-1", hvo=False, fuel="diesel"
        ),
        vehicle("LAD001", "2021-01-01", fuel="electric+petrol", plug=True, company="Kommunen"),
        vehicle("GAM001", "2016-01-01", "2024-08-20", company="Kommunen", unit="Komm-1", fuel="diesel", hvo=False),
    )
    return pd.concat([simulated, more], ignore_index=True)


@pytest.fixture(scope="module")
def before(rows):
    return of_goal(FleetSettings(), rows)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *((f"goal.{k}", v) for k, v in GOAL.items()),
        *((f"vehicles.{k}", v) for k, v in REGISTER.items()),
        *((f"match.{k}", v) for k, v in MATCH.items()),
    ],
)
def test_goal_register_and_matching(rows, before, path, value):
    after = of_goal(changed(path, value), rows)
    # `definition` names itself in the result, so its numbers are compared
    same = [
        a.drop(columns="definition", errors="ignore").equals(b.drop(columns="definition", errors="ignore"))
        for a, b in zip(before, after, strict=True)
    ]
    if path == "match.prior_pairs":
        assert not before[0]["confidence"].equals(after[0]["confidence"])
    assert not all(same)


def of_plan(settings):
    made = [vehicle(f"PLA{n:03d}", "2021-01-01", kind=kind) for n, kind in enumerate(CLASS_PLANS)]
    vehicles = register(rows_of(*made), settings.vehicles, today=TODAY).vehicles
    status = status_on(vehicles, definition("nollutsläpp"))
    table = plan(vehicles, status, settings, today=TODAY)
    return [table, demand(vehicles, table, status, settings, today=TODAY), hourly_shape(settings.plan, 2026).to_frame()]


CLASS_FIELDS = [f"plan.{kind}.{name}" for kind, numbers in CLASS_PLANS.items() for name in type(numbers).model_fields]


@pytest.mark.parametrize("path", [*(f"plan.{name}" for name in PLAN), *CLASS_FIELDS])
def test_plan_and_charging(path):
    part = path.split(".")
    value = PLAN[part[1]] if len(part) == 2 else int(getattr(CLASS_PLANS[part[1]], part[2]) * 2) + 1
    assert not all(a.equals(b) for a, b in zip(of_plan(FleetSettings()), of_plan(changed(path, value)), strict=True))


def test_no_field_is_forgotten():
    fields = FleetSettings.model_fields
    for section, known in (("goal", GOAL), ("vehicles", REGISTER), ("match", MATCH)):
        assert set(fields[section].annotation.model_fields) == set(known)
    others = set(fields["plan"].annotation.model_fields) - set(PLAN) - set(CLASS_PLANS)
    assert others == {"depots", "savings_through"}  # depots below; savings_through: the last year of `saved_tonnes`


def test_depots_named_otherwise_than_their_facility():
    known = pd.DataFrame({"name": ["Förrådet"], "facility_id": ["F-1"]})
    assert depot_roofs(["Depå 1"], known, {}) == {}
    assert depot_roofs(["Depå 1"], known, changed("plan.depots", {"Depå 1": "F-1"}).plan.depots) == {"Depå 1": "F-1"}
    assert shipped()
