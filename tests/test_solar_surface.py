"""A surface model from points (docs/metod/ytmodell.md, Y1-Y4), on a slope with a block, a tree and a wire whose heights are known."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from solar.surface import PointGrids

SIDE = 60.0
BLOCK = (20.0, 20.0, 36.0, 30.0)
TREE, RADIUS, HEIGHT = (48.0, 40.0), 5.0, 9.0
DENSITY = 1.4


def ground(x, y):
    return 100 + 0.03 * x + 0.01 * y


def scan(seed=5, noise=0.03):
    """Points of the scene with Lantmäteriet's classes: 2 ground, 1 everything else."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, SIDE, (2, round(DENSITY * SIDE**2)))
    z, classes = ground(x, y), np.full(len(x), 2)
    on_block = (x > BLOCK[0]) & (x < BLOCK[2]) & (y > BLOCK[1]) & (y < BLOCK[3])
    in_tree = np.hypot(x - TREE[0], y - TREE[1]) < RADIUS
    z[on_block], classes[on_block] = 112.0, 1
    z[in_tree] += HEIGHT
    classes[in_tree] = 1
    wire = np.column_stack([np.linspace(0, SIDE, 30), np.full(30, 55.0), np.full(30, 110.0)])
    xyz = np.concatenate([np.column_stack([x, y, z + rng.normal(0, noise, len(x))]), wire])
    return xyz, np.concatenate([classes, np.ones(30, int)])


@pytest.fixture(scope="module")
def models():
    footprints = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(*BLOCK)], crs="EPSG:3006")
    grids = PointGrids((0, 0, SIDE, SIDE), footprints)
    xyz, classes = scan()
    half = len(xyz) // 2
    grids.add(xyz[:half], classes[:half])
    grids.add(xyz[half:], classes[half:])
    return grids.models()


def test_y1_the_ground_is_found_under_roof_and_crown(models):
    _, dtm, _ = models
    error = dtm - ground(dtm["x"], dtm["y"])
    assert float(np.sqrt((error**2).mean())) < 0.15
    under = error.sel(x=slice(BLOCK[0], BLOCK[2]), y=slice(BLOCK[3], BLOCK[1]))
    assert float(abs(under).max()) < 0.5


def test_y2_the_surface_is_roof_on_the_roof_and_ground_beside(models):
    dsm, dtm, _ = models
    roof = dsm.sel(x=slice(BLOCK[0] + 1, BLOCK[2] - 1), y=slice(BLOCK[3] - 1, BLOCK[1] + 1))
    assert float(abs(roof - 112.0).max()) < 0.15
    beside = dsm.sel(x=slice(2, BLOCK[0] - 2)) - dtm.sel(x=slice(2, BLOCK[0] - 2))
    assert float(abs(beside).max()) == 0


def test_y3_a_crown_is_a_crown_and_never_a_surface_and_a_wire_is_neither(models):
    dsm, dtm, trees = models
    here = {"x": TREE[0], "y": TREE[1], "method": "nearest"}
    assert float(trees.sel(**here)) == pytest.approx(HEIGHT, abs=0.2)
    assert float((dsm - dtm).sel(**here)) == 0
    area = float((trees > 0).sum())
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.25)
    assert float(trees.sel(y=55.0, method="nearest").max()) == 0


def test_y4_in_pieces_or_whole_the_same(models):
    footprints = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(*BLOCK)], crs="EPSG:3006")
    grids = PointGrids((0, 0, SIDE, SIDE), footprints)
    grids.add(*scan())
    for whole, pieces in zip(grids.models(), models, strict=True):
        np.testing.assert_allclose(whole, pieces, atol=1e-4)


def test_without_ground_points_it_says_so():
    footprints = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(*BLOCK)], crs="EPSG:3006")
    grids = PointGrids((0, 0, SIDE, SIDE), footprints)
    xyz, classes = scan()
    grids.add(xyz, np.ones_like(classes))
    with pytest.raises(ValueError, match="ground"):
        grids.models()
