"""Joins the municipality's facilities to building footprints, with a score; nothing is joined silently below a stated one.

Pure computation; koppling.xlsx is written and read by `data.readers.matching`. The rule: docs/metod/koppling.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data import evidence
from data.errors import Fault, InputError
from data.layers import FACILITIES
from data.layers_register import CORRECTIONS, MATCHES
from data.settings.matching import MatchingSettings
from data.tables import Table
from data.texts import text

if TYPE_CHECKING:
    import geopandas as gpd

NO_BUILDING = "ingen"
MARGIN = 0.1
"""Two claims on one building closer than this are left to a person; so are two buildings as like by name."""
ROWS_TOLD = 10


@dataclass(frozen=True)
class Matching:
    """What belongs to what.

    matches: layers_register.MATCHES. facilities: the list as given (no rows where there is none). unmatched: facility_id, why.
    candidates: facility_id, rank 1.., building_id, score, how, distance_m of those unmatched. corrections: as read.
    about: what a person knows a building by: building_id (index), name, purpose, property_designation, area_m2.
    """

    matches: pd.DataFrame
    facilities: pd.DataFrame
    unmatched: pd.DataFrame
    candidates: pd.DataFrame
    corrections: pd.DataFrame
    about: pd.DataFrame
    warnings: tuple[str, ...] = ()


def match(
    facilities: pd.DataFrame | None,
    buildings: gpd.GeoDataFrame,
    *,
    corrections: pd.DataFrame | None = None,
    settings: MatchingSettings | None = None,
) -> Matching:
    """Return which building belongs to which facility.

    facilities: layers.FACILITIES, index = row in its file. buildings: layers.BUILDINGS. corrections: layers_register.CORRECTIONS;
    they hold before everything else, then the list's own ids, then evidence of at least `settings.min_score`. Raises InputError
    with every fault: one building stated for two facilities, a correction that names no building.
    """
    facilities = _empty(FACILITIES) if facilities is None else facilities
    corrections = _empty(CORRECTIONS) if corrections is None else corrections
    least = (settings or MatchingSettings()).min_score
    work = _Work(facilities, buildings, corrections)
    stated, said = work.stated()
    found = evidence.pairs(facilities, buildings)
    joined, clashes = work.joined(stated, found, least)
    unmatched = work.unmatched(joined, found, least)
    candidates = work.candidates(unmatched, found)
    warnings = [*said, *clashes, *_said(facilities, joined, unmatched, least)]
    return Matching(joined, facilities, unmatched, candidates, corrections, _about(buildings), tuple(warnings))


class _Work:
    """The lists by position and by id, and the steps of the rule."""

    def __init__(self, facilities: pd.DataFrame, buildings: gpd.GeoDataFrame, corrections: pd.DataFrame) -> None:
        self.facilities, self.buildings = facilities, buildings
        self.ids = list(facilities["facility_id"])
        self.names = dict(zip(facilities["facility_id"], facilities["name"], strict=True))
        self.row = dict(zip(facilities["facility_id"], facilities.index, strict=True))
        self.building_ids = buildings["building_id"].to_numpy(dtype=object)
        self.spelled = {str(building).casefold(): building for building in self.building_ids}
        for building, others in zip(self.building_ids, buildings.get("other_ids", []), strict=False):
            self.spelled |= {each.casefold(): building for each in others.split(";")} if isinstance(others, str) else {}
        self.corrections = corrections

    @property
    def file(self) -> str:
        return self.facilities.attrs.get("file", "fastigheter.xlsx")

    def stated(self) -> tuple[pd.DataFrame, list[str]]:
        """Return pairs stated by corrections and ids: facility_id, building_id, how. Raises InputError with every fault."""
        settled, faults, said = self._corrected()
        rows = [(facility, building, "correction") for facility, chosen in settled.items() for building in chosen]
        taken = {building for _, building, _ in rows}
        for facility, ids in zip(self.ids, self.facilities["building_ids"], strict=True):
            if facility in settled or not isinstance(ids, str):
                continue
            known = {each: self.spelled.get(each.casefold()) for each in ids.split(";")}
            if strange := [each for each, building in known.items() if building is None]:
                said.append(text("matching.unknown_ids", file=self.file, row=self.row[facility], n=len(strange)))
            own = dict.fromkeys(building for building in known.values() if building is not None and building not in taken)
            rows += [(facility, building, "id") for building in own]
        faults += self._claimed_twice(rows)
        if faults:
            raise InputError(faults)
        self.settled = set(settled)
        return pd.DataFrame(rows, columns=["facility_id", "building_id", "how"]), said

    def _corrected(self) -> tuple[dict[str, list[str]], list[Fault], list[str]]:
        settled, faults, strangers = {}, [], []
        file, label = self.corrections.attrs.get("file", "koppling.xlsx"), CORRECTIONS["choice"].label
        for row, facility, choice, sheet in self.corrections.assign(sheet=self._sheets())[
            ["facility_id", "choice", "sheet"]
        ].itertuples():
            if facility not in self.names:
                strangers.append(facility)
                continue
            wanted = choice.split(";") if isinstance(choice, str) else []
            settled[facility] = list(
                dict.fromkeys(self.spelled[each.casefold()] for each in wanted if each.casefold() in self.spelled)
            )
            fix = text("matching.unknown_building_fix")
            faults += [
                Fault(file, text("matching.unknown_building", id=each), fix, sheet=sheet, row=int(row), column=label)
                for each in wanted
                if each.casefold() not in self.spelled
            ]
        said = [text("matching.unknown_facility", file=file, n=len(strangers))] if strangers else []
        return settled, faults, said

    def _sheets(self) -> list[str | None]:
        return list(self.corrections.get("sheet", [None] * len(self.corrections)))

    def _claimed_twice(self, rows: list[tuple[str, str, str]]) -> Iterable[Fault]:
        first: dict[str, str] = {}
        for facility, building, how in rows:
            other = first.setdefault(building, facility)
            if other != facility:
                place = self._place(facility, how)
                got = text("matching.two_facilities", id=building, row=self._place(other, how)["row"], name=self.names[other])
                yield Fault(got=got, fix=text("matching.two_facilities_fix"), **place)

    def _place(self, facility: str, how: str) -> dict[str, Any]:
        """Return file, sheet, row and column of what was stated of a facility."""
        if how == "id":
            return {"file": self.file, "row": int(self.row[facility]), "column": FACILITIES["building_ids"].label}
        position = list(self.corrections["facility_id"]).index(facility)
        return {
            "file": self.corrections.attrs.get("file", "koppling.xlsx"),
            "sheet": self._sheets()[position],
            "row": int(self.corrections.index[position]),
            "column": CORRECTIONS["choice"].label,
        }

    def joined(self, stated: pd.DataFrame, found: pd.DataFrame, least: float) -> tuple[pd.DataFrame, list[str]]:
        """Return MATCHES: what is stated, then evidence of at least `least`; and what is claimed by several alike."""
        named = found.assign(
            facility_id=np.array(self.ids, dtype=object)[found["facility"].to_numpy(dtype=int)],
            building_id=self.building_ids[found["building"].to_numpy(dtype=int)],
        )
        free = named[
            (named["score"] >= least)
            & ~named["facility_id"].isin({*stated["facility_id"], *self.settled})
            & ~named["building_id"].isin(set(stated["building_id"]))
        ]
        free = free[~_rivals(free)]
        best, clashes = self._one_claim(free)
        joined = pd.concat([stated.assign(score=1.0), best], ignore_index=True)[MATCHES.names]
        order = joined["facility_id"].map({facility: n for n, facility in enumerate(self.ids)})
        return joined.iloc[np.argsort(order.to_numpy(dtype=float), kind="stable")].reset_index(drop=True), clashes

    def _one_claim(self, claims: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Return the strongest claim on each building; where the next is as strong, none, and say so."""
        order = claims.sort_values("score", ascending=False, kind="stable")
        place = order.groupby("building_id").cumcount()
        first, second = order[place == 0].set_index("building_id"), order[place == 1].set_index("building_id")
        close = (first["score"] - second["score"].reindex(first.index)) < MARGIN
        said = []
        for building in first.index[close]:
            claimants = claims.loc[claims["building_id"] == building, "facility_id"]
            said.append(text("matching.shared", file=self.file, rows=_rows(claimants.map(self.row))))
        return first[~close].reset_index(), said

    def unmatched(self, joined: pd.DataFrame, found: pd.DataFrame, least: float) -> pd.DataFrame:
        """Return facility_id and why of every facility without a building."""
        without = [facility for facility in self.ids if facility not in set(joined["facility_id"])]
        best = found.sort_values("score", kind="stable").groupby("facility").tail(1).set_index("facility")
        holder = dict(zip(joined["building_id"], joined["facility_id"], strict=True))
        position = {facility: n for n, facility in enumerate(self.ids)}
        return pd.DataFrame(
            [(facility, self._why(facility, best, position[facility], (holder, least))) for facility in without],
            columns=["facility_id", "why"],
        )

    def _why(self, facility: str, best: pd.DataFrame, position: int, known: tuple[dict[str, str], float]) -> str:
        holder, least = known
        if facility in self.settled:
            return text("matching.why_none")
        if position not in best.index:
            return text("matching.why_nothing")
        building = self.building_ids[int(best["building"][position])]
        if best["score"][position] >= least and building in holder:
            return text("matching.why_taken", name=self.names[holder[building]])
        return text("matching.why_below", score=_shown(best["score"][position]), least=_shown(least))

    def candidates(self, unmatched: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
        """Return the three best buildings of each unmatched facility: by score, then the nearest."""
        position = {facility: n for n, facility in enumerate(self.ids)}
        rows = np.array([position[facility] for facility in unmatched["facility_id"]], dtype=int)
        near = evidence.nearest(self.facilities, self.buildings, rows).assign(score=0.0, how="")
        both = pd.concat([found[found["facility"].isin(rows)], near], ignore_index=True)
        both = both.sort_values(["facility", "score", "distance_m"], ascending=[True, False, True], kind="stable")
        both = both.drop_duplicates(["facility", "building"])
        both = both[both.groupby("facility").cumcount() < evidence.NEAREST]
        return pd.DataFrame(
            {
                "facility_id": np.array(self.ids, dtype=object)[both["facility"].to_numpy(dtype=int)],
                "rank": both.groupby("facility").cumcount().to_numpy() + 1,
                "building_id": self.building_ids[both["building"].to_numpy(dtype=int)],
                "score": both["score"].to_numpy(dtype=float),
                "how": both["how"].to_numpy(dtype=object),
                "distance_m": both["distance_m"].to_numpy(dtype=float),
            }
        )


def _rivals(free: pd.DataFrame) -> pd.Series:
    """Return which claims rest on likeness and have a rival building of nearly the same score, or a better one."""
    best = free.groupby("facility_id")["score"].transform("max")
    behind = free["score"] < best - 1e-9
    near_best = free.groupby("facility_id")["score"].transform(lambda s: (s > s.max() - MARGIN).sum()) > 1
    return ~free["sure"].astype(bool) & (behind | near_best)


def _empty(table: Table) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in table.names})


