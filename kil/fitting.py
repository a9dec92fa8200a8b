"""Inputs that must lie on each other: one coordinate system for buildings, lists and surface model, one grid for the height models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.errors import FaultCollector, InputError
from data.texts import text

LISTS = ("facilities", "plants", "addresses")
"""Tables whose x and y are typed in the municipality's coordinate system."""
ON_THE_GRID = ("dtm", "trees")


def fit(data: Mapping[str, Any], crs: str) -> tuple[dict[str, Any], list[str]]:
    """Return the inputs on each other, and what was moved to get them there; raise InputError with every fault.

    crs: the municipality's. Buildings and lists follow the surface model (heights are never resampled for their sake); ground and
    trees are put on its grid; addresses get the building they lead to. A model that no building touches is a fault.
    """
    from data.readers import elevation

    fitted, said = dict(data), []
    dsm, buildings = data.get("dsm"), data.get("buildings")
    if dsm is not None and buildings is not None and buildings.crs != dsm.rio.crs:
        fitted["buildings"] = buildings = buildings.to_crs(dsm.rio.crs)
        said.append(text("fitting.buildings", to=dsm.rio.crs.to_string()[:40]))
    with FaultCollector() as faults:
        if dsm is not None and buildings is not None:
            try:
                elevation.check_overlap(dsm, buildings, file=buildings.attrs.get("file", "byggnader"))
            except InputError as error:
                faults.absorb(error)
        for name in (each for each in ON_THE_GRID if dsm is not None and each in data):
            try:
                fitted[name], more = elevation.align(dsm, data[name])
                said += more
            except InputError as error:
                faults.absorb(error)
    if buildings is not None:
        for name in (each for each in LISTS if data.get(each) is not None):
            fitted[name] = _moved(data[name], crs, buildings.crs)
    if buildings is not None and data.get("addresses") is not None:
        from data.readers.addresses import located

        found = located(fitted["addresses"], buildings)
        fitted["addresses"] = found[found["x"].notna()]
        if lost := int(found["x"].isna().sum()):
            said.append(text("fitting.addresses", n=lost))
    return fitted, said


def _moved(table: pd.DataFrame, given: str, wanted: Any) -> pd.DataFrame:
    """Return a list with x and y in another coordinate system."""
    from pyproj import CRS, Transformer

    if CRS.from_user_input(given) == wanted or not table["x"].notna().any():
        return table
    x, y = Transformer.from_crs(given, wanted, always_xy=True).transform(
        table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    )
    moved = table.assign(x=x, y=y)
    moved.attrs = dict(table.attrs)
    return moved
