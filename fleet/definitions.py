"""Definitions of "fossil-free" as data: parsed from a tree, judged in three values over a whole register at once.

A verdict is an int8: YES 2, UNKNOWN 1, NO 0 (Kleene: all = min, any = max, not = 2 - x), NOT_COVERED -1 for a class of vehicle
the definition does not speak of. The grammar stands in data/reference/definitions.toml. Method: docs/metod/fordon.md, 2.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from data.errors import Fault, FaultCollector
from data.layers_fleet import CLASSES, FUELS
from data.texts import language, text

YES, UNKNOWN, NO, NOT_COVERED = np.int8(2), np.int8(1), np.int8(0), np.int8(-1)
NUMBERS = ("co2_g_km", "rde_percent", "fuelled_share")
FLAGS = ("plug_in", "hvo100")
_BITS = {fuel: np.uint16(1 << number) for number, fuel in enumerate(FUELS)}
_OTHER = _BITS["other"]
"""A fuel the list names but nobody knows: it may be any."""


@dataclass(frozen=True)
class Definition:
    """One meaning of "fossil-free". `rule` is a checked tree; `valid_from`/`valid_to` are when it is in force (both days in)."""

    id: str
    series: str
    version: str
    names: tuple[tuple[str, str], ...]
    source: str
    classes: tuple[str, ...]
    rule: Mapping[str, Any] = field(hash=False)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    assumption: str = ""

    @property
    def name(self) -> str:
        """Its name in the language in force."""
        return dict(self.names)[language()]

    @property
    def needs_cards(self) -> bool:
        """Whether it asks what was bought as fuel, so that nothing can be said without fuel-card rows."""
        return "fuelled_share" in repr(self.rule)

    def in_force(self, day: dt.date) -> bool:
        """Return whether it is in force on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Facts:
    """What rules look at, one value a vehicle: fuel bits (0 = not known), flags as YES/UNKNOWN/NO, numbers with NaN."""

    fuels: np.ndarray
    flags: Mapping[str, np.ndarray]
    numbers: Mapping[str, np.ndarray]
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.fuels)

    def with_fuelled(self, share: np.ndarray) -> Facts:
        """Return the facts with the share of fossil-free energy bought [0..1, NaN = no rows]."""
        return replace(self, numbers={**self.numbers, "fuelled_share": np.asarray(share, float)})


def facts(vehicles: pd.DataFrame) -> Facts:
    """Return the facts of a register (columns of VEHICLES: fuel_1..3, plug_in, hvo100, co2_g_km, rde_percent, vehicle_class)."""
    bits = np.zeros(len(vehicles), np.uint16)
    for column in ("fuel_1", "fuel_2", "fuel_3"):
        codes, fuels = pd.factorize(vehicles[column])
        table = np.array([*(_BITS[fuel] for fuel in fuels), 0], np.uint16)
        bits |= table[codes]
    numbers = {name: _floats(vehicles[name]) for name in NUMBERS if name in vehicles.columns}
    missing = {name: np.full(len(vehicles), np.nan) for name in NUMBERS if name not in vehicles.columns}
    flags = {name: _flag(vehicles[name]) for name in FLAGS}
    without = (bits != 0) & ((bits & (_BITS["electric"] | _OTHER)) == 0)  # no electricity among its fuels: nothing to charge
    flags["plug_in"] = np.where((flags["plug_in"] == UNKNOWN) & without, NO, flags["plug_in"]).astype(np.int8)
    codes, classes = pd.factorize(vehicles["vehicle_class"])
    return Facts(bits, flags, numbers | missing, np.array([CLASSES.index(name) for name in classes], np.int8)[codes])


def _floats(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column).to_numpy(float, na_value=np.nan)


def _flag(column: pd.Series) -> np.ndarray:
    values = column.astype("boolean")
    return np.where(values.isna(), UNKNOWN, np.where(values.fillna(False).to_numpy(bool), YES, NO)).astype(np.int8)


