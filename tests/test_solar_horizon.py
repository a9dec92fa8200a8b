# ruff: noqa: PLR0917, T201 - measured numbers are printed
"""What stands around a place (docs/metod/skuggning.md, S1-S9): horizons with a closed form, and a slow march of its own."""

import light_truth as made
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from solar import slopes, sweep
from solar.horizon import Scene
from solar.irradiance import annual_irradiation, annual_map

K = 64
DIRECTIONS = np.arange(K) * 360 / K


def point(x, y, z=0.0, tilt=0.0, azimuth=180.0):
    return pd.DataFrame({"x": [made.EAST + x], "y": [made.NORTH + y], "z": [z], "tilt_deg": [tilt], "azimuth_deg": [azimuth]})


def angles(dsm, points, *, near_m=500.0, cause="near", site=made.SITE, **models):
    seen = Scene.of(dsm, site=site, **models).horizons(points, directions=K, near_m=near_m)
    return np.degrees(np.arctan(getattr(seen, cause)))


@pytest.fixture(scope="module")
def hills():
    """A smooth landscape: sums of Gaussian hills and ridges, 1 m."""
    x, y = np.meshgrid(np.arange(300.0), np.arange(300.0))
    rng = np.random.default_rng(2)
    z = np.zeros_like(x)
    for _ in range(25):
        cx, cy, wide, high = rng.uniform(0, 300), rng.uniform(0, 300), rng.uniform(8, 40), rng.uniform(3, 25)
        z += high * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / wide**2)
    return z


def test_wall_has_its_closed_form():  # S1
    z = np.zeros((400, 400))
    z[:, 230] = 12.0  # a thin wall from north to south, its middle at x = 230.5
    got = angles(made.array(z), point(200.5, 200.5))[0]
    across = np.sin(np.radians(DIRECTIONS))
    want = np.where(across > 0.2, np.degrees(np.arctan(12.0 / 30.0 * across)), np.nan)
    seen = ~np.isnan(want)
    assert got[seen] == pytest.approx(want[seen], abs=0.05)
    assert (got[across < -1e-6] == 0).all()


def test_horizons_are_those_of_a_slow_march(hills):  # S1
    """The bilinear surface asked every 5 cm by scipy, per direction: no worse than 0.05 degrees anywhere."""
    dsm = made.array(hills)
    rng = np.random.default_rng(3)
    for x, y in rng.uniform(60, 240, (6, 2)):
        z = map_coordinates(hills, [[300 - y - 0.5], [x - 0.5]], order=1)[0]
        got = angles(dsm, point(x, y, z))[0]
        d = np.arange(0.25, 400, 0.05)
        for k in range(0, K, 3):
            a = np.radians(DIRECTIONS[k])
            rows, cols = 300 - (y + d * np.cos(a)) - 0.5, x + d * np.sin(a) - 0.5
            inside = (rows >= 0) & (rows <= 299) & (cols >= 0) & (cols <= 299)
            high = map_coordinates(hills, [rows[inside], cols[inside]], order=1)
            want = max(np.degrees(np.arctan((high - z) / d[inside])).max(), 0)
            assert got[k] == pytest.approx(want, abs=0.05)


def test_error_falls_with_the_number_of_directions():  # S8
    year, points = made.weather(), made.receivers()
    roofs = points[points["kind"] != "ground"]
    truth = made.truth(roofs, year)
    errors = {}
    for directions in (16, 32, 64, 128):
        got = annual_irradiation(made.grid(), year, roofs, site=made.SITE, model="haydavies", directions=directions)
        errors[directions] = made.score(got["total_kwh_m2"], truth["total"])[1]
    print({k: f"{v:.2f} %" for k, v in errors.items()})
    assert errors[16] > errors[64]
    assert errors[16] < 1.5
    assert errors[64] < 0.3
    assert errors[128] < 0.3


def test_near_ends_at_near_m_and_far_begins_there():  # S2
    z = np.zeros((200, 400))
    z[:, 300:302] = 20.0
    dsm = made.array(z)
    here = point(100.5, 100.5)
    assert angles(dsm, here, near_m=210)[0, 16] == pytest.approx(np.degrees(np.arctan(20 / 200)), abs=0.02)
    assert angles(dsm, here, near_m=190)[0, 16] == 0
    far = made.array(z[::10, ::10], cell=10)
    assert angles(dsm, here, near_m=190, cause="beyond", far=far)[0, 16] > 5
    assert angles(dsm, here, near_m=250, cause="beyond", far=far)[0, 16] == 0


