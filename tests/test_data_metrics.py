"""nyckeltal.xlsx and its history: what a clerk may write, every fault at once, corrections kept, the database append-only."""

import datetime as dt
import sqlite3

import pytest

from climate.status import judge_all
from data.errors import InputError
from data.goals import standard
from data.history import History
from data.layers_status import ASSESSMENTS, METRICS
from data.readers.metrics import Entry, read
from kil import excel, metricstemplate

TODAY = dt.date(2026, 11, 24)
BOOK = standard()


def workbook(path, rows, assessments=(), notes=()):
    import pandas as pd

    def sheet(name, table, records):
        frame = pd.DataFrame([dict(r) for r in records], columns=table.names, dtype=object)
        return excel.Sheet(name, frame, labels={c.name: c.label for c in table.columns}, notes=notes)

    excel.write(
        path, [sheet("Nyckeltal", METRICS, rows), *([sheet("Bedömningar", ASSESSMENTS, assessments)] if assessments else [])]
    )
    return path


def row(indicator="N03110", date=2025, value=27.9, **more):
    return {"indicator": indicator, "date": date, "value": value, **more}


def messages(path):
    with pytest.raises(InputError) as caught:
        read(path, BOOK)
    return [str(fault) for fault in caught.value.faults]


def test_what_a_clerk_may_write(tmp_path):
    path = workbook(
        tmp_path / "nyckeltal.xlsx",
        [
            row(
                value="27,9",
                unit="procent",
                kind="Slutligt",
                source="Årsredovisning 2025",
                recorded="2026-04-20",
                recorded_by="A. Ek",
            ),
            row("Soliditet kommunkoncern, inklusive pensionsåtaganden", "2025-12-31", "−1,5"),
            row("external_debt_msek", "30 april 2025", "1 155,0", kind="prel"),
            row("care_home", "2027-02-01", 1, dims="stage = in_use", kind="planerad"),
            row(value=None),
        ],
        [{"goal": "E1", "date": "2026-08-31", "verdict": "På väg", "reason": "Bra", "body": "KS"}],
        notes=("EXEMPELDATA", "Fyll i Värde."),
    )
    found = read(path, BOOK).data
    by_date = {(o.indicator, o.date): o for o in found.observations}
    assert len(by_date) == 4
    solid = by_date["N03110", dt.date(2025, 12, 31)]
    assert (solid.value, solid.unit, solid.kind, solid.source) == (27.9, "%", "measured", "Årsredovisning 2025")
    assert by_date["N03034", dt.date(2025, 12, 31)].value == -1.5
    assert by_date["external_debt_msek", dt.date(2025, 4, 30)].kind == "preliminary"
    assert by_date["care_home", dt.date(2027, 2, 1)].dimensions == {"stage": "in_use"}
    assert solid.rows[0].rows == (5,)
    assert (found.assessments[0].goal, found.assessments[0].verdict) == ("E1", "on_track")
    assert "Årsredovisning 2025" in {source.title for source in found.sources}


def test_shares_with_their_sign_and_shares_as_excel_keeps_them(tmp_path):
    path = workbook(tmp_path / "nyckeltal.xlsx", [row(value="27,9 %"), row(date=2024, value=0.279)])
    found = read(path, BOOK)
    assert [entry.observation.value for entry in found.data.entries] == [27.9, 0.279]  # nothing is mended in silence
    (told,) = [line for line in found.warnings if "0,279" in line]
    assert "rad 3, kolumn Värde" in told and "Skriv då 27,9" in told


def test_every_fault_at_once_with_row_and_remedy(tmp_path):
    told = messages(
        workbook(
            tmp_path / "nyckeltal.xlsx",
            [
                row("N0311O"),
                row(value="många"),
                row(date="i våras"),
                row(unit="mnkr"),
                row("care_home", 2026, 1),
                row("care_home", 2026, 1, dims="stage=rivet"),
                row(kind="kanske"),
                row(date=None),
            ],
            [{"goal": "E9", "date": 2026, "verdict": "på väg"}, {"goal": "E1", "date": 2026, "verdict": "sådär"}],
        )
    )
    joined = "\n".join(told)
    assert "rad 2, kolumn Mått: måttet N0311O är okänt. Menade du N03110?" in joined
    assert "rad 3, kolumn Värde: många är inget tal" in joined
    assert "rad 4, kolumn Datum: i våras är inget datum" in joined
    assert "rad 5, kolumn Enhet: enheten är mnkr; väntat: %. Räkna om värdet till %." in joined
    assert "rad 6, kolumn Uppdelning: uppdelningen saknar stage" in joined
    assert "rad 7, kolumn Uppdelning: stage=rivet är ingen uppdelning" in joined
    assert "rad 8, kolumn Status: kanske är ingen status" in joined
    assert "rad 9, kolumn Datum: datum saknas" in joined
    assert "målet E9 finns inte" in joined
    assert "sådär är ingen bedömning" in joined
    assert len(told) == 10


