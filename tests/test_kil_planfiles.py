"""What the plan writes (docs/metod/plan.md, F1-F5): public without money, formulas that give the program's numbers, the annex."""

import math
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import plan_builder
import pytest
from plan_builder import NAMES, SECRET, made, shell

from data.texts import use_language
from kil import planbook, planview, publish, tender
from kil.planfiles import PlanFiles
from maps import plansheet, style
from solar import sizing


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


class Spreadsheet:
    """A small spreadsheet: + - * / ^, the functions plan.xlsx uses, cells and ranges; nothing of the program's."""

    REFERENCE = re.compile(r"(?:'([^']+)'!)?(\$?[A-Z]{1,2}\$?\d+)(?::(\$?[A-Z]{1,2}\$?\d+))?")

    def __init__(self, path):
        self.cells, self.kept = (
            {(sheet.title, cell.coordinate): cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
            for book in (openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True))
        )
        self.known = {}

    @property
    def formulas(self):
        return [key for key, cell in self.cells.items() if isinstance(cell, str) and cell.startswith("=")]

    def change(self, id_, value):
        sheet, place = next(key for key, cell in self.cells.items() if cell == id_)
        assert not str(self.cells[sheet, place.replace("A", "B")]).startswith("=")
        self.cells[sheet, place.replace("A", "B")] = value
        self.known = {}

    def column(self, head, plants):
        letters = next(place for (sheet, place), cell in self.cells.items() if sheet == "Plan" and cell == head).rstrip("3")
        return [self.value("Plan", f"{letters}{n}") for n in range(4, 4 + plants)]

    def value(self, sheet, place):
        key = sheet, place.replace("$", "")
        if key not in self.known:
            cell = self.cells[key]
            formula = isinstance(cell, str) and cell.startswith("=")
            self.known[key] = self._evaluated(cell[1:], sheet) if formula else cell
        return self.known[key]

    def _evaluated(self, formula, sheet):
        def reference(match):
            return f"look({match[1] or sheet!r}, {match[2]!r}, {match[3]!r})"

        words = self.REFERENCE.sub(reference, formula)
        words = re.sub(r"(?<![<>])=", "==", words.replace("^", "**"))
        with np.errstate(divide="ignore", invalid="ignore"):
            return eval(words, {"look": self._look, **FUNCTIONS})

    def _look(self, sheet, first, last):
        if last is None:
            value = self.value(sheet, first)
            return np.float64(value) if isinstance(value, (int, float)) else value
        rows = openpyxl.utils.cell.rows_from_range(f"{first}:{last}".replace("$", ""))
        values = [self.value(sheet, place) for row in rows for place in row]
        return np.array([value for value in values if isinstance(value, (int, float))], float)


def irr(flows, guess):
    low, high = -0.9, 1.0
    worth = lambda rate: (flows * (1 + rate) ** -np.arange(len(flows))).sum()  # noqa: E731
    if not worth(low) > 0 > worth(high):
        return None
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) > 0 else (low, middle)
    return middle


FUNCTIONS = {
    "IF": lambda asked, yes, no: yes if asked else no,
    "AND": lambda *asked: all(asked),
    "IFERROR": lambda value, other: other if value is None else value,
    "PV": lambda rate, years, pay: -pay * (years if rate == 0 else (1 - (1 + rate) ** -years) / rate),
    "MOD": lambda value, by: value % by,
    "INT": math.floor,
    "MIN": lambda *values: min((np.ravel(value).min() for value in values if np.size(value)), default=0.0),
    "SUM": np.sum,
    "COUNT": np.size,
    "IRR": irr,
}
HEADS = {
    "Investering (kr)": "capex_sek",
    "Intäkt år 1 (kr)": "income_sek",
    "Nettonuvärde (kr)": "npv_sek",
    "Internränta": "irr",
    "Återbetalning (år)": "payback_years",
    "Kostnad (kr/kWh)": "lcoe_sek_kwh",
}


def agree(sheet, table):
    """Hold every live column against the program's numbers; nothing stands where the program has none."""
    for head, name in HEADS.items():
        got = [np.nan if value == "" else float(value) for value in sheet.column(head, len(table))]
        assert got == pytest.approx(table[name].to_list(), rel=1e-6, nan_ok=True), head


