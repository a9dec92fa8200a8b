"""The open year (docs/metod/instralning.md, I1, I2, I10): pvlib's own functions are the truth, called plane by plane."""

from types import SimpleNamespace

import light_truth as made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solar import sky
from solar.irradiance import annual_irradiation

PLANES = [(0, 180), (15, 90), (30, 180), (43, 200), (35, 270), (60, 0), (90, 135), (90, 300)]
FLAT = made.grid(())


@pytest.fixture(scope="module")
def year():
    return made.weather()


def open_points(planes, offset=0.5):
    rows = [(made.EAST + 60 + offset, made.NORTH + 60 + offset, tilt, azimuth) for tilt, azimuth in planes]
    return pd.DataFrame(rows, columns=["x", "y", "tilt_deg", "azimuth_deg"])


@pytest.mark.parametrize("model", ["perez-driesse", "perez", "haydavies"])
def test_unobstructed_year_is_pvlib_within_a_hundredth_of_a_per_cent(year, model):  # I1
    got = annual_irradiation(FLAT, year, open_points(PLANES), site=made.SITE, model=model)
    for (tilt, azimuth), row in zip(PLANES, got.itertuples(), strict=True):
        want = made.pvlib_year(year, tilt, azimuth, model)
        assert row.total_kwh_m2 == pytest.approx(want["poa_global"], rel=1e-4)
        assert row.beam_kwh_m2 == pytest.approx(want["poa_direct"], rel=1e-4)
        assert row.diffuse_kwh_m2 == pytest.approx(want["poa_sky_diffuse"], rel=1e-4)
        assert row.reflected_kwh_m2 == pytest.approx(want["poa_ground_diffuse"], rel=1e-4, abs=1e-3)
        assert (row.loss_trees, row.loss_near, row.loss_far) == pytest.approx((0, 0, 0), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(tilt=st.floats(0, 90), azimuth=st.floats(0, 360))
def test_any_orientation_is_pvlib(year, tilt, azimuth):  # I1
    got = annual_irradiation(FLAT, year, open_points([(tilt, azimuth)]), site=made.SITE)["total_kwh_m2"].iloc[0]
    assert got == pytest.approx(made.pvlib_year(year, tilt, azimuth, "perez-driesse")["poa_global"], rel=1e-4)


@pytest.mark.parametrize(("tilt", "azimuth", "least"), [(30, 90, 3e-3), (30, 270, 3e-3), (90, 90, 1e-2)])
def test_a_slip_of_five_minutes_is_caught(year, tilt, azimuth, least):  # I2
    slipped = year.set_axis(year.index + pd.Timedelta(minutes=5))
    right = made.pvlib_year(year, tilt, azimuth, "perez-driesse")["poa_global"]
    got = annual_irradiation(FLAT, slipped, open_points([(tilt, azimuth)]), site=made.SITE)["total_kwh_m2"].iloc[0]
    assert abs(got / right - 1) > least, "thirty times what I1 forgives"


def test_local_time_is_the_same_moment(year):
    swedish = year.tz_convert("Europe/Stockholm")
    points = open_points([(30, 120)])
    a, b = (annual_irradiation(FLAT, w, points, site=made.SITE)["total_kwh_m2"].iloc[0] for w in (year, swedish))
    assert a == pytest.approx(b, rel=1e-9)


def test_every_position_within_the_hour_is_there_once(year):
    """The tables' beam on a plane with an open horizon is the beam of six positions an hour."""
    found = sky.year(year, made.SITE)
    tables = sky.tables(found, directions=64)
    direct = tables.direct.reshape(64, -1, 2, 12, 2)[:, 0]
    lit = year[year["ghi"] > 0]
    up, steps = [], pd.to_timedelta((np.arange(6) + 0.5) * 10 - 30, unit="min")
    for step in steps:
        zenith = made.SITE.get_solarposition(lit.index + step)["apparent_zenith"].to_numpy()
        up.append(np.where(zenith < 90, np.cos(np.radians(zenith)), 0))
    mean = np.sum(up, axis=0) / np.maximum((np.array(up) > 0).sum(axis=0), 1)
    assert direct[:, 1, :, 0].sum() == pytest.approx((mean * lit["dni"]).sum() / 1000, rel=1e-5)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda w: w.tz_localize(None), "tz-aware"),
        (lambda w: w.drop(columns="dni"), "lacks dni"),
        (lambda w: w.assign(dhi=w["dhi"].where(w["dhi"] < 100)), "gaps"),
    ],
)
def test_weather_that_cannot_be_used_is_refused(year, spoil, said):
    with pytest.raises(ValueError, match=said):
        sky.year(spoil(year), made.SITE)


def test_unknown_model_is_refused(year):
    with pytest.raises(ValueError, match="isotropic"):
        sky.year(year, made.SITE, model="isotropic")


def test_site_is_never_read_off_the_coordinates(year):
    """The same model at a site two degrees east, where noon is eight minutes earlier: another year, though the coordinates are the same."""
    east = SimpleNamespace(latitude=59.5, longitude=17.0, altitude=60)
    a, b = (annual_irradiation(FLAT, year, open_points([(30, 90)]), site=s)["total_kwh_m2"].iloc[0] for s in (made.SITE, east))
    assert abs(a / b - 1) > 0.005
