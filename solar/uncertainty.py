"""How sure a year's energy is: P90 per roof, and of many roofs together. docs/metod/osakerhet.md.

Terms as in Thevenard & Pelland (2013, Solar Energy 91, 432-441): independent, normal, added as root-sum-square. Some are common to
all roofs (the weather is one), some are each roof's own; the own ones even out, so the P90 of the sum is above the sum of the P90.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from data.settings import SolarSettings

COMMON = ("climate", "irradiation", "transposition", "snow")
OWN = ("rating", "soiling", "other", "shade", "geometry", "scan_age")
DAYS_PER_YEAR = 365.25


def terms(
    tilt_deg: pd.Series,
    shading_loss: pd.Series,
    confidence: pd.Series,
    *,
    survey_date: pd.Series,
    settings: SolarSettings,
    today: dt.date,
) -> pd.DataFrame:
    """Return the standard uncertainty of every term (columns COMMON + OWN) as a share of the year's energy, one row a roof.

    tilt_deg of the modules; shading_loss 0-1 (trees, near and far together); confidence 0-1; survey_date, where missing the largest
    age among the others counts (none known: the term is 0 and the geometry speaks alone).
    """
    u = settings.uncertainty
    steep = np.sin(np.radians(np.maximum(tilt_deg.astype(float), 0.1)))
    snow = u.snow * np.clip(np.sin(np.radians(u.snow_tilt_deg)) / steep, None, u.snow_at_most)
    years = (pd.Timestamp(today) - pd.to_datetime(survey_date)).dt.days.clip(lower=0) / DAYS_PER_YEAR
    age = years.fillna(years.max()).fillna(0.0)
    fixed = {name: getattr(u, name) for name in ("climate", "irradiation", "transposition", "rating", "soiling", "other")}
    table = pd.DataFrame(fixed, index=tilt_deg.index).assign(
        snow=snow,
        shade=u.shade * shading_loss.astype(float).fillna(0.0) / (1 - shading_loss.astype(float).fillna(0.0)).clip(lower=0.05),
        geometry=u.geometry * (1 - confidence.astype(float).fillna(0.0)),
        scan_age=u.scan_per_year * age,
    )
    return table[[*COMMON, *OWN]]


def sigma(table: pd.DataFrame) -> pd.Series:
    """Return the root-sum-square of every row's terms: share of the year's energy."""
    return np.sqrt((table**2).sum(axis=1))


def p90(kwh: pd.Series, table: pd.DataFrame, settings: SolarSettings) -> pd.Series:
    """Return the energy [kWh] every roof exceeds with the settings' probability (0.9: P90), never below 0."""
    return (kwh * (1 - _quantile(settings) * sigma(table))).clip(lower=0)


def portfolio_p90(kwh: pd.Series, table: pd.DataFrame, settings: SolarSettings) -> float:
    """Return the energy [kWh] the roofs together exceed with the settings' probability."""
    total = float(kwh.sum())
    common = sum(float((kwh * table[name]).sum()) ** 2 for name in COMMON)
    own = float(((kwh.to_numpy()[:, None] * table[list(OWN)].to_numpy()) ** 2).sum())
    return max(0.0, total - _quantile(settings) * float(np.sqrt(common + own)))


def _quantile(settings: SolarSettings) -> float:
    from scipy.stats import norm

    return float(norm.ppf(settings.uncertainty.exceedance))
