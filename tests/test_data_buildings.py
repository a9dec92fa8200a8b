"""Footprints of any origin become one row a building with an id that lasts; what cannot be used is told whole, feature by feature."""

import geopandas as gpd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry import box

from data.errors import InputError
from data.layers import BUILDINGS
from data.readers import buildings

EAST, NORTH = 404_000.0, 6_596_000.0
CRS = "EPSG:3006"


def house(x=0, y=0, width=12, depth=8):
    return box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + depth)


def written(tmp_path, columns, shapes, *, crs=CRS, name="byggnader.gpkg", **options):
    path = tmp_path / name
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, **options)
    return path


def faults(path, crs=CRS):
    with pytest.raises(InputError) as caught:
        buildings.read(path, crs=crs)
    return caught.value.faults


def test_lantmateriets_fields_are_known(tmp_path):
    columns = {
        "objektidentitet": ["a-1", "a-2", "a-3", "a-4"],
        "andamal1": ["Bostad; Småhus friliggande", "Samhällsfunktion; Skola", None, "Industri; Ospecificerad"],
        "byggnadsnamn1": [None, "Ängskolan", None, "<script>alert(1)</script>"],
        "insamlingslage": ["Fasad", "Takkant", "Illustrativt läge", "Uppgift saknas"],
        "fastighet": ["Kil Äng 1:2", None, None, None],
    }
    reading = buildings.read(written(tmp_path, columns, [house(x) for x in (0, 30, 60, 90)]), crs=CRS)
    frame = reading.data
    assert list(frame.columns) == BUILDINGS.names
    assert list(frame["building_id"]) == ["a-1", "a-2", "a-3", "a-4"]
    assert list(frame["footprint_position"]) == ["facade", "roof_edge", "illustrative", "unknown"]
    assert frame["name"][1] == "Ängskolan" and frame["purpose"][1] == "Samhällsfunktion; Skola"
    assert frame["name"][3] == "<script>alert(1)</script>", "text stays text: escaping is the page's work"
    assert frame["property_designation"][0] == "Kil Äng 1:2"
    assert reading.warnings == () and reading.source.sha256


@pytest.mark.parametrize(
    ("name", "options"), [("b.geojson", {}), ("b.shp", {}), ("b.gpkg", {}), ("b.fgb", {"driver": "FlatGeobuf"})]
)
def test_any_file_geopandas_reads_gives_the_same_buildings(tmp_path, name, options):
    path = written(
        tmp_path, {"OBJEKT_ID": ["x", "y"], "ANDAMAL_1T": ["Skola", "Bad"]}, [house(), house(40)], name=name, **options
    )
    frame = buildings.read(path, crs=CRS).data
    assert dict(zip(frame["building_id"], frame["purpose"], strict=True)) == {"x": "Skola", "y": "Bad"}
    assert frame.area.sum() == pytest.approx(2 * 96)


def test_openstreetmaps_tags_and_its_yes_that_says_nothing(tmp_path):
    columns = {"@id": ["way/1", "way/2"], "building": ["yes", "school"], "name": [None, "Ängskolan"]}
    frame = buildings.read(written(tmp_path, columns, [house(), house(40)], name="osm.geojson"), crs=CRS).data
    assert list(frame["building_id"]) == ["way/1", "way/2"]
    assert frame["purpose"].isna().tolist() == [True, False]


def test_records_of_one_identity_are_one_building(tmp_path):
    columns = {
        "objektidentitet": ["a", "a", "b"],
        "byggnadsnamn1": [None, "Ängskolan", None],
        "fastighet": ["Kil Äng 1:2", "Kil Äng 1:3", "Kil Äng 1:4"],
        "insamlingslage": ["Takkant", "Fasad", "Fasad"],
    }
    reading = buildings.read(written(tmp_path, columns, [house(0), house(12, width=6), house(90)]), crs=CRS)
    frame = reading.data.set_index("building_id")
    assert list(frame.index) == ["a", "b"]
    assert frame.area["a"] == pytest.approx(18 * 8) and frame.geometry["a"].geom_type == "Polygon"
    assert frame["property_designation"]["a"] == "Kil Äng 1:2; Kil Äng 1:3"
    assert frame["name"]["a"] == "Ängskolan" and frame["footprint_position"]["a"] == "roof_edge"  # of the largest piece
    assert "2 objekt med samma id" in reading.warnings[0]


