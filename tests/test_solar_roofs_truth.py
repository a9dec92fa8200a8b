"""Roof planes against known truth: the example (all its roofs), and virtual scans of city models where the shared data is.

The full figures of all buildings and densities: tests/benchmarks/bench_roofs.py; docs/metod/takytor.md shows them.
"""

import json
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import roof_truth as rt
import shapely

import data
from data.readers import buildings, citymodel, elevation, laser
from solar.roofchoice import best_planes
from solar.roofs import planes_from_citymodel, planes_from_dsm, planes_from_points

EXAMPLE = Path(data.__file__).parent / "example"
INPUTS = EXAMPLE / "indata"
CITIES = {
    "zurich": ("cjio_zurich_subset_lod2.json", "EPSG:2056"),
    "denhaag": ("dtcc_DenHaag_01.city.json.zip", "EPSG:28992"),
}


def as_facets(planes):
    return rt.facets_of(planes, convergence_deg=rt.convergence_deg(planes))


def require_aims(truth, found):
    """METHODS of the geometry: at least 95 % found, at most 5 % invented, and the errors of angle and area."""
    score = rt.score(truth, found)
    assert score.recall >= 0.95 and score.invented_share <= 0.05, (score.recall, score.invented_share)
    errors = rt.rmse(score.angle), rt.rmse(score.tilt), rt.rmse(score.azimuth)
    assert errors[0] <= 1.0 and errors[1] <= 1.0 and errors[2] <= 2.0, errors
    median, total = rt.area_errors(truth, found, least_m2=8)
    assert median <= 0.03 and abs(total) <= 0.01, (median, total)
    return score


@pytest.fixture(scope="module")
def example():
    footprints = buildings.read(INPUTS / "byggnader.gpkg", crs="EPSG:3006").data
    dsm = elevation.read(INPUTS / "ytmodell.tif", crs="EPSG:3006").data
    dtm = elevation.read(INPUTS / "markmodell.tif", crs="EPSG:3006", name="dtm").data
    return footprints, dsm, dtm, rt.example_truth(EXAMPLE)


def test_the_examples_surface_model_shows_its_roofs(example):  # A1
    footprints, dsm, dtm, truth = example
    planes = planes_from_dsm(dsm, footprints, dtm=dtm)
    score = require_aims(rt.flat(truth), as_facets(planes))
    assert score.recall >= 0.99 and score.invented_share <= 0.01
    sure = planes["confidence"].to_numpy() >= 0.9
    assert score.right[sure].mean() >= 0.95 and score.right[~sure].mean() < score.right[sure].mean()


@pytest.mark.parametrize("density", [1.0, 1.4])
def test_virtual_points_show_the_examples_roofs(example, density):  # A2
    footprints, _, _, truth = example
    some = {k: v for n, (k, v) in enumerate(truth.items()) if n % 6 == 0}
    scan = rt.scan(rt.flat(some), density=density, seed=21)
    planes = planes_from_points(scan.xyz, footprints, classification=scan.classification, only=set(some))
    require_aims(rt.flat(some), as_facets(planes))


def test_each_roof_is_taken_from_the_source_that_shows_it(example):  # A3
    footprints, dsm, dtm, truth = example
    scan = laser.read(INPUTS / "laserdata", crs="EPSG:3006").data
    wanted = footprints[footprints.intersects(shapely.union_all([shapely.box(*tile.bounds) for tile in scan.tiles]).buffer(30))]
    chosen = best_planes(wanted, scan=scan.batches(wanted), dsm=dsm, dtm=dtm)
    dark = gpd.read_file(EXAMPLE / "facit.gpkg", layer="byggnader").query("dark")["building_id"].tolist()
    assert chosen.ids("dsm", "no_returns") == dark  # black sheet metal that answers nothing
    assert len(chosen.ids("laser")) >= 10 and chosen.ids("none") == []
    assert set(chosen.ids("dsm", "outside_scan")) == set(scan.outside(wanted))
    dated = chosen.planes.loc[chosen.planes["building_id"].isin(chosen.ids("laser")), "survey_date"]
    assert set(dated.dt.year) == {2011, 2022}
    kept = {k: truth[k] for k in wanted["building_id"]}
    require_aims(rt.flat(kept), as_facets(chosen.planes))


