"""[solar]: how roofs, shade, irradiance, power, class and verdict are computed. Each field names its unit, reason and source."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.settings.base import Section

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Months = tuple[Annotated[int, Field(ge=1, le=12)], ...]


class ShadeSettings(Section):
    """Shading and irradiance."""

    near_m: Annotated[float, Field(gt=0, le=5000)] = 500.0
    """Metres. Near shade is everything within this distance; beyond it only the far terrain model counts, so that a result does
    not depend on how an area is cut into tiles."""
    directions: Literal[16, 32, 64, 128, 256] = 64
    """Number of horizon directions. 64 gives 0.3 % RMSE on roofs against ray tracing (docs/metod/skuggning.md)."""
    model: Literal["perez-driesse", "perez", "haydavies"] = "perez-driesse"
    """Transposition model (Driesse, Jensen & Perez 2024; pvlib)."""
    albedo: Share = 0.2
    """Ground reflectance: grass and asphalt, pvlib's default."""
    leaf_on_transmittance: Share = 0.03
    """Share of light through a crown in leaf (Konarska et al. 2014, Göteborg: 1-5 %)."""
    leaf_off_transmittance: Share = 0.45
    """Share of light through a bare deciduous crown (Konarska et al. 2014, Göteborg: 40-52 %)."""
    leaf_on_months: Months = (5, 6, 7, 8, 9, 10)
    """Months with leaves: leafing in May, fall at the end of October (Konarska et al. 2014)."""
    point_spacing_m: Annotated[float, Field(ge=0.25, le=5)] = 1.0
    """Metres between sample points on a roof plane."""

    @property
    def tree_transmittance(self) -> tuple[float, ...]:
        """Transmittance of crowns for January..December."""
        on, off = self.leaf_on_transmittance, self.leaf_off_transmittance
        return tuple(on if month in self.leaf_on_months else off for month in range(1, 13))


class RoofSettings(Section):
    """Roof planes and what of them is usable."""

    min_plane_m2: Positive = 8.0
    """Square metres. Smaller planes hold no array worth wiring (four modules)."""
    flat_below_deg: Annotated[float, Field(ge=0, le=10)] = 5.0
    """Degrees. Under this tilt modules stand on racks instead of lying on the roof (assumption, installers' practice)."""
    overhang_m: Annotated[float, Field(ge=0, le=2)] = 0.4
    """Metres. Roof overhang added to a façade footprint when no roof edge is found (Swedish houses: 0.3-0.6 m)."""
    edge_setback_m: NotNegative = 0.3
    """Metres kept free along eaves and gables (assumption; wind load rises at edges, EN 1991-1-4)."""
    ridge_setback_m: NotNegative = 0.3
    """Metres kept free along the ridge (assumption)."""
    flat_edge_setback_m: NotNegative = 1.0
    """Metres kept free along the edges of flat roofs (assumption: fall protection and wind)."""
    rescue_lane_m: NotNegative = 1.0
    """Metres of the lanes kept free for the rescue service between module fields; 0 keeps none. Sweden has no national rule, the
    local rescue service's advice decides (assumption)."""
    rescue_field_m: Positive = 40.0
    """Metres. No field of modules is longer or deeper than this without a lane (assumption; other countries' fire codes say 40 to
    60 m, e.g. Singapore Fire Code 10.2.4: 60 x 40 m)."""
    dsm_date: dt.date | None = None
    """Day the surface model was measured (YYYY-MM-DD, without quotes): the file does not tell. Unknown: the age of the roofs' survey
    is not judged, and that is said."""
    obstacle_allowance: Annotated[float, Field(ge=0, lt=1)] = 0.10
    """Share of the usable area, and of the packed modules, given to chimneys, windows and ladders that 1-2 laser points per m2
    cannot show (assumption)."""


class ModuleSettings(Section):
    """The module and how it stands on a flat roof."""

    power_w: Positive = 450.0
    """Watts at standard test conditions; with the size below 225 W/m2 (a common module of 2024-2026; assumption)."""
    width_m: Positive = 1.134
    """Metres, short side (the common format)."""
    height_m: Positive = 1.762
    """Metres, long side (the common format)."""
    gap_m: NotNegative = 0.02
    """Metres between modules (clamp)."""
    gamma_pdc: Annotated[float, Field(gt=-0.01, le=0)] = -0.0035
    """Power's temperature coefficient per kelvin (crystalline silicon, data sheets -0.0029..-0.0040)."""
    flat_layout: Literal["east-west", "south"] = "east-west"
    """Racks on flat roofs. East-west at 10 deg catches 808 kWh per m2 of roof against 658-675 for south rows."""
    flat_tilt_deg: Annotated[float, Field(ge=0, le=45)] = 10.0
    """Degrees of the racks."""
    tent_gap_m: NotNegative = 0.3
    """Metres between the low edges of two east-west pairs: drain and foothold (assumption)."""
    row_shade_angle_deg: Annotated[float, Field(ge=5, le=60)] = 15.0
    """Degrees. South rows stand so far apart that they shade each other only when the sun, seen along the rows, is lower than this
    (assumption; 15 deg gives the same roof cover, 0.6, as the comparison behind `flat_layout`)."""
    dc_model: Literal["pvwatts", "adr"] = "pvwatts"
    """pvwatts: power falls with cell temperature only. adr: also with weak light (Driesse & Stein 2020), with the `adr_` numbers."""
    adr_k_d: Annotated[float, Field(lt=0)] = -5.49097
    """ADR diode coefficient: the parameter set of pvlib's example "Simulating PV system DC output using the ADR model" (k_a = 1)."""
    adr_tc_d: float = 0.01918
    """ADR temperature coefficient of the diode coefficient, same set."""
    adr_k_rs: Share = 0.06999
    """ADR series resistance loss, same set."""
    adr_k_rsh: Share = 0.26144
    """ADR shunt loss, same set."""
    min_modules: Annotated[int, Field(ge=1)] = 4
    """Fewer modules than this on a plane are not counted."""


