"""From the plan to what plan.json, plan.html and the workbook show: one audience's part of it. Costs of a facility are internal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.texts import text
from maps import style
from maps.planview import span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kil.parts import Audience, Context
    from kil.results import PlanResult, SolarResult
    from maps.page import Shell
    from maps.planview import View

PLANT_COLUMNS = (
    "candidate_id",
    "name",
    "facility_ids",
    "owner",
    "mount",
    "year",
    "kwp",
    "kwh",
    "p90_kwh",
    "own_kwh",
    "sold_kwh",
    "curtailed_kwh",
    "self_use",
    "load_origin",
    "load_profile",
    "light_estimated",
    "taxed",
    "capex_sek",
    "income_sek",
    "npv_sek",
    "npv_p90_sek",
    "irr",
    "payback_years",
    "lcoe_sek_kwh",
    "year_one_sek",
)
FACTORS = ("nordic_residual", "nordic_mix", "swedish_user", "swedish_production")
"""Electricity factors of the price list, in the order they are told."""
PUBLIC_COLUMNS = ("candidate_id", "name", "mount", "year", "kwp", "kwh", "light_estimated")
"""Columns of a chosen plant that may be public: neither money nor how the building uses electricity."""
FEWEST_FOR_TOTALS = 5
"""Fewer plants than this, and a sum of money would tell what one of them costs: it is left out of public pages."""


def summary(context: Context, result: PlanResult) -> dict[str, Any]:
    """Return plan.json. Only what publicering.toml lists of it reaches publik/."""
    plan, target = result.plan, result.plan.target
    planned = plan.kw / 1000
    return {
        "date": context.run.today,
        "target_mw": target.mw,
        "target_year": context.settings.solar.target.year,
        "target_reading": target.reading,
        "built_mw": target.built_mw,
        "remaining_mw": target.remaining_kw / 1000,
        "planned_mw": planned,
        "planned_by_mount": {mount: float(kw) / 1000 for mount, kw in plan.chosen.groupby("mount")["kwp"].sum().items()},
        "short_mw": plan.short_kw / 1000,
        "reached": plan.short_kw <= 1e-3,
        "plants_planned": len(plan.chosen),
        "planned_mwh": float(plan.chosen["kwh"].sum()) / 1000,
        "years": [
            {"year": int(y), "plants": int(r.plants), "mw": r.kwp / 1000, "mwh": r.kwh / 1000}
            for y, r in plan.by_year().iterrows()
        ],
        "h5": h5(result),
        "readings": dict(result.readings),
        "h8": result.h8,
        "tonnes_co2e": tonnes(result),
        "assumptions": assumptions(result),
        "objective": context.settings.plan.objective,
        "objective_sek": plan.solved.objective if plan.solved else None,
        "gap": plan.solved.gap if plan.solved else None,
        "proved": plan.solved.optimal if plan.solved else False,
        "money": money(context, result),
        "plants": plan.chosen[[c for c in PLANT_COLUMNS if c in plan.chosen]].to_dict("records"),
        "curve": plan.curve.to_dict("records"),
        "ways": plan.ways.to_dict("records"),
        "tornado": plan.tornado.to_dict("records"),
        "held": held(),
        "refused": refused(result).to_dict("records"),
        "no_supplier": result.plan.no_supplier.to_dict("records"),
        "why": list(plan.why),
        "own_use_overstated": None if result.overstated is None else overstated(result),
        "prices": result.market.prices.rows.reset_index().to_dict("records"),
        "settings": {
            "economy": context.settings.economy.model_dump(mode="json"),
            "plan": context.settings.plan.model_dump(mode="json"),
        },
        "warnings": list(result.warnings),
    }


def held() -> list[dict[str, str]]:
    """Return the assumptions the tornado does not move: what each is, and why."""
    from data.readers.prices import spans

    listed = spans()
    return [{"name": row.meaning, "why": row.source} for row in listed[listed["low"].isna()].itertuples()]


def h5(result: PlanResult) -> dict[str, Any]:
    """Return how many facilities' best sizes pay, and their MW, under both readings."""
    best = result.plan.best
    best = best[best["mount"] == "roof"]
    pays = {"npv": best["npv_sek"] > 0, "year_one": best["year_one_sek"] >= 0}
    return {"measures": len(best)} | {
        reading: {"n": int(flag.sum()), "mw": float(best.loc[flag, "kwp"].sum()) / 1000} for reading, flag in pays.items()
    }


