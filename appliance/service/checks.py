"""What a doctor finds: one check for each part, in a sentence and with what to do about it.

A check is a function that returns `Check` values and raises nothing; `appliance doctor` calls them
one after the other.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from appliance.last_good import KEPT
from appliance.settings import DEFAULTS, Loaded, SettingsError, ShutError


class Severity(IntEnum):
    """How bad it is."""

    OK = 0
    NOTE = 1  # worth knowing; nothing has to be done
    WARNING = 2  # the piece plays, and somebody should have a look
    ERROR = 3  # nothing plays, or not what the site has set


STATUS = {Severity.OK: 0, Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part; `remedy` is what to do, where the sentence does not say it."""

    name: str
    severity: Severity
    sentence: str
    remedy: str = ""


def settings(site: Path | None, state: Path) -> tuple[Loaded, Check]:
    """Read the settings; return those that are in force, and what was found.

    Where the site's file cannot be used, those that last worked are in force, or the shipped ones.
    """
    try:
        loaded = Loaded.read(site)
    except ShutError as error:
        remedy = "What follows is of the shipped settings."
        return Loaded.read(DEFAULTS), Check("settings", Severity.ERROR, f"{error}.", remedy)
    except SettingsError as error:
        return _in_force_instead(site, state, str(error))
    file = str(loaded.site) if loaded.site else "no file of the site's own"
    changed = sum(1 for origin in loaded.origins.values() if origin == loaded.site)
    changed += sum(map(len, loaded.of_controls.values()))
    return loaded, Check(
        "settings", Severity.OK, f"{file}: {changed} keys differ from the shipped."
    )


def _in_force_instead(site: Path | None, state: Path, fault: str) -> tuple[Loaded, Check]:
    kept = state / KEPT
    try:
        loaded, which = Loaded.read(kept), f"what last worked plays, {kept}"
    except SettingsError:
        loaded, which = Loaded.read(DEFAULTS), "the shipped settings play"
    if site is not None:  # whoever names a file on the command line is not given another one
        which = f"nothing plays with it; what follows is of another: {which}"
    remedy = f"Correct that place; until then {which}."
    return loaded, Check("settings", Severity.ERROR, f"{fault}.", remedy)


def status(checks: Sequence[Check]) -> int:
    """Return the exit status of all checks: the worst of them."""
    return STATUS[max((check.severity for check in checks), default=Severity.OK)]


def as_table(checks: Sequence[Check]) -> str:
    """Return the checks as lines for a person: how it is, what it is, and what to do."""
    width = max((len(check.name) for check in checks), default=0)
    lines = (
        f"{check.severity.name.lower():7}  {check.name:{width}}  {check.sentence} {check.remedy}"
        for check in checks
    )
    return "\n".join(map(str.rstrip, (*lines, "", verdict(checks))))


def verdict(checks: Sequence[Check]) -> str:
    """Return all of it in a sentence."""
    errors, warnings = (
        sum(check.severity == severity for check in checks)
        for severity in (Severity.ERROR, Severity.WARNING)
    )
    if not errors and not warnings:
        return "All is well."
    found = [f"{n} {what}{'s' * (n > 1)}" for n, what in ((errors, "error"), (warnings, "warning"))]
    return f"{' and '.join(part for part in found if part[0] != '0')}: each line says what to do."


def as_data(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks for programs."""
    said = [asdict(check) | {"severity": check.severity.name.lower()} for check in checks]
    return {"status": status(checks), "verdict": verdict(checks), "checks": said}
