"""[emissions]: the halving goal, what the inventory holds, and what counts as too uncertain. Each field names its unit and reason."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.settings.base import Section

Percent = Annotated[float, Field(ge=0, le=100)]
Year = Annotated[int, Field(ge=1900, le=2200)]


class EmissionGoalSettings(Section):
    """The goal as the municipality reads it. Every other reading is computed beside."""

    base_year: Year = 1990
    """Year the emissions are compared with (H4: "jmf med nivåer 1990"). Never moved."""
    target_year: Year = 2030
    """Year the cut is to be reached (H4: "fram till 2030")."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share of the base that may remain in the target year (H4: "halvera")."""
    path: Literal["linear", "exponential"] = "linear"
    """Way from base to target. linear: the same tonnes each year. exponential: the same per cent each year. The goal names none."""
    gas: Literal["co2", "co2e"] = "co2"
    """co2: carbon dioxide alone, the goal's own word (koldioxidutsläppen). co2e: all greenhouse gases."""
    scope: Literal["1", "1+2", "1+2+3"] = "1+2"
    """Which scopes of the GHG Protocol the total holds. The goal names none."""
    electricity: Literal["location", "market"] = "location"
    """location: the Nordic mix. market: the contract, else the Nordic residual mix. GHG Protocol Scope 2 asks for both."""
    heat: Literal["in", "out"] = "in"
    """Whether bought district heating is inside the boundary."""
    boundary: Literal["share", "whole", "without"] = "share"
    """Organisations owned in part (organisationer.toml, in_group = "share"): share: by the share owned. whole: all of them.
    without: none of them. GHG Protocol calls the first equity share."""
    decision_year: Year = 2023
    """Year the cumulative gap is counted from: the council's decision of the goals, 2023-12-19."""

    @model_validator(mode="after")
    def _in_order(self) -> "EmissionGoalSettings":
        if self.base_year >= self.target_year:
            raise ValueError("base_year < target_year")
        return self


class GradeSettings(Section):
    """Half width of the likely range of an amount, per cent, where the row gives no range of its own.

    The municipality's own judgement; the defaults are assumptions in the order the GHG Protocol ranks evidence.
    """

    measured: Percent = 2.0
    """A meter of its own [%]."""
    invoiced: Percent = 5.0
    """An invoice: metered, but period and place may slip [%]."""
    estimated: Percent = 20.0
    """Computed from area, mileage or a like object [%]."""
    reconstructed: Percent = 40.0
    """Pieced together long after, as for 1990 [%]."""

    def share(self, grade: str) -> float:
        """Return the half width of a grade as a share 0..1."""
        return float(getattr(self, grade)) / 100


class EmissionSettings(Section):
    """How emissions are computed and judged."""

    goal: EmissionGoalSettings = Field(default_factory=EmissionGoalSettings)
    """The goal and the reading chosen."""
    grades: GradeSettings = Field(default_factory=GradeSettings)
    """Uncertainty of amounts by grade of evidence."""
    fuel_basis: Literal["tailpipe", "wtw"] = "tailpipe"
    """tailpipe: combustion in scope 1, the fuel's way to the tank in scope 3 (GHG Protocol). wtw: all of it in the row's own scope."""
    gwp: Literal["ar4", "ar5"] = "ar5"
    """Set of warming potentials over 100 years that turns methane, nitrous oxide and refrigerants into CO2e. Named on the page."""
    recalculate_percent: Percent = 5.0
    """A change of structure, method or boundary that moves the base year by at least this recalculates it [%]. Below it, the base
    stands. GHG Protocol asks for a written threshold and names none; 5 % is common (assumption)."""
    trend_years: Annotated[int, Field(ge=3, le=60)] = 10
    """Years back from the latest that the trend is fitted to (Klimatkollen fits from 2015)."""
    unit_slip_ratio: Annotated[float, Field(gt=1)] = 200.0
    """A row this many times more, or less, a day than the middle of its series has probably got the wrong unit (l for m3, kWh for
    MWh slip by 1 000; seasons seldom pass 50)."""
