"""koppling.xlsx in the project folder: `kil check` joins facilities to buildings and writes what is left for a person to settle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import Fault, InputError
from data.readers import matching
from data.texts import text
from kil.project import Project
from kil.staging import staged


def check(project: Project, opened: Mapping[str, Any], *, write: bool) -> tuple[list[Fault], list[str]]:
    """Return the faults and remarks of joining the inputs that were read; write koppling.xlsx if there is something in it to settle.

    Nothing is done where the lists or the corrections had faults of their own: what a person has written is never lost.
    """
    if "facilities" not in opened or "buildings" not in opened or ("matches" not in opened and project.has("matches")):
        return [], []
    try:
        found = matching.match(
            opened["facilities"],
            opened["buildings"],
            corrections=opened.get("matches"),
            settings=project.settings.matching,
        )
    except InputError as error:
        return list(error.faults), []
    said = list(found.warnings)
    if write and (len(found.unmatched) or len(found.corrections)):
        _write(project.path("matches"), found)
        said.append(text("matching.written", path=project.settings.inputs.matches, n=len(found.unmatched)))
    return [], said


def _write(path: Path, found: matching.Matching) -> None:
    try:
        with staged(path.parent, (path.name,)) as stage:
            matching.write_corrections(stage / path.name, found)
    except PermissionError:
        raise InputError(Fault(path.name, text("matching.open"), text("matching.open_fix"))) from None
