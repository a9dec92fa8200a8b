"""The public version of a solar run: only whitelisted columns, rows and reasons (data/reference/publicering.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from data.settings import SolarSettings

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@cache
def rules() -> dict[str, Any]:
    """Return publicering.toml."""
    return tomllib.loads((files("data") / "reference" / "publicering.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Published:
    """Which roofs and facilities may be public, and which of them without their name."""

    facility_ids: frozenset[str]
    nameless_ids: frozenset[str]
    building_ids: frozenset[str]

    @classmethod
    def of(cls, tak: pd.DataFrame, facilities: pd.DataFrame, settings: SolarSettings) -> Published:
        """Decide from `publish` of each facility and the settings on private roofs; a building of a hidden facility is hidden."""
        shown = facilities[facilities["publish"].isin(("ja", "utan namn"))]
        nameless = facilities[facilities["publish"] == "utan namn"]
        hidden = set(facilities["facility_id"]) - set(shown["facility_id"])
        municipal = tak[tak["facility_id"].isin(set(shown["facility_id"]))]
        buildings = set(municipal["building_id"])
        if settings.publish_private:
            buildings |= set(tak.loc[tak["facility_id"].isna(), "building_id"]) - set(settings.private_objections)
        buildings -= set(tak.loc[tak["facility_id"].isin(hidden), "building_id"])
        return cls(frozenset(shown["facility_id"]), frozenset(nameless["facility_id"]), frozenset(buildings))

    def tak(self, tak: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the public roofs: no name or owner on private ones, no internal reasons."""
        public = _columns(tak[tak["building_id"].isin(self.building_ids)], "tak")
        bare = public["facility_id"].isna() | public["facility_id"].isin(self.nameless_ids)
        return public.assign(
            name=public["name"].mask(bare),
            owner=public["owner"].mask(public["facility_id"].isna()),
            reasons=public["reasons"].map(_public_reasons),
        )

    def anlaggningar(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the public facilities; one published without name is called by its id alone.

        Where an internal answer makes it unsuitable, the light on its roofs is not given as the reason.
        """
        public = _columns(frame[frame["facility_id"].isin(self.facility_ids)], "anlaggningar")
        bare = public["facility_id"].isin(self.nameless_ids)
        barred = (public["suitability"] == "unsuitable") & (public["reasons"].map(_public_reasons) != public["reasons"])
        told = zip(public["sentence"], public["name"], public["facility_id"], bare, strict=True)
        return public.assign(
            name=public["name"].mask(bare, public["facility_id"]),
            sentence=[said.replace(name, id_) if hidden else said for said, name, id_, hidden in told],
            reasons=public["reasons"].map(_public_reasons).mask(barred, ""),
        )

    def byggnader(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the public footprints."""
        return _columns(frame[frame["building_id"].isin(self.building_ids)], "byggnader")

    @staticmethod
    def moduler(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the modules of planes already found public."""
        return _columns(frame, "moduler")


def public_json(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a JSON output that may be public; of its settings those that name nobody's building."""
    allowed, internal = rules()["json"][name], rules()["settings"]["internal"]
    found = {key: value for key, value in data.items() if key in allowed}
    if "settings" in found:
        found["settings"] = {key: value for key, value in found["settings"].items() if key not in internal}
    return found


def _columns(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    allowed = rules()["layers"][layer]
    return frame[[column for column in frame.columns if column in allowed]].copy()


def _public_reasons(reasons: str | None) -> str:
    internal = set(rules()["reasons"]["internal"])
    return ";".join(code for code in (reasons or "").split(";") if code and code not in internal)
