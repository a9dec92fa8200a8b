"""Parking places and ground that could carry solar cells (any vector file): candidates when roofs do not suffice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from data import sources
from data.errors import Fault, FaultCollector
from data.layers_economy import SITES
from data.readers import vectors
from data.readers.cells import as_text, fold
from data.readers.reading import Reading
from data.tables import validate
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from data.sources import Source

MOUNT_WORDS = {
    "carport": ("parkering", "carport", "pendlarparkering", "parking"),
    "ground": ("mark", "deponi", "ground", "falt", "akermark", "obebyggdmark"),
}
COLUMN_WORDS = {
    "site_id": ("id", "siteid", "objektid", "ytid"),
    "name": ("namn", "name", "benamning"),
    "mount": ("typ", "slag", "type", "mount"),
    "owner": ("agare", "owner"),
    "facility_id": ("anlaggningsid", "anlaggning", "facilityid"),
    "questions": ("fragor", "questions"),
}
GROUND_QUESTIONS = ("jordbruksmark", "strandskydd", "detaljplan", "naturvarde")
CARPORT_QUESTIONS = ("bygglov", "detaljplan")
"""What is asked of every area where the file does not answer: farmland, shore protection, plan, nature; permit and plan."""


def read(path: Path, *, crs: str | None = None, source: Source | str = "own_file") -> Reading[gpd.GeoDataFrame]:
    """Return the areas, satisfying `layers_economy.SITES`, in a metric CRS (`crs` where the file states none).

    Raises InputError with every fault: a type that is neither parking nor ground, an empty or open outline, ids that occur twice.
    """
    frame = vectors.read_layer(path, vectors.pick_layer(path, ("markytor", "parkering")))
    frame, warnings = vectors.in_metres(frame, path, crs)
    named = _renamed(frame)
    named.geometry = vectors.polygons_only(shapely.make_valid(named.geometry.to_numpy()))
    with FaultCollector() as faults:
        for number, (word, shape) in enumerate(zip(named["mount"], named.geometry, strict=True), start=1):
            if shape is None or shape.is_empty:
                faults.add(Fault(path.name, text("readers.sites.no_polygon"), text("readers.sites.no_polygon_fix"), row=number))
            if _mount(word) is None:
                got, fix = text("readers.sites.kind", value=as_text(word) or ""), text("readers.sites.kind_fix")
                faults.add(Fault(path.name, got, fix, row=number, column=SITES["mount"].label))
    mounts = named["mount"].map(_mount)
    asked = {"ground": ";".join(GROUND_QUESTIONS), "carport": ";".join(CARPORT_QUESTIONS)}
    named = named.assign(mount=mounts, questions=named["questions"].where(named["questions"].notna(), mounts.map(asked)))
    table = validate(named, SITES, file=path.name)
    return Reading(table, sources.of_file(path, source), tuple(warnings))


def _renamed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    folded = {fold(str(name)): name for name in frame.columns if name != frame.geometry.name}
    columns: dict[str, pd.Series | list[str]] = {}
    for column, words in COLUMN_WORDS.items():
        found = next((folded[word] for word in words if word in folded), None)
        columns[column] = frame[found] if found is not None else [None] * len(frame)
    import geopandas as gpd

    named = gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    made = [f"yta {n}" for n in range(1, len(named) + 1)]
    named["site_id"] = [as_text(value) or new for value, new in zip(named["site_id"], made, strict=True)]
    named["name"] = [as_text(value) or id_ for value, id_ in zip(named["name"], named["site_id"], strict=True)]
    return named


def _mount(word: object) -> str | None:
    said = fold(as_text(word) or "")
    return next((mount for mount, words in MOUNT_WORDS.items() if said in words), None)
