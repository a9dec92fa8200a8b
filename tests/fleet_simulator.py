"""A simulated fleet with known truth. It shares nothing with the code it tests: no import from the packages, plain rules.

Noise as the task states it: new minus old -60..+120 days, 30 % of swaps share company, class and month with another swap,
10 % additions, 10 % scrapped without successor, 5 % changes of class; successors keep unit and use. Order dates are missing in one
row of five, fuels in one of fifty. `Noise` adds what the task does not state: successors in another unit or of another use, and
rows without unit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

DECISION = dt.date(2023, 12, 19)
COMPANIES = {"Kommunen": (0.6, 18), "Bostads AB": (0.2, 6), "Energi AB": (0.12, 4), "Teknik AB": (0.08, 3)}
CLASS_MIX = {"car": 0.62, "light_lorry": 0.25, "heavy_lorry": 0.07, "machine": 0.06}
USES = ("hemtjänst", "drift", "park", "skola", "tillsyn", "transport")
LETTERS = "ABCDEFGHJKLMNOPRSTUWXYZ"


@dataclass(frozen=True)
class Truth:
    """pairs: (old, new) registration numbers. verdicts: new registration number -> verdict."""

    pairs: frozenset[tuple[str, str]]
    verdicts: dict[str, str]


@dataclass(frozen=True)
class Noise:
    """Shares of successors in another unit, of another use, and of rows without unit."""

    unit: float = 0.0
    use: float = 0.0
    no_unit: float = 0.0


class _Plates:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.used = rng, set()

    def __call__(self) -> str:
        while True:
            letters = "".join(self.rng.choice(list(LETTERS), 3))
            plate = letters + (
                f"{self.rng.integers(10, 100)}{self.rng.choice(list('ABCDEFGHJKLMNPRSTUWXYZ'))}"
                if self.rng.random() < 0.3
                else f"{self.rng.integers(1, 1000):03d}"
            )
            if plate not in self.used:
                self.used.add(plate)
                return plate


def _vehicle(rng: np.random.Generator, plates: _Plates, *, company: str, unit: int, use: str, **facts: object) -> dict:
    return {
        "registration": plates(),
        "company": company,
        "unit": f"{company[:4]}-{unit}",
        "use": use,
        "depot": f"{company[:4]}-depå-{unit // 2}",
        "tenure": "leased" if rng.random() < 0.55 else "owned",
        **facts,
    }


def _fuel(rng: np.random.Generator, day: dt.date) -> str:
    electric = 0.75 if day >= DECISION else 0.3
    return "electric" if rng.random() < electric else str(rng.choice(["petrol", "diesel"]))


def _arrival(rng: np.random.Generator, day: dt.date) -> dict:
    """in_date with an order date 40-300 days before it."""
    ordered = day - dt.timedelta(days=int(rng.integers(40, 300)))
    return {
        "in_date": day,
        "first_registered": day,
        "ordered": None if rng.random() < 0.2 else ordered,
        "fuel_1": _fuel(rng, ordered),
    }


def _verdict(new: dict) -> str:
    if (new["ordered"] or new["in_date"]) < DECISION:
        return "before_decision"
    return "compliant" if new["fuel_1"] == "electric" else "violation"


def simulate(
    seed: int, size: int = 300, *, start: int = 2021, end: dt.date = dt.date(2026, 9, 30), noise: Noise = Noise()
) -> tuple[list[dict], Truth]:
    """Return rows (one a vehicle, plain values) and the truth."""
    rng = np.random.default_rng(seed)
    plates = _Plates(rng)
    rows = []
    for company, (share, units) in COMPANIES.items():
        for _ in range(round(share * size)):
            unit = int(rng.integers(units))
            use = USES[unit % len(USES)] if rng.random() < 0.7 else str(rng.choice(USES))
            day = dt.date(start - 6, 1, 1) + dt.timedelta(days=int(rng.integers(0, 6 * 365)))
            rows.append(
                _vehicle(
                    rng,
                    plates,
                    company=company,
                    unit=unit,
                    use=use,
                    vehicle_class=str(rng.choice(list(CLASS_MIX), p=list(CLASS_MIX.values()))),
                    **_arrival(rng, day),
                )
                | {"out_date": None, "_unit": unit}
            )
    leaving = rng.permutation(len(rows))[: round(0.6 * len(rows))]
    days = (end - dt.date(start, 3, 1)).days - 130
    for number in leaving:
        rows[number]["out_date"] = dt.date(start, 3, 1) + dt.timedelta(days=int(rng.integers(0, days)))
    _same_month(rng, [rows[n] for n in leaving], 0.3)
    scrapped = set(leaving[: round(0.1 * len(leaving))].tolist())
    new, pairs, verdicts = [], set(), {}
    for number in leaving:
        if int(number) in scrapped:
            continue
        successor = _successor(rng, plates, rows[number], (end, noise))
        if successor is not None:
            new.append(successor)
            pairs.add((rows[number]["registration"], successor["registration"]))
            verdicts[successor["registration"]] = _verdict(successor)
    for _ in range(round(0.1 * len(new) / 0.9)):
        company = str(rng.choice(list(COMPANIES), p=[share for share, _ in COMPANIES.values()]))
        unit = int(rng.integers(COMPANIES[company][1]))
        day = dt.date(start, 3, 1) + dt.timedelta(days=int(rng.integers(0, days)))
        added = _vehicle(
            rng,
            plates,
            company=company,
            unit=unit,
            use=str(rng.choice(USES)),
            vehicle_class=str(rng.choice(list(CLASS_MIX), p=list(CLASS_MIX.values()))),
            **_arrival(rng, day),
        ) | {"out_date": None, "_unit": unit}
        new.append(added)
        verdicts[added["registration"]] = "not_replacement"
    for row in (rows := rows + new):
        if rng.random() < noise.no_unit:
            row["unit"] = None
        if rng.random() < 0.02:
            row["fuel_1"] = None
            if verdicts.get(row["registration"]) in ("compliant", "violation"):
                verdicts[row["registration"]] = "unknown"
    return rows, Truth(frozenset(pairs), verdicts)


def _same_month(rng: np.random.Generator, leaving: list[dict], share: float) -> None:
    """Move vehicles of one company and class into the month of another until `share` of all have such company."""

    def crowded() -> float:
        keys = [(r["company"], r["vehicle_class"], r["out_date"].year, r["out_date"].month) for r in leaving]
        return sum(keys.count(key) > 1 for key in keys) / len(keys)

    while crowded() < share:
        one = leaving[int(rng.integers(len(leaving)))]
        others = [
            r for r in leaving if r is not one and (r["company"], r["vehicle_class"]) == (one["company"], one["vehicle_class"])
        ]
        if others:
            day = others[int(rng.integers(len(others)))]["out_date"]
            one["out_date"] = day.replace(day=int(rng.integers(1, 29)))


def _successor(rng: np.random.Generator, plates: _Plates, old: dict, limits: tuple[dt.date, Noise]) -> dict | None:
    end, noise = limits
    day = old["out_date"] + dt.timedelta(days=int(rng.integers(-60, 121)))
    if day > end:
        return None
    company = old["company"]
    unit = old["_unit"] if rng.random() >= noise.unit else int(rng.integers(COMPANIES[company][1]))
    use = old["use"] if rng.random() >= noise.use else str(rng.choice(USES))
    vehicle_class = old["vehicle_class"]
    if rng.random() < 0.05:
        vehicle_class = str(rng.choice([name for name in CLASS_MIX if name != vehicle_class]))
    new = _vehicle(rng, plates, company=company, unit=unit, use=use, vehicle_class=vehicle_class, **_arrival(rng, day))
    if rng.random() < 0.8:
        new["tenure"] = old["tenure"]
    return new | {"out_date": None, "_unit": unit}


def as_rows(rows: list[dict], file: str = "fordon.xlsx") -> pd.DataFrame:
    """Return the rows as the reader gives them (columns of VEHICLE_ROWS)."""
    frame = pd.DataFrame(rows).drop(columns="_unit")
    dates = {
        name: pd.to_datetime(frame[name]).astype("datetime64[ns]")
        for name in ("in_date", "out_date", "first_registered", "ordered")
    }
    empty = {name: pd.Series(pd.NaT, frame.index, dtype="datetime64[ns]") for name in ("lease_end", "snapshot")}
    texts = {
        name: pd.Series(None, frame.index, dtype="str")
        for name in ("fuel_2", "fuel_3", "eu_class", "make", "model", "sheet", "replaces")
    }
    flags = {name: pd.Series(False, frame.index, dtype="boolean") for name in ("plug_in", "hvo100")}
    numbers = dict.fromkeys(("co2_g_km", "rde_percent", "odometer_km", "annual_km"), np.nan)
    fixed = {"plate": "old", "status": "in_traffic", "emergency": False, "other_authority": False, "private": False, "file": file}
    return frame.assign(**dates, **empty, **texts, **flags, **numbers, **fixed, row=np.arange(2, len(frame) + 2))
