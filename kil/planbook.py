"""plan.xlsx: every size of every candidate, and the plan with formulas that follow the prices on the first sheet.

The energy and its worth at spot price are numbers (they come of hours); investment, income, NPV, IRR, payback and LCOE are formulas, so
that a changed price changes them in Excel. Which plants are chosen is not solved anew there: that is `kil plan`. Every formula is written
with its value, so that a reader that does not calculate shows the program's numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.texts import text
from kil import planformulas
from solar import economy, tariffs
from solar.sizing import vat_factors

if TYPE_CHECKING:
    from kil.results import PlanResult
    from solar.sizing import Market

PRICE_IDS = (
    "spot_level",
    "solar_capture",
    "own_capture",
    "electricity_markup",
    "grid_variable_fee",
    "energy_tax",
    "grid_capacity_fee",
    "grid_benefit",
    "feed_in_fee",
    "tax_reduction",
    "operation",
    "inverter",
    "degradation",
    "price_change",
    "battery",
    "ancillary_sek_kw",
    "ppa_price",
    "internal_rate",
)
"""Prices with a cell of their own; a change there, or of an investment point, runs through every formula."""
TEXTS = ("name", "facility_ids", "owner", "year")
NUMBERS = ("kwp", "kwh", "own_kwh", "older_taxed_kwh", "sold_kwh", "idle_kwh", "own_spot_sek", "sold_spot_sek", "peak_kw")
FORMULAS = ("sek_per_kw", "capex", "saved", "sold", "income", "pv_cost", "npv", "irr", "payback", "lcoe")
COLUMNS = (*TEXTS, *NUMBERS, "vat", "taxed", *FORMULAS)
CENTS = ("payback", "lcoe")
MOST_YEARS = 60
"""Columns of the sheet of cash flows: the longest time a plant may be counted."""
FIRST_PLANT_ROW = 4
"""Of the sheets Plan and Kassaflöde, as a spreadsheet numbers rows."""
FIRST_PRICE_ROW = 3
HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4f2ec", "bottom": 1}


def write(path: Path, result: PlanResult, *, example: bool) -> None:
    """Write the workbook: Priser, Plan and Kassaflöde (live), Storlekar, Kurva, År för år, Antaganden. Text is always text."""
    import datetime as dt

    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": "EXEMPELDATA" if example else ""})
        cells = _prices(book, result)
        _plan(book, result, cells, example=example)
        _flows(book, result, cells)
        _table(book, text("plan.book.sizes"), result.plan.options.drop(columns=["facility_ids"]))
        _table(book, text("plan.book.curve"), result.plan.curve)
        _table(book, text("plan.book.by_year"), result.plan.by_year().reset_index())
        _table(book, text("plan.book.tornado"), _levers(result))


def _levers(result: PlanResult) -> pd.DataFrame:
    """Return every assumption that was moved, widest first, and after them those that were not, and why."""
    from data.readers.prices import spans
    from maps.plancharts import lever_name

    moved = result.plan.tornado.copy()
    if moved.empty:
        return moved
    prices, listed = result.market.prices.rows, spans()
    known = prices[["unit", "source"]]
    for name in ("unit", "source"):
        own = moved[name] if name in moved else pd.Series(None, index=moved.index, dtype=object)
        moved[name] = own.where(own.notna(), moved["id"].map(known[name]))
    moved["name"] = [lever_name(row) for row in moved.to_dict("records")]
    held = listed[listed["low"].isna()].rename(columns={"setting": "id", "meaning": "name"}).drop(columns=["low", "high"])
    columns = ["name", "id", "low", "high", "unit", "npv_low", "npv_high", "swing", "kind", "source"]
    table = pd.concat([moved, held], ignore_index=True).reindex(columns=columns)
    table["kind"] = [text(f"plan.kind.{kind}") for kind in table["kind"]]
    return table.rename(columns={name: text(f"plan.book.lever_{name}") for name in columns})


def _prices(book: Any, result: PlanResult) -> dict[str, str]:
    """Write the prices and return id -> absolute cell; after them the terms the formulas need."""
    sheet, head = book.add_worksheet(text("plan.book.prices")), book.add_format(HEAD)
    entry, market = book.add_format({"bg_color": "#fff7d6", "border": 1}), result.market
    sheet.write_string(0, 0, text("plan.book.prices_note"))
    for column, name in enumerate(("id", "value", "unit", "kind", "source", "meaning")):
        sheet.write_string(FIRST_PRICE_ROW - 1, column, text(f"plan.book.{name}"), head)
    rows, cells = market.prices.rows, {}
    listed = [*PRICE_IDS, *(id_ for id_ in rows.index if str(id_).startswith("capex_"))]
    for row, id_ in enumerate(listed, start=FIRST_PRICE_ROW):
        cells[id_] = f"'{text('plan.book.prices')}'!$B${row + 1}"
        sheet.write_string(row, 0, id_)
        sheet.write_number(row, 1, float(rows.at[id_, "value"]), entry)
        for column, name in enumerate(("unit", "kind", "source", "meaning"), start=2):
            value = rows.at[id_, name]
            shown = text(f"plan.kind.{value}") if name == "kind" else ("" if pd.isna(value) else str(value))
            sheet.write_string(row, column, shown)
    for row, (name, value) in enumerate(_terms(market, result.plan.service_years).items(), start=FIRST_PRICE_ROW + len(listed)):
        cells[name] = f"'{text('plan.book.prices')}'!$B${row + 1}"
        sheet.write_string(row, 0, text(f"plan.book.term_{name}"))
        if name == "rate" and market.settings.discount_rate is None:
            sheet.write_formula(row, 1, f"={cells['internal_rate']}", entry, value)
        else:
            sheet.write_number(row, 1, value, entry)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 13)
    sheet.set_column(4, 5, 60)
    sheet.freeze_panes(FIRST_PRICE_ROW, 1)
    return cells


def _terms(market: Market, service_years: int) -> dict[str, float]:
    """Return what the formulas need beside prices. service_years: of a bought service, 0 = own investment."""
    settings = market.settings
    return {
        "rate": market.terms.rate,
        "years": settings.years,
        "inverter_years": settings.inverter_years,
        "capex_factor": market.prices.capex_factor,
        "spot_is_hourly": 1 if market.prices.spot is not None else 0,
        "battery_kwh_per_kwp": settings.battery_kwh_per_kwp,
        "ancillary_kw_per_kwp": settings.battery_kwh_per_kwp if settings.ancillary_services else 0.0,
        "service_years": service_years,
    }


def _plan(book: Any, result: PlanResult, cells: dict[str, str], *, example: bool) -> None:
    sheet, head = book.add_worksheet(text("plan.book.plan")), book.add_format(HEAD)
    whole, cent = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "#,##0.00"})
    percent = book.add_format({"num_format": "0.0%"})
    style = dict.fromkeys(FORMULAS, whole) | dict.fromkeys(CENTS, cent) | {"irr": percent}
    sheet.write_string(0, 0, ("EXEMPELDATA. " if example else "") + text("plan.book.plan_note"))
    for column, name in enumerate(COLUMNS):
        sheet.write_string(2, column, text(f"plan.book.{name}"), head)
    values = _values(result)
    for n, row in enumerate(result.plan.chosen.itertuples()):
        line = FIRST_PLANT_ROW + n
        _known(sheet, line, row, values.iloc[n])
        for name in NUMBERS:
            sheet.write_number(line - 1, COLUMNS.index(name), float(values[name].iloc[n]), whole)
        for name, formula in _formulas(result.market, cells, row, line).items():
            value = values[name].iloc[n]
            sheet.write_formula(line - 1, COLUMNS.index(name), formula, style[name], "" if pd.isna(value) else float(value))
    last = FIRST_PLANT_ROW - 1 + len(values)
    if len(values):
        sheet.write_string(last, 0, text("plan.book.sum"), head)
        for name in ("kwp", "kwh", "capex", "income", "npv"):
            letter = _letter(COLUMNS.index(name))
            summed = f"=SUM({letter}{FIRST_PLANT_ROW}:{letter}{last})"
            sheet.write_formula(last, COLUMNS.index(name), summed, whole, float(values[name].sum()))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(COLUMNS) - 1, 13)
    sheet.freeze_panes(3, 1)


def _known(sheet: Any, line: int, row: Any, values: pd.Series) -> None:
    """Write a plant's words, VAT and whether it is taxed."""
    for column, name in enumerate(TEXTS):
        value = getattr(row, name)
        if name == "year":
            sheet.write_number(line - 1, column, int(value))
        elif isinstance(value, str):
            sheet.write_string(line - 1, column, value)
    for name in ("vat", "taxed"):
        sheet.write_number(line - 1, COLUMNS.index(name), float(values[name]))


