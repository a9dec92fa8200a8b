"""What of the emission lists was known on the day of a run: later rows and editions are set aside, and that is said."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pandas as pd

from data.readers.spreadsheet import row_list
from data.texts import text
from kil.inputs import Opened

DATED = ("activities", "base_year")
PUBLISHED = ("editions", "territory")
_EDITION = re.compile(r"(\d{4})(?:-(\d{2}))?(?!\d)")
"""Year, or year and month, that an edition's name begins with."""


def known(opened: Opened, today: dt.date, files: dict[str, str]) -> tuple[Opened, list[str]]:
    """Return the lists as they stood on `today`, and what was set aside. files: name of the file of each list.

    An amount is known when its period is over; a list of which nothing is left is as one that is not there.
    """
    data, said = dict(opened.data), []
    for name in DATED:
        rows = data.get(name)
        late = None if rows is None else rows["end"] > pd.Timestamp(today)
        if late is not None and late.any():
            said.append(text("emissions.warning.later", file=files[name], n=int(late.sum()), date=today, rows=_rows(rows[late])))
            data[name] = rows[~late] if not late.all() else None
    for name in PUBLISHED:
        data[name], more = published(data.get(name), today, files[name])
        said += more
    return replace(opened, data=data), said


def published(rows: pd.DataFrame | None, today: dt.date, file: str) -> tuple[pd.DataFrame | None, list[str]]:
    """Return the rows of editions published by `today`; an edition whose name holds no year is of no known day and is kept."""
    if rows is None or rows.empty:
        return rows, []
    late = rows["edition"].map(lambda name: _after(name, today)).astype(bool)
    if not late.any():
        return rows, []
    names = ", ".join(sorted(set(rows.loc[late, "edition"].astype(str))))
    return rows[~late], [text("emissions.warning.later_editions", file=file, editions=names, date=today)]


def _after(edition: object, today: dt.date) -> bool:
    found = _EDITION.match(str(edition))
    if found is None:
        return False
    year, month = int(found[1]), int(found[2] or 1)
    return 1 <= month <= 12 and (year, month) > (today.year, today.month if found[2] else 1)


def _rows(rows: pd.DataFrame) -> str:
    return row_list([int(row) for row in rows["row"]])
