"""Every true roof of the example packed, and all of it counted again with shapely alone (docs/metod/effekt.md, P2, P3, P5).

The recount turns outlines and modules into the roof's own metres itself, with pyproj's convergence; it uses no function of solar/.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from data.settings import SolarSettings
from kil.project import example_folder
from solar import modules

SHORT_M, LONG_M, POWER_W, GAP_M = 1.134, 1.762, 450.0, 0.02
RACK_TILT, RACKS_BELOW = 10.0, 5.0
EDGE_M, FLAT_EDGE_M, ALLOWANCE = 0.3, 1.0, 0.10
FIELD_M, LANE_M = 40.0, 1.0
NEAR_M = 0.005
"""Metres: the set-back's round corners are drawn with few sides, and rows start on a lattice of 5 mm."""


@pytest.fixture(scope="module")
def roofs():
    """The true planes, and the direction [deg from grid north] each faces; the footprints."""
    truth = example_folder() / "facit.gpkg"
    planes = gpd.read_file(truth, layer="takytor").drop(columns=["key", "part"])
    crs, middle = pyproj.CRS("EPSG:3006"), planes.geometry.centroid
    place = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(middle.x, middle.y)
    planes["grid"] = planes["azimuth_deg"] - pyproj.Proj(crs).get_factors(*place).meridian_convergence
    return planes, gpd.read_file(truth, layer="byggnader")[["building_id", "geometry"]]


def laid_out(planes, footprints, *, lanes):
    settings = SolarSettings(roofs={} if lanes else {"rescue_lane_m": 0.0})
    moduler = modules.pack(planes, settings)
    free = modules.pack(planes, settings, lanes=False)
    table = modules.with_capacity(modules.usable(planes, settings), moduler, settings, without_lanes=free)
    return table, moduler, modules.chain(table, footprints), footprints


@pytest.fixture(scope="module")
def some(roofs):
    """The buildings of the 15 planes that hold most, packed with lanes."""
    planes, footprints = roofs
    ids = planes.nlargest(15, "area_m2")["building_id"]
    return laid_out(*(part[part["building_id"].isin(ids)].reset_index(drop=True) for part in (planes, footprints)), lanes=True)


def in_own_metres(shapes, plane):
    """Return map shapes of a plane turned so that the slope rises along y, and stretched to its true length (racks: as seen from above)."""
    middle, turn = plane.geometry.centroid, np.radians(plane.grid + 180.0)
    long = 1.0 if plane.tilt_deg < RACKS_BELOW else np.cos(np.radians(plane.tilt_deg))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn) / long, np.cos(turn) / long]])
    return shapely.transform(shapes, lambda xy: (xy - (middle.x, middle.y)) @ matrix.T)


def sides(rectangles):
    """Return (n, 2) the sides of rectangles, shorter first, and (n,) how far their corners are from right angles."""
    corners = shapely.get_coordinates(rectangles).reshape(len(rectangles), 5, 2)
    first, second = (corners[:, k + 1] - corners[:, k] for k in (0, 1))
    lengths = np.sort(np.column_stack([np.hypot(*first.T), np.hypot(*second.T)]), axis=1)
    return lengths, np.abs((first * second).sum(axis=1))


def faults_of_plane(plane, shapes, *, lanes):
    """Yield what is wrong with the modules of one plane: size, place, overlap, gap, fields between lanes, number."""
    rack = plane.tilt_deg < RACKS_BELOW
    outline, *laid = in_own_metres(np.array([plane.geometry, *shapes], dtype=object), plane)
    laid = np.array(laid, dtype=object)
    if plane.modules != len(laid) or abs(plane.kwp - len(laid) * POWER_W / 1000) > 1e-9:
        yield "number"
    if abs(plane.packed_m2 - len(laid) * SHORT_M * LONG_M) > 1e-6:
        yield "packed area"
    free = EDGE_M if not rack else FLAT_EDGE_M
    usable = outline.buffer(-free, quad_segs=64).area
    if abs(plane.usable_m2 - (1 - ALLOWANCE) * usable) > 0.003 * usable + 0.01:
        yield "usable area"
    if not len(laid):
        return
    lengths, askew = sides(laid)
    wanted = sorted((SHORT_M * (np.cos(np.radians(RACK_TILT)) if rack else 1.0), LONG_M))
    if np.abs(lengths - wanted).max() > 1e-4 or askew.max() > 1e-3:
        yield "size"
    if not shapely.covers(outline, laid).all() or shapely.distance(outline.boundary, laid).min() < free - NEAR_M:
        yield "outside the set-backs"
    yield from _crowded(laid, rack=rack)
    if lanes and not _in_fields(laid):
        yield "field longer than allowed"


def _crowded(laid, *, rack):
    """Yield overlap, or gap where modules stand nearer than the clamps; the two of a pair of racks lean on each other."""
    first, second = shapely.STRtree(laid).query(laid, predicate="dwithin", distance=0.9 * GAP_M)
    first, second = first[first < second], second[first < second]
    if shapely.area(shapely.intersection(laid[first], laid[second])).sum() > 1e-6:
        yield "overlap"
    elif len(first) > (len(laid) / 2 if rack else 0):
        yield "gap"


