"""`kil build` and the commands of single modules: compute the parts in order, then write them whole or not at all.

A new module is a line in PARTS and a file kil/<name>part.py; what it needs of the others stands in NEEDS.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import Fault, FaultCollector, InputError
from data.texts import text
from kil import datapost, publish
from kil.parts import AUDIENCES, Audience, Context, Part
from kil.project import Project, open_project
from kil.run import Run, to_json
from kil.staging import check_writable, staged

if TYPE_CHECKING:
    from maps.page import Shell

PARTS = ("solar", "plan", "fleet", "emissions", "status")
"""Modules in the order they are computed: each may use those before it."""
NEEDS = {
    "solar": (),
    "plan": ("solar",),
    "fleet": (),
    "emissions": ("solar", "plan", "fleet"),
    "status": ("solar", "plan", "fleet", "emissions"),
}
"""What a single command computes besides its own module. `kil build` computes all."""
SOURCES = "kallor.json"
NOTHING = 2
"""Exit code when no module had its input."""


def build_all(run: Run) -> int:
    """Compute and write every module and the index page."""
    return _build(run, PARTS, whole=True)


def build_one(run: Run, name: str) -> int:
    """Compute one module and what it needs; write its own files beside those of earlier runs."""
    return _build(run, (name,), whole=False)


def _build(run: Run, wanted: tuple[str, ...], *, whole: bool) -> int:
    project, shipped = open_project(run.config)
    check_writable(run.out, AUDIENCES)
    if shipped:
        run.say(text("build.example"))
    _online_named(run, project)
    needed = set(wanted).union(*(NEEDS[name] for name in wanted))
    done = _compute(run, project, [name for name in PARTS if name in needed])
    parts = [done[name] for name in wanted if name in done]
    if not parts:
        run.say(text("build.nothing"))
    for line in dict.fromkeys(line for part in parts for line in part.warnings):
        run.say("  " + line)
    if parts:
        with run.stage(text("build.writing")), staged(run.out, AUDIENCES) as stage:
            for audience in AUDIENCES:
                _write(stage / audience, audience, Context(run, project, done), parts, whole=whole)
    if run.as_json:
        run.print_json({part.name: part.json for part in parts} if whole else parts[0].json if parts else {})
    if parts:
        _say_where(run, parts, whole=whole)
    return max((part.exit_code for part in parts), default=NOTHING)


def _compute(run: Run, project: Project, names: Iterable[str]) -> dict[str, Part]:
    """Return the parts that have input, by name; raise InputError with the faults of all of them.

    Files of parts that wait for others are read first: a fault in them is told before anything long is computed, together with the
    faults of all other files.
    """
    done: dict[str, Part] = {}
    modules = {name: import_module(f"kil.{name}part") for name in names}
    read: dict[str, Any] = {}
    with FaultCollector() as faults:
        for name, module in modules.items():
            if hasattr(module, "first"):
                try:
                    read[name] = module.first(Context(run, project))
                except InputError as error:
                    faults.absorb(error)
        faulty = faults.any
        for name, module in modules.items():
            try:
                if faulty and hasattr(module, "check"):
                    module.check(Context(run, project))
                    continue
                if faulty and name not in read and hasattr(module, "first"):
                    continue
                part = module.compute(Context(run, project, dict(done), read.get(name)))
            except InputError as error:
                faults.absorb(error)
                continue
            if part is not None:
                done[name] = part
    return done


def _write(folder: Path, audience: Audience, context: Context, parts: list[Part], *, whole: bool) -> None:
    last = context.run.out / audience
    if not whole and last.is_dir():
        shutil.copytree(last, folder)
    folder.mkdir(parents=True, exist_ok=True)
    shell = _shell(folder, audience, context, parts, whole=whole)
    for part in parts:
        shown = part.json if audience == "intern" else _public(part)
        (folder / f"{part.name}.json").write_text(to_json(shown), encoding="utf-8")
        part.write(folder, audience, shell)
    sources = _sources(folder, parts)
    (folder / SOURCES).write_text(to_json(sources), encoding="utf-8")
    if whole:
        (folder / "index.html").write_text(_index(shell, parts), encoding="utf-8")
    if whole and audience == "publik":
        for line in datapost.write(folder, context, parts):
            context.run.say("  " + line)
    if context.run.csp:
        _split(folder)


def _split(folder: Path) -> None:
    """Put style, script and data of every page in files of their own: plan.html gets plan.sida.css, plan.sida.js, plan.sida.json."""
    from maps import variants

    for path in sorted(folder.glob("*.html")):
        stem = f"{path.stem}.sida"
        for name, content in variants.split(path.read_text(encoding="utf-8"), stem).items():
            (path if name == f"{stem}.html" else folder / name).write_text(content, encoding="utf-8")


def _online_named(run: Run, project: Project) -> None:
    """Refuse --online without a map service: which server sees the readers is the municipality's choice."""
    if run.online and not project.settings.publishing.online.tiles:
        fault = Fault(project.config.name, text("build.no_online"), text("build.no_online_fix"), column="publishing.online.tiles")
        raise InputError(fault)


def _command(run: Run) -> str:
    flags = "".join(f" --{name}" for name in ("embed", "csp", "geojson", "online") if getattr(run, name))
    return f"kil build --date {run.today}{flags}"


def _public(part: Part) -> dict[str, Any]:
    shown = publish.public_json(part.name, part.json)
    return shown | ({"warnings": list(part.public_warnings)} if "warnings" in shown else {})


def _index(shell: Shell, parts: list[Part]) -> str:
    from maps import indexpage

    return indexpage.page(shell, [indexpage.Card(p, part.headline, part.figure, part.unit) for part in parts for p in part.pages])


def _shell(folder: Path, audience: Audience, context: Context, parts: list[Part], *, whole: bool) -> Shell:
    from maps.page import PAGES, Shell

    here = {page for page in PAGES if (folder / f"{page}.html").exists()} | {page for part in parts for page in part.pages}
    pages = tuple(page for page in PAGES if page in here or (whole and page == "index"))
    municipality = context.settings.municipality
    return Shell(
        municipality.name,
        context.run.today,
        example=municipality.example,
        audience=audience,
        pages=pages,
        contact=municipality.contact,
        command=_command(context.run),
        embedded=context.run.embed,
    )


def _sources(folder: Path, parts: list[Part]) -> list[dict[str, Any]]:
    """Return every source of the parts, after those that earlier runs left in the folder."""
    path = folder / SOURCES
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    entries += [source.as_json() for part in parts for source in part.sources]
    return list({(entry["id"], entry.get("file", "")): entry for entry in entries}.values())


def _say_where(run: Run, parts: list[Part], *, whole: bool) -> None:
    page = "index" if whole else next(iter(parts[0].pages), None)
    for part in parts:
        if part.headline:
            run.say(part.headline)
    run.say(text("build.done", out=run.out))
    if page is not None:
        run.say(text("build.open", page=(run.out / "publik" / f"{page}.html").resolve()))
