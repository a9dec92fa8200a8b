"""Size, time and memory of the solar map: `python tests/benchmarks/bench_pages.py [roofs ...]`. Not part of the suite.

Targets: 10 000 roofs written in 10 s and 1 GiB, at most 2 MB, open in Chromium in under 2 s. Chromium: KIL_CHROMIUM or the system's.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from solarmap_builder import solar_map

from maps import solcellskarta, variants
from maps.page import Shell

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


def opened(html: str) -> tuple[float, float]:
    """Return milliseconds from opening to ready, and of the middle one of twenty drawings while panning."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "solcellskarta.html"
        path.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("KIL_CHROMIUM") or shutil.which("chromium"), args=FLAGS
        )
        page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready='1']")
        times = float(page.locator("html").get_attribute("data-opened")), float(page.evaluate(PAN))
        browser.close()
    return times


def main(sizes: list[int]) -> None:
    """Print one line a size."""
    heads = (
        f"{'roofs':>7} {'write s':>8} {'CPU s':>6} {'page kB':>8} {'plain kB':>9} {'open ms':>8} {'draw ms':>8} {'peak MiB':>9}"
    )
    print(heads)  # noqa: T201
    for roofs in sizes:
        result = solar_map(roofs // 2)
        shell = Shell(result.municipality, result.date, example=True)
        started, worked = time.perf_counter(), time.process_time()
        html = solcellskarta.page(result, shell)
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        plain = len(variants.plain(result, shell).encode()) / 1000
        ready, drawing = opened(html)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = len(html.encode()) / 1000
        print(f"{roofs:>7} {seconds:>8.1f} {cpu:>6.1f} {size:>8.0f} {plain:>9.0f} {ready:>8.0f} {drawing:>8.0f} {peak:>9.0f}")  # noqa: T201


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [200, 2_000, 10_000])
