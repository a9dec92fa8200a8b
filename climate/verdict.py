"""One goal judged: the chosen reading's verdict, every other reading, what it depends on, trend, forecast, comparison, and what is missing.

    verdict = judge(goal, observations, today)

Pure: values in, values out. docs/metod/status.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from climate.comparison import Comparison, compare
from climate.forecast import Trend
from climate.judging import verdict_of
from climate.needs import needs_of
from climate.outcome import HOLDS, Need, Outcome
from climate.readings import Dependence, Judged, Merged, dependences, judge_readings, merge, trend
from climate.series import Series, Store
from data.assessments import Assessment
from data.goals import Goal, GoalSet
from data.indicators import Indicator, indicators
from data.observations import Observation


@dataclass(frozen=True)
class Verdict:
    """One goal on one day.

    state: active, or withdrawn ("utgår": not counted). chosen: the reading the goal is followed by. holds: every reading that can be
    judged says the same. reaches: whether the forecast reaches the target. late_choice: the reading was chosen after the period.
    """

    goal: Goal
    period: GoalSet
    state: str
    verdict: str
    chosen: Judged
    readings: tuple[Judged, ...]
    merged: tuple[Merged, ...]
    depends_on: tuple[Dependence, ...]
    trend: Trend
    reaches: bool | None
    comparison: Comparison
    missing: tuple[Need, ...] = ()
    upcoming: tuple[Need, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    context: tuple[Series, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The chosen reading's outcome."""
        return self.chosen.outcome

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Readings that have a verdict."""
        return tuple(item for item in self.readings if item.outcome.verdict is not None)

    @property
    def refused(self) -> tuple[Judged, ...]:
        """Readings that cannot be judged, each with its reason."""
        return tuple(item for item in self.readings if item.outcome.verdict is None)

    @property
    def holds(self) -> bool:
        """Whether all readings that can be judged say the same."""
        return len({item.outcome.verdict for item in self.judged}) == 1

    @property
    def late_choice(self) -> bool:
        """Whether the reading was chosen after the period's end."""
        chosen = self.goal.choice.date
        return chosen is not None and chosen > self.period.last

    @property
    def assessment(self) -> Assessment | None:
        """The responsible body's newest own assessment."""
        return max(self.assessments, key=lambda item: (item.date, item.recorded or dt.date.min), default=None)

    @property
    def disagrees(self) -> bool:
        """Whether the body's own assessment is another than the computed verdict."""
        return self.assessment is not None and self.assessment.verdict != self.verdict

    @property
    def next_outcome(self) -> dt.date | None:
        """The next day a value can be final."""
        return min((need.final for need in self.upcoming), default=None)


def judge(
    goal: Goal,
    observations: Iterable[Observation] | Store,
    today: dt.date,
    *,
    period: GoalSet | None = None,
    known: Mapping[str, Indicator] | None = None,
    assessments: Sequence[Assessment] = (),
) -> Verdict:
    """Return the goal's verdict on `today` under the chosen reading and all others.

    observations: any number of them, or a Store made once for many goals. period: the set the goal belongs to (default: the decision's
    year to the rule's deadline). known: indicators (default: the shipped ones). Never raises for what data lack: a reading that cannot
    be judged is refused with a reason.
    """
    store = observations if isinstance(observations, Store) else Store(observations, known or indicators(), today)
    period = period or _own_period(goal, today)
    readings = judge_readings(goal, store)
    wanted = goal.chosen()
    chosen = next((item for item in readings if item.reading.options == wanted), readings[0])
    needs = needs_of(goal, period, chosen.reading, store)
    found = trend(chosen.outcome)
    return Verdict(
        goal,
        period,
        "withdrawn" if goal.withdrawn is not None and goal.withdrawn <= today else "active",
        verdict_of(chosen.outcome),
        chosen,
        readings,
        merge(readings),
        dependences(goal, readings),
        found,
        _reaches(chosen.outcome, found),
        compare(chosen.outcome),
        tuple(need for need in needs if need.lacking),
        tuple(sorted((need for need in needs if not need.lacking), key=lambda need: need.final)),
        tuple(item for item in assessments if item.goal == goal.id and item.date <= today),
        context_series(goal.context, store),
    )


def _own_period(goal: Goal, today: dt.date) -> GoalSet:
    last = goal.rule.deadline or dt.date(today.year, 12, 31)
    first = goal.valid_from or goal.decided or dt.date(min(last, today).year, 1, 1)
    return GoalSet(id="", title="", first=min(first, last), last=last)


def _reaches(outcome: Outcome, found: Trend) -> bool | None:
    """Return whether the trend's value on the due day holds the target; None without a forecast."""
    if found.at_due is None or outcome.target is None or outcome.rule is None:
        return None
    rule = next((part.rule for part in outcome.parts if part.series is outcome.series and part.rule), outcome.rule)
    op = getattr(rule, "op", "<=" if rule.direction == "down" else ">=")
    return bool(HOLDS[op](found.at_due, outcome.target))


def context_series(ids: Iterable[str], store: Store) -> tuple[Series, ...]:
    """Return the series of these indicators that hold a value, one for each combination of dims and edition."""
    found: list[Series] = []
    for id_ in ids:
        for dims, edition in sorted({(o.dims, o.vintage) for o in store.of(id_)}):
            series = store.select(id_, dict(dims), vintage=edition if store.indicators[id_].editions else "")
            if isinstance(series, Series) and series.points and series not in found:
                found.append(series)
    return tuple(found)
