"""What the fleet takes from its neighbours: emission factors by date, and the power of each depot's own roof, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.readers import emissionfacts
from data.readers.cells import fold
from data.readers.fleetwords import words

if TYPE_CHECKING:
    from data.settings import SolarSettings
    from data.settings.emissions import EmissionSettings
    from solar.assessment import Assessment, Surroundings

CARRIERS = {
    "petrol": "petrol",
    "unspecified": "petrol",
    "diesel": "diesel",
    "ethanol": "e85",
    "gas": "vehicle_gas",
    "lpg": "lpg",
    "hvo": "hvo100",
    "biodiesel": "fame",
}
"""Fuel of the vehicle list: carrier of the emission factors. A hybrid whose fuel the list does not tell is taken to burn petrol."""
ELECTRICITY = "electricity"
GOOD_ENOUGH = ("top", "good", "fair")
"""Classes of roofs whose power is counted, as in a facility's own kWh."""
HOUR = pd.Timedelta(hours=1)


def rates(settings: EmissionSettings, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return carrier (a fuel of the list, or electricity), valid_from, valid_to, kg_per_unit (kg a litre, kg of gas or kWh).

    In the gas and on the bases of the goal (`settings`), so that tonnes saved and tonnes on the path are the same tonnes. table:
    FACTORS (default: those shipped). A carrier without such a factor has no row.
    """
    known = emissionfacts.factors() if table is None else table
    energy = emissionfacts.heating_values()
    gas_mj_kg = words()["product"]["gas"]["mj"]
    parts = [_dated(known, ELECTRICITY, settings.goal.gas, settings.goal.electricity).assign(carrier=ELECTRICITY)]
    for fuel, carrier in CARRIERS.items():
        mj = gas_mj_kg if fuel == "gas" else energy[carrier][1]
        rows = _burnt(known, carrier, settings)
        parts.append(rows.assign(carrier=fuel, value=rows["value"] * mj))
    made = pd.concat(parts, ignore_index=True)
    return made.assign(kg_per_unit=made["value"] / 1000)[["carrier", "valid_from", "valid_to", "kg_per_unit"]]


def _dated(known: pd.DataFrame, carrier: str, gas: str, basis: str) -> pd.DataFrame:
    rows = known[(known["carrier"] == carrier) & (known["gas"] == gas) & (known["basis"] == basis)]
    return rows[["valid_from", "valid_to", "value"]]


def _burnt(known: pd.DataFrame, carrier: str, settings: EmissionSettings) -> pd.DataFrame:
    """Return g/MJ of a fuel by date; CO2e of the tailpipe is CO2 with methane and nitrous oxide by their warming potentials."""
    gas, basis = settings.goal.gas, settings.fuel_basis
    if basis == "wtw":
        return _dated(known, carrier, "co2e", "wtw")  # only CO2e is known from well to wheel
    rows = _dated(known, carrier, "co2", basis)
    if gas == "co2e":
        worth = emissionfacts.warming_potentials(settings.gwp)
        more = sum(float(_dated(known, carrier, name, basis)["value"].sum()) * worth[name] for name in ("ch4", "n2o"))
        rows = rows.assign(value=rows["value"] + more)
    return rows


def depot_roofs(depots: Iterable[str], facilities: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return depot -> facility_id: as `chosen` says, else the facility of the same name (any spelling). facilities: anlaggningar."""
    by_name = {fold(str(name)): str(id_) for name, id_ in zip(facilities["name"], facilities["facility_id"], strict=True)}
    known = set(facilities["facility_id"])
    found = {depot: chosen.get(depot) or by_name.get(fold(depot)) for depot in depots if depot}
    return {depot: id_ for depot, id_ in found.items() if id_ in known}


def depot_power(
    depots: Iterable[str], solar: Any, settings: SolarSettings, chosen: Mapping[str, str] | None = None
) -> pd.DataFrame | None:
    """Return kWh each hour (UTC index of hour starts, one weather year) of the modules that fit on each depot's own good roofs.

    solar: the `result` of the solar part (None = not computed: returns None). Depots that are no facility with roofs have no column.
    """
    if solar is None:
        return None
    assessment, around = solar.assessment, solar.surroundings
    roofs = depot_roofs(depots, assessment.anlaggningar, chosen or {})
    columns = {depot: _power(assessment, around, settings, facility) for depot, facility in roofs.items()}
    columns = {depot: series for depot, series in columns.items() if series is not None}
    return pd.DataFrame(columns) if columns else None


def _power(assessment: Assessment, around: Surroundings, settings: SolarSettings, facility: str) -> pd.Series | None:
    from solar import planelight, power

    tak, arrays = assessment.tak, assessment.arrays
    planes = tak.loc[(tak["facility_id"] == facility) & tak["class"].isin(GOOD_ENOUGH), "plane_id"]
    mine = arrays[arrays["plane_id"].isin(set(planes)) & (arrays["kwp"] > 0)]
    if mine.empty:
        return None
    weather = around.weather
    step_h = (weather.index[1] - weather.index[0]) / HOUR
    total = pd.Series(0.0, weather.index.floor("h").unique().tz_convert("UTC"))
    kwp = mine.set_index("array_id")["kwp"]
    for chunk in planelight.hourly_poa(assessment.light, list(kwp.index)):
        made = power.hourly_ac(chunk, weather, settings, arrays=arrays, site=around.site)["ac_w_per_kwp"]
        kw = made.to_numpy() @ kwp.loc[list(made["plane"].to_numpy())].to_numpy() / 1000
        hours = pd.DatetimeIndex(made["time"].to_numpy()).tz_localize("UTC").floor("h")
        total = total.add(pd.Series(kw * step_h, hours).groupby(level=0).sum(), fill_value=0.0)
    return total