def _values(result: PlanResult) -> pd.DataFrame:
    """Return the program's numbers of every column, one row a plant: what the formulas give with the prices as they are."""
    chosen, market = result.plan.chosen, result.market
    vat, prices = vat_factors(chosen, market), market.prices
    owned = market.terms.costs() * (np.arange(1, market.terms.years + 1) > result.plan.service_years)
    battery = prices["battery"] * market.settings.battery_kwh_per_kwp
    return chosen[list(NUMBERS)].assign(
        vat=vat,
        taxed=chosen["taxed"].astype(float),
        sek_per_kw=[battery + float(tariffs.capex(prices, row.kwp, row.mount)) / row.kwp for row in chosen.itertuples()],
        capex=chosen["capex_sek"],
        saved=chosen["saved_sek"] + chosen["tax_sek"],
        sold=chosen["sold_sek"],
        income=chosen["income_sek"],
        pv_cost=chosen["kwp"] * vat * float(owned @ market.terms.discount),
        npv=chosen["npv_sek"],
        irr=chosen["irr"],
        payback=chosen["payback_years"],
        lcoe=chosen["lcoe_sek_kwh"],
    )


def _formulas(market: Market, cells: dict[str, str], row: Any, line: int) -> dict[str, str]:
    """Return the formula of every live column of a plant's row."""
    at = {name: f"${_letter(n)}${line}" for n, name in enumerate(COLUMNS)}
    points = [str(id_) for id_ in market.prices.rows.index if str(id_).startswith(f"capex_{row.mount}_")]
    shares = planformulas.between(row.kwp, {id_: float(id_.rsplit("_", 1)[1]) for id_ in points})
    flows = f"'{text('plan.book.flows')}'!"
    first, last = _letter(1), _letter(1 + MOST_YEARS)
    crossings = f"{flows}${_letter(2 + MOST_YEARS)}${line}:${_letter(1 + 2 * MOST_YEARS)}${line}"
    return planformulas.of_plant(at, cells, shares) | {
        "irr": f'=IFERROR(IRR({flows}${first}${line}:${last}${line},0.05),"")',
        "payback": f'=IF(COUNT({crossings})=0,"",MIN({crossings}))',
    }


