"""Goals: the wording, the rule, and the readings the wording allows. goals.toml is read here; nothing about a goal is code.

    book = load(path)                # or standard(): the shipped set
    book.in_force(today)             # one version of each goal

A reading is one option on each axis. An option may set dims, another indicator, an edition, fields of the rule or another rule, or be
refused with a reason. docs/metod/status.md tells how to write a file.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from data import tomlfile
from data.errors import Fault, InputError
from data.expected import UNKNOWN_NAMES, expected, found
from data.indicators import NO_WORDS, Indicator, Publication, Words, indicators, parse
from data.rules import STRICT, AllOf, AnyRule, Dims, Mean, Narrative, Rule, Share100, changed, leaves
from data.texts import language, text

VERDICTS = ("met", "on_track", "off_track", "missed", "awaiting", "no_data", "not_measurable")
"""Ids of the verdicts, in the order they are shown."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Option:
    """One meaning on an axis.

    given: holds only where these other axes have one of these options (several entries may share an id). rule: fields of the rule
    that change. replace: another rule. refuse: why it cannot be computed. proxy: says something near the goal, not the goal.
    """

    id: str
    sv: str = ""
    en: str = ""
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indicator: str = ""
    dims: Dims = field(default_factory=dict)
    base_dims: Dims = field(default_factory=dict)
    vintage: str = ""
    rule: dict[str, Any] = field(default_factory=dict)
    replace: AnyRule | None = None
    refuse: Words | None = None
    proxy: bool = False

    @property
    def words(self) -> str:
        """Return what the option means, in the language in force."""
        return (self.en if language() == "en" else self.sv) or self.sv or self.id


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Axis:
    """One question the wording leaves open. when: it is asked only where other axes have one of these options.

    dim: values of this dim that observations hold and no option names become options of their own.
    """

    id: str
    sv: str
    en: str = ""
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    chosen: str
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dim: str = ""

    @property
    def words(self) -> str:
        """Return the question's name, in the language in force."""
        return (self.en if language() == "en" else self.sv) or self.sv

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the options, each once."""
        return tuple(dict.fromkeys(option.id for option in self.options))


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Choice:
    """Who chose the reading, when, by what decision, and why. Without decision the reading is a proposal, and shown as one."""

    who: str = ""
    date: dt.date | None = None
    decision: str = ""
    sv: str = ""
    en: str = ""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Goal:
    """One version of one goal.

    valid_from, valid_to: when this version is in force. withdrawn: the day it was taken out ("utgår"); amended: what changed against
    the version before. responsible: body that answers for the goal. notes: what is assumed where the wording is silent.
    """

    id: str
    perspective: str
    text: str
    rule: AnyRule
    indicator: str = ""
    dims: Dims = field(default_factory=dict)
    axes: tuple[Axis, ...] = ()
    choice: Choice = field(default_factory=Choice)
    set: str = ""
    version: int = 1
    decided: dt.date | None = None
    decision: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    withdrawn: dt.date | None = None
    amended: Words = NO_WORDS
    responsible: str = ""
    supplier: Words = NO_WORDS
    preliminary: Words = NO_WORDS
    publication: Publication | None = None
    trend_counts: bool = False
    notes: tuple[Words, ...] = ()
    context: tuple[str, ...] = ()

    def chosen(self) -> dict[str, str]:
        """Return axis -> chosen option, without axes that are not asked."""
        picked: dict[str, str] = {}
        for axis in self.axes:
            if all(picked.get(other) in allowed for other, allowed in axis.when.items()):
                picked[axis.id] = axis.chosen
        return picked


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Perspective:
    """A group of goals."""

    id: str
    sv: str
    en: str = ""

    @property
    def words(self) -> str:
        """Return its name, in the language in force."""
        return (self.en if language() == "en" else self.sv) or self.sv


@dataclass(frozen=True, config=STRICT, kw_only=True)
class GoalSet:
    """The goals of one period, and the decision behind them."""

    id: str
    title: str
    first: dt.date
    last: dt.date
    term_ends: dt.date | None = None
    decided: dt.date | None = None
    decision: str = ""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class GoalBook:
    """A goals file: sets, perspectives, goals in all versions, indicators of its own, and the municipality's words for the verdicts.

    context: indicators shown beside all goals (population).
    """

    sets: Annotated[tuple[GoalSet, ...], Field(min_length=1)]
    perspectives: tuple[Perspective, ...]
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    indicators: dict[str, Indicator] = field(default_factory=dict)
    scale: dict[str, str] = field(default_factory=dict)
    municipality: str = ""
    context: tuple[str, ...] = ()

    def in_force(self, today: dt.date) -> tuple[Goal, ...]:
        """Return the newest version of each goal that is in force, in the file's order; the last version where all have ended."""
        picked: dict[str, Goal] = {}
        for goal in sorted(self.goals, key=lambda goal: goal.version):
            if goal.valid_from is None or goal.valid_from <= today or goal.id not in picked:
                picked[goal.id] = goal
        return tuple(picked[id_] for id_ in dict.fromkeys(goal.id for goal in self.goals))

    def versions(self, id_: str) -> tuple[Goal, ...]:
        """Return every version of a goal, oldest first."""
        return tuple(sorted((goal for goal in self.goals if goal.id == id_), key=lambda goal: goal.version))

    def set_of(self, goal: Goal) -> GoalSet:
        """Return the set a goal belongs to: the one it names, else the first."""
        return next((item for item in self.sets if item.id == goal.set), self.sets[0])


