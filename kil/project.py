"""A project folder: kil.toml and the inputs it names; without one, the shipped example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from data.errors import Fault, InputError
from data.settings import Inputs, Settings, load
from data.sources import Source, registry
from data.texts import text

CONFIG = "kil.toml"


@dataclass(frozen=True)
class Project:
    """Settings and the folder their paths start from."""

    folder: Path
    settings: Settings
    config: Path

    def path(self, name: str) -> Path:
        """Return the full path of the input `name` (a field of `Inputs`); refuse one that leaves the folder by a link."""
        path = self.folder / getattr(self.settings.inputs, name)
        if not path.resolve().is_relative_to(self.folder.resolve()):
            fault = Fault(self.config.name, text("project.outside", path=path.name), text("project.outside_fix"))
            raise InputError(fault)
        return path

    def has(self, name: str) -> bool:
        """Return whether the input is there."""
        return self.path(name).exists()

    @property
    def own_source(self) -> str:
        """The id of the source its files are: the municipality's own, or the invented example's."""
        return "example" if self.settings.municipality.example else "own_file"

    def owned(self, source: Source) -> Source:
        """Return the source of a file that was read; one of an invented municipality says so."""
        if source.id != "own_file":
            return source
        own = registry()[self.own_source]
        return replace(own, file=source.file, sha256=source.sha256, retrieved=source.retrieved)

    def missing(self) -> list[str]:
        """Return one line an absent input: what it is, what it would add and who has it."""
        return [
            text(f"input.{name}", path=getattr(self.settings.inputs, name))
            for name in Inputs.model_fields
            if name != "weather_format" and not self.has(name)
        ]


def example_folder() -> Path:
    """Return the shipped example's folder."""
    return Path(str(files("data") / "example"))


def open_project(config: Path | None) -> tuple[Project, bool]:
    """Return the project of `config`, else of ./kil.toml, else the shipped example; and whether it is that example."""
    path = config or Path(CONFIG)
    if path.is_dir():
        path = path / CONFIG
    if config is not None and not path.exists():
        raise InputError(Fault(str(path), text("project.no_config"), text("project.no_config_fix")))
    shipped = not path.exists()
    if shipped:
        path = example_folder() / CONFIG
    return Project(path.parent, load(path), path), shipped
