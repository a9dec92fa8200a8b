"""Plan, charging, tonnes and procurement (docs/metod/fordon.md, 6-7): sums by hand; P13-P17."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from fleet_world import TODAY, goal_definition, settings, vehicle, world
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from data.settings.fleet import PlanSettings
from fleet.charging import demand, depots, hourly_shape, matched, profile
from fleet.plan import outlook, plan, saved_tonnes
from fleet.procurement import procured, summary
from fleet.share import status_on
from kil.fleetinputs import law, shipped

GOAL = settings().goal.date
CAR = settings().plan.car


def made(*vehicles, today=TODAY):
    register = world(*vehicles, today=today)
    status = status_on(register, goal_definition())
    return register, status, plan(register, status, settings(), today=today)


def test_lease_ends_and_age_give_the_day_and_the_last_order_date():
    """P13: order_by + lead time = due. A leased car is due when its lease ends, an owned one after 6 years (the settings)."""
    today = dt.date(2026, 1, 10)
    _, _, table = made(
        vehicle("LEA001", "2022-01-01", tenure="leased", lease_end="2026-11-01"),
        vehicle("OWN001", "2020-05-01", tenure="owned"),
        vehicle("LEA002", "2023-01-01", tenure="leased", lease_end=None),
        vehicle("ELE001", "2022-01-01", fuel="electric"),
        today=today,
    )
    rows = table.set_index("vehicle_id")
    assert list(rows.index) == ["OWN001", "LEA001", "LEA002"]  # the first to order first
    assert rows.loc["LEA001", "due"] == pd.Timestamp(2026, 11, 1)
    assert rows.loc["LEA001", "order_by"] == pd.Timestamp(2026, 11, 1) - pd.Timedelta(days=CAR.lead_days)
    assert rows.loc["OWN001", "due"] == pd.Timestamp(2020, 5, 1) + pd.Timedelta(days=round(6 * 365.25))
    assert rows.loc["LEA002", "due_basis"] == "unknown"
    assert pd.isna(rows.loc["LEA002", "due"])
    assert (rows["earliest"] == pd.Timestamp(today) + pd.Timedelta(days=CAR.lead_days)).all()
    assert "2026-06-04" in rows.loc["LEA001", "sentence"]


def test_what_cannot_be_reached_says_so_and_when_it_can():
    today = dt.date(2026, 11, 24)
    _, _, table = made(vehicle("LEA001", "2022-01-01", tenure="leased", lease_end="2026-12-01"), today=today)
    assert table.loc[0, "sentence"] == "Kan inte nås före 2026-12-31; tidigast 2027-04-23."
    assert not table.loc[0, "counts"]


def test_share_at_the_goal_date_under_all_go_fossil_free():
    """P14: of 10, 4 free; 3 due in time, so 7; required 0.8 asks for one more."""
    fleet = [vehicle(f"FRI{n:03d}", "2023-01-01", fuel="electric") for n in range(4)]
    fleet += [vehicle(f"DUE{n:03d}", "2021-01-01", tenure="leased", lease_end="2026-11-01") for n in range(3)]
    fleet += [vehicle(f"SEN{n:03d}", "2025-01-01", tenure="leased", lease_end="2029-11-01") for n in range(3)]
    register, status, table = made(*fleet, today=dt.date(2026, 2, 1))
    today, due, possible = outlook(register, status, table, 0.8, settings=settings(), today=dt.date(2026, 2, 1))
    assert [each.fossil_free for each in (today, due, possible)] == [4, 7, 10]
    assert [each.more for each in (today, due, possible)] == [4, 1, 0]
    assert today.share <= due.share <= possible.share
    assert (due.reached, possible.reached) == (False, True)


def test_yearly_cost_is_annuity_service_and_energy():
    """By hand for the settings' car: price less 25 % residual over 6 years at 3 %, 9 000 of service, 15 000 km of 0.06 l at 15.50."""
    _, _, table = made(vehicle("OWN001", "2022-05-01", annual_km=15_000))
    annuity = 0.03 / (1 - 1.03**-6)
    capital = 280_000 * (1 - 0.25 * 1.03**-6) * annuity
    assert table.loc[0, "cost_now_sek"] == pytest.approx(capital + 9_000 + 15_000 * 0.06 * 15.5)
    assert table.loc[0, "charging_kwh"] == pytest.approx(15_000 * 0.18 / 0.88)


def test_tonnes_by_the_factor_of_each_day():
    """One car of 900 litres a year replaced on 1 July 2025: half a year at 2.0 kg, then 2.5 kg; electricity 0.05 kg a kWh."""
    planned = pd.DataFrame(
        {
            "due": [pd.Timestamp(2025, 7, 1)],
            "earliest": [pd.Timestamp(2025, 1, 1)],
            "fuel": ["petrol"],
            "fuel_amount": [900.0],
            "charging_kwh": [3000.0],
        }
    )
    factors = pd.DataFrame(
        [
            ("petrol", "2020-01-01", "2025-12-31", 2.0),
            ("petrol", "2026-01-01", None, 2.5),
            ("electricity", "2020-01-01", None, 0.05),
        ],
        columns=["carrier", "valid_from", "valid_to", "kg_per_unit"],
    )
    table = saved_tonnes(planned, factors, range(2024, 2027)).set_index("year")
    assert table.loc[2024, ["tonnes", "vehicles"]].tolist() == [0, 0]
    assert table.loc[2025, "tonnes"] == pytest.approx(184 / 365.25 * (900 * 2.0 - 3000 * 0.05) / 1000)
    assert table.loc[2026, "tonnes"] == pytest.approx(365 / 365.25 * (900 * 2.5 - 3000 * 0.05) / 1000)
    missing = saved_tonnes(planned, factors[factors["carrier"] == "electricity"], range(2025, 2026))
    assert missing["missing"].tolist() == ["petrol"]


