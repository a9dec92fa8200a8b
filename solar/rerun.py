"""Hours of the chosen plants under other settings: the light once, the chain again. docs/metod/plan.md, *Tornado*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from solar import modules
from solar.chain import Chain
from solar.planelight import hourly_poa

if TYPE_CHECKING:
    import xarray as xr

    from data.settings import SolarSettings
    from solar.candidates import Roofs
    from solar.planelight import PlaneLight
    from solar.repack import Sized
    from solar.sizing import Connection

AFTER_DC = frozenset({"inverter_efficiency", "dc_ac_ratio", "standby_w_per_kw", "availability"})
"""Losses that leave the direct current as it is."""
DC_SHARES = frozenset({"soiling", "mismatch", "wiring", "light_induced"})
"""Losses the direct current is simply multiplied by: (1 - new) / (1 - old)."""


class Rerun:
    """The chosen plants, one column each: kW of every plane, the planes' light, their direct current under the settings in force."""

    def __init__(self, roofs: Roofs, sized: Sized, settings: SolarSettings) -> None:
        self._roofs, self._settings, self._sized = roofs, settings, sized
        ids = {plane for one in sized.plants.values() for plane in one.light_ids or one.plane_ids}
        self._planes = roofs.tak[roofs.tak["plane_id"].isin(ids)]
        self._areas = None if roofs.areas is None else roofs.areas.arrays[roofs.areas.arrays["array_id"].isin(ids)]
        self._arrays = self._receivers(settings, self._areas)
        self._weights = self._weigh(self._arrays, sized)
        self._lights = self._lit(self._arrays)
        self._light = [poa for light, own in self._lights for poa in hourly_poa(light, own)]
        chains = [self._chain(poa, settings, self._arrays) for poa in self._light]
        self._dc = [_direct(chain) for chain in chains]
        self._current = [(chain, chain.ac(dc)) for chain, dc in zip(chains, self._dc, strict=True)]

    def sized(self, sized: Sized) -> np.ndarray:
        """Return (h, m) kWh an hour of the plants at other sizes: no light and no chain."""
        return self._sum(self._current, self._settings, self._weigh(self._arrays, sized))

    def solar(self, *, losses: Mapping[str, float] | None = None) -> np.ndarray:
        """Return (h, m) kWh an hour of the plants with these losses instead of the settings': no light, and no chain above the inverter."""
        new = dict(losses or {})
        own = self._settings.model_copy(update={"losses": self._settings.losses.model_copy(update=new)})
        factor = np.float32(1.0)
        for name in DC_SHARES & set(new):
            factor *= np.float32((1 - new[name]) / (1 - getattr(self._settings.losses, name)))
        chains = [self._chain(poa, own, self._arrays) for poa in self._light]
        current = [(chain, chain.ac(dc * factor)) for chain, dc in zip(chains, self._dc, strict=True)]
        return self._sum(current, own, self._weights)

    def anew(
        self,
        settings: SolarSettings,
        sized: Sized | None = None,
        *,
        areas: pd.DataFrame | None = None,
        light: PlaneLight | None = None,
    ) -> np.ndarray:
        """Return (h, m) kWh an hour of the plants under other settings of the module, the losses, the roofs, the ground or the trees.

        The whole chain. sized: plants of other sizes. areas: other receivers on areas, as of `Areas`. light: of receivers that stand
        otherwise than those the first light is of. Of the trees the direct light is counted anew, the diffuse is held.
        """
        arrays, parts = self._arrays, self._light
        through = settings.shade.tree_transmittance
        stands = areas is not None or light is not None or settings.roofs != self._settings.roofs
        if stands or settings.module != self._settings.module:
            arrays = self._receivers(settings, self._areas if areas is None else areas)
        if stands or through != self._settings.shade.tree_transmittance:
            lights = self._lit(arrays, light)
            parts = [poa for kept, own in lights for poa in hourly_poa(replace(kept, through=np.array(through)), own)]
        ground = settings.shade.albedo / self._settings.shade.albedo if self._settings.shade.albedo else 1.0
        parts = [poa.assign(poa_ground_diffuse=poa["poa_ground_diffuse"] * np.float32(ground)) for poa in parts]
        chains = [self._chain(poa, settings, arrays) for poa in parts]
        current = [(chain, chain.ac(_direct(chain))) for chain in chains]
        return self._sum(current, settings, self._weigh(arrays, sized or self._sized))

    def _receivers(self, settings: SolarSettings, areas: pd.DataFrame | None) -> pd.DataFrame:
        arrays = pd.DataFrame(modules.arrays(self._planes, settings))
        return arrays if areas is None else pd.concat([arrays, pd.DataFrame(areas)], ignore_index=True)

    def _lit(self, arrays: pd.DataFrame, first: PlaneLight | None = None) -> list[tuple[PlaneLight, list[str]]]:
        """Return every light with the receivers it answers for; `first` before the map's own."""
        known = [first, self._roofs.light, None if self._roofs.areas is None else self._roofs.areas.light]
        found, left = [], pd.Index(arrays["array_id"])
        for light in known:
            if light is not None:
                found.append((light, list(left.intersection(light.annual.index, sort=False))))
                left = left.difference(light.annual.index, sort=False)
        if len(left):
            raise KeyError(f"no light on {list(left[:5])}")
        return found

    def _weigh(self, arrays: pd.DataFrame, sized: Sized) -> pd.DataFrame:
        """Return kW of every receiver (rows, by array_id) in every plant."""
        parts = [_kw_of_planes(one, size) for one, size in zip(sized.plants.values(), sized.kwp, strict=True)]
        kw = np.array([[part.get(plane, 0.0) for part in parts] for plane in arrays["plane_id"]], np.float32)
        weights = pd.DataFrame(kw.reshape(len(arrays), len(parts)), index=arrays["array_id"])
        return weights.mul(arrays["share"].to_numpy(np.float32), axis=0)

    def _chain(self, poa: xr.Dataset, settings: SolarSettings, arrays: pd.DataFrame) -> Chain:
        return Chain(poa, self._roofs.weather, settings, arrays=arrays, site=self._roofs.site)

    def _sum(self, parts: list[tuple[Chain, np.ndarray]], settings: SolarSettings, weights: pd.DataFrame) -> np.ndarray:
        losses, index = settings.losses, self._roofs.weather.index
        idle = np.float32(-losses.standby_w_per_kw / losses.dc_ac_ratio * (1 - losses.availability) / 1000)
        out = np.tile(idle * weights.to_numpy().sum(axis=0), (len(index), 1)).astype(np.float32)
        for chain, ac in parts:
            rows = index.get_indexer(chain.when)
            out[rows] += (ac / np.float32(1000) - idle) @ weights.loc[chain.array_ids].to_numpy()
        return out


def _kw_of_planes(one: Connection, kwp: float) -> dict[str, float]:
    """Return the kW on each plane of a plant: from the best down; of an area itself, or the planes whose light it takes in equal parts."""
    if one.light_ids:
        return dict.fromkeys(one.light_ids, kwp * one.light_share / len(one.light_ids))
    edges = np.concatenate([[0.0], np.cumsum(one.kwp)])
    part = np.clip(kwp - edges[:-1], 0.0, one.kwp)
    return {plane: float(kw) for plane, kw in zip(one.plane_ids, part, strict=True) if kw > 0}


def _direct(chain: Chain) -> np.ndarray:
    """Return the direct current that reaches the inverters [W per kWp] on the lit hours."""
    for name, level in chain.levels():
        if name == "ageing":
            return level
    raise AssertionError("the chain has no level `ageing`")
