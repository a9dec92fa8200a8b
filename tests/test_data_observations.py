"""Observations survive the tidy frame, whatever the order their dimensions were given in."""

import datetime as dt

import hypothesis.strategies as st
import pytest
from hypothesis import given

from data.observations import KINDS, Observation, from_frame, to_frame

WORDS = st.text(alphabet="abcåäö_0123", min_size=1, max_size=8)


@given(
    st.lists(
        st.builds(
            Observation,
            indicator=WORDS,
            date=st.dates(dt.date(1990, 1, 1), dt.date(2035, 1, 1)),
            value=st.floats(-1e9, 1e9),
            unit=WORDS,
            source=WORDS,
            vintage=WORDS,
            kind=st.sampled_from(KINDS),
            dims=st.dictionaries(WORDS, WORDS, max_size=3),
        ),
        max_size=5,
    )
)
def test_frame_and_back(observations):
    assert from_frame(to_frame(observations)) == observations


def test_dimensions_have_no_order():
    first = Observation("x", dt.date(2024, 12, 31), 1.0, "t", "s", dims={"gas": "co2", "scope": "1"})
    second = Observation("x", dt.date(2024, 12, 31), 1.0, "t", "s", dims={"scope": "1", "gas": "co2"})
    assert first == second
    assert hash(first) == hash(second)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind"):
        Observation("x", dt.date(2024, 1, 1), 1.0, "t", "s", kind="guessed")
