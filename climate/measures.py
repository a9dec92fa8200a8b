"""Measures as tonnes by year, without counting any tonne twice; and what is still undecided.

Fleet and solar come from their own plans. A row of the file that says the same thing again (kind fleet or solar, where that plan has been
computed) is left out and said. Measures on one activity together never save more than the activity emits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from climate.path import Path

COUNTED = ("done", "decided")
"""Certainties that count in the forecast of decided measures."""


@dataclass(frozen=True)
class Measure:
    """A measure: tonnes saved by year. group: fleet, solar or other. activity: whose emissions it lowers ("" = not stated)."""

    name: str
    group: str
    tonnes: Mapping[int, float]
    certainty: str = "decided"
    activity: str = ""
    organisation: str = ""
    row: int = 0


@dataclass(frozen=True)
class Plan:
    """measures: those that count, as they count. left_out: (measure, reason key). capped: (activity, tonnes taken off)."""

    measures: tuple[Measure, ...]
    left_out: tuple[tuple[Measure, str], ...]
    capped: tuple[tuple[str, float], ...]

    def saved(self, year: int, *, counted: Sequence[str] = COUNTED) -> float:
        """Return the tonnes saved in a year by measures of these certainties."""
        return sum(m.tonnes.get(year, 0.0) for m in self.measures if m.certainty in counted)

    def by_group(self, year: int, *, counted: Sequence[str] = COUNTED) -> dict[str, float]:
        """Return group -> tonnes saved in a year."""
        found: dict[str, float] = {}
        for m in self.measures:
            if m.certainty in counted:
                found[m.group] = found.get(m.group, 0.0) + m.tonnes.get(year, 0.0)
        return found


def in_years(tonnes_a_year: float, start: dt.date, end: dt.date | None, years: Sequence[int]) -> dict[int, float]:
    """Return the tonnes of a yearly effect in each calendar year: the days it is in force, of the year's days."""
    found = {}
    for year in years:
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        days = (min(last, end or last) - max(first, start)).days + 1
        found[year] = tonnes_a_year * max(0, days) / ((last - first).days + 1)
    return found


def of_file(rows: pd.DataFrame, years: Sequence[int], *, latest: int) -> list[Measure]:
    """Return the measures of the file (data.layers_emissions.MEASURES): the effect that comes on top of the year `latest`.

    What a measure already saved in the latest year is in the inventory: only the increase counts.
    """
    found = []
    for row in rows.to_dict("records"):
        start, end = row["start"].date(), None if pd.isna(row["end"]) else row["end"].date()
        effect = in_years(row["tonnes_a_year"], start, end, [latest, *years])
        tonnes = {year: effect[year] - effect[latest] for year in years}
        activity, organisation = (str(row[k]) if isinstance(row[k], str) else "" for k in ("activity", "organisation"))
        found.append(
            Measure(row["measure"], row["kind"], tonnes, row["certainty"], activity, organisation, int(row.get("row", 0)))
        )
    return found


def of_plan(
    frame: pd.DataFrame | None, group: str, name: str, *, years: Sequence[int], grams_per_kwh: Mapping[int, float]
) -> Measure | None:
    """Return a plan's measure from a frame of year and tonnes, or year and kwh (electricity no longer bought); None without one.

    grams_per_kwh: factor of electricity by year, for plans that say kwh. certainty: the frame's, else planned.
    """
    if frame is None or len(frame) == 0:
        return None
    known = frame.set_index("year")
    if "tonnes" in known:
        by_year = known["tonnes"].groupby(level=0).sum().to_dict()
    else:
        by_year = {y: kwh * grams_per_kwh.get(int(y), 0.0) / 1e6 for y, kwh in known["kwh"].groupby(level=0).sum().items()}
    certainty = str(known["certainty"].iloc[0]) if "certainty" in known else "planned"
    activity = str(known["activity"].iloc[0]) if "activity" in known else ""
    return Measure(name, group, {year: float(by_year.get(year, 0.0)) for year in years}, certainty, activity)


def combine(
    plans: Sequence[Measure],
    listed: Sequence[Measure],
    emitted: Mapping[str, float],
    *,
    years: Sequence[int],
    limits: Mapping[str, float] | None = None,
) -> Plan:
    """Return the measures together. emitted: activity -> tonnes in the latest year, the most that can be saved on it.

    limits: group of a plan -> tonnes of what it replaces (vehicle fuel, electricity), the most the plan can save.
    """
    computed = {m.group for m in plans}
    left_out = [(m, "in_plan") for m in listed if m.group in computed]
    limited = [_limited(m, (limits or {}).get(m.group)) for m in plans]
    kept = [*limited, *(m for m in listed if m.group not in computed)]
    capped = [
        (m.name, max(m.tonnes.values()) - max(less.tonnes.values()))
        for m, less in zip(plans, limited, strict=True)
        if m is not less
    ]
    for activity in dict.fromkeys(m.activity for m in kept if m.activity):
        most = max(0.0, emitted.get(activity, 0.0))
        worst = max((sum(m.tonnes.get(y, 0.0) for m in kept if m.activity == activity) for y in years), default=0.0)
        if worst > most * (1 + 1e-9):
            capped.append((activity, worst - most))
            kept = [_capped(m, kept, activity, most) for m in kept]
    return Plan(tuple(kept), tuple(left_out), tuple(capped))


def _limited(measure: Measure, most: float | None) -> Measure:
    if most is None or all(tonnes <= most for tonnes in measure.tonnes.values()):
        return measure
    return replace(measure, tonnes={year: min(tonnes, most) for year, tonnes in measure.tonnes.items()})


def _capped(measure: Measure, together: Sequence[Measure], activity: str, most: float) -> Measure:
    """Return the measure with its share of what the activity has left to save, year by year."""
    if measure.activity != activity:
        return measure
    tonnes = {}
    for year, own in measure.tonnes.items():
        whole = sum(m.tonnes.get(year, 0.0) for m in together if m.activity == activity)
        tonnes[year] = own * min(1.0, most / whole) if whole > 0 else own
    return replace(measure, tonnes=tonnes)


def undecided(path: Path, latest: float, plan: Plan, years: Sequence[int]) -> dict[int, float]:
    """Return the tonnes still to be decided each year: the latest value less decided measures less what the path allows, never < 0."""
    return {year: max(0.0, latest - plan.saved(year) - path.at(year)) for year in years}
