"""The tender annex of one plant: what an installer needs to give a price. One folder, internal, no money in it.

moduler.gpkg and moduler.dxf (the rectangles, metres), horisont_<yta>.hor (PVsyst's text: azimuth 0 = south, height), timvarden.csv
(kWh per hour of the typical year), antaganden.txt and att_undersoka.txt.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from data.texts import text
from maps import style
from maps.planpage import slug

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings
    from kil.parts import Context
    from kil.results import PlanResult, SolarResult

ON_SITE = (
    "structure",
    "roof_cover",
    "roof_edge",
    "fall_protection",
    "cables",
    "inverter_place",
    "main_switchboard",
    "lightning",
    "rescue",
    "snow",
    "shade",
)
"""What is always examined on the spot, before a price is bound. Words: texter/economy.toml, `plan.on_site.*`."""
HOURS = 8760
"""Of a year."""


def write(folder: Path, context: Context, result: PlanResult, row: Any, *, solar: SolarResult) -> None:
    """Write the annex of a chosen plant on roofs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = result.connections[row.candidate_id]
    modules = chosen_modules(solar.assessment.moduler, connection.plane_ids, row.kwp, context.settings.solar.module.power_w)
    if len(modules):
        flat = modules.assign(module_n=modules["module_n"].astype(int))
        flat.to_file(folder / "moduler.gpkg", layer="moduler", driver="GPKG", engine="pyogrio")
        (folder / "moduler.dxf").write_text(dxf(modules), encoding="ascii", errors="replace")
    horizon = solar.assessment.light.horizon
    for plane in dict.fromkeys(modules["plane_id"]):
        if plane in horizon["plane"].to_numpy():
            (folder / f"horisont_{slug(plane)}.hor").write_text(hor(horizon.sel(plane=plane), plane), encoding="utf-8")
    (folder / "timvarden.csv").write_text(hours(result, connection, row.kwp), encoding="utf-8")
    (folder / "antaganden.txt").write_text(assumed(context, result, row, solar=solar, modules=modules), encoding="utf-8")
    (folder / "att_undersoka.txt").write_text(to_examine(context, row), encoding="utf-8")


def chosen_modules(moduler: gpd.GeoDataFrame, plane_ids: tuple[str, ...], kwp: float, module_w: float) -> gpd.GeoDataFrame:
    """Return the modules of a plant of `kwp` [kW]: planes from the best down, a part of the last from its eaves."""
    order = {plane: n for n, plane in enumerate(plane_ids)}
    own = moduler[moduler["plane_id"].isin(order)]
    own = own.assign(rank=own["plane_id"].map(order)).sort_values(["rank", "module_n"])
    return own.head(round(kwp * 1000 / module_w)).drop(columns="rank")


def dxf(modules: gpd.GeoDataFrame) -> str:
    """Return the modules as closed polylines on a layer per roof plane: DXF R12, metres, coordinates as in the map."""
    lines = ["0", "SECTION", "2", "ENTITIES"]
    for plane, shape in zip(modules["plane_id"], modules.geometry, strict=True):
        lines += ["0", "POLYLINE", "8", slug(plane), "66", "1", "70", "1"]
        for x, y in shapely.get_coordinates(shape)[:-1]:
            lines += ["0", "VERTEX", "8", slug(plane), "10", f"{x:.3f}", "20", f"{y:.3f}", "30", "0.0"]
        lines += ["0", "SEQEND"]
    return "\n".join([*lines, "0", "ENDSEC", "0", "EOF", ""])


def hor(horizon: Any, plane: str) -> str:
    """Return a plane's horizon as PVsyst reads it: a heading line, then azimuth (0 = south, west positive) and height [deg]."""
    heights = np.nan_to_num(horizon.max("cause").to_numpy())
    south = horizon["direction"].to_numpy() % 360.0 - 180.0
    order = np.argsort(south)
    rows = [f"{south[n]:.1f}\t{heights[n]:.1f}" for n in order]
    return "\n".join([f"# {plane}; azimuth 0 = south, west positive [deg]; height [deg]", *rows, ""])


