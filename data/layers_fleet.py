"""The tables of the fleet that pass between modules and into files: one contract each. `label` is the Swedish heading.

`VEHICLE_ROWS` ends the reader; `VEHICLES` ends `fleet.register`; the others end the steps after it.
"""

from data.tables import Column, Dtype, Table

CLASSES = ("car", "light_lorry", "heavy_lorry", "bus", "machine", "other", "trailer", "unknown")
EU_CLASSES = ("M1", "M2", "M3", "N1", "N2", "N3", "L", "T", "O")
TENURES = ("owned", "leased", "rental", "unknown")
FUELS = ("petrol", "diesel", "electric", "hydrogen", "ethanol", "gas", "lpg", "hvo", "biodiesel", "unspecified", "other")
"""Fuels. unspecified: petrol or diesel, the list does not say which (a hybrid)."""
STATUSES = ("in_traffic", "off_road", "deregistered", "unknown")
DATE_BASES = ("stated", "first_registered", "snapshot", "unknown")
PLATES = ("old", "new", "personal", "none", "invalid")
OUTSIDE = ("emergency", "other_authority", "short_rental", "deregistered", "off_road", "trailer")
"""Why a vehicle stands outside the goal, in the order they are tried."""
STATES = ("inferred", "confirmed", "rejected")
KINDS = ("replacement", "decommissioning", "addition")
VERDICTS = (
    "violation",
    "exemption_expired",
    "unknown",
    "exempt",
    "compliant",
    "before_decision",
    "outside",
    "not_replacement",
)
"""Verdicts of a pair, in the order a reader needs them."""


def _opt(
    name: str,
    dtype: Dtype,
    meaning: str,
    label: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    values: tuple[str, ...] = (),
) -> Column:
    """Return a column that may be absent and may be empty."""
    return Column(
        name,
        dtype,
        meaning,
        label,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        values=values,
        nullable=True,
        required=False,
    )


_FACTS = (
    _opt("company", "str", "organisation that has the vehicle", "Bolag"),
    _opt("unit", "str", "unit or department", "Enhet"),
    _opt("use", "str", "what it is used for", "Användning"),
    _opt("depot", "str", "where it is parked at night", "Depå"),
    _opt("make", "str", "make", "Fabrikat"),
    _opt("model", "str", "model", "Modell"),
    Column("vehicle_class", "str", "class of vehicle", "Fordonsslag", values=CLASSES),
    _opt("eu_class", "str", "EU class (M1, N1 ...)", "EU-kategori", values=EU_CLASSES),
    Column("tenure", "str", "owned, leased or rented", "Ägt/leasat", values=TENURES),
    _opt("fuel_1", "str", "first fuel", "Drivmedel 1", values=FUELS),
    _opt("fuel_2", "str", "second fuel", "Drivmedel 2", values=FUELS),
    _opt("fuel_3", "str", "third fuel", "Drivmedel 3", values=FUELS),
    _opt("plug_in", "bool", "charged from outside (elfordon, SFS 2022:315)", "Laddbar"),
    _opt("hvo100", "bool", "approved by its maker for HVO100", "Godkänd för HVO100"),
    _opt("co2_g_km", "float", "CO2 by type approval", "CO2 (g/km)", unit="g/km", minimum=0, maximum=1500),
    _opt("rde_percent", "float", "emissions in per cent of the RDE limits", "RDE (%)", unit="%", minimum=0, maximum=1000),
    _opt("first_registered", "date", "first day in traffic", "Först i trafik"),
    _opt("ordered", "date", "day of the order", "Beställd"),
    _opt("lease_end", "date", "last day of the lease", "Leasing slutar"),
    Column("status", "str", "status in the road traffic register", "Fordonsstatus", values=STATUSES),
    _opt("odometer_km", "float", "odometer", "Mätarställning (km)", unit="km", minimum=0, maximum=3e6),
    _opt("annual_km", "float", "distance in a year", "Körsträcka per år (km)", unit="km", minimum=0, maximum=5e5),
    Column("emergency", "bool", "emergency vehicle", "Utryckningsfordon"),
    Column("other_authority", "bool", "belongs to another authority", "Annan myndighet"),
    Column("private", "bool", "private lease or a person's car", "Privat"),
    _opt("replaces", "str", "registration number it replaces, as the file states", "Ersätter"),
)

