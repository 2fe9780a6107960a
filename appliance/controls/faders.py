"""Where faders stand, whoever moves them, and how one hand takes a fader over from another.

The last hand on a fader has it. A hand whose own fader has a position (a box of faders) takes over
by `glide`, at once and over 0.3 s, or by `pickup`, when it passes where the level stands.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.takeover import Takeover

GLIDE = 0.3  # seconds in which a fader takes over a level that stood elsewhere
NEAR = 0.02  # of a fader's way: as close as a hand comes on purpose
ARRIVED = 1e-3  # of a fader's way: nearer than anyone can tell


@dataclass(slots=True)
class Fader:
    """One level: where it stands, where the hand that has it wants it, and how it gets there."""

    level: float = 0.0  # 0 to 1, what is seen
    smooth: float = 0.0  # what is heard of it
    goal: float = 0.0
    hand: str = ""
    left: float = 0.0  # level at which a glide began
    since: float = -math.inf  # seconds, when it began

    def put(self, level: float, hand: str = "") -> None:
        """Stand there at once, as far as the eye is concerned."""
        self.level = self.goal = min(1.0, max(0.0, level))
        self.hand, self.since = hand, -math.inf

    def rest(self) -> None:
        """Let what is heard be what is seen."""
        self.smooth = self.level

    def follow(
        self, level: float, hand: str, now: float, takeover: Takeover, before: float | None
    ) -> bool:
        """Follow a hand's own fader, which stood at `before`; tell whether it has the level."""
        if self.hand != hand:
            if takeover is Takeover.PICKUP and not _passes(before, level, self.level):
                return False
            self.left, self.since, self.hand = self.level, now, hand
        self.goal = level
        if now - self.since >= GLIDE:
            self.put(level, hand)
        return True

    def advance(self, now: float, share: float) -> bool:
        """Move on, what is heard by a share of its way; tell whether there is more to go."""
        way = min(1.0, max(0.0, (now - self.since) / GLIDE))
        self.level = self.goal if way >= 1.0 else self.left + (self.goal - self.left) * way
        self.smooth += (self.level - self.smooth) * share
        if abs(self.level - self.smooth) < ARRIVED:
            self.smooth = self.level
        return way < 1.0 or self.smooth != self.level


class Faders:
    """Faders by name."""

    def __init__(self, smoothing: float = 0.0, takeover: Takeover = Takeover.GLIDE) -> None:
        """Begin without any; `smoothing` is the time constant in seconds of what is heard."""
        self.all: dict[str, Fader] = {}
        self._smoothing, self._takeover = smoothing, takeover
        self._stood: dict[tuple[str, str], float] = {}  # by hand and fader
        self._advanced = -math.inf

    def offer(self, names: Sequence[str]) -> None:
        """Set which faders there are; those that stay keep their place."""
        self.all = {name: self.all.get(name) or Fader() for name in names}
        self._stood = {key: at for key, at in self._stood.items() if key[1] in self.all}

    def move(self, name: str, level: float, hand: str, now: float) -> bool:
        """Follow a fader that has a position of its own; tell whether it has the level."""
        fader = self.all.get(name)
        if fader is None:
            return False
        level = min(1.0, max(0.0, level))
        before = self._stood.get((hand, name))
        self._stood[hand, name] = level
        return fader.follow(level, hand, now, self._takeover, before)

    def advance(self, now: float) -> bool:
        """Let everything move on to this moment; tell whether anything still moves."""
        passed, self._advanced = max(0.0, now - self._advanced), now
        share = 1.0 if self._smoothing <= 0.0 else 1.0 - math.exp(-passed / self._smoothing)
        # A list and no generator: none stays behind the first that moves.
        return any([fader.advance(now, share) for fader in self.all.values()])  # noqa: C419  # as said


def _passes(before: float | None, level: float, stands: float) -> bool:
    if abs(level - stands) <= NEAR:
        return True
    return before is not None and (before - stands) * (level - stands) <= 0.0
