"""Charts: what is drawn is where it should be, reads without colour, and never lets text become markup."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from data.readers import prices
from data.texts import use_language
from maps import plancharts, planmap
from maps.chartkit import TONES, keep_apart, ticks, wrap
from maps.chartlines import year_ticks
from maps.charts import Bar, Part, Point, Revision, Series, Span, Tick, Words, bars, lines, sparkline, stacked_bar

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words("Utsläppen minskar", "Ton CO2e per år", "Från 100 till 50 ton.", "Egen inventering")
HOSTILE = '"><script>alert(1)</script>&{}{0}'
finite = st.floats(-1e9, 1e9, allow_nan=False)


def drawings(figure):
    return [ET.fromstring(found) for found in re.findall(r"<svg viewBox.*?</svg>", str(figure), re.DOTALL)]


def polyline(drawing, kind):
    return [
        [tuple(map(float, pair.split(","))) for pair in node.get("points").split()]
        for node in drawing.iter("polyline")
        if node.get("class") == f"line-{kind}"
    ]


def test_lines_without_a_point_say_so():
    drawn = str(lines(WORDS, [Series("Utfall", []), Series("Bana", [], "path")], unit="t"))
    assert "data saknas" in drawn and "<svg" not in drawn


@given(low=finite, span=st.floats(1e-3, 1e9))
def test_grid_is_at_most_three_steps_and_covers_the_data(low, span):
    values = ticks(low, low + span)
    assert 2 <= len(values) <= 4
    assert values[0] <= low + 1e-6 * span + 1e-6 * abs(low)
    assert values[-1] >= low + span - 1e-6 * span - 1e-6 * abs(low)


@given(low=st.floats(0, 100), more=st.floats(0, 1))
def test_an_axis_of_per_cent_stops_at_100_where_nothing_lies_above(low, more):
    high = min(low + more * (100 - low), 100.0)
    values = ticks(low, high, "%")
    assert 2 <= len(values) <= 4
    assert values[0] <= low + 1e-6
    assert high - 1e-6 <= values[-1] <= 100
    assert ticks(0, 104, "%")[-1] >= 104  # a change may be more than the whole


@given(
    blocks=st.lists(st.tuples(st.floats(-50, 350), st.floats(10, 40)), min_size=1, max_size=7),
)
def test_labels_never_overlap_nor_leave_the_drawing(blocks):
    wanted, heights = zip(*blocks, strict=True)
    tops = keep_apart(wanted, heights, 0, 300)
    placed = sorted(zip(tops, heights, strict=True))
    for (top, height), (below, _) in pairwise(placed):
        assert below >= top + height - 1e-6
    assert min(tops) >= -1e-9
    assert max(top + height for top, height in placed) <= 300 + 1e-6


def test_years_at_the_axis_are_both_ends_and_few():
    for first, last in ((1990, 2030), (2015, 2024), (2022, 2022.5), (1990, 2031)):
        years = year_ticks(first, last, 7)
        assert years[0] == first
        assert years[-1] == last
        assert len(years) <= 9
        assert years == sorted(set(years))


def test_a_line_is_cut_at_gaps_and_breaks_but_paths_are_not():
    actual = Series("Utfall", [(2000, 10.0), (2001, 9.0), (2002, None), (2003, 8.0), (2004, 7.0), (2005, 6.0)])
    path = Series("Bana", [(y, 10.0 - (y - 2000)) for y in range(2000, 2006)], "path")
    wide, narrow = drawings(lines(WORDS, [actual, path], breaks=[(2004, "ny definition")]))
    for drawing in (wide, narrow):
        assert [len(run) for run in polyline(drawing, "actual")] == [2, 2]
        assert [len(run) for run in polyline(drawing, "path")] == [6]


def test_stocks_start_at_zero_and_heights_are_proportional():
    wide, _ = drawings(lines(WORDS, [Series("Utfall", [(2000, 100.0), (2010, 50.0)])], unit="t"))
    ((_, high), (_, low)) = polyline(wide, "actual")[0]
    axis = next(float(n.get("y1")) for n in wide.iter("line") if n.get("class") == "axis" and n.get("y1") == n.get("y2"))
    assert (axis - low) / (axis - high) == pytest.approx(0.5, abs=0.005)


def test_a_revision_is_a_tick_and_leaves_the_line_alone():
    points = [(1990, 77238.0), (2000, 70449.0)]
    with_, without = (
        lines(WORDS, [Series("Utfall", points)], revisions=revisions)
        for revisions in ([Revision(1990, 78665, 77238, "Utgåva 2026")], [])
    )
    assert polyline(drawings(with_)[0], "actual") != []
    assert len(polyline(drawings(with_)[0], "actual")) == len(polyline(drawings(without)[0], "actual")) == 1
    assert 'class="revision"' in with_
    assert "från 78\u00a0665 till 77\u00a0238" in with_


def test_preliminary_dots_are_hollow_and_said_in_the_table():
    figure = lines(WORDS, [Series("Utfall", [(2023, 5.0), Point(2024, 6.0, preliminary=True)])])
    wide, _ = drawings(figure)
    assert [n.get("class") for n in wide.iter("circle")] == ["dot", "dot-hollow"]
    assert "6 (prel.)" in figure


def test_bars_are_proportional_and_missing_is_said():
    figure = bars(WORDS, [Bar("A", 10.0), Bar("B", 20.0), Bar("C", None)], unit="kW", target=Tick(15, "mål 15"))
    wide, _ = drawings(figure)
    short, long = (float(node.get("width")) for node in wide.iter("rect"))
    assert long / short == pytest.approx(2, abs=0.01)
    assert "data saknas" in "".join(wide.itertext())
    assert "mål 15" in "".join(wide.itertext())


def test_parts_of_a_bar_stand_after_each_other():
    figure = stacked_bar(WORDS, [Part("byggt", 1.2, "built"), Part("saknas", 4.8, "missing")], unit="MW", tick=Tick(6, "mål"))
    wide, _ = drawings(figure)
    first, second = wide.iter("rect")
    assert float(first.get("x")) + float(first.get("width")) == pytest.approx(float(second.get("x")), abs=1)
    assert float(second.get("width")) / float(first.get("width")) == pytest.approx(4, abs=0.05)
    assert "byggt 1,2" in figure


def test_sparkline_marks_base_target_and_preliminary():
    spark = sparkline([(2022, 31.0), Point(2024, 38.0, preliminary=True)], description="Andel", target=46, base=2022)
    assert 'width="160" height="40"' in spark
    for mark in ('<rect class="dot"', "dot-hollow", 'class="target"', 'aria-label="Andel"'):
        assert mark in spark
    assert "circle" not in sparkline([], description="inga data")


def test_tones_are_told_apart_without_hue():
    looks = [(fill, outline) for fill, outline in TONES.values()]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize(
    "figure",
    [
        lines(
            Words(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
            [Series(HOSTILE, [Point(2000, 1.0, note=HOSTILE), Point(2001, 2.0)])],
            breaks=[(2001, HOSTILE)],
            revisions=[Revision(2000, 1, 2, HOSTILE)],
            spans=[Span(2001, 0, 1, HOSTILE, "built")],
        ),
        bars(Words(HOSTILE, HOSTILE, HOSTILE), [Bar(HOSTILE, 1.0), Bar("x", parts=(Part(HOSTILE, 2.0),))], unit=HOSTILE),
        stacked_bar(Words(HOSTILE, HOSTILE, HOSTILE), [Part(HOSTILE, 1.0)], unit=HOSTILE, tick=Tick(1, HOSTILE)),
        sparkline([(2000, 1.0)], description=HOSTILE),
    ],
    ids=["lines", "bars", "stacked_bar", "sparkline"],
)
def test_hostile_words_stay_words(figure):
    assert "<script" not in str(figure)
    assert "alert(1)" in str(figure)


def test_words_follow_the_language():
    with use_language("en"):
        assert "no data" in bars(WORDS, [Bar("A", None)], unit="t")


def test_long_labels_wrap():
    assert wrap("Prognos: beslutade åtgärder", 14) == ["Prognos:", "beslutade", "åtgärder"]
    assert wrap("a b c d e f", 1, 2)[-1].endswith("…")
    assert max(map(len, wrap("Bolag " + "X" * 10_000, 60, 2))) <= 40
    drawn = str(bars(WORDS, [Bar("X" * 10_000 + " y" * 500, 1.0)], unit="t"))
    assert all(len(said) < 80 for said in re.findall(r"<tspan[^>]*>([^<]*)<", drawn) + re.findall(r"<text[^>]*>([^<]*)<", drawn))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.926, "SEK/kWh", "0,926 kr/kWh"),
        (48, "SEK/kW/month", "48 kr/kW och månad"),
        (14_400, "SEK/kW", "14 400 kr/kW"),
        (0.025, "share/year", "2,5 % per år"),
        (-0.0029, "1/K", "−0,29 % per grad"),
        (1.2818, "x", "128 %"),
        (0.005, "share", "0,5 %"),
        (0.0, "share", "0 %"),
        (20, "year", "20"),
        (2.5, "cm", "2,5 cm"),
        (524.1, "g/kWh", "524,1 g/kWh"),
    ],
)
def test_prices_and_spans_are_told_in_the_readers_units(value, unit, said):
    assert plancharts.amount(value, unit).replace("\u00a0", " ") == said


def test_every_unit_of_the_price_list_and_the_spans_has_words():
    units = {*prices.shipped("okänt")["unit"], *prices.spans()["unit"].dropna()}
    for unit in units:
        said = plancharts.amount(0.5, unit)
        assert "SEK" not in said and "share" not in said and "year" not in said and "month" not in said, unit


def test_the_tornados_names_are_drawn_over_its_lines():
    levers = [
        {"id": "energy", "name": name, "low": 0.8, "high": 1.2, "npv_low": -2e6, "npv_high": 3e6, "kind": "assumption"}
        for name in ("Solelens mängd", HOSTILE)
    ]
    found = drawings(plancharts.tornado(levers, npv_sek=1e6))
    assert len(found) == 2
    for drawing in found:
        nodes = list(drawing.iter())
        lines_at = max(n for n, node in enumerate(nodes) if node.tag.endswith("line"))
        names_at = [n for n, node in enumerate(nodes) if node.tag.endswith("tspan") and node.text in ("Solelens mängd", HOSTILE)]
        assert len(names_at) == 2 and min(names_at) > lines_at


def test_a_name_on_the_plans_map_stands_above_its_roof_else_below_and_never_over_another():
    def placed(shapes, words):
        ids = [str(n) for n in range(len(shapes))]
        roofs = gpd.GeoDataFrame({"id": ids, "year": 2026.0, "mount": "roof"}, geometry=shapes, crs=3006)
        drawn = str(planmap.plan_map(roofs, {}, [2026], {id_: (word, id_) for id_, word in zip(ids, words, strict=True)}))
        found = re.findall(r'<text class="plan-name" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)', drawn)
        return {word: (float(x), float(y)) for x, y, word in found}

    far = box(200, 0, 230, 30)
    alone = placed([box(0, 0, 40, 40), far], ["Ishallen", "Skolan"])
    beside = placed([box(0, 0, 40, 40), box(5, 0, 45, 40), far], ["Ishallen", "Parkeringen", "Skolan"])
    scale = 1000 / 310  # 40 m of margin on every side
    assert alone["Ishallen"][1] == beside["Ishallen"][1] < 40 * scale < 80 * scale < beside["Parkeringen"][1]
    crowd = placed([box(0, 0, 40, 40)] * 3 + [far], ["Ishallen", "Simhallen", "Sporthallen", "Skolan"])
    assert len(crowd) == 3 and crowd["Ishallen"][1] < crowd["Simhallen"][1]  # the third has no room