@pytest.fixture(scope="module")
def cities(shared_data, tmp_path_factory):
    """Raw facets and joined truth of a sixth of Den Haag and of all Zürich."""
    out = {}
    for name, (file, crs) in CITIES.items():
        path = shared_data / "citymodel" / file
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                path = Path(archive.extract(archive.namelist()[0], tmp_path_factory.mktemp("city")))
        raw = rt.city(path)
        every = 1 if name == "zurich" else 6
        raw = {k: raw[k] for k in sorted(raw)[::every]}
        out[name] = path, crs, raw, {k: rt.merged(rt.visible(v)) for k, v in raw.items()}
    return out


@pytest.mark.shared
@pytest.mark.parametrize(("name", "density"), [("denhaag", 1.0), ("denhaag", 1.4), ("zurich", 1.4)])
def test_virtual_scans_of_cities_meet_the_aims_on_simple_buildings(cities, name, density, record_property):  # A4 A5
    _, crs, raw, truth = cities[name]
    footprints = rt.footprints(truth, crs)
    scan = rt.scan(rt.flat(truth), density=density, seed=31)
    planes_from_points(scan.xyz, footprints, classification=scan.classification, only={next(iter(truth))})  # compiles
    start = time.process_time()
    planes = planes_from_points(scan.xyz, footprints, classification=scan.classification)
    each_ms = 1000 * (time.process_time() - start) / len(footprints)
    found = as_facets(planes)
    simple = set(rt.simple(raw))
    require_aims([f for f in rt.flat(truth) if f.building in simple], [f for f in found if f.building in simple])
    everything = rt.score(rt.flat(truth), found)
    record_property(
        "all_buildings", json.dumps({"recall": everything.recall, "invented": everything.invented_share, "ms": each_ms})
    )
    assert everything.recall >= 0.93 and each_ms < 120  # 12-30 ms on a quiet machine; others may be running
    confidence = planes["confidence"].to_numpy()
    said = (confidence >= 0.85) & (confidence < 0.95)
    assert 0.82 <= everything.right[said].mean() <= 0.98, everything.right[said].mean()
    assert everything.right[confidence >= 0.95].mean() > 0.94 and everything.right[confidence < 0.5].mean() < 0.65


@pytest.mark.shared
def test_a_city_models_own_planes_are_its_surfaces(cities):  # A6
    path, _, raw, truth = cities["zurich"]
    model = citymodel.read(path).data
    planes = planes_from_citymodel(model)
    planes = planes[planes["building_id"].isin(raw)]
    score = rt.score(rt.flat(truth), as_facets(planes))
    assert score.recall == 1.0 and score.invented_share < 0.01 and rt.rmse(score.angle) < 0.2
    assert np.abs(score.area_ratio - 1).max() < 0.5 and np.median(np.abs(score.area_ratio - 1)) < 1e-3


@pytest.mark.shared
def test_real_laser_points_without_crs_give_planes_that_fit(shared_data):  # A7
    folder = shared_data / "lidar_goteborg"
    footprints = buildings.read(folder / "by_get.shp", crs="EPSG:3006").data
    reading = laser.read(folder / "gvc.las", crs="EPSG:3006")
    big = footprints[footprints.area > 300]
    chosen = best_planes(footprints, scan=reading.data.batches(footprints))
    planes = chosen.planes[chosen.planes["building_id"].isin(big["building_id"])]
    assert any("gvc.las" in said for said in reading.warnings)
    assert set(chosen.origins["building_id"]) == set(footprints["building_id"])  # every building is accounted for
    cover = planes.groupby("building_id")["geometry"].apply(lambda g: shapely.union_all(g.to_numpy()).area)
    share = cover.reindex(big["building_id"]).to_numpy() / big.area.to_numpy()
    assert np.median(share) > 0.9 and planes["fit_rmse_m"].median() < 0.08
