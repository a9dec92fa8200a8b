"""Modules on roofs (docs/metod/effekt.md, P1-P5). Hand counts stand beside the sizes they come from; nothing here packs."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from data.settings import SolarSettings
from solar import frames, modules

X, Y = 411_300.0, 6_597_400.0  # Kil, SWEREF 99 TM
DEFAULT = SolarSettings()


def changed(**sections):
    """Settings with some fields of some sections replaced."""
    return DEFAULT.model_copy(
        update={name: getattr(DEFAULT, name).model_copy(update=fields) for name, fields in sections.items()}
    )


def roofs(polygons, tilt, azimuth, crs=3006):
    """Planes of outlines given in true metres: x along the eaves, y up the slope; placed at Kil, facing true azimuth."""
    tilt, azimuth = np.broadcast_to(tilt, len(polygons)).astype(float), np.broadcast_to(azimuth, len(polygons)).astype(float)
    convergence = frames.convergence_deg(np.array([[X, Y]]), crs)[0]
    placed = []
    for polygon, t, a in zip(polygons, tilt, azimuth, strict=True):
        flat = shapely.affinity.scale(polygon, 1, np.cos(np.radians(t)), origin=(0, 0))
        turned = shapely.affinity.rotate(flat, 180 - (a - convergence), origin=(0, 0))  # up the slope is north when facing south
        placed.append(shapely.affinity.translate(turned, X, Y))
    ids = [f"b{i}-1" for i in range(len(polygons))]
    frame = gpd.GeoDataFrame({"plane_id": ids, "building_id": [i[:-2] for i in ids]}, geometry=placed, crs=crs)
    return frame.assign(tilt_deg=tilt, azimuth_deg=azimuth, area_m2=frame.area / np.cos(np.radians(tilt)), z_m=5.0)


def grid_azimuth(planes):
    """The frame's rotation: convergence in the middle of the kilometre square, as `modules` has it."""
    middle = frames.origins(planes.geometry.to_numpy())
    return planes["azimuth_deg"].to_numpy() - frames.convergence_deg(middle, planes.crs)


def capacity(planes, chosen=DEFAULT):
    """Modules per plane."""
    counts = modules.pack(planes, chosen).groupby("plane_id").size()
    return planes["plane_id"].map(counts).fillna(0).astype(int).to_numpy()


def test_hand_counts_of_rectangles():
    # 10 x 6 m less 0.3 m all round: 9.4 x 5.4. Portrait 8 columns (9.42 / 1.154) x 3 rows (5.42 / 1.782) = 24; landscape 5 x 4 = 20.
    # 10 % off: 21.6, rounded 22. 4.2 x 3.0 m: 3.6 x 2.4, portrait 3 x 1, landscape 2 x 2 = 4; 3.6 rounded 4.
    # 20 x 3.0 m: 19.4 x 2.4: portrait 16 x 1, landscape 10 x 2 = 20; 18. 3 x 2 m: 2.4 x 1.4: landscape 1: under 4, none.
    planes = roofs([box(0, 0, 10, 6), box(0, 0, 4.2, 3.0), box(0, 0, 20, 3.0), box(0, 0, 3, 2)], 30, 200)
    assert capacity(planes).tolist() == [22, 4, 18, 0]
    orientation = modules.pack(planes, DEFAULT).groupby("plane_id")["orientation"].unique()
    assert [list(o) for o in orientation] == [["portrait"], ["landscape"], ["landscape"]]


def test_hand_count_of_racks():
    # 14 x 10 m flat, 1 m free: 12 x 8. East-west at 10 deg: slot 1.762 + 0.02 along the row, pair 2 x 1.134 x cos 10 = 2.234 deep, pitch
    # 2.534. Long side north-south: rows along 12 m (north), stacked over 8 m (east): 6 slots (12.02 / 1.782) x 3 pairs (8.3 / 2.534) x 2
    # = 36; 10 % off 32.4 -> 32. South rows: pitch 1.117 + 0.197 / tan 15 = 1.852: along 8 m 4 slots, over 12 m 6 rows = 24; 21.6 -> 22.
    planes = roofs([box(0, 0, 10, 14)], 0, 180)
    assert capacity(planes).tolist() == [32]
    assert capacity(planes, changed(module={"flat_layout": "south"})).tolist() == [22]


