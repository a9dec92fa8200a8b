# ruff: noqa: T201, PLR0917 - measured numbers are printed
"""A year's light behind horizons (docs/metod/instralning.md, I3-I9; skuggning.md, S7, S10, S11) against closed half-spaces."""

import light_truth as made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.settings import SolarSettings
from solar import slopes
from solar.irradiance import annual_irradiation, annual_map

MONTHS = [f"total_kwh_m2_{month:02d}" for month in range(1, 13)]
LOSSES = ["loss_trees", "loss_near", "loss_far"]
SHADE = SolarSettings().shade


@pytest.fixture(scope="module")
def year():
    return made.weather()


@pytest.fixture(scope="module")
def points():
    return made.receivers()


@pytest.fixture(scope="module")
def truth(year, points):
    return made.truth(points, year)


def crowns(*places, high=9.0, wide=4):
    z = np.zeros((made.SIDE, made.SIDE))
    for x, y in places:
        z[made.SIDE - y - wide : made.SIDE - y + wide, x - wide : x + wide] = high
    return made.array(z)


GROUND = made.array(np.zeros((made.SIDE, made.SIDE)))


def far_ridge(high=90.0):
    """A ridge 700 m to the south."""
    z = np.zeros((80, 80))
    z[75:, :] = high
    return made.array(z, cell=25.0, corner=(made.EAST - 900, made.NORTH - 850))


def test_points_agree_with_closed_half_spaces(year, points, truth):  # I4
    got = annual_irradiation(made.grid(), year, points, site=made.SITE, model="haydavies")
    for name, part in (("total_kwh_m2", "total"), ("beam_kwh_m2", "beam"), ("diffuse_kwh_m2", "diffuse")):
        bias, rmse = made.score(got[name], truth[part])
        print(f"points, {part}: bias {bias:+.2f} %, RMSE {rmse:.2f} %")
        assert abs(bias) < 0.2
        assert rmse < (0.6 if part == "beam" else 0.3)
    assert got["sky_view"].to_numpy() == pytest.approx(truth["view"].to_numpy(), abs=0.006)
    assert np.abs(got["total_kwh_m2"] / truth["total"] - 1).max() < 0.012


def test_map_agrees_with_closed_half_spaces(year, points, truth):  # I4
    light = annual_map(made.grid(), year, site=made.SITE, model="haydavies")["total_kwh_m2"]
    got = light.sel(x=points["x"].to_xarray(), y=points["y"].to_xarray()).to_numpy()
    bias, rmse = made.score(got, truth["total"])
    print(f"map, total: bias {bias:+.2f} %, RMSE {rmse:.2f} %")
    assert abs(bias) < 0.5
    assert rmse < 1.0


def test_map_and_points_are_one_engine(year):  # S11
    """Every tenth cell of the town, trees and far terrain included: rays and scan lines within 1 % of each other, means within 0.2 %."""
    models = {"dtm": GROUND, "trees": crowns((26, 60), (80, 45)), "far": far_ridge()}
    dsm = made.grid()
    light = annual_map(dsm, year, site=made.SITE, near_m=200, monthly=True, **models)
    east, north = slopes.gradients(dsm.to_numpy(), 1.0)
    rows, cols = (a.ravel() for a in np.meshgrid(np.arange(3, made.SIDE, 10), np.arange(4, made.SIDE, 10), indexing="ij"))
    e, n = east[rows, cols], north[rows, cols]
    steep = np.degrees(np.arctan(np.hypot(e, n)))
    cells = pd.DataFrame(
        {
            "x": dsm.x.to_numpy()[cols],
            "y": dsm.y.to_numpy()[rows],
            "tilt_deg": steep,
            "azimuth_deg": np.degrees(np.arctan2(-e, -n)) % 360,
        }
    )
    got = annual_irradiation(dsm, year, cells, site=made.SITE, near_m=200, monthly=True, **models)
    for name in ("total_kwh_m2", "beam_kwh_m2", "diffuse_kwh_m2", "reflected_kwh_m2"):
        a, b = light[name].to_numpy()[rows, cols], got[name].to_numpy()
        assert a.mean() == pytest.approx(b.mean(), rel=4e-3, abs=0.2), name
        assert np.sqrt(np.mean((a - b) ** 2)) < 0.012 * b.mean() + 0.6, name
    for name in [*LOSSES, "sky_view"]:
        assert light[name].to_numpy()[rows, cols].mean() == pytest.approx(got[name].mean(), abs=1.5e-3), name
    monthly = light["total_kwh_m2_month"].to_numpy()[:, rows, cols].mean(axis=1)
    assert monthly == pytest.approx(got[MONTHS].mean().to_numpy(), rel=0.01)
    assert got[LOSSES].mean().min() > 0.001, "every cause takes something in this scene"


