"""An invented solar map of any size, drawn by a seeded rule: what the pages are tried on without running the solar chain.

solar_map(buildings=60)    # two roof planes a building; every eighth building, at most sixty, is municipal; twelve have names
"""

from __future__ import annotations

import datetime as dt
import io
import math
import struct
import zlib
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.affinity import rotate, translate

from data.sources import Source
from maps.solarmap import Hillshade, SolarMap

CRS = "EPSG:3006"
CORNER = (404_000.0, 6_597_000.0)
SITE = (59.5, 13.3)
BLOCK_M = 90.0
BEST_KWH_M2 = 1240.0
NAMES = (
    "Klockarskolan",
    "Ängsgårdens förskola",
    "Idrottshallen Björken",
    "Äldreboendet Solgården",
    "Kulturhuset Lindan",
    "Biblioteket",
    "Kommunhuset",
    "Västra skolan",
    "Brukshallen",
    "Gruppboendet Sävsångaren",
    "Förrådet Norra Industrigatan",
    "Simhallen Näcken",
)
STREETS = ("Storgatan", "Bruksgatan", "Ö. Torggatan", "Kyrkvägen", "Ängsvägen", "Skolgatan", "Industrigatan", "Lindallén")
STEPS = ("irradiation", "trees", "near", "far", "reflection", "soiling", "snow", "temperature", "wiring", "inverter")
CUTS = {"top": 95.0, "good": 80.0, "fair": 75.0}


def solar_map(buildings: int = 60, *, seed: int = 7, names: tuple[str, ...] = NAMES, **changes: Any) -> SolarMap:
    """Return a solar map of an invented place with `buildings` buildings and two planes each; `changes` replace fields."""
    rng = np.random.default_rng(seed)
    plain = _buildings(buildings, rng)
    tak = _tak(plain, rng, names)
    anlaggningar = _facilities(tak)
    parts = {
        "municipality": "Exempelköping",
        "date": dt.date(2026, 3, 5),
        "tak": tak,
        "anlaggningar": anlaggningar,
        "totals": _totals(tak, anlaggningar),
        "site": SITE,
        "example": True,
        "cuts": CUTS,
        "best_kwh_m2": BEST_KWH_M2,
        "background": _background(plain, buildings),
        "hillshade": _relief(),
        "plants": _plants(anlaggningar),
        "moduler": _modules(tak.iloc[:80]),
        "sources": [Source("dsm", "Höjdmodell", "Exempelverket", licence="CC0", retrieved=dt.date(2025, 1, 2))],
        "attribution": "Påhittad karta",
        "warnings": ["Snödjup saknas i vädret. Fast snöförlust används."],
        "settings": [("Nära skugga", "500 m"), ("Modulens effekt", "450 W")],
        "contact": "karta@exempel.invalid",
        **_energy(tak, rng),
    }
    return SolarMap(**(parts | changes))


