"""Inputs put on each other: everything in the surface model's system, on its grid; lists follow. kil/fitting.py."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401
import xarray as xr
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely.geometry import box

from data.errors import InputError
from kil.fitting import fit, outside

E, N = 404_000.0, 6_596_000.0
HERE, LOCAL = "EPSG:3006", "EPSG:3008"


def model(crs, west, north, *, size=200, name="dsm"):
    x, y = west + 0.5 + np.arange(size), north - 0.5 - np.arange(size)
    grid = xr.DataArray(
        np.full((size, size), 50, "float32"), coords={"y": y, "x": x}, dims=("y", "x"), name=name, attrs={"file": f"{name}.tif"}
    )
    return grid.rio.write_crs(crs).rio.write_transform(from_origin(west, north, 1, 1)).rio.write_nodata(np.nan)


def inputs():
    buildings = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(E + 90, N - 110, E + 110, N - 90)], crs=HERE)
    listed = pd.DataFrame({"facility_id": ["1", "2"], "x": [E + 100.0, None], "y": [N - 100.0, None]}, index=[4, 5])
    return {"buildings": buildings, "facilities": listed, "addresses": listed.assign(address="Ågatan 1", building_id=None)[:1]}


def test_buildings_and_lists_follow_the_surface_model():
    west, north = Transformer.from_crs(HERE, LOCAL, always_xy=True).transform(E, N)
    data = {**inputs(), "dsm": model(LOCAL, round(west), round(north))}
    fitted, said = fit(data, HERE)
    assert fitted["buildings"].crs == LOCAL and len(said) == 1 and LOCAL in said[0]
    x, y = fitted["facilities"].loc[4, ["x", "y"]].astype(float)
    assert fitted["buildings"].geometry.iloc[0].centroid.distance(gpd.points_from_xy([x], [y])[0]) < 1e-6
    assert pd.isna(fitted["facilities"].loc[5, "x"]) or not np.isfinite(fitted["facilities"].loc[5, "x"])
    assert fitted["addresses"]["building_id"].tolist() == ["a"]
    assert data["buildings"].crs == HERE, "what was given is not changed"


def test_ground_and_trees_come_on_the_models_grid():
    data = {
        **inputs(),
        "dsm": model(HERE, E, N),
        "dtm": model(HERE, E - 7, N + 3, size=260, name="dtm"),
        "trees": model(HERE, E + 100, N, name="trees"),
    }
    fitted, said = fit(data, HERE)
    for name in ("dtm", "trees"):
        assert fitted[name].shape == (200, 200) and np.array_equal(fitted[name].x, data["dsm"].x)
    assert float(fitted["trees"][:, :99].max()) == 0 and float(fitted["trees"][:, 101:].min()) == 50
    assert said == ["trees.tif: täcker inte 50,0 % av ytmodellen, som där räknas utan träd."]


def test_buildings_outside_the_model_and_partly_are_counted():
    places = [box(E + 90, N - 110, E + 110, N - 90), box(E - 5, N - 20, E + 5, N - 10), box(E - 90, N, E - 80, N + 9)]
    buildings = gpd.GeoDataFrame({"building_id": ["in", "partly", "out"]}, geometry=places, crs=HERE)
    buildings.attrs["file"] = "hus.gpkg"
    (said,) = outside({"buildings": buildings, "dsm": model(HERE, E, N)})
    assert said == "hus.gpkg: 1 byggnad av 3 ligger utanför dsm.tif och bedöms inte; 1 ligger delvis utanför."
    assert outside({"buildings": buildings[:1], "dsm": model(HERE, E, N)}) == [] == outside({"buildings": buildings})


def test_every_input_that_does_not_meet_the_model_is_told():
    data = {**inputs(), "dsm": model(HERE, E + 9000, N), "dtm": model(HERE, E, N, name="dtm")}
    with pytest.raises(InputError) as caught:
        fit(data, HERE)
    assert len(caught.value.faults) == 2


def test_an_address_of_no_building_is_left_out_and_counted():
    data = inputs()
    data["addresses"] = pd.DataFrame({"address": ["A", "B"], "x": [None, E], "y": [None, N], "building_id": ["z", None]})
    fitted, said = fit(data, HERE)
    assert fitted["addresses"]["address"].tolist() == ["B"] and said[0].startswith("1 adress ")


def test_nothing_to_fit():
    assert fit({}, HERE) == ({}, [])


def test_a_place_elsewhere_than_the_buildings_is_told_with_the_right_one():
    from types import SimpleNamespace

    right, swapped = (SimpleNamespace(latitude=a, longitude=b) for a, b in ((59.5, 13.3), (13.3, 59.5)))
    assert fit(inputs(), HERE, right)[1] == []
    with pytest.raises(InputError) as caught:
        fit(inputs(), HERE, swapped)
    (fault,) = caught.value.faults
    assert fault.column == "municipality.site" and fault.expected.startswith("omkring latitude = 59.")


@pytest.mark.parametrize(
    ("lift", "said"), [(20, "marken ligger över dsm.tif"), (-40, "dsm.tif ligger nästan överallt minst 40 m")]
)
def test_ground_in_another_height_system_is_refused(lift, said):
    dsm = model(HERE, E, N)
    ground = model(HERE, E, N, name="dtm") + np.float32(lift)
    ground.attrs["file"] = "dtm.tif"
    with pytest.raises(InputError) as caught:
        fit({**inputs(), "dsm": dsm, "dtm": ground.rio.write_crs(HERE)}, HERE)
    (fault,) = caught.value.faults
    assert fault.file == "dtm.tif" and fault.got.startswith(said) and "RH 2000" in fault.fix


def test_where_nothing_meets_the_files_own_system_is_named():
    data = {**inputs(), "dsm": model(LOCAL, E, N)}
    with pytest.raises(InputError) as caught:
        fit(data, HERE)
    assert "modellen är i EPSG:3008, byggnaderna i EPSG:3006" in caught.value.faults[0].fix


def test_trees_without_ground_and_terrain_elsewhere_are_refused():
    far = model(HERE, E - 50_000, N, name="far")
    data = {**inputs(), "dsm": model(HERE, E, N), "trees": model(HERE, E, N, name="trees"), "far": far}
    with pytest.raises(InputError) as caught:
        fit(data, HERE)
    assert [fault.file for fault in caught.value.faults] == ["trees.tif", "far.tif"]
    assert fit({**inputs(), "far": model("EPSG:3006", E - 20, N + 20, name="far")}, HERE)[1] == []
