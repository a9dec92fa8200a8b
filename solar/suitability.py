"""Class and reasons of every roof plane: layer `tak`. docs/metod/klass.md.

Verdicts on facilities (`solar.verdicts`) and the MW in all (`solar.totals`) are reachable from here.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.layers import REASONS, TAK
from solar import sky, uncertainty
from solar.totals import totals
from solar.verdicts import facilities, in_group

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings
    from solar.power import EnergyResult

__all__ = ["best_unshaded", "built_on_planes", "classify", "facilities", "tak", "totals"]

SEARCH_TILTS = np.arange(0.0, 91.0)
SEARCH_AZIMUTHS = np.arange(140.0, 221.0, 2.0)
MAIN_SHARE = 1 / 3
"""An angle is named as a reason when it stands for at least this part of what the plane's direction loses."""
SHADES = {"shade_trees": "loss_trees", "shade_buildings": "loss_near", "shade_terrain": "loss_far"}
DAYS_PER_YEAR = 365.25


def best_unshaded(weather: pd.DataFrame, site: Any, settings: SolarSettings) -> float:
    """Return the irradiation [kWh/m2 a year] of the best unshaded fixed plane at the site with this weather.

    weather: ghi, dhi, dni [W/m2] on a tz-aware index of interval middles; site: latitude, longitude, altitude. Searched in steps of a
    degree of tilt and two of azimuth, where the top is flat to 0.01 %, with the light of `sky.open_year`.
    """
    year = sky.year(weather, site, model=settings.shade.model, albedo=settings.shade.albedo)
    tilt, azimuth = (grid.ravel() for grid in np.meshgrid(SEARCH_TILTS, SEARCH_AZIMUTHS))
    return float(sky.open_year(year, tilt, azimuth).sum(axis=(1, 2)).max())


def classify(roofs: pd.DataFrame, best_kwh_m2: float, settings: SolarSettings, *, today: dt.date) -> pd.DataFrame:
    """Return class and reasons (codes joined by ;, in the order of layers.REASONS) on the index of `roofs`.

    roofs: tilt_deg, azimuth_deg, confidence, survey_date, fit_rmse_m, kwp, built_kwp, poa_kwh_m2, poa_unshaded_kwh_m2, loss_trees,
    loss_near, loss_far, foreign (not the municipality's); kwp_without_lanes where known. Every roof not of class top has a reason.
    """
    share, unshaded = (_per_cent(roofs[name], best_kwh_m2, settings) for name in ("poa_kwh_m2", "poa_unshaded_kwh_m2"))
    outside = roofs["poa_kwh_m2"].isna()
    unsure = ~outside & (roofs["confidence"].astype(float) < settings.classes.min_confidence)
    small = roofs["kwp"] <= 0
    free = roofs["kwp"] - roofs["built_kwp"]
    taken = (roofs["built_kwp"] > 0) & (free < settings.module.min_modules * settings.module.power_w / 1000)
    by_light = _by_cuts(share, settings)
    classes = by_light.copy()
    classes[unsure | outside] = "not_assessed"
    classes[small | taken] = "excluded"
    reasons = pd.DataFrame(False, index=roofs.index, columns=list(REASONS))
    lit = ~outside & ~small
    reasons.update(_light_reasons(roofs, unshaded, settings)[(lit & (by_light != "top")).to_numpy()])
    reasons["too_small"] = small
    reasons["already_built"] = roofs["built_kwp"] > 0
    reasons["outside_model"] = outside & roofs["fit_rmse_m"].notna()
    reasons["no_survey"] = outside & roofs["fit_rmse_m"].isna()
    reasons["old_survey"] = _age_years(roofs["survey_date"], today) > settings.classes.max_scan_age_years
    reasons["uncertain_geometry"] = unsure
    reasons["not_municipal"] = roofs["foreign"]
    reasons["bygglov_att_prova"] = (roofs["tilt_deg"] < settings.roofs.flat_below_deg) & ~small
    if "kwp_without_lanes" in roofs:
        reasons["raddningsstrak"] = roofs["kwp_without_lanes"] > roofs["kwp"] + 1e-9
    return pd.DataFrame({"class": classes, "reasons": _joined(reasons)})


