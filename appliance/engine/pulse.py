"""When characters were drawn, how late they were, and waiting for the next."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable

import numpy as np

RECENT = 64  # characters over which the pace is measured
TICKS = 1_200  # whose lateness is remembered: a minute at a quick pace


class Pulse:
    """Notes each tick; times are seconds on any clock that does not jump."""

    def __init__(self) -> None:
        self.characters = 0  # drawn since the start
        self._drawn_at: deque[float] = deque(maxlen=RECENT)
        self._late: deque[float] = deque(maxlen=TICKS)

    def note(self, due: float, now: float) -> None:
        """Note that a character that was due has been drawn now."""
        self.characters += 1
        self._drawn_at.append(now)
        self._late.append(now - due)

    def rest(self) -> None:
        """Note that nothing is due: what comes after a rest is not slow."""
        self._drawn_at.clear()

    @property
    def pace(self) -> float:
        """Characters a second, over the last ones; 0 after a rest."""
        if len(self._drawn_at) < 2:
            return 0.0
        return (len(self._drawn_at) - 1) / max(self._drawn_at[-1] - self._drawn_at[0], 1e-6)

    @property
    def late(self) -> float:
        """Seconds that one tick in a hundred exceeds."""
        return float(np.quantile(self._late, 0.99)) if self._late else 0.0


async def at_most(what: Awaitable[object], seconds: float) -> None:
    """Wait for something, but no longer than so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(what, seconds)
