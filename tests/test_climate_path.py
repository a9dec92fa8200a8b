"""Paths, gaps and forecasts (docs/metod/utslapp.md, P9-P13).

Kil's published figures: territorial greenhouse gases (national emissions database, edition to 2024) 1990 77 238.132 t, 2022 45 031.325,
2024 52 687.731; carbon dioxide (edition to 2022) 1990 59 155.509, 2022 31 973.114. Derived by hand: the linear path allows 48 274 t in 2020
and 44 412 t in 2024, the exponential 45 926 and 42 851; from 2024 the linear way is -2 344.8 t a year, the exponential -5.05 %; the
budget-equivalent cut is -3 330 t a year.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from climate.path import (
    SHAPES,
    Path,
    budget_cut,
    budget_forecast,
    cumulative_gap,
    decided_forecast,
    gap,
    interpolate,
    needed_change,
)

GHG = {1990: 77238.132, 2020: 46235.908, 2021: 47833.56, 2022: 45031.325, 2023: 46074.47, 2024: 52687.731}
CO2 = {1990: 59155.509, 2022: 31973.114}
LINEAR = Path("linear", GHG[1990], 1990, 2030, 0.5)
EXPONENTIAL = Path("exponential", GHG[1990], 1990, 2030, 0.5)

tonnes = st.floats(1, 1e6)
shapes = st.sampled_from(SHAPES)
factors = st.floats(0.05, 0.95)


@pytest.mark.parametrize(
    ("year", "linear", "exponential"), [(2020, 48274, 45926), (2022, 46343, 44362), (2023, 45377, 43600), (2024, 44412, 42851)]
)
def test_kils_published_paths(year, linear, exponential):
    assert LINEAR.at(year) == pytest.approx(linear, abs=0.5)
    assert EXPONENTIAL.at(year) == pytest.approx(exponential, abs=0.5)


def test_kils_published_gaps_gas_alone_turns_the_answer():
    assert gap(LINEAR, 2024, GHG[2024]).tonnes == pytest.approx(8276, abs=0.5)
    assert gap(EXPONENTIAL, 2022, GHG[2022]).tonnes == pytest.approx(670, abs=0.5)
    carbon = Path("exponential", CO2[1990], 1990, 2030, 0.5)
    assert gap(carbon, 2022, CO2[2022]).tonnes == pytest.approx(-2003, abs=0.5)
    linear_carbon = Path("linear", CO2[1990], 1990, 2030, 0.5)
    assert gap(linear_carbon, 2022, CO2[2022]).tonnes < 0 > gap(LINEAR, 2022, GHG[2022]).tonnes


def test_kils_published_pace():
    assert LINEAR.target == pytest.approx(38619.066)
    absolute, rate = needed_change(2024, GHG[2024], LINEAR.target, 2030)
    assert absolute == pytest.approx(-2344.8, abs=0.05)
    assert rate == pytest.approx(-5.05, abs=0.005)
    assert budget_cut(LINEAR, 2024, GHG[2024]) == pytest.approx(-3330, abs=0.5)


@given(base=tonnes, shape=shapes, factor=factors, span=st.tuples(st.integers(1980, 2010), st.integers(2, 60)))
def test_p9_every_path_meets_at_base_and_target_and_never_rises(base, shape, factor, span):
    start, length = span
    path = Path(shape, base, start, start + length, factor)
    assert path.at(start) == pytest.approx(base)
    assert path.at(start + length) == pytest.approx(base * factor)
    values = [path.at(year) for year in range(start, start + length + 1)]
    assert values == sorted(values, reverse=True)


@given(base=tonnes, factor=factors, year=st.integers(1991, 2029))
def test_p9_the_exponential_path_lies_under_the_linear(base, factor, year):
    assert Path("exponential", base, 1990, 2030, factor).at(year) < Path("linear", base, 1990, 2030, factor).at(year)


@given(base=tonnes, shape=shapes, known=st.sets(st.integers(2000, 2030), min_size=2, max_size=10))
def test_p10_the_cumulative_gap_on_the_linear_path_is_zero(base, shape, known):
    path = Path(shape, base, 1990, 2030, 0.5)
    whole = {year: path.at(year) for year in range(min(known), max(known) + 1)}
    assert cumulative_gap(path, whole, 1990).tonnes == pytest.approx(0, abs=1e-6 * base)
    if shape == "linear":  # years between are interpolated on a straight line, which the path is
        found = cumulative_gap(path, {year: path.at(year) for year in known}, 1990)
        assert found.tonnes == pytest.approx(0, abs=1e-6 * base)


@given(scale=st.floats(0.01, 100), shape=shapes, year=st.integers(1991, 2030), value=tonnes)
def test_p11_scaling_all_emissions_scales_every_gap(scale, shape, year, value):
    path, scaled = (Path(shape, 1000.0 * k, 1990, 2030, 0.5) for k in (1, scale))
    one, other = gap(path, year, value), gap(scaled, year, value * scale)
    assert other.tonnes == pytest.approx(one.tonnes * scale, rel=1e-9, abs=1e-9)
    assert other.percent_of_base == pytest.approx(one.percent_of_base, rel=1e-9, abs=1e-9)
    mine, theirs = ({2000: value * k, 2003: 2 * value * k} for k in (1, scale))
    assert cumulative_gap(scaled, theirs, 2000).tonnes == pytest.approx(cumulative_gap(path, mine, 2000).tonnes * scale, rel=1e-9)


@given(value=tonnes, year=st.integers(1991, 2029))
def test_p12_the_budget_forecast_spends_what_the_path_allows(value, year):
    path = Path("linear", 1000.0, 1990, 2030, 0.5)
    points = budget_forecast(path, year, value)
    assert points[0] == (year, value)
    allowed = sum(path.at(y) for y in range(year + 1, 2031))
    assert sum(t for _, t in points[1:]) == pytest.approx(allowed, rel=1e-9, abs=1e-6)


def test_p13_decided_measures_lower_the_latest_value_and_nothing_else():
    assert decided_forecast(2025, 100.0, {2026: 10.0, 2028: 30.0}, 2028) == [
        (2025, 100.0),
        (2026, 90.0),
        (2027, 100.0),
        (2028, 70.0),
    ]


def test_interpolated_years_are_told():
    found = cumulative_gap(LINEAR, {2020: GHG[2020], 2023: GHG[2023]}, 2020)
    assert found.interpolated == (2021, 2022)
    assert interpolate({2020: 10.0, 2022: 20.0}, 2021) == 15.0
    with pytest.raises(ValueError, match="2024"):
        interpolate({2020: 10.0}, 2024)


def test_after_the_target_year_there_is_nothing_to_forecast():
    assert budget_cut(LINEAR, 2030, 1.0) is None
    assert budget_forecast(LINEAR, 2031, 1.0) == []
    assert needed_change(2030, 1.0, 1.0, 2030) is None


def test_a_base_of_zero_has_no_per_cent():
    assert gap(Path("linear", 0.0, 1990, 2030, 0.5), 2020, 5.0).percent_of_base is None
