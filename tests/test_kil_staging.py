"""A failed or killed run leaves the last good output."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest

from data.errors import InputError
from kil import staging
from kil.staging import check_writable, staged


def good(out):
    with staged(out, ("publik", "a.json")) as stage:
        (stage / "publik").mkdir()
        (stage / "publik" / "x").write_text("old")
        (stage / "a.json").write_text("old")


def test_success_replaces_folders_and_files_and_leaves_others(tmp_path):
    good(tmp_path)
    (tmp_path / "egen.txt").write_text("mine")
    with staged(tmp_path, ("publik", "a.json")) as stage:
        (stage / "publik").mkdir()
        (stage / "publik" / "y").write_text("new")
        (stage / "a.json").write_text("new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "egen.txt", "publik"]
    assert [p.name for p in (tmp_path / "publik").iterdir()] == ["y"]


def test_an_error_leaves_the_last_good_output(tmp_path):
    good(tmp_path)
    with pytest.raises(OSError, match="No space"), staged(tmp_path, ("publik",)) as stage:
        (stage / "publik").mkdir()
        raise OSError(28, "No space left on device")
    assert (tmp_path / "publik" / "x").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "publik"]


@pytest.mark.parametrize(("free", "said"), [(4096, "No space"), (2**30, "commit")])
def test_a_library_that_fails_on_a_full_disk_failed_for_that(tmp_path, monkeypatch, free, said):
    """GDAL's "Failed to commit transaction" is no OSError; with room left it is a bug and keeps its words."""
    good(tmp_path)
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises((OSError, RuntimeError), match=said), staged(tmp_path, ("publik",)):
        raise RuntimeError("Failed to commit transaction")
    assert (tmp_path / "publik" / "x").read_text() == "old"


def test_a_killed_run_leaves_the_last_good_output_and_the_next_run_cleans(tmp_path):
    good(tmp_path)
    code = textwrap.dedent(f"""
        import os, signal, pathlib
        from kil.staging import staged
        with staged(pathlib.Path({str(tmp_path)!r}), ("publik",)) as stage:
            (stage / "publik").mkdir()
            os.kill(os.getpid(), {int(signal.SIGKILL)})
    """)
    killed = subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "publik" / "x").read_text() == "old"
    good(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "publik"]


def test_killed_between_the_two_renames_the_old_folder_comes_back(tmp_path):
    good(tmp_path)
    (tmp_path / "publik").rename(tmp_path / ".kil-gammal-publik")
    with staged(tmp_path, ()):
        pass
    assert (tmp_path / "publik" / "x").read_text() == "old"


def test_two_runs_at_once_wait_for_each_other(tmp_path):
    """Each finds its own half-made folder whole: what a killed run left is told from what another run is writing."""
    code = """
        import sys, time
        from pathlib import Path
        from kil.staging import staged
        out, mark = Path(sys.argv[1]), sys.argv[2]
        with staged(out, ("publik",)) as stage:
            (stage / "publik").mkdir()
            time.sleep(0.4)
            (stage / "publik" / "x").write_text(mark)
            (stage / "publik" / "y").write_text(mark)
    """
    words = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    runs = [subprocess.Popen([*words, mark]) for mark in ("a", "b")]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    assert [p.name for p in tmp_path.iterdir()] == ["publik"]
    assert (tmp_path / "publik" / "x").read_text() == (tmp_path / "publik" / "y").read_text()


class Windows:
    """What staging uses of Windows' msvcrt: a byte range of a file is one handle's, and another that asks is refused at once."""

    LK_UNLCK, LK_NBLCK = 0, 2

    def __init__(self):
        self.owner, self.refused = {}, 0

    def locking(self, handle, mode, count):
        file = os.fstat(handle).st_ino
        assert count == 1
        if mode == self.LK_UNLCK:
            assert self.owner.pop(file) == handle
        elif self.owner.setdefault(file, handle) != handle:
            self.refused += 1
            raise OSError(13, "Permission denied")


@pytest.fixture
def windows(monkeypatch):
    system = Windows()
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", system)
    monkeypatch.setattr(staging, "find_spec", lambda name: system if name == "msvcrt" else None)
    monkeypatch.setattr(staging, "WAIT_S", 0.02)
    return system


def test_two_runs_at_once_wait_for_each_other_on_windows(tmp_path, windows):
    inside, most = [], []

    def run(mark):
        with staged(tmp_path, ("publik",)) as stage:
            inside.append(mark)
            most.append(len(inside))
            (stage / "publik").mkdir()
            time.sleep(0.2)
            (stage / "publik" / "x").write_text(mark)
            inside.remove(mark)

    threads = [threading.Thread(target=run, args=(mark,)) for mark in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1] and windows.refused > 0 and windows.owner == {}
    assert [p.name for p in tmp_path.iterdir() if p.name != staging.HELD] == ["publik"]


def test_a_failed_run_lets_go_on_windows(tmp_path, windows):
    with pytest.raises(OSError, match="No space"), staged(tmp_path, ("publik",)):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == [] and windows.owner == {}


def test_where_nothing_can_be_held_a_young_half_made_folder_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "find_spec", lambda name: None)
    (tmp_path / ".kil-ny-other").mkdir()
    good(tmp_path)
    assert (tmp_path / ".kil-ny-other").is_dir() and (tmp_path / "publik" / "x").read_text() == "old"


@pytest.mark.parametrize("taken", ["utdata", "utdata/publik"])
def test_a_file_in_the_way_is_told_and_kept(tmp_path, taken):
    path = tmp_path / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path / "utdata", ("publik", "intern"))
    assert str(path) in str(caught.value) and "-o" in str(caught.value)
    assert path.read_text() == "mine"


def test_a_folder_that_does_not_exist_yet_is_fine_and_not_made(tmp_path):
    check_writable(tmp_path / "a" / "b", ("publik",))
    assert not (tmp_path / "a").exists()
    (tmp_path / "fil").write_text("")
    with pytest.raises(InputError, match="går inte att skriva"):
        check_writable(tmp_path / "fil" / "utdata", ("publik",))
