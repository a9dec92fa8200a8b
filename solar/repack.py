"""What the chosen plants' roofs hold under another rule of packing, and how large the plants then are. docs/metod/plan.md, *Tornado*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from solar import modules

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings
    from solar.sizing import Connection

PITCHED = frozenset({"edge_setback_m", "ridge_setback_m"})
"""Settings that act on planes modules lie on."""
RACKS = frozenset({"flat_edge_setback_m", "tent_gap_m", "row_shade_angle_deg"})
"""Settings that act on planes with racks."""
LANES = frozenset({"rescue_lane_m", "rescue_field_m"})
"""Settings that act on planes longer than a field."""
RULES = PITCHED | RACKS | LANES | {"flat_below_deg", "obstacle_allowance"}
"""Settings of [solar.roofs] and [solar.module] that need the roofs packed anew."""
LAYOUT = {"tent_gap_m": "east-west", "row_shade_angle_deg": "south"}
"""Settings of one way to stand on a flat roof."""
SAME_KW = 1e-6
"""kW. Within this a plant is as large as its roofs."""


class Sized(NamedTuple):
    """Plants by id with the power their planes hold, and the power each then has [kW], in the same order."""

    plants: Mapping[str, Connection]
    kwp: np.ndarray


def touched(planes: pd.DataFrame, name: str, old: SolarSettings, new: SolarSettings) -> np.ndarray:
    """Return (n,) which planes may hold another number of modules when one setting of RULES moves from `old` to `new`."""
    rack = np.asarray(planes["tilt_deg"] < old.roofs.flat_below_deg)
    if name == "flat_below_deg":
        return rack != np.asarray(planes["tilt_deg"] < new.roofs.flat_below_deg)
    if name in PITCHED:
        return ~rack
    if name in RACKS:
        return rack & (LAYOUT.get(name, old.module.flat_layout) == old.module.flat_layout)
    if name in LANES:
        return _longer_than_a_field(planes, old, new)
    return np.ones(len(planes), bool)


def _longer_than_a_field(planes: pd.DataFrame, old: SolarSettings, new: SolarSettings) -> np.ndarray:
    """Return the planes lanes may run over, some too many: no length in a plane is above its box's diagonal over the cosine of its tilt."""
    fields = [s.roofs.rescue_field_m - max(s.roofs.rescue_lane_m, 1.0) for s in (old, new) if s.roofs.rescue_lane_m > 0]
    west, south, east, north = shapely.bounds(planes.geometry.to_numpy()).T
    longest = np.hypot(east - west, north - south) / np.cos(np.radians(planes["tilt_deg"].to_numpy(float)))
    return longest > min(fields, default=np.inf)


def free_kwp(planes: gpd.GeoDataFrame, settings: SolarSettings) -> pd.Series:
    """Return, by plane_id, the power [kW] the planes hold under the settings beside what is built on them."""
    return beside_built(modules.with_capacity(planes, modules.pack(planes, settings), settings))


def beside_built(planes: pd.DataFrame) -> pd.Series:
    """Return, by plane_id, what is left [kW] of kwp beside built_kwp (none where the column is not there)."""
    built = planes["built_kwp"].to_numpy(float) if "built_kwp" in planes else 0.0
    return pd.Series(np.maximum(planes["kwp"].to_numpy(float) - built, 0.0), index=planes["plane_id"].to_numpy())


def resized(rows: pd.DataFrame, plants: Mapping[str, Connection], kwp: Mapping[str, np.ndarray]) -> Sized:
    """Return the plants when their planes hold other power. kwp: (n,) of each plane [kW], by plant; a plant not named holds what it did.

    rows: the chosen plants, in the plants' order. A plant that fills its roofs goes on filling them, as far as its connection takes
    beside the others on it; a smaller one keeps its size as long as they hold it.
    """
    moved = {id_: replace(one, kwp=kwp[id_]) if id_ in kwp else one for id_, one in plants.items()}
    was, now = (np.array([one.kwp.sum() for one in group.values()]) for group in (plants, moved))
    chosen = rows["kwp"].to_numpy(float)
    size = np.where(chosen < was - SAME_KW, np.minimum(chosen, now), now)
    others = rows.groupby("connection_id")["kwp"].transform("sum").to_numpy(float) - chosen
    room = np.nan_to_num(rows["limit_kwp"].to_numpy(float) - others, nan=np.inf)
    return Sized(moved, np.minimum(size, np.maximum(room, chosen)))
