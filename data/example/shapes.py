"""Exact roofs: a building is a set of sloping facets, its height the highest facet over a point, its planes what is seen of each.

Everything is laid out in the building's own frame (u along, v across, metres) and then turned into map coordinates. The upper
envelope is cut exactly: two planes meet in a straight line, so what one hides of another is a half-plane's share of its polygon.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.affinity import affine_transform

Floats = npt.NDArray[np.float64]
FAR_M = 1000.0  # half-planes are drawn this large
SLIVER_M2 = 0.05  # what is left after cutting along a shared line
TIE_M = 1e-9


@dataclass(frozen=True)
class Facet:
    """A piece of roof: outline and the plane z = a x + b y + c over it."""

    outline: Polygon
    a: float
    b: float
    c: float
    part: int = 0

    def z(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
        """Return the plane's height at x, y [m]."""
        return self.a * np.asarray(x) + self.b * np.asarray(y) + self.c

    @property
    def tilt_deg(self) -> float:
        """Degrees from horizontal."""
        return math.degrees(math.atan(math.hypot(self.a, self.b)))

    @property
    def downslope(self) -> tuple[float, float]:
        """Unit vector (east, north on the grid) in which the roof falls; (0, 0) when level."""
        steep = math.hypot(self.a, self.b)
        return (-self.a / steep, -self.b / steep) if steep > TIE_M else (0.0, 0.0)


def rectangle(u0: float, v0: float, u1: float, v1: float) -> Polygon:
    """Return an axis-aligned rectangle."""
    return shapely.box(u0, v0, u1, v1)


def part_facets(part: dict[str, Any], number: int, building: dict[str, Any]) -> list[Facet]:
    """Return the facets of one part in the building's frame; `part` overrides the building's tilt, height and overhang."""
    p = {"tilt": 0.0, "overhang": 0.5, "at": (0.0, 0.0), "turn": 0.0} | building | part
    half_u, half_v = p["size"][0] / 2, p["size"][1] / 2
    frame = {"u": half_u, "v": half_v, "o": p["overhang"], "h": p["height"], "t": math.tan(math.radians(p["tilt"]))}
    facets = KINDS[p["kind"]](frame | {key: p[key] for key in ("bays", "dormers") if key in p})
    return [moved(facet, p["at"], p["turn"], number) for facet in facets]


def _gable(f: dict[str, Any]) -> list[Facet]:
    u, v, o, h, t = (f[key] for key in ("u", "v", "o", "h", "t"))
    sides = [
        Facet(rectangle(-u - o, 0, u + o, v + o), 0, -t, h + t * v),
        Facet(rectangle(-u - o, -v - o, u + o, 0), 0, t, h + t * v),
    ]
    return sides + [facet for dormer in f.get("dormers", ()) for facet in _dormer(f, dormer)]


def _dormer(f: dict[str, Any], d: dict[str, Any]) -> list[Facet]:
    """Return a dormer of a gable roof: `side` +1 or -1, `u` its middle, `width`, `front` metres in from the wall, `rise` of its front."""
    side, mid, half, slope = d["side"], d["u"], d["width"] / 2, math.tan(math.radians(d["tilt"]))
    front = f["v"] - d["front"]
    foot = f["h"] + f["t"] * d["front"]
    v0, v1 = sorted((0.0, side * front))
    if d["kind"] == "shed":
        return [Facet(rectangle(mid - half, v0, mid + half, v1), 0, -side * slope, foot + d["rise"] + slope * front)]
    top = foot + d["rise"] + slope * half
    return [
        Facet(rectangle(mid - half, v0, mid, v1), slope, 0, top - slope * mid),
        Facet(rectangle(mid, v0, mid + half, v1), -slope, 0, top + slope * mid),
    ]