VEHICLE_LIST = Table(
    "fordonslista",
    "Headings of a fleet manager's list, any of them in any order; words for them: data/reference/fordon_synonymer.toml",
    (
        _opt("registration", "str", "registration number", "Registreringsnummer"),
        _opt("company", "str", "organisation", "Bolag"),
        _opt("unit", "str", "unit", "Enhet"),
        _opt("use", "str", "what it is used for", "Användning"),
        _opt("depot", "str", "where it is parked at night", "Depå"),
        _opt("make", "str", "make", "Fabrikat"),
        _opt("model", "str", "model", "Modell"),
        _opt("class", "str", "kind of vehicle", "Fordonsslag"),
        _opt("eu_class", "str", "EU class", "EU-kategori"),
        _opt("weight_kg", "float", "total weight", "Totalvikt (kg)", unit="kg"),
        _opt("tenure", "str", "owned, leased or rented", "Ägt/leasat"),
        _opt("leasing", "bool", "leased", "Leasing"),
        _opt("fuel", "str", "fuel or fuels", "Drivmedel"),
        _opt("fuel_1", "str", "first fuel", "Drivmedel 1"),
        _opt("fuel_2", "str", "second fuel", "Drivmedel 2"),
        _opt("fuel_3", "str", "third fuel", "Drivmedel 3"),
        _opt("electric", "str", "battery, plug-in or hybrid", "Elfordon"),
        _opt("plug_in", "bool", "charged from outside", "Laddbar"),
        _opt("hvo100", "bool", "approved for HVO100", "Godkänd för HVO100"),
        _opt("co2_g_km", "float", "CO2 by type approval", "CO2 (g/km)", unit="g/km"),
        _opt("rde_percent", "float", "emissions in per cent of the RDE limits", "RDE (%)", unit="%"),
        _opt("first_registered", "date", "first day in traffic", "Först i trafik"),
        _opt("ordered", "date", "day of the order", "Beställd"),
        _opt("in_date", "date", "first day in the fleet", "I drift från"),
        _opt("out_date", "date", "first day no longer in the fleet", "Ur drift"),
        _opt("lease_end", "date", "last day of the lease", "Leasing slutar"),
        _opt("snapshot", "date", "day the row describes", "Per datum"),
        _opt("status", "str", "status in the road traffic register", "Fordonsstatus"),
        _opt("odometer_km", "float", "odometer", "Mätarställning (km)", unit="km"),
        _opt("odometer_unit", "str", "unit of the odometer", "Mätarställning enhet"),
        _opt("annual_km", "float", "distance in a year", "Körsträcka per år (km)", unit="km"),
        _opt("emergency", "bool", "emergency vehicle", "Utryckningsfordon"),
        _opt("other_authority", "bool", "belongs to another authority", "Annan myndighet"),
        _opt("private", "bool", "private lease or a person's car", "Privat"),
        _opt("replaces", "str", "registration number it replaces", "Ersätter"),
    ),
)

VEHICLE_ROWS = Table(
    "fordonsrader",
    "The vehicle list as read: one row a row of the file, words made codes, faults told",
    (
        _opt("registration", "str", "registration number, normalised", "Registreringsnummer"),
        Column("plate", "str", "kind of number plate", "Skylttyp", values=PLATES),
        *_FACTS,
        _opt("in_date", "date", "first day in the fleet", "I drift från"),
        _opt("out_date", "date", "first day no longer in the fleet", "Ur drift"),
        _opt("snapshot", "date", "day the row describes, for yearly lists", "Per datum"),
        Column("file", "str", "file", "Fil"),
        _opt("sheet", "str", "sheet", "Blad"),
        Column("row", "int", "row in the sheet", "Rad", minimum=1),
    ),
)

VEHICLES = Table(
    "fordon",
    "The register: one row a stay of one vehicle in one organisation",
    (
        Column("vehicle_id", "str", "registration number, with #2 for a second stay", "Fordon", unique=True),
        *VEHICLE_ROWS.columns[:-6],  # all but the dates and where the row stands
        Column("in_date", "date", "first day in the fleet; empty = not known", "I drift från", nullable=True),
        Column("in_basis", "str", "what the first day rests on", "Grund för startdag", values=DATE_BASES),
        _opt("in_earliest", "date", "earliest possible first day, when only known between two lists", "I drift tidigast"),
        Column("out_date", "date", "first day no longer in the fleet; empty = still there", "Ur drift", nullable=True),
        Column("out_basis", "str", "what the last day rests on", "Grund för slutdag", values=DATE_BASES),
        _opt("out_earliest", "date", "earliest possible day it was gone, when only known between two lists", "Ur drift tidigast"),
        _opt("outside", "str", "why it stands outside the goal; empty = inside", "Utanför målet", values=OUTSIDE),
        Column(
            "arrival", "str", "new to the group, moved within it, or back again", "Tillkomst", values=("new", "moved", "back")
        ),
        Column("file", "str", "file", "Fil"),
        _opt("sheet", "str", "sheet", "Blad"),
        Column("row", "int", "row in the sheet", "Rad", minimum=1),
    ),
)

