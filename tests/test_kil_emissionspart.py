"""The emissions part on the example and on a municipality's own start: what it writes, for whom, and what it says when input is wrong."""

import datetime as dt
import json
import shutil

import pandas as pd
import pytest

from data.errors import InputError
from data.indicators import indicators
from data.readers import activity
from kil import build, emissionspart
from kil.parts import Context, Part
from kil.project import example_folder, open_project
from kil.run import Run

DAY = dt.date(2026, 11, 24)
LISTS = (
    "aktiviteter.xlsx",
    "basar.xlsx",
    "organisationer.toml",
    "faktorer.csv",
    "atgarder.xlsx",
    "utgavor.csv",
    "territoriet.csv",
)
PLANS = {
    "fleet": pd.DataFrame({"year": [2026, 2030], "tonnes": [10.0, 90.0], "measure": "Fordonsplanen", "certainty": "decided"}),
    "plan": {2026: 1.0, 2027: 8.0},
}


def context(folder, out, done=None):
    run = Run(config=folder / "kil.toml", out=out, today=DAY, quiet=True)
    project, _ = open_project(run.config)
    parts = {name: Part(name, {}, lambda *_: None, measures=measures) for name, measures in (done or {}).items()}
    return Context(run, project, parts)


def write(found, part, folder):
    for audience in ("publik", "intern"):
        build._write(folder / audience, audience, found, [part], whole=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example's own emission lists as a project of their own."""
    folder = tmp_path_factory.mktemp("utslapp")
    (folder / "indata").mkdir()
    shutil.copyfile(example_folder() / "kil.toml", folder / "kil.toml")
    for name in LISTS:
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    return folder


def test_a_group_that_only_buys_electricity_has_a_page(project, tmp_path):
    folder = tmp_path / "el"
    (folder / "indata").mkdir(parents=True)
    shutil.copyfile(project / "kil.toml", folder / "kil.toml")
    rows = [
        {"År": year, "Organisation": "A", "Verksamhet": "El", "Energibärare": "El", "Mängd": 10, "Enhet": "MWh"}
        for year in (2023, 2024)
    ]
    frame = pd.DataFrame(rows).assign(**{"Underlagets kvalitet": "uppmätt"})
    frame.to_excel(folder / "indata" / "aktiviteter.xlsx", index=False)
    found = context(folder, folder / "ut")
    part = emissionspart.compute(found)
    write(found, part, folder / "ut")
    page = (folder / "ut" / "publik" / "utslapp.html").read_text(encoding="utf-8")
    assert "Ingen läsning har ett svar än" in page and "Svaret håller" not in page and "tabell-lasningar" not in page
    assert "scope 1, " in page  # a reading without an amount says so in place of its chart


def test_headings_without_rows_are_one_fault(project, tmp_path):
    path = tmp_path / "aktiviteter.xlsx"
    pd.DataFrame(columns=["År", "Organisation", "Verksamhet", "Energibärare", "Mängd", "Enhet", "Underlagets kvalitet"]).to_excel(
        path, index=False
    )
    with pytest.raises(InputError) as told:
        activity.read(path, slip_ratio=20)
    assert [fault.got for fault in told.value.faults] == ["filen har inga rader"]


@pytest.fixture(scope="module")
def built(project):
    found = context(project, project / "ut", PLANS)
    part = emissionspart.compute(found)
    write(found, part, project / "ut")
    return project / "ut", part


def test_files_of_both_audiences(built):
    out, _ = built
    names = {"utslapp.html", "utslapp.xlsx", "emissions.json"}
    assert names <= {p.name for p in (out / "publik").iterdir()}
    assert names <= {p.name for p in (out / "intern").iterdir()}


def test_json_holds_what_the_contract_names(built):
    out, part = built
    found = json.loads((out / "intern" / "emissions.json").read_text(encoding="utf-8"))
    for key in ("inventory", "base", "paths", "forecasts", "gap_t", "gap_pct_of_base", "cumulative_gap_t", "trend", "warnings"):
        assert key in found
    assert {"low", "mid", "high"} <= set(found["base"])
    assert found["base"]["low"] < found["base"]["mid"] < found["base"]["high"]
    assert found["gap_t"] == pytest.approx(-32.0, abs=0.5)
    assert found["gap_pct_of_base"] == pytest.approx(100 * found["gap_t"] / found["base"]["mid"])
    assert [f["kind"] for f in found["forecasts"]] == ["budget", "decided"]
    assert len(found["readings"]) == 48
    assert {"path", "gas", "electricity", "base"} <= set(found["depends_on"])
    assert part.figure == "1\u00a0390"


def test_nothing_internal_is_public(built):
    out, _ = built
    rows = pd.read_excel(example_folder() / "indata" / "aktiviteter.xlsx", engine="calamine", dtype=str)
    secrets = {"Tankkort", "Gårdstank", *rows["Fakturanummer"].dropna().iloc[:3]}
    for path in (out / "publik").iterdir():
        content = path.read_bytes() if path.suffix != ".xlsx" else "".join(map(str, workbook(path))).encode()
        assert not [word for word in secrets if word.encode() in content], path.name
    public = json.loads((out / "publik" / "emissions.json").read_text(encoding="utf-8"))
    assert "missing_factors" not in public
    names = {a: set(pd.read_excel(out / a / "utslapp.xlsx", sheet_name=None, engine="calamine")) for a in ("publik", "intern")}
    assert names["intern"] - names["publik"] == {"Rader"}


def workbook(path):
    return [frame.to_csv() for frame in pd.read_excel(path, sheet_name=None, engine="calamine", dtype=str).values()]


def test_measures_of_the_plans_are_counted_once(built):
    out, _ = built
    found = json.loads((out / "intern" / "emissions.json").read_text(encoding="utf-8"))
    names = {m["measure"]: m for m in found["measures"]}
    assert "Laddbilar i hemtjänsten" not in names
    assert {m["measure"] for m in found["left_out"]} == {"Laddbilar i hemtjänsten", "Solceller på ishallen"}
    solar = {y["year"]: y["tonnes"] for y in names["Solceller enligt planen"]["years"]}
    assert (solar[2026], solar[2027], solar[2030]) == (1.0, 8.0, 8.0)  # what is built keeps working
    assert names["Solceller enligt planen"]["certainty"] == "planned"


def test_observations_conform_to_the_indicators(built):
    _, part = built
    known = indicators()
    for o in part.observations:
        indicator = known[o.indicator]
        assert o.unit == indicator.unit
        for name, value in o.dims:
            assert value in indicator.dims[name].values
    of_1990 = [o for o in part.observations if o.indicator == "group_emissions" and o.date.year == 1990]
    assert len(of_1990) == 72
    assert {o.source for o in part.observations} == {"example"}


def test_hostile_words_stay_words(project, tmp_path):
    hostile = '"><script>alert(1)</script>'
    folder = shutil.copytree(project, tmp_path / "kopia", ignore=shutil.ignore_patterns("ut"))
    path = folder / "indata" / "aktiviteter.xlsx"
    rows = pd.read_excel(path, engine="calamine")
    rows.loc[rows["Verksamhet"] == "El", "Verksamhet"] = hostile
    rows.to_excel(path, index=False)
    found = context(folder, tmp_path / "ut")
    write(found, emissionspart.compute(found), tmp_path / "ut")
    for audience in ("publik", "intern"):
        page = (tmp_path / "ut" / audience / "utslapp.html").read_text(encoding="utf-8")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_set_of_warming_potentials_is_a_setting(project, tmp_path, built):
    folder = shutil.copytree(project, tmp_path / "kopia", ignore=shutil.ignore_patterns("ut"))
    config = folder / "kil.toml"
    config.write_text(config.read_text(encoding="utf-8") + '\n[emissions]\ngwp = "ar4"\n', encoding="utf-8")
    part = emissionspart.compute(context(folder, tmp_path / "ut"))

    def leaks(json):
        return sum(r["tonnes"] for r in json["inventory"] if r["carrier"] == "r404a" and r["gas"] == "co2e" and r["year"] == 2025)

    assert leaks(part.json) / leaks(built[1].json) == pytest.approx(3922 / 3943)


def test_every_page_of_the_example_says_so(built):
    out, _ = built
    for audience in ("publik", "intern"):
        assert "EXEMPELDATA" in (out / audience / "utslapp.html").read_text(encoding="utf-8")
    assert all("EXEMPELDATA" in sheet.split("\n")[0] for sheet in workbook(out / "publik" / "utslapp.xlsx"))


def test_kils_own_start_shows_the_territory_as_a_proxy_only(tmp_path):
    (tmp_path / "kil.toml").write_text(
        '[municipality]\nname = "Kils kommun"\ncode = "1715"\nsite = { latitude = 59.5, longitude = 13.3 }\n', encoding="utf-8"
    )
    found = context(tmp_path, tmp_path / "ut")
    part = emissionspart.compute(found)
    assert part.figure == ""
    assert part.json["inventory"] == []
    assert part.json["gap_t"] is None
    assert {o.indicator for o in part.observations} == {"territorial_emissions"}
    write(found, part, tmp_path / "ut")
    page = (tmp_path / "ut" / "publik" / "utslapp.html").read_text(encoding="utf-8")
    assert "Data saknas om koncernens egna utsläpp" in page
    assert "Det är inte kommunkoncernens utsläpp" in page
    gaps = {s["gas"]: {g["year"]: g["tonnes"] for g in s["gaps"]["exponential"]} for s in part.json["territory"]}
    assert gaps["co2"][2022] == pytest.approx(-2003, abs=0.5)
    assert gaps["co2e"][2022] == pytest.approx(670, abs=0.5)
    template = pd.read_excel(tmp_path / "ut" / "intern" / "basar_mall.xlsx", engine="calamine", header=None)
    assert template.isin(["Eldningsolja 1"]).any().any()


def test_the_template_filled_in_is_read(tmp_path):
    from data.readers import activity
    from kil.emissionbook import base_template

    path = tmp_path / "basar.xlsx"
    base_template(path, 1990)
    frame = pd.read_excel(path, engine="calamine", header=None)
    heading = next(i for i, cells in enumerate(frame.to_numpy()) if "Energibärare" in cells)
    filled = frame.iloc[heading + 1 :].set_axis(frame.iloc[heading].tolist(), axis=1).dropna(subset=["Energibärare"])
    filled.assign(Organisation="Kommunen", Mängd=10).to_excel(path, index=False)
    read = activity.read_base_year(path, slip_ratio=200).data
    assert len(read) == len(filled)
    assert set(read["grade"]) == {"reconstructed"}


def test_no_input_at_all_is_said(tmp_path):
    (tmp_path / "kil.toml").write_text(
        '[municipality]\nname = "X"\nsite = { latitude = 59.5, longitude = 13.3 }\n', encoding="utf-8"
    )
    assert emissionspart.compute(context(tmp_path, tmp_path / "ut")) is None


def test_an_organisation_that_is_not_there_stops_the_run(project, tmp_path):
    folder = shutil.copytree(project, tmp_path / "kopia", ignore=shutil.ignore_patterns("ut"))
    path = folder / "indata" / "organisationer.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"Ljusåsabostäder AB"', '"Ljusåsabostaden AB"'), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        emissionspart.compute(context(folder, tmp_path / "ut"))
    assert "Menade du Ljusåsabostaden AB?" in str(caught.value)
    assert {f.row for f in caught.value.faults if f.file == "aktiviteter.xlsx"}


def test_public_remarks_name_no_place_and_no_file(project, tmp_path):
    """Months that are missing from a meter are told with the meter's place, in the house only."""
    folder = tmp_path / "p"
    shutil.copytree(project / "indata", folder / "indata")
    shutil.copyfile(project / "kil.toml", folder / "kil.toml")
    path = folder / "indata" / "aktiviteter.xlsx"
    frame = pd.read_excel(path, engine="calamine")
    site = "Gatubelysning"
    lost = frame.index[(frame["Plats eller mätare"] == site) & (pd.to_datetime(frame["Från"]).dt.year == 2025)][-2:]
    frame.drop(index=lost).to_excel(path, sheet_name="Aktiviteter", index=False)
    found = context(folder, folder / "ut", PLANS)
    part = emissionspart.compute(found)
    assert any(site in line for line in part.warnings)
    assert part.public_warnings
    assert not any(site in line or ".xlsx" in line for line in part.public_warnings)
    write(found, part, folder / "ut")
    assert part.public_warnings[0] in (folder / "ut" / "publik" / "utslapp.html").read_text(encoding="utf-8")
