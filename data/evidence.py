"""Evidence that a facility of the list stands on a building: ids, coordinates, names, properties, each with a score from 0 to 1.

Pure computation. The rule that weighs it is `data.matching`; both are described in docs/metod/koppling.md.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from data.readers.cells import fold

if TYPE_CHECKING:
    import geopandas as gpd

INSIDE = 0.95
"""Score of a place inside the outline. Not 1: points are moved, and one property has several buildings."""
NEAR_M = 15.0
"""Metres from the outline at which a place scores 1/e of INSIDE."""
REACH_M = 50.0
"""A place further from the outline than this says nothing."""
SAME_NAME = 0.85
SAME_PROPERTY = 0.80
CONTAINED = 0.8
"""Likeness of a name that is a part of the other."""
OTHER_NUMBER = 0.5
"""Likeness is multiplied by this when the numbers in the names differ: Lönnen 1 is not Lönnen 2."""
LEAST_LIKENESS = 0.2
SAME_PLACE_M = 300.0
"""Buildings of one name within this distance are one facility's; further apart the name is common to several."""
MOST_ON_PROPERTY = 3
"""A property with more buildings than this is not all one facility's."""
MIN_BUILDING_M2 = 20.0
"""Smaller buildings are not joined by property: sheds."""
OTHER_PROPERTY = 0.6
"""The whole score is multiplied by this when both say their property and it is not the same."""
NEAREST = 3


def pairs(facilities: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return every pair with evidence: facility_id, building_id, score, how, distance_m, sure (no likeness in it).

    facilities: layers.FACILITIES; buildings: layers.BUILDINGS. Scores of several kinds s join as 1 - prod(1 - s).
    """
    parts = [_by_place(facilities, buildings), _by_name(facilities, buildings), _by_property(facilities, buildings)]
    found = pd.concat(parts, ignore_index=True)
    if found.empty:
        return found.assign(how="", score=0.0).drop(columns="kind")
    together = found.groupby(["facility", "building"], sort=False).agg(
        score=("score", lambda s: 1 - float(np.prod(1 - s))),
        how=("kind", "+".join),
        distance_m=("distance_m", "min"),
        sure=("sure", "any"),
    )
    together = together.reset_index()
    together["score"] *= np.where(_other_property(together, facilities, buildings), OTHER_PROPERTY, 1.0)
    return together


def _pairs(facility: object, building: object, score: object, kind: str, **more: object) -> pd.DataFrame:
    columns = {"facility": facility, "building": building, "score": score, "kind": kind}
    return pd.DataFrame({**columns, "distance_m": np.nan, "sure": True, **more})


def _by_place(facilities: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return pairs by coordinates: the nearest building within reach scores by its distance, the next ones at most half of it."""
    here = np.flatnonzero(facilities["x"].notna() & facilities["y"].notna())
    if not len(here) or buildings.empty:
        return _pairs([], [], [], "coordinates")
    points = shapely.points(facilities["x"].to_numpy(dtype=float)[here], facilities["y"].to_numpy(dtype=float)[here])
    shapes = buildings.geometry.to_numpy()
    which, building = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=REACH_M)
    distance = shapely.distance(points[which], shapes[building])
    score = INSIDE * np.exp(-distance / NEAR_M)
    nearest = pd.Series(distance).groupby(which).transform("min").to_numpy() == distance
    score = np.where(nearest, score, 0.5 * score)
    return _pairs(here[which], building, score, "coordinates", distance_m=distance)


