"""Sizes, eligibility and the plan's frame (docs/metod/ekonomi.md, Z1-Z6; plan.md, C1-C3), on connections small enough to add by hand."""

import datetime as dt
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from data.readers import prices as reader
from data.settings import EconomySettings, PlanSettings, SolarSettings
from solar import areas, candidates, load, outlook, plan, sizing
from solar.tariffs import Prices

INDEX = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
DEFAULT = EconomySettings()
HOUR = np.asarray(INDEX.hour)
SUN = np.where((HOUR >= 8) & (HOUR < 14), 0.4, 0.0)  # 6 hours a day at 0.4 kW per kWp: 876 kWh per kWp


def rows(**changes):
    table = reader.in_force(dt.date(2026, 3, 1), "okänt")
    for id_, value in changes.items():
        table.loc[id_, ["value", "low", "high"]] = value
    return table


def market(settings=DEFAULT, spot=None, **changes):
    return sizing.Market.of(Prices(rows(**changes), spot), settings, INDEX, dc_ac=1.15)


def connection(used=5.0, kwp=(30.0, 20.0), **more):
    profile = np.stack([SUN, 0.8 * SUN], axis=1)[:, : len(kwp)]
    kwh = load.Load(np.full(len(INDEX), used), "measured") if used else load.nothing(INDEX)
    fields = {"id": "F1", "name": "Skolan", "facility_ids": ("F1",), "owner": "Kommunen", "plane_ids": ("a", "b")[: len(kwp)]}
    return sizing.Connection(**fields | {"kwp": np.array(kwp), "profile": profile, "load": kwh} | more)


def test_z1_sizes_fill_the_best_roof_first():
    made = connection().production(np.array([10.0, 30.0, 40.0, 50.0])).sum(axis=0)
    assert made == pytest.approx([8760, 26280, 26280 + 10 * 0.8 * 876, 26280 + 20 * 0.8 * 876])


def test_z2_energy_and_first_year_by_hand():
    """10 kWp: 4 kW for six hours, load 5 kW: all own. 30 kWp: 12 kW, 5 own, 7 sold. Flat prices: spot 1, mark-up 0.05, tax 0.36."""
    flat = market(spot=np.ones(len(INDEX)))
    table = sizing.evaluate(connection(), [10.0, 30.0], flat)
    assert table["own_kwh"].tolist() == pytest.approx([8760, 5 * 2190]) and table["sold_kwh"].tolist() == pytest.approx(
        [0, 7 * 2190]
    )
    assert table["self_use"].tolist() == pytest.approx([1.0, 5 / 12])
    assert table["income_sek"].tolist() == pytest.approx([8760 * 1.41, 5 * 2190 * 1.41 + 7 * 2190 * 1.0])
    assert table["cover"].tolist() == pytest.approx([0.2, 0.25])
    assert table["kg_co2_nordic_mix"].iloc[0] == pytest.approx(8760 * 0.059)


def test_z2_what_is_made_is_used_sold_or_turned_down():
    spot = np.where(HOUR == 10, -0.5, 0.6)
    on, off = (
        sizing.evaluate(connection(), [50.0], market(DEFAULT.model_copy(update={"curtail_negative": c}), spot))
        for c in (True, False)
    )
    total = connection().production(np.array([50.0])).sum()
    for table in (on, off):
        assert table[["own_kwh", "sold_kwh", "curtailed_kwh"]].sum(axis=1).iloc[0] == pytest.approx(total)
    assert on["curtailed_kwh"].iloc[0] > 0 == off["curtailed_kwh"].iloc[0]
    assert on["income_sek"].iloc[0] > off["income_sek"].iloc[0]


