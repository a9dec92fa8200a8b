"""The page of the solar map: one file with everything in it. `page(result, shell)` is all that others need.

What a reader without JavaScript or without DecompressionStream gets stands in the page from the start: the sentence, the bar, a
picture of the map (maps.solarstatic) and tables. The script (templates/sol-*.js) puts the live map in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from markupsafe import Markup

from data.layers import CLASSES, QUESTIONS, REASONS, SUITABILITIES
from data.texts import text
from maps import layers, offline, solarpayload, solarstatic, style
from maps.page import Shell, document, html, render, script_texts, template
from maps.solarmap import OnlineBase, SolarMap

SCRIPTS = (
    "pack.js",
    "sol-model.js",
    "sol-paper.js",
    "sol-charts.js",
    "sol-detail.js",
    "sol-list.js",
    "sol-search.js",
    "sol-app.js",
)
TEXTS = ("maps.solcellskarta.js.",)
LOSSES = "solar.loss."
LOOK_INTO = (*QUESTIONS, "old_survey", "uncertain_geometry")
"""Reasons that are questions to answer before building; the others explain the light."""
MARGIN_DEG = 0.0008
MAX_ZOOM = 21
START_ZOOM = 15


def page(result: SolarMap, shell: Shell) -> str:
    """Return solcellskarta.html in the language in force. Everything in `result` may be shown to the shell's audience."""
    figure = offline.OfflineFigure()
    bounds = start_bounds(result)
    (south, west), (north, east) = bounds
    chart = offline.OfflineMap(
        "karta", location=[(south + north) / 2, (west + east) / 2], zoom_start=START_ZOOM, max_zoom=MAX_ZOOM, zoom_snap=0.25
    )
    chart.add_to(figure)
    parts = figure.parts()
    title = text("maps.solcellskarta.title", name=result.municipality)
    sentence = solarstatic.sentence(result.totals)
    return document(
        shell,
        page="solcellskarta",
        title=title,
        description=sentence,
        body=_body(result, title=title, sentence=sentence, chart=Markup(parts.body), example=shell.example),
        layout="app",
        skips=[("tabell", text("maps.solcellskarta.skip_table"))],
        styles=(*parts.styles, template("solcellskarta.css")),
        scripts=(*parts.scripts, *(template(name) for name in SCRIPTS)),
        data={"karta": _config(result, bounds)},
        raw_blocks=[html('<script type="application/octet-stream" id="lager">{}</script>', Markup(solarpayload.block(result)))],
        texts=TEXTS,
        sources=result.sources,
        method=[text(f"maps.solcellskarta.method.{key}") for key in ("light", "power", "class", "total", "limits")],
        settings=result.settings,
        warnings=result.warnings,
        images=[online_host(result.online)] if result.online else (),
    )


def start_bounds(result: SolarMap) -> list[list[float]]:
    """Return the view the map opens with, [[south, west], [north, east]] in degrees: the facilities, else the roofs, else the site."""
    shapes = result.anlaggningar[~(result.anlaggningar.geometry.is_empty | result.anlaggningar.geometry.isna())]
    frame = shapes if len(shapes) else result.tak
    if frame.empty:
        west, south, east, north = (*reversed(result.site), *reversed(result.site))
    else:
        west, south, east, north = map(float, layers.to_wgs84(frame).total_bounds)
    return [[south - MARGIN_DEG, west - 2 * MARGIN_DEG], [north + MARGIN_DEG, east + 2 * MARGIN_DEG]]


def online_host(base: OnlineBase) -> str:
    """Return the host of an online base map, for the page's policy; ValueError when it is not https."""
    parts = urlsplit(base.tiles)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"online base map: {base.tiles}")
    return f"https://{parts.hostname}"


def _body(result: SolarMap, *, title: str, sentence: str, chart: Markup, example: bool) -> Markup:
    shown, note = solarstatic.roofs_table(result)
    return render(
        "solcellskarta.html",
        title=title,
        sentence=sentence,
        example=example,
        bar=solarstatic.target_bar(result.totals),
        legend=list(_legend(result)),
        why_not=list(_why_not(result)),
        picture=solarstatic.picture(result, start_bounds(result)),
        map=chart,
        facilities=solarstatic.facilities_table(result),
        roofs=shown,
        roofs_note=note,
    )


def attribution(result: SolarMap) -> str:
    """Return who the map's data comes from, for the corner of the map."""
    who = dict.fromkeys(source.publisher for source in result.sources if source.publisher)
    return text("maps.solcellskarta.attribution", who=", ".join(who)) if who else ""


def _legend(result: SolarMap) -> Iterator[dict[str, str]]:
    tak = result.tak
    for code in CLASSES:
        rows = tak[tak["class"] == code]
        if len(rows):
            power = style.power(rows["kwp"].sum() / 1000) if code not in ("excluded", "not_assessed") else ""
            yield {
                "code": code,
                "word": style.class_word(code),
                "cut": solarstatic.cut_words(result, code),
                "count": text("maps.solcellskarta.roof_count" + ("_one" if len(rows) == 1 else ""), n=style.number(len(rows))),
                "power": power,
            }


def _why_not(result: SolarMap) -> Iterator[str]:
    private = result.tak["reasons"].fillna("").str.contains("not_municipal").any()
    yield text("maps.solcellskarta.why_not." + ("objection" if private else "private"))
    yield text("maps.solcellskarta.why_not.secret")
    days = pd.to_datetime(result.tak["survey_date"]).dropna() if "survey_date" in result.tak else ()
    yield (
        text("maps.solcellskarta.why_not.new", date=style.date(max(days).date()))
        if len(days)
        else text("maps.solcellskarta.why_not.new_undated")
    )
    for key in ("outside", "small"):
        yield text(f"maps.solcellskarta.why_not.{key}")


def _config(result: SolarMap, bounds: list[list[float]]) -> dict[str, Any]:
    return {
        "bounds": bounds,
        "attribution": result.attribution or attribution(result),
        "contact": result.contact,
        "municipality": result.municipality,
        "date": result.date.isoformat(),
        "example": result.example,
        "classes": list(CLASSES),
        "fills": style.ROOF_CLASSES,
        "outline": style.ROOF_OUTLINE,
        "built": style.BUILT,
        "map": style.MAP,
        "steps": style.IRRADIATION,
        "words": {code: style.class_word(code) for code in CLASSES},
        "suitability": {code: style.suitability_word(code) for code in SUITABILITIES},
        "reasons": {code: text(f"maps.reason.{code}") for code in REASONS},
        "look_into": list(LOOK_INTO),
        "cuts": {code: solarstatic.cut_words(result, code) for code in CLASSES},
        "online": asdict(result.online) if result.online else None,
        "losses": script_texts(LOSSES),
    }
