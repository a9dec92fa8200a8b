"""Reference pages made from the code itself: docs/cli.md, installningar.md, data.md. `python -m kil.reference docs` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

NOTE = "<!-- Made by `make docs` from the code. Edit there. -->\n\n"


def settings_page() -> str:
    """Return every setting with its default and meaning."""
    from data.settings import Settings

    lines = ["# Settings: kil.toml\n", "Every choice, its default and why. An unknown name is refused.\n"]
    for path, section in _sections(Settings):
        lines += [
            f"## [{path}]\n" if path else "",
            (section.__doc__ or "").strip() + "\n",
            "| setting | default | meaning |",
            "|-|-|-|",
        ]
        lines += [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in _fields(section)]
        lines.append("")
    return NOTE + "\n".join(line for line in lines if line is not None) + "\n"


def _sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    if any(_fields(model)):
        yield path, model
    for name, field in model.model_fields.items():
        if _is_section(field.annotation):
            yield from _sections(field.annotation, f"{path}.{name}".strip("."))


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(section: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, field in section.model_fields.items():
        if not _is_section(field.annotation):
            default = "(must be given)" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
            yield name, default, " ".join((field.description or "").split()).replace("|", "\\|")


def cli_page() -> str:
    """Return every command with its help text, in Swedish."""
    import click
    from typer.main import get_command

    from kil.cli import app

    group = get_command(app)
    context = click.Context(group, info_name="kil", terminal_width=100)
    parts = [
        "# The command\n",
        "What `kil --help` and `kil KOMMANDO --help` say.\n",
        _help("kil", group.get_help(context)),
    ]
    for name, command in group.commands.items():
        with click.Context(command, info_name=f"kil {name}", terminal_width=100) as inner:
            parts.append(_help(f"kil {name}", command.get_help(inner)))
    return NOTE + "\n".join(parts)


def _help(title: str, body: str) -> str:
    body = "\n".join(line.rstrip() for line in body.splitlines())
    return f"## {title}\n\n```text\n{body}\n```\n"


def contracts_page() -> str:
    """Return every input file and every table with its columns."""
    from kil.datapage import data_page

    return data_page(NOTE)


PAGES = {"cli.md": cli_page, "installningar.md": settings_page, "data.md": contracts_page}


def main(folder: Path) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
