"""Hourly AC energy (docs/metod/effekt.md, P6-P12), against pvlib's ModelChain and against a PVWatts chain written out here.

The weather is made here: Haurwitz clear sky times a seeded, correlated cloud factor, split by Erbs. It is no place's weather.
"""

import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import iam, irradiance, pvarray, shading, temperature
from pvlib.location import Location
from pvlib.modelchain import ModelChain
from pvlib.pvsystem import Array, FixedMount, PVSystem

from data.settings import Site, SolarSettings
from data.texts import use_language
from solar import chain, power

DEFAULT = SolarSettings()
SITE = Site(latitude=59.5, longitude=13.3, altitude=60)
TILTS = [40.0, 25.0, 30.0, 30.0, 15.0, 10.0, 10.0]
AZIMUTHS = [180.0, 180.0, 90.0, 270.0, 0.0, 95.0, 275.0]
RACK = [False, False, False, False, False, True, True]


def changed(**sections):
    return DEFAULT.model_copy(
        update={name: getattr(DEFAULT, name).model_copy(update=fields) for name, fields in sections.items()}
    )


def make_weather(seed=3, year=2023):
    index = pd.date_range(f"{year}-01-01 00:30", periods=8760, freq="h", tz="UTC")
    location = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    rng = np.random.default_rng(seed)
    state = np.zeros(len(index))
    noise = rng.normal(size=len(index))
    for i in range(1, len(index)):
        state[i] = 0.9 * state[i - 1] + 0.44 * noise[i]
    cloud = np.clip(0.62 + 0.3 * state, 0.08, 1.05)
    sun = location.get_solarposition(index)
    ghi = location.get_clearsky(index, model="haurwitz")["ghi"] * cloud
    split = irradiance.erbs(ghi, sun["apparent_zenith"], index)
    season = -np.cos(2 * np.pi * (index.day_of_year - 20) / 365)
    air = 6.5 + 11 * season + 3 * np.sin(2 * np.pi * (index.hour - 9) / 24)
    return pd.DataFrame({"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"], "temp_air": air, "wind_speed": 2.0}, index=index)


def make_poa(weather, tilts=TILTS, azimuths=AZIMUTHS, ids=None):
    sun = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude).get_solarposition(weather.index)
    extra = irradiance.get_extra_radiation(weather.index)
    parts = [
        irradiance.get_total_irradiance(
            t,
            a,
            sun["apparent_zenith"],
            sun["azimuth"],
            weather["dni"],
            weather["ghi"],
            weather["dhi"],
            dni_extra=extra,
            model="haydavies",
        ).fillna(0.0)
        for t, a in zip(tilts, azimuths, strict=True)
    ]
    names = list(chain.POA)
    grids = {name: (("time", "plane"), np.stack([p[name] for p in parts], axis=1).astype("float32")) for name in names}
    angle = np.stack(
        [irradiance.aoi(t, a, sun["apparent_zenith"], sun["azimuth"]) for t, a in zip(tilts, azimuths, strict=True)], axis=1
    )
    grids["aoi"] = (("time", "plane"), angle.astype("float32"))
    grids["sunlit_fraction"] = (("time", "plane"), np.ones_like(angle, dtype="float32"))
    grids["solar_zenith"] = ("time", sun["apparent_zenith"].to_numpy())
    ids = [f"b{i}-1" for i in range(len(tilts))] if ids is None else ids
    return xr.Dataset(grids, coords={"time": weather.index.tz_localize(None), "plane": ids})


def make_arrays(tilts=TILTS, azimuths=AZIMUTHS, rack=RACK, **more):
    ids = [f"b{i}-1" for i in range(len(tilts))]
    columns = {"array_id": ids, "plane_id": ids, "tilt_deg": tilts, "azimuth_deg": azimuths, "share": 1.0, "is_rack": rack}
    return pd.DataFrame(columns | {"pitch_m": 2.534, "slant_m": 1.134} | more)


