"""The relief under the map: light from the north-west on the ground model, as a picture in the map's own projection."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from maps.solarmap import Hillshade

if TYPE_CHECKING:
    import xarray as xr

SUN_AZIMUTH_DEG, SUN_HEIGHT_DEG = 315.0, 45.0
"""Where cartographers place the light."""
EXAGGERATION = 2.0
"""Heights are drawn this much steeper: most of Sweden is flat."""
MOST_PIXELS = 300_000
"""A larger model is thinned: the picture is a background."""
WEB_MERCATOR, WGS84 = "EPSG:3857", "EPSG:4326"


def hillshade(dtm: xr.DataArray) -> Hillshade:
    """Return the relief of a ground model (y, x) [m] with CRS as a PNG in Web Mercator; nothing where the ground is unknown."""
    import rasterio
    import rioxarray  # noqa: F401 - gives .rio
    from rasterio.enums import Resampling
    from rasterio.warp import transform_bounds

    thin = max(1, int(np.ceil(np.sqrt(dtm.size / MOST_PIXELS))))
    ground = dtm[::thin, ::thin].rio.reproject(WEB_MERCATOR, resampling=Resampling.bilinear, nodata=np.nan)
    west, south, east, north = ground.rio.bounds()
    shade = _shade(ground.to_numpy(), abs(float(ground["x"][1] - ground["x"][0])) * np.cos(np.radians(_latitude(ground))))
    grey = np.where(np.isfinite(shade), np.clip(shade, 0, 1) * 255, 0).astype(np.uint8)
    opaque = np.where(np.isfinite(shade), 255, 0).astype(np.uint8)
    with rasterio.MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # a picture has no place of its own
        profile = {"driver": "PNG", "width": grey.shape[1], "height": grey.shape[0], "count": 2, "dtype": "uint8"}
        with memory.open(**profile) as picture:
            picture.write(np.stack([grey, opaque]))
        png = memory.read()
    edges = transform_bounds(WEB_MERCATOR, WGS84, west, south, east, north)
    return Hillshade(png, (edges[1], edges[0], edges[3], edges[2]))


def _latitude(ground: xr.DataArray) -> float:
    from rasterio.warp import transform_bounds

    edges = transform_bounds(WEB_MERCATOR, WGS84, *ground.rio.bounds())
    return (edges[1] + edges[3]) / 2


def _shade(heights: np.ndarray, step_m: float) -> np.ndarray:
    """Return the cosine between the ground's normal and the light (Horn's slopes are not needed for a background)."""
    south, east = np.gradient(heights * EXAGGERATION, step_m)
    azimuth, height = np.radians(SUN_AZIMUTH_DEG), np.radians(SUN_HEIGHT_DEG)
    light = np.array([np.sin(azimuth) * np.cos(height), np.cos(azimuth) * np.cos(height), np.sin(height)])
    return (-east * light[0] + south * light[1] + light[2]) / np.sqrt(1 + east**2 + south**2)
