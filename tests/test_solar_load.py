"""Use of electricity (docs/metod/ekonomi.md, L1-L7): meters as grid companies send them, profiles, own use, batteries."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.readers import meters, prices
from data.texts import use_language
from solar import load

INDEX = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
CLOCK = "Europe/Stockholm"


def write_meter(path, start="2025-01-01", *, freq="60min", name="735999", clock="swedish", value=None, drop=(), sep=";"):
    """A year of one meter in Swedish text: 1 kWh an hour at night, 5 in working hours."""
    utc = pd.date_range(pd.Timestamp(start, tz=CLOCK), periods=8760 * (4 if freq == "15min" else 1), freq=freq).tz_convert("UTC")
    local = utc.tz_convert(CLOCK)
    kwh = np.where((local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 17), 5.0, 1.0) / (4 if freq == "15min" else 1)
    stamps = local if clock == "swedish" else utc.tz_convert("Etc/GMT-1")
    lines = [
        f"{t:%Y-%m-%d %H:%M}{sep}{f'{v:.3f}'.replace('.', ',')}"
        for n, (t, v) in enumerate(zip(stamps, kwh if value is None else value, strict=True))
        if n not in drop
    ]
    path.write_text("\n".join([f"Tid{sep}{name}", *lines]), encoding="utf-8")
    return pd.Series(kwh, index=utc)


@pytest.mark.parametrize("freq", ["60min", "15min"])
@pytest.mark.parametrize("clock", ["swedish", "normal"])
def test_l1_clocks_with_and_without_summer_time_are_read_the_same(tmp_path, freq, clock):
    truth = write_meter(tmp_path / "a.csv", freq=freq, clock=clock)
    series = meters.read(tmp_path / "a.csv").data["735999"]
    assert series.index.equals(truth.index) and np.allclose(series, truth)
    october = series["2025-10-26 00:00":"2025-10-26 02:00"]  # 02 summer time, 02 normal time, 03
    assert len(october) == (9 if freq == "15min" else 3)


def test_l1_long_form_several_meters_and_a_folder(tmp_path):
    utc = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
    rows = [f"{m},{t.isoformat()},{v}" for m, v in (("A1", 1.5), ("B2", 2.0)) for t in utc]
    (tmp_path / "long.csv").write_text("\n".join(["Mätar-id,Start,kWh", *rows]), encoding="utf-8")
    write_meter(tmp_path / "wide.csv", name="C3")
    found = meters.read(tmp_path)
    assert sorted(found.data) == ["A1", "B2", "C3"]
    assert found.data["A1"].sum() == pytest.approx(1.5 * 8760)
    assert found.source.sha256 and "(2)" in found.source.file


def test_l2_gaps_are_filled_from_the_same_hour_and_weekday_and_said(tmp_path):
    truth = write_meter(tmp_path / "a.csv", drop=set(range(3000, 3100)))
    with use_language("sv"):
        found = meters.read(tmp_path / "a.csv")
    assert np.allclose(found.data["735999"], truth)
    assert found.data["735999"].attrs["filled"] == 100
    assert "saknar 100 värden" in found.warnings[0]


BAD = {
    "negative": ("-3,0", "negativt"),
    "no number": ("fem", "inget tal"),
    "no time": (None, "kan inte läsas"),
}


@pytest.mark.parametrize(("cell", "word"), BAD.values(), ids=BAD)
def test_l3_bad_meter_files_are_told_with_row_and_cell(tmp_path, cell, word):
    path = tmp_path / "a.csv"
    write_meter(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    time, _ = lines[40].split(";")
    lines[40] = f"{time if cell else '2025-13-45 25:00'};{cell or '1,0'}"
    path.write_text("\n".join(lines), encoding="utf-8")
    with use_language("sv"), pytest.raises(InputError, match=word) as caught:
        meters.read(path)
    assert "rad 41" in str(caught.value)


def test_l3_doubled_hours_short_years_and_daily_values_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    write_meter(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    with use_language("sv"):
        path.write_text("\n".join([*lines, lines[100]]), encoding="utf-8")
        with pytest.raises(InputError, match="två gånger"):
            meters.read(path)
        path.write_text("\n".join(lines[:3000]), encoding="utf-8")
        with pytest.raises(InputError, match="90 procent"):
            meters.read(path)
        path.write_text("\n".join(lines[:1] + lines[1::24]), encoding="utf-8")
        with pytest.raises(InputError, match="varken en timme eller en kvart"):
            meters.read(path)


def test_l4_working_days_meet_working_days_though_the_years_differ(tmp_path):
    write_meter(tmp_path / "a.csv", start="2025-01-01")
    one = load.of_meters([meters.read(tmp_path / "a.csv").data["735999"]], INDEX)
    local = INDEX.tz_convert(CLOCK)
    busy = (local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 17)
    assert one.origin == "measured"
    assert np.allclose(one.kwh, np.where(busy, 5.0, 1.0))
    twice = load.of_meters([meters.read(tmp_path / "a.csv").data["735999"]] * 2, INDEX)
    assert np.allclose(twice.kwh, 2 * one.kwh)


@pytest.mark.parametrize("profile", prices.profiles(), ids=lambda p: p["id"])
def test_l5_a_profile_keeps_the_years_sum_and_its_own_months(profile):
    one = load.of_profile(250_000.0, profile, INDEX)
    assert one.year_kwh == pytest.approx(250_000.0) and (one.kwh > 0).all() and one.origin == "assumed"
    month = np.asarray(INDEX.tz_convert(CLOCK).month) - 1
    sums = np.bincount(month, one.kwh, minlength=12)
    assert sums / sums.sum() == pytest.approx(np.array(profile["months"]) / sum(profile["months"]), rel=1e-9)
    assert profile["kind"] in ("fact", "assumption") and profile["source"]
    assert len(profile["months"]) == 12 and len(profile["weekday"]) == len(profile["weekend"]) == 24


def test_l5_schools_have_a_summer_trough_and_ice_halls_a_larger_one():
    by_id = {p["id"]: p for p in prices.profiles()}
    month = np.asarray(INDEX.tz_convert(CLOCK).month)
    july = {
        name: load.of_profile(1.0, by_id[name], INDEX).kwh[month == 7].sum() for name in ("school", "care_home", "waterworks")
    }
    assert july["school"] < 0.5 * july["care_home"] < 0.5 * july["waterworks"]


USES = [
    ("Förskola", "preschool"),
    ("skola F-9", "school"),
    ("Ishall", "sports_hall_ice"),
    ("idrottshall", "sports_hall"),
    ("Särskilt boende", "care_home"),
    ("kommunhus", "office"),
    ("Reningsverk", "waterworks"),
    ("simhall", "swimming_hall"),
    ("flerbostadshus", "housing"),
    (None, "other"),
    ("raketbas", "other"),
]


@pytest.mark.parametrize(("use", "wanted"), USES)
def test_l5_profiles_are_chosen_by_the_words_of_the_use(use, wanted):
    assert load.profile_of(use, prices.profiles())["id"] == wanted


def test_l6_several_buildings_behind_one_meter():
    flat = load.Load(np.ones(4), "measured")
    guess = load.Load(np.full(4, 2.0), "assumed", "school")
    none = load.nothing(INDEX[:4])
    assert load.together([flat, guess]).kwh.tolist() == [3.0] * 4
    assert [load.together(x).origin for x in ([flat, flat], [flat, guess], [none, guess], [none, none])] == [
        "measured",
        "assumed",
        "assumed",
        "unknown",
    ]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 40), st.floats(0.5, 1.0))
def test_l7_own_use_never_passes_load_or_sun_and_a_battery_only_adds(seed, capacity, efficiency):
    rng = np.random.default_rng(seed)
    used, sun = rng.uniform(0, 10, 200), rng.uniform(-0.1, 15, 200) * (rng.random(200) < 0.5)
    own = load.own_use(used, sun)
    assert (own <= used + 1e-12).all() and (own <= np.maximum(sun, 0) + 1e-12).all()
    stored, sold = load.with_battery(used, sun, capacity_kwh=capacity, efficiency=efficiency)
    assert stored.sum() >= own.sum() - 1e-9 and (stored <= used + 1e-9).all()
    lost = np.maximum(sun, 0).sum() - stored.sum() - sold.sum()
    assert lost >= -1e-9 and (lost <= 1e-9 or efficiency < 1 or lost <= capacity)
    if capacity == 0:
        assert np.allclose(stored, own)


def test_l7_a_battery_by_hand():
    """3 kWh of surplus, 2 kWh of battery, 90 %: 2/0.9 is taken, 2 come back at the two needs that follow, 0.78 are sold."""
    used, sun = np.array([1.0, 1.0, 1.5]), np.array([4.0, 0.0, 0.0])
    own, sold = load.with_battery(used, sun, capacity_kwh=2.0, efficiency=0.9)
    assert own == pytest.approx([1.0, 1.0, 1.0]) and sold == pytest.approx([3 - 2 / 0.9, 0.0, 0.0])


def test_what_hours_overstate_against_quarters():
    """By hand: 4 kW in the first quarter only is 1 kWh; 1 kWh of even sun covers 1 kWh by the hour and 0.25 by the quarter."""
    assert load.hourly_overstatement(np.array([1.0, 0, 0, 0]), np.array([1.0]), ramp=False) == pytest.approx((1.0, 0.25))
    parts = load._quarters(np.array([0.0, 4.0, 8.0, 4.0, 0.0]))
    assert parts.reshape(-1, 4).sum(axis=1) == pytest.approx([0, 4, 8, 4, 0]) and (np.diff(parts[4:8]) > 0).all()


def test_peaks_by_month():
    kw = np.array([1.0, 5.0, 2.0, 7.0])
    out = load.peaks(kw, np.array([0, 0, 1, 1]))
    assert out[:3].tolist() == [5.0, 7.0, 0.0]


@pytest.mark.parametrize("freq", ["60min", "15min"])
@pytest.mark.parametrize("clock", ["swedish", "normal"])
def test_l8_spot_prices_are_read_on_the_same_clocks_as_meters(tmp_path, freq, clock):
    """Prices fall below nothing at 12-14 Swedish time in summer: an hour's slip would move them to other light."""
    hours = pd.date_range(pd.Timestamp("2025-01-01", tz=CLOCK), periods=8760 * (4 if freq == "15min" else 1), freq=freq)
    local = hours.tz_convert(CLOCK)
    price = np.where((local.month.isin([6, 7])) & (local.hour >= 12) & (local.hour < 14), -0.05, 0.6)
    write_meter(tmp_path / "spot.csv", freq=freq, clock=clock, name="pris", value=price)
    found = prices.read_spot(tmp_path / "spot.csv").data
    assert len(found) == 8760 and found.index[0] == pd.Timestamp("2024-12-31 23:00", tz="UTC")
    cheap = found[found < 0].index.tz_convert(CLOCK)
    assert len(cheap) == 61 * 2 and set(cheap.hour) == {12, 13}
    zoned = [f"{t.isoformat()};{v}" for t, v in zip(hours.tz_convert("UTC"), price, strict=True)]
    (tmp_path / "utc.csv").write_text("\n".join(["tid;pris", *zoned]), encoding="utf-8")
    assert prices.read_spot(tmp_path / "utc.csv").data.equals(found)


def test_l8_spot_prices_that_cannot_be_are_told(tmp_path):
    def said(**how):
        write_meter(tmp_path / "spot.csv", name="pris", **how)
        with pytest.raises(InputError) as error, use_language("sv"):
            prices.read_spot(tmp_path / "spot.csv")
        return str(error.value)

    assert "öre delat med 100" in said(value=np.full(8760, 53.1))
    assert "8760 eller" in said(drop={5000}).replace("\u00a0", "").replace("8 760", "8760")
    write_meter(tmp_path / "spot.csv", name="pris")
    text = (tmp_path / "spot.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "spot.csv").write_text("\n".join([*text, text[100], "igår;1,0", "2025-12-31 22:00;dyrt"]), encoding="utf-8")
    with pytest.raises(InputError) as error, use_language("sv"):
        prices.read_spot(tmp_path / "spot.csv")
    assert "igår" in str(error.value) and "dyrt" in str(error.value)
