"""The tables of nyckeltal.xlsx: values a clerk writes, and the responsible bodies' own assessments. `label` is the Swedish heading."""

from data.tables import Column, Table

KIND_WORDS = {"measured": "slutligt", "preliminary": "preliminärt", "estimated": "uppskattat", "declared": "planerat"}
"""Kind of an observation -> the word in the column Status."""

METRICS = Table(
    "nyckeltal",
    "Values of indicators, one row a value; rows without a value are skipped",
    (
        Column("goal", "str", "goals it is for; for reading only", "Mål", nullable=True, required=False),
        Column("indicator", "str", "id of the indicator (Kolada's, or one of docs/metod/status.md)", "Mått"),
        Column("title", "str", "what is measured; for reading only", "Beskrivning", nullable=True, required=False),
        Column("date", "date", "the day, or the year (a year means its 31 December)", "Datum"),
        Column("value", "float", "the number", "Värde", nullable=True),
        Column("unit", "str", "its unit", "Enhet", nullable=True, required=False),
        Column("dims", "str", "what tells it from its siblings: gas=co2; scope=1", "Uppdelning", nullable=True, required=False),
        Column("kind", "str", "final, preliminary, estimated or planned", "Status", nullable=True, required=False),
        Column("vintage", "str", "edition of the series", "Utgåva", nullable=True, required=False),
        Column("source", "str", "where the number stands", "Källa", nullable=True, required=False),
        Column("recorded_by", "str", "who wrote it", "Inlagt av", nullable=True, required=False),
        Column("recorded", "date", "when it was written", "Inlagt den", nullable=True, required=False),
        Column("note", "str", "remark", "Kommentar", nullable=True, required=False),
        Column("holder", "str", "who has it; for reading only", "Finns hos", nullable=True, required=False),
    ),
)

ASSESSMENTS = Table(
    "bedomningar",
    "The responsible bodies' own assessments, one row a goal and date",
    (
        Column("goal", "str", "goal", "Mål"),
        Column("date", "date", "the day the assessment is about", "Datum"),
        Column("verdict", "str", "uppnått, på väg, inte på väg, ej uppnått ...", "Bedömning"),
        Column("reason", "str", "why", "Motivering", nullable=True, required=False),
        Column("body", "str", "responsible body", "Organ", nullable=True, required=False),
        Column("recorded_by", "str", "who wrote it", "Inlagt av", nullable=True, required=False),
        Column("recorded", "date", "when it was written", "Inlagt den", nullable=True, required=False),
    ),
)
