"""Every field of kil.toml changes an output: changed alone here, or in the test named beside it. A field in neither list fails."""

import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import plan_builder
import pytest
import rioxarray  # noqa: F401  (registers .rio)
import test_kil_datapost as record
import test_kil_fleet as fleet
import xarray as xr
from shapely import box
from solarmap_builder import solar_map
from test_solar_portfolio import drawn
from test_solar_power import make_arrays, make_poa, make_small

from data.errors import InputError
from data.settings import Settings
from data.settings.base import Section
from kil import datapost, fleetinputs, planpart, planview
from kil.inputs import READERS, open_inputs
from kil.project import Project, example_folder
from kil.run import Run
from kil.solargeometry import Models, roof_planes
from kil.statusinputs import has_book
from maps import indexpage, solcellskarta
from maps.page import Shell
from maps.solarmap import OnlineBase
from solar import mip, portfolio, power, sky
from solar import plan as way
from solar.portfolio import Limits

TILES = "https://exempel.invalid/{z}/{x}/{y}.png"
ELSEWHERE = {
    "solar.shade.point_spacing_m": "test_solar_planelight::test_spacing_of_points_changes_the_answer",
    "solar.shade": "test_solar_irradiance::test_every_setting_of_shade_changes_the_light",
    "solar.roofs.dsm_date": "test_kil_solarfiles::test_the_day_the_surface_model_was_measured_is_kept_or_its_absence_said",
    "solar.roofs": "test_solar_modules::test_every_setting_of_roofs_and_modules_changes_the_capacity",
    "solar.module.row_shade_angle_deg": "test_solar_modules::test_row_shade_angle_spreads_south_rows",
    "solar.module.gamma_pdc": "test_solar_power::test_every_setting_of_the_chain_changes_the_energy",
    "solar.module.dc_model": "test_solar_power::test_every_setting_of_the_chain_changes_the_energy",
    "solar.module.adr_k_d": "test_solar_power::test_adr_numbers_and_the_missing_temperature_share_count",
    "solar.module.adr_tc_d": "test_solar_power::test_adr_numbers_and_the_missing_temperature_share_count",
    "solar.module.adr_k_rs": "test_solar_power::test_adr_numbers_and_the_missing_temperature_share_count",
    "solar.module.adr_k_rsh": "test_solar_power::test_adr_numbers_and_the_missing_temperature_share_count",
    "solar.module": "test_solar_modules::test_every_setting_of_roofs_and_modules_changes_the_capacity",
    "solar.losses.without_temperature": "test_solar_power::test_without_temperature_and_clock_settings_count",
    "solar.losses.clock_utc_offset_h": "test_solar_power::test_without_temperature_and_clock_settings_count",
    "solar.losses.snow_model": "test_solar_power::test_p9_two_roofs_that_differ_only_in_tilt_lose_differently_to_snow",
    "solar.losses": "test_solar_power::test_every_setting_of_the_chain_changes_the_energy",
    "solar.classes.top_kwh_m2": "test_solar_suitability::test_absolute_cuts_count",
    "solar.classes.good_kwh_m2": "test_solar_suitability::test_absolute_cuts_count",
    "solar.classes.fair_kwh_m2": "test_solar_suitability::test_absolute_cuts_count",
    "solar.classes": "test_solar_suitability::test_every_setting_of_classes_changes_a_class_or_a_reason",
    "solar.verdict.min_share_top_two": "test_solar_suitability::test_k5_a_good_share_below_half_is_conditional",
    "solar.verdict": "test_solar_suitability::test_every_setting_of_the_rule_changes_a_verdict_or_a_reason",
    "solar.uncertainty": "test_solar_uncertainty::test_every_setting_of_uncertainty_changes_p90",
    "solar.publish_private": "test_kil_publishing::test_private_roofs_are_shown_without_owner_and_less_those_who_objected",
    "solar.private_objections": "test_kil_publishing::test_private_roofs_are_shown_without_owner_and_less_those_who_objected",
    "economy.curtail_negative": "test_solar_sizing::test_z2_what_is_made_is_used_sold_or_turned_down",
    "economy.battery_efficiency": "test_solar_sizing::test_battery_and_ancillary_services_count_only_when_asked_for",
    "economy.ancillary_services": "test_solar_sizing::test_battery_and_ancillary_services_count_only_when_asked_for",
    "economy.sizes": "test_solar_sizing::test_battery_and_ancillary_services_count_only_when_asked_for",
    "economy.self_use_share": "test_solar_sizing::test_battery_and_ancillary_services_count_only_when_asked_for",
    "economy.years_short": "test_solar_sizing::test_h5_is_read_under_every_rate_and_horizon",
    "economy.years_long": "test_solar_sizing::test_h5_is_read_under_every_rate_and_horizon",
    "economy": "test_solar_sizing::test_every_setting_of_the_economy_changes_a_value",
    "plan.never": "test_solar_sizing::test_c3_who_may_be_built_on_by_hand",
    "plan.include_unknown": "test_solar_sizing::test_c3_who_may_be_built_on_by_hand",
    "plan.must": "test_solar_sizing::test_a_must_is_built_where_nothing_else_asks_for_it",
    "plan.carport_cover": "test_solar_sizing::test_c2_areas_by_hand",
    "plan.ground_cover": "test_solar_sizing::test_c2_areas_by_hand",
    "plan.site_yield_share": "test_solar_sizing::test_c2_areas_by_hand",
    "plan.carport_tilt_deg": "test_solar_areas::test_c5_closer_rows_on_ground_shade_each_other_and_a_tilt_counts",
    "plan.ground_tilt_deg": "test_solar_areas::test_c5_closer_rows_on_ground_shade_each_other_and_a_tilt_counts",
    "plan.sites": "test_solar_sizing::test_c2_sites_come_in_when_roofs_do_not_suffice",
    "plan.ways": "test_solar_sizing::test_ways_by_hand",
    "plan": "test_solar_sizing::test_every_setting_of_the_plan_changes_it",
    "fleet.plan.depots": "test_fleet_settings::test_depots_named_otherwise_than_their_facility",
    "fleet.plan": "test_fleet_settings::test_plan_and_charging",
    "fleet": "test_fleet_settings::test_goal_register_and_matching",
    "emissions.goal": "test_climate_baseyear::test_every_goal_setting_changes_the_result",
    "emissions.grades": "test_climate_inventory::test_every_grade_setting_moves_the_range",
    "emissions.gwp": "test_kil_emissionspart::test_the_set_of_warming_potentials_is_a_setting",
    "emissions.unit_slip_ratio": "test_data_activity::test_the_ratio_of_a_slip_is_a_setting",
    "emissions": "test_climate_baseyear::test_other_settings_change_the_result",
    "matching.min_score": "test_data_matching::test_nothing_is_joined_below_the_stated_score",
    "addresses.reviewed": "test_data_addresses::test_addresses_reach_the_map_only_when_kil_toml_says_so",
    "solar.target.mw": "test_solar_suitability::test_k8_every_reading_of_what_is_built",
    "solar.target.reading": "test_solar_suitability::test_k8_every_reading_of_what_is_built",
    "publishing.base_url": "test_kil_datapost::test_distributions_are_the_files_that_exist_with_their_type_size_and_licence",
    "publishing.licence": "test_kil_datapost::test_distributions_are_the_files_that_exist_with_their_type_size_and_licence",
    "publishing.issued": "test_kil_datapost::test_place_and_period_are_those_of_the_data",
    "municipality.owners": "test_solar_sizing::test_c3_who_may_be_built_on_by_hand",
    "status": "test_climate_status::test_every_setting_of_status_changes_something",
}