@pytest.fixture(scope="module")
def year():
    weather = make_weather()
    return weather, make_poa(weather), make_arrays()


@pytest.fixture(scope="module")
def result(year):
    weather, poa, arrays = year
    return power.energy([poa], weather, arrays, DEFAULT)


def pvlib_year(year, number):
    """AC per hour [W per kWp] by pvlib alone: ModelChain from effective irradiance, with the settings' losses around it."""
    weather, poa, _ = year
    plane = poa.isel(plane=number)
    direct, sky, ground = (plane[name].to_numpy().astype(float) for name in chain.POA)
    diffuse = iam.marion_diffuse("physical", TILTS[number])
    if RACK[number]:
        pvlib_shade = shading.shaded_fraction1d(
            plane["solar_zenith"].to_numpy(),
            Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
            .get_solarposition(weather.index)["azimuth"]
            .to_numpy(),
            axis_azimuth=AZIMUTHS[number] - 90,
            shaded_row_rotation=TILTS[number],
            collector_width=1.134,
            pitch=2.534,
        )
        direct = direct * (1 - pvlib_shade)
        sky = sky * (1 - shading.sky_diffuse_passias(shading.masking_angle_passias(TILTS[number], 1.134 / 2.534)))
    effective = direct * iam.physical(plane["aoi"].to_numpy().astype(float)) + sky * diffuse["sky"] + ground * diffuse["ground"]
    losses = DEFAULT.losses
    data = weather.assign(
        effective_irradiance=effective * (1 - losses.soiling) * (1 - losses.snow), poa_global=direct + sky + ground
    )
    ceiling = 1000 / losses.dc_ac_ratio
    mount = FixedMount(TILTS[number], AZIMUTHS[number])
    preset = temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]["freestanding" if RACK[number] else "semi_integrated"]
    module = {"pdc0": 1000, "gamma_pdc": DEFAULT.module.gamma_pdc, "temp_ref": 25}
    efficiency = DEFAULT.module.power_w / (1000 * DEFAULT.module.width_m * DEFAULT.module.height_m)
    array = Array(mount, module_parameters=module | {"module_efficiency": efficiency}, temperature_model_parameters=preset)
    shares = {"soiling": 0, "shading": 0, "snow": 0, "connections": 0, "nameplate_rating": 0, "availability": 0}
    ageing = 100 * (1 - (1 - losses.ageing_per_year) ** losses.age_years)
    shares |= {"mismatch": 100 * losses.mismatch, "wiring": 100 * losses.wiring, "lid": 100 * losses.light_induced, "age": ageing}
    inverter = {"pdc0": ceiling / losses.inverter_efficiency, "eta_inv_nom": losses.inverter_efficiency}
    system = PVSystem(arrays=[array], inverter_parameters=inverter, losses_parameters=shares)
    location = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    models = {"dc_model": "pvwatts", "ac_model": "pvwatts", "temperature_model": "pvsyst", "losses_model": "pvwatts"}
    run = ModelChain(system, location, aoi_model="no_loss", spectral_model="no_loss", **models)
    ac = run.run_model_from_effective_irradiance(data).results.ac
    idle = losses.standby_w_per_kw * ceiling / 1000
    return np.where(ac > 0, ac, -idle) * (1 - losses.availability)


@pytest.mark.parametrize("number", range(len(TILTS)))
def test_p6_equals_modelchain_with_the_same_models(year, result, number):
    expected = pvlib_year(year, number)
    assert result.planes["kwh_per_kwp"].iloc[number] == pytest.approx(expected.sum() / 1000, rel=1e-3)
    weather, poa, arrays = year
    ours = power.hourly_ac(poa, weather, DEFAULT, arrays=arrays)["ac_w_per_kwp"].isel(plane=number).to_numpy()
    assert np.abs(ours - expected).max() < 1.0  # W per kWp


