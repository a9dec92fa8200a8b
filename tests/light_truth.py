# ruff: noqa: PLR0917
"""A small made scene whose light is known, by slow code of its own: closed half-spaces instead of a height grid. For tests only.

Shares nothing with solar/: solids are convex, each an intersection of half-spaces, a ray is clipped against every one of them (Cyrus &
Beck 1978), the beam is asked at every sixth of an hour, the sky is a dome of rays. Sun positions and the open year are pvlib's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib import irradiance
from pvlib.location import Location

SITE = Location(59.5, 15.0, altitude=60)  # on EPSG:3006's central meridian, where grid north is true north
CRS = "EPSG:3006"
EAST, NORTH = 500_000.0, 6_600_000.0
SUB = 6
ALBEDO = 0.2


def weather(seed: int = 5) -> pd.DataFrame:
    """Haurwitz clear sky times seeded clouds, split by Erbs, at the middle of each hour. No place's weather."""
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    sun = SITE.get_solarposition(index)
    cloud = np.clip(0.62 + 0.3 * np.random.default_rng(seed).normal(size=len(index)), 0.08, 1.0)
    ghi = SITE.get_clearsky(index, model="haurwitz")["ghi"] * cloud
    split = irradiance.erbs(ghi, sun["apparent_zenith"], index)
    return pd.DataFrame({"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"]}, index=index)


def towards(zenith_deg, azimuth_deg):
    zenith, azimuth = np.radians(zenith_deg), np.radians(azimuth_deg)
    return np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)], axis=-1)


@dataclass(frozen=True)
class Solid:
    """Points p with a . p <= b for every row of a (m, 3), b (m,)."""

    a: np.ndarray
    b: np.ndarray

    def hides(self, point: np.ndarray, rays: np.ndarray) -> np.ndarray:
        """Say for each ray (n, 3) from a point whether it passes through the solid, a millimetre of touching forgiven."""
        room = self.b - self.a @ point
        slope = rays @ self.a.T
        with np.errstate(divide="ignore", invalid="ignore"):
            t = room / slope
        enter = np.where(slope < 0, t, np.where((slope == 0) & (room < 0), np.inf, -np.inf)).max(axis=1)
        leave = np.where(slope > 0, t, np.inf).min(axis=1)
        return leave > np.maximum(enter, 0) + 1e-3

    def top(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the solid's height at places, 0 outside."""
        room = self.b - x[..., None] * self.a[:, 0] - y[..., None] * self.a[:, 1]
        up, flat = self.a[:, 2] > 0, self.a[:, 2] == 0
        inside = (room[..., flat] >= -1e-9).all(axis=-1)
        return np.where(inside, (room[..., up] / self.a[up, 2]).min(axis=-1), 0.0)


def box(x0, x1, y0, y1, height) -> Solid:
    a = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, 1]], float)
    return Solid(a, np.array([-x0, x1, -y0, y1, height], float))


def gable(x0, x1, y0, y1, eaves, tilt_deg) -> Solid:
    """A house whose ridge runs east-west in the middle."""
    rise, middle = np.tan(np.radians(tilt_deg)), (y0 + y1) / 2
    walls = box(x0, x1, y0, y1, 1e3)
    half = (y1 - y0) / 2
    a = np.vstack([walls.a[:4], [[0, -rise, 1], [0, rise, 1]]])
    b = np.append(walls.b[:4], [eaves + rise * (half - middle), eaves + rise * (half + middle)])
    return Solid(a, b)


# walls stand at cell middles: a model's wall is as tall as told from its first cell's middle on, and ramps up before
TOWN = (
    box(60.5, 71.5, 30.5, 89.5, 18),  # a tall slab, east of the rest
    box(30.5, 49.5, 56.5, 67.5, 6),  # a flat roof west of it
    gable(30.5, 51.5, 20.5, 31.5, 4, 40),  # a gabled house south-west
    gable(84.5, 103.5, 50.5, 61.5, 5, 30),  # another behind the slab in the afternoon
)
SIDE = 130


def grid(solids=TOWN, side: int = SIDE, cell: float = 1.0, middle=(EAST, NORTH), crs=CRS) -> xr.DataArray:
    """Return the solids' surface model, sampled at cell middles; x, y of the scene count from its south-west corner."""
    x = (np.arange(side) + 0.5) * cell
    xx, yy = np.meshgrid(x, x[::-1])
    z = np.max([solid.top(xx, yy) for solid in solids], axis=0) if solids else np.zeros_like(xx)
    return array(z, cell, middle, crs)


