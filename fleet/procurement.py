"""Vehicles procured in the periods of the act 2011:846, and the share of clean ones against the minimum.

P17  every vehicle stands in at most one period and one group; n = clean + not clean + unknown.
Method: docs/metod/fordon.md, 7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.layers_fleet import PROCUREMENT
from fleet.definitions import NOT_COVERED, UNKNOWN, YES, Definition, facts, judge

GROUPS: dict[str, tuple[str, ...]] = {"light": ("car", "light_lorry"), "heavy_lorry": ("heavy_lorry",), "bus": ("bus",)}
"""Groups of the directive: light M1, M2, N1; heavy lorries N2, N3; buses M3."""
_BY_EU = {"M1": "light", "M2": "light", "N1": "light", "N2": "heavy_lorry", "N3": "heavy_lorry", "M3": "bus"}
_EXEMPT = ("emergency", "other_authority")


@dataclass(frozen=True)
class Minimum:
    """The least share of clean vehicles [0..1] of a group; `assumption` where the source could not be read."""

    share: float
    assumption: bool


@dataclass(frozen=True)
class Period:
    """A reference period, the definition of clean in it, and the minimum by group."""

    id: str
    first: dt.date
    last: dt.date
    definition: str
    minimum: Mapping[str, Minimum]


def periods(tree: Mapping[str, Any]) -> tuple[Period, ...]:
    """Return the periods of data/reference/fordonslag.toml, parsed."""
    return tuple(
        Period(
            entry["id"],
            entry["from"],
            entry["to"],
            entry["definition"],
            {group: Minimum(**minimum) for group, minimum in entry["minimum"].items()},
        )
        for entry in tree["period"]
    )


def procured(vehicles: pd.DataFrame, law: Sequence[Period], definitions: Sequence[Definition]) -> pd.DataFrame:
    """Return the vehicles procured in each period (PROCUREMENT), by order date, else by first day in the fleet.

    Left out: vehicles moved within the group or back again, emergency vehicles and other authorities', and what the act does not
    speak of (machines, trailers, unknown class).
    """
    own = vehicles[(vehicles["arrival"] == "new") & ~vehicles["outside"].isin(_EXEMPT)]
    stated = own["ordered"].notna()
    own = own.assign(
        date=own["ordered"].where(stated, own["in_date"].where(own["in_basis"] != "unknown")),
        date_basis=np.where(stated, "order", "in_service"),
        group=own["eu_class"].map(_BY_EU).fillna(own["vehicle_class"].map({c: g for g, cs in GROUPS.items() for c in cs})),
    )
    own = own[own["date"].notna() & own["group"].notna()]
    known = {definition.id: definition for definition in definitions}
    parts = [_in_period(own, period, known[period.definition]) for period in law]
    table = pd.concat(parts, ignore_index=True).sort_values(["period", "date", "registration"], ignore_index=True)
    return table[PROCUREMENT.names]


def _in_period(own: pd.DataFrame, period: Period, definition: Definition) -> pd.DataFrame:
    rows = own[(own["date"] >= pd.Timestamp(period.first)) & (own["date"] <= pd.Timestamp(period.last))]
    verdict = judge(definition, facts(rows))
    unknown = (verdict == UNKNOWN) | (verdict == NOT_COVERED)
    clean = pd.array(np.where(unknown, None, verdict == YES), dtype="boolean")
    return rows.assign(period=period.id, definition=definition.id, clean=clean)


def summary(table: pd.DataFrame, law: Sequence[Period]) -> pd.DataFrame:
    """Return one row a period and group: n, clean, unknown, share (clean of the known), minimum, assumption, met, last (day of the period).

    met is empty where the unknown vehicles decide, or there are none.
    """
    rows = []
    for period in law:
        for group, minimum in period.minimum.items():
            mine = table[(table["period"] == period.id) & (table["group"] == group)]
            clean, unknown = int(mine["clean"].fillna(False).sum()), int(mine["clean"].isna().sum())
            known = len(mine) - unknown
            share = clean / known if known else np.nan
            met = _met(len(mine), clean, unknown, minimum.share)
            rows.append(
                {"period": period.id, "group": group, "n": len(mine), "clean": clean, "unknown": unknown, "share": share}
                | {"minimum": minimum.share, "assumption": minimum.assumption, "met": met, "last": period.last}
            )
    return pd.DataFrame(rows)


def _met(n: int, clean: int, unknown: int, minimum: float) -> bool | None:
    if n and clean / n >= minimum:
        return True
    return False if n and (clean + unknown) / n < minimum else None