def test_a_workbook_without_the_columns_is_refused(tmp_path):
    import pandas as pd

    excel.write(tmp_path / "fel.xlsx", [excel.Sheet("Blad1", pd.DataFrame({"Namn": ["a"], "Antal": [1]}))])
    assert "Mått, Datum och Värde" in messages(tmp_path / "fel.xlsx")[0]


def test_the_template_filled_in_is_read_back(tmp_path):
    status = judge_all(BOOK, (), TODAY)
    rows = metricstemplate.rows(status)
    wanted = {(r["indicator"], r["date"].year) for r in rows}
    assert {("N03110", 2022), ("N03110", 2025), ("N03034", 2021), ("digital_services", 2022), ("U07514", 2026)} <= wanted
    assert not any(r["indicator"].startswith(("pv_", "group_emissions", "fossil_free")) for r in rows)
    assert len({(r["indicator"], r["date"], r["dims"]) for r in rows}) == len(rows)
    assert all(r["holder"] and r["goal"] for r in rows)
    for number, r in enumerate(rows):
        r["value"] = number + 1
    path = workbook(tmp_path / "nyckeltal.xlsx", rows)
    found = read(path, BOOK).data.observations
    assert len(found) == len(rows)
    again = judge_all(BOOK, found, dt.date(2027, 12, 31))
    assert [r["indicator"] for r in metricstemplate.rows(again) if not r["indicator"].startswith(("care", "apart"))] == []


# ---- history -------------------------------------------------------------------------------------------------------------------
def entries(tmp_path, *rows):
    return read(workbook(tmp_path / "nyckeltal.xlsx", rows), BOOK).data.entries


def test_history_keeps_every_version_and_grows_only_by_what_is_new(tmp_path):
    with History(tmp_path / "historik.sqlite") as history:
        assert history.record(entries(tmp_path, row(value=27.9, recorded_by="A"), row(date=2024, value=26.8)), TODAY) == 2
        assert history.record(entries(tmp_path, row(value=27.9, recorded_by="A"), row(date=2024, value=26.8)), TODAY) == 0
        later = TODAY + dt.timedelta(days=9)
        assert history.record(entries(tmp_path, row(value=28.1, recorded_by="B", note="rättad")), later) == 2
    with History(tmp_path / "historik.sqlite") as history:
        corrected, removed = history.corrections().values()
    assert [(kept.value, kept.recorded_by, kept.note) for kept in corrected] == [(27.9, "A", ""), (28.1, "B", "rättad")]
    assert [kept.value for kept in removed] == [26.8, None]
    assert removed[-1].recorded == later


def test_a_value_written_twice_in_the_file_is_a_correction_kept_once(tmp_path):
    twice = [row(value=21, recorded="2025-01-01", kind="prel"), row(value=22, recorded="2025-03-01")]
    with History(tmp_path / "historik.sqlite") as history:
        assert [history.record(entries(tmp_path, *twice), TODAY) for _ in range(3)] == [2, 0, 0]
        assert [kept.value for kept in history.entries()] == [21, 22]


@pytest.mark.parametrize("statement", ["UPDATE entry SET value = 0", "DELETE FROM entry"])
def test_the_database_refuses_to_change_what_was_written(tmp_path, statement):
    path = tmp_path / "historik.sqlite"
    with History(path) as history:
        history.record(entries(tmp_path, row()), TODAY)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(path).execute(statement)


def test_a_file_that_is_no_history_is_told(tmp_path):
    path = tmp_path / "historik.sqlite"
    path.write_text("inte en databas" * 50)
    with pytest.raises(InputError, match=r"historik\.sqlite"):
        History(path)


def test_entries_are_in_the_order_they_were_written(tmp_path):
    found = entries(tmp_path, row(value=22, recorded="2025-03-01"), row(value=21, recorded="2025-01-01"))
    assert [entry.observation.value for entry in found] == [21, 22]
    assert all(isinstance(entry, Entry) for entry in found)
