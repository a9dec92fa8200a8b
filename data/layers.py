"""The tables that pass between modules and into files: one contract each. `label` is the Swedish heading users see.

Input tables end a reader; result tables end a step of solar/. docs/data.md is generated from these.
"""

from data.tables import Column, Table

UNKNOWN_OK_NO = ("unknown", "ok", "no")
FOOTPRINT_POSITIONS = ("facade", "roof_edge", "illustrative", "unknown")
PUBLISH = ("ja", "nej", "utan namn")
CLASSES = ("top", "good", "fair", "poor", "excluded", "not_assessed")
SUITABILITIES = ("suitable", "conditional", "unsuitable", "unknown")
QUESTIONS = (
    "bygglov_att_prova",
    "anmalan_trolig",
    "kulturvarde",
    "totalforsvar",
    "asbest_utred",
    "takbyte_forst",
    "barighet_utred",
    "raddningsstrak",
    "natkapacitet_fraga",
    "hyrd_byggnad",
    "saljs",
)
"""Reason codes where an authority, a survey or the municipality decides: questions to answer before building."""
REASONS = (
    "shade_trees",
    "shade_buildings",
    "shade_terrain",
    "tilt",
    "azimuth",
    "too_small",
    "already_built",
    "no_survey",
    "old_survey",
    "uncertain_geometry",
    "outside_model",
    "not_municipal",
    *QUESTIONS,
)
"""Reason codes of roofs and facilities, in the order they are shown. Their Swedish and English words: texter/solar.toml."""

BUILDINGS = Table(
    "byggnader",
    "Building footprints, one row a building",
    (
        Column("building_id", "str", "stable identity (objektidentitet where known)", "Byggnads-id", unique=True),
        Column("name", "str", "name, where the file has one", "Namn", nullable=True, required=False),
        Column("purpose", "str", "purpose as the file states it (ändamål)", "Ändamål", nullable=True, required=False),
        Column("property_designation", "str", "property (fastighetsbeteckning)", "Fastighet", nullable=True, required=False),
        Column(
            "footprint_position",
            "str",
            "what the outline follows: façade, roof edge or an illustration (insamlingsläge)",
            "Insamlingsläge",
            values=FOOTPRINT_POSITIONS,
        ),
        Column(
            "other_ids",
            "str",
            "ids of the register's other pieces of the same building, joined by ;",
            "Andra byggnads-id",
            nullable=True,
            required=False,
        ),
        Column("geometry", "geometry", "outline", "Geometri"),
    ),
    spatial=True,
)