def hours(result: PlanResult, connection: Any, kwp: float) -> str:
    """Return kWh per hour of the typical year (UTC, interval starts) as csv with decimal commas."""
    made = connection.production(np.array([kwp]))[:, 0].astype(float).tolist()
    starts = np.datetime_as_string(result.roofs.weather.index.floor("h").tz_convert(None).to_numpy(), unit="m").tolist()
    rows = "\n".join([f"{start};{value:.3f}" for start, value in zip(starts, made, strict=True)])
    return f"tid_utc;kwh\n{rows}\n".replace(".", ",").replace("T", " ")


def assumed(context: Context, result: PlanResult, row: Any, *, solar: SolarResult, modules: pd.DataFrame) -> str:
    """Return what the annex rests on: place, roofs with the number of their modules, losses, weather, files; no money and no use."""
    settings, tak = context.settings, solar.assessment.tak
    counts = modules["plane_id"].value_counts()
    planes = tak[tak["plane_id"].isin(counts.index)]
    module, site = settings.solar.module, settings.municipality.site
    mark = "EXEMPELDATA\n" if settings.municipality.example else ""
    lines = [
        f"{mark}{text('plan.annex.title', name=row.name)}",
        text("plan.annex.size", kwp=style.number(row.kwp, 1), kwh=style.rounded(row.kwh), p90=style.rounded(row.p90_kwh)),
        text("plan.annex.site", latitude=f"{site.latitude:.4f}", longitude=f"{site.longitude:.4f}", crs=str(tak.crs)),
        text("plan.annex.module", power=f"{module.power_w:.0f}", width=f"{module.width_m:.3f}", height=f"{module.height_m:.3f}"),
        "",
        text("plan.annex.planes"),
    ]
    for plane in planes.sort_values("kwh_per_kwp", ascending=False).itertuples():
        day = "" if pd.isna(plane.survey_date) else str(plane.survey_date)[:10]
        lines.append(
            text(
                "plan.annex.plane",
                plane=plane.plane_id,
                modules=counts[plane.plane_id],
                tilt=f"{plane.tilt_deg:.0f}",
                azimuth=f"{plane.azimuth_deg:.0f}",
                area=f"{plane.area_m2:.0f}",
                yield_=f"{plane.kwh_per_kwp:.0f}",
                day=day,
            )
        )
    losses = [f"  {name} = {value}" for name, value in settings.solar.losses.model_dump().items()]
    below = settings.solar.roofs.flat_below_deg
    if (planes["tilt_deg"] < below).any():
        lines.append(text(f"plan.annex.racks_{module.flat_layout}", below=f"{below:g}", tilt=f"{module.flat_tilt_deg:g}"))
    rests = [*_weather(result, settings.solar), "", text("plan.annex.sources")]
    rests += [f"  {source.file}: {source.title}, sha256 {source.sha256}" for source in solar.opened.sources if source.file]
    return "\n".join([*lines, "", text("plan.annex.losses"), *losses, "", *rests, ""])


def _weather(result: PlanResult, settings: SolarSettings) -> list[str]:
    """Return the weather year's light, and what it lacks."""
    from solar.power import weather_warnings

    weather = result.roofs.weather
    ghi = style.rounded(float(weather["ghi"].mean()) * HOURS / 1000, 3)
    return [text("plan.annex.weather", hours=style.number(len(weather)), ghi=ghi), *weather_warnings(weather, settings)]


def to_examine(context: Context, row: Any) -> str:
    """Return what must be examined on the spot: open questions first, then what is always asked."""
    mark = "EXEMPELDATA\n" if context.settings.municipality.example else ""
    asked = [text(f"plan.question.{q}") for q in row.open.split(";") if q]
    lines = [f"{mark}{text('plan.annex.examine', name=row.name)}", ""]
    lines += [f"[ ] {text('plan.annex.open', question=q)}" for q in asked]
    lines += [f"[ ] {text(f'plan.on_site.{name}')}" for name in ON_SITE]
    return "\n".join([*lines, ""])
