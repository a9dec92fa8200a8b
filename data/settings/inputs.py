"""[inputs]: the files of a project folder, relative to kil.toml. All but the first two may be absent."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from data.settings.base import Section
from data.texts import text


def _inside(value: str) -> str:
    path = PurePosixPath(value.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in value:
        raise ValueError(text("expected.inside"))
    return str(path)


InputPath = Annotated[str, AfterValidator(_inside)]


class Inputs(Section):
    """Paths of every input. A missing optional file is said in one line, with what it would add."""

    buildings: InputPath = "indata/byggnader.gpkg"
    """Building footprints: any vector file."""
    facilities: InputPath = "indata/fastigheter.xlsx"
    """The municipality's own list of properties and facilities."""
    matches: InputPath = "indata/koppling.xlsx"
    """Corrections of facilities that could not be joined to buildings; written, edited, read back."""
    plants: InputPath = "indata/anlaggningar.xlsx"
    """Solar plants already built."""
    sites: InputPath = "indata/markytor.gpkg"
    """Parking places and ground that could carry solar cells."""
    laser: InputPath = "indata/laserdata"
    """Folder of laser scans (LAZ or LAS)."""
    citymodel: InputPath = "indata/stadsmodell.city.json"
    """3D city model (CityJSON or CityJSONSeq)."""
    dsm: InputPath = "indata/ytmodell.tif"
    """Surface model: ground, buildings; trees apart if `trees` is given [m]."""
    dtm: InputPath = "indata/markmodell.tif"
    """Ground model [m]."""
    trees: InputPath = "indata/trad.tif"
    """Tree canopy height above ground [m]."""
    far: InputPath = "indata/fjarran.tif"
    """Coarse terrain model around the municipality, in any CRS [m]."""
    background: InputPath = "indata/bakgrund.gpkg"
    """Roads, railway, water, forest and names for the map."""
    boundary: InputPath = "indata/kommungrans.gpkg"
    """The municipality's boundary."""
    addresses: InputPath = "indata/adresser.csv"
    """Addresses to search for in the map (csv, xlsx or vector file): address with coordinates or building id."""
    weather: InputPath = "indata/vader.csv"
    """One year of hourly weather (EPW, PVGIS, SMHI, STRÅNG, UMEP or the plain csv of docs/data.md)."""
    weather_format: str = "auto"
    """Which reader: auto, plain, epw, pvgis, smhi, strang or umep."""
    meters: InputPath = "indata/matvarden"
    """Folder of meter series (csv or workbook): electricity used by the hour or quarter."""
    prices: InputPath = "indata/priser.csv"
    """Prices, fees and taxes of the municipality's own, before those of data/reference/prices.csv."""
    spot: InputPath = "indata/spotpriser.csv"
    """Hourly spot prices of one year (time; SEK/kWh), instead of monthly means."""
    vehicles: InputPath = "indata/fordon.xlsx"
    """The fleet manager's list of vehicles: a workbook, a csv, or a folder of yearly lists."""
    replacements: InputPath = "indata/ersattningar.xlsx"
    """Old and new vehicles in pairs, with exemptions; written, edited, read back."""
    fuel_cards: InputPath = "indata/tankningar.csv"
    """Fuel-card rows: registration number, date, product, litres."""
    definitions: InputPath = "indata/definitioner.toml"
    """Definitions of fossil-free of the municipality's own, beside those shipped."""
    activities: InputPath = "indata/aktiviteter.xlsx"
    """What the group used: fuel, electricity, heat and travel, one row an invoice or estimate."""
    organisations: InputPath = "indata/organisationer.toml"
    """Organisations of the group with share and dates, and the district-heating nets with their factors."""
    base_year: InputPath = "indata/basar.xlsx"
    """Reconstruction of the base year (1990): evidence per carrier with low, mid and high."""
    emission_factors: InputPath = "indata/faktorer.csv"
    """Emission factors of the municipality's own, beside those shipped; its rows win."""
    measures: InputPath = "indata/atgarder.xlsx"
    """Decided and planned measures beside the fleet and solar plans."""
    editions: InputPath = "indata/utgavor.csv"
    """Earlier published totals of the group's own emissions."""
    territory: InputPath = "indata/territoriet.csv"
    """Emissions within the municipality's borders, with editions (the national emissions database)."""
    goals: InputPath = "indata/goals.toml"
    """The municipality's goals; without the file the shipped goals of Kil are followed if the code is Kil's."""
    metrics: InputPath = "indata/nyckeltal.xlsx"
    """Values of the goals' indicators and the responsible bodies' own assessments, as a clerk writes them."""
