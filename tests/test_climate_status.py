"""All goals at once: the example's known truth, Kil's own folder, the trace, frozen follow-ups, and the files of `kil status`.

P-numbers are those of docs/metod/status.md.
"""

import datetime as dt
import json
from copy import deepcopy
from dataclasses import replace

import pytest
import yaml

from climate import trace
from climate.followup import changes
from climate.status import as_json, depends_words, judge_all, ranges
from data.errors import InputError
from data.example import metrics as example
from data.goals import VERDICTS, load, standard
from data.observations import Observation, RowLink
from data.publicfacts import observations as public
from data.readers.metrics import read
from data.rules import KINDS, leaves
from data.settings import Settings
from data.texts import use_language
from kil import followup, statuspart
from kil.new import new_project
from kil.parts import Context
from kil.project import Project, example_folder, open_project
from kil.run import Run

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def shipped():
    """Return the example's goals and metrics, without the other parts."""
    folder = example_folder() / "indata"
    book = load(folder / "goals.toml")
    return book, read(folder / "nyckeltal.xlsx", book, example=True).data


@pytest.fixture(scope="module")
def status(shipped):
    """Return the example's status on the day its truth is told for."""
    book, metrics = shipped
    return judge_all(book, metrics.observations, TODAY, metrics.assessments)


def by_id(status):
    return {verdict.goal.id: verdict for verdict in status.verdicts}


# ---- the example's truth -------------------------------------------------------------------------------------------------------
FOUND = {
    "verdict": lambda v: v.verdict,
    "refused": lambda v: v.outcome.refused,
    "value": lambda v: v.outcome.value,
    "needed": lambda v: v.outcome.needed,
    "required": lambda v: v.outcome.required,
    "state": lambda v: v.state,
    "version": lambda v: v.goal.version,
    "own": lambda v: v.assessment.verdict,
    "depends": lambda v: [item.axis for item in v.depends_on],
}
TRUTH = example.load()["truth"]


@pytest.mark.parametrize("goal", TRUTH)
def test_the_example_comes_out_as_its_truth(status, goal):
    verdict = by_id(status)[goal]
    found = {name: FOUND[name](verdict) for name in TRUTH[goal]}
    assert found == {name: pytest.approx(v) if isinstance(v, float) else v for name, v in TRUTH[goal].items()}


def test_the_example_covers_every_verdict_rule_and_refusal(status):
    assert {verdict.verdict for verdict in status.verdicts} == set(VERDICTS)
    rules = [item.reading.rule for verdict in status.verdicts for item in verdict.readings]
    assert {type(rule) for rule in rules} | {type(part) for rule in rules for part in leaves(rule)} == set(KINDS)
    refused = {item.outcome.refused for verdict in status.verdicts for item in verdict.readings} - {""}
    # a wrong unit cannot come through nyckeltal.xlsx: its reader refuses the row
    assert refused == {"no_data", "no_base", "no_evidence", "undefined", "unreachable", "ambiguous", "editions", "not_offered"}
    assert len(status.book.versions("M1")) == 2
    assert by_id(status)["M5"].outcome.date > by_id(status)["M5"].outcome.due
    assert [v.goal.id for v in status.verdicts if v.disagrees] == ["M2", "M5"]
    assert by_id(status)["L5"].late_choice


def test_counts_and_their_sentence(status):
    assert sum(status.counts.values()) == 23
    assert status.sentence == (
        "Av 23 mål är 2 uppnådda, 5 på väg, 4 inte på väg, 3 ej uppnådda, 1 väntar på utfall, 6 saknar data och 2 kan inte mätas. "
        "1 utgår."
    )
    alone = judge_all(standard(), (), TODAY)
    assert alone.sentence == "19 mål: 18 saknar data och 1 kan inte mätas."


def test_the_municipalitys_own_scale_is_used(shipped):
    book, metrics = shipped
    scaled = judge_all(replace(book, scale={"met": "Helt uppfyllt"}), metrics.observations, TODAY)
    assert scaled.word("met") == "Helt uppfyllt"
    assert scaled.word("missed") == "ej uppnått"


