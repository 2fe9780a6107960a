"""What became of the last update."""

from appliance.service.checks import Check, Severity
from appliance.update.homes import Homes
from appliance.update.outcome import read_outcome


def check_update(homes: Homes | None = None) -> list[Check]:
    """Say what became of the last update; nothing where there was none."""
    last = read_outcome(homes)
    if last is None:
        return []
    remedy = "" if last.well else "It is said no more when another update was taken."
    severity = Severity.NOTE if last.well else Severity.WARNING
    if last.kind == "kept":
        severity = Severity.OK
    return [Check("update", severity, f"{last.at:.10}: {last.sentence}", remedy)]
