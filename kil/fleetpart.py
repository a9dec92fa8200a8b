"""The fleet module of a build: reads the lists, runs fleet.assessment, hands the result to kil.fleetfiles to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from data.texts import text
from fleet.share import straddles, unjudged
from kil.fleetinputs import FleetInputs, read_inputs
from kil.parts import Context, Part
from kil.results import FleetResult
from maps import style

if TYPE_CHECKING:
    pass

CERTAINTY = "decided"
"""The rule that replaced vehicles go fossil-free is decided (H7); what the plan assumes is when, and that they go electric."""


def compute(context: Context) -> Part | None:
    """Return the fleet's numbers; None, and said, where there is no vehicle list."""
    if not context.project.has("vehicles"):
        context.run.say(text("input.vehicles", path=context.settings.inputs.vehicles))
        return None
    with context.run.stage(text("fleet.stage.reading")):
        inputs = read_inputs(context.project)
    with context.run.stage(text("fleet.stage.judging")):
        result = _result(context, inputs)
    from kil.fleetfiles import FleetFiles

    json = as_json(context, result)
    warnings = (*result.fleet.warnings, *_fault_lines(result), *inputs.list.dropped)
    broken = len(result.fleet.violations)
    return Part(
        name="fleet",
        json=json,
        write=FleetFiles(context, result, json).write,
        pages=("fordon",),
        observations=result.fleet.observations,
        sources=inputs.sources,
        warnings=warnings,
        exit_code=int(context.run.strict and broken > 0),
        result=result,
        measures=measures(result),
        **headline(result),
    )


def _result(context: Context, inputs: FleetInputs) -> FleetResult:
    from fleet.assessment import Given, assess
    from fleet.charging import depots
    from fleet.plan import saved_tonnes
    from kil.fleetjoin import depot_power, rates

    settings, today = context.settings, context.run.today
    given = Given(
        inputs.list.rows,
        inputs.definitions,
        inputs.law,
        ledger=inputs.ledger,
        cards=inputs.cards,
        totals=inputs.list.totals,
        owners=settings.municipality.owners,
        source=context.project.own_source,
        ledger_file=context.project.path("replacements").name,
    )
    found = assess(given, settings.fleet, today=today)
    solar = context.done["solar"].result if "solar" in context.done else None
    plan = settings.fleet.plan
    power = depot_power(found.demand["depot"].unique(), solar, settings.solar, plan.depots)
    years = range(today.year, max(today.year, plan.savings_through) + 1)
    return FleetResult(
        found,
        inputs,
        depots(found.demand, plan, today.year, power),
        saved_tonnes(found.planned, rates(settings.emissions), years),
        pv=solar is not None,
        faults=(*inputs.faults, *found.faults),
    )


def _fault_lines(result: FleetResult) -> tuple[str, ...]:
    n = len(result.faults)
    return (text("fleet.warning.faults", n=n),) if n else ()


def headline(result: FleetResult) -> dict[str, str]:
    """Return the sentence and the key number of the index page."""
    chosen, broken = result.fleet.chosen, len(result.fleet.violations)
    made = result.fleet.judged["verdict"].ne("not_replacement").any()
    open_ = int(result.fleet.judged["verdict"].eq("unknown").sum())
    kind = "rule" if broken else "rule_unknown" if open_ else "rule_kept" if made else "rule_none"
    rule = text(f"fleet.headline.{kind}", n=broken or open_)
    values = {"share": style.percent(chosen["latest"]), "required": style.percent(chosen["required"])}
    unknown, n = unjudged(result.fleet.shares, chosen["definition"], chosen["scope"])
    doubt = text("fleet.headline.unknown", unknown=unknown, n=n) + " " if unknown else ""
    if straddles(result.fleet.shares, chosen["definition"], chosen["scope"], chosen["required"]):
        doubt += text("fleet.headline.uncertain") + " "
    words = text(f"fleet.headline.{chosen['state']}", **values) + " " + doubt + rule
    return {"headline": words, "figure": style.number(100 * chosen["latest"]), "unit": "%"}


def measures(result: FleetResult) -> pd.DataFrame:
    """Return year, measure, tonnes (saved that year), certainty, kind: what the plan's replacements take from the emissions."""
    saved = result.saved
    named = {"measure": text("fleet.measure"), "certainty": CERTAINTY, "kind": "fleet"}
    return pd.DataFrame({"year": saved["year"], "tonnes": saved["tonnes"]}).assign(**named)[
        ["year", "measure", "tonnes", "certainty", "kind"]
    ]


PAIR_KEYS = (
    "pair_id",
    "out_reg",
    "in_reg",
    "out_date",
    "in_date",
    "ordered",
    "class",
    "company",
    "confidence",
    "state",
    "verdict",
)


def as_json(context: Context, result: FleetResult) -> dict[str, Any]:
    """Return fleet.json: shares, readings, replacements, violations, what is outside, plan, procurement, warnings."""
    fleet = result.fleet
    return {
        "date": context.run.today,
        "definition": context.settings.fleet.goal.definition,
        "definitions": [
            {"id": d.id, "name": d.name, "version": d.version, "source": d.source, "assumption": d.assumption}
            | {"valid_from": d.valid_from, "valid_to": d.valid_to}
            for d in fleet.definitions
        ],
        "breaks": [{"series": b.series, "date": b.day, "before": b.before, "after": b.after} for b in fleet.breaks],
        "shares": records(fleet.shares),
        "readings": records(fleet.readings),
        "replacements": records(replacements(fleet.judged)),
        "violations": fleet.violations["pair_id"].tolist(),
        "replacement_readings": records(fleet.rule_readings),
        "outside_goal": fleet.outside(),
        "plan": records(fleet.planned),
        "outlook": [vars(each) for each in fleet.outlook],
        "charging": {"matched_with_solar": result.pv, "depots": records(result.depots)},
        "saved_tonnes": records(result.saved),
        "procurement": {"vehicles": records(fleet.procured), "summary": records(fleet.law_summary)},
        "faults": [str(fault) for fault in result.faults],
        "settings": context.settings.fleet.model_dump(mode="json"),
        "warnings": list(fleet.warnings),
    }


def replacements(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the judged pairs with the keys of fleet.json: the state of an exemption and its last day, never who or why."""
    more = ["kind", "order_basis", "judged_on", "maybe_before", "fossil_free", "definition", "exemption", "exemption_until"]
    return judged[[*PAIR_KEYS, *more]]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dicts; missing values None, days without time of day."""
    days = {
        name: [None if pd.isna(day) else day.date() for day in frame[name]]
        for name in frame.columns
        if pd.api.types.is_datetime64_any_dtype(frame[name])
    }
    plain = frame.astype(object).assign(**{name: pd.Series(values, frame.index, dtype=object) for name, values in days.items()})
    return plain.where(plain.notna(), None).to_dict("records")
