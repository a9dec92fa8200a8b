"""What lies under and around a building: ground heights, roof points, and the roof's own outline, for one building at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from solar import roofedge
from solar.heights import Bounds, Cloud, Grid, Heights
from solar.roofedge import RoofShape

ROOF_ABOVE_GROUND_M = 1.5
"""Lower than this above the ground nothing is a roof [m]."""
RINGS_M = (6.0, 15.0, 30.0)
"""Without a ground model the ground is looked for this far outside a footprint, farther where nothing is found [m]."""
RING_FEWEST = 5
GROUND_PERCENTILE = 5.0
"""Of the heights around a building that are not known to be ground, this percentile is taken for it (trees and cars are above)."""

Ground = Callable[[np.ndarray], np.ndarray]
"""Height of the ground [m] at (n, 2) or (n, 3) places, NaN where unknown."""


@dataclass(frozen=True)
class Scene:
    """Measured heights and the footprints they are looked at through.

    heights: everything that may be roof; seen: that and what is not, the ground too; ground: a ground model, points known to be
    ground, or None; footprints: valid polygons; positions: what each outline follows (`data.layers.FOOTPRINT_POSITIONS`);
    overhang_m: assumed overhang [m].
    """

    heights: Heights
    seen: Heights
    ground: Grid | Cloud | None
    footprints: np.ndarray
    positions: tuple[str, ...]
    overhang_m: float

    @classmethod
    def of(
        cls, heights: tuple[Heights, Heights], ground: Grid | Cloud | None, buildings: gpd.GeoDataFrame, overhang_m: float
    ) -> Scene:
        """Return the scene of `heights` (what may be roof, all that is seen) and a GeoDataFrame of footprints, mended where needed."""
        shapes = [roofedge.polygons(shape) for shape in shapely.make_valid(buildings.geometry.to_numpy())]
        known = buildings["footprint_position"].fillna("unknown") if "footprint_position" in buildings else None
        positions = tuple(known) if known is not None else ("unknown",) * len(shapes)
        return cls(*heights, ground, np.array(shapes, dtype=object), positions, overhang_m)

    def roof_shapes(self, chosen: np.ndarray) -> list[RoofShape]:
        """Return where the chosen roofs (indices) are: footprints grown to the roof's edge, none on another."""
        tree = self._tree
        near = np.unique(tree.query(self.footprints[chosen], predicate="dwithin", distance=2 * roofedge.MOST_M)[1])
        near = np.union1d(near, chosen)  # empty ones are near nothing
        reaches = [self._reach(i, tree) for i in near]
        shapes = [roofedge.grown(self.footprints[i], reach) for i, (reach, _) in zip(near, reaches, strict=True)]
        free = roofedge.apart(shapes, self.footprints[near])
        return [RoofShape(free[at], reaches[at][1]) for at in np.searchsorted(near, chosen)]

    def _reach(self, i: int, tree: shapely.STRtree) -> tuple[float, str]:
        shape, position = self.footprints[i], self.positions[i]
        if position == "roof_edge" or shape.is_empty:
            return 0.0, roofedge.GIVEN
        roof = self.roof_points(shape, self.ground_of(shape))
        reach, told = roofedge.overhang(roof, self._beside(i, tree), shape, self.overhang_m)
        if told:
            return reach, roofedge.MEASURED
        return (reach, roofedge.ASSUMED) if position == "facade" else (0.0, roofedge.GIVEN)

    def _beside(self, i: int, tree: shapely.STRtree) -> np.ndarray:
        """Return the (n, 3) points [m] just outside a footprint, those that lie nearer to no other."""
        shape = self.footprints[i]
        points = self.seen.near(_around(shape, roofedge.MOST_M))
        points = points[~shapely.contains_xy(shape, points[:, :2])]
        others = tree.query(shape, predicate="dwithin", distance=2 * roofedge.MOST_M)
        others = self.footprints[others[others != i]]
        if len(others) == 0 or len(points) == 0:
            return points
        at = shapely.points(points[:, :2])
        other = np.min([shapely.distance(each, at) for each in others], axis=0)
        return points[shapely.distance(shape, at) < other]

    def roof_points(self, shape: shapely.Geometry, ground: Ground) -> np.ndarray:
        """Return the (n, 3) points [m] inside a shape that stand above the ground, ordered by x, y, z."""
        points = self.heights.near(shape.bounds)
        shapely.prepare(shape)
        points = points[shapely.contains_xy(shape, points[:, :2])]
        return points[self.above_ground(points, ground)]

    @staticmethod
    def above_ground(points: np.ndarray, ground: Ground) -> np.ndarray:
        """Return which of (n, 3) points are high enough to be roof; all of them where the ground is unknown."""
        return ~(points[:, 2] < ground(points) + ROOF_ABOVE_GROUND_M)

    def ground_of(self, shape: shapely.Geometry) -> Ground:
        """Return the ground under a shape: the model's, else that of the nearest ground points, else one low level around it."""
        if isinstance(self.ground, Grid):
            return self.ground.at
        around = np.zeros((0, 3))
        for ring in RINGS_M:
            around = (self.ground or self.heights).near(_around(shape, ring))
            around = around[~shapely.contains_xy(shape, around[:, :2])]
            if self.ground is None:  # anything else's roof is no ground
                around = around[~self._near_buildings(around)]
            if len(around) >= RING_FEWEST:
                break
        if self.ground is not None and len(around) >= RING_FEWEST:
            return _nearest(around)
        level = float(np.percentile(around[:, 2], GROUND_PERCENTILE)) if len(around) >= RING_FEWEST else np.nan
        return lambda places: np.full(len(places), level)

    def _near_buildings(self, points: np.ndarray) -> np.ndarray:
        """Return which of (n, 3) points lie on a footprint or where its roof may reach."""
        places = shapely.points(points[:, :2])
        near = np.zeros(len(points), bool)
        near[self._tree.query(places, predicate="dwithin", distance=roofedge.MOST_M)[0]] = True
        return near

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.footprints)


def _nearest(ground: np.ndarray) -> Ground:
    """Return the ground as the median height of the nearest (n, 3) ground points: a long building may stand on a slope."""
    tree = cKDTree(ground[:, :2])
    heights = ground[:, 2]
    return lambda places: np.median(heights[tree.query(places[:, :2], RING_FEWEST)[1]], axis=1) if len(places) else np.zeros(0)


def _around(shape: shapely.Geometry, margin_m: float) -> Bounds:
    x0, y0, x1, y1 = shape.bounds
    return x0 - margin_m, y0 - margin_m, x1 + margin_m, y1 + margin_m
