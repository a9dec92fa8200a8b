"""The tornado over settings (docs/metod/plan.md, T1-T5; roofs packed anew: test_solar_repack.py).

A lever is what the whole computation gives with that setting.
"""

import re
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib import irradiance as pv
from pvlib.location import Location
from shapely import box

import data.settings
from data.readers import prices as reader
from data.settings import Settings, Site
from solar import candidates, irradiance, levers, load, outlook, sizing
from solar.assessment import Surroundings
from solar.repack import Sized
from solar.rerun import Rerun
from solar.tariffs import Prices

SITE = Site(latitude=59.5, longitude=15.0, altitude=60)
SHAPES = [box(500_010, 6_600_010, 500_025, 6_600_020), box(500_030, 6_600_010, 500_045, 6_600_020)]


@pytest.fixture(scope="module")
def roofs():
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    place = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    cloud = np.clip(0.62 + 0.3 * np.random.default_rng(5).normal(size=len(index)), 0.08, 1.0)
    sun, clear = place.get_solarposition(index), place.get_clearsky(index, model="haurwitz")["ghi"]
    split = pv.erbs(clear * cloud, sun["apparent_zenith"], index)
    weather = pd.DataFrame(
        {"ghi": clear * cloud, "dhi": split["dhi"], "dni": split["dni"], "temp_air": 8.0, "wind_speed": 2.0}, index
    )
    columns = {
        "plane_id": ["a", "b"],
        "tilt_deg": [30.0, 20.0],
        "azimuth_deg": [180.0, 250.0],
        "z_m": [5.0, 5.0],
        "is_flat": False,
    }
    tak = gpd.GeoDataFrame(columns | {"kwp": [25.0, 20.0], "kwh_per_kwp": [900.0, 800.0]}, geometry=SHAPES, crs="EPSG:3006")
    ground = xr.DataArray(
        np.zeros((40, 60), "float32"),
        dims=("y", "x"),
        coords={"y": 6_600_000.5 + np.arange(40)[::-1], "x": 500_000.5 + np.arange(60)},
    ).rio.write_crs("EPSG:3006")
    receivers = gpd.GeoDataFrame(candidates.modules.arrays(tak, solar()), crs=tak.crs)
    light = irradiance.plane_light(ground, weather, receivers.assign(plane_id=receivers["array_id"]), site=SITE, directions=16)
    return SimpleNamespace(tak=tak, light=light, weather=weather, site=SITE, areas=None, ground=ground)


def solar(**losses):
    return data.settings.SolarSettings(losses=losses)


def world(roofs, **economy):
    place = {"name": "Provköping", "site": {"latitude": 59.5, "longitude": 15.0}}
    settings = Settings.model_validate({"municipality": place, "economy": economy})
    profile = candidates.profiles(roofs, ["a", "b"], settings.solar)
    index = roofs.weather.index
    used = load.of_profile(30_000.0, reader.profiles()[0], index)
    common = {"owner": "Kommunen", "quantile": 1.28, "terms": {"climate": 0.04, "own": 0.06}}
    roof = sizing.Connection(
        "F1", "Skolan", ("F1",), plane_ids=("a", "b"), kwp=np.array([25.0, 20.0]), profile=profile, load=used, **common
    )
    mean = profile.mean(axis=1, keepdims=True) * np.float32(0.95)
    area = sizing.Connection(
        "P",
        "Parkeringen",
        (),
        plane_ids=(),
        kwp=np.array([50.0]),
        profile=mean,
        load=load.nothing(index),
        mount="carport",
        **common,
    )
    area = levers.replace(area, light_ids=("a", "b"), light_share=0.95)
    market = sizing.Market.of(
        Prices(reader.in_force(pd.Timestamp("2026-03-01").date(), "okänt")), settings.economy, index, dc_ac=1.15
    )
    rows = pd.concat([sizing.evaluate(roof, [35.0], market), sizing.evaluate(area, [50.0], market)], ignore_index=True)
    around = Surroundings(roofs.ground, roofs.weather, SITE)
    return levers.World(rows, {"F1": roof, "P": area}, market, roofs, settings, reader.profiles(), around)


def test_t1_the_light_is_kept_and_the_chain_gives_the_same_hours(roofs):
    here = world(roofs)
    rerun = Rerun(roofs, Sized(here.connections, here.rows["kwp"].to_numpy()), here.settings.solar)
    whole = np.concatenate([here.connections[i].production(np.array([kw])) for i, kw in (("F1", 35.0), ("P", 50.0))], axis=1)
    assert rerun.solar() == pytest.approx(whole, abs=1e-3)


