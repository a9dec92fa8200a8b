"""Observation: one value of one indicator on one date, with source and edition. Everything this project knows becomes these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["measured", "estimated", "declared", "preliminary"]
KINDS: tuple[Kind, ...] = ("measured", "estimated", "declared", "preliminary")


@dataclass(frozen=True)
class RowLink:
    """The rows of an input file an observation rests on (row numbers as a person sees them)."""

    file: str
    rows: tuple[int, ...] = ()
    sheet: str | None = None


@dataclass(frozen=True)
class Observation:
    """One value.

    indicator: id in the field's words (`pv_capacity_mw`, `N03110`). date: the day, or the last day of the period.
    value, unit: the number and its unit. source: id of a Source. vintage: edition of the series ("2026-06").
    dims: what distinguishes it from its siblings ({"gas": "co2e", "dc_ac": "dc"}), given as any mapping, kept sorted.
    low, high: the range the value may lie in, both or neither.
    """

    indicator: str
    date: dt.date
    value: float
    unit: str
    source: str
    vintage: str = ""
    kind: Kind = "measured"
    quality: str = ""
    dims: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    rows: tuple[RowLink, ...] = ()

    def __post_init__(self) -> None:
        pairs = self.dims.items() if isinstance(self.dims, Mapping) else self.dims
        object.__setattr__(self, "dims", tuple(sorted((str(k), str(v)) for k, v in pairs)))
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}: one of {KINDS}")
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high: both or neither")

    @property
    def dimensions(self) -> dict[str, str]:
        """`dims` as a dict."""
        return dict(self.dims)


def to_frame(observations: Iterable[Observation]) -> pd.DataFrame:
    """Return a tidy frame, one row an observation; dims written `key=value` joined by ;, rows left out."""
    import pandas as pd

    names = [field.name for field in fields(Observation) if field.name != "rows"]
    records = [
        {name: getattr(o, name) for name in names} | {"dims": ";".join(f"{k}={v}" for k, v in o.dims)} for o in observations
    ]
    return pd.DataFrame(records, columns=names)


def from_frame(frame: pd.DataFrame) -> list[Observation]:
    """Return the observations of a frame made by `to_frame` (any date form pandas reads)."""
    import pandas as pd

    return [
        Observation(
            **row
            | {
                "date": pd.Timestamp(row["date"]).date(),
                "dims": dict(p.split("=", 1) for p in row["dims"].split(";") if p),
                **{end: None if pd.isna(row.get(end)) else row[end] for end in ("low", "high")},
            }
        )
        for row in frame.to_dict("records")
    ]
