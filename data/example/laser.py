"""A virtual laser scan of two parts of the town: flight lines, noise, crowns that let light through, and a roof that answers nothing.

Points have the classes Lantmäteriet delivers (1 other, 2 ground, 9 water) and, as there, no class for buildings. The day of the
flight is told by GPS time (adjusted standard) in every point and by the file's creation date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from data.example import rasters, shapes, terrain
from data.example.town import Building, Town

Floats = npt.NDArray[np.float64]

DENSITY_PER_M2 = 1.4
LINE_SPACING_M = 0.85
NOISE_M = 0.05
WATER_ANSWER = 0.25  # still water mirrors most pulses away
DARK_ANSWER = 0.01
CROWN_STOPS = 0.75  # share of the pulses that meet a crown and stop in it
SINK_M = 0.8  # how deep into a crown a pulse goes, on average
GPS_EPOCH = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)
GPS_OFFSET_S = 1_000_000_000
OTHER, GROUND, WATER = 1, 2, 9


@dataclass(frozen=True)
class Tile:
    """A delivered tile: name, local bounds (x0, y0, x1, y1), when it was flown, whether the file states its CRS."""

    name: str
    bounds: tuple[float, float, float, float]
    flown: dt.datetime
    states_crs: bool


TILES = (
    Tile("22D_ljusasa_vast", (420, 400, 800, 720), dt.datetime(2022, 5, 3, 9, 12, tzinfo=dt.UTC), True),
    Tile("22D_ljusasa_norr", (1060, 820, 1190, 970), dt.datetime(2011, 4, 19, 10, 40, tzinfo=dt.UTC), False),
)


@dataclass(frozen=True)
class Scan:
    """Points in local metres with what the scanner says of them."""

    x: Floats
    y: Floats
    z: Floats
    classification: npt.NDArray[np.uint8]
    return_number: npt.NDArray[np.uint8]
    returns: npt.NDArray[np.uint8]
    seconds: Floats

    def __len__(self) -> int:
        return len(self.x)


def pulses(tile: Tile, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return x, y and time of pulses on jittered scan lines across the tile."""
    x0, y0, x1, y1 = tile.bounds
    step = 1 / (DENSITY_PER_M2 * LINE_SPACING_M)
    lines, along = np.arange(y0, y1, LINE_SPACING_M), np.arange(x0, x1, step)
    x, y = np.meshgrid(along, lines)
    x[1::2] = x[1::2, ::-1]  # the mirror sweeps to and fro
    x = x + rng.normal(0, 0.15, x.shape) + rng.uniform(0, step, (len(lines), 1))
    y = y + rng.normal(0, 0.12, y.shape)
    time = np.arange(x.size).reshape(x.shape) * 1e-5
    inside = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    return x[inside], y[inside], time[inside]


def solid(buildings: list[Building], x: Floats, y: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the roof's height at each point (NaN beside buildings) and whether that roof swallows light."""
    tree, z, dark = cKDTree(np.column_stack([x, y])), np.full(len(x), np.nan), np.zeros(len(x), bool)
    for building in buildings:
        centre = building.roof_edge.centroid
        reach = building.roof_edge.hausdorff_distance(centre)
        near = np.array(sorted(tree.query_ball_point([centre.x, centre.y], reach)), int)
        if len(near):
            top = shapes.height(building.facets, x[near], y[near])
            z[near] = np.fmax(z[near], top)
            dark[near[np.isfinite(top)]] |= building.dark
    return z, dark


def crowns(town: Town, x: Floats, y: Floats) -> Floats:
    """Return the canopy's height above ground at each point."""
    tree, z = cKDTree(np.column_stack([x, y])), np.zeros(len(x))
    for one in town.trees:
        near = np.array(sorted(tree.query_ball_point([one.x, one.y], one.radius_m)), int)
        if len(near):
            z[near] = np.maximum(z[near], rasters.crown(one, x[near], y[near]))
    return z


def scan(town: Town, tile: Tile, *, seed: int) -> Scan:
    """Return the points of one tile, in the order they were measured."""
    rng = np.random.default_rng(seed)
    x, y, time = pulses(tile, rng)
    earth, (roof, dark) = terrain.ground(x, y), solid(list(town.buildings), x, y)
    crown, wet = crowns(town, x, y), terrain.is_water(x, y)
    floor = np.fmax(earth, roof)
    chance = rng.random((3, len(x)))
    in_crown = (crown > 1.5) & (earth + crown > floor) & (chance[0] < CROWN_STOPS)
    lost = (wet & (chance[1] > WATER_ANSWER)) | (dark & ~in_crown & (chance[1] > DARK_ANSWER))
    depth = np.minimum(rng.exponential(SINK_M, len(x)), 0.6 * crown)
    two = in_crown & (chance[2] < 0.35)  # some pulses go on to the ground below
    on_ground = np.isnan(roof) & ~wet
    classes = np.where(wet, WATER, np.where(on_ground, GROUND, OTHER))
    top = np.where(in_crown, earth + crown - depth, floor)
    one = np.ones(len(x))
    first = (x, y, top, np.where(in_crown, OTHER, classes), one, one + two, time)
    below = (x, y, floor, classes, 2 * one, 2 * one, time)
    keep = np.concatenate([~lost, two & ~lost])
    joined = [np.concatenate(pair)[keep] for pair in zip(first, below, strict=True)]
    order = np.lexsort((joined[4], joined[6]))
    xs, ys, zs, cls, number, count, t = (column[order] for column in joined)
    zs = zs + rng.normal(0, NOISE_M, len(zs)) * (cls != WATER)
    return Scan(xs, ys, zs, cls.astype(np.uint8), number.astype(np.uint8), count.astype(np.uint8), t)


def write(town: Town, folder: Path) -> None:
    """Write every tile as LAZ."""
    for number, tile in enumerate(TILES):
        laz(folder / f"{tile.name}.laz", scan(town, tile, seed=town.seed + 10 + number), town, tile)


def laz(path: Path, points: Scan, town: Town, tile: Tile) -> None:
    """Write points as LAZ 1.4 (format 6) with centimetre coordinates."""
    import laspy
    from pyproj import CRS

    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales, header.offsets = [0.01] * 3, [*town.corner, 0.0]
    header.creation_date, header.global_encoding.gps_time_type = tile.flown.date(), laspy.header.GpsTimeType.STANDARD
    header.system_identifier, header.generating_software = "EXEMPELDATA", "data.example.make"
    if tile.states_crs:
        header.add_crs(CRS(rasters.CRS))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = points.x + town.corner[0], points.y + town.corner[1], points.z
    cloud.classification, cloud.return_number, cloud.number_of_returns = (
        points.classification,
        points.return_number,
        points.returns,
    )
    start = (tile.flown - GPS_EPOCH).total_seconds() - GPS_OFFSET_S
    cloud.gps_time = np.round(start + points.seconds, 3)
    cloud.write(path)
