"""aktiviteter.xlsx read: units, periods, words; and every fault of a real invoice file, with its row and what to write instead."""

import csv

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.readers import activity, emissionlists, organisations
from data.readers.invoices import _middles_of_others as middles

HEAD = [
    "Från",
    "Till",
    "Organisation",
    "Verksamhet",
    "Plats",
    "Energibärare",
    "Mängd",
    "Enhet",
    "Kvalitet",
    "Fakturanummer",
    "Krediterar faktura",
]


def month(
    number, amount, *, unit="l", carrier="Diesel", invoice="", credits="", year=2024, site="Gården", organisation="Kommunen"
):
    last = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(number, 31)
    start, end = f"{year}-{number:02}-01", f"{year}-{number:02}-{28 if number == 2 and year % 4 else last}"
    return [start, end, organisation, "Fordon", site, carrier, amount, unit, "fakturerat", invoice, credits]


def months(*skip, **more):
    return [month(n, 1000 + n, invoice=f"F{n}", **more) for n in range(1, 13) if n not in skip]


def write(tmp_path, rows, head=HEAD, name="aktiviteter.xlsx"):
    path = tmp_path / name
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Aktiviteter")
        for number, cells in enumerate([head, *rows]):
            sheet.write_row(number, 0, cells)
    return path


def read(tmp_path, rows, head=HEAD):
    return activity.read(write(tmp_path, rows, head), slip_ratio=200).data


def faults(tmp_path, rows, head=HEAD):
    with pytest.raises(InputError) as caught:
        read(tmp_path, rows, head)
    return caught.value.faults


def only(tmp_path, rows):
    found = faults(tmp_path, rows)
    assert len(found) == 1, [str(f) for f in found]
    return found[0]


def test_a_good_year_is_read_whole(tmp_path):
    frame = read(tmp_path, months())
    assert len(frame) == 12
    assert frame["quantity"].sum() == pytest.approx(sum(1000 + n for n in range(1, 13)) * 35.5)
    assert set(frame["carrier"]) == {"diesel"}
    assert set(frame["scope"]) == {"1"}
    assert list(frame["row"]) == list(range(2, 14))


@pytest.mark.parametrize(
    ("carrier", "written", "quantity"),
    [
        ("Diesel", (2, "m3"), (2000 * 35.5, "MJ")),
        ("eldningsolja", (10, "kubikmeter"), (10_000 * 35.9, "MJ")),
        ("Diesel", (1, "MWh"), (3600, "MJ")),
        ("El", (12, "MWh"), (12_000, "kWh")),
        ("Fjärrvärme", ("1 234,5", "MWh"), (1_234_500, "kWh")),
        ("El", (36, "GJ"), (10_000, "kWh")),
        ("Naturgas", (100, "m3"), (3800, "MJ")),
        ("pellets", (2, "ton"), (2000 * 15.6, "MJ")),
        ("R404A", (3, "kg"), (3, "kg")),
        ("egen bil", (12, "mil"), (120, "km")),
    ],
)
def test_units_are_converted(tmp_path, carrier, written, quantity):
    row = [2024, "Kommunen", "x", carrier, *written, "uppmätt"]
    frame = read(tmp_path, [row], ["År", "Bolag", "Verksamhet", "Bränsle", "Förbrukning", "Enhet", "Datakvalitet"])
    assert (frame["quantity"].iloc[0], frame["quantity_unit"].iloc[0]) == (pytest.approx(quantity[0]), quantity[1])


def test_year_and_month_are_periods(tmp_path):
    head = ["År", "Månad", "Organisation", "Verksamhet", "Energibärare", "Mängd", "Enhet", "Kvalitet"]
    frame = read(
        tmp_path, [[2024, 2, "K", "x", "El", 1, "kWh", "mätt"], [2023, None, "K", "y", "El", 1, "kWh", "schablon"]], head
    )
    assert [f"{s:%m%d}-{e:%m%d}" for s, e in zip(frame["start"], frame["end"], strict=True)] == ["0201-0229", "0101-1231"]


# ---- the faults of a real invoice file ---------------------------------------------------------------------------------------------


