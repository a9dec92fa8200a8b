"""Hourly light through the chain (docs/metod/effekt.md, P8 and P13) on a made scene: roofs beside a wall, a tree and a far ridge."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib import irradiance as pv
from pvlib.location import Location
from shapely import box

from data.settings import Site, SolarSettings
from solar import assessment, candidates, irradiance, modules, power

SITE = Site(latitude=59.5, longitude=15.0, altitude=60)  # on EPSG:3006's central meridian: grid north is true north
EAST, NORTH = 500_000.0, 6_600_000.0
SIDE = 120


@pytest.fixture(scope="module")
def weather():
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    place = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    cloud = np.clip(0.62 + 0.3 * np.random.default_rng(5).normal(size=len(index)), 0.08, 1.0)
    sun = place.get_solarposition(index)
    ghi = place.get_clearsky(index, model="haurwitz")["ghi"] * cloud
    split = pv.erbs(ghi, sun["apparent_zenith"], index)
    return pd.DataFrame({"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"], "temp_air": 8.0, "wind_speed": 2.0}, index=index)


def grid(values, step=1.0):
    y = NORTH + (np.arange(values.shape[0])[::-1] + 0.5) * step
    x = EAST + (np.arange(values.shape[1]) + 0.5) * step
    return xr.DataArray(values.astype("float32"), dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs("EPSG:3006")


@pytest.fixture(scope="module")
def scene():
    """Two roofs at 5 m: one with a 15 m wall close to its east, one in the open but for a tree; a ridge far to the south."""
    heights = np.zeros((SIDE, SIDE))
    heights[40:50, 40:52] = 5.0
    heights[35:55, 55:58] = 15.0
    heights[80:90, 20:32] = 5.0
    crowns = np.zeros((SIDE, SIDE))
    crowns[94:99, 24:29] = 9.0
    return grid(heights), grid(crowns)


@pytest.fixture(scope="module")
def roofs():
    shapes = [
        box(EAST + 40, NORTH + SIDE - 50, EAST + 52, NORTH + SIDE - 40),
        box(EAST + 20, NORTH + SIDE - 90, EAST + 32, NORTH + 40),
    ]
    columns = {"plane_id": ["wall-1", "open-1"], "tilt_deg": [2.0, 20.0], "azimuth_deg": [180.0, 180.0], "z_m": [5.0, 6.8]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:3006")


def arrays(roofs):
    same = {"array_id": roofs["plane_id"], "share": 1.0, "is_rack": False, "pitch_m": np.nan, "slant_m": np.nan}
    return pd.DataFrame(roofs.drop(columns="geometry")).assign(**same)


@pytest.fixture(scope="module")
def light(scene, weather, roofs):
    return irradiance.plane_light(
        scene[0], weather, roofs, site=SITE, trees=scene[1], dtm=grid(np.zeros((SIDE, SIDE))), directions=64
    )


def test_p13_the_hourly_sum_equals_the_annual_map(light):
    (hours,) = irradiance.hourly_poa(light)
    total = sum(hours[name] for name in ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse")).sum("time").to_numpy() / 1000
    annual = light.annual["poa_kwh_m2"].to_numpy()
    assert annual[0] < 0.95 * light.annual["poa_unshaded_kwh_m2"].iloc[0]  # the wall takes something
    assert light.annual["loss_trees"].iloc[1] > 0.005
    assert total == pytest.approx(annual, rel=0.005)


def test_p8_a_wall_to_the_east_takes_mornings_and_no_direct_light_in_the_afternoon(scene, light, weather, roofs):
    (shaded,) = irradiance.hourly_poa(light, ["wall-1"])
    bare = irradiance.plane_light(grid(np.zeros((SIDE, SIDE))), weather, roofs, site=SITE)
    (free,) = irradiance.hourly_poa(bare, ["wall-1"])
    hour = shaded["time"].dt.hour.to_numpy() + shaded["time"].dt.minute.to_numpy() / 60 + 1.0  # local solar time at 15 E
    direct = [part["poa_direct"].to_numpy()[:, 0] for part in (shaded, free)]
    morning, afternoon = hour < 9, hour > 13
    assert direct[0][morning].sum() < 0.75 * direct[1][morning].sum()
    assert direct[0][afternoon].sum() == pytest.approx(direct[1][afternoon].sum(), rel=0.002)
    chain = {"settings": SolarSettings(), "site": SITE}
    clocks = [
        power.energy([part], weather, arrays(roofs), chain["settings"], site=SITE).clock.sel(plane="wall-1").sum("month")
        for part in (shaded, free)
    ]
    lost = ((clocks[1] - clocks[0]) / clocks[1]).to_numpy()
    assert lost[6:9].min() > 3 * lost[14:18].max()  # what is lost in the afternoon is the wall's share of the diffuse sky


def test_p13_hours_of_the_plan_sum_to_the_years_energy_of_the_map(scene, weather, roofs):
    """The plan's kWh (hour by hour, racks joined to their roof) are the map's: one chain, two ways through it."""
    settings = SolarSettings()
    around = assessment.Surroundings(scene[0], weather, SITE, dtm=grid(np.zeros((SIDE, SIDE))), trees=scene[1])
    receivers = modules.arrays(roofs.assign(kwp=10.0), settings)
    light = assessment.light_on(roofs, receivers, around, settings)
    year = power.energy(irradiance.hourly_poa(light, list(receivers["array_id"])), weather, receivers, settings, site=SITE)
    tak = roofs.assign(kwp=10.0)
    known = candidates.Roofs(tak, pd.DataFrame(), pd.DataFrame(), light, weather, SITE)
    hours = candidates.profiles(known, list(tak["plane_id"]), settings)
    assert hours.shape == (8760, 2) and receivers["is_rack"].sum() == 2
    assert hours.sum(axis=0, dtype=float) == pytest.approx(year.planes.loc[tak["plane_id"], "kwh_per_kwp"].to_numpy(), rel=1e-4)
