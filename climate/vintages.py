"""Editions of one series: what a newer edition changed is a revision, what happened between two years of one edition is a change.

    split = compare(old, new)          # both year -> tonnes
    split.revisions                    # same year, two editions
    split.changes                      # two years, the newest edition

A step from a year of one edition to a year of another is never made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd


@dataclass(frozen=True)
class Revised:
    """A year whose value a newer edition changed."""

    year: int
    old: float
    new: float
    old_edition: str
    new_edition: str

    @property
    def tonnes(self) -> float:
        """New less old."""
        return self.new - self.old


@dataclass(frozen=True)
class Change:
    """A change between two years of one edition."""

    first: int
    last: int
    tonnes: float
    edition: str


def order(editions: Iterable[str]) -> list[str]:
    """Return the editions from oldest to newest: "2024-12" by its text; a name without a date ("tidigare 1") is older than any."""
    return sorted(set(editions), key=lambda name: (name[:1].isdigit(), name))


def newest(series: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the newest edition that holds more than one year (a single revised year is no series)."""
    if series.empty:
        return series
    years = series.groupby("edition")["year"].nunique()
    whole = [e for e in order(series["edition"]) if years[e] > 1] or order(series["edition"])
    return series[series["edition"] == whole[-1]]


def by_edition(series: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Return edition -> {year: tonnes}, oldest first."""
    return {
        edition: {int(y): float(t) for y, t in group.set_index("year")["tonnes"].items()}
        for edition, group in ((e, series[series["edition"] == e]) for e in order(series["edition"]))
    }


def revisions(editions: Mapping[str, Mapping[int, float]], *, tolerance: float = 0.5) -> list[Revised]:
    """Return what each edition changed in the one before it that holds the year. tolerance: tonnes that are rounding."""
    found = []
    last: dict[int, tuple[str, float]] = {}
    for edition, values in editions.items():
        for year, value in sorted(values.items()):
            if year in last and abs(value - last[year][1]) > tolerance:
                found.append(Revised(year, last[year][1], value, last[year][0], edition))
            last[year] = (edition, value)
    return found


def changes(edition: str, values: Mapping[int, float]) -> list[Change]:
    """Return the change from each year to the next one known, within one edition."""
    years: Sequence[int] = sorted(values)
    return [Change(a, b, values[b] - values[a], edition) for a, b in pairwise(years)]
