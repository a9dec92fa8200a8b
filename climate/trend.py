"""Trend of a short series in three ways, and whether they agree on reaching a target.

Least absolute deviations (the default, as Klimatkollen fits), Theil-Sen and ordinary least squares. With 6 to 12 yearly values the three
can differ by a factor of ten: then the trend is "osäker", and saying so is the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Method = Literal["lad", "theil_sen", "ols"]
METHODS: tuple[Method, ...] = ("lad", "theil_sen", "ols")
FEW = 8
"""Fewer points than this: the interval is the range of fits that leave one out; from this on, a bootstrap."""
BOOTSTRAPS = 999
SEED = 1990


@dataclass(frozen=True)
class Fit:
    """A line: slope [t a year] and value at `middle` year; low, high: interval of the slope."""

    method: Method
    slope: float
    middle: float
    level: float
    low: float
    high: float
    interval: Literal["leave-one-out", "bootstrap"]

    def at(self, year: float) -> float:
        """Return the line's value in a year."""
        return self.level + self.slope * (year - self.middle)


@dataclass(frozen=True)
class Trend:
    """Three fits of the same years. reaches: method -> whether its line is at or under the target in the target year.

    verdict: "reaches", "misses", or "uncertain" when the methods disagree; anchored at the latest value the answer may differ: see
    `reach_year`.
    """

    years: tuple[int, ...]
    fits: tuple[Fit, ...]
    target: float
    target_year: int

    @property
    def n(self) -> int:
        """How many years."""
        return len(self.years)

    @property
    def reaches(self) -> dict[str, bool]:
        """Method -> whether its line reaches the target in time."""
        return {fit.method: fit.at(self.target_year) <= self.target for fit in self.fits}

    @property
    def verdict(self) -> Literal["reaches", "misses", "uncertain"]:
        """What the three say together."""
        answers = set(self.reaches.values())
        return "uncertain" if len(answers) > 1 else "reaches" if answers == {True} else "misses"

    def reach_year(self, method: Method) -> float | None:
        """Return the year the line meets the target; None if it never falls to it."""
        fit = next(fit for fit in self.fits if fit.method == method)
        if fit.at(self.years[-1]) <= self.target:
            return float(self.years[-1])
        return None if fit.slope >= 0 else fit.middle + (self.target - fit.level) / fit.slope


def trend(observed: Mapping[int, float], *, since: int, target: float, target_year: int) -> Trend | None:
    """Return the trend of the years from `since`; None with fewer than three."""
    years = tuple(sorted(year for year in observed if year >= since))
    if len(years) < 3:
        return None
    x, y = np.array(years, float), np.array([observed[year] for year in years], float)
    return Trend(years, tuple(_fit(method, x, y) for method in METHODS), target, target_year)


def _fit(method: Method, x: np.ndarray, y: np.ndarray) -> Fit:
    slope, level = line(method, x, y)
    slopes, interval = _spread(method, x, y)
    low, high = (slopes.min(), slopes.max()) if interval == "leave-one-out" else np.quantile(slopes, [0.05, 0.95])
    return Fit(method, slope, float(x.mean()), level, min(float(low), slope), max(float(high), slope), interval)


def _spread(method: Method, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, Literal["leave-one-out", "bootstrap"]]:
    if len(x) < FEW:
        return np.array([line(method, np.delete(x, i), np.delete(y, i))[0] for i in range(len(x))]), "leave-one-out"
    slope, level = line(method, x, y)
    fitted = level + slope * (x - x.mean())
    draws = np.random.default_rng(SEED).choice(y - fitted, size=(BOOTSTRAPS, len(x)))
    return _lines(method, x, fitted + draws)[0], "bootstrap"


def line(method: Method, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return (slope, value at the mean of x) of a line through points of distinct x; at least two."""
    slopes, levels = _lines(method, x, y[None, :])
    return float(slopes[0]), float(levels[0])


def _lines(method: Method, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and levels of a line for each row of y (n series, points)."""
    centred = x - x.mean()
    if method == "ols":
        return y @ centred / (centred @ centred), y.mean(axis=1)
    first, second = np.triu_indices(len(x), 1)
    slopes = (y[:, second] - y[:, first]) / (x[second] - x[first])
    slope = np.median(slopes, axis=1) if method == "theil_sen" else _least_absolute(centred, y, slopes)
    return slope, np.median(y - slope[:, None] * centred, axis=1)


def _least_absolute(x: np.ndarray, y: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return the slopes of least absolute deviations: some best line goes through two of the points, so all pairs are tried.

    For a given slope the best level is the median of the residuals. Where several slopes are equally good their middle is taken.
    """
    residuals = y[:, None, :] - slopes[:, :, None] * x
    costs = np.abs(residuals - np.median(residuals, axis=2, keepdims=True)).sum(axis=2)
    best = costs <= costs.min(axis=1, keepdims=True) * (1 + 1e-9) + 1e-9
    return (np.where(best, slopes, np.inf).min(axis=1) + np.where(best, slopes, -np.inf).max(axis=1)) / 2
