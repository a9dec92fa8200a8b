"""What can go wrong with input, said so that a tired person knows what to do. Imports nothing but the text catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.texts import text


class KilError(Exception):
    """Base of every error a user can mend. Anything else is a bug and keeps its traceback."""


LONGEST_FOUND, TAIL_SHOWN = 300, 80
"""Signs of what was found (a cell may hold a whole letter) that are shown, and how many of those from its end."""


def _shown(said: str) -> str:
    """Return text for one line on a screen: not too long, and without signs that turn or hide what follows."""
    if len(said) > LONGEST_FOUND:
        said = f"{said[: LONGEST_FOUND - TAIL_SHOWN]} … {said[-TAIL_SHOWN:]}"
    return said if said.isprintable() else "".join(sign if sign.isprintable() else " " for sign in said)


@dataclass(frozen=True)
class Fault:
    """One fault in one input: where it is, what was found, what was expected and what to do about it.

    What was found, and the sheet and column it stood in, come from the file and are cut for the reader.
    """

    file: str
    got: str
    fix: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    expected: str | None = None

    def __post_init__(self) -> None:
        """Cut what comes from the file."""
        for name in ("got", "sheet", "column"):
            said = getattr(self, name)
            if said is not None:
                object.__setattr__(self, name, _shown(said))

    def __str__(self) -> str:
        """Return one line: file, sheet, row, column: found; expected. What to do."""
        places = [self.file]
        if self.sheet is not None:
            places.append(text("fault.sheet", sheet=self.sheet))
        if self.row is not None:
            places.append(text("fault.row", row=self.row))
        if self.column is not None:
            key = "fault.field" if self.file.endswith(".toml") else "fault.column"
            places.append(text(key, column=self.column))
        wanted = "" if self.expected is None else "; " + text("fault.expected", expected=self.expected)
        return f"{', '.join(places)}: {self.got}{wanted}. {self.fix}"


class InputError(KilError):
    """Every fault found in the input, raised together.

    `InputError(fault)` or `InputError([fault, fault, ...])`; `.faults` is a tuple in the order found.
    """

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class MissingSource(KilError):
    """An input that is not there. `what` it is, `adds` what it would give, `who` has it."""

    def __init__(self, what: str, *, adds: str, who: str) -> None:
        self.what, self.adds, self.who = what, adds, who
        super().__init__(text("missing.source", what=what, adds=adds, who=who))


class FaultCollector:
    """Gathers faults while a reader goes through a file, and raises them all at once.

    >>> with FaultCollector() as faults:      # raises InputError at the end if any were added
    ...     faults.add(Fault("a.csv", got="...", fix="..."))
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Keep one fault for the end."""
        self._faults.append(fault)

    def absorb(self, error: InputError) -> None:
        """Keep every fault of an error already raised."""
        self._faults.extend(error.faults)

    @property
    def any(self) -> bool:
        """Whether a fault has been added."""
        return bool(self._faults)

    def __enter__(self) -> FaultCollector:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, InputError):
            self.absorb(error)
            error = None
            kind = None
        if kind is None and self._faults:
            raise InputError(self._faults) from None
