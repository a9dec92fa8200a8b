"""Words the command line does not know, and its help: in the reader's language, with what to do."""

import re
import sys

import pytest

from data.errors import InputError
from kil import followup
from kil.cli import app, main
from kil.run import Run

ENGLISH = re.compile(r"\b(Usage|Options|Commands|Error|Try|Missing|Invalid|Input should|such|Show this|default|required)\b")


def said(capsys, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["kil", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    return ended.value.code, output.out + output.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["bild"], "Kommandot bild finns inte. Menade du build?"),
        (["solar", "--quit"], "Valet --quit finns inte. Menade du --quiet?"),
        (["build", "--date", "imorgon"], "--date: 'imorgon' är inget datum."),
        (["build", "--lang", "de"], "--lang: 'de' är inget språk"),
        (["plan", "--mw", "-3"], "--mw: talet ska vara minst 0."),
        (["plan", "--mw", "sex"], "--mw: ska vara ett tal"),
        (["plan", "--mw"], "Efter --mw behövs ett värde."),
        (["new"], "MAPP saknas."),
        (["solar", "a", "b"], "för mycket: a b."),
        (["solar", "--json=3"], "--json tar inget värde."),
    ],
)
def test_wrong_words_are_answered_in_swedish(capsys, monkeypatch, words, expected):
    code, told = said(capsys, monkeypatch, *words)
    assert code == 2 and expected in told and "--help` för hjälp." in told
    assert not ENGLISH.search(told)


@pytest.mark.parametrize("command", ["", *(command.name for command in app.registered_commands)])
def test_help_has_no_word_of_the_librarys(capsys, monkeypatch, command):
    code, told = said(capsys, monkeypatch, *filter(None, [command, "--help"]))
    assert code == 0 and told.startswith("Så här: kil") and not ENGLISH.search(told)


@pytest.mark.parametrize("reference", ["a/b", "", "x" * 61])
def test_a_reference_that_cannot_be_used_is_told_before_anything_is_computed(tmp_path, reference):
    with pytest.raises(InputError, match="--freeze"):
        followup.check_reference(reference, Run(out=tmp_path))


def test_a_reference_already_used_is_told_before_anything_is_computed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "utdata" / "uppfoljningar").mkdir(parents=True)
    (tmp_path / "utdata" / "uppfoljningar" / "T1.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"T1\.yaml"):
        followup.check_reference("T1", Run(out=tmp_path / "utdata"))
