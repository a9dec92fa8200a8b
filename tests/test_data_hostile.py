"""Files that are not what their name says, for every reader: one sentence in Swedish, no traceback, no waiting, no full memory."""

import errno
import os
import re
import zipfile

import pytest
import rasterio
import xlsxwriter

from data.errors import InputError
from data.opening import require_file
from data.readers import plants
from data.settings import Settings
from kil import usage
from kil.inputs import READERS
from kil.project import Project, example_folder, open_project

ENGLISH = re.compile(
    r"\b(the|not|of|is|cannot|failed|invalid|error|unsupported|could|file|unable|expected|no such|archive)\b", re.I
)
EXAMPLE = example_folder()
CONTENT = {
    "empty": b"",
    "zeros": bytes(5000),
    "junk": b"\x8f\x1d\xffQ\x00\x07\xaa" * 700,
    "page": b"<html><body>Logga in</body></html>",
    "pdf": b"%PDF-1.4\n\xe2\xe3\xcf\xd3" + b"\xff\x00" * 900,
    "long": b"namn;x\n" + b"y" * 300_000 + b";1\n",
}


def faults(name, place):
    """Return what the reader says of the file that stands where the project wants it; read reports (fleet) hold their faults."""
    settings = Settings.model_validate({"municipality": {"name": "P", "site": {"latitude": 59.5, "longitude": 13.3}}})
    settings = settings.model_copy(update={"addresses": settings.addresses.model_copy(update={"reviewed": True})})
    try:
        reading = READERS[name](Project(place, settings, place / "kil.toml"))
    except InputError as error:
        return [str(fault) for fault in error.faults]
    return [*map(str, getattr(reading.data, "faults", ())), *reading.warnings]


INPUTS = open_project(EXAMPLE / "kil.toml")[0].settings.inputs
ONE_FILE = [name for name in READERS if name not in ("laser", "meters")]
CAN_BE_CUT = [
    n for n in ONE_FILE if (EXAMPLE / getattr(INPUTS, n)).is_file() and not getattr(INPUTS, n).endswith((".csv", ".toml"))
]
"""Half a csv or toml is a shorter list."""


@pytest.fixture(params=ONE_FILE)
def place(request, tmp_path):
    (tmp_path / "indata").mkdir()
    return request.param, tmp_path, tmp_path / getattr(INPUTS, request.param)


def said(name, folder):
    found = faults(name, folder)
    assert found and all(len(line) < 900 for line in found)
    assert not [line for line in found if ENGLISH.search(line)], found
    return found


@pytest.mark.parametrize("kind", CONTENT)
def test_content_of_another_kind(place, kind):
    name, folder, path = place
    path.write_bytes(CONTENT[kind])
    said(name, folder)


def test_a_folder_and_a_pipe_of_the_right_name(place):
    name, folder, path = place
    path.mkdir()
    if name not in ("vehicles", "weather"):  # those may be folders
        assert any("mapp" in line for line in said(name, folder))
    path.rmdir()
    os.mkfifo(path)
    said(name, folder)


@pytest.mark.parametrize("place", CAN_BE_CUT, indirect=True)
def test_half_a_file(place):
    name, folder, path = place
    whole = EXAMPLE / path.relative_to(folder)
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    said(name, folder)


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_list_in_every_coding_and_line_end(tmp_path, code, end):
    path = tmp_path / "indata" / "anlaggningar.csv"
    path.parent.mkdir()
    rows = ["Namn;Toppeffekt (kW);I drift", "Åsskolan;30,5;2020-05-01", "Örnhallen;20;2021-05-01"]
    path.write_bytes(end.join(rows).encode(code))
    frame = plants.read(path).data
    assert frame["name"].tolist() == ["Åsskolan", "Örnhallen"] and frame["kwp"].tolist() == [30.5, 20.0]


@pytest.mark.parametrize("cell", [(1_048_575, 16_383), (1_048_575, 700), (900_000, 300)])
def test_one_cell_far_away_does_not_fill_the_memory(tmp_path, cell):
    """The reader of workbooks makes room for all cells between: 17 thousand million, and ends the process."""
    path = tmp_path / "indata" / "fastigheter.xlsx"
    path.parent.mkdir()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("A")
        sheet.write(0, 0, "Namn")
        sheet.write(*cell, "x")
    assert any("för stort" in line for line in said("facilities", tmp_path))


def test_a_workbook_that_unpacks_to_gigabytes(tmp_path):
    path = tmp_path / "indata" / "fastigheter.xlsx"
    path.parent.mkdir()
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        block = bytes(1 << 24)
        for _ in range(65):
            part.write(block)
    assert any("för stort" in line for line in said("facilities", tmp_path))


def test_a_grid_of_millions_of_kilometres_and_a_picture(tmp_path):
    path = tmp_path / "indata" / "ytmodell.tif"
    path.parent.mkdir()
    shape = {"width": 400_000, "height": 400_000, "count": 1, "dtype": "float32", "crs": "EPSG:3006"}
    place = {"transform": rasterio.transform.from_origin(4e5, 66e5, 1, 1)}
    with rasterio.open(path, "w", driver="GTiff", tiled=True, SPARSE_OK=True, BIGTIFF="YES", **shape, **place):
        pass
    assert any("för stort" in line for line in said("dsm", tmp_path))
    with rasterio.open(path, "w", driver="GTiff", **shape | {"width": 9, "height": 9, "count": 3, "dtype": "uint8"}, **place):
        pass
    assert any("bild" in line for line in said("dsm", tmp_path))


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="inte rätt att läsa"):
        require_file(tmp_path / "a.csv")


@pytest.mark.parametrize("code", usage.DISK)
def test_what_the_disk_says_is_said_in_swedish(code):
    told = usage.disk(OSError(code, os.strerror(code), "/a/b"))
    assert told.startswith("/a/b: ") and os.strerror(code) not in told
    assert usage.disk(OSError(errno.EIO, os.strerror(errno.EIO))) == os.strerror(errno.EIO)
