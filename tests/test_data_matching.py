"""Facilities find their buildings, with a score; what is doubtful is left to a person. docs/metod/koppling.md, P1 to P8."""

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import box

from data.errors import InputError
from data.evidence import likeness, pairs, property_key
from data.layers import FACILITIES
from data.readers import matching
from data.readers.cells import fold
from data.readers.matching import match, read_corrections, write_corrections
from data.settings.matching import MatchingSettings

E, N = 404_000.0, 6_596_000.0


def town(*rows):
    """Buildings of 20 x 10 m: (id, x, y, name, property)."""
    columns = list(zip(*((*row, *([None] * (5 - len(row)))) for row in rows), strict=True))
    names = ("building_id", "x", "y", "name", "property_designation")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    shapes = [box(E + x, N + y, E + x + 20, N + y + 10) for x, y in zip(frame.pop("x"), frame.pop("y"), strict=True)]
    return gpd.GeoDataFrame(frame.assign(purpose=None, footprint_position="facade"), geometry=shapes, crs=3006)


def register(*rows, start=2):
    """Facilities by column; index = row in the list."""
    frame = pd.DataFrame([{name: row.get(name) for name in FACILITIES.names} for row in rows], dtype=object)
    return frame.set_axis(range(start, start + len(rows)), axis=0)


def facility(number, name="", **more):
    return {"facility_id": f"F-{number}", "name": name or f"Anläggning {number}", **more}


def at(x, y):
    return {"x": E + x, "y": N + y}


def pairs_of(found):
    return sorted(zip(found.matches["facility_id"], found.matches["building_id"], strict=True))


def corrections(rows):
    frame = pd.DataFrame(rows, columns=["facility_id", "choice"], dtype=object)
    return frame.set_axis(range(5, 5 + len(rows)), axis=0)


BUILDINGS = town(
    ("school", 0, 0, "Ängskolan", "Kil Äng 1:2"),
    ("canteen", 30, 0, "Ängskolan", "Kil Äng 1:2"),
    ("bath", 200, 0, "Badet", "Kil Bad 1:1"),
    ("depot", 400, 0, None, "Kil Depån 1:12"),
    ("shop", 600, 0, None, "Kil Depån 11:2"),
    ("villa", 800, 0, None, "Kil Äng 4:4"),
)


def test_stated_ids_hold_whatever_else_is_said():
    """P1. Ids are the list's own: spelled in any case, several joined by ;, score 1."""
    found = match(register(facility(1, "Badet", building_ids="SCHOOL;canteen", **at(205, 5))), BUILDINGS)
    assert pairs_of(found) == [("F-1", "canteen"), ("F-1", "school")]
    assert found.matches["score"].tolist() == [1.0, 1.0] and set(found.matches["how"]) == {"id"}


def test_each_kind_of_evidence_alone():
    """P2. A place inside 0.95, the same name 0.85, the same property 0.80: each alone is enough at the default 0.75."""
    found = match(
        register(
            facility(1, **at(205, 5)),
            facility(2, "ÄNGSKOLAN "),
            facility(3, property_designation="DEPÅN 1:12"),
        ),
        BUILDINGS,
    )
    assert pairs_of(found) == [("F-1", "bath"), ("F-2", "canteen"), ("F-2", "school"), ("F-3", "depot")]
    by = found.matches.set_index("building_id")
    assert by["score"].round(2).to_dict() == {"bath": 0.95, "school": 0.85, "canteen": 0.85, "depot": 0.8}
    assert by["how"].to_dict() == {"bath": "coordinates", "school": "name", "canteen": "name", "depot": "property"}
    assert any("3 anläggningar är kopplade utan id, poäng minst 0,75 (rad 2, 3, 4)" in warning for warning in found.warnings)


def test_evidence_adds_up_and_contradiction_counts_against():
    """P3. Scores join as 1 - prod(1 - s); another property than the building's multiplies by 0.6."""
    both = pairs(register(facility(1, "Badet", property_designation="Kil Bad 1:1", **at(205, 5))), BUILDINGS)
    bath = both[both["building"] == 2].iloc[0]
    assert bath["score"] == pytest.approx(1 - 0.05 * 0.15 * 0.2) and bath["how"] == "coordinates+name+property"
    against = match(register(facility(1, property_designation="Kil Skog 9:9", **at(205, 5))), BUILDINGS)
    assert against.matches.empty and against.candidates["score"].iloc[0] == pytest.approx(0.95 * 0.6)


