"""A control that can be taught, for whoever tests the teaching."""

from collections.abc import Iterable

from appliance.controls.control import Control, Event, Health, Shown


class Faders(Control):
    """A control that learns as a MIDI box does."""

    def __init__(self) -> None:
        super().__init__(None)
        self.waits: str | None = None
        self.said: str | None = None

    def poll(self, shown: Shown) -> Iterable[Event]:
        return []

    def health(self) -> Health:
        return Health("well")

    def plays(self) -> dict[str, str]:
        return {"linux": "fader 3"}

    def learn(self, what: str | None) -> bool:
        self.waits = what
        return True

    def learned(self) -> str | None:
        said, self.said = self.said, None
        return said
