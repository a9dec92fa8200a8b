"""The verdict on every facility by the written rule. docs/metod/klass.md.

The council asked which *facilities* suit solar cells; a facility is its buildings' roofs and what the municipality knows of them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from data.layers import ANLAGGNINGAR, CLASSES, REASONS
from data.texts import text
from solar.words import number

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings

EXCLUSIONS = ("heritage", "structure", "asbestos", "defence", "grid_limit")
"""Answers an authority or a survey gives: ok, no or unknown. One "no" keeps a facility out of the suitable MW."""
ANSWERS = (*EXCLUSIONS, "detailed_plan")
"""Every answer whose "no" does. The plan asks only where it says something of roofs, so unknown is no open question: `missing` has it."""
ANSWER_REASONS = {
    "heritage": "kulturvarde",
    "structure": "barighet_utred",
    "asbestos": "asbest_utred",
    "defence": "totalforsvar",
    "grid_limit": "natkapacitet_fraga",
    "detailed_plan": "detaljplan_prova",
}
GOOD_ENOUGH = ("top", "good", "fair")
TOP_TWO = ("top", "good")
PLANE_REASONS = ("shade_trees", "shade_buildings", "shade_terrain", "tilt", "azimuth", "old_survey", "uncertain_geometry")


def facilities(
    tak: gpd.GeoDataFrame,
    register: pd.DataFrame,
    settings: SolarSettings,
    *,
    matches: pd.DataFrame,
    today: dt.date,
    buildings: gpd.GeoDataFrame | None = None,
    plants: pd.DataFrame | None = None,
    owners: tuple[str, ...] = (),
) -> gpd.GeoDataFrame:
    """Return layer `anlaggningar` (layers.ANLAGGNINGAR): one row for every facility of the register, found or not.

    tak: from `suitability.tak`. register: layers.FACILITIES. matches: building_id, facility_id. buildings: layers.BUILDINGS; without
    them the geometry is the roofs'. owners: of the municipal group; empty: every owner in the register. A facility without a building
    has verdict unknown, missing `building_ids` and an empty geometry; one that somebody else owns is conditional and its owner unnamed.
    """
    import geopandas as gpd

    answers = _answers(register)
    roofs = _roof_sums(tak).reindex(answers.index)
    known = answers.join(roofs).join(_built(register, matches, plants=plants, today=today))
    known["found"] = known.index.isin(matches["facility_id"])
    known["foreign"] = ~in_group(known["owner"], owners)
    known["owner"] = known["owner"].mask(known["foreign"])
    flags = _flags(known, settings, today=today)
    known["suitability"] = _verdict(known, flags)
    known["reasons"] = _reasons(known, flags, tak)
    known["missing"] = [_missing(row) for _, row in known.iterrows()]
    known["sentence"] = [_sentence(row, flags.loc[row.name], settings) for _, row in known.iterrows()]
    known = known.reset_index()
    shapes = gpd.GeoDataFrame(known, geometry=_shapes(known, tak, matches, buildings), crs=tak.crs)
    return shapes[ANLAGGNINGAR.names]


def in_group(owner: pd.Series, owners: tuple[str, ...]) -> pd.Series:
    """Return which owners are of the municipal group; the list is the municipality's own, so an empty owner is."""
    return owner.isin(owners) | owner.isna() if owners else pd.Series(True, index=owner.index)


def _answers(register: pd.DataFrame) -> pd.DataFrame:
    """Register by facility_id with every column the rule needs; what is not known is `unknown` or missing, never assumed."""
    frame = register.set_index("facility_id")
    columns = {name: _column(frame, name).fillna("unknown").astype(str) for name in ANSWERS}
    columns |= {name: _column(frame, name) for name in ("name", "owner", "roof_year", "building_year", "roof_change_year")}
    columns |= {name: _column(frame, name) for name in ("grid_limit_kw",)}
    columns |= {name: _column(frame, name).fillna(False).astype(bool) for name in ("rented", "to_be_sold")}
    columns["publish"] = _column(frame, "publish").fillna("nej")
    return pd.DataFrame(columns, index=frame.index)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)


