"""The palm over the Leap, with a service that the test plays.

Each story is told twice: on a stand-in with the bindings' interface, and on Ultraleap's own
bindings over a stand-in for LeapC where LEAP_BINDINGS_SOURCE names their source, see docs/leap.md.
"""

import importlib
import logging
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance import wire
from appliance.controls.control import Event, Shown
from appliance.controls.hands import Hands
from appliance.controls.leap import GONE, LATER, STILL, Leap, place, steering
from appliance.controls.leap_frames import CONNECTING, QUIET, Ear, Palm
from appliance.controls.puck import inside
from appliance.settings import Loaded
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from tests.appliance.leap_stand_in import PATIENCE, Said, Service, module
from tests.puppet import Clock, Puppet

FRAME = 1 / 60
SDK = Path(__file__).parents[1] / "leap_sdk"
BINDINGS = os.environ.get("LEAP_BINDINGS_SOURCE", "")


def forget() -> None:
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


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.mark.skipif(
    not BINDINGS,
    reason="LEAP_BINDINGS_SOURCE does not name the source of Ultraleap's leapc-python-bindings, "
    "github.com/ultraleap/leapc-python-bindings; see docs/leap.md",
)
def test_ultraleaps_own_bindings(ready: Room, service: Service) -> None:
    # Every story of this file that asks for a service is told on them too, where they are.
    service.track((7, 55.0, 200.0, -55.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.75, "puck/y": 0.25})


# --- the hand ------------------------------------------------------------------------------------


def test_the_palm_steers_the_puck(ready: Room, service: Service) -> None:
    service.track((7, 55.0, 200.0, -55.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.75, "puck/y": 0.25})
    assert ready.leap.health().well
    assert ready.says == "Leap Motion LP1 is there, and a palm is at x 55, y 200, z -55 mm."


def test_it_asks_for_the_desktop_mode(ready: Room, service: Service) -> None:
    assert service.modes == ["Desktop"]


def test_a_resting_hand_sends_nothing(ready: Room, service: Service) -> None:
    service.track((7, 30.0, 200.0, 0.0))
    assert ready.frame()
    for number in range(20):
        service.track((7, 30.0 + 0.9 * STILL * (-1) ** number, 200.0, 0.0))
        assert ready.frame() == {}
    for _ in range(50):
        service.track((7, 60.0, 200.0, 0.0))
        ready.frame()
    assert ready.puck == pytest.approx((0.5 + 30 / 110, 0.5), abs=STILL / 110)


def test_the_same_frame_is_played_once(ready: Room, service: Service) -> None:
    service.track((7, 30.0, 200.0, 0.0))
    assert ready.frame()
    assert ready.frame() == {}


def test_the_first_hand_steers_until_it_leaves(ready: Room, service: Service) -> None:
    service.track((7, 55.0, 200.0, 0.0))
    ready.frame()
    service.track((9, -110.0, 200.0, 0.0), (7, 55.0, 200.0, 0.0))
    assert ready.frame() == {}
    service.track((9, -110.0, 200.0, 0.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.0, "puck/y": 0.5})


def test_a_hand_beside_the_playing_height_is_none(ready: Room, service: Service) -> None:
    service.track((7, 55.0, 30.0, 0.0))
    assert ready.frame() == {}
    service.track((7, 55.0, 500.0, 0.0))
    assert ready.frame() == {}
    assert ready.says == "Leap Motion LP1 is there, and no hand is over it."


def test_a_place_that_is_no_number_is_no_hand(ready: Room, service: Service) -> None:
    service.track((7, math.nan, 200.0, 0.0))
    assert ready.frame() == {}
    assert ready.leap.health().well


def test_a_pinch_sets_the_temperature_where_the_settings_want_it(service: Service) -> None:
    room = Room(pinch=True)
    with room.leap:
        connect(room, service)
        service.track((7, 0.0, 200.0, 0.0), pinch=0.1)
        assert "temperature" not in room.frame()
        service.track((7, 0.0, 200.0, 0.0), pinch=0.1)
        assert room.frame() == {}
        moved: list[tuple[str, float]] = []
        for _ in range(100):
            service.track((7, 0.0, 200.0, 0.0), pinch=1.0)
            moved += room.frame().items()
        assert {what for what, _ in moved} == {"temperature"}
        values = [value for _, value in moved]
        assert values == sorted(values) and values[-1] == pytest.approx(1.0, abs=0.02)


