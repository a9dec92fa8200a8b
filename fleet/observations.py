"""What the fleet says of the goals, as observations: one for every definition, scope and reading the goals allow.

Indicators: `fossil_free_vehicle_share` (H6; per cent; dims definition, scope), `replacement_fossil_free_share` (H7; per cent),
`replacement_violations` and `replacement_unknown` (H7; number of pairs; dims definition, judged_by, leased, used, heavy, exemptions),
`fossil_free_fuel_share` (per cent of the energy bought in a year).
The two meanings of "15 per cent" are a rule over the first, not another number: see `fleet.share.readings`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from data.observations import Observation, RowLink
from data.settings.fleet import FleetSettings
from fleet.definitions import Definition
from fleet.judging import READING_DIMS
from fleet.share import SCOPES, in_service, scopes, total

SHARE, REPLACED, VIOLATIONS, UNJUDGED = (
    "fossil_free_vehicle_share",
    "replacement_fossil_free_share",
    "replacement_violations",
    "replacement_unknown",
)
FUEL_SHARE = "fossil_free_fuel_share"


def share_observations(
    table: pd.DataFrame, vehicles: pd.DataFrame, definitions: Sequence[Definition], settings: FleetSettings, *, source: str
) -> list[Observation]:
    """Return the share of every definition, scope and day of `table` (SHARES), with the rows of the list behind it."""
    found = []
    classes = scopes(settings.goal)
    links = {
        (day, scope): row_links(vehicles[in_service(vehicles, day.date()) & vehicles["vehicle_class"].isin(classes[scope])])
        for day, scope in product(table["date"].unique(), SCOPES)
    }
    for definition, scope in product(definitions, SCOPES):
        for row in total(table, definition.id, scope).itertuples():
            if not np.isnan(row.share):
                dims = {"definition": definition.id, "scope": scope}
                quality = "" if not row.unknown else f"unknown={row.unknown}"
                found.append(
                    Observation(
                        SHARE,
                        row.date.date(),
                        100 * row.share,
                        "%",
                        source,
                        quality=quality,
                        low=100 * row.share_low if row.unknown else None,
                        high=100 * row.share_high if row.unknown else None,
                        dims=tuple(dims.items()),
                        rows=links[row.date, scope],
                    )
                )
    return found


def row_links(vehicles: pd.DataFrame) -> tuple[RowLink, ...]:
    """Return the rows of the list behind these vehicles, one link a sheet."""
    groups = vehicles.groupby(["file", vehicles["sheet"].fillna("")], sort=True)["row"]
    return tuple(RowLink(str(file), tuple(sorted(map(int, rows))), str(sheet) or None) for (file, sheet), rows in groups)


def replacement_observations(
    readings: pd.DataFrame, judged: pd.DataFrame, vehicles: pd.DataFrame, *, today: dt.date, source: str
) -> list[Observation]:
    """Return H7's observations of every reading that has data; the rows are those of the new vehicles in judged pairs."""
    broken = judged.loc[judged["verdict"].isin(["violation", "exemption_expired"]), "in_reg"]
    replaced = judged.loc[judged["verdict"].isin(["violation", "exemption_expired", "exempt", "compliant", "unknown"]), "in_reg"]
    all_links, broken_links = (row_links(vehicles[vehicles["vehicle_id"].isin(ids)]) for ids in (replaced, broken))
    found = []
    for row in readings.to_dict("records"):
        dims = tuple((name, str(row[name])) for name in ("definition", *READING_DIMS))
        values = [(VIOLATIONS, row["violation"], "1", broken_links), (UNJUDGED, row["unknown"], "1", ())]
        if not np.isnan(row["share"]):
            values.insert(0, (REPLACED, 100 * row["share"], "%", all_links))
        if row["n"] or row["unknown"]:
            found += [
                Observation(name, today, float(value), unit, source, dims=dims, rows=rows) for name, value, unit, rows in values
            ]
    return found


def fuel_observations(by_year: pd.DataFrame, *, today: dt.date, source: str) -> list[Observation]:
    """Return the fossil-free share of the energy bought each year (`fleet.fuelled.fuel_by_year`)."""
    return [
        Observation(FUEL_SHARE, min(dt.date(int(row.year), 12, 31), today), 100 * row.share, "%", source)
        for row in by_year.itertuples()
        if not np.isnan(row.share)
    ]


def aggregate_observations(table: pd.DataFrame, *, source: str) -> list[Observation]:
    """Return the observations of lists that give totals instead of vehicles: columns indicator, year, value, unit and dims (a dict)."""
    return [
        Observation(
            row.indicator, dt.date(int(row.year), 12, 31), float(row.value), row.unit, source, kind="declared", dims=row.dims
        )
        for row in table.itertuples()
    ]
