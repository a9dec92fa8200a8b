"""Size, time and memory of every page: `python tests/benchmarks/bench_pages.py [roofs ...]`. Not part of the suite.

Targets: all pages for 10 000 roofs written in 10 s and 1 GiB; the map at most 2 MB and open in Chromium in under 2 s.
A process of its own writes each set, public and internal: a map of that many roofs (all of them public too, the dearest case),
a plan over SITES facilities with the A4 sheet of each, and the shipped example's fleet, emissions and goals. What the parts write
beside their pages (workbooks, traces, tender annexes) is in the column "files" and not in the pages' time.
Chromium: KIL_CHROMIUM or the system's.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import plan_builder
from solarmap_builder import solar_map

from kil.parts import AUDIENCES, Context, Part
from kil.planfiles import SHEETS, PlanFiles
from kil.project import open_project
from kil.run import Run
from maps import indexpage, solcellskarta, variants
from maps.page import PAGES, Shell

SITES = 60
"""Facilities in the plan, as many as are municipal on the map."""
EXAMPLE_PARTS = ("fleet", "emissions", "status")
WRITE = "--write"
BESIDE = ("kil.excel", "kil.statusbook", "kil.planbook", "kil.metricstemplate", "kil.tender")
"""Modules whose `write` makes a file that is no page."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
PAN = """async () => {
  const { map, paper } = solcellskarta, times = [];
  for (let i = 0; i < 20; i++) {
    map.panBy([60, 0], { animate: false });
    const start = performance.now();
    paper.repaint();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[10];
}"""


def opened(path: Path) -> tuple[float, float]:
    """Return milliseconds from opening to ready, and of the middle one of twenty drawings while panning."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("KIL_CHROMIUM") or shutil.which("chromium"), args=FLAGS
        )
        page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready='1']")
        times = float(page.locator("html").get_attribute("data-opened")), float(page.evaluate(PAN))
        browser.close()
    return times


def example_parts(run: Run) -> dict[str, Part]:
    """Return the shipped example's fleet, emissions and goals, computed; this is not measured."""
    project, _ = open_project(None)
    done: dict[str, Part] = {}
    for name in EXAMPLE_PARTS:
        done[name] = import_module(f"kil.{name}part").compute(Context(run, project, dict(done)))
    return done


def writers(roofs: int) -> dict[str, Callable[[Path, str, Shell], Any]]:
    """Return what writes each page into a folder, in the order of a build; making the results is not measured."""
    seen = solar_map(roofs // 2)
    names = tuple(f"{plan_builder.NAMES[n % 4]} {n}" for n in range(SITES))
    context, result, summary, solar = plan_builder.made(mw=SITES * 0.2, names=names)
    parts = example_parts(Run(today=seen.date, quiet=True))
    cards = [indexpage.Card(page, p.headline, p.figure, p.unit) for p in parts.values() for page in p.pages]

    def solar_page(folder: Path, audience: str, shell: Shell) -> None:
        page = solcellskarta.page(replace(seen, audience=audience, pages=shell.pages), shell)
        (folder / "solcellskarta.html").write_text(page, encoding="utf-8")

    def index(folder: Path, audience: str, shell: Shell) -> None:
        (folder / "index.html").write_text(indexpage.page(shell, cards), encoding="utf-8")

    plan = PlanFiles(context, result, summary, solar)
    return {"solcellskarta": solar_page, "plan": plan.write, **{p.pages[0]: p.write for p in parts.values()}, "index": index}


class Beside:
    """CPU seconds spent in the `write` of BESIDE, each of which it wraps; one inside another is counted once."""

    def __init__(self) -> None:
        self.cpu, self._inside = 0.0, False
        for name in BESIDE:
            module = import_module(name)
            module.write = self._timed(module.write)

    def _timed(self, made: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            if self._inside:
                return made(*given, **named)
            self._inside, started = True, time.process_time()
            try:
                return made(*given, **named)
            finally:
                self._inside, self.cpu = False, self.cpu + time.process_time() - started

        return wrapped


def write(roofs: int, out: Path) -> dict[str, Any]:
    """Write the set into `out`; return CPU s, those of files beside, and kB by audience and page, and the process's peak in MiB."""
    made, rows, beside = writers(roofs), [], Beside()
    for audience in AUDIENCES:
        shell = Shell("Exempelköping", dt.date(2026, 3, 5), example=True, audience=audience, pages=PAGES)
        folder = out / audience
        folder.mkdir(parents=True)
        for page, writer in made.items():
            started, before = time.process_time(), beside.cpu
            writer(folder, audience, shell)
            files = beside.cpu - before
            cpu = time.process_time() - started - files
            rows.append((audience, page, cpu, files, (folder / f"{page}.html").stat().st_size / 1000))
    return {"rows": rows, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main(sizes: list[int]) -> None:
    """Print a line a page, the sum, and what the map does in a browser."""
    for roofs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, __file__, WRITE, str(roofs), folder]
            measured = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
            show(roofs, measured, Path(folder))


def show(roofs: int, measured: dict[str, Any], out: Path) -> None:
    """Print one set."""
    print(f"{roofs} roofs, {SITES} facilities\n{'page':<28} {'CPU s':>7} {'files':>7} {'kB':>7}")  # noqa: T201
    for audience, page, cpu, files, size in measured["rows"]:
        print(f"{audience + '/' + page + '.html':<28} {cpu:>7.2f} {files:>7.2f} {size:>7.0f}")  # noqa: T201
    sheets = list((out / "intern" / SHEETS).glob("*.html"))
    weight = sum(path.stat().st_size for path in sheets) / 1000
    print(f"{f'{len(sheets)} sheets (in plan.html)':<44} {weight:>7.0f}")  # noqa: T201
    cpu, files = (sum(row[at] for row in measured["rows"]) for at in (2, 3))
    print(f"{'all pages':<28} {cpu:>7.2f} {files:>7.2f}  peak {measured['peak']:.0f} MiB (targets 10 s, 1024 MiB)")  # noqa: T201
    ready, drawing = opened(out / "publik" / "solcellskarta.html")
    plain = len(variants.plain(solar_map(roofs // 2), Shell("Exempelköping", dt.date(2026, 3, 5), example=True)).encode()) / 1000
    print(f"map opens in {ready:.0f} ms, draws in {drawing:.0f} ms while panned; as plain GeoJSON {plain:.0f} kB\n")  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:2] == [WRITE]:
        print(json.dumps(write(int(sys.argv[2]), Path(sys.argv[3]))))  # noqa: T201
    else:
        main([int(size) for size in sys.argv[1:]] or [200, 2_000, 10_000])