def test_properties_are_compared_with_their_numbers_kept_apart():
    """P4. 1:12 and 11:2 are not the same land; the municipality's name before it and >areas do not matter."""
    assert property_key("KIL Depån 1:12>2") == "kil depan 1:12"
    assert property_key("Kil Depån 11:2") != property_key("Kil Depån 1:12")
    assert pairs_of(match(register(facility(1, property_designation="Depån 11:2>1")), BUILDINGS)) == [("F-1", "shop")]
    assert match(register(facility(1, property_designation="Grums Depån 11:2")), BUILDINGS).matches.empty


def test_nothing_is_joined_below_the_stated_score():
    """P5. What is under min_score goes to koppling with up to three candidates, best first; the setting moves the line."""
    listed = register(facility(1, "Ängsskolan", **at(160, 5)))  # one letter off, and 40 m from the bath
    found = match(listed, BUILDINGS)
    assert found.matches.empty and list(found.unmatched["facility_id"]) == ["F-1"]
    assert "under gränsen 0,75" in found.unmatched["why"][0]
    assert len(found.candidates) == 3 and found.candidates["rank"].tolist() == [1, 2, 3]
    assert found.candidates["score"].is_monotonic_decreasing
    assert {"school", "canteen"} <= set(found.candidates["building_id"])
    assert (
        match(listed, BUILDINGS, settings=MatchingSettings(min_score=0.6)).matches["facility_id"].tolist() == []
    )  # two alike: a person decides
    one = BUILDINGS[BUILDINGS["building_id"] != "canteen"]
    assert pairs_of(match(listed, one, settings=MatchingSettings(min_score=0.6))) == [("F-1", "school")]


def test_a_facility_with_a_place_gets_the_three_nearest_buildings_as_candidates():
    found = match(register(facility(1, "Okänd", **at(300, 300))), BUILDINGS)
    assert list(found.candidates["building_id"]) == ["bath", "depot", "canteen"]
    assert found.candidates["distance_m"].tolist() == pytest.approx([np.hypot(80, 290), np.hypot(100, 290), np.hypot(250, 290)])


def test_the_further_a_place_the_weaker():
    """P2. 0.95 exp(-d / 15 m) outside the outline, nothing beyond 50 m."""
    for away, wanted in ((0, 0.95), (3, 0.95 * np.exp(-0.2)), (15, 0.95 / np.e)):
        found = pairs(register(facility(1, **at(805, 10 + away))), BUILDINGS)
        assert found["score"].tolist() == pytest.approx([wanted])
    assert pairs(register(facility(1, **at(805, 61))), BUILDINGS).empty


def test_two_facilities_whose_list_names_one_building_are_a_fault_each_with_its_row():
    """P6. A building is in one facility."""
    listed = register(facility(1, "Skolan", building_ids="school"), facility(2, "Köket", building_ids="school;canteen"))
    listed.attrs["file"] = "fastigheter.xlsx"
    with pytest.raises(InputError) as caught:
        match(listed, BUILDINGS)
    (fault,) = caught.value.faults
    assert (fault.file, fault.row, fault.column) == ("fastigheter.xlsx", 3, "Byggnads-id")
    assert "school står också på rad 2 (Skolan)" in fault.got and "En byggnad hör till en anläggning" in fault.fix
    settled = match(listed, BUILDINGS, corrections=corrections([("F-2", "canteen")]))
    assert pairs_of(settled) == [("F-1", "school"), ("F-2", "canteen")]


def test_two_facilities_in_one_outline_are_left_to_a_person():
    """P6. Equal claims join neither; a stronger claim (by 0.1) wins and the other is told who has the building."""
    equal = match(register(facility(1, "Ena", **at(203, 5)), facility(2, "Andra", **at(207, 5))), BUILDINGS)
    assert equal.matches.empty and set(equal.unmatched["facility_id"]) == {"F-1", "F-2"}
    assert "fastigheter.xlsx: rad 2, 3 gör lika starka anspråk på en byggnad. Välj i koppling.xlsx." in equal.warnings
    assert not any("Ena" in warning for warning in equal.warnings), "warnings may be published: no names"
    stronger = match(register(facility(1, "Ena", building_ids="bath"), facility(2, "Andra", **at(207, 5))), BUILDINGS)
    assert pairs_of(stronger) == [("F-1", "bath")]
    assert "byggnaden är kopplad till Ena" in stronger.unmatched["why"][0]


def test_a_property_of_several_facilities_or_many_buildings_is_not_enough():
    """P7. It is shared out: n facilities divide it by n, more than three buildings by how many more."""
    two = register(facility(1, property_designation="Kil Bad 1:1"), facility(2, property_designation="Kil Bad 1:1"))
    assert match(two, BUILDINGS).matches.empty
    crowded = town(*((f"b{i}", 40 * i, 0, None, "Kil Stora 1:1") for i in range(5)))
    assert match(register(facility(1, property_designation="Kil Stora 1:1")), crowded).matches.empty
    few = crowded[:3]
    assert len(match(register(facility(1, property_designation="Kil Stora 1:1")), few).matches) == 3


