"""Laser scans: tiles written here, read back by building; what is broken is named. Method: docs/metod/takytor.md."""

import datetime as dt

import geopandas as gpd
import laspy
import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import box

from data.errors import InputError
from data.readers import laser

EAST, NORTH = 404_000.0, 6_596_000.0
GPS_EPOCH = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)


def write(path, xyz, *, classes=1, returns=1, flown=None, crs=None):
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales, header.offsets = [0.01] * 3, [EAST, NORTH, 0.0]
    if flown is not None:
        header.global_encoding.gps_time_type = laspy.header.GpsTimeType.STANDARD
    if crs is not None:
        header.add_crs(CRS(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = np.asarray(xyz, float).reshape(-1, 3).T
    n = len(cloud.x)
    cloud.classification, cloud.return_number = np.broadcast_to(classes, n), np.broadcast_to(returns, n)
    cloud.number_of_returns = np.full(n, 5)
    if flown is not None:
        cloud.gps_time = np.full(n, (flown - GPS_EPOCH).total_seconds() - 1e9)
    cloud.write(path)
    return path


def grid(x0, y0, size, z=70.0):
    x, y = np.meshgrid(np.arange(x0, x0 + size) + 0.5, np.arange(y0, y0 + size) + 0.5)
    return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, z)])


def footprints(*boxes):
    ids = [f"b{n}" for n in range(len(boxes))]
    return gpd.GeoDataFrame({"building_id": ids}, geometry=[box(*each) for each in boxes], crs="EPSG:3006")


@pytest.fixture
def folder(tmp_path):
    """Four tiles of 100 m with 1 point per m2, the eastern ones flown later."""
    for i in range(2):
        for j in range(2):
            flown = dt.datetime(2022 + i, 5, 3, tzinfo=dt.UTC)
            write(tmp_path / f"tile_{i}{j}.laz", grid(EAST + 100 * i, NORTH + 100 * j, 100), flown=flown, crs="EPSG:3006")
    return tmp_path


