"""The units of the piece as their service manager knows them, and how one is ended.

Anybody may ask systemd, and a process may end another of its own user; so a stage without any right
can have the engine started anew. `systemctl show` prints KEY=VALUE lines, see systemctl(1); a unit
that is ended by SIGTERM comes back by its `Restart=always`, see systemd.service(5).
"""

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass

TARGET = "static-unsigned-love.target"
ENGINE, STAGE = "appliance-engine.service", "appliance-stage.service"
FALLBACK, TRIAL = "appliance-fallback.service", "appliance-trial.service"
PATIENCE = 5.0  # seconds for an answer


@dataclass(frozen=True, slots=True)
class Unit:
    """A service: its process, 0 if it has none, and how often systemd has restarted it."""

    pid: int
    restarts: int


def ask(unit: str) -> Unit | None:
    """Return how a unit is; None where no systemd answers or it knows no such unit."""
    command = ["systemctl", "show", "--property=LoadState,MainPID,NRestarts", unit]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    if found.get("LoadState") != "loaded":
        return None
    try:
        return Unit(int(found["MainPID"]), int(found["NRestarts"]))
    except (KeyError, ValueError):
        return None


def end(unit: Unit) -> bool:
    """Ask a service to end, so that it comes back; tell whether it was there to be asked."""
    if unit.pid <= 1:
        return False
    with contextlib.suppress(OSError):
        os.kill(unit.pid, signal.SIGTERM)
        return True
    return False
