"""The data block of the solar map: everything a roof's panel needs, packed (maps.pack) in one text.

Whole columns are packed, not rows: of 10 000 roofs with all columns, months, losses and horizons about 1 MB remains.
What is rounded, and how far, stands in DIGITS and the constants below; the page never shows more digits than these keep.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from maps import layers, sun
from maps.pack import Packer
from maps.solarmap import CAUSES, SolarMap

DIGITS = {
    "tilt_deg": 0,
    "azimuth_deg": 0,
    "area_m2": 1,
    "usable_m2": 1,
    "z_m": 1,
    "ground_z_m": 1,
    "fit_rmse_m": 2,
    "points_per_m2": 1,
    "coverage": 2,
    "confidence": 2,
    "sky_view": 2,
    "poa_kwh_m2": 0,
    "poa_unshaded_kwh_m2": 0,
    "loss_trees": 3,
    "loss_near": 3,
    "loss_far": 3,
    "snow_loss": 3,
    "kwp": 2,
    "kwh": 0,
    "kwh_per_kwp": 0,
    "p90_kwh": 0,
}
"""Decimals kept per numeric column of `tak`."""
TAK_WORDS = ("building_id", "facility_id", "name", "owner", "survey_date", "class", "reasons")
TAK_FLAGS = ("is_flat",)
FACILITY_DIGITS = {"kwp": 1, "kwh": 0, "share_kwp_top_two": 2, "roof_year": 0, "built_kwp": 1}
FACILITY_WORDS = (
    "facility_id",
    "name",
    "owner",
    "suitability",
    "best_class",
    "heritage",
    "structure",
    "asbestos",
    "grid_limit",
    "reasons",
    "missing",
    "sentence",
)
SHARE_DIGITS = 4
LOSS_DIGITS = 3
"""Losses are shown in tenths of a per cent."""
PROFILES = 64
PROFILE_SAMPLE = 1000
HORIZON_DIRECTIONS = 24
HORIZON_STEP_DEG = 2
MANY_HORIZONS = 2000


def block(result: SolarMap) -> str:
    """Return the packed text of the whole result."""
    packer = Packer()
    tak = roof_order(result.tak)
    row = {plane: i for i, plane in enumerate(tak["plane_id"])}
    ids = _plane_ids(packer, tak)
    words = tuple(name for name in TAK_WORDS if name != "building_id" or not _ids_tell_building(tak, ids))
    tree = {
        "tak": _frame(packer, tak, DIGITS, words) | ids | {"geom": layers.polygons(packer, tak)},
        "anl": _facilities(packer, result.anlaggningar),
        "sun": sun.paths(result.site, result.date.year),
        "best": result.best_kwh_m2,
        "cuts": dict(result.cuts),
        "bakgrund": layers.background(packer, result.background),
        "grans": _optional_polygons(packer, result.boundary),
        "byggda": _plants(packer, result),
        "adresser": _addresses(packer, result),
        "relief": _hillshade(result),
        **_plane_tables(packer, result, row),
    }
    if result.moduler is not None and not result.moduler.empty:
        tree["moduler"] = layers.modules(packer, result.moduler, row)
    return packer.block(tree)


def roof_order(tak: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roofs in the order in which the page numbers them: neighbours near each other."""
    return layers.hilbert_order(tak, "plane_id").reset_index(drop=True)


