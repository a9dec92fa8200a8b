"""The base year: its range, what the goal says under each end of it, and when it must be computed again.

No municipality measured its group's emissions in 1990. The base is therefore pieced together per carrier with low, mid and high, and every
answer is given under all three, with district heating inside and outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from climate.inventory import Reading, totals
from climate.path import SHAPES, Path, gap
from data.layers_emissions import BASES, HEAT
from data.readers.organisations import Organisation
from data.settings.emissions import EmissionGoalSettings


@dataclass(frozen=True)
class Base:
    """The base year's emissions [t]: lowest likely, middle, highest likely (every carrier erring the same way)."""

    low: float
    mid: float
    high: float

    def at(self, which: str) -> float:
        """Return low, mid or high."""
        return {"low": self.low, "mid": self.mid, "high": self.high}[which]


def base(rows: pd.DataFrame, reading: Reading, year: int) -> Base | None:
    """Return the base of one reading; None where nothing is known of the year."""
    if rows.empty:
        return None
    found = totals(rows[rows["year"] == year], reading, worst_case=True)
    if found.empty:
        return None
    low, mid, high = (float(found[name].iloc[0]) for name in ("low", "tonnes", "high"))
    return Base(low, mid, high)


def sheet(rows: pd.DataFrame, reading: Reading, year: int) -> pd.DataFrame:
    """Return the reconstruction by organisation, activity and carrier: tonnes, low, high, grade (the weakest), rows."""
    picked = rows[rows["year"] == year]
    parts = totals(picked, reading, by=("organisation", "activity", "carrier", "grade"), worst_case=True)
    return parts.sort_values("tonnes", ascending=False, kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class BaseVerdict:
    """What the goal says in a year under one end of the base, one path and heat in or out."""

    base: str
    heat: str
    shape: str
    year: int
    base_tonnes: float
    allowed: float
    tonnes: float
    gap: float
    percent_of_base: float | None

    @property
    def verdict(self) -> Literal["on_track", "off_track"]:
        """On track at or under the path."""
        return "on_track" if self.gap <= 1e-9 * max(1.0, self.base_tonnes) else "off_track"


def verdicts(rows: pd.DataFrame, reading: Reading, goal: EmissionGoalSettings, *, year: int) -> list[BaseVerdict]:
    """Return the verdict of `year` under low, mid and high, district heating in and out, and both paths."""
    found = []
    for heat in HEAT:
        one = replace(reading, heat=heat)
        ends, sums = base(rows, one, goal.base_year), totals(rows, one)
        latest = sums.loc[sums["year"] == year, "tonnes"]
        if ends is None or latest.empty:
            continue
        found += [
            _verdict(ends.at(which), Path(shape, ends.at(which), *_span(goal)), (which, heat), (year, float(latest.iloc[0])))
            for which in BASES
            for shape in SHAPES
        ]
    return found


def _span(goal: EmissionGoalSettings) -> tuple[int, int, float]:
    return goal.base_year, goal.target_year, goal.factor


def _verdict(tonnes: float, path: Path, which: tuple[str, str], latest: tuple[int, float]) -> BaseVerdict:
    year, now = latest
    over = gap(path, year, now)
    return BaseVerdict(*which, path.shape, year, tonnes, path.at(year), now, over.tonnes, over.percent_of_base)


ChangeKind = Literal["structure", "method", "boundary"]


@dataclass(frozen=True)
class Recalculation:
    """A change since the base year, what it moves the base by, and whether the policy recalculates it."""

    kind: ChangeKind
    what: str
    year: int
    tonnes: float
    percent: float | None
    recalculates: bool


def judge(
    kind: ChangeKind, what: str, *, year: int, tonnes: float, base_tonnes: float, threshold_percent: float
) -> Recalculation:
    """Return whether a change that moves the base by `tonnes` recalculates it: at or above the threshold it does.

    With a base of 0 any change does. GHG Protocol, Corporate Standard, chapter 5.
    """
    percent = 100 * tonnes / base_tonnes if base_tonnes > 0 else None
    moved = percent is None or abs(percent) >= threshold_percent
    return Recalculation(kind, what, year, tonnes, percent, moved and tonnes != 0)


def structural(
    rows: pd.DataFrame,
    reading: Reading,
    organisations: Sequence[Organisation],
    *,
    base_tonnes: float,
    base_year: int,
    threshold_percent: float,
) -> list[Recalculation]:
    """Return each organisation that joined or left after the base year and is not in the base: its first (last) year's emissions.

    An organisation that joined but whose activity of the base year is already in the sheet needs nothing.
    """
    by_name = totals(rows, reading, by=("organisation",))
    found = []
    for organisation in organisations:
        mine = by_name[by_name["organisation"] == organisation.name].sort_values("year")
        in_base = bool((mine["year"] == base_year).any())
        joined = organisation.from_ is not None and organisation.from_.year > base_year and not in_base
        left = organisation.to is not None and in_base
        later = mine[mine["year"] > base_year]
        if later.empty or not (joined or left):
            continue
        # a year of joining may be part of a year: the first whole year after it, where there is one
        row = later.iloc[min(1, len(later) - 1)] if joined else mine[mine["year"] == base_year].iloc[0]
        tonnes = float(row["tonnes"]) * (1 if joined else -1)
        year = organisation.from_.year if joined and organisation.from_ else int(organisation.to.year) if organisation.to else 0
        found.append(
            judge(
                "structure",
                organisation.name,
                year=year,
                tonnes=tonnes,
                base_tonnes=base_tonnes,
                threshold_percent=threshold_percent,
            )
        )
    return found


def of_editions(
    present: float, earlier: Mapping[str, Mapping[int, float]], *, base_year: int, threshold_percent: float
) -> list[Recalculation]:
    """Return how far each earlier edition's base lies from the present one: a change of method."""
    return [
        judge(
            "method",
            edition,
            year=base_year,
            tonnes=present - values[base_year],
            base_tonnes=values[base_year],
            threshold_percent=threshold_percent,
        )
        for edition, values in earlier.items()
        if base_year in values
    ]