@pytest.mark.parametrize(
    "change", [{"soiling": 0.06}, {"dc_ac_ratio": 1.4}, {"availability": 0.05}, {"inverter_efficiency": 0.9}]
)
def test_t2_a_loss_moved_is_the_whole_chain_with_that_loss(roofs, change):
    here = world(roofs)
    rerun = Rerun(roofs, Sized(here.connections, here.rows["kwp"].to_numpy()), here.settings.solar)
    other = candidates.profiles(roofs, ["a", "b"], solar(**change))
    assert rerun.solar(losses=change)[:, 0] == pytest.approx(other @ np.array([25.0, 10.0]), abs=2e-3)
    assert rerun.anew(solar(**change)) == pytest.approx(rerun.solar(losses=change), abs=2e-3)


def test_t3_the_levers_are_the_plan_computed_with_the_setting(roofs):
    here = world(roofs)
    table = levers.of_settings(here, reader.spans()).set_index("id")
    short = world(roofs, years=20)
    assert table.at["economy.years", "npv_low"] == pytest.approx(short.rows["npv_sek"].sum(), rel=1e-9)
    early = world(roofs, inverter_years=10)
    assert table.at["economy.inverter_years", "npv_low"] == pytest.approx(early.rows["npv_sek"].sum(), rel=1e-9)
    cover = (
        sizing.evaluate(here.connections["P"], [50.0 * 0.3 / 0.5], here.market)["npv_sek"].iloc[0] + here.rows["npv_sek"].iloc[0]
    )
    assert table.at["plan.carport_cover", "npv_low"] == pytest.approx(cover, rel=1e-4)
    less = levers.replace(here.connections["F1"], load=load.Load(here.connections["F1"].load.kwh * 0.8, "assumed"))
    moved = sizing.evaluate(less, [35.0], here.market)["npv_sek"].iloc[0] + here.rows["npv_sek"].iloc[1]
    assert table.at["load.year", "npv_low"] == pytest.approx(moved, rel=1e-6)
    base = here.rows["npv_sek"].sum()
    assert table.at["load.profile", "npv_low"] <= base <= table.at["load.profile", "npv_high"]
    assert table.at["solar.losses.soiling", "npv_high"] < base < table.at["solar.losses.soiling", "npv_low"]
    idle = {"plan.ground_cover", "economy.battery_efficiency", "solar.losses.without_temperature", "economy.discount_rate"}
    assert not idle & set(table.index)  # no ground is chosen, no battery, the weather has a temperature, no rate is stated
    assert "solar.losses.snow" in table.index and "solar.losses.snow_event_cm" not in table.index  # the weather has no snow
    stated = levers.of_settings(world(roofs, discount_rate=0.03), reader.spans()).set_index("id")
    assert stated.at["economy.discount_rate", "npv_low"] > stated.at["economy.discount_rate", "npv_high"]


def test_t4_ranked_widest_first_and_what_does_not_act_left_out(roofs):
    table = outlook.ranked(levers.of_settings(world(roofs), reader.spans()))
    assert table["swing"].is_monotonic_decreasing and (table["swing"] >= 1.0).all() and len(table) > 15


def test_t5_every_setting_marked_an_assumption_has_a_span_or_a_reason():
    spans = reader.spans().set_index("setting")
    assert spans["source"].notna().all() and spans.index.is_unique
    folder = Path(data.settings.__file__).parent
    words = [*(folder / "economy.py").read_text(encoding="utf-8").split("class "), *_solar_sections(folder)]
    named = {id_.rsplit(".", 1)[1] for id_ in spans.index}
    marked = {
        name
        for part in words
        for name, told in re.findall(r'\n    (\w+): [^\n]+\n    """(.*?)"""', part, re.S)
        if "assumption" in told
    }
    assert len(marked) > 25 and marked - named == set()


def _solar_sections(folder):
    """The settings that make power and energy; classes, verdicts and the target sort roofs and move no plant's value."""
    parts = (folder / "solar.py").read_text(encoding="utf-8").split("class ")
    return [
        part
        for part in parts
        if part.startswith(("ShadeSettings", "RoofSettings", "ModuleSettings", "LossSettings", "Uncertainty"))
    ]
