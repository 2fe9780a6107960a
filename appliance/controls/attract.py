"""Attract: when nobody has touched the piece for a while, a ghost hand carries the puck about.

It rests near one style, so that one hears it, and passes to the next through the circle, so that
one hears the mixture. Any hand silences it in the same frame.
"""

import math
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.puck import places
from appliance.settings import Table

NEAR = 0.92  # of the circle's radius: the ghost comes close to a style and not onto it
STRIDE = 0.381966  # of the circle, the golden angle's share: what follows stands far apart


class Attract(Control):
    """Carries the puck from style to style while nobody plays."""

    class Settings(Table):
        """When the ghost hand begins, and how slowly it goes."""

        after: float = Field(120.0, ge=5, le=3600, description="seconds without a touch")
        rest: float = Field(5.0, ge=0, le=120, description="seconds at a style")
        travel: float = Field(7.0, ge=1, le=120, description="seconds from style to style")

    settings: Settings
    yields: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._left = (0.0, 0.0)  # where the present way began, unit disc
        self._leg = -1  # how many ways were begun since the ghost came, less one
        self._began = 0.0
        self._among: tuple[str, ...] = ()  # the circle on which this way lies
        self._rests = False

    def poll(self, shown: Shown) -> Iterable[Event]:
        """Move the puck a little, if nobody else does."""
        if shown.idle < self.settings.after or not shown.active:
            self._leg = -1
            return []
        at = (2.0 * shown.puck[0] - 1.0, 2.0 * shown.puck[1] - 1.0)
        passed = shown.now - self._began
        over = passed >= self.settings.travel + self.settings.rest
        if self._leg < 0 or over or shown.active != self._among:
            self._leg, self._began, self._left, passed = self._leg + 1, shown.now, at, 0.0
            self._among, self._rests = shown.active, False
        if self._rests:
            return []
        self._rests = passed >= self.settings.travel
        there = destination(self._leg, len(shown.active))
        x, y = between(self._left, there, passed / self.settings.travel)
        return [
            Event("puck/x", 0.5 + 0.5 * x, shown.now),
            Event("puck/y", 0.5 + 0.5 * y, shown.now),
        ]

    def health(self) -> Health:
        """Say whether the ghost is about."""
        if self._leg < 0:
            return Health(f"attract waits for {self.settings.after:g} s without a touch.")
        return Health("attract plays: nobody has touched the piece for a while.")


def destination(leg: int, styles: int) -> tuple[float, float]:
    """Return where in the unit disc the ghost goes on its n-th way: to each style, none twice."""
    x, y = places(styles)[leg * stride(styles) % styles]
    return NEAR * float(x), NEAR * float(y)


def stride(styles: int) -> int:
    """Return by how many places it goes on, so that all are visited before one returns."""
    whole = [step for step in range(1, max(2, styles)) if math.gcd(step, styles) == 1]
    return min(whole, key=lambda step: abs(step - STRIDE * styles))


def between(
    start: tuple[float, float], end: tuple[float, float], way: float
) -> tuple[float, float]:
    """Return the point at a share of the way, slow at both ends."""
    eased = 0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, way)))
    return start[0] + (end[0] - start[0]) * eased, start[1] + (end[1] - start[1]) * eased
