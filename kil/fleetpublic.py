"""The public version of a fleet run: only whitelisted columns (data/reference/publicering.toml), no number of a private vehicle.

Private are leases the list calls private, and vehicles with a personal plate: their numbers become "privat 1", "privat 2", ...
Depots, units, drivers, delegates, reasons, notes, costs and faults are never public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from data.texts import text
from kil.publish import rules
from maps.fleetview import View

_IDS = ("vehicle_id", "registration", "out_reg", "in_reg")


@dataclass(frozen=True)
class Mask:
    """What private vehicles are called instead."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, vehicles: pd.DataFrame) -> Mask:
        """Decide from the register: a number is hidden in every stay if it is private in one."""
        private = vehicles["private"].astype("boolean").fillna(False) | (vehicles["plate"] == "personal")
        numbers = vehicles["vehicle_id"].map(lambda stay: stay.partition("#")[0])
        hidden = sorted(set(numbers[private]))
        names = {number: text("fleet.hidden", n=n) for n, number in enumerate(hidden, start=1)}
        stays = {each: names[number] for each, number in zip(vehicles["vehicle_id"], numbers, strict=True) if number in names}
        return cls(names | stays)

    def value(self, number: Any) -> Any:
        """Return a number, or what it is called in public."""
        return self.names.get(number, number) if isinstance(number, str) else number

    def pair(self, pair_id: str) -> str:
        """Return a pair's id, or what it is called in public."""
        return ">".join(str(self.value(part)) for part in pair_id.split(">"))

    def frame(self, frame: pd.DataFrame, table: str) -> pd.DataFrame:
        """Return the public columns of one table with private numbers hidden."""
        allowed = rules()["layers"][table]
        public = frame[[name for name in frame.columns if name in allowed]]
        made = {name: public[name].map(self.value) for name in _IDS if name in public.columns}
        if "pair_id" in public.columns:
            made["pair_id"] = public["pair_id"].map(self.pair)
        return public.assign(**made)


def public_view(view: View, vehicles: pd.DataFrame) -> View:
    """Return what the public page and workbook may show."""
    mask = Mask.of(vehicles)
    return replace(
        view,
        judged=mask.frame(view.judged, "byten"),
        planned=mask.frame(view.planned, "fordonsplan"),
        procured=mask.frame(view.procured, "upphandling"),
        depots=None,
        faults=(),
        warnings=tuple(line for line in view.warnings if line != fault_line(view)),
    )


def fault_line(view: View) -> str:
    """Return the line that says how many faults the lists have: it points to an internal file."""
    return text("fleet.warning.faults", n=len(view.faults))


def public_json(json: Mapping[str, Any], vehicles: pd.DataFrame) -> dict[str, Any]:
    """Return fleet.json as it may be public."""
    mask, allowed = Mask.of(vehicles), rules()["json"]["fleet"]
    found = {key: value for key, value in json.items() if key in allowed}
    found["replacements"] = [_masked(row, mask, "byten") for row in json["replacements"]]
    found["violations"] = [mask.pair(each) for each in json["violations"]]
    found["plan"] = [_masked(row, mask, "fordonsplan") for row in json["plan"]]
    found["procurement"] = {
        "vehicles": [_masked(row, mask, "upphandling") for row in json["procurement"]["vehicles"]],
        "summary": json["procurement"]["summary"],
    }
    return found


def _masked(row: Mapping[str, Any], mask: Mask, table: str) -> dict[str, Any]:
    allowed = rules()["layers"][table]
    made = {key: mask.value(value) if key in _IDS else value for key, value in row.items() if key in allowed}
    return made | ({"pair_id": mask.pair(made["pair_id"])} if "pair_id" in made else {})