def tak(
    planes: gpd.GeoDataFrame,
    *,
    annual: pd.DataFrame,
    energy: EnergyResult,
    matches: pd.DataFrame,
    register: pd.DataFrame,
    best_kwh_m2: float,
    settings: SolarSettings,
    today: dt.date,
    plants: pd.DataFrame | None = None,
    buildings: pd.DataFrame | None = None,
    owners: tuple[str, ...] = (),
) -> gpd.GeoDataFrame:
    """Return layer `tak` (layers.TAK).

    planes: from `modules.with_capacity`. annual: `PlaneLight.annual`, by plane_id: poa_kwh_m2, poa_unshaded_kwh_m2, sky_view,
    loss_trees, loss_near, loss_far; planes without a row or a value are outside the model. matches: building_id, facility_id, a
    building in one facility. register: layers.FACILITIES. owners: of the municipal group; empty: every owner in the register.
    plants: layers.PLANTS; those in use take their place on the roofs.
    """
    roofs = _with_owner(planes, matches, register, buildings=buildings, owners=owners)
    roofs = _with_light(roofs, annual)
    roofs["built_kwp"] = built_on_planes(roofs, plants, today=today)
    numbers = energy.planes.reindex(roofs["plane_id"])
    for name in ("kwh", "kwh_per_kwp", "snow_loss"):
        roofs[name] = numbers[name].to_numpy()
    roofs["best_pct"] = 100 * roofs["poa_kwh_m2"] / best_kwh_m2
    roofs["p90_kwh"] = uncertainty.p90(roofs["kwh"], terms(roofs, settings, today=today), settings)
    roofs = roofs.assign(**classify(roofs, best_kwh_m2, settings, today=today))
    first = [name for name in TAK.names if name in roofs.columns]
    return roofs[[*first, *(name for name in roofs.columns if name not in (*first, "foreign"))]]


def terms(roofs: pd.DataFrame, settings: SolarSettings, *, today: dt.date) -> pd.DataFrame:
    """Return `uncertainty.terms` of layer `tak`: racks have their own tilt, shade is the sum of its causes."""
    rack = roofs["tilt_deg"] < settings.roofs.flat_below_deg
    tilt = roofs["tilt_deg"].mask(rack, settings.module.flat_tilt_deg)
    shade = roofs[list(SHADES.values())].sum(axis=1)
    age = {"survey_date": roofs["survey_date"], "settings": settings, "today": today}
    return uncertainty.terms(tilt, shade, roofs["confidence"], **age)


def built_on_planes(roofs: pd.DataFrame, plants: pd.DataFrame | None, *, today: dt.date) -> pd.Series:
    """Return the kWp already built on every plane: plants in use on `today` fill their building's sunniest planes first.

    A plant that names no building fills its facility's planes. What a building cannot hold is left out here (`totals` says so). Plants
    decided but not in use take no place: their roofs are still to be counted.
    """
    built = pd.Series(0.0, index=roofs.index)
    if plants is None:
        return built
    order = roofs.sort_values("poa_kwh_m2", ascending=False, na_position="last").index
    for plant in plants[in_use(plants, today)].itertuples():
        column, key = _place_of(plant)
        left = plant.kwp
        for index in order[(roofs.loc[order, column] == key).to_numpy()] if column else ():
            take = min(left, roofs.at[index, "kwp"] - built[index])
            built[index] += take
            left -= take
    return built


def in_use(plants: pd.DataFrame, today: dt.date) -> pd.Series:
    """Return which plants (layers.PLANTS) are in use on `today`; an empty date is decided, not built."""
    return pd.to_datetime(plants["in_use"]) <= pd.Timestamp(today)


def _place_of(plant: Any) -> tuple[str, str]:
    for column in ("building_id", "facility_id"):
        value = getattr(plant, column, None)
        if value is not None and not pd.isna(value):
            return column, value
    return "", ""


def _per_cent(irradiation: pd.Series, best_kwh_m2: float, settings: SolarSettings) -> pd.Series:
    return irradiation if settings.classes.basis == "absolute" else 100 * irradiation / best_kwh_m2


