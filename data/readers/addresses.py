"""Addresses to search for in the map: csv or workbook, or points of a vector file (Lantmäteriet's Belägenhetsadress, OpenStreetMap).

Only the address and its place are kept: whatever else the file says of it (people, companies, postal numbers) is not read further.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from data import sources
from data.errors import Fault, InputError
from data.layers_register import ADDRESSES
from data.readers import coordinates
from data.readers.reading import Reading
from data.readers.spreadsheet import Place, Synonyms, match_headings, read_contract, typed
from data.readers.tablefile import TEXTS, WORKBOOKS
from data.readers.vectors import called, in_metres, pick_layer, read_layer
from data.sources import Source
from data.tables import Column, Table, validate
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

WITHIN_M = 30.0
"""Metres from an address point to the building it leads to: entrances stand before the house."""

_PARTS = tuple(
    Column(name, "str", f"{name} of the address", label, nullable=True, required=False)
    for name, label in (("street", "Gata"), ("number", "Nummer"), ("letter", "Bokstav"))
)
_WITH_PARTS = replace(
    ADDRESSES,
    columns=(*(replace(c, required=False, nullable=True) for c in ADDRESSES.columns), *_PARTS),
)


def read(path: Path, *, crs: str | None, source: Source | str = "own_file") -> Reading[pd.DataFrame]:
    """Return address, x, y [m, in `crs`] and building_id, satisfying ADDRESSES and with no other column.

    An address may be in one column, or in street, number and letter. Rows without address, or without place and building, are left
    out and counted. Raises InputError with every fault: no such columns, degrees in a list, no CRS.
    """
    is_list = path.suffix.lower() in TEXTS | WORKBOOKS
    frame, said = _from_list(path) if is_list else _from_layer(path, crs)
    named = frame["address"].notna()
    placed = (frame["x"].notna() & frame["y"].notna()) | frame["building_id"].notna()
    for key, missing in (("addresses.nameless", ~named), ("addresses.placeless", named & ~placed)):
        if missing.any():
            said = [*said, text(key, file=path.name, n=int(missing.sum()))]
    kept = frame.loc[named & placed, ADDRESSES.names].drop_duplicates()
    if kept.empty:
        raise InputError(Fault(path.name, text("addresses.none"), text("addresses.none_fix")))
    numbers = pd.Series(kept.index, kept.index)
    return Reading(validate(kept, ADDRESSES, file=path.name, rows=numbers), sources.of_file(path, source), tuple(said))


def _from_list(path: Path) -> tuple[pd.DataFrame, list[str]]:
    rows = read_contract(path, _WITH_PARTS, Synonyms.of("adresser"), prepare=_prepared)
    return rows.frame, list(rows.warnings)


def _prepared(frame: pd.DataFrame, place: Place) -> tuple[pd.DataFrame, list[Fault], list[str]]:
    frame, faults, said = coordinates.settled(frame, ADDRESSES, place)
    frame = _with_address(frame)
    if "address" not in frame:
        fix = text("addresses.none_fix")
        faults = [*faults, Fault(place.file, text("table.missing_column"), fix, sheet=place.sheet, column="Adress")]
    return frame, faults, said


def _with_address(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `address` made of street, number and letter where there is no such column."""
    if "address" in frame or "street" not in frame:
        return frame
    parts = [frame[name].where(frame[name].notna(), "").astype(str) for name in ("street", "number", "letter") if name in frame]
    whole = parts[0].str.cat(parts[1:2], sep=" ") if len(parts) > 1 else parts[0]
    whole = (whole + (" " + parts[2] if len(parts) > 2 else "")).str.split().str.join(" ")
    return frame.assign(address=whole.where(whole != "", None).where(frame["street"].notna(), None))


def _from_layer(path: Path, crs: str | None) -> tuple[pd.DataFrame, list[str]]:
    layer = read_layer(path, pick_layer(path, ("adress", "address"), kinds=("Point",)))
    layer, said = in_metres(layer.reset_index(drop=True), path, crs)
    if crs is not None and layer.crs != crs:
        said.append(text("background.reprojected", file=path.name, layer=path.stem, of=called(layer.crs), to=crs))
        layer = layer.to_crs(crs)
    table = pd.DataFrame(layer.drop(columns=layer.geometry.name)).astype(object)
    found = match_headings(table, _without_place(_WITH_PARTS), Synonyms.of("adresser")).frame
    cells, _ = typed(found.where(found.notna(), None), _WITH_PARTS, Synonyms.of("adresser"), file=path.name)
    frame = _with_address(cells)
    if "address" not in frame:
        raise InputError(Fault(path.name, text("table.missing_column"), text("addresses.none_fix"), column="Adress"))
    centres = shapely.centroid(layer.geometry.to_numpy())
    frame = frame.assign(x=shapely.get_x(centres), y=shapely.get_y(centres))
    return frame.assign(**{name: None for name in ADDRESSES.names if name not in frame}), said


def _without_place(table: Table) -> Table:
    return replace(table, columns=tuple(column for column in table.columns if column.name not in ("x", "y")))


def located(addresses: pd.DataFrame, buildings: gpd.GeoDataFrame, *, within_m: float = WITHIN_M) -> pd.DataFrame:
    """Return addresses with the building each leads to and a place, as far as can be known. Pure.

    building_id: as stated, else the outline the point lies in, else the nearest within `within_m` [m]; empty if there is none. x, y: as
    stated, else a point inside the building.
    """
    result = addresses.copy()
    shapes = buildings.geometry.to_numpy()
    position = pd.Series(range(len(buildings)), index=buildings["building_id"])
    stated = result["building_id"].map(position)
    pointless = (result["x"].isna() & stated.notna()).to_numpy()
    inside = shapely.point_on_surface(shapes[stated[pointless].to_numpy(dtype=int)])
    result.loc[pointless, "x"], result.loc[pointless, "y"] = shapely.get_x(inside), shapely.get_y(inside)
    free = (result["building_id"].isna() & result["x"].notna()).to_numpy()
    points = shapely.points(result.loc[free, "x"].to_numpy(dtype=float), result.loc[free, "y"].to_numpy(dtype=float))
    which, building = shapely.STRtree(shapes).query_nearest(points, max_distance=within_m, all_matches=False)
    ids = result["building_id"].astype(object).to_numpy(copy=True)
    ids[result.index.get_indexer(result.index[free])[which]] = buildings["building_id"].to_numpy()[building]
    return result.assign(building_id=ids)