def test_a_common_name_is_not_enough():
    """P7. Buildings of one name far apart, or facilities of one name, share its score."""
    sheds = town(("a", 0, 0, "Förråd"), ("b", 5000, 0, "Förråd"))
    assert match(register(facility(1, "Förråd")), sheds).matches.empty
    two = register(facility(1, "Badet"), facility(2, "Badet"))
    assert match(two, BUILDINGS).matches.empty


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Östra skolan", "Västra skolan"),
        ("Kvarteret Lönnen 1", "Kvarteret Lönnen 2"),
        ("Förskolan Tallen", "Förskolan Tallgården"),
        ("Skidstugan Solberget", "Skidstugan"),
        ("Bad", "Badhusparken"),
    ],
)
def test_names_that_look_alike_and_are_not_the_same_stay_below_the_line(one, other):
    assert match(register(facility(1, one)), town(("b", 0, 0, other))).matches.empty


def test_likeness_is_symmetric_bounded_and_1_for_the_same():
    words = [fold(word) for word in ("Ängskolan", "Ängsskolan", "Badet", "Ö", "Kvarteret Lönnen 12")]
    like = likeness(words, words)
    assert np.allclose(like, like.T) and np.allclose(np.diag(like), 1) and like.min() >= 0 and like.max() <= 1


