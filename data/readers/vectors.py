"""Opening vector files: any format GDAL reads, the right layer, a coordinate system in metres, no surprises in the geometry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from data.errors import Fault, InputError
from data.opening import require_file
from data.readers.cells import fold
from data.tables import require_metres
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

AREA_OF_USE_MARGIN_DEG = 2.0  # a municipality at the edge of a projection's zone is still in it
MOST_DEGREES = 180.0
WEB_PROJECTIONS = ("Popular Visualisation", "Mercator")
"""Methods whose metres are longer than the ground's away from the equator; "Transverse Mercator" does not begin so."""
LONGEST_CODE = 40
UNDEFINED = "Undefined"
"""Begins the names that a GeoPackage gives the coordinate systems of a layer without one."""
FIXES = {
    "vectors.stated_metres": "vectors.stated_metres_fix",
    "vectors.stated_degrees": "vectors.stated_degrees_fix",
    "vectors.turned": "vectors.turned_fix",
    "vectors.far_away": "vectors.far_away_fix",
}
SHAPEFILE_NAME_LENGTH = 10
SHAPEFILE_PARTS = (".shx", ".dbf")
_REDIRECTS = (b"<OGRVRTDataSource", b"<VRTDataset")
"""GDAL opens these whatever the file is called, and then whatever file or address they name."""


def layers(path: Path) -> list[tuple[str, str | None]]:
    """Return (name, geometry type) of every layer; raise InputError when the file cannot be opened."""
    import pyogrio

    _require_file(path)
    _require_whole_shapefile(path)
    try:
        return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    except Exception:  # GDAL raises many kinds; all mean that this is no vector file
        raise _unreadable(path) from None


