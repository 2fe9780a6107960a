"""The faces that people have pulled to teach a style: landmarks, a file each, nobody else's.

Kept are numbers: where 468 points of a face were, a few dozen times in three seconds. No picture is
among them. A pose is one file, so that taking one back erases it and touches no other.
"""

import io
import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.files import replace_file, state_folder

Floats = NDArray[np.float32]
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LEAST = 3  # styles that have to be learned before a face plays
LEARNED = "mixture.onnx"  # what was learned of all poses, beside them

log = logging.getLogger("appliance.face")


@dataclass(frozen=True, slots=True)
class Pose:
    """One face, pulled for one style."""

    style: str
    name: str
    points: Floats  # (F, 468, 3), landmarks as they were seen, in the order of time

    def __post_init__(self) -> None:
        for word in (self.style, self.name):
            if not NAME.fullmatch(word):
                raise ValueError(
                    f"{word!r} cannot name a pose: take small letters, digits, - and _, 40 at most"
                )
        if self.points.ndim != 3 or self.points.shape[1:] != (468, 3) or not len(self.points):
            raise ValueError(f"a pose has landmarks of (F, 468, 3), not {self.points.shape}")
        if not np.isfinite(self.points).all():
            raise ValueError("a pose has landmarks that are no numbers")


def place(folder: Path | None = None) -> Path:
    """Return the folder of the poses and of what was learned from them."""
    return (folder or state_folder()) / "learned" / "face"


def kept(folder: Path) -> list[Pose]:
    """Return all poses by style and name; one that cannot be read is left out with a warning."""
    found = []
    for path in sorted(folder.glob("*.*.npz")):
        style, name, _ = path.name.split(".", 2)
        try:
            with np.load(path, allow_pickle=False) as file:
                found.append(Pose(style, name, file["points"].astype(np.float32)))
        except Exception as error:  # noqa: BLE001  # a damaged zip may raise anything
            log.warning("%s cannot be read (%s): learn it once more, or remove it", path, error)
    return found


def stamps(folder: Path) -> dict[str, int]:
    """Return when each pose was written, in nanoseconds, by its file's name."""
    found = {}
    for path in folder.glob("*.*.npz"):
        with suppress(FileNotFoundError):  # erased just now
            found[path.name] = path.stat().st_mtime_ns
    return found


def keep(folder: Path, pose: Pose) -> None:
    """Write a pose, in one atomic step and for its owner alone; OSError if the disk refuses."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = io.BytesIO()
    np.savez_compressed(written, points=pose.points)
    replace_file(_path(folder, pose.style, pose.name), written.getvalue(), private=True)


def free_name(folder: Path, style: str) -> str:
    """Return a name that no pose of a style has: its next number."""
    number = 1
    while _path(folder, style, str(number)).exists():
        number += 1
    return str(number)


def forget(folder: Path, style: str, name: str) -> bool:
    """Erase a pose; tell whether there was one. OSError if the disk refuses."""
    path = _path(folder, style, name)
    if not path.exists():
        return False
    path.unlink()
    _settle(folder)
    return True


def forget_all(folder: Path) -> int:
    """Erase all poses and what was learned from them; return how many poses there were.

    OSError if the disk refuses.
    """
    if not folder.is_dir():
        return 0
    poses = list(folder.glob("*.*.npz"))
    for path in [*poses, *folder.glob(f"{LEARNED}*"), *folder.glob("*.partial")]:
        path.unlink(missing_ok=True)
    _settle(folder)
    return len(poses)


def _path(folder: Path, style: str, name: str) -> Path:
    return folder / f"{style}.{name}.npz"


def _settle(folder: Path) -> None:
    """Let the disk know that files have gone."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