PARAMETERS = {"emissions.unit_slip_ratio": "slip_ratio"}
"""What the reader calls a setting it is given."""
PLACE = {"name": "Prov", "site": {"latitude": 59.5, "longitude": 13.3}}


def settings(path="", value=None):
    """Return the settings of a place alone, with one field changed."""
    tree = {"municipality": deepcopy(PLACE)}
    branch, (*parents, last) = tree, path.split(".")
    for part in parents:
        branch = branch.setdefault(part, {})
    branch |= {last: value} if path else {}
    return Settings.model_validate(tree)


def fields(model=Settings, path=()):
    for name, field in model.model_fields.items():
        kind, here = field.annotation, (*path, name)
        inner = isinstance(kind, type) and issubclass(kind, Section)
        yield from fields(kind, here) if inner else [".".join(here)]


def roofs(chosen):
    """Planes of a gable house seen to its walls only, 10 x 8 m, and of a shed of 3 x 4 m."""
    x, y = 404_000.25 + 0.5 * np.arange(60), 6_596_029.75 - 0.5 * np.arange(60)
    east, north = np.meshgrid(x - 404_000, y - 6_596_000)
    heights = np.full((60, 60), np.nan, dtype=np.float32)
    house, shed = (abs(east - 10) < 5) & (abs(north - 10) < 4), (abs(east - 21.5) < 1.5) & (abs(north - 10) < 2)
    heights[house] = (20 - 0.6 * abs(north - 10))[house]
    heights[shed] = (13 + 0.3 * (north - 10))[shed]
    dsm = xr.DataArray(heights, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs("EPSG:3006")
    shapes = [box(404_005, 6_596_006, 404_015, 6_596_014), box(404_020, 6_596_008, 404_023, 6_596_012)]
    buildings = gpd.GeoDataFrame({"building_id": ["a", "b"], "footprint_position": "facade"}, geometry=shapes, crs="EPSG:3006")
    return roof_planes(SimpleNamespace(get=lambda name: None), Models(dsm, None, None), buildings, chosen)[0]["area_m2"].tolist()


def snowed(chosen):
    weather = make_small()
    depth = pd.Series(0.0, index=weather.index)
    depth.iloc[30:34], depth.iloc[34:] = [0.5, 1.0, 1.5, 2.0], 2.6  # centimetres, hour by hour
    snowy, arrays = weather.assign(snow_depth=depth, temp_air=-1.0), make_arrays([20.0], [180.0], [False])
    return power.energy([make_poa(snowy, [20.0], [180.0])], snowy, arrays, chosen.solar).planes["kwh"].tolist()


def planned(chosen):
    context, result, _, _ = plan_builder.made()
    context.settings = chosen
    return {"json": planview.summary(context, result), "money": planview.money(context, result)}


def solved(chosen):
    """The plan of drawn candidates, and the seconds the solver may use: these are solved at once, so no time runs out."""
    asked, plain = [], mip.solve
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mip, "solve", lambda model, **how: (asked.append(how["time_limit_s"]), plain(model, **how))[1])
        table = pd.concat(
            [drawn(seed, 40, 4).assign(candidate_id=lambda t, n=seed: f"{n}" + t["candidate_id"]) for seed in range(3)]
        )
        terms = {"gap": chosen.plan.gap, "time_limit_s": chosen.plan.time_limit_s}
        found = portfolio.solve(table.reset_index(drop=True), Limits((2026, 2027), 3000.0, 2000.0), **terms)
    return [found.objective, found.rows["candidate_id"].tolist(), asked]


