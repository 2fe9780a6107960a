"""Hands on the desk while no engine is there: what they move stays, and the next one is told."""

import pytest

from appliance import wire
from appliance.stage.desk import ECHO
from tests.desk_room import FRAME, STYLES, Room, controls, room

FIXTURES = (controls, room)


def frames(room: Room, seconds: float) -> None:
    """Let frames pass in which no engine answers."""
    for _ in range(round(seconds / FRAME)):
        room.frame()


def test_what_a_hand_moves_while_no_engine_answers_stays_where_the_hand_left_it(room: Room) -> None:
    room.frame(("puck/x", 0.5), ("puck/y", 0.0))
    room.frame(("active/trump", 1.0))
    frames(room, 6 * ECHO)
    assert room.desk.mixer.weights()["bible"] == pytest.approx(1.0)
    assert "trump" in room.desk.circle


def test_an_engine_that_returns_is_told_what_was_moved_meanwhile(room: Room) -> None:
    frames(room, 6 * ECHO)
    room.frame(("level/bible", 0.0), ("level/linux", 0.0), ("level/trump", 1.0))
    frames(room, 6 * ECHO)
    room.said()  # there was nobody to hear it
    room.return_anew()
    room.frame()
    room.pass_by(4 * ECHO)
    assert (room.mixture, room.active) == ({"trump": 1.0}, STYLES)
    assert room.desk.mixer.levels["trump"] == 1.0


def test_what_the_last_engine_had_heard_is_not_told_to_the_next(room: Room) -> None:
    room.frame(("level/homer", 1.0))
    room.pass_by(4 * ECHO)
    room.mixture = {"linux": 1.0}  # a hand elsewhere, in the next engine's time
    room.return_anew()
    room.frame()
    assert room.said() == []
    assert room.desk.mixer.weights()["linux"] == pytest.approx(1.0)


def test_a_hand_that_another_has_overruled_is_not_told_to_the_next(room: Room) -> None:
    room.obeys = False
    room.frame(("level/homer", 1.0))
    room.pass_by(4 * ECHO)
    assert room.desk.mixer.weights()["homer"] == 0.0
    room.return_anew()
    room.frame()
    assert not [m for m in room.said() if isinstance(m, wire.Weights)]


def test_what_an_engine_said_before_a_hand_moved_does_not_take_it_back(room: Room) -> None:
    room.frame(("level/homer", 1.0))
    room.puppet.say(*room.stands())  # its last word, older than what it was sent
    room.frame()
    room.frame(("level/homer", 0.5))
    frames(room, 6 * ECHO)
    assert room.desk.mixer.levels["homer"] == 0.5
