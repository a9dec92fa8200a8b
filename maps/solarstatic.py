"""What the solar map shows without script: the sentence, the bar towards the target, tables and a picture of the map as SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from data.layers import CLASSES
from data.texts import text
from maps import layers, style
from maps.page import Cell, Column, html, join, table
from maps.solarmap import SolarMap

STATIC_ROOFS = 100
"""Rows the roof table in the file is filled up to with the largest roofs besides the municipality's own, which all stand there."""
MOST_STATIC = 1500
"""Most rows of the municipality's own roofs in the file, some 0.4 MB; the script shows all roofs, the workbook holds them all."""
WORKBOOK = "solceller.xlsx"
ID_LENGTH = 8
MADE_ID = re.compile(r"b\d+_\d+")
"""An id that a building without one gets of its place (data.readers.buildings)."""
PICTURE_WIDTH = 900
PICTURE_HEIGHT = 760
MOST_SHAPES = 2500
BLEED = 0.3
"""Share of the picture drawn outside its frame on every side, so that windows of other proportions are filled."""
BAR_WIDTH, BAR_HEIGHT, BAR_TOP = 332, 28, 22
SEGMENTS = ("built", "decided", "roof", "ground", "missing")
METRE_DEG = 1 / 111_320


def _mw(totals: Mapping[str, Any], key: str) -> float | None:
    value = totals.get(key)
    return None if value is None or pd.isna(value) else float(value)


def whole_power(mw: float) -> str:
    """Return a decided power as it was decided: 6 MW, not 6,0 MW."""
    return f"{style.number(mw)}{style.NBSP}MW" if mw >= 1 and abs(mw - round(mw)) < 0.005 else style.power(mw)


def sentence(totals: Mapping[str, Any]) -> str:
    """Return the page's one sentence: what the suitable roofs hold, the target and what is built."""
    roofs, target, built = (_mw(totals, key) for key in ("total_mwp", "target_mw", "built_mw"))
    if totals.get("facilities") == 0:  # no list of what is the municipality's: its share is unknown, not nothing
        return text("maps.solcellskarta.sentence.no_list", mw=style.power(_mw(totals, "potential_mwp")))
    said = text("maps.solcellskarta.sentence.roofs", mw=style.power(roofs))
    if target is not None:
        key = "built_unknown" if built is None else "built"
        said += " " + text(f"maps.solcellskarta.sentence.{key}", target=whole_power(target), built=style.power(built))
    return said


def segments(totals: Mapping[str, Any]) -> dict[str, float]:
    """Return MW of each part of the bar that is more than nothing, in order; what is not known is left out."""
    parts = {
        "built": _mw(totals, "built_mw") or 0.0,
        "decided": _mw(totals, "decided_mw") or 0.0,
        "roof": _mw(totals, "total_mwp") or 0.0,
        "ground": _mw(totals, "ground_mw") or 0.0,
    }
    target = _mw(totals, "target_mw")
    if target is not None and _mw(totals, "built_mw") is not None:
        parts["missing"] = max(0.0, target - sum(parts.values()))
    return {key: mw for key, mw in parts.items() if mw > 0.0005}


def target_bar(totals: Mapping[str, Any]) -> Markup:
    """Return the bar byggt | beslutat | tak | carport/mark | saknas with a tick at the target, and its numbers as a list."""
    parts, target = segments(totals), _mw(totals, "target_mw")
    most = max(sum(parts.values()), target or 0.0)
    if most <= 0 or not parts:
        return Markup()
    scale = BAR_WIDTH / most
    return html(
        '<figure class="sol-bar"><svg viewBox="-2 0 {} {}" role="img" aria-label="{}">{}{}</svg><dl>{}</dl></figure>',
        BAR_WIDTH + 4,
        BAR_TOP + BAR_HEIGHT + 8,
        text("maps.solcellskarta.bar.title"),
        join(_segments(parts, scale)),
        _tick(target, scale) if target else "",
        join(
            html(
                '<div><dt><svg class="swatch" width="14" height="14" aria-hidden="true">'
                '<rect x="1" y="1" width="12" height="12" class="bar-{0}"/></svg>{1}</dt><dd>{2}</dd></div>',
                key,
                text(f"maps.solcellskarta.bar.{key}"),
                style.power(mw),
            )
            for key, mw in parts.items()
        ),
    )


