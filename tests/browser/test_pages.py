"""The shell every page shares, in a browser: draws, asks for nothing, reads well with a screen reader, hostile text stays text."""

from __future__ import annotations

import datetime as dt

import pytest

from maps import indexpage
from maps import page as pages

pytestmark = pytest.mark.browser

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
