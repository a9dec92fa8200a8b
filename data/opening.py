"""Before a file is opened: is it there, and is it a file? A folder or a pipe of the right name is told as what it is."""

from __future__ import annotations

import os
from pathlib import Path

from data.errors import Fault, InputError
from data.texts import text


def require_file(path: Path, *, folder: bool = False) -> None:
    """Raise InputError unless `path` is a file (folder: or a folder, as some map formats are)."""
    if path.is_file() or (folder and path.is_dir()):
        if not os.access(path, os.R_OK):
            raise InputError(Fault(path.name, text("readers.no_right"), text("readers.no_right_fix")))
        return
    if path.is_dir():
        raise InputError(Fault(path.name, text("readers.folder"), text("readers.folder_fix")))
    key = "readers.not_a_file" if path.exists() else "readers.absent"
    raise InputError(Fault(path.name, text(key), text("readers.absent_fix")))
