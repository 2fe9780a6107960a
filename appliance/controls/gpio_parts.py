"""The parts of the GPIO control, each of which may be missing, fail, and come back by itself."""

import math
from abc import ABC, abstractmethod
from contextlib import suppress

from appliance.controls.conditioning import (
    LEARNABLE,
    MOST,
    RAIL,
    Conditioner,
    Floats,
    ends,
    rail,
    vanished,
)
from appliance.controls.gpio_wiring import Chip, Front, NoPinsError, Wired

LOOK_AGAIN = 2.0  # seconds until a part that failed is opened once more
STALE = 3.0  # seconds without a frame after which the stage has stopped
NO_PINS = (
    "on a Raspberry Pi install python3-lgpio and let LG_WD name a folder that can be written; "
    "anywhere else take gpio out of controls.on"
)


class Part(ABC):
    """One wired thing, opened when it can be and used once a sample."""

    def __init__(self, wired: Wired) -> None:
        self.wired = wired
        self.fault = ""  # one clause; empty while all is well
        self._is_open = False
        self._again = -math.inf

    def tend(self, now: float) -> None:
        """Open it if it is time to, and use it; what it raises closes it for a while."""
        if not self._is_open and now < self._again:
            return
        try:
            if not self._is_open:
                self.wired.open()
                self._is_open = True
                self.begin()
            self.use(now)
        except Exception as error:  # noqa: BLE001  # pin drivers raise whatever they like
            self.fault = clause(self.wired, error, opened=self._is_open)
            self.close()
            self._again = now + LOOK_AGAIN
        else:
            self.fault = self.trouble()

    def close(self) -> None:
        """Let it go, whatever it says to that; a second call does nothing."""
        self._is_open = False
        with suppress(Exception):
            self.wired.close()

    def trouble(self) -> str:
        """Return what is wrong with it although it can be used, as one clause."""
        return ""

    @abstractmethod
    def begin(self) -> None:
        """Take note of how it stands when it has been opened."""

    @abstractmethod
    def use(self, now: float) -> None:
        """Read it and write it once."""


class Box(Part):
    """The faders of one chip.

    When their box is unplugged and the readings fall to one rail together, the faders are held
    where they stood; when it is plugged in again, they rest wherever they are until one is moved.
    """

    def __init__(
        self, chip: Chip, inverted: tuple[int, ...], *, smoothing: float, band: float, still: float
    ) -> None:
        super().__init__(chip)
        self.chip = chip
        self.moved: dict[int, float] = {}  # by channel, since somebody has emptied it
        self.counts: Floats | None = None  # the last reading
        self.learned = 0  # of how many faders the ends are known
        self._unlearned = ends(chip.count, inverted)
        self._ends = self._unlearned
        self._how = {"smoothing": smoothing, "band": band, "still": still}
        self._conditioner: Conditioner | None = None
        self._at = -math.inf
        self._gone = False

    def learn(self, kept: object) -> None:
        """Take the ends that were learned, by chip and channel, and let the faders rest anew."""
        known = learned_ends(kept)
        self._ends, self.learned = self._unlearned.copy(), 0
        for channel in range(self.chip.count):
            pair = known.get(f"{self.chip.address}/{channel}")
            if pair is not None:
                self._ends[channel] = pair
                self.learned += 1
        self._conditioner = None

    def begin(self) -> None:
        """Let the faders rest where they are found."""
        self._conditioner, self.counts, self._gone = None, None, False

    def use(self, now: float) -> None:
        """Read the faders."""
        before, self.counts = self.counts, self.chip.read()
        passed, self._at = now - self._at, now
        if before is not None and vanished(before, self.counts, passed):
            self._gone = True
        if self._gone:
            self._gone = rail(self.counts) is not None
            self._conditioner = None
            return
        if self._conditioner is None:
            self._conditioner = Conditioner(self._ends, **self._how)
        self.moved |= self._conditioner.take(self.counts, now)

    def trouble(self) -> str:
        """Say that the box was unplugged."""
        if self._gone:
            return f"the faders of {self.wired.name} fell silent together: plug their box in again"
        return ""

    def doubt(self) -> str:
        """Return what may be wrong, or may be how the faders stand; a clause or nothing."""
        if self._gone or self.counts is None or rail(self.counts) is None:
            return ""
        end = "0" if self.counts[0] <= RAIL else str(MOST)
        return f"all faders of {self.wired.name} read {end}: at one end, or not plugged in"


class Panel(Part):
    """Buttons, encoder and light."""

    def __init__(self, front: Front) -> None:
        super().__init__(front)
        self.front = front
        self.presses: list[tuple[str, bool]] = []  # down or up, since somebody has emptied them
        self.clicks = 0  # of the encoder, likewise
        self.light = False  # how it shall be
        self._down: frozenset[str] = frozenset()
        self._steps = 0
        self._lit: bool | None = None  # how it is, as far as known

    def begin(self) -> None:
        """Take a button that is down from the beginning for a stuck one: it counts when let go."""
        self._down, self._steps, self._lit = self.front.pressed(), self.front.steps(), None

    def use(self, now: float) -> None:
        """Read buttons and encoder, and switch the light if it is to change."""
        del now
        down, steps = self.front.pressed(), self.front.steps()
        self.presses += [(name, name in down) for name in sorted(down ^ self._down)]
        self.clicks += steps - self._steps
        self._down, self._steps = down, steps
        if self.light != self._lit:
            self.front.shine(self.light)
            self._lit = self.light


def lit(typing: bool, since_frame: float, now: float) -> bool:
    """Tell whether the light is on: steady while the piece runs, else a second in two.

    `since_frame` is how many seconds ago the stage last showed a frame.
    """
    return (typing and since_frame <= STALE) or int(now) % 2 == 0


def learned_ends(kept: object) -> dict[str, tuple[float, float]]:
    """Return the ends in counts, by "chip/channel", of what was kept; what makes no sense is not.

    `kept` is the table that `appliance learn faders` has written.
    """
    found: dict[str, tuple[float, float]] = {}
    for key, pair in kept.items() if isinstance(kept, dict) else ():
        match pair:
            case [int() | float() as bottom, int() | float() as top]:
                if 0 <= bottom <= MOST and 0 <= top <= MOST and abs(top - bottom) >= LEARNABLE:
                    found[str(key)] = (float(bottom), float(top))
    return found


def clause(wired: Wired, error: Exception, *, opened: bool) -> str:
    """Return what happened to a wired thing and what to do about it, without a full stop."""
    said = str(error).strip().split("\n")[0][:200] or type(error).__name__
    if isinstance(error, NoPinsError):
        return f"the pins cannot be used ({said}): {NO_PINS}"
    remedy = "look at its wires and its 3.3 V" if opened else wired.remedy
    return f"the {wired.name} cannot be used ({said}): {remedy}"
