"""Which observations a reading rests on: one series, one edition, one value a date; or the reason there is none.

docs/metod/status.md, P1-P4. Nothing is mixed: two editions of a series, or two series that the reading does not tell apart, are
refused instead.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data.indicators import Indicator, same_unit
from data.observations import Observation
from data.rules import year_end
from data.texts import text

NEAR_DUE = dt.timedelta(days=31)
"""A count taken at most this long before the due day (or, failing that, after it) is the outcome (assumption)."""
REFUSALS = ("no_data", "no_base", "no_evidence", "undefined", "unreachable", "ambiguous", "editions", "unit", "not_offered")
"""Why a reading has no verdict."""


@dataclass(frozen=True)
class Refused:
    """A reading that cannot be judged: an id of REFUSALS, and the reason in words."""

    id: str
    because: str


@dataclass(frozen=True)
class Series:
    """The values of one indicator under one reading.

    points: one a date, known on the day of judging, oldest first. planned: dated later. superseded: replaced by a newer entry for
    the same date, oldest first.
    """

    indicator: Indicator
    points: tuple[Observation, ...] = ()
    planned: tuple[Observation, ...] = ()
    superseded: tuple[Observation, ...] = ()
    vintage: str = ""

    @property
    def latest(self) -> Observation | None:
        """The newest point."""
        return self.points[-1] if self.points else None

    def in_year(self, year: int) -> Observation | None:
        """Return the last point of the year."""
        return next((point for point in reversed(self.points) if point.date.year == year), None)

    def outcome(self, year: int, due: dt.date | None = None) -> Observation | None:
        """Return the final value of the year: not a preliminary one; of a count, the one taken nearest the due day."""
        if self.indicator.period == "year":
            point = self.in_year(year)
            return point if point is not None and point.kind != "preliminary" else None
        day = due or year_end(year)
        final = [point for point in self.points if point.kind != "preliminary" and abs(point.date - day) <= NEAR_DUE]
        before = [point for point in final if point.date <= day]
        return before[-1] if before else final[0] if final else None

    def yearly(self) -> tuple[Observation, ...]:
        """Return the last point of each year."""
        return tuple({point.date.year: point for point in self.points}.values())


def is_known(indicator: Indicator, observation: Observation, today: dt.date) -> bool:
    """Return whether it is known on `today`: a year's value may be out before the year is (a survey); a plan is never known."""
    if observation.date <= today:
        return True
    this_year = indicator.period == "year" and observation.date.year == today.year
    return this_year and observation.kind == "measured"


@dataclass
class Store:
    """Every observation, found by indicator and dims. `today` decides what is known and what is planned."""

    observations: Iterable[Observation]
    indicators: Mapping[str, Indicator]
    today: dt.date
    _by_indicator: dict[str, list[tuple[int, Observation, dict[str, str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        grouped = defaultdict(list)
        for number, observation in enumerate(self.observations):
            known = self.indicators.get(observation.indicator)
            if known is not None:
                grouped[observation.indicator].append((number, observation, known.full(observation.dimensions)))
        self._by_indicator = dict(grouped)

    def select(self, indicator_id: str, dims: Mapping[str, str], *, vintage: str = "") -> Series | Refused:
        """Return the series of the indicator under these dims, or why there is none.

        vintage: an edition (default: the one whose values reach furthest).
        """
        indicator = self.indicators[indicator_id]
        wanted = indicator.full(dims)
        found = [item for item in self._by_indicator.get(indicator_id, ()) if wanted.items() <= item[2].items()]
        extras = {tuple(sorted(set(full.items()) - set(wanted.items()))) for _, _, full in found}
        if len(extras) > 1:
            names = ", ".join(sorted({name for extra in extras for name, _ in extra}))
            return Refused("ambiguous", text("status.refused.ambiguous", title=indicator.title, dims=names))
        if wrong := next((o for _, o, _ in found if not same_unit(o.unit, indicator.unit)), None):
            values = {"got": wrong.unit, "unit": indicator.unit, "title": indicator.title}
            return Refused("unit", text("status.refused.unit", **values))
        newest = max(((o.date, o.vintage) for _, o, _ in found), default=(self.today, "")) if indicator.editions else (None, "")
        edition = vintage or newest[1]
        if indicator.editions:
            found = [item for item in found if item[1].vintage == edition]
        return self._series(indicator, [(number, o) for number, o, _ in found], edition)

    def editions(self, indicator_id: str, dims: Mapping[str, str], year: int) -> list[str]:
        """Return the editions that hold a value of the year."""
        wanted = self.indicators[indicator_id].full(dims)
        found = self._by_indicator.get(indicator_id, ())
        return sorted({o.vintage for _, o, full in found if wanted.items() <= full.items() and o.date.year == year})

    def of(self, indicator_id: str) -> list[Observation]:
        """Return every observation of the indicator."""
        return [o for _, o, _ in self._by_indicator.get(indicator_id, ())]

    def values_of(self, indicator_id: str, dim: str) -> list[str]:
        """Return the values of a dim that observations of the indicator hold."""
        return sorted({full[dim] for _, _, full in self._by_indicator.get(indicator_id, ()) if dim in full})

    def _series(self, indicator: Indicator, found: list[tuple[int, Observation]], edition: str) -> Series:
        ranked = sorted(found, key=lambda item: (item[1].date, item[1].kind != "preliminary", item[1].vintage, item[0]))
        in_force = {o.date: o for _, o in ranked}
        superseded = tuple(o for _, o in ranked if in_force[o.date] is not o)
        points = tuple(o for o in in_force.values() if self._known(indicator, o))
        planned = tuple(o for o in in_force.values() if not self._known(indicator, o))
        return Series(indicator, points, planned, superseded, edition)

    def _known(self, indicator: Indicator, observation: Observation) -> bool:
        return is_known(indicator, observation, self.today)
