"""`kil fleet` from the outside, on the example's fleet: its known truth, both audiences, the ledger's round, hostile lists."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from kil.build import build_one
from kil.project import example_folder
from kil.run import Run

pytestmark = pytest.mark.xdist_group("fleet")
KIL = Path(sys.executable).with_name("kil")
DAY = "2026-11-24"
FILES = ("fordon.xlsx", "ersattningar.xlsx", "tankningar.csv")


def kil(*words, cwd, code=0):
    """Run the command as a user does: in a process of its own."""
    done = subprocess.run([KIL, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == code, done.stderr
    return done


def fleet(folder):
    """Run the fleet module in this process (a process a run costs seconds); return intern/fleet.json."""
    run = Run(config=folder / "kil.toml", out=folder / "utdata", today=dt.date.fromisoformat(DAY), quiet=True)
    assert build_one(run, "fleet") == 0
    return json.loads((folder / "utdata" / "intern" / "fleet.json").read_text(encoding="utf-8"))


def project(folder, *, files=FILES, settings=""):
    """Return a project with the example's fleet and nothing else."""
    (folder / "indata").mkdir(parents=True)
    text = (example_folder() / "kil.toml").read_text(encoding="utf-8")
    (folder / "kil.toml").write_text(text + settings, encoding="utf-8")
    for name in files:
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of a run, and what it said."""
    folder = project(tmp_path_factory.mktemp("kil") / "projekt")
    done = kil("fleet", "--date", DAY, "--json", cwd=folder)
    return folder / "utdata", done


@pytest.fixture(scope="module")
def truth():
    """What the example's own script counted."""
    return json.loads((example_folder() / "facit_fordon.json").read_text(encoding="utf-8"))


def test_files_of_both_audiences(built):
    out, done = built
    names = {"fordon.html", "fordon.xlsx", "fleet.json", "upphandling.csv", "kallor.json"}
    assert {path.name for path in (out / "publik").iterdir()} == names
    assert {path.name for path in (out / "intern").iterdir()} == names | {"ersattningar.xlsx"}
    assert json.loads(done.stdout) == json.loads((out / "intern" / "fleet.json").read_text(encoding="utf-8"))


def test_the_examples_known_truth(built, truth):
    """120 invented vehicles in four companies: shares of four year ends under two definitions, every pair and every verdict."""
    found = json.loads(built[1].stdout)
    made = {
        (row["definition"], row["date"]): [row["n"], row["fossil_free"], row["unknown"]]
        for row in found["shares"]
        if (row["class"], row["company"], row["tenure"]) == ("all", "all", "all")
    }
    for definition, by_day in truth["shares"].items():
        for day, counts in by_day.items():
            assert made[definition, day] == counts, (definition, day)
    pairs = [row for row in found["replacements"] if row["kind"] == "replacement" and row["state"] != "rejected"]
    assert {(row["out_reg"], row["in_reg"]) for row in pairs} == {tuple(pair) for pair in truth["pairs"]}
    assert {row["in_reg"]: row["verdict"] for row in pairs} == truth["verdicts"]
    assert set(truth["verdicts"].values()) == {
        "before_decision",
        "compliant",
        "violation",
        "exemption_expired",
        "unknown",
        "exempt",
    }


def test_the_contract_of_fleet_json(built):
    found = json.loads(built[1].stdout)
    assert {"date", "shares", "replacements", "violations", "outside_goal", "plan", "warnings"} <= set(found)
    assert {"date", "definition", "class", "company", "tenure", "n", "fossil_free", "unknown", "share"} <= set(found["shares"][0])
    keys = {
        "pair_id",
        "out_reg",
        "in_reg",
        "out_date",
        "in_date",
        "ordered",
        "class",
        "company",
        "confidence",
        "state",
        "verdict",
        "definition",
    }
    assert keys | {"exemption"} <= set(found["replacements"][0])
    assert [row["verdict"] for row in found["replacements"]][:3] == ["violation", "violation", "exemption_expired"]
    assert found["outside_goal"] == {"other_authority": 2, "deregistered": 1, "emergency": 1, "trailer": 1}
    assert len(found["readings"]) == 2 * 6 * 3
    assert found["charging"]["matched_with_solar"] is False


