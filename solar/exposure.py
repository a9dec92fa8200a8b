"""Light on planes behind horizons: pvlib's open year times the share of each component the horizon leaves. docs/metod/instralning.md."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from solar import gather, horizon, sky
from solar.horizon import Horizons
from solar.sky import BEAM, CIRCUMSOLAR, GROUND, HORIZON_BAND, ISOTROPIC, Model, SkyYear, Tables

if TYPE_CHECKING:
    import pandas as pd

LEAF_ON, LEAF_OFF = 0.03, 0.45
TREE_TRANSMITTANCE = tuple(LEAF_ON if 5 <= month <= 10 else LEAF_OFF for month in range(1, 13))
"""Share of light through crowns, January to December (Konarska et al. 2014, Göteborg; the settings' defaults)."""
DIRECTIONS = 64
NEAR_M = 500.0
ALBEDO = 0.2


@dataclass(frozen=True)
class Exposure:
    """Light on n planes.

    open, far, near, all: energy (n, 12, 5) kWh/m2 by month and component with nothing in the way, less far terrain, less what is solid
    within near_m, less trees too. view (n, 12): view factor of the sky; band (n, 12): share left of the horizon band; sky_view (n,):
    view over the year, weighted by the diffuse light.
    """

    open: np.ndarray
    far: np.ndarray
    near: np.ndarray
    all: np.ndarray
    view: np.ndarray
    band: np.ndarray
    sky_view: np.ndarray

    @classmethod
    def of(cls, horizons: Horizons, facing_deg: np.ndarray, light: tuple[SkyYear, Tables], through: np.ndarray) -> Exposure:
        """Return the light above horizons on planes facing_deg (n, 2): tilt, azimuth. through (12,): transmittance of crowns."""
        year_sky, tables = light
        kinds, which = np.unique(facing_deg, axis=0, return_inverse=True)
        open_ = sky.open_year(year_sky, kinds[:, 0], kinds[:, 1])
        bare = _Above.of(horizon.own_slopes(sky.normals(*kinds.T), len(tables.sectors)), sky.normals(*kinds.T), tables)
        open_, bare = open_[which.ravel()], bare.take(which.ravel())
        facing = sky.normals(facing_deg[:, 0], facing_deg[:, 1])
        ground = monthly_sum(year_sky, year_sky.ground)
        far = bare if horizons.far is None else _Above.of(horizons.far, facing, tables)
        near = _Above.of(horizons.solid, facing, tables)
        last = near if horizons.trees is None else near.mixed(_Above.of(horizons.top, facing, tables), through)
        states = [_shaded(open_, state.share_of(bare), ground) for state in (far, near, last)]
        left = last.share_of(bare)
        view = np.broadcast_to(0.5 * (1.0 + facing[:, 2])[:, None] * left.view, (len(facing), 12))
        band = np.broadcast_to(left.band, (len(facing), 12))
        weight = monthly_sum(year_sky, year_sky.middle.isotropic)
        return cls(open_, *states, view, band, view @ weight / weight.sum())

    def table(self, *, monthly: bool) -> np.ndarray:
        """Return the values of `columns`, (n, columns)."""
        year = self.all.sum(axis=1)
        total = self.total("all")
        diffuse = year[:, [CIRCUMSOLAR, ISOTROPIC, HORIZON_BAND]].sum(axis=1)
        values = [year[:, BEAM], diffuse, year[:, GROUND], total, self.sky_view, *self.losses()]
        months = self.all.sum(axis=2)
        return np.column_stack([*values, months] if monthly else values)

    def total(self, state: str) -> np.ndarray:
        """Return (n,) kWh/m2 a year of a state: open, far, near or all."""
        return getattr(self, state).sum(axis=(1, 2))

    def losses(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return shares of the open year lost to trees, near and far; together 1 - total / open."""
        open_, far, near, last = (self.total(state) for state in ("open", "far", "near", "all"))
        return (near - last) / open_, (far - near) / open_, (open_ - far) / open_


@dataclass(frozen=True)
class _Above:
    """Look-ups above a horizon: direct (n, 12, 2) beam and circumsolar [kWh/m2]; view, band (n, 12 or 1)."""

    direct: np.ndarray
    view: np.ndarray
    band: np.ndarray

    @classmethod
    def of(cls, slopes: np.ndarray, facing: np.ndarray, tables: Tables) -> _Above:
        direct = np.zeros((len(slopes), 24), np.float32)
        seen = np.zeros((len(slopes), 2), np.float32)

        def some(part: slice) -> None:
            gather.light(slopes[part], facing[part], tables.sectors, tables.direct, direct[part])
            gather.dome(slopes[part], facing[part], tables.sectors, tables.dome, tables.band, seen[part])

        horizon.in_threads(some, len(slopes), horizon.CHUNK_POINTS)
        return cls(direct.reshape(-1, 12, 2).astype(float), seen[:, :1].astype(float), seen[:, 1:].astype(float))

    def take(self, rows: np.ndarray) -> _Above:
        return _Above(self.direct[rows], self.view[rows], self.band[rows])

    def mixed(self, under: _Above, through: np.ndarray) -> _Above:
        """Return the light where the share `through` (12,) of what crowns hide comes through; under: above crowns too."""

        def mix(solid: np.ndarray, crowned: np.ndarray, share: np.ndarray) -> np.ndarray:
            return share * solid + (1.0 - share) * crowned

        return _Above(
            mix(self.direct, under.direct, through[:, None]),
            mix(self.view, under.view, through),
            mix(self.band, under.band, through),
        )

    def share_of(self, whole: _Above) -> _Above:
        """Return each as share of another's; 1 where that has nothing to lose."""

        def ratio(part: np.ndarray, of: np.ndarray) -> np.ndarray:
            some = of > 1.0e-6
            return np.where(some, np.clip(part, 0.0, None) / np.where(some, of, 1.0), 1.0)

        return _Above(ratio(self.direct, whole.direct), ratio(self.view, whole.view), ratio(self.band, whole.band))


def bare_light(tilt_deg: np.ndarray, azimuth_deg: np.ndarray, tables: Tables) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the tables give planes (n,) with nothing but their own horizon: direct (n, 12, 2), view (n, 1), band (n, 1)."""
    facing = sky.normals(tilt_deg, azimuth_deg)
    above = _Above.of(horizon.own_slopes(facing, len(tables.sectors)), facing, tables)
    return above.direct, above.view, above.band


def _shaded(open_: np.ndarray, share: _Above, ground: np.ndarray) -> np.ndarray:
    """Return energy (n, 12, 5) with each component's share left; what is not sky reflects like ground."""
    out = open_.copy()
    out[:, :, BEAM] *= share.direct[:, :, 0]
    out[:, :, CIRCUMSOLAR] *= share.direct[:, :, 1]
    out[:, :, ISOTROPIC] *= share.view
    out[:, :, HORIZON_BAND] *= share.band
    hidden = 1.0 - share.view
    sky_open = 1.0 - np.divide(open_[:, :, GROUND], ground, out=np.zeros(open_.shape[:2]), where=ground > 0)
    out[:, :, GROUND] += ground * sky_open * hidden
    return out


def monthly_sum(year_sky: SkyYear, power: np.ndarray) -> np.ndarray:
    """Return (12,) kWh/m2 of a power series (hours,) W/m2."""
    return np.bincount(year_sky.month, weights=power, minlength=12) * year_sky.hours / 1000.0


def transmittance(value: float | Sequence[float]) -> np.ndarray:
    """Return (12,) transmittance of crowns, January to December."""
    through = np.broadcast_to(np.asarray(value, dtype=float), (12,)) if np.ndim(value) == 0 else np.asarray(value, dtype=float)
    if through.shape != (12,) or not ((through >= 0) & (through <= 1)).all():
        raise ValueError("tree_transmittance: one share or twelve, 0 to 1")
    return through


def columns(*, monthly: bool) -> list[str]:
    """Return the columns of `annual_irradiation`."""
    names = [f"{part}_kwh_m2" for part in ("beam", "diffuse", "reflected", "total")]
    names += ["sky_view", "loss_trees", "loss_near", "loss_far"]
    return names + [f"total_kwh_m2_{month:02d}" for month in range(1, 13)] if monthly else names


def sky_and_tables(weather: pd.DataFrame, site: Any, *, model: Model, albedo: float, directions: int) -> tuple[SkyYear, Tables]:
    """Return the year's sky and its tables; the last few are remembered, because a municipality has many tiles."""
    return _remembered(_Key.of(weather, site, model, albedo), directions)


@dataclass(frozen=True)
class _Request:
    weather: pd.DataFrame
    site: Any
    model: Model
    albedo: float


@dataclass(frozen=True)
class _Key:
    """A request known by its content."""

    digest: bytes
    request: tuple[_Request, ...]

    @classmethod
    def of(cls, weather: pd.DataFrame, site: Any, model: Model, albedo: float) -> _Key:
        known = [name for name in ("ghi", "dhi", "dni") if name in weather]
        content = hashlib.sha256(np.ascontiguousarray(weather[known].to_numpy(float)).tobytes())
        content.update(weather.index.as_unit("ns").asi8.tobytes())
        where = (site.latitude, site.longitude, getattr(site, "altitude", 0.0))
        content.update(repr((known, str(weather.index.tz), where, model, albedo)).encode())
        return cls(content.digest(), (_Request(weather, site, model, albedo),))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=4)
def _remembered(key: _Key, directions: int) -> tuple[SkyYear, Tables]:
    (asked,) = key.request
    year_sky = _sky(key)
    del asked
    return year_sky, sky.tables(year_sky, directions=directions)


@lru_cache(maxsize=4)
def _sky(key: _Key) -> SkyYear:
    (asked,) = key.request
    return sky.year(asked.weather, asked.site, model=asked.model, albedo=asked.albedo)
