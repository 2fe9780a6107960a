"""A face is learned: on the stage, and in the terminal."""

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest

from appliance.commands import learn_face
from appliance.controls.face import HELD, NOBODY, READY
from appliance.controls.hands import Hands
from appliance.face import poses, school
from appliance.face.school import School
from tests.conftest import appliance
from tests.face_story import EMPTY, LINUX, POINTS, TITLES, TRUMP, Story, look, said, settled, story
from tests.puppet import Clock
from tests.staging import Typing, greeted, key, puppet, staged, style_place, tap

FIXTURES = (puppet, story)


def pull(story: Story, seconds: float) -> None:
    story.until(seconds, look(TRUMP, points=POINTS))


def test_a_pose_is_counted_kept_and_learned(story: Story) -> None:
    story.frame(EMPTY)
    assert story.face.learn("face/trump")
    asked = story.eye.showing
    pull(story, READY + HELD + 0.5)
    sentences = settled(story.face)
    assert "pull your face now" in sentences[0]
    assert sentences[1:4] == [f"Trump: hold it: {n}" for n in (3, 2, 1)]
    assert "thank you" in sentences[4]
    assert sentences[-1] == "Trump (1) is learned. One more."
    assert asked and not story.eye.showing
    (pose,) = poses.kept(story.folder)
    assert (pose.style, pose.name) == ("trump", "1")
    assert 50 <= len(pose.points) <= 61  # three seconds, at twenty looks a second here
    assert story.learned == [story.folder]


def test_nothing_plays_while_somebody_learns(story: Story) -> None:
    story.face.learn("face/trump")
    story.frame(EMPTY)
    assert story.until(2.0, look(LINUX, points=POINTS)) == []


def test_only_its_owner_reads_what_is_kept(story: Story) -> None:
    before = os.umask(0)
    try:
        story.face.learn("face/trump/grin")
        pull(story, READY + HELD + 0.5)
        settled(story.face)
    finally:
        os.umask(before)
    (path,) = story.folder.iterdir()
    assert path.name == "trump.grin.npz"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(story.folder.stat().st_mode) == 0o700


def test_only_what_comes_while_it_counts_is_kept(story: Story) -> None:
    story.face.learn("face/trump")
    pull(story, READY - 0.2)
    lesson = story.face._lesson
    assert lesson is not None and lesson.points == []
    story.face.learn(None)
    assert not story.eye.showing
    pull(story, HELD + READY)
    assert settled(story.face)[-1].startswith("Trump: look")
    assert not story.folder.exists()


def test_a_lesson_without_a_face_is_broken_off(story: Story) -> None:
    story.frame(EMPTY)
    story.face.learn("face/trump")
    story.until(NOBODY + 0.5, EMPTY)
    assert said(story.face)[-1] == "Trump is not learned: nobody was seen."
    assert not story.face.busy
    assert not story.folder.exists()


def test_a_lesson_without_a_camera_is_broken_off(story: Story) -> None:
    story.frame({"blind": "there is none"})
    story.face.learn("face/trump")
    story.frame()
    assert said(story.face) == ["Trump is not learned: no camera sees anything: there is none."]


def test_a_disk_that_refuses_is_said(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(poses, "keep", refuse)
    story.face.learn("face/trump")
    pull(story, READY + HELD + 0.5)
    assert settled(story.face)[-1] == "Trump is not learned: No space left on device."


@pytest.mark.parametrize(
    ("tells", "said"),
    [
        ({"fault": "one more style, and faces play"}, "One more style, and faces play."),
        (
            {"quality": {"styles": ["a", "b"], "looks": 90, "right": 1.0, "alike": None}},
            "It tells their faces apart well (2 styles, 90 looks).",
        ),
        (None, "What it means could not be learned: see docs/face.md."),
    ],
)
def test_what_the_program_that_learns_tells_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tells: object, said: str
) -> None:
    program = f"print({json.dumps(tells)!r})" if tells else "raise MemoryError"
    monkeypatch.setattr(school, "python", lambda module: [sys.executable, "-c", program])
    pupils = School(tmp_path)
    pupils.study("trump", "1", a_pose("trump", "1").points, TITLES)
    pupils.join()
    assert list(pupils.said) == [f"Trump (1) is learned. {said}"]


