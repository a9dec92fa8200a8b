"""Small activity tables for the tests of the emissions: as the reader would give them, made by hand."""

import pandas as pd

from climate.factors import FactorTable
from climate.inventory import compute
from data.readers import emissionfacts
from data.settings.emissions import EmissionSettings

AR5 = emissionfacts.warming_potentials("ar5")
SHIPPED = FactorTable(emissionfacts.factors(), AR5)
SETTINGS = EmissionSettings()
MJ = {carrier: mj for carrier, (_, mj) in emissionfacts.heating_values().items()}


def row(carrier, quantity, start, end, **more):
    """Return one activity; quantity in MJ, kWh, kg or km."""
    kind = emissionfacts.carriers()[carrier]
    plain = {
        "start": pd.Timestamp(start),
        "end": pd.Timestamp(end),
        "organisation": "Kommunen",
        "scope": kind.scope,
        "activity": "Fordon",
        "carrier": carrier,
        "amount": quantity,
        "quantity": quantity,
        "quantity_unit": "MJ",
        "grade": "invoiced",
        "net": None,
        "contract_g_kwh": None,
        "relative_low": None,
        "relative_high": None,
        "row": 2,
        "file": "aktiviteter.xlsx",
    }
    return plain | more


def inventory(*rows, table=SHIPPED, organisations=(), settings=SETTINGS):
    """Return the inventory of rows."""
    return compute(pd.DataFrame(list(rows)), table, emissionfacts.carriers(), organisations=organisations, settings=settings)
