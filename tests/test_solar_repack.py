"""Levers that pack the roofs anew or stand racks otherwise (docs/metod/plan.md, T3, T6): each is the whole chain with that setting."""

import geopandas as gpd
import light_truth
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib.location import Location
from shapely import box

from data.readers import prices as reader
from data.settings import Settings
from solar import areas, candidates, levers, load, modules, repack, sizing
from solar.assessment import Surroundings, light_on
from solar.tariffs import Prices

SITE = Location(59.5, 15.0, altitude=60.0)
WEST, SOUTH = 500_000.0, 6_600_000.0
SITES = gpd.GeoDataFrame(
    {"site_id": ["P", "M"], "name": ["Parkeringen", "Fältet"], "mount": ["carport", "ground"], "owner": "Kommunen"},
    geometry=[box(WEST + x, SOUTH + 60, WEST + x + 20, SOUTH + 72) for x in (10, 50)],
    crs="EPSG:3006",
)
SHAPES = {"a": (10, 10, 15, 10), "b": (10, 25, 60.2, 18), "c": (40, 10, 20, 12)}
"""x, y, width, depth [m]: a pitched plane, a flat one longer than a field between lanes, one of 6 degrees."""


@pytest.fixture(scope="module")
def around():
    weather = light_truth.weather().assign(temp_air=8.0, wind_speed=2.0)
    coords = {"y": SOUTH + 0.5 + np.arange(90)[::-1], "x": WEST + 0.5 + np.arange(90)}
    ground = xr.DataArray(np.zeros((90, 90), "float32"), dims=("y", "x"), coords=coords).rio.write_crs("EPSG:3006")
    return Surroundings(ground, weather, SITE)


@pytest.fixture(scope="module")
def known():
    """Lights already computed, by the settings they depend on."""
    return {}


def settings(**sections):
    place = {"name": "Provköping", "site": {"latitude": 59.5, "longitude": 15.0}}
    return Settings.model_validate({"municipality": place, **sections})


def planes(chosen):
    """The roof planes with what they hold, packed under the settings; 3 kW are built on the first."""
    shapes = [box(WEST + x, SOUTH + y, WEST + x + w, SOUTH + y + d) for x, y, w, d in SHAPES.values()]
    known = {"plane_id": list(SHAPES), "tilt_deg": [30.0, 0.0, 6.0], "azimuth_deg": [180.0, 180.0, 170.0], "z_m": 8.0}
    tak = gpd.GeoDataFrame(known, geometry=shapes, crs="EPSG:3006")
    tak["area_m2"] = tak.area / np.cos(np.radians(tak["tilt_deg"]))
    tak = modules.with_capacity(tak, modules.pack(tak, chosen), chosen)
    return tak.assign(built_kwp=[3.0, 0.0, 0.0], kwh_per_kwp=[900.0, 850.0, 800.0])


def plants(around, chosen, lights):
    """The three connections as the plan makes them from nothing: one on roofs, a carport, rows on ground."""
    solar, tak = chosen.solar, planes(chosen.solar)
    key = (solar.roofs.flat_below_deg, chosen.plan.carport_tilt_deg, chosen.plan.ground_tilt_deg)
    if key not in lights:
        light = light_on(tak, modules.arrays(tak, solar), around, solar)
        lights[key] = light, areas.Areas.of(SITES, around, plan=chosen.plan, settings=solar).light
    on_roofs, on_areas = lights[key]
    there = areas.Areas(areas.receivers(SITES, chosen.plan, solar), on_areas)
    roofs = candidates.Roofs(tak, pd.DataFrame(), pd.DataFrame(), on_roofs, around.weather, SITE, there)
    ids = list(SHAPES)
    used = load.of_profile(30_000.0, reader.profiles()[0], around.weather.index)
    free = (tak["kwp"] - tak["built_kwp"]).to_numpy()
    common = {"owner": "Kommunen", "quantile": 1.28, "terms": {"climate": 0.04, "own": 0.06}}
    profile = candidates.profiles(roofs, ids, solar)
    roof = sizing.Connection("F1", "Skolan", ("F1",), plane_ids=tuple(ids), kwp=free, profile=profile, load=used, **common)
    on_ground = areas.of_sites(SITES, roofs, chosen.plan, solar, quantile=1.28)
    return roofs, {"F1": roof} | {one.id: one for one in on_ground}


def world(around, lights, *, roof_kwp=None, limit_kw=np.nan, **sections):
    chosen = settings(**sections)
    roofs, found = plants(around, chosen, lights)
    found["F1"] = levers.replace(found["F1"], grid_kw=limit_kw)
    in_force = Prices(reader.in_force(pd.Timestamp("2026-03-01").date(), "okänt"))
    market = sizing.Market.of(in_force, chosen.economy, around.weather.index, dc_ac=1.15)
    sizes = {id_: float(one.kwp.sum()) for id_, one in found.items()} | ({"F1": roof_kwp} if roof_kwp else {})
    rows = pd.concat([sizing.evaluate(one, [sizes[id_]], market) for id_, one in found.items()], ignore_index=True)
    return levers.World(rows, found, market, roofs, chosen, reader.profiles(), around)


