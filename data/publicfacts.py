"""Public figures of a municipality that the project ships, each with its source: data/reference/<folder>/observationer.csv.

Where no public value exists none is shipped: the goal says "data saknas".
"""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files

from data.observations import Observation


@cache
def observations(code: str) -> tuple[Observation, ...]:
    """Return the shipped public figures of the municipality with this code; none for a code that has none."""
    folder = _folder(code)
    if not folder:
        return ()
    content = (files("data") / "reference" / folder / "observationer.csv").read_text(encoding="utf-8")
    return tuple(map(_observation, csv.DictReader(content.splitlines(), delimiter=";")))


def has_goals(code: str) -> bool:
    """Return whether the shipped goals.toml is this municipality's own."""
    return bool(_folder(code))


def _folder(code: str) -> str:
    known = tomllib.loads((files("data") / "reference" / "kommuner.toml").read_text(encoding="utf-8"))
    return known.get(code, {}).get("facts", "")


def _observation(row: dict[str, str]) -> Observation:
    return Observation(
        row["indicator"],
        dt.date.fromisoformat(row["date"]),
        float(row["value"]),
        row["unit"],
        row["source"],
        row["vintage"],
        kind=row["kind"],  # type: ignore[arg-type]
        quality=row["quality"],
        dims=tuple(tuple(pair.split("=", 1)) for pair in row["dims"].split(";") if pair),  # type: ignore[misc]
    )