def _flows(book: Any, result: PlanResult, cells: dict[str, str]) -> None:
    """Write the cash flow of every plant, year 0 and after, and beside it the time its sum reaches 0: what IRR and payback read."""
    sheet, head = book.add_worksheet(text("plan.book.flows")), book.add_format(HEAD)
    whole, cent = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "#,##0.00"})
    sheet.write_string(0, 0, text("plan.book.flows_note"))
    sheet.write_string(2, 0, text("plan.book.name"), head)
    for year in range(MOST_YEARS + 1):
        sheet.write_number(2, 1 + year, year, head)
    for year in range(1, MOST_YEARS + 1):
        sheet.write_number(2, 1 + MOST_YEARS + year, year, head)
    values = _cash(result)
    for n, name in enumerate(result.plan.chosen["name"]):
        line = FIRST_PLANT_ROW + n
        sheet.write_string(line - 1, 0, str(name))
        _flow_row(sheet, line, cells, values=values[n], formats=(whole, cent))
    sheet.set_column(0, 0, 34)
    sheet.freeze_panes(3, 1)


def _cash(result: PlanResult) -> np.ndarray:
    """Return (n, years + 1) cash flows [SEK]: of one's own plant, or what a bought service leaves while it runs and the plant's after."""
    chosen, market, terms = result.plan.chosen, result.market, result.market.terms
    money = (chosen[name].to_numpy(float) for name in ("capex_sek", "income_sek", "kwp"))
    flows = economy.cash_flows(*money, terms, vat=vat_factors(chosen, market))
    rented = np.arange(1, terms.years + 1) <= result.plan.service_years
    bought = chosen["year_one_sek"].to_numpy(float)[:, None] * terms.income_factor
    return np.column_stack([flows[:, 0], np.where(rented, bought, flows[:, 1:])])


def _flow_row(sheet: Any, line: int, cells: dict[str, str], *, values: np.ndarray, formats: tuple[Any, Any]) -> None:
    plan = f"'{text('plan.book.plan')}'!"
    at = {name: f"{plan}${_letter(n)}${line}" for n, name in enumerate(COLUMNS)}
    values = np.append(values, np.zeros(MOST_YEARS + 1 - len(values)))
    sums = values.cumsum()
    sheet.write_formula(line - 1, 1, f"=-{at['capex']}", formats[0], values[0])
    for year in range(1, MOST_YEARS + 1):
        here, head = _letter(1 + year), f"{_letter(1 + year)}$3"
        sheet.write_formula(line - 1, 1 + year, planformulas.flow(at, cells, head), formats[0], values[year])
        before, until = (f"$B{line}:{_letter(column)}{line}" for column in (year, 1 + year))
        crosses = sums[year - 1] < 0 <= sums[year]
        reached = year - 1 - sums[year - 1] / values[year] if crosses else ""
        formula = planformulas.crossing(before, until, f"{here}{line}", head)
        sheet.write_formula(line - 1, 1 + MOST_YEARS + year, formula, formats[1], reached)


def _letter(n: int) -> str:
    return (chr(64 + n // 26) if n >= 26 else "") + chr(65 + n % 26)


def _table(book: Any, name: str, frame: pd.DataFrame) -> None:
    sheet, head = book.add_worksheet(name[:31]), book.add_format(HEAD)
    number = book.add_format({"num_format": "#,##0.00"})
    for column, title in enumerate(frame.columns):
        sheet.write_string(0, column, str(title), head)
        for n, value in enumerate(frame[title].tolist(), start=1):
            if isinstance(value, (bool,)):
                sheet.write_string(n, column, text("plan.book.yes" if value else "plan.book.no"))
            elif isinstance(value, (int, float)) and not pd.isna(value):
                sheet.write_number(n, column, value, number)
            elif isinstance(value, str):
                sheet.write_string(n, column, value)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(frame.columns), 14)
