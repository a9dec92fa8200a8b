"""Roof planes from points and grids, on own scenes whose truth is exact (tests/roof_truth.py). Properties: docs/metod/takytor.md."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rioxarray  # noqa: F401 - gives .rio
import roof_truth as rt
import shapely
import xarray as xr
from shapely.geometry import Polygon, box

from data.errors import InputError
from solar.roofs import planes_from_dsm, planes_from_points

CRS = "EPSG:3006"
EAST, NORTH = 404_000.0, 6_596_000.0  # Kil: the grid is turned by -1.45 deg there
GROUND_M = 60.0


def turned(shape, angle_deg, about=(0, 0)):
    return shapely.affinity.rotate(shape, angle_deg, origin=about)


def gable(name, at, size, tilt, turn=0.0, eaves=64.0):  # noqa: PLR0917
    """Two facets falling to +v and -v of a rectangle of `size` (u, v), turned counter-clockwise."""
    u, v = size[0] / 2, size[1] / 2
    halves = (box(-u, 0, u, v), 0.0), (box(-u, -v, u, 0), 180.0)
    out = []
    for half, azimuth in halves:
        shape = shapely.affinity.translate(turned(half, turn), EAST + at[0], NORTH + at[1])
        out.append(rt.tilted(name, shape, tilt, (azimuth - turn) % 360, z0=eaves + math.tan(math.radians(tilt)) * v / 2))
    return out


def hip(name, at, size, tilt, turn=0.0, eaves=64.0):  # noqa: PLR0917
    u, v, slope = size[0] / 2, size[1] / 2, math.tan(math.radians(tilt))
    ridge = u - v
    sides = (
        (Polygon([(-u, v), (u, v), (ridge, 0), (-ridge, 0)]), 0.0, v / 3 * (1 + ridge / (u + ridge))),
        (Polygon([(-u, -v), (u, -v), (ridge, 0), (-ridge, 0)]), 180.0, v / 3 * (1 + ridge / (u + ridge))),
        (Polygon([(u, v), (u, -v), (ridge, 0)]), 90.0, v / 3),
        (Polygon([(-u, v), (-u, -v), (-ridge, 0)]), 270.0, v / 3),
    )
    out = []
    for side, azimuth, inward in sides:
        shape = shapely.affinity.translate(turned(side, turn), EAST + at[0], NORTH + at[1])
        out.append(rt.tilted(name, shape, tilt, (azimuth - turn) % 360, z0=eaves + slope * inward))
    return out


def shed(name, at, size, tilt, azimuth, turn=0.0, z0=65.0):  # noqa: PLR0917
    shape = turned(box(-size[0] / 2, -size[1] / 2, size[0] / 2, size[1] / 2), turn)
    return [rt.tilted(name, shapely.affinity.translate(shape, EAST + at[0], NORTH + at[1]), tilt, azimuth, z0=z0)]


def village() -> dict[str, list[rt.Facet]]:
    """Gables, hips, sheds, flat roofs and an L of two levels, 2-45 deg, all directions."""
    out: dict[str, list[rt.Facet]] = {}
    for n, (tilt, turn) in enumerate([(15, 0), (22, 33), (27, 71), (35, 108), (45, 154), (8, 12)]):
        out[f"g{n}"] = gable(f"g{n}", (40 * n, 0), (14, 9), tilt, turn)
        out[f"h{n}"] = hip(f"h{n}", (40 * n, 40), (18, 10), tilt, turn)
        out[f"s{n}"] = shed(f"s{n}", (40 * n, 80), (12, 8), tilt, 60 * n - turn, turn)
    out["f0"] = shed("f0", (0, 120), (30, 18), 0, 180, 20)
    tall = shed("l0", (60, 120), (16, 12), 0, 180, 0, z0=70)
    low = shed("l0", (60 + 16, 120), (16, 12), 0, 180, 0, z0=66)
    out["l0"] = tall + low
    return out


@pytest.fixture(scope="module")
def scene():
    truth = village()
    return truth, rt.scan(rt.flat(truth), density=1.4, seed=3, ground_m=GROUND_M)


def found(scan, footprints, **options):
    return planes_from_points(scan.xyz, footprints, classification=scan.classification, **options)


def as_facets(planes):
    return rt.facets_of(planes, convergence_deg=rt.convergence_deg(planes))


@pytest.mark.parametrize("density", [1.0, 1.4])
def test_every_plane_is_found_and_none_invented(density):  # P1
    truth = village()
    scan = rt.scan(rt.flat(truth), density=density, seed=4, ground_m=GROUND_M)
    planes = found(scan, rt.footprints(truth, CRS))
    score = rt.score(rt.flat(truth), as_facets(planes))
    assert (score.recall, score.invented) == (1.0, 0)
    assert rt.rmse(score.angle) < 1.0 and rt.rmse(score.tilt) < 1.0 and rt.rmse(score.azimuth) < 2.0
    median, total = rt.area_errors(rt.flat(truth), as_facets(planes), least_m2=8)
    assert median < 0.03 and abs(total) < 0.01


def test_a_surface_model_gives_the_same_planes(scene):  # P2
    truth, _ = scene
    x = np.arange(EAST - 20, EAST + 240) + 0.5
    y = (np.arange(NORTH - 20, NORTH + 150) + 0.5)[::-1]
    z = np.full((len(y), len(x)), GROUND_M)
    for facet in rt.flat(truth):
        inside = shapely.contains_xy(facet.outline, *np.meshgrid(x, y))
        z = np.where(inside, np.maximum(z, facet.z(*np.meshgrid(x, y))), z)
    z += np.random.default_rng(1).normal(0, 0.03, z.shape)
    dsm = xr.DataArray(z, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(CRS)
    score = rt.score(rt.flat(truth), as_facets(planes_from_dsm(dsm, rt.footprints(truth, CRS))))
    assert score.recall == 1.0 and score.invented == 0 and rt.rmse(score.angle) < 0.5


def test_turning_the_scene_turns_the_planes(scene):  # P3
    truth, scan = scene
    footprints = rt.footprints(truth, CRS)
    mid = (EAST, NORTH)
    xy = (scan.xyz[:, :2] - mid) @ np.array([[0, -1], [1, 0]]) + mid  # a quarter turn clockwise
    points = np.column_stack([xy, scan.xyz[:, 2]])
    other = footprints.set_geometry(footprints.geometry.rotate(-90, origin=mid))
    first = as_facets(found(scan, footprints))
    second = as_facets(planes_from_points(points, other, classification=scan.classification))
    assert len(first) == len(second)
    for facet in first:
        place = shapely.affinity.rotate(facet.outline.representative_point(), -90, origin=mid)
        same = next(other for other in second if other.outline.intersects(place))
        assert same.area_m2 == pytest.approx(facet.area_m2, abs=2.0)
        if facet.tilt_deg > 2:  # flat planes face south by convention
            assert (same.azimuth_deg - facet.azimuth_deg) % 360 == pytest.approx(90, abs=0.3)


def test_another_coordinate_system_gives_the_same_true_azimuth(scene):  # P4
    truth, scan = scene
    footprints = rt.footprints({k: truth[k] for k in ("g0", "g1", "h2", "s3")}, CRS)
    to = pyproj.Transformer.from_crs(CRS, "EPSG:3008", always_xy=True)
    points = np.column_stack([*to.transform(scan.xyz[:, 0], scan.xyz[:, 1]), scan.xyz[:, 2]])
    first = found(scan, footprints)
    second = planes_from_points(points, footprints.to_crs("EPSG:3008"), classification=scan.classification)
    assert first["plane_id"].tolist() == second["plane_id"].tolist()
    assert second["azimuth_deg"].to_numpy() == pytest.approx(first["azimuth_deg"].to_numpy(), abs=0.01)
    assert second["tilt_deg"].to_numpy() == pytest.approx(first["tilt_deg"].to_numpy(), abs=0.02)


def test_azimuth_is_from_true_north(scene):  # P4
    truth, scan = scene
    planes = found(scan, rt.footprints({"g0": truth["g0"]}, CRS))
    south = planes["azimuth_deg"].sub(180).abs().min()
    assert south == pytest.approx(1.46, abs=0.1)  # pyproj's meridian convergence at 13.3 E, 59.5 N is -1.46 deg


def test_a_flat_roof_is_flat_and_faces_south_by_convention(scene):  # P5
    truth, scan = scene
    planes = found(scan, rt.footprints({"f0": truth["f0"]}, CRS))
    assert planes[["is_flat", "azimuth_deg"]].to_numpy().tolist() == [[True, 180.0]]


def test_planes_cover_the_roof_once_and_stay_on_it(scene):  # P6
    truth, scan = scene
    footprints = rt.footprints(truth, CRS)
    planes = found(scan, footprints, min_plane_m2=0.5)
    for building_id, shape in footprints.set_index("building_id").geometry.items():
        mine = planes.loc[planes["building_id"] == building_id, "geometry"]
        assert mine.area.sum() == pytest.approx(shapely.union_all(mine.to_numpy()).area, abs=0.05)
        assert shapely.union_all(mine.to_numpy()).difference(shape.buffer(0.01)).area < 0.05
        assert mine.area.sum() == pytest.approx(shape.area, rel=0.02)
    for facet in as_facets(planes):
        inside = shapely.contains_xy(facet.outline, scan.xyz[:, :2])
        assert facet.z(*shapely.get_coordinates(facet.outline).T).max() < scan.xyz[inside, 2].max() + 1.5


def test_the_order_of_points_and_footprints_does_not_matter(scene):  # P7
    truth, scan = scene
    footprints = rt.footprints({k: truth[k] for k in ("g1", "h3", "l0")}, CRS)
    order = np.random.default_rng(8).permutation(len(scan.xyz))
    first = found(scan, footprints)
    second = planes_from_points(scan.xyz[order], footprints.iloc[::-1], classification=scan.classification[order])
    assert first.drop(columns="geometry").equals(second.drop(columns="geometry"))
    assert first.geometry.geom_equals_exact(second.geometry, 1e-6).all()
    assert first["plane_id"].iloc[:2].tolist() == ["g1-1", "g1-2"]


def test_one_building_alone_or_among_others_is_the_same(scene):  # P7
    truth, scan = scene
    footprints = rt.footprints(truth, CRS)
    everything = found(scan, footprints)
    alone = found(scan, footprints, only={"h3"})
    same = everything[everything["building_id"] == "h3"].reset_index(drop=True)
    assert alone.drop(columns="geometry").equals(same.drop(columns="geometry"))


@pytest.mark.parametrize("overhang", [0.3, 0.6, 0.9])
def test_a_facade_is_grown_to_the_roofs_edge(scene, overhang):  # P8
    truth, scan = scene
    planes = found(scan, rt.footprints(truth, CRS, overhang_m=overhang, position="facade"))
    assert (planes["roof_edge"] == "measured").mean() > 0.9
    median, total = rt.area_errors(rt.flat(truth), as_facets(planes), least_m2=8)
    assert median < 0.03 and abs(total) < 0.015


def test_without_points_beside_the_facade_the_stated_overhang_is_taken_and_told(scene):  # P8
    truth, scan = scene
    footprints = rt.footprints({"g0": truth["g0"]}, CRS, overhang_m=0.4, position="facade")
    inside = shapely.contains_xy(footprints.geometry.iloc[0], scan.xyz[:, :2])
    planes = planes_from_points(scan.xyz[inside], footprints, overhang_m=0.4)
    assert set(planes["roof_edge"]) == {"overhang"}
    assert planes["area_m2"].sum() == pytest.approx(sum(f.area_m2 for f in truth["g0"]), rel=0.02)
    sure = found(scan, rt.footprints({"g0": truth["g0"]}, CRS))
    assert planes["confidence"].max() < sure["confidence"].min()


def test_dormers_in_one_plane_keep_each_their_own():  # P9
    roof = gable("d", (0, 0), (40, 16), 38)
    slope = next(f for f in roof if 90 < f.azimuth_deg < 270)
    dormers = [
        rt.tilted("d", box(EAST + x, NORTH - 6.5, EAST + x + 5, NORTH - 2.5), 10, 180, z0=slope.z(EAST + x, NORTH - 2.5) - 0.4)
        for x in (-16, -2, 12)
    ]
    truth = rt.visible(roof + dormers)
    planes = found(rt.scan(truth, density=1.4, seed=6, ground_m=GROUND_M), rt.footprints({"d": truth}, CRS))
    score = rt.score(truth, as_facets(planes), least_m2=15)
    assert (score.truth, score.found, score.invented) == (5, 5, 0)


def test_what_stands_on_a_roof_is_cut_out_of_it_and_nothing_else():  # P14
    roof = gable("d", (0, 0), (40, 16), 40)
    slope = next(f for f in roof if 90 < f.azimuth_deg < 270)
    level = slope.z(EAST, NORTH - 4)
    small = [  # three flat dormers in one plane, and three chimneys
        *(rt.tilted("d", box(EAST + x, NORTH - 6, EAST + x + 3, NORTH - 4), 0, 180, z0=level) for x in (-16, -3, 11)),
        *(rt.tilted("d", box(EAST + x, NORTH + 3, EAST + x + 2, NORTH + 5), 0, 0, z0=level + 2) for x in (-12, 0, 9)),
    ]
    truth = rt.visible(roof + small)
    large, total = sorted(f.area_m2 for f in truth if f.area_m2 > 100), []
    for seed in range(4):
        planes = found(rt.scan(truth, density=1.4, seed=seed, ground_m=GROUND_M), rt.footprints({"d": truth}, CRS))
        areas = planes["area_m2"][planes["area_m2"] > 100]
        assert sorted(areas) == pytest.approx(large, rel=0.03)
        total.append(areas.sum())
    assert np.mean(total) == pytest.approx(sum(large), rel=0.012)  # 5 % more when nothing is cut


def test_dense_scan_lines_with_gaps_show_the_same_roof():  # P10
    truth = {"g": gable("g", (0, 0), (24, 14), 25, 20)}
    rng = np.random.default_rng(2)
    x, y = np.meshgrid(np.arange(-14, 14, 1.3), np.arange(-14, 14, 0.1))
    xy = np.column_stack([x.ravel() + EAST, y.ravel() + NORTH + rng.uniform(0, 0.05, x.size)])
    z = np.full(len(xy), GROUND_M)
    for facet in truth["g"]:
        inside = shapely.contains_xy(facet.outline, xy)
        z[inside] = facet.z(*xy[inside].T)
    points = np.column_stack([xy, z + rng.normal(0, 0.03, len(z))])
    classes = np.where(z > GROUND_M, 1, 2)
    planes = planes_from_points(points, rt.footprints(truth, CRS), classification=classes)
    score = rt.score(truth["g"], as_facets(planes))
    assert score.recall == 1.0 and score.invented == 0 and rt.rmse(score.angle) < 0.5
    assert planes["coverage"].min() > 0.95 and planes["points_per_m2"].min() > 6


def test_a_long_building_on_a_slope_keeps_its_lower_end():  # P11
    roof = {"b": shed("b", (0, 0), (60, 10), 0, 180, z0=72)}
    scan = rt.scan(roof["b"], density=1.4, seed=7, ground_m=GROUND_M)
    ground = scan.classification == 2
    xyz = scan.xyz.copy()
    xyz[ground, 2] += (xyz[ground, 0] - EAST) * 0.3  # 18 m over its length: 69 m at one end
    planes = planes_from_points(xyz, rt.footprints(roof, CRS), classification=scan.classification)
    assert planes["area_m2"].sum() == pytest.approx(600, rel=0.01)


def test_unmeasured_parts_of_a_roof_are_no_plane(scene):  # P12
    truth, scan = scene
    half = scan.xyz[:, 0] < EAST + 2
    planes = found(rt.Scan(scan.xyz[half], scan.classification[half], scan.truth[half]), rt.footprints({"f0": truth["f0"]}, CRS))
    true = truth["f0"][0].outline.intersection(box(0, 0, EAST + 2, 1e8)).area
    assert planes["geometry"].area.sum() == pytest.approx(true, rel=0.05)


def test_a_building_without_points_or_with_a_crossed_outline_breaks_nothing(scene):
    truth, scan = scene
    footprints = rt.footprints({"g0": truth["g0"], "g1": truth["g1"]}, CRS)
    x, y = EAST + 500, NORTH
    crossed = Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    extra = gpd.GeoDataFrame({"building_id": ["far", "nothing"]}, geometry=[crossed, Polygon()], crs=CRS)
    planes = found(scan, pd.concat([footprints, extra]))
    assert set(planes["building_id"]) == {"g0", "g1"}


def test_a_frame_without_crs_or_in_degrees_is_refused(scene):
    truth, scan = scene
    footprints = rt.footprints({"g0": truth["g0"]}, CRS)
    for wrong in (footprints.set_crs(None, allow_override=True), footprints.to_crs("EPSG:4326")):
        with pytest.raises(InputError, match="byggnader"):
            found(scan, wrong)


def test_ground_and_height_are_those_of_the_scene(scene):
    truth, scan = scene
    planes = found(scan, rt.footprints({"f0": truth["f0"]}, CRS))
    assert planes["z_m"].iloc[0] == pytest.approx(65.0, abs=0.03)
    assert planes["ground_z_m"].iloc[0] == pytest.approx(GROUND_M, abs=0.1)
    assert planes["fit_rmse_m"].iloc[0] == pytest.approx(0.05, abs=0.01)
    assert planes["points_per_m2"].iloc[0] == pytest.approx(1.4, abs=0.2)


def test_points_of_roofs_alone_lose_no_roof(scene):  # P13
    truth, scan = scene
    roofs = scan.classification != 2
    planes = planes_from_points(scan.xyz[roofs], rt.footprints(truth, CRS))
    score = rt.score(rt.flat(truth), as_facets(planes))
    assert score.recall == 1.0 and planes["ground_z_m"].isna().all()


def test_points_without_classes_find_the_ground_themselves(scene):  # P13
    truth, scan = scene
    planes = planes_from_points(scan.xyz, rt.footprints(truth, CRS).drop(columns="footprint_position"))
    score = rt.score(rt.flat(truth), as_facets(planes))
    assert score.recall == 1.0 and score.invented == 0
    assert planes["ground_z_m"].to_numpy() == pytest.approx(GROUND_M, abs=0.2)
