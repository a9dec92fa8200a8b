"""Built solar power under every reading of the goal in MW: how many reach it, and what decides. docs/metod/plan.md, *Observations*."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

from solar.observations import BOUNDARIES, CAPACITY, DC_AC, OWNERSHIPS, STATES

if TYPE_CHECKING:
    from data.observations import Observation

DIMS = ("boundary", "counted", "ownership", "dc_ac", "state")


def readings(observations: Iterable[Observation], *, day: dt.date, target_mw: float) -> dict[str, Any] | None:
    """Return of, reached, low_mw, high_mw, decides [{dim, mw, turns}], lacking and rows of the readings on `day`; None without any.

    rows: boundary, counted, ownership, dc_ac, state, mw, reached. decides, the widest first: how far the readings that differ in this
    alone lie apart in the mean [MW], and in how many such pairs one reaches the target and the other does not. lacking: plants without
    inverter power, left out of AC.
    """
    found, lacking = {}, 0
    for one in observations:
        if one.indicator == CAPACITY and one.date == day:
            dims = dict(one.dims)
            counted = "total" if dims["counted"] == "total" else "added"
            found[tuple(counted if name == "counted" else dims[name] for name in DIMS)] = one.value
            if one.quality.startswith("without_inverter_power="):
                lacking = max(lacking, int(one.quality.partition("=")[2]))
    if not found:
        return None
    reached = {key: mw >= target_mw - 1e-9 for key, mw in found.items()}
    rows = [dict(zip(DIMS, key, strict=True)) | {"mw": found[key], "reached": reached[key]} for key in _ordered(found)]
    return {
        "of": len(rows),
        "reached": sum(reached.values()),
        "low_mw": min(found.values()),
        "high_mw": max(found.values()),
        "decides": sorted((_apart(n, found, reached) for n in range(len(DIMS))), key=lambda row: (-row["turns"], -row["mw"])),
        "lacking": lacking,
        "rows": rows,
    }


def _ordered(found: dict[tuple[str, ...], float]) -> list[tuple[str, ...]]:
    return [key for key in product(BOUNDARIES, ("total", "added"), OWNERSHIPS, DC_AC, STATES) if key in found]


def _apart(n: int, found: dict[tuple[str, ...], float], reached: dict[tuple[str, ...], bool]) -> dict[str, Any]:
    """Return how far apart readings lie that differ in dimension n alone, and how often that turns the answer."""
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in found:
        groups.setdefault(key[:n] + key[n + 1 :], []).append(key)
    wide = [[found[key] for key in keys] for keys in groups.values()]
    turns = sum(len({reached[key] for key in keys}) > 1 for keys in groups.values())
    return {"dim": DIMS[n], "mw": sum(max(values) - min(values) for values in wide) / len(wide), "turns": turns}
