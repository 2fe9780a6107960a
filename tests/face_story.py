"""The face control before an eye that tells what the test says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.controls.control import Event, Shown
from appliance.controls.face import Face
from appliance.face.watch import Order

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
    """Return what an eye tells of a near face, and how it is to be mixed."""
    told: dict[str, Any] = {"camera": "camera 0", "size": 0.4, "near": True, **more}
    return told | ({"weights": weights} if weights is not None else {})


EMPTY = look(near=False, size=0.0)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a story whose first frame has passed."""
    told = Story(tmp_path / "learned" / "face")
    told.frame()
    return told


def said(face: Face) -> list[str]:
    """Return what has been said of learning since the last time."""
    found = []
    while (sentence := face.learned()) is not None:
        found.append(sentence)
    return found


def settled(face: Face) -> list[str]:
    """Wait for the thread that learns, and return what was said."""
    face._school.join(30.0)
    return said(face)
