"""Ways from the base year to the target, the distance from them, and forecasts. Tonnes a year throughout.

The path starts at the base and is never moved: a bad year makes the gap larger, not the path gentler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Shape = Literal["linear", "exponential"]
SHAPES: tuple[Shape, ...] = ("linear", "exponential")


@dataclass(frozen=True)
class Path:
    """A path from `base` tonnes in base_year to factor x base in target_year."""

    shape: Shape
    base: float
    base_year: int
    target_year: int
    factor: float

    def __post_init__(self) -> None:
        if self.base_year >= self.target_year:
            raise ValueError("base_year is before target_year")
        if self.base < 0 or not self.factor > 0:
            raise ValueError("base is at least 0 and factor above 0")

    def at(self, year: float) -> float:
        """Return the tonnes the path allows in a year. Linear: E_B (1 - (1-f)(y-B)/(T-B)). Exponential: E_B f^((y-B)/(T-B))."""
        way = (year - self.base_year) / (self.target_year - self.base_year)
        if self.shape == "linear":
            return self.base * (1 - (1 - self.factor) * way)
        return self.base * self.factor**way

    @property
    def target(self) -> float:
        """Tonnes in the target year."""
        return self.base * self.factor

    def series(self, years: Sequence[int]) -> list[tuple[int, float]]:
        """Return (year, tonnes) for each year."""
        return [(year, self.at(year)) for year in years]


@dataclass(frozen=True)
class Gap:
    """Distance from a path in a year: tonnes (above it is positive), and per cent of the base (None where the base is 0)."""

    year: int
    tonnes: float
    percent_of_base: float | None


def gap(path: Path, year: int, tonnes: float) -> Gap:
    """Return the distance of `tonnes` in `year` from the path."""
    over = tonnes - path.at(year)
    return Gap(year, over, 100 * over / path.base if path.base > 0 else None)


@dataclass(frozen=True)
class CumulativeGap:
    """Sum of the yearly gaps from `first` to `last`; interpolated: years without a value, on a straight line between neighbours."""

    first: int
    last: int
    tonnes: float
    interpolated: tuple[int, ...]


def cumulative_gap(path: Path, observed: Mapping[int, float], start: int) -> CumulativeGap | None:
    """Return the sum of gaps from `start` (or the first observed year after it) to the latest; None without a year to count."""
    years = sorted(observed)
    if not years or years[-1] < start:
        return None
    first = max(start, years[0])
    between = [year for year in range(first, years[-1] + 1) if year not in observed]
    values = {year: observed.get(year, interpolate(observed, year)) for year in range(first, years[-1] + 1)}
    return CumulativeGap(first, years[-1], sum(v - path.at(y) for y, v in values.items()), tuple(between))


def interpolate(observed: Mapping[int, float], year: int) -> float:
    """Return the value of a year on the straight line between its observed neighbours; raise ValueError outside them."""
    if year in observed:
        return observed[year]
    before = max((y for y in observed if y < year), default=None)
    after = min((y for y in observed if y > year), default=None)
    if before is None or after is None:
        raise ValueError(f"{year} has no observed year on both sides")
    return observed[before] + (observed[after] - observed[before]) * (year - before) / (after - before)


def budget_cut(path: Path, year: int, tonnes: float) -> float | None:
    """Return the constant yearly change [t a year] from `tonnes` in `year` that spends the linear path's sum, no more.

    The sum runs over the years after `year` to the target year; None when that has passed. With n years left,
    sum_i (E + i d) = n E + d n (n+1) / 2 is set equal to the path's sum.
    """
    left = path.target_year - year
    if left <= 0:
        return None
    straight = Path("linear", path.base, path.base_year, path.target_year, path.factor)
    allowed = sum(straight.at(y) for y in range(year + 1, path.target_year + 1))
    return (allowed - left * tonnes) * 2 / (left * (left + 1))


def budget_forecast(path: Path, year: int, tonnes: float) -> list[tuple[int, float]]:
    """Return (year, tonnes) from the latest value to the target year with the budget-equivalent cut; empty when it has passed."""
    cut = budget_cut(path, year, tonnes)
    if cut is None:
        return []
    return [(y, tonnes + cut * (y - year)) for y in range(year, path.target_year + 1)]


def decided_forecast(year: int, tonnes: float, saved: Mapping[int, float], until: int) -> list[tuple[int, float]]:
    """Return (year, tonnes): the latest value less what decided measures save in each year. Nothing else changes."""
    return [(year, tonnes), *((y, tonnes - saved.get(y, 0.0)) for y in range(year + 1, until + 1))]


def needed_change(year: int, tonnes: float, target: float, target_year: int) -> tuple[float, float | None] | None:
    """Return (t a year, per cent a year) that lead from `tonnes` to `target`; None when the target year has passed."""
    left = target_year - year
    if left <= 0:
        return None
    rate = 100 * ((target / tonnes) ** (1 / left) - 1) if tonnes > 0 else None
    return (target - tonnes) / left, rate
