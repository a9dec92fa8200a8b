"""The command as a person meets it: alone on a terminal, in English, silent, as data, and with wrong words."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import whole_project

from data.texts import catalogue
from kil.project import example_folder

pytestmark = pytest.mark.xdist_group("build")
KIL = Path(sys.executable).with_name("kil")
PATIENCE_S = 120
LETTERS = re.compile("[åäöÅÄÖ]")


def kil(*words, cwd, code=0):
    done = subprocess.run([KIL, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == code, done.stderr
    return done


def on_a_terminal(folder, *answers, words=()):
    """Run kil in a pseudo-terminal, give one answer a question; return (what it said, exit code)."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execv(KIL, [str(KIL), *words])
    said, waiting, until = "", list(answers), time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                said += os.read(terminal, 4096).decode("utf-8", "ignore")
            except OSError:  # the other end has closed
                break
            if waiting and said.rstrip(" ").endswith(":"):
                os.write(terminal, (waiting.pop(0) + "\n").encode())
    os.close(terminal)
    return said, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_alone_it_asks_what_to_do_and_makes_a_project_for_a_municipality(tmp_path):
    said, code = on_a_terminal(tmp_path, "2", "egen", "1715")
    assert code == 0
    assert "Välkommen" in said
    assert "kil check" in said
    assert 'code = "1715"' in (tmp_path / "egen" / "kil.toml").read_text(encoding="utf-8")
    said, code = on_a_terminal(tmp_path / "egen", "3")
    assert code == 0
    assert "kil.toml" in said
    assert "kil --help" in said


def test_help_speaks_the_language_asked_for(tmp_path):
    assert "Build everything" in kil("build", "--lang", "en", "--help", cwd=tmp_path).stdout
    assert "Klimat- och energiuppföljning" in kil("--help", cwd=tmp_path).stdout


def test_where_nobody_can_answer_it_says_the_choices(tmp_path):
    done = kil(cwd=tmp_path)
    assert "kil build" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """A project with the example's lists and no map."""
    folder = tmp_path_factory.mktemp("listor") / "projekt"
    (folder / "indata").mkdir(parents=True)
    shutil.copyfile(example_folder() / "kil.toml", folder / "kil.toml")
    for name in whole_project.LISTS:
        shutil.copyfile(example_folder() / "indata" / name, folder / "indata" / name)
    return folder


@pytest.fixture(scope="module")
def english(lists):
    done = kil("build", "--lang", "en", "--quiet", "--json", "--date", "2026-03-01", cwd=lists)
    return lists / "utdata", done


def test_quiet_and_json_give_data_alone(english):
    out, done = english
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert set(data) == {"fleet", "emissions", "status"}
    for name, tree in data.items():
        assert json.loads((out / "intern" / f"{name}.json").read_text(encoding="utf-8")) == tree


def test_english_pages_have_no_swedish_texts(english):
    swedish = {
        words["sv"]
        for words in catalogue().values()
        if LETTERS.search(words["sv"]) and "{" not in words["sv"] and len(words["sv"]) > 12
    } - {words["en"] for words in catalogue().values()}
    assert len(swedish) > 500
    for audience in ("publik", "intern"):
        for path in sorted((english[0] / audience).glob("*.html")):
            page = path.read_text(encoding="utf-8")
            assert '<html lang="en"' in page, path
            assert sorted(line for line in swedish if f">{line}<" in page or f'"{line}"' in page) == [], path


@pytest.mark.parametrize("command", ["check", "sources", "fleet", "emissions", "status", "build"])
def test_every_command_prints_json_and_only_json(lists, command):
    """Data to stdout, remarks to stderr, with or without --quiet."""
    day = () if command in ("check", "sources") else ("--date", "2026-03-01")
    done = kil(command, "--json", *day, cwd=lists)
    tree = json.loads(done.stdout)
    assert tree
    if command == "build":
        assert set(tree) == {"fleet", "emissions", "status"}
    elif day:
        assert json.loads((lists / "utdata" / "intern" / f"{command}.json").read_text(encoding="utf-8")) == tree
    if command in ("check", "fleet"):
        assert kil(command, "--json", "--quiet", *day, cwd=lists).stderr == ""


@pytest.mark.parametrize("command", ["solar", "plan"])
def test_a_command_without_its_input_prints_empty_json_and_ends_with_two(lists, command):
    done = kil(command, "--json", "--date", "2026-03-01", cwd=lists, code=2)
    assert json.loads(done.stdout) == {}
    assert "byggnader" in done.stderr


def test_exit_codes(lists, tmp_path):
    assert "kil check" in kil("solar", cwd=lists, code=2).stderr  # nothing to build: said with what to do
    kil("fleet", "--strict", "--quiet", "--date", "2026-03-01", cwd=lists, code=1)
    for words in (("build", "--date", "i går"), ("build", "--lang", "de"), ("byggg",), ("build", "--config", "finns-inte.toml")):
        done = kil(*words, cwd=tmp_path, code=2)
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_pages_for_a_frame_and_for_a_strict_policy(lists, tmp_path):
    """Everything of a page in files of its own, beside it; the data files of the same name are left alone."""
    (tmp_path / "indata").mkdir()
    shutil.copyfile(lists / "kil.toml", tmp_path / "kil.toml")
    for name in ("goals.toml", "nyckeltal.xlsx"):
        shutil.copyfile(lists / "indata" / name, tmp_path / "indata" / name)
    kil("build", "--csp", "--embed", "--quiet", "--date", "2026-03-01", cwd=tmp_path)
    for audience in ("publik", "intern"):
        folder = tmp_path / "utdata" / audience
        for page in ("index", "status"):
            html = (folder / f"{page}.html").read_text(encoding="utf-8")
            assert "layout-text embedded" in html
            assert "<style" not in html
            assert not re.search(r"<script(?![^>]* src=)", html)
            assert "kil build --date 2026-03-01 --embed --csp" in html
            for kind in ("css", "js", "json"):
                assert f"{page}.sida.{kind}" in html
                assert (folder / f"{page}.sida.{kind}").stat().st_size
        assert "goals" in json.loads((folder / "status.json").read_text(encoding="utf-8"))
        assert "kil-height" in (folder / "status.sida.js").read_text(encoding="utf-8")


def test_an_online_map_is_the_makers_choice_and_needs_a_service(lists):
    said = kil("build", "--online", cwd=lists, code=2).stderr
    assert "publishing.online" in said
    assert "Traceback" not in said
    assert "nätadress" in " ".join(kil("build", "--help", cwd=lists).stdout.split())
