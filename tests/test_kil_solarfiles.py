"""The solar files against each other, read without the code that wrote them: sums, formats, names, hostile text, lasting ids."""

import datetime as dt
import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import small_project

from data.settings.base import Section
from data.settings.matching import MatchingSettings
from data.settings.solar import SolarSettings
from kil import build
from kil.run import Run

pytestmark = pytest.mark.xdist_group("solarfiles")
HOSTILE = '=HYPERLINK("http://x")'
HALF_M = 110.0
CODES = {"unknown", "ok", "no", "given", "overhang", "grid_limit", "top", "good", "fair", "poor", "suitable", "conditional"}
OFF_BY_DEFAULT = {
    *(f"ModuleSettings.{name}" for name in ("adr_k_d", "adr_tc_d", "adr_k_rs", "adr_k_rsh")),
    *(f"ClassSettings.{name}" for name in ("top_kwh_m2", "good_kwh_m2", "fair_kwh_m2")),
    *(f"LossSettings.{name}" for name in ("snow", "without_temperature")),
    "ModuleSettings.row_shade_angle_deg",
    "SolarSettings.private_objections",
    "TargetSettings.year",
}
"""Read only where another choice asks for them (adr, absolute cuts, weather without snow or temperature, south rows ...)."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A corner of the example whose first facility has a name that would be a formula, and a path no program likes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_project, "HALF_M", HALF_M)
        folder = small_project.make(tmp_path_factory.mktemp("ut") / "Å ä ö mapp")
    listed = pd.read_excel(folder / "indata" / "fastigheter.xlsx", engine="calamine", dtype=str)
    listed.loc[0, "Namn"] = HOSTILE
    listed.to_csv(folder / "indata" / "fastigheter.csv", index=False, sep=";", encoding="cp1252")
    with (folder / "kil.toml").open("a", encoding="utf-8") as config:
        config.write('\n[inputs]\nfacilities = "indata/fastigheter.csv"\n')
    return folder


@pytest.fixture(scope="module")
def read_settings():
    """The settings read while the project was built, filled by `out`."""
    return set()


@pytest.fixture(scope="module")
def out(project, read_settings):
    """The folder of a solar run."""
    plain = Section.__getattribute__

    def seen(self, name):
        if name in type(self).model_fields:
            read_settings.add(f"{type(self).__name__}.{name}")
        return plain(self, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Section, "__getattribute__", seen)
        assert build.build_one(Run(config=project, out=project / "ut data", quiet=True), "solar") == 0
    return project / "ut data"


def sheet(out, audience, name):
    book = openpyxl.load_workbook(out / audience / "solceller.xlsx")[name]
    heading = {cell.value: cell.column for cell in book[3]}
    return book, heading


def column(book, number):
    return [row[number - 1].value for row in book.iter_rows(min_row=4)]


@pytest.mark.parametrize("audience", ["publik", "intern"])
def test_workbook_geopackage_and_json_hold_the_same_sums(out, audience):
    with closing(sqlite3.connect(out / audience / "solceller.gpkg")) as database:
        roofs = database.execute("SELECT sum(kwh), sum(kwp) FROM tak").fetchone()
        suits = database.execute("SELECT sum(kwh) FROM anlaggningar WHERE suitability IN ('suitable', 'conditional')").fetchone()[
            0
        ]
    book, heading = sheet(out, audience, "Tak")
    for wanted, name in zip(roofs, ("El per år (kWh)", "Toppeffekt (kW)"), strict=True):
        assert sum(value for value in column(book, heading[name]) if value is not None) == pytest.approx(wanted)
    totals = json.loads((out / audience / "solar.json").read_text(encoding="utf-8"))
    assert totals["total_mwh"] == pytest.approx(suits / 1000, abs=1e-5)
    if audience == "intern":
        assert totals["potential_mwp"] == pytest.approx(roofs[1] / 1000, abs=1e-6)
        assert sum(each["mwh"] for each in totals["by_class"].values()) == pytest.approx(roofs[0] / 1000, abs=1e-5)


@pytest.mark.parametrize("audience", ["publik", "intern"])
def test_every_field_has_a_swedish_name_and_every_code_a_word(out, audience):
    with closing(sqlite3.connect(out / audience / "solceller.gpkg")) as database:
        for layer in ("tak", "byggnader", "anlaggningar", "moduler"):
            fields = {row[1] for row in database.execute(f"PRAGMA table_info({layer})")} - {"fid", "geom"}
            named = {
                row[0] for row in database.execute("SELECT column_name FROM gpkg_data_columns WHERE table_name = ?", (layer,))
            }
            assert fields == named, layer
    for name in ("Tak", "Anläggningar"):
        book, heading = sheet(out, audience, name)
        cells = {value for row in book.iter_rows(min_row=4, values_only=True) for value in row if isinstance(value, str)}
        assert not cells & CODES
        assert None not in heading and not any("_" in str(word) for word in heading)


def test_numbers_are_shown_as_they_are_read(out):
    """A confidence of 0.96 shown with one decimal would be 1,0, and a fit of 3 cm 0,0."""
    book, heading = sheet(out, "intern", "Tak")
    shown = {name: book.cell(4, number).number_format for name, number in heading.items()}
    assert {shown[name] for name in ("Säkerhet", "Himmelsvy", "Täckning", "Förlust nära")} == {"0.0%"}
    assert shown["Passning (m)"] == "#,##0.00"
    assert shown["El per år (kWh)"] == "#,##0"
    assert book.freeze_panes == "B4" and book.auto_filter.ref.startswith("A3:")


def test_a_name_that_looks_like_a_formula_is_text_everywhere(out):
    for audience in ("publik", "intern"):
        book = openpyxl.load_workbook(out / audience / "solceller.xlsx")
        cells = [cell for each in book for row in each.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        assert any(cell.value == HOSTILE for cell in cells)
    for page in out.rglob("*.html"):
        assert f"<b>{HOSTILE}" not in page.read_text(encoding="utf-8")


def test_roofs_keep_their_ids_when_other_buildings_come_and_go(out, project):
    path = project / "indata" / "byggnader.gpkg"
    before = path.read_bytes()
    buildings = gpd.read_file(path)
    fewer = buildings.iloc[1:].iloc[::-1]
    path.unlink()
    pyogrio.write_dataframe(fewer, path, layer="byggnad")
    again = project / "igen"
    try:
        build.build_one(Run(config=project, out=again, quiet=True), "solar")
    finally:
        path.write_bytes(before)
    first, second = (
        gpd.read_file(each / "intern" / "solceller.gpkg", layer="tak").set_index("plane_id") for each in (out, again)
    )
    kept = first[first["building_id"].isin(set(fewer["objektidentitet"]))]
    assert len(kept) > 3 and set(kept.index) == set(second.index)
    assert kept["kwp"].equals(second.loc[kept.index, "kwp"])
    assert kept.geometry.geom_equals(second.geometry.loc[kept.index]).all()


def fields(model):
    for name, field in model.model_fields.items():
        kind = field.annotation
        yield from fields(kind) if isinstance(kind, type) and issubclass(kind, Section) else [f"{model.__name__}.{name}"]


def test_every_setting_of_the_map_is_read_by_a_run(out, read_settings):
    """One no code asks for cannot change anything. What each changes is tested beside the function that reads it."""
    assert out.exists()
    every = {*fields(SolarSettings), *fields(MatchingSettings)}
    assert every - read_settings <= OFF_BY_DEFAULT


def test_the_day_the_surface_model_was_measured_is_kept_or_its_absence_said(out, project):
    totals = json.loads((out / "intern" / "solar.json").read_text(encoding="utf-8"))
    assert totals["survey_dates"] == [] and any("solar.roofs.dsm_date" in line for line in totals["warnings"])
    config = project / "kil.toml"
    before = config.read_text(encoding="utf-8")
    try:
        config.write_text(before + "\n[solar.roofs]\ndsm_date = 2009-05-04\n", encoding="utf-8")
        build.build_one(Run(config=project, out=project / "daterad", quiet=True, today=dt.date(2026, 3, 1)), "solar")
    finally:
        config.write_text(before, encoding="utf-8")
    dated = json.loads((project / "daterad" / "intern" / "solar.json").read_text(encoding="utf-8"))
    assert dated["survey_dates"] == ["2009-05-04"] and not any("dsm_date" in line for line in dated["warnings"])
    roofs = gpd.read_file(project / "daterad" / "intern" / "solceller.gpkg", layer="tak")
    assert roofs["reasons"].str.contains("old_survey").any()
    assert roofs["p90_kwh"].sum() < gpd.read_file(out / "intern" / "solceller.gpkg", layer="tak")["p90_kwh"].sum()
