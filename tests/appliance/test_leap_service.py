"""The Leap's service and its devices come and go: it is said once, and the piece goes on."""

import logging

import pytest

from appliance.controls.leap_frames import CONNECTING, QUIET
from tests.appliance.leap_stand_in import Said, Service
from tests.leap_room import (
    Room,
    at_the_rim,
    connect,
    lines,
    no_leap,
    ready,
    room,
    service,
)

FIXTURES = (no_leap, ready, room, service)


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
