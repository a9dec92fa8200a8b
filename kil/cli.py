"""The command `kil`. Each command is thin: it opens the project, calls one module, and says what was written.

Heavy libraries are imported inside the commands, so that `kil --help` answers at once. Texts: data/reference/texter/kil.toml.
A new command is a function `name(run, ...)` under `@command`, with a help text `cli.<name>.help`.
"""

from __future__ import annotations

import datetime as dt
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from data import texts
from data.errors import KilError
from data.texts import text
from kil import usage
from kil.run import Run

INPUT_FAULT = 2
OUT = Path("utdata")


def _language() -> str:
    """Return the language of --lang before typer has read the options: help texts are made when this module is imported."""
    for before, word in zip(sys.argv, sys.argv[1:], strict=False):
        if before == "--lang" and word in texts.LANGUAGES:
            return word
    return next((code for code in texts.LANGUAGES if f"--lang={code}" in sys.argv), "sv")


def _date(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(text("cli.bad_date", value=value)) from None


def _lang(value: str) -> str:
    if value not in texts.LANGUAGES:
        raise typer.BadParameter(text("cli.bad_lang", value=value))
    return value


def _option(kind: Any, flag: str, **how: Any) -> Any:
    name = flag.lstrip("-") if flag != "-o" else "out"
    flags = (flag, "--out") if flag == "-o" else (flag,)
    return Annotated[kind, typer.Option(*flags, help=text(f"cli.{name}"), **how)]


with texts.use_language(_language()):
    SHARED: dict[str, tuple[Any, Any]] = {
        "config": (_option(Path | None, "--config", metavar="FIL"), None),
        "out": (_option(Path, "-o", metavar="MAPP"), OUT),
        "date": (_option(dt.date | None, "--date", parser=_date, metavar="ÅÅÅÅ-MM-DD"), None),
        "lang": (_option(str, "--lang", parser=_lang, metavar="sv|en"), "sv"),
        "json": (_option(bool, "--json"), False),
        "quiet": (_option(bool, "--quiet"), False),
        "debug": (_option(bool, "--debug"), False),
        "strict": (_option(bool, "--strict"), False),
    }
    app = typer.Typer(
        cls=usage.Group, help=text("cli.help"), add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    NewFolder = Annotated[Path, typer.Argument(metavar="MAPP", help=text("cli.new.dir"))]
    NewCode = Annotated[str | None, typer.Option("--municipality", metavar="KOD", help=text("cli.new.code"))]
    TargetMw = Annotated[float | None, typer.Option("--mw", metavar="MW", min=0.0, help=text("cli.plan.mw"))]
    Verify = Annotated[Path | None, typer.Option("--verify", metavar="FIL", help=text("cli.status.verify"))]
    Freeze = Annotated[str | None, typer.Option("--freeze", metavar="REF", help=text("cli.status.freeze"))]
    Embed = Annotated[bool, typer.Option("--embed", help=text("cli.build.embed"))]
    Csp = Annotated[bool, typer.Option("--csp", help=text("cli.build.csp"))]
    PlainMap = Annotated[bool, typer.Option("--geojson", help=text("cli.build.geojson"))]
    Online = Annotated[bool, typer.Option("--online", help=text("cli.build.online"))]
    CheckFiles = Annotated[list[Path] | None, typer.Argument(metavar="FIL", help=text("cli.check.files"))]


def command(*shared: str) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Register `name(run, ...)` as a command that also takes the named shared options; what it returns is the exit code."""

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        def run_it(**options: Any) -> None:
            taken = {name: options.pop(name) for name in shared}
            raise typer.Exit(function(_run(taken), **options) or 0)

        hints = get_type_hints(function, include_extras=True)
        own = [p.replace(annotation=hints[p.name]) for p in list(inspect.signature(function).parameters.values())[1:]]
        extra = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=SHARED[name][1], annotation=SHARED[name][0])
            for name in shared
        ]
        run_it.__signature__ = inspect.Signature([*own, *extra])  # type: ignore[attr-defined]
        run_it.__annotations__ = {p.name: p.annotation for p in (*own, *extra)}
        with texts.use_language(_language()):
            app.command(function.__name__, cls=usage.Command, help=text(f"cli.{function.__name__}.help"))(run_it)
        return run_it

    return register


def _run(options: dict[str, Any]) -> Run:
    names = {"date": "today", "json": "as_json"}
    given = {names.get(name, name): value for name, value in options.items() if name != "lang" and value is not None}
    return Run(**given)


@app.callback(invoke_without_command=True)
def start(ctx: typer.Context) -> None:
    """Guide someone who typed `kil` alone."""
    if ctx.invoked_subcommand is None:
        from kil.guide import guide

        guide(Run())


@command("quiet", "lang")
def new(run: Run, folder: NewFolder, municipality: NewCode = None) -> None:
    """Make a project folder."""
    from kil.new import new_project

    new_project(folder, municipality, run)


@command("config", "json", "quiet", "debug", "lang")
def check(run: Run, files: CheckFiles = None) -> int:
    """Say every fault in every input."""
    from kil.check import check_project

    return check_project(run, files or [])


@command(*SHARED)
def solar(run: Run) -> int:
    """Roofs, facilities, MW and the map."""
    from kil.build import build_one

    return build_one(run, "solar")


@command(*SHARED)
def plan(run: Run, mw: TargetMw = None) -> int:
    """Which roofs, when and at what cost."""
    from kil.build import build_one

    run.target_mw = mw
    return build_one(run, "plan")


@command(*SHARED)
def fleet(run: Run) -> int:
    """Share, replacements and plan of the vehicles."""
    from kil.build import build_one

    return build_one(run, "fleet")


@command(*SHARED)
def emissions(run: Run) -> int:
    """Inventory, paths and gap of the group's emissions."""
    from kil.build import build_one

    return build_one(run, "emissions")


@command(*SHARED)
def status(run: Run, verify: Verify = None, freeze: Freeze = None) -> int:
    """Every goal: where it stands, why, and what is needed."""
    if verify is not None:
        from kil.followup import verify as recompute

        return recompute(verify, run)
    from kil.build import build_one

    if freeze is not None:
        from kil.followup import check_reference

        check_reference(freeze, run)
    run.freeze = freeze or ""
    return build_one(run, "status")


@command(*SHARED)
def build(run: Run, *, embed: Embed = False, csp: Csp = False, geojson: PlainMap = False, online: Online = False) -> int:
    """Everything, with an index page."""
    from kil.build import build_all

    run.embed, run.csp, run.geojson, run.online = embed, csp, geojson, online
    return build_all(run)


@command("config", "json", "quiet", "debug", "lang")
def sources(run: Run) -> None:
    """Show what every number rests on."""
    from kil.sources import show_sources

    show_sources(run)


def main() -> None:
    """Run the command. Input faults end with 2 and one readable message; a bug keeps its traceback."""
    with texts.use_language(_language()):
        try:
            usage.run(app)
        except KilError as error:
            _fail(text("cli.fault"), error)
        except OSError as error:
            _fail(text("cli.disk"), error, usage.disk(error))
        except KeyboardInterrupt:
            _fail(text("cli.interrupted"), None)


def _fail(heading: str, error: Exception | None, said: str | None = None) -> None:
    if error is not None and "--debug" in sys.argv:
        raise error
    sys.stderr.write(heading + "\n" + "".join(f"  {line}\n" for line in (said or str(error or "")).splitlines()))
    sys.exit(INPUT_FAULT)
