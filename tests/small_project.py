"""A corner of the example as a project of its own: a few buildings, quick to build, free to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import rasterio
from rasterio.windows import from_bounds

from kil.project import example_folder

MIDDLE = "Centralskolan"
HALF_M = 170.0
SURVEYED = "[solar.roofs]\ndsm_date = 2022-05-03\n"
"""Left out: a project that does not know when its model was measured."""
RASTERS = ("ytmodell", "markmodell", "trad")


def make(folder: Path) -> Path:
    """Write kil.toml and indata/ with everything within HALF_M of the school; return the folder."""
    example, indata = example_folder(), folder / "indata"
    indata.mkdir(parents=True)
    config = (example / "kil.toml").read_text(encoding="utf-8")
    (folder / "kil.toml").write_text(config.replace(SURVEYED, ""), encoding="utf-8")
    for name in ("vader.csv", "fjarran.tif", "bakgrund.gpkg", "kommungrans.gpkg", "anlaggningar.xlsx"):
        shutil.copyfile(example / "indata" / name, indata / name)
    facilities = pd.read_excel(example / "indata" / "fastigheter.xlsx", engine="calamine", dtype=str)
    buildings = gpd.read_file(example / "indata" / "byggnader.gpkg")
    school = facilities.loc[facilities["Namn"] == MIDDLE, "Byggnads-id"].iloc[0].split(";")
    middle = buildings[buildings["objektidentitet"].isin(school)].union_all().centroid
    box = (middle.x - HALF_M, middle.y - HALF_M, middle.x + HALF_M, middle.y + HALF_M)
    near = buildings.cx[box[0] : box[2], box[1] : box[3]]
    near.to_file(indata / "byggnader.gpkg", layer="byggnad")
    ids = set(near["objektidentitet"])
    here = facilities["Byggnads-id"].fillna("").map(lambda cell: bool(ids & set(cell.split(";"))))
    facilities[here].to_excel(indata / "fastigheter.xlsx", sheet_name="Fastigheter", index=False)
    for name in RASTERS:
        _crop(example / "indata" / f"{name}.tif", indata / f"{name}.tif", box)
    return folder


def _crop(source: Path, target: Path, box: tuple[float, float, float, float]) -> None:
    with rasterio.open(source) as grid:
        window = from_bounds(*box, transform=grid.transform).round_offsets().round_lengths()
        profile = grid.profile | {
            "width": int(window.width),
            "height": int(window.height),
            "transform": grid.window_transform(window),
            "tiled": False,
            "blockysize": 1,
        }
        values = grid.read(1, window=window)
    profile.pop("blockxsize", None)
    with rasterio.open(target, "w", **profile) as out:
        out.write(values, 1)
