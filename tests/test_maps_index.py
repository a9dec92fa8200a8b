"""The first page: one card a page, all goals first, only pages that exist are linked, nothing becomes markup."""

from __future__ import annotations

import datetime as dt
import re

from data.texts import use_language
from maps import indexpage
from maps.indexpage import Card
from maps.page import PAGES, Shell

DAY = dt.date(2026, 3, 5)
CARDS = [
    Card("solcellskarta", "Kommunens tak rymmer 1,3 MW.", "1,3", "MW"),
    Card("fordon", "38 av 75 fordon är fossilfria.", "51", "%", "off_track"),
    Card("status", "", ""),
]


def shell(**changes) -> Shell:
    options = {"municipality": "Exempelköping", "date": DAY, "pages": ("index", "solcellskarta", "fordon", "status")}
    return Shell(**(options | changes))


def test_cards_link_the_pages_that_exist_with_all_goals_first():
    html = indexpage.page(shell(), CARDS)
    links = re.findall(r'<a class="card" href="(\w+)\.html"', html)
    assert links == ["status", "solcellskarta", "fordon"]
    assert "plan.html" not in html
    assert html.index("1,3") < html.index("38 av 75")
    assert "inte på väg" in html
    assert "Alla mål, var de står" in html  # a card without a finding says what the page is about


def test_example_is_told_and_names_are_escaped():
    html = indexpage.page(shell(municipality="<b>Kil</b>", example=True), [Card("plan", "<script>x</script>", "1")])
    assert "EXEMPELDATA" in html
    assert "<b>Kil</b>" not in html
    assert "<script>x</script>" not in html


def test_every_page_has_its_words_in_both_languages():
    cards = [Card(name, "") for name in PAGES if name != "index"]
    for code in ("sv", "en"):
        with use_language(code):
            assert f'lang="{code}"' in indexpage.page(shell(), cards)
