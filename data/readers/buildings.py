"""Building footprints from any vector file: Lantmäteriet's products, OpenStreetMap, or the municipality's own.

Recognised (data/reference/synonymer.toml, table byggnader): Byggnad (objektidentitet, andamal1, insamlingslage, byggnadsnamn1),
Fastighetskartan (OBJEKT_ID, ANDAMAL_1T, NAMN1), Topografi (objekttyp), OSM tags (building, name, @id).
Insamlingsläge as Lantmäteriet's value list BA_Byggnadsläge has it: fasad, takkant, illustrativt läge, ospecificerad.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from data import layers as contracts
from data import sources
from data.errors import Fault, FaultCollector
from data.readers.cells import as_text, fold, is_empty
from data.readers.reading import Reading
from data.readers.spreadsheet import Synonyms, row_list
from data.readers.vectors import in_metres, pick_layer, polygons_only, read_layer, truncated
from data.tables import MAX_FAULTS_PER_CHECK, validate
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

    from data.sources import Source

ATTRIBUTES = ("building_id", "name", "purpose", "property_designation", "footprint_position")
REGISTRY_IDS = ("objektidentitet", "objektid")
"""Folded names of ids that a registry gives a building once, however many records it is cut into."""
TRIVIAL_PURPOSES = ("yes", "ja")  # OSM's building=yes says nothing
LAYER_WORDS = ("byggnad", "building")
MIN_SHARED_WALL_M = 1.0
"""Metres of common wall from which two pieces of one name are one building; less is a corner."""
SAME_PLACE = 0.5
"""Two buildings sharing more than this of their joint area are one drawn twice."""
PAIRS_TOLD = 8
MIN_AREA_M2 = 0.01  # below this a polygon is a line drawn twice
Said = list[tuple[str, dict[str, object]]]


def read(
    path: Path, *, crs: str | None, layer: str | None = None, source: Source | str = "own_file"
) -> Reading[gpd.GeoDataFrame]:
    """Return the footprints in the file's own metric CRS, one row a building, satisfying `layers.BUILDINGS`.

    crs: used where the file states none, and what stated degrees become. Records of one objektidentitet are dissolved; polygons that
    cross themselves are mended and named in the warnings; a building without id gets one made of its place. Raises InputError: no CRS,
    unstated degrees, no polygons, empty polygons, ids that occur twice.
    """
    frame = read_layer(path, layer or pick_layer(path, LAYER_WORDS))
    frame, warnings = in_metres(frame.reset_index(drop=True), path, crs)
    frame = _whole_names(frame) if path.suffix.lower() == ".shp" else frame
    with FaultCollector() as faults:
        frame, mended = _geometry(frame, path, faults)
        result, said = _table(frame, path)
    said = [*warnings, *(text(key, file=path.name, **values) for key, values in [*mended, *said])]
    result = result.reset_index(drop=True)
    result.attrs["file"] = path.name
    return Reading(result, sources.of_file(path, source), tuple(said))


def _table(frame: gpd.GeoDataFrame, path: Path) -> tuple[gpd.GeoDataFrame, Said]:
    """Return one row a building, in the contract's columns, and what was joined, made up or is drawn twice."""
    fields = _fields(frame)
    table, said = _attributes(frame, fields)
    table = table.set_crs(frame.crs)
    if fields.get("building_id") is not None and _is_registry_id(fields["building_id"]):
        table, dissolved = _dissolve(table)
        said += dissolved
        table, joined = _one_building(table)
        said += joined
    table, made = _with_ids(table)
    said += _on_each_other(table)
    result = validate(table, contracts.BUILDINGS, file=path.name, rows=pd.Series(table.index + 1, index=table.index))
    return result, [*said, *made]


