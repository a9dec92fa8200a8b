"""Every weather format means by a stamp what its source says: read back, the light fits the sun of a made year to the minute.

docs/metod/vader.md, P1 and P2. The made year and its files: tests/weather_year.py, which shares nothing with the readers. `slip`
says how far the values are from where the reader put them; 5 minutes must fail, so 1.5 is allowed.
"""

import numpy as np
import pandas as pd
import pytest
import weather_year as made
from weather_year import GOTEBORG, KIL

from data.errors import InputError
from data.readers import weather
from data.readers.tablefile import decode
from data.readers.weather import swedish

MOST_MIN = 1.5
INSTANT, HOUR = 2, 60


def instants(index, year=None):
    """The index as naive UTC minutes; typical years are moved to the made year's calendar."""
    when = pd.DatetimeIndex(index).tz_convert("UTC").tz_localize(None)
    own = when[len(when) // 2].year
    moved = when - pd.Timestamp(own, 1, 1) + pd.Timestamp(year or own, 1, 1)
    return moved.to_numpy().astype("datetime64[m]")


def read(tmp_path, name, content, **options):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return weather.read(path, site=KIL, **options)


def single(name, write, minutes, ghi_only=False):
    return pytest.param((name, write, minutes, ghi_only), id=name)


FORMATS = [
    single("a.epw", made.epw, HOUR),
    single("pvgis_timme.csv", made.pvgis_hourly_csv, INSTANT),
    single("pvgis_timme.json", made.pvgis_hourly_json, INSTANT),
    single("smhi.csv", lambda truth: made.metobs(truth, "Global Irradians (svenska stationer)"), HOUR, True),
    single("strang_117.csv", lambda truth: made.strang(truth, "ghi", "csv"), INSTANT, True),
    single("strang_117.json", lambda truth: made.strang(truth, "ghi", "json"), INSTANT, True),
    single("strang_117.txt", lambda truth: made.strang(truth, "ghi", "text"), INSTANT, True),
    single("umep.txt", made.umep, HOUR),
    single("mitt.csv", lambda truth: made.plain(truth, "mitt", columns=("ghi", "dhi", "dni")), HOUR),
    single("start.csv", lambda truth: made.plain(truth, "start", offset_h=1), HOUR, True),
    single("slut.csv", lambda truth: made.plain(truth, "slut", offset_h=2), HOUR, True),
]


@pytest.mark.parametrize("form", FORMATS)
def test_a_stamp_means_what_its_source_says(tmp_path, form):
    name, write, minutes, ghi_only = form
    truth = made.light()
    frame = read(tmp_path, name, write(truth)).data
    when = instants(frame.index, 2023)
    assert len(frame) == 8760
    assert abs(truth.slip(when, frame["ghi"].to_numpy(), minutes)) < MOST_MIN
    late = frame["ghi"].to_numpy()
    assert truth.slip(when - 5 * made.MINUTE, late, minutes) == pytest.approx(5, abs=MOST_MIN), "a slip of 5 minutes is seen"
    if not ghi_only:
        for part in ("dhi", "dni"):
            wanted = truth.mean(part, when, minutes)
            assert np.abs(frame[part] - wanted).mean() < 0.02 * wanted.mean() + 0.5, part


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_typical_year_of_several_years_with_the_offset_of_the_satellite(tmp_path, kind):
    truths = {year: made.light(year) for year in (2016, 2019, 2022)}
    content = made.pvgis_tmy_json(truths) if kind == "json" else made.pvgis_tmy_csv(truths)
    reading = read(tmp_path, f"tmy.{kind}", content)
    assert_typical(reading.data, truths, tolerance=MOST_MIN)
    assert "dhi" in reading.data and "dni" in reading.data


def test_typical_year_whose_offset_is_left_out_shows_it_in_its_values(tmp_path):
    """PVGIS before 5.3 leaves the offset out; beam, diffuse and global together show where the sun stood."""
    truths = {year: made.light(year) for year in (2016, 2019, 2022)}
    reading = read(tmp_path, "tmy.json", made.pvgis_tmy_json(truths, offset_h=0.35, stated=False))
    assert_typical(reading.data, truths, tolerance=2.5)
    assert any("framgår av värdena" in warning for warning in reading.warnings)


def assert_typical(frame, truths, tolerance):
    assert len(frame) == 8760
    assert frame.index.is_monotonic_increasing and frame.index.is_unique
    assert not ((frame.index.month == 2) & (frame.index.day == 29)).any()
    years = sorted(truths)
    for month in (3, 6, 9):  # inside the year: no month's first hour lies in another's year
        part = frame[frame.index.month == month]
        source = truths[years[month % len(years)]]
        when = instants(part.index)
        year = years[month % len(years)] - part.index[0].year
        moved = (pd.DatetimeIndex(when) + pd.DateOffset(years=year)).to_numpy().astype("datetime64[m]")
        assert abs(source.slip(moved, part["ghi"].to_numpy(), INSTANT)) < tolerance, month


def test_a_folder_of_smhi_files_is_one_year_with_the_temperature_of_its_hours(tmp_path):
    """Global irradiance is the mean of the hour that ends at the stamp, temperature the moment: they are brought together."""
    truth = made.light()
    folder = tmp_path / "smhi"
    folder.mkdir()
    (folder / "sol.csv").write_text(made.metobs(truth, "Global Irradians (svenska stationer)"), encoding="utf-8")
    (folder / "luft.csv").write_text(made.metobs(truth, "Lufttemperatur"), encoding="utf-8")
    frame = weather.read(folder, site=KIL).data
    when = instants(frame.index)
    assert abs(truth.slip(when, frame["ghi"].to_numpy())) < MOST_MIN
    assert np.abs(frame["temp_air"] - truth.mean("temp_air", when, 2)).max() < 0.3


def test_a_folder_of_strang_files_holds_global_direct_and_diffuse(tmp_path):
    truth = made.light()
    for number, name in (("117", "ghi"), ("118", "dni"), ("122", "dhi")):
        (tmp_path / f"strang_{number}.csv").write_text(made.strang(truth, name, "csv"))
    frame = weather.read(tmp_path, site=KIL).data
    when = instants(frame.index)
    for name in ("ghi", "dni", "dhi"):
        assert np.abs(frame[name] - truth.mean(name, when, 2)).max() < 0.1


def test_a_stated_convention_goes_before_the_formats_own(tmp_path):
    truth = made.light()
    content = made.strang(truth, "ghi", "csv")
    frame = read(tmp_path, "strang_117.csv", content, convention=weather.Convention("end")).data
    assert truth.slip(instants(frame.index), frame["ghi"].to_numpy(), INSTANT) == pytest.approx(30, abs=1)


def test_weather_of_another_place_keeps_its_own_sun(tmp_path):
    """Four minutes a degree: the sun stands at the site as it stood where the weather was, and the distance is said."""
    there = made.light(2023, GOTEBORG)
    reading = read(tmp_path, "gbg.epw", made.epw(there, place=GOTEBORG))
    frame = reading.data
    here = made.sin_elevation(instants(frame.index), KIL)
    own = made.sin_elevation(instants(frame.index) + round(4 * (KIL.longitude - GOTEBORG.longitude)) * made.MINUTE, GOTEBORG)
    noon = here > 0.9 * here.max()
    assert np.abs(np.arcsin(here[noon]) - np.arcsin(own[noon])).max() < np.radians(KIL.latitude - GOTEBORG.latitude + 0.2)
    frame_there = weather.read(tmp_path / "gbg.epw", site=GOTEBORG).data
    moved = (frame.index[0] - frame_there.index[0]).total_seconds() / 60
    assert moved == pytest.approx(-4 * (KIL.longitude - GOTEBORG.longitude), abs=0.1)
    assert any("km bort" in warning for warning in reading.warnings)


REAL = [
    ("terrain_goteborg_1m/GBG_TMY_1977.txt", 57.7079, 11.9659, 970.0),
    ("weather/SWE_ST_Stockholm.Arlanda.AP.024600_TMYx.2007-2021.epw", 59.652, 17.919, 989.3),
    ("pvgis/tmy_45.000_8.000_2005_2023.json", 45.0, 8.0, None),
]


@pytest.mark.shared
@pytest.mark.parametrize("real", REAL, ids=lambda real: real[0])
def test_real_files_have_their_sun_where_the_stamps_say(shared_data, real):
    """(ghi - dhi) / dni is the sine of the sun's elevation, whatever the sky: the shift at which NOAA's sun fits it is the clock's error.

    Yearly sums: the shared data's README (970, 989)."""
    file, latitude, longitude, ghi_kwh = real
    place = made.Place(latitude, longitude)
    frame = weather.read(shared_data / file, site=place).data
    assert len(frame) == 8760
    if ghi_kwh is not None:
        assert frame["ghi"].sum() / 1000 == pytest.approx(ghi_kwh, abs=0.6)
    clear = frame[(frame["dni"] > 200) & (frame["ghi"] > 100)]
    seen = ((clear["ghi"] - clear["dhi"]) / clear["dni"]).to_numpy()
    when = instants(clear.index)
    shifts = np.arange(-30, 31)
    misfit = [np.mean((made.sin_elevation(when + shift * made.MINUTE, place) - seen) ** 2) for shift in shifts]
    assert abs(shifts[int(np.argmin(misfit))]) <= 3


@pytest.mark.shared
def test_recorded_answers_of_smhi_have_the_form_that_is_read(shared_data):
    """A metobs csv (Akalla, air temperature) and a STRÅNG series of two days: place, parameter, stamps and values as recorded."""
    folder = shared_data / "weather/smhi_fixtures"
    station = swedish.metobs(decode(folder / "metobs_data.csv"), "metobs_data.csv")
    assert (station.latitude, station.longitude) == (59.5, 17.8)
    assert station.values["temp_air"].tolist() == [5.3, 5.3] and str(station.stamps[1]) == "2013-01-01 01:00:00"
    name = "strang_strang_result_hourly_2020_01_01_2020_01_02.csv"
    point = swedish.strang(decode(folder / name), name)
    assert str(point.stamps[9]) == "2020-01-01 09:00:00" and point.values["ghi"].iloc[9] == 60.4
    with pytest.raises(InputError, match="helt år"):
        weather.read(folder / name, site=KIL)
