"""Output that is whole or not at all: everything is written beside, then renamed. A failed run leaves the last good files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEW, OLD = ".kil-ny-", ".kil-gammal-"


@contextmanager
def staged(out: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield an empty folder inside `out`; on success each of `parts` in it (file or folder) takes the place of the old one.

    On any error `out` stays as it was; what a killed run left is put right by the next one.
    """
    out.mkdir(parents=True, exist_ok=True)
    _recover(out)
    stage = Path(tempfile.mkdtemp(prefix=NEW, dir=out))
    try:
        yield stage
        for part in parts:
            if (stage / part).exists():
                _swap(stage / part, out / part)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _recover(out: Path) -> None:
    """Undo a run killed while it worked: put a stepped-aside folder back if its successor never came, drop half-made ones."""
    for aside in out.glob(OLD + "*"):
        home = out / aside.name.removeprefix(OLD)
        if home.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(home)
    for leftover in out.glob(NEW + "*"):
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
