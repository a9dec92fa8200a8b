"""The trace: everything a third person needs to compute every verdict again, as plain values (status.yaml); and doing so.

    tree = to_trace(status)
    differences = verify(tree)      # empty when every verdict follows from what the trace holds

The trace holds the goals as they were, the observations they rest on, the day, and what was found. `verify` reads only the tree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from climate.readings import Judged
from climate.status import Status, judge_all, row_words
from data.assessments import Assessment
from data.errors import Fault, InputError
from data.goals import GoalBook, from_tree, to_tree
from data.observations import Observation, RowLink
from data.rules import AllOf, Mean, Narrative, Rule, Share100, leaves
from data.texts import language, text, use_language

FORMAT = 1
RESULTS = ("verdict", "refused", "value", "date", "required", "target", "gap")


def to_trace(status: Status) -> dict[str, Any]:
    """Return the trace: format, language in force, date, goals, observations (o1, o2, ...), assessments, results."""
    wanted = _relevant(status.book)
    kept = [o for o in status.observations if o.indicator in wanted]
    ids = {id(o): f"o{number}" for number, o in enumerate(kept, 1)}
    return {
        "format": FORMAT,
        "language": language(),
        "date": status.date,
        "results": {verdict.goal.id: _result(verdict, ids) for verdict in status.verdicts},
        "counts": status.counts,
        "assessments": [_assessment_tree(item) for item in status.assessments],
        "goals": to_tree(status.book),
        "observations": {ids[id(o)]: _observation_tree(o) for o in kept},
    }


def _relevant(book: GoalBook) -> set[str]:
    found: set[str] = set(book.context)
    for goal in book.goals:
        rules = [goal.rule, *(option.replace for axis in goal.axes for option in axis.options if option.replace)]
        found |= {goal.indicator, *goal.context, *(option.indicator for axis in goal.axes for option in axis.options)}
        found |= {name for rule in rules for name in named(rule)}
    return found - {""}


def named(rule: Rule) -> set[str]:
    """Return the ids of the indicators a rule names itself."""
    found: set[str] = set()
    for part in leaves(rule):
        found.add(part.indicator)
        if isinstance(part, Mean):
            found |= {part.numerator, part.denominator}
        if isinstance(part, Share100):
            found |= {part.violations, part.unknown}
        if isinstance(part, Narrative):
            found |= {item.indicator for item in part.evidence}
    return found


def _result(verdict: Any, ids: Mapping[int, str]) -> dict[str, Any]:
    goal = verdict.goal
    return {
        "text": goal.text,
        "version": goal.version,
        "state": verdict.state,
        "verdict": verdict.verdict,
        "chosen": verdict.chosen.reading.id,
        "rule": _rule_words(verdict.chosen.reading.rule),
        "because": verdict.outcome.because,
        "observations": [ids[id(o)] for o in verdict.outcome.used if id(o) in ids],
        "depends_on": [item.axis for item in verdict.depends_on],
        "readings": {item.reading.id or "-": _numbers(item, ids) for item in verdict.readings},
    }


def _rule_words(rule: Rule) -> list[str] | str:
    if isinstance(rule, AllOf):
        return [str(_rule_words(part)) for part in rule.rules]
    return type(rule).__name__.lower()


def _numbers(item: Judged, ids: Mapping[int, str]) -> dict[str, Any]:
    found = {name: getattr(item.outcome, name) for name in RESULTS}
    found["used"] = [ids[id(o)] for o in item.outcome.used if id(o) in ids]
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _observation_tree(o: Observation) -> dict[str, Any]:
    tree = {
        "indicator": o.indicator,
        "date": o.date,
        "value": float(o.value),
        "unit": o.unit,
        "source": o.source,
        "vintage": o.vintage,
        "kind": o.kind,
        "quality": o.quality,
        "low": "" if o.low is None else float(o.low),
        "high": "" if o.high is None else float(o.high),
        "dims": o.dimensions,
        "rows": row_words(o.rows),
    }
    return {key: value for key, value in tree.items() if value not in ("", {}, [])}


def _assessment_tree(item: Assessment) -> dict[str, Any]:
    return {
        "goal": item.goal,
        "date": item.date,
        "verdict": item.verdict,
        "reason": item.reason,
        "body": item.body,
        "recorded_by": item.recorded_by,
        "recorded": item.recorded,
    }


def from_trace(tree: Mapping[str, Any], file: str = "status.yaml") -> Status:
    """Return the status recomputed from the tree alone; raise InputError where the tree cannot be one."""
    try:
        book = from_tree(tree["goals"], file)
        observations = [_observation(item) for item in tree["observations"].values()]
        assessments = [Assessment(**item) for item in tree.get("assessments") or ()]
        today = tree["date"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = Fault(file, text("status.trace.broken", error=str(error)[:80]), text("status.trace.broken_fix"))
        raise InputError(fault) from None
    if not isinstance(today, dt.date):
        raise InputError(Fault(file, text("status.trace.broken", error="date"), text("status.trace.broken_fix")))
    return judge_all(book, observations, today, assessments)


def _observation(item: Mapping[str, Any]) -> Observation:
    rows = tuple(RowLink(r["file"], _numbers_of(r["rows"]), r["sheet"] or None) for r in item.get("rows", ()))
    return Observation(**{**item, "dims": item.get("dims", {}), "rows": rows})


def _numbers_of(words: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in filter(None, words.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def verify(tree: Mapping[str, Any], file: str = "status.yaml") -> list[str]:
    """Return one sentence for each verdict or number the tree states and its own goals and observations do not give; empty if none."""
    with use_language(tree.get("language", "sv") if isinstance(tree, Mapping) else "sv"):
        again = to_trace(from_trace(tree, file))
    stated = tree.get("results") or {}
    found = list(_differences(stated, again["results"]))
    if tree.get("counts") != again["counts"]:
        found.append(text("status.trace.counts", stated=tree.get("counts"), found=again["counts"]))
    return found


def _differences(stated: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[str]:
    for id_ in dict.fromkeys((*stated, *found)):
        one, other = stated.get(id_), found.get(id_)
        if one is None or other is None:
            yield text("status.trace.goal_missing", id=id_)
            continue
        for name in ("verdict", "state", "chosen", "because", "version", "text"):
            if one.get(name) != other[name]:
                yield text("status.trace.differs", id=id_, name=name, stated=one.get(name), found=other[name])
        yield from _reading_differences(id_, one.get("readings") or {}, other["readings"])


def _reading_differences(id_: str, stated: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[str]:
    for reading in dict.fromkeys((*stated, *found)):
        one, other = stated.get(reading) or {}, found.get(reading) or {}
        for name in RESULTS:
            if not _same(one.get(name), other.get(name)):
                yield text(
                    "status.trace.reading", id=id_, reading=reading, name=name, stated=one.get(name), found=other.get(name)
                )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return one == other
