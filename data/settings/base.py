"""The base of every settings section: frozen, unknown names refused, the docstring under a field is its description."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of kil.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)
