"""Workbooks open elsewhere as they were meant: numbers are numbers, text is never a formula."""

import datetime as dt

import openpyxl
import pandas as pd

from kil.excel import Sheet, write

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "<script>", "\tx"]


def test_hostile_text_stays_text(tmp_path):
    write(tmp_path / "a.xlsx", [Sheet("Blad", pd.DataFrame({"text": HOSTILE}))])
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["Blad"].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(HOSTILE)
    assert [cell.value for cell in cells] == HOSTILE


def test_headings_formats_filter_and_frozen_head(tmp_path):
    frame = pd.DataFrame({"kwp": [12.5, None], "day": [dt.date(2024, 1, 2), None], "ok": [True, False]})
    labels, formats = {"kwp": "Toppeffekt (kW)"}, {"kwp": "0.0", "day": "date"}
    write(tmp_path / "a.xlsx", [Sheet("Tak", frame, labels, formats, notes=("EXEMPELDATA",))])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Tak"]
    assert sheet["A1"].value == "EXEMPELDATA"
    assert sheet["A3"].value == "Toppeffekt (kW)"
    assert (sheet["A4"].value, sheet["A5"].value) == (12.5, None)
    assert sheet["B4"].value == dt.datetime(2024, 1, 2)
    assert sheet["B4"].number_format == "yyyy-mm-dd"
    assert sheet["C4"].value == "ja"
    assert sheet.freeze_panes == "B4"
    assert sheet.auto_filter.ref == "A3:C5"
