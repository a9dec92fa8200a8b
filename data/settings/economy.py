"""[economy] and [plan]: what solar power is worth, and how the way to the target is chosen.

Prices are not here: they are dated rows with a source in data/reference/prices.csv, capex.csv and grid_tariffs.csv, and in the
project's own priser.csv.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.settings.base import Section
from data.texts import text

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=-0.05, le=0.25)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class EconomySettings(Section):
    """The value of solar power on one grid connection."""

    discount_rate: Rate | None = None
    """Yearly rate of the calculation (0.025 = 2.5 %). Empty: SKR's internränta of the price list."""
    years: Annotated[int, Field(ge=5, le=50)] = 30
    """Years the plant is counted (Stridh 2015: 30)."""
    years_short: Annotated[int, Field(ge=5, le=50)] = 20
    """Years of the short horizon in which H5 is read too (assumption)."""
    years_long: Annotated[int, Field(ge=5, le=60)] = 40
    """Years of the long horizon in which H5 is read too (assumption)."""
    inverter_years: Annotated[int, Field(ge=5, le=50)] = 15
    """Years between changes of inverter (assumption; data sheets promise 10 to 15)."""
    grid_company: str = "okänt"
    """Row of data/reference/grid_tariffs.csv. "okänt": grid fees count as 0, and it is said."""
    self_use_share: Share = 0.8
    """The size "by self-use" is the largest whose own use is at least this share of what it gives (assumption)."""
    sizes: Annotated[int, Field(ge=1, le=10)] = 5
    """Sizes offered per connection, in even steps up to the full roof, beside best value, self-use and just under the tax limit."""
    energy_tax_limit_kw: Positive = 500.0
    """kW of module power from which a plant pays energy tax on its own use (prop. 2020/21:113)."""
    curtail_negative: bool = True
    """Turn the plant down in hours when selling costs money. Counts only with hourly prices."""
    battery_kwh_per_kwp: NotNegative = 0.0
    """kWh of battery per kWp; 0 = none, the default."""
    battery_efficiency: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Share of stored energy that comes back (assumption)."""
    ancillary_services: bool = False
    """Count income from ancillary services (price row `ancillary_sek_kw`). Off: no such price is known."""
    owners_without_vat_deduction: tuple[str, ...] = ()
    """Owners that cannot deduct VAT on solar power, for instance a housing company that lets dwellings."""
    depreciation_years_modules: Positive = 30.0
    """Years over which modules and mounting are written off in the municipal view (component depreciation)."""
    depreciation_years_inverter: Positive = 15.0
    """Years over which inverters are written off."""
    inverter_share: Share = 0.1
    """Share of the investment that is inverter (assumption)."""
    debt_msek: NotNegative | None = None
    """External debt of the group today, MSEK. Empty: unknown, and the effect on the debt ceiling is told without it."""
    debt_ceiling_msek: Positive = 1150.0
    """Ceiling of the group's external debt, MSEK: Kil's goal E2."""


class WaySettings(Section):
    """Terms of the three ways to get solar cells."""

    company_rate: Rate = 0.04
    """Rate a municipal company calculates with (assumption)."""
    ppa_years: Annotated[int, Field(ge=1, le=40)] = 20
    """Years a bought solar service runs; afterwards the plant is the municipality's (assumption)."""


class PlanSettings(Section):
    """The way to the target."""

    objective: Literal["net_cost", "capex", "npv"] = "net_cost"
    """net_cost: reach the target at least net cost (-NPV). capex: at least investment. npv: highest NPV under the yearly budget,
    whatever MW that gives."""
    years: tuple[int, ...] = ()
    """Years in which may be built. Empty: the five years from this one."""
    max_kw_per_year: Positive | None = None
    """kW that can be built in one year. Empty: no limit."""
    budget_sek_per_year: Positive | None = None
    """SEK that can be invested in one year. Empty: no limit."""
    max_kw_per_owner: dict[str, Positive] = Field(default_factory=dict)
    """kW at most per owner, as written in the facility list."""
    must: tuple[str, ...] = ()
    """facility_id (or id of a parking or ground) that must be built."""
    never: tuple[str, ...] = ()
    """facility_id (or id of a parking or ground) that must not be built."""
    way: Literal["own", "ppa", "company"] = "own"
    """How the plan is paid: own investment, bought solar service or a municipal company. The others are shown beside."""
    include_unknown: bool = True
    """Build on facilities where something is still unknown (suitable or conditional). False: only where all is known."""
    sites: Literal["when_needed", "always", "never"] = "when_needed"
    """Carports and ground as candidates: only when roofs do not reach the target, always or never."""
    carport_cover: Share = 0.5
    """Share of a parking place that modules cover (assumption: lanes stay open)."""
    ground_cover: Share = 0.4
    """Share of a ground area that modules cover (assumption: rows that hardly shade each other)."""
    site_yield_share: Annotated[float, Field(gt=0, le=1.2)] = 0.95
    """Yield of carports and ground outside the surface model as a share of the best tenth of the roofs (assumption until measured)."""
    carport_tilt_deg: Annotated[float, Field(ge=0, le=60)] = 10.0
    """Tilt of a carport's roof, facing south (assumption)."""
    ground_tilt_deg: Annotated[float, Field(ge=0, le=60)] = 25.0
    """Tilt of rows on ground, facing south (assumption)."""
    curve_points: Annotated[int, Field(ge=2, le=60)] = 16
    """Targets at which the curve of marginal cost is solved."""
    gap: Annotated[float, Field(gt=0, le=0.1)] = 1e-4
    """Largest relative gap at which the solver may stop: 0.01 %."""
    time_limit_s: Positive = 60.0
    """Seconds the solver may use for one plan."""
    ways: WaySettings = Field(default_factory=WaySettings)

    @model_validator(mode="after")
    def _consistent(self) -> "PlanSettings":
        both = sorted(set(self.must) & set(self.never))
        if both:
            raise ValueError(text("expected.once", ids=", ".join(both)))
        if any(not 2020 <= year <= 2100 for year in self.years) or len(set(self.years)) != len(self.years):
            raise ValueError(text("expected.years"))
        return self
