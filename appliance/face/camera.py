"""Frames: of the Pi's camera by picamera2, of any other, of a video or of images by OpenCV.

All give RGB, (height, width, 3) of 8 bits, in memory alone. Each library is imported when its
camera is opened.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 640, 480  # pixels that a camera is asked for
FRESH = 0.004  # seconds: a frame that took longer to come was not waiting
WAITING = 8  # frames that a driver may have kept
IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


class CameraError(Exception):
    """A camera that cannot be opened or gives no more; one sentence without its full stop."""


class Camera(Protocol):
    """What gives frames."""

    name: str

    def read(self) -> Picture:
        """Return the newest frame, waiting for it; CameraError if there are no more."""

    def close(self) -> None:
        """Let the camera go."""


def open_camera(wanted: str) -> Camera:
    """Return an opened camera; CameraError if it cannot be had.

    `wanted` is empty (the Pi's own camera, or else the first that the system has), "pi", the number
    of a camera of the system, or the path of its device, of a video, or of a folder of images.
    """
    if wanted == "pi":
        return PiCamera()
    if not wanted:
        try:
            return PiCamera()
        except CameraError as no_pi:
            try:
                return Capture(0)
            except CameraError as none:
                raise CameraError(f"{none}; {no_pi}") from None
    if wanted.isdigit():
        return Capture(int(wanted))
    path = Path(wanted)
    if path.is_dir():
        return Images(path)
    return Capture(wanted)


class PiCamera:
    """The camera on the Pi's own connector, by picamera2."""

    name = "the Pi's camera"

    def __init__(self) -> None:
        library = _library("picamera2", "sudo apt install python3-picamera2")
        try:
            there = library.Picamera2.global_camera_info()
        except Exception as error:  # noqa: BLE001  # libcamera's bindings raise whatever they like
            raise CameraError(f"the Pi's cameras cannot be listed ({_said(error)})") from None
        if not there:
            raise CameraError("no camera is on the Pi's connector: look at its ribbon")
        try:
            with ExitStack() as opening:
                self._camera = library.Picamera2()
                # One that is not let go cannot be opened again, by us or anybody else.
                opening.callback(self._camera.close)
                # Its names count from the lowest byte: "BGR888" has red first in memory.
                main = {"size": (WIDTH, HEIGHT), "format": "BGR888"}
                self._camera.configure(self._camera.create_video_configuration(main=main))
                self._camera.start()
                opening.pop_all()
        except Exception as error:  # noqa: BLE001  # as above
            raise CameraError(f"the Pi's camera cannot be opened ({_said(error)})") from None

    def read(self) -> Picture:
        """Return the newest frame."""
        try:
            picture: Picture = self._camera.capture_array("main")
        except Exception as error:  # noqa: BLE001  # as above
            raise CameraError(f"the Pi's camera gives no more ({_said(error)})") from None
        return picture

    def close(self) -> None:
        """Let the camera go."""
        self._camera.close()


class Capture:
    """A camera of the system, or a video file, by OpenCV; a video begins anew at its end."""

    def __init__(self, source: int | str, clock: Callable[[], float] = time.monotonic) -> None:
        self._cv2 = _library("cv2", "pip install opencv-python-headless")
        self._source, self._clock = source, clock
        self.name = f"camera {source}" if isinstance(source, int) else source
        self._video = isinstance(source, str) and not source.startswith("/dev/")
        if self._video and not Path(str(source)).is_file():
            raise CameraError(f"there is no file {source}")
        self._capture = self._cv2.VideoCapture(source)
        if not self._capture.isOpened():
            self._capture.release()
            if self._video:
                raise CameraError(f"{source} is no video that OpenCV can read")
            raise CameraError(
                f"{self.name} cannot be opened: plug it in, or stop what else uses it"
            )
        if not self._video:
            self._capture.set(self._cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
            self._capture.set(self._cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
            self._capture.set(self._cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> Picture:
        """Return the newest frame, past those that have been waiting; of a video the next."""
        if self._video:
            there, frame = self._capture.read()
            if not there:
                self._capture.set(self._cv2.CAP_PROP_POS_FRAMES, 0)
                there, frame = self._capture.read()
        else:
            for _ in range(WAITING):
                began = self._clock()
                if not self._capture.grab() or self._clock() - began > FRESH:
                    break
            there, frame = self._capture.retrieve()
        if not there or frame is None:
            raise CameraError(f"{self.name} gives no more frames: look at its cable")
        return _red_first(frame)

    def close(self) -> None:
        """Let the camera go."""
        self._capture.release()


class Images:
    """A folder of images, by OpenCV, in the order of their names, over and over."""

    def __init__(self, folder: Path) -> None:
        self._cv2 = _library("cv2", "pip install opencv-python-headless")
        self.name = str(folder)
        self._paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGES)
        if not self._paths:
            raise CameraError(f"{folder} holds no images")
        self._turn = self._turns()

    def read(self) -> Picture:
        """Return the next image."""
        return next(self._turn)

    def close(self) -> None:
        """Do nothing: no image is kept open."""

    def _turns(self) -> Iterator[Picture]:
        while True:
            for path in self._paths:
                image = self._cv2.imread(str(path))
                if image is None:
                    raise CameraError(f"{path} is no image")
                yield _red_first(image)


def _red_first(frame: Any) -> Picture:
    picture: Picture = np.ascontiguousarray(frame[:, :, ::-1])
    return picture


def _library(name: str, remedy: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CameraError(f"{name} is missing ({_said(error)}): {remedy}") from None
    except Exception as error:  # noqa: BLE001  # as one built for another numpy than is here
        raise CameraError(
            f"{name} cannot be loaded ({_said(error)}): it does not fit the Python packages here"
        ) from None


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")[:160] or type(error).__name__
