"""CPU seconds and peak memory of the electricity chain for 20 000 planes. `python tests/benchmarks/bench_power.py [planes]`."""

import resource
import sys
import time

import numpy as np
import pandas as pd
import xarray as xr
from pvlib import irradiance
from pvlib.location import Location

from data.settings import SolarSettings
from solar import chain, power

CHUNK = 1000
DIFFERENT = 50


def year() -> pd.DataFrame:
    """A clear-sky year with seeded clouds and a winter's snow: no place's weather."""
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    place = Location(59.5, 13.3, altitude=60)
    cloud = np.clip(0.62 + 0.3 * np.random.default_rng(1).normal(size=len(index)), 0.08, 1.0)
    ghi = place.get_clearsky(index, model="haurwitz")["ghi"] * cloud
    split = irradiance.erbs(ghi, place.get_solarposition(index)["apparent_zenith"], index)
    depth = np.where((index.month <= 2) & (index.day < 20), 12.0, 0.0)
    columns = {"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"], "temp_air": 6.0, "wind_speed": 2.0, "snow_depth": depth}
    return pd.DataFrame(columns, index=index)


def plane_light(weather: pd.DataFrame) -> xr.Dataset:
    """Light on DIFFERENT planes, hours with light only."""
    sun = Location(59.5, 13.3, altitude=60).get_solarposition(weather.index)
    extra = irradiance.get_extra_radiation(weather.index)
    tilts, turns = np.linspace(0, 60, DIFFERENT), np.linspace(90, 270, DIFFERENT)
    sky = (sun["apparent_zenith"], sun["azimuth"], weather["dni"], weather["ghi"], weather["dhi"])
    parts = [
        irradiance.get_total_irradiance(t, a, *sky, dni_extra=extra, model="haydavies").fillna(0.0)
        for t, a in zip(tilts, turns, strict=True)
    ]
    lit = (weather["ghi"] > 0).to_numpy()
    data = {name: (("time", "plane"), np.stack([p[name] for p in parts], axis=1).astype("float32")[lit]) for name in chain.POA}
    angle = [irradiance.aoi(t, a, sun["apparent_zenith"], sun["azimuth"]) for t, a in zip(tilts, turns, strict=True)]
    data["aoi"] = (("time", "plane"), np.stack(angle, axis=1).astype("float32")[lit])
    data["sunlit_fraction"] = (("time", "plane"), np.full((lit.sum(), DIFFERENT), 0.9, "float32"))
    data["solar_zenith"] = ("time", sun["apparent_zenith"].to_numpy()[lit])
    return xr.Dataset(data, coords={"time": weather.index[lit].tz_localize(None), "plane": np.arange(DIFFERENT)})


def main(planes: int) -> None:
    """Print CPU seconds in all and per plane, and peak memory."""
    weather = year()
    some = plane_light(weather)
    names = [[f"b{c}-{i}" for i in range(min(CHUNK, planes - c))] for c in range(0, planes, CHUNK)]
    rows = pd.DataFrame({"tilt_deg": np.linspace(0, 60, DIFFERENT), "azimuth_deg": 180.0, "share": 1.0, "is_rack": False})
    rows = rows.assign(pitch_m=2.5, slant_m=1.134)
    arrays = pd.concat(
        [rows.iloc[np.arange(len(n)) % DIFFERENT].assign(array_id=n, plane_id=n) for n in names], ignore_index=True
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    chunks = (some.isel(plane=np.arange(len(n)) % DIFFERENT).assign_coords(plane=n) for n in names)
    power.energy(chunks, weather, arrays, SolarSettings())
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = 1000 * spent / planes
    sys.stdout.write(f"{planes} planes: {spent:.1f} CPU s, {each:.2f} ms a plane, peak {peak:.0f} MB ({before:.0f} before)\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
