"""Hourly AC energy of many planes: sums, months, hours of the day and the waterfall of losses. docs/metod/effekt.md.

result = energy(chunks, weather, arrays, settings, site=site)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.texts import text
from solar.chain import LINES, Chain, has_temperature, snow_is_modelled

if TYPE_CHECKING:
    import xarray as xr

    from data.settings import Site, SolarSettings

SLOTS = 12 * 24  # month x hour of the day
LOW_SNOW_CM = 10.0
"""A Swedish year whose snow is never deeper is doubtful: typical-year files carry little (Arlanda's at most 8 cm), and it is said."""
SHADE = {"loss_trees": "trees", "loss_near": "near", "loss_far": "far"}
"""Shares of light lost, as `irradiance` gives them, and their lines in the waterfall."""


@dataclass(frozen=True)
class EnergyResult:
    """A year's electricity. Rows of the tables: plane_id, in the order of the receivers.

    planes: kwp, kwh, kwh_per_kwp, poa_kwh_m2 (on the modules, before row shade), snow_loss (share of what reached the snow).
    monthly: kWh in columns 1-12. clock: (plane, month, hour) kWh, hour of the settings' clock. waterfall: kWh; `irradiation` is what
    the modules would give at the efficiency of the label, then one signed column a loss; a row's sum is its kwh.
    arrays: the same figures as planes per receiver (array_id), with azimuth and tilt beside. warnings: what was missing.
    """

    planes: pd.DataFrame
    monthly: pd.DataFrame
    clock: xr.DataArray
    waterfall: pd.DataFrame
    arrays: pd.DataFrame
    warnings: tuple[str, ...]


def hourly_ac(
    poa: xr.Dataset, weather: pd.DataFrame, settings: SolarSettings, *, arrays: pd.DataFrame, site: Site | None = None
) -> xr.Dataset:
    """Return `ac_w_per_kwp` (time, plane) [W AC per kWp], all losses taken; at night the idle draw, negative.

    poa: Dataset (time, plane) with poa_direct, poa_sky_diffuse, poa_ground_diffuse [W/m2, shade taken], aoi [deg],
    sunlit_fraction [0-1]; `plane` holds array_id, `time` UTC. weather: frame on a tz-aware index of interval middles that holds
    every time of poa; temp_air [C], wind_speed [m/s] and snow_depth [cm] used where present. arrays: from `modules.arrays`.
    site: needed when there are racks and poa has no `solar_zenith` (time).
    """
    import xarray as xr

    chain = Chain(poa, weather, settings, arrays=arrays, site=site)
    idle = -chain.standby_w * (1 - settings.losses.availability)
    out = np.full((poa.sizes["time"], poa.sizes["plane"]), idle, dtype=np.float32)
    for _, level in chain.levels():
        last = level
    out[chain.lit] = last
    return xr.Dataset({"ac_w_per_kwp": (("time", "plane"), out)}, coords={"time": poa["time"], "plane": poa["plane"]})


def energy(
    chunks: Iterable[xr.Dataset],
    weather: pd.DataFrame,
    arrays: pd.DataFrame,
    settings: SolarSettings,
    *,
    site: Site | None = None,
) -> EnergyResult:
    """Return a year's energy per plane: sum, months, month x hour of the day, waterfall, warnings.

    chunks: Datasets as for `hourly_ac`, each with some of the receivers; one is in memory at a time. Receivers no chunk holds are
    left out. arrays: from `modules.arrays`; with a column kwp the energy is that of the packed modules, without it that of 1 kWp a
    plane.
    """
    parts = [_chunk_sums(Chain(poa, weather, settings, arrays=arrays, site=site), weather, settings) for poa in chunks]
    nobody = pd.DataFrame(columns=["irradiation", *LINES], index=pd.Index([], name="array_id", dtype=object), dtype=float)
    levels = pd.concat([part[0] for part in parts]) if parts else nobody
    slots = np.concatenate([np.zeros((SLOTS, 0)), *(part[1] for part in parts)], axis=1)
    return _result(arrays, levels, slots, tuple(weather_warnings(weather, settings)))


def weather_warnings(weather: pd.DataFrame, settings: SolarSettings) -> Iterator[str]:
    """Yield, in the language in force, what the weather lacks and what was done instead."""
    losses = settings.losses
    if not has_temperature(weather):
        yield text("solar.no_temperature", percent=f"{100 * losses.without_temperature:.1f}".replace(".", ","))
    if snow_is_modelled(weather, settings) and (deepest := float(weather["snow_depth"].max())) < LOW_SNOW_CM:
        yield text("solar.little_snow", depth=f"{deepest:.0f}")
    if losses.snow_model == "auto" and not snow_is_modelled(weather, settings):
        yield text("solar.no_snow", percent=f"{100 * losses.snow:.1f}".replace(".", ","))


def _chunk_sums(chain: Chain, weather: pd.DataFrame, settings: SolarSettings) -> tuple[pd.DataFrame, np.ndarray]:
    """Levels of a year [kWh per kWp] by receiver, and (288, receivers) AC by month and hour of the day [kWh per kWp]."""
    hours = _step_h(weather.index)
    sums, last = {}, None
    for line, level in chain.levels():
        sums[line] = level.sum(axis=0, dtype=np.float64) * hours / 1000
        last = level
    slot = _slot(weather.index, settings.losses.clock_utc_offset_h)
    dark = np.ones(len(weather), dtype=bool)
    lit_rows = weather.index.get_indexer(chain.when)
    dark[lit_rows] = False
    idle = -chain.standby_w * hours / 1000
    available = 1 - settings.losses.availability
    for line, share in (("standby", 1.0), ("availability", available)):
        sums[line] = sums[line] + dark.sum() * idle * share
    grid = _grouped(last, slot[lit_rows]) * hours / 1000
    grid += (np.bincount(slot[dark], minlength=SLOTS) * idle * available)[:, None]
    return pd.DataFrame(sums, index=pd.Index(chain.array_ids, name="array_id")), grid


def _grouped(level: np.ndarray, slot: np.ndarray) -> np.ndarray:
    order = np.argsort(slot, kind="stable")
    present, first = np.unique(slot[order], return_index=True)
    out = np.zeros((SLOTS, level.shape[1]))
    if len(present):
        out[present] = np.add.reduceat(level[order], first, axis=0, dtype=np.float64)
    return out


def _step_h(index: pd.DatetimeIndex) -> float:
    return (index[1:] - index[:-1]).median() / pd.Timedelta(hours=1)


def _slot(index: pd.DatetimeIndex, offset_h: int) -> np.ndarray:
    local = index.tz_convert("UTC") + pd.Timedelta(hours=offset_h)
    return np.asarray((local.month - 1) * 24 + local.hour)


def _result(arrays: pd.DataFrame, levels: pd.DataFrame, slots: np.ndarray, warnings: tuple[str, ...]) -> EnergyResult:
    import xarray as xr

    receivers = arrays.set_index("array_id").loc[levels.index]
    kwp = (receivers["kwp"] if "kwp" in receivers else receivers["share"]).astype(float)
    plane = receivers["plane_id"].to_numpy()
    names = pd.Index(pd.unique(plane), name="plane_id")
    owner = names.get_indexer(plane)
    clock = np.zeros((len(names), SLOTS))
    np.add.at(clock, owner, (slots * kwp.to_numpy()).T)
    clock = clock.reshape(len(names), 12, 24).astype(np.float32)
    months, hours = np.arange(1, 13), np.arange(24)
    grid = xr.DataArray(
        clock, dims=("plane", "month", "hour"), coords={"plane": names.to_numpy(), "month": months, "hour": hours}
    )
    totals = levels.mul(kwp, axis=0).groupby(plane).sum().reindex(names)
    per_kwp = levels.mul(receivers["share"], axis=0).groupby(plane).sum().reindex(names)
    monthly = pd.DataFrame(clock.sum(axis=2, dtype=np.float64), index=names, columns=months)
    planes = _figures(per_kwp).assign(kwh=totals["availability"], kwp=kwp.groupby(plane).sum())
    own = _figures(levels).join(receivers[["plane_id", "tilt_deg", "azimuth_deg", "share"]])
    own = own.assign(kwp=kwp, kwh=levels["availability"] * kwp)
    return EnergyResult(planes, monthly, grid, _waterfall(totals), own, warnings)


def _figures(levels: pd.DataFrame) -> pd.DataFrame:
    before = levels["soiling"]
    lost = (before - levels["snow"]) / before.where(before > 0)
    columns = {"kwh_per_kwp": levels["availability"], "poa_kwh_m2": levels["irradiation"], "snow_loss": lost.fillna(0.0)}
    return pd.DataFrame(columns, index=levels.index)


def _waterfall(totals: pd.DataFrame) -> pd.DataFrame:
    steps = totals[["irradiation", *LINES]].diff(axis=1)
    steps["irradiation"] = totals["irradiation"]
    return steps


def with_shade(waterfall: pd.DataFrame, annual: pd.DataFrame) -> pd.DataFrame:
    """Return the waterfall begun at the light without shade: `unshaded`, `trees`, `near`, `far`, then the losses; same sums.

    annual: loss_trees, loss_near and loss_far (shares of the unshaded light) by plane_id. Racks take the shares of the roof they
    stand on.
    """
    shares = annual.reindex(waterfall.index)[list(SHADE)].fillna(0.0)
    unshaded = waterfall["irradiation"] / (1 - shares.sum(axis=1)).clip(lower=1e-6)
    shade = shares.rename(columns=SHADE).mul(-unshaded, axis=0)
    return pd.concat([unshaded.rename("unshaded"), shade, waterfall[list(LINES)]], axis=1)
