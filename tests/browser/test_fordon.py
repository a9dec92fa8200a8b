"""fordon.html in a real browser: first screen, sorting, the ledger behind its button, phone, print, axe, hostile names."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from kil.build import build_one
from kil.project import example_folder
from kil.run import Run

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-fordon")]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """The example's fleet alone, built for both audiences."""
    folder = tmp_path_factory.mktemp("fordon")
    (folder / "indata").mkdir()
    shutil.copyfile(example_folder() / "kil.toml", folder / "kil.toml")
    for name in ("fordon.xlsx", "ersattningar.xlsx", "tankningar.csv"):
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    build_one(Run(config=folder / "kil.toml", out=folder / "ut", today=dt.date(2026, 11, 24), quiet=True), "fleet")
    return folder / "ut"


def test_the_first_screen_says_the_share_and_what_breaks_the_rule(open_page, out):
    page = open_page(out / "publik" / "fordon.html")
    assert page.locator("h1").inner_text() == "Fordon"
    assert page.locator(".stripe b").inner_text() == "EXEMPELDATA"
    assert page.locator(".lead").inner_text().startswith("59\u00a0% av fordonen är fossilfria")
    card = page.locator(".card", has_text="Byten som bryter mot regeln: 3")
    assert card.is_visible()
    assert card.bounding_box()["y"] < 900
    card.click()
    assert page.url.endswith("#byten")
    first = page.locator("#byten table").first.locator("tbody tr")
    assert first.count() == 4
    assert "bryter mot regeln" in first.nth(0).inner_text()
    assert first.nth(0).locator("svg.status").count() == 1  # a symbol beside the word


def test_every_row_of_the_ledger_opens_and_sorts(open_page, out):
    page = open_page(out / "intern" / "fordon.html")
    page.get_by_text("Visa alla", exact=False).filter(has_text="rader").click()
    table = page.locator("#byten details table")
    assert table.locator("tbody tr").first.is_visible()
    head = table.locator("thead th", has_text="Säkerhet")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    shown = [text for text in table.locator("tbody td.num").all_inner_texts() if "%" in text]
    numbers = [int(text.split("\u00a0")[0]) for text in shown]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator("#fel").count() == 1
    assert page.locator("table", has_text="Depå").count() == 1


def test_charts_have_words_and_tables(open_page, out):
    page = open_page(out / "publik" / "fordon.html")
    figures = page.locator("figure.chart")
    assert figures.count() >= 6
    for number in range(figures.count()):
        drawing = figures.nth(number).locator("svg[role=img]").first
        assert drawing.get_attribute("aria-label")
        assert figures.nth(number).locator("table").count() == 1
    first = figures.nth(0)
    first.get_by_role("button", name="Tabell").click()
    assert "2022" in first.locator("table").inner_text()
    assert page.locator("#fel").count() == 0


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_only_downwards(open_page, out, width):
    page = open_page(out / "publik" / "fordon.html", {"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".lead").is_visible()


def test_print_keeps_every_column(open_page, out):
    page = open_page(out / "publik" / "fordon.html", {"width": 680, "height": 900})
    page.emulate_media(media="print")
    for table in page.locator("#byten table, #plan table").all():
        if table.is_visible():
            assert table.evaluate("node => node.scrollWidth <= node.closest('section').clientWidth + 2")


def test_no_serious_fault_of_access(open_page, out, axe):
    for audience in ("publik", "intern"):
        page = open_page(out / audience / "fordon.html")
        assert axe(page) == []


def test_without_script_the_page_is_whole(open_page, out):
    page = open_page(out / "publik" / "fordon.html", java_script_enabled=False)
    assert page.locator("#byten table tbody tr").count() > 50
    assert page.locator("#plan table", has_text="Beställ senast").locator("tbody tr").first.is_visible()
