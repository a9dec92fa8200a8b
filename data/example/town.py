"""The town: the buildings drawn in plan.toml, villas placed along the streets by a seeded rule, and trees.

Everything here is in local metres; `Town.corner` is where local (0, 0) lies in EPSG:3006. Seeds are in plan.toml: the same plan
always gives the same town.
"""

from __future__ import annotations

import math
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Point, Polygon
from shapely.affinity import affine_transform, translate

from data.example import shapes, terrain

NAMESPACE = uuid.UUID("6b1f6f0e-7a55-5d8b-9f5e-0c1f4c1f1715")
ROAD_HALF_WIDTH_M = {"länsväg": 5.0, "gata": 3.5, "enskild väg": 2.5, "cykelväg": 1.5, "gångväg": 1.2}
RAILWAY_HALF_WIDTH_M = 5.0
BUILDING_GAP_M = 4.5
ILLUSTRATIVE_SLIP_M = (1.4, -1.0)  # an illustrative outline lies about this wrong
EDGE_M = 12.0


@dataclass(frozen=True)
class Building:
    """One building in local metres: what is seen of every facet, its outlines, and what the register says of it."""

    key: str
    facets: tuple[shapes.Facet, ...]
    facade: Polygon
    roof_edge: Polygon
    base_z_m: float
    overhang_m: float
    position: str
    name: str
    purpose: str
    property_designation: str
    dark: bool = False
    cut: tuple[LineString, str] | None = None

    @property
    def identity(self) -> str:
        """objektidentitet, the same in every run."""
        return str(uuid.uuid5(NAMESPACE, self.key))

    @property
    def footprint(self) -> Polygon:
        """The outline as the register draws it."""
        if self.position == "illustrative":
            box = self.facade.minimum_rotated_rectangle
            return translate(box, *ILLUSTRATIVE_SLIP_M)
        return self.roof_edge if self.position == "roof_edge" else self.facade


@dataclass(frozen=True)
class Tree:
    """A tree in local metres: where, how tall, how wide its crown, and whether it keeps its needles."""

    x: float
    y: float
    height_m: float
    radius_m: float
    evergreen: bool


@dataclass(frozen=True)
class Town:
    """Everything that stands on the ground."""

    name: str
    corner: tuple[float, float]
    size: tuple[int, int]
    seed: int
    plan: dict[str, Any]
    buildings: tuple[Building, ...]
    trees: tuple[Tree, ...]


def load_plan() -> dict[str, Any]:
    """Return plan.toml as drawn."""
    return tomllib.loads((files("data") / "example" / "plan.toml").read_text(encoding="utf-8"))


def build() -> Town:
    """Return the whole town."""
    plan = load_plan()
    place = plan["place"]
    drawn = [drawn_building(entry) for entry in plan["building"]]
    everything = drawn + villas(plan, drawn)
    return Town(
        name=place["name"],
        corner=tuple(place["corner"]),
        size=tuple(place["size"]),
        seed=place["seed"],
        plan=plan,
        buildings=tuple(everything),
        trees=tuple(trees(plan, everything)),
    )


def drawn_building(entry: dict[str, Any]) -> Building:
    """Return a building from its entry in the plan (also used for villas, whose entries are drawn by lot)."""
    own = {key: entry[key] for key in ("height", "tilt", "overhang") if key in entry}
    raw = [f for number, part in enumerate(entry["parts"]) for f in shapes.part_facets(part, number, own)]
    placed = [shapes.moved(facet, entry["at"], entry["turn"]) for facet in raw]
    facade = _placed(_facade(entry), entry)
    base = float(np.mean(terrain.ground(*_samples(facade)))) + 0.2
    facets = [shapes.lifted(facet, base) for facet in shapes.visible(placed)]
    cut = None
    if "cut" in entry:
        u = entry["cut"]["u"]
        cut = (_placed(LineString([(u, -500), (u, 500)]), entry), entry["cut"]["property"])
    return Building(
        key=entry["key"],
        facets=tuple(facets),
        facade=facade,
        roof_edge=_placed(_whole(shapely.union_all([facet.outline for facet in raw], grid_size=1e-6)), entry),
        base_z_m=base,
        overhang_m=entry.get("overhang", 0.5),
        position=entry.get("position", "facade"),
        name=entry.get("name", ""),
        purpose=entry["purpose"],
        property_designation=entry["property"],
        dark=entry.get("dark", False),
        cut=cut,
    )


def _samples(shape: Polygon) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    x, y = np.transpose(shapely.get_coordinates(shape.exterior))
    return np.append(x, shape.centroid.x), np.append(y, shape.centroid.y)


def _facade(entry: dict[str, Any]) -> Polygon:
    walls = []
    for part in entry["parts"]:
        if part.get("loose"):
            continue
        u, v = part["size"][0] / 2, part["size"][1] / 2
        walls.append(_placed(shapely.box(-u, -v, u, v), {"at": part.get("at", (0, 0)), "turn": part.get("turn", 0)}))
    return _whole(shapely.union_all(walls, grid_size=1e-6))


