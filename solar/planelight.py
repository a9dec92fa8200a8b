"""Light on roof planes: sample points, a year per plane, horizons for diagrams, hourly series. docs/metod/instralning.md.

light = plane_light(dsm, weather, planes, site=site, dtm=dtm, trees=trees, far=far, spacing_m=1.0)
light.annual, light.monthly, light.horizon
for chunk in hourly_poa(light): ...                       # Dataset (time, plane)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from solar import exposure, sky, suncells
from solar.frames import centres, convergence_deg
from solar.horizon import Horizons, Scene
from solar.sky import Model, SkyYear

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

MOST_POINTS = 150
"""Sample points on one plane at most; on larger ones they stand farther apart."""
OBSTACLE_M = 0.5
"""Where the surface rises this far above the plane [m] stands a chimney or a crown: no module, no sample point."""
KNOWN_SHARE = 0.5
"""A plane with less than this share of its points on the model has no answer."""
PLANES_AT_A_TIME = 512
CAUSES = ("near", "trees", "far")
"""Causes of a horizon: buildings and ground within near_m, crowns, terrain beyond."""


@dataclass(frozen=True)
class PlaneLight:
    """A year's light on planes. Tables on plane_id, in the order of the planes.

    annual: sky_view, poa_kwh_m2, poa_unshaded_kwh_m2, loss_trees, loss_near, loss_far (shares of the unshaded year), points (number of
    sample points). monthly: poa [kWh/m2] in columns 1-12. horizon: (plane, direction, cause) elevation angles [deg] of what rises above
    the plane itself, mean over its points; direction [deg] clockwise from true north. Planes off the model have NaN.
    The rest is what `hourly_poa` needs: tilt and azimuth by plane, the sky, transmittance by month, monthly view factor of the sky and
    share left of the horizon band (plane, 12), and the shares of points the sun reaches, per cell of the sky (uint8, 255 = all).
    """

    annual: pd.DataFrame
    monthly: pd.DataFrame
    horizon: xr.DataArray
    tilt_deg: np.ndarray
    azimuth_deg: np.ndarray
    sky: SkyYear
    cells: suncells.SunCells
    through: np.ndarray
    view: np.ndarray
    band: np.ndarray
    lit_solid: np.ndarray
    lit_top: np.ndarray | None


def plane_points(planes: gpd.GeoDataFrame, *, spacing_m: float) -> pd.DataFrame:
    """Return sample points inside every plane's polygon: plane_id, x, y, z [m], tilt_deg, azimuth_deg; at least one a plane.

    planes: plane_id, tilt_deg, azimuth_deg (true north), polygons in metres. Points stand on a square lattice about the polygon's
    centroid, so they do not depend on other planes or tiles; beyond MOST_POINTS the lattice widens. z: height of the plane at the point
    where z_m (at the centroid) is known, else NaN; racks stand on the roof (roof_tilt_deg, roof_azimuth_deg), whose height they take.
    """
    import pandas as pd

    polygons = planes.geometry.to_numpy()
    middle = shapely.centroid(polygons)
    cx, cy = shapely.get_x(middle), shapely.get_y(middle)
    owner, dx, dy = _lattice(polygons, cx, cy, np.maximum(spacing_m, np.sqrt(shapely.area(polygons) / MOST_POINTS)))
    bare = np.setdiff1d(np.arange(len(polygons)), owner)
    if len(bare):
        spot = shapely.point_on_surface(polygons[bare])
        owner = np.concatenate([owner, bare])
        dx = np.concatenate([dx, shapely.get_x(spot) - cx[bare]])
        dy = np.concatenate([dy, shapely.get_y(spot) - cy[bare]])
        order = np.argsort(owner, kind="stable")
        owner, dx, dy = owner[order], dx[order], dy[order]
    own = {name: planes[name].to_numpy()[owner] for name in ("plane_id", "tilt_deg", "azimuth_deg")}
    points = pd.DataFrame({"plane_id": own["plane_id"], "x": cx[owner] + dx, "y": cy[owner] + dy})
    points["z"] = _plane_heights(planes)[owner] - (_downhill(planes)[owner] * np.column_stack([dx, dy])).sum(axis=1)
    return points.assign(tilt_deg=own["tilt_deg"], azimuth_deg=own["azimuth_deg"])


def _lattice(
    polygons: np.ndarray, cx: np.ndarray, cy: np.ndarray, spacing: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return owner, dx, dy of the lattice points inside each polygon, offsets from its centroid."""
    bounds = shapely.bounds(polygons)
    west, south = np.ceil((bounds[:, 0] - cx) / spacing), np.ceil((bounds[:, 1] - cy) / spacing)
    columns = (np.floor((bounds[:, 2] - cx) / spacing) - west + 1).astype(int)
    rows = (np.floor((bounds[:, 3] - cy) / spacing) - south + 1).astype(int)
    counts = columns * rows
    owner = np.repeat(np.arange(len(polygons)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    dx = (west[owner] + number % columns[owner]) * spacing[owner]
    dy = (south[owner] + number // columns[owner]) * spacing[owner]
    shapely.prepare(polygons)
    inside = shapely.contains_xy(polygons[owner], cx[owner] + dx, cy[owner] + dy)
    return owner[inside], dx[inside], dy[inside]


def _plane_heights(planes: gpd.GeoDataFrame) -> np.ndarray:
    return planes["z_m"].to_numpy(float) if "z_m" in planes else np.full(len(planes), np.nan)


def _downhill(planes: gpd.GeoDataFrame) -> np.ndarray:
    """Return (n, 2) fall of the roof [m per m east, north of the grid]."""
    on_roof = "roof_tilt_deg" in planes and "roof_azimuth_deg" in planes
    tilt = planes["roof_tilt_deg" if on_roof else "tilt_deg"].to_numpy(float)
    azimuth = planes["roof_azimuth_deg" if on_roof else "azimuth_deg"].to_numpy(float)
    azimuth = np.radians(azimuth - convergence_deg(centres(planes.geometry.to_numpy()), planes.crs))
    return np.tan(np.radians(tilt))[:, None] * np.column_stack([np.sin(azimuth), np.cos(azimuth)])


def plane_light(  # noqa: PLR0913 - the published signature
    dsm: xr.DataArray,
    weather: pd.DataFrame,
    planes: gpd.GeoDataFrame,
    *,
    site: Any,
    dtm: xr.DataArray | None = None,
    trees: xr.DataArray | None = None,
    far: xr.DataArray | None = None,
    tree_transmittance: float | Sequence[float] = exposure.TREE_TRANSMITTANCE,
    directions: int = exposure.DIRECTIONS,
    near_m: float = exposure.NEAR_M,
    model: Model = "perez-driesse",
    albedo: float = exposure.ALBEDO,
    spacing_m: float = 1.0,
) -> PlaneLight:
    """Return the year's light on planes (plane_id, tilt_deg, azimuth_deg, polygons in the dsm's CRS; z_m where known).

    The other arguments as in `annual_irradiation`. A plane's numbers are means over its sample points. The points stand on the plane
    or on the surface, whichever is higher, less those where an obstacle stands; without z_m on the surface.
    Raises ValueError for planes in another CRS than the dsm and for a plane_id that occurs twice.
    """
    scene = Scene.of(dsm, site=site, dtm=dtm, trees=trees, far=far)
    _check(planes, dsm)
    year_sky, tables = exposure.sky_and_tables(weather, site, model=model, albedo=albedo, directions=directions)
    through = exposure.transmittance(tree_transmittance)
    points, owner = _seated(scene, plane_points(planes, spacing_m=spacing_m), planes)
    cells = suncells.sun_cells(year_sky, directions)
    sums = _Sums(len(planes), directions, cells, crowns=trees is not None)
    for part in _parts(owner, len(planes)):
        some = points.iloc[part]
        horizons = scene.horizons(some, directions=directions, near_m=near_m)
        light = exposure.Exposure.of(horizons, some[["tilt_deg", "azimuth_deg"]].to_numpy(float), (year_sky, tables), through)
        sums.add(owner[part], horizons, light)
    return sums.result(planes, year_sky, through)


def _check(planes: gpd.GeoDataFrame, dsm: xr.DataArray) -> None:
    import rioxarray  # noqa: F401 - gives .rio

    if planes["plane_id"].duplicated().any():
        raise ValueError("planes: plane_id occurs more than once")
    if planes.crs is None or planes.crs != dsm.rio.crs:
        raise ValueError(f"planes are in {planes.crs}, the surface model in {dsm.rio.crs}")


def _seated(scene: Scene, points: pd.DataFrame, planes: gpd.GeoDataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the points that count, with their height, and which plane (position) each belongs to."""
    import pandas as pd

    owner = pd.Index(planes["plane_id"]).get_indexer(points["plane_id"])
    surface = scene.surface.at(points["x"].to_numpy(), points["y"].to_numpy())
    plane = points["z"].to_numpy(float)
    known = np.isfinite(surface)
    above = np.where(np.isfinite(plane), surface - plane, 0.0)
    clear = known & (above < OBSTACLE_M)
    count = lambda flags: np.bincount(owner[flags], minlength=len(planes))[owner]  # noqa: E731
    everything = count(np.ones(len(owner), bool))
    mostly_clear = count(clear) * 2 > count(known)
    z = np.where(mostly_clear, np.fmax(plane, surface), surface)
    keep = known & (clear | ~mostly_clear) & (count(known) >= KNOWN_SHARE * everything)
    return points.assign(z=z)[keep], owner[keep]


def _parts(owner: np.ndarray, planes: int) -> Iterator[slice]:
    """Yield slices of points, whole planes each (owner rises)."""
    edges = np.searchsorted(owner, np.arange(0, planes + PLANES_AT_A_TIME, PLANES_AT_A_TIME))
    for start, stop in itertools.pairwise(edges):
        if stop > start:
            yield slice(start, stop)


class _Sums:
    """Gathers planes chunk by chunk; arrays by plane, NaN until they have points."""

    def __init__(self, planes: int, directions: int, cells: suncells.SunCells, *, crowns: bool) -> None:
        self.points = np.zeros(planes, int)
        self.energy = {state: np.full(planes, np.nan) for state in ("open", "far", "near", "all")}
        self.monthly, self.view, self.band = (np.full((planes, 12), np.nan) for _ in range(3))
        self.sky_view = np.full(planes, np.nan)
        self.angles = np.full((planes, directions, len(CAUSES)), np.nan, np.float32)
        self.cells = cells
        self.lit_solid = np.zeros((planes, cells.count), np.uint8)
        self.lit_top = np.zeros((planes, cells.count), np.uint8) if crowns else None

    def add(self, owner: np.ndarray, horizons: Horizons, light: exposure.Exposure) -> None:
        """Add whole planes: owner (n,) rising."""
        planes, first, count = np.unique(owner, return_index=True, return_counts=True)

        def mean(values: np.ndarray) -> np.ndarray:
            shape = (len(planes),) + (1,) * (values.ndim - 1)
            return np.add.reduceat(values, first, axis=0, dtype=np.float64) / count.reshape(shape)

        self.points[planes] = count
        for state, values in self.energy.items():
            values[planes] = mean(light.total(state))
        self.monthly[planes] = mean(light.all.sum(axis=2))
        self.view[planes], self.band[planes] = mean(light.view), mean(light.band)
        self.sky_view[planes] = mean(light.sky_view)
        for number, cause in enumerate(CAUSES):
            self.angles[planes, :, number] = mean(_angles(getattr(horizons, cause), horizons.own))
        self.lit_solid[planes] = self.cells.lit(_raised(horizons.solid, horizons.own), first, count)
        if self.lit_top is not None:
            self.lit_top[planes] = self.cells.lit(_raised(horizons.top, horizons.own), first, count)

    def result(self, planes: gpd.GeoDataFrame, year_sky: SkyYear, through: np.ndarray) -> PlaneLight:
        """Return everything gathered."""
        import pandas as pd
        import xarray as xr

        index = pd.Index(planes["plane_id"], name="plane_id")
        open_, far, near, last = self.energy.values()
        losses = {"loss_trees": near - last, "loss_near": far - near, "loss_far": open_ - far}
        annual = {"sky_view": self.sky_view, "poa_kwh_m2": last, "poa_unshaded_kwh_m2": open_}
        annual |= {name: np.clip(lost / open_, 0.0, 1.0) for name, lost in losses.items()}
        directions = np.arange(self.angles.shape[1]) * 360.0 / self.angles.shape[1]
        coords = {"plane": index.to_numpy(), "direction": directions, "cause": list(CAUSES)}
        return PlaneLight(
            annual=pd.DataFrame({**annual, "points": self.points}, index=index),
            monthly=pd.DataFrame(self.monthly, index=index, columns=range(1, 13)),
            horizon=xr.DataArray(self.angles, dims=tuple(coords), coords=coords, attrs={"units": "deg"}),
            tilt_deg=planes["tilt_deg"].to_numpy(float),
            azimuth_deg=planes["azimuth_deg"].to_numpy(float),
            sky=year_sky,
            cells=self.cells,
            through=through,
            view=self.view,
            band=self.band,
            lit_solid=self.lit_solid,
            lit_top=self.lit_top,
        )


def _raised(slopes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return slopes where they rise above the plane itself, else 0: behind its own plane the sun is cut by the incidence angle."""
    return np.where(slopes > own * np.float32(1.00001), slopes, np.float32(0.0))


def _angles(slopes: np.ndarray | None, own: np.ndarray) -> np.ndarray:
    return np.zeros_like(own) if slopes is None else np.degrees(np.arctan(_raised(slopes, own)))


def hourly_poa(light: PlaneLight, plane_ids: Sequence[str] | None = None, *, chunk: int = 1000) -> Iterator[xr.Dataset]:
    """Yield Datasets (time, plane) of at most `chunk` planes, float32, on the intervals with light only.

    poa_direct (beam and circumsolar, shade taken), poa_sky_diffuse, poa_ground_diffuse [W/m2], aoi [deg], sunlit_fraction (share of
    the direct light that reaches the plane: points in the sun, crowns by their transmittance), solar_zenith (time) [deg]. `time`: UTC
    without zone, middle of the interval; the sun stands at the middle of its sunlit part. Planes off the model are left out.
    """
    import pandas as pd

    index = light.annual.index
    chosen = np.arange(len(index)) if plane_ids is None else index.get_indexer(pd.Index(plane_ids))
    if (chosen < 0).any():
        raise KeyError(f"no such plane: {[p for p, c in zip(plane_ids, chosen, strict=True) if c < 0][:5]}")
    chosen = chosen[light.annual["points"].to_numpy()[chosen] > 0]
    for start in range(0, len(chosen), chunk):
        yield _series(light, chosen[start : start + chunk])


def _series(light: PlaneLight, planes: np.ndarray) -> xr.Dataset:
    import xarray as xr

    year_sky, at, month = light.sky, light.sky.sunlit, light.sky.month
    facing = sky.normals(light.tilt_deg[planes], light.azimuth_deg[planes]).astype(np.float32)
    cosine = np.clip(at.sun.astype(np.float32) @ facing.T, -1.0, 1.0)
    lit = _sunlit(light, planes)
    direct = np.maximum(cosine, 0.0) * lit * (year_sky.beam + at.circumsolar).astype(np.float32)[:, None]
    view, band = (values[planes].astype(np.float32).T[month] for values in (light.view, light.band))
    lean = np.sin(np.radians(light.tilt_deg[planes])).astype(np.float32)
    diffuse = at.isotropic.astype(np.float32)[:, None] * view + at.band.astype(np.float32)[:, None] * band * lean
    series = {
        "poa_direct": direct,
        "poa_sky_diffuse": np.maximum(diffuse, 0.0),
        "poa_ground_diffuse": year_sky.ground.astype(np.float32)[:, None] * (1.0 - view),
        "aoi": np.degrees(np.arccos(cosine)),
        "sunlit_fraction": lit,
    }
    data = {name: (("time", "plane"), values) for name, values in series.items()}
    data["solar_zenith"] = (("time",), at.zenith.astype(np.float32))
    times = year_sky.times.tz_convert("UTC").tz_localize(None).to_numpy()
    return xr.Dataset(data, coords={"time": times, "plane": light.annual.index.to_numpy()[planes]})


def _sunlit(light: PlaneLight, planes: np.ndarray) -> np.ndarray:
    """Return (hours, planes) share of the direct light that comes through."""
    solid = light.cells.over_time(light.lit_solid[planes])
    if light.lit_top is None:
        return solid
    through = light.through.astype(np.float32)[light.sky.month][:, None]
    return through * solid + (1.0 - through) * light.cells.over_time(light.lit_top[planes])
