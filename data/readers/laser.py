"""Laser scans: a folder of LAZ or LAS tiles, read one tile at a time and handed out by building.

A municipality is tens of tiles of millions of points, of which a tenth lie near buildings. `read` opens every tile and names what is
wrong with it; `Scan.batches` then goes through the tiles once, keeps what lies near footprints, and hands out each building when
all tiles it touches have been read.

    reading = laser.read(Path("indata/laserdata"), crs="EPSG:3006")
    for batch in reading.data.batches(buildings):
        planes_from_points(batch.xyz, batch.footprints, classification=batch.classification, ...)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import sources
from data.errors import Fault, FaultCollector, InputError
from data.readers import lasfile
from data.readers.lasfile import Points, Tile
from data.readers.reading import Reading
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

    from data.sources import Source

SUFFIXES = (".laz", ".las")
MARGIN_M = 6.0
"""Points this far outside a footprint come along: roof overhang and the ground around it [m]."""
CELL_M = 4.0
"""Side of the squares that tell quickly whether a point is near a building [m]."""
NOISE_CLASSES = (7, 18)
"""ASPRS classes of low and high noise."""
GROUND_CLASS = 2
LEAST_COVERED = 0.5
"""A building less than this on the tiles is outside the scan."""
FEWEST_RETURNS_PER_M2 = 0.05
"""A roof with fewer points than this does not answer [1/m2]; a scan has 1 to 2."""
MOST_NAMED = 10


@dataclass(frozen=True)
class Batch:
    """Buildings and the points near them. points are in the footprints' CRS; survey_date is that of the oldest tile they lie on."""

    footprints: gpd.GeoDataFrame
    points: Points
    survey_date: dt.date | None

    @property
    def without_returns(self) -> tuple[str, ...]:
        """building_id of footprints with hardly any point above the ground inside (dark sheet metal, water, a new building)."""
        import shapely

        above = self.points.xyz[self.points.classification != GROUND_CLASS, :2]
        tree = shapely.STRtree(self.footprints.geometry.to_numpy())
        _, hit = tree.query(shapely.points(above), predicate="intersects")
        count = np.bincount(hit, minlength=len(self.footprints))
        silent = count < FEWEST_RETURNS_PER_M2 * self.footprints.area.to_numpy()
        return tuple(str(id_) for id_ in self.footprints["building_id"][silent])


