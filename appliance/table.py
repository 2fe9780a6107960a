"""What every table of settings has in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of settings: typed, bounded, without unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
