"""[municipality]: who the results are about and where the sun is computed."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from data.settings.base import Section


class Site(Section):
    """A place on earth, as pvlib's Location has it."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    """Degrees north, WGS 84."""
    longitude: Annotated[float, Field(ge=-180, le=180)]
    """Degrees east, WGS 84."""
    altitude: Annotated[float, Field(ge=-400, le=9000)] = 0.0
    """Metres above sea level."""


SWEREF_99_TM = "EPSG:3006"


def _metric(value: str) -> str:
    """Return the name of a coordinate system in metres; anything else is refused."""
    if value == SWEREF_99_TM:
        return value
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        known = CRS.from_user_input(value)
    except CRSError:
        known = None
    if known is None or not known.is_projected:
        raise PydanticCustomError("crs", "{example}", {"example": f"{SWEREF_99_TM}, EPSG:3007 ... EPSG:3018"})
    return value


class Municipality(Section):
    """The municipality, its place and its organisations."""

    name: str
    """Name as it stands on the pages."""
    code: str = ""
    """Four-digit municipality code (SCB); empty for an invented place."""
    example: bool = False
    """True for an invented municipality: every page and file then carries the word EXEMPELDATA."""
    site: Site
    """Where the sun is computed: a point in the middle of the built-up area. Never derived from a file's CRS."""
    crs: Annotated[str, AfterValidator(_metric)] = SWEREF_99_TM
    """Coordinate system in metres of files that state none, and what files in degrees become. Default SWEREF 99 TM, Lantmäteriet's."""
    owners: tuple[str, ...] = ()
    """Owners that count as the municipal group: the municipality and its companies, as written in the facility list."""
    contact: str = ""
    """Address for "Fel i kartan?", shown at the foot of the pages."""
