"""Height models: nothing is NaN, north is up, metres are metres; what cannot be used is told, what was moved is said."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.transform import Affine, from_origin
from shapely.geometry import box

from data.errors import InputError
from data.readers import elevation

WEST, NORTH = 404_000.0, 6_597_000.0
CRS = "EPSG:3006"
LOWEST = np.float32(-3.4028235e38)  # what ESRI and QGIS write for "nothing"


def ramp(shape=(60, 80)):
    """50 m in the north-west, 0.1 m lower a row southwards, 0.01 m higher a column eastwards."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return (50 - 0.1 * rows + 0.01 * columns).astype(np.float32)


def written(tmp_path, values, name="ytmodell.tif", *, crs=CRS, transform=None, nodata=None, dtype="float32"):
    path = tmp_path / name
    bands = values if values.ndim == 3 else values[None]
    options = {"driver": "GTiff", "height": bands.shape[1], "width": bands.shape[2], "count": bands.shape[0], "dtype": dtype}
    with rasterio.open(
        path, "w", **options, crs=crs, transform=transform or from_origin(WEST, NORTH, 1, 1), nodata=nodata
    ) as grid:
        grid.write(bands.astype(dtype))
    return path


def faults(path, **options):
    with pytest.raises(InputError) as caught:
        elevation.read(path, crs=CRS, **options)
    return caught.value.faults


def test_heights_come_with_their_place_and_north_first(tmp_path):
    grid = elevation.read(written(tmp_path, ramp())).data
    assert grid.dtype == np.float32 and grid.dims == ("y", "x") and grid.attrs["file"] == "ytmodell.tif"
    assert float(grid.x[0]) == WEST + 0.5 and float(grid.y[0]) == NORTH - 0.5 and grid.rio.crs == CRS
    assert float(grid.sel(x=WEST + 10.5, y=NORTH - 20.5)) == pytest.approx(50 - 2.0 + 0.1)


def test_a_grid_that_starts_in_the_south_is_turned(tmp_path):
    upside_down = Affine(1, 0, WEST, 0, 1, NORTH - 60)
    grid = elevation.read(written(tmp_path, ramp()[::-1], transform=upside_down)).data
    assert np.diff(grid.y).max() < 0 and float(grid.y[0]) == NORTH - 0.5
    np.testing.assert_array_equal(grid.to_numpy(), ramp())


@pytest.mark.parametrize("nothing", [np.nan, LOWEST, -9999.0, -32768.0, np.inf])
def test_every_kind_of_nothing_is_nothing_and_counted(tmp_path, nothing):
    values = ramp()
    values[10:20, 10:34] = nothing
    reading = elevation.read(written(tmp_path, values))
    assert int(np.isnan(reading.data).sum()) == 240
    assert reading.data.min() > 40
    assert reading.warnings == ("ytmodell.tif: 240 pixlar (5,0 %) saknar höjd.",)


def test_the_files_own_word_for_nothing(tmp_path):
    values = ramp().round().astype("int16")
    values[0, 0] = 0
    grid = elevation.read(written(tmp_path, values, nodata=0, dtype="int16")).data
    assert np.isnan(grid[0, 0]) and int(np.isnan(grid).sum()) == 1


def test_no_crown_is_height_zero_in_a_tree_model(tmp_path):
    values = np.where(ramp() > 47, 8.0, LOWEST).astype(np.float32)
    values[0, 0] = -0.4
    trees = elevation.read(written(tmp_path, values, name="trad.tif"), name="trees").data
    assert set(np.unique(trees)) == {0.0, 8.0}


def test_trees_above_the_sea_are_told_from_trees_above_the_ground(tmp_path):
    (fault,) = faults(written(tmp_path, ramp() + 60, name="trad.tif"), name="trees")
    assert "höjd över havet" in fault.got and fault.file == "trad.tif"


def test_every_fault_of_a_grid_is_told_at_once(tmp_path):
    turned = Affine(1, 0.2, 13.3, 0.2, -1, 59.6)
    found = faults(written(tmp_path, ramp() * 1000, crs="EPSG:4326", transform=turned))
    said = "\n".join(map(str, found))
    assert len(found) == 3
    assert "i grader" in said and "vridet" in said and "kan inte vara meter" in said


