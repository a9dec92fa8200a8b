"""EXEMPELDATA: what the invented municipal group used 1990-2025, from simple formulas, and the emissions that follow: facit_utslapp.csv.

The truth is computed here with factors typed here, a month at a time; it shares no code with climate/. Every month's amount is a yearly
amount x a season; every factor change falls on the first of a month.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.layers_emissions import ACTIVITIES, BASE_YEAR, MEASURES
from data.tables import Table

MADE = dt.datetime(2026, 3, 1, 8, 0, 0)
TOWN, HOMES, WORKS, ENERGY = "Ljusåsa kommun", "Ljusåsabostäder AB", "Ljusåsa Teknik AB", "Ljusåsa Energi AB"
NET = "Ljusåsa fjärrvärme"
HEAT = (0.16, 0.14, 0.12, 0.09, 0.05, 0.02, 0.01, 0.02, 0.05, 0.09, 0.12, 0.13)
LIGHT = (0.11, 0.10, 0.09, 0.08, 0.07, 0.06, 0.05, 0.06, 0.08, 0.09, 0.10, 0.11)
EVEN = (1 / 12,) * 12
YEARLY = (2005, 2010, 2015)
MONTHLY = tuple(range(2019, 2026))
FIRST, LAST = 1990, 2025
MJ = {"Diesel": 35.5, "Bensin": 31.7, "HVO100": 34.0, "Eldningsolja 1": 35_900.0, "Fordonsgas": 35.0}
"""MJ a litre (oil: a cubic metre; gas: a normal cubic metre)."""


@dataclass(frozen=True)
class Series:
    """A series: yearly amounts at turning points (straight lines between), in `unit`, spread over the year by `season`."""

    organisation: str
    activity: str
    site: str
    carrier: str
    unit: str
    points: tuple[tuple[int, float], ...]
    season: tuple[float, ...] = EVEN
    scope: str = ""
    contract: float | None = None
    contract_from: int = 2022
    yearly_only: bool = False

    def year(self, year: int) -> float:
        """Return the amount of a year; 0 outside the turning points."""
        for (y0, a0), (y1, a1) in zip(self.points, self.points[1:], strict=False):
            if y0 <= year <= y1:
                return round(a0 + (a1 - a0) * (year - y0) / (y1 - y0), 1)
        return 0.0

    def months(self, year: int) -> list[float]:
        """Return the amounts of the months, rounded as on an invoice."""
        return [round(self.year(year) * share, 1) for share in self.season]


SERIES = (
    Series(TOWN, "El", "Skolor", "El", "kWh", ((1990, 3_600_000), (2019, 3_100_000), (2025, 2_650_000)), LIGHT, contract=6.0),
    Series(TOWN, "El", "Gatubelysning", "El", "kWh", ((1990, 1_500_000), (2019, 900_000), (2025, 520_000)), LIGHT, contract=6.0),
    Series(HOMES, "El", "Bostadshus", "El", "kWh", ((1990, 2_100_000), (2025, 1_500_000)), LIGHT),
    Series(TOWN, "Uppvärmning", "Skolor", "Fjärrvärme", "MWh", ((1996, 3_000), (2010, 7_400), (2025, 6_100)), HEAT),
    Series(HOMES, "Uppvärmning", "Bostadshus", "Fjärrvärme", "MWh", ((1996, 4_000), (2010, 9_500), (2025, 7_900)), HEAT),
    Series(TOWN, "Uppvärmning", "Skolor", "Eldningsolja 1", "m3", ((1990, 180), (2012, 0)), HEAT, yearly_only=True),
    Series(HOMES, "Uppvärmning", "Bostadshus", "Eldningsolja 1", "m3", ((1990, 210), (2014, 0)), HEAT, yearly_only=True),
    Series(ENERGY, "Uppvärmning", "Spetspanna", "Eldningsolja 1", "m3", ((2008, 140), (2019, 95), (2025, 60)), HEAT),
    Series(TOWN, "Fordon", "Tankkort", "Bensin", "l", ((1990, 92_000), (2019, 61_000), (2025, 24_000))),
    Series(TOWN, "Fordon", "Tankkort", "Diesel", "l", ((1990, 35_000), (2015, 88_000), (2025, 52_000))),
    Series(TOWN, "Fordon", "Tankkort", "HVO100", "l", ((2019, 0), (2025, 18_000))),
    Series(WORKS, "Arbetsmaskiner", "Gårdstank", "Diesel", "l", ((1990, 210_000), (2019, 195_000), (2025, 168_000))),
    Series(WORKS, "Fordon", "Sopbilar", "Fordonsgas", "Nm3", ((2012, 0), (2019, 31_000), (2025, 44_000))),
    Series(TOWN, "Köldmedia", "Ishallen", "R404A", "kg", ((1994, 9), (2019, 6), (2025, 2)), yearly_only=True),
    Series(
        TOWN,
        "Tjänsteresor",
        "Egen bil",
        "Tjänsteresa med egen bil",
        "mil",
        ((1990, 41_000), (2019, 26_000), (2025, 15_000)),
        yearly_only=True,
    ),
)
"""The group. The oil boilers gave way to district heating from 1996; the energy company was bought to 60 % in 2008."""


def _first(year: int, month: int) -> dt.date:
    return dt.date(year, month, 1)


def _last(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def activity_rows() -> Iterator[dict[str, object]]:
    """Yield the rows of aktiviteter.xlsx by contract column: yearly sums for the early years, monthly invoices from 2019."""
    number = 1000
    for s in SERIES:
        common = {"organisation": s.organisation, "activity": s.activity, "site": s.site, "carrier": s.carrier, "unit": s.unit}
        common |= {"net": NET} if s.carrier == "Fjärrvärme" else {}
        for year in (*YEARLY, *MONTHLY):
            if not s.year(year):
                continue
            grade = "uppskattat" if s.activity == "Tjänsteresor" or year < 2010 else "fakturerat"
            contract = {"contract_g_kwh": s.contract} if s.contract is not None and year >= s.contract_from else {}
            if year in YEARLY or s.yearly_only:
                yield (
                    common | contract | {"start": _first(year, 1), "end": _last(year, 12), "amount": s.year(year), "grade": grade}
                )
                continue
            for month, amount in enumerate(s.months(year), start=1):
                number += 1
                period = {"start": _first(year, month), "end": _last(year, month), "amount": amount}
                yield common | contract | period | {"grade": grade, "invoice": f"F{number}"}


BASE_RANGE = {"El": (0.85, 1.1), "Eldningsolja 1": (0.7, 1.25), "Bensin": (0.75, 1.2), "Diesel": (0.7, 1.3)}
BASE_EVIDENCE = {
    "El": "Årsredovisning 1990, elräkning för tre månader uppräknad",
    "Eldningsolja 1": "Oljeleverantörens pärm 1989-1991, nio av tolv månader",
    "Bensin": "Körjournaler 1990 och bilarnas förbrukning",
    "Diesel": "Maskintimmar 1990 och förbrukning per timme",
    "Tjänsteresa med egen bil": "Reseräkningar 1990, stickprov",
}


def base_rows() -> Iterator[dict[str, object]]:
    """Yield the rows of basar.xlsx: what the group used in 1990, with lowest and highest."""
    for s in SERIES:
        amount = s.year(FIRST)
        if not amount:
            continue
        low, high = BASE_RANGE.get(s.carrier, (0.6, 1.4))
        yield {
            "year": FIRST,
            "organisation": s.organisation,
            "activity": s.activity,
            "site": s.site,
            "carrier": s.carrier,
            "amount": amount,
            "unit": s.unit,
            "grade": "rekonstruerat",
            "low": round(amount * low, 1),
            "high": round(amount * high, 1),
            "evidence": BASE_EVIDENCE[s.carrier],
        }


def measure_rows() -> list[dict[str, object]]:
    """Return the rows of atgarder.xlsx; two of them say again what the fleet and solar plans say."""
    return [
        {"measure": "Spetspannan byter olja mot bioolja", "organisation": ENERGY, "kind": "annat", "activity": "Uppvärmning",
         "start": dt.date(2026, 10, 1), "tonnes_a_year": 95.0, "certainty": "beslutad", "evidence": "Styrelsen 2025-11-12, § 88"},
        {"measure": "Gatubelysning till LED, sista etappen", "organisation": TOWN, "kind": "annat", "activity": "El",
         "start": dt.date(2026, 4, 1), "tonnes_a_year": 9.0, "certainty": "beslutad", "evidence": "Investeringsbudget 2026"},
        {"measure": "HVO100 i alla arbetsmaskiner", "organisation": WORKS, "kind": "annat", "activity": "Arbetsmaskiner",
         "start": dt.date(2027, 1, 1), "tonnes_a_year": 300.0, "certainty": "planerad", "evidence": "Utredning 2025"},
        {"measure": "Laddbilar i hemtjänsten", "organisation": TOWN, "kind": "fordon", "activity": "Fordon",
         "start": dt.date(2026, 6, 1), "tonnes_a_year": 35.0, "certainty": "beslutad"},
        {"measure": "Solceller på ishallen", "organisation": TOWN, "kind": "solceller", "activity": "El",
         "start": dt.date(2026, 9, 1), "tonnes_a_year": 4.0, "certainty": "beslutad"},
        {"measure": "Digitala möten i stället för bil", "organisation": TOWN, "kind": "annat", "activity": "Tjänsteresor",
         "start": dt.date(2026, 1, 1), "tonnes_a_year": 6.0, "certainty": "idé"},
    ]  # fmt: skip


FACTORS_OWN = (
    ("Tjänsteresa med egen bil", "co2e", "wtw", "1990-01-01", "", 190.0, "g/km", 15, "Exempel: antaget medelvärde"),
    ("Tjänsteresa med egen bil", "co2", "wtw", "1990-01-01", "", 185.0, "g/km", 15, "Exempel: antaget medelvärde"),
)
NET_FACTORS = ((1990, 2009, 62.0, 55.0), (2010, 2018, 41.0, 36.0), (2019, 2025, 36.0, 31.0))
"""First and last year, g CO2e and g CO2 a kWh of the invented net."""

EDITIONS = (  # year, gas, scope, tonnes, edition: what an earlier account said (invented)
    (1990, "co2", "1+2", 2610.0, "2024-04"),
    (2015, "co2", "1+2", 2010.0, "2024-04"),
    (2019, "co2", "1+2", 1790.0, "2024-04"),
    (2020, "co2", "1+2", 1700.0, "2024-04"),
    (2021, "co2", "1+2", 1455.0, "2024-04"),
    (2022, "co2", "1+2", 1352.0, "2024-04"),
    (2023, "co2", "1+2", 1301.0, "2024-04"),
)

TERRITORY = (  # year, CO2e of two editions and CO2 (invented)
    (1990, 81_400.0, 80_050.0, 62_300.0),
    (2000, 74_900.0, 73_800.0, 56_900.0),
    (2010, 61_200.0, 60_900.0, 45_800.0),
    (2015, 53_300.0, 53_150.0, 38_700.0),
    (2020, 48_900.0, 48_750.0, 34_200.0),
    (2021, 49_700.0, 49_600.0, 34_900.0),
    (2022, 47_300.0, 47_150.0, 32_600.0),
    (2023, None, 46_900.0, None),
    (2024, None, 51_100.0, None),
)

ORGANISATIONS = f"""# EXEMPELDATA: organisationer i en påhittad kommunkoncern.
[[organisation]]
name = "{TOWN}"
in_group = "yes"
reason = "kommunen själv"

