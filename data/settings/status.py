"""[status]: the follow-up of the goals."""

from data.settings.base import Section
from data.settings.inputs import InputPath


class StatusSettings(Section):
    """The follow-up of the goals."""

    public_facts: bool = True
    """Whether the public figures shipped for the municipality's code are used (data/reference/kil, each with its source)."""
    history: InputPath = "indata/historik.sqlite"
    """The append-only history of nyckeltal.xlsx: who wrote what, when. Made by `kil status`; never edit it."""
    followups: InputPath = "uppfoljningar"
    """Folder of frozen follow-ups, written by `kil status --freeze REF`."""
    compare_with: str = ""
    """Reference of the frozen follow-up a run is compared with; empty: the newest one dated before the run."""
