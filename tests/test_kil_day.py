"""A run of an earlier day judges what was known that day; what came later is set aside and said. Messages of settings and traces."""

import datetime as dt
import re

import pandas as pd
import pytest
from test_kil_emissionspart import context, project  # noqa: F401  (a fixture)

from data.errors import InputError
from data.settings import load
from data.texts import use_language
from kil import emissionday, emissionspart, followup, new
from kil.inputs import Opened
from kil.project import example_folder, open_project
from kil.run import Run
from kil.statusinputs import read_inputs

DAY = dt.date(2021, 6, 30)


def test_rows_and_editions_after_the_day_are_set_aside_and_said(project, tmp_path):  # noqa: F811
    found = context(project, tmp_path)
    found.run.today = DAY
    part = emissionspart.compute(found)
    rows = part.result.result.inventory.rows
    assert rows["year"].max() == 2021 and part.json["gap_t"] is not None
    own = rows[rows["file"] == "aktiviteter.xlsx"]
    listed = pd.read_excel(project / "indata" / "aktiviteter.xlsx")
    late = pd.to_datetime(listed["Till"]) > pd.Timestamp(DAY)
    assert late.any() and not set(own["row"]) & set(listed.index[late] + 2)
    said = "\n".join(part.warnings)
    assert f"{int(late.sum())} rader räknas inte, för deras period slutar efter 2021-06-30" in said
    assert "utgåvor som kom efter 2021-06-30 är lagda åt sidan: 2024-06" in said
    assert not part.result.territory_rows["edition"].str.startswith("2024").any()
    later = context(project, tmp_path)
    assert not any("lagda åt sidan" in line or "räknas inte, för" in line for line in emissionspart.compute(later).warnings)


@pytest.mark.parametrize(
    ("edition", "day", "kept"),
    [
        ("2024-06", "2024-05-31", 0),
        ("2024-06", "2024-06-01", 1),
        ("2024", "2024-01-01", 1),
        ("2025", "2024-12-31", 0),
        ("ny", "1990-01-01", 1),
    ],
)
def test_an_edition_is_known_from_its_month(edition, day, kept):
    rows = pd.DataFrame({"year": [2020], "edition": [edition]})
    left, said = emissionday.published(rows, dt.date.fromisoformat(day), "u.csv")
    assert len(left) == kept and len(said) == 1 - kept


def test_a_list_of_which_nothing_was_known_is_as_one_that_is_not_there():
    rows = pd.DataFrame({"end": pd.to_datetime(["2024-12-31"]), "row": [2]})
    opened, said = emissionday.known(Opened({"activities": rows}), DAY, dict.fromkeys(emissionspart.INPUTS, "a.xlsx"))
    assert opened.get("activities") is None and len(said) == 1


def test_values_after_the_day_are_said_with_their_rows():
    example, _ = open_project(example_folder() / "kil.toml")
    early, today = read_inputs(example, dt.date(2024, 3, 1)), read_inputs(example, dt.date(2026, 11, 24))
    told = [re.search(r"nyckeltal.xlsx: (\d+) värden gäller dagar efter 2024-03-01 .*\(rad \d+", line) for line in early.warnings]
    counts = [int(match[1]) for match in told if match]
    late = [o for o in early.observations if o.date > dt.date(2024, 12, 31) and o.kind in ("measured", "preliminary")]
    assert len(counts) == 1 and counts[0] >= len(late) > 0
    assert any("egna bedömningar är gjorda efter" in line for line in early.warnings)
    assert not any("2026-11-24" in line for line in today.warnings)


@pytest.mark.parametrize("name", ["finns-inte.yaml", "."])
def test_a_missing_trace_speaks_of_the_trace_and_not_of_the_project(tmp_path, name):
    with pytest.raises(InputError) as caught:
        followup.verify(tmp_path / name, Run(quiet=True))
    assert "status.yaml" in caught.value.faults[0].fix and "kil.toml" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ("", "municipality"),
        ('[municipality]\nname = "X"\n', "municipality.site"),
        ("[municipality]\nsite = { latitude = 59.5 }\n", "municipality.site.longitude"),
    ],
)
def test_a_missing_or_wrong_setting_is_explained_in_the_readers_language(tmp_path, config, where):
    path = tmp_path / "kil.toml"
    path.write_text(config + '\n[plan]\ncurve_points = "många"\n', encoding="utf-8")
    said = {}
    for code in ("sv", "en"):
        with use_language(code), pytest.raises(InputError) as caught:
            load(path)
        said[code] = str(caught.value)
    assert f"fält {where}: inställningen saknas; väntat: " in said["sv"] and "docs/installningar.md" in said["sv"]
    assert not re.search(r"\b(the|of|is|are|which)\b", said["sv"])
    assert "Targets at which the curve" in said["en"]


def test_what_each_file_is_is_said_in_swedish(tmp_path):
    new.new_project(tmp_path / "ny", "1715", Run(quiet=True))
    told = (tmp_path / "ny" / "indata" / "LÄS MIG.txt").read_text(encoding="utf-8")
    assert "indata/anlaggningar.xlsx: byggda solcellsanläggningar" in told and "saknas:" not in told
    assert not re.search(r"\b(the|of|municipality|which)\b", told)


def test_a_code_nobody_knows_leaves_no_folder_behind(tmp_path):
    with pytest.raises(InputError, match="9999"):
        new.new_project(tmp_path / "ny", "9999", Run(quiet=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["fil", "fil/projekt"])
def test_a_file_where_the_project_should_be_is_told_and_kept(tmp_path, name):
    (tmp_path / "fil").write_text("mitt", encoding="utf-8")
    with pytest.raises(InputError, match="en fil, inte en mapp"):
        new.new_project(tmp_path / name, "1715", Run(quiet=True))
    assert (tmp_path / "fil").read_text(encoding="utf-8") == "mitt"
