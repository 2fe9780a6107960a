"""The command line under a clock on the wall that is wrong: `python -m tests.wall FILE engine …`.

FILE holds by how many seconds, and is read at every look at the clock, so that the clock jumps when
a test writes it. Without the file the clock is right. What counts seconds that pass is left alone.
"""

import sys
import time
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from appliance.__main__ import main

RIGHT = time.time


def shown(wrong: Path) -> float:
    """Return what the wrong clock shows, seconds since 1970."""
    try:
        return RIGHT() + float(wrong.read_text(encoding="ascii") or 0)
    except FileNotFoundError:
        return RIGHT()


def here(wrong: Path) -> datetime:
    """Return the same as the time of day, with its zone."""
    return datetime.fromtimestamp(shown(wrong)).astimezone()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    with (
        patch("time.time", lambda: shown(file)),
        patch("appliance.commands.engine.local_time", lambda: here(file)),
    ):
        sys.exit(main(sys.argv[2:]))