def test_open_map_is_pvlib(year):  # I1
    """Slopes of every kind with nothing around: read off the net of orientations, and no plane shades itself. Within 0.02 %."""
    x, y = np.meshgrid(np.arange(31.0), np.arange(31.0))
    for tilt, azimuth in ((0, 180), (11, 222), (31.7, 101), (47, 17), (60, 250)):
        rise = np.tan(np.radians(tilt))
        e, n = -rise * np.sin(np.radians(azimuth)), -rise * np.cos(np.radians(azimuth))
        dsm = made.array(500 + e * x - n * y)
        light = annual_map(dsm, year, site=made.SITE, model="perez-driesse").isel(x=15, y=15)
        want = made.pvlib_year(year, tilt, azimuth, "perez-driesse")
        assert float(light["total_kwh_m2"]) == pytest.approx(want["poa_global"], rel=2e-4)
        assert float(light["beam_kwh_m2"]) == pytest.approx(want["poa_direct"], rel=5e-4)
        assert float(light["loss_near"]) == pytest.approx(0, abs=1e-4)


def test_slopes_are_not_smeared_over_edges():  # S10
    """Every cell of a gabled and a flat roof has its own plane: a quarter of a degree even at eaves, gables and ridge."""
    dsm = made.grid()
    east, north = slopes.gradients(dsm.to_numpy(), 1.0)
    house = {"x": slice(made.EAST + 30.5, made.EAST + 51.5), "y": slice(made.NORTH + 31.5, made.NORTH + 20.5)}
    tilt = dsm.copy(data=np.degrees(np.arctan(np.hypot(east, north)))).sel(house).to_numpy()
    aspect = dsm.copy(data=np.degrees(np.arctan2(-east, -north)) % 360).sel(house).to_numpy()
    ridge = tilt.shape[0] // 2
    assert np.delete(tilt, ridge, axis=0) == pytest.approx(40, abs=0.3)
    assert aspect[ridge + 1 :] == pytest.approx(180, abs=0.3)
    assert np.minimum(aspect[:ridge], 360 - aspect[:ridge]) == pytest.approx(0, abs=0.3)
    flat = {"x": slice(made.EAST + 30.5, made.EAST + 49.5), "y": slice(made.NORTH + 67.5, made.NORTH + 56.5)}
    assert dsm.copy(data=np.hypot(east, north)).sel(flat).to_numpy() == pytest.approx(0, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(8, 120), st.integers(8, 120)), min_size=1, max_size=6),
    high=st.floats(1, 20),
    more=st.tuples(st.integers(8, 120), st.integers(8, 120)),
)
def test_more_trees_never_add_light(year, points, places, high, more):  # S7
    def run(trees):
        return annual_irradiation(made.grid(), year, points, site=made.SITE, dtm=GROUND, trees=trees, directions=32, monthly=True)

    none = annual_irradiation(made.grid(), year, points, site=made.SITE, directions=32, monthly=True)
    few, many = run(crowns(*places, high=high)), run(crowns(*places, more, high=high))
    for name in ["total_kwh_m2", "sky_view", *MONTHS]:
        assert (few[name] <= none[name] * (1 + 1e-6)).all(), name
        assert (many[name] <= few[name] * (1 + 1e-6)).all(), name
    assert few["loss_near"].to_numpy() == pytest.approx(none["loss_near"].to_numpy(), abs=1e-6), (
        "trees take nothing from buildings"
    )


def test_crown_is_never_a_receiver(year):  # S7
    """A point under a crown has the height of the ground, and what it gets is what comes through."""
    spot = pd.DataFrame({"x": [made.EAST + 20.5], "y": [made.NORTH + 100.5], "tilt_deg": [0.0], "azimuth_deg": [180.0]})
    under = {"site": made.SITE, "dtm": GROUND, "trees": crowns((20, 100), high=12)}
    through = [
        annual_irradiation(made.grid(()), year, spot, **under, tree_transmittance=t)["total_kwh_m2"].iloc[0] for t in (1, 0.5, 0)
    ]
    bare = annual_irradiation(made.grid(()), year, spot, site=made.SITE)["total_kwh_m2"].iloc[0]
    assert through[0] == pytest.approx(bare, rel=1e-6)
    assert through[2] < 0.45 * bare
    assert through[1] == pytest.approx((through[0] + through[2]) / 2, rel=1e-3)


def test_crowns_let_through_by_the_month(year, points):  # I8
    """Crowns that are clear from November to March take nothing in those months, and all they can in the others."""
    kw = {"site": made.SITE, "dtm": GROUND, "trees": crowns((41, 46), (94, 42), high=14), "monthly": True}
    shares = [1.0] * 3 + [0.0] * 7 + [1.0] * 2
    clear, solid = (annual_irradiation(made.grid(), year, points, **kw, tree_transmittance=t)[MONTHS] for t in (1.0, 0.0))
    mixed = annual_irradiation(made.grid(), year, points, **kw, tree_transmittance=shares)[MONTHS]
    bare, leafy = [MONTHS[m] for m in (0, 1, 2, 10, 11)], MONTHS[3:10]
    assert mixed[bare].to_numpy() == pytest.approx(clear[bare].to_numpy(), rel=1e-6)
    assert mixed[leafy].to_numpy() == pytest.approx(solid[leafy].to_numpy(), rel=1e-6)
    assert (solid[bare].sum() < 0.97 * clear[bare].sum()).all()


