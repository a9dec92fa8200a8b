"""Output that is whole or not at all: everything is written beside, then renamed. A failed run leaves the last good files."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import Fault, InputError
from data.texts import text

NEW, OLD = ".kil-ny-", ".kil-gammal-"
ABANDONED_S = 3600.0
"""Where runs cannot wait for each other, a half-made folder this old [s] is no longer being written."""


def check_writable(out: Path, parts: tuple[str, ...]) -> None:
    """Raise InputError where `out` cannot take the output: asked before hours of work, not after."""
    wrong = next((each for each in (out, *(out / part for part in parts)) if each.exists() and not each.is_dir()), None)
    if wrong is not None:
        raise InputError(Fault(str(wrong), text("staging.is_file"), text("staging.is_file_fix")))
    here = next((each for each in (out, *out.absolute().parents) if each.exists()), None)
    if here is None or not here.is_dir() or not os.access(here, os.W_OK | os.X_OK):
        raise InputError(Fault(str(out), text("staging.read_only"), text("staging.read_only_fix")))


@contextmanager
def staged(out: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield an empty folder inside `out`; on success each of `parts` in it (file or folder) takes the place of the old one.

    On any error `out` stays as it was; what a killed run left is put right by the next one.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out) as alone:
        _recover(out, older_s=0.0 if alone else ABANDONED_S)
        stage = Path(tempfile.mkdtemp(prefix=NEW, dir=out))
        try:
            yield stage
            for part in parts:
                if (stage / part).exists():
                    _swap(stage / part, out / part)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _alone(out: Path) -> Iterator[bool]:
    """Wait until no other run writes in `out`; yield whether that can be told here. A killed run's hold ends with it."""
    try:
        import fcntl
    except ImportError:  # no such thing on Windows
        yield False
        return
    hold = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX)
        yield True
    finally:
        os.close(hold)


def _recover(out: Path, *, older_s: float) -> None:
    """Undo a run killed while it worked: put a stepped-aside folder back if its successor never came, drop half-made ones."""
    for aside in out.glob(OLD + "*"):
        home = out / aside.name.removeprefix(OLD)
        if home.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(home)
    for leftover in out.glob(NEW + "*"):
        if time.time() - leftover.stat().st_mtime >= older_s:
            shutil.rmtree(leftover, ignore_errors=True)


def _swap(new: Path, old: Path) -> None:
    """Put `new` where `old` is. A folder cannot be replaced in one step: the old one steps aside first, and back on failure."""
    if new.is_file():
        os.replace(new, old)  # noqa: PTH105 - Path.replace is the same call; os.replace says that it is atomic
        return
    aside = old.with_name(OLD + old.name)
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if aside.exists():
            aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)
