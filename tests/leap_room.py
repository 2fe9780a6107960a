"""A stage with a Leap whose service the test plays.

The module `leap` is a stand-in with the interface of Ultraleap's bindings; where
LEAP_BINDINGS_SOURCE names their source, each story is told on the bindings themselves too, over a
stand-in for LeapC; see docs/leap.md.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.controls.control import Shown
from appliance.controls.leap import Leap
from appliance.controls.puck import inside
from tests.appliance.leap_stand_in import PATIENCE, Service, module

FRAME = 1 / 60
SDK = Path(__file__).parent / "leap_sdk"
BINDINGS = os.environ.get("LEAP_BINDINGS_SOURCE", "")


def forget() -> None:
    """Let the next import find the bindings anew."""
    for name in [*sys.modules]:
        if name.partition(".")[0] in {"leap", "leapc_cffi"}:
            del sys.modules[name]


@pytest.fixture
def no_leap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No module leap, whatever is installed here, and none that stays behind."""
    forget()
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    forget()


@pytest.fixture(params=["stand-in", "bindings"] if BINDINGS else ["stand-in"])
def service(
    request: pytest.FixtureRequest, no_leap: None, monkeypatch: pytest.MonkeyPatch
) -> Service:
    """A Leap service, and a module leap that speaks with it."""
    made = Service()
    if request.param == "stand-in":
        monkeypatch.setitem(sys.modules, "leap", module(made))
        return made
    monkeypatch.setenv("LEAPSDK_INSTALL_LOCATION", str(SDK))
    monkeypatch.syspath_prepend(str(Path(BINDINGS) / "leapc-python-api" / "src"))
    leap = importlib.import_module("leap")
    assert Path(str(leap.__file__)).is_relative_to(BINDINGS)
    importlib.import_module("leapc_cffi").libleapc.service = made
    return made


class Room:
    """A stage that lays the puck where events say, with fingers that touch it too."""

    def __init__(self, **settings: Any) -> None:
        self.leap = Leap(Leap.Settings(**settings))
        self.now = self.touched = 1000.0
        self.puck = (0.5, 0.5)

    def frame(self, seconds: float = FRAME) -> dict[str, float]:
        """Let time pass, play what the control sends, and return it by what it moves."""
        self.now += seconds
        events = list(self.leap.poll(Shown(self.now, puck=self.puck, idle=self.now - self.touched)))
        assert all(event.when == self.now for event in events)
        moved = {event.what: event.value for event in events}
        x, y = moved.get("puck/x", self.puck[0]), moved.get("puck/y", self.puck[1])
        x, y = inside(2 * x - 1, 2 * y - 1)
        self.puck = (0.5 + 0.5 * x, 0.5 + 0.5 * y)
        if events:
            self.touched = self.now
        return moved

    def touch(self, puck: tuple[float, float] | None = None) -> None:
        """Touch the screen: the puck, or something else."""
        self.now += FRAME / 2
        self.touched = self.now
        self.puck = puck or self.puck

    def ended(self) -> None:
        """Wait until the thread has ended."""
        ear = self.leap._ear
        assert ear is not None
        ear.join(PATIENCE)
        assert not ear.alive

    @property
    def says(self) -> str:
        return self.leap.health().sentence


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    with made.leap:
        yield made


def connect(room: Room, service: Service) -> None:
    """Let the stage find service and device."""
    room.frame()
    service.say("Connection")
    service.plug()
    room.frame()


@pytest.fixture
def ready(room: Room, service: Service) -> Room:
    connect(room, service)
    return room


def at_the_rim(room: Room, service: Service) -> None:
    """Let a hand lay the puck at the rim."""
    service.track((7, 110.0, 200.0, 0.0))
    room.frame()
    assert room.puck == pytest.approx((1.0, 0.5))


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged."""
    return [record.getMessage() for record in caplog.records]