def judge(definition: Definition, known: Facts) -> np.ndarray:
    """Return YES, UNKNOWN, NO or NOT_COVERED for every vehicle (int8, the length of `known`)."""
    covered = np.isin(known.classes, [CLASSES.index(name) for name in definition.classes])
    return np.where(covered, _value(definition.rule, known), NOT_COVERED).astype(np.int8)


def _value(rule: Mapping[str, Any], known: Facts) -> np.ndarray:
    ((kind, argument),) = rule.items()
    return _RULES[kind](argument, known)


def _fuels_only(fuels: Sequence[str], known: Facts) -> np.ndarray:
    wanted = _mask(fuels)
    outside = known.fuels & ~(wanted | _OTHER)
    doubtful = (known.fuels == 0) | ((known.fuels & _OTHER & ~wanted) != 0)
    return np.where(outside != 0, NO, np.where(doubtful, UNKNOWN, YES))


def _fuels_any(fuels: Sequence[str], known: Facts) -> np.ndarray:
    doubtful = (known.fuels == 0) | ((known.fuels & _OTHER) != 0)
    return np.where((known.fuels & _mask(fuels)) != 0, YES, np.where(doubtful, UNKNOWN, NO))


def _mask(fuels: Sequence[str]) -> np.uint16:
    return np.bitwise_or.reduce(np.array([_BITS[fuel] for fuel in fuels], np.uint16))


def _is(name: str, known: Facts) -> np.ndarray:
    return known.flags[name]


def _bound(compare: Callable[[np.ndarray, float], np.ndarray]) -> Callable[[Mapping[str, float], Facts], np.ndarray]:
    def value(limits: Mapping[str, float], known: Facts) -> np.ndarray:
        ((name, limit),) = limits.items()
        number = known.numbers[name]
        return np.where(np.isnan(number), UNKNOWN, np.where(compare(number, limit), YES, NO))

    return value


def _class_in(names: Sequence[str], known: Facts) -> np.ndarray:
    inside = np.isin(known.classes, [CLASSES.index(name) for name in names])
    return np.where(known.classes == CLASSES.index("unknown"), UNKNOWN, np.where(inside, YES, NO))


def _all(rules: Sequence[Mapping], known: Facts) -> np.ndarray:
    return np.minimum.reduce([_value(rule, known) for rule in rules])


def _any(rules: Sequence[Mapping], known: Facts) -> np.ndarray:
    return np.maximum.reduce([_value(rule, known) for rule in rules])


def _not(rule: Mapping, known: Facts) -> np.ndarray:
    return YES - _value(rule, known)


_RULES: dict[str, Callable[[Any, Facts], np.ndarray]] = {
    "fuels_only": _fuels_only,
    "fuels_any": _fuels_any,
    "is": _is,
    "at_most": _bound(np.less_equal),
    "at_least": _bound(np.greater_equal),
    "class_in": _class_in,
    "all": _all,
    "any": _any,
    "not": _not,
}


def parse(tree: Mapping[str, Any], file: str) -> tuple[Definition, ...]:
    """Return the definitions of a parsed file; raise InputError with every fault. A later id replaces an earlier one."""
    made: dict[str, Definition] = {}
    with FaultCollector() as faults:
        for number, entry in enumerate(tree.get("definition", ()), start=1):
            found = [Fault(file, got, fix, column=place) for place, got, fix in _faults(entry, number)]
            for fault in found:
                faults.add(fault)
            if not found:
                made[entry["id"]] = _definition(entry)
    return tuple(made.values())


def _definition(entry: Mapping[str, Any]) -> Definition:
    return Definition(
        id=entry["id"],
        series=entry.get("series", entry["id"]),
        version=str(entry.get("version", "")),
        names=(("sv", entry["sv"]), ("en", entry.get("en", entry["sv"]))),
        source=entry["source"],
        classes=tuple(entry["classes"]),
        rule=entry["rule"],
        valid_from=entry.get("from"),
        valid_to=entry.get("to"),
        assumption=entry.get("assumption", ""),
    )