FUEL_CARDS = Table(
    "tankningslista",
    "Headings of a fuel-card file",
    (
        _opt("registration", "str", "registration number", "Registreringsnummer"),
        _opt("date", "date", "day", "Datum"),
        _opt("product", "str", "product as on the card", "Produkt"),
        _opt("amount", "float", "litres (gas: kg; electricity: kWh)", "Mängd"),
        _opt("unit", "str", "unit of the amount", "Enhet"),
    ),
)

FUEL_ROWS = Table(
    "tankningar",
    "Fuel-card rows",
    (
        Column("registration", "str", "registration number, normalised", "Registreringsnummer"),
        Column("date", "date", "day", "Datum"),
        Column("product", "str", "product as on the card", "Produkt"),
        _opt("fuel", "str", "fuel the product is", "Drivmedel", values=(*FUELS, "none")),
        Column("amount", "float", "litres (gas: kg or Nm3; electricity: kWh)", "Mängd", minimum=0),
        _opt("energy_mj", "float", "energy bought", "Energi (MJ)", unit="MJ", minimum=0),
        _opt("fossil_free_mj", "float", "of which fossil-free", "Fossilfritt (MJ)", unit="MJ", minimum=0),
        Column("row", "int", "row in the file", "Rad", minimum=1),
    ),
)

SHARES = Table(
    "andelar",
    "Share of fossil-free vehicles on a day, by definition, class, company and tenure; `all` is every one of them",
    (
        Column("date", "date", "day", "Datum"),
        Column("definition", "str", "definition of fossil-free", "Definition"),
        Column("class", "str", "class or scope", "Fordonsslag"),
        Column("company", "str", "company", "Bolag"),
        Column("tenure", "str", "owned, leased, rental or all", "Ägt/leasat"),
        Column("n", "int", "vehicles in service that the definition covers", "Fordon", minimum=0),
        Column("fossil_free", "int", "fossil-free vehicles", "Fossilfria", minimum=0),
        Column("unknown", "int", "vehicles the definition cannot judge", "Okända", minimum=0),
        Column("share", "float", "fossil-free of the known", "Andel", minimum=0, maximum=1, nullable=True),
        Column("share_low", "float", "share if no unknown is fossil-free", "Andel lägst", minimum=0, maximum=1, nullable=True),
        Column(
            "share_high", "float", "share if every unknown is fossil-free", "Andel högst", minimum=0, maximum=1, nullable=True
        ),
        Column("in_force", "bool", "the definition was in force that day", "Gällde då"),
    ),
)

_EXEMPTION = (
    _opt("exemption_reason", "str", "why it is exempt", "Undantag: skäl"),
    _opt("exemption_delegate", "str", "who decided, on whose behalf", "Undantag: delegat"),
    _opt("exemption_date", "date", "day of the decision", "Undantag: beslutsdatum"),
    _opt("exemption_reference", "str", "reference number", "Undantag: diarienummer"),
    _opt("exemption_until", "date", "last day it holds", "Undantag: gäller till"),
)

LEDGER = Table(
    "ersattningar",
    "What the fleet manager keeps: pairs of old and new, their state and exemptions. Empty new = decommissioned; empty old = added",
    (
        Column("state", "str", "inferred, confirmed or rejected", "Läge", values=STATES),
        _opt("out_reg", "str", "vehicle that left", "Gammalt fordon"),
        _opt("in_reg", "str", "vehicle that came", "Nytt fordon"),
        _opt("out_date", "date", "day it left", "Ur drift"),
        _opt("in_date", "date", "day it came", "I drift"),
        _opt("ordered", "date", "day of the order", "Beställd"),
        _opt("confidence", "float", "probability that the pair is right", "Säkerhet", minimum=0, maximum=1),
        *_EXEMPTION,
        _opt("note", "str", "the manager's own note", "Anteckning"),
    ),
)

