"""The eye, another process, is heard without waiting."""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.controls.control import Shown
from appliance.controls.face import Face
from appliance.face.eye import Eye
from appliance.face.watch import Order

ECHO = """
import json, sys
order = json.loads(sys.stdin.readline())
print(json.dumps({"camera": order["camera"], "size": 0.0, "near": False}), flush=True)
for line in sys.stdin:
    print(json.dumps({"shows": json.loads(line)["show"]}), flush=True)
"""


def test_the_eye_is_heard_without_waiting() -> None:
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


BROKEN = """
from appliance.face import models, watch
def read(folder): raise RuntimeError("the driver is not in the mood\\nand more")
models.read = read
raise SystemExit(watch.main())
"""


def test_an_eye_that_ends_says_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    face = Face(
        Face.Settings(),
        folder=tmp_path,
        eye=lambda order: Eye(order, [sys.executable, "-c", BROKEN]),
    )
    pause = threading.Event()
    with face:
        for frame in range(6000):
            face.poll(Shown(frame / 1000))
            if not face.health().well:
                break
            pause.wait(0.01)  # as below
        assert face.health().sentence == (
            "the eye has ended by itself (the driver is not in the mood): it is started anew."
        )
