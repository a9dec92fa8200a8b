"""Money (docs/metod/ekonomi.md, E1-E9). The examples are worked by hand on that page; the loops here are not the program's own."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.readers import prices as reader
from data.settings import EconomySettings
from solar import economy, tariffs

TODAY = dt.date(2026, 3, 1)
DEFAULT = EconomySettings()
INDEX = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
TERMS = economy.Terms(rate=0.05, years=20, ageing=0.005, price_change=0.01, operation=100.0, inverter=800.0, inverter_years=15)


@pytest.fixture(scope="module")
def prices():
    return tariffs.Prices(reader.in_force(TODAY, "okänt"))


def year_by_year(capex, income, kwp, terms):
    """The plant's flows as a bookkeeper writes them, a year a line."""
    flows = [-capex]
    for t in range(1, terms.years + 1):
        got = income * (1 - terms.ageing) ** (t - 1) * (1 + terms.price_change) ** (t - 1)
        paid = terms.operation * kwp
        if t % terms.inverter_years == 0 and t < terms.years:
            paid += terms.inverter * kwp
        flows.append(got - paid)
    return flows


def test_e1_npv_by_hand():
    """100 kW for 1 000 000 kr, 90 000 kr income, 10 000 kr operation, 5 %, 3 years, no ageing: worked on the method page.

    -1 000 000 + 80 000 (0.952381 + 0.907029 + 0.863838) = -782 140.16
    """
    terms = economy.Terms(0.05, 3, 0.0, 0.0, 100.0, 0.0, 15)
    flows = economy.cash_flows(1e6, 90e3, 100.0, terms)
    assert flows.tolist() == [[-1e6, 80e3, 80e3, 80e3]]
    assert economy.npv(flows, terms)[0] == pytest.approx(-782_140.16, abs=0.01)


def test_e1_equals_a_bookkeepers_lines():
    flows = economy.cash_flows(np.array([1e6, 2e5]), np.array([1.1e5, 3e4]), np.array([100.0, 20.0]), TERMS)
    for row, (capex, income, kwp) in zip(flows, ((1e6, 1.1e5, 100.0), (2e5, 3e4, 20.0)), strict=True):
        lines = year_by_year(capex, income, kwp, TERMS)
        assert row == pytest.approx(lines)
        worth = sum(flow / 1.05**t for t, flow in enumerate(lines))
        assert economy.npv(row[None, :], TERMS)[0] == pytest.approx(worth)


def test_e2_irr_of_a_loan():
    """1 000 lent, 3 yearly payments of 402.11: an annuity of 10 % (any table). None when it never pays."""
    flows = np.array([[-1000.0, 402.1148, 402.1148, 402.1148], [-1000.0, 1.0, 1.0, 1.0], [-1000.0, -5.0, -5.0, -5.0]])
    rates = economy.irr(flows)
    assert rates[0] == pytest.approx(0.10, abs=1e-6)
    assert -0.99 < rates[1] < 0 and np.isnan(rates[2])


def test_e3_payback_by_hand():
    flows = np.array([[-1000.0, 400.0, 400.0, 400.0], [-1000.0, 100.0, 100.0, 100.0]])
    years = economy.payback_years(flows)
    assert years[0] == pytest.approx(2.5) and np.isnan(years[1])
    # discounted at 10 %: 363.64 + 330.58 + 300.53 = 994.74 < 1 000: never
    assert np.isnan(economy.payback_years(flows, 0.10)[0])
    # at 5 %: 380.95 + 362.81 = 743.76; 256.24 / 345.54 of year three
    assert economy.payback_years(flows, 0.05)[0] == pytest.approx(2 + 256.24 / 345.54, abs=1e-4)


def test_e4_lcoe_by_hand():
    """10 kW, 120 000 kr, 9 000 kWh, 5 %, 2 years, ageing 10 %, operation 1 000 kr a year.

    Cost 120 000 + 1 000 (0.952381 + 0.907029) = 121 859.41; energy 9 000 x 0.952381 + 8 100 x 0.907029 = 15 918.37; 7.6553 kr/kWh
    """
    terms = economy.Terms(0.05, 2, 0.1, 0.0, 100.0, 0.0, 15)
    assert economy.lcoe(120e3, 9000.0, 10.0, terms)[0] == pytest.approx(7.6553, abs=1e-4)


