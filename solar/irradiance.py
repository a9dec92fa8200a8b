"""Annual and monthly irradiation with shade, for points and for grids. docs/metod/instralning.md.

annual_irradiation(dsm, weather, points, site=site)      # DataFrame on points.index
annual_map(dsm, weather, site=site)                      # Dataset (y, x)
plane_points, plane_light, hourly_poa, PlaneLight        # roof planes: solar.planelight
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from solar.exposure import ALBEDO, DIRECTIONS, NEAR_M, TREE_TRANSMITTANCE, Exposure, columns, sky_and_tables, transmittance
from solar.horizon import Scene
from solar.lightmap import annual_map
from solar.planelight import PlaneLight, hourly_poa, plane_light, plane_points
from solar.sky import Model

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["PlaneLight", "annual_irradiation", "annual_map", "hourly_poa", "plane_light", "plane_points"]

POINTS_AT_A_TIME = 100_000
"""Points whose horizons are in memory at once: 100 000 x 64 directions x 3 causes = 77 MB."""


def annual_irradiation(  # noqa: PLR0913 - the published signature
    dsm: xr.DataArray,
    weather: pd.DataFrame,
    points: pd.DataFrame,
    *,
    site: Any,
    dtm: xr.DataArray | None = None,
    trees: xr.DataArray | None = None,
    far: xr.DataArray | None = None,
    tree_transmittance: float | Sequence[float] = TREE_TRANSMITTANCE,
    directions: int = DIRECTIONS,
    near_m: float = NEAR_M,
    model: Model = "perez-driesse",
    albedo: float = ALBEDO,
    monthly: bool = False,
) -> pd.DataFrame:
    """Return a year's irradiation [kWh/m2] of points, with shade.

    dsm: (y, x) heights [m] of ground and buildings, no crowns, with CRS (metres). weather: one year, ghi, dhi, dni [W/m2] on a
    tz-aware index of interval middles. points: x, y [m, dsm's CRS], tilt_deg, azimuth_deg (from true north), optionally z [m]
    (default: the dsm there). site: has latitude, longitude [deg], altitude [m]. dtm: ground [m]; trees: canopy height above it [m];
    far: a coarser model in any CRS, the only thing that counts beyond near_m. tree_transmittance: share of light through crowns, one
    number or one a month. directions: horizon directions K. model: "perez-driesse", "perez" or "haydavies". albedo: of everything
    that is not sky.

    Columns: beam_kwh_m2, diffuse_kwh_m2, reflected_kwh_m2, total_kwh_m2, sky_view (of the tilted plane, through crowns), loss_trees,
    loss_near, loss_far (shares of the year without shade; taken in the order far, near, trees), and with monthly=True
    total_kwh_m2_01 ... _12. Points off the model or without data there have NaN. Raises ValueError for models without a metric CRS,
    for weather with gaps and for an unknown model.
    """
    import pandas as pd

    scene = Scene.of(dsm, site=site, dtm=dtm, trees=trees, far=far)
    year_sky, tables = sky_and_tables(weather, site, model=model, albedo=albedo, directions=directions)
    through = transmittance(tree_transmittance)
    placed = on_surface(scene, points)
    known = placed["z"].notna().to_numpy()
    parts = []
    for part in chunks(placed[known], POINTS_AT_A_TIME):
        horizons = scene.horizons(part, directions=directions, near_m=near_m)
        facing = part[["tilt_deg", "azimuth_deg"]].to_numpy(float)
        parts.append(Exposure.of(horizons, facing, (year_sky, tables), through).table(monthly=monthly))
    names = columns(monthly=monthly)
    values = np.full((len(points), len(names)), np.nan)
    if parts:
        values[known] = np.concatenate(parts)
    return pd.DataFrame(values, index=points.index, columns=names)


def on_surface(scene: Scene, points: pd.DataFrame) -> pd.DataFrame:
    """Return points with z [m]: their own where given, else the surface; NaN off the model or without data there."""
    surface = scene.surface.at(points["x"].to_numpy(), points["y"].to_numpy())
    z = surface if "z" not in points else np.where(np.isnan(surface), np.nan, points["z"].to_numpy(float))
    return points[["x", "y", "tilt_deg", "azimuth_deg"]].assign(z=z)


def chunks(frame: pd.DataFrame, size: int) -> list[pd.DataFrame]:
    """Return the frame in pieces of at most `size` rows."""
    return [frame.iloc[start : start + size] for start in range(0, len(frame), size)]