def _roof_sums(tak: pd.DataFrame) -> pd.DataFrame:
    """By facility: new kwp and kwh of good enough roofs, best class, share in the top two, kwp of roofs not assessed, racks."""
    ours = tak[tak["facility_id"].notna()]
    free = (ours["kwp"] - ours["built_kwp"]).clip(lower=0)
    energy = ours["kwh"] * (free / ours["kwp"].where(ours["kwp"] > 0))
    good, best = ours["class"].isin(GOOD_ENOUGH), ours["class"].isin(TOP_TWO)
    facility = ours["facility_id"]
    sums = pd.DataFrame(
        {
            "planes": facility.groupby(facility).size(),
            "judged_planes": (ours["class"] != "not_assessed").groupby(facility).sum(),
            "kwp": free.where(good, 0.0).groupby(facility).sum(),
            "kwh": energy.where(good, 0.0).groupby(facility).sum(min_count=1),
            "top_kwp": free.where(best, 0.0).groupby(facility).sum(),
            "blind_kwp": ours["kwp"].where(ours["class"] == "not_assessed", 0.0).groupby(facility).sum(),
            "rank": ours["class"].map(CLASSES.index).groupby(facility).min(),
            "racks": ours["reasons"].str.contains("bygglov_att_prova").groupby(facility).any(),
        }
    )
    sums["best_class"] = sums["rank"].map(dict(enumerate(CLASSES)))
    sums["share_kwp_top_two"] = sums["top_kwp"] / sums["kwp"].where(sums["kwp"] > 0)
    return sums


def _built(register: pd.DataFrame, matches: pd.DataFrame, *, plants: pd.DataFrame | None, today: dt.date) -> pd.Series:
    """KWp in use at every facility: from the list of plants where it names facility or building, whatever the roofs hold."""
    built = pd.Series(0.0, index=pd.Index(register["facility_id"], name="facility_id"), name="built_kwp")
    if plants is None:
        return built
    running = plants[pd.to_datetime(plants["in_use"]) <= pd.Timestamp(today)]
    of_building = matches.set_index("building_id")["facility_id"]
    by_building = _column(running, "building_id").map(of_building)
    facility = _column(running, "facility_id").where(_column(running, "facility_id").notna(), by_building)
    return (
        built.add(running["kwp"].astype(float).groupby(facility).sum(), fill_value=0.0).reindex(built.index).rename("built_kwp")
    )


def _flags(known: pd.DataFrame, settings: SolarSettings, *, today: dt.date) -> pd.DataFrame:
    """Answer what the rule asks, true or false, one row a facility."""
    rule = settings.verdict
    no = known[list(ANSWERS)] == "no"
    roof_year, built_year, change, limit = (
        pd.to_numeric(known[name], errors="coerce").astype(float)
        for name in ("roof_year", "building_year", "roof_change_year", "grid_limit_kw")
    )
    laid = roof_year.fillna(built_year)
    kwp = known["kwp"].fillna(0.0)
    return pd.DataFrame(
        {
            "barred": no[list(rule.unsuitable_if_no)].any(axis=1),
            "open": no.drop(columns=list(rule.unsuitable_if_no)).any(axis=1),
            "old_roof": (change >= today.year) | (today.year - roof_year > rule.roof_age_years),
            "asbestos": (known["asbestos"] == "no") | ((known["asbestos"] == "unknown") & (laid <= rule.asbestos_until)),
            "grid": (known["grid_limit"] == "no") | (limit < kwp) | (kwp > rule.large_plant_kwp),
            "small": kwp < rule.min_kwp,
            "blind": (known["judged_planes"].fillna(0) == 0)
            | ((kwp < rule.min_kwp) & (kwp + known["blind_kwp"].fillna(0.0) >= rule.min_kwp)),
            "dim": known["share_kwp_top_two"].fillna(0.0) < rule.min_share_top_two,
        },
        index=known.index,
    )


def _verdict(known: pd.DataFrame, flags: pd.DataFrame) -> np.ndarray:
    """Apply the written rule: the first line that fits."""
    conditional = flags["open"] | flags["old_roof"] | flags["dim"] | known["rented"] | known["to_be_sold"] | known["foreign"]
    lines = [
        (~known["found"], "unknown"),
        (flags["barred"], "unsuitable"),
        (flags["blind"], "unknown"),
        (flags["small"], "unsuitable"),
        (conditional, "conditional"),
    ]
    return np.select([line for line, _ in lines], [word for _, word in lines], "suitable")