def test_e4_at_the_price_of_its_lcoe_a_plant_is_worth_nothing():
    terms = economy.Terms(0.04, 30, 0.005, 0.0, 100.0, 800.0, 15)
    cost = economy.lcoe(1e6, 90e3, 100.0, terms)
    assert economy.npv(economy.cash_flows(1e6, cost * 90e3, 100.0, terms), terms)[0] == pytest.approx(0.0, abs=1e-3)


def test_e5_the_municipal_view_by_hand():
    """1 500 000 kr, inverter 10 %: 1 350 000 / 30 + 150 000 / 15 = 55 000 a year; 2.5 % of 1 500 000, 1 445 000, 1 390 000."""
    terms = economy.Terms(0.025, 30, 0.005, 0.0, 100.0, 800.0, 15)
    money = {"settings": DEFAULT, "internal_rate": 0.025}
    table = economy.municipal(1.5e6, 110e3, 150.0, terms, **money)
    assert table["depreciation"].tolist() == [55e3] * 3
    assert table["interest"].tolist() == pytest.approx([37_500, 36_125, 34_750])
    assert table["net_operation"].tolist() == pytest.approx([95_000, 94_450, 93_902.75])
    assert table["result"].tolist() == pytest.approx([2_500, 3_325, 4_152.75])
    assert economy.year_one(1.5e6, 110e3, 150.0, terms, **money) == pytest.approx(2_500)


def test_e6_what_a_kwh_is_worth_by_hand(prices):
    """June 2023: spot 0.5306, mark-up 0.05, tax 0.36; sold at 85 % of spot; no grid company chosen: fees 0."""
    june = np.flatnonzero(INDEX.month == 6)[100]
    spot = tariffs.spot(prices, INDEX)[june]
    assert spot + tariffs.bought_adder(prices) + prices["energy_tax"] == pytest.approx(0.5306 + 0.05 + 0.36)
    assert tariffs.sold_price(prices, INDEX)[june] == pytest.approx(0.85 * 0.5306)


def test_e6_the_row_in_force_is_the_newest_begun():
    assert reader.in_force(dt.date(2025, 6, 1), "okänt").at["energy_tax", "value"] == 0.439
    assert reader.in_force(TODAY, "okänt").at["energy_tax", "value"] == 0.36
    assert reader.in_force(dt.date(2021, 1, 1), "okänt").at["energy_tax", "value"] == 0.439  # the nearest listed
    own = pd.DataFrame({"id": ["energy_tax"], "value": [0.4], "valid_from": pd.to_datetime(["2026-01-01"]), "kind": ["fact"]})
    assert reader.in_force(TODAY, "okänt", own).at["energy_tax", "value"] == 0.4
    later = own.assign(valid_from=pd.to_datetime(["2027-01-01"]))
    assert reader.in_force(TODAY, "okänt", later).at["energy_tax", "value"] == 0.36


def test_e7_energy_tax_from_500_kw_and_vat_by_owner(prices):
    assert tariffs.pays_energy_tax(np.array([490.0, 499.9, 500.0, 980.0]), DEFAULT).tolist() == [False, False, True, True]
    without = DEFAULT.model_copy(update={"owners_without_vat_deduction": ("Bolaget",)})
    assert [tariffs.vat_factor(prices, owner, without) for owner in ("Kommunen", "Bolaget", None)] == [1.0, 1.25, 1.0]


def test_e8_investment_by_size_by_hand(prices):
    each = tariffs.capex(prices, np.array([5.0, 10.0, 50.0, 1000.0, 3000.0])) / np.array([5.0, 10.0, 50.0, 1000.0, 3000.0])
    assert each.tolist() == pytest.approx([14400, 14400, 11500, 8500, 8500])
    middle = np.sqrt(100 * 500)  # half way on the logarithm between 10 500 and 9 000
    assert tariffs.capex(prices, np.array([middle]))[0] / middle == pytest.approx(9750)
    with pytest.raises(KeyError):
        tariffs.capex(prices, np.array([10.0]), "space")


@settings(max_examples=50, deadline=None)
@given(st.floats(1, 5000), st.floats(0.1, 500))
def test_e8_a_larger_plant_never_costs_less(kwp, more):
    rows = tariffs.Prices(reader.in_force(TODAY, "okänt"))
    for mount in ("roof", "carport", "ground"):
        small, big = tariffs.capex(rows, np.array([kwp, kwp + more]), mount)
        assert big > small