@pytest.mark.parametrize("wrong", [1.2, [0.5] * 11, -0.1])
def test_impossible_transmittance_is_refused(year, points, wrong):
    with pytest.raises(ValueError, match="tree_transmittance"):
        annual_irradiation(made.grid(), year, points, site=made.SITE, tree_transmittance=wrong)


def test_losses_add_up_and_have_their_causes(year, points):  # I3
    everything = {"dtm": GROUND, "trees": crowns((41, 46), (94, 42)), "far": far_ridge()}
    flat = made.grid(())
    got = annual_irradiation(made.grid(), year, points, site=made.SITE, **everything)
    for index, point in points.iterrows():
        left = 1 - got.loc[index, LOSSES].sum()
        want = made.pvlib_year(year, point["tilt_deg"], point["azimuth_deg"], "perez-driesse")["poa_global"]
        assert got.loc[index, "total_kwh_m2"] / want == pytest.approx(left, rel=1e-4)
    parts = got[["beam_kwh_m2", "diffuse_kwh_m2", "reflected_kwh_m2"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(got["total_kwh_m2"].to_numpy())
    alone = {
        "loss_trees": annual_irradiation(flat, year, points, site=made.SITE, dtm=GROUND, trees=everything["trees"]),
        "loss_near": annual_irradiation(made.grid(), year, points, site=made.SITE),
        "loss_far": annual_irradiation(flat, year, points, site=made.SITE, far=everything["far"]),
    }
    for cause, one in alone.items():
        others = [name for name in LOSSES if name != cause]
        assert one[others].to_numpy() == pytest.approx(0, abs=1e-6)
        assert one[cause].max() > 0.01


def test_months_are_the_year(year, points):  # I5
    for got in (
        annual_irradiation(made.grid(), year, points, site=made.SITE, monthly=True),
        annual_map(made.grid(), year, site=made.SITE, monthly=True, directions=16).rename(total_kwh_m2_month="m"),
    ):
        months = got[MONTHS].sum(axis=1) if isinstance(got, pd.DataFrame) else got["m"].sum("month")
        assert np.asarray(months) == pytest.approx(np.asarray(got["total_kwh_m2"]), rel=1e-4)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("near_m", 20.0),
        ("directions", 16),
        ("model", "haydavies"),
        ("albedo", 0.35),
        ("leaf_on_transmittance", 0.2),
        ("leaf_off_transmittance", 0.9),
        ("leaf_on_months", (6, 7, 8)),
    ],
)
def test_every_setting_of_shade_changes_the_light(year, points, field, other):  # I9; point_spacing_m: test_solar_planelight
    assert set(type(SHADE).model_fields) == {
        "near_m", "directions", "model", "albedo", "leaf_on_transmittance", "leaf_off_transmittance", "leaf_on_months", "point_spacing_m",
    }, "a new setting needs a line here"  # fmt: skip

    def run(shade, compute, *args):
        how = {name: getattr(shade, name) for name in ("near_m", "directions", "model", "albedo", "tree_transmittance")}
        return compute(made.grid(), year, *args, site=made.SITE, dtm=GROUND, trees=crowns((41, 46)), **how)

    changed = SHADE.model_copy(update={field: other})
    a, b = (run(shade, annual_irradiation, points)["total_kwh_m2"] for shade in (SHADE, changed))
    assert (a / b - 1).abs().max() > 2e-4
    a, b = (run(shade, annual_map)["total_kwh_m2"] for shade in (SHADE, changed))
    assert np.abs(a / b - 1).max() > 2e-4


def test_what_stands_away_has_nothing(year, points):
    """A point off the model is named by NaN; a map's mask must have the model's shape."""
    far_off = points.assign(x=points["x"] + np.where(points.index < 3, 1e4, 0))
    got = annual_irradiation(made.grid(), year, far_off, site=made.SITE)
    assert got["total_kwh_m2"].isna().sum() == 3
    assert (got.index == points.index).all()
    with pytest.raises(ValueError, match="odd"):
        annual_map(made.grid(), year, site=made.SITE, directions=15)
    with pytest.raises(ValueError, match="where"):
        annual_map(made.grid(), year, site=made.SITE, where=np.ones((3, 3), bool))


def test_wanted_cells_are_what_they_are_among_all(year):
    where = np.zeros((made.SIDE, made.SIDE), bool)
    where[50:90:3, 20:110:4] = True
    some, every = (annual_map(made.grid(), year, site=made.SITE, directions=32, where=w) for w in (where, None))
    for name in every:
        assert some[name].to_numpy()[where] == pytest.approx(every[name].to_numpy()[where], rel=1e-6, abs=1e-7)
        assert np.isnan(some[name].to_numpy()[~where]).all()
    assert every["total_kwh_m2"].dtype == np.float32
    assert every.rio.crs == "EPSG:3006"
