"""Output that is whole or not at all: everything is written beside, then renamed. A failed run leaves the last good files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".kil-ny-"


@contextmanager
def staged(out: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield an empty folder beside `out`; on success each of `parts` in it (file or folder) takes the place of the old one.

    On any error, also a killed run, `out` stays as it was. Left-overs of killed runs are removed by the next one.
    """
    out.mkdir(parents=True, exist_ok=True)
    for leftover in out.glob(PREFIX + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
    try:
        yield stage
        for part in parts:
            if (stage / part).exists():
                _swap(stage / part, out / part, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(new: Path, old: Path, stage: Path) -> None:
    """Put `new` where `old` is. A folder cannot be replaced in one step: the old one steps aside first, and back on failure."""
    if new.is_file():
        os.replace(new, old)  # noqa: PTH105 - Path.replace is the same call; os.replace says that it is atomic
        return
    aside = stage / (old.name + ".gammal")
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if aside.exists():
            aside.rename(old)
        raise
