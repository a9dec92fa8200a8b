"""[fleet]: the vehicle goals, how old and new are paired, and what the plan assumes. Each field names its unit, reason and source."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from data.settings.base import Section

Share = Annotated[float, Field(ge=0, le=1)]
Probability = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0, le=3650)]
Hour = Annotated[int, Field(ge=0, le=23)]


class FleetGoalSettings(Section):
    """The two vehicle goals as the municipality reads them. Every other reading is computed beside."""

    definition: str = "fossilfri-drift"
    """Id of the definition of fossil-free (data/reference/definitions.toml). Kil's goal states none: this one is an assumption."""
    base_year: Annotated[int, Field(ge=2000, le=2100)] = 2022
    """Year whose end the share is compared with (H6: "jämfört med 2022")."""
    date: dt.date = dt.date(2026, 12, 31)
    """Day the share is to be reached (H6: "ska år 2026")."""
    increase_percent: Positive = 15.0
    """Per cent (relative) or percentage points, by `reading` (H6: "minst 15 procent")."""
    reading: Literal["relative", "points"] = "relative"
    """relative: share x 1.15. points: share + 15 percentage points. The goal says "procent", so relative is the default."""
    scope: Literal["cars", "light", "all"] = "all"
    """Which vehicles the goal speaks of (H6: "fordon", so all)."""
    machines_in_all: bool = True
    """Whether machines and tractors count in scope `all`. They are vehicles by the act 2001:559, 2 §."""
    decision: dt.date = dt.date(2023, 12, 19)
    """Day from which replacements are judged: the council's decision of the goals."""
    judged_by: Literal["order", "delivery"] = "order"
    """Which day decides whether a replacement falls under the rule."""
    leased: bool = True
    """Whether leased vehicles fall under the rule that replaced vehicles go fossil-free."""
    used: bool = True
    """Whether vehicles bought used fall under it."""
    heavy: bool = True
    """Whether heavy lorries, buses and machines fall under it."""


class RegisterSettings(Section):
    """How the vehicle list becomes a register."""

    other_authorities: tuple[str, ...] = ()
    """Organisations in the list that are not the municipality's, as written there (in Kil the rescue service, a municipal
    association). Their vehicles stand outside the goals."""
    min_rental_days: Days = 365
    """Rentals shorter than this stand outside the goals (rentals under 12 months)."""
    same_stay_days: Days = 45
    """A vehicle gone at most this long and back in the same organisation never left (a lease bought out, a late registration)."""
    used_after_days: Days = 180
    """A vehicle registered more than this before it came is bought used (assumption; demonstration cars are younger)."""
    longest_lead_days: Days = 730
    """A vehicle without order date that came within this after the decision may have been ordered before it (assumption)."""


class MatchSettings(Section):
    """How old and new vehicles are paired: what is believed before looking, and how strongly. docs/metod/fordon.md, 4."""

    years_back: Annotated[int, Field(ge=0, le=20)] = 1
    """Years before the base year from which replacements are paired: the earlier ones teach, only those after the decision are judged."""
    days_before: Days = 90
    """A new vehicle may come at most this many days before the old one leaves."""
    days_after: Days = 180
    """A new vehicle may come at most this many days after the old one left."""
    typical_days: Annotated[float, Field(gt=0, le=365)] = 45.0
    """Days. Spread of the time between them around the middle of the window, believed before looking (assumption)."""
    replaced_share: Probability = 0.8
    """Share of vehicles that leave and get a successor (assumption, learnt from the register)."""
    same_unit: Probability = 0.85
    """Share of successors in the same unit (assumption, learnt)."""
    same_use: Probability = 0.85
    """Share of successors with the same use (assumption, learnt)."""
    same_depot: Probability = 0.85
    """Share of successors at the same depot (assumption, learnt)."""
    same_tenure: Probability = 0.8
    """Share of successors owned or leased as before (assumption, learnt)."""
    class_change: Probability = 0.05
    """Share of successors of another class: its negative logarithm is the cost of a change of class (assumption, learnt)."""
    prior_pairs: Positive = 5.0
    """How many pairs the beliefs above weigh against what the register shows."""
    learn: bool = True
    """Whether the shares are learnt from the register; False keeps the beliefs above."""
    min_confidence: Probability = 0.1
    """A pair less likely than this is not made: the old one then counts as decommissioned and the new one as added."""
    candidates: Annotated[int, Field(ge=2, le=500)] = 60
    """Most new vehicles looked at for each old one in the same class, nearest in time first; those of its own unit are always looked at."""