def test_pixels_that_are_not_square_and_a_grid_without_heights(tmp_path):
    (oblong,) = faults(written(tmp_path, ramp(), transform=from_origin(WEST, NORTH, 1, 2)))
    assert "kvadratiska (1 × 2)" in oblong.got
    (empty,) = faults(written(tmp_path, np.full((5, 5), LOWEST)))
    assert "inga höjder" in empty.got


def test_a_grid_without_crs_gets_the_settings_only_if_it_can_lie_there(tmp_path):
    reading = elevation.read(written(tmp_path, ramp(), crs=None), crs=CRS)
    assert reading.data.rio.crs == CRS and "antaget" in reading.warnings[0]
    (fault,) = faults(written(tmp_path, ramp(), crs=None, transform=from_origin(13.3, 59.6, 1e-5, 1e-5)))
    assert "ligger utanför området" in fault.got
    with pytest.raises(InputError, match="inte angivet"):
        elevation.read(written(tmp_path, ramp(), crs=None))


def test_a_system_with_heights_is_its_horizontal_part(tmp_path):
    """EPSG:5845 is SWEREF 99 TM + RH 2000, which Lantmäteriet delivers its height models in."""
    assert elevation.read(written(tmp_path, ramp(), crs="EPSG:5845")).data.rio.crs == CRS


@pytest.mark.parametrize("content", [b"", b"II", b"hello", b"<VRTDataset>", b"MM\x00*\x00\x00\x00\x08"])
def test_what_is_no_grid_is_said_in_one_line(tmp_path, content):
    path = tmp_path / "ytmodell.tif"
    path.write_bytes(content)
    (fault,) = faults(path)
    assert fault.file == "ytmodell.tif" and str(tmp_path) not in str(fault)
    assert len(faults(tmp_path / "finns_inte.tif")) == 1


def test_a_truncated_file(tmp_path):
    path = written(tmp_path, ramp((600, 800)))
    path.write_bytes(path.read_bytes()[:9000])
    (fault,) = faults(path)
    assert "går inte att läsa" in fault.got


def test_esri_ascii(tmp_path):
    path = tmp_path / "m.asc"
    rows = "\n".join(" ".join(f"{value:.2f}" for value in row) for row in ramp((4, 5)))
    path.write_text(f"ncols 5\nnrows 4\nxllcorner {WEST}\nyllcorner {NORTH - 4}\ncellsize 1\nNODATA_value -9999\n{rows}\n")
    grid = elevation.read(path, crs=CRS).data
    assert grid.shape == (4, 5) and float(grid.y[0]) == NORTH - 0.5 and float(grid[0, 0]) == pytest.approx(50)


# --- Models and buildings together -----------------------------------------------------------------------------------------


def plane_in(crs, *, size=120, west=WEST - 30, north=NORTH + 30, step=1.0):
    """A model whose height is a plane in EPSG:3006, whatever system it is written in: h = 30 + (x - WEST) / 100 + (y - NORTH) / 50."""
    if crs != CRS:
        west, north = (round(v) for v in Transformer.from_crs(CRS, crs, always_xy=True).transform(west, north))
    x = west + step * (np.arange(size) + 0.5)
    y = north - step * (np.arange(size) + 0.5)
    east, up = np.meshgrid(x, y)
    if crs != CRS:
        east, up = Transformer.from_crs(crs, CRS, always_xy=True).transform(east, up)
    return (30 + (east - WEST) / 100 + (up - NORTH) / 50).astype(np.float32), from_origin(west, north, step, step)


@pytest.mark.parametrize(("crs", "step"), [(CRS, 1.0), ("EPSG:3007", 1.0), ("EPSG:3006", 0.5), ("EPSG:3006", 5.0)])
def test_another_model_is_put_on_the_surface_models_grid(tmp_path, crs, step):
    dsm = elevation.read(written(tmp_path, ramp((40, 40)))).data
    values, transform = plane_in(crs, size=int(150 / step), step=step)
    ground = elevation.read(written(tmp_path, values, "markmodell.tif", crs=crs, transform=transform), name="dtm").data
    moved, said = elevation.align(dsm, ground)
    assert moved.shape == dsm.shape and np.array_equal(moved.x, dsm.x) and moved.rio.crs == dsm.rio.crs
    wanted = 30 + (dsm.x - WEST) / 100 + (dsm.y - NORTH) / 50
    assert float(np.abs(moved - wanted).max()) < 0.02
    assert (said == []) == (crs == CRS)
    if crs != CRS:
        assert said == ["markmodell.tif: omräknad från EPSG:3007 till EPSG:3006."]


