"""All goals at once: verdicts, counts, the sentence of counts, the publication calendar, and what status.json holds."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from climate.outcome import Need
from climate.series import Series, Store
from climate.verdict import Verdict, context_series, judge
from data.assessments import Assessment
from data.goals import VERDICTS, GoalBook
from data.indicators import Indicator
from data.observations import Observation, RowLink
from data.rules import year_end
from data.texts import text


@dataclass(frozen=True)
class Release:
    """One line of the publication calendar: what can be final when, and which goals wait for it."""

    date: dt.date
    indicator: str
    year: int
    goals: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """What a goal lacks: in words, who has it, and how it comes in. needs: the single values."""

    what: str
    who: str
    how: str
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Status:
    """Every goal in force on `date`, judged from `observations`."""

    date: dt.date
    book: GoalBook
    verdicts: tuple[Verdict, ...]
    observations: tuple[Observation, ...]
    assessments: tuple[Assessment, ...] = ()
    context: tuple[Series, ...] = ()

    @property
    def active(self) -> tuple[Verdict, ...]:
        """Goals that count: those not withdrawn."""
        return tuple(verdict for verdict in self.verdicts if verdict.state == "active")

    @property
    def counts(self) -> dict[str, int]:
        """Number of goals per verdict, in the order they are shown; withdrawn goals left out."""
        found = Counter(verdict.verdict for verdict in self.active)
        return {word: found[word] for word in VERDICTS}

    @property
    def sentence(self) -> str:
        """One sentence of counts. No percentage, no average."""
        parts = [text(f"status.sentence.{word}_{_number(n)}", n=n) for word, n in self.counts.items() if n]
        joined = ", ".join(parts[:-1]) + f" {text('status.sentence.and')} {parts[-1]}" if len(parts) > 1 else "".join(parts)
        adjectives = any(self.counts[word] for word in ("met", "on_track", "off_track", "missed"))
        gone = len(self.verdicts) - len(self.active)
        said = text(f"status.sentence.{'all' if adjectives else 'none'}", n=len(self.active), parts=joined)
        doubtful = sum(verdict.outcome.uncertain for verdict in self.active)
        said += f" {text('status.sentence.uncertain_' + _number(doubtful), n=doubtful)}" if doubtful else ""
        return f"{said} {text('status.sentence.withdrawn', n=gone)}" if gone else said

    def word(self, verdict: str) -> str:
        """Return the verdict's word: the municipality's own where goals.toml gives one."""
        return self.book.scale.get(verdict) or text(f"maps.status.{verdict}")

    def calendar(self) -> tuple[Release, ...]:
        """Return what can be final when, soonest first; one line an indicator and year."""
        waiting: dict[tuple[dt.date, str, int], list[str]] = {}
        for verdict in self.active:
            for need in verdict.upcoming:
                goals = waiting.setdefault((need.final, need.indicator, need.date.year), [])
                if verdict.goal.id not in goals:
                    goals.append(verdict.goal.id)
        return tuple(Release(*key, tuple(goals)) for key, goals in sorted(waiting.items()))

    def missing_of(self, verdict: Verdict) -> tuple[Missing, ...]:
        """Return what a goal lacks, one line an indicator."""
        grouped: dict[str, list[Need]] = {}
        for need in verdict.missing:
            grouped.setdefault(need.indicator, []).append(need)
        return tuple(self._missing(self.book.indicators[id_], tuple(needs)) for id_, needs in grouped.items())

    def _missing(self, indicator: Indicator, needs: tuple[Need, ...]) -> Missing:
        years = sorted({need.date.year for need in needs if need.date == year_end(need.date.year)})
        key = "years" if years else "day"
        what = text(f"status.missing.{key}", title=indicator.title, years=", ".join(map(str, years)))
        how = "how_kolada" if indicator.kolada else "how" if indicator.file == "nyckeltal.xlsx" else "how_file"
        return Missing(
            what,
            str(indicator.holder) or text("status.missing.who_unknown"),
            text(f"status.missing.{how}", id=indicator.id, file=indicator.file),
            needs,
        )


def _number(n: int) -> str:
    return "1" if n == 1 else "n"


def judge_all(
    book: GoalBook, observations: Iterable[Observation], today: dt.date, assessments: Sequence[Assessment] = ()
) -> Status:
    """Return the status of every goal in force on `today`."""
    seen = tuple(observations)
    store = Store(seen, book.indicators, today)
    verdicts = tuple(
        judge(goal, store, today, period=book.set_of(goal), assessments=assessments) for goal in book.in_force(today)
    )
    return Status(today, book, verdicts, seen, tuple(assessments), context_series(book.context, store))


def depends_words(verdict: Verdict) -> str:
    """Return "Håller i alla läsningar" or "Beror på: gas (koldioxid / CO2e)" as a sentence."""
    n, judged = len(verdict.readings), len(verdict.judged)
    if n == 1:
        return text("status.depends.one")
    if judged == 0:
        return text("status.depends.none", n=n)
    if verdict.depends_on:
        axes = ", ".join(f"{item.name} ({' / '.join(item.options)})" for item in verdict.depends_on)
        return text("status.depends.on", axes=axes)
    if not verdict.holds:
        return text("status.depends.mix")
    return text("status.depends.one_judged", n=n) if judged == 1 else text("status.depends.holds", n=judged)


def row_words(links: Iterable[RowLink]) -> list[dict[str, str]]:
    """Return file, sheet and rows ("2-40,44") of each link."""
    return [{"file": link.file, "sheet": link.sheet or "", "rows": ranges(link.rows)} for link in links]


def ranges(rows: Sequence[int]) -> str:
    """Return row numbers as ranges: 2-40,44."""
    parts: list[list[int]] = []
    for row in sorted(set(rows)):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def as_json(status: Status) -> dict[str, Any]:
    """Return what status.json holds."""
    return {
        "date": status.date,
        "municipality": status.book.municipality,
        "sets": [{"id": s.id, "title": s.title, "first": s.first, "last": s.last} for s in status.book.sets],
        "counts": status.counts,
        "sentence": status.sentence,
        "goals": [goal_json(status, verdict) for verdict in status.verdicts],
        "calendar": [vars(item) | {"goals": list(item.goals)} for item in status.calendar()],
    }


def goal_json(status: Status, verdict: Verdict) -> dict[str, Any]:
    """Return one goal of status.json."""
    goal, outcome, own = verdict.goal, verdict.outcome, verdict.assessment
    return {
        "id": goal.id,
        "version": goal.version,
        "state": verdict.state,
        "perspective": goal.perspective,
        "text": goal.text,
        "verdict": verdict.verdict,
        "word": status.word(verdict.verdict),
        "level": outcome.level,
        "trend": verdict.trend.direction,
        "value": outcome.value,
        "unit": outcome.unit,
        "date": outcome.date,
        "required": outcome.required,
        "target": outcome.target,
        "due": outcome.due,
        "gap": outcome.gap,
        "needed": outcome.needed,
        "because": outcome.because,
        "uncertain": outcome.uncertain,
        "refused": outcome.refused or None,
        "forecast": {
            "value": verdict.trend.at_due,
            "n": verdict.trend.n,
            "slope": verdict.trend.slope,
            "reaches": verdict.reaches,
        },
        "chosen_reading": verdict.chosen.reading.id,
        "choice": {
            "who": goal.choice.who,
            "date": goal.choice.date,
            "decision": goal.choice.decision,
            "late": verdict.late_choice,
        },
        "readings": [_reading_json(item) for item in verdict.readings],
        "depends_on": [{"axis": d.axis, "name": d.name, "options": list(d.options)} for d in verdict.depends_on],
        "holds": verdict.holds,
        "open_sdg": verdict.comparison.open_sdg or None,
        "eurostat": verdict.comparison.eurostat or None,
        "comparison_refused": verdict.comparison.refused or None,
        "own_assessment": None
        if own is None
        else {"verdict": own.verdict, "reason": own.reason, "body": own.body, "date": own.date, "disagrees": verdict.disagrees},
        "next_outcome": verdict.next_outcome,
        "responsible": goal.responsible,
        "missing": [{"what": m.what, "who": m.who, "how": m.how} for m in status.missing_of(verdict)],
        "sources": sorted({o.source for o in outcome.used}),
        "rows": row_words(dict.fromkeys(link for o in outcome.used for link in o.rows)),
    }


def _reading_json(item: Any) -> dict[str, Any]:
    outcome = item.outcome
    return {
        "id": item.reading.id,
        "words": item.reading.words,
        "proxy": item.reading.proxy,
        "verdict": outcome.verdict,
        "refused": outcome.refused or None,
        "value": outcome.value,
        "required": outcome.required,
        "target": outcome.target,
        "gap": outcome.gap,
        "date": outcome.date,
        "because": outcome.because,
    }
