"""The steps from light in the plane to alternating current, one chunk of planes at a time. docs/metod/effekt.md, *Chain*.

`Chain.levels()` yields the power left after every step [W per kWp], so that a waterfall is what adjacent levels differ by. Models are
pvlib's, in float32, on the hours with light.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from solar import snow

if TYPE_CHECKING:
    import xarray as xr

    from data.settings import Site, SolarSettings

POA = ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse")
LINES = (
    "row_shade",
    "partial_shade",
    "reflection",
    "soiling",
    "snow",
    "temperature",
    "light_induced",
    "mismatch",
    "wiring",
    "ageing",
    "inverter",
    "clipping",
    "standby",
    "availability",
)
"""Loss lines in the order of the chain. Their Swedish and English names: texter/solar.toml, `solar.loss.*`."""
MOUNTING_ROOF, MOUNTING_RACK = "semi_integrated", "freestanding"
ETA_REFERENCE = 0.9637
"""Reference efficiency of the PVWatts inverter curve (Dobos 2014)."""
AOI_STEP_DEG = 0.05
"""Step of the table of iam.physical; linear in between it is within 2e-4 of pvlib at grazing angles and 1e-6 below 80 degrees."""
TILT_STEP_DEG = 3.0
"""Step of the table of iam.marion_diffuse; linear in between."""
KWP_W = 1000.0
"""Everything is per kWp: 1000 W at 1000 W/m2."""


class Chain:
    """One chunk: poa (time, plane), the weather of the whole year, the receivers of its planes.

    `lit` (time,) marks the hours with light; `when` are those hours; `standby_w` is the idle draw [W per kWp].
    """

    def __init__(
        self,
        poa: xr.Dataset,
        weather: pd.DataFrame,
        settings: SolarSettings,
        *,
        arrays: pd.DataFrame,
        site: Site | None = None,
    ) -> None:
        self._poa, self._weather, self._settings, self._losses = poa, weather, settings, settings.losses
        times = pd.DatetimeIndex(poa["time"].to_numpy()).tz_localize("UTC")
        self._row = weather.index.get_indexer(times)
        if (self._row < 0).any():
            raise ValueError("poa has times the weather lacks")
        receivers = arrays.set_index("array_id").loc[poa["plane"].to_numpy()]
        self._tilt = receivers["tilt_deg"].to_numpy(dtype=float)
        self._rack = np.flatnonzero(receivers["is_rack"].to_numpy(dtype=bool))
        self._pitch = receivers["pitch_m"].to_numpy(dtype=np.float32)[self._rack]
        self._slant = receivers["slant_m"].to_numpy(dtype=np.float32)[self._rack]
        self._total = sum(np.asarray(poa[name], dtype=np.float32) for name in POA)
        self.lit = self._total.max(axis=1, initial=0) > 0
        self.when = times[self.lit]
        self.standby_w = self._losses.standby_w_per_kw / self._losses.dc_ac_ratio
        self._site = site
        self.array_ids = poa["plane"].to_numpy()

    def levels(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield (line, W per kWp left after it) as (lit hours, planes), the first being "irradiation", before any loss."""
        direct, sky, ground = (self._part(name) for name in POA)
        yield "irradiation", direct + sky + ground
        direct, sky = self._row_shaded(direct, sky)
        absorbed = direct + sky + ground
        yield "row_shade", absorbed
        lost = np.float32(self._losses.partial_shade) * (1 - self._part("sunlit_fraction"))
        direct = direct * (1 - lost)
        yield "partial_shade", direct + sky + ground
        power = self._through_glass(direct, sky, ground)
        yield "reflection", power
        power = power * np.float32(1 - self._losses.soiling)
        yield "soiling", power
        power = power * self._snow_factor()
        yield "snow", power
        power = self._dc(power, absorbed)
        yield "temperature", power
        for line, share in self._dc_shares():
            power = power * np.float32(1 - share)
            yield line, power
        yield from self._ac(power)

    def ac(self, dc: np.ndarray) -> np.ndarray:
        """Return the last level [W AC per kWp] of direct current [W per kWp] on the lit hours: the level `ageing`, or one instead."""
        *_, last = self._ac(dc)
        return last[1]

    def _part(self, name: str) -> np.ndarray:
        return np.asarray(self._poa[name], dtype=np.float32)[self.lit]

    def _row_shaded(self, direct: np.ndarray, sky: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take away what the next row hides: beam as pvlib's shaded_fraction1d, sky by Passias & Källbäck's mean masking angle.

        For level rows shaded_fraction1d is 1 - pitch/slant x cos(zenith)/cos(incidence): the row's direction is in the incidence.
        """
        if not len(self._rack):
            return direct, sky
        from pvlib.shading import masking_angle_passias, sky_diffuse_passias

        incidence = np.cos(np.radians(self._part("aoi")[:, self._rack]))
        up = np.cos(np.radians(self._zenith()))[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            shaded = np.clip(1 - (self._pitch / self._slant) * up / incidence, 0, 1)
        hidden = sky_diffuse_passias(masking_angle_passias(self._tilt[self._rack], self._slant / self._pitch))
        direct, sky = direct.copy(), sky.copy()
        direct[:, self._rack] *= np.where(incidence > 0, 1 - shaded, 1)
        sky[:, self._rack] *= (1 - hidden).astype(np.float32)
        return direct, sky

    def _zenith(self) -> np.ndarray:
        if "solar_zenith" in self._poa:
            return np.asarray(self._poa["solar_zenith"], dtype=np.float32)[self.lit]
        if self._site is None:
            raise ValueError("racks shade each other: give site, or solar_zenith in poa")
        from pvlib.solarposition import get_solarposition

        site = self._site
        sun = get_solarposition(self.when, site.latitude, site.longitude, site.altitude)
        return sun["apparent_zenith"].to_numpy(dtype=np.float32)

    def _through_glass(self, direct: np.ndarray, sky: np.ndarray, ground: np.ndarray) -> np.ndarray:
        table = beam_table()
        at = np.minimum(np.abs(self._part("aoi")) * np.float32(1 / AOI_STEP_DEG), np.float32(len(table) - 2))
        below = at.astype(np.int32)
        beam = table[below] + (table[below + 1] - table[below]) * (at - below)
        tilts, of_sky, of_ground = diffuse_table()
        of_sky, of_ground = (np.interp(self._tilt, tilts, part).astype(np.float32) for part in (of_sky, of_ground))
        return direct * beam + sky * of_sky + ground * of_ground

    def _snow_factor(self) -> np.ndarray | np.float32:
        if not snow_is_modelled(self._weather, self._settings):
            return np.float32(1 - self._losses.snow)
        depth = self._weather["snow_depth"]
        covered = snow.events(
            snow.new_snow(depth).to_numpy(),
            depth.to_numpy(),
            threshold_cm=self._losses.snow_event_cm,
            window=self._losses.snow_event_h,
        )
        year = np.zeros((len(self._weather), self._total.shape[1]), dtype=np.float32)  # dark hours may be absent in poa
        year[self._row] = self._total
        air = self._weather["temp_air"].to_numpy()
        cover = snow.coverage(year, air, self._tilt, covered=covered, snow_depth_cm=depth.to_numpy())
        return 1 - snow.loss(cover[self._row[self.lit]], self._losses.snow_strings)

    def _dc(self, effective: np.ndarray, absorbed: np.ndarray) -> np.ndarray:
        """DC power [W per kWp] of the effective irradiance at the cells' temperature."""
        if not has_temperature(self._weather):
            return effective * np.float32(1 - self._losses.without_temperature)
        cell = self._cell_temperature(absorbed)
        module = self._settings.module
        if module.dc_model == "pvwatts":
            return effective * (1 + np.float32(module.gamma_pdc) * (cell - np.float32(25)))
        from pvlib.pvarray import pvefficiency_adr

        shunt = {"k_a": 1.0, "k_d": module.adr_k_d, "tc_d": module.adr_tc_d, "k_rs": module.adr_k_rs}
        return effective * pvefficiency_adr(effective, cell, **shunt, k_rsh=module.adr_k_rsh).astype(np.float32)

    def _cell_temperature(self, absorbed: np.ndarray) -> np.ndarray:
        from pvlib.temperature import TEMPERATURE_MODEL_PARAMETERS, pvsyst_cell

        weather = self._weather.iloc[self._row[self.lit]]
        air = weather["temp_air"].to_numpy(dtype=np.float32)[:, None]
        wind = weather["wind_speed"].to_numpy(dtype=np.float32)[:, None] if "wind_speed" in weather else np.float32(1)
        presets = TEMPERATURE_MODEL_PARAMETERS["pvsyst"]
        u_c, u_v = (np.full(len(self._tilt), presets[MOUNTING_ROOF][name], dtype=np.float32) for name in ("u_c", "u_v"))
        u_c[self._rack], u_v[self._rack] = presets[MOUNTING_RACK]["u_c"], presets[MOUNTING_RACK]["u_v"]
        module = self._settings.module
        efficiency = module.power_w / (module.width_m * module.height_m * KWP_W)
        return pvsyst_cell(absorbed, air, wind, u_c=u_c, u_v=u_v, module_efficiency=efficiency)

    def _dc_shares(self) -> Iterator[tuple[str, float]]:
        losses = self._losses
        yield "light_induced", losses.light_induced
        yield "mismatch", losses.mismatch
        yield "wiring", losses.wiring
        yield "ageing", 1 - (1 - losses.ageing_per_year) ** losses.age_years

    def _ac(self, dc: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the inverter's steps: pvlib.inverter.pvwatts with its conversion, its ceiling and the idle draw apart."""
        losses = self._losses
        ceiling = KWP_W / losses.dc_ac_ratio
        full = np.float32(ceiling / losses.inverter_efficiency)  # DC input limit
        curve = np.float32(losses.inverter_efficiency / ETA_REFERENCE)
        load = dc / full
        ac = np.maximum(curve * full * ((np.float32(-0.0162) * load + np.float32(0.9858)) * load - np.float32(0.0059)), 0)
        yield "inverter", ac
        ac = np.minimum(ac, np.float32(ceiling))
        yield "clipping", ac
        ac = np.where(ac > 0, ac, np.float32(-self.standby_w))
        yield "standby", ac
        yield "availability", ac * np.float32(1 - losses.availability)


@cache
def beam_table() -> np.ndarray:
    """Return iam.physical at every AOI_STEP_DEG from 0 to 90 degrees (float32), and a 0 beyond."""
    from pvlib.iam import physical

    steps = round(90 / AOI_STEP_DEG)
    return np.append(physical(np.linspace(0, 90, steps + 1)[:-1]), [0.0, 0.0]).astype(np.float32)


@cache
def diffuse_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (tilt [deg], share of the sky's light, share of the ground's) that passes the glass: iam.marion_diffuse by tilt."""
    from pvlib.iam import marion_integrate, physical

    tilts = np.arange(0.0, 90.0 + TILT_STEP_DEG, TILT_STEP_DEG)
    sky, ground = (np.array([marion_integrate(physical, tilt, part) for tilt in tilts]) for part in ("sky", "ground"))
    return tilts, sky, ground


def has_temperature(weather: pd.DataFrame) -> bool:
    """Say whether the weather has an air temperature for every hour."""
    return "temp_air" in weather and bool(weather["temp_air"].notna().all())


def snow_is_modelled(weather: pd.DataFrame, settings: SolarSettings) -> bool:
    """Say whether snow is computed hour by hour: settings allow it and the weather has snow depth and air temperature."""
    depth = "snow_depth" in weather and bool(weather["snow_depth"].notna().all())
    return settings.losses.snow_model == "auto" and depth and has_temperature(weather)
