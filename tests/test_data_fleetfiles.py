"""Fuel cards and the ledger that people edit (docs/metod/fordon.md, P9, P12)."""

from __future__ import annotations

import datetime as dt

import numpy as np
import openpyxl
import pandas as pd
import pytest
from fleet_world import TODAY, goal_definition, settings, vehicle, world

from data.readers import fuelcards, ledger
from fleet.judging import judge_pairs, terms
from fleet.replacements import pair
from fleet.share import status_on


def test_fuel_cards_in_swedish_csv_with_decimal_commas(tmp_path):
    """Energy by SFS 2011:847, annex: diesel 36 MJ/l; HVO 34 MJ/l (directive 2018/2001, annex III); gas 48 MJ/kg."""
    path = tmp_path / "t.csv"
    rows = ["Regnr;Transaktionsdatum;Produkt;Antal;Enhet;Kortinnehavare", "abc 123;2025-03-04;HVO100;40,5;l;A. Andersson",
            "ABC123;2025-03-05;Diesel MK1;10;l;", "DEF456;5/3 2025;Fordonsgas;12,0;kg;", "DEF456;2025-03-06;AdBlue;5;l;",
            "ABC123;2025-03-07;Rymdbränsle;5;l;", "ABC123;2025-03-08;Diesel;-3;l;"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="cp1252")
    data = fuelcards.read(path).data
    assert data.rows["energy_mj"].tolist()[:4] == pytest.approx([40.5 * 34, 360, 576, 0])
    assert data.rows["fossil_free_mj"].tolist()[:3] == pytest.approx([40.5 * 34, 0, 576 * 0.81])
    assert "Andersson" not in data.rows.to_csv() + str(data.faults) + str(data.dropped)
    said = [str(fault) for fault in data.faults]
    assert any("rad 6" in s and "Rymdbränsle" in s for s in said)
    assert any("rad 7" in s and "-3" in s for s in said)
    assert pd.isna(data.rows["energy_mj"].iloc[4])


@pytest.fixture
def written(tmp_path):
    """A ledger as the program writes it: one pair, one scrapped, one added."""
    vehicles = world(
        vehicle("OLD001", left="2024-05-01", unit="A"),
        vehicle("NEW001", came="2024-05-10", fuel="diesel", hvo=False, ordered="2024-02-01", unit="A"),
        vehicle("OLD002", left="2022-02-01", unit="B", kind="bus"),
        vehicle("NEW003", came="2025-09-10", fuel="electric", ordered="2025-03-01", unit="C", kind="machine"),
    )
    path = tmp_path / "ersattningar.xlsx"
    ledger.write(path, judge(vehicles), vehicles)
    return path, vehicles


def judge(vehicles, edited=None):
    made = pair(vehicles, settings(), edited)
    status = status_on(vehicles, goal_definition())
    return judge_pairs(terms(made.pairs, vehicles, settings(), today=TODAY, ledger=edited), status, settings().goal)


def test_what_is_written_reads_back_the_same(written):
    path, vehicles = written
    data = ledger.read(path).data
    assert not data.faults
    rows = set(zip(data.rows["out_reg"].fillna("-"), data.rows["in_reg"].fillna("-"), strict=True))
    assert rows == {("OLD001", "NEW001"), ("OLD002", "-"), ("-", "NEW003")}
    again = judge(vehicles, data.rows)
    assert again["pair_id"].tolist() == judge(vehicles)["pair_id"].tolist()


def edit(path, changes):
    """Change cells of the row whose new vehicle is named: {in_reg: {heading: value}}."""
    book = openpyxl.load_workbook(path)
    page = book.active
    heads = {page.cell(3, n).value: n for n in range(1, page.max_column + 1)}
    for row in range(4, page.max_row + 1):
        for heading, value in changes.get(page.cell(row, heads["Nytt fordon"]).value, {}).items():
            page.cell(row, heads[heading]).value = value
    book.save(path)
    return path


