"""Table contracts: what every column means, and one function that finds every fault at once. Pandera does the checking.

The contracts themselves stand in `data.layers`; readers end with `validate(frame, TABLE, ...)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from data.errors import Fault, InputError
from data.texts import text

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

Dtype = Literal["str", "int", "float", "bool", "date", "geometry"]
MAX_FAULTS_PER_CHECK = 20  # a column wrong in every row is told 20 times, then counted


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, allowed range or values, whether it may be empty, and what it means."""

    name: str
    dtype: Dtype
    meaning: str
    label: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    nullable: bool = False
    unique: bool = False
    required: bool = True


@dataclass(frozen=True)
class Table:
    """A contract: its columns, and whether its rows have a geometry in metres. Columns it does not name are let through."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    spatial: bool = False

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


def validate(
    frame: pd.DataFrame, table: Table, *, file: str, sheet: str | None = None, rows: pd.Series | None = None
) -> pd.DataFrame:
    """Return `frame` with the contract's columns first and of the contract's types; raise InputError with every fault.

    `rows` maps the frame's index to row numbers in the file (default: position + 2, a header being row 1; None in the
    message for spatial tables, which have no rows a person sees).
    """
    frame = _with_optional(frame, table)
    missing = list(_missing(frame, table, file, sheet))
    faults = [*_crs_faults(frame, table, file), *missing]
    absent = {column.name: None for column in table.columns if column.name not in frame.columns}
    checked, more = _checked(frame.assign(**absent), table, rows, (file, sheet))
    told = {fault.column for fault in missing}
    faults += [fault for fault in more if fault.column not in told]
    if faults:
        raise InputError(faults)
    return checked[[*table.names, *(name for name in checked.columns if name not in table.names)]]


def require_metres(frame: pd.DataFrame, file: str) -> None:
    """Raise InputError unless the GeoDataFrame has a CRS whose unit is metres."""
    if faults := list(_metre_faults(frame, file)):
        raise InputError(faults)


def _with_optional(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    absent = {c.name: None for c in table.columns if not c.required and c.name not in frame.columns}
    return frame.assign(**absent) if absent else frame


def _row_numbers(frame: pd.DataFrame, rows: pd.Series | None) -> dict[object, int]:
    numbers = range(2, len(frame) + 2) if rows is None else rows.reindex(frame.index)
    return {index: int(number) for index, number in zip(frame.index, numbers, strict=True)}


def _crs_faults(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Fault]:
    if table.spatial:
        yield from _metre_faults(frame, file)


def _metre_faults(frame: pd.DataFrame, file: str) -> Iterator[Fault]:
    crs = getattr(frame, "crs", None)
    if crs is None:
        yield Fault(file, text("table.no_crs"), text("table.no_crs_fix"), expected=text("table.metres"))
    elif not crs.is_projected:
        got = text("table.degrees", crs=crs.to_string()[:40])
        yield Fault(file, got, text("table.degrees_fix"), expected=text("table.metres"))


def _missing(frame: pd.DataFrame, table: Table, file: str, sheet: str | None) -> Iterator[Fault]:
    for column in table.columns:
        if column.name not in frame.columns:
            fix = text("table.missing_column_fix", column=column.label, meaning=column.meaning)
            yield Fault(file, text("table.missing_column"), fix, sheet=sheet, column=column.label)


@cache
def schema(table: Table) -> pa.DataFrameSchema:
    """Return the contract as a pandera schema (coercing; unknown columns pass)."""
    import pandera.pandas as pa

    checks = {
        "float": float,
        "int": "Int64",
        "str": "string",
        "bool": "boolean",
        "date": "datetime64[ns]",
        "geometry": None,
    }
    return pa.DataFrameSchema(
        {
            c.name: pa.Column(
                checks[c.dtype], checks=_checks(c), nullable=c.nullable, unique=c.unique, coerce=c.dtype != "geometry"
            )
            for c in table.columns
        }
    )


def _checks(column: Column) -> list[pa.Check]:
    import pandera.pandas as pa

    checks = []
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum, name="below"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, name="above"))
    if column.values:
        checks.append(pa.Check.isin(column.values, name="not_allowed"))
    return checks


def _checked(
    frame: pd.DataFrame, table: Table, rows: pd.Series | None, place: tuple[str, str | None]
) -> tuple[pd.DataFrame, list[Fault]]:
    from pandera.errors import SchemaErrors

    try:
        return schema(table).validate(frame, lazy=True), []
    except SchemaErrors as error:
        cases, numbers = _first_causes(error.failure_cases), _row_numbers(frame, rows)
    return frame, [
        _fault(table[str(name)], _kind(str(check)), case.failure_case, (*place, numbers.get(case.index)))
        for (name, check), group in cases.groupby(["column", "check"], sort=False)
        for case in group.head(MAX_FAULTS_PER_CHECK).itertuples()
    ]


def _first_causes(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the failure cases without those that only follow from a column of the wrong type."""
    coercion = cases["check"].astype(str).str.startswith("coerce_dtype")
    return cases[coercion | ~cases["column"].isin(set(cases.loc[coercion, "column"]))]


def _kind(check: str) -> str:
    for kind, start in (("below", "greater_than"), ("above", "less_than"), ("not_allowed", "isin")):
        if check == kind or check.startswith(start):
            return kind
    return {"not_nullable": "null", "field_uniqueness": "duplicate"}.get(check, "bad_type")


def _fault(column: Column, kind: str, value: object, place: tuple[str, str | None, int | None]) -> Fault:
    file, sheet, row = place
    got = text(f"table.{kind}", value=value, dtype=text(f"dtype.{column.dtype}"))
    fix = text("table.fix_duplicate") if kind == "duplicate" else text("table.fix_value", meaning=column.meaning)
    expected = None if kind == "duplicate" else _expected(column)
    return Fault(file, got, fix, sheet=sheet, row=row, column=column.label, expected=expected)


def _expected(column: Column) -> str:
    if column.values:
        return ", ".join(column.values)
    bounds = [
        f"≥ {column.minimum:g}" if column.minimum is not None else "",
        f"≤ {column.maximum:g}" if column.maximum is not None else "",
    ]
    wanted = " ".join(filter(None, [text(f"dtype.{column.dtype}"), " ".join(filter(None, bounds)), column.unit]))
    return wanted