def test_p2_modules_lie_inside_the_setbacks_and_never_overlap():
    hole = shapely.Polygon([(0, 0), (16, 0), (14, 9), (2, 9)], [[(7, 3), (9, 3), (9, 5), (7, 5)]])
    ell = shapely.Polygon([(0, 0), (12, 0), (12, 8), (6, 8), (6, 4), (0, 4)])
    planes = roofs([hole, ell, ell, box(0, 0, 60, 45)], [35, 20, 0, 0], [170, 95, 180, 180])
    chosen = changed(roofs={"edge_setback_m": 0.25, "ridge_setback_m": 0.7})
    packed = modules.pack(planes, chosen)
    for n, (_, rows) in enumerate(packed.groupby("plane_id")):
        plane = planes.iloc[n]
        flat = plane.tilt_deg == 0
        depth = np.cos(np.radians(10 if flat else plane.tilt_deg))
        assert rows.area.to_numpy() == pytest.approx(1.134 * 1.762 * depth, rel=1e-6)
        tree = shapely.STRtree(rows.geometry)
        first, second = tree.query(rows.geometry.to_numpy())
        pairs = first < second
        overlaps = shapely.area(
            shapely.intersection(rows.geometry.to_numpy()[first[pairs]], rows.geometry.to_numpy()[second[pairs]])
        )
        assert overlaps.max(initial=0) < 1e-6
        frame = frames.PlaneFrames(
            np.append(rows.geometry.to_numpy(), plane.geometry),
            np.full(len(rows) + 1, grid_azimuth(planes)[n]),
            np.full(len(rows) + 1, plane.tilt_deg),
        )
        *laid, outline = frame.polygons
        distance = min(shapely.distance(outline.boundary, m) for m in laid)
        assert distance >= (1.0 if flat else 0.25) - 1e-6
        assert all(outline.covers(m) for m in laid)
        if not flat:  # 0.7 m straight up from every module is still roof
            assert all(outline.covers(shapely.affinity.translate(m, 0, 0.7 - 1e-6)) for m in laid)


coordinate = st.floats(0, 18, allow_nan=False)
outline = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7).map(
    lambda points: shapely.MultiPoint(points).convex_hull
)
LANED = changed(roofs={"rescue_field_m": 6.0, "rescue_lane_m": 0.8, "ridge_setback_m": 0.5}, module={"min_modules": 2})


@settings(max_examples=120, deadline=None)
@given(outline, outline, st.tuples(st.floats(6, 55), st.floats(0, 359)), st.sampled_from([DEFAULT, LANED]))
def test_p1_more_area_never_lowers_capacity(core, extra, facing, chosen):
    if core.area < 1:
        return
    larger = shapely.union(core, extra)
    small, large = capacity(roofs([core], *facing), chosen)[0], capacity(roofs([larger], *facing), chosen)[0]
    assert large >= small


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.floats(3, 30)] * 4), st.floats(0, 3), st.floats(0, 89), st.sampled_from([DEFAULT, LANED]))
def test_p1_holds_for_racks_when_the_walls_keep_their_direction(sizes, wing, turn, chosen):
    width, depth, more_width, more_depth = sizes
    ell = shapely.union(box(0, 0, width + more_width, depth), box(wing, 0, wing + width / 2, depth + more_depth))
    core, larger = (shapely.affinity.rotate(shape, turn, origin=(0, 0)) for shape in (box(0, 0, width, depth), ell))
    small, large = capacity(roofs([core], 0, 180), chosen)[0], capacity(roofs([larger], 0, 180), chosen)[0]
    assert large >= small


