"""The invented municipality's vehicles: 120 of them in four companies 2021-2026, with the traps of a real list, and the truth.

Writes fordon.xlsx (a sheet a company, each with headings of its own), ersattningar.xlsx, tankningar.csv and facit_fordon.json. The truth
is counted here from the plain records, by rules that share nothing with `fleet`. The traps stand in fleet.toml.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from data.example.lists import MADE
from data.layers_fleet import LEDGER

SEED = 1715
DECISION = dt.date(2023, 12, 19)
ENDS = [dt.date(year, 12, 31) for year in range(2022, 2026)]
RUNS_FREE = {"el", "laddhybrid", "e85", "gas", "hvo", "diesel_hvo"}
"""Drives that can run without fossil fuel: what Kolada U00502 counts, carried over to every class."""
RENEWED = dt.date(2026, 12, 1)
"""Leases of vehicles still there end after this day."""
LETTERS = "ABCDEFGHJKLMNOPRSTUWXYZ"


@dataclass(frozen=True)
class Vehicle:
    """One vehicle as it truly is. drive: petrol, diesel, diesel_hvo (approved), diesel_unknown, el, laddhybrid, e85, gas or hvo."""

    plate: str
    company: str
    kind: str
    drive: str
    make: str
    model: str
    unit: str
    use: str
    depot: str
    leased: bool
    came: dt.date | None
    ordered: dt.date | None = None
    registered: dt.date | None = None
    left: dt.date | None = None
    lease_end: dt.date | None = None
    co2: int = 0
    km: int = 15_000
    extra: dict[str, Any] = field(default_factory=dict)
    counted: bool = True
    """Whether it stands inside the goals."""


def plan() -> dict[str, Any]:
    """Return fleet.toml."""
    return tomllib.loads((files("data") / "example" / "fleet.toml").read_text(encoding="utf-8"))


class Maker:
    """Makes vehicles from the plan and one seeded source of chance."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree, self.rng, self.used = tree, np.random.default_rng(SEED), set(tree["reserved"])

    def plate(self, day: dt.date) -> str:
        """Return an unused number of the old form, or of the new one from 2019."""
        while True:
            letters = "".join(self.rng.choice(list(LETTERS), 3))
            new = day.year >= 2019 and self.rng.random() < 0.6
            plate = (
                letters
                + f"{self.rng.integers(1, 100):02d}"
                + (str(self.rng.choice(list("ABCDEFGHJKLMNPRSTUWXYZ"))) if new else "5")
            )
            if plate not in self.used:
                self.used.add(plate)
                return plate

    def vehicle(self, company: str, unit: dict[str, Any], came: dt.date, **known: Any) -> Vehicle:
        """Return a vehicle of a unit that came on a day; what is not `known` is drawn."""
        kind = known.pop("kind", None) or str(self.rng.choice(unit["kinds"]))
        drive = known.pop("drive", None) or self.drive(kind, came)
        makes = self.tree["makes"][kind]["el" if drive == "el" else "other"]
        make, model = makes[int(self.rng.integers(len(makes)))]
        leased = kind in ("Personbil", "Lätt lastbil") and bool(self.rng.random() < 0.6)
        facts = {"ordered": came - dt.timedelta(days=int(self.rng.integers(60, 240))), "registered": came}
        facts |= {"lease_end": _years_on(came, 3 if kind == "Personbil" else 5)} if leased else {}
        facts |= {
            "co2": 0 if drive == "el" else int(self.rng.integers(25, 45) if drive == "laddhybrid" else self.rng.integers(98, 190))
        }
        facts |= {"km": int(self.rng.integers(60, 260)) * 100, "use": str(self.rng.choice(unit["uses"]))}
        plate = known.pop("plate", None) or self.plate(came)
        place = {"unit": unit["name"], "depot": unit["depot"], "leased": leased}
        return Vehicle(plate, company, kind, drive, make, model, came=came, **(place | facts | known))

    def drive(self, kind: str, day: dt.date) -> str:
        """Return what a vehicle of a kind that came on a day runs on."""
        table = self.tree["drives"]["heavy" if kind in ("Tung lastbil", "Traktor") else "light"]
        period = "new" if day >= dt.date(2024, 3, 1) else "middle" if day >= dt.date(2021, 1, 1) else "old"
        names, shares = zip(*table[period].items(), strict=True)
        return str(self.rng.choice(names, p=np.array(shares) / sum(shares)))


