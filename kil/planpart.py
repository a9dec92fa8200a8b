"""The plan of a build: opens meters, prices and areas, makes candidates of the solar map, and finds the way to the target in MW."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.errors import Fault, FaultCollector, InputError
from data.texts import text
from kil.inputs import Opened, open_inputs
from kil.parts import Context, Part
from kil.results import PlanResult
from maps import style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.observations import Observation
    from data.settings import SolarSettings
    from kil.results import SolarResult
    from solar.areas import Areas, Beside
    from solar.assessment import Surroundings
    from solar.candidates import Roofs
    from solar.load import Load
    from solar.plan import Plan
    from solar.sizing import Connection, Market

INPUTS = ("meters", "prices", "spot", "sites")
CHUNK = 100
"""Connections whose hours are in memory at once."""


def first(context: Context) -> Opened:
    """Return the plan's own files; raise InputError with every fault of them, of the grid company and of ids in [plan].

    Ids are held against the list of facilities where it can be read: its own faults are the solar map's to tell.
    """
    from data.readers import facilities, prices

    project = context.project
    with FaultCollector() as faults:
        opened = Opened({})
        try:
            opened = open_inputs(project, INPUTS, required=())
        except InputError as error:
            faults.absorb(error)
        try:
            prices.shipped(context.settings.economy.grid_company)
        except InputError as error:
            faults.absorb(error)
        if project.has("facilities") and not (faults.any and project.has("sites")):
            try:
                register = facilities.read(project.path("facilities")).data
            except InputError:
                return opened
            _check_ids(context, register, opened.get("sites"))
    return opened


def compute(context: Context) -> Part | None:
    """Return the plan; None, and said, where the solar map has no facilities to build on."""
    solar = context.done.get("solar")
    if solar is None or solar.result.matching.facilities.empty:
        context.run.say(text("plan.part.nothing"))
        return None
    with context.run.stage(text("plan.stage.reading")):
        opened = context.read or first(context)
    result = _result(context, solar.result, opened)
    if result is None:
        return None
    from kil import planview
    from kil.planfiles import PlanFiles

    json = planview.summary(context, result)
    return Part(
        name="plan",
        json=json,
        write=PlanFiles(context, result, json, solar.result).write,
        pages=("plan",),
        sources=opened.sources,
        warnings=result.warnings,
        observations=_observations(context, solar.result, result),
        result=result,
        measures=_measures(result),
        headline=planview.headline(json),
        figure=style.number(json["planned_mw"], 1),
        unit="MW",
    )


def _result(context: Context, solar: SolarResult, opened: Opened) -> PlanResult | None:
    """Return the plan and what it rests on; None when nothing may be built on."""
    from solar import h8, sizing
    from solar import plan as way
    from solar.areas import Beside, shared_connections
    from solar.candidates import Roofs, connection_groups, eligible, loads
    from solar.portfolio import EmptyCandidates

    settings, run = context.settings, context.run
    assessment, around = solar.assessment, solar.surroundings
    register = solar.matching.facilities
    areas_light = _areas(context, solar, opened.get("sites"))
    roofs = Roofs(assessment.tak, assessment.anlaggningar, register, assessment.light, around.weather, around.site, areas_light)
    market = _market(context, opened, around.weather.index)
    years = way.plan_years(settings.plan, run.today.year)
    allowed = eligible(roofs, settings.plan, years=years, owners=settings.municipality.owners)
    from data.readers.prices import profiles

    with run.stage(text("plan.stage.load")):
        used = loads(register, opened.get("meters") or {}, profiles(), around.weather.index)
    with run.stage(text("plan.stage.sizes")):
        connections = _connections(context, roofs, allowed, used)
        table = sizing.options(connections.values(), market)
        areas = {one.id: one for one in _sites(context, roofs, opened.get("sites"), Beside(used, connections))}
        ground = sizing.options(areas.values(), market)
        if len(ground):
            ground = shared_connections(ground, opened.get("sites"), register, dc_ac=market.dc_ac)
    target = _target(context, assessment.totals)
    if table.empty and ground.empty:
        run.say(text("plan.empty"))
        run.say("  " + _none_left(roofs.anlaggningar, allowed))
        return None
    with run.stage(text("plan.stage.solve")):
        try:
            plan = way.make(table, ground, target, market, plan=settings.plan, years=years)
        except EmptyCandidates as error:
            fix = text("plan.must_fix")
            if isinstance(error, way.NoSupplier):
                fix = f"{error.needed} {text('plan.no_supplier.fix')}"
            raise InputError(Fault(context.project.config.name, str(error), fix, column="plan")) from None
    with run.stage(text("plan.stage.tornado")):
        plan = _moved(context, plan, connections | areas, (roofs, market, around))
    over = _overstated(connections, opened.get("meters") or {}, dict(connection_groups(register)), around.weather.index)
    said = (*opened.warnings, *_said(context, opened, connections, plan))
    return PlanResult(
        plan,
        market,
        roofs,
        allowed,
        connections,
        used,
        opened.get("sites"),
        opened,
        over,
        _readings(context, solar),
        _directive(register),
        tuple(dict.fromkeys(said)),
        h8.readings(context.done["solar"].observations, day=run.today, target_mw=target.mw),
        areas,
    )


def _none_left(anlaggningar: pd.DataFrame, allowed: pd.DataFrame) -> str:
    """Return how many facilities fall away for each reason, those of `eligible` first; the rest by what their connection takes."""
    from solar.verdicts import ANSWERS

    codes = allowed["refused"].replace("", "grid_full")
    asked = anlaggningar.set_index("facility_id").loc[codes.index[codes == "answer_no"]]
    no = [text(f"plan.question.{name}") for name in ANSWERS if name in asked and (asked[name] == "no").any()]
    counts = codes.value_counts(sort=False)
    reasons = [f"{text(f'plan.refused.{code}', answers=', '.join(no))} ({n})" for code, n in counts.items()]
    return text("plan.empty_because", reasons="; ".join(reasons))


def _moved(
    context: Context, plan: Plan, connections: Mapping[str, Connection], where: tuple[Roofs, Market, Surroundings]
) -> Plan:
    """Return the plan with a tornado over every assumption: prices, and settings with a span."""
    from data.readers.prices import profiles, spans
    from solar import levers, outlook

    if plan.chosen.empty:
        return plan
    roofs, market, around = where
    world = levers.World(plan.chosen, connections, market, roofs, context.settings, profiles(), around)
    rows = [plan.tornado, levers.of_settings(world, spans())]
    return replace(plan, tornado=outlook.ranked(pd.concat(rows, ignore_index=True)))


def _market(context: Context, opened: Opened, index: pd.DatetimeIndex) -> Market:
    from data.readers import prices
    from solar.sizing import Market
    from solar.tariffs import Prices, spot_on_clock

    settings = context.settings
    rows = prices.in_force(context.run.today, settings.economy.grid_company, opened.get("prices"))
    spot = opened.get("spot")
    known = Prices(rows, None if spot is None else spot_on_clock(spot, index))
    economy = settings.economy
    if settings.plan.way == "company":
        economy = economy.model_copy(update={"discount_rate": settings.plan.ways.company_rate})
    return Market.of(known, economy, index, dc_ac=settings.solar.losses.dc_ac_ratio)


def _check_ids(context: Context, register: pd.DataFrame, sites: Any) -> None:
    """Refuse an id in must or never, or an owner with a limit or without VAT deduction, that nothing has: by name."""
    known = set(register["facility_id"]) | (set() if sites is None else set(sites["site_id"]))
    owners = {owner for table in (register, sites) if table is not None and "owner" in table for owner in table["owner"].dropna()}
    plan = context.settings.plan
    named = {
        "plan.max_kw_per_owner": plan.max_kw_per_owner,
        "economy.owners_without_vat_deduction": context.settings.economy.owners_without_vat_deduction,
    }
    faults = [
        Fault(
            context.project.config.name, text("plan.id_unknown", value=id_), text("plan.id_unknown_fix"), column=f"plan.{where}"
        )
        for where in ("must", "never")
        for id_ in getattr(plan, where)
        if id_ not in known
    ]
    faults += [
        Fault(
            context.project.config.name,
            text("plan.owner_unknown", value=name),
            text("plan.owner_unknown_fix"),
            column=where,
            expected=", ".join(sorted(owners)),
        )
        for where, names in named.items()
        for name in names
        if name not in owners
    ]
    if faults:
        raise InputError(faults)


def _connections(context: Context, roofs: Roofs, allowed: pd.DataFrame, used: Mapping[str, Load]) -> dict[str, Connection]:
    from solar import candidates, suitability

    settings = context.settings.solar
    terms = suitability.terms(roofs.tak, settings, today=context.run.today)
    found = candidates.connections(
        roofs, allowed, used, settings=settings, terms=terms, quantile=_quantile(settings), chunk=CHUNK
    )
    return {one.id: one for one in found}


def _quantile(settings: SolarSettings) -> float:
    """Return how many standard deviations the stated P90 lies below the P50."""
    from scipy.stats import norm

    return float(norm.ppf(settings.uncertainty.exceedance))


def _areas(context: Context, solar: SolarResult, sites: Any) -> Areas | None:
    """Return the light on carports and ground; None where they are no candidates."""
    from solar.areas import Areas

    settings = context.settings
    if sites is None or settings.plan.sites == "never":
        return None
    with context.run.stage(text("plan.stage.areas")):
        return Areas.of(sites, solar.surroundings, plan=settings.plan, settings=settings.solar)


def _sites(context: Context, roofs: Roofs, sites: Any, beside: Beside) -> list[Connection]:
    from solar.areas import of_sites

    if sites is None or context.settings.plan.sites == "never":
        return []
    settings, areas = context.settings, sites.to_crs(roofs.tak.crs)
    quantile = _quantile(settings.solar)
    return list(of_sites(areas, roofs, settings.plan, settings.solar, quantile=quantile, beside=beside))


def _target(context: Context, totals: Mapping[str, Any]) -> Any:
    from solar.plan import Target

    mw = context.run.target_mw if context.run.target_mw is not None else totals["target_mw"]
    return Target(float(mw), totals["built_mw"], totals["target_reading"])


def _overstated(
    connections: Mapping[str, Connection],
    meters: Mapping[str, pd.Series],
    groups: Mapping[str, pd.DataFrame],
    index: pd.DatetimeIndex,
) -> tuple[str, float, float] | None:
    """Measure, on the first connection with a quarterly meter and a roof, what matching by the hour overstates."""
    from solar import load

    for id_, connection in connections.items():
        ids = [str(m) for m in groups[id_].get("meter_id", pd.Series(dtype=object)).dropna().unique()]
        series = meters.get(ids[0]) if len(ids) == 1 else None
        if series is None or (series.index[1] - series.index[0]) > pd.Timedelta(minutes=15):
            continue
        parts = [series[series.index.minute == m] for m in (0, 15, 30, 45)]
        quarter = [load.on_clock(part.set_axis(part.index.floor("h")), index) for part in parts]
        solar = connection.production(np.array([connection.kwp.sum()]))[:, 0].astype(float)
        hourly, quarterly = load.hourly_overstatement(np.stack(quarter, axis=1).ravel(), solar)
        return id_, hourly, quarterly
    return None


def _readings(context: Context, solar: SolarResult) -> dict[str, float]:
    """Return MW built under the three readings of whose plants count."""
    from solar.totals import built_kwp

    plants = solar.opened.get("plants")
    if plants is None:
        return {}
    found, owners = solar.assessment, context.settings.municipality.owners
    return {
        reading: float(
            built_kwp(plants, found.anlaggningar, found.tak, reading=reading, today=context.run.today, owners=owners).sum() / 1000
        )
        for reading in ("group_total_dc", "municipal_property_total_dc", "municipality_total_dc")
    }


def _directive(register: pd.DataFrame) -> pd.DataFrame:
    """Return, by facility, the day from which the EU building directive asks for solar on the building; empty: none, or area unknown."""
    from data.readers.prices import directive

    area = pd.to_numeric(register.get("floor_area_m2", pd.Series(np.nan, index=register.index)), errors="coerce")
    day = pd.Series(None, index=register["facility_id"], dtype=object)
    for row in directive().sort_values("above_m2").itertuples():
        day[(area > row.above_m2).to_numpy()] = row.deadline
    return pd.DataFrame({"deadline": day, "floor_area_m2": area.to_numpy()}, index=day.index)


def _said(context: Context, opened: Opened, connections: Mapping[str, Connection], plan: Plan) -> list[str]:
    from solar import plan as way

    lines = []
    if plan.target.built_mw is None:
        lines.append(text("plan.said.built_unknown"))
    if context.settings.economy.grid_company == "okänt" and opened.get("prices") is None:
        lines.append(text("plan.said.no_grid_company"))
    none = [one.name for one in connections.values() if one.load.origin == "unknown"]
    if none:
        lines.append(text("plan.said.no_load", n=len(none), names=way.named(none)))
    return [*lines, *plan.why]


def _observations(context: Context, solar: SolarResult, result: PlanResult) -> tuple[Observation, ...]:
    from solar.observations import measure_observations
    from solar.outlook import best_under

    source = context.project.own_source
    options = result.plan.options[result.plan.options["mount"] == "roof"]
    found = best_under(options, result.market) if len(options) else {}
    return tuple(measure_observations(found, date=context.run.today, source=source, plants=solar.opened.get("plants")))


def _measures(result: PlanResult) -> dict[int, float]:
    """Return tonnes CO2e saved a year by year of building, cumulative, with the Nordic mix: for the emission path's decided measures."""
    plan = result.plan
    tonnes = plan.chosen.groupby("year")["kg_co2_nordic_mix"].sum() / 1000 if len(plan.chosen) else pd.Series(dtype=float)
    return {int(year): float(value) for year, value in tonnes.reindex(sorted(plan.limits.years)).fillna(0.0).cumsum().items()}
