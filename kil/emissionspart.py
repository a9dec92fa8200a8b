"""The emissions module of a build: reads the lists, runs climate.emissions and climate.territory, hands the result to kil.emissionfiles.

Measures of the fleet and solar plans come as `measures` of those parts: year -> tonnes saved that year (the last year's effect lasts), or a
frame of year and tonnes, or of year and kwh (electricity no longer bought), with optional measure, certainty and activity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.sources import Source, registry
from data.texts import text
from kil import emissionday
from kil.inputs import Opened, open_inputs
from kil.parts import Context, Part
from kil.results import EmissionsResult

if TYPE_CHECKING:
    from climate.emissions import Emissions
    from climate.measures import Measure
    from data.readers.organisations import Group

INPUTS = ("activities", "organisations", "base_year", "emission_factors", "measures", "editions", "territory")
PLANS = {"fleet": "fleet", "plan": "solar"}
"""Part of the build: group of its measures."""


def compute(context: Context) -> Part | None:
    """Return the group's emissions; the territory alone where there is no inventory; None, and said, where there is neither."""
    from kil.emissionfiles import EmissionFiles, as_json, headline

    project = context.project
    with context.run.stage(text("emissions.stage.reading")):
        opened = open_inputs(project, INPUTS, required=())
    files = {name: project.path(name).name for name in INPUTS}
    opened, later = emissionday.known(opened, context.run.today, files)
    territory_rows, shipped_later = _territory_rows(context, opened)
    later += shipped_later
    if not project.has("activities") and not project.has("base_year") and territory_rows.empty:
        context.run.say(text("input.activities", path=context.settings.inputs.activities))
        return None
    with context.run.stage(text("emissions.stage.computing")):
        result = _result(context, opened, territory_rows, later)
    json = as_json(context, result)
    return Part(
        name="emissions",
        json=json,
        write=EmissionFiles(context, result, json).write,
        pages=("utslapp",),
        observations=tuple(_observations(context, result)),
        sources=result.sources,
        warnings=result.warnings,
        public_warnings=result.public_warnings,
        exit_code=int(context.run.strict and bool(json["gap_t"] and json["gap_t"] > 0)),
        result=result,
        **headline(context, result),
    )


def _territory_rows(context: Context, opened: Opened) -> tuple[pd.DataFrame, list[str]]:
    """Return the municipality's own rows, else the shipped ones that were out on the day, and what of these was not."""
    from data.readers import emissionfacts

    own = opened.get("territory")
    if own is not None:
        return own, []
    rows = emissionfacts.territory(context.settings.municipality.code)
    return emissionday.published(rows, context.run.today, text("emissions.territory_shipped"))  # type: ignore[return-value]


def _result(context: Context, opened: Opened, territory_rows: pd.DataFrame, later: list[str]) -> EmissionsResult:
    from climate import emissions, territory
    from data.readers import emissionfacts
    from data.readers.organisations import Group, net_factors

    settings = context.settings.emissions
    group = opened.get("organisations") or Group((), net_factors(()), ())
    factors = _factors(opened, group)
    activities, said = _activities(opened, settings.goal.base_year)
    result = None
    if activities is not None:
        given = emissions.Given(
            activities,
            factors,
            emissionfacts.carriers(),
            emissionfacts.warming_potentials(settings.gwp),
            group,
            plans=tuple(_plans(context, factors)),
            measures=opened.get("measures"),
            editions=opened.get("editions"),
            edition=text("emissions.now"),
        )
        result = emissions.assess(given, settings)
    found = territory.assess(territory_rows, settings.goal)
    warnings = (*opened.warnings, *later, *said, *(_warnings(result) if result else ()))
    public = tuple(_warnings(result, places=False)) if result else ()
    sources = _sources(opened, factors, territory_rows, result)
    return EmissionsResult(result, found, territory_rows, factors, group, opened, sources, warnings, public)


def _factors(opened: Opened, group: Group) -> pd.DataFrame:
    """Return the shipped factors, then the nets', then the municipality's own: later rows win."""
    from data.readers import emissionfacts

    own = opened.get("emission_factors")
    frames = [emissionfacts.factors(), group.net_factors, *([] if own is None else [own])]
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _activities(opened: Opened, base_year: int) -> tuple[pd.DataFrame | None, list[str]]:
    """Return the activities with the base year's rows; where both lists hold the base year its own list wins, and that is said."""
    rows, base, said = opened.get("activities"), opened.get("base_year"), []
    if rows is not None and base is not None:
        twice = rows["start"].dt.year == base_year
        if twice.any():
            said.append(text("emissions.warning.base_twice", year=base_year))
            rows = rows[~twice]
    frames = [frame for frame in (base, rows) if frame is not None]
    return (pd.concat(frames, ignore_index=True) if frames else None), said