@dataclass(frozen=True)
class Scan:
    """An opened laser scan. tiles: in order from south-west; drop_classes, last_return: what is left out on reading."""

    tiles: tuple[Tile, ...]
    drop_classes: tuple[int, ...] = NOISE_CLASSES
    last_return: int | None = None

    def batches(
        self, footprints: gpd.GeoDataFrame, *, margin_m: float = MARGIN_M, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[Batch]:
        """Hand out every building that lies on the tiles, at least half of it, once, with the points within `margin_m` of its bounding box.

        footprints: GeoDataFrame with building_id in a metric CRS; points are moved to it where a tile has another. progress is
        called with (tiles read, tiles) after each tile. Raises InputError when a tile breaks off in the middle.
        """
        pending = _Pending(footprints, self._boxes(footprints.crs), margin_m)
        kept: list[tuple[Points, dt.date | None]] = []
        for number, tile in enumerate(self.tiles):
            kept += [(points, tile.survey_date) for points in self._near(tile, pending, footprints.crs)]
            ready = pending.done(number)
            if len(ready):
                yield from self._ready(kept, pending, ready)
                kept = [(points.where(pending.near(points.xyz)), date) for points, date in kept]
                kept = [(points, date) for points, date in kept if len(points.xyz)]
            if progress is not None:
                progress(number + 1, len(self.tiles))

    def bounds(self, crs: Any) -> np.ndarray:
        """Return (x0, y0, x1, y1) of all tiles in a coordinate system [m]."""
        import shapely

        return shapely.total_bounds(self._boxes(crs))

    def pieces(self, crs: Any) -> Iterator[Points]:
        """Hand out all points in a coordinate system, a piece of a tile at a time."""
        for tile in self.tiles:
            for points in lasfile.chunks(tile, self.drop_classes, self.last_return):
                yield points if tile.crs == crs else lasfile.moved(points, tile.crs, crs)

    def outside(self, footprints: gpd.GeoDataFrame) -> tuple[str, ...]:
        """Return the building_id of footprints that the tiles hold less than half of."""
        return tuple(str(id_) for id_ in footprints["building_id"][~_covered(footprints, self._boxes(footprints.crs))])

    def points(self, bounds: tuple[float, float, float, float] | None = None) -> Points:
        """Return the points of all tiles in their own CRS, those inside bounds (x0, y0, x1, y1) when given. For small areas."""
        parts = [part for tile in self.tiles for part in lasfile.chunks(tile, self.drop_classes, self.last_return)]
        points = Points.joined(parts)
        if bounds is None:
            return points
        x, y = points.xyz[:, 0], points.xyz[:, 1]
        return points.where((x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3]))

    def _boxes(self, crs: Any) -> np.ndarray:
        import shapely
        from pyproj import Transformer

        boxes = [tile.bounds for tile in self.tiles]
        moved = [
            Transformer.from_crs(tile.crs, crs, always_xy=True).transform_bounds(*box) if tile.crs != crs else box
            for tile, box in zip(self.tiles, boxes, strict=True)
        ]
        return shapely.box(*np.array(moved, float).reshape(-1, 4).T)

    def _near(self, tile: Tile, pending: _Pending, crs: Any) -> Iterator[Points]:
        for points in lasfile.chunks(tile, self.drop_classes, self.last_return):
            moved = points if tile.crs == crs else lasfile.moved(points, tile.crs, crs)
            near = moved.where(pending.near(moved.xyz))
            if len(near.xyz):
                yield near

    def _ready(self, kept: list[tuple[Points, dt.date | None]], pending: _Pending, ready: np.ndarray) -> Iterator[Batch]:
        dates = [self._oldest(pending.needs[i]) for i in ready]
        points = Points.joined([points for points, _ in kept])
        for date in sorted(set(dates), key=lambda d: (d is None, d or dt.date.min)):
            chosen = ready[[each == date for each in dates]]
            mask = pending.mask(chosen)
            yield Batch(pending.footprints.iloc[chosen], points.where(mask(points.xyz)), date)

    def _oldest(self, tiles: Iterable[int]) -> dt.date | None:
        dates = [self.tiles[i].survey_date for i in tiles]
        return None if any(date is None for date in dates) else min(date for date in dates if date is not None)


def _covered(footprints: gpd.GeoDataFrame, tiles: np.ndarray) -> np.ndarray:
    """Return which footprints (n,) lie on the tiles by at least LEAST_COVERED of their area."""
    import shapely

    shapes = shapely.make_valid(footprints.geometry.to_numpy())
    inside = shapely.area(shapely.intersection(shapes, shapely.union_all(tiles)))
    return inside >= LEAST_COVERED * np.maximum(shapely.area(shapes), 1e-9)