@how(max_examples=25, deadline=None)
@given(st.tuples(st.integers(0, 23), st.integers(0, 23)), st.floats(0, 1), st.floats(0, 1), st.sampled_from([2024, 2025]))
def test_the_hours_of_a_year_sum_to_the_energy(night, day_share, weekend, year):
    """P15."""
    shape = hourly_shape(PlanSettings(night_from=night[0], night_to=night[1], day_share=day_share, weekend_share=weekend), year)
    assert len(shape) == (8784 if year == 2024 else 8760)
    assert shape.sum() == pytest.approx(1)
    assert (shape >= 0).all()


def test_charging_is_matched_with_the_roof_hour_by_hour():
    """P16. A roof that gives all its power in the night hours of charging meets them; one that gives it by day meets the day's share."""
    charging = pd.DataFrame({"depot": ["A", "B"], "kwh": [8760.0, 8760.0], "charger_kw": [11.0, 11.0], "planned": [False, True]})
    chosen = PlanSettings(day_share=0.0, night_from=17, night_to=6, weekend_share=2 / 7)
    load = profile(charging, chosen, 2025)
    hours = load.index.tz_convert("Europe/Stockholm").hour
    night = (hours >= 17) | (hours < 6)
    pv = pd.DataFrame({"A": np.where(night, 1e6, 0.0), "B": np.where(night, 0.0, 1e6)}, index=load.index)
    table = depots(charging, chosen, 2025, pv).set_index("depot")
    assert table.loc["A", "matched_kwh"] == pytest.approx(8760)
    assert table.loc["B", "matched_kwh"] == pytest.approx(0)
    assert table.loc["A", ["kwh_now", "kwh_planned"]].tolist() == [8760, 0]
    assert table.loc["A", "kw_spread"] == pytest.approx(load["A"].max())
    assert table.loc["A", "kw_chargers"] == 11
    rng = np.random.default_rng(1)
    sun = pd.DataFrame(
        rng.random((8760, 2)) * 3, index=pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC"), columns=["A", "B"]
    )
    met = matched(load, sun)
    assert (met["matched_kwh"] <= np.minimum(load.sum(), met["pv_kwh"]) + 1e-9).all()
    assert depots(charging, chosen, 2025)["matched_kwh"].isna().all()  # no solar: data saknas, never zero


def test_only_what_charges_is_in_the_demand():
    register, status, table = made(
        vehicle("ELE001", "2023-01-01", fuel="electric", depot="D", annual_km=10_000),
        vehicle("PET001", "2023-01-01", fuel="petrol", depot="D"),
        vehicle("GAS001", "2023-01-01", fuel="gas", depot="D"),
    )
    found = demand(register, table, status, settings(), today=TODAY)
    assert found["planned"].tolist() == [False, True]
    assert found["kwh"].iloc[0] == pytest.approx(10_000 * 0.18 / 0.88)


def test_procurement_by_order_date_and_against_the_minimum():
    """Light minimum 38.5 % (act 2011:846): 2 clean of 5 in the first period is 40 %; the second period has its own rule."""
    clean = [vehicle(f"REN{n:03d}", "2023-05-01", fuel="electric", ordered="2023-01-01") for n in range(2)]
    dirty = [vehicle(f"SMU{n:03d}", "2023-05-01", fuel="petrol", co2_g_km=120, ordered="2023-01-01") for n in range(3)]
    others = [
        vehicle("SEN001", "2026-02-01", fuel="petrol+electric", plug=True, co2_g_km=20, rde_percent=10, ordered="2025-12-31"),
        vehicle("SEN002", "2026-02-01", fuel="petrol+electric", plug=True, co2_g_km=20, rde_percent=10, ordered="2026-01-01"),
        vehicle("UTR001", "2023-05-01", fuel="petrol", emergency=True, ordered="2023-01-01"),
        vehicle("MAS001", "2023-05-01", fuel="diesel", kind="machine", ordered="2023-01-01"),
        vehicle("TID001", "2021-05-01", fuel="petrol", ordered="2021-08-01"),
    ]
    table = procured(world(*clean, *dirty, *others), law(), shipped())
    assert set(table["registration"]) == {"REN000", "REN001", "SMU000", "SMU001", "SMU002", "SEN001", "SEN002"}
    assert table.set_index("registration")["clean"][["SEN001", "SEN002"]].tolist() == [True, False]
    light = summary(table, law()).set_index(["period", "group"])
    first = light.loc[("2021-2025", "light")]
    assert first[["n", "clean", "met"]].tolist() == [6, 3, True]
    assert first["minimum"] == 0.385
    assert light.loc[("2026-2030", "light"), "met"] == False  # noqa: E712
    assert not first["assumption"]
    assert light.loc[("2021-2025", "heavy_lorry"), "assumption"]
    for period in law():  # P17
        part = table[table["period"] == period.id]
        assert part["registration"].is_unique
