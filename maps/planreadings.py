"""plan.html: the goal in MW under every reading: how many reach it, what decides, and all of them in one folded table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from data.texts import text
from maps import style
from maps.page import Cell, Column, html, join, table

SIDES = (("dc", "built"), ("dc", "decided"), ("ac", "built"), ("ac", "decided"))


def every_reading(h8: Mapping[str, Any], *, target_mw: float) -> Markup:
    """Return the summary sentences and the folded table. h8: of, reached, low_mw, high_mw, decides, lacking, rows (`solar.h8.readings`)."""
    target = style.number(target_mw, 1).removesuffix(",0").removesuffix(".0")
    first = text(
        "plan.h8.summary",
        n=h8["reached"],
        of=h8["of"],
        target=target,
        low=style.number(h8["low_mw"], 2),
        high=style.number(h8["high_mw"], 2),
    )
    lines = [first, *_what_decides(h8)]
    if h8["lacking"]:
        lines.append(text("plan.h8.lacking", n=h8["lacking"]))
    return join([html("<p>{}</p>", line) for line in lines]) + _listed(h8, target)


def _what_decides(h8: Mapping[str, Any]) -> list[str]:
    """Return the sentence of what turns the answer; where nothing does, of what moves the number most."""
    turning = [row for row in h8["decides"] if row["turns"]]
    if turning:
        named = ", ".join(text("plan.h8.turns", dim=text(f"plan.h8.dim.{row['dim']}"), n=row["turns"]) for row in turning)
        return [text("plan.h8.decides", dims=named)]
    widest = max(h8["decides"], key=lambda row: row["mw"])
    if widest["mw"] <= 0:
        return [text("plan.h8.same")]
    return [text("plan.h8.moves", dim=text(f"plan.h8.dim.{widest['dim']}"), mw=style.number(widest["mw"], 2))]


def _listed(h8: Mapping[str, Any], target: str) -> Markup:
    """Return the readings as a folded table: a row of whose plants, since when and how owned; a column of DC or AC, built or decided."""
    values = {(r["boundary"], r["counted"], r["ownership"], r["dc_ac"], r["state"]): r for r in h8["rows"]}
    columns = [Column(text("plan.h8.column.boundary"), heads_row=True)]
    columns += [Column(text(f"plan.h8.column.{name}")) for name in ("counted", "ownership")]
    columns += [Column(text(f"plan.h8.column.{power}_{state}"), "number") for power, state in SIDES]
    rows = []
    for key in dict.fromkeys(place[:3] for place in values):
        cells = [text(f"plan.h8.{dim}.{value}") for dim, value in zip(("boundary", "counted", "ownership"), key, strict=True)]
        rows.append([*cells, *(_value(values.get((*key, *side))) for side in SIDES)])
    title = text("plan.h8.table", of=h8["of"])
    note = html('<p class="note">{}</p>', text("plan.h8.note", target=target))
    listed = table(title, columns, rows, sortable=False, caption_hidden=True)
    return html("<details><summary>{}</summary>{}{}</details>", title, note, listed)


def _value(reading: Mapping[str, Any] | None) -> Cell:
    if reading is None:
        return Cell(style.MISSING, None)
    shown = style.number(reading["mw"], 2)
    return Cell(text("plan.h8.reached", mw=shown) if reading["reached"] else shown, reading["mw"])