@pytest.fixture
def book(written):
    return Spreadsheet(written[0] / "intern" / "plan.xlsx")


def test_f3_the_workbooks_formulas_give_the_programs_numbers(written, book):
    agree(book, written[1].plan.chosen)


def test_f3_every_formula_is_written_with_its_value(book):
    """A reader that does not calculate (LibreOffice as it is set, a phone's preview) shows what is written."""
    assert len(book.formulas) > 400
    for sheet, place in book.formulas:
        got, kept = book.value(sheet, place), book.kept[sheet, place]
        assert (got == "" and kept in (None, "")) or kept == pytest.approx(float(got), rel=1e-6, abs=1e-6), (sheet, place)


@pytest.mark.parametrize(
    "changes",
    [
        {"energy_tax": 0.5, "own_capture": 0.8},
        {"capex_roof_100": 20_000.0, "operation": 30.0},
        {"internal_rate": 0.0, "degradation": 0.0},
    ],
    ids=["tax", "investment", "no rate"],
)
def test_f3_a_changed_price_runs_through(written, book, changes):
    _, result, _ = written
    market = result.market
    for id_, value in changes.items():
        book.change(id_, value)
        market = market.moved(id_, value)
    anew = sizing.with_money(result.plan.chosen, market)
    assert (anew["npv_sek"] - result.plan.chosen["npv_sek"]).abs().min() > 1000
    agree(book, anew)


@pytest.mark.parametrize("years", [25, 40])
def test_f3_a_bought_service_and_a_battery_are_in_the_formulas_too(tmp_path, years):
    _, result, _, _ = made(way="ppa", ways={"company_rate": -0.02, "ppa_years": years})
    planbook.write(tmp_path / "plan.xlsx", result, example=True)
    assert len(result.plan.chosen) and (result.plan.chosen["capex_sek"] == 0).all()
    agree(Spreadsheet(tmp_path / "plan.xlsx"), result.plan.chosen)

    _, result, _, _ = made(economy={"battery_kwh_per_kwp": 1.0, "ancillary_services": True}, moved={"ancillary_sek_kw": 200.0})
    planbook.write(tmp_path / "plan.xlsx", result, example=True)
    book = Spreadsheet(tmp_path / "plan.xlsx")
    agree(book, result.plan.chosen)
    book.change("battery", 1000.0)
    agree(book, sizing.with_money(result.plan.chosen, result.market.moved("battery", 1000.0)))


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
    assert f"{wanted} moduler, taket lutar 30 grader mot 180 grader" in said and "stativ" not in said
    assert "8\u00a0760 timmar, 1\u00a0010 kWh/m2" in said and "saknar snödjup" in said
    assert f"vader.csv: Egen fil, sha256 {'ab' * 32}" in said


def test_f5_a_sheet_per_plant(written):
    folder, result, _ = written
    sheets = sorted(p.stem for p in (folder / "intern" / "underlag").iterdir())
    assert sheets == sorted(result.plan.chosen["candidate_id"])
    page = (folder / "intern" / "underlag" / "F-4.html").read_text(encoding="utf-8")
    for word in ("Investeringsäskande", "Att undersöka", "bärighet", "EXEMPELDATA", "2030-12-31"):
        assert word in page
    assert "<script" not in page


def test_f5_the_request_adds_up_and_names_every_electricity_factor(tmp_path):
    """Net operation less depreciation and interest is the result, as they are written; of a bought service it is what is left of it."""
    for plan in ({}, {"way": "ppa", "ways": {"company_rate": -0.02, "ppa_years": 25}}):
        context, result, _, _ = made(tmp_path, **plan)
        with use_language("sv"):
            for row in planview.plant_table(result).itertuples():
                sheet = planview.sheet(context, result, row)
                page = plansheet.page(sheet, shell("intern"))
                told = {
                    name: [
                        float(n.replace(",", ".").replace("−", "-").replace("\u00a0", ""))
                        for n in re.findall(r">([−\d,\u00a0]+)</td>", line)
                    ]
                    for name, line in re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', page, re.S)
                }
                left = np.subtract(np.subtract(told["Driftnetto"], told["Avskrivning"]), told["Internränta"])
                assert left == pytest.approx(told["Resultat"], abs=0.2)
                assert sheet.municipal[0]["result"] == pytest.approx(row.year_one_sek)
                assert len(sheet.co2) == 4 and page.count("ton CO₂") == 4


