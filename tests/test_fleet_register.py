"""From rows to stays (docs/metod/fordon.md, 1): duplicates, moves, leases bought out, sold and back, missing dates; P4, P5."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from fleet_world import TODAY, rows_of, settings, vehicle
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from data.settings.fleet import RegisterSettings
from fleet.register import register


def made(*rows, today=TODAY, owners=(), **changes):
    return register(rows_of(*rows), RegisterSettings(**changes), today=today, owners=owners)


def stays(found):
    frame = found.vehicles.sort_values("vehicle_id")
    return [
        (
            row.vehicle_id,
            row.company,
            f"{row.in_date:%Y-%m-%d}",
            None if pd.isna(row.out_date) else f"{row.out_date:%Y-%m-%d}",
            row.arrival,
        )
        for row in frame.itertuples()
    ]


def test_a_duplicate_counts_once_and_is_told():
    found = made(vehicle("AAA111", "2021-01-01"), vehicle("AAA111", "2021-01-01", left="2024-02-03"))
    assert stays(found) == [("AAA111", "K", "2021-01-01", "2024-02-03", "new")]
    assert "AAA111" in str(found.faults[0])
    assert {found.faults[0].row, int(str(found.faults[0]).split("rad ")[-1].split(".")[0])} == {2, 3}


def test_a_lease_bought_out_is_one_stay():
    rows = (vehicle("AAA111", "2021-01-01", left="2024-01-01", tenure="leased"), vehicle("AAA111", "2024-01-05"))
    found = made(*rows)
    assert stays(found) == [("AAA111", "K", "2021-01-01", None, "new")]
    assert found.vehicles["tenure"].tolist() == ["owned"]
    apart = made(*rows, same_stay_days=2)
    assert [each[0] for each in stays(apart)] == ["AAA111", "AAA111#2"]


def test_sold_and_back_is_two_stays():
    found = made(vehicle("AAA111", "2018-01-01", left="2021-01-01"), vehicle("AAA111", "2022-06-01"))
    assert [(each[0], each[4]) for each in stays(found)] == [("AAA111", "new"), ("AAA111#2", "back")]


def test_moved_between_companies_without_a_last_day():
    found = made(vehicle("AAA111", "2018-01-01", company="K"), vehicle("AAA111", "2022-06-01", company="B"))
    assert stays(found) == [("AAA111", "K", "2018-01-01", "2022-06-01", "new"), ("AAA111#2", "B", "2022-06-01", None, "moved")]
    assert any("B" in str(fault) for fault in found.faults)


def test_the_same_vehicle_in_two_companies_at_once_is_a_conflict():
    found = made(vehicle("AAA111", "2018-01-01", company="K"), vehicle("AAA111", "2018-01-01", company="B"))
    assert len(found.vehicles) == 1
    assert any("rad 2" in str(fault) or "row 2" in str(fault) for fault in found.faults)


def test_dates_that_contradict_are_not_believed():
    found = made(
        vehicle("AAA111", "2022-01-01", left="2021-01-01"),
        vehicle("AAA222", "2022-01-01", ordered="2022-02-01"),
        vehicle("AAA333", None, first_registered="2020-05-06"),
        vehicle("AAA444", None, first_registered=None),
    )
    rows = found.vehicles.set_index("vehicle_id")
    assert pd.isna(rows.loc["AAA111", "in_date"])
    assert pd.isna(rows.loc["AAA222", "ordered"])
    assert rows.loc["AAA333", ["in_date", "in_basis"]].tolist() == [pd.Timestamp(2020, 5, 6), "first_registered"]
    assert len(found.faults) == 3


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"emergency": True}, "emergency"),
        ({"other_authority": True}, "other_authority"),
        ({"company": "Räddningstjänsten"}, "other_authority"),
        ({"tenure": "rental", "left": "2022-05-01"}, "short_rental"),
        ({"tenure": "rental", "left": "2023-01-02"}, None),
        ({"status": "deregistered"}, "deregistered"),
        ({"status": "off_road"}, "off_road"),
        ({"kind": "trailer"}, "trailer"),
        ({}, None),
    ],
)
def test_what_stands_outside_the_goal(facts, reason):
    found = made(vehicle("AAA111", "2022-01-01", **facts), other_authorities=("Räddningstjänsten",))
    outside = found.vehicles["outside"].iloc[0]
    assert (None if pd.isna(outside) else outside) == reason


def test_organisations_nobody_named_are_told_and_kept():
    found = made(vehicle("AAA111", company="Okända AB"), owners=("K",))
    assert len(found.vehicles) == 1
    assert any("Okända AB" in str(fault) for fault in found.faults)


def test_a_first_day_known_only_between_two_lists():
    """Seen in the list of 2023 but not in that of 2022: it came between them, its day is the list's and the earliest is told."""
    base = {"company": "K", "came": None, "first_registered": None}
    rows = [vehicle("AAA111", snapshot=day, **base) for day in ("2022-12-31", "2023-12-31", "2024-12-31")]
    rows += [vehicle("BBB222", snapshot="2023-12-31", **base)]
    found = made(*rows).vehicles.set_index("vehicle_id").loc["BBB222"]
    assert (found["in_date"], found["in_earliest"]) == (pd.Timestamp(2023, 12, 31), pd.Timestamp(2023, 1, 1))
    assert (found["out_date"], found["out_earliest"]) == (pd.Timestamp(2024, 12, 31), pd.Timestamp(2024, 1, 1))


day = st.integers(0, 2000).map(lambda n: (dt.date(2019, 1, 1) + dt.timedelta(days=n)).isoformat())
row = st.tuples(
    st.sampled_from(["AAA111", "BBB222", "CCC333"]),
    st.sampled_from(["K", "B"]),
    st.one_of(st.none(), day),
    st.one_of(st.none(), day),
)


@how(max_examples=25, deadline=None)
@given(st.lists(row, min_size=1, max_size=8))
def test_stays_of_one_vehicle_never_overlap_and_no_row_is_lost(drawn):
    """P4: every row ends in one stay or in a fault that names its vehicle. P5: stays of one vehicle never overlap."""
    rows = [vehicle(plate, came, left, company=company) for plate, company, came, left in drawn]
    found = made(*rows)
    frame = found.vehicles
    assert frame["vehicle_id"].is_unique
    assert set(frame["registration"]) == {plate for plate, *_ in drawn}
    for plate, group in frame[frame["in_date"].notna()].groupby("registration"):
        ordered = group.sort_values("in_date")
        ends = ordered["out_date"].shift()
        starts = ordered["in_date"]
        assert (ends.isna()[1:] | (ends[1:] <= starts[1:])).all(), plate
        assert not ends[1:].isna().any(), plate  # an open stay has none after it
    lost = len(drawn) - len(frame)
    assert sum(fault.row is not None for fault in found.faults) + _merged(drawn) >= lost
    assert settings().vehicles.same_stay_days == 45


def _merged(drawn):
    """Rows that may be joined in silence: the same vehicle again in the same company after a short gap."""
    return max(0, len(drawn) - len({(plate, company) for plate, company, *_ in drawn}))
