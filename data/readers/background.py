"""What the map is drawn on: roads, railway, water, forest and names; and the municipality's boundary. Any vector file.

Recognised: the project's own layers (vagar, jarnvag, vatten, skog, namn), Lantmäteriet's Topografi (vaglinje, ralstrafik, mark,
hydro, text, ort) and OpenStreetMap extracts (gis_osm_roads_free ..., or a layer with highway, railway, natural, place).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from data import sources
from data.errors import Fault, FaultCollector, InputError
from data.readers.cells import as_text, fold
from data.readers.reading import Reading
from data.readers.vectors import called, in_metres, layers, pick_layer, polygons_only, read_layer
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

    from data.sources import Source

LINES, AREAS, POINTS = (1, 5), (3, 6), (0, 4)


@dataclass(frozen=True)
class Kind:
    """One part of the map: words in the names of its layers, words in its objects' class, geometry types, columns out."""

    layer_words: tuple[str, ...]
    class_words: tuple[str, ...]
    shapes: tuple[int, ...]
    columns: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "vagar": Kind(("vag", "road", "highway", "street"), (), LINES, ("class", "name")),
    "jarnvag": Kind(("jarnvag", "rals", "rail"), (), LINES),
    "vatten": Kind(
        ("vatten", "hydro", "water"), ("vatten", "sjo", "hav", "vattendrag", "water", "riverbank", "reservoir"), AREAS
    ),
    "skog": Kind(("skog", "forest", "wood"), ("skog", "forest", "wood", "barr", "lov", "trees"), AREAS),
    "namn": Kind(("namn", "text", "place", "ort"), (), POINTS, ("name", "kind")),
}
MIXED_AREAS = ("mark", "landuse", "natural", "markytor")
"""Layers that hold several kinds of area: each object goes where its class says."""
FIELDS = {
    "name": ("namn", "name", "vagnamn", "gatunamn", "ortnamn", "textstrang", "karttext", "text"),
    "class": ("klass", "class", "highway", "fclass", "objekttyp", "vagtyp", "kategori"),
    "kind": ("kind", "typ", "klass", "place", "fclass", "objekttyp", "kategori", "class"),
}
AREA_CLASS = ("klass", "class", "objekttyp", "fclass", "natural", "landuse", "type", "kategori")


def read(path: Path, *, crs: str | None, source: Source | str = "own_file") -> Reading[dict[str, gpd.GeoDataFrame]]:
    """Return vagar (class, name), jarnvag, vatten, skog and namn (name, kind): those the file has, each in `crs` [m].

    A layer in degrees or another system is reprojected to `crs`, and said. Layers that are none of these are named and left out;
    objects without geometry are left out and counted. Raises InputError: no CRS and coordinates outside `crs`, nothing to draw.
    """
    found: dict[str, list[gpd.GeoDataFrame]] = {}
    said: list[str] = []
    unused: list[str] = []
    with FaultCollector() as faults:
        for name, _ in layers(path):
            kinds = _kinds(name)
            if not kinds:
                unused.append(name)
                continue
            try:
                frame, more = _layer(path, name, crs)
            except InputError as error:
                faults.absorb(error)
                continue
            said += more
            for kind in kinds:
                found.setdefault(kind, []).append(_part(frame, kind, alone=len(kinds) == 1))
        parts = {kind: _joined(found[kind]) for kind in KINDS if kind in found}
        parts = {kind: frame for kind, frame in parts.items() if len(frame)}
        if not parts and not faults.any:
            faults.add(Fault(path.name, text("background.nothing"), text("background.nothing_fix"), expected=", ".join(KINDS)))
    if unused:
        said.append(text("background.unused", file=path.name, layers=", ".join(unused)))
    return Reading(parts, sources.of_file(path, source), tuple(dict.fromkeys(said)))


def _kinds(layer: str) -> tuple[str, ...]:
    word = fold(layer)
    if any(word.startswith(mixed) or f"osm{mixed}" in word for mixed in MIXED_AREAS):
        return ("vatten", "skog")
    # järnväg before väg: the one word holds the other
    order = ("jarnvag", "vatten", "skog", "vagar", "namn")
    return next(((kind,) for kind in order if any(each in word for each in KINDS[kind].layer_words)), ())


