"""Charts of the plan: plants ranked by what a kW costs, the cost of every target solved anew, and the tornado. Static SVG with a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from data.texts import text
from maps import style
from maps.chartkit import Frame, Scale, Words, figure, label, rect, svg, swatches, ticks
from maps.page import Cell, Column, html, join

TONES = {"roof": "built", "carport": "good", "ground": "fair"}
UNSAID = ("year", "")
"""Units of a span that its name tells already."""
PER_CENT = {"share": "", "x": "", "share/year": "plan.unit.per_year", "1/K": "plan.unit.per_degree"}
"""Units told as per cent, and the words after it."""
SPOKEN = ("SEK/kWh", "SEK/kW", "SEK/kW/year", "SEK/kW/month")
"""Units that are words of a language."""
LEVERS = 12
"""Bars of the tornado; the rest stand in its table."""


def ranked(plants: pd.DataFrame, *, remaining_mw: float) -> Markup:
    """Return the plants side by side, cheapest first: width = MW, height = net cost per kW; under the line a plant pays for itself."""
    rows = plants.assign(cost=-plants["npv_sek"] / plants["kwp"] / 1000).sort_values("cost")
    pays = float(rows.loc[rows["cost"] < 0, "kwp"].sum()) / 1000
    total = float(rows["kwp"].sum()) / 1000
    words = Words(
        text("plan.chart.ranked", mw=style.number(pays, 1)),
        text("plan.chart.ranked_sub"),
        text("plan.chart.ranked_sentence", mw=style.number(pays, 1), total=style.number(total, 1)),
    )
    ends = [0.0, float(rows["cost"].min()), float(rows["cost"].max())]
    values, across = ticks(min(ends), max(ends)), ticks(0.0, max(total, remaining_mw))

    def draw(width: int) -> Markup:
        frame = Frame(width, 280, 44, 8, 22, 34)
        x, y = (
            Scale(0.0, across[-1], frame.left, width - frame.right),
            Scale(values[0], values[-1], frame.height - frame.bottom, frame.top),
        )
        parts, at = [_grid(frame, y, values), _across(frame, x, across, text("plan.chart.mw_axis"))], 0.0
        for row in rows.itertuples():
            start, end, top = x(at), x(at + row.kwp / 1000), y(row.cost)
            low, high = sorted((top, y(0.0)))
            name = text("plan.chart.plant", name=row.name, kwp=style.number(row.kwp), cost=style.number(row.cost, 1))
            body = rect(start, low, max(end - start - 0.6, 0.6), max(high - low, 0.8), tone=TONES[row.mount])
            parts.append(html("<g><title>{}</title>{}</g>", name, body))
            at += row.kwp / 1000
        parts.append(_target(frame, x(remaining_mw), text("plan.chart.remaining", mw=style.number(remaining_mw, 1))))
        return svg(frame, words, join(parts))

    shown = [(TONES[mount], text(f"plan.mount.{mount}")) for mount in TONES if mount in set(rows["mount"])]
    columns = [
        Column(text("plan.column.name"), heads_row=True),
        Column("kW", "number"),
        Column(text("plan.chart.cost_column"), "number"),
    ]
    table = [[r.name, Cell(style.number(r.kwp), r.kwp), Cell(style.number(r.cost, 1), r.cost)] for r in rows.itertuples()]
    return figure(words, draw, columns=columns, rows=table, legend=swatches(shown), css="chart-ranked")


def _grid(frame: Frame, y: Scale, values: Sequence[float]) -> Markup:
    end = frame.width - frame.right
    lines = [
        html('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', "axis" if v == 0 else "grid", frame.left, end, y(v), y(v))
        for v in values
    ]
    digits = 0 if all(float(v).is_integer() for v in values) else 1
    return join([*lines, *(label(frame.left - 6, y(v) + 4, [style.number(v, digits)], anchor="end") for v in values)])


def _across(frame: Frame, x: Scale, values: Sequence[float], unit: str) -> Markup:
    bottom = frame.height - frame.bottom
    digits = 0 if all(float(v).is_integer() for v in values) else 1
    marks = [label(x(v), bottom + 15, [style.number(v, digits)], anchor="middle") for v in values]
    return join([*marks, label(frame.width - frame.right, bottom + 30, [unit], anchor="end")])


def _target(frame: Frame, x: float, words: str) -> Markup:
    line = html('<line class="target" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', x, 16, frame.height - frame.bottom)
    return join(
        [
            line,
            label(
                x - 4 if x > frame.width / 2 else x + 4,
                12,
                [words],
                anchor="end" if x > frame.width / 2 else "start",
                strong=True,
            ),
        ]
    )


def curve(points: Sequence[Mapping[str, Any]], *, remaining_mw: float) -> Markup:
    """Return the net cost [million SEK] of every target, each solved anew, with the marginal cost in the table."""
    rows = pd.DataFrame(points)
    cost = rows["net_cost_sek"] / 1e6
    cheapest = rows.loc[cost.idxmin()]
    words = Words(
        text("plan.chart.curve", mw=style.number(cheapest["built_kw"] / 1000, 1), gain=style.number(-cost.min(), 1)),
        text("plan.chart.curve_sub"),
        text("plan.chart.curve_sentence", low=style.number(cost.min(), 1), high=style.number(cost.max(), 1)),
    )
    values = ticks(min(0.0, float(cost.min())), max(0.0, float(cost.max())))
    across = ticks(0.0, max(float(rows["kw"].max()) / 1000, remaining_mw))

    def draw(width: int) -> Markup:
        frame = Frame(width, 240, 44, 8, 22, 34)
        x, y = (
            Scale(0.0, across[-1], frame.left, width - frame.right),
            Scale(values[0], values[-1], frame.height - frame.bottom, frame.top),
        )
        line = " ".join(f"{x(kw / 1000)},{y(c)}" for kw, c in zip(rows["kw"], cost, strict=True))
        dots = [
            html('<circle class="dot" cx="{}" cy="{}" r="3"/>', x(kw / 1000), y(c))
            for kw, c in zip(rows["kw"], cost, strict=True)
        ]
        drawn = html('<polyline class="line-actual" points="{}"/>', line)
        target = _target(frame, x(remaining_mw), text("plan.chart.remaining", mw=style.number(remaining_mw, 1)))
        return svg(
            frame,
            words,
            join([_grid(frame, y, values), _across(frame, x, across, text("plan.chart.mw_axis")), drawn, *dots, target]),
        )

    columns = [
        Column(text(f"plan.curve.{name}"), "number", heads_row=name == "kw")
        for name in ("kw", "cost", "capex", "plants", "marginal")
    ]
    table = [
        [
            Cell(style.number(r.kw / 1000, 2), r.kw),
            Cell(style.number(r.net_cost_sek / 1e6, 1), r.net_cost_sek),
            Cell(style.number(r.capex_sek / 1e6, 1), r.capex_sek),
            Cell(style.number(r.candidates), r.candidates),
            Cell(style.number(None if math.isnan(r.marginal_sek_per_kw) else r.marginal_sek_per_kw), r.marginal_sek_per_kw),
        ]
        for r in rows.itertuples()
    ]
    return figure(words, draw, columns=columns, rows=table, css="chart-curve")


def lever_name(lever: Mapping[str, Any]) -> str:
    """Return what a lever is called: its own name, else the name of its id."""
    named = lever.get("name")
    return named if isinstance(named, str) else text(f"plan.lever.{lever['id']}")


def _end(lever: Mapping[str, Any], end: str) -> Cell:
    """Return a lever's low or high with its unit; of a choice between shapes the words least and most."""
    value, unit = lever[end], lever.get("unit")
    if value is None or math.isnan(value):
        return Cell(text(f"plan.lever.{end}est"), value)
    return Cell(amount(value, unit if isinstance(unit, str) else ""), value)


