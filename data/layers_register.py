"""Contracts of what joins the municipality's lists to buildings: matches, corrections of them, addresses."""

from data.tables import Column, Table

HOW = ("correction", "id", "coordinates", "name", "property")
"""What a match rests on, the strongest first; several are joined by +."""

MATCHES = Table(
    "koppling",
    "Which building belongs to which facility, and how sure that is; a building is in one facility",
    (
        Column("building_id", "str", "building", "Byggnads-id", unique=True),
        Column("facility_id", "str", "facility", "Anläggnings-id"),
        Column("score", "float", "strength of the evidence; 1 = stated by id or by hand", "Poäng", minimum=0, maximum=1),
        Column("how", "str", "evidence joined by +: correction, id, coordinates, name, property", "Grund"),
    ),
)

CORRECTIONS = Table(
    "rattelser",
    "What a person has settled in koppling.xlsx, one row a facility",
    (
        Column("facility_id", "str", "facility", "Anläggnings-id", unique=True),
        Column("choice", "str", "building ids joined by ; or empty: the facility has no building", "Val", nullable=True),
    ),
)

ADDRESSES = Table(
    "adresser",
    "Addresses to search for in the map; shown only when kil.toml says that it has been reviewed",
    (
        Column("address", "str", "street and number as people write it", "Adress"),
        Column("x", "float", "easting in the municipality's CRS", "X (öst)", unit="m", nullable=True, required=False),
        Column("y", "float", "northing in the municipality's CRS", "Y (nord)", unit="m", nullable=True, required=False),
        Column("building_id", "str", "building the address leads to", "Byggnads-id", nullable=True, required=False),
    ),
)
