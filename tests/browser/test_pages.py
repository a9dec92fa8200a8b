"""The shell every page shares, in a browser: draws, asks for nothing, reads well with a screen reader, hostile text stays text."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
import small_project

from maps import indexpage, style
from maps import page as pages

pytestmark = pytest.mark.browser

RANKED = ("top", "good", "fair", "poor")
HOSTILE = (
    "<script>alert(1)</script>",
    '"onload=alert(1) x="',
    "</script><img src=x onerror=alert(1)>",
    "\u202eomvänt",
    "Å" * 10_000,
)


def plain_page() -> str:
    shell = pages.Shell("Exempelköping", dt.date(2026, 3, 5), example=True, pages=("index", "fordon"))
    columns = [pages.Column("Namn", heads_row=True), pages.Column("Antal", "number")]
    table = pages.table("Lista", columns, [(name, len(name)) for name in HOSTILE])
    body = pages.html('<div class="wrap"><h1>{}</h1><p class="lead">{}</p>{}</div>', "Rubrik", "En mening.", table)
    return pages.document(shell, page="fordon", title="Rubrik", description="En mening.", body=body)


def test_shell_draws_and_hostile_text_stays_text(open_page, axe):
    page = open_page(plain_page())
    assert page.locator("table.data tbody tr").count() == len(HOSTILE)
    assert page.locator("table.data script, table.data img").count() == 0
    assert page.locator("table.data tbody th").first.inner_text() == HOSTILE[0]
    assert axe(page) == []


def test_index_draws_on_desktop_and_phone(open_page, axe):
    shell = pages.Shell("Exempelköping", dt.date(2026, 3, 5), example=True, pages=("index", "solcellskarta", "status"))
    cards = [indexpage.Card("solcellskarta", name, "1,3", "MW") for name in HOSTILE[:2]] + [
        indexpage.Card("status", HOSTILE[4], "4", "av 19")
    ]
    for viewport in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 225}):
        page = open_page(indexpage.page(shell, cards), viewport=viewport)
        assert page.locator("a.card").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert axe(page) == []


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The output of `kil solar` on a corner of the example."""
    folder = small_project.make(tmp_path_factory.mktemp("sidor") / "projekt")
    command = [Path(sys.executable).with_name("kil"), "solar", "--date", "2026-03-01", "--quiet"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "utdata"


@pytest.mark.xdist_group("build")
@pytest.mark.parametrize("audience", ["publik", "intern"])
def test_map_of_a_real_run_paints_its_roofs_and_opens_each_kind_of_panel(open_page, axe, built, audience):
    page = open_page(built / audience / "solcellskarta.html")
    page.wait_for_selector("html[data-ready='1']")
    colours = page.evaluate(
        "(() => { const c = solcellskarta.paper._base; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " const seen = {}; for (let i = 0; i < d.length; i += 4) { const k = [d[i], d[i + 1], d[i + 2]].join();"
        " seen[k] = (seen[k] || 0) + 1; } return seen; })()"
    )
    roofs = sum(colours.get(",".join(str(int(style.ROOF_CLASSES[code][i : i + 2], 16)) for i in (1, 3, 5)), 0) for code in RANKED)
    assert roofs > 2000
    for link in page.locator("#lista a").evaluate_all("(all) => all.slice(0, 3).map((a) => a.getAttribute('href'))"):
        page.evaluate(f"location.hash = {link!r}")
        page.wait_for_selector("#detalj h2")
        page.click("#detalj .sol-list a")
        page.wait_for_selector("#detalj .chart svg")
    assert page.locator("#detalj .chart").count() == 4
    assert axe(page) == []
