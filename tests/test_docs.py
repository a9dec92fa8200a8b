"""Docs are true: the reference pages are what the code says, links lead somewhere, every command is documented."""

import re
from pathlib import Path

import pytest

from kil.reference import PAGES

DOCS = Path(__file__).resolve().parents[1] / "docs"
PROPERTY = re.compile(r"^- \*\*([A-Z]\d+)\*\* ", re.MULTILINE)
QUOTED = re.compile(r"(?<![A-Za-z])([A-Za-z])(\d+)(?:(?:-| to )[A-Z]?(\d+))?(?!\d)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_made_from_the_code(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", [*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []


def quoted(said):
    """The property ids in a test file's text: P3, P5 to P8, test_p21_..."""
    for letter, first, last in QUOTED.findall(said.replace("_", " ")):
        yield from (f"{letter.upper()}{n}" for n in range(int(first), min(int(last or first), int(first) + 99) + 1))


@pytest.mark.parametrize("page", sorted((DOCS / "metod").glob("*.md")), ids=lambda page: page.name)
def test_every_numbered_property_is_quoted_by_a_test(page):
    tests = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.rglob("test_*.py")]
    held = {name for said in tests if page.name in said for name in quoted(said)}
    assert sorted(set(PROPERTY.findall(page.read_text(encoding="utf-8"))) - held) == []
