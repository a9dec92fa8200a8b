"""Annual and monthly irradiation of every cell of a surface model. docs/metod/instralning.md.

annual_map(dsm, weather, site=site)      # Dataset (y, x)
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from solar import exposure, horizon, orientation, rays, slopes, sweep
from solar.horizon import Scene
from solar.sky import SkyYear, Tables

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from solar.sky import Model

STRIPS = 3
"""Strips of scan lines a thread gets per direction: so that one that is held up does not hold up the others."""
NODE_M = 100.0
"""Distance of the nodes at which the far terrain is looked at [m]; between them its slope is linear."""
LEVEL_M = 25.0
"""Step of the nodes' heights [m]."""


def annual_map(  # noqa: PLR0913 - the published signature
    dsm: xr.DataArray,
    weather: pd.DataFrame,
    *,
    site: Any,
    dtm: xr.DataArray | None = None,
    trees: xr.DataArray | None = None,
    far: xr.DataArray | None = None,
    tree_transmittance: float | Sequence[float] = exposure.TREE_TRANSMITTANCE,
    directions: int = exposure.DIRECTIONS,
    near_m: float = exposure.NEAR_M,
    model: Model = "perez-driesse",
    albedo: float = exposure.ALBEDO,
    where: xr.DataArray | np.ndarray | None = None,
    monthly: bool = False,
) -> xr.Dataset:
    """Return a year's irradiation [kWh/m2 of the cell's own sloping surface] for every cell of a surface model, with shade.

    The arguments as in `annual_irradiation`; where: (y, x) bool, the cells that are wanted (all; the others have NaN, and shade all
    the same). Each cell's slope is read from its neighbours (`solar.slopes`), and what it sees from scan lines (`solar.sweep`), in
    time proportional to cells x directions.

    Returns a Dataset (y, x), float32, on the dsm's grid and CRS: beam_kwh_m2, diffuse_kwh_m2, reflected_kwh_m2, total_kwh_m2, sky_view,
    loss_trees, loss_near, loss_far, and with monthly=True total_kwh_m2_month (month, y, x). Cells without data have NaN.
    Raises ValueError as `annual_irradiation`, when where has another shape and when directions is odd.
    """
    if directions % 2:
        raise ValueError(f"directions: {directions} is odd; a scan line serves a direction and its opposite")
    scene = Scene.of(dsm, site=site, dtm=dtm, trees=trees, far=far)
    light = exposure.sky_and_tables(weather, site, model=model, albedo=albedo, directions=directions)
    through = exposure.transmittance(tree_transmittance)
    wanted = _wanted(where, dsm)
    field = _Field.of(scene, wanted)
    lost = _lost(field, _Courses(scene, directions, near_m), _tables(light[1], tuple(through), monthly), monthly=monthly)
    kinds = _orientations(_Known(*light), monthly)
    values = orientation.finish((field.east, field.north, lost), kinds, (light[0], through), scene.convergence_deg)
    if not field.known.all():
        values[:, ~field.known] = np.nan
    return _dataset(values, dsm, monthly=monthly)


def _wanted(where: xr.DataArray | np.ndarray | None, dsm: xr.DataArray) -> np.ndarray | None:
    """Return the mask north up."""
    if where is None:
        return None
    mask, shape = np.asarray(where, dtype=bool), (dsm.sizes["y"], dsm.sizes["x"])
    if mask.shape != shape:
        raise ValueError(f"where: {mask.shape} cells, the surface model has {shape}")
    return _north_up(mask, dsm)


def _north_up(values: np.ndarray, dsm: xr.DataArray) -> np.ndarray:
    """Return values (..., y, x) of the dsm turned north up; the same again turns them back."""
    y, x = dsm["y"].to_numpy(), dsm["x"].to_numpy()
    return values[..., :: -1 if y[0] < y[-1] else 1, :: -1 if x[0] > x[-1] else 1]


@dataclass(frozen=True)
class _Field:
    """The grids of a scene, rim off: z, crown tops (or 1 x 1), rise east and north, cells that count."""

    z: np.ndarray
    crowns: np.ndarray
    east: np.ndarray
    north: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, scene: Scene, wanted: np.ndarray | None) -> _Field:
        z = np.ascontiguousarray(scene.surface.z[1:-1, 1:-1])
        crowns = np.zeros((1, 1), np.float32) if scene.crowns is None else np.ascontiguousarray(scene.crowns.z[1:-1, 1:-1])
        east, north = slopes.gradients(z, scene.surface.cell_m, wanted)
        known = z > rays.NODATA_M
        return cls(z, crowns, east, north, known if wanted is None else known & wanted)

    def along(self, axis: int) -> _Field:
        """Return the grids with `axis` first, contiguous across it."""
        if axis == 0:
            return self
        return _Field(*(np.ascontiguousarray(grid.T) for grid in (self.z, self.crowns, self.east, self.north, self.known)))

    @property
    def wanted(self) -> np.ndarray:
        """known, or 1 x 1 when that is every cell."""
        return np.ones((1, 1), bool) if self.known.all() else self.known


class _Courses:
    """How scan lines run over a scene's grid, anchored to the map: a line is the same whatever part of the map the grid shows."""

    def __init__(self, scene: Scene, directions: int, near_m: float) -> None:
        self.scene, self.near_m, self.directions = scene, near_m, directions
        self.turns = scene.headings(directions)
        surface = scene.surface
        self.anchor = (
            round(-(surface.y0 - surface.cell_m) / surface.cell_m),
            round((surface.x0 + surface.cell_m) / surface.cell_m),
        )

    def of(self, axis: int) -> list[tuple[int, int]]:
        """Return the pairs of directions (towards the axis' end, towards its start) whose lines run along an axis (0: rows)."""
        half = self.directions // 2
        found = []
        for k in range(half):
            east, north = self.turns[k]
            if (abs(east) >= abs(north)) == (axis == 1):
                towards_end = east > 0 if axis == 1 else north < 0
                found.append((k, k + half) if towards_end else (k + half, k))
        return found

    def course(self, axis: int, k: int, shape: tuple[int, int]) -> tuple[tuple, tuple[int, int]]:
        """Return `sweep.lines`' course of direction k on a grid (steps, cells across), and the first and last line."""
        east, north = self.turns[k]
        slant = -north / east if axis == 1 else -east / north
        first = self.anchor[1] if axis == 1 else self.anchor[0]
        place = (first + np.arange(shape[0])) * slant
        whole = np.floor(place + 0.5)
        shift = (whole - whole[0]).astype(np.int64)
        cell_m = self.scene.surface.cell_m
        step_m = cell_m * float(np.hypot(1.0, slant))
        turn, aside = (float(east), float(north)), ((0.0, -cell_m) if axis == 1 else (cell_m, 0.0))
        course = (shift, (place - whole).astype(np.float32), turn, aside, step_m, int(self.near_m / step_m))
        return course, (int(-shift.max()), int(shape[1] - shift.min()))


def _lost(field: _Field, courses: _Courses, tables: np.ndarray, *, monthly: bool) -> np.ndarray:
    """Return (ny, nx, columns) what each cell loses, per unit of its normal's up. tables (kinds, K, bins + 1, columns)."""
    nodes = _Nodes.of(courses, field)
    sides = [_Side(axis, field.along(axis), courses, nodes, tables, monthly) for axis in (0, 1)]
    with ThreadPoolExecutor(horizon.workers()) as pool:
        for number in range(max(len(side.pairs) for side in sides)):
            for cause in (_Side.far, _Side.near, _Side.trees):
                jobs = [job for side in sides if number < len(side.pairs) for job in cause(side, number)]
                for done in [pool.submit(*job) for job in jobs]:
                    done.result()
    out, other = (side.out for side in sides)

    def add(part: slice) -> None:
        out[part] += other[:, part].transpose(1, 0, 2)

    horizon.in_threads(add, len(out), 64)
    return out