class _Pending:
    """The buildings not handed out yet, the tiles each needs, and a quick test of what lies near them."""

    def __init__(self, footprints: gpd.GeoDataFrame, tiles: np.ndarray, margin_m: float) -> None:
        import shapely

        order = np.argsort(footprints["building_id"].astype(str).to_numpy(), kind="stable")
        self.footprints = footprints.iloc[order]
        self._boxes = self.footprints.bounds.to_numpy() + np.array([-1, -1, 1, 1]) * margin_m
        building, tile = shapely.STRtree(tiles).query(shapely.box(*self._boxes.T))
        covered = _covered(self.footprints, tiles)
        self.needs: dict[int, set[int]] = {}
        for i, t in zip(building[covered[building]].tolist(), tile[covered[building]].tolist(), strict=True):
            self.needs.setdefault(i, set()).add(t)
        self._left = {i: max(tiles_) for i, tiles_ in self.needs.items()}
        self.near = self.mask(np.array(sorted(self._left), int))

    def done(self, tile: int) -> np.ndarray:
        """Return the buildings whose last tile this was, and forget them."""
        ready = np.array(sorted(i for i, last in self._left.items() if last == tile), int)
        for i in ready:
            del self._left[int(i)]
        if len(ready):
            self.near = self.mask(np.array(sorted(self._left), int))
        return ready

    def mask(self, chosen: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return a test of (n, 3) points: in a square that the box of a chosen building touches."""
        if len(chosen) == 0:
            return lambda xyz: np.zeros(len(xyz), bool)
        cells = np.floor(self._boxes[chosen] / CELL_M).astype(np.int64)
        origin = cells[:, :2].min(axis=0)
        shape = cells[:, 2:].max(axis=0) - origin + 1
        near = np.zeros(shape, bool)
        for x0, y0, x1, y1 in cells - np.tile(origin, 2):
            near[x0 : x1 + 1, y0 : y1 + 1] = True

        def test(xyz: np.ndarray) -> np.ndarray:
            cell = np.floor(xyz[:, :2] / CELL_M).astype(np.int64) - origin
            inside = ((cell >= 0) & (cell < shape)).all(axis=1)
            inside[inside] = near[tuple(cell[inside].T)]
            return inside

        return test


def read(
    place: Path | Iterable[Path],
    *,
    crs: str | None = None,
    survey_date: dt.date | None = None,
    drop_classes: Collection[int] = NOISE_CLASSES,
    last_return: int | None = None,
    source: Source | str = "own_file",
) -> Reading[Scan]:
    """Open a folder of LAZ and LAS tiles (subfolders too), or given files; nothing but headers and first points is read yet.

    crs: used where a tile states none and its coordinates can be in it. survey_date: used where a tile does not tell when it was
    flown (most carry the time of each point since 1980; the file's own date is not the flight's). drop_classes: ASPRS classes
    left out; last_return: later returns of a pulse are left out. Tiles without points are named in the warnings. Raises InputError
    with every tile that is cut short, unreadable, without CRS or not in metres.
    """
    files = _files(place)
    tiles: list[Tile] = []
    warnings: list[str] = []
    with FaultCollector() as faults:
        for file in files:
            try:
                tile, said = lasfile.opened(file, crs)
            except InputError as error:
                faults.absorb(error)
                continue
            warnings += said
            tiles += [replace(tile, survey_date=tile.survey_date or survey_date)] if tile.count else []
        if not tiles:
            where = place.name if isinstance(place, Path) else ", ".join(file.name for file in files[:MOST_NAMED])
            faults.add(Fault(where, text("laser.no_points"), text("laser.no_points_fix")))
    warnings += _undated(tiles)
    ordered = tuple(sorted(tiles, key=lambda t: (t.bounds[1], t.bounds[0], t.path.name)))
    return Reading(Scan(ordered, tuple(drop_classes), last_return), _source(files, source), tuple(warnings))


def _files(place: Path | Iterable[Path]) -> list[Path]:
    if isinstance(place, Path) and not place.exists():
        raise InputError(Fault(place.name, text("readers.absent"), text("readers.absent_fix")))
    if isinstance(place, Path) and place.is_dir():
        return sorted(file for file in place.rglob("*") if file.suffix.lower() in SUFFIXES)
    return [place] if isinstance(place, Path) else sorted(place)


def _undated(tiles: list[Tile]) -> list[str]:
    names = [tile.path.name for tile in tiles if tile.survey_date is None]
    return [text("laser.no_date", n=len(names), files=named(names))] if names else []


def named(names: Collection[str], most: int = MOST_NAMED) -> str:
    """Return the first names joined by commas, with dots when there are more."""
    return ", ".join(list(names)[:most]) + (" …" if len(names) > most else "")


def _source(files: list[Path], source: Source | str) -> Source:
    """Return the source of the scan: of the one file, or of all with a checksum over theirs."""
    import hashlib

    each = [sources.of_file(file, source) for file in files]
    if len(each) == 1:
        return each[0]
    digest = hashlib.sha256("\n".join(f"{s.sha256}  {s.file}" for s in each).encode()).hexdigest()
    dates = [s.retrieved for s in each if s.retrieved]
    return replace(each[0], file=named([s.file for s in each], 3), sha256=digest, retrieved=max(dates, default=None))
