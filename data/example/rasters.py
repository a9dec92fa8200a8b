"""Grids of the example: surface, ground and tree models at 1 m, the far terrain at 50 m, as small GeoTIFFs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.example import shapes, terrain
from data.example.town import Town, Tree

CRS = "EPSG:3006"
NODATA = -9999.0
DSM_NOISE_M = 0.03  # laser noise left in a 1 m model, standard deviation
CANOPY_STEP_M = 0.1
FAR_CELL_M = 50.0
FAR_HALF_WIDTH_M = 8000.0
FAR_STEP_M = 0.5

Floats = npt.NDArray[np.float64]


def centres(town: Town) -> tuple[Floats, Floats]:
    """Return local x (columns) and y (rows, north first) of the cell centres of the 1 m models."""
    width, height = town.size
    return np.arange(width) + 0.5, np.arange(height)[::-1] + 0.5


def ground(town: Town) -> Floats:
    """Return the ground model (rows, columns) [m]."""
    return terrain.ground(*np.meshgrid(*centres(town)))


def surface(town: Town, *, noise_m: float = DSM_NOISE_M) -> Floats:
    """Return ground and buildings (rows, columns) [m]: the exact scene at each cell centre, plus noise on what is not water."""
    x, y = np.meshgrid(*centres(town))
    z = terrain.ground(x, y)
    for building in town.buildings:
        rows, columns = window(town, building.roof_edge.bounds)
        part = z[rows, columns]
        z[rows, columns] = np.fmax(part, shapes.height(building.facets, x[rows, columns], y[rows, columns]))
    noise = np.random.default_rng(town.seed + 2).normal(0, noise_m, z.shape)
    return z + np.where(terrain.is_water(x, y), 0.0, noise)


def window(town: Town, bounds: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Return the rows and columns of the cells that may lie inside local bounds."""
    width, height = town.size
    x0, y0, x1, y1 = bounds
    columns = slice(max(int(np.floor(x0)), 0), min(int(np.ceil(x1)), width))
    return slice(max(height - int(np.ceil(y1)), 0), min(height - int(np.floor(y0)), height)), columns


def crown(tree: Tree, x: Floats, y: Floats) -> Floats:
    """Return the top of a crown above ground at x, y [m], 0 outside: a cone for conifers, a half ellipsoid for the others."""
    r = np.hypot(x - tree.x, y - tree.y) / tree.radius_m
    if tree.evergreen:
        return np.where(r < 1, tree.height_m * (1 - 0.75 * r), 0.0)
    return np.where(r < 1, tree.height_m * (0.45 + 0.55 * np.sqrt(np.maximum(1 - r * r, 0))), 0.0)


def canopy(town: Town) -> Floats:
    """Return canopy height above ground (rows, columns) [m], 0 where there is no tree."""
    x, y = np.meshgrid(*centres(town))
    z = np.zeros_like(x)
    for tree in town.trees:
        r = tree.radius_m
        rows, columns = window(town, (tree.x - r, tree.y - r, tree.x + r, tree.y + r))
        z[rows, columns] = np.maximum(z[rows, columns], crown(tree, x[rows, columns], y[rows, columns]))
    return z


def write(town: Town, folder: Path) -> None:
    """Write ytmodell.tif, markmodell.tif, trad.tif and fjarran.tif."""
    east, north = town.corner[0], town.corner[1] + town.size[1]
    geotiff(folder / "ytmodell.tif", np.round(surface(town), 2), (east, north, 1.0))
    geotiff(folder / "markmodell.tif", np.round(ground(town), 2), (east, north, 1.0))
    geotiff(folder / "trad.tif", np.round(canopy(town) / CANOPY_STEP_M) * CANOPY_STEP_M, (east, north, 1.0))
    x, y = far_centres(town)
    z = terrain.far_ground(*np.meshgrid(x, y), seed=town.seed + 3)
    corner = (town.corner[0] + x[0] - FAR_CELL_M / 2, town.corner[1] + y[0] + FAR_CELL_M / 2, FAR_CELL_M)
    geotiff(folder / "fjarran.tif", np.round(z / FAR_STEP_M) * FAR_STEP_M, corner)


def far_centres(town: Town) -> tuple[Floats, Floats]:
    """Return local x and y (north first) of the far model's cell centres."""
    steps = np.arange(-FAR_HALF_WIDTH_M + FAR_CELL_M / 2, FAR_HALF_WIDTH_M, FAR_CELL_M)
    return town.size[0] / 2 + steps, town.size[1] / 2 + steps[::-1]


def geotiff(path: Path, z: Floats, corner: tuple[float, float, float]) -> None:
    """Write one band of float32 with lossless compression; `corner` is easting, northing of the upper left and the cell [m]."""
    import rasterio
    from rasterio.transform import from_origin

    east, north, cell = corner
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=z.shape[1],
        height=z.shape[0],
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(east, north, cell, cell),
        nodata=NODATA,
        compress="deflate",
        predictor=3,
        zlevel=9,
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as out:
        out.update_tags(TIFFTAG_IMAGEDESCRIPTION="EXEMPELDATA: invented terrain", AREA_OR_POINT="Area")
        out.write(z.astype(np.float32), 1)