def _geometry(frame: gpd.GeoDataFrame, path: Path, faults: FaultCollector) -> tuple[gpd.GeoDataFrame, Said]:
    """Return the rows that are polygons, mended where they cross themselves; the others are faults."""
    geometry = frame.geometry.to_numpy()
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    wrong = ~empty & ~np.isin(shapely.get_type_id(geometry), (3, 6, 7))
    invalid = ~empty & ~wrong & ~shapely.is_valid(geometry)
    mended = geometry.copy()
    mended[invalid] = shapely.make_valid(geometry[invalid])
    usable = ~(empty | wrong)
    mended[usable] = polygons_only(mended[usable])
    empty |= usable & (shapely.area(mended) < MIN_AREA_M2)
    if frame.empty:
        faults.add(Fault(path.name, text("readers.no_rows"), text("vectors.no_rows_fix")))
    for i in np.flatnonzero(empty)[:MAX_FAULTS_PER_CHECK]:
        faults.add(Fault(path.name, text("vectors.empty"), text("vectors.empty_fix"), row=int(i) + 1))
    for i in np.flatnonzero(wrong)[:MAX_FAULTS_PER_CHECK]:
        got = text("table.not_geometry", kind=geometry[i].geom_type)
        faults.add(Fault(path.name, got, text("vectors.not_polygon_fix"), row=int(i) + 1, expected="Polygon"))
    if (more := sum(max(0, int(each.sum()) - MAX_FAULTS_PER_CHECK) for each in (empty, wrong))) > 0:
        faults.add(Fault(path.name, text("vectors.more", n=more), text("vectors.more_fix")))
    rows = [int(i) + 1 for i in np.flatnonzero(invalid)]
    said: Said = [("buildings.mended", {"n": len(rows), "rows": row_list(rows)})] if rows else []
    return frame.set_geometry(mended, crs=frame.crs)[~(empty | wrong)], said


def _whole_names(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a Shapefile's frame with the field names it was cut from: objektiden is objektidentitet."""
    synonyms = Synonyms.of("byggnader").columns
    words = [fold(word) for column in ATTRIBUTES for word in (column, *synonyms.get(column, ()))]
    names = {name: truncated(name, words) for name in map(str, frame.columns) if name != frame.geometry.name}
    return frame.rename(columns={name: whole for name, whole in names.items() if whole != fold(name)})


def _fields(frame: gpd.GeoDataFrame) -> dict[str, str]:
    synonyms = Synonyms.of("byggnader").columns
    attributes = [str(name) for name in frame.columns if name != frame.geometry.name]
    by_fold: dict[str, str] = {}
    for name in attributes:
        by_fold.setdefault(fold(name), name)
    found = {}
    for column in ATTRIBUTES:
        words = [fold(word) for word in (column, *synonyms.get(column, ()))]
        exact = [by_fold[word] for word in words if word in by_fold and frame[by_fold[word]].notna().any()]
        nested = [name for word in words for key, name in by_fold.items() if len(word) > 6 and key.endswith(word)]
        if name := next(iter([*exact, *nested]), None):
            found[column] = name
    if "building_id" in found and _is_row_number(frame[found["building_id"]], found["building_id"]):
        del found["building_id"]
    return found


def _is_row_number(values: pd.Series, name: str) -> bool:
    """Return whether a column called only `id` counts the rows: then it is not a building's identity."""
    if fold(name) not in ("id", "fid", "ogcfid"):
        return False
    numbers = pd.to_numeric(values, errors="coerce")
    steps = numbers.sort_values().diff().dropna()
    return bool(numbers.notna().all() and (steps == 1).all() and numbers.min() in (0, 1))


def _is_registry_id(name: str) -> bool:
    return fold(name).endswith(REGISTRY_IDS)


def _attributes(frame: gpd.GeoDataFrame, fields: dict[str, str]) -> tuple[gpd.GeoDataFrame, Said]:
    import geopandas as gpd

    columns = {
        column: [_plain(value) for value in frame[fields[column]]] if column in fields else [None] * len(frame)
        for column in ATTRIBUTES
    }
    columns["purpose"] = [None if value in TRIVIAL_PURPOSES else value for value in columns["purpose"]]
    positions, unknown = _positions(columns["footprint_position"])
    said: Said = [("buildings.position_code", {"codes": ", ".join(unknown)})] if unknown else []
    table = pd.DataFrame({**columns, "footprint_position": positions}, index=frame.index, dtype=object)
    return gpd.GeoDataFrame(table.assign(other_ids=None), geometry=frame.geometry.to_numpy()), said


def _plain(value: object) -> str | None:
    """Return an attribute as text; of nested JSON the first text in it."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            value = json.loads(value)
        except ValueError:
            return as_text(value)
    while isinstance(value, (list, dict, np.ndarray)):
        inner = list(value.values()) if isinstance(value, dict) else list(value)
        value = next((each for each in inner if isinstance(each, (str, list, dict)) and len(each)), None)
    return None if is_empty(value) else as_text(value)


def _positions(values: Iterable[str | None]) -> tuple[list[str], list[str]]:
    words = Synonyms.of("byggnader").values["footprint_position"]
    known = {fold(word): position for position, spelled in words.items() for word in (position, *spelled)}
    folded = [fold(value) if value else "" for value in values]
    unknown = sorted({value for value in folded if value and value not in known})
    return [known.get(value, "unknown") for value in folded], unknown


def _dissolve(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Said]:
    """Return one row an id; what the pieces say of themselves is taken from the largest, properties are joined."""
    ids = table["building_id"]
    repeated = ids[ids.notna() & ids.duplicated(keep=False)]
    if repeated.empty:
        return table, []
    order = table.area.sort_values(ascending=False, kind="stable").index
    pieces = table.loc[order].loc[lambda t: t.index.isin(repeated.index)]
    merged = pieces.groupby("building_id", sort=False).agg(
        {
            "name": "first",
            "purpose": "first",
            "property_designation": lambda values: "; ".join(sorted(set(values.dropna()))) or None,
            "footprint_position": "first",
            "geometry": lambda shapes: polygons_only(np.array([shapely.union_all(shapes.to_numpy())]))[0],
        }
    )
    first = repeated.drop_duplicates()
    whole = table.drop(index=repeated.index.difference(first.index))
    for column in merged.columns:
        whole.loc[first.index, column] = merged[column].reindex(first).to_numpy()
    rows = row_list([int(row) + 1 for row in repeated.index])
    return whole, [("buildings.dissolved", {"n": len(first), "records": len(repeated), "rows": rows})]


def _one_building(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Said]:
    """Return buildings cut at a property border as one: pieces with one name that share a wall and stand on different properties.

    The register gives such pieces ids of their own (registerbyggnad). Without a name they may be row houses and stay apart. The
    largest piece gives the id; the others' are kept in `other_ids`.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    named = table[table["name"].notna() & table["building_id"].notna()]
    shapes = named.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    key, land = named["name"].map(fold).to_numpy(), named["property_designation"].to_numpy(dtype=object)
    same = (one < other) & (key[one] == key[other]) & (land[one] != land[other])
    one, other = one[same], other[same]
    wall = shapely.length(shapely.intersection(shapes[one], shapes[other]))
    one, other = one[wall >= MIN_SHARED_WALL_M], other[wall >= MIN_SHARED_WALL_M]
    if not len(one):
        return table, []
    graph = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(named), len(named)))
    label = connected_components(graph, directed=False)[1]
    whole, gone = table.copy(), []
    for group in (np.flatnonzero(label == n) for n in np.unique(label[one])):
        rows = named.index[group][np.argsort(-named.geometry.area.to_numpy()[group], kind="stable")]
        properties = named.loc[rows, "property_designation"].dropna().str.split("; ").explode().unique()
        whole.loc[rows[0], "property_designation"] = "; ".join(properties) or None
        whole.loc[rows[0], "other_ids"] = ";".join(named.loc[rows[1:], "building_id"])
        whole.loc[[rows[0]], "geometry"] = polygons_only(np.array([shapely.union_all(shapes[group])]))
        gone += list(rows[1:])
    told = row_list([int(row) + 1 for row in sorted(gone)])
    return whole.drop(index=gone), [("buildings.one_building", {"n": len(gone), "rows": told})]


