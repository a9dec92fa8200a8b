"""Frozen follow-ups: the trace of one day kept with its checksum and a reference, verified and compared with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from climate import trace
from data.errors import Fault, InputError
from data.sources import sha256
from data.texts import text
from kil.project import Project, example_folder, open_project
from kil.run import Run

if TYPE_CHECKING:
    from climate.status import Status

REFERENCE = re.compile(r"[\w.-]{1,60}")
DIFFERS = 1
"""Exit code where a verdict does not follow from its trace."""


@dataclass(frozen=True)
class Frozen:
    """A frozen follow-up: its reference, the day it is about and its trace."""

    reference: str
    date: dt.date
    tree: Mapping[str, Any]
    sha256: str


def folder_of(project: Project, run: Run) -> Path:
    """Return where follow-ups are kept: in the project, or beside the output for the shipped example."""
    shipped = project.folder.resolve() == example_folder().resolve()
    return (run.out if shipped else project.folder) / project.settings.status.followups


def dump(tree: Mapping[str, Any]) -> str:
    """Return the trace as YAML that a person can read."""
    return yaml.dump(dict(tree), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


class _Dumper(yaml.CSafeDumper):
    """YAML without anchors: every value stands where it is read."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def read(path: Path) -> Mapping[str, Any]:
    """Return a trace; raise InputError where the file is none."""
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(Fault(str(path), text("readers.absent"), text("status.trace.absent_fix"))) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        str(error).splitlines()[0]
        raise InputError(Fault(path.name, text("status.trace.broken"), text("status.trace.broken_fix"))) from None
    if not isinstance(tree, dict) or not {"results", "goals", "observations", "date"} <= set(tree):
        raise InputError(Fault(path.name, text("status.trace.broken"), text("status.trace.broken_fix")))
    return tree


def verify(path: Path, run: Run) -> int:
    """Recompute every verdict of the file from the file alone; say what differs; return the exit code."""
    tree = read(path)
    differences = trace.verify(tree, path.name)
    if run.as_json:
        run.print_json({"file": path.name, "goals": len(tree["results"]), "differences": differences})
    for line in differences:
        run.say(line)
    readings = sum(len(result.get("readings") or {}) for result in tree["results"].values())
    key = "status.verify.differs" if differences else "status.verify.holds"
    run.say(text(key, file=path.name, n=len(tree["results"]), readings=readings, differences=len(differences)))
    return DIFFERS if differences else 0


def freeze(status: Status, reference: str, folder: Path, run: Run) -> Path:
    """Keep the follow-up: REF.yaml and REF.sha256. A reference is used once."""
    path = _unused(reference, folder)
    folder.mkdir(parents=True, exist_ok=True)
    tree = {"reference": reference, **trace.to_trace(status)}
    path.write_text(dump(tree), encoding="utf-8", newline="\n")
    digest = sha256(path)
    path.with_suffix(".sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    run.say(text("status.freeze.done", path=path, sha=digest))
    return path


def check_reference(reference: str, run: Run) -> None:
    """Raise InputError for a reference that cannot be used: asked before a minute of work, not after."""
    _unused(reference, folder_of(open_project(run.config)[0], run))


def _unused(reference: str, folder: Path) -> Path:
    if not REFERENCE.fullmatch(reference):
        raise InputError(Fault("--freeze", repr(reference), text("status.freeze.bad_ref_fix")))
    path = folder / f"{reference}.yaml"
    if path.exists():
        raise InputError(Fault(path.name, text("status.freeze.taken"), text("status.freeze.taken_fix")))
    return path


def frozen(project: Project, run: Run) -> Frozen | None:
    """Return the follow-up to compare with: the one the settings name, else the newest dated before the run; None if there is none.

    Raises InputError where the file has been changed since it was frozen.
    """
    folder, wanted = folder_of(project, run), project.settings.status.compare_with
    paths = [folder / f"{wanted}.yaml"] if wanted else sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    found = [_checked(path) for path in paths]
    before = [item for item in found if item.date < run.today or wanted]
    return max(before, key=lambda item: (item.date, item.reference), default=None)


def _checked(path: Path) -> Frozen:
    tree = read(path)
    stated = path.with_suffix(".sha256")
    digest = sha256(path)
    if not stated.exists() or stated.read_text(encoding="utf-8").split()[:1] != [digest]:
        raise InputError(Fault(path.name, text("status.freeze.changed"), text("status.freeze.changed_fix")))
    return Frozen(str(tree.get("reference", path.stem)), tree["date"], tree, digest)
