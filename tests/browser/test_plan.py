"""plan.html in a browser: draws without network or faults, on desktop, phone and paper; reads well; hostile names stay text."""

import datetime as dt

import pytest
from plan_builder import NAMES, made

from data.texts import use_language
from kil import planview
from maps import planpage, plansheet
from maps.page import Shell

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def pages():
    context, result, json, solar = made()
    found = {}
    with use_language("sv"):
        for audience in ("publik", "intern"):
            shell = Shell("Provköping", dt.date(2026, 3, 1), example=True, audience=audience, pages=("index", "plan"))
            view = planview.view(context, result, json, solar=solar, audience=audience, shell=shell)
            found[audience] = planpage.page(view, shell)
        row = next(planview.plant_table(result).itertuples())
        found["sheet"] = plansheet.page(planview.sheet(context, result, row), shell)
    return found


@pytest.mark.parametrize(("audience", "viewport"), [(a, v) for a in ("publik", "intern") for v in (None, PHONE)])
def test_the_page_draws_and_reads_well(open_page, axe, pages, *, audience, viewport):
    page = open_page(pages[audience], viewport=viewport)
    assert page.locator("h1").inner_text() == "Vägen till 0,3\u00a0MW"
    width = (viewport or {"width": 1280})["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".plan-map .plan-year path").count() >= 1
    assert page.locator("#anlaggningarna tbody tr").count() == (8 if audience == "intern" else 3)  # two tables
    assert (
        page.locator(".chart-ranked svg rect").count() > 0 if audience == "intern" else page.locator(".chart-ranked").count() == 0
    )
    assert axe(page) == []


def test_names_are_text_and_numbers_stand_on_the_phones_map(open_page, pages):
    desktop, phone = open_page(pages["intern"]), open_page(pages["intern"], viewport=PHONE)
    assert desktop.get_by_text(NAMES[0]).count() > 0 and desktop.locator("td b").count() == 0
    assert desktop.locator(".plan-name").first.is_visible() and not desktop.locator(".plan-number").first.is_visible()
    assert phone.locator(".plan-number").first.is_visible() and not phone.locator(".plan-name").first.is_visible()


def test_paper_holds_the_prices_the_head_points_at(open_page, pages):
    page = open_page(pages["intern"])
    listed = page.get_by_text("antagande: storleksfördel från villapriset").first
    assert not listed.is_visible()
    page.emulate_media(media="print")
    assert listed.is_visible() and listed.bounding_box()["height"] > 5
    assert not page.get_by_text("är spannet för kalkyltiden").first.is_visible()  # the other lists stay folded


def test_no_column_of_the_plants_is_out_of_sight_on_a_phone(open_page, pages):
    page = open_page(pages["intern"], viewport=PHONE)
    hidden = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert page.locator("#anlaggningarna .table-scroll").evaluate_all(hidden) == 0
    assert page.get_by_text("bärighet, asbest").first.is_visible()


def test_the_table_sorts_by_value(open_page, pages):
    page = open_page(pages["intern"])
    heading = page.locator("#anlaggningarna thead th").nth(7)
    heading.get_by_role("button").click()
    heading.get_by_role("button").click()
    cells = page.locator("#anlaggningarna > .table-scroll").first.locator("tbody tr td:nth-child(8)")
    values = [float(cell.get_attribute("data-v")) for cell in cells.all()]
    assert values in (sorted(values), sorted(values, reverse=True)) and len(set(values)) > 1


def test_the_sheet_fits_a_phone(open_page, axe, pages):
    page = open_page(pages["sheet"], viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_text("Att undersöka").bounding_box()["x"] < 40
    least = "all => Math.min(...all.map(one => one.getBoundingClientRect().height))"
    assert page.locator("svg.months text").evaluate_all(least) >= 10
    assert axe(page) == []


def test_the_sheet_is_one_page_of_paper(open_page, axe, pages):
    page = open_page(pages["sheet"])
    assert axe(page) == []
    paper = page.pdf(format="A4")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page/") + paper.count(b"/Type/Page/") == 1
