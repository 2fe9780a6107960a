"""A face plays, and its camera comes and goes."""

import logging
from pathlib import Path

import pytest

from appliance.controls.face import AGAIN, LATER, SILENT, STARTS, Face
from appliance.known_controls import known
from appliance.settings import Loaded
from tests.face_story import (
    EMPTY,
    LINUX,
    TRUMP,
    Story,
    look,
    story,
)

FIXTURES = (story,)


# --- playing ----------------------------------------------------------------------------------


def test_it_is_off_unless_it_is_set() -> None:
    assert "face" in known()
    assert "face" not in Loaded.read(None).settings.controls.on


def test_the_settings_say_that_no_picture_is_kept() -> None:
    assert "no picture is ever stored, sent or logged" in str(Face.Settings.__doc__)
    assert "No picture is kept" in Face.Settings().notice


def test_a_face_sets_the_whole_mixture(story: Story) -> None:
    events = {event.what: event.value for event in story.frame(look(TRUMP))}
    assert events["level/trump"] == 1.0
    assert events["level/linux"] == pytest.approx(0.08 / 0.9)
    assert events["level/austen"] == 0.0  # which no face was learned for
    assert "level/bible" not in events  # too quiet to wake it


def test_a_face_that_rests_sends_nothing(story: Story) -> None:
    story.frame(look(TRUMP))
    wavers = {style: weight * 0.99 for style, weight in TRUMP.items()} | {"bible": 0.03}
    assert story.until(2.0, look(wavers)) == []


def test_another_face_is_followed_smoothly(story: Story) -> None:
    story.frame(look(TRUMP))
    first = story.frame(look(LINUX))
    assert {e.what for e in first} <= {"level/linux", "level/trump"}
    assert 0.1 < story.levels["trump"] < 0.9
    story.until(2.0, look(LINUX))
    assert story.levels["linux"] == 1.0
    assert story.levels["trump"] == pytest.approx(0.0, abs=0.05)


def test_nobody_there_moves_nothing_and_who_comes_sets_all(story: Story) -> None:
    story.frame(look(TRUMP))
    assert story.until(3.0, EMPTY) == []
    story.levels = {"austen": 0.8}
    events = {event.what: event.value for event in story.frame(look(LINUX))}
    assert events == {"level/linux": 1.0, "level/austen": 0.0}


def test_whoever_touches_has_it_for_a_while(story: Story) -> None:
    story.frame(look(TRUMP))
    story.frame()
    story.idle = 0.0
    assert story.until(7.5, look(LINUX)) == []
    assert story.until(1.0, look(LINUX)) != []


def test_with_nothing_learned_it_moves_nothing(story: Story) -> None:
    assert story.until(1.0, look()) == []
    assert "no face is learned yet" in story.face.health().sentence


def test_what_is_forgotten_plays_no_more(story: Story) -> None:
    story.frame(look(TRUMP))
    assert story.until(1.0, look()) == []
    assert "no face is learned yet" in story.face.health().sentence


# --- the camera -------------------------------------------------------------------------------


def test_the_eye_is_told_what_to_do(tmp_path: Path) -> None:
    told = Story(tmp_path, camera="1", rate=6.0, share=0.2, size=0.3)
    told.frame()
    order = told.orders[0]
    assert (order.camera, order.rate, order.share, order.size) == ("1", 6.0, 0.2, 0.3)
    assert order.learned == str(tmp_path / "mixture.onnx")


def test_a_camera_goes_and_comes_back(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "appliance.controls")
    story.frame(look(TRUMP))
    assert story.face.health().well
    for _ in range(5):
        story.frame({"blind": "camera 0 gives no more frames: look at its cable"}, after=2.0)
    health = story.face.health()
    assert not health.well
    assert "look at its cable" in health.sentence
    assert story.face.notice() == ""
    story.frame(look(TRUMP))
    assert story.face.health().well
    assert len(story.eyes) == 1
    assert len(caplog.records) == 3  # there, gone, there


def test_without_models_it_says_how_to_get_them(story: Story) -> None:
    story.eye.alive = False
    story.frame({"absent": "the models are missing: fetch them with `appliance face fetch`"})
    assert "appliance face fetch" in story.face.health().sentence
    assert not story.face.health().well
    story.frame(after=LATER / 2)
    assert len(story.eyes) == 1
    story.frame(after=LATER)
    assert len(story.eyes) == 2  # they may be there by now


def test_a_face_that_stayed_takes_the_whole_mixture_back_from_the_ghost(story: Story) -> None:
    story.until(2.0, look(LINUX))
    story.levels |= {"austen": 0.9, "linux": 0.1}  # attract came, which is nobody's touch
    story.until(0.2, look(LINUX))
    assert {style: level for style, level in story.levels.items() if level} == {"linux": 1.0}
    assert story.until(2.0, look(LINUX)) == []  # and rests then


def test_what_was_taught_for_a_style_that_is_not_here_does_not_disturb(story: Story) -> None:
    story.until(2.0, look(TRUMP))
    del story.levels["trump"]  # the site has taken it out
    assert story.until(2.0, look(TRUMP)) == []


def test_an_eye_that_dies_is_replaced(story: Story) -> None:
    story.frame(look(TRUMP))
    story.eye.alive = False
    story.frame()
    assert story.eyes[0].closed == 1
    story.frame(after=AGAIN + 0.1)
    assert len(story.eyes) == 2
    assert story.frame(look(TRUMP)) == []  # it stands so already


def test_a_camera_that_hangs_is_let_go(story: Story) -> None:
    story.frame(look(TRUMP))
    story.frame(after=SILENT + 0.1)
    assert story.eyes[0].closed == 1
    assert "does not answer" in story.face.health().sentence
    story.frame(after=AGAIN + 0.1)
    assert len(story.eyes) == 2


def test_an_eye_may_take_its_time_to_begin(story: Story) -> None:
    for _ in range(4):  # a machine on which 24 voices are being loaded
        story.frame(after=SILENT + 1.0)
    assert story.eyes[0].closed == 0
    assert story.face.health().well
    story.frame({"ready": True})
    story.frame(after=SILENT + 0.1)  # and then it is the camera that says nothing
    assert story.eyes[0].closed == 1
    assert "does not answer" in story.face.health().sentence


def test_an_eye_that_never_begins_is_replaced(story: Story) -> None:
    story.frame(after=STARTS + 0.1)
    assert story.eyes[0].closed == 1
    assert "too busy" in story.face.health().sentence


def test_visitors_are_told_while_the_camera_is_on(story: Story) -> None:
    assert story.face.notice() == ""
    story.frame(EMPTY)
    assert story.face.notice() == story.face.settings.notice
    story.face.close()
    assert story.eye.closed == 1
    assert story.face.notice() == ""


def test_the_camera_is_off_while_the_piece_is_closed(story: Story) -> None:
    story.frame(look(TRUMP))
    story.typing = False
    story.frame(look(TRUMP), after=30.0)
    notices = [story.face.notice()]
    story.frame(after=40.0)
    assert story.eye.closed == 1
    assert [*notices, story.face.notice()] == [story.face.settings.notice, ""]
    assert story.face.health().well
    story.until(100.0)
    assert len(story.eyes) == 1
    story.typing = True
    story.frame()
    assert len(story.eyes) == 2
