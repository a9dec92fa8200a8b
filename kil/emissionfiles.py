"""What the emissions module writes for one audience: utslapp.html, utslapp.xlsx, emissions.json; intern also the base-year template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.texts import text
from kil import excel
from kil.parts import Audience, Context

if TYPE_CHECKING:
    from climate.emissions import Emissions, Outcome
    from climate.territory import Series
    from climate.trend import Trend
    from data.settings.emissions import EmissionSettings
    from kil.results import EmissionsResult
    from maps.emissionpage import View
    from maps.page import Shell

TEMPLATE = "basar_mall.xlsx"
ROUND = 6


@dataclass(frozen=True)
class EmissionFiles:
    """The files of one run."""

    context: Context
    found: EmissionsResult
    json: Mapping[str, Any]

    def write(self, folder: Path, audience: Audience, shell: Shell) -> None:
        """Write everything of the emissions that `audience` may see into `folder`."""
        from kil import emissionbook
        from maps import emissionpage

        view = self.view(audience)
        (folder / "utslapp.html").write_text(emissionpage.render(view, shell), encoding="utf-8")
        mark = "EXEMPELDATA. " if self.context.settings.municipality.example else ""
        excel.write(folder / "utslapp.xlsx", emissionbook.sheets(self.found, view, mark))
        if audience == "intern" and not self.context.project.has("base_year"):
            emissionbook.base_template(folder / TEMPLATE, self.context.settings.emissions.goal.base_year)

    def view(self, audience: Audience) -> View:
        """Return what the page shows to the audience: rows of the municipality's own files are internal."""
        from maps.emissionpage import View

        found, result = self.found, self.found.result
        used = set() if result is None else set(result.inventory.rows["carrier"])
        missing = [line for name, line in _missing(self.context) if name in ("activities", "base_year", "organisations")]
        return View(
            settings=self.context.settings.emissions,
            result=result,
            territory=found.territory,
            factors=found.factors[found.factors["carrier"].isin(used)] if used else None,
            missing=tuple(missing),
            warnings=found.public_warnings if audience == "publik" else found.warnings,
            sources=found.sources,
            rows=latest_rows(result) if audience == "intern" and result is not None else None,
            municipality=self.context.settings.municipality.name,
        )


def _missing(context: Context) -> list[tuple[str, str]]:
    inputs = context.settings.inputs
    return [
        (name, text(f"input.{name}", path=getattr(inputs, name)))
        for name in ("activities", "organisations", "base_year")
        if not context.project.has(name)
    ]


def latest_rows(result: Emissions) -> pd.DataFrame:
    """Return the rows behind the latest whole year under the chosen reading, summed per row of the file."""
    from climate.inventory import chosen

    if result.outcome.latest is None:
        return pd.DataFrame()
    rows = chosen(result.inventory.rows, result.outcome.reading)
    rows = rows[rows["year"] == result.outcome.latest.year]
    keys = ["file", "row", "year", "organisation", "activity", "carrier", "grade", "factor_status"]
    return rows.groupby(keys, as_index=False, sort=False)["tonnes"].sum()


def headline(context: Context, found: EmissionsResult) -> dict[str, str]:
    """Return the sentence and key number of the index page."""
    from maps import emissioncharts, style

    if found.result is None or found.result.outcome.latest is None or found.result.outcome.lacking is not None:
        return {"headline": text("emissions.headline.no_data"), "figure": "", "unit": ""}
    outcome, goal = found.result.outcome, context.settings.emissions.goal
    latest, on = outcome.latest, outcome.on_path.get(goal.path)
    number = {"figure": style.rounded(latest.tonnes, 3), "unit": emissioncharts.unit(outcome.reading.gas)}
    if on is None:
        return number | {"headline": text("emissions.no_base", year=latest.year, tonnes=style.rounded(latest.tonnes, 3))}
    words = text(
        "emissions.headline.path",
        year=latest.year,
        gap=emissioncharts.over_under(on.gap.tonnes),
        path=text(f"emissions.path_the.{goal.path}"),
        target_year=goal.target_year,
    )
    return number | {"headline": words}


def as_json(context: Context, found: EmissionsResult) -> dict[str, Any]:
    """Return emissions.json: inventory, base, paths, forecasts, gaps, trend, readings, measures, territory, warnings."""
    settings = context.settings.emissions
    result = found.result
    outcome = result.outcome if result else None
    on = outcome.on_path.get(settings.goal.path) if outcome else None
    return {
        "date": context.run.today,
        "reading": asdict(outcome.reading) | {"path": settings.goal.path} if outcome else None,
        "inventory": _inventory(result) if result else [],
        "base": asdict(outcome.base) | {"year": settings.goal.base_year} if outcome and outcome.base else None,
        "base_verdicts": [asdict(v) | {"verdict": v.verdict} for v in result.base_verdicts] if result else [],
        "paths": _paths(outcome) if outcome else [],
        "forecasts": _forecasts(outcome) if outcome else [],
        "gap_t": on.gap.tonnes if on else None,
        "gap_pct_of_base": on.gap.percent_of_base if on else None,
        "cumulative_gap_t": on.cumulative.tonnes if on and on.cumulative else None,
        "cumulative_gap": asdict(on.cumulative) if on and on.cumulative else None,
        "trend": _trend(outcome.trend) if outcome and outcome.trend else None,
        "depends_on": _depends(result, settings) if result else [],
        "readings": [_reading(o, shape) for o in result.outcomes for shape in o.on_path] if result else [],
        "measures": [_measure(m) for m in result.plan.measures] if result else [],
        "left_out": [{"measure": m.name, "reason": why} for m, why in result.plan.left_out] if result else [],
        "undecided": [{"year": y, "tonnes": t} for y, t in outcome.undecided.items()] if outcome else [],
        "recalculations": [asdict(r) for r in result.recalculations] if result else [],
        "revisions": [asdict(r) | {"tonnes": r.tonnes} for r in outcome.revisions] if outcome else [],
        "boundaries": dict(result.boundaries) if result else {},
        "missing_factors": [asdict(m) for m in result.inventory.missing] if result else [],
        "territory": [_territory(s) for s in found.territory],
        "factors": _factors(found) if result else [],
        "settings": settings.model_dump(mode="json"),
        "warnings": list(found.warnings),
    }


