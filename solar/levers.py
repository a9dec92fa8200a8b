"""What the plan's value is moved by beside prices: every setting that is an assumption, to its stated low and high. docs/metod/plan.md.

The plants stay the chosen ones; what an assumption changes of their power, hours, use and years is counted anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.settings import Settings
from solar import load, modules, repack, sizing
from solar.chain import has_temperature, snow_is_modelled
from solar.planelight import plane_light
from solar.repack import Sized
from solar.rerun import AFTER_DC, DC_SHARES, Rerun
from solar.sizing import OWN_TOGETHER, Connection, Market, net_value
from solar.uncertainty import COMMON

if TYPE_CHECKING:
    import geopandas as gpd

    from data.settings import SolarSettings
    from solar.assessment import Surroundings
    from solar.candidates import Roofs
    from solar.planelight import PlaneLight

SCALED = ("kwh", "own_kwh", "sold_kwh", "curtailed_kwh", "idle_kwh", "own_spot_sek", "sold_spot_sek", "peak_kw")
MOUNT_OF = {
    "plan.carport_cover": ("carport",),
    "plan.ground_cover": ("ground",),
    "plan.carport_tilt_deg": ("carport",),
    "plan.ground_tilt_deg": ("ground",),
    "plan.site_yield_share": ("carport", "ground"),
}
STANDS_ANEW = frozenset({"flat_below_deg", "tent_gap_m", "row_shade_angle_deg"})
"""Settings that change how racks stand, and so the light on them, besides how many there are."""


@dataclass(frozen=True)
class World:
    """What the chosen plants stand in. rows: chosen; connections: by candidate_id, roofs and areas; shapes: load profiles.

    around: what light meets, for what stands otherwise than on the map.
    """

    rows: pd.DataFrame
    connections: Mapping[str, Connection]
    market: Market
    roofs: Roofs
    settings: Settings
    shapes: Sequence[Mapping[str, Any]]
    around: Surroundings


def of_settings(world: World, spans: pd.DataFrame) -> pd.DataFrame:
    """Return a row a setting that moves the plan's NPV [SEK]: id, low, high, npv_low, npv_high, kind, unit, source, name, swing.

    spans: setting, low, high, unit, kind, source, meaning; a setting without a span is left out. Settings that cannot act (no area is
    chosen, no battery, the weather has its own snow) are left out too.
    """
    hours = Hours(world)
    spans = spans.set_index("setting")
    found = [*_years(world), *_unsure(world, hours)]
    for id_, span in spans[spans["low"].notna()].iterrows():
        ends = hours.ends(str(id_), span["low"], span["high"])
        if ends is not None:
            known = {"kind": span["kind"], "unit": span["unit"], "source": span["source"], "name": span["meaning"]}
            found.append({"id": str(id_), "npv_low": ends[0], "npv_high": ends[1], "low": ends[2], "high": ends[3], **known})
    table = pd.DataFrame(found)
    return table.assign(swing=(table["npv_high"] - table["npv_low"]).abs())


def _years(world: World) -> Iterator[dict[str, Any]]:
    """Yield the lifetime, and the rate where the settings state one: the price list's own row is then without effect."""
    economy, rows = world.market.settings, world.rows
    moves, units = {"years": (economy.years_short, economy.years_long)}, {"years": "year", "discount_rate": "share/year"}
    if economy.discount_rate is not None:
        listed = world.market.prices.rows.loc["internal_rate"]
        moves["discount_rate"] = (min(listed["low"], economy.discount_rate), max(listed["high"], economy.discount_rate))
    for name, ends in moves.items():
        markets = [replace(world.market, settings=economy.model_copy(update={name: end})) for end in ends]
        worth = [net_value(rows, market) for market in markets]
        yield {"id": f"economy.{name}", "low": ends[0], "high": ends[1], "npv_low": worth[0], "npv_high": worth[1]} | {
            "kind": "assumption",
            "unit": units[name],
        }


def _unsure(world: World, hours: Hours) -> Iterator[dict[str, Any]]:
    """Yield each term of the energy's uncertainty by itself, at the quantile of the stated P90. What is each plant's own evens out."""
    rows = world.rows
    weight = rows["kwh"] / max(float(rows["kwh"].sum()), 1e-9)
    for name in (*COMMON, OWN_TOGETHER):
        term = rows[f"u_{name}"]
        share = float((weight * term).sum()) if name in COMMON else float(np.sqrt(((weight * term) ** 2).sum()))
        moved = float(rows["quantile"].max()) * share
        if moved > 0:
            worth = [hours.npv(solar=hours.solar * np.float32(1 + sign * moved)) for sign in (-1, 1)]
            yield {
                "id": f"uncertainty.{name}",
                "low": 1 - moved,
                "high": 1 + moved,
                "npv_low": worth[0],
                "npv_high": worth[1],
            } | {"kind": "assumption", "unit": "x"}


