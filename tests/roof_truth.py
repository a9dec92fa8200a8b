"""Truth for roof planes: exact scenes of flat facets, a virtual laser scanner over them, and the count of what was found.

Shares nothing with solar/ or with the city model reader: only numpy and shapely. A facet is a plane z = a x + b y + c over an
outline seen from above; a scene is the facets of many buildings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

TALL = 5000.0
WALL_SLOPE = 12.0  # 85 degrees: steeper is a wall
SAME_NORMAL_DEG, SAME_LEVEL_M = 0.5, 0.03  # facets that no scan can tell apart
MATCH_IOU, MATCH_DEG = 0.5, 10.0


@dataclass(frozen=True)
class Facet:
    building: str
    outline: Polygon | MultiPolygon
    plane: tuple[float, float, float]

    def z(self, x, y):
        return self.plane[0] * x + self.plane[1] * y + self.plane[2]

    @property
    def normal(self):
        n = np.array([-self.plane[0], -self.plane[1], 1.0])
        return n / np.linalg.norm(n)

    @property
    def tilt_deg(self):
        return math.degrees(math.atan(math.hypot(*self.plane[:2])))

    @property
    def azimuth_deg(self):
        return math.degrees(math.atan2(-self.plane[0], -self.plane[1])) % 360

    @property
    def area_m2(self):
        return self.outline.area / self.normal[2]


def polygons(geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0.01]


def tilted(building: str, outline: Polygon, tilt_deg: float, azimuth_deg: float, *, z0: float) -> Facet:
    """A facet that is z0 high at its outline's centroid and falls towards azimuth (grid)."""
    slope, away = math.tan(math.radians(tilt_deg)), math.radians(azimuth_deg)
    a, b = -slope * math.sin(away), -slope * math.cos(away)
    centre = outline.centroid
    return Facet(building, outline, (a, b, z0 - a * centre.x - b * centre.y))


