"""What a value in a settings or goals file should have been, in the reader's language, from pydantic's account of a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from data.texts import text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "literal_error": lambda context: str(context["expected"]).replace(" or ", ", "),
    "union_tag_invalid": lambda context: str(context["expected_tags"]),
    "union_tag_not_found": lambda context: str(context["discriminator"]).strip("'"),
    "value_error": lambda context: str(context["error"]),  # what our own validators say
    "finite_number": lambda _: text("dtype.float"),
    "string_pattern_mismatch": lambda context: text("expected.address" if "https" in str(context["pattern"]) else "dtype.str"),
    "bool_type": lambda _: "true, false",
    "bool_parsing": lambda _: "true, false",
    "dict_type": lambda _: text("expected.section"),
    "model_type": lambda _: text("expected.section"),
    "too_short": lambda context: text("expected.at_least", n=context["min_length"]),
}
_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", "≥"),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "≤"),
}
_KINDS = {"float": "float", "int": "int", "bool": "bool", "string": "str", "date": "date", "tuple": "list", "list": "list"}
UNKNOWN_NAMES = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
"""Faults of a name nobody knows."""


def found(error: ErrorDetails) -> Any:
    """Return what was written: of a rule whose kind is not known, the kind."""
    return error.get("ctx", {}).get("tag") or error.get("input")


def expected(error: ErrorDetails) -> str | None:
    """Return what was expected; None where the fault itself says it; pydantic's own words where there are no better."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing" or kind in UNKNOWN_NAMES:
        return None
    if kind in _WORDS:
        return _WORDS[kind](context)
    if kind in _BOUNDS:
        name, sign = _BOUNDS[kind]
        return f"{sign} {context[name]}"
    word = _KINDS.get(kind.partition("_")[0])
    return text(f"dtype.{word}") if word else error["msg"]
