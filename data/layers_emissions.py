"""The tables of the emissions that pass between modules and into files: one contract each. `label` is the Swedish heading.

`ACTIVITIES` ends the reader of aktiviteter.xlsx and basar.xlsx; `INVENTORY` ends `climate.inventory`; the others are reference lists.
"""

from data.tables import Column, Dtype, Table

SCOPES = ("1", "2", "3")
SCOPE_SETS = ("1", "1+2", "1+2+3")
"""Which scopes a total holds."""
GASES = ("co2", "co2e")
ELECTRICITY = ("location", "market")
FUEL_BASES = ("tailpipe", "wtw")
"""What a fuel's factor holds: what leaves the pipe, or the whole way from well to wheel."""
BASES = ("low", "mid", "high")
BOUNDARIES = ("share", "whole", "without")
"""How organisations owned in part count: by share, whole, or not at all."""
HEAT = ("in", "out")
"""District heating inside or outside the boundary."""
GRADES = ("measured", "invoiced", "estimated", "reconstructed")
FACTOR_GASES = ("co2", "ch4", "n2o", "co2e", "biogenic_co2")
FACTOR_BASES = ("tailpipe", "wtw", "location", "market", "supplier")
FACTOR_STATUSES = ("published", "derived", "carried", "own")
"""published: as its source prints it. derived: computed from published numbers. carried: another year's, used because none is known.
own: from the municipality's own list."""
FACTOR_UNITS = ("g/MJ", "g/kWh", "g/km", "kg/kg")
CERTAINTIES = ("done", "decided", "planned", "idea")
MEASURE_KINDS = ("fleet", "solar", "other")


def _opt(
    name: str,
    dtype: Dtype,
    meaning: str,
    label: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    values: tuple[str, ...] = (),
) -> Column:
    """Return a column that may be absent and may be empty."""
    return Column(name, dtype, meaning, label, unit=unit, minimum=minimum, values=values, nullable=True, required=False)


ACTIVITIES = Table(
    "aktiviteter",
    "What the group used, one row an invoice, a meter's period or an estimate: amount x factor = emissions",
    (
        _opt("start", "date", "first day of the period (or write År, or År and Månad)", "Från"),
        _opt("end", "date", "last day of the period", "Till"),
        _opt("year", "int", "calendar year, instead of Från and Till", "År", minimum=1900),
        _opt("month", "int", "month 1-12, with År", "Månad", minimum=1),
        Column("organisation", "str", "municipality or company, as in organisationer.toml", "Organisation"),
        _opt("scope", "str", "scope by the GHG Protocol; empty = the carrier's usual one", "Scope", values=SCOPES),
        Column("activity", "str", "what it was used for: uppvärmning, el, fordon ...", "Verksamhet"),
        _opt("site", "str", "building, meter or card the row belongs to", "Plats eller mätare"),
        Column("carrier", "str", "what was used: diesel, el, fjärrvärme ...", "Energibärare"),
        Column("amount", "float", "amount in the unit beside it", "Mängd"),
        Column("unit", "str", "unit of the amount: l, m3, kWh, MWh, kg, ton, Nm3, km ...", "Enhet"),
        Column("grade", "str", "how well it is known", "Underlagets kvalitet", values=GRADES),
        _opt("low", "float", "lowest amount that is likely, in the same unit", "Lägst"),
        _opt("high", "float", "highest amount that is likely, in the same unit", "Högst"),
        _opt("net", "str", "district-heating net, as in organisationer.toml", "Fjärrvärmenät"),
        _opt("contract_g_kwh", "float", "the electricity contract's own factor", "Elavtal (g CO2e/kWh)", unit="g/kWh", minimum=0),
        _opt("invoice", "str", "invoice number", "Fakturanummer"),
        _opt("credits", "str", "number of the invoice this row takes back", "Krediterar faktura"),
        _opt("evidence", "str", "what the number rests on", "Underlag"),
    ),
)

BASE_YEAR = Table(
    "basar",
    "Reconstruction of the base year: what is known of each carrier, from where, with a range",
    tuple(column for column in ACTIVITIES.columns if column.name not in ("invoice", "credits", "month")),
)

