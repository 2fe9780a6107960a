"""Whether the time of day can be believed.

A Pi that has neither network nor a battery at its clock wakes with a time of the past, and looks
no different for it. The time is trusted when it has been set over the network since the start, or
when the hardware clock has run on and agrees.
"""

import ctypes
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path("/")
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # no installation is older than this software
AGREES = 120.0  # seconds between hardware clock and system time that may be
UNSYNCHRONISED = 0x40  # STA_UNSYNC, see adjtimex(2)


def trusted(now: datetime, root: Path = ROOT) -> bool:
    """Tell whether a time of day, with its zone, can be believed."""
    if now < EARLIEST:
        return False
    return synchronised(root) or hardware_agrees(now, root)


def synchronised(root: Path = ROOT) -> bool:
    """Tell whether the network has set the time since the start."""
    if (root / "run/systemd/timesync/synchronized").exists():
        return True
    return root == ROOT and _kernel_is_synchronised()


def hardware_agrees(now: datetime, root: Path = ROOT) -> bool:
    """Tell whether a hardware clock runs that says the same."""
    try:
        seconds = int((root / "sys/class/rtc/rtc0/since_epoch").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    return abs(now.timestamp() - seconds) < AGREES


def _kernel_is_synchronised() -> bool:
    # The beginning of struct timex, see adjtimex(2); `modes` 0 only asks.
    class Timex(ctypes.Structure):
        _fields_ = (
            ("modes", ctypes.c_uint),
            ("offset", ctypes.c_long),
            ("freq", ctypes.c_long),
            ("maxerror", ctypes.c_long),
            ("esterror", ctypes.c_long),
            ("status", ctypes.c_int),
            ("rest", ctypes.c_char * 256),
        )

    asked = Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (AttributeError, OSError):
        return False
    return state >= 0 and state != 5 and not asked.status & UNSYNCHRONISED  # 5: TIME_ERROR
