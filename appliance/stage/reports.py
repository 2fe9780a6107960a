"""What the stage tells the engine of itself, for the technician's page."""

from collections.abc import Mapping

from appliance import wire
from appliance.controls.hands import Hands

REPORT_EVERY = 10.0  # seconds; the engine forgets after 30
LONGEST = 400  # characters of a sentence


class Reports:
    """Says every few seconds how screen and controls are, and at once when that changes."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[bool, str]] = {}
        self._at = -1e9
        self._looked = -1e9

    def due(self, hands: Hands, screen: tuple[bool, str], now: float) -> list[wire.Message]:
        """Return what is to be said now; `screen` is whether it is well, and a sentence."""
        if now - self._looked < 1.0:
            return []
        self._looked = now
        found = {"screen": screen}
        found |= {name: (health.well, health.sentence) for name, health in hands.health().items()}
        # A sentence may carry a last value: only what is or is not well is said at once.
        if _wells(found) == _wells(self._said) and now - self._at < REPORT_EVERY:
            return []
        self._said, self._at = found, now
        return [
            wire.Report(name[:40], int(well), sentence[:LONGEST])
            for name, (well, sentence) in found.items()
        ]


def _wells(said: Mapping[str, tuple[bool, str]]) -> dict[str, bool]:
    return {name: well for name, (well, _) in said.items()}
