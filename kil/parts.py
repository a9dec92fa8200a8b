"""What a module of the build gives and gets: `compute(context) -> Part | None` in kil/<name>part.py.

A part that waits for others may have `first(context) -> Any`: called before anything is computed, it reads the part's files and
raises their faults; what it returns is the context's `read`. A long part may have `check(context)`: called instead of `compute` when
files of another are faulty. A part computes first and writes later: faults of all inputs are known before a single file is made. What
a part writes is decided per audience: "publik" holds only what data/reference/publicering.toml lists, "intern" everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kil.project import Project
from kil.run import Run

if TYPE_CHECKING:
    from data.observations import Observation
    from data.settings import Settings
    from data.sources import Source
    from maps.page import Shell

Audience = Literal["publik", "intern"]
AUDIENCES: tuple[Audience, ...] = ("publik", "intern")


@dataclass(frozen=True)
class Part:
    """One module's result.

    name: "solar", "plan", "fleet", "emissions" or "status". pages: ids from maps.page.PAGES that `write` makes. json: what
    `--json` prints and intern/<name>.json holds; publik/ gets the keys publicering.toml lists. write(folder, audience, shell):
    writes pages and files. headline: one sentence for the index page that may be public, empty for none; figure, unit: its key
    number as shown, and the number's unit. observations: for the status of the goals. exit_code: 1 where --strict found a broken rule.
    warnings may name files, rows and ids and are internal; public_warnings are what of them anyone may read.
    result: the module's own result, for parts that build on this one; measures: tonnes by year, for the emission path.
    """

    name: str
    json: Mapping[str, Any]
    write: Callable[[Path, Audience, Shell], None]
    pages: tuple[str, ...] = ()
    headline: str = ""
    figure: str = ""
    unit: str = ""
    observations: tuple[Observation, ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    public_warnings: tuple[str, ...] = ()
    exit_code: int = 0
    result: Any = None
    measures: Any = None


@dataclass(frozen=True)
class Context:
    """What a part may use: the run, the project, the parts computed before it by name, and what its own `first` returned."""

    run: Run
    project: Project
    done: Mapping[str, Part] = field(default_factory=dict)
    read: Any = None

    @property
    def settings(self) -> Settings:
        """The project's settings."""
        return self.project.settings
