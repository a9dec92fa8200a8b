"""What `kil status` reads: the goals, nyckeltal.xlsx with its history, and the municipality's public figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from climate.series import is_known
from data.assessments import Assessment
from data.errors import FaultCollector, InputError
from data.goals import GoalBook, load, standard
from data.history import History, Kept
from data.observations import Observation
from data.publicfacts import has_goals, observations
from data.readers import metrics
from data.readers.metrics import Metrics
from data.readers.reading import Reading
from data.readers.spreadsheet import row_list
from data.sources import Source, of_file, registry
from data.texts import text
from kil.project import Project, example_folder

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

OUTCOMES = ("measured", "preliminary")
"""Kinds of values that are no plan."""


@dataclass(frozen=True)
class StatusInputs:
    """Everything read. corrections: values written more than once, oldest first."""

    book: GoalBook
    observations: tuple[Observation, ...]
    assessments: tuple[Assessment, ...] = ()
    corrections: tuple[tuple[Kept, ...], ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()


def has_book(project: Project) -> bool:
    """Return whether the project has goals: its own file, or the shipped ones of its municipality."""
    return project.has("goals") or has_goals(project.settings.municipality.code)


def goals(project: Project) -> Reading[GoalBook]:
    """Return the project's goals and what they rest on."""
    base = project.own_source
    if project.has("goals"):
        path = project.path("goals")
        return Reading(load(path), of_file(path, base))
    return Reading(standard(), registry()["kil_goals"])


def metric_values(project: Project) -> Reading[Metrics]:
    """Return nyckeltal.xlsx, read with the project's own indicators."""
    example = project.settings.municipality.example
    return metrics.read(project.path("metrics"), goals(project).data, example=example)


def read_inputs(project: Project, today: dt.date) -> StatusInputs:
    """Return everything; raise InputError with the faults of every file. Adds what is new to the history."""
    values: Reading[Metrics] | None = None
    with FaultCollector() as faults:
        book = goals(project)
        if project.has("metrics"):
            try:
                values = metric_values(project)
            except InputError as error:
                faults.absorb(error)
    facts = public_facts(project)
    found = values.data if values else Metrics()
    with History(_history_path(project)) as history:
        if values:
            history.record(found.entries, today)
        corrections = tuple(map(tuple, history.corrections().values()))
    cited = {registry()[o.source] for o in facts if o.source in registry()}
    return StatusInputs(
        book.data,
        (*facts, *found.observations),
        found.assessments,
        corrections,
        (book.source, *found.sources, *sorted(cited, key=lambda source: source.id)),
        (*values.warnings, *_later(found, book.data, today, project.path("metrics").name)) if values else (),
    )


def _later(found: Metrics, book: GoalBook, today: dt.date, file: str) -> Iterator[str]:
    """Yield what of nyckeltal.xlsx lies after the day of the run: outcomes that were not known then, and assessments made later."""
    outcomes = [o for o in found.observations if o.kind in OUTCOMES and not is_known(book.indicators[o.indicator], o, today)]
    judged = [item for item in found.assessments if item.date > today]
    for key, later in (("status.later", outcomes), ("status.later_assessments", judged)):
        if later:
            rows = row_list(sorted(row for item in later for link in item.rows for row in link.rows))
            yield text(key, file=file, n=len(later), date=today, rows=rows)


def public_facts(project: Project) -> tuple[Observation, ...]:
    """Return the public figures shipped for the municipality, unless the settings leave them out."""
    settings = project.settings
    return observations(settings.municipality.code) if settings.status.public_facts else ()


def _history_path(project: Project) -> Path | str:
    """Return where the history is kept; the shipped example is never written to."""
    if project.folder.resolve() == example_folder().resolve():
        return ":memory:"
    path = project.folder / project.settings.status.history
    return path if path.parent.is_dir() else ":memory:"


def without_doubles(groups: Sequence[Sequence[Observation]]) -> tuple[Observation, ...]:
    """Return all observations, each value once: what an earlier group says of a day and edition, a later one does not say again."""
    found: dict[tuple, Observation] = {}
    kept: list[Observation] = []
    for group in groups:
        known = dict(found)
        for o in group:
            key = (o.indicator, o.date, o.dims, o.vintage)
            if key not in known:
                kept.append(o)
                found.setdefault(key, o)
    return tuple(kept)
