"""Grids of heights: surface, ground and tree models, far terrain. GeoTIFF or ESRI ASCII to float32, north up, NaN for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import sources
from data.errors import Fault, FaultCollector, InputError
from data.opening import require_file
from data.readers.reading import Reading
from data.readers.vectors import horizontal, inside_area_of_use
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

    from data.sources import Source

DRIVERS = {b"II": "GTiff", b"MM": "GTiff", b"nc": "AAIGrid", b"NC": "AAIGrid"}
"""First bytes -> format. Only formats that hold their own numbers: GDAL's others may point to other files or addresses."""
NODATA_VALUES = (-9999.0, -32768.0, -32767.0)
NODATA_BELOW = -1e30  # -3.4e38, the lowest float32, is what ESRI and QGIS write for "nothing"
LOWEST_M, HIGHEST_M = -500.0, 9000.0  # the Dead Sea's shore and Everest: outside, the unit is not metres
TALLEST_TREE_M = 60.0  # Sweden's tallest measured tree is under 50 m
MOST_PIXELS = 1_000_000_000  # 31 x 31 km at 1 m: 4 GB as float32
PICTURE_BANDS = 3  # red, green and blue
STRIP_PIXELS = 1 << 24  # pixels read at a time: 64 MB as float32
SAMPLE = 1000  # rows and columns looked at when a tree model is told from a surface model
HEIGHT_SLIP_M = 1.0
"""A surface model is nowhere below the ground by more than noise; half its cells this far below is another height system [m]."""
BARE_PERCENTILE, HIGHEST_BARE_M = 5, 8.0
"""One cell in twenty is bare ground or low scrub even in forest: all of them this high is another height system."""
COARSE_M = 2.0
SQUARE_TOLERANCE = 1e-6
HOLES_TO_TELL = 1e-4  # share of empty pixels that is worth a sentence


def read(path: Path, *, crs: str | None = None, name: str = "dsm", source: Source | str = "own_file") -> Reading[xr.DataArray]:
    """Return a grid (y, x) float32 [m], y from north to south, with CRS and transform in `.rio`, and its file name in attrs.

    crs: used where the file states none and its coordinates can be in it. name: dsm, dtm, trees or far. Nodata becomes NaN, in
    `trees` 0 (no crown). Only `far` may be in degrees or have pixels that are not square. Raises InputError with every fault.
    """
    import rasterio

    driver = _driver(path)
    try:
        with rasterio.open(path, driver=driver) as grid:
            _require_heights(path.name, grid)
            heights, transform, stated, bands = _read(grid), grid.transform, grid.crs, grid.count
    except (rasterio.errors.RasterioError, ValueError, OSError):
        raise InputError(Fault(path.name, text("readers.unreadable"), text("elevation.unreadable_fix"))) from None
    warnings = [text("elevation.bands", file=path.name, n=bands)] if bands > 1 else []
    with FaultCollector() as faults:
        known = _flat(stated) if stated else _assumed(crs, transform, heights.shape)
        for fault in [*_crs_faults(path.name, known, name, crs), *_grid_faults(path.name, transform, name)]:
            faults.add(fault)
        for fault in _value_faults(path.name, heights, name):
            faults.add(fault)
    if not stated:
        warnings.append(text("vectors.assumed_crs", file=path.name, crs=crs))
    if name == "dsm" and (cell := abs(transform.a)) > COARSE_M + SQUARE_TOLERANCE:
        warnings.append(text("elevation.coarse", file=path.name, cell=f"{cell:g}".replace(".", ",")))
    heights, said = _filled(heights, path.name, name)
    grid = _array(heights, transform, known, {"file": path.name, "name": name})
    return Reading(grid, sources.of_file(path, source), (*warnings, *said))


def _driver(path: Path) -> str:
    require_file(path)
    with path.open("rb") as stream:
        start = stream.read(2)
    if not start:
        raise InputError(Fault(path.name, text("readers.empty"), text("elevation.unreadable_fix")))
    driver = DRIVERS.get(start)
    if driver is None:
        got = text("readers.suffix")
        raise InputError(Fault(path.name, got, text("elevation.unreadable_fix"), expected="GeoTIFF, ESRI ASCII"))
    return driver


def _require_heights(file: str, grid: Any) -> None:
    """Raise InputError for a picture, and for a grid that would fill the memory: told from its head, before it is read."""
    if grid.width * grid.height > MOST_PIXELS:
        got = text("elevation.too_big", width=grid.width, height=grid.height)
        raise InputError(Fault(file, got, text("elevation.too_big_fix")))
    if grid.count >= PICTURE_BANDS and set(grid.dtypes) == {"uint8"}:
        raise InputError(Fault(file, text("elevation.picture", n=grid.count), text("elevation.picture_fix")))


