"""Whether the services run, start by themselves, and had to be started again."""

import subprocess
from collections.abc import Callable, Mapping

from appliance.service.checks import Check, Severity
from appliance.service.units import ENGINE, FALLBACK, STAGE, TARGET

NAME = "services"
PARTS = (ENGINE, STAGE)
ASKED = ("LoadState", "ActiveState", "SubState", "Result", "NRestarts", "UnitFileState",
         "SupplementaryGroups", "IPAddressAllow")  # fmt: skip
OFTEN = 3  # restarts since the start of the machine that are no accident any more
PATIENCE = 5.0  # seconds for an answer
JOURNAL = "journalctl -t static-unsigned-love -p warning -b says why."

Ask = Callable[[str], Mapping[str, str]]


def ask_systemd(unit: str) -> Mapping[str, str]:
    """Return what systemd says of a unit, see systemctl(1); nothing where none answers."""
    command = ["systemctl", "show", f"--property={','.join(ASKED)}", unit]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)


def check_units(ask: Ask = ask_systemd) -> list[Check]:
    """Ask about all units of the piece."""
    target = ask(TARGET)
    if not target:
        said = "No systemd answers: nothing starts the piece by itself, or mends it."
        return [Check(NAME, Severity.NOTE, said)]
    if target.get("LoadState") != "loaded":
        said = "The piece is not installed as a service; appliance run plays it at a desk."
        return [Check(NAME, Severity.NOTE, said)]
    found = []
    if target.get("UnitFileState") not in ("enabled", "enabled-runtime", "static"):
        said = "The piece does not start by itself when the power comes."
        found.append(Check(NAME, Severity.WARNING, said, f"sudo systemctl enable {TARGET}"))
    if ask(FALLBACK).get("ActiveState") == "active":
        said = "The fallback's picture is shown: engine or stage has failed for good."
        found.append(Check(NAME, Severity.ERROR, said, JOURNAL))
    found += [check for unit in PARTS for check in _part(unit, ask(unit))]
    return found


def _part(unit: str, told: Mapping[str, str]) -> list[Check]:
    name = unit.removesuffix(".service").replace("appliance-", "the ")
    state, restarts = told.get("ActiveState", ""), int(told.get("NRestarts") or 0)
    again = f"It was restarted {restarts} times since the start of the machine."
    match state:
        case "active" if restarts >= OFTEN:
            return [Check(NAME, Severity.WARNING, f"{name} runs. {again}".capitalize(), JOURNAL)]
        case "active":
            said = f"{name} runs.{f' {again}' if restarts else ''}".capitalize()
            return [Check(NAME, Severity.NOTE if restarts else Severity.OK, said)]
        case "activating" | "reloading":
            return [Check(NAME, Severity.NOTE, f"{name} is just starting.".capitalize())]
        case "failed":
            said = f"{name} has failed ({told.get('Result', 'no word why')}).".capitalize()
            return [Check(NAME, Severity.ERROR, said, JOURNAL)]
        case _:
            said = f"{name} is stopped.".capitalize()
            return [Check(NAME, Severity.NOTE, said, f"sudo systemctl start {TARGET} starts it.")]
