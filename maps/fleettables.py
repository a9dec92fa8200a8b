"""Replacements, plan, charging and procurement on fordon.html, as tables that sort and page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from data.layers_fleet import VERDICTS
from data.texts import text
from maps import charts, style
from maps.fleetview import View
from maps.page import Cell, Column, html, join, table

BROKEN = ("violation", "exemption_expired")
ATTENTION = (*BROKEN, "unknown")
"""Verdicts that ask something of the fleet manager, in the order they are shown."""
SYMBOLS = {"violation": "missed", "exemption_expired": "missed", "unknown": "no_data", "compliant": "met"}
MOST_FAULTS, MOST_ROWS = 500, 2000
"""Rows of a table on the page; all of them stand in fordon.xlsx."""


def stacked(caption: str, columns: list[Column], rows: list[list[Any]]) -> Markup:
    """Return a table whose rows become cards on a phone: there each cell says its column's name (templates/fleet.css)."""
    named = [[_named(column, cell) for column, cell in zip(columns, row, strict=True)] for row in rows]
    return html('<div class="stack">{}</div>', table(caption, columns, named, caption_hidden=True, stack=False))


def _named(column: Column, cell: Any) -> Cell:
    content = cell if isinstance(cell, Cell) else Cell(style.number(cell) if isinstance(cell, (int, float)) else cell)
    value = content.value if isinstance(cell, Cell) else float(cell) if isinstance(cell, (int, float)) else None
    shown = style.MISSING if content.shown in (None, "") else content.shown
    return Cell(html('<span class="cell-label" aria-hidden="true">{} </span>{}', column.label, shown), value)


def broken(view: View) -> pd.DataFrame:
    """Return the pairs that break the rule."""
    return view.judged[view.judged["verdict"].isin(BROKEN)]


def replacements(view: View) -> Markup:
    """Return the section on replacements: what breaks the rule first, every pair below."""
    judged, goal = view.judged, view.settings.goal
    counts = judged["verdict"].value_counts()
    told = [
        html('<li>{} <b class="num">{}</b></li>', verdict(name), style.number(int(counts[name])))
        for name in VERDICTS
        if name in counts
    ]
    attention = judged[judged["verdict"].isin(ATTENTION)]
    intro = text("maps.fleet.pairs_intro", date=style.date(goal.decision), definition=view.names[goal.definition])
    first = (
        pairs(attention, text("maps.fleet.attention")) if len(attention) else html("<p>{}</p>", text("maps.fleet.no_attention"))
    )
    return html(
        '<section class="section" id="byten"><h2>{}</h2><p>{}</p><ul class="counts">{}</ul><h3>{}</h3>{}'
        '<details><summary>{}</summary>{}</details><p class="note">{}</p></section>',
        text("maps.fleet.pairs"),
        intro,
        join(told),
        text("maps.fleet.attention"),
        first,
        text("maps.fleet.pairs_all", n=len(judged)),
        pairs(judged, text("maps.fleet.pairs")),
        text("maps.fleet.confidence_note"),
    )


def verdict(code: str) -> Markup:
    """Return a verdict's symbol and word."""
    symbol = Markup(style.status_symbol(SYMBOLS[code])) if code in SYMBOLS else Markup('<span class="status blank"></span>')
    return html('<span class="verdict">{}{}</span>', symbol, text(f"fleet.verdict.{code}"))


def pairs(judged: pd.DataFrame, caption: str) -> Markup:
    """Return a table of pairs."""
    names = ("verdict", "old", "new", "company", "judged_on", "confidence", "state")
    columns = [
        Column(text(f"maps.fleet.pair_{name}"), "number" if name == "confidence" else "text", heads_row=name == "old")
        for name in names
    ]
    rows = [_pair(row) for row in judged.head(MOST_ROWS).to_dict("records")]
    return html("{}{}", stacked(caption, columns, rows), _rest(len(judged)))


def _rest(n: int) -> Markup:
    """Return where the rows are that a table leaves out."""
    return html('<p class="note">{}</p>', text("maps.fleet.rest", n=style.number(n - MOST_ROWS))) if n > MOST_ROWS else Markup()


def _pair(row: Mapping[str, Any]) -> list[Any]:
    return [
        Cell(html("{}{}", verdict(row["verdict"]), _exemption(row)), VERDICTS.index(row["verdict"])),
        _vehicle(row["out_reg"], row["out_date"], "maps.fleet.left"),
        _vehicle(row["in_reg"], row["in_date"], "maps.fleet.came"),
        _where(row["company"], text(f"fleet.class.{row['class']}") if isinstance(row["class"], str) else ""),
        _judged_on(row),
        Cell(style.percent(row["confidence"]), float(row["confidence"])),
        text(f"fleet.state.{row['state']}"),
    ]


