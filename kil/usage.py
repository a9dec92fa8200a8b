"""Help and usage errors of the command line in the reader's language: the library's own words are English."""

from __future__ import annotations

import difflib
import errno
import re
import sys
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from data.texts import catalogue, language, text

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Base of every error of options and arguments; the library exports only this child of it."""
USAGE_ERROR = 2
DISK = {
    errno.ENOSPC: "usage.disk.full",
    errno.EDQUOT: "usage.disk.full",
    errno.EACCES: "usage.disk.no_right",
    errno.EPERM: "usage.disk.no_right",
    errno.EROFS: "usage.disk.read_only",
    errno.ENOENT: "usage.disk.gone",
    errno.EISDIR: "usage.disk.folder",
    errno.ENOTDIR: "usage.disk.no_folder",
    errno.ENAMETOOLONG: "usage.disk.long_name",
}
HELP_WORDS = tuple(key for key in catalogue() if key.startswith("usage.help."))


def _translated(help_text: str) -> str:
    """Return a help text with the library's words in the language in force."""
    for key in HELP_WORDS:
        help_text = help_text.replace(catalogue()[key]["en"], text(key))
    return help_text


class Command(TyperCommand):
    """A command whose help is in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        return _translated(super().get_help(ctx))


class Group(TyperGroup):
    """The command line whose help is in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        return _translated(super().get_help(ctx))


def run(app: typer.Typer) -> None:
    """Run the command line and end the process as it asks; say what is wrong with its words."""
    try:
        code = app(prog_name="kil", standalone_mode=False)
    except UsageError as error:
        _fail(error)
    except typer.Abort:
        sys.stderr.write("\n" + text("cli.interrupted") + "\n")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(error: Any) -> NoReturn:
    context = error.ctx
    command = context.command_path if context is not None else "kil"
    said = message(error) if language() != "en" else error.format_message()
    sys.stderr.write(f"{said}\n{text('usage.try', command=command)}\n")
    sys.exit(USAGE_ERROR)


def disk(error: OSError) -> str:
    """Return what the system said of a file, in the language in force; the system's own words where it is something else."""
    key = DISK.get(error.errno or 0)
    said = text(key) if key else (error.strerror or str(error))
    return f"{error.filename}: {said}" if error.filename else said


def message(error: Any) -> str:
    """Return what is wrong with the words given, in the language in force; the library's own sentence where it is another."""
    known = {"NoSuchOption": _no_option, "MissingParameter": _missing, "BadParameter": _bad}.get(type(error).__name__, _other)
    return known(error)


def _no_option(error: Any) -> str:
    near = _nearest(error.option_name, error.possibilities or ())
    return text("usage.no_option", name=error.option_name) + near


def _nearest(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, sorted(known), n=1)
    return text("settings.hint", guess=found[0]) if found else ""


def _missing(error: Any) -> str:
    return text("usage.missing", name=_name(error))


def _name(error: Any) -> str:
    parameter = error.param
    if parameter is None:
        return str(error.param_hint or "")
    flags = parameter.opts if parameter.param_type_name == "option" else ()
    return flags[0] if flags else str(parameter.metavar or parameter.name)


def _bad(error: Any) -> str:
    bound = re.search(r"greater than or equal to ([\d.]+)", error.message)
    if bound:
        return f"{_name(error)}: {text('usage.at_least', bound=bound[1])}"
    number = "number" in error.message and "Input should" in error.message
    return f"{_name(error)}: {text('usage.number') if number else error.message}"


def _other(error: Any) -> str:
    said = error.format_message()
    if found := re.fullmatch(r"No such command '(.*)'\.(?s:.*)", said):
        group = error.ctx.command if error.ctx is not None else None
        return text("usage.no_command", name=found[1]) + _nearest(found[1], getattr(group, "commands", ()))
    if found := re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", said):
        return text("usage.extra", words=found[1])
    if found := re.fullmatch(r"Option '(.*)' requires an argument\.", said):
        return text("usage.needs_value", name=found[1])
    if found := re.fullmatch(r"Option '(.*)' does not take a value\.", said):
        return text("usage.takes_none", name=found[1])
    return said
