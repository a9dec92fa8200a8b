"""Every meaning a goal's wording allows, as one option on each axis; what the verdict depends on; equal readings merged. P16-P18."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from climate.forecast import Trend, trend_of
from climate.judging import judge_rule
from climate.outcome import Case, Outcome, refuse
from climate.series import Refused, Store
from data.goals import Axis, Goal, Option
from data.rules import Rule, changed, leaves
from data.texts import text


@dataclass(frozen=True)
class Reading:
    """One meaning: the option on each axis that is asked, and what follows from it."""

    picked: tuple[tuple[str, str], ...]
    words: str
    rule: Rule
    indicator: str
    dims: tuple[tuple[str, str], ...] = ()
    base_dims: tuple[tuple[str, str], ...] = ()
    vintage: str = ""
    refuse: str = ""
    proxy: bool = False

    @property
    def id(self) -> str:
        """axis=option joined by ;."""
        return ";".join(f"{axis}={option}" for axis, option in self.picked)

    @property
    def options(self) -> dict[str, str]:
        """Axis -> option."""
        return dict(self.picked)


@dataclass(frozen=True)
class Judged:
    """A reading and its outcome."""

    reading: Reading
    outcome: Outcome


@dataclass(frozen=True)
class Dependence:
    """An axis that turns the verdict: its name and the options that do."""

    axis: str
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """Readings with the same outcome: axis -> the options they cover (all of them where the axis does not matter)."""

    covers: tuple[tuple[str, tuple[str, ...]], ...]
    n: int
    judged: Judged


def readings_of(goal: Goal, store: Store) -> tuple[Reading, ...]:
    """Return every reading: the product of the axes, each asked only where its `when` holds. A goal without axes has one."""
    axes = [_with_found(axis, goal, store) for axis in goal.axes]
    return tuple(_reading(goal, axes, picked) for picked in _products(axes, {}))


def judge_readings(goal: Goal, store: Store) -> tuple[Judged, ...]:
    """Return every reading judged or refused with a reason."""
    return tuple(Judged(reading, _judged(goal, reading, store)) for reading in readings_of(goal, store))


def _with_found(axis: Axis, goal: Goal, store: Store) -> tuple[Axis, tuple[Option, ...]]:
    if not axis.dim:
        return axis, axis.options
    found = store.values_of(goal.indicator, axis.dim)
    more = tuple(Option(id=value, dims={axis.dim: value}) for value in found if value not in axis.ids)
    return axis, (*axis.options, *more)


def _products(axes: Sequence[tuple[Axis, tuple[Option, ...]]], picked: dict[str, str]) -> Iterator[dict[str, str]]:
    if not axes:
        yield picked
        return
    (axis, options), rest = axes[0], axes[1:]
    if not _allowed(axis.when, picked):
        yield from _products(rest, picked)
        return
    for id_ in dict.fromkeys(option.id for option in options):
        yield from _products(rest, {**picked, axis.id: id_})


def _allowed(when: Mapping[str, tuple[str, ...]], picked: Mapping[str, str]) -> bool:
    return all(picked.get(other) in allowed for other, allowed in when.items())


def _reading(goal: Goal, axes: Sequence[tuple[Axis, tuple[Option, ...]]], picked: dict[str, str]) -> Reading:
    options = [
        next(o for o in options if o.id == picked[axis.id] and _allowed(o.given, picked))
        for axis, options in axes
        if axis.id in picked
    ]
    rule = next((option.replace for option in reversed(options) if option.replace is not None), goal.rule)
    for option in options:
        known = {name for part in leaves(rule) for name in (item.name for item in fields(part))}
        rule = changed(rule, {name: value for name, value in option.rule.items() if name in known})
    return Reading(
        tuple(picked.items()),
        ", ".join(option.words for option in options),
        rule,
        next((option.indicator for option in reversed(options) if option.indicator), goal.indicator),
        tuple(sorted({**goal.dims, **_merged(option.dims for option in options)}.items())),
        tuple(sorted(_merged(option.base_dims for option in options).items())),
        next((option.vintage for option in options if option.vintage), ""),
        next((str(option.refuse) for option in options if option.refuse is not None), ""),
        any(option.proxy for option in options),
    )


def _merged(tables: Iterable[dict[str, str]]) -> dict[str, str]:
    return {key: value for table in tables for key, value in table.items()}


def _judged(goal: Goal, reading: Reading, store: Store) -> Outcome:
    if reading.refuse:
        return refuse(Refused("not_offered", reading.refuse), reading.rule)
    outcome = judge_rule(reading.rule, case_of(reading, store))
    if goal.trend_counts and outcome.verdict == "on_track" and trend(outcome).direction == "worsening":
        return replace(outcome, verdict="off_track", because=f"{outcome.because} {text('status.because.trend_counts')}")
    return outcome


def case_of(reading: Reading, store: Store) -> Case:
    """Return where the reading's values are found."""
    return Case(store, store.today, reading.indicator, dict(reading.dims), dict(reading.base_dims), reading.vintage)


