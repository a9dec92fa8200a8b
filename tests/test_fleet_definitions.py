"""Definitions of fossil-free as data (docs/metod/fordon.md, 2): each rule against cases decided by hand from its source."""

from __future__ import annotations

import datetime as dt
import tomllib

import numpy as np
import pytest
from fleet_world import definition, rows_of, vehicle
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from data.errors import InputError
from fleet.definitions import NO, NOT_COVERED, UNKNOWN, YES, breaks, facts, judge, parse
from kil.fleetinputs import shipped

WORDS = {"yes": YES, "no": NO, "unknown": UNKNOWN, "not": NOT_COVERED}


def said(name, **facts_of):
    known = facts(rows_of(vehicle("ABC123", **facts_of)))
    return judge(definition(name), known)[0]


@pytest.mark.parametrize(
    ("name", "what", "answer"),
    [
        ("nollutsläpp", {"fuel": "electric"}, "yes"),
        ("nollutsläpp", {"fuel": "hydrogen"}, "yes"),
        ("nollutsläpp", {"fuel": "electric+petrol", "plug": True}, "no"),
        ("nollutsläpp", {"fuel": None}, "unknown"),
        # Kolada U00502: gas, electricity, E85, plug-in hybrid, hydrogen, diesel approved for HVO100; cars and light lorries
        ("kolada-u00502", {"fuel": "gas+petrol"}, "yes"),
        ("kolada-u00502", {"fuel": "ethanol+petrol"}, "yes"),
        ("kolada-u00502", {"fuel": "electric+petrol", "plug": True}, "yes"),
        ("kolada-u00502", {"fuel": "electric+petrol", "plug": False}, "no"),
        ("kolada-u00502", {"fuel": "electric+petrol"}, "unknown"),
        ("kolada-u00502", {"fuel": "diesel", "hvo": True}, "yes"),
        ("kolada-u00502", {"fuel": "diesel", "hvo": False}, "no"),
        ("kolada-u00502", {"fuel": "diesel"}, "unknown"),
        ("kolada-u00502", {"fuel": "petrol", "hvo": True}, "no"),
        ("kolada-u00502", {"fuel": "petrol"}, "no"),
        ("kolada-u00502", {"fuel": "hvo", "kind": "heavy_lorry"}, "not"),
        ("fossilfri-drift", {"fuel": "hvo", "kind": "heavy_lorry"}, "yes"),
        # Directive (EU) 2019/1161, annex, table 2: 50 g/km and 80 % of the RDE limits through 2025; unknown RDE is unknown
        ("eu-ren-2025", {"fuel": "petrol+electric", "plug": True, "co2_g_km": 50, "rde_percent": 80}, "yes"),
        ("eu-ren-2025", {"fuel": "petrol+electric", "plug": True, "co2_g_km": 51, "rde_percent": 80}, "no"),
        ("eu-ren-2025", {"fuel": "petrol+electric", "plug": True, "co2_g_km": 30, "rde_percent": 81}, "no"),
        ("eu-ren-2025", {"fuel": "petrol+electric", "plug": True, "co2_g_km": 30}, "unknown"),
        ("eu-ren-2025", {"fuel": "petrol", "co2_g_km": 120}, "no"),
        ("eu-ren-2026", {"fuel": "petrol+electric", "plug": True, "co2_g_km": 0, "rde_percent": 10}, "no"),
        ("eu-ren-2026", {"fuel": "electric"}, "yes"),
        ("eu-ren-2026", {"fuel": "gas", "kind": "bus"}, "yes"),
        ("eu-ren-2026", {"fuel": "diesel", "kind": "machine"}, "not"),
        ("nollutsläpp", {"fuel": "other"}, "unknown"),
        ("nollutsläpp", {"fuel": "electric+other"}, "unknown"),
    ],
)
def test_shipped_definitions(name, what, answer):
    assert said(name, **what) == WORDS[answer]


def test_what_was_bought_decides_only_for_what_burns():
    known = facts(
        rows_of(vehicle("A", fuel="diesel"), vehicle("B", fuel="diesel"), vehicle("C", fuel="electric"), vehicle("D", fuel="gas"))
    )
    answers = judge(definition("tankat"), known.with_fuelled(np.array([0.5, 0.49, np.nan, np.nan])))
    assert answers.tolist() == [YES, NO, YES, UNKNOWN]


def test_a_definition_of_ones_own_needs_no_code():
    tree = tomllib.loads("""
        [[definition]]
        id = "egen"
        sv = "Egen: gas eller högst 20 g/km"
        source = "Beslut KS 12"
        classes = ["car"]
        rule = { any = [{ fuels_any = ["gas"] }, { all = [{ at_most = { co2_g_km = 20 } }, { not = { fuels_any = ["petrol"] } }] }] }
    """)
    (own,) = parse(tree, "definitioner.toml")
    known = facts(
        rows_of(vehicle("A", fuel="gas"), vehicle("B", fuel="petrol", co2_g_km=10), vehicle("C", fuel="diesel", co2_g_km=10))
    )
    assert judge(own, known).tolist() == [YES, NO, YES]


def test_every_fault_of_a_definition_is_told():
    tree = tomllib.loads("""
        [[definition]]
        id = "a"
        sv = "A"
        source = "B"
        classes = ["carr"]
        rule = { any = [{ fuels_any = ["elektric"] }, { at_most = { co2 = 5 } }, { isn = "plug_in" }] }
        [[definition]]
        id = "b"
    """)
    with pytest.raises(InputError) as error:
        parse(tree, "definitioner.toml")
    said_ = str(error.value)
    for wrong in ("carr", "elektric", "'co2'", "'isn'", "sv", "source"):
        assert wrong in said_
    assert "Menade du electric?" in said_


def test_a_change_of_definition_is_a_break():
    found = [(b.day, b.before, b.after) for b in breaks(shipped())]
    assert found == [(dt.date(2026, 1, 1), "eu-ren-2025", "eu-ren-2026")]
    days = [dt.date(2020, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    in_force = [[d.id for d in shipped() if d.series == "eu-ren" and d.in_force(day)] for day in days]
    assert in_force == [[], ["eu-ren-2025"], ["eu-ren-2026"]]


fuels = st.lists(
    st.sampled_from(["petrol", "diesel", "electric", "hydrogen", "ethanol", "gas", "hvo"]), min_size=1, max_size=3, unique=True
)
flags = st.sampled_from([True, False, None])


@how(max_examples=60, deadline=None)
@given(fuels, flags, flags, st.sampled_from(shipped()))
def test_more_knowledge_only_settles_what_was_unknown(fuel, plug, hvo, rule):
    """A yes or a no never changes when a fact that was missing is filled in."""
    before = judge(rule, facts(rows_of(vehicle("A", fuel="+".join(fuel), plug=plug, hvo=hvo))))[0]
    if before in (UNKNOWN, NOT_COVERED):
        return
    for more in ({"plug": plug if plug is not None else True}, {"hvo": hvo if hvo is not None else True}):
        known = {"plug": plug, "hvo": hvo} | more
        if plug is None and "electric" not in fuel:
            known["plug"] = None  # without electricity there is nothing to charge: no is known
        assert judge(rule, facts(rows_of(vehicle("A", fuel="+".join(fuel), **known))))[0] == before