FACILITIES = Table(
    "fastigheter",
    "The municipality's own facilities, one row a facility; what is not known stays unknown",
    (
        Column("facility_id", "str", "the municipality's own id", "Anläggnings-id", unique=True),
        Column("name", "str", "name as the public knows it", "Namn"),
        Column("owner", "str", "owner: the municipality or a company of its group", "Ägare", nullable=True, required=False),
        Column("property_designation", "str", "property designation", "Fastighetsbeteckning", nullable=True, required=False),
        Column("building_ids", "str", "building ids joined by ;", "Byggnads-id", nullable=True, required=False),
        Column("x", "float", "easting in the municipality's CRS", "X (öst)", unit="m", nullable=True, required=False),
        Column("y", "float", "northing in the municipality's CRS", "Y (nord)", unit="m", nullable=True, required=False),
        Column(
            "use", "str", "what it is used for (skola, äldreboende, idrottshall ...)", "Verksamhet", nullable=True, required=False
        ),
        Column("floor_area_m2", "float", "heated floor area", "Yta (m²)", unit="m²", minimum=0, nullable=True, required=False),
        Column(
            "annual_kwh",
            "float",
            "electricity used in a year",
            "Elanvändning (kWh/år)",
            unit="kWh",
            minimum=0,
            nullable=True,
            required=False,
        ),
        Column("building_year", "int", "year built", "Byggår", minimum=1000, maximum=2100, nullable=True, required=False),
        Column("roof_year", "int", "year the roof was laid", "Takår", minimum=1000, maximum=2100, nullable=True, required=False),
        Column(
            "roof_change_year",
            "int",
            "year a new roof is planned",
            "Planerat takbyte",
            minimum=2000,
            maximum=2100,
            nullable=True,
            required=False,
        ),
        Column("roof_material", "str", "roof covering", "Takmaterial", nullable=True, required=False),
        Column(
            "asbestos",
            "str",
            "free of asbestos: ok, no (has it) or unknown",
            "Asbest",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "structure",
            "str",
            "load-bearing checked: ok, no or unknown",
            "Bärighet",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "heritage",
            "str",
            "no heritage value in the way: ok, no or unknown",
            "Kulturvärde",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "detailed_plan",
            "str",
            "the detailed plan allows solar cells: ok, no or unknown",
            "Detaljplan",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "defence",
            "str",
            "no defence interest in the way: ok, no or unknown",
            "Totalförsvar",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "grid_limit",
            "str",
            "grid can take it: ok, no or unknown",
            "Nätkapacitet",
            values=UNKNOWN_OK_NO,
            required=False,
            nullable=True,
        ),
        Column(
            "grid_limit_kw",
            "float",
            "largest feed-in the grid company has stated",
            "Nätgräns (kW)",
            unit="kW",
            minimum=0,
            nullable=True,
            required=False,
        ),
        Column("meter_id", "str", "electricity meter (anläggnings-id), never public", "Mätar-id", nullable=True, required=False),
        Column("fuse_a", "float", "main fuse, never public", "Säkring (A)", unit="A", minimum=0, nullable=True, required=False),
        Column(
            "subscribed_kw",
            "float",
            "subscribed power, never public",
            "Abonnerad effekt (kW)",
            unit="kW",
            minimum=0,
            nullable=True,
            required=False,
        ),
        Column("rented", "bool", "the building is rented from someone else", "Hyrd", nullable=True, required=False),
        Column("to_be_sold", "bool", "the building is to be sold", "Ska säljas", nullable=True, required=False),
        Column("publish", "str", "may be shown in public", "Publicera", values=PUBLISH, nullable=True, required=False),
        Column("remark", "str", "internal remark, never public", "Anmärkning", nullable=True, required=False),
    ),
)

PLANTS = Table(
    "anlaggningar_byggda",
    "Solar plants already built or decided",
    (
        Column("plant_id", "str", "id", "Id", unique=True),
        Column("name", "str", "name", "Namn"),
        Column("building_id", "str", "building it stands on", "Byggnads-id", nullable=True, required=False),
        Column("facility_id", "str", "facility it belongs to", "Anläggnings-id", nullable=True, required=False),
        Column("owner", "str", "who owns the plant", "Ägare", nullable=True, required=False),
        Column("x", "float", "easting, where it stands on no building", "X (öst)", unit="m", nullable=True, required=False),
        Column("y", "float", "northing", "Y (nord)", unit="m", nullable=True, required=False),
        Column("kwp", "float", "module power (DC)", "Toppeffekt (kW)", unit="kW", minimum=0),
        Column("ac_kw", "float", "inverter power (AC)", "Växelriktare (kW)", unit="kW", minimum=0, nullable=True, required=False),
        Column("in_use", "date", "day it was put into use; empty = decided, not built", "I drift", nullable=True, required=False),
        Column("ownership", "str", "own, leased or ppa", "Form", values=("own", "leased", "ppa"), nullable=True, required=False),
    ),
)