def test_wrong_unit(tmp_path):
    rows = months()
    rows[4] = month(5, 1005, unit="kg", invoice="F5")
    fault = only(tmp_path, rows)
    assert (fault.row, fault.column) == (6, "Enhet")
    assert "'kg' går inte att använda för Diesel" in fault.got
    assert fault.expected.startswith("l, m3")
    assert "Menade du l?" in fault.fix


def test_litres_written_as_cubic_metres(tmp_path):
    rows = months()
    rows[2] = month(3, 1003, unit="m3", invoice="F3")
    fault = only(tmp_path, rows)
    assert (fault.row, fault.column) == (4, "Enhet")
    assert "gånger mer per dag" in fault.got
    assert "Menade du l i stället för m3?" in fault.fix


def test_litres_as_cubic_metres_with_nothing_to_compare_with(tmp_path):
    row = ["2024-01-01", "2024-12-31", "Kommunen", "Fordon", "", "Diesel", 52_000, "m3", "fakturerat", "", ""]
    fault = only(tmp_path, [row])
    assert "mer än en kommunkoncern kan använda" in fault.got
    assert "Menade du l" in fault.fix


def test_kilowatt_hours_written_as_megawatt_hours(tmp_path):
    rows = months(unit="kWh", carrier="El")
    rows[7] = month(8, 1008, unit="MWh", carrier="El", invoice="F8")
    assert "Menade du kWh i stället för MWh?" in only(tmp_path, rows).fix


def test_the_ratio_of_a_slip_is_a_setting(tmp_path):
    rows = months()
    rows[4] = month(5, 1005 * 50, invoice="F5")
    path = write(tmp_path, rows)
    assert len(activity.read(path, slip_ratio=200).data) == 12
    with pytest.raises(InputError):
        activity.read(path, slip_ratio=40)


@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=25))
def test_the_middle_of_the_others_is_their_median(values):
    found = middles(np.array(values))
    if len(values) < 3:
        assert np.isnan(found).all()
    else:
        assert found == pytest.approx([np.median(np.delete(values, i)) for i in range(len(values))])


def test_a_month_twice(tmp_path):
    rows = [*months(), month(6, 1006, invoice="F6")]
    fault = only(tmp_path, rows)
    assert fault.row == 14
    assert "2024-06" in fault.got
    assert "rad 7" in fault.got
    assert "Ta bort raden" in fault.fix


def test_two_invoices_of_one_month_are_summed(tmp_path):
    frame = read(tmp_path, [*months(), month(6, 1006, invoice="F99")])
    assert len(frame) == 13


def test_a_credit_that_names_no_invoice(tmp_path):
    fault = only(tmp_path, [*months(), month(6, -1006, invoice="K1")])
    assert fault.row == 14
    assert "-1006 är negativt" in fault.got
    assert "Krediterar faktura" in fault.fix
    assert "rad 7" in fault.fix


def test_a_credit_that_names_its_invoice_is_taken_off(tmp_path):
    frame = read(tmp_path, [*months(), month(6, -400, invoice="K1", credits="F6")])
    assert frame["amount"].sum() == sum(1000 + n for n in range(1, 13)) - 400


@pytest.mark.parametrize(("amount", "invoice", "said"), [(-400, "F77", "finns inte"), (-4000, "F6", "större än fakturan")])
def test_a_credit_that_does_not_fit(tmp_path, amount, invoice, said):
    assert said in only(tmp_path, [*months(), month(6, amount, invoice="K1", credits=invoice)]).got


def test_a_missing_quarter(tmp_path):
    fault = only(tmp_path, months(7, 8, 9))
    assert (fault.row, fault.column) == (7, "Till")
    assert "2024 kvartal 3 saknas för Diesel" in fault.got
    assert "mellan rad 7 och rad 8" in fault.fix
    assert "mängd 0" in fault.fix


def test_a_quarter_of_nothing_is_no_gap(tmp_path):
    rows = [*months(7, 8, 9), ["2024-07-01", "2024-09-30", "Kommunen", "Fordon", "Gården", "Diesel", 0, "l", "uppmätt", "", ""]]
    assert len(read(tmp_path, rows)) == 10