def ring_plane(ring: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Newell's normal of a ring (n, 3) and the height coefficients; None for a wall."""
    nxt = np.roll(ring, -1, axis=0)
    normal = np.array(
        [
            ((ring[:, 1] - nxt[:, 1]) * (ring[:, 2] + nxt[:, 2])).sum(),
            ((ring[:, 2] - nxt[:, 2]) * (ring[:, 0] + nxt[:, 0])).sum(),
            ((ring[:, 0] - nxt[:, 0]) * (ring[:, 1] + nxt[:, 1])).sum(),
        ]
    )
    if math.hypot(normal[0], normal[1]) >= WALL_SLOPE * abs(normal[2]) or normal[2] == 0:
        return None
    a, b = -normal[0] / normal[2], -normal[1] / normal[2]
    centre = ring.mean(axis=0)
    return np.array([a, b, centre[2] - a * centre[0] - b * centre[1]]), float(normal[2])


def city(path: Path) -> dict[str, list[Facet]]:
    """Roof facets by building of a CityJSON file with LoD 2 RoofSurfaces, in its own coordinates; parts belong to their parent."""
    model = json.loads(path.read_text("utf-8"))
    scale, shift = np.array(model["transform"]["scale"]), np.array(model["transform"]["translate"])
    vertices = np.array(model["vertices"]) * scale + shift
    out: dict[str, list[Facet]] = {}
    for key, thing in model["CityObjects"].items():
        if thing["type"] not in ("Building", "BuildingPart"):
            continue
        building = thing.get("parents", [key])[0]
        for geometry in thing.get("geometry", []):
            for rings in _roof_surfaces(geometry):
                facet = _facet(building, [vertices[ring] for ring in rings])
                if facet is not None:
                    out.setdefault(building, []).append(facet)
    return out


def _roof_surfaces(geometry) -> Iterable[list]:
    shells = geometry["boundaries"] if geometry["type"] == "Solid" else [geometry["boundaries"]]
    values = geometry["semantics"]["values"] if geometry["type"] == "Solid" else [geometry["semantics"]["values"]]
    kinds = [surface["type"] for surface in geometry["semantics"]["surfaces"]]
    for shell, labels in zip(shells, values, strict=True):
        for surface, label in zip(shell, labels, strict=True):
            if label is not None and kinds[label] == "RoofSurface":
                yield surface


def _facet(building: str, rings: list[np.ndarray]) -> Facet | None:
    found = ring_plane(rings[0])
    if found is None:
        return None
    shape = shapely.make_valid(Polygon(rings[0][:, :2], [ring[:, :2] for ring in rings[1:]]))
    parts = polygons(shape)
    return Facet(building, shapely.union_all(parts), tuple(found[0])) if parts else None


def visible(facets: list[Facet]) -> list[Facet]:
    """What is seen from above of each facet; of equal heights the first."""
    out = []
    tree = shapely.STRtree([facet.outline for facet in facets])
    for i, facet in enumerate(facets):
        rest = facet.outline
        for j in tree.query(facet.outline, predicate="intersects"):
            if i != j and not rest.is_empty:
                rest = shapely.difference(rest, _over(facets[j], facet, ties=j < i))
        out += [replace(facet, outline=part) for part in polygons(rest)]
    return out


def _over(other: Facet, facet: Facet, *, ties: bool):
    """Where `other` lies above `facet`: its outline cut by the line where the two are equally high."""
    a, b, c = np.subtract(other.plane, facet.plane)
    steep = math.hypot(a, b)
    x, y = other.outline.centroid.coords[0]
    above = a * x + b * y + c
    if steep < 1e-6:
        return other.outline if above > 1e-4 or (ties and abs(above) <= 1e-4) else Polygon()
    n = np.array([a, b]) / steep
    foot = np.array([x, y]) - n * above / steep
    along = np.array([-n[1], n[0]]) * TALL
    half = Polygon([foot - along, foot + along, foot + along + n * TALL, foot - along + n * TALL])
    return shapely.intersection(other.outline, half)


def merged(facets: list[Facet]) -> list[Facet]:
    """Neighbouring facets of one building in one plane made one."""
    left = sorted(facets, key=lambda f: -f.outline.area)
    out: list[Facet] = []
    for facet in left:
        for k, other in enumerate(out):
            if _same(facet, other):
                joined = shapely.union_all([facet.outline.buffer(1e-3), other.outline.buffer(1e-3)])
                out[k] = replace(other, outline=joined)
                break
        else:
            out.append(facet)
    return merged(out) if len(out) < len(facets) else out


def _same(one: Facet, other: Facet) -> bool:
    turned = math.degrees(math.acos(min(1.0, float(one.normal @ other.normal))))
    if turned > SAME_NORMAL_DEG or one.outline.distance(other.outline) > 0.01:
        return False
    ends = shapely.get_coordinates(one.outline)
    return float(np.abs(one.z(*ends.T) - other.z(*ends.T)).max()) < max(SAME_LEVEL_M, 0.05 * turned)


@dataclass(frozen=True)
class Scan:
    xyz: np.ndarray
    classification: np.ndarray
    truth: np.ndarray
    """Facet each point came from, -1 for the ground."""


def scan(
    facets: list[Facet], *, density: float, noise_m: float = 0.05, seed: int = 0, margin_m: float = 8.0, ground_m=None
) -> Scan:
    """Points on jittered scan lines near the facets: class 1 on roofs, 2 on the ground. The highest facet answers."""
    rng = np.random.default_rng(seed)
    xy = _pulses(shapely.bounds([facet.outline for facet in facets]), density, margin_m, rng)
    at, hit = shapely.STRtree([facet.outline for facet in facets]).query(shapely.points(xy), predicate="intersects")
    planes = np.array([facet.plane for facet in facets])
    z = (xy[at] * planes[hit, :2]).sum(axis=1) + planes[hit, 2]
    order = np.lexsort((-z, at))
    at, hit, z = at[order], hit[order], z[order]
    first = np.unique(at, return_index=True)[1]
    level = min(facet.z(*facet.outline.centroid.coords[0]) for facet in facets) - 3.0 if ground_m is None else ground_m
    xyz = np.column_stack([xy, np.full(len(xy), level)])
    truth = np.full(len(xy), -1)
    xyz[at[first], 2], truth[at[first]] = z[first], hit[first]
    xyz[:, 2] += rng.normal(0, noise_m, len(xyz))
    return Scan(xyz, np.where(truth >= 0, 1, 2).astype(np.uint8), truth)


def _pulses(boxes: np.ndarray, density: float, margin_m: float, rng) -> np.ndarray:
    """Places (n, 2) of pulses on lines in a direction of chance, those within a margin of a box (m, 4)."""
    turn = rng.uniform(0, math.pi)
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    mid = np.array([boxes[:, ::2].mean(), boxes[:, 1::2].mean()])
    gap = 0.9 / math.sqrt(density)
    step = 1 / (density * gap)
    cells = []
    for x0, y0, x1, y1 in boxes:
        corners = (np.array([[x0, y0], [x0, y1], [x1, y0], [x1, y1]]) - mid) @ turned.T
        low, high = corners.min(axis=0) - margin_m, corners.max(axis=0) + margin_m
        i = np.arange(math.floor(low[0] / step), math.ceil(high[0] / step))
        j = np.arange(math.floor(low[1] / gap), math.ceil(high[1] / gap))
        cells.append((i[:, None].astype(np.int64) + 2**30) * 2**31 + (j + 2**30))
    key = np.unique(np.concatenate([cell.ravel() for cell in cells]))
    i, j = key // 2**31 - 2**30, key % 2**31 - 2**30
    start = rng.uniform(0, step, j.max() - j.min() + 1)
    x = i * step + start[j - j.min()] + rng.normal(0, 0.2 * step, len(i))
    y = j * gap + rng.normal(0, 0.15 * gap, len(i))
    xy = np.column_stack([x, y]) @ turned + mid
    near = shapely.STRtree(shapely.box(*(boxes + np.array([-1, -1, 1, 1]) * margin_m).T)).query(
        shapely.points(xy), predicate="intersects"
    )
    return xy[np.unique(near[0])]


@dataclass(frozen=True)
class Score:
    """Truth against found, planes of at least `least_m2` each; errors are of matched pairs (angles in deg)."""

    truth: int
    found: int
    planes: int
    invented: int
    angle: np.ndarray
    tilt: np.ndarray
    azimuth: np.ndarray
    area_ratio: np.ndarray
    right: np.ndarray
    """For every found plane in order: matched, normal within 3 deg and area within 10 %."""
    missed: tuple[int, ...]
    extra: tuple[int, ...]

    @property
    def recall(self):
        return self.found / max(self.truth, 1)

    @property
    def invented_share(self):
        return self.invented / max(self.planes, 1)


def score(truth: list[Facet], found: list[Facet], *, least_m2: float = 20.0) -> Score:
    """Match planes of `truth` and `found` one to one at IoU >= 0.5 and normals within 10 deg.

    A truth plane of `least_m2` counts as found by any found plane; a found plane of `least_m2` is invented when no truth plane
    of any size matches.
    """
    tree = shapely.STRtree([facet.outline for facet in truth])
    pair: dict[int, int] = {}
    taken: dict[int, int] = {}
    for j, other in enumerate(found):
        for i in tree.query(other.outline, predicate="intersects"):
            shared = truth[i].outline.intersection(other.outline).area
            iou = shared / (truth[i].outline.area + other.outline.area - shared)
            if iou >= MATCH_IOU and _turned(truth[i], other) <= MATCH_DEG:
                pair[j], taken[int(i)] = int(i), j
    big = [i for i, facet in enumerate(truth) if facet.area_m2 >= least_m2]
    large = [j for j, facet in enumerate(found) if facet.area_m2 >= least_m2]
    hits = [(i, taken[i]) for i in big if i in taken]
    right = [j in pair and _is_right(truth[pair[j]], found[j]) for j in range(len(found))]
    return Score(
        truth=len(big),
        found=len(hits),
        planes=len(large),
        invented=sum(j not in pair for j in large),
        angle=np.array([_turned(truth[i], found[j]) for i, j in hits]),
        tilt=np.array([found[j].tilt_deg - truth[i].tilt_deg for i, j in hits]),
        azimuth=np.array([_signed(found[j].azimuth_deg - truth[i].azimuth_deg) for i, j in hits if truth[i].tilt_deg >= 10]),
        area_ratio=np.array([found[j].area_m2 / truth[i].area_m2 for i, j in hits]),
        right=np.array(right, bool),
        missed=tuple(i for i in big if i not in taken),
        extra=tuple(j for j in large if j not in pair),
    )


def _is_right(truth: Facet, found: Facet) -> bool:
    return _turned(truth, found) <= 3.0 and abs(found.area_m2 / truth.area_m2 - 1) <= 0.1


def _turned(one: Facet, other: Facet) -> float:
    return math.degrees(math.acos(min(1.0, float(one.normal @ other.normal))))


def _signed(angle: float) -> float:
    return (angle + 180) % 360 - 180


def rmse(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else math.nan


def facets_of(planes, *, convergence_deg=0.0) -> list[Facet]:
    """The rows of a table of roof planes (tilt, azimuth from true north, z at the centroid) as facets in the grid."""
    turn = np.broadcast_to(convergence_deg, len(planes))
    out = []
    for row, c in zip(planes.itertuples(), turn, strict=True):
        shape = MultiPolygon(polygons(shapely.make_valid(row.geometry)))
        facet = tilted(row.building_id, shape, row.tilt_deg, row.azimuth_deg - c, z0=row.z_m)
        out.append(facet)
    return out


def footprints(truth: dict[str, list[Facet]], crs, *, overhang_m: float = 0.0, position: str = "roof_edge"):
    """Footprints of the buildings: the outline of their roofs, drawn in by an overhang where no other building stands."""
    import geopandas as gpd

    ids = sorted(truth)
    whole = [shapely.union_all([f.outline.buffer(0.01, join_style="mitre") for f in truth[k]]) for k in ids]
    shapes = [shapely.buffer(shape, -0.01, join_style="mitre") for shape in whole]
    if overhang_m:
        walls = shapely.buffer(shapely.union_all(shapely.buffer(shapes, 0.02)), -0.02 - overhang_m, join_style="mitre")
        shapes = [shape.intersection(walls) for shape in shapes]
    frame = gpd.GeoDataFrame({"building_id": ids, "footprint_position": position}, geometry=list(map(_many, shapes)), crs=crs)
    return frame[~frame.is_empty].reset_index(drop=True)


def _many(shape) -> MultiPolygon:
    return MultiPolygon(polygons(shape))


def convergence_deg(planes) -> np.ndarray:
    """Meridian convergence at the planes, by another route than the code's: the direction of a short step to the north."""
    import pyproj

    to = pyproj.Transformer.from_crs(planes.crs, planes.crs.geodetic_crs, always_xy=True)
    centre = planes.geometry.centroid
    x, y = centre.x.to_numpy(), centre.y.to_numpy()
    lon, lat = to.transform(x, y)
    east, north = to.transform(lon, lat + 1e-3, direction="INVERSE")
    return -np.degrees(np.arctan2(east - x, north - y))


def simple(raw: dict[str, list[Facet]]) -> list[str]:
    """Buildings of at most 4 roof surfaces of 10 m2 or more, none over 60 deg."""
    return [k for k, v in raw.items() if sum(f.area_m2 >= 10 for f in v) <= 4 and all(f.tilt_deg <= 60 for f in v)]


def flat(truth: dict[str, list[Facet]]) -> list[Facet]:
    return [facet for facets in truth.values() for facet in facets]


def example_truth(folder: Path) -> dict[str, list[Facet]]:
    """The true planes of data/example (facit.gpkg) by building, grid azimuths, pieces of one plane joined."""
    import geopandas as gpd

    table = gpd.read_file(folder / "facit.gpkg", layer="takytor")
    facets = facets_of(table, convergence_deg=convergence_deg(table))
    by_building: dict[str, list[Facet]] = {}
    for facet in facets:
        by_building.setdefault(facet.building, []).append(facet)
    return {k: merged(v) for k, v in sorted(by_building.items())}


def area_errors(truth: list[Facet], found: list[Facet], *, least_m2: float) -> tuple[float, float]:
    """Median over buildings of |found/true - 1| and the total's found/true - 1, of planes of `least_m2` or more."""
    sums = [{}, {}]
    for total, facets in zip(sums, (truth, found), strict=True):
        for f in facets:
            total[f.building] = total.get(f.building, 0.0) + f.area_m2 * (f.area_m2 >= least_m2)
    have = {k: v for k, v in sums[0].items() if v > 0}
    ratio = np.array([abs(sums[1].get(k, 0.0) / v - 1) for k, v in have.items()])
    return float(np.median(ratio)), sum(sums[1].values()) / sum(sums[0].values()) - 1
