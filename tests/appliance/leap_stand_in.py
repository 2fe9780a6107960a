"""A Leap service that a test plays, and a module `leap` with the interface of Ultraleap's bindings.

The service is the lowest layer: both this module and the stand-in for LeapC, on which the real
bindings run, take their events from it.
"""

import enum
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

PATIENCE = 10.0  # seconds until a test that waits for the thread fails

# Events that the bindings can read, of those that are said here.
NAMES = {"Connection", "ConnectionLost", "Device", "DeviceLost", "DeviceFailure", "Tracking"}


@dataclass(frozen=True)
class Said:
    """One event: its name, and what goes with it."""

    name: str
    device: int = 0
    when: int = 0  # microseconds
    palms: tuple[tuple[int, float, float, float, float], ...] = ()  # hand, x, y, z, pinch


class Service:
    """What the service says, in order; and what was asked of it."""

    def __init__(self) -> None:
        self.events: deque[Said] = deque()
        self.serials: dict[int, str] = {}  # by device; one without cannot be opened
        self.refuses = ""  # the name of the error that every poll ends in
        self.refuses_mode = False
        self.open = self.opened = 0
        self.modes: list[str] = []
        self.frames = 0
        self.hangs = False
        self._change = threading.Condition()
        self._waits = self._hung = False

    def next(self, seconds: float) -> Said | None:
        """Return the next event, or None if none comes in that time."""
        with self._change:
            while self.hangs:
                self._hung = True
                self._change.notify_all()
                self._change.wait(PATIENCE)
            self._hung = False
            if not self.events:
                self._waits = True
                self._change.notify_all()
                self._change.wait_for(lambda: bool(self.events) or self.hangs, seconds)
            return self.events.popleft() if self.events else None

    def attended(self) -> None:
        """Wait until somebody polls and has taken in all that was said."""
        with self._change:
            self._waits = False
            assert self._change.wait_for(lambda: self._waits and not self.events, PATIENCE)

    def say(self, *events: str | Said) -> None:
        """Say these, and wait until they were taken in."""
        with self._change:
            self.events += [Said(event) if isinstance(event, str) else event for event in events]
            self._change.notify_all()
        self.attended()

    def hang(self) -> None:
        """Let polls return no more, and wait until one does not."""
        with self._change:
            self.hangs = True
            self._change.notify_all()
            assert self._change.wait_for(lambda: self._hung, PATIENCE)

    def go_on(self) -> None:
        """Let polls return again, with whatever there is to say."""
        with self._change:
            self.hangs = False
            self._change.notify_all()

    def plug(self, device: int = 1, serial: str = "LP1") -> None:
        """Plug a device in."""
        self.serials[device] = serial
        self.say(Said("Device", device))

    def unplug(self, device: int = 1) -> None:
        """Pull it out."""
        self.say(Said("DeviceLost", device))

    def track(self, *palms: tuple[int, float, float, float], pinch: float = 0.0) -> None:
        """Say one frame, 10 ms after the one before, with these palms (hand, x, y, z in mm)."""
        self.frames += 1
        hands = tuple((*palm, pinch) for palm in palms)
        self.say(Said("Tracking", when=10_000 * self.frames, palms=hands))


class LeapError(Exception):
    """As in the bindings."""


class LeapTimeoutError(LeapError):
    """As in the bindings."""


class LeapNotConnectedError(LeapError):
    """As in the bindings."""


class TrackingMode(enum.Enum):
    """As in the bindings."""

    Desktop = 0


@dataclass
class Device:
    """As in the bindings."""

    id: int
    serial: str | None

    @contextmanager
    def open(self) -> Iterator["Device"]:
        if self.serial is None:
            raise LeapError((), {})
        yield self

    def get_info(self) -> SimpleNamespace:
        return SimpleNamespace(serial=self.serial)


@dataclass
class Connection:
    """As in the bindings, as far as it is polled by its owner."""

    service: Service
    is_open: bool = field(default=False, init=False)

    def connect(self, *, auto_poll: bool = True, timeout: float = 10) -> None:
        assert not auto_poll, "the control polls by itself"
        self.is_open = True
        self.service.open += 1
        self.service.opened += 1

    def disconnect(self) -> None:
        assert self.is_open
        self.is_open = False
        self.service.open -= 1

    def set_tracking_mode(self, mode: TrackingMode) -> None:
        if self.service.refuses_mode:
            raise LeapNotConnectedError((), {})
        self.service.modes.append(mode.name)

    def poll(self, timeout: float | None = None) -> Any:
        said = self.service.next(1.0 if timeout is None else timeout)
        if self.service.refuses:
            raise ERRORS[self.service.refuses]((), {})
        if said is None:
            raise LeapTimeoutError((), {})
        if said.name not in NAMES:
            raise KeyError(said.name)
        event = SimpleNamespace(type=SimpleNamespace(name=said.name))
        event.device = Device(said.device, self.service.serials.get(said.device))
        event.timestamp = said.when
        event.hands = [_hand(*palm) for palm in said.palms]
        return event


ERRORS = {"NotConnected": LeapNotConnectedError}


def _hand(number: int, x: float, y: float, z: float, pinch: float) -> SimpleNamespace:
    palm = SimpleNamespace(position=SimpleNamespace(x=x, y=y, z=z))
    return SimpleNamespace(id=number, palm=palm, pinch_strength=pinch)


def module(service: Service) -> ModuleType:
    """Return a module `leap` over this service."""
    leap: Any = ModuleType("leap")
    leap.Connection = lambda: Connection(service)
    leap.TrackingMode = TrackingMode
    leap.LeapError = LeapError
    leap.exceptions = SimpleNamespace(LeapTimeoutError=LeapTimeoutError)
    made: ModuleType = leap
    return made