def test_p3_lanes_keep_fields_short():
    planes = roofs([box(0, 0, 100, 12), box(0, 0, 39.5, 12)], 20, 180)
    with_lanes, without = modules.pack(planes, DEFAULT), modules.pack(planes, DEFAULT, lanes=False)
    long_roof = with_lanes[with_lanes["plane_id"] == "b0-1"]
    frame = frames.PlaneFrames(
        long_roof.geometry.to_numpy(), np.repeat(grid_azimuth(planes)[0], len(long_roof)), np.full(len(long_roof), 20.0)
    )
    spans = np.unique(np.round([(m.bounds[0], m.bounds[2]) for m in frame.polygons], 3), axis=0)
    spans = spans[np.argsort(spans[:, 0])]
    gaps = spans[1:, 0] - np.maximum.accumulate(spans[:, 1])[:-1]
    ends = np.flatnonzero(gaps > 0.9)
    fields = np.split(spans, ends + 1)
    assert len(fields) == 3 and all(f[:, 1].max() - f[:, 0].min() <= 40 + 1e-6 for f in fields)
    laned, whole = (packed.groupby("plane_id").size() for packed in (with_lanes, without))
    assert laned["b0-1"] < whole["b0-1"]
    assert laned["b1-1"] == whole["b1-1"]  # 38.9 m inside the set-backs


def test_p4_the_projection_of_the_map_does_not_matter():
    here = roofs([box(0, 0, 13, 7), box(0, 0, 22, 14)], [30, 0], [231, 180])
    there = here.to_crs(3008)
    ours, theirs = (modules.arrays(frame, DEFAULT) for frame in (here, there))
    turn = (ours["azimuth_deg"] - theirs["azimuth_deg"] + 180) % 360 - 180
    assert turn.abs().max() < 0.01
    assert capacity(here).tolist() == capacity(there).tolist()


def test_racks_follow_the_walls_as_near_east_as_they_can():
    east = roofs([shapely.affinity.rotate(box(0, 0, 30, 12), turn, origin=(0, 0)) for turn in (0, 20, 50)], 0, 180)
    receivers = modules.arrays(modules.with_capacity(east, modules.pack(east, DEFAULT), DEFAULT), DEFAULT)
    first = receivers[receivers["array_id"].str.endswith("-a")]["azimuth_deg"].to_numpy()
    assert first == pytest.approx([90, 70, 130], abs=0.01)
    second = receivers[receivers["array_id"].str.endswith("-b")]["azimuth_deg"].to_numpy()
    assert (second - first) % 360 == pytest.approx(180)
    assert receivers.groupby("plane_id")["share"].sum().tolist() == [1, 1, 1]
    assert set(receivers["tilt_deg"]) == {10.0}


def test_both_ways_of_standing_on_a_flat_roof_are_counted():
    planes = roofs([box(0, 0, 10, 14), box(0, 0, 10, 6)], [0, 30], 180)
    assert modules.flat_layouts(planes, DEFAULT).to_dict("index") == {
        "b0-1": {"kwp_east_west": 32 * 0.45, "kwp_south": 22 * 0.45}
    }


def test_the_chain_adds_up():
    planes = modules.usable(roofs([box(0, 0, 10, 6), box(0, 0, 100, 50)], [30, 0], [200, 180]), DEFAULT)
    packed = modules.pack(planes, DEFAULT)
    planes = modules.with_capacity(planes, packed, DEFAULT, without_lanes=modules.pack(planes, DEFAULT, lanes=False))
    chain = modules.chain(planes, planes[["building_id", "geometry"]])
    assert chain.loc["b0", "plane_m2"] == pytest.approx(60)
    assert chain.loc["b0", "usable_m2"] == pytest.approx(9.4 * 5.4 * 0.9, rel=1e-6)
    assert chain.loc["b0", "kwp"] == pytest.approx(22 * 0.45)
    assert chain.loc["total", "footprint_m2"] == pytest.approx(60 * np.cos(np.radians(30)) + 5000)
    assert chain.loc["total", ["kwp", "modules"]].tolist() == pytest.approx([len(packed) * 0.45, len(packed)])
    assert chain.loc["b1", "kwp"] < chain.loc["b1", "kwp_without_lanes"]
    steps = chain[["plane_m2", "usable_m2", "packed_m2"]].to_numpy()
    assert (np.diff(steps[0]) < 0).all()


