"""3D city models: CityJSON 2.0 and 1.1, and CityJSONSeq (one feature a line), read to plain surfaces.

    model = citymodel.read(Path("indata/stadsmodell.city.json"), crs="EPSG:3006").data
    planes_from_citymodel(model)

Of every building only its highest level of detail 2.x is taken: lower ones are boxes, and 3DBAG carries three in each building. What a
surface is (roof, wall, ground) is kept as the file says it; where it says nothing it is "unknown", and whoever uses the model decides by
geometry. Attributes (slope, direction) are not read: they are known to mean other things than they say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import sources
from data.errors import Fault, InputError
from data.opening import require_file
from data.readers.reading import Reading
from data.readers.vectors import inside_area_of_use
from data.texts import text

if TYPE_CHECKING:
    from pyproj import CRS

    from data.sources import Source

VERSIONS = ("1.1", "2.0")
BUILDING_TYPES = ("Building", "BuildingPart", "BuildingInstallation")
TERRAIN_TYPE = "TINRelief"
KINDS = {"RoofSurface": "roof", "WallSurface": "wall", "GroundSurface": "ground"}
OTHER, UNKNOWN = "other", "unknown"
DEPTHS = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}
"""Geometry type -> levels of lists above a surface."""
LEAST_LOD, MOST_LOD = 2.0, 3.0
MOST_NAMED = 10

Rings = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class CityModel:
    """Surfaces of buildings, and the ground where the model has it.

    crs: the horizontal part of the model's system, None where nobody knows; buildings: ids, sorted; of (n,): index into buildings of
    each surface; kinds (n,): roof, wall, ground, other or unknown; rings: per surface its outer ring and holes, (k, 3) each [m], not
    closed; terrain (t, 3, 3): triangles of the ground [m].
    """

    crs: CRS | None
    buildings: tuple[str, ...]
    of: np.ndarray
    kinds: np.ndarray
    rings: tuple[Rings, ...]
    terrain: np.ndarray

    def surfaces(self, building: int) -> np.ndarray:
        """Return the indices of a building's surfaces."""
        return np.flatnonzero(self.of == building)


def read(path: Path, *, crs: str | None = None, source: Source | str = "own_file") -> Reading[CityModel]:
    """Return the buildings of a CityJSON file (one object) or CityJSONSeq (an object a line).

    crs: used where the file states none and its coordinates can be in it; None leaves such a model without. A compound system is
    reduced to its horizontal part; heights stay as delivered. Buildings without a level of detail 2.x are left out and named.
    Raises InputError: not CityJSON, another version, cut short, vertices that do not exist, no buildings, degrees, a wrong `crs`.
    """
    head, features = _parsed(path)
    _require_version(path, head)
    parts = _Parts()
    for row, feature in features:
        _collect(parts, feature, _vertices(path, feature, (head, row)), (path.name, row))
    if not parts.rings:
        raise InputError(Fault(path.name, text("citymodel.no_buildings"), text("citymodel.no_buildings_fix")))
    known, said = _crs(path, head, crs, parts.bounds())
    if parts.without:
        ids = sorted(parts.without)
        named = ", ".join(ids[:MOST_NAMED]) + (" …" if len(ids) > MOST_NAMED else "")
        said.append(text("citymodel.no_lod2", file=path.name, n=len(ids), ids=named))
    return Reading(parts.model(known), sources.of_file(path, source), tuple(said))


class _Parts:
    """Surfaces as they are gathered."""

    def __init__(self) -> None:
        self.owner: list[str] = []
        self.kinds: list[str] = []
        self.rings: list[Rings] = []
        self.terrain: list[np.ndarray] = []
        self.without: set[str] = set()

    def bounds(self) -> np.ndarray:
        xy = np.concatenate([ring[:, :2] for rings in self.rings for ring in rings])
        return np.concatenate([xy.min(axis=0), xy.max(axis=0)])

    def model(self, crs: CRS | None) -> CityModel:
        buildings, of = np.unique(np.array(self.owner, dtype=str), return_inverse=True)
        ground = np.array(self.terrain).reshape(-1, 3, 3)
        return CityModel(crs, tuple(buildings.tolist()), of, np.array(self.kinds, dtype=str), tuple(self.rings), ground)