def _in_fields(laid):
    """Say whether modules nearer to each other than a lane make groups no longer and no deeper than a field, along the rows and across."""
    corners = shapely.get_coordinates(laid[0])
    along = (corners[1] - corners[0]) / np.hypot(*(corners[1] - corners[0]))
    straight = shapely.transform(laid, lambda xy: xy @ np.array([[along[0], -along[1]], [along[1], along[0]]]))
    wide = shapely.buffer(straight, LANE_M / 2 - NEAR_M, join_style="mitre")
    west, south, east, north = shapely.bounds(shapely.get_parts(shapely.union_all(wide))).T
    return max((east - west).max(), (north - south).max()) <= FIELD_M + LANE_M


def faults(table, moduler, chain, footprints, *, lanes):
    """Return every fault of the whole as (plane or building, what)."""
    shapes = {id_: part.geometry.to_numpy() for id_, part in moduler.groupby("plane_id")}
    found = [("moduler", "plane unknown")] if set(shapes) - set(table["plane_id"]) else []
    for plane in table.itertuples():
        own = shapes.get(plane.plane_id, np.empty(0, dtype=object))
        found += [(plane.plane_id, what) for what in faults_of_plane(plane, own, lanes=lanes)]
        if plane.kwp_without_lanes < plane.kwp - 1e-9 or (not lanes and plane.kwp_without_lanes != plane.kwp):
            found.append((plane.plane_id, "kWp without lanes"))
    true = table.geometry.area / np.cos(np.radians(table["tilt_deg"]))
    sums = pd.DataFrame(
        {
            "plane_m2": true,
            "usable_m2": table["usable_m2"],
            "packed_m2": table["plane_id"].map({id_: len(own) for id_, own in shapes.items()}).fillna(0) * SHORT_M * LONG_M,
            "kwp": table["plane_id"].map({id_: len(own) for id_, own in shapes.items()}).fillna(0) * POWER_W / 1000,
        }
    )
    sums = sums.groupby(table["building_id"]).sum().reindex(footprints["building_id"], fill_value=0.0)
    sums.insert(0, "footprint_m2", footprints.geometry.area.to_numpy())
    told = chain.loc[footprints["building_id"], sums.columns]
    found += [(id_, "chain") for id_ in sums.index[(np.abs(told - sums) > 0.001 * sums + 0.02).any(axis=1).to_numpy()]]
    total = np.abs(chain.loc["total", sums.columns] - sums.sum()) > 1e-4 * sums.sum()
    found += [("total", name) for name in sums.columns[total.to_numpy()]]
    steps = chain.loc["total", ["plane_m2", "usable_m2", "packed_m2"]].to_numpy(float)
    return found + ([("total", "a step holds more than the one before")] if (np.diff(steps) >= 0).any() else [])


@pytest.mark.parametrize("lanes", [True, False])
def test_p2_p3_p5_every_roof_of_the_example_counted_again_by_other_means(roofs, lanes):
    table, moduler, chain, footprints = laid_out(*roofs, lanes=lanes)
    assert len(table) > 700 and len(moduler) > 20_000 and (table["modules"] == 0).sum() > 5
    assert (table["tilt_deg"] < RACKS_BELOW).sum() > 10 and (table["kwp_without_lanes"] > table["kwp"]).any() == lanes
    assert faults(table, moduler, chain, footprints, lanes=lanes) == []


def shifted(rows, dx):
    return rows.assign(geometry=shapely.transform(rows.geometry.to_numpy(), lambda xy: xy + np.array([1.0, 0.0]) * dx))


def of_largest(table, rows):
    """Return the row numbers of the modules on the plane that holds most."""
    return rows.index[rows["plane_id"] == table.loc[table["modules"].idxmax(), "plane_id"]]


SPOILT = {
    "overlap": lambda t, m: (t, pd.concat([m.drop(of_largest(t, m)[40]), shifted(m.loc[[of_largest(t, m)[41]]], 0.3)])),
    "outside the set-backs": lambda t, m: (t, shifted(m, 0.5)),
    "number": lambda t, m: (t, m.drop(of_largest(t, m)[7])),
    "size": lambda t, m: (t, m.assign(geometry=m.geometry.scale(0.99, 0.99))),
    "usable area": lambda t, m: (t.assign(usable_m2=t["usable_m2"] * 1.02), m),
    "packed area": lambda t, m: (t.assign(packed_m2=t["packed_m2"] * 1.001), m),
    "kWp without lanes": lambda t, m: (t.assign(kwp_without_lanes=t["kwp"] - 0.45), m),
    "chain": lambda t, m: (t, pd.concat([m, m.loc[of_largest(t, m)]], ignore_index=True)),
    "plane unknown": lambda t, m: (t.iloc[1:], m),
}


@pytest.mark.parametrize("what", SPOILT)
def test_the_recount_finds_what_is_spoilt(some, what):
    table, moduler, chain, footprints = some
    assert faults(*some, lanes=True) == []
    assert what in {fault for _, fault in faults(*SPOILT[what](table, moduler), chain, footprints, lanes=True)}


def test_the_recount_finds_lanes_that_are_missing(some):
    table, _, chain, footprints = some
    whole = modules.pack(table, SolarSettings(), lanes=False)
    counts = table["plane_id"].map(whole.groupby("plane_id").size()).fillna(0)
    more = table.assign(modules=counts, kwp=counts * 0.45, packed_m2=counts * SHORT_M * LONG_M)
    assert "field longer than allowed" in {fault for _, fault in faults(more, whole, chain, footprints, lanes=True)}