def test_every_facility_is_either_joined_or_unmatched_and_no_building_twice():
    """P8. On a random town with gaps, doubles and slips: nothing is lost and nothing is joined twice."""
    rng = np.random.default_rng(5)
    words = ["Ängs", "Norra ", "Södra ", "Berg", "Ek", "Sol"]
    buildings = town(
        *(
            (f"b{i}", 35 * (i % 15), 40 * (i // 15), f"{rng.choice(words)}skolan" if i % 2 else None, f"Kil Trakt {i // 3}:1")
            for i in range(150)
        )
    )
    rows = []
    for i in range(80):
        b = int(rng.integers(150))
        more = {} if i % 3 else at(35 * (b % 15) + rng.normal(10, 12), 40 * (b // 15) + rng.normal(5, 12))
        land = {"property_designation": f"Kil Trakt {rng.integers(55)}:1"} if i % 4 else {}
        rows.append(facility(i, str(buildings["name"][b] or f"Hus {i}"), **more, **land))
    found = match(register(*rows), buildings)
    assert found.matches["building_id"].is_unique
    joined, without = set(found.matches["facility_id"]), set(found.unmatched["facility_id"])
    assert joined | without == {f"F-{i}" for i in range(80)} and not joined & without
    assert (found.matches["score"] >= 0.75).all()
    assert found.candidates.groupby("facility_id").size().le(3).all() and set(found.candidates["facility_id"]) <= without
    order = match(register(*rows[::-1]), buildings)
    assert pairs_of(order) == pairs_of(found), "the order of the rows does not matter"


def test_no_list_no_facilities():
    found = match(None, BUILDINGS)
    assert found.matches.empty and found.unmatched.empty and found.warnings == ()
    assert list(found.matches.columns) == ["building_id", "facility_id", "score", "how"]


# --- koppling.xlsx ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(tmp_path):
    listed = register(
        facility(1, "Skolan", **at(160, 5)),
        facility(2, "Badet"),
        facility(3, '=cmd|"x"!A0'),
        facility(4, "Förrådet", **at(405, 15)),
    )
    found = match(listed, BUILDINGS)
    write_corrections(tmp_path / "koppling.xlsx", found)
    return listed, found, tmp_path / "koppling.xlsx"


def edit(path, choices, sheet="Koppling"):
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    head = next(row for row in page.iter_rows() if row[0].value == "Anläggnings-id")
    column = [cell.value for cell in head].index("Val")
    for row in page.iter_rows(min_row=head[0].row + 1):
        if row[0].value in choices:
            row[column].value = choices[row[0].value]
    book.save(path)
    return path


def test_what_did_not_match_is_written_with_candidates_and_read_back(doubtful):
    listed, found, path = doubtful
    assert set(found.unmatched["facility_id"]) == {"F-1", "F-3", "F-4"}
    assert read_corrections(path).data.empty, "nothing chosen, nothing corrected"
    chosen = read_corrections(edit(path, {"F-1": 1, "F-3": "ingen", "F-4": "depot; SHOP"})).data
    assert dict(zip(chosen["facility_id"], chosen["choice"].fillna(""), strict=True)) == {
        "F-1": found.candidates.query("facility_id == 'F-1'")["building_id"].iloc[0],
        "F-3": "",
        "F-4": "depot;SHOP",
    }
    again = match(listed, BUILDINGS, corrections=chosen)
    assert pairs_of(again) == [("F-1", chosen["choice"].iloc[0]), ("F-2", "bath"), ("F-4", "depot"), ("F-4", "shop")]
    assert set(again.matches.query("facility_id != 'F-2'")["how"]) == {"correction"}
    assert (
        dict(zip(again.unmatched["facility_id"], again.unmatched["why"], strict=True))["F-3"]
        == "rättelsen säger att den inte har någon byggnad"
    )


def test_what_was_chosen_is_kept_when_the_file_is_written_again(doubtful):
    listed, _, path = doubtful
    chosen = read_corrections(edit(path, {"F-1": 1, "F-3": "ingen"})).data
    write_corrections(path, match(listed, BUILDINGS, corrections=chosen))
    kept = read_corrections(path).data
    assert (
        kept.fillna("").sort_values("facility_id").to_numpy().tolist()
        == chosen.fillna("").sort_values("facility_id").to_numpy().tolist()
    )


def test_a_match_can_be_undone_in_the_other_sheet(doubtful):
    listed, _, path = doubtful
    chosen = read_corrections(edit(path, {"F-2": "villa"}, sheet="Kopplade")).data
    assert ("F-2", "villa") in pairs_of(match(listed, BUILDINGS, corrections=chosen))


def test_hostile_names_stay_text(doubtful):
    _, _, path = doubtful
    cells = [cell for row in openpyxl.load_workbook(path)["Koppling"].iter_rows() for cell in row]
    assert any(cell.value == '=cmd|"x"!A0' and cell.data_type == "s" for cell in cells)


def test_every_faulty_choice_is_told(doubtful):
    listed, _, path = doubtful
    with pytest.raises(InputError) as caught:
        read_corrections(edit(path, {"F-3": 2, "F-1": 3}))
    (fault,) = caught.value.faults  # F-1 has three candidates, F-3 none
    assert (fault.sheet, fault.column) == ("Koppling", "Val") and "kandidat 2 finns inte" in fault.got
    chosen = corrections([("F-1", "nowhere"), ("F-4", "bath"), ("F-2", "bath"), ("F-99", "bath")])
    with pytest.raises(InputError) as caught:
        match(listed, BUILDINGS, corrections=chosen)
    said = {fault.row: fault.got for fault in caught.value.faults}
    assert "nowhere finns inte bland byggnaderna" in said[5] and "bath står också på rad 6" in said[7]


def test_a_facility_twice_in_the_corrections(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Anläggnings-id", "Namn", "Val"], ["F-1", "A", "bath"], ["F-1", "A", "depot"]):
        book.active.append(row)
    book.save(tmp_path / "koppling.xlsx")
    with pytest.raises(InputError) as caught:
        read_corrections(tmp_path / "koppling.xlsx")
    assert {fault.row for fault in caught.value.faults} == {2, 3}


def test_thirty_thousand_buildings_in_seconds():
    import time

    n, m = 30_000, 300
    rng = np.random.default_rng(1)
    buildings = town(
        *((f"B{i}", 40 * (i % 200), 40 * (i // 200), f"Hus {i}" if i % 3 == 0 else None, f"Kil T {i}:1") for i in range(n))
    )
    chosen = rng.choice(n, m, replace=False)
    listed = register(
        *(facility(i, buildings["name"][b] or f"Anl {i}", property_designation=f"T {b}:1") for i, b in enumerate(chosen))
    )
    start = time.process_time()
    found = match(listed, buildings)
    assert time.process_time() - start < 8
    assert dict(pairs_of(found)) == {f"F-{i}": f"B{b}" for i, b in enumerate(chosen)}


def test_the_examples_list_finds_what_it_should(tmp_path):
    """data/example/lists.toml says how each row can be joined; its `nothing` row is the one left over, its building first candidate."""
    import tomllib
    from importlib.resources import files

    from data.readers import buildings, facilities
    from kil.project import example_folder

    indata = example_folder() / "indata"
    footprints = buildings.read(indata / "byggnader.gpkg", crs="EPSG:3006").data
    found = matching.match(facilities.read(indata / "fastigheter.xlsx").data, footprints)
    truth = gpd.read_file(example_folder() / "facit.gpkg", layer="byggnader").set_index("key")["building_id"]
    lists = tomllib.loads((files("data") / "example" / "lists.toml").read_text(encoding="utf-8"))
    wanted = {(f["facility_id"], truth[key]) for f in lists["facility"] for key in f["on"] if f["known_by"] != "nothing"}
    assert set(pairs_of(found)) == wanted
    (lost,) = [f for f in lists["facility"] if f["known_by"] == "nothing"]
    assert list(found.unmatched["facility_id"]) == [lost["facility_id"]]
    assert found.candidates["building_id"].iloc[0] == truth[lost["on"][0]]
