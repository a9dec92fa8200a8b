"""`kil check`: every fault in every input, with row and suggestion; then what is missing and what it would add."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from data.errors import Fault, InputError
from data.texts import text
from kil import fleetcheck, matchfile
from kil.fitting import fit, outside
from kil.inputs import READERS, absent, begun, lacking, named
from kil.project import Project, open_project
from kil.run import Run

FAULTY, CLEAN = 2, 0


def check_project(run: Run, files: list[Path]) -> int:
    """Check `files` (default: every input of the project); say what was found; return the exit code."""
    project, shipped = open_project(run.config)
    faults: list[Fault] = []
    warnings: list[str] = []
    opened: dict[str, Any] = {}
    for name in _names(project, files):
        with run.stage(text("check.reading", file=getattr(project.settings.inputs, name))):
            found, said = _one(project, name, opened)
        faults += found
        warnings += said
    for check in (_fitted, fleetcheck.check, partial(matchfile.check, write=not shipped and not files)):
        found, said = check(project, opened)
        faults += found
        warnings += said
    missing = [] if files else project.missing()
    if run.as_json:
        run.print_json({"faults": [asdict(fault) for fault in faults], "warnings": warnings, "missing": missing})
    for heading, lines in (("check.faults", faults), ("check.warnings", warnings), ("check.missing", missing)):
        if lines:
            run.say(text(heading, n=len(lines)))
            run.say("".join(f"  {line}\n" for line in lines))
    run.say(text("check.faulty" if faults else "check.clean"))
    return FAULTY if faults else CLEAN


def _names(project: Project, files: list[Path]) -> list[str]:
    if not files:
        return list(READERS)
    known = {project.path(name).resolve(): name for name in READERS}
    strangers = [str(file) for file in files if file.resolve() not in known]
    if strangers:
        expected = ", ".join(getattr(project.settings.inputs, name) for name in READERS)
        raise InputError(Fault(name, text("check.stranger"), text("check.stranger_fix"), expected=expected) for name in strangers)
    return [known[file.resolve()] for file in files]


def _one(project: Project, name: str, opened: dict[str, Any]) -> tuple[list[Fault], list[str]]:
    """Return faults and remarks of one input; keep what was read in `opened`."""
    if not project.has(name):
        wanted = named(project, name) or (begun(project) and name in lacking(project))
        return ([absent(project, name)] if wanted else []), []
    try:
        reading = READERS[name](project)
    except InputError as error:
        return list(error.faults), []
    opened[name] = reading.data
    told = list(getattr(reading.data, "faults", ()))  # lists read whatever is wrong in them
    return told, [line for line in reading.warnings if line not in set(map(str, told))]


def _fitted(project: Project, opened: dict[str, Any]) -> tuple[list[Fault], list[str]]:
    """Put the inputs that were read on each other; return faults and remarks."""
    try:
        fitted, said = fit(opened, project.settings.municipality.crs, project.settings.municipality.site)
    except InputError as error:
        return list(error.faults), []
    opened.update(fitted)
    return [], [*said, *outside(fitted)]