def test_strict_ends_with_one_only_where_a_rule_is_broken(tmp_path):
    folder = project(tmp_path / "bruten")
    kil("fleet", "--date", DAY, "--strict", "--quiet", cwd=folder, code=1)
    whole = project(tmp_path / "hel", files=())
    rows = "Regnr;Drivmedel;Fordonsslag;I drift;Ur drift;Beställd\n"
    rows += "ABC123;Diesel;bil;2020-01-01;2024-05-01;\nDEF456;El;bil;2024-05-02;;2024-01-02\n"
    (whole / "indata" / "fordon.csv").write_text(rows, encoding="utf-8")
    (whole / "kil.toml").write_text(
        '[municipality]\nname = "K"\nowners = []\nsite = { latitude = 59.5, longitude = 13.3, altitude = 65 }\n'
        '[inputs]\nvehicles = "indata/fordon.csv"\n',
        encoding="utf-8",
    )
    kil("fleet", "--date", DAY, "--strict", "--quiet", cwd=whole)


SECRET = (
    "PRK11B",
    "LJUSAS",
    "Provsson",
    "Testsson",
    "Teknisk chef",
    "Förvaltningschef",
    "Ingen eldriven sopbil",
    "TN 2024-031",
    "Olika verksamheter",
)


def everything(folder):
    """Return (file, text) of every file, workbooks unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield path.name, " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
        elif path.is_file():
            yield path.name, path.read_text(encoding="utf-8")


def test_nothing_private_is_public(built):
    """Private leases, personal plates, drivers, delegates, reasons, notes; charging by depot and costs by vehicle."""
    out, _ = built
    for name, text in everything(out / "publik"):
        for secret in (*SECRET, "Äldreboendet Ekliden", "cost_now_sek", "Kostnad fossil"):
            assert secret not in text, (name, secret)
    inside = " ".join(text for _, text in everything(out / "intern"))
    for secret in ("Teknisk chef", "Äldreboendet Ekliden", "Olika verksamheter"):
        assert secret in inside, secret
    for secret in ("Provsson", "Testsson"):
        assert secret not in inside


def test_a_private_vehicle_in_a_pair_is_masked_everywhere(tmp_path):
    """A private lease that was replaced: its number stands in pair ids, tables and violations, and in none of the public ones."""
    folder = project(tmp_path / "privat", files=())
    rows = [
        "Regnr;Drivmedel;Fordonsslag;Bolag;I drift;Ur drift;Beställd;Ägandeform",
        "HEM111;Bensin;bil;Ljusåsa kommun;2020-01-01;2024-05-01;;Privatleasing",
        "HEM222;Bensin;bil;Ljusåsa kommun;2024-05-02;;2024-02-02;Privatleasing",
        "MITTBIL;Bensin;bil;Ljusåsa kommun;2021-05-02;;;Ägd",
    ]
    (folder / "indata" / "fordon.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "kil.toml").write_text(
        (folder / "kil.toml").read_text(encoding="utf-8") + '\n[inputs]\nvehicles = "indata/fordon.csv"\n', encoding="utf-8"
    )
    fleet(folder)
    public = dict(everything(folder / "utdata" / "publik"))
    for name, text in public.items():
        assert not any(secret in text for secret in ("HEM111", "HEM222", "MITTBIL")), name
    found = json.loads(public["fleet.json"])
    assert found["violations"] == ["privat 1>privat 2"]
    assert "HEM222" in (folder / "utdata" / "intern" / "fleet.json").read_text(encoding="utf-8")


def test_the_workbook_opens_with_filters_and_frozen_heads(built):
    out, _ = built
    book = openpyxl.load_workbook(out / "intern" / "fordon.xlsx")
    assert {"Andelar", "Byten", "Plan", "Upphandling", "Fel"} <= set(book.sheetnames)
    for page in book:
        assert page.auto_filter.ref, page.title
        assert page.freeze_panes == "B4", page.title
        assert page["A1"].value.startswith("EXEMPELDATA")
    shares = book["Andelar"]
    heads = {cell.value: cell.column for cell in shares[3]}
    cell = shares.cell(4, heads["Andel"])
    assert cell.number_format == "0.0%"
    assert 0 <= cell.value <= 1
    assert shares.cell(4, heads["Datum"]).number_format == "yyyy-mm-dd"
    words = {cell.value for cell in book["Byten"]["C"]}
    assert {"bryter mot regeln", "undantaget har gått ut", "följer regeln"} <= words


def office():
    """Return LibreOffice's command; skip where it is not installed (`make office` installs it)."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip(
            "LibreOffice is not on this machine: `make office` installs it; openpyxl opens the same file in the test above"
        )
    return found


