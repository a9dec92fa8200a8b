"""Meter series and prices of the invented municipality, from seeds. EXEMPELDATA: no building's use and no contract's price."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CLOCK = "Europe/Stockholm"
YEAR, SEED = 2025, 1715
HOURLY = {
    "735999100000001001": (612_000, (0.55, 1.9), (8, 16), (1.2, 0.35)),
    "735999100000001003": (985_000, (0.9, 1.3), (9, 22), (1.4, 0.25)),
    "735999100000001005": (410_000, (0.6, 1.8), (7, 17), (1.1, 0.8)),
}
"""Meter id -> kWh a year, weight by night and by day, hours open, weight in January and in July."""
QUARTERLY = {"735999100000001004": (1_240_000, (0.85, 1.1), (6, 21), (1.1, 0.6))}
GAP = ("735999100000001005", "2025-03-10 00:00", 40)
"""A meter that lost 40 hours."""

PRICES = """# EXEMPELDATA: påhittade avtal.
Id;Värde;Lägst;Högst;Enhet;Från;Källa;Slag
electricity_markup;0,04;0,02;0,08;SEK/kWh;2026-01-01;EXEMPELDATA: påhittat elavtal;fact
grid_variable_fee;0,11;0,08;0,15;SEK/kWh;2026-01-01;EXEMPELDATA: påhittad nättariff;fact
grid_capacity_fee;48;30;70;SEK/kW/month;2026-01-01;EXEMPELDATA: påhittad nättariff;fact
grid_benefit;0,045;0,02;0,06;SEK/kWh;2026-01-01;EXEMPELDATA: påhittad nättariff;fact
"""


def write(folder: Path) -> None:
    """Write matvarden/ (an hourly and a quarterly file) and priser.csv into `folder`."""
    meters = folder / "matvarden"
    meters.mkdir(parents=True, exist_ok=True)
    _file(meters / "timvarden_2025.csv", HOURLY, "60min")
    _file(meters / "kvartsvarden_2025.csv", QUARTERLY, "15min")
    (folder / "priser.csv").write_text(PRICES, encoding="utf-8")


def _file(path: Path, meters: dict[str, tuple], step: str) -> None:
    start, end = (pd.Timestamp(f"{year}-01-01", tz=CLOCK) for year in (YEAR, YEAR + 1))
    utc = pd.date_range(start.tz_convert("UTC"), end.tz_convert("UTC"), freq=step, inclusive="left")
    local = utc.tz_convert(CLOCK)
    rng = np.random.default_rng(SEED)
    columns = {name: _series(local, shape, rng) for name, shape in meters.items()}
    lines = ["Tid;" + ";".join(columns)]
    gone = _gap(local)
    for n, stamp in enumerate(local.strftime("%Y-%m-%d %H:%M")):
        cells = ["" if name == GAP[0] and gone[n] else f"{values[n]:.1f}".replace(".", ",") for name, values in columns.items()]
        lines.append(";".join([stamp, *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _gap(local: pd.DatetimeIndex) -> np.ndarray:
    first = pd.Timestamp(GAP[1], tz=CLOCK)
    return np.asarray((local >= first) & (local < first + pd.Timedelta(hours=GAP[2])))


def _series(local: pd.DatetimeIndex, shape: tuple, rng: np.random.Generator) -> np.ndarray:
    """Return kWh an interval: open hours against night and weekend, a winter swing, and quarters that jump (compressors, kitchens)."""
    total, (night, day), (opens, closes), (january, july) = shape
    hour = np.asarray(local.hour)
    busy = (hour >= opens) & (hour < closes) & np.asarray(local.day_of_week < 5)
    season = (january + july) / 2 + (january - july) / 2 * np.cos(2 * np.pi * (np.asarray(local.day_of_year) - 15) / 365)
    jumps = 1 + 0.35 * (rng.random(len(local)) < 0.3) * rng.random(len(local)) + 0.05 * rng.normal(size=len(local))
    weight = np.where(busy, day, night) * season * np.clip(jumps, 0.6, None)
    return total * weight / weight.sum()
