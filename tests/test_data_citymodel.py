"""City models written here as CityJSON 1.1, 2.0 and CityJSONSeq; roofs and surface model made from them. docs/metod/takytor.md."""

import copy
import json

import numpy as np
import pytest
import roof_truth as rt
from pyproj import CRS

from data.errors import InputError
from data.readers import citymodel
from solar.modelsurface import surface_from_citymodel
from solar.roofs import planes_from_citymodel

X, Y = 85_000.0, 446_000.0
CORNERS = [(0, 0, 0), (12, 0, 0), (12, 8, 0), (0, 8, 0), (0, 0, 5), (12, 0, 5), (12, 8, 5), (0, 8, 5), (0, 4, 8), (12, 4, 8)]
FACES = {
    "GroundSurface": [[3, 2, 1, 0]],
    "WallSurface": [[0, 1, 5, 4], [2, 3, 7, 6], [1, 2, 6, 9, 5], [3, 0, 4, 8, 7]],
    "RoofSurface": [[4, 5, 9, 8], [6, 7, 8, 9]],
}
TILT = np.degrees(np.arctan(3 / 4))


def solid(*, lod="2.2", semantic=True):
    """A house of 12 x 8 m with a gable roof of 36.9 deg, ridge along x."""
    boundaries, values = [], []
    for n, faces in enumerate(FACES.values()):
        boundaries += [[face] for face in faces]
        values += [n] * len(faces)
    geometry = {"type": "Solid", "lod": lod, "boundaries": [boundaries]}
    if semantic:
        surfaces = [{"type": kind, "Slope": 1, "Direction": 2} for kind in FACES]
        geometry["semantics"] = {"surfaces": surfaces, "values": [values]}
    return geometry


def model(**options):
    box = {"type": "Solid", "lod": "1.2", "boundaries": [[[[0, 1, 2, 3]], [[4, 5, 6, 7]]]]}
    part = {"type": "BuildingPart", "parents": ["hus"], "geometry": [box, solid(**options)]}
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [X, Y, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "CityObjects": {"hus": {"type": "Building", "children": ["hus-1"]}, "hus-1": part, "bro": {"type": "Bridge"}},
        "vertices": [[round(1000 * c) for c in corner] for corner in CORNERS],
    }


def save(folder, content, name="stad.city.json"):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def check_house(planes):
    assert planes["building_id"].tolist() == ["hus", "hus"] and planes["plane_id"].tolist() == ["hus-1", "hus-2"]
    assert planes["tilt_deg"].to_numpy() == pytest.approx([TILT, TILT], abs=1e-6)
    assert planes["area_m2"].to_numpy() == pytest.approx([60.0, 60.0], abs=0.01)
    grid = [(a - c) % 180 for a, c in zip(planes["azimuth_deg"], rt.convergence_deg(planes), strict=True)]
    assert min(abs(g - n) for g in grid for n in (0, 180)) < 0.01
    assert set(planes["ground_z_m"]) == {0.0}
    assert planes["z_m"].to_numpy() == pytest.approx([6.5, 6.5], abs=0.01)


def test_the_highest_level_2_is_read_and_a_compound_crs_reduced(tmp_path):
    reading = citymodel.read(save(tmp_path, model()))
    assert reading.data.crs == CRS("EPSG:28992") and reading.warnings == ()
    assert reading.data.buildings == ("hus",) and len(reading.data.rings) == 7  # of LoD 2.2, not the box of 1.2
    check_house(planes_from_citymodel(reading.data))


def test_version_1_1_and_a_multisurface_are_the_same(tmp_path):
    old = model()
    old["version"] = "1.1"
    house = old["CityObjects"]["hus-1"]["geometry"][1]
    house.update(type="MultiSurface", boundaries=house["boundaries"][0])
    house["semantics"]["values"] = house["semantics"]["values"][0]
    check_house(planes_from_citymodel(citymodel.read(save(tmp_path, old)).data))


def test_a_sequence_has_a_head_and_a_building_a_line(tmp_path):
    whole = model()
    head = whole | {"CityObjects": {}, "vertices": []}
    lines = [json.dumps(head)]
    for n in range(3):
        objects = {
            f"h{n}": {"type": "Building"},
            f"h{n}-1": {**copy.deepcopy(whole["CityObjects"]["hus-1"]), "parents": [f"h{n}"]},
        }
        corners = [[x + 20_000 * n, y, z] for x, y, z in whole["vertices"]]
        lines.append(json.dumps({"type": "CityJSONFeature", "id": f"h{n}", "CityObjects": objects, "vertices": corners}))
    path = save(tmp_path, "\n".join(lines) + "\n", "stad.city.jsonl")
    planes = planes_from_citymodel(citymodel.read(path).data)
    assert planes["building_id"].tolist() == ["h0", "h0", "h1", "h1", "h2", "h2"]
    assert planes.geometry.centroid.x.iloc[4] - planes.geometry.centroid.x.iloc[0] == pytest.approx(40, abs=1e-3)
    path.write_text("\n".join(lines)[:-30], encoding="utf-8")
    with pytest.raises(InputError, match="rad 4"):
        citymodel.read(path)


