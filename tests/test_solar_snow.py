"""Snow on modules (docs/metod/sno.md, S1-S4): equal to pvlib's coverage_nrel, and storms whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import snow as pvlib_snow

from data.settings import SolarSettings
from solar import snow

HOURS = 24 * 40


def winter(seed):
    rng = np.random.default_rng(seed)
    index = pd.date_range("2023-01-01 00:30", periods=HOURS, freq="h", tz="UTC")
    fall = np.where(rng.random(HOURS) < 0.06, rng.exponential(1.2, HOURS), 0.0)
    depth = np.zeros(HOURS)
    for i in range(1, HOURS):
        depth[i] = max(0.0, depth[i - 1] * 0.995 + fall[i] - (0.3 if rng.random() < 0.1 else 0))
    air = rng.normal(-2, 5, HOURS)
    light = np.clip(400 * np.sin(2 * np.pi * (np.arange(HOURS) % 24 - 8) / 24), 0, None) * rng.random(HOURS)
    return pd.DataFrame({"fall": fall, "depth": depth, "air": air, "light": light}, index=index)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.5, 89), min_size=1, max_size=5), st.booleans())
def test_s1_equals_pvlib_on_random_winters(seed, tilts, ground):
    frame = winter(seed)
    depth = frame["depth"] if ground else None
    covered = snow.events(frame["fall"].to_numpy(), None if depth is None else depth.to_numpy(), threshold_cm=1.0, window=1)
    light = np.outer(frame["light"], np.linspace(0.6, 1.0, len(tilts)))
    ours = snow.coverage(
        light,
        frame["air"].to_numpy(),
        np.array(tilts),
        covered=covered,
        snow_depth_cm=None if depth is None else depth.to_numpy(),
    )
    for p, tilt in enumerate(tilts):
        plane = pd.Series(light[:, p], index=frame.index)
        theirs = pvlib_snow.coverage_nrel(frame["fall"], plane, frame["air"], tilt, snow_depth=depth)
        assert ours[:, p] == pytest.approx(theirs.to_numpy(), abs=2e-5)


def test_s2_a_made_storm_leaves_when_it_should():
    # 30 cm in hour 5 at -10 C and no sun: covered until hour 30, when it is +1 C. 30 deg: 0.197 x sin 30 = 0.0985 an hour: bare after
    # 1 / 0.0985 = 10.15 -> 11 hours. 60 deg: 0.1706: 6 hours. Flat: never.
    hours = 60
    fall, air, light = np.zeros(hours), np.full(hours, -10.0), np.zeros((hours, 3))
    fall[5], air[30:] = 30.0, 1.0
    cover = snow.coverage(light, air, np.array([30.0, 60.0, 0.0]), covered=snow.events(fall, None, threshold_cm=2.5, window=24))
    assert (cover[:5] == 0).all() and (cover[5:30] == 1).all()
    assert cover[39, 0] == pytest.approx(1 - 10 * 0.0985, abs=1e-4) and cover[40, 0] == 0
    assert cover[34, 1] > 0 and cover[35, 1] == 0
    assert (cover[5:, 2] == 1).all()
    sun = light + 900.0  # -10 C > 900 / -80 = -11.25 C: sunshine alone sets it sliding
    assert snow.coverage(sun, air, np.array([30.0, 60.0, 0.0]), covered=fall > 1)[29, 0] == 0


def test_s3_a_nordic_day_of_half_a_centimetre_an_hour_is_an_event_only_over_a_day():
    fall = np.zeros(48)
    fall[10:18] = 0.5  # 4 cm in eight hours
    assert not snow.events(fall, None, threshold_cm=1.0, window=1).any()  # Marion's rule sees nothing
    day = snow.events(fall, None, threshold_cm=2.5, window=24)
    assert np.flatnonzero(day).tolist() == [15, 16, 17]  # from the hour the sum passes 2.5 cm, while it snows
    assert not snow.events(fall, np.zeros(48), threshold_cm=2.5, window=24).any()  # bare ground: bare modules


def test_s4_stands_to_townsend_as_the_method_page_says():
    """A month of storms near freezing against the independent monthly model of Townsend & Powers (2011).

    Same order by tilt and by number of storms, 1.1 to 2.5 times its size: it hardly knows the air temperature, this one rests on it.
    """
    index = pd.date_range("2023-01-01 00:30", periods=24 * 31, freq="h", tz="UTC")
    hour = index.hour.to_numpy()
    light = np.clip(450 * np.sin(np.pi * (hour - 8) / 8), 0, None) * (hour < 16)
    air = -1 + 3 * np.sin(2 * np.pi * (hour - 9) / 24)
    tilts = np.array([10.0, 15.0, 30.0, 45.0])
    plane = np.repeat(light[:, None], len(tilts), axis=1)
    both = []
    for storms in (3, 8):
        fall = np.where(np.arange(len(index)) % (len(index) // storms) < 8, 0.75, 0.0)  # 6 cm in eight hours
        covered = snow.events(fall, None, threshold_cm=2.5, window=24)
        cover = snow.coverage(plane, air, tilts, covered=covered)
        ours = (snow.loss(cover, 3) * plane).sum(axis=0) / plane.sum(axis=0)
        total, events, month = np.eye(12)[0] * fall.sum(), np.eye(12)[0] * storms, np.ones(12)
        weather = (80 * month, -1 * month, light.sum() * month)
        theirs = np.array([pvlib_snow.loss_townsend(total, events, tilt, *weather, 3.6, 0.5)[0] for tilt in tilts])
        assert (np.diff(ours) < 0).all() and (np.diff(theirs) < 0).all()
        assert (ours / theirs > 1.1).all() and (ours / theirs < 2.5).all()
        both.append(ours)
    assert (both[0] < both[1]).all()


def test_a_string_touched_by_snow_gives_nothing():
    cover = np.array([0.0, 1e-7, 0.2, 1 / 3, 0.34, 1.0], dtype=np.float32)
    assert snow.loss(cover, 3).tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 2 / 3, 1])
    assert snow.loss(cover[2:], 1).tolist() == [1, 1, 1, 1]
    assert snow.loss(cover, 3)[2:] == pytest.approx(pvlib_snow.dc_loss_nrel(np.array([0.2, 1 / 3, 0.34, 1.0]), 3))


def test_snow_falls_when_the_depth_rises():
    depth = pd.Series([0.0, 2.0, 1.5, 1.5, 4.0])
    assert snow.new_snow(depth).tolist() == [0, 2, 0, 0, 2.5]


def test_snow_settings_change_the_loss():
    losses = SolarSettings().losses
    fall = np.zeros(96)
    fall[10:20] = 0.4
    air, light = np.full(96, -1.0), np.full((96, 1), 120.0)

    def lost(cm=losses.snow_event_cm, h=losses.snow_event_h, strings=losses.snow_strings):
        covered = snow.events(fall, None, threshold_cm=cm, window=h)
        return float(snow.loss(snow.coverage(light, air, np.array([20.0]), covered=covered), strings).sum())

    assert len({lost(), lost(cm=3.5), lost(h=6), lost(strings=1)}) == 4
