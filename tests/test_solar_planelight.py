"""Light on roof planes (docs/metod/instralning.md, I6, I7, I9, I11): the town of light_truth, planes off its own solids."""

import geopandas as gpd
import light_truth as made
import numpy as np
import pandas as pd
import pytest
from shapely import box

from solar.irradiance import annual_irradiation, hourly_poa, plane_light, plane_points

POA = ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse")
GROUND = made.array(np.zeros((made.SIDE, made.SIDE)))


def rectangle(x0, x1, y0, y1):
    return box(made.EAST + x0, made.NORTH + y0, made.EAST + x1, made.NORTH + y1)


def planes():
    """The town's roofs: flat, the two gabled houses, and one off the model."""
    rise = np.tan(np.radians([40, 30])) * 2.75
    rows = [
        ("flat-1", 0.0, 180.0, 6.0, rectangle(31, 49, 57, 67)),
        ("south-1", 40.0, 180.0, 4 + rise[0], rectangle(31, 51, 20.5, 26)),
        ("south-2", 40.0, 0.0, 4 + rise[0], rectangle(31, 51, 26, 31.5)),
        ("lee-1", 30.0, 180.0, 5 + rise[1], rectangle(85, 103, 50.5, 56)),
        ("lee-2", 30.0, 0.0, 5 + rise[1], rectangle(85, 103, 56, 61.5)),
        ("away-1", 30.0, 180.0, 5.0, rectangle(900, 910, 50, 60)),
    ]
    names = ["plane_id", "tilt_deg", "azimuth_deg", "z_m", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=names), geometry="geometry", crs=made.CRS)


def crowns():
    z = np.zeros((made.SIDE, made.SIDE))
    z[made.SIDE - 47 : made.SIDE - 39, 88:98] = 14.0
    return made.array(z)


def ridge():
    z = np.zeros((80, 80))
    z[75:, :] = 90.0
    return made.array(z, cell=25.0, corner=(made.EAST - 900, made.NORTH - 850))


@pytest.fixture(scope="module")
def year():
    return made.weather()


@pytest.fixture(scope="module")
def light(year):
    return plane_light(made.grid(), year, planes(), site=made.SITE, dtm=GROUND, trees=crowns(), far=ridge())


def test_plane_is_the_mean_of_its_points(year, light):  # I11
    where = plane_points(planes(), spacing_m=1.0)
    got = annual_irradiation(
        made.grid(), year, where, site=made.SITE, dtm=GROUND, trees=crowns(), far=ridge(), monthly=True
    ).groupby(where["plane_id"])
    mean, annual = got.mean(), light.annual
    for plane_id in ("flat-1", "south-1", "south-2", "lee-1", "lee-2"):
        assert annual.loc[plane_id, "points"] == got.size()[plane_id]
        assert annual.loc[plane_id, "poa_kwh_m2"] == pytest.approx(mean.loc[plane_id, "total_kwh_m2"], rel=2e-4)
        assert annual.loc[plane_id, "sky_view"] == pytest.approx(mean.loc[plane_id, "sky_view"], rel=2e-3)
        for loss in ("loss_trees", "loss_near", "loss_far"):
            assert annual.loc[plane_id, loss] == pytest.approx(mean.loc[plane_id, loss], abs=3e-4)
        months = mean.loc[plane_id, [f"total_kwh_m2_{m:02d}" for m in range(1, 13)]].to_numpy()
        assert light.monthly.loc[plane_id].to_numpy() == pytest.approx(months, rel=5e-4)


def test_hourly_sum_is_the_year(light):  # I7
    (hours,) = hourly_poa(light)
    total = sum(hours[name] for name in POA)
    got = total.sum("time").to_series() / 1000
    for plane_id, value in got.items():
        assert value == pytest.approx(light.annual.loc[plane_id, "poa_kwh_m2"], rel=5e-3)
    months = total.groupby("time.month").sum() / 1000
    for plane_id in got.index:
        want = light.monthly.loc[plane_id].to_numpy()
        assert months.sel(plane=plane_id).to_numpy() == pytest.approx(want, rel=0.03, abs=0.3)


def test_hours_are_pvlib_in_the_open(year):  # I7
    """No shade: every hour at noon is pvlib's at the middle of the hour, to rounding."""
    from pvlib import irradiance

    bare = plane_light(made.grid(()), year, planes().iloc[[1]], site=made.SITE, model="haydavies")
    (hours,) = hourly_poa(bare)
    times = pd.DatetimeIndex(hours["time"].to_numpy()).tz_localize("UTC")
    sun = made.SITE.get_solarposition(times)
    sky = year.loc[times]
    want = irradiance.get_total_irradiance(
        40, 180, sun["apparent_zenith"], sun["azimuth"], sky["dni"], sky["ghi"], sky["dhi"],
        dni_extra=irradiance.get_extra_radiation(times), model="haydavies", albedo=made.ALBEDO,
    )  # fmt: skip
    high = (sun["apparent_zenith"] < 75).to_numpy()
    got = sum(hours[name] for name in POA).to_numpy()[:, 0]
    assert got[high] == pytest.approx(want["poa_global"].to_numpy()[high], rel=1e-3, abs=0.05)


