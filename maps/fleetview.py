"""What fordon.html and fordon.xlsx show: finished tables, with what an audience may not see already left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.settings.fleet import FleetSettings
from data.sources import Source
from fleet.definitions import Definition
from fleet.share import total

if TYPE_CHECKING:
    from data.errors import Fault


@dataclass(frozen=True)
class View:
    """Tables as fleet.assessment gives them, or their public columns.

    breaks: (day, definition before, after). outlook: fields of `fleet.plan.Outlook`. saved: year, tonnes, vehicles, missing.
    charging: sums of kWh; None = not known. depots: by depot, None where it may not be shown. faults: empty where they may not.
    """

    municipality: str
    date: dt.date
    settings: FleetSettings
    definitions: tuple[Definition, ...]
    breaks: tuple[tuple[dt.date, str, str], ...]
    shares: pd.DataFrame
    readings: pd.DataFrame
    judged: pd.DataFrame
    planned: pd.DataFrame
    outlook: tuple[Mapping[str, Any], ...]
    procured: pd.DataFrame
    law_summary: pd.DataFrame
    saved: pd.DataFrame
    fuel_years: pd.DataFrame
    outside: Mapping[str, int]
    charging: Mapping[str, float | None]
    depots: pd.DataFrame | None = None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Definition id: its name."""
        return {each.id: each.name for each in self.definitions}

    @property
    def chosen(self) -> pd.Series:
        """The share goal under the goal's own reading."""
        return self.readings[self.readings["chosen"]].iloc[0]

    def series(self, definition: str, scope: str) -> pd.DataFrame:
        """Return one definition's shares over all companies and tenures, by date."""
        return total(self.shares, definition, scope)

    def today(self, definition: str) -> pd.DataFrame:
        """Return every group's share on the latest day under one definition."""
        mine = self.shares[self.shares["definition"] == definition]
        return mine[mine["date"] == mine["date"].max()]