def _plans(context: Context, factors: pd.DataFrame) -> Iterable[Measure]:
    """Yield the measures of the parts computed before this one."""
    from climate.measures import of_plan

    goal = context.settings.emissions.goal
    years = range(context.run.today.year, goal.target_year + 1)
    grams = _electricity(context, factors, years)
    for part, group in PLANS.items():
        done = context.done.get(part)
        frame = None if done is None else _own_use(done, years) if group == "solar" else None
        frame = frame if frame is not None else _frame(done.measures if done else None, years)
        if frame is None or not len(frame):
            continue
        name = str(frame["measure"].iloc[0]) if "measure" in frame else text("emissions.plan_measure")
        measure = of_plan(frame, group, name, years=years, grams_per_kwh=grams)
        if measure is not None:
            yield measure


def _own_use(part: Part, years: range) -> pd.DataFrame | None:
    """Return the kWh a year that the solar plan's roofs no longer buy: what is sold lowers nobody's bill here, so not scope 2 either."""
    chosen = getattr(getattr(part.result, "plan", None), "chosen", None)
    if chosen is None or not {"year", "own_kwh"} <= set(chosen.columns) or chosen.empty:
        return None
    built = chosen.groupby("year")["own_kwh"].sum()
    kwh = {year: float(built[built.index <= year].sum()) for year in years}
    return pd.DataFrame({"year": kwh.keys(), "kwh": kwh.values()})


def _frame(measures: Any, years: range) -> pd.DataFrame | None:
    """Return a part's measures as a frame; a mapping's last year lasts to the end of `years`."""
    if not isinstance(measures, Mapping):
        return measures
    known = {int(year): float(tonnes) for year, tonnes in measures.items()}
    if not any(known.values()):
        return None
    lasting = {year: known[max((y for y in known if y <= year), default=min(known))] for year in years if year >= min(known)}
    return pd.DataFrame({"year": lasting.keys(), "tonnes": lasting.values()})


def _electricity(context: Context, factors: pd.DataFrame, years: Iterable[int]) -> dict[int, float]:
    import datetime as dt

    from climate.factors import FactorTable
    from data.readers import emissionfacts

    goal = context.settings.emissions.goal
    table = FactorTable(factors, emissionfacts.warming_potentials(context.settings.emissions.gwp))
    found = {year: table.at("electricity", goal.gas, goal.electricity, dt.date(year, 7, 1)) for year in years}
    return {year: factor.value for year, factor in found.items() if factor}


def _warnings(result: Emissions, *, places: bool = True) -> Iterable[str]:
    """Yield what to know about the numbers. places: name meters and places, which are internal."""
    from data.readers.emissionfacts import carriers

    for year in result.inventory.partial:
        yield text("emissions.warning.partial", year=year)
    for m in result.inventory.missing:
        words = {"gas": text(f"emissions.gas.{m.gas}"), "basis": text(f"emissions.basis.{m.basis}")}
        yield text("emissions.warning.missing", carrier=carriers()[m.carrier].name, n=len(m.rows), **words)
    for s in result.short:
        named = (s.organisation, s.activity, carriers()[s.carrier].name, s.site if places else "")
        series = ", ".join(part for part in named if part)
        yield text("emissions.warning.short", series=series, days=s.days, year=s.year)
    for r in result.recalculations:
        if r.recalculates and r.percent is not None:
            yield text("emissions.warning.recalculate", what=r.what, percent=f"{r.percent:+.0f}")


def _sources(opened: Opened, factors: pd.DataFrame, territory_rows: pd.DataFrame, result: Emissions | None) -> tuple[Source, ...]:
    """Return the files read, and the cited sources of the factors in use and of the territory."""
    used = set() if result is None else set(result.inventory.rows["carrier"])
    cited = [*factors.loc[factors["carrier"].isin(used), "source"], *territory_rows["source"].dropna()]
    cited += ["ipcc_gwp"] if used else []
    known = registry()
    return (*opened.sources, *(known[id_] for id_ in dict.fromkeys(cited) if id_ in known))


def _observations(context: Context, found: EmissionsResult) -> Iterable[Any]:
    from climate.observations import of_group, of_territory

    settings = context.settings
    source = context.project.own_source
    if found.result is not None:
        yield from of_group(
            found.result.inventory, found.result.outcome.reading, base_year=settings.emissions.goal.base_year, source=source
        )
    if len(found.territory_rows):
        yield from of_territory(found.territory_rows.assign(source=found.territory_rows["source"].fillna(source)))