@pytest.fixture(scope="module")
def moved(around, known):
    table = levers.of_settings(world(around, known), reader.spans())
    return table.set_index("id")


@pytest.mark.parametrize(
    "id_",
    [
        "solar.roofs.obstacle_allowance",
        "solar.roofs.edge_setback_m",
        "solar.roofs.ridge_setback_m",
        "solar.roofs.flat_edge_setback_m",
        "solar.roofs.rescue_lane_m",
        "solar.roofs.rescue_field_m",
        "solar.roofs.flat_below_deg",
        "solar.module.tent_gap_m",
        "solar.module.power_w",
        "plan.carport_tilt_deg",
        "plan.ground_tilt_deg",
        "plan.carport_cover",
        "plan.ground_cover",
    ],
)
def test_t6_a_lever_that_packs_or_stands_anew_is_the_plan_of_that_setting(around, known, moved, id_):
    *path, name = id_.split(".")
    base = world(around, known).rows["npv_sek"].sum()
    assert moved.at[id_, "npv_low"] != pytest.approx(base, rel=1e-3) or moved.at[id_, "npv_high"] != pytest.approx(base, rel=1e-3)
    for end in ("low", "high"):
        inner = {name: float(moved.at[id_, end])}
        there = world(around, known, **{path[0]: {path[1]: inner} if len(path) > 1 else inner})
        assert moved.at[id_, f"npv_{end}"] == pytest.approx(there.rows["npv_sek"].sum(), rel=2e-4), end


def test_t6_south_rows_move_their_shade_angle_and_not_the_gap_of_pairs(around, known):
    south = {"module": {"flat_layout": "south"}}
    table = levers.of_settings(world(around, {}, solar=south), reader.spans()).set_index("id")
    assert table.at["solar.module.tent_gap_m", "swing"] < 1.0
    there = world(around, {}, solar={"module": {"flat_layout": "south", "row_shade_angle_deg": 20.0}})
    assert table.at["solar.module.row_shade_angle_deg", "npv_high"] == pytest.approx(there.rows["npv_sek"].sum(), rel=2e-4)
    assert table.at["solar.module.row_shade_angle_deg", "swing"] > 1000


def test_t6_a_plant_keeps_its_size_while_the_roof_holds_it_and_a_full_one_stops_at_the_grid(around, known):
    full = world(around, known)
    rows, held = full.rows, full.connections
    one, roof_kwp = held["F1"], float(held["F1"].kwp.sum())
    at = list(held).index("F1")

    def size(chosen, ratio, limit=np.nan):
        there = rows.assign(kwp=np.where(rows["candidate_id"] == "F1", chosen, rows["kwp"]), limit_kwp=limit)
        return repack.resized(there, held, {"F1": one.kwp * ratio}).kwp[at]

    assert size(roof_kwp, 1.1) == pytest.approx(1.1 * roof_kwp) and size(roof_kwp, 0.9) == pytest.approx(0.9 * roof_kwp)
    assert size(0.5 * roof_kwp, 1.1) == size(0.5 * roof_kwp, 0.9) == 0.5 * roof_kwp
    assert size(0.95 * roof_kwp, 0.9) == pytest.approx(0.9 * roof_kwp)
    assert size(roof_kwp, 1.1, limit=1.05 * roof_kwp) == pytest.approx(1.05 * roof_kwp)
    small = world(around, known, roof_kwp=0.5 * roof_kwp)
    table = levers.of_settings(small, reader.spans()).set_index("id")
    fewer = repack.free_kwp(planes(settings().solar), settings(solar={"roofs": {"obstacle_allowance": 0.2}}).solar)
    other = levers.replace(one, kwp=fewer.loc[list(one.plane_ids)].to_numpy())
    rest = small.rows["npv_sek"].iloc[1:].sum()
    value = sizing.evaluate(other, [0.5 * roof_kwp], small.market)["npv_sek"].iloc[0] + rest
    assert table.at["solar.roofs.obstacle_allowance", "npv_high"] == pytest.approx(value, rel=2e-4)  # the same kW, on more planes


def test_t6_only_planes_a_rule_may_act_on_are_packed_and_no_other_holds_another_number():
    base = settings().solar
    tak = planes(base)
    spans = reader.spans().set_index("setting")
    for id_ in spans.index[spans["low"].notna()]:
        _, *part, name = id_.split(".")
        if name not in repack.RULES:
            continue
        for end in ("low", "high"):
            new = settings(solar={part[0]: {name: float(spans.at[id_, end])}}).solar
            held = repack.free_kwp(tak, new).to_numpy()
            still = ~repack.touched(tak, name, base, new)
            assert held[still] == pytest.approx((tak["kwp"] - tak["built_kwp"]).to_numpy()[still]), id_
    assert repack.touched(tak, "rescue_field_m", base, base).tolist() == [False, True, False]