def test_z3_energy_tax_is_saved_under_500_kw_only():
    big = connection(used=300.0, kwp=(600.0,))
    table = sizing.options([big], market())
    under = table[table["labels"].str.contains("under_tax")].iloc[0]
    assert under["kwp"] == 499.0 and not under["taxed"] and under["tax_sek"] == pytest.approx(0.36 * under["own_kwh"])
    full = table[table["labels"].str.contains("full")].iloc[0]
    assert full["taxed"] and full["tax_sek"] == 0 and full["npv_sek"] < under["npv_sek"]
    assert "best" in under["labels"]


def test_z3_the_grid_limit_holds_the_inverter_power():
    table = sizing.options([connection(grid_kw=20.0)], market())
    assert table["kwp"].max() == pytest.approx(23.0) and "grid" in table.iloc[-1]["labels"]
    assert table["limit_kwp"].tolist() == pytest.approx([23.0] * len(table))


def test_z3_what_is_built_already_takes_of_both_limits():
    table = sizing.options([connection(grid_kw=20.0, built_kwp=8.0)], market())
    assert table["kwp"].max() == pytest.approx(20 * 1.15 - 8)
    assert sizing.options([connection(grid_kw=20.0, built_kwp=40.0)], market()).empty
    big = sizing.options([connection(used=300.0, kwp=(600.0,), built_kwp=100.0)], market())
    assert big.loc[big["labels"].str.contains("under_tax"), "kwp"].tolist() == [399.0]
    assert big.set_index("kwp")["taxed"].loc[[399.0, 600.0]].tolist() == [False, True]


def test_z7_the_tax_an_older_plant_begins_to_pay_is_the_new_ones_cost():
    """Load 100 kW; sun 0.4 kW per kWp for 2 190 hours. Built 300 kW: 120 kW of sun, 100 of own use, 219 000 kWh a year, untaxed.

    150 kW more: 450 in all, no tax. 250 more: 550: the new plant's own 219 000 kWh and the old one's are taxed, 0.36 SEK each.
    """
    table = sizing.evaluate(connection(used=100.0, kwp=(600.0,), built_kwp=300.0), [150.0, 250.0], market())
    assert table["taxed"].tolist() == [False, True]
    assert table["older_taxed_kwh"].tolist() == pytest.approx([0.0, 219_000])
    assert table["tax_sek"].tolist() == pytest.approx([0.36 * 60 * 2190, -0.36 * 219_000])
    alone = sizing.evaluate(connection(used=100.0, kwp=(600.0,), built_kwp=500.0), [250.0], market())
    assert alone["older_taxed_kwh"].tolist() == [0.0] and alone["tax_sek"].tolist() == [0.0]  # it paid already
    free = sizing.evaluate(connection(used=100.0, kwp=(600.0,)), [250.0, 550.0], market())
    assert free["older_taxed_kwh"].tolist() == [0.0, 0.0]
    lost = free["income_sek"].iloc[0] - table["income_sek"].iloc[1]
    assert lost == pytest.approx(0.36 * (219_000 + 219_000))


def test_c2_an_area_shares_the_connection_of_its_facility():
    site = sizing.options([connection(id="yta", kwp=(500.0,), used=0, mount="ground", facility_ids=())], market())
    sites = pd.DataFrame({"site_id": ["yta"], "facility_id": ["F2"]})
    register = pd.DataFrame({"facility_id": ["F1", "F2"], "meter_id": ["m", "m"], "grid_limit_kw": [None, 100.0]})
    shared = areas.shared_connections(site, sites, register, dc_ac=1.15)
    assert set(shared["connection_id"]) == {"F1"} and shared["limit_kwp"].tolist() == pytest.approx([115.0] * len(shared))
    alone = areas.shared_connections(site, sites.assign(facility_id=None), register, dc_ac=1.15)
    assert set(alone["connection_id"]) == {"yta"} and alone["limit_kwp"].isna().all()


def test_z4_self_use_and_best_are_what_they_say():
    table = sizing.options([connection()], market())
    every = sizing.evaluate(connection(), 50 * np.arange(1, 21) / 20, market())
    own = table[table["labels"].str.contains("self_use")].iloc[0]
    assert own["kwp"] == every.loc[every["self_use"] >= 0.8, "kwp"].max()
    best = table[table["labels"].str.contains("best")].iloc[0]
    assert best["npv_sek"] == pytest.approx(every["npv_sek"].max())
    assert set(sizing.best_size(table)["kwp"]) == {best["kwp"]}


