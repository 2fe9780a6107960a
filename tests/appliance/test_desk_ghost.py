"""The ghost hand on the desk, and the hands that silence it."""

import pytest

from appliance import wire
from appliance.stage.desk import ECHO
from tests.desk_room import FRAME, Room, controls, room

FIXTURES = (controls, room)


@pytest.fixture
def haunted(room: Room) -> Room:
    """Return a room in which the ghost has been about for a while."""
    room.pass_by(2.0)
    room.clock.now += 120.0
    room.answer()
    room.pass_by(4.0)
    assert room.desk.ghost
    return room


def test_the_ghost_moves_the_mixture_and_is_no_touch(haunted: Room) -> None:
    before = haunted.mixture
    haunted.pass_by(1.0)
    assert haunted.mixture != before
    assert haunted.player.shown.idle > 60.0
    assert haunted.desk.ghost


@pytest.mark.parametrize("move", [("level/linux", 0.3), ("puck/x", 0.2), ("reset", 1.0)])
def test_a_hand_silences_the_ghost_in_the_same_frame(
    haunted: Room, move: tuple[str, float]
) -> None:
    puck = haunted.desk.puck
    haunted.frame(move)
    assert not haunted.desk.ghost
    if move[0] == "reset":
        assert haunted.desk.puck == puck
    stood = haunted.desk.mixer.levels
    haunted.pass_by(5.0)
    assert haunted.desk.mixer.levels == stood
    assert not haunted.desk.ghost


def test_a_finger_silences_the_ghost_in_the_same_frame(haunted: Room) -> None:
    haunted.clock.now += FRAME
    haunted.desk.set_level("linux", 0.3, haunted.clock.now)
    stood = haunted.desk.mixer.levels
    haunted.desk.play(haunted.clock.now)
    assert not haunted.desk.ghost
    assert haunted.desk.mixer.levels == stood


def test_weights_of_another_hand_count_as_a_touch(room: Room) -> None:
    room.pass_by(10.0)
    assert room.player.shown.idle > 9.0
    room.mixture = {"homer": 1.0}
    room.answer()
    room.frame()
    assert room.player.shown.idle == 0.0
    assert room.desk.mixer.weights()["homer"] == 1.0
    assert room.sent(wire.Weights) == [], "it stands so already"


def test_weights_of_another_hand_silence_the_ghost_and_stand(haunted: Room) -> None:
    haunted.mixture = {"trump": 0.75, "bible": 0.25}
    haunted.active = ("bible", "trump")
    haunted.puppet.say(*haunted.stands())
    haunted.frame()
    assert not haunted.desk.ghost
    haunted.pass_by(5.0)
    assert not haunted.desk.ghost
    assert haunted.mixture == pytest.approx({"trump": 0.75, "bible": 0.25})
    assert haunted.desk.circle == ("bible", "trump")


def test_the_ghost_comes_although_the_engine_still_reports_what_stood(room: Room) -> None:
    room.pass_by(2.0)
    room.clock.now += 120.0
    room.answer()
    for _ in range(30):  # half a second in which the engine's reports are older
        room.puppet.say(*room.stands())
        room.frame()
    assert room.desk.ghost


def test_what_an_engine_reports_late_is_no_other_hand(room: Room) -> None:
    old = room.stands()
    room.frame(("level/homer", 0.5))
    level = room.desk.mixer.levels
    for _ in range(int(ECHO / FRAME) - 2):
        room.puppet.say(*old)
        room.frame()
    assert room.desk.mixer.levels == level


def test_nothing_moves_and_nothing_is_sent_while_nobody_does_anything(room: Room) -> None:
    room.pass_by(1.0)
    assert [m for m in room.answer() if not isinstance(m, wire.Subscribe)] == []
