"""Weather that cannot be used is refused with every fault at once; what is mended is said. docs/metod/vader.md, P3 to P6."""

import numpy as np
import pandas as pd
import pvlib
import pytest
import weather_year as made
from weather_year import KIL

from data.errors import InputError
from data.readers import weather
from data.readers.weather.sun import erbs_diffuse_share


def lines_of(year=2023, stamp="slut", **options):
    """The plain csv as lines; data begin at line 3 (index 2)."""
    return made.plain(made.light(year), stamp, year=year, **options).splitlines()


def read(tmp_path, lines, name="vader.csv", site=KIL):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return weather.read(path, site=site)


def faults(tmp_path, lines, **options):
    with pytest.raises(InputError) as caught:
        read(tmp_path, lines, **options)
    return caught.value.faults


def at(lines, when):
    """Index of the row of a time."""
    return next(i for i, line in enumerate(lines) if line.startswith(when))


def test_a_gap_is_told_with_its_row_and_length_and_never_filled(tmp_path):
    lines = lines_of()
    first = at(lines, "2023-06-01T10:00")
    (fault,) = faults(tmp_path, [*lines[:first], *lines[first + 5 :]])
    assert fault.row == first  # the last line before the gap
    assert "5 timmar saknas" in fault.got and "2023-06-01 09:30" in fault.got


def test_every_gap_and_every_row_is_told_at_once(tmp_path):
    lines = lines_of()
    may, june = at(lines, "2023-05-01T10:00"), at(lines, "2023-06-01T10:00")
    july = at(lines, "2023-07-01T12:00")
    for row in (july, july + 24, july + 48):
        lines[row] = lines[row].split(";")[0] + ";2500"
    kept = [*lines[:may], *lines[may + 3 : june], *lines[june + 1 :]]
    found = faults(tmp_path, kept)
    assert [(fault.row, fault.got.split(",")[0]) for fault in found[:2]] == [
        (may, "3 timmar saknas"),
        (june - 3, "1 timme saknas"),
    ]
    assert f"(rad {july - 3}, {july + 21}, {july + 45})" in found[2].got
    often = [line for i, line in enumerate(lines_of()) if i < 2 or i % 100]
    found = faults(tmp_path, often)
    assert [fault.row for fault in found[:3]] == [100, 199, 298] and "79 luckor till" in found[8].got


def test_every_fault_of_a_file_is_told_in_one_message(tmp_path):
    lines = lines_of()
    noon, evening, text = at(lines, "2023-07-01T12:00"), at(lines, "2023-07-02T12:00"), at(lines, "2023-07-03T12:00")
    lines[noon] = "2023-07-01T12:00Z;-50"
    lines[evening] = "2023-07-02T12:00Z;2500"
    lines[text] = "2023-07-03T12:00Z;"
    found = faults(tmp_path, lines)
    assert {fault.row for fault in found} == {noon + 1, evening + 1, text + 1}
    said = "\n".join(map(str, found))
    assert "1 timme är negativ" in said and "-50 W/m²" in said
    assert "högre än solen kan ge" in said and "2500 W/m²" in said
    assert "1 timme saknar värde" in said
    assert all(fault.file == "vader.csv" and fault.fix and fault.column == "ghi" for fault in found)


def test_cells_that_are_no_numbers_and_no_stated_convention(tmp_path):
    lines = lines_of()[1:]
    lines[5] = lines[5].split(";")[0] + ";mycket"
    found = faults(tmp_path, lines)
    assert [fault.row for fault in found] == [1, 6]
    assert "tidsstämpeln" in found[0].got and "'mycket'" in found[1].got
    assert found[1].column == "ghi_w_m2"


def test_a_cell_that_is_no_number_hides_no_other_fault(tmp_path):
    lines = lines_of()
    text, low = at(lines, "2023-07-01T12:00"), at(lines, "2023-07-02T12:00")
    lines[text], lines[low] = "2023-07-01T12:00Z;mycket", "2023-07-02T12:00Z;-50"
    found = faults(tmp_path, lines)
    assert [fault.row for fault in found] == [text + 1, low + 1]
    assert "'mycket'" in found[0].got and "är negativ" in found[1].got


