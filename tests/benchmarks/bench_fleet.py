"""Time and accuracy of the fleet: `python tests/benchmarks/bench_fleet.py [vehicles] [seeds]`. Not part of the suite.

Targets: 100 000 vehicles read and judged in 3 s, with ledger in 10 s; on the simulated fleet of 300 at least 95 % of pairs and 98 % of
verdicts right and confidence calibrated, as the mean over many seeds.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import itertools

from fleet_oracle import best_pairs
from fleet_simulator import as_rows, simulate

from data.readers import vehicles as reader
from data.settings import FleetSettings
from fleet.judging import judge_pairs, terms
from fleet.register import register
from fleet.replacements import pair
from fleet.share import shares, status_on, year_ends
from kil.fleetinputs import shipped

TODAY = dt.date(2026, 9, 30)
LETTERS = np.array(list("ABCDEFGHJKLMNOPRSTUWXYZ"))


def say(line: str) -> None:
    """Write one line."""
    sys.stdout.write(line + "\n")


def big_list(size: int, folder: Path, *, suffix: str, seed: int = 1) -> Path:
    """Write a list of `size` vehicles in 40 companies and return its path."""
    rng = np.random.default_rng(seed)
    number = rng.permutation(23**3 * 1000)[:size]
    letters = [LETTERS[number // 1000 // 23**power % 23] for power in (2, 1, 0)]
    digits = np.char.zfill((number % 1000).astype(str), 3)
    plates = pd.Series(letters[0]) + letters[1] + letters[2] + digits
    first = size * 5 // 8
    came = pd.Series(pd.Timestamp(2012, 1, 1) + pd.to_timedelta(rng.integers(0, 3900, size), unit="D"))
    went = (came + pd.to_timedelta(rng.integers(1500, 2900, size), unit="D")).where(lambda day: day < pd.Timestamp(TODAY))
    company, unit = rng.integers(0, 40, size), rng.integers(0, 60, size)
    kind = rng.choice(["Personbil", "Lätt lastbil", "Tung lastbil", "Buss", "Traktor"], size, p=[0.6, 0.25, 0.07, 0.03, 0.05])
    old = rng.permutation(np.flatnonzero(went[:first].notna()))[: size - first]
    new = first + np.arange(len(old))  # nine in ten vehicles that left got a successor
    new, old = new[: len(new) * 9 // 10], old[: len(new) * 9 // 10]
    came.iloc[new] = went.to_numpy()[old] + rng.integers(-60, 120, len(new)).astype("timedelta64[D]")
    went.iloc[first:] = pd.NaT
    company[new], unit[new], kind[new] = company[old], unit[old], kind[old]
    frame = pd.DataFrame(
        {
            "Regnr": plates,
            "Bolag": np.char.add("Bolag ", company.astype(str)),
            "Avdelning": np.char.add("Enhet ", unit.astype(str)),
            "Fordonsslag": kind,
            "Drivmedel": rng.choice(["Diesel", "Bensin", "El", "Diesel/El", "Etanol/Bensin", "HVO", "Biogas"], size),
            "Ägt/leasat": rng.choice(["Ägd", "Leasad"], size),
            "CO2 (g/km)": rng.integers(0, 250, size),
            "Beställd": (came - pd.to_timedelta(rng.integers(40, 300, size), unit="D")).dt.strftime("%Y-%m-%d"),
            "I drift från": came.dt.strftime("%Y-%m-%d"),
            "Ur drift": went.dt.strftime("%Y-%m-%d"),
        }
    )
    path = folder / f"fordon{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    else:
        frame.to_excel(path, index=False, engine="xlsxwriter")
    return path


def speed(size: int) -> None:
    """Print seconds of each step for csv and xlsx."""
    settings, definitions = FleetSettings(), shipped()
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".csv", ".xlsx"):
            path = big_list(size, Path(folder), suffix=suffix)
            marks = [("start", time.process_time())]
            rows = reader.read(path).data.rows
            marks.append(("read", time.process_time()))
            vehicles = register(rows, settings.vehicles, today=TODAY).vehicles
            marks.append(("register", time.process_time()))
            shares(vehicles, definitions, year_ends(settings.goal, TODAY), goal=settings.goal)
            marks.append(("shares", time.process_time()))
            made = pair(vehicles, settings)
            marks.append(("pair", time.process_time()))
            chosen = next(d for d in definitions if d.id == settings.goal.definition)
            judge_pairs(terms(made.pairs, vehicles, settings, today=TODAY), status_on(vehicles, chosen), settings.goal)
            marks.append(("judge", time.process_time()))
            steps = ", ".join(f"{name} {after - before:.2f}" for (_, before), (name, after) in itertools.pairwise(marks))
            judged_s, ledger_s = marks[3][1] - marks[0][1], marks[-1][1] - marks[0][1]
            say(f"{suffix} {size}: read and judged {judged_s:.1f} s (3), with ledger {ledger_s:.1f} s (10) of CPU; {steps}")


def accuracy(seeds: int) -> None:
    """Print shares of pairs and verdicts right and the calibration over many simulated fleets of 300."""
    settings, definitions = FleetSettings(), shipped()
    chosen = next(d for d in definitions if d.id == settings.goal.definition)
    pairs, verdicts, sure, right, best = [], [], [], [], []
    for seed in range(seeds):
        rows, truth = simulate(seed)
        vehicles = register(as_rows(rows), settings.vehicles, today=TODAY).vehicles
        made = pair(vehicles, settings).pairs
        both = made.dropna(subset=["out_reg", "in_reg"])
        hit = [each in truth.pairs for each in zip(both["out_reg"], both["in_reg"], strict=True)]
        pairs.append(sum(hit) / len(truth.pairs))
        best.append(len(best_pairs(rows, truth) & truth.pairs) / len(truth.pairs))
        sure += both["confidence"].tolist()
        right += hit
        judged = judge_pairs(terms(made, vehicles, settings, today=TODAY), status_on(vehicles, chosen), settings.goal)
        said = dict(zip(judged["in_reg"], judged["verdict"], strict=True))
        verdicts.append(np.mean([said.get(name) == verdict for name, verdict in truth.verdicts.items()]))
    for name, found, wanted in (("pairs", pairs, 0.95), ("the best anyone can", best, 0.95), ("verdicts", verdicts, 0.98)):
        enough = np.mean(np.array(found) >= wanted)
        say(f"{seeds} fleets: {name} {np.mean(found):.4f} ({wanted}; worst {min(found):.3f}, enough in {enough:.0%} of fleets)")
    confidence, correct = np.array(sure), np.array(right)
    for low, high in ((0.25, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 0.99), (0.99, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            say(f"  said {confidence[inside].mean():.3f}: right {correct[inside].mean():.3f} of {inside.sum()}")


if __name__ == "__main__":
    speed(200)  # loads the libraries
    speed(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    accuracy(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
