"""The real models on a real face: what it pulls is told apart wherever it is.

They run where they are: `make test-face` fetches the models and what else these tests stand on.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.controls.control import Shown
from appliance.controls.face import Face
from appliance.face import learner, mixture, models, poses
from appliance.face.camera import CameraError, Capture, Images
from appliance.face.finder import Finder
from appliance.face.mixture import Mixture
from appliance.face.poses import Pose
from appliance.face.school import LEARNING, School
from tests import faces
from tests.conftest import ROOT

MODELS = models.place(os.environ.get("FACE_MODELS", ""))
LEARNED, TESTED = 12, 24  # frames of each pose
ENOUGH = 0.95

cv2 = pytest.importorskip("cv2", reason="opencv-python-headless is missing: make test-face")
pytest.importorskip("skimage", reason="scikit-image is missing: make test-face")
pytest.importorskip("sklearn", reason="scikit-learn is missing: make test-face")
if not (MODELS / models.DETECTOR).exists():
    pytest.skip(f"there are no models in {MODELS}: make test-face", allow_module_level=True)

Points = NDArray[np.float32]


def finder() -> Finder:
    return Finder(*models.read(MODELS))


@pytest.fixture(scope="module")
def portrait() -> faces.Picture:
    return faces.portrait()


@pytest.fixture(scope="module")
def points(portrait: faces.Picture) -> Points:
    eye = finder()
    for _ in range(3):  # until the view lies still
        found = eye.find(portrait)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pulled(portrait: faces.Picture, points: Points) -> dict[str, faces.Picture]:
    return {pose: faces.pulled(portrait, points, pose) for pose in faces.POSES}


@pytest.fixture(scope="module")
def looks(pulled: dict[str, faces.Picture], points: Points) -> dict[bool, dict[str, list[Points]]]:
    """Return landmarks by half (wild is tested, tame is learned) and pose, each found anew."""
    random, eye = np.random.default_rng(2016), models.read(MODELS)
    found: dict[bool, dict[str, list[Points]]] = {False: {}, True: {}}
    for wild, count in ((False, LEARNED), (True, TESTED)):
        for pose, picture in pulled.items():
            searcher = Finder(*eye)
            for _ in range(count):
                seen = searcher.find(faces.seen(picture, points, random, wild=wild))
                found[wild].setdefault(pose, [])
                if seen is not None:
                    found[wild][pose].append(seen)
    return found


def right(looks: dict[bool, dict[str, list[Points]]], folder: Path) -> float:
    """Learn one half, test the other; return the part in which the right style weighs most."""
    for pose, seen in looks[False].items():
        poses.keep(folder, Pose(pose, "1", np.stack(seen)))
    learner.relearn(folder)
    learned = Mixture.read(folder / poses.LEARNED)
    said = [
        max(weights, key=weights.__getitem__) == pose
        for pose, seen in looks[True].items()
        for weights in (learned.weights(one) for one in seen)
    ]
    return float(np.sum(said) / (TESTED * len(faces.POSES)))  # a face that was lost counts too


def test_five_faces_are_told_apart_wherever_they_are(
    looks: dict[bool, dict[str, list[Points]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_it = right(looks, tmp_path / "with")

    def as_seen(face: Points, _: Points) -> Points:
        return (face / 640.0).astype(np.float32)

    monkeypatch.setattr(learner, "aligned", as_seen)
    monkeypatch.setattr(mixture, "aligned", as_seen)
    without = right(looks, tmp_path / "without")
    with capsys.disabled():
        frames = TESTED * len(faces.POSES)
        print(
            f"\nfive faces, {frames} frames: the right style weighs most in {with_it:.1%}, "
            f"without the head's normalisation in {without:.1%}"
        )
    assert with_it >= ENOUGH
    assert without < with_it


def test_the_quality_is_found_and_said(
    looks: dict[bool, dict[str, list[Points]]], tmp_path: Path
) -> None:
    for pose, seen in looks[False].items():
        poses.keep(tmp_path, Pose(pose, "1", np.stack(seen)))
    poses.keep(tmp_path, Pose("twin", "1", np.stack(looks[False]["rest"])))
    quality = learner.relearn(tmp_path)
    assert quality.alike == ("rest", "twin")  # the same face was taught for both
    assert quality.right < ENOUGH
    assert "Rest" in quality.words({"rest": "Rest"})


def test_a_camera_plays_what_was_learned(
    looks: dict[bool, dict[str, list[Points]]], pulled: dict[str, faces.Picture], tmp_path: Path
) -> None:
    learned, images = tmp_path / "learned", tmp_path / "images"
    for pose, seen in looks[False].items():
        poses.keep(learned, Pose(pose, "1", np.stack(seen)))
    learner.relearn(learned)
    images.mkdir()
    cv2.imwrite(str(images / "grin.png"), pulled["grin"][:, :, ::-1])
    levels = {"linux": 0.5}
    pause = threading.Event()
    settings = Face.Settings(camera=str(images))
    with Face(settings, folder=learned, models=str(MODELS.resolve())) as control:
        for _ in range(6000):
            shown = Shown(time.monotonic(), levels=levels, idle=1000.0)
            for event in control.poll(shown):
                levels[event.what.partition("/")[2]] = event.value
            if "grin" in levels:
                break
            pause.wait(0.01)  # leaves the processor to the eye; nothing is measured by it
        health = control.health()
    assert levels["grin"] == 1.0
    assert levels["linux"] == 0.0
    assert health.well
    assert "images looks; a face fills" in health.sentence


def test_what_was_pulled_is_learned_aside(
    looks: dict[bool, dict[str, list[Points]]], tmp_path: Path
) -> None:
    school = School(tmp_path)
    for pose in ("rest", "grin", "pout"):
        school.study(pose, "1", np.stack(looks[False][pose]), {pose: pose.title()})
        school.join(LEARNING)
    school.close()
    assert list(school.said) == [
        "Rest (1) is learned. 2 more styles, and faces play.",
        "Grin (1) is learned. 1 more style, and faces play.",
        f"Pout (1) is learned. It tells their faces apart well (3 styles, {3 * LEARNED} looks).",
    ]
    assert Mixture.read(tmp_path / poses.LEARNED).styles == ("grin", "pout", "rest")
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


def test_the_nearest_of_two_faces_is_found(portrait: faces.Picture, points: Points) -> None:
    head = portrait[20:270, 100:350]
    both = np.zeros((480, 720, 3), dtype=np.uint8)
    both[40:290, 20:270] = head
    both[40:440, 300:700] = cv2.resize(head, (400, 400))
    eye = finder()
    assert len(eye.detect(both)) == 2
    found = eye.find(both)
    assert found is not None
    middle = (found[:, :2].mean(axis=0) - [300, 40]) / 1.6 + [100, 20]
    np.testing.assert_allclose(middle, points[:, :2].mean(axis=0), atol=4.0)


def test_where_nobody_is_no_face_is_found() -> None:
    random, eye = np.random.default_rng(5), finder()
    for picture in (np.zeros((480, 640, 3)), random.integers(0, 256, (480, 640, 3))):
        assert eye.find(picture.astype(np.uint8)) is None


def test_onnx_says_what_googles_runtime_says(portrait: faces.Picture) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is missing")
    from appliance.face.finder import run, session  # noqa: PLC0415  # for this alone

    random = np.random.default_rng(1)
    for name, onnx in zip((models.DETECTOR, models.LANDMARKS), models.read(MODELS), strict=True):
        theirs = litert.Interpreter(model_path=str(MODELS / name), num_threads=1)
        theirs.allocate_tensors()
        taken = theirs.get_input_details()[0]
        side = taken["shape"][1]
        picture = cv2.resize(portrait[40:240, 120:320], (side, side)) / 255.0
        ours = session(onnx)
        for seen in (picture, random.uniform(-1.0, 1.0, (side, side, 3))):
            theirs.set_tensor(taken["index"], seen[None].astype(np.float32))
            theirs.invoke()
            found = run(ours, seen.astype(np.float32))
            for output in theirs.get_output_details():
                wanted = theirs.get_tensor(output["index"])
                np.testing.assert_allclose(found[output["name"]], wanted, atol=1e-3)


# --- no picture leaves the eye ----------------------------------------------------------------

AUDITED = """
import json, os, sys

