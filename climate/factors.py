"""Emission factors by day: which one holds for a carrier, gas and basis, and where the year must be cut because it changes.

    table = FactorTable(frame, gwp={"ch4": 28, "n2o": 265})      # frame: data.layers_emissions.FACTORS
    table.cuts("diesel", start, end)                              # first days of a new factor inside the period
    table.at("diesel", "co2e", "tailpipe", day)                   # Factor(value, unit, status, uncertainty) or None

Rows of the municipality's own come later in the frame and win. CO2e of what leaves the pipe is CO2 + GWP x CH4 + GWP x N2O.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

WORST = ("published", "own", "derived", "carried")
"""From most to least direct: a sum is as direct as its least direct part."""
FOREVER = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Factor:
    """A factor on a day. value in `unit` (g/MJ, g/kWh, g/km); uncertainty: half width as a share of it."""

    value: float
    unit: str
    status: str
    uncertainty: float
    source: str = ""


@dataclass(frozen=True)
class _Row:
    start: dt.date
    end: dt.date
    factor: Factor


def least_direct(*statuses: str) -> str:
    """Return the status that is least direct."""
    return max(statuses, key=WORST.index)


class FactorTable:
    """Factors by carrier, net, gas and basis. gwp: kg CO2e a kg of methane and nitrous oxide, by the named set."""

    def __init__(self, frame: pd.DataFrame, gwp: Mapping[str, float]) -> None:
        self.gwp = dict(gwp)
        self._rows: dict[tuple[str, str, str, str], list[_Row]] = {}
        for row in frame.to_dict("records"):
            net = row.get("net")
            key = (row["carrier"], "" if net is None or net != net else str(net), row["gas"], row["basis"])  # noqa: PLR0124
            end = FOREVER if pd.isna(row["valid_to"]) else row["valid_to"].date()
            factor = Factor(
                float(row["value"]), row["unit"], row["status"], float(row["uncertainty_percent"]) / 100, str(row["source"])
            )
            self._rows.setdefault(key, []).insert(0, _Row(row["valid_from"].date(), end, factor))
        self._cuts: dict[tuple[str, str], list[dt.date]] = {}
        for (carrier, net, _, _), rows in self._rows.items():
            days = self._cuts.setdefault((carrier, net), [])
            days += [r.start for r in rows] + [r.end + dt.timedelta(days=1) for r in rows if r.end != FOREVER]

    def cuts(self, carrier: str, start: dt.date, end: dt.date, *, net: str = "") -> list[dt.date]:
        """Return the days after `start`, up to `end`, on which some factor of the carrier changes or a year begins."""
        years = [dt.date(year, 1, 1) for year in range(start.year + 1, end.year + 1)]
        changes = self._cuts.get((carrier, net), ())
        return sorted({day for day in (*years, *changes) if start < day <= end})

    def published(self, carrier: str, gas: str, basis: str, day: dt.date, *, net: str = "") -> Factor | None:
        """Return the row that holds on `day`, as it stands in the table; None if there is none."""
        for row in self._rows.get((carrier, net, gas, basis), ()):
            if row.start <= day <= row.end:
                return row.factor
        return None

    def at(self, carrier: str, gas: str, basis: str, day: dt.date, *, net: str = "") -> Factor | None:
        """Return the factor on `day`. Tailpipe CO2e without a row of its own is composed of its gases; None if unknown."""
        direct = self.published(carrier, gas, basis, day, net=net)
        if direct is not None or (gas, basis) != ("co2e", "tailpipe"):
            return direct
        carbon = self.published(carrier, "co2", "tailpipe", day)
        if carbon is None:
            return None
        others = [(self.published(carrier, g, "tailpipe", day), self.gwp.get(g, math.nan)) for g in ("ch4", "n2o")]
        parts = [(f.value * gwp, f.uncertainty, f.status) for f, gwp in others if f is not None]
        value = carbon.value + sum(part for part, _, _ in parts)
        spread = math.hypot(carbon.value * carbon.uncertainty, *(part * share for part, share, _ in parts))
        status = least_direct(carbon.status, *(s for _, _, s in parts))
        return Factor(value, carbon.unit, status, spread / value if value else 0.0, carbon.source)

    def carriers(self) -> set[str]:
        """Return the carriers that have any factor."""
        return {carrier for carrier, *_ in self._rows}