def test_a_building_the_register_cut_at_a_border_is_one_with_all_its_ids_but_row_houses_are_not(tmp_path):
    columns = {
        "objektidentitet": ["small", "large", "row1", "row2", "far"],
        "byggnadsnamn1": ["Ängskolan", "Ängskolan", None, None, "Ängskolan"],
        "fastighet": ["Kil Äng 1:2", "Kil Äng 1:3", "Kil Rad 1", "Kil Rad 2", "Kil Äng 1:9"],
    }
    shapes = [house(12, width=6), house(0), house(40), house(52), house(300)]
    reading = buildings.read(written(tmp_path, columns, shapes), crs=CRS)
    frame = reading.data.set_index("building_id")
    assert set(frame.index) == {"large", "row1", "row2", "far"}
    assert frame["other_ids"]["large"] == "small" and frame.area["large"] == pytest.approx(18 * 8)
    assert frame["property_designation"]["large"] == "Kil Äng 1:3; Kil Äng 1:2"
    assert any("fastighetsgräns" in warning for warning in reading.warnings)


def test_a_building_without_id_gets_one_of_its_place_that_lasts(tmp_path):
    shapes = [house(), house(40), house(80)]
    first = buildings.read(written(tmp_path, {"id": [1, 2, 3]}, shapes), crs=CRS)
    again = buildings.read(written(tmp_path, {"id": [1, 2, 3]}, shapes[::-1], name="b2.gpkg"), crs=CRS)
    assert set(first.data["building_id"]) == set(again.data["building_id"])
    assert first.data["building_id"][0] == "b404006_6596004"
    assert "saknar id" in first.warnings[0]


def test_every_faulty_feature_is_told_in_one_message(tmp_path):
    shapes = [house(), None, Polygon(), LineString([(EAST, NORTH), (EAST + 5, NORTH)]), Point(EAST, NORTH), house(40)]
    columns = {"objektidentitet": ["a", "b", "c", "d", "e", "a2"]}
    found = faults(written(tmp_path, columns, shapes, name="b.geojson"))
    assert [fault.row for fault in found] == [2, 3, 4, 5]
    assert [fault.file for fault in found] == ["b.geojson"] * 4 and all(fault.fix for fault in found)
    assert "tom" in found[0].got and "LineString" in found[2].got


def test_ids_that_occur_twice_in_a_list_that_is_no_register(tmp_path):
    path = written(tmp_path, {"byggnads_id": ["7", "8", "7", "7"]}, [house(x) for x in (0, 20, 40, 60)])
    found = faults(path)
    assert {fault.row for fault in found} == {1, 3, 4} and all(fault.column == "Byggnads-id" for fault in found)


def test_ids_that_occur_twice_are_told_beside_shapes_that_are_none(tmp_path):
    """Numbers are the file's own: the rows that have no shape are counted."""
    path = written(tmp_path, {"byggnads_id": ["6", "7", "8", "7"]}, [Polygon(), house(20), None, house(60)])
    found = faults(path)
    assert [(fault.row, fault.column) for fault in found] == [(1, None), (3, None), (2, "Byggnads-id"), (4, "Byggnads-id")]
    assert "7" in found[2].got


def test_a_file_of_nothing_but_empty_shapes(tmp_path):
    path = written(tmp_path, {"byggnads_id": ["6", "7"]}, [Polygon(), None], name="b.geojson")
    assert [fault.row for fault in faults(path)] == [1, 2]


def test_a_polygon_that_crosses_itself_is_mended_and_named(tmp_path):
    bow = Polygon([(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)])
    reading = buildings.read(written(tmp_path, {"objektidentitet": ["a", "b"]}, [bow, house(40)]), crs=CRS)
    assert reading.data.is_valid.all() and reading.data.area[0] == pytest.approx(50)
    assert "korsade sig själv" in reading.warnings[0] and "objekt 1" in reading.warnings[0]


def test_heights_and_holes_are_kept_flat(tmp_path):
    ring = house(0, width=20, depth=20).difference(house(5, 5, 10, 10))
    tall = Polygon([(x, y, 7.0) for x, y in house(50).exterior.coords])
    frame = buildings.read(written(tmp_path, {"objektidentitet": ["a", "b"]}, [MultiPolygon([ring]), tall]), crs=CRS).data
    assert frame.area[0] == pytest.approx(300) and not frame.has_z.any()


def test_degrees_no_crs_and_numbers_that_cannot_be_the_assumed_crs(tmp_path):
    degrees = written(tmp_path, {"id": ["a"]}, [box(13.3, 59.5, 13.301, 59.501)], crs="EPSG:4326", name="d.gpkg")
    assert "i grader" in faults(degrees, crs=None)[0].got
    bare = written(tmp_path, {"id": ["a"]}, [house()], crs=None, name="n.shp")
    assert "koordinatsystemet är inte angivet" in faults(bare, crs=None)[0].got
    assumed = buildings.read(bare, crs=CRS)
    assert assumed.data.crs == CRS and "antaget" in assumed.warnings[0]
    hidden = written(tmp_path, {"id": ["a"]}, [box(13.3, 59.5, 13.301, 59.501)], crs=None, name="h.shp")
    assert "ser ut som grader" in faults(hidden)[0].got
    elsewhere = written(tmp_path, {"id": ["a"]}, [box(1e6, 1e6, 1e6 + 9, 1e6 + 9)], crs=None, name="e.shp")
    assert "ligger utanför området" in faults(elsewhere)[0].got


