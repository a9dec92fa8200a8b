"""The invented fleet: what it holds, that its script makes the very files that are shipped, and that its traps are there."""

from __future__ import annotations

import json
from collections import Counter

from data.example import fleet as example
from data.readers import fuelcards, ledger, vehicles
from kil.project import example_folder


def test_a_hundred_and_twenty_vehicles_in_four_companies_since_2021():
    made = example.build()
    companies = Counter(each.company for each in made.vehicles)
    assert len(made.vehicles) == 120
    assert len({each.plate for each in made.vehicles}) == 120
    assert len([name for name in companies if not name.startswith("Räddningstjänsten")]) == 4
    assert companies["Räddningstjänsten Mellanskog"] == 2
    came = [each.came for each in made.vehicles if each.came]
    assert sum(day.year >= 2021 for day in came) > 30
    assert max(day.year for day in came) == 2026


def test_the_script_makes_the_files_that_are_shipped(tmp_path):
    example.write(tmp_path, tmp_path)
    here = example_folder()
    for name in ("fordon.xlsx", "ersattningar.xlsx", "tankningar.csv"):
        assert (tmp_path / name).read_bytes() == (here / "indata" / name).read_bytes(), name
    assert json.loads((tmp_path / "facit_fordon.json").read_text()) == json.loads((here / "facit_fordon.json").read_text())


def test_every_cell_of_the_example_is_understood():
    """Four sheets, four sets of headings, a csv in cp1252 and an edited ledger: nothing is left unknown but what the traps say."""
    here = example_folder() / "indata"
    for read, name in ((vehicles.read, "fordon.xlsx"), (fuelcards.read, "tankningar.csv"), (ledger.read, "ersattningar.xlsx")):
        assert read(here / name).data.faults == (), name
    rows = vehicles.read(here / "fordon.xlsx").data.rows
    assert rows["sheet"].nunique() == 4
    assert set(rows["vehicle_class"]) == {"car", "light_lorry", "heavy_lorry", "machine", "trailer"}
    assert rows["fuel_1"].notna().all()
    assert rows["private"].sum() == 1
    assert (rows["plate"] == "personal").sum() == 1