def test_roof_shaded_in_the_mornings_loses_only_mornings(year):  # I6
    """The slab's west side: the flat roof loses direct light before noon and none after."""
    roof = planes().iloc[[0]]
    parts = [plane_light(dsm, year, roof, site=made.SITE) for dsm in (made.grid(made.TOWN[:2]), made.grid(made.TOWN[1:2]))]
    shaded, free = (next(hourly_poa(p)) for p in parts)
    hour = (shaded["time"].dt.hour + shaded["time"].dt.minute / 60 + 1).to_numpy()  # solar time at 15 E
    lit, whole = (p["poa_direct"].to_numpy()[:, 0] for p in (shaded, free))
    before, after = hour < 11, hour > 13
    assert lit[before].sum() < 0.9 * whole[before].sum()
    assert lit[after] == pytest.approx(whole[after], rel=1e-4, abs=1e-3)
    assert (shaded["sunlit_fraction"].to_numpy()[after] >= 0.999 * free["sunlit_fraction"].to_numpy()[after]).all()


def test_horizon_diagram_knows_the_cause(light):  # I11
    """Elevation angles by cause: the slab to the lee's west, the tree to its south, the ridge behind it."""
    diagram = light.horizon.sel(plane="lee-2")
    assert list(diagram["cause"].to_numpy()) == ["near", "trees", "far"]
    near, trees, far = (diagram.sel(cause=cause) for cause in ("near", "trees", "far"))
    distance = np.array([x - 71.5 for x in np.arange(85.5, 103)])
    height = 18 - (5 + np.tan(np.radians(30)) * 2.75)
    assert float(near.sel(direction=270)) == pytest.approx(np.degrees(np.arctan(height / distance)).mean(), abs=0.6)
    assert float(near.sel(direction=90)) < 1
    flat = light.horizon.sel(plane="flat-1", cause="far")
    assert float(flat.sel(direction=180)) == pytest.approx(np.degrees(np.arctan((90 - 6) / (725 + 62))), abs=0.3)
    assert float(flat.sel(direction=0)) == 0
    south = light.horizon.sel(plane="lee-1", cause="trees")
    assert float(south.sel(direction=180)) > 20
    assert float(trees.sel(direction=0)) == 0
    assert float(far.max()) >= 0


def test_planes_off_the_model_have_no_answer(light):
    assert light.annual.loc["away-1", "points"] == 0
    assert light.annual.loc["away-1"].drop("points").isna().all()
    assert "away-1" not in next(hourly_poa(light))["plane"].to_numpy()


def test_plane_does_not_depend_on_the_others_or_on_chunks(year, light):
    alone = plane_light(made.grid(), year, planes().iloc[[3]], site=made.SITE, dtm=GROUND, trees=crowns(), far=ridge())
    assert alone.annual.loc["lee-1"].to_numpy() == pytest.approx(light.annual.loc["lee-1"].to_numpy(), rel=1e-9)
    whole = next(hourly_poa(light))
    for part in hourly_poa(light, ["lee-1", "flat-1"], chunk=1):
        assert part.sizes["plane"] == 1
        assert part["poa_direct"].dtype == np.float32
        name = str(part["plane"].to_numpy()[0])
        assert part["poa_direct"].to_numpy()[:, 0] == pytest.approx(whole["poa_direct"].sel(plane=name).to_numpy(), rel=1e-5)


def test_spacing_of_points_changes_the_answer(year, light):  # I9; solar.shade.point_spacing_m
    coarse = plane_light(made.grid(), year, planes(), site=made.SITE, dtm=GROUND, trees=crowns(), far=ridge(), spacing_m=5.0)
    assert (coarse.annual["points"] < light.annual["points"]).iloc[:5].all()
    ratio = (coarse.annual["poa_kwh_m2"] / light.annual["poa_kwh_m2"]).iloc[:5]
    assert np.abs(ratio - 1).max() > 1e-4
    assert np.abs(ratio - 1).max() < 0.03


def test_chimney_carries_no_point(year):
    """A chimney 1.5 m above the plane is left out of it, and shades it."""
    z = made.grid().to_numpy().copy()
    row = made.SIDE - 1 - 60
    z[row - 1 : row + 1, 39:41] += 1.5
    with_chimney = plane_light(made.array(z), year, planes().iloc[[0]], site=made.SITE)
    without = plane_light(made.grid(), year, planes().iloc[[0]], site=made.SITE)
    assert with_chimney.annual["points"].iloc[0] < without.annual["points"].iloc[0]
    assert with_chimney.annual["poa_kwh_m2"].iloc[0] < without.annual["poa_kwh_m2"].iloc[0]


def test_what_cannot_be_is_refused(year, light):
    twice = pd.concat([planes(), planes().iloc[[0]]], ignore_index=True)
    with pytest.raises(ValueError, match="more than once"):
        plane_light(made.grid(), year, twice, site=made.SITE)
    with pytest.raises(ValueError, match="EPSG"):
        plane_light(made.grid(), year, planes().to_crs("EPSG:3007"), site=made.SITE)
    with pytest.raises(KeyError, match="none-9"):
        next(hourly_poa(light, ["none-9"]))