def test_p20_the_calendar_says_what_can_be_final_when(status):
    first = status.calendar()[0]
    assert (first.date, first.indicator, first.year, first.goals) == (dt.date(2026, 11, 28), "N02267", 2025, ("M4",))
    assert all(item.date >= TODAY for item in status.calendar())
    assert [item.date for item in status.calendar()] == sorted(item.date for item in status.calendar())


def test_p20_what_is_missing_says_what_who_and_how(status):
    (lacking,) = [item for item in status.missing_of(by_id(status)["H3"]) if "Närproducerade" in item.what]
    assert lacking.what.endswith("2022, 2023, 2024, 2025")
    assert "kostenheten" in lacking.who
    assert "nyckeltal.xlsx" in lacking.how


def test_status_json_holds_the_contract(status):
    tree = as_json(status)
    keys = {"id", "perspective", "text", "verdict", "level", "trend", "value", "unit", "date", "required", "gap", "because"}
    keys |= {"readings", "depends_on", "own_assessment", "next_outcome", "responsible", "missing", "sources", "rows"}
    for goal in tree["goals"]:
        assert keys <= set(goal)
        assert all({"id", "verdict", "value", "required", "gap"} <= set(item) for item in goal["readings"])
        assert all({"what", "who", "how"} == set(item) for item in goal["missing"])
    assert tree["goals"][0]["rows"][0]["file"] == "nyckeltal.xlsx"
    assert "procent" not in json.dumps(tree["counts"])


def test_words_of_dependence(status):
    assert depends_words(by_id(status)["M4"]).startswith("Beror på: mått (sysselsatta 20–64 år")
    assert depends_words(by_id(status)["E2"]) == "Håller i alla läsningar (2)."
    assert depends_words(by_id(status)["H1"]) == "Målet har en läsning."


def test_rows_are_told_as_ranges():
    assert ranges([2, 3, 4, 9, 7, 3]) == "2-4,7,9"


def test_what_the_other_parts_emit_is_known_with_its_dims():
    from climate.observations import GROUP, TERRITORY
    from data.indicators import indicators
    from data.layers_emissions import BASES, ELECTRICITY, GASES, HEAT, SCOPE_SETS
    from fleet.judging import READING_DIMS
    from fleet.observations import FUEL_SHARE, REPLACED, SHARE, UNJUDGED, VIOLATIONS
    from fleet.share import SCOPES
    from solar import observations as solar

    known = indicators()
    emitted = {
        GROUP,
        TERRITORY,
        FUEL_SHARE,
        REPLACED,
        SHARE,
        UNJUDGED,
        VIOLATIONS,
        solar.CAPACITY,
        solar.MEASURES,
        solar.MEASURES_MW,
    }
    assert emitted <= set(known)
    dims = {
        GROUP: {"gas": GASES, "scope": SCOPE_SETS, "electricity": ELECTRICITY, "heat": HEAT, "base": BASES},
        SHARE: {"scope": SCOPES, "definition": ("*",)},
        solar.CAPACITY: {
            "boundary": solar.BOUNDARIES,
            "dc_ac": solar.DC_AC,
            "ownership": solar.OWNERSHIPS,
            "state": solar.STATES,
        },
        solar.MEASURES: {"reading": (*solar.READINGS, "any")},
    }
    for indicator, values in dims.items():
        for name, allowed in values.items():
            assert set(known[indicator].dims[name].values) == set(allowed)
    assert set(READING_DIMS) | {"definition"} == set(known[REPLACED].dims)


# ---- trace: everything follows from the file alone -----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tree(status):
    """Return the trace as a stranger reads it: written to YAML and read again."""
    return yaml.load(followup.dump(trace.to_trace(status)), Loader=yaml.CSafeLoader)


def test_p21_every_verdict_follows_from_the_trace_alone(tree):
    assert trace.verify(tree) == []
    assert set(tree["results"]["E1"]["observations"]) <= set(tree["observations"])