class LossSettings(Section):
    """Losses of the electricity chain, each a line of the waterfall."""

    soiling: Share = 0.02
    """Share lost to dirt (Thevenard & Pelland 2013: 2 %)."""
    snow: Share = 0.02
    """Share of the year lost to snow when the weather has no snow depth for the snow model to work on (assumption)."""
    snow_model: Literal["auto", "fixed"] = "auto"
    """auto: the snow model when the weather has snow depth and air temperature, else `snow`. fixed: always `snow`."""
    snow_event_cm: Positive = 2.5
    """Centimetres of new snow in `snow_event_h` hours that cover a module. 2.5 cm (1 inch) in a day is Townsend & Powers' (2011)
    snow event; Marion's 1 cm in one hour misses ordinary Nordic snowfall."""
    snow_event_h: Annotated[int, Field(ge=1, le=72)] = 24
    """Hours over which new snow is summed."""
    snow_strings: Annotated[int, Field(ge=1, le=12)] = 3
    """Parallel strings up the slope: a string touched by snow gives nothing (pvlib dc_loss_nrel; 3 rows of modules is common)."""
    without_temperature: Annotated[float, Field(ge=-0.1, le=0.2)] = 0.02
    """Share lost to module temperature when the weather has no air temperature; the run then says so. With Göteborg's and
    Arlanda's weather a south roof at 25-40 deg loses 1.9-2.3 % (docs/metod/effekt.md)."""
    partial_shade: Share = 0.5
    """How much of Martinez-Moreno's (2010) extra loss of a partly shaded generator is counted: 1 one long string, 0 an optimiser
    on every module (assumption: in between)."""
    mismatch: Share = 0.01
    """Share lost because modules differ (PVWatts v5 gives 2 % for strings without optimisers; assumption for new modules)."""
    wiring: Share = 0.02
    """Share lost in cables (PVWatts v5, Dobos 2014: 2 %)."""
    light_induced: Share = 0.015
    """Share lost in the first days of light (PVWatts v5, Dobos 2014: 1.5 %)."""
    availability: Share = 0.01
    """Share of the time out of operation (assumption; PVWatts v5: 3 %)."""
    inverter_efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.96
    """Nominal inverter efficiency (PVWatts v5: 0.96)."""
    dc_ac_ratio: Annotated[float, Field(ge=0.5, le=3)] = 1.15
    """Module power over inverter power (assumption)."""
    standby_w_per_kw: Annotated[float, Field(ge=0, le=20)] = 0.5
    """Watts an idle inverter draws per kW of inverter power (assumption; data sheets of 10-100 kW inverters: 0.1-1)."""
    ageing_per_year: Annotated[float, Field(ge=0, le=0.05)] = 0.005
    """Share of the power lost a year (0.5 %: Stridh 2015; FACTS of Swedish plants)."""
    age_years: NotNegative = 0.5
    """Age at which the energy is stated: 0.5 = the mean of the first year. Later years belong to the economy."""
    clock_utc_offset_h: Annotated[int, Field(ge=-12, le=14)] = 1
    """Hours added to UTC for months and hours of the day in tables: 1 = Swedish normal time, summer included."""


class ClassSettings(Section):
    """Cuts of the roof classes."""

    basis: Literal["relative", "absolute"] = "relative"
    """relative: per cent of the best unshaded plane at the site with the same weather. absolute: kWh/m2 a year."""
    top: Positive = 95.0
    """mycket bra from this per cent."""
    good: Positive = 80.0
    """bra from this per cent."""
    fair: Positive = 75.0
    """möjlig from this per cent; below: mindre lämplig."""
    top_kwh_m2: Positive = 1000.0
    """mycket bra from this many kWh/m2 when basis is absolute (Swedish solar maps)."""
    good_kwh_m2: Positive = 950.0
    """bra from this many kWh/m2 when basis is absolute (Swedish solar maps)."""
    fair_kwh_m2: Positive = 800.0
    """möjlig from this many kWh/m2 when basis is absolute (assumption)."""
    shade_reason: Share = 0.05
    """A roof losing more than this share to trees, near buildings or terrain has that as a reason."""
    min_confidence: Share = 0.5
    """A plane measured with less confidence than this is not assessed."""
    max_scan_age_years: Positive = 10.0
    """Years. An older survey is a reason to look again."""
    best_tilt_deg: Annotated[float, Field(ge=0, le=90)] = 43.0
    """Degrees. Tilt of the best fixed plane, facing south, that a roof is compared with when the reason is named (59.5 N)."""

    @model_validator(mode="after")
    def _ordered(self) -> "ClassSettings":
        if not (self.top >= self.good >= self.fair and self.top_kwh_m2 >= self.good_kwh_m2 >= self.fair_kwh_m2):
            raise ValueError("top >= good >= fair")
        return self