def test_a_building_across_tiles_comes_once_with_all_its_points_and_the_oldest_date(folder):
    corner = (EAST + 90, NORTH + 90, EAST + 110, NORTH + 110)
    west = (EAST + 20, NORTH + 20, EAST + 30, NORTH + 30)
    batches = list(laser.read(folder).data.batches(footprints(corner, west)))
    got = {id_: (batch.points.xyz, batch.survey_date) for batch in batches for id_ in batch.footprints["building_id"]}
    assert sorted(got) == ["b0", "b1"] and sum(len(batch.footprints) for batch in batches) == 2
    for n, bounds in enumerate((corner, west)):
        xyz, date = got[f"b{n}"]
        inside = (xyz[:, 0] > bounds[0]) & (xyz[:, 0] < bounds[2]) & (xyz[:, 1] > bounds[1]) & (xyz[:, 1] < bounds[3])
        assert inside.sum() == (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
        assert date == dt.date(2022, 5, 3)


def test_only_points_near_buildings_are_kept(folder):
    scan = laser.read(folder).data
    kept = sum(len(batch.points.xyz) for batch in scan.batches(footprints((EAST + 20, NORTH + 20, EAST + 30, NORTH + 30))))
    assert 100 <= kept < 1000 < sum(tile.count for tile in scan.tiles)


def test_classes_withheld_and_later_returns_are_left_out(tmp_path):
    points = grid(EAST, NORTH, 4)
    classes = np.array([1, 2, 7, 18] * 4)
    write(tmp_path / "a.las", points, classes=classes, returns=np.repeat([1, 2, 3, 4], 4), crs="EPSG:3006")
    assert len(laser.read(tmp_path).data.points().xyz) == 8
    few = laser.read(tmp_path, last_return=2).data.points()
    assert set(few.classification) == {1, 2} and few.return_number.max() == 2


def test_a_missing_crs_comes_from_the_settings_and_is_told(tmp_path):
    write(tmp_path / "a.laz", grid(EAST, NORTH, 4))
    reading = laser.read(tmp_path, crs="EPSG:3006")
    assert reading.data.tiles[0].crs == CRS("EPSG:3006")
    assert any("a.laz" in said and "EPSG:3006" in said for said in reading.warnings)
    for wrong in (None, "EPSG:2056"):
        with pytest.raises(InputError, match=r"a\.laz"):
            laser.read(tmp_path, crs=wrong)


def test_points_in_another_metric_crs_are_moved_to_the_footprints(tmp_path):
    write(tmp_path / "a.laz", grid(EAST, NORTH, 20), crs="EPSG:3006")
    moved = footprints((EAST + 5, NORTH + 5, EAST + 15, NORTH + 15)).to_crs("EPSG:3008")
    (batch,) = laser.read(tmp_path).data.batches(moved)
    shape = moved.geometry.iloc[0]
    assert sum(shape.contains(p) for p in gpd.points_from_xy(*batch.points.xyz[:, :2].T)) == pytest.approx(100, abs=3)


def test_the_survey_date_is_the_flights_and_unknown_where_no_point_tells(tmp_path):
    flown = dt.datetime(2019, 4, 30, 12, tzinfo=dt.UTC)
    write(tmp_path / "a.laz", grid(EAST, NORTH, 4), flown=flown, crs="EPSG:3006")
    write(tmp_path / "b.laz", grid(EAST + 10, NORTH, 4), crs="EPSG:3006")
    reading = laser.read(tmp_path)
    assert [tile.survey_date for tile in reading.data.tiles] == [dt.date(2019, 4, 30), None]
    assert any("b.laz" in said for said in reading.warnings)
    given = laser.read(tmp_path, survey_date=dt.date(2011, 1, 1))
    assert given.data.tiles[1].survey_date == dt.date(2011, 1, 1)


@pytest.mark.parametrize("suffix", ["las", "laz"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_every_cut_tile_is_named_at_once(folder, suffix, share):
    for name in ("cut1", "cut2"):
        path = write(folder / f"{name}.{suffix}", grid(EAST, NORTH, 100), crs="EPSG:3006")
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(InputError) as error:
        laser.read(folder)
    assert [fault.file for fault in error.value.faults] == [f"cut1.{suffix}", f"cut2.{suffix}"]


def test_a_tile_broken_in_the_middle_stops_the_reading_by_name(tmp_path):
    points = np.random.default_rng(1).uniform((EAST, NORTH, 0), (EAST + 300, NORTH + 300, 300), (200_000, 3))
    path = write(tmp_path / "a.laz", points, crs="EPSG:3006")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\0" * 20_000
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"a\.laz"):
        scan = laser.read(tmp_path).data
        points = scan.points()
        assert len(points.xyz) == 200_000 and np.ptp(points.xyz[:, 2]) < 301, "decoded to nonsense without a word"


def test_an_empty_tile_is_told_and_an_empty_folder_is_a_fault(folder, tmp_path_factory):
    write(folder / "tom.laz", np.zeros((0, 3)), crs="EPSG:3006")
    reading = laser.read(folder)
    assert len(reading.data.tiles) == 4 and any("tom.laz" in said for said in reading.warnings)
    with pytest.raises(InputError):
        laser.read(tmp_path_factory.mktemp("empty"))
    with pytest.raises(InputError, match="saknas"):
        laser.read(folder / "saknas")


def test_a_file_that_is_no_laser_file_is_named(tmp_path):
    (tmp_path / "brev.laz").write_text("hej")
    with pytest.raises(InputError, match=r"brev\.laz"):
        laser.read(tmp_path)


def test_roofs_without_returns_and_outside_the_tiles_are_named(folder):
    dark = (EAST + 40, NORTH + 40, EAST + 60, NORTH + 60)
    path = folder / "tile_00.laz"
    cloud = laspy.read(path)
    x, y = np.asarray(cloud.x), np.asarray(cloud.y)
    cloud.points = cloud.points[~((x > dark[0]) & (x < dark[2]) & (y > dark[1]) & (y < dark[3]))]
    cloud.write(path)
    far = (EAST + 900, NORTH, EAST + 910, NORTH + 10)
    edge = (EAST - 9, NORTH, EAST + 1, NORTH + 10)
    buildings = footprints(dark, far, edge, (EAST + 10, NORTH + 10, EAST + 20, NORTH + 20))
    scan = laser.read(folder).data
    (batch,) = scan.batches(buildings)
    assert scan.outside(buildings) == ("b1", "b2")
    assert sorted(batch.footprints["building_id"]) == ["b0", "b3"] and batch.without_returns == ("b0",)


def test_the_source_of_many_tiles_changes_with_any_of_them(folder):
    first = laser.read(folder).source.sha256
    write(folder / "tile_11.laz", grid(EAST + 100, NORTH + 100, 100, z=71), crs="EPSG:3006")
    assert laser.read(folder).source.sha256 != first
