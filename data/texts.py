"""Every text a user reads, in Swedish and English, from reference/texter/*.toml. One file a package, one table a key.

    [fault.row]
    sv = "rad {row}"
    en = "row {row}"

`text("fault.row", row=3)` gives the text in the language in force (`use_language`). `{n:yta|ytor}` is the first word where n is one,
else the second. Imports nothing of ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

LANGUAGES = ("sv", "en")
_language: ContextVar[str] = ContextVar("language", default="sv")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return key -> {language: text} from every file of the catalogue."""
    texts: dict[str, dict[str, str]] = {}
    for file in sorted((files("data") / "reference" / "texter").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            texts |= dict(_flatten(tomllib.loads(file.read_text(encoding="utf-8"))))
    return texts


def _flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for key, value in table.items():
        if "sv" in value and isinstance(value["sv"], str):
            yield prefix + key, value
        else:
            yield from _flatten(value, f"{prefix}{key}.")


class _Words(Formatter):
    """Fills a text's fields; a field with two words takes the one that goes with its number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, several = format_spec.partition("|")
        if not bar:
            return format(value, format_spec)
        return one if str(value) == "1" else several


_WORDS = _Words()


def text(key: str, /, **values: object) -> str:
    """Return the text of `key` in the language in force, its {fields} filled with `values`.

    Raises KeyError for a key the catalogue lacks: a missing text is a bug, not a user's fault.
    """
    return _WORDS.vformat(catalogue()[key][_language.get()], (), values)


def language() -> str:
    """Return the language in force: "sv" (default) or "en"."""
    return _language.get()


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Let `text` answer in `code` ("sv" or "en") inside the block."""
    if code not in LANGUAGES:
        raise ValueError(f"language {code!r}: one of {LANGUAGES}")
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)
