"""What plan.html says in words: why plants are built late, why more is built, why a facility or a supplier is not in the choice."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from plan_builder import NAMES, made, shell

from data.texts import use_language
from kil import planpart, planview
from maps import planpage, style
from solar import load, outlook
from solar.plan import NoSupplier


def page(plan, audience="intern"):
    """Return plan.html of what `made` returns."""
    context, result, json, solar = plan
    view = planview.view(context, result, json, solar=solar, audience=audience, shell=shell(audience))
    return planpage.page(view, shell(audience))


def test_why_plants_that_do_not_pay_are_built_last_is_told_where_money_may_be(tmp_path):
    def told(audience="intern", first=0, **plan):
        built = made(tmp_path, **plan)
        built[2]["years"] = built[2]["years"][first:]
        found = re.findall(r'<p class="notice">([^<]*så sent som villkoren medger[^<]*)</p>', page(built, audience))
        return (found[0] if found else ""), built[1].plan.chosen

    dear = {"moved": {"spot_level": 0.2}}
    words, chosen = told(mw=0.3, **dear)
    assert (chosen["npv_sek"] < 0).all() and set(chosen["year"]) == {2027.0}
    assert words.startswith(f"{len(chosen)} anläggningar kostar mer än de ger. Målet kräver dem ändå.") and ", 2027:" in words
    assert told("publik", mw=0.3, **dear)[0] == "" and told(first=1, mw=0.3, **dear)[0] == ""  # one year only
    one, chosen = told(mw=0.02, must=("F-1",), **dear)
    assert len(chosen) == 1 and one.startswith("1 anläggning kostar mer än den ger. Målet eller plan.must kräver den ändå.")
    paying, chosen = told(mw=0.3, moved={"spot_level": 3.0})
    assert paying == "" and (chosen["npv_sek"] > 0).all()
    least, chosen = told(mw=0.3, objective="capex", moved={"spot_level": 3.0})
    assert set(chosen["year"]) == {2027.0} and least.startswith("Planen söker lägsta investering.")


def test_how_the_columns_of_money_are_read_is_told_where_they_are(tmp_path):
    def told(audience="intern", **plan):
        return page(made(tmp_path, **plan), audience)

    assert "Nuvärde P90: så mycket eller mer i nio fall av tio" in told() and "Nuvärde P90:" not in told("publik")
    dash = "Ett streck under Återbetald: inte inom 30 år."
    assert dash in told(moved={"spot_level": 0.1}) and dash not in told(moved={"spot_level": 3.0})
    assert dash not in told(way="ppa", ways={"company_rate": -0.02, "ppa_years": 25})  # nothing of one's own is to be paid back


@pytest.mark.parametrize(
    ("sek", "said"), [(34.0, "0,0"), (-930.0, "−0,9"), (3_400.0, "3,4"), (-93_000.0, "−93"), (2_510_000.0, "2 510")]
)
def test_thousands_of_kronor_have_no_more_digits_than_they_can_bear(sek, said):
    assert planpage._ksek(sek).shown.replace("\u00a0", " ") == said


def test_a_plan_of_one_year_names_it_once():
    json = made(mw=0.3)[2]
    json["years"] = json["years"][:1]
    view = SimpleNamespace(json=json)
    assert " 2026. " in planpage.sentence(view) and " 2026." in planview.headline(json) and "–" not in planview.headline(json)
    assert " 2026–2027. " in planpage.sentence(SimpleNamespace(json=json | {"years": [{"year": 2026}, {"year": 2027}]}))


def test_why_more_than_the_target_is_built_is_told_where_money_may_be(tmp_path):
    def told(audience="intern", **plan):
        return page(made(tmp_path, **plan), audience)

    paying = {"mw": 0.1, "moved": {"spot_level": 3.0}}
    more = style.power(made(tmp_path, **paying)[1].plan.kw / 1000 - 0.08)
    assert f"Planen bygger {more} mer än målet kräver: det som betalar sig byggs också." in told(**paying)
    for other in ({"audience": "publik"}, {"moved": {"spot_level": 0.2}}, {"objective": "npv"}, {"objective": "capex"}):
        assert "mer än målet kräver" not in told(**paying | other), other
    assert "mer än målet kräver" not in told(mw=0.9, moved={"spot_level": 3.0})


def test_candidates_without_a_known_use_are_named_and_others_are_not():
    context, result, _, _ = made()
    here = result.connections | {"F-2": replace(result.connections["F-2"], load=load.nothing(result.roofs.weather.index))}
    opened = SimpleNamespace(get=lambda name: "priser")
    with use_language("sv"):
        (said,) = planpart._said(context, opened, here, result.plan)
        assert said.startswith("1 anslutning i valet saknar elanvändning: Södra skolan. ")
        assert planpart._said(context, opened, result.connections, result.plan) == []


def test_a_bought_service_nobody_offers_says_what_each_plant_would_take():
    dear = {"moved": {"spot_level": 0.2}, "way": "ppa"}
    with pytest.raises(NoSupplier, match=r"4 kandidater faller bort: 0,90 kr/kWh i 20 år") as nobody:
        made(mw=0.3, **dear)
    asked = dict(re.findall(r"([^:;]+?) (\d,\d\d)(?=;|\.$)", nobody.value.needed.partition("kr/kWh: ")[2]))
    assert {name.strip() for name in asked} == set(NAMES)
    for name, price in asked.items():  # that price is enough and an öre less is not
        must = {"must": (f"F-{NAMES.index(name.strip()) + 1}",), "mw": 0.02, "way": "ppa"}
        enough = float(price.replace(",", "."))
        assert len(made(moved={"spot_level": 0.2, "ppa_price": enough}, **must)[1].plan.chosen) >= 1
        with pytest.raises(NoSupplier, match="måste byggas"):
            made(moved={"spot_level": 0.2, "ppa_price": enough - 0.01}, **must)


def test_why_a_facility_is_not_in_the_choice_is_told_as_the_map_tells_it(tmp_path):
    built = made(tmp_path)
    result = built[1]
    known = result.roofs.anlaggningar
    known["sentence"] = [f"{name} kan inte bedömas: skäl <{n}>." for n, name in enumerate(NAMES)]
    known.loc[known["facility_id"] == "F-2", ["structure", "asbestos"]] = "no"
    result.allowed["refused"] = ["unknown", "unsuitable", "to_be_sold", ""]
    cells = re.findall(r"<tr><th[^>]*>([^<]*)</th><td>([^<]*)</td></tr>", page(built))
    assert (
        "Norrskolan &lt;b&gt;&amp;&lt;/b&gt;",
        "Norrskolan &lt;b&gt;&amp;&lt;/b&gt; kan inte bedömas: skäl &lt;0&gt;.",
    ) in cells
    assert ("Södra skolan", "svaret i registret är nej: bärighet, asbest") in cells
    assert ("Vattenverket", "ska säljas") in cells and not any("skäl &lt;1&gt;" in why for _, why in cells)


def test_where_nothing_is_left_every_reason_is_counted():
    ids = [f"F-{n}" for n in range(1, 6)]
    register = pd.DataFrame({"facility_id": ids, "heritage": ["no", "no", "ok", "ok", "ok"], "asbestos": "ok"})
    allowed = pd.DataFrame({"refused": ["answer_no", "answer_no", "never", "to_be_sold", ""]}, index=ids)
    assert planpart._none_left(register, allowed) == (
        "Varför de faller bort (antal anläggningar): svaret i registret är nej: kulturvärde (2); undantagen i inställningarna"
        " (plan.never) (1); ska säljas (1); anslutningen tar inget mer (Nätgräns kW) (1)."
    )


def test_what_no_supplier_would_build_stands_among_what_is_not_in_the_choice(tmp_path):
    ends = sorted(
        outlook.without_supplier(made()[1].plan.options, made()[1].market, company_rate=0.04, ppa_years=20)["from_price"]
    )
    between = (ends[1] + ends[2]) / 2
    built = made(tmp_path, way="ppa", moved={"ppa_price": between})
    result = built[1]
    assert len(result.plan.no_supplier) == 2 and not set(result.plan.no_supplier["candidate_id"]) & set(
        result.plan.chosen["candidate_id"]
    )
    told = re.findall(r"ingen leverantör skulle bygga: (\d,\d\d)\skr/kWh behövs", page(built))
    assert [float(price.replace(",", ".")) for price in told] == pytest.approx(ends[2:], abs=0.01)
    built = made(tmp_path)
    prices = outlook.service_prices(built[1].plan.chosen, built[1].market, company_rate=0.04, ppa_years=20)
    least = math.ceil(100 * prices.min()) / 100
    words = page(built).replace("\u00a0", " ")
    assert f"Den första skulle byggas vid {least:.2f} kr/kWh".replace(".", ",") in words
