"""The face control, before an eye that tells what the test says."""

import json
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.commands import learn_face
from appliance.controls.control import Event, Shown
from appliance.controls.face import AGAIN, HELD, LATER, NOBODY, READY, SILENT, Face
from appliance.face import poses
from appliance.face.eye import Eye
from appliance.face.watch import Order
from appliance.known_controls import known
from appliance.settings import Loaded
from tests.conftest import appliance

POINTS = np.arange(468 * 3, dtype=np.float32).tolist()
TITLES = {"linux": "Linux", "bible": "Bible", "trump": "Trump", "austen": "Austen"}
TRUMP = {"bible": 0.02, "linux": 0.08, "trump": 0.9}
LINUX = {"bible": 0.0, "linux": 1.0, "trump": 0.0}


class Told:
    """An eye that tells what the test puts into it."""

    def __init__(self) -> None:
        self.alive = True
        self.queue: list[Mapping[str, Any]] = []
        self.showing = False
        self.closed = 0

    def hear(self) -> list[Mapping[str, Any]]:
        told, self.queue = self.queue, []
        return told

    def show(self, on: bool) -> None:
        self.showing = on

    def close(self) -> None:
        self.closed += 1


class Story:
    """A control, its eyes, and time."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.eyes: list[Told] = []
        self.orders: list[Order] = []
        self.now, self.idle = 100.0, 1000.0
        self.typing = True
        self.levels: dict[str, float] = {"austen": 0.6, "linux": 0.3}
        self.learned: list[Path] = []
        self.folder = folder
        self.face = Face(
            Face.Settings(**settings), folder=folder, eye=self._start, learner=self._learn
        )
        self.face.open()

    def _start(self, order: Order) -> Told:
        self.orders.append(order)
        self.eyes.append(Told())
        return self.eyes[-1]

    def _learn(self, folder: Path) -> str:
        self.learned.append(folder)
        return "One more."

    @property
    def eye(self) -> Told:
        return self.eyes[-1]

    def frame(self, *told: Mapping[str, Any], after: float = 0.05) -> list[Event]:
        """Let time pass, let the eye tell something, and play a frame."""
        self.now += after
        self.idle += after
        if self.eyes:
            self.eye.queue += told
        shown = Shown(
            self.now, levels=self.levels, titles=TITLES, idle=self.idle, typing=self.typing
        )
        events = list(self.face.poll(shown))
        for event in events:
            self.levels[event.what.partition("/")[2]] = event.value
            self.idle = 0.0
        return events

    def until(self, seconds: float, *told: Mapping[str, Any]) -> list[Event]:
        """Play frames for so long, the eye telling the same in each."""
        end = self.now + seconds
        events: list[Event] = []
        while self.now < end:
            events += self.frame(*told)
        return events


def look(weights: Mapping[str, float] | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"camera": "camera 0", "size": 0.4, "near": True, **more}
    return told | ({"weights": weights} if weights is not None else {})


EMPTY = look(near=False, size=0.0)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path / "learned" / "face")
    told.frame()
    return told


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


# --- learning ---------------------------------------------------------------------------------


def said(face: Face) -> list[str]:
    found = []
    while (sentence := face.learned()) is not None:
        found.append(sentence)
    return found


def settled(face: Face) -> list[str]:
    """Wait for the thread that learns, and return what was said."""
    face._school.join(30.0)
    return said(face)


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


@pytest.mark.parametrize("what", ["level/linux", "fader/3", "face/", "face/../x", "face/linux/A B"])
def test_what_no_face_can_learn(story: Story, what: str) -> None:
    assert not story.face.learn(what)
    assert not story.eye.showing


# --- the stage --------------------------------------------------------------------------------


def test_it_is_taught_on_the_stage(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    import pygame  # noqa: PLC0415  # after its driver was chosen

    from appliance.controls.hands import Hands  # noqa: PLC0415  # as above
    from tests import staging  # noqa: PLC0415  # as above
    from tests.puppet import Clock  # noqa: PLC0415  # as above

    clock, puppet = Clock(), staging.Typing()
    with staging.staged(puppet, clock, hands=Hands({"face": story.face})) as app:
        staging.greeted(app, puppet)
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
        staging.key(pygame.K_f, "f")
        frames(EMPTY)
        assert "tap its style" in status.sentence
        assert "no picture" in status.sentence
        before = app.desk.mixer.active
        staging.tap(app, staging.style_place(app, "trump"))
        assert app.desk.mixer.active == before  # the tap chose, and woke nobody
        frames(look(points=POINTS), seconds=READY + 0.5)
        assert "hold it: 3" in status.sentence
        frames(look(points=POINTS), seconds=HELD)
        story.face._school.join(30.0)
        frames(EMPTY)
        assert status.sentence.startswith("Trump (1) is learned")
        frames(EMPTY, seconds=7.0)
        assert status.sentence == story.face.settings.notice
    puppet.socket.close()
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


# --- the pipe ---------------------------------------------------------------------------------

ECHO = """
import json, sys
order = json.loads(sys.stdin.readline())
print(json.dumps({"camera": order["camera"], "size": 0.0, "near": False}), flush=True)
for line in sys.stdin:
    print(json.dumps({"shows": json.loads(line)["show"]}), flush=True)
"""


def test_the_eye_is_heard_without_waiting() -> None:
    import sys  # noqa: PLC0415  # for this alone

    order = Order("7", 10.0, 0.5, 0.1, "", "")
    eye = Eye(order, [sys.executable, "-c", ECHO])
    try:
        eye.show(True)
        heard = list(gathered(eye.hear, 2))
        assert heard == [{"camera": "7", "size": 0.0, "near": False}, {"shows": True}]
        assert running(eye)
    finally:
        eye.close()
    pause = threading.Event()
    while running(eye):  # which the thread that sees to its end bounds
        pause.wait(0.01)
    eye.show(False)  # to nobody


def running(eye: Eye) -> bool:
    return eye.alive


def gathered(
    hear: Callable[[], Iterable[Mapping[str, Any]]], count: int
) -> Sequence[Mapping[str, Any]]:
    """Poll until so much was heard."""
    found: list[Mapping[str, Any]] = []
    pause = threading.Event()
    for _ in range(6000):
        found += hear()
        if len(found) >= count:
            return found
        pause.wait(0.01)  # leaves the processor to the other; nothing is measured by it
    raise AssertionError(f"only {json.dumps(found)} was heard")
