"""`kil status`: every goal judged from the observations of the other parts, nyckeltal.xlsx and the municipality's public figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climate import trace
from climate.followup import Change, changes
from climate.status import Status, as_json, judge_all
from data.history import Kept
from data.sources import Source, registry
from data.texts import text
from kil import followup, metricstemplate, publish, statusbook
from kil.parts import Audience, Context, Part
from kil.run import to_json
from kil.statusinputs import StatusInputs, has_book, read_inputs, without_doubles

if TYPE_CHECKING:
    from maps.page import Shell

TRACE, BOOK, TEMPLATE = "status.yaml", "status.xlsx", "nyckeltal_mall.xlsx"


@dataclass(frozen=True)
class Result:
    """Everything the page and the files are made from."""

    status: Status
    corrections: tuple[tuple[Kept, ...], ...]
    changes: tuple[Change, ...]
    compared_with: str
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]
    example: bool


def compute(context: Context) -> Part | None:
    """Return the status of the goals, or None where the project has none (which is said)."""
    project, run = context.project, context.run
    if not has_book(project):
        run.say(text("input.goals", path=project.settings.inputs.goals))
        return None
    with run.stage(text("status.stage")):
        inputs = read_inputs(project, run.today)
        status = _judged(context, inputs)
        frozen = followup.frozen(project, run)
    if run.freeze:
        followup.freeze(status, run.freeze, followup.folder_of(project, run), run)
    result = Result(
        status,
        inputs.corrections,
        changes(frozen.tree, status) if frozen else (),
        f"{frozen.reference}, {frozen.date}" if frozen else "",
        _sources(context, inputs, status),
        inputs.warnings,
        project.settings.municipality.example,
    )
    return Part(
        "status",
        _json(result),
        lambda folder, audience, shell: _write(result, folder, audience, shell),
        pages=("status",),
        headline=status.sentence,
        figure=str(status.counts["met"] + status.counts["on_track"]),
        unit=text("status.headline_unit", n=len(status.active)),
        observations=status.observations,
        sources=result.sources,
        warnings=inputs.warnings,
        exit_code=1 if run.strict and (status.counts["missed"] or status.counts["off_track"]) else 0,
        result=result,
    )


def _judged(context: Context, inputs: StatusInputs) -> Status:
    parts = [context.done[name].observations for name in context.done]
    observations = without_doubles([*parts, inputs.observations])
    return judge_all(inputs.book, observations, context.run.today, inputs.assessments)


def _sources(context: Context, inputs: StatusInputs, status: Status) -> tuple[Source, ...]:
    """Return the sources of the observations the goals rest on, each once."""
    known = {source.id: source for part in context.done.values() for source in part.sources}
    known |= registry() | {source.id: source for source in inputs.sources}
    used = [o.source for verdict in status.verdicts for o in verdict.outcome.used]
    beside = [*status.context, *(series for verdict in status.verdicts for series in verdict.context)]
    used += [o.source for series in beside for o in (*series.points, *series.planned)]
    used += [o.source for verdict in status.verdicts for item in verdict.readings for o in item.outcome.used]
    ids = dict.fromkeys([inputs.sources[0].id, *used])
    return tuple(known[id_] for id_ in ids if id_ in known)


def _json(result: Result) -> dict[str, Any]:
    told = [{"goal": change.goal, "kind": change.kind, "words": change.words} for change in result.changes]
    return as_json(result.status) | {
        "compared_with": result.compared_with or None,
        "changes": told,
        "warnings": list(result.warnings),
    }


def public(tree: dict[str, Any]) -> dict[str, Any]:
    """Return status.json without what is internal: the rows of the municipality's files, and remarks on them."""
    allowed = publish.rules()["json"]["status_goal"]
    goals = [{key: value for key, value in goal.items() if key in allowed} for goal in tree["goals"]]
    return publish.public_json("status", tree | {"goals": goals, "warnings": []})


def public_status(status: Status) -> Status:
    """Return the status without rows of files and without the names of those who wrote."""
    observations = tuple(replace(o, rows=()) for o in status.observations)
    assessments = tuple(replace(item, recorded_by="", rows=()) for item in status.assessments)
    return judge_all(status.book, observations, status.date, assessments)


def _write(result: Result, folder: Path, audience: Audience, shell: Shell) -> None:
    from maps import statuspage

    internal = audience == "intern"
    status = result.status if internal else public_status(result.status)
    view = statuspage.View(
        status,
        corrections=result.corrections if internal else (),
        changes=result.changes,
        compared_with=result.compared_with,
        sources=result.sources,
        warnings=result.warnings if internal else (),
        internal=internal,
    )
    (folder / "status.html").write_text(statuspage.page(view, shell), encoding="utf-8")
    if not internal:
        (folder / "status.json").write_text(to_json(public(_json(result))), encoding="utf-8")
    (folder / TRACE).write_text(followup.dump(trace.to_trace(status)), encoding="utf-8", newline="\n")
    statusbook.write(
        folder / BOOK,
        status,
        corrections=result.corrections,
        changes=result.changes,
        internal=internal,
        example=result.example,
    )
    if internal:
        notes = ("EXEMPELDATA",) if result.example else ()
        metricstemplate.write(folder / TEMPLATE, status, notes=notes)