def _layer(path: Path, name: str, crs: str | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return a layer in `crs`, its geometry flat, whole and valid, and what to say of it."""
    frame = read_layer(path, name)
    frame, said = in_metres(frame, path, crs)
    if crs is not None and frame.crs != crs:
        said.append(text("background.reprojected", file=path.name, layer=name, of=called(frame.crs), to=crs))
        frame = frame.to_crs(crs)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    invalid = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid])
    with np.errstate(invalid="ignore"):
        usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if not usable.all():
        said.append(text("background.empty", file=path.name, layer=name, n=int((~usable).sum())))
    return frame.set_geometry(shapes, crs=frame.crs)[usable], said


def _part(frame: gpd.GeoDataFrame, kind: str, *, alone: bool) -> gpd.GeoDataFrame:
    """Return the objects of one kind with the columns the map uses. alone: the layer holds nothing else."""
    import geopandas as gpd

    wanted = KINDS[kind]
    shapes = frame.geometry.to_numpy()
    if wanted.shapes == AREAS:
        shapes = polygons_only(shapes)
    fits = np.isin(shapely.get_type_id(shapes), wanted.shapes) & ~shapely.is_empty(shapes)
    classes = _field(frame, AREA_CLASS)
    if not alone:
        fits &= np.array([any(word in fold(value or "") for word in wanted.class_words) for value in classes], dtype=bool)
    columns = {column: _field(frame, FIELDS[column]) for column in wanted.columns}
    part = gpd.GeoDataFrame(pd.DataFrame(columns, index=frame.index, dtype=object), geometry=shapes, crs=frame.crs)[fits]
    return part[part["name"].notna()] if kind == "namn" else part


def _field(frame: gpd.GeoDataFrame, names: tuple[str, ...]) -> list[str | None]:
    by_fold = {fold(str(column)): column for column in reversed(frame.columns) if column != frame.geometry.name}
    column = next((by_fold[name] for name in names if name in by_fold and frame[by_fold[name]].notna().any()), None)
    return [None] * len(frame) if column is None else [as_text(value) for value in frame[column]]


def _joined(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return parts[0].reset_index(drop=True) if len(parts) == 1 else pd.concat(parts, ignore_index=True)


CODE_FIELDS = ("kommunkod", "knkod", "kod", "id", "code")
NAME_FIELDS = ("kommunnamn", "knnamn", "namn", "name")


def boundary(
    path: Path,
    *,
    crs: str | None,
    code: str = "",
    name: str = "",
    site: Any = None,
    source: Source | str = "own_file",
) -> Reading[gpd.GeoDataFrame]:
    """Return the municipality's boundary as one row in `crs` [m]: geometry.

    A file of several municipalities gives the one of `code` or `name`. site (latitude, longitude): a boundary that does not hold it
    is told of, since some published ones leave a municipality's own town out. Raises InputError: no polygons, no or several
    municipalities that fit.
    """
    import geopandas as gpd

    layer = pick_layer(path, ("kommun", "grans", "boundary", "admin"))
    frame, said = _layer(path, layer or path.stem, crs)
    frame = frame.assign(geometry=polygons_only(frame.geometry.to_numpy()))
    frame = frame[~frame.geometry.is_empty & frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    if frame.empty:
        raise InputError(Fault(path.name, text("background.no_boundary"), text("background.no_boundary_fix"), expected="Polygon"))
    chosen = _municipality(frame, path, code, name)
    whole = gpd.GeoDataFrame(geometry=[chosen.geometry.union_all()], crs=frame.crs)
    if site is not None and not _holds(whole, site):
        said.append(text("background.site_outside", file=path.name))
    return Reading(whole, sources.of_file(path, source), tuple(said))


def _municipality(frame: gpd.GeoDataFrame, path: Path, code: str, name: str) -> gpd.GeoDataFrame:
    tests: list[tuple[tuple[str, ...], str, Callable[[str], str]]] = [
        (CODE_FIELDS, code, lambda value: value.zfill(4)),
        (NAME_FIELDS, name, _bare_name),
    ]
    for fields, wanted, plain in tests:
        values = [plain(value) if value else None for value in _field(frame, fields)]
        mine = (
            np.array([value is not None and value == plain(wanted) for value in values]) if wanted else np.zeros(len(frame), bool)
        )
        if mine.any():
            return frame[mine]
    if len(frame) == 1 or not any(_field(frame, (*CODE_FIELDS, *NAME_FIELDS))):
        return frame
    got = text("background.which_municipality", n=len(frame))
    raise InputError(Fault(path.name, got, text("background.which_municipality_fix"), expected=f"{code} {name}".strip()))


def _bare_name(value: str) -> str:
    word = fold(value).removesuffix("kommun")
    return word.removesuffix("s") if fold(value) != word else word


def _holds(boundary: gpd.GeoDataFrame, site: Any) -> bool:
    from pyproj import Transformer

    east, north = Transformer.from_crs("EPSG:4326", boundary.crs, always_xy=True).transform(site.longitude, site.latitude)
    return bool(boundary.geometry.iloc[0].buffer(1.0).contains(shapely.Point(east, north)))