def _faults(entry: Mapping[str, Any], number: int) -> Iterator[tuple[str, str, str]]:
    place = f"definition {entry.get('id', number)}"
    for name in ("id", "sv", "source", "classes", "rule"):
        if not entry.get(name):
            yield place, text("fleet.definition.missing", name=name), text("fleet.definition.missing_fix")
    for name in entry.get("classes") or ():
        yield from _unknown(place, name, CLASSES)
    for name in ("from", "to"):
        if name in entry and not isinstance(entry[name], dt.date):
            yield place, text("fleet.definition.date", name=name), text("fleet.definition.date_fix")
    if entry.get("rule"):
        yield from _rule_faults(entry["rule"], place)


def _rule_faults(rule: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(rule, Mapping) or len(rule) != 1:
        yield place, text("fleet.definition.rule"), text("fleet.definition.rule_fix", names=", ".join(_RULES))
        return
    ((kind, argument),) = rule.items()
    unknown = list(_unknown(place, kind, _RULES))
    if unknown:
        yield from unknown
    elif kind in ("all", "any"):
        yield from _each_rule(argument, place)
    elif kind == "not":
        yield from _rule_faults(argument, place)
    elif kind in ("at_most", "at_least"):
        yield from _limit_faults(argument, place)
    else:
        allowed = {"fuels_only": FUELS, "fuels_any": FUELS, "is": FLAGS, "class_in": CLASSES}[kind]
        names = [argument] if kind == "is" else argument
        if not names or isinstance(names, str):
            yield place, text("fleet.definition.list", name=kind), text("fleet.definition.list_fix", names=", ".join(allowed))
            return
        for name in names:
            yield from _unknown(place, name, allowed)


def _each_rule(rules: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(rules, list) or not rules:
        yield place, text("fleet.definition.rule"), text("fleet.definition.rule_fix", names=", ".join(_RULES))
        return
    for inner in rules:
        yield from _rule_faults(inner, place)


def _limit_faults(limits: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(limits, Mapping) or len(limits) != 1:
        yield place, text("fleet.definition.limit"), text("fleet.definition.limit_fix", names=", ".join(NUMBERS))
        return
    ((name, limit),) = limits.items()
    yield from _unknown(place, name, NUMBERS)
    if not isinstance(limit, (int, float)) or isinstance(limit, bool):
        yield place, text("fleet.definition.limit"), text("fleet.definition.limit_fix", names=", ".join(NUMBERS))


def _unknown(place: str, name: object, allowed: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    allowed = list(allowed)
    if name not in allowed:
        yield place, *unknown_name(name, allowed)


def unknown_name(name: object, allowed: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with a name that is none of `allowed`, and what to choose among, the closest last."""
    guess = difflib.get_close_matches(str(name), allowed, n=1)
    hint = text("fleet.hint", guess=guess[0]) if guess else ""
    fix = text("fleet.definition.unknown_fix", names=", ".join(allowed), hint=hint)
    return text("fleet.definition.unknown", name=name), fix


@dataclass(frozen=True)
class Break:
    """A day on which one definition of a series gives way to the next."""

    series: str
    day: dt.date
    before: str
    after: str


def breaks(definitions: Iterable[Definition]) -> tuple[Break, ...]:
    """Return every change of definition inside a series, in order of day."""
    by_series: dict[str, list[Definition]] = {}
    for definition in definitions:
        by_series.setdefault(definition.series, []).append(definition)
    found = []
    for series, members in by_series.items():
        dated = sorted((m for m in members if m.valid_from), key=lambda m: m.valid_from or dt.date.min)
        first = [m for m in members if not m.valid_from][:1]
        chain = [*first, *dated]
        found += [Break(series, b.valid_from, a.id, b.id) for a, b in pairwise(chain) if b.valid_from]
    return tuple(sorted(found, key=lambda change: change.day))
