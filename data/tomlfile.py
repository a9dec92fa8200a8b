"""A TOML file as a tree, whatever editor saved it; what is wrong with it is told by line, in the reader's language."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from data.errors import Fault, InputError
from data.opening import require_file
from data.texts import text


def read(path: Path, *, fix: str = "") -> dict[str, Any]:
    """Return the tree of `path`; raise InputError with the line. fix: what to do about a line that is no TOML."""
    require_file(path)
    return parse(path.read_bytes(), path.name, fix=fix)


def parse(content: bytes, file: str, *, fix: str = "") -> dict[str, Any]:
    """Return the tree of `content`, as `read` does."""
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise InputError(Fault(file, text("settings.encoding"), text("settings.encoding_fix"), row=row)) from None
    except tomllib.TOMLDecodeError as error:
        got, line = text("settings.toml"), re.search(r"line (\d+)", str(error))
        row = int(line[1]) if line else content.count(b"\n") + 1
        raise InputError(Fault(file, got, fix or text("settings.toml_fix"), row=row)) from None
