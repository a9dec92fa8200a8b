"""Geometry for the map: positions kept within 0.1 m, modules rebuilt from their steps, GeoJSON with its properties."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.affinity import rotate, translate
from test_maps_pack import decode

from maps import layers
from maps.pack import Packer

CRS = "EPSG:3006"
HERE = (404_000.0, 6_597_000.0)
CM = 0.02


def frame(shapes, crs=CRS, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def metres(degrees: np.ndarray) -> np.ndarray:
    return np.column_stack(Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(degrees[:, 0], degrees[:, 1]))


def test_polygons_keep_their_corners_parts_and_holes():
    holed = shapely.box(0, 0, 20, 10).difference(shapely.box(5, 3, 8, 6))
    two = shapely.MultiPolygon([shapely.box(30, 0, 40, 10), shapely.box(45, 0, 50, 5)])
    given = [translate(shape, *HERE) for shape in (holed, two)]
    packer = Packer()
    tree = layers.polygons(packer, frame(given))
    _, arrays = decode(packer.block(tree))
    assert arrays[tree["row"]["@"]] == [1, 2]
    assert arrays[tree["part"]["@"]] == [2, 1, 1]
    assert arrays[tree["ring"]["@"]] == [4, 4, 4, 4]
    points = metres(np.column_stack([arrays[tree[axis]["@"]] for axis in ("x", "y")]) / 1e6)
    wanted = np.vstack([shapely.get_coordinates(shape) for shape in given])
    gaps = shapely.distance(shapely.points(points)[:, None], shapely.points(wanted)[None, :]).min(axis=1)
    assert gaps.max() < 0.1


def test_modules_are_rebuilt_from_two_edges_and_steps():
    rng = np.random.default_rng(3)
    boxes, planes = [], []
    for plane, turn in (("a-1", 17.0), ("a-2", 107.0)):
        for i in range(6):
            for j in range(3):
                box = shapely.box(1.15 * i, 1.8 * j, 1.15 * i + 1.134, 1.8 * j + 1.762)
                boxes.append(translate(rotate(box, turn, origin=(0, 0)), HERE[0] + (40 if plane == "a-2" else 0), HERE[1]))
                planes.append(plane)
    order = rng.permutation(len(boxes))
    packer = Packer()
    given = frame([boxes[i] for i in order], plane_id=[planes[i] for i in order])
    tree = layers.modules(packer, given, {"a-1": 0})
    _, arrays = decode(packer.block(tree))
    counts = arrays[tree["count"]["@"]]
    slot, across, pitch = (np.array(arrays[tree[key]["@"]]) / tree[key].get("s", 1) for key in ("slot", "across", "pitch"))
    assert sum(counts) == 18  # the other plane may not be shown
    corners = np.array(arrays[tree["frame"]["@"]]).reshape(2, -1, 3) / 1e8
    found, start = [], 0
    for group, count in enumerate(counts):
        p, q, r = metres(corners[:, group].T)
        for i in range(count):
            a, b = slot[start + i] * pitch[group], across[start + i]
            at = p + a * (q - p) + b * (r - p)
            found.append(shapely.Polygon([at, at + q - p, at + q - p + r - p, at + r - p]))
        start += count
    for box in boxes[:18]:
        assert min(box.symmetric_difference(other).area for other in found) < CM * 6


def test_background_sorts_roads_by_class_and_names_streets_once():
    lines = [shapely.LineString([(HERE[0] + x, HERE[1]), (HERE[0] + x + 100, HERE[1])]) for x in (0, 100, 200)]
    roads = frame(lines, **{"class": ["gata", "gata", "E-väg okänd"], "name": ["Storgatan", "Storgatan", None]})
    packer = Packer()
    tree = layers.background(packer, {"vagar": roads})
    assert tree["gatunamn"]["name"]["words"] == ["Storgatan"]
    _, arrays = decode(packer.block(tree))
    assert [sum(arrays[rank["row"]["@"]]) for rank in tree["vagar"]] == [0, 0, 3, 0, 0]
    assert arrays[tree["gatunamn"]["length"]["@"]] == [200]


def test_geojson_has_its_properties_and_no_crs_is_refused():
    tree = layers.geojson(frame([translate(shapely.box(0, 0, 9, 9), *HERE)], name=["</script>"], kwp=[float("nan")]))
    feature = tree["features"][0]
    assert feature["properties"] == {"name": "</script>", "kwp": None}
    assert all(len(str(x).split(".")[1]) <= 6 for x, _ in feature["geometry"]["coordinates"][0])
    with pytest.raises(ValueError, match="coordinate system"):
        layers.to_wgs84(frame([shapely.Point(0, 0)], crs=None))