def test_a_system_with_heights_is_its_horizontal_part(tmp_path):
    frame = buildings.read(written(tmp_path, {"objektidentitet": ["a"]}, [house()], crs="EPSG:5845"), crs=CRS).data
    assert frame.crs == CRS and not frame.crs.is_compound


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a map", b'{"type": "FeatureCollection"', b"<OGRVRTDataSource/>"])
def test_what_is_no_map_is_said_in_one_line_without_the_path(tmp_path, content):
    path = tmp_path / "byggnader.geojson"
    path.write_bytes(content)
    found = faults(path)
    assert len(found) == 1 and found[0].file == "byggnader.geojson" and str(tmp_path) not in str(found[0])


def test_the_layer_is_chosen_by_what_it_holds(tmp_path):
    path = written(tmp_path, {"id": ["a"]}, [Point(EAST, NORTH)], layer="adresser")
    gpd.GeoDataFrame({"objektidentitet": ["x"]}, geometry=[house()], crs=CRS).to_file(path, layer="byggnad")
    gpd.GeoDataFrame({"id": ["y"]}, geometry=[house(90)], crs=CRS).to_file(path, layer="fastighetsytor")
    assert list(buildings.read(path, crs=CRS).data["building_id"]) == ["x"]
    other = written(tmp_path, {"id": ["a"]}, [house()], layer="omrade", name="c.gpkg")
    gpd.GeoDataFrame({"id": ["y"]}, geometry=[house(90)], crs=CRS).to_file(other, layer="ytor")
    found = faults(other)
    assert "2 lager" in found[0].got and "omrade" in found[0].expected


def test_sixty_thousand_footprints_in_seconds(tmp_path):
    import time

    n = 60_000
    shapes = [house(20 * (i % 300), 20 * (i // 300)) for i in range(n)]
    path = written(tmp_path, {"objektidentitet": [f"id-{i}" for i in range(n)]}, shapes)
    start = time.process_time()
    assert len(buildings.read(path, crs=CRS).data) == n
    assert time.process_time() - start < 12


@pytest.mark.shared
def test_real_registers(shared_data):
    """Counts of the shared data's README: 119 Fastighetskartan records, 137 buildings of which 2 invalid, 14 of Topografi."""
    gothenburg = buildings.read(shared_data / "lidar_goteborg/by_get.shp", crs=CRS)
    assert len(gothenburg.data) == 107 and "21 objekt med samma id" in " ".join(gothenburg.warnings)
    local = buildings.read(shared_data / "terrain_goteborg_1m/buildings.shp", crs=CRS)
    assert len(local.data) == 137 and local.data.crs == "EPSG:3007" and "2 ytor korsade" in local.warnings[0]
    topography = buildings.read(shared_data / "buildings/ifk_lantmateriet_construction_byggnad.geojson", crs=CRS)
    assert len(topography.data) == 14 and topography.data["building_id"].str.len().eq(36).all()


def test_a_shapefile_keeps_the_ids_its_ten_characters_cut(tmp_path):
    columns = {"objektidentitet": ["a-1", "a-2"], "byggnadsnamn1": ["Skolan", None], "insamlingslage": ["Takkant", "Fasad"]}
    path = written(tmp_path, columns, [house(), house(40)], name="byggnader.shp")
    reading = buildings.read(path, crs=CRS)
    assert list(reading.data["building_id"]) == ["a-1", "a-2"]
    assert list(reading.data["footprint_position"]) == ["roof_edge", "facade"]
    assert reading.warnings == ()
    path.with_suffix(".dbf").unlink()
    (fault,) = faults(path)
    assert "byggnader.dbf" in fault.got, "without its table every building would lose its id in silence"


def test_a_layer_of_lines_is_told_in_few_words(tmp_path):
    lines = [LineString([(EAST, NORTH + i), (EAST + 9, NORTH + i)]) for i in range(50)]
    told = faults(written(tmp_path, {"objektidentitet": [str(i) for i in range(50)]}, lines))
    assert len(told) == 21 and told[-1].got.startswith("30 fel till")


def test_a_building_drawn_twice_under_two_ids_is_told(tmp_path):
    path = written(tmp_path, {"objektidentitet": ["a", "b", "c"]}, [house(), house(12), house(0.5)])
    (said,) = buildings.read(path, crs=CRS).warnings
    assert "1 par" in said and "objekt 1/3" in said