def read_layer(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return one layer as it stands, with nested attributes of GeoJSON flattened (a.b becomes a_b)."""
    import geopandas as gpd

    _require_file(path)
    _require_whole_shapefile(path)
    options = {"FLATTEN_NESTED_ATTRIBUTES": "YES"} if path.suffix.lower() in (".geojson", ".json") else {}
    try:
        frame = gpd.read_file(path, layer=layer, **options)
    except Exception:  # as above
        raise _unreadable(path) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(Fault(path.name, text("vectors.no_geometry"), text("vectors.no_geometry_fix"), sheet=layer))
    return frame


def _require_file(path: Path) -> None:
    require_file(path, folder=True)
    if path.is_file():
        with path.open("rb") as stream:
            start = stream.read(1024)
        if not start:
            raise InputError(Fault(path.name, text("readers.empty"), text("readers.unreadable_fix")))
        if any(mark in start for mark in _REDIRECTS):
            raise InputError(Fault(path.name, text("vectors.redirect"), text("vectors.redirect_fix")))


def _require_whole_shapefile(path: Path) -> None:
    """Refuse a .shp without its index or its attributes: without the table every building would silently lose its id and name."""
    if path.suffix.lower() != ".shp" or not path.is_file():
        return
    beside = {each.name.casefold() for each in path.parent.iterdir()}
    wanted = [f"{path.stem}{suffix}" for suffix in SHAPEFILE_PARTS]
    if absent := [name for name in wanted if name.casefold() not in beside]:
        raise InputError(Fault(path.name, text("vectors.parts", files=", ".join(absent)), text("vectors.parts_fix")))


def truncated(name: str, words: Sequence[str]) -> str:
    """Return the folded word that a Shapefile cut to its ten characters to get this field name; else the folded name itself."""
    key = fold(name)
    if len(name) != SHAPEFILE_NAME_LENGTH:
        return key
    return next((word for word in words if word.startswith(key)), key)


def _unreadable(path: Path) -> InputError:
    if path.is_dir():
        return InputError(Fault(path.name, text("readers.folder"), text("readers.folder_fix")))
    return InputError(Fault(path.name, text("readers.unreadable"), text("readers.unreadable_fix")))


def pick_layer(path: Path, wanted: Sequence[str], *, kinds: Sequence[str] = ("Polygon",)) -> str | None:
    """Return the one layer to read: the only one with the right geometry, else the one named like `wanted`. Raises InputError."""
    found = layers(path)
    fitting = [name for name, kind in found if kind is None or any(each in kind for each in (*kinds, "Unknown", "Collection"))]
    if len(fitting) == 1 or len(found) == 1:
        return (fitting or [found[0][0]])[0]
    named = [name for name in fitting if any(word in fold(name) for word in wanted)]
    if len(named) == 1:
        return named[0]
    got = text("vectors.which_layer", n=len(fitting))
    raise InputError(Fault(path.name, got, text("vectors.which_layer_fix"), expected=", ".join(name for name, _ in found)[:300]))


def horizontal(crs: Any) -> Any:
    """Return a pyproj CRS without its heights: SWEREF 99 TM + RH 2000 (EPSG:5845) is SWEREF 99 TM (EPSG:3006)."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def called(crs: Any) -> str:
    """Return what to call a CRS in a sentence: its code, else its name; one without code is a page of text."""
    code = crs.to_string()
    return code if len(code) <= LONGEST_CODE else crs.name


def in_metres(frame: gpd.GeoDataFrame, path: Path, crs: str | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the frame in a metric CRS, and what to say: what states no CRS gets `crs`, what states degrees is converted to it.

    GeoJSON states WGS 84 by its standard (RFC 7946). Raises InputError for no CRS at all, degrees that nobody states or that have no
    `crs` to become, and coordinates that cannot be in the CRS stated or assumed.
    """
    if frame.crs is not None and frame.crs.name.startswith(UNDEFINED):
        frame = frame.set_crs(None, allow_override=True)
    if frame.crs is not None and _local_metres(frame.crs):
        plain = horizontal(frame.crs)
        _require_no_degrees(frame, path, plain)
        return (frame if plain is frame.crs else frame.set_crs(plain, allow_override=True)), []
    if frame.crs is not None and crs is not None:
        return _converted(frame, path, crs), [text("vectors.converted", file=path.name, of=called(frame.crs), to=crs)]
    if crs is None:
        require_metres(frame, path.name)
    assumed = frame.set_crs(crs)
    require_metres(assumed, path.name)
    if len(frame) and not inside_area_of_use(frame.total_bounds, assumed.crs):
        key = "vectors.looks_like_degrees" if _in_degrees(frame) else "vectors.outside_crs"
        raise InputError(_misplaced(frame, path, key, crs=crs))
    return assumed, [text("vectors.assumed_crs", file=path.name, crs=crs)]


def _local_metres(crs: Any) -> bool:
    """Return whether a CRS measures the ground in metres: not degrees, not feet, not the web maps' Mercator (twice too long here)."""
    plain = horizontal(crs)
    metres = all(axis.unit_conversion_factor == 1.0 for axis in plain.axis_info)
    return bool(plain.is_projected and metres and not str(plain.coordinate_operation.method_name).startswith(WEB_PROJECTIONS))


def _require_no_degrees(frame: gpd.GeoDataFrame, path: Path, crs: Any) -> None:
    """Raise InputError where the numbers are degrees though the CRS says metres: all of them near its origin, far from its area."""
    if _in_degrees(frame) and not inside_area_of_use(frame.total_bounds, crs):
        raise InputError(_misplaced(frame, path, "vectors.stated_metres", crs=called(crs)))


def _converted(frame: gpd.GeoDataFrame, path: Path, crs: str) -> gpd.GeoDataFrame:
    """Return the frame in `crs`; raise InputError where its numbers are no degrees, or degrees far from where `crs` is made for."""
    from pyproj import CRS

    target = CRS.from_user_input(crs)
    plain = frame.set_crs(horizontal(frame.crs), allow_override=True)
    bounds = plain.total_bounds
    if not np.isfinite(bounds).all() or _meets(bounds, plain.crs, target):
        return plain.to_crs(target)
    if plain.crs.is_geographic and not _in_degrees(plain):
        raise InputError(_misplaced(frame, path, "vectors.stated_degrees", crs=called(plain.crs)))
    turned = plain.crs.is_geographic and _meets(bounds[[1, 0, 3, 2]], plain.crs, target)
    raise InputError(_misplaced(frame, path, "vectors.turned" if turned else "vectors.far_away", crs=crs))


def _meets(bounds: np.ndarray, crs: Any, target: Any) -> bool:
    """Return whether `bounds` (in `crs`) meet the area that `target` is made for, with a margin: a file may hold a whole country."""
    from pyproj import Transformer

    area, margin = target.area_of_use, AREA_OF_USE_MARGIN_DEG
    if area is None:
        return True
    corners = bounds[[0, 2, 0, 2]], bounds[[1, 1, 3, 3]]
    east, north = map(np.array, Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*corners))
    return bool(
        np.isfinite([east, north]).all()
        and np.abs(north).max() <= MOST_DEGREES / 2
        and east.min() <= area.east + margin
        and east.max() >= area.west - margin
        and north.min() <= area.north + margin
        and north.max() >= area.south - margin
    )


def _in_degrees(frame: gpd.GeoDataFrame) -> bool:
    return bool(len(frame)) and bool((np.abs(frame.total_bounds) <= MOST_DEGREES).all())


def _misplaced(frame: gpd.GeoDataFrame, path: Path, key: str, *, crs: str) -> Fault:
    bounds = [float(value) for value in frame.total_bounds]
    got = text(key, crs=crs, x=f"{bounds[0]:.0f}", y=f"{bounds[1]:.0f}")
    return Fault(path.name, got, text(FIXES.get(key, "table.no_crs_fix")), expected=text("table.metres"))


def inside_area_of_use(bounds: Sequence[float], crs: Any) -> bool:
    """Return whether the middle of `bounds` (in `crs`) lies in the area the CRS is made for, with a margin."""
    from pyproj import Transformer

    area = crs.area_of_use
    if area is None:
        return True
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    east, north = to_degrees.transform((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    margin = AREA_OF_USE_MARGIN_DEG
    return bool(
        np.isfinite(east)
        and np.isfinite(north)
        and area.west - margin <= east <= area.east + margin
        and area.south - margin <= north <= area.north + margin
    )


def polygons_only(geometry: np.ndarray) -> np.ndarray:
    """Return geometries as polygons or multipolygons without height; parts that are points or lines are left out."""
    flat = shapely.force_2d(geometry)
    mixed = shapely.get_type_id(flat) == shapely.GeometryType.GEOMETRYCOLLECTION
    for i in np.flatnonzero(mixed):
        parts = [p for p in shapely.get_parts(flat[i]) if p.geom_type in ("Polygon", "MultiPolygon")]
        flat[i] = shapely.union_all(parts) if parts else shapely.Polygon()
    return flat