deeds = []
READS = {"r", "rb", "rt", "br"}

def note(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = mode not in READS if mode else flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and path != 1:  # standard output
            deeds.append([event, str(path), str(mode)])
    elif event.split(".")[0] in {"socket", "subprocess", "shutil", "tempfile"}:
        deeds.append([event])
    elif event in {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.system", "os.fork"}:
        deeds.append([event, str(arguments)])

sys.addaudithook(note)
from appliance.face import watch

status = watch.main()
print(json.dumps(deeds), file=sys.stderr)
sys.exit(status)
"""


def no_bytes() -> None:
    """Let the kernel end the process that writes a byte to any file; pipes are none."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@contextlib.contextmanager
def eye_on(folder: Path, home: Path) -> Iterator[subprocess.Popen[str]]:
    order = {
        "camera": str(folder), "rate": 30.0, "share": 1.0, "size": 0.1,
        "models": str(MODELS.resolve()), "learned": str(home / "none.onnx"),
    }  # fmt: skip
    surroundings = {"HOME": home, "TMPDIR": home, "XDG_STATE_HOME": home, "STATE_DIRECTORY": home}
    with subprocess.Popen(
        [sys.executable, "-B", "-c", AUDITED],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=home, preexec_fn=no_bytes,  # noqa: PLW1509  # no threads of ours run here
        env=os.environ | {k: str(v) for k, v in surroundings.items()} | {"PYTHONPATH": str(ROOT)},
    ) as child:  # fmt: skip
        guard = threading.Timer(120.0, child.kill)
        guard.start()
        assert child.stdin is not None
        child.stdin.write(json.dumps(order) + "\n")
        child.stdin.flush()
        yield child
        guard.cancel()


@pytest.fixture
def folder(pulled: dict[str, faces.Picture], tmp_path: Path) -> Path:
    place = tmp_path / "images"
    place.mkdir()
    for pose, picture in pulled.items():
        cv2.imwrite(str(place / f"{pose}.png"), picture[:, :, ::-1])
    return place


def test_the_eye_writes_no_file_and_tells_no_picture(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with eye_on(folder, home) as child:
        assert child.stdin is not None and child.stdout is not None
        assert child.stderr is not None
        assert json.loads(child.stdout.readline()) == {"ready": True}
        seen: list[dict[str, Any]] = [json.loads(child.stdout.readline()) for _ in range(8)]
        child.stdin.write('{"show": true}\n')
        child.stdin.flush()
        while "points" not in seen[-1]:
            seen.append(json.loads(child.stdout.readline()))
        child.stdin.close()
        child.stdout.read()
        deeds = child.stderr.read()
    assert json.loads(deeds) == []
    assert child.returncode == 0
    assert list(home.iterdir()) == []
    assert {key for told in seen for key in told} == {"camera", "size", "near", "cost", "points"}
    assert all(told["near"] for told in seen)
    for told in seen[:-1]:
        assert len(json.dumps(told)) < 200 or "points" in told
    assert len(seen[-1]["points"]) == 3 * 468


def test_images_come_in_the_order_of_their_names(
    folder: Path, pulled: dict[str, faces.Picture]
) -> None:
    images = Images(folder)
    for name in [*sorted(pulled), min(pulled)]:
        np.testing.assert_array_equal(images.read(), pulled[name])
    (folder / "a.png").write_bytes(b"no image")
    with pytest.raises(CameraError, match=r"a\.png is no image"):
        Images(folder).read()


def test_a_video_begins_anew_at_its_end(pulled: dict[str, faces.Picture], tmp_path: Path) -> None:
    path = str(tmp_path / "faces.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (512, 512))
    for picture in pulled.values():
        writer.write(picture[:, :, ::-1])
    writer.release()
    video = Capture(path)
    frames = [video.read() for _ in range(len(pulled) + 1)]
    video.close()
    for frame, picture in zip(frames, [*pulled.values(), pulled["rest"]], strict=True):
        assert np.abs(frame.astype(int) - picture).mean() < 10.0


def test_a_camera_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="camera 63 cannot be opened: plug it in"):
        Capture(63)
    with pytest.raises(CameraError, match="there is no file"):
        Capture(str(tmp_path / "nothing.avi"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CameraError, match="holds no images"):
        Images(tmp_path / "empty")
