"""The share of fossil-free vehicles on fordon.html: over time, by company and class, under every definition and reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from data.layers_fleet import CLASSES, TENURES
from data.texts import text
from fleet.share import straddles
from maps import charts, style
from maps.chartlines import Kind
from maps.fleetview import View
from maps.page import Cell, Column, html, join, table

ALL = "all"
OTHERS: tuple[Kind, ...] = ("second", "path", "path2", "trend", "forecast", "vintage")
"""Strokes of the definitions beside the chosen one: told apart by stroke, named at their end."""


def sentence(view: View) -> str:
    """Return what stands first on the page: the share, the goal and how it stands."""
    chosen = view.chosen
    values = {"share": style.percent(chosen["latest"]), "required": style.percent(chosen["required"])}
    rows = view.series(chosen["definition"], chosen["scope"])
    unknown = int(rows["unknown"].iloc[-1]) if len(rows) else 0
    doubt = " " + text("fleet.headline.unknown", unknown=unknown, n=int(rows["n"].iloc[-1])) if unknown else ""
    if straddles(view.shares, chosen["definition"], chosen["scope"], chosen["required"]):
        doubt += " " + text("fleet.headline.uncertain")
    return text(f"fleet.headline.{chosen['state']}", **values) + doubt


def goal_words(view: View) -> str:
    """Return the goal in words, with how many more vehicles are needed where that can be told."""
    chosen, now = view.chosen, view.outlook[0]
    values = {
        "base": style.percent(chosen["base"]),
        "required": style.percent(chosen["required"]),
        "year": view.settings.goal.base_year,
    }
    if chosen["state"] == "short" and now["more"]:
        return text("maps.fleet.goal_more", n=now["more"], **values)
    return text(f"maps.fleet.goal_{chosen['state']}", **values)


def section(view: View) -> Markup:
    """Return the section on the share."""
    return html(
        '<section class="section" id="andel"><h2>{}</h2>{}{}<div class="pair">{}{}</div>{}{}{}</section>',
        text("maps.fleet.share"),
        _over_time(view),
        _unknown(view),
        _by(view, "company"),
        _by(view, "class"),
        _definitions(view),
        _readings(view),
        _fuelled(view),
    )


def _over_time(view: View) -> Markup:
    goal, chosen = view.settings.goal, view.chosen
    rows = view.series(goal.definition, goal.scope)
    points = [_point(view, row) for row in rows.itertuples()]
    if all(point.y is None for point in points):
        return html('<p class="notice">{}</p>', text("fleet.headline.no_data"))
    series = [charts.Series(text("maps.fleet.actual"), points, "actual")]
    if np.isfinite(chosen["required"]):
        ends = [(goal.base_year, 100 * chosen["base"]), (goal.date.year, 100 * chosen["required"])]
        series.append(charts.Series(text("maps.fleet.target", required=style.percent(chosen["required"])), ends, "target"))
    told = {"first": style.percent(chosen["base"]), "year": goal.base_year, "last": style.percent(chosen["latest"])}
    said = text("maps.fleet.chart_sentence", **told)
    about = text("maps.fleet.chart_sub", definition=view.names[goal.definition], scope=text(f"fleet.class.{goal.scope}"))
    words = charts.Words(said.rstrip("."), about, said)
    return charts.lines(words, series, unit="%", digits=0, x_heading=text("maps.fleet.at_end"), id_="andel-tid")


def _point(view: View, row: object) -> charts.Point:
    """Return a share as a point of a chart, its range being what the unknown vehicles may be."""
    now = row.date.date() == view.date  # type: ignore[attr-defined]
    wide = row.unknown > 0  # type: ignore[attr-defined]
    return charts.Point(
        row.date.year,  # type: ignore[attr-defined]
        _percent(row.share),  # type: ignore[attr-defined]
        low=_percent(row.share_low) if wide else None,  # type: ignore[attr-defined]
        high=_percent(row.share_high) if wide else None,  # type: ignore[attr-defined]
        preliminary=now and (view.date.month, view.date.day) != (12, 31),
        note=text("maps.fleet.as_of", date=style.date(view.date)) if now else "",
    )


def _percent(share: float) -> float | None:
    return None if np.isnan(share) else 100 * float(share)


def _unknown(view: View) -> Markup:
    """Return what the vehicles nobody can judge may change."""
    rows = view.series(view.settings.goal.definition, view.settings.goal.scope)
    if rows.empty or not rows["unknown"].iloc[-1]:
        return Markup()
    last = rows.iloc[-1]
    values = {"low": style.percent(last["share_low"]), "high": style.percent(last["share_high"])}
    return html('<p class="notice">{}</p>', text("maps.fleet.unknown", n=int(last["unknown"]), **values))


def _by(view: View, axis: str) -> Markup:
    """Return bars of today's share by company, or by class, under the goal's definition."""
    rows = view.today(view.settings.goal.definition)
    rows = rows[(rows["tenure"] == ALL) & (rows["class" if axis == "company" else "company"] == ALL) & (rows[axis] != ALL)]
    if axis == "class":
        rows = rows[rows["class"].isin(CLASSES)]
    rows = rows.sort_values("n", ascending=False)
    named = rows["company"] if axis == "company" else rows["class"].map(lambda code: text(f"fleet.class.{code}").capitalize())
    made = [
        charts.Bar(name, _percent(row.share), tone="built", shown=_of(row))
        for name, row in zip(named, rows.itertuples(), strict=True)
    ]
    title = text(f"maps.fleet.by_{axis}")
    words = charts.Words(title, text("maps.fleet.by_sub", date=style.date(view.date)), title)
    return charts.bars(words, made, unit="%", row_heading=text(f"maps.fleet.head_{axis}"), id_=f"andel-{axis}")


def _of(row: object) -> str:
    known = row.n - row.unknown  # type: ignore[attr-defined]
    if not known:
        return text("fleet.reading_state.no_data")
    share = style.percent(row.share)  # type: ignore[attr-defined]
    return text("maps.fleet.of", share=share, yes=row.fossil_free, n=known)  # type: ignore[attr-defined]


def _definitions(view: View) -> Markup:
    """Return the same vehicles under every definition; one that gives way to the next is one line with a break."""
    goal = view.settings.goal
    by_series: dict[str, list] = {}
    for each in view.definitions:
        by_series.setdefault(each.series, []).append(each)
    own = next(each.series for each in view.definitions if each.id == goal.definition)
    kinds = iter(OTHERS)
    lines = []
    for series, members in by_series.items():
        kind: Kind = "actual" if series == own else next(kinds, "vintage")
        name = members[0].name.partition(",")[0] if len(members) > 1 else members[0].name
        lines.append(charts.Series(name, _in_force(view, members), kind, cut=len(members) > 1))
    breaks = [(day.year, text("maps.fleet.break", year=day.year)) for day, _, _ in view.breaks if day <= view.date]
    words = charts.Words(
        text("maps.fleet.definitions"),
        text("maps.fleet.definitions_sub", scope=text(f"fleet.class.{goal.scope}")),
        text("maps.fleet.definitions_sentence", n=len(view.definitions)),
    )
    lines = [line for line in lines if any(p.y is not None for p in line.dots)]
    if not lines:
        return Markup()
    return charts.lines(
        words, lines, unit="%", breaks=breaks, x_heading=text("maps.fleet.at_end"), height=420, id_="definitioner"
    )


def _in_force(view: View, members: list) -> list[charts.Point]:
    """Return one point a day: of the definition in force, else of the only or first one."""
    tables = {each.id: view.series(each.id, view.settings.goal.scope).set_index("date") for each in members}
    days = sorted(set().union(*(frame.index for frame in tables.values())))
    points = []
    for day in days:
        right = next((each for each in members if each.in_force(day.date())), members[0])
        if day in tables[right.id].index:
            points.append(charts.Point(day.year, _percent(tables[right.id].loc[day, "share"])))
    return points


def _readings(view: View) -> Markup:
    """Return the share goal under every reading, the chosen first."""
    order = {state: n for n, state in enumerate(("reached", "short", "unreachable", "undefined", "no_data"))}
    rows = view.readings.assign(_order=view.readings["state"].map(order))
    rows = rows.sort_values(["chosen", "_order", "definition"], ascending=[False, True, True], kind="stable")
    counts = view.readings["state"].value_counts()
    said = ", ".join(
        text("maps.fleet.reading_count", state=text(f"fleet.reading_state.{state}"), n=int(counts[state]))
        for state in order
        if state in counts
    )
    columns = [
        Column(text("fleet.head.definition"), heads_row=True),
        Column(text("fleet.head.scope")),
        Column(text("fleet.head.reading")),
        Column(str(view.settings.goal.base_year), "number"),
        Column(text("fleet.head.latest"), "number"),
        Column(text("fleet.head.required"), "number"),
        Column(text("fleet.head.state")),
    ]
    body = table(text("maps.fleet.readings"), columns, [_reading(view, row) for row in rows.itertuples()], caption_hidden=True)
    return html(
        "<h3>{}</h3><p>{}</p><details><summary>{}</summary>{}</details>",
        text("maps.fleet.readings"),
        text("maps.fleet.readings_sum", n=len(rows), counts=said),
        text("maps.fleet.readings_open"),
        body,
    )


def _reading(view: View, row: object) -> list[str | Cell | Markup]:
    name = view.names.get(row.definition, row.definition)  # type: ignore[attr-defined]
    shown = html("<b>{} {}</b>", name, text("maps.fleet.reading_chosen")) if row.chosen else name  # type: ignore[attr-defined]
    numbers = [Cell(style.percent(value), _percent(value)) for value in (row.base, row.latest, row.required)]  # type: ignore[attr-defined]
    return [
        shown,
        text(f"fleet.class.{row.scope}"),  # type: ignore[attr-defined]
        text(f"fleet.reading.{row.reading}"),  # type: ignore[attr-defined]
        *numbers,
        text(f"fleet.reading_state.{row.state}"),  # type: ignore[attr-defined]
    ]


def _fuelled(view: View) -> Markup:
    """Return the share of fossil-free energy bought on cards by year, and the shares by tenure."""
    tenure = view.today(view.settings.goal.definition)
    tenure = tenure[(tenure["class"] == ALL) & (tenure["company"] == ALL) & tenure["tenure"].isin(TENURES)]
    lines = [html("<li>{}: {}</li>", text(f"fleet.tenure.{row.tenure}").capitalize(), _of(row)) for row in tenure.itertuples()]
    parts = [html("<h3>{}</h3><ul>{}</ul>", text("maps.fleet.by_tenure"), join(lines))]
    if len(view.fuel_years):
        rows = [
            html("<li>{}: {}</li>", row.year, text("maps.fleet.fuel_year", share=style.percent(row.share)))
            for row in view.fuel_years.itertuples()
            if pd.notna(row.share)
        ]
        parts.append(
            html(
                '<h3>{}</h3><ul>{}</ul><p class="note">{}</p>',
                text("maps.fleet.fuelled"),
                join(rows),
                text("maps.fleet.fuelled_note"),
            )
        )
    return html('<div class="pair">{}</div>', join(html("<div>{}</div>", part) for part in parts))