def _parsed(path: Path) -> tuple[dict[str, Any], list[tuple[int | None, dict[str, Any]]]]:
    """Return the head (version, transform, metadata) and the features with their line (None: a whole file)."""
    require_file(path)
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise _unreadable(path, None) from None
    first = content.lstrip().split("\n", 1)[0]
    if not first.startswith("{"):
        raise InputError(Fault(path.name, text("readers.suffix"), text("citymodel.fix"), expected="CityJSON"))
    try:
        head = json.loads(first)
    except json.JSONDecodeError:  # a file on several lines
        whole = _json(path, content, None)
        return whole, [(None, whole)]
    rest = [(row, line) for row, line in enumerate(content.split("\n"), start=1) if line.strip()][1:]
    return head, [(None, head), *((row, _json(path, line, row)) for row, line in rest)]


def _json(path: Path, content: str, row: int | None) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (json.JSONDecodeError, RecursionError):
        raise _unreadable(path, row) from None
    if not isinstance(found, dict):
        raise InputError(Fault(path.name, text("readers.suffix"), text("citymodel.fix"), row=row, expected="CityJSON"))
    return found


def _unreadable(path: Path, row: int | None) -> InputError:
    return InputError(Fault(path.name, text("readers.unreadable"), text("citymodel.fix"), row=row))


def _require_version(path: Path, head: dict[str, Any]) -> None:
    version = str(head.get("version", ""))
    if head.get("type") != "CityJSON" or version[:3] not in VERSIONS:
        got = text("citymodel.version", type=str(head.get("type"))[:30], version=version[:10] or "?")
        expected = "CityJSON " + ", ".join(VERSIONS)
        raise InputError(Fault(path.name, got, text("citymodel.version_fix"), expected=expected))


def _vertices(path: Path, feature: dict[str, Any], where: tuple[dict[str, Any], int | None]) -> np.ndarray:
    """Return the feature's vertices (v, 3) [m]."""
    head, row = where
    try:
        raw = np.array(feature.get("vertices", []), float).reshape(-1, 3)
        transform = head["transform"]
        vertices = raw * np.array(transform["scale"], float) + np.array(transform["translate"], float)
    except (KeyError, TypeError, ValueError):
        raise InputError(Fault(path.name, text("citymodel.vertices"), text("citymodel.fix"), row=row)) from None
    if not np.isfinite(vertices).all():
        raise InputError(Fault(path.name, text("citymodel.vertices"), text("citymodel.fix"), row=row))
    return vertices


def _collect(parts: _Parts, feature: dict[str, Any], vertices: np.ndarray, where: tuple[str, int | None]) -> None:
    """Add the buildings and the ground of one feature; raise InputError naming the object that is broken."""
    objects = feature.get("CityObjects", {})
    lods: dict[str, float] = {}
    for id_, thing in objects.items():
        if thing.get("type") in BUILDING_TYPES:
            root = _root(objects, id_)
            lods[root] = max(lods.get(root, 0.0), max((_lod(g) for g in thing.get("geometry", [])), default=0.0))
    for id_, thing in objects.items():
        try:
            if thing.get("type") in BUILDING_TYPES:
                root = _root(objects, id_)
                for geometry in thing.get("geometry", []):
                    if _lod(geometry) == lods[root] > 0:
                        _add(parts, root, geometry, vertices)
            elif thing.get("type") == TERRAIN_TYPE:
                _add_terrain(parts, thing, vertices)
        except (IndexError, KeyError, TypeError, ValueError):
            got = text("citymodel.broken", id=str(id_)[:60])
            raise InputError(Fault(where[0], got, text("citymodel.fix"), row=where[1])) from None
    parts.without |= {root for root, lod in lods.items() if lod == 0.0}


