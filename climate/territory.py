"""The territory: emissions within the municipality's borders, whoever makes them. A proxy, never the group's own.

Each gas is judged in its own newest edition; gases and editions are never mixed in one comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from climate.path import SHAPES, CumulativeGap, Gap, Path, budget_cut, cumulative_gap, gap, needed_change
from climate.trend import Trend, trend
from climate.vintages import Change, Revised, by_edition, changes, newest, revisions
from data.layers_emissions import GASES
from data.settings.emissions import EmissionGoalSettings

TOTAL = "Totalt"
TREND_SINCE = 2015
"""Klimatkollen fits its trend from this year."""


@dataclass(frozen=True)
class Series:
    """One gas: its newest edition, the gaps of every known year on both paths, trend, revisions and changes.

    gaps: shape -> gaps by year. budget: yearly change that spends the linear path's sum.
    """

    gas: str
    edition: str
    source: str
    values: Mapping[int, float]
    paths: Mapping[str, Path]
    gaps: Mapping[str, tuple[Gap, ...]]
    cumulative: Mapping[str, CumulativeGap | None]
    needed: Mapping[str, tuple[float, float | None] | None]
    budget: float | None
    trend: Trend | None
    editions: Mapping[str, Mapping[int, float]]
    revisions: tuple[Revised, ...]
    changes: tuple[Change, ...]
    sectors: pd.DataFrame

    @property
    def latest(self) -> int:
        """The latest year."""
        return max(self.values)


def assess(frame: pd.DataFrame, goal: EmissionGoalSettings) -> tuple[Series, ...]:
    """Return the territory's series (data.layers_emissions.TERRITORY), one a gas that has the base year in its newest edition."""
    found = (_series(frame[frame["gas"] == gas], gas, goal) for gas in GASES)
    return tuple(series for series in found if series is not None)


def _series(rows: pd.DataFrame, gas: str, goal: EmissionGoalSettings) -> Series | None:
    sums = rows[rows["sector"] == TOTAL]
    latest = newest(sums)
    if latest.empty or goal.base_year not in set(latest["year"]):
        return None
    edition = str(latest["edition"].iloc[0])
    values = {int(y): float(t) for y, t in latest.sort_values("year").set_index("year")["tonnes"].items()}
    paths = {s: Path(s, values[goal.base_year], goal.base_year, goal.target_year, goal.factor) for s in SHAPES}
    last = max(values)
    editions = by_edition(sums)
    sectors = rows[(rows["sector"] != TOTAL) & (rows["edition"] == edition)]
    return Series(
        gas,
        edition,
        str(latest["source"].iloc[0] if pd.notna(latest["source"].iloc[0]) else ""),
        values,
        paths,
        {s: tuple(gap(p, y, t) for y, t in values.items() if y > goal.base_year) for s, p in paths.items()},
        {s: cumulative_gap(p, values, goal.decision_year) for s, p in paths.items()},
        {s: needed_change(last, values[last], p.target, goal.target_year) for s, p in paths.items()},
        budget_cut(paths["linear"], last, values[last]),
        trend(values, since=TREND_SINCE, target=paths["linear"].target, target_year=goal.target_year),
        editions,
        tuple(revisions(editions)),
        tuple(changes(edition, values)),
        sectors,
    )
