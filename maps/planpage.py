"""plan.html: the way to the target in MW. Which plants, when, what they cost, what remains and why; a map by year; what pays by itself."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from data.texts import text
from maps import plancharts, planmap, planreadings, style
from maps.charts import Part, Tick, Words, stacked_bar
from maps.page import Cell, Column, Shell, document, html, join, table, template
from maps.planview import View, span

__all__ = ["View", "page"]

LEAST_MORE_MW = 0.05
"""Less than this beyond the target is not told: it shows as nothing with one decimal."""
MOUNTS = {"roof": "planned", "carport": "good", "ground": "fair"}


def page(view: View, shell: Shell) -> str:
    """Return the page as one HTML document."""
    body = html(
        '<div class="wrap plan">{}{}{}{}{}{}{}{}</div>',
        _head(view),
        _way(view),
        _map(view),
        _plants(view),
        _by_year(view),
        _money(view) if view.intern else "",
        _pays(view),
        _outside(view) if view.intern else "",
    )
    return document(
        shell,
        page="plan",
        title=text("plan.title", mw=style.decided(view.json["target_mw"])),
        description=sentence(view),
        body=body,
        skips=[("anlaggningarna", text("plan.skip_plants"))],
        styles=[template("plan.css")],
        sources=view.sources,
        method=[text(f"plan.method_{n}") for n in range(1, 8)],
        settings=view.settings,
        warnings=view.warnings,
    )


def sentence(view: View) -> str:
    """Return the plan in one sentence."""
    json = view.json
    total = (json["built_mw"] or 0.0) + json["planned_mw"]
    values = {
        "planned": style.power(json["planned_mw"]),
        "n": json["plants_planned"],
        "years": span(json["years"][0]["year"], json["years"][-1]["year"]),
        "total": style.number(total, 1),
        "target": style.decided(json["target_mw"]),
        "short": style.power(json["short_mw"]),
    }
    return text("plan.sentence_reached" if json["reached"] else "plan.sentence_short", **values)


def _head(view: View) -> Markup:
    json = view.json
    target = style.decided(json["target_mw"])
    assumed = text("plan.assumptions", **json["assumptions"])
    assumed += " " + text("plan.assumptions_listed") if view.intern else ""
    due, beyond = _due(view), _beyond(view)
    return html(
        '<h1>{}</h1><p class="lead">{}</p><p class="key">{}<span class="unit">{}</span></p>{}{}{}{}',
        text("plan.title", mw=target),
        sentence(view),
        style.number((json["built_mw"] or 0.0) + json["planned_mw"], 1),
        text("plan.key_unit", target=target),
        html('<p class="notice">{}</p>', due) if due else "",
        html('<p class="notice">{}</p>', beyond) if beyond else "",
        html('<p class="notice">{}</p>', assumed),
        html('<ul class="notice plan-why">{}</ul>', join(html("<li>{}</li>", line) for line in json["why"]))
        if json["why"]
        else "",
    )


def _due(view: View) -> str:
    """Return where the plan stands when the goal's own year ends, if the plan goes on after it."""
    json, year = view.json, view.json["target_year"]
    if json["years"][-1]["year"] <= year:
        return ""
    done = (json["built_mw"] or 0.0) + sum(row["mw"] for row in json["years"] if row["year"] <= year)
    return text("plan.due", year=year, done=style.number(done, 1), target=style.decided(json["target_mw"]))


def _beyond(view: View) -> str:
    """Return why more is built than the target asks for; internal, since it tells which plants pay."""
    json = view.json
    more = json["planned_mw"] - json["remaining_mw"]
    if not view.intern or json["objective"] != "net_cost" or more < LEAST_MORE_MW or (view.plants["npv_sek"] < 0).any():
        return ""
    return text("plan.beyond", more=style.power(more))