def tonnes(result: PlanResult) -> dict[str, float]:
    """Return tonnes CO2e a year the plan's energy replaces, under every electricity factor."""
    columns = [name for name in result.plan.chosen.columns if name.startswith("kg_co2_")]
    return {name.removeprefix("kg_"): float(result.plan.chosen[name].sum()) / 1000 for name in columns}


def assumptions(result: PlanResult) -> dict[str, int]:
    """Return how many of the prices are assumptions, and of how many."""
    rows = result.market.prices.rows
    return {"n": int((rows["kind"] == "assumption").sum()), "of": len(rows)}


def money(context: Context, result: PlanResult) -> dict[str, Any]:
    """Return the plan's sums and its effect on the debt ceiling (E2)."""
    from solar.outlook import npv_p90, portfolio_drop

    chosen, economy = result.plan.chosen, context.settings.economy
    capex = float(chosen["capex_sek"].sum())
    debt = economy.debt_msek
    return {
        "capex_sek": capex,
        "npv_sek": float(chosen["npv_sek"].sum()),
        "npv_p90_sek": npv_p90(chosen),
        "p90_kwh": float(chosen["kwh"].sum()) - portfolio_drop(chosen, chosen["kwh"]),
        "year_one_sek": float(chosen["year_one_sek"].sum()),
        "rate": result.market.terms.rate,
        "debt_ceiling_msek": economy.debt_ceiling_msek,
        "debt_msek": debt,
        "debt_after_msek": None if debt is None else debt + capex / 1e6,
        "share_of_ceiling": capex / 1e6 / economy.debt_ceiling_msek,
    }


def overstated(result: PlanResult) -> dict[str, Any]:
    """Return what matching by the hour overstates own use by, on the one meter it was measured."""
    assert result.overstated is not None
    id_, hourly, quarterly = result.overstated
    return {
        "candidate_id": id_,
        "hourly_kwh": hourly,
        "quarterly_kwh": quarterly,
        "share": hourly / quarterly - 1 if quarterly else 0.0,
    }


def refused(result: PlanResult) -> pd.DataFrame:
    """Return the facilities that are no candidates: facility_id, name, kwp, refused, answers, sentence.

    answers: names of those that are "no". sentence: the map's verdict in words, empty where it has none.
    """
    from solar.verdicts import ANSWERS

    known = result.roofs.anlaggningar.set_index("facility_id")
    table = result.allowed[result.allowed["refused"] != ""].join(known[["name", "kwp"]])
    asked = [name for name in ANSWERS if name in known]
    table["answers"] = [[name for name in asked if known.at[i, name] == "no"] for i in table.index]
    table["sentence"] = known["sentence"].reindex(table.index).fillna("") if "sentence" in known else ""
    return table.reset_index()[["facility_id", "name", "kwp", "refused", "answers", "sentence"]]


def headline(json: Mapping[str, Any]) -> str:
    """Return the sentence of the index page, which may be public: MW only."""
    values = {name: style.number(json[f"{name}_mw"], 1) for name in ("planned", "target", "short")}
    values["target"] = style.decided(json["target_mw"])
    values["years"] = span(json["years"][0]["year"], json["years"][-1]["year"])
    values["total"] = style.number((json["built_mw"] or 0.0) + json["planned_mw"], 1)
    values["n"] = json["plants_planned"]
    return text("plan.headline_reached" if json["reached"] else "plan.headline_short", **values)


