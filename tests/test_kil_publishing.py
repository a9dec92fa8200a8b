"""What a whole build publishes: values planted in every internal place are searched for in every public file, packed layers too."""

import base64
import gzip
import html
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import pytest
import whole_project
from whole_project import SECRETS, UNREPEATED

pytestmark = pytest.mark.xdist_group("build")
KIL = Path(sys.executable).with_name("kil")
DAY = "2026-03-01"
PAGES = ("index", "solcellskarta", "plan", "fordon", "utslapp", "status")
MONEY = re.compile(r"sek|npv|capex|cost|income", re.IGNORECASE)
PACKED = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
SPACES = re.compile("[\u00a0\u202f\u2009 ]")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(output folder, building whose owner objected) of `kil build` on a project full of secrets."""
    folder = whole_project.make(tmp_path_factory.mktemp("hemligt") / "projekt")
    objected = whole_project.plant(folder)
    words = [KIL, "build", "--date", DAY, "--geojson", "--quiet"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""
    return folder / "utdata", objected


@pytest.fixture(scope="module")
def public(built):
    """File -> everything that can be read in it."""
    return {path.relative_to(built[0]): readable(path) for path in sorted((built[0] / "publik").rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def internal(built):
    return "\n".join(readable(path) for path in (built[0] / "intern").rglob("*") if path.is_file())


def readable(path: Path) -> str:
    """Return the text of a file in every form it may hide: as it stands, unescaped, unzipped, decoded, from tables."""
    raw = path.read_bytes()
    texts = [raw.decode("utf-8", "ignore"), raw.decode("utf-16-le", "ignore")]
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            texts += [html.unescape(book.read(name).decode("utf-8", "ignore")) for name in book.namelist()]
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as database:
            texts += [line for line in database.iterdump() if "X'" not in line[:60]]
    if path.suffix in (".html", ".json", ".yaml", ".rdf"):
        texts.append(html.unescape(texts[0]))
        texts += [unpacked(block) for block in PACKED.findall(texts[0])]
    return SPACES.sub(" ", "\n".join(texts))


def unpacked(block: str) -> str:
    data = base64.b64decode(block[: len(block) // 4 * 4])
    for read in (gzip.decompress, zlib.decompress, lambda packed: zlib.decompress(packed, -15)):
        try:
            return read(data).decode("utf-8", "ignore")
        except (OSError, zlib.error, EOFError):
            continue
    return data.decode("utf-8", "ignore")


def forms(secret: str) -> set[str]:
    """Return a secret as it may be written: with comma, rounded digits kept together or by thousands."""
    if not re.fullmatch(r"[\d.]+", secret):
        return {secret}
    whole = secret.partition(".")[0]
    grouped = f"{int(whole):,}".replace(",", " ")
    return {secret, secret.replace(".", ",")} | ({grouped + secret[len(whole) :].replace(".", ",")} if int(whole) else set())


def holds(flat: str, secret: str) -> bool:
    if not secret[0].isdigit():
        return secret in flat
    return any(re.search(rf"(?<![\d.,]){re.escape(form)}(?!\d)", flat) for form in forms(secret) if form in flat)


@pytest.mark.parametrize("what", SECRETS)
def test_no_public_file_holds(public, what):
    assert [str(path) for path, text in public.items() if holds(text, SECRETS[what])] == []


def test_what_was_planted_was_read(internal):
    """Else the search above would prove nothing: the house's own files tell all but what no file repeats."""
    assert {what for what, secret in SECRETS.items() if not holds(internal, secret)} == UNREPEATED


def test_private_roofs_are_shown_without_owner_and_less_those_who_objected(built, public):  # publish_private, private_objections
    out, objected = built
    tak = gpd.read_file(out / "publik" / "solceller.gpkg", layer="tak")
    private = tak[tak["facility_id"].isna()]
    assert len(private)
    assert private["owner"].isna().all()
    assert private["name"].isna().all()
    assert [str(path) for path, text in public.items() if objected in text] == []
    assert objected in set(gpd.read_file(out / "intern" / "solceller.gpkg", layer="byggnader")["building_id"])


def test_no_money_per_facility_is_public(built, public):
    plants = json.loads((built[0] / "intern" / "plan.json").read_text(encoding="utf-8"))["plants"]
    sums = {
        abs(round(value)) for row in plants for key, value in row.items() if MONEY.search(key) and isinstance(value, (int, float))
    }
    told = {str(number) for number in sums if number >= 10_000}
    assert len(told) > 5
    for path, text in public.items():
        if path.suffix != ".tif":
            numbers = set(re.findall(r"(?<![\d.,])\d+", re.sub(r"(?<=\d) (?=\d{3})", "", text)))
            assert not told & numbers, path
    for name in ("plan", "solar", "status", "emissions", "fleet"):
        tree = json.loads((built[0] / "publik" / f"{name}.json").read_text(encoding="utf-8"))
        tree.pop("h5", None)  # how many plants pay, by the measure's name: npv, year one
        assert not {key for key in _keys(tree) if MONEY.search(key)}, name


def _keys(tree):
    if isinstance(tree, dict):
        yield from tree
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _keys(item)


def test_public_remarks_name_no_file_row_or_id(built, public):
    buildings = set(gpd.read_file(built[0] / "intern" / "solceller.gpkg", layer="byggnader")["building_id"])
    for name in ("solar", "fleet", "emissions", "status"):
        for line in json.loads((built[0] / "publik" / f"{name}.json").read_text(encoding="utf-8"))["warnings"]:
            assert not re.search(r"\.(xlsx|csv|gpkg|laz|tif)\b|\brad \d|\b(?!HVO)[A-Z]{3}\d\d[A-Z0-9]\b", line), line
            assert not any(id_ in line for id_ in buildings), line
    for path, text in public.items():
        if path.suffix == ".html":
            remarks = re.search(r"<h3>Att känna till</h3>\s*<ul>(.*?)</ul>", text, re.S)
            assert not remarks or not re.search(r"\.(xlsx|csv|laz)\b|\brad \d", remarks[1]), (path, remarks[1])


def test_every_page_and_the_record_of_open_data_are_there(built):
    for audience in ("publik", "intern"):
        for page in PAGES:
            assert (built[0] / audience / f"{page}.html").stat().st_size > 10_000
    assert (built[0] / "publik" / "dcat.rdf").exists()
    assert not (built[0] / "intern" / "dcat.rdf").exists()
    assert (built[0] / "publik" / "solcellskarta-enkel.html").exists()