def test_far_hills_sink_with_the_curve_of_the_earth():  # S2
    """20 km away a hill of 300 m stands 300 - 0.87 d2 / 2R = 272.7 m over the level line."""
    far = np.zeros((11, 60))
    far[:, 40] = 300.0
    model = made.array(far, cell=500.0, corner=(made.EAST - 250.0, made.NORTH - 2650.0))
    dsm = made.array(np.zeros((20, 20)))
    got = angles(dsm, point(10.0, 10.0), cause="beyond", far=model)[0, 16]
    distance = 20_000 - 10.0
    assert got == pytest.approx(np.degrees(np.arctan((300 - 0.87 * distance**2 / (2 * 6_371_000)) / distance)), abs=0.003)


def test_far_model_in_another_crs_is_the_same_horizon():  # S9
    """One landscape sampled in EPSG:3006 and in EPSG:3857, whose scale at 59.5 N is 1.97."""

    def height(east, north):
        return 200 * np.exp(-(((east - made.EAST - 2500) / 600) ** 2) - ((north - made.NORTH - 800) / 900) ** 2)

    e, n = np.meshgrid(made.EAST - 4000 + 25 * np.arange(320), made.NORTH + 4000 - 25 * np.arange(320))
    first = xr.DataArray(height(e, n), dims=("y", "x"), coords={"y": n[:, 0], "x": e[0]}).rio.write_crs(made.CRS)
    x0, y0 = Transformer.from_crs(made.CRS, "EPSG:3857", always_xy=True).transform(made.EAST, made.NORTH)
    x, y = np.meshgrid(x0 - 7500 + 50 * np.arange(300), y0 + 7500 - 50 * np.arange(300))
    back = Transformer.from_crs("EPSG:3857", made.CRS, always_xy=True).transform(x, y)
    second = xr.DataArray(height(*back), dims=("y", "x"), coords={"y": y[:, 0], "x": x[0]}).rio.write_crs("EPSG:3857")
    dsm = made.array(np.zeros((40, 40)))
    a, b = (angles(dsm, point(20, 20), cause="beyond", far=model)[0] for model in (first, second))
    assert a.max() > 4
    assert a == pytest.approx(b, abs=0.1)


@pytest.mark.parametrize("mark", [np.nan, -9999.0, -3.4e38])
def test_nodata_shades_nothing_and_receives_nothing(mark):  # S6
    z = made.grid().to_numpy().copy()
    whole = angles(made.array(z), made.receivers())
    z[70:75, 20:25] = mark
    dsm = made.array(z)
    assert angles(dsm, made.receivers()).max() < 90
    assert np.abs(angles(dsm, made.receivers()) - whole).max() < 0.5  # flat ground there: nothing missed
    year = made.weather()
    hole = point(22.5, 57.5).drop(columns="z")
    assert annual_irradiation(dsm, year, hole, site=made.SITE)["total_kwh_m2"].isna().all()
    there = annual_map(dsm, year, site=made.SITE, directions=16)["total_kwh_m2"]
    assert there.isel(y=72, x=22).isnull()
    assert int(there.isnull().sum()) == 25


