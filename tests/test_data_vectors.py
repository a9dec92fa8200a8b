"""The map's background and the municipality's boundary, from the project's own layers, Lantmäteriet and OpenStreetMap."""

import sqlite3

import geopandas as gpd
import pytest
from pyproj import Geod
from shapely import LineString, Point, Polygon
from shapely.affinity import translate
from shapely.geometry import box

from data.errors import InputError
from data.readers import addresses, background, buildings, ground
from data.settings import Site

CRS = "EPSG:3006"
E, N = 404_000.0, 6_596_000.0
ROAD = LineString([(E, N), (E + 100, N + 5)])
LAKE = box(E, N, E + 200, N + 100)
SITE = Site(latitude=59.5, longitude=13.32)


def add(path, layer, columns, shapes, *, crs=CRS):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, layer=layer)
    return path


def test_the_projects_own_layers(tmp_path):
    path = add(tmp_path / "b.gpkg", "vagar", {"namn": ["Storgatan", None], "klass": ["gata", "stig"]}, [ROAD, translate(ROAD, 9)])
    add(path, "jarnvag", {"namn": ["Banan"]}, [ROAD])
    add(path, "vatten", {"namn": ["Sjön"], "klass": ["sjö"]}, [LAKE])
    add(path, "skog", {"klass": ["barr"]}, [LAKE])
    add(path, "namn", {"namn": ["Ljusåsa", None], "klass": ["ort", "ort"]}, [Point(E, N), Point(E, N)])
    add(path, "el_ledningar", {"namn": ["hemlig"]}, [ROAD])
    reading = background.read(path, crs=CRS)
    found = reading.data
    assert list(found) == ["vagar", "jarnvag", "vatten", "skog", "namn"]
    assert list(found["vagar"]["class"]) == ["gata", "stig"] and found["vagar"]["name"][0] == "Storgatan"
    assert found["namn"][["name", "kind"]].to_numpy().tolist() == [["Ljusåsa", "ort"]]
    assert list(found["vatten"].columns) == ["geometry"]
    assert reading.warnings == ("b.gpkg: lager som inte används: el_ledningar.",)


def test_openstreetmap_in_degrees_is_reprojected_and_said(tmp_path):
    def degrees(shapes):
        return gpd.GeoSeries(shapes, crs=CRS).to_crs("EPSG:4326")

    path = add(
        tmp_path / "osm.gpkg", "gis_osm_roads_free", {"fclass": ["residential"], "name": ["Ågatan"]}, degrees([ROAD]), crs=4326
    )
    land = {"fclass": ["forest", "residential", "water"]}
    add(path, "gis_osm_landuse_a_free", land, degrees([LAKE, translate(LAKE, 300), translate(LAKE, 600)]), crs=4326)
    add(path, "gis_osm_places_free", {"fclass": ["village"], "name": ["Byn"]}, degrees([Point(E, N)]), crs=4326)
    reading = background.read(path, crs=CRS)
    found = reading.data
    assert found["vagar"].crs == CRS and found["vagar"].length.sum() == pytest.approx(ROAD.length, rel=1e-6)
    assert found["vagar"][["class", "name"]].to_numpy().tolist() == [["residential", "Ågatan"]]
    assert len(found["skog"]) == 1 and len(found["vatten"]) == 1
    assert found["namn"]["kind"].tolist() == ["village"]
    assert reading.warnings == ("osm.gpkg: omräknad från EPSG:4326 till kommunens koordinatsystem EPSG:3006.",)


HOUSE = box(E, N, E + 20, N + 10)


def stored(path, shapes, *, crs, columns=None):
    gpd.GeoDataFrame(columns or {"objektidentitet": ["a"]}, geometry=shapes, crs=crs).to_file(path)
    return path


def in_crs(shapes, crs):
    return list(gpd.GeoSeries(shapes, crs=CRS).to_crs(crs))


@pytest.mark.parametrize("name", ["b.geojson", "b.gpkg", "b.shp"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "OGC:CRS84", "EPSG:4619"])
def test_stated_degrees_become_the_municipalitys_metres_in_every_reader(tmp_path, name, crs):
    """4619 is SWEREF 99 in degrees. The same house, parking place and boundary as in metres, within a centimetre."""
    columns = {"objektidentitet": ["a"], "typ": ["parkering"], "namn": ["x"]}
    path = stored(tmp_path / name, in_crs([HOUSE], crs), crs=crs, columns=columns)
    for reading in (
        buildings.read(path, crs=CRS),
        ground.read(path, crs=CRS),
        background.boundary(path, crs=CRS),
    ):
        assert reading.data.crs == CRS
        assert reading.data.geometry.iloc[0].hausdorff_distance(HOUSE) < 0.01
        assert [f"till kommunens koordinatsystem {CRS}" in line for line in reading.warnings] == [True]