@pytest.mark.parametrize(
    ("name", "content", "cell"),
    [
        ("v.epw", made.epw, (",", 13)),
        ("v.csv", made.pvgis_hourly_csv, (",", 1)),
        ("v.txt", made.umep, (" ", 14)),
        ("v.csv", lambda light: made.metobs(light, "Global Irradians (svenska stationer)"), (";", 2)),
        ("117.csv", lambda light: made.strang(light, "ghi", "csv"), (",", 1)),
    ],
    ids=["epw", "pvgis", "umep", "metobs", "strang"],
)
def test_a_word_among_the_numbers_of_any_format_is_quoted_with_its_row(tmp_path, name, content, cell):
    """Also at night, where an empty cell is no light. A decimal comma is a number where commas part no cells."""
    lines, (sign, place) = content(made.light()).splitlines(), cell
    cells = lines[4000].split(sign)
    lines[4000] = sign.join([*cells[:place], "mycket", *cells[place + 1 :]])
    (fault,) = faults(tmp_path, lines, name=name)
    assert fault.row == 4001 and fault.column and "'mycket'" in fault.got
    if sign == ";":
        lines[4000] = sign.join([*cells[:place], "0,5", *cells[place + 1 :]])
        assert len(read(tmp_path, lines, name=name).data) == 8760


@pytest.mark.parametrize("factor", [0, 0.001, 0.1])
def test_a_year_in_another_unit_is_refused(tmp_path, factor):
    head, names, *lines = lines_of()
    scaled = [f"{when};{factor * float(value.replace(',', '.')):.4f}" for when, value in (line.split(";") for line in lines)]
    (fault,) = faults(tmp_path, [head, names, *scaled])
    assert "kWh/m² på ett år" in fault.got and "W/m²" in fault.fix


def test_ten_minutes_and_nothing_are_told_once(tmp_path):
    head, names, *lines = lines_of()
    often = [line.replace(":00Z", f":{minute:02d}Z") for line in lines for minute in range(0, 60, 10)]
    (fault,) = faults(tmp_path, [head, names, *often])
    assert "jämnt timavstånd" in fault.got
    (fault,) = faults(tmp_path, [""])
    assert "tom" in fault.got


def test_times_without_zone_are_not_guessed(tmp_path):
    lines = [line.replace("Z;", ";") for line in lines_of()]
    found = faults(tmp_path, lines)
    assert found[0].row == 3 and "8760 tider saknar tidszon" in found[0].got


def local_clock(lines, *, spoil):
    """The year in Swedish civil time; spoil: the offset left out of the stamp's meaning (written as +01:00 all year)."""
    index = pd.DatetimeIndex([line.split(";")[0] for line in lines[2:]]).tz_convert("Europe/Stockholm")
    zones = ["+01:00"] * len(index) if spoil else [f"{moment:%z}"[:3] + ":00" for moment in index]
    values = [line.split(";")[1] for line in lines[2:]]
    written = [f"{moment:%Y-%m-%dT%H:%M}{zone};{value}" for moment, zone, value in zip(index, zones, values, strict=True)]
    return [*lines[:2], *written]


def test_summer_time_is_read_where_each_stamp_says_its_offset(tmp_path):
    utc = read(tmp_path, lines_of()).data
    local = read(tmp_path, local_clock(lines_of(), spoil=False)).data
    pd.testing.assert_frame_equal(utc, local)


def test_summer_time_under_a_fixed_offset_is_named(tmp_path):
    found = faults(tmp_path, local_clock(lines_of(), spoil=True))
    assert any("sommartid" in fault.got and "2023-10-29" in fault.got for fault in found)
    assert any("sommartid" in fault.got and "2023-03-26" in fault.got for fault in found)


def test_a_leap_year_is_whole(tmp_path):
    frame = read(tmp_path, lines_of(2024, stamp="start")).data
    assert len(frame) == 8784
    assert ((frame.index.month == 2) & (frame.index.day == 29)).sum() == 24


def test_a_leap_year_without_its_leap_day_is_an_ordinary_year_and_said(tmp_path):
    lines = [line for line in lines_of(2024, stamp="start") if not line.startswith("2024-02-29")]
    reading = read(tmp_path, lines)
    assert len(reading.data) == 8760 and reading.data.index.is_unique
    assert (np.diff(reading.data.index.asi8) == np.diff(reading.data.index.asi8)[0]).all()
    assert any("29 februari" in warning for warning in reading.warnings)


