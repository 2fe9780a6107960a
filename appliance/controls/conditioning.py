"""From what a converter reads to where a fader stands: quiet, silent at rest, reaching both ends.

    counts ─► median of five ─► average ─► between the fader's ends ─► hysteresis ─► 0..1

The median takes single spikes, the average the hiss. The dead bands stretch the way beyond both
ends, and only what is told is cut off there: so a fader that is pushed home says exactly 0 or 1,
and one that rests beside its end is as silent as anywhere else.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST = 1023  # counts, of a converter of 10 bits
LEARNABLE = 256  # counts between a fader's ends: less is a wire and no fader
REST = 0.25  # seconds after which a fader that moves no more has come to rest
KEPT = 5  # readings of which the median is taken
RAIL = 1  # counts from 0 or from MOST at which a channel is taken to read nothing else
LEAP = 512  # counts: half of the way
AT_ONCE = 0.02  # seconds between two readings in which no hand moves two faders half their way


def ends(count: int, inverted: tuple[int, ...] = ()) -> Floats:
    """Return the counts at the bottom and at the top of faders never learned, shape (count, 2)."""
    found = np.tile([0.0, float(MOST)], (count, 1))
    chosen = [index for index in inverted if index < count]
    found[chosen] = found[chosen, ::-1]
    return found


def along(counts: Floats, ends: Floats, band: float | Floats) -> Floats:
    """Return where faders stand on their way, from `counts` (n,) and `ends` (n, 2), not cut off.

    0 is where the dead band of the bottom ends and 1 where that of the top begins, each `band` of
    the whole way, for all or (n,); the ends themselves lie beyond. A fader whose top reads less
    than its bottom is a reversed one.
    """
    bottom, top = ends.T
    way: Floats = (counts - bottom) / (top - bottom)
    stretched: Floats = (way - band) / (1.0 - 2.0 * band)
    return stretched


def cut(way: Floats) -> Floats:
    """Return the way with what lies beyond the ends put onto them."""
    inside: Floats = np.clip(way, 0.0, 1.0)
    return inside


def learned(bottom: Floats, top: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the ends (n, 2) of faders that were read at both, and which of them (n,) are faders.

    A channel whose two readings lie close together was not moved, or is not wired.
    """
    return np.stack([bottom, top], axis=1), np.abs(top - bottom) >= LEARNABLE


def rail(counts: Floats) -> float | None:
    """Return 0 or MOST if every channel reads that, as a chip does that is not there."""
    if len(counts) and bool((counts <= RAIL).all()):
        return 0.0
    if len(counts) and bool((counts >= MOST - RAIL).all()):
        return float(MOST)
    return None


def vanished(before: Floats, counts: Floats, passed: float) -> bool:
    """Tell whether a box was unplugged between two readings, (n,) each, `passed` seconds apart.

    All channels read one rail, and two at least came half their way at once: faster than hands.
    """
    far = np.abs(counts - before) >= LEAP
    return rail(counts) is not None and passed <= AT_ONCE and int(far.sum()) >= 2


class Conditioner:
    """The faders of one chip; says where a fader stands when a hand has moved it, and only then.

    What the first reading finds is where the faders rest, and is not told. Where a fader came to
    rest is told to the count, so that noise that comes later never finds it half a step away.
    """

    def __init__(self, ends: Floats, *, smoothing: float, band: float, still: float) -> None:
        """Take the faders' ends (n, 2) in counts.

        `smoothing` is the average's time constant in seconds, `still` the part of the converter's
        range below which nothing has moved, `band` the part of the way that is a dead band: at
        least two `still`, so that an end is told even where the last of the way is not.
        """
        self._ends, self._smoothing = ends, smoothing
        # A short way is stretched, and its noise with it.
        self._still = still * MOST / np.abs(ends[:, 1] - ends[:, 0])
        self._band = np.maximum(band, 2.0 * self._still)
        self._window: deque[Floats] = deque(maxlen=KEPT)
        self._average = self._told = self._told_at = np.zeros(0)
        self._awake = np.zeros(0, dtype=np.bool_)
        self._at = 0.0

    @property
    def stand(self) -> Floats:
        """Where the faders stand, (n,), 0 to 1; none before the first reading."""
        return cut(self._told)

    def take(self, counts: Floats, now: float) -> dict[int, float]:
        """Take a reading (n,) in counts at `now` seconds; return what was moved, by index."""
        passed, self._at = max(0.0, now - self._at), now
        first = not self._window
        self._window.extend([counts] * (KEPT if first else 1))
        middle: Floats = np.median(self._window, axis=0)
        if first:
            self._average = middle
            self._told = along(middle, self._ends, self._band)
            self._told_at = np.full(len(counts), now)
            self._awake = np.zeros(len(counts), dtype=np.bool_)
            return {}
        share = 1.0 if self._smoothing <= 0.0 else 1.0 - float(np.exp(-passed / self._smoothing))
        self._average = self._average + (middle - self._average) * share
        way = along(self._average, self._ends, self._band)
        moved = np.abs(way - self._told) >= self._still
        rested = self._awake & ~moved & (now - self._told_at >= REST)
        before = cut(self._told)
        self._told = np.where(moved | rested, way, self._told)
        self._told_at = np.where(moved, now, self._told_at)
        self._awake = (self._awake | moved) & ~rested
        after = cut(self._told)
        return {int(i): float(after[i]) for i in np.flatnonzero(after != before)}
