# ruff: noqa: T201 - a benchmark prints
"""Stages, pixels per second and peak memory of the light map. `python tests/benchmarks/bench_light.py [megapixels ...]`.

A made town at 1 m; 0.25, 1 and 4 million pixels, each in a process of its own, numba's cache warm. CPU seconds stand beside wall
seconds: on a machine that does other things too only they can be compared. "first": tables are made; "again": they are remembered.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib import irradiance
from pvlib.location import Location

from solar import exposure, lightmap, orientation, slopes
from solar.horizon import Scene
from solar.irradiance import annual_irradiation, annual_map

SITE = SimpleNamespace(latitude=59.5, longitude=13.3, altitude=60.0)
SIZES = (0.25, 1.0, 4.0)
PITCH = 40
POINTS = 20_000


def year() -> pd.DataFrame:
    """A clear-sky year with seeded clouds: no place's weather."""
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    place = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    ghi = place.get_clearsky(index, model="haurwitz")["ghi"] * np.clip(
        0.62 + 0.3 * np.random.default_rng(1).normal(size=len(index)), 0.08, 1.0
    )
    split = irradiance.erbs(ghi, place.get_solarposition(index)["apparent_zenith"], index)
    return pd.DataFrame({"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"]}, index=index)


def town(side: int) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Surface, ground and crowns of a made town on a slope: a gabled house every PITCH metres, turned and sized by a seed, and trees."""
    rng = np.random.default_rng(2)
    x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    ground = 50 + 0.01 * x + 6 * np.sin(x / 210) * np.cos(y / 160)
    z, crowns = ground.copy(), np.zeros_like(ground)
    for row in range(PITCH // 2, side - PITCH // 2, PITCH):
        for col in range(PITCH // 2, side - PITCH // 2, PITCH):
            part = np.s_[row - 18 : row + 18, col - 18 : col + 18]
            u, v = np.meshgrid(np.arange(-18, 18), np.arange(-18, 18))
            turn, half, long = rng.uniform(0, np.pi), rng.uniform(4, 7), rng.uniform(6, 13)
            along, across = u * np.cos(turn) + v * np.sin(turn), -u * np.sin(turn) + v * np.cos(turn)
            inside = (np.abs(along) < long) & (np.abs(across) < half)
            roof = ground[row, col] + rng.uniform(3, 14) + np.tan(rng.uniform(0, 0.8)) * (half - np.abs(across))
            z[part] = np.where(inside, roof, z[part])
            if rng.random() < 0.5:
                crowns[row + 14 : row + 19, col + 14 : col + 19] = rng.uniform(5, 15)
    coords = {"y": 6_600_000.0 + np.arange(side)[::-1], "x": 410_000.0 + np.arange(side)}
    return tuple(xr.DataArray(a, dims=("y", "x"), coords=coords).rio.write_crs("EPSG:3006") for a in (z, ground, crowns))


def timed(name: str, work: Callable[[], object], pixels: int) -> object:
    """Run, print wall, CPU and pixels a second, and return the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {name:<34}{wall:8.3f} s wall {cpu:8.3f} s CPU {pixels / wall / 1e6:9.2f} Mpixel/s", flush=True)
    return answer


def one(megapixels: float) -> None:
    """Measure one size."""
    side = round((megapixels * 1e6) ** 0.5)
    weather, (dsm, dtm, trees) = year(), town(side)
    small = dsm.isel(y=slice(0, 100), x=slice(0, 100))
    annual_map(small, weather.iloc[:5000], site=SITE, dtm=dtm.isel(y=slice(0, 100), x=slice(0, 100)), trees=trees[:100, :100])
    annual_map(small, weather.iloc[:5000], site=SITE)  # numba's cache is loaded; tables of another year
    print(f"{side} x {side}")
    timed("whole call, 64 directions, first", lambda: annual_map(dsm, weather, site=SITE), side**2)
    timed("whole call, 64 directions, again", lambda: annual_map(dsm, weather, site=SITE), side**2)
    stages(dsm, weather, side**2)
    timed("whole call, with trees", lambda: annual_map(dsm, weather, site=SITE, dtm=dtm, trees=trees), side**2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:.0f} MB")
    if megapixels == 1.0:
        spots(dsm, weather)


def stages(dsm: xr.DataArray, weather: pd.DataFrame, pixels: int) -> None:
    """Measure the steps of `annual_map` one by one."""
    scene = timed("  surface model read", lambda: Scene.of(dsm, site=SITE), pixels)
    surface = np.ascontiguousarray(scene.surface.z[1:-1, 1:-1])
    timed("  slopes", lambda: slopes.gradients(surface, 1.0), pixels)
    field = lightmap._Field.of(scene, None)
    through = tuple(exposure.transmittance(exposure.TREE_TRANSMITTANCE))
    for directions in (32, 64):
        light = exposure.sky_and_tables(weather, SITE, model="perez-driesse", albedo=0.2, directions=directions)
        tables = lightmap._tables(light[1], through, monthly=False)
        courses = lightmap._Courses(scene, directions, 500.0)
        lost = timed(
            f"  sweep, {directions} directions", lambda t=tables, c=courses: lightmap._lost(field, c, t, monthly=False), pixels
        )
    net = orientation.Orientations.of(*light, monthly=False)
    timed(
        "  energies", lambda: orientation.finish((field.east, field.north, lost), net, (light[0], np.array(through)), 0.0), pixels
    )


def spots(dsm: xr.DataArray, weather: pd.DataFrame) -> None:
    """Measure roof points by rays."""
    rng = np.random.default_rng(4)
    side = dsm.sizes["x"]
    places = {"x": 410_000 + rng.uniform(1, side - 2, POINTS), "y": 6_600_000 + rng.uniform(1, side - 2, POINTS)}
    points = pd.DataFrame(places).assign(tilt_deg=rng.uniform(0, 45, POINTS), azimuth_deg=rng.uniform(0, 360, POINTS))
    annual_irradiation(dsm, weather, points.head(10), site=SITE)
    timed(f"{POINTS} points by rays, 64 directions", lambda: annual_irradiation(dsm, weather, points, site=SITE), POINTS)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        one(float(sys.argv[2]))
    else:
        for size in [float(a) for a in sys.argv[1:]] or SIZES:
            subprocess.run([sys.executable, __file__, "--one", str(size)], check=True)