def test_the_workbook_opens_in_libreoffice(built, tmp_path):
    """Opened and saved by LibreOffice: the same sheets, cells and filters as written, no formula and no error."""
    out, _ = built
    profile = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    command = [office(), "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path]
    subprocess.run([*map(str, command), str(out / "intern" / "fordon.xlsx")], check=True, timeout=120, capture_output=True)
    ours, theirs = (openpyxl.load_workbook(path / "fordon.xlsx") for path in (out / "intern", tmp_path))
    assert theirs.sheetnames == ours.sheetnames
    for name in ours.sheetnames:
        mine, opened = ours[name], theirs[name]
        assert cells_of(opened, mine.dimensions) == cells_of(mine, mine.dimensions), name
        assert opened.auto_filter.ref == mine.auto_filter.ref, name
        assert not [c.coordinate for row in opened.iter_rows() for c in row if c.data_type in ("e", "f")], name


def cells_of(page, area):
    """Cells of an area as shown: value (15 digits become 12) and whether it is a date."""
    return [
        (cell.coordinate, float(f"{cell.value:.12g}") if isinstance(cell.value, float) else cell.value, cell.is_date)
        for row in page[area]
        for cell in row
        if cell.value not in (None, "")
    ]


HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
]


def test_what_nobody_can_judge_is_said_beside_the_share_and_the_rule(tmp_path):
    """Four vehicles: two electric, two diesels without a word on HVO100, one of which came in place of a petrol van."""
    folder = project(tmp_path / "p", files=())
    rows = [
        ["Regnr", "Bolag", "Fordonstyp", "Drivmedel", "I drift", "Utrangerad", "Beställningsdatum"],
        ["AAA111", "Ljusåsa kommun", "Personbil", "Diesel", "2018-01-01", "2024-05-01", ""],
        ["BBB111", "Ljusåsa kommun", "Personbil", "El", "2019-01-01", "", ""],
        ["CCC111", "Ljusåsa kommun", "Lätt lastbil", "Bensin", "2017-01-01", "2025-03-01", ""],
        ["DDD111", "Ljusåsa kommun", "Personbil", "Diesel", "2020-01-01", "", ""],
        ["EEE111", "Ljusåsa kommun", "Personbil", "El", "2024-05-03", "", "2024-02-01"],
        ["FFF111", "Ljusåsa kommun", "Lätt lastbil", "Diesel", "2025-03-10", "", "2025-01-10"],
    ]
    with xlsxwriter.Workbook(folder / "indata" / "fordon.xlsx") as book:
        sheet = book.add_worksheet("Fordon")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    found = fleet(folder)
    assert {row["in_reg"]: row["verdict"] for row in found["replacements"]} == {"EEE111": "compliant", "FFF111": "unknown"}
    page = (folder / "utdata" / "publik" / "fordon.html").read_text(encoding="utf-8")
    assert "2 av 4 går inte att bedöma" in page
    assert "Inget känt byte bryter mot regeln. 1 går inte att bedöma." in page


def test_text_from_a_list_is_never_a_formula_nor_markup(tmp_path):
    folder = project(tmp_path / "fientlig", files=())
    with xlsxwriter.Workbook(folder / "indata" / "fordon.xlsx", {"strings_to_formulas": False}) as book:
        page = book.add_worksheet("Fordon")
        page.write_row(0, 0, ["Regnr", "Bolag", "Avdelning", "Depå", "Märke", "Drivmedel", "Fordonsslag", "I drift", "Beställd"])
        for number, text in enumerate(HOSTILE, start=1):
            page.write_row(number, 0, [f"ABC10{number}"])
            for column in range(1, 6):
                page.write_string(number, column, text)
            page.write_row(number, 6, ["bil", "2024-05-02", "2024-01-02"])
    fleet(folder)
    for audience in ("publik", "intern"):
        out = folder / "utdata" / audience
        html = (out / "fordon.html").read_text(encoding="utf-8")
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        for name in ("fordon.xlsx", "ersattningar.xlsx"):
            if (out / name).exists():
                with zipfile.ZipFile(out / name) as book:
                    assert not any(b"<f>" in book.read(sheet) for sheet in book.namelist() if "worksheets/sheet" in sheet), name
        with (out / "upphandling.csv").open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream, delimiter=";") for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        assert any(cell.startswith("'=HYPERLINK") for cell in cells)