def _exemption(row: Mapping[str, Any]) -> Markup:
    """Return the state of an exemption where the verdict does not say it already, and its last day."""
    until = f"{row['exemption_until']:%Y-%m-%d}" if pd.notna(row["exemption_until"]) else ""
    if row["exemption"] == "none" or (row["exemption"] != "incomplete" and not until):
        return Markup()
    words = text("maps.fleet.incomplete") if row["exemption"] == "incomplete" else text("maps.fleet.until", date=until)
    return html(' <span class="note below">{}</span>', words)


def _where(company: Any, below: Any) -> Markup:
    first = company if isinstance(company, str) else style.MISSING
    return html('{} <span class="note below">{}</span>', first, below if isinstance(below, str) else "")


def _vehicle(number: Any, day: Any, key: str) -> Markup | str:
    if not isinstance(number, str):
        return ""
    when = html(' <span class="note nowrap">{}</span>', text(key, date=f"{day:%Y-%m-%d}")) if pd.notna(day) else ""
    return html('<span class="plate">{}</span>{}', _plate(number), when)


def _plate(vehicle_id: str) -> str:
    """Return a vehicle's number without the mark of a second stay."""
    return vehicle_id.partition("#")[0]


def _judged_on(row: Mapping[str, Any]) -> Markup | str:
    if row["kind"] != "replacement" or pd.isna(row["judged_on"]):
        return ""
    maybe = html(' <span class="note">{}</span>', text("maps.fleet.maybe_before")) if row["maybe_before"] else ""
    basis = text(f"fleet.basis.{row['order_basis']}")
    return html('<span class="nowrap">{:%Y-%m-%d}</span> <span class="note">{}</span>{}', row["judged_on"], basis, maybe)


def plan(view: View) -> Markup:
    """Return the section on the plan: what the goal date can bring, the vehicles to order, charging, tonnes saved."""
    return html(
        '<section class="section" id="plan"><h2>{}</h2>{}<h3>{}</h3>{}{}{}{}</section>',
        text("maps.fleet.plan"),
        _outlook(view),
        text("maps.fleet.to_order"),
        html("<p>{}</p>", text("maps.fleet.plan_none")) if view.planned.empty else _orders(view),
        _costs(view),
        _saved(view),
        _charging(view),
    )


def _outlook(view: View) -> Markup:
    required = view.chosen["required"]
    rows = [
        charts.Bar(
            text(f"fleet.scenario.{each['scenario']}").capitalize(),
            None if np.isnan(each["share"]) else 100 * each["share"],
            tone="built" if each["scenario"] == "today" else "planned",
            shown=_scenario(each),
        )
        for each in view.outlook
    ]
    finding = text("maps.fleet.outlook", date=style.date(view.settings.goal.date))
    words = charts.Words(finding, text("maps.fleet.outlook_sub"), finding)
    tick = (
        charts.Tick(100 * required, text("maps.fleet.target", required=style.percent(required)))
        if np.isfinite(required)
        else None
    )
    return charts.bars(words, rows, unit="%", target=tick, row_heading=text("maps.fleet.scenario"), id_="utsikt")


def _scenario(each: Mapping[str, Any]) -> str:
    if each["more"]:
        return text("maps.fleet.more", share=style.percent(each["share"]), n=each["more"])
    return style.percent(each["share"])


def _orders(view: View) -> Markup:
    named: list[tuple[str, Callable[[Mapping[str, Any]], Any]]] = [
        ("vehicle_id", lambda row: html('<span class="plate">{}</span>', _plate(row["vehicle_id"]))),
        ("order_by", lambda row: _day(row["order_by"])),
        ("sentence", lambda row: html('<span class="wide">{}</span>', row["sentence"])),
        ("company", lambda row: _where(row["company"], row.get("unit"))),
        ("class", lambda row: text(f"fleet.class.{row['class']}")),
        ("due", lambda row: _day(row["due"])),
    ]
    columns = [Column(text(f"maps.fleet.plan_{name}"), heads_row=name == "vehicle_id") for name, _ in named]
    rows = [[make(row) for _, make in named] for row in view.planned.head(MOST_ROWS).to_dict("records")]
    body = stacked(text("maps.fleet.to_order"), columns, rows)
    return html("{}{}", body, _rest(len(view.planned)))


def _day(day: Any) -> Markup | str:
    return html('<span class="nowrap">{:%Y-%m-%d}</span>', day) if pd.notna(day) else ""


def _costs(view: View) -> Markup:
    """Return the yearly costs of both choices, where they may be shown."""
    if "cost_now_sek" not in view.planned.columns or view.planned.empty:
        return Markup()
    now, new = float(view.planned["cost_now_sek"].sum()), float(view.planned["cost_new_sek"].sum())
    return html('<p class="note">{}</p>', text("maps.fleet.costs", now=style.rounded(now), new=style.rounded(new)))


