"""Trends (docs/metod/utslapp.md, P14-P16).

Klimatkollen's published slope for Kil is -599.079 t a year (least absolute deviations from 2015, edition to 2024); Theil-Sen gives -54 and
least squares -159 on the same six points. The shared test takes the published slopes of all 290 municipalities.
"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import theilslopes

from climate.trend import METHODS, line, trend

KIL = {2015: 50867.101, 2020: 46235.908, 2021: 47833.56, 2022: 45031.325, 2023: 46074.47, 2024: 52687.731}

series = st.lists(st.tuples(st.integers(1990, 2030), st.integers(0, 10_000)), min_size=3, max_size=12, unique_by=lambda p: p[0])


def slopes(found):
    return {fit.method: fit.slope for fit in found.fits}


def test_kils_published_slope():
    found = trend(KIL, since=2015, target=77238.132 / 2, target_year=2030)
    assert slopes(found)["lad"] == pytest.approx(-599.079, abs=5e-4)
    assert slopes(found)["theil_sen"] == pytest.approx(-54, abs=0.5)
    assert slopes(found)["ols"] == pytest.approx(-159, abs=0.5)
    assert (found.n, found.years[0], found.years[-1]) == (6, 2015, 2024)
    assert {fit.interval for fit in found.fits} == {"leave-one-out"}


@pytest.mark.shared
def test_published_slopes_of_all_municipalities(shared_data):
    published = json.loads((shared_data / "emissions" / "municipality-data.json").read_text(encoding="utf-8"))
    assert len(published) == 290
    for place in published:
        observed = {int(year): tonnes for year, tonnes in place["emissions"].items()}
        slope = trend(observed, since=2015, target=0, target_year=2030).fits[0].slope
        assert slope == pytest.approx(place["emissionsSlope"], abs=1e-3), place["name"]


@settings(max_examples=30, deadline=None)
@given(points=series)
def test_p14_no_line_has_smaller_absolute_deviations(points):
    x, y = np.array(sorted(points), float).T
    slope, level = line("lad", x, y)
    mine = np.abs(y - level - slope * (x - x.mean())).sum()
    n = len(x)
    # the same as a linear programme: minimise sum(u) with -u <= y - a - b x <= u
    ones = np.column_stack([np.ones(n), x - x.mean()])
    constraints = np.block([[ones, -np.eye(n)], [-ones, -np.eye(n)]])
    best = linprog([0, 0] + [1] * n, constraints, np.concatenate([y, -y]), bounds=[(None, None)] * 2 + [(0, None)] * n)
    assert mine == pytest.approx(best.fun, rel=1e-6, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(points=series)
def test_p15_theil_sen_and_least_squares_agree_with_scipy_and_numpy(points):
    x, y = np.array(sorted(points), float).T
    assert line("theil_sen", x, y)[0] == pytest.approx(theilslopes(y, x)[0], rel=1e-9, abs=1e-9)
    assert line("ols", x, y)[0] == pytest.approx(np.polyfit(x - x.mean(), y, 1)[0], rel=1e-6, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(slope=st.floats(-100, 100), level=st.floats(0, 1e4), years=st.sets(st.integers(1990, 2030), min_size=3, max_size=10))
def test_points_on_a_line_give_that_line(slope, level, years):
    observed = {year: level + slope * (year - 2000) for year in years}
    found = trend(observed, since=1990, target=0, target_year=2030)
    for fit in found.fits:
        assert fit.slope == pytest.approx(slope, abs=1e-6)
        assert fit.at(2050) == pytest.approx(level + slope * 50, abs=1e-3)


def test_p16_methods_that_disagree_make_the_trend_uncertain():
    observed = {2018: 100.0, 2019: 90.0, 2020: 80.0, 2021: 70.0, 2022: 60.0, 2023: 160.0}
    found = trend(observed, since=2018, target=40.0, target_year=2026)
    assert found.reaches["lad"] is True
    assert found.reaches["ols"] is False
    assert found.verdict == "uncertain"


def test_eight_points_or_more_are_bootstrapped_the_same_way_every_time():
    rng = np.random.default_rng(7)
    observed = {year: 1000 - 20 * (year - 2010) + rng.normal(0, 15) for year in range(2010, 2022)}
    first, again = (trend(observed, since=2010, target=0, target_year=2030) for _ in range(2))
    assert first == again
    for fit in first.fits:
        assert fit.interval == "bootstrap"
        assert fit.low < fit.slope < fit.high
        assert fit.low < -20 < fit.high


def test_fewer_than_three_years_have_no_trend():
    assert trend({2020: 1.0, 2021: 2.0}, since=2015, target=0, target_year=2030) is None


def test_a_line_that_rises_never_reaches():
    found = trend({2020: 1.0, 2021: 2.0, 2022: 3.0}, since=2015, target=0.5, target_year=2030)
    assert [found.reach_year(method) for method in METHODS] == [None, None, None]
