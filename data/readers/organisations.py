"""organisationer.toml: which organisations make the group, from when, by what share; and the district-heating nets with their factors.

    [[organisation]]
    name = "Ljusåsa kommun"
    in_group = "yes"                  # yes | no | share
    share_percent = 100
    from = 1971-01-01                 # to = ... when it left
    reason = "moderorganisation"

    [[net]]
    name = "Ljusåsa fjärrvärme"
    [[net.factor]]
    from = 1990-01-01
    g_co2e_kwh = 24.0
    g_co2_kwh = 20.0
    source = "Energibolagets miljövärden 2024"

A net's factor may be a fuel mix instead: `fuels = [{ share = 0.9, g_co2_mj = 0 }, { name = "returträ", share = 0.1, g_co2_mj = 102,
fossil_share = 0.3 }]` and `efficiency`; the fossil share of waste wood then stands in the open.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
from pydantic import Field, ValidationError, model_validator

from data import tomlfile
from data.errors import Fault, InputError
from data.expected import UNKNOWN_NAMES, expected
from data.layers_emissions import ACTIVITIES
from data.readers.reading import Reading
from data.settings.base import Section
from data.sources import of_file
from data.texts import text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MJ_PER_KWH = 3.6
GUESS_LIKENESS = 0.6
Share = Annotated[float, Field(ge=0, le=1)]


class Organisation(Section):
    """One organisation of the group, or one that is near it and left out with a reason."""

    name: str
    """Name as written in the lists."""
    number: str = ""
    """Organisation number."""
    in_group: Literal["yes", "no", "share"] = "yes"
    """yes: counted whole. no: left out. share: owned in part, counted by the chosen boundary."""
    share_percent: Annotated[float, Field(ge=0, le=100)] = 100.0
    """Share owned [%]."""
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    """First day in the group; empty = always."""
    to: dt.date | None = None
    """Last day in the group; empty = still."""
    reason: str = ""
    """Why it is in or out."""

    @model_validator(mode="after")
    def _forward(self) -> Organisation:
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError("from ≤ to")
        return self


class Fuel(Section):
    """A part of a net's fuel."""

    name: str = ""
    """What it is."""
    share: Share
    """Share of the fuel energy, 0..1."""
    g_co2_mj: Annotated[float, Field(ge=0)]
    """Carbon dioxide when burnt [g/MJ]."""
    fossil_share: Share = 1.0
    """Share of that carbon that is fossil; for waste wood the plastics and glue in it."""


class NetFactor(Section):
    """A net's factor over an interval: given, or computed from its fuels."""

    from_: Annotated[dt.date, Field(alias="from")]
    """First day."""
    to: dt.date | None = None
    """Last day; empty = still."""
    g_co2e_kwh: Annotated[float | None, Field(ge=0)] = None
    """All greenhouse gases [g/kWh heat delivered]."""
    g_co2_kwh: Annotated[float | None, Field(ge=0)] = None
    """Fossil carbon dioxide [g/kWh heat delivered]."""
    fuels: tuple[Fuel, ...] = ()
    """The fuel mix, instead of the two above."""
    efficiency: Annotated[float, Field(gt=0, le=1.2)] = 1.0
    """Heat delivered per fuel energy, flue-gas condensation and losses in the net included."""
    uncertainty_percent: Annotated[float, Field(ge=0, le=100)] = 20.0
    """Half width of the likely range [%]."""
    source: str = ""
    """Where the number stands."""
    carried: bool = False
    """True when another year's number is used."""

    @model_validator(mode="after")
    def _one_way(self) -> NetFactor:
        if not self.fuels and self.g_co2e_kwh is None and self.g_co2_kwh is None:
            raise ValueError("g_co2e_kwh, g_co2_kwh, fuels")
        return self

    def grams(self) -> tuple[float | None, float | None]:
        """Return (CO2e, CO2) in g/kWh; a fuel mix gives CO2, and CO2e only where it is given beside."""
        if not self.fuels:
            return self.g_co2e_kwh, self.g_co2_kwh
        co2 = sum(f.share * f.fossil_share * f.g_co2_mj for f in self.fuels) * MJ_PER_KWH / self.efficiency
        return self.g_co2e_kwh if self.g_co2e_kwh is not None else co2, co2


