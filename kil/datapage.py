"""docs/data.md, made from the contracts: every file of a project, every table with its columns, and the weather formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.resources import files
from types import ModuleType

from data.tables import Column, Table

NOT_FILES = ("weather_format",)
WORDS_TOLD = 8
SYSTEMS = (
    "**Coordinate systems of vector files** (footprints, ground, background, boundary, addresses). A file in metres keeps its system",
    "(background and addresses: become `municipality.crs`); its height system is left out. A file that *states* degrees becomes",
    "`municipality.crs`, and that is said: GeoJSON is WGS 84 by its standard (RFC 7946), longitude first; a GeoPackage or Shapefile",
    "states it itself. Web Mercator and feet are converted likewise. A file that states nothing gets `municipality.crs` if its numbers",
    "can be in it. Refused: degrees that nobody states, degrees in a file that states metres, metres in a file that states degrees,",
    "latitude before longitude, and places outside the area `municipality.crs` is made for.",
)


def data_page(note: str) -> str:
    """Return the page."""
    lines = [
        "# Data",
        "",
        "What goes in and what comes out, made from the contracts in `data/layers*.py`. A heading may be spelled in any of the ways",
        "listed; case, spaces, accents and signs do not matter, and a unit in brackets is converted where the factor is known (MWh to",
        "kWh). A cell that is empty or says that it is not known stays unknown. Every fault of a file is told in one message, with",
        "sheet, row, column and what to do.",
        "",
        *_files(),
        *_weather(),
        "## Tables",
        "",
    ]
    for table in tables():
        lines += _table(table)
    return note + "\n".join(lines).rstrip() + "\n"


def tables() -> list[Table]:
    """Return every contract of data/layers*.py, in the order of the files."""
    found: list[Table] = []
    for module in _contract_modules():  # two may have one name: what goes in and what became of it
        found += [value for value in vars(module).values() if isinstance(value, Table) and value not in found]
    return found


def _contract_modules() -> Iterator[ModuleType]:
    names = sorted(file.name for file in files("data").iterdir() if file.name.startswith("layers") and file.name.endswith(".py"))
    for name in names:
        yield import_module(f"data.{name.removesuffix('.py')}")


def _files() -> list[str]:
    from data.settings import Inputs

    lines = ["## Files of a project", "", "| setting | file | what it is |", "|-|-|-|"]
    for name, field in Inputs.model_fields.items():
        if name not in NOT_FILES:
            lines.append(f"| `inputs.{name}` | `{field.default}` | {_one_line(field.description or '')} |")
    return [*lines, "", *SYSTEMS, ""]


def _weather() -> list[str]:
    from data.readers.weather import FORMATS
    from data.readers.weather.swedish import PLAIN_COLUMNS, PLAIN_STAMPS

    units = {"ghi": "W/m²", "dhi": "W/m²", "dni": "W/m²", "temp_air": "°C", "wind_speed": "m/s", "snow_depth": "m"}
    lines = [
        "## Weather formats",
        "",
        "The format is known by the file's beginning, or set by `inputs.weather_format`. What a stamp means is the source's own rule:",
        "",
        "| format | what it is and what a stamp means |",
        "|-|-|",
        *(f"| `{name}` | {_one_line(reader.__doc__ or '')} |" for name, reader in FORMATS.items()),
        "",
        "The plain csv: UTF-8, semicolons, decimal comma or point. The first line says what a stamp is,",
        f"`# tidsstampel:` {', '.join(f'`{word}` ({stamp})' for word, stamp in PLAIN_STAMPS.items())}. Then a heading and 8760 or 8784",
        "hours, each time with `Z` or an offset (`2024-07-01T12:00+01:00`).",
        "",
        "| column | unit | needed |",
        "|-|-|-|",
        "| `tid` | ISO 8601 with offset | yes |",
        *(f"| `{name}` | {units[ours]} | {'yes' if ours == 'ghi' else 'no'} |" for name, ours in PLAIN_COLUMNS.items()),
        "",
        "Without `dhi` the global irradiance is split by Erbs; without `dni` it is computed so that the sum is kept. Both are said.",
        "",
    ]
    return lines


def _table(table: Table) -> list[str]:
    place = " Rows have a geometry in metres." if table.spatial else ""
    lines = [
        f"### {table.name}",
        "",
        f"{table.meaning}.{place}",
        "",
        "| column | heading | type | meaning | also written |",
        "|-|-|-|-|-|",
    ]
    words = _synonyms(table)
    for column in table.columns:
        cells = (
            f"`{column.name}`",
            column.label,
            _kind(column),
            column.meaning,
            ", ".join(words.get(column.name, ())[:WORDS_TOLD]),
        )
        lines.append("| " + " | ".join(_one_line(cell) for cell in cells) + " |")
    return [*lines, ""]


def _synonyms(table: Table) -> dict[str, list[str]]:
    from data.readers.cells import fold
    from data.readers.spreadsheet import Synonyms

    found = Synonyms.of(table.name).columns
    return {
        column.name: [word for word in found.get(column.name, ()) if fold(word) not in (fold(column.label), column.name)]
        for column in table.columns
    }


def _kind(column: Column) -> str:
    parts = [{"str": "text", "int": "whole number", "float": "number", "bool": "ja / nej"}.get(column.dtype, column.dtype)]
    if column.values:
        parts = [" / ".join(column.values)]
    parts += [column.unit] if column.unit else []
    parts += list(_limits(column))
    return ", ".join(parts)


def _limits(column: Column) -> Iterable[str]:
    if column.minimum is not None:
        yield f"≥ {column.minimum:g}"
    if column.maximum is not None:
        yield f"≤ {column.maximum:g}"
    if column.unique:
        yield "unique"
    if not column.required:
        yield "may be absent"
    elif column.nullable:
        yield "may be empty"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
