"""A row of a table of trials: what was tried, whether it holds, the figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried."""

    what: str
    well: bool
    figures: str = ""

    def __str__(self) -> str:
        """Return the line."""
        return f"{'yes' if self.well else 'NO ':4}{self.what:<50} {self.figures}"