def nearest(facilities: pd.DataFrame, buildings: gpd.GeoDataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Return the NEAREST buildings of each facility (by position) that has coordinates: facility, building, distance_m."""
    rows = rows[(facilities["x"].notna() & facilities["y"].notna()).to_numpy()[rows]]
    if not len(rows) or buildings.empty:
        return pd.DataFrame({"facility": [], "building": [], "distance_m": []})
    shapes = buildings.geometry.to_numpy()
    parts = []
    for row in rows:
        away = shapely.distance(shapely.Point(facilities["x"].iloc[row], facilities["y"].iloc[row]), shapes)
        closest = np.argsort(away, kind="stable")[:NEAREST]
        parts.append(pd.DataFrame({"facility": row, "building": closest, "distance_m": away[closest]}))
    return pd.concat(parts, ignore_index=True)


def _by_name(facilities: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return pairs by name: the same, shared out when several facilities or places have it, and alike ones."""
    ours = facilities["name"].fillna("").map(fold)
    theirs = buildings["name"].fillna("").map(fold)
    groups = {name: rows for name, rows in theirs.groupby(theirs).indices.items() if name}
    wanted = [name for name in ours.unique() if name]
    if not groups or not wanted:
        return _pairs([], [], [], "name")
    names = list(groups)
    like = likeness(wanted, names)
    sharers, whose = ours.value_counts(), ours.groupby(ours).indices
    together = {name: _together(buildings, rows) for name, rows in groups.items() if len(rows) > 1}
    entries = []
    for i, name in enumerate(wanted):
        for j in _most_alike(like[i]):
            shared = sharers[name] * (1 if together.get(names[j], True) else 2)
            score = SAME_NAME * like[i, j] / shared
            entries += [(facility, row, score, name == names[j]) for facility in whose[name] for row in groups[names[j]]]
    columns = list(zip(*entries, strict=True)) or [[], [], [], []]
    return _pairs(columns[0], columns[1], np.array(columns[2], dtype=float), "name", sure=np.array(columns[3], dtype=bool))


def _most_alike(like: np.ndarray) -> np.ndarray:
    """Return the positions of the names worth a look: alike enough, at most twice NEAREST of them."""
    best = np.argsort(-like, kind="stable")[: 2 * NEAREST]
    return best[like[best] >= LEAST_LIKENESS]


def _together(buildings: gpd.GeoDataFrame, rows: np.ndarray) -> bool:
    west, south, east, north = buildings.geometry.iloc[rows].total_bounds
    return float(np.hypot(east - west, north - south)) <= SAME_PLACE_M


def likeness(ones: list[str], others: list[str]) -> np.ndarray:
    """Return how alike folded names are, 0 to 1 (len(ones), len(others)): Dice's coefficient of their letter triples.

    A name that is part of the other is at least CONTAINED like it; names whose numbers differ are OTHER_NUMBER times as like.
    """
    from scipy.sparse import csr_matrix

    words = [*ones, *others]
    triples = [sorted({word[i : i + 3] for i in range(max(len(word) - 2, 1))}) for word in words]
    number = {triple: n for n, triple in enumerate(sorted({t for each in triples for t in each}))}
    sizes = np.array([len(each) for each in triples])
    columns = np.array([number[t] for each in triples for t in each])
    table = csr_matrix(
        (np.ones(len(columns)), (np.repeat(np.arange(len(words)), sizes), columns)), shape=(len(words), len(number))
    )
    n = len(ones)
    shared = (table[:n] @ table[n:].T).toarray()
    alike = 2 * shared / (sizes[:n, None] + sizes[None, n:])
    part = (shared == np.minimum(sizes[:n, None], sizes[None, n:])) & (np.minimum(sizes[:n, None], sizes[None, n:]) >= 4)
    alike = np.where(part & (alike < CONTAINED), CONTAINED, alike)
    digits = [tuple(re.findall(r"\d+", word)) for word in words]
    codes = pd.factorize(pd.Series(digits))[0]
    return alike * np.where(codes[:n, None] == codes[None, n:], 1.0, OTHER_NUMBER)


def _by_property(facilities: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return pairs by property: of one facility alone and few buildings SAME_PROPERTY, else shared out among them."""
    ours = _property_table(facilities["property_designation"])
    theirs = _property_table(buildings["property_designation"].where(buildings.area >= MIN_BUILDING_M2))
    both = ours.merge(theirs, on="key", suffixes=("", "_b"))
    both = both[both["full"] | both["full_b"]].drop_duplicates(["row", "row_b"])
    if both.empty:
        return _pairs([], [], [], "property")
    on_property = both.groupby("row")["row_b"].transform("size")
    sharers = both.groupby("row_b")["row"].transform("size")
    score = SAME_PROPERTY * np.minimum(1.0, MOST_ON_PROPERTY / on_property) / sharers
    return _pairs(both["row"], both["row_b"], score, "property")


def _property_table(designations: pd.Series) -> pd.DataFrame:
    """Return row and key of every property named: in full, and without the municipality's name before it."""
    entries = []
    for row, named in enumerate(designations):
        for one in named.split(";") if isinstance(named, str) else ():
            key = property_key(one)
            if key:
                entries.append((row, key, True))
                if key.count(" ") >= 2:
                    entries.append((row, key.split(" ", 1)[1], False))
    return pd.DataFrame(entries, columns=["row", "key", "full"])


def property_key(designation: str) -> str:
    """Return a property designation for comparing: 'KIL Skolan 1:2>1' is 'kil skolan 1:2'; 1:12 and 11:2 stay apart."""
    plain = unicodedata.normalize("NFKD", designation.casefold().split(">")[0])
    kept = "".join(sign if sign.isalnum() or sign == ":" else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())


def _other_property(found: pd.DataFrame, facilities: pd.DataFrame, buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Return for each pair whether both name a property and no property is the same."""
    said = facilities["property_designation"].iloc[found["facility"]].notna().to_numpy()
    known = buildings["property_designation"].iloc[found["building"]].notna().to_numpy()
    ours, theirs = _property_table(facilities["property_designation"]), _property_table(buildings["property_designation"])
    both = ours.merge(theirs, on="key", suffixes=("", "_b"))
    both = both[both["full"] | both["full_b"]]
    same = set(zip(both["row"], both["row_b"], strict=True))
    return said & known & np.array([pair not in same for pair in zip(found["facility"], found["building"], strict=True)])
