"""Cells and sheets as people type them: Swedish numbers and dates, headings in any spelling, workbooks with traps."""

import datetime as dt
import zipfile

import openpyxl
import pandas as pd
import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.readers import cells
from data.readers.spreadsheet import Synonyms, match_headings, read_contract, read_table
from data.tables import Column, Table

TABLE = Table(
    "prov",
    "a list",
    (
        Column("id", "str", "identity", "Id", unique=True),
        Column("kwh", "float", "energy", "Energi (kWh)", unit="kWh", nullable=True, required=False),
        Column("day", "date", "a day", "Dag", nullable=True, required=False),
        Column("answer", "str", "ok, no or unknown", "Svar", values=("unknown", "ok", "no"), nullable=True, required=False),
    ),
)


# --- One cell ---------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), st.sampled_from(["sv_SE", "en_US", "de_DE"]))
def test_a_number_in_any_writing_is_the_number(value, locale):
    """Written by Babel (CLDR), which puts NBSP, point or comma between thousands and U+2212 before a negative."""
    written = format_decimal(value, locale=locale, format="#,##0.00")
    assert cells.number(written) == pytest.approx(float(value))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1 234,5", 1234.5),
        ("−5", -5),
        (",5", 0.5),
        ("1e3", 1000),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567),
        (7, 7),
        ("  ", None),
        (None, None),
    ],
)
def test_numbers(written, value):
    assert cells.number(written) == value


@pytest.mark.parametrize(
    "written", ["12 kWh", "1 23", "1,2,3", "ca 5", "5-6", "1.2.3", True, "inf", "nan", "١٢٣a", "0x10", "1_000"]
)
def test_what_is_no_number(written):
    with pytest.raises(ValueError):
        cells.number(written)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-01",
        "2024-03-01 00:00:00",
        "2024-03-01T10:00Z",
        "20240301",
        "240301",
        "24-03-01",
        "1/3 2024",
        "1/3-24",
        "1/3 -24",
        "1/3 24",
        "01-03-2024",
        "den 1 mars 2024",
        "1:a mars 2024",
        "\u200e2024-03-01\u200b",
        "01.03.2024",
        "1 mars 2024",
        "1 Mar. 2024",
        dt.date(2024, 3, 1),
        dt.datetime(2024, 3, 1, 9),
    ],
)
def test_dates(written):
    assert cells.date(written) == dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    "written",
    ["2024-02-30", "30/2 2024", "2023-02-29", "mars 2024", "01.03.24", "1/3/24", "45352", "1 brumaire 2024", "0001-01-01"],
)
def test_days_that_do_not_exist(written):
    with pytest.raises(ValueError):
        cells.date(written)


def test_signs_nobody_sees_are_left_out():
    assert cells.as_text("\ufeffLju\u200bså\u00adsa\u202e  kommun\u200f") == "Ljusåsa kommun"
    assert cells.number("\u202d1\u00a0234,5\u202c") == 1234.5
    assert cells.is_empty("\u200b \u200e")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_folded_and_tidied_without_harm(text):
    folded = cells.fold(text)
    assert cells.fold(folded) == folded and all(sign.isalnum() for sign in folded)
    assert cells.tidy(cells.tidy(text)) == cells.tidy(text)
    assert cells.is_empty(text) == (cells.tidy(text) == "")


# --- One sheet ---------------------------------------------------------------------------------------------------------------