def test_a_pinch_means_nothing_by_default(ready: Room, service: Service) -> None:
    for number in range(20):
        service.track((7, 0.0, 200.0, 0.0), pinch=number / 20)
        assert "temperature" not in ready.frame()


# --- the way home --------------------------------------------------------------------------------


def at_the_rim(room: Room, service: Service) -> None:
    service.track((7, 110.0, 200.0, 0.0))
    room.frame()
    assert room.puck == pytest.approx((1.0, 0.5))


def test_a_hand_that_leaves_lets_the_puck_coast_home(ready: Room, service: Service) -> None:
    at_the_rim(ready, service)
    service.track()
    way = [ready.frame().get("puck/x") for _ in range(120)]
    moved = [x for x in way if x is not None]
    assert moved == sorted(moved, reverse=True)
    assert len(moved) == pytest.approx(1.5 / FRAME, abs=2)
    assert ready.puck == pytest.approx((0.5, 0.5))
    assert way[-20:] == [None] * 20


def test_a_hand_that_returns_has_the_puck_at_once(ready: Room, service: Service) -> None:
    at_the_rim(ready, service)
    service.track()
    for _ in range(30):
        assert ready.frame()
    service.track((7, -110.0, 200.0, 0.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.0, "puck/y": 0.5})


@pytest.mark.parametrize("puck", [(0.3, 0.6), None])
@pytest.mark.parametrize("frames", [0, 30])
def test_any_other_hand_ends_the_way_home(
    ready: Room, service: Service, puck: tuple[float, float] | None, frames: int
) -> None:
    at_the_rim(ready, service)
    if frames:
        service.track()
        for _ in range(frames):
            assert ready.frame()
    ready.touch(puck)
    service.track()
    for _ in range(10):
        assert ready.frame() == {}


def test_a_ghost_that_has_taken_the_puck_keeps_it(ready: Room, service: Service) -> None:
    at_the_rim(ready, service)
    ready.puck = (0.2, 0.2)  # attract is no touch
    service.track()
    assert ready.frame() == {}


def test_the_puck_may_stay(service: Service) -> None:
    room = Room(home=0.0)
    with room.leap:
        connect(room, service)
        at_the_rim(room, service)
        service.track()
        assert room.frame() == {}
        assert room.puck == (1.0, 0.5)


def test_frames_that_stop_are_a_hand_that_has_left(ready: Room, service: Service) -> None:
    at_the_rim(ready, service)
    assert ready.frame(GONE) == {}
    assert ready.frame()["puck/x"] == pytest.approx(1.0, abs=0.01)
    assert ready.frame(2.0) == {"puck/x": 0.5, "puck/y": 0.5}


def test_a_real_desk_goes_home_and_stays_where_a_finger_was(
    service: Service, puppet: Puppet, clock: Clock
) -> None:
    leap = Leap(Leap.Settings.model_validate({}))
    controls = Loaded.read().settings.controls
    with (
        Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link,
        Hands({"leap": leap}) as hands,
    ):
        desk = Desk(link, controls, hands=hands)

        def frame() -> None:
            clock.now += FRAME
            desk.follow(link.poll(), clock.now)
            desk.play(clock.now)
            desk.flush(clock.now)
            for message in puppet.heard():
                if isinstance(message, wire.Weights):
                    puppet.say(wire.WeightsAre(message.pairs))

        frame()
        styles = [wire.StyleIs(i, slug, slug, "#a0b0c0", "") for i, slug in enumerate("abcd")]
        hello = wire.Hello(wire.VERSION, 1, "linear", 0.7, 14.0, 0)
        active, weights = wire.ActiveAre(tuple("abcd")), wire.WeightsAre((("a", 1.0),))
        puppet.say(hello, *styles, wire.Text(1, 0, 0, "", ""), active, weights)
        service.say("Connection")
        service.plug()
        frame()
        for finger in (False, True):
            service.track((7, 500.0, 200.0, 300.0))  # far beyond the circle
            frame()
            assert math.hypot(*desk.puck) == pytest.approx(1.0)
            service.track()
            for _ in range(30):
                frame()
            assert 0.1 < math.hypot(*desk.puck) < 0.95
            if finger:
                desk.set_level("a", 0.1, clock.now)
            there = desk.puck
            for _ in range(90):
                frame()
            assert desk.puck == pytest.approx(there if finger else (0.0, 0.0))


