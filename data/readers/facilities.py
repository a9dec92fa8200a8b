"""The municipality's own list of facilities (xlsx, csv): what it knows of each, and no more.

Words people use for headings and values stand in data/reference/synonymer.toml. The template with drop-downs is written by kil/.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from data import sources
from data.errors import Fault
from data.layers import FACILITIES, UNKNOWN_OK_NO
from data.readers import coordinates
from data.readers.cells import fold
from data.readers.reading import Reading
from data.readers.spreadsheet import Place, Synonyms, read_contract, row_list
from data.sources import Source
from data.texts import text

ANSWERS = tuple(column.name for column in FACILITIES.columns if column.values == UNKNOWN_OK_NO)
"""Columns that are ok, no or unknown."""
ID_SEPARATORS = r"[;,|\s]+"

_TYPED = replace(
    FACILITIES,
    columns=tuple(replace(c, required=False) if c.name == "facility_id" else c for c in FACILITIES.columns),
)


def read(path: Path, *, source: Source | str = "own_file") -> Reading[pd.DataFrame]:
    """Return the facilities, satisfying `layers.FACILITIES`; index = row in the file.

    Answers nobody has given are "unknown"; an empty Publicera becomes ja or nej by the written rule (publicering.toml), and is said;
    every other empty cell stays empty. Building ids are joined by ; whatever separated them.
    A list without ids gets them from the names. Raises InputError with every fault: cells that are none of the allowed, ids that
    occur twice, degrees, one coordinate without the other.
    """
    rows = read_contract(path, _TYPED, Synonyms.of("fastigheter"), prepare=_prepared, may_be_empty=True)
    frame = rows.frame[_columns(rows.frame)]
    frame.attrs["file"] = path.name
    return Reading(frame, sources.of_file(path, source), rows.warnings)


def _columns(frame: pd.DataFrame) -> list[str]:
    return [*FACILITIES.names, *(name for name in frame.columns if name not in FACILITIES.names)]


def _prepared(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    frame, faults, said = coordinates.settled(frame, FACILITIES, place)
    frame = frame.assign(**{name: _answers(frame, name) for name in ANSWERS})
    if "building_ids" in frame:
        frame = frame.assign(building_ids=[joined_ids(ids) for ids in frame["building_ids"]])
    frame, more = _with_publish(frame, place)
    said = [*said, *more]
    if "facility_id" not in frame and "name" in frame:
        frame, more, made = _with_ids(frame, place)
        faults, said = [*faults, *more], [*said, *made]
    return frame, faults, said


def _with_publish(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with `publish` in every row: as stated, else nej where the use is sensitive or unknown, else ja; and say so.

    Sensitive are the words of publicering.toml ([facilities] default_no), in the use or the name.
    """
    given = frame["publish"] if "publish" in frame else pd.Series(None, index=frame.index, dtype=object)
    use, name = (frame[each] if each in frame else pd.Series(None, index=frame.index, dtype=object) for each in ("use", "name"))
    words = [fold(word) for word in _never_by_default()]
    told = [fold(f"{a or ''} {b or ''}") for a, b in zip(use, name, strict=True)]
    hidden = pd.Series([any(word in each for word in words) for each in told], index=frame.index) | use.isna()
    empty = given.isna()
    filled = given.where(~empty, hidden.map({True: "nej", False: "ja"})).astype(object)
    if not empty.any():
        return frame.assign(publish=filled), []
    rows = [int(row) for row in frame.index[empty & hidden]]
    said = text("facilities.publish_default", file=place.file, n=int(empty.sum()), no=len(rows), rows=row_list(rows) or "–")
    return frame.assign(publish=filled), [said]


@cache
def _never_by_default() -> tuple[str, ...]:
    rules = tomllib.loads((files("data") / "reference" / "publicering.toml").read_text(encoding="utf-8"))
    return tuple(rules["facilities"]["default_no"])


def _answers(frame: pd.DataFrame, name: str) -> pd.Series:
    given = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)
    return given.where(given.notna(), "unknown").astype(object)


def joined_ids(ids: str | None) -> str | None:
    """Return building ids joined by ; whatever separated them, each once, without the braces some registers put round them."""
    if not isinstance(ids, str):
        return None
    parts = [part.strip("{}") for part in pd.Series([ids]).str.split(ID_SEPARATORS, regex=True)[0] if part.strip("{}")]
    return ";".join(dict.fromkeys(parts)) or None


def _with_ids(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    """Return the frame with an id made of each name, so that it stays the same when rows are moved; one name twice is a fault."""
    ids = pd.Series([fold(name) if isinstance(name, str) else None for name in frame["name"]], index=frame.index)
    twice = ids[ids.notna() & ids.duplicated()]
    fix = text("facilities.no_id_fix")
    faults = [
        Fault(
            place.file, text("facilities.same_name", name=frame["name"][row]), fix, sheet=place.sheet, row=int(row), column="Namn"
        )
        for row in twice.index
    ]
    ids.loc[twice.index] += [f"-{row}" for row in twice.index]
    return frame.assign(facility_id=ids), faults, [text("facilities.made_ids", file=place.file, n=int(ids.notna().sum()))]
