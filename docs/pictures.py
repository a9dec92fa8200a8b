"""Pictures of every page, from the example: `make pictures`. Look at them: docs/bilder/ is what README and the method pages show."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-dev-shm-usage")
PAGES = ("index", "solcellskarta", "plan", "fordon", "utslapp", "status")
VIEWS = {
    "": {"viewport": {"width": 1280, "height": 860}},
    "-telefon": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "-mork": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
}
QUALITY = 82
SETTLE_MS = 1200
PRINT_DPI = 90


def main(built: Path, folder: Path) -> None:
    """Photograph every page in `built` on a desk, on a phone, in the dark and on A4, and the map with a roof opened."""
    folder.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        for suffix, options in VIEWS.items():
            page = browser.new_context(offline=True, locale="sv-SE", **options).new_page()
            for name in PAGES:
                if (built / f"{name}.html").exists():
                    _photograph(page, built / f"{name}.html", folder / f"{name}{suffix}.jpg")
        page = browser.new_context(offline=True, locale="sv-SE", **VIEWS[""]).new_page()
        for name in PAGES if shutil.which("pdftoppm") else ():
            if (built / f"{name}.html").exists():
                _print(page, built / f"{name}.html", folder / f"{name}-utskrift.jpg")
        page.goto((built / "solcellskarta.html").resolve().as_uri())
        page.wait_for_timeout(SETTLE_MS)
        page.locator("#lista a").first.click()
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=folder / "solcellskarta-tak.jpg", quality=QUALITY)
        browser.close()


def _photograph(page: Page, path: Path, target: Path) -> None:
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=target, quality=QUALITY)


def _print(page: Page, path: Path, target: Path) -> None:
    """Print to PDF and keep the first sheet as a picture; needs pdftoppm (poppler-utils)."""
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(SETTLE_MS)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as sheets:
        page.pdf(path=sheets.name, format="A4")
        words = ["pdftoppm", "-r", str(PRINT_DPI), "-f", "1", "-singlefile", "-jpeg", sheets.name, str(target.with_suffix(""))]
        subprocess.run(words, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent / "bilder")
