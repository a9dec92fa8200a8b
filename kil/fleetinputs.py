"""What `kil fleet` reads: the vehicle list, the ledger, fuel cards, definitions of fossil-free and the periods of the act."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from data import tomlfile
from data.errors import Fault, FaultCollector, InputError
from data.readers.reading import Reading
from data.sources import Source, of_file, registry
from data.texts import text
from fleet.definitions import Definition, parse, unknown_name
from fleet.procurement import Period, periods
from kil.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from data.readers.vehicles import VehicleList

CITED = ("eu_2019_1161", "sfs_2011_846", "sfs_2011_847", "kolada_u00502")
"""Sources of the shipped definitions, the minimum shares and the energy of fuels."""


@dataclass(frozen=True)
class FleetInputs:
    """Everything read. ledger: LEDGER as edited (index = row in the file), or None. cards: FUEL_ROWS, or None."""

    list: VehicleList
    definitions: tuple[Definition, ...]
    law: tuple[Period, ...]
    ledger: pd.DataFrame | None
    cards: pd.DataFrame | None
    faults: tuple[Fault, ...]
    sources: tuple[Source, ...]


def read_inputs(project: Project) -> FleetInputs:
    """Return the fleet's inputs; raise InputError with the faults of every file that cannot be used at all."""
    from data.readers import fuelcards, ledger, vehicles

    found: dict[str, Reading] = {}
    with FaultCollector() as faults:
        for name, read in (("vehicles", vehicles.read), ("replacements", ledger.read), ("fuel_cards", fuelcards.read)):
            if project.has(name):
                try:
                    found[name] = read(project.path(name))
                except InputError as error:
                    faults.absorb(error)
        try:
            meant, own = definitions(project)
        except InputError as error:
            faults.absorb(error)
    rows = {name: reading.data.rows for name, reading in found.items()}
    return FleetInputs(
        found["vehicles"].data,
        meant,
        law(),
        rows.get("replacements"),
        rows.get("fuel_cards"),
        tuple(fault for reading in found.values() for fault in reading.data.faults),
        (*(project.owned(reading.source) for reading in found.values()), *own, *(registry()[name] for name in CITED)),
    )


def definitions(project: Project) -> tuple[tuple[Definition, ...], tuple[Source, ...]]:
    """Return the definitions shipped and the project's own (of the same id: its own), and the own file's source.

    Raises InputError for a file that cannot be read, or where the goal's own definition is in neither.
    """
    known, sources = {each.id: each for each in shipped()}, ()
    if project.has("definitions"):
        path = project.path("definitions")
        tree = tomlfile.read(path)
        if others := sorted(set(tree) - {"definition"}):
            raise InputError(
                Fault(path.name, text("settings.unknown"), text("settings.definitions_fix"), column=name) for name in others
            )
        known |= {each.id: each for each in parse(tree, path.name)}
        sources = (of_file(path, project.own_source),)
    chosen = project.settings.fleet.goal.definition
    if chosen not in known:
        raise InputError(Fault(project.config.name, *unknown_name(chosen, list(known)), column="fleet.goal.definition"))
    return tuple(known.values()), sources


@cache
def shipped() -> tuple[Definition, ...]:
    """Return the definitions of data/reference/definitions.toml."""
    return parse(_reference("definitions.toml"), "definitions.toml")


@cache
def law() -> tuple[Period, ...]:
    """Return the periods and minimum shares of data/reference/fordonslag.toml."""
    return periods(_reference("fordonslag.toml"))


def _reference(name: str) -> dict[str, Any]:
    return tomllib.loads((files("data") / "reference" / name).read_text(encoding="utf-8"))
