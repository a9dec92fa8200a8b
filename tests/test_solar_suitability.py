"""Class, reasons, verdicts and totals (docs/metod/klass.md, K1-K9), on cases small enough to be judged by hand."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import irradiance
from pvlib.location import Location
from shapely import box

from data.layers import ANLAGGNINGAR, FACILITIES, PLANTS, REASONS, TAK
from data.settings import Site, SolarSettings
from data.tables import validate
from data.texts import catalogue, use_language
from solar import suitability
from solar.power import EnergyResult
from solar.totals import built_kwp

DEFAULT = SolarSettings()
TODAY = dt.date(2026, 3, 1)
BEST = 1200.0


def changed(**sections):
    return DEFAULT.model_copy(
        update={name: getattr(DEFAULT, name).model_copy(update=fields) for name, fields in sections.items()}
    )


def roof(**fields):
    """One row of what `classify` reads: a good south roof, changed as asked."""
    row = {
        "tilt_deg": 40.0,
        "azimuth_deg": 180.0,
        "confidence": 0.9,
        "survey_date": pd.Timestamp("2022-05-01"),
        "fit_rmse_m": 0.05,
        "kwp": 20.0,
        "built_kwp": 0.0,
        "poa_kwh_m2": 1190.0,
        "poa_unshaded_kwh_m2": 1195.0,
        "loss_trees": 0.0,
        "loss_near": 0.004,
        "loss_far": 0.0,
        "foreign": False,
        "kwp_without_lanes": fields.get("kwp", 20.0),
    }
    return row | fields


CASES = [
    ({}, "top", ""),
    ({"poa_kwh_m2": 1140.0}, "top", ""),  # exactly 95 %
    ({"poa_kwh_m2": 1139.9, "loss_trees": 0.06}, "good", "shade_trees"),
    ({"poa_kwh_m2": 960.0, "loss_near": 0.1, "loss_far": 0.07}, "good", "shade_buildings;shade_terrain"),  # exactly 80 %
    ({"poa_kwh_m2": 1130.0, "loss_trees": 0.02, "loss_near": 0.03}, "good", "shade_buildings"),  # none above 5 %: the largest
    ({"tilt_deg": 0.0, "poa_kwh_m2": 1000.0, "poa_unshaded_kwh_m2": 1010.0}, "good", "tilt;bygglov_att_prova"),
    ({"tilt_deg": 40.0, "azimuth_deg": 90.0, "poa_kwh_m2": 940.0, "poa_unshaded_kwh_m2": 940.0}, "fair", "azimuth"),
    ({"tilt_deg": 12.0, "azimuth_deg": 80.0, "poa_kwh_m2": 930.0, "poa_unshaded_kwh_m2": 930.0}, "fair", "tilt;azimuth"),
    ({"tilt_deg": 40.0, "azimuth_deg": 0.0, "poa_kwh_m2": 600.0, "poa_unshaded_kwh_m2": 600.0}, "poor", "azimuth"),
    ({"kwp": 0.0}, "excluded", "too_small"),
    ({"built_kwp": 19.0}, "excluded", "already_built"),
    ({"built_kwp": 5.0}, "top", "already_built"),
    ({"poa_kwh_m2": np.nan, "poa_unshaded_kwh_m2": np.nan}, "not_assessed", "outside_model"),
    ({"poa_kwh_m2": np.nan, "poa_unshaded_kwh_m2": np.nan, "fit_rmse_m": np.nan}, "not_assessed", "no_survey"),
    ({"confidence": 0.3}, "not_assessed", "uncertain_geometry"),
    ({"survey_date": pd.Timestamp("2012-05-01")}, "top", "old_survey"),
    ({"survey_date": pd.NaT}, "top", ""),
    ({"foreign": True}, "top", "not_municipal"),
    ({"kwp_without_lanes": 24.0}, "top", "raddningsstrak"),
]


@pytest.mark.parametrize(("fields", "cls", "reasons"), CASES)
def test_k1_class_and_reasons_by_hand(fields, cls, reasons):
    out = suitability.classify(pd.DataFrame([roof(**fields)]), BEST, DEFAULT, today=TODAY).iloc[0]
    assert (out["class"], out["reasons"]) == (cls, reasons)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "tilt_deg": st.floats(0, 80),
            "azimuth_deg": st.floats(0, 359),
            "confidence": st.floats(0, 1),
            "kwp": st.sampled_from([0.0, 1.8, 20.0]),
            "built_kwp": st.sampled_from([0.0, 1.8]),
            "loss_trees": st.floats(0, 0.3),
            "loss_near": st.floats(0, 0.3),
            "loss_far": st.floats(0, 0.3),
            "poa_unshaded_kwh_m2": st.floats(300, 1200),
        }
    )
)
def test_k2_every_roof_below_top_has_a_reason_and_more_light_is_never_worse(fields):
    fields["built_kwp"] = min(fields["built_kwp"], fields["kwp"])
    share = 1 - fields["loss_trees"] - fields["loss_near"] - fields["loss_far"]
    rows = [
        roof(**fields, poa_kwh_m2=fields["poa_unshaded_kwh_m2"] * share),
        roof(**fields, poa_kwh_m2=fields["poa_unshaded_kwh_m2"]),
    ]
    out = suitability.classify(pd.DataFrame(rows), BEST, DEFAULT, today=TODAY)
    order = ["top", "good", "fair", "poor", "excluded", "not_assessed"]
    assert order.index(out["class"][1]) <= order.index(out["class"][0])
    first = out.iloc[0]
    assert first["class"] == "top" or first["reasons"]
    assert set(filter(None, first["reasons"].split(";"))) <= set(REASONS)


def test_k3_the_best_plane_is_the_best_pvlib_finds():
    site = Site(latitude=59.5, longitude=13.3, altitude=60)
    place = Location(site.latitude, site.longitude, altitude=site.altitude)
    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    sun = place.get_solarposition(index)
    ghi = place.get_clearsky(index, model="haurwitz")["ghi"] * (0.6 + 0.3 * np.sin(np.arange(8760) / 37))
    split = irradiance.erbs(ghi, sun["apparent_zenith"], index)
    weather = pd.DataFrame({"ghi": ghi, "dhi": split["dhi"], "dni": split["dni"]})
    chosen = changed(shade={"model": "haydavies"})
    best = suitability.best_unshaded(weather, site, chosen)
    extra = irradiance.get_extra_radiation(index)

    def light(tilt, azimuth):
        sky = (sun["apparent_zenith"], sun["azimuth"], split["dni"], ghi, split["dhi"])
        plane = irradiance.get_total_irradiance(tilt, azimuth, *sky, dni_extra=extra, model="haydavies", albedo=0.2)
        return plane["poa_global"].sum() / 1000

    brute = max(light(tilt, azimuth) for tilt in range(30, 56, 2) for azimuth in range(164, 197, 4))
    assert best == pytest.approx(brute, rel=3e-4)
    assert best >= brute * (1 - 1e-4)
    assert best != suitability.best_unshaded(weather, site, changed(shade={"albedo": 0.6}))


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("classes", "top", 99.5),
        ("classes", "good", 90.0),
        ("classes", "fair", 79.5),
        ("classes", "basis", "absolute"),
        ("classes", "shade_reason", 0.2),
        ("classes", "min_confidence", 0.95),
        ("classes", "max_scan_age_years", 2.0),
        ("classes", "best_tilt_deg", 10.0),
        ("roofs", "flat_below_deg", 50.0),
        ("module", "min_modules", 100),
    ],
)
def test_every_setting_of_classes_changes_a_class_or_a_reason(section, field, value):
    rows = pd.DataFrame(
        [
            roof(built_kwp=1.0),
            roof(poa_kwh_m2=1000.0, poa_unshaded_kwh_m2=1100.0, loss_trees=0.09, azimuth_deg=120.0),
            roof(poa_kwh_m2=910.0, poa_unshaded_kwh_m2=910.0, tilt_deg=15.0, azimuth_deg=110.0),
        ]
    )
    before, after = (
        suitability.classify(rows, BEST, chosen, today=TODAY) for chosen in (DEFAULT, changed(**{section: {field: value}}))
    )
    assert not before.equals(after)


@pytest.mark.parametrize("field", ["top_kwh_m2", "good_kwh_m2", "fair_kwh_m2"])
def test_absolute_cuts_count(field):
    rows = pd.DataFrame([roof(poa_kwh_m2=p, poa_unshaded_kwh_m2=p) for p in (1010.0, 955.0, 805.0)])
    plain = {"basis": "absolute"}
    before = suitability.classify(rows, BEST, changed(classes=plain), today=TODAY)["class"].tolist()
    after = suitability.classify(
        rows,
        BEST,
        changed(classes=plain | {field: {"top_kwh_m2": 1050.0, "good_kwh_m2": 970.0, "fair_kwh_m2": 850.0}[field]}),
        today=TODAY,
    )
    assert before == ["top", "good", "fair"] and before != after["class"].tolist()


# --- a town of six buildings -----------------------------------------------------------------------------------------------------

POA = {"A-1": 1190.0, "A-2": 700.0, "B-1": 1000.0, "C-1": 1180.0, "D-1": 1190.0, "E-1": np.nan, "P-1": 1195.0}
KWP = {"A-1": 40.0, "A-2": 30.0, "B-1": 25.0, "C-1": 60.0, "D-1": 5.0, "E-1": 12.0, "P-1": 8.0}


def town():
    ids = list(POA)
    return gpd.GeoDataFrame(
        {
            "plane_id": ids,
            "building_id": [i[0] for i in ids],
            "tilt_deg": 30.0,
            "azimuth_deg": [180.0, 0.0, 120.0, 180.0, 180.0, 180.0, 180.0],
            "is_flat": False,
            "area_m2": 300.0,
            "usable_m2": 200.0,
            "z_m": 12.0,
            "ground_z_m": 5.0,
            "fit_rmse_m": 0.04,
            "points_per_m2": 1.0,
            "coverage": 0.9,
            "confidence": 0.9,
            "survey_date": pd.Timestamp("2022-05-01"),
            "roof_edge": "overhang",
            "kwp": [KWP[i] for i in ids],
        },
        geometry=[box(20 * n, 0, 20 * n + 10, 10) for n in range(len(ids))],
        crs=3006,
    )


def light():
    lit = [i for i in POA if POA[i] == POA[i]]
    plane = np.array([POA[i] for i in lit])
    table = {
        "poa_kwh_m2": plane,
        "poa_unshaded_kwh_m2": plane / 0.99,
        "sky_view": 0.95,
        "loss_trees": 0.01,
        "loss_near": 0.0,
        "loss_far": 0.0,
    }
    return pd.DataFrame(table, index=pd.Index(lit, name="plane_id"))


def energy():
    index = pd.Index([i for i in POA if POA[i] == POA[i]], name="plane_id")
    kwp = np.array([KWP[i] for i in index])
    planes = pd.DataFrame(
        {"kwh_per_kwp": 900.0, "poa_kwh_m2": 1100.0, "snow_loss": 0.02, "kwh": 900 * kwp, "kwp": kwp}, index=index
    )
    empty = pd.DataFrame(index=index)
    return EnergyResult(planes, empty, None, empty, empty, ())


KNOWN = {
    "heritage": "ok",
    "structure": "ok",
    "asbestos": "ok",
    "defence": "ok",
    "grid_limit": "ok",
    "detailed_plan": "ok",
    "roof_year": 2015,
    "publish": "ja",
}


def register(**overrides):
    """Facilities A-E by letter and N, which has no building; overrides: letter -> fields."""
    rows = [
        {"facility_id": f"F{x}", "name": f"Anläggning {x}", "owner": "Exempel kommun" if x != "C" else "Exempelbostäder"}
        | KNOWN
        | overrides.get(x, {})
        for x in "ABCDEN"
    ]
    return pd.DataFrame(rows)


MATCHES = pd.DataFrame({"building_id": list("ABCDE"), "facility_id": [f"F{x}" for x in "ABCDE"]})


def judge(reg=None, chosen=DEFAULT, plants=None):
    reg = register() if reg is None else reg
    rows = {"annual": light(), "energy": energy(), "matches": MATCHES, "register": reg, "best_kwh_m2": BEST}
    tak = suitability.tak(town(), **rows, settings=chosen, today=TODAY, plants=plants)
    out = suitability.facilities(tak, reg, chosen, matches=MATCHES, today=TODAY, plants=plants)
    return tak, out.set_index("facility_id", drop=False)


def test_layers_keep_their_contracts():
    tak, out = judge()
    assert len(validate(tak, TAK, file="tak")) == 7
    assert len(validate(out.reset_index(drop=True), ANLAGGNINGAR, file="anlaggningar")) == 6
    assert tak.set_index("plane_id").loc["P-1", ["facility_id", "name", "owner"]].isna().all()
    assert (tak["p90_kwh"] < tak["kwh"])[tak["kwh"].notna()].all()


def test_k4_the_written_rule_by_hand():
    # A: 40 kW top, its north roof is poor. B: 25 kW of class good. C: 60 kW. D: 5 kW, under 10. E: outside the model. N: no building.
    _, out = judge()
    assert out["suitability"].to_dict() == {
        "FA": "suitable", "FB": "suitable", "FC": "suitable", "FD": "unsuitable", "FE": "unknown", "FN": "unknown"
    }  # fmt: skip
    assert out.loc["FA", ["kwp", "kwh", "best_class", "share_kwp_top_two"]].tolist() == [40, 36_000, "top", 1]
    assert out.loc["FN", "missing"] == "building_ids" and out.loc["FN", "geometry"].is_empty and pd.isna(out.loc["FN", "kwp"])
    assert out.loc["FD", "reasons"] == "too_small"
    assert out.loc["FE", "reasons"] == ""


@pytest.mark.parametrize(
    ("fields", "verdict", "reason", "missing"),
    [
        ({"heritage": "no"}, "unsuitable", "kulturvarde", ""),
        ({"structure": "no"}, "unsuitable", "barighet_utred", ""),
        ({"defence": "no"}, "unsuitable", "totalforsvar", ""),
        ({"asbestos": "no"}, "conditional", "asbest_utred", ""),
        ({"grid_limit": "no"}, "conditional", "natkapacitet_fraga", ""),
        ({"detailed_plan": "no"}, "conditional", "detaljplan_prova", ""),
        ({"detailed_plan": "unknown"}, "suitable", "", "detailed_plan"),
        ({"grid_limit_kw": 20.0}, "suitable", "natkapacitet_fraga", ""),
        ({"heritage": "unknown", "structure": None}, "suitable", "", "heritage;structure"),
        ({"asbestos": "unknown", "roof_year": 1975}, "conditional", "takbyte_forst;asbest_utred", "asbestos"),
        ({"roof_year": None}, "suitable", "", "roof_year"),
        ({"roof_year": 1980}, "conditional", "takbyte_forst", ""),
        ({"roof_change_year": 2027}, "conditional", "takbyte_forst", ""),
        ({"roof_change_year": 2020}, "suitable", "", ""),
        ({"rented": True}, "conditional", "hyrd_byggnad", ""),
        ({"to_be_sold": True}, "conditional", "saljs", ""),
    ],
)
def test_k5_answers_and_records_by_hand(fields, verdict, reason, missing):
    _, out = judge(register(C=fields))
    row = out.loc["FC"]
    assert row["suitability"] == verdict
    assert sorted(row["reasons"].split(";")) == sorted(reason.split(";"))
    assert row["missing"] == missing


def test_k5_a_good_share_below_half_is_conditional():
    chosen = changed(classes={"fair": 55.0})  # A's north roof, 58 %, becomes fair: 40 of 70 kW in the top two, 57 %
    assert judge(chosen=chosen)[1].loc["FA", "suitability"] == "suitable"
    stricter = changed(classes={"fair": 55.0}, verdict={"min_share_top_two": 0.6})
    assert judge(chosen=stricter)[1].loc["FA", "suitability"] == "conditional"


@pytest.mark.parametrize(
    ("field", "value", "fields"),
    [
        ("min_kwp", 61.0, {}),
        ("unsuitable_if_no", ("heritage",), {"structure": "no"}),
        ("roof_age_years", 5.0, {}),
        ("asbestos_until", 2020, {"asbestos": "unknown"}),
        ("large_plant_kwp", 50.0, {}),
    ],
)
def test_every_setting_of_the_rule_changes_a_verdict_or_a_reason(field, value, fields):
    columns = ["suitability", "reasons"]
    before, after = (
        judge(register(C=fields), chosen)[1].loc["FC", columns] for chosen in (DEFAULT, changed(verdict={field: value}))
    )
    assert before.tolist() != after.tolist()


def plants(**fields):
    rows = {
        "plant_id": ["S1", "S2", "S3", "S4"],
        "name": ["Sol A", "Sol C", "Sol villa", "Sol beslutad"],
        "building_id": ["A", None, "P", "B"],
        "facility_id": [None, "FC", None, None],
        "owner": ["Exempel kommun", "Solbolaget", None, "Exempel kommun"],
        "kwp": [25.0, 70.0, 6.0, 20.0],
        "in_use": pd.to_datetime(["2020-06-01", "2024-06-01", "2021-06-01", None]),
    }
    return pd.DataFrame(rows | fields)


def test_k6_built_plants_take_the_sunniest_roofs_of_their_building():
    tak, out = judge(plants=plants())
    built = tak.set_index("plane_id")["built_kwp"]
    assert built.to_dict() == {"A-1": 25, "A-2": 0, "B-1": 0, "C-1": 60, "D-1": 0, "E-1": 0, "P-1": 6}  # C holds 60 of its 70
    classes = tak.set_index("plane_id")["class"]
    assert classes["A-1"] == "top" and classes["C-1"] == "excluded"
    assert out.loc["FA", ["kwp", "built_kwp", "suitability"]].tolist() == [15, 25, "suitable"]
    assert out.loc["FA", "kwh"] == pytest.approx(15 * 900)
    assert out.loc["FC", ["kwp", "built_kwp", "suitability"]].tolist() == [0, 70, "unsuitable"]
    assert "70" in out.loc["FC", "sentence"]


def test_k7_totals_by_hand():
    reg = register(A={"detailed_plan": "unknown"}, B={"heritage": "unknown"}, C={"detailed_plan": "no"})
    tak, out = judge(reg, plants=plants())
    got = suitability.totals(tak, out.reset_index(drop=True), plants(), DEFAULT, today=TODAY)
    # suitable: A 15 + B 25 (C has a "no"; D small; E, N unknown). Known: A only. Group's own: S1 25 kW; S4 is not in use.
    expected = {
        "potential_mwp": 0.180, "municipal_mwp": 0.172, "suitable_mwp": 0.040, "suitable_known_mwp": 0.015, "total_mwp": 0.040,
        "total_mwh": 36.0, "built_mw": 0.025, "target_mw": 6.0, "remaining_mw": 5.975, "gap_after_roofs_mw": 5.935,
    }  # fmt: skip
    assert {name: got[name] for name in expected} == pytest.approx(expected)
    assert (got["buildings"], got["planes"], got["facilities"]) == (6, 7, 6)
    assert sum(part["mwp"] for part in got["by_class"].values()) == pytest.approx(got["potential_mwp"])
    assert sum(part["mwp"] for part in got["by_owner"].values()) == pytest.approx(got["municipal_mwp"])
    assert set(got["by_owner"]) == {"Exempel kommun", "Exempelbostäder"}
    assert got["warnings"][0] == "1 takyta med 0,01 MW är inte bedömd: 1 ligger utanför höjdmodellen."
    assert len(got["warnings"]) == 3  # one plane not assessed; S3 without owner; 10 kW of S2 no roof holds


@pytest.mark.parametrize(
    ("reading", "mw"), [("group_total_dc", 0.025), ("municipal_property_total_dc", 0.095), ("municipality_total_dc", 0.101)]
)
def test_k8_every_reading_of_what_is_built(reading, mw):
    tak, out = judge(plants=plants())
    chosen = changed(target={"reading": reading, "mw": 0.1})
    got = suitability.totals(tak, out.reset_index(drop=True), plants(), chosen, today=TODAY)
    assert got["built_mw"] == pytest.approx(mw)
    assert got["remaining_mw"] == pytest.approx(max(0.0, 0.1 - mw))
    before = built_kwp(plants(), out.reset_index(drop=True), tak, reading=reading, today=dt.date(2020, 7, 1))
    assert before.to_dict() == {"S1": 25.0}


def test_k9_without_a_list_of_plants_what_is_built_is_unknown_not_zero():
    tak, out = judge()
    got = suitability.totals(tak, out.reset_index(drop=True), None, DEFAULT, today=TODAY)
    assert got["built_mw"] is None and got["remaining_mw"] is None and got["gap_after_roofs_mw"] is None
    assert any("okända" in warning for warning in got["warnings"])


def test_a_building_cannot_be_in_two_facilities():
    twice = pd.concat([MATCHES, pd.DataFrame({"building_id": ["A"], "facility_id": ["FB"]})])
    with pytest.raises(ValueError, match="two facilities"):
        suitability.tak(
            town(),
            annual=light(),
            energy=energy(),
            matches=twice,
            register=register(),
            best_kwh_m2=BEST,
            settings=DEFAULT,
            today=TODAY,
        )


def test_owners_outside_the_group_are_not_named():
    group = {"owners": ("Exempel kommun",)}
    reg = register(A={"owner": None})
    names = pd.DataFrame({"building_id": ["C", "P"], "name": ["Höghuset", "Villan"]})
    rows = {"annual": light(), "energy": energy(), "matches": MATCHES, "register": reg, "best_kwh_m2": BEST, "buildings": names}
    tak = suitability.tak(town(), **rows, settings=DEFAULT, today=TODAY, **group)
    by_plane = tak.set_index("plane_id")
    assert by_plane["owner"].dropna().unique().tolist() == ["Exempel kommun"]
    assert by_plane.loc["P-1", "name"] == "Villan" and by_plane.loc["C-1", "name"] == "Anläggning C"
    assert [i for i in POA if "not_municipal" in by_plane.loc[i, "reasons"]] == [
        "C-1",
        "P-1",
    ]  # A's empty owner is the municipality
    out = suitability.facilities(tak, reg, DEFAULT, matches=MATCHES, today=TODAY, **group).set_index("facility_id", drop=False)
    assert out.loc["FC", ["suitability", "reasons"]].tolist() == ["conditional", "not_municipal"]
    assert "Exempelbostäder" not in out.to_string() + tak.to_string()
    got = suitability.totals(tak, out.reset_index(drop=True), None, DEFAULT, today=TODAY, **group)
    assert got["municipal_mwp"] == pytest.approx(0.112)
    assert {owner: part["mwp"] for owner, part in got["by_owner"].items()} == pytest.approx(
        {"Exempel kommun": 0.042, "unknown": 0.07}
    )


def test_validated_tables_with_missing_values_are_read_as_unknown():
    reg = validate(
        register(B={"roof_year": None, "heritage": None, "rented": None, "owner": None}), FACILITIES, file="fastigheter"
    )
    built = validate(plants(), PLANTS, file="anlaggningar")
    tak, out = judge(reg, plants=built)
    assert out.loc["FB", "missing"] == "heritage;roof_year"
    plain = judge(register(B={"roof_year": None, "heritage": None}), plants=plants())[1]
    assert out["suitability"].tolist() == plain["suitability"].tolist()
    assert out["reasons"].tolist() == plain["reasons"].tolist()
    got = suitability.totals(tak, out.reset_index(drop=True), built, DEFAULT, today=TODAY)
    assert got["built_mw"] == pytest.approx(0.025)


INTERNAL = ("bärig", "asbest", "takår", "nät", "struct", "grid", "roof year", "hyr", "sälj", "rent", "sold")


@pytest.mark.parametrize("code", ["sv", "en"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"structure": "no"},
        {"asbestos": "no"},
        {"grid_limit": "no"},
        {"rented": True},
        {"structure": "unknown", "asbestos": None},
    ],
)
def test_one_public_sentence_in_both_languages(code, fields):
    with use_language(code):
        _, out = judge(register(C=fields))
    for sentence in out["sentence"]:
        assert sentence.count(".") == 1 and sentence.endswith(".") and "{" not in sentence
        assert not any(word in sentence.lower() for word in INTERNAL)
        assert len(sentence.split()) <= 25
    if not fields:
        assert out.loc["FC", "sentence"] == {
            "sv": "Anläggning C är lämplig: 60 kW toppeffekt ger omkring 54 MWh om året.",
            "en": "Anläggning C is suitable: 60 kW of peak power gives about 54 MWh a year.",
        }[code]  # fmt: skip


def test_hostile_names_are_carried_not_interpreted():
    name = "{open} <script>=1+1"
    _, out = judge(register(A={"name": name}))
    assert name in out.loc["FA", "sentence"]


def test_every_text_of_solar_stands_in_both_languages():
    keys = [key for key in catalogue() if key.startswith("solar.")]
    assert keys and all(set(catalogue()[key]) >= {"sv", "en"} for key in keys)
