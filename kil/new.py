"""`kil new`: a project folder to start from. Writes beside and renames; never touches a folder that holds something."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from data.errors import Fault, InputError
from data.texts import text
from kil.project import CONFIG, example_folder
from kil.run import Run
from kil.staging import staged

START = """# Inställningar för {name}. Varje inställning förklaras i docs/installningar.md.
[municipality]
name = "{name}"
code = "{code}"
crs = "EPSG:3006"
owners = ["{owner}"]
site = {{ latitude = {latitude}, longitude = {longitude}, altitude = {altitude} }}

# Var filerna ligger, om de inte heter som i indata/LÄS MIG.txt:
# [inputs]
# buildings = "indata/byggnader.gpkg"

[solar.target]
mw = {target_mw}
year = {target_year}
"""


def new_project(folder: Path, code: str | None, run: Run) -> None:
    """Make `folder` with kil.toml and indata/: a copy of the example, or a municipality's own start."""
    if wrong := next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), None):
        raise InputError(Fault(str(wrong), text("new.is_file"), text("new.not_empty_fix")))
    if folder.exists() and any(folder.iterdir()):
        raise InputError(Fault(str(folder), text("new.not_empty"), text("new.not_empty_fix")))
    municipality = None if code is None else _known(code)
    with staged(folder, (CONFIG, "indata")) as stage:
        if municipality is None:
            shutil.copyfile(example_folder() / CONFIG, stage / CONFIG)
            shutil.copytree(example_folder() / "indata", stage / "indata")
        else:
            _own_start(stage, municipality)
    run.say(text("new.done_example" if municipality is None else "new.done_own", folder=folder))


def _known(code: str) -> dict:
    import tomllib
    from importlib.resources import files

    known = tomllib.loads((files("data") / "reference" / "kommuner.toml").read_text(encoding="utf-8"))
    if code not in known:
        raise InputError(Fault("--municipality", repr(code), text("new.unknown_code_fix"), expected=", ".join(known)))
    return {"code": code, **known[code]}


def _own_start(stage: Path, municipality: dict) -> None:
    from kil import facilitytemplate

    indata = stage / "indata"
    indata.mkdir()
    (stage / CONFIG).write_text(START.format(**municipality), encoding="utf-8")
    facilitytemplate.write(indata / "fastigheter.xlsx")
    if municipality.get("facts"):
        _goals_start(indata, municipality["code"])
    (indata / "LÄS MIG.txt").write_text(_readme(), encoding="utf-8")


def _goals_start(indata: Path, code: str) -> None:
    """Write the municipality's goals and a nyckeltal.xlsx with a row for each value that is missing beside the public ones."""
    import datetime as dt
    from importlib.resources import files

    from climate.status import judge_all
    from data.goals import standard
    from data.publicfacts import observations
    from kil import metricstemplate

    goals = (files("data") / "reference" / "goals.toml").read_text(encoding="utf-8")
    (indata / "goals.toml").write_text(goals, encoding="utf-8", newline="\n")
    metricstemplate.write(indata / "nyckeltal.xlsx", judge_all(standard(), observations(code), dt.date.today()))


def _readme() -> str:
    """Return what each file of indata/ is and who has it: the sentence that is told where it is missing, without that it is."""
    from data.settings import Inputs

    names = [name for name in Inputs.model_fields if name != "weather_format"]
    lines = [text(f"input.{name}", path=Inputs.model_fields[name].default) for name in names]
    told = (re.sub(text("new.is_missing"), ":", line, count=1) for line in lines)
    return text("new.readme") + "\n\n" + "\n".join(told) + "\n"
