"""A plan small enough to add by hand: two schools and a parking place, made without any input file."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from shapely import box

from data.readers import prices
from data.settings import Settings
from data.sources import Source
from kil.planview import summary
from kil.results import PlanResult
from kil.run import Run
from maps.page import Shell
from solar import h8, load, observations, sizing
from solar import plan as way
from solar.tariffs import Prices

TODAY = dt.date(2026, 3, 1)
INDEX = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
SUN = np.where((INDEX.hour >= 8) & (INDEX.hour < 14), 0.4, -0.0004).astype("float32")
NAMES = ("Norrskolan <b>&</b>", "Södra skolan", "Vattenverket", "Lagunen")
SECRET = {"load": 777_123.0, "meter": "735999000000009876", "remark": "Takbalkarna är klena"}
"""Values that must never be public."""


def settings(economy=None, **plan):
    place = {"name": "Provköping", "example": True, "site": {"latitude": 59.5, "longitude": 13.3}}
    return Settings.model_validate({"municipality": place, "plan": plan, "economy": {"debt_msek": 900.0} | (economy or {})})


def connections(names=NAMES):
    found = {}
    for n, name in enumerate(names):
        id_ = f"F-{n + 1}"
        used = load.Load(np.full(8760, SECRET["load"] / 8760), "measured")
        found[id_] = sizing.Connection(
            id=id_,
            name=name,
            facility_ids=(id_,),
            owner="Kommunen",
            plane_ids=(f"b{n}-1",),
            kwp=np.array([45.0 + 45 * (n % 8)]),
            profile=SUN[:, None],
            load=used,
            terms={"climate": 0.06, "own": 0.08},
        )
    return found


def solar_result(names=NAMES):
    """What the solar part hands on: roofs, footprints, modules and horizons of the facilities."""
    n = len(names)
    shapes = [box(1000 + 200 * k, 2000, 1000 + 200 * k + 40, 2020) for k in range(n)]
    ids = [f"F-{k + 1}" for k in range(n)]
    frame = {"facility_id": ids, "name": list(names), "building_id": [f"b{k}" for k in range(n)], "owner": "Kommunen"}
    publish = [("ja", "utan namn", "nej", "ja")[k % 4] for k in range(n)]
    answers = dict.fromkeys(("heritage", "structure", "asbestos", "defence", "grid_limit"), "unknown")
    anlaggningar = gpd.GeoDataFrame(frame | answers | {"publish": publish, "kwp": 100.0}, geometry=shapes, crs="EPSG:3006")
    tak = anlaggningar.assign(plane_id=[f"b{k}-1" for k in range(n)], tilt_deg=30.0, azimuth_deg=180.0, area_m2=400.0)
    tak = tak.assign(kwh_per_kwp=850.0, survey_date=pd.Timestamp("2022-05-01"), reasons="", kwp=100.0, kwh=85_000.0)
    modules = [
        {"plane_id": f"b{k}-1", "array_id": f"b{k}-1", "module_n": m, "orientation": "portrait", "row": 0}
        | {"geometry": box(1000 + 200 * k + 1.2 * m, 2000, 1001 + 200 * k + 1.2 * m, 2001.7)}
        for k in range(n)
        for m in range(1, 31)
    ]
    horizon = xr.DataArray(
        np.full((n, 8, 3), 5.0),
        dims=("plane", "direction", "cause"),
        coords={"plane": list(tak["plane_id"]), "direction": np.arange(8) * 45.0, "cause": ["near", "trees", "far"]},
    )
    assessment = SimpleNamespace(
        tak=tak,
        anlaggningar=anlaggningar,
        byggnader=anlaggningar[["building_id", "facility_id", "geometry"]],
        moduler=gpd.GeoDataFrame(modules, geometry="geometry", crs="EPSG:3006"),
        light=SimpleNamespace(horizon=horizon),
    )
    file = Source(id="own_file", title="Egen fil", publisher="Provköping", file="vader.csv", sha256="ab" * 32)
    opened = SimpleNamespace(get=lambda name: None, sources=(file,))
    return SimpleNamespace(assessment=assessment, opened=opened)


def h8_observations():
    """Every reading of three plants: the group's 20 kW, 0.4 MW rented on its school, a farm's 50 kW; 10 kW decided."""
    plants = pd.DataFrame(
        {
            "kwp": [20.0, 400.0, 50.0, 10.0],
            "ac_kw": [17.0, 340.0, np.nan, 9.0],
            "owner": ["Kommunen", "Solbolaget", "Gården", "Kommunen"],
            "ownership": ["own", "leased", "own", "own"],
            "facility_id": ["F-1", "F-2", None, "F-3"],
            "in_use": pd.to_datetime(["2019-05-01", "2024-05-01", "2023-05-01", None]),
        }
    )
    how = {"base_year": 2022, "source": "own_file", "owners": ("Kommunen",), "facility_ids": ["F-1", "F-2", "F-3"]}
    return observations.capacity_observations(plants, today=TODAY, **how)


def made(tmp: Path | None = None, *, mw=0.3, names=NAMES, economy=None, moved=None, **plan):
    """Return context, result, plan.json and the solar result of the small plan. moved: prices of other values."""
    chosen = settings(economy, curve_points=4, **plan)
    context = SimpleNamespace(
        settings=chosen, run=Run(today=TODAY, quiet=True), project=SimpleNamespace(folder=tmp, config=Path("kil.toml"))
    )
    here = Prices(prices.in_force(TODAY, "okänt"))
    for id_, value in (moved or {}).items():
        here = here.changed(id_, value)
    market = sizing.Market.of(here, chosen.economy, INDEX, dc_ac=1.15)
    solar, behind = solar_result(names), connections(names)
    table = sizing.options(behind.values(), market)
    target = way.Target(mw, 0.02, "group_total_dc")
    plan_ = way.make(table, None, target, market, plan=chosen.plan, years=(2026, 2027))
    ids = solar.assessment.anlaggningar["facility_id"]
    result = PlanResult(
        plan=plan_,
        market=market,
        roofs=SimpleNamespace(
            anlaggningar=solar.assessment.anlaggningar,
            weather=pd.DataFrame({"ghi": 115.0}, index=INDEX),
            tak=solar.assessment.tak,
        ),
        allowed=pd.DataFrame({"refused": "", "earliest_year": np.nan, "open": "structure;asbestos"}, index=ids),
        connections=behind,
        loads={id_: one.load for id_, one in behind.items()},
        sites=None,
        opened=SimpleNamespace(get=lambda name: None, sources=()),
        overstated=("F-1", 1004.0, 1000.0),
        readings={"group_total_dc": 0.02, "municipal_property_total_dc": 0.01, "municipality_total_dc": 0.05},
        directive=pd.DataFrame(
            {"deadline": [("2027-12-31", None, None, "2030-12-31")[k % 4] for k in range(len(ids))]}, index=ids
        ),
        warnings=(SECRET["remark"], SECRET["meter"]),
        h8=h8.readings(h8_observations(), day=TODAY, target_mw=mw),
    )
    return context, result, summary(context, result), solar


def shell(audience: str) -> Shell:
    """Return what frames the plan's page for an audience."""
    return Shell("Provköping", dt.date(2026, 3, 1), example=True, audience=audience, pages=("index", "plan"))
