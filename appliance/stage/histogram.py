"""Distributions as bars: which bar is whose, how tall it is, and drawing only those that moved.

Every bar is one of the 128 ASCII characters; those that have no shape, and are never written, share
the first.
"""

import numpy as np
import pygame
from numpy.typing import NDArray

from appliance.stage.theme import Colour

Floats = NDArray[np.float64]
BARS = 98  # the unseen, tabulator, line end, and the 95 from space to tilde
GLIDE = 0.05  # seconds, time constant of the bars
SETTLED = 2e-3  # of a probability: nearer than this, a bar stands where it belongs


def bars(distribution: NDArray[np.float32]) -> Floats:
    """Return the bars (98,) of a distribution (128,); nothing of it is left out."""
    found = np.empty(BARS)
    found[1:3] = distribution[[9, 10]]
    found[3:] = distribution[32:127]
    found[0] = max(0.0, float(distribution.sum(dtype=np.float64) - found[1:].sum()))
    return found


def code(bar: int) -> int:
    """Return the ASCII code that a bar stands for; 0 for the unseen."""
    return (0, 9, 10)[bar] if bar < 3 else bar + 29


def tall(values: Floats) -> Floats:
    """Return the heights of bars, 0 to 1: the root, so that what is unlikely is seen too."""
    return np.sqrt(np.clip(values, 0.0, 1.0))


class Histogram:
    """Bars in a place, of which only those that differ are drawn."""

    def __init__(self, place: pygame.Rect, colour: Colour, ground: Colour) -> None:
        self.place, self._colour, self._ground = place, colour, ground
        edges = np.linspace(place.left, place.right, BARS + 1).round().astype(int)
        self.left = edges[:-1].tolist()
        room = place.width / BARS
        self.wide = max(1, int(room) - round(room / 4 + 0.25))
        self._high = np.zeros(BARS, dtype=np.int64)

    def forget(self) -> None:
        """Take it that no bar stands there."""
        self._high[:] = 0

    def middle(self, bar: int) -> int:
        """Return the x of a bar's middle."""
        return int(self.left[bar]) + self.wide // 2

    def draw(self, surface: pygame.Surface, values: Floats) -> bool:
        """Draw bars of probabilities (98,); return whether any has another height."""
        high = np.rint(tall(values) * self.place.height).astype(np.int64)
        changed = np.flatnonzero(high != self._high)
        foot = self.place.bottom
        for i in changed.tolist():
            old, new = int(self._high[i]), int(high[i])
            tone = self._colour if new > old else self._ground
            upper, lower = max(old, new), min(old, new)
            surface.fill(tone, (self.left[i], foot - upper, self.wide, upper - lower))
        self._high = high
        return bool(changed.size)
