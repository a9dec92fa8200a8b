"""`kil sources`: what every number rests on: the project's own files and the cited reference facts."""

from __future__ import annotations

from data.sources import Source, of_file, registry
from data.texts import text
from kil.inputs import READERS
from kil.project import Project, open_project
from kil.run import Run


def show_sources(run: Run) -> None:
    """Print the project's files and the cited sources: age, licence, checksum."""
    project, _ = open_project(run.config)
    own, cited = file_sources(project), list(registry().values())
    if run.as_json:
        run.print_json([source.as_json() for source in [*own, *cited]])
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, quiet=run.quiet)
    for title, rows in (("sources.files", own), ("sources.cited", cited)):
        table = Table("", *(text(f"sources.{name}") for name in ("publisher", "licence", "date", "sha256")), title=text(title))
        for source in sorted(rows, key=lambda source: source.file or source.title):
            date = str(source.retrieved or source.version or "")
            table.add_row(source.file or source.title, source.publisher, source.licence, date, source.sha256[:12])
        console.print(table, markup=False)


def file_sources(project: Project) -> list[Source]:
    """Return the source of every input file that is there."""
    base = project.own_source
    return [of_file(project.path(name), base) for name in READERS if project.path(name).is_file()]
