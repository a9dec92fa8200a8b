"""The fleet's part of `kil check`: what only shows when the rows of the lists are put together."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.errors import Fault, InputError
from kil.project import Project


def check(project: Project, opened: dict[str, Any]) -> tuple[list[Fault], list[str]]:
    """Return faults of the project's own definitions; and remarks on duplicates, dates that contradict, and unknown pairs.

    The remarks do not stop a run: each says how the row counts until it is mended.
    """
    from fleet.register import register
    from fleet.replacements import ledger_faults
    from kil.fleetinputs import definitions

    faults: list[Fault] = []
    if project.has("definitions") or "vehicles" in opened:
        try:
            definitions(project)
        except InputError as error:
            faults += error.faults
    if "vehicles" not in opened:
        return faults, []
    settings = project.settings
    # on the day of the latest date in the list: the same list is checked the same way whatever the day
    rows = opened["vehicles"].rows
    today = rows[["in_date", "out_date", "snapshot"]].max().max()
    if pd.isna(today):
        return faults, []
    made = register(rows, settings.fleet.vehicles, today=today.date(), owners=settings.municipality.owners)
    found = list(made.faults)
    if "replacements" in opened:
        found += ledger_faults(opened["replacements"].rows, made.vehicles, project.path("replacements").name)
    return faults, [str(fault) for fault in found]
