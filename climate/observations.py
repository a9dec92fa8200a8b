"""Emissions as observations, for the status of goal H4: every reading of "the group's emissions", and the territory apart.

`group_emissions` [t]; dims gas (co2, co2e), scope (1, 1+2, 1+2+3), electricity (location, market), heat (in, out), base (low, mid, high):
one observation a year and combination; the base year three times, once an end of its range. Together with the path's shape, which is the
goal's rule, the readings are 2 x 3 x 2 x 2 x 3 x 2 = 144.
`territorial_emissions` [t]; dims gas; vintage = the edition. Never the group's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pandas as pd

from climate.baseyear import base
from climate.inventory import Inventory, Reading, totals, uncounted
from data.layers_emissions import BASES, ELECTRICITY, GASES, HEAT, SCOPE_SETS
from data.observations import Kind, Observation, RowLink

GROUP, TERRITORY = "group_emissions", "territorial_emissions"
TOTAL = "Totalt"
UNIT = "t"


def readings(chosen: Reading) -> Iterator[Reading]:
    """Yield every reading of gas, scope, electricity and heat; fuel basis and boundary as chosen."""
    for gas, scope, electricity, heat in product(GASES, SCOPE_SETS, ELECTRICITY, HEAT):
        yield replace(chosen, gas=gas, scope=scope, electricity=electricity, heat=heat)


def of_group(inventory: Inventory, chosen: Reading, *, base_year: int, source: str, vintage: str = "") -> list[Observation]:
    """Return the group's emissions under every reading; a year that is not whole is preliminary.

    A year in which an amount has no factor gives no observation: its total would be too low, and look like a success.
    """
    if inventory.rows.empty:
        return []
    found = []
    for reading in readings(chosen):
        dims = {name: getattr(reading, name) for name in ("gas", "scope", "electricity", "heat")}
        links = _links(inventory.rows, reading)
        for row in totals(inventory.rows, reading).itertuples():
            year = int(row.year)
            if year == base_year or uncounted(inventory.missing, reading, year):
                continue
            found.append(
                replace(
                    _observation(
                        year,
                        float(row.tonnes),
                        dims,
                        kind=_kind(inventory, year),
                        origin=(source, vintage),
                        rows=links.get(year, ()),
                    ),
                    low=float(row.low),
                    high=float(row.high),
                )
            )
        ends = base(inventory.rows, reading, base_year)
        if ends is not None and not uncounted(inventory.missing, reading, base_year):
            known = {"kind": "estimated", "origin": (source, vintage), "rows": links.get(base_year, ())}
            found += [_observation(base_year, ends.at(which), dims | {"base": which}, **known) for which in BASES]
    return found


def _kind(inventory: Inventory, year: int) -> Kind:
    if year in inventory.partial:
        return "preliminary"
    grades = inventory.rows.loc[inventory.rows["year"] == year, "grade"]
    return "estimated" if grades.isin(("estimated", "reconstructed")).all() else "measured"


def _links(rows: pd.DataFrame, reading: Reading) -> dict[int, tuple[RowLink, ...]]:
    inside = rows[(rows["gas"] == reading.gas) & rows["scope"].isin(reading.scope.split("+"))]
    by_file = inside.groupby(["year", "file"])["row"].unique()
    found: dict[int, tuple[RowLink, ...]] = {}
    for (year, file), numbers in by_file.items():
        found[int(year)] = (*found.get(int(year), ()), RowLink(str(file), tuple(sorted(int(n) for n in numbers))))
    return found


def _observation(
    year: int, tonnes: float, dims: dict[str, str], *, kind: Kind, origin: tuple[str, str], rows: tuple[RowLink, ...]
) -> Observation:
    source, vintage = origin
    return Observation(
        GROUP, dt.date(year, 12, 31), tonnes, UNIT, source, vintage, kind=kind, dims=tuple(dims.items()), rows=rows
    )


def of_territory(series: pd.DataFrame) -> list[Observation]:
    """Return the territory's totals (data.layers_emissions.TERRITORY), every edition; the newest year of an edition is not final."""
    return [
        Observation(
            TERRITORY,
            dt.date(int(row["year"]), 12, 31),
            float(row["tonnes"]),
            UNIT,
            str(row["source"] or ""),
            str(row["edition"]),
            dims=(("gas", str(row["gas"])),),
        )
        for row in series[series["sector"] == TOTAL].to_dict("records")
    ]