def test_a_leap_day_in_an_ordinary_year_does_not_exist(tmp_path):
    lines = lines_of()
    row = at(lines, "2023-03-01T00:00")
    lines[row] = lines[row].replace("2023-03-01T00", "2023-02-29T00")
    found = faults(tmp_path, lines)
    assert any(fault.row == row + 1 and "finns inte" in fault.got for fault in found)


def test_months_of_several_years_become_one_year_in_order(tmp_path):
    """A typical year as csv: months of 2019, 2023 and 2024 after each other, the leap day dropped."""
    years = {month: (2019, 2023, 2024)[month % 3] for month in range(1, 13)}
    rows = []
    for month, year in years.items():
        rows += [line for line in lines_of(year, stamp="start")[2:] if line.startswith(f"{year}-{month:02}")]
    assert years[2] == 2024
    reading = read(tmp_path, [*lines_of(2023, stamp="start")[:2], *rows])
    frame = reading.data
    assert len(frame) == 8760 and frame.index.is_monotonic_increasing and frame.index.year.nunique() == 1
    assert any("skottdag" in warning for warning in reading.warnings)


def test_hours_that_come_twice_and_half_years(tmp_path):
    lines = lines_of()
    row = at(lines, "2023-06-01T10:00")
    twice = faults(tmp_path, [*lines[: row + 1], lines[row], *lines[row + 1 :]])
    assert [fault.row for fault in twice] == [row + 2] and "1 timme finns två gånger" in twice[0].got
    (half,) = faults(tmp_path, lines[:4000])
    assert "filen har 3998 timmar" in half.got and "8760 eller 8784" in half.expected


def test_a_pyranometers_zero_at_night_is_zero_and_said(tmp_path):
    lines = [line.replace(";0,00", ";-2,10") for line in lines_of()]
    reading = read(tmp_path, lines)
    assert reading.data["ghi"].min() == 0
    assert any("givarens nollpunkt" in warning for warning in reading.warnings)


def test_of_several_years_the_one_nearest_the_mean_is_taken_and_said(tmp_path):
    head = lines_of(2021, stamp="start")[:2]
    rows = []
    for year, factor in ((2021, 0.8), (2022, 1.0), (2023, 1.1)):
        for line in lines_of(year, stamp="start")[2:]:
            stamp, value = line.split(";")
            rows.append(f"{stamp};{float(value.replace(',', '.')) * factor:.2f}")
    reading = read(tmp_path, [*head, *rows])
    assert set(reading.data.index.year) == {2022}
    assert any("2022" in warning and "3 hela år" in warning for warning in reading.warnings)


def test_cp1252_and_decimal_commas_are_read(tmp_path):
    path = tmp_path / "vader.csv"
    path.write_bytes("\n".join(["# tidsstämpel: slut – påhittat väder", *lines_of()[1:]]).encode("cp1252"))
    assert weather.read(path, site=KIL).data["ghi"].sum() == pytest.approx(read(tmp_path, lines_of()).data["ghi"].sum())


@pytest.mark.parametrize(
    "content", ["", "\x00\x01\x02", "a;b\n1;2\n", "Datum;Tid\n", "{", '{"inputs": 1}', "LOCATION,x\n", "[1]"]
)
def test_what_is_no_weather_is_said_in_one_line(tmp_path, content):
    path = tmp_path / "vader.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        weather.read(path, site=KIL)
    assert "vader.csv" in str(caught.value) and len(caught.value.faults) == 1


def test_an_unknown_form_is_quoted_and_the_plain_one_told(tmp_path):
    (fault,) = faults(tmp_path, ["time,ghi", "2023-01-01 00:00,0"])
    assert "time,ghi" in fault.got and "tid;ghi_w_m2" in fault.fix


def test_a_tilted_pvgis_file_is_refused(tmp_path):
    path = tmp_path / "pvgis.json"
    path.write_text(made.pvgis_hourly_json(made.light(), slope=30))
    with pytest.raises(InputError, match="lutande"):
        weather.read(path, site=KIL)


