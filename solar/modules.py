"""From roof plane to modules: usable area, real rectangles packed on it, the receivers the light falls on. docs/metod/effekt.md.

planes = usable(planes, settings)                 # + usable_m2
moduler = pack(planes, settings)                  # one row a module
planes = with_capacity(planes, moduler, settings) # + modules, kwp, kwp_without_lanes
receivers = arrays(planes, settings)              # what irradiance and power are computed for
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from solar import frames, packing
from solar.frames import PlaneFrames
from solar.horizon import in_threads

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings

PLANES_AT_A_TIME = 16
PORTRAIT, LANDSCAPE = "portrait", "landscape"
MODULE_COLUMNS = ["plane_id", "array_id", "module_n", "orientation", "row", "geometry"]
ARRAY_COLUMNS = ["array_id", "plane_id", "tilt_deg", "azimuth_deg", "share", "is_rack", "pitch_m", "slant_m", "z_m"]


class _Choice(NamedTuple):
    """One way to fill a plane: the row unit and how its rectangles lie in a slot (offset up the slope and depth, metres)."""

    orientation: str
    unit: packing.RowUnit
    rectangles: tuple[tuple[float, float], ...]


def usable(planes: gpd.GeoDataFrame, settings: SolarSettings) -> gpd.GeoDataFrame:
    """Return `planes` with usable_m2: true area [m2] inside the set-backs, less the obstacle allowance.

    planes: layers.ROOF_PLANES, projected polygons in a metric CRS. Rescue lanes are not taken off here: where they run is settled
    when modules are packed (`with_capacity` gives the power with and without them).
    """
    inner = _inside_setbacks(_frames(planes, settings), settings)
    share = 1 - settings.roofs.obstacle_allowance
    return planes.assign(usable_m2=np.minimum(shapely.area(inner), planes["area_m2"]) * share)


def pack(planes: gpd.GeoDataFrame, settings: SolarSettings, *, lanes: bool = True) -> gpd.GeoDataFrame:
    """Return layer `moduler`: the modules that fit, one row each, geometry the projected rectangle.

    Columns plane_id, array_id, module_n (1.. within the plane, from the eaves), orientation (portrait: long side up the slope), row.
    The share `obstacle_allowance` of what fits is left out, evenly along the filling order, because nobody knows where the
    chimneys are. Planes with fewer than `min_modules` have none. lanes=False: as if no rescue lanes were asked for.
    """
    import geopandas as gpd

    own = _frames(planes, settings)
    polygons = _inside_setbacks(own, settings)
    edges, flat = _edges(polygons), _is_rack(planes, settings)
    rule = _lanes(settings) if lanes else packing.NO_LANES
    parts: list[tuple[_Choice, np.ndarray]] = [(_choices(False, settings)[0], np.empty((0, 6)))] * len(planes)

    def fill(some: slice) -> None:
        for n in range(some.start, some.stop):
            parts[n] = _kept(*_fill(edges[n], _choices(bool(flat[n]), settings), rule), settings)

    in_threads(fill, len(planes), PLANES_AT_A_TIME)
    table = _module_table(planes, own, parts)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=planes.crs)[MODULE_COLUMNS]


def with_capacity(
    planes: gpd.GeoDataFrame, moduler: pd.DataFrame, settings: SolarSettings, *, without_lanes: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return `planes` with modules (number), packed_m2 (module area) and kwp; kwp_without_lanes where that packing is given."""
    module = settings.module
    counts = planes["plane_id"].map(moduler.groupby("plane_id").size()).fillna(0).astype(int)
    added = {
        "modules": counts,
        "packed_m2": counts * module.width_m * module.height_m,
        "kwp": counts * module.power_w / 1000,
    }
    if without_lanes is not None:
        free = planes["plane_id"].map(without_lanes.groupby("plane_id").size()).fillna(0)
        added["kwp_without_lanes"] = free * module.power_w / 1000
    return planes.assign(**added)


