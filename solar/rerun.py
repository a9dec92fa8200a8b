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
    from solar.sizing import Connection

AFTER_DC = frozenset({"inverter_efficiency", "dc_ac_ratio", "standby_w_per_kw", "availability"})
"""Losses that leave the direct current as it is."""
DC_SHARES = frozenset({"soiling", "mismatch", "wiring", "light_induced"})
"""Losses the direct current is simply multiplied by: (1 - new) / (1 - old)."""


class Rerun:
    """The chosen plants, one column each: kW of every plane, the planes' light, their direct current under the settings in force."""

    def __init__(self, roofs: Roofs, plants: Mapping[str, Connection], kwp: np.ndarray, settings: SolarSettings) -> None:
        self._roofs, self._settings = roofs, settings
        parts = [_kw_of_planes(one, size) for one, size in zip(plants.values(), kwp, strict=True)]
        ids = list(dict.fromkeys(plane for part in parts for plane in part))
        arrays = modules.arrays(roofs.tak[roofs.tak["plane_id"].isin(ids)], settings)
        self._lights = [(roofs.light, list(arrays["array_id"]))]
        if roofs.areas is not None:
            own = roofs.areas.arrays[roofs.areas.arrays["array_id"].isin(ids)]
            self._lights.append((roofs.areas.light, list(own["array_id"])))
            arrays = pd.concat([pd.DataFrame(arrays), pd.DataFrame(own)], ignore_index=True)
        self._arrays = arrays
        kw = np.array([[part.get(plane, 0.0) for part in parts] for plane in self._arrays["plane_id"]], np.float32)
        self._weights = pd.DataFrame(kw.reshape(len(self._arrays), len(parts)), index=self._arrays["array_id"])
        self._weights = self._weights.mul(self._arrays["share"].to_numpy(np.float32), axis=0)
        self._light = [poa for light, own in self._lights for poa in hourly_poa(light, own)]
        self._dc = [_direct(self._chain(poa, settings)) for poa in self._light]

    def solar(self, *, losses: Mapping[str, float] | None = None) -> np.ndarray:
        """Return (h, m) kWh an hour of the plants with these losses instead of the settings': no light, and no chain above the inverter."""
        new = dict(losses or {})
        own = self._settings.model_copy(update={"losses": self._settings.losses.model_copy(update=new)})
        factor = np.float32(1.0)
        for name in DC_SHARES & set(new):
            factor *= np.float32((1 - new[name]) / (1 - getattr(self._settings.losses, name)))
        return self._sum([(self._chain(poa, own), dc * factor) for poa, dc in zip(self._light, self._dc, strict=True)], own)

    def anew(self, settings: SolarSettings) -> np.ndarray:
        """Return (h, m) kWh an hour of the plants under other settings of the module, the losses, the ground or the trees: the whole chain.

        Of the trees the direct light is counted anew, the diffuse is held.
        """
        light = self._light
        if settings.shade.tree_transmittance != self._settings.shade.tree_transmittance:
            through = np.array(settings.shade.tree_transmittance)
            light = [poa for kept, own in self._lights for poa in hourly_poa(replace(kept, through=through), own)]
        ground = settings.shade.albedo / self._settings.shade.albedo if self._settings.shade.albedo else 1.0
        light = [poa.assign(poa_ground_diffuse=poa["poa_ground_diffuse"] * np.float32(ground)) for poa in light]
        chains = [self._chain(poa, settings) for poa in light]
        return self._sum([(chain, _direct(chain)) for chain in chains], settings)

    def _chain(self, poa: xr.Dataset, settings: SolarSettings) -> Chain:
        return Chain(poa, self._roofs.weather, settings, arrays=self._arrays, site=self._roofs.site)

    def _sum(self, parts: list[tuple[Chain, np.ndarray]], settings: SolarSettings) -> np.ndarray:
        losses, index = settings.losses, self._roofs.weather.index
        idle = np.float32(-losses.standby_w_per_kw / losses.dc_ac_ratio * (1 - losses.availability) / 1000)
        out = np.tile(idle * self._weights.to_numpy().sum(axis=0), (len(index), 1)).astype(np.float32)
        for chain, dc in parts:
            rows = index.get_indexer(chain.when)
            weights = self._weights.loc[chain.array_ids].to_numpy()
            out[rows] += (chain.ac(dc) / np.float32(1000) - idle) @ weights
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