REPLACEMENTS = Table(
    "byten",
    "The replacement ledger, judged: one row a pair, a decommissioning or an addition",
    (
        Column("pair_id", "str", "old>new, with - where there is none", "Par", unique=True),
        Column("kind", "str", "replacement, decommissioning or addition", "Slag", values=KINDS),
        Column("verdict", "str", "verdict", "Bedömning", values=VERDICTS),
        _opt("out_reg", "str", "vehicle that left", "Gammalt fordon"),
        _opt("in_reg", "str", "vehicle that came", "Nytt fordon"),
        _opt("out_date", "date", "day it left", "Ur drift"),
        _opt("in_date", "date", "day it came", "I drift"),
        _opt("ordered", "date", "day of the order; empty = not known", "Beställd"),
        _opt("judged_on", "date", "day the pair is judged by", "Bedöms på"),
        Column(
            "order_basis",
            "str",
            "order date or first registration",
            "Grund",
            values=("order", "first_registered", "delivery", "none"),
        ),
        Column("maybe_before", "bool", "the order may be older than the decision", "Beställning före beslut möjlig"),
        _opt("class", "str", "class of the new vehicle", "Fordonsslag", values=CLASSES),
        _opt("company", "str", "company", "Bolag"),
        _opt(
            "confidence",
            "float",
            "probability that the pair is right; empty where a confirmed row states none",
            "Säkerhet",
            minimum=0,
            maximum=1,
        ),
        Column("state", "str", "inferred, confirmed or rejected", "Läge", values=STATES),
        Column("definition", "str", "definition of fossil-free", "Definition"),
        _opt("fossil_free", "bool", "the new vehicle is fossil-free", "Fossilfritt"),
        *_EXEMPTION,
        Column(
            "exemption",
            "str",
            "none, valid, expired or incomplete",
            "Undantag",
            values=("none", "valid", "expired", "incomplete"),
        ),
        _opt("note", "str", "the manager's own note", "Anteckning"),
    ),
)

PLAN = Table(
    "plan",
    "When each vehicle that is not (known to be) fossil-free is due, when it must be ordered, and what that gives",
    (
        Column("vehicle_id", "str", "vehicle", "Fordon", unique=True),
        _opt("registration", "str", "registration number", "Registreringsnummer"),
        _opt("company", "str", "company", "Bolag"),
        _opt("unit", "str", "unit", "Enhet"),
        _opt("depot", "str", "depot", "Depå"),
        Column("class", "str", "class", "Fordonsslag", values=CLASSES),
        Column("due", "date", "day it is due for replacement", "Byts senast", nullable=True),
        Column("due_basis", "str", "lease end, age, or not known", "Grund", values=("lease_end", "age", "unknown")),
        Column("order_by", "date", "last day to order so that it arrives by then", "Beställ senast", nullable=True),
        Column("earliest", "date", "earliest delivery if ordered now", "Tidigast levererad"),
        Column("counts", "bool", "due by the goal date and can be there by then", "Räknas till måldatum"),
        Column("sentence", "str", "what to do, in words", "Att göra"),
        Column("annual_km", "float", "distance in a year", "Körsträcka per år (km)", unit="km", minimum=0),
        Column(
            "km_basis",
            "str",
            "stated, from the odometer, or assumed",
            "Grund för körsträcka",
            values=("stated", "odometer", "assumed"),
        ),
        Column("fuel", "str", "fuel it burns today", "Drivmedel", values=FUELS, nullable=True),
        Column("fuel_amount", "float", "litres (gas: kg) burnt in a year today", "Drivmedel per år", minimum=0),
        Column(
            "charging_kwh",
            "float",
            "electricity charged in a year after the change",
            "Laddning per år (kWh)",
            unit="kWh",
            minimum=0,
        ),
        Column("cost_now_sek", "float", "yearly cost of a new fossil vehicle", "Kostnad fossil (kr/år)", unit="SEK", minimum=0),
        Column("cost_new_sek", "float", "yearly cost of a new electric vehicle", "Kostnad el (kr/år)", unit="SEK", minimum=0),
    ),
)

PROCUREMENT = Table(
    "upphandling",
    "Vehicles procured in a period, as the act 2011:846 asks for them",
    (
        Column("period", "str", "reference period", "Period"),
        _opt("registration", "str", "registration number", "Registreringsnummer"),
        _opt("company", "str", "company", "Bolag"),
        _opt("eu_class", "str", "EU class", "EU-kategori", values=EU_CLASSES),
        Column("group", "str", "light, heavy lorry or bus", "Grupp", values=("light", "heavy_lorry", "bus")),
        Column("date", "date", "day it counts from", "Datum"),
        Column("date_basis", "str", "order or first day in the fleet", "Grund för datum", values=("order", "in_service")),
        Column("tenure", "str", "bought, leased or rented", "Anskaffning", values=TENURES),
        Column("definition", "str", "rule of the period", "Regel"),
        Column("clean", "bool", "clean vehicle; empty = not known", "Rent fordon", nullable=True),
    ),
)
