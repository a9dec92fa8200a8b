"""Rows that add up the others: people end a list with "Summa". Read as a row it is counted twice, or is a heap of faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from data.readers.cells import as_text, fold, is_empty
from data.tables import Table

WORDS = frozenset({"summa", "delsumma", "totalt", "total", "totalsumma", "totalsum", "summatotalt", "summering", "sum"})
BEGINNINGS = ("summa", "delsumma", "totalt", "totalsumma")
MOST_EMPTY = 0.5
"""Share of the columns a row must fill from which a row that only begins with such a word is a sum."""


def sums(cells: pd.DataFrame, known: pd.DataFrame, table: Table) -> pd.Index:
    """Return the index of the rows that are sums. cells: the sheet as it stands. known: its columns that the contract knows, renamed.

    A sum's first cell is one of WORDS; or a cell begins with one ("Summa 2025") and half of what a row must say is empty.
    """
    must = [column.name for column in table.columns if column.required and not column.nullable and column.name in known]
    rows = zip(cells.to_numpy(dtype=object), known[must].to_numpy(dtype=object), strict=True)
    return cells.index[[_is_sum(row, filled) for row, filled in rows]]


def _is_sum(row: Iterable[object], must: Sequence[object]) -> bool:
    said = [fold(as_text(cell) or "") for cell in row if not is_empty(cell) and isinstance(cell, str)]
    first = next((cell for cell in row if not is_empty(cell)), None)
    if isinstance(first, str) and fold(first) in WORDS:
        return True
    lacking = sum(map(is_empty, must))
    return len(must) > 0 and any(word.startswith(BEGINNINGS) for word in said) and lacking >= MOST_EMPTY * len(must)
