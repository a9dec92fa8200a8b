"""What the fleet takes from its neighbours (docs/metod/fordon.md, 6): tonnes by date, and a depot's own roof hour by hour."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401 - gives .rio
import xarray as xr
from pvlib import irradiance as pv
from pvlib.location import Location
from shapely import box

from data.settings import EmissionSettings, Site, SolarSettings
from data.settings.fleet import PlanSettings
from fleet.charging import depots
from kil.fleetjoin import depot_power, depot_roofs, rates
from solar import irradiance, power

SITE = Site(latitude=59.5, longitude=15.0, altitude=60)


def rate(table, carrier, day):
    when = pd.Timestamp(day)
    rows = table[(table["carrier"] == carrier) & (table["valid_from"] <= when) & ~(table["valid_to"] < when)]
    return float(rows["kg_per_unit"].iloc[0]) if len(rows) == 1 else None


def test_factors_follow_the_goals_gas_and_basis():
    """By hand: diesel well to wheel from July 2025 = 95.1 g/MJ x (1 - 10 %) x 35.5 MJ/l; Nordic mix 59 g/kWh; residual mix 524.1."""
    wtw = rates(EmissionSettings(fuel_basis="wtw", goal={"gas": "co2e"}))
    assert rate(wtw, "diesel", "2025-08-01") == pytest.approx(95.1 * 0.9 * 35.5 / 1000, rel=1e-3)
    assert rate(wtw, "diesel", "2024-03-01") == pytest.approx(95.1 * 0.94 * 35.5 / 1000, rel=1e-3)
    assert rate(wtw, "electricity", "2022-06-01") == pytest.approx(0.059)
    market = rates(EmissionSettings(goal={"gas": "co2e", "electricity": "market"}))
    assert rate(market, "electricity", "2023-06-01") == pytest.approx(0.5241)
    tail, all_gases = rates(EmissionSettings()), rates(EmissionSettings(goal={"gas": "co2e"}))
    assert rate(tail, "petrol", "2026-01-01") < rate(all_gases, "petrol", "2026-01-01") < rate(wtw, "petrol", "2026-01-01")
    assert rate(tail, "unspecified", "2026-01-01") == rate(tail, "petrol", "2026-01-01")
    assert rate(wtw, "lpg", "2026-01-01") is None  # no such factor is known: not a zero


def test_a_depot_is_the_facility_of_the_same_name_or_the_one_the_settings_say():
    known = pd.DataFrame({"name": ["Kommunförrådet", "Centralskolan"], "facility_id": ["F-1", "F-2"]})
    found = depot_roofs(["kommun förrådet", "Skolan", "Okänd", ""], known, {"Skolan": "F-2", "Okänd": "F-9"})
    assert found == {"kommun förrådet": "F-1", "Skolan": "F-2"}


@pytest.fixture(scope="module")
def solar():
    """A depot with two roofs in the open, of which one is of a class that counts, as the solar part hands it over."""
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    place = Location(SITE.latitude, SITE.longitude, altitude=SITE.altitude)
    ghi = place.get_clearsky(index, model="haurwitz")["ghi"] * 0.6
    split = pv.erbs(ghi, place.get_solarposition(index)["apparent_zenith"], index)
    weather = pd.DataFrame(
        {"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"], "temp_air": 8.0, "wind_speed": 2.0}, index=index
    )
    steps = np.arange(60) + 0.5
    flat = np.zeros((60, 60), "float32")
    flat[20:40, 10:50] = 5.0
    model = xr.DataArray(flat, dims=("y", "x"), coords={"y": 6_600_000 + steps[::-1], "x": 500_000 + steps}).rio.write_crs(
        "EPSG:3006"
    )
    shapes = [box(500_010, 6_600_020, 500_030, 6_600_040), box(500_030, 6_600_020, 500_050, 6_600_040)]
    planes = gpd.GeoDataFrame(
        {"plane_id": ["a-1", "a-2"], "tilt_deg": [20.0, 20.0], "azimuth_deg": [180.0, 0.0], "z_m": [5.0, 5.0]},
        geometry=shapes,
        crs="EPSG:3006",
    )
    light = irradiance.plane_light(model, weather, planes, site=SITE, dtm=model * 0, directions=16)
    same = {
        "array_id": planes["plane_id"],
        "share": 1.0,
        "is_rack": False,
        "pitch_m": np.nan,
        "slant_m": np.nan,
        "kwp": [40.0, 40.0],
    }
    arrays = pd.DataFrame(planes.drop(columns="geometry")).assign(**same)
    tak = pd.DataFrame({"plane_id": ["a-1", "a-2"], "facility_id": "F-1", "class": ["top", "poor"]})
    named = pd.DataFrame({"facility_id": ["F-1"], "name": ["Förrådet"]})
    assessment = SimpleNamespace(tak=tak, arrays=arrays, light=light, anlaggningar=named)
    return SimpleNamespace(assessment=assessment, surroundings=SimpleNamespace(weather=weather, site=SITE))


def test_a_depots_roof_hour_by_hour_is_the_solar_modules_own_year(solar):
    made = depot_power(["Förrådet", "Annan depå"], solar, SolarSettings())
    assert list(made.columns) == ["Förrådet"]
    assert len(made) == 8760
    found, around = solar.assessment, solar.surroundings
    chunks = irradiance.hourly_poa(found.light, ["a-1"])
    whole = power.energy(chunks, around.weather, found.arrays, SolarSettings(), site=SITE).planes.loc["a-1", "kwh"]
    assert made["Förrådet"].sum() == pytest.approx(whole, rel=0.01)  # but for the idle draw at night
    assert made["Förrådet"].groupby(made.index.hour).mean().idxmax() in (10, 11)  # noon at 15 degrees east is 11 UTC
    load = pd.DataFrame({"depot": ["Förrådet", "Annan depå"], "kwh": [1000.0, 1000.0], "charger_kw": 11.0, "planned": False})
    table = depots(load, PlanSettings(), 2026, made)
    rows = table.set_index("depot")
    assert 0 < rows.loc["Förrådet", "matched_kwh"] < 1000
    assert np.isnan(rows.loc["Annan depå", "matched_kwh"])


def test_without_solar_nothing_is_matched():
    assert depot_power(["Förrådet"], None, SolarSettings()) is None
