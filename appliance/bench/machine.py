"""What this machine is, as far as it bears on speed."""

import os
import platform
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types

BOARD = Path("/proc/device-tree/model")
CPUINFO = Path("/proc/cpuinfo")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def describe() -> dict[str, Any]:
    """Return processor, cores, last cache (bytes), load before measuring, and versions."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "last_cache_bytes": last_cache(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "onnxruntime": ort.__version__,
        "numpy": np.__version__,
    }


def sentence(machine: dict[str, Any]) -> str:
    """Return that description in one line."""
    cache = machine["last_cache_bytes"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, "
        + (f"last cache {cache / 1e6:.1f} MB, " if cache else "")
        + f"load {machine['load']} before; Python {machine['python']}, "
        f"onnxruntime {machine['onnxruntime']}, numpy {machine['numpy']}"
    )


def processor(board: Path = BOARD, cpuinfo: Path = CPUINFO) -> str:
    """Return the board's name where there is one, else the processor's."""
    if board.is_file():
        return board.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.machine()


def last_cache(caches: Path = CACHES) -> int:
    """Return the bytes of the cache that is last before memory, or 0 if the system does not say."""
    found = [(_number(index / "level"), _number(index / "size")) for index in caches.glob("index*")]
    return max(found, default=(0, 0))[1]


def _number(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
        return int(text.rstrip("KMG")) * UNITS.get(text[-1:], 1)
    except (OSError, ValueError):
        return 0