def test_a_model_in_degrees_or_elsewhere_is_refused_and_one_that_covers_half_is_said(tmp_path):
    dsm = elevation.read(written(tmp_path, ramp((40, 40)))).data
    away = written(tmp_path, ramp(), "m.tif", transform=from_origin(WEST + 9000, NORTH, 1, 1))
    with pytest.raises(InputError, match="möter ingenstans"):
        elevation.align(dsm, elevation.read(away, name="dtm").data)
    degrees = written(tmp_path, ramp(), "f.tif", crs="EPSG:4326", transform=from_origin(13.2, 59.6, 1e-4, 1e-4))
    with pytest.raises(InputError, match="i grader"):
        elevation.align(dsm, elevation.read(degrees, name="far").data)
    half = written(tmp_path, np.full((40, 20), 9.0), "trad.tif")
    moved, said = elevation.align(dsm, elevation.read(half, name="trees").data)
    assert "täcker inte 50" in said[0] and "utan träd" in said[0] and not moved.isnull().any()


def test_a_model_that_no_building_touches_is_a_fault(tmp_path):
    dsm = elevation.read(written(tmp_path, ramp())).data
    half = box(WEST - 5, NORTH - 20, WEST + 5, NORTH - 10)
    frame = gpd.GeoDataFrame({"building_id": ["half", "out"]}, geometry=[half, box(0, 0, 9, 9)], crs=CRS)
    elevation.check_overlap(dsm, frame)
    elevation.check_overlap(dsm, frame.to_crs("EPSG:3008"))
    with pytest.raises(InputError) as caught:
        elevation.check_overlap(dsm, frame[1:].assign(geometry=[box(1e5, 6e6, 1e5 + 9, 6e6 + 9)]), file="byggnader.gpkg")
    (fault,) = caught.value.faults
    assert "ingen byggnad ligger inom ytmodell.tif" in fault.got and "EPSG:3006" in fault.fix
    assert "öst 100000–100009, nord 6000000–6000009" in fault.got
    assert fault.expected.startswith(f"öst {WEST:.0f}–") and fault.expected.endswith(f"–{NORTH:.0f}")


def test_holes_are_counted_by_building(tmp_path):
    values = ramp()
    values[10:15, 10:20] = np.nan
    dsm = elevation.read(written(tmp_path, values)).data
    frame = gpd.GeoDataFrame(
        {"building_id": ["a", "b"]}, geometry=[box(WEST + 10, NORTH - 20, WEST + 20, NORTH - 10)] * 2, crs=CRS
    )
    frame.loc[1, "geometry"] = box(WEST + 40, NORTH - 20, WEST + 50, NORTH - 10)
    assert elevation.hole_shares(dsm, frame) == {"a": 0.5}


@pytest.mark.shared
def test_real_models(shared_data):
    """Annedal's surface and tree models hold -3.4e38, its ground -9999 (the shared data's README)."""
    folder = shared_data / "terrain_annedal_2m"
    for name, kind, low in (("dsm", "dsm", 13), ("dem", "dtm", 13), ("cdsm", "trees", 0)):
        grid = elevation.read(folder / f"{name}.tif", name=kind).data
        assert grid.shape == (198, 198) and low <= float(grid.min()) and float(grid.max()) < 60, name


@pytest.mark.parametrize(("kept", "said"), [(0.0, "tom"), (0.5, "går inte att läsa")])
def test_a_file_cut_short_is_told_as_such(tmp_path, kept, said):
    path = tmp_path / "ytmodell.tif"
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "width": 300, "height": 300, "crs": "EPSG:3006"}
    with rasterio.open(path, "w", **profile, transform=from_origin(404_000, 6_596_000, 1, 1)) as grid:
        grid.write(np.random.default_rng(1).uniform(40, 60, (300, 300)).astype("float32"), 1)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(InputError) as caught:
        elevation.read(path)
    (fault,) = caught.value.faults
    assert said in fault.got and "på nytt" in fault.fix and "previous exception" not in fault.got
