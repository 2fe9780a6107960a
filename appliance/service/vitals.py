"""How the machine is: temperature, under-voltage, disk, memory; nothing where it is not told."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
HOT = 80.0  # degrees Celsius, from which on a Pi 5 slows itself down
LITTLE_DISK = 64 << 20  # bytes free, below which somebody should look
UNDER_VOLTAGE = "sys/devices/platform/soc*/soc*:firmware/get_throttled"


@dataclass(frozen=True, slots=True)
class Vitals:
    """Readings; None where this machine does not tell."""

    celsius: float | None
    throttled: int | None  # bits as the Raspberry Pi's firmware reports them
    disk_free: int | None  # bytes where the piece keeps its state
    memory: int  # bytes, most that this process has held


def read(state: Path, root: Path = ROOT) -> Vitals:
    """Read what there is."""
    return Vitals(
        celsius=celsius(root),
        throttled=throttled(root),
        disk_free=_free(state),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def celsius(root: Path = ROOT) -> float | None:
    """Return the processor's temperature, degrees Celsius."""
    return _number(root / "sys/class/thermal/thermal_zone0/temp", 1e-3)


def throttled(root: Path = ROOT) -> int | None:
    """Return the firmware's bits: 0 under-voltage, 1 to 3 slowed down; 16 to 19 since the start.

    Source: Raspberry Pi documentation, vcgencmd get_throttled.
    """
    for path in sorted(root.glob(UNDER_VOLTAGE)):
        try:
            return int(path.read_text(encoding="ascii"), 16)
        except (OSError, ValueError):
            continue
    # A newer kernel tells under-voltage as an alarm of its sensor instead.
    for folder in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        try:
            if (folder / "name").read_text(encoding="ascii").strip() == "rpi_volt":
                return int((folder / "in0_lcrit_alarm").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return None


def _number(path: Path, unit: float) -> float | None:
    try:
        return int(path.read_text(encoding="ascii")) * unit
    except (OSError, ValueError):
        return None


def _free(folder: Path) -> int | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