def test_a_machine_that_cannot_start_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(school, "python", lambda module: [str(tmp_path / "nowhere")])
    pupils = School(tmp_path / "face")
    pupils.study("trump", "1", a_pose("trump", "1").points, TITLES)
    pupils.join()
    [said] = pupils.said
    assert said.startswith("Trump (1) is learned. What it means could not be learned (No such file")


@pytest.mark.parametrize("what", ["level/linux", "fader/3", "face/", "face/../x", "face/linux/A B"])
def test_what_no_face_can_learn(story: Story, what: str) -> None:
    assert not story.face.learn(what)
    assert not story.eye.showing


# --- the stage --------------------------------------------------------------------------------


def test_it_is_taught_on_the_stage(story: Story, puppet: Typing, clock: Clock) -> None:
    with staged(puppet, clock, hands=Hands({"face": story.face})) as app:
        greeted(app, puppet)
        status = app.pictures["instrument"].status

        def frames(*told: Mapping[str, Any], seconds: float = 0.05) -> None:
            end = clock.now + seconds
            while clock.now < end:
                clock.now += 0.05
                story.eye.queue += told
                puppet.say()  # that the engine lives
                app.frame()

        frames(EMPTY)
        assert status.sentence == story.face.settings.notice
        key(pygame.K_f, "f")
        frames(EMPTY)
        assert "tap its style" in status.sentence
        assert "no picture" in status.sentence
        before = app.desk.mixer.active
        tap(app, style_place(app, "trump"))
        assert app.desk.mixer.active == before  # the tap chose, and woke nobody
        frames(look(points=POINTS), seconds=READY + 0.5)
        assert "hold it: 3" in status.sentence
        frames(look(points=POINTS), seconds=HELD)
        story.face._school.join(30.0)
        frames(EMPTY)
        assert status.sentence.startswith("Trump (1) is learned")
        frames(EMPTY, seconds=7.0)
        assert status.sentence == story.face.settings.notice
    assert [pose.style for pose in poses.kept(story.folder)] == ["trump"]


# --- the command line -------------------------------------------------------------------------


def a_pose(style: str, name: str) -> poses.Pose:
    return poses.Pose(style, name, np.zeros((4, 468, 3), dtype=np.float32))


def test_faces_are_listed_and_erased(tmp_path: Path) -> None:
    state = {"STATE_DIRECTORY": str(tmp_path)}
    folder = poses.place(tmp_path)
    for style, name in (("trump", "1"), ("trump", "2"), ("linux", "grin")):
        poses.keep(folder, a_pose(style, name))
    listed = appliance("learn", "face", "--list", **state)
    assert listed.stdout == "linux/grin: 4 looks\ntrump/1: 4 looks\ntrump/2: 4 looks\n"
    wrong = appliance("learn", "face", "--forget", "trump/3", **state)
    assert wrong.returncode == 2
    assert "did you mean trump/" in wrong.stderr
    one = appliance("learn", "face", "--forget", "trump/2", **state)
    assert one.stdout.splitlines() == ["trump/2 is erased.", "1 more style, and faces play."]
    (folder / poses.LEARNED).write_bytes(b"what was learned")
    every = appliance("learn", "face", "--forget", **state)
    assert every.stdout == "All faces are erased: 2 poses, and what was learned from them.\n"
    assert list(folder.iterdir()) == []


def test_faces_are_taught_in_the_terminal(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(["", "s"])

    def answer(_: float) -> str | None:
        story.now += 0.05
        story.eye.queue.append(look(points=POINTS))
        asked = bool(story.face.notice()) and not story.face.busy
        return next(answers, "q") if asked else None

    def clock() -> float:
        return story.now

    assert learn_face.teach(story.face, ["trump", "linux"], TITLES, clock, answer) == 0
    told = capsys.readouterr().out
    assert "Which face is Trump?" in told
    assert "Trump: hold it: 2" in told
    assert "Trump (1) is learned. One more." in told
    assert [pose.style for pose in poses.kept(story.folder)] == ["trump"]


def test_the_terminal_says_why_no_face_is_taught(tmp_path: Path) -> None:
    state = {"STATE_DIRECTORY": str(tmp_path)}
    unknown = appliance("learn", "face", "linus", **state)
    assert unknown.returncode == 2
    assert "did you mean linux?" in unknown.stderr
    nothing = appliance("learn", "face", **state)
    assert nothing.returncode == 2
    assert "name the styles" in nothing.stderr.lower()
    blind = appliance("learn", "face", "linux", **state)
    assert blind.returncode == 1
    assert "appliance face fetch" in blind.stderr