def _about(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    known = buildings[["building_id", "name", "purpose", "property_designation"]].assign(area_m2=buildings.area)
    return pd.DataFrame(known).set_index("building_id")


def _shown(score: float) -> str:
    return f"{score:.2f}".replace(".", ",")


def _said(facilities: pd.DataFrame, joined: pd.DataFrame, unmatched: pd.DataFrame, least: float) -> Iterable[str]:
    """Yield what should be known. Rows and numbers only: these sentences may be published, names of facilities may not."""
    file = facilities.attrs.get("file", "fastigheter.xlsx")
    row = dict(zip(facilities["facility_id"], facilities.index, strict=True))
    if len(unmatched):
        yield text("matching.unmatched", file=file, n=len(unmatched), rows=_rows(unmatched["facility_id"].map(row)))
    guessed = joined.loc[~joined["how"].isin(["id", "correction"]), "facility_id"].drop_duplicates()
    if len(guessed):
        yield text("matching.by_likeness", file=file, n=len(guessed), score=_shown(least), rows=_rows(guessed.map(row)))


def _rows(rows: Iterable[int]) -> str:
    told = sorted(int(row) for row in rows)
    return ", ".join(map(str, told[:ROWS_TOLD])) + (" …" if len(told) > ROWS_TOLD else "")
