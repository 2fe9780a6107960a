"""What this machine has to compute with, and what of it this process may use."""

import contextlib
import mmap
import os
from pathlib import Path

# Devices that are plugged in and out: they compute nothing, and change nothing.
PLUGGED = ("hidraw", "media", "std", "tty", "video")


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return what the kernel calls this machine's processor or board; empty if it does not say."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    named = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    return " ".join(
        value.strip() for key, value in named.items() if key.strip() in ("model name", "Model")
    )


def devices(root: Path = Path("/sys")) -> list[str]:
    """Return what sits on PCI and which accelerators and graphics cards have a driver, sorted."""
    found = []
    for device in (root / "bus/pci/devices").glob("*"):
        with contextlib.suppress(OSError):
            ids = [(device / part).read_text("ascii").strip() for part in ("vendor", "device")]
            found.append(" ".join([device.name, *ids]))
    for kind in ("accel", "drm"):
        # card0-HDMI-A-1 is a socket of card0: a screen that comes and goes changes nothing.
        found += [p.name for p in (root / "class" / kind).glob("*") if "-" not in p.name]
    return sorted(found)


def may_open(root: Path = Path("/dev")) -> list[str]:
    """Return the devices that this process may read and write, by name, sorted."""
    found = []
    for pattern in ("*", "accel/*", "dri/*"):
        for path in root.glob(pattern):
            with contextlib.suppress(OSError):
                if (
                    not path.name.startswith(PLUGGED)
                    and path.is_char_device()
                    and os.access(path, os.R_OK | os.W_OK)
                ):
                    found.append(str(path.relative_to(root)))
    return sorted(found)


def may_write_and_execute() -> bool:
    """Tell whether memory may be written and executed, as whoever compiles as it runs needs it."""
    try:
        mmap.mmap(
            -1,
            mmap.PAGESIZE,
            flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
            prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC,
        ).close()
    except OSError:
        return False
    return True