def _cuts(settings: SolarSettings) -> tuple[float, float, float]:
    c = settings.classes
    return (c.top, c.good, c.fair) if c.basis == "relative" else (c.top_kwh_m2, c.good_kwh_m2, c.fair_kwh_m2)


def _by_cuts(share: pd.Series, settings: SolarSettings) -> pd.Series:
    top, good, fair = _cuts(settings)
    return pd.Series(np.select([share >= top, share >= good, share >= fair], ["top", "good", "fair"], "poor"), share.index)


def _light_reasons(roofs: pd.DataFrame, unshaded: pd.Series, settings: SolarSettings) -> pd.DataFrame:
    """Name what costs the plane its class: its angles when even without shade it is below top, shade above a stated share.

    The light on a plane goes nearly with the cosine between its normal and the best plane's, so what tilt and azimuth lose is the two
    parts of 1 - cos. When nothing passes its threshold, the largest shade is named: something must have taken the light.
    """
    out = pd.DataFrame(False, index=roofs.index, columns=["tilt", "azimuth", *SHADES])
    best = np.radians(settings.classes.best_tilt_deg)
    tilt, turn = np.radians(roofs["tilt_deg"].astype(float)), np.radians(roofs["azimuth_deg"].astype(float) - 180)
    by_tilt = 1 - np.cos(tilt - best)
    by_azimuth = np.sin(tilt) * np.sin(best) * (1 - np.cos(turn))
    turned = unshaded < _cuts(settings)[0]
    for name, part in (("tilt", by_tilt), ("azimuth", by_azimuth)):
        out[name] = turned & (part >= MAIN_SHARE * (by_tilt + by_azimuth))
    losses = roofs[list(SHADES.values())].fillna(0.0).set_axis(list(SHADES), axis=1)
    out[list(SHADES)] = losses > settings.classes.shade_reason
    none = ~out.any(axis=1) & (losses.max(axis=1) > 0)
    for name in SHADES:
        out.loc[none, name] = (losses.idxmax(axis=1) == name)[none]
    return out


def _joined(reasons: pd.DataFrame) -> pd.Series:
    codes = np.array(reasons.columns, dtype=object)
    flags = reasons.to_numpy(dtype=bool)
    return pd.Series([";".join(codes[row]) for row in flags], index=reasons.index, dtype=object)


def _age_years(survey_date: pd.Series, today: dt.date) -> pd.Series:
    return (pd.Timestamp(today) - pd.to_datetime(survey_date)).dt.days / DAYS_PER_YEAR


def _with_owner(
    planes: gpd.GeoDataFrame,
    matches: pd.DataFrame,
    register: pd.DataFrame,
    *,
    buildings: pd.DataFrame | None,
    owners: tuple[str, ...],
) -> gpd.GeoDataFrame:
    """Add facility_id, name and owner; an owner outside the municipal group is never named."""
    if matches["building_id"].duplicated().any():
        raise ValueError("a building in two facilities: settle it in the matches")
    known = register.set_index("facility_id")
    facility = planes["building_id"].map(matches.set_index("building_id")["facility_id"])
    facility = facility.where(facility.isin(known.index)).astype(object)
    name = facility.map(known["name"])
    if buildings is not None and "name" in buildings:
        name = name.fillna(planes["building_id"].map(buildings.set_index("building_id")["name"]))
    ours = known["owner"].where(in_group(known["owner"], owners))
    foreign = facility.map(~in_group(known["owner"], owners)).fillna(True).astype(bool)
    placed = {"facility_id": facility.where(facility.notna(), None), "name": name, "owner": facility.map(ours)}
    return planes.assign(**placed, foreign=foreign)


def _with_light(roofs: gpd.GeoDataFrame, annual: pd.DataFrame) -> gpd.GeoDataFrame:
    light = annual.reindex(roofs["plane_id"])
    names = ("sky_view", "poa_kwh_m2", "poa_unshaded_kwh_m2", *SHADES.values())
    return roofs.assign(**{name: light[name].to_numpy(dtype=float) for name in names})
