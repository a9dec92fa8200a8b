"""Small registers written by hand for the fleet's tests, and the settings and definitions they are judged by."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.settings import FleetSettings
from fleet.register import register
from kil.fleetinputs import shipped

TODAY = dt.date(2026, 9, 30)
_DATES = ("in_date", "out_date", "first_registered", "ordered", "lease_end", "snapshot")
_TEXTS = (
    "registration",
    "company",
    "unit",
    "use",
    "depot",
    "make",
    "model",
    "vehicle_class",
    "eu_class",
    "tenure",
    "replaces",
    "sheet",
)


def settings(**goal) -> FleetSettings:
    """Return the default settings with fields of the goal changed."""
    made = FleetSettings()
    return made.model_copy(update={"goal": made.goal.model_copy(update=goal)}) if goal else made


def definition(name):
    """Return a shipped definition."""
    return next(each for each in shipped() if each.id == name)


def goal_definition():
    """Return the goal's own definition."""
    return definition(settings().goal.definition)


def vehicle(plate, came="2019-01-01", left=None, *, fuel="petrol", kind="car", hvo=None, plug=None, **facts):
    """Return one row of a list; `fuel` a word or up to three with +."""
    fuels = [*fuel.split("+"), None, None][:3] if fuel else [None] * 3
    row = {"registration": plate, "in_date": came, "out_date": left, "vehicle_class": kind, "hvo100": hvo, "plug_in": plug}
    row |= dict(zip(("fuel_1", "fuel_2", "fuel_3"), fuels, strict=True))
    return row | {"company": "K", "tenure": "owned", "first_registered": came} | facts


def rows_of(*made):
    """Return VEHICLE_ROWS of vehicles."""
    frame = pd.DataFrame(list(made))
    for name in _DATES:
        frame[name] = pd.to_datetime(frame.get(name)).astype("datetime64[ns]") if name in frame else pd.NaT
        frame[name] = frame[name].astype("datetime64[ns]")
    for name in (*_TEXTS, "fuel_1", "fuel_2", "fuel_3"):
        frame[name] = frame[name].astype("str") if name in frame else pd.Series(None, frame.index, dtype="str")
    for name in ("co2_g_km", "rde_percent", "odometer_km", "annual_km"):
        frame[name] = frame[name].astype(float) if name in frame else np.nan
    for name in ("hvo100", "plug_in"):
        frame[name] = frame[name].astype("boolean")
    for name in ("emergency", "other_authority", "private"):
        frame[name] = (frame[name] if name in frame else pd.Series(False, frame.index)).fillna(False).astype("boolean")
    frame["status"] = frame["status"].fillna("in_traffic") if "status" in frame else "in_traffic"
    frame["plate"] = frame["plate"].fillna("old") if "plate" in frame else "old"
    return frame.assign(file="fordon.xlsx", row=np.arange(2, len(frame) + 2))


def world(*made, today=TODAY):
    """Return the register of vehicles."""
    return register(rows_of(*made), settings().vehicles, today=today).vehicles
