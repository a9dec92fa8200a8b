"""The trend of a series, and where it leads by the due day: Theil and Sen's median of slopes. docs/metod/status.md, P15.

The trend stands beside the level and counts in a verdict only where the goal says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from climate.outcome import decimal_year
from data.observations import Observation

YEARS_BACK = 10
"""Years before the latest value that make the trend (a decade, so that one odd year does not turn it)."""
MIN_FORECAST = 3
"""Points below which no forecast is made: two points have no error to speak of."""
FLAT = 0.0025
"""Change a year, as a share of the latest value, under which the trend is called unchanged (0.25 per cent, an assumption)."""


@dataclass(frozen=True)
class Trend:
    """direction: improving, worsening, flat or unknown. slope: units a year. n, first, last: the values behind. at_due: the forecast."""

    direction: str = "unknown"
    slope: float | None = None
    n: int = 0
    first: int | None = None
    last: int | None = None
    at_due: float | None = None


def theil_sen(years: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Return the median of the slopes between all pairs, and the median of the intercepts it leaves. Needs two different years."""
    slopes = [(b - a) / (y - x) for (x, a), (y, b) in combinations(zip(years, values, strict=True), 2) if y != x]
    slope = median(slopes)
    return slope, median(value - slope * year for year, value in zip(years, values, strict=True))


def trend_of(points: Sequence[Observation], direction: str, due: dt.date | None) -> Trend:
    """Return the trend of one point a year, seen in the goal's direction ("up" or "down" is good), and its value on `due`."""
    if not points:
        return Trend()
    last = points[-1].date
    recent = [point for point in points if point.date.year >= last.year - YEARS_BACK]
    known = {"n": len(recent), "first": recent[0].date.year, "last": last.year}
    if len(recent) < 2:
        return Trend(**known)
    years = [decimal_year(point.date) for point in recent]
    slope, start = theil_sen(years, [point.value for point in recent])
    size = abs(recent[-1].value)
    at_due = start + slope * decimal_year(due) if due is not None and due > last and len(recent) >= MIN_FORECAST else None
    if direction == "none":
        word = "unknown"
    elif abs(slope) <= FLAT * size:
        word = "flat"
    else:
        word = "improving" if (slope > 0) == (direction == "up") else "worsening"
    return Trend(word, slope, at_due=at_due, **known)
