"""The example: the same files from the same seed, enough of everything, a year of weather that resembles measured ones.

The reference ratios and diffuse shares of Arlanda (TMYx 2007-2021) and Göteborg (1977) were computed from their GHI alone, split by
Erbs at the middle of the sunlit part of the hour, transposed with Perez-Driesse at albedo 0.2: docs/metod/exempelvader.md, V1 to V3.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest

from data.example import lists, town, weather_model
from kil.project import example_folder

INDATA = example_folder() / "indata"
ARLANDA = {"S30": 1.195, "EW30": 0.974, "N30": 0.689}
GOTEBORG = {"S30": 1.178, "EW30": 0.936, "N30": 0.684}
PUBLISHED_KWH_M2 = [9, 23, 73, 117, 154, 179, 175, 136, 88, 37, 11, 5]


@pytest.fixture(scope="module")
def weather():
    return pd.read_csv(INDATA / "vader.csv", comment="#", index_col="tid", parse_dates=True)


def test_the_same_seed_gives_the_same_weather_file(tmp_path):
    """V3."""
    weather_model.write(tmp_path / "vader.csv")
    fresh, shipped = (pd.read_csv(folder / "vader.csv", comment="#", index_col="tid") for folder in (tmp_path, INDATA))
    pd.testing.assert_frame_equal(fresh, shipped, rtol=0, atol=0.11)  # one unit of the last decimal


def test_the_same_seed_gives_the_same_lists(tmp_path):
    lists.write(town.build(), tmp_path)
    for name in ("fastigheter.xlsx", "anlaggningar.xlsx"):
        fresh, shipped = pd.read_excel(tmp_path / name, engine="calamine"), pd.read_excel(INDATA / name, engine="calamine")
        pd.testing.assert_frame_equal(fresh, shipped)


def test_the_town_holds_what_a_municipality_holds():
    buildings = gpd.read_file(INDATA / "byggnader.gpkg")
    truth = gpd.read_file(INDATA.parent / "facit.gpkg", layer="takytor")
    facilities = pd.read_excel(INDATA / "fastigheter.xlsx", engine="calamine")
    assert buildings["objektidentitet"].nunique() >= 150
    assert len(facilities) >= 25
    uses = " ".join(facilities["Verksamhet"].dropna().str.lower())
    assert all(word in uses for word in ("skola", "äldreboende", "idrottshall", "vattenverk"))
    assert (facilities["Kulturvärde"] == "hinder").any() or facilities["Kulturvärde"].notna().any()
    tilted = truth[~truth["is_flat"].astype(bool)]
    assert truth["is_flat"].astype(bool).sum() >= 10
    assert tilted["tilt_deg"].min() < 8
    assert tilted["tilt_deg"].max() > 43
    assert np.histogram(tilted["azimuth_deg"], bins=8, range=(0, 360))[0].min() >= 10
    assert facilities.isna().to_numpy().mean() > 0.1  # gaps, as in a real list


def test_months_are_the_published_sums(weather):
    """V1."""
    monthly = weather["ghi_w_m2"].groupby(weather.index.month).sum() / 1000
    assert monthly.tolist() == pytest.approx(PUBLISHED_KWH_M2, abs=0.01)


def test_the_sky_is_as_northern_skies_are(weather):
    """V2."""
    ratios, diffuse = _ratios(weather)
    assert 0.48 <= diffuse <= 0.56
    for name, ratio in ratios.items():
        low, high = sorted((ARLANDA[name], GOTEBORG[name]))
        assert 0.98 * low <= ratio <= 1.02 * high, name


def test_snow_lies_about_as_long_as_in_karlstad(weather):
    """79 days in a mean winter 1904-2014, 10 to 146 in single ones (SMHI, in Nya Wermlands-Tidningen 2015-02-10)."""
    days = weather["snodjup_m"].resample("D").max()
    assert 60 <= (days >= 0.01).sum() <= 100


def _ratios(weather):
    """S30, (E30 + W30) / 2 and N30 over the horizontal, and the diffuse share, by pvlib alone."""
    times = weather.index
    ghi, dhi, dni = (weather[name].to_numpy() for name in ("ghi_w_m2", "dhi_w_m2", "dni_w_m2"))
    steps = np.arange(-27.5, 30, 5)
    heights = [
        pvlib.solarposition.get_solarposition(times + pd.Timedelta(minutes=m), 59.5, 13.32, 65)["apparent_elevation"]
        for m in steps
    ]
    up = np.stack(heights) > 0
    middle = (steps[:, None] * up).sum(0) / np.maximum(up.sum(0), 1)
    sun = pvlib.solarposition.get_solarposition(times + pd.to_timedelta(middle, unit="min"), 59.5, 13.32, 65)
    zenith = sun["apparent_zenith"].to_numpy()
    extra = pvlib.irradiance.get_extra_radiation(times).to_numpy()
    airmass = pvlib.atmosphere.get_relative_airmass(zenith)

    def year(tilt, azimuth):
        light = pvlib.irradiance.get_total_irradiance(
            tilt,
            azimuth,
            zenith,
            sun["azimuth"].to_numpy(),
            dni,
            ghi,
            dhi,
            dni_extra=extra,
            airmass=airmass,
            albedo=0.2,
            model="perez-driesse",
        )
        return np.nansum(light["poa_global"])

    ratios = {"S30": year(30, 180), "EW30": (year(30, 90) + year(30, 270)) / 2, "N30": year(30, 0)}
    return {name: value / ghi.sum() for name, value in ratios.items()}, dhi.sum() / ghi.sum()