def _segments(parts: Mapping[str, float], scale: float) -> Iterator[Markup]:
    x = 0.0
    for key, mw in parts.items():
        yield html(
            '<rect class="bar-{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>',
            key,
            x,
            BAR_TOP,
            max(mw * scale, 1.0),
            BAR_HEIGHT,
        )
        x += mw * scale


def _tick(target: float, scale: float) -> Markup:
    x = target * scale
    anchor = "end" if x > BAR_WIDTH * 0.6 else "middle"
    return html(
        '<path class="bar-tick" d="M{0:.1f} {1}V{2}"/><text x="{3:.1f}" y="13" text-anchor="{4}">{5}</text>',
        x,
        BAR_TOP - 4,
        BAR_TOP + BAR_HEIGHT + 4,
        min(x + 2, BAR_WIDTH),
        anchor,
        text("maps.solcellskarta.bar.target", mw=whole_power(target)),
    )


def cut_words(result: SolarMap, code: str) -> str:
    """Return the limits of a class in words: per cent of the best place, and kWh/m2 where known."""
    names = [name for name in ("top", "good", "fair") if name in result.cuts]
    if code not in (*names, "poor") or not names:
        return ""
    low = result.cuts.get(code)
    if low is None:
        return text("maps.solcellskarta.cut.below", high=style.number(result.cuts[names[-1]]))
    above = names[names.index(code) - 1] if names.index(code) else None
    if above is None:
        return text("maps.solcellskarta.cut.from", low=style.number(low))
    return text("maps.solcellskarta.cut.between", low=style.number(low), high=style.number(result.cuts[above]))


def facilities_table(result: SolarMap) -> Markup:
    """Return every facility, largest first, with its verdict in words."""
    frame = result.anlaggningar.sort_values(["kwp", "facility_id"], ascending=[False, True], na_position="last")
    keys = ("name", "verdict", "class", "kwp", "mwh", "sentence")
    kinds = {"kwp": "number", "mwh": "number"}
    columns = [Column(text(f"maps.solcellskarta.column.{key}"), kinds.get(key, "text"), heads_row=key == "name") for key in keys]
    return table(
        text("maps.solcellskarta.facilities"), columns, map(_facility_row, frame.to_dict("records")), caption_hidden=True
    )


def _facility_row(row: Mapping[str, Any]) -> list[object]:
    best = row.get("best_class")
    return [
        html('<a href="#anlaggning={}">{}</a>', row["facility_id"], _short(row.get("name")) or row["facility_id"]),
        style.suitability_word(row["suitability"]),
        "" if best is None or pd.isna(best) else style.class_word(best),
        _cell(row.get("kwp")),
        _cell(None if row.get("kwh") is None else row["kwh"] / 1000),
        _short(row.get("sentence"), 400),
    ]


def roofs_table(result: SolarMap) -> tuple[Markup, Markup]:
    """Return the municipality's roofs and the largest others as a table, largest first, and what is left out and where it is."""
    frame = result.tak.sort_values(["kwh", "plane_id"], ascending=[False, True], na_position="last")
    ours = frame["facility_id"].notna() if "facility_id" in frame else pd.Series(False, index=frame.index)
    own = frame.index[ours][:MOST_STATIC]
    others = frame.index[~ours][: max(0, STATIC_ROOFS - len(own))]
    shown = frame[frame.index.isin(own) | frame.index.isin(others)]
    keys = ("roof", "class", "kwp", "mwh", "yield", "reasons")
    columns = [
        Column(
            text(f"maps.solcellskarta.column.{key}"),
            "number" if key in ("kwp", "mwh", "yield") else "text",
            heads_row=key == "roof",
        )
        for key in keys
    ]
    rows = (_roof_row(row) for row in shown.to_dict("records"))
    counts = {"own": len(own), "others": len(others), "total": len(frame), "all_own": int(ours.sum())}
    return (
        table(text("maps.solcellskarta.roofs"), columns, rows, sortable=False, caption_hidden=True, stack=False),
        _left_out({name: style.number(n) for name, n in counts.items()}, counts),
    )


