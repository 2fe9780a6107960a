"""Rows of a table: what was tried, the figures, and whether it holds."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.nspawn.machine import NeverError


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried."""

    name: str
    figures: str
    holds: bool

    def __str__(self) -> str:
        """Return the line."""
        return f"{'yes' if self.holds else 'NO ':<4} {self.name:<50} {self.figures}"


class Table:
    """Tries one thing after the other, and prints each row as soon as it is known."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.rows: list[Row] = []
        self._say = say

    def row(self, name: str, holds: bool, figures: str = "") -> None:
        """Add what is known already."""
        self.rows.append(Row(name, figures, holds))
        self._say(str(self.rows[-1]))

    def attempt(self, name: str, do: Callable[..., str], *about: str) -> None:
        """Do something that returns its figures; where it fails, the row does not hold."""
        try:
            figures, holds = do(*about), True
        except (NeverError, AssertionError) as error:
            figures, holds = str(error) or type(error).__name__, False
        self.row(name, holds, figures)

    @property
    def status(self) -> int:
        """Exit status: 0 only where every row holds, and there are any."""
        return 0 if self.rows and all(row.holds for row in self.rows) else 1
