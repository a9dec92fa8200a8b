"""Source: where a number comes from. Every file read and every reference fact has one; kallor.json lists them."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A source: what it is, who publishes it, under which licence, which version, when it was fetched and its checksum."""

    id: str
    title: str
    publisher: str = ""
    url: str = ""
    licence: str = ""
    version: str = ""
    retrieved: dt.date | None = None
    sha256: str = ""
    file: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the fields that say something, dates as ISO text."""
        return {key: str(value) for key, value in asdict(self).items() if value}


@cache
def registry() -> dict[str, Source]:
    """Return the cited sources of data/reference/sources.toml by id."""
    entries = tomllib.loads((files("data") / "reference" / "sources.toml").read_text(encoding="utf-8"))
    return {id_: Source(id=id_, **entry) for id_, entry in entries.items()}


def of_file(path: Path, source: Source | str) -> Source:
    """Return the source of a file: the registry's entry (or the given one) with the file's name, date and sha256."""
    base = registry()[source] if isinstance(source, str) else source
    modified = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date()
    return replace(base, file=path.name, sha256=sha256(path), retrieved=base.retrieved or modified)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files in a folder (as a .gdb is) in the order of their names, as hexadecimal text."""
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()
