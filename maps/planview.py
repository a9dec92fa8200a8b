"""What plan.html shows: finished tables, with what an audience may not see already left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.sources import Source

if TYPE_CHECKING:
    import geopandas as gpd


def span(first: int, last: int) -> str:
    """Return years as they are read: 2026–2030, or 2026."""
    return str(first) if first == last else f"{first}–{last}"


@dataclass(frozen=True)
class View:
    """The plan for one audience.

    json: plan.json (the page takes MW, years, readings and, when `intern`, money from it). plants: chosen plants, ranked; public: only
    name, mount, year, kwp, kwh. hidden: plants that may not be shown. roofs: id, year (NaN: not in the plan), mount, geometry, in metres.
    background: vagar, vatten and others, as the map has them. investment_sek: None where a sum would tell what one plant costs.
    prices, refused: internal, else None. sheets: whether a sheet per facility stands beside the page.
    """

    municipality: str
    date: dt.date
    json: Mapping[str, Any]
    plants: pd.DataFrame
    hidden: int
    roofs: gpd.GeoDataFrame
    background: Mapping[str, Any] = field(default_factory=dict)
    intern: bool = False
    investment_sek: float | None = None
    prices: pd.DataFrame | None = None
    refused: pd.DataFrame | None = None
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    settings: list[tuple[str, str]] = field(default_factory=list)
    sheets: bool = False
    contact: str = ""