def test_normals_and_what_is_seen_from_above_decide_where_nothing_is_named(tmp_path):
    reading = citymodel.read(save(tmp_path, model(semantic=False)))
    assert set(reading.data.kinds) == {"unknown"}
    check_house(planes_from_citymodel(reading.data))


def test_a_missing_crs_comes_from_the_settings(tmp_path):
    bare = model()
    del bare["metadata"]
    path = save(tmp_path, bare)
    reading = citymodel.read(path, crs="EPSG:7415")
    assert reading.data.crs == CRS("EPSG:28992") and any("stad.city.json" in said for said in reading.warnings)
    nameless = citymodel.read(path).data
    assert nameless.crs is None
    with pytest.raises(InputError):
        planes_from_citymodel(nameless)
    check_house(planes_from_citymodel(nameless, crs="EPSG:28992"))
    with pytest.raises(InputError, match="EPSG:3006"):
        citymodel.read(path, crs="EPSG:3006")


def test_degrees_are_refused(tmp_path):
    wrong = model()
    wrong["metadata"]["referenceSystem"] = "https://www.opengis.net/def/crs/EPSG/0/4326"
    with pytest.raises(InputError, match=r"stad\.city\.json"):
        citymodel.read(save(tmp_path, wrong))


def test_triangles_of_one_roof_are_one_plane(tmp_path):
    cut = model()
    shell = cut["CityObjects"]["hus-1"]["geometry"][1]
    shell["boundaries"][0][-2:] = [[[4, 5, 9]], [[4, 9, 8]], [[6, 7, 8]], [[6, 8, 9]]]
    shell["semantics"]["values"][0][-2:] = [2, 2, 2, 2]
    check_house(planes_from_citymodel(citymodel.read(save(tmp_path, cut)).data))


def test_a_surface_under_another_is_not_seen(tmp_path):
    covered = model()
    covered["vertices"] += [[-5000, -5000, 4000], [17000, -5000, 4000], [17000, 13000, 4000], [-5000, 13000, 4000]]
    shell = covered["CityObjects"]["hus-1"]["geometry"][1]
    shell["boundaries"][0].append([[10, 11, 12, 13]])  # a canopy of 22 x 18 m under the roof
    shell["semantics"]["values"][0].append(2)
    planes = planes_from_citymodel(citymodel.read(save(tmp_path, covered)).data)
    assert planes["area_m2"].round(3).tolist() == [22 * 18 - 96, 60.0, 60.0]


def test_a_building_without_level_2_is_told_and_a_model_without_any_is_a_fault(tmp_path):
    some = model()
    some["CityObjects"]["lada"] = {"type": "Building", "geometry": [some["CityObjects"]["hus-1"]["geometry"][0]]}
    reading = citymodel.read(save(tmp_path, some))
    assert reading.data.buildings == ("hus",) and any("lada" in said for said in reading.warnings)
    with pytest.raises(InputError, match="LoD2"):
        citymodel.read(save(tmp_path, model(lod="1.3")))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: json.dumps(m)[:400],
        lambda m: "hej",
        lambda m: m | {"version": "1.0"},
        lambda m: m | {"type": "FeatureCollection"},
        lambda m: {k: v for k, v in m.items() if k != "transform"},
        lambda m: m | {"vertices": m["vertices"][:5]},
        lambda m: m | {"vertices": [["a", 1, 2]]},
        lambda m: m | {"CityObjects": {}},
    ],
)
def test_broken_models_are_one_readable_message(tmp_path, spoil):
    with pytest.raises(InputError, match=r"stad\.city\.json"):
        citymodel.read(save(tmp_path, spoil(model())))


def test_the_surface_model_is_the_roof_on_the_roof_and_the_ground_beside(tmp_path):
    ground = model()
    ground["vertices"] += [[-60_000, -60_000, 0], [80_000, -60_000, 0], [80_000, 70_000, 0], [-60_000, 70_000, 0]]
    terrain = {"type": "CompositeSurface", "lod": "2", "boundaries": [[[10, 11, 12]], [[10, 12, 13]]]}
    ground["CityObjects"]["mark"] = {"type": "TINRelief", "geometry": [terrain]}
    dsm, dtm = surface_from_citymodel(citymodel.read(save(tmp_path, ground)).data, step_m=0.5)
    assert dsm.rio.crs == CRS("EPSG:28992") and float(np.abs(dtm).max()) < 1e-6
    x, y = np.meshgrid(dsm["x"] - X, dsm["y"] - Y)
    on_roof = (x > 0) & (x < 12) & (y > 0) & (y < 8)
    exact = np.where(on_roof, 5 + 0.75 * (4 - np.abs(y - 4)), 0.0)
    assert dsm.to_numpy() == pytest.approx(exact, abs=1e-4)
    bare, level = surface_from_citymodel(citymodel.read(save(tmp_path, model())).data)
    assert float(level.max()) == 0.0 and float(bare.max()) > 7.5