def _left_out(said: Mapping[str, str], counts: Mapping[str, int]) -> Markup:
    """Return which roofs stand in the table, and where those that do not are."""
    if counts["own"] + counts["others"] == counts["total"]:
        return html("{}", text("maps.solcellskarta.roofs_note_all", **said))
    key = "some" if counts["own"] < counts["all_own"] else "own" if counts["own"] else "none"
    where = html('{} <a href="{}">{}</a>.', text("maps.solcellskarta.roofs_note_where"), WORKBOOK, WORKBOOK)
    return html("{} {}", text(f"maps.solcellskarta.roofs_note_{key}", **said), where)


def _roof_row(row: Mapping[str, Any]) -> list[object]:
    codes = [code for code in (row.get("reasons") or "").split(";") if code != "not_municipal"]
    reasons = style.reason_words(codes)
    return [
        _short(row.get("name")) or text("maps.solcellskarta.unnamed", id=_short_id(_short(row["plane_id"]))),
        style.class_word(row["class"]),
        _cell(row["kwp"], 1),
        _cell(row["kwh"] / 1000, 1),
        _cell(row.get("kwh_per_kwp")),
        " ".join(reasons),
    ]


def _cell(value: float | None, digits: int = 0) -> Cell:
    known = None if value is None or pd.isna(value) else float(value)
    return Cell(style.number(known, digits), known)


def _short(value: object, most: int = 120) -> str:
    if value is None or pd.isna(value):
        return ""
    words = str(value)
    return words if len(words) <= most else words[: most - 1] + "…"


class Frame:
    """From degrees to the picture's own units: north up, the start view filling it."""

    def __init__(self, bounds: list[list[float]]) -> None:
        (south, west), (north, east) = bounds
        self._squeeze = float(np.cos(np.radians((south + north) / 2)))
        wide, high = (east - west) * self._squeeze, north - south
        self.scale = min(PICTURE_WIDTH / wide, PICTURE_HEIGHT / high)
        self._west = (west + east) / 2 - PICTURE_WIDTH / 2 / self.scale / self._squeeze
        self._north = (south + north) / 2 + PICTURE_HEIGHT / 2 / self.scale
        self.box = shapely.box(
            -BLEED * PICTURE_WIDTH, -BLEED * PICTURE_HEIGHT, (1 + BLEED) * PICTURE_WIDTH, (1 + BLEED) * PICTURE_HEIGHT
        )

    def shapes(self, frame: gpd.GeoDataFrame, *, simplify: float = 0.0) -> np.ndarray:
        """Return geometry in picture units, cut to the picture, empty ones kept in place."""
        given = layers.to_wgs84(frame).geometry
        given = given.to_numpy()
        given = np.where(shapely.is_missing(given), shapely.Polygon(), given)
        placed = shapely.transform(given, self._place)
        placed = shapely.make_valid(placed) if simplify == 0 else shapely.make_valid(shapely.simplify(placed, simplify))
        return shapely.intersection(placed, self.box)

    def _place(self, degrees: np.ndarray) -> np.ndarray:
        x = (degrees[:, 0] - self._west) * self.scale * self._squeeze
        return np.column_stack([x, (self._north - degrees[:, 1]) * self.scale])


def picture(result: SolarMap, bounds: list[list[float]]) -> Markup:
    """Return the start view as inline SVG: background, roofs by class, facilities with names, scale bar and north."""
    frame = Frame(bounds)
    return html(
        '<svg class="sol-picture" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="xMidYMid meet">'
        '<defs><pattern id="skraffering" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="{}"/>'
        '<path d="M0 5L5 0" class="hatch"/></pattern></defs>{}{}{}{}</svg>',
        PICTURE_WIDTH,
        PICTURE_HEIGHT,
        text("maps.solcellskarta.picture", name=result.municipality),
        style.ROOF_CLASSES["excluded"],
        join(_ground(result, frame)),
        join(_roofs(result, frame)),
        join(_names(result, frame)),
        _scale_bar(frame),
    )