def _hip(f: dict[str, Any]) -> list[Facet]:
    u, v, o, h, t = (f[key] for key in ("u", "v", "o", "h", "t"))
    U, V, ridge = u + o, v + o, max(u - v, 0.0)
    long_side = [(-U, V), (U, V), (ridge, 0), (-ridge, 0)]
    short_side = [(U, V), (U, -V), (ridge, 0)]
    return [
        Facet(Polygon(long_side), 0, -t, h + t * v),
        Facet(Polygon([(a, -b) for a, b in long_side]), 0, t, h + t * v),
        Facet(Polygon(short_side), -t, 0, h + t * u),
        Facet(Polygon([(-a, b) for a, b in short_side]), t, 0, h + t * u),
    ]


def _shed(f: dict[str, Any]) -> list[Facet]:
    u, v, o, h, t = (f[key] for key in ("u", "v", "o", "h", "t"))
    return [Facet(rectangle(-u - o, -v - o, u + o, v + o), 0, t, h + t * v)]


def _sawtooth(f: dict[str, Any]) -> list[Facet]:
    u, v, h, t, bays = f["u"], f["v"], f["h"], f["t"], f["bays"]
    edges = np.linspace(-v, v, bays + 1)
    return [Facet(rectangle(-u, a, u, b), 0, t, h - t * a) for a, b in itertools.pairwise(edges)]


KINDS = {"gable": _gable, "hip": _hip, "shed": _shed, "flat": _shed, "sawtooth": _sawtooth}


def moved(facet: Facet, at: Iterable[float], turn_deg: float, part: int | None = None) -> Facet:
    """Return the facet turned counter-clockwise about the origin and then shifted to `at`."""
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    x, y = at
    a, b = facet.a * c - facet.b * s, facet.a * s + facet.b * c
    outline = affine_transform(facet.outline, [c, -s, s, c, x, y])
    return Facet(outline, a, b, facet.c - a * x - b * y, facet.part if part is None else part)


def lifted(facet: Facet, by_m: float) -> Facet:
    """Return the facet raised by `by_m`."""
    return Facet(facet.outline, facet.a, facet.b, facet.c + by_m, facet.part)


def visible(facets: list[Facet]) -> list[Facet]:
    """Return what is seen from above of each facet, split into simple polygons; equal heights go to the first."""
    seen = []
    for i, facet in enumerate(facets):
        rest = facet.outline
        for j, other in enumerate(facets):
            if i != j and not rest.is_empty and other.outline.intersects(rest):
                rest = rest.difference(_above(other, facet, ties=j < i))
        seen += [Facet(piece, facet.a, facet.b, facet.c, facet.part) for piece in _polygons(rest) if piece.area > SLIVER_M2]
    return seen


def _above(other: Facet, facet: Facet, *, ties: bool) -> Polygon:
    """Return where `other` lies above `facet`."""
    a, b, c = other.a - facet.a, other.b - facet.b, other.c - facet.c
    steep = math.hypot(a, b)
    if steep < TIE_M:
        hides = c > TIE_M or (ties and abs(c) <= TIE_M)
        return other.outline if hides else Polygon()
    nx, ny = a / steep, b / steep
    x, y = other.outline.centroid.coords[0]
    d = (a * x + b * y + c) / steep  # distance from the centroid to the line, positive on the higher side
    x, y = x - d * nx, y - d * ny
    ux, uy = -ny * FAR_M, nx * FAR_M
    deep = (nx * FAR_M, ny * FAR_M)
    half = Polygon(
        [(x - ux, y - uy), (x + ux, y + uy), (x + ux + deep[0], y + uy + deep[1]), (x - ux + deep[0], y - uy + deep[1])]
    )
    return other.outline.intersection(half)


def _polygons(geometry: shapely.Geometry) -> list[Polygon]:
    return [part for part in getattr(geometry, "geoms", [geometry]) if part.geom_type == "Polygon"]


def height(facets: Iterable[Facet], x: Floats, y: Floats) -> Floats:
    """Return the highest facet at each x, y [m]; NaN where there is none."""
    top = np.full(np.shape(x), -np.inf)
    for facet in facets:
        inside = shapely.contains_xy(facet.outline, x, y)
        top[inside] = np.maximum(top[inside], facet.z(x[inside], y[inside]))
    return np.where(np.isfinite(top), top, np.nan)
