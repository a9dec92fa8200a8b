"""[publishing]: what the record of open data says, and the online base map of `kil build --online`."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from data.settings.base import Section

Address = Annotated[str, Field(pattern=r"^(https?://[^\s<>\"]+)?$")]


class OnlineMap(Section):
    """A background map from the network, drawn only with `kil build --online` and only when the reader turns it on.

    Its server then sees the network address of the reader and which part of the map the reader looks at.
    """

    name: str = ""
    """The map's name as the reader knows it."""
    tiles: Annotated[str, Field(pattern=r"^(https://[^\s<>\"]+)?$")] = ""
    """Address of the tiles (WGS 84 web mercator) with {z}, {x} and {y}, https only. Empty: no online map. Choose a service whose terms
    allow it; pages send no referrer."""
    attribution: str = ""
    """Whom the map's licence asks to name; plain text."""


class PublishingSettings(Section):
    """Publishing."""

    base_url: Address = ""
    """Address of the folder where publik/ is published, ending in /. Empty: the record of open data (dcat.rdf) has relative
    addresses, which a data portal cannot harvest."""
    licence: Address = ""
    """Address of the licence of the open data, for instance https://creativecommons.org/publicdomain/zero/1.0/ (CC0), which Digg
    recommends for public data. Empty: the record says that it is missing. The municipality decides."""
    issued: dt.date | None = None
    """The day the data was first published. None: the day of the run."""
    publisher_url: Address = ""
    """Address that identifies the municipality in the data portal. Empty: one made from base_url."""
    online: OnlineMap = Field(default_factory=OnlineMap)
    """The background map of `kil build --online`."""
