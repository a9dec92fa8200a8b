"""From the solar result to what maps.solcellskarta draws: one audience's part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data.texts import text
from kil.relief import hillshade
from maps.solarmap import CAUSES, SolarMap

if TYPE_CHECKING:
    import geopandas as gpd

    from kil.results import SolarResult
    from kil.solarfiles import SolarFiles
    from maps.page import Shell


def view(files: SolarFiles, layers: Mapping[str, gpd.GeoDataFrame], shell: Shell) -> SolarMap:
    """Return the map's content from the layers an audience may see."""
    from solar.power import with_shade

    context, result = files.context, files.result
    found, settings = result.assessment, context.settings
    planes = layers["tak"]["plane_id"]
    shown = found.energy.planes.index.intersection(planes)
    light, energy = found.light, found.energy
    clock = energy.clock.sel(plane=shown.to_numpy())
    horizon = light.horizon.sel(plane=planes.to_numpy(), cause=list(CAUSES))
    site = settings.municipality.site
    return SolarMap(
        municipality=settings.municipality.name,
        date=context.run.today,
        tak=layers["tak"],
        anlaggningar=layers["anlaggningar"],
        totals=files.json,
        site=(site.latitude, site.longitude),
        example=settings.municipality.example,
        audience=shell.audience,
        cuts=_cuts(settings.solar.classes),
        best_kwh_m2=found.best_kwh_m2,
        monthly_kwh=energy.monthly.loc[shown],
        month_hour=dict(zip(shown, clock.to_numpy(), strict=True)),
        horizon=dict(zip(planes, horizon.to_numpy(), strict=True)),
        waterfall=with_shade(energy.waterfall, light.annual).loc[shown],
        moduler=layers["moduler"],
        plants=_plants(result, layers),
        background=result.opened.get("background") or {},
        boundary=result.opened.get("boundary"),
        addresses=result.opened.get("addresses"),
        hillshade=hillshade(result.surroundings.dtm) if result.surroundings.dtm is not None else None,
        sources=result.opened.sources,
        attribution=text("solar.part.invented") if settings.municipality.example else "",
        warnings=result.public_warnings if shell.audience == "publik" else result.warnings,
        settings=_settings(settings.solar),
        contact=settings.municipality.contact,
        pages=shell.pages,
    )


def _cuts(classes: Any) -> dict[str, float]:
    return {"top": classes.top, "good": classes.good, "fair": classes.fair} if classes.basis == "relative" else {}


def _plants(result: SolarResult, layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """Return the plants at the facilities or buildings an audience may see, each at the middle of its place."""
    import geopandas as gpd

    plants = result.opened.get("plants")
    if plants is None:
        return None
    by_building = layers["byggnader"].set_index("building_id").geometry.centroid
    by_facility = layers["anlaggningar"].set_index("facility_id").geometry.centroid
    spots = [by_building.get(p.building_id, by_facility.get(p.facility_id)) for p in plants.itertuples()]
    placed = gpd.GeoDataFrame(plants, geometry=gpd.GeoSeries(spots, index=plants.index), crs=layers["tak"].crs)
    return placed[placed.geometry.notna() & ~placed.geometry.is_empty]


def _settings(solar: Any) -> list[tuple[str, str]]:
    """Return the choices a reader of the map should know, name and value."""
    shade, module, roofs = solar.shade, solar.module, solar.roofs
    values = {
        "near_m": f"{shade.near_m:.0f} m",
        "directions": f"{shade.directions}",
        "model": shade.model,
        "module": f"{module.power_w:.0f} W, {module.height_m:.2f} × {module.width_m:.2f} m".replace(".", ","),
        "flat_layout": text(f"solar.setting.{module.flat_layout}", tilt=f"{module.flat_tilt_deg:.0f}"),
        "setback": f"{roofs.edge_setback_m:.1f} m".replace(".", ","),
        "obstacles": f"{100 * roofs.obstacle_allowance:.0f} %",
    }
    return [(text(f"solar.setting.{name}"), value) for name, value in values.items()]
