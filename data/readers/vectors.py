"""Opening vector files: any format GDAL reads, the right layer, a coordinate system in metres, no surprises in the geometry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from data.errors import Fault, InputError
from data.readers.cells import fold
from data.tables import require_metres
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

AREA_OF_USE_MARGIN_DEG = 2.0  # a municipality at the edge of a projection's zone is still in it
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
    except Exception as error:  # GDAL raises many kinds; all mean that this is no vector file
        raise _unreadable(path, error) from None


def read_layer(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return one layer as it stands, with nested attributes of GeoJSON flattened (a.b becomes a_b)."""
    import geopandas as gpd

    _require_file(path)
    _require_whole_shapefile(path)
    options = {"FLATTEN_NESTED_ATTRIBUTES": "YES"} if path.suffix.lower() in (".geojson", ".json") else {}
    try:
        frame = gpd.read_file(path, layer=layer, **options)
    except Exception as error:  # as above
        raise _unreadable(path, error) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(Fault(path.name, text("vectors.no_geometry"), text("vectors.no_geometry_fix"), sheet=layer))
    return frame


def _require_file(path: Path) -> None:
    if not path.exists():
        raise InputError(Fault(path.name, text("readers.absent"), text("readers.absent_fix")))
    if path.is_file():
        with path.open("rb") as stream:
            start = stream.read(1024)
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


def _unreadable(path: Path, error: Exception) -> InputError:
    said = str(error).replace(str(path.parent), "").splitlines()[0][:120] if str(error) else type(error).__name__
    return InputError(Fault(path.name, text("readers.unreadable", error=said), text("readers.unreadable_fix")))


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


def in_metres(frame: gpd.GeoDataFrame, path: Path, crs: str | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the frame in a metric CRS, and what to say: a file that states none gets `crs` if its coordinates can be in it.

    Raises InputError for no CRS at all, degrees, and coordinates that lie outside the area of the CRS assumed.
    """
    if frame.crs is not None:
        require_metres(frame, path.name)
        plain = horizontal(frame.crs)
        return (frame if plain is frame.crs else frame.set_crs(plain, allow_override=True)), []
    if crs is None:
        require_metres(frame, path.name)
    assumed = frame.set_crs(crs)
    require_metres(assumed, path.name)
    if len(frame) and not inside_area_of_use(frame.total_bounds, assumed.crs):
        bounds = [float(value) for value in frame.total_bounds]
        degrees = bounds[2] <= 180 and bounds[3] <= 90 and min(bounds) >= -180
        key = "vectors.looks_like_degrees" if degrees else "vectors.outside_crs"
        got = text(key, crs=crs, x=f"{bounds[0]:.0f}", y=f"{bounds[1]:.0f}")
        raise InputError(Fault(path.name, got, text("table.no_crs_fix"), expected=text("table.metres")))
    return assumed, [text("vectors.assumed_crs", file=path.name, crs=crs)]


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
