"""`kil check` on a project where everything is wrong: one message, every file, every row; then the way back to a clean project."""

import json
import shutil

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import small_project
from shapely import Polygon
from shapely.affinity import translate

from kil.check import check_project
from kil.run import Run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return small_project.make(tmp_path_factory.mktemp("hel") / "projekt")


@pytest.fixture
def project(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "projekt")


def check(project, capsys):
    code = check_project(Run(config=project, as_json=True, quiet=True), [])
    answer = json.loads(capsys.readouterr().out)
    return code, answer["faults"], answer["warnings"]


def rows_of(path):
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def rewrite(path, rows):
    book = openpyxl.Workbook()
    book.active.title = "Fastigheter"
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_every_file_and_every_row_in_one_answer(project, capsys):
    indata = project / "indata"
    head, *rows = rows_of(indata / "fastigheter.xlsx")
    column = {name: i for i, name in enumerate(head)}
    spoiled = [list(row) for row in rows[:3]]
    spoiled[0][column["Byggår"]] = "gammal"
    spoiled[1][column["Publicera"]] = "kanske"
    spoiled[2][column["Anläggnings-id"]] = spoiled[0][column["Anläggnings-id"]]
    rewrite(indata / "fastigheter.xlsx", [head, *spoiled])

    buildings = gpd.read_file(indata / "byggnader.gpkg")
    buildings.loc[2, "geometry"] = Polygon()
    buildings.to_file(indata / "byggnader.gpkg", layer="byggnad")

    weather = (indata / "vader.csv").read_text(encoding="utf-8").splitlines()
    (indata / "vader.csv").write_text("\n".join([*weather[:4000], *weather[4010:]]), encoding="utf-8")

    with rasterio.open(indata / "ytmodell.tif", "r+") as grid:
        grid.write(np.full(grid.shape, -3.4028235e38, "float32"), 1)
    (indata / "bakgrund.gpkg").write_bytes(b"trasig")

    code, faults, _ = check(project, capsys)
    found = {(fault["file"], fault["row"], fault["column"]) for fault in faults}
    assert code == 2
    assert {
        ("fastigheter.xlsx", 2, "Byggår"),
        ("fastigheter.xlsx", 3, "Publicera"),
        ("fastigheter.xlsx", 2, "Anläggnings-id"),
        ("fastigheter.xlsx", 4, "Anläggnings-id"),
        ("byggnader.gpkg", 3, None),
        ("vader.csv", 4000, None),
        ("ytmodell.tif", None, None),
        ("bakgrund.gpkg", None, None),
    } <= found
    assert all(fault["fix"] for fault in faults)


def test_every_file_that_is_not_there_is_listed_the_needed_ones_first(project, capsys):
    for name in ("byggnader.gpkg", "fastigheter.xlsx", "koppling.xlsx"):
        (project / "indata" / name).unlink(missing_ok=True)
    check_project(Run(config=project, as_json=True, quiet=True), [])
    missing = json.loads(capsys.readouterr().out)["missing"]
    assert [line.split()[0].split("/")[-1] for line in missing[:3]] == ["byggnader.gpkg", "fastigheter.xlsx", "koppling.xlsx"]


def test_two_facilities_on_one_building_and_a_building_in_two_facilities(project, capsys):
    """Named twice by id: both rows are told. Two places in one outline: both are left for koppling.xlsx."""
    path = project / "indata" / "fastigheter.xlsx"
    head, *rows = rows_of(path)
    column = {name: i for i, name in enumerate(head)}
    one = next(row for row in rows if row[column["Byggnads-id"]])
    twice = list(one)
    twice[column["Anläggnings-id"]], twice[column["Namn"]] = "F-900", "Matsalen"
    rewrite(path, [head, *rows, twice])
    code, faults, _ = check(project, capsys)
    (fault,) = faults
    assert code == 2 and fault["row"] == len(rows) + 2 and fault["column"] == "Byggnads-id"
    assert f"på rad {rows.index(one) + 2} ({one[column['Namn']]})" in fault["got"]

    footprints = gpd.read_file(project / "indata" / "byggnader.gpkg").set_index("objektidentitet")
    inside = footprints.geometry[one[column["Byggnads-id"]].split(";")[0]].representative_point()
    pair = []
    for number in ("F-901", "F-902"):
        row = [None] * len(head)
        row[column["Anläggnings-id"]], row[column["Namn"]] = number, f"Lokal {number}"
        row[column["X (öst)"]], row[column["Y (nord)"]] = inside.x, inside.y
        pair.append(row)
    rewrite(path, [head, *(row for row in rows if row is not one), *pair])
    code, faults, warnings = check(project, capsys)
    assert code == 0 and faults == []
    last = len(rows) + 2
    assert any(f"rad {last - 1}, {last} gör lika starka anspråk" in warning for warning in warnings)
    sheet = openpyxl.load_workbook(project / "indata" / "koppling.xlsx")["Koppling"]
    listed = {row[0] for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert {"F-901", "F-902"} <= listed


def test_footprints_and_model_that_do_not_meet(project, capsys):
    path = project / "indata" / "byggnader.gpkg"
    buildings = gpd.read_file(path)
    buildings.assign(geometry=[translate(shape, 20_000) for shape in buildings.geometry]).to_file(path, layer="byggnad")
    code, faults, _ = check(project, capsys)
    assert code == 2 and len(faults) == 1
    assert faults[0]["file"] == "byggnader.gpkg" and "ingen byggnad ligger inom ytmodell.tif" in faults[0]["got"]


def test_another_system_is_converted_and_said_not_guessed(project, capsys):
    path = project / "indata" / "byggnader.gpkg"
    gpd.read_file(path).to_crs("EPSG:3008").to_file(path, layer="byggnad")
    code, faults, warnings = check(project, capsys)
    assert code == 0 and faults == []
    assert "Byggnaderna är omräknade till ytmodellens koordinatsystem (EPSG:3006)." in warnings


def test_corrections_are_written_kept_and_obeyed(project, capsys):
    path = project / "indata" / "fastigheter.xlsx"
    head, *rows = rows_of(path)
    column = {name: i for i, name in enumerate(head)}
    lost = [None] * len(head)
    lost[column["Anläggnings-id"]], lost[column["Namn"]] = "F-900", "Ingenstans"
    rewrite(path, [head, *rows, lost])
    _, _, warnings = check(project, capsys)
    assert any(f"1 anläggning har ingen byggnad (rad {len(rows) + 2})" in warning for warning in warnings)
    koppling = project / "indata" / "koppling.xlsx"
    book = openpyxl.load_workbook(koppling)
    row = next(row for row in book["Koppling"].iter_rows() if row[0].value == "F-900")
    free = gpd.read_file(project / "indata" / "byggnader.gpkg")["objektidentitet"].iloc[-1]
    row[4].value = free
    book.save(koppling)
    _, faults, warnings = check(project, capsys)
    assert faults == [] and not any("har ingen byggnad" in warning for warning in warnings)
    kept = openpyxl.load_workbook(koppling)["Koppling"]
    assert next(row[4].value for row in kept.iter_rows() if row[0].value == "F-900") == free
    row = next(row for row in book["Koppling"].iter_rows() if row[0].value == "F-900")
    row[4].value = "finns-inte"
    book.save(koppling)
    before = koppling.read_bytes()
    code, faults, _ = check(project, capsys)
    assert code == 2 and [fault["file"] for fault in faults] == ["koppling.xlsx"] and "finns-inte" in faults[0]["got"]
    assert koppling.read_bytes() == before, "a file with faults is never written over"
