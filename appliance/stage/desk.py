"""The instrument as hands find it: faders, the circle with its puck, and what they send.

Every gesture changes the desk at once, so that the same frame shows it; what changed is sent once
a frame. What the engine reports and this desk did not send came from another hand, and is shown.
"""

from collections.abc import Sequence

import numpy as np

from appliance import wire
from appliance.controls import puck
from appliance.controls.mixer import Mixer
from appliance.stage.link import Link

ECHO = 0.5  # seconds in which the engine's report may still be older than what was sent


class Desk:
    """Faders and puck over a link to the engine."""

    def __init__(self, link: Link, order: Sequence[str] = (), sharpness: float = 2.0) -> None:
        self.link = link
        self.mixer = Mixer()
        self.puck = (0.0, 0.0)
        self.slugs: tuple[str, ...] = ()
        self._order, self._sharpness = tuple(order), sharpness
        self._moved = self._chosen = False
        self._touched_at = -1e9

    @property
    def circle(self) -> tuple[str, ...]:
        """The active styles in their order around the circle."""
        return tuple(slug for slug in self.slugs if slug in self.mixer.active)

    def follow(self, messages: Sequence[wire.Message], now: float) -> None:
        """Take over what the engine said."""
        view = self.link.view
        known = sorted(view.styles)
        first = [slug for slug in self._order if slug in view.styles]
        slugs = tuple(first + [slug for slug in known if slug not in first])
        if slugs != self.slugs:
            self.slugs = slugs
            self.mixer.offer(slugs)
        if now - self._touched_at > ECHO and self.mixer.adopt(view.weights, view.active):
            self._settle_puck()
        for message in messages:
            if isinstance(message, wire.Puck):
                self.move_puck(2.0 * message.x - 1.0, 2.0 * message.y - 1.0, now)

    def set_level(self, slug: str, level: float, now: float) -> None:
        """Move a fader."""
        asleep = slug not in self.mixer.active
        self.mixer.set_level(slug, level)
        self._touch(now, chosen=asleep)
        self._settle_puck()

    def alone(self, slug: str, now: float) -> None:
        """Play one style alone."""
        self.mixer.set_levels({slug: 1.0})
        self._touch(now)
        self._settle_puck()

    def toggle(self, slug: str, now: float) -> None:
        """Wake a style or send it to sleep."""
        self.mixer.set_active(slug, slug not in self.mixer.active)
        self._touch(now, chosen=True)
        self._settle_puck()

    def move_puck(self, x: float, y: float, now: float) -> None:
        """Lay the puck at a place of the unit disc."""
        circle = self.circle
        if not circle:
            return
        self.puck = puck.inside(x, y)
        weights = puck.weights(*self.puck, len(circle), self._sharpness)
        self.mixer.set_levels(dict(zip(circle, (weights / weights.max()).tolist(), strict=True)))
        self._touch(now)

    def flush(self) -> None:
        """Send what was moved since the last time."""
        if self._moved or self._chosen:
            weights = wire.Weights(tuple(self.mixer.weights().items()))
            # In one datagram, so that nothing stands between the choice and its weights.
            self.link.send(*([wire.Active(self.circle), weights] if self._chosen else [weights]))
            self.mixer.sent()
        self._moved = self._chosen = False

    def _touch(self, now: float, *, chosen: bool = False) -> None:
        self._touched_at = now
        self._moved = True
        self._chosen = self._chosen or chosen

    def _settle_puck(self) -> None:
        weights = self.mixer.weights()
        self.puck = puck.centroid(np.array([weights.get(slug, 0.0) for slug in self.circle]))