def test_f5_the_sheet_marks_the_size_chosen_and_says_which_would_be_worth_more(tmp_path):
    context, result, _, _ = made(tmp_path)
    row = next(planview.plant_table(result).itertuples())
    sheet = planview.sheet(context, result, row)

    def told(sheet):
        page = plansheet.page(sheet, shell("intern")).replace("\u00a0", " ")
        (kw,) = re.findall(r'<th scope="row"><b>valt: [^<]+</b></th><td[^>]*>([\d ]+,\d)</td>', page)
        worth = re.findall(r"Mest värt vore (\d+) kW, med nuvärdet ([\d ]+) tusen kronor; ([^.]+)\.", page)
        return float(kw.replace(" ", "").replace(",", ".")), worth

    assert max(sheet.sizes, key=lambda size: size["npv_sek"])["kwp"] == row.kwp
    assert told(sheet) == (pytest.approx(row.kwp, abs=0.06), [])
    first, *_, last = sheet.sizes
    better = [{**first, "npv_sek": row.npv_sek + 123_000.0}, *sheet.sizes[1:]]
    worth = style.rounded(row.npv_sek / 1000 + 123).replace("\u00a0", " ")
    assert told(replace(sheet, sizes=better))[1] == [(f"{first['kwp']:.0f}", worth, "planen bygger mer för att nå målet")]
    small = replace(sheet, row={**sheet.row, **first})
    assert told(small) == (pytest.approx(first["kwp"], abs=0.06), [(f"{last['kwp']:.0f}", *told(small)[1][0][1:])])
    assert told(small)[1][0][2] == "planens villkor ger mindre"


def test_f5_what_is_never_paid_back_and_why_a_small_plant_is_taxed_is_told(tmp_path):
    context, result, _, _ = made(tmp_path, moved={"spot_level": 0.1})
    row = next(planview.plant_table(result).itertuples())
    assert math.isnan(row.payback_years)
    page = plansheet.page(planview.sheet(context, result, row), shell("intern"))
    assert "betalas inte tillbaka på 30 år; avkastning (IRR)" in page and "ingen på egen användning" in page
    beside = row._replace(taxed=True, before_kwp=450.0)
    words = dict(planview.sheet(context, result, beside).facts)["Energiskatt"]
    assert "500 kW eller mer med de 450 kW som räknas före" in words
    alone = dict(planview.sheet(context, result, row._replace(taxed=True, kwp=600.0)).facts)["Energiskatt"]
    assert alone == "full på egen användning (500 kW eller mer)"


def test_f5_an_areas_sheet_speaks_of_an_area(tmp_path):
    context, result, _, _ = made(tmp_path)
    row = next(planview.plant_table(result).itertuples())
    sheet = planview.sheet(context, result, row)
    area = replace(
        sheet,
        row={**sheet.row, "mount": "carport"},
        sizes=[{**size, "mount": "carport"} for size in sheet.sizes],
        monthly=[(made_, None) for made_, _ in sheet.monthly],
    )
    with use_language("sv"):
        roof, page = plansheet.page(sheet, shell("intern")), plansheet.page(area, shell("intern"))
    assert "hela taket" in roof and "hela taket" not in page and "hela ytan" in page
    assert "Byggnaden använder" in roof and "Allt säljs" in page


def test_what_the_weather_lacks_stands_on_both_pages_and_the_list_of_prices_only_where_it_is(written):
    public, intern = (written[0] / audience / "plan.html" for audience in ("publik", "intern"))
    for page in (public, intern):
        assert "Vädret saknar snödjup" in page.read_text(encoding="utf-8")
    assert "listan över priser" in intern.read_text(encoding="utf-8")
    assert "listan över priser" not in public.read_text(encoding="utf-8")


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