def test_z5_p90_lies_below_and_differs_by_roof():
    sure, unsure = (sizing.evaluate(connection(terms={"own": b}, quantile=2.0), [20.0], market()) for b in (0.05, 0.08))
    assert sure["p90_kwh"].iloc[0] == pytest.approx(0.9 * sure["kwh"].iloc[0])
    assert sure["npv_sek"].iloc[0] == unsure["npv_sek"].iloc[0] > sure["npv_p90_sek"].iloc[0] > unsure["npv_p90_sek"].iloc[0]


def test_z5_the_portfolio_is_surer_than_its_plants_by_hand():
    """Two plants of 100, common 6 %, own 8 %: 10 % each; together sqrt(12^2 + 8^2 + 8^2) = 16.49 of 200, not 20."""
    terms = {"climate": 0.06, "own": 0.08}
    pair = sizing.evaluate(connection(terms=terms, quantile=1.0), [20.0], market())
    rows = pd.concat([pair, pair], ignore_index=True)
    assert rows["below_p50"].tolist() == pytest.approx([0.1, 0.1])
    assert outlook.portfolio_drop(rows, pd.Series([100.0, 100.0])) == pytest.approx(np.sqrt(12**2 + 2 * 8**2))
    assert rows["npv_p90_sek"].sum() < outlook.npv_p90(rows) < rows["npv_sek"].sum()


def test_z6_other_prices_need_no_hours_anew():
    """The same plants under other prices: as a formula of stored sums, and computed from the hours again."""
    day = connection(load=load.Load(np.where(SUN > 0, 9.0, 1.0), "measured"))  # the sun lowers its peak
    table = sizing.evaluate(day, [20.0, 50.0], market())
    other = {"spot_level": 1.5, "energy_tax": 0.5, "grid_capacity_fee": 40.0, "operation": 50.0, "grid_variable_fee": 0.2}
    for id_, value in other.items():
        anew = sizing.evaluate(day, [20.0, 50.0], market(**{id_: value}))
        moved = sizing.with_money(table, market().moved(id_, value))
        assert moved["npv_sek"].to_numpy() == pytest.approx(anew["npv_sek"].to_numpy())
        assert not np.allclose(moved["npv_sek"], table["npv_sek"])
    lowered = sizing.evaluate(day, [20.0], market(grid_capacity_fee=40.0))
    assert lowered["peak_kw"].iloc[0] == pytest.approx(12 * 8.0)  # from 9 kW to 1 kW, twelve months


def test_z6_the_tornado_holds_every_lever_widest_first():
    table = outlook.tornado(sizing.evaluate(connection(terms={"climate": 0.08}), [40.0], market()), market())
    assert {"spot_level", "internal_rate", "capex", "energy", "operation", "degradation", "price_change"} <= set(table["id"])
    assert (table["swing"].diff().dropna() <= 0).all() and (table["low"] < table["high"]).all()
    base = sizing.evaluate(connection(terms={"climate": 0.08}), [40.0], market())["npv_sek"].sum()
    assert (table[["npv_low", "npv_high"]].min(axis=1) <= base + 1e-6).all() and (
        base <= table[["npv_low", "npv_high"]].max(axis=1) + 1e-6
    ).all()


ECONOMY = {
    "discount_rate": 0.08,
    "years": 20,
    "inverter_years": 10,
    "energy_tax_limit_kw": 30.0,
    "owners_without_vat_deduction": ("Kommunen",),
    "depreciation_years_modules": 20.0,
    "depreciation_years_inverter": 10.0,
    "inverter_share": 0.3,
    "battery_kwh_per_kwp": 1.0,
}