def test_turned_scene_turns_its_horizon_and_its_light(hills):  # S4
    turned = np.rot90(hills, k=-1)  # a quarter clockwise: what was north is east
    a = angles(made.array(hills), point(120.5, 90.5, 30.0))[0]
    b = angles(made.array(turned), point(90.5, 300 - 120.5, 30.0))[0]
    assert b == pytest.approx(np.roll(a, K // 4), abs=1e-3)
    year, points = made.weather(), made.receivers().drop(columns="kind")
    round_sky = year.assign(dni=0.0, dhi=year["ghi"])  # light from everywhere alike, so that only geometry can differ
    x, y = points["x"] - made.EAST, points["y"] - made.NORTH
    moved = points.assign(x=made.EAST + y, y=made.NORTH + made.SIDE - x, azimuth_deg=(points["azimuth_deg"] + 90) % 360)
    dsm = made.grid()
    spun = made.array(np.rot90(dsm.to_numpy(), k=-1))
    got = [
        annual_irradiation(d, round_sky, p, site=made.SITE, model="haydavies")["total_kwh_m2"]
        for d, p in ((dsm, points), (spun, moved))
    ]
    assert got[0].to_numpy() == pytest.approx(got[1].to_numpy(), rel=1e-4)
    maps = [annual_map(d, round_sky, site=made.SITE, model="haydavies", directions=32)["total_kwh_m2"] for d in (dsm, spun)]
    difference = np.rot90(maps[0].to_numpy(), k=-1) / maps[1].to_numpy() - 1
    assert np.abs(np.mean(difference)) < 1e-4
    assert np.quantile(np.abs(difference), 0.95) < 0.01


def smooth(east, north):
    """A landscape in metres of EPSG:3006 around (412 000, 6 597 000), near Kil: hills, a slope and a ridge."""
    x, y = east - 412_000.0, north - 6_597_000.0
    ridge = 14 * np.exp(-(((x - 0.3 * y - 30) / 9) ** 2))
    return 60 + 0.05 * x + 0.02 * y + ridge + 18 * np.exp(-((x + 40) ** 2 + (y + 20) ** 2) / 25**2)


def in_crs(crs, side=240):
    """Sample it on a metre grid of another CRS."""
    to = Transformer.from_crs("EPSG:3006", crs, always_xy=True)
    x0, y0 = np.round(to.transform(412_000.0, 6_597_000.0))
    x, y = np.meshgrid(x0 - side / 2 + 0.5 + np.arange(side), y0 + side / 2 - 0.5 - np.arange(side))
    east, north = Transformer.from_crs(crs, "EPSG:3006", always_xy=True).transform(x, y)
    return xr.DataArray(smooth(east, north), dims=("y", "x"), coords={"y": y[:, 0], "x": x[0]}).rio.write_crs(crs)


KIL = type("Kil", (), {"latitude": 59.503, "longitude": 13.445, "altitude": 60.0})


def test_one_scene_in_two_systems_has_one_year():  # S5
    """EPSG:3006 against 3007 and 3008, whose norths differ by 2.8 and 0.5 degrees there: points within 0.05 %."""
    year = made.weather()
    e, n = 412_000.0 + np.linspace(-50, 50, 12), 6_597_000.0 + np.linspace(40, -45, 12)
    tilt, azimuth = np.linspace(5, 60, 12), np.linspace(0, 330, 12)
    found = {}
    for crs in ("EPSG:3006", "EPSG:3007", "EPSG:3008"):
        x, y = Transformer.from_crs("EPSG:3006", crs, always_xy=True).transform(e, n)
        points = pd.DataFrame({"x": x, "y": y, "z": smooth(e, n) + 1.0, "tilt_deg": tilt, "azimuth_deg": azimuth})
        found[crs] = annual_irradiation(in_crs(crs), year, points, site=KIL)["total_kwh_m2"].to_numpy()
    for crs in ("EPSG:3007", "EPSG:3008"):
        print(crs, np.abs(found[crs] / found["EPSG:3006"] - 1).max())
        assert found[crs] == pytest.approx(found["EPSG:3006"], rel=5e-4)
    assert Scene.of(in_crs("EPSG:3006"), site=KIL).convergence_deg == pytest.approx(-1.34, abs=0.05)


def test_maps_in_two_systems_have_one_year():  # S5
    year, means = made.weather(), []
    for crs in ("EPSG:3006", "EPSG:3007"):
        light = annual_map(in_crs(crs), year, site=KIL)["total_kwh_m2"]
        x, y = Transformer.from_crs("EPSG:3006", crs, always_xy=True).transform(
            *(a.ravel() for a in np.meshgrid(412_000.0 + np.arange(-60, 60, 3.0), 6_597_000.0 + np.arange(-60, 60, 3.0)))
        )
        means.append(light.interp(x=xr.DataArray(x), y=xr.DataArray(y)).to_numpy())
    assert np.mean(means[0]) == pytest.approx(np.mean(means[1]), rel=5e-4)
    assert np.quantile(np.abs(means[0] / means[1] - 1), 0.95) < 0.01


def test_result_does_not_depend_on_the_tile():  # S3
    """The middle of the town out of the whole and out of a tile with near_m around it."""
    z = np.tile(made.grid().to_numpy(), (3, 3))
    year, near_m = made.weather(), 60
    dsm = made.array(z, corner=(made.EAST + 3, made.NORTH + 7))
    tile = dsm.isel(y=slice(100, 300), x=slice(90, 310))
    core = {"y": slice(170, 230), "x": slice(160, 240)}
    maps = [annual_map(d, year, site=made.SITE, near_m=near_m).total_kwh_m2 for d in (dsm, tile)]
    inside = [m.sel(y=dsm.y[core["y"]], x=dsm.x[core["x"]]).to_numpy() for m in maps]
    assert inside[0] == pytest.approx(inside[1], rel=2e-5)
    points = made.receivers().drop(columns=["z", "kind"])
    points = points.assign(x=points["x"] + made.SIDE + 3, y=points["y"] + made.SIDE + 7)
    points = points[points["x"].between(*dsm.x.to_numpy()[[160, 240]]) & points["y"].between(*dsm.y.to_numpy()[[230, 170]])]
    got = [annual_irradiation(d, year, points, site=made.SITE, near_m=near_m).to_numpy() for d in (dsm, tile)]
    assert len(points) > 3
    assert got[0] == pytest.approx(got[1], rel=1e-6, abs=1e-6)


def seen_bins(z, over, reach, bins):
    """Return the bins (2, m, n) of what straight scan lines see both ways, from heights z past heights over."""
    m, n = z.shape
    tables = np.zeros((2, bins + 1, 8), np.float32)
    tables[0, :, 4] = tables[1, :, 5] = -np.arange(
        bins + 1
    )  # lost in column 0: bins towards the end; in column 1: towards the start
    level, out = np.zeros((m, n), np.float32), np.zeros((m, n, 4), np.float32)
    course = (np.zeros(m, np.int64), np.zeros(m, np.float32), (0.0, -1.0), (1.0, 0.0), 1.0, reach)
    field = (z, over, level, level, np.ones((1, 1), bool))
    sweep.lines(field, np.zeros((2, 1, 1), np.float32), course, tables, (0, n, sweep.NEAR), out)
    return np.moveaxis(out[..., :2], 2, 0)


@pytest.mark.parametrize("reach", [7, 60, 1000])
@pytest.mark.parametrize("kind", ["rough", "town", "roofs over a dome"])
def test_scan_lines_see_what_trying_every_step_sees(kind, reach):  # S3
    """Every cell's bin both ways: searches within reach, tangents far down a hull, cells high above their line."""
    m, n, bins = 430, 150, 512
    rng = np.random.default_rng(reach)
    row = np.arange(m, dtype=np.float32)[:, None]
    over = (rng.normal(0, 3, (m, n)) + 0.05 * row if kind == "rough" else -0.002 * (row - m / 2) ** 2 + np.zeros((m, n))).astype(
        np.float32
    )
    z = over
    if kind != "rough":
        roofs = np.kron(rng.random((m // 10, n // 10)) < 0.3, np.ones((10, 10))) * rng.uniform(3, 20)
        z = (over + roofs).astype(np.float32)
        over = z if kind == "town" else over
    want = np.zeros((2, m, n))
    for k in range(1, min(reach, m - 1) + 1):
        want[0, :-k] = np.maximum(want[0, :-k], (over[k:] - z[:-k].astype(float)) / k)
        want[1, k:] = np.maximum(want[1, k:], (over[:-k] - z[k:].astype(float)) / k)
    want = np.maximum(want - sweep.MARGIN, 0)
    exact = want / (1 + want) * bins + 0.5
    got = seen_bins(z, over, reach, bins)
    clear = np.abs(exact - np.round(exact)) > 1e-3  # not where rounding decides the bin
    assert got[clear] == pytest.approx(np.floor(exact[clear]), abs=1e-3)
    assert clear[want > 0].mean() > 0.95
    assert (want > 0).mean() > 0.2


@pytest.mark.parametrize("near_m", [0.0, 0.5])
def test_a_near_range_shorter_than_a_step_is_the_nearest_cells(near_m):
    z, year = made.grid(), made.weather()
    got = annual_map(z, year, site=made.SITE, near_m=near_m)["total_kwh_m2"].to_numpy()
    assert got == pytest.approx(annual_map(z, year, site=made.SITE, near_m=1.0)["total_kwh_m2"].to_numpy())


def test_near_m_is_exact_on_scan_lines():
    """What lies beyond near_m counts for nothing in the map, though it is the hull's tangent: the same as with it cut away."""
    z = made.grid().to_numpy().copy()
    z[:, :20] += np.linspace(60, 0, 20)  # a mountain in the west, seen over everything
    near_m, year = 40.0, made.weather()
    whole = annual_map(made.array(z), year, site=made.SITE, near_m=near_m)["total_kwh_m2"].to_numpy()
    cut = z.copy()
    cut[:, :20] = 0
    without = annual_map(made.array(cut), year, site=made.SITE, near_m=near_m)["total_kwh_m2"].to_numpy()
    assert whole[:, 61:] == pytest.approx(without[:, 61:], rel=1e-6)
    seen = annual_map(made.array(z), year, site=made.SITE, near_m=200)["total_kwh_m2"].to_numpy()
    assert seen[:, 61:80].mean() < 0.98 * whole[:, 61:80].mean()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.rio.write_crs("EPSG:4326"), "degrees"),
        (lambda d: xr.DataArray(d.to_numpy(), dims=("y", "x"), coords={"y": d.y.to_numpy(), "x": d.x.to_numpy()}), "no CRS"),
        (lambda d: d.isel(x=slice(None, None, 2)), "square"),
        (lambda d: d.isel(x=slice(0, 1)), "single"),
    ],
)
def test_models_that_cannot_be_used_are_refused(spoil, said):
    with pytest.raises(ValueError, match=said):
        Scene.of(spoil(made.grid()), site=made.SITE)


def test_trees_without_ground_are_refused():
    with pytest.raises(ValueError, match="dtm"):
        Scene.of(made.grid(), site=made.SITE, trees=made.grid())


def test_model_upside_down_is_the_same():
    dsm, year = made.grid(), made.weather()
    turned = dsm.isel(y=slice(None, None, -1), x=slice(None, None, -1))
    where = dsm.copy(data=np.indices(dsm.shape)[0] > 60).astype(bool)
    a = annual_map(dsm, year, site=made.SITE, directions=16, where=where)["total_kwh_m2"]
    b = annual_map(turned, year, site=made.SITE, directions=16, where=where.reindex_like(turned))["total_kwh_m2"]
    xr.testing.assert_allclose(a, b.reindex_like(a))
    assert a.isnull().sum() == (~where).sum()


def test_azimuths_of_one_plane_in_two_systems_agree():  # S5
    """A slope that faces 130 degrees in 3006, sampled in three systems: its true azimuth within 0.01 degrees."""
    found = []
    for crs in ("EPSG:3006", "EPSG:3007", "EPSG:3008"):
        to = Transformer.from_crs("EPSG:3006", crs, always_xy=True)
        x0, y0 = np.round(to.transform(412_000.0, 6_597_000.0))
        x, y = np.meshgrid(x0 - 20 + np.arange(41), y0 + 20 - np.arange(41))
        east, north = Transformer.from_crs(crs, "EPSG:3006", always_xy=True).transform(x, y)
        fall = (east - 412_000.0) * np.sin(np.radians(130)) + (north - 6_597_000.0) * np.cos(np.radians(130))
        dsm = xr.DataArray(-0.7 * fall, dims=("y", "x"), coords={"y": y[:, 0], "x": x[0]}).rio.write_crs(crs)
        e, n = slopes.gradients(dsm.to_numpy().astype("float32"), 1.0)
        here = np.degrees(np.arctan2(-float(e.mean()), -float(n.mean())))
        lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x0, y0)
        place = type("Place", (), {"latitude": lat, "longitude": lon})
        found.append(here + Scene.of(dsm, site=place).convergence_deg)
    assert np.ptp(found) < 0.01
    assert found[0] == pytest.approx(130 - 1.34, abs=0.05)
