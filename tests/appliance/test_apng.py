"""The animation of the README: a picture that any viewer opens, and only changes in its frames."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from tests.apng import Pixels, write


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return a PNG's chunks, each checked by its sum."""
    found = []
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(name + body)
        found.append((name, body))
        at += 12 + length
    return found


def frames() -> list[Pixels]:
    first = np.zeros((20, 30, 3), dtype=np.uint8)
    first[:, :, 1] = np.arange(30)
    second = first.copy()
    second[5:8, 10:12] = (200, 100, 50)
    return [first, second, second]


def test_the_first_frame_is_a_picture_for_every_viewer(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    assert write(path, frames(), a_second=12, rest=2.0) == path.stat().st_size
    shown = pygame.surfarray.array3d(pygame.image.load(path)).transpose(1, 0, 2)
    assert np.array_equal(shown, frames()[0])


def test_later_frames_hold_what_changed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    write(path, frames(), a_second=12, rest=2.0)
    found = chunks(path.read_bytes())
    assert dict(found)[b"acTL"] == struct.pack(">II", 3, 0)
    controls = [struct.unpack(">IIIIIHHBB", body) for name, body in found if name == b"fcTL"]
    assert [control[1:5] for control in controls] == [(30, 20, 0, 0), (2, 3, 10, 5), (1, 1, 0, 0)]
    assert [control[5:7] for control in controls] == [(1, 12), (1, 12), (200, 100)]
    bodies = [body for name, body in found if name == b"fdAT"]
    rows = np.frombuffer(zlib.decompress(bodies[0][4:]), dtype=np.uint8).reshape(3, 1 + 2 * 4)
    pixels = np.cumsum(rows[:, 1:].reshape(3, 2, 4), axis=0, dtype=np.uint8)
    assert (pixels == (200, 100, 50, 255)).all()
    # Frames and their data are numbered through.
    numbers = [
        struct.unpack(">I", body[:4])[0] for name, body in found if name in (b"fcTL", b"fdAT")
    ]
    assert numbers == list(range(5))