def test_addresses_in_degrees_become_the_municipalitys_metres(tmp_path):
    place = Point(E, N)
    path = stored(tmp_path / "a.geojson", in_crs([place], 4326), crs=4326, columns={"adress": ["Storgatan 1"]})
    reading = addresses.read(path, crs=CRS)
    assert reading.data[["x", "y"]].to_numpy()[0] == pytest.approx([E, N], abs=0.01)
    assert len(reading.warnings) == 1 and "omräknad från" in reading.warnings[0]


@pytest.mark.parametrize(
    ("shapes", "stated", "said"),
    [
        (in_crs([HOUSE], 4326), CRS, "filen säger meter"),
        (in_crs([HOUSE], 4326), "EPSG:3007", "filen säger meter"),
        ([HOUSE], 4326, "kan inte vara grader"),
        ([box(59.5, 13.3, 59.51, 13.31)], 4326, "omkastade"),
        ([box(-70.5, 41.3, -70.4, 41.4)], 4326, "utanför området"),
    ],
)
def test_numbers_that_are_not_what_the_file_states_are_refused(tmp_path, shapes, stated, said):
    with pytest.raises(InputError) as caught:
        buildings.read(stored(tmp_path / "b.gpkg", shapes, crs=stated), crs=CRS)
    (fault,) = caught.value.faults
    assert said in fault.got and fault.fix


def test_a_file_geodatabase_is_a_folder_and_read_as_any_file(tmp_path):
    path = tmp_path / "kartan.gdb"
    gpd.GeoDataFrame({"objektidentitet": ["a"]}, geometry=[HOUSE], crs=CRS).to_file(path, driver="OpenFileGDB", layer="byggnad")
    reading = buildings.read(path, crs=CRS)
    assert reading.data["building_id"].tolist() == ["a"] and len(reading.source.sha256) == 64
    assert background.boundary(path, crs=CRS).data.area[0] == pytest.approx(200)


@pytest.mark.parametrize("code", [0, -1])
def test_a_geopackage_without_a_system_states_none(tmp_path, code):
    """Codes of OGC GeoPackage 1.3, table 3: 0 undefined geographic, -1 undefined Cartesian. Metres get kil.toml's; degrees are refused."""
    for name, shapes, said in (("m", [HOUSE], None), ("d", in_crs([HOUSE], 4326), "ser ut som grader")):
        path = stored(tmp_path / f"{name}.gpkg", shapes, crs=CRS)
        with sqlite3.connect(path) as file:
            for table in ("gpkg_contents", "gpkg_geometry_columns"):
                file.execute(f"update {table} set srs_id = ?", (code,))
        if said is None:
            assert "antaget" in buildings.read(path, crs=CRS).warnings[0]
            continue
        with pytest.raises(InputError, match=said):
            buildings.read(path, crs=CRS)


@pytest.mark.parametrize("crs", ["EPSG:3857", "+proj=tmerc +lon_0=15 +k=0.9996 +x_0=500000 +ellps=GRS80 +units=us-ft"])
def test_metres_of_web_maps_and_feet_are_converted(tmp_path, crs):
    """Web Mercator is 1.97 times too long at 59.5 degrees: 1 / cos(59.5)."""
    reading = buildings.read(stored(tmp_path / "b.gpkg", in_crs([HOUSE], crs), crs=crs), crs=CRS)
    assert reading.data.area[0] == pytest.approx(200, rel=1e-3) and "omräknad" in reading.warnings[0]


def test_a_country_in_degrees_is_read_in_a_local_zone(tmp_path):
    """EPSG:3007 is made for the west; a file of all Sweden's municipalities has its middle far outside."""
    shapes = [box(11.9, 57.6, 12.1, 57.8), box(20, 67, 23, 69)]
    path = stored(tmp_path / "k.geojson", shapes, crs=4326, columns={"namn": ["Göteborg", "Kiruna"]})
    assert len(background.boundary(path, crs="EPSG:3007", name="Göteborg").data) == 1


