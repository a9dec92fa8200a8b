"""Fits the weights of solar.roofconfidence to virtual scans, and shows how often planes of each confidence are right on other buildings.

Needs the shared development data (KIL_TEST_DATA). Half of the buildings (by a hash of the id) of two city models and of a made-up town of
simple houses make the weights, the other half and the whole example the table: the example has no part in the fit.
    python tests/benchmarks/fit_roof_confidence.py
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import roof_truth as rt  # noqa: E402

from solar import building, roofconfidence  # noqa: E402
from solar.roofs import planes_from_dsm, planes_from_points  # noqa: E402

SHARED = Path(os.environ.get("KIL_TEST_DATA", ROOT.parent / "shared" / "data"))
DENSITIES = (0.6, 1.0, 1.4, 2.0)
WEIGHT = {"zurich": 4.0, "town": 2.0, "denhaag": 1.0, "example": 0.0}
BINS = (0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.95, 1.0001)
RIDGE = 1e-3


def cities(shared: Path) -> dict[str, tuple[dict, str]]:
    """Raw facets by building of Den Haag and Zürich, with their CRS."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(shared / "citymodel" / "dtcc_DenHaag_01.city.json.zip") as archive:
            archive.extractall(folder)
        hague = rt.city(next(Path(folder).rglob("*.json")))
    zurich = rt.city(shared / "citymodel" / "cjio_zurich_subset_lod2.json")
    return {"denhaag": (hague, "EPSG:28992"), "zurich": (zurich, "EPSG:2056")}


def example():
    """Footprints, surface and ground model and true planes of the example."""
    from data.readers import buildings, elevation

    folder = ROOT / "data" / "example"
    footprints = buildings.read(folder / "indata" / "byggnader.gpkg", crs="EPSG:3006").data
    dsm = elevation.read(folder / "indata" / "ytmodell.tif", crs="EPSG:3006").data
    dtm = elevation.read(folder / "indata" / "markmodell.tif", crs="EPSG:3006", name="dtm").data
    return footprints, dsm, dtm, rt.example_truth(folder)


def town(count: int = 400, seed: int = 7) -> dict[str, list[rt.Facet]]:
    """Simple houses of chance sizes, tilts and directions: gables (some with a lower wing or a garage), hips, sheds and flat roofs."""
    rng = np.random.default_rng(seed)
    out = {}
    for n in range(count):
        width, length, tilt, eaves = rng.uniform(5, 16), rng.uniform(7, 40), rng.uniform(5, 45), rng.uniform(3, 8)
        kind = rng.choice(["gable", "gable", "hip", "shed", "flat", "wing", "garage"])
        parts = _house(rng, str(kind), (length, width), (tilt, eaves))
        at, turn = (500_000 + n % 20 * 70.0, 6_600_000 + n // 20 * 70.0), rng.uniform(0, 360)
        placed = [_placed(f"town{n}", part, at, turn) for part in parts]
        out[f"town{n}"] = rt.merged(placed)
    return out


def _house(rng: np.random.Generator, kind: str, size: tuple[float, float], slope: tuple[float, float]) -> list[rt.Facet]:
    (u, v), (tilt, eaves) = size, slope
    if kind == "hip" and u > v + 1:
        corners = [(0, 0), (u, 0), (u, v), (0, v)]
        ridge = [(v / 2, v / 2), (u - v / 2, v / 2)]
        sides = (corners[:2] + ridge[::-1], 180), (corners[2:] + ridge, 0), ([corners[0], corners[3], ridge[0]], 270)
        sides = (*sides, ([corners[1], corners[2], ridge[1]], 90))
        return [_falling(shapely.Polygon(ring), tilt, azimuth, eaves) for ring, azimuth in sides]
    if kind in ("shed", "flat"):
        return [_falling(shapely.box(0, 0, u, v), min(tilt, 20.0) if kind == "shed" else 0.0, 180, eaves)]
    parts = _gable(0.0, (u, v), tilt, eaves)
    if kind == "wing":
        return parts + _gable(u, (1.5 * rng.uniform(4, 8), 0.7 * v), tilt, eaves - rng.uniform(1, 3))
    if kind == "garage":
        box = shapely.box(u, 0, u + rng.uniform(3, 6), rng.uniform(4, max(v, 5.0)))
        return [*parts, _falling(box, float(rng.choice([0, 4])), 180, eaves - rng.uniform(0.8, 2.5))]
    return parts


def _gable(x: float, size: tuple[float, float], tilt: float, eaves: float) -> list[rt.Facet]:
    u, v = size
    halves = (shapely.box(x, 0, x + u, v / 2), 180), (shapely.box(x, v / 2, x + u, v), 0)
    return [_falling(half, tilt, azimuth, eaves) for half, azimuth in halves]


def _falling(shape: shapely.Polygon, tilt: float, azimuth: float, eaves: float) -> rt.Facet:
    """A facet whose lowest corner is at the eaves."""
    facet = rt.tilted("", shape, tilt, azimuth, z0=0.0)
    low = min(facet.z(x, y) for x, y in shape.exterior.coords)
    return rt.tilted("", shape, tilt, azimuth, z0=eaves - low)


def _placed(building: str, facet: rt.Facet, at: tuple[float, float], turn: float) -> rt.Facet:
    """The facet turned clockwise about the origin and moved to its place."""
    centre = facet.outline.centroid
    angle = math.radians(turn)
    turned = shapely.transform(
        facet.outline, lambda xy: xy @ [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]] + at
    )
    return rt.tilted(building, turned, facet.tilt_deg, (facet.azimuth_deg + turn) % 360, z0=facet.z(centre.x, centre.y))


