"""The inventory (docs/metod/utslapp.md, P5-P8). The example's truth is computed in data/example/emissions.py without climate/."""

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import replace
from importlib.resources import files

import pandas as pd
import pytest
from emission_rows import MJ, SETTINGS, SHIPPED, inventory, row
from hypothesis import given, settings
from hypothesis import strategies as st

from climate.factors import FactorTable
from climate.inventory import UPSTREAM, Reading, compute, totals
from data.readers import activity, emissionfacts, emissionlists, organisations
from data.readers.organisations import Organisation
from data.settings.emissions import EmissionSettings, GradeSettings

EXAMPLE = files("data") / "example"
CARRIERS = st.sampled_from(["diesel", "petrol", "hvo100", "heating_oil", "vehicle_gas", "electricity"])
days = st.dates(dt.date(2018, 1, 1), dt.date(2026, 12, 31))


def tonnes(found, reading, year=None):
    sums = totals(found.rows, reading)
    return float(sums["tonnes"].sum() if year is None else sums.loc[sums["year"] == year, "tonnes"].sum())


@pytest.fixture(scope="module")
def example():
    indata = EXAMPLE / "indata"
    rows = activity.read(indata / "aktiviteter.xlsx", slip_ratio=200).data
    base = activity.read_base_year(indata / "basar.xlsx", slip_ratio=200).data
    group = organisations.read(indata / "organisationer.toml").data
    own = emissionlists.read_factors(indata / "faktorer.csv").data
    factors = pd.concat([emissionfacts.factors(), group.net_factors, own], ignore_index=True)
    table = FactorTable(factors, emissionfacts.warming_potentials("ar5"))
    together = pd.concat([base, rows], ignore_index=True)
    return compute(together, table, emissionfacts.carriers(), organisations=group.organisations, settings=SETTINGS)


def test_the_examples_known_truth(example):
    truth = defaultdict(float)
    with (EXAMPLE / "facit_utslapp.csv").open(encoding="utf-8") as stream:
        for line in csv.DictReader(stream, delimiter=";"):
            truth[int(line["year"]), line["scope"]] += float(line["tonnes_co2"].replace(",", "."))
    sums = totals(example.rows, Reading("co2", "1+2+3"), by=("scope",))
    found = {(int(r.year), r.scope): r.tonnes for r in sums.itertuples()}
    assert len(truth) == 33
    for key, expected in truth.items():
        assert found[key] == pytest.approx(expected, abs=2e-3), key


def test_the_example_is_whole(example):
    assert example.missing == ()
    assert example.partial == ()


def test_a_row_over_two_factors_is_counted_by_days():
    found = inventory(row("diesel", 1000 * 35.5, "2025-06-01", "2025-07-31"))
    by_hand = 1000 * 35.5 * (30 * 95.1 * 0.94 + 31 * 95.1 * 0.90) / 61 / 1e6
    assert tonnes(found, Reading("co2e", "1", fuel_basis="wtw")) == pytest.approx(by_hand, rel=1e-5)


def test_electricity_on_both_bases_and_by_contract():
    plain = inventory(row("electricity", 1e6, "2022-01-01", "2022-12-31"))
    assert tonnes(plain, Reading("co2", "1+2", "location")) == pytest.approx(59.0)
    assert tonnes(plain, Reading("co2", "1+2", "market")) == pytest.approx(467.62)
    green = inventory(row("electricity", 1e6, "2022-01-01", "2022-12-31", contract_g_kwh=6.0))
    assert tonnes(green, Reading("co2", "1+2", "market")) == pytest.approx(6.0)
    assert tonnes(green, Reading("co2", "1+2", "location")) == pytest.approx(59.0)


def test_refrigerants_by_warming_potential():
    leak = row("r404a", 10.0, "2024-01-01", "2024-12-31")
    assert tonnes(inventory(leak), Reading("co2e", "1")) == pytest.approx(39.43)
    assert tonnes(inventory(leak), Reading("co2", "1")) == 0
    older = FactorTable(emissionfacts.factors(), emissionfacts.warming_potentials("ar4"))
    assert tonnes(inventory(leak, table=older), Reading("co2e", "1")) == pytest.approx(39.22)