class Net(Section):
    """A district-heating net."""

    name: str
    """Name as written in the lists."""
    factor: tuple[NetFactor, ...]
    """Its factors over time."""


class _File(Section):
    organisation: tuple[Organisation, ...] = ()
    """Organisations."""
    net: tuple[Net, ...] = ()
    """District-heating nets."""


@dataclass(frozen=True)
class Group:
    """The organisations, and the nets' factors as rows of data.layers_emissions.FACTORS."""

    organisations: tuple[Organisation, ...]
    net_factors: pd.DataFrame
    nets: tuple[str, ...]


def read(path: Path) -> Reading[Group]:
    """Return the group; raise InputError with every unknown name and unusable value."""
    tree = tomlfile.read(path, fix=text("emissions.toml_fix"))
    if not tree:
        raise InputError(Fault(path.name, text("readers.empty"), text("readers.empty_fix")))
    try:
        parsed = _File.model_validate(tree)
    except ValidationError as error:
        raise InputError(_fault(path.name, e) for e in error.errors(include_url=False)) from None
    group = Group(parsed.organisation, net_factors(parsed.net), tuple(net.name for net in parsed.net))
    return Reading(group, of_file(path, "own_file"))


def _fault(file: str, error: ErrorDetails) -> Fault:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] in UNKNOWN_NAMES:
        return Fault(file, text("emissions.entry_unknown"), text("emissions.entry_unknown_fix"), column=where)
    if error["type"] == "missing":
        return Fault(file, text("emissions.entry_missing"), text("emissions.entry_missing_fix"), column=where)
    got = text("emissions.entry", value=repr(error.get("input")))
    return Fault(file, got, text("emissions.entry_fix"), column=where, expected=expected(error))


def net_factors(nets: Iterable[Net]) -> pd.DataFrame:
    """Return the nets' factors (FACTORS): carrier district_heating, basis supplier, one row a gas and interval."""
    rows = []
    for net in nets:
        for factor in net.factor:
            for gas, grams in zip(("co2e", "co2"), factor.grams(), strict=True):
                if grams is not None:
                    rows.append(_factor_row(net.name, factor, gas, grams))
    columns = ["carrier", "gas", "basis", "net", "valid_from", "valid_to", "value", "unit"]
    frame = pd.DataFrame(rows, columns=[*columns, "status", "uncertainty_percent", "source", "note"])
    return frame.astype({"valid_from": "datetime64[ns]", "valid_to": "datetime64[ns]"})


def _factor_row(net: str, factor: NetFactor, gas: str, grams: float) -> list:
    note = "; ".join(f"{f.name or '?'} {f.share:.0%}, fossil {f.fossil_share:.0%}" for f in factor.fuels)
    status = "carried" if factor.carried else "derived" if factor.fuels else "own"
    start, end = pd.Timestamp(factor.from_), pd.Timestamp(factor.to) if factor.to else pd.NaT
    basis = ["district_heating", gas, "supplier", net, start, end, grams, "g/kWh"]
    return [*basis, status, factor.uncertainty_percent, factor.source or net, note or None]


def unknown_name(group: Group, column: str, value: str, place: tuple[str, str | None, int]) -> Fault | None:
    """Return the fault of a name that is not in organisationer.toml; None where it is. column: organisation or net."""
    names = [o.name for o in group.organisations] if column == "organisation" else list(group.nets)
    if value in names:
        return None
    near = difflib.get_close_matches(value, names, n=1, cutoff=GUESS_LIKENESS)
    fix = (
        text("emissions.organisation_guess", guess=near[0])
        if near
        else text(f"emissions.{column}_fix", names=", ".join(names) or "–")
    )
    file, sheet, row = place
    return Fault(file, text(f"emissions.{column}", value=value), fix, sheet=sheet, row=row, column=ACTIVITIES[column].label)
