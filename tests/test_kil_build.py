"""`kil` from the outside: what a run writes, for whom, what it says when the input is wrong. On a corner of the example."""

import base64
import gzip
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import small_project

from data.layers import ANLAGGNINGAR, BYGGNADER, MODULER, TAK
from kil.project import example_folder

pytestmark = pytest.mark.xdist_group("build")
KIL = Path(sys.executable).with_name("kil")
DAY = "2026-03-01"
SECRETS = ("HEMLIG-ANMARKNING-7", "735999888777666555", "123454321")


def kil(*words, cwd, code=0):
    done = subprocess.run([KIL, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose facility list holds what must never be public."""
    folder = small_project.make(tmp_path_factory.mktemp("kil") / "projekt")
    path = folder / "indata" / "fastigheter.xlsx"
    frame = pd.read_excel(path, engine="calamine", dtype=str)
    frame["Anmärkning"], frame["Mätar-id"], frame["Säkring (A)"] = SECRETS
    frame.to_excel(path, sheet_name="Fastigheter", index=False)
    return folder


@pytest.fixture(scope="module")
def built(project):
    """The folder of a solar run, and what it said."""
    done = kil("solar", "--date", DAY, "--json", cwd=project)
    return project / "utdata", done


def test_both_audiences_get_their_files(built):
    out, _ = built
    names = {"solcellskarta.html", "solceller.gpkg", "solceller.xlsx", "stralning.tif", "solar.json", "kallor.json"}
    assert {p.name for p in (out / "publik").iterdir()} == names
    assert {p.name for p in (out / "intern").iterdir()} == names | {"koppling.xlsx"}


def test_json_alone_goes_to_stdout(built):
    out, done = built
    assert json.loads(done.stdout) == json.loads((out / "intern" / "solar.json").read_text(encoding="utf-8"))


def test_layers_hold_the_contracts_columns(built):
    out, _ = built
    for name, table in {"tak": TAK, "byggnader": BYGGNADER, "anlaggningar": ANLAGGNINGAR, "moduler": MODULER}.items():
        frame = gpd.read_file(out / "intern" / "solceller.gpkg", layer=name)
        wanted = {c.name for c in table.columns if c.required and c.dtype != "geometry"}
        assert wanted <= set(frame.columns), name
        assert frame.crs.to_epsg() == 3006
        assert len(frame)


def test_layers_open_in_qgis_with_style_and_swedish_names(built):
    out, _ = built
    with sqlite3.connect(out / "publik" / "solceller.gpkg") as database:
        styled = {row[0] for row in database.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")}
        labels = dict(database.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'tak'").fetchall())
        about = database.execute("SELECT description FROM gpkg_contents WHERE table_name = 'tak'").fetchone()[0]
    assert styled == {"tak", "byggnader", "anlaggningar", "moduler"}
    assert labels["azimuth_deg"] == "Väderstreck (°)"
    assert about.startswith("EXEMPELDATA")


def test_megawatts_are_what_their_definitions_say(built):
    out, done = built
    solar = json.loads(done.stdout)
    tak = gpd.read_file(out / "intern" / "solceller.gpkg", layer="tak")
    moduler = gpd.read_file(out / "intern" / "solceller.gpkg", layer="moduler")
    assert solar["potential_mwp"] == pytest.approx(len(moduler) * 0.45 / 1000, abs=1e-6)
    assert solar["potential_mwp"] == pytest.approx(tak["kwp"].sum() / 1000, abs=1e-6)
    assert solar["suitable_known_mwp"] <= solar["suitable_mwp"] <= solar["municipal_mwp"] <= solar["potential_mwp"]
    assert solar["remaining_mw"] == pytest.approx(max(0, solar["target_mw"] - solar["built_mw"]))
    assert solar["gap_after_roofs_mw"] == pytest.approx(max(0, solar["remaining_mw"] - solar["total_mwp"]))


def test_the_raster_is_light_on_roofs_and_nothing_elsewhere(built):
    out, _ = built
    with rasterio.open(out / "intern" / "stralning.tif") as grid:
        values = grid.read(1)
        assert grid.crs.to_epsg() == 3006
        assert grid.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
    roofs = np.isfinite(values)
    assert 0.02 < roofs.mean() < 0.5
    assert 500 < np.median(values[roofs]) < 1250


def test_every_building_has_a_state(built, project):
    out, _ = built
    footprints = gpd.read_file(project / "indata" / "byggnader.gpkg")
    frame = gpd.read_file(out / "intern" / "solceller.gpkg", layer="byggnader")
    assert set(frame["building_id"]) == set(footprints["objektidentitet"])
    assert set(frame["state"]) <= {"assessed", "partly_outside", "outside", "no_heights", "no_roof"}
    assert (frame["state"] == "partly_outside").any()


def test_nothing_internal_is_in_any_public_file(built):
    out, _ = built
    internal = [content for _, content in _contents(out / "intern")]
    assert any("barighet_utred" in content for content in internal)  # the hall whose beams bear no more
    codes = ("barighet_utred", "natkapacitet_fraga", "asbest_utred")
    for path, content in _contents(out / "publik"):
        words_alone = path.suffix == ".html"  # a page's own text names every code it could explain
        for word in (*SECRETS, *(() if words_alone else codes)):
            assert word not in content, (path, word)


def test_private_buildings_are_not_public(built):
    out, _ = built
    public = gpd.read_file(out / "publik" / "solceller.gpkg", layer="tak")
    every = gpd.read_file(out / "intern" / "solceller.gpkg", layer="tak")
    private = set(every.loc[every["facility_id"].isna(), "plane_id"])
    assert private
    assert not private & set(public["plane_id"])
    for path, content in _contents(out / "publik"):
        assert not any(plane in content for plane in private), path


def test_every_fault_of_every_file_is_said_at_once(tmp_path):
    folder = small_project.make(tmp_path / "p")
    frame = gpd.read_file(folder / "indata" / "byggnader.gpkg").set_crs(None, allow_override=True)
    (folder / "indata" / "byggnader.gpkg").unlink()
    pyogrio.write_dataframe(frame, folder / "indata" / "byggnader.geojson", driver="GeoJSON")
    config = (folder / "kil.toml").read_text(encoding="utf-8")
    (folder / "kil.toml").write_text(config + '\n[inputs]\nbuildings = "indata/byggnader.geojson"\n', encoding="utf-8")
    rows = (folder / "indata" / "vader.csv").read_text().splitlines()
    rows[1000] = re.sub(r",[^,]+", ",-400", rows[1000], count=1)
    (folder / "indata" / "vader.csv").write_text("\n".join(rows))
    said = kil("solar", cwd=folder, code=2).stderr
    assert "byggnader.geojson" in said
    assert "vader.csv" in said
    assert "1001" in said
    assert "Traceback" not in said
    assert not (folder / "utdata").exists()


def test_an_unknown_setting_is_named_with_a_guess(tmp_path):
    folder = small_project.make(tmp_path / "p")
    config = (folder / "kil.toml").read_text(encoding="utf-8")
    (folder / "kil.toml").write_text(config + "\n[solar.shade]\nner_m = 300\n", encoding="utf-8")
    said = kil("solar", cwd=folder, code=2).stderr
    assert "ner_m" in said
    assert "near_m" in said


def test_a_full_disk_leaves_the_last_good_output(built, project, monkeypatch):
    from kil import build, solarfiles
    from kil.run import Run

    out, _ = built
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(solarfiles, "raster", full)
    monkeypatch.chdir(project)
    with pytest.raises(OSError, match="No space"):
        build.build_one(Run(quiet=True), "solar")
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()} == before


def test_without_a_facility_list_the_roofs_are_still_judged(project, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(project / "indata", folder / "indata", ignore=shutil.ignore_patterns("fastigheter.xlsx", "anlaggningar.xlsx"))
    shutil.copyfile(project / "kil.toml", folder / "kil.toml")
    solar = json.loads(kil("solar", "--json", cwd=folder).stdout)
    assert solar["potential_mwp"] > 0
    assert solar["facilities"] == 0
    assert solar["built_mw"] is None


def test_laser_points_alone_give_roofs_and_shade(built, project, tmp_path):
    """The same roofs from points as from the surface model: the power of buildings both show whole differs by little."""
    out, _ = built
    folder = tmp_path / "p"
    heights = shutil.ignore_patterns("ytmodell.tif", "markmodell.tif", "trad.tif")
    shutil.copytree(project / "indata", folder / "indata", ignore=heights)
    shutil.copytree(example_folder() / "indata" / "laserdata", folder / "indata" / "laserdata")
    shutil.copyfile(project / "kil.toml", folder / "kil.toml")
    solar = json.loads(kil("solar", "--json", cwd=folder).stdout)
    assert any("laserpunkterna" in line for line in solar["warnings"])
    layers = (gpd.read_file(place / "intern" / "solceller.gpkg", layer="byggnader") for place in (out, folder / "utdata"))
    by_model, by_points = (layer.set_index("building_id") for layer in layers)
    both = by_model.index[(by_model["state"] == "assessed") & (by_points["roof_source"].reindex(by_model.index) == "laser")]
    assert len(both) >= 3
    assert by_points.loc[both, "kwp"].sum() == pytest.approx(by_model.loc[both, "kwp"].sum(), rel=0.1)


def _contents(folder):
    """Yield (path, text) of every file, packed parts unpacked: workbooks, and the compressed blocks of pages."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        yield path, raw.decode("utf-8", "ignore") + raw.decode("utf-16-le", "ignore")
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield path / name, book.read(name).decode("utf-8", "ignore")
        if path.suffix == ".html":
            for block in re.findall(r"H4sI[A-Za-z0-9+/=\s]{40,}", raw.decode("utf-8")):
                yield path / "lager", gzip.decompress(base64.b64decode(block)).decode("utf-8", "ignore")
