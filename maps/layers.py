"""Geometry for the map: any CRS in metres -> WGS 84 in whole millionths of a degree (0.1 m), simplified, ready to pack.

`polygons`, `lines` and `points` put a GeoDataFrame's geometry into a Packer (maps.pack) and return its part of the tree;
`modules` writes thousands of equal rectangles as two edge vectors and steps along them; `background` makes the paper map.
`geojson` gives the same roofs as ordinary GeoJSON with six decimals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from maps.pack import Packer

WGS84 = "EPSG:4326"
DEGREE_DIGITS = 6
FINE_DIGITS = 8
ACROSS_DIGITS = 2
PITCH_DIGITS = 5
OWN_PITCH = 0.005
REGULAR = 0.01
"""Modules stand in slots: whole numbers of a pitch along their row, in hundredths of a side across it. Where they stand more than
REGULAR of a width off any common pitch, the slots are OWN_PITCH wide."""
SIMPLIFY_M = {"vatten": 2.0, "skog": 4.0, "vagar": 1.0, "jarnvag": 1.0}
MIN_AREA_M2 = {"vatten": 150.0, "skog": 2500.0}
MIN_NAMED_ROAD_M = 60.0

ROAD_RANKS = {
    0: ("motorväg", "motorvag", "motortrafikled", "europaväg", "europavag", "riksväg", "riksvag", "motorway", "trunk"),
    1: ("länsväg", "lansvag", "landsväg", "landsvag", "huvudväg", "huvudvag", "primary", "secondary", "tertiary"),
    2: ("gata", "lokalgata", "allmän väg", "allman vag", "residential", "unclassified", "living_street", "street"),
    3: ("enskild väg", "enskild vag", "parkering", "service", "track", "privat", "skogsbilväg", "skogsbilvag"),
    4: ("gångväg", "gangvag", "cykelväg", "cykelvag", "gc", "stig", "footway", "cycleway", "path", "pedestrian"),
}
"""Width of a road by its class, widest first: Lantmäteriet's and OpenStreetMap's words. An unknown class is a street."""

NAME_RANKS = {"ort": 0, "tätort": 0, "tatort": 0, "town": 0, "city": 0, "by": 1, "village": 1, "suburb": 1, "stadsdel": 1}
"""Size of a place name by its kind; other kinds come last. Names over water are told by their kind."""
WATER_NAMES = ("vatten", "sjö", "sjo", "älv", "alv", "å", "lake", "river", "water", "bay", "vik")


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in WGS 84; a frame without CRS raises ValueError (its reader should have refused it)."""
    if frame.crs is None:
        raise ValueError("geometry without a coordinate system")
    return frame.to_crs(WGS84)


def hilbert_order(frame: gpd.GeoDataFrame, *keys: str) -> gpd.GeoDataFrame:
    """Return the rows so that neighbours lie near each other (small differences pack well), ties by `keys`."""
    if frame.empty:
        return frame
    place = frame.geometry.representative_point().hilbert_distance(level=12)
    order = pd.DataFrame({"place": place, **{key: frame[key] for key in keys}}).sort_values(["place", *keys])
    return frame.loc[order.index]


