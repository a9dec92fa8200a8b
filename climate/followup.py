"""What has changed since a frozen follow-up: verdicts, new outcomes, revised values, amended goals, changed readings. P22.

A revision is never told as progress: a value of the same day that has another number is a correction or a new edition, and named so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from climate.outcome import day, num
from climate.status import Status
from climate.trace import to_trace
from data.texts import text

KINDS = ("verdict", "outcome", "revision", "reading", "version", "new", "gone")
"""Kinds of change, in the order they are told."""


@dataclass(frozen=True)
class Change:
    """One change of one goal: its kind (KINDS) and a sentence."""

    goal: str
    kind: str
    words: str


def changes(frozen: Mapping[str, Any], status: Status) -> tuple[Change, ...]:
    """Return what is different in `status` from a frozen trace, goal by goal."""
    now = to_trace(status)
    before, after = frozen["results"], now["results"]
    found = []
    for id_ in dict.fromkeys((*after, *before)):
        if id_ not in before:
            found.append(Change(id_, "new", text("status.change.new")))
        elif id_ not in after:
            found.append(Change(id_, "gone", text("status.change.gone")))
        else:
            found += _of_goal(id_, (before[id_], after[id_]), (frozen["observations"], now["observations"]), status)
    return tuple(found)


def _of_goal(id_: str, results: tuple[Any, Any], observations: tuple[Any, Any], status: Status) -> Iterator[Change]:
    old, new = results
    if (old["verdict"], old["state"]) != (new["verdict"], new["state"]):
        words = [text("status.change.withdrawn") if r["state"] == "withdrawn" else status.word(r["verdict"]) for r in (old, new)]
        yield Change(id_, "verdict", text("status.change.verdict", old=words[0], new=words[1]))
    if old["version"] != new["version"]:
        yield Change(id_, "version", text("status.change.version", old=old["version"], new=new["version"]))
    if old["chosen"] != new["chosen"]:
        yield Change(id_, "reading", text("status.change.reading", old=old["chosen"] or "–", new=new["chosen"] or "–"))
    before = {_key(observations[0][key]): observations[0][key] for key in old["observations"] if key in observations[0]}
    after = {_key(observations[1][key]): observations[1][key] for key in new["observations"]}
    standing = {_key(item): item for item in observations[1].values()}
    latest = {_series(item): item for item in sorted(before.values(), key=lambda item: item["date"])}
    for key, item in after.items():
        last = latest.get(_series(item))
        if key not in before and not _counted_again(item, last, status):
            yield Change(id_, "outcome", _outcome_words(item, last, status))
    for key, item in before.items():
        now = after.get(key) or standing.get(key)
        if now is not None and abs(now["value"] - item["value"]) > 1e-9:
            values = {"when": _when(item), "old": _number(item, status), "new": _number(now, status)}
            yield Change(id_, "revision", text("status.change.revision", **values))


def _outcome_words(item: Mapping[str, Any], before: Mapping[str, Any] | None, status: Status) -> str:
    title = status.book.indicators[item["indicator"]].title
    values = {"title": title, "when": _when(item), "value": _number(item, status)}
    if before is None:
        return text("status.change.outcome", **values)
    return text("status.change.outcome_since", old=_number(before, status), then=_when(before), **values)


def _counted_again(item: Mapping[str, Any], before: Mapping[str, Any] | None, status: Status) -> bool:
    """Return whether a count of a later day only says the same again."""
    daily = status.book.indicators[item["indicator"]].period == "day"
    return daily and before is not None and abs(item["value"] - before["value"]) <= 1e-9


def _number(item: Mapping[str, Any], status: Status) -> str:
    return num(item["value"], status.book.indicators[item["indicator"]].unit)


def _series(item: Mapping[str, Any]) -> tuple:
    return item["indicator"], tuple(sorted((item.get("dims") or {}).items()))


def _key(item: Mapping[str, Any]) -> tuple:
    return item["indicator"], item["date"], tuple(sorted((item.get("dims") or {}).items()))


def _when(item: Mapping[str, Any]) -> str:
    date: dt.date = item["date"]
    return day(date)