def amount(value: float, unit: str, *, most: int = 4) -> str:
    """Return a number of the price list or of a span with its unit in the reader's words; shares as per cent. most: decimals."""
    if unit in PER_CENT:
        said = style.percent(value, _digits(100 * value))
        return text(PER_CENT[unit], share=said) if PER_CENT[unit] else said
    shown = style.number(value, next(d for d in range(most + 1) if d == most or math.isclose(value, round(value, d))))
    if unit in UNSAID:
        return shown
    return f"{shown}{style.NBSP}{text(f'plan.unit.{unit}') if unit in SPOKEN else unit}"


def _digits(percent: float) -> int:
    """Return how many decimals tell a percentage to one part in a hundred, two at most."""
    return next(d for d in range(3) if d == 2 or abs(percent - round(percent, d)) <= 0.01 * abs(percent))


def tornado(levers: Sequence[Mapping[str, Any]], *, npv_sek: float) -> Markup:
    """Return how the plan's NPV [million SEK] moves when each number goes to its low and its high, widest first."""
    shown = list(levers)[:LEVERS]
    ends = [npv_sek / 1e6, *(lever[name] / 1e6 for lever in shown for name in ("npv_low", "npv_high"))]
    values = ticks(min(0.0, *ends), max(0.0, *ends))
    first = lever_name(shown[0])
    words = Words(
        text("plan.chart.tornado", lever=first), text("plan.chart.tornado_sub"), text("plan.chart.tornado_sentence", lever=first)
    )

    def draw(width: int) -> Markup:
        wide = width > 500
        side = 230 if wide else 4
        step = 26 if wide else 40
        frame = Frame(width, 30 + step * len(shown) + 24, side, 12, 24, 24)
        x = Scale(values[0], values[-1], side, width - frame.right)
        base, parts, names = x(npv_sek / 1e6), [], []
        bottom = frame.height - frame.bottom
        for v in values:
            parts.append(
                html(
                    '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>',
                    "axis" if v == 0 else "grid",
                    x(v),
                    x(v),
                    frame.top,
                    bottom,
                )
            )
            parts.append(label(x(v), bottom + 16, [style.number(v)], anchor="middle"))
        for n, lever in enumerate(shown):
            top = frame.top + 6 + n * step + (0 if wide else 14)
            spot = (side - 8, top + 13) if wide else (side, top - 3)
            names.append(label(*spot, [lever_name(lever)], anchor="end" if wide else "start"))
            low, high = sorted((x(lever["npv_low"] / 1e6), x(lever["npv_high"] / 1e6)))
            tone = "planned" if lever["kind"] == "assumption" else "built"
            parts.append(rect(low, top, max(high - low, 1), 18, tone=tone))
        parts.append(html('<line class="tick" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', base, frame.top, bottom))
        parts.append(
            label(base, 14, [text("plan.chart.tornado_base", npv=style.number(npv_sek / 1e6, 1))], anchor="middle", strong=True)
        )
        return svg(frame, words, join([*parts, *names]))  # a name's edge keeps the lines off it

    columns = [Column(text("plan.column.lever"), heads_row=True)]
    columns += [Column(text(f"plan.column.{name}"), "number") for name in ("low", "high", "npv_low", "npv_high")]
    columns.append(Column(text("plan.price_column.kind")))
    rows = [
        [
            lever_name(lever),
            *(_end(lever, end) for end in ("low", "high")),
            *(Cell(style.number(lever[end] / 1e6, 2), lever[end]) for end in ("npv_low", "npv_high")),
            text(f"plan.kind.{lever['kind']}"),
        ]
        for lever in levers
    ]
    legend = swatches([("built", text("plan.kind.fact")), ("planned", text("plan.kind.assumption"))])
    return figure(words, draw, columns=columns, rows=rows, legend=legend, css="chart-tornado")
