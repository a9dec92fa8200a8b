"""One run of a command: its options, what it says while it works, and how it ends. Remarks go to stderr, data to stdout."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.texts import text

if TYPE_CHECKING:
    from rich.console import Console

SAY_AFTER_S = 1.0  # a stage shorter than this needs no line of its own


@dataclass
class Run:
    """What the user asked for, and the console remarks are written to."""

    config: Path | None = None
    out: Path = Path("utdata")
    today: dt.date = field(default_factory=dt.date.today)
    as_json: bool = False
    quiet: bool = False
    debug: bool = False
    strict: bool = False
    freeze: str = ""
    """Reference under which the follow-up of this run is kept."""
    target_mw: float | None = None
    """Target of `kil plan --mw`; None: the settings'."""
    embed: bool = False
    """Pages for a frame of another site."""
    csp: bool = False
    """Pages split for a server whose policy forbids inline code."""
    geojson: bool = False
    """The solar map as plain GeoJSON beside the other."""
    online: bool = False
    """An online base map that the reader may turn on."""

    def __post_init__(self) -> None:
        self._console: Console | None = None

    @property
    def console(self) -> Console:
        """The console on stderr, made when first needed."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=self.quiet)
        return self._console

    def say(self, message: str) -> None:
        """Write one remark, unless --quiet. The text is shown as it stands: no markup is read from it."""
        self.console.print(message, markup=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Show that a stage is going on; leave a line with its time if it took more than a second."""
        started = time.perf_counter()
        with self.console.status(name) if self.console.is_terminal else _nothing():
            yield
        seconds = time.perf_counter() - started
        if seconds >= SAY_AFTER_S:
            self.say(text("run.stage", name=name, seconds=f"{seconds:.1f}".replace(".", ",")))

    @contextmanager
    def bar(self, name: str, total: int) -> Iterator[Any]:
        """Show a progress bar on a terminal; yields `advance(n)`."""
        from rich.progress import Progress

        with Progress(console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            task = progress.add_task(name, total=total)
            yield lambda n=1: progress.advance(task, n)

    def print_json(self, data: object) -> None:
        """Write `data` to stdout."""
        sys.stdout.write(to_json(data))


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def to_json(data: object) -> str:
    """Return `data` as readable JSON: UTF-8, dates as ISO text, a missing number as null (never NaN)."""
    return json.dumps(_plain(data), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return _plain_scalar(value.item() if hasattr(value, "item") else value)


def _plain_scalar(value: Any) -> str | int | float | bool | None:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    import pandas as pd

    return None if pd.isna(value) else str(value)
