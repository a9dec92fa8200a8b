"""Roof planes against truth, all of it: the example, and where the shared data is all of Den Haag and Zürich at 1 and 1.4 points per m2.

python tests/benchmarks/bench_roofs.py [--quick]      the figures of docs/metod/takytor.md
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

import fit_roof_confidence as scenes  # noqa: E402
import roof_truth as rt  # noqa: E402

from solar import roofs  # noqa: E402
from solar.roofs import planes_from_dsm, planes_from_points  # noqa: E402

OTHERS = ("roof_edge", 0.0), ("facade", 0.5)


class Stopwatch:
    """CPU time of each building's planes, and of the whole call."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self._planes = roofs.roof_planes
        roofs.roof_planes = self.planes

    def planes(self, *args, **options):
        start = time.process_time()
        out = self._planes(*args, **options)
        self.spent.append(1000 * (time.process_time() - start))
        return out

    def restart(self) -> None:
        self.spent = []
        self._start = time.process_time()

    def line(self, buildings: int) -> str:
        mean = 1000 * (time.process_time() - self._start) / buildings
        median, most = np.percentile(self.spent, [50, 95])
        return f"{mean:5.1f} ms CPU a building in all (planes alone: median {median:.1f}, 95 % {most:.1f})"


def row(name: str, truth: list[rt.Facet], found: list[rt.Facet]) -> rt.Score:
    score = rt.score(truth, found)
    median, total = rt.area_errors(truth, found, least_m2=8)
    scenes.say(
        f"{name:34s} {score.truth:5d} {100 * score.recall:6.1f} {100 * score.invented_share:6.1f} {rt.rmse(score.angle):6.2f} "
        f"{rt.rmse(score.tilt):6.2f} {rt.rmse(score.azimuth):6.2f} {100 * median:6.2f} {100 * total:+6.2f}"
    )
    return score


def as_facets(planes):
    return rt.facets_of(planes, convergence_deg=rt.convergence_deg(planes))


def confidence(planes, score: rt.Score) -> None:
    scenes.say(f"{'  right by confidence':34s} {scenes.reliability(planes['confidence'].to_numpy(), score.right)}")


def main() -> None:
    watch = Stopwatch()
    scenes.say(f"{'':34s} truth  found  inv.%  angle   tilt azimut area% total%")
    footprints, dsm, dtm, truth = scenes.example()
    planes_from_dsm(dsm, footprints, dtm=dtm, only=set(footprints["building_id"][:2]))  # compiles
    watch.restart()
    planes = planes_from_dsm(dsm, footprints, dtm=dtm)
    confidence(planes, row("example, surface model", rt.flat(truth), as_facets(planes)))
    scenes.say("  " + watch.line(len(footprints)))
    for density in (1.0, 1.4):
        scan = rt.scan(rt.flat(truth), density=density, seed=41)
        planes = planes_from_points(scan.xyz, footprints, classification=scan.classification)
        confidence(planes, row(f"example, {density} points/m2", rt.flat(truth), as_facets(planes)))
    if "--quick" in sys.argv or not scenes.SHARED.is_dir():
        scenes.say("shared development data not used: no city models")
        return
    for name, (raw, crs) in scenes.cities(scenes.SHARED).items():
        truth, simple = {k: rt.merged(rt.visible(v)) for k, v in raw.items()}, set(rt.simple(raw))
        for density in (1.0, 1.4):
            scan = rt.scan(rt.flat(truth), density=density, seed=42)
            for position, overhang in OTHERS:
                outlines = rt.footprints(truth, crs, overhang_m=overhang, position=position)
                watch.restart()
                planes = planes_from_points(scan.xyz, outlines, classification=scan.classification)
                spent, found = watch.line(len(outlines)), as_facets(planes)
                tag = f"{name}, {density}, {position}"
                row(f"{tag}, simple", *[[f for f in each if f.building in simple] for each in (rt.flat(truth), found)])
                confidence(planes, row(f"{tag}, all", rt.flat(truth), found))
                scenes.say("  " + spent)
    scenes.say(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