class ClassPlanSettings(Section):
    """What the plan assumes of one class of vehicle."""

    lead_days: Days
    """Days from order to delivery (assumption; ask the framework supplier)."""
    life_years: Positive
    """Years in the fleet before an owned vehicle is replaced (assumption)."""
    annual_km: NotNegative
    """Kilometres a year where the list does not say (assumption)."""
    fuel_per_km: NotNegative
    """Litres of petrol or diesel per km; kilograms of gas are taken as 0.75 of it (assumption)."""
    kwh_per_km: NotNegative
    """Kilowatt-hours per km from the battery (assumption)."""
    price_fossil_sek: NotNegative
    """Price of a new fossil vehicle, SEK excluding VAT (assumption)."""
    price_electric_sek: NotNegative
    """Price of a new electric vehicle, SEK excluding VAT (assumption)."""
    service_fossil_sek: NotNegative
    """Service and tax a year, fossil, SEK (assumption)."""
    service_electric_sek: NotNegative
    """Service and tax a year, electric, SEK (assumption)."""
    charger_kw: Positive
    """Kilowatts of its charge point (assumption)."""


def _class(*values: float) -> ClassPlanSettings:
    return ClassPlanSettings(**dict(zip(ClassPlanSettings.model_fields, values, strict=True)))


CLASS_PLANS: dict[str, ClassPlanSettings] = {
    "car": _class(150, 6, 15_000, 0.06, 0.18, 280_000, 350_000, 9_000, 6_000, 11),
    "light_lorry": _class(210, 8, 15_000, 0.085, 0.27, 330_000, 430_000, 12_000, 8_000, 11),
    "heavy_lorry": _class(365, 10, 20_000, 0.30, 1.20, 1_500_000, 3_200_000, 60_000, 45_000, 50),
    "bus": _class(365, 10, 40_000, 0.32, 1.10, 2_200_000, 3_800_000, 70_000, 50_000, 50),
    "machine": _class(270, 10, 5_000, 0.40, 1.60, 1_000_000, 1_700_000, 30_000, 20_000, 22),
}
"""Every number is an assumption of a usual size, to be replaced by the municipality's own contracts."""


class PlanSettings(Section):
    """What the plan assumes of time, money and charging."""

    car: ClassPlanSettings = CLASS_PLANS["car"]
    """Assumptions for cars."""
    light_lorry: ClassPlanSettings = CLASS_PLANS["light_lorry"]
    """Assumptions for light lorries."""
    heavy_lorry: ClassPlanSettings = CLASS_PLANS["heavy_lorry"]
    """Assumptions for heavy lorries."""
    bus: ClassPlanSettings = CLASS_PLANS["bus"]
    """Assumptions for buses."""
    machine: ClassPlanSettings = CLASS_PLANS["machine"]
    """Assumptions for machines."""
    electricity_sek_kwh: NotNegative = 1.6
    """SEK per kWh with grid fee and tax, without VAT (assumption)."""
    fuel_sek_litre: NotNegative = 15.5
    """SEK per litre of petrol or diesel, without VAT (assumption)."""
    residual_share: Share = 0.25
    """Share of the price left at the end of the life (assumption)."""
    discount_rate: Annotated[float, Field(ge=0, le=0.2)] = 0.03
    """Yearly interest of the annuity (assumption; the municipality's internal rate)."""
    charging_efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.88
    """Kilowatt-hours into the battery per kilowatt-hour from the socket (assumption)."""
    night_from: Hour = 17
    """First hour of the night's charging, local time (assumption)."""
    night_to: Hour = 6
    """Hour the night's charging ends, local time (assumption)."""
    day_from: Hour = 9
    """First hour of the day's charging, local time (assumption)."""
    day_to: Hour = 15
    """Hour the day's charging ends, local time (assumption)."""
    day_share: Share = 0.2
    """Share of the energy charged in the day's hours, when the sun can give it (assumption)."""
    weekend_share: Share = 0.1
    """Share of the week's energy charged on Saturday and Sunday (assumption)."""
    depots: dict[str, str] = Field(default_factory=dict)
    """Depot as the list names it = facility_id, where the names differ: whose roof the charging is matched with."""
    savings_through: Annotated[int, Field(ge=2000, le=2100)] = 2030
    """Last year for which saved tonnes are computed (H4: "fram till 2030")."""

    @model_validator(mode="before")
    @classmethod
    def _fill_classes(cls, values: Any) -> Any:
        """Let a municipality write only the numbers of a class that it knows."""
        if not isinstance(values, dict):
            return values
        given = {name: tree for name, tree in values.items() if name in CLASS_PLANS and isinstance(tree, dict)}
        return values | {name: CLASS_PLANS[name].model_dump() | tree for name, tree in given.items()}

    def of(self, vehicle_class: str) -> ClassPlanSettings:
        """Return the assumptions for a class; those of a car for one that is not known."""
        return getattr(self, vehicle_class, None) or self.car


class FleetSettings(Section):
    """The vehicle goals, the pairing of old and new, and the plan."""

    goal: FleetGoalSettings = Field(default_factory=FleetGoalSettings)
    """The two goals as they are read."""
    vehicles: RegisterSettings = Field(default_factory=RegisterSettings)
    """How the list becomes a register."""
    match: MatchSettings = Field(default_factory=MatchSettings)
    """How old and new are paired."""
    plan: PlanSettings = Field(default_factory=PlanSettings)
    """What the plan assumes."""