def trend(outcome: Outcome) -> Trend:
    """Return the trend of the outcome's series, seen in its rule's direction."""
    if outcome.series is None or outcome.rule is None:
        return Trend()
    rule = next((part.rule for part in outcome.parts if part.series is outcome.series and part.rule), outcome.rule)
    return trend_of(outcome.series.yearly(), rule.direction, outcome.due)


def dependences(goal: Goal, judged: Sequence[Judged]) -> tuple[Dependence, ...]:
    """Return the axes that alone turn the verdict: two judged readings differ on that axis only, and in verdict.

    Where verdicts differ and no axis does it alone (two options that only occur together, as a gas and its edition), the axes whose
    options each have one verdict are named.
    """
    said = [item for item in judged if item.outcome.verdict is not None]
    if len({item.outcome.verdict for item in said}) < 2:
        return ()
    return _named(goal, said, alone=True) or _named(goal, said, alone=False)


def _named(goal: Goal, said: Sequence[Judged], *, alone: bool) -> tuple[Dependence, ...]:
    found = []
    for axis in goal.axes:
        conditional = {other.id for other in goal.axes if axis.id in other.when}
        turning = _turning(axis.id, said, conditional) if alone else _deciding(axis.id, said)
        if turning:
            words = {option.id: option.words for option in axis.options}
            ordered = [id_ for id_ in (*axis.ids, *sorted(turning - set(axis.ids))) if id_ in turning]
            found.append(Dependence(axis.id, axis.words, tuple(words.get(id_, id_) for id_ in ordered)))
    return tuple(found)


def _turning(axis: str, judged: Sequence[Judged], conditional: set[str]) -> set[str]:
    """Return the options of an axis between which the verdict turns. Axes asked only under one option are left out of the match."""
    groups: dict[tuple, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in judged:
        options = item.reading.options
        if axis in options:
            rest = tuple((key, value) for key, value in options.items() if key != axis and key not in conditional)
            groups[rest][options[axis]].add(str(item.outcome.verdict))
    turning: set[str] = set()
    for by_option in groups.values():
        if len({verdict for verdicts in by_option.values() for verdict in verdicts}) > 1:
            turning |= {option for option, verdicts in by_option.items() if any(verdicts != v for v in by_option.values())}
    return turning


def _deciding(axis: str, judged: Sequence[Judged]) -> set[str]:
    """Return the options of an axis if each has one verdict only, and not all the same."""
    by_option: dict[str, set[str]] = defaultdict(set)
    for item in judged:
        if axis in item.reading.options:
            by_option[item.reading.options[axis]].add(str(item.outcome.verdict))
    decided = all(len(verdicts) == 1 for verdicts in by_option.values())
    return set(by_option) if decided and len(set.union(set(), *by_option.values())) > 1 else set()


def merge(judged: Sequence[Judged]) -> tuple[Merged, ...]:
    """Return the readings with equal outcomes as one row each, in the order they first stand; each row is a full product of options."""
    rows: dict[tuple, list[tuple[dict[str, frozenset[str]], int, Judged]]] = defaultdict(list)
    for item in judged:
        rows[_same(item.outcome)].append(({k: frozenset([v]) for k, v in item.reading.picked}, 1, item))
    merged = [row for group in rows.values() for row in _joined(group)]
    order = {id(item): number for number, item in enumerate(judged)}
    merged.sort(key=lambda row: order[id(row[2])])
    return tuple(Merged(tuple((axis, tuple(sorted(ids))) for axis, ids in covers.items()), n, item) for covers, n, item in merged)


def _same(outcome: Outcome) -> tuple:
    rounded = tuple(None if x is None else round(x, 9) for x in (outcome.value, outcome.required, outcome.target))
    reason = outcome.because if outcome.verdict is None else ""
    return (outcome.verdict, outcome.refused, reason, rounded, outcome.date, outcome.due if outcome.verdict else None)


def _joined(rows: list) -> list:
    changed_ = True
    while changed_:
        changed_ = False
        for axis in dict.fromkeys(axis for covers, _, _ in rows for axis in covers):
            groups: dict[tuple, list] = defaultdict(list)
            for row in rows:
                rest = frozenset((key, ids) for key, ids in row[0].items() if key != axis)
                groups[axis in row[0], rest].append(row)
            if len(groups) < len(rows):
                changed_ = True
                rows = [_union(axis, group) for group in groups.values()]
    return rows


def _union(axis: str, group: list) -> tuple:
    covers, _, first = group[0]
    if axis not in covers:
        return covers, sum(n for _, n, _ in group), first
    ids = frozenset().union(*(row[0][axis] for row in group))
    return {**covers, axis: ids}, sum(n for _, n, _ in group), first