def chain(planes: pd.DataFrame, footprints: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Return the chain footprint -> plane -> usable -> packed -> kWp per building and, last row `total`, in all.

    Columns footprint_m2 (projected; NaN without footprints), plane_m2, usable_m2, packed_m2 (true), modules, kwp and, where known,
    kwp_without_lanes. planes: as from `usable` and `with_capacity`.
    """
    names = ["area_m2", "usable_m2", "packed_m2", "modules", "kwp"]
    names += [name for name in ("kwp_without_lanes",) if name in planes]
    per_building = planes.groupby("building_id")[names].sum().rename(columns={"area_m2": "plane_m2"})
    areas = pd.Series(np.nan, index=per_building.index)
    if footprints is not None:
        areas = footprints.set_index("building_id").geometry.area
        per_building = per_building.reindex(areas.index.union(per_building.index), fill_value=0)
    per_building.insert(0, "footprint_m2", areas.reindex(per_building.index))
    total = per_building.sum(min_count=1).to_frame("total").T
    return pd.concat([per_building, total]).rename_axis("building_id")


def arrays(planes: gpd.GeoDataFrame, settings: SolarSettings) -> gpd.GeoDataFrame:
    """Return the receivers: a pitched plane itself, a flat plane as its racks (two, `-a` and `-b`, east-west; one, `-a`, south).

    Columns array_id, plane_id, tilt_deg, azimuth_deg (true north), share of the plane's modules, is_rack, pitch_m and slant_m (row
    spacing and module depth; NaN on the roof), z_m (of the roof plane, where known), kwp (share of the plane's, where known),
    roof_tilt_deg and roof_azimuth_deg (the surface the receiver stands on), geometry (of the plane).
    """
    rack = _is_rack(planes, settings)
    pieces = [_pitched(planes[~rack]), *_racks(planes[rack], settings)]
    table = pd.concat([piece for piece in pieces if len(piece)] or pieces[:1], ignore_index=True)
    if "kwp" in planes:
        table["kwp"] = table["share"] * table["plane_id"].map(planes.set_index("plane_id")["kwp"])
    order = {plane: n for n, plane in enumerate(planes["plane_id"])}
    return table.sort_values("plane_id", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def flat_layouts(planes: gpd.GeoDataFrame, settings: SolarSettings) -> pd.DataFrame:
    """Return kwp_east_west and kwp_south of every flat plane, by plane_id: what each way of standing on the roof would hold."""
    flat = planes[_is_rack(planes, settings)]
    table = pd.DataFrame(index=pd.Index(flat["plane_id"], name="plane_id"))
    for layout in ("east-west", "south"):
        chosen = settings.model_copy(update={"module": settings.module.model_copy(update={"flat_layout": layout})})
        held = with_capacity(flat, pack(flat, chosen), chosen)["kwp"]
        table[f"kwp_{layout.replace('-', '_')}"] = held.to_numpy()
    return table


def row_geometry(settings: SolarSettings) -> tuple[float, float]:
    """Return (pitch, slant) [m] of racks on flat roofs: distance from row to row (or pair to pair) and depth of one module."""
    module = settings.module
    tilt = np.radians(module.flat_tilt_deg)
    slant = module.width_m  # modules lie with the long side along the row
    if module.flat_layout == "east-west":
        return 2 * slant * np.cos(tilt) + module.tent_gap_m, slant
    shadow = slant * np.sin(tilt) / np.tan(np.radians(module.row_shade_angle_deg))
    return slant * np.cos(tilt) + max(shadow, module.gap_m), slant


def _is_rack(planes: pd.DataFrame, settings: SolarSettings) -> np.ndarray:
    return np.asarray(planes["tilt_deg"] < settings.roofs.flat_below_deg)


def _frames(planes: gpd.GeoDataFrame, settings: SolarSettings) -> PlaneFrames:
    """Return the planes' own frames: eaves along u, slope up along v; on flat roofs v is where the racks are stacked."""
    rack = _is_rack(planes, settings)
    polygons = planes.geometry.to_numpy()
    origin = frames.origins(polygons)
    azimuth = np.asarray(planes["azimuth_deg"], dtype=float) - frames.convergence_deg(origin, planes.crs)
    azimuth[rack] = _rack_grid_azimuth(planes, settings)[rack]
    return PlaneFrames(polygons, azimuth, np.where(rack, 0.0, planes["tilt_deg"]), origin=origin)


def _rack_grid_azimuth(planes: gpd.GeoDataFrame, settings: SolarSettings) -> np.ndarray:
    """Grid azimuth of the first rack: along the building's edges, as near east (or south) as they allow."""
    wanted = 90.0 if settings.module.flat_layout == "east-west" else 180.0
    along = frames.main_direction(planes.geometry.to_numpy())  # degrees, known to a quarter turn
    return along + 90.0 * np.round((wanted - along) / 90.0)


def _inside_setbacks(own: PlaneFrames, settings: SolarSettings) -> np.ndarray:
    """Polygons in the planes' own metres, less the set-backs.

    The smaller set-back is taken all round, then the larger along its own direction by cutting with a shifted copy: erosion by a
    fixed shape, which never takes more from a larger roof.
    """
    roofs = settings.roofs
    edge = np.where(own.tilt_deg > 0, roofs.edge_setback_m, roofs.flat_edge_setback_m)
    ridge = np.where(own.tilt_deg > 0, roofs.ridge_setback_m, roofs.flat_edge_setback_m)
    base = np.minimum(edge, ridge)
    inner = shapely.buffer(shapely.make_valid(own.polygons), -base, quad_segs=8)
    for shift_u, shift_v in (
        (0 * base, base - ridge),
        (0 * base, edge - base),
        (edge - base, 0 * base),
        (base - edge, 0 * base),
    ):
        moved = np.flatnonzero((shift_u != 0) | (shift_v != 0))
        if len(moved):
            copies = _shifted(inner[moved], shift_u[moved], shift_v[moved])
            inner[moved] = shapely.intersection(inner[moved], copies)
    return inner


def _shifted(polygons: np.ndarray, du: np.ndarray, dv: np.ndarray) -> np.ndarray:
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    moved = coordinates + np.column_stack([du[owner], dv[owner]])
    return shapely.set_coordinates(polygons.copy(), moved)


def _lanes(settings: SolarSettings) -> packing.Lanes:
    roofs = settings.roofs
    return packing.Lanes(roofs.rescue_field_m, roofs.rescue_lane_m) if roofs.rescue_lane_m > 0 else packing.NO_LANES


def _edges(polygons: np.ndarray) -> list[np.ndarray]:
    """Every edge of every ring, per polygon, as (n, 4) u1, v1, u2, v2."""
    parts, part_owner = shapely.get_parts(polygons, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    rings, ring_part = shapely.get_rings(parts[areal], return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    owner = part_owner[areal][ring_part][ring]
    same = ring[1:] == ring[:-1]
    edges = np.ascontiguousarray(np.hstack([coordinates[:-1], coordinates[1:]])[same])
    splits = np.searchsorted(owner[:-1][same], np.arange(len(polygons) + 1))
    return [edges[start:stop] for start, stop in itertools.pairwise(splits)]


def _choices(is_rack: bool, settings: SolarSettings) -> list[_Choice]:
    module = settings.module
    short, long, gap = module.width_m, module.height_m, module.gap_m
    if not is_rack:
        return [
            _Choice(PORTRAIT, packing.RowUnit(long, long + gap, short, gap), ((0.0, long),)),
            _Choice(LANDSCAPE, packing.RowUnit(short, short + gap, long, gap), ((0.0, short),)),
        ]
    pitch, slant = row_geometry(settings)
    depth = slant * np.cos(np.radians(module.flat_tilt_deg))
    if module.flat_layout == "south":
        return [_Choice(LANDSCAPE, packing.RowUnit(depth, pitch, long, gap), ((0.0, depth),))]
    return [_Choice(LANDSCAPE, packing.RowUnit(2 * depth, pitch, long, gap), ((0.0, depth), (depth, depth)))]


def _fill(edges: np.ndarray, choices: list[_Choice], lanes: packing.Lanes) -> tuple[_Choice, np.ndarray]:
    """Return the choice that holds most modules, and its slots (k, 3): u, v, row."""
    best, best_slots, most = choices[0], np.empty((0, 3)), 0
    if len(edges) >= 3:
        for choice in choices:
            count, _, slots = packing.layout(edges, choice.unit, lanes)
            if count * len(choice.rectangles) > most:
                best, best_slots, most = choice, slots, count * len(choice.rectangles)
    return best, best_slots


def _kept(choice: _Choice, slots: np.ndarray, settings: SolarSettings) -> tuple[_Choice, np.ndarray]:
    """Rectangles (k, 6): u, v, width, depth, row, side; less the obstacle allowance, none if too few."""
    sides = len(choice.rectangles)
    rectangles = np.empty((len(slots) * sides, 6))
    for side, (up, depth) in enumerate(choice.rectangles):
        part = rectangles[side::sides]
        part[:, 0], part[:, 1], part[:, 4] = slots[:, 0], slots[:, 1] + up, slots[:, 2]
        part[:, 2], part[:, 3], part[:, 5] = choice.unit.slot_m, depth, side
    n = len(rectangles)
    keep = int(np.floor(n * (1 - settings.roofs.obstacle_allowance) + 0.5))
    if keep < settings.module.min_modules:
        return choice, rectangles[:0]
    chosen = np.floor((np.arange(keep) + 0.5) * n / max(keep, 1)).astype(int)
    return choice, rectangles[chosen]


def _module_table(planes: gpd.GeoDataFrame, own: PlaneFrames, parts: list[tuple[_Choice, np.ndarray]]) -> pd.DataFrame:
    counts = np.array([len(rectangles) for _, rectangles in parts], dtype=int)
    owner = np.repeat(np.arange(len(parts)), counts)
    all_rectangles = np.concatenate([np.empty((0, 6)), *(rectangles for _, rectangles in parts)])
    u, v, width, depth, row, side = all_rectangles.T
    corners_u = np.stack([u, u + width, u + width, u, u], axis=1)
    corners_v = np.stack([v, v, v + depth, v + depth, v], axis=1)
    plane = planes["plane_id"].to_numpy(dtype=object)[owner]
    suffix = np.where(own.tilt_deg[owner] > 0, "", np.where(side == 0, "-a", "-b")).astype(object)
    return pd.DataFrame(
        {
            "plane_id": plane,
            "array_id": plane + suffix if len(plane) else plane,
            "module_n": np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + 1,
            "orientation": np.array([choice.orientation for choice, _ in parts], dtype=object)[owner],
            "row": row.astype(int),
            "geometry": shapely.polygons(own.to_map(corners_u, corners_v, owner)),
        }
    )


def _pitched(planes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    own = planes["plane_id"]
    return _receivers(planes, own, planes["tilt_deg"], planes["azimuth_deg"]).assign(
        share=1.0, is_rack=False, pitch_m=np.nan, slant_m=np.nan
    )


def _racks(planes: gpd.GeoDataFrame, settings: SolarSettings) -> list[gpd.GeoDataFrame]:
    if planes.empty:
        return []
    convergence = frames.convergence_deg(frames.centres(planes.geometry.to_numpy()), planes.crs)
    first = (_rack_grid_azimuth(planes, settings) + convergence) % 360
    pitch, slant = row_geometry(settings)
    turns = (("-a", 0.0), ("-b", 180.0)) if settings.module.flat_layout == "east-west" else (("-a", 0.0),)
    tilt = np.full(len(planes), settings.module.flat_tilt_deg)
    return [
        _receivers(planes, planes["plane_id"] + suffix, tilt, (first + turn) % 360).assign(
            share=1.0 / len(turns), is_rack=True, pitch_m=pitch, slant_m=slant
        )
        for suffix, turn in turns
    ]


def _receivers(planes: gpd.GeoDataFrame, array_id: pd.Series, tilt: np.ndarray, azimuth: np.ndarray) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(
        {
            "array_id": np.asarray(array_id, dtype=object),
            "plane_id": planes["plane_id"].to_numpy(),
            "tilt_deg": np.asarray(tilt, dtype=float),
            "azimuth_deg": np.asarray(azimuth, dtype=float),
            "z_m": planes["z_m"].to_numpy() if "z_m" in planes else np.full(len(planes), np.nan),
            "roof_tilt_deg": planes["tilt_deg"].to_numpy(),
            "roof_azimuth_deg": planes["azimuth_deg"].to_numpy(),
        },
        geometry=planes.geometry.to_numpy(),
        crs=planes.crs,
    )
