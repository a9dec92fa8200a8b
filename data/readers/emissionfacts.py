"""Shipped facts of emissions: factors, heating values, warming potentials, carriers, units, and the territory's published series."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from data.layers_emissions import FACTORS, TERRITORY
from data.readers.cells import fold
from data.tables import validate
from data.texts import language


@dataclass(frozen=True)
class Carrier:
    """What can be used. kind: fuel, electricity, heat, refrigerant or distance; unit: the one it is usually bought in."""

    id: str
    kind: str
    unit: str
    words: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name in the language in force."""
        return self.names[language()]

    @property
    def scope(self) -> str:
        """The scope it usually belongs to."""
        return {"fuel": "1", "refrigerant": "1", "electricity": "2", "heat": "2", "distance": "3"}[self.kind]


@dataclass(frozen=True)
class Unit:
    """A unit: what it measures ("MJ", "l", "kg", "km" or "Nm3") and how many of that one of it is."""

    name: str
    of: str
    worth: float


def _text(name: str) -> str:
    return (files("data") / "reference" / name).read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(name))))


@cache
def carriers() -> dict[str, Carrier]:
    """Return the carriers by id."""
    entries = tomllib.loads(_text("carriers.toml"))
    return {
        id_: Carrier(id_, e["kind"], e["unit"], tuple(e["words"]), {"sv": e["sv"], "en": e["en"]}) for id_, e in entries.items()
    }


@cache
def carrier_words() -> dict[str, str]:
    """Return folded word -> carrier id."""
    return {fold(word): c.id for c in carriers().values() for word in (c.id, *c.names.values(), *c.words)}


@cache
def synonyms() -> dict[str, Any]:
    """Return utslapp_synonymer.toml."""
    return tomllib.loads(_text("utslapp_synonymer.toml"))


@cache
def units() -> dict[str, Unit]:
    """Return folded word -> unit."""
    return {
        fold(word): Unit(name, e["of"], float(e["worth"]))
        for name, e in synonyms()["unit"].items()
        for word in (name, *e["words"])
    }


@cache
def heating_values() -> dict[str, tuple[str, float]]:
    """Return carrier -> (unit, MJ a unit), lower heating value."""
    return {row["carrier"]: (row["unit"], float(row["mj"])) for row in _rows("heating_values.csv")}


@cache
def warming_potentials(name: str) -> dict[str, float]:
    """Return substance -> kg CO2e a kg over 100 years, by the named set ("ar4" or "ar5")."""
    return {row["substance"]: float(row["gwp"]) for row in _rows("gwp.csv") if row["set"] == name}


@cache
def factors() -> pd.DataFrame:
    """Return the shipped factors (FACTORS); `source` is an id of data/reference/sources.toml."""
    frame = pd.read_csv(io.StringIO(_text("factors.csv")), dtype={"carrier": str, "note": str}, keep_default_na=True)
    dates = {name: pd.to_datetime(frame[name]) for name in ("valid_from", "valid_to")}
    return validate(frame.assign(**dates), FACTORS, file="factors.csv")


@cache
def territory(municipality: str) -> pd.DataFrame:
    """Return the published series of a municipality's territory (TERRITORY); empty if none is shipped."""
    rows = [row for row in _rows("territory.csv") if row["municipality"] == municipality]
    frame = pd.DataFrame(rows, columns=["year", "gas", "sector", "tonnes", "edition", "source"])
    return validate(frame.astype({"year": int, "tonnes": float}), TERRITORY, file="territory.csv")