def view(
    context: Context, result: PlanResult, json: Mapping[str, Any], *, solar: SolarResult, audience: Audience, shell: Shell
) -> View:
    """Return what plan.html shows an audience."""
    from maps.planview import View
    from solar.power import weather_warnings

    intern = audience == "intern"
    weather = tuple(weather_warnings(result.roofs.weather, context.settings.solar))
    plants, hidden = (plant_table(result), 0) if intern else public_plants(result)
    return View(
        municipality=context.settings.municipality.name,
        date=context.run.today,
        json=json,
        plants=plants,
        hidden=hidden,
        roofs=map_roofs(context, result, solar, audience),
        background=solar.opened.get("background") or {},
        intern=intern,
        investment_sek=json["money"]["capex_sek"] if intern or json["plants_planned"] >= FEWEST_FOR_TOTALS else None,
        prices=result.market.prices.rows if intern else None,
        refused=refused(result) if intern else None,
        sources=(*solar.opened.sources, *result.opened.sources),
        warnings=(*weather, *(line for line in result.warnings if intern or line in result.plan.why)),
        settings=_settings(context, result),
        sheets=intern,
        contact=shell.contact,
    )


def plant_table(result: PlanResult) -> pd.DataFrame:
    """Return the chosen plants with what the table needs beside money: day of the building directive, open questions."""
    plan = result.plan
    table = plan.chosen.assign(rank=range(1, len(plan.chosen) + 1))
    ids = table["facility_ids"].str.split(";")
    deadline = result.directive["deadline"].to_dict()
    days = [[deadline.get(i) for i in each if isinstance(deadline.get(i), str)] for each in ids]
    opened = result.allowed["open"].to_dict()
    return table.assign(
        deadline=[min(each) if each else "" for each in days],
        open=[";".join(dict.fromkeys(q for i in each for q in str(opened.get(i, "")).split(";") if q)) for each in ids],
        questions=_site_questions(table, result),
    )


def _site_questions(table: pd.DataFrame, result: PlanResult) -> list[str]:
    if result.sites is None:
        return [""] * len(table)
    known = result.sites.set_index("site_id")["questions"].to_dict()
    return [str(known.get(id_, "") or "") for id_ in table["candidate_id"]]


def public_plants(result: PlanResult) -> tuple[pd.DataFrame, int]:
    """Return the plants that may be public, in their public columns, and how many are left out.

    A plant is shown when every facility behind it may be; without its name where one of them may not be named. Areas that are not a
    facility's are the municipality's own ground and are shown.
    """
    known = result.roofs.anlaggningar.set_index("facility_id")["publish"].fillna("nej").to_dict()
    rows = result.plan.chosen
    allowed = [[known.get(i, "nej") for i in str(ids).split(";") if i] for ids in rows["facility_ids"]]
    keep = np.array([all(answer != "nej" for answer in each) for each in allowed], dtype=bool)
    nameless = np.array([any(answer == "utan namn" for answer in each) for each in allowed], dtype=bool)
    public = rows[list(PUBLIC_COLUMNS)].assign(rank=range(1, len(rows) + 1))
    public["name"] = public["name"].mask(nameless, public["candidate_id"])
    return public[keep], int((~keep).sum())


def map_roofs(context: Context, result: PlanResult, solar: SolarResult, audience: Audience) -> Any:
    """Return footprints and areas an audience may see: id, name, year (NaN: not in the plan), mount, geometry."""
    import geopandas as gpd

    from kil.publish import Published

    layer = solar.assessment.byggnader
    if audience == "publik":
        layer = Published.of(solar.assessment.tak, solar.assessment.anlaggningar, context.settings.solar).byggnader(layer)
    year = {i: row.year for row in result.plan.chosen.itertuples() for i in str(row.facility_ids).split(";") if i}
    frame = gpd.GeoDataFrame(
        {"id": layer["facility_id"], "year": layer["facility_id"].map(year), "mount": "roof"},
        geometry=layer.geometry.to_numpy(),
        crs=layer.crs,
    )
    if result.sites is not None:
        chosen = result.plan.chosen.set_index("candidate_id")["year"]
        areas = result.sites[result.sites["site_id"].isin(chosen.index)].to_crs(layer.crs)
        site = gpd.GeoDataFrame(
            {"id": areas["site_id"], "year": areas["site_id"].map(chosen), "mount": areas["mount"]},
            geometry=areas.geometry.to_numpy(),
            crs=layer.crs,
        )
        frame = pd.concat([frame, site], ignore_index=True)
    return frame


