"""How many styles may read, so that the pace holds on a processor that is too slow or too hot.

Few styles read one after the other on one thread, more of them on all threads, in rounds. What a
round takes is measured while they read, for either way by itself. Where all that are fed do not
fit into a share of the time between two characters, the lightest rest; they come back step by step
when there is room. While the processor is hot one more rests every few seconds, whatever room
there is.
"""

from collections import deque
from statistics import median

from appliance.engine.ensemble import WORTH_SHARING

SHARE = 0.8  # of the time between two characters that reading may take
PATIENCE = 2.0  # seconds before a style comes back; twice as long each time it had to go again
SOON = 30.0  # seconds: who has stayed for that long came back with reason
LONGEST = 300.0  # seconds, to which patience grows
FORGOTTEN = 300.0  # seconds after which the way that is not used may cost something else
REMEMBERED = 16  # readings: one that was held up by something else changes nothing
HOT = 78.0  # degrees Celsius: a Pi 5 slows itself down from 80 on (its documentation)
COOL = 75.0  # from there down styles may come back
COOLING = 10.0  # seconds from one style that rests for the heat to the next
WHEN_HOT = 2  # that read on however hot it is: fewer would be no mixture


class Budget:
    """Watches what reading costs; tells how many styles may read."""

    def __init__(self, threads: int) -> None:
        """Begin with no reading; so many threads read."""
        self.most: int | None = None  # styles that may read; None is all
        self._threads = threads
        # Seconds a round: of those who read alone, and of those who share the threads.
        self._costs = {way: deque[float](maxlen=REMEMBERED) for way in (False, True)}
        self._used = dict.fromkeys(self._costs, -1e9)
        self._shared = False  # the last reading
        self._changed = -1e9
        self._rose = False  # at the last change
        self._pace = 0.0
        self._refused: int | None = None  # as many came back and did not fit after all
        self._patience = PATIENCE  # before as many come back once more

    def note(self, styles: int, seconds: float) -> None:
        """Note that so many styles took so long to read one character."""
        if styles:
            self._shared = self._shares(styles)
            self._costs[self._shared].append(seconds / self._rounds(styles))

    def decide(self, fed: int, pace: float, celsius: float | None, now: float) -> int | None:
        """Return how many of the fed styles may read, at least one; None is all of them.

        `pace` is in characters a second, 0 for as fast as it can, which no cost can miss.
        """
        self._forget(now)
        self._judge(pace, now)
        if pace <= 0.0:
            self.most = None
        if pace <= 0.0 or len(self._costs[self._shared]) < REMEMBERED:
            return self.most
        may = fed if self.most is None else min(self.most, fed)
        # Four on four threads may fit where three on one do not.
        fit = [styles for styles in range(1, fed + 1) if self._takes(styles) <= SHARE / pace]
        fewer = max((styles for styles in fit if styles <= may), default=1)
        more = min((styles for styles in fit if styles > may), default=None)
        if fewer < may:
            if self._rose and now - self._changed < SOON:
                self._refused = may
                self._patience = min(2 * self._patience, LONGEST)
            self._set(fewer, now)
        elif celsius is not None and celsius >= HOT:
            if may > WHEN_HOT and now - self._changed >= COOLING:
                self._set(may - 1, now)
        elif self.most is not None and now - self._changed >= PATIENCE:
            if self.most >= fed:
                self.most = None
            elif more is not None and (celsius is None or celsius <= COOL):
                again = self._refused is not None and more >= self._refused
                if not again or now - self._changed >= self._patience:
                    self._set(more, now)
        return self.most

    def _set(self, most: int, now: float) -> None:
        self._rose = self.most is not None and most > self.most
        self.most, self._changed = most, now

    def _judge(self, pace: float, now: float) -> None:
        """End the caution towards who was refused: they have stayed, or the pace is another."""
        as_many = self.most is None or self.most >= (self._refused or 0)
        stayed = as_many and self._rose and now - self._changed >= SOON
        if pace != self._pace or stayed:
            self._pace, self._refused, self._patience = pace, None, PATIENCE

    def _forget(self, now: float) -> None:
        self._used[self._shared] = now
        if now - self._used[not self._shared] > FORGOTTEN:
            self._costs[not self._shared].clear()

    def _shares(self, styles: int) -> bool:
        return self._threads > 1 and styles >= WORTH_SHARING

    def _rounds(self, styles: int) -> int:
        return -(-styles // self._threads) if self._shares(styles) else styles

    def _takes(self, styles: int) -> float:
        """Return in how many seconds so many styles read a character.

        What a round costs that nobody has seen lately is what one of the other way costs.
        """
        known = self._costs[self._shares(styles)]
        costs = known if len(known) == REMEMBERED else self._costs[self._shared]
        return median(costs) * self._rounds(styles)