def _whole(shape: shapely.Geometry) -> Polygon:
    if shape.geom_type != "Polygon":
        raise ValueError("a building must hang together")
    return shape.simplify(1e-6)


def _placed(shape: shapely.Geometry, entry: dict[str, Any]) -> shapely.Geometry:
    c, s = math.cos(math.radians(entry["turn"])), math.sin(math.radians(entry["turn"]))
    return affine_transform(shape, [c, -s, s, c, *entry["at"]])


def obstacles(plan: dict[str, Any]) -> shapely.Geometry:
    """Return where no villa may stand: roads, railway, water, forest, parking."""
    y = np.arange(0, plan["place"]["size"][1] + 1, 10.0)
    lake = Polygon([(-50, -50), *zip(terrain.shore_x(y) + 12, y, strict=True), (-50, y[-1] + 50)])
    x = np.arange(0, plan["place"]["size"][0] + 1, 10.0)
    stream = LineString(np.column_stack([x, terrain.stream_y(x)])).buffer(14)
    roads = [LineString(s["line"]).buffer(ROAD_HALF_WIDTH_M[s["class"]] + 1.5) for s in plan["street"]]
    railway = LineString(plan["railway"]["line"]).buffer(RAILWAY_HALF_WIDTH_M + 10)
    areas = [Polygon(area["outline"]) for key in ("forest", "parking") for area in plan[key]]
    return shapely.union_all([lake.buffer(0), stream, railway, *roads, *areas])


def villas(plan: dict[str, Any], standing: list[Building]) -> list[Building]:
    """Return villas, garages and sheds along every street that has lots, none too near another building or in the way."""
    rng = np.random.default_rng(plan["place"]["seed"])
    width, height = plan["place"]["size"]
    inside = shapely.box(EDGE_M, EDGE_M, width - EDGE_M, height - EDGE_M)
    taken, banned, built = [b.roof_edge.buffer(12) for b in standing], obstacles(plan), []
    for street in plan["street"]:
        for number, lot in enumerate(_lots(street, rng)):
            house, *others = _lot_entries(lot, f"{street['name']} {number + 1}", rng)
            for entry in (house, *others):
                building = drawn_building(entry)
                edge = building.roof_edge
                blocked = edge.intersects(banned) or not inside.contains(edge) or any(edge.intersects(t) for t in taken)
                if blocked and entry is house:
                    break
                if not blocked:
                    built.append(building)
                    taken.append(edge.buffer(BUILDING_GAP_M if entry is house else 1.5))
    return built


