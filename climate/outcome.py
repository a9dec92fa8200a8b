"""Outcome: what one rule says under one reading; and the helpers every kind of rule shares."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel.dates import format_date
from babel.numbers import format_decimal

from climate.series import Refused, Series, Store
from data.observations import Observation
from data.rules import Op, Rule
from data.texts import language, text

LOCALES = {"sv": "sv_SE", "en": "en_GB"}
HOLDS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
LOOSE: dict[str, Op] = {">=": ">=", ">": ">=", "<=": "<=", "<": "<="}
"""An op as it is asked on the way: being at the interpolated requirement is enough."""
EQUAL = 1e-9
"""Relative difference under which two values are the same (rounding of decimal numbers)."""


@dataclass(frozen=True)
class Need:
    """A value a rule needs: of which indicator, for which year or day; final: when it is to be had; lacking: it should be there."""

    indicator: str
    dims: tuple[tuple[str, str], ...]
    date: dt.date
    final: dt.date
    lacking: bool
    preliminary: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a rule says.

    verdict: an id of data.goals.VERDICTS, None when `refused`. value: on `date`. required: on that date; target: on `due`.
    gap: value - required. level: ahead, at, behind or unknown. used: the observations it rests on. needed: what the years left of a
    period must average. parts: of a rule with several. uncertain: the range of the value lies on both sides of the requirement.
    """

    verdict: str | None
    because: str
    refused: str = ""
    value: float | None = None
    unit: str = ""
    date: dt.date | None = None
    base: float | None = None
    base_date: dt.date | None = None
    required: float | None = None
    target: float | None = None
    due: dt.date | None = None
    level: str = "unknown"
    needed: float | None = None
    used: tuple[Observation, ...] = ()
    series: Series | None = None
    parts: tuple[Outcome, ...] = ()
    rule: Rule | None = None
    uncertain: bool = False

    @property
    def gap(self) -> float | None:
        """Value less requirement."""
        return None if self.value is None or self.required is None else self.value - self.required


@dataclass(frozen=True)
class Case:
    """One reading of one goal on one day: where its values are found."""

    store: Store
    today: dt.date
    indicator: str
    dims: Mapping[str, str] = field(default_factory=dict)
    base_dims: Mapping[str, str] = field(default_factory=dict)
    vintage: str = ""

    def series(self, rule: Rule, **more: str) -> Series | Refused:
        """Return the rule's series; `more` sets further dims."""
        return self.store.select(self.name(rule), {**self.dims, **rule.dims, **more}, vintage=self.vintage)

    def of(self, indicator: str, dims: Mapping[str, str] | None = None) -> Series | Refused:
        """Return another indicator's series under the reading's dims and `dims`."""
        return self.store.select(indicator, {**self.dims, **(dims or {})}, vintage=self.vintage)

    def base(self, rule: Rule, year: int) -> Observation | Refused:
        """Return the base year's value, never from another edition than the rest."""
        dims = {**self.dims, **rule.dims, **self.base_dims}
        series = self.store.select(self.name(rule), dims, vintage=self.vintage)
        if isinstance(series, Refused):
            return series
        point = series.in_year(year)
        if point is not None:
            return point
        others = [edition for edition in self.store.editions(self.name(rule), dims, year) if edition != series.vintage]
        if others:
            values = {"year": year, "others": ", ".join(others), "edition": series.vintage}
            return Refused("editions", text("status.refused.editions", **values))
        return Refused("no_base", text("status.refused.no_base", year=year, title=series.indicator.title))

    def name(self, rule: Rule) -> str:
        """Return the id of the rule's indicator."""
        return rule.indicator or self.indicator


def holds(value: float, op: Op, bound: float) -> bool:
    """Return whether `value op bound`, equal where they differ by rounding only."""
    if abs(value - bound) <= EQUAL * max(1.0, abs(value), abs(bound)):
        return op in (">=", "<=")
    return HOLDS[op](value, bound)


def straddles(point: Observation, op: Op, bound: float) -> bool:
    """Return whether the range of an observation lies on both sides of a bound; False without a range."""
    if point.low is None or point.high is None:
        return False
    return holds(point.low, op, bound) != holds(point.high, op, bound)


def level_of(value: float, required: float, direction: str) -> str:
    """Return ahead, at or behind."""
    if abs(value - required) <= EQUAL * max(1.0, abs(value), abs(required)):
        return "at"
    return "ahead" if (value > required) == (direction != "down") else "behind"


def refuse(refused: Refused, rule: Rule) -> Outcome:
    """Return the outcome of a rule that cannot be judged: no data is a verdict of its own kind, the rest is not measurable."""
    return Outcome(None, refused.because, refused=refused.id, due=rule.deadline, rule=rule)


def num(value: float | None, unit: str = "") -> str:
    """Return a number as a sentence has it: at most two decimals under 10, one under 1 000, none above; unit after a no-break space."""
    if value is None:
        return "–"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    rounded = round(value, digits) + 0.0
    shown = format_decimal(rounded, "#,##0." + "#" * digits if digits else "#,##0", locale=LOCALES[language()])
    shown = shown.replace("-", "\u2212")
    word = text(f"status.unit.{unit}") if unit in ("st", "plats", "pers", "mnkr", "index") else unit
    return f"{shown}\u00a0{word}" if word else shown


def decimal_year(date: dt.date) -> float:
    """Return the date as years: the end of 2025 is 2026.0, so that years are equally long whether leap or not."""
    days = (dt.date(date.year + 1, 1, 1) - dt.date(date.year, 1, 1)).days
    return date.year + date.timetuple().tm_yday / days


def day(date: dt.date | None) -> str:
    """Return the day in words; of a year's last day only the year."""
    if date is None:
        return "–"
    if (date.month, date.day) == (12, 31):
        return str(date.year)
    return format_date(date, "d MMMM y", locale=LOCALES[language()])


def op_word(op: str) -> str:
    """Return "minst", "över", "högst" or "under"."""
    return text({">=": "status.op.ge", ">": "status.op.gt", "<=": "status.op.le", "<": "status.op.lt"}[op])
