"""`kil` alone: a few questions for someone who meets the program for the first time."""

from __future__ import annotations

import sys
from pathlib import Path

from data.texts import text
from kil.project import CONFIG
from kil.run import Run


def guide(run: Run) -> None:
    """Ask what the user wants and do it; where nobody can answer, say what the choices are."""
    run.say(text("guide.project" if Path(CONFIG).exists() else "guide.welcome"))
    if not sys.stdin.isatty():
        return
    import typer

    choice = typer.prompt(text("guide.choice"), default="1", err=True).strip()
    if choice == "1":
        from kil.build import build_all

        build_all(run)
    elif choice == "2" and Path(CONFIG).exists():
        from kil.check import check_project

        check_project(run, [])
    elif choice == "2":
        from kil.new import new_project

        folder = typer.prompt(text("guide.folder"), default="minkommun", err=True)
        code = typer.prompt(text("guide.code"), default="", show_default=False, err=True).strip()
        new_project(Path(folder), code or None, run)
    else:
        run.say(text("guide.help"))