def _saved(view: View) -> Markup:
    rows = [charts.Bar(str(row.year), row.tonnes, tone="built") for row in view.saved.itertuples()]
    words = charts.Words(
        text("maps.fleet.saved"), text("maps.fleet.saved_sub"), text("maps.fleet.saved_sentence", n=len(view.planned))
    )
    chart = charts.bars(words, rows, unit="t", digits=0, row_heading=text("maps.charts.year"), id_="ton")
    missing = sorted({name for row in view.saved["missing"] for name in row.split(";") if name})
    if not missing:
        return html("<div>{}</div>", chart)
    named = ", ".join(text(f"fleet.fuel.{name}") if name != "electricity" else text("fleet.fuel.electric") for name in missing)
    return html('<div>{}<p class="note">{}</p></div>', chart, text("maps.fleet.saved_missing", names=named))


def _charging(view: View) -> Markup:
    sums = view.charging
    words = text(
        "maps.fleet.charging_sum",
        n=style.number(sums["vehicles"]),
        now=style.energy(sums["kwh_now"]),
        planned=style.energy(sums["kwh_planned"]),
    )
    if sums["matched_kwh"] is None:
        match = text("maps.fleet.no_solar")
    else:
        match = text("maps.fleet.matched", matched=style.energy(sums["matched_kwh"]), pv=style.energy(sums["pv_kwh"]))
    body = html("<h3>{}</h3><p>{}</p><p>{}</p>", text("maps.fleet.charging"), words, match)
    if view.depots is None or view.depots.empty:
        return html("<div>{}</div>", body)
    names = (
        "depot",
        "vehicles_now",
        "vehicles_planned",
        "kwh_now",
        "kwh_planned",
        "kw_spread",
        "kw_chargers",
        "pv_kwh",
        "matched_kwh",
    )
    columns = [
        Column(text(f"fleet.head.{name}"), "text" if name == "depot" else "number", heads_row=name == "depot") for name in names
    ]
    rows = [_depot(row, names) for row in view.depots.to_dict("records")]
    return html("<div>{}{}</div>", body, stacked(text("maps.fleet.charging"), columns, rows))


def _depot(row: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    missing = text("fleet.reading_state.no_data")
    cells: list[Any] = [row["depot"] or text("maps.fleet.no_depot")]
    for name in names[1:]:
        value = float(row[name])
        shown = style.number(value) if name.startswith("vehicles") or 0 < value < 10 else style.rounded(value)
        cells.append(Cell(missing if np.isnan(value) else shown, value))
    return cells


def procurement(view: View) -> Markup:
    """Return the section on the act 2011:846."""
    names = ("period", "group", "n", "clean", "unknown", "share", "minimum", "met")
    numbers = ("n", "clean", "unknown", "share", "minimum")
    columns = [
        Column(text(f"fleet.head.{name}"), "number" if name in numbers else "text", heads_row=name == "group") for name in names
    ]
    rows = [_minimum(row, view.date) for row in view.law_summary.to_dict("records")]
    return html(
        '<section class="section" id="upphandling"><h2>{}</h2><p>{}</p>{}<p class="note">{}</p></section>',
        text("maps.fleet.procurement"),
        text("maps.fleet.procurement_intro"),
        stacked(text("maps.fleet.procurement"), columns, rows),
        text("maps.fleet.procurement_note"),
    )


def _minimum(row: Mapping[str, Any], day: dt.date) -> list[Any]:
    least = style.percent(row["minimum"], 1) + (f" ({text('maps.fleet.assumed')})" if row["assumption"] else "")
    met = "fleet.not_known" if row["met"] is None or pd.isna(row["met"]) else "fleet.yes" if row["met"] else "fleet.no"
    return [
        row["period"],
        text(f"fleet.group.{row['group']}"),
        row["n"],
        row["clean"],
        row["unknown"],
        Cell(style.percent(row["share"]), row["share"]),
        Cell(least, row["minimum"]),
        text("fleet.reading_state.no_data")
        if not row["n"]
        else text(met) + ("" if row["last"] < day else text("maps.fleet.so_far")),
    ]


def outside(view: View) -> Markup:
    """Return what stands outside the goal, by reason; nothing where all is inside."""
    if not view.outside:
        return Markup()
    lines = [html("<li>{}: {}</li>", text(f"fleet.outside.{reason}").capitalize(), n) for reason, n in view.outside.items()]
    return html('<section class="section" id="utanfor"><h2>{}</h2><ul>{}</ul></section>', text("maps.fleet.outside"), join(lines))


def faults(view: View) -> Markup:
    """Return the faults of the lists with what to do; nothing in public."""
    if not view.faults:
        return Markup()
    columns = [Column(text(f"fleet.head.{name}")) for name in ("file", "sheet", "row", "column", "got", "fix")]
    rows = [[f.file, f.sheet or "", str(f.row or ""), f.column or "", f.got, f.fix] for f in view.faults[:MOST_FAULTS]]
    return html(
        '<section class="section" id="fel"><h2>{}</h2><p>{}</p><details><summary>{}</summary>{}</details></section>',
        text("maps.fleet.faults"),
        text("maps.fleet.faults_intro"),
        text("maps.fleet.faults_open", n=len(view.faults)),
        table(text("maps.fleet.faults"), columns, rows, caption_hidden=True),
    )