# --- service and device --------------------------------------------------------------------------


def test_all_is_said_once_and_comes_back_by_itself(
    room: Room, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    assert room.says == "leap looks for the Leap Motion."
    room.frame()
    service.attended()
    assert lines(caplog) == []

    for _ in range(3):  # the service does not run
        room.frame(CONNECTING)
        room.ended()
        assert service.open == 0
        room.frame()
        room.frame(5.0)
        service.attended()
    [silent] = lines(caplog)
    assert silent.startswith("the Leap service does not answer: sudo systemctl restart")
    assert not room.leap.health().well
    caplog.clear()

    service.say("Connection")  # it is started, and no device is there
    for _ in range(3):
        room.frame(1.0)
    assert lines(caplog) == ["the Leap service runs, but without a Leap Motion: plug it in"]
    assert not room.leap.health().well
    caplog.clear()

    service.plug()
    room.frame()
    service.track()
    room.frame()
    assert lines(caplog) == ["Leap Motion LP1 is there"]
    caplog.clear()

    service.unplug()
    for _ in range(3):
        room.frame(1.0)
    service.plug()
    room.frame()
    service.track()
    room.frame()
    assert lines(caplog) == [
        "the Leap service runs, but without a Leap Motion: plug it in",
        "Leap Motion LP1 is there",
    ]
    caplog.clear()

    service.say("ConnectionLost")  # it is restarted
    room.frame(1.0)
    assert lines(caplog) == [silent]
    service.say("Connection")
    service.plug()
    service.track((7, 110.0, 200.0, 0.0))
    assert room.frame() == pytest.approx({"puck/x": 1.0, "puck/y": 0.5})
    assert lines(caplog) == [silent, "Leap Motion LP1 is there"]


def test_a_restart_between_two_frames_is_said_too(
    ready: Room, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    service.track()
    ready.frame()
    service.say("ConnectionLost", "Connection")
    service.plug()
    service.track()
    ready.frame()
    there, silent, again = lines(caplog)
    assert there == again == "Leap Motion LP1 is there"
    assert "does not answer" in silent


def test_a_service_that_stays_away_is_asked_by_a_new_connection(
    ready: Room, service: Service
) -> None:
    at_the_rim(ready, service)
    service.say("ConnectionLost")
    assert ready.frame()["puck/x"] == pytest.approx(1.0)  # on its way home
    ready.frame(CONNECTING)
    ready.ended()
    ready.frame(5.0)
    ready.frame()
    connect(ready, service)
    assert (service.opened, service.open) == (2, 1)
    service.track((7, 0.0, 200.0, 110.0))
    assert ready.frame() == pytest.approx({"puck/x": 0.5, "puck/y": 1.0})


def test_a_hand_from_before_a_restart_does_not_play_after_it(ready: Room, service: Service) -> None:
    at_the_rim(ready, service)
    service.say("ConnectionLost")
    assert ready.frame()["puck/x"] == pytest.approx(1.0)  # on its way home
    ready.touch((0.3, 0.3))
    assert ready.frame() == {}
    service.say("Connection")
    service.plug()
    assert ready.frame() == {}


def test_a_service_that_refuses_every_call_is_named_and_asked_again(
    room: Room, service: Service
) -> None:
    service.refuses = "NotConnected"
    room.frame()
    service.attended()
    service.attended()  # when it asks once more, it has understood the first refusal
    room.frame(CONNECTING)
    room.ended()
    assert "does not answer (LeapNotConnectedError)" in room.says
    service.refuses = ""
    room.frame(5.0)
    connect(room, service)
    service.track((7, 110.0, 200.0, 0.0))
    assert room.frame()["puck/x"] == pytest.approx(1.0)


def test_a_service_that_goes_while_it_is_spoken_to_is_asked_again(
    room: Room, service: Service
) -> None:
    service.refuses_mode = True
    room.frame()
    service.events.append(Said("Connection"))
    service.go_on()
    room.ended()
    room.frame()
    assert "does not answer (LeapNotConnectedError)" in room.says
    assert service.open == 0
    service.refuses_mode = False
    room.frame(5.0)
    room.frame()
    connect(room, service)
    service.track()
    room.frame()
    assert room.leap.health().well


def test_a_device_that_freezes_is_named_and_asked_again(
    ready: Room, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.track()
    ready.frame()
    for _ in range(3):
        ready.frame(QUIET)
        ready.ended()
        ready.frame(5.0)
        ready.frame()
        connect(ready, service)
    [line] = lines(caplog)
    assert line.startswith("the Leap Motion sends no frames: unplug it and plug it in again")
    assert service.opened == 4
    service.track()
    ready.frame()
    assert ready.leap.health().well


def test_a_device_that_fails_says_so_until_it_sends_again(ready: Room, service: Service) -> None:
    service.say("DeviceFailure")
    ready.frame()
    assert ready.says == "the Leap Motion reports a failure: unplug it and plug it in again."
    service.track()
    ready.frame()
    assert ready.leap.health().well


def test_a_device_that_does_not_give_its_name_plays(room: Room, service: Service) -> None:
    room.frame()
    service.say("Connection", Said("Device", 3))
    service.track((7, 110.0, 200.0, 0.0))
    assert room.frame()["puck/x"] == pytest.approx(1.0)
    assert room.says.startswith("Leap Motion is there")


def test_one_of_two_devices_may_go(ready: Room, service: Service) -> None:
    service.plug(2, "LP2")
    service.unplug(1)
    service.track()
    ready.frame()
    assert ready.says.startswith("Leap Motion LP2 is there")


def test_events_that_the_bindings_cannot_read_are_passed_over(
    ready: Room, service: Service
) -> None:
    service.say(*["FiducialPose"] * 20, "Connection")
    service.track((7, 110.0, 200.0, 0.0))
    assert ready.frame()["puck/x"] == pytest.approx(1.0)


def test_a_library_that_does_not_return_never_holds_up_the_picture(
    ready: Room, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.hang()
    ready.frame(QUIET)
    ready.frame(QUIET)
    for _ in range(3):
        ready.frame(10.0)
    assert ready.says == "the Leap library does not return: restart the stage."
    assert service.opened == 1  # and no second thread was sent after the first
    service.go_on()
    ready.ended()
    ready.frame()
    connect(ready, service)
    service.track()
    ready.frame()
    assert ready.leap.health().well


def test_closing_closes_the_connection_and_a_second_time_nothing(
    ready: Room, service: Service
) -> None:
    ready.leap.close()
    ready.ended()
    assert service.open == 0
    ready.leap.close()
    ready.leap.open()
    ready.frame()
    connect(ready, service)
    service.track((7, 110.0, 200.0, 0.0))
    assert ready.frame()["puck/x"] == pytest.approx(1.0)


# --- bindings ------------------------------------------------------------------------------------


def broken(folder: Path, text: str) -> None:
    (folder / "leap").mkdir()
    (folder / "leap" / "__init__.py").write_text(text)


NO_SDK = "raise Exception('Error: Unable to find leapc_cffi dir within directory /opt/x')"
NO_MODULE = "import sys; sys.path.append('/opt/x'); import _leapc_cffi_that_is_missing"
NO_LIBRARY = "raise OSError('libLeapC.so.5: cannot open shared object file')"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "the leap bindings are not installed"),
        (NO_SDK, "the leap bindings cannot load LeapC: Error: Unable to find leapc_cffi dir"),
        (NO_MODULE, "the leap bindings lack a module: No module named '_leapc_cffi_that_is_mis"),
        (NO_LIBRARY, "the leap bindings cannot load LeapC: libLeapC.so.5: cannot open"),
        ("x = 1", "__init__.py is not Ultraleap's module leap"),
    ],
)
def test_bindings_that_cannot_be_had_are_one_sentence_and_looked_for_again(
    text: str | None,
    reason: str,
    no_leap: None,
    room: Room,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Nothing but this folder, so that bindings which are installed here are not found.
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    if text is not None:
        broken(tmp_path, text)
    for _ in range(3):
        room.frame()
        room.ended()
        room.frame()
        assert room.frame(LATER / 2) == {}
        assert room.leap._ear is None
        room.frame(LATER)
    [line] = lines(caplog)
    assert line.startswith("no Leap Motion can be played (")
    assert reason in line and line.endswith("): see docs/leap.md")
    assert not room.leap.health().well
    assert sys.path == [str(tmp_path)]  # as it was, however often they were tried


def test_bindings_that_are_installed_later_are_found(
    no_leap: None, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = sys.path
    monkeypatch.setattr(sys, "path", [])
    room.frame()
    room.ended()
    room.frame()
    service = Service()
    made: ModuleType = module(service)
    monkeypatch.setattr(sys, "path", kept)
    monkeypatch.setitem(sys.modules, "leap", made)
    room.frame(LATER)
    room.frame()
    connect(room, service)
    service.track()
    room.frame()
    assert room.leap.health().well


def test_the_thread_ends_whatever_the_bindings_raise(
    no_leap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Any = module(Service())
    made.Connection = lambda: 1 / 0
    monkeypatch.setitem(sys.modules, "leap", made)
    ear = Ear()
    ear.join(PATIENCE)
    assert not ear.alive
    assert ear.seen.fault == "division by zero"


# --- pure ----------------------------------------------------------------------------------------

mm = st.floats(-2000, 2000)


@given(mm, mm, mm, st.sampled_from(["x-z", "x-y"]))
def test_the_puck_is_always_in_the_circle(x: float, y: float, z: float, axes: str) -> None:
    across, down = place(np.array([x, y, z]), Leap.Settings.model_validate({"axes": axes}))
    assert math.hypot(2 * across - 1, 2 * down - 1) <= 1 + 1e-9
    Event("puck/x", across, 0.0), Event("puck/y", down, 0.0)  # which refuse what is not 0 to 1


@pytest.mark.parametrize(
    ("axes", "at", "there"),
    [
        ("x-z", (10.0, 250.0, 20.0), (0.5, 0.5)),
        ("x-z", (60.0, 99.0, 20.0), (0.75, 0.5)),  # to the right
        ("x-z", (10.0, 99.0, 70.0), (0.5, 0.75)),  # towards the visitor is down
        ("x-y", (10.0, 250.0, 99.0), (0.5, 0.5)),
        ("x-y", (10.0, 300.0, 99.0), (0.5, 0.25)),  # up is up
        ("x-y", (10.0, 900.0, 99.0), (0.5, 0.0)),
    ],
)
def test_millimetres_become_places(
    axes: str, at: tuple[float, float, float], there: tuple[float, float]
) -> None:
    settings = Leap.Settings.model_validate(
        {"axes": axes, "centre": [10.0, 250.0, 20.0], "reach": 100.0}
    )
    assert place(np.array(at), settings) == pytest.approx(there)


@pytest.mark.parametrize(
    ("hands", "before", "expected"),
    [
        ([], 1, None),
        ([(1, 200), (2, 200)], None, 1),
        ([(1, 200), (2, 200)], 2, 2),
        ([(1, 200), (2, 200)], 3, 1),
        ([(1, 20), (2, 200)], 1, 2),
        ([(1, 20), (2, 900)], 1, None),
    ],
)
def test_who_steers(
    hands: list[tuple[int, float]], before: int | None, expected: int | None
) -> None:
    palms = [Palm(hand, (0.0, height, 0.0), 0.0) for hand, height in hands]
    found = steering(palms, before, [60.0, 450.0])
    assert (found.hand if found else None) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"axes": "y-z"},
        {"centre": [0.0, 0.0]},
        {"reach": 0.0},
        {"height": [300.0, 100.0]},
        {"min_cutoff": 0.0},
        {"beta": -1.0},
        {"home": math.nan},
    ],
)
def test_settings_have_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Leap.Settings.model_validate(wrong)