def _lots(street: dict[str, Any], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield lots on both sides of a street: middle point, direction along, unit vector away from the street."""
    if "lots" not in street:
        return
    line = LineString(street["line"])
    for side in (1, -1):
        for at in np.arange(street["lots"] * 0.7, line.length - street["lots"] * 0.4, street["lots"]):
            here, ahead = line.interpolate(at), line.interpolate(at + 1)
            along = math.atan2(ahead.y - here.y, ahead.x - here.x)
            away = (-math.sin(along) * side, math.cos(along) * side)
            if rng.random() < 0.95:
                yield {"x": here.x, "y": here.y, "along": math.degrees(along), "away": away, "property": street["name"]}


HOUSES = ("gable", "gable", "gable", "hip", "L", "dormer", "shed", "flat")
TILTS = {"gable": (18, 45), "hip": (15, 32), "L": (20, 38), "dormer": (36, 45), "shed": (4, 16), "flat": (0, 3)}


def _lot_entries(lot: dict[str, Any], address: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return the villa on a lot, then its garage and shed where it has them."""
    kind = str(rng.choice(HOUSES))
    long, short = rng.uniform(10.5, 15.5), rng.uniform(7.8, 9.8)
    turn = lot["along"] + rng.normal(0, 3) + (90 if rng.random() < 0.25 else 0)
    depth = 13.5 + rng.uniform(0, 3)
    house = {
        "key": f"villa {address}",
        "purpose": "Bostad; Småhus friliggande",
        "at": (lot["x"] + depth * lot["away"][0], lot["y"] + depth * lot["away"][1]),
        "turn": turn,
        "height": rng.uniform(2.8, 5.6) if kind != "dormer" else rng.uniform(2.8, 3.6),
        "tilt": round(float(rng.uniform(*TILTS[kind])), 1),
        "overhang": round(float(rng.uniform(0.3, 0.6)), 2),
        "position": "facade" if rng.random() < 0.8 else "roof_edge",
        "property": f"Ljusåsa {lot['property'].removesuffix('vägen')} {address.rsplit(' ', 1)[1]}",
        "parts": _house_parts(kind, long, short),
    }
    others = [_outbuilding(lot, address, name, rng) for name, odds in (("garage", 0.55), ("förråd", 0.3)) if rng.random() < odds]
    return [house, *others]


def _house_parts(kind: str, long: float, short: float) -> list[dict[str, Any]]:
    if kind == "L":
        wing = short * 0.8
        return [
            {"kind": "gable", "size": [long, short]},
            {"kind": "gable", "size": [short * 0.9, wing], "at": [long / 2 - wing / 2, short * 0.65], "turn": 90},
        ]
    if kind == "dormer":
        one = {"kind": "gable", "side": 1, "u": 0.0, "width": 2.8, "front": 0.6, "rise": 1.5, "tilt": 32}
        return [
            {
                "kind": "gable",
                "size": [long, short],
                "dormers": [one, one | {"side": -1, "kind": "shed", "width": 3.6, "tilt": 9}],
            }
        ]
    return [{"kind": kind, "size": [long, short]}]


def _outbuilding(lot: dict[str, Any], address: str, name: str, rng: np.random.Generator) -> dict[str, Any]:
    kind = str(rng.choice(["gable", "shed", "flat"]))
    aside, depth = rng.uniform(8, 11) * rng.choice([-1, 1]), rng.uniform(11, 25)
    angle = math.radians(lot["along"])
    x = lot["x"] + depth * lot["away"][0] + aside * math.cos(angle)
    y = lot["y"] + depth * lot["away"][1] + aside * math.sin(angle)
    size = [rng.uniform(6, 7.5), rng.uniform(4.5, 6.2)] if name == "garage" else [rng.uniform(3, 4.5), rng.uniform(2.4, 3.2)]
    return {
        "key": f"{name} {address}",
        "purpose": "Komplementbyggnad; Ospecificerad",
        "at": (x, y),
        "turn": lot["along"] + rng.normal(0, 2),
        "height": 2.3,
        "tilt": round(float({"gable": rng.uniform(15, 30), "shed": rng.uniform(4, 10), "flat": rng.uniform(0, 2)}[kind]), 1),
        "overhang": 0.3,
        "position": "illustrative" if name == "förråd" and rng.random() < 0.3 else "facade",
        "property": f"Ljusåsa {lot['property'].removesuffix('vägen')} {address.rsplit(' ', 1)[1]}",
        "parts": [{"kind": kind, "size": size}],
    }


def trees(plan: dict[str, Any], standing: list[Building]) -> list[Tree]:
    """Return forest trees, garden and street trees, and those planted on purpose (`[[tree]]` in the plan)."""
    rng = np.random.default_rng(plan["place"]["seed"] + 1)
    roads = shapely.union_all([LineString(s["line"]).buffer(ROAD_HALF_WIDTH_M[s["class"]] + 0.5) for s in plan["street"]])
    blocked = shapely.union_all(
        [roads, LineString(plan["railway"]["line"]).buffer(9), *(b.roof_edge.buffer(1.5) for b in standing)]
    )
    shapely.prepare(blocked)
    wild = [tree for forest in plan["forest"] for tree in _forest(forest, rng)]
    gardens = [tree for b in standing if b.key.startswith("villa") for tree in _garden(b, rng)]
    kept = [t for t in wild + gardens if not blocked.contains(Point(t.x, t.y)) and not terrain.is_water(t.x, t.y)]
    return kept + [Tree(*t["at"], t["height"], t["radius"], t["evergreen"]) for t in plan.get("tree", ())]


def _forest(forest: dict[str, Any], rng: np.random.Generator) -> Iterator[Tree]:
    outline = Polygon(forest["outline"])
    x0, y0, x1, y1 = outline.bounds
    for _ in range(int((x1 - x0) * (y1 - y0) / 22)):
        x, y = rng.uniform(x0, x1), rng.uniform(y0, y1)
        evergreen = bool(rng.random() < (0.9 if forest["kind"] == "barr" else 0.05))
        height = float(rng.normal(19, 3)) if evergreen else float(rng.normal(15, 2.5))
        tree = Tree(x, y, max(height, 5.0), float(rng.uniform(1.8, 2.8) if evergreen else rng.uniform(2.5, 4.2)), evergreen)
        if outline.contains(Point(x, y)):
            yield tree


def _garden(building: Building, rng: np.random.Generator) -> Iterator[Tree]:
    for _ in range(rng.poisson(1.3)):
        distance, bearing = rng.uniform(8, 17), rng.uniform(0, 2 * math.pi)
        x = building.facade.centroid.x + distance * math.sin(bearing)
        y = building.facade.centroid.y + distance * math.cos(bearing)
        evergreen = bool(rng.random() < 0.25)
        height = float(rng.uniform(6, 16) if evergreen else rng.uniform(4, 13))
        yield Tree(x, y, height, height * (0.16 if evergreen else 0.28), evergreen)