def _years_on(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year + years, day=min(day.day, 28))


@dataclass(frozen=True)
class Fleet:
    """The vehicles, the true pairs of old and new, and how the rows of the workbook differ from the truth."""

    vehicles: list[Vehicle]
    pairs: list[tuple[str, str]]


def build() -> Fleet:
    """Return the invented fleet."""
    tree = plan()
    maker = Maker(tree)
    old, new, pairs = [], [], []
    for company in tree["company"]:
        for _ in range(company["old"]):
            unit = company["unit"][int(maker.rng.integers(len(company["unit"])))]
            day = dt.date(2015, 1, 1) + dt.timedelta(days=int(maker.rng.integers(0, 6 * 365)))
            old.append(maker.vehicle(company["name"], unit, day))
        mine = [n for n, each in enumerate(old) if each.company == company["name"]]
        for place, number in enumerate(maker.rng.permutation(mine)[: company["leave"]]):
            left = dt.date(2021, 4, 1) + dt.timedelta(days=int(maker.rng.integers(0, 1900)))
            old[number] = replace(old[number], left=left, lease_end=left if old[number].leased else None)
            if place < company["replaced"]:
                successor = _successor(maker, company, old[number])
                new.append(successor)
                pairs.append((old[number].plate, successor.plate))
        for _ in range(company["added"]):
            unit = company["unit"][int(maker.rng.integers(len(company["unit"])))]
            day = dt.date(2021, 6, 1) + dt.timedelta(days=int(maker.rng.integers(0, 1800)))
            new.append(maker.vehicle(company["name"], unit, day))
    traps, trap_pairs = _traps(maker, tree)
    return Fleet([*map(_renewed, [*old, *new]), *traps], [*pairs, *trap_pairs])


