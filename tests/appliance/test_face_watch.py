"""The eye's own work with frames and landmarks that the test chooses; its cameras; its poses."""

import contextlib
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.face import camera as cameras
from appliance.face import learner
from appliance.face.camera import CameraError, Picture, open_camera
from appliance.face.learner import LearnError, learn, relearn, wavering
from appliance.face.poses import LEARNED, Pose, forget, forget_all, free_name, keep, kept
from appliance.face.quality import Quality
from appliance.face.watch import AGAIN, NOBODY, Order, Watch

FRAME = np.full((480, 640, 3), 77, dtype=np.uint8)
Points = NDArray[np.float32]


def points(width: float = 200.0) -> Points:
    found = np.zeros((468, 3), dtype=np.float32)
    found[1, 0] = width
    return found


class Scene:
    """A camera, a face or none before it, and a processor whose time the test spends."""

    name = "camera 0"

    def __init__(self, tmp_path: Path, **order: Any) -> None:
        self.now = self.used = 0.0
        self.cost, self.wait = 0.02, 0.0  # seconds that a look takes of a core, and of the clock
        self.there = True  # the camera
        self.face: Points | None = points()
        self.told: list[dict[str, Any]] = []
        self.opened = self.closed = 0
        self.learned = tmp_path / LEARNED
        defaults: dict[str, Any] = {
            "camera": "",
            "rate": 10.0,
            "share": 0.5,
            "size": 0.2,
            "models": "",
        }
        told = Order(learned=str(self.learned), **(defaults | order))
        self.watch = Watch(
            told, self, self.told.append, opens=self._open, reads=self._learn,
            clock=lambda: self.now, spent=lambda: self.used,
        )  # fmt: skip

    def _open(self, wanted: str) -> "Scene":
        if not self.there:
            raise CameraError("camera 0 cannot be opened")
        self.opened += 1
        return self

    def _learn(self, path: Path) -> Any:
        word = path.read_text(encoding="ascii")
        if word == "damaged":
            raise ValueError("it is no mixture of faces")
        return SimpleNamespace(weights=lambda _: {word: 1.0})

    def read(self) -> Picture:
        if not self.there:
            raise CameraError("camera 0 gives no more frames")
        self.now += self.wait
        return FRAME

    def close(self) -> None:
        self.closed += 1

    def find(self, picture: Picture) -> Points | None:
        assert picture is FRAME
        self.now += self.cost
        self.used += self.cost
        return self.face


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


# --- looking ----------------------------------------------------------------------------------


def test_a_look_is_told_without_picture_and_landmarks(scene: Scene) -> None:
    scene.watch.step()
    assert scene.told == [{"camera": "camera 0", "size": 0.312, "near": True, "cost": 0.02}]


def test_landmarks_are_told_only_when_they_are_asked_for(scene: Scene) -> None:
    scene.watch.showing = True
    scene.watch.step()
    assert scene.told[-1]["points"][:4] == [0.0, 0.0, 0.0, 200.0]
    scene.watch.showing = False
    scene.watch.step()
    assert "points" not in scene.told[-1]


def test_a_face_that_is_far_away_plays_nothing(scene: Scene) -> None:
    scene.learned.write_text("linux", encoding="ascii")
    scene.watch.showing, scene.face = True, points(100.0)
    scene.watch.step()
    assert scene.told == [{"camera": "camera 0", "size": 0.156, "near": False, "cost": 0.02}]


def test_the_rate_is_kept(scene: Scene) -> None:
    assert scene.watch.step() == pytest.approx(0.1 - 0.02)
    scene.wait = 0.05  # the camera lets it wait
    assert scene.watch.step() == pytest.approx(0.1 - 0.07)


def test_looking_gives_way(tmp_path: Path) -> None:
    scene = Scene(tmp_path, share=0.25)
    scene.cost = 0.1
    for _ in range(20):
        rest = scene.watch.step()
        scene.now += rest
    assert scene.used / scene.now == pytest.approx(0.25)


def test_it_looks_less_often_while_nobody_is_there(scene: Scene) -> None:
    scene.face = None
    assert scene.watch.step() == pytest.approx(NOBODY - 0.02)


def test_a_camera_that_goes_is_let_go_and_opened_again(scene: Scene) -> None:
    scene.watch.step()
    scene.there = False
    assert scene.watch.step() == AGAIN
    assert scene.watch.step() == AGAIN
    assert [told.get("blind") for told in scene.told[1:]] == [
        "camera 0 gives no more frames", "camera 0 cannot be opened",
    ]  # fmt: skip
    assert scene.closed == 1
    scene.there = True
    scene.watch.step()
    assert scene.opened == 2
    assert scene.told[-1]["near"]