def csv(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "lista.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_delimiter_is_found_although_commas_are_decimals(tmp_path, mark):
    rows = [["Id", "Energi (kWh)", "Svar"], ["a", "1 234,5", "ok"], ["b", "2,5", "nej"]]
    written = "\n".join(mark.join(f'"{cell}"' if mark == "," else cell for cell in row) for row in rows)
    (sheet,) = read_table(csv(tmp_path, written), known=["Id", "Energi (kWh)"])
    assert sheet.frame.to_numpy().tolist() == rows[1:] and list(sheet.frame.index) == [2, 3]


def test_excels_first_line_quoted_line_breaks_and_notes_above(tmp_path):
    (sheet,) = read_table(csv(tmp_path, 'sep=;\nUtdrag;\n;\nId;Anm\n"a";"två\nrader"\nb;x\n'), known=["Id", "Anm"])
    assert list(sheet.frame.index) == [5, 7], "rows as an editor numbers them"
    assert sheet.frame["Anm"].tolist() == ["två\nrader", "x"]


def test_headings_in_any_spelling_and_units_that_are_converted_or_not_taken():
    frame = pd.DataFrame([["a", "1", "2024-01-01"]], columns=["ID ", "energi (MWh/år)", "DAG"])
    found = match_headings(frame, TABLE)
    assert found.matched == {"id": "ID ", "kwh": "energi (MWh/år)", "day": "DAG"} and found.factors == {"kwh": 1000}
    assert match_headings(pd.DataFrame([["1"]], columns=["Energi (kronor)"]), TABLE).matched == {}


def test_a_contract_reads_values_words_and_the_words_for_not_known(tmp_path):
    synonyms = Synonyms({"id": ["nummer"]}, {"answer": {"ok": ["ja"], "no": ["nej"]}}, ["okänt", "?"])
    path = csv(tmp_path, "Nummer;Energi (MWh);Svar;Dag\n7;1,5;Ja;1/3 2024\n8;okänt;?;\n")
    rows = read_contract(path, TABLE, synonyms)
    assert rows.frame["id"].tolist() == ["7", "8"] and rows.frame["kwh"].tolist()[0] == 1500
    assert rows.frame["answer"].tolist() == ["ok", "unknown"] and rows.frame["day"].isna().tolist() == [False, True]


def test_an_empty_cell_that_must_hold_a_word_is_told_the_words_a_list_may_hold(tmp_path):
    grade = Column("grade", "str", "how well it is known", "Kvalitet", values=("measured", "invoiced"))
    synonyms = Synonyms({}, {"grade": {"measured": ["uppmätt", "mätt"], "invoiced": ["fakturerat"]}}, ["okänt"])
    path = csv(tmp_path, "Id;Kvalitet\n7;mätt\n8;\n9;gissat\n")
    with pytest.raises(InputError) as caught:
        read_contract(path, Table("prov", "a list", (TABLE["id"], grade)), synonyms)
    assert {(fault.row, fault.expected) for fault in caught.value.faults} == {
        (3, "uppmätt, fakturerat"),
        (4, "uppmätt, fakturerat"),
    }


def test_the_sheet_that_fits_is_read_hidden_ones_are_not_and_the_others_are_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Försättsblad"
    book.active.append(["Rapport", 2026])
    book.create_sheet("Data").append(["Id", "Energi (kWh)"])
    book["Data"].append(["a", 5])
    book.create_sheet("Gammal").append(["Id", "Energi (kWh)", "Svar"])
    book["Gammal"].sheet_state = "hidden"
    path = tmp_path / "lista.xlsx"
    book.save(path)
    rows = read_contract(path, TABLE)
    assert rows.sheet == "Data" and rows.frame["kwh"].tolist() == [5]
    assert any("Försättsblad" in warning for warning in rows.warnings)


def test_merged_cells_give_their_value_to_every_cell(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    for row in (["Id", "Svar"], ["a", "ok"], ["b", None], ["c", "no"]):
        page.append(row)
    page.merge_cells("B2:B3")
    path = tmp_path / "lista.xlsx"
    book.save(path)
    assert read_contract(path, TABLE).frame["answer"].tolist() == ["ok", "ok", "no"]


def test_numbers_stored_as_text_and_text_stored_as_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Id", "Energi (kWh)", "Dag"], [17, "1 234,5", dt.datetime(2024, 3, 1)], ["0017", 5, "2024-03-01"]):
        book.active.append(row)
    path = tmp_path / "lista.xlsx"
    book.save(path)
    frame = read_contract(path, TABLE).frame
    assert frame["id"].tolist() == ["17", "0017"] and frame["kwh"].tolist() == [1234.5, 5]
    assert frame["day"].nunique() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("lista.xlsx", b"", "lista.xlsx: filen är tom."),
        ("lista.csv", b"\xef\xbb\xbf\r\n", "lista.csv: filen är tom."),
        ("lista.xlsx", b"Nummer;Svar\n1;Ja\n", "men är en textfil. Döp om den till lista.csv"),
        ("lista.csv", b"PK\x03\x04\x14\0", "men är en arbetsbok. Döp om den till lista.xlsx"),
        ("lista.xls", b"<html><table><tr><td>1", "men är en webbsida eller xml. Öppna den i Excel"),
    ],
)
def test_a_file_of_another_kind_than_its_name_says(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as told:
        read_table(path)
    assert said in str(told.value)


def test_a_cell_with_a_whole_letter_in_it_is_told_in_one_line(tmp_path):
    path = csv(tmp_path, "Id;Svar\n7;" + "å" * 10_000 + "\u202e\n")
    with pytest.raises(InputError) as told:
        read_contract(path, TABLE)
    assert len(str(told.value)) < 700 and "\u202e" not in str(told.value) and "rad 2" in str(told.value)


def test_a_workbook_that_unpacks_to_more_than_any_list_is_refused(tmp_path):
    path = tmp_path / "lista.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (1 << 20))
        info = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        with archive.open(info, "w", force_zip64=True) as part:
            for _ in range(1100):
                part.write(b"\0" * (1 << 20))
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert len(caught.value.faults) == 1


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["xlsx", "csv", "xls", "ods", "txt"]))
def test_no_bytes_do_more_than_raise_an_input_error(tmp_path_factory, raw, suffix):
    path = tmp_path_factory.mktemp("skrap") / f"lista.{suffix}"
    path.write_bytes(raw)
    try:
        read_contract(path, TABLE)
    except InputError as error:
        assert all(fault.file == path.name and fault.fix for fault in error.faults)
