"""Solar plants already built or decided (xlsx, csv): what counts towards the target before any new roof."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from data import sources
from data.errors import Fault
from data.layers import PLANTS
from data.readers import coordinates
from data.readers.cells import as_text, date
from data.readers.reading import Reading
from data.readers.spreadsheet import Place, Synonyms, read_contract
from data.sources import Source
from data.texts import text

MOST_ON_A_ROOF_KW = 15_000.0
"""Power no plant on a building reaches (Sweden's largest roof has about 11 MW): the number is in W [kW]."""
FIRST_YEAR, LAST_YEAR = 1980, 2100  # a number between them is a year, not a day of a workbook
_TYPED = replace(PLANTS, columns=tuple(replace(c, required=False) if c.name == "plant_id" else c for c in PLANTS.columns))


def read(path: Path, *, source: Source | str = "own_file") -> Reading[pd.DataFrame]:
    """Return the plants, satisfying `layers.PLANTS`; index = row in the file. A list without ids gets the row number as id.

    An empty day of use means decided, not built; a year alone is its last day, and said. Raises InputError with every fault: no
    power, ids that occur twice, days that do not exist.
    """
    years: set[int] = set()
    rows = read_contract(
        path, _TYPED, Synonyms.of("anlaggningar_byggda"), prepare=_prepared, cells={"in_use": partial(_day, years=years)}
    )
    said = [text("plants.year_only", file=path.name, years=", ".join(map(str, sorted(years))))] if years else []
    others = [name for name in rows.frame.columns if name not in PLANTS.names]
    return Reading(rows.frame[[*PLANTS.names, *others]], sources.of_file(path, source), (*rows.warnings, *said))


def _day(cell: object, years: set[int]) -> pd.Timestamp | None:
    """Return the day of a cell; a year alone is its last day (never counted too early) and is kept in `years`."""
    said = as_text(cell) or ""
    if said.isdigit() and FIRST_YEAR <= int(said) <= LAST_YEAR:
        years.add(int(said))
        return pd.Timestamp(int(said), 12, 31)
    day = date(cell)
    return None if day is None else pd.Timestamp(day)


def _prepared(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    frame, faults, said = coordinates.settled(frame, PLANTS, place)
    faults = [*faults, *_power_faults(frame, place)]
    if "plant_id" not in frame:
        frame = frame.assign(plant_id=[f"rad {row}" for row in frame.index])
        said = [*said, text("plants.made_ids", file=place.file)]
    return frame, faults, said


def _power_faults(frame: pd.DataFrame, place: Place) -> list[Fault]:
    if "kwp" not in frame:
        return []
    power = pd.to_numeric(frame["kwp"], errors="coerce")
    on_a_roof = frame[[name for name in ("building_id", "facility_id") if name in frame]].notna().any(axis=1)
    return [
        Fault(
            place.file,
            text("plants.in_watts", value=f"{power[row]:.0f}"),
            text("plants.in_watts_fix"),
            sheet=place.sheet,
            row=int(row),
            column=PLANTS["kwp"].label,
        )
        for row in frame.index[on_a_roof & (power > MOST_ON_A_ROOF_KW)]
    ]
