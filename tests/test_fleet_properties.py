"""Generated lists: whatever the headings, their order, the words and the forms of dates, the same vehicles come out.

The generator writes a csv as people do and keeps the plain facts beside it; the counts are made from those facts alone.
"""

from __future__ import annotations

import datetime as dt
import string
import tempfile
from pathlib import Path

import pandas as pd
from fleet_world import TODAY, definition, settings
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from data.readers import vehicles
from fleet.register import register
from fleet.share import shares, total

HEADINGS = {
    "registration": ["Regnr", "Reg.nr", "REGISTRERINGSNUMMER", "registration number", "Licence plate"],
    "company": ["Bolag", "Organisation", "Förvaltning/bolag", "company"],
    "class": ["Fordonsslag", "Fordonstyp", "fordons typ", "Vehicle type"],
    "fuel": ["Drivmedel", "Bränsle", "drivlina", "Fuel type"],
    "in_date": ["I drift", "Leveransdatum", "Från", "In service"],
    "out_date": ["Ur drift", "Såld", "slutdatum", "End date"],
    "tenure": ["Ägt/leasat", "Ägandeform", "Ownership"],
}
WORDS = {
    "car": ["Personbil", "PB", "bil", "passenger car", "M1"],
    "light_lorry": ["Lätt lastbil", "LB lätt", "Skåpbil", "van"],
    "bus": ["Buss", "minibuss", "M3"],
    "machine": ["Traktor", "Motorredskap", "hjullastare"],
    "electric": ["El", "BEV", "Elbil", "electric"],
    "petrol": ["Bensin", "95", "petrol"],
    "hydrogen": ["Vätgas", "H2"],
    "leased": ["Leasad", "leasing", "leased"],
    "owned": ["Ägd", "eget", "owned"],
}
MONTHS = (
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
)
FORMS = [
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{day.day}/{day.month} {day.year}",
    lambda day: f"{day:%Y-%m-%d} 00:00:00",
]
LETTERS = "ABCDEFGHJKLMNOPRSTUWXYZ"
PLATE_FORMS = [
    lambda p: p,
    lambda p: f"{p[:3]} {p[3:]}",
    lambda p: f"{p[:3]}-{p[3:]}".lower(),
    lambda p: f" {p[:3]}\u00a0{p[3:]} ",
]


@st.composite
def lists(draw):
    """Return (csv text, facts): facts one tuple a vehicle: plate, company, class, fuel, first day, last day or None, tenure."""
    size = draw(st.integers(1, 12))
    plates = draw(st.lists(st.text(LETTERS, min_size=3, max_size=3), min_size=size, max_size=size, unique=True))
    digits = draw(st.lists(st.text(string.digits, min_size=3, max_size=3), min_size=size, max_size=size))
    order = draw(st.permutations(list(HEADINGS)))
    heads = [draw(st.sampled_from(HEADINGS[name])) for name in order]
    facts, rows = [], []
    for letters, number in zip(plates, digits, strict=True):
        came = dt.date(2018, 1, 1) + dt.timedelta(days=draw(st.integers(0, 2900)))
        left = draw(st.one_of(st.none(), st.integers(1, 2000).map(lambda n, came=came: came + dt.timedelta(days=n))))
        fact = {
            "registration": letters + number,
            "company": draw(st.sampled_from(["Kommunen", "Bostäder ÅÄÖ AB", "=Teknik"])),
            "class": draw(st.sampled_from(["car", "light_lorry", "bus", "machine"])),
            "fuel": draw(st.sampled_from(["electric", "petrol", "hydrogen"])),
            "in_date": came,
            "out_date": left,
            "tenure": draw(st.sampled_from(["owned", "leased"])),
        }
        facts.append(fact)
        rows.append(";".join(_cell(draw, name, fact[name]) for name in order))
    noise = draw(st.sampled_from(["", "Fordon i kommunen;;;\n\n", "sep=;\n"]))
    return noise + ";".join(heads) + "\n" + "\n".join(rows) + "\n", facts


def _cell(draw, name, value):
    if value is None:
        return draw(st.sampled_from(["", " "]))
    if name == "registration":
        return draw(st.sampled_from(PLATE_FORMS))(value)
    if isinstance(value, dt.date):
        return draw(st.sampled_from(FORMS))(value)
    return draw(st.sampled_from(WORDS[value])) if value in WORDS else value


@how(max_examples=30, deadline=None)
@given(lists())
def test_any_list_gives_its_vehicles_and_their_shares(made):
    text, facts = made
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fordon.csv"
        path.write_text(text, encoding="utf-8")
        data = vehicles.read(path).data
    assert not data.faults, [str(fault) for fault in data.faults]
    assert not data.dropped
    rows = data.rows.set_index("registration")
    for fact in facts:
        row = rows.loc[fact["registration"]]
        assert (row["company"], row["vehicle_class"], row["fuel_1"], row["tenure"]) == tuple(
            fact[name] for name in ("company", "class", "fuel", "tenure")
        )
        assert row["in_date"].date() == fact["in_date"]
        assert (None if pd.isna(row["out_date"]) else row["out_date"].date()) == fact["out_date"]
    day = dt.date(2024, 12, 31)
    here = [fact for fact in facts if fact["in_date"] <= day and (fact["out_date"] is None or fact["out_date"] > day)]
    register_ = register(data.rows, settings().vehicles, today=TODAY).vehicles
    counted = total(shares(register_, [definition("nollutsläpp")], [day], goal=settings().goal), "nollutsläpp", "all")
    assert int(counted["n"].sum()) == len(here)
    assert int(counted["fossil_free"].sum()) == sum(fact["fuel"] != "petrol" for fact in here)
