"""What the solar module writes for one audience: the map, the GeoPackage, the workbook, the irradiation raster, koppling.xlsx."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.layers import ANLAGGNINGAR, BYGGNADER, FACILITIES, MODULER, TAK, UNKNOWN_OK_NO
from data.texts import text
from kil import excel, geopackage
from kil.excel import Sheet
from kil.publish import Published
from maps import style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import xarray as xr

    from data.tables import Column, Table
    from kil.parts import Audience, Context
    from kil.results import SolarResult
    from maps.page import Shell

CONTRACTS = {"tak": TAK, "byggnader": BYGGNADER, "anlaggningar": ANLAGGNINGAR, "moduler": MODULER}
FORMATS = {
    "float": "0.0",
    "int": "0",
    "date": "date",
}


@dataclass(frozen=True)
class SolarFiles:
    """The files of one run: json is the content of solar.json."""

    context: Context
    result: SolarResult
    json: Mapping[str, Any]

    def write(self, folder: Path, audience: Audience, shell: Shell) -> None:
        """Write everything of the solar module that `audience` may see into `folder`."""
        from kil import solarview
        from maps import solcellskarta, variants
        from maps.solarmap import OnlineBase

        layers, note = self.layers(audience), self._description()
        geopackage.write(folder / "solceller.gpkg", layers, CONTRACTS, description=note)
        excel.write(folder / "solceller.xlsx", self._sheets(layers, audience, note))
        raster(self.result.irradiation, layers["byggnader"], folder / "stralning.tif", note)
        if audience == "intern":
            from data.readers import matching

            matching.write_corrections(folder / "koppling.xlsx", self.result.matching)
        run, seen = self.context.run, solarview.view(self, layers, shell)
        if run.online:
            seen = replace(seen, online=OnlineBase(**self.context.settings.publishing.online.model_dump()))
        (folder / "solcellskarta.html").write_text(solcellskarta.page(seen, shell), encoding="utf-8")
        if run.geojson:
            (folder / "solcellskarta-enkel.html").write_text(variants.plain(seen, shell), encoding="utf-8")

    def layers(self, audience: Audience) -> dict[str, gpd.GeoDataFrame]:
        """Return the layers an audience may see, by name."""
        found = self.result.assessment
        layers = {"tak": found.tak, "byggnader": found.byggnader, "anlaggningar": found.anlaggningar, "moduler": found.moduler}
        if audience == "intern":
            return layers
        public = Published.of(found.tak, found.anlaggningar, self.context.settings.solar)
        tak = public.tak(found.tak)
        return {
            "tak": tak,
            "byggnader": public.byggnader(found.byggnader),
            "anlaggningar": public.anlaggningar(found.anlaggningar),
            "moduler": public.moduler(found.moduler[found.moduler["plane_id"].isin(tak["plane_id"])]),
        }

    def _description(self) -> str:
        municipality = self.context.settings.municipality
        mark = "EXEMPELDATA. " if municipality.example else ""
        return text("solar.part.description", mark=mark, name=municipality.name, date=self.context.run.today)

    def _sheets(self, layers: Mapping[str, gpd.GeoDataFrame], audience: Audience, note: str) -> list[Sheet]:
        """Return the sheets: facilities, roofs, the chain from footprint to kWp (internal), and the totals."""
        ranked = {name: layers[name].sort_values(by, ascending=False, na_position="last") for name, by in RANKED.items()}
        sheets = [_sheet(name, frame, CONTRACTS[name], note) for name, frame in ranked.items()]
        if audience == "intern":
            chain = self.result.assessment.chain.reset_index()
            labels = {name: text(f"solar.chain.{name}") for name in chain.columns}
            sheets.append(Sheet(text("solar.sheet.chain"), chain, labels, dict.fromkeys(chain.columns[1:], "0.0"), (note,)))
        rows = [(text(f"solar.total.{key}"), self.json[key]) for key in TOTALS]
        labels = {"what": text("solar.sheet.what"), "value": text("solar.sheet.value")}
        totals = pd.DataFrame(rows, columns=["what", "value"])
        return [*sheets, Sheet(text("solar.sheet.totals"), totals, labels, {"value": "0.00"}, (note,))]


RANKED = {"anlaggningar": "kwp", "tak": "kwh"}
"""Layers in the workbook and what they are ranked by."""
TOTALS = (
    "potential_mwp",
    "municipal_mwp",
    "suitable_mwp",
    "suitable_known_mwp",
    "total_mwh",
    "built_mw",
    "target_mw",
    "remaining_mw",
    "gap_after_roofs_mw",
)


SHARE = (0, 1)
"""Range of the columns that are shares: shown in per cent."""
WHOLE_UNITS = ("kWh",)
FINE_UNITS = {"fit_rmse_m": "0.00"}
"""Columns of centimetres, which one decimal would round away."""


def _sheet(layer: str, frame: gpd.GeoDataFrame, contract: Table, note: str) -> Sheet:
    """Return a layer as a sheet: headings with units, numbers as their column is read, codes in the reader's words."""
    flat = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    known = {column.name: column for column in contract.columns if column.name in flat}
    labels = {name: geopackage.alias(column.label, column.unit) for name, column in known.items()}
    formats = {name: form for name, column in known.items() if (form := _format(column))}
    for name, column in known.items():
        if word := _word(name, column):
            flat[name] = [word(code) if isinstance(code, str) else None for code in flat[name]]
    return Sheet(text(f"solar.sheet.{layer}"), flat[[name for name in flat.columns if name in known]], labels, formats, (note,))


def _format(column: Column) -> str | None:
    if column.name.endswith("_year"):
        return "year"
    if column.dtype == "float" and (column.minimum, column.maximum) == SHARE:
        return "%"
    if column.unit in WHOLE_UNITS:
        return "0"
    return FINE_UNITS.get(column.name) or FORMATS.get(column.dtype)


def _word(name: str, column: Column) -> Callable[[str], str] | None:
    """Return what turns a column's codes into words; None where it holds none."""
    if name in ("class", "best_class"):
        return style.class_word
    if name == "suitability":
        return style.suitability_word
    if name == "reasons":
        return lambda codes: "; ".join(word.rstrip(".") for word in style.reason_words(codes))
    if name == "missing":
        fields = {each.name: each.label for each in FACILITIES.columns}
        return lambda codes: "; ".join(fields.get(code, code) for code in codes.split(";") if code)
    if column.values == UNKNOWN_OK_NO or name == "roof_edge":
        return lambda code: text(f"solar.answer.{code}")
    return None


def raster(irradiation: xr.DataArray, buildings: gpd.GeoDataFrame, path: Path, description: str) -> None:
    """Write the year's irradiation [kWh/m2] on the roofs of `buildings` as a cloud-optimised GeoTIFF, nothing elsewhere."""
    import rioxarray  # noqa: F401 - gives .rio
    from rasterio.features import geometry_mask

    outside = np.ones(irradiation.shape, dtype=bool)
    if len(buildings):
        outside = geometry_mask(buildings.geometry, irradiation.shape, irradiation.rio.transform())
    light = irradiation.where(~outside).astype(np.float32).rio.write_nodata(np.nan)
    light.rio.to_raster(path, driver="COG", compress="DEFLATE", tags={"description": description, "units": "kWh/m2 a year"})
