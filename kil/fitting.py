"""Inputs that must lie on each other: one coordinate system for buildings, lists and surface model, one grid for the height models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from data.errors import Fault, FaultCollector, InputError
from data.texts import text

LISTS = ("facilities", "plants", "addresses")
"""Tables whose x and y are typed in the municipality's coordinate system."""
FARTHEST_SITE_KM = 300.0
"""Sweden's longest municipality is under 300 km from end to end: a site farther from its buildings is a slip."""
M_PER_KM = 1000.0
ON_THE_GRID = ("dtm", "trees")


def fit(data: Mapping[str, Any], crs: str, site: Any = None) -> tuple[dict[str, Any], list[str]]:
    """Return the inputs on each other, and what was moved to get them there; raise InputError with every fault.

    crs: the municipality's. site: its place (latitude, longitude), which must be where the buildings are. Buildings and lists follow
    the surface model (heights are never resampled for their sake); ground and trees are put on its grid; addresses get the building
    they lead to. A model that no building touches is a fault, and so are trees without the ground they stand on.
    """
    from data.readers import elevation

    fitted, said = dict(data), []
    dsm, buildings = data.get("dsm"), data.get("buildings")
    given = None if buildings is None else buildings.crs
    if dsm is not None and buildings is not None and buildings.crs != dsm.rio.crs:
        fitted["buildings"] = buildings = buildings.to_crs(dsm.rio.crs)
        said.append(text("fitting.buildings", to=dsm.rio.crs.to_string()[:40]))
    with FaultCollector() as faults:
        for fault in _place_faults(data, buildings, site):
            faults.add(fault)
        if dsm is not None and buildings is not None:
            try:
                elevation.check_overlap(dsm, buildings, file=buildings.attrs.get("file", "byggnader"), given=given)
            except InputError as error:
                faults.absorb(error)
        for name in (each for each in ON_THE_GRID if dsm is not None and each in data):
            try:
                fitted[name], more = elevation.align(dsm, data[name])
                said += more
                if name == "dtm":
                    elevation.check_heights(dsm, fitted[name])
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


def outside(data: Mapping[str, Any]) -> list[str]:
    """Return what to say of buildings, fitted, that the surface model does not cover or covers in part."""
    import shapely

    dsm, buildings = data.get("dsm"), data.get("buildings")
    if dsm is None or buildings is None:
        return []
    model = shapely.box(*dsm.rio.bounds())
    apart, inside = ~buildings.intersects(model), buildings.within(model)
    if inside.all():
        return []
    files = {"file": buildings.attrs.get("file", "byggnader"), "model": dsm.attrs.get("file", "ytmodell")}
    return [text("fitting.outside", n=int(apart.sum()), of=len(buildings), partly=int((~apart & ~inside).sum()), **files)]


def _place_faults(data: Mapping[str, Any], buildings: Any, site: Any) -> Iterator[Fault]:
    """Yield faults of what stands in another place than the buildings, or on nothing."""
    if data.get("dsm") is not None and data.get("trees") is not None and data.get("dtm") is None:
        file = data["trees"].attrs.get("file", "trad.tif")
        yield Fault(file, text("fitting.trees_alone"), text("fitting.trees_alone_fix"))
    if buildings is None:
        return
    if data.get("far") is not None and not _covers(data["far"], buildings, data.get("dsm")):
        yield Fault(data["far"].attrs.get("file", "fjarran.tif"), text("fitting.far"), text("fitting.far_fix"))
    if site is not None:
        yield from _site_faults(buildings, site)


def _covers(far: Any, buildings: Any, dsm: Any) -> bool:
    """Return whether the middle of the surface model, or of the buildings where there is none, lies on the far terrain."""
    from pyproj import Transformer

    west, south, east, north = buildings.total_bounds if dsm is None else dsm.rio.bounds()
    crs = buildings.crs if dsm is None else dsm.rio.crs
    x, y = Transformer.from_crs(crs, far.rio.crs, always_xy=True).transform((west + east) / 2, (south + north) / 2)
    left, bottom, right, top = far.rio.bounds()
    return bool(left <= x <= right and bottom <= y <= top)


def _site_faults(buildings: Any, site: Any) -> Iterator[Fault]:
    """Yield a fault where the sun would be computed for another part of the world than where the buildings stand."""
    from pyproj import Geod, Transformer

    west, south, east, north = buildings.total_bounds
    to_degrees = Transformer.from_crs(buildings.crs, "EPSG:4326", always_xy=True)
    here = to_degrees.transform((west + east) / 2, (south + north) / 2)
    km = Geod(ellps="GRS80").inv(site.longitude, site.latitude, *here)[2] / M_PER_KM
    if km > FARTHEST_SITE_KM:
        got = text("fitting.site", km=f"{km:.0f}", file=buildings.attrs.get("file", ""))
        expected = text("fitting.site_expected", latitude=f"{here[1]:.2f}", longitude=f"{here[0]:.2f}")
        yield Fault("kil.toml", got, text("fitting.site_fix"), column="municipality.site", expected=expected)


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
