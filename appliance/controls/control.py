"""What a control is: a driver that turns a gesture into values from 0 to 1, and knows nothing else.

    open   when the stage begins; a device that is missing is no error
    poll   once a frame, a hundred times a second at most; never waits
    close  when the stage ends; a second call does nothing

A control whose device goes away says so in its health, and takes it up again when it returns. It
knows neither the window nor the wire: what it may move, and how things stand, comes as `Shown`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from appliance.settings import Table

# What an event may move. "level/linux", "active/linux" and "alone/linux" name a style; a button
# is 1 when it goes down and 0 when it is let go.
PLAIN = ("puck/x", "puck/y", "temperature", "pace", "reset", "hold", "joint", "layout")
STYLED = ("level", "active", "alone")


@dataclass(frozen=True, slots=True)
class Event:
    """One value that a hand gave something.

    `what` is "level/linux" (a fader), "active/linux", "alone/linux", "puck/x", "puck/y",
    "temperature", "pace", "reset", "hold", "joint" or "layout". `value` is 0 to 1, the puck's y
    downwards; `when` is in seconds of the clock in Shown. `hand` tells apart several faders of one
    control that move the same thing.
    """

    what: str
    value: float
    when: float
    hand: str = ""

    def __post_init__(self) -> None:
        kind, _, style = self.what.partition("/")
        if self.what not in PLAIN and not (kind in STYLED and style):
            raise ValueError(f"a control cannot move {self.what!r}")
        if not 0.0 <= self.value <= 1.0:  # not a number fails too
            raise ValueError(f"{self.what} takes 0 to 1, not {self.value}")
        if not math.isfinite(self.when):
            raise ValueError(f"{self.what} has the time {self.when}")


@dataclass(frozen=True, slots=True)
class Shown:
    """How things stand in this frame, for controls that answer: motors, rings, attract."""

    now: float  # seconds
    faders: tuple[str, ...] = ()  # styles in the order in which faders play them
    active: tuple[str, ...] = ()  # styles of the circle, in its order
    levels: Mapping[str, float] = field(default_factory=dict)  # 0 to 1, by style
    titles: Mapping[str, str] = field(default_factory=dict)  # by style
    puck: tuple[float, float] = (0.5, 0.5)  # x to the right, y downwards
    temperature: float = 0.5  # on the controls' scale, 0 to 1
    pace: float = 0.5  # on the controls' scale, 0 to 1
    hold: bool = False
    idle: float = 0.0  # seconds since a hand moved anything; attract is no hand
    typing: bool = True  # whether the engine is there and has drawn lately


@dataclass(frozen=True, slots=True)
class Health:
    """How a control is, in one sentence for the technician; `well` means nothing is to be done.

    `looking` is for one that does not know yet and soon will: the doctor waits for it.
    """

    sentence: str
    well: bool = True
    looking: bool = False


class Control(ABC):
    """A driver for one kind of hand; see docs/adding-a-control.md."""

    Settings: ClassVar[type[Table]]
    """The control's table in the settings: fields with types, bounds, defaults and units."""

    takes_over: ClassVar[bool] = False
    """Whether its faders have a position of their own, so that takeover applies to them."""

    yields: ClassVar[bool] = False
    """Whether any other hand silences it at once, and its moves count as no touch."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:  # noqa: B027  # a control without a device has nothing to open
        """Begin to look for the device; what is missing is told by health, never raised."""

    @abstractmethod
    def poll(self, shown: Shown) -> Iterable[Event]:
        """Return what was moved since the last frame, without waiting."""

    def close(self) -> None:  # noqa: B027  # as above
        """Let the device go."""

    @abstractmethod
    def health(self) -> Health:
        """Say how the control is."""

    def plays(self) -> Mapping[str, str]:
        """Return for each style that a fader plays now what is written beside that fader."""
        return {}

    def notice(self) -> str:
        """Return what visitors must be told as long as it is so: that a camera is on."""
        return ""

    def learn(self, what: str | None) -> bool:
        """Give `what` to the fader or button that is moved next; None ends the waiting.

        Returns whether this control can learn.
        """
        del what
        return False

    def learned(self) -> str | None:
        """Return, once, a sentence about what was just learned."""
        return None
