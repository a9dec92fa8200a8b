"""All the MW: what the roofs hold, what suits, what is built, what remains of the target. docs/metod/klass.md, *Totals*."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.layers import CLASSES
from data.texts import text
from solar.verdicts import ANSWERS, EXCLUSIONS
from solar.words import number

if TYPE_CHECKING:
    from data.settings import SolarSettings

BLIND = ("uncertain_geometry", "outside_model", "no_survey")
"""Reasons why a plane is not assessed, as told with what would help."""


def totals(
    tak: pd.DataFrame,
    anlaggningar: pd.DataFrame,
    plants: pd.DataFrame | None,
    settings: SolarSettings,
    *,
    today: dt.date,
    owners: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return solar.json's MW (DC) and MWh, None where unknown, with `warnings`. Definitions: docs/metod/klass.md, *Totals*.

    plants: layers.PLANTS or None (no list: what is built and what remains are unknown). owners: of the municipal group; empty: every
    owner a facility has.
    """
    municipal = ~tak["reasons"].str.split(";").map(lambda codes: "not_municipal" in codes).astype(bool)
    judged = anlaggningar["suitability"].isin(("suitable", "conditional"))
    answers = anlaggningar[[name for name in ANSWERS if name in anlaggningar]]
    counted = anlaggningar[judged & ~(answers == "no").any(axis=1)]
    certain = counted[~(answers.loc[counted.index, answers.columns.isin(EXCLUSIONS)] == "unknown").any(axis=1)]
    built = None
    if plants is not None:
        counts = {"reading": settings.target.reading, "today": today, "owners": owners}
        built = _mega(built_kwp(plants, anlaggningar, tak, **counts))
    warnings = list(_warnings(tak, plants, settings, today=today))
    total = _mega(counted["kwp"])
    remaining = None if built is None else max(0.0, settings.target.mw - built)
    return {
        "potential_mwp": _mega(tak["kwp"]),
        "municipal_mwp": _mega(tak.loc[municipal, "kwp"]),
        "suitable_mwp": total,
        "suitable_known_mwp": _mega(certain["kwp"]),
        "total_mwp": total,
        "total_mwh": _mega(counted["kwh"]),
        "built_mw": built,
        "target_mw": settings.target.mw,
        "target_reading": settings.target.reading,
        "remaining_mw": remaining,
        "gap_after_roofs_mw": None if remaining is None else max(0.0, remaining - total),
        "buildings": int(tak["building_id"].nunique()),
        "planes": len(tak),
        "facilities": len(anlaggningar),
        "by_class": {name: _sums(tak[tak["class"] == name]) for name in CLASSES},
        "by_owner": {str(owner): _sums(rows) for owner, rows in tak[municipal].fillna({"owner": "unknown"}).groupby("owner")},
        "warnings": warnings,
    }


def built_kwp(
    plants: pd.DataFrame,
    anlaggningar: pd.DataFrame,
    tak: pd.DataFrame,
    *,
    reading: str,
    today: dt.date,
    owners: tuple[str, ...] = (),
) -> pd.Series:
    """Return kWp in use on `today` per plant_id that a reading counts; plants it cannot place are left out.

    group_total_dc: owned by the group. municipal_property_total_dc: on a facility or its buildings. municipality_total_dc: all.
    """
    running = plants[pd.to_datetime(plants["in_use"]) <= pd.Timestamp(today)].set_index("plant_id")
    if reading == "group_total_dc":
        group = set(owners) or set(anlaggningar["owner"].dropna())
        running = running[running["owner"].isin(group)] if "owner" in running else running[:0]
    elif reading == "municipal_property_total_dc":
        ours = set(tak.loc[tak["facility_id"].notna(), "building_id"])
        on_building = running["building_id"].isin(ours) if "building_id" in running else False
        on_facility = running["facility_id"].isin(set(anlaggningar["facility_id"])) if "facility_id" in running else False
        running = running[on_building | on_facility]
    return running["kwp"].astype(float)


def _warnings(tak: pd.DataFrame, plants: pd.DataFrame | None, settings: SolarSettings, *, today: dt.date) -> Iterator[str]:
    blind = tak[tak["class"] == "not_assessed"]
    if len(blind):
        codes = blind["reasons"].str.split(";").explode().value_counts()
        why = "; ".join(text(f"solar.totals.blind.{code}", n=int(codes[code])) for code in BLIND if code in codes)
        yield text("solar.totals.not_assessed", n=len(blind), mwp=number(_mega(blind["kwp"]), 1), why=why)
    if plants is None:
        yield text("solar.totals.no_plants")
        return
    running = plants[pd.to_datetime(plants["in_use"]) <= pd.Timestamp(today)]
    reading = settings.target.reading
    lacking = {
        "group_total_dc": ("owner", ("owner",)),
        "municipal_property_total_dc": ("place", ("building_id", "facility_id")),
    }
    if reading in lacking:
        what, columns = lacking[reading]
        unplaced = running[[c for c in columns if c in running]].isna().all(axis=1)
        if unplaced.any():
            what = text(f"solar.totals.{what}")
            yield text("solar.totals.plants_unplaced", n=int(unplaced.sum()), what=what, reading=reading)
    left = float(running["kwp"].sum()) - float(tak["built_kwp"].sum())
    if left > 0.5:
        yield text("solar.totals.roofs_unplaced", kwp=number(left))


def _sums(rows: pd.DataFrame) -> dict[str, float | int]:
    return {"planes": len(rows), "mwp": _mega(rows["kwp"]), "mwh": _mega(rows["kwh"])}


def _mega(values: pd.Series) -> float:
    return float(values.astype(float).sum()) / 1000