def test_a_confirmed_row_never_changes(written):
    """P9: its dates, confidence and note stay as in the file, even where the register says otherwise later."""
    path, vehicles = written
    edit(path, {"NEW001": {"Läge": "bekräftat", "Ur drift": dt.datetime(2024, 4, 20), "Anteckning": "+ kolla avtalet"}})
    edited = ledger.read(path).data.rows
    changed = vehicles.assign(in_date=vehicles["in_date"].where(vehicles["vehicle_id"] != "NEW001", pd.Timestamp(2025, 1, 1)))
    row = judge(changed, edited).set_index("pair_id").loc["OLD001>NEW001"]
    assert row["state"] == "confirmed"
    assert (row["out_date"], row["in_date"]) == (pd.Timestamp(2024, 4, 20), pd.Timestamp(2024, 5, 10))
    assert row["note"] == "+ kolla avtalet"
    ledger.write(path, judge(changed, edited), changed)
    kept = ledger.read(path).data.rows.set_index("in_reg").loc["NEW001"]
    was = edited.set_index("in_reg").loc["NEW001"]
    assert kept.drop("confidence").equals(was.drop("confidence"))
    assert kept["confidence"] == pytest.approx(was["confidence"], abs=0.005)


def test_a_rejected_pair_does_not_come_back_and_a_new_one_can_be_made(written):
    """P10: rejected; then paired by hand with another vehicle."""
    path, vehicles = written
    edit(path, {"NEW001": {"Läge": "avvisat"}})
    edited = ledger.read(path).data.rows
    made = judge(vehicles, edited)
    assert "OLD001>NEW001" not in set(made.loc[made["state"] != "rejected", "pair_id"])
    edit(path, {"NEW003": {"Läge": "bekräftat", "Gammalt fordon": "OLD 001"}})
    made = judge(vehicles, ledger.read(path).data.rows).set_index("pair_id")
    assert made.loc["OLD001>NEW003", ["state", "verdict"]].tolist() == ["confirmed", "compliant"]


EXEMPTION = {
    "Undantag: skäl": "ingen eldriven", "Undantag: delegat": "Förvaltningschef", "Undantag: beslutsdatum": dt.datetime(2024, 1, 1),
    "Undantag: diarienummer": "KS 1", "Undantag: gäller till": dt.datetime(2030, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "verdict", "state"),
    [
        ({}, "exempt", "valid"),
        ({"Undantag: gäller till": dt.datetime(2026, 9, 29)}, "exemption_expired", "expired"),
        ({"Undantag: gäller till": dt.datetime(2026, 9, 30)}, "exempt", "valid"),  # the last day holds
        ({"Undantag: delegat": None}, "violation", "incomplete"),
        ({"Undantag: diarienummer": None}, "violation", "incomplete"),
    ],
)
def test_exemptions_need_all_five_facts_and_end(written, change, verdict, state):
    path, vehicles = written
    edit(path, {"NEW001": EXEMPTION | change})
    row = judge(vehicles, ledger.read(path).data.rows).set_index("pair_id").loc["OLD001>NEW001"]
    assert (row["verdict"], row["exemption"]) == (verdict, state)


def test_an_edited_ledger_tells_its_faults_by_row(written):
    path, vehicles = written
    edit(path, {"NEW001": {"Läge": "kanske", "Undantag: skäl": "x"}, "NEW003": {"Läge": "bekräftat", "Gammalt fordon": "ZZZ999"}})
    reading = ledger.read(path).data
    assert any("kanske" in str(fault) for fault in reading.faults)
    told = [str(fault) for fault in pair(vehicles, settings(), reading.rows, file=path.name).faults]
    rows = dict(zip(reading.rows["in_reg"], reading.rows.index, strict=True))
    assert any(f"rad {rows['NEW003']}" in s and "ZZZ999" in s for s in told)
    assert any(f"rad {rows['NEW001']}" in s and "undantaget" in s for s in told)
    assert np.isfinite(judge(vehicles, reading.rows)["confidence"].fillna(1)).all()