def _renewed(vehicle: Vehicle) -> Vehicle:
    """Return a vehicle that is still there with its lease prolonged by years until after the end of 2026."""
    end = vehicle.lease_end
    if end is None or vehicle.left is not None:
        return vehicle
    return replace(
        vehicle,
        lease_end=end.replace(year=max(end.year, 2026 + (end < RENEWED.replace(year=end.year)) + vehicle.km % 200 // 100)),
    )


def _successor(maker: Maker, company: dict[str, Any], old: Vehicle) -> Vehicle:
    assert old.left is not None
    unit = next(each for each in company["unit"] if each["name"] == old.unit)
    came = old.left + dt.timedelta(days=int(maker.rng.integers(-40, 80)))
    made = maker.vehicle(company["name"], unit, came, kind=old.kind, use=old.use, leased=old.leased)
    return replace(made, lease_end=_years_on(came, 3) if made.leased else None)


def _traps(maker: Maker, tree: dict[str, Any]) -> tuple[list[Vehicle], list[tuple[str, str]]]:
    """Return the vehicles written out in fleet.toml and the pairs among them."""
    made, pairs = [], []
    units = {(c["name"], u["name"]): u for c in tree["company"] for u in c["unit"]}
    for entry in tree["trap"]:
        known = {key: value for key, value in entry.items() if key not in ("unit", "company", "replaces", "came", "why")}
        unit = units.get((entry.get("home", entry["company"]), entry["unit"]))
        known.pop("home", None)
        day = entry.get("came", entry.get("registered", dt.date(2018, 5, 2)))
        known = {"ordered": None} | known  # the list states the order of few
        vehicle = maker.vehicle(entry["company"], unit or {}, day, **known)
        bare = {} if "came" in entry else {"came": None, "registered": None}
        made.append(replace(vehicle, **bare))
        if "replaces" in entry:
            pairs.append((entry["replaces"], entry["plate"]))
    return made, pairs


def truth(fleet: Fleet) -> dict[str, Any]:
    """Return pairs, the verdict of every new vehicle in a pair, and [vehicles, fossil-free, unknown] at the end of each year."""
    by_plate = {each.plate: each for each in fleet.vehicles}
    tree = plan()
    verdicts = {new: _verdict(by_plate[new], tree["exemption"]) for _, new in fleet.pairs}
    shares = {name: {end.isoformat(): _count(fleet, end, rule) for end in ENDS} for name, rule in RULES.items()}
    return {"pairs": sorted(fleet.pairs), "verdicts": dict(sorted(verdicts.items())), "shares": shares}


def _verdict(new: Vehicle, exemptions: list[dict[str, Any]]) -> str:
    day = new.ordered or new.registered
    assert day is not None
    if day < DECISION:
        return "before_decision"
    if new.drive in RUNS_FREE:
        return "compliant"
    if new.drive == "diesel_unknown":
        return "unknown"
    own = next((each for each in exemptions if each["plate"] == new.plate), None)
    return "violation" if own is None else "exempt" if own["until"] >= dt.date(2026, 12, 31) else "exemption_expired"


RULES: dict[str, Callable[[Vehicle], bool | None]] = {
    "fossilfri-drift": lambda each: None if each.drive == "diesel_unknown" else each.drive in RUNS_FREE,
    "nollutsläpp": lambda each: each.drive == "el",
}


def _stays(vehicle: Vehicle) -> list[Vehicle]:
    """Return a vehicle's stays: one, but for the one that was sold and came back."""
    if vehicle.extra.get("listed") != "back":
        return [vehicle]
    return [replace(vehicle, left=vehicle.extra["gone"]), replace(vehicle, came=vehicle.extra["back"], ordered=None)]


def _count(fleet: Fleet, end: dt.date, rule: Callable[[Vehicle], bool | None]) -> list[int]:
    stays = [stay for each in fleet.vehicles if each.counted for stay in _stays(each)]
    here = [each for each in stays if each.came and each.came <= end and (each.left is None or each.left > end)]
    answers = [rule(each) for each in here]
    return [len(here), answers.count(True), answers.count(None)]


def write(folder: Path, home: Path) -> None:
    """Write the three input files into `folder` and facit_fordon.json into `home`."""
    fleet, tree = build(), plan()
    _workbook(folder / "fordon.xlsx", fleet)
    _ledger(folder / "ersattningar.xlsx", fleet, tree)
    (folder / "tankningar.csv").write_bytes(_cards(fleet).encode("cp1252"))
    found = json.dumps(truth(fleet), ensure_ascii=False, indent=1)
    (home / "facit_fordon.json").write_text(found + "\n", encoding="utf-8")


Cell = Callable[[Vehicle], Any]
_FUEL_WORD = {
    "petrol": "Bensin", "diesel": "Diesel", "diesel_hvo": "Diesel", "diesel_unknown": "Diesel", "el": "El",
    "laddhybrid": "Laddhybrid bensin", "e85": "Etanol/Bensin", "gas": "Biogas", "hvo": "HVO",
}  # fmt: skip
_FUEL_PAIR = _FUEL_WORD | {"laddhybrid": "Bensin/El", "diesel_hvo": "Diesel HVO100-godkänd", "gas": "Gas/CNG"}
_FUEL_ENGLISH = {
    "petrol": "Petrol", "diesel": "Diesel", "diesel_hvo": "Diesel", "diesel_unknown": "Diesel", "el": "Electric",
    "laddhybrid": "Plug-in hybrid", "e85": "E85", "gas": "Biogas", "hvo": "HVO100",
}  # fmt: skip
_TWO = {"laddhybrid": ("Bensin", "El"), "e85": ("Etanol", "Bensin"), "gas": ("Gas", "Bensin")}
_ENGLISH = {"Personbil": "Passenger car", "Lätt lastbil": "Van", "Tung lastbil": "Truck", "Traktor": "Tractor"}


def _approved(each: Vehicle) -> str | None:
    return {"diesel_hvo": "ja", "diesel": "nej"}.get(each.drive)


def _written(day: dt.date | None, number: int) -> str | None:
    """Return a day as people write it: the form changes from row to row."""
    months = ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sept", "okt", "nov", "dec")
    if day is None:
        return None
    forms = (
        f"{day:%Y-%m-%d}",
        f"{day.day} {months[day.month - 1]} {day.year}",
        f"{day:%Y%m%d}",
        f"{day.day}/{day.month} {day.year}",
    )
    return forms[number % len(forms)]


LAYOUTS: dict[str, dict[str, Cell]] = {
    "Ljusåsa kommun": {
        "Regnr": lambda v: v.plate, "Bolag": lambda v: v.company, "Förvaltning": lambda v: v.unit, "Användning": lambda v: v.use,
        "Depå/plats": lambda v: v.depot, "Märke": lambda v: v.make, "Modell": lambda v: v.model, "Fordonstyp": lambda v: v.kind,
        "Drivmedel": lambda v: _FUEL_WORD[v.drive], "HVO100-godkänd": _approved, "CO2 (g/km)": lambda v: v.co2,
        "Ägandeform": lambda v: v.extra.get("tenure", "Leasad" if v.leased else "Ägd"), "Först i trafik": lambda v: v.registered,
        "Beställningsdatum": lambda v: v.ordered, "I drift": lambda v: v.came, "Utrangerad": lambda v: v.left,
        "Leasing t.o.m.": lambda v: v.lease_end, "Mil per år": lambda v: f"{v.km / 10:.1f}".replace(".", ","),
        "Utryckning": lambda v: v.extra.get("emergency", "nej"), "Status": lambda v: v.extra.get("status", "i trafik"),
        "Förare": lambda _: "Prov Provsson",
    },
    "Ljusåsabostäder AB": {
        "REGNR": lambda v: f"{v.plate[:3].lower()} {v.plate[3:].lower()}", "Fabrikat": lambda v: v.make, "Modell": lambda v: v.model,
        "Fordonsslag": lambda v: {"Personbil": "PB", "Lätt lastbil": "LB lätt"}.get(v.kind, v.kind),
        "Drivmedel_1": lambda v: _TWO.get(v.drive, (_FUEL_WORD[v.drive],))[0],
        "Drivmedel_2": lambda v: _TWO[v.drive][1] if v.drive in _TWO else None,
        "Elfordon": lambda v: {"el": "Elbil", "laddhybrid": "Laddhybrid"}.get(v.drive, "Nej"), "HVO-godkänd": _approved,
        "Fordonsstatus": lambda v: v.extra.get("status", "ITRAF"), "Forst_i_trafik": lambda v: v.registered,
        "Leasing": lambda v: "J" if v.leased else "N", "Kostnadsställe": lambda v: v.unit, "Syfte": lambda v: v.use,
        "Garage": lambda v: v.depot, "Orderdatum": lambda v: v.ordered, "Från": lambda v: v.came, "Till": lambda v: v.left,
        "Avtalsslut": lambda v: v.lease_end, "Miltal": lambda v: int(v.km * 3 / 10),
    },
    "Ljusåsa Teknik AB": {
        "Slag": lambda v: "Motorredskap" if v.kind == "Traktor" else v.kind, "Reg.nr": lambda v: v.plate,
        "Totalvikt (kg)": lambda v: {"Tung lastbil": "18 000", "Lätt lastbil": "3 500"}.get(v.kind),
        "Bränsle": lambda v: _FUEL_PAIR[v.drive],
        "HVO godkänd": _approved, "Ägt/leasat": lambda v: "leasing" if v.leased else "eget", "Avdelning": lambda v: v.unit,
        "Funktion": lambda v: v.use, "Placering": lambda v: v.depot, "Märke": lambda v: v.make, "Modell": lambda v: v.model,
        "Först i trafik": lambda v: _written(v.registered, v.km), "Beställt": lambda v: _written(v.ordered, v.km + 1),
        "Levererad": lambda v: _written(v.came, v.km + 2), "Såld": lambda v: _written(v.left, v.km + 3),
        "Leasingslut": lambda v: _written(v.lease_end, v.km), "Anmärkning": lambda _: None,
    },
    "Ljusåsa Vatten AB": {
        "Registration number": lambda v: v.plate, "Make": lambda v: v.make, "Model": lambda v: v.model,
        "Vehicle type": lambda v: _ENGLISH[v.kind], "Fuel": lambda v: _FUEL_ENGLISH[v.drive],
        "HVO approved": lambda v: {"ja": "yes", "nej": "no"}.get(_approved(v) or ""), "CO2 emissions": lambda v: v.co2,
        "Ownership": lambda v: "leased" if v.leased else "owned", "Department": lambda v: v.unit, "Purpose": lambda v: v.use,
        "Location": lambda v: v.depot, "First registered": lambda v: v.registered, "Order date": lambda v: v.ordered,
        "In service": lambda v: None if v.extra.get("no_first_day") else v.came, "Out of service": lambda v: v.left,
        "Lease end": lambda v: v.lease_end,
        "Annual km": lambda v: v.km, "Driver": lambda _: "Test Testsson",
    },
}  # fmt: skip
"""Headings of each company's sheet and what stands under them."""


def _workbook(path: Path, fleet: Fleet) -> None:
    import xlsxwriter

    rows = [each for vehicle in fleet.vehicles for each in _as_listed(vehicle)]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "EXEMPELDATA", "comments": "Påhittad kommun", "created": MADE})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet, layout in LAYOUTS.items():
            page = book.add_worksheet(sheet)
            page.freeze_panes(3, 1)
            page.write_string(0, 0, "EXEMPELDATA: påhittade fordon", bold)
            page.set_column(0, len(layout), 14)
            mine = [each for each in rows if each.extra.get("sheet", each.company) == sheet]
            for column, (heading, cell) in enumerate(layout.items()):
                page.write_string(2, column, heading, bold)
                for number, vehicle in enumerate(sorted(mine, key=lambda v: (v.came or dt.date.max, v.plate)), start=3):
                    value = cell(vehicle)
                    if isinstance(value, dt.date):
                        page.write_datetime(number, column, dt.datetime.combine(value, dt.time()), day)
                    elif value is not None:
                        page.write(number, column, value)


