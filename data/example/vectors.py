"""Vector files of the example: footprints, background, boundary, parking, and the truth of every roof."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import Geod, Transformer
from shapely import LineString, Point, Polygon
from shapely.affinity import translate
from shapely.ops import split

from data.example import shapes, terrain
from data.example.rasters import CRS
from data.example.town import Building, Town

WRITTEN = "2026-03-01T08:00:00.000Z"
POSITION_WORDS = {"facade": "Fasad", "roof_edge": "Takkant", "illustrative": "Illustrativt läge"}
PRECISION_M = 0.01
LEVEL_DEG = 2.0


def write(town: Town, folder: Path, truth: Path) -> None:
    """Write byggnader, bakgrund, kommungrans and markytor to `folder` and the truth to `truth`."""
    layers(folder / "byggnader.gpkg", {"byggnad": footprints(town)})
    layers(folder / "bakgrund.gpkg", background(town))
    layers(folder / "kommungrans.gpkg", {"kommungrans": boundary(town)})
    layers(folder / "markytor.gpkg", {"markytor": sites(town)})
    layers(truth, {"takytor": truth_planes(town), "byggnader": truth_buildings(town), "trad": truth_trees(town)})


def layers(path: Path, frames: dict[str, gpd.GeoDataFrame]) -> None:
    """Write layers into a new GeoPackage, the same bytes every time."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        for name, frame in frames.items():
            frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def frame(town: Town, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows with local geometry as a GeoDataFrame in map coordinates, rounded to centimetres."""
    table = pd.DataFrame(rows)
    shifted = [translate(shape, *town.corner) for shape in table.pop("geometry")]
    return gpd.GeoDataFrame(table, geometry=list(shapely.set_precision(shifted, PRECISION_M, mode="pointwise")), crs=CRS)


def footprints(town: Town) -> gpd.GeoDataFrame:
    """Return the register's buildings; one cut at a property border is two records with one objektidentitet."""
    rows = []
    for building in town.buildings:
        for outline, designation in _pieces(building):
            kind = building.purpose.split(";")[0]
            row = {"objektidentitet": building.identity, "objekttyp": kind, "andamal1": building.purpose}
            row |= {"byggnadsnamn1": building.name or None, "huvudbyggnad": "Nej" if kind == "Komplementbyggnad" else "Ja"}
            row |= {"insamlingslage": POSITION_WORDS[building.position], "fastighet": designation, "geometry": outline}
            rows.append(row)
    return frame(town, rows)


def _pieces(building: Building) -> list[tuple[Polygon, str]]:
    if building.cut is None:
        return [(building.footprint, building.property_designation)]
    line, other = building.cut
    pieces = sorted(split(building.footprint, line).geoms, key=lambda piece: -piece.area)
    return [(pieces[0], building.property_designation), *((piece, other) for piece in pieces[1:])]


def truth_planes(town: Town) -> gpd.GeoDataFrame:
    """Return every roof plane as it is: outline to the true roof edge, tilt, azimuth from true north, area, height at the centroid."""
    rows = []
    for building in town.buildings:
        for number, facet in enumerate(building.facets, start=1):
            middle = facet.outline.centroid
            level = facet.tilt_deg < LEVEL_DEG
            rows.append(
                {
                    "plane_id": f"{building.identity}-{number}",
                    "building_id": building.identity,
                    "key": building.key,
                    "part": facet.part,
                    "tilt_deg": round(facet.tilt_deg, 4),
                    "azimuth_deg": 180.0 if level else round(true_azimuth(town, facet), 4),
                    "is_flat": level,
                    "area_m2": round(facet.outline.area / math.cos(math.radians(facet.tilt_deg)), 3),
                    "z_m": round(float(facet.z(middle.x, middle.y)), 3),
                    "ground_z_m": round(float(terrain.ground(middle.x, middle.y)), 3),
                    "geometry": facet.outline,
                }
            )
    return frame(town, rows)


def true_azimuth(town: Town, facet: shapes.Facet) -> float:
    """Return the direction the facet faces from true north: the geodesic's bearing along its fall line, not a grid angle."""
    dx, dy = facet.downslope
    x, y = town.corner[0] + facet.outline.centroid.x, town.corner[1] + facet.outline.centroid.y
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform([x - 50 * dx, x + 50 * dx], [y - 50 * dy, y + 50 * dy])
    return Geod(ellps="GRS80").inv(lon[0], lat[0], lon[1], lat[1])[0] % 360


def truth_buildings(town: Town) -> gpd.GeoDataFrame:
    """Return the true roof edge of every building, with overhang, floor height and whether lasers get an answer from its roof."""
    rows = [
        {
            "building_id": b.identity,
            "key": b.key,
            "base_z_m": round(b.base_z_m, 3),
            "overhang_m": b.overhang_m,
            "position": b.position,
            "dark": b.dark,
            "geometry": b.roof_edge,
        }
        for b in town.buildings
    ]
    return frame(town, rows)


def truth_trees(town: Town) -> gpd.GeoDataFrame:
    """Return every tree as a point with height, crown radius and whether it is evergreen."""
    names = ("height_m", "radius_m", "evergreen")
    rows = [
        {name: round(float(getattr(t, name)), 2) if name != "evergreen" else t.evergreen for name in names}
        | {"geometry": Point(t.x, t.y)}
        for t in town.trees
    ]
    return frame(town, rows)


def background(town: Town) -> dict[str, gpd.GeoDataFrame]:
    """Return roads, railway, water, forest and names."""
    plan = town.plan
    roads = [{"namn": s["name"] or None, "klass": s["class"], "geometry": LineString(s["line"])} for s in plan["street"]]
    names = [{"namn": n["text"], "klass": n["kind"], "geometry": Point(n["at"])} for n in plan["name"]]
    forest = [{"namn": None, "klass": f["kind"], "geometry": Polygon(f["outline"])} for f in plan["forest"]]
    return {
        "vagar": frame(town, roads),
        "jarnvag": frame(town, [{"namn": "Järnvägen", "klass": "järnväg", "geometry": LineString(plan["railway"]["line"])}]),
        "vatten": frame(town, _water(town)),
        "skog": frame(town, forest),
        "namn": frame(town, names),
    }


def _water(town: Town) -> list[dict[str, Any]]:
    width, height = town.size
    y = np.arange(0, height + 1, 10.0)
    shore = np.maximum(terrain.shore_x(y), -400)
    lake = Polygon([(-400, 0), *zip(shore, y, strict=True), (-400, height)]).buffer(0)
    x = np.arange(60, width + 1, 10.0)
    stream = LineString(np.column_stack([x, terrain.stream_y(x)])).buffer(terrain.STREAM_HALF_WIDTH_M, cap_style="flat")
    return [
        {"namn": "Ljusåsasjön", "klass": "sjö", "geometry": lake},
        {"namn": "Ljusåsaån", "klass": "å", "geometry": stream.difference(lake)},
    ]


def boundary(town: Town) -> gpd.GeoDataFrame:
    """Return the municipality's boundary: an irregular ring around the town."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = 5200 + 700 * np.sin(3 * angles + 1) + 350 * np.sin(7 * angles)
    middle = np.array(town.size) / 2
    ring = Polygon(middle + radius[:, None] * np.column_stack([np.sin(angles), np.cos(angles)]))
    return frame(town, [{"kommunnamn": f"{town.name} (EXEMPELDATA)", "kommunkod": None, "geometry": ring}])


def sites(town: Town) -> gpd.GeoDataFrame:
    """Return parking places and ground that could carry solar cells."""
    rows = [
        {"id": p["key"], "namn": p["name"], "typ": p["kind"], "agare": p["owner"], "geometry": Polygon(p["outline"])}
        for p in town.plan["parking"]
    ]
    return frame(town, rows)
