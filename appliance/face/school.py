"""What follows when a face was pulled: the pose is kept and all of them are learned, aside.

Keeping is a thread's affair and learning that of a process of its own, so that no frame of the
stage waits for a disk or for scikit-learn.
"""

import json
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.child import python
from appliance.face import poses
from appliance.face.quality import Quality

LEARNING = 600.0  # seconds that learning may take

Floats = NDArray[np.float32]


class School:
    """Keeps poses in a folder and learns them; what came of it is said in sentences."""

    def __init__(self, folder: Path, learner: Callable[[Path], str] | None = None) -> None:
        """Learn by a `learner`, which returns a sentence; else by scikit-learn."""
        self.folder = folder
        self.said: deque[str] = deque()
        self._learner = learner or self._learn
        self._threads: list[threading.Thread] = []
        self._one = threading.Lock()  # learns at a time
        self._child: subprocess.Popen[bytes] | None = None
        self._titles: Mapping[str, str] = {}
        self._closed = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether anything is being learned."""
        return any(thread.is_alive() for thread in self._threads)

    def study(self, style: str, name: str, points: Floats, titles: Mapping[str, str]) -> None:
        """Begin to keep and learn the landmarks (F, 468, 3) of a style; return at once."""
        self._closed.clear()
        self._titles = titles
        thread = threading.Thread(target=self._study, args=(style, name, points), name="face")
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()

    def close(self) -> None:
        """Keep what was pulled, break off what is being learned, and wait for that."""
        self._closed.set()
        child = self._child
        if child is not None:
            child.terminate()
        self.join()

    def join(self, seconds: float | None = None) -> None:
        """Wait until everything is learned, or for so long."""
        for thread in self._threads:
            thread.join(seconds)

    def _study(self, style: str, name: str, points: Floats) -> None:
        title = self._titles.get(style, style)
        try:
            poses.keep(self.folder, poses.Pose(style, name, points))
        except (OSError, ValueError) as error:
            self.said.append(f"{title} is not learned: {error}.")
            return
        with self._one:
            self.said.append(f"{title} ({name}) is learned. {self._learner(self.folder)}")

    def _learn(self, folder: Path) -> str:
        """Let a process of its own learn all poses; return what came of it, in a sentence."""
        if self._closed.is_set():
            return "It is told apart from the others when the next face is learned."
        try:
            self._child = subprocess.Popen(
                [*python("appliance.face.learner"), str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:  # as where there is no memory for it
            return f"What it means could not be learned ({error.strerror}): teach another face."
        with self._child as child:
            if self._closed.is_set():  # just now, before there was a child to end
                child.terminate()
            try:
                out, _ = child.communicate(timeout=LEARNING)
                told = json.loads(out)
            except (subprocess.TimeoutExpired, ValueError):
                child.kill()
                return "What it means could not be learned: see docs/face.md."
            finally:
                self._child = None
        if "fault" in told:
            return f"{told['fault'][0].upper()}{told['fault'][1:]}."
        return Quality(**told["quality"]).words(self._titles)
