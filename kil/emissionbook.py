"""utslapp.xlsx, and the template of the base year's reconstruction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.layers_emissions import BASE_YEAR, FACTORS, INVENTORY
from data.readers import emissionfacts
from data.sources import registry
from data.texts import text
from kil import excel
from kil.excel import Sheet

if TYPE_CHECKING:
    from climate.emissions import Emissions
    from kil.results import EmissionsResult
    from maps.emissionpage import View

TONNES = {
    "tonnes": "0.0",
    "low": "0.0",
    "high": "0.0",
    "allowed": "0.0",
    "gap": "0.0",
    "cumulative": "0.0",
    "base": "0.0",
    "year": "year",
}
GRADE_WORDS = ("uppmätt", "fakturerat", "uppskattat", "rekonstruerat")
TEMPLATE_ROWS = (
    ("Uppvärmning", "Eldningsolja 1", "m3"),
    ("Uppvärmning", "Fjärrvärme", "MWh"),
    ("El", "El", "MWh"),
    ("Fordon", "Bensin", "l"),
    ("Fordon", "Diesel", "l"),
    ("Arbetsmaskiner", "Diesel", "l"),
    ("Tjänsteresor", "Tjänsteresa med egen bil", "mil"),
)
"""What a municipal group of 1990 used at least; the amounts are empty, for nobody knows them but the archive."""


def sheets(found: EmissionsResult, view: View, mark: str) -> list[Sheet]:
    """Return the sheets: totals by reading, by activity, base year, measures, factors, territory; rows where the view has them."""
    result = found.result
    notes = [mark + text("emissions.title")]
    pages: list[Sheet] = []
    if result is not None:
        pages += [
            _sheet("Läsningar", _readings(result), notes),
            _sheet("Inventering", _by_activity(result), notes),
            _sheet("Basår", _base(result), notes),
            _sheet("Åtgärder", _measures(result), notes),
            _sheet("Faktorer", _words(view.factors) if view.factors is not None else pd.DataFrame(), notes),
        ]
        if view.rows is not None:
            pages.append(_sheet("Rader", _words(view.rows), notes))
    if len(found.territory_rows):
        pages.append(_sheet("Kommunens yta", _words(found.territory_rows), [mark + text("emissions.territory.notice")]))
    return pages


WORDED = ("gas", "basis", "status", "grade", "factor_status")
"""Columns whose ids become words a reader knows."""


def _words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ids of carriers, gases, bases, grades and origins as words."""
    aliases = {"factor_status": "status"}
    known, cited = emissionfacts.carriers(), registry()
    said = {
        name: frame[name].map(lambda id_, name=name: text(f"emissions.{aliases.get(name, name)}.{id_}"))
        for name in WORDED
        if name in frame
    }
    if "carrier" in frame:
        said["carrier"] = frame["carrier"].map(lambda id_: known[id_].name if id_ in known else id_)
    if "source" in frame:
        said["source"] = frame["source"].map(lambda id_: cited[id_].title if id_ in cited else id_)
    return frame.assign(**said)


def _sheet(name: str, frame: pd.DataFrame, notes: Sequence[str]) -> Sheet:
    labels = {column.name: column.label for column in (*FACTORS.columns, *INVENTORY.columns)} | {
        key: text(f"emissions.column.{key}")
        for key in (
            "allowed",
            "gap",
            "cumulative",
            "verdict",
            "path",
            "measure",
            "group",
            "certainty",
            "edition",
            "source",
            "note",
            "value",
            "unit",
        )
    }
    labels |= {"base": text("emissions.column.base_tonnes"), "scope": "Scope", "heat": text("emissions.column.heat")}
    labels |= {"valid_from": text("emissions.column.from"), "valid_to": text("emissions.column.to"), "sector": "Sektor"}
    labels |= {
        "basis": text("emissions.column.basis"),
        "status": text("emissions.column.status"),
        "derived_share": text("emissions.column.derived"),
    }
    formats = {c: f for c, f in TONNES.items() if c in frame} | {c: "date" for c in ("valid_from", "valid_to") if c in frame}
    formats |= {"derived_share": "%"} if "derived_share" in frame else {}
    return Sheet(name, frame, labels=labels, formats=formats, notes=notes)


def _readings(result: Emissions) -> pd.DataFrame:
    from maps import style

    rows = [
        {
            "gas": o.reading.gas,
            "scope": o.reading.scope,
            "electricity": text(f"emissions.electricity.{o.reading.electricity}"),
            "heat": text(f"emissions.heat_word.{o.reading.heat}"),
            "path": text(f"emissions.path.{shape}"),
            "year": on.gap.year,
            "base": on.path.base,
            "tonnes": on.gap.tonnes + on.path.at(on.gap.year),
            "allowed": on.path.at(on.gap.year),
            "gap": on.gap.tonnes,
            "cumulative": on.cumulative.tonnes if on.cumulative else None,
            "verdict": style.status_word("on_track" if on.on_track else "off_track"),
        }
        for o in result.outcomes
        for shape, on in o.on_path.items()
    ]
    return _words(pd.DataFrame(rows))


def _by_activity(result: Emissions) -> pd.DataFrame:
    from climate.inventory import totals
    from maps.emissioncharts import activity_words

    reading = result.outcome.reading
    sums = totals(result.inventory.rows, reading, by=("organisation", "scope", "activity", "carrier"))
    return _words(sums.assign(activity=sums["activity"].map(activity_words)))


def _base(result: Emissions) -> pd.DataFrame:
    from maps.emissioncharts import activity_words

    return _words(result.base_sheet.assign(activity=result.base_sheet["activity"].map(activity_words)))


def _measures(result: Emissions) -> pd.DataFrame:
    rows = [
        {
            "measure": m.name,
            "group": text(f"emissions.plan.{m.group}"),
            "certainty": text(f"emissions.certainty.{m.certainty}"),
            "activity": m.activity,
        }
        | {str(year): tonnes for year, tonnes in m.tonnes.items()}
        for m in result.plan.measures
    ]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["measure", "group", "certainty", "activity"])


def base_template(path: Path, year: int) -> None:
    """Write the template of the base year's reconstruction: the contract's headings and the carriers to look for, amounts empty."""
    used = [column.name for column in BASE_YEAR.columns if column.name not in ("start", "end", "contract_g_kwh", "scope")]
    blank: dict[str, Any] = dict.fromkeys(used)
    rows = [blank | {"year": year, "activity": a, "carrier": c, "unit": u, "grade": GRADE_WORDS[-1]} for a, c, u in TEMPLATE_ROWS]
    labels = {column.name: column.label for column in BASE_YEAR.columns}
    notes = [text("emissions.template_note", year=year), text("emissions.template_grades", grades=", ".join(GRADE_WORDS))]
    excel.write(
        path, [Sheet(f"Basår {year}", pd.DataFrame(rows, columns=used), labels=labels, formats={"year": "year"}, notes=notes)]
    )