def priced(chosen):
    context = SimpleNamespace(settings=chosen, run=Run(today=plan_builder.TODAY, quiet=True))
    market = planpart._market(context, SimpleNamespace(get=lambda name: None), plan_builder.INDEX)
    return [market.terms.rate, market.prices.rows["value"].sum(), way.plan_years(chosen.plan, 2026)]


def light(chosen):
    year = pd.DataFrame({"ghi": 300.0, "dhi": 100.0, "dni": 400.0}, index=plan_builder.INDEX)
    site = chosen.municipality.site
    return sky.open_year(sky.year(year, site), np.array([30.0]), np.array([180.0])).ravel().tolist()


def page(chosen):
    who = chosen.municipality
    shell = Shell(who.name, plan_builder.TODAY, example=who.example, audience="publik", pages=("index",), contact=who.contact)
    return indexpage.page(shell, [])


def followed(chosen):
    return has_book(Project(Path("nowhere"), chosen, Path("nowhere/kil.toml")))


def assumed(folder):
    def read(chosen):
        path = folder / chosen.inputs.buildings
        path.parent.mkdir(exist_ok=True)
        gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(153_000, 6_596_000, 153_020, 6_596_010)]).to_file(path)
        frame = READERS["buildings"](Project(folder, chosen, folder / "kil.toml")).data
        return frame.to_crs(4326).total_bounds.round(3).tolist()

    return read


def background_map(chosen):
    result = solar_map(3)
    base = OnlineBase(**chosen.publishing.online.model_dump() | ({} if chosen.publishing.online.tiles else {"tiles": TILES}))
    return solcellskarta.page(replace(result, online=base), Shell(result.municipality, result.date))


def recorded(folder):
    gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(404_000, 6_597_000, 404_010, 6_597_010)], crs=3006).to_file(
        folder / "solceller.gpkg", layer="byggnader"
    )

    def write(chosen):
        context = record.context(folder)
        about = context.project.settings.model_copy(update={"publishing": chosen.publishing})
        project = Project(folder, about, folder / "kil.toml")
        datapost.write(folder, record.Context(context.run, project), record.PARTS)
        return (folder / "dcat.rdf").read_text(encoding="utf-8")

    return write


