"""Light on carports and ground (docs/metod/plan.md, C5): a wall, a crown and the open beside each other, held against pvlib's open year."""

from types import SimpleNamespace

import geopandas as gpd
import light_truth
import numpy as np
import pandas as pd
import pvlib
import pytest
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib.location import Location
from shapely import box

from data.settings import PlanSettings, SolarSettings
from solar import areas, candidates, modules, planelight, repack, rerun
from solar.assessment import Surroundings

SITE = Location(59.5, 15.0, altitude=60.0)
WEST, SOUTH, SIDE = 500_000.0, 6_600_000.0, 160
WALL_M = 12.0
PLAN = PlanSettings()


@pytest.fixture(scope="module")
def weather():
    return light_truth.weather().assign(temp_air=8.0, wind_speed=2.0)


def grid(values):
    coords = {"y": SOUTH + 0.5 + np.arange(SIDE)[::-1], "x": WEST + 0.5 + np.arange(SIDE)}
    return xr.DataArray(values.astype("float32"), dims=("y", "x"), coords=coords).rio.write_crs("EPSG:3006")


def heights(rows, columns, height):
    """Metres of a block, rows counted from the south."""
    out = np.zeros((SIDE, SIDE))
    out[SIDE - rows.stop : SIDE - rows.start, columns] = height
    return out


SITES = gpd.GeoDataFrame(
    {
        "site_id": ["open", "wall", "crown", "field", "away"],
        "name": ["Öppna", "Vid muren", "Vid träden", "Fältet", "Borta"],
        "mount": ["carport", "carport", "carport", "ground", "carport"],
        "owner": "Kommunen",
    },
    geometry=[
        box(WEST + x, SOUTH + y, WEST + x + 10, SOUTH + y + 6) for x, y in ((75, 140), (20, 46), (130, 46), (75, 145), (900, 900))
    ],
    crs="EPSG:3006",
)


@pytest.fixture(scope="module")
def around(weather):
    """A wall 12 m high south of one parking place, a wood as high south of another."""
    wall = grid(heights(slice(20, 26), slice(0, 60), WALL_M))
    wood = grid(heights(slice(20, 26), slice(110, 160), WALL_M))
    return Surroundings(wall, weather, SITE, dtm=grid(np.zeros((SIDE, SIDE))), trees=wood)


@pytest.fixture(scope="module")
def found(around):
    return areas.Areas.of(SITES, around, plan=PLAN, settings=SolarSettings())


@pytest.fixture(scope="module")
def roofs(around, found):
    tak = gpd.GeoDataFrame(
        {"plane_id": ["a"], "tilt_deg": [35.0], "azimuth_deg": [180.0], "z_m": [30.0], "kwp": [20.0], "kwh_per_kwp": [900.0]},
        geometry=[box(WEST + 70, SOUTH + 100, WEST + 80, SOUTH + 106)],
        crs="EPSG:3006",
    )
    arrays = modules.arrays(tak, SolarSettings())
    light = planelight.plane_light(around.dsm, around.weather, tak, site=SITE)
    assert list(arrays["array_id"]) == ["a"]
    return candidates.Roofs(tak, pd.DataFrame(), pd.DataFrame(), light, around.weather, SITE, found)


def made(roofs, plan=PLAN):
    return {one.id: one for one in areas.of_sites(SITES, roofs, plan, SolarSettings(), quantile=1.28)}


def test_c5_the_open_area_gets_pvlibs_open_year(found, weather):
    sun = SITE.get_solarposition(weather.index)
    for site, tilt in (("open", PLAN.carport_tilt_deg), ("field", PLAN.ground_tilt_deg)):
        light = pvlib.irradiance.get_total_irradiance(
            tilt,
            180.0,
            sun["apparent_zenith"],
            sun["azimuth"],
            weather["dni"],
            weather["ghi"],
            weather["dhi"],
            dni_extra=pvlib.irradiance.get_extra_radiation(weather.index),
            airmass=pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"]),
            albedo=0.2,
            model="perez-driesse",
        )["poa_global"]
        row = found.light.annual.loc[site]
        assert row["poa_unshaded_kwh_m2"] == pytest.approx(light.sum() / 1000, rel=0.01)  # the sun within the hour is finer there
        assert row["poa_kwh_m2"] > 0.97 * row["poa_unshaded_kwh_m2"]


