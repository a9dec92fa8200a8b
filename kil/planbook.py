"""plan.xlsx: every size of every candidate, and the plan with formulas that follow the prices on the first sheet.

The energy and its worth at spot price are numbers (they come of hours); income, investment, NPV and payback are formulas, so that a
changed price changes them in Excel. Which plants are chosen is not solved anew there: that is `kil plan`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.texts import text
from solar import tariffs

if TYPE_CHECKING:
    from kil.results import PlanResult
    from solar.sizing import Market

PRICE_IDS = (
    "spot_level",
    "solar_capture",
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
)
"""Prices with a cell of their own; a change there runs through every formula."""
NUMBERS = ("kwp", "kwh", "own_kwh", "older_taxed_kwh", "sold_kwh", "idle_kwh", "own_spot_sek", "sold_spot_sek", "peak_kw")
FORMULAS = ("capex", "income", "pv_income", "pv_cost", "npv", "payback", "lcoe")
FIRST_PRICE_ROW = 3
HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4f2ec", "bottom": 1}


def write(path: Path, result: PlanResult, *, example: bool) -> None:
    """Write the workbook: Priser, Plan (live), Storlekar, Kurva, Per år, Antaganden. Text is always text, never a formula."""
    import datetime as dt

    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "title": "EXEMPELDATA" if example else ""})
        names = _prices(book, result.market)
        _plan(book, result, names, example=example)
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


def _prices(book: Any, market: Market) -> dict[str, str]:
    """Write the prices and return id -> absolute cell; after them the terms the formulas need."""
    sheet, head = book.add_worksheet(text("plan.book.prices")), book.add_format(HEAD)
    entry = book.add_format({"bg_color": "#fff7d6", "border": 1})
    sheet.write_string(0, 0, text("plan.book.prices_note"))
    for column, name in enumerate(("id", "value", "unit", "kind", "source", "meaning")):
        sheet.write_string(FIRST_PRICE_ROW - 1, column, text(f"plan.book.{name}"), head)
    rows, cells = market.prices.rows, {}
    listed = [
        *PRICE_IDS,
        *(i for i in rows.index if i not in PRICE_IDS and (str(i).startswith(("capex_", "co2_")) or i == "internal_rate")),
    ]
    row = FIRST_PRICE_ROW
    for id_ in listed:
        cells[id_] = f"'{text('plan.book.prices')}'!$B${row + 1}"
        sheet.write_string(row, 0, id_)
        sheet.write_number(row, 1, float(rows.at[id_, "value"]), entry)
        for column, name in enumerate(("unit", "kind", "source", "meaning"), start=2):
            value = rows.at[id_, name]
            shown = text(f"plan.kind.{value}") if name == "kind" else ("" if pd.isna(value) else str(value))
            sheet.write_string(row, column, shown)
        row += 1
    terms = {"rate": market.terms.rate, "years": market.settings.years, "inverter_years": market.settings.inverter_years}
    terms |= {"capex_factor": market.prices.capex_factor, "spot_is_hourly": 1 if market.prices.spot is not None else 0}
    for name, value in terms.items():
        cells[name] = f"'{text('plan.book.prices')}'!$B${row + 1}"
        sheet.write_string(row, 0, text(f"plan.book.term_{name}"))
        sheet.write_number(row, 1, value, entry)
        row += 1
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 13)
    sheet.set_column(4, 5, 60)
    sheet.freeze_panes(FIRST_PRICE_ROW, 1)
    return cells


def _plan(book: Any, result: PlanResult, cells: dict[str, str], *, example: bool) -> None:
    sheet, head = book.add_worksheet(text("plan.book.plan")), book.add_format(HEAD)
    whole, cent = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "#,##0.00"})
    texts = ("name", "facility_ids", "owner", "year")
    columns = [*texts, *NUMBERS, "vat", "taxed", "sek_per_kw", *FORMULAS]
    sheet.write_string(0, 0, ("EXEMPELDATA. " if example else "") + text("plan.book.plan_note"))
    for column, name in enumerate(columns):
        sheet.write_string(2, column, text(f"plan.book.{name}"), head)
    market, letters = result.market, {name: _letter(n) for n, name in enumerate(columns)}
    for n, row in enumerate(result.plan.chosen.itertuples(), start=3):
        for column, name in enumerate(texts):
            value = getattr(row, name)
            if name == "year":
                sheet.write_number(n, column, int(value))
            elif isinstance(value, str):
                sheet.write_string(n, column, value)
        for name in NUMBERS:
            sheet.write_number(n, columns.index(name), float(getattr(row, name)), whole)
        vat = tariffs.vat_factor(market.prices, row.owner, market.settings)
        sheet.write_number(n, columns.index("vat"), vat)
        sheet.write_number(n, columns.index("taxed"), 1 if row.taxed else 0)
        sheet.write_number(n, columns.index("sek_per_kw"), float(row.capex_sek) / row.kwp / vat, cent)
        values = {"capex": row.capex_sek, "income": row.income_sek, "npv": row.npv_sek, "payback": None, "lcoe": row.lcoe_sek_kwh}
        for name, formula in _formulas(letters, cells, n + 1).items():
            sheet.write_formula(
                n, columns.index(name), formula, cent if name in ("payback", "lcoe") else whole, values.get(name) or 0
            )
    last = 3 + len(result.plan.chosen)
    if last > 3:
        sheet.write_string(last, 0, text("plan.book.sum"), head)
        for name in ("kwp", "kwh", "capex", "income", "npv"):
            sheet.write_formula(last, columns.index(name), f"=SUM({letters[name]}4:{letters[name]}{last})", whole)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(columns) - 1, 13)
    sheet.freeze_panes(3, 1)


def _formulas(at: dict[str, str], price: dict[str, str], row: int) -> dict[str, str]:
    """Return the formula of every live column (docs/metod/ekonomi.md): the worth of a sum of years is a geometric series."""
    c = {name: f"{letter}{row}" for name, letter in at.items()}
    own = f"({c['own_kwh']}+{c['idle_kwh']})"
    saved = (
        f"{price['spot_level']}*{c['own_spot_sek']}+({price['electricity_markup']}+{price['grid_variable_fee']})*{own}"
        f"+{price['grid_capacity_fee']}*{c['peak_kw']}+{price['energy_tax']}*((1-{c['taxed']})*{c['own_kwh']}-{c['older_taxed_kwh']})"
    )
    share = f"IF({price['spot_is_hourly']}=1,1,{price['solar_capture']})"
    sold = (
        f"{price['spot_level']}*{share}*{c['sold_spot_sek']}"
        f"+({price['grid_benefit']}-{price['feed_in_fee']}+{price['tax_reduction']})*{c['sold_kwh']}"
    )
    rate, years, change = price["rate"], price["years"], price["inverter_years"]
    growth = f"((1-{price['degradation']})*(1+{price['price_change']})/(1+{rate}))"
    fading = f"((1-{price['degradation']})/(1+{rate}))"
    series = f"(1-{growth}^{years})/(1-{growth})/(1+{rate})"
    energy = f"(1-{fading}^{years})/(1-{fading})/(1+{rate})"
    changes = f"INT(({years}-1)/{change})"
    step = f"(1+{rate})^-{change}"
    return {
        "capex": f"={c['vat']}*{price['capex_factor']}*{c['sek_per_kw']}*{c['kwp']}",
        "income": f"={c['vat']}*({saved})+{sold}",
        "pv_income": f"={c['income']}*{series}",
        "pv_cost": f"={c['vat']}*{c['kwp']}*({price['operation']}*(1-(1+{rate})^-{years})/{rate}"
        f"+{price['inverter']}*{step}*(1-{step}^{changes})/(1-{step}))",
        "npv": f"=-{c['capex']}+{c['pv_income']}-{c['pv_cost']}",
        "payback": f"={c['capex']}/({c['income']}-{c['vat']}*{c['kwp']}*{price['operation']})",
        "lcoe": f"=({c['capex']}+{c['pv_cost']})/({c['kwh']}*{energy})",
    }


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
