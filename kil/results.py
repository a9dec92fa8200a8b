"""What each module of a build computed, as its files, its pages and the modules after it take it. Imports no part: parts import this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from climate.emissions import Emissions
    from climate.territory import Series
    from data.errors import Fault
    from data.readers.matching import Matching
    from data.readers.organisations import Group
    from data.sources import Source
    from fleet.assessment import Fleet
    from kil.fleetinputs import FleetInputs
    from kil.inputs import Opened
    from solar.assessment import Assessment, Surroundings
    from solar.candidates import Roofs
    from solar.load import Load
    from solar.plan import Plan
    from solar.sizing import Connection, Market


@dataclass(frozen=True)
class SolarResult:
    """What the other modules and the files are made from."""

    assessment: Assessment
    surroundings: Surroundings
    opened: Opened
    matching: Matching
    irradiation: xr.DataArray
    warnings: tuple[str, ...]
    public_warnings: tuple[str, ...]


@dataclass(frozen=True)
class PlanResult:
    """What the plan's files are made from.

    connections: of roofs, by id; areas: of carports and ground. allowed: `candidates.eligible`. loads: by connection. overstated:
    (connection, own use by the hour, by the quarter) of the one meter it was measured on, or None. readings: reading of H8 -> MW built.
    h8: every reading, `solar.h8.readings`; None without a list of plants.
    """

    plan: Plan
    market: Market
    roofs: Roofs
    allowed: pd.DataFrame
    connections: Mapping[str, Connection]
    loads: Mapping[str, Load]
    sites: Any
    opened: Opened
    overstated: tuple[str, float, float] | None
    readings: Mapping[str, float]
    directive: pd.DataFrame
    warnings: tuple[str, ...]
    h8: Mapping[str, Any] | None = None
    areas: Mapping[str, Connection] = field(default_factory=dict)


@dataclass(frozen=True)
class FleetResult:
    """What the files, and the modules after this one, are made from.

    depots: `fleet.charging.depots`. saved: `fleet.plan.saved_tonnes`. pv: whether solar results were there to match with.
    """

    fleet: Fleet
    inputs: FleetInputs
    depots: pd.DataFrame
    saved: pd.DataFrame
    pv: bool
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class EmissionsResult:
    """What the page, the files and the status are made from. result None: no inventory, only the territory."""

    result: Emissions | None
    territory: tuple[Series, ...]
    territory_rows: pd.DataFrame
    factors: pd.DataFrame
    group: Group
    opened: Opened
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]
    public_warnings: tuple[str, ...] = ()
