"""Animated PNG, so that a README can show what moves; of each frame only what changed is kept.

The format is that of the PNG specification, third edition, sections 4.9 and 11.3.6.
"""

import itertools
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (height, width, 3)
OVER = 1  # a frame is laid over the one before; where it is transparent, that one is seen


def write(path: Path, frames: Sequence[Pixels], a_second: int, rest: float) -> int:
    """Write frames of one size, shown for ever; the last stays for `rest` seconds.

    Returns the file's size in bytes.
    """
    height, width = frames[0].shape[:2]
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))]
    chunks.append(_chunk(b"acTL", struct.pack(">II", len(frames), 0)))
    number = itertools.count()
    for at, (pixels, x, y) in enumerate(_changes(frames)):
        high, wide = pixels.shape[:2]
        delay = (1, a_second) if at < len(frames) - 1 else (round(rest * 100), 100)
        control = struct.pack(">IIIIIHHBB", next(number), wide, high, x, y, *delay, 0, OVER)
        chunks.append(_chunk(b"fcTL", control))
        packed = zlib.compress(_rows(pixels), 9)
        if at == 0:
            chunks.append(_chunk(b"IDAT", packed))
        else:
            chunks.append(_chunk(b"fdAT", struct.pack(">I", next(number)) + packed))
    chunks.append(_chunk(b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    path.write_bytes(data)
    return len(data)


def _changes(frames: Sequence[Pixels]) -> Iterator[tuple[Pixels, int, int]]:
    """Yield for each frame its changed part in four channels (H, W, 4), and where that stands."""
    before = None
    for frame in frames:
        opaque = np.full((*frame.shape[:2], 1), 255, dtype=np.uint8)
        whole = np.concatenate([frame, opaque], axis=2)
        if before is None:
            yield whole, 0, 0
        else:
            differs = (frame != before).any(axis=2)
            whole[~differs] = 0
            rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
            if rows.size == 0:
                yield whole[:1, :1], 0, 0
            else:
                y, x = int(rows[0]), int(columns[0])
                yield whole[y : int(rows[-1]) + 1, x : int(columns[-1]) + 1], x, y
        before = frame


def _rows(pixels: Pixels) -> bytes:
    """Return rows as PNG wants them, each the difference to the one above (filter 2)."""
    above = np.concatenate([np.zeros_like(pixels[:1]), pixels[:-1]])
    filtered = (pixels - above).reshape(pixels.shape[0], -1)
    kind = np.full((filtered.shape[0], 1), 2, dtype=np.uint8)
    return np.concatenate([kind, filtered], axis=1).tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)
