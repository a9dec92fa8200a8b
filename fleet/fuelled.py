"""What vehicles were actually fuelled with: the fossil-free share of the energy bought on cards, by vehicle and by year.

P12  0 <= share <= 1; a vehicle without rows in the year has no share (NaN), never zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

YEAR = pd.DateOffset(years=1)


def fuelled_share(vehicles: pd.DataFrame, rows: pd.DataFrame, days: Iterable[dt.date]) -> dict[dt.date, np.ndarray]:
    """Return for each day the share of fossil-free energy each vehicle bought in the year up to it [0..1, NaN = no rows].

    A day without any row in the year before it is left out: nothing is known of it.
    vehicles: VEHICLES. rows: FUEL_ROWS; rows whose product is not known (no energy) are left out.
    """
    known = rows[rows["energy_mj"] > 0]
    base = vehicles["registration"]
    shares = {}
    for day in days:
        end = pd.Timestamp(day)
        year = known[(known["date"] > end - YEAR) & (known["date"] <= end)]
        if year.empty:
            continue
        sums = year.groupby("registration")[["energy_mj", "fossil_free_mj"]].sum()
        share = (sums["fossil_free_mj"] / sums["energy_mj"]).clip(0, 1)
        shares[day] = base.map(share).to_numpy(float)
    return shares


def fuel_by_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Return energy bought each year: year, energy_mj, fossil_free_mj, share [0..1] and rows without known product."""
    known = rows["energy_mj"] > 0
    year = rows["date"].dt.year.rename("year")
    table = rows[known].groupby(year)[["energy_mj", "fossil_free_mj"]].sum()
    table["share"] = table["fossil_free_mj"] / table["energy_mj"]
    unknown = rows[rows["fuel"].isna()].groupby(year).size()
    return table.assign(unknown_rows=unknown.reindex(table.index, fill_value=0)).reset_index()