def pvwatts_by_hand(weather, poa, number):
    """PVWatts version 5 as its manual writes it (Dobos 2014): own glass, cell temperature, losses and inverter; nothing from pvlib."""
    plane = poa.isel(plane=number)
    direct, sky, ground = (plane[name].to_numpy().astype(float) for name in chain.POA)

    def transmitted(angle):  # Fresnel at one surface of n = 1.526, bare; glass 2 mm, K = 4 per metre
        out = np.arcsin(np.sin(angle) / 1.526)
        rho = 0.5 * ((np.sin(out - angle) / np.sin(out + angle)) ** 2 + (np.tan(out - angle) / np.tan(out + angle)) ** 2)
        return (1 - rho) * np.exp(-4 * 0.002 / np.cos(out))

    angle = np.radians(np.clip(plane["aoi"].to_numpy().astype(float), 0.01, 89.9))
    normal = transmitted(0.0001)
    glass = transmitted(angle) / normal
    tilt = TILTS[number]
    sky_angle, ground_angle = (
        np.radians(59.7 - 0.1388 * tilt + 0.001497 * tilt**2),
        np.radians(90 - 0.5788 * tilt + 0.002693 * tilt**2),
    )
    effective = direct * glass + sky * transmitted(sky_angle) / normal + ground * transmitted(ground_angle) / normal
    noct = 45 if RACK[number] else 49  # open rack, roof mount
    cell = weather["temp_air"].to_numpy() + (noct - 20) / 800 * (direct + sky + ground) * (1 - 0.225 / 0.9)
    losses = DEFAULT.losses
    kept = [losses.soiling, losses.snow, losses.mismatch, losses.wiring, losses.light_induced, 0.0025]
    dc = effective * (1 - 0.0035 * (cell - 25)) * np.prod([1 - share for share in kept])
    rated = 1000 / losses.dc_ac_ratio / 0.96
    load = np.maximum(dc / rated, 1e-9)
    efficiency = 0.96 / 0.9637 * (-0.0162 * load - 0.0059 / load + 0.9858)
    ac = np.clip(efficiency * dc, 0, 1000 / losses.dc_ac_ratio)
    return ac.sum() / 1000 * (1 - losses.availability)


@pytest.mark.parametrize("number", range(len(TILTS)))
def test_p6_within_two_per_cent_of_pvwatts_written_out(year, result, number):
    weather, poa, _ = year
    assert result.planes["kwh_per_kwp"].iloc[number] == pytest.approx(pvwatts_by_hand(weather, poa, number), rel=0.02)


def test_p7_the_waterfall_adds_up(result):
    kwh = result.planes["kwh"]
    assert result.waterfall.sum(axis=1).to_numpy() == pytest.approx(kwh.to_numpy(), rel=1e-9)
    assert list(result.waterfall.columns) == ["irradiation", *chain.LINES]
    losses = result.waterfall.drop(columns=["irradiation", "temperature"])
    assert (losses <= 1e-9).all().all()
    assert result.monthly.sum(axis=1).to_numpy() == pytest.approx(kwh.to_numpy(), rel=1e-5)
    assert result.clock.sum(["month", "hour"]).to_numpy() == pytest.approx(kwh.to_numpy(), rel=1e-5)


def test_p7_shade_goes_before_the_chain_and_the_sum_stays(result):
    annual = pd.DataFrame({"loss_trees": 0.1, "loss_near": 0.05, "loss_far": 0.01}, index=result.planes.index)
    longer = power.with_shade(result.waterfall, annual)
    assert longer.sum(axis=1).to_numpy() == pytest.approx(result.planes["kwh"].to_numpy(), rel=1e-9)
    assert (longer["trees"] / longer["unshaded"]).to_numpy() == pytest.approx(-0.1)