[[organisation]]
name = "{HOMES}"
in_group = "yes"
reason = "helägt bolag"

[[organisation]]
name = "{WORKS}"
in_group = "yes"
reason = "helägt bolag"

[[organisation]]
name = "{ENERGY}"
in_group = "share"
share_percent = 60
from = 2008-01-01
reason = "köpt till 60 procent 2008"

[[organisation]]
name = "Räddningstjänsten Norra Ljus"
in_group = "no"
reason = "kommunalförbund, inte ett bolag i koncernen"

[[net]]
name = "{NET}"
"""

NET_FACTOR = """[[net.factor]]
from = {}-01-01
to = {}-12-31
g_co2e_kwh = {}
g_co2_kwh = {}
source = "Exempel: påhittat nät"
"""


# ---- the truth -----------------------------------------------------------------------------------------------------------------

DIESEL_CUT = ((2016, 1, 0.154574), (2020, 1, 0.21), (2021, 8, 0.26), (2022, 1, 0.305), (2024, 1, 0.06), (2025, 7, 0.10))
PETROL_CUT = ((2016, 1, 0.021436), (2020, 1, 0.042), (2021, 8, 0.06), (2022, 1, 0.078), (2024, 1, 0.06), (2025, 7, 0.10))


def _cut(table: tuple[tuple[int, int, float], ...], year: int, month: int) -> float:
    """Return the share the fuel's well-to-wheel emissions lie below the fossil reference in a month."""
    if year <= 2005:
        return 0.0
    if year < 2016:
        return table[0][2] * (year - 2005) / 11
    return [cut for y, m, cut in table if (y, m) <= (year, month)][-1]


