"""Pages in a real browser with the network off: any console error, failed script or request to an address fails the test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
LOCAL = ("file:", "data:", "blob:", "about:")
SITE = "http://sida.invalid"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
SERIOUS = ("serious", "critical")
TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Return how Chromium is started: KIL_CHROMIUM, the system's own, or the one Playwright installed."""
    own = os.environ.get("KIL_CHROMIUM") or shutil.which("chromium")
    return {"args": list(FLAGS)} | ({"executable_path": own} if own else {})


class Watched:
    """Opens pages and remembers what went wrong in any of them."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self._folder, self._contexts = browser, folder, []
        self.faults: list[str] = []
        self.requests: list[str] = []

    def __call__(
        self, html_or_path: str | Path, viewport: dict[str, int] | None = None, fragment: str = "", **context: Any
    ) -> Any:
        """Return a Playwright page showing markup or a file. `context`: options of a browser context; `init` a script run first.

        `site`: {file name: content} answered at SITE instead of from the network; the page opened is then the name given.
        """
        path = html_or_path
        site = context.pop("site", None)
        if isinstance(html_or_path, str) and site is None:
            path = self._folder / f"page{len(self._contexts)}.html"
            path.write_text(html_or_path, encoding="utf-8")
        init = context.pop("init", None)
        options = {"offline": True, "locale": "sv-SE", "timezone_id": "Europe/Stockholm", "viewport": viewport or DESKTOP}
        opened = self._browser.new_context(**options | context)
        self._contexts.append(opened)
        page = opened.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        self._watch(page)
        if init:
            page.add_init_script(init)
        if site is None:
            page.goto(path.resolve().as_uri() + fragment)
            return page
        page.route(f"{SITE}/**", lambda route: _answer(route, site))
        page.goto(f"{SITE}/{html_or_path}{fragment}")
        return page

    def _watch(self, page: Any) -> None:
        page.on("console", lambda line: self.faults.append(f"console: {line.text}") if line.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((*LOCAL, SITE)):
            self.faults.append(f"request: {url}")

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()


def _answer(route: Any, site: dict[str, str]) -> None:
    name = route.request.url.removeprefix(f"{SITE}/").partition("#")[0]
    if name not in site:
        route.fulfill(status=404, body="")
        return
    route.fulfill(body=site[name], content_type=f"{TYPES[Path(name).suffix]}; charset=utf-8")


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Any:
    """Return `open_page(html_or_path, viewport=..., fragment="#...", **context) -> page`; faults fail the test at its end."""
    watched = Watched(browser, tmp_path)
    yield watched
    watched.close()
    assert not watched.faults, "\n".join(watched.faults)


@pytest.fixture(scope="session")
def axe() -> Any:
    """Return `axe(page) -> list of serious and critical violations`, each as one line that names the rule and the places."""
    from axe_playwright_python.sync_playwright import Axe

    engine = Axe()

    def run(page: Any) -> list[str]:
        found = engine.run(page).response["violations"]
        return [
            f"{fault['id']}: {fault['help']}: {[node['target'] for node in fault['nodes']][:4]}"
            for fault in found
            if fault["impact"] in SERIOUS
        ]

    return run