def test_p21_a_trace_in_english_verifies_in_swedish(shipped):
    book, metrics = shipped
    with use_language("en"):
        english = yaml.load(followup.dump(trace.to_trace(judge_all(book, metrics.observations, TODAY))), Loader=yaml.CSafeLoader)
    assert english["results"]["H1"]["because"].startswith("It happened on 15 June 2025")
    assert trace.verify(english) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("results", "E1", "verdict"), "met"),
        (("results", "E3", "because"), "Allt är bra."),
        (("results", "E1", "readings", "measure=with;base=2022;end=year_end", "value"), 99.0),
        (("goals", "goals", 1, "rule", "target"), 1200),
        (("date",), dt.date(2027, 6, 1)),
        (("counts", "met"), 9),
    ],
)
def test_p21_a_changed_trace_is_found_out(tree, where, value):
    copy = deepcopy(tree)
    place = copy
    for step in where[:-1]:
        place = place[step]
    assert place[where[-1]] != value
    place[where[-1]] = value
    assert trace.verify(copy)


def test_p21_any_changed_observation_behind_a_verdict_is_found_out(tree):
    for id_ in tree["results"]["M1"]["observations"]:
        copy = deepcopy(tree)
        copy["observations"][id_]["value"] += 5
        assert any(line.startswith("M1") for line in trace.verify(copy))


@pytest.mark.parametrize("content", ["inte: ett spår", "[1, 2", "results: {}\ngoals: {}\nobservations: {}\ndate: i går\n"])
def test_a_file_that_is_no_trace_is_told(tmp_path, content):
    path = tmp_path / "status.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"status\.yaml"):
        followup.verify(path, Run(quiet=True))


# ---- frozen follow-ups ---------------------------------------------------------------------------------------------------------
def frozen_then(shipped, change, *, today=TODAY, assessments=()):
    book, metrics = shipped
    before = trace.to_trace(judge_all(book, metrics.observations, TODAY))
    return {(c.goal, c.kind): c.words for c in changes(before, judge_all(book, change(metrics.observations), today, assessments))}


def test_p22_nothing_changed_is_no_change(shipped):
    assert frozen_then(shipped, lambda found: found) == {}


def test_p22_a_revision_is_never_told_as_an_outcome(shipped):
    def revise(found):
        return [replace(o, value=27.1) if (o.indicator, o.date.year) == ("N03110", 2025) else o for o in found]

    told = frozen_then(shipped, revise)
    assert set(told) == {("E1", "revision")}
    assert "27,9 % blev 27,1 %" in told["E1", "revision"].replace("\u00a0", " ")


def test_p22_a_new_outcome_and_the_verdict_it_turns(shipped):
    new = Observation("N03102", dt.date(2026, 12, 31), 3.3, "%", "Årsredovisning 2026")
    told = frozen_then(shipped, lambda found: [*found, new], today=dt.date(2027, 9, 1))
    assert told["E3", "verdict"] == "Från inte på väg till uppnått."
    assert told["E3", "outcome"].replace("\u00a0", " ").startswith("Nytt utfall 2026: 3,3 %, tidigare 2,4 % (2025;")


def test_p22_an_amended_goal_and_another_reading_are_told(shipped):
    book, metrics = shipped
    before = trace.to_trace(judge_all(book, metrics.observations, dt.date(2025, 6, 1)))
    told = {(c.goal, c.kind) for c in changes(before, judge_all(book, metrics.observations, TODAY))}
    assert {("M1", "version"), ("L4", "verdict")} <= told


# ---- the command ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def kil(tmp_path):
    """Return Kil's own folder, as `kil new --municipality 1715` makes it."""
    folder = tmp_path / "kil"
    new_project(folder, "1715", Run(quiet=True))
    return folder


def context(folder, today=TODAY, **settings):
    project, _ = open_project(folder)
    if settings:
        status = project.settings.status.model_copy(update=settings)
        project = replace(project, settings=project.settings.model_copy(update={"status": status}))
    return Context(Run(quiet=True, today=today, out=folder / "ut"), project)