def _reasons(known: pd.DataFrame, flags: pd.DataFrame, tak: pd.DataFrame) -> list[str]:
    """Codes of a facility: what its roofs lose their class to (where that is most of their kWp), what answers and records say."""
    table = pd.DataFrame(False, index=known.index, columns=list(REASONS))
    weight = tak["kwp"].where(tak["class"] != "top", 0.0)
    whole = weight.groupby(tak["facility_id"]).sum()
    for code in PLANE_REASONS:
        has = tak["reasons"].str.split(";").map(lambda codes, c=code: c in codes)
        part = weight.where(has, 0.0).groupby(tak["facility_id"]).sum()
        table[code] = ((part >= 0.5 * whole) & (part > 0)).reindex(known.index, fill_value=False)
    for column, code in ANSWER_REASONS.items():
        table[code] = known[column] == "no"
    table["asbest_utred"] |= flags["asbestos"]
    table["takbyte_forst"] = flags["old_roof"]
    table["natkapacitet_fraga"] |= flags["grid"]
    table["too_small"] = known["found"] & flags["small"] & ~flags["blind"]
    table["already_built"] = known["built_kwp"] > 0
    table["no_survey"] = known["found"] & (known["planes"].fillna(0) == 0)
    table["bygglov_att_prova"] = known["racks"].fillna(False).astype(bool)
    table["anmalan_trolig"] = table["bygglov_att_prova"] & (known["structure"] != "ok")
    table["hyrd_byggnad"], table["saljs"], table["not_municipal"] = known["rented"], known["to_be_sold"], known["foreign"]
    codes = np.array(table.columns, dtype=object)
    return [";".join(codes[row]) for row in table.to_numpy(dtype=bool)]


def _missing(row: pd.Series) -> str:
    names = [] if row["found"] else ["building_ids"]
    names += [name for name in ANSWERS if row[name] == "unknown"]
    names += ["roof_year"] if pd.isna(row["roof_year"]) else []
    return ";".join(names)


def _sentence(row: pd.Series, flags: pd.Series, settings: SolarSettings) -> str:
    """One sentence that may be public: what tells of structure, asbestos, roof or grid stays in `reasons` and `missing`."""
    kwp = number(row["kwp"])
    if row["suitability"] == "unknown":
        return text("solar.verdict.unknown_roof" if row["found"] else "solar.verdict.unknown_building", name=row["name"])
    if row["suitability"] == "unsuitable":
        if flags["barred"]:
            return text("solar.verdict.unsuitable_no", name=row["name"])
        key = "unsuitable_built" if row["built_kwp"] > 0 else "unsuitable_small"
        limit, built = number(settings.verdict.min_kwp), number(row["built_kwp"])
        return text(f"solar.verdict.{key}", name=row["name"], kwp=kwp, limit=limit, built=built)
    n = sum(row[name] == "unknown" for name in EXCLUSIONS)
    opened = text("solar.verdict.open" if n > 1 else "solar.verdict.open_one", n=n) if n else ""
    mwh = number(row["kwh"] / 1000)
    only_dim = not (flags["open"] or flags["old_roof"] or row["rented"] or row["to_be_sold"] or row["foreign"])
    condition = text("solar.condition.light" if only_dim else "solar.condition.building")
    key = f"solar.verdict.{row['suitability']}"
    return text(key, name=row["name"], kwp=kwp, mwh=mwh, condition=condition, open=opened)


def _shapes(
    known: pd.DataFrame, tak: gpd.GeoDataFrame, matches: pd.DataFrame, buildings: gpd.GeoDataFrame | None
) -> list[shapely.Geometry]:
    if buildings is None:
        source = tak[tak["facility_id"].notna()]
        parts = pd.Series(source.geometry.to_numpy(), index=source["facility_id"].to_numpy())
    else:
        of_building = matches.set_index("building_id")["facility_id"]
        facility = buildings["building_id"].map(of_building)
        parts = pd.Series(buildings.geometry.to_numpy(), index=facility.to_numpy())
    joined = {key: shapely.union_all(group.to_numpy()) for key, group in parts.groupby(level=0)}
    return [joined.get(key, shapely.MultiPolygon()) for key in known["facility_id"]]