def polygons(packer: Packer, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack polygons and multipolygons: points per ring, rings per part, parts per row, then differences of x and of y."""
    geometry = shapely.set_precision(to_wgs84(frame).geometry.to_numpy(), 10.0**-DEGREE_DIGITS)  # specks and tiny holes vanish
    parts, row_of = shapely.get_parts(geometry, return_index=True)
    areas = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, row_of = parts[areas], row_of[areas]
    rings, part_of = shapely.get_rings(parts, return_index=True)
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    kept = (
        np.append(ring_of[1:] == ring_of[:-1], False) if len(ring_of) else np.empty(0, bool)
    )  # a ring's last point is its first
    return _coordinates(packer, [_steps(corners[kept])]) | {
        "ring": packer.integers(np.bincount(ring_of[kept], minlength=len(rings))),
        "part": packer.integers(np.bincount(part_of, minlength=len(parts))),
        "row": packer.integers(np.bincount(row_of, minlength=len(geometry))),
    }


def lines(packer: Packer, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack lines and multilines: points per line, lines per row, then differences of x and of y."""
    parts, sizes, counts = [], [], []
    for shape in to_wgs84(frame).geometry:
        singles = [line for line in shapely.get_parts(shape) if line.geom_type == "LineString"]
        counts.append(len(singles))
        for line in singles:
            points = _steps(shapely.get_coordinates(line))
            sizes.append(len(points))
            parts.append(points)
    return _coordinates(packer, parts) | {"ring": packer.integers(sizes), "row": packer.integers(counts)}


def points(packer: Packer, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack one representative point a row; a row without a place gets 0, 0."""
    spots = to_wgs84(frame).geometry.representative_point()
    known = ~(shapely.is_missing(spots.to_numpy()) | shapely.is_empty(spots.to_numpy()))
    placed = np.zeros((len(spots), 2))
    placed[known] = shapely.get_coordinates(spots.to_numpy()[known])
    return _coordinates(packer, [_steps(placed)])


def _steps(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.round(coordinates[:, :2] * 10**DEGREE_DIGITS).astype(np.int64)


def _coordinates(packer: Packer, parts: list[npt.NDArray[np.int64]]) -> dict[str, Any]:
    every = np.concatenate(parts) if parts else np.empty((0, 2), np.int64)
    scale = {"s": 10**DEGREE_DIGITS}
    return {"x": packer.integers(every[:, 0]) | scale, "y": packer.integers(every[:, 1]) | scale}


def modules(packer: Packer, frame: gpd.GeoDataFrame, plane_row: Mapping[str, int]) -> dict[str, Any]:
    """Pack module rectangles (columns plane_id, geometry): per group of equal ones two edges and steps along them.

    Modules of planes that are not in `plane_row` (plane_id -> row of the roof layer) are left out: they may not be shown.
    """
    shown = frame[frame["plane_id"].isin(plane_row)]
    corners = shapely.get_coordinates(shapely.normalize(shown.geometry.to_numpy())).reshape(-1, 5, 2)
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]], axis=1)
    shape = np.round(edges.reshape(-1, 4), 1)
    keys = pd.DataFrame({"row": shown["plane_id"].map(plane_row).to_numpy(), **{f"e{i}": shape[:, i] for i in range(4)}})
    group = keys.groupby(list(keys.columns), sort=True).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1]
    edge = edges[first]
    steps = np.linalg.solve(edge[group].transpose(0, 2, 1), (corners[:, 0] - corners[first][group, 0])[..., None])[..., 0]
    # Row by row: the next module is then nearly always one pitch further on, and the difference packs to nothing.
    order = np.lexsort((steps[:, 0], steps[:, 1].round(2), group))
    group, steps = group[order], steps[order]
    start = np.searchsorted(group, np.arange(len(first)))
    steps = steps - steps[start][group]
    pitch = _pitch(steps, group, len(first))
    corner = corners[order[start], 0]
    frames = np.stack([corner, corner + edge[:, 0], corner + edge[:, 1]], axis=1)
    return {
        "row": packer.integers(keys["row"].to_numpy()[first]),
        "count": packer.integers(np.bincount(group, minlength=len(first))),
        "pitch": packer.numbers(pitch, digits=PITCH_DIGITS),
        "frame": packer.integers(_fine(frames.reshape(-1, 2), shown.crs)) | {"s": 10**FINE_DIGITS},
        "slot": packer.integers(np.round(steps[:, 0] / pitch[group])),
        "across": packer.numbers(steps[:, 1], digits=ACROSS_DIGITS),
    }


def _pitch(steps: npt.NDArray[np.float64], group: npt.NDArray[np.int64], groups: int) -> npt.NDArray[np.float64]:
    """Return the distance between neighbours in a row, in widths, per group; where they stand irregularly, OWN_PITCH."""
    move = np.diff(steps, axis=0)
    beside = (np.diff(group) == 0) & (np.abs(move[:, 1]) < 0.01) & (move[:, 0] > 0)
    usual = pd.Series(move[beside, 0]).groupby(group[1:][beside]).median()
    pitch = usual.reindex(range(groups), fill_value=OWN_PITCH).to_numpy().round(PITCH_DIGITS)
    slots = steps[:, 0] / pitch[group]
    off = pd.Series(np.abs(slots - np.round(slots)) * pitch[group]).groupby(group).max()
    return np.where(off.to_numpy() < REGULAR, pitch, OWN_PITCH)


def _fine(coordinates: npt.NDArray[np.float64], crs: Any) -> npt.NDArray[np.int64]:
    moved = gpd.GeoSeries(shapely.points(coordinates), crs=crs).to_crs(WGS84)
    return np.round(np.column_stack([moved.x, moved.y]) * 10**FINE_DIGITS).astype(np.int64).T


def background(packer: Packer, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, Any]:
    """Pack the paper map: skog, vatten, jarnvag, vagar (with `class` and `name`) and namn (`name`, `kind`), what there is."""
    tree: dict[str, Any] = {}
    for key in ("skog", "vatten"):
        if key in layers:
            tree[key] = polygons(packer, _plain(layers[key], key))
    if "jarnvag" in layers:
        tree["jarnvag"] = lines(packer, _plain(layers["jarnvag"], "jarnvag"))
    if "vagar" in layers:
        roads = layers["vagar"].assign(rank=[_rank(value, ROAD_RANKS, 2) for value in _column(layers["vagar"], "class")])
        tree["vagar"] = [lines(packer, _plain(roads[roads["rank"] == rank], "vagar")) for rank in ROAD_RANKS]
        tree["gatunamn"] = _street_names(packer, roads)
    if "namn" in layers:
        tree["namn"] = _place_names(packer, layers["namn"])
    return tree


def _plain(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Return the geometry alone, simplified; small areas go."""
    shapes = frame.geometry.simplify(SIMPLIFY_M[key])
    if key in MIN_AREA_M2:
        shapes = shapes[shapes.area >= MIN_AREA_M2[key]]
    return gpd.GeoDataFrame(geometry=shapes[~shapes.is_empty & shapes.notna()])


def _column(frame: gpd.GeoDataFrame, name: str) -> list[str]:
    if name not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(value) else str(value) for value in frame[name]]


def _rank(value: str, ranks: Mapping[int, tuple[str, ...]], default: int) -> int:
    word = value.strip().lower().removesuffix("_link")
    return next((rank for rank, words in ranks.items() if word in words), default)


def _street_names(packer: Packer, roads: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return one label a street: its name at the middle of its longest piece, with the direction there."""
    named = roads.assign(name=_column(roads, "name"))
    named = named[named["name"] != ""]
    rows = []
    for (name, rank), group in named.groupby(["name", "rank"], sort=True):
        merged = shapely.line_merge(shapely.union_all(group.geometry.to_numpy()))
        longest = max(shapely.get_parts(merged), key=lambda line: line.length)
        if longest.length >= MIN_NAMED_ROAD_M:
            rows.append((name, rank, longest.length, *_label_line(longest)))
    ends = gpd.GeoDataFrame(geometry=[row[3] for row in rows], crs=roads.crs) if rows else None
    return {
        "name": packer.words([row[0] for row in rows]),
        "rank": packer.integers([row[1] for row in rows]),
        "length": packer.integers([round(row[2]) for row in rows]),
        "line": lines(packer, ends) if ends is not None else None,
    }


def _label_line(line: shapely.LineString) -> tuple[shapely.LineString]:
    """Return the straight stretch at the middle of a street along which its name is written."""
    middle, half = line.length / 2, min(30.0, line.length / 4)
    return (shapely.LineString([line.interpolate(middle - half), line.interpolate(middle + half)]),)


def _place_names(packer: Packer, names: gpd.GeoDataFrame) -> dict[str, Any]:
    kinds = [kind.strip().lower() for kind in _column(names, "kind")]
    return points(packer, names) | {
        "name": packer.words(_column(names, "name")),
        "rank": packer.integers([NAME_RANKS.get(kind, 2) for kind in kinds]),
        "water": packer.integers([int(kind in WATER_NAMES) for kind in kinds]),
    }


def geojson(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return ordinary GeoJSON in WGS 84 with six decimals; dates and other objects become text, NaN becomes null."""
    moved = to_wgs84(frame)
    moved = moved.set_geometry(moved.geometry.set_precision(10.0**-DEGREE_DIGITS))
    texts = {name: moved[name].astype(str) for name in moved if moved[name].dtype == object and name != moved.geometry.name}
    return json.loads(moved.assign(**texts).to_json(to_wgs84=False))
