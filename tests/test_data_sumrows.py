"""Rows that add up a list are left out and said, whatever list it is; a row that only speaks of a sum stays."""

import pandas as pd
import pytest

from data.readers import activity, emissionlists, facilities, plants

HEAD = ["Organisation", "Verksamhet", "Energibärare", "Mängd", "Enhet", "Från", "Till", "Underlagets kvalitet"]
ROW = ["Kommunen", "Värme", "el", 1000.0, "kWh", "2024-01-01", "2024-12-31", "faktura"]


def written(path, head, *rows):
    pd.DataFrame(rows, columns=head).to_excel(path, index=False)
    return path


@pytest.mark.parametrize(
    "total",
    [
        ["Summa", None, None, 2000.0, None, None, None, None],
        ["Totalt", None, None, 2000.0, "kWh", None, None, None],
        [None, None, "Summa:", 2000.0, None, None, None, None],
        ["Summa 2024", None, None, 2000.0, "kWh", "2024-01-01", "2024-12-31", None],
        ["DELSUMMA", "Värme", None, 2000.0, "kWh", None, None, None],
    ],
)
def test_a_sum_in_the_activities_is_no_fault_and_no_emission(tmp_path, total):
    path = written(tmp_path / "aktiviteter.xlsx", HEAD, ROW, [*ROW[:1], "Belysning", *ROW[2:]], total)
    reading = activity.read(path, slip_ratio=200.0)
    assert reading.data["quantity"].sum() == pytest.approx(2000.0)
    assert "aktiviteter.xlsx: rader som är summor läses inte (1, rad 4)." in reading.warnings


def test_a_sum_is_no_plant_and_no_facility(tmp_path):
    head = ["Namn", "Toppeffekt (kW)", "I drift"]
    path = written(
        tmp_path / "anlaggningar.xlsx", head, ["Skolan", 30, "2020-05-01"], ["Hallen", 20, "2021-05-01"], ["Summa", 50, None]
    )
    reading = plants.read(path)
    assert reading.data["kwp"].sum() == 50 and any("summor" in line for line in reading.warnings)
    path = written(tmp_path / "fastigheter.xlsx", ["Namn", "Ägare"], ["Summaskolan", "Kommunen"], ["Totalt", None])
    assert facilities.read(path).data["name"].tolist() == ["Summaskolan"]


def test_the_sector_totalt_of_the_territory_stays(tmp_path):
    path = tmp_path / "territoriet.csv"
    path.write_text("Sektor;År;Gas;Ton;Utgåva\nTotalt;2020;co2;50,0;2024-12\n", encoding="utf-8")
    assert emissionlists.read_territory(path).data["tonnes"].tolist() == [50.0]