@pytest.mark.parametrize("field", ECONOMY)
def test_every_setting_of_the_economy_changes_a_value(field):
    before, after = (
        sizing.evaluate(connection(), [40.0], market(s))[["npv_sek", "year_one_sek"]].to_numpy()
        for s in (DEFAULT, DEFAULT.model_copy(update={field: ECONOMY[field]}))
    )
    assert not np.allclose(before, after)


def test_battery_and_ancillary_services_count_only_when_asked_for():
    battery = DEFAULT.model_copy(update={"battery_kwh_per_kwp": 1.0})
    plain, better, worse = (
        sizing.evaluate(connection(), [40.0], market(s, ancillary_sek_kw=200.0)).iloc[0]
        for s in (
            battery,
            battery.model_copy(update={"ancillary_services": True}),
            battery.model_copy(update={"battery_efficiency": 0.7}),
        )
    )
    assert plain["own_kwh"] > sizing.evaluate(connection(), [40.0], market()).iloc[0]["own_kwh"]
    assert better["income_sek"] == pytest.approx(plain["income_sek"] + 200 * 40)
    assert worse["sold_kwh"] < plain["sold_kwh"]  # more is taken to give the same back
    few = sizing.options([connection()], market(DEFAULT.model_copy(update={"sizes": 2, "self_use_share": 0.5})))
    assert len(few) < len(sizing.options([connection()], market()))


def test_h5_is_read_under_every_rate_and_horizon():
    table = sizing.options([connection()], market())
    found = outlook.best_under(table, market())
    assert len(found) == 9
    worth = {key: float(best["npv_sek"].iloc[0]) for key, best in found.items()}
    assert worth["low", "base"] > worth["base", "base"] > worth["high", "base"]
    assert worth["base", "long"] > worth["base", "short"]
    assert worth["base", "base"] == pytest.approx(float(sizing.best_size(table)["npv_sek"].iloc[0]))
    other = DEFAULT.model_copy(update={"years_short": 10, "years_long": 50})
    changed = outlook.best_under(table, market(other))
    assert all(float(changed["base", h]["npv_sek"].iloc[0]) != worth["base", h] for h in ("short", "long"))


def test_ways_by_hand():
    """One plant all own: the service is own kWh x (worth - PPA price); no debt; after its years the plant is the municipality's.

    The supplier gets 8 760 x 0.9 - 1 000 = 6 884 a year (an inverter of 8 000 in year 15): 30 years at 6 % are 91 420, enough for
    50 000 kr of investment and not for 144 000.
    """
    here = market(spot=np.ones(len(INDEX)), degradation=0.0, capex_roof_10=5000.0)
    chosen = sizing.evaluate(connection(), [10.0], here)
    table = outlook.ways(chosen, here, company_rate=0.06, ppa_years=30).set_index("way")
    yearly = 8760 * (1.41 - 0.9)
    annuity = (1 - 1.025**-30) / 0.025
    assert table.at["ppa", "npv_sek"] == pytest.approx(yearly * annuity)
    assert table.at["ppa", "debt_sek"] == 0 and table.at["own", "debt_sek"] == chosen["capex_sek"].sum()
    assert table.at["company", "npv_sek"] < table.at["own", "npv_sek"]
    shorter = outlook.ways(chosen, here, company_rate=0.06, ppa_years=15).set_index("way")
    assert shorter.at["ppa", "npv_sek"] > table.at["ppa", "npv_sek"]
    dear = market(spot=np.ones(len(INDEX)), degradation=0.0)
    nobody = outlook.ways(sizing.evaluate(connection(), [10.0], dear), dear, company_rate=0.06, ppa_years=30).set_index("way")
    assert nobody.at["ppa", "plants"] == 0 and nobody.at["ppa", "npv_sek"] == 0 and nobody.at["own", "plants"] == 1


def many(kwps, **more):
    some = [connection(id=f"F{n}", facility_ids=(f"F{n}",), kwp=(kwp,)) for n, kwp in enumerate(kwps)]
    return sizing.options(some, market(**more))