def _way(view: View) -> Markup:
    """Return built, planned and missing as one bar, and in the internal version what each kW costs."""
    json = view.json
    parts = [Part(text("plan.part.built"), json["built_mw"] or 0.0, "built")]
    parts += [Part(text(f"plan.part.{mount}"), json["planned_by_mount"].get(mount, 0.0), tone) for mount, tone in MOUNTS.items()]
    parts.append(Part(text("plan.part.missing"), json["short_mw"], "missing"))
    target = style.decided(json["target_mw"])
    words = Words(
        text("plan.bar.title"), text("plan.bar.sub", reading=text(f"plan.reading.{json['target_reading']}")), sentence(view)
    )
    bar = stacked_bar(words, parts, unit="MW", tick=Tick(json["target_mw"], text("plan.bar.target", mw=target)))
    charts: list[Markup] = [bar]
    if view.intern and len(view.plants):
        charts.append(plancharts.ranked(view.plants, remaining_mw=json["remaining_mw"]))
        if len(json["curve"]) > 1:
            charts.append(plancharts.curve(json["curve"], remaining_mw=json["remaining_mw"]))
    return html(
        '<section class="section" aria-labelledby="vagen"><h2 id="vagen">{}</h2>{}</section>',
        text("plan.way_title"),
        join(charts),
    )


def _map(view: View) -> Markup:
    names = {}
    for row in view.plants.itertuples():
        for id_ in [*str(getattr(row, "facility_ids", "")).split(";"), row.candidate_id]:
            names[id_] = (row.name, str(row.rank))
    drawn = planmap.plan_map(view.roofs, view.background, [row["year"] for row in view.json["years"]], names)
    if not drawn:
        return Markup()
    return html(
        '<section class="section" aria-labelledby="karta"><h2 id="karta">{}</h2>{}</section>', text("plan.map.title"), drawn
    )


def _plants(view: View) -> Markup:
    heading = text("plan.plants.title")
    columns = [Column(text("plan.column.rank"), "number"), Column(text("plan.column.name"), heads_row=True)]
    columns += [Column(text(f"plan.column.{name}"), "number") for name in ("year", "kwp", "mwh")]
    if view.intern:
        names = ("self_use", "capex", "npv", "npv_p90", "payback", "lcoe", "year_one")
        columns += [Column(text(f"plan.column.{name}"), "number") for name in names]
    rows = [_plant(view, row) for row in view.plants.itertuples()]
    said = [text("plan.plants.hidden", n=view.hidden)] if view.hidden else []
    said += _read(view) if view.intern else []
    said += _of_areas(view)
    return html(
        '<section class="section" id="anlaggningarna"><h2>{}</h2><p>{}</p>{}{}{}</section>',
        heading,
        text("plan.plants.lead_intern" if view.intern else "plan.plants.lead"),
        html('<p class="notice">{}</p>', late) if (late := _late(view)) else "",
        table(heading, columns, rows, caption_hidden=True),
        join([*(html('<p class="note">{}</p>', line) for line in said), _to_examine(view) if view.intern else ""]),
    )


def _late(view: View) -> str:
    """Return why plants that do not pay are built last; empty where none waits, or where money may not be told."""
    json, years = view.json, [row["year"] for row in view.json["years"]]
    if not view.intern:
        return ""
    capex = json["objective"] == "capex"
    rows = view.plants if capex else view.plants[view.plants["npv_sek"] < 0]
    when = sorted({int(year) for year in rows["year"]})
    if not when or when[-1] <= years[0]:
        return ""
    told = span(when[0], when[-1])
    if capex:
        return text("plan.plants.late_capex", when=told)
    because = text("plan.plants.late_must" if json["settings"]["plan"]["must"] else "plan.plants.late_target", n=len(rows))
    return text("plan.plants.late", n=len(rows), because=because, when=told)


def _read(view: View) -> list[str]:
    """Return how the columns of money are read."""
    years = view.json["settings"]["economy"]["years"]
    never = view.plants["payback_years"].isna() & (view.plants["capex_sek"] > 0)
    return [text("plan.plants.p90") + (" " + text("plan.plants.never", years=years) if never.any() else "")]