def _settings(context: Context, result: PlanResult) -> list[tuple[str, str]]:
    economy, plan = context.settings.economy, context.settings.plan
    none = text("plan.setting.none")
    rows = {
        "objective": text(f"plan.objective.{plan.objective}"),
        "rate": style.percent(result.market.terms.rate, 1),
        "years": str(economy.years),
        "grid_company": economy.grid_company,
        "year_kw": none if plan.max_kw_per_year is None else f"{style.number(plan.max_kw_per_year)}{style.NBSP}kW",
        "budget": none
        if plan.budget_sek_per_year is None
        else f"{style.number(plan.budget_sek_per_year / 1e6, 1)}{style.NBSP}mnkr",
        "tax_limit": f"{style.number(economy.energy_tax_limit_kw)}{style.NBSP}kW",
        "sites": text(f"plan.sites.{plan.sites}"),
        "battery": none if not economy.battery_kwh_per_kwp else f"{style.number(economy.battery_kwh_per_kwp, 1)} kWh/kW",
        "hourly": text("plan.setting.per_hour" if result.market.prices.spot is not None else "plan.setting.per_month"),
    }
    return [(text(f"plan.setting.{name}"), value) for name, value in rows.items()]


def sheet(context: Context, result: PlanResult, row: Any) -> Any:
    """Return the A4 sheet of a chosen plant (a row of `plant_table`)."""
    from maps.plansheet import Sheet
    from solar import economy, tariffs

    market = result.market
    vat = tariffs.vat_factor(market.prices, row.owner, context.settings.economy)
    money = {"settings": context.settings.economy, "internal_rate": market.prices["internal_rate"], "vat": vat}
    income, kwp = (row.year_one_sek, 0.0) if result.plan.service_years else (row.income_sek, row.kwp)
    years = economy.municipal(row.capex_sek, income, kwp, market.terms, **money)
    asked = row.open.split(";") if row.mount == "roof" else row.questions.split(";")
    used = text("plan.load.sold" if row.mount != "roof" and row.load_origin == "unknown" else f"plan.load.{row.load_origin}")
    facts = {
        "owner": row.owner if isinstance(row.owner, str) else style.MISSING,
        "load": used,
        "tax": _tax(row, context.settings.economy.energy_tax_limit_kw),
        "deadline": row.deadline or text("plan.sheet.no_deadline"),
        "rate": style.percent(market.terms.rate, 1),
    }
    sizes = result.plan.options[result.plan.options["candidate_id"] == row.candidate_id]
    return Sheet(
        name=row.name,
        row=row._asdict(),
        municipal=years.to_dict("records"),
        monthly=_monthly(result, row),
        sizes=sizes.to_dict("records"),
        co2={text(f"plan.co2.{factor}"): getattr(row, f"kg_co2_{factor}") for factor in FACTORS},
        questions=[text(f"plan.question.{q}") for q in asked if q],
        facts=[(text(f"plan.sheet.fact_{name}"), value) for name, value in facts.items()],
        annex=row.mount == "roof",
        years=context.settings.economy.years,
    )


def _tax(row: Any, limit_kw: float) -> str:
    """Return the energy tax on a plant's own use in words: also where what stands before it takes it to the limit."""
    if not row.taxed:
        return text("plan.sheet.tax_free")
    key = "plan.sheet.tax_paid" if row.kwp >= limit_kw else "plan.sheet.tax_paid_with"
    return text(key, limit=style.number(limit_kw), before=style.number(row.before_kwp))


def _monthly(result: PlanResult, row: Any) -> list[tuple[float, float | None]]:
    """Return kWh made and used by month; used is None where nothing is known of it."""
    month, roof = result.market.month, row.mount == "roof"
    connection = (result.connections if roof else result.areas)[row.candidate_id]
    made = np.bincount(month, connection.production(np.array([row.kwp]))[:, 0], minlength=12)
    used = np.bincount(month, connection.load.kwh, minlength=12) if roof and connection.load.origin != "unknown" else None
    return [(float(made[m]), None if used is None else float(used[m])) for m in range(12)]
