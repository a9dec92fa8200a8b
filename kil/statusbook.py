"""status.xlsx: the goals, every reading, what is missing, the values behind, the calendar and the corrections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from climate.outcome import num
from climate.status import depends_words, ranges
from data.texts import text
from kil import excel

if TYPE_CHECKING:
    from climate.followup import Change
    from climate.status import Status
    from climate.verdict import Verdict
    from data.history import Kept
    from data.observations import Observation


def write(
    path: Path,
    status: Status,
    *,
    corrections: Sequence[Sequence[Kept]] = (),
    changes: Sequence[Change] = (),
    internal: bool,
    example: bool = False,
) -> None:
    """Write the workbook. internal: with the rows of the files behind and who wrote what."""
    marks = ["EXEMPELDATA"] if example else []
    notes = [*marks, f"{status.book.sets[0].title}, {status.date}. {status.sentence}"]
    sheets = [
        _sheet("goals", [_goal(status, verdict) for verdict in status.verdicts], notes),
        _sheet("readings", [row for verdict in status.verdicts for row in _readings(status, verdict)], marks),
        _sheet("missing", [row for verdict in status.active for row in _missing(status, verdict)], marks),
        _sheet("values", [row for verdict in status.verdicts for row in _values(verdict, internal=internal)], marks),
        _sheet("calendar", _calendar(status), marks),
    ]
    if changes:
        sheets.append(_sheet("changes", [{"goal": c.goal, "change": c.words} for c in changes], marks))
    if internal and corrections:
        sheets.append(_sheet("corrections", [_kept(entry) for entries in corrections for entry in entries], marks))
    excel.write(path, sheets)


def _sheet(name: str, rows: list[dict[str, Any]], notes: Sequence[str]) -> excel.Sheet:
    frame = pd.DataFrame(rows if rows else [{"empty": text("status.book.empty")}], dtype=object)
    labels = {column: text(f"status.book.{column}") for column in frame.columns}
    dates = {column: "date" for column in ("date", "due", "next", "recorded", "seen", "final") if column in frame.columns}
    return excel.Sheet(text(f"status.book.sheet_{name}"), frame, labels=labels, formats=dates, notes=notes)


def _goal(status: Status, verdict: Verdict) -> dict[str, Any]:
    outcome, own = verdict.outcome, verdict.assessment
    withdrawn = verdict.state == "withdrawn"
    return {
        "goal": verdict.goal.id,
        "perspective": next((p.words for p in status.book.perspectives if p.id == verdict.goal.perspective), ""),
        "wording": verdict.goal.text,
        "verdict": text("status.change.withdrawn") if withdrawn else status.word(verdict.verdict),
        "because": outcome.because,
        "value": outcome.value,
        "unit": outcome.unit,
        "date": outcome.date,
        "required": outcome.required,
        "gap": outcome.gap,
        "target": outcome.target,
        "due": outcome.due,
        "level": text(f"status.level.{outcome.level}"),
        "trend": text(f"status.trend.{verdict.trend.direction}"),
        "forecast": verdict.trend.at_due,
        "needed": outcome.needed,
        "reading": verdict.chosen.reading.words,
        "depends": depends_words(verdict),
        "own": "" if own is None else f"{status.word(own.verdict)}: {own.reason}",
        "responsible": verdict.goal.responsible,
        "next": verdict.next_outcome,
        "open_sdg": _band("open_sdg", verdict.comparison.open_sdg) or verdict.comparison.refused,
        "eurostat": _band("eurostat", verdict.comparison.eurostat) or verdict.comparison.refused,
    }


def _band(system: str, word: str) -> str:
    return text(f"status.{system}.{word}") if word else ""


def _readings(status: Status, verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "goal": verdict.goal.id,
            "reading": item.reading.words or text("status.depends.one"),
            "chosen": item is verdict.chosen,
            "proxy": item.reading.proxy,
            "verdict": status.word(item.outcome.verdict)
            if item.outcome.verdict
            else text(f"status.refusal.{item.outcome.refused}"),
            "value": item.outcome.value,
            "required": item.outcome.required,
            "gap": item.outcome.gap,
            "unit": item.outcome.unit,
            "date": item.outcome.date,
            "because": item.outcome.because,
        }
        for item in verdict.readings
    ]


def _missing(status: Status, verdict: Verdict) -> list[dict[str, Any]]:
    return [{"goal": verdict.goal.id, "what": item.what, "who": item.who, "how": item.how} for item in status.missing_of(verdict)]


def _values(verdict: Verdict, *, internal: bool) -> list[dict[str, Any]]:
    series = verdict.outcome.series
    points = series.points if series is not None else verdict.outcome.used
    return [_value(verdict.goal.id, o, internal=internal) for o in dict.fromkeys((*points, *verdict.outcome.used))]


def _value(goal_id: str, o: Observation, *, internal: bool) -> dict[str, Any]:
    row = {
        "goal": goal_id,
        "indicator": o.indicator,
        "dims": "; ".join(f"{key}={value}" for key, value in o.dims),
        "date": o.date,
        "value": o.value,
        "unit": o.unit,
        "kind": text(f"status.kind.{o.kind}"),
        "vintage": o.vintage,
        "source": o.source,
    }
    if internal:
        row["rows"] = "; ".join(f"{link.file} {link.sheet or ''} {ranges(link.rows)}".strip() for link in o.rows)
    return row


def _calendar(status: Status) -> list[dict[str, Any]]:
    return [
        {
            "final": item.date,
            "what": f"{status.book.indicators[item.indicator].title} {item.year}",
            "goal": ", ".join(item.goals),
            "who": str(status.book.indicators[item.indicator].holder),
        }
        for item in status.calendar()
    ]


def _kept(entry: Kept) -> dict[str, Any]:
    return {
        "indicator": entry.indicator,
        "dims": entry.dims,
        "date": entry.date,
        "value_text": text("history.taken_out") if entry.value is None else num(entry.value, entry.unit),
        "kind": text(f"status.kind.{entry.kind}"),
        "source": entry.source,
        "recorded_by": entry.recorded_by,
        "recorded": entry.recorded,
        "note": entry.note,
    }