def test_what_is_learned_is_taken_up_and_what_is_erased_is_gone(scene: Scene) -> None:
    scene.watch.step()
    assert "weights" not in scene.told[-1]
    scene.learned.write_text("linux", encoding="ascii")
    scene.now += 2.0
    scene.watch.step()
    assert scene.told[-1]["weights"] == {"linux": 1.0}
    scene.learned.unlink()
    scene.now += 2.0
    scene.watch.step()
    assert "weights" not in scene.told[-1]


def test_what_was_learned_and_damaged_is_told_once(scene: Scene) -> None:
    scene.learned.write_text("damaged", encoding="ascii")
    for _ in range(4):
        scene.now += 2.0
        scene.watch.step()
    assert [told for told in scene.told if "unlearned" in told] == [
        {"unlearned": "it is no mixture of faces"}
    ]


def test_what_may_not_be_read_is_told_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    for _ in range(4):
        scene.now += 2.0
        scene.watch.step()
    assert len([told for told in scene.told if "unlearned" in told]) == 1


# --- cameras ----------------------------------------------------------------------------------


class Pi:
    """As much of picamera2 as is called."""

    cameras: ClassVar[list[dict[str, Any]]] = [{"Model": "imx708"}]
    calls: ClassVar[list[Any]] = []

    def __init__(self) -> None:
        self.calls.append("opened")

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return cls.cameras

    def create_video_configuration(self, **how: Any) -> dict[str, Any]:
        return how

    def configure(self, how: dict[str, Any]) -> None:
        self.calls.append(how)

    def start(self) -> None:
        self.calls.append("started")

    def capture_array(self, name: str) -> Picture:
        if self.calls[-1] == "gone":
            raise RuntimeError("Camera frontend has timed out!\nmore")
        return FRAME

    def close(self) -> None:
        self.calls.append("closed")


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Pi]]:
    library = ModuleType("picamera2")
    library.Picamera2 = Pi  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "picamera2", library)
    yield Pi
    Pi.calls, Pi.cameras = [], [{"Model": "imx708"}]


def test_the_pis_own_camera_comes_first(pi: type[Pi]) -> None:
    camera = open_camera("")
    assert camera.name == "the Pi's camera"
    assert camera.read() is FRAME
    assert pi.calls[1] == {"main": {"size": (640, 480), "format": "BGR888"}}
    pi.calls.append("gone")
    with pytest.raises(CameraError, match=r"gives no more .Camera frontend has timed out!.$"):
        camera.read()
    camera.close()
    assert pi.calls[-1] == "closed"


def test_without_any_camera_it_says_what_to_do(
    pi: type[Pi], monkeypatch: pytest.MonkeyPatch
) -> None:
    pi.cameras = []
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(CameraError, match=r"cv2 is missing .*; no camera is on the Pi's"):
        open_camera("")
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="apt install python3-picamera2"):
        open_camera("pi")


def test_a_pis_camera_that_cannot_be_started_is_let_go(
    pi: type[Pi], monkeypatch: pytest.MonkeyPatch
) -> None:
    def configure(*_: object) -> None:
        raise RuntimeError("format BGR888 is not supported")

    monkeypatch.setattr(pi, "configure", configure)
    with pytest.raises(CameraError, match=r"cannot be opened .format BGR888"):
        open_camera("pi")
    assert pi.calls == ["opened", "closed"]


def test_whatever_a_cameras_library_raises_is_one_sentence(
    pi: type[Pi], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def info() -> None:
        raise RuntimeError("no camera manager")

    monkeypatch.setattr(pi, "global_camera_info", info)
    with pytest.raises(CameraError, match=r"cannot be listed .no camera manager"):
        open_camera("pi")
    # As picamera2 of the system beside a numpy that was installed later.
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.delitem(sys.modules, "picamera2")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CameraError, match=r"cannot be loaded .numpy\.dtype size changed.: it does"):
        open_camera("pi")


class Usb:
    """As much of OpenCV's VideoCapture as is called: a camera whose driver kept some frames."""

    def __init__(self, source: Any) -> None:
        self.waiting, self.now, self.there = 3, 0.0, True

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return True

    def set(self, what: int, value: float) -> None:
        assert value > 0

    def grab(self) -> bool:
        self.now += 0.0 if self.waiting else 0.03
        self.waiting = max(0, self.waiting - 1)
        return self.there

    def retrieve(self) -> tuple[bool, Picture | None]:
        return self.there, np.dstack([np.full((2, 2), n, dtype=np.uint8) for n in (1, 2, 3)])

    def release(self) -> None:
        pass


def test_a_usb_camera_gives_its_newest_frame_red_first(monkeypatch: pytest.MonkeyPatch) -> None:
    library: Any = ModuleType("cv2")
    library.VideoCapture = Usb
    library.CAP_PROP_FRAME_WIDTH, library.CAP_PROP_FRAME_HEIGHT = 3, 4
    library.CAP_PROP_BUFFERSIZE = 38
    monkeypatch.setitem(sys.modules, "cv2", library)
    camera = cameras.Capture(0, lambda: camera._capture.now)
    assert camera.read()[0, 0].tolist() == [3, 2, 1]
    assert camera._capture.waiting == 0
    camera._capture.there = False
    with pytest.raises(CameraError, match="camera 0 gives no more frames: look at its cable"):
        camera.read()