def _read(grid: Any) -> np.ndarray:
    """Return the first band as float32 with NaN for nothing, a strip at a time: a large model is in memory once."""
    from rasterio.windows import Window

    heights = np.empty(grid.shape, dtype=np.float32)
    strip = max(1, STRIP_PIXELS // max(grid.width, 1))
    for top in range(0, grid.height, strip):
        rows = min(strip, grid.height - top)
        heights[top : top + rows] = _heights(grid.read(1, window=Window(0, top, grid.width, rows)), grid.nodata)
    return heights


def _heights(values: np.ndarray, nodata: float | None) -> np.ndarray:
    heights = values.astype(np.float32)
    nothing = ~np.isfinite(heights) | (heights < NODATA_BELOW) | np.isin(heights, np.float32(NODATA_VALUES))
    if nodata is not None and np.isfinite(nodata):
        nothing |= values == nodata
    heights[nothing] = np.nan
    return heights


def _flat(stated: Any) -> Any:
    """Return a grid's CRS without a height system: the same horizontal system everywhere."""
    import rasterio
    from pyproj import CRS

    crs = CRS.from_user_input(stated)
    return rasterio.crs.CRS.from_user_input(horizontal(crs)) if crs.is_compound else stated


def _assumed(crs: str | None, transform: Any, shape: tuple[int, int]) -> Any:
    """Return the CRS of kil.toml if the grid can lie in it, else None."""
    import rasterio
    from pyproj import CRS

    bounds = rasterio.transform.array_bounds(*shape, transform)
    if crs is None or not inside_area_of_use(bounds, CRS.from_user_input(crs)):
        return None
    return rasterio.crs.CRS.from_user_input(crs)


def _crs_faults(file: str, crs: Any, name: str, assumed: str | None) -> list[Fault]:
    if crs is None:
        key = "table.no_crs" if assumed is None else "elevation.no_crs_outside"
        return [Fault(file, text(key, crs=assumed), text("table.no_crs_fix"), expected=text("table.metres"))]
    if name != "far" and not crs.is_projected:
        got = text("table.degrees", crs=crs.to_string()[:40])
        return [Fault(file, got, text("table.degrees_fix"), expected=text("table.metres"))]
    return []


def _grid_faults(file: str, transform: Any, name: str) -> list[Fault]:
    if transform.b or transform.d:
        return [Fault(file, text("elevation.rotated"), text("elevation.regrid_fix"))]
    width, height = abs(transform.a), abs(transform.e)
    if name != "far" and abs(width - height) > SQUARE_TOLERANCE * width:
        got = text("elevation.not_square", width=f"{width:g}", height=f"{height:g}")
        return [Fault(file, got, text("elevation.regrid_fix"))]
    return []


def _value_faults(file: str, heights: np.ndarray, name: str) -> list[Fault]:
    if np.isnan(heights).all():
        return [Fault(file, text("elevation.empty"), text("elevation.empty_fix"))]
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    if low < LOWEST_M or high > HIGHEST_M:
        got = text("elevation.not_metres", low=f"{low:.0f}", high=f"{high:.0f}")
        return [Fault(file, got, text("elevation.not_metres_fix"))]
    sample = heights[:: max(1, heights.shape[0] // SAMPLE), :: max(1, heights.shape[1] // SAMPLE)]
    if name == "trees" and float(np.nanpercentile(sample, 99)) > TALLEST_TREE_M:
        return [Fault(file, text("elevation.trees_absolute", high=f"{high:.0f}"), text("elevation.trees_absolute_fix"))]
    return []


def _filled(heights: np.ndarray, file: str, name: str) -> tuple[np.ndarray, list[str]]:
    """Return heights with what a missing value means here, and the sentence about it."""
    if name == "trees":
        np.nan_to_num(heights, copy=False, nan=0.0)
        return np.maximum(heights, 0.0, out=heights), []
    count = int(np.count_nonzero(np.isnan(heights)))
    share = count / heights.size
    if share <= HOLES_TO_TELL:
        return heights, []
    return heights, [text("elevation.holes", file=file, n=count, percent=f"{100 * share:.1f}".replace(".", ","))]


def _array(heights: np.ndarray, transform: Any, crs: Any, attrs: dict[str, str]) -> xr.DataArray:
    import rioxarray  # noqa: F401  (registers .rio)
    import xarray as xr
    from affine import Affine

    rows, columns = heights.shape
    if transform.e > 0:  # south first
        heights = heights[::-1]
        transform = Affine(transform.a, 0, transform.c, 0, -transform.e, transform.f + rows * transform.e)
    if transform.a < 0:
        heights = heights[:, ::-1]
        transform = Affine(-transform.a, 0, transform.c + columns * transform.a, 0, transform.e, transform.f)
    x = transform.c + transform.a * (np.arange(columns) + 0.5)
    y = transform.f + transform.e * (np.arange(rows) + 0.5)
    grid = xr.DataArray(np.ascontiguousarray(heights), coords={"y": y, "x": x}, dims=("y", "x"), name=attrs["name"], attrs=attrs)
    for write, value in ((grid.rio.write_crs, crs), (grid.rio.write_transform, transform), (grid.rio.write_nodata, np.nan)):
        write(value, inplace=True)  # else the whole grid is copied each time
    return grid


def align(dsm: xr.DataArray, other: xr.DataArray) -> tuple[xr.DataArray, list[str]]:
    """Return `other` on the surface model's grid, and what was done to it. Both as `read` returns them.

    The same grid is returned as it is; another grid or metric CRS is resampled (bilinear; averaged where `other` is finer). Outside
    `other`: NaN, in `trees` 0. Raises InputError when `other` is in degrees or nowhere meets the model.
    """
    import rioxarray  # noqa: F401
    from rasterio.enums import Resampling

    file = other.attrs.get("file", other.name or "")
    if not other.rio.crs.is_projected:
        got = text("table.degrees", crs=other.rio.crs.to_string()[:40])
        raise InputError(Fault(file, got, text("table.degrees_fix"), expected=text("table.metres")))
    same_crs = other.rio.crs == dsm.rio.crs
    if same_crs and other.shape == dsm.shape and np.allclose(other.rio.transform(), dsm.rio.transform(), atol=1e-6):
        return other, []
    finer = abs(other.rio.resolution()[0]) < abs(dsm.rio.resolution()[0]) / 1.5
    moved = other.rio.reproject_match(dsm, resampling=Resampling.average if finer else Resampling.bilinear, nodata=np.nan)
    moved = moved.astype(np.float32).assign_coords(x=dsm.x, y=dsm.y).assign_attrs(other.attrs)
    if bool(moved.isnull().all()):
        raise InputError(Fault(file, text("elevation.apart", other=dsm.attrs.get("file", "")), text("elevation.apart_fix")))
    uncovered = float((moved.isnull() & dsm.notnull()).mean())
    warnings = [] if same_crs else [text("elevation.reprojected", file=file, of=_code(other), to=_code(dsm))]
    if uncovered > HOLES_TO_TELL:
        key = "elevation.uncovered_trees" if other.name == "trees" else "elevation.uncovered"
        warnings.append(text(key, file=file, percent=f"{100 * uncovered:.1f}".replace(".", ",")))
    return (moved.fillna(0.0) if other.name == "trees" else moved), warnings


def _code(grid: xr.DataArray) -> str:
    return grid.rio.crs.to_string()[:40]


def check_overlap(dsm: xr.DataArray, buildings: gpd.GeoDataFrame, *, file: str = "byggnader", given: Any = None) -> None:
    """Raise InputError when no building touches the model's extent. given: the buildings' CRS before they were moved."""
    import shapely

    extent = shapely.box(*dsm.rio.bounds())
    outlines = buildings.geometry.to_crs(dsm.rio.crs)
    if not outlines.intersects(extent).any():
        fix = text("elevation.no_overlap_fix", crs=_code(dsm), other=(given or buildings.crs).to_string()[:40])
        got = text("elevation.no_overlap", model=dsm.attrs.get("file", ""), place=_extent(outlines.total_bounds))
        raise InputError(Fault(file, got, fix, expected=_extent(dsm.rio.bounds())))


def _extent(bounds: Sequence[float]) -> str:
    west, south, east, north = (f"{metres:.0f}" for metres in bounds)
    return text("elevation.extent", west=west, south=south, east=east, north=north)


def check_heights(dsm: xr.DataArray, dtm: xr.DataArray) -> None:
    """Raise InputError where the two models, on one grid, cannot be in one height system."""
    step = max(1, max(dsm.shape) // SAMPLE)
    above = (dsm.to_numpy() - dtm.to_numpy())[::step, ::step]
    above = above[np.isfinite(above)]
    if not above.size:
        return
    low, middle = np.percentile(above, (BARE_PERCENTILE, 50))
    file, model = dtm.attrs.get("file", "markmodell"), dsm.attrs.get("file", "ytmodell")
    if middle < -HEIGHT_SLIP_M:
        raise InputError(Fault(file, text("elevation.above", model=model, metres=f"{-middle:.0f}"), text("elevation.above_fix")))
    if low > HIGHEST_BARE_M:
        raise InputError(Fault(file, text("elevation.below", model=model, metres=f"{low:.0f}"), text("elevation.above_fix")))


def hole_shares(dsm: xr.DataArray, buildings: gpd.GeoDataFrame) -> dict[str, float]:
    """Return building_id -> share (0-1) of its pixels inside the model that have no height; only buildings where it is above 0."""
    from rasterio.features import rasterize

    holes = np.isnan(dsm.to_numpy())
    if not holes.any():
        return {}
    footprints = buildings.geometry.to_crs(dsm.rio.crs)
    shapes = zip(footprints, range(1, len(buildings) + 1), strict=True)
    marks = rasterize(shapes, out_shape=dsm.shape, transform=dsm.rio.transform(), fill=0, dtype="int32")
    pixels = np.bincount(marks.ravel(), minlength=len(buildings) + 1)[1:]
    empty = np.bincount(marks[holes], minlength=len(buildings) + 1)[1:]
    with np.errstate(invalid="ignore"):
        share = np.where(pixels > 0, empty / pixels, 0.0)
    return {str(id_): float(value) for id_, value in zip(buildings["building_id"], share, strict=True) if value > 0}
