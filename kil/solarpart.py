"""The solar module of a build: opens the inputs, runs solar.assessment, hands the result to kil.solarfiles to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data.errors import Fault, InputError
from data.readers.spreadsheet import row_list
from data.texts import text
from kil.inputs import Opened, begun, open_inputs
from kil.parts import Context, Part
from kil.results import SolarResult
from kil.solargeometry import height_models, named, roof_planes
from maps import style

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import xarray as xr

    from data.observations import Observation
    from data.settings import SolarSettings
    from solar.assessment import Surroundings

BASE_YEAR = 2022
"""The goals compare with the year before the term of office."""
HOLE_TOLD = 0.1
"""Share of an outline without height in the surface model from which a building is named."""
INPUTS = (
    "buildings",
    "facilities",
    "matches",
    "plants",
    "dsm",
    "dtm",
    "trees",
    "far",
    "laser",
    "citymodel",
    "weather",
    "background",
    "boundary",
    "addresses",
)


def compute(context: Context) -> Part | None:
    """Return the solar map's numbers; None, and said, where none of the required files is there."""
    project, run = context.project, context.run
    if not begun(project):
        run.say(text("solar.part.nothing"))
        return None
    with run.stage(text("solar.stage.reading")):
        opened = open_inputs(project, INPUTS)
    result = _result(context, opened)
    from kil.solarfiles import SolarFiles

    json = {**result.assessment.totals, **_about(context, result), "warnings": list(result.warnings)}
    return Part(
        name="solar",
        json=json,
        write=SolarFiles(context, result, json).write,
        pages=("solcellskarta",),
        sources=opened.sources,
        warnings=result.warnings,
        public_warnings=result.public_warnings,
        observations=_observations(context, result),
        result=result,
        **_headline(json),
    )


def check(context: Context) -> None:
    """Read every file of the solar map and raise their faults, without computing it: another part's file is wrong already."""
    if begun(context.project):
        open_inputs(context.project, INPUTS)


def _result(context: Context, opened: Opened) -> SolarResult:
    from data.readers import matching
    from solar.assessment import Register, Surroundings, assess

    settings, run = context.settings, context.run
    buildings, facilities = opened.get("buildings"), opened.get("facilities")
    found = matching.match(facilities, buildings, corrections=opened.get("matches"), settings=settings.matching)
    models = height_models(opened, buildings, run)
    around = Surroundings(
        models.dsm,
        opened.get("weather"),
        settings.municipality.site,
        dtm=models.dtm,
        trees=models.trees,
        far=opened.get("far"),
    )
    register = Register(buildings, found.facilities, found.matches, opened.get("plants"), settings.municipality.owners)
    with run.stage(text("solar.stage.planes")):
        planes, origins, unanswered = roof_planes(opened, models, buildings, settings)
    if planes.empty:
        file, fix = buildings.attrs.get("file", "byggnader"), text("solar.part.no_planes_at_all_fix")
        raise InputError(Fault(file, text("solar.part.no_planes_at_all", n=len(buildings)), fix))
    assessment = assess(planes, around, register, settings.solar, origins=origins, today=run.today, stage=run.stage)
    with run.stage(text("solar.stage.map")):
        irradiation = _irradiation(around, buildings, settings.solar)
    left = unanswered | _left_out(assessment.byggnader)
    assumed = [*models.said, *_assumed(opened, settings.solar, origins)]
    public = [*assumed, *_counted(left, names=False), *assessment.totals["warnings"]]
    told = [*opened.warnings, *found.warnings, *assumed, *_strays(opened, buildings, context.project.path("plants").name)]
    warnings = [*told, *_counted(left, names=True), *assessment.totals["warnings"]]
    unique = (tuple(dict.fromkeys(lines)) for lines in (warnings, public))
    return SolarResult(assessment, around, opened, found, irradiation, *unique)


def _irradiation(around: Surroundings, buildings: gpd.GeoDataFrame, settings: SolarSettings) -> xr.DataArray:
    """Return the year's irradiation [kWh/m2] of every pixel of the surface model that lies on a building."""
    from rasterio.features import geometry_mask

    from solar.irradiance import annual_map

    where = around.dsm.copy(data=~geometry_mask(buildings.geometry, around.dsm.shape, around.dsm.rio.transform()))
    shade = settings.shade
    light = annual_map(
        around.dsm,
        around.weather,
        **around.shading(shade),
        where=where,
    )
    return light["total_kwh_m2"].rio.write_crs(around.dsm.rio.crs)