def saved(folder):
    def run(chosen):
        where = folder / str(chosen.fleet.plan.savings_through)
        last = f"\n[fleet.plan]\nsavings_through = {chosen.fleet.plan.savings_through}\n"
        return fleet.fleet(fleet.project(where, settings=last))["saved_tonnes"]

    return run


CASES = {
    "municipality.name": ("Annan", page),
    "municipality.code": ("1715", followed),
    "municipality.example": (True, page),
    "municipality.contact": ("klimat@exempel.invalid", page),
    "municipality.crs": ("EPSG:3008", assumed),
    "municipality.site.latitude": (58.5, light),
    "municipality.site.longitude": (14.3, light),
    "municipality.site.altitude": (900.0, light),
    "solar.roofs.min_plane_m2": (25.0, roofs),
    "solar.roofs.overhang_m": (0.8, roofs),
    "solar.losses.snow_event_cm": (6.0, snowed),
    "solar.losses.snow_event_h": (1, snowed),
    "solar.losses.snow_strings": (1, snowed),
    "solar.target.year": (2030, planned),
    "economy.grid_company": ("Härnösand", priced),
    "economy.debt_msek": (700.0, planned),
    "economy.debt_ceiling_msek": (2000.0, planned),
    "plan.years": ((2028, 2029), priced),
    "plan.way": ("company", priced),
    "plan.gap": (0.1, solved),
    "plan.time_limit_s": (5.0, solved),
    "fleet.plan.savings_through": (2035, saved),
    "publishing.publisher_url": ("https://exempel.invalid/kommun", recorded),
    "publishing.online.name": ("Exempelkartan", background_map),
    "publishing.online.tiles": ("https://rutor.invalid/{z}/{x}/{y}.png", background_map),
    "publishing.online.attribution": ("Exempelverket", background_map),
}
NEEDS_FOLDER = (assumed, recorded, saved)


@pytest.mark.parametrize("path", CASES)
def test_every_other_setting_changes_an_output(path, tmp_path):
    value, output = CASES[path]
    run = output(tmp_path) if output in NEEDS_FOLDER else output
    assert run(settings(path, value)) != run(settings())


def test_what_the_definitions_file_does_not_know_is_told(tmp_path):
    (tmp_path / "egna.toml").write_text("[[definitions]]\nid = 'x'\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"definitions: inställningen är okänd.*\[\[definition\]\]"):
        fleetinputs.definitions(Project(tmp_path, settings("inputs.definitions", "egna.toml"), tmp_path / "kil.toml"))


@pytest.mark.parametrize("name", READERS)
def test_every_file_of_a_project_is_read_where_the_setting_says(name, tmp_path):
    """A file that the settings name and that is not there is told by its name; the setting left alone, nothing is asked of it."""
    plain = Project(tmp_path, settings(), tmp_path / "kil.toml")
    assert open_inputs(plain, [name], required=()).data == {}
    other = Project(tmp_path, settings(f"inputs.{name}", "indata/annan.fil"), tmp_path / "kil.toml")
    with pytest.raises(InputError) as caught:
        open_inputs(other, [name], required=())
    assert [fault.file for fault in caught.value.faults] == ["indata/annan.fil"]


def test_the_form_of_the_weather_and_the_definitions_file(tmp_path):
    example = example_folder()
    whole = Project(example, settings("inputs.weather_format", "epw"), example / "kil.toml")
    with pytest.raises(InputError):
        READERS["weather"](whole)
    assert READERS["weather"](Project(example, settings(), example / "kil.toml")).data is not None
    (tmp_path / "egna.toml").write_text("[[definition]]\nfel = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="egna"):
        fleetinputs.definitions(Project(tmp_path, settings("inputs.definitions", "egna.toml"), tmp_path / "kil.toml"))


def test_no_field_is_forgotten():
    """Each is proven here or by the test named: that test exists, and its file names the field or goes through all of them."""
    here = Path(__file__).parent
    for field in fields():
        if field in CASES or field.startswith("inputs."):
            continue
        prefix = next((key for key in sorted(ELSEWHERE, key=len, reverse=True) if f"{field}.".startswith(f"{key}.")), None)
        assert prefix is not None, field
        file, _, test = ELSEWHERE[prefix].partition("::")
        source = (here / f"{file}.py").read_text(encoding="utf-8")
        assert f"def {test}(" in source, ELSEWHERE[prefix]
        name = PARAMETERS.get(field, field.rpartition(".")[2])
        assert re.search(rf"(\b|\\n){name}\b", source) or "model_fields" in source, field