def test_c5_a_wall_takes_the_low_sun_and_a_wood_lets_some_through(found, roofs):
    annual = found.light.annual
    lost = 1 - annual["poa_kwh_m2"] / annual["poa_unshaded_kwh_m2"]
    assert lost["wall"] > 0.08 and lost["open"] < 0.03 and lost["open"] < lost["crown"] < lost["wall"]
    assert annual.at["wall", "loss_near"] > 0.08 and annual.at["crown", "loss_trees"] > 0.04 > annual.at["crown", "loss_near"]
    here = made(roofs)
    noon = roofs.weather.index.hour == 11
    by_month = {
        id_: np.bincount(roofs.weather.index.month[noon], here[id_].profile[noon, 0], minlength=13) for id_ in ("open", "wall")
    }
    left = by_month["wall"][1:] / by_month["open"][1:]
    # the wall stands 20 to 26 m off: it hides 25 to 31 degrees of the south; at noon the sun is 7 high in December and 54 in June
    assert left[[10, 11, 0]].max() < 0.6 and left[5] > 0.93


def test_c5_an_area_off_the_model_is_an_estimate_and_says_so(found, roofs):
    here = made(roofs)
    assert found.measured == {"open", "wall", "crown", "field"}
    assert [id_ for id_, one in here.items() if one.estimated] == ["away"]
    best = candidates.profiles(roofs, ["a"], SolarSettings())
    assert here["away"].profile == pytest.approx(0.95 * best, rel=1e-5)
    without = candidates.Roofs(roofs.tak.iloc[:0], pd.DataFrame(), pd.DataFrame(), roofs.light, roofs.weather, SITE, found)
    assert set(made(without)) == {"open", "wall", "crown", "field"}  # no roof to take light from


def test_c5_closer_rows_on_ground_shade_each_other_and_a_tilt_counts(around, roofs):
    def kwh_per_kwp(**plan):
        settings = PlanSettings(**plan)
        anew = areas.Areas.of(SITES, around, plan=settings, settings=SolarSettings())
        here = made(SimpleNamespace(**{**vars(roofs), "areas": anew}), settings)
        return {id_: float(one.profile.sum()) for id_, one in here.items()}

    base, sparse, dense = kwh_per_kwp(), kwh_per_kwp(ground_cover=0.1), kwh_per_kwp(ground_cover=0.8)
    assert sparse["field"] > base["field"] > dense["field"] and sparse["open"] == pytest.approx(base["open"])
    assert base["field"] > 0.93 * sparse["field"]  # at 40 % they hardly do
    steep = kwh_per_kwp(carport_tilt_deg=30.0, ground_tilt_deg=5.0)
    assert steep["open"] > 1.02 * base["open"] and steep["field"] < 0.95 * base["field"]


def test_t1_the_light_of_areas_is_kept_too(roofs):
    here = {id_: one for id_, one in made(roofs).items() if id_ in ("wall", "away")}
    sizes = np.array([3.0, 5.0])
    again = rerun.Rerun(roofs, repack.Sized(here, sizes), SolarSettings())
    whole = np.column_stack([one.production(np.array([kw]))[:, 0] for one, kw in zip(here.values(), sizes, strict=True)])
    assert again.solar() == pytest.approx(whole, abs=1e-3)
    clear = SolarSettings(shade={"leaf_on_transmittance": 0.9, "leaf_off_transmittance": 0.9})
    assert again.anew(clear).sum() >= again.solar().sum() - 1.0