FACTORS = Table(
    "faktorer",
    "Emission factors, one row a carrier, gas, basis and interval of days",
    (
        Column("carrier", "str", "id of the carrier (data/reference/carriers.toml)", "Energibärare"),
        Column("gas", "str", "gas of the factor; co2 is fossil carbon dioxide", "Gas", values=FACTOR_GASES),
        Column("basis", "str", "what the factor holds", "Bas", values=FACTOR_BASES),
        _opt("net", "str", "district-heating net", "Fjärrvärmenät"),
        Column("valid_from", "date", "first day", "Gäller från"),
        Column("valid_to", "date", "last day; empty = still", "Gäller till", nullable=True),
        Column("value", "float", "the factor", "Värde", minimum=0),
        Column("unit", "str", "unit of the factor", "Enhet", values=FACTOR_UNITS),
        Column("status", "str", "published, derived, carried or own", "Ursprung", values=FACTOR_STATUSES),
        Column("uncertainty_percent", "float", "half width of the likely range", "Osäkerhet (%)", unit="%", minimum=0),
        Column("source", "str", "where the number stands", "Källa"),
        _opt("note", "str", "how it was derived, or from which year it was carried", "Anmärkning"),
    ),
)

MEASURES = Table(
    "atgarder",
    "Decided and planned measures beside those of the fleet and solar plans, one row a measure",
    (
        Column("measure", "str", "name of the measure", "Åtgärd"),
        _opt("organisation", "str", "who does it", "Organisation"),
        Column("kind", "str", "fleet and solar rows are left out where those plans are computed", "Slag", values=MEASURE_KINDS),
        _opt("activity", "str", "activity whose emissions it lowers; together they cannot save more than there is", "Verksamhet"),
        Column("start", "date", "first day of effect", "Från"),
        _opt("end", "date", "last day of effect; empty = lasting", "Till"),
        Column("tonnes_a_year", "float", "tonnes saved in a full year", "Effekt (ton CO2e/år)", unit="t", minimum=0),
        Column("certainty", "str", "done, decided, planned or an idea", "Säkerhet", values=CERTAINTIES),
        _opt("evidence", "str", "decision or calculation behind it", "Underlag"),
    ),
)

EDITIONS = Table(
    "utgavor",
    "Earlier published totals of the group's own inventory: never mixed with the present one",
    (
        Column("year", "int", "year of the emissions", "År", minimum=1900),
        Column("gas", "str", "gas", "Gas", values=GASES),
        Column("scope", "str", "scopes in the total", "Scope", values=SCOPE_SETS),
        Column("tonnes", "float", "tonnes", "Ton", unit="t", minimum=0),
        Column("edition", "str", "edition, year and month of publication", "Utgåva"),
        _opt("electricity", "str", "basis of electricity", "Elbas", values=ELECTRICITY),
    ),
)

TERRITORY = Table(
    "territoriet",
    "Emissions within the municipality's borders, whoever makes them: a series an edition, a gas and a sector",
    (
        Column("year", "int", "year", "År", minimum=1900),
        Column("gas", "str", "gas", "Gas", values=GASES),
        Column("sector", "str", "sector; Totalt for the sum", "Sektor"),
        Column("tonnes", "float", "tonnes", "Ton", unit="t", minimum=0),
        Column("edition", "str", "edition of the series", "Utgåva"),
        _opt("source", "str", "who publishes it", "Källa"),
    ),
)

INVENTORY = Table(
    "inventering",
    "Emissions, one row a piece of an activity row within one year and one factor, gas and basis",
    (
        Column("year", "int", "calendar year", "År"),
        Column("organisation", "str", "organisation", "Organisation"),
        Column("scope", "str", "scope", "Scope", values=SCOPES),
        Column("activity", "str", "activity", "Verksamhet"),
        Column("carrier", "str", "carrier", "Energibärare"),
        Column("gas", "str", "co2 or co2e", "Gas", values=GASES),
        Column("electricity", "str", "basis of electricity", "Elbas", values=ELECTRICITY),
        Column("fuel_basis", "str", "basis of fuels", "Bränslebas", values=FUEL_BASES),
        Column("tonnes", "float", "emissions", "Ton", unit="t"),
        Column("low", "float", "lowest likely", "Lägst", unit="t"),
        Column("high", "float", "highest likely", "Högst", unit="t"),
        Column("grade", "str", "evidence grade of the amount", "Underlagets kvalitet", values=GRADES),
        Column("factor_status", "str", "where the factor comes from", "Faktorns ursprung", values=FACTOR_STATUSES),
        Column("days", "int", "days of the piece", "Dagar"),
        Column("row", "int", "row in the file", "Rad"),
        Column("file", "str", "file", "Fil"),
    ),
)
