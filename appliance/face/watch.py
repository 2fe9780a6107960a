"""The eye itself, a process of its own: frames in, landmarks and weights out, and no picture ever.

It writes no file and opens no socket. On its standard input it is told, in a line of JSON each,
first what to do and later whether to show landmarks; when that input ends, so does the eye. On its
standard output it tells in a line of JSON that it is ready, and then for each frame whether there
is a face, what it plays and, while somebody learns, its landmarks.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.face.camera import Camera, CameraError, Picture, open_camera

AGAIN = 2.0  # seconds until a camera that is not there is tried once more
LOOK = 1.0  # seconds between two looks at what was learned
NOBODY = 0.25  # seconds between frames at least, while no face is there


@dataclass(frozen=True, slots=True)
class Order:
    """What the eye is told at first."""

    camera: str  # as for open_camera
    rate: float  # frames a second at most
    share: float  # of one processor core at most
    size: float  # of the picture's width: a smaller face is too far away
    models: str  # folder of the models; empty: the usual one
    learned: str  # file of what was learned


class Finder(Protocol):
    """What finds a face in a picture."""

    def find(self, picture: Picture) -> NDArray[np.float32] | None:
        """Return the landmarks (468, 3), or None."""


class Reader(Protocol):
    """What makes weights of landmarks."""

    def weights(self, points: NDArray[np.float32]) -> Any:
        """Return the weights by style."""


class Watch:
    """One look after the other, at a rate that leaves the processor to the others."""

    def __init__(
        self,
        order: Order,
        finder: Finder,
        tell: Callable[[dict[str, Any]], None],
        *,
        opens: Callable[[str], Camera] = open_camera,
        reads: Callable[[Path], Reader],
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.process_time,
    ) -> None:
        """Begin without a camera; `spent` says how many seconds of a core were used so far."""
        self.showing = False
        self._order, self._finder, self._tell = order, finder, tell
        self._opens, self._reads, self._clock, self._spent = opens, reads, clock, spent
        self._camera: Camera | None = None
        self._reader: Reader | None = None
        self._stamp: int | None = None  # of the file of what was learned
        self._unlearned = ""  # why that cannot be read, as it was told last
        self._looked = -1e9

    def step(self) -> float:
        """Take one look; return for how many seconds to rest until the next."""
        began, before = self._clock(), self._spent()
        try:
            if self._camera is None:
                self._camera = self._opens(self._order.camera)
            picture = self._camera.read()
        except CameraError as error:
            self.close()
            self._tell({"blind": str(error)})
            return AGAIN
        self._renew(began)
        points = self._finder.find(picture)
        size = 0.0 if points is None else float(np.ptp(points[:, 0])) / picture.shape[1]
        near = points is not None and size >= self._order.size
        told: dict[str, Any] = {"camera": self._camera.name, "size": round(size, 3), "near": near}
        if near and points is not None:
            if self._reader is not None:
                told["weights"] = {s: round(w, 4) for s, w in self._reader.weights(points).items()}
            if self.showing:
                told["points"] = np.round(points, 2).ravel().tolist()
        used = self._spent() - before
        told["cost"] = round(used, 4)
        self._tell(told)
        period = max(1.0 / self._order.rate, used / self._order.share, 0.0 if near else NOBODY)
        return max(0.0, period - (self._clock() - began))

    def close(self) -> None:
        """Let the camera go."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def _renew(self, now: float) -> None:
        """Take up what was learned since, or that it was erased."""
        if now - self._looked < LOOK:
            return
        self._looked = now
        path = Path(self._order.learned)
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._stamp, self._reader = stamp, None
                self._reader = self._reads(path)
        except FileNotFoundError:
            self._stamp = self._reader = None
        except (OSError, ValueError) as error:
            if self._unlearned != str(error):
                self._tell({"unlearned": str(error)})
            self._unlearned = str(error)
            return
        self._unlearned = ""


def main() -> int:
    """Watch until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the stage, which ends this
    logging.disable()
    with contextlib.suppress(OSError):  # a service may forbid even that
        os.nice(10)
    order = Order(**json.loads(sys.stdin.readline()))
    try:
        return watch(order)
    except BrokenPipeError:  # nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # cameras' libraries raise whatever they like
        tell({"ended": str(error).strip().split("\n")[0][:160] or type(error).__name__})
        return 1


def watch(order: Order) -> int:
    """Watch as ordered until the standard input ends; return an exit status."""
    try:
        # Heavy, and not everywhere: what is missing is told.
        from appliance.face import models  # noqa: PLC0415
        from appliance.face.finder import Finder as Found  # noqa: PLC0415
        from appliance.face.mixture import Mixture  # noqa: PLC0415
    except ImportError as error:
        tell({"absent": f"the Python package {error.name} is missing: install it"})
        return 1
    try:
        finder = Found(*models.read(models.place(order.models)))
    except models.FaceModelsError as error:
        tell({"absent": str(error)})
        return 1
    tell({"ready": True})  # what comes now is the camera's own time
    watching = Watch(order, finder, tell, reads=Mixture.read)
    ended = threading.Event()
    threading.Thread(target=obey, args=(watching, ended), daemon=True).start()
    try:
        while not ended.is_set():
            ended.wait(watching.step())
    finally:
        watching.close()
    return 0


def obey(watch: Watch, ended: threading.Event) -> None:
    """Take orders until the standard input ends."""
    for line in sys.stdin:
        watch.showing = bool(json.loads(line)["show"])
    ended.set()


def tell(what: dict[str, Any]) -> None:
    """Tell one thing."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
