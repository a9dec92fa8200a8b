"""The solar map page without a browser: sentence, bar, tables, picture, and what may not stand in the page."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import re

import numpy as np
import pandas as pd
import pytest
import shapely
from solarmap_builder import solar_map
from test_maps_pack import decode

from data.texts import use_language
from maps import solarpayload, solarstatic, solcellskarta, variants
from maps.page import Shell
from maps.solarmap import OnlineBase

BLOCK = re.compile(r'id="lager">([^<]+)<')


@pytest.fixture(scope="module")
def town():
    return solar_map(24)


def written(result, **shell) -> str:
    return solcellskarta.page(result, Shell(result.municipality, result.date, example=result.example, **shell))


def totals(**changes):
    return {"total_mwp": 4.1, "target_mw": 6.0, "built_mw": 1.2, "decided_mw": 0.2, "ground_mw": 0.3} | changes


def test_without_a_list_of_facilities_nothing_is_said_of_the_municipalitys_roofs():
    """Their 0 MW is not known, and a bar with a target alone shows nothing."""
    none = totals(facilities=0, potential_mwp=2.8, total_mwp=0.0, built_mw=None, decided_mw=None, ground_mw=None)
    said = solarstatic.sentence(none)
    assert "2,8\u00a0MW" in said and "Uppgift saknas om vilka" in said and "0,0" not in said
    assert not solarstatic.target_bar(none)


def test_a_roof_without_name_is_called_by_the_whole_of_an_id_made_of_its_place():
    assert solarstatic._short_id("b147897_6398754-2") == "b147897_6398754-2"
    assert solarstatic._short_id("3b6cb1a7-d41f-5a7f-96b8-9401eee1df82-1") == "3b6cb1a7"


def test_sentence_says_what_is_known_and_what_is_not():
    assert solarstatic.sentence(totals()) == (
        "Kommunens lämpliga tak rymmer 4,1\u00a0MW solceller. Målet är 6\u00a0MW; 1,2\u00a0MW är byggt."
    )
    assert "uppgift saknas om vad som är byggt" in solarstatic.sentence(totals(built_mw=None))
    assert "Målet" not in solarstatic.sentence(totals(target_mw=None))
    with use_language("en"):
        assert "4.1\u00a0MW of solar cells" in solarstatic.sentence(totals())


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (totals(), 0.2),
        (totals(total_mwp=9.0), None),
        (totals(built_mw=None), None),
        (totals(decided_mw=None, ground_mw=None), 0.7),
    ],
)
def test_bar_adds_up_to_the_target_or_says_nothing_is_missing(given, missing):
    parts = solarstatic.segments(given)
    assert parts.get("missing") == (None if missing is None else pytest.approx(missing))
    drawn = str(solarstatic.target_bar(given))
    widths = [float(width) for width in re.findall(r'<rect class="bar-\w+" x="[\d.]+" y="\d+" width="([\d.]+)"', drawn)]
    assert len(widths) == len(parts)
    assert sum(widths) <= solarstatic.BAR_WIDTH + 1
    assert 'class="bar-tick"' in drawn


def test_cuts_in_words(town):
    words = {code: solarstatic.cut_words(town, code) for code in ("top", "good", "fair", "poor", "excluded")}
    assert words["top"].startswith("från 95")
    assert words["good"].startswith("80–95")
    assert words["poor"].startswith("under 75")
    assert words["excluded"] == ""
    assert solarstatic.cut_words(dataclasses.replace(town, cuts={}), "top") == ""


def test_page_stands_without_script(town):
    html = written(town)
    assert html.count("<h1") == 1
    assert "EXEMPELDATA" in html
    for name in town.anlaggningar["name"]:
        assert html.count(name) >= 2  # in the table and on the picture's or the packed side
    assert 'class="sol-picture"' in html
    assert "<noscript>" in html
    assert "http-equiv" in html
    markup = re.sub(r"<script.*?</script>", "", html, flags=re.S)  # Leaflet's own links stand in text it never shows
    assert not re.search(r'(?:src|href)="(?:https?:)?//', markup)


def test_same_input_gives_the_same_page(town):
    """docs/metod/karta.md, P3."""
    assert written(town) == written(town)


def test_nothing_optional_is_needed(town):
    bare = dataclasses.replace(
        town,
        monthly_kwh=None,
        month_hour=None,
        horizon=None,
        waterfall=None,
        moduler=None,
        plants=None,
        background={},
        hillshade=None,
        tak=town.tak[["plane_id", "building_id", "facility_id", "name", "class", "kwp", "kwh", "reasons", "geometry"]],
        anlaggningar=town.anlaggningar.iloc[:0],
    )
    assert "Kommunens lämpliga tak" in written(bare)


def test_facility_without_building_and_map_without_roofs(town):
    lost = town.anlaggningar.copy()
    lost.loc[lost.index[0], "geometry"] = None
    lost.loc[lost.index[1], "geometry"] = shapely.Point()
    lost.loc[lost.index[1], "kwp"] = np.nan
    html = written(dataclasses.replace(town, anlaggningar=lost, tak=town.tak.iloc[:0], moduler=None))
    assert lost["name"].iloc[0] in html


def test_packed_block_holds_months_and_waterfall_that_add_up(town):
    """docs/metod/karta.md, P5."""
    tree, arrays = decode(solarpayload.block(town))
    order = solarpayload.roof_order(town.tak)
    rows = len(order)
    share = np.array(arrays[tree["kwh12"]["@"]], float).reshape(12, rows) / tree["kwh12"]["s"]
    known = order["kwh"].notna().to_numpy() & (order["kwh"] > 0).to_numpy()
    assert np.allclose(share[:, known].sum(axis=0), 1, atol=12 * 0.5e-4)
    steps = tree["waterfall"]["steps"]
    fall = np.array(arrays[tree["waterfall"]["share"]["@"]], float).reshape(len(steps), rows) / tree["waterfall"]["share"]["s"]
    gross = np.array(arrays[tree["waterfall"]["gross"]["@"]], float)
    assert np.allclose((fall.sum(axis=0) * gross)[known], order["kwh"].to_numpy()[known], rtol=5e-3)


def test_profiles_are_at_most_64_and_close_to_the_roofs_own():
    """docs/metod/karta.md, P6."""
    town = solar_map(120)
    planes = list(town.tak["plane_id"])
    shapes, of = solarpayload.shared_profiles(town.month_hour, planes)
    assert len(shapes) == 64
    assert (of >= 0).sum() == len(town.month_hour)
    worst = 0.0
    for plane, profile in zip(planes, of, strict=True):
        if profile >= 0:
            own = town.month_hour[plane] / town.month_hour[plane].sum()
            worst = max(worst, abs(own - shapes[profile]).sum() / 2)
    assert worst < 0.15  # share of the year's energy that stands in another hour


def test_names_of_plants_and_unlisted_columns_never_reach_the_page(town):
    plants = town.plants.assign(name="HEMLIGT namn", owner="HEMLIGT bolag")
    tak = town.tak.assign(fuse_a="HEMLIGT")
    html = written(dataclasses.replace(town, plants=plants, tak=tak))
    packed = gzip.decompress(base64.b64decode(BLOCK.search(html)[1]))
    assert b"HEMLIGT" not in packed
    assert "HEMLIGT" not in html


def test_addresses_lead_to_shown_buildings_alone(town):
    place = town.tak.geometry.iloc[0].centroid
    known = town.tak["building_id"].iloc[0]
    addresses = pd.DataFrame(
        {"address": ["A 1", "A 2"], "x": [place.x] * 2, "y": [place.y] * 2, "building_id": [known, "privat-hemlig"]}
    )
    tree, arrays = decode(solarpayload.block(dataclasses.replace(town, addresses=addresses)))
    assert tree["adresser"]["building"]["words"] == [known]
    assert arrays[tree["adresser"]["building"]["index"]["@"]] == [0, -1]


def test_why_not_depends_on_what_is_shown(town):
    assert "Ägaren kan ha bett" in written(town)
    ours = town.tak[town.tak["facility_id"].notna()].reset_index(drop=True)
    assert "Privata tak är utelämnade" in written(dataclasses.replace(town, tak=ours))


def test_split_page_has_no_inline_code_and_all_its_data(town):
    files = variants.split(written(town), "solcellskarta")
    page = files["solcellskarta.html"]
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)[^>]*>", page)
    assert "unsafe" not in page
    assert " style=" not in page
    assert BLOCK.search(written(town))[1] in files["solcellskarta.json"]


def test_online_base_must_be_https(town):
    with pytest.raises(ValueError, match="online base map"):
        written(dataclasses.replace(town, online=OnlineBase("x", "http://tiles.invalid/{z}", "x")))
    html = written(dataclasses.replace(town, online=OnlineBase("x", "https://tiles.invalid/{z}/{x}/{y}.png", "x")))
    assert "img-src data: blob: https://tiles.invalid;" in html


def test_without_script_every_municipal_roof_stands_in_the_page_and_the_rest_is_pointed_to(monkeypatch):
    town = solar_map(400)
    own = town.tak[town.tak["facility_id"].notna()]
    shown, note = solarstatic.roofs_table(town)
    assert shown.count("<tr>") - 1 == max(100, len(own))
    assert all(f"{kwp:.1f}".replace(".", ",") in shown for kwp in own["kwp"].head(20))
    assert f"alla {len(own)} takytor" in note.replace("\u00a0", " ")
    assert 'href="solceller.xlsx"' in note
    monkeypatch.setattr(solarstatic, "MOST_STATIC", 30)
    assert f"30 största takytor av {len(own)}" in solarstatic.roofs_table(town)[1]
    small = solar_map(20)
    assert solarstatic.roofs_table(small)[1] == f"Alla {len(small.tak)} takytor."
    without = dataclasses.replace(town, tak=town.tak.assign(facility_id=None))
    assert solarstatic.roofs_table(without)[0].count("<tr>") - 1 == 100