def _ground(result: SolarMap, frame: Frame) -> Iterator[Markup]:
    for key, kind in (("skog", "forest"), ("vatten", "water")):
        if key in result.background:
            yield _path(kind, frame.shapes(result.background[key], simplify=1.0))
    if "vagar" in result.background:
        roads = frame.shapes(result.background["vagar"], simplify=0.8)
        yield _path("roadcase", roads)
        yield _path("road", roads)
    if "jarnvag" in result.background:
        yield _path("railway", frame.shapes(result.background["jarnvag"], simplify=0.8))


def _roofs(result: SolarMap, frame: Frame) -> Iterator[Markup]:
    ours = result.tak[result.tak["facility_id"].notna()] if "facility_id" in result.tak else result.tak
    shown = result.tak if len(result.tak) <= MOST_SHAPES else ours.head(MOST_SHAPES)
    shapes = frame.shapes(shown)
    for code in reversed(CLASSES):
        yield _path(f"roof fill-{code}", shapes[(shown["class"] == code).to_numpy()])
    if len(result.anlaggningar):
        yield _path("facility", frame.shapes(result.anlaggningar))


def _names(result: SolarMap, frame: Frame) -> Iterator[Markup]:
    taken: list[tuple[float, float, float, float]] = []
    shapes = frame.shapes(result.anlaggningar)
    order = result.anlaggningar["kwp"].fillna(0).to_numpy().argsort()[::-1]
    for i in order:
        if shapes[i].is_empty:
            continue
        name = _short(result.anlaggningar["name"].iloc[i], 40)
        x, y = shapes[i].centroid.x, shapes[i].bounds[1] - 6
        box = (x - 4.2 * len(name), y - 16, x + 4.2 * len(name), y + 4)
        inside = box[0] > 0 and box[2] < PICTURE_WIDTH and box[1] > 0
        if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            taken.append(box)
            yield html('<text x="{:.0f}" y="{:.0f}">{}</text>', x, y, name)


def _scale_bar(frame: Frame) -> Markup:
    metres = next(m for m in (5000, 2000, 1000, 500, 200, 100, 50, 20) if m * METRE_DEG * frame.scale < 200 or m == 20)
    length, y = metres * METRE_DEG * frame.scale, PICTURE_HEIGHT - 24
    return html(
        '<path class="scale" d="M24 {0}v6h{1:.0f}v-6"/><text x="{2:.0f}" y="{0}">{3}</text>'
        '<path class="north" d="M{4} 24l9 26-9-6-9 6z"/><text x="{4}" y="66">N</text>',
        y,
        length,
        24 + length / 2,
        f"{style.number(metres)}{style.NBSP}m",
        PICTURE_WIDTH - 30,
    )


def _path(kind: str, shapes: Iterable[Any]) -> Markup:
    drawn = "".join(_drawn(part) for shape in shapes for part in shapely.get_parts(shape) if not part.is_empty)
    return html('<path class="{}" d="{}"/>', kind, drawn) if drawn else Markup()


def _drawn(part: Any) -> str:
    if part.geom_type == "Polygon":
        return "".join(_ring(shapely.get_coordinates(ring)[:-1]) + "z" for ring in (part.exterior, *part.interiors))
    if part.geom_type == "LineString":
        return _ring(shapely.get_coordinates(part))
    return ""


def _ring(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.5g} {y:.5g}" for x, y in np.round(points, 1)) if len(points) else ""


def _short_id(plane_id: str) -> str:
    """Return what to call a roof without name: the start of a register's id, whole where it is made of the building's place."""
    return plane_id if MADE_ID.match(plane_id) else plane_id[:ID_LENGTH]
