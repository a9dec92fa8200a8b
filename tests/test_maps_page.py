"""The shell: escaping, policy, tables, sources and their age, languages."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources import Source
from data.texts import catalogue, use_language
from maps import page
from maps.page import Cell, Column, Shell

DAY = dt.date(2026, 3, 5)
SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)


def shown(body="", **parts) -> str:
    shell = parts.pop("shell", Shell("Kil", DAY, pages=("index", "plan")))
    return page.document(shell, page="plan", title="T", description="D", body=page.html("<p>{}</p>", body), **parts)


@given(st.text(max_size=80))
def test_any_text_stays_text(words):
    made = str(page.html("<p>{}</p>", words))
    assert made.count("<") == 2
    assert page.html("{}", page.html("<b>{}</b>", words)).count("<b>") == 1


@given(st.recursive(st.text(max_size=30), lambda inner: st.lists(inner, max_size=3)))
def test_json_block_is_closed_by_its_own_end_alone_and_reads_back(value):
    block = str(page.json_block("x", value))
    assert block.count("<") == 2
    assert json.loads(block[block.index(">") + 1 : block.rindex("<")]) == value


def test_policy_lists_every_script_and_no_address():
    html = shown(scripts=("const a = 1;",), data={"d": {"t": "</script>"}})
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    scripts = SCRIPT.findall(html)
    assert len(scripts) >= 2
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    with pytest.raises(ValueError, match="holds </script"):
        shown(scripts=("'</script>'",))
    with pytest.raises(ValueError, match="host"):
        shown(images=("https://a.example; script-src *",))


def test_menu_links_only_pages_that_exist():
    html = shown()
    assert re.findall(r'<li><a href="(\w+)\.html"', html) == ["index", "plan"]
    assert 'aria-current="page"' in html


def test_embedded_page_is_marked_and_carries_its_script():
    assert 'embedded"' in shown(shell=Shell("Kil", DAY, embedded=True))
    assert "kil-height" not in shown()


def test_table_sorts_by_value_shows_words_and_dashes_the_unknown():
    columns = [Column("Namn", heads_row=True), Column("MW", "number", sort="descending")]
    html = str(page.table("Rubrik", columns, [("<b>", 1.5), ("B", None), ("C", Cell("ca 2", 2.0)), ("D", math.nan)]))
    assert "&lt;b&gt;" in html
    assert 'data-v="1.5"' in html
    assert html.count('data-v=""') == 2
    assert html.count(">–<") == 2
    assert 'data-v="2.0">ca 2' in html
    assert 'aria-sort="descending"' in html
    assert '<th scope="row">' in html


def test_sources_tell_their_age_and_only_web_addresses_become_links():
    rows = [
        Source("a", "Bra", url="https://a.example", retrieved=dt.date(2026, 3, 1), sha256="abcdef0123456789", file="a.csv"),
        Source("b", "Dålig", url="javascript:alert(1)", retrieved=dt.date(2020, 3, 1)),
    ]
    html = str(page.sources_table(rows, DAY))
    assert 'href="https://a.example"' in html
    assert "javascript:" not in html
    assert "(4 dygn)" in html
    assert "(6 år)" in html
    assert "abcdef01…" in html


def test_contact_and_audience_are_told():
    assert "mailto:a@b.se" in shown(shell=Shell("Kil", DAY, contact="a@b.se"))
    assert "municipality.contact" in shown()
    assert "får inte spridas" in shown(shell=Shell("Kil", DAY, audience="intern"))
    assert "EXEMPELDATA" in shown(shell=Shell("Kil", DAY, example=True))


def test_english_page_says_so():
    with use_language("en"):
        html = shown()
    assert '<html lang="en"' in html
    assert "Sources and method" in html


def test_every_text_of_the_pages_has_both_languages():
    for key, words in catalogue().items():
        if key.startswith(("maps.solcellskarta.", "maps.index.", "maps.shell.", "maps.foot.", "maps.js.", "maps.source.")):
            assert words["sv"].strip(), key
            assert words["en"].strip(), key
        if key.startswith("maps."):
            assert set(re.findall(r"\{(\w+)\}", words["sv"])) == set(re.findall(r"\{(\w+)\}", words["en"])), key


def test_scripts_ask_only_for_texts_that_exist():
    known = page.script_texts("maps.js.", "maps.solcellskarta.js.")
    for name in ("base.js", "sol-model.js", "sol-charts.js", "sol-detail.js", "sol-list.js", "sol-search.js", "sol-app.js"):
        for key in re.findall(r"""say\(\s*"([^"]+)"\s*[,)]""", page.template(name)):
            assert key in known, (name, key)


def test_days_and_units_stay_together_and_markup_stays_markup():
    columns = [Column("Dag"), Column("Text")]
    drawn = page.table(
        "Dagar", columns, [("2026-03-05", "<b> efter 2026-03-05."), (page.html("<i>{}</i>", "2026-03-05"), "fil-2026-03-05.csv")]
    )
    assert drawn.count('<span class="nowrap">2026-03-05</span>') == 3
    assert "&lt;b&gt; efter" in drawn
    assert "fil-2026-03-05.csv" in drawn
    said = page.together(page.html('<p title="3 MW">{}</p><svg><path d="M3 4"/></svg>', "3 MW av 6 CO2e, <CO2>"))
    assert said == '<p title="3 MW">3\u00a0MW av 6 CO₂e, &lt;CO₂&gt;</p><svg><path d="M3 4"/></svg>'
