"""The ground of the example: a lake to the west, a stream through the town, a hill to the south-west, low hills all round.

Everything is a function of local coordinates (x east, y north, metres from the south-west corner of the surface model), so that
ground is exact at any point, the far terrain and the surface model agree, and nothing has to be stored.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LAKE_LEVEL_M = 54.0
STREAM_FALL = 0.006  # metres per metre towards the lake
STREAM_HALF_WIDTH_M = 3.5
STREAM_BANK_M = 14.0
SHORE_M = 45.0  # the beach rises to the land over this distance
HILL = (330.0, -640.0, 205.0, 420.0, 300.0)  # x, y of the top, height above the town, widths east-west and north-south
FAR_HILLS = 60
FAR_REACH_M = 9000.0
QUIET_M = 2600.0  # no other hill nearer the town than this


def _step(t: Floats) -> Floats:
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def shore_x(y: npt.ArrayLike) -> Floats:
    """Return the lake's eastern shore at northing y [m]; west of it is water."""
    y = np.asarray(y, float)
    return 105 + 22 * np.sin(y / 120) + 9 * np.sin(y / 47 + 1) - 260 * _step((270 - y) / 150)


def stream_y(x: npt.ArrayLike) -> Floats:
    """Return the stream's middle at easting x [m]."""
    x = np.asarray(x, float)
    return 330 + 20 * np.sin(x / 150) + 8 * np.sin(x / 61 + 2)


def stream_level(x: npt.ArrayLike) -> Floats:
    """Return the stream's water level [m]."""
    return LAKE_LEVEL_M + STREAM_FALL * np.maximum(np.asarray(x, float) - 90, 0)


def is_water(x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return whether x, y lies in the lake or the stream."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return (x < shore_x(y)) | (np.abs(y - stream_y(x)) < STREAM_HALF_WIDTH_M)


def ground(x: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Return the ground's height in the town [m]; water has its surface."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    z = land(x, y)
    z = LAKE_LEVEL_M + (z - LAKE_LEVEL_M) * _step((x - shore_x(y)) / SHORE_M)
    bank = (np.abs(y - stream_y(x)) - STREAM_HALF_WIDTH_M) / STREAM_BANK_M
    level = np.minimum(stream_level(x), z)
    return level + (z - level) * _step(bank)


def land(x: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Return the land before lake and stream are cut into it [m]."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    top_x, top_y, top, wide, deep = HILL
    plain = 58.0 + 9.0 * _step((x - 100) / 1100) + 2.5 * _step((y - 500) / 500)
    waves = 0.6 * np.sin(x / 83 + 0.7) * np.cos(y / 97) + 0.35 * np.sin((x + 2 * y) / 61)
    return plain + waves + top * np.exp(-(((x - top_x) / wide) ** 2) - ((y - top_y) / deep) ** 2)


def far_ground(x: Floats, y: Floats, *, seed: int) -> Floats:
    """Return the coarse terrain around [m]: the town's land, the long lake, and seeded hills from `QUIET_M` outwards."""
    rng = np.random.default_rng(seed)
    z = ground(x, np.clip(y, 300, 900)) + land(x, y) - land(x, np.clip(y, 300, 900))
    for _ in range(FAR_HILLS):
        bearing, distance = rng.uniform(0, 2 * np.pi), rng.uniform(QUIET_M, FAR_REACH_M * 1.2)
        height, width = rng.uniform(25, 110), rng.uniform(350, 900)
        cx, cy = 600 + distance * np.sin(bearing), 500 + distance * np.cos(bearing)
        z = z + height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / width**2) * _step((x - shore_x(500)) / 300 + 1)
    lake = (x < shore_x(np.clip(y, 300, 900))) & (x > shore_x(500) - 1500) & (y > 120)
    return np.where(lake, LAKE_LEVEL_M, z)
