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
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from page_set import writers
from solarmap_builder import solar_map

from kil.parts import AUDIENCES
from kil.planfiles import SHEETS
from maps import variants
from maps.page import PAGES, Shell

SITES = 60
"""Facilities in the plan, as many as are municipal on the map."""
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
    made, rows, beside = writers(roofs, SITES), [], Beside()
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
