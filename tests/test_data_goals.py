"""Goals files: the shipped nineteen, versions, withdrawn goals, words of one's own, and every fault told with its goal."""

import datetime as dt
from collections import Counter

import pytest

from data.errors import InputError
from data.example import metrics as example
from data.goals import VERDICTS, from_tree, load, parse_book, standard, to_tree
from data.indicators import indicators
from data.rules import AllOf, Change, Threshold, changed

HEAD = """
perspectives = [{ id = "p", sv = "P" }]
[[sets]]
id = "s"
title = "S"
first = 2024-01-01
last = 2026-12-31
"""
GOAL = """
[[goals]]
id = "A"
perspective = "p"
text = "Mer."
indicator = "digital_services"
rule = { kind = "change", op = ">", base_year = 2022, year = 2026 }
"""


def faults(text):
    with pytest.raises(InputError) as caught:
        parse_book(text, "goals.toml")
    return "\n".join(map(str, caught.value.faults))


def test_the_nineteen_goals_are_whole():
    book = standard()
    assert Counter(goal.perspective for goal in book.goals) == {"ekonomi": 3, "medborgare": 5, "medarbetare": 3, "hallbarhet": 8}
    for goal in book.goals:
        assert (goal.decided, goal.version) == (dt.date(2023, 12, 19), 1)
        assert goal.decision
        assert goal.responsible
        assert goal.choice.sv
        assert goal.choice.en
        assert goal.choice.who
        assert goal.choice.date
        for axis in goal.axes:
            assert axis.chosen in axis.ids
            assert axis.en
            assert all(option.sv and option.en for option in axis.options)


def test_no_reading_of_kils_goals_is_called_decided():
    assert not any(goal.choice.decision for goal in standard().goals)


def test_every_indicator_a_goal_names_says_who_has_it_and_when_it_is_final():
    for goal in standard().goals:
        named = {goal.indicator, *(option.indicator for axis in goal.axes for option in axis.options)} - {""}
        for indicator in (indicators()[id_] for id_ in named):
            assert indicator.holder.sv
            assert indicator.holder.en
            if indicator.period == "year":
                assert indicator.publication
                assert indicator.publication.basis


def test_a_book_written_and_read_again_is_the_same():
    book = standard()
    assert from_tree(to_tree(book), "x") == book
    own = parse_book(example.goals_text(), "goals.toml")
    assert from_tree(to_tree(own), "x") == own


def test_the_version_in_force_is_that_of_the_day():
    book = parse_book(example.goals_text(), "goals.toml")
    texts = {day: next(g for g in book.in_force(day) if g.id == "M1") for day in (dt.date(2025, 6, 16), dt.date(2025, 6, 17))}
    assert [goal.version for goal in texts.values()] == [1, 2]
    assert len([g for g in book.in_force(dt.date(2026, 1, 1)) if g.id == "M1"]) == 1
    assert [g.version for g in book.versions("M1")] == [1, 2]


def test_the_shipped_example_is_what_its_script_writes(tmp_path):
    from data.example.metrics import write
    from kil.project import example_folder

    write(tmp_path)
    shipped = example_folder() / "indata"
    assert (tmp_path / "goals.toml").read_bytes() == (shipped / "goals.toml").read_bytes()
    assert (tmp_path / "nyckeltal.xlsx").read_bytes() == (shipped / "nyckeltal.xlsx").read_bytes()


def test_all_faults_are_told_at_once_each_with_its_goal():
    told = faults(
        HEAD
        + GOAL.replace('op = ">"', 'op = "=>"')
        + GOAL.replace('"A"', '"B"').replace("base_year = 2022", 'base_year = "förra året"')
        + GOAL.replace('"A"', '"C"').replace("text =", "texten =")
    )
    assert "mål A, rule.change.op" in told
    assert "mål B, rule.change.base_year" in told
    assert "mål C, texten" in told
    assert "Input should" not in told and "Field required" not in told
    assert "mål C, text" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOAL + GOAL, "målet A finns två gånger i version 1"),
        (GOAL.replace('perspective = "p"', 'perspective = "q"'), "mål A, perspective: q"),
        (GOAL.replace("digital_services", "digitala"), "mål A, indicator: digitala"),
        (GOAL + '[[goals.axes]]\nid = "x"\nsv = "x"\nchosen = "b"\noptions = [{ id = "a" }]\n', "axes.x.chosen: b"),
        (
            GOAL + '[[goals.axes]]\nid = "x"\nsv = "x"\nchosen = "a"\noptions = [{ id = "a", rule = { bas = 1 } }]\n',
            "axes.x.a.rule",
        ),
        (
            GOAL + '[[goals.axes]]\nid = "x"\nsv = "x"\nchosen = "a"\nwhen = { y = ["b"] }\noptions = [{ id = "a" }]\n',
            "axes.x.when: y",
        ),
        (GOAL + "[scale]\nklart = 'Uppfyllt'\n", "klart är ingen bedömning"),
        (GOAL + "[indicators.ny]\nlike = 'finns_inte'\n", "måttet finns_inte finns inte"),
        (GOAL.replace('"change"', '"chnage"'), "mål A, rule: chnage går inte att använda; väntat: 'threshold', 'change'"),
        (GOAL.replace('kind = "change", ', ""), "mål A, rule: uppgiften saknas; väntat: kind"),
        (GOAL.replace("base_year", "basyear"), "rule.change.basyear: fältet är okänt. Rätta"),
        (GOAL.replace(", year = 2026", ""), "regeln har varken year eller due"),
        (GOAL.replace("= 2022", "= 2026"), "basåret 2026 ligger inte före målåret 2026"),
        (
            GOAL.replace('"change"', '"threshold"').replace("base_year = 2022", "target = 1, from_year = 2027"),
            "from_year 2027 ligger efter målåret 2026",
        ),
        (
            GOAL.replace('"change"', '"mean"').replace("base_year = 2022, year = 2026", "target = 1, years = [2025, 2025]"),
            "samma år står två gånger i years",
        ),
        (
            GOAL.replace('"change"', '"mean"').replace("base_year = 2022, year = 2026", "target = 1, years = []"),
            "väntat: minst 1",
        ),
        ("x = [", "filen går inte att läsa"),
    ],
)
def test_what_contradicts_itself_is_refused(text, said):
    assert said in faults(HEAD + text)


def test_a_file_that_is_no_utf8_is_refused(tmp_path):
    path = tmp_path / "goals.toml"
    path.write_bytes((HEAD + GOAL).replace("Mer.", "Sämre.").encode("cp1252"))
    with pytest.raises(InputError, match="UTF-8"):
        load(path)


def test_the_municipalitys_own_words_are_kept():
    book = parse_book(HEAD + GOAL + '[scale]\nmet = "Helt uppfyllt"\n', "goals.toml")
    assert book.scale == {"met": "Helt uppfyllt"}
    assert set(book.scale) < set(VERDICTS)


def test_a_change_of_a_rule_reaches_every_part_that_has_the_field():
    rule = AllOf(rules=(Change(op=">", base_year=2022, year=2026), Threshold(op=">", target=80, base_year=2022, year=2026)))
    assert {part.base_year for part in changed(rule, {"base_year": 2023}).rules} == {2023}
    assert [getattr(part, "target", None) for part in changed(rule, {"target": 70.0}).rules] == [None, 70.0]
    with pytest.raises(KeyError):
        changed(rule, {"shape": "linear"})