@cache
def standard() -> GoalBook:
    """Return the shipped goals: Kil's 19 for 2024-2026."""
    return parse_book((files("data") / "reference" / "goals.toml").read_text(encoding="utf-8"), "goals.toml")


def load(path: Path) -> GoalBook:
    """Return the goals in `path`; raise InputError with every fault, each naming its goal."""
    return from_tree(tomlfile.read(path, fix=text("goals.toml_fix")), path.name)


def parse_book(content: str, file: str) -> GoalBook:
    """Return the goals of a TOML text; raise InputError with every fault."""
    return from_tree(tomlfile.parse(content.encode(), file, fix=text("goals.toml_fix")), file)


def from_tree(tree: Mapping[str, Any], file: str) -> GoalBook:
    """Return the goals of a tree as TOML or YAML gives it; raise InputError with every fault."""
    try:
        own = parse(tree.get("indicators", {}), indicators())
        book = TypeAdapter(GoalBook).validate_python({**tree, "indicators": own})
    except ValidationError as error:
        raise InputError(list(_faults(error, tree, file))) from None
    except KeyError as error:
        raise InputError(Fault(file, text("goals.unknown_like", id=error.args[0]), text("goals.unknown_like_fix"))) from None
    if faults := list(_contradictions(book, file)):
        raise InputError(faults)
    return book


def to_tree(book: GoalBook) -> dict[str, Any]:
    """Return plain values that `from_tree` reads back to the same goals; indicators only where the file has its own."""
    tree = _plain(TypeAdapter(GoalBook).dump_python(book, exclude_defaults=True))
    shipped = indicators()
    own = {key: value for key, value in tree.get("indicators", {}).items() if shipped.get(key) != book.indicators[key]}
    tree["indicators"] = {key: {name: v for name, v in value.items() if name != "id"} for key, value in own.items()}
    for goal, dumped in zip(book.goals, tree["goals"], strict=True):
        _keep_kind(goal.rule, dumped["rule"])
        for axis, dumped_axis in zip(goal.axes, dumped.get("axes", ()), strict=True):
            for option, dumped_option in zip(axis.options, dumped_axis["options"], strict=True):
                if option.replace is not None:
                    _keep_kind(option.replace, dumped_option["replace"])
    return tree


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _keep_kind(rule: Rule, dumped: dict[str, Any]) -> None:
    dumped["kind"] = rule.kind  # type: ignore[attr-defined]
    if isinstance(rule, AllOf):
        for part, dumped_part in zip(rule.rules, dumped["rules"], strict=True):
            _keep_kind(part, dumped_part)


def _faults(error: ValidationError, tree: Mapping[str, Any], file: str) -> Iterator[Fault]:
    for fault in error.errors(include_url=False):
        where = [str(part) for part in fault["loc"]]
        place = where[0] if where else "?"
        if len(where) > 1 and where[0] in ("goals", "indicators"):
            named = tree[where[0]][int(where[1])].get("id", where[1]) if where[0] == "goals" and where[1].isdigit() else where[1]
            place = text("goals.place", id=named, field=".".join(where[2:]) or "?")
        kind = fault["type"]
        if kind in ("missing", "union_tag_not_found"):
            got = text("goals.missing")
        elif kind in UNKNOWN_NAMES:
            got = text("goals.unknown_name")
        else:
            got = text("goals.bad", value=str(found(fault))[:60])
        yield Fault(file, got, text("goals.bad_fix"), column=place, expected=expected(fault))


