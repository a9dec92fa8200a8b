"""The GeoPackage opens with Swedish headings, a style a layer, and metadata."""

import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import box

from data import layers
from kil import geopackage


@pytest.fixture
def file(tmp_path):
    tak = gpd.GeoDataFrame(
        {"plane_id": ["a-1", "a-2"], "class": ["top", "poor"], "is_flat": pd.array([True, None], "boolean"), "kwp": [1.5, None]},
        geometry=[box(0, 0, 5, 5), box(5, 0, 9, 5)],
        crs="EPSG:3006",
    ).assign(survey_date=pd.to_datetime(["2020-05-01", None]))
    path = tmp_path / "s.gpkg"
    geopackage.write(path, {"tak": tak, "moduler": tak.iloc[:0]}, {"tak": layers.TAK}, description="EXEMPELDATA")
    return path


def rows(file, query):
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def test_layers_hold_what_was_given_and_empty_ones_are_left_out(file):
    assert [name for name, geometry in pyogrio.list_layers(file) if geometry] == ["tak"]
    back = gpd.read_file(file, layer="tak")
    assert back.crs == "EPSG:3006"
    assert back["plane_id"].tolist() == ["a-1", "a-2"]
    assert back["kwp"].iloc[0] == 1.5
    assert str(back["survey_date"].iloc[0])[:10] == "2020-05-01"
    assert back["survey_date"].isna().tolist() == [False, True]


def test_yes_and_no_are_no_words(file):
    """QGIS filters `is_flat`: written as the text 'False' it would be true."""
    types = {row[1]: row[2] for row in rows(file, "PRAGMA table_info(tak)")}
    assert types["is_flat"] == "BOOLEAN"
    assert rows(file, "SELECT is_flat FROM tak ORDER BY fid") == [(1,), (None,)]


def test_columns_have_swedish_titles_with_units(file):
    titles = dict(rows(file, "SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'tak'"))
    assert titles["kwp"] == "Toppeffekt (kW)"
    assert rows(file, "SELECT description FROM gpkg_contents") == [("EXEMPELDATA",)]
    assert rows(file, "SELECT extension_name FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'")


def test_the_style_is_well_formed_and_has_every_class(file):
    ((qml, column),) = rows(file, "SELECT styleQML, f_geometry_column FROM layer_styles WHERE useAsDefault = 1")
    tree = ET.fromstring(qml.split(">", 1)[1])
    assert {c.get("value") for c in tree.iter("category")} == set(layers.CLASSES)
    assert {s.get("name") for s in tree.iter("symbol")} == {c.get("symbol") for c in tree.iter("category")}
    assert column == "geom"