def _co2_per_mj(carrier: str, year: int, month: int) -> float:
    """Return grams of fossil CO2 from the pipe a MJ."""
    if carrier == "Diesel":
        return 74.1 * (1 - _cut(DIESEL_CUT, year, month) / (1 - 14 / 95.1))
    if carrier == "Bensin":
        return 69.3 * (1 - _cut(PETROL_CUT, year, month) / (1 - 30.8 / 93.3))
    return {"Eldningsolja 1": 74.1, "HVO100": 0.0, "Fordonsgas": 56.1 * (30.5 - 20.6) / (73.6 - 20.6)}[carrier]


def _electricity(year: int) -> float:
    return 90.0 if year <= 2020 else 59.0


def truth() -> list[tuple[int, str, float]]:
    """Return (year, scope, tonnes) of CO2 with the Nordic mix, fuels from the pipe, the energy company by its 60 %."""
    found: dict[tuple[int, str], float] = {}
    for s in SERIES:
        share = 0.6 if s.organisation == ENERGY else 1.0
        for year in (FIRST, *YEARLY, *MONTHLY):
            for month in range(1, 13):
                whole = s.yearly_only or year in (FIRST, *YEARLY)
                days = calendar.monthrange(year, month)[1] / (366 if calendar.isleap(year) else 365)
                amount = s.year(year) * days if whole else s.months(year)[month - 1]
                scope, tonnes = _emitted(s, amount, year, month)
                found[year, scope] = found.get((year, scope), 0.0) + tonnes * share
    return [(year, scope, tonnes) for (year, scope), tonnes in sorted(found.items())]


