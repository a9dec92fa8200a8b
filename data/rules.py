"""The kinds of rule a goal can be: frozen, plain values. How they are judged stands in climate/judging.py; docs/metod/status.md tells.

A rule names a year (its outcome is that year's value) and perhaps a due date other than the year's end. `indicator` and `dims` of a
rule replace the goal's, where one goal follows several series.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import field, fields, replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")
Op = Literal[">=", ">", "<=", "<"]
Dims = dict[str, str]


def year_end(year: int) -> dt.date:
    """Return 31 December of the year."""
    return dt.date(year, 12, 31)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rule:
    """What every kind has. year: whose value is the outcome. due: the last day, if not that year's end."""

    year: int | None = None
    due: dt.date | None = None
    indicator: str = ""
    dims: Dims = field(default_factory=dict)

    @property
    def deadline(self) -> dt.date | None:
        """The last day: `due`, else the end of `year`, else None (no time is set)."""
        return self.due or (year_end(self.year) if self.year else None)

    @property
    def direction(self) -> Literal["up", "down", "none"]:
        """Which way is good."""
        op = getattr(self, "op", "")
        return "up" if op in (">=", ">") else "down" if op in ("<=", "<") else "none"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Threshold(Rule):
    """The value is `op` the target in `year`.

    base_year: the requirement before the year is interpolated from that year's value. from_year: the rule holds every year from it
    (a ceiling): at each year's end, or each day somebody looked; the first breach is final unless `forgives`.
    """

    kind: Literal["threshold"] = "threshold"
    op: Op
    target: float
    base_year: int | None = None
    from_year: int | None = None
    each: Literal["year", "day"] = "year"
    forgives: bool = False


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Change(Rule):
    """The value in `year` is `op` the base year's value changed by `by`: per cent of it (relative) or units (points)."""

    kind: Literal["change"] = "change"
    op: Op
    base_year: int
    by: float = 0.0
    how: Literal["relative", "points"] = "relative"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Mean(Rule):
    """The mean over `years` is `op` the target. over sums: 100 * sum of numerator / sum of denominator."""

    kind: Literal["mean"] = "mean"
    op: Op
    target: float
    years: Annotated[tuple[int, ...], Field(min_length=1)]
    over: Literal["values", "sums"] = "values"
    numerator: str = ""
    denominator: str = ""

    @property
    def deadline(self) -> dt.date:
        """The end of the last year."""
        return self.due or year_end(max(self.years))


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Path(Rule):
    """The value falls (or rises) from the base year's to `factor` times it in `year`, along a line or by a constant rate."""

    kind: Literal["path"] = "path"
    year: int
    base_year: int
    factor: Annotated[float, Field(ge=0)]
    shape: Literal["linear", "exponential"] = "linear"

    @property
    def direction(self) -> Literal["up", "down"]:
        """Down for a factor under 1."""
        return "down" if self.factor < 1 else "up"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rank(Rule):
    """`who` holds `place` or better among `among` (dim `municipality`). from_year: every year from it. names: code -> name."""

    kind: Literal["rank"] = "rank"
    year: int
    who: str
    among: Annotated[tuple[str, ...], Field(min_length=2)]
    place: Annotated[int, Field(ge=1)] = 1
    better: Literal["low", "high"] = "low"
    names: dict[str, str] = field(default_factory=dict)
    from_year: int | None = None
    forgives: bool = False

    @property
    def direction(self) -> Literal["up", "down"]:
        """Which way the series itself is good."""
        return "down" if self.better == "low" else "up"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Event(Rule):
    """Something happens by the due date: an observation of at least `count`, dated from `since` on. Met at once."""

    kind: Literal["event"] = "event"
    count: Annotated[float, Field(gt=0)] = 1.0
    since: dt.date | None = None

    @property
    def direction(self) -> Literal["up"]:
        """More is better."""
        return "up"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Share100(Rule):
    """Every case follows the rule: the share is 100 per cent. Missed at the first breach.

    violations, unknown: indicators that count the breaches, and the cases nobody can judge (they keep the goal from being met).
    """

    kind: Literal["share100"] = "share100"
    violations: str = ""
    unknown: str = ""
    forgives: bool = False

    @property
    def direction(self) -> Literal["up"]:
        """More is better."""
        return "up"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Evidence:
    """A series that tells of a goal nobody can measure."""

    indicator: str
    dims: Dims = field(default_factory=dict)
    sv: str = ""
    en: str = ""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Narrative(Rule):
    """The goal cannot be measured; its evidence is listed."""

    kind: Literal["narrative"] = "narrative"
    evidence: tuple[Evidence, ...] = ()


Leaf = Threshold | Change | Mean | Path | Rank | Event | Share100 | Narrative


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AllOf(Rule):
    """Every part holds."""

    kind: Literal["all_of"] = "all_of"
    rules: Annotated[tuple[Annotated[Leaf, Field(discriminator="kind")], ...], Field(min_length=1)]

    @property
    def deadline(self) -> dt.date | None:
        """The last part's."""
        return max((rule.deadline for rule in self.rules if rule.deadline), default=None)

    @property
    def direction(self) -> Literal["up", "down", "none"]:
        """The first part's."""
        return self.rules[0].direction


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AnyOf(AllOf):
    """One part holds."""

    kind: Literal["any_of"] = "any_of"


AnyRule = Annotated[Leaf | AllOf | AnyOf, Field(discriminator="kind")]
KINDS: tuple[type[Rule], ...] = (Threshold, Change, Mean, Path, Rank, Event, Share100, AllOf, AnyOf, Narrative)


def leaves(rule: Rule) -> tuple[Rule, ...]:
    """Return the rule's parts, or the rule itself."""
    return rule.rules if isinstance(rule, AllOf) else (rule,)


def changed(rule: Rule, values: dict[str, Any]) -> Rule:
    """Return the rule with the fields of `values` set in every part that has them; KeyError if no part has one."""
    for name in values:
        if not any(name in _names(part) for part in leaves(rule)):
            raise KeyError(name)
    return _mapped(rule, lambda leaf: replace(leaf, **{name: v for name, v in values.items() if name in _names(leaf)}))


def _mapped(rule: Rule, change: Callable[[Rule], Rule]) -> Rule:
    if isinstance(rule, AllOf):
        return replace(rule, rules=tuple(change(part) for part in rule.rules))
    return change(rule)


def _names(rule: Rule) -> set[str]:
    return {item.name for item in fields(rule)} - {"kind"}
