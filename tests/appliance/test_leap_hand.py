"""The palm over the Leap steers the puck, and lets it go home."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance import wire
from appliance.controls.control import Event
from appliance.controls.hands import Hands
from appliance.controls.leap import GONE, STILL, Leap, place, steering
from appliance.controls.leap_frames import Palm
from appliance.settings import Loaded
from appliance.stage.desk import Desk
from appliance.stage.link import Link
from tests.appliance.leap_stand_in import Service
from tests.leap_room import FRAME, Room, at_the_rim, connect, no_leap, ready, room, service
from tests.puppet import Clock, Puppet

FIXTURES = (no_leap, ready, room, service)


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