def test_hourly_power_sums_to_the_energy(year, result):
    weather, poa, arrays = year
    hourly = power.hourly_ac(poa, weather, DEFAULT, arrays=arrays)["ac_w_per_kwp"]
    assert hourly.astype(float).sum("time").to_numpy() / 1000 == pytest.approx(result.planes["kwh_per_kwp"].to_numpy(), rel=1e-5)
    night = hourly.sel(time="2023-12-24T00:30").to_numpy()
    assert night == pytest.approx(-0.5 / 1.15 * 0.99, rel=1e-5)


def test_chunks_and_dark_hours_do_not_matter(year, result):
    weather, poa, arrays = year
    day = poa.isel(time=np.flatnonzero(weather["ghi"] > 0))
    pieces = [day.isel(plane=slice(0, 2)), day.isel(plane=slice(2, None))]
    again = power.energy(pieces, weather, arrays, DEFAULT)
    pd.testing.assert_frame_equal(again.planes, result.planes, rtol=1e-5)
    pd.testing.assert_frame_equal(again.waterfall, result.waterfall, rtol=1e-5, atol=1e-3)


def test_a_town_where_no_roof_holds_a_module_has_no_energy(year):
    weather, _, arrays = year
    none = power.energy([], weather, arrays, DEFAULT)
    assert none.planes.empty and none.monthly.empty and none.waterfall.empty and none.clock.sizes["plane"] == 0
    assert list(none.planes.columns) == list(power.energy([year[1]], weather, arrays, DEFAULT).planes.columns)


def test_two_racks_make_one_roof(year):
    weather, poa, _ = year
    pair = poa.isel(plane=[5, 6]).assign_coords(plane=["flat-1-a", "flat-1-b"])
    arrays = make_arrays()[5:].assign(array_id=["flat-1-a", "flat-1-b"], plane_id="flat-1", share=0.5, kwp=[6.0, 6.0])
    both = power.energy([pair], weather, arrays, DEFAULT)
    assert len(both.planes) == 1
    assert both.planes["kwh"].iloc[0] == pytest.approx((both.arrays["kwh_per_kwp"] * 6).sum())
    assert both.planes["kwh_per_kwp"].iloc[0] == pytest.approx(both.arrays["kwh_per_kwp"].mean())
    assert both.planes["kwp"].iloc[0] == 12


def test_p8_a_roof_shaded_only_mornings_loses_only_mornings(year, result):
    weather, poa, arrays = year
    local = (weather.index + pd.Timedelta(hours=1)).hour
    mornings = xr.DataArray((local < 9).astype("float32"), dims="time", coords={"time": poa["time"]})
    shaded = poa.assign(poa_direct=poa["poa_direct"] * (1 - mornings), sunlit_fraction=poa["sunlit_fraction"] * (1 - mornings))
    clock = power.energy([shaded], weather, arrays, DEFAULT).clock
    assert np.allclose(clock.sel(hour=slice(9, 23)), result.clock.sel(hour=slice(9, 23)))
    assert (clock.sel(hour=slice(4, 8)).sum(["month", "hour"]) < result.clock.sel(hour=slice(4, 8)).sum(["month", "hour"])).all()


def test_racks_shade_as_pvlib_says(year):
    weather, poa, arrays = year
    chosen = changed(losses={"partial_shade": 0.0})
    steep = poa.isel(plane=[5]).assign_coords(plane=["b5-1"])
    tight = arrays.assign(pitch_m=1.3)
    line = power.energy([steep], weather, tight, chosen).waterfall["row_shade"].iloc[0]
    sun = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude).get_solarposition(weather.index)
    fraction = shading.shaded_fraction1d(
        sun["apparent_zenith"], sun["azimuth"], axis_azimuth=5, shaded_row_rotation=10, collector_width=1.134, pitch=1.3
    ).to_numpy()
    hidden = shading.sky_diffuse_passias(shading.masking_angle_passias(10, 1.134 / 1.3))
    plane = poa.isel(plane=5)
    expected = (plane["poa_direct"].to_numpy() * fraction).sum() + plane["poa_sky_diffuse"].to_numpy().sum() * hidden
    assert line == pytest.approx(-expected / 1000, rel=1e-3)