def _emitted(s: Series, amount: float, year: int, month: int) -> tuple[str, float]:
    if s.carrier in MJ:
        return "1", amount * MJ[s.carrier] * _co2_per_mj(s.carrier, year, month) / 1e6
    if s.carrier == "El":
        return "2", amount * _electricity(year) / 1e6
    if s.carrier == "Fjärrvärme":
        return "2", amount * 1000 * next(co2 for first, last, _, co2 in NET_FACTORS if first <= year <= last) / 1e6
    if s.carrier == "Tjänsteresa med egen bil":
        return "3", amount * 10 * 185.0 / 1e6
    return "1", 0.0  # a refrigerant is no carbon dioxide


# ---- files -----------------------------------------------------------------------------------------------------------------------


def write(indata: Path, truth_file: Path) -> None:
    """Write the lists of the emissions into indata/ and the truth beside it."""
    _workbook(indata / "aktiviteter.xlsx", "Aktiviteter", ACTIVITIES, list(activity_rows()))
    _workbook(indata / "basar.xlsx", "Basår 1990", BASE_YEAR, list(base_rows()))
    _workbook(indata / "atgarder.xlsx", "Åtgärder", MEASURES, measure_rows())
    nets = [NET_FACTOR.format(first, last, co2e, co2) for first, last, co2e, co2 in NET_FACTORS]
    (indata / "organisationer.toml").write_text(ORGANISATIONS + "\n".join(nets), encoding="utf-8")
    heading = ["Energibärare", "Gas", "Bas", "Gäller från", "Gäller till", "Värde", "Enhet", "Osäkerhet (%)", "Källa"]
    _csv(indata / "faktorer.csv", heading, FACTORS_OWN)
    _csv(indata / "utgavor.csv", ["År", "Gas", "Scope", "Ton", "Utgåva"], EDITIONS)
    _csv(indata / "territoriet.csv", ["År", "Gas", "Sektor", "Ton", "Utgåva"], _territory())
    _csv(truth_file, ["year", "scope", "tonnes_co2"], [(y, s, round(t, 3)) for y, s, t in truth()])


def _territory() -> list[tuple]:
    rows = [(year, "co2e", "Totalt", old, "2024-06") for year, old, _, _ in TERRITORY if old is not None]
    rows += [(year, "co2e", "Totalt", new, "2026-06") for year, _, new, _ in TERRITORY]
    return rows + [(year, "co2", "Totalt", co2, "2024-12") for year, _, _, co2 in TERRITORY if co2 is not None]


def _csv(path: Path, heading: list[str], rows: list[tuple] | tuple) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(heading)
        writer.writerows([str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in row] for row in rows)


def _workbook(path: Path, sheet: str, table: Table, rows: list[dict[str, object]]) -> None:
    import xlsxwriter

    used = [column for column in table.columns if any(row.get(column.name) is not None for row in rows)]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "EXEMPELDATA", "comments": "Påhittad kommun", "created": MADE})
        page = book.add_worksheet(sheet)
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 2)
        for column, contract in enumerate(used):
            page.write_string(0, column, contract.label, bold)
            page.set_column(column, column, max(len(contract.label) + 2, 12))
            for number, row in enumerate(rows, start=1):
                value = row.get(contract.name)
                if isinstance(value, dt.date):
                    page.write_datetime(number, column, dt.datetime.combine(value, dt.time()), day)
                elif value is not None:
                    page.write(number, column, value)