# --- poses and learning -----------------------------------------------------------------------


def pose(style: str, name: str = "1", looks: int = 9, seed: int = 0) -> Pose:
    random = np.random.default_rng(seed)
    return Pose(style, name, random.normal(size=(looks, 468, 3)).astype(np.float32))


def test_poses_are_kept_and_forgotten_one_by_one(tmp_path: Path) -> None:
    for each in (pose("linux"), pose("linux", "2"), pose("bible", "grin")):
        keep(tmp_path, each)
    assert [(p.style, p.name) for p in kept(tmp_path)] == [
        ("bible", "grin"), ("linux", "1"), ("linux", "2"),
    ]  # fmt: skip
    np.testing.assert_array_equal(kept(tmp_path)[1].points, pose("linux").points)
    assert free_name(tmp_path, "linux") == "3"
    assert forget(tmp_path, "linux", "1")
    assert not forget(tmp_path, "linux", "1")
    assert free_name(tmp_path, "linux") == "1"
    assert forget_all(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
    assert forget_all(tmp_path / "nowhere") == 0


def test_a_damaged_pose_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep(tmp_path, pose("linux"))
    (tmp_path / "bible.1.npz").write_bytes(b"torn")
    caplog.set_level(logging.WARNING, "appliance.face")
    assert [each.style for each in kept(tmp_path)] == ["linux"]
    assert "bible.1.npz cannot be read" in caplog.text


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "a.b", "x" * 41, "-a"])
def test_names_that_no_pose_has(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a pose"):
        pose("linux", name)


def test_landmarks_that_no_pose_has() -> None:
    for wrong in (np.zeros((0, 468, 3)), np.zeros((2, 467, 3)), np.full((1, 468, 3), np.nan)):
        with pytest.raises(ValueError, match="a pose has landmarks"):
            Pose("linux", "1", wrong.astype(np.float32))


def test_three_styles_are_enough_and_two_are_not(tmp_path: Path) -> None:
    (tmp_path / LEARNED).write_bytes(b"of three that were there before")
    keep(tmp_path, pose("linux"))
    with pytest.raises(LearnError, match="2 more styles, and faces play"):
        relearn(tmp_path)
    assert not (tmp_path / LEARNED).exists()  # what was learned from what is gone, is gone


@pytest.mark.parametrize("erased", [["a"], ["a", "b", "c", "d"]])
def test_what_is_erased_while_it_is_learned_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, erased: list[str]
) -> None:
    for style in "abcd":
        keep(tmp_path, pose(style))
    learned = []

    def learn_and_erase(poses: list[Pose]) -> tuple[bytes, Quality]:
        styles = tuple(each.style for each in poses)
        if len(styles) < 3:
            raise LearnError("more styles, and faces play")
        learned.append(styles)
        for style in erased:
            forget(tmp_path, style, "1")
        return " ".join(styles).encode(), Quality(styles, 9, 1.0, None)

    monkeypatch.setattr(learner, "learn", learn_and_erase)
    with contextlib.suppress(LearnError):
        relearn(tmp_path)
    assert learned[0] == ("a", "b", "c", "d")
    left = (tmp_path / LEARNED).read_bytes() if (tmp_path / LEARNED).exists() else b""
    assert left == (b"b c d" if erased == ["a"] else b"")


def test_what_was_learned_is_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = Quality(("a", "b", "c"), 9, 1.0, None)
    monkeypatch.setattr(learner, "learn", lambda poses: (b"with a mean face in it", quality))
    before = os.umask(0)
    try:
        relearn(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / LEARNED).stat().st_mode) == 0o600


def test_without_scikit_learn_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.exceptions", None)
    with pytest.raises(LearnError, match=r"needs scikit-learn .*docs/face\.md"):
        learn([pose(style) for style in ("a", "b", "c")])


def test_a_look_wavers_a_little() -> None:
    faces = np.random.default_rng(1).normal(size=(40, 468, 3)).astype(np.float32)
    moved = wavering(faces, np.random.default_rng(2))
    away = np.abs(moved - faces).mean()
    assert 0.01 < away < 0.2


def test_quality_is_said_in_words() -> None:
    titles = {"a": "Austen", "b": "Bible"}
    styles = ("a", "b", "c")
    assert Quality(styles, 90, 1.0, None).words(titles) == (
        "It tells their faces apart well (3 styles, 90 looks)."
    )
    assert "Austen and Bible look alike" in Quality(styles, 90, 0.9, ("a", "b")).words(titles)
    assert "cannot tell Austen from c" in Quality(styles, 90, 0.5, ("a", "c")).words(titles)
