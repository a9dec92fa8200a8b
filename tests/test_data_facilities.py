"""The facility list as municipalities keep it: what is known is read, what is not stays unknown, every fault is told with its row."""

import openpyxl
import pytest

from data.errors import InputError
from data.layers import FACILITIES
from data.readers import facilities
from kil import facilitytemplate

ASKED_COLUMNS = (
    *("name", "owner", "property_designation", "building_ids", "x", "y", "use", "floor_area_m2", "annual_kwh", "building_year"),
    *(
        "roof_year",
        "roof_change_year",
        "roof_material",
        "asbestos",
        "structure",
        "heritage",
        "detailed_plan",
        "meter_id",
        "fuse_a",
    ),
    *("subscribed_kw", "rented", "to_be_sold", "publish"),
)


def workbook(tmp_path, rows, *, name="fastigheter.xlsx", sheet="Fastigheter", merge=(), hide=()):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    for cells in merge:
        page.merge_cells(cells)
    for row in hide:
        page.row_dimensions[row].hidden = True
    path = tmp_path / name
    book.save(path)
    return path


def faults(path):
    with pytest.raises(InputError) as caught:
        facilities.read(path)
    return caught.value.faults


def test_every_column_the_strategist_has_is_in_the_contract():
    assert set(ASKED_COLUMNS) <= set(FACILITIES.names)


def test_a_list_of_names_alone_is_enough_and_the_rest_is_unknown(tmp_path):
    reading = facilities.read(workbook(tmp_path, [["Objekt-id", "Benämning"], ["7", "Ängskolan"], ["8", "Badet"]]))
    frame = reading.data
    assert list(frame.columns) == FACILITIES.names and list(frame.index) == [2, 3]
    assert (frame[["asbestos", "structure", "heritage", "detailed_plan", "defence", "grid_limit"]] == "unknown").all().all()
    empty = frame.drop(columns=["facility_id", "name", "publish", *facilities.ANSWERS])
    assert empty.isna().all().all(), "nothing is made up"
    assert reading.source.sha256 and frame["publish"].tolist() == ["nej", "nej"], "an unknown use is not published"


@pytest.mark.parametrize(
    "case",
    [
        ("skola", "Ängskolan", None, "ja"),
        ("vattenverk", "Verket", None, "nej"),
        ("VATTENVERK", "Verket", "ja", "ja"),
        ("drift", "Norra reningsverket", None, "nej"),
        ("brandstation", "Stationen", None, "nej"),
        ("skyddat boende", "Villan", None, "nej"),
        ("ledningscentral", "Kontoret", "utan namn", "utan namn"),
        (None, "Kontoret", None, "nej"),
        ("kontor", "Kontoret", "nej", "nej"),
    ],
)
def test_what_is_published_where_the_list_does_not_say(tmp_path, case):
    use, name, stated, wanted = case
    rows = [["Id", "Namn", "Verksamhet", "Publicera"], ["1", name, use, stated]]
    reading = facilities.read(workbook(tmp_path, rows))
    assert reading.data["publish"].tolist() == [wanted]
    assert any("Publicera är tomt" in warning for warning in reading.warnings) == (stated is None)
    assert not any(name in warning for warning in reading.warnings)


def test_swedish_numbers_dates_words_and_units(tmp_path):
    rows = [
        [
            "Anläggnings-id",
            "Namn",
            "Atemp (m²)",
            "Elförbrukning (MWh/år)",
            "Byggår",
            "Hyrd",
            "Asbest",
            "Bärighet",
            "K-märkt",
            "Publicera",
        ],
        ["1", "Skolan", "1 234,5", "612,5", "1974", "nej", "Ja", "Ja", "q-märkt", "Utan namn"],
        ["2", "Badet", "2\u00a0000", "−0", "vet ej", "x", "nej", "klarar inte", "?", "JA"],
    ]
    reading = facilities.read(workbook(tmp_path, rows))
    one, two = reading.data.loc[2], reading.data.loc[3]
    assert (one["floor_area_m2"], one["annual_kwh"], one["building_year"]) == (1234.5, 612_500.0, 1974)
    assert two["floor_area_m2"] == 2000 and two.isna()["building_year"]
    assert not one["rented"] and two["rented"]
    assert (one["asbestos"], two["asbestos"]) == ("no", "ok"), "Asbest ja: there is asbestos, so not ok"
    assert (one["structure"], two["structure"]) == ("ok", "no"), "Bärighet ja: it carries, so ok"
    assert (one["heritage"], two["heritage"]) == ("no", "unknown")
    assert (one["publish"], two["publish"]) == ("utan namn", "ja")
    assert any("MWh" in warning and "omräknad" in warning for warning in reading.warnings)