def _assumed(opened: Opened, settings: SolarSettings, origins: pd.DataFrame) -> list[str]:
    """Return what could not be known because a model, or the day it was measured, is absent."""
    said = []
    if opened.get("dsm") is not None and opened.get("trees") is None:
        said.append(text("solar.part.no_trees"))
    if settings.roofs.dsm_date is None and (origins["source"] == "dsm").any():
        said.append(text("solar.part.no_dsm_date"))
    if opened.get("far") is None:
        said.append(text("solar.part.no_far", near=f"{settings.shade.near_m:.0f}"))
    return said


def _strays(opened: Opened, buildings: gpd.GeoDataFrame, file: str) -> list[str]:
    """Return a sentence on plants whose building or facility is in neither list: they count, but cover no roof."""
    plants, facilities = opened.get("plants"), opened.get("facilities")
    if plants is None:
        return []
    others = buildings["other_ids"].dropna().str.split(";").explode() if "other_ids" in buildings else ()
    known = {"building_id": {*buildings["building_id"], *others}}
    if facilities is not None:
        known["facility_id"] = set(facilities["facility_id"])
    lost = [
        row
        for row, plant in plants.iterrows()
        if any(isinstance(plant.get(name), str) and plant[name] not in ids for name, ids in known.items())
    ]
    return [text("solar.part.strays", file=file, rows=row_list(lost))] if lost else []


def _left_out(byggnader: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Return the buildings that the surface model does not show, or not whole, by why: they are in the layer, not dropped."""
    state, share = byggnader["state"], byggnader["hole_share"]
    whole = {why: state == why for why in ("partly_outside", "outside", "no_heights", "no_roof")}
    holed = (share >= HOLE_TOLD) & (state == "assessed") & (byggnader["roof_source"].fillna("dsm") == "dsm")
    percent = " (" + (100 * share).round().astype(int).astype(str) + " %)"
    ids = byggnader["building_id"]
    ids = ids.where((share < HOLE_TOLD) | whole["partly_outside"] | whole["outside"], ids + percent)
    return {why: ids[chosen].tolist() for why, chosen in (whole | {"holes": holed}).items()}


def _counted(left: Mapping[str, list[str]], *, names: bool) -> list[str]:
    """Return a sentence for every reason that has buildings, with their ids where names may be told."""
    return [text(f"solar.part.{why}", n=len(ids), named=named(ids) if names else "") for why, ids in left.items() if ids]


def _observations(context: Context, result: SolarResult) -> tuple[Observation, ...]:
    """Return the built power under every reading of the goal, from the list of plants; nothing without a list."""
    plants = result.opened.get("plants")
    if plants is None:
        return ()
    from solar.observations import capacity_observations

    found, project = result.assessment, context.project
    ours = found.byggnader.loc[found.byggnader["facility_id"].notna(), "building_id"]
    return tuple(
        capacity_observations(
            plants,
            today=context.run.today,
            base_year=BASE_YEAR,
            source=context.project.own_source,
            owners=context.settings.municipality.owners,
            facility_ids=found.anlaggningar["facility_id"],
            building_ids=ours,
            file=project.path("plants").name,
        )
    )


def _headline(json: dict[str, Any]) -> dict[str, str]:
    """Return the sentence and the key number of the index page."""
    if not json["facilities"]:
        potential = style.number(json["potential_mwp"], 1)
        return {"headline": text("solar.part.headline_roofs", potential=potential), "figure": potential, "unit": "MW"}
    values = {"total": style.number(json["total_mwp"], 1), "target": style.decided(json["target_mw"])}
    if json["built_mw"] is None:
        return {"headline": text("solar.part.headline_unknown", **values), "figure": values["total"], "unit": "MW"}
    values["built"] = style.number(json["built_mw"], 1)
    return {"headline": text("solar.part.headline", **values), "figure": values["total"], "unit": "MW"}


def _about(context: Context, result: SolarResult) -> dict[str, Any]:
    """Return what solar.json says besides the MW: weather, survey dates, settings."""
    dates = result.assessment.tak["survey_date"].dropna()
    weather = context.project.path("weather").name
    source = next((s for s in result.opened.sources if s.file == weather), None)
    return {
        "date": context.run.today,
        "weather_source": f"{source.title} ({source.file})" if source else None,
        "survey_dates": sorted({str(day)[:10] for day in dates}),
        "settings": context.settings.solar.model_dump(mode="json"),
    }