def _of_areas(view: View) -> list[str]:
    """Return what the shade of the chosen areas rests on."""
    areas = view.plants[view.plants["mount"] != "roof"]
    guessed = areas["name"][areas["light_estimated"]]
    said = [text("plan.plants.areas")] if len(guessed) < len(areas) else []
    return said + ([text("plan.plants.estimated", names=", ".join(guessed))] if len(guessed) else [])


def _to_examine(view: View) -> Markup:
    """Return, by plant, what its use rests on, the day of the building directive, and the open questions."""
    columns = [Column(text("plan.column.name"), heads_row=True), Column(text("plan.column.load"))]
    columns += [Column(text(f"plan.column.{name}")) for name in ("deadline", "open")]
    rows = []
    for row in view.plants.itertuples():
        used = text("plan.load.sold" if row.mount != "roof" and row.load_origin == "unknown" else f"plan.load.{row.load_origin}")
        asked = [text(f"plan.question.{q}") for q in (row.open if row.mount == "roof" else row.questions).split(";") if q]
        day = html('<span class="nowrap">{}</span>', row.deadline) if row.deadline else ""
        rows.append([row.name, used, day, html('<span class="plan-asked">{}</span>', ", ".join(asked)) if asked else ""])
    return table(text("plan.plants.examine"), columns, rows, stack=True)


def _plant(view: View, row: Any) -> list[Any]:
    name: Any = row.name
    if view.sheets:
        name = html('<a href="underlag/{}.html">{}</a>', slug(row.candidate_id), row.name)
    cells = [row.rank, name, Cell(str(int(row.year)), row.year), _kw(row.kwp), _two(row.kwh / 1000)]
    if not view.intern:
        return cells
    return [
        *cells,
        Cell(style.percent(row.self_use), row.self_use),
        _ksek(row.capex_sek),
        _ksek(row.npv_sek),
        _ksek(row.npv_p90_sek),
        Cell(style.number(row.payback_years, 0), row.payback_years),
        Cell(style.number(row.lcoe_sek_kwh, 2), row.lcoe_sek_kwh),
        _ksek(row.year_one_sek),
    ]


