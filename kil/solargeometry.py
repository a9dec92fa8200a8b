"""Where roofs and shade come from: the surface model given, else one made of laser points, else of a city model; and the roof planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import Fault, InputError
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

    from data.readers.laser import Scan
    from data.settings import Settings
    from kil.inputs import Opened
    from kil.run import Run

MOST_NAMED = 10
MARGIN_M = 100.0
"""A surface model made of points reaches this far around the outermost buildings [m], or as far as the scan."""
NOT_ANSWERED = ("no_returns", "few_returns", "no_planes")
"""Why laser did not show a roof: worth telling, since somebody should look at it."""


@dataclass(frozen=True)
class Models:
    """Height models (y, x) [m] on one grid, and what should be said of where they come from."""

    dsm: xr.DataArray
    dtm: xr.DataArray | None
    trees: xr.DataArray | None
    said: tuple[str, ...] = ()


def height_models(opened: Opened, buildings: gpd.GeoDataFrame, run: Run) -> Models:
    """Return the surface, ground and tree models: those given, else made from laser points, else from the city model."""
    if opened.get("dsm") is not None:
        return Models(opened.get("dsm"), opened.get("dtm"), opened.get("trees"))
    if opened.get("laser") is not None:
        with run.stage(text("solar.stage.surface")):
            return _from_points(opened, buildings)
    from data.readers import elevation
    from solar.modelsurface import surface_from_citymodel

    model = opened.get("citymodel")
    dsm, dtm = surface_from_citymodel(model, crs=buildings.crs)
    dsm.attrs["file"] = text("solar.part.citymodel")
    elevation.check_overlap(dsm, buildings, file=buildings.attrs.get("file", "byggnader"))
    return Models(dsm, dtm, None, (text("solar.part.model_surface"),))


def _from_points(opened: Opened, buildings: gpd.GeoDataFrame) -> Models:
    from solar.surface import PointGrids

    scan: Scan = opened.get("laser")
    box = scan.bounds(buildings.crs)
    around = buildings.total_bounds + np.array([-1, -1, 1, 1]) * MARGIN_M
    bounds = (*np.maximum(box[:2], around[:2]), *np.minimum(box[2:], around[2:]))
    if bounds[0] >= bounds[2] or bounds[1] >= bounds[3]:
        raise InputError(Fault("laserdata", text("solar.part.no_overlap"), text("solar.part.no_overlap_fix")))
    grids = PointGrids(bounds, buildings)
    for points in scan.pieces(buildings.crs):
        grids.add(points.xyz, points.classification)
    try:
        dsm, dtm, trees = grids.models()
    except ValueError:
        raise InputError(Fault("laserdata", text("solar.part.no_ground"), text("solar.part.no_ground_fix"))) from None
    given = opened.get("dtm")
    return Models(dsm, given if given is not None else dtm, trees, (text("solar.part.point_surface"),))


def roof_planes(
    opened: Opened, models: Models, buildings: gpd.GeoDataFrame, settings: Settings
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, dict[str, list[str]]]:
    """Return roof planes (layers.ROOF_PLANES), where each building's came from, and by reason the buildings laser did not show.

    Where they came from: building_id, source, reason.
    """
    import pandas as pd

    from solar.roofchoice import Rules, best_planes

    scan, rules = opened.get("laser"), settings.solar.roofs
    chosen = best_planes(
        buildings,
        scan=None if scan is None else scan.batches(buildings),
        dsm=models.dsm,
        dtm=models.dtm,
        model=opened.get("citymodel"),
        rules=Rules(min_plane_m2=rules.min_plane_m2, overhang_m=rules.overhang_m),
    )
    reason, ids = chosen.origins["reason"], chosen.origins["building_id"]
    planes = chosen.planes
    if rules.dsm_date is not None:
        by_model = planes["building_id"].isin(set(ids[chosen.origins["source"] == "dsm"])) & planes["survey_date"].isna()
        planes = planes.assign(survey_date=planes["survey_date"].mask(by_model, pd.Timestamp(rules.dsm_date)))
    return planes, chosen.origins, {why: ids[reason == why].tolist() for why in NOT_ANSWERED}


def named(ids: list[Any]) -> str:
    """Return ": " and the first ids joined by commas, with dots when there are more."""
    return ": " + ", ".join(map(str, ids[:MOST_NAMED])) + (" …" if len(ids) > MOST_NAMED else "")
