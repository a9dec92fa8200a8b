"""Every page as `--embed` writes it, in a frame of another site: it tells its height, the site follows, nothing scrolls inside."""

from __future__ import annotations

import datetime as dt

import pytest
from page_set import writers

from maps.page import PAGES, Shell

pytestmark = pytest.mark.browser

HOST = """<!doctype html><html lang="sv"><title>Värd</title><link rel="icon" href="data:,"><body style="margin:0">
<iframe src="{page}.html" style="width:100%;height:200px;border:0" title="Sidan"></iframe>
<script>window.told = []; window.addEventListener('message', (event) => {{ if (event.data.type !== 'kil-height') return;
window.told.push(event.data.height); document.querySelector('iframe').style.height = event.data.height + 'px'; }});</script>"""
OVERFLOW = "() => document.documentElement.scrollHeight - document.documentElement.clientHeight"
SETTLED_MS = 400
WIDTHS = (900, 390)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of all embedded pages."""
    folder = tmp_path_factory.mktemp("inbaddat")
    shell = Shell("Exempelköping", dt.date(2026, 3, 5), example=True, pages=PAGES, embedded=True)
    for write in writers(60, 4).values():
        write(folder, "publik", shell)
    return folder


@pytest.mark.parametrize("page_name", PAGES)
def test_page_tells_the_frame_its_height_and_again_when_it_grows(open_page, written, page_name):
    site = {"host.html": HOST.format(page=page_name), f"{page_name}.html": (written / f"{page_name}.html").read_text("utf-8")}
    for width in WIDTHS:
        page = open_page("host.html", site=site, viewport={"width": width, "height": 800})
        page.wait_for_function("window.told.length > 0")
        page.wait_for_timeout(SETTLED_MS)
        frame = page.frames[1]
        assert page.evaluate("window.told.at(-1)") > 300
        assert frame.evaluate(OVERFLOW) <= 1
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not frame.locator("header.head").is_visible()
        assert frame.locator(".stripe").is_visible()
    before = page.evaluate("window.told.at(-1)")
    frame.evaluate("const p = document.createElement('p'); p.style.height = '500px'; document.querySelector('main').append(p)")
    page.wait_for_function(f"window.told.at(-1) >= {before} + 499")
    page.wait_for_timeout(SETTLED_MS)
    assert frame.evaluate(OVERFLOW) <= 1
