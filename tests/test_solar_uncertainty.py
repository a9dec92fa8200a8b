"""P90 of roofs and of many roofs together (docs/metod/osakerhet.md, U1-U4)."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.settings import SolarSettings
from solar import uncertainty

DEFAULT = SolarSettings()
TODAY = dt.date(2026, 3, 1)


def terms(*, tilt=30.0, shade=0.0, confidence=1.0, survey="2026-03-01", chosen=DEFAULT, n=1):
    one = [pd.Series([value] * n) for value in (tilt, shade, confidence)]
    return uncertainty.terms(*one, survey_date=pd.to_datetime(pd.Series([survey] * n)), settings=chosen, today=TODAY)


def test_u1_thevenard_and_pellands_own_terms_give_their_own_sum():
    # 3.9, 5, 3, 3, 2, 1.5, 5 per cent: root-sum-square 9.46, which the paper rounds to 9.5
    assert float(uncertainty.sigma(terms()).iloc[0]) == pytest.approx(0.0946, abs=5e-5)
    p90 = uncertainty.p90(pd.Series([1000.0]), terms(), DEFAULT)
    assert float(p90.iloc[0]) == pytest.approx(1000 - 1.2816 * 94.6, abs=0.1)


def test_u2_more_shade_older_scan_flatter_or_less_sure_is_wider():
    base = float(uncertainty.sigma(terms()).iloc[0])
    for worse in (
        terms(shade=0.2),
        terms(survey="2012-01-01"),
        terms(tilt=10.0),
        terms(confidence=0.5),
    ):
        assert float(uncertainty.sigma(worse).iloc[0]) > base
    assert float(uncertainty.sigma(terms(tilt=0.0)).iloc[0]) < 0.2  # flat is wide, not infinite


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1, 1e6), st.floats(1, 60), st.floats(0, 0.4), st.floats(0, 1)),
        min_size=2,
        max_size=12,
    )
)
def test_u3_the_portfolio_is_surer_than_its_roofs(rows):
    kwh, tilt, shade, confidence = (pd.Series(column) for column in zip(*rows, strict=True))
    table = uncertainty.terms(tilt, shade, confidence, survey_date=pd.Series([pd.NaT] * len(rows)), settings=DEFAULT, today=TODAY)
    together = uncertainty.portfolio_p90(kwh, table, DEFAULT)
    assert uncertainty.p90(kwh, table, DEFAULT).sum() <= together + 1e-6
    assert together < kwh.sum()


def test_u3_against_a_drawn_year():
    """Ten thousand years drawn from the terms: shared ones once a year, own ones once a roof. Nothing of the formula is used."""
    rng = np.random.default_rng(5)
    kwh = pd.Series([50_000.0, 20_000.0, 80_000.0, 10_000.0])
    table = terms(shade=0.1, confidence=0.8, n=4)
    years = 40_000
    common = sum(rng.normal(size=(years, 1)) * table[name].to_numpy() for name in uncertainty.COMMON)
    own = sum(rng.normal(size=(years, 4)) * table[name].to_numpy() for name in uncertainty.OWN)
    energy = kwh.to_numpy() * (1 + common + own)
    assert uncertainty.portfolio_p90(kwh, table, DEFAULT) == pytest.approx(np.quantile(energy.sum(axis=1), 0.1), rel=0.003)
    assert uncertainty.p90(kwh, table, DEFAULT).to_numpy() == pytest.approx(np.quantile(energy, 0.1, axis=0), rel=0.005)


def test_u4_an_unknown_survey_counts_as_the_oldest_known():
    dates = pd.to_datetime(pd.Series(["2016-03-01", None]))
    table = uncertainty.terms(
        pd.Series([30.0, 30.0]), pd.Series([0.0, np.nan]), pd.Series([1.0, 1.0]), survey_date=dates, settings=DEFAULT, today=TODAY
    )
    assert table["scan_age"].tolist() == pytest.approx([0.03, 0.03], rel=1e-3)
    assert table["shade"].tolist() == [0, 0]


@pytest.mark.parametrize("field", list(type(DEFAULT.uncertainty).model_fields))
def test_every_setting_of_uncertainty_changes_p90(field):
    value = {"snow_tilt_deg": 20.0, "snow_at_most": 1.0, "exceedance": 0.75}.get(field, 0.2)
    chosen = DEFAULT.model_copy(update={"uncertainty": DEFAULT.uncertainty.model_copy(update={field: value})})
    before, after = (
        uncertainty.p90(
            pd.Series([100.0]),
            terms(tilt=5.0 if field == "snow_at_most" else 25.0, shade=0.1, confidence=0.7, survey="2019-01-01", chosen=c),
            c,
        )
        for c in (DEFAULT, chosen)
    )
    assert not np.allclose(before, after, rtol=1e-6)
