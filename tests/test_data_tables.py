"""Contracts: every fault at once, named by file, row and column."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from data import layers
from data.errors import InputError
from data.tables import Column, Table, validate

TABLE = Table(
    "prov",
    "a table",
    (
        Column("id", "str", "identity", "Id", unique=True),
        Column("share", "float", "a share", "Andel", minimum=0, maximum=1, nullable=True),
        Column("kind", "str", "a kind", "Slag", values=("a", "b"), required=False, nullable=True),
        Column("n", "int", "a count", "Antal"),
    ),
)


def faults(frame, table=TABLE, **where):
    with pytest.raises(InputError) as caught:
        validate(frame, table, file="prov.xlsx", **where)
    return caught.value.faults


def test_every_fault_is_told_with_row_and_column():
    frame = pd.DataFrame({"id": ["x", "x", None], "share": [2.0, -1.0, 0.5], "kind": ["a", "c", None], "n": [1, 2, 3]})
    found = {(fault.row, fault.column): str(fault) for fault in faults(frame, sheet="Blad1")}
    assert {(2, "Id"), (3, "Id"), (4, "Id"), (2, "Andel"), (3, "Andel"), (3, "Slag")} == set(found)
    assert found[2, "Andel"].startswith("prov.xlsx, blad Blad1, rad 2, kolumn Andel: 2.0 är för stort; väntat: ett tal ≥ 0 ≤ 1")
    assert "a, b" in found[3, "Slag"]


def test_missing_columns_are_all_named():
    assert {fault.column for fault in faults(pd.DataFrame({"share": [0.1]}))} == {"Id", "Antal"}


def test_text_where_a_number_is_meant():
    (fault,) = faults(pd.DataFrame({"id": ["x"], "share": [0.1], "n": ["många"]}))
    assert "'många' är inte ett heltal" in str(fault)


def test_row_numbers_of_the_file_are_used():
    frame = pd.DataFrame({"id": ["x"], "share": [9.0], "n": [1]}, index=[7])
    (fault,) = faults(frame, rows=pd.Series({7: 41}))
    assert fault.row == 41


def test_valid_frame_keeps_its_extra_columns_and_gets_the_optional_ones():
    frame = validate(pd.DataFrame({"extra": [1], "n": [2], "share": [None], "id": ["x"]}), TABLE, file="prov.xlsx")
    assert list(frame.columns) == ["id", "share", "kind", "n", "extra"]
    assert frame["kind"].isna().all()


@pytest.mark.parametrize(("crs", "words"), [(None, "koordinatsystemet är inte angivet"), (4326, "i grader")])
def test_a_layer_must_state_metres(crs, words):
    frame = gpd.GeoDataFrame({"building_id": ["a"], "footprint_position": ["unknown"]}, geometry=[box(0, 0, 1, 1)], crs=crs)
    (fault,) = faults(frame, layers.BUILDINGS)
    assert words in str(fault)


def test_a_long_column_of_faults_is_cut():
    assert len(faults(pd.DataFrame({"id": map(str, range(500)), "share": 5.0, "n": 1}))) == 20
