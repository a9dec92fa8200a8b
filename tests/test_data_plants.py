"""Built and decided solar plants: power, day and form as people write them; nothing counts that the list does not say."""

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from data.errors import InputError
from data.layers import PLANTS
from data.readers import plants


def workbook(tmp_path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = tmp_path / "anlaggningar.xlsx"
    book.save(path)
    return path


def test_words_units_and_days_as_people_write_them(tmp_path):
    rows = [
        ["Solceller byggda av kommunen"],
        ["Anläggning", "Installerad effekt (kW)", "Växelriktare (kW)", "Driftsatt", "Avtalsform", "Byggnads-id", "Kommentar"],
        ["Ekliden", "98,4", 90, dt.date(2020, 6, 15), "Egen", "abc", "söder"],
        ["Ishallen", 245, None, "4 maj 2023", "PPA", None, None],
        ["Biblioteket", 31.5, 27, 2017, "leasad", None, None],
        ["Badet", "1 140,0", None, None, "?", None, None],
    ]
    reading = plants.read(workbook(tmp_path, rows))
    frame = reading.data
    assert list(frame.columns) == PLANTS.names
    assert frame["kwp"].tolist() == [98.4, 245, 31.5, 1140]
    assert frame["in_use"].tolist()[:3] == [pd.Timestamp(2020, 6, 15), pd.Timestamp(2023, 5, 4), pd.Timestamp(2017, 12, 31)]
    assert pd.isna(frame["in_use"].iloc[3]), "no day: decided, not built"
    assert frame["ownership"].tolist()[:3] == ["own", "ppa", "leased"] and pd.isna(frame["ownership"].iloc[3])
    assert frame["plant_id"].tolist() == ["rad 3", "rad 4", "rad 5", "rad 6"]
    said = " ".join(reading.warnings)
    assert "2017" in said and "saknar id" in said and "Kommentar används inte" in said


def test_megawatts_are_kilowatts(tmp_path):
    frame = plants.read(workbook(tmp_path, [["Id", "Namn", "Effekt (MW)"], ["1", "Parken", "0,72"]])).data
    assert frame["kwp"].tolist() == [720]


def test_every_fault_is_told(tmp_path):
    rows = [
        ["Id", "Namn", "Toppeffekt (kW)", "I drift", "Form"],
        ["1", "A", "stor", "2023-02-30", "lånad"],
        ["1", "B", -3, "snart", "egen"],
        ["2", None, None, 1923, "egen"],
    ]
    with pytest.raises(InputError) as caught:
        plants.read(workbook(tmp_path, rows))
    places = {(fault.row, fault.column) for fault in caught.value.faults}
    assert places == {
        *((2, column) for column in ("Toppeffekt (kW)", "I drift", "Form", "Id")),
        *((3, column) for column in ("Toppeffekt (kW)", "I drift", "Id")),
        *((4, column) for column in ("Namn", "Toppeffekt (kW)", "I drift")),
    }


def test_a_list_without_power_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        plants.read(workbook(tmp_path, [["Id", "Namn"], ["1", "A"]]))
    assert [fault.column for fault in caught.value.faults] == ["Toppeffekt (kW)"]


def test_watts_in_a_column_of_kilowatts_are_refused(tmp_path):
    head = ["Anläggning", "Toppeffekt (kW)", "Driftsatt", "Byggnads-id"]
    rows = [head, ["Ekliden", 98_400, 2020, "abc"], ["Solparken", 98_400, 2020, None], ["Hallen", 9_000, 2020, "b"]]
    with pytest.raises(InputError) as caught:
        plants.read(workbook(tmp_path, rows))
    (fault,) = caught.value.faults
    assert fault.row == 2 and "i W" in fault.fix
