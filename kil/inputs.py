"""Opens a project's inputs: one line an input says which reader reads it. Faults of all files are raised together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.errors import Fault, FaultCollector, InputError
from data.opening import require_file
from data.texts import text
from kil.fitting import fit
from kil.project import Project

if TYPE_CHECKING:
    from data.readers import Reading
    from data.sources import Source

REQUIRED = ("buildings", "dsm", "weather")
"""What the solar map cannot be made without."""
INSTEAD_OF_DSM = ("laser", "citymodel")
"""A surface model is made from either of these where there is none."""


def _buildings(project: Project) -> Reading:
    from data.readers import buildings

    return buildings.read(project.path("buildings"), crs=project.settings.municipality.crs)


def _facilities(project: Project) -> Reading:
    from data.readers import facilities

    return facilities.read(project.path("facilities"))


def _matches(project: Project) -> Reading:
    from data.readers import matching

    return matching.read_corrections(project.path("matches"))


def _plants(project: Project) -> Reading:
    from data.readers import plants

    return plants.read(project.path("plants"))


def _raster(name: str) -> Callable[[Project], Reading]:
    def read(project: Project) -> Reading:
        from data.readers import elevation

        return elevation.read(project.path(name), crs=project.settings.municipality.crs, name=name)

    return read


def _laser(project: Project) -> Reading:
    from data.readers import laser

    return laser.read(project.path("laser"), crs=project.settings.municipality.crs)


def _citymodel(project: Project) -> Reading:
    from data.readers import citymodel

    return citymodel.read(project.path("citymodel"), crs=project.settings.municipality.crs)


def _weather(project: Project) -> Reading:
    from data.readers import weather

    settings = project.settings
    return weather.read(project.path("weather"), format=settings.inputs.weather_format, site=settings.municipality.site)


def _background(project: Project) -> Reading:
    from data.readers import background

    return background.read(project.path("background"), crs=project.settings.municipality.crs)


def _boundary(project: Project) -> Reading:
    from data.readers import background

    place = project.settings.municipality
    return background.boundary(project.path("boundary"), crs=place.crs, code=place.code, name=place.name, site=place.site)


def _addresses(project: Project) -> Reading:
    """Return the addresses; nothing, and why, until the municipality has reviewed that they may be published."""
    from data.readers import Reading, addresses
    from data.sources import of_file

    path = project.path("addresses")
    require_file(path, folder=path.suffix.lower() == ".gdb")
    if not project.settings.addresses.reviewed:
        return Reading(None, of_file(path, "own_file"), (text("addresses.not_reviewed", file=path.name),))
    return addresses.read(path, crs=project.settings.municipality.crs)


def _activities(project: Project) -> Reading:
    from data.readers import activity

    ratio = project.settings.emissions.unit_slip_ratio
    return activity.read(project.path("activities"), slip_ratio=ratio, group=_group(project))


def _base_year(project: Project) -> Reading:
    from data.readers import activity

    ratio = project.settings.emissions.unit_slip_ratio
    return activity.read_base_year(project.path("base_year"), slip_ratio=ratio, group=_group(project))


def _group(project: Project) -> Any:
    """Return the organisations that names are held against; None without a list, or with one whose own faults are told apart."""
    from data.readers import organisations

    if not project.has("organisations"):
        return None
    try:
        return organisations.read(project.path("organisations")).data
    except InputError:
        return None


def _organisations(project: Project) -> Reading:
    from data.readers import organisations

    return organisations.read(project.path("organisations"))


def _emission_list(name: str, reader: str) -> Callable[[Project], Reading]:
    def read(project: Project) -> Reading:
        from data.readers import emissionlists

        return getattr(emissionlists, reader)(project.path(name))

    return read


def _vehicles(project: Project) -> Reading:
    from data.readers import vehicles

    return vehicles.read(project.path("vehicles"))


def _replacements(project: Project) -> Reading:
    from data.readers import ledger

    return ledger.read(project.path("replacements"))


def _fuel_cards(project: Project) -> Reading:
    from data.readers import fuelcards

    return fuelcards.read(project.path("fuel_cards"))


def _meters(project: Project) -> Reading:
    from data.readers import meters

    return meters.read(project.path("meters"))


def _prices(project: Project) -> Reading:
    from data.readers import prices

    return prices.read(project.path("prices"))


def _spot(project: Project) -> Reading:
    from data.readers import prices

    return prices.read_spot(project.path("spot"))


def _sites(project: Project) -> Reading:
    from data.readers import ground

    return ground.read(project.path("sites"), crs=project.settings.municipality.crs)


def _goals(project: Project) -> Reading:
    from kil.statusinputs import goals

    return goals(project)


def _metrics(project: Project) -> Reading:
    from kil.statusinputs import metric_values

    return metric_values(project)


READERS: dict[str, Callable[[Project], Reading]] = {
    "buildings": _buildings,
    "facilities": _facilities,
    "matches": _matches,
    "plants": _plants,
    "dsm": _raster("dsm"),
    "dtm": _raster("dtm"),
    "trees": _raster("trees"),
    "far": _raster("far"),
    "laser": _laser,
    "citymodel": _citymodel,
    "weather": _weather,
    "background": _background,
    "boundary": _boundary,
    "vehicles": _vehicles,
    "replacements": _replacements,
    "fuel_cards": _fuel_cards,
    "addresses": _addresses,
    "meters": _meters,
    "prices": _prices,
    "spot": _spot,
    "sites": _sites,
    "activities": _activities,
    "organisations": _organisations,
    "base_year": _base_year,
    "emission_factors": _emission_list("emission_factors", "read_factors"),
    "measures": _emission_list("measures", "read_measures"),
    "editions": _emission_list("editions", "read_editions"),
    "territory": _emission_list("territory", "read_territory"),
    "goals": _goals,
    "metrics": _metrics,
}


@dataclass(frozen=True)
class Opened:
    """Inputs that were there, by name; what each rests on; what a person should know."""

    data: dict[str, Any]
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())

    def get(self, name: str) -> Any:
        """Return the input, or None if the project has no such file."""
        return self.data.get(name)


def open_inputs(project: Project, names: Iterable[str] = tuple(READERS), *, required: Iterable[str] = REQUIRED) -> Opened:
    """Read every named input that exists; raise InputError with the faults of all of them."""
    data, sources, warnings = {}, [], []
    with FaultCollector() as faults:
        for name in names:
            if not project.has(name):
                if named(project, name) or (name in required and name in lacking(project)):
                    faults.add(absent(project, name))
                continue
            try:
                reading = READERS[name](project)
            except InputError as error:
                faults.absorb(error)
                continue
            data[name] = reading.data
            sources.append(project.owned(reading.source))
            warnings += reading.warnings
        try:
            data, moved = fit(data, project.settings.municipality.crs, project.settings.municipality.site)
            warnings += moved
        except InputError as error:
            faults.absorb(error)
    return Opened(data, tuple(sources), tuple(warnings), tuple(project.missing()))


def begun(project: Project) -> bool:
    """Return whether the project has any of the files the solar map cannot be made without."""
    return any(project.has(name) for name in (*REQUIRED, *INSTEAD_OF_DSM))


def lacking(project: Project) -> list[str]:
    """Return the files the solar map cannot be made without and that are not there: laser or a city model will do for `dsm`."""
    shaped = any(project.has(name) for name in INSTEAD_OF_DSM)
    return [name for name in REQUIRED if not project.has(name) and not (name == "dsm" and shaped)]


def named(project: Project, name: str) -> bool:
    """Return whether kil.toml itself names the file of an input: then one that is not there is a slip, not a choice."""
    return name in project.settings.inputs.model_fields_set


def absent(project: Project, name: str) -> Fault:
    """Return the fault of a required file that is not there."""
    path = getattr(project.settings.inputs, name)
    fix = text(f"input.{name}", path=path)
    return Fault(path, text("input.absent"), fix)
