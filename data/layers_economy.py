"""Contracts of use, price and ground: what the readers of meters, prices and sites give."""

from data.tables import Column, Table

KINDS = ("fact", "assumption")
MOUNTS = ("roof", "carport", "ground")

PRICES = Table(
    "priser",
    "Prices, fees, taxes and other numbers money is counted with: one dated row each, with its source",
    (
        Column("id", "str", "name of the number (data/reference/prices.csv, or capex_<roof|carport|ground>_<kW>)", "Id"),
        Column("value", "float", "the value used", "Värde"),
        Column("low", "float", "low end tried in the tornado", "Lägst", nullable=True, required=False),
        Column("high", "float", "high end tried in the tornado", "Högst", nullable=True, required=False),
        Column("unit", "str", "unit", "Enhet", nullable=True, required=False),
        Column("valid_from", "date", "first day the value holds", "Från", nullable=True, required=False),
        Column("valid_to", "date", "last day the value holds; empty: still", "Till", nullable=True, required=False),
        Column("kind", "str", "fact or assumption", "Slag", values=KINDS, nullable=True, required=False),
        Column("source", "str", "where it was read, or what it is assumed from", "Källa", nullable=True, required=False),
        Column("meaning", "str", "what it is", "Betydelse", nullable=True, required=False),
    ),
)

METERS = Table(
    "matvarden",
    "Electricity used, one row a meter and interval",
    (
        Column("meter_id", "str", "meter (anläggnings-id), never public", "Mätar-id"),
        Column("start", "date", "start of the interval", "Start"),
        Column("kwh", "float", "electricity used in the interval", "kWh", unit="kWh", minimum=0, nullable=True),
    ),
)

SITES = Table(
    "markytor",
    "Parking places and ground that could carry solar cells",
    (
        Column("site_id", "str", "id", "Id", unique=True),
        Column("name", "str", "name", "Namn"),
        Column("mount", "str", "carport (parking) or ground", "Typ", values=("carport", "ground")),
        Column("owner", "str", "owner", "Ägare", nullable=True, required=False),
        Column("facility_id", "str", "facility whose connection it would use", "Anläggnings-id", nullable=True, required=False),
        Column("questions", "str", "questions for an authority, joined by ;", "Frågor", nullable=True, required=False),
        Column("geometry", "geometry", "outline", "Geometri"),
    ),
    spatial=True,
)
