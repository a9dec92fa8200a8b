"""The command `kil`. Each command is thin: it opens the project, calls one module, and says what was written.

Heavy libraries are imported inside the commands, so that `kil --help` answers at once. Texts: data/reference/texter/kil.toml.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from data import texts
from data.errors import KilError
from data.texts import text
from kil.run import Run

OK, RULE_BROKEN, INPUT_FAULT = 0, 1, 2


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


with texts.use_language(_language()):
    Config = Annotated[Path | None, typer.Option("--config", metavar="FIL", help=text("cli.config"))]
    Out = Annotated[Path, typer.Option("-o", "--out", metavar="MAPP", help=text("cli.out"))]
    Date = Annotated[dt.date | None, typer.Option("--date", parser=_date, metavar="ÅÅÅÅ-MM-DD", help=text("cli.date"))]
    Lang = Annotated[str, typer.Option("--lang", parser=_lang, metavar="sv|en", help=text("cli.lang"))]
    Json = Annotated[bool, typer.Option("--json", help=text("cli.json"))]
    Quiet = Annotated[bool, typer.Option("--quiet", help=text("cli.quiet"))]
    Debug = Annotated[bool, typer.Option("--debug", help=text("cli.debug"))]
    app = typer.Typer(
        help=text("cli.help"), add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    HELP = {name: text(f"cli.{name}.help") for name in ("new", "check", "solar", "build", "sources")}
    NEW_DIR = Annotated[Path, typer.Argument(metavar="MAPP", help=text("cli.new.dir"))]
    NEW_CODE = Annotated[str | None, typer.Option("--municipality", metavar="KOD", help=text("cli.new.code"))]
    CHECK_FILES = Annotated[list[Path] | None, typer.Argument(metavar="FIL", help=text("cli.check.files"))]

OUT = Path("utdata")


def _run(config: Path | None, date: dt.date | None, *, json: bool, quiet: bool, debug: bool, out: Path = OUT) -> Run:
    return Run(config=config, out=out, today=date or dt.date.today(), as_json=json, quiet=quiet, debug=debug)


@app.callback(invoke_without_command=True)
def start(ctx: typer.Context) -> None:
    """Guide someone who typed `kil` alone."""
    if ctx.invoked_subcommand is None:
        from kil.guide import guide

        guide(Run())


@app.command(help=HELP["new"])
def new(folder: NEW_DIR, municipality: NEW_CODE = None, quiet: Quiet = False, lang: Lang = "sv") -> None:
    """Make a project folder."""
    from kil.new import new_project

    new_project(folder, municipality, Run(quiet=quiet))


@app.command(help=HELP["check"])
def check(
    files: CHECK_FILES = None,
    config: Config = None,
    date: Date = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    lang: Lang = "sv",
) -> None:
    """Say every fault in every input."""
    from kil.check import check_project

    raise typer.Exit(check_project(_run(config, date, json=json, quiet=quiet, debug=debug), files or []))


@app.command(help=HELP["solar"])
def solar(
    config: Config = None,
    out: Out = OUT,
    date: Date = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    lang: Lang = "sv",
) -> None:
    """Roofs, facilities, MW and the map."""
    from kil.build import build_solar

    build_solar(_run(config, date, json=json, quiet=quiet, debug=debug, out=out))


@app.command(help=HELP["build"])
def build(
    config: Config = None,
    out: Out = OUT,
    date: Date = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    lang: Lang = "sv",
) -> None:
    """Everything, with an index page."""
    from kil.build import build_all

    build_all(_run(config, date, json=json, quiet=quiet, debug=debug, out=out))


@app.command(help=HELP["sources"])
def sources(config: Config = None, json: Json = False, quiet: Quiet = False, debug: Debug = False, lang: Lang = "sv") -> None:
    """What every number rests on."""
    from kil.sources import show_sources

    show_sources(_run(config, None, json=json, quiet=quiet, debug=debug))


def main() -> None:
    """Run the command. Input faults end with 2 and one readable message; a bug keeps its traceback."""
    with texts.use_language(_language()):
        try:
            app()
        except KilError as error:
            _fail(text("cli.fault"), error)
        except OSError as error:
            _fail(text("cli.disk"), error)
        except KeyboardInterrupt:
            _fail(text("cli.interrupted"), None)


def _fail(heading: str, error: Exception | None) -> None:
    if error is not None and "--debug" in sys.argv:
        raise error
    sys.stderr.write(heading + "\n" + "".join(f"  {line}\n" for line in str(error or "").splitlines()))
    sys.exit(INPUT_FAULT)