def test_lantmateriets_layers_whose_class_says_what_they_are(tmp_path):
    columns = {"objekttyp": ["Sjö", "Barr- och blandskog", "Öppen mark", "Lövskog"]}
    path = add(tmp_path / "t.gpkg", "mark", columns, [translate(LAKE, 300 * i) for i in range(4)])
    add(path, "vaglinje", {"objekttyp": ["Allmän väg"], "vagnamn": [None]}, [ROAD])
    add(path, "ralstrafik", {"objekttyp": ["Järnväg"]}, [ROAD])
    found = background.read(path, crs=CRS).data
    assert {key: len(frame) for key, frame in found.items()} == {"vagar": 1, "jarnvag": 1, "vatten": 1, "skog": 2}


def test_broken_objects_are_mended_or_counted(tmp_path):
    bow = Polygon([(E, N), (E + 10, N + 10), (E + 10, N), (E, N + 10)])
    path = add(tmp_path / "b.gpkg", "vatten", {"namn": list("abc")}, [bow, None, Polygon()])
    reading = background.read(path, crs=CRS)
    assert reading.data["vatten"].is_valid.all() and reading.data["vatten"].area.sum() == pytest.approx(50)
    assert reading.warnings == ("b.gpkg: 2 objekt i lagret vatten saknar geometri och är utelämnade.",)


def test_nothing_to_draw_and_no_crs(tmp_path):
    with pytest.raises(InputError, match="inget lager att rita"):
        background.read(add(tmp_path / "a.gpkg", "ledningar", {"id": [1]}, [ROAD]), crs=CRS)
    path = tmp_path / "vagar.geojson"
    path.write_text("{}")
    with pytest.raises(InputError, match=r"vagar\.geojson"):
        background.read(path, crs=CRS)
    bare = add(tmp_path / "n.gpkg", "vagar", {"namn": ["x"]}, [translate(ROAD, 5e6)], crs=None)
    with pytest.raises(InputError, match="utanför området"):
        background.read(bare, crs=CRS)


def kommuner(tmp_path, **columns):
    ours = gpd.GeoSeries([Point(13.32, 59.5)], crs=4326).to_crs(CRS)[0].buffer(5000)
    return add(tmp_path / "kommuner.gpkg", "kommun", columns, [translate(ours, 30_000), ours])


@pytest.mark.parametrize(
    "columns",
    [{"kommunkod": ["1780", "1715"]}, {"kommunnamn": ["Karlstads kommun", "Kils kommun"]}, {"NAMN": ["Karlstad", "Kil"]}],
)
def test_the_municipality_is_found_by_code_or_name(tmp_path, columns):
    reading = background.boundary(kommuner(tmp_path, **columns), crs=CRS, code="1715", name="Kils kommun", site=SITE)
    assert len(reading.data) == 1 and reading.warnings == ()
    assert reading.data.area[0] == pytest.approx(3.14159 * 5000**2, rel=0.01)


def test_several_municipalities_and_none_that_fits(tmp_path):
    with pytest.raises(InputError) as caught:
        background.boundary(kommuner(tmp_path, namn=["Karlstad", "Grums"]), crs=CRS, code="1715", name="Kils kommun")
    assert "2 ytor" in str(caught.value) and "1715" in caught.value.faults[0].expected


def test_a_boundary_that_leaves_the_towns_place_out_is_told(tmp_path):
    path = kommuner(tmp_path, namn=["Kil", "Annan"])
    assert "utanför gränsen" in background.boundary(path, crs=CRS, name="Kil", site=SITE).warnings[0]


@pytest.mark.shared
def test_real_municipalities(shared_data):
    """Of 290 municipalities Kil is taken, the town in it; the area in EPSG:3006 is the geodesic one of the file's own degrees."""
    path = shared_data / "boundary/okfse_swedish_municipalities.geojson"
    town = Site(latitude=59.503, longitude=13.317)
    reading = background.boundary(path, crs=CRS, code="1715", name="Kils kommun", site=town)
    assert not any("utanför gränsen" in warning for warning in reading.warnings)
    raw = gpd.read_file(path)
    kil = raw[raw.contains(Point(town.longitude, town.latitude))].geometry.iloc[0]
    geodesic = abs(Geod(ellps="GRS80").geometry_area_perimeter(kil)[0])
    assert reading.data.area[0] == pytest.approx(geodesic, rel=2e-3)
