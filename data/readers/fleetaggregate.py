"""Fleet reports that give totals instead of vehicles: the French open schema for renewal of public fleets (etalab, v0.1.3).

One row an organisation and year: vehicles taken into the fleet by class, of which electric, hydrogen and clean. They become
observations: they can be shown and compared, but no vehicle can be followed in them.
"""

from __future__ import annotations

import pandas as pd

from data.readers.cells import as_text, number

HEADINGS = ("sirenDeclarant", "sirenCouvert", "annee", "nbVP", "nbN1")
_PREFIXES = {
    "nbVP": "M1",
    "nbN1inf": "N1 inf",
    "nbN1sup": "N1 sup",
    "nbN1": "N1",
    "nbN23": "N2+N3",
    "nbBusM2": "bus M2",
    "nbBusM3": "bus M3",
    "nbBus": "bus",
    "nbCarM2": "coach M2",
    "nbCar": "coach",
    "nbL": "L",
}
"""Beginnings of the schema's column names: what they count. The longest that fits is taken."""
_ENERGY = {
    "": "all",
    "EL": "electric",
    "H2": "hydrogen",
    "clean": "clean",
    "EHRE": "plug_in",
    "GNV": "gas",
    "bioGNV": "biogas",
    "GPL": "lpg",
    "Bio": "biofuel",
    "XTL": "synthetic",
    "EuroVI": "euro_vi",
}
"""Ends of the column names: which of them."""


def is_aggregate(frame: pd.DataFrame) -> bool:
    """Return whether a frame's headings are the schema's."""
    return {"sirenCouvert", "annee", "nbVP"} <= set(map(str, frame.columns))


def table(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Return indicator, year, value, unit and dims (a dict: organisation, class, energy); None if this is no such file.

    Indicators: `fleet_renewal_vehicles` (number) and `fleet_renewal_share` (the schema's percentages, per cent).
    """
    if not is_aggregate(frame):
        return None
    rows = []
    for record in frame.to_dict("records"):
        year, organisation = int(number(record["annee"]) or 0), as_text(record.get("nom")) or as_text(record["sirenCouvert"])
        for name, cell in record.items():
            value = _number(cell)
            described = _described(str(name))
            if value is not None and described is not None:
                indicator, unit, dims = described
                rows.append(
                    {
                        "indicator": indicator,
                        "year": year,
                        "value": value,
                        "unit": unit,
                        "dims": {"organisation": organisation, **dims},
                    }
                )
    return pd.DataFrame(rows, columns=["indicator", "year", "value", "unit", "dims"])


def _number(cell: object) -> float | None:
    try:
        return number(cell)
    except ValueError:
        return None


def _described(name: str) -> tuple[str, str, dict[str, str]] | None:
    if name.startswith("pcent"):
        return "fleet_renewal_share", "%", {"measure": name.removeprefix("pcent")}
    prefix = max((each for each in _PREFIXES if name.startswith(each)), key=len, default=None)
    if prefix is None or name.removeprefix(prefix) not in _ENERGY:
        return None
    return "fleet_renewal_vehicles", "1", {"class": _PREFIXES[prefix], "energy": _ENERGY[name.removeprefix(prefix)]}
