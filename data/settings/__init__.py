"""kil.toml: every choice a municipality makes, frozen, each with unit, reason and source in its docstring.

    settings = load(Path("kil.toml"))     # raises InputError with every fault
    settings.solar.near_m

One module a section; a new section is a class here and a field of `Settings`.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from data import tomlfile
from data.errors import Fault, InputError
from data.expected import expected
from data.settings.base import Section
from data.settings.economy import EconomySettings, PlanSettings
from data.settings.emissions import EmissionSettings
from data.settings.fleet import FleetSettings
from data.settings.inputs import Inputs
from data.settings.matching import AddressSettings, MatchingSettings
from data.settings.municipality import Municipality, Site
from data.settings.publishing import OnlineMap, PublishingSettings
from data.settings.solar import SolarSettings
from data.settings.status import StatusSettings
from data.texts import language, text

REQUIRED = {
    "municipality": '[municipality] name = "Kils kommun"',
    "municipality.name": 'name = "Kils kommun"',
    "municipality.site": "site = { latitude = 59.50, longitude = 13.32, altitude = 60 }",
    "municipality.site.latitude": "latitude = 59.50",
    "municipality.site.longitude": "longitude = 13.32",
}
"""Settings a file cannot do without, as they are written."""
__all__ = [
    "EconomySettings",
    "EmissionSettings",
    "FleetSettings",
    "Inputs",
    "Municipality",
    "OnlineMap",
    "PlanSettings",
    "PublishingSettings",
    "Section",
    "Settings",
    "Site",
    "SolarSettings",
    "StatusSettings",
    "load",
]


class Settings(Section):
    """Everything in kil.toml."""

    municipality: Municipality
    """Who the results are about."""
    inputs: Inputs = Field(default_factory=Inputs)
    """Where the files are, relative to kil.toml."""
    matching: MatchingSettings = Field(default_factory=MatchingSettings)
    """Joining facilities to buildings."""
    addresses: AddressSettings = Field(default_factory=AddressSettings)
    """Address search in the map."""
    solar: SolarSettings = Field(default_factory=SolarSettings)
    """How roofs, shade, power and classes are computed."""
    economy: EconomySettings = Field(default_factory=EconomySettings)
    """What solar power is worth on one grid connection."""
    plan: PlanSettings = Field(default_factory=PlanSettings)
    """The way to the solar target: what may be built, when and how it is paid."""
    fleet: FleetSettings = Field(default_factory=FleetSettings)
    """The vehicle goals, the pairing of old and new, and the plan."""
    emissions: EmissionSettings = Field(default_factory=EmissionSettings)
    """The halving goal and how emissions are computed."""
    status: StatusSettings = Field(default_factory=StatusSettings)
    """The follow-up of the goals."""
    publishing: PublishingSettings = Field(default_factory=PublishingSettings)
    """Publishing: the record of open data, and the online base map."""


def load(path: Path) -> Settings:
    """Return the settings in `path`; raise InputError with every unknown name and unusable value."""
    tree = tomlfile.read(path)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise InputError(_fault(path.name, e) for e in error.errors(include_url=False)) from None


def _fault(file: str, error: ErrorDetails) -> Fault:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _section(error["loc"][:-1]).model_fields
        guesses = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        hint = text("settings.hint", guess=guesses[0]) if guesses else ""
        return Fault(file, text("settings.unknown"), text("settings.unknown_fix", hint=hint), column=where)
    if error["type"] == "missing":
        example = REQUIRED.get(where, "")
        return Fault(file, text("settings.missing"), text("settings.missing_fix"), column=where, expected=example or None)
    meaning = _meaning(error["loc"]) if language() == "en" else text("settings.explained")
    got = text("settings.bad", value=error["input"])
    return Fault(file, got, text("settings.bad_fix", meaning=meaning), column=where, expected=expected(error))


def _section(location: tuple) -> type[Section]:
    section: type[Section] = Settings
    for part in location:
        annotation = section.model_fields[part].annotation if part in section.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, Section)):
            break
        section = annotation
    return section


def _meaning(location: tuple) -> str:
    *parents, last = [part for part in location if isinstance(part, str)]
    field = _section(tuple(parents)).model_fields.get(last)
    return (field.description or "") if field else ""