@settings(max_examples=20, deadline=None)
@given(carrier=CARRIERS, amount=st.floats(1, 1e7), start=days, length=st.integers(2, 900), cut=st.floats(0.05, 0.95))
def test_p5_cutting_a_row_in_two_changes_nothing(carrier, amount, start, length, cut):  # noqa: PLR0917
    end = start + dt.timedelta(days=length - 1)
    first = min(max(1, int(length * cut)), length - 1)
    middle = start + dt.timedelta(days=first - 1)
    whole = inventory(row(carrier, amount, start, end))
    halves = inventory(
        row(carrier, amount * first / length, start, middle),
        row(carrier, amount * (length - first) / length, middle + dt.timedelta(days=1), end),
    )
    for reading in (Reading("co2", "1+2+3"), Reading("co2e", "1+2+3", "market"), Reading("co2e", "1+2", fuel_basis="wtw")):
        a, b = (totals(x.rows, reading).set_index("year")["tonnes"] for x in (whole, halves))
        pd.testing.assert_series_equal(a, b, rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(carrier=CARRIERS, start=days, length=st.integers(1, 700))
def test_p6_all_scopes_together_are_the_same_on_both_fuel_bases(carrier, start, length):
    found = inventory(row(carrier, 1e6, start, start + dt.timedelta(days=length)))
    pipe, wheel = (tonnes(found, Reading("co2e", "1+2+3", fuel_basis=basis)) for basis in ("tailpipe", "wtw"))
    assert pipe == pytest.approx(wheel, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(carrier=CARRIERS, scale=st.floats(0.001, 1000), start=days)
def test_p7_scaling_amounts_scales_emissions_and_their_range(carrier, scale, start):
    one, many = (totals(inventory(row(carrier, 1e5 * k, start, start)).rows, Reading("co2e", "1+2+3")) for k in (1, scale))
    for name in ("tonnes", "low", "high"):
        assert float(many[name].iloc[0]) == pytest.approx(float(one[name].iloc[0]) * scale, rel=1e-9)


def test_p8_weaker_evidence_is_never_more_certain():
    widths = []
    for grade in ("measured", "invoiced", "estimated", "reconstructed"):
        sums = totals(inventory(row("diesel", 1e6, "2023-01-01", "2023-12-31", grade=grade)).rows, Reading("co2", "1"))
        low, mid, high = (float(sums[name].iloc[0]) for name in ("low", "tonnes", "high"))
        assert low <= mid <= high
        widths.append(high - low)
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_p8_one_carrier_errs_together_two_carriers_independently():
    def width(*carriers):
        rows = [row(c, 1e6, "2023-01-01", "2023-12-31", row=n) for n, c in enumerate(carriers)]
        sums = totals(inventory(*rows).rows, Reading("co2", "1"))
        return float((sums["high"] - sums["tonnes"]).iloc[0])

    assert width("diesel", "diesel") == pytest.approx(2 * width("diesel"))
    assert width("diesel", "petrol") == pytest.approx((width("diesel") ** 2 + width("petrol") ** 2) ** 0.5)


def test_a_rows_own_range_wins_over_its_grade():
    own = row("electricity", 1e6, "2023-01-01", "2023-12-31", relative_low=0.5, relative_high=0.0)
    sums = totals(inventory(own).rows, Reading("co2", "1+2"))
    assert float(sums["tonnes"].iloc[0] - sums["low"].iloc[0]) == pytest.approx(59 * (0.5**2 + 0.1**2) ** 0.5)
    assert float(sums["high"].iloc[0] - sums["tonnes"].iloc[0]) == pytest.approx(59 * 0.1)


def test_organisations_count_while_they_are_members_and_by_the_boundary():
    left = Organisation(name="Kommunen", in_group="yes", to=dt.date(2023, 6, 30))
    found = inventory(row("electricity", 365.0 * 1000, "2023-01-01", "2023-12-31"), organisations=[left])
    assert tonnes(found, Reading("co2", "1+2")) == pytest.approx(181 * 1000 * 59 / 1e6)
    owned = Organisation(name="Kommunen", in_group="share", share_percent=60)
    found = inventory(row("electricity", 1e6, "2023-01-01", "2023-12-31"), organisations=[owned])
    expected = {"share": 0.6 * 59, "whole": 59, "without": 0}
    assert {b: tonnes(found, Reading("co2", "1+2", boundary=b)) for b in expected} == pytest.approx(expected)
    outside = Organisation(name="Kommunen", in_group="no")
    found = inventory(row("electricity", 1e6, "2023-01-01", "2023-12-31"), organisations=[outside])
    assert tonnes(found, Reading("co2", "1+2")) == 0


def test_what_has_no_factor_is_told_and_not_counted():
    found = inventory(row("car_km", 5000.0, "2024-01-01", "2024-12-31", quantity_unit="km", row=7))
    assert tonnes(found, Reading("co2e", "1+2+3")) == 0
    assert {(m.carrier, m.gas, m.rows, m.quantity) for m in found.missing} == {
        ("car_km", "co2", (7,), 5000.0),
        ("car_km", "co2e", (7,), 5000.0),
    }


def test_heat_outside_leaves_district_heating_out():
    nets = organisations.net_factors(
        [organisations.Net(name="Nät", factor=[{"from": dt.date(1990, 1, 1), "g_co2e_kwh": 40, "g_co2_kwh": 30}])]
    )
    table = FactorTable(pd.concat([emissionfacts.factors(), nets]), SHIPPED.gwp)
    found = inventory(row("district_heating", 1e6, "2024-01-01", "2024-12-31", net="Nät"), table=table)
    assert tonnes(found, Reading("co2", "1+2")) == pytest.approx(30)
    assert tonnes(found, Reading("co2", "1+2", heat="out")) == 0


def test_the_fossil_share_of_waste_wood_stands_in_the_open():
    factor = organisations.NetFactor.model_validate(
        {
            "from": dt.date(2020, 1, 1),
            "efficiency": 0.9,
            "fuels": [
                {"name": "flis", "share": 0.8, "g_co2_mj": 112, "fossil_share": 0},
                {"name": "returträ", "share": 0.2, "g_co2_mj": 112, "fossil_share": 0.05},
            ],
        }
    )
    assert factor.grams()[1] == pytest.approx(0.2 * 0.05 * 112 * 3.6 / 0.9)


def test_a_year_that_stops_in_august_is_partial():
    found = inventory(row("diesel", 1.0, "2025-01-01", "2025-12-31"), row("diesel", 1.0, "2026-01-01", "2026-08-31"))
    assert found.partial == (2026,)


def test_the_fuels_way_to_the_tank_is_scope_three():
    found = inventory(row("heating_oil", 1e6, "2024-01-01", "2024-12-31"))
    upstream = found.rows[(found.rows["activity"] == UPSTREAM) & (found.rows["electricity"] == "location")]
    assert set(upstream["scope"]) == {"3"}
    pipe = 74.1 + 0.010 * 28 + 0.0006 * 265
    assert float(upstream["tonnes"].sum()) == pytest.approx((95.1 - pipe), rel=1e-9)


def test_every_grade_setting_moves_the_range():
    one = row("electricity", 1e6, "2023-01-01", "2023-12-31")
    for grade in GradeSettings.model_fields:
        wide = EmissionSettings(grades={grade: 90.0})
        sums = [
            totals(inventory(replace_grade(one, grade), settings=s).rows, Reading("co2", "1+2"))["high"].iloc[0]
            for s in (SETTINGS, wide)
        ]
        assert sums[1] > sums[0]


def replace_grade(one, grade):
    return one | {"grade": grade}


def test_a_reading_that_does_not_exist_is_a_bug():
    with pytest.raises(ValueError, match="gas"):
        replace(Reading(), gas="co")


def test_heating_values_turn_litres_into_energy():
    assert MJ["diesel"] == 35.5
