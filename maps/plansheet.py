"""An A4 sheet per plant: the investment request on one page. Internal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from data.texts import language, text
from maps import style
from maps.page import Cell, Column, Shell, html, join, table, template

SAME_KW = 1e-6
"""kW. Within this a size tried is the one chosen."""
CSS = """
body{background:#fff;color:#1a1f24;font-size:10pt;line-height:1.3}
.sheet{max-width:190mm;margin:0 auto;padding:12mm}
.sheet h1{font-size:20pt}.sheet h2{font-size:13pt;margin-top:6mm}
.sheet .lead{font-size:12pt;margin-top:2mm}
.sheet .figures{display:grid;grid-template-columns:repeat(4,1fr);gap:4mm;margin-top:5mm;padding:0;list-style:none}
.sheet .figures b{display:block;font-size:17pt;line-height:1.1}
.sheet .figures span{font-size:9pt;color:#4a525a}
.sheet table.data{font-size:9.5pt}.sheet table.data th,.sheet table.data td{padding:2px 6px}
.sheet .pair{display:grid;grid-template-columns:1fr 1fr;gap:8mm}
.sheet .note{font-size:8.5pt}.sheet>.note{max-width:none}
.sheet ul{padding-left:1.1em}
.sheet svg.months{width:100%;height:auto;margin-top:2mm}.sheet svg.months text{font-size:11px;fill:#1a1f24}
.sheet table.data thead th{font-size:8.5pt}.sheet .table-scroll{overflow:visible}
.sheet section>h2:first-child{margin-top:0}.sheet .pair{margin-top:5mm}.sheet>.table-scroll{margin-top:5mm}
@media screen and (max-width:700px){
  .sheet{padding:16px}.sheet .pair{grid-template-columns:1fr}.sheet .figures{grid-template-columns:1fr 1fr}
  .sheet svg.months{overflow:visible}.sheet svg.months text{font-size:19px}
}
@page{size:A4;margin:9mm}
@media print{.sheet{padding:3mm 0 0;max-width:none}.back{display:none}}
"""


@dataclass(frozen=True)
class Sheet:
    """One plant. row: its columns as in the plan. municipal: years 1-3 (economy.municipal). monthly: kWh made, used (None: unknown).

    sizes: every size tried. co2: factor -> kg a year. questions: what is to be examined. facts: name and value of the lines at the foot.
    annex: whether a tender annex is made. years: of the calculation.
    """

    name: str
    row: Mapping[str, Any]
    municipal: Sequence[Mapping[str, Any]]
    monthly: Sequence[tuple[float, float | None]]
    sizes: Sequence[Mapping[str, Any]]
    co2: Mapping[str, float]
    questions: Sequence[str]
    facts: Sequence[tuple[str, str]]
    annex: bool
    years: int


def page(sheet: Sheet, shell: Shell) -> str:
    """Return the sheet as an HTML document of one A4 page."""
    row = sheet.row
    mark = html('<p class="stripe"><b>EXEMPELDATA</b></p>') if shell.example else ""
    body = html(
        '{}<main class="sheet"><p class="note back"><a href="../plan.html#anlaggningarna">{}</a></p><h1>{}</h1><p class="lead">{}</p>'
        "{}{}<div class='pair'><section>{}</section><section>{}</section></div>{}{}</main>",
        mark,
        text("plan.sheet.back"),
        sheet.name,
        _lead(sheet),
        _figures(row, sheet.years),
        _months(sheet),
        _request(sheet),
        _questions(sheet),
        _sizes(sheet),
        _foot(sheet, shell),
    )
    head = html(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{}</title>', sheet.name
    )
    policy = Markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
    styles = Markup(style.css_tokens() + template("base.css") + CSS)
    return str(
        html(
            '<!doctype html>\n<html lang="{}"><head>{}{}<style>{}</style></head><body>{}</body></html>',
            language(),
            head,
            policy,
            styles,
            body,
        )
    )


def _lead(sheet: Sheet) -> str:
    """Return the plant in a sentence, and a second where another size would be worth more."""
    row, best = sheet.row, max(sheet.sizes, key=lambda size: size["npv_sek"])
    key = "plan.sheet.lead_pays" if row["npv_sek"] > 0 else "plan.sheet.lead_costs"
    said = text(key, kwp=style.number(row["kwp"]), year=int(row["year"]), npv=style.rounded(abs(row["npv_sek"]) / 1000))
    if best["npv_sek"] <= row["npv_sek"]:
        return said
    key = "plan.sheet.larger" if row["kwp"] > best["kwp"] else "plan.sheet.smaller"
    return f"{said} {text(key, kwp=style.number(best['kwp']), npv=style.rounded(best['npv_sek'] / 1000))}"


def _figures(row: Mapping[str, Any], years: int) -> Markup:
    irr = style.percent(row["irr"], 1)
    never = row["capex_sek"] > 0 and math.isnan(row["payback_years"])
    payback = text("plan.sheet.never" if never else "plan.sheet.payback", years=years)
    figures = [
        (style.energy(row["kwh"]), text("plan.sheet.kwh", p90=style.energy(row["p90_kwh"]))),
        (f"{style.rounded(row['capex_sek'] / 1000, 3)}{style.NBSP}tkr", text("plan.sheet.capex")),
        (
            f"{style.rounded(row['npv_sek'] / 1000)}{style.NBSP}tkr",
            text("plan.sheet.npv", p90=style.rounded(row["npv_p90_sek"] / 1000)),
        ),
        (
            style.number(row["payback_years"], 0),
            text("plan.sheet.yield", paid=payback, irr=irr, lcoe=style.number(row["lcoe_sek_kwh"], 2)),
        ),
    ]
    return html(
        '<ul class="figures">{}</ul>', join(html("<li><b>{}</b><span>{}</span></li>", value, words) for value, words in figures)
    )


def _months(sheet: Sheet) -> Markup:
    """Return the year's power by month as twelve small columns with their numbers."""
    used = sum(u for _, u in sheet.monthly if u is not None)
    unknown = text("plan.sheet.months_unknown" if sheet.row["mount"] == "roof" else "plan.sheet.months_sold")
    said = text("plan.sheet.months_used", mwh=style.rounded(used / 1000)) if used else unknown
    most = max(made for made, _ in sheet.monthly) or 1.0
    parts = []
    for n, (name, (made, _)) in enumerate(zip(text("plan.sheet.months").split(), sheet.monthly, strict=True)):
        x, height = 4 + n * 54, round(70 * max(made, 0.0) / most, 1)
        parts.append(html('<rect x="{}" y="{}" width="40" height="{}" fill="#1f5f8b"/>', x, round(88 - height, 1), height))
        parts.append(
            html('<text x="{}" y="{}" text-anchor="middle">{}</text>', x + 20, round(83 - height, 1), style.rounded(made / 1000))
        )
        parts.append(html('<text x="{}" y="103" text-anchor="middle">{}</text>', x + 20, name))
    title = text("plan.sheet.months_title")
    drawn = html('<svg class="months" viewBox="0 0 652 108" role="img" aria-label="{}">{}</svg>', title, join(parts))
    return html('<h2>{}</h2><p class="note">{}</p>{}', title, said, drawn)


def _request(sheet: Sheet) -> Markup:
    columns = [
        Column(text("plan.sheet.item"), heads_row=True),
        *(Column(text("plan.sheet.year", n=n), "number") for n in (1, 2, 3)),
    ]
    names = ("net_operation", "depreciation", "interest", "capital_cost", "result")
    rows = [
        [text(f"plan.sheet.{name}"), *(Cell(style.number(year[name] / 1000, 1), year[name]) for year in sheet.municipal)]
        for name in names
    ]
    return table(text("plan.sheet.request"), columns, rows, sortable=False)


def _questions(sheet: Sheet) -> Markup:
    lines = sheet.questions or [text("plan.sheet.no_questions")]
    kg = [text("plan.sheet.co2", name=name, tonnes=style.rounded(value / 1000)) for name, value in sheet.co2.items()]
    return html(
        "<h2>{}</h2><ul>{}</ul><h2>{}</h2><ul>{}</ul>",
        text("plan.sheet.examine"),
        join(html("<li>{}</li>", line) for line in lines),
        text("plan.sheet.climate"),
        join(html("<li>{}</li>", line) for line in kg),
    )


def _sizes(sheet: Sheet) -> Markup:
    names = ("kwp", "mwh", "self_use", "capex", "npv", "payback", "lcoe")
    columns = [
        Column(text("plan.sheet.size"), heads_row=True),
        *(Column(text(f"plan.column.{name}"), "number") for name in names),
    ]
    rows = []
    for row in sheet.sizes:
        names = [label for label in row["labels"].split(";") if label != "step"]
        area = "full_area" if row["mount"] != "roof" else "full"
        labels = ", ".join(text(f"plan.label.{area if label == 'full' else label}") for label in names)
        cells = [
            Cell(style.number(row["kwp"], 1), row["kwp"]),
            Cell(style.rounded(row["kwh"] / 1000), row["kwh"]),
            Cell(style.percent(row["self_use"]), row["self_use"]),
            *(Cell(style.rounded(row[name] / 1000, 3), row[name]) for name in ("capex_sek", "npv_sek")),
            Cell(style.number(row["payback_years"], 0), row["payback_years"]),
            Cell(style.number(row["lcoe_sek_kwh"], 2), row["lcoe_sek_kwh"]),
        ]
        said = labels or text("plan.label.step_area" if row["mount"] != "roof" else "plan.label.step")
        chosen = abs(row["kwp"] - sheet.row["kwp"]) < SAME_KW
        rows.append([html("<b>{}</b>", text("plan.label.chosen", label=said)) if chosen else said, *cells])
    return table(text("plan.sheet.sizes"), columns, rows, sortable=False)


def _foot(sheet: Sheet, shell: Shell) -> Markup:
    facts = join((html("<b>{}</b> {}", name, value) for name, value in sheet.facts), Markup(" · "))
    said = text("plan.sheet.annex") if sheet.annex else ""
    made = text("plan.sheet.made", municipality=shell.municipality, date=style.date(shell.date))
    return html('<p class="note">{}</p><p class="note">{} {}</p>', facts, said, made)