def test_kils_own_folder_is_honest_and_useful(kil):
    part = statuspart.compute(context(kil))
    found = by_id(part.result.status)
    assert part.headline == "19 mål: 18 saknar data och 1 kan inte mätas."
    for verdict in found.values():
        assert verdict.verdict in ("no_data", "not_measurable")
        for item in verdict.judged:
            near = item.reading.proxy or verdict.goal.id == "M5"
            assert near, f"{verdict.goal.id} is judged by something that is not the goal's own"
        lacking = part.result.status.missing_of(verdict)
        assert lacking or verdict.upcoming
        assert all(line.who for line in lacking)
    solar = {item.reading.id: item.outcome for item in found["H8"].judged}
    assert {outcome.value for outcome in solar.values()} == {7.52}
    assert [series.points[-1].value for series in found["H8"].context] == [7.52, 565]
    assert "33 mot 65" in found["M3"].outcome.because.replace("\u00a0", " ")
    assert {o.source for o in public("1715")} <= {source.id for source in part.sources}


def test_a_value_written_in_kils_template_reaches_the_status_and_the_history(kil):
    import openpyxl

    path = kil / "indata" / "nyckeltal.xlsx"
    book = openpyxl.load_workbook(path)
    page = book["Nyckeltal"]
    heads = {cell.value: cell.column for cell in next(row for row in page.iter_rows() if any(c.value == "Mått" for c in row))}
    for row in page.iter_rows():
        wanted = (row[heads["Mått"] - 1].value, getattr(row[heads["Datum"] - 1].value, "year", None))
        if wanted in (("N03110", 2022), ("N03110", 2025)):
            page.cell(row[0].row, heads["Värde"], 30.0 + wanted[1] - 2022)
            page.cell(row[0].row, heads["Inlagt av"], "E. Test")
    book.save(path)
    part = statuspart.compute(context(kil))
    assert by_id(part.result.status)["E1"].verdict == "on_track"
    from data.history import History

    with History(kil / "indata" / "historik.sqlite") as history:
        assert sorted(kept.value for kept in history.entries("N03110")) == [30.0, 33.0]
        assert {kept.recorded_by for kept in history.entries()} == {"E. Test"}


def test_every_setting_of_status_changes_something(kil):
    shown = statuspart.compute(context(kil)).result.status
    hidden = statuspart.compute(context(kil, public_facts=False)).result.status
    assert len(by_id(shown)["H8"].judged) > len(by_id(hidden)["H8"].judged) == 0
    statuspart.compute(context(kil, history="indata/annan.sqlite"))
    assert (kil / "indata" / "annan.sqlite").exists()
    for reference, today in (("2026-T1", dt.date(2026, 5, 1)), ("2026-T2", dt.date(2026, 9, 1))):
        frozen = context(kil, today, followups="arkiv")
        frozen.run.freeze = reference
        statuspart.compute(frozen)
    assert (kil / "arkiv" / "2026-T1.sha256").exists()
    newest = statuspart.compute(context(kil, followups="arkiv")).result.compared_with
    chosen = statuspart.compute(context(kil, followups="arkiv", compare_with="2026-T1")).result.compared_with
    assert (newest, chosen) == ("2026-T2, 2026-09-01", "2026-T1, 2026-05-01")
    assert set(Settings.model_fields["status"].annotation.model_fields) == {
        "public_facts",
        "history",
        "followups",
        "compare_with",
    }


def test_a_frozen_followup_is_kept_once_and_guarded(kil):
    run = context(kil, dt.date(2026, 9, 1))
    run.run.freeze = "2026-T2"
    statuspart.compute(run)
    path = kil / "uppfoljningar" / "2026-T2.yaml"
    assert followup.verify(path, Run(quiet=True)) == 0
    with pytest.raises(InputError, match="redan använd"):
        statuspart.compute(run)
    path.write_text(path.read_text(encoding="utf-8").replace("no_data", "met", 1), encoding="utf-8")
    assert followup.verify(path, Run(quiet=True)) == 1
    with pytest.raises(InputError, match="ändrad sedan den frystes"):
        statuspart.compute(context(kil))
    bad = context(kil)
    bad.run.freeze = "../ut"
    with pytest.raises(InputError, match="--freeze"):
        followup.freeze(judge_all(standard(), (), TODAY), bad.run.freeze, kil, Run(quiet=True))


