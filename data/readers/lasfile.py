"""One LAZ or LAS file: its header checked, its points read a piece at a time."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import Fault, InputError
from data.opening import require_file
from data.readers.vectors import inside_area_of_use
from data.texts import text

if TYPE_CHECKING:
    from pyproj import CRS

CHUNK = 1_000_000
PROBE = 50_000
"""Points read on opening: one compressed piece, enough for the date and to see that the file can be read."""
GPS_EPOCH = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)
GPS_OFFSET_S = 1e9
"""Adjusted standard GPS time is GPS seconds less this (LAS 1.4 R15, 2.4)."""
EARLIEST = dt.date(1996, 1, 1)
"""No airborne laser scan is older: an earlier date is a time that was never set."""
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, struct.error)


@dataclass(frozen=True)
class Tile:
    """A file of the scan: bounds (x0, y0, x1, y1) [m], number of points, CRS (horizontal), and when it was flown (None: not told)."""

    path: Path
    bounds: tuple[float, float, float, float]
    count: int
    crs: CRS
    survey_date: dt.date | None


@dataclass(frozen=True)
class Points:
    """Laser points: xyz (n, 3) [m], ASPRS class (n,), number of the return within its pulse (n,), from 1."""

    xyz: np.ndarray
    classification: np.ndarray
    return_number: np.ndarray

    @classmethod
    def joined(cls, parts: Collection[Points]) -> Points:
        """Return all points of the parts; none for no parts."""
        if not parts:
            return cls(np.zeros((0, 3)), np.zeros(0, np.uint8), np.zeros(0, np.uint8))
        return cls(
            np.concatenate([part.xyz for part in parts]),
            np.concatenate([part.classification for part in parts]),
            np.concatenate([part.return_number for part in parts]),
        )

    def where(self, mask: np.ndarray) -> Points:
        """Return the points where the (n,) mask is true."""
        return Points(self.xyz[mask], self.classification[mask], self.return_number[mask])


def opened(path: Path, crs: str | None) -> tuple[Tile, list[str]]:
    """Return the tile and what to say about it; raise InputError when it is cut short, unreadable, or without a usable CRS."""
    import laspy

    require_file(path)
    try:
        with laspy.open(path) as stream:
            header = stream.header
            _require_size(path, header.offset_to_point_data)
            if header.point_count == 0:
                empty = Tile(path, (0.0, 0.0, 0.0, 0.0), 0, None, None)  # type: ignore[arg-type]
                return empty, [text("laser.empty", file=path.name)]
            _require_whole(path, header)
            known, said = _crs(path, header, crs)
            date = _survey_date(header, stream.read_points(min(PROBE, header.point_count)))
    except (laspy.errors.LaspyException, *UNREADABLE):
        raise _broken(path) from None
    bounds = (float(header.mins[0]), float(header.mins[1]), float(header.maxs[0]), float(header.maxs[1]))
    return Tile(path, bounds, int(header.point_count), known, date), said


def chunks(tile: Tile, drop_classes: Collection[int], last_return: int | None) -> Iterator[Points]:
    """Hand out the tile's points a million at a time, without dropped classes, withheld points and later returns."""
    import laspy

    try:
        with laspy.open(tile.path) as stream:
            for part in stream.chunk_iterator(CHUNK):
                yield _points(part, drop_classes, last_return)
    except (laspy.errors.LaspyException, *UNREADABLE):
        raise _broken(tile.path) from None


def moved(points: Points, of: Any, to: Any) -> Points:
    """Return the points with x and y in another CRS; heights stay in the height system they were delivered in."""
    from pyproj import Transformer

    x, y = Transformer.from_crs(of, to, always_xy=True).transform(points.xyz[:, 0], points.xyz[:, 1])
    return Points(np.column_stack([x, y, points.xyz[:, 2]]), points.classification, points.return_number)


def _points(part: Any, drop_classes: Collection[int], last_return: int | None) -> Points:
    classification = np.asarray(part.classification, np.uint8)
    returns = np.asarray(part.return_number, np.uint8)
    keep = ~np.isin(classification, list(drop_classes)) & (np.asarray(part.withheld) == 0)
    if last_return is not None:
        keep &= returns <= last_return
    xyz = np.column_stack([np.asarray(part.x), np.asarray(part.y), np.asarray(part.z)])
    return Points(xyz[keep], classification[keep], returns[keep])


def _require_whole(path: Path, header: Any) -> None:
    """Raise InputError when the file ends before its header says (LAS), or before its table of pieces (LAZ)."""
    size = path.stat().st_size
    if header.are_points_compressed:
        with path.open("rb") as stream:
            stream.seek(header.offset_to_point_data)
            table = struct.unpack("<q", stream.read(8))[0]
        whole = table < size - 8 if table >= 0 else True  # -1: the table's place stands at the end; decoding will tell
        needed = table
    else:
        needed = header.offset_to_point_data + header.point_count * header.point_format.size
        whole = needed <= size
    if not whole:
        _require_size(path, max(needed, size + 1))


def _require_size(path: Path, needed: int) -> None:
    size = path.stat().st_size
    if size < needed:
        got = text("laser.cut_short", size=size, needed=needed)
        raise InputError(Fault(path.name, got, text("laser.cut_short_fix")))


def _broken(path: Path) -> InputError:
    return InputError(Fault(path.name, text("readers.unreadable"), text("laser.cut_short_fix")))


def _crs(path: Path, header: Any, assumed: str | None) -> tuple[CRS, list[str]]:
    from pyproj import CRS

    stated = header.parse_crs()
    bounds = (*header.mins[:2], *header.maxs[:2])
    said: list[str] = []
    if stated is None:
        if assumed is None:
            fault = Fault(path.name, text("table.no_crs"), text("table.no_crs_fix"), expected=text("table.metres"))
            raise InputError(fault)
        stated = CRS.from_user_input(assumed)
        if not inside_area_of_use(bounds, _horizontal(stated)):
            got = text("vectors.outside_crs", crs=assumed, x=f"{bounds[0]:.0f}", y=f"{bounds[1]:.0f}")
            raise InputError(Fault(path.name, got, text("table.no_crs_fix"), expected=text("table.metres")))
        said = [text("vectors.assumed_crs", file=path.name, crs=assumed)]
    flat = _horizontal(stated)
    if not flat.is_projected:
        got = text("table.degrees", crs=flat.to_string()[:40])
        raise InputError(Fault(path.name, got, text("table.degrees_fix"), expected=text("table.metres")))
    return flat, said


def _horizontal(crs: CRS) -> CRS:
    return crs.sub_crs_list[0] if crs.is_compound else crs


def _survey_date(header: Any, points: Any) -> dt.date | None:
    """Return the day most of the points were measured, where their times say it: adjusted standard GPS time, not week seconds."""
    if "gps_time" not in points.point_format.dimension_names or int(header.global_encoding.gps_time_type) != 1:
        return None
    seconds = float(np.median(np.asarray(points.gps_time))) + GPS_OFFSET_S
    date = (GPS_EPOCH + dt.timedelta(seconds=seconds)).date()
    return date if date >= EARLIEST else None