def test_racks_need_the_sun(year):
    weather, poa, arrays = year
    blind = poa.drop_vars("solar_zenith")
    with pytest.raises(ValueError, match="site"):
        power.energy([blind], weather, arrays, DEFAULT)
    seeing = power.energy([blind], weather, arrays, DEFAULT, site=SITE)
    assert seeing.planes["kwh"].to_numpy() == pytest.approx(
        power.energy([poa], weather, arrays, DEFAULT).planes["kwh"].to_numpy(), rel=1e-5
    )


def test_adr_is_pvlibs(year):
    weather, poa, arrays = year
    chosen = changed(module={"dc_model": "adr"})
    levels = dict(chain.Chain(poa, weather, chosen, arrays=arrays).levels())
    m = chosen.module
    steps = chain.Chain(poa, weather, chosen, arrays=arrays)
    cell = steps._cell_temperature(levels["row_shade"])
    k = {"k_a": 1, "k_d": m.adr_k_d, "tc_d": m.adr_tc_d, "k_rs": m.adr_k_rs, "k_rsh": m.adr_k_rsh}
    expected = levels["snow"] * pvarray.pvefficiency_adr(levels["snow"].astype(float), cell, **k)
    assert levels["temperature"] == pytest.approx(expected, rel=1e-4, abs=1e-2)
    assert levels["temperature"].sum() < dict(chain.Chain(poa, weather, DEFAULT, arrays=arrays).levels())["temperature"].sum()


def test_missing_temperature_and_snow_depth_are_said_not_hidden(year):
    weather, poa, arrays = year
    with use_language("sv"):
        bare = power.energy([poa], weather[["ghi", "dhi", "dni"]], arrays, DEFAULT)
    assert [word in " ".join(bare.warnings) for word in ("lufttemperatur", "2,0 procent", "snödjup")] == [True] * 3
    share = bare.waterfall["temperature"] / bare.waterfall.loc[:, :"snow"].sum(axis=1)
    assert share.to_numpy() == pytest.approx(-DEFAULT.losses.without_temperature)
    complete = power.energy([poa], weather.assign(snow_depth=0.0), arrays, DEFAULT)
    assert len(complete.warnings) == 1 and "som mest 0 cm" in complete.warnings[0]
    assert (complete.planes["snow_loss"] == 0).all()
    assert list(power.weather_warnings(weather.assign(snow_depth=25.0), DEFAULT)) == []


def test_p9_two_roofs_that_differ_only_in_tilt_lose_differently_to_snow(year):
    weather, _, _ = year
    depth = pd.Series(0.0, index=weather.index)
    depth["2023-01-10":"2023-02-20"] = 12.0
    tilts, azimuths = [12.0, 45.0], [180.0, 180.0]
    snowy = weather.assign(snow_depth=depth, temp_air=weather["temp_air"].where(depth == 0, -1.0))
    arrays = make_arrays(tilts, azimuths, [False, False])
    lost = power.energy([make_poa(weather, tilts, azimuths)], snowy, arrays, DEFAULT).planes["snow_loss"]
    assert lost.iloc[0] > 1.5 * lost.iloc[1] > 0
    fixed = power.energy([make_poa(weather, tilts, azimuths)], snowy, arrays, changed(losses={"snow_model": "fixed"}))
    assert fixed.planes["snow_loss"].to_numpy() == pytest.approx(DEFAULT.losses.snow)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_p10_more_shade_never_gives_more(first, second):
    weather = make_small()
    poa, arrays = make_poa(weather, TILTS[:2], AZIMUTHS[:2]), make_arrays(TILTS[:2], AZIMUTHS[:2], RACK[:2])
    low, high = sorted((first, second))
    give = [
        power.energy(
            [poa.assign(poa_direct=poa["poa_direct"] * f, sunlit_fraction=poa["sunlit_fraction"] * f)], weather, arrays, DEFAULT
        ).planes["kwh"]
        for f in (low, high)
    ]
    assert (give[0] <= give[1] + 1e-6).all()


