"""A small map of the plan: which roofs and areas are built in which year. Static SVG in the map's own metres, north up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup

from data.texts import text
from maps import style
from maps.page import html, join

WIDTH = 1000
MARGIN_M = 40.0
SIMPLIFY_M = 0.8
YEAR_TONES = ("#7a1f1a", "#cf5a1c", "#f2a93b", "#f6dfa0", "#fdf3d3")
"""First year darkest: it reads in grey. More years than tones share the last."""
NAME_PX, NUMBER_PX = 13, 30
LETTER_SHARE = 0.31
"""Half a letter's width as a share of its size, bold."""


def plan_map(
    roofs: gpd.GeoDataFrame, background: Mapping[str, Any], years: Sequence[int], names: Mapping[str, tuple[str, str]]
) -> Markup:
    """Return the map and a legend by year. roofs: id, year, mount, geometry; names: id -> (name, number); narrow screens show numbers."""
    chosen = roofs[roofs["year"].notna()]
    if chosen.empty:
        return Markup()
    west, south, east, north = chosen.total_bounds + np.array([-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M])
    scale = WIDTH / (east - west)
    height = round((north - south) * scale)
    frame = shapely.box(west, south, east, north)

    def path(shapes: Any) -> str:
        return _path(shapes, frame, (west, north), scale)

    parts = [html('<rect width="{}" height="{}" fill="{}"/>', WIDTH, height, style.LIGHT["land"])]
    for layer, look in LAYERS:
        frame_of = background.get(layer)
        if frame_of is not None and len(frame_of):
            parts.append(html('<path d="{}" {}/>', path(frame_of.to_crs(roofs.crs).geometry), Markup(look)))
    parts.append(
        html('<path d="{}" fill="#ffffff" stroke="#b9b3a6" stroke-width="0.8"/>', path(roofs[roofs["year"].isna()].geometry))
    )
    built = [year for year in years if (chosen["year"] == year).any()]
    for number, year in enumerate(built):
        rows = chosen[chosen["year"] == year]
        if len(rows):
            drawn = html('<path d="{}" fill="{}" stroke="#1a1f24" stroke-width="1.6"/>', path(rows.geometry), tone(number))
            parts.append(html('<g class="plan-year" data-year="{}"><title>{}</title>{}</g>', year, year, drawn))
    parts.append(_names(chosen, names, (west, north), scale))
    parts.append(_scale_bar(height, scale))
    title = text("plan.map.title")
    legend = [(tone(n), str(year), int((chosen["year"] == year).sum())) for n, year in enumerate(built)]
    return html(
        '<figure class="plan-map"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>{}</figure>',
        WIDTH,
        height,
        title,
        join(parts),
        _legend(legend),
    )


LAYERS = (
    ("skog", 'fill="#e4e6d6" stroke="none"'),
    ("vatten", 'fill="#cfdde3" stroke="none"'),
    ("jarnvag", 'fill="none" stroke="#8d8778" stroke-width="1.2" stroke-dasharray="7 4"'),
    ("vagar", 'fill="none" stroke="#ffffff" stroke-width="5" stroke-linejoin="round"'),
)
"""Background from below: layer and look."""


def tone(number: int) -> str:
    """Return the fill of a year by its place in the plan."""
    return YEAR_TONES[min(number, len(YEAR_TONES) - 1)]


def _path(shapes: Any, frame: shapely.Geometry, corner: tuple[float, float], scale: float) -> str:
    parts = shapely.get_parts(shapely.intersection(shapely.make_valid(np.asarray(shapes)), frame))
    parts = shapely.simplify(parts[~shapely.is_empty(parts)], SIMPLIFY_M)
    said = []
    for part in parts:
        if part.geom_type == "Polygon":
            said += [_line(ring.coords, corner, scale) + "Z" for ring in (part.exterior, *part.interiors)]
        elif part.geom_type == "LineString":
            said.append(_line(part.coords, corner, scale))
    return "".join(said)


def _line(coordinates: Any, corner: tuple[float, float], scale: float) -> str:
    points = [f"{(x - corner[0]) * scale:.1f} {(corner[1] - y) * scale:.1f}" for x, y, *_ in coordinates]
    return "M" + "L".join(points)


def _names(chosen: gpd.GeoDataFrame, names: Mapping[str, tuple[str, str]], corner: tuple[float, float], scale: float) -> Markup:
    """Return names and numbers above their roofs, else below, those that would cover another left out (the table has them all)."""
    waiting = []
    for id_, rows in chosen.groupby("id", sort=False):
        if id_ not in names:
            continue
        whole = shapely.union_all(rows.geometry.to_numpy())
        bottom, top = ((corner[1] - whole.bounds[n]) * scale for n in (1, 3))
        for css, size, words in zip(("plan-name", "plan-number"), (NAME_PX, NUMBER_PX), names[id_], strict=True):
            half = LETTER_SHARE * size * len(words)
            x = min(max((whole.representative_point().x - corner[0]) * scale, half + 4), WIDTH - half - 4)
            boxes = [(x - half, y - size, x + half, y + 4) for y in (max(top - 6, size + 2), bottom + size + 2)]
            waiting.append((css, words, boxes))
    return join(_placed(waiting))


def _placed(waiting: list[tuple[str, str, list[tuple[float, ...]]]]) -> Iterator[Markup]:
    """Yield every label (class, words, boxes it may stand in) in its first free box: first those that have their first choice."""
    taken: dict[str, list[tuple[float, ...]]] = {}
    for choice in range(2):
        left = []
        for css, words, boxes in waiting:
            box, others = boxes[choice], taken.setdefault(css, [])
            if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in others):
                left.append((css, words, boxes))
                continue
            others.append(box)
            x, y = round((box[0] + box[2]) / 2, 1), round(box[3] - 4, 1)
            yield html('<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>', css, x, y, words)
        waiting = left


def _scale_bar(height: int, scale: float) -> Markup:
    metres = next((m for m in (1000, 500, 200, 100, 50) if m * scale < WIDTH / 4), 50)
    end, y = round(16 + metres * scale, 1), height - 16
    line = html('<path d="M16 {0}V{1}H{2}V{0}" fill="none" stroke="#1a1f24" stroke-width="1.5"/>', y - 6, y, end)
    return join([line, html('<text class="plan-scale" x="16" y="{}">{} m</text>', y - 10, metres)])


def _legend(rows: Sequence[tuple[str, str, int]]) -> Markup:
    items = [
        html(
            '<li><svg class="swatch" width="20" height="14" aria-hidden="true"><rect x="1" y="1" width="18" height="12" fill="{}" '
            'stroke="#1a1f24"/></svg>{} <span class="note">{}</span></li>',
            colour,
            year,
            text("plan.map.count" + ("_one" if n == 1 else ""), n=n),
        )
        for colour, year, n in rows
        if n
    ]
    return html('<ul class="chart-legend">{}</ul>', join(items))
