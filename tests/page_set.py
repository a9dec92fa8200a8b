"""Every page in one set, without running the solar chain: an invented map, a plan of many plants, the shipped example's other modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import plan_builder
from solarmap_builder import solar_map

from kil.parts import Context, Part
from kil.planfiles import PlanFiles
from kil.project import open_project
from kil.run import Run
from maps import indexpage, solcellskarta
from maps.page import Shell

PARTS = ("fleet", "emissions", "status")
MW_A_SITE = 0.2


def writers(roofs: int, sites: int) -> dict[str, Callable[[Path, str, Shell], Any]]:
    """Return what writes each page into a folder, in the order of a build; all results are made here, before anything is written."""
    seen = solar_map(roofs // 2)
    names = tuple(f"{plan_builder.NAMES[n % 4]} {n}" for n in range(sites))
    context, result, summary, solar = plan_builder.made(mw=sites * MW_A_SITE, names=names)
    parts = example_parts(Run(today=seen.date, quiet=True))
    cards = [indexpage.Card(page, p.headline, p.figure, p.unit) for p in parts.values() for page in p.pages]

    def solar_page(folder: Path, audience: str, shell: Shell) -> None:
        page = solcellskarta.page(replace(seen, audience=audience, pages=shell.pages), shell)
        (folder / "solcellskarta.html").write_text(page, encoding="utf-8")

    def index(folder: Path, audience: str, shell: Shell) -> None:
        (folder / "index.html").write_text(indexpage.page(shell, cards), encoding="utf-8")

    plan = PlanFiles(context, result, summary, solar)
    return {"solcellskarta": solar_page, "plan": plan.write, **{p.pages[0]: p.write for p in parts.values()}, "index": index}


def example_parts(run: Run) -> dict[str, Part]:
    """Return the shipped example's modules that need no map, computed."""
    project, _ = open_project(None)
    done: dict[str, Part] = {}
    for name in PARTS:
        done[name] = import_module(f"kil.{name}part").compute(Context(run, project, dict(done)))
    return done
