"""Lists beside the activities: factors of the municipality's own, other measures, earlier editions, and the territory's series."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import Fault
from data.layers_emissions import ACTIVITIES, EDITIONS, FACTORS, MEASURES, TERRITORY
from data.readers import emissionfacts
from data.readers.cells import fold
from data.readers.reading import Reading
from data.readers.spreadsheet import Place, Synonyms, read_contract
from data.sources import of_file
from data.tables import Table
from data.texts import text


def _synonyms(table: Table) -> Synonyms:
    words = emissionfacts.synonyms()
    own = words.get(table.name, {})
    values = {"gas": words["gas"], "electricity": words["electricity"], **own.get("values", {})}
    return Synonyms(own.get("columns", {}), values, ("okänt", "saknas", "?", "-"))


def read_factors(path: Path) -> Reading[pd.DataFrame]:
    """Return factors of the municipality's own (FACTORS), all with status "own"; raise InputError with every fault."""

    def prepare(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
        known = emissionfacts.carrier_words()
        faults = [
            Fault(
                place.file,
                text("emissions.carrier", value=said),
                text("emissions.carrier_fix", names=", ".join(c.name for c in emissionfacts.carriers().values())),
                sheet=place.sheet,
                row=int(number),
                column=ACTIVITIES["carrier"].label,
            )
            for number, said in frame.get("carrier", pd.Series(dtype=object)).dropna().items()
            if fold(said) not in known
        ]
        if "carrier" in frame:
            frame = frame.assign(carrier=frame["carrier"].map(lambda said: known.get(fold(said or ""), said)))
        return frame.assign(status="own"), faults, []

    rows = read_contract(path, FACTORS, _synonyms(FACTORS), prepare=prepare)
    return Reading(rows.frame.reset_index(drop=True), of_file(path, "own_file"), rows.warnings)


def read_measures(path: Path) -> Reading[pd.DataFrame]:
    """Return decided and planned measures (MEASURES) with `row`; raise InputError with every fault."""
    rows = read_contract(path, MEASURES, _synonyms(MEASURES))
    frame = rows.frame.assign(row=rows.frame.index.astype(int)).reset_index(drop=True)
    return Reading(frame, of_file(path, "own_file"), rows.warnings)


def read_editions(path: Path) -> Reading[pd.DataFrame]:
    """Return earlier totals of the group's own inventory (EDITIONS)."""
    rows = read_contract(path, EDITIONS, _synonyms(EDITIONS))
    return Reading(rows.frame.reset_index(drop=True), of_file(path, "own_file"), rows.warnings)


def read_territory(path: Path) -> Reading[pd.DataFrame]:
    """Return the territory's series (TERRITORY) from the project's own file."""
    rows = read_contract(path, TERRITORY, _synonyms(TERRITORY), sums=False)  # Totalt is a sector
    return Reading(rows.frame.reset_index(drop=True), of_file(path, "own_file"), rows.warnings)
