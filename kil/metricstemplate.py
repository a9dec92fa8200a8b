"""nyckeltal_mall.xlsx: the template a clerk fills in, one row for each value that is missing, made from the goals themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from climate.needs import needs_of
from climate.series import Store
from data.indicators import Indicator
from data.layers_status import ASSESSMENTS, KIND_WORDS, METRICS
from data.tables import Table
from data.texts import text
from kil import excel

if TYPE_CHECKING:
    from climate.outcome import Need
    from climate.status import Status

OWN_FILE = "nyckeltal.xlsx"


def write(path: Path, status: Status, *, notes: tuple[str, ...] = ()) -> None:
    """Write the template: sheets Nyckeltal, Bedömningar and Läs mig."""
    excel.write(
        path,
        [
            _sheet("Nyckeltal", METRICS, rows(status), (*notes, text("metrics.template.values"))),
            _sheet("Bedömningar", ASSESSMENTS, assessment_rows(status), (*notes, text("metrics.template.assessments"))),
            excel.Sheet(
                "Läs mig",
                _columns(),
                labels={"column": text("metrics.template.column"), "meaning": text("metrics.template.meaning")},
            ),
        ],
    )


def rows(status: Status) -> list[dict[str, Any]]:
    """Return one row for each missing value that is written by hand: lacking now, or the year's that is to come."""
    found: dict[tuple, dict[str, Any]] = {}
    for goal_id, need in _needs(status):
        indicator = status.book.indicators[need.indicator]
        if indicator.file != OWN_FILE:
            continue
        key = (need.indicator, need.dims, need.date)
        row = found.setdefault(key, _row(need, indicator))
        if goal_id not in row["goal"].split(", "):
            row["goal"] = ", ".join(filter(None, (row["goal"], goal_id)))
    return list(found.values())


def _needs(status: Status) -> Iterator[tuple[str, Need]]:
    """Yield what the chosen readings need first, then what the other readings that can be asked need."""
    store = Store(status.observations, status.book.indicators, status.date)
    for verdict in status.active:
        for need in (*verdict.missing, *verdict.upcoming):
            yield verdict.goal.id, need
    for verdict in status.active:
        for item in verdict.readings:
            if item is not verdict.chosen and not item.reading.refuse and not item.reading.proxy:
                for need in needs_of(verdict.goal, verdict.period, item.reading, store):
                    yield verdict.goal.id, need


def _row(need: Need, indicator: Indicator) -> dict[str, Any]:
    return {
        "goal": "",
        "indicator": need.indicator,
        "title": indicator.title,
        "date": need.date,
        "value": None,
        "unit": indicator.unit,
        "dims": "; ".join(f"{key}={value}" for key, value in need.dims),
        "kind": KIND_WORDS["measured"],
        "holder": str(indicator.holder),
    }


def assessment_rows(status: Status) -> list[dict[str, Any]]:
    """Return one row a goal for the body's own assessment."""
    return [
        {"goal": verdict.goal.id, "date": status.date, "verdict": None, "reason": None, "body": verdict.goal.responsible}
        for verdict in status.active
    ]


def _sheet(name: str, table: Table, records: list[dict[str, Any]], notes: tuple[str, ...]) -> excel.Sheet:
    frame = pd.DataFrame(records, columns=table.names, dtype=object)
    labels = {column.name: column.label for column in table.columns}
    return excel.Sheet(name, frame, labels=labels, formats={"date": "date", "recorded": "date"}, notes=notes)


def _columns() -> pd.DataFrame:
    told = [{"column": column.label, "meaning": text(f"metrics.column.{column.name}")} for column in METRICS.columns]
    return pd.DataFrame(told)