class _Side:
    """The sweeps whose lines run along one axis. far, near and trees: the jobs of one pair of directions, in the order they must run."""

    def __init__(  # noqa: PLR0917 - one caller
        self, axis: int, field: _Field, courses: _Courses, nodes: _Nodes, tables: np.ndarray, monthly: bool
    ) -> None:
        self.axis, self.field, self.courses, self.nodes, self.tables = axis, field, courses, nodes, tables
        self.pairs = courses.of(axis)
        self.hilly, self.wooded = nodes.slopes.shape[1] > 1, field.crowns.shape == field.z.shape
        columns = sweep.MONTHS if self.hilly or monthly else sweep.FAR if self.wooded else sweep.TREES
        self.out = np.zeros((*field.z.shape, columns + (12 if monthly else 0)), np.float32)
        self.floor = np.zeros((2, *(field.z.shape if self.hilly or self.wooded else (1, 1))), np.float32)

    def far(self, number: int) -> list[tuple]:
        """Return the far terrain's jobs, which leave its horizon as the floor; without it a floor of 0."""
        if not self.hilly:
            self.floor[...] = 0.0
            return []
        pair, field = list(self.pairs[number]), self.field
        course, _ = self.courses.course(self.axis, pair[0], field.z.shape)
        grids = (field.z, field.east, field.north, field.wanted, course[2])
        beyond, table = self.nodes.seen(self.axis, pair), np.ascontiguousarray(self.tables[0, pair])
        strips = _strips(0, len(field.z))
        return [(sweep.terrain, grids, self.floor, beyond, table, strip, self.out) for strip in strips]

    def near(self, number: int) -> list[tuple]:
        """Return the jobs of what is solid within near_m; the floor rises to its horizon."""
        return self._lines(number, self.field.z, 0, sweep.NEAR)

    def trees(self, number: int) -> list[tuple]:
        """Return the crowns' jobs."""
        return self._lines(number, self.field.crowns, 1, sweep.TREES) if self.wooded else []

    def _lines(self, number: int, over: np.ndarray, kind: int, column: int) -> list[tuple]:
        pair, field = list(self.pairs[number]), self.field
        course, (first, last) = self.courses.course(self.axis, pair[0], field.z.shape)
        grids, table = (field.z, over, field.east, field.north, field.wanted), np.ascontiguousarray(self.tables[kind, pair])
        return [(sweep.lines, grids, self.floor, course, table, (*strip, column), self.out) for strip in _strips(first, last)]