def _contradictions(book: GoalBook, file: str) -> Iterator[Fault]:
    counts = Counter((goal.id, goal.version) for goal in book.goals)
    known = {item.id for item in book.perspectives}
    for (id_, version), n in counts.items():
        if n > 1:
            yield Fault(file, text("goals.twice", id=id_, version=version), text("goals.twice_fix"), column=id_)
    for word in book.scale:
        if word not in VERDICTS:
            yield Fault(
                file, text("goals.scale", word=word), text("goals.scale_fix"), column="scale", expected=", ".join(VERDICTS)
            )
    for goal in book.goals:
        if goal.perspective not in known:
            yield _fault(file, goal, "perspective", goal.perspective, sorted(known))
        yield from _year_faults(goal, file)
        yield from _series_faults(book, goal, file)
        yield from _axis_faults(goal, file)


def _year_faults(goal: Goal, file: str) -> Iterator[Fault]:
    """Yield what no year can make true: no year at all, a base or first year that is not before it, a year counted twice."""
    place = text("goals.place", id=goal.id, field="rule")
    for part in leaves(goal.rule):
        due, years = part.deadline, getattr(part, "years", ())
        base, first = getattr(part, "base_year", None), getattr(part, "from_year", None)
        told = [
            "no_year" if due is None and not isinstance(part, Narrative) else None,
            "base_late" if due and base is not None and base >= due.year else None,
            "first_late" if due and first is not None and first > due.year else None,
            "year_twice" if len(set(years)) < len(years) else None,
        ]
        for kind in filter(None, told):
            yield Fault(
                file, text(f"goals.{kind}", base=base, first=first, year=due and due.year), text("goals.bad_fix"), column=place
            )


def _series_faults(book: GoalBook, goal: Goal, file: str) -> Iterator[Fault]:
    rules = [goal.rule, *(option.replace for axis in goal.axes for option in axis.options if option.replace)]
    named = {part.indicator or goal.indicator for rule in rules for part in leaves(rule) if _one_series(part)}
    for part in (part for rule in rules for part in leaves(rule)):
        named |= {
            getattr(part, name) for name in ("numerator", "denominator", "violations", "unknown") if getattr(part, name, "")
        }
        named |= {item.indicator for item in getattr(part, "evidence", ())}
    named |= {option.indicator for axis in goal.axes for option in axis.options if option.indicator} | set(goal.context)
    for id_ in sorted(named):
        if id_ not in book.indicators:
            yield _fault(
                file, goal, "indicator", id_ or text("goals.none"), ["indikatorer.toml", "[indicators." + (id_ or "id") + "]"]
            )


def _one_series(rule: Rule) -> bool:
    by_sums = isinstance(rule, Mean) and rule.over == "sums"
    by_count = isinstance(rule, Share100) and bool(rule.violations)
    return not (isinstance(rule, Narrative) or by_sums or by_count)


def _axis_faults(goal: Goal, file: str) -> Iterator[Fault]:
    ids = [axis.id for axis in goal.axes]
    for axis in goal.axes:
        if axis.chosen not in axis.ids and not axis.dim:
            yield _fault(file, goal, f"axes.{axis.id}.chosen", axis.chosen, axis.ids)
        for other in axis.when:
            if other not in ids[: ids.index(axis.id)]:
                yield _fault(file, goal, f"axes.{axis.id}.when", other, ids[: ids.index(axis.id)])
        for option in axis.options:
            try:
                changed(option.replace or goal.rule, option.rule)
            except (KeyError, ValidationError) as error:
                yield _fault(file, goal, f"axes.{axis.id}.{option.id}.rule", str(error)[:80], [type(goal.rule).__name__])


def _fault(file: str, goal: Goal, where: str, *said: Any) -> Fault:
    got, wanted = said
    place = text("goals.place", id=goal.id, field=where)
    return Fault(file, text("goals.bad", value=got), text("goals.bad_fix"), column=place, expected=", ".join(wanted))