def test_c1_the_plan_reaches_the_target_or_says_why_not():
    table, target = many([30, 60, 120]), plan.Target(0.2, 0.05, "group_total_dc")
    found = plan.make(table, None, target, market(), plan=PlanSettings(curve_points=4), years=(2026, 2027))
    assert found.kw >= 150 - 1e-6 and found.why == () and found.short_kw == 0
    assert found.by_year()["kwp"].sum() == pytest.approx(found.kw)
    far = plan.make(
        table, None, plan.Target(1.0, 0.05, "group_total_dc"), market(), plan=PlanSettings(curve_points=4), years=(2026,)
    )
    assert far.kw == pytest.approx(210, rel=1e-3) and far.short_kw == pytest.approx(740, rel=1e-3) and len(far.why) >= 2


def test_c1_the_way_of_paying_changes_the_plan():
    here, kwh = market(spot=np.ones(len(INDEX)), capex_roof_10=5000.0, capex_roof_50=5000.0), plan.Target(0.02, 0.0, "x")
    table = sizing.options([connection(used=20.0)], here)
    own, bought = (
        plan.make(table, None, kwh, here, plan=PlanSettings(curve_points=2, way=way), years=(2026,)) for way in ("own", "ppa")
    )
    assert own.chosen["capex_sek"].sum() > 0 == bought.chosen["capex_sek"].sum()
    assert own.ways.set_index("way").at["own", "capex_sek"] == pytest.approx(own.chosen["capex_sek"].sum())


def test_c2_sites_come_in_when_roofs_do_not_suffice():
    table = many([30, 60])
    site = sizing.options([connection(id="yta", kwp=(500.0,), used=0, mount="ground", facility_ids=())], market())
    for mw, when, there in (
        (0.08, "when_needed", False),
        (0.4, "when_needed", True),
        (0.08, "always", True),
        (0.4, "never", False),
    ):
        settings = PlanSettings(curve_points=2, sites=when)
        found = plan.make(table, site, plan.Target(mw, 0.0, "x"), market(), plan=settings, years=(2026,))
        assert found.used_sites == there and ("yta" in set(found.options["candidate_id"])) == there
    forced = plan.make(
        table, site, plan.Target(0.08, 0.0, "x"), market(), plan=PlanSettings(curve_points=2, must=("yta",)), years=(2026,)
    )
    assert "yta" in set(forced.chosen["candidate_id"])


FACILITY = {
    "name": "A",
    "owner": "Kommunen",
    "suitability": "suitable",
    "heritage": "ok",
    "structure": "ok",
    "asbestos": "ok",
    "defence": "ok",
    "grid_limit": "ok",
}
CASES = [
    ({}, "", {}),
    ({"suitability": "unsuitable"}, "unsuitable", {}),
    ({"suitability": "unknown"}, "unknown", {}),
    ({"asbestos": "no", "suitability": "conditional"}, "answer_no", {}),
    ({"to_be_sold": True}, "to_be_sold", {}),
    ({"owner": "Någon annan"}, "foreign", {}),
    ({"roof_change_year": 2040}, "roof_change_later", {}),
    ({"structure": "unknown"}, "", {}),
    ({"structure": "unknown"}, "open_answer", {"include_unknown": False}),
    ({}, "never", {"never": ("F1",)}),
    ({"suitability": "unsuitable"}, "", {"must": ("F1",)}),
    ({"class": "poor"}, "no_roof", {}),
]


@pytest.mark.parametrize(("fields", "refused", "settings"), CASES)
def test_c3_who_may_be_built_on_by_hand(fields, refused, settings):
    facility = FACILITY | fields | {"facility_id": "F1"}
    tak = gpd.GeoDataFrame(
        {"plane_id": ["a"], "facility_id": ["F1"], "kwp": [20.0], "built_kwp": [5.0], "class": [facility.pop("class", "good")]},
        geometry=[box(0, 0, 5, 5)],
        crs="EPSG:3006",
    )
    frame = pd.DataFrame([facility])
    roofs = SimpleNamespace(tak=tak, anlaggningar=frame, register=frame)
    found = candidates.eligible(roofs, PlanSettings(**settings), years=(2026, 2030), owners=("Kommunen",))
    assert found.at["F1", "refused"] == refused
    assert refused in (*candidates.REFUSED, "")