def test_titles_merged_headings_and_hidden_rows(tmp_path):
    rows = [
        ["Fastighetslista Kils kommun", None, None, None, None],
        ["Utdrag 2026-03-01", None, None, None, None],
        [],
        ["Objekt", None, "Tak", None, "El"],
        ["Id", "Namn", "Takår", "Takmaterial", "kWh/år"],
        ["1", "Skolan", 2009, "papp", 612000],
        ["2", "Förrådet", 1968, "eternit", 134000],
        ["3", "Badet", 2004, "papp", 1240000],
    ]
    path = workbook(tmp_path, rows, merge=["A1:E1", "A4:B4", "C4:D4"], hide=[7])
    reading = facilities.read(path)
    assert list(reading.data.index) == [6, 7, 8]
    assert list(reading.data["roof_year"]) == [2009, 1968, 2004]
    assert any("dolda rader" in warning and "7" in warning for warning in reading.warnings)


def test_every_fault_of_a_list_is_one_message_with_file_sheet_row_column_and_fix(tmp_path):
    rows = [
        ["Anläggnings-id", "Namn", "Byggår", "Elanvändning (kWh/år)", "Publicera", "Bärighet", "X (öst)", "Y (nord)"],
        ["1", "Skolan", "nittiotal", "-5", "kanske", "ja", None, None],
        ["1", "Badet", 974, "12 000 kWh", "ja", "sisådär", 404000.0, None],
        [None, "Hallen", 1974, 5, "nej", "ok", 13.3, 59.5],
    ]
    found = faults(workbook(tmp_path, rows))
    places = {(fault.row, fault.column) for fault in found}
    assert places == {
        (2, "Byggår"),
        (2, "Elanvändning (kWh/år)"),
        (2, "Publicera"),
        (2, "Anläggnings-id"),
        (3, "Anläggnings-id"),
        (3, "Byggår"),
        (3, "Elanvändning (kWh/år)"),
        (3, "Bärighet"),
        (3, "Y (nord)"),
        (4, "Anläggnings-id"),
        (4, "X (öst)"),
    }
    assert all(fault.file == "fastigheter.xlsx" and fault.sheet == "Fastigheter" and fault.fix for fault in found)
    said = {(fault.row, fault.column): str(fault) for fault in found}
    assert "'nittiotal' är inte ett heltal" in said[2, "Byggår"]
    assert "ja, nej, utan namn" in said[2, "Publicera"]
    assert "ser ut som grader" in said[4, "X (öst)"]
    assert "bara den ena koordinaten" in said[3, "Y (nord)"]


def test_a_formula_nobody_calculated_and_a_cell_in_error(tmp_path):
    rows = [["Anläggnings-id", "Namn", "Byggår"], ["1", "Skolan", "=A2+1973"], ["2", "Badet", "#REF!"]]
    found = {fault.row: str(fault) for fault in faults(workbook(tmp_path, rows))}
    assert "formeln =A2+1973 är inte uträknad" in found[2] and "Excel" in found[2]
    assert set(found) == {2, 3}


def test_columns_not_used_and_two_that_mean_the_same(tmp_path):
    rows = [["Anläggnings-id", "Namn", "Byggnadsår", "Takmatrial", "Lokalvård"], ["1", "Skolan", 1974, "papp", "ja"]]
    warnings = " ".join(facilities.read(workbook(tmp_path, rows)).warnings)
    assert "Takmatrial används inte. Menade du Takmaterial?" in warnings and "Lokalvård används inte." in warnings
    rows = [["Anläggnings-id", "Namn", "Byggår", "Uppförd"], ["1", "Skolan", 1974, 1975]]
    (fault,) = faults(workbook(tmp_path, rows))
    assert "Byggår + Uppförd" in fault.got


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [";", "\t"])
def test_csv_in_any_encoding(tmp_path, encoding, mark):
    path = tmp_path / "fastigheter.csv"
    lines = ["Anläggnings-id;Namn;Yta (m²)", '1;"Åvallen; idrott";1 234,5', "2;Östra skolan;12,0"]
    text = "\n".join(line.replace(";", mark) if mark == "\t" else line for line in lines)
    path.write_bytes(text.replace('"Åvallen\t', '"Åvallen;').encode(encoding))
    frame = facilities.read(path).data
    assert list(frame["name"]) == ["Åvallen; idrott", "Östra skolan"]
    assert list(frame["floor_area_m2"]) == [1234.5, 12.0] and list(frame.index) == [2, 3]


def test_hostile_text_is_text(tmp_path):
    names = [
        '<img src=x onerror="alert(1)">',
        "=cmd|' /C calc'!A0",
        "Robert'); DROP TABLE byggnad;--",
        "\u202eomvänd",
        "{{7*7}}",
        "a" * 5000,
    ]
    path = tmp_path / "fastigheter.csv"
    path.write_text("Anläggnings-id\tNamn\n" + "\n".join(f"{i}\t{name}" for i, name in enumerate(names)), encoding="utf-8")
    frame = facilities.read(path).data
    assert list(frame["name"])[:3] == names[:3] and len(frame) == len(names)