def _frame(packer: Packer, frame: pd.DataFrame, digits: Mapping[str, int], words: tuple[str, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {"n": len(frame)}
    for name, decimals in digits.items():
        if name in frame:
            tree[name] = packer.numbers(frame[name].astype(float), digits=decimals)
    for name in words:
        if name in frame:
            tree[name] = packer.words([None if pd.isna(value) else str(value) for value in frame[name]])
    for name in TAK_FLAGS:
        if name in frame:
            tree[name] = packer.integers(frame[name].fillna(False).astype(int))
    return tree


def _plane_ids(packer: Packer, tak: pd.DataFrame) -> dict[str, Any]:
    """Return plane ids as building and number, since they are `<building_id>-<n>`; others are written out."""
    split = [str(plane).rsplit("-", 1) for plane in tak["plane_id"]]
    if all(len(parts) == 2 and parts[1].isascii() and parts[1].isdigit() for parts in split) and all(
        str(int(number)) == number for _, number in split
    ):
        return {
            "plane_building": packer.words([building for building, _ in split]),
            "plane_number": packer.integers([int(number) for _, number in split]),
        }
    return {"plane_id": [str(plane) for plane in tak["plane_id"]]}


def _ids_tell_building(tak: pd.DataFrame, ids: Mapping[str, Any]) -> bool:
    """Return whether plane ids begin with their building's, so that it need not be written twice."""
    return "plane_building" in ids and (tak["plane_id"].str.rsplit("-", n=1).str[0] == tak["building_id"]).all()


def _facilities(packer: Packer, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    return _frame(packer, frame, FACILITY_DIGITS, FACILITY_WORDS) | {
        "geom": layers.polygons(packer, frame),
        "point": layers.points(packer, frame),
    }


def _optional_polygons(packer: Packer, frame: gpd.GeoDataFrame | None) -> dict[str, Any] | None:
    if frame is None or frame.empty:
        return None
    return layers.polygons(packer, gpd.GeoDataFrame(geometry=frame.geometry.simplify(5.0)))


def _plants(packer: Packer, result: SolarMap) -> dict[str, Any] | None:
    plants = result.plants
    if plants is None or plants.empty:
        return None
    days = [None if pd.isna(day) else pd.Timestamp(day).date() for day in plants["in_use"]]
    return {
        "n": len(plants),
        "kwp": packer.numbers(plants["kwp"], digits=1),
        "year": packer.numbers([None if day is None else day.year for day in days], digits=0),
        "state": packer.words(["built" if day is not None and day <= result.date else "planned" for day in days]),
        "point": layers.points(packer, plants),
    }


def _addresses(packer: Packer, result: SolarMap) -> dict[str, Any] | None:
    given = result.addresses
    if given is None or given.empty:
        return None
    shown = set(result.tak["building_id"])
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(given["x"], given["y"]), crs=result.tak.crs)
    return {
        "name": [str(address) for address in given["address"]],
        "building": packer.words([None if building not in shown else str(building) for building in given["building_id"]]),
        "point": layers.points(packer, places),
    }


def _hillshade(result: SolarMap) -> dict[str, Any] | None:
    if result.hillshade is None:
        return None
    south, west, north, east = result.hillshade.bounds
    picture = base64.b64encode(result.hillshade.png).decode()
    return {"src": f"data:image/png;base64,{picture}", "bounds": [[south, west], [north, east]]}


def _plane_tables(packer: Packer, result: SolarMap, row: Mapping[str, int]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    if result.monthly_kwh is not None:
        tree["kwh12"] = packer.numbers(_shares(result.monthly_kwh, row), digits=SHARE_DIGITS)
    if result.waterfall is not None:
        steps = result.waterfall.reindex(list(row))
        share = steps.to_numpy(float) / steps.iloc[:, [0]].to_numpy(float)
        tree["waterfall"] = {
            "steps": [str(code) for code in steps.columns],
            "gross": packer.numbers(steps.iloc[:, 0], digits=0),
            "share": packer.numbers(share.T, digits=LOSS_DIGITS),
        }
    if result.month_hour:
        tree["profiles"] = _profiles(packer, result.month_hour, row)
    if result.horizon:
        tree["horizon"] = _horizons(packer, result.horizon, row)
    return tree


def _shares(monthly: pd.DataFrame, row: Mapping[str, int]) -> npt.NDArray[np.float64]:
    """Return months x planes as shares of each plane's year; a year of zero gives no numbers."""
    values = monthly.reindex(list(row))[list(range(1, 13))].to_numpy(float)
    year = values.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(year > 0, values / year, np.nan).T


def _profiles(packer: Packer, grids: Mapping[str, npt.NDArray], row: Mapping[str, int]) -> dict[str, Any]:
    shapes, of = shared_profiles(grids, list(row))
    return {
        "share": packer.integers(np.round(shapes * 10**SHARE_DIGITS)) | {"s": 10**SHARE_DIGITS},
        "of": packer.integers(of),
    }


def shared_profiles(grids: Mapping[str, npt.NDArray], planes: list[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return at most 64 month x hour patterns (n, 12, 24), each summing to 1, and which one each plane follows (-1: none).

    With few planes each keeps its own pattern. More are grouped by k-means on a fixed sample (seed 1).
    """
    from scipy.cluster import vq

    have = [i for i, plane in enumerate(planes) if plane in grids and float(np.sum(grids[plane])) > 0]
    of = np.full(len(planes), -1)
    if not have:
        return np.empty((0, 12, 24)), of
    own = np.stack([np.asarray(grids[planes[i]], float).ravel() for i in have])
    own /= own.sum(axis=1, keepdims=True)
    if len(have) <= PROFILES:
        centres = own
        of[have] = np.arange(len(have))
    else:
        chosen = np.random.default_rng(1).permutation(len(have))[:PROFILE_SAMPLE]
        centres, _ = vq.kmeans2(own[chosen], PROFILES, iter=10, minit="++", seed=1, missing="warn")
        of[have], _ = vq.vq(own, centres)
    return centres.reshape(-1, 12, 24), of


def _horizons(packer: Packer, horizon: Mapping[str, npt.NDArray], row: Mapping[str, int]) -> dict[str, Any] | None:
    """Return whole degrees per cause and direction; beyond MANY_HORIZONS planes, fewer directions in steps of two degrees."""
    planes = [plane for plane in row if plane in horizon]
    if not planes:
        return None
    angles = np.stack([np.asarray(horizon[plane], float) for plane in planes])
    many = len(planes) > MANY_HORIZONS
    step = HORIZON_STEP_DEG if many else 1
    if many and angles.shape[1] > HORIZON_DIRECTIONS:
        angles = _fewer(angles, HORIZON_DIRECTIONS)
    return {
        "directions": angles.shape[1],
        "causes": list(CAUSES[: angles.shape[2]]),
        "row": packer.integers([row[plane] for plane in planes]),
        "deg": packer.integers(np.round(np.clip(np.nan_to_num(angles), 0, 90) / step).transpose(2, 1, 0)) | {"s": 1 / step},
    }


def _fewer(angles: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return `count` directions, each interpolated between the two nearest; direction 0 stays north."""
    place = np.arange(count) * angles.shape[1] / count
    low, part = place.astype(int), (place % 1)[None, :, None]
    high = (low + 1) % angles.shape[1]
    return angles[:, low] * (1 - part) + angles[:, high] * part
