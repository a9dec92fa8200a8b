"""Observations of H8 and H5 (docs/metod/plan.md, O1-O3) on a list of plants short enough to add up by hand."""

import datetime as dt

import pandas as pd
import pytest

from solar import observations
from solar.totals import built_kwp

TODAY = dt.date(2026, 3, 1)
PLANTS = pd.DataFrame(
    {
        "plant_id": ["a", "b", "c", "d", "e"],
        "name": ["a", "b", "c", "d", "e"],
        "owner": ["Kommunen", "Kommunen", "Bolaget", "Någon annan", "Kommunen"],
        "building_id": ["h1", None, "h3", "h9", None],
        "facility_id": [None, "F2", None, None, "F2"],
        "kwp": [100.0, 50.0, 30.0, 200.0, 500.0],
        "ac_kw": [90.0, None, 25.0, 180.0, 450.0],
        "in_use": pd.to_datetime(["2020-06-01", "2022-01-01", "2025-11-01", "2023-05-05", None]),
        "ownership": ["own", "ppa", "own", "own", "own"],
    },
    index=[2, 3, 4, 5, 6],
)
PLACE = {"owners": ("Kommunen", "Bolaget"), "facility_ids": ("F2",), "building_ids": ("h1", "h3")}


def table(plants=PLANTS, **place):
    found = observations.capacity_observations(
        plants, today=TODAY, base_year=2022, source="plants", file="p.xlsx", **(PLACE | place)
    )
    return {(o.date, *(o.dimensions[k] for k in ("boundary", "counted", "dc_ac", "ownership", "state"))): o for o in found}


def test_o1_every_reading_of_h8_by_hand():
    t = table()
    assert len({key[1:] for key in t if key[0] == TODAY}) == 48
    for key, mw in {
        ("group", "total", "dc", "any", "built"): 0.18,
        ("group", "total", "dc", "own", "built"): 0.13,
        ("group", "total", "ac", "any", "built"): 0.115,
        ("group", "added_since_2022", "dc", "any", "built"): 0.08,
        ("group", "added_since_2022", "dc", "any", "decided"): 0.58,
        ("group", "total", "dc", "any", "decided"): 0.68,
        ("municipal_property", "total", "dc", "any", "built"): 0.18,
        ("municipality", "total", "dc", "any", "built"): 0.38,
        ("municipality", "added_since_2022", "ac", "own", "built"): 0.205,
    }.items():
        assert t[TODAY, *key].value == pytest.approx(mw), key
    assert t[dt.date(2022, 12, 31), "group", "total", "dc", "any", "built"].value == pytest.approx(0.15)
    assert t[dt.date(2025, 12, 31), "group", "total", "dc", "any", "built"].value == pytest.approx(0.18)
    assert t[TODAY, "group", "total", "ac", "any", "built"].quality == "without_inverter_power=1"
    assert t[TODAY, "group", "total", "dc", "any", "built"].rows[0].rows == (2, 3, 4)


def test_o2_the_three_readings_of_the_map_are_the_same_numbers():
    t = table()
    tak = pd.DataFrame({"building_id": ["h1", "h3"], "facility_id": ["F1", "F2"], "owner": ["Kommunen", "Bolaget"]})
    facilities = pd.DataFrame({"facility_id": ["F1", "F2"], "owner": ["Kommunen", "Bolaget"]})
    for reading, boundary in (
        ("group_total_dc", "group"),
        ("municipal_property_total_dc", "municipal_property"),
        ("municipality_total_dc", "municipality"),
    ):
        kwp = built_kwp(PLANTS, facilities, tak, reading=reading, today=TODAY, owners=PLACE["owners"]).sum()
        assert t[TODAY, boundary, "total", "dc", "any", "built"].value == pytest.approx(kwp / 1000)


def test_o3_measures_that_pay_under_each_reading():
    sizes = pd.DataFrame({"kwp": [10.0, 20.0, 40.0], "npv_sek": [5.0, -1.0, 2.0], "year_one_sek": [0.0, 3.0, -2.0]})
    found = observations.measure_observations(
        {("base", "base"): sizes, ("high", "base"): sizes[:1]}, date=TODAY, source="plan", plants=PLANTS, today=TODAY
    )
    told = {
        (o.indicator, o.dimensions["reading"], o.dimensions["state"]): o.value for o in found if o.dimensions["rate"] == "base"
    }
    high = [o.value for o in found if o.dimensions["rate"] == "high" and o.indicator == "pv_measures"]
    assert high == [1, 1]
    assert told["pv_measures", "npv", "found"] == 2
    assert told["pv_measures_mw", "npv", "found"] == pytest.approx(0.05)
    assert told["pv_measures_mw", "year_one", "found"] == pytest.approx(0.03)
    assert told["pv_measures", "any", "done"] == 4
    assert told["pv_measures_mw", "any", "decided"] == pytest.approx(0.5)
    assert not [
        o
        for o in observations.measure_observations(
            {("base", "base"): sizes, ("high", "base"): sizes[:1]}, date=TODAY, source="plan"
        )
        if o.dimensions["state"] != "found"
    ]