class VerdictSettings(Section):
    """The written rule for a facility: suitable, conditional, unsuitable or unknown."""

    min_kwp: NotNegative = 10.0
    """kWp. A facility whose roofs of class top, good or fair hold less is unsuitable (assumption: fixed costs dominate)."""
    min_share_top_two: Share = 0.5
    """At least this share of the kWp must be class top or good to be suitable; less is conditional."""
    unsuitable_if_no: tuple[Literal["heritage", "structure", "asbestos", "defence", "grid_limit", "detailed_plan"], ...] = (
        "heritage",
        "structure",
        "defence",
    )
    """Answers "no" that make a facility unsuitable; any other "no" makes it conditional (asbestos can be removed, a grid can be
    built, a permit that departs from the detailed plan can be tried). Whichever it is, a "no" keeps the facility out of the suitable MW."""
    roof_age_years: Positive = 30.0
    """Years. An older roof is changed before modules are laid on it: they last 30 years (assumption)."""
    asbestos_until: int = 1982
    """A roof laid in this year or earlier may hold asbestos: it is asked about. Sweden forbade asbestos in 1982."""
    large_plant_kwp: Positive = 500.0
    """kWp above which the grid company is asked first: also the energy tax limit for one plant, 500 kW (assumption)."""


class UncertaintySettings(Section):
    """Standard uncertainties of a year's energy, each a share of it (Thevenard & Pelland 2013: 9.5 % in all)."""

    climate: Share = 0.039
    """One year against another (Thevenard & Pelland 2013). Common to all roofs."""
    irradiation: Share = 0.05
    """Global irradiation of the weather file (Thevenard & Pelland 2013). Common."""
    transposition: Share = 0.03
    """From horizontal to the plane (Thevenard & Pelland 2013). Common."""
    rating: Share = 0.03
    """Module power against its label (Thevenard & Pelland 2013). Of each plant."""
    soiling: Share = 0.02
    """Dirt (Thevenard & Pelland 2013). Of each plant."""
    snow: Share = 0.015
    """Snow on a roof of `snow_tilt_deg` (Thevenard & Pelland 2013); grows as the roof gets flatter. Common: it snows on all."""
    snow_tilt_deg: Annotated[float, Field(gt=0, le=90)] = 30.0
    """Degrees at which the snow term is the one above; it scales with sin(this) / sin(tilt), at most `snow_at_most` times."""
    snow_at_most: Annotated[float, Field(ge=1)] = 3.0
    """Ceiling of that scaling (assumption)."""
    other: Share = 0.05
    """Everything else (Thevenard & Pelland 2013). Of each plant."""
    shade: Share = 0.25
    """Share of a roof's shading loss that is uncertain (assumption: crowns, growth, transmittance). Of each plant."""
    geometry: Share = 0.03
    """A plane measured with confidence 0 adds this; with confidence 1 nothing (assumption). Of each plant."""
    scan_per_year: Share = 0.003
    """Every year since the survey adds this: trees grow, roofs are rebuilt (assumption). Of each plant."""
    exceedance: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    """Probability with which the stated energy is exceeded: 0.9 = P90."""


class TargetSettings(Section):
    """The goal for solar power."""

    mw: Positive = 6.0
    """MW of module power (DC) to reach: Kil's goal H8."""
    year: int = 2026
    """The year's end by which it is to be reached."""
    reading: Literal["group_total_dc", "municipal_property_total_dc", "municipality_total_dc"] = "group_total_dc"
    """Which plants count: the group's own, those on municipal property, or all in the municipality."""


class SolarSettings(Section):
    """How roofs, shade, power and classes are computed."""

    shade: ShadeSettings = Field(default_factory=ShadeSettings)
    roofs: RoofSettings = Field(default_factory=RoofSettings)
    module: ModuleSettings = Field(default_factory=ModuleSettings)
    losses: LossSettings = Field(default_factory=LossSettings)
    classes: ClassSettings = Field(default_factory=ClassSettings)
    verdict: VerdictSettings = Field(default_factory=VerdictSettings)
    uncertainty: UncertaintySettings = Field(default_factory=UncertaintySettings)
    target: TargetSettings = Field(default_factory=TargetSettings)
    publish_private: bool = False
    """True shows roofs that are not municipal, without owner or name, less `private_objections`."""
    private_objections: tuple[str, ...] = ()
    """building_id of private buildings whose owners do not want to be shown."""
