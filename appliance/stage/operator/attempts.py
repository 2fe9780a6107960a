"""Wrong PINs, and the waits that follow them."""

WRONG = 3  # in a row, then a wait
FIRST = 30.0  # seconds
LONGEST = 3600.0  # seconds


class Attempts:
    """Counts wrong PINs; each third one brings a wait, twice as long as the one before.

    In memory only: who can switch the piece off and on has it open anyway.
    """

    def __init__(self) -> None:
        self._wrong = self._waits = 0
        self._until = -1e9

    def left(self, now: float) -> float:
        """Return how many seconds nobody may try, 0 if anybody may."""
        return max(0.0, self._until - now)

    def wrong(self, now: float) -> None:
        """Note a wrong PIN."""
        self._wrong += 1
        if self._wrong % WRONG == 0:
            self._until = now + min(LONGEST, FIRST * 2.0**self._waits)
            self._waits += 1

    def right(self) -> None:
        """Note the right PIN: all is forgotten."""
        self._wrong = self._waits = 0
