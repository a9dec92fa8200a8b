"""status.html in a browser: the strip, opening a goal, the filter, phone, keyboard, print on A4 landscape, and what axe finds."""

import datetime as dt
import re

import pytest

from climate.status import judge_all
from data.goals import load
from data.readers.metrics import read
from kil.project import example_folder
from maps.page import Shell
from maps.statuspage import View, page

pytestmark = pytest.mark.browser
TODAY = dt.date(2026, 11, 24)
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def status():
    folder = example_folder() / "indata"
    book = load(folder / "goals.toml")
    metrics = read(folder / "nyckeltal.xlsx", book, example=True).data
    return judge_all(book, metrics.observations, TODAY, metrics.assessments)


@pytest.fixture(scope="module")
def markup(status):
    return page(View(status, internal=True), Shell("Ljusåsa kommun", TODAY, example=True, audience="intern", pages=("status",)))


def test_first_screen_says_the_counts_and_shows_every_goal(open_page, markup, status):
    shown = open_page(markup)
    assert shown.locator(".lead").inner_text().replace("\u00a0", " ") == status.sentence
    assert shown.locator(".square").count() == 24
    assert shown.locator(".strip h2").all_inner_texts() == ["Ekonomi", "Medborgare", "Medarbetare", "Hållbarhet"]
    assert shown.locator(".strip").bounding_box()["y"] < 900
    assert "%" not in shown.locator(".s-head").inner_text()


def test_a_square_opens_its_goal_with_chart_readings_and_rows(open_page, markup):
    shown = open_page(markup)
    shown.locator('.square[href="#E1"]').click()
    goal = shown.locator("#E1")
    assert goal.get_attribute("open") is not None
    goal.locator("figure.chart svg").first.wait_for(state="visible")
    body = goal.locator(".g-body").inner_text()
    for wanted in ("Beror på: pensioner", "Det ansvariga organets egen bedömning", "nyckeltal.xlsx Nyckeltal", "Vald läsning"):
        assert wanted in body


def test_an_address_with_a_goal_opens_it(open_page, markup):
    shown = open_page(markup, fragment="#M2")
    assert shown.locator("#M2").get_attribute("open") is not None
    assert "Den skiljer sig från den beräknade" in shown.locator("#M2").inner_text()


def test_the_legend_filters_and_says_how_many(open_page, markup, status):
    shown = open_page(markup)
    button = shown.locator('.s-filter[data-filter="missed"]')
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    visible = [row.get_attribute("id") for row in shown.locator("details.goal").all() if row.is_visible()]
    assert visible == [v.goal.id for v in status.active if v.verdict == "missed"]
    shown.wait_for_function("document.getElementById('live').textContent !== ''")
    assert shown.locator("#live").inner_text() == f"{len(visible)} mål visas"
    button.click()
    assert shown.locator("details.goal:visible").count() == 24


def test_every_symbol_has_its_word(open_page, markup):
    shown = open_page(markup)
    for row in shown.locator(".g-verdict").all()[1:]:
        if row.locator("svg").count():
            assert row.inner_text().strip()
    assert all(re.search(r": \S", text) for text in shown.locator(".square").evaluate_all("all => all.map(a => a.textContent)"))


@pytest.mark.parametrize("width", [390, 320])
def test_the_phone_needs_no_sideways_scroll(open_page, markup, width):
    shown = open_page(markup, viewport={"width": width, "height": 844}, fragment="#H2")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    boxes = shown.locator(".s-filter").evaluate_all("all => all.map(b => b.getBoundingClientRect().height)")
    assert min(boxes) >= 44


def test_the_keyboard_reaches_and_opens_a_goal(open_page, markup):
    shown = open_page(markup)
    shown.locator("#H1 > summary").focus()
    shown.keyboard.press("Enter")
    assert shown.locator("#H1").get_attribute("open") is not None


def test_print_is_a4_landscape_with_a_perspective_a_page(open_page, markup, tmp_path):
    shown = open_page(markup)
    shown.pdf(path=tmp_path / "status.pdf", prefer_css_page_size=True)
    content = (tmp_path / "status.pdf").read_bytes()
    boxes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
    assert boxes == {(0, 0, 842, 595)}
    shown.emulate_media(media="print")
    assert shown.locator(".perspective").first.evaluate("e => getComputedStyle(e).breakBefore") == "page"
    fill = shown.locator("#E1 svg.status rect").first.evaluate("e => getComputedStyle(e).fill")
    assert fill == "rgb(0, 0, 0)"


def test_without_javascript_everything_is_there(open_page, markup):
    shown = open_page(markup, java_script_enabled=False)
    shown.locator("#E3 > summary").click()
    assert "behöver 3,2" in shown.locator("#E3").inner_text().replace("\u00a0", " ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, markup, axe, scheme):
    shown = open_page(markup, fragment="#M5", color_scheme=scheme)
    assert axe(shown) == []