def test_c3_a_planned_roof_change_is_waited_for():
    frame = pd.DataFrame([FACILITY | {"facility_id": "F1", "roof_change_year": 2028}])
    tak = pd.DataFrame({"plane_id": ["a"], "facility_id": ["F1"], "kwp": [20.0], "built_kwp": [0.0], "class": ["top"]})
    found = candidates.eligible(SimpleNamespace(tak=tak, anlaggningar=frame, register=frame), PlanSettings(), years=(2026, 2030))
    assert found.at["F1", "earliest_year"] == 2028 and found.at["F1", "refused"] == ""


def test_bad_plan_settings_are_named():
    from pydantic import ValidationError

    for bad in ({"must": ("a",), "never": ("a",)}, {"years": (2026, 2026)}, {"years": (1999,)}, {"budget_sek_per_year": -1.0}):
        with pytest.raises(ValidationError):
            PlanSettings(**bad)


def test_two_facilities_behind_one_meter_are_one_connection():
    register = pd.DataFrame(
        {
            "facility_id": ["F1", "F2", "F3"],
            "meter_id": ["m", "m", None],
            "annual_kwh": [100.0, 50.0, None],
            "use": ["skola", "kontor", None],
        }
    )
    used = candidates.loads(register, {}, reader.profiles(), INDEX)
    assert sorted(used) == ["F1", "F3"]
    assert used["F1"].year_kwh == pytest.approx(150.0) and used["F3"].origin == "unknown"
    measured = candidates.loads(register, {"m": pd.Series(2.0, index=INDEX.floor("h"))}, reader.profiles(), INDEX)
    assert measured["F1"].origin == "measured" and measured["F1"].year_kwh == pytest.approx(2 * 8760)


def test_solar_settings_are_default_here():
    assert SolarSettings().losses.dc_ac_ratio == 1.15  # the 23 kWp behind 20 kW above


def site_connections(monkeypatch, **plan):
    monkeypatch.setattr(candidates, "profiles", lambda roofs, ids, settings: np.tile(SUN[:, None], (1, len(ids))))
    tak = pd.DataFrame({"plane_id": list("abcdefghij"), "kwp": 10.0, "kwh_per_kwp": np.arange(800.0, 900.0, 10)})
    known = {"site_id": ["p", "m"], "name": ["p", "m"], "mount": ["carport", "ground"], "owner": [None, "Kommunen"]}
    sites = gpd.GeoDataFrame(known, geometry=[box(0, 0, 50, 20), box(0, 0, 100, 20)], crs="EPSG:3006")
    roofs = SimpleNamespace(tak=tak, weather=pd.DataFrame(index=INDEX), areas=None)
    return list(areas.of_sites(sites, roofs, PlanSettings(**plan), SolarSettings(), quantile=1.28))


def test_c2_areas_by_hand(monkeypatch):
    """1 000 m2 of parking, half covered, 450 W on 1.134 x 1.762 m: 112.6 kW; 2 000 m2 of ground at 40 %: 180.2 kW."""
    parking, ground = site_connections(monkeypatch)
    assert parking.kwp[0] == pytest.approx(1000 * 0.5 * 0.45 / (1.134 * 1.762))
    assert ground.kwp[0] == pytest.approx(2000 * 0.4 * 0.45 / (1.134 * 1.762))
    assert parking.profile.sum() == pytest.approx(0.95 * SUN.sum(), rel=1e-5) and parking.load.origin == "unknown"
    other = site_connections(monkeypatch, carport_cover=0.25, ground_cover=0.2, site_yield_share=0.8)
    assert [one.kwp[0] for one in other] == pytest.approx([parking.kwp[0] / 2, ground.kwp[0] / 2])
    assert other[0].profile.sum() == pytest.approx(0.8 * SUN.sum(), rel=1e-5)
    assert [one.id for one in site_connections(monkeypatch, never=("p",))] == ["m"]