def written(tmp_path, part, audience):
    from maps.page import Shell

    folder = tmp_path / audience
    folder.mkdir()
    (folder / "status.json").write_text("{}")
    part.write(folder, audience, Shell("Ljusåsa kommun", TODAY, example=True, audience=audience, pages=("status",)))
    return folder


def test_files_public_without_rows_and_names_and_both_verify(tmp_path):
    project = Project(example_folder(), open_project(example_folder())[0].settings, example_folder() / "kil.toml")
    part = statuspart.compute(Context(Run(quiet=True, today=TODAY, out=tmp_path), project))
    public_folder, internal = written(tmp_path, part, "publik"), written(tmp_path, part, "intern")
    for folder in (public_folder, internal):
        assert followup.verify(folder / "status.yaml", Run(quiet=True)) == 0
        assert {"status.html", "status.xlsx", "status.yaml", "status.json"} <= {path.name for path in folder.iterdir()}
    shown = "".join((public_folder / name).read_text(encoding="utf-8") for name in ("status.html", "status.json", "status.yaml"))
    shown += _cells(public_folder / "status.xlsx")
    assert "A. Ek" not in shown
    assert "B. Lund" not in shown
    assert '"rows"' not in shown
    inside = (internal / "status.html").read_text(encoding="utf-8")
    assert "A. Ek" in inside
    assert "nyckeltal.xlsx Nyckeltal 14" in inside
    assert (internal / "nyckeltal_mall.xlsx").exists()
    assert not (public_folder / "nyckeltal_mall.xlsx").exists()
    assert "EXEMPELDATA" in _cells(public_folder / "status.xlsx")


def _cells(path):
    import openpyxl

    book = openpyxl.load_workbook(path)
    return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_text_of_a_file_never_becomes_markup(tmp_path, shipped):
    from maps.page import Shell
    from maps.statuspage import View, page

    book, metrics = shipped
    hostile = "<img src=x onerror=alert(1)>\"'</script>"
    goals = tuple(replace(goal, text=hostile, responsible=hostile) for goal in book.goals[:3])
    observations = [
        replace(o, source=hostile, quality=hostile, vintage="", rows=(RowLink(hostile, (2,), hostile),))
        for o in metrics.observations
    ]
    status = judge_all(replace(book, goals=goals), observations, TODAY)
    html = page(View(status, internal=True), Shell("X", TODAY, pages=("status",)))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_a_goal_leads_to_the_page_with_its_vehicles_roofs_and_invoices(status):
    from maps.page import Shell
    from maps.statuspage import View, page

    every = page(View(status), Shell("X", TODAY, pages=("solcellskarta", "plan", "fordon", "utslapp", "status")))
    alone = page(View(status), Shell("X", TODAY, pages=("status",)))
    for address in ("solcellskarta.html", "plan.html", "fordon.html#andel", "fordon.html#byten", "utslapp.html"):
        assert f'<p><a href="{address}">' in every
        assert f'<p><a href="{address}">' not in alone


def test_a_project_without_goals_has_no_status(tmp_path):
    (tmp_path / "kil.toml").write_text(
        '[municipality]\nname = "X"\nsite = { latitude = 59.5, longitude = 13.3 }\n', encoding="utf-8"
    )
    assert statuspart.compute(context(tmp_path)) is None


def test_strict_ends_with_one_where_a_goal_is_behind():
    project = open_project(example_folder())[0]
    run = Run(quiet=True, today=TODAY, strict=True)
    assert statuspart.compute(Context(run, project)).exit_code == 1
    run.strict = False
    assert statuspart.compute(Context(run, project)).exit_code == 0