def test_coordinates_the_old_way_round_are_turned_and_said(tmp_path):
    rows = [
        ["Id", "Namn", "X-koordinat", "Y-koordinat"],
        ["1", "A", 6597000, 404500],
        ["2", "B", "6 596 500,5", "404100"],
        ["3", "C", None, None],
    ]
    reading = facilities.read(workbook(tmp_path, rows))
    assert reading.data["x"].tolist()[:2] == [404500, 404100] and reading.data["y"].tolist()[:2] == [6597000, 6596500.5]
    assert any("X är nord" in warning for warning in reading.warnings)
    mixed = [rows[0], rows[1], ["2", "B", 404100, 6596500]]
    (fault,) = faults(workbook(tmp_path, mixed))
    assert fault.row == 2 and "omkastade" in fault.got


def test_a_list_without_ids_gets_them_from_its_names(tmp_path):
    reading = facilities.read(workbook(tmp_path, [["Namn", "Byggår"], ["Östra skolan", 1974], ["Badet", 1980]]))
    assert list(reading.data["facility_id"]) == ["ostraskolan", "badet"] and any(
        "saknar id" in warning for warning in reading.warnings
    )
    (fault,) = faults(workbook(tmp_path, [["Namn", "Byggår"], ["Badet", 1974], ["Badet ", 1980]]))
    assert fault.row == 3 and "flera rader" in fault.got and "Anläggnings-id" in fault.fix


def test_building_ids_however_they_are_parted(tmp_path):
    ids = ["a-1;a-2", "a-1, a-2", "{A-1}\n{a-2}", " a-1 ; a-1 ;"]
    rows = [["Id", "Namn", "Byggnads-id"], *([str(i), f"N{i}", each] for i, each in enumerate(ids))]
    assert list(facilities.read(workbook(tmp_path, rows)).data["building_ids"]) == ["a-1;a-2", "a-1;a-2", "A-1;a-2", "a-1"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_workbook(tmp_path, content):
    path = tmp_path / "fastigheter.xlsx"
    path.write_bytes(content)
    (fault,) = faults(path)
    assert fault.file == "fastigheter.xlsx" and fault.fix


# --- The template -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("mall") / "fastigheter.xlsx"
    facilitytemplate.write(path)
    return path


def test_the_template_explains_every_column_and_offers_the_words_the_reader_knows(template):
    book = openpyxl.load_workbook(template)
    page, explained = book["Fastigheter"], book["Förklaringar"]
    headings = [cell.value for cell in page[1]]
    assert headings == [column.label for column in FACILITIES.columns]
    assert all(cell.comment and len(cell.comment.text) > 10 for cell in page[1])
    assert [row[0].value for row in explained.iter_rows(min_row=2)] == headings
    lists = {
        next(iter(rule.sqref.ranges)).min_col: rule.formula1
        for rule in page.data_validations.dataValidation
        if rule.type == "list"
    }
    wanted = {headings.index(c.label) + 1 for c in FACILITIES.columns if c.values or c.dtype == "bool"}
    assert set(lists) == wanted
    assert lists[headings.index("Asbest") + 1] == '"ok,hinder,okänt"'
    assert lists[headings.index("Publicera") + 1] == '"ja,nej,utan namn"'


def test_what_is_chosen_in_the_template_is_read_back_as_meant(template, tmp_path):
    book = openpyxl.load_workbook(template)
    page = book["Fastigheter"]
    for row, answer in enumerate(("ok", "hinder", "okänt"), start=2):
        for number, column in enumerate(FACILITIES.columns, start=1):
            if column.name in facilities.ANSWERS:
                page.cell(row, number, answer)
        page.cell(row, 1, f"F-{row}")
        page.cell(row, 2, f"Namn {row}")
    book.save(tmp_path / "fastigheter.xlsx")
    reading = facilities.read(tmp_path / "fastigheter.xlsx")
    assert reading.data[list(facilities.ANSWERS)].to_numpy().tolist() == [["ok"] * 6, ["no"] * 6, ["unknown"] * 6]
    assert len(reading.warnings) == 1 and "Publicera är tomt" in reading.warnings[0]


def test_a_hundred_thousand_rows_in_seconds(tmp_path):
    import time

    path = tmp_path / "fastigheter.csv"
    rows = (f"{i};Byggnad {i};Kils kommun;Kil Äng {i}:1;1 234,5;612000;1974;ok;nej;ja" for i in range(100_000))
    head = "Anläggnings-id;Namn;Ägare;Fastighet;Yta (m²);Elanvändning (kWh/år);Byggår;Bärighet;Hyrd;Publicera"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    start = time.process_time()
    assert len(facilities.read(path).data) == 100_000
    assert time.process_time() - start < 15


def test_a_template_nobody_has_filled_in_is_an_empty_list_and_said(tmp_path):
    facilitytemplate.write(tmp_path / "fastigheter.xlsx")
    reading = facilities.read(tmp_path / "fastigheter.xlsx")
    assert reading.data.empty
    assert list(reading.data.columns) == FACILITIES.names
    assert any("inga rader" in line for line in reading.warnings)
