"""utslapp.html in a browser: the switch, the table behind a chart, the file, phone and print; on the example and without an inventory."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from kil import emissionspart
from kil.emissionfiles import EmissionFiles
from kil.parts import Context
from kil.project import example_folder, open_project
from kil.run import Run
from maps import emissionpage
from maps.page import Shell

pytestmark = pytest.mark.browser

LISTS = (
    "aktiviteter.xlsx",
    "basar.xlsx",
    "organisationer.toml",
    "faktorer.csv",
    "atgarder.xlsx",
    "utgavor.csv",
    "territoriet.csv",
)
KIL = '[municipality]\nname = "Kils kommun"\ncode = "1715"\nsite = { latitude = 59.5, longitude = 13.3 }\n'


def page_of(folder, audience="intern"):
    run = Run(config=folder / "kil.toml", today=dt.date(2026, 11, 24), quiet=True)
    project, _ = open_project(run.config)
    context = Context(run, project)
    part = emissionspart.compute(context)
    shell = Shell(project.settings.municipality.name, run.today, example=project.settings.municipality.example, audience=audience)
    return emissionpage.render(EmissionFiles(context, part.result, part.json).view(audience), shell)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("utslapp")
    (folder / "indata").mkdir()
    shutil.copyfile(example_folder() / "kil.toml", folder / "kil.toml")
    for name in LISTS:
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    return page_of(folder)


def test_the_switch_shows_one_reading_at_a_time(open_page, axe, example):
    page = open_page(example)
    readings = page.locator("#lasningar > .reading")
    assert readings.count() == 12
    assert readings.locator("visible=true").count() == 1
    assert "32\u00a0ton under den raka banan" in page.locator("#lasningar .reading:visible .chart-title").inner_text()
    page.get_by_role("button", name="Avtal").click()
    assert readings.locator("visible=true").count() == 1
    assert "över den raka banan" in page.locator("#lasningar .reading:visible .chart-title").inner_text()
    assert "electricity=market" in page.evaluate("location.hash")
    assert axe(page) == []


def test_the_address_opens_the_reading_it_names(open_page, example):
    page = open_page(example, fragment="")
    page.evaluate("location.hash = '#scope=1&gas=co2e'")
    page.reload()
    shown = page.locator("#lasningar .reading:visible")
    assert (shown.get_attribute("data-scope"), shown.get_attribute("data-gas")) == ("1", "co2e")


def test_chart_table_and_file_hold_the_same_numbers(open_page, example):
    page = open_page(example)
    figure = page.locator("#lasningar .reading:visible figure")
    figure.get_by_role("button", name="Tabell").click()
    assert figure.locator("table").is_visible()
    assert not figure.locator(".chart-drawing").is_visible()
    with page.expect_download() as caught:
        figure.get_by_role("button", name="Ladda ner").click()
    lines = caught.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert caught.value.suggested_filename.endswith(".csv")
    assert lines[0].startswith("År;Utfall (t CO₂)")
    of_2025 = next(line for line in lines if line.startswith("2025;"))
    assert float(of_2025.split(";")[1].replace(",", ".")) == pytest.approx(1392.29, abs=0.01)
    figure.get_by_role("button", name="Diagram").click()
    assert figure.locator(".chart-drawing").is_visible()


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}, {"width": 320, "height": 640}], ids=["phone", "reflow"])
def test_narrow_screens_scroll_down_only_and_letters_keep_their_size(open_page, axe, example, viewport):
    page = open_page(example, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    drawn = page.locator("#lasningar .reading:visible svg:visible").first
    scale = drawn.evaluate("node => node.getBoundingClientRect().width / node.viewBox.baseVal.width")
    assert scale > 0.75
    assert axe(page) == []


def test_without_javascript_the_chosen_chart_and_its_table_stand(open_page, example):
    page = open_page(example, java_script_enabled=False)
    assert page.locator("#lasningar .reading:visible").count() == 1
    assert page.locator("#vaxel").is_hidden()
    figure = page.locator("#lasningar .reading:visible figure")
    figure.locator("summary").click()
    assert figure.locator("table").is_visible()


def test_on_paper_nothing_is_cut(open_page, example):
    page = open_page(example, viewport={"width": 700, "height": 1000})
    page.emulate_media(media="print")
    assert page.locator("#vaxel").is_hidden()
    wide = page.evaluate(
        "[...document.querySelectorAll('main section > .table-scroll table')]"
        ".filter((t) => t.getBoundingClientRect().right > innerWidth + 1).map((t) => t.caption.textContent)"
    )
    assert wide == []


def test_without_an_inventory_only_the_territory_is_shown_as_a_proxy(open_page, axe, tmp_path):
    (tmp_path / "kil.toml").write_text(KIL, encoding="utf-8")
    page = open_page(page_of(tmp_path, "publik"))
    assert "Data saknas" in page.locator(".lead").inner_text()
    assert page.locator("#path").count() == 0
    assert page.locator("#territoriet .notice").is_visible()
    assert page.locator("#territoriet figure").count() == 3
    assert axe(page) == []