def array(z, cell: float = 1.0, corner=(EAST, NORTH), crs=CRS) -> xr.DataArray:
    """Return heights (rows from the north) as a surface model whose south-west corner stands at a place."""
    x = corner[0] + (np.arange(np.shape(z)[1]) + 0.5) * cell
    y = corner[1] + (np.arange(np.shape(z)[0])[::-1] + 0.5) * cell
    return xr.DataArray(np.asarray(z, "float32"), dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(crs)


def receivers() -> pd.DataFrame:
    """Points of TOWN, by hand: x, y, z from the scene's corner, tilt, azimuth."""
    rows = []
    for x, y in ((33.5, 58.5), (41.5, 62.5), (47.5, 66.5), (49.5, 60.5)):
        rows.append((x, y, 6.0, 0.0, 180.0, "flat"))
    rise = np.tan(np.radians(40))
    for x, y in ((34.5, 22.5), (42.5, 24.5), (50.5, 21.5)):
        rows.append((x, y, 4 + rise * (y - 20.5), 40.0, 180.0, "gable"))
        rows.append((x, 52 - y, 4 + rise * (y - 20.5), 40.0, 0.0, "gable"))
    rise = np.tan(np.radians(30))
    for x, y in ((86.5, 52.5), (94.5, 54.5), (102.5, 51.5)):
        rows.append((x, y, 5 + rise * (y - 50.5), 30.0, 180.0, "gable"))
        rows.append((x, 112 - y, 5 + rise * (y - 50.5), 30.0, 0.0, "gable"))
    for x, y in ((56.5, 60.5), (20.5, 45.5), (75.5, 60.5), (110.5, 80.5)):
        rows.append((x, y, 0.0, 0.0, 180.0, "ground"))
    points = pd.DataFrame(rows, columns=["x", "y", "z", "tilt_deg", "azimuth_deg", "kind"])
    return points.assign(x=points["x"] + EAST, y=points["y"] + NORTH)


def truth(points: pd.DataFrame, year: pd.DataFrame, solids=TOWN) -> pd.DataFrame:
    """Return beam, diffuse, reflected, total [kWh/m2] and view of points, Hay-Davies, six sun positions an hour."""
    lit = year[year["ghi"] > 0]
    offsets = pd.to_timedelta((np.arange(SUB) + 0.5) / SUB * 60 - 30, unit="min")
    sub = [SITE.get_solarposition(lit.index + o)[["apparent_zenith", "azimuth"]].to_numpy() for o in offsets]
    zenith, azimuth = np.stack([s[:, 0] for s in sub]), np.stack([s[:, 1] for s in sub])
    up = zenith < 90
    rays = towards(zenith, azimuth)
    index = (lit["dni"] / irradiance.get_extra_radiation(lit.index)).to_numpy()
    middle = np.maximum(np.cos(np.radians(SITE.get_solarposition(lit.index)["apparent_zenith"].to_numpy())), 0.01745)
    strength = (lit["dni"].to_numpy(), lit["dhi"].to_numpy() * index / middle)
    isotropic = (lit["dhi"].to_numpy() * (1 - index)).sum() / 1000
    ground = ALBEDO * lit["ghi"].sum() / 1000
    dome, weight = _dome()
    rows = []
    for point in points.itertuples():
        place = np.array([point.x - EAST, point.y - NORTH, point.z])
        normal = towards(point.tilt_deg, point.azimuth_deg)
        place = place + 1e-4 * normal
        free = ~np.any([s.hides(place, rays[up]) for s in solids], axis=0)
        cosine = np.zeros(up.shape)
        cosine[up] = np.maximum(rays[up] @ normal, 0) * free
        mean = cosine.sum(axis=0) / np.maximum(up.sum(axis=0), 1)
        beam, around = ((mean * s).sum() / 1000 for s in strength)
        face = np.maximum(dome @ normal, 0) * weight
        view = face[~np.any([s.hides(place, dome) for s in solids], axis=0)].sum() / np.pi
        rows.append((beam, around + isotropic * view, ground * (1 - view), view))
    frame = pd.DataFrame(rows, columns=["beam", "diffuse", "reflected", "view"], index=points.index)
    return frame.assign(total=frame["beam"] + frame["diffuse"] + frame["reflected"])


def _dome():
    """Rays over the upper half of the sky, a degree apart, with their solid angles."""
    height, turn = np.meshgrid(np.arange(90) + 0.5, np.arange(360) + 0.5, indexing="ij")
    weight = np.cos(np.radians(height)) * np.radians(1) ** 2
    return towards(90 - height.ravel(), turn.ravel()), weight.ravel()


def pvlib_year(year: pd.DataFrame, tilt: float, azimuth: float, model: str) -> pd.Series:
    """Return pvlib's open year [kWh/m2] of a plane, sun at the interval's middle, by component."""
    from pvlib.atmosphere import get_relative_airmass

    times = year.index
    sun = SITE.get_solarposition(times)
    extra = irradiance.get_extra_radiation(times)
    mass = get_relative_airmass(sun["apparent_zenith"])
    parts = irradiance.get_total_irradiance(
        tilt, azimuth, sun["apparent_zenith"], sun["azimuth"], year["dni"], year["ghi"],
        year["dhi"], dni_extra=extra, airmass=mass, albedo=ALBEDO, model=model,
    )  # fmt: skip
    return parts.fillna(0.0).sum() / 1000


def score(got: np.ndarray, want: np.ndarray) -> tuple[float, float]:
    """Return bias and root mean square error in per cent of the mean."""
    error = np.asarray(got) - np.asarray(want)
    return 100 * error.mean() / np.mean(want), 100 * np.sqrt((error**2).mean()) / np.mean(want)