class Tap:
    """Takes the place of the probability and remembers its terms: the number it returns says which."""

    def __init__(self) -> None:
        self.terms: list[tuple[float, ...]] = []

    def __call__(self, evidence) -> float:
        self.terms.append(roofconfidence.terms(evidence))
        return len(self.terms) * 1e-7

    def rows(self, planes, truth, tag: str) -> pd.DataFrame:
        right = rt.score(truth, rt.facets_of(planes, convergence_deg=rt.convergence_deg(planes))).right
        index = np.round(planes["confidence"].to_numpy() / planes["coverage"].to_numpy(float) * 1e7).astype(int) - 1
        table = pd.DataFrame([self.terms[i] for i in index], columns=roofconfidence.TERMS)
        return table.assign(right=right, tag=tag, building=planes["building_id"].to_numpy())


def observations() -> pd.DataFrame:
    """The terms of every plane found in every scene, and whether it is right."""
    tap = Tap()
    building.roofconfidence.probability = tap
    parts = []
    scenes = {name: ({k: rt.merged(rt.visible(v)) for k, v in raw.items()}, crs) for name, (raw, crs) in cities(SHARED).items()}
    for name, (truth, crs) in {**scenes, "town": (town(), "EPSG:3006")}.items():
        for n, density in enumerate(DENSITIES):
            scan = rt.scan(rt.flat(truth), density=density, seed=11 + n)
            for position, overhang in (("roof_edge", 0.0), ("facade", 0.55)):
                outlines = rt.footprints(truth, crs, overhang_m=overhang, position=position)
                planes = planes_from_points(scan.xyz, outlines, classification=scan.classification)
                parts.append(tap.rows(planes, rt.flat(truth), f"{name} {density} {position}"))
    footprints, dsm, dtm, truth = example()
    parts.append(tap.rows(planes_from_dsm(dsm, footprints, dtm=dtm), rt.flat(truth), "example surface model"))
    for density in (1.0, 1.4):
        scan = rt.scan(rt.flat(truth), density=density, seed=5)
        planes = planes_from_points(scan.xyz, footprints, classification=scan.classification)
        parts.append(tap.rows(planes, rt.flat(truth), f"example {density}"))
    return pd.concat(parts, ignore_index=True)


def fit(terms: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression with a light ridge on standardised terms."""
    mean, spread = terms[:, 1:].mean(axis=0), terms[:, 1:].std(axis=0)
    z = np.column_stack([np.ones(len(terms)), (terms[:, 1:] - mean) / spread])

    def loss(b):
        odds = z @ b
        slope = z.T @ (weight * (1 / (1 + np.exp(-odds)) - right)) / weight.sum()
        value = (weight * (np.logaddexp(0, odds) - right * odds)).sum() / weight.sum()
        return value + RIDGE * (b[1:] ** 2).sum(), slope + 2 * RIDGE * np.r_[0, b[1:]]

    b = minimize(loss, np.zeros(z.shape[1]), jac=True).x
    return np.r_[b[0] - (b[1:] * mean / spread).sum(), b[1:] / spread]


def reliability(p: np.ndarray, right: np.ndarray) -> str:
    cells = []
    for low, high in pairwise(BINS):
        chosen = (p >= low) & (p < high)
        cells.append(f"{chosen.sum():4d}: {right[chosen].mean():.2f}" if chosen.any() else "   -      ")
    return " | ".join(cells)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    table = observations()
    terms, right = table[list(roofconfidence.TERMS)].to_numpy(), table["right"].to_numpy(float)
    weight = table["tag"].str.split().str[0].map(WEIGHT).to_numpy()
    half = (pd.util.hash_array(table["building"].astype(str).to_numpy()) % 2 == 0) & (weight > 0)
    weights = fit(terms[half], right[half], weight[half])
    say(json.dumps(dict(zip(roofconfidence.TERMS, np.round(weights, 3).tolist(), strict=True))))
    p = 1 / (1 + np.exp(-terms @ weights))
    for tag, rows in table[~half].groupby("tag", sort=False).groups.items():
        say(f"{tag:28s} {reliability(p[rows], right[rows])}")
    say(f"{'all':28s} {reliability(p[~half], right[~half])}")


if __name__ == "__main__":
    main()
