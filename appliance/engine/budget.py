"""How many styles may read, so that the pace holds on a processor that is too slow or too hot.

What a style costs is measured while it reads. Where all that are fed do not fit into a share of
the time between two characters, the lightest rest; they come back one by one when there is room.
While the processor is hot one more rests every few seconds, whatever room there is.
"""

from collections import deque
from statistics import median

SHARE = 0.8  # of the time between two characters that reading may take
ROOM = 0.65  # of it that must be enough for one style more before that style comes back
PATIENCE = 2.0  # seconds before a style comes back
REMEMBERED = 16  # readings: one that was held up by something else changes nothing
HOT = 78.0  # degrees Celsius: a Pi 5 slows itself down from 80 on (its documentation)
COOL = 75.0  # from there down styles may come back
COOLING = 10.0  # seconds from one style that rests for the heat to the next
WHEN_HOT = 2  # that read on however hot it is: fewer would be no mixture


class Budget:
    """Watches what reading costs; tells how many styles may read."""

    def __init__(self) -> None:
        self.most: int | None = None  # styles that may read; None is all
        self._costs: deque[float] = deque(maxlen=REMEMBERED)  # seconds a style
        self._changed = -1e9

    def note(self, styles: int, seconds: float) -> None:
        """Note that so many styles took so long to read one character."""
        if styles:
            self._costs.append(seconds / styles)

    def decide(self, fed: int, pace: float, celsius: float | None, now: float) -> int | None:
        """Return how many of the fed styles may read, at least one; None is all of them.

        `pace` is in characters a second, 0 for as fast as it can, which no cost can miss.
        """
        if pace <= 0.0:
            if self.most is not None:
                self._set(None, now)
            return None
        if len(self._costs) < REMEMBERED:
            return self.most
        cost = max(median(self._costs), 1e-9)
        fit = max(1, int(SHARE / pace / cost))
        may = fed if self.most is None else min(self.most, fed)
        if fit < may:
            self._set(fit, now)
        elif celsius is not None and celsius >= HOT:
            if may > WHEN_HOT and now - self._changed >= COOLING:
                self._set(may - 1, now)
        elif self.most is not None and now - self._changed >= PATIENCE:
            if self.most >= fed:
                self._set(None, now)
            elif (self.most + 1) * cost <= ROOM / pace and (celsius is None or celsius <= COOL):
                self._set(self.most + 1, now)
        return self.most

    def _set(self, most: int | None, now: float) -> None:
        self.most, self._changed = most, now
