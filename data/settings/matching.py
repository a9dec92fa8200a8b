"""[matching] and [addresses]: joining the municipality's lists to buildings, and what of them may be shown."""

from typing import Annotated

from pydantic import Field

from data.settings.base import Section


class MatchingSettings(Section):
    """Joining facilities to building footprints (docs/metod/koppling.md)."""

    min_score: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Nothing is joined below this score by itself: it goes to koppling.xlsx, for a person to decide. A place inside the outline
    scores 0.95, the same name 0.85, the same property 0.80, likeness less; ids and corrections always hold (assumption)."""


class AddressSettings(Section):
    """Address search in the map."""

    reviewed: bool = False
    """True when the municipality has reviewed the publication of its addresses. Only then does the map get them."""
