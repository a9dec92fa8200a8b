"""GeoPackage for QGIS: layers with Swedish field names, a style each and metadata, all inside the one file.

QGIS reads `layer_styles` (its own table) and the OGC schema extension's `gpkg_data_columns`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from data.tables import Table
from maps import style

if TYPE_CHECKING:
    import geopandas as gpd

STYLES_TABLE = """CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, f_table_schema TEXT,
f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
owner TEXT, ui TEXT, update_time DATETIME)"""
COLUMNS_TABLE = """CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, PRIMARY KEY (table_name, column_name))"""
EXTENSIONS_TABLE = """CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
definition TEXT NOT NULL, scope TEXT NOT NULL, UNIQUE (table_name, column_name, extension_name))"""


def write(path: Path, layers: Mapping[str, gpd.GeoDataFrame], contracts: Mapping[str, Table], *, description: str) -> None:
    """Write every non-empty layer; `contracts` gives headings and meanings; `description` says what it is and from when."""
    path.unlink(missing_ok=True)
    written = {name: frame for name, frame in layers.items() if len(frame)}
    for name, frame in written.items():
        _storable(frame).to_file(path, layer=name, driver="GPKG", engine="pyogrio", METADATA=None)
    with sqlite3.connect(path) as database:
        database.execute(STYLES_TABLE)
        database.execute(COLUMNS_TABLE)
        database.execute(EXTENSIONS_TABLE)
        database.execute(
            "INSERT OR IGNORE INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', "
            "'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
        )
        for name, frame in written.items():
            _describe(database, name, frame, contracts.get(name))
            database.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (description, name))
    database.close()


def _storable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with plain column types: a GeoPackage has no categories, and a day has no hours."""
    plain = {}
    for name in frame.columns.drop(frame.geometry.name):
        kind = str(frame[name].dtype)
        if kind == "category":
            plain[name] = frame[name].astype(object)
        elif kind.startswith("datetime"):
            plain[name] = frame[name].dt.date.where(frame[name].notna(), None)
    return frame.assign(**plain)


def _describe(database: sqlite3.Connection, layer: str, frame: gpd.GeoDataFrame, contract: Table | None) -> None:
    columns = {c.name: c for c in contract.columns if c.name in frame.columns and c.dtype != "geometry"} if contract else {}
    database.executemany(
        "INSERT OR REPLACE INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
        [(layer, c.name, f"{layer}_{c.name}", alias(c.label, c.unit), c.meaning) for c in columns.values()],
    )
    aliases = {c.name: alias(c.label, c.unit) for c in columns.values()}
    database.execute(
        "INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, description) "
        "VALUES (?, ?, ?, ?, 1, 'kil-klimat')",
        (layer, _geometry_column(database, layer), layer, qml(layer, aliases)),
    )


def _geometry_column(database: sqlite3.Connection, layer: str) -> str:
    query = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
    return database.execute(query, (layer,)).fetchone()[0]


def alias(label: str, unit: str) -> str:
    """Return the heading a user reads: the label with its unit."""
    return f"{label} ({unit})" if unit else label


def qml(layer: str, aliases: Mapping[str, str]) -> str:
    """Return the QGIS style of a layer: its colours and its field names in Swedish."""
    fields = "".join(
        f'<alias field={quoteattr(name)} index="{n}" name={quoteattr(alias)}/>'
        for n, (name, alias) in enumerate(aliases.items(), 1)
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28.0" styleCategories="Symbology|Fields">{_renderer(layer)}<aliases>{fields}</aliases></qgis>'
    )


def _renderer(layer: str) -> str:
    if layer == "tak":
        return _categories("class", {key: (style.ROOF_CLASSES[key], style.class_word(key)) for key in style.ROOF_CLASSES})
    if layer == "anlaggningar":
        words = {key: (colour, style.suitability_word(key)) for key, colour in style.SUITABILITY.items()}
        return _categories("suitability", words)
    colour = style.BUILT if layer == "moduler" else style.LIGHT["hairline"]
    return f'<renderer-v2 type="singleSymbol"><symbols>{_symbol("0", colour)}</symbols></renderer-v2>'


def _categories(field: str, words: Mapping[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<category value={quoteattr(key)} symbol="{n}" label={quoteattr(word)} render="true"/>'
        for n, (key, (_, word)) in enumerate(words.items())
    )
    symbols = "".join(_symbol(str(n), colour) for n, (colour, _) in enumerate(words.values()))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(field)}><categories>{rows}</categories>'
        f"<symbols>{symbols}</symbols></renderer-v2>"
    )


def _symbol(name: str, colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},255",
        "outline_color": "90,85,76,255",
        "outline_width": "0.26",
        "outline_style": "solid",
        "style": "solid",
    }
    inner = "".join(f'<Option type="QString" name="{key}" value="{value}"/>' for key, value in options.items())
    return (
        f'<symbol type="fill" name="{name}" alpha="1"><layer class="SimpleFill" enabled="1" pass="0">'
        f'<Option type="Map">{inner}</Option></layer></symbol>'
    )