def test_c4_an_area_at_a_facility_meets_what_its_roofs_leave(monkeypatch):
    """The school uses 100 kW; its 150 kW of roofs take 60 in the sun; the parking place beside meets the other 40 and no more."""
    monkeypatch.setattr(candidates, "profiles", lambda roofs, ids, settings: np.tile(SUN[:, None], (1, len(ids))))
    tak = pd.DataFrame({"plane_id": ["a"], "kwp": 150.0, "kwh_per_kwp": 876.0})
    known = {"site_id": ["p", "q"], "name": ["p", "q"], "mount": "carport", "owner": "Kommunen", "facility_id": ["F1", None]}
    sites = gpd.GeoDataFrame(known, geometry=[box(0, 0, 200, 20)] * 2, crs="EPSG:3006")
    register = pd.DataFrame({"facility_id": ["F1"], "meter_id": ["m"]})
    roofs = SimpleNamespace(
        tak=tak,
        weather=pd.DataFrame(index=INDEX),
        register=register,
        anlaggningar=pd.DataFrame({"facility_id": ["F1"]}),
        areas=None,
    )
    school = connection(used=100.0, kwp=(150.0,))
    how = {"quantile": 1.28, "beside": areas.Beside({"F1": school.load}, {"F1": school})}
    at, alone = areas.of_sites(sites, roofs, PlanSettings(site_yield_share=1.0), SolarSettings(), **how)
    assert at.load.year_kwh == pytest.approx(100 * 8760 - 60 * 2190) and alone.load.origin == "unknown"
    assert (at.roofs_kwp, at.roofs_own_kwh) == pytest.approx((150.0, 60 * 2190), rel=1e-5)
    both = sizing.evaluate(at, [100.0, 400.0], market())
    assert both["own_kwh"].tolist() == pytest.approx([40 * 2190, 40 * 2190], rel=1e-5)
    assert both["taxed"].tolist() == [False, True]  # 150 + 400 kW behind one meter
    assert both["tax_sek"].tolist() == pytest.approx([0.36 * 40 * 2190, -0.36 * 60 * 2190], rel=1e-5)
    assert sizing.evaluate(alone, [100.0], market())["own_kwh"].iloc[0] == 0


PLAN = [
    {"objective": "capex"},
    {"max_kw_per_year": 70.0},
    {"budget_sek_per_year": 9e5},
    {"max_kw_per_owner": {"Kommunen": 110.0}},
    {"curve_points": 7},
]


@pytest.mark.parametrize("fields", PLAN, ids=lambda fields: next(iter(fields)))
def test_every_setting_of_the_plan_changes_it(fields):
    table, target = many([30, 60, 120]), plan.Target(0.12, 0.0, "x")
    base = {"curve_points": 2}
    before, after = (
        plan.make(table, None, target, market(), plan=PlanSettings(**s), years=(2026, 2027)) for s in (base, base | fields)
    )
    same = before.chosen[["candidate_id", "kwp", "year"]].reset_index(drop=True)
    other = after.chosen[["candidate_id", "kwp", "year"]].reset_index(drop=True)
    assert not same.equals(other) or len(before.curve) != len(after.curve) or after.why


def test_a_must_is_built_where_nothing_else_asks_for_it():
    table, target = many([30, 60, 120]), plan.Target(0.0, 0.0, "x")
    none, one = (
        plan.make(table, None, target, market(), plan=PlanSettings(objective="capex", must=must), years=(2026,))
        for must in ((), ("F1",))
    )
    assert none.chosen.empty and one.chosen["candidate_id"].tolist() == ["F1"]