def test_whole_years_nobody_counted_are_no_gap(tmp_path):
    whole = [
        [f"{y}-01-01", f"{y}-12-31", "Kommunen", "Fordon", "Gården", "Diesel", 9000, "l", "uppskattat", "", ""]
        for y in (2005, 2010)
    ]
    assert len(read(tmp_path, [*whole, *months()])) == 14


def test_a_years_total_beside_its_months(tmp_path):
    rows = [
        *months(),
        ["2024-01-01", "2024-12-31", "Kommunen", "Fordon", "Gården", "Diesel", 12_078, "l", "fakturerat", "A1", ""],
    ]
    found = faults(tmp_path, rows)
    assert any("ligger över rad" in f.got for f in found)
    assert any("årssumman eller månaderna" in f.fix for f in found)


def test_another_place_is_another_series(tmp_path):
    assert len(read(tmp_path, [*months(), *months(site="Verkstaden")])) == 24


def test_all_faults_at_once_in_row_order(tmp_path):
    rows = months(10, 11, 12)
    rows[0][5] = "dissel"
    rows[1] = month(2, 1002, unit="m3", invoice="F2")
    rows[8] = month(9, -5, invoice="K9")
    rows.append(["2024-12-31", "2024-01-01", "Kommunen", "Fordon", "Gården", "Diesel", "många", "l", "fakturerat", "", ""])
    found = faults(tmp_path, rows)
    said = " ".join(str(f) for f in found)
    for words in ("Menade du Diesel?", "Menade du l i stället för m3?", "-5 är negativt", "många", "före den börjar"):
        assert words in said
    assert all(f.file == "aktiviteter.xlsx" and f.row for f in found)


def test_a_range_that_does_not_hold_the_amount(tmp_path):
    head = ["År", "Organisation", "Verksamhet", "Energibärare", "Mängd", "Enhet", "Kvalitet", "Lägst", "Högst"]
    (fault,) = faults(tmp_path, [[1990, "K", "x", "El", 10, "MWh", "rekonstruerat", 12, 15]], head)
    assert "mellan Lägst och Högst" in fault.fix


# ---- organisations and own lists ----------------------------------------------------------------------------------------------------


def test_a_name_not_in_the_group_is_told_with_a_guess_and_leaves_no_hole(tmp_path):
    rows = months()
    rows[5] = month(6, 1006, invoice="F6", organisation="Komunen")
    path = tmp_path / "organisationer.toml"
    path.write_text('[[organisation]]\nname = "Kommunen"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        activity.read(write(tmp_path, rows), slip_ratio=200, group=organisations.read(path).data)
    (fault,) = caught.value.faults
    assert (fault.row, fault.column) == (7, "Organisation")
    assert "Menade du Kommunen?" in fault.fix


def test_unusable_organisations_are_told(tmp_path):
    path = tmp_path / "organisationer.toml"
    path.write_text(
        '[[organisation]]\nname = "A"\nshare_percent = 140\nowner = "B"\n[[organisation]]\nname = "C"\nfrom = 2020-01-01\nto = 2019-12-31\n'
        '[[net]]\nname = "N"\n[[net.factor]]\nfrom = 2020-01-01\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        organisations.read(path)
    places = {fault.column for fault in caught.value.faults}
    assert {"organisation.0.share_percent", "organisation.0.owner", "organisation.1", "net.0.factor.0"} <= places
    told = str(caught.value)
    assert "väntat: ≤ 100" in told and "owner: namnet är okänt" in told and "väntat: from ≤ to" in told
    assert "Input should" not in told


def test_own_factors_are_marked_own_and_unknown_carriers_told(tmp_path):
    path = tmp_path / "faktorer.csv"
    head = ["Energibärare", "Gas", "Bas", "Gäller från", "Gäller till", "Värde", "Enhet", "Osäkerhet (%)", "Källa"]

    def factors(word):
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows([head, [word, "co2e", "wtw", "2020-01-01", "", "7,5", "g/km", 10, "SJ"]])
        return emissionlists.read_factors(path).data

    frame = factors("Tågresa")
    assert frame[["carrier", "status", "value"]].iloc[0].tolist() == ["train_km", "own", 7.5]
    with pytest.raises(InputError) as caught:
        factors("ånglok")
    assert caught.value.faults[0].row == 2
