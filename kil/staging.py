"""Output that is whole or not at all: everything is written beside, then renamed. A failed run leaves the last good files."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from data.errors import Fault, InputError, KilError
from data.texts import text

NEW, OLD, HELD = ".kil-ny-", ".kil-gammal-", ".kil-las"
FULL_BYTES = 64 * 2**20
"""Bytes left on the disk under which a library that fails while it writes has failed for that: each says so in its own words, and a
GeoPackage that did not fit has given its room back by then."""
WAIT_S = 0.2
"""Between two looks at whether another run is done [s]."""
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
        except (KilError, OSError):
            raise
        except Exception as error:
            if shutil.disk_usage(stage).free < FULL_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out)) from error
            raise
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _alone(out: Path) -> Iterator[bool]:
    """Wait until no other run writes in `out`; yield whether that can be told here. A killed run's hold ends with it."""
    if find_spec("fcntl"):
        with _held_folder(out):
            yield True
    elif find_spec("msvcrt"):  # Windows
        with _held_file(out / HELD):
            yield True
    else:
        yield False


@contextmanager
def _held_folder(out: Path) -> Iterator[None]:
    import fcntl

    hold = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX)
        yield
    finally:
        os.close(hold)


@contextmanager
def _held_file(path: Path) -> Iterator[None]:
    """Hold the first byte of a file: Windows holds no folders. Whoever is last takes the file away; it cannot while another waits."""
    import msvcrt

    hold = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        while not _taken(msvcrt, hold):
            time.sleep(WAIT_S)
        try:
            yield
        finally:
            msvcrt.locking(hold, msvcrt.LK_UNLCK, 1)
    finally:
        os.close(hold)
        with suppress(OSError):
            path.unlink()


def _taken(msvcrt: Any, hold: int) -> bool:
    try:
        msvcrt.locking(hold, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


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
