"""Leap Motion: the palm over the device steers the puck, a pinch may set the temperature.

The first hand that is seen steers until it leaves; others are ignored. A hand that rests sends
nothing, so that it does not quarrel with a finger. When it leaves, the puck coasts home to the
centre, unless somebody else has moved anything since.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from appliance.controls.attract import between
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.leap_frames import CONNECTING, HUNG, SILENT, Ear, Palm, Seen, standing
from appliance.controls.one_euro import Floats, Smooth, smooth
from appliance.controls.puck import inside
from appliance.settings import Table

AGAIN = 2.0  # seconds until the service is tried anew
LATER = 30.0  # seconds until missing bindings are looked for anew
CLOSING = 10.0  # seconds after which a connection that does not close will never do so
GONE = 0.5  # seconds without a frame after which the hand counts as gone
STILL = 2.0  # millimetres that a resting hand may waver
STEADY = 0.02  # of a pinch, the same
ELSEWHERE = 0.005  # of the puck's way: farther than rounding

log = logging.getLogger("appliance.controls")


def _rising(bounds: list[float]) -> list[float]:
    if bounds[0] >= bounds[1]:
        raise ValueError("the lower height must come first")
    return bounds


@dataclass(slots=True)
class Grip:
    """The hand that steers, and what was last sent of it."""

    hand: int  # LeapC's number
    at: Smooth | None = None  # millimetres, (3,)
    pinch: Smooth | None = None  # (1,)
    sent_at: Floats | None = None  # (3,)
    sent_pinch: float | None = None


class Leap(Control):
    """Steers the puck with a palm in the air."""

    class Settings(Table):
        """Where over the device the hand plays, and how its wavering is filtered."""

        axes: Literal["x-z", "x-y"] = Field(
            "x-z", description='plane of the puck: "x-z" lies flat, "x-y" stands upright'
        )
        centre: Annotated[list[float], Field(min_length=3, max_length=3)] = Field(
            [0.0, 220.0, 0.0], description="mm, x, y and z at which the puck is in the centre"
        )
        reach: float = Field(
            110.0, ge=20, le=400, description="mm, from the centre to the circle's edge"
        )
        height: Annotated[
            list[float], Field(min_length=2, max_length=2), AfterValidator(_rising)
        ] = Field([60.0, 450.0], description="mm above the device, between which a hand plays")
        min_cutoff: float = Field(
            1.5, ge=0.1, le=20, description="Hz, of the one-euro filter for a hand at rest"
        )
        beta: float = Field(
            0.02, ge=0, le=1, description="Hz that each mm/s adds to the filter's cutoff"
        )
        pinch: bool = Field(False, description="whether a pinch sets the temperature")
        home: float = Field(
            1.5, ge=0, le=60, description="seconds in which the puck coasts home; 0: it stays"
        )

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._ear: Ear | None = None
        self._seen = Seen()
        self._state, self._sentence = "looking", "leap looks for the Leap Motion."
        self._again = -math.inf  # when to try anew
        self._since = self._fresh = -math.inf  # when service or device, and when a frame, came
        self._palm: Palm | None = None  # the steering one of this frame
        self._grip: Grip | None = None
        self._put = (0.5, 0.5)  # where the puck was put, 0 to 1
        self._sent = -math.inf  # when
        self._home: tuple[tuple[float, float], float] | None = None  # a way home: from where, when

    def open(self) -> None:
        """Look for bindings, service and device with the next frame."""
        self._again = -math.inf

    def poll(self, shown: Shown) -> Iterable[Event]:
        """Return where the palm has moved the puck since the last frame."""
        self._attend(shown.now)
        frame = self._seen.frame if shown.now - self._fresh <= GONE else None
        before = self._grip.hand if self._grip else None
        self._palm = steering(frame.palms, before, self.settings.height) if frame else None
        if frame is None or self._palm is None:
            return self._coast(shown)
        if self._grip is None or self._grip.hand != self._palm.hand:
            self._grip = Grip(self._palm.hand)
        return self._steer(self._grip, self._palm, frame.when, shown.now)

    def close(self) -> None:
        """Let the connection go."""
        self._palm = self._grip = self._home = None
        self._seen = Seen()
        if self._ear is not None:
            self._ear.stop()
            self._ear.join(0.5)

    def health(self) -> Health:
        """Say whether there are bindings, a service, a device and a hand."""
        if self._state != "well":
            looking = self._state == "looking"
            return Health(self._sentence, looking, looking)
        if self._palm is None:
            return Health(f"{self._sentence}, and no hand is over it.")
        x, y, z = self._palm.at
        return Health(f"{self._sentence}, and a palm is at x {x:.0f}, y {y:.0f}, z {z:.0f} mm.")

    # --- service and device ---------------------------------------------------------------------

    def _attend(self, now: float) -> None:
        """Look what the ear has heard, and take another where this one is of no more use."""
        ear = self._ear
        if ear is None or (not ear.alive and ear.stopping):
            self._ear = None
            if now >= self._again:
                self._ear, self._seen = Ear(), Seen()
                self._since = self._fresh = now
            return
        alive, seen, before = ear.alive, ear.seen, self._seen
        if seen.losses != before.losses:
            self._enter("silent", SILENT.format(""))
        if (seen.connected, seen.devices) != (before.connected, before.devices):
            self._since = self._fresh = now
        if seen.frames != before.frames:
            self._fresh = now
        self._seen = seen
        if ear.stopping:
            if now - self._since > CLOSING:
                self._enter("hung", HUNG)
            return
        state, sentence = standing(
            seen, ended=not alive, since=now - self._since, quiet=now - self._fresh
        )
        if state:
            self._enter(state, sentence)
        late = not seen.connected and now - self._since >= CONNECTING
        if not alive or late or state == "stalled":
            ear.stop()
            self._since = now
            self._again = now + (LATER if seen.absent else AGAIN)

    def _enter(self, state: str, sentence: str) -> None:
        if state != self._state:
            log.log(
                logging.INFO if state == "well" else logging.WARNING, "%s", sentence.rstrip(".")
            )
        self._state, self._sentence = state, sentence

    # --- the hand -------------------------------------------------------------------------------

    def _steer(self, grip: Grip, palm: Palm, when: float, now: float) -> list[Event]:
        cutoff, events = self.settings.min_cutoff, []
        grip.at = smooth(
            grip.at, np.array(palm.at), when, min_cutoff=cutoff, beta=self.settings.beta
        )
        at = grip.at.value
        if grip.sent_at is None or np.linalg.norm(at - grip.sent_at) > STILL:
            grip.sent_at = at
            self._put = x, y = place(at, self.settings)
            events += [Event("puck/x", x, now), Event("puck/y", y, now)]
        if self.settings.pinch:
            grip.pinch = smooth(
                grip.pinch, np.array([palm.pinch]), when, min_cutoff=cutoff, beta=0.0
            )
            closed = min(1.0, max(0.0, float(grip.pinch.value[0])))
            if grip.sent_pinch is None:
                grip.sent_pinch = closed  # an open hand that arrives does not yet mean "cold"
            elif abs(closed - grip.sent_pinch) > STEADY:
                grip.sent_pinch = closed
                events.append(Event("temperature", closed, now))
        if events:
            self._sent = now
        return events

    def _coast(self, shown: Shown) -> list[Event]:
        if self._grip is not None:
            self._grip = None
            self._home = (self._put, shown.now) if self.settings.home > 0.0 else None
        if self._home is None or self._others(shown):
            self._home = None
            return []
        left, since = self._home
        way = (shown.now - since) / self.settings.home
        if way >= 1.0:
            self._home = None
        self._put = x, y = between(left, (0.5, 0.5), way)
        self._sent = shown.now
        return [Event("puck/x", x, shown.now), Event("puck/y", y, shown.now)]

    def _others(self, shown: Shown) -> bool:
        """Tell whether anybody else has moved anything since this control last did."""
        elsewhere = math.dist(shown.puck, self._put) > ELSEWHERE
        # Our own events count as a touch too: only one that is younger was another's.
        return elsewhere or shown.idle < shown.now - self._sent - 1e-3


def steering(palms: Sequence[Palm], before: int | None, height: Sequence[float]) -> Palm | None:
    """Return the palm that steers: the one that did before, else the first at a playing height."""
    low, high = height
    playing = [palm for palm in palms if low <= palm.at[1] <= high]
    return next((palm for palm in playing if palm.hand == before), next(iter(playing), None))


def place(at: Floats, settings: Leap.Settings) -> tuple[float, float]:
    """Return where the puck goes for a palm at (x, y, z) in mm: 0 to 1, y downwards."""
    x, y, z = (at - settings.centre) / settings.reach
    across, down = inside(float(x), float(z if settings.axes == "x-z" else -y))
    return (
        min(1.0, max(0.0, 0.5 + 0.5 * across)),
        min(1.0, max(0.0, 0.5 + 0.5 * down)),
    )
