"""The text catalogue: every text in both languages with the same fields, and every text that code asks for exists."""

import re
from pathlib import Path
from string import Formatter

import pytest

import data
from data.texts import LANGUAGES, catalogue, text, use_language

ROOT = Path(data.__file__).resolve().parents[1]  # the checkout, or where the wheel was installed
CALL = re.compile(r"\btext\(\s*\"([a-z_0-9.]+)\"\s*[,)]")


def fields(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_say_the_same_with_the_same_fields(key):
    entry = catalogue()[key]
    assert set(LANGUAGES) <= set(entry)
    assert fields(entry["sv"]) == fields(entry["en"])


def test_every_text_asked_for_exists():
    asked = {
        key
        for package in ("data", "solar", "fleet", "climate", "maps", "kil")
        for file in (ROOT / package).rglob("*.py")
        for key in CALL.findall(file.read_text(encoding="utf-8"))
    }
    assert asked
    assert sorted(asked - set(catalogue())) == []


def test_a_word_goes_with_its_number():
    assert text("buildings.made_ids", file="a.shp", n=1).startswith("a.shp: 1 byggnad saknar")
    assert text("buildings.made_ids", file="a.shp", n="12").startswith("a.shp: 12 byggnader saknar")
    assert text("weather.gap", n=1, time="06:30") == "1 timme saknas, 06:30"


def test_language_is_in_force_inside_the_block_only():
    assert text("fault.row", row=3) == "rad 3"
    with use_language("en"):
        assert text("fault.row", row=3) == "row 3"
    assert text("fault.row", row=3) == "rad 3"