def test_e9_every_price_has_source_date_kind_and_unit(prices):
    rows = prices.rows
    assert rows["source"].notna().all() and rows["valid_from"].notna().all() and rows["unit"].notna().all()
    assert rows["kind"].isin(["fact", "assumption"]).all()
    assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()
    assumed = rows["kind"] == "assumption"
    assert rows.loc[assumed, "source"].str.contains("antagande|inte valt", regex=True).all() and 5 < assumed.sum() < len(rows)


BAD = """id;värde;lägst;högst
energi_tax;0,36;;
operation;-5;;
internal_rate;3;;
ppa_price;0,9;1,0;1,1
grid_variable_fee;36;;
"""


def test_bad_prices_are_all_named(tmp_path):
    from data.errors import InputError
    from data.texts import use_language

    path = tmp_path / "priser.csv"
    path.write_text(BAD, encoding="utf-8")
    with use_language("sv"), pytest.raises(InputError) as caught:
        reader.read(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    for word, line in zip(("energy_tax", "negativt", "300 procent", "ordning", "36 öre är 0,36"), lines, strict=True):
        assert word in line and "priser.csv" in line


def test_grid_benefit_is_varied_where_no_company_is_chosen():
    """6.5 öre with VAT at Emmaboda Energi is 5.2 without, the highest read; no chosen company counts none."""
    rows = reader.in_force(TODAY, "okänt")
    assert rows.loc["grid_benefit", ["value", "low", "high"]].tolist() == [0.0, 0.0, 0.052]
    assert rows.at["grid_variable_fee", "high"] == 0.0 and rows["high"].dtype == float
    chosen = reader.in_force(TODAY, "Emmaboda Energi").loc["grid_benefit"]
    assert (chosen["value"], chosen["high"], chosen["kind"]) == (pytest.approx(0.065 / 1.25), 0.052, "fact")


def test_a_price_in_another_unit_is_told_and_swedish_words_for_the_same_unit_are_not(tmp_path):
    from data.errors import InputError
    from data.texts import use_language

    path = tmp_path / "priser.csv"
    path.write_text("id;värde;enhet\nenergy_tax;36;öre/kWh\noperation;1;tkr/kW/år\n", encoding="utf-8")
    with use_language("sv"), pytest.raises(InputError) as caught:
        reader.read(path)
    first, second = str(caught.value).splitlines()
    assert "öre/kWh" in first and "SEK/kWh" in first and "tkr/kW/år" in second and "SEK/kW/year" in second
    units = {
        "energy_tax": "kr/kWh",
        "operation": "kr/kW/år",
        "capex_roof_75": "kr/kW",
        "battery": "SEK/kWh",
        "price_change": "andel/år",
    }
    units |= {"grid_capacity_fee": "kr/kW/mån", "vat": "andel", "degradation": ""}
    path.write_text("id;värde;enhet\n" + "".join(f"{id_};0,2;{unit}\n" for id_, unit in units.items()), encoding="utf-8")
    assert len(reader.read(path).data) == len(units)


def test_settings_refuse_a_rate_of_300_per_cent_and_an_unknown_grid_company():
    from pydantic import ValidationError

    from data.errors import InputError

    with pytest.raises(ValidationError):
        EconomySettings(discount_rate=3.0)
    with pytest.raises(InputError, match="Nätbolaget AB"):
        reader.in_force(TODAY, "Nätbolaget AB")


def test_e6_own_use_saves_the_listed_share_of_the_months_mean_and_all_of_an_hourly_price():
    from solar import sizing

    index = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="UTC")
    rows = pd.DataFrame({name: [0.0] for name in sizing.MONEY_FROM}).assign(
        kwp=10.0, own_spot_sek=1000.0, mount="roof", owner="K"
    )
    for hourly, saved in ((None, 850.0), (np.ones(8760), 1000.0)):
        prices = tariffs.Prices(reader.in_force(TODAY, "okänt"), hourly).changed("own_capture", 0.85)
        market = sizing.Market.of(prices, EconomySettings(), index, dc_ac=1.15)
        assert sizing._money(rows, market)["saved_sek"] == pytest.approx([saved])