# --- Erbs ----------------------------------------------------------------------------------------------------------------------


def test_diffuse_share_is_erbs_as_pvlib_has_it():
    """pvlib.irradiance.erbs is an independent implementation; at the zenith and distance it uses, clearness is ghi / (1366.1 mu)."""
    when = pd.DatetimeIndex(["2023-03-21 12:00"] * 60)
    ghi = np.linspace(10, 1000, 60)
    theirs = pvlib.irradiance.erbs(ghi, np.full(60, 40.0), when)
    assert erbs_diffuse_share(np.asarray(theirs["kt"])) == pytest.approx(np.asarray(theirs["dhi"]) / ghi, abs=1e-3)


def test_split_keeps_the_sum_with_the_sun_of_the_lit_part_of_the_hour(tmp_path):
    frame = read(tmp_path, lines_of()).data
    when = frame.index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[m]")
    minutes = np.arange(-30, 30)[:, None] * made.MINUTE
    height = made.sin_elevation(when + minutes, KIL)
    lit = height > 0
    mid = (
        when + (np.where(lit, np.arange(-30, 30)[:, None], 0).sum(axis=0) / np.maximum(lit.sum(axis=0), 1)).round() * made.MINUTE
    )
    mu = np.where(lit.any(axis=0), np.maximum(made.sin_elevation(mid, KIL), 0), 0)
    away = frame["ghi"] - frame["dhi"] - frame["dni"] * mu
    assert np.abs(away).max() < 4  # W/m2: the two suns differ by up to a minute and 0.3 deg
    assert abs(away.sum()) < 1e-3 * frame["ghi"].sum()
    assert (frame["dhi"] <= frame["ghi"] + 1e-9).all() and (frame["dni"] >= 0).all()
    assert frame["dni"].max() < 1100


def test_split_with_a_slipped_sun_would_show(tmp_path):
    """Morning and afternoon beam are the same in a cloudless year; stamps 5 minutes late break it by a third at low sun."""
    truth = made.Light(2023, KIL, cloudy=False)
    truth_lines = made.plain(truth, "mitt").splitlines()
    ratio = morning_share(read(tmp_path, truth_lines).data, truth)
    late = [truth_lines[0], truth_lines[1], *(shifted(line, 5) for line in truth_lines[2:])]
    assert ratio == pytest.approx(1, abs=0.04)
    assert abs(morning_share(read(tmp_path, late).data, truth, shift=5) - 1) > 0.2


def shifted(line, minutes):
    stamp, value = line.split(";")
    return f"{pd.Timestamp(stamp) + pd.Timedelta(minutes=minutes):%Y-%m-%dT%H:%M}Z;{value}"


def morning_share(frame, truth, shift=0):
    """DNI of the morning over the afternoon, against the truth's own."""
    when = frame.index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[m]") - shift * made.MINUTE
    mine, true = frame["dni"].to_numpy(), truth.mean("dni", when)
    low = made.sin_elevation(when, KIL)
    morning = (frame.index.hour < 11) & (low > 0.05) & (low < 0.35)
    evening = (frame.index.hour > 11) & (low > 0.05) & (low < 0.35)
    return (mine[morning].sum() / mine[evening].sum()) / (true[morning].sum() / true[evening].sum())


@pytest.mark.shared
def test_split_of_goteborgs_year_gives_its_measured_diffuse_share(shared_data, tmp_path):
    """GBG_TMY_1977 carries measured diffuse (506 of 970 kWh/m2, 52 %); Erbs from its global alone: METHODS says 50-52 % in the north."""
    place = made.GOTEBORG
    measured = weather.read(shared_data / "terrain_goteborg_1m/GBG_TMY_1977.txt", site=place).data
    rows = [f"{moment:%Y-%m-%dT%H:%M}Z;{value:.2f}" for moment, value in measured["ghi"].items()]
    split = read(tmp_path, ["# tidsstampel: mitt", "tid;ghi_w_m2", *rows], site=place).data
    assert split["dhi"].sum() / split["ghi"].sum() == pytest.approx(measured["dhi"].sum() / measured["ghi"].sum(), abs=0.03)
    assert np.corrcoef(split["dni"], measured["dni"])[0, 1] > 0.9