def _as_listed(vehicle: Vehicle) -> list[Vehicle]:
    """Return the rows a vehicle has in the list: some stand twice, as two leases, or in two companies."""
    how = vehicle.extra.get("listed")
    if how == "back":
        return _stays(vehicle)
    if how == "twice":
        return [vehicle, vehicle]
    if how == "bought_out":
        split = vehicle.extra["split"]
        first = replace(vehicle, left=split, lease_end=split, leased=True)
        return [first, replace(vehicle, came=split + dt.timedelta(days=1), leased=False, lease_end=None, ordered=None)]
    if how == "moved":
        to = vehicle.extra
        return [vehicle, replace(vehicle, company=to["to"], unit=to["to_unit"], came=to["split"], ordered=None)]
    return [vehicle]


def _ledger(path: Path, fleet: Fleet, tree: dict[str, Any]) -> None:
    from data.example.lists import _workbook as write_table

    by_plate = {each.plate: each for each in fleet.vehicles}
    rows = [_row(by_plate[old], by_plate[new], "bekräftat") for old, new in sorted(fleet.pairs)[: tree["ledger"]["confirmed"]]]
    rows += [{"state": "avvisat", "out_reg": a, "in_reg": b, "note": "Olika verksamheter"} for a, b in tree["ledger"]["rejected"]]
    for each in tree["exemption"]:
        old = next(old for old, new in fleet.pairs if new == each["plate"])
        more = {f"exemption_{key}": each[key] for key in ("reason", "delegate", "date", "reference", "until")}
        rows = [row for row in rows if row["in_reg"] != each["plate"]]
        rows.append(_row(by_plate[old], by_plate[each["plate"]], "antaget") | more)
    write_table(path, "Ersättningar", LEDGER, rows)


