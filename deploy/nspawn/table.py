"""A table of trials that grows as they are made."""

from collections.abc import Callable

from deploy.nspawn.machine import NeverError
from deploy.row import Row


class Table:
    """Tries one thing after the other, and prints each row as soon as it is known."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.rows: list[Row] = []
        self._say = say

    def row(self, name: str, holds: bool, figures: str = "") -> None:
        """Add what is known already."""
        self.rows.append(Row(name, holds, figures))
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
        return 0 if self.rows and all(row.well for row in self.rows) else 1
