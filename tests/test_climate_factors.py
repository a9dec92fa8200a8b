"""Emission factors (docs/metod/utslapp.md, P1-P4).

Numbers: Energimyndigheten's well-to-wheel table of deliveries 2016 (diesel MK1 80.4 g/MJ = 2 853 g/l, petrol MK1 91.3 g/MJ = 2 890 g/l,
fossil references 95.1 and 93.3 g/MJ); reduction duty by the acts named in reduction_duty.csv; residual mixes of Energimarknadsinspektionen.
"""

import datetime as dt
from itertools import pairwise

import pandas as pd
import pytest

from climate.factors import FactorTable, least_direct
from data.readers import emissionfacts
from data.sources import registry

AR5 = emissionfacts.warming_potentials("ar5")
TABLE = FactorTable(emissionfacts.factors(), AR5)


def at(carrier, gas, basis, day):
    return TABLE.at(carrier, gas, basis, dt.date.fromisoformat(day))


def test_p1_every_day_has_exactly_one_shipped_factor():
    for key, rows in emissionfacts.factors().groupby(["carrier", "gas", "basis"]):
        ordered = rows.sort_values("valid_from")
        assert ordered["valid_from"].iloc[0] == pd.Timestamp("1990-01-01"), key
        assert pd.isna(ordered["valid_to"].iloc[-1]), key
        for before, after in pairwise(ordered.itertuples()):
            assert after.valid_from == before.valid_to + pd.Timedelta(days=1), key


@pytest.mark.parametrize(
    ("carrier", "g_mj", "g_litre"), [("diesel", 80.4, 2853), ("petrol", 91.3, 2890), ("e85", 51, 1181), ("hvo100", 14, 476)]
)
def test_p2_published_2016_table(carrier, g_mj, g_litre):
    factor = at(carrier, "co2e", "wtw", "2016-05-05")
    assert (factor.value, factor.status) == (g_mj, "published")
    _, mj = emissionfacts.heating_values()[carrier]
    assert factor.value * mj == pytest.approx(g_litre, rel=0.003)  # the table prints both, rounded


@pytest.mark.parametrize(
    ("day", "diesel", "petrol"),
    [("2020-03-01", 21, 4.2), ("2021-09-01", 26, 6), ("2023-03-01", 30.5, 7.8), ("2025-06-30", 6, 6), ("2025-07-01", 10, 10)],
)
def test_p3_derived_from_the_duty_of_the_day_and_marked(day, diesel, petrol):
    for carrier, reference, duty in (("diesel", 95.1, diesel), ("petrol", 93.3, petrol)):
        factor = at(carrier, "co2e", "wtw", day)
        assert factor.value == pytest.approx(reference * (1 - duty / 100), abs=1e-3)
        assert factor.status == "derived"


def test_p3_the_year_2025_is_cut_where_its_factor_changes():
    assert TABLE.cuts("diesel", dt.date(2025, 1, 1), dt.date(2025, 12, 31)) == [dt.date(2025, 7, 1)]


def test_carried_rows_are_marked_and_say_from_when():
    rows = emissionfacts.factors()
    carried = rows[rows["status"] == "carried"]
    assert len(carried)
    assert carried["note"].notna().all()
    assert at("electricity", "co2", "market", "2022-01-01").value == 467.62
    assert at("electricity", "co2", "market", "2025-01-01").status == "carried"


def test_every_factor_names_a_cited_source():
    assert set(emissionfacts.factors()["source"]) <= set(registry())


def test_p4_co2e_of_the_pipe_is_the_gases_by_their_warming_potentials():
    day = dt.date(1995, 1, 1)
    for name in ("ar4", "ar5"):
        gwp = emissionfacts.warming_potentials(name)
        factor = FactorTable(emissionfacts.factors(), gwp).at("heating_oil", "co2e", "tailpipe", day)
        # IPCC 2006 vol. 2 table 2.4, gas/diesel oil, commercial: 74 100 kg CO2, 10 kg CH4, 0.6 kg N2O a TJ
        assert factor.value == pytest.approx(74.1 + 0.010 * gwp["ch4"] + 0.0006 * gwp["n2o"], abs=1e-9)


def test_a_row_of_the_municipality_wins():
    own = emissionfacts.factors().query("carrier == 'diesel' and gas == 'co2e' and basis == 'wtw'").tail(1)
    table = FactorTable(pd.concat([emissionfacts.factors(), own.assign(value=70.0, status="own")]), AR5)
    assert table.at("diesel", "co2e", "wtw", dt.date(2026, 1, 1)).value == 70.0


def test_unknown_is_none_never_zero():
    assert at("car_km", "co2e", "wtw", "2024-01-01") is None
    assert at("heavy_oil", "co2e", "wtw", "2024-01-01") is None


def test_a_sum_is_as_direct_as_its_least_direct_part():
    assert least_direct("published", "carried", "derived") == "carried"
