"""Assessment: what the responsible body itself says of a goal. It stands beside the computed verdict and never replaces it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from data.observations import RowLink


@dataclass(frozen=True)
class Assessment:
    """goal, date (the day it is about), verdict (an id of data.goals.VERDICTS), reason, body, who wrote it and when, and the row."""

    goal: str
    date: dt.date
    verdict: str
    reason: str = ""
    body: str = ""
    recorded_by: str = ""
    recorded: dt.date | None = None
    rows: tuple[RowLink, ...] = field(default=())