def test_obstacle_allowance_takes_its_share_of_modules():
    planes = roofs([box(0, 0, 40, 12)] * 2, 30, 180)
    whole, less = (capacity(planes, changed(roofs={"obstacle_allowance": share}))[0] for share in (0.0, 0.25))
    assert less == round(0.75 * whole)


SIZES = [box(0, 0, 10, 6), box(0, 0, 3.2, 3.0), box(0, 0, 70, 50), box(0, 0, 100, 12), box(0, 0, 24, 15)]
FIELDS = {
    "roofs": {
        "flat_below_deg": 2.0,
        "edge_setback_m": 0.8,
        "ridge_setback_m": 0.9,
        "flat_edge_setback_m": 2.5,
        "rescue_lane_m": 3.0,
        "rescue_field_m": 20.0,
        "obstacle_allowance": 0.3,
    },
    "module": {
        "power_w": 400.0,
        "width_m": 1.0,
        "height_m": 1.6,
        "gap_m": 0.3,
        "flat_layout": "south",
        "flat_tilt_deg": 25.0,
        "tent_gap_m": 1.0,
        "min_modules": 2,
    },
}


@pytest.mark.parametrize(("section", "field"), [(s, f) for s, fields in FIELDS.items() for f in fields])
def test_every_setting_of_roofs_and_modules_changes_the_capacity(section, field):
    planes = roofs(SIZES, [30, 30, 0, 20, 3], 180)
    value = FIELDS[section][field]
    before, after = (
        modules.with_capacity(planes, modules.pack(planes, chosen), chosen)["kwp"].sum()
        for chosen in (DEFAULT, changed(**{section: {field: value}}))
    )
    assert before != after


def test_row_shade_angle_spreads_south_rows():
    planes = roofs(SIZES, 0, 180)
    near, far = (
        capacity(planes, changed(module={"flat_layout": "south", "row_shade_angle_deg": angle})).sum() for angle in (30.0, 8.0)
    )
    assert near > far


def test_no_planes_give_empty_tables_with_the_same_columns():
    none = roofs(SIZES, 30, 180)[:0]
    assert modules.usable(none, DEFAULT)["usable_m2"].empty
    packed = modules.pack(none, DEFAULT)
    assert packed.empty and list(packed.columns) == modules.MODULE_COLUMNS
    assert modules.arrays(none, DEFAULT).empty


def test_two_thousand_planes_within_a_tenth_of_a_minute():
    rng = np.random.default_rng(4)
    shapes = [box(0, 0, w, h) for w, h in zip(rng.uniform(5, 25, 2000), rng.uniform(3, 10, 2000), strict=True)]
    planes = roofs(shapes, np.where(np.arange(2000) % 5, 30, 0), rng.uniform(0, 360, 2000))
    modules.pack(planes[:5], DEFAULT)  # compile
    start = time.process_time()
    assert len(modules.pack(planes, DEFAULT)) > 10_000
    assert time.process_time() - start < 6.0


def test_moduler_counts_within_each_plane_from_one():
    packed = modules.pack(roofs([box(0, 0, 10, 6), box(0, 0, 20, 12)], [30, 0], 180), DEFAULT)
    for _, rows in packed.groupby("plane_id"):
        assert rows["module_n"].tolist() == list(range(1, len(rows) + 1))
        assert rows["row"].min() == 1
    assert isinstance(packed, gpd.GeoDataFrame) and packed.crs == 3006
    assert pd.Series(packed["array_id"]).str.endswith(("-1", "-a", "-b")).all()
