"""Indicators: what each series is called, its unit and dims, who has it, and when a year's value is final. reference/indikatorer.toml."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from data.rules import STRICT
from data.texts import language

UNIT_ALIASES = {
    **dict.fromkeys(("count", "1", "pieces"), "st"),
    **dict.fromkeys(("tonnes", "ton", "t CO2", "t CO2e", "tCO2", "tCO2e"), "t"),
    **dict.fromkeys(("procent", "percent"), "%"),
    "MSEK": "mnkr",
}
"""Other ways of writing a unit of this project."""


@dataclass(frozen=True, config=STRICT)
class Words:
    """A text in both languages; English falls back on Swedish."""

    sv: str
    en: str = ""

    def __str__(self) -> str:
        """Return the text in the language in force."""
        return (self.en or self.sv) if language() == "en" else self.sv


NO_WORDS = Words("")


@dataclass(frozen=True, config=STRICT)
class Publication:
    """When the value of year Y is final: `day`/`month` of Y + `years`, and where that rule comes from."""

    month: int
    day: int
    years: int
    basis: str = ""

    def of_year(self, year: int) -> dt.date:
        """Return the day the value of `year` is final."""
        return dt.date(year + self.years, self.month, self.day)


@dataclass(frozen=True, config=STRICT)
class Dim:
    """The values a dim may take ("*": any), and the one meant when none is written."""

    values: tuple[str, ...]
    default: str = ""


@dataclass(frozen=True, config=STRICT)
class Indicator:
    """One series. See the head of reference/indikatorer.toml for the fields."""

    id: str
    sv: str
    en: str
    unit: str
    period: Literal["year", "day"] = "year"
    better: Literal["up", "down", "none"] = "none"
    maximum: float | None = None
    editions: bool = False
    proxy: bool = False
    kolada: bool = False
    holder: Words = NO_WORDS
    publication: Publication | None = None
    like: str = ""
    file: str = "nyckeltal.xlsx"
    dims: dict[str, Dim] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return what is measured, in the language in force."""
        return self.en if language() == "en" else self.sv

    def full(self, dims: Mapping[str, str]) -> dict[str, str]:
        """Return `dims` with the defaults of those not written."""
        return {name: dim.default for name, dim in self.dims.items() if dim.default} | dict(dims)

    def final(self, year: int) -> dt.date:
        """Return the day the value of `year` is final; the day after the year where no rule is known."""
        return self.publication.of_year(year) if self.publication else dt.date(year + 1, 1, 1)


def same_unit(one: str, other: str) -> bool:
    """Return whether two spellings mean the same unit."""
    return UNIT_ALIASES.get(one, one) == UNIT_ALIASES.get(other, other)


@cache
def indicators() -> dict[str, Indicator]:
    """Return the shipped indicators by id."""
    return parse(tomllib.loads((files("data") / "reference" / "indikatorer.toml").read_text(encoding="utf-8")))


def parse(tables: Mapping[str, Mapping[str, Any]], known: Mapping[str, Indicator] | None = None) -> dict[str, Indicator]:
    """Return indicators from tables as in indikatorer.toml; `like` takes dims, holder and publication from another.

    Raises pydantic.ValidationError for a table that does not hold, KeyError for a `like` that does not exist.
    """
    adapter = TypeAdapter(Indicator)
    found = dict(known or {})
    for id_, table in tables.items():
        found[id_] = adapter.validate_python({"id": id_, **_inherited(table, tables, found), **table})
    return found


def _inherited(table: Mapping[str, Any], tables: Mapping[str, Any], found: Mapping[str, Indicator]) -> dict[str, Any]:
    like = table.get("like")
    if not like:
        return {}
    model = tables.get(like)
    if model is None:
        model = TypeAdapter(Indicator).dump_python(found[like])
    return {name: model[name] for name in ("dims", "holder", "publication", "file") if model.get(name)}