def _buildings(count: int, rng: np.random.Generator) -> pd.DataFrame:
    side = math.ceil(math.sqrt(count / 4))
    rows = []
    for i in range(count):
        block, place = divmod(i, 4)
        east = CORNER[0] + (block % side) * BLOCK_M + 22 + (place % 2) * 40 + rng.uniform(-3, 3)
        north = CORNER[1] + (block // side) * BLOCK_M + 22 + (place // 2) * 40 + rng.uniform(-3, 3)
        municipal = i % max(8, count // 60) == 0
        length, depth = (rng.uniform(26, 34), rng.uniform(15, 20)) if municipal else (rng.uniform(10, 16), rng.uniform(7, 10))
        rows.append((f"b{i:05d}", east, north, length, depth, rng.choice([0, 0, 90, 12, 102]), municipal))
    return pd.DataFrame(rows, columns=["building_id", "e", "n", "length", "depth", "turn", "municipal"])


def _tak(plain: pd.DataFrame, rng: np.random.Generator, names: tuple[str, ...]) -> gpd.GeoDataFrame:
    rows, facility = [], 0
    for one in plain.itertuples():
        here, name = None, None
        if one.municipal:
            name = names[facility] if facility < len(names) else f"Förråd {facility}"
            facility += 1
            here = f"A{facility:03d}"
        flat = one.municipal and rng.random() < 0.4
        for side in (0, 1):
            half = shapely.box(-one.length / 2, -one.depth / 2 * (1 - side), one.length / 2, one.depth / 2 * side)
            shape = translate(rotate(half, float(one.turn), origin=(0, 0)), one.e, one.n)
            azimuth = (180 - float(one.turn) + 180 * side) % 360
            tilt = 1.0 if flat else float(rng.choice([15, 27, 35, 45]))
            rows.append(_plane(one, shape, (here, name), (side + 1, tilt, azimuth), rng=rng))
    return gpd.GeoDataFrame(rows, crs=CRS)


def _plane(one: Any, shape: shapely.Polygon, whose: tuple, lie: tuple, *, rng: np.random.Generator) -> dict[str, Any]:
    (facility, name), (number, tilt, azimuth) = whose, lie
    away = 1 - math.cos(math.radians(azimuth - 180))
    open_kwh = BEST_KWH_M2 * (0.86 if tilt < 5 else 1 - 0.2 * away * tilt / 40)
    losses = rng.dirichlet([1, 1, 6]) * rng.choice([0.02, 0.05, 0.2])
    poa = open_kwh * (1 - losses.sum())
    area = shape.area / math.cos(math.radians(tilt))
    kwp = 0.0 if area < 12 else math.floor(area * 0.72 / 2) * 0.45
    percent = 100 * poa / BEST_KWH_M2
    blind = rng.random() < 0.03
    reasons = _reasons(losses, percent, kwp, azimuth=azimuth, tilt=tilt, municipal=facility is not None)
    kind = "not_assessed" if blind else _class(percent, kwp)
    if blind:
        reasons = ["no_survey", *(code for code in reasons if code == "not_municipal")]
    energy = math.nan if blind else kwp * poa * 0.83
    return {
        "plane_id": f"{one.building_id}-{number}",
        "building_id": one.building_id,
        "facility_id": facility,
        "name": name,
        "owner": "Exempelköpings kommun" if facility else None,
        "tilt_deg": tilt,
        "azimuth_deg": azimuth,
        "is_flat": tilt < 2,
        "area_m2": area,
        "usable_m2": area * 0.72,
        "z_m": 61.0,
        "ground_z_m": 54.0,
        "fit_rmse_m": 0.06,
        "points_per_m2": 1.4,
        "coverage": 0.97,
        "confidence": 0.3 if blind else float(rng.uniform(0.7, 0.98)),
        "survey_date": dt.date(2023, 4, 18),
        "sky_view": 0.93,
        "poa_kwh_m2": math.nan if blind else poa,
        "poa_unshaded_kwh_m2": open_kwh,
        "loss_trees": losses[0],
        "loss_near": losses[1],
        "loss_far": losses[2] / 8,
        "snow_loss": 0.021,
        "kwp": kwp,
        "kwh": energy,
        "kwh_per_kwp": energy / kwp if kwp else math.nan,
        "p90_kwh": energy * 0.88,
        "class": kind,
        "reasons": ";".join(reasons),
        "geometry": shape,
    }


def _class(percent: float, kwp: float) -> str:
    if kwp == 0:
        return "excluded"
    return next((name for name, cut in CUTS.items() if percent >= cut), "poor")


def _reasons(losses: Any, percent: float, kwp: float, *, azimuth: float, tilt: float, municipal: bool) -> list[str]:
    found = []
    if percent < CUTS["top"]:
        found += [code for code, loss in zip(("shade_trees", "shade_buildings"), losses[:2], strict=True) if loss > 0.05]
        found += ["tilt"] if tilt < 5 else []
        found += ["azimuth"] if abs(azimuth - 180) > 60 and tilt >= 5 else []
    found += ["too_small"] if kwp == 0 else []
    found += [] if municipal else ["not_municipal"]
    found += ["bygglov_att_prova"] if tilt < 5 and kwp else []
    return found


def _facilities(tak: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    verdicts = ("suitable", "suitable", "conditional", "suitable", "unsuitable", "unknown")
    for i, (facility, roofs) in enumerate(tak[tak["facility_id"].notna()].groupby("facility_id")):
        good = roofs[roofs["class"].isin(("top", "good", "fair"))]
        verdict = verdicts[i % len(verdicts)]
        name = roofs["name"].iloc[0]
        kwp, kwh = good["kwp"].sum(), good["kwh"].sum()
        rows.append(
            {
                "facility_id": facility,
                "name": name,
                "owner": "Exempelköpings kommun",
                "suitability": verdict,
                "kwp": kwp,
                "kwh": kwh,
                "best_class": roofs["class"].iloc[0],
                "share_kwp_top_two": 0.8,
                "heritage": ("ok", "unknown", "no")[i % 3],
                "reasons": "kulturvarde" if i % 3 else "",
                "sentence": f"{name} rymmer {kwp:.0f} kW toppeffekt, cirka {kwh / 1000:.0f} MWh per år.",
                "built_kwp": 45.0 if i % 5 == 0 else 0.0,
                "geometry": shapely.union_all(roofs.geometry.to_numpy()),
            }
        )
    return gpd.GeoDataFrame(rows, crs=tak.crs)


def _totals(tak: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> dict[str, Any]:
    suited = facilities[facilities["suitability"].isin(("suitable", "conditional"))]
    total, built, decided = suited["kwp"].sum() / 1000, 0.12, 0.06
    target = max(6.0, round(total * 1.6, 1)) if total > 3 else round(max(0.6, total * 1.6), 1)
    return {
        "potential_mwp": tak["kwp"].sum() / 1000,
        "municipal_mwp": tak.loc[tak["facility_id"].notna(), "kwp"].sum() / 1000,
        "suitable_mwp": total,
        "total_mwp": total,
        "total_mwh": suited["kwh"].sum() / 1000,
        "built_mw": built,
        "decided_mw": decided,
        "ground_mw": 0.1,
        "target_mw": target,
        "target_reading": "group_total_dc",
        "remaining_mw": target - built,
        "gap_after_roofs_mw": max(0.0, target - built - total),
        "buildings": int(tak["building_id"].nunique()),
        "planes": len(tak),
        "facilities": len(facilities),
    }


def _background(plain: pd.DataFrame, count: int) -> dict[str, gpd.GeoDataFrame]:
    side = math.ceil(math.sqrt(count / 4))
    wide, high = side * BLOCK_M, math.ceil(count / 4 / side) * BLOCK_M
    e, n = CORNER
    east = [
        shapely.LineString([(e - 60, n + i * BLOCK_M), (e + wide + 60, n + i * BLOCK_M)])
        for i in range(round(high / BLOCK_M) + 1)
    ]
    north = [shapely.LineString([(e + i * BLOCK_M, n - 60), (e + i * BLOCK_M, n + high + 60)]) for i in range(side + 1)]
    main = shapely.LineString([(e - 700, n - 120), (e + wide / 2, n - 80), (e + wide + 700, n - 260)])
    names = [STREETS[i % len(STREETS)] for i in range(len(east) + len(north))]
    classes = ["gata"] * len(names) + ["länsväg"]
    roads = gpd.GeoDataFrame({"class": classes, "name": [*names, "Länsväg 239"]}, geometry=[*east, *north, main], crs=CRS)
    lake = shapely.Point(e - 420, n + high / 2).buffer(240).union(shapely.Point(e - 320, n + high / 2 + 220).buffer(140))
    wood = shapely.box(e - 40, n + high + 70, e + wide, n + high + 420).buffer(40)
    rail = shapely.LineString([(e - 700, n - 190), (e + wide + 700, n - 330)])
    places = gpd.GeoDataFrame(
        {"name": ["Exempelköping", "Näcksjön", "Norrskogen"], "kind": ["tätort", "sjö", "by"]},
        geometry=[shapely.Point(e + wide / 2, n + high / 2), lake.centroid, wood.centroid],
        crs=CRS,
    )
    return {
        "vagar": roads,
        "vatten": gpd.GeoDataFrame(geometry=[lake], crs=CRS),
        "skog": gpd.GeoDataFrame(geometry=[wood], crs=CRS),
        "jarnvag": gpd.GeoDataFrame(geometry=[rail], crs=CRS),
        "namn": places,
    }


def _plants(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    two = facilities.iloc[[0, min(5, len(facilities) - 1)]]
    return gpd.GeoDataFrame(
        {"name": two["name"].to_list(), "kwp": [45.0, 60.0], "in_use": [dt.date(2021, 6, 1), None]},
        geometry=two.geometry.representative_point().to_list(),
        crs=facilities.crs,
    )


def _modules(tak: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    for roof in tak.itertuples():
        box = shapely.get_coordinates(roof.geometry.minimum_rotated_rectangle)
        origin, along, up = box[0], box[1] - box[0], box[3] - box[0]
        long, deep = np.hypot(*along), np.hypot(*up)
        for i in range(int(long // 1.9)):
            for j in range(int(deep // 1.3)):
                corner = origin + along / long * (0.4 + 1.85 * i) + up / deep * (0.3 + 1.2 * j)
                sides = along / long * 1.76, up / deep * 1.13
                ring = [corner, corner + sides[0], corner + sides[0] + sides[1], corner + sides[1]]
                if roof.geometry.buffer(-0.1).contains(shapely.Polygon(ring)):
                    rows.append((roof.plane_id, shapely.Polygon(ring)))
    return gpd.GeoDataFrame(rows, columns=["plane_id", "geometry"], geometry="geometry", crs=tak.crs)


def _energy(tak: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, Any]:
    months = np.array([1, 3, 8, 12, 15, 16, 15, 12, 9, 5, 2, 1], float)
    noise = months * rng.uniform(0.9, 1.1, (len(tak), 12))
    share = noise / noise.sum(axis=1, keepdims=True)
    index = pd.Index(tak["plane_id"], name="plane_id")
    kwh = pd.DataFrame(share * tak["kwh"].to_numpy()[:, None], index=index, columns=range(1, 13))
    hours = np.exp(-(((np.arange(24) - 12) / 3.6) ** 2))
    grids = {
        plane: np.outer(month, np.roll(hours, int(rng.integers(-2, 3))) / hours.sum())
        for plane, month in zip(index, kwh.to_numpy(), strict=True)
        if np.isfinite(month).all()
    }
    return {
        "monthly_kwh": kwh,
        "month_hour": grids,
        "horizon": _horizons(tak, rng),
        "waterfall": _waterfall(tak, index, rng),
    }


def _horizons(tak: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    bearing = np.radians(np.arange(64) * 360 / 64)
    out = {}
    for plane in tak["plane_id"]:
        at, height = rng.uniform(0, 2 * np.pi, 3), rng.uniform([4, 2, 1], [18, 24, 5])
        wide = np.array([0.4, 0.5, 1.5])
        gap = np.abs((bearing[:, None] - at + np.pi) % (2 * np.pi) - np.pi)
        out[plane] = height * np.exp(-((gap / wide) ** 2)) + rng.uniform(0, 1, (64, 3))
    return out


def _waterfall(tak: gpd.GeoDataFrame, index: pd.Index, rng: np.random.Generator) -> pd.DataFrame:
    share = rng.uniform(0.3, 1, (len(tak), len(STEPS) - 1)) * np.array([0.06, 0.05, 0.01, 0.03, 0.02, 0.02, 0.02, 0.02, 0.04])
    kwh = tak["kwh"].to_numpy()
    gross = kwh / (1 - share.sum(axis=1))
    return pd.DataFrame(np.column_stack([gross, -share * gross[:, None]]), index=index, columns=list(STEPS))


def _relief(size: int = 48) -> Hillshade:
    y, x = np.mgrid[0:size, 0:size] / size
    grey = np.clip(170 + 60 * np.sin(6 * x + 2 * np.sin(4 * y)) * np.cos(5 * y), 60, 255).astype(np.uint8)
    return Hillshade(png(grey), (59.49, 13.285, 59.515, 13.335))


def png(grey: np.ndarray) -> bytes:
    """Return an 8-bit grey PNG."""
    out = io.BytesIO()
    out.write(b"\x89PNG\r\n\x1a\n")
    lines = b"".join(b"\x00" + row.tobytes() for row in grey)
    head = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 8, 0, 0, 0, 0)
    for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")):
        out.write(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))
    return out.getvalue()
