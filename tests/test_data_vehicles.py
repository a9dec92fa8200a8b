"""The fleet manager's list in the forms it comes in. Expected values are written out by hand beside the cells they come from."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from data.errors import InputError
from data.readers import plates, vehicles
from data.readers.fleetwords import fuels
from data.texts import use_language


def book(path, **sheets):
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
        for name, rows in sheets.items():
            page = made.add_worksheet(name.replace("_", " "))
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


def one(path):
    return vehicles.read(path).data


def test_swedish_headings_in_any_order_with_a_title_above(tmp_path):
    path = book(
        tmp_path / "fordon.xlsx",
        Fordon=[
            ["Fordon i kommunen"],
            [],
            ["Drivmedel", "Ur drift", "Reg.nr", "Fordonstyp", "I drift från", "Ägandeform", "Mil per år", "CO2 (g/km)", "Gäller"],
            ["Diesel/El", "", "abc 12d", "Personbil", "3 mars 2021", "leasad", "1 234,5", "−1", "x"],
            ["Etanol/Bensin", "2024-05-06", "XYZ-987", "Lätt lastbil", "20210304", "ägd", "", "120 g/km", ""],
        ],
    )
    data = one(path)
    first, second = data.rows.to_dict("records")
    assert (first["registration"], first["plate"], first["vehicle_class"], first["tenure"]) == ("ABC12D", "new", "car", "leased")
    assert (first["fuel_1"], first["fuel_2"]) == ("diesel", "electric")
    assert first["in_date"] == pd.Timestamp(2021, 3, 3)
    assert first["annual_km"] == pytest.approx(12345.0)
    assert pd.isna(first["co2_g_km"])  # a negative amount is told and left out
    assert (second["registration"], second["plate"], second["tenure"]) == ("XYZ987", "old", "owned")
    assert (second["fuel_1"], second["fuel_2"], second["co2_g_km"]) == ("ethanol", "petrol", 120)
    assert second["out_date"] == pd.Timestamp(2024, 5, 6)
    assert [row["row"] for row in (first, second)] == [4, 5]
    assert any("Gäller" in line for line in data.dropped)


def test_an_old_workbook_with_dates_a_hidden_sheet_and_a_cell_in_error():
    """fordon_gammal.xls: an invented list saved by LibreOffice 7.4 as Excel 97-2003 (OLE, not zip)."""
    path = Path(__file__).with_name("fordon_gammal.xls")
    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    data = one(path)
    facts = ["registration", "company", "vehicle_class", "fuel_1", "tenure", "odometer_km", "in_date", "out_date", "row"]
    found = data.rows[facts].astype(object).where(data.rows[facts].notna(), None)
    assert found.to_numpy().tolist() == [
        ["ABC123", "Kommunen", "car", "electric", "leased", 42_100.0, pd.Timestamp(2023, 3, 1), None, 4],
        [
            "ABC12D",
            "Kommunen",
            "light_lorry",
            "diesel",
            "owned",
            189_505.0,
            pd.Timestamp(2017, 5, 2),
            pd.Timestamp(2024, 9, 30),
            5,
        ],
        ["XYZ987", "Kommunen", "bus", "gas", "owned", 123_455.0, pd.Timestamp(2022, 3, 1), None, 6],
        ["GHJ123", "Kommunen", "car", None, "unknown", None, None, None, 7],  # its fuel is #N/A, which .xls gives as empty
        ["DEF456", "Bostads AB", "car", "diesel", "leased", 9_000.0, pd.Timestamp(2021, 1, 15), None, 2],
    ]
    assert [(fault.row, fault.column) for fault in data.faults] == [(7, "Drivmedel")]


def test_a_row_that_sums_the_list_is_no_vehicle(tmp_path):
    rows = [
        ["ABC123", "bil", "el", 900],
        ["TOTAL", "bil", "el", 100],
        ["Summa", "", "", 1000],
        ["Totalt antal: 2", None, None, 1000],
    ]
    data = one(book(tmp_path / "f.xlsx", Fordon=[["Regnr", "Fordonsslag", "Drivmedel", "Mil per år"], *rows]))
    assert data.rows["registration"].tolist() == ["ABC123", "TOTAL"]  # a personal plate may say TOTAL
    assert data.faults == ()


def test_a_sheet_a_company_and_register_extracts(tmp_path):
    extract = [
        [
            "REGNR",
            "Fordonsslag",
            "Drivmedel_1",
            "Drivmedel_2",
            "Drivmedel_3",
            "Fordonsstatus",
            "Forst_i_trafik",
            "Leasing",
            "Elfordon",
        ],
        ["ABC123", "PB", "Bensin", "El", "", "ITRAF", "2022-01-02", "J", "Laddhybrid"],
        ["DEF456", "LB", "Diesel", "", "", "AVST", "2016-07-01", "N", "Nej"],
        ["GHJ789", "BUSS", "Gas", "Bensin", "Etanol", "ITRAF", "2019-07-01", "N", "Nej"],
    ]
    english = [
        ["Plate", "Vehicle type", "Fuel", "In service", "Ownership"],
        ["JKL012", "Van", "Electric", dt.date(2023, 5, 4), "leased"],
    ]
    rows = one(book(tmp_path / "a.xlsx", Bostads_AB=extract, Energi_AB=english)).rows
    assert rows["company"].tolist() == ["Bostads AB"] * 3 + ["Energi AB"]
    assert rows["vehicle_class"].tolist() == ["car", "unknown", "bus", "light_lorry"]  # a bare LB needs its weight
    assert rows["status"].tolist()[:3] == ["in_traffic", "off_road", "in_traffic"]
    assert rows["tenure"].tolist() == ["leased", "owned", "owned", "leased"]
    assert rows["plug_in"].tolist()[0] is True
    assert rows.loc[2, ["fuel_1", "fuel_2", "fuel_3"]].tolist() == ["gas", "petrol", "ethanol"]


def test_weights_decide_what_a_lorry_is(tmp_path):
    rows = [
        ["Regnr", "Slag", "Totalvikt (kg)", "Bränsle"],
        *[[f"ABC10{n}", "Lastbil", kg, "HVO"] for n, kg in enumerate((3500, 3501, 12000, 12001))],
    ]
    data = one(book(tmp_path / "a.xlsx", Blad1=rows)).rows
    assert data["vehicle_class"].tolist() == ["light_lorry", "heavy_lorry", "heavy_lorry", "heavy_lorry"]
    assert data["eu_class"].tolist() == ["N1", "N2", "N2", "N3"]
    assert (data["fuel_1"] == "hvo").all()
    assert data["hvo100"].all()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2022-03-04", "2022-03-04"),
        ("4 mars 2022", "2022-03-04"),
        ("20220304", "2022-03-04"),
        ("220304", "2022-03-04"),
        ("4/3 2022", "2022-03-04"),
        ("2022.03.04", "2022-03-04"),
        ("44624", "2022-03-04"),  # Excel's own day number, in a column that lost its format
        ("2022", "2022-12-31"),
    ],
)
def test_dates_as_swedes_write_them(tmp_path, typed, day):
    path = tmp_path / "f.csv"
    path.write_text(f"Regnr;Drivmedel;Fordonsslag;I drift\nABC123;el;bil;{typed}\n", encoding="cp1252")
    assert one(path).rows["in_date"].tolist() == [pd.Timestamp(day)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "f.csv"
    path.write_text("Regnr;Ägandeform;Drivmedel;Fordonsslag\nABC123;ägd;Vätgas;Personbil\n", encoding=encoding)
    row = one(path).rows.iloc[0]
    assert (row["tenure"], row["fuel_1"]) == ("owned", "hydrogen")


def test_open_document_sheets(tmp_path):
    """The smallest .ods there is: a zip with its kind and one table."""
    cells = [["Regnr", "Drivmedel", "Fordonsslag"], ["ABC123", "El", "Personbil"]]
    rows = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
        + "</table:table-row>"
        for row in cells
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<office:body><office:spreadsheet><table:table table:name="A">{rows}</table:table></office:spreadsheet></office:body>'
    with zipfile.ZipFile(tmp_path / "f.ods", "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr(
            "META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        made.writestr("content.xml", f'<?xml version="1.0"?><office:document-content {spaces}>{body}</office:document-content>')
    assert one(tmp_path / "f.ods").rows["registration"].tolist() == ["ABC123"]


def test_faults_name_file_sheet_row_column_and_what_was_meant(tmp_path):
    path = book(
        tmp_path / "fordon.xlsx",
        Fordon=[
            ["Regnr", "Drivmedel", "Fordonsslag", "I drift"],
            ["ABC123", "dissel", "Personbil", "2022-13-01"],
            ["ABCO12", "El", "Personbill", "2022-01-01"],
        ],
    )
    data = one(path)
    said = [str(fault) for fault in data.faults]
    assert any(
        "fordon.xlsx, blad Fordon, rad 2, kolumn Drivmedel" in s and "dissel" in s and "Menade du diesel?" in s for s in said
    )
    assert any("rad 2, kolumn I drift" in s and "2022-13-01" in s for s in said)
    assert any("rad 3, kolumn Registreringsnummer" in s and "ABC012" in s for s in said)
    assert any("rad 3, kolumn Fordonsslag" in s and "personbil" in s.lower() for s in said)
    assert data.rows["fuel_1"].isna().tolist() == [True, False]
    with use_language("en"):
        assert any("Did you mean diesel?" in str(fault) for fault in one(path).faults)


def test_no_list_at_all_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="registreringsnummer"):
        vehicles.read(path)


def test_drivers_are_never_kept(tmp_path):
    path = book(
        tmp_path / "f.xlsx",
        A=[
            ["Regnr", "Drivmedel", "Fordonsslag", "Förare", "Kontaktperson mobil", "Driver name"],
            ["ABC123", "El", "bil", "Anna Andersson", "070", "Bo"],
        ],
    )
    reading = vehicles.read(path)
    kept = reading.data.rows.astype(str).to_csv() + str(reading.data.faults)
    assert "Andersson" not in kept
    assert "070" not in kept
    assert sum("personer" in line for line in reading.data.dropped) == 3


def test_yearly_lists_in_sheets_and_in_a_folder(tmp_path):
    heads = ["Regnr", "Drivmedel", "Fordonsslag", "Bolag"]
    years = {f"{year}-12-31": [heads, ["ABC123", "El", "bil", "K"]] for year in (2022, 2023)}
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as made:
        for name, rows in years.items():
            page = made.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    assert one(tmp_path / "f.xlsx").rows["snapshot"].dt.year.tolist() == [2022, 2023]
    folder = tmp_path / "listor"
    folder.mkdir()
    for year in (2021, 2022):
        (folder / f"fordon_{year}.csv").write_text("Regnr;Drivmedel;Fordonsslag\nABC123;El;bil\n", encoding="utf-8")
    assert one(folder).rows["snapshot"].tolist() == [pd.Timestamp(2021, 12, 31), pd.Timestamp(2022, 12, 31)]


@pytest.mark.parametrize(
    ("typed", "codes", "plug_in", "hvo100"),
    [
        ("Diesel/El", ("diesel", "electric"), None, None),
        ("Laddhybrid bensin", ("electric", "petrol"), True, None),
        ("PHEV", ("electric", "unspecified"), True, None),
        ("Elhybrid", ("electric", "unspecified"), False, None),
        ("Diesel HVO100-godkänd", ("diesel",), None, True),
        ("HVO", ("hvo",), None, True),
        ("Biogas", ("gas",), None, None),
        ("E85", ("ethanol",), None, None),
    ],
)
def test_fuel_words(typed, codes, plug_in, hvo100):
    found = fuels(typed)
    assert set(found.codes) == set(codes)
    assert (found.plug_in, found.hvo100, found.unknown) == (plug_in, hvo100, ())


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("ABC123", "old"),
        ("abc 12d", "new"),
        ("ABC12O", "invalid"),
        ("AIC123", "invalid"),
        ("MIN BIL", "personal"),
        ("", "none"),
        ("AB123", "invalid"),
    ],
)
def test_registration_numbers(typed, kind):
    """Transportstyrelsen: I, Q, V are not used; the last sign may be a letter since 2019, though not O."""
    assert plates.kind(plates.normalise(typed)) == kind


@pytest.mark.shared
def test_the_french_standard_reads_as_observations(shared_data):
    """etalab schema v0.1.3, its own valid example: one row, totals by class."""
    from fleet.observations import aggregate_observations

    data = one(shared_data / "fleet" / "etalab_exemple-valide.csv")
    assert data.rows.empty
    raw = pd.read_csv(shared_data / "fleet" / "etalab_exemple-valide.csv")
    cars = data.totals[data.totals["dims"].map(lambda d: d.get("class") == "M1" and d.get("energy") == "all")]
    assert cars["value"].tolist() == raw["nbVP"].tolist()
    found = aggregate_observations(data.totals, source="own_file")
    assert {o.indicator for o in found} == {"fleet_renewal_vehicles", "fleet_renewal_share"}
    assert {o.date.year for o in found} == set(raw["annee"])


def test_odometers_in_kilometres_and_in_swedish_miles(tmp_path):
    """One Swedish mile is ten kilometres: said in the heading, in a column of its own, or beside the number."""
    path = tmp_path / "f.csv"
    path.write_text(
        "Regnr;Drivmedel;Fordonsslag;Matarstallning;Matarstallning_enhet;Mil per år\n"
        "ABC123;El;bil;12 345;mil;1 500\nDEF456;El;bil;98765 km;km;\n",
        encoding="utf-8",
    )
    rows = one(path).rows
    assert rows["odometer_km"].tolist() == [123_450, 98_765]
    assert rows["annual_km"].iloc[0] == 15_000
    path.write_text("Regnr;Drivmedel;Fordonsslag;Miltal\nABC123;El;bil;9 000,5\nDEF456;El;bil;9999999\n", encoding="utf-8")
    data = one(path)
    assert data.rows["odometer_km"].iloc[0] == 90_005
    assert any("rad 3" in str(fault) and "orimligt" in str(fault) for fault in data.faults)  # a hundred million kilometres
