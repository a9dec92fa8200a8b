"""What became of every building: assessed, outside the surface model, in a hole of it, or without a roof there."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401  (registers .rio)
import xarray as xr
from shapely import box
from shapely.affinity import translate

from kil.solarpart import _counted, _left_out
from solar.assessment import Register, buildings

CRS = "EPSG:3006"
E, N = 404_000.0, 6_596_000.0


def model(side=60):
    """A flat model of metre cells, north-west corner (E, N), without heights in columns 20-30."""
    heights = np.full((side, side), 50.0, dtype=np.float32)
    heights[:, 20:30] = np.nan
    x, y = E + 0.5 + np.arange(side), N - 0.5 - np.arange(side)
    return xr.DataArray(heights, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(CRS)


def house(west, width=10):
    return box(E + west, N - 20, E + west + width, N - 10)


@pytest.fixture
def became():
    shapes = {
        "whole": house(5),
        "holed": translate(house(14), 0, -20),
        "hole": house(20),
        "gone": house(40),
        "half": house(-5),
        "away": house(500),
    }
    frame = gpd.GeoDataFrame(
        {"building_id": list(shapes), "footprint_position": "unknown"}, geometry=list(shapes.values()), crs=CRS
    )
    planes = gpd.GeoDataFrame({"building_id": ["whole", "holed"], "plane_id": ["a", "b"], "kwp": [1.0, 1.0]})
    origins = pd.DataFrame({"building_id": list(shapes), "source": ["dsm", "dsm", None, None, None, None]})
    register = Register(frame, pd.DataFrame(), pd.DataFrame({"building_id": [], "facility_id": []}))
    return buildings(register, planes, model(), origins).set_index("building_id", drop=False)


def test_a_hole_is_told_from_a_house_that_is_not_there(became):
    assert became["state"].to_dict() == {
        "whole": "assessed",
        "holed": "assessed",
        "hole": "no_heights",
        "gone": "no_roof",
        "half": "partly_outside",
        "away": "outside",
    }
    assert became["hole_share"].to_dict() == pytest.approx({"whole": 0, "holed": 0.4, "hole": 1, "gone": 0, "half": 0, "away": 0})


def test_the_share_of_a_hole_is_said_under_each_building_and_never_in_public(became):
    left = _left_out(became)
    assert left["no_heights"] == ["hole (100 %)"] and left["holes"] == ["holed (40 %)"] and left["no_roof"] == ["gone"]
    said = _counted(left, names=True)
    assert "Byggnader där ytmodellen saknar höjd, inte bedömda (1): hole (100 %)" in said
    assert any("rivna" in line and "hole" not in line for line in said)
    assert not any("hole" in line or "gone" in line for line in _counted(left, names=False))


def test_a_roof_that_laser_showed_has_no_hole(became):
    assert _left_out(became.assign(roof_source="laser"))["holes"] == []
