"""What the plan writes (docs/metod/plan.md, F1-F5): public without money, formulas that give the program's numbers, the annex."""

import datetime as dt
import math
import re

import geopandas as gpd
import openpyxl
import pandas as pd
import plan_builder
import pytest
from plan_builder import NAMES, SECRET, made

from data.texts import use_language
from kil import planbook, planview, publish, tender
from kil.planfiles import PlanFiles
from maps.page import Shell


def shell(audience):
    return Shell("Provköping", dt.date(2026, 3, 1), example=True, audience=audience, pages=("index", "plan"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    context, result, json, solar = made(folder)
    with use_language("sv"):
        for audience in ("publik", "intern"):
            (folder / audience).mkdir()
            PlanFiles(context, result, json, solar).write(folder / audience, audience, shell(audience))
    return folder, result, json


def test_f1_nothing_internal_reaches_the_public_folder(written):
    folder, result, json = written
    assert [p.name for p in (folder / "publik").iterdir()] == ["plan.html"]
    page = (folder / "publik" / "plan.html").read_text(encoding="utf-8")
    plain = re.sub(r"[\s\u00a0]", "", page)
    planted = [SECRET["meter"], SECRET["remark"], NAMES[1], NAMES[2], "F-3"]
    for row in result.plan.chosen.itertuples():
        planted += [f"{row.capex_sek:.0f}", f"{row.npv_sek:.0f}", f"{row.own_kwh:.0f}", f"{row.income_sek:.0f}"]
    planted += [f"{SECRET['load']:.0f}", f"{SECRET['load'] / 1000:.0f}MWh", "777"]
    for value in planted:
        assert re.sub(r"\s", "", value) not in plain, value
    assert "F-2" in page and "EXEMPELDATA" in page
    public = publish.public_json("plan", json)
    assert not {"money", "plants", "curve", "tornado", "ways", "prices", "settings", "warnings"} & set(public)
    assert public["planned_mw"] == json["planned_mw"]


def test_f1_a_sum_over_few_plants_is_not_told(written):
    _, result, json = written
    assert len(result.plan.chosen) < planview.FEWEST_FOR_TOTALS
    context, result, json, solar = made()
    view = planview.view(context, result, json, solar=solar, audience="publik", shell=shell("publik"))
    assert view.investment_sek is None and view.hidden == 1 and view.prices is None and view.refused is None
    assert set(view.plants.columns) == {*planview.PUBLIC_COLUMNS, "rank"}


def test_f2_the_internal_page_tells_money_and_escapes_names(written):
    folder, _, json = written
    page = (folder / "intern" / "plan.html").read_text(encoding="utf-8")
    assert "Norrskolan &lt;b&gt;&amp;&lt;/b&gt;" in page and "Norrskolan <b>" not in page
    assert "1\u00a0150" in page and "Pengarna" in page
    assert json["money"]["debt_after_msek"] == pytest.approx(900 + json["money"]["capex_sek"] / 1e6)
    assert json["money"]["npv_p90_sek"] < json["money"]["npv_sek"]


def cell_values(book):
    return {f"'{sheet.title}'!{cell.coordinate}": cell.value for sheet in book for row in sheet.iter_rows() for cell in row}


def evaluate(formula, sheet, values, depth=0):
    """A small spreadsheet: + - * / ^, IF(a=b,x,y), INT and cell references; nothing of the program's."""
    assert depth < 20
    expression = formula.lstrip("=")
    expression = re.sub(r"IF\(([^=,]+)=([^,]+),([^,]+),([^)]+)\)", r"((\3) if (\1)==(\2) else (\4))", expression)
    expression = expression.replace("INT(", "math.floor(").replace("^", "**")

    def look(match):
        name = match[0].replace("$", "")
        key = name if "!" in name else f"'{sheet}'!{name}"
        value = values[key]
        return repr(float(evaluate(value, key.split("'")[1], values, depth + 1) if isinstance(value, str) else value))

    expression = re.sub(r"'[^']+'!\$?[A-Z]+\$?\d+|\b\$?[A-Z]{1,2}\$?\d+\b", look, expression)
    return eval(expression, {"math": math})


def test_f3_the_workbooks_formulas_give_the_programs_numbers(written):
    folder, result, _ = written
    values = cell_values(openpyxl.load_workbook(folder / "intern" / "plan.xlsx"))
    book = openpyxl.load_workbook(folder / "intern" / "plan.xlsx")
    sheet = book["Plan"]
    heads = {cell.value: cell.column_letter for cell in sheet[3]}
    for n, row in enumerate(result.plan.chosen.itertuples(), start=4):
        for head, wanted in {
            "Investering (kr)": row.capex_sek,
            "Intäkt år 1 (kr)": row.income_sek,
            "Nettonuvärde (kr)": row.npv_sek,
            "Kostnad (kr/kWh)": row.lcoe_sek_kwh,
        }.items():
            formula = sheet[f"{heads[head]}{n}"].value
            assert str(formula).startswith("=")
            assert evaluate(formula, "Plan", values) == pytest.approx(wanted, rel=1e-6), head


def test_f3_a_changed_price_runs_through(written):
    folder, result, _ = written
    values = cell_values(openpyxl.load_workbook(folder / "intern" / "plan.xlsx"))
    sheet = openpyxl.load_workbook(folder / "intern" / "plan.xlsx")["Plan"]
    heads = {cell.value: cell.column_letter for cell in sheet[3]}
    tax = next(key for key, value in values.items() if value == "energy_tax").replace("!A", "!B")
    values[tax] = 0.5
    from solar import sizing

    anew = sizing.with_money(result.plan.chosen, result.market.moved("energy_tax", 0.5))
    got = evaluate(sheet[f"{heads['Nettonuvärde (kr)']}4"].value, "Plan", values)
    assert got == pytest.approx(anew["npv_sek"].iloc[0], rel=1e-6)


def test_f3_text_in_the_workbook_is_never_a_formula(tmp_path):
    _, result, _, _ = made(names=("=HYPERLINK(1)", "+1", "@x", "-2"))
    planbook.write(tmp_path / "plan.xlsx", result, example=True)
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx")["Plan"]
    cells = [sheet[f"A{n}"] for n in range(4, 4 + len(result.plan.chosen))]
    assert all(cell.data_type == "s" for cell in cells)


def test_f4_the_tender_annex_by_hand(written):
    folder, result, _ = written
    row = result.plan.chosen.iloc[0]
    annex = folder / "intern" / "upphandling" / row["candidate_id"]
    modules = gpd.read_file(annex / "moduler.gpkg")
    wanted = min(30, round(row["kwp"] * 1000 / 450))
    assert len(modules) == wanted and modules.crs.to_epsg() == 3006
    dxf = (annex / "moduler.dxf").read_text().splitlines()
    assert dxf.count("POLYLINE") == wanted and dxf.count("VERTEX") == 4 * wanted and dxf[-1] == "EOF"
    drawn = gpd.read_file(annex / "moduler.dxf")  # GDAL's own reader of DXF
    assert len(drawn) == wanted and drawn.total_bounds == pytest.approx(modules.total_bounds, abs=0.001)
    hours = pd.read_csv(annex / "timvarden.csv", sep=";", decimal=",")
    assert len(hours) == 8760 and hours["kwh"].sum() == pytest.approx(row["kwh"], rel=1e-3)
    (hor,) = annex.glob("*.hor")
    table = [tuple(map(float, line.split("\t"))) for line in hor.read_text().splitlines()[1:]]
    assert [a for a, _ in table] == [-180, -135, -90, -45, 0, 45, 90, 135] and {h for _, h in table} == {5.0}
    asked = (annex / "att_undersoka.txt").read_text()
    assert "bärighet" in asked and asked.count("[ ]") == 2 + len(tender.ON_SITE)
    said = (annex / "antaganden.txt").read_text()
    assert "EXEMPELDATA" in said and "kr" not in said.split()  # no money


def test_f5_a_sheet_per_plant(written):
    folder, result, _ = written
    sheets = sorted(p.stem for p in (folder / "intern" / "underlag").iterdir())
    assert sheets == sorted(result.plan.chosen["candidate_id"])
    page = (folder / "intern" / "underlag" / "F-4.html").read_text(encoding="utf-8")
    for word in ("Investeringsäskande", "Att undersöka", "bärighet", "EXEMPELDATA", "2030-12-31"):
        assert word in page
    assert "<script" not in page


def test_every_text_of_the_plan_is_there_in_both_languages(tmp_path):
    context, result, json, solar = made(tmp_path, mw=5.0)  # out of reach: the sentences of that too
    with use_language("en"):
        (tmp_path / "intern").mkdir()
        json = planview.summary(context, result)
        PlanFiles(context, result, json, solar).write(tmp_path / "intern", "intern", shell("intern"))
        page = (tmp_path / "intern" / "plan.html").read_text(encoding="utf-8")
    assert "The way to 5 MW" in page and not json["reached"]
    assert planview.headline(json) and json["date"] == plan_builder.TODAY


@pytest.mark.parametrize(
    "plan",
    [
        {"budget_sek_per_year": 1.0},
        {"budget_sek_per_year": 1.0, "must": ("F-1",)},
        {"objective": "npv", "budget_sek_per_year": 1e6},
        {"objective": "capex", "max_kw_per_year": 60.0},
        {"way": "ppa", "ways": {"company_rate": 0.0, "ppa_years": 40}},
    ],
    ids=["nothing fits", "must does not fit", "npv", "capex", "service"],
)
def test_odd_plans_are_written_too(tmp_path, plan):
    context, result, json, solar = made(tmp_path, **plan)
    (tmp_path / "intern").mkdir()
    with use_language("sv"):
        PlanFiles(context, result, json, solar).write(tmp_path / "intern", "intern", shell("intern"))
    assert json["reached"] == (json["short_mw"] <= 1e-6)
    if plan.get("budget_sek_per_year") == 1.0:
        assert json["planned_mw"] == 0 and json["why"]


def test_a_target_already_reached_builds_only_what_pays():
    _, result, json, _ = made(mw=0.01)
    assert json["reached"] and json["remaining_mw"] == 0
    assert (result.plan.chosen["npv_sek"] > 0).all()


def test_o4_every_reading_of_the_goal_stands_on_both_pages(written):
    """By hand (plan_builder.h8_observations), target 0.3 MW: 0.4 MW rented on municipal ground reaches it wherever rented plants count
    and not only the group's: 2 boundaries x total or new x DC or AC x built or decided = 16 of 48; at most 480 kW, at least none."""
    folder, _, json = written
    h8 = json["h8"]
    assert (h8["of"], h8["reached"], h8["low_mw"], h8["lacking"]) == (48, 16, 0.0, 1)
    assert h8["high_mw"] == pytest.approx(0.48)
    assert [(row["dim"], row["turns"]) for row in h8["decides"][:2]] == [("ownership", 16), ("boundary", 8)]
    assert {row["turns"] for row in h8["decides"][2:]} == {0}
    assert publish.public_json("plan", json)["h8"] == h8
    for audience in ("publik", "intern"):
        page = (folder / audience / "plan.html").read_text(encoding="utf-8")
        listed = page[page.index("Alla 48 läsningar") :].split("</table>")[0]
        assert "16 av 48 läsningar når" in page and listed.count("✓") == 16
        assert "om hyrt och köpt som tjänst räknas (16)" in page