def _root(objects: dict[str, Any], id_: str) -> str:
    """Return the building a part belongs to; a file may cut the way up short."""
    seen = {id_}
    while (parents := objects[id_].get("parents")) and parents[0] in objects and parents[0] not in seen:
        id_ = parents[0]
        seen.add(id_)
    return id_


def _lod(geometry: dict[str, Any]) -> float:
    """Return the level of detail where it is 2.x and the type is known, else 0."""
    try:
        lod = float(geometry.get("lod", 0))
    except (TypeError, ValueError):
        return 0.0
    return lod if LEAST_LOD <= lod < MOST_LOD and geometry.get("type") in DEPTHS else 0.0


def _add(parts: _Parts, building: str, geometry: dict[str, Any], vertices: np.ndarray) -> None:
    semantics = geometry.get("semantics") or {}
    kinds = [KINDS.get(surface.get("type"), OTHER) for surface in semantics.get("surfaces", [])]
    values = semantics.get("values")
    for surface, value in _flat(geometry["boundaries"], values, DEPTHS[geometry["type"]]):
        rings = tuple(_ring(vertices, ring) for ring in surface)
        if rings and len(rings[0]) >= 3:
            parts.owner.append(building)
            parts.kinds.append(UNKNOWN if value is None else kinds[value])
            parts.rings.append(rings)


def _ring(vertices: np.ndarray, ring: list[int]) -> np.ndarray:
    index = np.array(ring, int)
    if index.size and index.min() < 0:
        raise IndexError
    return vertices[index]


def _flat(boundaries: list, values: Any, depth: int) -> Iterator[tuple[list, int | None]]:
    """Hand out each surface with the number of its meaning, None where none is given."""
    for n, inner in enumerate(boundaries):
        value = values[n] if isinstance(values, list) and n < len(values) else None
        if depth > 1:
            yield from _flat(inner, value, depth - 1)
        else:
            yield inner, value if isinstance(value, int) else None


def _add_terrain(parts: _Parts, thing: dict[str, Any], vertices: np.ndarray) -> None:
    for geometry in thing.get("geometry", [])[-1:]:
        for surface, _ in _flat(geometry["boundaries"], None, DEPTHS[geometry["type"]]):
            if len(surface[0]) == 3:
                parts.terrain.append(_ring(vertices, surface[0]))


def _crs(path: Path, head: dict[str, Any], assumed: str | None, bounds: np.ndarray) -> tuple[CRS | None, list[str]]:
    """Return the horizontal CRS and what to say of it."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    stated = (head.get("metadata") or {}).get("referenceSystem")
    said: list[str] = []
    try:
        given = CRS.from_user_input(stated) if stated else None
    except CRSError:
        given, said = None, [text("citymodel.crs_unknown", file=path.name, crs=str(stated)[:80])]
    if given is None:
        if assumed is None:
            return None, [*said, text("citymodel.no_crs", file=path.name)]
        given = CRS.from_user_input(assumed)
        if not inside_area_of_use(bounds.tolist(), _horizontal(given)):
            got = text("vectors.outside_crs", crs=assumed, x=f"{bounds[0]:.0f}", y=f"{bounds[1]:.0f}")
            raise InputError(Fault(path.name, got, text("table.no_crs_fix"), expected=text("table.metres")))
        said.append(text("vectors.assumed_crs", file=path.name, crs=assumed))
    flat = _horizontal(given)
    if not flat.is_projected:
        got = text("table.degrees", crs=flat.to_string()[:40])
        raise InputError(Fault(path.name, got, text("table.degrees_fix"), expected=text("table.metres")))
    return flat, said


def _horizontal(crs: CRS) -> CRS:
    return crs.sub_crs_list[0] if crs.is_compound else crs