class Hours:
    """Hours of the chosen plants, one column each: what they give and what is used behind the same meter."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._plants = {id_: world.connections[id_] for id_ in world.rows["candidate_id"]}
        self._kwp = world.rows["kwp"].to_numpy(float)
        self._rerun = Rerun(world.roofs, Sized(self._plants, self._kwp), world.settings.solar)
        self.solar = self._rerun.solar()
        self.used = np.stack([one.load.kwh for one in self._plants.values()], axis=1)
        self._base = self._sums(self.solar, self.used, self._kwp, world.market)

    def npv(
        self,
        *,
        solar: np.ndarray | None = None,
        used: np.ndarray | None = None,
        kwp: np.ndarray | None = None,
        market: Market | None = None,
    ) -> float:
        """Return the plants' NPV [SEK] with other hours, use, power [kW] or market."""
        solar, used = self.solar if solar is None else solar, self.used if used is None else used
        kwp, market = self._kwp if kwp is None else kwp, market or self._world.market
        sums = self._sums(solar, used, kwp, market)
        moved = {name: self._world.rows[name].to_numpy() + sums[name] - self._base[name] for name in SCALED}
        return net_value(self._world.rows.assign(kwp=kwp, **moved), market)

    def ends(self, id_: str, low: str, high: str) -> tuple[float, float, float, float] | None:
        """Return (NPV at low, NPV at high, low, high) of one setting; None where it does not act."""
        if id_ == "load.profile":
            return self._profiles()
        values = (float(low), float(high))
        worth = [self._at(id_, value) for value in values]
        return None if None in worth else (worth[0], worth[1], *values)  # type: ignore[return-value]

    def _at(self, id_: str, value: float) -> float | None:
        section, *inner, name = id_.split(".")
        if id_ == "load.year":
            return self.npv(used=self.used * value) if self.used.any() else None
        if section == "economy":
            return self._economy(name, value)
        if id_ in MOUNT_OF:
            return self._areas(id_, value)
        if name in repack.RULES:
            return self._packed(inner[0], name, value)
        if id_ == "solar.module.power_w":
            return self._powered(value)
        return self._chain(inner[0], name, value)

    def _economy(self, name: str, value: float) -> float | None:
        economy = self._world.market.settings
        if name.startswith("battery") and not economy.battery_kwh_per_kwp:
            return None
        kind = type(getattr(economy, name))
        market = replace(self._world.market, settings=economy.model_copy(update={name: kind(value)}))
        return self.npv(market=market)

    def _areas(self, id_: str, value: float) -> float | None:
        mounts, world = MOUNT_OF[id_], self._world
        moved = {plant: one for plant, one in self._plants.items() if one.mount in mounts}
        base = getattr(world.settings.plan, id_.rsplit(".", 1)[1])
        measured = {plant for plant, one in moved.items() if not one.estimated}
        if id_ == "plan.site_yield_share":
            ratio = np.array([value / base if plant in set(moved) - measured else 1.0 for plant in self._plants])
            return self.npv(solar=self.solar * ratio.astype(np.float32)) if (ratio != 1.0).any() else None
        if id_.endswith("_tilt_deg"):
            return self._tilted(measured, value) if measured else None
        if not moved or base <= 0:
            return None
        scaled = {plant: one.kwp * (value / base) for plant, one in moved.items()}
        sized = repack.resized(world.rows, self._plants, scaled)
        if id_ == "plan.carport_cover" or not measured:
            return self._sized(sized)
        areas = self._receivers()
        denser = areas["slant_m"] / value
        areas = areas.assign(pitch_m=denser.where(areas["plane_id"].isin(measured), areas["pitch_m"]))
        return self.npv(solar=self._rerun.anew(world.settings.solar, sized, areas=areas), kwp=sized.kwp)

    def _tilted(self, ids: set[str], value: float) -> float:
        areas = self._receivers()
        moved = areas["plane_id"].isin(ids)
        areas = areas.assign(tilt_deg=areas["tilt_deg"].mask(moved, value))
        light = self._light_on(areas[moved])
        return self.npv(solar=self._rerun.anew(self._world.settings.solar, areas=areas, light=light))

    def _receivers(self) -> gpd.GeoDataFrame:
        """Return the receivers of the chosen areas that have light of their own."""
        own = [id_ for id_, one in self._plants.items() if one.light_ids == (id_,)]
        areas = self._world.roofs.areas
        assert areas is not None
        return areas.arrays[areas.arrays["plane_id"].isin(own)]

    def _light_on(self, receivers: gpd.GeoDataFrame) -> PlaneLight:
        around, shade = self._world.around, self._world.settings.solar.shade
        receivers = receivers.assign(plane_id=receivers["array_id"])
        return plane_light(around.dsm, around.weather, receivers, **around.shading(shade), spacing_m=shade.point_spacing_m)

    def _sized(self, sized: Sized) -> float:
        return self.npv(solar=self._rerun.sized(sized), kwp=sized.kwp)

    def _planes(self) -> gpd.GeoDataFrame:
        """Return the roof planes of the plants' connections."""
        tak = self._world.roofs.tak
        return tak[tak["plane_id"].isin({plane for one in self._plants.values() for plane in one.plane_ids})]

    def _held(self, free: pd.Series) -> dict[str, np.ndarray]:
        """Return what the planes of every plant on roofs hold [kW]; free: by plane_id, of those that hold another power."""
        return {
            id_: np.array([free.get(plane, kwp) for plane, kwp in zip(one.plane_ids, one.kwp, strict=True)])
            for id_, one in self._plants.items()
            if one.plane_ids
        }

    def _powered(self, value: float) -> float:
        """Return the NPV with modules of another power [W] on the same area."""
        solar = self._world.settings.solar
        ratio, planes = value / solar.module.power_w, self._planes()
        free = repack.beside_built(planes.assign(kwp=planes["kwp"] * ratio))
        areas = {id_: one.kwp * ratio for id_, one in self._plants.items() if not one.plane_ids}
        sized = repack.resized(self._world.rows, self._plants, self._held(free) | areas)
        new = solar.model_copy(update={"module": solar.module.model_copy(update={"power_w": value})})
        return self.npv(solar=self._rerun.anew(new, sized), kwp=sized.kwp)

    def _packed(self, part: str, name: str, value: float) -> float:
        """Return the NPV with the roofs packed anew; only the planes the setting may act on are."""
        old = self._world.settings.solar
        new = old.model_copy(update={part: getattr(old, part).model_copy(update={name: value})})
        planes = self._planes()
        planes = planes[repack.touched(planes, name, old, new)]
        if planes.empty:
            return self.npv()
        free = repack.free_kwp(planes, new)
        sized = repack.resized(self._world.rows, self._plants, self._held(free))
        if name not in STANDS_ANEW:
            return self._sized(sized)
        return self.npv(solar=self._rerun.anew(new, sized, light=self._new_racks(planes, new)), kwp=sized.kwp)

    def _new_racks(self, planes: gpd.GeoDataFrame, settings: SolarSettings) -> PlaneLight | None:
        """Return the light on racks that stand where the map has none."""
        arrays = modules.arrays(planes, settings)
        racks = arrays[~arrays["array_id"].isin(self._world.roofs.light.annual.index)]
        return self._light_on(racks) if len(racks) else None

    def _chain(self, part: str, name: str, value: float) -> float | None:
        settings, weather = self._world.settings.solar, self._world.roofs.weather
        modelled = snow_is_modelled(weather, settings)
        idle = {
            "snow": modelled,
            "snow_event_cm": not modelled,
            "snow_strings": not modelled,
            "without_temperature": has_temperature(weather),
            "gamma_pdc": not has_temperature(weather) or settings.module.dc_model != "pvwatts",
            "leaf_on_transmittance": self._world.roofs.light.lit_top is None,
            "leaf_off_transmittance": self._world.roofs.light.lit_top is None,
        }
        if idle.get(name, False):
            return None
        if name in AFTER_DC | DC_SHARES:
            return self.npv(solar=self._rerun.solar(losses={name: value}))
        if name in ("snow", "without_temperature"):
            ratio = (1 - value) / (1 - getattr(settings.losses, name))
            soiling = 1 - ratio * (1 - settings.losses.soiling)  # both multiply the direct current
            return self.npv(solar=self._rerun.solar(losses={"soiling": soiling}))
        kind = type(getattr(getattr(settings, part), name))
        own = getattr(settings, part).model_copy(update={name: kind(value)})
        return self.npv(solar=self._rerun.anew(settings.model_copy(update={part: own})))

    def _profiles(self) -> tuple[float, float, float, float] | None:
        """Try every load profile on the plants whose use is assumed: the least and the most the plan is worth."""
        assumed = np.array([one.load.origin == "assumed" for one in self._plants.values()])
        if not assumed.any():
            return None
        index, worth = self._world.roofs.weather.index, []
        for shape in self._world.shapes:
            one = load.of_profile(1.0, shape, index).kwh
            used = np.where(assumed, one[:, None] * self.used.sum(axis=0), self.used)
            worth.append(self.npv(used=used))
        return min(worth), max(worth), np.nan, np.nan

    def _sums(self, solar: np.ndarray, used: np.ndarray, kwp: np.ndarray, market: Market) -> dict[str, np.ndarray]:
        return {"kwh": solar.sum(axis=0, dtype=float)} | sizing.flows(used, solar, kwp, market)