def _row(old: Vehicle, new: Vehicle, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "out_reg": old.plate,
        "in_reg": new.plate,
        "out_date": old.left,
        "in_date": new.came,
        "ordered": new.ordered,
    }


PRODUCTS = {"diesel_hvo": ("HVO100", "Diesel MK1"), "petrol": ("Bensin 95", "Bensin 95"), "diesel": ("Diesel MK1", "Diesel MK1"),
            "laddhybrid": ("Bensin 95", "Bensin 95"), "gas": ("Fordonsgas", "Bensin 95"), "e85": ("E85", "Bensin 95"),
            "diesel_unknown": ("Diesel MK1", "AdBlue"), "hvo": ("HVO100", "HVO100")}  # fmt: skip
"""What each drive is filled with: mostly the first, at times the second."""


def _cards(fleet: Fleet) -> str:
    """Return two years of fuel-card rows up to September 2026, as the fuel company sends them."""
    rng = np.random.default_rng(SEED + 1)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Regnr", "Transaktionsdatum", "Produkt", "Antal", "Enhet", "Kortinnehavare"])
    for vehicle in sorted(fleet.vehicles, key=lambda each: each.plate):
        if vehicle.drive not in PRODUCTS or vehicle.kind == "Släp":
            continue
        for month in range(24):
            day = dt.date(2024 + (9 + month) // 12, (9 + month) % 12 + 1, int(rng.integers(1, 28)))
            if vehicle.came and vehicle.came <= day and (vehicle.left is None or day < vehicle.left):
                product = PRODUCTS[vehicle.drive][int(rng.random() < 0.2)]
                amount = f"{rng.uniform(25, 60):.2f}".replace(".", ",")
                unit = "kg" if product == "Fordonsgas" else "l"
                writer.writerow([vehicle.plate, f"{day:%Y-%m-%d}", product, amount, unit, "Prov Provsson"])
    return out.getvalue()