def _depends(result: Emissions, settings: EmissionSettings) -> list[str]:
    from climate.emissions import answers, depends_on

    found = answers(result.outcomes, settings.goal)
    return depends_on(found, result.outcome.reading, settings.goal.path)


def _inventory(result: Emissions) -> list[dict[str, Any]]:
    """Return the tonnes by year, scope, organisation, activity, carrier, gas and both bases, organisations weighted by the boundary."""
    from itertools import product

    from climate.inventory import Reading, totals
    from data.layers_emissions import ELECTRICITY, FUEL_BASES, GASES

    found = []
    boundary = result.outcome.reading.boundary
    for gas, electricity, fuel_basis in product(GASES, ELECTRICITY, FUEL_BASES):
        reading = Reading(gas, "1+2+3", electricity, fuel_basis, boundary=boundary)
        sums = totals(result.inventory.rows, reading, by=("scope", "organisation", "activity", "carrier"))
        named = {"gas": gas, "electricity": electricity, "fuel_basis": fuel_basis}
        found += [row | named for row in sums.round(ROUND).to_dict("records")]
    return found


def _paths(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {
            "shape": shape,
            "base_year": on.path.base_year,
            "target_year": on.path.target_year,
            "target_t": on.path.target,
            "points": [{"year": y, "tonnes": t} for y, t in on.path.series(range(on.path.base_year, on.path.target_year + 1))],
            "gap_t": on.gap.tonnes,
            "gap_year": on.gap.year,
            "needed_t_a_year": on.needed[0] if on.needed else None,
            "needed_percent_a_year": on.needed[1] if on.needed else None,
        }
        for shape, on in outcome.on_path.items()
    ]


def _forecasts(outcome: Outcome) -> list[dict[str, Any]]:
    named = {"budget": outcome.budget, "decided": outcome.decided}
    return [
        {"kind": kind, "from_year": points[0][0], "points": [{"year": y, "tonnes": t} for y, t in points]}
        for kind, points in named.items()
        if points
    ]


def _trend(found: Trend) -> dict[str, Any]:
    return {
        "years": list(found.years),
        "n": found.n,
        "verdict": found.verdict,
        "fits": [
            {"method": f.method, "slope_t_a_year": f.slope, "low": f.low, "high": f.high, "interval": f.interval}
            | {"reach_year": found.reach_year(f.method)}
            for f in found.fits
        ],
    }


def _reading(outcome: Outcome, shape: str) -> dict[str, Any]:
    on, latest = outcome.on_path[shape], outcome.latest
    return asdict(outcome.reading) | {
        "path": shape,
        "year": on.gap.year,
        "tonnes": latest.tonnes if latest else None,
        "base_t": on.path.base,
        "allowed_t": on.path.at(on.gap.year),
        "gap_t": on.gap.tonnes,
        "gap_pct_of_base": on.gap.percent_of_base,
        "cumulative_gap_t": on.cumulative.tonnes if on.cumulative else None,
        "on_track": on.on_track,
    }


def _measure(measure: Any) -> dict[str, Any]:
    years = [{"year": y, "tonnes": t} for y, t in measure.tonnes.items()]
    return {
        "measure": measure.name,
        "group": measure.group,
        "certainty": measure.certainty,
        "activity": measure.activity,
        "years": years,
    }


def _territory(series: Series) -> dict[str, Any]:
    return {
        "gas": series.gas,
        "edition": series.edition,
        "values": [{"year": y, "tonnes": t} for y, t in series.values.items()],
        "gaps": {shape: [asdict(g) for g in gaps] for shape, gaps in series.gaps.items()},
        "needed": dict(series.needed),
        "budget_t_a_year": series.budget,
        "trend": _trend(series.trend) if series.trend else None,
        "revisions": [asdict(r) | {"tonnes": r.tonnes} for r in series.revisions],
        "changes": [asdict(c) for c in series.changes],
    }


def _factors(found: EmissionsResult) -> list[dict[str, Any]]:
    used = set(found.result.inventory.rows["carrier"]) if found.result else set()
    return found.factors[found.factors["carrier"].isin(used)].to_dict("records")
