"""Makes the example anew: `python -m data.example.make [folder]`. The same plan and seeds give the same files."""

from __future__ import annotations

import sys
from pathlib import Path

from data.example import economy, emissions, fleet, laser, lists, metrics, rasters, town, vectors, weather_model


def make(folder: Path) -> None:
    """Write indata/ and facit.gpkg into `folder`."""
    indata = folder / "indata"
    (indata / "laserdata").mkdir(parents=True, exist_ok=True)
    place = town.build()
    vectors.write(place, indata, folder / "facit.gpkg")
    rasters.write(place, indata)
    lists.write(place, indata)
    fleet.write(indata, folder)
    laser.write(place, indata / "laserdata")
    weather_model.write(indata / "vader.csv")
    economy.write(indata)
    emissions.write(indata, folder / "facit_utslapp.csv")
    metrics.write(indata)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