def test_the_ledger_is_written_edited_and_read_back(tmp_path):
    """The first run puts it where it is read from; an edited one is never overwritten, and its confirmed rows hold."""
    folder = project(tmp_path / "bok", files=("fordon.xlsx", "tankningar.csv"))
    fleet(folder)
    home = folder / "indata" / "ersattningar.xlsx"
    book = openpyxl.load_workbook(home)
    page = book.active
    heads = {page.cell(3, n).value: n for n in range(1, page.max_column + 1)}
    assert page.data_validations.dataValidation[0].formula1 == '"antaget,bekräftat,avvisat"'
    row = next(n for n in range(4, page.max_row + 1) if page.cell(n, heads["Nytt fordon"]).value == "BRA702")
    page.cell(row, heads["Läge"]).value = "bekräftat"
    page.cell(row, heads["Anteckning"]).value = "kontrollerat"
    other = next(n for n in range(4, page.max_row + 1) if page.cell(n, heads["Nytt fordon"]).value == "BRB802")
    page.cell(other, heads["Läge"]).value = "avvisat"
    book.save(home)
    before = home.read_bytes()
    found = fleet(folder)
    assert home.read_bytes() == before
    rows = {row["pair_id"]: row for row in found["replacements"]}
    assert rows["BRA701>BRA702"]["state"] == "confirmed"
    assert rows["BRB801>BRB802"]["verdict"] == "not_replacement"
    assert not any(
        row["out_reg"] == "BRB801" and row["in_reg"] == "BRB802" and row["state"] != "rejected" for row in rows.values()
    )
    written = openpyxl.load_workbook(folder / "utdata" / "intern" / "ersattningar.xlsx").active
    kept = next(r for r in written.iter_rows(min_row=4, values_only=True) if r[heads["Nytt fordon"] - 1] == "BRA702")
    assert kept[heads["Anteckning"] - 1] == "kontrollerat"


def test_a_definition_of_ones_own_is_computed_beside_the_others(tmp_path):
    folder = project(tmp_path / "egen", settings='\n[fleet.goal]\ndefinition = "bara-gas"\n')
    (folder / "indata" / "definitioner.toml").write_text(
        '[[definition]]\nid = "bara-gas"\nsv = "Bara gas"\nsource = "Beslut"\n'
        'classes = ["car", "light_lorry"]\nrule = { fuels_any = ["gas"] }\n',
        encoding="utf-8",
    )
    found = fleet(folder)
    assert {row["definition"] for row in found["shares"]} >= {"bara-gas", "nollutsläpp", "kolada-u00502"}
    assert found["definition"] == "bara-gas"
    assert "Bara gas" in (folder / "utdata" / "publik" / "fordon.html").read_text(encoding="utf-8")


def test_an_unknown_definition_is_one_clear_message(tmp_path):
    folder = project(tmp_path / "okänd", settings='\n[fleet.goal]\ndefinition = "nollutslapp"\n')
    said = kil("fleet", "--strict", "--date", DAY, cwd=folder, code=2).stderr
    assert said.count("nollutslapp") == 1
    assert "kil.toml, fält fleet.goal.definition: 'nollutslapp' är okänt. Välj bland: " in said
    assert "Menade du nollutsläpp?" in said
    assert "Traceback" not in said


def test_check_explains_every_fault_with_row_and_suggestion(tmp_path):
    folder = project(tmp_path / "fel", files=())
    rows = (
        "Regnr;Drivmedel;Fordonsslag;I drift\nABC123;dissel;bil;2022-01-01\nABC123;El;bil;2022-01-01\nDEF456;El;bil;2022-02-30\n"
    )
    (folder / "indata" / "fordon.xlsx").unlink(missing_ok=True)
    (folder / "indata" / "fordon.csv").write_text(rows, encoding="utf-8")
    (folder / "kil.toml").write_text(
        (folder / "kil.toml").read_text(encoding="utf-8") + '\n[inputs]\nvehicles = "indata/fordon.csv"\n', encoding="utf-8"
    )
    said = kil("check", "indata/fordon.csv", cwd=folder, code=2).stderr
    assert "fordon.csv, rad 2, kolumn Drivmedel: drivmedlet 'dissel' är okänt" in said
    assert "Menade du diesel?" in said
    assert "rad 4, kolumn I drift från: '2022-02-30' är inget datum" in said
    assert "ABC123 står redan på rad 2" in said


def test_without_a_list_the_command_says_what_is_missing(tmp_path):
    folder = project(tmp_path / "tom", files=())
    done = kil("fleet", cwd=folder, code=2)
    assert "fordonslistan" in done.stderr


def test_the_same_day_and_files_give_the_same_page(built, tmp_path):
    folder = project(tmp_path / "igen")
    fleet(folder)
    for name in ("fordon.html", "fleet.json"):
        first, second = ((place / "publik" / name).read_bytes() for place in (built[0], folder / "utdata"))
        assert first == second, name
