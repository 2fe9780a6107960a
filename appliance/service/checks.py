"""What a doctor finds: one check for each part, in a sentence and with what to do about it.

A check is a function that returns `Check` values and raises nothing; `appliance doctor` calls them
one after the other.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from appliance.settings import Loaded, SettingsError


class Severity(IntEnum):
    """How bad it is; as a number, the exit status."""

    WELL = 0
    LOOK = 1  # the piece plays, and somebody should have a look
    FAILS = 2  # nothing plays, or not what the site has set


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part; `remedy` is what to do, where the sentence does not say it."""

    name: str
    severity: Severity
    sentence: str
    remedy: str = ""


def settings(site: Path | None) -> tuple[Loaded | None, Check]:
    """Read the settings; return them, if they can be used, and what was found."""
    try:
        loaded = Loaded.read(site)
    except SettingsError as error:
        return None, Check("settings", Severity.FAILS, f"{error}.", "Nothing else was looked at.")
    file = str(loaded.site) if loaded.site else "no file of the site's own"
    changed = sum(1 for origin in loaded.origins.values() if origin == loaded.site)
    changed += sum(map(len, loaded.of_controls.values()))
    return loaded, Check(
        "settings", Severity.WELL, f"{file}: {changed} keys differ from the shipped."
    )


def status(checks: Sequence[Check]) -> int:
    """Return the exit status of all checks: the worst of them."""
    return int(max((check.severity for check in checks), default=Severity.WELL))


def as_table(checks: Sequence[Check]) -> str:
    """Return the checks as lines for a person: how it is, what it is, and what to do."""
    width = max((len(check.name) for check in checks), default=0)
    lines = (
        f"{check.severity.name.lower():5}  {check.name:{width}}  {check.sentence} {check.remedy}"
        for check in checks
    )
    return "\n".join(map(str.rstrip, lines))


def as_data(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks for programs."""
    said = [asdict(check) | {"severity": check.severity.name.lower()} for check in checks]
    return {"status": status(checks), "checks": said}