def _on_each_other(table: gpd.GeoDataFrame) -> Said:
    """Return what to say of buildings drawn twice under two ids: a roof is counted once, so one of them ends up without."""
    shapes, rows = table.geometry.to_numpy(), table.index.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    area = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    twice = shared > SAME_PLACE * (area[one] + area[other] - shared)
    if not twice.any():
        return []
    pairs = [f"{rows[a] + 1}/{rows[b] + 1}" for a, b in zip(one[twice], other[twice], strict=True)]
    told = ", ".join(pairs[:PAIRS_TOLD]) + (" …" if len(pairs) > PAIRS_TOLD else "")
    return [("buildings.drawn_twice", {"n": len(pairs), "rows": told})]


def _with_ids(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Said]:
    """Return the table with an id for every building: where none is given, made of the centroid in whole metres."""
    without = table["building_id"].isna().to_numpy()
    if not without.any():
        return table, []
    centres = shapely.get_coordinates(shapely.centroid(table.geometry.to_numpy()[without]))
    made = pd.Series([f"b{x:.0f}_{y:.0f}" for x, y in centres], index=table.index[without])
    same = made.duplicated(keep=False)
    shapes = shapely.to_wkb(shapely.normalize(shapely.set_precision(table.geometry.to_numpy()[without], 0.01)))
    for index, shape in zip(made.index[same], shapes[same.to_numpy()], strict=True):
        made.loc[index] += "_" + _digest(shape)
    ids = table["building_id"].copy()
    ids.loc[made.index] = made
    return table.assign(building_id=ids), [("buildings.made_ids", {"n": int(without.sum())})]


def _digest(shape: bytes) -> str:
    import hashlib

    return hashlib.sha256(shape).hexdigest()[:4]