def slug(id_: str) -> str:
    """Return an id as a file name: letters and digits of ASCII, the rest as hyphens."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in str(id_))[:60] or "x"


def _kw(value: float) -> Cell:
    return Cell(style.number(value), value)


def _two(value: float) -> Cell:
    return Cell(style.rounded(value), value)


def _ksek(value: float) -> Cell:
    thousand = value / 1000
    return Cell(style.number(thousand, 1) if abs(thousand) < 1 else style.rounded(thousand, 2 if abs(value) < 1e6 else 3), value)


def _by_year(view: View) -> Markup:
    names = ("year", "plants", "mw", "mwh", "total")
    columns = [Column(text(f"plan.column.{name}"), "number", heads_row=name == "year") for name in names]
    rows, total = [], view.json["built_mw"] or 0.0
    for row in view.json["years"]:
        total += row["mw"]
        rows.append(
            [
                Cell(str(row["year"]), row["year"]),
                row["plants"],
                Cell(style.number(row["mw"], 2), row["mw"]),
                _two(row["mwh"]),
                Cell(style.number(total, 2), total),
            ]
        )
    note = "" if view.investment_sek is None else text("plan.investment", msek=style.rounded(view.investment_sek / 1e6))
    tonnes = view.json["tonnes_co2e"]
    said = text(
        "plan.tonnes",
        low=style.rounded(min(tonnes.values(), default=0.0)),
        high=style.rounded(max(tonnes.values(), default=0.0)),
        mwh=style.rounded(view.json["planned_mwh"]),
    )
    return html(
        '<section class="section"><h2>{}</h2>{}<p>{}</p><p>{}</p></section>',
        text("plan.years.title"),
        table(text("plan.years.title"), columns, rows, sortable=False, caption_hidden=True),
        said,
        note,
    )


def _money(view: View) -> Markup:
    """Return the internal view of money: sums, the debt ceiling, the three ways, the tornado, the prices."""
    json, money = view.json, view.json["money"]
    lines = [
        text(
            "plan.money.sum", capex=_msek(money["capex_sek"]), npv=_msek(money["npv_sek"]), rate=style.percent(money["rate"], 1)
        ),
        text("plan.money.p90", npv=_msek(money["npv_p90_sek"]), mwh=style.rounded(money["p90_kwh"] / 1000)),
        text("plan.money.year_one", result=style.rounded(money["year_one_sek"] / 1000)),
        _debt(money),
    ]
    if json["own_use_overstated"]:
        lines.append(text("plan.money.overstated", percent=style.percent(json["own_use_overstated"]["share"], 1)))
    lines.append(
        text("plan.money.proved" if json["proved"] else "plan.money.not_proved", gap=style.percent(json["gap"] or 0.0, 3))
    )
    parts: list[Any] = [
        html("<ul>{}</ul>", join(html("<li>{}</li>", line) for line in lines if line)),
        _ways(json["ways"], ppa_price=_price(view, "ppa_price")),
    ]
    if json["tornado"]:
        parts.append(plancharts.tornado(json["tornado"], npv_sek=json["ways"][0]["npv_sek"]))
        parts.append(_held(json["held"]))
    parts.append(_prices(view))
    return html('<section class="section"><h2>{}</h2>{}</section>', text("plan.money.title"), join(parts))


def _price(view: View, id_: str) -> float:
    return next(row["value"] for row in view.json["prices"] if row["id"] == id_)


def _msek(sek: float) -> str:
    return style.number(sek / 1e6, 1)


def _debt(money: dict[str, Any]) -> str:
    values = {"capex": _msek(money["capex_sek"]), "ceiling": style.number(money["debt_ceiling_msek"])}
    values["share"] = style.percent(money["share_of_ceiling"], 1)
    if money["debt_after_msek"] is None:
        return text("plan.money.debt_unknown", **values)
    room = money["debt_ceiling_msek"] - money["debt_after_msek"]
    return text("plan.money.debt", after=style.number(money["debt_after_msek"]), room=style.number(room), **values)


def _ways(rows: list[dict[str, Any]], *, ppa_price: float) -> Markup:
    """Return the three ways to pay side by side, and from what price a supplier would build where none does."""
    names = ("capex_sek", "npv_sek", "year_one_sek", "debt_sek")
    columns = [Column(text("plan.column.way"), heads_row=True), Column(text("plan.column.plants"), "number")]
    columns += [Column(text(f"plan.way.{name}"), "number") for name in names]
    cells = [
        [text(f"plan.way.{row['way']}"), Cell(style.number(row["plants"]), row["plants"])]
        + [Cell(_msek(row[name]), row[name]) for name in names]
        for row in rows
    ]
    notes = [text("plan.way.note")]
    service = next(row for row in rows if row["way"] == "ppa")
    if not service["plants"] and not math.isnan(service["from_price"]):
        values = {"price": style.number(ppa_price, 2), "least": _enough(service["from_price"])}
        notes.append(text("plan.way.from_price", **values))
    return table(text("plan.way.title"), columns, cells, sortable=False) + html('<p class="note">{}</p>', " ".join(notes))


def _held(rows: list[dict[str, str]]) -> Markup:
    """Return the assumptions the tornado does not move, folded: what each is, and why."""
    columns = [Column(text("plan.column.lever"), heads_row=True), Column(text("plan.column.why"))]
    title = text("plan.held.title", n=len(rows))
    listed = table(title, columns, [[row["name"], row["why"]] for row in rows], sortable=False, caption_hidden=True)
    return html("<details><summary>{}</summary>{}</details>", title, listed)


def _prices(view: View) -> Markup:
    """Return every price with its source, folded on a screen and whole on paper: what the sums rest on."""
    assert view.prices is not None
    columns = [Column(text(f"plan.price_column.{name}")) for name in ("meaning", "kind", "source", "valid_from")]
    columns.insert(1, Column(text("plan.price_column.value"), "number"))
    rows = [
        [
            row.meaning,
            plancharts.amount(row.value, row.unit, most=3),
            text(f"plan.kind.{row.kind}"),
            row.source,
            "" if row.valid_from is None or str(row.valid_from) == "NaT" else str(row.valid_from)[:10],
        ]
        for row in view.prices.itertuples()
    ]
    listed = table(text("plan.price_column.title"), columns, rows, sortable=False, caption_hidden=True)
    return html('<details class="plan-prices"><summary>{}</summary>{}</details>', text("plan.price_column.title"), listed)


def _pays(view: View) -> Markup:
    """Return H5's evidence and the readings of H8."""
    h5, built = view.json["h5"], view.json["readings"]
    lines = [
        text(f"plan.pays.{name}", of=h5["measures"], n=h5[name]["n"], mw=style.number(h5[name]["mw"], 1))
        for name in ("npv", "year_one")
    ]
    target, h8 = view.json["target_mw"], view.json["h8"]
    columns = [Column(text("plan.column.reading"), heads_row=True), Column(text("plan.column.built"), "number")]
    columns.append(Column(text("plan.column.remains"), "number"))
    rows = [
        [text(f"plan.reading.{name}"), Cell(style.number(mw, 2), mw), Cell(style.number(max(0.0, target - mw), 2), target - mw)]
        for name, mw in built.items()
    ]
    readings = (
        table(text("plan.readings.title"), columns, rows, sortable=False)
        if rows
        else html("<p>{}</p>", text("plan.readings.none"))
    )
    return html(
        '<section class="section"><h2>{}</h2><ul>{}</ul></section><section class="section" id="lasningar"><h2>{}</h2>{}{}</section>',
        text("plan.pays.title"),
        join(html("<li>{}</li>", line) for line in lines),
        text("plan.h8.title", mw=style.number(target, 1).removesuffix(",0").removesuffix(".0")),
        planreadings.every_reading(h8, target_mw=target) if h8 else "",
        readings,
    )