def make_small():
    return make_weather().loc["2023-06-01":"2023-06-14"]


FIELDS = {
    "losses": {
        "soiling": 0.05,
        "snow": 0.06,
        "mismatch": 0.03,
        "wiring": 0.01,
        "light_induced": 0.0,
        "availability": 0.03,
        "inverter_efficiency": 0.98,
        "dc_ac_ratio": 1.6,
        "standby_w_per_kw": 2.0,
        "ageing_per_year": 0.01,
        "age_years": 10.0,
        "partial_shade": 0.0,
    },
    "module": {"gamma_pdc": -0.0029, "dc_model": "adr", "power_w": 350.0},
}


@pytest.mark.parametrize(("section", "field"), [(s, f) for s, fields in FIELDS.items() for f in fields])
def test_every_setting_of_the_chain_changes_the_energy(year, section, field):
    weather, poa, arrays = make_small(), make_poa(make_small()), year[2]
    poa = poa.assign(sunlit_fraction=poa["sunlit_fraction"] * 0.8)
    before, after = (
        power.energy([poa], weather, arrays, chosen).planes["kwh"]
        for chosen in (DEFAULT, changed(**{section: {field: FIELDS[section][field]}}))
    )
    assert not np.allclose(before, after, rtol=1e-5)


@pytest.mark.parametrize("field", ["adr_k_d", "adr_tc_d", "adr_k_rs", "adr_k_rsh"])
def test_adr_numbers_and_the_missing_temperature_share_count(year, field):
    weather, poa, arrays = make_small(), make_poa(make_small()), year[2]
    adr = changed(module={"dc_model": "adr"})
    other = changed(module={"dc_model": "adr", field: getattr(DEFAULT.module, field) * 1.3})
    before, after = (power.energy([poa], weather, arrays, chosen).planes["kwh"] for chosen in (adr, other))
    assert not np.allclose(before, after, rtol=1e-5)


def test_without_temperature_and_clock_settings_count(year):
    weather, poa, arrays = year
    cold = weather[["ghi", "dhi", "dni"]]
    before, after = (
        power.energy([poa], cold, arrays, chosen).planes["kwh"]
        for chosen in (DEFAULT, changed(losses={"without_temperature": 0.0}))
    )
    assert (after > before).all()
    utc = power.energy([poa], weather, arrays, changed(losses={"clock_utc_offset_h": 0})).clock
    swedish = power.energy([poa], weather, arrays, DEFAULT).clock
    assert np.allclose(utc.sel(month=6, hour=11), swedish.sel(month=6, hour=12))


def test_p11_clipping_takes_what_the_inverter_cannot(year):
    weather, poa, arrays = year
    tight = power.energy([poa], weather, arrays, changed(losses={"dc_ac_ratio": 2.0}))
    hourly = power.hourly_ac(poa, weather, changed(losses={"dc_ac_ratio": 2.0}), arrays=arrays)["ac_w_per_kwp"]
    assert float(hourly.max()) == pytest.approx(500 * 0.99, rel=1e-5)
    assert (tight.waterfall["clipping"] < 0).any()


def test_p12_two_thousand_planes_within_six_cpu_seconds(year):
    weather, poa, _ = year
    one = poa.isel(plane=np.arange(400) % 7)
    ids = [[f"b{c}-{i}" for i in range(400)] for c in range(5)]
    rows = make_arrays().iloc[np.arange(400) % 7]
    arrays = pd.concat([rows.assign(array_id=names, plane_id=names) for names in ids])
    start = time.process_time()
    many = power.energy((one.assign_coords(plane=names) for names in ids), weather, arrays, DEFAULT)
    assert time.process_time() - start < 6.0
    assert len(many.planes) == 2000