ROOF_PLANES = Table(
    "takytor",
    "Roof planes as geometry, before any light falls on them",
    (
        Column("plane_id", "str", "<building_id>-<n>, stable between runs", "Takyta", unique=True),
        Column("building_id", "str", "building", "Byggnads-id"),
        Column("tilt_deg", "float", "tilt from horizontal", "Lutning", unit="°", minimum=0, maximum=90),
        Column(
            "azimuth_deg", "float", "direction the plane faces, from true north", "Väderstreck", unit="°", minimum=0, maximum=360
        ),
        Column("is_flat", "bool", "tilt under 2 degrees", "Platt"),
        Column("area_m2", "float", "true (inclined) area", "Area", unit="m²", minimum=0),
        Column("z_m", "float", "height at the centroid, in the model's height system", "Höjd", unit="m"),
        Column("ground_z_m", "float", "ground below", "Markhöjd", unit="m", nullable=True),
        Column(
            "fit_rmse_m",
            "float",
            "root mean square distance of the measured heights from the plane",
            "Passning",
            unit="m",
            minimum=0,
            nullable=True,
        ),
        Column(
            "points_per_m2",
            "float",
            "measured heights per square metre of ground",
            "Täthet",
            unit="1/m²",
            minimum=0,
            nullable=True,
        ),
        Column(
            "coverage",
            "float",
            "share of the polygon covered by measured heights",
            "Täckning",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        Column(
            "confidence",
            "float",
            "probability that angle and area are right (within 3 deg and 10 %)",
            "Säkerhet",
            minimum=0,
            maximum=1,
        ),
        Column(
            "roof_edge",
            "str",
            "how the outline's edge was found: given by the footprint, measured, or façade plus assumed overhang",
            "Takkant",
            values=("given", "measured", "overhang"),
            nullable=True,
            required=False,
        ),
        Column("survey_date", "date", "when it was measured", "Mätdatum", nullable=True),
        Column("geometry", "geometry", "projected outline", "Geometri"),
    ),
    spatial=True,
)

TAK = Table(
    "tak",
    "Roof planes with light, power and class: layer `tak`",
    (
        *(c for c in ROOF_PLANES.columns if c.name != "geometry"),
        Column("facility_id", "str", "municipal facility the building belongs to", "Anläggnings-id", nullable=True),
        Column("name", "str", "facility or building name; never a private owner's", "Namn", nullable=True),
        Column("owner", "str", "owner within the municipal group; empty for all others", "Ägare", nullable=True),
        Column("usable_m2", "float", "area left after set-backs and obstacles", "Användbar yta", unit="m²", minimum=0),
        Column(
            "sky_view",
            "float",
            "share of the plane's own hemisphere weighted sky that is open",
            "Himmelsvy",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        Column(
            "poa_kwh_m2",
            "float",
            "irradiation in the plane a year, with shade",
            "Instrålning",
            unit="kWh/m²",
            minimum=0,
            nullable=True,
        ),
        Column(
            "poa_unshaded_kwh_m2",
            "float",
            "the same without shade",
            "Instrålning utan skugga",
            unit="kWh/m²",
            minimum=0,
            nullable=True,
        ),
        Column("loss_trees", "float", "share lost to trees", "Förlust träd", minimum=0, maximum=1, nullable=True),
        Column(
            "loss_near",
            "float",
            "share lost to buildings and ground within near_m",
            "Förlust nära",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        Column(
            "loss_far", "float", "share lost to terrain beyond near_m", "Förlust terräng", minimum=0, maximum=1, nullable=True
        ),
        Column("snow_loss", "float", "share of the energy lost to snow", "Snöförlust", minimum=0, maximum=1, nullable=True),
        Column("kwp", "float", "module power (DC)", "Toppeffekt", unit="kW", minimum=0),
        Column("kwh", "float", "energy (AC) in a typical year", "El per år", unit="kWh", minimum=0, nullable=True),
        Column("kwh_per_kwp", "float", "specific yield", "Utbyte", unit="kWh/kW", minimum=0, nullable=True),
        Column("p90_kwh", "float", "energy exceeded in nine years of ten", "El per år P90", unit="kWh", minimum=0, nullable=True),
        Column("class", "str", "class", "Klass", values=CLASSES),
        Column("reasons", "str", "reason codes joined by ;", "Skäl"),
        Column("modules", "int", "number of packed modules", "Moduler", minimum=0, nullable=True, required=False),
        Column(
            "packed_m2", "float", "area of the packed modules", "Modulyta", unit="m²", minimum=0, nullable=True, required=False
        ),
        Column(
            "kwp_without_lanes",
            "float",
            "module power if no lanes were kept free for the rescue service",
            "Toppeffekt utan räddningsstråk",
            unit="kW",
            minimum=0,
            nullable=True,
            required=False,
        ),
        Column("built_kwp", "float", "module power already in use", "Byggt", unit="kW", minimum=0, nullable=True, required=False),
        Column(
            "best_pct",
            "float",
            "irradiation in per cent of the best unshaded plane here",
            "Av bästa läge",
            unit="%",
            minimum=0,
            nullable=True,
            required=False,
        ),
        Column("geometry", "geometry", "projected outline", "Geometri"),
    ),
    spatial=True,
)

ANLAGGNINGAR = Table(
    "anlaggningar",
    "Municipal facilities with their verdict: layer `anlaggningar`",
    (
        Column("facility_id", "str", "facility", "Anläggnings-id", unique=True),
        Column("name", "str", "name", "Namn"),
        Column("owner", "str", "owner", "Ägare", nullable=True),
        Column("suitability", "str", "verdict by the written rule", "Lämplighet", values=SUITABILITIES),
        Column(
            "kwp", "float", "module power of class top, good and fair roofs", "Toppeffekt", unit="kW", minimum=0, nullable=True
        ),
        Column("kwh", "float", "energy of the same roofs in a typical year", "El per år", unit="kWh", minimum=0, nullable=True),
        Column("best_class", "str", "best class among its roofs", "Bästa klass", values=CLASSES, nullable=True),
        Column(
            "share_kwp_top_two",
            "float",
            "share of kwp in class top and good",
            "Andel i de två bästa klasserna",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        Column("heritage", "str", "heritage", "Kulturvärde", values=UNKNOWN_OK_NO),
        Column("structure", "str", "load-bearing", "Bärighet", values=UNKNOWN_OK_NO),
        Column("asbestos", "str", "asbestos", "Asbest", values=UNKNOWN_OK_NO),
        Column("defence", "str", "defence interests", "Totalförsvar", values=UNKNOWN_OK_NO, nullable=True, required=False),
        Column("roof_year", "int", "year the roof was laid", "Takår", nullable=True),
        Column("grid_limit", "str", "grid", "Nätkapacitet", values=UNKNOWN_OK_NO),
        Column("reasons", "str", "reason codes joined by ;", "Skäl"),
        Column("missing", "str", "names of the unknown columns joined by ;", "Saknas"),
        Column("sentence", "str", "the verdict as one sentence", "Bedömning"),
        Column("publish", "str", "may be shown in public", "Publicera", values=PUBLISH),
        Column("built_kwp", "float", "module power already in use", "Byggt", unit="kW", minimum=0),
        Column("geometry", "geometry", "the facility's buildings as one geometry", "Geometri"),
    ),
    spatial=True,
)

BUILDING_STATES = ("assessed", "partly_outside", "outside", "no_heights", "no_roof")
"""All of it assessed; some of it outside the surface model; all of it outside; inside, but the model has no heights there; inside, but
no roof plane was found."""

BYGGNADER = Table(
    "byggnader",
    "Every building of the footprints file and what became of it: layer `byggnader`",
    (
        Column("building_id", "str", "building", "Byggnads-id", unique=True),
        Column("facility_id", "str", "municipal facility it belongs to", "Anläggnings-id", nullable=True),
        Column("name", "str", "name, where the file has one", "Namn", nullable=True, required=False),
        Column("purpose", "str", "purpose as the file states it", "Ändamål", nullable=True, required=False),
        Column("property_designation", "str", "property (fastighetsbeteckning)", "Fastighet", nullable=True, required=False),
        Column("other_ids", "str", "ids of the register's other pieces", "Andra byggnads-id", nullable=True, required=False),
        Column("footprint_position", "str", "what the outline follows", "Insamlingsläge", values=FOOTPRINT_POSITIONS),
        Column("footprint_m2", "float", "area of the outline", "Byggnadsyta", unit="m²", minimum=0),
        Column("planes", "int", "number of roof planes found", "Takytor", minimum=0),
        Column("kwp", "float", "module power its roofs hold", "Toppeffekt", unit="kW", minimum=0),
        Column("state", "str", "assessed, or why not", "Läge", values=BUILDING_STATES),
        Column(
            "hole_share",
            "float",
            "share of the outline where the surface model has no height",
            "Andel utan höjd",
            minimum=0,
            maximum=1,
            required=False,
        ),
        Column(
            "roof_source",
            "str",
            "what showed the roof: laser points, the surface model or the city model",
            "Takens källa",
            values=("laser", "dsm", "citymodel", "none"),
            nullable=True,
            required=False,
        ),
        Column("geometry", "geometry", "outline", "Geometri"),
    ),
    spatial=True,
)

MODULER = Table(
    "moduler",
    "The packed modules, one rectangle each: layer `moduler`",
    (
        Column("plane_id", "str", "roof plane", "Takyta"),
        Column("array_id", "str", "receiver: the plane itself, or one of its racks", "Modulfält"),
        Column("module_n", "int", "number within the plane, from the eaves", "Nummer", minimum=1),
        Column("orientation", "str", "portrait: long side up the slope", "Läggning", values=("portrait", "landscape")),
        Column("row", "int", "row within the plane", "Rad", minimum=0),
        Column("geometry", "geometry", "projected rectangle", "Geometri"),
    ),
    spatial=True,
)
