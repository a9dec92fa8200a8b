"""Addresses for the map's search: only when their publication has been reviewed, only address and place, never who lives there."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point
from shapely.geometry import box

from data.errors import InputError
from data.readers import addresses
from data.settings import Settings
from kil.inputs import open_inputs
from kil.project import Project, open_project

CRS = "EPSG:3006"
E, N = 404_000.0, 6_596_000.0


def written(tmp_path, text, name="adresser.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_nothing_but_the_address_and_its_place_is_kept(tmp_path):
    path = written(
        tmp_path, f"Adress;E;N;Boende;Personnummer\nÖ. Torggatan 3 B;{E};{N};Namn Namnsson;000000-0000\n", encoding="cp1252"
    )
    frame = addresses.read(path, crs=CRS).data
    assert list(frame.columns) == ["address", "x", "y", "building_id"]
    assert frame["address"].tolist() == ["Ö. Torggatan 3 B"] and "Namnsson" not in frame.to_csv()


def test_street_number_and_letter_are_put_together(tmp_path):
    path = written(tmp_path, f"Gatunamn;Nr;Bokstav;X;Y\nÅgatan;12;B;{E};{N}\nByn;;;{E};{N}\n;7;;{E};{N}\n")
    reading = addresses.read(path, crs=CRS)
    assert reading.data["address"].tolist() == ["Ågatan 12 B", "Byn"]
    assert "1 rad saknar adress" in " ".join(reading.warnings)


def test_points_of_a_register_are_brought_to_the_municipalitys_system(tmp_path):
    columns = {
        "adressomrade": ["Ågatan", "Ågatan"],
        "adressplatsnummer": [1, 2],
        "bokstavstillagg": [None, "C"],
        "postort": ["Kil", "Kil"],
    }
    shapes = gpd.GeoSeries([Point(E, N), Point(E + 50, N)], crs=CRS).to_crs(4326)
    path = tmp_path / "adresser.gpkg"
    gpd.GeoDataFrame(columns, geometry=shapes).to_file(path)
    reading = addresses.read(path, crs=CRS)
    assert reading.data["address"].tolist() == ["Ågatan 1", "Ågatan 2 C"]
    assert reading.data["x"].tolist() == pytest.approx([E, E + 50], abs=0.01)
    assert "omräknad" in reading.warnings[0]


def test_an_address_leads_to_the_building_it_lies_in_or_stands_before():
    outlines = [box(E, N, E + 20, N + 10), box(E + 100, N, E + 120, N + 10)]
    buildings = gpd.GeoDataFrame({"building_id": ["a", "b"]}, geometry=outlines, crs=CRS)
    rows = [
        ("inne", E + 5, N + 5, None),
        ("entré", E + 110, N - 8, None),
        ("skog", E + 500, N, None),
        ("angiven", None, None, "b"),
        ("okänd", None, None, "z"),
    ]
    frame = pd.DataFrame(rows, columns=["address", "x", "y", "building_id"], index=[9, 7, 5, 3, 1])
    found = addresses.located(frame, buildings)
    assert found["building_id"].fillna("").tolist() == ["a", "b", "", "b", "z"]
    assert box(E + 100, N, E + 120, N + 10).contains(Point(found.loc[3, "x"], found.loc[3, "y"]))
    assert list(found.index) == list(frame.index) and frame["building_id"].isna().sum() == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Namn;X;Y\nA;1;2\n", "kolumnen saknas"),
        ("Adress\nÅgatan 1\n", "ingen adress med läge"),
        ("Adress;X;Y\nÅgatan 1;13,3;59,5\n", "grader"),
        ("Adress;X;Y\nÅgatan 1;404000;nord\n", "'nord'"),
    ],
)
def test_bad_files(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        addresses.read(written(tmp_path, text), crs=CRS)


def test_a_folder_where_the_addresses_should_be_is_told_before_any_review(tmp_path):
    (tmp_path / "indata" / "adresser.csv").mkdir(parents=True)
    settings = Settings.model_validate({"municipality": {"name": "P", "site": {"latitude": 59.5, "longitude": 13.3}}})
    with pytest.raises(InputError, match="mapp"):
        open_inputs(Project(tmp_path, settings, tmp_path / "kil.toml"), ["addresses"], required=())


@pytest.mark.parametrize("reviewed", [False, True])
def test_addresses_reach_the_map_only_when_kil_toml_says_so(tmp_path, reviewed):
    (tmp_path / "indata").mkdir()
    written(tmp_path / "indata", f"Adress;X;Y\nÅgatan 1;{E};{N}\n")
    site = "{ latitude = 59.5, longitude = 13.3 }"
    settings = f'[municipality]\nname = "P"\nsite = {site}\n[addresses]\nreviewed = {str(reviewed).lower()}\n'
    (tmp_path / "kil.toml").write_text(settings)
    project, _ = open_project(tmp_path)
    opened = open_inputs(project, ["addresses"], required=())
    assert (opened.get("addresses") is not None) == reviewed
    assert any("granskad" in warning for warning in opened.warnings) != reviewed
