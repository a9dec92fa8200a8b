"""Every page of one whole build of the example, for the public and for the house, as people meet them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from maps import variants

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("build")]

KIL = Path(sys.executable).with_name("kil")
PAGES = ("index", "solcellskarta", "plan", "fordon", "utslapp", "status")
PUBLIC = [f"publik/{page}" for page in PAGES]
BOTH = [f"{audience}/{page}" for audience in ("publik", "intern") for page in PAGES]
PHONE = {"width": 390, "height": 844}
ZOOM_400 = {"width": 320, "height": 256}
SETTLED_MS = 300
MOST_TABS = 30
WHERE = "() => document.activeElement.closest('main') !== null"

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.tagName + '.' + e.className)"""


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The folder of `kil build` on the shipped example."""
    out = tmp_path_factory.mktemp("exempel") / "utdata"
    words = [KIL, "build", "--date", "2026-03-01", "-o", out, "--quiet"]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def shown(open_page, example):
    """`shown("publik/plan", ...)`: the page, drawn."""

    def show(name, **options):
        page = open_page(example / f"{name}.html", **options)
        if name.endswith("solcellskarta") and options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready='1']")
        page.wait_for_timeout(SETTLED_MS)
        return page

    return show


@pytest.mark.parametrize("name", BOTH)
def test_page_draws_reads_well_and_asks_for_nothing(shown, axe, name, open_page):
    """Console errors, script errors and requests fail in open_page."""
    page = shown(name)
    assert axe(page) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "EXEMPELDATA" in page.locator("body").inner_text()
    assert all(url.startswith(("file:", "data:", "blob:")) for url in open_page.requests)


@pytest.mark.parametrize("name", BOTH)
def test_page_fits_a_phone_and_four_hundred_per_cent(shown, name):
    page = shown(name, viewport=PHONE)
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size(ZOOM_400)
    page.wait_for_timeout(SETTLED_MS)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_page_prints(shown, name):
    pdf = shown(name).pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 60


@pytest.mark.parametrize("page_name", PAGES)
def test_keyboard_reaches_the_content(shown, page_name):
    """The first stop is the skip link, and it leads to the main content; without it the content is reached all the same."""
    page = shown(f"publik/{page_name}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.wait_for_function("() => document.activeElement.getBoundingClientRect().top >= 0")  # it slides in
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "innehall"
    page.keyboard.press("Tab")
    assert page.evaluate(WHERE)
    page.evaluate("document.activeElement.blur()")
    page.goto(page.url.partition("#")[0])
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(WHERE):
            break
    assert page.evaluate(WHERE)


@pytest.mark.parametrize("page_name", PAGES)
def test_without_javascript_the_findings_stand_there(shown, page_name):
    page = shown(f"publik/{page_name}", java_script_enabled=False)
    text = page.locator("main").inner_text()
    assert len(text) > 400
    if page_name == "index":
        assert page.locator("a.card:visible").count() == len(PAGES) - 1
    else:
        assert page.locator("main table tbody tr:visible").count() >= 5
        assert page.locator("main svg:visible, main img:visible").count() >= 1


@pytest.mark.parametrize("page_name", PAGES)
def test_page_split_for_a_strict_policy_runs(open_page, example, page_name):
    """As `kil build --csp` writes it: no inline script, style or data; a breach of the policy is a console error."""
    stem = f"{page_name}.sida"
    files = variants.split((example / "publik" / f"{page_name}.html").read_text(encoding="utf-8"), stem)
    page = open_page(f"{stem}.html", site=files)
    page.wait_for_timeout(SETTLED_MS)
    assert page.locator("style, script:not([src]):not([type])").count() == 0
    assert page.locator("h1").is_visible()
    if page_name in ("fordon", "utslapp"):
        assert page.locator(".segment button:visible, figure.chart button:visible").count() >= 3
    if page_name == "solcellskarta":
        page.wait_for_selector("html[data-ready='1']")


def test_links_between_pages_lead_somewhere(example):
    for audience in ("publik", "intern"):
        for path in (example / audience).rglob("*.html"):
            for link in re.findall(r'href="([^"#:]+\.\w+)(?:#[^"]*)?"', path.read_text(encoding="utf-8")):
                assert (path.parent / link).exists(), (path.name, link)


def test_public_pages_link_no_internal_file(example):
    for path in (example / "publik").glob("*.html"):
        assert "intern/" not in re.sub(r"<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.S), path.name
