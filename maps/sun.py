"""Sun paths for the horizon diagram: three days of the year as azimuth and height, with the clock at each whole hour.

Positions: pvlib's solar position (NREL SPA), apparent height. Azimuth from true north, clockwise.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

TIME_ZONE = "Europe/Stockholm"
STEP_MINUTES = 15
LOWEST_DEG = -1.0
DAYS = {"june": (6, 21), "equinox": (3, 20), "december": (12, 21)}


def paths(site: tuple[float, float], year: int) -> dict[str, dict[str, list[Any]]]:
    """Return per day of DAYS: azimuth and height [deg] every 15 minutes while the sun is up, and `clock` (None or hour).

    site: (latitude, longitude) in degrees. Hours are the local clock's, summer time included.
    """
    import pandas as pd
    from pvlib import solarposition

    result = {}
    for name, (month, day) in DAYS.items():
        start = pd.Timestamp(dt.date(year, month, day), tz=TIME_ZONE)
        times = pd.date_range(start, start + pd.Timedelta(days=1), freq=f"{STEP_MINUTES}min", inclusive="left")
        sun = solarposition.get_solarposition(times, *site)
        sun = sun[sun["apparent_elevation"] > LOWEST_DEG]
        result[name] = {
            "azimuth": sun["azimuth"].round(1).tolist(),
            "height": sun["apparent_elevation"].round(1).tolist(),
            "clock": [time.hour if time.minute == 0 else None for time in sun.index],
        }
    return result
