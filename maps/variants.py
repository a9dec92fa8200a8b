"""The same pages in other clothes: split for a strict server policy, the solar map as plain GeoJSON.

    split(html, "solcellskarta")      # {"solcellskarta.html": ..., ".css": ..., ".js": ..., ".json": ...}
    plain(result, shell)              # solar map without packing: ordinary folium and GeoJSON, to read and to reuse

A page to be framed by another site is an ordinary page made with Shell(embedded=True).
"""

from __future__ import annotations

import json
import re
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from markupsafe import Markup

from data.texts import text
from maps import layers, offline, solarstatic, style
from maps.page import Shell, document, html
from maps.solarmap import SolarMap
from maps.solcellskarta import MAX_ZOOM, START_ZOOM, start_bounds

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
_STYLE = re.compile(r"<style>(.*?)</style>", re.S)
_BLOCK = re.compile(r'<script type="(application/[\w.+-]+)" id="([\w-]+)">(.*?)</script>\n?', re.S)
_SCRIPT = re.compile(r"<script>(.*?)</script>\n?", re.S)
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*"')
LOADER = """(async () => {
  "use strict";
  const answer = await fetch(document.currentScript ? document.currentScript.dataset.blocks : "{stem}.json");
  for (const [id, [type, content]] of Object.entries(await answer.json())) {
    const block = document.createElement("script");
    Object.assign(block, { type, id, textContent: content });
    document.body.append(block);
  }
})().then(() => {
"""
TOOLTIP = """{name}.bindTooltip((layer) => {
  const words = document.createElement("span");
  words.textContent = layer.feature.properties.text;
  return words;
});"""
"""Not folium's own tooltip, which writes names as markup."""
PLAIN_CSS = """.plain-map{position:relative;height:70vh}
.plain-map .leaflet-container{position:absolute;inset:0;background:var(--map-paper)}"""
PROPERTIES = ("plane_id", "name", "class", "kwp", "kwh", "kwh_per_kwp", "tilt_deg", "azimuth_deg", "reasons")


def split(page: str, stem: str) -> dict[str, str]:
    """Return file name -> content: the page without inline script, style or data, for servers whose policy forbids them.

    Needs a server: browsers fetch no data for a page opened as a file. The page's own policy allows its own address alone.
    """
    blocks = {id_: [type_, content] for type_, id_, content in _BLOCK.findall(page)}
    bare = _BLOCK.sub("", page)
    code = "\n".join(_SCRIPT.findall(bare))
    bare = _SCRIPT.sub("", bare)
    bare = _POLICY.sub(lambda match: f'{match[1]}{STRICT}"', bare)
    styles = "\n".join(_STYLE.findall(bare))
    bare = _STYLE.sub(f'<link rel="stylesheet" href="{stem}.css">', bare)
    bare = bare.replace("</body>", f'<script src="{stem}.js" defer data-blocks="{stem}.json"></script>\n</body>')
    return {
        f"{stem}.html": bare,
        f"{stem}.css": styles,
        f"{stem}.js": LOADER.replace("{stem}", stem) + code + "\n});\n",
        f"{stem}.json": json.dumps(blocks, ensure_ascii=False),
    }


def plain(result: SolarMap, shell: Shell) -> str:
    """Return the solar map as an ordinary folium page: every roof as readable GeoJSON with its words, nothing packed."""
    figure = offline.OfflineFigure()
    bounds = start_bounds(result)
    chart = offline.OfflineMap("karta", location=_middle(bounds), zoom_start=START_ZOOM, max_zoom=MAX_ZOOM)
    chart.add_to(figure)
    drawn: list[str] = []
    for frame, name in ((result.anlaggningar, "anlaggningar"), (result.tak, "tak")):
        if len(frame):
            layer = folium.GeoJson(
                layers.geojson(_readable(frame)),
                name=name,
                style_function=_roof_style if name == "tak" else _facility_style,
            )
            layer._id = name
            layer.add_to(chart)
            drawn.append(layer.get_name())
    chart.fit_bounds(bounds)
    parts = figure.parts()
    title = text("maps.solcellskarta.title", name=result.municipality)
    body = html(
        '<div class="wrap"><h1>{}</h1><p class="lead">{}</p><div class="plain-map" role="region" aria-label="{}">{}</div>{}</div>',
        title,
        solarstatic.sentence(result.totals),
        text("maps.solcellskarta.map"),
        Markup(parts.body),
        solarstatic.facilities_table(result),
    )
    return document(
        shell,
        page="solcellskarta",
        title=title,
        description=title,
        body=body,
        styles=(*parts.styles, PLAIN_CSS),
        scripts=(*parts.scripts, "\n".join(TOOLTIP.replace("{name}", name) for name in drawn)),
        sources=result.sources,
        settings=result.settings,
        warnings=result.warnings,
    )


def _middle(bounds: list[list[float]]) -> list[float]:
    (south, west), (north, east) = bounds
    return [(south + north) / 2, (west + east) / 2]


def _readable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the columns worth reading and `text`, what the tooltip says."""
    kept = [name for name in PROPERTIES if name in frame] + [name for name in ("facility_id", "suitability") if name in frame]
    rows = frame[[*kept, "geometry"]].copy()
    rows["text"] = [_tooltip(row) for row in frame.to_dict("records")]
    return rows


def _tooltip(row: dict[str, Any]) -> str:
    name = row.get("name")
    shown = row.get("plane_id") if name is None or pd.isna(name) else name
    word = style.class_word(row["class"]) if "class" in row else style.suitability_word(row["suitability"])
    return f"{str(shown)[:120]}: {word}, {style.number(row.get('kwp'), 1)}{style.NBSP}kW"


def _roof_style(feature: dict[str, Any]) -> dict[str, Any]:
    fill = style.ROOF_CLASSES[feature["properties"]["class"]]
    return {"color": style.ROOF_OUTLINE, "weight": 1, "fillColor": fill, "fillOpacity": 1}


def _facility_style(_: dict[str, Any]) -> dict[str, Any]:
    return {"color": style.LIGHT["ink"], "weight": 3, "fill": False}
