"""Reading: what every reader returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from data.sources import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What was read, the source it rests on (file name, checksum), and what a person should know about it.

    data: the validated table, grid or mapping. warnings: whole sentences in the language in force; empty when all was well.
    """

    data: T
    source: Source
    warnings: tuple[str, ...] = ()