def _strips(first: int, last: int) -> list[tuple[int, int]]:
    size = -(-(last - first) // (STRIPS * horizon.workers() * sweep.LINES)) * sweep.LINES
    return [(start, min(start + size, last)) for start in range(first, last, size)]


@dataclass(frozen=True)
class _Nodes:
    """The far terrain's slopes (K, levels, rows, columns) at nodes of the map, and where rows and columns lie among them."""

    slopes: np.ndarray
    row: tuple[np.ndarray, np.ndarray]
    col: tuple[np.ndarray, np.ndarray]
    levels: np.ndarray

    @classmethod
    def of(cls, courses: _Courses, field: _Field) -> _Nodes:
        scene, surface = courses.scene, courses.scene.surface
        none = (np.zeros(1, np.int64), np.zeros(1, np.float32))
        if scene.far is None or not field.known.any():
            return cls(np.zeros((courses.directions, 1, 1, 1), np.float32), none, none, np.ones(2, np.float32))
        north, row = _among(surface.y0 - surface.cell_m * np.arange(1, field.z.shape[0] + 1), -NODE_M)
        east, col = _among(surface.x0 + surface.cell_m * np.arange(1, field.z.shape[1] + 1), NODE_M)
        heights = field.z[field.known]
        low, high = np.floor(heights.min() / LEVEL_M), np.ceil(heights.max() / LEVEL_M)
        up = np.arange(low, max(high, low + 1) + 1) * LEVEL_M
        z, y, x = (axis.ravel() for axis in np.meshgrid(up, north, east, indexing="ij"))
        least = np.zeros((len(x), courses.directions), np.float32)
        seen = scene.far_slopes(np.column_stack([x, y, z]), courses.turns, least, courses.near_m)
        shaped = seen.T.reshape(courses.directions, len(up), len(north), len(east))
        return cls(np.ascontiguousarray(shaped), row, col, np.array([up[0], LEVEL_M], np.float32))

    def seen(self, axis: int, pair: list[int]) -> tuple:
        """Return `sweep.lines`' beyond for a pair of directions."""
        slopes_ = self.slopes[pair]
        if axis == 0:
            return np.ascontiguousarray(slopes_), *self.row, *self.col, self.levels
        return np.ascontiguousarray(slopes_.transpose(0, 1, 3, 2)), *self.col, *self.row, self.levels


def _among(place: np.ndarray, step: float) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return nodes [m] at multiples of step around places, and each place's node and share of the way to the next."""
    where = place / step
    first = np.floor(where.min())
    nodes = np.arange(first, np.floor(where.max()) + 2) * step
    at = np.floor(where - first).astype(np.int64)
    return nodes, (at, (where - first - at).astype(np.float32))


class _Known:
    """A sky with its tables, known by being the same object: `exposure.sky_and_tables` remembers them."""

    def __init__(self, sky: SkyYear, tables: Tables) -> None:
        self.sky, self.tables = sky, tables

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.sky is other.sky and self.tables is other.tables

    def __hash__(self) -> int:
        return hash((id(self.sky), id(self.tables)))


@lru_cache(maxsize=4)
def _orientations(known: _Known, monthly: bool) -> orientation.Orientations:
    return orientation.Orientations.of(known.sky, known.tables, monthly=monthly)


def _tables(tables: Tables, through: tuple[float, ...], monthly: bool) -> np.ndarray:
    """Return `sweep.lines`' tables (2, K, bins + 1, columns): all light above a slope, and what crowns hold back of it."""
    count, edges = tables.direct.shape[:2]
    direct, same = tables.direct.reshape(count, edges, 48), np.eye(2, dtype=np.float32)
    out = np.zeros((2, count, edges - 1, sweep.COLUMNS + (24 if monthly else 0)), np.float32)
    for kind, weight in enumerate((np.ones(12, np.float32), 1.0 - np.array(through, np.float32))):
        year = (direct @ np.kron(same, np.kron(weight[:, None], same)))[:, :-1]  # along, up; beam, circumsolar
        out[kind, :, :, 0:2], out[kind, :, :, 4:6] = year[..., :2], year[..., 2:]
        if monthly:
            months = direct.reshape(count, edges, 2, 12, 2)[:, :-1]
            out[kind, :, :, sweep.COLUMNS :] = ((months[..., 0] + months[..., 1]) * weight).reshape(count, edges - 1, 24)
    out[..., 2:8:4] = tables.dome[:-1]
    out[..., 3] = tables.band[:-1]
    return out


def _dataset(values: np.ndarray, dsm: xr.DataArray, *, monthly: bool) -> xr.Dataset:
    """Return values (columns, ny, nx), north up, on the dsm's own grid."""
    import rioxarray  # noqa: F401 - gives .rio
    import xarray as xr

    dsm = dsm.squeeze(drop=True).transpose("y", "x")
    values = _north_up(values, dsm)
    names = exposure.columns(monthly=False)
    data = {
        name: (("y", "x"), grid, {"units": "kWh/m2" if "kwh" in name else "1"}) for name, grid in zip(names, values, strict=False)
    }
    coords: dict[str, Any] = {"y": dsm["y"], "x": dsm["x"]}
    if monthly:
        data["total_kwh_m2_month"] = (("month", "y", "x"), values[len(names) :], {"units": "kWh/m2"})
        coords["month"] = np.arange(1, 13)
    return xr.Dataset(data, coords=coords).rio.write_crs(dsm.rio.crs, inplace=True)  # else every grid is copied