def _outside(view: View) -> Markup:
    """Return the facilities that are not in the plan's choice, and why."""
    refused, fallen = view.refused, view.json["no_supplier"]
    if refused is None or (refused.empty and not fallen):
        return Markup()
    columns = [Column(text("plan.column.name"), heads_row=True), Column(text("plan.column.why"))]
    rows = [[row.name, _why_refused(row)] for row in refused.itertuples()]
    for row in fallen:
        known = math.isfinite(row["from_price"])
        why = (
            text("plan.refused.no_supplier", price=_enough(row["from_price"])) if known else text("plan.refused.no_supplier_sold")
        )
        rows.append([row["name"], why])
    title = text("plan.refused.title")
    listed = table(title, columns, rows, caption_hidden=True)
    return html('<section class="section"><h2>{}</h2>{}</section>', title, listed)


def _enough(price: float) -> str:
    """Return a least price [SEK/kWh] rounded up to the öre: what is shown is enough."""
    return style.number(math.ceil(100 * price) / 100, 2)


def _why_refused(row: Any) -> str:
    """Return why a facility is no candidate: an answer that is no by its name, the map's verdict in its own words."""
    answers = ", ".join(text(f"plan.question.{q}") for q in row.answers)
    if row.refused not in ("unknown", "unsuitable"):
        return text(f"plan.refused.{row.refused}", answers=answers)
    return text("plan.refused.answer_no", answers=answers) if answers else row.sentence or text(f"plan.refused.{row.refused}")
