# ruff: noqa: T201 - measured numbers are printed
"""Accuracy against the development data's brute-force years (docs/metod/instralning.md, I10): Göteborg and a synthetic town.

Origin: per point a ray towards the true sun in every sunlit hour and a 720-direction horizon, by code that is not in this project;
checked there against pvlib and Radiance. Scored against total - beam + beam_subhour (six sun positions an hour). Its grid north is
true north: the models are told to stand on their site's own meridian.
"""

from types import SimpleNamespace

import light_truth as made
import numpy as np
import pandas as pd
import pytest
import rioxarray

from solar.irradiance import annual_irradiation, annual_map

pytestmark = pytest.mark.shared
SITE = SimpleNamespace(latitude=57.7079, longitude=11.9659, altitude=10.0)
OWN_MERIDIAN = "+proj=tmerc +lat_0=0 +lon_0=11.9659 +k=1 +x_0=150000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
TRUTH = {"haydavies": "total", "perez": "total_perez", "perez-driesse": "total_perez"}


@pytest.fixture(scope="module")
def year(shared_data):
    """GBG_TMY_1977: stamps are the end of the hour in UTC+1; columns 14 GHI, 21 DHI, 22 DNI."""
    rows = np.loadtxt(shared_data / "terrain_goteborg_1m" / "GBG_TMY_1977.txt", skiprows=1)
    stamp = pd.Timestamp("1977-01-01") + pd.to_timedelta((rows[:, 1] - 1) * 24 + rows[:, 2], unit="h")
    index = pd.DatetimeIndex(stamp).tz_localize("UTC") - pd.Timedelta(minutes=90)
    return pd.DataFrame({"ghi": rows[:, 14], "dhi": rows[:, 21], "dni": rows[:, 22]}, index=index)


def model(path):
    return rioxarray.open_rasterio(path).squeeze(drop=True).rio.write_crs(OWN_MERIDIAN)


@pytest.fixture(scope="module")
def town(shared_data):
    folder = shared_data / "reference"
    points = pd.read_csv(folder / "synth_1000_dsm.csv")
    return model(folder / "synth_1000.tif"), points.assign(E=147_000 + points["x"], N=6_399_000 + points["y"])


@pytest.fixture(scope="module")
def city(shared_data):
    points = pd.read_csv(shared_data / "reference" / "goteborg_dsm.csv")
    return model(shared_data / "terrain_goteborg_1m" / "DSM_KRbig.tif"), points


def wanted(points, how):
    return (points[TRUTH[how]] - points["beam"] + points["beam_subhour"]).to_numpy()


def light_on(scene, year, how):
    dsm, points = scene
    columns = {"x": points["E"], "y": points["N"], "z": points["z"], "tilt_deg": points["slope"], "azimuth_deg": points["aspect"]}
    return annual_irradiation(dsm, year, pd.DataFrame(columns), site=SITE, near_m=2000, model=how)


def scored(name, got, want, mask):
    bias, rmse = made.score(got[mask], want[mask])
    print(f"{name}: {mask.sum()} points, bias {bias:+.2f} %, RMSE {rmse:.2f} %")
    return bias, rmse


@pytest.mark.parametrize(("how", "extra"), [("haydavies", 0.0), ("perez", 0.0), ("perez-driesse", 0.3)])
def test_points_in_goteborg(city, year, how, extra):
    got, want, points = light_on(city, year, how)["total_kwh_m2"].to_numpy(), wanted(city[1], how), city[1]
    roofs = points["cls"].isin(["roof", "roof_rough"]).to_numpy()
    bias, rmse = scored(f"Göteborg roofs, {how}", got, want, roofs)
    assert rmse <= 0.6 + extra
    assert abs(bias) <= 0.2 + extra
    assert scored(f"Göteborg shaded (svf < 0.8), {how}", got, want, (points["svf"] < 0.8).to_numpy())[1] <= 3


@pytest.mark.parametrize(("how", "extra"), [("haydavies", 0.0), ("perez", 0.0), ("perez-driesse", 0.3)])
def test_points_in_the_synthetic_town(town, year, how, extra):
    got, want, points = light_on(town, year, how)["total_kwh_m2"].to_numpy(), wanted(town[1], how), town[1]
    bias, rmse = scored(f"synthetic roofs, {how}", got, want, points["cls"].isin(["roof", "roof_edge"]).to_numpy())
    assert rmse <= 0.4 + extra
    assert abs(bias) <= 0.2 + extra


def test_unobstructed_years_are_pvlibs(town, city, year):
    """The published pvlib years of every point: within 0.01 %."""
    for dsm, points in (town, city):
        flat = dsm.copy(data=np.zeros(dsm.shape, "float32"))
        for how, column in (("haydavies", "unobstructed_pvlib_hd"), ("perez", "unobstructed_pvlib_perez")):
            got = light_on((flat, points.assign(z=0.0)), year, how)["total_kwh_m2"]
            assert got.to_numpy() == pytest.approx(points[column].to_numpy(), rel=1e-4)


def test_map_of_the_synthetic_town_with_slopes_of_its_own(town, year):
    dsm, points = town
    light = annual_map(dsm, year, site=SITE, near_m=2000, model="haydavies")["total_kwh_m2"].to_numpy()
    got, want = light[points["row"], points["col"]], wanted(points, "haydavies")
    for name, worst, most in (("roof", 1.0, 0.5), ("roof_edge", 2.0, 0.5), ("ground", 2.0, 1.0)):
        bias, rmse = scored(f"synthetic map, {name}", got, want, (points["cls"] == name).to_numpy())
        assert rmse <= worst
        assert abs(bias) <= most


def test_map_of_goteborg_is_reported(city, year):
    """No target: the reference's slopes are 3 x 3 fits of the same model, the map's are its own."""
    dsm, points = city
    light = annual_map(dsm, year, site=SITE, near_m=2000, model="haydavies")["total_kwh_m2"].to_numpy()
    got, want = light[points["row"], points["col"]], wanted(points, "haydavies")
    for name in ("roof", "roof_rough"):
        scored(f"Göteborg map, {name}", got, want, (points["cls"] == name).to_numpy())
    assert np.isfinite(got).all()
