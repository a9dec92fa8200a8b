"""Docs are true: the reference pages are what the code says, links lead somewhere, every command is documented."""

import re
from pathlib import Path

import pytest

from kil.reference import PAGES

DOCS = Path(__file__).resolve().parents[1] / "docs"
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_made_from_the_code(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", [*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []
